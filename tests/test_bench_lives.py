"""Benchmarks of whole lives, of growth, worlds and learning, of starting up and of ecosystems; plots and the page. No time is asserted."""

import importlib
import math
import sys
from pathlib import Path

import naive
import numpy as np
import pytest

from alife.bench import (
    _loops,
    _measure,
    _plot,
    _twin,
    ecosystem,
    growth,
    learning,
    lives,
    report,
    startup,
    tick,
    wht,
    worlds,
)
from alife.core import config as configs
from alife.core import rng
from alife.core.errors import ConfigError, UserError
from alife.core.jit import DISABLED
from alife.core.lanes import LANES
from alife.evolve.genome import space_of
from alife.insight.problems import PROBLEMS
from alife.sim.agent import Agent

TICKS = 44 if DISABLED else 300
compiled_only = pytest.mark.skipif(DISABLED, reason="takes minutes uncompiled")


def has_compiler():
    try:
        return bool(_twin.compiler())
    except _twin.NoCompilerError:
        return False


needs_compiler = pytest.mark.skipif(not has_compiler(), reason="needs a C compiler")


def assert_rows(rows, prefix, compared=True):
    assert rows
    assert len({row.name for row in rows}) == len(rows)
    for row in rows:
        assert row.name.startswith(prefix) and row.unit and row.note
        if row.note.startswith("skipped: "):
            assert row[1:2] + row[3:7] == (None,) * 5
            continue
        assert math.isfinite(row.value) and row.low <= row.value <= row.high
        assert (row.reference is not None and row.ratio is not None) or not compared


ROWS = [
    _measure.Row("wht.64", 4.123456, "ns/agent", 3.3, 0.8, 4.0, 4.5, "note"),
    _measure.Row("wht.4096", 1234.5, "ns/agent", None, None, 1200.0, 1300.0, "no C compiler"),
]


@pytest.fixture
def quick(monkeypatch):
    """Benchmarks that know their results."""
    for module in (ecosystem, growth, learning, lives, startup, tick, wht, worlds):
        name = module.__name__.rpartition(".")[2]
        monkeypatch.setattr(module, "run", lambda name=name, seeds=0: [row._replace(name=f"{name}.{row.name}") for row in ROWS])


# ---- lives, worlds, growth, learning ----

SMALL = {"evolve.population": 16, "evolve.lives": 4}


@compiled_only
def test_lives():
    case = lives.Case("copy", configs.load("copy", (), SMALL), 10.0)
    rows = lives.run(rounds=2, which=[case], replayed=44)
    assert_rows(rows, "lives.copy", compared=False)
    speed, outside, scaling, world = rows
    assert speed.reference == 10.0 and speed.ratio == pytest.approx(speed.value / 10)
    assert 0 <= outside.value <= 1 and outside.ratio == pytest.approx(outside.value / 0.10)
    assert scaling.ratio == pytest.approx(scaling.value / scaling.reference)
    assert 0 <= world.value <= 1 and all(part in world.note for part in _loops.PARTS)


def test_every_problem_is_lived():
    assert [case.name for case in lives.cases()] == ["shelves-64", *(problem.name for problem in PROBLEMS)]
    shelves = lives.cases()[0]
    assert (shelves.config.controller.params.width, shelves.config.memory.params.bits, shelves.speed) == (64, 64, 10.0)


def test_shares_are_differences_and_sum_to_one():
    times = {"whole": 20.0, "0": 1.0, "1": 3.0, "2": 2.5, "3": 6.0, "4": 8.0, "5": 9.0, "6": 10.0}
    found = lives.shares_of(times)
    assert sum(found.values()) == pytest.approx(1)
    assert found["address"] == 0  # below 0 by chance
    assert found["world"] == pytest.approx(10 / 20.5) and found["perceive"] == pytest.approx(2 / 20.5)


