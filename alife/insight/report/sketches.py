"""Drawings of a mind, rectangle by rectangle: gates, a map, a life. Colours are the page's; a title tells what a rectangle is."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from alife.insight.moment import Because, Look, Strip
from alife.insight.report.decisive import Life
from alife.insight.report.html import text

MOST_UNITS, MOST_ROWS, MOST_COLUMNS, MOST_NAME = 256, 24, 40, 16
"""Gates of a layer, rows and columns of a map, letters of a name that are drawn."""
_WIDE = 360


def _svg(height: float, words: str, parts: Iterable[str]) -> str:
    return f'<svg role="img" aria-label="{text(words)}" viewBox="0 0 {_WIDE} {height:g}" font-size="9">{"".join(parts)}</svg>'


def _rect(x: float, y: float, wide: float, tall: float, colour: str, strength: float = 1.0, title: str = "") -> str:
    shade = f' fill-opacity="{strength:.2f}"' if strength < 0.995 else ""
    told = f"<title>{text(title)}</title>" if title else ""
    box = f'<rect x="{x:.5g}" y="{y:.5g}" width="{wide:.5g}" height="{tall:.5g}" style="fill:var(--{colour})"{shade}'
    return f"{box}>{told}</rect>" if told else f"{box}/>"


def _name(x: float, y: float, name: str, end: str = "start", dim: bool = False) -> str:
    return f'<text x="{x:.5g}" y="{y:.5g}" text-anchor="{end}"{" class=dim" * dim}>{text(name, MOST_NAME)}</text>'


def signed(value: float) -> str:
    """+.31"""
    if not math.isfinite(value):
        return str(value)
    return f"{value:+.2f}".replace("0.", ".", 1).replace("-", "−")


def gates(strips: Sequence[Strip]) -> str:
    """A row a layer: open gates filled, those that differ from the tick before in the second colour, underlined."""
    parts, tall = [], 13
    for i, strip in enumerate(strips):
        units = min(len(strip.gates), MOST_UNITS)
        y, each = i * (tall + 7), (_WIDE - 46 - 34) / max(1, units)
        parts.append(_name(0, y + 10, strip.name))
        for j in range(units):
            x, flipped = 46 + j * each, bool(strip.flipped[j])
            if strip.gates[j]:
                parts.append(_rect(x, y, each * 0.78, tall, "b" if flipped else "f"))
            else:
                parts.append(_rect(x, y + tall - 2, each * 0.78, 2, "b" if flipped else "line"))
            if flipped:
                parts.append(_rect(x, y + tall + 1.5, each * 0.78, 1.5, "b"))
        parts.append(_name(_WIDE, y + 10, f"{strip.gates.mean():.0%}", "end", True))
    return _svg(max(1, len(strips)) * (tall + 7) - 3, "gates of each layer", parts)


def heat(look: Look) -> str:
    """The map C: a row an output, a column an input; orange adds, blue takes away, as in the window, the stronger the fuller."""
    whole = np.nan_to_num(look.map, nan=0.0, posinf=0.0, neginf=0.0)
    sizes = np.abs(whole)
    rows = np.sort(np.argsort(-sizes.max(axis=1), kind="stable")[:MOST_ROWS])
    columns = np.sort(np.argsort(-sizes.max(axis=0), kind="stable")[:MOST_COLUMNS])
    most = float(sizes.max()) or 1.0
    left, top, tall = 62, 62, 12
    each = min((_WIDE - left) / len(columns), 22.0)
    parts = []
    for j, column in enumerate(columns.tolist()):
        size = min(7.5, 0.95 * each)
        at = f"translate({left + (j + 0.5) * each + size / 3:.5g} {top - 4}) rotate(-90)"
        parts.append(f'<text class="dim" font-size="{size:.3g}" transform="{at}">{text(look.inputs[column], MOST_NAME)}</text>')
    for i, row in enumerate(rows.tolist()):
        y = top + i * tall
        parts.append(_name(left - 4, y + 9, look.outputs[row], "end", row != look.action))
        for j, column in enumerate(columns.tolist()):
            value = float(whole[row, column])
            title = f"{look.outputs[row]} from {look.inputs[column]}: {value:+.2f}"
            cell = (left + j * each, y, each - 1, tall - 1)
            parts.append(_rect(*cell, "line", 0.35))
            if abs(value) >= 0.02 * most:
                parts.append(_rect(*cell, "b" if value > 0 else "a", abs(value) / most, title))
    return _svg(top + len(rows) * tall, "the map from inputs to outputs", parts)


def terms(because: Because) -> str:
    """A sum as bars to the right and to the left of 0."""
    rows = [(term.name, term.value, f"{signed(term.coefficient)} × {signed(term.input)}") for term in because.terms]
    return _diverging([*rows, ("all the rest", because.rest, "")], f"{because.output} as a sum")


def answers(names: Sequence[str], senses: Sequence[float], memory: Sequence[float], chosen: int) -> str:
    """What the senses and what the memory add to each action, one bar under the other."""
    most = max((abs(v) for v in (*senses, *memory) if math.isfinite(v)), default=1.0) or 1.0
    middle, reach, parts = 205.0, 105.0, []
    for i, (name, sense, recall) in enumerate(zip(names, senses, memory, strict=True)):
        y = i * 20
        if i == chosen:
            parts.append(f'<rect x="0" y="{y}" width="{_WIDE}" height="18" rx="3" style="fill:var(--line)" fill-opacity="0.6"/>')
        parts += [_name(4, y + 12, name), _bar(middle, y + 3.5, sense, most, reach, "f"), _bar(middle, y + 9.5, recall, most, reach, "a")]
        parts.append(_name(_WIDE - 2, y + 12, signed(sense + recall), "end", i != chosen))
    parts.append(_rect(middle - 0.4, 0, 0.8, len(names) * 20 - 2, "rule"))
    return _svg(len(names) * 20 - 2, "what senses and memory add to each action", parts)


def _diverging(rows: Sequence[tuple[str, float, str]], words: str) -> str:
    most = max((abs(value) for _, value, _ in rows if math.isfinite(value)), default=1.0) or 1.0
    middle, reach, parts = 190.0, 62.0, []
    for i, (name, value, right) in enumerate(rows):
        y = i * 16
        parts += [_name(0, y + 11, name), _name(middle - reach - 6, y + 11, signed(value), "end")]
        parts += [_bar(middle, y + 3, value, most, reach, "b" if value > 0 else "a", 9), _name(_WIDE, y + 11, right, "end", True)]
    return _svg(len(rows) * 16, words, [*parts, _rect(middle - 0.4, 0, 0.8, len(rows) * 16, "rule")])


def _bar(middle: float, y: float, value: float, most: float, reach: float, colour: str, tall: float = 5) -> str:
    wide = reach * abs(value) / most if math.isfinite(value) else 0.0
    return _rect(middle - wide if value < 0 else middle, y, max(wide, 0.01), tall, colour)


def life(of: Life, tick: int) -> str:
    """A life from left to right: phases, the write gate, the recall, answers; a mark at the decisive tick."""
    n = max(1, len(of.ticks))
    left, each = 46.0, (_WIDE - 46.0) / n
    gap = each * 0.85 if each > 3 else each
    loudest = max((one.recall for one in of.ticks), default=0.0) or 1.0
    parts = [_name(0, 20 + 15 * i, name, dim=True) for i, name in enumerate(("writes", "recalls", "answers"))]
    begun = 0
    for i in range(1, n + 1):
        if i == n or of.ticks[i].phase != of.ticks[begun].phase:
            x, wide = left + begun * each, (i - begun) * each - 1
            parts.append(_rect(x, 8, max(wide, 0.5), 1.2, "rule"))
            if wide > 4 * len(of.ticks[begun].phase):
                parts.append(f'<text class="dim" font-size="7.5" x="{x:.5g}" y="6">{text(of.ticks[begun].phase, MOST_NAME)}</text>')
            begun = i
    for i, one in enumerate(of.ticks):
        x = left + i * each
        parts += [_rect(x, 12, gap, 11, "line", 0.5), _rect(x, 27, gap, 11, "line", 0.5)]
        if one.gate > 0:
            parts.append(_rect(x, 12, gap, 11, "b", max(0.15, min(one.gate, 1.0)), f"tick {i + 1}: writes, gate {one.gate:.2f}"))
        if one.recall > 0:
            share = max(0.08, one.recall / loudest) if math.isfinite(one.recall) else 1.0
            parts.append(_rect(x, 27, gap, 11, "a", share, f"tick {i + 1}: recalls {one.recall:.2f}"))
        if one.answers > 0:
            good = one.right == one.answers
            parts.append(_rect(x, 42 if good else 49, gap, 11 if good else 4, "c" if good else "d", 1.0,
                               f"tick {i + 1}: {one.right} of {one.answers} right"))  # fmt: skip
    x = left + (tick + 0.425) * each
    parts.append(f'<path d="M{x:.5g} 56l-4 6h8z" style="fill:var(--ink)"/>')
    return _svg(64, "a life tick by tick", parts)
