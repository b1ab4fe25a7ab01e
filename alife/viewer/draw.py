"""A snapshot as pixels: the world on the left, the mind on the right. No window is needed."""

from __future__ import annotations

import functools
import math
from pathlib import Path

import matplotlib
import numpy as np
import pygame

from alife.viewer.lives import Snapshot

GROUND, PANEL, LINE, DIM, TEXT = (17, 19, 24), (25, 28, 35), (58, 63, 74), (139, 146, 158), (222, 225, 230)
PLUS, MINUS, FIRED, GOOD = (230, 159, 0), (86, 180, 233), (240, 228, 66), (0, 158, 115)
"""Of Okabe & Ito, told apart by colour-blind eyes; orange is above 0 and blue below, as in the pictures of worlds."""
SMALL, BIG, ROW, LARGEST_CELL = 13, 20, 18, 40
HINT = "Space pause · . one tick · N next life · H help"
KEYS = "Space  pause, go on|.  one tick|+  -  faster, slower|N  next life|P  save a picture|H  this help|Esc  Q  leave"


def frame(snapshot: Snapshot, size: tuple[int, int], status: str = "") -> np.ndarray:
    """uint8 (H, W, 3) for size (W, H)."""
    surface = pygame.Surface(size, 0, 32)
    draw(surface, snapshot, status)
    return np.frombuffer(pygame.image.tobytes(surface, "RGB"), np.uint8).reshape(size[1], size[0], 3)


