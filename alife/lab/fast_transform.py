"""Lab 10: nets of fast transforms: what they cost, what they start as, and how well they fit by gradient and by evolution."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from alife.core import registry, rng
from alife.core.lanes import LANES, aligned
from alife.core.wht import fwht
from alife.lab._chance import normals, signs
from alife.lab._climbing import climb
from alife.lab._nets import fit, hadamard, size, walsh_net
from alife.lab._plots import COLOURS, label
from alife.lab._tasks import left_over, lissajous, waves
from alife.lab.finding import Check, Finding, exact

NUMBER, TITLE = 10, "fast-transform: 2 n L parameters that fit"
DEPTH = 5
MOST = {"figures": 50, "waves": 16}
"""Slopes that change in a child, at most."""
CLAIM = (
    "A net of L layers of switches between Walsh-Hadamard transforms has 2 n L parameters, costs n log2 n additions a transform, "
    "and fits figures and waves by gradient and by evolution (S. O'Connor's fixed filter bank nets; Rowe & Hidovic 2004)."
)
PROSE = (
    "The transform, the net that climbs and its mutations are the kernels of the project; the gradient is NumPy's, of the same net, "
    "and its net agrees with it. By gradient the eight figures are fitted, and the quarter turn of waves too, but only from even "
    "slopes (p = q = 1/2, c = 2: the net then passes its input through); from random ones a fifth of the waves is left. Evolution "
    "gets there slowly: after 16,000 children a climber leaves a quarter of the figures, after 60,000 (scale 4) a sixteenth; waves "
    "are hardly begun."
)


class Fit(NamedTuple):
    """A task, fitted."""

    left: float
    """share of the mean square that is left, by gradient"""
    errors: list[float]
    climbed: np.ndarray
    """the same of sixteen climbers, from the first child to the last (marks, LANES)"""
    outputs: np.ndarray
    """of the gradient's net, (pairs, n)"""
    reached: np.ndarray
    """of the best climber"""


class _Counted:
    """A number that counts what is done to it."""

    additions = 0

    def __add__(self, other: object) -> _Counted:
        _Counted.additions += 1
        return self

    __sub__ = __add__

    def __mul__(self, other: object) -> _Counted:
        return self


def additions(n: int) -> int:
    """Of one transform, counted by transforming numbers that count."""
    _Counted.additions = 0
    hadamard(np.array([_Counted()] * n, object))
    return _Counted.additions


def _twice(n: int) -> float:
    """Largest error of H H x = n x by the kernel, on whole numbers, where float32 is exact."""
    x = np.floor(rng.uniforms((n, LANES), 1) * np.float32(17)) - np.float32(8)
    y = x.copy()
    fwht(y)
    fwht(y)
    return float(np.max(abs(y - np.float32(n) * x)))


def _as_the_project(n: int) -> tuple[float, float]:
    """Largest difference of our net from `controllers/wht`: from its view in float64, and from its kernel in float32."""
    net, x = walsh_net(n, DEPTH), normals((LANES, n), 2)
    weights = net.start(3)
    ours, flips = net(weights, x), signs((n,), 1)
    module = registry.load("controllers", "wht")
    p = module.Params(layers_in=DEPTH, layers_out=1)
    slopes = 3**0.5 * np.stack([w for w in weights if w.size] + [np.ones((2, n))])
    view, _ = module.view(p, slopes[None], 0, (x * flips)[None])
    w, slots = aligned((DEPTH + 1, 2, n, LANES)), aligned((n, LANES))
    w[...] = slopes[..., None]
    slots[...] = (x * flips).T
    module.perceive(module.state(p, n), w, slots)
    return float(np.max(abs(view[0] - ours))), float(np.max(abs(slots.T - ours)))


def _fitted(name: str, n: int, steps: int, children: int, even: bool) -> Fit:
    x, y = lissajous(n) if name == "figures" else waves(n, n, 3)
    net = walsh_net(n, DEPTH, 2.0 if even else 3**0.5, even)
    weights, errors = fit(net, net.start(1), x, y, steps, 0.1, None if name == "figures" else 32)
    outputs = net(weights, x)
    climbed, reached = climb(x * signs((n,), 1), y, DEPTH, children, 8, MOST[name], 5, even)
    return Fit(left_over(outputs, y), errors, climbed, outputs, reached[..., int(np.argmin(climbed[-1]))])


