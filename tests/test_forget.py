"""Forgetting births without living descendants: by the tick alone, so that the same rows come out however a run was disturbed."""

import json
import signal
import sqlite3
import sys
import types
from pathlib import Path

import numpy as np
import pytest
from conftest import TINY
from toy import Told, Toy, observer

from alife.core import config as configs
from alife.core.errors import ConfigError, DiskError, Interrupted
from alife.evolve import ecology
from alife.insight import inspect, inspect_words
from alife.store import chronicle
from alife.store.checkpoint import Checkpoints

TICKS, RECORD, KEPT = 5000, 50, 1000
TABLES = ("series", "births", "deaths", "species", "events")


@pytest.fixture(autouse=True)
def toy(monkeypatch):
    """The engine is the toy."""
    monkeypatch.setitem(sys.modules, "alife.sim.ecosystem", types.SimpleNamespace(Ecosystem=type("ThisToy", (Toy,), {"made": []})))


def begin(folder, *changes, told=None):
    run = {"seed": 3, "threads": 1, "record": RECORD, "ticks": TICKS, "births": KEPT}
    return ecology.begin(configs.load({**TINY, "run": run}, changes), folder, told or Told(), "r", observer)


def resume(folder, told=None, **options):
    return ecology.resume(folder / "r", told or Told(), observer=observer, **options)


