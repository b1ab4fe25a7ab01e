"""What is said goes to a full disk, or to nobody: the run is saved all the same, and the exit code tells of what was lost."""

import os
import resource
import subprocess
from functools import partial
from pathlib import Path

import pytest
from conftest import GUARD, SMALL, command_line, evolves

from alife.store import checkpoint

FULL = Path("/dev/full")
pytestmark = [evolves, pytest.mark.skipif(not FULL.exists(), reason="no /dev/full here")]
GENERATIONS = 40


def ended(*arguments, **streams):
    return subprocess.run(command_line(*arguments), timeout=GUARD, **streams).returncode


def evolution(out):
    return ["evolve", "copy", *SMALL, "--generations", GENERATIONS, "--no-report", "--threads", 1, "--out", out, "--name", "r"]


def check_complete(run):
    checkpoint.load(run / "checkpoints" / f"gen-{GENERATIONS:06d}.npz")
    checkpoint.load(run / "champion.npz")


def test_a_log_on_a_full_disk_stops_nothing(tmp_path):
    with open(FULL, "w") as full:
        assert ended(*evolution(tmp_path), stdout=subprocess.DEVNULL, stderr=full) == 0
    check_complete(tmp_path / "r")


@pytest.mark.slow  # compiles anew, as nothing can be cached
def test_a_log_that_may_not_grow_stops_nothing(tmp_path):
    """RLIMIT_FSIZE counts for the log, too: what may not be saved is a full disk, and the exit code says so without words."""
    with open(tmp_path / "log", "w") as log:
        limit = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (0, 0))
        assert ended(*evolution(tmp_path), stdout=log, stderr=log, preexec_fn=limit) == 74
    assert (tmp_path / "log").stat().st_size == 0


def test_a_reader_that_leaves_stops_nothing(tmp_path):
    read, write = os.pipe()
    os.close(read)
    with open(write, "w") as nobody:
        assert ended(*evolution(tmp_path), stdout=subprocess.DEVNULL, stderr=nobody) == 0
    check_complete(tmp_path / "r")


@pytest.mark.parametrize("command", [evolution, lambda _: ["list"], lambda _: ["list", "--json"], lambda _: ["--help"]])
def test_a_result_that_cannot_be_written(tmp_path, command):
    with open(FULL, "w") as full:
        arguments = command_line(*command(tmp_path))
        done = subprocess.run(arguments, stdout=full, stderr=subprocess.PIPE, text=True, timeout=GUARD)
    assert done.returncode == 74 and "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1] == "alife: error: cannot write the output: No space left on device"
