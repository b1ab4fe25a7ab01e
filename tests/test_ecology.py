"""The runner of ecosystems, with a toy in place of the engine: rows by the tick, saving by the clock, the same bytes always."""

import json
import random
import signal
import sqlite3
import sys
import types
from pathlib import Path

import numpy as np
import pytest
from conftest import TINY
from toy import MASK, Told, Toy, observer

from alife.core import config as configs
from alife.core import rng
from alife.core.errors import BusyError, ConfigError, DiskError, InputError, Interrupted
from alife.core.layout import layout_of
from alife.evolve import ecology
from alife.insight import census as census_module
from alife.insight.census import census
from alife.store import checkpoint, chronicle
from alife.store.checkpoint import Checkpoints
from alife.store.folder import RunFolder

TICKS = 430


@pytest.fixture(autouse=True)
def toy(monkeypatch):
    """The engine is the toy."""
    kind = type("ThisToy", (Toy,), {"made": []})
    monkeypatch.setitem(sys.modules, "alife.sim.ecosystem", types.SimpleNamespace(Ecosystem=kind))
    return kind


def config(*changes):
    return configs.load({**TINY, "run": {"seed": 3, "threads": 2, "record": 10, "ticks": TICKS}}, changes)


def begin(folder, *changes, told=None, name="r"):
    return ecology.begin(config(*changes), folder, told or Told(), name, observer)


def resume(folder, told=None, **options):
    return ecology.resume(folder / "r", told or Told(), observer=observer, **options)


TABLES = ("series", "births", "deaths", "species", "events")


