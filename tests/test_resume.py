"""A run that was interrupted, killed or half spoilt ends with the bytes of one that was left alone."""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest
from conftest import Recorder, command_line, evolves

from alife.core import config as configs
from alife.core.errors import ConfigError, InputError, Interrupted
from alife.evolve import run as runs
from alife.store import checkpoint
from alife.store.folder import RunFolder

pytestmark = evolves

GENERATIONS = 14
TINY = {
    "world": {"kind": "copy", "bits": 4, "length": 2},
    "controller": {"kind": "wht", "width": 32},
    "memory": {"kind": "lsh", "bits": 64},
    "evolve": {
        "population": 20, "lives": 4, "generations": GENERATIONS, "validation": 16, "report": 32, "patience": 2,
        "solved": 1.0,
    },
    "run": {"seed": 3, "threads": 1},
}  # fmt: skip


def tiny(*changes):
    """A run of milliseconds with a new start every few generations."""
    return configs.load(TINY, changes)


def end_of(run):
    """Newest checkpoint, champion, and all rows that are no times."""
    run = Path(run)
    newest = sorted((run / "checkpoints").glob("gen-*.npz"))[-1]
    with sqlite3.connect(run / "run.sqlite") as connection:
        tables = {table: connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() for table in ("metrics", "births", "events")}
    connection.close()
    return newest.name, newest.read_bytes(), (run / "champion.npz").read_bytes(), tables


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    """The end of the run that nobody disturbed."""
    return end_of(runs.begin(tiny(), tmp_path_factory.mktemp("undisturbed"), Recorder()).run)


def test_the_reference_has_everything_in_it(reference):
    name, _, _, tables = reference
    assert name == f"gen-{GENERATIONS:06d}.npz"
    assert [row[0] for row in tables["metrics"]] == list(range(1, GENERATIONS + 1))
    assert [row[0] for row in tables["births"]] == list(range(20, 20 * (GENERATIONS + 1)))
    assert sum(kind == "restart" for _, _, kind, _ in tables["events"]) >= 2


# ---- going on ----


@pytest.mark.parametrize("minutes", [0, 5])
@pytest.mark.parametrize("stops", [(4,), (1, 2, 13), (3, 7, 8)])
def test_budgets_one_after_the_other(tmp_path, recorder, reference, stops, minutes):
    clock = f"run.checkpoint_minutes={minutes}"
    run = Path(runs.begin(tiny(f"evolve.generations={stops[0]}", clock), tmp_path, recorder(), "r").run)
    for generations in (*stops[1:], GENERATIONS):
        told = recorder()
        outcome = runs.resume(run, told, explicit={"evolve.generations": generations})
        assert outcome.generations == generations == told.reports[-1].generation
        assert any("going on from generation" in note for note in told.notes)
    assert end_of(run) == reference


@pytest.mark.parametrize("stops", [(1,), (5,), (2, 3, 9), (6, 10, 13)])
@pytest.mark.parametrize("wish", [signal.SIGINT, signal.SIGTERM])
def test_signals_one_after_the_other(tmp_path, recorder, reference, stops, wish):
    def go(listener, first):
        return runs.begin(tiny(), tmp_path, listener, "r") if first else runs.resume(tmp_path / "r", listener)

    for i, generation in enumerate(stops):
        with pytest.raises(Interrupted, match=f"interrupted in generation {generation + 1}; .* --resume") as caught:
            go(recorder({generation: lambda: signal.raise_signal(wish)}), i == 0)
        assert caught.value.exit_code == 128 + wish
        assert end_of(tmp_path / "r")[0] == f"gen-{generation:06d}.npz"
    outcome = go(recorder(), False)
    assert end_of(outcome.run) == reference


def test_a_signal_in_the_last_generation(tmp_path, recorder, reference):
    """All generations are there, the report is not; going on writes it."""
    told = recorder({GENERATIONS: lambda: signal.raise_signal(signal.SIGINT)})
    with pytest.raises(Interrupted):
        runs.begin(tiny(), tmp_path, told, "r")
    again = recorder()
    outcome = runs.resume(tmp_path / "r", again)
    assert again.reports == [] and outcome.generations == GENERATIONS
    assert end_of(outcome.run) == reference


