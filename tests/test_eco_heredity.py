"""Genes and memories of children in an ecosystem, its places, and what a newborn does unlearnt."""

import naive
import naive_evolution
import numpy as np
import pytest
from test_eco_engine import drain, ecosystem, history, run

from alife.core import places as pl
from alife.core.lanes import LANES
from alife.core.places import places_for, release, take
from worlds import _eco as e

CALM = ("world.interventions=[]", "world.schedule=[]", "world.predators=0", "world.most=176")


def families(one, ticks):
    """(id, mother's id, father's id, genome, mother's, father's, hash, memory, mother's memory, kind, mother's kind) of each birth."""
    known, kinds, found = {}, {}, []
    for _ in range(ticks):
        one.births()
        before = one.snapshot()
        known |= dict(zip(before["id"].tolist(), before["genomes"], strict=True))
        kinds |= dict(zip(before["id"].tolist(), before["kind"].tolist(), strict=True))
        one.deaths()
        assert one.advance(1)
        now, births = one.snapshot(), one.births()
        memory = dict(zip(now["id"].tolist(), one.memories(), strict=True))
        genomes = dict(zip(now["id"].tolist(), now["genomes"], strict=True))
        for i, (child, mother, father) in enumerate(zip(*(births[name].tolist() for name in ("id", "mother", "father")), strict=True)):
            if child in genomes and mother >= 0:
                genes = genomes[child], known[mother], known[father] if father >= 0 else None, births["genome"][i]
                found.append((child, mother, father, *genes, memory[child], memory.get(mother), births["kind"][i], kinds[mother]))
    return found


def hash_of(genome):
    """By its bytes."""
    total = 0
    for bits in genome.view(np.uint32).tolist():
        total = naive.mix(total ^ bits)
    return total


@pytest.mark.parametrize(("breeding", "mutations"), [("clone", 1), ("clone", 4), ("sexual", 3), ("either", 2)])
def test_genes(breeding, mutations):
    """Bit by bit those of the parents, crossed and mutated as the naive ones; the hash is that of the genes."""
    one = ecosystem(*CALM, f"world.breeding={breeding}", f"world.mutations={mutations}")
    found = families(one, 40)
    assert len(found) > (20 if breeding == "sexual" else 80) and (breeding != "clone") == any(row[2] >= 0 for row in found)
    seed, (low, high) = int(one.colony.seed[0]), one.config.controller.ask("bounds")
    changed = []
    for child, _, father, genome, mothers, fathers, digest, *_ in found:
        raw = mothers if father < 0 else naive_evolution.cross(mothers, fathers, seed, child)
        assert np.array_equal(genome, naive_evolution.mutate(raw, seed, child, 2 * mutations - 1, 8, np.float32(0.3), low, high))
        different = genome != raw if father < 0 else (genome != mothers) & (genome != fathers)
        assert different.sum() <= 2 * mutations - 1 and int(digest) == hash_of(genome)
        assert mutations > 1 or np.abs(genome - raw).max() <= 0.3
        changed.append(int(different.sum()))
    assert max(changed) == 2 * mutations - 1 and (genome >= low).all() and (genome <= high).all()


@pytest.mark.parametrize("inherit", ["blank", "copied", "shared"])
def test_memories_of_children(inherit):
    """Blank, or a copy of the mother's, with the write of this very tick."""
    found = families(ecosystem(*CALM, f"world.inherit={inherit}"), 40)
    assert len(found) > 80 and any(row[8].any() for row in found if row[8] is not None)
    for *_, memory, mothers, _, _ in found:
        if inherit == "blank":
            assert not memory.any()
        elif inherit == "copied" and mothers is not None:
            assert np.array_equal(memory, mothers)
    same = [np.array_equal(row[7], row[8]) for row in found if row[8] is not None]
    assert inherit != "shared" or np.mean(same) > 0.9


def test_lessons():
    """The pupil knows at the end of the tick what the teacher knows, and went on from there."""
    one, lessons = ecosystem(*CALM, "world.bite=0"), 0
    for _ in range(150):
        drain(one)
        assert one.advance(1)
        pairs = one.q.lessons[: one.q.counts[pl.LESSONS]].tolist()
        memory = dict(zip(np.flatnonzero(one.q.alive).tolist(), one.memories(), strict=True))
        pupils = [pupil for _, pupil in pairs]
        for teacher, pupil in pairs:
            if teacher in memory and pupil in memory and pupils.count(pupil) == 1 and teacher not in pupils:
                assert np.array_equal(memory[teacher], memory[pupil])
                lessons += bool(memory[teacher].any())
    assert lessons > 3


