"""What agents of the ecosystem sense: every slot shows what its name says; senses and actions can be switched off; instincts."""

import numpy as np
import pytest
from eco import ACTIONS, SENSES, Grid, quiet

from alife.core.config import load
from alife.core.layout import layout_of
from worlds import _eco as e
from worlds import ecosystem

AROUND = {"north": (3, 4), "east": (4, 5), "south": (5, 4), "west": (4, 3)}
"""Of an agent at 4, 4 of 8 x 8."""


def alone(**params):
    """A world with an agent at 4, 4 that senses everything and faces north."""
    grid = quiet(**{"senses": SENSES, "foods": 2, "nourishing": 1, "look": 4, **params})
    return grid, grid.put(4, 4)


def news(grid, agent, before):
    """Slots that show something else than before."""
    now = grid.see(agent)
    return {name: now.get(name, 0.0) for name in {*now, *before} if now.get(name, 0.0) != before.get(name, 0.0)}


def test_nothing_around():
    """Energy and that nothing was tasted are all there is to sense."""
    grid, agent = alone(breed_energy=800)
    assert grid.see(agent) == {"energy": -1.0, "tasted": -1.0}


@pytest.mark.parametrize(("energy", "seen"), [(1, -1.99), (100, -1.0), (200, 0.0), (300, 1.0), (5000, 2.0)])
def test_energy(energy, seen):
    """-2 none, 0 as much as breeding takes, 2 at most."""
    grid = quiet(breed_energy=200, birth_energy=100, senses=("energy",))
    assert grid.see(grid.put(4, 4, energy=energy)).get("energy", 0) == pytest.approx(seen)


@pytest.mark.parametrize("view", [3, 5, 7])
def test_food_in_view(view):
    """Each cell has a slot of its own, also over the edges; what lies outside the view is not seen."""
    grid, agent = alone(view=view)
    before, cells, reach = grid.see(agent), set(), view // 2
    for r in range(8):
        for c in range(8):
            grid.s.food[r * 8 + c] = 1
            new = {name for name in news(grid, agent, before) if name.startswith("food")}
            far = [(r - 4 + 4) % 8 - 4, (c - 4 + 4) % 8 - 4]
            near = {(-1, 0): "north", (0, 1): "east", (1, 0): "south", (0, -1): "west", (0, 0): "here"}
            wanted = near.get(tuple(far), "{},{}".format(*far))
            assert new == ({f"food {wanted}"} if max(map(abs, far)) <= reach else set())
            cells |= new
            grid.s.food[r * 8 + c] = 0
    assert len(cells) == view**2
    corner = grid.put(0, 0)
    grid.plant(7, 0)
    grid.plant(0, 7)
    assert {name: value for name, value in grid.see(corner).items() if name[:4] == "food"} == {"food north": 0.5, "food west": 0.5}


def test_who_is_around():
    """Others, their kinship, riches and load, in the slot of the cell they stand in; not oneself."""
    for name, cell in AROUND.items():
        grid, agent = alone(breed_energy=400, crop=100)
        before = grid.see(agent)
        grid.put(*cell, tag=0xFFF, energy=100, crop=25)
        assert news(grid, agent, before) == {f"agent {name}": 1, f"kin {name}": -0.5, f"vigour {name}": -1.5, f"carrying {name}": 0.25}
    grid, agent = alone()
    before = grid.see(agent)
    grid.put(3, 5)
    grid.put(2, 4)
    assert news(grid, agent, before) == {"agent -1,1": 1}


def test_walls_and_water():
    for name, (row, column) in AROUND.items():
        for kind, value in ((e.WALL, 1.0), (e.DEEP, 1.0), (e.WATER, 0.5)):
            grid, agent = alone()
            before = grid.see(agent)
            grid.s.terrain[row * 8 + column] = kind
            assert news(grid, agent, before) == {f"wall {name}": value}
    grid = quiet(edges="walls", senses=("walls",))
    assert grid.see(grid.put(1, 1)) == {"wall north": 1, "wall west": 1}


