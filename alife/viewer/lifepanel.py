"""A life: energy and events, family, and in problems the scores of the lives so far."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pygame

from alife.insight.moment import Look
from alife.viewer.kit import Canvas
from alife.viewer.theme import BAD, DIM, FAINT, GOOD, GROUND, LINE, PURPLE, ROW, SKY, TEXT, UNIT, Colour, written

if TYPE_CHECKING:
    from alife.viewer.mindpanel import Person

KINDS: dict[str, Colour] = {
    **dict.fromkeys(("meal", "right", "shared"), GOOD),
    **dict.fromkeys(("poison", "wrong", "hurt", "attack", "attacked", "fight"), BAD),
    **dict.fromkeys(("birth", "child", "born", "breed"), SKY),
}
"""Colours of events; all others are purple."""
FAMILY_ROWS = 2


def note(person: Person) -> str:
    """What the heading says at its right."""
    if person.bounds is not None:
        return f"{len(person.scores):,} lives"
    return f"{len(person.children):,} children"


def draw(canvas: Canvas, area: pygame.Rect, y: int, person: Person, look: Look | None) -> int:
    """The section from y on; returns the y below."""
    energies = np.zeros(0) if look is None else np.asarray(look.energies, np.float64)
    if np.isfinite(energies).any() and look is not None:
        y = _energy(canvas, area, y, energies, look.moment.tick, person)
    elif person.events and look is not None:
        y = _events(canvas, area, y, person.events, look.moment.tick - look.ticks + 1, look.moment.tick)
    y = _legend(canvas, area, y, person.events)
    if person.bounds is not None:
        return _scores(canvas, area, y, person.scores, person.bounds)
    parents = [parent for parent in (person.mother, person.father) if parent is not None]
    for name, ids in (("parents", list(dict.fromkeys(parents))), ("children", person.children), ("siblings", person.siblings)):
        y = _family(canvas, area, y, name, ids, person.living)
    return y


def _energy(canvas: Canvas, area: pygame.Rect, y: int, energies: np.ndarray, last: int, person: Person) -> int:
    """Energy over the ticks kept; where a pixel stands for many ticks, from their least to their most."""
    box = pygame.Rect(area.left, y, area.width, canvas.px(56))
    first, top = last - len(energies) + 1, float(np.nanmax(np.where(np.isfinite(energies), energies, np.nan)))
    top = max(top, 1e-9)
    canvas.fill(box, GROUND)
    edges = np.unique(np.linspace(0, len(energies), min(box.width, len(energies)) + 1).astype(np.int64))[:-1]
    clean = np.where(np.isfinite(energies), energies, np.nan)
    low, high = np.fmin.reduceat(clean, edges), np.fmax.reduceat(clean, edges)
    points = []
    for x, least, most in zip(edges.tolist(), low.tolist(), high.tolist(), strict=True):
        if least == least:
            at = box.left + x * (box.width - 1) // max(1, len(energies) - 1)
            points += [(at, box.bottom - 1 - round((box.height - 3) * max(v, 0.0) / top)) for v in dict.fromkeys((least, most))]
    canvas.line(points, TEXT)
    _hovers(canvas, box, clean, first)
    return _events(canvas, area, box.bottom + 1, person.events, first, last, f"energy, most {top:.0f} · ")


def _hovers(canvas: Canvas, box: pygame.Rect, energies: np.ndarray, first: int) -> None:
    """Places along the line that tell the energy there."""
    count = min(len(energies), max(1, box.width // canvas.px(6)))
    for i in range(count):
        tick, left, right = i * len(energies) // count, box.left + i * box.width // count, box.left + (i + 1) * box.width // count
        canvas.mark((left, box.top, right - left, box.height), f"tick {first + tick:,}: energy {energies[tick]:.1f}")


def _events(canvas: Canvas, area: pygame.Rect, y: int, events: list[tuple[int, str]], first: int, last: int, what: str = "") -> int:
    """Marks at their ticks; below them the span, and what the line above shows."""
    tall, wide = canvas.px(UNIT), canvas.px(2)
    canvas.fill((area.left, y, area.width, tall), GROUND)
    for tick, kind in events:
        if first <= tick <= last:
            x = area.left + (tick - first) * (area.width - wide) // max(1, last - first)
            canvas.fill((x, y, wide, tall), KINDS.get(kind, PURPLE))
            canvas.mark((x - wide, y, 3 * wide, tall), f"tick {tick:,}: {kind}")
    canvas.text((area.left, y + tall + canvas.px(2)), f"{what}tick {first:,} to {last:,}", FAINT, width=area.width)
    return y + tall + canvas.px(ROW + 2)


def _legend(canvas: Canvas, area: pygame.Rect, y: int, events: list[tuple[int, str]]) -> int:
    """Kinds of events and how many there were."""
    counts: dict[str, int] = {}
    for _, kind in events:
        counts[kind] = counts.get(kind, 0) + 1
    x, box = area.left, canvas.px(UNIT)
    for kind, count in sorted(counts.items(), key=lambda each: -each[1]):
        room = area.right - x - box - canvas.px(4)
        if room < canvas.px(32):
            break
        canvas.fill((x, y + canvas.px(5), box, box), KINDS.get(kind, PURPLE))
        x += box + canvas.px(4)
        x += canvas.text((x, y), f"{kind} {count:,}", DIM, width=room) + canvas.px(2 * UNIT)
    return y + canvas.px(ROW + 4) if counts else y


def _family(canvas: Canvas, area: pygame.Rect, y: int, name: str, ids: list[int], living: frozenset[int]) -> int:
    """Names in rows, the living first; a living one can be followed."""
    label, tall = min(canvas.px(72), area.width // 4), canvas.px(ROW)
    alive = sum(i in living for i in ids)
    canvas.text((area.left, y), name, DIM, width=label - canvas.px(4))
    canvas.mark((area.left, y, label, tall), f"{name}: {len(ids):,}, of whom {alive:,} live")
    x, rows, size = area.left + label, 1, canvas.px()
    if not ids:
        canvas.text((x, y), "none known" if name != "children" else "none yet", FAINT, width=area.width - label)
    for done, i in enumerate(sorted(ids, key=lambda i: (i not in living, i))):
        text, is_alive = f"{i:,}", i in living
        wide, rest = written(text, TEXT, canvas.px(13), area.width).get_width(), len(ids) - done
        more = canvas.px(80) if rows == FAMILY_ROWS and rest > 1 else 0
        if x + wide + more > area.right:
            if rows == FAMILY_ROWS:
                canvas.text((x, y), f"and {rest:,} more", FAINT, width=area.right - x)
                break
            x, y, rows = area.left + label, y + tall, rows + 1
        canvas.text((x, y), text, TEXT if is_alive else FAINT, width=area.right - x)
        words = f"agent {text}: click follows it" if is_alive else f"agent {text} is dead"
        canvas.mark((x, y, wide, tall), words, ("follow", i) if is_alive else None)
        x += wide + 2 * size
    return y + tall


def _scores(canvas: Canvas, area: pygame.Rect, y: int, scores: list[float], bounds: tuple[float, float]) -> int:
    """A bar for every life, those above the ceiling lit; lines at the ceiling of the memoryless and at the optimum."""
    step, tall = canvas.px(6), canvas.px(48)
    ceiling, optimum = bounds
    finite = [v if math.isfinite(v) else 0.0 for v in scores]
    mean = f"mean of {len(scores):,} lives {np.mean(finite):.3f}" if scores else "no life has ended yet"
    canvas.text((area.left, y), mean, TEXT, width=area.width)
    y += canvas.px(ROW + 4)
    room = max(area.width - canvas.px(96), area.width // 2)
    shown = finite[-max(1, room // step) :]
    ends = [(value, name) for value, name in ((optimum, "optimum"), (ceiling, "ceiling")) if math.isfinite(value)]
    low, high = (end(0.0, *shown, *(value for value, _ in ends)) for end in (min, max))

    def height(value: float) -> int:
        return round(tall * (value - low) / ((high - low) or 1.0))

    before = len(scores) - len(shown)
    for i, value in enumerate(shown):
        box = pygame.Rect(area.left + i * step, y + tall - height(value), step - 1, height(value) + 1)
        canvas.fill(box, GOOD if value > ceiling else DIM)
        told = f"life {before + i + 1:,}: score {scores[before + i]:.3f}"
        canvas.mark((box.left, y, step, tall), told)
    least = y - canvas.px(9)
    for value, name in ends:
        line = y + tall - height(value)
        canvas.fill((area.left, line, room, 1), LINE)
        at, wide = max(line - canvas.px(9), least), area.width - room - canvas.px(4)
        canvas.text((area.right, at), f"{name} {value:.2f}", DIM, right=True, width=wide)
        words = "the best that is possible" if name == "optimum" else "the best that is possible without a memory"
        canvas.mark((area.right - wide, at, wide, canvas.px(16)), f"{name} {value:.3f}: {words}")
        least = at + canvas.px(16)
    return y + tall + canvas.px(2 * UNIT)
