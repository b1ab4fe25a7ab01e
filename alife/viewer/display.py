"""Opening a real window, or saying why there is none."""

from __future__ import annotations

import os
import tempfile

import numpy as np
import pygame

from alife.core.errors import UserError
from alife.viewer.theme import MINUS, PANEL, PLUS

_INVISIBLE = ("dummy", "offscreen", "evdev")
"""Drivers of SDL that draw into memory. It takes the second without a word where there is no display; the last also reads keyboards."""
_HINTS = {
    "SDL_WINDOWS_DPI_AWARENESS": "permonitorv2",  # a pixel is a pixel; older Windows takes the best that it knows
    "SDL_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR": "0",  # do not switch off the desktop's effects: this is no game
}
_SCALES = ((2200, 1.0), (3000, 1.25), (4200, 1.5))
"""Widest desktop in pixels, and the scale of letters on it."""


def reach(source: str, instead: str = "alife run") -> None:
    """Connect to a display. UserError where nobody would see a window; it names the command that needs none.

    SDL_VIDEODRIVER=dummy, for tests, is obeyed.
    """
    try:
        _begin()
        driver = pygame.display.get_driver()
        if driver not in _INVISIBLE or driver == os.environ.get("SDL_VIDEODRIVER"):
            return
    except pygame.error as error:
        driver = str(error)
    pygame.display.quit()
    raise UserError(f"no display (SDL: {driver}). Without one: {instead} {source}, or alife watch {source} --film out.gif")


def open_window(source: str, size: tuple[int, int]) -> pygame.Surface:
    """A resizable window of so many pixels (W, H), no larger than the desktop; its surface. UserError as in `reach`."""
    reach(source)
    pygame.display.set_allow_screensaver(True)
    pygame.display.set_icon(_icon())
    pygame.display.set_caption(f"alife watch {source}")
    widest, highest = pygame.display.get_desktop_sizes()[0]
    try:
        return pygame.display.set_mode((min(size[0], widest), min(size[1], highest)), pygame.RESIZABLE)
    except pygame.error as error:
        raise UserError(f"no window (SDL: {error}). Without one: alife watch {source} --film out.gif") from error


def default_scale() -> float:
    """Scale of letters that suits the desktop: 1.0 to 2.0, by its width in pixels; 1.0 where there is none."""
    try:
        _begin()
        width = pygame.display.get_desktop_sizes()[0][0]
    except pygame.error:
        return 1.0
    return next((scale for widest, scale in _SCALES if width <= widest), 2.0)


def _begin() -> None:
    """SDL's video, told before it starts what kind of program this is."""
    for name, value in _HINTS.items():
        os.environ.setdefault(name, value)
    os.environ["SDL_VIDEO_X11_WMCLASS"] = os.environ["SDL_VIDEO_WAYLAND_WMCLASS"] = "alife"  # taskbars; pygame has set another
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())  # without it, libwayland writes to stderr
    pygame.display.init()


def _icon() -> pygame.Surface:
    """The Walsh-Hadamard matrix of order 8."""
    number = np.arange(8, dtype=np.uint8)
    odd = np.bitwise_count(number[:, None] & number[None]) & 1
    cells = np.where(odd[..., None], np.array(MINUS, np.uint8), np.array(PLUS, np.uint8)).repeat(7, 0).repeat(7, 1)
    icon = pygame.Surface((64, 64), 0, 32)
    icon.fill(PANEL)
    icon.blit(pygame.surfarray.make_surface(cells), (4, 4))
    return icon
