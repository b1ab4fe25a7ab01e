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
KEYS = "Space  pause, go on\n.  one tick\n+  -  faster, slower\nN  next life\nP  save a picture\nH  this help\nEsc  Q  leave"


def frame(snapshot: Snapshot, size: tuple[int, int], status: str = "") -> np.ndarray:
    """uint8 (H, W, 3) for size (W, H)."""
    surface = pygame.Surface(size, 0, 32)
    draw(surface, snapshot, status)
    return np.ascontiguousarray(pygame.surfarray.array3d(surface).swapaxes(0, 1))


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
        for i, line in enumerate(KEYS.splitlines()):
            _text(surface, (32, 88 + 24 * i), line, TEXT)


def fitted(picture: np.ndarray, width: int, height: int) -> np.ndarray:
    """The picture (h, w, 3) scaled by a whole factor. Shrunk, each block of pixels shows its brightest one."""
    h, w = picture.shape[:2]
    by = min(max(width, 1) // w, max(height, 1) // h, LARGEST_CELL)
    if by >= 1:
        large = picture.repeat(by, 0).repeat(by, 1)
        if by >= 8:  # room for a line between the cells
            large[by - 1 :: by] = large[:, by - 1 :: by] = GROUND
        return large
    by = max(-(-w // max(width, 1)), -(-h // max(height, 1)))
    padded = np.pad(picture, ((0, -h % by), (0, -w % by), (0, 0)))
    rows, columns = padded.shape[0] // by, padded.shape[1] // by
    blocks = padded.reshape(rows, by, columns, by, 3).swapaxes(1, 2).reshape(rows, columns, by * by, 3)
    return np.take_along_axis(blocks, blocks.sum(3).argmax(2)[..., None, None], 2)[:, :, 0]


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
    lists = (s.senses, s.memory, s.actions)
    room = max(4, (area.height - 248) // ROW)
    columns = next((c for c in (1, 2, 3) if sum(-(-len(each) // c) for each in lists) <= room), 0)
    most = (room, room, room) if columns else (room // 2, room // 4, room // 4)
    y = _list(surface, area, area.top + 40, "senses", s.senses, columns or 3, most[0])
    x = area.left
    for name, value in s.controls:
        back, front = (FIRED, GROUND) if name == s.move else (LINE, TEXT)
        label = f"else {name}" if math.isnan(value) and name in ("next", "hold") else f"{name} {value:+.2f}"
        surface.fill(back, (x, y, _font(SMALL).size(label)[0] + 16, 22))
        x += _text(surface, (x + 8, y + 3), label, front) + 24
    _text(surface, (area.left, y + 32), "write gate", DIM)
    used = _text(surface, (area.right, y + 32), f"{s.gate:.2f} · memory |M| {s.weight:.2f}", TEXT, right=True)
    surface.fill(LINE, (area.left + 80, y + 36, area.width - used - 96, 8))
    surface.fill(GOOD, (area.left + 80, y + 36, round((area.width - used - 96) * s.gate) if s.gate > 0 else 0, 8))
    y = _list(surface, area, y + 64, "recalled, and below it what the gate lets in", s.memory, columns or 3, most[1])
    _list(surface, area, y, "actions", s.actions, columns or 3, most[2])


def _list(surface: pygame.Surface, area: pygame.Rect, y: int, title: str, items: list, columns: int, most: int) -> int:
    """(name, value, ...) with a signed bar a value, column by column, at most so many rows; returns the next y."""
    rows = max(1, min(-(-len(items) // columns), most))
    hidden = max(0, len(items) - rows * columns)
    _text(surface, (area.left, y), title + (f" · {hidden} more have no room" if hidden else ""), DIM, width=area.width)
    wide = (area.width + 16) // columns
    for i, (name, *values) in enumerate(items[: rows * columns]):
        cell = pygame.Rect(area.left + i // rows * wide, y + 22 + i % rows * ROW, wide - 16, ROW)
        _text(surface, cell.topleft, name, TEXT if any(values) else DIM, width=cell.width * 2 // 5)
        _text(surface, cell.topright, f"{values[0]:+.2f}", TEXT if values[0] else LINE, right=True)
        middle, half, tall = cell.left + cell.width * 7 // 10 - 20, cell.width * 3 // 10 - 26, 12 // len(values)
        surface.fill(LINE, (middle, cell.top + 3, 1, 12))
        for j, value in enumerate(values):  # full at 1; beyond that a bright end says so
            long = round(half * min(abs(value), 1.0)) if math.isfinite(value) else 0
            bar = pygame.Rect(middle if value > 0 else middle - long, cell.top + 3 + j * tall, long, tall - len(values) + 1)
            surface.fill(PLUS if value > 0 else MINUS, bar)
            if abs(value) > 1.005:
                surface.fill(TEXT, (bar.right - 2 if value > 0 else bar.left, bar.top, 2, bar.height))
    return y + rows * ROW + 36


def _text(surface, at, text, colour, size=SMALL, right=False, width=10_000) -> int:  # type: ignore[no-untyped-def]
    """Write a line, cut with an ellipsis where it is wider than `width`; returns its width."""
    font, cut = _font(size), text
    while cut and font.size(text)[0] > width:
        cut = cut[:-1]
        text = cut + "…"
    image = font.render(text, True, colour)
    surface.blit(image, image.get_rect(topright=at) if right else at)
    return int(image.get_width())


@functools.cache
def _font(size: int) -> pygame.font.Font:
    """DejaVu Sans, which comes with matplotlib: the same letters everywhere."""
    pygame.font.init()
    file = Path(matplotlib.get_data_path(), "fonts/ttf/DejaVuSans.ttf")
    return pygame.font.Font(file if file.is_file() else None, size)