def test_speed_is_taken_between_generations():
    watch = lives._Stopwatch()
    watch.at, watch.in_lives, watch.ticks = [10.0, 12.0, 16.0], [5.0, 1.0, 3.0], [7, 2_000_007, 10_000_007]
    whole, in_lives, outside = watch.speed()
    assert whole.tolist() == [1, 2] and outside.tolist() == [0.5, 0.25]
    assert in_lives == pytest.approx([2, 8 / 3])


@compiled_only
def test_a_life_is_replayed_without_its_world():
    """What a block saw, seen again: the very slots of the life."""
    agent = Agent(configs.load("copy"))
    genes = agent.in_lanes(space_of(agent).start(rng.uniforms((LANES, agent.genes), 1)))[0]
    seeds = rng.bits(LANES, 1)
    seen = lives.recorded(agent, genes, seeds, 1000)
    block, again = agent.block(), agent.block()
    agent.kernels.begin(block, seeds)
    agent.kernels.advance(block, genes, agent.longest, np.zeros(LANES, np.int64))
    _loops.loops(agent).relive(again, genes, seen, 2, len(_loops.PARTS))
    assert len(seen) <= agent.longest and len(lives.recorded(agent, genes, seeds, 5)) == 5
    assert naive.same_bits(block.x, again.x)


@compiled_only
def test_worlds():
    rows = worlds.run(rounds=1, problems=[PROBLEMS[0]], ticks=100, shorter=100)
    assert_rows(rows, "worlds.", compared=False)
    assert rows[0].name == "worlds.corridor" and rows[0].value > 0


@compiled_only
def test_lives_in_worlds_end_and_begin():
    problem = PROBLEMS[0]
    agent = Agent(problem.config(1))
    begun = worlds.stepper(agent, 3 * agent.longest)()
    assert 3 * LANES <= begun <= 3 * agent.longest * LANES


@compiled_only
def test_growth():
    grid = growth.Grid((64, 128), (64, 256), (1, 8), (16, 32), (1,), (16, 32))
    rows = growth.run(rounds=1, grid=grid, work=1000)
    assert_rows(rows, "growth.")
    firsts = [rows[i] for i in (0, 2, 4, 6, 8, 9)]
    assert [row.name for row in firsts] == [f"growth.{x}" for x in ("n.64", "K.64", "D.1", "agents.16", "threads.1", "population.16")]
    assert [row.ratio for row in firsts] == pytest.approx([1] * 6)
    slots = rows[1]
    assert slots.reference == pytest.approx(rows[0].value * 128 * 7 / (64 * 6))
    assert slots.ratio == pytest.approx(slots.value / slots.reference)


@compiled_only
def test_learning():
    rows = learning.run(seeds=1, names=["corridor"], explicit={"evolve.generations": 2})
    assert [row.name for row in rows] == ["learning.corridor", "learning.corridor.seconds"]
    assert "of 1 seeds" in rows[0].note and "no published number" in rows[0].note
    with pytest.raises(ConfigError, match="no problem named 'cpoy'"):
        learning.run(names=["cpoy"])


def test_seeds_that_solve_nothing_count():
    copy = next(problem for problem in PROBLEMS if problem.name == "copy")
    many = [learning.Solved(100.0 * k, k) for k in range(1, 9)] + [learning.Solved(math.inf, math.inf)] * 2
    evaluations, seconds = learning.rows_of(copy, many)
    assert (evaluations.low, evaluations.value, evaluations.high) == (200, 500, 800) and seconds.value == 5
    assert evaluations.ratio == copy.evaluations / 500 and evaluations.note.startswith("solved by 8 of 10 seeds; reference")
    evaluations, _ = learning.rows_of(copy, [*many[:1], *many[-2:]])
    assert evaluations.value is None and evaluations.ratio is None and "NOT SOLVED" in evaluations.note


def test_seeds_are_for_learning(alife):
    assert alife("bench", "tick", "--seeds", "2").error.startswith("--seeds: only learning has seeds")
    assert alife("bench", "learning", "--seeds", "0").error.startswith("--seeds: expected a whole number >= 1, got 0")


