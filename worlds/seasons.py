"""Seasons: learn which foods are poisonous, some in summer and some in winter, and still know it years later.

A life: `years` of `seasons` of `days` each (their number is drawn once a life). A day offers every food of its season
once, in a fresh order. A food stays `steps` ticks in view, one-hot, every season with inputs of its own. The action in
the last tick but one is judged, and in the last, the food still in view, one of two bits tells what came of it: reward
if a good food was eaten or a poisonous one refused, else punishment. Score = share of judgements that were right; the first day
of each season in the first year is not counted, since nobody can know then: 112 of 120 by default. `poisonous` of the foods of
each season are, drawn anew in every life.

The slot of the action is the output as it is: above .7 it eats, below .3 it refuses, so silence refuses; between, and NaN, is
wrong whatever the food is, and punished.

It isolates continual one-shot learning: what was learnt in one season must survive the other.
Compared with: Lueders, Schlaeger, Korach & Risi 2017 (evolved NTM: population 250, up to 10,000 generations of 50 lives;
then 20 years of 4 to 10 days), and their code, which has these ticks: judged and answered between the third and the fourth.

Ceiling: where the action is judged, only the food is in view; in one life it is poisonous, in the next it is not, with the same
chances for every food. So an agent without a memory can do no better than treat all alike: the larger of
poisonous / foods and 1 - poisonous / foods, in every life. Optimum: every food has been judged, with one of two actions, on the
first day, which does not count, and reward or punishment then tells what it is: 1.

With `feedback` the last tick of a food also shows what was judged. In no other tick: an agent that saw what it last did
could carry "that one was poisonous" in its own hands to the next food, which is then good in 2 of 3 lives.
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

MOST = 1000
"""Years at most, and days a season."""

_EAT, _REFUSE = np.float32(0.7), np.float32(0.3)
_REWARD, _PUNISHMENT, _FOOD = 1, 0, 2


class Params(Settings):
    """Sizes of a life."""

    years: int = Field(3, ge=1, le=MOST, description="years a life")
    seasons: int = Field(2, ge=1, le=16, description="seasons a year")
    days: Interval = Field((5, 5), description="days a season, a number or [low, high], the same for all seasons of a life")
    foods: int = Field(4, ge=2, le=64, description="foods a season, each offered once a day")
    poisonous: int = Field(2, ge=1, le=63, description="poisonous foods a season")
    steps: int = Field(4, ge=2, le=64, description="ticks that a food stays; in the last its judgement is seen")
    feedback: bool = Field(False, description="show in the last tick of a food what was judged: eaten or refused")

    @model_validator(mode="after")
    def _something_counts(self) -> Params:
        low, high = self.days
        if not 1 <= low <= high <= MOST:
            raise ValueError(f"days: expected 1 <= low <= high <= {MOST}, got [{low}, {high}]")
        if self.years * low < 2:
            raise ValueError("days: expected at least 2 in a life of 1 year, whose first days do not count, got 1")
        if self.poisonous >= self.foods:
            raise ValueError(f"poisonous: expected fewer than foods = {self.foods}, got {self.poisonous}")
        return self


class State(NamedTuple):
    """One life a lane. A food is season * foods + its number there."""

    sizes: np.ndarray
    """int64 (8,): years, seasons, fewest days, most days, foods, poisonous, steps, feedback 0 or 1"""
    poison: np.ndarray
    """int64 (seasons * foods, LANES): 1 = poisonous"""
    order: np.ndarray
    """int64 (foods, LANES): today's"""
    seed: np.ndarray
    """uint64 (LANES,)"""
    days: np.ndarray
    """int64 (LANES,): days a season"""
    time: np.ndarray
    """int64 (LANES,): ticks lived"""
    choice: np.ndarray
    """int64 (LANES,): the last action judged: 1 = ate, 0 = refused, -1 = neither"""
    good: np.ndarray
    """int64 (LANES,): 1 if it was right"""
    asked: np.ndarray
    """int64 (LANES,): judgements that counted so far"""
    right: np.ndarray
    """int64 (LANES,): those that were right"""


def observations(p: Params) -> list[str]:
    """Punishment first, in the slot of the action: who refuses what it does not know, and is punished, should have eaten."""
    foods = [f"food {season}.{food}" for season in range(p.seasons) for food in range(p.foods)]
    return ["punishment", "reward", *foods] + (["ate", "refused"] if p.feedback else [])


def actions(p: Params) -> list[str]:
    """Above .7 to eat, below .3 to refuse."""
    return ["eat"]


def values(p: Params) -> int:
    """The judgement is worth remembering; the food is its address."""
    return 2


def stretched(p: Params) -> Params:
    """Champions are chosen on twice as many years, of seasons from a day shorter to twice as long."""
    low, high = p.days
    return p.model_copy(update={"years": min(2 * p.years, MOST), "days": (max(1, low - 1), min(2 * high, MOST))})


def ticks(p: Params) -> int:
    """A life of the longest seasons."""
    return p.years * p.seasons * p.days[1] * p.foods * p.steps


def ceiling(p: Params) -> float:
    """Eat all or refuse all, whichever is right more often."""
    return max(p.poisonous, p.foods - p.poisonous) / p.foods


