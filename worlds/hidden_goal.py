"""Hidden goal: one cell of a maze is rich, and nothing shows which. Find it, and come back to it from wherever you are put.

A life: a maze of `size` x `size` cells, walls around, pillars where row and column are even (but for the middle, which is free); one free
cell, drawn once a life, is rich. The agent starts on another, and walks north, east, south or west for `ticks` ticks; into a wall it does
not move. Stepping on the rich cell is a hit: it is put on a random other free cell, and sees the reward there. It sees which of the
3 x 3 cells around it are free, its row and column in 4 bits each, and whether it has just hit. Score = hits.

It isolates one-shot learning of a place, to be reached from anywhere: the whole value is in the first hit. Remembering is worth
little by itself, the place must lead to the way. Compared with: Backpropamine (Miconi et al. 2019), grid maze: same maze, T and teleports;
there the agent sees no coordinates, goal and start are never the middle and always the middle.

N = free cells, T = ticks. Ceiling = 2 T / N: hits of an agent that walks round all free cells in a ring and is always put on that
ring, for the goal is then as likely 1 as N - 1 steps away, N / 2 in the mean: 9.8, 6.2, 4.1 for size 9, 11, 13. A smaller ring scores
alike: it holds L of N goals, each L / 2 steps away. What is seen is cell and reward, and a policy of these can neither pass a
cell twice in different directions nor cover all: the best found by annealing has 9.73, 6.06, 4.12 (in larger mazes .93 of the
ceiling, with less patience); gradient ascent on random policies ends in those that are not random.
Optimum: search first, always towards the nearest cell where the agent has not been, the most central of equals; from the first hit on
the shortest path. These hits are computed exactly, over all starts and goals: 38.0, 27.3, 20.1. (The list of problems says
38.4, 26.6, 20.0.) No much better search is known to us: 30 other orders among equals, the best for each start, give .1 to .4 more.

The last action is not shown, for with it the agent's hands hold where it came from and whether it is on a tour: it scores a third more
without a memory. With `feedback` it is shown, and the ceiling is that of an agent that remembers its way since it was last put
somewhere and nothing else, so it goes to the middle and then on a fixed tour of all cells: 12.9, 8.2, 5.4. (Annealing a
policy of cell, reward and last action finds 12.7 of 12.9.)
"""

from __future__ import annotations

import functools
from typing import Annotated, NamedTuple

import numpy as np
from pydantic import AfterValidator, Field

from alife.core import rng
from alife.core.jit import kernel
from alife.core.lanes import LANES
from alife.core.settings import Settings
from alife.core.slots import one_hot, strongest

LONGEST = 5000
"""Ticks a life at most."""

LARGEST = 17
"""Cells a side at most: rows and columns without the walls fit into 4 bits."""

_BITS = 4
_REWARD, _VIEW = 2 * _BITS, 2 * _BITS + 1
_STEPS = [(-1, 0), (0, 1), (1, 0), (0, -1)]
"""North, east, south, west."""

_AROUND = [*_STEPS, (-1, -1), (-1, 1), (1, -1), (1, 1)]
_MOVES = ["north", "east", "south", "west"]


def _odd(value: int) -> int:
    if value % 2 == 0:
        raise ValueError(f"expected an odd number, got {value}")
    return value


class Params(Settings):
    """Sizes of the maze and of a life."""

    size: Annotated[int, Field(ge=7, le=LARGEST), AfterValidator(_odd)] = Field(9, description="cells a side with the walls, odd")
    ticks: int = Field(200, ge=100, le=LONGEST, description="length of a life")
    feedback: bool = Field(False, description="show the last action")


class State(NamedTuple):
    """One maze a lane. A cell is row * size + column; rows count from north to south."""

    sizes: np.ndarray
    """int64 (3,): size, ticks, feedback 0 or 1"""
    around: np.ndarray
    """int64 (8,): what to add to a cell for each cell in view; the first four are the moves"""
    is_free: np.ndarray
    """int64 (size^2,): 0 = wall"""
    free: np.ndarray
    """int64 (N,): the free cells"""
    seed: np.ndarray
    """uint64 (LANES,)"""
    reward: np.ndarray
    """float32 (LANES,): 1 after a hit"""
    goal: np.ndarray
    """int64 (LANES,): which of the free cells is rich"""
    cell: np.ndarray
    """int64 (LANES,)"""
    time: np.ndarray
    """int64 (LANES,): ticks lived"""
    hits: np.ndarray
    """int64 (LANES,)"""
    did: np.ndarray
    """int64 (LANES,): the last action, -1 = none"""


