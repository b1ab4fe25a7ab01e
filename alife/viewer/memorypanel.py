"""The memory: where the head stands, what is recalled there, what is let in, and what was written so far."""

from __future__ import annotations

import numpy as np
import pygame

from alife.insight.moment import Look, Write
from alife.viewer.gates import MOST_MARKS, bars, rows_of
from alife.viewer.kit import Canvas, signed
from alife.viewer.theme import DIM, FAINT, FIRED, GOOD, GROUND, LINE, RAISED, ROW, TEXT, UNIT, shades

ADDRESS_ROWS = 2
FEWEST_WRITES, MOST_WRITES = 4, 24
ALIKE = 0.5
"""Cosine from which a recall is said to be like a write."""

BUTTONS = (
    ("wipe", "forget everything that is stored, now", ("mind", "wipe")),
    ("scramble", "the same numbers in another order: a memory of the same size that means nothing", ("mind", "scramble")),
    ("freeze", "from now on nothing is written", ("mind", "freeze memory")),
    ("thaw", "from now on it is written to again", ("mind", "thaw memory")),
    ("swap", "exchange what is stored with the nearest agent", ("mind", "swap")),
)


def note(look: Look) -> str:
    """What the heading says at its right."""
    return f"head {moved(look)} · gate {look.moment.gate:.2f}"


def moved(look: Look) -> str:
    """What the head did, in words: 'jump', 'next, parts'."""
    return look.move + ", parts" * look.parts


def draw(canvas: Canvas, area: pygame.Rect, y: int, look: Look, can_edit: bool, is_frozen: bool = False, is_alone: bool = False) -> int:
    """The section from y on; returns the y below. `is_alone`: there is nobody to swap with."""
    y = _wishes(canvas, area, y, look)
    if any(name == "part" for name, _ in look.controls):
        y = _address(canvas, area, y, "reads at", look.moment.address, "where the head stands and reads")
        there = "elsewhere than it reads" if look.parts else "where it reads"
        y = _address(canvas, area, y, "writes at", look.moment.written, f"where it writes: {there}")
    else:
        y = _address(canvas, area, y, "address", look.moment.address, "where the head stands")
    y = _gate(canvas, area, y, look)
    y = _values(canvas, area, y, look)
    y = _match(canvas, area, y, look)
    y = _writes(canvas, area, y, look)
    out = {"freeze" if is_frozen else "thaw", "swap" if is_alone else ""}
    shown = [(text, words, action if can_edit else None) for text, words, action in BUTTONS if text not in out]
    return canvas.buttons(area, y, shown)[1]


def where(write: Write, now: int) -> str:
    """When and where it was, in words."""
    at = "" if write.place is None else f" at {write.place[0]}, {write.place[1]}"
    return f"{now - write.tick:,} ticks ago{at}" + (f" ({write.symbol})" if write.symbol else "")


def listed(value: np.ndarray) -> str:
    """Numbers in words, the first few."""
    return " ".join(map(signed, value[:8].tolist())) + (" .." if len(value) > 8 else "")


def _wishes(canvas: Canvas, area: pygame.Rect, y: int, look: Look) -> int:
    """What moves the head: a box for every wish in the order in which they win, the one that fired lit; last whether it parts."""
    count = max(1, len(look.controls))
    gap, tall = canvas.px(), canvas.px(38)
    wide = (area.width + gap) // count
    for i, (name, value) in enumerate(look.controls):
        fires, x = name == look.move or (name == "part" and look.parts), area.left + i * wide
        ink = GROUND if fires else TEXT
        canvas.fill((x, y, wide - gap, tall), FIRED if fires else RAISED)
        canvas.text((x + canvas.px(6), y + canvas.px(3)), name, ink, width=wide - gap - canvas.px(8))
        asks = "else" if value != value else signed(value)
        canvas.text((x + canvas.px(6), y + canvas.px(19)), asks, ink if fires else DIM, width=wide - gap - canvas.px(8))
        told = "what happens when no wish is above 0" if value != value else f"asked for by {value:+.3f}, on when above 0"
        told += "; beside the others: it writes one step beyond where it wrote last, and reads where it stands" * (name == "part")
        canvas.mark((x, y, wide - gap, tall), f"head move {name}: {told}" + (" · it fired" if fires else ""))
    return y + tall + canvas.px()


