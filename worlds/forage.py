"""Forage: food in patches, on a torus, in plain sight. The control: it needs no memory.

A life: an agent alone on `size` x `size` cells. `patches` squares of food, anywhere, may overlap; it eats what is in
the cell that it steps on or rests in, and an eaten cell bears food again with probability `regrow` a tick. It sees the
`view` x `view` cells around it and whether it has just eaten. Score = food eaten a tick.
A memory that is there but not needed must not hurt: compare `memory: none` with the others here.

There is no gap between agents with and without a memory for z to measure, so here z measures skill: 0 (`ceiling`) is
a walk that looks at nothing, the better of a random and a straight one; 1 (`optimum`) is the best walk known to us that
remembers nothing: to the nearest food in view, north where there is none. A memory has little to add (walking in a
staircase where nothing is in view gives .82 instead of .80), so z stays below about 1.04. Both are means over a
fixed set of simulated lives.
"""

from __future__ import annotations

import functools
from typing import Annotated, NamedTuple

import numpy as np
from pydantic import AfterValidator, Field, model_validator

from alife.core import rng
from alife.core.jit import kernel
from alife.core.lanes import LANES, aligned
from alife.core.settings import Settings
from alife.core.slots import strongest

_NEVER = 2**31 - 1
_RANDOM, _STRAIGHT, _GREEDY = 0, 1, 2
_REFERENCE = 0xF00D
"""Seed of the lives behind ceiling and optimum."""

_SIMULATED = 100_000
"""Ticks behind each of ceiling and optimum."""


def _odd(value: int) -> int:
    if value % 2 == 0:
        raise ValueError(f"expected an odd number, got {value}")
    return value


class Params(Settings):
    """Sizes of the torus and of a life."""

    size: int = Field(16, ge=4, le=256, description="cells a side")
    view: Annotated[int, Field(ge=3, le=15), AfterValidator(_odd)] = Field(5, description="cells a side in view, odd")
    patches: int = Field(6, ge=1, le=1000, description="squares of food")
    radius: int = Field(2, ge=0, le=16, description="a patch is 2 radius + 1 cells a side")
    regrow: float = Field(0.01, ge=0, le=1, description="probability per eaten cell per tick")
    ticks: int = Field(200, ge=1, le=100_000, description="length of a life")

    @model_validator(mode="after")
    def _fits(self) -> Params:
        for name, side in (("view", self.view), ("radius", 2 * self.radius + 1)):
            if side > self.size:
                raise ValueError(f"{name}: expected at most size = {self.size} cells a side, got {side}")
        return self


class State(NamedTuple):
    """One torus a lane. A cell is row * size + column; rows count from north to south."""

    sizes: np.ndarray
    """int64 (4,): size, patches, radius, ticks"""
    offsets: np.ndarray
    """int64 (view^2, 2): rows and columns from the agent to what each slot shows"""
    still_bare: np.ndarray
    """float32 (ticks,): chance that an eaten cell bears nothing after 1, 2, .. ticks"""
    ripe: np.ndarray
    """int32 (size^2, LANES): the tick from which a cell bears food; _NEVER = barren"""
    seed: np.ndarray
    """uint64 (LANES,)"""
    reward: np.ndarray
    """float32 (LANES,): food eaten in the last tick"""
    row: np.ndarray
    """int64 (LANES,)"""
    column: np.ndarray
    """int64 (LANES,)"""
    time: np.ndarray
    """int64 (LANES,): ticks lived"""
    eaten: np.ndarray
    """int64 (LANES,)"""


def _offsets(view: int) -> list[tuple[int, int]]:
    """North, east, south, west, here, in the slots of the actions that eat what is there; then by distance."""
    reach = view // 2
    first = [(-1, 0), (0, 1), (1, 0), (0, -1), (0, 0)]
    cells = [(r, c) for r in range(-reach, reach + 1) for c in range(-reach, reach + 1) if (r, c) not in first]
    return first + sorted(cells, key=lambda cell: (abs(cell[0]) + abs(cell[1]), cell))


def observations(p: Params) -> list[str]:
    """Food at (rows south, columns east) of the agent, and the last reward."""
    return [f"food {r},{c}" for r, c in _offsets(p.view)] + ["reward"]


def actions(p: Params) -> list[str]:
    """One cell, or none."""
    return ["north", "east", "south", "west", "rest"]


def ticks(p: Params) -> int:
    """Every life is equally long."""
    return p.ticks


def ceiling(p: Params) -> float:
    """The score of a walk that looks at nothing, random or straight."""
    return max(_simulated(p, _RANDOM), _simulated(p, _STRAIGHT))


def optimum(p: Params) -> float:
    """The score of a walk to the nearest food in view."""
    return _simulated(p, _GREEDY)


def state(p: Params) -> State:
    """The torus, and a table that turns one draw into a time of regrowth."""
    still_bare = np.cumprod(np.full(p.ticks, 1.0 - p.regrow)).astype(np.float32)
    return State(
        np.array([p.size, p.patches, p.radius, p.ticks], np.int64),
        np.array(_offsets(p.view), np.int64),
        still_bare,
        np.zeros((p.size * p.size, LANES), np.int32),
        np.zeros(LANES, np.uint64),
        np.zeros(LANES, np.float32),
        *(np.zeros(LANES, np.int64) for _ in range(4)),
    )


@kernel
def _wrapped(i, size):
    """i on a ring of `size` cells, for -size <= i < 2 size."""
    if i < 0:
        return i + size
    return i - size if i >= size else i


