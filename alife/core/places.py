"""The places of an ecosystem: who lives in which, who was born and who died, without moving anybody.

A place is one lane of one block: place = block * LANES + lane. A newborn takes the lowest free place, so the living stay
close together. An ecosystem world calls `take` and `release`; the engine (alife/sim/ecosystem.py) then makes the
genes and clears the mind, and hands the records of births and deaths to the run database.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from alife.core.jit import kernel
from alife.core.lanes import LANES

LIVING, NEXT_ID, LOWEST, TOP, REFUSED, BIRTHS, DEATHS, TICK, FULL, DIED, LESSONS, BORN_BEFORE = range(12)
"""Fields of `Places.counts`: the living; the next id; no free place below; no living place from here on; births refused
because every place was taken; records of births and of deaths that wait; ticks begun; the tick of the first birth refused; deaths since
tick 0; lessons of this tick; records of births that waited before this tick."""

BIRTH = ("id", "tick", "mother", "father", "place", "kind")
DEATH = ("id", "tick", "cause", "age", "intake", "meals", "poisoned", "children")
NOBODY = -1


class Places(NamedTuple):
    """What is known of every place."""

    alive: np.ndarray
    """uint8 (places,)"""
    id: np.ndarray
    """int64 (places,): births are numbered"""
    kind: np.ndarray
    """int64 (places,): inherited from the mother; agents of an odd kind recall nothing"""
    counts: np.ndarray
    """int64 (12,)"""
    births: np.ndarray
    """int64 (queue, 6): BIRTH"""
    genomes: np.ndarray
    """uint64 (queue,): hash of the genes of each birth that waits"""
    parents: np.ndarray
    """int64 (queue, 3): places of child, mother and father of each birth that waits"""
    deaths: np.ndarray
    """int64 (queue, 8): DEATH"""
    lessons: np.ndarray
    """int64 (queue, 2): places of teacher and pupil: the pupil's memory becomes a copy"""


def places_for(agents: int) -> Places:
    """So many free places, rounded up to whole blocks."""
    size = -(-agents // LANES) * LANES
    queue = 2 * size
    return Places(
        np.zeros(size, np.uint8),
        np.full(size, NOBODY, np.int64),
        np.zeros(size, np.int64),
        np.zeros(12, np.int64),
        np.zeros((queue, len(BIRTH)), np.int64),
        np.zeros(queue, np.uint64),
        np.zeros((queue, 3), np.int64),
        np.zeros((size + queue, len(DEATH)), np.int64),
        np.zeros((queue, 2), np.int64),
    )


def fault(q: Places) -> str:
    """What in places out of a file cannot be; '' = nothing. Kernels do not check their indices."""
    n, living, size = q.counts.tolist(), np.flatnonzero(q.alive), len(q.alive)
    top = int(living[-1]) + 1 if len(living) else 0
    ids = q.id[living]
    checks = {
        "alive": bool((q.alive <= 1).all()),
        "the living": n[LIVING] == len(living) and n[TOP] == top and 0 <= n[LOWEST] <= size and bool(q.alive[: n[LOWEST]].all()),
        "ids": len(np.unique(ids)) == len(ids) and bool(((ids >= 0) & (ids < n[NEXT_ID])).all()),
        "records": n[BORN_BEFORE] <= n[BIRTHS] <= len(q.births) and n[DEATHS] <= len(q.deaths) and n[LESSONS] <= len(q.lessons),
        "counts": min(n) >= 0 and n[DIED] + n[LIVING] == n[NEXT_ID],
    }  # fmt: skip
    return next((f"{name}: not those of an ecosystem" for name, is_right in checks.items() if not is_right), "")


@kernel
def has_room(q):
    """Whether the records of one more tick are sure to find room."""
    n = q.counts
    size = q.alive.shape[0]
    return n[BIRTHS] + size <= q.births.shape[0] and n[DEATHS] + n[LIVING] + size <= q.deaths.shape[0]


@kernel
def take(q, mother, father, place, kind):
    """The place of a newborn, -1 where there is none. mother, father: places, or -1; `place` is where in the world."""
    n = q.counts
    size = q.alive.shape[0]
    lowest = n[LOWEST]
    while lowest < size and q.alive[lowest]:
        lowest += 1
    n[LOWEST] = lowest
    if lowest == size or n[BIRTHS] == q.births.shape[0]:
        if n[REFUSED] == 0:
            n[FULL] = n[TICK]
        n[REFUSED] += 1
        return -1
    q.alive[lowest], q.id[lowest], q.kind[lowest] = 1, n[NEXT_ID], kind
    i = n[BIRTHS]
    q.births[i, 0], q.births[i, 1] = n[NEXT_ID], n[TICK]
    q.births[i, 2] = q.id[mother] if mother >= 0 else -1
    q.births[i, 3] = q.id[father] if father >= 0 else -1
    q.births[i, 4], q.births[i, 5] = place, kind
    q.parents[i, 0], q.parents[i, 1], q.parents[i, 2] = lowest, mother, father
    n[BIRTHS] += 1
    n[NEXT_ID] += 1
    n[LIVING] += 1
    n[TOP] = max(n[TOP], lowest + 1)
    return lowest


@kernel
def release(q, agent, cause, age, intake, meals, poisoned, children):
    """An agent dies; its place is free from now on."""
    n = q.counts
    i = min(n[DEATHS], q.deaths.shape[0] - 1)
    q.deaths[i, 0], q.deaths[i, 1], q.deaths[i, 2], q.deaths[i, 3] = q.id[agent], n[TICK], cause, age
    q.deaths[i, 4], q.deaths[i, 5], q.deaths[i, 6], q.deaths[i, 7] = intake, meals, poisoned, children
    q.alive[agent] = 0
    n[DEATHS] = i + 1
    n[DIED] += 1
    n[LIVING] -= 1
    n[LOWEST] = min(n[LOWEST], agent)
    while n[TOP] > 0 and not q.alive[n[TOP] - 1]:
        n[TOP] -= 1


@kernel
def teach(q, teacher, pupil):
    """At the end of the tick the pupil's memory becomes a copy of the teacher's."""
    n = q.counts
    if n[LESSONS] < q.lessons.shape[0]:
        i = n[LESSONS]
        q.lessons[i, 0], q.lessons[i, 1] = teacher, pupil
        n[LESSONS] += 1


def fill(target: np.ndarray, value: np.ndarray, name: str) -> None:
    """target[...] = value. ValueError where dtype or shape is another."""
    if target.shape != value.shape or target.dtype != value.dtype:
        raise ValueError(f"{name}: expected {target.dtype} {target.shape}, found {value.dtype} {value.shape}")
    target[...] = value
