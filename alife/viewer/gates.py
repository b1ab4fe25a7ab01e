"""The gates of this tick: a strip for every layer, a thin bar for every unit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pygame

from alife.insight.moment import Look, Strip
from alife.viewer.kit import Action, Canvas
from alife.viewer.theme import DIM, FAINT, FIRED, PANEL, RAISED, ROW, TEXT, VERMILION, Colour

OPEN: Colour = (150, 158, 172)
CLOSED_NOW: Colour = (78, 74, 34)
"""A gate that flipped and is closed: the colour of what fires, dark."""
CLOSED_BY_HAND: Colour = (84, 48, 28)
"""A gate that is held closed: the colour of what was done by hand, dark."""
MOST_MARKS = 256
"""Units up to which every one of them answers a hover."""


def rows_of(units: int, width: int) -> tuple[int, int]:
    """Into how many rows so many bars are broken, a power of two, and the pixels of a bar, its gap included: 2 or more if they are few."""
    rows, least = 1, 2 if units <= MOST_MARKS else 1
    while -(-units // rows) * least > max(width, least):
        rows *= 2
    return rows, max(1, width // max(1, -(-units // rows)))


def bars(
    lit: np.ndarray, flipped: np.ndarray, rows: int, pitch: int, tall: int, tick: int, is_held: np.ndarray | None = None
) -> np.ndarray:
    """uint8 (rows x (tall + 2 tick), .., 3) of bool (units,): above each bar room for a tick, which stands where it flipped."""
    units, columns = len(lit), -(-len(lit) // rows)
    colours = np.where(lit[:, None], np.array(OPEN), np.array(RAISED))
    colours[flipped] = np.where(lit[flipped, None], np.array(FIRED), np.array(CLOSED_NOW))
    if is_held is not None:
        colours[is_held] = np.where(lit[is_held, None], np.array(VERMILION), np.array(CLOSED_BY_HAND))
    found = np.full((rows * columns, tall + 2 * tick, pitch, 3), PANEL, np.uint8)
    body = pitch - (pitch >= 3)
    found[:units, tick * 2 :, :body] = colours[:, None, None]
    found[np.flatnonzero(flipped), : tick + (tick > 1), :body] = FIRED
    return found.reshape(rows, columns, tall + 2 * tick, pitch, 3).transpose(0, 2, 1, 3, 4).reshape(-1, columns * pitch, 3)


def half_of(name: str) -> tuple[int, int]:
    """Half (0 before the memory, 1 behind it) and number within the half, from 0, of the layer 'head 1' or 'in 1', 'body 3' or 'out 3'."""
    half, _, number = name.partition(" ")
    return int(half in ("out", "body")), int(number) - 1


def note(look: Look) -> str:
    """What the heading says at its right."""
    return f"key {look.key[:8]}" if look.strips else ""


def held_of(held: Sequence[np.ndarray], name: str, units: int) -> np.ndarray:
    """int8 (units,) of a layer: 1 held open, 0 held closed, -1 free."""
    half, layer = half_of(name)
    return held[half][layer] if len(held) else np.full(units, -1, np.int8)


def draw(canvas: Canvas, area: pygame.Rect, y: int, look: Look, can_edit: bool, held: Sequence[np.ndarray] = ()) -> int:
    """The section from y on; returns the y below. `held`: int8 (layers, units) of both halves, as `held_of` tells, or nothing."""
    if not look.strips:
        canvas.text((area.left, y), "this controller tells no gates", FAINT, width=area.width)
        return y + canvas.px(ROW)
    is_small = sum(len(strip.gates) for strip in look.strips) <= MOST_MARKS
    for strip in look.strips:
        y = _strip(canvas, area, y, strip, is_small, can_edit, held_of(held, strip.name, len(strip.gates)))
    again = f"seen {look.seen_before:,}x before" if look.seen_before else "never seen before"
    text = f"{again} · {look.keys:,} keys in {look.ticks:,} ticks"
    told = f"key {look.key}: {again}; {look.keys:,} different linear maps in {look.ticks:,} ticks"
    words = "the gates stay as they are now, and with them the map: what would it do if it could not switch?"
    hold: list[tuple[str, str, Action | None]] = [("hold map", words, ("hold map",) if can_edit else None)]
    if len(held):
        hold.insert(0, ("free", "no gate is held any more: its own genes again", ("mind", "restore genes") if can_edit else None))
    beside = area.width >= canvas.px(360)
    left = canvas.buttons(area, y, hold, right=True)[0] - canvas.px() if beside else area.right
    y = canvas.paragraph(pygame.Rect(area.left, y, left - area.left, 0), y + canvas.px(2), text, DIM, 1 + (not beside), told)
    return y + canvas.px() if beside else canvas.buttons(area, y + canvas.px(4), hold)[1]


def _strip(canvas: Canvas, area: pygame.Rect, y: int, strip: Strip, is_small: bool, can_edit: bool, held: np.ndarray) -> int:
    """One layer. A gate that is held is what it is held to be, whatever comes in."""
    is_held = held >= 0
    lit, flipped = np.where(is_held, held == 1, np.asarray(strip.gates, bool)), np.asarray(strip.flipped, bool) & ~is_held
    label, share = canvas.px(52), canvas.px(40)
    left, width = area.left + label, max(1, area.width - label - share)
    rows, pitch = rows_of(len(lit), width)
    pitch, tall, tick = min(pitch, canvas.px(10)), canvas.px(12 if rows == 1 else 6), canvas.px(2 if rows == 1 else 1)
    image = bars(lit, flipped, rows, pitch, tall, tick, is_held)
    canvas.image(image, (left, y))
    canvas.text((area.left, y + tick), strip.name, DIM, width=label)
    opened = float(lit.mean()) if len(lit) else 0.0
    canvas.text((area.right, y + tick), f"{opened:.0%}", TEXT, right=True, width=share)
    whole = f"layer {strip.name}: {int(lit.sum()):,} of {len(lit):,} gates open, {int(flipped.sum()):,} flipped just now"
    whole += f", {int(is_held.sum()):,} held by hand" * bool(is_held.any())
    canvas.mark((area.left, y, area.width, len(image)), whole)
    if is_small:
        half, layer = half_of(strip.name)
        columns, step = -(-len(lit) // rows), tall + 2 * tick
        for i, (is_open, is_new, by_hand) in enumerate(zip(lit.tolist(), flipped.tolist(), is_held.tolist(), strict=True)):
            state = f"{'held ' * by_hand}{'open' if is_open else 'closed'}{', flipped just now' * is_new}"
            does = f"; click forces it {'closed' if is_open else 'open'}" if can_edit else ""
            box = (left + i % columns * pitch, y + i // columns * step, pitch, step)
            canvas.mark(box, f"layer {strip.name}, unit {i}: {state}{does}", ("force", half, layer, i) if can_edit else None)
    return y + max(len(image), canvas.px(ROW - 2)) + canvas.px(4)
