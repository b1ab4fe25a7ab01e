"""Lab 19: capacity, age, norm and passes of the hashed linear read-out, against their formulas.

Recall and writing are the kernels of `memory/lsh`, on random addresses as an ideal hash gives them; only the norms above half capacity
and the least-squares floor are NumPy's, by the pseudo-inverse, since the delta rule would need hundreds of passes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from alife.core import rng
from alife.core.lanes import LANES
from alife.lab._chance import along, signs
from alife.lab._memories import Memory, random_keys
from alife.lab._plots import COLOURS, label, measured, predicted
from alife.lab.finding import Check, Finding, at_least, exact, near

NUMBER = 19
TITLE = "capacity, age, norm, passes"
SIZE = 256
LOADS = (0.25, 0.5, 1.0, 2.0, 4.0)
FULL = (0.25, 0.5, 0.75, 0.9)
OVER = (1.25, 1.5, 2.0, 4.0)


def _errors(load: float, block: int, plain: bool) -> np.ndarray:
    """Squared errors (m, LANES) by age, youngest first, after m = load SIZE random signs were written once."""
    m = round(load * SIZE)
    keys, values = random_keys(m, SIZE, 1, block), signs((m, 1, LANES), 2, block)
    memory = Memory("lsh", SIZE)
    memory.write(keys, values, plain=plain)
    return (memory.read(keys) - values)[::-1, 0].astype(np.float64) ** 2


def _passes(load: float, count: int) -> np.ndarray:
    """Mean squared error (count, LANES) after each of many passes: m = load SIZE writes of items drawn at random."""
    m = round(load * SIZE)
    keys, values = random_keys(m, SIZE, 3), signs((m, 1, LANES), 4)
    memory, errors = Memory("lsh", SIZE), []
    for k in range(count):
        memory.write(keys, values, rng.uniforms((m,), 5, k) * np.float32(m))
        errors.append(np.mean((memory.read(keys) - values)[:, 0].astype(np.float64) ** 2, axis=0))
    return np.array(errors)


def _solved(load: float, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Squared norm of the least-squares weights of random signs, and mean squared error, (count,) each."""
    m, norms, errors = round(load * SIZE), [], []
    for k in range(count):
        keys, values = signs((m, SIZE), 6, k).astype(np.float64), signs((m,), 7, k).astype(np.float64)
        weights = least_squares(keys, values)
        norms.append(weights @ weights)
        errors.append(np.mean((keys @ weights - values) ** 2))
    return np.array(norms), np.array(errors)


def least_squares(keys: np.ndarray, values: np.ndarray) -> np.ndarray:
    """X^+ y for X (m, n) of full rank, y (m,), by the normal equations."""
    if len(keys) <= keys.shape[1]:
        return keys.T @ np.linalg.solve(keys @ keys.T, values)
    return np.linalg.solve(keys.T @ keys, keys.T @ values)


