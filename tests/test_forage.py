"""Forage against a plain version of itself: what it says of its ceiling and optimum is so."""

import math
import random

import numpy as np
import pytest
from test_worlds import by_time, live, mean_score

from alife.core import registry


def _towards_food(p):
    """The nearest food in view; north where there is none."""
    reach = p.view // 2

    def move(food):
        seen = [(r, c) for r in range(-reach, reach + 1) for c in range(-reach, reach + 1) if food(r, c)]
        if not seen:
            return 0
        r, c = min(seen, key=lambda cell: abs(cell[0]) + abs(cell[1]))
        if (r, c) == (0, 0):
            return 4
        return (0 if r < 0 else 2) if abs(r) >= abs(c) else (3 if c < 0 else 1)

    return move


def _plain_forage(p, move, dice):
    """One life, with a coin for every bare cell at every tick."""
    n, k = p.size, p.radius
    centres = [(dice.randrange(n), dice.randrange(n)) for _ in range(p.patches)]
    square = [(r, c) for r in range(-k, k + 1) for c in range(-k, k + 1)]
    fertile = {((y + r) % n, (x + c) % n) for y, x in centres for r, c in square}
    ripe, eaten = set(fertile), 0
    steps = [(-1, 0), (0, 1), (1, 0), (0, -1), (0, 0)]
    y, x = dice.randrange(n), dice.randrange(n)
    for _ in range(p.ticks):
        dy, dx = steps[move(lambda r, c, y=y, x=x, ripe=ripe: ((y + r) % n, (x + c) % n) in ripe)]
        y, x = (y + dy) % n, (x + dx) % n
        eaten += (y, x) in ripe
        ripe.discard((y, x))
        ripe.update(cell for cell in fertile - ripe if dice.random() < p.regrow)
    return eaten / p.ticks


SMALL = {"size": 12, "patches": 3, "radius": 1, "regrow": 0.05, "view": 3, "ticks": 120}


@pytest.mark.parametrize("settings", [{}, SMALL], ids=["default", "small"])
def test_forage_ceiling_and_optimum_are_those_of_a_plain_version(settings):
    world = registry.load("worlds", "forage")
    p, dice = world.Params(**settings), random.Random(5)
    for figure, move in ((world.ceiling(p), lambda food: dice.randrange(4)), (world.optimum(p), _towards_food(p))):
        scores = [_plain_forage(p, move, dice) for _ in range(120)]
        assert abs(np.mean(scores) - figure) < 4 * np.std(scores) * math.sqrt(1 / 120 + p.ticks / 100_000)


def test_forage_a_walk_by_what_is_seen_reaches_the_optimum():
    world = registry.load("worlds", "forage")
    p = world.Params()
    cells = [name.removeprefix("food ") for name in world.observations(p)[:-1]]
    greedy = _towards_food(p)

    def policy(history):
        return np.eye(5)[greedy(lambda r, c: history[-1][cells.index(f"{r},{c}")])]

    mean, error = mean_score(world, p, policy, 40)
    assert abs(mean - world.optimum(p)) < 1.1 * error


def test_forage_a_constant_stays_below_the_ceiling():
    world = registry.load("worlds", "forage")
    p = world.Params()
    for move in range(5):
        mean, error = mean_score(world, p, lambda history, m=move: np.eye(5)[m], 20)
        assert mean < world.ceiling(p) + error


def test_forage_food_regrows_by_a_coin_a_tick():
    """An agent that rests eats at intervals k of probability r (1 - r)^(k-1)."""
    world = registry.load("worlds", "forage")
    p = world.Params(size=4, view=3, patches=200, radius=1, regrow=0.2, ticks=6000)
    history, _ = live(world, p, world.state(p), 0, 9, lambda history: np.eye(5)[4])
    interval = np.diff(np.flatnonzero([seen[-1] for seen in history]))
    for k in range(1, 8):
        expected = 0.2 * 0.8 ** (k - 1)
        assert abs(np.mean(interval == k) - expected) < 4 * math.sqrt(expected / len(interval))
    for regrow, score in ((0.0, 1 / 50), (1.0, 1.0)):
        p = world.Params(size=4, view=3, patches=200, radius=1, regrow=regrow, ticks=50)
        assert live(world, p, world.state(p), 0, 9, lambda history: np.eye(5)[4])[1] == np.float32(score)


def test_forage_rewards_what_it_counts():
    world = registry.load("worlds", "forage")
    p = world.Params()
    history, score = live(world, p, world.state(p), 0, 3, by_time(world, p))
    eaten = [seen[-1] for seen in history[1:]]
    assert set(eaten) <= {0, 1} and 0 <= round(score * p.ticks) - sum(eaten) <= 1
