"""The land of the ecosystem: terrain, values, seasons, what grows, schedules and interventions."""

import numpy as np
import pytest
from eco import Grid, check, quiet, wild

from worlds import _eco as e
from worlds import ecosystem


def run(grid, ticks):
    """Tick by tick, everybody at rest; the grid."""
    for _ in range(ticks):
        grid.tick()
    return grid


# ---- terrain ----


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_shares_of_the_land(seed):
    grid = Grid(seed, rows=40, columns=50, walls=0.2, water=0.3)
    share = {kind: float((grid.s.terrain == kind).mean()) for kind in range(4)}
    assert share[e.WALL] == pytest.approx(0.2, abs=0.001) and share[e.DEEP] == 0
    assert 0.2 < share[e.WATER] <= 0.3
    assert not np.array_equal(grid.s.terrain, Grid(seed + 3, rows=40, columns=50, walls=0.2, water=0.3).s.terrain)


def test_patches():
    """Squares of 2 radius + 1 cells that wrap around; food nowhere else."""
    grid = wild(rows=20, columns=30, patches=1, patch_radius=3, turnover=0.5, cover=1.0)
    assert grid.s.fertile.sum() == 49
    rows, columns = np.nonzero(grid.s.fertile.reshape(20, 30))
    assert len(set(rows)) == len(set(columns)) == 7
    assert np.array_equal(run(grid, 30).s.food > 0, grid.s.fertile > 0)


@pytest.mark.parametrize("regions", [1, 2, 4, 6, 7, 9])
def test_regions(regions):
    """Rectangles of about one size."""
    sizes = np.bincount(Grid(rows=36, columns=42, regions=regions).s.region)
    assert len(sizes) == regions and sizes.min() > 0.8 * sizes.max()


