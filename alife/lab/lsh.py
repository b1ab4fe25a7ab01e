"""Lab 17: locality-sensitive addresses of `memory/lsh`: what keys at an angle have in common, and what noise that makes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from alife.core.lanes import LANES
from alife.lab._chance import along, normals, signs
from alife.lab._inputs import by_angle, by_cosine, overlap, pairs
from alife.lab._memories import Memory, addresses
from alife.lab._plots import COLOURS, label, measured, predicted
from alife.lab.finding import Check, Finding, exact, near

NUMBER = 17
TITLE = "near keys recall a little less"
WIDTH, BITS = 64, 256
ANGLES = np.pi * np.array([0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0])
NOISE = np.array([0.05, 0.1, 0.2, 0.5, 1.0, 2.0])
SHAPES = ((16, 256), (16, 1024), (64, 256), (64, 1024), (64, 64), (256, 64))
"""Inputs N, address bits K."""
CLAIM = (
    "An address sign(H S x) at angle theta from another recalls y (1 - 2 theta / pi); addresses of N Gaussian inputs overlap with "
    "variance 1/K + 4 / (pi^2 N), as if there were at most 2.47 N slots (Goemans & Williamson 1995; derived)."
)
PROSE = (
    "Addresses, writes and recalls are the kernels of memory/lsh; only the independent projections are NumPy's. Overlap and recall "
    "follow the angle, key noise its arc tangent, and each further round of hashing the same curve again, but for a hundredth where "
    "keys are nearly equal (the curve is bent there, and overlaps scatter); from the second round on, 5 % of the sums of 256 signs "
    "tie, and sign(0) = +1 whatever the key. The variance formula is that of many independent projections: at N = 16 it leaves out "
    "1/N^2, 5 %; and the rows of the transform are orthogonal, so up to K = N bits unrelated keys of memory/lsh are as good as "
    "ideal ones (1/K), and at K = 4 N still better than the formula says."
)


def _by_angle(count: int, rounds: int) -> np.ndarray:
    """Overlaps (angles, count)."""
    memory = Memory("lsh", BITS, WIDTH, rounds=rounds)
    found = [pairs(angle, count, WIDTH, 1, k) for k, angle in enumerate(ANGLES)]
    return np.array([overlap(addresses(memory, x), addresses(memory, z)) for x, z in found])


def _by_noise(count: int) -> np.ndarray:
    """Overlaps (noise levels, count) of Gaussian inputs with Gaussian noise of so many standard deviations on all slots."""
    memory, found = Memory("lsh", BITS, WIDTH), []
    for k, sigma in enumerate(NOISE):
        x, noise = normals((2, count, WIDTH), 2, k)
        found.append(overlap(addresses(memory, x), addresses(memory, x + sigma * noise)))
    return np.array(found)


def _recalls(blocks: int) -> tuple[np.ndarray, float]:
    """Recall of a value 1 at half a right angle (samples,), and its largest distance from the overlap of the two addresses."""
    found, worst = [], 0.0
    for b in range(blocks):
        x, z = pairs(np.pi / 4, LANES, WIDTH, 3, b)
        memory = Memory("lsh", BITS, WIDTH)
        first, second = memory.keys(x.T[None]), memory.keys(z.T[None])
        memory.write(first, np.ones((1, 1, LANES)))
        recalled = memory.read(second)[0, 0]
        worst = max(worst, float(np.max(abs(recalled - np.mean(first[0] * second[0], axis=0)))))
        found.append(recalled)
    return np.concatenate(found).astype(np.float64), worst


def _spread(width: int, bits: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Squared overlaps (count,) of addresses of unrelated Gaussian inputs: by the memory, and by independent projections."""
    x, z = normals((2, count, width), 4, width + bits)
    memory = Memory("lsh", bits, width)
    rows = normals((bits, width), 5, width + bits)
    ours = overlap(addresses(memory, x), addresses(memory, z))
    return ours**2, overlap(np.sign(x @ rows.T), np.sign(z @ rows.T)) ** 2


def spread(width: int, bits: int) -> float:
    """1/K + 4 / (pi^2 N)."""
    return 1 / bits + 4 / (np.pi**2 * width)


