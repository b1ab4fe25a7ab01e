"""What scripts rely on: one document on stdout, everything else on stderr, no colour where nobody looks."""

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from conftest import SMALL, command_line, evolves

from alife import __version__
from alife.cli import main
from alife.core import config as configs
from alife.core import registry

COMMANDS = ("evolve", "score", "ablate", "list", "runs", "bench", "watch")


# ---- documents ----


@evolves
def test_evolve_document(small, tmp_path):
    said = small("--seed", 7, "--json")
    assert said.code == 0 and len(said.out.splitlines()) == 1
    document = said.json
    wanted = {"run", "world", "seed", "generations", "evaluations", "agent_ticks", "seconds", "solved", "score", "z"}
    assert wanted | {"digest"} <= set(document)
    assert (document["world"], document["seed"], document["generations"]) == ("copy", 7, 2)
    assert Path(document["run"]).parent == tmp_path / "runs" and (Path(document["run"]) / "champion.npz").is_file()
    assert document["solved"] is False and re.fullmatch("[0-9a-f]{64}", document["digest"])
    assert document["seconds"] > 0 and document["low"] <= document["score"] <= document["high"]
    assert isinstance(document["evaluations"], int) and isinstance(document["agent_ticks"], int)


@evolves
def test_score_document(solved, alife):
    said = alife("score", solved, "--lives", 160, "--json")
    assert said.code == 0 and said.err == "" and len(said.out.splitlines()) == 1
    document = said.json
    assert {"score", "low", "high", "ceiling", "optimum", "z", "lives"} <= set(document)
    assert (document["ceiling"], document["optimum"], document["lives"]) == (0.5, 1.0, 160)
    assert document["z"] == pytest.approx(2 * document["score"] - 1) and document["z"] >= 0.9


@evolves
def test_score_elsewhere(solved, alife):
    """Longer sequences in a larger memory; other lives are other lives, the same are the same."""
    common = ("score", solved, "--lives", 64, "--json")
    here, again = alife(*common).json, alife(*common, "--threads", 1).json
    longer = alife(*common, "--set", "world.length=9", "--set", "memory.bits=1024").json
    assert {**here, "seconds": 0} == {**again, "seconds": 0}
    assert here["agent_ticks"] <= 64 * 8 < longer["agent_ticks"]
    assert longer["digest"] == here["digest"] and longer["z"] > 0.5
    assert alife(*common, "--set", "run.seed=99").json["agent_ticks"] != here["agent_ticks"]


@evolves
def test_ablate_document(solved, alife):
    document = alife("ablate", solved, "--lives", 32, "--json").json
    assert {"run", "full", "memory_off", "memory_zeroed", "memory_scrambled", "writes_frozen"} <= set(document)
    assert {"score", "z", "low", "high"} <= set(document["full"])


def test_list_document(alife):
    said = alife("list", "--json")
    assert said.code == 0 and said.err == "" and len(said.out.splitlines()) == 1
    document = said.json
    assert {"worlds", "controllers", "memory", "selection", "strategies", "configs"} <= set(document)
    for group in registry.GROUPS:
        assert document[group] == registry.names(group)
    assert {"copy", "corridor", "forage", "shelves"} <= set(document["worlds"])
    assert document["configs"] == sorted(configs.shipped())


def test_list_in_words(alife):
    said = alife("list")
    for group in registry.GROUPS:
        for kind in registry.names(group):
            (line,) = [line for line in said.out.splitlines() if line.split()[0] == kind]
            assert line.split()[1:], f"{kind} does not say what it is"


def test_schema(alife):
    said = alife("list", "--schema")
    assert said.code == 0 and said.err == ""
    schema = said.json
    assert set(schema["properties"]) == {"world", "controller", "memory", "head", "evolve", "run"}
    assert schema == alife("list", "--schema", "--json").json


@evolves
def test_runs_document(small, alife, tmp_path):
    run = small("--json").json
    (tmp_path / "runs" / "empty").mkdir()
    (tmp_path / "runs" / "damaged").mkdir()
    (tmp_path / "runs" / "damaged" / "config.yaml").write_text("world: {kind: copy}\n")
    rows = {Path(row["run"]).name: row for row in alife("runs", tmp_path / "runs", "--json").json["runs"]}
    assert set(rows) == {Path(run["run"]).name, "damaged"}
    row = rows[Path(run["run"]).name]
    assert {"run", "world", "seed", "state", "z", "score", "generations"} <= set(row)
    assert (row["state"], row["z"], row["score"], row["generations"]) == ("finished", run["z"], run["score"], 2)
    assert rows["damaged"]["state"].startswith("damaged: ") and rows["damaged"]["z"] is None
    words = alife("runs", tmp_path / "runs")
    assert len(words.out.splitlines()) == 2 and "finished" in words.out


def test_no_runs(alife, tmp_path):
    assert alife("runs", tmp_path, "--json").json == {"runs": []}
    said = alife("runs", tmp_path / "missing")
    assert said.code == 0 and said.out == "" and "no runs in" in said.err


# ---- what goes where ----


@evolves
def test_streams(small, alife):
    """Progress on stderr, the result on stdout; no colour, no cursor, where nobody looks."""
    said = small()
    assert "generation 1 " in said.err and "Run folder" not in said.err
    assert said.out.startswith("Not solved: copy") and "generation 1 " not in said.out
    for word in ("alife score ", "alife ablate ", "Run folder: ", "z = "):
        assert word in said.out
    assert "\x1b" not in said.out + said.err and "\r" not in said.out + said.err


