"""The page of a problem's run: whole, harmless, the same for the same run, and what it says is so."""

import dataclasses
import json
import shutil
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from conftest import Recorder, evolves, tiny, tiny_coin
from pages import check, timeless

from alife.cli import report
from alife.core import config as configs
from alife.core.errors import InputError
from alife.core.layout import layout_of
from alife.evolve import run as runs
from alife.insight import mind
from alife.insight.report import compare, decisive, ecosystem, facts, html, plots, problem
from alife.insight.report.lineage import MOST_BIRTHS, lineage
from alife.sim.agent import Agent
from alife.store.database import Database, Metrics
from alife.viewer import film
from controllers import wht
from worlds import copy

pytestmark = evolves
_NAMES = {8: "eight"}
HOSTILE = "</td></style><script>alert(1)</script><img src=http://x.example/a onerror=alert(2)> & \" ' \x00\x1b[31m\u202e"


@pytest.fixture(scope="module")
def told(solved):
    """The facts of a solved run."""
    return facts.facts_of(solved)


@pytest.fixture
def evolved(tmp_path):
    """evolved(config, name) -> the folder of a run."""
    return lambda config, name="r": tmp_path / name if runs.begin(config, tmp_path, Recorder(), name) else None


def change(run, sql, *values):
    with sqlite3.connect(run / "run.sqlite") as connection:
        connection.execute(sql, values)
    connection.close()


# ---- the page ----


def test_a_solved_run(solved, tmp_path, told):
    path, numbers = report.write(solved, tmp_path / "a.html")
    page = check(path.read_text(encoding="utf-8"))
    outcome = told.curves.outcome
    for words in ("copy, seed 1", f"Solved after {outcome.solved_evaluations:,} evaluations", "The memory is used", "alife evolve copy"):
        assert words in page.text
    assert [title in page.text for title in ("What was asked", "What came out", "How it was learnt", "Where it comes from")] == [True] * 4
    assert outcome.digest in page.text and f"{outcome.evaluations:,}" in page.text
    assert page.tags.count("img") == 2 and page.tags.count("svg") >= 9
    assert numbers["z"] == outcome.z and numbers["digest"] == outcome.digest and numbers["solved"] is True
    assert numbers["ablation"]["memory_zeroed"]["z"] < 0.1 and numbers["decisive"]["changes"] is True
    assert not (solved / "report.html").exists()


def test_the_same_run_gives_the_same_bytes(evolved, tmp_path):
    pages = []
    for threads in (1, 2):
        run = evolved(tiny(f"run.threads={threads}"))
        pages.append(report.write(run)[0].read_text(encoding="utf-8"))
        shutil.rmtree(run)
    assert timeless(pages[0]) == timeless(pages[1])
    check(pages[0])


def test_a_run_that_goes_on(evolved):
    run = evolved(tiny())
    for key in ("summary", "state"):
        change(run, "DELETE FROM run WHERE key = ?", key)
    of = facts.facts_of(run)
    page = check(problem.page(of, None))
    assert of.curves.outcome is None and "Not at its end yet" in page.text and "There is no film" in page.text


def test_a_world_of_ones_own(evolved, coin):
    """No question is asked, nothing is published, no phase has a name; some lives end without a number."""
    run = evolved(tiny_coin(coin, "evolve.generations=2", nan=30))
    of = facts.facts_of(run)
    page = check(problem.page(of, None), nan=True)
    assert of.arms["memory_zeroed"] is None and of.problem is None and of.command == "alife evolve config.yaml"
    assert "Not to be had here: emptied when asked" in page.text


def test_a_mind_without_a_memory(evolved):
    of = facts.facts_of(evolved(tiny("evolve.generations=1", "memory.kind=none")))
    page = check(problem.page(of, None))
    assert of.arms["memory_scrambled"] is None and "no better than an agent without a memory" in page.text


def test_a_mind_that_tells_no_gates(evolved, monkeypatch):
    run = evolved(tiny("evolve.generations=1"))
    monkeypatch.delattr(wht, "view")
    of = facts.facts_of(run)
    assert of.life.decision is None and "This controller tells no gates" in check(problem.page(of, None)).text


def test_lives_that_are_too_long(told):
    agent = Agent(configs.load("corridor", ["world.length=3000"]))
    assert facts.lives_for(agent) == 0 and facts.lives_for(told.agent) == facts.LIVES
    assert facts.lives_for(Agent(configs.load("copy", ["memory.bits=65536"]))) < facts.LIVES
    page = check(problem.page(told._replace(arms=None), None))
    assert "too long for a report" in page.text