def draw(surface: pygame.Surface, s: Snapshot, status: str = "", message: str = "", helping: bool = False) -> None:
    """The whole window: `status` above the world, `message` below it, the keys over it."""
    width, height = surface.get_size()
    mind = min(max(width * 3 // 8, 320), 480)
    area = pygame.Rect(16, 16, max(width - mind - 32, 1), max(height - 32, 1))
    surface.fill(GROUND)
    _world(surface, area, s, status)
    _text(surface, (16, height - 28), message or HINT, DIM, width=area.width)
    surface.fill(PANEL, (width - mind, 0, mind, height))
    _mind(surface, pygame.Rect(width - mind + 16, 16, mind - 32, height - 32), s)
    if helping:
        surface.fill(LINE, (16, 72, 240, 200))
        for i, line in enumerate(KEYS.split("|")):
            _text(surface, (32, 88 + 24 * i), line, TEXT)


def fitted(picture: np.ndarray, width: int, height: int) -> np.ndarray:
    """The picture (h, w, 3) scaled by a whole factor. Where too large, blocks show their brightest red, green, blue."""
    h, w = picture.shape[:2]
    by = min(max(width, 1) // w, max(height, 1) // h, LARGEST_CELL)
    if by >= 1:
        large = picture.repeat(by, 0).repeat(by, 1)
        if by >= 8:  # room for a line between the cells
            large[by - 1 :: by] = large[:, by - 1 :: by] = GROUND
        return large
    rows, columns = (range(0, n, -(-n // max(most, 1))) for n, most in ((h, height), (w, width)))
    return np.maximum.reduceat(np.maximum.reduceat(picture, rows, 0), columns, 1)


def _world(surface: pygame.Surface, area: pygame.Rect, s: Snapshot, status: str) -> None:
    """Its picture, and the scores of the lives so far."""
    room = area.width - _text(surface, (area.right, area.top + 6), status, DIM, right=True) - 16
    used = _text(surface, area.topleft, s.world, TEXT, BIG, width=room) + 16
    now = f"over after {s.tick:,} ticks, score {s.scores[-1]:.3f}" if s.over else f"tick {s.tick:,}"
    _text(surface, (area.left + used, area.top + 6), f"life {s.life:,} · {now}", TEXT, width=room - used)
    _text(surface, (area.left, area.top + 28), s.about, DIM, width=area.width)
    space = pygame.Rect(area.left, area.top + 56, area.width, area.height - 192)
    image = pygame.surfarray.make_surface(fitted(s.picture, space.width, space.height).swapaxes(0, 1))
    surface.blit(image, image.get_rect(center=space.center))
    _text(surface, (area.left, area.bottom - 128), s.caption, DIM, width=area.width)
    (ceiling, optimum), shown = s.bounds, [v if math.isfinite(v) else 0.0 for v in s.scores[-(area.width // 6) :]]
    mean = f"mean of {len(s.scores):,} lives {np.mean(s.scores):.3f}" if s.scores else "no life has ended yet"
    title = f"{mean} · ceiling {ceiling:.3f} · optimum {optimum:.3f}"
    _text(surface, (area.left, area.bottom - 96), title, DIM, width=area.width)
    low, high = min(0.0, ceiling, *shown), max(optimum, *shown, 0.0)
    heights = [round(48 * (v - low) / ((high - low) or 1.0)) for v in (*shown, ceiling, optimum)]
    for i, tall in enumerate(heights[:-2]):
        surface.fill(GOOD if shown[i] > ceiling else DIM, (area.left + 6 * i, area.bottom - 24 - tall, 5, tall + 1))
    for tall in heights[-2:]:
        surface.fill(LINE, (area.left, area.bottom - 24 - tall, area.width, 1))


def _mind(surface: pygame.Surface, area: pygame.Rect, s: Snapshot) -> None:
    """From the senses through head and memory to the actions, downwards as a tick goes."""
    _text(surface, area.topleft, s.agent, TEXT, BIG, width=area.width)
    lists, room = (s.senses, s.memory, s.actions), max(4, (area.height - 232) // ROW)
    columns = next((c for c in (1, 2, 3) if sum(-(-len(each) // c) for each in lists) <= room), 0)
    most = (room, room, room) if columns else (room // 2, room // 4, room // 4)
    y = _list(surface, area, area.top + 40, "senses", s.senses, columns or 3, most[0])
    wide = (area.width + 8) // len(s.controls)
    for i, (name, value) in enumerate(s.controls):
        back, front = (FIRED, GROUND) if name == s.move else (LINE, TEXT)
        surface.fill(back, (area.left + i * wide, y, wide - 8, 36))
        _text(surface, (area.left + i * wide + 8, y + 2), name, front, width=wide - 16)
        asks = "else" if math.isnan(value) and i == len(s.controls) - 1 else f"{value:+.2f}"
        _text(surface, (area.left + i * wide + 8, y + 18), asks, front, width=wide - 16)
    _text(surface, (area.left, y + 48), "write gate", DIM)
    weight = "" if math.isnan(s.weight) else f" · memory |M| {s.weight:.2f}"
    used = _text(surface, (area.right, y + 48), f"{s.gate:.2f}{weight}", TEXT, right=True)
    for colour, share in ((LINE, 1.0), (GOOD, s.gate)):
        surface.fill(colour, (area.left + 80, y + 52, round((area.width - used - 96) * share), 8))
    y = _list(surface, area, y + 80, "recalled, and below it what the gate lets in", s.memory, columns or 3, most[1])
    _list(surface, area, y, "actions", s.actions, columns or 3, most[2])


def _list(surface: pygame.Surface, area: pygame.Rect, y: int, title: str, items: list, columns: int, most: int) -> int:
    """(name, value, ...) with a signed bar a value, column by column, at most so many rows; returns the next y."""
    rows = max(1, min(-(-len(items) // columns), most))
    hidden = max(0, len(items) - rows * columns)
    _text(surface, (area.left, y), title + (f" · {hidden} more have no room" if hidden else ""), DIM, width=area.width)
    wide = (area.width + 16) // columns
    for i, (name, *values) in enumerate(items[: rows * columns]):
        cell = pygame.Rect(area.left + i // rows * wide, y + 22 + i % rows * ROW, wide - 16, ROW)
        room = 44 * (cell.width >= 140)  # for the number
        split = cell.width * (4 if room else 7) // 10
        _text(surface, cell.topleft, name, TEXT if any(values) else DIM, width=split - 4)
        _text(surface, cell.topright, f"{values[0]:+.2f}" if room else "", TEXT if values[0] else LINE, right=True)
        half, tall = (cell.width - split - room) // 2, 13 // len(values)
        middle = cell.left + split + half
        surface.fill(LINE, (middle, cell.top + 3, 1, 12))
        for j, value in enumerate(values):  # full at 1; beyond that a bright end says so
            long = round(half * min(abs(value), 1.0)) if math.isfinite(value) else 0
            bar = pygame.Rect(middle if value > 0 else middle - long, cell.top + 3 + j * tall, long, tall - 1)
            surface.fill(PLUS if value > 0 else MINUS, bar)
            if abs(value) > 1.005:
                surface.fill(TEXT, (bar.right - 2 if value > 0 else bar.left, bar.top, 2, bar.height))
    return y + rows * ROW + 36


def _text(surface: pygame.Surface, at: tuple, text: str, colour: tuple, size=SMALL, right=False, width=10_000) -> int:
    """Write a line, cut with an ellipsis where it is wider than `width`; returns its width."""
    image = _written(text, colour, size, width)
    surface.blit(image, image.get_rect(topright=at) if right else at)
    return int(image.get_width())


@functools.lru_cache(2048)  # letters cost more than all the rest of a picture
def _written(text: str, colour: tuple, size: int, width: int) -> pygame.Surface:
    font, cut = _font(size), text
    while cut and font.size(text)[0] > width:
        cut = cut[:-1]
        text = cut + "…"
    return font.render(text, True, colour)


@functools.cache
def _font(size: int) -> pygame.font.Font:
    """DejaVu Sans, which comes with matplotlib: the same letters everywhere."""
    pygame.font.init()
    file = Path(matplotlib.get_data_path(), "fonts/ttf/DejaVuSans.ttf")
    return pygame.font.Font(file if file.is_file() else None, size)