@evolves
def test_a_solved_run_says_so(alife, tmp_path):
    settings = ("--set=world.bits=4", "--set=world.length=[1, 3]", "--seed", 1, "--until-solved", "--generations", 600)
    said = alife("evolve", "copy", *settings, "--out", tmp_path)
    assert said.code == 0 and said.out.startswith("Solved: copy")


@evolves
def test_another_process(tmp_path):
    """The same from a shell with a terminal's variables: nothing but the document on stdout."""
    variables = {**os.environ, "FORCE_COLOR": "1", "TERM": "xterm-256color", "COLUMNS": "40"}
    arguments = command_line("evolve", "copy", *SMALL, "--generations", 2, "--out", tmp_path, "--json")
    done = subprocess.run(arguments, env=variables, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and json.loads(done.stdout)["generations"] == 2
    assert "\x1b" not in done.stdout + done.stderr and len(done.stdout.splitlines()) == 1


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("option", ["--json", "--schema"])
def test_a_reader_that_leaves(option, unbuffered):
    """`alife list | head -1`: no error, no traceback."""
    read, write = os.pipe()
    os.close(read)
    variables = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    arguments = command_line("list", option)
    done = subprocess.run(arguments, env=variables, stdout=write, stderr=subprocess.PIPE, text=True, timeout=120)
    os.close(write)
    assert done.stderr == "" and done.returncode == 0


def screen_of(arguments, columns):
    """What `alife` writes to a terminal of so many columns, and its stdout."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    hidden = ("NO_COLOR", "COLUMNS", "LINES", "CI", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE")
    variables = {key: value for key, value in os.environ.items() if key not in hidden}
    process = subprocess.Popen(command_line(*arguments), stdout=subprocess.PIPE, stderr=slave, env={**variables, "TERM": "xterm-256color"})
    os.close(slave)
    parts = []
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:  # Linux says so when the last writer has gone
            break
        if not part:
            break
        parts.append(part)
    os.close(master)
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0, b"".join(parts)
    return b"".join(parts).decode(), out.decode()


@evolves
@pytest.mark.parametrize("columns", [80, 160])
def test_live_display(tmp_path, columns):
    """Also on 80 columns all of it is there."""
    arguments = ("evolve", "copy", *SMALL, "--generations", 200, "--out", tmp_path, "--json")
    shown, out = screen_of(arguments, columns)
    assert json.loads(out)["generations"] == 200
    assert "\x1b[" in shown
    text = " ".join(re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", " ", shown).split())
    for word in (r"generation [\d,]+ ", r"best [\d.]+ ", r"mean [\d.]+ ", r"z -?[\d.]+ ", r"agent-ticks/s", r"0:\d\d:\d\d left"):
        assert re.search(word, text), word
    assert "…" not in text and max(map(len, re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown).split("\n"))) > 0


# ---- help ----


def test_no_command(alife):
    said = alife()
    assert said.code == 2 and said.out == ""
    assert said.err.startswith("Usage: ") and all(f"\n  {command} " in said.err for command in COMMANDS)


def test_version(alife):
    said = subprocess.run([sys.executable, "-m", "alife", "--version"], capture_output=True, text=True, timeout=60)
    assert (said.returncode, said.stdout, said.stderr) == (0, f"alife {__version__}\n", "")
    assert alife("--version").code == 0


def test_help(alife):
    names = [getattr(command.callback, "command_name", command.callback.__name__) for command in main.app.registered_commands]
    assert set(COMMANDS) <= set(names)
    for arguments in ((), *((name,) for name in names)):
        said = alife(*arguments, "--help")
        assert said.code == 0 and said.err == "" and said.out.startswith("Usage: ")
        assert "\x1b" not in said.out
        options = {line.split()[0] for line in said.out.splitlines() if line.strip().startswith("--")}
        assert not arguments or "--json" in options, arguments


# ---- names of run folders ----


@evolves
@pytest.mark.parametrize(
    ("command", "source", "title"),
    [
        ("run", "shore.yaml", "shore"),
        ("evolve", "shore.yaml", "shore"),
        ("run", "meadow", "meadow"),
        ("run", "config.yaml", "ecosystem"),
        ("run", "ecosystem", "ecosystem"),
        ("evolve", "two words.yml", "two words"),
        ("evolve", "coin.py", "coin"),
    ],
)
def test_a_run_is_called_after_its_file(alife, coin, monkeypatch, command, source, title):
    """The YAML file where there is one, but for a run's own config; else the world."""
    monkeypatch.chdir(coin.parent)
    small = "{kind: ecosystem, rows: 16, columns: 16, founders: 20, view: 3}"
    for name in ("shore.yaml", "config.yaml"):
        Path(name).write_text(f"world: {small}\n", encoding="utf-8")
    Path("two words.yml").write_text("world: {kind: coin.py}\n", encoding="utf-8")
    if title in ("two words", "coin"):
        said = alife(command, source, "--set=evolve.population=16", "--generations", 1, "--json")
    else:
        said = alife(command, source, *(["--hours", 1e-9] if command == "evolve" else ["--ticks", 1]), "--json")
    assert said.code == 0 and re.fullmatch(rf"\d{{4}}-\d\d-\d\d_\d\d-\d\d_{title}_s1", Path(said.json["run"]).name)
