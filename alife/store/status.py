"""A run's `status`: plain text for `cat`, replaced whole every few seconds. Nothing reads it; a disk that is full stops nothing."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Mapping
from pathlib import Path

NAME = "status"
_UNITS = ("B", "kB", "MB", "GB", "TB")


def write(run: Path, rows: Mapping[str, str]) -> None:
    """A line a row, its name in front; the time of writing is the last."""
    text = "".join(f"{name:<11} {value}\n" for name, value in {**rows, "written": time.strftime("%Y-%m-%d %H:%M:%S")}.items())
    new = run / f".{NAME}.tmp"
    with contextlib.suppress(OSError):
        new.write_text(text, encoding="utf-8")
        os.replace(new, run / NAME)


def size(folder: Path) -> int:
    """Bytes of all files in a folder; those that go meanwhile are not counted."""
    total = 0
    for path, _, files in os.walk(folder):
        for file in files:
            with contextlib.suppress(OSError):
                total += os.stat(os.path.join(path, file)).st_size
    return total


def in_words(number: float) -> str:
    """Bytes with a unit, 1,000 to the next: '12.3 MB'."""
    unit = 0
    while number >= 999.5 and unit < len(_UNITS) - 1:
        number, unit = number / 1000, unit + 1
    return f"{number:.0f} B" if unit == 0 else f"{number:.3g} {_UNITS[unit]}"


def clock(seconds: float) -> str:
    """h:mm:ss"""
    minutes, rest = divmod(int(max(0.0, seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}"
