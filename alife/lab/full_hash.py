"""Lab 16: addresses from a full hash, those of `memory/exact`: exact slots, and nothing for a key that is a little off."""

from __future__ import annotations

from typing import Any

import numpy as np

from alife.core import rng
from alife.core.lanes import LANES
from alife.lab._chance import above, along, normals, signs
from alife.lab._inputs import by_angle, overlap, pairs
from alife.lab._memories import Memory, addresses
from alife.lab._plots import COLOURS, label, measured, predicted
from alife.lab.finding import Finding, exact, near

NUMBER = 16
TITLE = "exact slots, brittle"
WIDTH, BITS, LOUD = 16, 256, 8.0
ANGLES = np.pi * np.array([0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0])
SHIFTS = np.array([0.0, 0.01, 0.02, 0.05, 0.1, 0.2])
CLAIM = (
    "An address from a full hash of the rounded key is exact for that key and unrelated to it for any other, however near: flat at "
    "0 against the angle, so the crosstalk of similar keys is that of ideal ones (S. O'Connor's associative memory)."
)
PROSE = (
    "All addresses, writes and recalls are the kernels of memory/exact and, for comparison, memory/lsh. Equal rounded keys recall "
    "exactly; at any angle nothing is recalled, and a shift of all 16 slots by a hundredth of the rounding step loses 15 % of the "
    "keys, wholly. What that buys: 64 keys within 30 degrees of each other disturb each other no more than ideal ones, where by the "
    "angle their crosstalk is a hundred times as large."
)


def _by_angle(kind: str, count: int) -> np.ndarray:
    """Overlaps (angles, count)."""
    memory, found = Memory(kind, BITS, WIDTH), []
    for k, angle in enumerate(ANGLES):
        x, z = pairs(angle, count, WIDTH, 1, k)
        found.append(overlap(addresses(memory, LOUD * x), addresses(memory, LOUD * z)))
    return np.array(found)


def _by_shift(count: int) -> np.ndarray:
    """Whether the address stays (shifts, count) where every slot of a uniform key moves up or down by so many rounding steps."""
    memory, found = Memory("exact", BITS, WIDTH), []
    for k, shift in enumerate(SHIFTS):
        x = rng.uniforms((count, WIDTH), 2, k).astype(np.float64) * 16 - 8
        moved = x + shift * signs((count, WIDTH), 3, k)
        found.append(overlap(addresses(memory, x), addresses(memory, moved)) == 1)
    return np.array(found, np.float64)


def _crosstalk(kind: str, items: int, blocks: int) -> np.ndarray:
    """MSE (samples,) of values +-1 after a plain sum over keys that lie within about 30 degrees of each other."""
    found = []
    for b in range(blocks):
        centre, noise = normals((1, WIDTH, LANES), 4, b), normals((items, WIDTH, LANES), 5, b)
        memory = Memory(kind, BITS, WIDTH)
        keys, values = memory.keys(LOUD * (centre + 0.4 * noise)), signs((items, 1, LANES), 6, b)
        memory.write(keys, values, plain=True)
        found.append(np.mean((memory.read(keys) - values) ** 2, axis=(0, 1), dtype=np.float64))
    return np.concatenate(found)


def _exactness() -> float:
    """Largest error of a recall at a key that rounds to the one that was written."""
    memory = Memory("exact", BITS, WIDTH)
    x = np.floor(rng.uniforms((1, WIDTH, LANES), 7) * np.float32(16))
    memory.write(memory.keys(x), np.ones((1, 1, LANES)))
    return float(np.max(abs(memory.read(memory.keys(x + np.float32(0.49))) - 1)))


def run(scale: float) -> Finding:
    """Scale: samples a point."""
    count, blocks = max(32, round(800 * scale)), max(2, round(24 * scale))
    flat, graceful, stays = _by_angle("exact", count), _by_angle("lsh", count), _by_shift(count)
    ideal, angled = _crosstalk("exact", 64, blocks), _crosstalk("lsh", 64, blocks)
    survive = (1 - SHIFTS) ** WIDTH
    checks = [
        exact("recall at a key that rounds to the same: largest error", _exactness(), 1e-5),
        along("overlap at .05 to 1 pi", flat, np.zeros(len(ANGLES))),
        near("overlap variance x K", BITS * flat.ravel() ** 2, 1.0),
        exact("a shift of 0: share of addresses that change", float(1 - np.mean(stays[0])), 0.0),
        along("every slot shifted by .01 to .2 of the rounding step: share of addresses that stay", stays[1:], survive[1:]),
        near("crosstalk of 64 similar keys, MSE", ideal, 63 / BITS),
        above("the same by memory/lsh / memory/exact", angled / np.mean(ideal), 10.0),
    ]
    return Finding(CLAIM, checks, PROSE, lambda figure: _draw(figure, flat, graceful, stays, ideal, angled))


def _draw(figure: Any, flat: np.ndarray, graceful: np.ndarray, stays: np.ndarray, ideal: np.ndarray, angled: np.ndarray) -> None:
    left, middle, right = figure.subplots(1, 3)
    fine = np.linspace(0, 1, 100)
    measured(left, ANGLES / np.pi, flat, "full hash", COLOURS[1])
    measured(left, ANGLES / np.pi, graceful, "lsh", COLOURS[0])
    predicted(left, fine, by_angle(np.pi * fine), "1 - 2 theta / pi")
    left.axhline(0, color="black", lw=1, alpha=0.8)
    label(left, "Overlap against angle", "angle / pi", "share recalled")
    measured(middle, SHIFTS, stays, "full hash", COLOURS[1])
    predicted(middle, fine / 4, (1 - fine / 4) ** WIDTH, f"(1 - shift)^{WIDTH}")
    label(middle, "Brittle", "shift of every slot / step", "share of addresses that stay")
    right.hist([ideal, angled], bins=np.geomspace(0.1, 1000, 40), color=[COLOURS[1], COLOURS[0]], label=["full hash", "lsh"])
    right.axvline(63 / BITS, color="black", lw=1, label="63 / K")
    right.set_xscale("log")
    label(right, "64 keys within 30 degrees", "MSE / variance", "memories")
