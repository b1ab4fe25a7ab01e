"""Files that are whole or absent: temp file, fsync, check, rename, fsync of the folder.

`os.replace` alone is not enough: after a power loss the new name may stand before the new bytes do. All calls
that change the disk go through this module's `os`, so that a test can let any single one of them fail.
"""

import contextlib
import os
import secrets
import stat
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from alife.core.errors import DiskError

Bytes = bytes | memoryview
BINARY = getattr(os, "O_BINARY", 0)  # Windows translates line ends without it
SUFFIX = ".tmp"


def write_bytes(path: Path, chunks: Iterable[Bytes], check: Callable[[Path], None] | None = None) -> None:
    """Replace `path` by the chunks, after `check(temp)` has read them back; on DiskError the old file stands."""
    temp = path.with_name(f".{path.name}.{secrets.token_hex(4)}{SUFFIX}")
    try:
        try:
            _fill(temp, chunks)
            if check is not None:
                check(temp)
            os.replace(temp, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temp)
            raise
        sync_folder(path.parent)
    except OSError as err:
        raise DiskError(f"cannot write {path}: {reason(err)}") from err


def write_text(path: Path, text: str) -> None:
    """Replace `path` by UTF-8 text."""
    write_bytes(path, [text.encode()])


def _fill(path: Path, chunks: Iterable[Bytes]) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | BINARY, 0o666)
    try:
        for chunk in chunks:
            rest = memoryview(chunk)
            while len(rest):  # a nearly full disk takes a part, and says so only at the next write
                rest = rest[os.write(fd, rest) :]
        _sync(fd)
    finally:
        os.close(fd)


def _sync(fd: int) -> None:
    """fsync; on macOS that leaves the drive's own cache unwritten, F_FULLFSYNC does not."""
    if sys.platform == "darwin":
        import fcntl

        with contextlib.suppress(OSError):
            fcntl.fcntl(fd, fcntl.F_FULLFSYNC)
            return
    os.fsync(fd)


def sync_folder(folder: Path) -> None:
    """Make renames in `folder` survive a power loss. Windows offers no such call."""
    if sys.platform == "win32":
        return
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


@contextlib.contextmanager
def open_input(path: Path) -> Iterator[BinaryIO]:
    """Open a regular file for reading; a pipe or a device, which could block or never end, is an OSError."""
    fd = os.open(path, os.O_RDONLY | BINARY | getattr(os, "O_NONBLOCK", 0))
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise OSError(None, "not a regular file")
        with open(fd, "rb", closefd=False) as file:
            yield file
    finally:
        os.close(fd)


def remove_stale(folder: Path, older_than: float = 0.0) -> None:
    """Delete temp files that a killed process left, if they are at least `older_than` seconds old."""
    with contextlib.suppress(OSError):
        for path in sorted(folder.glob(f".*{SUFFIX}")):
            if older_than <= 0 or time.time() - path.stat().st_mtime > older_than:
                os.unlink(path)


def reason(err: OSError) -> str:
    """What the system said, without Python's `[Errno 28]`."""
    return err.strerror or str(err) or type(err).__name__
