"""What scripts rely on: documents on stdout, everything else on stderr, one line and an exit code for each mistake."""

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import termios
from pathlib import Path

import pytest
from conftest import command_line

from alife.cli import main
from alife.core import config as configs
from alife.core import registry
from alife.core.jit import DISABLED

evolves = pytest.mark.skipif(DISABLED, reason="an evolution in plain Python takes hours")

COMMANDS = ("evolve", "score", "ablate", "list", "runs", "bench", "watch")
TINY = (
    "--set=world.bits=4", "--set=world.length=2", "--set=evolve.population=16", "--set=evolve.lives=4",
    "--set=evolve.validation=16", "--set=evolve.report=32",
)  # fmt: skip


@pytest.fixture
def small(tmp_path, alife):
    """small(*more) -> `alife evolve copy`, two generations, in tmp_path / "runs"."""
    return lambda *more: alife("evolve", "copy", *TINY, "--generations", 2, "--out", tmp_path / "runs", *more)


def nothing_is_left(folder):
    """No run folder, no folder for them, no file."""
    return list(folder.iterdir()) == []


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
    assert said.code == 0 and said.out.startswith("Solved: copy in ")


@evolves
def test_another_process(tmp_path):
    """The same from a shell with a terminal's variables: nothing but the document on stdout."""
    variables = {**os.environ, "FORCE_COLOR": "1", "TERM": "xterm-256color", "COLUMNS": "40"}
    arguments = command_line("evolve", "copy", *TINY, "--generations", 2, "--out", tmp_path, "--json")
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
    arguments = ("evolve", "copy", *TINY, "--generations", 200, "--out", tmp_path, "--json")
    shown, out = screen_of(arguments, columns)
    assert json.loads(out)["generations"] == 200
    assert "\x1b[" in shown
    text = " ".join(re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", " ", shown).split())
    for word in (r"generation [\d,]+ ", r"best [\d.]+ ", r"mean [\d.]+ ", r"z -?[\d.]+ ", r"agent-ticks/s", r"0:\d\d:\d\d left"):
        assert re.search(word, text), word
    assert "…" not in text and max(map(len, re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown).split("\n"))) > 0


# ---- mistakes ----


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["evolve", "cpoy"], r"no world or config named 'cpoy' \(did you mean 'copy'\?\)\. Worlds: .*copy"),
        (["evolve", "nothing_like_it"], r"no world or config named 'nothing_like_it'\. Worlds: "),
        (["evolve", "missing.yaml"], r"missing\.yaml: No such file or directory"),
        (["evolve", "./missing.py"], r"world file \./missing\.py: No such file or directory"),
        (["evolve", "copy", "--set", "world.lenght=3"], r"world\.lenght: unknown key \(did you mean 'length'\?\)"),
        (["evolve", "copy", "--set", "wrld.length=3"], r"wrld: unknown key \(did you mean 'world'\?\)"),
        (["evolve", "copy", "--set", "evolve.popualtion=3"], r"evolve\.popualtion: unknown key \(did you mean 'population'\?\)"),
        (["evolve", "copy", "--set", "controller.width=48"], r"controller\.width: expected a power of two, got 48"),
        (["evolve", "copy", "--set", "memory.bits=100"], r"memory\.bits: expected a power of two, got 100"),
        (["evolve", "copy", "--set", "memory.kind=lsj"], r"memory.*no memory named 'lsj'\. Did you mean 'lsh'\?"),
        (["evolve", "copy", "--set", "world.length"], r"--set 'world\.length': expected key=value"),
        (["evolve", "copy", "--set", "world.length=abc"], r"world\.length: expected .*, got 'abc'"),
        (["evolve", "copy", "--set", "world.length=[5, 2]"], r"world\.length: expected \[low, high\]"),
        (["evolve", "copy", "--set", "world.length=[1,"], r"world\.length: not valid YAML"),
        (["evolve", "copy", "--set", "evolve.population=1"], r"evolve\.population: expected a whole number >= 2"),
        (["evolve", "copy", "--set", "evolve.population=16.5"], r"evolve\.population: expected a whole number"),
        (["evolve", "copy", "--set", "evolve.solved=nan"], r"evolve\.solved: expected a number"),
        (["evolve", "copy", "--seed", "-1"], r"run\.seed: expected a whole number >= 0"),
        (["evolve", "copy", "--seed", "x"], r"'--seed': .*valid integer"),
        (["evolve", "copy", "--generations", "0"], r"evolve\.generations: expected .*>= 1.*got 0"),
        (["evolve", "copy", "--hours", "0"], r"evolve\.hours: expected .*> 0.*got 0"),
        (["evolve", "copy", "--hours", "nan"], r"evolve\.hours: expected .*got nan"),
        (["evolve", "copy", "--threads", "0"], r"run\.threads: expected .*>= 1.*got 0"),
        (["evolve", "copy", "--engine", "horses"], r"--engine: expected threads, got 'horses'"),
        (["evolve", "copy", "--name", "a/b"], r"--name: expected a plain file name, got 'a/b'"),
        (["evolve", "copy", "--name", ""], r"--name: expected a plain file name, got ''"),
        (["evolve", "copy", "--name", ".."], r"--name: expected a plain file name, got '\.\.'"),
        (["evolve"], r"expected a world, a config file or --resume RUN"),
        (["evolve", "copy", "--resume", "x"], r"expected a world, a config file or --resume RUN, not both"),
        (["evolve", "copy", "forage"], r"unexpected extra argument"),
        (["evolve", "copy", "--nonsense"], r"No such option: --nonsense"),
        (["evolve", "copy", "--set"], r"--set.* requires an argument"),
        (["evlove", "copy"], r"No such command 'evlove'"),
        (["score"], r"Missing argument 'run'.* \(see 'alife score --help'\)"),
        (["ablate"], r"Missing argument 'run'.* \(see 'alife ablate --help'\)"),
    ],
)  # fmt: skip
def test_bad_usage(tmp_path, monkeypatch, alife, arguments, words):
    monkeypatch.chdir(tmp_path)
    said = alife(*arguments)
    assert said.code == (66 if "missing.yaml" in arguments else 2)
    assert re.search(words, said.error), said.error
    assert said.out == "" and len(said.err.splitlines()) == 1
    assert nothing_is_left(tmp_path)


