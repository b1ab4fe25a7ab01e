"""The run folder: who may write it, where things are, which one is newest.

One writer at a time: it holds an exclusive transaction on the empty sqlite file `.lock`. On POSIX that is a record
lock: the system drops it when the process dies, and children that outlive their parent do not have it. Such a lock
has one trap: it is also lost when the same process opens and closes the file in any other way. So nobody may open
`.lock` (copying or hashing a whole run folder from within the writer does), except through sqlite, which knows.
"""

import contextlib
import os
import re
import shutil
import sqlite3
import time
from pathlib import Path
from typing import Self

from alife.core.errors import BusyError, DiskError, InputError
from alife.store import atomic

_STAMP = re.compile(r"\d{4}-\d\d-\d\d_\d\d-\d\d")
_SUBFOLDERS = ("checkpoints", "plots", "videos", "plugins")
_STALE = 3600.0  # seconds; a younger temp file in the run folder may be a report being written


class RunFolder:
    """Paths of a run, and the lock while it is open for writing. `create` and `open` make one."""

    def __init__(self, path: Path, lock: "_Lock | None" = None) -> None:
        self.path = path
        self.config = path / "config.yaml"
        self.database = path / "run.sqlite"
        self.champion = path / "champion.npz"
        self.report = path / "report.html"
        self.edits = path / "edits.json"
        self.controls = path / "controls"
        self.checkpoints, self.plots, self.videos, self.plugins = (path / name for name in _SUBFOLDERS)
        self._lock = lock

    @classmethod
    def create(cls, out: Path, name: str, config: str | None = None) -> Self:
        """Make and lock `out/name`, or `name-2`, `name-3`, ... if that exists; all of it or nothing.

        With `config` the text of config.yaml is written last: only then `open` takes the folder for a run.
        """
        if name != Path(name).name or name.startswith(".") or not name:
            raise ValueError(f"a run needs a plain file name, got {name!r}")
        parents: list[Path] = []
        path = lock = None
        try:
            _make_parents(Path(out), parents)
            path = _make_numbered(Path(out), name)
            for sub in _SUBFOLDERS:
                os.mkdir(path / sub)
            lock = _Lock(path)
            folder = cls(path, lock)
            if config is not None:
                folder.write_text(folder.config, config)
            atomic.sync_folder(path)
            atomic.sync_folder(path.parent)
            return folder
        except BaseException as err:
            if lock is not None:
                lock.release()
            if path is not None:
                shutil.rmtree(path, ignore_errors=True)
            for parent in reversed(parents):
                with contextlib.suppress(OSError):  # somebody else has put something there
                    os.rmdir(parent)
            if isinstance(err, OSError):
                raise DiskError(f"cannot make a run folder {Path(out) / name}: {atomic.reason(err)}") from err
            raise

    @classmethod
    def open(cls, path: Path, write: bool = False) -> Self:
        """An existing run; `write` locks it, BusyError if another process has it, and clears what a crash left."""
        path = Path(path)
        if not path.is_dir():
            raise InputError(f"no run folder at {path}")
        if not (path / "config.yaml").is_file():
            raise InputError(f"{path} is no run folder: config.yaml is missing")
        if not write:
            return cls(path)
        folder = cls(path, _Lock(path))
        atomic.remove_stale(folder.checkpoints)
        atomic.remove_stale(path, older_than=_STALE)
        return folder

    def write_text(self, path: Path | str, text: str) -> None:
        """Replace a file, given by its path or by its name in this folder, as UTF-8; atomic."""
        atomic.write_text(path if isinstance(path, Path) else self.path / path, text)

    def close(self) -> None:
        """Let go of the lock."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Lock:
    """Held from creation to `release` or the end of the process."""

    def __init__(self, folder: Path) -> None:
        self._owner, self._pid_file = os.getpid(), folder / ".pid"
        connection = None
        try:
            # timeout=0: a second writer is told at once
            connection = sqlite3.connect(folder / ".lock", timeout=0, isolation_level=None, check_same_thread=False)
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as err:
            if connection is not None:
                connection.close()
            code = getattr(err, "sqlite_errorcode", 0) & 255
            if code == sqlite3.SQLITE_BUSY:
                raise BusyError(f"{folder} is in use by another process{_pid(self._pid_file)}") from err
            if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
                raise InputError(f"{folder / '.lock'} is damaged; delete it, it holds nothing") from err
            raise DiskError(f"cannot lock {folder}: {err}") from err
        self._connection = connection
        with contextlib.suppress(OSError):  # for the message of a second writer; nothing relies on it
            self._pid_file.write_text(f"{self._owner}\n")

    def release(self) -> None:
        """Does nothing in a forked child: the lock is its parent's. `.lock` stays, deleting it would let two in."""
        if os.getpid() != self._owner:
            return
        with contextlib.suppress(OSError):
            os.unlink(self._pid_file)
        self._connection.close()


def runs(out: Path) -> list[Path]:
    """All run folders in `out`, oldest first."""
    try:
        paths = [p for p in Path(out).iterdir() if (p / "config.yaml").is_file()]
        return sorted(paths, key=_age)
    except FileNotFoundError:
        return []
    except OSError as err:
        raise InputError(f"cannot read {out}: {atomic.reason(err)}") from err


def latest(out: Path) -> Path:
    """The newest run folder in `out`."""
    found = runs(out)
    if not found:
        raise InputError(f"no run folder in {out}")
    return found[-1]


def _age(path: Path) -> tuple[str, int, int, str]:
    """The minute in the name, which copying does not change; within it the time of the config, then the number."""
    changed = (path / "config.yaml").stat().st_mtime_ns
    stamp = _STAMP.match(path.name)
    minute = stamp[0] if stamp else time.strftime("%Y-%m-%d_%H-%M", time.localtime(changed / 1e9))
    return minute, changed, len(path.name), path.name


def seems_held(path: Path) -> bool:
    """Whether the process that last wrote this run is still there; by its number, so a guess, and on Windows always True.

    The lock itself is not tried: a writer that begins just then would be refused.
    """
    number = _pid(path / ".pid").strip(" (pid)")
    if os.name == "nt":
        return True
    try:
        os.kill(int(number), 0)
    except (ValueError, OverflowError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True


def _pid(path: Path) -> str:
    with contextlib.suppress(OSError), open(path, "rb") as file:
        text = file.read(32).decode("ascii", "replace").strip()
        if text.isdecimal():
            return f" (pid {text})"
    return ""


def _make_parents(folder: Path, made: list[Path]) -> None:
    for path in reversed([folder, *folder.parents]):
        if not path.is_dir():
            with contextlib.suppress(FileExistsError):  # made by somebody else just now, or a file: mkdir below tells
                os.mkdir(path)
                made.append(path)


def _make_numbered(out: Path, name: str) -> Path:
    number = 1
    while True:
        path = out / (name if number == 1 else f"{name}-{number}")
        try:
            os.mkdir(path)
        except FileExistsError:
            number += 1
        else:
            return path
