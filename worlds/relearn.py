"""Relearn: world A, then world B, then A again, in one life: is what was learnt first still there?

A life: n shelves of A one after another, each showing a key of random +-1 bits and one of `choices` values, one-hot; then an exam on
A: its keys in random order, each with the ask flag and no value. Then m shelves of B, and an exam on B. Then A is asked again, in another
order, without having been shown again. n is drawn from `first`, m from `second`. The answer to a question is the strongest action slot;
answers while walking are ignored. Score = share of right answers, a mean over the three exams: `parts` of the state holds each apart.

In all ticks `marks` slots are +1 in A and -1 in B. With `same`, shelf i of B has the key of shelf i of A and a value of its own, so
that the marks alone tell the two apart: the fewer there are, the nearer are the places where a memory by likeness keeps the two.
Without, all keys differ. It isolates retention: the first exam shows what was learnt of A, the last what B has left of it, the
second what keeping A costs.

Compared with: A, B, A of lab bloom, visits and soft_visits (alife/lab/), where the addresses are given; here an evolved agent makes them.
Ceiling: values are drawn uniformly and anew in every life, in B too where its key is one of A, and a question shows no value: without a
memory no answer is right more often than 1 / choices. Nothing that was answered, and not whether it was right, is ever shown: an agent
cannot carry a value in its own hands, nor learn during an exam. Optimum: every value was shown before it is asked for: 1.
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

MOST = 1024
"""Shelves of a world at most: keeping keys distinct costs n^2 / 2 comparisons a life."""
EXAMS = ("A", "B", "A again")


class Params(Settings):
    """Sizes of a life."""

    first: Interval = Field((2, 4), description="shelves of A, a number or [low, high]")
    second: Interval = Field((2, 4), description="shelves of B, a number or [low, high]")
    same: bool = Field(True, description="B has the keys of A, as far as it has so many")
    marks: int = Field(8, ge=1, le=32, description="slots that are +1 in A and -1 in B")
    key_bits: int = Field(16, ge=1, le=64, description="bits a key")
    choices: int = Field(8, ge=2, le=64, description="values a shelf can hold")

    @model_validator(mode="after")
    def _keys_suffice(self) -> Params:
        for name, (low, high) in (("first", self.first), ("second", self.second)):
            if not 1 <= low <= high <= MOST:
                raise ValueError(f"{name}: expected 1 <= low <= high <= {MOST}, got [{low}, {high}]")
        if (keys := self.first[1] + self.second[1]) > 1 << self.key_bits:
            raise ValueError(f"key_bits: expected 2^key_bits >= {keys}, a key for every shelf of A and B, got {self.key_bits} bits")
        return self


DEFAULTS = {"memory.bits": 256}


class State(NamedTuple):
    """One life a lane. Shelves 0 .. n-1 are those of A, n .. n+m-1 those of B."""

    sizes: np.ndarray
    """int64 (8,): choices, key bits, marks, fewest and most of A, fewest and most of B, same 0 or 1"""
    keys: np.ndarray
    """uint64 (most, LANES): bit i = sign of key slot i"""
    values: np.ndarray
    """int64 (most, LANES)"""
    order: np.ndarray
    """int64 (3, most, LANES): the shelf that each question of each exam is about"""
    parts: np.ndarray
    """int64 (3, LANES): right answers in the exams on A, B, A again"""
    first: np.ndarray
    """int64 (LANES,): n"""
    second: np.ndarray
    """int64 (LANES,): m"""
    time: np.ndarray
    """int64 (LANES,): ticks lived"""


def observations(p: Params) -> list[str]:
    """The value first: those slots are the ones that a memory stores and recalls."""
    sizes = (("value", p.choices), ("key", p.key_bits), ("mark", p.marks))
    return [f"{name} {i}" for name, size in sizes for i in range(size)] + ["ask"]


def actions(p: Params) -> list[str]:
    """The answer."""
    return [f"value {i}" for i in range(p.choices)]


def values(p: Params) -> int:
    """The value is worth remembering; key and marks are its address."""
    return p.choices


def stretched(p: Params) -> Params:
    """Champions are chosen on up to twice as many shelves as those of selection."""
    room = 1 << p.key_bits
    first = min(2 * p.first[1], MOST, room - p.second[1])
    second = min(2 * p.second[1], MOST, room - first)
    return p.model_copy(update={"first": (p.first[1], first), "second": (p.second[1], second)})


def ticks(p: Params) -> int:
    """A walks and is asked twice, B once."""
    return 3 * p.first[1] + 2 * p.second[1]


def ceiling(p: Params) -> float:
    """A constant answer."""
    return 1.0 / p.choices


def optimum(p: Params) -> float:
    """Every answer."""
    return 1.0


def state(p: Params) -> State:
    """Room for the longest life."""
    most = p.first[1] + p.second[1]
    return State(
        np.array([p.choices, p.key_bits, p.marks, *p.first, *p.second, p.same], np.int64),
        np.zeros((most, LANES), np.uint64),
        np.zeros((most, LANES), np.int64),
        np.zeros((3, most, LANES), np.int64),
        np.zeros((3, LANES), np.int64),
        *(np.zeros(LANES, np.int64) for _ in range(3)),
    )


@kernel
def _shuffle(s, lane, seed, exam, first, count):
    """The order of the questions of an exam on `count` shelves from `first` on."""
    for i in range(count):
        j = rng.below(rng.draw(seed, 3 + exam, i, 0), i + 1)
        s.order[exam, i, lane] = s.order[exam, j, lane]
        s.order[exam, j, lane] = first + i


@kernel
def begin(s, lane, seed):
    """Draw the numbers of shelves, keys and values, and the order of the questions."""
    n = s.sizes[3] + rng.below(rng.draw(seed, 0, 0, 0), s.sizes[4] - s.sizes[3] + 1)
    m = s.sizes[5] + rng.below(rng.draw(seed, 0, 1, 0), s.sizes[6] - s.sizes[5] + 1)
    draw_codes(s.keys, lane, n + m, s.sizes[1], seed, 1, 0)
    if s.sizes[7]:
        for i in range(min(n, m)):
            s.keys[n + i, lane] = s.keys[i, lane]
    for i in range(n + m):
        s.values[i, lane] = rng.below(rng.draw(seed, 2, i, 0), s.sizes[0])
    _shuffle(s, lane, seed, 0, 0, n)
    _shuffle(s, lane, seed, 1, n, m)
    _shuffle(s, lane, seed, 2, 0, n)
    s.first[lane], s.second[lane], s.time[lane] = n, m, 0
    for exam in range(3):
        s.parts[exam, lane] = 0


@kernel
def _exam(s, lane):
    """The exam of this tick 0..2 and the number of its question, or -1 and the shelf that is walked past."""
    t, n, m = s.time[lane], s.first[lane], s.second[lane]
    if t < n:
        return -1, t
    if t < 2 * n:
        return 0, t - n
    if t < 2 * n + m:
        return -1, t - n
    if t < 2 * n + 2 * m:
        return 1, t - 2 * n - m
    return 2, min(t - 2 * n - 2 * m, n - 1)


@kernel
def observe(s, lane, x):
    """A shelf, or a question, and in which world."""
    choices, bits, marks = s.sizes[0], s.sizes[1], s.sizes[2]
    exam, shelf = _exam(s, lane)
    if exam < 0:
        one_hot(x, lane, 0, s.values[shelf, lane])
    else:
        shelf = s.order[exam, shelf, lane]
        x[choices + bits + marks, lane] = np.float32(1)
    key = s.keys[shelf, lane]
    for i in range(bits):
        x[choices + i, lane] = np.float32(1) if (key >> np.uint64(i)) & np.uint64(1) else np.float32(-1)
    for i in range(marks):
        x[choices + bits + i, lane] = np.float32(1) if shelf < s.first[lane] else np.float32(-1)


@kernel
def act(s, lane, x):
    """Judge the answer to a question."""
    exam, question = _exam(s, lane)
    if exam >= 0:
        answer = strongest(x, lane, 0, s.sizes[0])
        s.parts[exam, lane] += answer == s.values[s.order[exam, question, lane], lane]
    s.time[lane] += 1
    return s.time[lane] < 3 * s.first[lane] + 2 * s.second[lane]


@kernel
def score(s, lane):
    """Share of right answers, each exam a third."""
    n, m = np.float32(s.first[lane]), np.float32(s.second[lane])
    right = np.float32(s.parts[0, lane]) / n + np.float32(s.parts[1, lane]) / m + np.float32(s.parts[2, lane]) / n
    return right / np.float32(3)


def asking(s: State, lane: int) -> bool:
    """At every question."""
    return bool(_exam(s, lane)[0] >= 0)


def progress(s: State, lane: int) -> tuple[str, int, int]:
    """'walk A', 'ask A', 'walk B', 'ask B' or 'ask A again'; questions answered right, questions answered."""
    exam, number = (int(i) for i in _exam(s, lane))
    n, m, t = int(s.first[lane]), int(s.second[lane]), int(s.time[lane])
    answers = min(max(t - n, 0), n) + min(max(t - 2 * n - m, 0), m) + min(max(t - 2 * n - 2 * m, 0), n)
    return f"ask {EXAMS[exam]}" if exam >= 0 else "walk A" if number < n else "walk B", int(s.parts[:, lane].sum()), answers


def picture(s: State, lane: int) -> np.ndarray:
    """A column a shelf, A left of B: its value one-hot above, its key below; the shelf shown or asked for now is bright."""
    choices, bits, shelves = int(s.sizes[0]), int(s.sizes[1]), int(s.first[lane] + s.second[lane])
    image = np.zeros((choices + bits, shelves, 3), np.int64)
    image[s.values[:shelves, lane], np.arange(shelves)] = [0, 158, 115]
    signs = (s.keys[:shelves, lane][None, :] >> np.arange(bits, dtype=np.uint64)[:, None]) & np.uint64(1)
    image[choices:] = np.where(signs[..., None] == 1, np.array([230, 159, 0]), np.array([0, 114, 178]))
    exam, now = (int(i) for i in _exam(s, lane))
    others = np.arange(shelves) != (now if exam < 0 else s.order[exam, now, lane])
    image[:, others] //= 3
    return image.astype(np.uint8)
