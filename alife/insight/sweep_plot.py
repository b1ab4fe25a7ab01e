"""A sweep as a picture: of every cell of its grid the share that solved it, z, and what that took, each with a 95 % interval."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from alife.core import rng
from alife.insight.figures import BLUE, GREY, STYLE
from alife.store import atomic

_RESAMPLES = 2000
_SEED = 0x53EE9


def wilson(successes: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of a share (E. B. Wilson, Probable inference, the law of succession, and statistical inference, 1927)."""
    share, extra = successes / n, z * z / n
    middle, half = share + extra / 2, z * math.sqrt(share * (1 - share) / n + extra / (4 * n))
    return (middle - half) / (1 + extra), (middle + half) / (1 + extra)


def of_median(values: np.ndarray) -> tuple[float, float, float]:
    """Median of values (n,), and its 95 % interval by bootstrap (percentiles of 2,000 resamples; Efron 1979), drawn by hash."""
    n = len(values)
    chosen = (rng.uniforms((_RESAMPLES, n), _SEED, n) * np.float32(n)).astype(np.int64).clip(0, n - 1)
    low, high = np.percentile(np.median(values[chosen], axis=1), [2.5, 97.5])
    return float(np.median(values)), float(low), float(high)


def cells(rows: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> dict[str, list[Mapping[str, Any]]]:
    """Rows by the values of the grid, in words, in the order in which they came; without a grid by their world."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        values = [str(row[key]) if len(keys) == 1 else f"{key.rpartition('.')[2]} {row[key]}" for key in keys]
        name = "\n".join(values) or Path(str(row["world"])).stem
        found.setdefault(name, []).append(row)
    return found


def draw(figure: Figure, rows: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> None:
    """On an empty figure; `keys` are those of the grid. Rows of problems, as of `alife.insight.sweep.sweep`."""
    groups = cells(rows, keys)
    solved, merit, cost = figure.subplots(1, 3)
    for k, runs in enumerate(groups.values()):
        wins = sum(bool(row["solved"]) for row in runs)
        low, high = wilson(wins, len(runs))
        share = wins / len(runs)
        solved.errorbar([k], [share], yerr=[[max(0.0, share - low)], [max(0.0, high - share)]], fmt="o", color=BLUE, capsize=3)
        _column(merit, k, [row["z"] for row in runs])
        _column(cost, k, [row["solved_evaluations"] for row in runs if row["solved"]])
    seeds = {len(runs) for runs in groups.values()}
    for axes, title, name in (
        (solved, f"Solved, of {max(seeds)} seeds each", "share that solved it"),
        (merit, "How well", "z: 0 best without a memory, 1 best of all"),
        (cost, "What it took, where it was solved", "evaluations to solve"),
    ):
        axes.set_title(title)
        axes.set(xlabel=" x ".join(keys) or "world", ylabel=name, xlim=(-0.6, len(groups) - 0.4))
        many = len(groups) > 3
        axes.set_xticks(range(len(groups)), list(groups), rotation=30 if many else 0, ha="right" if many else "center")
    solved.set_ylim(-0.05, 1.05)
    cost.set_yscale("log")


def _column(axes: Any, k: int, values: Sequence[float | None]) -> None:
    """Runs as points, their median with its interval."""
    finite = np.array([value for value in values if value is not None and math.isfinite(value)], float)
    if not len(finite):
        return
    spread = (np.arange(len(finite)) - (len(finite) - 1) / 2) * min(0.04, 0.4 / len(finite))
    axes.plot(k + 0.18 + spread, finite, ".", color=GREY, ms=4)
    middle, low, high = of_median(finite)
    axes.errorbar([k - 0.1], [middle], yerr=[[middle - low], [high - middle]], fmt="o", color=BLUE, capsize=3)


def write(rows: Sequence[Mapping[str, Any]], keys: Sequence[str], file: Path) -> None:
    """The picture as PNG. DiskError where it cannot be written."""
    count = len(cells(rows, keys))
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(STYLE)
        figure = Figure(figsize=(max(9.0, 3 + 1.2 * count), 3.6), dpi=130, layout="constrained")
        draw(figure, rows, keys)
        out = io.BytesIO()
        figure.savefig(out, format="png", metadata={"Software": None})
    atomic.write_bytes(file, [out.getvalue()])