@evolves
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--lives", "0"], r"--lives: expected a whole number >= 1, got 0"),
        (["--threads", "0"], r"run\.threads: expected .*>= 1.*got 0"),
        (["--threads", "-1"], r"run\.threads: expected .*>= 1.*got -1"),
        (["--set", "world.lenght=3"], r"world\.lenght: unknown key \(did you mean 'length'\?\)"),
        (["--set", "controller.width=128"], r"the champion has \d+ genes, this config needs \d+"),
    ],
)
def test_bad_scoring(solved, alife, arguments, words):
    said = alife("score", solved, *arguments)
    assert said.code == 2 and re.search(words, said.error), said.error
    assert said.out == "" and len(said.err.splitlines()) == 1


def test_no_command(alife):
    said = alife()
    assert said.code == 2 and said.out == ""
    assert said.err.startswith("Usage: ") and all(f"\n  {command} " in said.err for command in COMMANDS)


def test_help(alife):
    names = [getattr(command.callback, "command_name", command.callback.__name__) for command in main.app.registered_commands]
    assert set(COMMANDS) <= set(names)
    for arguments in ((), *((name,) for name in names)):
        said = alife(*arguments, "--help")
        assert said.code == 0 and said.err == "" and said.out.startswith("Usage: ")
        assert "\x1b" not in said.out
        options = {line.split()[0] for line in said.out.splitlines() if line.strip().startswith("--")}
        assert not arguments or "--json" in options, arguments


# ---- input that is missing or spoilt ----


@pytest.mark.parametrize("command", [("score",), ("ablate",), ("evolve", "--resume")])
def test_latest_of_nothing(tmp_path, monkeypatch, alife, command):
    monkeypatch.chdir(tmp_path)
    said = alife(*command, "latest")
    assert said.code == 66 and said.error == "no run folder in runs"
    assert nothing_is_left(tmp_path)


@evolves
def test_latest(small, alife, tmp_path, monkeypatch):
    runs = [small("--seed", seed, "--json").json for seed in (1, 2)]
    monkeypatch.chdir(tmp_path)
    assert alife("score", "latest", "--lives", 16, "--json").json["digest"] == runs[1]["digest"]
    said = alife("evolve", "--resume", "latest", "--generations", 3, "--json")
    assert (said.json["seed"], said.json["generations"]) == (2, 3)
    elsewhere = alife("evolve", "--resume", "latest", "--out", tmp_path / "runs", "--generations", 4, "--json")
    assert (elsewhere.json["seed"], elsewhere.json["generations"]) == (2, 4)


def test_a_config_that_is_no_file(tmp_path, alife):
    (tmp_path / "folder.yaml").mkdir()
    said = alife("evolve", tmp_path / "folder.yaml")
    assert said.code == 66 and "expected a YAML file, found a folder" in said.error


def test_a_config_with_a_mistake(tmp_path, alife):
    """The line is named."""
    file = tmp_path / "mine.yaml"
    file.write_text("world:\n  kind: copy\n  lenght: 3\n", encoding="utf-8")
    said = alife("evolve", file, "--out", tmp_path / "runs")
    assert said.code == 2 and said.error == f"{file}:3: world.lenght: unknown key (did you mean 'length'?)"
    assert not (tmp_path / "runs").exists()


