"""What comes of deeds in the ecosystem: bites, gifts, meals, age, children, hunters, kin."""

import numpy as np
import pytest
from eco import Grid, check, quiet

from worlds import _eco as e
from worlds import ecosystem


def cause(grid):
    """Names of the causes of death so far, in order."""
    return [e.CAUSES[row[2]] for row in grid.drain()[1]]


# ---- bites and gifts ----


def test_a_bite():
    """Half of it gets to the attacker, half is burnt; the victim feels it in the next tick only."""
    grid = quiet(bite=100, spoils=0.5)
    attacker, victim = grid.put(3, 3, facing=1), grid.put(3, 4)
    grid.tick({attacker: "attack"})
    assert (grid.of(attacker, "energy"), grid.of(victim, "energy"), grid.s.sums[0, e.HEAT]) == (450, 300, 50)
    assert (grid.of(victim, "felt"), grid.of(attacker, "felt"), grid.s.sums[0, e.BITES]) == (e.HURT, 0, 1)
    grid.tick()
    assert grid.of(victim, "felt") == 0


def test_three_bites_take_what_there_is():
    """100 shared by three: 33 each, 1 is left; with 99 the victim dies of it, and it cannot walk away."""
    for energy, left in ((100, 1), (99, None)):
        grid = quiet(bite=50, spoils=1.0, corpses=False)
        victim = grid.put(3, 3, energy=energy)
        attackers = [grid.put(2, 3, facing=2), grid.put(3, 4, facing=3), grid.put(4, 3, facing=0)]
        grid.tick({**dict.fromkeys(attackers, "attack"), victim: "west"})
        assert [grid.of(a, "energy") for a in attackers] == [433] * 3
        assert cause(grid) == ([] if left else ["attack"])
        assert left is None or (grid.of(victim, "energy"), grid.where(victim)) == (left, (3, 2))


def test_two_bite_each_other():
    grid = quiet(bite=300, spoils=1.0)
    a, b = grid.put(3, 3, facing=1, energy=200), grid.put(3, 4, facing=3, energy=250)
    grid.tick({a: "attack", b: "attack"})
    assert (grid.of(a, "energy"), grid.of(b, "energy")) == (250, 200)


@pytest.mark.parametrize("deed", ["attack", "share"])
def test_nobody_there(deed):
    """It costs, and reaches neither the empty cell, nor one behind, nor a hunter."""
    grid = quiet(cost_attack=3, cost_share=3)
    agent, behind = grid.put(3, 3, facing=1, crop=50), grid.put(3, 2)
    grid.tick({agent: deed})
    grid.s.body[agent, e.FACING] = 2
    grid.tick({agent: deed})
    assert (grid.of(agent, "energy"), grid.of(agent, "crop"), grid.of(behind, "energy"), grid.of(behind, "crop")) == (394, 50, 400, 0)


def test_a_gift_goes_from_crop_to_crop():
    """As much as there is, also beyond what the other can carry, also mutually."""
    grid = quiet(gift=40, crop=60)
    giver, other = grid.put(3, 3, facing=1, crop=50), grid.put(3, 4, facing=3, crop=55)
    grid.tick({giver: "share"})
    assert (grid.of(giver, "crop"), grid.of(other, "crop"), grid.of(other, "felt")) == (10, 95, e.GIVEN)
    grid.tick({giver: "share", other: "share"})
    assert (grid.of(giver, "crop"), grid.of(other, "crop"), grid.s.sums[0, e.GIFTS]) == (40, 65, 90)
    empty = grid.put(6, 6, facing=1), grid.put(6, 7)
    grid.tick({empty[0]: "share"})
    assert grid.of(empty[1], "felt") == 0


# ---- meals ----


def test_a_meal_goes_through_the_crop():
    """Into the crop as far as it fits, from there to the body little by little; its look and its effect are felt for one tick."""
    grid = quiet(foods=1, nourishing=1, meal=60, crop=50, digestion=20)
    agent = grid.put(3, 3)
    grid.plant(3, 3)
    grid.tick({agent: "eat"})
    assert (grid.of(agent, "crop"), grid.of(agent, "energy"), grid.s.sums[0, e.SPOILT]) == (30, 420, 10)
    assert (grid.of(agent, "effect"), grid.of(agent, "taste")) == (1, 1)
    grid.tick()
    assert (grid.of(agent, "crop"), grid.of(agent, "energy"), grid.of(agent, "effect"), grid.of(agent, "taste")) == (10, 440, 0, 0)
    grid.tick()
    grid.tick({agent: "eat"})
    assert (grid.of(agent, "crop"), grid.of(agent, "energy")) == (0, 450)
    assert grid.s.tally[agent].tolist() == [50, 1, 0, 0]


