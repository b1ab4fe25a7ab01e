"""Corridor: a cue at the entrance says which way to turn at the far end.

A life: `length` cells, one wide, the cue (left or right) in the first, nothing in the others; then the junction, where
the stronger of two action slots takes an arm. Right arm = 1, wrong arm = 0; equal slots or NaN take none, which is 0
too. It isolates holding one bit over a time that is not known in advance.

Compared with: bsuite memory_len (to 100), LSTM (about 250 steps). Every life shows the same junction whatever the cue
was, so without a memory the turn cannot depend on it: ceiling 1/2. The body cannot hold the bit: the agent is moved on
one cell a tick, whatever it does, and no cell looks unlike another.

With `feedback` there are slots for the last action and the last reward. Only what an action brought about is shown,
and none but the last of a life brings about anything, so they stay 0; if the turns wished for on the way were shown,
an agent could hold the cue by wishing for the same turn again and again, without a memory.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from pydantic import Field, model_validator

from alife.core import rng
from alife.core.jit import kernel
from alife.core.lanes import LANES
from alife.core.settings import Interval, Settings
from alife.core.slots import one_hot

_JUNCTION = 2


class Params(Settings):
    """Sizes of a life."""

    length: Interval = Field((3, 20), description="cells before the junction, a number or [low, high]")
    feedback: bool = Field(False, description="slots for the last action and its reward, which stay 0 here")

    @model_validator(mode="after")
    def _length_is_a_range(self) -> Params:
        low, high = self.length
        if not 1 <= low <= high <= 1_000_000:
            raise ValueError(f"length: expected 1 <= low <= high <= 1000000, got [{low}, {high}]")
        return self


class State(NamedTuple):
    """One life a lane."""

    limits: np.ndarray
    """int64 (2,): shortest, longest"""
    length: np.ndarray
    """int64 (LANES,)"""
    cue: np.ndarray
    """int64 (LANES,): 0 = left, 1 = right"""
    time: np.ndarray
    """int64 (LANES,): ticks lived, which is the cell"""
    taken: np.ndarray
    """int64 (LANES,): the arm, -1 before the junction or where none was taken"""


def observations(p: Params) -> list[str]:
    """The cue in the slots of the actions that it asks for."""
    return ["cue left", "cue right", "junction"] + (["did left", "did right", "reward"] if p.feedback else [])


def actions(p: Params) -> list[str]:
    """The turn."""
    return ["left", "right"]


def values(p: Params) -> int:
    """The cue."""
    return 2


def stretched(p: Params) -> Params:
    """Champions are chosen on corridors up to 16 times as long as those of selection: what holds a cue so long does not drift."""
    return p.model_copy(update={"length": (p.length[1], min(16 * p.length[1], 1_000_000))})


def ticks(p: Params) -> int:
    """Cells and junction."""
    return p.length[1] + 1


def ceiling(p: Params) -> float:
    """Always the same arm."""
    return 0.5


def optimum(p: Params) -> float:
    """Always the right arm."""
    return 1.0


def state(p: Params) -> State:
    """Nothing grows with the length."""
    return State(np.array(p.length, np.int64), *(np.zeros(LANES, np.int64) for _ in range(4)))


@kernel
def begin(s, lane, seed):
    """Draw the length and the cue."""
    low, high = s.limits[0], s.limits[1]
    s.length[lane] = low + rng.below(rng.draw(seed, 0, 0, 0), high - low + 1)
    s.cue[lane] = rng.below(rng.draw(seed, 1, 0, 0), 2)
    s.time[lane] = 0
    s.taken[lane] = -1


@kernel
def observe(s, lane, x):
    """The cue, nothing, or the junction."""
    if s.time[lane] == 0:
        one_hot(x, lane, 0, s.cue[lane])
    elif s.time[lane] == s.length[lane]:
        x[_JUNCTION, lane] = np.float32(1)


@kernel
def act(s, lane, x):
    """One cell on; at the junction into an arm."""
    t = s.time[lane]
    s.time[lane] = t + 1
    if t < s.length[lane]:
        return True
    if x[0, lane] > x[1, lane]:
        s.taken[lane] = 0
    elif x[1, lane] > x[0, lane]:
        s.taken[lane] = 1
    return False


@kernel
def score(s, lane):
    """1 in the right arm."""
    return np.float32(1) if s.taken[lane] == s.cue[lane] else np.float32(0)


def asking(s: State, lane: int) -> bool:
    """At the junction."""
    return bool(s.time[lane] >= s.length[lane])


def progress(s: State, lane: int) -> tuple[str, int, int]:
    """'cue', 'delay', 'query'; one answer, the turn at the junction."""
    phase = "query" if asking(s, lane) else "delay" if s.time[lane] else "cue"
    return phase, int(s.taken[lane] == s.cue[lane]), int(s.time[lane] > s.length[lane])


def picture(s: State, lane: int) -> np.ndarray:
    """From above, walking right: corridor grey, cue orange, the good arm green, the agent blue."""
    length, t, taken = int(s.length[lane]), int(s.time[lane]), int(s.taken[lane])
    image = np.zeros((3, length + 1, 3), np.uint8)
    image[1] = image[:, length] = 70
    image[2 * int(s.cue[lane]), 0] = [230, 159, 0]
    image[2 * int(s.cue[lane]), length] = [0, 158, 115]
    row = 1 if taken < 0 else 2 * taken
    image[row, min(t, length)] = [86, 180, 233]
    return image