def test_the_memoryless_breed_true():
    """A kind is the mother's; an odd one writes, but recalls nothing."""
    one = ecosystem(*CALM, "world.memoryless=0.5")
    found = families(one, 40)
    assert {row[9] & 1 for row in found} == {0, 1} and all(row[9] == row[10] for row in found)
    living = np.flatnonzero(one.q.alive)
    assert np.array_equal(one.colony.keep[living // LANES, 0, living % LANES], 1.0 - (one.q.kind[living] & 1))
    one = run(ecosystem(*CALM, "world.memoryless=1.0"), 50)
    series = one.series()
    assert series["memory_recalls"] == 0 < series["memory_writes"] and one.memories().any()
    one = run(ecosystem(*CALM, "world.memoryless=0.0"), 50)
    assert one.series()["memory_recalls"] > 0


@pytest.mark.slow
def test_the_memoryless_live_as_without_a_memory():
    changes = (*CALM, "world.memoryless=1.0", "world.inherit=blank")
    assert history(ecosystem(*changes))[1:4] == history(ecosystem(*changes, "memory={kind: none, values: 1}"))[1:4]


def test_founders_differ():
    """Each has genes of its own, which depend on the seed and its number alone."""
    genomes = ecosystem(*CALM).snapshot()["genomes"]
    assert len({row.tobytes() for row in genomes}) == 120
    more = ecosystem(*CALM, "world.founders=150").snapshot()["genomes"]
    assert np.array_equal(more[:120], genomes)


# ---- places ----


def test_places():
    """The lowest free place; the last refused; ids are never given again."""
    q = places_for(20)
    assert len(q.alive) == 32
    assert [take(q, -1, -1, 7, 0) for _ in range(33)] == [*range(32), -1]
    n = q.counts
    assert (n[pl.LIVING], n[pl.TOP], n[pl.REFUSED], n[pl.NEXT_ID]) == (32, 32, 1, 32)
    for agent in (31, 30, 5, 9):
        release(q, agent, 1, 10, 20, 3, 1, 2)
    assert (n[pl.LIVING], n[pl.TOP], n[pl.DIED]) == (28, 30, 4)
    assert [take(q, 3, -1, 8, 1) for _ in range(3)] == [5, 9, 30] and q.id[[5, 9, 30]].tolist() == [32, 33, 34]
    assert q.births[32].tolist() == [32, 0, 3, -1, 8, 1] and q.deaths[2].tolist() == [5, 0, 1, 10, 20, 3, 1, 2]
    assert n[pl.TOP] == 31


# ---- instincts ----


def newborn(*changes):
    """One agent in the midst of nothing, whose genes are the identity."""
    one = ecosystem(
        "world.founders=1", "world.cover=0", "world.walls=0", "world.water=0", "world.islands=1", "world.memoryless=0", "world.predators=0",
        "world.interventions=[]", "world.schedule=[]", "world.founder_energy=100", "world.season_length=0", "controller.spread=0", *changes,
    )  # fmt: skip
    (agent,) = np.flatnonzero(one.q.alive).tolist()
    return one, agent, int(one.world.body[agent, e.ROW]), int(one.world.body[agent, e.COLUMN])


@pytest.mark.parametrize(("name", "down", "right"), [("north", -1, 0), ("east", 0, 1), ("south", 1, 0), ("west", 0, -1)])
def test_a_newborn_goes_to_food(name, down, right):
    one, agent, row, column = newborn()
    one.world.food[(row + down) % 24 * 20 + (column + right) % 20] = 1
    assert one.advance(1) == 1
    assert e.DEEDS[one.world.body[agent, e.DEED]] == name
    assert one.world.body[agent, [e.ROW, e.COLUMN]].tolist() == [(row + down) % 24, (column + right) % 20]


def test_a_newborn_eats():
    one, agent, row, column = newborn()
    one.world.food[row * 20 + column] = 1
    assert one.advance(1) == 1
    assert one.world.food[row * 20 + column] == 0 and one.world.tally[agent, e.MEALS] == 1


def test_a_newborn_breeds_when_it_is_rich():
    for energy, children in ((129, 0), (260, 1)):
        one, agent, *_ = newborn(f"world.founder_energy={energy}", "world.maturity=0", "world.metabolism=0")
        assert one.advance(1) == 1
        assert one.world.tally[agent, e.CHILDREN] == children and one.living == 1 + children


@pytest.mark.parametrize(("nourishing", "meals"), [(0, 1), (4, 3)])
def test_a_newborn_remembers_what_harmed_it(nourishing, meals):
    """It eats what it does not know; what poisoned it, it leaves alone, what nourished it, it eats again."""
    still = ("world.founder_energy=129", "world.poison=1", "world.metabolism=0", "world.digestion=0")
    one, agent, row, column = newborn(f"world.nourishing={nourishing}", *still)
    for _ in range(3):
        one.world.food[row * 20 + column] = 1
        assert one.advance(1) == 1
    assert one.world.tally[agent, e.MEALS] == meals