def _address(canvas: Canvas, area: pygame.Rect, y: int, name: str, address: np.ndarray, words: str) -> int:
    """A place in the memory, a bar for every bit, as many as fit."""
    label = min(canvas.px(88), area.width // 3)
    width, bits = area.width - label, len(address)
    shown = min(bits, ADDRESS_ROWS * (width if bits > MOST_MARKS else width // 2))
    rows, pitch = rows_of(shown, width)
    tall, lit = canvas.px(UNIT), np.asarray(address[:shown]) > 0
    image = bars(lit, np.zeros(shown, bool), rows, min(pitch, canvas.px(UNIT)), tall, 1)
    canvas.text((area.left, y), name, DIM, width=label - canvas.px(4))
    if shown:
        canvas.image(image, (area.left + label, y + canvas.px(3)))
    told = f"{words}: {bits:,} bits, {int((np.asarray(address) > 0).sum()):,} of them up"
    canvas.mark((area.left, y, area.width, max(len(image), canvas.px(ROW))), told)
    y += max(len(image) + canvas.px(6), canvas.px(ROW + 2))
    if shown < bits:
        canvas.text((area.left + label, y - canvas.px(3)), f"the first {shown:,} of {bits:,} bits", FAINT, width=width)
        y += canvas.px(ROW)
    return y


def _gate(canvas: Canvas, area: pygame.Rect, y: int, look: Look) -> int:
    """The write gate, the load, the size of the memory."""
    label, moment = min(canvas.px(88), area.width // 3), look.moment
    weight = "" if moment.weight != moment.weight else f" · |M| {moment.weight:.2f}"
    used = canvas.text((area.right, y), f"load {look.load:.2f}{weight}", DIM, right=True, width=area.width // 2)
    told = f"load {look.load:.3f}: writes over address bits, near 1 they blur each other; |M|: the size of what is stored"
    canvas.mark((area.right - used, y, used, canvas.px(ROW)), told)
    canvas.text((area.left, y), "write gate", DIM, width=label - canvas.px(4))
    number = canvas.px(40)
    canvas.text((area.left + label, y), f"{moment.gate:.2f}", TEXT if moment.gate > 0 else FAINT, width=number)
    box = (area.left + label + number, y + canvas.px(4), area.width - label - number - used - canvas.px(2 * UNIT), canvas.px(9))
    if box[2] > 0:
        canvas.level(box, moment.gate, GOOD)
    state = "nothing is written" if not moment.gate > 0 else "the value is written wholly" if moment.gate >= 1 else "written in part"
    canvas.mark((area.left, y, area.width - used - canvas.px(), canvas.px(ROW)), f"write gate {moment.gate:.3f}: {state}")
    return y + canvas.px(ROW + 4)


def _values(canvas: Canvas, area: pygame.Rect, y: int, look: Look) -> int:
    """Every value: what was recalled, and what the gate lets in; the latter is grey while the gate is closed."""
    cells = canvas.cells(area, y, len(look.memory) + 1, 200, most=1 if len(look.memory) < 4 else 2)
    closed = not look.moment.gate > 0
    columns = sorted({cell.left for cell in cells})
    heads = [pygame.Rect(x, y, cells[0].width, cells[0].height) for x in columns]
    cells = [cell.move(0, cells[0].height) for cell in canvas.cells(area, y, len(look.memory), 200, most=len(columns))]
    number = canvas.px(40)
    for head in heads[: max(1, len({cell.left for cell in cells}))]:
        half = head.width * 3 // 8
        for right, text in ((head.right - half, "recalled"), (head.right, "let in, gate shut" if closed else "let in")):
            canvas.text((right, head.top), text, FAINT, right=True, width=half - canvas.px(4))
    for cell, (name, recalled, let_in) in zip(cells, look.memory, strict=True):
        half = cell.width * 3 // 8
        canvas.text(cell.topleft, name, TEXT if recalled or let_in else FAINT, width=cell.width - 2 * half - canvas.px(4))
        for right, value, is_grey in ((cell.right - half, recalled, False), (cell.right, let_in, closed)):
            canvas.text((right, cell.top), signed(value), FAINT if is_grey or not value else TEXT, right=True, width=number)
            long = half - number - canvas.px(12)
            canvas.bar((right - number - long, cell.top + canvas.px(4), long, canvas.px(9)), value, LINE if is_grey else None)
        canvas.mark(cell, f"{name}: recalled {recalled:+.3f}, the gate lets in {let_in:+.3f}" + (" (shut: not written)" if closed else ""))
    return max((cell.bottom for cell in cells), default=y) + canvas.px(4)


def _match(canvas: Canvas, area: pygame.Rect, y: int, look: Look) -> int:
    """Where this recall comes from, in words, on up to two lines."""
    if look.match is None:
        text = "nothing was written yet that could be recalled" if not look.writes else "no earlier write is near this address"
    elif look.likeness >= ALIKE:
        text = f"this recall is {look.likeness:.2f} like what was written {where(look.match, look.moment.tick)}"
    else:
        text = f"nearest address: written {where(look.match, look.moment.tick)}, but the recall is not like it"
    return canvas.paragraph(area, y, text, TEXT if look.match else FAINT) + canvas.px()


def _writes(canvas: Canvas, area: pygame.Rect, y: int, look: Look) -> int:
    """What was written, newest first: as many rows as there is room for."""
    if not look.writes:
        return y
    tall = canvas.px(16)
    most = min(max(area.height // 6 // tall, FEWEST_WRITES), MOST_WRITES)
    has_place = any(write.place is not None for write in look.writes)
    edges = _columns(canvas, area, has_place)
    for x, (name, is_right) in zip((*edges[:4], area.right), _HEADS, strict=True):
        if x is not None:
            canvas.text((x, y), name, FAINT, right=is_right)
    y += tall
    shown = look.writes[:most]
    if look.match is not None and all(write.tick != look.match.tick for write in shown):
        shown[-1] = look.match
    for write in shown:
        _row(canvas, area, y, edges, write, look)
        y += tall
    if len(look.writes) > most:
        canvas.text((area.left, y), f"{len(look.writes) - most:,} more", FAINT, width=area.width)
        y += tall
    return y + canvas.px()


_HEADS = (("tick", True), ("place", True), ("what it sensed", False), ("wrote", False), ("nearness", True))
_Edges = tuple[int, int | None, int, int, int]


def _columns(canvas: Canvas, area: pygame.Rect, has_place: bool) -> _Edges:
    """Right edge of tick and of place (None: no column), left edge of symbol, value and overlap."""
    tick = area.left + canvas.px(52)
    place = tick + canvas.px(60) if has_place and area.width >= canvas.px(320) else None
    overlap = area.right - min(canvas.px(62), area.width // 5)
    value = overlap - min(canvas.px(56), area.width // 5)
    return tick, place, (place or tick) + canvas.px(UNIT), value, overlap


def _row(canvas: Canvas, area: pygame.Rect, y: int, edges: _Edges, write: Write, look: Look) -> None:
    """One write; the one that this recall is like is lit."""
    tick, place, symbol, value, overlap = edges
    ink, gap = FIRED if look.match is not None and write.tick == look.match.tick else DIM, canvas.px()
    canvas.text((tick, y), f"{write.tick:,}", ink, right=True, width=canvas.px(52))
    at = "" if write.place is None else f"{write.place[0]}, {write.place[1]}"
    if place is not None:
        canvas.text((place, y), at, DIM, right=True, width=canvas.px(56))
    canvas.text((symbol, y), write.symbol, TEXT, width=value - symbol - gap)
    shown = np.asarray(write.value, np.float64)
    wide, tall = overlap - value - gap, canvas.px(9)
    if len(shown) == 1:
        canvas.bar((value, y + canvas.px(4), wide, tall), float(shown[0]))
    elif len(shown):
        pitch = max(1, wide // len(shown))
        canvas.image(shades(shown, -1, 1, "signed")[None].repeat(tall, 0).repeat(pitch, 1), (value, y + canvas.px(4)))
    canvas.bar((overlap, y + canvas.px(4), area.right - overlap, tall), write.overlap, DIM)
    words = f"tick {write.tick:,}{at and f' at {at}'}: sensed {write.symbol or 'nothing'}; wrote {listed(shown)}, gate {write.gate:.2f}"
    canvas.mark((area.left, y, area.width, canvas.px(16)), f"{words}; its address overlaps with that of now by {write.overlap:+.2f}")
