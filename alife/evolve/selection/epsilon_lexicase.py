"""Epsilon-lexicase: lexicase in which nearly the best on a life is as good as the best (La Cava et al. 2016).

The tolerance of a life is the median absolute deviation of its scores over the whole population. Plain lexicase treats
scores that are never equal as a strict order, so that one life decides; this is its form for such scores.
"""

from __future__ import annotations

import numpy as np

from alife.core.settings import Settings
from alife.evolve.selection._lexicase import choose


class Params(Settings):
    """None."""


def parents(scores: np.ndarray, n: int, seed: int, p: Params) -> np.ndarray:
    """int64 (n,) indices into scores float32 (population, lives); NaN must have been replaced, by -inf or otherwise."""
    middle = np.median(scores, axis=0)
    with np.errstate(invalid="ignore"):  # -inf from -inf
        deviation = np.where(scores == middle, np.float32(0), np.abs(scores - middle))
    tolerance = np.median(deviation, axis=0).astype(np.float32)
    return choose(scores, np.where(np.isfinite(tolerance), tolerance, np.float32(0)), n, seed)
