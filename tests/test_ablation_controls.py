"""Controls of a run: other minds on the same budget, below its folder; and tables of many ablations."""

import csv
import shutil
import signal
from pathlib import Path

import pytest
from conftest import Recorder, evolves, rows, tiny, tiny_coin

from alife.core import config as configs
from alife.core.errors import InputError, Interrupted
from alife.evolve import run as runs
from alife.insight import ablations, controls
from alife.insight.ablate import ARMS, ablate_run
from alife.insight.controls import CONTROLS, control_config, control_of, evolve_controls
from alife.insight.score import score_run
from alife.store.folder import RunFolder

GENERATION = 32 + 2 * 16 // 4
"""Evaluations of a tiny generation."""


@pytest.fixture(scope="module")
def controlled(tmp_path_factory):
    """Two tiny runs of two seeds, with their controls: the folder above them. Look, do not touch."""
    out = tmp_path_factory.mktemp("controlled")
    for seed in (1, 2):
        evolve_controls(Path(runs.begin(tiny(f"run.seed={seed}"), out, Recorder(), f"copy_s{seed}").run), Recorder())
    return out


def mtimes(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


# ---- what a control is ----


@evolves
def test_a_control_is_the_run_with_another_mind(controlled):
    folder = RunFolder.open(controlled / "copy_s1")
    own = runs.config_of(folder)
    recurrent, forgetful = (control_config(folder, name) for name in CONTROLS)
    for config in (recurrent, forgetful):
        assert (config.world, config.head, config.selection, config.strategy, config.run) == (
            own.world, own.head, own.selection, own.strategy, own.run,
        )  # fmt: skip
        budget = {"generations": None, "hours": None, "until_solved": False, "evaluations": 6 * GENERATION}
        assert config.evolve.model_dump() == own.evolve.model_dump() | budget
        assert config.memory.kind == "none"
    assert recurrent.controller.kind == "elman" and forgetful.controller == own.controller
    known = recurrent.controller.params.model_dump()
    assert known == {name: value for name, value in own.controller.params.model_dump().items() if name in known}


@evolves
def test_a_controller_with_other_knobs_gives_way(tmp_path, controlled):
    folder = RunFolder(tmp_path)
    shutil.copyfile(controlled / "copy_s1" / "run.sqlite", folder.database)
    folder.config.write_text(configs.dump(tiny("controller={kind: dense, width: 32, hidden: 8}")), encoding="utf-8")
    assert control_config(folder, "recurrent").controller.params.width == 32
    assert control_config(folder, "no_memory").controller.params.hidden == 8


@evolves
def test_as_many_evaluations_and_genes(controlled):
    found = ablate_run(controlled / "copy_s1", 64)
    assert (found["evaluations"], found["genes"]) == (6 * GENERATION, 4 * 2 * 32)
    for name in CONTROLS:
        arm = found[name]
        assert list(arm) == ["score", "z", "low", "high", "zlow", "zhigh", "evaluations", "genes"]
        assert found["evaluations"] <= arm["evaluations"] < found["evaluations"] + GENERATION and arm["genes"] == found["genes"]
        assert arm["score"] == score_run(controlled / "copy_s1" / "controls" / name, 64).score
        assert arm["zlow"] <= arm["z"] <= arm["zhigh"]


@evolves
def test_overrides_of_the_mind_are_not_those_of_a_control(controlled):
    run, sets = controlled / "copy_s1", ["world.length=3", "run.seed=5"]
    other = ["memory.kind=exact", "head.gate=hard", *sets]
    assert control_of(run, "recurrent", 32, other) == control_of(run, "recurrent", 32, sets) != control_of(run, "recurrent", 32)


@evolves
def test_the_budget_of_evaluations_ends_a_run(tmp_path):
    outcome = runs.begin(tiny(f"evolve.evaluations={2 * GENERATION + 1}"), tmp_path, Recorder())
    assert (outcome.generations, outcome.evaluations) == (3, 3 * GENERATION)
    assert outcome.stopped_by == f"the budget of {2 * GENERATION + 1} evaluations is used up"


# ---- begin, go on, skip ----


@evolves
def test_what_is_done_is_not_repeated_and_more_is_added(tmp_path):
    run = Path(runs.begin(tiny("evolve.generations=2"), tmp_path, Recorder()).run)
    assert [control_of(run, name) for name in CONTROLS] == [None, None]
    evolve_controls(run, told := Recorder())
    begun = [note for note in told.notes if not note.startswith("disk: ")]
    assert begun == [f"{run}: control {name}, {2 * GENERATION} evaluations" for name in CONTROLS]
    before = mtimes(run)
    evolve_controls(run, told := Recorder())
    assert not told.notes and not told.reports and mtimes(run) == before
    runs.resume(run, Recorder(), ["evolve.generations=4"])
    evolve_controls(run, told := Recorder())
    assert [report.generation for report in told.reports] == [3, 4, 3, 4]
    assert control_of(run, "recurrent", 16)["evaluations"] == 4 * GENERATION
    assert sorted(path.name for path in run.parent.iterdir()) == [run.name]


@evolves
def test_interrupted_it_goes_on(tmp_path, controlled):
    run = tmp_path / "copy_s1"
    shutil.copytree(controlled / "copy_s1", run, ignore=shutil.ignore_patterns("controls", ".lock"))
    (run / "controls" / "recurrent").mkdir(parents=True)  # as a crash leaves it
    with pytest.raises(Interrupted):
        evolve_controls(run, Recorder({3: lambda: signal.raise_signal(signal.SIGINT)}))
    assert control_of(run, "recurrent") is None
    evolve_controls(run, told := Recorder())
    assert [report.generation for report in told.reports] == [4, 5, 6, 1, 2, 3, 4, 5, 6]
    for name in CONTROLS:
        assert control_of(run, name, 16) == control_of(controlled / "copy_s1", name, 16)
    done = runs.resume(controls._path(RunFolder.open(run), "recurrent"), Recorder())
    whole = runs.resume(controlled / "copy_s1" / "controls" / "recurrent", Recorder())
    assert rows(done) == rows(whole) and done.digest == whole.digest


@evolves
def test_a_world_from_a_file_comes_along(tmp_path, coin, monkeypatch):
    monkeypatch.setattr(controls, "CONTROLS", {"no_memory": CONTROLS["no_memory"]})
    run = Path(runs.begin(tiny_coin(coin, "evolve.generations=1"), tmp_path / "runs", Recorder()).run)
    coin.unlink()
    evolve_controls(run, Recorder(), threads=2)
    assert (run / "controls" / "no_memory" / "plugins" / "coin.py").is_file()
    assert control_of(run, "no_memory", 16)["genes"] == 4 * 2 * 32


def test_nothing_to_compare_with(tmp_path):
    with pytest.raises(InputError, match="no run folder"):
        evolve_controls(tmp_path / "missing", Recorder())


@evolves
def test_without_a_champion_nothing_is_evolved(tmp_path):
    run = Path(runs.begin(tiny("evolve.generations=1"), tmp_path, Recorder()).run)
    (run / "champion.npz").unlink()
    with pytest.raises(InputError, match="no champion yet"):
        evolve_controls(run, Recorder())
    assert not (run / "controls").exists()


# ---- tables ----


def result(run, z, **more):
    """What `ablate_run` gives, of a run that is not there."""
    arm = {"score": z / 2, "z": z, "low": 0.0, "high": 1.0, "zlow": -1.0, "zhigh": 1.0}
    arms = dict.fromkeys(ablations.ALL) | {"full": arm, "recurrent": {**arm, "evaluations": 99, "genes": 7}}
    return {"run": run, "world": "/x/ago.py", "seed": 3, "lives": 16, "evaluations": 90, "genes": 8, **arms, **more}


def test_a_row_an_arm():
    cells = ablations.cells([result("a", 0.5), result("b", 0.25, full=None)])
    assert [dict(zip(ablations.HEADS, row, strict=True)) for row in cells] == [
        {"run": run, "world": "ago", "seed": 3, "lives": 16, "arm": arm, "score": z / 2, "z": z, "low": 0.0, "high": 1.0,
         "zlow": -1.0, "zhigh": 1.0, "evaluations": evaluations, "genes": genes}
        for run, arm, z, evaluations, genes in
        (("a", "full", 0.5, 90, 8), ("a", "recurrent", 0.5, 99, 7), ("b", "recurrent", 0.25, 99, 7))
    ]  # fmt: skip


def test_a_line_a_problem(monkeypatch):
    monkeypatch.setattr(ablations, "_problem", lambda run: str("a_k" in run.name))
    named = ["a_k=2_s1", "2026-11-22_14-23_a_k=2_s2", "x/a_k=2_s3-2", "b_s1", "bee_s2"]
    zs = [0.1, 0.9, 0.3, 0.5, 0.25]
    found = [result(name, z, **({"recurrent": None} if z == 0.9 else {})) for name, z in zip(named, zs, strict=True)]
    first, second = ablations.summed_up(found)
    assert (first["problem"], first["runs"], second["problem"]) == ("a_k=2", 3, "ago")
    assert first["full"] == {"median": 0.3, "lowest": 0.1, "highest": 0.9, "runs": 3}
    assert second["full"]["median"] == 0.375 and second["memory_off"] is None
    assert ablations.table([first, second]).splitlines() == [
        "| problem | runs | full | recurrent |",
        "|---|---|---|---|",
        "| a_k=2 | 3 | 0.300 (0.100 to 0.900) | 0.200 (0.100 to 0.300, 2 runs) |",
        "| ago | 2 | 0.375 (0.250 to 0.500) | 0.375 (0.250 to 0.500) |",
    ]


@evolves
def test_a_sweeps_folder(controlled, alife, tmp_path):
    file = tmp_path / "arms.csv"
    document = alife("ablate", controlled, "--lives", 32, "--csv", file, "--json").json
    single = alife("ablate", controlled / "copy_s1", "--lives", 32, "--json").json
    assert document["runs"][0] == single and [found["seed"] for found in document["runs"]] == [1, 2]
    (problem,) = document["problems"]
    assert (problem["problem"], problem["runs"]) == ("copy", 2)
    zs = [found["recurrent"]["z"] for found in document["runs"]]
    assert problem["recurrent"] == {"median": sum(zs) / 2, "lowest": min(zs), "highest": max(zs), "runs": 2}
    with file.open(newline="", encoding="utf-8") as lines:
        table = list(csv.DictReader(lines))
    assert [(row["seed"], row["arm"]) for row in table] == [(seed, arm) for seed in "12" for arm in (*ARMS, *CONTROLS)]
    for row in table:
        arm = document["runs"][int(row["seed"]) - 1][row["arm"]]
        assert {key: float(row[key]) for key in arm} == arm
    words = alife("ablate", controlled / "copy_s1", controlled / "copy_s2", "--lives", 32).out
    assert words == ablations.table(document["problems"]) + "\n"


@evolves
def test_another_config_is_another_problem(controlled, tmp_path):
    """The same but for seed, threads and budget, or not."""
    alike = runs.begin(tiny("run.seed=9", "run.threads=2", "evolve.generations=1"), tmp_path, Recorder()).run
    other = runs.begin(tiny("evolve.generations=1", "head.gate=hard"), tmp_path, Recorder()).run
    first, second, third = (ablations._problem(Path(run)) for run in (controlled / "copy_s1", alike, other))
    assert first == second != third


@evolves
def test_words(controlled, alife, tmp_path):
    lines = alife("ablate", controlled / "copy_s1", "--lives", 16).out.splitlines()
    assert [line.split()[0] for line in lines[1:-1]] == [*ARMS, *CONTROLS] and lines[-1] == "the run: 240 evaluations, 256 genes"
    assert all(line.endswith("240 evaluations, 256 genes") for line in lines[-3:])
    run = runs.begin(tiny("evolve.generations=1"), tmp_path, Recorder()).run
    assert [line.split()[0] for line in alife("ablate", run, "--lives", 16).out.splitlines()[1:-1]] == list(ARMS)
    said = alife("ablate", run, "--lives", 16, "--control", "--threads", 1, "--json")
    assert said.json["recurrent"]["evaluations"] == GENERATION and f"{run}: control no_memory" in said.err


@evolves
def test_a_sweep_as_a_file(alife, tmp_path):
    file, sizes = tmp_path / "rows.csv", ["--set=world.bits=4", "--set=world.length=2", "--set=evolve.population=16", "--generations", 1]
    sweep = ("sweep", "copy", *sizes, "--seeds", 2, "--grid", "memory.kind=lsh,none", "--also", "world.length=3", "--lives", 16)
    found = alife(*sweep, "--out", tmp_path / "runs", "--csv", file, "--json").json["rows"]
    with file.open(newline="", encoding="utf-8") as lines:
        table = list(csv.DictReader(lines))
    assert list(table[0]) == [
        "world", "memory.kind", "seed", "solved", "solved_evaluations", "evaluations", "agent_ticks", "seconds", "score", "z",
        "world.length=3",
    ]  # fmt: skip
    for row, told in zip(table, found, strict=True):
        assert row == {key: "" if told[key] is None else str(told[key]) for key in row}


def test_a_file_that_cannot_be_is_refused_before_the_work(alife, tmp_path):
    for file in (tmp_path, tmp_path / "missing" / "rows.csv"):
        for command in (["sweep", "copy", "--out", tmp_path / "runs"], ["ablate", tmp_path]):
            said = alife(*command, "--csv", file)
            assert said.code == 74 and f"cannot write {file}" in said.error
    assert not list(tmp_path.iterdir())
