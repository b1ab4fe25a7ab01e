"""Angles, principal components and neighbours: the shape in which states of a net lie. Plain NumPy, float64."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Components(NamedTuple):
    """Principal components of states (m, n), the largest first."""

    mean: np.ndarray
    """(n,)"""
    axes: np.ndarray
    """(k, n): orthonormal rows"""
    share: np.ndarray
    """(k,): of the whole variance; 0 where there is none"""

    def of(self, states: np.ndarray) -> np.ndarray:
        """(m, k): states (m, n) in these axes."""
        return np.asarray((states - self.mean) @ self.axes.T)


def pca(states: np.ndarray, k: int = 2) -> Components:
    """The k <= min(m, n) axes along which states (m, n) vary most; the largest entry of each axis is above 0, so that signs are fixed."""
    mean = states.mean(axis=0)
    _, spread, axes = np.linalg.svd(states - mean, full_matrices=False)
    axes = axes[:k]
    largest = np.take_along_axis(axes, np.abs(axes).argmax(axis=1)[:, None], axis=1)
    whole = (spread**2).sum()
    return Components(mean, axes * np.where(largest < 0, -1.0, 1.0), spread[:k] ** 2 / (whole or 1.0))


def angle(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(..): radians between vectors (.., n), exact for small angles and near pi, too (Kahan): 2 atan2(|a' - b'|, |a' + b'|)."""
    unit_a, unit_b = (v / np.linalg.norm(v, axis=-1, keepdims=True) for v in (a, b))
    apart, together = np.linalg.norm(unit_a - unit_b, axis=-1), np.linalg.norm(unit_a + unit_b, axis=-1)
    return np.asarray(2 * np.arctan2(apart, together))


def at_angle(a: np.ndarray, towards: np.ndarray, theta: np.ndarray | float) -> np.ndarray:
    """(.., n): as long as a, at `theta` radians (..) from it, in the plane of a and `towards`, both (.., n) and not parallel."""
    length = np.linalg.norm(a, axis=-1, keepdims=True)
    unit = a / length
    across = towards - (towards * unit).sum(axis=-1, keepdims=True) * unit
    across = across / np.linalg.norm(across, axis=-1, keepdims=True)
    turn = np.asarray(theta)[..., None]
    return np.asarray(length * (np.cos(turn) * unit + np.sin(turn) * across))


def distances(states: np.ndarray) -> np.ndarray:
    """(m, m): Euclidean, between states (m, n)."""
    return np.asarray(np.linalg.norm(states[:, None] - states[None], axis=-1))


def neighbours(distance: np.ndarray, k: int) -> np.ndarray:
    """bool (m, m): row i marks the k nearest others of i by distance (m, m); among equals the lower number."""
    far = distance.astype(np.float64)
    np.fill_diagonal(far, np.inf)
    near = np.zeros(far.shape, bool)
    np.put_along_axis(near, np.argsort(far, axis=1, kind="stable")[:, :k], True, axis=1)
    return near


def kept(states: np.ndarray, true: np.ndarray) -> float:
    """Share of true neighbours, bool (m, m), symmetric or not, that are among as many nearest ones of states (m, n); 0 to 1.

    Every row is asked for as many as it truly has. Chance is about true.sum() / m (m - 1).
    """
    distance, found = distances(states), 0
    for i, row in enumerate(true):
        found += int((neighbours(distance, int(row.sum()))[i] & row).sum())
    return found / int(true.sum())
