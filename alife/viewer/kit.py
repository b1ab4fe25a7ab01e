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

from alife.viewer.theme import BIG, DIM, FAINT, GROUND, LINE, MINUS, PLUS, RAISED, ROW, SMALL, TEXT, UNIT, Colour, font, written

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

    def text(
        self, at: tuple[int, int], text: str, colour: Colour = TEXT, size: int = SMALL, right: bool = False, width: int = 10_000
    ) -> int:
        """A line with its top left (or top right) at a point, cut where wider than `width` pixels; returns its width."""
        image = written(text, colour, self.px(size), max(0, width))
        self.surface.blit(image, image.get_rect(topright=at) if right else at)
        return int(image.get_width())

    def image(self, pixels: np.ndarray, at: tuple[int, int]) -> None:
        """uint8 (h, w, 3), pixel by pixel."""
        h, w = pixels.shape[:2]
        self.surface.blit(pygame.image.frombuffer(np.ascontiguousarray(pixels).data, (w, h), "RGB"), at)

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

    def cells(self, area: pygame.Rect, y: int, count: int, wide: int, most: int = 3, tall: int = 16) -> list[pygame.Rect]:
        """Places for so many entries from y on, column by column: up to `most` columns of at least `wide`, rows `tall` (scale 1)."""
        gap, row = self.px(12), self.px(tall)
        columns = max(1, min(most, (area.width + gap) // (self.px(wide) + gap), count))
        rows, step = -(-count // columns), (area.width + gap) // columns
        return [pygame.Rect(area.left + i // rows * step, y + i % rows * row, step - gap, row) for i in range(count)]

    def named(self, cell: pygame.Rect, name: str, value: float, ink: Colour = TEXT, full: float = 1.0) -> None:
        """A name, a signed bar, full at `full`, and its number in one row; dim where the number is 0."""
        number, long = self.px(32), max(self.px(18), cell.width // 7)
        short = f"{value:+.1f}" if 0.995 <= abs(value) < 9.95 else f"{value:+.0f}" if 9.95 <= abs(value) < 9999.5 else signed(value)
        self.text(cell.topleft, name, ink if value else FAINT, width=cell.width - number - long - self.px(2))
        self.bar((cell.right - number - long, cell.top + self.px(4), long, self.px(9)), value / full)
        self.text(cell.topright, short, TEXT if value else FAINT, right=True, width=number)

    def buttons(self, area: pygame.Rect, y: int, given: Sequence[tuple[str, str, Action | None]], right: bool = False) -> tuple[int, int]:
        """Buttons (text, words, action) side by side, in the next row where the area ends; `right`: one row that ends at the right.

        Returns the left edge of the first one and the y below.
        """
        tall, gap = self.px(22), self.px(UNIT)
        widths = [min(written(text, TEXT, self.px(SMALL), area.width).get_width() + 2 * gap, area.width) for text, _, _ in given]
        x = left = area.right - sum(widths) - gap * (len(widths) - 1) if right else area.left
        for wide, (text, words, action) in zip(widths, given, strict=True):
            if x + wide > area.right and x > left:
                x, y = left, y + tall + self.px(4)
            self.button((x, y, wide, tall), text, words, action)
            x += wide + gap
        return left, y + tall + gap

    def paragraph(self, area: pygame.Rect, y: int, text: str, colour: Colour = TEXT, most: int = 2, words: str = "") -> int:
        """Text broken into up to so many lines, which answer a hover with words, or else with all of it; returns the y below."""
        top, rest = y, text
        for line in range(most, 0, -1):
            shown, size = rest, self.px(SMALL)
            while line > 1 and " " in shown and font(size).size(shown)[0] > area.width:
                shown = shown[: shown.rindex(" ")]
            self.text((area.left, y), shown, colour, width=area.width)
            y, rest = y + self.px(ROW), rest[len(shown) + 1 :]
            if not rest:
                break
        self.mark((area.left, top, area.width, y - top), words or text)
        return y

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


def signed(value: float) -> str:
    """A number in few letters, with its sign: '+.61', '-12.3', '+1e+06', '0', 'NaN'."""
    if value == 0 or value != value:
        return "0" if value == 0 else "NaN"
    size = abs(value)
    text = f"{value:+.2f}" if size < 9.995 else f"{value:+.1f}" if size < 999.95 else f"{value:+.0e}"
    return text.replace("0.", ".", 1) if size < 0.995 else text


def pixels(surface: pygame.Surface) -> np.ndarray:
    """uint8 (H, W, 3), a copy."""
    w, h = surface.get_size()
    return np.frombuffer(pygame.image.tobytes(surface, "RGB"), np.uint8).reshape(h, w, 3)


__all__ = ["BIG", "ROW", "Action", "Canvas", "Mark", "new", "pixels", "signed"]
