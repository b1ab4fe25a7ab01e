"""What a run says of itself in a file, how much of a disk it may fill, and the list of runs."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import SMALL, tiny

from alife.core import config as configs
from alife.evolve import _disk
from alife.evolve import run as runs
from alife.evolve.strategies import ga
from alife.insight.runs import summaries
from alife.store import database, status


def said(run):
    """Of RUN/status: name -> text."""
    lines = (run / "status").read_text(encoding="utf-8").splitlines()
    return {line[:11].rstrip(): line[12:] for line in lines}


def folder_of(outcome, tmp_path):
    return tmp_path / outcome.run.rpartition("/")[2]


@pytest.mark.parametrize(("generations", "population", "keep"), [(1, 16, 1), (40, 64, 3), (400, 16, 2)])
def test_a_run_stays_within_what_it_says_it_may_fill(tmp_path, recorder, generations, population, keep):
    """Rows and checkpoints are most of the bound but for what it leaves to the journal and the report."""
    told = recorder()
    config = tiny(f"evolve.generations={generations}", f"evolve.population={population}", f"run.keep={keep}", "run.checkpoint_minutes=0")
    run = folder_of(runs.begin(config, tmp_path, told), tmp_path)
    genes = runs.Agent(config).genes
    most, spare = _disk.most_bytes(config, genes, generations), _disk._JOURNAL + _disk._REST
    assert (most - spare) / 6 < status.size(run) < most - spare + 200_000
    assert f"disk: at most {status.in_words(most)} for {generations} generations" in told.notes


def test_without_a_budget_of_generations_the_bound_is_told_for_a_thousand(tmp_path):
    config = tiny("evolve.generations=null", "evolve.hours=1")
    none, more = (_disk.most_bytes(config, 100, n) for n in (0, 1000))
    assert _disk.told(config, 100) == f"at most {status.in_words(none)}, and {status.in_words(more - none)} every 1,000 generations"


def test_the_status_of_a_run(tmp_path, recorder):
    run = folder_of(runs.begin(tiny("evolve.generations=3"), tmp_path, recorder()), tmp_path)
    found = said(run)
    assert found["state"] in ("solved", "finished") and found["generation"] == "3 of 3, start 1"
    assert found["run"].endswith(", seed 3") and found["champion"].startswith("z ") and "go on with" not in found
    assert "process" not in found and re.fullmatch(r"0:00:\d\d so far", found["time"])
    assert found["disk"].startswith(status.in_words(status.size(run)).split()[0][:1])
    assert not list(run.glob(".status*"))


def test_the_status_while_it_runs_and_when_it_was_interrupted(tmp_path, recorder, monkeypatch):
    monkeypatch.setattr(runs, "_COMMIT_SECONDS", 0.0)
    seen = []

    class Watching(recorder):
        def generation(self, report, evolution, seconds):
            super().generation(report, evolution, seconds)
            if report.generation == 3:
                seen.append(said(next(tmp_path.iterdir())))
                os.kill(os.getpid(), 2)

    with pytest.raises(runs.Interrupted):
        runs.begin(tiny("evolve.generations=50"), tmp_path, Watching())
    assert seen[0]["state"] == "running" and seen[0]["process"] == str(os.getpid()) and seen[0]["generation"].startswith("2 of 50")
    assert re.fullmatch(r"0:\d\d:\d\d so far, at most 0:\d\d:\d\d left", seen[0]["time"])
    run = next(tmp_path.iterdir())
    after = said(run)
    assert after["state"] == "interrupted" and after["go on with"] == f"alife evolve --resume {run}"


def test_a_status_that_cannot_be_written_stops_nothing(tmp_path):
    status.write(tmp_path / "nowhere", {"state": "running"})
    (tmp_path / "status").mkdir()
    status.write(tmp_path, {"state": "running"})
    assert (tmp_path / "status").is_dir()


def test_bytes_in_words():
    words = {0: "0 B", 999: "999 B", 1000: "1 kB", 12_345: "12.3 kB", 999_499: "999 kB", 999_500: "1 MB", 3.1e9: "3.1 GB", 5e15: "5e+03 TB"}
    assert {number: status.in_words(number) for number in words} == words


def test_the_list_of_runs_has_age_and_size(tmp_path, recorder, alife):
    run = folder_of(runs.begin(tiny("evolve.generations=2"), tmp_path, recorder()), tmp_path)
    os.utime(run / "run.sqlite", (time.time() - 7200,) * 2)
    (row,) = summaries(tmp_path)
    assert row["bytes"] == status.size(run) > 10_000 and 7199 < row["age"] < 7300
    words = alife("runs", tmp_path).out
    assert "2 h ago" in words and status.in_words(row["bytes"]) in words and f"score {row['score']:.4g}" in words
    (listed,) = alife("runs", tmp_path, "--json").json["runs"]
    assert listed["bytes"] == row["bytes"] and listed["state"] == row["state"]


# ---- stuck, killed, out of time ----

STUCK = ("evolve.patience=2", "evolve.solved=1.0")


def test_stuck_starts_end_a_run(tmp_path, recorder):
    outcome = runs.begin(tiny(*STUCK, "evolve.generations=500", "evolve.starts=2"), tmp_path, recorder())
    run = folder_of(outcome, tmp_path)
    assert outcome.stopped_by == "no better candidate for long, in the last of 2 starts" and outcome.generations < 500
    with database.read(run / "run.sqlite") as reader:
        assert [event.kind for event in reader.events()].count("restart") == 2
    more = runs.resume(run, recorder(), ["evolve.starts=3"])
    assert "3 starts" in more.stopped_by and more.generations > outcome.generations


def test_new_starts_can_bring_more_diversity():
    plain, growing = ga.Params(mutations=3), ga.Params(mutations=3, growth=2.0)
    assert [plain.at_start(n) for n in (0, 5)] == [plain, plain]
    assert [growing.at_start(n).mutations for n in (0, 1, 2, 10_000)] == [3, 6, 12, 10_000]


def test_diversity_grows_in_the_run(tmp_path, recorder):
    changes = (*STUCK, "evolve.generations=12", "evolve.strategy.mutations=1")
    runs.begin(tiny(*changes), tmp_path, plain := recorder(), "plain")
    runs.begin(tiny(*changes, "evolve.strategy.growth=10"), tmp_path, grown := recorder(), "grown")
    first = next(report.generation for report in plain.reports if report.restarted)
    both = [[report.diversity for report in told.reports] for told in (plain, grown)]
    assert both[0][: first + 1] == both[1][: first + 1], "up to the first generation of the new start"
    assert both[1][first + 1] > both[0][first + 1]


def test_hours_are_not_cut_short_by_the_default_generations(tmp_path, alife):
    for more, generations in (((), None), (("--generations", 2), 2), (("--set=evolve.generations=3",), 3)):
        said = alife("evolve", "copy", *SMALL, "--hours", 1e-9, *more, "--no-report", "--out", tmp_path, "--json")
        assert configs.load(Path(said.json["run"]) / "config.yaml").evolve.generations == generations


@pytest.mark.skipif(os.name == "nt", reason="no kill -9")
def test_a_killed_run_is_not_called_running(tmp_path, recorder):
    run = folder_of(runs.begin(tiny(), tmp_path, recorder(), "done"), tmp_path)
    arguments = ["evolve", run / "config.yaml", "--generations", "1000000", "--out", tmp_path / "k", "--name", "k", "--no-report"]
    process = subprocess.Popen([sys.executable, "-m", "alife", *map(str, arguments)], stderr=subprocess.DEVNULL)
    try:
        while not (tmp_path / "k" / "k" / "status").exists():
            assert process.poll() is None
            time.sleep(0.05)
        assert [row["state"] for row in summaries(tmp_path / "k")] == ["running"]
    finally:
        process.kill()
        process.wait()
    assert [row["state"] for row in summaries(tmp_path / "k")] == ["killed"]