def optimum(p: Params) -> float:
    """Every judgement that counts."""
    return 1.0


def state(p: Params) -> State:
    """Room for all foods; nothing grows with the length of a life."""
    return State(
        np.array([p.years, p.seasons, *p.days, p.foods, p.poisonous, p.steps, p.feedback], np.int64),
        np.zeros((p.seasons * p.foods, LANES), np.int64),
        np.zeros((p.foods, LANES), np.int64),
        np.zeros(LANES, np.uint64),
        *(np.zeros(LANES, np.int64) for _ in range(6)),
    )


@kernel
def _shuffle(s, lane, day):
    """The order of the foods of a day, counted from birth."""
    for i in range(s.sizes[4]):
        j = rng.below(rng.draw(s.seed[lane], 2 + day, i, 0), i + 1)
        s.order[i, lane] = s.order[j, lane]
        s.order[j, lane] = i


@kernel
def begin(s, lane, seed):
    """Draw the number of days, the poisonous foods of every season, and the order of the first day."""
    seasons, low, high, foods = s.sizes[1], s.sizes[2], s.sizes[3], s.sizes[4]
    s.seed[lane] = seed
    s.days[lane] = low + rng.below(rng.draw(seed, 0, 0, 0), high - low + 1)
    for season in range(seasons):
        left = s.sizes[5]
        for i in range(foods):
            food = season * foods + i
            s.poison[food, lane] = rng.below(rng.draw(seed, 1, food, 0), foods - i) < left
            left -= s.poison[food, lane]
    s.time[lane], s.choice[lane], s.good[lane], s.asked[lane], s.right[lane] = 0, -1, 0, 0, 0
    _shuffle(s, lane, 0)


@kernel
def _food(s, lane):
    """The food in view."""
    foods, item = s.sizes[4], s.time[lane] // s.sizes[6]
    return item // foods // s.days[lane] % s.sizes[1] * foods + s.order[item % foods, lane]


@kernel
def _counts(s, lane):
    """1 except on the first day of a season in the first year."""
    day = s.time[lane] // (s.sizes[4] * s.sizes[6])
    return day >= s.sizes[1] * s.days[lane] or day % s.days[lane] > 0


@kernel
def observe(s, lane, x):
    """The food; in its last tick also what came of it."""
    one_hot(x, lane, _FOOD, _food(s, lane))
    if s.time[lane] % s.sizes[6] == s.sizes[6] - 1:
        one_hot(x, lane, 0, _REWARD if s.good[lane] else _PUNISHMENT)
        if s.sizes[7] and s.choice[lane] >= 0:
            one_hot(x, lane, _FOOD + s.sizes[1] * s.sizes[4], 1 - s.choice[lane])


@kernel
def _judge(s, lane, eat):
    """Whether the food was treated as it should be."""
    s.choice[lane] = 1 if eat > _EAT else 0 if eat < _REFUSE else -1
    s.good[lane] = s.choice[lane] == 1 - s.poison[_food(s, lane), lane]
    if _counts(s, lane):
        s.asked[lane] += 1
        s.right[lane] += s.good[lane]


@kernel
def act(s, lane, x):
    """Judge in the last tick but one of a food; after the last food of a day comes the next day."""
    years, seasons, foods, steps, t = s.sizes[0], s.sizes[1], s.sizes[4], s.sizes[6], s.time[lane]
    if t % steps == steps - 2:
        _judge(s, lane, x[0, lane])
    s.time[lane] = t + 1
    day, days = (t + 1) // (foods * steps), years * seasons * s.days[lane]
    if day < days and (t + 1) % (foods * steps) == 0:
        _shuffle(s, lane, day)
    return day < days


@kernel
def score(s, lane):
    """Share of the judgements that counted."""
    return np.float32(s.right[lane]) / np.float32(s.asked[lane])


def asking(s: State, lane: int) -> bool:
    """Where an action is judged and counts."""
    steps = int(s.sizes[6])
    return bool(s.time[lane] % steps == steps - 2 and _counts(s, lane))


def progress(s: State, lane: int) -> tuple[str, int, int]:
    """'learn' on days that do not count, else 'know'; right judgements, judgements that counted."""
    return "know" if _counts(s, lane) else "learn", int(s.right[lane]), int(s.asked[lane])


def picture(s: State, lane: int) -> np.ndarray:
    """A row a season, a column a food: good green, poisonous red; the one in view is bright, then below it reward or punishment."""
    years, seasons, foods, steps = (int(s.sizes[i]) for i in (0, 1, 4, 6))
    green, red = np.array([0, 158, 115]), np.array([213, 94, 0])
    image = np.zeros((seasons + 1, foods, 3), np.int64)
    image[:seasons] = np.where(s.poison[:, lane].reshape(seasons, foods, 1) == 1, red, green)
    t = min(int(s.time[lane]), years * seasons * int(s.days[lane]) * foods * steps - 1)
    season, food = t // steps // foods // int(s.days[lane]) % seasons, int(s.order[t // steps % foods, lane])
    others = np.arange(seasons * foods).reshape(seasons, foods) != season * foods + food
    image[:seasons][others] //= 3
    if t % steps == steps - 1:
        image[seasons, food] = green if s.good[lane] else red
    return image.astype(np.uint8)
