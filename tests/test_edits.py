"""Edits as data, what they do to minds, and the journal: the same bytes however a history is cut, resumed or taken back."""

import json
import signal
import threading
from pathlib import Path

import numpy as np
import pytest
from conftest import evolves
from hypothesis import given, settings
from hypothesis import strategies as st
from test_eco_engine import BASE
from toy import Told

from alife.core import config as configs
from alife.core.errors import InputError, Interrupted, UserError
from alife.core.lanes import LANES
from alife.core.places import BIRTHS, DEATHS
from alife.evolve import ecology
from alife.sim import edits as by_hand
from alife.sim.ecosystem import Ecosystem
from alife.sim.edits import Happen, Journal, Mind, Paint, Put
from alife.store import chronicle

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


def somebody(journal, number=0):
    """The id of a living agent."""
    return int(np.sort(journal.ecosystem.q.id[journal.ecosystem.q.alive > 0])[number])


def place(journal, agent):
    return int(np.flatnonzero((journal.ecosystem.q.id == agent) & (journal.ecosystem.q.alive > 0))[0])


def genes(journal, agent):
    at = place(journal, agent)
    return journal.ecosystem.colony.flat[at // LANES, :, at % LANES].copy()


def memory(journal, agent):
    """float32 (K, D)."""
    living = np.flatnonzero(journal.ecosystem.q.alive)
    return journal.ecosystem.memories()[living.tolist().index(place(journal, agent))]


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


# ---- data ----


def test_a_file_and_back(done, tmp_path):
    edits, _, _ = done
    file = tmp_path / "edits.json"
    file.write_text(by_hand.dump(edits))
    assert by_hand.load(file) == edits and len(file.read_text().splitlines()) == len(edits) + 2
    assert {edit.kind for edit in edits} == {"paint", "put", "happen", "mind"}
    file.write_text(by_hand.dump(()))
    assert by_hand.load(file) == ()


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), max_size=20))
def test_genes_as_text(numbers):
    found = by_hand.decoded(by_hand.encoded(np.array(numbers, np.float32)))
    assert found.dtype == np.float32 and found.tolist() == np.array(numbers, np.float32).tolist()


MISTAKES = [
    ("[1]", "edit 1: expected a mapping, got 1"),
    ('[{"kind": "fly"}]', "edit 1: kind: expected one of paint, put, happen, mind, got 'fly'"),
    ('[{"kind": ["paint"]}]', "edit 1: kind: expected one of"),
    ('{"kind": "paint"}', "expected a list of at most 100000 edits, got a mapping"),
    ("[", "not valid JSON"),
    ("[" * 100_000, "not valid JSON"),
    ("\xff", "not valid JSON"),
    ('[{"kind": "paint", "at": 1, "brush": "wall"}]', "edit 1: cells: missing"),
    ('[{"kind": "paint", "at": 1, "brush": "wall", "cells": []}]', "edit 1: cells: expected at least 1 values, got 0"),
    ('[{"kind": "paint", "at": 1, "brush": "wall", "cells": [-1]}]', "edit 1: cells.0: expected a whole number >= 0"),
    ('[{"kind": "paint", "at": -1, "brush": "wall", "cells": [1]}]', "edit 1: at: expected a whole number >= 0"),
    ('[{"kind": "paint", "at": 1.5, "brush": "wall", "cells": [1]}]', "edit 1: at: "),
    ('[{"kind": "paint", "at": 1, "brush": "wall", "cells": [1], "colour": 3}]', "edit 1: colour: unknown key"),
    ('[{"kind": "put", "at": 1, "cells": [1], "genome": "AAAA!"}]', "edit 1: genome: expected base64"),
    ('[{"kind": "put", "at": 1, "cells": [1], "genome": "AAAA"}]', "edit 1: genome: expected float32 numbers, got 3 bytes"),
    ('[{"kind": "put", "at": 1, "cells": [1], "genome": "AADAfw=="}]', "edit 1: genome: expected finite numbers"),
    ('[{"kind": "happen", "at": 1, "do": "flood", "share": NaN}]', "edit 1: "),
    ('[{"kind": "mind", "at": 1, "agent": 1, "do": "wipe", "other": 2}]', "edit 1: other: expected with 'swap' and nothing else"),
    ('[{"kind": "mind", "at": 1, "agent": 1, "do": "swap"}]', "edit 1: other: expected with 'swap'"),
    ('[{"kind": "mind", "at": 1, "agent": 1, "do": "swap", "other": 1}]', "edit 1: other: expected another agent"),
    ('[{"kind": "mind", "at": 1, "agent": 1, "do": "force"}]', "edit 1: gates: expected with 'force' and 'hold map'"),
    ('[{"kind": "mind", "at": 1, "agent": 1, "do": "force", "gates": [[2, 0, 0, 1]]}]', "edit 1: gates.0.0: "),
    ('[{"kind": "happen", "at": 5, "do": "meet"}, {"kind": "happen", "at": 4, "do": "meet"}]', "edit 2: at: expected >= 5, in order"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), MISTAKES)
