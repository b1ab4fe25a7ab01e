"""The README's commands do what it says; its code is that of docs/extending.md; its figures stand in docs/results.md."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
FIRST, SECOND, LIVING = re.findall(r"```sh\n(.*?)```", README, re.S)
ALIFE = Path(sys.executable).with_name("alife")


def commands(block):
    return [line.partition("#")[0].strip() for line in block.splitlines() if line.strip()]


def test_the_first_two_commands_set_everything_up():
    install = "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && "
    assert commands(FIRST) == [install + ".venv/bin/alife evolve copy --until-solved", install + ".venv/bin/pytest"]


@pytest.mark.skipif(not ALIFE.exists(), reason="alife is not installed beside this python")
def test_the_other_commands_work(tmp_path):
    def alife(*arguments):
        done = subprocess.run([ALIFE, *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, (arguments, done.stderr)
        return done.stdout

    words = alife("evolve", "copy", "--until-solved")
    assert "Solved: copy" in words and "Run folder: runs/" in words
    ran = []
    for command in commands(SECOND):
        name, *arguments = shlex.split(command)
        assert name == "alife"
        if arguments[:2] == ["watch", "latest"] and "--film" not in arguments:
            continue  # a window: tests/test_cli_watch.py
        if arguments[:2] == ["evolve", "all"]:
            continue  # fourteen problems: tests/test_campaign.py
        if "--hours" in arguments:
            arguments += ["--generations", "3", "--hours", "0.01"]
        if "--seconds" in arguments:
            arguments[-1] = "1"
        ran.append((arguments[0], alife(*arguments)))
    assert [name for name, _ in ran] == ["score", "ablate", "inspect", "report", "watch", "evolve", "evolve", "runs", "lab", "list"]
    score = float(re.search(r"score +([\d.]+)", ran[0][1]).group(1))
    assert score >= 0.999  # twelve times as long as anything it was selected on
    assert (tmp_path / "copy.gif").stat().st_size > 1000


@pytest.mark.skipif(not ALIFE.exists(), reason="alife is not installed beside this python")
def test_the_commands_of_the_living_world_work(tmp_path):
    (tmp_path / "configs").symlink_to(ROOT / "configs")
    ran = []
    for command in commands(LIVING):
        name, *arguments = shlex.split(command)
        if arguments[0] == "watch" and "--film" not in arguments:
            continue  # a window, again
        for option, less in (("--ticks", "300"), ("--hours", "1e-9"), ("--seconds", "1")):
            if option in arguments:
                arguments[arguments.index(option) + 1] = less
        done = subprocess.run([ALIFE, *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=300)
        assert name == "alife" and done.returncode == 0, (arguments, done.stderr)
        ran.append(arguments[0])
    assert ran == ["run", "inspect", "export", "evolve", "watch"] and (tmp_path / "meadow.gif").is_file()
    assert sorted(run.name.split("_")[2] for run in (tmp_path / "runs").iterdir()) == ["meadow", "poison-seasons"]
    assert len((tmp_path / "tree.csv").read_text(encoding="utf-8").splitlines()) > 1000


def test_the_code_is_that_of_the_example():
    code = re.search(r"```python\n(.*?)```", README, re.S).group(1)
    example = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
    for line in code.splitlines():
        assert re.sub(r" +#.*", "", line) in example


def test_links_lead_somewhere():
    for text in (README, *(p.read_text(encoding="utf-8") for p in (ROOT / "docs").glob("*.md"))):
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
            assert (ROOT / target).exists() or (ROOT / "docs" / target).exists(), target
