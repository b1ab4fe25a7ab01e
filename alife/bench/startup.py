"""How long one waits: for help, for the first generation of a new process, and for that on a machine that never ran it.

Wall clock of `alife evolve copy --generations 1` from the start of the process until it has left; the final report on
1,000 lives is part of it. Other programs on the machine are felt; the notes say how long the process computed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np

from alife.bench._measure import Row, in_turn, row
from alife.core.errors import UserError

HELP, SECOND, FIRST = 0.3, 1.5, 20.0
"""Seconds that each of them may take."""


def run(rounds: int = 7, first: bool = True) -> list[Row]:
    """A row each; the first start, which compiles everything, is measured once, the others that often."""
    with tempfile.TemporaryDirectory(prefix="alife-bench-") as folder:
        environment = dict(os.environ)
        if first:
            environment["ALIFE_CACHE_DIR"] = str(Path(folder) / "cache")
        evolve = ("evolve", "copy", "--generations", "1", "--out", str(Path(folder) / "runs"), "--json")
        cold = _seconds(evolve, environment)
        commands = {"help": ("--help",), "second": evolve}
        found = in_turn({name: partial(_seconds, command, environment) for name, command in commands.items()}, rounds)
    rows = [
        _row("startup.help", found["help"], HELP, "alife --help"),
        _row("startup.second", found["second"], SECOND, "alife evolve copy --generations 1, all compiled before"),
    ]
    if first:
        rows.append(_row("startup.first", np.array([cold]), FIRST, "the same with an empty cache of compiled code; once"))
    return rows


def _row(name: str, times: np.ndarray, most: float, what: str) -> Row:
    seconds, computing = times.T
    busy = f"computing {np.median(computing):.2f} s of it; " if computing.any() else ""
    value = float(np.median(seconds))
    return row(name, seconds, "s", most, value / most, f"{what}; {busy}reference: at most; ratio: below 1 is good")


def _seconds(arguments: tuple[str, ...], environment: dict[str, str] | None) -> tuple[float, float]:
    """From the start of a process with these arguments to its end, and on a core; the latter 0 where nobody counts."""
    command = [sys.executable, "-m", "alife.cli.main", *arguments]
    started, before = time.perf_counter(), os.times()
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    seconds, after = time.perf_counter() - started, os.times()
    computing = sum(after[2:4]) - sum(before[2:4])
    if done.returncode:
        said = done.stderr.strip().splitlines() or [""]
        raise UserError(f"'alife {' '.join(arguments)}' failed with exit code {done.returncode}: {said[-1]}")
    return seconds, computing