def end_of(folder):
    """Newest checkpoint, all rows, the sums."""
    newest = sorted((folder / "r" / "checkpoints").glob("gen-*.npz"))[-1]
    with sqlite3.connect(folder / "r" / "run.sqlite") as connection:
        rows = {table: connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3").fetchall() for table in TABLES}
        (sums,) = connection.execute("SELECT value FROM run WHERE key = 'sums'").fetchone()
    connection.close()
    rows["events"] = [row[1:] for row in rows["events"]]
    return newest.name, newest.read_bytes(), rows, json.loads(sums)


def forgotten(end):
    """Ticks at which something was forgotten."""
    return [tick for tick, kind, _ in end[2]["events"] if kind == "pruned"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """All rows of a run that forgets nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "alife.sim.ecosystem", types.SimpleNamespace(Ecosystem=Toy))
        folder = tmp_path_factory.mktemp("whole")
        begin(folder, "run.births=null")
    return end_of(folder)


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    """A run that forgets, undisturbed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "alife.sim.ecosystem", types.SimpleNamespace(Ecosystem=Toy))
        folder = tmp_path_factory.mktemp("reference")
        begin(folder)
    return end_of(folder)


def ancestry(births, deaths, tick):
    """Ids of those who live at a tick and of their ancestors, one by one."""
    mothers = {row[0]: row[2] for row in births if row[1] <= tick}
    rest, found = list(set(mothers) - {row[0] for row in deaths if row[1] <= tick}), set()
    while rest:
        i = rest.pop()
        if i is not None and i not in found:
            found.add(i)
            rest.append(mothers[i])
    return found


def test_what_is_kept(reference, whole):
    ticks = forgotten(reference)
    assert len(ticks) >= 3 and all(tick % RECORD == 0 for tick in ticks) and not forgotten(whole)
    births, deaths = whole[2]["births"], whole[2]["deaths"]
    kept = ancestry(births, deaths, ticks[-1])
    assert reference[2]["births"] == [row for row in births if row[0] in kept or row[1] > ticks[-1]]
    assert reference[2]["deaths"] == [row for row in deaths if row[0] in kept or row[1] > ticks[-1]]
    for table in ("series", "species"):
        assert reference[2][table] == whole[2][table]
    assert reference[3] == whole[3] and reference[3]["deaths"] == len(deaths)
    assert sum(reference[3]["causes"].values()) == len(deaths) and reference[3]["age"] == sum(row[3] for row in deaths)
    assert reference[3]["intake"] == sum(row[4] for row in deaths)


def test_when(reference, whole):
    """At the first row by which more than run.births are stored, and twice what was left last time."""
    births, forgotten_so_far, left = whole[2]["births"], 0, 0
    for tick, kind, text in reference[2]["events"]:
        if kind != "pruned":
            continue
        limit = max(KEPT, 2 * left)
        before, now = (sum(row[1] <= t for row in births) - forgotten_so_far for t in (tick - RECORD, tick))
        assert now > limit >= before
        left = len(ancestry(births, whole[2]["deaths"], tick))
        assert text == f"{now - left:,} births without living descendants are forgotten, {left:,} remain"
        forgotten_so_far += now - left


@pytest.mark.parametrize(("seconds", "minutes"), [(0.0, 5), (1e-3, 0), (10.0, 0)])
def test_the_clock_changes_nothing(tmp_path, monkeypatch, reference, seconds, minutes):
    monkeypatch.setattr(ecology, "_CHUNK_SECONDS", seconds)
    begin(tmp_path, f"run.checkpoint_minutes={minutes}")
    assert end_of(tmp_path) == reference


def test_a_checkpoint_follows_at_once(tmp_path, reference):
    tick = forgotten(reference)[1]
    begin(tmp_path, f"run.ticks={tick}", "run.keep=50")
    assert {f"gen-{t:06d}.npz" for t in forgotten(reference)[:2]} <= {f.name for f in (tmp_path / "r" / "checkpoints").iterdir()}


def test_stops_change_nothing(tmp_path, reference):
    first, second = forgotten(reference)[:2]
    stops = [first - 1, first, first + 1, second]
    for i, tick in enumerate(stops):
        told = Told({tick: lambda: signal.raise_signal(signal.SIGINT)})
        with pytest.raises(Interrupted):
            resume(tmp_path, told) if i else begin(tmp_path, told=told)
    resume(tmp_path)
    assert end_of(tmp_path) == reference


@pytest.mark.parametrize("beyond", [0, 1, RECORD // 2])
def test_from_an_older_checkpoint(tmp_path, reference, beyond):
    """The newest is damaged, the older one is from before something was forgotten; stops on the way, too."""
    tick = forgotten(reference)[1]
    begin(tmp_path, f"run.ticks={tick - 70}")
    resume(tmp_path, explicit={"run.ticks": tick + beyond})
    for file in (tmp_path / "r" / "checkpoints").glob("gen-*.npz"):
        if int(file.stem[4:]) >= tick:
            file.write_bytes(file.read_bytes()[:-100])
    for ticks in (tick - 69, tick - 30, tick - 1, TICKS):
        told = Told()
        resume(tmp_path, told, explicit={"run.ticks": ticks})
    assert end_of(tmp_path) == reference


def test_killed_before_its_checkpoint(tmp_path, monkeypatch, reference):
    """What was forgotten is committed, its checkpoint is not there: the run goes on from before."""
    tick, real = forgotten(reference)[0], Checkpoints.save

    def save(self, at, arrays, meta):
        if at == tick:
            raise DiskError("cannot write it: No space left on device")
        real(self, at, arrays, meta)

    with monkeypatch.context() as patch:
        patch.setattr(Checkpoints, "save", save)
        with pytest.raises(DiskError, match=r"all until tick 0 is saved"):
            begin(tmp_path)
    with chronicle.read(tmp_path / "r" / "run.sqlite") as reader:
        assert reader.get(chronicle.PRUNED) == str(tick)
    resume(tmp_path)
    assert end_of(tmp_path) == reference


def test_another_number_in_a_run_that_goes_on(tmp_path):
    begin(tmp_path, "run.ticks=2000", "run.births=null")
    resume(tmp_path, overrides=["run.births=1000"], explicit={"run.ticks": 2000 + RECORD})
    assert forgotten(end_of(tmp_path)) == [2000 + RECORD]
    with pytest.raises(ConfigError, match=r"run.births: .*1000"):
        configs.load({**TINY, "run": {"births": 999}})


def test_the_file_stays_small(tmp_path):
    """Pages of what is forgotten are used again."""
    sizes = []
    begin(tmp_path, "run.ticks=2000")
    for ticks in range(4000, 14_001, 2000):
        resume(tmp_path, explicit={"run.ticks": ticks})
        with sqlite3.connect(tmp_path / "r" / "run.sqlite") as connection:
            rows = [connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("births", "deaths")]
            connection.execute("DELETE FROM series")  # they grow, a row a tick of the record
            connection.execute("DELETE FROM species")
        connection.close()
        assert max(rows) <= 2 * KEPT
        sizes.append(Path(tmp_path / "r" / "run.sqlite").stat().st_size)
    assert sizes[-1] <= 1.2 * sizes[1]


def test_inspect_tells_of_all_deaths(tmp_path, whole):
    """Counts, causes and means of all; quartiles of those after the tick; how many are kept."""
    begin(tmp_path)
    with chronicle.read(tmp_path / "r" / "run.sqlite") as reader:
        found, until, kept = inspect.recorded(reader, Toy.causes), int(reader.get("pruned")), len(reader.deaths()["id"])
    deaths = np.array(whole[2]["deaths"])
    every, since = found["deaths"]["all"], deaths[deaths[:, 1] > until]
    assert found["forgotten"] == {"until": until, "deaths_kept": kept} and len(since) <= kept < len(deaths)
    assert every["deaths"] == len(deaths) and every["age_mean"] == pytest.approx(deaths[:, 3].mean())
    assert every["intake_mean"] == pytest.approx(deaths[:, 4].mean())
    assert every["causes"] == pytest.approx({name: (deaths[:, 2] == i).mean() for i, name in enumerate(Toy.causes)})
    assert every["age"]["median"] == np.median(since[:, 3])
    late = since[since[:, 1] > 0.9 * deaths[:, 1].max()]
    assert found["deaths"]["late"]["deaths"] == len(late) and found["deaths"]["late"]["age"]["high"] == np.quantile(late[:, 3], 0.75)
    words = "\n".join(inspect_words._dead(found["deaths"], found["forgotten"]))
    assert f"{len(deaths):,}: " in words and f"{kept:,} are kept: after tick {until:,} all, before it ancestors only" in words


class Immortal(Toy):
    """A birth a tick, and nobody dies: nothing can be forgotten."""

    def _step(self):
        self.tick += 1
        self.agent_ticks += self.living
        self._bear(0)


def test_it_is_not_tried_again_too_soon(tmp_path, monkeypatch):
    """Only when there are twice as many as were left."""
    monkeypatch.setitem(sys.modules, "alife.sim.ecosystem", types.SimpleNamespace(Ecosystem=Immortal))
    begin(tmp_path)
    end = end_of(tmp_path)
    assert forgotten(end) == [1000, 2050, 4150] and len(end[2]["births"]) == 12 + TICKS
    assert end[2]["events"][0][2] == "0 births without living descendants are forgotten, 1,012 remain"