def test_hunters():
    """The nearer the louder, in the direction in which it is farther away; only in view."""
    wanted = {(3, 4): ("north", 1), (4, 6): ("east", 1 / 2), (6, 5): ("south", 1 / 3), (3, 3): ("north", 1 / 2), (4, 1): None}
    for cell, seen in wanted.items():
        grid, agent = alone(view=5)
        before = grid.see(agent)
        grid.s.occupant[cell[0] * 8 + cell[1]] = -2
        expected = {f"predator {seen[0]}": np.float32(seen[1])} if seen else {}
        assert news(grid, agent, before) == expected
        grid.s.occupant[3 * 8 + 4] = -3
        assert grid.see(agent)["predator north"] == 1


def test_smell():
    """c / (1 + c) of the smell around; of one's own cell with a minus sign. A mark is smelt in the next tick and spreads."""
    grid, agent = alone(scent=1.0, spread=0.5, fading=0.0)
    for i, (name, (row, column)) in enumerate(AROUND.items()):
        grid.s.smell[0, row * 8 + column] = i + 1
        assert grid.see(agent)[f"smell {name}"] == pytest.approx((i + 1) / (i + 2))
    grid, agent = alone(scent=1.0, spread=0.5, fading=0.0)
    grid.tick({agent: "mark"})
    assert grid.see(agent)["smell here"] == -0.5 and "smell north" not in grid.see(agent)
    grid.tick()
    seen = {name: value for name, value in grid.see(agent).items() if name.startswith("smell")}
    assert seen == pytest.approx({"smell here": -1 / 3, **{f"smell {name}": 1 / 9 for name in AROUND}})
    for _ in range(20):
        grid.tick()
    assert grid.s.smell[grid.clock & 1].sum() == pytest.approx(1.0)


def test_smell_fades():
    grid, agent = alone(scent=1.0, spread=0.2, fading=0.1)
    grid.tick({agent: "mark"})
    totals = []
    for _ in range(5):
        totals.append(float(grid.s.smell[grid.clock & 1].sum()))
        grid.tick()
    assert totals == pytest.approx([0.9**i for i in range(5)])


@pytest.mark.parametrize("nourishing", [0, 2])
def test_a_meal(nourishing):
    """Before: that there is something, and its look. After: what it did, and the look it had, whatever lies there now."""
    grid, agent = alone(nourishing=nourishing, digestion=0, poison=0)
    looks = [{f"look {i}": 2 * value for i, value in enumerate(row)} for row in grid.s.looks.tolist()]
    assert looks[0] != looks[1] and set(np.abs(grid.s.looks.ravel())) == {1}
    grid.plant(4, 4, kind=1)
    seen = grid.see(agent)
    assert seen["meal"] == 0.5 and seen["tasted"] == -1 and looks[1].items() <= seen.items()
    grid.tick({agent: "eat"})
    grid.plant(4, 4, kind=0)
    seen = grid.see(agent)
    assert seen["meal"] == (1 if nourishing else -1) and seen["tasted"] == 1 and looks[1].items() <= seen.items()
    grid.tick()
    seen = grid.see(agent)
    assert seen["meal"] == 0.5 and seen["tasted"] == -1 and looks[0].items() <= seen.items()


def test_a_corpse_is_a_meal_without_a_look():
    grid, agent = alone()
    before = grid.see(agent)
    grid.drop(4, 4, 10)
    assert news(grid, agent, before) == {"meal": 0.5}


def test_own_body():
    """Crop, age, bumps, bites and the last action."""
    grid = quiet(senses=SENSES, crop=100, lifespan=1000, bite=10)
    agent, other = grid.put(4, 4, crop=25, age=249), grid.put(3, 4, facing=2)
    grid.tick({agent: "north", other: "attack"})
    seen = grid.see(agent)
    assert (seen["crop"], seen["age"], seen["touch"], seen["hurt"], seen["did north"]) == (0.25, 0.25, 1, 1, 1)
    assert grid.see(other)["did attack"] == 1
    grid.tick({agent: "east"})
    seen = grid.see(agent)
    assert not {"touch", "hurt", "did north"} & set(seen) and seen["did east"] == 1


