"""What writes docs/results.md: sections one by one, and the summary of the CSV files."""

import importlib
from pathlib import Path

import pytest

from alife.insight.problems import PROBLEMS, Problem

ROOT = Path(__file__).parents[1]


def script(name, monkeypatch):
    """A module of benchmarks."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return importlib.import_module(name)


@pytest.fixture
def document(monkeypatch):
    return script("_document", monkeypatch)


def say(words):
    return f"python -c \"print('{words}')\""


def test_sections_one_by_one(document, tmp_path):
    """The others stay, in order; the summary is made anew; what is no section any more goes."""
    file = tmp_path / "results.md"
    file.write_text("# Old\n\n## Gone\n\nx\n\n## Third, k\n\nstays\n\n`a`\n", encoding="utf-8")
    sections = [
        ("First", "Words.", [say("| {runs} |"), say("quiet") + " > /dev/null"]),
        ("Second", "", [say("never")]),
        ("Third, k", "new", [say("third")]),
    ]
    summary = ("Sum", "All.", [f"python -c \"print(len(open('{file}').read().split('## ')))\""])
    document.write(file, "x.py", ["", "Intro."], sections, {"runs": "here"}, ["first"], summary)
    head, *parts = file.read_text(encoding="utf-8").split("\n\n## ")
    assert head.startswith("# Results\n\nWritten by `python benchmarks/x.py`") and head.endswith("Intro.")
    assert parts == [
        f"Sum\n\nAll.\n\n`{summary[2][0]}`\n\n```text\n3\n```",
        "First\n\nWords.\n\n`python -c \"print('| here |')\"`\n\n| here |\n\n`python -c \"print('quiet')\" > /dev/null`",
        "Third, k\n\nstays\n\n`a`\n",
    ]
    document.write(file, "x.py", [], sections, {"runs": "here"}, ["third-k"], summary)
    assert "third\n```\n" in (text := file.read_text(encoding="utf-8")) and "stays" not in text and "Words." in text
    with pytest.raises(SystemExit, match="--only frist: expected some of first second third-k"):
        document.write(file, "x.py", [], sections, {"runs": "here"}, ["first", "frist"])


def test_a_sections_commands_are_those_of_the_command_line(document, monkeypatch):
    results = script("results", monkeypatch)
    toy = Problem("two", "copy", ("world.bits=2",), "words", 7, {"long": "world.length=9 memory.bits=64"})
    title, words, commands = results.section(toy, 10, 5)
    assert title == document.slug(title) == "two" and "7 evaluations; words" in words and "at long, 200 fresh lives." in words
    options = {"runs": "R", "docs": "D", "seeds": "10"}
    assert [command.format(**options) for command in commands] == [
        ("sweep copy --set world.bits=2 --until-solved --seeds 10 --generations 5 "
         '--also "world.length=9 memory.bits=64" --lives 200 --out R/two --csv D/two.csv'),
        f"ablate {' '.join(f'R/two/copy_s{seed}' for seed in range(1, 11))} --control --lives 256 > /dev/null",
        "ablate R/two --lives 256 --csv D/two-ablation.csv",
    ]
    few = results.section(toy._replace(name="orders"), 10)[2][1]
    assert few == "ablate {runs}/orders/copy_s1 --control --lives 256 > /dev/null", "controls of what takes long: of the first seeds"
    names = [document.slug(name) for name, _, _ in (*(results.section(problem, 10) for problem in PROBLEMS), *results.OTHERS)]
    assert names[:14] == [problem.name for problem in PROBLEMS] and len(set(names)) == len(names)


def test_the_summary(tmp_path, monkeypatch):
    summary = script("summary", monkeypatch)
    heads = "world,seed,solved,solved_evaluations,evaluations,agent_ticks,seconds,score,z"
    rows = [f"copy,{seed},{seed != 3},{'' if seed == 3 else seed * 100},9000,{seed * 1000},1.5,.99,0.9{seed - 1}" for seed in range(1, 11)]
    (tmp_path / "copy.csv").write_text("\n".join([heads, *rows]), encoding="utf-8")
    arms = [f"r,copy,1,256,{arm},0.5,{z}" for arm, z in (("full", 1), *(("memory_zeroed", z) for z in (0.25, "", 0.125)))]
    (tmp_path / "copy-ablation.csv").write_text("\n".join(["run,world,seed,lives,arm,score,z", *arms]), encoding="utf-8")
    lines = summary.table(tmp_path).splitlines()
    assert lines[2 + 4] == "| copy | 9 of 10 | 600 | 5,500 | 0.945 | 0.188 | 3,000,000 | 5,000 |"
    assert lines[2 + 6] == "| seasons | - | - | - | - | - | 2,500,000 | - |"
    assert lines[-1] == "A problem is solved if 8 of 10 seeds reach z >= 0.95: 1 of 14."
