"""Tasks to fit, pairs of arrays (pairs, numbers), float64; inputs have mean square 1."""

from __future__ import annotations

import numpy as np

from alife.core import rng
from alife.lab._chance import normals

_FIGURES = ((1, 2), (2, 3), (3, 4), (1, 3), (3, 5), (4, 5), (2, 5), (1, 4))


def lissajous(width: int, figures: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """The unit vector k, sqrt(width) long, -> width / 2 - 1 points of figure k, x and y in turn: 127 at width 256."""
    points = width // 2 - 1
    t = np.arange(points) * (2 * np.pi / points)
    curves = [np.stack([np.sin(a * t + np.pi / 4), np.sin(b * t)], axis=1).ravel() for a, b in _FIGURES[:figures]]
    return np.sqrt(width) * np.eye(figures, width), np.array(curves)


def waves(width: int, pairs: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """cos -> sin: waves of 1 to 16 periods with random phases -> the same, a quarter of a period later; both of mean square 1."""
    t = np.arange(width) * (2 * np.pi / width)
    periods = 1 + np.arange(pairs) % 16
    phases = 2 * np.pi * rng.uniforms((pairs,), seed).astype(np.float64)
    angle = np.outer(periods, t) + phases[:, None]
    return np.sqrt(2) * np.cos(angle), np.sqrt(2) * np.sin(angle)


def left_over(found: np.ndarray, wanted: np.ndarray) -> float:
    """Mean squared error as a share of the mean square of what is wanted; `found` may have more columns."""
    return float(np.mean((found[:, : wanted.shape[1]] - wanted) ** 2) / np.mean(wanted**2))


def teacher(width: int, pairs: int, seed: int, held_out: int) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Gaussian inputs -> what a random ReLU net of width / 2 hidden units makes of them; pairs to learn, and others of the same net."""
    inward, outward = normals((width // 2, width), seed) / np.sqrt(width), normals((width, width // 2), seed, 1) / np.sqrt(width / 2)
    x = normals((pairs + held_out, width), seed, 2)
    y = np.sqrt(2) * np.maximum(0, x @ inward.T) @ outward.T
    return (x[:pairs], y[:pairs]), (x[pairs:], y[pairs:])
