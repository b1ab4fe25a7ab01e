"""docs/ecosystem.md: its YAML is loaded and lived, its world runs, its tables are those of the code, its figures come out again."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from conftest import evolves

from alife.core import config as configs
from alife.core.contracts import is_ecosystem
from alife.sim.ecosystem import Ecosystem

ROOT = Path(__file__).parents[1]
DOC = (ROOT / "docs" / "ecosystem.md").read_text(encoding="utf-8")
YAML = [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", DOC, re.S)]
RING = re.search(r"```python file=ring\.py\n(.*?)```", DOC, re.S).group(1)
EASY = {"poison": 0, "cover": 0.9, "turnover": 0.1, "rows": 32, "columns": 32, "founders": 300, "most": 400}
ALL = {
    "view": 5,
    "senses": [
        "meal", "food", "tasted", "look", "energy", "crop", "touch", "hurt", "age", "others", "kin", "vigour", "carrying", "walls",
        "smell", "hunters", "action",
    ],
    "actions": ["move", "eat", "breed", "rest", "attack", "share", "mark", "turn"],
}  # fmt: skip


def table(title):
    """Rows below the header that begins with this title, each a list of cells."""
    lines = DOC.splitlines()
    (start,) = [i for i, line in enumerate(lines) if line.startswith(f"| {title} |")]
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            return rows
        rows.append([cell.strip() for cell in line.strip("|").split("|")])


def world(**settings):
    return configs.load({"world": {"kind": "ecosystem", **settings}}).world


@evolves
@pytest.mark.parametrize("number", range(len(YAML)))
def test_what_changes_from_outside(number):
    """All of it happens, when it says."""
    data = YAML[number]
    planned = data["world"]
    ecosystem = Ecosystem(configs.load({"world": {**EASY, **planned}}))
    ecosystem.found()
    told = []
    while ecosystem.tick < 1600 and ecosystem.advance(100):
        ecosystem.births(), ecosystem.deaths()
        told += [(tick, kind) for tick, kind, _ in ecosystem.events()]
    assert ecosystem.tick == 1600
    expected = [(change["at"] + 1 + end, "schedule") for change in planned.get("schedule", ()) for end in {0, change.get("over", 0)}]
    for event in planned.get("interventions", ()):
        ends = [0, event["ticks"]] if event["do"] in ("drought", "flood") else [0]
        expected += [(event["at"] + 1 + end, event["do"]) for end in ends]
    assert sorted(expected) == sorted(event for event in told if event[1] != "cap") and len(expected) >= 3


def test_there_are_two_of_them():
    assert len(YAML) == 2 and [len(data["world"]) for data in YAML] == [3, 3]


@evolves
@pytest.mark.parametrize("threads", [1, 2])
def test_the_ring(tmp_path, monkeypatch, alife, threads):
    """The world of one's own lives, and gives the same bytes with other threads and after a stop."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("alife.evolve.ecology.THREADS_PAY", 0)
    Path("ring.py").write_text(RING, encoding="utf-8")
    said = alife("run", "./ring.py", "--ticks", 200, "--threads", 1, "--name", "whole", "--json")
    assert said.code == 0, said.err
    whole = said.json
    assert whole["ticks"] == 200 and whole["population"] > 20 and whole["births"] > 300 and whole["deaths"] > 100
    assert alife("run", "./ring.py", "--ticks", 77, "--threads", threads, "--name", "r", "--json").code == 0
    again = alife("run", "runs/r", "--ticks", 123, "--json").json
    assert again["digest"] == whole["digest"] and again["births"] == whole["births"]
    assert alife("inspect", "runs/r").code == 0 and len(RING.splitlines()) <= 130


def test_the_senses():
    """Names, in any order, and slots."""
    rows = {row[0].strip("`"): row[1] for row in table("sense")}
    assert set(rows) == set(ALL["senses"])
    for sense, slots in rows.items():
        found = len(world(view=5, look=9, senses=[sense]).ask("observations"))
        meant = {"view x view": 25, "view x view - 1": 24, "`look`": 9, "one a deed": 10}
        assert found == (meant[slots] if slots in meant else int(slots)), sense


