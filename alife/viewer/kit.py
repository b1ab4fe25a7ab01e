"""What panels are drawn with: a canvas that remembers what each mark on it says and does.

Every mark answers a hover with words, and a button is a mark with an action. So tooltips, buttons, menus and tests need nothing but
`Canvas.marks`, and no widget keeps a state of its own: what is open or pressed is in the window.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import pygame

from alife.viewer.theme import BIG, DIM, GROUND, LINE, MINUS, PLUS, RAISED, ROW, SMALL, TEXT, UNIT, Colour, written

Action = tuple[Any, ...]
"""What a click asks for: a command's name and its arguments, such as ("follow", 51207)."""


class Mark(NamedTuple):
    """A place on the canvas that answers."""

    rect: pygame.Rect
    words: str
    """one line, shown while the pointer is here"""
    action: Action | None


class Canvas:
    """A surface, a scale for letters and gaps, and the marks. `origin`: where the surface lies in the window."""

    def __init__(self, surface: pygame.Surface, scale: float = 1.0, origin: tuple[int, int] = (0, 0)) -> None:
        self.surface, self.scale, self.origin = surface, scale, origin
        self.marks: list[Mark] = []
        """in coordinates of the window; where several overlap, the last one counts"""

    @property
    def rect(self) -> pygame.Rect:
        """All of it."""
        return self.surface.get_rect()

    def px(self, size: float = UNIT) -> int:
        """Pixels of a measure that was thought at scale 1, at least one."""
        return max(1, round(size * self.scale))

    def fill(self, rect: Any, colour: Colour) -> None:
        """A filled rectangle (x, y, width, height)."""
        self.surface.fill(colour, rect)

    def line(self, points: Sequence[tuple[float, float]], colour: Colour, width: int = 1) -> None:
        """Through two points or more."""
        if len(points) > 1:
            pygame.draw.lines(self.surface, colour, False, points, width)

    def text(self, at: tuple[int, int], text: str, colour: Colour = TEXT, size: int = SMALL, right: bool = False, width: int = 10_000) -> int:
        """A line with its top left (or top right) at a point, cut where wider than `width` pixels; returns its width."""
        image = written(text, colour, self.px(size), max(0, width))
        self.surface.blit(image, image.get_rect(topright=at) if right else at)
        return int(image.get_width())

    def image(self, pixels: np.ndarray, at: tuple[int, int]) -> None:
        """uint8 (h, w, 3), pixel by pixel."""
        h, w = pixels.shape[:2]
        self.surface.blit(pygame.image.frombuffer(np.ascontiguousarray(pixels), (w, h), "RGB"), at)

    def mark(self, rect: Any, words: str, action: Action | None = None) -> None:
        """This place answers a hover with words, and a click with an action."""
        seen = pygame.Rect(rect).clip(self.surface.get_clip())
        if seen.width and seen.height:
            self.marks.append(Mark(seen.move(self.origin), words, action))

    @contextmanager
    def clipped(self, rect: Any) -> Iterator[None]:
        """Nothing is drawn or marked outside of it."""
        before = self.surface.get_clip()
        self.surface.set_clip(pygame.Rect(rect).clip(before))
        try:
            yield
        finally:
            self.surface.set_clip(before)

    # ---- pieces that panels share ----

    def title(self, area: pygame.Rect, y: int, text: str, note: str = "") -> int:
        """A rule with a heading, and a note at its right; returns the y below."""
        used = self.text((area.left, y), text, DIM)
        room = self.text((area.right, y), note, DIM, right=True, width=area.width - used - self.px()) if note else 0
        self.fill((area.left + used + self.px(), y + self.px(9), max(0, area.width - used - room - 2 * self.px()), 1), LINE)
        return y + self.px(ROW + 4)

    def bar(self, rect: Any, value: float, colour: Colour | None = None) -> None:
        """A signed bar from the middle of a rectangle, full at |value| = 1; a bright end says that it is more."""
        box = pygame.Rect(rect)
        middle, half = box.left + box.width // 2, box.width // 2
        self.fill((middle, box.top, 1, box.height), LINE)
        if value != value:
            return
        long = round(half * min(abs(value), 1.0))
        shown = pygame.Rect(middle if value > 0 else middle - long, box.top, long, box.height)
        self.fill(shown, colour or (PLUS if value > 0 else MINUS))
        if abs(value) > 1.005:
            self.fill((shown.right - 2 if value > 0 else shown.left, box.top, 2, box.height), TEXT)

    def level(self, rect: Any, share: float, colour: Colour) -> None:
        """A bar from the left, full at 1."""
        box = pygame.Rect(rect)
        self.fill(box, RAISED)
        if share == share:
            self.fill((box.left, box.top, round(box.width * min(max(share, 0.0), 1.0)), box.height), colour)

    def button(self, rect: Any, text: str, words: str, action: Action | None, lit: bool = False, size: int = SMALL) -> None:
        """A button; `lit` while it is on; without an action it is grey."""
        box = pygame.Rect(rect)
        self.fill(box, LINE if lit else RAISED)
        ink = DIM if action is None else TEXT
        image = written(text, ink, self.px(size), max(0, box.width - 4))
        self.surface.blit(image, image.get_rect(center=box.center))
        self.mark(box, words, action)


def new(size: tuple[int, int], scale: float = 1.0, ground: Colour = GROUND) -> Canvas:
    """A canvas of its own, size (W, H), without a window."""
    surface = pygame.Surface(size, 0, 32)
    surface.fill(ground)
    return Canvas(surface, scale)


def pixels(surface: pygame.Surface) -> np.ndarray:
    """uint8 (H, W, 3), a copy."""
    w, h = surface.get_size()
    return np.frombuffer(pygame.image.tobytes(surface, "RGB"), np.uint8).reshape(h, w, 3)


__all__ = ["BIG", "ROW", "Action", "Canvas", "Mark", "new", "pixels"]
