"""Ecosystems from the command line: documents and words, going on, signals, kills, a full disk, sweeps."""

import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest
from conftest import GUARD, command_line, evolves, wait_for
from toy import Told

from alife.core import config as configs
from alife.evolve import ecology
from alife.insight import sweep as sweeps
from alife.store import checkpoint, chronicle

pytestmark = evolves

EASY = [
    f"--set=world.{setting}"
    for setting in (
        "rows=24", "columns=24", "founders=100", "poison=0", "turnover=0.05", "cover=0.8", "metabolism=0", "ageing=0", "cost_move=0",
        "lifespan=300", "breed_energy=260", "season_length=0",
    )
]  # fmt: skip
"""A small world in which nobody starves and everybody dies of age."""
EVERY = "--set=run.record=20"
TABLES = ("series", "births", "deaths", "species", "events")


def end_of(run):
    """Newest checkpoint, and all rows."""
    newest = sorted((run / "checkpoints").glob("gen-*.npz"))[-1]
    with sqlite3.connect(run / "run.sqlite") as connection:
        rows = {table: connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3").fetchall() for table in TABLES}
    connection.close()
    return newest.name, newest.read_bytes(), rows


def newest(run):
    """Tick of the newest checkpoint, -1 where there is none."""
    return max((int(file.stem[4:]) for file in (run / "checkpoints").glob("gen-*.npz")), default=-1)


@pytest.fixture
def lived(tmp_path, alife):
    """lived(name, ticks, *more) -> what `alife run ecosystem` said of so many ticks in tmp_path / name."""
    return lambda name, ticks, *more: alife(
        "run", "ecosystem", *EASY, EVERY, "--ticks", ticks, "--out", tmp_path, "--name", name, "--json", *more
    )


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    """A run of twenty ticks. Look, do not touch."""
    out = tmp_path_factory.mktemp("short")
    config = configs.load("ecosystem", [setting.removeprefix("--set=") for setting in EASY], {"run.ticks": 20})
    return Path(ecology.begin(config, out, Told(), "r").run)


# ---- what is said ----


def test_run_document(lived, tmp_path):
    said = lived("r", 500, "--seed", 7)
    assert said.code == 0 and len(said.out.splitlines()) == 1
    document = said.json
    keys = {
        "run",
        "world",
        "seed",
        "ticks",
        "population",
        "births",
        "deaths",
        "agent_ticks",
        "seconds",
        "digest",
        "extinct_at",
        "stopped_by",
    }
    assert set(document) == keys
    assert (document["run"], document["world"], document["seed"], document["ticks"]) == (str(tmp_path / "r"), "ecosystem", 7, 500)
    assert document["population"] == document["births"] - document["deaths"] > 0 and document["deaths"] > 0
    assert re.fullmatch("[0-9a-f]{64}", document["digest"]) and document["extinct_at"] is None
    with chronicle.read(tmp_path / "r" / "run.sqlite") as reader:
        series, species = reader.series(), reader.species()
        assert len(reader.births()["id"]) == document["births"] and len(reader.deaths()["id"]) == document["deaths"]
    assert series["population"][0].tolist() == list(range(0, 501, 20))
    assert series["behaviour_change"][0].tolist() == [200, 400] and series["behaviour_floor"][0].tolist() == [0, 200, 400]
    for way in ("genome", "key"):
        last = (species["way"] == way) & (species["tick"] == 400)
        assert species["members"][last].sum() == series["population"][1][20]
        assert last.sum() == series[f"species_{way}"][1][-1]


def test_words_and_streams(alife, tmp_path):
    said = alife("run", "ecosystem", *EASY, "--ticks", 300, "--out", tmp_path, "--name", "r")
    assert said.code == 0 and re.match(r"\d+ living at tick 300 of ecosystem; the budget of 300 ticks is used up\.\n", said.out)
    for words in (f"alife run {tmp_path / 'r'} --ticks 1000", "alife inspect ", "alife export ", "--phylogeny", "Run folder: "):
        assert words in said.out
    assert re.search(r"tick 1  living 100  births 100  deaths 0  .*agent-ticks/s  0:00:0\d so far  \d+:\d\d:\d\d left", said.err)
    assert "\x1b" not in said.out + said.err


def test_extinction(alife, tmp_path):
    """Energy is out after a few ticks: an end like another, exit code 0."""
    said = alife("run", "ecosystem", *EASY, "--set=world.metabolism=200", "--ticks", 300, "--out", tmp_path, "--name", "r")
    assert said.code == 0 and said.out.startswith("Extinct: nobody lives since tick ") and "--ticks" not in said.out
    (row,) = alife("runs", tmp_path, "--json").json["runs"]
    assert (row["state"], row["population"]) == ("extinct", 0) and 0 < row["ticks"] < 300


def test_threads_change_nothing(lived, tmp_path, monkeypatch):
    monkeypatch.setattr(ecology, "THREADS_PAY", 0)
    one, two = lived("one", 100, "--threads", 1), lived("two", 100, "--threads", 2)
    assert one.json["digest"] == two.json["digest"] and end_of(tmp_path / "one") == end_of(tmp_path / "two")


def test_evolve_by_the_hour(alife, tmp_path):
    said = alife("evolve", "ecosystem", *EASY, "--hours", 1e-9, "--out", tmp_path, "--name", "r", "--json")
    assert said.code == 0 and said.json["ticks"] == 0 and said.json["stopped_by"] == "the budget of 1e-09 hours is used up"
    more = alife("evolve", "--resume", tmp_path / "r", "--hours", 1, "--set", "run.ticks=200", "--json")
    assert more.code == 0 and more.json["ticks"] == 200


# ---- going on ----


def test_more_ticks(lived, alife, tmp_path):
    whole = lived("whole", 330).json
    assert lived("r", 110).json["ticks"] == 110
    more = alife("run", tmp_path / "r", "--ticks", 100, "--json")
    assert more.code == 0 and more.json["ticks"] == 210 and "going on from tick 110" in more.err
    latest = alife("run", "latest", "--out", tmp_path, "--ticks", 120, "--json").json
    assert latest["run"] == str(tmp_path / "r") and latest["digest"] == whole["digest"]
    assert end_of(tmp_path / "r") == end_of(tmp_path / "whole")
    same = alife("run", tmp_path / "r", "--json")
    assert same.code == 0 and same.json["ticks"] == 330


@pytest.mark.parametrize(
    ("wish", "command", "again"), [(signal.SIGINT, "run", "alife run"), (signal.SIGTERM, "evolve", "alife evolve --resume")]
)
def test_a_signal_saves(spawn, alife, lived, tmp_path, wish, command, again):
    run = tmp_path / "r"
    process = spawn(command, "ecosystem", *EASY, EVERY, "--set=run.checkpoint_minutes=0", "--out", tmp_path, "--name", "r", "--json")
    wait_for(lambda: newest(run) >= 30, process)
    os.killpg(process.pid, wish)
    out, errors = process.communicate(timeout=GUARD)
    assert process.returncode == 128 + wish and out == "" and "Traceback" not in errors
    assert "alife: no end set: stop with Ctrl-C; all is saved then" in errors.splitlines()
    tick = newest(run)
    said = f"alife: error: interrupted at tick {tick:,}, which is saved. Go on with: {again} {run}"
    assert errors.splitlines()[-1] == said and not list(run.rglob("*.tmp"))
    (row,) = alife("runs", tmp_path, "--json").json["runs"]
    assert row["state"] == "interrupted" and row["ticks"] == tick // 20 * 20
    later = alife("run", run, "--ticks", 60, "--json").json
    assert later["ticks"] == tick + 60 and later["digest"] == lived("whole", tick + 60).json["digest"]
    assert end_of(run) == end_of(tmp_path / "whole")


def killed_as_often_as(folder, kills, seed, ticks):
    """A run killed at random instants ends as one that nobody disturbed."""
    run, rng = folder / "r", random.Random(seed)
    settings = [*EASY, EVERY, "--ticks", ticks, "--out", folder]
    begin = command_line("run", "ecosystem", *settings, "--set=run.checkpoint_minutes=0", "--name", "r")
    killed = 0
    while True:
        is_begun = (run / "config.yaml").is_file()
        shutil.rmtree(run, ignore_errors=True) if not is_begun else None
        process = subprocess.Popen(
            command_line("run", run) if is_begun else begin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        if killed == kills:
            _, errors = process.communicate(timeout=300)
            assert process.returncode == 0, errors
            break
        before = newest(run)
        while process.poll() is None and not ((run / ".pid").exists() and (rng.random() < 0.02 or newest(run) > before)):
            time.sleep(0.005)
        time.sleep(rng.uniform(0, 0.1))
        process.kill()
        process.communicate(timeout=60)
        killed += process.returncode == -signal.SIGKILL
        assert process.returncode in (0, -signal.SIGKILL)
        if process.returncode == 0:
            break
    assert killed == kills
    whole = command_line("run", "ecosystem", *settings, "--name", "whole")
    assert subprocess.run(whole, capture_output=True, timeout=300).returncode == 0
    assert end_of(run) == end_of(folder / "whole")


def test_kill_nine_three_times(tmp_path):
    killed_as_often_as(tmp_path, 3, 11, 1000)


@pytest.mark.slow
def test_kill_nine_twenty_five_times(tmp_path):
    killed_as_often_as(tmp_path, 25, 12, 30_000)


def test_a_full_disk(tmp_path):
    """A night that fills the disk: what was saved is intact, and goes on elsewhere to the same end."""
    disk, kept = tmp_path / "disk", tmp_path / "kept"
    disk.mkdir()
    arguments = command_line(
        "run", "ecosystem", *EASY, EVERY, "--set=run.checkpoint_minutes=0", "--set=run.keep=1", "--out", disk, "--name", "r"
    )
    script = 'd=$1; k=$2; shift 2; mount -t tmpfs -o size=4m tmpfs "$d" || exit 99; "$@"; code=$?; cp -r "$d" "$k"; exit $code'
    run = ["unshare", "--mount", "sh", "-c", script, "sh", disk, kept, *arguments]
    if shutil.which("unshare") is None or subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode:
        pytest.skip("needs the right to mount")
    done = subprocess.run(run, capture_output=True, text=True, timeout=GUARD)
    if done.returncode == 99:
        pytest.skip("needs the right to mount")
    assert done.returncode == 74 and done.stdout == "" and "Traceback" not in done.stderr
    found = re.search(r"alife: error: .*; all until tick ([\d,]+) is saved\. Go on with: alife run ", done.stderr.splitlines()[-1])
    assert found, done.stderr
    tick = int(found[1].replace(",", ""))
    arrays, _ = checkpoint.load(kept / "r" / "checkpoints" / f"gen-{tick:06d}.npz")
    assert newest(kept / "r") == tick > 0 and len(arrays)
    for command in (["run", kept / "r"], ["run", "ecosystem", *EASY, EVERY, "--out", tmp_path, "--name", "whole"]):
        ticks = 40 if command[1] != "ecosystem" else tick + 40
        assert subprocess.run(command_line(*command, "--ticks", ticks), capture_output=True, timeout=GUARD).returncode == 0
    assert end_of(kept / "r") == end_of(tmp_path / "whole")


# ---- problems ----


def test_a_champion_lives(solved, alife):
    said = alife("run", solved, "--lives", 48, "--json")
    assert said.code == 0 and {**said.json, "seconds": 0} == {**alife("score", solved, "--lives", 48, "--json").json, "seconds": 0}
    other = alife("run", solved, "--lives", 48, "--seed", 9, "--json").json
    assert other["agent_ticks"] != said.json["agent_ticks"] and other["digest"] == said.json["digest"]
    assert "the champion, 48 lives" in alife("run", solved, "--lives", 48).out


def test_a_first_generation_lives(alife, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    small = ("run", "copy", "--set=world.bits=4", "--set=world.length=2", "--set=evolve.population=16", "--lives", 40)
    said = alife(*small, "--json")
    assert said.code == 0 and said.json["run"] is None and said.json["lives"] == 40 and 0 <= said.json["score"] <= 1
    assert said.json["agent_ticks"] == 16 * 40 * 6 and said.json["z"] == pytest.approx(2 * said.json["score"] - 1)
    assert alife(*small, "--seed", 2, "--json").json["digest"] != said.json["digest"]
    assert "the 16 of the first generation, 40 lives" in alife(*small).out and not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "copy", "--ticks", 5], "--ticks: a problem is lived life by life"),
        (["run", "SOLVED", "--ticks", 5], "--ticks: a problem is lived life by life"),
        (["run", "copy", "--name", "x"], "--name: "),
        (["run", "SOLVED", "--name", "x"], "--name: "),
        (["run", "copy", "--lives", 0], "--lives: expected a whole number >= 1"),
        (["run", "ecosystem", "--lives", 5], "--lives: an ecosystem is not lived life by life"),
        (["run", "RUN", "--lives", 5], "--lives: an ecosystem is not lived life by life"),
        (["run", "RUN", "--ticks", 0], "--ticks: expected a whole number >= 1"),
        (["run", "RUN", "--ticks", 10, "--set=world.cover=0.7"], "world.cover cannot change in a run that goes on"),
        (["run", "RUN", "--ticks", 10, "--set=run.record=30"], "run.record cannot change in a run that goes on"),
        (["run", "RUN", "--ticks", 10, "--set=memory.kind=none"], "cannot change in a run that goes on"),
        (["run", "ecosystem", "--ticks", 0], "run.ticks"),
        (["run", "ecosystem", "--name", "a/b"], "--name: expected a plain file name"),
        (["evolve", "ecosystem", "--generations", 5], "--generations: an ecosystem knows no generations"),
        (["evolve", "ecosystem", "--until-solved"], "--until-solved: an ecosystem knows no generations"),
        (["evolve", "--resume", "RUN", "--generations", 5], "--generations: an ecosystem knows no generations"),
        (["score", "RUN"], "is an ecosystem, which has no champion; look at its agents with: alife inspect"),
        (["ablate", "RUN"], "is an ecosystem, which has no champion"),
        (["sweep", "ecosystem", "--seeds", 1], "a sweep over an ecosystem needs an end: --ticks"),
        (["sweep", "ecosystem", "--ticks", 9, "--generations", 5], "--generations: an ecosystem knows no generations"),
        (["sweep", "ecosystem", "--ticks", 9, "--also", "world.cover=1"], "--also: an ecosystem has no champion"),
        (["sweep", "ecosystem", "--ticks", 9, "--grid", "world.kind=copy,ecosystem"], "world"),
    ],
)  # fmt: skip
def test_what_makes_no_sense(alife, short, tmp_path, monkeypatch, request, arguments, words):
    monkeypatch.chdir(tmp_path)
    before = sorted(short.rglob("*")), end_of(short)
    places = {"RUN": short, "SOLVED": request.getfixturevalue("solved") if "SOLVED" in arguments else None}
    said = alife(*(places.get(a, a) for a in arguments))
    assert said.code == 2 and said.out == "" and words in said.error
    assert (sorted(short.rglob("*")), end_of(short)) == before and not list(tmp_path.iterdir())


