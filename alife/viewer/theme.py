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

HUNTER = (250, 80, 220)
"""Who hunts agents, as in the pictures of worlds; `hues` keeps away from it."""

SMALL, BIG, ROW, UNIT = 13, 20, 18, 8
"""Two sizes of letters, the height of a row, the rhythm of gaps; in pixels at scale 1."""


@functools.cache
def ramp(name: str) -> np.ndarray:
    """uint8 (256, 3): 'viridis' or 'cividis', from low to high, or 'signed': sky blue, ground, orange; 'kin': with grey in the middle.

    The two that have no middle begin at a quarter of the way: what is darker does not show on the ground.
    """
    if name in ("signed", "kin"):
        t = np.linspace(-1, 1, 256)[:, None]
        ends = np.where(t < 0, np.array([MINUS]), np.array([PLUS]))
        return (np.array([GROUND if name == "signed" else FAINT]) * (1 - abs(t)) + ends * abs(t)).round().astype(np.uint8)
    return (matplotlib.colormaps[name](np.linspace(0.25, 1, 256))[:, :3] * 255).round().astype(np.uint8)


def shades(values: np.ndarray, low: float, high: float, name: str = "viridis") -> np.ndarray:
    """uint8 (.., 3): colours of values on a ramp from low to high; NaN is grey."""
    span = high - low
    place = np.clip((np.nan_to_num(values, nan=low) - low) / (span or 1.0), 0, 1) * 255
    found = ramp(name)[place.round().astype(np.int64)]
    return np.where(np.isnan(values)[..., None], np.array(FAINT, np.uint8), found).astype(np.uint8)


@functools.cache
def hues(count: int = 64) -> np.ndarray:
    """uint8 (count, 3): colours for names that have no order. The first seven are Okabe & Ito's; each that follows is as far as can be
    from all before it, and from the grey of what is not told, among 1,728 that are light enough for the ground and no grey."""
    levels = np.arange(24, 256, 21)
    every = np.stack(np.meshgrid(levels, levels, levels), -1).reshape(-1, 3)
    seen = _oklab(every)
    is_fit = (seen[:, 0] > 0.55) & (np.hypot(seen[:, 1], seen[:, 2]) > 0.07)
    is_fit &= np.linalg.norm(seen - _oklab(np.array([HUNTER])), axis=1) > 0.12
    every, seen = every[is_fit], seen[is_fit]
    colours = [np.array(colour) for colour in OKABE_ITO]
    far = np.full(len(every), np.inf)
    for taken in _oklab(np.array([*OKABE_ITO, FAINT, TEXT])):
        far = np.minimum(far, np.linalg.norm(seen - taken, axis=1))
    while len(colours) < count:
        best = int(far.argmax())
        colours.append(every[best])
        far = np.minimum(far, np.linalg.norm(seen - seen[best], axis=1))
    return np.array(colours[:count]).astype(np.uint8)


def _oklab(rgb: np.ndarray) -> np.ndarray:
    """float64 (n, 3): lightness 0..1, and two axes of colour, in which distances are what eyes see. Ottosson, 2020."""
    share = rgb / 255
    light = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    cones = light @ np.array([[0.4122, 0.2119, 0.0883], [0.5363, 0.6807, 0.2817], [0.0514, 0.1074, 0.6300]])
    return np.asarray(np.cbrt(cones) @ np.array([[0.2105, 1.9780, 0.0259], [0.7936, -2.4286, 0.7828], [-0.0041, 0.4506, -0.8087]]))


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
