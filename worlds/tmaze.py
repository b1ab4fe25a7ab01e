"""T-maze: find the one rich goal, go back to it round after round, notice that it has moved, find it again.

A life: `rounds` rounds. A round: the home cell, a corridor, a junction, a corridor, .. the last of `junctions` junctions,
a corridor, a goal; then back home, at once, or with `homing` on foot through the same junctions. One of the 2^junctions
goals is rich, the others are poor; after a number of rounds drawn from `move` another goal is the rich one, for good. Every
order (from, to) is equally likely in every life. single: junctions = 1, 10 rounds, move after 4..7; double: junctions = 2, 20
rounds, move after 7..13.

A round counts when the goal chosen could still be the rich one, given what this life has seen (worlds/_tmaze.py): a first
look at each goal counts, a second look at a poor one does not, every visit of the rich one does, and the one that shows that it
has left. A lucky hit in an excluded goal does not count, but it was seen. Score = share of rounds that count; a crash is 0:
a junction where slot 0 is neither above 0 (right) nor below (left), or a wrong turn on the way home. Then the next round.

It isolates learning from reward within a life, and unlearning: neither goal nor order can be innate. It is the control for
worlds with fresh symbols: here the thing to store is what the agent did and what came of it.

The body holds nothing: corridors are one cell wide, the agent is moved on whatever it wishes, and home, corridor and every
junction look the same in each round. Shown are the reward and (`feedback`) the turns that led to it, in the one tick at the
goal; not what was wished for in corridors, for with that an agent could carry the goal in its own hands. No clock; the
corridors of a life are equally long, but not those of two lives, so no fixed number of steps leads from goal to junction.

Compared with: Greve, Jacobsen & Risi 2016 (evolved NTM solved the double; same rounds, moves and rule of counting), evolved switch
neurons (double 0 of 8 runs plain, 6 of 8 with hand-made maps; homing 0 of 16).

ceiling: the best agent whose choice does not depend on what it saw draws its goal by some odds, the same in each round. Its
expected score is computed exactly (sets of possible goals as states) and maximised over the odds. Two goals: after the first
round exactly one goal is possible, and by symmetry any odds hit it half of the time: (rounds + 1) / (2 rounds) = .55 for 10
rounds. Four goals, 20 rounds: .352, by one in three each for three goals. Always the same goal: (rounds + goals - 1) / (goals
rounds) = .2875, which is the ceiling of homing too: who cannot remember its turns comes home from one goal only. A perfect
clock, which nobody is shown, would add little: the best tour that we found without looking at rewards gets .359.
optimum: 1: stay with the goal that was rich; else try, in a fixed cycle, the goal after the one that was poor.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from pydantic import Field, model_validator

from alife.core import rng
from alife.core.jit import kernel
from alife.core.lanes import LANES
from alife.core.settings import Interval, Settings
from worlds._tmaze import memoryless, narrowed

_MOST_ROUNDS, _MOST_CELLS = 500, 1000


class Params(Settings):
    """Sizes of a life."""

    junctions: int = Field(2, ge=1, le=3, description="junctions on the way; 2^junctions goals: 1 = single, 2 = double")
    homing: bool = Field(False, description="walk home through the junctions too, else be put there")
    rounds: int | None = Field(None, ge=2, le=_MOST_ROUNDS, description="rounds a life; null = 10 for every junction")
    move: Interval | None = Field(
        None, description="rounds before the rich goal moves, a number or [low, high]; null = half of them, and .15 of all around it"
    )
    corridor: Interval = Field((1, 3), description="cells between two places, the same in a life, a number or [low, high]")
    order: tuple[int, int] | None = Field(
        None, description="the rich goal before and after the move, bit k = right at junction k + 1; null = another in every life"
    )
    feedback: bool = Field(True, description="show at the goal the turns that led there")

    @model_validator(mode="before")
    @classmethod
    def _lists_are_pairs(cls, data: object) -> object:
        if isinstance(data, dict) and isinstance(data.get("order"), list):
            return {**data, "order": tuple(data["order"])}
        return data

    @model_validator(mode="after")
    def _fits(self) -> Params:
        goals, rounds, (low, high) = 1 << self.junctions, rounds_of(self), move_of(self)
        if not 1 <= low <= high < rounds:
            raise ValueError(f"move: expected 1 <= low <= high < rounds = {rounds}, got [{low}, {high}]")
        if not 0 <= self.corridor[0] <= self.corridor[1] <= _MOST_CELLS:
            raise ValueError(f"corridor: expected 0 <= low <= high <= {_MOST_CELLS}, got {list(self.corridor)}")
        if self.order and (self.order[0] == self.order[1] or not all(0 <= goal < goals for goal in self.order)):
            raise ValueError(f"order: expected two different goals 0..{goals - 1}, got {list(self.order)}")
        return self


def rounds_of(p: Params) -> int:
    """Rounds a life."""
    return p.rounds or 10 * p.junctions


def move_of(p: Params) -> tuple[int, int]:
    """Fewest and most rounds before the move: [4, 7] of 10, [7, 13] of 20."""
    rounds = rounds_of(p)
    width = 3 * rounds // 10
    low = rounds // 2 - width // 2
    return p.move or (low, low + width)


class State(NamedTuple):
    """One life a lane. A way of j junctions has the legs 0..j; leg k ends at junction k + 1, leg j at the goal."""

    sizes: np.ndarray
    """int64 (9,): junctions, rounds, least and most before the move, shortest and longest corridor, homing, feedback, order given"""
    rich: np.ndarray
    """int64 (2, LANES): the rich goal before and after the move"""
    turns: np.ndarray
    """int64 (junctions, LANES): -1 = left, 1 = right; those of this round up to `leg`"""
    corridor: np.ndarray
    """int64 (LANES,): cells between two places"""
    moves: np.ndarray
    """int64 (LANES,): rounds before the move"""
    round: np.ndarray
    """int64 (LANES,): rounds over"""
    leg: np.ndarray
    """int64 (LANES,)"""
    back: np.ndarray
    """int64 (LANES,): 1 on the way home; there leg k ends at junction k, leg 0 at home"""
    left: np.ndarray
    """int64 (LANES,): ticks until the end of the leg; home is the first tick of leg 0"""
    possible: np.ndarray
    """int64 (LANES,): bit g = goal g could be the rich one"""
    counts: np.ndarray
    """int64 (LANES,): 1 if the goal of this round could be, as yet to be brought home"""
    right: np.ndarray
    """int64 (LANES,): rounds that count"""


def observations(p: Params) -> list[str]:
    """What happened first: at a goal, the turns that led there and 1 = rich, -1 = poor. Then where the agent is."""
    ways = range(1, p.junctions + 1)
    places = ["goal", *(f"junction {k}" for k in ways), "home"]
    return [*(f"turn {k}" for k in ways), "reward", *places, *(["back"] if p.homing else [])]


def actions(p: Params) -> list[str]:
    """Above 0 = right, below 0 = left; heard at junctions only."""
    return ["turn"]


def values(p: Params) -> int:
    """The turns and the reward."""
    return p.junctions + 1


def stretched(p: Params) -> Params:
    """Champions are chosen on twice as many rounds, in corridors up to twice as long as those of selection."""
    rounds = min(2 * rounds_of(p), _MOST_ROUNDS)
    high = p.corridor[1]
    move = None if p.move is None else tuple(rounds * m // rounds_of(p) for m in p.move)
    return p.model_copy(update={"rounds": rounds, "move": move, "corridor": (high, min(2 * high + 1, _MOST_CELLS))})


def ticks(p: Params) -> int:
    """Home, corridors, junctions, goal; corridors and junctions again."""
    legs = (p.junctions + 1) * p.corridor[1] + p.junctions
    return rounds_of(p) * (2 + legs + (legs if p.homing else 0))


def ceiling(p: Params) -> float:
    """The best odds."""
    return memoryless(1 << p.junctions, rounds_of(p), *move_of(p), p.order, p.homing)


def optimum(p: Params) -> float:
    """Every round."""
    return 1.0


def state(p: Params) -> State:
    """Nothing grows with the length of a life. A given order stands in `rich` from the start."""
    sizes = [p.junctions, rounds_of(p), *move_of(p), *p.corridor, p.homing, p.feedback, p.order is not None]
    rich = np.zeros((2, LANES), np.int64)
    rich[:] = np.array(p.order or (0, 0))[:, None]
    zeros = (np.zeros(LANES, np.int64) for _ in range(9))
    return State(np.array(sizes, np.int64), rich, np.zeros((p.junctions, LANES), np.int64), *zeros)


@kernel
def _set_out(s, lane):
    """At home, before the next round."""
    s.leg[lane], s.back[lane], s.counts[lane] = 0, 0, 0
    s.left[lane] = s.corridor[lane] + 1


@kernel
def begin(s, lane, seed):
    """Draw the order of goals, the time of the move and the length of corridors."""
    goals = 1 << s.sizes[0]
    if not s.sizes[8]:
        first = rng.below(rng.draw(seed, 0, 0, 0), goals)
        second = rng.below(rng.draw(seed, 0, 1, 0), goals - 1)
        s.rich[0, lane], s.rich[1, lane] = first, second + (1 if second >= first else 0)
    s.moves[lane] = s.sizes[2] + rng.below(rng.draw(seed, 1, 0, 0), s.sizes[3] - s.sizes[2] + 1)
    s.corridor[lane] = s.sizes[4] + rng.below(rng.draw(seed, 2, 0, 0), s.sizes[5] - s.sizes[4] + 1)
    s.possible[lane] = (1 << goals) - 1
    s.round[lane], s.right[lane] = 0, 0
    for k in range(s.sizes[0]):
        s.turns[k, lane] = 0
    _set_out(s, lane)


@kernel
def _rich(s, lane):
    """The goal that is rich in this round."""
    return s.rich[0 if s.round[lane] < s.moves[lane] else 1, lane]


@kernel
def _reached(s, lane):
    """The goal to which the turns of this round lead."""
    goal = 0
    for k in range(s.sizes[0]):
        if s.turns[k, lane] > 0:
            goal += 1 << k
    return goal


@kernel
def observe(s, lane, x):
    """A goal, a junction, home, or nothing at all in a corridor."""
    n, leg = s.sizes[0], s.leg[lane]
    if s.left[lane] > 0:
        if leg == 0 and not s.back[lane] and s.left[lane] > s.corridor[lane]:
            x[2 * n + 2, lane] = np.float32(1)
    elif s.back[lane]:
        x[n + 1 + leg, lane] = np.float32(1)
        x[2 * n + 3, lane] = np.float32(1)
    elif leg < n:
        x[n + 2 + leg, lane] = np.float32(1)
    else:
        if s.sizes[7]:
            for k in range(n):
                x[k, lane] = np.float32(s.turns[k, lane])
        x[n, lane] = np.float32(1) if _reached(s, lane) == _rich(s, lane) else np.float32(-1)
        x[n + 1, lane] = np.float32(1)


@kernel
def _end(s, lane):
    """The round is over; True while there are more."""
    s.right[lane] += s.counts[lane]
    s.round[lane] += 1
    _set_out(s, lane)
    return s.round[lane] < s.sizes[1]


@kernel
def _crash(s, lane):
    """The round is over, and lost."""
    s.counts[lane] = 0
    return _end(s, lane)


@kernel
def _judge(s, lane):
    """At the goal: does the round count, and which goals are possible now?"""
    goal = _reached(s, lane)
    s.counts[lane] = (s.possible[lane] >> goal) & 1
    s.possible[lane] = narrowed(s.possible[lane], goal, goal == _rich(s, lane), 1 << s.sizes[0])


@kernel
def act(s, lane, x):
    """One cell on; at a junction by the turn."""
    n, leg = s.sizes[0], s.leg[lane]
    if s.left[lane] > 0:
        s.left[lane] -= 1
        if s.back[lane] and leg == 0 and s.left[lane] == 0:
            return _end(s, lane)
        return True
    s.left[lane] = s.corridor[lane]
    if not s.back[lane] and leg == n:
        _judge(s, lane)
        s.back[lane] = 1
        return True if s.sizes[6] else _end(s, lane)
    turn = 1 if x[0, lane] > np.float32(0) else -1 if x[0, lane] < np.float32(0) else 0
    if turn == 0:
        return _crash(s, lane)
    if not s.back[lane]:
        s.turns[leg, lane] = turn
        s.leg[lane] = leg + 1
        return True
    if turn == s.turns[leg - 1, lane]:  # who went out to the left comes back with home to the right
        return _crash(s, lane)
    s.leg[lane] = leg - 1
    return _end(s, lane) if leg == 1 and s.corridor[lane] == 0 else True


@kernel
def score(s, lane):
    """Share of rounds that count."""
    return np.float32(s.right[lane]) / np.float32(s.sizes[1])


def asking(s: State, lane: int) -> bool:
    """At every junction, but for those of the first way out: before the first goal there is nothing to remember."""
    is_out = not s.back[lane]
    at_goal, is_first = is_out and s.leg[lane] == s.sizes[0], is_out and s.round[lane] == 0
    return bool(s.left[lane] == 0 and not at_goal and not is_first)


def progress(s: State, lane: int) -> tuple[str, int, int]:
    """'first' in the first round, then 'again'; rounds that count, rounds over."""
    return "again" if s.round[lane] else "first", int(s.right[lane]), int(s.round[lane])


_LENGTHS = {1: (4, 4), 2: (4, 5, 3), 3: (4, 7, 4, 3)}
"""Pixels a leg in the picture, by the number of junctions."""


def _route(turns: tuple[int, ...], lengths: tuple[int, ...]) -> list[tuple[int, int]]:
    """Pixels (row, column) of the way that begins with these turns, up to the next place, home at (0, 0)."""
    cells, heading = [(0, 0)], (-1, 0)
    for leg, length in enumerate(lengths[: len(turns) + 1]):
        if leg:
            heading = (turns[leg - 1] * heading[1], -turns[leg - 1] * heading[0])
        cells += [(cells[-1][0] + i * heading[0], cells[-1][1] + i * heading[1]) for i in range(1, length + 1)]
    return cells


def picture(s: State, lane: int) -> np.ndarray:
    """From above: corridors grey, home white, the rich goal green, goals that could be it orange, excluded ones blue, the agent pink."""
    n = int(s.sizes[0])
    lengths = _LENGTHS[n]
    ways = [_route(tuple(1 if goal >> k & 1 else -1 for k in range(n)), lengths) for goal in range(1 << n)]
    rows, columns = (np.array([cell[i] for way in ways for cell in way]) for i in range(2))
    top, west = int(rows.min()) - 1, int(columns.min()) - 1
    image = np.zeros((int(rows.max()) - top + 2, int(columns.max()) - west + 2, 3), np.uint8)
    image[rows - top, columns - west] = 70
    image[-top, -west] = 200
    rich = int(s.rich[int(s.round[lane] >= s.moves[lane]), lane])
    for goal, way in enumerate(ways):
        could = int(s.possible[lane]) >> goal & 1
        image[way[-1][0] - top, way[-1][1] - west] = [0, 158, 115] if goal == rich else [230, 159, 0] if could else [0, 114, 178]
    leg, ahead = int(s.leg[lane]), int(s.left[lane]) / (int(s.corridor[lane]) + 1)
    way = _route(tuple(int(turn) for turn in s.turns[:leg, lane]), lengths)
    walked = round(lengths[leg] * (ahead if s.back[lane] else 1 - ahead))
    row, column = way[len(way) - 1 - lengths[leg] + walked]
    image[row - top, column - west] = [204, 121, 167]
    return image
