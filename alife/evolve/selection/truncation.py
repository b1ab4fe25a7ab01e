"""Truncation: parents are drawn evenly from the best share by mean score. The simplest selection, a baseline."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from alife.core import rng
from alife.core.settings import Settings


class Params(Settings):
    """How hard it selects."""

    share: float = Field(0.25, gt=0, le=1, description="part of the population that may breed, at least one genome")


def parents(scores: np.ndarray, n: int, seed: int, p: Params) -> np.ndarray:
    """int64 (n,) indices into scores float32 (population, lives), no NaN. Among equals the lower index is better."""
    population = scores.shape[0]
    total = np.cumsum(scores, axis=1, dtype=np.float64)[:, -1]  # in the order of lives on any CPU
    best = np.argsort(-total, kind="stable")[: max(1, round(p.share * population))]
    bits = rng.bits(n, seed) >> np.uint64(32)
    return best[((bits * np.uint64(len(best))) >> np.uint64(32)).astype(np.int64)]