def test_poison():
    """It takes energy, and kills whom it leaves none."""
    grid = quiet(foods=1, nourishing=0, poison=60, meal=10)
    strong, weak = grid.put(3, 3, energy=61), grid.put(5, 5, energy=60)
    grid.plant(3, 3)
    grid.plant(5, 5)
    grid.tick({strong: "eat", weak: "eat"})
    assert (grid.of(strong, "energy"), grid.of(strong, "effect"), grid.of(strong, "crop")) == (1, -1, 0)
    assert grid.s.tally[strong].tolist() == [0, 1, 1, 0] and grid.living == [strong]
    assert grid.drain()[1] == [[1, 1, e.POISON, 1, 0, 1, 1, 0]] and grid.s.sums[0, e.SPOILT] == 140


def test_one_eats_where_one_ends_up():
    """A step and a meal take a tick each; only one plant is eaten at a time, a plant before a corpse."""
    grid = quiet(foods=2, nourishing=2, meal=60)
    agent = grid.put(3, 3)
    for kind, column in enumerate((3, 4)):
        grid.plant(3, column, kind)
    grid.drop(3, 4, 100)
    grid.tick({agent: "east"})
    assert grid.s.tally[agent, e.MEALS] == 0
    crops = []
    for _ in range(5):
        grid.tick({agent: "eat"})
        crops.append((grid.of(agent, "crop"), grid.of(agent, "taste"), int(grid.s.corpse[28])))
    assert crops == [(60, 2, 100), (120, 0, 40), (160, 0, 0), (160, 0, 0), (160, 0, 0)]
    assert grid.s.food[27] == 1 and grid.s.sums[0, e.SCAVENGED] == 2


@pytest.mark.parametrize("corpses", [True, False])
def test_the_dead(corpses):
    """Body, energy and crop lie there until a seed falls on them, or are gone at once."""
    grid = quiet(corpses=corpses, body=50)
    grid.put(3, 3, energy=30, crop=20, span=1)
    grid.tick()
    assert grid.living == [] and grid.s.corpse[27] == (100 if corpses else 0)
    assert grid.s.sums[0, e.ROT] == (0 if corpses else 100) and cause(grid) == ["age"]
    grid.s.f[e.TURNOVER] = 1.0
    for _ in range(40):
        grid.tick()
    assert not grid.s.corpse.any() and grid.s.sums[0, e.ROT] == 100


# ---- costs and age ----

COSTS = {"east": 3, "eat": 5, "mark": 7, "attack": 11, "share": 13, "turn left": 17, "turn right": 17, "breed": 19, "rest": 0}


@pytest.mark.parametrize("deed", COSTS)
def test_costs(deed):
    names = ("move", "eat", "mark", "attack", "share", "turn", "breed")
    costs = {f"cost_{name}": cost for name, cost in zip(names, (3, 5, 7, 11, 13, 17, 19), strict=True)}
    grid = quiet(metabolism=2, **costs)
    agent = grid.put(3, 3)
    grid.tick({agent: deed})
    assert grid.of(agent, "energy") == 398 - COSTS[deed] and grid.s.sums[0, e.HEAT] == 2 + COSTS[deed]


def test_swimming():
    """A step costs more where it ends in water."""
    grid = quiet(swim=4, cost_move=1)
    grid.s.terrain[3 * 8 + 4] = e.WATER
    agent = grid.put(3, 3)
    spent = []
    for deed in ("east", "rest", "north", "west"):
        before = grid.of(agent, "energy")
        grid.tick({agent: deed})
        spent.append(before - grid.of(agent, "energy"))
    assert spent in ([5, 0, 1, 1], [1, 0, 5, 1])


