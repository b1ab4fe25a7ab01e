"""The right side of the window: one agent, and why it does what it does, downwards as a tick goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pygame

from alife.insight.moment import Look
from alife.viewer import gates, lifepanel, memorypanel, whypanel
from alife.viewer.kit import Canvas
from alife.viewer.theme import BAD, BIG, DIM, FAINT, GOOD, LINE, PANEL, ROW, TEXT, UNIT, VERMILION

SECTIONS = {
    "senses": "what the world shows it in this tick",
    "gates": "its switches, layer by layer; as long as none flips, it is one linear map, and the key is that map's name",
    "why": "the terms that add up to what it does: exact, not a guess",
    "memory": "where the head stands, what is recalled there, what is written",
    "life": "what it went through, and its family",
}
MOST_SENSE_ROWS, _SENSE = 16, 104
"""Rows, and the least width of a column."""
HINT = (
    ("what it senses", "every input of this tick, with its name"),
    ("its gates", "which switches are open, which flipped just now"),
    ("why", "the action as an exact sum: coefficient × sense, largest first"),
    ("its memory", "what is recalled, from when, and what is written"),
    ("its life", "energy, meals and fights, parents and children"),
)


@dataclass(frozen=True)
class Person:
    """Whom the panel is about, and what is known of it beside its thoughts."""

    id: int
    title: str
    """'agent 51,207', 'champion 1a2b3c4d'"""
    subtitle: str = ""
    facts: list[tuple[str, str]] = field(default_factory=list)
    """name, value as text"""
    energy: tuple[float, float] | None = None
    """how much, and how much is plenty"""
    mother: int | None = None
    father: int | None = None
    children: list[int] = field(default_factory=list)
    siblings: list[int] = field(default_factory=list)
    living: frozenset[int] = frozenset()
    """those of its family that live"""
    is_followed: bool = False
    can_edit: bool = False
    events: list[tuple[int, str]] = field(default_factory=list)
    """tick, kind"""
    edits: list[str] = field(default_factory=list)
    """experiments in force, in words"""
    held: list[np.ndarray] = field(default_factory=list, compare=False)
    """int8 (layers, units) of both halves: gates held open by hand 1, closed 0, free -1; [] where none is held"""
    scores: list[float] = field(default_factory=list)
    """problems: of the lives so far"""
    bounds: tuple[float, float] | None = None
    """problems: ceiling of the memoryless, optimum; None: an ecosystem"""


def draw(
    canvas: Canvas, area: pygame.Rect, person: Person | None, look: Look | None, folded: frozenset[str] = frozenset(), scroll: int = 0
) -> int:
    """Fill the area, `scroll` pixels down in the content; returns the height of all the content. Sections in `folded` show their heading.

    person None: what there would be to see. look None: the agent has not thought yet.
    """
    canvas.fill(area, PANEL)
    gap = canvas.px(12)
    inner = pygame.Rect(area.left + gap, area.top, max(1, area.width - 2 * gap), area.height)
    start = area.top + gap - scroll
    with canvas.clipped(area):
        end = _hint(canvas, inner, start) if person is None else _person(canvas, inner, start, person, look, folded)
    return end - start + 2 * gap


def _hint(canvas: Canvas, area: pygame.Rect, y: int) -> int:
    """Nobody is chosen yet."""
    canvas.text((area.left, y), "Click an agent", TEXT, BIG, width=area.width)
    canvas.text((area.left, y + canvas.px(28)), "and see here, tick by tick, why it does what it does:", DIM, width=area.width)
    y += canvas.px(64)
    for name, about in HINT:
        canvas.fill((area.left, y + canvas.px(2), canvas.px(3), canvas.px(32)), LINE)
        canvas.text((area.left + canvas.px(12), y), name, TEXT, width=area.width - canvas.px(12))
        canvas.text((area.left + canvas.px(12), y + canvas.px(17)), about, DIM, width=area.width - canvas.px(12))
        canvas.mark((area.left, y, area.width, canvas.px(36)), f"{name}: {about}")
        y += canvas.px(48)
    return y


def _person(canvas: Canvas, area: pygame.Rect, y: int, person: Person, look: Look | None, folded: frozenset[str]) -> int:
    """All sections."""
    y = _head(canvas, area, y, person)
    if look is None:
        words = "its first thought comes with the next tick" if person.can_edit else "it does not live now; none of its thoughts was seen"
        y = canvas.paragraph(area, y, words, DIM) + canvas.px(UNIT)
    for name, note, section in _sections(person, look):
        is_open = name not in folded
        words = f"{name}: {SECTIONS[name]} · click {'folds' if is_open else 'opens'}"
        canvas.mark((area.left, y, area.width, canvas.px(ROW)), words, ("fold", name))
        y = canvas.title(area, y, f"{'▾' if is_open else '▸'} {name}", note)
        if is_open:
            y = section(canvas, area, y) + canvas.px()
    return y


def _sections(person: Person, look: Look | None) -> list[tuple[str, str, Callable[[Canvas, pygame.Rect, int], int]]]:
    """Name, note of the heading, and what draws it."""
    life = ("life", lifepanel.note(person), lambda c, a, y: lifepanel.draw(c, a, y, person, look))
    if look is None:
        return [life]
    active = sum(value != 0 for _, value in look.senses)
    is_frozen, is_alone = "memory frozen" in person.edits, person.bounds is not None
    return [
        ("senses", f"{active} of {len(look.senses)} are not 0", lambda c, a, y: _senses(c, a, y, look)),
        ("gates", gates.note(look), lambda c, a, y: gates.draw(c, a, y, look, person.can_edit, person.held)),
        ("why", whypanel.note(look), lambda c, a, y: whypanel.draw(c, a, y, look)),
        ("memory", memorypanel.note(look), lambda c, a, y: memorypanel.draw(c, a, y, look, person.can_edit, is_frozen, is_alone)),
        life,
    ]


def _head(canvas: Canvas, area: pygame.Rect, y: int, person: Person) -> int:
    """Who it is."""
    follow = ("unfollow", "stop keeping it in sight", ("follow", None)) if person.is_followed else (
        "follow", "keep it in sight", ("follow", person.id))  # fmt: skip
    twin = ("twin", "a second world with the same luck beside this one: change something there, see what differs", ("twin",))
    buttons = [twin] if person.bounds is not None else [follow, twin]
    beside = area.width >= canvas.px(360)
    left = canvas.buttons(area, y + canvas.px(2), buttons, right=True)[0] if beside else area.right
    canvas.text((area.left, y), person.title, TEXT, BIG, width=left - area.left - canvas.px())
    told = f"{person.title} · {person.subtitle}" if person.subtitle else person.title
    canvas.mark((area.left, y, left - area.left - canvas.px(), canvas.px(26)), told)
    y += canvas.px(28)
    if person.subtitle:
        canvas.text((area.left, y), person.subtitle, DIM, width=area.width)
        y += canvas.px(ROW + 2)
    if not beside:
        y = canvas.buttons(area, y + canvas.px(4), buttons)[1]
    if person.energy is not None:
        y = _energy(canvas, area, y, *person.energy)
    cells = canvas.cells(area, y, len(person.facts), 128)
    for cell, (name, value) in zip(cells, person.facts, strict=True):
        used = canvas.text(cell.topright, value, TEXT, right=True, width=cell.width * 2 // 3)
        canvas.text(cell.topleft, name, DIM, width=cell.width - used - canvas.px())
        canvas.mark(cell, f"{name}: {value}")
    y = max((cell.bottom for cell in cells), default=y) + canvas.px(4) * bool(person.edits)
    for edit in person.edits:
        canvas.fill((area.left, y + canvas.px(3), canvas.px(3), canvas.px(13)), VERMILION)
        beside_it = pygame.Rect(area.left + canvas.px(), y, area.width - canvas.px(), 0)
        y = canvas.paragraph(beside_it, y, edit, VERMILION, words=f"changed by hand: {edit}")
    return y + canvas.px()


def _energy(canvas: Canvas, area: pygame.Rect, y: int, value: float, plenty: float) -> int:
    """Energy as a bar, full when plenty; another colour when it is near its end."""
    label, number, share = min(canvas.px(64), area.width // 3), canvas.px(48), value / (plenty or 1.0)
    canvas.text((area.left, y), "energy", DIM, width=label)
    colour = BAD if share < 0.15 else GOOD
    canvas.level((area.left + label, y + canvas.px(4), area.width - label - number, canvas.px(9)), share, colour)
    canvas.text((area.right, y), f"{value:.0f}", TEXT, right=True, width=number)
    canvas.mark((area.left, y, area.width, canvas.px(ROW)), f"energy {value:.1f}; {plenty:.0f} is plenty, 0 is death")
    return y + canvas.px(ROW + 2)


def _senses(canvas: Canvas, area: pygame.Rect, y: int, look: Look) -> int:
    """Senses in their order; where there are too many, the strongest."""
    columns = len({cell.left for cell in canvas.cells(area, y, len(look.senses), _SENSE)})
    most = max(5, min(MOST_SENSE_ROWS, area.height // canvas.px(4 * ROW))) * max(1, columns)
    sizes = np.array([abs(value) if value == value else np.inf for _, value in look.senses])
    chosen = np.sort(np.argsort(-sizes, kind="stable")[:most]).tolist()
    cells = canvas.cells(area, y, len(chosen), _SENSE)
    for cell, i in zip(cells, chosen, strict=True):
        name, value = look.senses[i]
        canvas.named(cell, name, value)
        canvas.mark(cell, f"{name}: {value:+.2f} (slot {i})")
    y = max((cell.bottom for cell in cells), default=y)
    if len(chosen) < len(look.senses):
        canvas.text((area.left, y), f"{len(look.senses) - len(chosen):,} more, weaker", FAINT, width=area.width)
        y += canvas.px(ROW)
    return y + canvas.px(4)