def test_hostile_text(evolved, tmp_path, monkeypatch):
    """Names and words of a plug-in, events, versions and the folder itself."""

    def named(config):
        layout = layout_of(config)
        seen, done = (tuple(f"{HOSTILE}{i}" for i in range(len(names))) for names in (layout.observations, layout.actions))
        return dataclasses.replace(layout, observations=seen, actions=done)

    run = evolved(tiny("evolve.generations=1"), "<b>&'")
    monkeypatch.setattr("alife.sim.agent.layout_of", named)
    monkeypatch.setattr(copy, "__doc__", HOSTILE)
    monkeypatch.setattr(copy.picture, "__doc__", HOSTILE)
    change(run, "INSERT INTO events(generation, kind, text) VALUES (1, 'restart', ?)", HOSTILE + "x" * 10_000)
    change(run, "UPDATE run SET value = ? WHERE key = 'versions'", json.dumps({HOSTILE: HOSTILE, "deep": [HOSTILE] * 1000}))
    text = report.write(run, tmp_path / "x.html")[0].read_text(encoding="utf-8")
    page = check(text)
    assert "<script" not in text and "<img src=http" not in text and page.text.count("alert(1)") > 20 and len(text) < 1_000_000
    assert "\x00" not in text and "\x1b" not in text and "\u202e" not in text


def test_text_is_text():
    assert html.text("<a>\n\"b\" & 'c'") == "&lt;a&gt; &quot;b&quot; &amp; &#x27;c&#x27;"
    assert len(html.text("x" * 10**6)) == html.LONGEST
    with plots.Plot(1.0) as plot:
        plot.axes.plot([0, 1], [0, 1], label="</svg><script>$x^2$ #010101")
        plot.axes.legend()
    check(f"<!DOCTYPE html>\n<html><head><title>t</title></head><body><h1>h</h1>{plot.svg('a', '<b>')}{plot.svg('b', '')}</body></html>")


# ---- what it says ----


def test_the_decisive_moment_is_as_told(told):
    """Without the recall and with the gates held the mind does what the page says."""
    life, of = told.life, told.life.decision
    assert life.ended and 0 <= life.score <= 1 and life.ticks[of.tick].asked and of.changes
    look, layout = of.look, told.agent.layout
    gates = np.stack([strip.gates for strip in look.strips])
    moment = look.moment
    held = mind.held(told.agent.controller, layout, told.genome.reshape(told.agent.shape), gates, 1, moment.seen, moment.recall, look.parts)
    x = moment.seen.astype(np.float64)
    blank = mind.between(layout, x, held.middle, np.zeros(layout.values), np.array(look.parts))
    out = held.second.map @ blank + held.second.offset
    actions = out[layout.first_action : layout.first_action + len(layout.actions)]
    assert int(actions.argmax()) == of.without != look.action
    assert np.allclose(actions + of.adds, [value for _, value in look.actions], atol=1e-5)
    right, answers = (sum(getattr(tick, name) for tick in life.ticks) for name in ("right", "answers"))
    assert answers > 0 and right <= answers


@pytest.mark.parametrize(
    ("full", "zeroed", "words"),
    [
        ((0.05, 0.0, 0.1), (0.0, -0.1, 0.1), "no better than an agent without"),
        ((0.9, 0.85, 0.95), (0.9, 0.85, 0.95), "not used"),
        ((0.9, 0.85, 0.95), (0.05, 0.0, 0.1), "The memory is used</b>"),
        ((0.9, 0.85, 0.95), (0.12, -0.05, 0.29), "The memory is used</b>"),
        ((0.9, 0.85, 0.95), (0.5, 0.4, 0.6), "not for all"),
        ((0.9, 0.7, 1.1), (0.6, 0.4, 0.8), "is open"),
    ],
)
def test_whether_the_memory_is_used(full, zeroed, words):
    arms = [dict(zip(("z", "zlow", "zhigh"), arm, strict=True)) for arm in (full, zeroed)]
    assert words in problem.used({"full": arms[0], "memory_zeroed": arms[1], "memory_off": None})
    assert words in problem.used({"full": arms[0], "memory_zeroed": None, "memory_off": arms[1]})


def test_the_command_repeats_the_run(told):
    config = configs.load("repeat", ["world.k=4", "memory.kind=none", "head.moves=[home, hold]", "run.seed=7", "evolve.until_solved=true"])
    command = facts.command_of(config).split(" ")
    assert command[:6] == ["alife", "evolve", "repeat", "--until-solved", "--seed", "7"]
    assert facts.command_of(configs.load("copy")) == "alife evolve copy" and facts.command_of(told.config).startswith("alife evolve copy ")
    assert facts.problem_of(configs.load("repeat", ["world.k=16"])).name == "repeat-16" and facts.problem_of(told.config) is None