def test_hunger():
    """Death in the tick in which the last energy goes."""
    grid = quiet(metabolism=10)
    grid.put(3, 3, energy=30)
    for _ in range(2):
        grid.tick()
    assert len(grid.living) == 1
    grid.tick()
    assert grid.living == [] and cause(grid) == ["hunger"]


def test_ageing():
    """More metabolism with age: `ageing` more at `lifespan`; death at the span."""
    grid = quiet(metabolism=1, ageing=4, lifespan=8)
    agent = grid.put(3, 3, span=10)
    spent = []
    for _ in range(9):
        before = grid.of(agent, "energy")
        grid.tick()
        spent.append(before - grid.of(agent, "energy"))
    assert spent == [1, 2, 2, 3, 3, 4, 4, 5, 5]
    grid.tick()
    assert cause(grid) == ["age"]


def test_spans_differ():
    """From 3/4 to 5/4 of the lifespan, evenly."""
    grid = Grid(rows=64, columns=64, founders=2000, lifespan=2000).found()
    spans = grid.s.body[grid.living, e.SPAN]
    assert len(spans) == 2000 and spans.min() < 1510 and spans.max() > 2490
    assert 1500 <= spans.min() and spans.max() <= 2500 and abs(spans.mean() - 2000) < 25
    facing = np.bincount(grid.s.body[grid.living, e.FACING])
    assert len(facing) == 4 and facing.min() > 400


# ---- children ----


@pytest.mark.parametrize("breeding", ["clone", "sexual", "either"])
@pytest.mark.parametrize("partner", ["none", "willing", "young", "idle"])
def test_breeding(breeding, partner):
    """A child of two needs a willing and mature neighbour; the mother pays."""
    grid = quiet(breeding=breeding, maturity=5, breed_energy=300, birth_energy=100, body=50)
    mother = grid.put(3, 3, age=10, energy=300, tag=7)
    other = grid.put(3, 4, age=10 if partner != "young" else 0, energy=200) if partner != "none" else None
    grid.drain()
    grid.tick({mother: "breed", other: "rest" if partner == "idle" else "breed"})
    alone = breeding == "clone" or (breeding == "either" and partner != "willing")
    if alone or partner == "willing":
        (birth,), _ = grid.drain()
        assert birth[2:4] == [0, -1 if alone else 1] and birth[5] == 0
        (child,) = set(grid.living) - {mother, other}
        assert birth[4] == grid.of(child, "row") * 8 + grid.of(child, "column")
        assert abs(grid.of(child, "row") - 3) + abs(grid.of(child, "column") - 3) == 1
        assert (grid.of(mother, "energy"), grid.of(child, "energy"), grid.of(child, "tag"), grid.of(child, "age")) == (150, 100, 7, 0)
        assert grid.s.tally[mother, e.CHILDREN] == 1 and (alone or grid.s.tally[other, e.CHILDREN] == 1)
    else:
        assert len(grid.living) == (1 if other is None else 2) and grid.of(mother, "energy") == 300


@pytest.mark.parametrize(("energy", "age", "born"), [(299, 5, 0), (300, 3, 0), (300, 4, 1)])
def test_who_may_breed(energy, age, born):
    grid = quiet(maturity=5, breed_energy=300, birth_energy=100, body=50)
    mother = grid.put(3, 3, age=age, energy=energy)
    grid.tick({mother: "breed"})
    assert len(grid.living) == 1 + born


def test_no_room_for_a_child():
    """Walls, deep water, agents and hunters around: no birth, nothing paid. A cell that is left in this tick is room."""
    grid = quiet(rows=5, columns=5, breed_energy=300, predators=1, predator_reach=1, predator_rest=9)
    at = int(grid.s.predators[0, 0]), int(grid.s.predators[0, 1])
    grid.s.occupant[at[0] * 5 + at[1]] = e.EMPTY
    grid.s.predators[0], grid.s.occupant[1 * 5 + 2] = [1, 2, 9], -2
    grid.s.terrain[2 * 5 + 3], grid.s.terrain[3 * 5 + 2] = e.WALL, e.DEEP
    mother, other = grid.put(2, 2), grid.put(2, 1)
    grid.tick({mother: "breed"})
    assert grid.living == [mother, other] and grid.of(mother, "energy") == 400
    grid.tick({mother: "breed", other: "south"})
    assert len(grid.living) == 3 and grid.where(grid.living[2]) == (2, 1)


