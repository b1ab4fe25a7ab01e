"""What benchmarks/soak.py does to a running `alife`, and what it reads of it from the outside (Linux: /proc, prlimit)."""

from __future__ import annotations

import contextlib
import errno
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, NamedTuple

from alife.core.errors import InputError
from alife.store import checkpoint

ROOT = Path(__file__).parents[1]
PATIENCE = 300.0
"""Seconds after which a process is taken for hung, on a machine with other work."""
FULL, INTERRUPTED = 74, {signal.SIGINT: 130, signal.SIGTERM: 143}


class Hung(Exception):  # noqa: N818  (a finding, not a fault of the soak)
    """The process did not do in PATIENCE seconds what it should have done at once."""


class Sample(NamedTuple):
    """A process and its run folder at one moment."""

    generation: int
    resident: int  # bytes
    descriptors: int
    disk: int  # bytes in the run folder


class Running:
    """An `alife` of its own process group; what it says goes into files."""

    def __init__(self, arguments: list[str], log: Path, cache: Path) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "ALIFE_CACHE_DIR": str(cache)}
        self.out, self.errors = log.with_suffix(".out"), log.with_suffix(".err")
        with open(self.out, "wb") as out, open(self.errors, "wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "alife", *arguments], stdout=out, stderr=errors, stdin=subprocess.DEVNULL,
                env=environment, start_new_session=True, cwd=ROOT,
            )  # fmt: skip

    def signal(self, number: int) -> None:
        """To the whole group, while it lives."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, number)

    def wait(self, seconds: float, until: Callable[[], bool] = lambda: False) -> int | None:
        """The exit code, None when `until` came true or the time was over."""
        end = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < end and not until():
            time.sleep(0.02)
        return self.process.poll()

    def end(self) -> int:
        """The exit code; Hung if there is none in time."""
        if self.wait(PATIENCE) is None:
            self.signal(signal.SIGKILL)
            self.process.wait()
            raise Hung(f"no end in {PATIENCE:g} s: {self.told()[-300:]}")
        return self.process.returncode

    def told(self) -> str:
        """All of stderr until now."""
        return self.errors.read_text(encoding="utf-8", errors="replace")

    def sample(self, run: Path) -> Sample | None:
        """None once it has ended."""
        try:
            pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
            descriptors = len(os.listdir(f"/proc/{self.process.pid}/fd"))
        except (OSError, IndexError):
            return None
        return Sample(newest(run), pages * resource.getpagesize(), descriptors, size(run))


def newest(run: Path) -> int:
    """Generation of the newest checkpoint, sound or not; -1 for none."""
    return max((int(file.stem[4:]) for file in (run / "checkpoints").glob("gen-*.npz")), default=-1)


def newest_sound(run: Path) -> int:
    """The same of those that can be loaded."""
    for file in sorted((run / "checkpoints").glob("gen-*.npz"), reverse=True):
        with contextlib.suppress(InputError):
            return int(checkpoint.load(file)[1]["generation"])
    return -1


def size(folder: Path) -> int:
    """Bytes of all files; what is renamed meanwhile does not count."""
    total = 0
    for file in folder.rglob("*"):
        with contextlib.suppress(OSError):
            total += file.stat().st_size
    return total


def kill(running: Running, run: Path, rng: random.Random) -> str:
    """SIGKILL; the time since the last checkpoint is what is lost."""
    running.signal(signal.SIGKILL)
    code = running.end()
    return "" if code in (-signal.SIGKILL, 0) else f"exit {code} after SIGKILL"


def interrupt(running: Running, run: Path, rng: random.Random) -> str:
    """SIGINT or SIGTERM; it saves and says so by its exit code."""
    wish = rng.choice(sorted(INTERRUPTED))
    running.signal(wish)
    code = running.end()
    return "" if code in (INTERRUPTED[wish], -wish, 0) else f"exit {code} after {wish.name}"  # -wish: before Python had a handler


def pause(running: Running, run: Path, rng: random.Random) -> str:
    """SIGSTOP for some seconds; it goes on as if nothing had been."""
    running.signal(signal.SIGSTOP)
    time.sleep(rng.uniform(0.5, 4))
    running.signal(signal.SIGCONT)
    return ""


def limit(running: Running, run: Path, rng: random.Random) -> str:
    """No file may grow beyond a few bytes any more (RLIMIT_FSIZE), like a quota."""
    most = rng.choice([0, 100, 5_000, 40_000])
    with contextlib.suppress(ProcessLookupError):
        resource.prlimit(running.process.pid, resource.RLIMIT_FSIZE, (most, most))
    code = running.end()
    return "" if code in (FULL, 0) else f"exit {code} with RLIMIT_FSIZE {most}"


def fill(running: Running, run: Path, rng: random.Random) -> str:
    """The disk is full, to the last byte, until the process has ended; `run` must be on a small disk of its own."""
    filler, end = run.parent / "filler", time.monotonic() + PATIENCE
    try:
        with open(filler, "wb", buffering=0) as file:
            while running.process.poll() is None:
                _fill(file)  # again and again: pruning gives some bytes back
                running.wait(0.2)
                if time.monotonic() > end:
                    raise Hung(f"no end on a full disk in {PATIENCE:g} s")
        code = running.end()
    finally:
        filler.unlink(missing_ok=True)
    return "" if code in (FULL, 0) else f"exit {code} on a full disk"


def damage(running: Running, run: Path, rng: random.Random) -> str:
    """SIGKILL, then the newest of several checkpoints is cut or one of its bits flipped; a resume says so."""
    running.signal(signal.SIGKILL)
    running.end()
    files = sorted((run / "checkpoints").glob("gen-*.npz"))
    if len(files) > 1:
        content = bytearray(files[-1].read_bytes())
        place = rng.randrange(len(content))
        if rng.random() < 0.5:
            content[place] ^= 1 << rng.randrange(8)
            files[-1].write_bytes(content)
        else:
            files[-1].write_bytes(content[:place])
    return ""


def _fill(file: BinaryIO) -> None:
    """Until not one byte more fits."""
    for block in (1 << 20, 1 << 12, 1):
        try:
            while file.write(bytes(block)) == block:
                pass
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise


TROUBLE = {"kill": kill, "interrupt": interrupt, "pause": pause, "limit": limit, "fill": fill, "damage": damage}