def observations(p: Params) -> list[str]:
    """The cell, the reward, then what is free around, the four neighbours in the slots of the moves to them."""
    names = [f"{axis} bit {i}" for axis in ("row", "column") for i in range(_BITS)] + ["reward"]
    names += [f"free {r},{c}" for r, c in _AROUND]
    return names + ([f"went {move}" for move in _MOVES] if p.feedback else [])


def actions(p: Params) -> list[str]:
    """One cell."""
    return list(_MOVES)


def first_action(p: Params) -> int:
    """Behind the reward."""
    return _VIEW


def values(p: Params) -> int:
    """Where the agent is: after a hit, what was written last says where the goal is."""
    return 2 * _BITS


def stretched(p: Params) -> Params:
    """Champions are chosen in twice as long lives in a larger maze."""
    return p.model_copy(update={"size": min(p.size + 2, LARGEST), "ticks": min(2 * p.ticks, LONGEST)})


def ticks(p: Params) -> int:
    """Every life is equally long."""
    return p.ticks


def ceiling(p: Params) -> float:
    """A ring of all cells; with `feedback` a tour from the middle."""
    ring = 2 * p.ticks / len(_free(p.size))
    return max(ring, _touring(p.size, p.ticks)) if p.feedback else ring


def optimum(p: Params) -> float:
    """A search for the nearest new cell, then shortest paths."""
    return _searching(p.size, p.ticks)