def test_kin():
    """A signature is inherited, with a bit flipped now and then; two that share all bits are kin 1, opposite ones -1."""
    assert [float(e.kinship(a, b)) for a, b in ((5, 5), (0, 0xFFFF), (0, 0xFF), (0, 1), (0, 0xF))] == [1, -1, 0, 0.875, 0.5]
    for chance in (0.0, 1.0):
        grid = quiet(tag_mutation=chance, breed_energy=300, body=0, rows=20, columns=20, most=128)
        mothers = [grid.put(r, c, energy=400, tag=0xA5A5) for r in range(1, 20, 3) for c in range(1, 20, 3)]
        grid.tick(dict.fromkeys(mothers, "breed"))
        children = [a for a in grid.living if a not in mothers]
        flips = [(grid.of(a, "tag") ^ 0xA5A5).bit_count() for a in children]
        assert len(children) == len(mothers) and set(flips) == {int(chance)}
        assert chance == 0 or len({grid.of(a, "tag") for a in children}) > 8


def test_lessons_go_to_younger_kin():
    """Where memories are shared, the older teaches with a gift; not strangers, not elders, not without a gift."""
    pairs = {(0, 0, 9, 5): 1, (0, 0xF, 9, 5): 1, (0, 0x1F, 9, 5): 0, (0, 0, 5, 9): 0, (0, 0, 5, 5): 0}
    for inherit in ("shared", "copied"):
        for (tag, other, age, others), wanted in pairs.items():
            grid = quiet(inherit=inherit)
            giver, pupil = grid.put(3, 3, facing=1, crop=50, tag=tag, age=age), grid.put(3, 4, tag=other, age=others)
            grid.tick({giver: "share"})
            lessons = grid.q.lessons[: grid.q.counts[10]].tolist()
            assert lessons == [[giver, pupil]] * (wanted if inherit == "shared" else 0)


# ---- hunters ----


def hunted(*prey, reach=3, rest=2, at=(8, 8)):
    """A world with one predator at `at` and agents at those cells."""
    grid = quiet(rows=17, columns=17, most=32, predators=1, predator_reach=reach, predator_rest=rest)
    grid.s.occupant[grid.s.predators[0, 0] * 17 + grid.s.predators[0, 1]] = e.EMPTY
    grid.s.predators[0], grid.s.occupant[at[0] * 17 + at[1]] = [*at, 0], -2
    for cell in prey:
        grid.put(*cell)
    return grid


def test_a_hunter_kills_and_rests():
    grid = hunted((8, 9), (9, 8), rest=2)
    left = []
    for _ in range(4):
        grid.tick()
        left.append(len(grid.living))
    assert left == [1, 1, 1, 0] and cause(grid) == ["predator"] * 2
    assert grid.s.sums[0, e.TAKEN] == 900 and not grid.s.corpse.any()


STEPS = {(5, 8): (7, 8), (11, 8): (9, 8), (8, 6): (8, 7), (8, 10): (8, 9), (10, 11): (8, 9), (6, 7): (7, 8)}


@pytest.mark.parametrize(("prey", "step"), STEPS.items())
def test_a_hunter_comes_nearer(prey, step):
    grid = hunted(prey)
    grid.tick()
    assert tuple(grid.s.predators[0, :2]) == step


def test_a_hunter_sees_so_far():
    """Three cells, also over the edge; else it walks anywhere."""
    steps = set()
    for seed in range(12):
        grid = hunted((8, 12))
        grid.s.seed[0] = seed
        grid.tick()
        steps.add(tuple(grid.s.predators[0, :2].tolist()))
    assert len(steps) == 4
    grid = hunted((15, 0), at=(1, 0))
    grid.tick()
    assert tuple(grid.s.predators[0, :2]) == (0, 0)


def test_where_a_hunter_cannot_go():
    grid = hunted((8, 10))
    grid.s.terrain[8 * 17 + 9] = e.WALL
    grid.tick()
    assert tuple(grid.s.predators[0, :2]) == (8, 8) and len(grid.living) == 1
    check(grid)
    assert ecosystem.measures(grid.p, grid.s, grid.q)["population"] == 1
