"""The champion's ancestors, back to a generation that was made of nothing: what the table of births can tell, and what it cannot.

Known are mother and father of every genome that was ever scored. With an elite, the first row of a generation is a copy of the one that did
best in the generation before, so that one is known, too, and whether the champion descends from it. Genomes of the past are not kept: which
genes a mutation changed, and which of the changes paid, is not known.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from alife.store.database import Reader

MOST_BIRTHS, MOST_STEPS = 1 << 20, 20_000
"""Births before the champion's, and generations, that are looked at."""


class Step(NamedTuple):
    """A generation on the way to the champion."""

    generation: int
    ancestors: int
    """genomes of this generation from which the champion descends, itself in its own"""
    crossed: int
    """of these, that had two parents"""
    best: int | None
    """row, from 0, of the one with the best mean score; None: not known"""
    descends: bool
    """the champion descends from that one, or is it"""
    made: str
    """how that one came to be, in words; empty: not known"""


class Lineage(NamedTuple):
    """From the oldest generation that is known to the champion's."""

    steps: list[Step]
    complete: bool
    """the first step is of genomes that were made of nothing"""
    ancestors: int
    """all of them, without the champion"""


class _Births(NamedTuple):
    """Rows of the table up to the champion's generation, in order of ids."""

    ids: np.ndarray
    generations: np.ndarray
    mothers: np.ndarray
    fathers: np.ndarray

    def row(self, birth: int) -> int:
        """Of an id; -1: not there."""
        at = int(np.searchsorted(self.ids, birth))
        return at if at < len(self.ids) and self.ids[at] == birth else -1

    def above(self, rows: np.ndarray) -> np.ndarray:
        """Rows of the parents, ascending, as far as known and before all of these: whatever a file says, the way back ends."""
        wanted = np.unique(np.concatenate([self.mothers[rows], self.fathers[rows]]))
        known = self.ids[: int(rows[0])]
        at = np.searchsorted(known, wanted)
        inside = at < len(known)
        return np.asarray(at[inside][known[at[inside]] == wanted[inside]])

    def made(self, row: int, is_copy: bool) -> str:
        """How a genome came to be."""
        mother, father = int(self.mothers[row]), int(self.fathers[row])
        if mother < 0:
            return "nothing"
        return "two parents" if father not in (-1, mother) else "no change" if is_copy else "mutation"


def lineage(reader: Reader, champion: int, population: int, elite: int) -> Lineage | None:
    """Of a champion by its id; `elite`: how many pass unchanged. None where its birth is not in the table."""
    columns = reader.births(max(-1, champion - MOST_BIRTHS))
    births = _Births(columns["id"], columns["generation"], columns["mother"], columns["father"])
    own = births.row(champion)
    if own < 0 or population < 1:
        return None
    steps: list[Step] = []
    rows = np.array([own])
    while len(rows) and len(steps) < MOST_STEPS:
        first = int(births.generations[rows[0]])
        best = own if not steps else _best(births, (int(births.ids[rows[0]]) // population + 1) * population, elite)
        crossed = int(((births.fathers[rows] >= 0) & (births.fathers[rows] != births.mothers[rows])).sum())
        place = None if best < 0 else int(births.ids[best]) % population
        made = "" if place is None else births.made(best, place < elite)
        steps.append(Step(first, len(rows), crossed, place, best in rows, made))
        last, rows = rows, births.above(rows)
    complete = bool((births.mothers[last] < 0).all())
    return Lineage(steps[::-1], complete, sum(step.ancestors for step in steps) - 1)


def _best(births: _Births, following: int, elite: int) -> int:
    """Row of the mother of the first of the next generation, whose id is `following`; -1: not known."""
    row = births.row(following) if elite else -1
    return births.row(int(births.mothers[row])) if row >= 0 and births.mothers[row] >= 0 else -1
