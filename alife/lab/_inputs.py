"""Inputs at known angles, and what they should have in common once they are hashed."""

from __future__ import annotations

import numpy as np

from alife.lab._chance import normals


def pairs(angle: float, count: int, width: int, seed: int, time: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Two arrays (count, width) of vectors of length sqrt(width) at exactly this angle, otherwise anywhere."""
    x, z = normals((2, count, width), seed, time)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    z -= np.sum(x * z, axis=1, keepdims=True) * x
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    return np.sqrt(width) * x, np.sqrt(width) * (np.cos(angle) * x + np.sin(angle) * z)


def overlap(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Cosines (m,) of addresses (m, K) of +-1."""
    return np.asarray(np.mean(a * b, axis=1, dtype=np.float64))


def by_angle(theta: np.ndarray | float) -> np.ndarray:
    """1 - 2 theta / pi: the overlap of locality-sensitive addresses, and the share of a value that is recalled."""
    return np.asarray(1 - 2 * np.asarray(theta) / np.pi)


def by_cosine(c: np.ndarray | float) -> np.ndarray:
    """The same of a cosine."""
    return by_angle(np.arccos(np.clip(c, -1, 1)))
