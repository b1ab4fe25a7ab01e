"""Bad usage, bad input, bad disks, bad plug-ins: one line with place and cause, an exit code, nothing left behind."""

import re
from pathlib import Path

import pytest
from conftest import SMALL, evolves


def nothing_is_left(folder):
    """No run folder, no folder for them, no file."""
    return list(folder.iterdir()) == []


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
        (["evolve", "copy", "--nonsense"], r"No such option:? '?--nonsense"),
        (["evolve", "copy", "--set"], r"--set.* requires an argument"),
        (["evlove", "copy"], r"No such command 'evlove'"),
        (["score"], r"Missing argument '(?i:run)'.* \(see 'alife score --help'\)"),
        (["ablate"], r"Missing argument '(?i:run)'.* \(see 'alife ablate --help'\)"),
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
    said = alife("evolve", "copy", *SMALL, "--generations", 1, "--out", tmp_path / out, "--json")
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
    said = alife("evolve", "copy", *SMALL, "--generations", 1, "--out", tmp_path)
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
