"""Lab 2: an output is one dot product. What a unit says is |x| |C| cos(x, C): only a length and an angle count."""

from __future__ import annotations

from typing import Any

import numpy as np

from alife.insight.geometry import angle, at_angle
from alife.insight.switches import condensed, filter_bank, forward, row
from alife.lab import _paint
from alife.lab._learn import relu_net
from alife.lab._samples import normals, signs, sized, uniforms
from alife.lab.finding import Finding, at_least, exact

NUMBER = 2
TITLE = "an output is |x| |C| cos(x, C)"
SEEDS = (202,)

_N, _BOUND = 32, 1e-10


def run(scale: float) -> Finding:
    """Lengths and angles against what nets of three kinds put out, then other maps of the same length and angle."""
    batch = sized(scale, 400, 20)
    [seed] = SEEDS
    x = normals((batch, _N), seed, 0, 0)
    nets = {
        "ReLU, no bias": relu_net((_N, 64, 64, 8), seed, 1, bias=0),
        "ReLU with bias": relu_net((_N, 64, 64, 8), seed, 2),
        "two slopes": filter_bank(2 * uniforms((5, 2, _N), seed, 3) - 1, 3**0.5, signs(_N, seed, 4)),
    }
    told: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    checks = []
    for name, net in nets.items():
        passed = forward(net, x)
        maps = [condensed(net, row(passed.gates, i)) for i in range(batch)]
        wide = np.concatenate([x, np.ones((batch, 1))], axis=1)  # the bias is one more input, the constant 1
        rows = np.stack([np.concatenate([m.map, m.offset[:, None]], axis=1) for m in maps])
        lengths = np.linalg.norm(wide, axis=1)[:, None] * np.linalg.norm(rows, axis=2)
        said = lengths * np.cos(angle(np.broadcast_to(wide[:, None], rows.shape), rows))
        told[name] = passed.out, said
        checks.append(exact(f"{name}: largest |output - |x| |C| cos|", np.abs(said - passed.out).max(), _BOUND))
    maps_, others = rows[:, 0, :_N], normals((batch, _N), seed, 0, 5)
    twin = _mirrored(x, maps_, others)
    same = np.abs((twin * x).sum(axis=1) - passed.out[:, 0]).max()
    fresh = normals((batch, _N), seed, 0, 6)
    apart = np.median(np.abs((twin - maps_) * fresh).sum(axis=1))
    checks.append(exact("another C of this length and angle, same x: largest difference of outputs", same, _BOUND))
    checks.append(at_least("control: the same two C on another x, median difference of outputs", apart, 0.01))
    worst = max(check.measured for check in checks[:-1])
    prose = (
        f"Of {batch} inputs to three nets the condensed map C was taken, a constant 1 standing for biases, and length times length times "
        f"cosine compared with what the net put out. The largest difference is {worst:.1e}, and a C that was turned around x, with the "
        f"same length and angle, gives the same output, though on other inputs it differs by {apart:.2g}. So one output fixes one number "
        "of C and leaves all other directions free: many sets of parameters give the same."
    )
    return Finding("The output of a net is |x| |C| cos(x, C), C its condensed map (S. O'Connor).", checks, prose, _drawer(told))


def _mirrored(x: np.ndarray, c: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(batch, n): other vectors as long as c and at c's angle to x: in the plane of x and `others`, not of x and c."""
    length = np.linalg.norm(c, axis=1) / np.linalg.norm(x, axis=1)
    return at_angle(x, others, angle(x, c)) * length[:, None]


def _drawer(told: dict[str, tuple[np.ndarray, np.ndarray]]) -> Any:
    def draw(figure: Any) -> None:
        left, right = figure.subplots(1, 2)
        for i, (name, (out, said)) in enumerate(told.items()):
            left.plot(said.ravel()[:400], out.ravel()[:400], _paint.MARKS[i], color=_paint.CYCLE[i], mfc="none", ms=4, label=name)
            size = np.maximum(np.abs(said - out).ravel(), 1e-18)
            right.hist(np.log10(size), 30, histtype="step", lw=1.8, color=_paint.CYCLE[i], ls=("-", "--", ":")[i], label=name)
        _paint.say(left, "What the net says against length and angle", "|x| |C| cos (no unit)", "output (no unit)")
        right.axvline(np.log10(_BOUND), color=_paint.GREY, lw=1)
        _paint.say(right, "Difference (line: the bound; -18: none)", "log10 |output - |x| |C| cos|", "outputs")

    return draw
