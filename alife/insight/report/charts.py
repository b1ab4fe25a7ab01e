"""The charts of a page, each a function of plain numbers that gives an SVG."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from alife.insight.kin import Tree
from alife.insight.report.plots import CYCLE, DIM, INK, LINE, A, B, C, D, Plot, quiet

MOST_POINTS = 600
"""Of a curve; of longer ones every n-th generation is drawn."""
_LONG = 60
"""Last evaluations over the first from which on a run is drawn by powers of ten."""
MOST_MARKS = 40
"""Vertical lines of one kind."""


class Line(NamedTuple):
    """A curve in a comparison."""

    name: str
    x: np.ndarray
    y: np.ndarray
    group: str = ""
    """curves of one group share colour and name"""


class Bar(NamedTuple):
    """A value and its 95 % interval."""

    name: str
    value: float
    low: float
    high: float


def thinned(n: int) -> np.ndarray:
    """int64: rows of n that are drawn, the first and the last among them."""
    return np.unique(np.linspace(0, n - 1, min(n, MOST_POINTS)).round().astype(np.int64))


def finite(values: np.ndarray) -> np.ndarray:
    """What is no number leaves a gap."""
    return np.where(np.isfinite(values), values, np.nan)


def ruler(score: float, low: float, high: float, ceiling: float, optimum: float) -> str:
    """Where a score lies between the ceiling of agents without a memory and the optimum."""
    left, right = min(ceiling, low if math.isfinite(low) else score, score), max(optimum, score)
    span = (right - left) or 1.0
    with Plot(1.0) as plot:
        axes = plot.axes
        axes.plot([ceiling, optimum], [0, 0], color=LINE, lw=5, solid_capstyle="butt")
        axes.plot([ceiling, max(ceiling, score)], [0, 0], color=A, lw=5, alpha=0.35, solid_capstyle="butt")
        if math.isfinite(low) and math.isfinite(high):
            axes.plot([low, high], [0, 0], color=INK, lw=1.4)
        axes.plot([score], [0], "o", color=A, ms=9)
        _ends(axes, ceiling, optimum)
        side = "right" if score > left + 0.75 * span else "left" if score < left + 0.25 * span else "center"
        axes.annotate(f"champion {score:.4f}", (score, 0), (0, 11), textcoords="offset points", ha=side, color=INK, fontweight="bold")
        axes.set(xlim=(left - 0.06 * span, right + 0.06 * span), ylim=(-1, 1), yticks=[], xticks=[])
        axes.spines[:].set_visible(False)
    return plot.svg("ruler", f"score {score:.4f} between ceiling {ceiling:.4f} and optimum {optimum:.4f}")


def _ends(axes: Any, ceiling: float, optimum: float) -> None:
    for value, words, side in ((ceiling, "without a memory", "left"), (optimum, "the best of all", "right")):
        axes.plot([value, value], [-0.25, 0.25], color=DIM, lw=1.2)
        axes.annotate(f"{words} {value:.4f}", (value, 0), (0, -19), textcoords="offset points", ha=side, color=DIM)


def curves(metrics: Mapping[str, np.ndarray], ceiling: float, optimum: float, restarts: Sequence[int], solved: int | None) -> str:
    """Best and median of each generation, and the champion's validated score, over evaluations; `restarts` and `solved`: generations."""
    rows = thinned(len(metrics["generation"]))
    x = metrics["evaluations"][rows]
    best, median, champion = (finite(metrics[name][rows]) for name in ("best", "median", "champion"))
    alone = {"marker": "o", "ms": 4} if len(rows) == 1 else {}
    at = dict(zip(metrics["generation"].tolist(), metrics["evaluations"].tolist(), strict=True))
    with Plot(2.9) as plot:
        axes = plot.axes
        axes.fill_between(x, median, best, color=B, alpha=0.16, lw=0)
        axes.plot(x, best, color=B, lw=0.9, label="best of the generation", **alone)
        axes.plot(x, median, color=B, lw=0.9, ls=(0, (4, 2)), label="median", **alone)
        axes.plot(x, champion, color=A, lw=2.2, drawstyle="steps-post", label="champion, validated", **alone)
        for value, words in ((optimum, "optimum, z = 1"), (ceiling, "ceiling without a memory, z = 0")):
            axes.axhline(value, color=DIM, lw=0.8, ls=(0, (1, 2)))
            axes.annotate(words, (1, value), (-2, 3), xycoords=("axes fraction", "data"), textcoords="offset points", ha="right",
                          color=DIM, fontsize=8)  # fmt: skip
        for generation in restarts[:MOST_MARKS]:
            axes.axvline(at.get(generation, 0), color=DIM, lw=0.7, ls=(0, (3, 3)))
        if solved in at:
            axes.axvline(at[solved], color=C, lw=1.2)
            side, away = ("right", -3) if at[solved] > 0.6 * x[-1] else ("left", 3)
            axes.annotate("solved", (at[solved], 0), (away, 3), xycoords=("data", "axes fraction"), textcoords="offset points", color=C,
                          fontsize=8, ha=side)  # fmt: skip
        axes.set_xlabel("evaluations")
        axes.set_ylabel("score")
        _whole(axes, x[-1] > _LONG * x[0] > 0)
        axes.margins(y=0.1)
        quiet(axes)
        _legend(axes, 3)
    return plot.svg("curves", "score of best, median and champion over evaluations")


