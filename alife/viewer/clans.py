"""Species for the eye: every agent that is seen joins the nearest leader, or leads a species of its own, and keeps its colour for life.

The distance and the threshold are those of `alife inspect` (alife/insight/species.py); there the labels are made anew from all that
live, here they last, so that colours do not jump.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from alife.core.layout import Layout
from alife.core.parts import Part
from alife.insight.species import GENOME_THRESHOLD, MOST, yardstick

_ROWS = 256
"""Agents compared with one leader at a time: they stay in a cache."""


class Clans:
    """Labels of agents by id. At most `MOST` species at a time; who finds no place is -1 until one has died out."""

    def __init__(self, controller: Part, layout: Layout) -> None:
        self._scale = yardstick(controller, layout.width)
        genes = int(np.prod(controller.ask("shape", layout.width)))
        self._few, self._room = max(1, genes * 3 // 8), np.empty(_ROWS * genes, np.float32)
        self._leaders: list[np.ndarray] = []
        self._names: list[int] = []
        self._next = 0
        self._ids, self._labels = np.zeros(0, np.int64), np.zeros(0, np.int64)

    def labels(self, ids: np.ndarray, genomes: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """int64 (n,): species of the living ids, int64 (n,); `genomes` gives float32 (m, genes) of some rows of them."""
        found = np.full(len(ids), -2, np.int64)
        if len(self._ids):
            at = np.minimum(np.searchsorted(self._ids, ids), len(self._ids) - 1)
            known = self._ids[at] == ids
            found[known] = self._labels[at[known]]
        alive = [name in found for name in self._names]
        if not all(alive):
            self._leaders = [leader for leader, lives in zip(self._leaders, alive, strict=True) if lives]
            self._names = [name for name, lives in zip(self._names, alive, strict=True) if lives]
            found[found == -1] = -2
        new = np.flatnonzero(found == -2)
        if len(new):
            found[new] = self._join(np.ascontiguousarray(genomes(new), np.float32))
        order = np.argsort(ids)
        self._ids, self._labels = ids[order], found[order]
        return found

    def _join(self, genomes: np.ndarray) -> np.ndarray:
        """Labels of newcomers, float32 (n, genes)."""
        nearest, best = np.full(len(genomes), np.inf), np.full(len(genomes), -1, np.int64)
        for leader, name in zip(self._leaders, self._names, strict=True):
            self._nearer(genomes, leader, name, nearest, best)
        while len(alone := np.flatnonzero(best < 0)) and len(self._names) < MOST:
            self._leaders.append(genomes[alone[0]].copy())
            self._names.append(self._next)
            self._nearer(genomes, self._leaders[-1], self._next, nearest, best)
            self._next += 1
        return best

    def _nearer(self, genomes: np.ndarray, leader: np.ndarray, name: int, nearest: np.ndarray, best: np.ndarray) -> None:
        """Those to whom this leader is nearer than the nearest so far join it."""
        distance, most = np.full(len(genomes), np.inf), GENOME_THRESHOLD * self._scale * len(leader)
        for first in range(0, len(genomes), _ROWS):
            some = genomes[first : first + _ROWS]
            near = np.flatnonzero(self._apart(some[:, : self._few], leader[: self._few]) <= most)
            if len(near):
                distance[first + near] = self._apart(some[near], leader) / (self._scale * len(leader))
        joins = (distance <= GENOME_THRESHOLD) & (distance < nearest)
        nearest[joins], best[joins] = distance[joins], name

    def _apart(self, genomes: np.ndarray, leader: np.ndarray) -> np.ndarray:
        """float32 (n,): sums of the differences of genes. Those of a few genes are no more than those of all."""
        room = self._room[: genomes.size].reshape(genomes.shape)
        np.abs(np.subtract(genomes, leader, out=room), out=room)
        return np.asarray(room @ np.ones(len(leader), np.float32))
