"""Repeat: a stream of symbols without an end in sight; say, at every step, the one shown k steps before.

A life: `symbols` vectors of `bits` random +-1, drawn anew in every life (0 bits: one-hot, the same in all lives); then
`steps` ticks, each of which shows one of them, drawn uniformly. From the first symbol that has one k steps before it, the flag `ask`
is up and the answer counts: the symbol whose vector lies nearest to what is said (largest scalar product, the first of
equals; where symbols are one-hot, the strongest slot). k and steps are drawn from ranges, once a life.
Score = share of answers that are right, of steps - k.

It isolates storing and recalling in one and the same tick, in order and without rest: copy hears first and speaks then.
Compared with: POPGym RepeatPrevious (Morad et al. 2023: k = 4, 32, 64 in 52, 104, 156 steps; recurrent baselines near chance at
k = 32; its code counts the symbol in view as the first, so its 32 is 31 here). POPGym deals cards without putting them back, which
tells a little about the next; here no symbol tells of another.

Ceiling: the symbol asked for is independent of all that is in view now, so whatever is said has the chance 1 / symbols.
Optimum: all that is needed has been shown, 1.

With `feedback` one more slot shows whether the last answer was right. The last answer itself is never shown: an agent could
say what it will need, instead of what it is asked for, and read it off its own lips. The bit does not help it to:
a guess at a symbol that is uniform, given all that an agent without a memory knows, is right with the same chance whatever
it saw when it guessed, so the bit says nothing of that, and the next symbol asked for is uniform again.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from pydantic import Field, model_validator

from alife.core import rng
from alife.core.jit import kernel
from alife.core.lanes import LANES
from alife.core.settings import Interval, Settings
from alife.core.slots import draw_codes, strongest

MOST = 1_000_000
"""Steps a life at most."""

_SHOWN = 128
"""Symbols in the picture at most, besides the one asked for."""


class Params(Settings):
    """Sizes of a life."""

    k: Interval = Field((4, 4), description="steps between a symbol and its answer, a number or [low, high]")
    steps: Interval = Field((52, 104), description="symbols shown a life, a number or [low, high], more than k")
    symbols: int = Field(4, ge=2, le=64, description="different symbols")
    bits: int = Field(8, ge=0, le=64, description="bits of a symbol's vector, drawn anew each life; 0 = one-hot, always the same")
    feedback: bool = Field(False, description="show whether the last answer was right")

    @model_validator(mode="after")
    def _something_is_asked(self) -> Params:
        for name, (low, high) in (("k", self.k), ("steps", self.steps)):
            if not 1 <= low <= high <= MOST:
                raise ValueError(f"{name}: expected 1 <= low <= high <= {MOST}, got [{low}, {high}]")
        if self.steps[0] <= self.k[1]:
            raise ValueError(f"steps: expected more than k = {self.k[1]} in every life, got [{self.steps[0]}, {self.steps[1]}]")
        if self.bits and self.symbols > 1 << self.bits:
            raise ValueError(f"bits: expected 2^bits >= {self.symbols}, one vector a symbol, got {self.bits} bits")
        return self


DEFAULTS = {"memory.bits": 256}


class State(NamedTuple):
    """One life a lane."""

    sizes: np.ndarray
    """int64 (8,): least k, most k, fewest steps, most steps, symbols, slots of a symbol, first action, feedback 0 or 1"""
    fresh: np.ndarray
    """int64 (1,): 1 = vectors drawn anew, 0 = one-hot"""
    codes: np.ndarray
    """uint64 (symbols, LANES): bit i = sign of slot i"""
    seed: np.ndarray
    """uint64 (LANES,)"""
    k: np.ndarray
    """int64 (LANES,)"""
    steps: np.ndarray
    """int64 (LANES,)"""
    time: np.ndarray
    """int64 (LANES,): ticks lived"""
    right: np.ndarray
    """int64 (LANES,): answers right so far"""
    good: np.ndarray
    """int64 (LANES,): 1 if the last answer was right"""


def values(p: Params) -> int:
    """The symbol is worth remembering."""
    return p.bits or p.symbols


def observations(p: Params) -> list[str]:
    """The symbol first: those slots are the ones that a memory stores."""
    return [f"symbol {i}" for i in range(values(p))] + ["ask"] + (["reward"] if p.feedback else [])


def actions(p: Params) -> list[str]:
    """The symbol of k steps ago."""
    return [f"was {i}" for i in range(values(p))]


def first_action(p: Params) -> int:
    """A power of two above the observations and the constant: the answer of a tick is not what it should store."""
    return 1 << len(observations(p)).bit_length()


def stretched(p: Params) -> Params:
    """Champions are chosen on streams up to twice as long as those of selection, with the same k."""
    return p.model_copy(update={"steps": (p.steps[1], min(2 * p.steps[1], MOST))})


def ticks(p: Params) -> int:
    """One a symbol."""
    return p.steps[1]


def ceiling(p: Params) -> float:
    """Whatever is said."""
    return 1.0 / p.symbols


def optimum(p: Params) -> float:
    """Every answer."""
    return 1.0


def state(p: Params) -> State:
    """Nothing grows with k or with the steps: the stream is hashed from the seed whenever it is looked at."""
    return State(
        np.array([*p.k, *p.steps, p.symbols, values(p), first_action(p), p.feedback], np.int64),
        np.array([p.bits > 0], np.int64),
        np.zeros((p.symbols, LANES), np.uint64),
        np.zeros(LANES, np.uint64),
        *(np.zeros(LANES, np.int64) for _ in range(5)),
    )


@kernel
def _symbol(s, lane, t):
    """The symbol shown at tick t."""
    return rng.below(rng.draw(s.seed[lane], 3, t, 0), s.sizes[4])


@kernel
def begin(s, lane, seed):
    """Draw k, the number of steps, and the vectors."""
    s.seed[lane] = seed
    s.k[lane] = s.sizes[0] + rng.below(rng.draw(seed, 0, 0, 0), s.sizes[1] - s.sizes[0] + 1)
    s.steps[lane] = s.sizes[2] + rng.below(rng.draw(seed, 1, 0, 0), s.sizes[3] - s.sizes[2] + 1)
    if s.fresh[0]:
        draw_codes(s.codes, lane, s.sizes[4], s.sizes[5], seed, 2, 0)
    s.time[lane], s.right[lane], s.good[lane] = 0, 0, 0


@kernel
def _component(s, lane, symbol, i):
    """Slot i of the vector of a symbol."""
    if s.fresh[0]:
        return np.float32(1) if (s.codes[symbol, lane] >> np.uint64(i)) & np.uint64(1) else np.float32(-1)
    return np.float32(symbol == i)


@kernel
def observe(s, lane, x):
    """A symbol, and whether the one k steps before it is asked for."""
    t, size = s.time[lane], s.sizes[5]
    symbol = _symbol(s, lane, t)
    for i in range(size):
        x[i, lane] = _component(s, lane, symbol, i)
    if t >= s.k[lane]:
        x[size, lane] = np.float32(1)
    if s.sizes[7]:
        x[size + 1, lane] = np.float32(s.good[lane])


@kernel
def _said(s, lane, x):
    """The symbol nearest to what is said; the first of equals; NaN is never near."""
    if not s.fresh[0]:
        return strongest(x, lane, s.sizes[6], s.sizes[4])
    best, nearest = 0, np.float32(-np.inf)
    for symbol in range(s.sizes[4]):
        product = np.float32(0)
        for i in range(s.sizes[5]):
            product += x[s.sizes[6] + i, lane] * _component(s, lane, symbol, i)
        if product > nearest:
            best, nearest = symbol, product
    return best


@kernel
def act(s, lane, x):
    """Judge the answer."""
    t, k = s.time[lane], s.k[lane]
    if t >= k:
        s.good[lane] = _said(s, lane, x) == _symbol(s, lane, t - k)
        s.right[lane] += s.good[lane]
    s.time[lane] = t + 1
    return t + 1 < s.steps[lane]


@kernel
def score(s, lane):
    """Share of answers that were right."""
    return np.float32(s.right[lane]) / np.float32(s.steps[lane] - s.k[lane])


def asking(s: State, lane: int) -> bool:
    """At every step that has a symbol k steps before it."""
    return bool(s.time[lane] >= s.k[lane])


def progress(s: State, lane: int) -> tuple[str, int, int]:
    """'hear', then 'say'; answers right, answers given."""
    return "say" if asking(s, lane) else "hear", int(s.right[lane]), max(0, int(s.time[lane] - s.k[lane]))


def picture(s: State, lane: int) -> np.ndarray:
    """The latest symbols, a row each kind: right the one in view, orange; left the one of k steps ago, asked for, green."""
    k, t = int(s.k[lane]), min(int(s.time[lane]), int(s.steps[lane]) - 1)
    ago = [k, *range(min(k, _SHOWN) - 1, -1, -1)]
    image = np.zeros((int(s.sizes[4]), len(ago), 3), np.uint8)
    for column, back in enumerate(ago):
        if back <= t:
            image[int(_symbol(s, lane, t - back)), column] = [0, 158, 115] if back == k else [0, 57, 89] if back else [230, 159, 0]
    return image
