"""Shelves: walk past n shelves, then be asked what stood under which label.

A life: n shelves one after another, n drawn from `shelves`, each showing a key of random +-1 bits and one of `choices`
values, one-hot; then n questions, all keys in random order, each with the ask flag and no value. The answer to a
question is the strongest action slot; answers while walking are ignored. Score = share of questions answered right.
It isolates association: fresh keys, so nothing can be innate; random order, so replaying the walk does not help.

Compared with: delta-rule fast weights (Schlag, Irie & Schmidhuber 2021), clean up to about as many keys as features.
Without a memory an answer cannot depend on the value, which is drawn uniformly: ceiling 1 / choices, a constant answer.

With `feedback` the last answer and whether it was right are shown at the next question. Walking shows neither: an
agent that saw what it last did while walking could carry a value in its own hands.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from pydantic import Field, model_validator

from alife.core import rng
from alife.core.jit import kernel
from alife.core.lanes import LANES
from alife.core.settings import Interval, Settings
from alife.core.slots import draw_codes, one_hot, strongest

MOST = 4096
"""Shelves at most: keeping keys distinct costs n^2 / 2 comparisons a life."""


class Params(Settings):
    """Sizes of a life."""

    shelves: Interval = Field((2, 8), description="shelves a life, a number or [low, high]")
    key_bits: int = Field(16, ge=1, le=64, description="bits a key")
    choices: int = Field(8, ge=2, le=64, description="values a shelf can hold")
    feedback: bool = Field(False, description="show the last answer and its reward at the next question")

    @model_validator(mode="after")
    def _keys_suffice(self) -> Params:
        low, high = self.shelves
        if not 1 <= low <= high <= MOST:
            raise ValueError(f"shelves: expected 1 <= low <= high <= {MOST}, got [{low}, {high}]")
        if high > 1 << self.key_bits:
            raise ValueError(f"key_bits: expected 2^key_bits >= {high}, one key a shelf, got {self.key_bits} bits")
        return self


DEFAULTS = {"memory.bits": 256}


class State(NamedTuple):
    """One life a lane."""

    sizes: np.ndarray
    """int64 (5,): choices, key bits, fewest shelves, most shelves, feedback 0 or 1"""
    keys: np.ndarray
    """uint64 (most, LANES): bit i = sign of key slot i"""
    values: np.ndarray
    """int64 (most, LANES)"""
    order: np.ndarray
    """int64 (most, LANES): the shelf that each question is about"""
    reward: np.ndarray
    """float32 (LANES,): 1 if the last answer was right, else 0"""
    shelves: np.ndarray
    """int64 (LANES,)"""
    time: np.ndarray
    """int64 (LANES,): ticks lived"""
    right: np.ndarray
    """int64 (LANES,): questions answered right"""
    answer: np.ndarray
    """int64 (LANES,): the last answer"""


def observations(p: Params) -> list[str]:
    """The value first: those slots are the ones that a memory stores and recalls."""
    names = [f"value {i}" for i in range(p.choices)] + [f"key {i}" for i in range(p.key_bits)] + ["ask"]
    return names + ([f"answered {i}" for i in range(p.choices)] + ["reward"] if p.feedback else [])


def actions(p: Params) -> list[str]:
    """The answer."""
    return [f"value {i}" for i in range(p.choices)]


def values(p: Params) -> int:
    """The value is worth remembering; the key is its address."""
    return p.choices


def stretched(p: Params) -> Params:
    """Champions are chosen on up to twice as many shelves as those of selection."""
    high = p.shelves[1]
    return p.model_copy(update={"shelves": (high, min(2 * high, MOST, 1 << p.key_bits))})


def ticks(p: Params) -> int:
    """Shelves, questions."""
    return 2 * p.shelves[1]


def ceiling(p: Params) -> float:
    """A constant answer."""
    return 1.0 / p.choices


def optimum(p: Params) -> float:
    """Every answer."""
    return 1.0


def state(p: Params) -> State:
    """Room for the longest life."""
    most = p.shelves[1]
    return State(
        np.array([p.choices, p.key_bits, *p.shelves, p.feedback], np.int64),
        np.zeros((most, LANES), np.uint64),
        np.zeros((most, LANES), np.int64),
        np.zeros((most, LANES), np.int64),
        np.zeros(LANES, np.float32),
        *(np.zeros(LANES, np.int64) for _ in range(4)),
    )


@kernel
def begin(s, lane, seed):
    """Draw the number of shelves, their keys and values, and the order of the questions."""
    choices, bits, low, high = s.sizes[0], s.sizes[1], s.sizes[2], s.sizes[3]
    n = low + rng.below(rng.draw(seed, 0, 0, 0), high - low + 1)
    draw_codes(s.keys, lane, n, bits, seed, 1, 0)
    for i in range(n):
        s.values[i, lane] = rng.below(rng.draw(seed, 2, i, 0), choices)
        j = rng.below(rng.draw(seed, 3, i, 0), i + 1)
        s.order[i, lane] = s.order[j, lane]
        s.order[j, lane] = i
    s.shelves[lane], s.time[lane], s.right[lane] = n, 0, 0


@kernel
def observe(s, lane, x):
    """A shelf, or a question."""
    choices, bits, t, n = s.sizes[0], s.sizes[1], s.time[lane], s.shelves[lane]
    if t < n:
        shelf = t
        one_hot(x, lane, 0, s.values[shelf, lane])
    else:
        shelf = s.order[t - n, lane]
        x[choices + bits, lane] = np.float32(1)
    key = s.keys[shelf, lane]
    for i in range(bits):
        x[choices + i, lane] = np.float32(1) if (key >> np.uint64(i)) & np.uint64(1) else np.float32(-1)
    if s.sizes[4] and t > n:
        one_hot(x, lane, choices + bits + 1, s.answer[lane])
        x[2 * choices + bits + 1, lane] = s.reward[lane]


@kernel
def act(s, lane, x):
    """Judge the answer to a question."""
    t, n = s.time[lane], s.shelves[lane]
    if t >= n:
        s.answer[lane] = strongest(x, lane, 0, s.sizes[0])
        right = s.answer[lane] == s.values[s.order[t - n, lane], lane]
        s.right[lane] += right
        s.reward[lane] = np.float32(right)
    s.time[lane] = t + 1
    return t + 1 < 2 * n


@kernel
def score(s, lane):
    """Share of questions answered right."""
    return np.float32(s.right[lane]) / np.float32(s.shelves[lane])


def asking(s: State, lane: int) -> bool:
    """At every question."""
    return bool(s.time[lane] >= s.shelves[lane])


def progress(s: State, lane: int) -> tuple[str, int, int]:
    """'walk', then 'ask'; questions answered right, questions answered."""
    return "ask" if asking(s, lane) else "walk", int(s.right[lane]), max(0, int(s.time[lane] - s.shelves[lane]))


def picture(s: State, lane: int) -> np.ndarray:
    """A column a shelf: its value one-hot above, its key below; the shelf shown or asked for now is bright."""
    choices, bits, t, n = int(s.sizes[0]), int(s.sizes[1]), int(s.time[lane]), int(s.shelves[lane])
    image = np.zeros((choices + bits, n, 3), np.int64)
    image[s.values[:n, lane], np.arange(n)] = [0, 158, 115]
    signs = (s.keys[:n, lane][None, :] >> np.arange(bits, dtype=np.uint64)[:, None]) & np.uint64(1)
    image[choices:] = np.where(signs[..., None] == 1, np.array([230, 159, 0]), np.array([0, 114, 178]))
    now = t if t < n else int(s.order[min(t, 2 * n - 1) - n, lane])
    others = np.arange(n) != now
    image[:, others] //= 3
    return image.astype(np.uint8)
