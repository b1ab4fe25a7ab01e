"""The kernel of lexicase and epsilon-lexicase selection."""

from __future__ import annotations

import numpy as np

from alife.core.jit import kernel
from alife.core.rng import below, draw


@kernel
def _keep_best(row, tolerance, candidates, count):
    """candidates[:kept] <- those within tolerance of the best of them on this life; returns kept."""
    best = row[candidates[0]]
    for i in range(1, count):
        best = max(best, row[candidates[i]])
    kept = 0
    for i in range(count):
        if row[candidates[i]] >= best - tolerance:
            candidates[kept] = candidates[i]
            kept += 1
    return kept


@kernel
def _choose(by_life, tolerance, seed, first, alone, order, candidates, out):
    """out int64 (n,) <- parents; first (lives, population), alone, order (lives,), candidates (population,) are scratch.

    The survivors of the first life are the same for every parent that begins with it, so they are found once.
    """
    lives, population = by_life.shape
    for life in range(lives):
        for i in range(population):
            first[life, i] = i
        alone[life] = _keep_best(by_life[life], tolerance[life], first[life], population)
    for k in range(out.shape[0]):
        for life in range(lives):
            order[life] = life
        count = population
        for j in range(lives):
            pick = j + below(draw(seed, k, j, 0), lives - j)
            life = order[pick]
            order[pick] = order[j]
            if j == 0:
                count = alone[life]
                for i in range(count):
                    candidates[i] = first[life, i]
            else:
                count = _keep_best(by_life[life], tolerance[life], candidates, count)
            if count == 1:
                break
        out[k] = candidates[below(draw(seed, k, 0, 1), count)]


def choose(scores: np.ndarray, tolerance: np.ndarray, n: int, seed: int) -> np.ndarray:
    """int64 (n,) parents by lexicase: on each life those within its tolerance of the best survive.

    scores float32 (population, lives), no NaN; tolerance float32 (lives,), >= 0.
    """
    population, lives = scores.shape
    out = np.empty(n, np.int64)
    scratch = [np.empty(size, np.int64) for size in ((lives, population), lives, lives, population)]
    _choose(np.ascontiguousarray(scores.T), tolerance, np.uint64(seed), *scratch, out)
    return out