def test_a_plot_a_benchmark(alife, quick, tmp_path):
    said = alife("bench", "wht", "--out", str(tmp_path / "plots"))
    assert said.code == 0
    assert [path.name for path in (tmp_path / "plots").iterdir()] == ["bench-wht.png"]
    assert (tmp_path / "plots" / "bench-wht.png").read_bytes().startswith(b"\x89PNG")


def test_the_bars_are_the_ratios():
    rows = [_measure.row("x.a", [1.0, 2.0, 4.0], "s", 4.0, 0.5, "note"), _measure.row("x.b", [1.0], "s", 2.0, 2.0, "note")]
    figure = _plot.drawn("x", rows)
    assert [bar.get_width() for bar in figure.axes[0].patches] == [0.5, 2.0]
    assert _plot._spread(rows) == [[pytest.approx(0.125), 0], [pytest.approx(0.25), 0]]


def test_old_names_are_known(quick):
    assert report.run("transform")[0].name == "wht.wht.64"
    assert report.run("evolve")[0].name == "lives.wht.64"


def test_sections_of_the_page_are_kept(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "benchmarks"))
    performance = importlib.import_module("performance")
    assert set(performance.ABOUT) == set(report.names())
    known = {"tick": "old tick", "wht": "old wht"}
    assert performance.sections(performance.page(known)) == known
    monkeypatch.setattr(performance, "DOC", tmp_path / "performance.md")
    performance.DOC.write_text(performance.page(known))
    monkeypatch.setattr(performance, "measured", lambda name: f"new {name}")
    monkeypatch.setattr(sys, "argv", ["performance.py", "--only", "tick"])
    performance.main()
    assert performance.sections(performance.DOC.read_text()) == {"wht": "old wht", "tick": "new tick"}
    monkeypatch.setattr(sys, "argv", ["performance.py", "--rest"])
    performance.main()
    assert performance.sections(performance.DOC.read_text()) == {n: f"new {n}" for n in performance.ABOUT} | {
        "wht": "old wht",
        "tick": "new tick",
    }


# ---- startup ----


@compiled_only
def test_startup():
    rows = startup.run(rounds=1, first=False)
    assert_rows(rows, "startup.")
    assert [row.name for row in rows] == ["startup.help", "startup.second"]
    assert [row.reference for row in rows] == [0.3, 1.5]
    for row in rows:
        assert row.ratio == pytest.approx(row.value / row.reference)


def test_a_command_that_fails_is_an_error():
    with pytest.raises(UserError, match="'alife evolve nowhere' failed with exit code 2: alife: error: "):
        startup._seconds(("evolve", "nowhere"), None)


# ---- ecosystem ----


@compiled_only
def test_ecosystem_rows_hold_still_and_turn_over():
    rows = ecosystem.run(rounds=1, sizes=(1000,), seconds=0.01, copied=1 << 20)
    assert_rows(rows, "ecosystem.1e3", compared=False)
    found = {row.name.rpartition(".")[2]: row for row in rows}
    assert 2 < found["turnover"].value < 8  # two in 500 agent-ticks, by chance
    assert found["cost"].value == pytest.approx(1e3 / found["1e3"].value)
    assert found["memory"].value > 1024 + 4 * 64  # genes and weights
    assert 0 < found["bandwidth"].ratio == pytest.approx(found["bandwidth"].value / found["bandwidth"].reference)
    least = int(found["1e3"].note.partition("at least ")[2].partition(" living")[0].replace(",", ""))
    assert 900 <= least <= 1008


@compiled_only
def test_bytes_that_move_are_those_of_the_arrays():
    crowd = ecosystem.crowd(160)
    genes, mind, body = 4 * 2 * 32, (64 + 64 + 1 + 64) * 4, 64  # nothing of b, where nobody parts
    layers = crowd.config.controller.params.layers_in + crowd.config.controller.params.layers_out
    assert ecosystem.bytes_of(crowd)[1] == genes * layers + 2 * mind + 6 * body
    assert crowd.living == 160