@evolves
def test_a_config_gives_the_run_again(small, alife, tmp_path):
    """`alife evolve RUN/config.yaml` is the same run."""
    first = small("--seed", 9, "--json").json
    again = alife("evolve", Path(first["run"]) / "config.yaml", "--out", tmp_path / "again", "--json").json
    assert (again["digest"], again["evaluations"]) == (first["digest"], first["evaluations"])


# ---- the disk ----


@evolves
@pytest.mark.parametrize("out", ["file", "file/below", "/proc/x", "/proc/x/y"])
def test_an_output_folder_that_cannot_be(tmp_path, alife, out):
    if out.startswith("/proc") and not Path("/proc/self").exists():
        pytest.skip("this system has no /proc")
    (tmp_path / "file").write_text("mine")
    said = alife("evolve", "copy", *TINY, "--generations", 1, "--out", tmp_path / out, "--json")
    assert said.code == 74 and said.error.startswith("cannot make a run folder") and said.out == ""
    assert [p.name for p in tmp_path.iterdir()] == ["file"] and (tmp_path / "file").read_text() == "mine"


@evolves
def test_a_config_that_cannot_be_written(tmp_path, alife, monkeypatch):
    """The folder was made, then the disk is full: the folder goes again."""
    from alife.core.errors import DiskError
    from alife.store.folder import RunFolder

    def full(self, path, text):
        raise DiskError(f"cannot write {path}: No space left on device")

    monkeypatch.setattr(RunFolder, "write_text", full)
    said = alife("evolve", "copy", *TINY, "--generations", 1, "--out", tmp_path)
    assert said.code == 74 and "No space left on device" in said.error
    assert nothing_is_left(tmp_path)


# ---- worlds by path ----


@evolves
@pytest.mark.parametrize("name", ["./coin.py", "coin.py", "../elsewhere/coin.py"])
def test_a_world_by_relative_path(coin, alife, monkeypatch, name):
    monkeypatch.chdir(coin.parent)
    said = alife("evolve", name, "--set=evolve.population=16", "--set=world.rounds=3", "--generations", 1, "--json")
    assert said.code == 0 and len(said.out.splitlines()) == 1
    run = Path(said.json["run"])
    assert run.parent == Path("runs") and run.name.endswith("_coin_s1")
    assert said.json["world"] == str(coin)
    assert alife("score", run, "--lives", 16, "--json").json["lives"] == 16


@evolves
def test_a_world_by_path_in_a_config(coin, alife, tmp_path):
    """The path is relative to the config, not to where one stands."""
    (coin.parent / "mine.yaml").write_text("world:\n  kind: ./coin.py\n  rounds: 2\nevolve: {generations: 1}\n")
    said = alife("evolve", coin.parent / "mine.yaml", "--out", tmp_path / "runs", "--json")
    assert said.code == 0 and said.json["world"] == str(coin)


BAD_WORLDS = {
    "syntax": ("def observations(p):\n    return [\n", r"SyntaxError|was never closed"),
    "import": ("import a_module_that_is_not_there\n", r"a_module_that_is_not_there"),
    "raises": ("raise RuntimeError('out of order')\n", r"out of order"),
    "leaves": ("import sys\nsys.exit(3)\n", r"SystemExit"),
    "empty": ("", r"expected a class 'Params\(Settings\)', found nothing"),
}


@pytest.mark.parametrize("name", BAD_WORLDS)
def test_a_world_with_a_mistake(tmp_path, alife, name):
    text, words = BAD_WORLDS[name]
    file = tmp_path / f"{name}.py"
    file.write_text(text, encoding="utf-8")
    said = alife("evolve", file, "--out", tmp_path / "runs", "--json")
    assert said.code == 2 and re.search(words, said.error), said.error
    assert f"{name}.py" in said.error and said.out == "" and "Traceback" not in said.err
    assert [p.name for p in tmp_path.iterdir()] == [file.name]


@evolves
def test_a_world_that_does_not_compile(coin, tmp_path, alife):
    """The kernel's file and line, in one line; nothing left behind."""
    coin.write_text(coin.read_text().replace("s.time[lane] += 1", "s.time[lane] = 'late'"), encoding="utf-8")
    line = next(i for i, text in enumerate(coin.read_text().splitlines(), 1) if "'late'" in text)
    said = alife("evolve", coin, "--out", tmp_path / "runs")
    assert said.code == 2 and said.error.startswith(f"{coin}:{line}: numba cannot compile this kernel: ")
    assert said.out == "" and not (tmp_path / "runs").exists()


# ---- a population that fills no block ----


@evolves
def test_an_odd_population_is_said(small):
    said = small("--set=evolve.population=20")
    assert said.code == 0
    assert "alife: population 20 is no multiple of 16: its last block has 12 idle places" in said.err.splitlines()
    assert "multiple" not in small().err
