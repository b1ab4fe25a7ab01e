"""Ctrl-C and SIGTERM at any moment: all complete generations are saved, one line says how to go on."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from conftest import GUARD, evolves, wait_for

from alife.core import config as configs
from alife.core.interrupt import Interrupts
from alife.evolve import run as runs
from alife.store import checkpoint, database

pytestmark = evolves

ROOT = Path(__file__).parents[1]
ENDLESS = [
    "--set=world.length=2", "--set=world.bits=4", "--set=evolve.population=32", "--set=evolve.lives=4",
    "--set=evolve.validation=16", "--set=evolve.report=32", "--set=evolve.generations=null",
    "--set=run.checkpoint_minutes=0", "--set=run.threads=2", "--seed=3",
]  # fmt: skip


def newest(run):
    """Generation of the newest checkpoint, -1 where there is none."""
    return max((int(file.stem[4:]) for file in (run / "checkpoints").glob("gen-*.npz")), default=-1)


def interrupted(process, wish):
    """Exit code and message of a process that was told to leave, as to a whole terminal's group."""
    os.killpg(process.pid, wish)
    out, errors = process.communicate(timeout=GUARD)
    assert process.returncode == 128 + wish, errors
    assert out == "" and "Traceback" not in errors and "KeyboardInterrupt" not in errors
    return [line for line in errors.splitlines() if line.startswith("alife: error: ")]


def check_saved(run):
    """Checkpoint, database and champion agree; the generation they are of."""
    generation = newest(run)
    arrays, meta = checkpoint.load(run / "checkpoints" / f"gen-{generation:06d}.npz")
    with database.read(run / "run.sqlite") as reader:
        metrics, state = reader.metrics(), reader.get("state")
        assert len(reader.births()["id"]) == generation * 32
    assert metrics["generation"].tolist() == list(range(1, generation + 1)) and meta["generation"] == generation
    assert state == "interrupted"
    if generation:
        champion = checkpoint.load(run / "champion.npz")[0]["genome"]
        assert champion.tobytes() == arrays["champion"].tobytes()
    assert not list(run.rglob("*.tmp")) and not (run / ".pid").exists()
    return generation


@pytest.mark.parametrize(("wish", "seed"), [(signal.SIGINT, 1), (signal.SIGTERM, 2)])
def test_it_saves_and_says_how_to_go_on(tmp_path, spawn, recorder, wish, seed):
    run = tmp_path / "r"
    process = spawn("evolve", "copy", *ENDLESS, "--json", "--out", tmp_path, "--name", "r")
    wait_for(lambda: newest(run) >= 3, process)
    time.sleep(random.Random(seed).uniform(0, 0.3))
    (line,) = interrupted(process, wish)
    generation = check_saved(run)
    assert generation >= 3
    assert f"interrupted in generation {generation + 1};" in line and line.endswith(f"alife evolve --resume {run}")

    budget = {"evolve.generations": generation + 5}
    later = runs.resume(run, recorder(), explicit=budget)
    config = configs.load("copy", [o.removeprefix("--set=") for o in ENDLESS[:-1]], {"run.seed": 3, **budget})
    whole = runs.begin(configs.load(configs.to_dict(config), ["run.checkpoint_minutes=5"]), tmp_path, recorder(), "whole")
    assert later.generations == whole.generations == generation + 5
    for name in (f"checkpoints/gen-{generation + 5:06d}.npz", "champion.npz"):
        assert (run / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_a_world_of_another_kind(tmp_path, spawn, alife):
    """Forage, with its own budget taken away."""
    run = tmp_path / "r"
    settings = ["--set=evolve.generations=null", "--set=evolve.population=32", "--set=run.checkpoint_minutes=0"]
    process = spawn("evolve", "forage", *settings, "--out", tmp_path, "--name", "r")
    wait_for(lambda: newest(run) >= 1, process)
    (line,) = interrupted(process, signal.SIGINT)
    generation = check_saved(run)
    assert f"--resume {run}" in line
    said = alife("evolve", "--resume", run, "--generations", generation, "--json")
    assert said.code == 0 and said.json["generations"] == generation


@pytest.mark.parametrize("wish", [signal.SIGINT, signal.SIGTERM])
def test_in_the_middle_of_a_very_long_life(tmp_path, spawn, wish):
    """200,002 ticks with 4,096 bits, minutes for one generation: given up; what was before is saved."""
    run = tmp_path / "r"
    settings = ["--set=world.length=100000", "--set=memory.bits=4096", "--set=evolve.population=32", "--threads=2"]
    process = spawn("evolve", "copy", *settings, "--out", tmp_path, "--name", "r")
    wait_for(lambda: newest(run) == 0, process)
    time.sleep(1)
    (line,) = interrupted(process, wish)
    assert "interrupted in generation 1;" in line and f"--resume {run}" in line
    assert check_saved(run) == 0

    again = spawn("evolve", "--resume", run)
    wait_for(lambda: (run / ".pid").exists(), again)
    time.sleep(1)
    (line,) = interrupted(again, wish)
    assert "--resume" in line and check_saved(run) == 0


SCRIPT = """
import os, signal, sys, time
from alife.core import config
from alife.core.errors import UserError
from alife.evolve import run

class Listener:
    def note(self, text):
        pass

    def generation(self, report, evolution, seconds):
        os.kill(os.getpid(), signal.{first})
        os.kill(os.getpid(), signal.{second})
        time.sleep({wait})

settings = ["world.length=2", "evolve.population=16", "evolve.generations=null", "run.threads=1"]
try:
    run.begin(config.load("copy", settings), {out!r}, Listener(), "r")
except UserError as error:
    sys.exit(error.exit_code)
"""


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [("SIGINT", "SIGINT", 130), ("SIGTERM", "SIGINT", 130), ("SIGTERM", "SIGTERM", 143), ("SIGINT", "SIGTERM", 130)],
)
def test_a_second_ctrl_c_leaves_at_once(tmp_path, first, second, code):
    """The first wish comes in a generation that will not end; only a second Ctrl-C does not wait for it."""
    at_once = second == "SIGINT"
    script = SCRIPT.format(first=first, second=second, wait=600 if at_once else 0, out=str(tmp_path))
    script = script.replace(repr(str(tmp_path)), f"__import__('pathlib').Path({str(tmp_path)!r})")
    process = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=GUARD)
    assert process.returncode == code, process.stderr
    assert process.stderr == ""
    assert newest(tmp_path / "r") == (0 if at_once else 1)
    assert checkpoint.load(tmp_path / "r" / "checkpoints" / f"gen-{newest(tmp_path / 'r'):06d}.npz")[1]["restarts"] == 0