def _crosstalk(width: int, bits: int, items: int, blocks: int) -> np.ndarray:
    """MSE (samples,) of values +-1 after a plain sum over Gaussian inputs."""
    found = []
    for b in range(blocks):
        memory = Memory("lsh", bits, width)
        keys, values = memory.keys(normals((items, width, LANES), 6, b)), signs((items, 1, LANES), 7, b)
        memory.write(keys, values, plain=True)
        found.append(np.mean((memory.read(keys) - values) ** 2, axis=(0, 1), dtype=np.float64))
    return np.concatenate(found)


def run(scale: float) -> Finding:
    """Scale: samples a point."""
    count = max(32, round(600 * scale))
    angles, noise, rounds = _by_angle(count, 1), _by_noise(count), {r: _by_angle(count, r) for r in (2, 3)}
    recall, off = _recalls(max(2, round(24 * scale)))
    spreads = {shape: _spread(*shape, max(64, round(3000 * scale))) for shape in SHAPES}
    limit = _crosstalk(64, 1024, 64, max(2, round(24 * scale)))
    again = {1: by_angle(ANGLES)}
    for r in rounds:
        again[r] = by_cosine(again[r - 1])
    checks = [
        along("overlap at .02 to .7 pi", angles[:-1], again[1][:-1]),
        exact("opposite keys: overlap + 1", float(np.max(abs(angles[-1] + 1))), 0.0),
        near("recall of a value 1 at 45 degrees", recall, 0.5),
        exact("recall minus overlap of the addresses, largest", off, 1e-5),
        along("Gaussian noise on keys, .05 to 2 deviations, share recalled", noise, by_angle(np.arctan(NOISE))),
        *(along(f"{r} rounds of hashing, overlap at .02 to .7 pi", o[:-1], again[r][:-1]) for r, o in rounds.items()),
        near("2 rounds, opposite keys, -1 but for sums that tie", rounds[2][-1], 2 * math.comb(BITS, BITS // 2) / 2**BITS - 1),
        *(_variance("independent projections", shape, found[1], spread(*shape)) for shape, found in spreads.items()),
        *(_variance("memory/lsh", shape, found[0], spread(*shape)) for shape, found in spreads.items()),
        *(_variance("memory/lsh, ideal keys", (n, k), found[0], 1 / k) for (n, k), found in spreads.items() if k <= n),
        near("N = 64, K = 1024: crosstalk of 64 items, MSE", limit, 63 * spread(64, 1024)),
    ]
    return Finding(CLAIM, checks, PROSE, lambda figure: _draw(figure, angles, noise, rounds, again, spreads))


def _variance(whose: str, shape: tuple[int, int], squares: np.ndarray, expected: float) -> Check:
    """Squared overlaps (m,) against their mean, both times K."""
    width, bits = shape
    return near(f"{whose}, N = {width}, K = {bits}: overlap variance x K", bits * squares, bits * expected)


def _draw(figure: Any, angles: np.ndarray, noise: np.ndarray, rounds: dict, again: dict, spreads: dict) -> None:
    left, middle, right = figure.subplots(1, 3)
    fine = np.linspace(0, np.pi, 200)
    curve = by_angle(fine)
    for r, overlaps in {1: angles, **rounds}.items():
        measured(left, ANGLES / np.pi, overlaps, f"{r} round{'s' if r > 1 else ''}", COLOURS[r - 1])
        predicted(left, fine / np.pi, curve, colour=COLOURS[r - 1])
        curve = by_cosine(curve)
    label(left, "Recall against angle", "angle / pi", "share recalled")
    measured(middle, NOISE, noise, "memory/lsh", COLOURS[0])
    predicted(middle, fine, by_angle(np.arctan(fine)), "1 - 2/pi arctan")
    label(middle, "Recall against key noise", "noise / signal", "share recalled")
    place = np.arange(len(spreads))
    measured(right, place - 0.1, np.array([k * f[0] for (_, k), f in spreads.items()]), "memory/lsh", COLOURS[0])
    measured(right, place + 0.1, np.array([k * f[1] for (_, k), f in spreads.items()]), "independent rows", "grey")
    right.plot(place, [k * spread(n, k) for n, k in spreads], "k_", ms=22, label="1 + 4K / (pi^2 N)")
    right.axhline(1, color="black", lw=0.5, ls=":")
    right.set_xticks(place, [f"N {n}\nK {k}" for n, k in spreads], fontsize=7)
    right.set_yscale("log")
    label(right, "Overlap of unrelated keys", "N inputs, K bits", "variance x K")
