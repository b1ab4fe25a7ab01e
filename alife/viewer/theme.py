"""Colours, letters and measures of the window. Few colours, each of them means something; eyes that confuse red and green are served."""

from __future__ import annotations

import functools
from pathlib import Path

import matplotlib
import numpy as np
import pygame

Colour = tuple[int, int, int]

GROUND, PANEL, RAISED, LINE = (17, 19, 24), (25, 28, 35), (38, 42, 51), (58, 63, 74)
FAINT, DIM, TEXT = (96, 102, 114), (139, 146, 158), (222, 225, 230)

ORANGE, SKY, GREEN, YELLOW, BLUE, VERMILION, PURPLE = OKABE_ITO = (
    (230, 159, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66), (0, 114, 178), (213, 94, 0), (204, 121, 167),
)  # fmt: skip
"""Told apart by colour-blind eyes. Okabe & Ito, Color Universal Design, 2008."""

PLUS, MINUS, FIRED, GOOD, BAD = ORANGE, SKY, YELLOW, GREEN, VERMILION
"""Above 0, below 0, what happens in this tick, right, wrong."""

SMALL, BIG, ROW, UNIT = 13, 20, 18, 8
"""Two sizes of letters, the height of a row, the rhythm of gaps; in pixels at scale 1."""


@functools.cache
def ramp(name: str) -> np.ndarray:
    """uint8 (256, 3): 'viridis' or 'cividis', from low to high, or 'signed': sky blue, ground, orange."""
    if name == "signed":
        t = np.linspace(-1, 1, 256)[:, None]
        ends = np.where(t < 0, np.array([MINUS]), np.array([PLUS]))
        return (np.array([GROUND]) * (1 - abs(t)) + ends * abs(t)).round().astype(np.uint8)
    return (matplotlib.colormaps[name](np.linspace(0, 1, 256))[:, :3] * 255).round().astype(np.uint8)


def shades(values: np.ndarray, low: float, high: float, name: str = "viridis") -> np.ndarray:
    """uint8 (.., 3): colours of values on a ramp from low to high; NaN is grey."""
    span = high - low
    place = np.clip((np.nan_to_num(values, nan=low) - low) / (span or 1.0), 0, 1) * 255
    found = ramp(name)[place.round().astype(np.int64)]
    return np.where(np.isnan(values)[..., None], np.array(FAINT, np.uint8), found).astype(np.uint8)


@functools.cache
def hues(count: int = 64) -> np.ndarray:
    """uint8 (count, 3): colours for names that have no order. The first seven are Okabe & Ito's; then golden-angle steps of equal lightness."""
    colours = [np.array(colour, np.float64) for colour in OKABE_ITO]
    for i in range(len(colours), count):
        angle, light = i * 2.399963, 168 + 40 * ((i // 3) % 3 - 1)
        wheel = np.array([np.cos(angle), np.cos(angle - 2.0944), np.cos(angle + 2.0944)])
        colours.append(np.clip(light + 84 * wheel, 40, 255))
    return np.array(colours[:count]).round().astype(np.uint8)


@functools.cache
def font(size: int) -> pygame.font.Font:
    """DejaVu Sans, which comes with matplotlib: the same letters everywhere."""
    pygame.font.init()
    file = Path(matplotlib.get_data_path(), "fonts/ttf/DejaVuSans.ttf")
    return pygame.font.Font(file if file.is_file() else None, size)


@functools.lru_cache(4096)  # letters cost more than all the rest of a picture
def written(text: str, colour: Colour, size: int, width: int) -> pygame.Surface:
    """A line of text, cut with an ellipsis where it is wider than `width` pixels."""
    letters, cut = font(size), text
    while cut and letters.size(text)[0] > width:
        cut = cut[:-1]
        text = cut + "…"
    return letters.render(text, True, colour)
