"""What lies over the window: dialogs that want an answer, tooltips, and short messages."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

import pygame

from alife.viewer.commands import key_name
from alife.viewer.kit import Action, Canvas
from alife.viewer.theme import BAD, BIG, DIM, GROUND, LINE, PANEL, RAISED, ROW, SMALL, TEXT, UNIT, font

_LONGEST = 200
"""Letters of a text field."""
_WIDTH, _BUTTON = 480, 32


class Dialog(NamedTuple):
    """A question, or a message that must be seen; the rest of the window waits."""

    title: str
    lines: tuple[str, ...] = ()
    buttons: tuple[tuple[str, Action], ...] = (("OK", ("close",)),)
    """text and action; Enter is the first, Escape the last"""
    field: str | None = None
    """the text that is being typed, if one is asked for"""
    kind: Literal["error", "ask", "choose"] = "ask"
    """'choose': the buttons stand one below the other"""


def draw(canvas: Canvas, dialog: Dialog) -> pygame.Rect:
    """The dialog over a dimmed window, whose marks end here; returns where it lies. Draw it last."""
    shade(canvas)
    pad, row, whole = canvas.px(2 * UNIT), canvas.px(ROW), canvas.rect
    inner = min(canvas.px(_WIDTH), whole.width - 2 * pad) - 2 * pad
    title = wrapped(dialog.title, canvas.px(BIG), inner)
    places = _places(canvas, dialog, inner)
    foot = max((place.bottom for place in places), default=0)
    head = pad + len(title) * canvas.px(BIG + UNIT) + (0 if dialog.field is None else canvas.px(_BUTTON + UNIT))
    lines = [part for line in dialog.lines for part in wrapped(line, canvas.px(SMALL), inner)]
    most = max(0, (whole.height - 2 * pad - head - foot - pad) // row)
    if len(lines) > most:
        lines = [*lines[: most - 1], "…"] if most else []
    box = pygame.Rect(0, 0, inner + 2 * pad, head + len(lines) * row + canvas.px() * bool(lines) + foot + pad)
    box.center = whole.center
    box = box.clamp(whole)
    canvas.fill(box.inflate(2, 2), LINE)
    canvas.fill(box, PANEL)
    if dialog.kind == "error":
        canvas.fill((box.left, box.top, canvas.px(4), box.height), BAD)
    canvas.mark(box, dialog.title)
    x, y = box.left + pad, box.top + pad
    for part in title:
        canvas.text((x, y), part, TEXT, BIG)
        y += canvas.px(BIG + UNIT)
    for part in lines:
        canvas.text((x, y), part, DIM)
        y += row
    y += canvas.px() * bool(lines)
    if dialog.field is not None:
        _field(canvas, pygame.Rect(x, y, inner, canvas.px(_BUTTON)), dialog.field)
        y += canvas.px(_BUTTON + UNIT)
    for i, ((text, action), place) in enumerate(zip(dialog.buttons, places, strict=True)):
        key = " (Enter)" if i == 0 else " (Esc)" if i == len(places) - 1 else ""
        canvas.button(place.move(x, y), text, text + key, action, lit=i == 0)
    return box


def answered(dialog: Dialog, key: str) -> Action | None:
    """The action of a key: Enter, Escape, and where one is to be chosen without typing the digits from 1."""
    if not dialog.buttons:
        return None
    number = int(key) if len(key) == 1 and key in "123456789" else 0
    if dialog.kind == "choose" and dialog.field is None and 0 < number <= len(dialog.buttons):
        return dialog.buttons[number - 1][1]
    return dialog.buttons[0][1] if key == "enter" else dialog.buttons[-1][1] if key == "escape" else None


def typed(field: str, event: pygame.event.Event) -> str:
    """The text after a KEYDOWN: letters are appended, Backspace takes the last one, Ctrl+Backspace the last word, Ctrl+U all."""
    key, sign = key_name(event), getattr(event, "unicode", "")
    if key == "backspace":
        return field[:-1]
    if key == "ctrl+backspace":
        return field.rstrip()[: len(field.rstrip()) - len(field.split()[-1])] if field.strip() else ""
    if key == "ctrl+u":
        return ""
    if key.startswith("ctrl+") or not sign.isprintable():
        return field
    return (field + sign)[:_LONGEST]


def tooltip(canvas: Canvas, at: tuple[int, int], words: str) -> None:
    """Words in a box near the pointer, inside the window; no mark. Nothing for no words."""
    if not words:
        return
    pad, row, whole = canvas.px(), canvas.px(ROW), canvas.rect
    lines = wrapped(words, canvas.px(SMALL), min(canvas.px(420), max(1, whole.width - 3 * pad)))
    wide = max(font(canvas.px(SMALL)).size(line)[0] for line in lines)
    box = pygame.Rect(at[0] + canvas.px(12), at[1] + canvas.px(20), wide + 2 * pad, len(lines) * row + pad)
    if box.bottom > whole.bottom:
        box.bottom = at[1] - pad
    _note(canvas, box.clamp(whole.inflate(-pad, -pad)), lines, TEXT)


def toast(canvas: Canvas, area: pygame.Rect, text: str, is_error: bool = False) -> pygame.Rect:
    """A short message at the bottom of an area; returns where it lies."""
    pad, row = canvas.px(), canvas.px(ROW)
    lines = wrapped(text, canvas.px(SMALL), max(1, min(canvas.px(640), area.width - 4 * pad)))
    wide = max(font(canvas.px(SMALL)).size(line)[0] for line in lines)
    box = pygame.Rect(0, 0, wide + 2 * pad, len(lines) * row + pad)
    box.midbottom = area.centerx, area.bottom - pad
    _note(canvas, box, lines, TEXT)
    if is_error:
        canvas.fill((box.left, box.top, canvas.px(4), box.height), BAD)
    canvas.mark(box, text)
    return box


def shade(canvas: Canvas) -> None:
    """Dim all that was drawn, and end its marks."""
    veil = pygame.Surface(canvas.surface.get_size())
    veil.fill(GROUND)
    veil.set_alpha(160)
    canvas.surface.blit(veil, (0, 0))
    canvas.marks.clear()


def wrapped(text: str, size: int, width: int) -> list[str]:
    """A text as lines of at most `width` pixels, broken between words, in paths, and inside of words that are wider; at least one."""
    letters, lines = font(size), [""]
    for piece in re.findall(r"\s*[^\s/\\]*[/\\]?", " ".join(text.split())):
        if letters.size(lines[-1] + piece)[0] <= width:
            lines[-1] += piece
            continue
        if lines[-1]:
            lines.append("")
        for letter in piece.lstrip():
            if lines[-1] and letters.size(lines[-1] + letter)[0] > width:
                lines.append("")
            lines[-1] += letter
    return lines


def _places(canvas: Canvas, dialog: Dialog, inner: int) -> list[pygame.Rect]:
    """Where the buttons lie below the text: side by side from the right, or one below the other."""
    tall, gap, count = canvas.px(_BUTTON), canvas.px(), len(dialog.buttons)
    wide = [max(canvas.px(80), font(canvas.px(SMALL)).size(text)[0] + canvas.px(3 * UNIT)) for text, _ in dialog.buttons]
    if dialog.kind != "choose" and sum(wide) + gap * (count - 1) <= inner:
        right = inner - sum(wide) - gap * (count - 1)
        return [pygame.Rect(right + sum(wide[:i]) + gap * i, gap, wide[i], tall) for i in range(count)]
    fit = max(1, canvas.rect.height // 2 // (tall + gap))
    columns = -(-count // fit) or 1
    deep, step = -(-count // columns), (inner + gap) // columns
    return [pygame.Rect(i // deep * step, gap + i % deep * (tall + gap), step - gap, tall) for i in range(count)]


def _field(canvas: Canvas, box: pygame.Rect, text: str) -> None:
    """A text field; of a text that is too long its end, where one types."""
    canvas.fill(box, LINE)
    canvas.fill(box.inflate(-2, -2), GROUND)
    letters, pad = font(canvas.px(SMALL)), canvas.px()
    cut = text
    while cut and letters.size(cut)[0] > box.width - 2 * pad - 2:
        cut = cut[1:]
    high = letters.get_height()
    used = canvas.text((box.left + pad, box.centery - high // 2), cut) if cut else 0
    canvas.fill((box.left + pad + used + 1, box.centery - high // 2, max(1, canvas.px(1)), high), TEXT)
    canvas.mark(box, text or "type here")


def _note(canvas: Canvas, box: pygame.Rect, lines: list[str], ink: tuple[int, int, int]) -> None:
    canvas.fill(box.inflate(2, 2), LINE)
    canvas.fill(box, RAISED)
    for i, line in enumerate(lines):
        canvas.text((box.left + canvas.px(), box.top + canvas.px() // 2 + i * canvas.px(ROW)), line, ink)