def rows_of(run):
    with sqlite3.connect(Path(run) / "run.sqlite") as connection:
        rows = {table: connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3").fetchall() for table in TABLES}
    connection.close()
    return rows


def end_of(run):
    """Newest checkpoint and all rows."""
    newest = sorted((Path(run) / "checkpoints").glob("gen-*.npz"))[-1]
    return newest.name, newest.read_bytes(), rows_of(run)


@pytest.fixture
def reference(tmp_path):
    """The run that nobody disturbed."""
    return end_of(begin(tmp_path / "undisturbed").run)


# ---- what is written ----


def test_all_is_recorded(tmp_path, toy):
    """As the engine tells it, tick by tick; rows at the multiples of run.record, a census at every tenth."""
    outcome = begin(tmp_path)
    alone = toy(config())
    alone.found()
    births, deaths, events, series, censuses = [], [], [], {0: alone.series()}, [observer(alone, None)]
    while True:
        births.append(alone.births())
        deaths.append(alone.deaths())
        events += alone.events()
        if alone.tick == TICKS:
            break
        alone.advance(1)
        if alone.tick % 10 == 0:
            series[alone.tick] = alone.series()
        if alone.tick % 100 == 0:
            censuses.append(observer(alone, censuses[-1].kept))
    rows = rows_of(outcome.run)
    assert [row[0] for row in rows["births"]] == np.concatenate([b["id"] for b in births]).tolist() == list(range(alone.born))
    assert [row[6] & MASK for row in rows["births"]] == np.concatenate([b["genome"] for b in births]).tolist()
    assert sorted(row[:2] for row in rows["deaths"]) == sorted(
        pair for d in deaths for pair in zip(d["id"].tolist(), d["tick"].tolist(), strict=True)
    )
    assert [row[1:] for row in rows["events"]] == events and len(events) == 4
    assert {(tick, name): value for tick, name, value in rows["series"] if name != "census"} == {
        (tick, name): value for tick, row in series.items() for name, value in row.items()
    }
    found = [(tick, {name: value}) for tick, name, value in rows["series"] if name == "census"]
    assert found == [(100 * i, seen.measures) for i, seen in enumerate(censuses)] and len(found) == 5
    found = [(100 * i, way, *row) for i, seen in enumerate(censuses) for way in ("genome", "key") for row in seen.species[way]]
    assert rows["species"] == found and toy.made[0].closed
    assert (outcome.ticks, outcome.population, outcome.births, outcome.deaths) == (TICKS, alone.living, alone.born, alone.died)
    assert (outcome.agent_ticks, outcome.digest, outcome.extinct_at) == (alone.agent_ticks, alone.digest(), None)
    with chronicle.read(Path(outcome.run) / "run.sqlite") as reader:
        assert reader.get("state") == "finished" and json.loads(reader.get("causes")) == ["hunger", "age"]
        assert json.loads(reader.get("summary"))["digest"] == outcome.digest


@pytest.mark.parametrize("seconds", [0.0, 1e-4, 10.0])
@pytest.mark.parametrize("minutes", [0, 5])
def test_chunks_and_the_clock_change_nothing(tmp_path, monkeypatch, reference, seconds, minutes):
    monkeypatch.setattr(ecology, "_CHUNK_SECONDS", seconds)
    monkeypatch.setattr(ecology, "_COMMIT_SECONDS", seconds)
    assert end_of(begin(tmp_path, f"run.checkpoint_minutes={minutes}").run) == reference


def test_chunks_end_where_rows_and_budgets_are(tmp_path, toy):
    begin(tmp_path, "run.record=100", "run.ticks=250")
    (calls,) = [one.calls for one in toy.made]
    assert all(tick + ticks <= min(250, tick - tick % 100 + 100) for tick, ticks, _ in calls)
    assert max(ticks for _, ticks, _ in calls) > 20 and {threads for *_, threads in calls} == {1}


def test_threads_where_they_pay(tmp_path, toy, monkeypatch):
    monkeypatch.setattr(ecology, "THREADS_PAY", 20)
    begin(tmp_path)
    assert {threads for *_, threads in toy.made[0].calls} == {1, 2}


# ---- going on ----


@pytest.mark.parametrize("minutes", [0, 5])
@pytest.mark.parametrize("stops", [(1,), (104,), (10, 100, 101, 205, 400), (429,)])
def test_budgets_one_after_the_other(tmp_path, reference, stops, minutes):
    begin(tmp_path, f"run.ticks={stops[0]}", f"run.checkpoint_minutes={minutes}")
    for ticks in (*stops[1:], TICKS):
        told = Told()
        assert resume(tmp_path, told, explicit={"run.ticks": ticks}).ticks == ticks == told.seen[-1].tick
        assert any("going on from tick" in note for note in told.notes)
    assert end_of(tmp_path / "r") == reference


def test_so_many_more(tmp_path, reference):
    begin(tmp_path, "run.ticks=100", "evolve.hours=1")
    assert resume(tmp_path, more=30).ticks == 130
    after = configs.load(tmp_path / "r" / "config.yaml")
    assert (after.run.ticks, after.evolve.hours) == (130, None)
    assert resume(tmp_path, more=TICKS - 130).ticks == TICKS
    assert end_of(tmp_path / "r") == reference
    assert resume(tmp_path).ticks == TICKS and end_of(tmp_path / "r") == reference
    with pytest.raises(ConfigError, match="--ticks: expected a whole number >= 1, got 0"):
        resume(tmp_path, more=0)


@pytest.mark.parametrize("wish", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_signals_one_after_the_other(tmp_path, reference, wish, seed):
    stops = sorted(random.Random(seed).sample(range(TICKS), 5))
    for i, tick in enumerate(stops):
        told = Told({tick: lambda: signal.raise_signal(wish)})
        with pytest.raises(Interrupted, match=r"interrupted at tick \d+, which is saved. Go on with: alife run .*r$") as caught:
            resume(tmp_path, told) if i else begin(tmp_path, told=told)
        assert caught.value.exit_code == 128 + wish
        meta = checkpoint.load(sorted((tmp_path / "r" / "checkpoints").iterdir())[-1])[1]
        assert meta["tick"] == told.seen[-1].tick >= tick and f"tick {meta['tick']}," in str(caught.value)
        with chronicle.read(tmp_path / "r" / "run.sqlite") as reader:
            assert reader.get("state") == "interrupted" and len(reader.births()["id"]) == meta["born"]
    assert resume(tmp_path).ticks == TICKS
    assert end_of(tmp_path / "r") == reference


def test_the_words_of_the_command(tmp_path):
    told = Told({50: lambda: signal.raise_signal(signal.SIGINT)})
    with pytest.raises(Interrupted, match="Go on with: alife evolve --resume "):
        ecology.begin(config(), tmp_path, told, "r", observer, "alife evolve --resume")


def test_a_run_that_goes_on_is_not_finished(tmp_path):
    begin(tmp_path, "run.ticks=50")
    with pytest.raises(Interrupted):
        resume(tmp_path, Told({70: lambda: signal.raise_signal(signal.SIGINT)}), more=50)
    with chronicle.read(tmp_path / "r" / "run.sqlite") as reader:
        assert json.loads(reader.get("summary")) is None


def test_hours_are_counted_over_all_starts(tmp_path):
    begin(tmp_path, "run.ticks=100")
    later = resume(tmp_path, explicit={"run.ticks": None, "evolve.hours": 1e-9})
    assert later.ticks == 100 and later.stopped_by == "the budget of 1e-09 hours is used up"
    with sqlite3.connect(tmp_path / "r" / "run.sqlite") as connection:
        connection.execute("UPDATE run SET value = '7200.0' WHERE key = 'seconds'")
    connection.close()
    later = resume(tmp_path, explicit={"run.ticks": 500, "evolve.hours": 1})
    assert later.ticks == 100 and later.seconds > 7200


def test_without_an_end(tmp_path):
    told = Told({300: lambda: signal.raise_signal(signal.SIGINT)})
    with pytest.raises(Interrupted):
        begin(tmp_path, "run.ticks=null", told=told)
    assert "no end set: stop with Ctrl-C; all is saved then" in told.notes and told.seen[-1].left is None
    bounded = Told()
    resume(tmp_path, bounded, explicit={"run.ticks": 10_000})
    assert not any("no end" in note for note in bounded.notes)
    assert bounded.seen[0].left > 0 and bounded.seen[-1].left == 0


# ---- extinction ----


def test_extinction_is_an_end(tmp_path, toy):
    toy.DOOM = 123
    outcome = begin(tmp_path)
    assert (outcome.extinct_at, outcome.population, outcome.ticks) == (123, 0, 123)
    assert outcome.stopped_by == "extinct at tick 123" and outcome.births == outcome.deaths
    with chronicle.read(tmp_path / "r" / "run.sqlite") as reader:
        assert reader.get("state") == "extinct"
    end = end_of(outcome.run)
    again = resume(tmp_path, more=1000)
    assert (again.ticks, again.digest) == (123, outcome.digest) and end_of(outcome.run) == end
    assert max(tick for tick, *_ in end[2]["series"]) == 120


def test_an_engine_that_stands_still_is_our_fault(tmp_path, toy):
    toy.advance = lambda self, ticks, threads, stop: 0
    with pytest.raises(RuntimeError, match="stands still at tick 0 with 12 living"):
        begin(tmp_path)


# ---- what may not change ----


@pytest.mark.parametrize(
    "change", ["run.record=20", "run.seed=4", "world.length=3", "memory.bits=128", "evolve.generations=9", "evolve.population=40"]
)
def test_another_world_is_another_run(tmp_path, change):
    begin(tmp_path, "run.ticks=50")
    before = end_of(tmp_path / "r"), (tmp_path / "r" / "config.yaml").read_bytes()
    with pytest.raises(ConfigError, match=f"^{change.partition('=')[0]} cannot change in a run that goes on"):
        resume(tmp_path, overrides=[change])
    assert (end_of(tmp_path / "r"), (tmp_path / "r" / "config.yaml").read_bytes()) == before


def test_what_may_change_is_kept(tmp_path):
    begin(tmp_path, "run.ticks=50")
    resume(tmp_path, overrides=["run.keep=1", "run.threads=1", "run.checkpoint_minutes=1", "evolve.hours=2", "run.ticks=60"])
    after = configs.load(tmp_path / "r" / "config.yaml")
    assert (after.run.keep, after.run.threads, after.run.ticks, after.evolve.hours) == (1, 1, 60, 2)
    assert [file.name for file in (tmp_path / "r" / "checkpoints").iterdir()] == ["gen-000060.npz"]


def test_one_writer(tmp_path):
    begin(tmp_path, "run.ticks=50")
    end = end_of(tmp_path / "r")
    with RunFolder.open(tmp_path / "r", write=True), pytest.raises(BusyError, match="in use by another process"):
        resume(tmp_path, more=10)
    assert end_of(tmp_path / "r") == end


# ---- trouble ----


def failing(monkeypatch, where, name, k):
    """The k-th call of a method says that the disk is full, before it has done anything."""
    real, calls = getattr(where, name), []

    def call(self, *arguments):
        calls.append(None)
        if len(calls) == k:
            raise DiskError("cannot write it: No space left on device")
        return real(self, *arguments)

    monkeypatch.setattr(where, name, call)


@pytest.mark.parametrize("k", [2, 5, 9])
@pytest.mark.parametrize(("kind", "name"), [("chronicle", "commit"), ("chronicle", "add_series"), ("checkpoints", "save")])
def test_a_full_disk(tmp_path, monkeypatch, reference, kind, name, k):
    """What was saved before is intact, and goes on when there is room again."""
    with monkeypatch.context() as patch:
        failing(patch, chronicle.Chronicle if kind == "chronicle" else Checkpoints, name, k)
        with pytest.raises(DiskError, match=r"No space left on device; all until tick (\d+) is saved. Go on with: alife run") as caught:
            begin(tmp_path, "run.checkpoint_minutes=0")
    assert caught.value.exit_code == 74
    newest = sorted((tmp_path / "r" / "checkpoints").iterdir())[-1]
    assert f"until tick {checkpoint.load(newest)[1]['tick']} is" in str(caught.value)
    told = Told()
    assert resume(tmp_path, told).ticks == TICKS and f"until tick {told.notes[0].split()[4]} is" in str(caught.value)
    assert end_of(tmp_path / "r") == reference


def test_a_full_disk_before_it_goes_on(tmp_path, monkeypatch):
    begin(tmp_path, "run.ticks=50")
    failing(monkeypatch, Checkpoints, "save", 1)
    with pytest.raises(DiskError, match="; all until tick 50 is saved"):
        resume(tmp_path, more=10)


def test_killed_before_the_first_checkpoint(tmp_path, monkeypatch, reference):
    """The founders are in the chronicle, the checkpoint is not: it begins anew in the same folder."""
    with monkeypatch.context() as patch:
        failing(patch, Checkpoints, "save", 1)
        with pytest.raises(DiskError, match=r"No space left on device$"):
            begin(tmp_path)
    assert len(rows_of(tmp_path / "r")["births"]) == 12
    resume(tmp_path)
    assert end_of(tmp_path / "r") == reference


def test_a_damaged_checkpoint_is_passed_over(tmp_path, reference):
    begin(tmp_path, "run.ticks=333", "run.checkpoint_minutes=0")
    newest = sorted((tmp_path / "r" / "checkpoints").iterdir())[-1]
    newest.write_bytes(newest.read_bytes()[:-100])
    told = Told()
    resume(tmp_path, told, explicit={"run.ticks": TICKS})
    assert any(note.startswith(f"skipped: {newest} is damaged") for note in told.notes)
    assert end_of(tmp_path / "r") == reference


@pytest.mark.parametrize("gone", ["agents", "census", "born"])
def test_a_checkpoint_of_another_run(tmp_path, gone):
    begin(tmp_path, "run.ticks=50")
    newest = sorted((tmp_path / "r" / "checkpoints").iterdir())[-1]
    arrays, meta = checkpoint.load(newest)
    (arrays if gone in arrays else meta).pop(gone)
    checkpoint.save(newest, arrays, meta)
    with pytest.raises(InputError, match=r"gen-000050.npz does not fit this run's config"):
        resume(tmp_path, more=10)


def test_a_chronicle_of_another_run(tmp_path):
    begin(tmp_path, "run.ticks=50")
    with sqlite3.connect(tmp_path / "r" / "run.sqlite") as connection:
        connection.execute("DELETE FROM births WHERE id = 3")
    connection.close()
    with pytest.raises(InputError, match=r"run.sqlite does not fit"):
        resume(tmp_path, more=10)


# ---- the census ----


def population(families, seed=0):
    """What the census sees of an ecosystem with so many copies of unrelated founders; ids in the order given."""
    one = configs.load(TINY)
    layout = layout_of(one)
    shape = one.controller.ask("shape", layout.width)
    founders = one.controller.ask("start", layout.width, rng.uniforms((len(families), *shape), seed)).reshape(len(families), -1)
    of = np.concatenate([np.full(n, i) for i, n in enumerate(families)]).astype(np.int64)
    order = rng.permutation(len(of), seed)
    snapshot = {"id": 5 + np.arange(len(of))[order], "genomes": founders[of[order]].astype(np.float32)}
    return types.SimpleNamespace(config=one, layout=layout, snapshot=lambda: snapshot)


def test_census():
    seen = census(population([30, 50, 20]), None)
    assert list(seen.species["genome"]) == [(0, 30, 5), (1, 50, 35), (2, 20, 85)] == list(seen.species["key"])
    assert seen.measures["species_genome"] == 3 and seen.measures["effective_genome"] == pytest.approx(2.8, abs=0.05)
    assert "behaviour_change" not in seen.measures and 0 <= seen.measures["behaviour_floor"] < 0.5
    kept = json.loads(json.dumps(seen.kept))
    again = census(population([30, 50, 20]), kept)
    assert again.measures["behaviour_change"] == 0 and again.kept == kept
    assert census(population([100], seed=1), kept).measures["behaviour_change"] > 0.3


def test_census_of_a_sample():
    """Members are estimated, species of one agent may be missed."""
    seen = census(population([2000, 1000]), None)
    (first, second) = [members for _, members, _ in seen.species["genome"]]
    assert first + second == 3000 and abs(first - 2000) < 200


def test_census_of_nobody():
    assert census(population([0]), "before") == ecology.Seen({}, {}, "before")


def test_census_without_gates(monkeypatch):
    """A controller that does not tell its gates is told apart by genome alone."""
    monkeypatch.setattr(census_module, "shows", lambda controller: False)
    seen = census(population([3, 4]), None)
    assert set(seen.species) == {"genome"} and set(seen.measures) == {"species_genome", "effective_genome"} and seen.kept is None
