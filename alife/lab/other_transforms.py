"""Lab 11: other orthogonal transforms in the place of the Walsh-Hadamard one, and none at all."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from alife.lab._chance import above, normals
from alife.lab._nets import Fixed, fit, hadamard, transform_net
from alife.lab._plots import COLOURS, label
from alife.lab._tasks import left_over, lissajous, teacher, waves
from alife.lab.finding import Check, Finding, exact, half_width

NUMBER = 11
TITLE = "others do as well"
WIDTH, DEPTH, RATE = 64, 5, 0.05
TASKS = ("figures", "waves", "teacher")
CLAIM = (
    "The discrete cosine transform, Hartley's, or a random orthogonal matrix do about as well as the Walsh-Hadamard transform "
    "between switches; none is clearly worse (S. O'Connor's fixed filter bank nets)."
)
PROSE = (
    "Nets of one shape with another orthogonal matrix in each, trained by NumPy's exact gradient, from slopes with which all of "
    "them begin by passing their input through. On what a random ReLU net does all transforms do alike; on smooth figures the "
    "cosine and Hartley transforms leave several times less than Walsh-Hadamard, and a random matrix more, as on waves. None fails "
    "as doing without a transform does, but `about equal` is true of tasks that have nothing to do with the transform, not of all."
)


def transforms(n: int, seed: int) -> dict[str, np.ndarray]:
    """Orthogonal matrices (n, n); of the last, nothing is mixed."""
    row, column = np.arange(n)[:, None], np.arange(n)[None]
    dct = np.sqrt(2 / n) * np.cos(np.pi * row * (2 * column + 1) / (2 * n))
    dct[0] /= np.sqrt(2)
    turn = 2 * np.pi * row * column / n
    return {
        "Walsh-Hadamard": hadamard(np.eye(n)),
        "cosine": dct,
        "Hartley": (np.cos(turn) + np.sin(turn)) / np.sqrt(n),
        "random": np.linalg.qr(normals((n, n), seed, 9))[0],
        "none": np.eye(n),
    }


def _left(task: str, matrix: np.ndarray, seed: int, steps: int) -> float:
    """Share of the mean square left on pairs that were not learned; of figures, on those that were.

    Every second transform is the transpose, and slopes are even, so that each net begins by passing its input through.
    """
    if task == "figures":
        learned = tested = lissajous(WIDTH)
    elif task == "waves":
        learned, tested = waves(WIDTH, 4 * WIDTH, seed), waves(WIDTH, 2 * WIDTH, seed + 50)
    else:
        learned, tested = teacher(WIDTH, 16 * WIDTH, seed, 4 * WIDTH)
    there, back = Fixed(matrix), Fixed(matrix.T)
    net = transform_net([there, back] * ((DEPTH + 1) // 2), WIDTH, 2.0, True, seed)
    weights, _ = fit(net, net.start(seed), *learned, steps, RATE, None if task == "figures" else 32)
    return left_over(net(weights, tested[0]), tested[1])


def run(scale: float) -> Finding:
    """Scale: seeds and steps."""
    seeds, steps = max(3, round(4 * scale)), max(40, round(300 * min(1, scale)))
    left: dict[str, dict[str, list[float]]] = {task: {name: [] for name in transforms(4, 1)} for task in TASKS}
    for seed in range(1, seeds + 1):
        for name, matrix in transforms(WIDTH, seed).items():
            for task in TASKS:
                left[task][name].append(_left(task, matrix, seed, steps))
    logs = {task: {name: np.log(shares) for name, shares in found.items()} for task, found in left.items()}
    matrices = transforms(WIDTH, 1).values()
    checks = [exact("T T' - 1, largest", max(float(np.max(abs(m @ m.T - np.eye(WIDTH)))) for m in matrices), 1e-12)]
    for task, found in logs.items():
        than = {name: found[name] - found["Walsh-Hadamard"] for name in found}
        checks += [_alike(f"{task}: error left by {name} / Walsh-Hadamard", than[name]) for name in list(found)[1:-1]]
        checks.append(above(f"{task}: log2 of the error left without any transform / Walsh-Hadamard", than["none"] / math.log(2)))
    return Finding(CLAIM, checks, PROSE, lambda figure: _draw(figure, left))


def _alike(what: str, logs: np.ndarray) -> Check:
    """A ratio, a geometric mean of pairs: about equal within a factor of 2, and the interval of the mean."""
    factor = 2 * math.exp(half_width(logs))
    return Check(what, math.exp(float(np.mean(logs))), 1 / factor, factor, 1.0)


def _draw(figure: Any, left: dict[str, dict[str, list[float]]]) -> None:
    axes = figure.subplots()
    names = list(next(iter(left.values())))
    for k, (task, found) in enumerate(left.items()):
        place = np.arange(len(names)) + 0.2 * (k - 1)
        for at, name in zip(place, names, strict=True):
            axes.plot([at] * len(found[name]), found[name], "o", ms=3, color=COLOURS[k], alpha=0.6)
        axes.plot(place, [math.exp(np.mean(np.log(found[name]))) for name in names], "_", ms=16, color=COLOURS[k], label=task)
    axes.set_yscale("log")
    axes.set_xticks(range(len(names)), names)
    label(axes, f"Width {WIDTH}, {DEPTH} layers, a point a seed", "transform", "share of the mean square left")