def naive_ancestors(births, champion):
    """generation -> ids, by following every birth."""
    found, todo = {}, {champion}
    while todo:
        one = todo.pop()
        generation, mother, father = births[one]
        found.setdefault(generation, set()).add(one)
        todo |= {parent for parent in (mother, father) if parent >= 0}
    return found


@pytest.mark.parametrize("seed", range(4))
def test_lineage(tmp_path, seed):
    luck, population, last = np.random.default_rng(seed), 7, 12
    births, best = {}, {}
    with Database(tmp_path / "run.sqlite") as database:
        for g in range(1, last + 1):
            chosen = luck.integers(0, population, (2, population)) if g not in (1, 5) else np.full((2, population), -1)
            mothers, fathers = np.where(chosen < 0, -1, chosen + (g - 1) * population)
            fathers[luck.random(population) < 0.3] = -1
            if g not in (1, 5):
                fathers[0], best[g - 1] = -1, int(mothers[0])
            database.add_metrics([Metrics(g, g, g, 0, 0, 0, 0, 0, 0)])
            database.add_births(g, g * population, mothers, fathers)
            births |= {g * population + i: (g, int(mothers[i]), int(fathers[i])) for i in range(population)}
        database.commit()
        champion = 10 * population + 3
        known = naive_ancestors(births, champion)
        line = lineage(database, champion, population, 1)
        assert line.complete and [step.generation for step in line.steps] == sorted(known)
        assert [step.ancestors for step in line.steps] == [len(known[g]) for g in sorted(known)]
        assert line.ancestors == sum(map(len, known.values())) - 1 and line.steps[-1].best == 3 and line.steps[-1].descends
        for step in line.steps[:-1]:
            first = best.get(step.generation)
            assert step.best == (None if first is None else first % population)
            assert step.descends == (first in known[step.generation])
        assert lineage(database, 10**6, population, 1) is None
        database.trim(8, np.array([], np.int64))
        short = lineage(database, champion, population, 1)
        assert not short.complete and [step.generation for step in short.steps] == [8, 9, 10]


# ---- damage ----


@pytest.mark.parametrize(
    "summary",
    ["{", "[]", "{}", '{"z": 1}', "[" * 5000, json.dumps({"solved": "yes"})],
)
def test_a_damaged_summary(evolved, alife, summary):
    run = evolved(tiny("evolve.generations=1"))
    change(run, "UPDATE run SET value = ? WHERE key = 'summary'", summary)
    said = alife("report", run)
    assert said.code == 66 and "is damaged" in said.error and not (run / "report.html").exists()


@pytest.mark.parametrize(
    ("name", "text"),
    [("config.yaml", "world: {"), ("run.sqlite", "x" * 5000), ("champion.npz", "PK"), ("config.yaml", None), ("champion.npz", None)],
)
def test_a_damaged_folder(evolved, alife, name, text):
    run = evolved(tiny("evolve.generations=1"))
    (run / name).unlink() if text is None else (run / name).write_text(text)
    said = alife("report", run)
    assert said.code == 66 and len(said.err.splitlines()) == 1 and not (run / "report.html").exists()


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("UPDATE run SET value = ? WHERE key = 'summary'", '{"solved_evaluations": 1e400}'),
        ("UPDATE metrics SET z = ?, best = 'inf', champion = NULL", None),
        ("INSERT INTO events(generation, kind, text) VALUES (1, 'restart', ?)", None),
        ("UPDATE births SET mother = ?, father = id", 1 << 62),
    ],
)
def test_odd_rows_are_refused_or_told(evolved, alife, sql, value):
    run = evolved(tiny("evolve.generations=2"))
    change(run, sql, value)
    said = alife("report", run)
    assert said.code in (0, 66) and (said.code == 66 or check((run / "report.html").read_text(encoding="utf-8")))


def test_no_generation_yet(evolved, alife):
    run = evolved(tiny("evolve.generations=1"))
    change(run, "DELETE FROM metrics")
    with pytest.raises(InputError, match="has not come to the end of a generation yet"):
        facts.facts_of(run)
    assert alife("report", run).code == 66


def test_the_numbers_of_the_docs():
    text = " ".join((Path(__file__).parents[1] / "docs" / "report.md").read_text(encoding="utf-8").split())
    assert (
        f"at most {facts.LIVES} lives an arm" in text
        and f"at most {film.SHORT_TICKS};" in text
        and f"up to {_NAMES[decisive.MOST_LIVES]}:" in text
    )
    assert (
        f"keys over {facts.LOOKED} lives" in text
        and f"at most {decisive.MOST_LOOKS}, it" in text
        and f"most {MOST_BIRTHS:,} births" in text
    )
    assert f"up to {ecosystem.MOST_LINES} of" in text and f"above {ecosystem.MOST_BIRTHS:,} births" in text
    assert f"the first {compare.MOST_CURVES} curves and {compare.MOST_BARS} bars" in text
