"""An ecosystem changed by hand between ticks: the books stay exact, nobody is walled in, and what is painted is there."""

import numpy as np
import pytest
from eco import Grid as World
from eco import check, quiet, wild, worlds
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alife.core import places as pl
from alife.core import rng
from alife.core.errors import UserError
from worlds import _eco as e
from worlds import ecosystem
from worlds._eco_land import accounts

some = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def paint(grid, brush, cells):
    return ecosystem.paint(grid.p, grid.s, grid.q, brush, np.array(cells, np.int64))


def settle(grid, cells, energy=None):
    return ecosystem.settle_at(grid.p, grid.s, grid.q, np.array(cells, np.int64), energy)


def books(grid):
    """All of `check` but for the rule that food grows on fertile land: by hand it is laid anywhere."""
    fertile, grid.s = grid.s.fertile, grid.s._replace(fertile=np.ones_like(grid.s.fertile))
    check(grid)
    grid.s = grid.s._replace(fertile=fertile)


@some
@given(worlds(), st.integers(0, 2**32), st.data())
def test_any_edits_in_any_world(params, seed, data):
    """Any edits between any ticks: energy is in the books to the last unit, bodies and grid agree, the picture can be drawn."""
    grid = World(seed, **params).found()
    cells, names = grid.p.rows * grid.p.columns, sorted(ecosystem.brushes(grid.p))
    for tick in range(12):
        grid.drain()
        for _ in range(data.draw(st.integers(0, 3))):
            where = data.draw(st.lists(st.integers(0, cells - 1), min_size=1, max_size=20))
            deed = data.draw(st.sampled_from([*names, "settle", "remove"]))
            before, terrain = grid.energy + accounts(grid.s)["taken"] - accounts(grid.s)["brought"], grid.s.terrain.copy()
            if deed == "settle":
                came = settle(grid, where, data.draw(st.sampled_from((None, 1, 1000))))
                assert grid.q.alive[came].all() and len(came) <= len(set(where))
            elif deed == "remove":
                ecosystem.remove(grid.p, grid.s, grid.q, np.array(grid.living[: len(where) // 2], np.int64))
            else:
                assert paint(grid, deed, where).startswith(f"{deed}: ")
            untouched = np.setdiff1d(np.arange(cells), where)
            assert grid.energy + accounts(grid.s)["taken"] - accounts(grid.s)["brought"] == before
            assert np.array_equal(grid.s.terrain[untouched], terrain[untouched])
            grid.drain()
            books(grid)
        grid.begin()
        luck = rng.bits(len(grid.q.alive), seed, tick)
        for agent in grid.living:
            grid.see(agent)
            grid.act(agent, ecosystem.actions(grid.p)[int(luck[agent] >> np.uint64(20)) % len(ecosystem.actions(grid.p))])
        grid.settle()
        books(grid)
        land, picture = ecosystem.land(grid.p, grid.s), ecosystem.picture(grid.p, grid.s, grid.q)
        differs = (land != picture).any(axis=2).ravel()
        assert not differs[grid.s.occupant == e.EMPTY].any() and differs[grid.s.occupant != e.EMPTY].all()


def test_food():
    """Of a kind that does there what it is called after; kinds by lot; a plant that does so already stays."""
    grid = quiet(rows=12, columns=12, foods=6, regions=4, nourishing=2)
    assert paint(grid, "good food", range(144)) == "good food: 144 of 144 cells change"
    assert (grid.s.value[grid.s.region, grid.s.food - 1] == 1).all() and accounts(grid.s)["brought"] == 144 * 60
    assert all(len(np.unique(grid.s.food[grid.s.region == region])) == 2 for region in range(4))
    assert paint(grid, "good food", range(144)) == "good food: 0 of 144 cells change"
    assert paint(grid, "bad food", [0, 1, 0, 143]) == "bad food: 3 of 3 cells change"
    assert (grid.s.value[grid.s.region, grid.s.food - 1] == -1).sum() == 3 and accounts(grid.s)["brought"] == 144 * 60
    check(grid)


def test_food_wants_plain_land():
    grid = quiet()
    paint(grid, "wall", [0, 1])
    paint(grid, "water", [2, 3])
    assert paint(grid, "good food", range(6)) == "good food: 2 of 6 cells change"
    assert np.flatnonzero(grid.s.food).tolist() == [4, 5]


def test_brushes_are_those_that_can_do_something():
    assert list(ecosystem.brushes(ecosystem.Params())) == ["good food", "bad food", "fertile", "barren", "water", "wall", "erase"]
    assert "good food" not in ecosystem.brushes(ecosystem.Params(nourishing=0))
    assert "bad food" not in ecosystem.brushes(ecosystem.Params(foods=3, nourishing=3))
    with pytest.raises(UserError, match=r"brush: expected one of bad food, fertile, .*, got 'good food'"):
        paint(quiet(nourishing=0), "good food", [0])
    for cells in ([-1, 3], [64]):
        with pytest.raises(UserError, match=r"cells: expected 0\.\.63, got"):
            paint(quiet(), "wall", cells)


def test_nobody_is_walled_in():
    """Neither agents nor predators; what lies there is gone, from the books too."""
    grid = quiet(predators=1)
    agent = grid.put(3, 3)
    grid.plant(3, 4)
    grid.drop(3, 5, 70)
    hunter = int(np.flatnonzero(grid.s.occupant < e.EMPTY)[0])
    assert paint(grid, "wall", range(64)) == "wall: 62 of 64 cells change"
    assert grid.s.terrain[[27, hunter]].tolist() == [e.PLAIN] * 2 and (grid.s.terrain == e.WALL).sum() == 62
    assert accounts(grid.s)["taken"] == 60 + 70 and grid.energy == 400 + 50
    grid.tick({agent: "east"})
    assert grid.where(agent) == (3, 3) and grid.of(agent, "felt") & e.BUMPED


def test_erase():
    """All is plain; who stood there died by hand and left nothing; predators stay."""
    grid = quiet(predators=2, walls=0.2, water=0.3)
    free = np.flatnonzero((grid.s.terrain == e.PLAIN) & (grid.s.occupant == e.EMPTY))
    agents = [grid.put(*divmod(int(cell), 8), energy=100 + i, crop=7) for i, cell in enumerate(free[:3])]
    for cell in (free[0], free[5]):
        grid.plant(*divmod(int(cell), 8))
        grid.drop(*divmod(int(cell), 8), 90)
    assert paint(grid, "erase", range(64)).endswith("cells change, 3 agents are taken out")
    assert not grid.s.terrain.any() and not grid.s.food.any() and not grid.s.corpse.any() and not grid.living
    assert grid.energy == 0 == accounts(grid.s)["rot"] and (grid.s.occupant < e.EMPTY).sum() == 2
    assert accounts(grid.s)["taken"] == sum(100 + i + 7 + 50 for i in range(3)) + 2 * (60 + 90)
    deaths = grid.drain()[1]
    assert [(row[0], e.CAUSES[row[2]]) for row in deaths] == [(agent, "hand") for agent in agents]
    check(grid)


def test_what_stands_at_the_edge_stays():
    grid = quiet(edges="walls")
    paint(grid, "erase", range(64))
    land = grid.s.terrain.reshape(8, 8)
    assert (land[[0, -1]] == e.WALL).all() and (land[:, [0, -1]] == e.WALL).all() and not land[1:-1, 1:-1].any()


def test_fertile_and_barren():
    grid = wild(patches=1, patch_radius=1, turnover=0.0)
    some_food = np.flatnonzero(grid.s.food)
    assert paint(grid, "barren", some_food).startswith(f"barren: {len(some_food)} of") and not grid.s.food.any()
    beyond = grid.s.fertile[50:].copy()
    paint(grid, "fertile", range(50))
    assert grid.s.fertile[:50].all() and np.array_equal(grid.s.fertile[50:], beyond) and not beyond.all()
    check(grid)


def test_a_flood_leaves_what_was_painted():
    """When the water goes, walls that were built under it stand; water that was there comes back elsewhere."""
    flood = {"do": "flood", "share": 1.0, "at": 0, "ticks": 3}
    grid = quiet(interventions=(flood,))
    grid.tick()
    assert (grid.s.terrain == e.DEEP).all()
    paint(grid, "wall", [0, 1])
    paint(grid, "water", [2])
    paint(grid, "erase", [3])
    for _ in range(4):
        grid.tick()
    assert grid.s.terrain[:5].tolist() == [e.WALL, e.WALL, e.WATER, e.PLAIN, e.PLAIN] and grid.told[-1][2] == "the water is gone"


def test_newcomers():
    """In free cells, as long as there are places; with the energy of founders, or so much."""
    grid = quiet(islands=2, most=16, founder_energy=77)
    there = grid.put(0, 1)
    paint(grid, "wall", [2])
    came = settle(grid, [0, 1, 2, 3, 5, 5, 9])
    assert [grid.where(agent) for agent in came] == [(0, 3), (0, 5), (1, 1)] and there not in came
    assert {grid.of(agent, "energy") for agent in came} == {77} and grid.q.kind[came].tolist() == [0, 2, 0]
    births = grid.drain()[0]
    assert [row[2:4] for row in births[-3:]] == [[-1, -1]] * 3 and len({grid.of(agent, "tag") for agent in came}) > 1
    assert {grid.of(agent, "energy") for agent in settle(grid, range(16, 64), 5)} == {5}
    assert len(grid.living) == 16 and settle(grid, range(64)) == [] and grid.q.counts[pl.REFUSED] == 0
    grid.drain()
    check(grid)


def test_what_the_window_sees():
    """Facing and deed by name, hunters, and the picture as it was before there was a land."""
    grid = wild(predators=2, predator_reach=2, actions=("eat", "rest", "move")).found()
    assert (ecosystem.bodies(grid.p, grid.s)["deed"][grid.living] == -1).all()
    grid.tick({grid.living[0]: "west", grid.living[1]: "eat"})
    bodies, names = ecosystem.bodies(grid.p, grid.s), ecosystem.actions(grid.p)
    assert [names[bodies["deed"][agent]] for agent in grid.living[:3]] == ["west", "eat", "rest"]
    assert bodies["facing"][grid.living[0]] == 3 and bodies["facing"].dtype == np.int64 == bodies["deed"].dtype
    found = ecosystem.hunters(grid.p, grid.s)
    assert found.dtype == np.int64 and found.tolist() == grid.s.predators[:, :2].tolist() and not np.shares_memory(found, grid.s.predators)
    image = ecosystem.picture(grid.p, grid.s, grid.q)
    assert (image[tuple(found.T)] == (250, 80, 220)).all() and image.dtype == np.uint8
    assert {tuple(pixel) for pixel in ecosystem.land(grid.p, grid.s).reshape(-1, 3)} <= {
        (34, 38, 28), (110, 72, 36), (0, 158, 115), (120, 76, 168)
    }  # fmt: skip