def test_islands_are_apart():
    """Nobody crosses deep water, until it falls dry; founders of different islands are of different kinds."""
    meet = ({"do": "meet", "at": 60},)
    grid = quiet(rows=12, columns=18, islands=3, founders=60, most=64, memoryless=0.5, interventions=meet).found()
    assert set(grid.q.kind[grid.living].tolist()) == {0, 1, 2, 3, 4, 5}
    kinds = {agent: int(grid.q.kind[agent]) // 2 for agent in grid.living}
    assert sum(int(grid.q.kind[agent]) & 1 for agent in grid.living) == 30
    assert (grid.s.terrain.reshape(12, 18)[:, [0, 6, 12]] == e.DEEP).all()

    def east(grid):
        return {agent: ("east", "south", "north")[(agent + grid.clock) % 3] for agent in grid.living}

    for tick in range(200):
        assert tick > 60 or {agent: grid.of(agent, "column") // 6 for agent in grid.living} == kinds
        grid.tick(east)
    assert sum(grid.of(agent, "column") // 6 != kinds[agent] for agent in grid.living) > 10
    assert grid.told == [(60, "meet", "36 cells of deep water fall dry")]


def test_a_flood_is_no_sea():
    """Newcomers in a flood are of no other island; two lands that meet in a flood are still under water."""
    flood = {"do": "flood", "share": 0.7, "at": 2, "ticks": 50}
    grid = quiet(rows=12, columns=12, islands=2, interventions=(flood, {"do": "meet", "at": 4}, {"do": "migration", "at": 5, "number": 20}))
    run(grid, 4)
    under = grid.s.terrain == e.DEEP
    run(grid, 3)
    assert {int(kind) for kind in grid.q.kind[grid.living]} <= {0}
    assert ((grid.s.terrain == e.DEEP) == (under & (grid.s.drowned > 0))).all() and (grid.s.terrain == e.DEEP).sum() > 60
    run(grid, 60)
    assert (grid.s.terrain == e.PLAIN).all()


# ---- values and seasons ----


@pytest.mark.parametrize(("foods", "nourishing", "wanted"), [(6, None, 3), (5, None, 3), (4, 0, 0), (4, 4, 4), (7, 2, 2)])
def test_so_many_kinds_nourish(foods, nourishing, wanted):
    """In every region and season; which ones, is another draw each time."""
    grid = wild(foods=foods, nourishing=nourishing, regions=4, season_length=3)
    seen = set()
    for _ in range(150):
        assert (grid.s.value == 1).sum(axis=1).tolist() == [wanted] * 4 and (np.abs(grid.s.value) == 1).all()
        seen |= {tuple(row) for row in grid.s.value.tolist()}
        grid.tick()
    assert len(seen) == {0: 1, 4: 1, 3: 20 if foods == 6 else 10, 2: 21}[wanted]


def turns(grid, ticks):
    """Region -> ticks after which its season is another."""
    found = {region: [] for region in range(grid.p.regions)}
    for tick in range(ticks):
        before = grid.s.season[:, 0].copy()
        grid.tick()
        for region in np.flatnonzero(grid.s.season[:, 0] != before):
            found[int(region)].append(tick + 1)
    return found


def test_seasons_are_staggered():
    """Each region has its own day, and from there on one season after the other."""
    found = turns(wild(regions=8, season_length=20), 100)
    assert all(1 <= ticks[0] <= 20 and set(np.diff(ticks)) == {20} for ticks in found.values())
    assert len({ticks[0] for ticks in found.values()}) > 3


def test_no_season():
    """Length 0: values never change."""
    grid = wild(regions=4, season_length=0)
    before = grid.s.value.copy()
    assert not any(turns(grid, 50).values()) and np.array_equal(grid.s.value, before)


def test_seasons_begin_and_end_by_schedule():
    schedule = [{"at": at, "set": {"season_length": length}} for at, length in ((10, 5.0), (30, 0.0), (50, 7.0))]
    found = turns(quiet(regions=2, schedule=tuple(schedule)), 70)
    assert found == {0: [15, 20, 25, 30, 57, 64], 1: [15, 20, 25, 30, 57, 64]}


# ---- what grows ----


def test_cover_and_turnover():
    """Where nobody eats, a share `cover` of the land bears food, from the first tick on; all kinds alike."""
    grid = Grid(rows=60, columns=60, cover=0.3, turnover=0.05, foods=3)
    for _ in range(2):
        assert (grid.s.food > 0).mean() == pytest.approx(0.3, abs=0.03)
        assert np.bincount(grid.s.food)[1:].min() > 300
        run(grid, 100)
    sown = grid.s.sums[0, e.SUN] / grid.p.meal - 1080
    assert sown == pytest.approx(200 * 0.05 * 3600 * 0.3, rel=0.05)


def test_winter():
    """In midwinter less sprouts by that share; in midsummer as much as ever."""
    grid = Grid(rows=60, columns=60, cover=0.5, turnover=0.1, year_length=100, winter=1.0)
    grown = []
    for _ in range(200):
        before = int(grid.s.sums[0, e.SUN])
        grid.tick()
        grown.append((int(grid.s.sums[0, e.SUN]) - before) / grid.p.meal)
    assert max(grown[48:53]) < 15 and min(grown[98:102]) > 140
    assert np.mean(grown) == pytest.approx(90, rel=0.05)


# ---- schedules ----


def values(grid, name, ticks):
    """What a parameter is in each of so many ticks."""
    found = []
    numbers = e.NUMBERS.index(name) if name in e.NUMBERS else None
    for _ in range(ticks):
        grid.tick()
        found.append(int(grid.s.n[numbers]) if numbers is not None else float(grid.s.f[e.FRACTIONS.index(name)]))
    return found


def test_a_change_at_once():
    grid = quiet(metabolism=1, schedule=({"at": 3, "set": {"metabolism": 5.0, "cover": 0.25}},))
    assert values(grid, "metabolism", 6) == [1, 1, 1, 5, 5, 5]
    assert grid.s.f[e.COVER] == 0.25 and grid.told == [(3, "schedule", "metabolism = 5, cover = 0.25 (from now on)")]


def test_a_change_little_by_little():
    """A step every hundred ticks, and the whole of it at the end."""
    grid = quiet(rows=4, columns=4, bite=100, schedule=({"at": 50, "set": {"bite": 0.0}, "over": 250},))
    found = values(grid, "bite", 330)
    assert [found[t] for t in (49, 50, 149, 150, 249, 250, 299, 300, 329)] == [100, 100, 100, 60, 60, 20, 20, 0, 0]
    assert [tick for tick, *_ in grid.told] == [50, 300] and "begins to change" in grid.told[0][2]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_changes_of_one_parameter(order):
    """Each begins where the one before it in time ended, in whatever order they are written."""
    changes = [{"at": at, "set": {"spoils": value}, "over": over} for at, value, over in ((10, 0.0, 0), (20, 1.0, 100), (200, 0.0, 200))]
    found = values(quiet(rows=4, columns=4, spoils=0.5, schedule=tuple(changes[i] for i in order)), "spoils", 410)
    assert [found[t] for t in (9, 10, 20, 119, 120, 200, 299, 300, 399, 400)] == [0.5, 0, 0, 0, 1, 1, 1, 0.5, 0.5, 0]


def test_changes_that_matter():
    """Kernels read what the schedule set."""
    grid = quiet(metabolism=0, schedule=({"at": 2, "set": {"metabolism": 7.0}},))
    agent = grid.put(3, 3)
    run(grid, 4)
    assert grid.of(agent, "energy") == 400 - 2 * 7


# ---- interventions ----


def test_drought():
    drought = {"do": "drought", "share": 0.0, "at": 20, "ticks": 30}
    grid = Grid(rows=40, columns=40, turnover=0.2, cover=0.5, interventions=(drought,))
    grown = []
    for _ in range(80):
        before = int(grid.s.sums[0, e.SUN])
        grid.tick()
        grown.append(int(grid.s.sums[0, e.SUN]) - before)
    assert min(grown[:20]) > 0 and not any(grown[20:50]) and min(grown[50:]) > 0
    assert [(tick, kind) for tick, kind, _ in grid.told] == [(20, "drought"), (50, "drought")]


def test_flood():
    """Low land is under water, who is there drowns, what grows there is gone; then the land is back as it was."""
    flood = {"do": "flood", "share": 0.4, "at": 5, "ticks": 10}
    grid = Grid(rows=20, columns=20, water=0.2, cover=1.0, turnover=0.0, founders=150, interventions=(flood,), metabolism=0).found()
    land = grid.s.terrain.copy()
    run(grid, 5)
    for _ in range(10):
        grid.tick()
        under = grid.s.terrain == e.DEEP
        assert under.sum() == 160 and not grid.s.food[under].any() and not grid.s.corpse[under].any()
    drowned = [row for row in grid.drain()[1] if row[2] == e.FLOOD]
    assert 20 < len(drowned) == 150 - len(grid.living) and {row[1] for row in drowned} == {6}
    run(grid, 1)
    assert np.array_equal(grid.s.terrain, land)
    assert [kind for _, kind, _ in grid.told] == ["flood"] * 2


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_plague(share):
    grid = quiet(rows=40, columns=40, founders=600, most=None, interventions=({"do": "plague", "share": share, "at": 3},)).found()
    run(grid, 3)
    assert len(grid.living) == 600
    run(grid, 2)
    ill = [row for row in grid.drain()[1] if row[2] == e.PLAGUE]
    assert len(ill) == 600 - len(grid.living) == pytest.approx(600 * share, abs=40 * (0 < share < 1))
    assert grid.told == [(3, "plague", f"{len(ill)} of 600 die")]


def test_migration():
    """Newcomers without parents on free cells; as many as there is room for."""
    comes = ({"do": "migration", "number": 10, "at": 3}, {"do": "migration", "number": 100, "at": 6})
    grid = quiet(most=32, founder_energy=77, interventions=comes)
    run(grid, 4)
    assert [grid.of(agent, "energy") for agent in grid.living] == [77] * 10
    births, _ = grid.drain()
    assert [row[1:4] for row in births] == [[4, -1, -1]] * 10 and len({row[4] for row in births}) == 10
    run(grid, 3)
    assert len(grid.living) == 32 and [text for *_, text in grid.told] == ["10 newcomers", "22 newcomers"]


def test_all_at_once():
    """Everything in one tick, again and again, with everybody dying of it: the records have room."""
    every = [{"do": do, "share": 1.0, "at": at, "number": 1000} for at in (1, 2) for do in 3 * ("migration", "plague", "flood", "meet")]
    grid = quiet(most=16, interventions=tuple(every))
    run(grid, 4)
    check(grid)
    births, deaths = grid.drain()
    assert len(births) <= len(grid.q.births) and len(deaths) <= len(grid.q.deaths) and grid.living == []


def test_next_change_is_never_late():
    """It names every tick at which something is to be done, and no other."""
    schedule = ({"at": 10, "set": {"bite": 5.0}}, {"at": 40, "set": {"gift": 5.0}, "over": 220})
    p = quiet(schedule=schedule, interventions=({"do": "drought", "at": 25, "ticks": 30}, {"do": "plague", "at": 12})).p
    ticks = [tick for tick in range(300) if ecosystem.next_change(p, tick) == tick]
    assert ticks == [10, 12, 25, 40, 55, 140, 240, 260]
    assert [ecosystem.next_change(p, tick) for tick in (0, 11, 13, 56, 241, 261)] == [10, 12, 25, 140, 260, -1]
