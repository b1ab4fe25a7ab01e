"""The ecosystem's engine gives the same bytes for any threads, pieces, onlookers and interruptions, on any processor."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from alife.core import config as configs
from alife.core import registry
from alife.core.jit import DISABLED
from alife.core.places import FULL, REFUSED
from alife.sim.ecosystem import Ecosystem
from alife.store import checkpoint

ROOT = Path(__file__).parents[1]
GOLDEN = "d4f93562afa1479d43e46f91535c37933e549f5104860cc658dcf11ee2440a04"
"""Digest of `golden`. Whoever changes it changes what every ecosystem does: say so in CHANGELOG."""

BASE = {
    "world": {
        "kind": "ecosystem", "rows": 24, "columns": 20, "edges": "torus", "walls": 0.03, "water": 0.1, "islands": 2, "patches": 30,
        "patch_radius": 4, "foods": 4, "nourishing": 2, "look": 6, "meal": 80, "poison": 15, "regions": 3, "season_length": 40,
        "turnover": 0.15, "cover": 0.9, "year_length": 100, "winter": 0.5, "founders": 120, "founder_energy": 150, "memoryless": 0.3,
        "most": 176, "metabolism": 1, "ageing": 2, "maturity": 5, "lifespan": 150, "breeding": "either", "breed_energy": 130,
        "birth_energy": 60, "body": 10, "crop": 150, "digestion": 30, "predators": 2, "predator_reach": 3, "predator_rest": 5,
        "cost_move": 1, "cost_eat": 1, "cost_mark": 1, "cost_attack": 4, "cost_share": 1, "cost_turn": 1, "cost_breed": 5, "swim": 4,
        "bite": 100, "spoils": 0.5, "gift": 40, "scent": 1.0, "spread": 0.2, "fading": 0.02,
        "corpses": True, "heading": False, "view": 3, "tag_mutation": 0.05, "mutations": 4, "step": 0.3, "inherit": "shared",
        "senses": ["meal", "food", "tasted", "look", "energy", "touch", "hurt", "kin", "smell", "hunters"],
        "actions": ["move", "eat", "breed", "rest", "attack", "share", "mark"],
        "schedule": [{"at": 30, "set": {"bite": 20.0, "spoils": 1.0}, "over": 50}],
        "interventions": [{"at": 0, "do": "drought", "ticks": 9}, {"at": 45, "do": "migration", "number": 40},
                          {"at": 60, "do": "plague", "share": 0.3}, {"at": 61, "do": "flood", "share": 0.2, "ticks": 20},
                          {"at": 70, "do": "meet"}],
    },
    "controller": {"kind": "wht", "width": 64, "layers_in": 1, "layers_out": 3, "spread": 0.3},
    "memory": {"kind": "lsh", "bits": 32, "values": 1},
    "head": {"moves": ["jump", "next"], "gate": "hard"},
    "run": {"seed": 5},
}  # fmt: skip
"""Everything happens in it within a hundred ticks. Every key has a value, so that better defaults change no digest."""

TICKS = 100


def ecosystem(*changes, founded=True):
    """The above, changed as by --set, at tick 0."""
    made = Ecosystem(configs.load(BASE, changes))
    if founded:
        made.found()
    return made


def run(one, ticks, threads=1):
    """So many ticks, all records thrown away."""
    goal = one.tick + ticks
    while one.tick < goal:
        drain(one)
        assert one.advance(goal - one.tick, threads)
    return one


def drain(one):
    """Records thrown away."""
    one.births()
    one.deaths()


def golden():
    """Digest after 300 ticks, and of what they told."""
    one = run(ecosystem(), 300)
    assert one.living > 20 and one.died > 200
    return one.digest()


@pytest.fixture(scope="module")
def reference():
    """(digest, births, deaths, events, series) of the first hundred ticks on one thread."""
    return history(ecosystem())


def history(one, pieces=(TICKS,), threads=(1,), look=lambda one: None, drain=True):
    """The same, with pauses of all kinds; pieces and threads are taken in turn."""
    births, deaths, events = [], [], []
    for i in range(10**6):
        if one.tick == TICKS:
            break
        left = min(TICKS - one.tick, pieces[i % len(pieces)])
        done = one.advance(left, threads[i % len(threads)])
        assert 0 <= done <= left
        look(one)
        if drain or done == 0:
            births.append(rows(one.births()))
            deaths.append(rows(one.deaths()))
            events += one.events()
    births.append(rows(one.births()))
    deaths.append(rows(one.deaths()))
    digest, births, deaths = one.digest(), np.concatenate(births).tolist(), np.concatenate(deaths).tolist()
    one.close()
    return digest, births, deaths, events + one.events(), one.series()


def lived(one, goal):
    """On to a tick; drained only where need be. Returns the records that were."""
    found = []
    while one.tick < goal:
        if one.advance(goal - one.tick) == 0:
            found += [*rows(one.births()).tolist(), *rows(one.deaths()).tolist()]
    return found


def rows(columns):
    """A row for each record; genome hashes as they are."""
    return np.stack([column.astype(np.uint64) for column in columns.values()], axis=1)


def test_the_reference_has_everything_in_it(reference):
    digest, births, deaths, events, series = reference
    assert len(digest) == 64 and len(births) > 200 and len({row[-1] for row in births}) > 150
    assert {row[2] for row in deaths} >= {0, 2, 3, 4, 5, 6}, "causes"
    assert {kind for _, kind, _ in events} == {"drought", "schedule", "migration", "plague", "flood", "meet", "cap"}
    wanted = ("couples", "given", "bites", "scavenged", "did_mark", "kind_1", "memory_writes", "memory_recalls")
    assert all(series[name] > 0 for name in wanted)
    assert any(row[3] < 2**63 for row in births), "fathers"


@pytest.mark.parametrize("threads", [(2,), (3,), (1, 2, 3)])
def test_threads_change_nothing(reference, threads):
    assert history(ecosystem(), (7,), threads) == reference


@pytest.mark.parametrize("pieces", [(1,), (3, 50, 1), (44, 1, 1, 1, 13)])
@pytest.mark.parametrize("drain", [True, False])
def test_pieces_and_drains_change_nothing(reference, pieces, drain):
    assert history(ecosystem(), pieces, drain=drain) == reference


def test_who_looks_changes_nothing(reference):
    """Pictures, snapshots, memories, digests; of the time series the sums count from the last look."""

    def look(one):
        pictures.append(one.picture().tobytes())
        seen = one.snapshot()
        assert len(seen["id"]) == len(one.memories()) == one.living == len(seen["genomes"])
        assert one.digest() == one.digest()
        assert one.compile() >= 0 and one.arrays() and one.meta()

    pictures = []
    found = history(ecosystem(), (4, 9), look=look)
    assert found == reference and len(set(pictures)) == len(pictures) > 10


@pytest.mark.parametrize("at", [0, 1, 45, 46, 60, 61, 62, 77, 97])
def test_going_on_changes_nothing(reference, tmp_path, at):
    """From a checkpoint, at any tick, with records that wait; the very next digest is already the same."""
    first = ecosystem()
    told = lived(first, at)
    checkpoint.save(tmp_path / "c.npz", first.arrays(), first.meta())
    again = ecosystem(founded=False)
    again.restore(*checkpoint.load(tmp_path / "c.npz"))
    for name in ("tick", "living", "born", "died", "agent_ticks"):
        assert getattr(again, name) == getattr(first, name), name
    others = list(told)
    assert first.digest() == again.digest()
    for tick in range(at + 1, min(at + 15, TICKS) + 1):
        told += lived(first, tick)
        others += lived(again, tick)
        assert first.digest() == again.digest(), tick
    everything = sorted(reference[1] + reference[2])
    for one, waited, pieces, threads in ((again, others, (11,), (1, 2)), (first, told, (TICKS,), (1,))):
        digest, births, deaths, events, series = history(one, pieces, threads)
        assert (digest, events, series) == (reference[0], *reference[3:])
        assert sorted(waited + births + deaths) == everything


def test_restored_over_another_life(reference):
    """What an engine has lived before it is restored does not matter."""
    first = run(ecosystem(), 20)
    arrays, meta = {name: array.copy() for name, array in first.arrays().items()}, first.meta()
    run(first, 30)
    first.restore(arrays, meta)
    assert run(first, TICKS - 20).digest() == reference[0]


@pytest.mark.parametrize("damage", ["missing", "shape", "type"])
def test_arrays_that_do_not_fit(damage):
    first = ecosystem()
    arrays = dict(first.arrays())
    arrays["world.food"] = {"missing": None, "shape": arrays["world.food"][:-1], "type": arrays["world.food"].astype(np.int64)}[damage]
    if damage == "missing":
        del arrays["world.food"]
    with pytest.raises((KeyError, ValueError)):
        first.restore(arrays, first.meta())


def test_seeds_differ(reference):
    found = history(ecosystem("run.seed=6"))
    assert found[0] != reference[0] and found[1] != reference[1]


def test_stop():
    """Set before: nothing is done."""
    one, stop = ecosystem(), threading.Event()
    stop.set()
    assert one.advance(10, 1, stop) == 0 == one.advance(10, 2, stop) and one.tick == 0


@pytest.mark.parametrize("threads", [1, 2])
def test_records_wait_for_a_drain(reference, threads):
    """Ticks stop before the records overflow, and go on after a drain as if nothing had been."""
    one, stops = ecosystem(), 0
    while one.tick < 300:
        if one.advance(300 - one.tick, threads) == 0:
            assert len(one.births()["id"]) + len(one.deaths()["id"]) > 100
            stops += 1
            assert stops < 50
    assert stops > 1 and one.digest() == GOLDEN


@pytest.mark.parametrize("threads", [1, 2])
def test_a_change_when_records_are_full(threads):
    """A tick at which newcomers fill the records is a whole tick."""
    changes = '[{"at": 2, "do": "plague", "share": 0.5}, {"at": 2, "do": "migration", "number": 50}]'
    one = ecosystem(f"world.interventions={changes}", "world.founders=160", "world.maturity=1000")
    assert one.advance(10, threads) == 3 and one.born > 176
    assert int(one.world.clock[0]) == one.tick == 3 and int(one.snapshot()["age"].min()) == 1
    assert one.advance(10, threads) == 0 and len(one.births()["id"]) == one.born
    assert one.advance(7, threads) == 7 and int(one.world.clock[0]) == 10


def test_extinction():
    """Told once, at its tick; nothing happens thereafter."""
    one = ecosystem("world.cover=0", "world.founder_energy=5", "world.interventions=[]", "world.schedule=[]")
    assert one.advance(1000) == one.tick < 10 and one.extinct and one.living == 0
    assert one.events() == [(one.tick, "extinct", "nobody is left")] and one.born == one.died >= 120
    assert one.advance(5) == 0 and one.events() == [] and one.snapshot()["genomes"].shape == (0, one.genes)
    assert one.memories().shape == (0, 32, 1) and one.series()["population"] == 0


def test_extinction_from_outside():
    one = ecosystem('world.interventions=[{"at": 3, "do": "plague", "share": 1.0}]')
    assert one.advance(1000) == 4 == one.tick and one.extinct
    assert [(tick, kind) for tick, kind, _ in one.events()] == [(4, "plague"), (4, "extinct")]


@pytest.mark.parametrize("piece", [1, 1000])
def test_the_cap_is_told_once(piece):
    """At the tick of the first birth that was refused, whatever the pieces."""
    one, told = ecosystem("world.founders=170", "world.interventions=[]", "world.founder_energy=2000"), []
    while one.tick < 60:
        assert one.advance(min(piece, 60 - one.tick))
        drain(one)
        told += one.events()
        assert one.living <= 176
    caps = [event for event in told if event[1] == "cap"]
    assert caps == [(int(one.q.counts[FULL]), "cap", "all 176 places are taken: births are refused (world.most)")]
    assert 0 < caps[0][0] < 30 and one.q.counts[REFUSED] > 0


OTHERS = [
    ("memory.kind=exact",), ("memory.kind=none",), ("memory.kind=scrambled",), ("memory.kind=tape", "memory.plasticity=bloom"),
    ("memory.kind=reservoir", "memory.past=0.5", "memory.plasticity=visits"), ("memory.kind=block",), ("memory.kind=gated",),
    *((f"controller={{kind: {kind}, width: 64}}",) for kind in registry.names("controllers") if kind != "wht"),
    ("controller={kind: wht, width: 64, sphere: true, copies: 2, readout: weighted}",),
]  # fmt: skip


def same_everywhere(changes, folder):
    """Threads, pieces and a checkpoint in the midst."""
    wanted = history(ecosystem(*changes))
    assert history(ecosystem(*changes), (13,), (3, 1)) == wanted
    first = run(ecosystem(*changes), 50)
    checkpoint.save(folder / "c.npz", first.arrays(), first.meta())
    again = ecosystem(*changes, founded=False)
    again.restore(*checkpoint.load(folder / "c.npz"))
    for one in (first, again):
        run(one, 1)
    assert first.digest() == again.digest()
    assert run(again, TICKS - 51, 2).digest() == wanted[0]


@pytest.mark.parametrize("inherit", ["blank", "copied"])
@pytest.mark.parametrize("breeding", ["clone", "sexual"])
def test_the_same_with_other_lives(tmp_path, inherit, breeding):
    same_everywhere((f"world.inherit={inherit}", f"world.breeding={breeding}"), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("changes", OTHERS)
def test_the_same_with_other_minds(tmp_path, changes):
    same_everywhere(changes, tmp_path)


# ---- other processors ----


def test_golden():
    assert golden() == GOLDEN


@pytest.mark.slow
@pytest.mark.skipif(DISABLED, reason="compares compilers")
@pytest.mark.parametrize("name", ["generic", "haswell"])
def test_the_same_bits_anywhere(tmp_path, name):
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    variables = {**os.environ, "PYTHONPATH": paths, "ALIFE_CACHE_DIR": str(tmp_path), "NUMBA_CPU_NAME": name}
    code = "import test_eco_engine; print(test_eco_engine.golden())"
    done = subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, text=True, timeout=500)
    assert (done.stdout.strip() or done.stderr) == GOLDEN
