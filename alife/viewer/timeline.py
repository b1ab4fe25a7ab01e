"""The bar of time, what is known along it, and the buttons that move through it."""

from __future__ import annotations

import bisect
import functools
import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pygame

from alife.viewer.kit import Action, Canvas
from alife.viewer.theme import BAD, DIM, FAINT, FIRED, GOOD, LINE, PURPLE, RAISED, ROW, SKY, SMALL, TEXT, Colour, font, written

Polygon = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class TimelineState:
    """What the timeline shows; all times in ticks."""

    first: int
    """the earliest that can be gone to"""
    last: int
    """the latest that was lived, at `now` or after it"""
    now: int
    stored: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    """int64: with a snapshot in memory, growing"""
    saved: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    """int64: with a checkpoint in the run folder, growing"""
    bands: list[tuple[int, int, str]] = field(default_factory=list)
    """(from, to, name): phases of a problem, `to` not included"""
    marks: list[tuple[int, str, str]] = field(default_factory=list)
    """(tick, a kind of KINDS, words)"""
    is_paused: bool = True
    speed: str = ""
    message: str = ""
    jumps: tuple[tuple[str, str], ...] = (("birth", "the next birth"), ("death", "the next death"), ("decision", "the next decision"))
    """what can be gone to next: 'birth', 'death' or 'decision', and what it is called"""


def _round(radius: float) -> Polygon:
    turns = np.linspace(0, 2 * np.pi, 33)
    return tuple(zip((0.5 + radius * np.cos(turns)).tolist(), (0.5 + radius * np.sin(turns)).tolist(), strict=True))


def _chevron(left: float) -> Polygon:
    """Pointing right."""
    return ((left, 0.2), (left + 0.13, 0.2), (left + 0.4, 0.5), (left + 0.13, 0.8), (left, 0.8), (left + 0.27, 0.5))


def _box(left: float, top: float, right: float, bottom: float) -> Polygon:
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def _turned(*shapes: Polygon) -> tuple[Polygon, ...]:
    return tuple(tuple((1 - x, y) for x, y in shape) for shape in shapes)


_BAR, _NEXT = _box(0.72, 0.2, 0.82, 0.8), _chevron(0.3)
_DISC, _DIAMOND = _round(0.42), ((0.5, 0.0), (1.0, 0.5), (0.5, 1.0), (0.0, 0.5))
_CROSS = (
    (0.1, 0.25), (0.25, 0.1), (0.5, 0.35), (0.75, 0.1), (0.9, 0.25), (0.65, 0.5),
    (0.9, 0.75), (0.75, 0.9), (0.5, 0.65), (0.25, 0.9), (0.1, 0.75), (0.35, 0.5),
)  # fmt: skip
_FORK = (
    (0.0, 0.42), (0.4, 0.42), (0.78, 0.04), (0.72, 0.0), (1.0, 0.0), (1.0, 0.28), (0.94, 0.2), (0.64, 0.5),
    (0.94, 0.8), (1.0, 0.72), (1.0, 1.0), (0.72, 1.0), (0.78, 0.96), (0.4, 0.58), (0.0, 0.58),
)  # fmt: skip
SIGNS: dict[str, tuple[Polygon, ...]] = {
    "first": _turned(_BAR, _chevron(0.24)),
    "back": _turned(_NEXT),
    "play": (((0.28, 0.15), (0.82, 0.5), (0.28, 0.85)),),
    "pause": (_box(0.25, 0.18, 0.43, 0.82), _box(0.57, 0.18, 0.75, 0.82)),
    "step": (_NEXT,),
    "last": (_BAR, _chevron(0.24)),
    "slower": (_box(0.22, 0.44, 0.78, 0.56),),
    "faster": (_box(0.22, 0.44, 0.78, 0.56), _box(0.44, 0.22, 0.56, 0.78)),
    "right": (_DISC,),
    "wrong": (_CROSS,),
    "edit": (((0.5, 0.05), (1.0, 0.95), (0.0, 0.95)),),
    "event": (_box(0.12, 0.12, 0.88, 0.88),),
    "birth": (_DISC,),
    "death": ((*_round(0.45), *_round(0.27)),),
    "decision": (_FORK,),
    "saved": (_DIAMOND,),
    "knob": (_round(0.5),),
}
"""Polygons in a square of side 1."""

KINDS: dict[str, Colour] = {
    "right": GOOD, "wrong": BAD, "edit": FIRED, "event": PURPLE, "birth": SKY, "death": DIM,
}  # fmt: skip
"""Kinds of marks and their colours."""


@functools.lru_cache(256)
def sign(name: str, side: int, colour: Colour) -> pygame.Surface:
    """One of SIGNS with smooth edges, side x side pixels."""
    fine = pygame.Surface((4 * side, 4 * side), pygame.SRCALPHA, 32)
    fine.fill((*colour, 0))
    for shape in SIGNS[name]:
        pygame.draw.polygon(fine, (*colour, 255), [(4 * side * x, 4 * side * y) for x, y in shape])
    return pygame.transform.smoothscale(fine, (side, side))


