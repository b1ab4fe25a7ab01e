"""Edits as data, what they do to minds, and the journal: the same bytes however a history is cut, resumed or taken back."""

import json
import threading

import numpy as np
import pytest
from conftest import evolves
from test_eco_engine import BASE

from alife.core import config as configs
from alife.core.errors import InputError, UserError
from alife.core.lanes import LANES
from alife.core.places import BIRTHS, DEATHS
from alife.sim import edits as by_hand
from alife.sim import handling
from alife.sim.ecosystem import Ecosystem
from alife.sim.edits import Happen, Journal, Mind, Paint, Put

pytestmark = evolves
TICKS = 60


def config(*changes):
    return configs.load({**BASE, "run": {"seed": 5, "record": 10, "ticks": TICKS, "threads": 2}}, changes)


def begun(*changes, edits=()):
    """A journal of an ecosystem at tick 0."""
    ecosystem = Ecosystem(config(*changes))
    ecosystem.found()
    return Journal(ecosystem, edits)


def live(journal, goal, pieces=(10**6,), threads=(1,)):
    """On to a tick; records thrown away, events returned."""
    told, i = [], 0
    while journal.ecosystem.tick < goal:
        before = journal.ecosystem.tick
        done = journal.advance(min(goal - before, pieces[i % len(pieces)]), threads[i % len(threads)])
        births, deaths = journal.ecosystem.births(), journal.ecosystem.deaths()
        assert done or len(births["id"]) or len(deaths["id"]), "it stands still"
        told += journal.ecosystem.events()
        i += 1
    return told


def living(journal):
    """Ids."""
    return set(journal.ecosystem.q.id[journal.ecosystem.q.alive > 0].tolist())


def somebody(journal, number=0):
    """The id of a living agent."""
    return sorted(living(journal))[number]


def place(journal, agent):
    return int(np.flatnonzero((journal.ecosystem.q.id == agent) & (journal.ecosystem.q.alive > 0))[0])


