"""Rows as pictures, one a benchmark: ratios as bars on a logarithmic axis, each with the quartiles of its value."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from alife.bench._measure import Row
from alife.core.errors import DiskError
from alife.store import atomic

COLOUR, LINE = "#0072b2", "#d55e00"
_DPI = 110


def saved(rows: Sequence[Row], folder: Path) -> list[Path]:
    """`bench-NAME.png` in the folder for every benchmark with a ratio, in the order of the rows. DiskError where it cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DiskError(f"cannot make {folder}: {error.strerror}") from error
    groups: dict[str, list[Row]] = {}
    for row in rows:
        if row.value is not None and row.ratio:
            groups.setdefault(row.name.partition(".")[0], []).append(row)
    paths = []
    for name, group in groups.items():
        path = folder / f"bench-{name}.png"
        atomic.write_bytes(path, [_png(drawn(name, group))])
        paths.append(path)
    return paths


def drawn(name: str, rows: Sequence[Row]) -> Figure:
    """One bar a row; the line is at 1."""
    with matplotlib.rc_context({"font.family": "DejaVu Sans", "font.size": 8}):
        figure = Figure(figsize=(8, 0.9 + 0.22 * len(rows)), layout="constrained")
        axes = figure.subplots()
        places, ratios = range(len(rows)), [float(row.ratio or 0) for row in rows]
        axes.barh(places, ratios, color=COLOUR, height=0.7, xerr=_spread(rows), error_kw={"lw": 1, "capsize": 2})
        axes.axvline(1, color=LINE, lw=1)
        axes.set(xscale="log", xlabel="ratio; what it means is said in the note of its row", title=f"alife bench {name}")
        axes.set_yticks(places, [row.name for row in rows])
        axes.set_ylim(len(rows) - 0.4, -0.6)
        for place, row in zip(places, rows, strict=True):
            axes.annotate(f" {row.ratio:.3g}", (float(row.ratio or 0), place), va="center", fontsize=7)
        axes.spines[["top", "right"]].set_visible(False)
    return figure


def _spread(rows: Sequence[Row]) -> Any:
    """(2, rows): from the ratio down and up, as far as the quartiles are from the value, in proportion."""
    down, up = [], []
    for row in rows:
        value, ratio = row.value or 1.0, row.ratio or 0.0
        down.append(max(0.0, ratio * (1 - (row.low if row.low is not None else value) / value)))
        up.append(max(0.0, ratio * ((row.high if row.high is not None else value) / value - 1)))
    return [down, up]


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=_DPI)
    return buffer.getvalue()
