"""What several test files share: the command line in this process, a small world by path, an evolved champion."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import pytest

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy: two test processes on two cores; more threads only wait for one another

from alife.core import config as configs
from alife.core import registry
from alife.core.contracts import is_ecosystem
from alife.core.jit import DISABLED
from alife.evolve import run as runs
from alife.store import database

COIN = '''"""Coin: a coin is shown, say what came up; asks for no memory, so its ceiling is a mere guess.

Some lives end with a score that is no number, if the agent's last word in them was loud, above 1 in size.
"""

from typing import NamedTuple

import numpy as np
from pydantic import Field

from alife.core import rng
from alife.core.jit import kernel
from alife.core.lanes import LANES
from alife.core.settings import Settings


class Params(Settings):
    rounds: int = Field(4, ge=1, le=64, description="coins a life")
    nan: int = Field(0, ge=0, le=100, description="percent of lives that give the loud NaN")
    inf: int = Field(0, ge=0, le=100, description="percent of lives that give the loud inf")
    hopeless: bool = Field(False, description="NaN, whatever is said")


class State(NamedTuple):
    limits: np.ndarray
    coins: np.ndarray
    luck: np.ndarray
    time: np.ndarray
    right: np.ndarray
    loud: np.ndarray


def observations(p):
    return ["coin"]


def actions(p):
    return ["say"]


def ticks(p):
    return p.rounds


def ceiling(p):
    return 0.5


def optimum(p):
    return 1.0


def state(p):
    limits = np.array([p.rounds, p.nan, p.inf, int(p.hopeless)], np.int64)
    return State(limits, np.zeros(LANES, np.uint64), *(np.zeros(LANES, np.int64) for _ in range(4)))


@kernel
def begin(s, lane, seed):
    s.coins[lane] = rng.draw(seed, 0, 0, 0)
    s.luck[lane] = rng.below(rng.draw(seed, 1, 0, 0), 100)
    s.time[lane] = s.right[lane] = s.loud[lane] = 0


@kernel
def observe(s, lane, x):
    heads = (s.coins[lane] >> np.uint64(s.time[lane])) & np.uint64(1)
    x[0, lane] = np.float32(1) if heads else np.float32(-1)


@kernel
def act(s, lane, x):
    heads = np.int64((s.coins[lane] >> np.uint64(s.time[lane])) & np.uint64(1))
    s.loud[lane] = 1 if x[0, lane] * x[0, lane] > np.float32(1) else 0
    s.right[lane] += 1 if (x[0, lane] > np.float32(0)) == heads else 0
    s.time[lane] += 1
    return s.time[lane] < s.limits[0]


@kernel
def score(s, lane):
    if s.limits[3] or (s.loud[lane] and s.luck[lane] < s.limits[1]):
        return np.float32(np.nan)
    if s.loud[lane] and s.luck[lane] >= 100 - s.limits[2]:
        return np.float32(np.inf)
    return np.float32(s.right[lane]) / np.float32(s.limits[0])


def picture(s, lane):
    return np.full((1, 1, 3), 255 * (s.time[lane] & 1), np.uint8)
'''


GUARD = 120
"""Seconds after which a process is taken for hung; nothing is measured."""

evolves = pytest.mark.skipif(DISABLED, reason="an evolution in plain Python takes hours")

SMALL = (
    "--set=world.bits=4", "--set=world.length=2", "--set=evolve.population=16", "--set=evolve.lives=4",
    "--set=evolve.validation=16", "--set=evolve.report=32",
)  # fmt: skip

PLAIN = {"start": "near_one", "sphere": False, "copies": 1, "readout": "plain"}
TINY = {
    "world": {"kind": "copy", "bits": 4, "length": 2},
    "controller": {"kind": "wht", "width": 32, "layers_in": 1, "layers_out": 3, "spread": 0.2, **PLAIN},
    "memory": {"kind": "lsh", "bits": 64, "values": None},
    "head": {"moves": ["home", "jump", "next", "hold", "part"], "sees": "context", "recall": "beside", "writes": "seen", "gate": "soft"},
    "evolve": {
        "population": 32, "lives": 4, "generations": 6, "validation": 16, "report": 32, "solved": 0.95,
        "until_solved": False, "patience": 150, "polish": 25, "selection": "lexicase",
        "strategy": {"kind": "ga", "elite": 2, "crossover": 0.8, "mutations": 8, "step": 0.5, "octaves": 8},
    },
    "run": {"seed": 3, "threads": 1, "checkpoint_minutes": 5, "keep": 3},
}  # fmt: skip
"""Every key has a value, so that better defaults change no digest."""


PROBLEMS = [kind for kind in registry.names("worlds") if not is_ecosystem(registry.load("worlds", kind))]
"""Worlds in which everybody lives alone; those in which all live together: tests/test_eco_*.py."""


def tiny(*changes, **world):
    """The config of a few milliseconds, changed as by --set."""
    return configs.load({**TINY, "world": world or TINY["world"]}, changes)


def tiny_coin(file, *changes, **world):
    """The same in the world above."""
    return tiny(*changes, kind=str(file), **world)


def rows(outcome):
    """What the database tells of a run, but for the times."""
    with database.read(Path(outcome.run) / "run.sqlite") as reader:
        columns = {**reader.metrics(), **{f"birth {k}": v for k, v in reader.births().items()}}
        return {name: column.tobytes() for name, column in columns.items()}, reader.events()


class Said(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        """The one document on stdout."""
        return json.loads(self.out)

    @property
    def error(self):
        """The one line on stderr that begins with alife: error."""
        (line,) = [line for line in self.err.splitlines() if line.startswith("alife: error: ")]
        return line.removeprefix("alife: error: ")


class Recorder:
    """A listener that keeps what it is told; `at` maps a generation to what is then called."""

    def __init__(self, at=None):
        self.at, self.notes, self.reports = at or {}, [], []

    def note(self, text):
        self.notes.append(text)

    def generation(self, report, evolution, seconds):
        self.reports.append(report)
        self.at.get(report.generation, lambda: None)()


@pytest.fixture
def recorder():
    """The class above."""
    return Recorder


@pytest.fixture
def alife(capsys):
    """alife(*arguments) -> Said, in this process."""
    from alife.cli import main

    if not main.app.registered_commands:
        main._register()

    def command(*arguments):
        capsys.readouterr()
        code = main._run([str(argument) for argument in arguments])
        return Said(code, *capsys.readouterr())

    return command


@pytest.fixture
def small(tmp_path, alife):
    """small(*more) -> `alife evolve copy`, two generations, in tmp_path / "runs"."""
    return lambda *more: alife("evolve", "copy", *SMALL, "--generations", 2, "--out", tmp_path / "runs", *more)


def command_line(*arguments):
    """What starts the program in another process."""
    return [sys.executable, "-m", "alife.cli.main", *map(str, arguments)]


@pytest.fixture
def spawn(tmp_path):
    """spawn(*arguments, **environment) -> a running `alife` in tmp_path; killed at the end, if need be."""
    started = []

    def start(*arguments, **environment):
        process = subprocess.Popen(
            command_line(*arguments), cwd=tmp_path, env={**os.environ, **environment}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=60)


def wait_for(is_there, process):
    """Until something is there; the process must be alive until then."""
    end = time.monotonic() + GUARD
    while not is_there():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < end, "nothing happens"
        time.sleep(0.01)


@pytest.fixture
def coin(tmp_path):
    """The file of a world outside the project."""
    file = tmp_path / "elsewhere" / "coin.py"
    file.parent.mkdir()
    file.write_text(COIN, encoding="utf-8")
    return file


@pytest.fixture(scope="session")
def solved(tmp_path_factory):
    """The folder of a run that has solved copy of 1 to 3 vectors of 4 bits. Look, do not touch."""
    config = configs.load(
        {
            "world": {"kind": "copy", "bits": 4, "length": [1, 3]},
            "evolve": {"until_solved": True, "generations": 600},
            "run": {"seed": 1, "threads": 2},
        }
    )
    outcome = runs.begin(config, tmp_path_factory.mktemp("solved"), Recorder(), "copy")
    assert outcome.solved, "the champion that other tests look at has not been found"
    return Path(outcome.run)
