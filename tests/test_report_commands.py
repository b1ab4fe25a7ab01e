"""`alife report` from the command line: after an evolution, of ecosystems, of several runs; and what must never happen."""

import json
import shutil
import sqlite3

import pytest
from conftest import Recorder, evolves, tiny
from pages import check, timeless
from test_cli_ecology import EASY

from alife.cli import report
from alife.core import config as configs
from alife.core.errors import InputError
from alife.evolve import ecology
from alife.evolve import run as runs
from alife.insight.census import census
from alife.insight.report import compare, ecosystem

pytestmark = evolves


class Quiet(Recorder):
    """Listens to ecosystems, too."""

    def living(self, now):
        pass


def world(out, name, *more):
    """The folder of an ecosystem that has lived."""
    config = configs.load("ecosystem", [*(text.removeprefix("--set=") for text in EASY), "run.record=50", "run.ticks=400", *more])
    ecology.begin(config, out, Quiet(), name, census)
    return out / name


@pytest.fixture(scope="module")
def several(tmp_path_factory):
    """A folder with three runs: two of a problem, one ecosystem. Look, do not touch."""
    out = tmp_path_factory.mktemp("several")
    for seed in (1, 2):
        runs.begin(tiny(f"run.seed={seed}", "evolve.generations=2"), out, Recorder(), f"copy_s{seed}")
    world(out, "world_s1")
    return out


# ---- after an evolution ----


def test_every_evolution_ends_with_a_report(small, tmp_path):
    said = small("--name", "r")
    path = tmp_path / "runs" / "r" / "report.html"
    assert said.code == 0 and said.out.endswith(f"\nReport: {path}\n")
    assert "Not solved" in check(path.read_text(encoding="utf-8")).text


def test_but_for_those_who_want_none(small, tmp_path, alife):
    said = small("--name", "r", "--no-report", "--json")
    run = tmp_path / "runs" / "r"
    assert said.code == 0 and not (run / "report.html").exists()
    told = alife("report", run, "--json").json
    assert told["report"] == str(run / "report.html") and told["digest"] == said.json["digest"] and told["z"] == said.json["z"]


@pytest.mark.parametrize("fault", [RuntimeError("<b>\n\x1b[31m"), InputError("gone"), KeyboardInterrupt(), MemoryError()])
def test_a_report_that_fails_is_a_note(small, tmp_path, monkeypatch, fault):
    def fails(run, out=None):
        raise fault

    monkeypatch.setattr(report, "write", fails)
    said = small("--json")
    (note,) = [line for line in said.err.splitlines() if "no report was written" in line]
    assert said.code == 0 and said.json["generations"] == 2 and said.json["run"] in note and "\x1b" not in note


def test_a_film_that_fails_is_a_note(several, tmp_path, alife, monkeypatch):
    def fails(of):
        raise InputError("no colours left")

    monkeypatch.setattr(report, "_film_of_life", fails)
    said = alife("report", several / "copy_s1", "--out", tmp_path / "a.html")
    assert said.code == 0 and "without a film: no colours left" in said.err
    assert "There is no film" in check((tmp_path / "a.html").read_text(encoding="utf-8")).text


def test_all_problems(several, tmp_path, capsys):
    """Reports that are there already are not made again."""
    shutil.copytree(several, tmp_path / "all")
    paths = sorted((tmp_path / "all").glob("copy_*"))
    (paths[0] / "report.html").write_text("as it was")
    report.after_all(paths, tmp_path / "all", False, False)
    assert (paths[0] / "report.html").read_text() == "as it was" and (paths[1] / "report.html").stat().st_size > 10_000
    assert capsys.readouterr().out == f"\nReport: {tmp_path / 'all' / 'report.html'}\n"


# ---- ecosystems ----


def test_an_ecosystem(several, tmp_path, alife):
    out = tmp_path / "w.html"
    told = alife("report", several / "world_s1", "--out", out, "--json").json
    page = check(out.read_text(encoding="utf-8"))
    assert told["kind"] == "ecosystem" and told["tick"] == 400 and 1 <= told["first_mothers"] < 100
    assert f"{told['population']:,} live at tick 400" in page.text
    for title in ("How it went", "Who descends from whom", "A typical mind", "alife run config.yaml"):
        assert title in page.text
    assert page.tags.count("img") == 1
    assert not (several / "world_s1" / "report.html").exists()


