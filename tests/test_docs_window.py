"""docs/window.md: its commands run, its tables are those of the code, its example and its pictures are what it says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import evolves
from PIL import Image
from test_cli_watch import visited

from alife.core.contracts import __file__ as contracts
from alife.viewer.colours import MODES

ROOT = Path(__file__).parents[1]
DOC = (ROOT / "docs" / "window.md").read_text(encoding="utf-8")
COMMANDS = [line.partition("#")[0].split() for block in re.findall(r"```sh\n(.*?)```", DOC, re.S) for line in block.splitlines()]


def script(name):
    """A module of benchmarks."""
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        return __import__(name)
    finally:
        sys.path.pop(0)


def test_the_keys_are_those_of_the_window():
    assert script("keys").table() in DOC, "python benchmarks/keys.py writes the table anew"


def test_the_colourings():
    rows = re.findall(r"^\| ([\w, ]+) \|", DOC.partition("## Colours")[2].partition("## Keys")[0], re.M)
    assert tuple(name for row in rows[1:] for name in row.split(", ")) == MODES


def test_what_a_world_can_offer_stands_in_the_contracts():
    source = Path(contracts).read_text(encoding="utf-8")
    for name in re.findall(r"`([\w.]+)`", DOC.partition("| a world offers")[2].partition("## What it costs")[0]):
        assert re.search(rf"\b{name}\b", source), name


@evolves
@pytest.mark.parametrize("number", range(len(COMMANDS)))
def test_the_commands(number, tmp_path, monkeypatch, alife):
    """With fewer ticks, and windows that are closed at once."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALIFE_CONFIG_DIR", str(tmp_path / "settings"))
    (tmp_path / "configs").symlink_to(ROOT / "configs")
    program, *arguments = COMMANDS[number]
    assert program == "alife"
    if "latest" in arguments:
        assert alife("run", "configs/meadow.yaml", "--ticks", 20).code == 0
    for option, less in (("--ticks", "20"), ("--seconds", "0.5")):
        if option in arguments:
            arguments[arguments.index(option) + 1] = less
    visited(monkeypatch, [])
    said = alife(*arguments)
    assert said.code == 0, said.err
    assert ("--film" in arguments) == said.out.startswith("Film: ")


@evolves
def test_the_example():
    code, text = re.search(r"```python run wipe\n(.*?)```\n\n```text\n(.*?)```", DOC, re.S).groups()
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=300)
    assert done.stdout == text


def test_the_pictures():
    for name, size in (("copy.gif", (960, 600)), ("ecosystem.gif", (960, 600)), ("mind.png", None)):
        file = ROOT / "docs" / "media" / name
        assert file.stat().st_size < 1_000_000
        image = Image.open(file)
        assert size in (None, image.size)
    assert script("portrait").TARGET == file
