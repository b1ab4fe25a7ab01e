"""Copy: hear a sequence once, then say it again. The first problem of every Neural Turing Machine.

A life: a start flag; L vectors of B random +-1 bits, L drawn from `length`; a delimiter; then L blank steps, in each of
which the agent must give the next vector. Score = share of bits right, by sign; a slot at exactly 0 or NaN is wrong.
It isolates storing and replaying an arbitrary sequence: nothing can be innate, since all bits are fresh.

Compared with: Graves et al. 2014 (NTM by gradient, LSTM); Greve, Jacobsen & Risi 2016 (evolved NTM: population 300,
up to 10,000 generations of 50 sequences). Without a memory every bit is a coin: ceiling 1/2.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from pydantic import Field, model_validator

from alife.core import rng
from alife.core.jit import kernel
from alife.core.lanes import LANES
from alife.core.settings import Interval, Settings


class Params(Settings):
    """Sizes of a life."""

    bits: int = Field(8, ge=1, le=64, description="bits a vector")
    length: Interval = Field((1, 10), description="vectors a life, a number or [low, high]")

    @model_validator(mode="after")
    def _length_is_a_range(self) -> Params:
        low, high = self.length
        if not 1 <= low <= high <= 100_000:
            raise ValueError(f"length: expected 1 <= low <= high <= 100000, got [{low}, {high}]")
        return self


DEFAULTS = {"memory.bits": 256}


class State(NamedTuple):
    """One life a lane."""

    limits: np.ndarray
    """int64 (3,): bits, shortest, longest"""
    items: np.ndarray
    """uint64 (longest, LANES): the vectors, bit i = sign of slot i"""
    length: np.ndarray
    """int64 (LANES,)"""
    time: np.ndarray
    """int64 (LANES,): ticks lived"""
    right: np.ndarray
    """int64 (LANES,): bits right so far"""


def observations(p: Params) -> list[str]:
    """The vector first: those slots are the ones that a memory stores and recalls."""
    return [f"bit {i}" for i in range(p.bits)] + ["start", "delimiter"]


def actions(p: Params) -> list[str]:
    """The vector said."""
    return [f"bit {i}" for i in range(p.bits)]


def values(p: Params) -> int:
    """The vector is worth remembering, the flags are not."""
    return p.bits


def stretched(p: Params) -> Params:
    """Champions are chosen on sequences up to four times as long as those of selection."""
    return p.model_copy(update={"length": (p.length[1], 4 * p.length[1])})


def ticks(p: Params) -> int:
    """Flag, vectors, delimiter, vectors."""
    return 2 * p.length[1] + 2


def ceiling(p: Params) -> float:
    """A coin for every bit."""
    return 0.5


def optimum(p: Params) -> float:
    """Every bit."""
    return 1.0


def state(p: Params) -> State:
    """Room for the longest life."""
    return State(
        np.array([p.bits, *p.length], np.int64),
        np.zeros((p.length[1], LANES), np.uint64),
        *(np.zeros(LANES, np.int64) for _ in range(3)),
    )


@kernel
def begin(s, lane, seed):
    """Draw the length and the vectors."""
    low, high = s.limits[1], s.limits[2]
    s.length[lane] = low + rng.below(rng.draw(seed, 0, 0, 0), high - low + 1)
    for i in range(s.length[lane]):
        s.items[i, lane] = rng.draw(seed, 1, i, 0)
    s.time[lane] = 0
    s.right[lane] = 0


@kernel
def _bit(item, i):
    return np.float32(1) if (item >> np.uint64(i)) & np.uint64(1) else np.float32(-1)


@kernel
def observe(s, lane, x):
    """Flag, vector, delimiter or nothing."""
    bits, t, length = s.limits[0], s.time[lane], s.length[lane]
    if t == 0:
        x[bits, lane] = np.float32(1)
    elif t <= length:
        for i in range(bits):
            x[i, lane] = _bit(s.items[t - 1, lane], i)
    elif t == length + 1:
        x[bits + 1, lane] = np.float32(1)


@kernel
def act(s, lane, x):
    """Count the bits right after the delimiter."""
    bits, t, length = s.limits[0], s.time[lane], s.length[lane]
    if t > length + 1:
        for i in range(bits):
            if x[i, lane] * _bit(s.items[t - length - 2, lane], i) > np.float32(0):
                s.right[lane] += 1
    s.time[lane] = t + 1
    return t < 2 * length + 1


@kernel
def score(s, lane):
    """Share of bits right."""
    return np.float32(s.right[lane]) / np.float32(s.limits[0] * s.length[lane])


def asking(s: State, lane: int) -> bool:
    """At every blank step."""
    return bool(s.time[lane] > s.length[lane] + 1)


def progress(s: State, lane: int) -> tuple[str, int, int]:
    """'hear' up to the delimiter, then 'say'; bits right, bits said."""
    said = max(0, int(s.time[lane] - s.length[lane]) - 2)
    return "say" if asking(s, lane) else "hear", int(s.right[lane]), int(s.limits[0]) * said


def picture(s: State, lane: int) -> np.ndarray:
    """The vectors as columns, bit 0 on top; the one heard or to be said now is bright."""
    bits, t, length = int(s.limits[0]), int(s.time[lane]), int(s.length[lane])
    signs = (s.items[:length, lane][None, :] >> np.arange(bits, dtype=np.uint64)[:, None]) & np.uint64(1)
    image = np.where(signs[..., None] == 1, np.array([230, 159, 0]), np.array([0, 114, 178])) // 3
    now = t - 1 if t <= length else t - length - 2
    if 0 <= now < length:
        image[:, now] *= 3
    return image.astype(np.uint8)
