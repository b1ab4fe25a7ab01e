"""The ecosystem world without minds: its books, its order of things, against the slow and obvious tick of naive_eco.py."""

from collections import Counter

import numpy as np
import pytest
from eco import Grid, check, quiet, worlds
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from naive_eco import World

from alife.core import rng
from worlds import _eco as e
from worlds import ecosystem

some = settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def by_lot(grid, seed):
    """Any intention for everybody."""
    luck = rng.bits(len(grid.q.alive), seed, grid.clock)
    names = ecosystem.actions(grid.p)
    return {agent: names[int(luck[agent] >> np.uint64(20)) % len(names)] for agent in grid.living}


# ---- books, and every tick against the naive one ----


@some
@given(worlds(), st.integers(0, 2**32), st.integers(1, 5))
def test_any_world_any_deeds(params, seed, parts):
    """Energy is conserved, bodies and grid agree, and each tick is the naive one, whatever the parts it is done in."""
    grid = Grid(seed, **params).found()
    check(grid)
    for _ in range(25):
        grid.begin()
        grid.drain()
        check(grid)
        naive, deeds = World(grid), by_lot(grid, seed)
        for agent in grid.living:
            grid.see(agent)
            grid.act(agent, deeds[agent])
        naive.tick({agent: e.HEADING_DEEDS.index(deed) if grid.p.heading else e.DEEDS.index(deed) for agent, deed in deeds.items()})
        grid.settle(parts)
        check(grid)
        naive.assert_same(grid)
    measures = ecosystem.measures(grid.p, grid.s, grid.q)
    assert measures["population"] == len(grid.living) and all(np.isfinite(list(measures.values())))
    assert ecosystem.picture(grid.p, grid.s, grid.q).shape == (grid.p.rows, grid.p.columns, 3)


def test_more_hunters_than_cells():
    """Only those exist that found a cell."""
    grid = Grid(rows=4, columns=4, predators=100, predator_reach=1, founders=16).found()
    assert len(grid.s.predators) == 16 and not grid.living
    grid.tick()


def test_the_cap_is_hard():
    """No more than `most`, and a birth too many is counted."""
    grid = quiet(most=20, rows=6, columns=6, founders=16, founder_energy=10**6, breed_energy=300, body=0).found()
    for _ in range(5):
        grid.tick(otherwise="breed")
    assert len(grid.living) == 16 == ecosystem.places(grid.p)
    assert ecosystem.measures(grid.p, grid.s, grid.q)["+refused"] > 16


# ---- contested cells ----


def rivals(seed, order=range(4)):
    """Who of four, put down in an order around one cell, gets it: 0 the one in the north, .."""
    grid = quiet(seed)
    spots = [(2, 3, "south"), (3, 4, "west"), (4, 3, "north"), (3, 2, "east")]
    placed = {i: grid.put(*spots[i][:2]) for i in order}
    grid.tick({agent: spots[i][2] for i, agent in placed.items()})
    there = {i for i, agent in placed.items() if grid.where(agent) == (3, 3)}
    assert [grid.of(agent, "felt") for i, agent in placed.items() if i not in there] == [e.BUMPED] * 3
    assert grid.s.sums[0, e.CONTESTED] == 3
    (winner,) = there
    return winner, placed[winner]


def test_a_contested_cell_goes_to_anyone_alike():
    """Neither by direction nor by place; 400 draws, 100 +- 9 each."""
    by_direction, by_place = Counter(), Counter()
    for seed in range(400):
        winner, place = rivals(seed, [[0, 1, 2, 3], [3, 1, 0, 2], [2, 0, 3, 1], [1, 3, 2, 0]][seed % 4])
        by_direction[winner] += 1
        by_place[place] += 1
    for wins in (by_direction, by_place):
        assert sorted(wins) == [0, 1, 2, 3] and all(60 < count < 140 for count in wins.values())


def test_luck_is_another_every_tick():
    """The same two want the same cell again and again: not always the same one gets it."""
    grid = quiet()
    winners = set()
    for _ in range(30):
        a, b = grid.put(2, 2), grid.put(2, 4)
        grid.tick({a: "east", b: "west"})
        winners.add(grid.where(a) == (2, 3))
        grid.s.body[[a, b], e.SPAN] = 1
        grid.tick()
        assert grid.living == []
    assert winners == {True, False}


def test_no_cell_is_free_that_was_taken():
    """Nobody follows into a cell that is left in the same tick, and nobody swaps."""
    grid = quiet()
    first, second, third = grid.put(2, 2), grid.put(2, 3), grid.put(2, 4)
    grid.tick({first: "east", second: "east", third: "east"})
    assert [grid.where(agent) for agent in (first, second, third)] == [(2, 2), (2, 3), (2, 5)]
    assert [grid.of(agent, "felt") for agent in (first, second, third)] == [e.BUMPED, e.BUMPED, 0]
    grid.tick({first: "east", second: "west"})
    assert [grid.where(agent) for agent in (first, second)] == [(2, 2), (2, 3)]


@pytest.mark.parametrize("edges", ["torus", "walls"])
def test_edges(edges):
    """A torus has none; walls stand in the first and last row and column."""
    grid, at = quiet(edges=edges), 0 if edges == "torus" else 1
    corner = grid.put(at, at)
    grid.tick({corner: "north"})
    assert grid.where(corner) == ((7, 0) if edges == "torus" else (1, 1))
    grid.tick({corner: "west"})
    assert grid.where(corner) == ((7, 7) if edges == "torus" else (1, 1))
    assert grid.of(corner, "felt") == (0 if edges == "torus" else e.BUMPED)
    assert (grid.s.terrain == e.WALL).sum() == (0 if edges == "torus" else 28)


@pytest.mark.parametrize("facing", range(4))
def test_moves_with_a_heading(facing):
    """Ahead, right, back, left of where one looks; turning turns."""
    grid = quiet(heading=True)
    agent = grid.put(4, 4, facing=facing)
    spots = {0: (3, 4), 1: (4, 5), 2: (5, 4), 3: (4, 3)}
    for turn, name in enumerate(("ahead", "right", "back", "left")):
        grid.tick({agent: name})
        assert grid.where(agent) == spots[(facing + turn) % 4] and grid.of(agent, "facing") == facing
        grid.tick({agent: ("back", "left", "ahead", "right")[turn]})
    grid.tick({agent: "turn right"})
    assert grid.of(agent, "facing") == (facing + 1) % 4
    grid.tick({agent: "turn left"})
    assert grid.of(agent, "facing") == facing


def test_one_strongest_intention():
    """The largest slot; the first among equals; NaN never."""
    grid = quiet()
    agent = grid.put(3, 3)
    names = ecosystem.actions(grid.p)
    rows = ([0] * 12, [-1, -3, -2] + [-4] * 9, [np.nan] * 5 + [1, 1] + [0] * 5, [0] * 11 + [9])
    for row, wanted in zip(rows, ("eat", "eat", "breed", "turn right"), strict=True):
        x = np.zeros((len(names), 16), np.float32)
        x[:, agent] = row
        ecosystem.act(grid.s, grid.q, agent, agent, x)
        assert e.DEEDS[grid.of(agent, "deed")] == wanted

