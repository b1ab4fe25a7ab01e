"""Lab 1: a ReLU is a switch. ReLU(W x + b) = D (W x + b), where D is diagonal and says of each unit whether it is on."""

from __future__ import annotations

from typing import Any

import numpy as np

from alife.lab import _paint
from alife.lab._samples import normals, sized
from alife.lab.finding import Check, Finding, exact

NUMBER = 1
TITLE = "ReLU(Wx + b) is D(Wx + b)"
SEEDS = (101,)

_INPUTS, _UNITS = 32, 64
_WORDS = {np.dtype(np.float64): np.uint64, np.dtype(np.float32): np.uint32}


def differing(a: np.ndarray, b: np.ndarray) -> int:
    """Numbers of a and b, of one float type, whose bits differ."""
    word = _WORDS[a.dtype]
    return int((np.ascontiguousarray(a).view(word) != np.ascontiguousarray(b).view(word)).sum())


def run(scale: float) -> Finding:
    """Compare bits of both sides, D as a choice and D as a product with 0 or 1, in two precisions."""
    batch = sized(scale, 20_000, 200)
    [seed] = SEEDS
    w, b = normals((_UNITS, _INPUTS), seed, 0, 0), normals((_UNITS,), seed, 0, 1)
    x = normals((batch, _INPUTS), seed, 0, 2)
    next_layer = normals((8, _UNITS), seed, 0, 3)
    checks: list[Check] = []
    counts: dict[str, list[int]] = {"choice": [], "product": [], "after the next layer": []}
    kinds: tuple[Any, ...] = (np.float64, np.float32)
    for kind in kinds:
        z = x.astype(kind) @ w.astype(kind).T + b.astype(kind)
        rectified, gates = np.maximum(z, kind(0)), z > 0
        product = gates.astype(kind) * z
        read = [side @ next_layer.astype(kind).T for side in (rectified, product)]
        found = differing(np.where(gates, z, kind(0)), rectified), differing(product, rectified), differing(*read)
        for counted, number in zip(counts.values(), found, strict=True):
            counted.append(number)
        name = np.dtype(kind).name
        checks.append(exact(f"{name}: numbers with other bits, D chooses (z or 0)", found[0], 0))
        checks.append(exact(f"{name}: numbers with other values, D multiplies (1 z or 0 z)", int((product != rectified).sum()), 0))
        checks.append(exact(f"{name}: numbers with other bits, D multiplies", found[1], 0))
        checks.append(exact(f"{name}: numbers with other bits after the next layer, D multiplies", found[2], 0))
    closed = int((~gates).sum())
    other = normals((batch, _INPUTS), seed, 0, 4) @ w.T + b > 0
    wrong = float((np.where(other, z, 0) != rectified).mean())
    checks.append(Check("control: share of numbers that are wrong with the gates of another input", wrong, 0.3, 0.7))
    prose = (
        f"{batch:,} inputs went through a layer of {_UNITS} units, once as ReLU and once as D, in float64 and float32. As a choice D "
        f"gives the very bits of ReLU ({counts['choice'][0]} of {z.size:,} numbers differ); as a product it gives the same values but "
        f"-0.0 at closed gates ({counts['product'][0]:,} numbers, of {closed:,} behind closed gates), and behind the next layer "
        f"{counts['after the next layer'][0]} numbers differ. So a net of ReLUs is a net of switches, bit for bit if the switch chooses, "
        "and up to the sign of zero if it multiplies."
    )
    return Finding(
        "ReLU(Wx + b) equals D(Wx + b), bit for bit, D = diag(gates) (S. O'Connor).", checks, prose, _drawer(z, rectified, gates, counts)
    )


def _drawer(z: np.ndarray, rectified: np.ndarray, gates: np.ndarray, counts: dict[str, list[int]]) -> Any:
    def draw(figure: Any) -> None:
        left, right = figure.subplots(1, 2, width_ratios=(3, 2))
        sample = slice(0, 40)
        for is_open, colour, mark, name in ((True, _paint.BLUE, "o", "D = 1"), (False, _paint.VERMILION, "s", "D = 0")):
            chosen = gates[sample] == is_open
            left.plot(z[sample][chosen][:300], rectified[sample][chosen][:300], mark, color=colour, mfc="none", label=name)
        _paint.say(left, "One layer: each unit is on or off", "z = Wx + b (no unit)", "ReLU(z) (no unit)", loc="upper left")
        for i, (name, numbers) in enumerate(counts.items()):
            bars = right.bar(np.arange(2) + 0.27 * (i - 1), numbers, 0.25, color=_paint.CYCLE[i], label=name, hatch=("", "//", "..")[i])
            right.bar_label(bars, fmt="{:,.0f}", fontsize=7)
        right.set_xticks([0, 1], ["float64", "float32"])
        _paint.say(right, "Numbers whose bits differ from ReLU's", "precision", f"numbers (of {z.size:,})")
        right.set_ylim(0, 1.45 * max(1, max(map(max, counts.values()))))

    return draw
