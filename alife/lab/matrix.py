"""Lab 20: a matrix memory y = W x: the pseudo-inverse, and the delta rule, which reaches it from zero."""

from __future__ import annotations

from typing import Any

import numpy as np

from alife.core import rng
from alife.core.lanes import LANES
from alife.lab._chance import above, along, normals
from alife.lab._memories import Memory
from alife.lab._plots import COLOURS, label
from alife.lab.finding import Finding, exact, near

NUMBER = 20
TITLE = "the delta rule reaches the pseudo-inverse"
SIZE, VALUES = 64, 4
CLAIM = (
    "A matrix memory y = W x stores m <= dim pairs exactly, by W = Y X^+ or step by step; steps from zero reach the very W of the "
    "pseudo-inverse (S. O'Connor's associative memory; Moore 1920, Penrose 1955)."
)
PROSE = (
    "Steps are the write kernel of memory/lsh with real keys of length sqrt(K) instead of addresses; the pseudo-inverse is NumPy's. "
    "From zero the weights agree with it as far as float32 goes; from elsewhere the pairs are stored as exactly, and the difference "
    "of the weights stays what it was outside the span of the keys. With more pairs than weights full steps never settle, and end "
    "far above least squares; steps that become smaller reach it."
)


def _pairs(m: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Keys (m, SIZE, LANES) of length sqrt(SIZE), values (m, VALUES, LANES), Gaussian, float32."""
    keys = normals((m, SIZE, LANES), seed)
    keys *= np.sqrt(SIZE) / np.linalg.norm(keys, axis=1, keepdims=True)
    return keys.astype(np.float32), normals((m, VALUES, LANES), seed, 1).astype(np.float32)


def solved(keys: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The transpose of Y X^+, float64 (SIZE, VALUES, LANES)."""
    return np.stack([np.linalg.pinv(keys[..., i].astype(float)) @ values[..., i] for i in range(keys.shape[2])], -1)


def _train(memory: Memory, keys: np.ndarray, values: np.ndarray, passes: int, cooled: bool = False) -> np.ndarray:
    """Mean squared errors (passes, LANES) after each pass in random order; cooled: steps of 1 / (1 + pass), else whole ones."""
    errors = []
    for k in range(passes):
        memory.write(keys, values, rng.permutation(len(keys), 3, k), gate=1 / (1 + k) if cooled else 1.0)
        errors.append(np.mean((memory.read(keys) - values) ** 2, axis=(0, 1), dtype=np.float64))
    return np.array(errors)


def _distance(found: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Distances of weights (SIZE, VALUES, LANES), in lengths of those that are wanted."""
    return np.sqrt(np.sum((found - wanted) ** 2, axis=(0, 1)) / np.sum(wanted**2, axis=(0, 1)))


def run(scale: float) -> Finding:
    """Scale: passes."""
    keys, values = _pairs(SIZE // 4, 1)
    passes = max(40, round(80 * scale))
    wanted, memory, curves = solved(keys, values), Memory("lsh", SIZE, values=VALUES), {}
    curves["16 pairs in 64 weights, from zero"] = _train(memory, keys, values, passes)
    reached = _distance(memory.weights(), wanted)
    start = normals((SIZE, VALUES, LANES), 5)
    elsewhere = Memory("lsh", SIZE, values=VALUES)
    elsewhere.hold(start)
    curves["the same, from elsewhere"] = _train(elsewhere, keys, values, passes)
    apart = elsewhere.weights() - wanted
    outside = start - np.stack([np.linalg.pinv(keys[..., i].astype(float)) @ keys[..., i] @ start[..., i] for i in range(LANES)], -1)
    many_keys, many_values = _pairs(4 * SIZE, 7)
    best = solved(many_keys, many_values)
    floor = np.mean((np.einsum("mkl,kdl->mdl", many_keys, best) - many_values) ** 2, axis=(0, 1))
    curves["256 pairs, whole steps"] = _train(Memory("lsh", SIZE, values=VALUES), many_keys, many_values, passes)
    cooled = Memory("lsh", SIZE, values=VALUES)
    curves["256 pairs, smaller and smaller steps"] = _train(cooled, many_keys, many_values, passes, cooled=True)
    last = {name: errors[-1] for name, errors in curves.items()}
    checks = [
        exact("pseudo-inverse, 16 pairs: largest error", float(np.max(abs(np.einsum("mkl,kdl->mdl", keys, wanted) - values))), 1e-6),
        exact("steps from zero: largest mean squared error", float(np.max(last["16 pairs in 64 weights, from zero"])), 1e-9),
        exact("steps from zero: distance to the pseudo-inverse", float(np.max(reached)), 1e-4),
        exact("steps from elsewhere: largest mean squared error", float(np.max(last["the same, from elsewhere"])), 1e-9),
        exact("the same: difference of weights minus the start outside the span of keys", float(np.max(_distance(apart, outside))), 1e-4),
        near("256 pairs, least squares: MSE", floor, 1 - SIZE / (4 * SIZE)),
        above("256 pairs, whole steps: MSE above least squares", last["256 pairs, whole steps"] - floor),
        along("256 pairs, smaller steps: MSE", last["256 pairs, smaller and smaller steps"][None], np.array([float(np.mean(floor))])),
    ]
    return Finding(CLAIM, checks, PROSE, lambda figure: _draw(figure, curves, float(np.mean(floor))))


def _draw(figure: Any, curves: dict[str, np.ndarray], floor: float) -> None:
    axes = figure.subplots()
    for (name, errors), colour in zip(curves.items(), COLOURS, strict=False):
        axes.plot(np.arange(1, len(errors) + 1), errors, lw=0.6, color=colour, alpha=0.6)
        axes.plot([], [], color=colour, label=name)
    axes.axhline(floor, color="black", lw=1, label="least squares, 256 pairs")
    axes.set_yscale("log")
    label(axes, "Pass by pass", "passes", "MSE / variance")