# ---- sweeps ----


def test_sweep(alife, tmp_path):
    sweep = ("sweep", "ecosystem", *EASY, EVERY, "--ticks", 200, "--seeds", 2, "--grid", "world.cover=0.8,0.5", "--out", tmp_path)
    file = tmp_path.with_suffix(".csv")
    rows = alife(*sweep, "--json", "--csv", file).json["rows"]
    heads, *lines = (line.split(",") for line in file.read_text(encoding="utf-8").splitlines())
    assert heads[:4] == ["world", "world.cover", "seed", "ticks"] and len(lines) == 4
    assert [float(line[heads.index("energy_mean")]) for line in lines] == [row["last"]["energy_mean"] for row in rows]
    assert [(row["world.cover"], row["seed"], row["ticks"]) for row in rows] == [
        ("0.8", 1, 200),
        ("0.8", 2, 200),
        ("0.5", 1, 200),
        ("0.5", 2, 200),
    ]
    assert len({row["digest"] for row in rows}) == 4
    for row in rows:
        assert row["last"]["population"] == row["population"] and "species_genome" in row["last"] and row["extinct_at"] is None
    changed = {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*.npz")}
    assert alife(*sweep, "--json").json["rows"] == rows
    assert {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*.npz")} == changed

    shutil.rmtree(rows[3]["run"])
    with sqlite3.connect(Path(rows[2]["run"]) / "run.sqlite") as connection:  # as if it had been killed
        connection.execute("UPDATE run SET value = 'null' WHERE key = 'summary'")
    connection.close()
    again = alife(*sweep, "--json").json["rows"]
    assert [{**row, "seconds": 0} for row in again] == [{**row, "seconds": 0} for row in rows]

    words = alife(*sweep, "--measure", "age_mean", "--measure", "nothing").out.splitlines()
    assert words[0] == "| world.cover | seed | ticks | population | births | deaths | extinct at | agent-ticks | seconds | age_mean |"
    assert len(words) == 2 + 4 + 1 + 2
    assert words[-2].startswith("world.cover = 0.8: living 2 of 2; medians: population ") and "age_mean " in words[-1]
    said = alife("sweep", "ecosystem", *EASY, EVERY, "--ticks", 199, "--seeds", 2, "--grid", "world.cover=0.8,0.5", "--out", tmp_path)
    assert said.code == 2 and "holds a run of another config" in said.error


def test_the_words_of_a_sweep_with_extinctions():
    row = {"ticks": 5, "population": 3, "births": 9, "deaths": 6, "extinct_at": None, "agent_ticks": 70, "seconds": 0.5, "seed": 1}
    rows = [{**row, "last": {"energy_mean": 10.0}}, {**row, "seed": 2, "population": 0, "extinct_at": 4, "last": {"energy_mean": 2.0}}]
    lines = sweeps.table(rows).splitlines()
    assert lines[2:4] == ["| 1 | 5 | 3 | 9 | 6 | - | 70 | 0.5 | 10 |", "| 2 | 5 | 0 | 9 | 6 | 4 | 70 | 0.5 | 2 |"]
    assert lines[-1] == "Living 1 of 2; medians: population 2, births 9, deaths 6, energy_mean 10.  "


# ---- lists ----


def test_runs(alife, lived, tmp_path):
    document = lived("r", 40).json
    (row,) = alife("runs", tmp_path, "--json").json["runs"]
    assert (row["state"], row["ticks"], row["population"], row["world"]) == ("finished", 40, document["population"], "ecosystem")
    assert row["z"] is None and row["generations"] is None
    words = alife("runs", tmp_path).out
    assert re.search(rf"finished +{document['population']} living +40 ticks +\d+ s ago +[\d.]+ kB$", words.rstrip())


def test_another_process(tmp_path):
    """From a shell: nothing but the document on stdout."""
    arguments = command_line("run", "ecosystem", *EASY, "--ticks", 50, "--out", tmp_path, "--json")
    done = subprocess.run(arguments, env={**os.environ, "FORCE_COLOR": "1"}, capture_output=True, text=True, timeout=GUARD, check=True)
    assert json.loads(done.stdout)["ticks"] == 50 and len(done.stdout.splitlines()) == 1
    assert "\x1b" not in done.stdout + done.stderr


def test_hours_are_the_budget_whatever_ticks_the_config_has(tmp_path, alife):
    config = tmp_path / "short.yaml"
    config.write_text("world: {kind: ecosystem, rows: 16, columns: 16, poison: 0}\nrun: {ticks: 10}\n")
    ended = alife("evolve", config, "--hours", 0.0003, "--out", tmp_path, "--json").json
    assert ended["ticks"] > 10 and "hours" in ended["stopped_by"]
    assert alife("run", config, "--out", tmp_path, "--json").json["ticks"] == 10