# ---- places ----


def _px(scale: float, size: float) -> int:
    return max(1, round(size * scale))


def _side(area: pygame.Rect, scale: float) -> int:
    """Of a button."""
    return max(1, min(_px(scale, 24), area.height * 2 // 5, area.width // 15))


def bar_of(area: pygame.Rect, scale: float) -> pygame.Rect:
    """Where the bar lies in an area: its left edge is the first tick, its right edge the last one."""
    inset = _px(scale, 8)
    tall = max(1, min(_px(scale, 40), area.height - _side(area, scale) - _px(scale, 4)))
    return pygame.Rect(area.left + inset, area.top, max(1, area.width - 2 * inset), tall)


def tick_at(area: pygame.Rect, scale: float, first: int, last: int, x: int) -> int:
    """The tick at a place along the bar, for dragging; beyond an end it is that end."""
    bar = bar_of(area, scale)
    return first + round(min(max((x - bar.left) / max(1, bar.width - 1), 0.0), 1.0) * (last - first))


def _x_of(bar: pygame.Rect, state: TimelineState, tick: int) -> int:
    return bar.left + round((tick - state.first) * (bar.width - 1) / max(1, state.last - state.first))


# ---- drawing ----


def draw(canvas: Canvas, area: pygame.Rect, state: TimelineState) -> None:
    """The bar at the top of the area, the buttons below it.

    Clicks ask for ("goto", tick), ("first",), ("back",), ("pause",), ("step",), ("last",), ("next", "birth" | "death" | "decision"),
    ("slower",) and ("faster",).
    """
    bar, side = bar_of(area, canvas.scale), _side(area, canvas.scale)
    y = bar.bottom + canvas.px(4)
    with canvas.clipped(area):
        if area.bottom - y - side >= canvas.px(ROW):
            used = canvas.text((bar.left, y - canvas.px(4)), f"{state.first:,}", FAINT)
            canvas.text((bar.right, y - canvas.px(4)), f"{state.last:,}", FAINT, right=True, width=bar.width - used)
            y += canvas.px(ROW)
        _bar(canvas, bar, state)
        _buttons(canvas, pygame.Rect(bar.left, y, bar.width, side), state)


def _bar(canvas: Canvas, bar: pygame.Rect, state: TimelineState) -> None:
    small = max(3, bar.height // 4)
    track = pygame.Rect(bar.left, bar.top + bar.height * 21 // 32, bar.width, max(1, bar.height // 10))
    above = track.top - bar.top
    _bands(canvas, pygame.Rect(bar.left, bar.top, bar.width, above), min(canvas.px(SMALL), (above - small) * 13 // 16), state)
    x = _x_of(bar, state, state.now)
    canvas.fill(track, LINE)
    canvas.fill((track.left, track.top, x - track.left, track.height), DIM)
    for at in {_x_of(bar, state, tick) for tick in _inside(state, state.stored)}:
        canvas.fill((at, track.bottom + 1, 1, small // 2), FAINT)
    for at in {_x_of(bar, state, tick) for tick in _inside(state, state.saved)}:
        canvas.surface.blit(sign("saved", small, DIM), (at - small // 2, track.bottom + 1))
    _slices(canvas, bar, state)
    _marks(canvas, bar, track.top - 1 - small, small, state)
    knob = max(5, bar.height * 3 // 8) | 1
    canvas.surface.blit(sign("knob", knob, TEXT), (x - knob // 2, track.centery - knob // 2))
    canvas.mark((x - knob // 2, track.centery - knob // 2, knob, knob), f"tick {state.now:,}: now")


def _inside(state: TimelineState, ticks: Any) -> list[int]:
    """Those on the bar, growing."""
    ticks = np.unique(np.asarray(ticks, np.int64))
    return ticks[(ticks >= state.first) & (ticks <= state.last)].tolist()


def _bands(canvas: Canvas, bar: pygame.Rect, tall: int, state: TimelineState) -> None:
    """Phases as plates above the track; their names, in letters of so many pixels, where they have room."""
    for start, end, name in state.bands:
        left, right = _x_of(bar, state, max(start, state.first)), _x_of(bar, state, min(end, state.last))
        if right < bar.left or left > bar.right or end <= state.first:
            continue
        canvas.fill((left, bar.top, max(1, right - left - 1), bar.height), RAISED)
        if tall >= canvas.px(SMALL * 3 / 4) and right - left > font(tall).size(name)[0] + canvas.px():
            canvas.surface.blit(written(name, DIM, tall, bar.width), (left + canvas.px(4), bar.top))


def _slices(canvas: Canvas, bar: pygame.Rect, state: TimelineState) -> None:
    """Places along the bar that tell how a tick there is come by; a kept tick is preferred to its neighbours."""
    stored, saved = _inside(state, state.stored), _inside(state, state.saved)
    span = max(1, state.last - state.first)
    count = max(1, min(bar.width // canvas.px(4), span + 1))
    for i in range(count):
        left, right = bar.left + i * bar.width // count, bar.left + (i + 1) * bar.width // count
        start, end = state.first + i, state.first + i + 1
        if count <= span:  # those that `_x_of` puts between left and right
            start, end = (state.first + max(0, math.ceil((x - bar.left - 0.5) * span / max(1, bar.width - 1))) for x in (left, right))
        tick = min((start + max(start, end - 1)) // 2, state.last)
        for kept in (stored, saved):
            at = bisect.bisect_left(kept, start)
            tick = kept[at] if at < len(kept) and kept[at] < end else tick
        canvas.mark((left, bar.top, right - left, bar.height), _origin(state, stored, saved, tick), ("goto", tick))


def _origin(state: TimelineState, stored: list[int], saved: list[int], tick: int) -> str:
    """How a tick is come by, in words."""
    phase = next((f" ({name})" for start, end, name in state.bands if start <= tick < end), "")
    before = max((kept[at - 1] for kept in (stored, saved) if (at := bisect.bisect_right(kept, tick))), default=-1)
    if before == tick:
        words = "stored" if tick in stored else "saved in the run folder"
    elif before < 0:
        words = "nothing is stored before it"
    else:
        words = f"replayed from {before:,}"
    return f"tick {tick:,}{phase}: {words}"


def _marks(canvas: Canvas, bar: pygame.Rect, y: int, side: int, state: TimelineState) -> None:
    """Signs of what happened; of one kind at one place, the last says how many there are."""
    found: dict[tuple[int, str], list[tuple[int, str]]] = {}
    for tick, kind, words in state.marks:
        if state.first <= tick <= state.last and kind in KINDS:
            found.setdefault((_x_of(bar, state, tick), kind), []).append((tick, words))
    for (x, kind), told in found.items():
        tick, words = told[-1]
        more = f", and {len(told) - 1:,} more here" if len(told) > 1 else ""
        canvas.surface.blit(sign(kind, side, KINDS[kind]), (x - side // 2, y))
        canvas.mark((x - side // 2, y, side, side), f"tick {tick:,}: {words}{more}", ("goto", tick))


def _buttons(canvas: Canvas, row: pygame.Rect, state: TimelineState) -> None:
    """Time controls at the left, what to go on to, the message, and the speed at the right."""
    side, gap = row.height, max(1, row.height // 8)
    play = ("play", "go on") if state.is_paused else ("pause", "pause")
    left: list[tuple[str, str, Action]] = [
        ("first", "to the first tick", ("first",)), ("back", "one tick back", ("back",)), (*play, ("pause",)),
        ("step", "one tick", ("step",)), ("last", "to the last tick", ("last",)),
    ]  # fmt: skip
    x = row.left
    for name, words, action in left:
        _button(canvas, pygame.Rect(x, row.top, side, side), name, words, action, DIM if name in ("first", "last") else TEXT)
        x += side + gap
    x += 3 * gap
    colours = {"birth": SKY, "death": DIM, "decision": TEXT}
    for name, called in state.jumps:
        _jump(canvas, pygame.Rect(x, row.top, side * 3 // 2, side), name, called, colours[name])
        x += side * 3 // 2 + gap
    x += 3 * gap
    tall = min(canvas.px(SMALL), max(4, side * 7 // 10))
    speed = written(state.speed, TEXT, tall, row.width // 4)
    wide = max(2 * side, speed.get_width() + 4 * gap)
    faster = pygame.Rect(row.right - side, row.top, side, side)
    told = pygame.Rect(faster.left - wide, row.top, wide, side)
    slower = pygame.Rect(told.left - side, row.top, side, side)
    _button(canvas, faster, "faster", f"faster than {state.speed}", ("faster",), TEXT)
    canvas.surface.blit(speed, speed.get_rect(center=told.center))
    canvas.mark(told, f"speed: {state.speed}")
    _button(canvas, slower, "slower", f"slower than {state.speed}", ("slower",), TEXT)
    room = pygame.Rect(x, row.top, slower.left - x - side, side)
    if state.message and room.width > side:
        message = written(state.message, DIM, tall, room.width)
        canvas.surface.blit(message, message.get_rect(midleft=room.midleft))
        canvas.mark(room, state.message)


def _button(canvas: Canvas, box: pygame.Rect, name: str, words: str, action: Action, colour: Colour) -> None:
    canvas.fill(box, RAISED)
    side = box.height * 5 // 8
    canvas.surface.blit(sign(name, side, colour), (box.centerx - side // 2, box.centery - side // 2))
    canvas.mark(box, words, action)


def _jump(canvas: Canvas, box: pygame.Rect, name: str, called: str, colour: Colour) -> None:
    """On to the next of something: its sign, and an arrow."""
    canvas.fill(box, RAISED)
    side, arrow = max(3, box.height * 2 // 5), max(4, box.height // 2)
    canvas.surface.blit(sign(name, side, colour), (box.left + box.height // 4, box.centery - side // 2))
    canvas.surface.blit(sign("step", arrow, TEXT), (box.right - arrow - box.height // 8, box.centery - arrow // 2))
    canvas.mark(box, f"to {called}", ("next", name))