def genes(journal, agent):
    at = place(journal, agent)
    return journal.ecosystem.colony.flat[at // LANES, :, at % LANES].copy()


def memory(journal, agent):
    """float32 (K, D)."""
    places = np.flatnonzero(journal.ecosystem.q.alive).tolist()
    return journal.ecosystem.memories()[places.index(place(journal, agent))]


def script():
    """Everything that can be done by hand, done as in a window; the edits, the digest at the end, and the events."""
    journal = begun()
    told = []

    def at(tick, *makers):
        told.extend(live(journal, tick))
        for maker in makers:
            journal.add(maker(tick))
            journal.ecosystem.births(), journal.ecosystem.deaths()

    def mind(number, do, **more):
        return lambda tick: Mind(at=tick, agent=somebody(journal, number), do=do, **more)

    at(0, lambda t: Paint(at=t, brush="wall", cells=tuple(range(40))), mind(3, "scramble"))
    at(7, lambda t: Paint(at=t, brush="good food", cells=tuple(range(100, 200))), mind(60, "freeze memory"))
    at(9, lambda t: Happen(at=t, do="drought", share=0.2, ticks=15), mind(-1, "force", gates=((1, 0, 5, 1), (1, 0, 6, 0), (0, 0, 1, 0))))
    at(12, lambda t: Put(at=t, cells=tuple(range(200, 260)), genome=by_hand.encoded(genes(journal, somebody(journal, -1))), energy=900))
    at(13, lambda t: Paint(at=t, brush="erase", cells=tuple(range(50, 300))), lambda t: Happen(at=t, do="flood", share=0.2, ticks=9))
    at(20, mind(-1, "wipe"), lambda t: Mind(at=t, agent=somebody(journal), do="swap", other=somebody(journal, -1)))
    at(21, mind(-1, "force", gates=((0, 0, 3, 1),)), mind(-2, "freeze memory"))
    at(30, mind(-1, "freeze memory"), lambda t: Happen(at=t, do="migration", number=9))
    at(33, mind(-3, "force", gates=((0, 0, 3, 1),)), mind(-3, "restore genes"))
    at(TICKS)
    return journal.edits, journal.ecosystem.digest(), told + journal.ecosystem.events()


@pytest.fixture(scope="module")
def done():
    return script()


# ---- the same bytes ----


def test_the_script_has_everything_in_it(done):
    edits, _, told = done
    words = [text for _, kind, text in told if kind == "edit"]
    assert len(words) == len(edits) == 17 and {tick for tick, kind, _ in told if kind == "edit"} == {edit.at + 1 for edit in edits}
    assert "drought, share 0.2, ticks 15" in words and "newcomers with the same genes in 60 cells" in " ".join(words)
    assert (25, "drought", "the drought is over") in told and (23, "flood", "the water is gone") in told
    untouched = begun()
    live(untouched, TICKS)
    assert untouched.ecosystem.digest() != done[1]


@pytest.mark.parametrize(("pieces", "threads"), [((10**6,), (1,)), ((1,), (1,)), ((7, 1, 3), (2,)), ((13,), (1, 2, 3))])
def test_a_replay(done, pieces, threads):
    edits, digest, told = done
    journal = begun(edits=edits)
    assert live(journal, TICKS, pieces, threads) == told and journal.ecosystem.digest() == digest
    journal.ecosystem.close()


@pytest.mark.parametrize("at", [0, 7, 8, 12, 14, 22, 31, 45])
def test_a_checkpoint(done, at):
    """Taken at any tick, before or between its edits; the journal's part survives JSON."""
    edits, digest, _ = done
    journal = begun(edits=edits)
    live(journal, at)
    arrays, meta = {name: array.copy() for name, array in journal.ecosystem.arrays().items()}, journal.ecosystem.meta()
    state = json.loads(json.dumps(journal.state()))
    again = Journal(Ecosystem(config()), edits)
    again.ecosystem.restore(arrays, meta)
    again.restore(state)
    assert again.state() == journal.state() and again.ecosystem.config == journal.ecosystem.config
    live(again, TICKS, (5,))
    assert again.ecosystem.digest() == digest


def test_another_history_from_here_on(done):
    """Back in time, something else: what was to come is forgotten, what was done stays; and that history can be replayed."""
    edits, digest, _ = done
    journal = begun(edits=edits)
    live(journal, 15)
    saved, state = {name: array.copy() for name, array in journal.ecosystem.arrays().items()}, journal.state()
    meta = json.loads(json.dumps(journal.ecosystem.meta()))
    live(journal, 40)
    journal.ecosystem.restore(saved, meta)
    journal.restore(state)
    live(journal, 20)
    assert journal.edits == edits and journal.waits
    journal.drop_after(20)
    assert journal.edits == tuple(edit for edit in edits if edit.at < 20) and not journal.waits
    journal.add(Paint(at=20, brush="erase", cells=tuple(range(200))))
    assert journal.is_between
    live(journal, TICKS)
    other = begun(edits=journal.edits)
    live(other, TICKS, (4,))
    assert other.ecosystem.digest() == journal.ecosystem.digest() != digest
    with pytest.raises(InputError, match="the first 17 edits have been done and may not change"):
        begun(edits=edits[1:]).restore({**state, "applied": 17})


def test_what_is_added_comes_before_what_was_to_come(done):
    edits = [edit for edit in done[0] if edit.kind != "mind"]
    journal = begun(edits=edits)
    live(journal, 20)
    new = Happen(at=20, do="plague", share=0.5)
    journal.add(new)
    assert journal.edits.index(new) == sum(edit.at < 20 for edit in edits)
    live(journal, TICKS)
    other = begun(edits=journal.edits)
    live(other, TICKS)
    assert other.ecosystem.digest() == journal.ecosystem.digest()


def test_an_emptied_world_passes_a_tick_and_may_be_settled_again():
    everywhere = tuple(range(480))
    journal = begun()
    genome = by_hand.encoded(genes(journal, somebody(journal)))
    live(journal, 4)
    journal.add(Happen(at=4, do="drought", ticks=1))
    journal.add(Paint(at=4, brush="erase", cells=everywhere))
    assert journal.ecosystem.extinct and journal.advance(5) == 1 and journal.ecosystem.tick == 5
    assert journal.ecosystem.events()[-1] == (5, "extinct", "nobody is left") and journal.advance(5) == 0
    journal.add(Put(at=5, cells=everywhere[:30], genome=genome))
    told = live(journal, 20)
    assert (6, "drought", "the drought is over") in told and journal.ecosystem.world.clock[0] == 20
    again = begun(edits=journal.edits)
    live(again, 20, (3,))
    assert again.ecosystem.digest() == journal.ecosystem.digest()


def test_a_stop_does_not_part_an_edit_from_its_tick():
    journal, stop = begun(edits=[Happen(at=3, do="plague")]), threading.Event()
    assert journal.advance(3) == 3 and not journal.is_between and journal.waits
    stop.set()
    assert journal.advance(5, 1, stop) == 0 and journal.waits
    journal.add(Happen(at=3, do="drought"))
    assert journal.is_between and journal.advance(5, 1, stop) == 1 and journal.ecosystem.tick == 4


# ---- what cannot be done ----


def refused(journal, edit, said):
    """Nothing has happened, and nothing is on record."""
    before = journal.ecosystem.digest(), journal.edits, journal.ecosystem.config, journal.state()
    with pytest.raises(UserError, match=said):
        journal.add(edit)
    assert before == (journal.ecosystem.digest(), journal.edits, journal.ecosystem.config, journal.state())
    assert not [event for event in journal.ecosystem.events() if event[1] == "edit"]


def test_what_cannot_be_done():
    journal = begun()
    live(journal, 5)
    agent, gates = somebody(journal), ((0, 0, 1, 1),)
    for edit, said in (
        (Paint(at=4, brush="wall", cells=(1,)), "at: expected 5, the tick of now, got 4"),
        (Paint(at=5, brush="fire", cells=(1,)), "brush: expected one of"),
        (Paint(at=5, brush="wall", cells=(480,)), r"cells: expected 0\.\.479"),
        (Put(at=5, cells=(1,), genome=by_hand.encoded(np.zeros(3))), "genome: expected 512 genes, got 3"),
        (Happen(at=5, do="famine"), "expected one of drought, flood"),
        (Mind(at=5, agent=10**9, do="wipe"), "agent 1000000000 does not live$"),
        (Mind(at=5, agent=agent, do="swap", other=10**9), "does not live"),
        (Mind(at=5, agent=agent, do="thaw memory"), "is not frozen"),
        (Mind(at=5, agent=agent, do="restore genes"), "are its own"),
        (Mind(at=5, agent=agent, do="force", gates=((0, 1, 0, 1),)), "half 0 of controller wht has 1 x 64, got layer 1, unit 0"),
        (Mind(at=5, agent=agent, do="hold map", gates=gates), "expected all of both halves to hold the map, 255 are missing"),
    ):
        refused(journal, edit, said)
    occupied = int(np.flatnonzero(journal.ecosystem.world.occupant >= 0)[0])
    refused(journal, Put(at=5, cells=(occupied,), genome=by_hand.encoded(np.zeros(512))), "nobody finds a free cell")
    journal.ecosystem.q.counts[BIRTHS] = 200
    with pytest.raises(UserError, match="wait to be drained"):
        journal.add(Happen(at=5, do="plague"))


def test_parts_without(monkeypatch):
    """A memory that shows nothing, controllers and worlds that do not offer what is needed."""
    journal = begun()
    agent, of = somebody(journal), journal.ecosystem.config
    for part, name in ((of.memory, "contents"), (of.controller, "forced"), (of.world, "paint"), (of.world, "settle_at")):
        monkeypatch.delattr(part.module, name)
    refused(journal, Mind(at=0, agent=agent, do="scramble"), "memory lsh does not show its contents")
    refused(journal, Mind(at=0, agent=agent, do="force", gates=((0, 0, 1, 1),)), "the gates of controller wht cannot be forced")
    refused(journal, Paint(at=0, brush="wall", cells=(1,)), "world ecosystem cannot be painted")
    refused(journal, Put(at=0, cells=(1,), genome=by_hand.encoded(np.zeros(16))), "nobody can be put into world ecosystem")
    with pytest.raises(UserError, match="world copy knows no interventions"):
        handling.planned(configs.load("copy"), Happen(at=0, do="flood"))
    journal.add(Mind(at=0, agent=agent, do="freeze memory"))
    journal.add(Mind(at=0, agent=agent, do="wipe"))
    assert journal.advance(3) == 3


# ---- minds ----


def test_memories():
    """Wiped, scrambled, exchanged: by what they recall, the waiting write included."""
    journal = begun()
    live(journal, 30)
    norms = np.abs(journal.ecosystem.memories()).sum(axis=(1, 2))
    ids = journal.ecosystem.q.id[np.flatnonzero(journal.ecosystem.q.alive)]
    first, second = ids[np.argsort(-norms, kind="stable")[:2]].tolist()
    before, other = memory(journal, first), memory(journal, second)
    assert before.any() and other.any() and not np.array_equal(before, other)
    journal.add(Mind(at=30, agent=first, do="swap", other=second))
    assert np.array_equal(memory(journal, first), other) and np.array_equal(memory(journal, second), before)
    journal.add(Mind(at=30, agent=first, do="scramble"))
    mixed = memory(journal, first)
    assert not np.array_equal(mixed, other) and sorted(mixed.ravel()) == sorted(other.ravel())
    journal.add(Mind(at=30, agent=second, do="wipe"))
    assert not memory(journal, second).any() and np.array_equal(memory(journal, first), mixed)


@pytest.mark.parametrize("kind", ["lsh", *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("scrambled", "exact", "tape", "block"))])
def test_a_frozen_memory(kind):
    """Takes no writes, on any threads, until it is thawed or its owner dies; that of an untouched twin does."""
    journal, twin = begun(f"memory.kind={kind}"), begun(f"memory.kind={kind}")
    live(journal, 20), live(twin, 20)
    agents = sorted(living(journal))[-30:]
    for agent in agents:
        journal.add(Mind(at=20, agent=agent, do="freeze memory"))
        assert journal.in_force(agent) == ["memory frozen"]
    before = {agent: memory(journal, agent) for agent in agents}
    live(journal, 27, threads=(2,)), live(twin, 27)
    staying = [agent for agent in agents if agent in living(journal)]
    assert len(staying) > 9 and all(np.array_equal(memory(journal, agent), before[agent]) for agent in staying)
    assert journal.state()["frozen"] == staying
    assert any(not np.array_equal(memory(twin, agent), before[agent]) for agent in agents if agent in living(twin))
    for agent in staying:
        journal.add(Mind(at=27, agent=agent, do="thaw memory"))
    live(journal, 35)
    assert any(not np.array_equal(memory(journal, agent), before[agent]) for agent in staying if agent in living(journal))
    assert journal.in_force(staying[0]) == journal.state()["frozen"] == []
    journal.ecosystem.close()