def test_mistakes(tmp_path, text, said):
    file = tmp_path / "e.json"
    file.write_text(text, encoding="latin-1")
    with pytest.raises(InputError) as caught:
        by_hand.load(file)
    assert str(caught.value).startswith(f"{file}: {said}") and "\n" not in str(caught.value)


def test_no_file(tmp_path):
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(InputError, match="^cannot read "):
            by_hand.load(path)


# ---- the same bytes ----


def test_the_script_has_everything_in_it(done):
    edits, _, told = done
    words = [text for _, kind, text in told if kind == "edit"]
    assert len(words) == len(edits) == 17 and {tick for tick, kind, _ in told if kind == "edit"} == {edit.at + 1 for edit in edits}
    assert "drought, share 0.2, ticks 15" in words and "newcomers with the same genes in 60 cells" in " ".join(words)
    assert (25, "drought", "the drought is over") in told and (23, "flood", "the water is gone") in told
    assert begun_without() != done[1]


def begun_without():
    journal = begun()
    live(journal, TICKS)
    return journal.ecosystem.digest()


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
    edits, _, _ = done
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


def test_minds_without():
    """A memory that shows nothing, a controller without gates, a world that takes nobody."""
    journal = begun("memory.kind=none", "controller={kind: elman, width: 64}")
    agent = somebody(journal)
    refused(journal, Mind(at=0, agent=agent, do="scramble"), "memory none does not show its contents")
    refused(journal, Mind(at=0, agent=agent, do="force", gates=((0, 0, 1, 1),)), "the gates of controller elman cannot be forced")
    journal.add(Mind(at=0, agent=agent, do="freeze memory"))
    journal.add(Mind(at=0, agent=agent, do="wipe"))
    assert journal.advance(3) == 3
    ring = Path(__file__).with_name("test_eco_plugin.py").read_text(encoding="utf-8").split("'''")[1]
    assert "def paint" not in ring


def test_a_world_without_hooks(tmp_path):
    ring = Path(__file__).with_name("test_eco_plugin.py").read_text(encoding="utf-8").split("'''")[1]
    (tmp_path / "ring.py").write_text(ring, encoding="utf-8")
    world = {"kind": str(tmp_path / "ring.py")}
    ecosystem = Ecosystem(
        configs.load({"world": world, "controller": {"kind": "still", "width": 16}, "memory": {"kind": "none", "values": 1}})
    )
    ecosystem.found()
    journal = Journal(ecosystem)
    refused(journal, Paint(at=0, brush="wall", cells=(1,)), "cannot be painted")
    refused(journal, Put(at=0, cells=(1,), genome=by_hand.encoded(np.zeros(16))), "nobody can be put into world")
    refused(journal, Happen(at=0, do="flood"), "knows no interventions")
    assert journal.advance(30) > 10


# ---- minds ----


def test_memories():
    """Wiped, scrambled, exchanged: by what they recall, the waiting write included."""
    journal = begun()
    live(journal, 30)
    norms = np.abs(journal.ecosystem.memories()).sum(axis=(1, 2))
    living = journal.ecosystem.q.id[np.flatnonzero(journal.ecosystem.q.alive)]
    first, second = living[np.argsort(-norms, kind="stable")[:2]].tolist()
    before, other = memory(journal, first), memory(journal, second)
    assert before.any() and other.any() and not np.array_equal(before, other)
    journal.add(Mind(at=30, agent=first, do="swap", other=second))
    assert np.array_equal(memory(journal, first), other) and np.array_equal(memory(journal, second), before)
    journal.add(Mind(at=30, agent=first, do="scramble"))
    mixed = memory(journal, first)
    assert not np.array_equal(mixed, other) and sorted(mixed.ravel()) == sorted(other.ravel())
    journal.add(Mind(at=30, agent=second, do="wipe"))
    assert not memory(journal, second).any() and np.array_equal(memory(journal, first), mixed)


