"""What writes docs/parts.md: every part is in it, quartiles with runs that failed, equal wall-clock, who is first."""

import math

import pytest
from test_results import script

from alife.core import registry
from alife.evolve.run import Outcome


@pytest.fixture
def parts(monkeypatch):
    return script("parts", monkeypatch)


@pytest.fixture
def tables(monkeypatch):
    return script("parts_table", monkeypatch)


def test_every_part_is_tried(parts):
    assert set(registry.names("controllers")) == set(parts.TABLES["controllers"][1])
    assert set(registry.names("memory")) == set(parts.TABLES["memories"][1])
    assert parts.TABLES["plasticity"][1] == ("none", "bloom", "visits", "soft-visits")
    assert parts.DEFAULTS == {"controllers": "wht", "memories": "lsh", "plasticity": "none"}
    _, _, commands = parts.section("plasticity")
    assert commands[1].format(seeds=2, generations=9, runs="R", docs="D") == (
        "sweep shelves --set world.shelves=4 --until-solved --set evolve.polish=0 --seeds 2 --generations 9 "
        "--grid memory.plasticity=none,bloom,visits,soft-visits --out R/plasticity-shelves --csv D/plasticity-shelves.csv > /dev/null"
    )
    assert commands[-1] == "python benchmarks/parts_table.py {docs} plasticity"


def rows(*solved_at, budget=5000, seconds=1.0):
    """Runs that solved at these evaluations; None: not."""
    return [
        {
            "solved": str(at is not None),
            "solved_evaluations": str(at or ""),
            "evaluations": str(at or budget),
            "seconds": str(seconds * (at or budget)),
        }
        for at in solved_at
    ]


def test_runs_that_failed_count_as_more_than_the_budget(tables):
    one = tables.cell(rows(300, 100, None, 200, 400))
    assert (one.runs, one.solved, one.budget) == (5, 4, 5000) and one.evaluations == (200, 300, 400)
    assert tables.cell(rows(100, None, None)).evaluations[1] == math.inf
    assert tables._evaluations(one) == "300 (200 to 400)"
    assert tables._evaluations(tables.cell(rows(100, 200, None, None, None))) == "> 5,000 (200 to > 5,000)"
    assert tables._evaluations(tables.cell(rows(None, None))) == "> 5,000"
    assert tables.cell(rows(*range(1, 11))).evaluations == (3, 5.5, 8)


def put(folder, name, problem, key, cells):
    heads = [key, *rows(1)[0]]
    lines = [",".join([part, *row.values()]) for part, found in cells.items() for row in found]
    (folder / f"{name}-{problem}.csv").write_text("\n".join([",".join(heads), *lines]), encoding="utf-8")


def test_the_tables(tables, tmp_path):
    for problem in tables.PROBLEMS:
        put(tmp_path, "memories", problem, "memory.kind", {
            "lsh": rows(100, 200, 300), "exact": rows(10, 20, 30), "none": rows(None, None, None, budget=250, seconds=0.5),
        })  # fmt: skip
    put(tmp_path, "controllers", "copy", "controller.kind", {"wht": rows(100, None)})
    (tmp_path / "ticks.csv").write_text("table,part,ns,low,high,parameters,rounds\nmemories,lsh,101.4,1,2,512,9\n", encoding="utf-8")
    assert tables.limit(tmp_path, "copy") == 125.0
    text = tables.table(tmp_path, "memories").splitlines()
    assert text[0].startswith("| memories | ns a tick | parameters | copy: solved | evaluations to solve | in 1.2e+02 s | shelves: solved")
    assert next(line for line in text if "lsh" in line).startswith("| **lsh** | 101 | 512 | 3 of 3 | 200 (100 to 300) | 1 | 3 of 3 |")
    assert next(line for line in text if "| none" in line).startswith("| none | - | - | 0 of 3 | > 250 | 0 |")
    assert next(line for line in text if "tape" in line) == "| tape" + " | -" * 11 + " |"
    assert tables.ranking(tmp_path, "memories") == [("exact", 9, 9, 3.0), ("lsh", 9, 9, 6.0), ("none", 0, 9, 9.0)]
    summary = tables.summary(tmp_path)
    assert "| memories | exact | 9 of 9 | 3 | lsh (9 of 9; 6), none (0 of 9; 9) | lsh | 2 of 3 |" in summary
    assert "memories: `exact` is first, not the default, `lsh`; quartiles apart in copy, shelves, tmaze." in summary
    assert "| controllers | - | - | - | - | wht | - |" in summary


def test_equals_share_a_rank_and_a_winning_default_is_named(tables, tmp_path):
    for problem in tables.PROBLEMS:
        put(tmp_path, "memories", problem, "memory.kind", {"lsh": rows(50), "exact": rows(50), "tape": rows(None)})
    assert {rank for _, solved, _, rank in tables.ranking(tmp_path, "memories") if solved} == {4.5}
    put(tmp_path, "memories", "copy", "memory.kind", {"lsh": rows(40), "exact": rows(50), "tape": rows(None)})
    assert "memories: the default, `lsh`, is first." in tables.summary(tmp_path)


def test_a_run_found_wanting_at_the_end_is_not_taken_for_one_that_used_up_its_time(tables, tmp_path):
    """It stopped at once, and so says nothing about how long evaluations take."""
    failed = {**rows(7)[0], "solved": "False"}
    put(tmp_path, "memories", "copy", "memory.kind", {"lsh": [failed], "tape": rows(None)})
    assert tables.limit(tmp_path, "copy") == 5000.0
    assert {"solved", "solved_evaluations", "evaluations", "seconds"} <= set(Outcome.__dataclass_fields__)


def test_ticks(monkeypatch, parts):
    ticks = script("parts_ticks", monkeypatch)
    monkeypatch.setattr(ticks, "TABLES", {"plasticity": ("memory.plasticity", ("none",)), "controllers": ("controller.kind", ("wht",))})
    found = ticks.rows(rounds=2, lives=1)
    assert [row[:2] for row in found] == [("plasticity", "none"), ("controllers", "wht")]
    assert all(0 < low <= ns <= high and genes == 512 and rounds == 2 for _, _, ns, low, high, genes, rounds in found)
