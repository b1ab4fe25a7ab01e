"""Tables as CSV files, whole or absent."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from alife.core.errors import DiskError
from alife.store import atomic


def check(path: Path) -> None:
    """DiskError where no file can come to be: said before work begins whose result it is to hold."""
    if path.is_dir() or not path.parent.is_dir():
        raise DiskError(f"cannot write {path}: expected a file in a folder that exists")


def write(path: Path, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Replace `path` by a head and rows; numbers read back as they are, None and NaN are empty cells. DiskError."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(heads)
    writer.writerows([None if cell != cell else cell for cell in row] for row in rows)
    atomic.write_text(path, text.getvalue())
