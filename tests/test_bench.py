"""Benchmarks: their rows keep the contract, and the C beside the lanes does what they do. No time is asserted."""

import importlib
import math
import os
import sys
from pathlib import Path

import naive
import numpy as np
import pytest

from alife.bench import (
    _arrays,
    _loops,
    _measure,
    _peers,
    _plot,
    _tick_peers,
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
from memory import _associative

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


# ---- finding, printing ----


def test_benchmarks_are_found_by_file_name():
    assert report.names() == ["ecosystem", "growth", "learning", "lives", "startup", "tick", "wht", "worlds"]


def test_unknown_names_are_refused(alife):
    with pytest.raises(ConfigError, match=r"no benchmark named 'ecosytem'\. Did you mean 'ecosystem'"):
        report.run("ecosytem")
    with pytest.raises(ConfigError, match="Known: ecosystem, growth, learning, lives, startup, tick, wht, worlds"):
        report.run("report")
    said = alife("bench", "tock")
    assert said.code == 2 and said.out == ""
    assert said.error.startswith("no benchmark named 'tock'. Did you mean 'tick'?")


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


def test_json_is_one_list_of_rows(alife, quick):
    said = alife("bench", "wht", "--json")
    assert said.code == 0
    assert said.err == "alife: bench wht ...\n"
    assert [row["name"] for row in said.json] == ["wht.wht.64", "wht.wht.4096"]
    assert {"name", "value", "unit", "reference", "ratio"} <= set(said.json[0])
    assert said.json[1]["reference"] is None and said.json[1]["ratio"] is None


def test_without_a_name_all_are_run(alife, quick):
    said = alife("bench")
    assert said.code == 0
    assert said.err.split() == " ".join(f"alife: bench {name} ..." for name in report.names()).split()
    assert said.out.count("no C compiler") == 8


def test_the_table_is_aligned():
    hardware, empty, head, *lines = report.table(ROWS).splitlines()
    assert "numba" in hardware and "cores" in hardware and empty == ""
    assert head.split() == ["benchmark", "value", "unit", "reference", "ratio", "quartiles", "note"]
    assert {line.index("ns/agent") for line in lines} == {head.index("unit")}
    assert {line.index(note) for line, note in zip(lines, ("note", "no C"), strict=True)} == {head.index("note")}
    assert "4.12 " in lines[0] and "0.80 " in lines[0] and "1,234" in lines[1]


# ---- measuring ----


def test_candidates_take_turns_and_the_first_round_does_not_count():
    calls = []

    def candidate(name):
        return lambda: calls.append(name) or len(calls)

    found = _measure.in_turn({"a": candidate("a"), "b": candidate("b")}, 3)
    assert calls == ["a", "b"] * 4
    assert found["a"].tolist() == [3, 5, 7] and found["b"].tolist() == [4, 6, 8]


def test_a_row_holds_median_and_quartiles():
    row = _measure.row("x", [5.0, 1.0, 2.0, 3.0, 4.0], "s", 2.0, 1.5, "note")
    assert (row.low, row.value, row.high) == (2.0, 3.0, 4.0)
    assert (row.reference, row.ratio) == (2.0, 1.5)


def test_the_clock_runs_while_something_is_done():
    assert _measure.seconds_of(lambda: sum(range(100_000))) > 0


# ---- wht ----


@compiled_only
def test_wht():
    rows = wht.run(rounds=2, sizes=(16, 256), additions=1e5)
    assert_rows(rows, "wht.")
    assert [row.name for row in rows[:2]] == ["wht.16", "wht.256"]
    for row in rows[:2]:
        assert row.ratio == pytest.approx(row.reference / row.value)
    assert {row.name for row in rows[2:]} >= {"wht.16.numpy", "wht.256.numpy", "wht.16.scipy", "wht.16.fht-cpu"}


def test_the_nearer_bound_counts():
    assert wht.bound(64, 96.0, 3.0) == (4.0, "adding")
    assert wht.bound(64, 96.0, 5.0) == (5.0, "copying")


def test_peers_of_the_transform_transform():
    vectors = rng.uniforms((20, 64), 1)
    assert np.allclose(wht._ours(vectors), vectors @ wht.hadamard(64), rtol=1e-4, atol=1e-4)
    work, count, note = wht.dense(64)
    assert work().shape == (count, 64) and "dense matrix" in note


@compiled_only
def test_swapped_halves_are_back_after_two_times():
    x = wht.again_and_again(8, 0)[0]
    before = x.copy()
    wht._swaps(x, 1)
    assert naive.same_bits(x, np.concatenate([before[4:], before[:4]]))


@pytest.mark.parametrize("n", [2, 16, 64] if DISABLED else [2, 16, 64, 4096, 65536])
def test_what_is_transformed_over_and_over_stays_as_it_is(n):
    x, arguments = wht.again_and_again(n, 0)
    before = x.copy()
    wht._transforms(x, 2, *arguments[1:])
    assert np.allclose(x, before, rtol=1e-3, atol=0)
    assert np.isfinite(x).all()


# ---- tick ----


@pytest.mark.parametrize("case", tick.CASES, ids=lambda case: case.name)
def test_all_parts_together_are_the_tick(case):
    scene = _loops.scene(case, LANES)
    one, two = scene.agent.block(), scene.agent.block()
    scene.kernels.begin(one)
    scene.kernels.begin(two)
    scene.kernels.run(one, scene.genes[0], scene.seen_in_lanes, TICKS)
    scene.kernels.partly(two, scene.genes[0], scene.seen_in_lanes, TICKS, len(_loops.PARTS))
    for block in (one, two):
        _associative.settle(block.memory.weights)
    assert naive.same_bits(one.x, two.x)
    assert naive.same_bits(one.memory.weights.m, two.memory.weights.m)


def test_what_is_seen_is_a_life_of_copy():
    scene = _loops.scene(tick.CASES[0], 1)
    assert scene.seen.shape == (22, 64)
    assert (scene.seen[:, scene.agent.layout.one] == 1).all()
    assert (np.abs(scene.seen[1:11, :8]) == 1).all()
    assert not scene.seen[12:, :8].any()
    assert (scene.seen_in_lanes == scene.seen[..., None]).all()


@needs_compiler
@pytest.mark.parametrize("case", tick.CASES, ids=lambda case: case.name)
def test_c_gives_the_bits_of_the_lanes(case):
    """Summed in the same order, without fused multiply-add: slots and memory after many ticks."""
    scene = _loops.scene(case, LANES)
    block, twin = scene.agent.block(), _twin.Twin(scene, 1, (*_twin.FLAGS, "-ffp-contract=off"))
    scene.kernels.begin(block)
    scene.kernels.run(block, scene.genes[0], scene.seen_in_lanes, TICKS)
    _associative.settle(block.memory.weights)
    twin.begin()
    twin.run(TICKS)
    assert np.array_equal(twin.x, block.x.T)
    assert np.array_equal(twin.m, block.memory.weights.m.transpose(2, 1, 0))
    assert twin.m.any(axis=(1, 2)).sum() > LANES // 2
    assert not (np.abs(twin.m[twin.m != 0]) < 1e-30).any()


@needs_compiler
def test_c_gives_the_bits_of_the_lanes_whatever_the_head_does():
    """Far from newborns: agents that part, hold and jump."""
    case = tick.CASES[0]
    scene = _loops.scene(case, LANES)
    genomes = rng.uniforms(scene.genomes.shape, 3) + np.float32(0.5)
    scene = scene._replace(genomes=genomes, genes=scene.agent.in_lanes(genomes))
    block, twin = scene.agent.block(), _twin.Twin(scene, 1, (*_twin.FLAGS, "-ffp-contract=off"))
    done = dict.fromkeys(("home", "jump", "hold", "part"), 0)
    scene.kernels.begin(block)
    twin.begin()
    for now in range(len(scene.seen)):
        here = scene.seen_in_lanes[now : now + 1]
        scene.kernels.run(block, scene.genes[0], here, 1)
        for name in done:
            done[name] += int((block.h[scene.agent.layout.control(name)] > 0).sum())
    twin.run(len(scene.seen))
    _associative.settle(block.memory.weights)
    assert np.array_equal(twin.x, block.x.T)
    assert np.array_equal(twin.m, block.memory.weights.m.transpose(2, 1, 0))
    assert all(LANES < times < LANES * (len(scene.seen) - 1) for times in done.values()), done


@needs_compiler
def test_the_c_that_is_timed_agrees():
    scene = _loops.scene(tick.CASES[0], 40)
    for sums in _twin.SUMS:
        twin = _twin.Twin(scene, sums)
        assert tick.agreement(scene, twin) == 40
        twin._genes[7] *= 1.01
        assert tick.agreement(scene, twin) == 39


@needs_compiler
def test_lives_in_c_are_runs_from_birth():
    scene = _loops.scene(tick.CASES[0], 3)
    one, two = _twin.Twin(scene, 8), _twin.Twin(scene, 8)
    one.lives()
    two.begin()
    two.run(len(scene.seen))
    assert np.array_equal(one.agents[0], two.agents[2])


@compiled_only
@needs_compiler
def test_tick():
    rows = tick.run(rounds=1, cases=tick.CASES[:1], ticks=22)
    assert_rows(rows, "tick")
    assert [row.name for row in rows[:8]] == ["tick", *(f"tick.{part}" for part in _loops.PARTS), "tick.512"]
    assert {row.name for row in rows[8:]} >= {*(f"tick.512.{form}" for form in _tick_peers.FORMS), "tick.neat-python"}
    assert "-O3 -march=native" in rows[0].note
    assert not any("AGREES" in row.note for row in rows)


@compiled_only
def test_without_a_compiler_there_is_nothing_to_compare_with(monkeypatch):
    monkeypatch.setattr(_twin.shutil, "which", lambda name: None)
    monkeypatch.setattr(_tick_peers, "FORMS", {})
    rows = tick.run(rounds=1, cases=tick.CASES[:1], ticks=22)
    assert_rows(rows, "tick", compared=False)
    assert {(row.reference, row.ratio) for row in rows[:8]} == {(None, None)}
    assert "no C compiler" in rows[0].note and "no C compiler" in rows[7].note


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell script")
def test_a_compiler_that_fails_is_as_good_as_none(monkeypatch, tmp_path):
    broken = Path(tmp_path / "cc")
    broken.write_text("#!/bin/sh\necho 'bad flag' >&2\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setenv("CC", str(broken))
    with pytest.raises(_twin.NoCompilerError, match="the C compiler fails: bad flag"):
        _twin.Twin(_loops.scene(tick.CASES[0], 1), 8)


# ---- peers ----


def test_a_package_that_is_missing_or_broken_is_named(monkeypatch, tmp_path):
    (tmp_path / "broken_peer.py").write_text("raise OSError('no such library\\nmore')")
    (tmp_path / "needy_peer.py").write_text("import nothing_like_it")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(_peers.NoPeerError, match=r"^no_such_peer is not installed$"):
        _peers.peer("math", "no_such_peer.inner")
    with pytest.raises(_peers.NoPeerError, match=r"^broken_peer does not work here: OSError: no such library$"):
        _peers.peer("broken_peer")
    with pytest.raises(_peers.NoPeerError, match=r"^needy lacks nothing_like_it$"):
        _peers.peer("needy_peer", package="needy")
    assert _peers.peer("math", "os.path") == [math, os.path]


def missing(*args, **kwargs):
    raise _peers.NoPeerError("it is not installed")


@compiled_only
def test_a_missing_peer_is_one_line_each(monkeypatch):
    for module in (wht, worlds, _tick_peers):
        monkeypatch.setattr(module, "peer", missing)
    rows = wht.run(rounds=1, sizes=(16, 64), additions=1e4)
    assert [row.name for row in rows if row.value is None] == ["wht.16.scipy", "wht.16.fht-cpu"]
    rows = worlds.run(rounds=1, problems=[PROBLEMS[0]], ticks=10)
    assert [row.name for row in rows] == ["worlds.corridor", "worlds.minigrid", "worlds.gymnax", "worlds.pufferlib"]
    assert {row.note for row in rows[1:]} == {"skipped: it is not installed"}
    assert report.table(rows).count("skipped: it is not installed") == 3
    rows = _tick_peers.rows("tick.512", _loops.scene(tick.CASES[0], 20), 1)
    assert [row.name for row in rows] == ["tick.512.jax", "tick.512.jax-dense", "tick.512.torch", "tick.512.torch-dense"]
    assert {row.value for row in rows} == {None}
    assert _tick_peers.neat_row("tick.neat", lambda: 1.0, 1).note == "skipped: it is not installed"


@pytest.mark.parametrize("case", [tick.CASES[0], tick.CASES[2], tick.CASES[5], tick.CASES[7]], ids=lambda case: case.name)
@pytest.mark.parametrize("dense", [False, True], ids=["butterflies", "dense"])
def test_the_tick_in_whole_arrays_gives_the_slots_of_the_lanes(case, dense):
    """By NumPy, with agents that part, hold and jump; one of them with other genes is found out."""
    scene = _loops.scene(case, 20)
    genomes = rng.uniforms(scene.genomes.shape, 3) + np.float32(0.5)
    scene = scene._replace(genomes=genomes, genes=scene.agent.in_lanes(genomes))
    fixed, genes = _arrays.fixed(scene, np.asarray), _tick_peers._genes(scene).copy()
    genes[7] *= np.float32(1.01)
    transform = _arrays.matrices(np.asarray, *_tick_peers._sizes(fixed)) if dense else _arrays.butterflies
    state = _arrays.born(np, fixed, genes[:, 0, 0])
    for seen in scene.seen:
        state, x = _arrays.tick(np, fixed, transform, genes, state, np.broadcast_to(seen, genes[:, 0, 0].shape))
    assert x.dtype == np.float32
    assert _tick_peers.agreeing(x, _tick_peers.slots_at_the_end(scene)) == 19


@compiled_only
def test_a_form_stands_beside_the_lanes_and_doubt_is_said(monkeypatch):
    scene = _loops.scene(tick.CASES[0], 20)
    ends = _tick_peers.slots_at_the_end(scene)
    other = ends.copy()
    other[3] += 1
    forms = {"torch": lambda what: _tick_peers.Form("right", lambda: ends), "jax": lambda what: _tick_peers.Form("wrong", lambda: other)}
    monkeypatch.setattr(_tick_peers, "FORMS", forms)
    rows = _tick_peers.rows("tick", scene, 2)
    assert [row.name for row in rows] == ["tick.torch", "tick.jax", "tick.jax.compile"]
    assert "AGREES" not in rows[0].note and "AGREES FOR 19 OF 20 AGENTS ONLY" in rows[1].note
    assert rows[0].ratio == pytest.approx(rows[0].reference / rows[0].value)
    assert rows[2].unit == "s"


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
    wanted = {name: f"new {name}" for name in performance.ABOUT} | {"wht": "old wht"}
    assert performance.sections(performance.DOC.read_text()) == wanted


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