def _whole(axes: Any, log: bool) -> None:
    """Whole numbers from left to right, few of them."""
    if log:
        axes.set_xscale("log")
        axes.minorticks_off()
    else:
        axes.xaxis.get_major_locator().set_params(nbins=5, integer=True)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")


def _legend(axes: Any, columns: int) -> None:
    axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=columns, frameon=False, fontsize=8, handlelength=1.5,
                columnspacing=1.2, borderaxespad=0.2, labelcolor=DIM)  # fmt: skip


def bars(name: str, rows: Sequence[Bar], words: str, plain: bool = False) -> str:
    """z of each row with its interval; names are text. The first in another colour than the rest, unless `plain`."""
    y = np.arange(len(rows))[::-1]
    values = np.array([row.value for row in rows])
    with Plot(0.55 + 0.27 * len(rows)) as plot:
        axes = plot.axes
        axes.barh(y, values, height=0.62, color=[A if plain or i == 0 else B for i in range(len(rows))], alpha=0.85)
        low, high = (np.nan_to_num([getattr(row, side) for row in rows], nan=0) for side in ("low", "high"))
        has = np.array([math.isfinite(row.low) and math.isfinite(row.high) for row in rows])
        whiskers = [(values - low)[has], (high - values)[has]]
        axes.errorbar(values[has], y[has], xerr=whiskers, fmt="none", ecolor=INK, elinewidth=1, capsize=2.5)
        axes.axvline(0, color=DIM, lw=1)
        axes.axvline(1, color=DIM, lw=0.8, ls=(0, (1, 2)))
        axes.set_yticks(y, [row.name for row in rows], color=INK)
        axes.set_xlabel("z: 0 = best without a memory, 1 = best of all")
        axes.set_xlim(min(-0.12, float(np.min(low[has], initial=0)) * 1.05), max(1.08, float(np.max(high[has], initial=0)) * 1.03))
        axes.spines["left"].set_visible(False)
        quiet(axes, "x")
    return plot.svg(name, words)


def budget(own: int, published: int) -> str:
    """Evaluations of a run beside those that are published, on a scale of powers of ten."""
    with Plot(1.25) as plot:
        axes = plot.axes
        axes.barh([1, 0], [own, published], height=0.55, color=[A, B], alpha=0.85)
        for y, value in ((1, own), (0, published)):
            axes.annotate(f"{value:,}", (value, y), (4, 0), textcoords="offset points", va="center", color=INK)
        axes.set_xscale("log")
        axes.set_xlim(1, max(own, published) * 60)
        axes.set_yticks([1, 0], ["this run", "published"], color=INK)
        axes.set_xlabel("evaluations")
        axes.minorticks_off()
        axes.set_xticks([1, 1000, 1_000_000], ["1", "1,000", "1,000,000"])
        axes.spines["left"].set_visible(False)
        quiet(axes, "x")
    return plot.svg("budget", f"{own:,} evaluations, published {published:,}")


