"""Lexicase: each parent is the best on one random life, ties broken by the next random life (Spector 2012).

It keeps specialists that an average would discard, and it is why small populations solve these problems.
"""

from __future__ import annotations

import numpy as np

from alife.core.settings import Settings
from alife.evolve.selection._lexicase import choose


class Params(Settings):
    """None."""


def parents(scores: np.ndarray, n: int, seed: int, p: Params) -> np.ndarray:
    """int64 (n,) indices into scores float32 (population, lives); NaN must have been replaced."""
    return choose(scores, np.zeros(scores.shape[1], np.float32), n, seed)