def run(scale: float) -> Finding:
    """Width 256 from scale .5 on, else 64; scale: steps and children."""
    n = 256 if scale >= 0.5 else 64
    module = registry.load("controllers", "wht")
    genes = module.shape(module.Params(layers_in=DEPTH, layers_out=1), n)
    net = walsh_net(n, DEPTH, 2.0, True)
    x = normals((8, n), 6)
    ours, theirs = size(net.start(1)) - 2 * n * DEPTH, genes[1] * genes[2] - 2 * n
    budget = {"figures": (max(60, round(400 * scale)), max(100, round(16000 * scale)))}
    budget["waves"] = max(60, round(500 * scale)), max(30, round(400 * scale))
    fits = {(name, even): _fitted(name, n, *budget[name], even) for name in budget for even in (True, False)}
    view, kernel = _as_the_project(n)
    counted = [additions(2**k) for k in range(2, 9)]
    checks = [
        *(exact(f"H H x - n x, n = {2**k}, whole numbers: largest error", _twice(2**k), 0.0) for k in (4, 8, 12)),
        exact("additions of a transform minus n log2 n, n = 4 to 256", max(abs(c - k * 2**k) for k, c in enumerate(counted, 2)), 0.0),
        exact("parameters of our net minus 2 n L, and of a layer of controllers/wht minus 2 n", abs(ours) + abs(theirs), 0.0),
        exact("p = q = 1/2, c = 2: net(x) - S x, largest", float(np.max(abs(net(net.start(1), x) - x * signs((n,), 1)))), 1e-12),
        exact("our net minus controllers/wht in float64, largest", view, 1e-12),
        exact("our net minus the kernel in float32, largest", kernel, 1e-4),
        *(_fits(name, even, fits[name, even], budget[name]) for name, even in fits),
        *(_climbs(name, even, fits[name, even], budget[name]) for name, even in fits),
    ]
    shown = lissajous(n)[1]
    return Finding(CLAIM, checks, PROSE, lambda figure: _draw(figure, fits, shown, counted))


def _fits(name: str, even: bool, found: Fit, budget: tuple[int, int]) -> Check:
    start = "even" if even else "random"
    return exact(f"{name} by gradient, {budget[0]} steps from {start} slopes: share of the mean square left", found.left, 0.02)


def _climbs(name: str, even: bool, found: Fit, budget: tuple[int, int]) -> Check:
    start = "even" if even else "random"
    left = float(np.mean(found.climbed[-1]))
    return exact(f"{name} by evolution, {budget[1]:,} children from {start} slopes, mean of 16: share left", left, 0.02)


def _draw(figure: Any, fits: dict[tuple[str, bool], Fit], wanted: np.ndarray, counted: list[int]) -> None:
    axes = figure.subplots(2, 2)
    for (name, even), colour in zip(fits, COLOURS, strict=False):
        found = fits[name, even]
        start = "even" if even else "random"
        loud = 0.5 if name == "figures" else 1.0  # mean square
        axes[0, 0].semilogy(np.array(found.errors) / loud, lw=0.8, color=colour, label=f"{name}, {start} slopes")
        generations = np.linspace(0, 1, len(found.climbed))
        axes[0, 1].semilogy(generations, found.climbed, lw=0.5, color=colour, alpha=0.6)
        axes[0, 1].plot([], [], color=colour, label=f"{name}, {start} slopes")
    label(axes[0, 0], "By gradient", "steps", "MSE / mean square")
    label(axes[0, 1], "By evolution, sixteen runs", "share of the children", "MSE / mean square")
    best = fits["figures", True]
    for k in range(4):
        for outputs, colour, row in ((best.outputs, COLOURS[0], 0), (best.reached, COLOURS[1], 1)):
            points = outputs[k, : wanted.shape[1]].reshape(-1, 2)
            axes[1, 0].plot(wanted[k, ::2] + 2.6 * k, wanted[k, 1::2] - 2.6 * row, color="grey", lw=0.5)
            axes[1, 0].plot(points[:, 0] + 2.6 * k, points[:, 1] - 2.6 * row, ".", ms=2, color=colour)
    axes[1, 0].set_aspect("equal")
    label(axes[1, 0], "By gradient (above), by evolution", "x, four figures side by side", "y")
    axes[1, 0].set(xticks=[], yticks=[])
    sizes = 2 ** np.arange(2, 2 + len(counted))
    axes[1, 1].loglog(sizes, counted, "o", color=COLOURS[0], ms=4, label="transform, counted")
    axes[1, 1].loglog(sizes, sizes * np.log2(sizes), "-", color=COLOURS[0], lw=1, label="n log n")
    axes[1, 1].loglog(sizes, sizes.astype(float) ** 2, "-", color=COLOURS[1], lw=1, label="matrix, n^2")
    label(axes[1, 1], "Additions of one transform (times: alife bench)", "n", "additions")