def _free(size: int) -> list[tuple[int, int]]:
    """Row and column of the free cells."""
    inside = range(1, size - 1)
    return [(r, c) for r in inside for c in inside if r % 2 or c % 2 or r == c == size // 2]


@functools.cache
def _distances(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Steps between free cells, int64 (N, N), and where each move leads from each cell, int64 (N, 4)."""
    free = _free(size)
    number = {cell: i for i, cell in enumerate(free)}
    reach = np.array([[number.get((r + dr, c + dc), i) for dr, dc in _STEPS] for i, (r, c) in enumerate(free)])
    steps = np.where(np.eye(len(free), dtype=bool), 0, -1)
    for distance in range(1, len(free)):
        near = steps == distance - 1
        new = near[:, reach].any(axis=2) & (steps < 0)
        if not new.any():
            break
        steps[new] = distance
    return steps, reach


def _renewals(delays: np.ndarray, ticks: int) -> np.ndarray:
    """Expected hits within 0..ticks steps, float64 (N, ticks + 1), where delays (goal, start) is what each trip takes."""
    n = len(delays)
    longest = min(ticks, int(delays.max()))
    chance = np.zeros((n, longest + 1))
    goal, start = np.nonzero((delays <= longest) & ~np.eye(n, dtype=bool))
    np.add.at(chance, (goal, delays[goal, start]), 1 / (n - 1))
    hits = np.zeros((n, ticks + 1))
    for t in range(1, ticks + 1):
        k = min(t, longest)
        hits[:, t] = (chance[:, 1 : k + 1] * (1 + hits[:, t - k : t][:, ::-1])).sum(axis=1)
    return hits


def _search(size: int, start: int) -> np.ndarray:
    """Step at which each free cell is first visited, int64 (N,), by going to the nearest new cell, the most central of equals."""
    steps, reach = _distances(size)
    n = len(steps)
    rank = np.argsort(np.argsort(steps.sum(axis=1), kind="stable"), kind="stable")
    first, at = np.full(n, -1), start
    first[at], t = 0, 0
    while (first < 0).any():
        target = np.where(first < 0, steps[at] * n + rank, n * n).argmin()
        closer = [int(j) for j in reach[at] if steps[j, target] < steps[at, target]]
        at, t = min(closer, key=lambda j: (first[j] >= 0, rank[j])), t + 1
        if first[at] < 0:
            first[at] = t
    return first


@functools.lru_cache(maxsize=64)
def _searching(size: int, ticks: int) -> float:
    """Expected hits of the agent that searches, then knows."""
    steps, _ = _distances(size)
    n = len(steps)
    known, goals, total = _renewals(steps, ticks), np.arange(n), 0.0
    for start in range(n):
        first = _search(size, start)
        found = (goals != start) & (first <= ticks)
        total += (1 + known[goals[found], ticks - first[found]]).sum()
    return float(total / (n * (n - 1)))


@functools.lru_cache(maxsize=64)
def _touring(size: int, ticks: int) -> float:
    """Expected hits of the agent that goes to the middle and on a fixed tour, after every hit anew."""
    steps, reach = _distances(size)
    middle = int(steps.sum(axis=1).argmin())
    tour, delays = _search(size, middle), np.zeros_like(steps)
    for start in range(len(steps)):
        first, at = tour + steps[start, middle], start
        for t in range(1, int(steps[start, middle]) + 1):
            at = min(int(j) for j in reach[at] if steps[j, middle] < steps[at, middle])
            first[at] = t
        delays[:, start] = first
    return float(_renewals(delays, ticks)[:, ticks].mean())


def state(p: Params) -> State:
    """The same maze for all, another goal for each."""
    free = np.array([r * p.size + c for r, c in _free(p.size)], np.int64)
    is_free = np.zeros(p.size * p.size, np.int64)
    is_free[free] = 1
    return State(
        np.array([p.size, p.ticks, p.feedback], np.int64),
        np.array([r * p.size + c for r, c in _AROUND], np.int64),
        is_free,
        free,
        np.zeros(LANES, np.uint64),
        np.zeros(LANES, np.float32),
        *(np.zeros(LANES, np.int64) for _ in range(5)),
    )


@kernel
def _put(s, lane, time):
    """The agent onto a free cell that is not the goal."""
    i = rng.below(rng.draw(s.seed[lane], 1, time, 0), s.free.shape[0] - 1)
    s.cell[lane] = s.free[i + (i >= s.goal[lane])]


@kernel
def begin(s, lane, seed):
    """Draw the goal and the start."""
    s.seed[lane] = seed
    s.goal[lane] = rng.below(rng.draw(seed, 0, 0, 0), s.free.shape[0])
    _put(s, lane, 0)
    s.time[lane], s.hits[lane], s.did[lane], s.reward[lane] = 0, 0, -1, np.float32(0)


@kernel
def observe(s, lane, x):
    """Bits of the cell as +-1, the reward, 1 for each free cell around."""
    cell, size = s.cell[lane], s.sizes[0]
    row, column = cell // size - 1, cell % size - 1
    for i in range(_BITS):
        x[i, lane] = np.float32(1) if (row >> i) & 1 else np.float32(-1)
        x[_BITS + i, lane] = np.float32(1) if (column >> i) & 1 else np.float32(-1)
    x[_REWARD, lane] = s.reward[lane]
    for i in range(8):
        x[_VIEW + i, lane] = np.float32(s.is_free[cell + s.around[i]])
    if s.sizes[2] and s.did[lane] >= 0:
        one_hot(x, lane, _VIEW + 8, s.did[lane])


@kernel
def act(s, lane, x):
    """Step; on the rich cell, be put elsewhere."""
    t = s.time[lane] + 1
    s.did[lane] = strongest(x, lane, _VIEW, 4)
    cell = s.cell[lane] + s.around[s.did[lane]]
    if s.is_free[cell]:
        s.cell[lane] = cell
    s.reward[lane] = np.float32(0)
    if s.cell[lane] == s.free[s.goal[lane]]:
        s.reward[lane] = np.float32(1)
        s.hits[lane] += 1
        _put(s, lane, t)
    s.time[lane] = t
    return t < s.sizes[1]


@kernel
def score(s, lane):
    """Hits."""
    return np.float32(s.hits[lane])


def asking(s: State, lane: int) -> bool:
    """At every step from the first hit on, when there is a place to remember; in the last tick at the latest."""
    return bool(s.hits[lane] > 0 or s.time[lane] >= s.sizes[1] - 1)


def progress(s: State, lane: int) -> tuple[str, int, int]:
    """'search', then 'return'; nothing has a right answer."""
    return "return" if asking(s, lane) else "search", 0, 0


def picture(s: State, lane: int) -> np.ndarray:
    """From above: walls grey, free cells black, the rich cell green, the agent orange; what it sees is brighter."""
    size = int(s.sizes[0])
    image = np.where(s.is_free[:, None] == 1, 0, 90).repeat(3, axis=1).astype(np.uint8)
    image[s.free[s.goal[lane]]] = [0, 158, 115]
    image[s.cell[lane] + s.around] += 40
    image[s.cell[lane]] = [230, 159, 0]
    return image.reshape(size, size, 3)
