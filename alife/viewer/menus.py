"""The menu bar, its drop-downs, and pop-up lists of choices. What is open and highlighted is the window's to remember."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pygame

from alife.viewer.commands import Command, shown
from alife.viewer.kit import Action, Canvas
from alife.viewer.theme import DIM, FAINT, LINE, PANEL, RAISED, SMALL, TEXT, UNIT, font

ENTRY = 24
"""Height of an entry, pixels at scale 1."""


class Entry(NamedTuple):
    """One line of a pop-up list."""

    text: str
    words: str
    action: Action | None
    """None: cannot be chosen now"""
    lit: bool = False
    """this is how it is"""


def grouped(commands: Sequence[Command]) -> dict[str, list[Command]]:
    """Menu -> its commands, in the order in which they are given; those without a menu are left out."""
    menus: dict[str, list[Command]] = {}
    for command in commands:
        if command.menu:
            menus.setdefault(command.menu, []).append(command)
    return menus


def bar(canvas: Canvas, area: pygame.Rect, commands: Sequence[Command], opened: str | None, right: str = "") -> None:
    """The titles of the menus, each with the action ("menu", title), and a status at the right end. What is open: `drop`."""
    canvas.fill(area, PANEL)
    places = _titles(canvas, area, commands)
    for title, box in places.items():
        if title == opened:
            canvas.fill(box, RAISED)
        x, room = box.left + canvas.px(UNIT), box.width - 2 * canvas.px(UNIT)
        canvas.text((x, _line(canvas, box)), title, TEXT, width=room)
        canvas.mark(box, f"{title}: {_some(grouped(commands)[title])}", ("menu", title))
    used = max((box.right for box in places.values()), default=area.left) + canvas.px(2 * UNIT)
    end = area.right - canvas.px(UNIT)
    if right and end - used >= canvas.px(4 * UNIT):
        wide = canvas.text((end, _line(canvas, area)), right, DIM, right=True, width=end - used)
        canvas.mark((end - wide, area.top, wide, area.height), right)


def drop(canvas: Canvas, area: pygame.Rect, commands: Sequence[Command], opened: str, highlighted: int = -1) -> pygame.Rect:
    """The entries of an open menu below its title in the bar `area`; draw it last. Returns where it lies, empty for no such menu."""
    entries = grouped(commands).get(opened, [])
    if not entries:
        return pygame.Rect(area.left, area.bottom, 0, 0)
    rows = [(Entry(c.title, c.words, c.action), shown(c.keys[0]) if c.keys else "") for c in entries]
    return _sheet(canvas, (_titles(canvas, area, commands)[opened].left, area.bottom), "", rows, highlighted)


def popup(canvas: Canvas, at: tuple[int, int], title: str, entries: Sequence[Entry], highlighted: int = -1) -> pygame.Rect:
    """A list of choices with its top left at a point, or where it fits; draw it last. Returns where it lies."""
    return _sheet(canvas, at, title, [(entry, "") for entry in entries], highlighted)


def moved(commands: Sequence[Command], opened: str | None, highlighted: int, key: str) -> tuple[str | None, int, Action | None]:
    """What is open and highlighted (-1 = nothing) after a key, and the action that was chosen: arrows, Enter, Escape."""
    menus = grouped(commands)
    if opened not in menus:
        return opened, highlighted, None
    titles, entries = list(menus), menus[opened]
    if key in ("left", "right"):
        return titles[(titles.index(opened) + (1 if key == "right" else -1)) % len(titles)], 0, None
    if key in ("up", "down", "enter"):
        highlighted, action = picked(entries, highlighted, key)
        return (opened, highlighted, None) if action is None else (None, -1, action)
    return (None, -1, None) if key == "escape" else (opened, highlighted, None)


def picked(entries: Sequence[Entry | Command], highlighted: int, key: str) -> tuple[int, Action | None]:
    """What is highlighted in a list of choices after a key, and the action that was chosen: up, down, Enter."""
    if key in ("up", "down"):
        start = highlighted if highlighted >= 0 or key == "down" else 0
        return (start + (1 if key == "down" else -1)) % len(entries), None
    return highlighted, entries[highlighted].action if key == "enter" and highlighted >= 0 else None


def _titles(canvas: Canvas, area: pygame.Rect, commands: Sequence[Command]) -> dict[str, pygame.Rect]:
    """Menu -> its place in the bar; all of one width where there is not enough room."""
    letters, pad = font(canvas.px(SMALL)), canvas.px(UNIT)
    names = list(grouped(commands))
    wide = [letters.size(name)[0] + 2 * pad for name in names]
    if sum(wide) > area.width:
        wide = [area.width // len(names)] * len(names)
    return {name: pygame.Rect(area.left + sum(wide[:i]), area.top, wide[i], area.height) for i, name in enumerate(names)}


def _sheet(canvas: Canvas, at: tuple[int, int], title: str, rows: Sequence[tuple[Entry, str]], highlighted: int) -> pygame.Rect:
    """Entries with a text at their right, in as many columns as the height asks for; inside the canvas."""
    pad, tall, letters = canvas.px(UNIT), canvas.px(ENTRY), font(canvas.px(SMALL))
    whole, heading = canvas.rect, tall if title else 0
    fit = max(1, (whole.bottom - min(at[1], whole.centery) - 2 - heading) // tall)
    columns = -(-len(rows) // fit) or 1
    deep = -(-len(rows) // columns)
    texts = max((letters.size(entry.text)[0] for entry, _ in rows), default=0)
    keys = max((letters.size(key)[0] for _, key in rows), default=0)
    indent = pad if keys else canvas.px(22)
    column = min(indent + texts + pad + (2 * pad + keys if keys else 0), (whole.width - 2) // columns)
    wide = max(column * columns, min(indent + letters.size(title)[0] + pad, whole.width - 2))
    box = pygame.Rect(*at, wide + 2, deep * tall + heading + 2).clamp(whole).clip(whole)
    canvas.fill(box, LINE)
    canvas.fill(box.inflate(-2, -2), RAISED)
    canvas.mark(box, title)
    if title:
        canvas.text((box.left + 1 + indent, box.top + 1 + (tall - letters.get_height()) // 2), title, DIM, width=wide - indent - pad)
    for i, (entry, key) in enumerate(rows):
        place = pygame.Rect(box.left + 1 + i // deep * column, box.top + 1 + heading + i % deep * tall, column, tall)
        _entry(canvas, place, indent, entry, key, i == highlighted)
    return box


def _entry(canvas: Canvas, place: pygame.Rect, indent: int, entry: Entry, key: str, is_highlighted: bool) -> None:
    pad, y = canvas.px(UNIT), _line(canvas, place)
    if is_highlighted:
        canvas.fill(place, LINE)
    if entry.lit:
        dot = canvas.px(6)
        canvas.fill((place.left + pad, place.centery - dot // 2, dot, dot), TEXT)
    used = canvas.text((place.right - pad, y), key, DIM, right=True, width=place.width // 2) if key else 0
    ink = FAINT if entry.action is None else TEXT
    canvas.text((place.left + indent, y), entry.text, ink, width=place.width - indent - pad - (used + pad if used else 0))
    canvas.mark(place, entry.words, entry.action)


def _line(canvas: Canvas, box: pygame.Rect) -> int:
    """Where a line of text begins to stand in the middle of a box."""
    return box.top + (box.height - font(canvas.px(SMALL)).get_height()) // 2


def _some(entries: Sequence[Command]) -> str:
    """The first titles of a menu, for a hover."""
    return ", ".join(entry.title.rstrip(" …").lower() for entry in entries[:3]) + (", …" if len(entries) > 3 else "")