def _noisy(load: float, p: float, block: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Recall along y and noise around it with key bits flipped with probability p, and the squared norm, (LANES,) each; stored exactly."""
    m, tries = round(load * SIZE), 8
    keys, values = random_keys(m, SIZE, 8, block), signs((m, 1, LANES), 9, block)
    weights = np.stack([least_squares(keys[..., i].astype(float), values[:, 0, i]) for i in range(LANES)], -1)[:, None]
    memory = Memory("lsh", SIZE)
    memory.hold(weights)
    heard = []
    for k in range(tries):
        flips = np.where(rng.uniforms(keys.shape, 10, block, k) < p, np.float32(-1), np.float32(1))
        heard.append(memory.read(keys * flips))
    recalled = np.array(heard, np.float64)
    along_y = np.mean(recalled * values, axis=(0, 1, 2))
    noise = np.mean((recalled - (1 - 2 * p) * values) ** 2, axis=(0, 1, 2))
    return along_y, noise, np.sum(weights[:, 0] ** 2, axis=0)


def _rewritten(block: int, plain: bool) -> np.ndarray:
    """Share of right signs (LANES,) of the eight of 16 items that were written once more, with the other sign."""
    keys, values = random_keys(16, SIZE, 11, block), signs((16, 1, LANES), 12, block)
    memory = Memory("lsh", SIZE)
    memory.write(keys, values, plain=plain)
    memory.write(keys[:8], -values[:8], plain=plain)
    return np.mean(memory.read(keys[:8]) * values[:8] < 0, axis=(0, 1))


def aged(t: np.ndarray, m: int) -> np.ndarray:
    """MSE of an item with t later writes, of m in all, of variance 1."""
    return (1 - np.exp(-t / SIZE)) * (2 - math.exp(-m / SIZE))


def overall(load: float) -> float:
    """The mean of that over all items."""
    return (2 - math.exp(-load)) * (1 - (1 - math.exp(-load)) / load)


def run(scale: float) -> Finding:
    """Sixteen memories of 256 weights a block; scale: blocks, and loads beyond."""
    blocks = max(1, round(6 * scale))
    loads = [load for load in LOADS if load <= max(1.0, 4 * scale)]
    by_age = {load: np.concatenate([_errors(load, b, False) for b in range(blocks)], axis=1) for load in loads}
    plain = {load: np.concatenate([_errors(load, b, True) for b in range(blocks)], axis=1) for load in loads[:4]}
    full = [a for a in FULL if scale >= 0.5 or a < 0.6]
    norms = {a: _solved(a, max(4, round(24 * scale)))[0] for a in full}
    over = {a: _solved(a, max(4, round(12 * scale)))[1] for a in OVER[: 2 if scale < 0.5 else 4]}
    passes = {a: _passes(a, max(12, round(count * scale))) for a, count in ((0.25, 28), (0.5, 80))}
    checks = [
        exact("recall right after a write: largest error", _right_after(), SIZE * 2.0**-24),
        _over("plain sum, MSE", {a: e.mean(axis=0) for a, e in plain.items()}, lambda a: a - 1 / SIZE),
        _over("delta rule, MSE over all items", {a: e.mean(axis=0) for a, e in by_age.items()}, overall),
        *(_by_age(load, e) for load, e in by_age.items()),
        *_steady(blocks, scale),
        _over("exact storage, squared norm of the weights", norms, lambda a: a / (1 - a)),
        _over("least squares, MSE", over, lambda a: 1 - 1 / a),
        *(near(f"passes for an e-fold of squared error, m/n = {a}", _fold(e), 1 / (1 - math.sqrt(a)) ** 2) for a, e in passes.items()),
        *_flipped(blocks),
        near("8 of 16 items rewritten with the other sign: right among them by the plain sum", _right(blocks, True), 0.5),
        at_least("the same by the delta rule", float(np.mean(_right(blocks, False))), 0.995),
    ]
    return Finding(CLAIM, checks, PROSE, lambda figure: _draw(figure, by_age, plain, norms, over, passes))


def _over(what: str, found: dict[float, np.ndarray], formula: Callable[[float], float]) -> Check:
    """Samples by load against a formula of the load."""
    loads = " ".join(f"{load:g}" for load in found)
    return along(f"{what}, m/n = {loads}", np.array(list(found.values())), np.array([formula(load) for load in found]))


def _right(blocks: int, plain: bool) -> np.ndarray:
    return np.concatenate([_rewritten(b, plain) for b in range(4 * blocks)])


def _right_after() -> float:
    """Largest error of a recall right after its write, over 64 writes of each of sixteen memories."""
    keys, values = random_keys(64, SIZE, 13), signs((64, 1, LANES), 14)
    memory, worst = Memory("lsh", SIZE), 0.0
    for i in range(len(keys)):
        memory.write(keys[i : i + 1], values[i : i + 1])
        worst = max(worst, float(np.max(abs(memory.read(keys[i : i + 1]) - values[i]))))
    return worst


def _groups(errors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Errors (m, samples) by age -> eight groups of ages: their means (8, samples), and their first ages and ends (9,)."""
    edges = np.linspace(0, len(errors), 9).round().astype(int)
    return np.array([errors[a:b].mean(axis=0) for a, b in pairwise(edges)]), edges


def _by_age(load: float, errors: np.ndarray) -> Check:
    means, edges = _groups(errors)
    theory = aged(np.arange(len(errors)), len(errors))
    expected = np.array([theory[a:b].mean() for a, b in pairwise(edges)])
    return along(f"delta rule, m/n = {load:g}, MSE by age, youngest first", means, expected)


def _steady(blocks: int, scale: float) -> list[Check]:
    """A memory that goes on: what is left of an item, its signal-to-noise ratio, and the size of the weights."""
    writes, age = round(max(3.0, 5 * scale) * SIZE), SIZE // 2
    kept = math.exp(-age / SIZE)
    left, noise, sizes = [], [], []
    for b in range(blocks):
        keys, values = random_keys(writes, SIZE, 15, b), signs((writes, 1, LANES), 16, b)
        memory = Memory("lsh", SIZE)
        memory.write(keys, values)
        old = slice(writes - 1 - age - 16, writes - age + 16)  # around that age
        recalled = memory.read(keys[old]) * values[old]
        left.append(np.mean(recalled, axis=(0, 1), dtype=np.float64))
        noise.append(np.mean((recalled - kept) ** 2, axis=(0, 1), dtype=np.float64))
        sizes.append(np.sum(memory.weights()[:, 0] ** 2, axis=0))
    return [
        near("steady state, 128 later writes: recall along the value, e^(-t/n)", np.concatenate(left), kept),
        near("the same: noise to signal, e^(2t/n) - 1", np.concatenate(noise) / kept**2, math.e - 1),
        near("steady state: squared norm of the weights", np.concatenate(sizes), 1.0),
    ]


def _fold(errors: np.ndarray) -> np.ndarray:
    """Passes in which the squared error falls by e, over the second half of (passes, samples)."""
    half = len(errors) // 2
    return (len(errors) - 1 - half) / np.log(errors[half] / errors[-1])


def _flipped(blocks: int) -> list[Check]:
    """One key bit in ten flipped, below and above half capacity."""
    found = {}
    for load in (0.25, 0.75):
        parts = [np.stack(_noisy(load, 0.1, b)) for b in range(max(1, round(blocks / 2)))]
        found[load] = np.concatenate(parts, axis=1)
    return [
        _over("one key bit in ten flipped, recall along the value", {a: f[0] for a, f in found.items()}, lambda a: 0.8),
        _over("the same, noise / (4 p (1 - p) |w|^2)", {a: f[1] / (0.36 * f[2]) for a, f in found.items()}, lambda a: 1.0),
    ]


def _draw(figure: Any, by_age: dict, plain: dict, norms: dict, over: dict, passes: dict) -> None:
    axes = figure.subplots(2, 2)
    for (load, errors), colour in zip(by_age.items(), COLOURS, strict=False):
        means, edges = _groups(errors)
        measured(axes[0, 0], (edges[1:] + edges[:-1]) / 2, means, f"m/n = {load:g}", colour)
        t = np.arange(len(errors))
        predicted(axes[0, 0], t, aged(t, len(errors)), colour=colour)
    label(axes[0, 0], "Delta rule: what age costs", "later writes", "MSE / variance")
    a = np.linspace(0.05, 4, 200)
    measured(axes[0, 1], np.array(list(plain)), np.array([e.mean(axis=0) for e in plain.values()]), "plain sum", COLOURS[1])
    predicted(axes[0, 1], a[a < 2], a[a < 2], colour=COLOURS[1])
    measured(axes[0, 1], np.array(list(by_age)), np.array([e.mean(axis=0) for e in by_age.values()]), "delta rule", COLOURS[0])
    predicted(axes[0, 1], a, np.array([overall(x) for x in a]), colour=COLOURS[0])
    measured(axes[0, 1], np.array(list(over)), np.array(list(over.values())), "least squares", COLOURS[2])
    predicted(axes[0, 1], a, np.maximum(0, 1 - 1 / a), colour=COLOURS[2])
    label(axes[0, 1], "Capacity", "items / weights", "MSE / variance")
    measured(axes[1, 0], np.array(list(norms)), np.array(list(norms.values())), "pseudo-inverse", COLOURS[0])
    low = np.linspace(0.05, 0.92, 200)
    predicted(axes[1, 0], low, low / (1 - low), "a / (1 - a)")
    axes[1, 0].set_yscale("log")
    label(axes[1, 0], "What exact storage costs", "items / weights", "squared norm of the weights")
    for (load, errors), colour in zip(passes.items(), COLOURS, strict=False):
        t = np.arange(1, len(errors) + 1)
        axes[1, 1].semilogy(t, errors, lw=0.5, color=colour, alpha=0.5)
        for factor, style in ((1, "--"), (2, ":")):
            slope = np.exp(-factor * (t - 1) * (1 - math.sqrt(load)) ** 2) * errors[0].mean()
            axes[1, 1].semilogy(t, slope, style, color="black", lw=1)
        axes[1, 1].plot([], [], color=colour, label=f"m/n = {load:g}")
    axes[1, 1].plot([], [], "--k", lw=1, label="(1 - sqrt a)^2 a pass")
    axes[1, 1].plot([], [], ":k", lw=1, label="twice that")
    axes[1, 1].set_ylim(1e-9, 3)
    label(axes[1, 1], "Many passes", "passes", "MSE")


CLAIM = (
    "A hashed linear read-out of n weights is exact right after a write; what m items cost, what age costs and how large the "
    "weights become follow closed formulas (S. O'Connor's associative memory; Widrow & Hoff 1960; derived)."
)
PROSE = (
    "Writes and recalls are the kernels of memory/lsh on random keys, 256 weights; least squares and norms are NumPy's. Capacity, "
    "age, steady state, norm, least squares, flipped key bits and rewriting lie on their formulas. The number of passes does not: "
    "1/(1 - sqrt a)^2 an e-fold is a bound, for the norm of the error in its slowest direction; what is put back elsewhere dies "
    "faster, so the squared error of recalls falls a little more than twice as fast."
)