def test_the_actions():
    """Names, and the slots in which they stand."""
    rows = {row[0].strip("`"): row[2] for row in table("action")}
    assert set(rows) == set(ALL["actions"])
    one = world(**ALL)
    senses, deeds = one.ask("observations"), one.ask("actions")
    of = {deed: senses[i] for i, deed in enumerate(deeds)}
    for action in ("eat", "breed", "rest", "attack", "share", "mark"):
        assert rows[action].removesuffix(" (ahead)") == of[action]
    assert all(of[way] == f"food {way}" for way in ("north", "east", "south", "west"))
    assert one.ask("controls") == {"jump": len(senses), "gate": senses.index("tasted")}
    config = configs.load("ecosystem")
    assert (config.head.moves, config.head.gate) == (("jump",), "hard")


@evolves
def test_the_measures(tmp_path, alife):
    """All that the time series has, and nothing else."""
    sets = ["--set=run.record=1", "--set=world.memoryless=0.1"]
    alife("run", "meadow", *sets, "--ticks", 10, "--out", tmp_path, "--name", "r", "--json")
    alife("export", tmp_path / "r", "--metrics", tmp_path / "series.csv")
    found = (tmp_path / "series.csv").read_text(encoding="utf-8").splitlines()[0].split(",")[1:]
    names = [name for row in table("measure") for name in re.findall(r"`([^`]+)`", row[0])]
    patterns = {name: re.compile(name.replace("*", r"\w+")) for name in names}
    for name in found:
        assert any(pattern.fullmatch(name) for pattern in patterns.values()), f"{name} is not explained"
    for name, pattern in patterns.items():
        assert any(pattern.fullmatch(other) for other in found), f"{name} is not there"


def test_the_configs():
    named = sorted(re.search(r"configs/([\w-]+)\.yaml", row[0]).group(1) for row in table("config"))
    assert named == [name for name in configs.shipped() if is_ecosystem(configs.load(name).world.module)]


def test_keys_are_real():
    """Every `word` that looks like a key of the world, or of another section, is one."""
    fields = set(world().module.Params.model_fields)
    prose = re.sub(r"```.*?```", "", DOC, flags=re.S)
    for key in re.findall(r"`(\w+_\w+)`", prose.partition("## What is recorded")[0]):
        assert key in fields or key.startswith("cost_"), key
    settings = configs.to_dict(configs.load("meadow"))
    for section, key in set(re.findall(r"`(run|evolve|head)\.(\w+)`", DOC)) - {("run", "sqlite")}:
        assert key in settings[section], f"{section}.{key}"


@pytest.mark.slow
def test_the_figures_come_out_again(tmp_path):
    """All outputs but for times; `python benchmarks/pictures.py` writes them anew."""
    pytest.importorskip("phylotrackpy", reason="phylotrackpy is not installed: no wheel for this Python")
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        import pictures
    finally:
        sys.path.pop(0)

    def timeless(text):
        text = re.sub(r" in [\d.,]+ s, [\d.,]+ M a second", "", text)
        return re.sub(r"(\| [\d,]+ )\| [\d.]+ (\| [\d.-]+ \| [\d.-]+ \|)", r"\1\2", text)

    shown = [output.rstrip() for _, _, output in pictures.PAIR.findall(DOC)]
    assert len(shown) == 6 and list(map(timeless, pictures.outputs(DOC, tmp_path))) == list(map(timeless, shown))


def test_the_picture():
    from PIL import Image

    file = ROOT / "docs" / "media" / "meadow.png"
    assert file.stat().st_size < 100_000
    image = np.asarray(Image.open(file).convert("RGB"))
    assert image.shape == (384, 384, 3) and len(np.unique(image.reshape(-1, 3), axis=0)) > 5