def ancestors(generations: Sequence[int], counts: Sequence[int], marks: Mapping[str, Sequence[tuple[int, int]]]) -> str:
    """Ancestors of the champion in each generation; marks: kind -> generation and count, as `descends`, `aside`, `unknown`."""
    rows = thinned(len(generations))
    x, y = np.asarray(generations)[rows], np.asarray(counts)[rows]
    look = {"descends": ("o", A, A, "new champion, an ancestor"), "aside": ("o", "none", D, "new champion, not an ancestor"),
            "unknown": ("x", DIM, DIM, "new champion, not known")}  # fmt: skip
    with Plot(2.2) as plot:
        axes = plot.axes
        if len(x) > 1:
            axes.fill_between(x, 0, y, step="mid", color=A, alpha=0.14, lw=0)
            axes.plot(x, y, drawstyle="steps-mid", color=A, lw=1)
        for kind, points in marks.items():
            if points:
                marker, face, edge, label = look[kind]
                axes.plot(*zip(*points, strict=True), marker, ms=5, mfc=face, mec=edge, mew=1.3, ls="none", label=label)
        axes.set(xlabel="generation", ylabel="ancestors", ylim=(0, max(*counts, 2) * 1.12))
        axes.xaxis.get_major_locator().set_params(nbins=6, integer=True)
        axes.yaxis.get_major_locator().set_params(nbins=5, integer=True)
        quiet(axes)
        if any(marks.values()):
            _legend(axes, 2)
    return plot.svg("ancestors", "ancestors of the champion in each generation")


def lines(name: str, curves: Sequence[Line], xlabel: str, ylabel: str, words: str, steps: bool = False, height: float = 2.4,
          log: bool = False) -> str:  # fmt: skip
    """Curves over each other; names are text, and stand in a legend where there are several. From 0 upwards.

    log: powers of ten from left to right, and any height.
    """
    dashes = ("-", (0, (5, 2)), (0, (1.5, 1.5)), (0, (6, 2, 1.5, 2)))
    groups = list(dict.fromkeys(curve.group or curve.name for curve in curves))
    columns = 2 if max(map(len, groups), default=0) > 16 else 3
    with Plot(height + 0.14 * (len(groups) // columns)) as plot:
        axes = plot.axes
        told: set[str] = set()
        for curve in curves:
            rows = thinned(len(curve.x)) if len(curve.x) else np.zeros(0, np.int64)
            shown = {"marker": "o", "ms": 3.5} if len(rows) <= 12 else {}
            group = curve.group or curve.name
            i = groups.index(group)
            axes.plot(
                curve.x[rows], curve.y[rows], color=CYCLE[i % len(CYCLE)], ls=dashes[i // len(CYCLE) % len(dashes)],
                lw=0.9 if curve.group else 1.5, drawstyle="steps-post" if steps else "default",
                label=f"_{group}" if group in told else group.lstrip("_"), **shown,
            )  # fmt: skip
            told.add(group)
        axes.set(xlabel=xlabel, ylabel=ylabel)
        _whole(axes, log)
        if not log:
            axes.set_ylim(bottom=0)
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.6g}")
        quiet(axes)
        if len(curves) > 1:
            _legend(axes, columns)
    return plot.svg(name, words)


def shares(name: str, of: Sequence[tuple[str, float]], words: str) -> str:
    """Parts of a whole as bars, largest first; names are text."""
    rows = sorted(of, key=lambda item: -item[1])
    y = np.arange(len(rows))[::-1]
    with Plot(0.35 + 0.22 * len(rows)) as plot:
        axes = plot.axes
        axes.barh(y, [share for _, share in rows], height=0.62, color=A, alpha=0.85)
        for at, (_, share) in zip(y.tolist(), rows, strict=True):
            axes.annotate(f"{share:.1%}", (share, at), (4, 0), textcoords="offset points", va="center", color=DIM, fontsize=8)
        axes.set_yticks(y, [label for label, _ in rows], color=INK)
        axes.set(xlim=(0, max([share for _, share in rows], default=1) * 1.2 or 1), xticks=[])
        axes.spines[["left", "bottom"]].set_visible(False)
        quiet(axes, "")
    return plot.svg(name, words)


def tree(of: Tree) -> str:
    """Lines of mothers from left to right, the living at the right."""
    with Plot(3.4) as plot:
        axes = plot.axes
        born, end, y = of.born.astype(float), of.end.astype(float), of.y
        axes.hlines(y, born, end, color=A, lw=0.9)
        has = np.flatnonzero(of.parent >= 0)
        axes.vlines(born[has], y[of.parent[has]], y[has], color=A, lw=0.9)
        axes.plot(end[of.living], y[of.living], "o", color=B, ms=2.5)
        axes.set(xlabel="tick", yticks=[])
        axes.spines["left"].set_visible(False)
        _whole(axes, False)
        quiet(axes, "x")
    return plot.svg("tree", "lines of mothers of the living")