def test_an_ecosystem_twice(tmp_path):
    pages = []
    for threads in (1, 2):
        run = world(tmp_path, "w", f"run.threads={threads}")
        pages.append(report.write(run)[0].read_text(encoding="utf-8"))
        shutil.rmtree(run)
    assert timeless(pages[0]) == timeless(pages[1])


def test_an_extinct_one(tmp_path):
    run = world(tmp_path, "<i>w", "world.founder_energy=1", "world.metabolism=5", "world.cover=0")
    with sqlite3.connect(run / "run.sqlite") as connection:
        connection.execute("INSERT INTO events(tick, kind, text) VALUES (1, 'x', '<script>alert(1)</script>')")
    connection.close()
    told = ecosystem.told_of(run)
    text = ecosystem.page(told, None)
    page = check(text)
    assert told.found["population"] == 0 and "Extinct" in page.text and "alert(1)" in page.text


def test_first_mothers(several):
    """As counted by walking from everybody who lives to the first known mother."""
    told = ecosystem.told_of(several / "world_s1")
    with sqlite3.connect(several / "world_s1" / "run.sqlite") as connection:
        mother = dict(connection.execute("SELECT id, ifnull(mother, -1) FROM births"))
        living = [one for (one,) in connection.execute("SELECT id FROM births WHERE id NOT IN (SELECT id FROM deaths)")]
    connection.close()
    first = []
    for one in living:
        while mother[one] >= 0:
            one = mother[one]
        first.append(one)
    assert told.family.founders == len(set(first)) and told.family.births == len(mother)
    assert told.family.largest == pytest.approx(max(map(first.count, first)) / len(first))


# ---- several runs ----


def test_runs_beside_each_other(several, tmp_path, alife, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = alife("report", several / "copy_s1", several / "copy_s2", several / "world_s1")
    assert said.out == "Report: runs/report.html\n"
    page = check((tmp_path / "runs" / "report.html").read_text(encoding="utf-8"))
    assert "3 runs" in page.text and "copy_s2" in page.text and "In 1 of 1 ecosystems" in page.text and "world.kind" in page.text
    told = alife("report", several, "--out", tmp_path / "b.html", "--json").json
    assert [row["seed"] for row in told["runs"]] == [1, 2, 1] and (tmp_path / "b.html").exists()
    assert told["runs"][0]["z"] == json.loads(_summary(several / "copy_s1"))["z"] and told["runs"][2]["ticks"] == 400


def _summary(run):
    with sqlite3.connect(run / "run.sqlite") as connection:
        ((text,),) = connection.execute("SELECT value FROM run WHERE key = 'summary'")
    connection.close()
    return text


def test_runs_that_differ_in_nothing(several):
    told = compare.told_of([several / "copy_s1"] * 70)
    page = check(compare.page(told))
    assert "In their seeds alone" in page.text and "The first 60 of 70 runs" in page.text


# ---- mistakes ----


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["nowhere"], 66, "no run folder at nowhere"),
        (["OUT"], 66, "is no run folder"),
        (["RUN", "--out", "a.txt"], 2, "--out: expected a file name that ends in .html"),
        (["RUN", "--out", "OUT/d.html"], 2, "is no plain file"),
        (["RUN", "--out", "OUT/f/a.html"], 74, "cannot write"),
        (["RUN", "nowhere"], 66, "no run folder at nowhere"),
        ([], 2, "Missing argument"),
    ],
)
def test_mistakes(several, tmp_path, alife, monkeypatch, arguments, code, words):
    (tmp_path / "d.html").mkdir()
    (tmp_path / "f").write_text("")
    monkeypatch.chdir(tmp_path)
    places = {"RUN": str(several / "copy_s1"), "OUT": str(tmp_path)}
    said = alife("report", *(places.get(one, one.replace("OUT", str(tmp_path))) for one in arguments))
    assert said.code == code and words in said.error and len(said.err.splitlines()) == 1


@pytest.mark.parametrize("damage", ["run.sqlite", "config.yaml", "checkpoints"])
def test_a_damaged_ecosystem(several, tmp_path, alife, damage):
    run = tmp_path / "w"
    shutil.copytree(several / "world_s1", run)
    if damage == "checkpoints":
        shutil.rmtree(run / damage)
    else:
        (run / damage).write_bytes(b"\x00 nothing sound")
    said = alife("report", run)
    assert said.code == 66 and said.error and not (run / "report.html").exists()