def test_a_finished_run_goes_on(tmp_path, alife, recorder, reference):
    run = runs.begin(tiny("evolve.generations=9"), tmp_path, recorder()).run
    same = alife("evolve", "--resume", run, "--json")
    assert same.code == 0 and same.json["generations"] == 9
    longer = alife("evolve", "--resume", run, "--generations", GENERATIONS, "--threads", 2, "--json")
    assert longer.code == 0 and longer.json["generations"] == GENERATIONS
    assert end_of(run) == reference
    shorter = alife("evolve", "--resume", run, "--generations", 3, "--json")
    assert shorter.json["digest"] == longer.json["digest"] and end_of(run) == reference


def test_the_clock_of_the_run_goes_on(tmp_path, recorder):
    outcome = runs.begin(tiny("evolve.generations=3"), tmp_path, recorder())
    assert outcome.seconds > 0
    with sqlite3.connect(Path(outcome.run) / "run.sqlite") as connection:
        connection.execute("UPDATE run SET value = '5000.0' WHERE key = 'seconds'")
    connection.close()
    later = runs.resume(Path(outcome.run), recorder(), explicit={"evolve.generations": 4})
    assert later.seconds > 5000


def test_hours_are_counted_over_all_starts(tmp_path, recorder):
    outcome = runs.begin(tiny("evolve.generations=3"), tmp_path, recorder())
    spent = recorder()
    later = runs.resume(Path(outcome.run), spent, explicit={"evolve.generations": None, "evolve.hours": 1e-9})
    assert spent.reports == [] and later.generations == 3 and "hours" in later.stopped_by


# ---- what may not change ----


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ("world.length=3", "world.length"),
        ("world.bits=5", "world.bits"),
        ("memory.bits=128", "memory.bits"),
        ("controller.width=64", "controller.width"),
        ("head.moves=[jump]", "head.moves"),
        ("evolve.population=40", "evolve.population"),
        ("evolve.patience=3", "evolve.patience"),
        ("evolve.selection.kind=tournament", "evolve.selection"),
        ("evolve.strategy.elite=3", "evolve.strategy"),
        ("run.seed=4", "run.seed"),
    ],
)
def test_another_world_is_another_run(tmp_path, alife, recorder, change, key):
    run = runs.begin(tiny("evolve.generations=2"), tmp_path, recorder()).run
    before = end_of(run), (Path(run) / "config.yaml").read_bytes()
    said = alife("evolve", "--resume", run, "--set", change)
    assert said.code == 2 and said.out == ""
    assert said.error.startswith(f"{key} cannot change in a run that goes on")
    assert (end_of(run), (Path(run) / "config.yaml").read_bytes()) == before


def test_another_kind_of_world(tmp_path, recorder):
    run = Path(runs.begin(tiny("evolve.generations=2"), tmp_path, recorder()).run)
    with pytest.raises(ConfigError, match="world"):
        runs.resume(run, recorder(), ["world.kind=forage"])


def test_what_may_change_is_kept(tmp_path, recorder):
    run = Path(runs.begin(tiny("evolve.generations=2"), tmp_path, recorder()).run)
    runs.resume(run, recorder(), ["run.keep=1", "run.threads=2"], {"evolve.generations": 4})
    config = configs.load(run / "config.yaml")
    assert (config.run.keep, config.run.threads, config.evolve.generations) == (1, 2, 4)
    assert [p.name for p in (run / "checkpoints").iterdir()] == ["gen-000004.npz"]
    assert configs.to_dict(config) == configs.to_dict(tiny("evolve.generations=4", "run.keep=1", "run.threads=2"))


# ---- killed ----


def newest(run):
    """Generation of the newest checkpoint, -1 where there is none."""
    return max((int(file.stem[4:]) for file in (run / "checkpoints").glob("gen-*.npz")), default=-1)