@pytest.mark.parametrize("facing", range(4))
def test_senses_with_a_heading(facing):
    """All that has a direction turns with the agent."""
    names = ("ahead", "right", "back", "left")
    for i, (row, column) in enumerate(AROUND.values()):
        grid = quiet(senses=SENSES, heading=True, view=5, breed_energy=400)
        agent = grid.put(4, 4, facing=facing)
        where = names[(i - facing) % 4]
        before = grid.see(agent)
        grid.plant(row, column)
        grid.s.smell[0, row * 8 + column] = 1
        grid.put(row, column, energy=200)
        wanted = {"food": 0.5, "smell": 0.5, "kin": 1, "vigour": -1, "agent": 1}
        assert news(grid, agent, before) == {f"{name} {where}": value for name, value in wanted.items()}
        grid, agent = quiet(senses=SENSES, heading=True, view=5), 0
        grid.put(4, 4, facing=facing)
        before = grid.see(agent)
        grid.s.terrain[row * 8 + column], grid.s.occupant[row * 8 + column] = e.WALL, -2
        assert news(grid, agent, before) == {f"wall {where}": 1, f"predator {where}": 1}
    grid = quiet(senses=("food",), heading=True)
    agent = grid.put(4, 4, facing=facing)
    corner = [(3, 5), (5, 5), (5, 3), (3, 3)][facing]
    grid.plant(*corner)
    assert grid.see(agent) == {"food -1,1": 0.5}


# ---- what can be switched off ----


@pytest.mark.parametrize("off", SENSES)
def test_a_sense_less(off):
    """Fewer slots, each other one as before."""
    some = tuple(name for name in SENSES if name != off)
    full, less = wild_people(SENSES, ACTIONS), wild_people(some, ACTIONS)
    assert set(less) < set(full)
    for name, seen in less.items():
        assert seen == full[name], name


def wild_people(senses, actions):
    """Slot -> what each of the founders senses there after some ticks."""
    grid = Grid(rows=16, columns=16, founders=60, senses=senses, actions=actions, predators=5, view=5).found()
    for tick in range(8):
        names = [name for name in ecosystem.actions(grid.p) if name != "breed"]
        grid.tick({agent: names[(agent + tick * 5) % len(names)] for agent in grid.living})
    seen = {agent: grid.see(agent) for agent in grid.living}
    return {name: {agent: found.get(name, 0.0) for agent, found in seen.items()} for name in ecosystem.observations(grid.p)}


@pytest.mark.parametrize("off", ACTIONS)
def test_an_action_less(off):
    """It has no slot, and the others mean what they say."""
    grid = quiet(actions=tuple(name for name in ACTIONS if name != off), senses=SENSES)
    names, deeds = ecosystem.actions(grid.p), {"move": 4, "turn": 2}
    assert len(names) == 12 - deeds.get(off, 1) and len(grid.see(grid.put(4, 4))) == 2
    assert len([name for name in ecosystem.observations(grid.p) if name.startswith("did ")]) == len(names)
    agent = grid.living[0]
    for name in names:
        grid.tick({agent: name}, otherwise=names[0])
        assert e.DEEDS[grid.of(agent, "deed")] == name
        assert ecosystem.measures(grid.p, grid.s, grid.q)[f"+did_{name.replace(' ', '_')}"] == 1
        grid.s.sums[0, e.DONE : e.DONE + 12] = 0


@pytest.mark.parametrize("only", SENSES)
@pytest.mark.parametrize("heading", [False, True])
def test_one_sense_alone(only, heading):
    """Every slot has one name; the layout has the world's."""
    config = load({"world": {"kind": "ecosystem", "senses": [only], "heading": heading}})
    layout = layout_of(config)
    assert list(layout.observations) == ecosystem.observations(config.world.params)
    assert len(set(layout.observations)) == len(layout.observations)
    assert list(layout.actions) == ecosystem.actions(config.world.params)
    assert all(name in layout.names[i] for i, name in enumerate(layout.observations))


def test_actions_stand_beside_their_senses():
    """A newborn passes its input through: what it senses in a slot, it does."""
    p = ecosystem.Params()
    pairs = dict(zip(ecosystem.actions(p), ecosystem.observations(p), strict=False))
    moves = {name: f"food {name}" for name in ("north", "east", "south", "west")}
    others = {"eat": "meal", "breed": "energy", "rest": "touch", "attack": "hurt", "share": "kin north", "mark": "smell here"}
    assert pairs == moves | others
    assert len(set(ecosystem.observations(p))) == len(ecosystem.observations(p))