@pytest.mark.parametrize("kind", ["lsh", "scrambled", "exact"])
def test_a_frozen_memory(kind):
    """Takes no writes, on any threads, until it is thawed or its owner dies; nobody else notices at once."""
    journal, twin = begun(f"memory.kind={kind}"), begun(f"memory.kind={kind}")
    for one in (journal, twin):
        live(one, 20)
    agents = [somebody(journal, number) for number in range(-8, 0)]
    for agent in agents:
        journal.add(Mind(at=20, agent=agent, do="freeze memory"))
        assert journal.in_force(agent) == ["memory frozen"]
    before = {agent: memory(journal, agent) for agent in agents}
    assert journal.advance(1, 2) == 1 == twin.advance(1)
    wrote = [agent for agent in agents if not np.array_equal(memory(twin, agent), before[agent])]
    assert journal.advance(6, 2) == 6 == twin.advance(6)
    staying = [agent for agent in agents if agent in set(journal.ecosystem.q.id[journal.ecosystem.q.alive > 0].tolist())]
    assert wrote and all(np.array_equal(memory(journal, agent), before[agent]) for agent in staying)
    agent = next(agent for agent in wrote if agent in staying)
    for one in staying:
        journal.add(Mind(at=27, agent=one, do="thaw memory"))
    changed = []
    while agent in set(journal.ecosystem.q.id[journal.ecosystem.q.alive > 0].tolist()) and not any(changed) and journal.ecosystem.tick < 90:
        changed.append(not np.array_equal(memory(journal, agent), before[agent]))
        live(journal, journal.ecosystem.tick + 1)
    assert any(changed) and journal.in_force(agent) == []
    assert journal.state()["frozen"] == []
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


# ---- runs ----


def end_of(run):
    """Newest checkpoint, and all rows but those of the clock."""
    newest = sorted((Path(run) / "checkpoints").glob("gen-*.npz"))[-1]
    with chronicle.read(Path(run) / "run.sqlite") as reader:
        tables = {**reader.births(), **{f"death {name}": column for name, column in reader.deaths().items()}}
        rows = [row for part in reader.series_rows() for row in part]
        return newest.name, newest.read_bytes(), {k: v.tobytes() for k, v in tables.items()}, repr(rows), reader.events()


def begin(folder, edits, *changes, told=None, name="r"):
    return ecology.begin(config(*changes), folder, told or Told(), name, edits=edits)


def resume(folder, told=None, **options):
    return ecology.resume(folder / "r", told or Told(), **options)


@pytest.fixture(scope="module")
def reference(done, tmp_path_factory):
    folder = tmp_path_factory.mktemp("reference")
    outcome = begin(folder, done[0])
    assert outcome.digest == done[1] and by_hand.load(folder / "r" / "edits.json") == done[0]
    return end_of(folder / "r")


def test_a_run_tells_what_was_done(reference, done):
    events = [(event.tick, event.kind, event.text) for event in reference[-1]]
    assert [event for event in events if event[1] == "edit"] == [event for event in done[2] if event[1] == "edit"]


@pytest.mark.parametrize("stops", [(1,), (7, 8), (9, 12, 13, 14), (20, 21, 30, 31, 45)])
@pytest.mark.parametrize("threads", [1, 2])
def test_budgets_one_after_the_other(done, reference, tmp_path, monkeypatch, stops, threads):
    monkeypatch.setattr(ecology, "THREADS_PAY", 0)
    begin(tmp_path, done[0], f"run.ticks={stops[0]}", f"run.threads={threads}", "run.checkpoint_minutes=0")
    for ticks in (*stops[1:], TICKS):
        assert resume(tmp_path, explicit={"run.ticks": ticks}).ticks == ticks
    assert end_of(tmp_path / "r") == reference


@pytest.mark.parametrize("seconds", [0.0, 10.0])
def test_signals(done, reference, tmp_path, monkeypatch, seconds):
    monkeypatch.setattr(ecology, "_CHUNK_SECONDS", seconds)
    with pytest.raises(Interrupted):
        begin(tmp_path, done[0], told=Told({5: lambda: signal.raise_signal(signal.SIGINT)}))
    for tick in (12, 13, 33):
        with pytest.raises(Interrupted):
            resume(tmp_path, Told({tick: lambda: signal.raise_signal(signal.SIGINT)}))
    assert resume(tmp_path).digest == done[1] and end_of(tmp_path / "r") == reference


