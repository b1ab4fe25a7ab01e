"""Kernels stay inside their arrays: the tests that run them, once more with checked indices."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import evolves

ROOT = Path(__file__).parents[1]
FILES = [
    "test_wht.py", "test_tick.py", "test_worlds.py", "test_memories.py", "test_plugins.py", "test_lives.py", "test_evolution.py",
    "test_eco_engine.py", "test_ecology.py", "test_hostile_runs.py",
]  # fmt: skip


@evolves
@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("file", FILES)
def test_with_checked_indices(file):
    command = [sys.executable, "-m", "pytest", "-n", "0", "-q", "-x", f"tests/{file}"]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, "NUMBA_BOUNDSCHECK": "1"}, capture_output=True, text=True)
    assert done.returncode == 0 and " passed" in done.stdout, done.stdout[-3000:]
