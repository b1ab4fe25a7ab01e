"""Pairs: cards face down, two of each face; a turn shows one, the agent says where its twin lies. Concentration, Memory.

A life: rows x columns cards, n pairs, at most `turns` turns of three ticks. `choose`: the walk has come to a card, which
is turned up; its face of random +-1 bits is shown, and the agent names a place. The card there is turned up. `first`: face
and place of the first card. `second`: face and place of the second, and whether they are a pair. A pair goes, else both
are turned down, and the walk goes on. Score = share of the pairs found. It isolates binding what to where, from looks that
were not chosen to teach: half of them come by chance, and a face that is seen again stands somewhere else.

Compared with: POPGym's Concentration (Morad et al. 2023), hard for every baseline. It asks for no motor skill: the walk is
forced, card by card in an order drawn for each life, over again past the last, so the body holds nothing. A place is a code
of random +-1 bits, like a face fresh in every life: to name it is to give its code, with at most 1 bit in 8 wrong. A word
that is no place's code, or that of a card that is up or gone, makes the hand fall on any other card face down.

Ceiling, .146 (.059 at 6 x 6): what is seen at `choose` is a face, which tells of no place; by chance a word is a code once
in 450 lives (cards times the tail of a binomial; more than 1 in 50 is refused). So the hand falls anywhere and hits the twin
with probability 1/(2m - 1) while m pairs are left, whatever happened before: a recursion over turns and pairs left. That is
why places have no coordinates: always to name the same card would find its twin within a walk (.21), the first one left
more still (.24). Words at other ticks are not heard, and what was named is seen after the answer only, at `second`.

Optimum: 1 from 2n turns on, the default (16, and 36 at 6 x 6). When the walk comes to the later card of a pair, the other
has been seen, so the first walk finds them all. For fewer turns: dynamic programming over what has been seen (`_within`).
An agent that knows only where it saw each face last, with one association a face, face to place, gets .969 (.973 at 6 x 6).
"""

from __future__ import annotations

import functools
import math
from typing import NamedTuple

import numpy as np
from pydantic import Field, model_validator

from alife.core import rng
from alife.core.jit import kernel
from alife.core.lanes import LANES
from alife.core.settings import Settings
from alife.core.slots import draw_codes

_FACE, _PLACE, _DEAL, _WALK, _HAND = range(5)
"""Streams of luck."""

_CHOOSE, _FIRST, _SECOND = range(3)
_CHANCE = 0.02
"""Lives at most in which a word that does not know is the code of a place."""