def test_what_is_done_may_not_change(done, tmp_path):
    begin(tmp_path, done[0], "run.ticks=20")
    file = tmp_path / "r" / "edits.json"
    past = [edit for edit in done[0] if edit.at < 20]
    for changed in ([*past[1:], *done[0][len(past) :]], past[:-1], ()):
        file.write_text(by_hand.dump(changed))
        with pytest.raises(InputError, match=r"edits.json: the first \d+ edits have been done and may not change any more"):
            resume(tmp_path, more=10)
    file.unlink()
    with pytest.raises(InputError, match="may not change"):
        resume(tmp_path, more=10)
    late = [*past, Happen(at=19, do="plague")]
    file.write_text(by_hand.dump(late))
    with pytest.raises(InputError, match=rf"edits.json: edit {len(late)} comes too late: at: 19, and 20 ticks are done"):
        resume(tmp_path, more=10)
    file.write_text(by_hand.dump([*past, Mind(at=25, agent=10**9, do="wipe")]))
    with pytest.raises(InputError, match=rf"edit {len(late)} cannot be done at tick 25: agent 1000000000 does not live"):
        resume(tmp_path, more=10)
    file.write_text(by_hand.dump([*past, Happen(at=20, do="plague", share=1.0)]))
    assert resume(tmp_path, more=10).extinct_at == 21


def test_edits_for_a_run_that_had_none(tmp_path):
    """Also where its checkpoint is of a time without edits; what is put on record before begins is the same as after."""
    new = [Happen(at=20, do="plague", share=0.5), Paint(at=25, brush="erase", cells=tuple(range(100)))]
    begin(tmp_path, (), "run.ticks=20")
    assert not (tmp_path / "r" / "edits.json").exists()
    (tmp_path / "r" / "edits.json").write_text(by_hand.dump(new))
    resume(tmp_path, explicit={"run.ticks": TICKS})
    begin(tmp_path, new, name="whole")
    assert end_of(tmp_path / "r") == end_of(tmp_path / "whole")
    journal = Journal(Ecosystem(config()))
    journal.restore(None)
    assert journal.state()["applied"] == 0


def test_an_emptied_run_is_an_end(tmp_path):
    edits = [Paint(at=8, brush="erase", cells=tuple(range(480)))]
    outcome = begin(tmp_path, edits)
    assert outcome.extinct_at == 9 and outcome.births == outcome.deaths
    with chronicle.read(tmp_path / "r" / "run.sqlite") as reader:
        assert (reader.deaths()["cause"][reader.deaths()["tick"] == 9] == 7).sum() > 100
    before = end_of(tmp_path / "r")
    resume(tmp_path, more=10)
    assert end_of(tmp_path / "r") == before
    begin(tmp_path, [*edits, Put(at=9, cells=tuple(range(200)), genome=by_hand.encoded(np.ones(512)), energy=900)], name="again")
    assert end_of(tmp_path / "again")[0] == f"gen-{TICKS:06d}.npz" or end_of(tmp_path / "again")[0] > "gen-000010"


def test_the_command(alife, done, tmp_path):
    (tmp_path / "world.yaml").write_text(configs.dump(config()))
    (tmp_path / "e.json").write_text(by_hand.dump(done[0]))
    run = ("run", tmp_path / "world.yaml", "--out", tmp_path / "runs", "--name", "r", "--json")
    said = alife(*run, "--edits", tmp_path / "e.json")
    assert said.code == 0 and said.json["digest"] == done[1]
    for arguments, code, words in (
        (("run", tmp_path / "runs" / "r", "--edits", tmp_path / "e.json"), 2, "stands in its folder, in edits.json"),
        (("run", "copy", "--edits", tmp_path / "e.json"), 2, "--edits: only an ecosystem can be changed by hand"),
        ((*run, "--edits", tmp_path / "none.json"), 66, "cannot read "),
    ):
        failed = alife(*arguments)
        assert failed.code == code and words in failed.error
    (tmp_path / "e.json").write_text("[3]")
    assert "edit 1: expected a mapping, got 3" in alife(*run, "--edits", tmp_path / "e.json").error
    assert [file.name for file in (tmp_path / "runs").iterdir()] == ["r"]
