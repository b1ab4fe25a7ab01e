"""Lab 21: the noise of a recall has the variance that theory says, and is normal where it is a sum of many."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import numpy as np

from alife.core.lanes import LANES
from alife.lab._chance import along, kolmogorov, normals, signs
from alife.lab._memories import Memory, random_keys
from alife.lab._plots import COLOURS, label, predicted
from alife.lab.finding import Check, Finding, at_least, exact, near

NUMBER = 21
TITLE = "the noise is predicted, and normal"
SHAPES = ((64, 17), (64, 65), (256, 33), (256, 129))
"""Weights n, items m."""
CLAIM = (
    "What a recall adds to the value is a sum over the other items: of variance (m - 1) / n after a plain sum, and normal by the "
    "central limit theorem (S. O'Connor's associative memory)."
)
PROSE = (
    "One residual of each of many memories, so that the samples are independent; writes and recalls are the kernels of memory/lsh, "
    "on random keys and on those it makes of Gaussian inputs. Variances lie in their intervals, and residuals pass the test of "
    "Kolmogorov and Smirnov against a normal distribution with no fitted number, after a plain sum as by the delta rule. Two items "
    "are enough for that, since the overlap of two keys is a sum of n signs itself; with two items in four weights the test sees "
    "the steps."
)


def _residuals(n: int, m: int, blocks: int, plain: bool, hashed: bool = False) -> np.ndarray:
    """Recall of the first of m items times its value, +-1, minus 1: one of each of LANES blocks memories.

    hashed: keys of n Gaussian inputs, else random ones.
    """
    found = []
    for b in range(blocks):
        memory = Memory("lsh", n, n)
        keys = memory.keys(normals((m, n, LANES), 1, b)) if hashed else random_keys(m, n, 2, b)
        values = signs((m, 1, LANES), 3, b)
        memory.write(keys, values, plain=plain)
        found.append((memory.read(keys[:1]) * values[:1] - 1).ravel())
    return np.concatenate(found).astype(np.float64)


def _normal(what: str, residuals: np.ndarray, deviation: float) -> Check:
    distance, bound = kolmogorov(residuals, deviation, tests=7)
    return exact(f"{what}: distance from the normal distribution (Kolmogorov-Smirnov)", distance, bound)


def power(t: int, m: int, n: int) -> float:
    """Variance of what the delta rule leaves of an item with t later writes, of m in all: E r^2 - e^(-2t/n); values +-1."""
    kept = math.exp(-t / n)
    return 1 - math.exp(-m / n) * (1 - kept) - kept**2


def run(scale: float) -> Finding:
    """Scale: memories."""
    blocks = max(4, round(60 * scale))
    plain = {(n, m): _residuals(n, m, blocks, True) for n, m in SHAPES}
    hashed = _residuals(64, 65, blocks, True, hashed=True)
    faded = _residuals(256, 129, blocks, False) + 1 - math.exp(-0.5)
    two = _residuals(256, 2, blocks, True)
    said = np.array([(m - 1) / n for n, m in SHAPES])
    squares = np.array([np.square(r) for r in plain.values()])
    coarse = _residuals(4, 2, blocks, True)
    distance, bound = kolmogorov(coarse, 0.5)
    checks = [
        along("plain sum, " + ", ".join(f"{m} items in {n}" for n, m in SHAPES) + ": variance", squares, said),
        *(_normal(f"plain sum, {m} items in {n}", r, math.sqrt((m - 1) / n)) for (n, m), r in plain.items()),
        near("plain sum, 65 Gaussian keys hashed to 64 bits: variance", hashed**2, 1.0),
        _normal("65 Gaussian keys hashed to 64 bits", hashed, 1.0),
        near("delta rule, 128 later writes in 256: variance around what is left", faded**2, power(128, 129, 256)),
        _normal("delta rule, 128 later writes in 256", faded, math.sqrt(power(128, 129, 256))),
        _normal("plain sum, 2 items in 256", two, 1 / 16),
        at_least("plain sum, 2 items in 4: distance from the normal distribution, which must be seen", distance, bound),
    ]
    shown = {"plain sum, 129 items in 256": plain[SHAPES[-1]] / math.sqrt(0.5), "65 hashed keys in 64": hashed}
    shown |= {"delta rule, 129 in 256": faded / math.sqrt(power(128, 129, 256)), "plain sum, 2 items in 4": 2 * coarse}
    return Finding(CLAIM, checks, PROSE, lambda figure: _draw(figure, shown))


def _draw(figure: Any, shown: dict[str, np.ndarray]) -> None:
    left, right = figure.subplots(1, 2)
    x = np.linspace(-3.5, 3.5, 200)
    for (name, residuals), colour in zip(shown.items(), COLOURS, strict=False):
        left.hist(residuals, bins=np.linspace(-3.5, 3.5, 36), density=True, histtype="step", color=colour, label=name)
        below = np.array([NormalDist().cdf(r) for r in np.sort(residuals)])
        right.plot(below, np.arange(len(residuals)) / len(residuals), color=colour, lw=1)
    predicted(left, x, np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi), "normal")
    label(left, "What a recall adds", "residual / predicted deviation", "density")
    right.plot([0, 1], [0, 1], color="black", lw=0.7)
    label(right, "Against the normal distribution", "predicted share below", "share below")