class Params(Settings):
    """Sizes of a life."""

    rows: int = Field(4, ge=1, le=8, description="cards from top to bottom")
    columns: int = Field(4, ge=2, le=8, description="cards from left to right")
    turns: int | None = Field(None, ge=1, le=1000, description="turns a life at most; null = as many as cards")
    face_bits: int = Field(24, ge=5, le=64, description="bits a face")
    place_bits: int = Field(24, ge=4, le=64, description="bits that name a place")

    @model_validator(mode="after")
    def _cards_are_pairs(self) -> Params:
        if self.rows * self.columns % 2:
            raise ValueError(f"rows: expected an even number of cards, got {self.rows} x {self.columns}")
        named = sum(math.comb(self.place_bits, wrong) for wrong in range(self.place_bits // 8 + 1))
        if self.rows * self.columns * named > _CHANCE * 2**self.place_bits:
            raise ValueError(f"place_bits: expected more bits, so that no place is named by chance, got {self.place_bits}")
        return self

    @property
    def pairs(self) -> int:
        """n."""
        return self.rows * self.columns // 2

    @property
    def most(self) -> int:
        """Turns."""
        return self.turns or 2 * self.pairs


DEFAULTS = {"memory.bits": 256}


class State(NamedTuple):
    """One life a lane. A card is its place, row * columns + column; pair i is the cards of face i."""

    sizes: np.ndarray
    """int64 (5,): cards, turns, face bits, place bits, columns"""
    faces: np.ndarray
    """uint64 (pairs, LANES): bit i = sign of face slot i"""
    places: np.ndarray
    """uint64 (cards, LANES): bit i = sign of place slot i"""
    face: np.ndarray
    """int64 (cards, LANES): the face of a card"""
    order: np.ndarray
    """int64 (cards, LANES): the walk"""
    gone: np.ndarray
    """int64 (cards, LANES): 1 where a card has gone"""
    seed: np.ndarray
    """uint64 (LANES,)"""
    up: np.ndarray
    """int64 (2, LANES): the first and the second card of this turn, -1 before the second is turned up"""
    step: np.ndarray
    """int64 (LANES,): how far the walk has come"""
    phase: np.ndarray
    """int64 (LANES,): choose, first, second"""
    turn: np.ndarray
    """int64 (LANES,): turns that are over"""
    found: np.ndarray
    """int64 (LANES,): pairs"""


def observations(p: Params) -> list[str]:
    """The place first: those slots are the ones that a memory stores and recalls."""
    names = [f"place {i}" for i in range(p.place_bits)] + [f"face {i}" for i in range(p.face_bits)]
    return [*names, "choose", "pair"]


def actions(p: Params) -> list[str]:
    """The place named, in the slots where a recall names one."""
    return [f"place {i}" for i in range(p.place_bits)]


def values(p: Params) -> int:
    """The place; the face is its address."""
    return p.place_bits


def stretched(p: Params) -> Params:
    """Champions are chosen on a table of two more rows and columns, with turns in proportion."""
    rows, columns = min(p.rows + 2, 8), min(p.columns + 2, 8)
    turns = None if p.turns is None else min(1000, -(-p.turns * rows * columns // (p.rows * p.columns)))
    try:
        return Params(**{**p.model_dump(), "rows": rows, "columns": columns, "turns": turns})
    except ValueError:  # too many cards for so few place bits, or an odd number of them
        return p


def ticks(p: Params) -> int:
    """Choose, first, second."""
    return 3 * p.most


def state(p: Params) -> State:
    """Room for all cards."""
    cards = 2 * p.pairs
    return State(
        np.array([cards, p.most, p.face_bits, p.place_bits, p.columns], np.int64),
        np.zeros((p.pairs, LANES), np.uint64),
        np.zeros((cards, LANES), np.uint64),
        np.zeros((cards, LANES), np.int64),
        np.zeros((cards, LANES), np.int64),
        np.zeros((cards, LANES), np.int64),
        np.zeros(LANES, np.uint64),
        np.zeros((2, LANES), np.int64),
        *(np.zeros(LANES, np.int64) for _ in range(4)),
    )


@kernel
def _walk(s, lane):
    """On to the next card that has not gone, and turn it up."""
    cards = s.sizes[0]
    while s.gone[s.order[s.step[lane] % cards, lane], lane]:
        s.step[lane] += 1
    s.up[0, lane], s.up[1, lane], s.phase[lane] = s.order[s.step[lane] % cards, lane], -1, _CHOOSE
    s.step[lane] += 1


@kernel
def begin(s, lane, seed):
    """Draw the codes, deal the cards, and begin the walk."""
    cards = s.sizes[0]
    draw_codes(s.faces, lane, cards // 2, s.sizes[2], seed, 0, _FACE)
    draw_codes(s.places, lane, cards, s.sizes[3], seed, 0, _PLACE)
    for i in range(cards):
        j = rng.below(rng.draw(seed, 0, i, _DEAL), i + 1)
        s.face[i, lane] = s.face[j, lane]
        s.face[j, lane] = i // 2
        j = rng.below(rng.draw(seed, 0, i, _WALK), i + 1)
        s.order[i, lane] = s.order[j, lane]
        s.order[j, lane] = i
        s.gone[i, lane] = 0
    s.seed[lane], s.step[lane], s.turn[lane], s.found[lane] = seed, 0, 0, 0
    _walk(s, lane)


@kernel
def _sign(code, i):
    return np.float32(1) if (code >> np.uint64(i)) & np.uint64(1) else np.float32(-1)


@kernel
def observe(s, lane, x):
    """A face; after the choice its place, too."""
    faces, places, phase = s.sizes[2], s.sizes[3], s.phase[lane]
    card = s.up[1, lane] if phase == _SECOND else s.up[0, lane]
    for i in range(faces):
        x[places + i, lane] = _sign(s.faces[s.face[card, lane], lane], i)
    if phase == _CHOOSE:
        x[places + faces, lane] = np.float32(1)
        return
    for i in range(places):
        x[i, lane] = _sign(s.places[card, lane], i)
    if phase == _SECOND and s.face[card, lane] == s.face[s.up[0, lane], lane]:
        x[places + faces + 1, lane] = np.float32(1)


@kernel
def _named(s, lane, x):
    """The card whose code the place slots give best, if it is face down and at most 1 bit in 8 is wrong; else -1."""
    bits = s.sizes[3]
    best, fewest = -1, bits // 8 + 1
    for card in range(s.sizes[0]):
        wrong = 0
        for i in range(bits):
            if not x[i, lane] * _sign(s.places[card, lane], i) > np.float32(0):
                wrong += 1
        if wrong < fewest:
            best, fewest = card, wrong
    return -1 if best < 0 or s.gone[best, lane] or best == s.up[0, lane] else best


@kernel
def _anywhere(s, lane):
    """Any card face down, each as likely."""
    others = s.sizes[0] - 2 * s.found[lane] - 1
    k = rng.below(rng.draw(s.seed[lane], s.turn[lane], 0, _HAND), others)
    for card in range(s.sizes[0]):
        if s.gone[card, lane] or card == s.up[0, lane]:
            continue
        if k == 0:
            return card
        k -= 1
    return -1


@kernel
def act(s, lane, x):
    """Turn up the second card; look at both; then a pair goes, and the walk goes on."""
    if s.phase[lane] == _CHOOSE:
        card = _named(s, lane, x)
        if card < 0:
            card = _anywhere(s, lane)
        s.up[1, lane] = card
    if s.phase[lane] != _SECOND:
        s.phase[lane] += 1
        return True
    first, second = s.up[0, lane], s.up[1, lane]
    s.turn[lane] += 1
    if s.face[first, lane] == s.face[second, lane]:
        s.gone[first, lane], s.gone[second, lane] = 1, 1
        s.found[lane] += 1
    s.phase[lane] = _CHOOSE
    if s.turn[lane] == s.sizes[1] or 2 * s.found[lane] == s.sizes[0]:
        return False
    _walk(s, lane)
    return True


@kernel
def score(s, lane):
    """Share of the pairs found."""
    return np.float32(2 * s.found[lane]) / np.float32(s.sizes[0])


# ---- what the best can do ----


def ceiling(p: Params) -> float:
    """The hand falls anywhere, every turn: pairs found of m in t turns, from t = 0 on."""
    found = [0.0] * (p.pairs + 1)
    for _ in range(p.most):
        found = [0.0] + [found[m] + (1.0 + found[m - 1] - found[m]) / (2 * m - 1) for m in range(1, p.pairs + 1)]
    return found[p.pairs] / p.pairs


def optimum(p: Params) -> float:
    """All of them, where there are as many turns as cards."""
    return 1.0 if p.most >= 2 * p.pairs else _within(p.pairs, p.most) / p.pairs


@functools.lru_cache(maxsize=64)
def _within(n: int, turns: int) -> float:
    """Pairs that a perfect memory finds in fewer turns than cards; a place can be named once it has been seen.

    A pair is of one of four kinds. a: neither card seen. b: one seen by chance, the walk still to come to both. c: both seen
    so, the walk still to come to both. d: the walk has been at one and not at the other. The walk comes to any card it has
    not been at, each as likely. If its twin has been seen (c, d, the unseen card of b), the pair is found; to leave it would
    not help. Else the hand falls anywhere, to learn most, and the pair becomes d.
    """
    kinds = np.array([(a, b, c, m - a - b - c) for m in range(n + 1) for a in range(m + 1) for b in range(m - a + 1)
                      for c in range(m - a - b + 1)])  # fmt: skip
    number = np.full((n + 2,) * 4, -1)
    number[tuple(kinds.T)] = np.arange(len(kinds))
    a, b, c, d = kinds.T
    ahead, others = np.maximum(2 * a + 2 * b + 2 * c + d, 1), np.maximum(2 * (a + b + c + d) - 1, 1)

    def after(found: np.ndarray, *change: int) -> np.ndarray:
        """Pairs found from the states on that differ so; any value where there is none."""
        return found[number[tuple(np.clip(kinds + change, 0, n).T)]]

    def anywhere(found: np.ndarray, a: np.ndarray, b: np.ndarray, *first: int) -> np.ndarray:
        """The hand falls on the twin, an unseen card of the a or b other pairs of these kinds, or one that tells nothing new."""
        x, y, z, w = first
        twin = 1.0 + after(found, x, y, z, w - 1)
        of_a, of_b, nothing = after(found, x - 1, y + 1, z, w), after(found, x, y - 1, z + 1, w), after(found, *first)
        return (twin + 2 * a * of_a + b * of_b + (others - 1 - 2 * a - b) * nothing) / others

    found = np.zeros(len(kinds))
    for _ in range(turns):
        value = 2 * a * anywhere(found, a - 1, b, -1, 0, 0, 1) + b * anywhere(found, a, b - 1, 0, -1, 0, 1)
        value += b * (1.0 + after(found, 0, -1, 0, 0)) + 2 * c * (1.0 + after(found, 0, 0, -1, 0))
        found = (value + d * (1.0 + after(found, 0, 0, 0, -1))) / ahead
        found[0] = 0.0
    return float(found[number[n, 0, 0, 0]])


def asking(s: State, lane: int) -> bool:
    """At every choice but the first, before which there is nothing to remember."""
    return bool(s.phase[lane] == _CHOOSE and s.turn[lane] > 0)


def _is_pair(s: State, lane: int) -> bool:
    """Both cards are up and have one face."""
    first, second = s.up[:, lane]
    return bool(s.phase[lane] != _CHOOSE and s.face[first, lane] == s.face[second, lane])


def progress(s: State, lane: int) -> tuple[str, int, int]:
    """'choose', 'first', 'second'; pairs found, choices made."""
    phase = int(s.phase[lane])
    return ("choose", "first", "second")[phase], int(s.found[lane]) + _is_pair(s, lane), int(s.turn[lane]) + (phase != _CHOOSE)


def picture(s: State, lane: int) -> np.ndarray:
    """The table: grey face down, black gone, orange the card shown now, blue the other one that is up, green a pair."""
    image, phase = np.full((int(s.sizes[0]), 3), 90, np.uint8), int(s.phase[lane])
    first, second = (int(card) for card in s.up[:, lane])
    if phase == _FIRST:
        image[second] = [0, 114, 178]
    if phase != _SECOND:
        image[first] = [230, 159, 0]
    else:
        image[first], image[second] = [0, 114, 178], [230, 159, 0]
    if _is_pair(s, lane):
        image[[first, second]] = [0, 158, 115]
    image[s.gone[:, lane] == 1] = 0
    return image.reshape(-1, int(s.sizes[4]), 3)