def test_forced_genes():
    """Gates add up, from the genes that were; a held map holds them all; and back."""
    journal = begun()
    agent = somebody(journal, 5)
    own = genes(journal, agent).reshape(4, 2, 64)
    journal.add(Mind(at=0, agent=agent, do="force", gates=((0, 0, 7, 1), (1, 2, 9, 0))))
    assert journal.in_force(agent) == ["2 gates held"]
    journal.add(Mind(at=0, agent=agent, do="force", gates=((0, 0, 7, 0),)))
    wanted = own.copy()
    wanted[0, 0, 7], wanted[3, 0, 9] = own[0, 1, 7], own[3, 1, 9]
    assert np.array_equal(genes(journal, agent).reshape(4, 2, 64), wanted) and journal.in_force(agent) == ["2 gates held"]
    every = tuple((int(layer > 0), max(layer - 1, 0), unit, unit % 2) for layer in range(4) for unit in range(64))
    assert journal.add(Mind(at=0, agent=agent, do="hold map", gates=every)) == f"agent {agent}: all 256 gates held"
    slope = np.where(np.arange(64) % 2 == 1, own[:, 0], own[:, 1])
    assert np.array_equal(genes(journal, agent).reshape(4, 2, 64), np.stack([slope, slope], axis=1))
    live(journal, 2)
    journal.add(Mind(at=2, agent=agent, do="restore genes"))
    assert np.array_equal(genes(journal, agent).reshape(4, 2, 64), own) and journal.in_force(agent) == []


