"""`alife evolve all`: problems one after another, what is stuck gives way, killed and called again; the list of problems."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import Recorder, evolves

from alife.core import config as configs
from alife.core.errors import ConfigError
from alife.core.settings import EvolveSettings
from alife.insight import campaign, problems
from alife.insight.campaign import Campaign
from alife.insight.problems import BAR, PROBLEMS, Problem

SIZES = ("world.bits=4", "world.length=2", "evolve.population=16", "evolve.lives=4", "evolve.validation=16", "evolve.report=32")
EASY = Problem("easy", "copy", (*SIZES, "world.length=1", "evolve.population=64", "evolve.polish=5"), "a budget", 1000)
HARD = Problem("hard-2", "copy", (*SIZES, "memory.kind=none"))
TOYS = (EASY, HARD)


class Told(Recorder):
    """Also keeps where the campaign was; `stop` is called in each generation of a place."""

    def __init__(self, stop=None):
        super().__init__()
        self.places, self.stop = [], stop

    def enter(self, place):
        self.places.append((place.name, place.number, place.of, place.seed))

    def generation(self, report, evolution, seconds):
        super().generation(report, evolution, seconds)
        if self.stop:
            self.stop(self.places[-1], report)


def visited(told):
    return [(name, seed) for name, _, _, seed in told.places]


# ---- the list ----


def test_the_list():
    assert len(PROBLEMS) == len({problem.name for problem in PROBLEMS}) == 14
    assert EvolveSettings().solved == BAR
    assert {problem.name: problem.evaluations for problem in PROBLEMS if problem.evaluations} == {"copy": 3_000_000, "seasons": 2_500_000}


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
def test_every_problem_and_its_ladder_can_be_lived(problem):
    config = problem.config(3, {"evolve.generations": 7})
    assert config.evolve.until_solved and config.run.seed == 3 and config.evolve.generations == 7
    assert all(text.startswith("world.") for text in problem.settings), "sizes only"
    assert problem.ladder
    for overrides in problem.ladder.values():
        larger = configs.load(problem.world, [*problem.settings, *overrides.split()])
        assert larger.world.params != config.world.params
        assert larger.controller.params.width == config.controller.params.width, "another width, other genes"
        assert float(larger.world.ask("optimum")) > float(larger.world.ask("ceiling"))


def test_what_is_published():
    assert problems.beside(EASY) == "1,000 evaluations; a budget" and problems.beside(HARD) == "-"


# ---- one after another ----


@evolves
def test_first_seeds_are_not_repeated(tmp_path):
    told = Told()
    rows = Campaign(tmp_path, told, seeds=2, generations=30, threads=1, problems=TOYS).go()
    assert told.places == [("easy", 1, 2, 1), ("hard-2", 2, 2, 1), ("easy", 1, 2, 2), ("hard-2", 2, 2, 2)]
    assert [(row["problem"], row["seed"], row["solved"]) for row in rows] == [
        ("easy", 1, True), ("easy", 2, True), ("hard-2", 1, False), ("hard-2", 2, False),
    ]  # fmt: skip
    assert all(row["generations"] == 30 for row in rows[2:]), "stuck: its generations are used up"
    again = Told()
    assert json.dumps(Campaign(tmp_path, again, seeds=2, problems=TOYS).go()) == json.dumps(rows) and not again.places
    more = Told()
    Campaign(tmp_path, more, seeds=3, generations=1, problems=TOYS).go()
    assert visited(more) == [("easy", 3), ("hard-2", 3)]


@evolves
def test_while_there_is_time_what_is_unsolved_gets_new_seeds(tmp_path, monkeypatch):
    """By a clock of our own, which goes on by an hour a generation: every share is used up to the hour."""
    clock = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])

    def tick(place, report):
        clock[0] += 3600

    told = Told(tick)
    rows = Campaign(tmp_path, told, hours=80, threads=1, problems=TOYS).go()
    assert visited(told) == [("easy", 1), ("hard-2", 1), ("hard-2", 2), ("hard-2", 3)]
    easy, *hard = [row["generations"] for row in rows]
    assert easy < 20 and hard == [20, 40, 20 - easy], "a quarter; twice as much; what is left"
    later = Told(tick)
    Campaign(tmp_path, later, hours=1, threads=1, problems=TOYS).go()
    assert visited(later) == [("hard-2", 4)]


def test_shares():
    """Equal at first; doubled with each seed, but the others wait too; never more than what is left."""
    toy = Campaign(Path("nowhere"), Told(), hours=8, problems=TOYS)
    toy.first, toy.ends = 100.0, time.perf_counter() + 1000
    assert toy._share(0, 2) == pytest.approx(100)
    assert toy._share(2, 2) == pytest.approx(400, abs=1)
    assert toy._share(9, 4) == pytest.approx(250, abs=1)
    assert toy._share(9, 100) == pytest.approx(100)
    toy.ends = time.perf_counter() + 50
    assert toy._share(0, 2) == pytest.approx(50, abs=1)


@evolves
def test_generations_grow_with_the_seeds(tmp_path):
    rows, stop = [], time.monotonic() + 60
    for _ in range(9):  # a call a seed: its few milliseconds may be used up anywhere
        rows = Campaign(tmp_path, Told(), hours=1e-6, generations=2, threads=1, problems=(HARD,)).go()
        if len(rows) >= 3 or time.monotonic() > stop:
            break
    limits = {row["seed"]: configs.load(Path(row["run"]) / "config.yaml").evolve.generations for row in rows}
    assert limits == {seed: 2**seed for seed in limits} and len(limits) >= 3


@evolves
def test_a_run_of_another_config_is_not_taken_for_one_of_these(tmp_path):
    Campaign(tmp_path, Told(), generations=1, problems=(HARD,)).go()
    changed = HARD._replace(settings=(*HARD.settings, "world.bits=5"))
    with pytest.raises(ConfigError, match=r"hard-2_s1 holds a run of another config; choose another --out"):
        Campaign(tmp_path, Told(), problems=(changed,))


# ---- interrupted ----


@evolves
def test_interrupted_and_called_again(tmp_path, alife, monkeypatch):
    """Ctrl-C in the fourth generation of the second problem; the rest is as if it had not been."""
    monkeypatch.setattr(campaign, "PROBLEMS", TOYS)
    from alife.cli.progress import Listener

    generation = Listener.generation

    def stop(self, report, evolution, seconds):
        generation(self, report, evolution, seconds)
        if report.generation == 4 and self._place.name == "hard-2":
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(Listener, "generation", stop)
    budget = ("--generations", 9, "--threads", 1, "--out", tmp_path / "a")
    said = alife("evolve", "all", *budget)
    again = f"alife evolve all --generations 9 --threads 1 --out {tmp_path / 'a'}"
    assert said.code == 130 and said.error == f"hard-2, seed 1: interrupted in generation 5; all before it is saved. Go on with: {again}"
    assert "easy" in (tmp_path / "a" / "all.md").read_text(encoding="utf-8")
    monkeypatch.setattr(Listener, "generation", generation)
    said = alife("evolve", "all", *budget)
    assert said.code == 0 and "2 of 2 hard-2, seed 1" in said.err and "1 of 2 easy" not in said.err
    assert "going on from generation 4" in said.err
    whole = alife("evolve", "all", *budget[:-1], tmp_path / "b", "--json").json["runs"]
    resumed = alife("evolve", "all", *budget, "--json").json["runs"]
    for one, other in zip(resumed, whole, strict=True):
        assert {key: value for key, value in one.items() if key not in ("run", "seconds")} == {
            key: value for key, value in other.items() if key not in ("run", "seconds")
        }


@evolves
def test_killed_and_called_again(tmp_path):
    """By SIGKILL, which nothing hears; the list is that of this file."""
    script = tmp_path / "toys.py"
    script.write_text(
        f"import sys\nsys.path.insert(0, {str(Path(__file__).parent)!r})\nimport test_campaign as t\n"
        "from alife.insight import campaign\ncampaign.PROBLEMS = t.TOYS[1:]\nfrom alife.cli import main\nmain.main(sys.argv[1:])\n",
        encoding="utf-8",
    )
    command = [sys.executable, script, "evolve", "all", "--generations", "100000", "--out", tmp_path / "a"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, cwd=tmp_path, text=True) as process:
        assert any("generation 1 " in line for line in process.stderr)
        process.kill()
    told = Told()
    rows = Campaign(tmp_path / "a", told, generations=3, threads=1, problems=(HARD,)).go()
    assert [row["seed"] for row in rows] == [1] and visited(told) == [("hard-2", 1)]
    assert list((tmp_path / "a").glob("hard-2*")) == [tmp_path / "a" / "hard-2_s1"]


# ---- words ----


ROWS = [
    {"problem": "easy", "solved": True, "solved_evaluations": 1000, "agent_ticks": 5000, "z": 0.99},
    {"problem": "easy", "solved": True, "solved_evaluations": 3001, "agent_ticks": 2000, "z": 0.96},
    {"problem": "easy", "solved": False, "solved_evaluations": 7, "agent_ticks": 1, "z": 0.97},
    {"problem": "hard-2", "solved": False, "solved_evaluations": None, "agent_ticks": 4, "z": -0.1},
]


def test_the_table():
    lines = campaign.summed_up(ROWS, (*TOYS, Problem("new", "copy")))
    assert campaign.table(lines).splitlines() == [
        "| problem | solved / tried | evaluations to solve (median) | agent-ticks, all runs | z of the best champion | published |",
        "|---|---|---|---|---|---|",
        "| easy | 2 / 3 | 2,000 | 7,001 | 0.990 | 1,000 evaluations; a budget |",
        "| hard-2 | 0 / 1 | - | 4 | -0.100 | - |",
        "| new | 0 / 0 | - | 0 | - | - |",
        "",
        "Solved by at least one seed: 1 of 3.",
    ]


@evolves
def test_from_the_command_line(tmp_path, alife, monkeypatch):
    monkeypatch.setattr(campaign, "PROBLEMS", TOYS)
    monkeypatch.chdir(tmp_path)
    said = alife("evolve", "all", "--until-solved", "--generations", 2, "--seeds", 2)
    table = (tmp_path / "runs" / "all" / "all.md").read_text(encoding="utf-8")
    assert said.code == 0 and said.out.startswith(table) and "| hard-2 | 0 / 2 |" in table
    assert "alife: 2 of 2 hard-2, seed 2 (0:00:" in said.err
    assert "alife: hard-2, seed 2: not solved; the budget of 2 generations is used up; z = " in said.err
    with (tmp_path / "runs" / "all" / "all.csv").open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert [(row["problem"], row["seed"]) for row in rows] == [("easy", "1"), ("easy", "2"), ("hard-2", "1"), ("hard-2", "2")]
    assert rows[0]["world"] == "copy" and float(rows[-1]["z"]) < 0.5


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["all", "--set", "world.length=3"], "--set: the problems of the list are as they are"),
        (["all", "--seed", 3], "--seed: the problems of the list are as they are"),
        (["all", "--name", "x"], "--name: the problems of the list are as they are"),
        (["all", "--hours", 0], "--hours: expected a number above 0, got 0"),
        (["all", "--hours", "nan"], "--hours: expected a number above 0, got nan"),
        (["all", "--generations", 0], "evolve.generations: expected a whole number >= 1 or null, got 0"),
        (["all", "--seeds", 0], "'--seeds'"),
        (["all", "--resume", "runs/all"], "not both"),
        (["copy", "--seeds", 3], "--seeds: is for `alife evolve all`; several seeds of one world: alife sweep"),
        (["copy", "--set", "world.kind=all"], "no worlds named 'all'"),
    ],
)
def test_mistakes(alife, tmp_path, arguments, message):
    said = alife("evolve", *arguments, *([] if "--resume" in arguments else ["--out", tmp_path / "runs"]))
    assert said.code == 2 and message in said.error and not list(tmp_path.iterdir())


def test_all_is_no_world(alife):
    assert "no world or config named 'all'" in alife("sweep", "all").error
    assert "| all" not in alife("list").out