def kill_and_go_on(folder, kills, seed, generations):
    """A run killed at random instants until it has been killed `kills` times, then left to end; its folder."""
    run, rng = folder / "r", random.Random(seed)
    settings = tiny(f"evolve.generations={generations}", "run.checkpoint_minutes=0", "evolve.patience=20")
    (folder / "r.yaml").write_text(configs.dump(settings), encoding="utf-8")
    begin = command_line("evolve", folder / "r.yaml", "--out", folder, "--name", "r")
    again = command_line("evolve", "--resume", run)
    killed = 0
    while True:
        is_begun = (run / "config.yaml").is_file()
        shutil.rmtree(run, ignore_errors=True) if not is_begun else None
        process = subprocess.Popen(again if is_begun else begin, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if killed < kills:
            while process.poll() is None and not (run / ".pid").exists():
                time.sleep(0.005)
            if rng.random() < 0.7:  # else most would be killed before the first generation
                before = newest(run)
                while process.poll() is None and newest(run) <= before:
                    time.sleep(0.005)
            time.sleep(rng.uniform(0, 0.15))
            process.kill()
            killed += process.wait(timeout=60) == -signal.SIGKILL
            process.communicate()
            if process.returncode == 0:
                break
        else:
            _, errors = process.communicate(timeout=300)
            assert process.returncode == 0, errors
            break
    return run, killed


def killed_as_often_as(tmp_path, recorder, kills, seed, generations):
    run, killed = kill_and_go_on(tmp_path, kills, seed, generations)
    assert killed == kills
    config = configs.load(tmp_path / "r.yaml", ["run.checkpoint_minutes=5"])
    whole = runs.begin(config, tmp_path / "whole", recorder())
    assert end_of(run) == end_of(whole.run)
    return run


def test_kill_nine_three_times(tmp_path, recorder):
    killed_as_often_as(tmp_path, recorder, 3, 11, 400)


@pytest.mark.slow
def test_kill_nine_twenty_five_times(tmp_path, recorder):
    run = killed_as_often_as(tmp_path, recorder, 25, 12, 4000)
    assert not list((run / "checkpoints").glob(".*.tmp"))
    for file in run.glob(".*.tmp"):  # younger than an hour they might be another program's report
        os.utime(file, (0, 0))
    RunFolder.open(run, write=True).close()
    assert not list(run.rglob(".*.tmp"))


# ---- spoilt ----


def test_a_damaged_checkpoint_is_passed_over(tmp_path, alife, recorder, reference):
    """The newest is damaged, the one before is sound: the generations between are computed again."""
    run = Path(runs.begin(tiny("evolve.generations=9", "run.checkpoint_minutes=0"), tmp_path, recorder()).run)
    newest = sorted((run / "checkpoints").iterdir())[-1]
    content = bytearray(newest.read_bytes())
    content[len(content) // 2] ^= 1
    newest.write_bytes(content)
    said = alife("evolve", "--resume", run, "--generations", GENERATIONS)
    assert said.code == 0
    assert f"alife: skipped: {newest} is damaged: its sha256 does not match" in said.err.splitlines()
    assert "going on from generation 8" in said.err
    assert end_of(run) == reference


def test_nothing_but_damaged_checkpoints(tmp_path, alife, recorder):
    run = Path(runs.begin(tiny("evolve.generations=2"), tmp_path, recorder()).run)
    for file in (run / "checkpoints").iterdir():
        file.write_bytes(b"")
    said = alife("evolve", "--resume", run)
    assert said.code == 66 and "no sound checkpoint" in said.error and said.out == ""


def test_a_checkpoint_of_another_run(tmp_path, alife, recorder):
    """Sound, but of another controller: refused by name, never half restored."""
    run = Path(runs.begin(tiny("evolve.generations=2"), tmp_path, recorder()).run)
    arrays, meta = checkpoint.load(run / "checkpoints" / "gen-000002.npz")
    del arrays["champion"]
    checkpoint.save(run / "checkpoints" / "gen-000002.npz", arrays, meta)
    said = alife("evolve", "--resume", run)
    assert said.code == 66 and "gen-000002.npz does not fit this run's config" in said.error


def test_a_database_of_another_run(tmp_path, alife, recorder):
    run = Path(runs.begin(tiny("evolve.generations=3"), tmp_path, recorder()).run)
    with sqlite3.connect(run / "run.sqlite") as connection:
        connection.execute("DELETE FROM metrics WHERE generation > 1")
    connection.close()
    said = alife("evolve", "--resume", run)
    assert said.code == 66 and "does not fit the checkpoint of generation 3" in said.error


@pytest.mark.parametrize("content", ["", "world: {kind: copy", "world: {kind: copyy}\n", "nonsense: 1\n", "\x00"])
def test_a_damaged_config(tmp_path, alife, recorder, content):
    run = Path(runs.begin(tiny("evolve.generations=1"), tmp_path, recorder()).run)
    (run / "config.yaml").write_text(content, encoding="utf-8")
    for command in (("evolve", "--resume", run), ("score", run), ("ablate", run)):
        said = alife(*command)
        assert said.code == 66 and "config.yaml" in said.error and said.out == ""
        assert len(said.err.splitlines()) == 1


def test_no_run_at_all(tmp_path, alife):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    for name in ("empty", "missing", "file"):
        for command in (("evolve", "--resume"), ("score",), ("ablate",)):
            said = alife(*command, tmp_path / name)
            assert said.code == 66 and name in said.error and said.out == ""
            assert len(said.err.splitlines()) == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["empty", "file"] and not list((tmp_path / "empty").iterdir())


@pytest.mark.parametrize("content", [None, b"", b"PK\3\4", b"no checkpoint at all"])
def test_no_champion(tmp_path, alife, recorder, content):
    run = Path(runs.begin(tiny("evolve.generations=1"), tmp_path, recorder()).run)
    (run / "champion.npz").unlink()
    if content is not None:
        (run / "champion.npz").write_bytes(content)
    for command in ("score", "ablate"):
        said = alife(command, run)
        assert said.code == 66 and "champion.npz" in said.error and said.out == ""
        assert len(said.err.splitlines()) == 1
    assert alife("evolve", "--resume", run).code == 0
    assert alife("score", run, "--lives", 16).code == 0


# ---- two writers ----


def test_a_second_process(tmp_path, alife, recorder, spawn):
    run = Path(runs.begin(tiny("evolve.generations=1"), tmp_path, recorder()).run)
    before = end_of(run)
    with RunFolder.open(run, write=True):
        process = spawn("evolve", "--resume", run, "--generations", 5)
        out, errors = process.communicate(timeout=120)
    assert process.returncode == 75 and out == ""
    assert errors.startswith(f"alife: error: {run} is in use by another process") and len(errors.splitlines()) == 1
    assert end_of(run) == before
    assert alife("evolve", "--resume", run, "--generations", 5).code == 0


def test_looking_at_a_run_in_use(tmp_path, alife, recorder):
    run = Path(runs.begin(tiny("evolve.generations=2"), tmp_path, recorder()).run)
    with RunFolder.open(run, write=True):
        assert alife("score", run, "--lives", 16).code == 0
        assert [row["generations"] for row in alife("runs", tmp_path, "--json").json["runs"]] == [2]


# ---- worlds from elsewhere ----


def test_a_world_by_path_moves_in(tmp_path, coin, spawn):
    """The file is copied into the run folder; without the original, in other processes, all goes on as before."""
    settings = ("--set=evolve.population=16", "--set=evolve.lives=4", "--set=evolve.report=32", "--seed=2")
    whole, part = tmp_path / "whole", tmp_path / "part"

    def alife(*arguments):
        process = spawn(*arguments)
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors

    alife("evolve", coin, *settings, "--generations", 4, "--out", whole, "--name", "r")
    alife("evolve", coin, *settings, "--generations", 2, "--out", part, "--name", "r")
    assert (part / "r" / "plugins" / "coin.py").read_bytes() == coin.read_bytes()
    coin.unlink()
    moved = tmp_path / "moved"
    shutil.move(part / "r", moved)
    alife("evolve", "--resume", "elsewhere/../moved", "--generations", 4)
    assert end_of(moved) == end_of(whole / "r")
    alife("score", moved, "--lives", 20)
    assert sorted(p.name for p in (moved / "plugins").iterdir()) == ["coin.py"]
    assert configs.load(moved / "config.yaml").world.kind == str(moved / "plugins" / "coin.py")


def test_two_plugins_of_one_name(tmp_path, coin, recorder):
    """A world and a memory may come from files of the same name."""
    memory = tmp_path / "coin.py"
    memory.write_bytes((Path(runs.__file__).parents[2] / "memory" / "none.py").read_bytes())
    settings = {**TINY, "world": {"kind": str(coin)}, "memory": {"kind": str(memory)}}
    outcome = runs.begin(configs.load(settings, ["evolve.generations=2"]), tmp_path / "runs", recorder())
    config = configs.load(Path(outcome.run) / "config.yaml")
    for part, file in ((config.world, coin), (config.memory, memory)):
        assert Path(part.kind).parent == Path(outcome.run) / "plugins"
        assert Path(part.kind).read_bytes() == file.read_bytes()
    later = runs.resume(Path(outcome.run), recorder(), explicit={"evolve.generations": 3})
    assert later.generations == 3
    assert sorted(p.name for p in (Path(outcome.run) / "plugins").iterdir()) == ["coin.py", "memory_coin.py"]
    assert configs.to_dict(configs.load(Path(outcome.run) / "config.yaml", ["evolve.generations=2"])) == configs.to_dict(config)


def test_an_input_error_is_no_traceback(tmp_path, recorder):
    with pytest.raises(InputError, match="no run folder at"):
        runs.resume(tmp_path / "nowhere", recorder())