@kernel
def begin(s, lane, seed):
    """Place the patches, all ripe, and the agent."""
    size, radius = s.sizes[0], s.sizes[2]
    for cell in range(size * size):
        s.ripe[cell, lane] = _NEVER
    for i in range(s.sizes[1]):
        centre = rng.below(rng.draw(seed, 0, i, 0), size * size)
        for r in range(-radius, radius + 1):
            for c in range(-radius, radius + 1):
                row, column = _wrapped(centre // size + r, size), _wrapped(centre % size + c, size)
                s.ripe[row * size + column, lane] = 0
    cell = rng.below(rng.draw(seed, 1, 0, 0), size * size)
    s.row[lane], s.column[lane] = cell // size, cell % size
    s.time[lane], s.eaten[lane], s.reward[lane] = 0, 0, np.float32(0)
    s.seed[lane] = seed


@kernel
def observe(s, lane, x):
    """1 where there is food; 1 for food just eaten."""
    size, t = s.sizes[0], s.time[lane]
    seen = s.offsets.shape[0]
    for i in range(seen):
        row = _wrapped(s.row[lane] + s.offsets[i, 0], size)
        column = _wrapped(s.column[lane] + s.offsets[i, 1], size)
        if s.ripe[row * size + column, lane] <= t:
            x[i, lane] = np.float32(1)
    x[seen, lane] = s.reward[lane]


@kernel
def _ripens(s, lane, cell):
    """The tick from which a cell eaten now bears food again: a coin a tick, drawn at once."""
    t = s.time[lane]
    u = rng.uniform(rng.draw(s.seed[lane], 2 + t, cell, 0))
    low, high = 0, s.still_bare.shape[0]
    while low < high:  # the first delay with still_bare <= u
        middle = (low + high) // 2
        if s.still_bare[middle] <= u:
            high = middle
        else:
            low = middle + 1
    return _NEVER if low == s.still_bare.shape[0] else t + 1 + low


@kernel
def act(s, lane, x):
    """Move, then eat."""
    size, t = s.sizes[0], s.time[lane]
    move = strongest(x, lane, 0, 5)
    s.row[lane] = _wrapped(s.row[lane] + s.offsets[move, 0], size)
    s.column[lane] = _wrapped(s.column[lane] + s.offsets[move, 1], size)
    cell = s.row[lane] * size + s.column[lane]
    s.reward[lane] = np.float32(0)
    if s.ripe[cell, lane] <= t:
        s.ripe[cell, lane] = _ripens(s, lane, cell)
        s.reward[lane] = np.float32(1)
        s.eaten[lane] += 1
    s.time[lane] = t + 1
    return t + 1 < s.sizes[3]


@kernel
def score(s, lane):
    """Food eaten a tick."""
    return np.float32(s.eaten[lane]) / np.float32(s.sizes[3])


@kernel
def _live(s, lane, x, seed, policy):
    """One life of a reference walk in one lane; returns its score. x float32 (view^2 + 1, LANES) is scratch."""
    begin(s, lane, seed)
    alive = True
    while alive:
        for i in range(x.shape[0]):
            x[i, lane] = np.float32(0)
        observe(s, lane, x)
        move = 0
        if policy == _RANDOM:
            move = rng.below(rng.draw(seed, s.time[lane], 0, 1), 4)
        elif policy == _GREEDY:
            move = _towards_food(s, lane, x)
        for i in range(5):
            x[i, lane] = np.float32(i == move)
        alive = act(s, lane, x)
    return score(s, lane)


@kernel
def _towards_food(s, lane, x):
    """The move towards the nearest food in view, the longer way first; 4 to rest on food, 0 where there is none."""
    if x[4, lane] > np.float32(0):
        return 4
    for i in range(s.offsets.shape[0]):
        if x[i, lane] > np.float32(0):
            rows, columns = s.offsets[i, 0], s.offsets[i, 1]
            if abs(rows) >= abs(columns):
                return 0 if rows < 0 else 2
            return 3 if columns < 0 else 1
    return 0


@functools.lru_cache(maxsize=256)
def _simulated(p: Params, policy: int) -> float:
    """Mean score of a reference walk."""
    s, x = state(p), aligned((p.view**2 + 1, LANES))
    lives = max(16, _SIMULATED // p.ticks)
    return sum(float(_live(s, 0, x, seed, policy)) for seed in rng.bits(lives, _REFERENCE)) / lives


def _in_view(s: State, lane: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns that the agent sees, int64 (view^2,) each."""
    rows, columns = ((s.offsets + np.array([s.row[lane], s.column[lane]])) % s.sizes[0]).T
    return rows, columns


def progress(s: State, lane: int) -> tuple[str, int, int]:
    """'eat' with food in view, else 'search'; nothing is asked."""
    rows, columns = _in_view(s, lane)
    sees_food = (s.ripe[rows * s.sizes[0] + columns, lane] <= s.time[lane]).any()
    return "eat" if sees_food else "search", 0, 0


def picture(s: State, lane: int) -> np.ndarray:
    """From above: barren black, bare grey, food green, the agent orange; what it sees is brighter."""
    size, t = int(s.sizes[0]), int(s.time[lane])
    ripe = s.ripe[:, lane].reshape(size, size)
    image = np.zeros((size, size, 3), np.uint8)
    image[ripe < _NEVER] = 60
    image[ripe <= t] = [0, 158, 115]
    image[_in_view(s, lane)] += 30
    image[s.row[lane], s.column[lane]] = [230, 159, 0]
    return image
