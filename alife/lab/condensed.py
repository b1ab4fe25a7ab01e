"""Lab 3: the condensed map. While no gate flips, a net of switches is one matrix, C = R D_L W_L .. D_1 W_1, and a constant c."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from alife.insight.switches import Net, condensed, filter_bank, forward, keys_of, pruned, row, threshold
from alife.lab import _paint
from alife.lab._learn import relu_net
from alife.lab._samples import normals, signs, sized, uniforms
from alife.lab.finding import Check, Finding, at_least, exact

NUMBER = 3
TITLE = "Cx + c is the net while no gate flips"
SEEDS = (303,)

_N, _BOUND = 32, 1e-10


def nets(seed: int) -> dict[str, Net]:
    """One of each kind: dense ReLU, nine tenths pruned, threshold gates, two slopes between Walsh-Hadamard transforms."""
    dense = relu_net((_N, 48, 48, 48, 8), seed, 0)
    masks = [uniforms(layer.weights.shape, seed, 1, k) < 0.1 for k, layer in enumerate(dense.layers)]
    louder = dense._replace(layers=tuple(layer._replace(weights=layer.weights * 10**0.5) for layer in dense.layers))
    gates = tuple(threshold(layer.weights, np.full(len(layer.bias), 0.2), layer.bias) for layer in dense.layers)
    slopes = 2 * uniforms((5, 2, _N), seed, 2) - 1
    return {
        "dense ReLU": dense,
        "pruned ReLU": pruned(louder, masks),
        "threshold": dense._replace(layers=gates),
        "two slopes, WHT": filter_bank(slopes, 3**0.5, signs(_N, seed, 3)),
    }


class _Walk(NamedTuple):
    """A straight walk through one net."""

    at: np.ndarray
    """(steps,): 0 to 1"""
    flips: np.ndarray
    """bool (steps,): a gate flipped since the step before"""
    moved: np.ndarray
    """(steps,): |C - C at the start| over |C at the start|"""
    changes: np.ndarray
    """bool (steps,): C is not what it was a step before"""


def walk(net: Net, start: np.ndarray, end: np.ndarray, steps: int) -> _Walk:
    """From start (n,) to end (n,) in so many steps."""
    at = np.linspace(0, 1, steps)
    gates = forward(net, start + at[:, None] * (end - start)).gates
    keys = keys_of(gates)
    maps = np.stack([condensed(net, row(gates, i)).map for i in range(steps)])
    new = np.array([False, *(a != b for a, b in zip(keys[1:], keys[:-1], strict=True))])
    changed = np.array([False, *(maps[1:] != maps[:-1]).any(axis=(1, 2)).tolist()])
    return _Walk(at, new, np.linalg.norm(maps - maps[0], axis=(1, 2)) / np.linalg.norm(maps[0]), changed)


def run(scale: float) -> Finding:
    """C x + c against the net, C against finite differences, C along straight lines, and C where it does not belong."""
    batch, steps = sized(scale, 200, 10), sized(scale, 800, 100)
    [seed] = SEEDS
    x = normals((batch, _N), seed, 4)
    checks: list[Check] = []
    errors: dict[str, np.ndarray] = {}
    walks: dict[str, _Walk] = {}
    elsewhere = []
    for name, net in nets(seed).items():
        passed = forward(net, x)
        maps = [condensed(net, row(passed.gates, i)) for i in range(batch)]
        errors[name] = np.array([np.abs(m.map @ v + m.offset - y).max() for m, v, y in zip(maps, x, passed.out, strict=True)])
        slope, same = _slopes(net, x[:10]), _nearby(net, x[:10], seed)
        walks[name] = walk(net, x[0], x[1], steps)
        far = np.array([m.map @ v + m.offset for m, v in zip(maps, np.roll(x, 1, axis=0), strict=True)])
        elsewhere.append(np.median(np.abs(far - np.roll(passed.out, 1, axis=0))))
        checks += [
            exact(f"{name}: largest |Cx + c - f(x)| of {batch} inputs", errors[name].max(), _BOUND),
            exact(f"{name}: largest difference of C and finite differences of f", slope, 1e-6),
            exact(f"{name}: inputs nearby with the same gates and another C", same, 0),
            exact(f"{name}: steps of a walk at which C changes and no gate flips", (walks[name].changes & ~walks[name].flips).sum(), 0),
        ]
    checks.append(at_least("control: C of one input used for another, median error", min(elsewhere), 0.01))
    flips, changes = (
        sum(int(steps_.sum()) for steps_ in found) for found in zip(*((w.flips, w.changes) for w in walks.values()), strict=True)
    )
    prose = (
        f"Four nets of 3 to 5 layers were condensed at {batch} inputs, and along a straight walk of {steps} steps between two of them. "
        f"The largest error of Cx + c is {max(e.max() for e in errors.values()):.1e}, against {min(elsewhere):.2g} where C is used for "
        f"another input; gates flipped at {flips} steps and C changed at {changes}, "
        f"{'all' if all(c.holds for c in checks) else 'not all'} of them steps with a flip (a unit whose way out is pruned or closed "
        "flips without a trace). So a net of switches is a matrix between two flips, and all it does is to choose the next one."
    )
    claim = "y = Cx + c while no gate flips, C = R D_L W_L .. D_1 W_1 (S. O'Connor; |Cx - f(x)| about 3e-15 for the WHT net)."
    return Finding(claim, checks, prose, _drawer(errors, walks))


def _slopes(net: Net, x: np.ndarray) -> float:
    """Largest difference between C and central differences of the net, at inputs x (m, n)."""
    worst, h = 0.0, 1e-7
    for v in x:
        gates = row(forward(net, v[None]).gates, 0)
        near = v + h * np.concatenate([np.eye(len(v)), -np.eye(len(v))])
        passed = forward(net, near)
        if len(set(keys_of(passed.gates))) > 1:
            continue  # a gate flips between the two
        up, down = np.split(passed.out, 2)
        worst = max(worst, float(np.abs((up - down).T / (2 * h) - condensed(net, gates).map).max()))
    return worst


def _nearby(net: Net, x: np.ndarray, seed: int) -> int:
    """How many inputs a hundredth away from x (m, n) open the same gates and have another C."""
    near = x + 0.01 * normals(x.shape, seed, 5)
    here, there = forward(net, x).gates, forward(net, near).gates
    equal = [a == b for a, b in zip(keys_of(here), keys_of(there), strict=True)]
    return sum(
        (condensed(net, row(here, i)).map != condensed(net, row(there, i)).map).any() for i, same in enumerate(equal) if same
    )  # fmt: skip


def _drawer(errors: dict[str, np.ndarray], walks: dict[str, _Walk]) -> Any:
    def draw(figure: Any) -> None:
        left, right = figure.subplots(1, 2, width_ratios=(3, 2))
        for i, (name, found) in enumerate(walks.items()):
            left.step(found.at, found.moved, where="post", color=_paint.CYCLE[i], label=name, lw=1.4, ls=("-", "--", "-.", ":")[i])
            left.plot(found.at[found.flips], np.full(found.flips.sum(), -0.06 * (i + 1)), "|", color=_paint.CYCLE[i], ms=6)
        _paint.say(
            left,
            "C along a straight walk; ticks below: a gate flips",
            "way from one input to another (share)",
            "|C - C at start| / |C at start|",
        )
        right.boxplot([np.log10(np.maximum(e, 1e-18)) for e in errors.values()], tick_labels=[n.replace(" ", "\n", 1) for n in errors])
        right.axhline(np.log10(_BOUND), color=_paint.GREY, lw=1)
        _paint.say(right, "Error of Cx + c (line: the bound)", "net", "log10 of the largest error an input")

    return draw