def test_newcomers_have_the_genes_and_a_blank_mind():
    journal = begun()
    live(journal, 20)
    genome, born = genes(journal, somebody(journal)), journal.ecosystem.born
    journal.add(Paint(at=20, brush="erase", cells=tuple(range(100, 250))))
    journal.ecosystem.births(), journal.ecosystem.deaths()
    words = journal.add(Put(at=20, cells=tuple(range(100, 150)), genome=by_hand.encoded(genome), energy=33))
    births = journal.ecosystem.births()
    new = births["id"].tolist()
    assert new == list(range(born, journal.ecosystem.born)) and words.startswith(f"{len(new)} newcomers") and len(new) > 5
    assert set(births["tick"].tolist()) == {21} and set(births["mother"].tolist()) == {-1} and len(set(births["genome"].tolist())) == 1
    for agent in new:
        assert np.array_equal(genes(journal, agent), genome) and not memory(journal, agent).any()
        assert journal.ecosystem.world.body[place(journal, agent), 3] == 33
    assert journal.ecosystem.q.counts[DEATHS] == 0


def test_newcomers_do_not_touch_those_who_were_just_born():
    """Whose records wait, and whose gates have been forced since."""
    journal = begun("world.founders=60")
    while journal.ecosystem.q.counts[BIRTHS] == 0 or journal.ecosystem.tick < 10:
        journal.ecosystem.births(), journal.ecosystem.deaths()
        assert journal.advance(1) == 1
    tick, child = journal.ecosystem.tick, int(journal.ecosystem.q.births[0, 0])
    journal.add(Mind(at=tick, agent=child, do="force", gates=tuple((0, 0, unit, 1) for unit in range(64))))
    forced = genes(journal, child)
    journal.add(Put(at=tick, cells=tuple(range(480)), genome=by_hand.encoded(forced * 0)))
    assert np.array_equal(genes(journal, child), forced)