@pytest.mark.parametrize("wish", [signal.SIGINT, signal.SIGTERM])
def test_while_it_compiles(tmp_path, spawn, wish):
    """Nothing was begun yet, so nothing is left behind, and nobody waits for the compiler."""
    cache, out = tmp_path / "cache", tmp_path / "runs"
    process = spawn("evolve", "copy", "--out", out, ALIFE_CACHE_DIR=str(cache))
    wait_for(lambda: list(cache.glob("*/alife_fused_*.py")), process)
    (line,) = interrupted(process, wish)
    assert line == "alife: error: interrupted while compiling; nothing was begun"
    assert not out.exists()


@pytest.mark.parametrize(("wish", "code", "said"), [("SIGINT", 130, "alife: error: interrupted\n"), ("SIGTERM", 143, "")])
def test_a_command_that_has_nothing_to_save(tmp_path, wish, code, said):
    """The signal comes while `alife runs` reads the runs."""
    script = f"""
import os, signal
from alife.cli import main
from alife.insight import runs
runs.summaries = lambda out: os.kill(os.getpid(), signal.{wish})
main.main(["runs", {str(tmp_path)!r}])
"""
    process = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=GUARD)
    assert (process.returncode, process.stdout, process.stderr) == (code, "", said)


def test_handlers_are_given_back():
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with Interrupts() as interrupts:
        assert not interrupts.stop.is_set() and interrupts.signum is None
        signal.raise_signal(signal.SIGTERM)
        assert interrupts.stop.is_set() and interrupts.signum == signal.SIGTERM
        signal.raise_signal(signal.SIGTERM)
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_interrupts_outside_the_main_thread():
    import threading

    before, seen = signal.getsignal(signal.SIGINT), []

    def elsewhere():
        with Interrupts() as interrupts:
            seen.append((signal.getsignal(signal.SIGINT) is before, interrupts.stop.is_set()))

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert seen == [(True, False)]


@pytest.mark.slow
def test_signals_at_random_times(tmp_path, spawn, recorder):
    """Twenty wishes from the first instant on; the run ends as if there had been none."""
    rng, run, codes = random.Random(5), tmp_path / "r", []
    settings = [o for o in ENDLESS if "generations" not in o and "minutes" not in o] + ["--generations=3000"]
    for _ in range(20):
        begun = (run / "config.yaml").is_file()
        process = spawn("evolve", *(["--resume", run] if begun else ["copy", *settings, "--out", tmp_path, "--name", "r"]))
        wait_for(lambda: (run / ".pid").exists(), process)
        time.sleep(rng.uniform(0, 0.5))
        wish = rng.choice([signal.SIGINT, signal.SIGTERM])
        os.killpg(process.pid, wish)
        _, errors = process.communicate(timeout=GUARD)
        codes.append(process.returncode)
        assert "Traceback" not in errors and process.returncode in (0, 128 + wish)
        if process.returncode == 0:
            break
    assert sum(code != 0 for code in codes) >= 5
    later = runs.resume(run, recorder())
    config = configs.load(run / "config.yaml")
    whole = runs.begin(config, tmp_path, recorder(), "whole")
    assert later.digest == whole.digest
    for name in ("checkpoints/gen-003000.npz", "champion.npz"):
        assert (run / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    with database.read(run / "run.sqlite") as one, database.read(tmp_path / "whole" / "run.sqlite") as other:
        for a, b in ((one.metrics(), other.metrics()), (one.births(), other.births())):
            assert all(np.array_equal(a[name], b[name], equal_nan=True) for name in b)
        assert one.events() == other.events()
        assert json.loads(one.get("summary"))["digest"] == later.digest
