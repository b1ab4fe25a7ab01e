"""`alife bench`: the benchmarks, found by file name, and their table.

A benchmark is one file of this package with `run() -> list[Row]`; `_name.py` is a helper.
"""

from __future__ import annotations

import importlib
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path

from alife.bench._measure import Row
from alife.core.errors import ConfigError
from alife.core.wording import clip, near, refusal
from alife.evolve.run import cores

__all__ = ["Row", "hardware", "names", "run", "table"]

RENAMED = {"transform": "wht", "evolve": "lives"}
"""Names that benchmarks had."""

_COLUMNS = ("benchmark", "value", "unit", "reference", "ratio", "quartiles", "note")


def names() -> list[str]:
    """All benchmarks, sorted."""
    files = Path(__file__).parent.glob("*.py")
    return sorted(file.stem for file in files if not file.stem.startswith("_") and file.stem != "report")


def run(name: str | None = None, seeds: int | None = None) -> list[Row]:
    """Rows of one benchmark or of all; `seeds` is for `learning`. ConfigError for an unknown name or a bad number."""
    known, name = names(), RENAMED.get(name or "", name)
    if seeds is not None and (seeds < 1 or name not in (None, "learning")):
        why = f"expected a whole number >= 1, got {seeds}" if seeds < 1 else f"only learning has seeds, {clip(str(name))} has none"
        raise ConfigError(f"--seeds: {why}")
    if name is not None and name not in known:
        match = near(name, known)
        hint = f" Did you mean {match!r}?" if match else ""
        raise refusal(f"no benchmark named {clip(name)!r}.{hint} Known: {', '.join(known)}.")
    rows: list[Row] = []
    for each in known if name is None else [name]:
        print(f"alife: bench {each} ...", file=sys.stderr, flush=True)
        options = {"seeds": seeds} if each == "learning" and seeds is not None else {}
        rows += importlib.import_module(f"alife.bench.{each}").run(**options)
    return rows


def hardware() -> str:
    """What the numbers were measured on, in one line."""
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{_processor()}, {cores()} cores{load}; Python {platform.python_version()}, numba {version('numba')}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()


def table(rows: list[Row]) -> str:
    """The hardware, then a line a row in aligned columns."""
    cells = [_COLUMNS, *(_cells(row) for row in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(_COLUMNS))]
    lines = [[_aligned(cell, i, widths[i]) for i, cell in enumerate(line)] for line in cells]
    return "\n".join([hardware(), "", *("  ".join(line).rstrip() for line in lines)])


def _aligned(cell: str, column: int, width: int) -> str:
    return cell.ljust(width) if _COLUMNS[column] in ("benchmark", "unit", "note") else cell.rjust(width)


def _cells(row: Row) -> tuple[str, ...]:
    quartiles = "-" if row.value is None else f"{_number(row.low)} .. {_number(row.high)}"
    return (row.name, _number(row.value), row.unit, _number(row.reference), _number(row.ratio, 2), quartiles, row.note)


def _number(value: float | None, decimals: int | None = None) -> str:
    """Three or four digits that count, never in powers of ten."""
    if value is None:
        return "-"
    if decimals is None:
        decimals = 0 if abs(value) >= 1000 else 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3
    return f"{value:,.{decimals}f}"
