"""Runs that are changed by hand: interrupted or not, they end with the same bytes; what is done is fixed, what is to come is not."""

import json
import signal
from pathlib import Path

import numpy as np
import pytest
from conftest import evolves
from test_edits import TICKS, config, live, script
from toy import Told

from alife.core import config as configs
from alife.core.errors import InputError, Interrupted
from alife.evolve import ecology
from alife.sim import edits as by_hand
from alife.sim.ecosystem import Ecosystem
from alife.sim.edits import Happen, Journal, Mind, Paint, Put
from alife.store import chronicle

pytestmark = evolves


@pytest.fixture(scope="module")
def done():
    """Edits, digest, events."""
    return script()


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
    more = [*edits, Put(at=9, cells=tuple(range(200)), genome=by_hand.encoded(np.ones(512)), energy=900)]
    whole = begin(tmp_path, more, name="again")
    begin(tmp_path, more, "run.ticks=9", name="parts")
    assert ecology.resume(tmp_path / "parts", Told(), explicit={"run.ticks": TICKS}).digest == whole.digest and whole.ticks > 12


@pytest.mark.parametrize("how", ["at once", "budgets", "signal", "hours"])
def test_more_records_than_there_is_room_for(tmp_path, monkeypatch, how):
    """The world is emptied and filled again and again at one tick: nothing is refused or forgotten, nobody stops in between."""
    monkeypatch.setattr(ecology, "_CHUNK_SECONDS", 10.0)
    genome, everywhere = by_hand.encoded(np.ones(512)), tuple(range(480))
    edits = [Paint(at=7, brush="erase", cells=everywhere), Put(at=7, cells=everywhere, genome=genome)] * 4
    budget = {"budgets": "run.ticks=7", "hours": "evolve.hours=1"}.get(how, "run.ticks=20")
    if how == "signal":
        with pytest.raises(Interrupted):
            begin(tmp_path, edits, told=Told({7: lambda: signal.raise_signal(signal.SIGINT)}))
    else:
        with monkeypatch.context() as patch:
            if how == "hours":
                patch.setattr(ecology._Run, "_seconds", lambda run: 1e9 if run.ecosystem.tick == 7 else 0.0)
            begin(tmp_path, edits, budget, "run.ticks=20" if how == "hours" else budget, "run.checkpoint_minutes=0")
    resume(tmp_path, explicit={"run.ticks": 20})
    journal = Journal(Ecosystem(config()), edits)
    journal.ecosystem.found()
    assert journal.advance(9) == 7 and journal.is_between
    live(journal, 20)
    with chronicle.read(tmp_path / "r" / "run.sqlite") as reader:
        births, deaths, summary = reader.births(), reader.deaths(), json.loads(reader.get("summary"))
    assert summary["digest"] == journal.ecosystem.digest() and summary["births"] == len(births["id"]) == journal.ecosystem.born
    assert (births["tick"] == 8).sum() >= 4 * 176 and (deaths["cause"] == 7).sum() >= 3 * 176
    assert len(births["id"]) - len(deaths["id"]) == summary["population"]


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
