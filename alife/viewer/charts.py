"""Measures over time as small charts side by side, and the scores of lives as bars."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pygame

from alife.viewer.kit import Canvas
from alife.viewer.series import Series
from alife.viewer.theme import DIM, FAINT, GOOD, GROUND, LINE, ORANGE, PURPLE, ROW, SKY, SMALL, TEXT, UNIT, Colour, font

INKS = (SKY, ORANGE, PURPLE)
SLICES, NARROW, LOW = 64, 128, 56
"""Places of a chart that answer; the least width and height of one, pixels at scale 1."""
SHAPE = 3.0
"""Width over height that a chart would have if it could."""


class Chart(NamedTuple):
    """One to three measures of a series that are drawn together."""

    title: str
    names: tuple[str, ...]

    def label(self, name: str) -> str:
        """A measure's name without what the title says already."""
        return name.removeprefix(f"{self.title}_").replace("_", " ")


ECOSYSTEM = (
    Chart("population", ("population",)),
    Chart("energy", ("energy_mean",)),
    Chart("diversity", ("diversity",)),
    Chart("keys", ("key_entropy",)),
    Chart("memory", ("memory_writes", "memory_recalls")),
    Chart("meals right", ("meals_right",)),
)


def number(value: float, digits: int = 3) -> str:
    """A value with so many digits that count, whole from 100 on; '-' where it is not told."""
    if not math.isfinite(value):
        return "-"
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.{digits}g}"


