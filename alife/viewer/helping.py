"""The help: how to read the window, and every key. In pages, where the letters are large."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pygame

from alife.viewer.commands import Command, shown
from alife.viewer.dialogs import shade, wrapped
from alife.viewer.kit import Canvas
from alife.viewer.theme import BAD, DIM, FAINT, FIRED, GOOD, LINE, MINUS, PANEL, PLUS, ROW, SMALL, TEXT, UNIT, Colour, font

READING = (
    "Left is the world: what is it doing? Right is a mind: why? Click an agent, and its mind is shown.",
    "Rest the pointer on anything: it says what it is. Nothing moves unless the simulation moved it.",
)
COLOURS: tuple[tuple[Colour, str], ...] = (
    (PLUS, "above 0"), (MINUS, "below 0"), (FIRED, "happens now"), (GOOD, "right"), (BAD, "wrong"),
)  # fmt: skip
_COLUMN, _KEYS, _GAP = 248, 64, 24
"""Least width of a column, the width of the keys in it, and between columns; pixels at scale 1."""


class _Row(NamedTuple):
    """A heading without keys, or a command; both texts on one or more lines."""

    keys: list[str]
    words: list[str]

    @property
    def lines(self) -> int:
        return max(len(self.keys), len(self.words))


_Columns = list[tuple[pygame.Rect, list[_Row]]]


def draw(canvas: Canvas, commands: Sequence[Command], page: int = 0) -> int:
    """The help over a dimmed window, whose marks end here. Returns the number of pages; `page` counts from 0, the last if beyond.

    Actions: ("help page", k), and ("help",) to close.
    """
    shade(canvas)
    pad = canvas.px(2 * UNIT)
    box = canvas.rect.inflate(-pad, -pad)
    box = box.inflate(min(0, canvas.px(920) - box.width), min(0, canvas.px(640) - box.height))
    inner = box.inflate(-2 * pad, -2 * pad)
    canvas.fill(box.inflate(2, 2), LINE)
    canvas.fill(box, PANEL)
    canvas.mark(box, "the help; Esc closes it")
    foot = canvas.px(24)
    area = pygame.Rect(inner.left, inner.top, inner.width, max(1, inner.height - foot - canvas.px()))
    pages = _pages(canvas, commands, area)
    page = min(max(page, 0), len(pages) - 1)
    if page == 0:
        _reading(canvas, area)
    for place, rows in pages[page]:
        _column(canvas, place, rows)
    _foot(canvas, pygame.Rect(inner.left, inner.bottom - foot, inner.width, foot), page, len(pages))
    return len(pages)


def _reading(canvas: Canvas, area: pygame.Rect, is_drawn: bool = True) -> int:
    """How to read the window; returns its height."""
    y, row, letters = area.top, canvas.px(ROW), font(canvas.px(SMALL))
    for part in (part for line in READING for part in wrapped(line, canvas.px(SMALL), area.width)):
        if is_drawn:
            canvas.text((area.left, y), part)
        y += row
    x, dot, gap = area.left, canvas.px(10), canvas.px(16)
    for colour, words in COLOURS:
        wide = gap + letters.size(words)[0]
        if x > area.left and x + wide > area.right:
            x, y = area.left, y + row
        if is_drawn:
            canvas.fill((x, y + (letters.get_height() - dot) // 2, dot, dot), colour)
            canvas.text((x + gap, y), words, DIM, width=area.right - x - gap)
        x += wide + gap
    return y + row - area.top


def _pages(canvas: Canvas, commands: Sequence[Command], area: pygame.Rect) -> list[_Columns]:
    """As few pages as there can be, of as few columns as that takes."""
    most = max(1, min(3, (area.width + canvas.px(_GAP)) // canvas.px(_COLUMN + _GAP)))
    return min((_flowed(canvas, commands, area, count) for count in range(1, most + 1)), key=len)


def _flowed(canvas: Canvas, commands: Sequence[Command], area: pygame.Rect, count: int) -> list[_Columns]:
    """Pages of up to `count` columns; the first begins below the reading, and has no rows where hardly any would fit.

    A heading is never the last of its column.
    """
    gap, row, below = canvas.px(_GAP), canvas.px(ROW), _reading(canvas, area, is_drawn=False) + canvas.px(2 * UNIT)
    wide = (area.width - gap * (count - 1)) // count
    pages: list[_Columns] = [[]]
    free, used = count if area.height - below >= 5 * row else 0, area.height
    for block in _blocks(canvas, commands, wide - canvas.px(_KEYS)):
        for i, entry in enumerate(block):
            top, space = below if len(pages) == 1 else 0, 0 if i else canvas.px()
            needed = space + row * (entry.lines + (0 if i else block[1].lines))
            if not pages[-1] or top + used + needed > area.height:
                if not free:
                    pages.append([])
                    free, top = count, 0
                place = pygame.Rect(area.left + (count - free) * (wide + gap), area.top + top, wide, area.height - top)
                pages[-1].append((place, []))
                free, used, space = free - 1, 0, 0
            pages[-1][-1][1].append(entry)
            used += space + row * entry.lines
    return pages


def _blocks(canvas: Canvas, commands: Sequence[Command], room: int) -> list[list[_Row]]:
    """For every menu its heading, then its commands. `room`: pixels for the words."""
    blocks: dict[str, list[_Row]] = {}
    size, keys = canvas.px(SMALL), canvas.px(_KEYS - UNIT)
    for command in commands:
        row = _Row(wrapped(" ".join(map(shown, command.keys)), size, keys), wrapped(command.words, size, room))
        blocks.setdefault(command.menu or "Other keys", []).append(row)
    return [[_Row([], [title]), *block] for title, block in blocks.items()]


def _column(canvas: Canvas, place: pygame.Rect, rows: list[_Row]) -> None:
    y, row = place.top, canvas.px(ROW)
    for entry in rows:
        if not entry.keys:
            y += canvas.px() if y > place.top else 0
            canvas.title(place, y, entry.words[0])
        for i, keys in enumerate(entry.keys):
            canvas.text((place.left, y + i * row), keys or "menu", TEXT if keys else FAINT)
        for i, words in enumerate(entry.words if entry.keys else ()):
            canvas.text((place.left + canvas.px(_KEYS), y + i * row), words, DIM)
        y += row * entry.lines


def _foot(canvas: Canvas, area: pygame.Rect, page: int, pages: int) -> None:
    wide, step = min(canvas.px(64), area.width // 4), canvas.px(UNIT)
    canvas.button((area.right - wide, area.top, wide, area.height), "Close", "close the help (Esc)", ("help",))
    if pages == 1:
        return
    for i, (text, k) in enumerate((("Back", page - 1), ("Next", page + 1))):
        place = (area.left + i * (wide + step), area.top, wide, area.height)
        canvas.button(place, text, f"page {k + 1} of {pages}", ("help page", k) if 0 <= k < pages else None)
    x = area.left + 2 * (wide + step)
    canvas.text((x, area.top + canvas.px(4)), f"{page + 1} of {pages}", DIM, width=area.right - wide - step - x)