def draw(canvas: Canvas, area: pygame.Rect, series: Series, shown: tuple[Chart, ...], now: int) -> None:
    """The charts of which the series knows a name, as many as there is room for, with a cursor at tick `now`.

    A click asks for ("goto", tick).
    """
    known = [chart for chart in shown if set(chart.names) & set(series.names)]
    if not known or not len(series):
        canvas.text(area.topleft, "nothing has been measured yet", FAINT, width=area.width)
        return
    gap = canvas.px(2 * UNIT)
    columns, rows = _grid(len(known), area, canvas, gap)
    width, height = (area.width + gap) // columns, (area.height + canvas.px()) // rows
    known = known[: columns * rows]
    curves = [np.array([series.column(name)[1] for name in chart.names]) for chart in known]
    letters = font(canvas.px(SMALL))
    gutter = max(letters.size(number(v))[0] for values in curves for v in _ends(values)) + canvas.px(6)
    if height - canvas.px() < 2 * letters.get_height() + canvas.px(ROW + 4):
        gutter = 0
    for i, (chart, values) in enumerate(zip(known, curves, strict=True)):
        place = pygame.Rect(area.left + i % columns * width, area.top + i // columns * height, width - gap, height - canvas.px())
        with canvas.clipped(place.clip(area)):
            _chart(canvas, place, chart, series.ticks, values, now, gutter)


def _ends(values: np.ndarray) -> tuple[float, float]:
    told = values[np.isfinite(values)]
    return (float(told.min()), float(told.max())) if len(told) else (math.nan, math.nan)


def _grid(count: int, area: pygame.Rect, canvas: Canvas, gap: int) -> tuple[int, int]:
    """Columns and rows: as many charts as possible, in the shape that they like best."""
    most_columns = max(1, (area.width + gap) // (canvas.px(NARROW) + gap))
    most_rows = max(1, area.height // canvas.px(LOW))

    def fault(rows: int) -> tuple[int, float]:
        columns = min(most_columns, -(-count // rows))
        return max(0, count - rows * columns), abs(math.log(area.width / columns / (area.height / rows) / SHAPE))

    rows = min(range(1, min(most_rows, count) + 1), key=fault)
    return min(most_columns, -(-count // rows)), rows


def _chart(canvas: Canvas, area: pygame.Rect, chart: Chart, ticks: np.ndarray, values: np.ndarray, now: int, gutter: int) -> None:
    """One of them: values float64 (names, ticks); `gutter`: pixels at the left for its least and largest value, 0 = not written."""
    _heading(canvas, area, chart, [_at(ticks, row, now) for row in values])
    low, high = _ends(values)
    head = canvas.px(ROW + 4)
    plot = pygame.Rect(area.left + gutter, area.top + head, area.width - gutter, area.height - head)
    if low != low or plot.height < 4 or plot.width < 4:
        return
    if gutter:
        right, over = plot.left - canvas.px(6), font(canvas.px(SMALL)).get_height() - canvas.px(3)
        canvas.text((right, plot.top - canvas.px(3)), number(high), FAINT, right=True)
        if high > low:
            canvas.text((right, plot.bottom - over), number(low), FAINT, right=True)
    canvas.fill((plot.left, plot.bottom - 1, plot.width, 1), LINE)
    first = int(ticks[0])
    span, height = max(1, int(ticks[-1]) - first, now - first), (high - low) or 1.0
    x = plot.left + (ticks - first) * (plot.width - 1) / span
    if now >= first:
        canvas.fill((plot.left + round((now - first) * (plot.width - 1) / span), plot.top, 1, plot.height), FAINT)
    for row, colour in zip(values, INKS, strict=False):
        told = np.isfinite(row)
        share = (row[told] - low) / height if high > low else np.full(int(told.sum()), 0.5)
        _curve(canvas, x[told], plot.bottom - 1 - share * (plot.height - canvas.px(1)), colour)
    _answers(canvas, plot, ticks, values, chart, span)


def _at(ticks: np.ndarray, values: np.ndarray, now: int) -> float:
    """The newest value told up to a tick."""
    told = values[(ticks <= now) & np.isfinite(values)]
    return float(told[-1]) if len(told) else math.nan


def _heading(canvas: Canvas, area: pygame.Rect, chart: Chart, values: list[float]) -> None:
    """The title, and at the right the values; of several lines each in its colour, with its name where there is room."""
    room = area.width - canvas.text(area.topleft, chart.title, DIM, width=area.width) - canvas.px()
    texts = [number(v, 3 if len(values) == 1 else 2) for v in values]
    if len(texts) > 1:
        named = [f"{chart.label(name)} {text}" for name, text in zip(chart.names, texts, strict=True)]
        gaps = canvas.px() * (len(texts) - 1)
        texts = named if sum(font(canvas.px(SMALL)).size(text)[0] for text in named) + gaps <= room else texts
    right = area.right
    for text, colour in reversed(list(zip(texts, INKS if len(texts) > 1 else (TEXT,), strict=False))):
        used = canvas.text((right, area.top), text, colour, right=True, width=room)
        right, room = right - used - canvas.px(), room - used - canvas.px()


def _curve(canvas: Canvas, x: np.ndarray, y: np.ndarray, colour: Colour) -> None:
    """A line through the means of pixel columns, over a shade from the least to the largest of each."""
    if not len(x):
        return
    begin = np.flatnonzero(np.diff(np.floor(x), prepend=-1.0))
    size = np.diff(begin, append=len(x))
    middle, top, bottom = np.add.reduceat(y, begin) / size, np.minimum.reduceat(y, begin), np.maximum.reduceat(y, begin)
    red, green, blue = ((2 * g + c) // 3 for g, c in zip(GROUND, colour, strict=True))
    left = np.floor(x[begin])
    for a, b, c in zip(left.tolist(), top.tolist(), bottom.tolist(), strict=True):
        if c - b > 1:
            canvas.fill((a, b, 1, c - b + 1), (red, green, blue))
    points = list(zip(left.tolist(), middle.tolist(), strict=True))
    if len(points) == 1:
        canvas.fill((points[0][0] - 1, points[0][1] - 1, 3, 3), colour)
        return
    for lower in range(canvas.px(1)):
        pygame.draw.aalines(canvas.surface, colour, False, [(a, b + lower) for a, b in points])


def _answers(canvas: Canvas, plot: pygame.Rect, ticks: np.ndarray, values: np.ndarray, chart: Chart, span: int) -> None:
    """Upright slices, each of which tells the row that is nearest to its middle."""
    rows = np.flatnonzero(np.isfinite(values).any(axis=0))
    slices = min(SLICES, plot.width)
    middles = ticks[0] + (np.arange(slices) + 0.5) * span / slices
    told = ticks[rows]
    after = np.searchsorted(told, middles).clip(0, len(told) - 1)
    before = (after - 1).clip(0)
    near = np.where(middles - told[before] <= told[after] - middles, before, after)
    for i, row in enumerate(rows[near].tolist()):
        pairs = zip(chart.names, values[:, row].tolist(), strict=True)
        words = ", ".join(f"{name.replace('_', ' ')} {number(value)}" for name, value in pairs if math.isfinite(value))
        left, right = plot.left + i * plot.width // slices, plot.left + (i + 1) * plot.width // slices
        tick = int(ticks[row])
        canvas.mark((left, plot.top, right - left, plot.height), f"tick {tick:,}: {words}", ("goto", tick))


def lives_chart(canvas: Canvas, area: pygame.Rect, scores: Sequence[float], ceiling: float, optimum: float) -> None:
    """Scores of lives as bars, the newest that fit, green above the ceiling, with lines at ceiling and optimum."""
    lines = ((optimum, "optimum", "", TEXT), (ceiling, "ceiling", " without memory", DIM))
    small = canvas.px(SMALL)
    mean = f"mean {number(float(np.mean(scores)))} of {len(scores):,}" if len(scores) else "no life has ended yet"
    y = canvas.title(area, area.top, "scores of lives", mean)
    plot = pygame.Rect(area.left, y + canvas.px(2), area.width, area.bottom - y - canvas.px(4))
    if plot.height < 4:
        return
    widest = max(font(small).size(f"{name} {number(value)}")[0] for value, name, _, _ in lines)
    if plot.width >= 3 * widest and plot.height >= 2 * canvas.px(ROW):
        plot.width -= widest + canvas.px()
    each = min(max(canvas.px(6), plot.width // max(1, len(scores))), canvas.px(3 * UNIT))
    first = max(0, len(scores) - plot.width // each)
    bars = [v if math.isfinite(v) else 0.0 for v in scores[first:]]
    low, high = min(0.0, ceiling, *bars), max(0.0, optimum, ceiling, *bars)

    def at(value: float) -> int:
        return plot.bottom - 1 - round((plot.height - 1) * (value - low) / ((high - low) or 1.0))

    for i, value in enumerate(bars):
        top, bottom = min(at(value), at(0)), max(at(value), at(0))
        left = plot.left + i * each
        canvas.fill((left, top, each - max(1, each // 6), bottom - top + 1), GOOD if value > ceiling else FAINT)
        canvas.mark((left, plot.top, each, plot.height), f"life {first + i + 1:,}: score {number(scores[first + i])}")
    used = -plot.height
    for value, name, more, colour in lines:
        canvas.fill((plot.left, at(value), plot.width, 1), colour)
        if plot.right < area.right:
            used = max(used, at(value) - small // 2 - canvas.px(2))
            used = min(used, area.bottom - small)
            canvas.text((area.right, used), f"{name} {number(value)}", colour, right=True)
            used += canvas.px(ROW)
        canvas.mark((plot.left, at(value) - canvas.px(3), area.right - plot.left, canvas.px(6)), f"{name}{more}: {number(value)}")
