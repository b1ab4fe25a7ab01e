"""The window with its keys, and films of what it would show."""

from __future__ import annotations

import io
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pygame
from PIL import Image

from alife.core.errors import UserError
from alife.sim.agent import Agent
from alife.store import atomic
from alife.viewer.draw import draw, frame
from alife.viewer.lives import Lives

SIZE = (1200, 760)
FRAMES, FILM_TICKS, FASTEST = 30, 10, 1024
"""Frames a second of the window; frames, each a tick, a second of a film; ticks a second of the window, at most."""


class Window:
    """Shows lives on the open display, as fast as wanted, and obeys the keys."""

    def __init__(self, lives: Lives, shots: Path) -> None:
        self.lives, self.shots, self.message = lives, shots, ""
        self.speed, self.paused, self.helping, self.is_open = 8, False, False, True
        self._debt, self._late, self._stale = 0.0, False, True

    def run(self) -> None:
        """Until somebody leaves."""
        clock = pygame.time.Clock()
        while self.is_open:
            for event in pygame.event.get():
                self.handle(event)
            self.advance(clock.tick(FRAMES) / 1000)
            if self._stale:
                status = "paused" if self.paused else f"{'below ' if self._late else ''}{self.speed} ticks/s"
                draw(pygame.display.get_surface(), self.lives.snapshot(), status, self.message, self.helping)
                pygame.display.flip()
                self._stale = False

    def handle(self, event: pygame.event.Event) -> None:
        """One event; anything but the mouse asks for a new picture."""
        self._stale |= event.type != pygame.MOUSEMOTION
        self.is_open &= event.type != pygame.QUIT
        if event.type != pygame.KEYDOWN:
            return
        key, sign, self.message = event.key, event.unicode or "none", ""
        if key in (pygame.K_ESCAPE, pygame.K_q):
            self.is_open = False
        elif key == pygame.K_SPACE:
            self.paused = not self.paused
        elif key == pygame.K_n:
            self.lives.skip()
        elif key == pygame.K_h:
            self.helping = not self.helping
        elif key == pygame.K_p:
            self._shoot()
        elif sign == ".":
            self.paused = True
            self.lives.step()
        elif sign in "+=":
            self.speed = min(2 * self.speed, FASTEST)
        elif sign in "-_":
            self.speed = max(self.speed // 2, 1)

    def advance(self, seconds: float) -> None:
        """Live as many ticks as so many seconds are worth, but never for so long that a key has to wait."""
        self._debt = 0.0 if self.paused else self._debt + seconds * self.speed
        until = time.perf_counter() + 1 / FRAMES
        while self._debt >= 1:
            self.lives.step()
            self._stale = True
            self._debt -= 1 + self.speed // 2 * (self.lives.over and self.speed < FRAMES)  # time to see the end
            self._late = time.perf_counter() > until
            self._debt = 0.0 if self._late else self._debt

    def _shoot(self) -> None:
        s = self.lives.snapshot()
        path = self.shots / f"{s.world}_life{s.life}_tick{s.tick}{'_end' * s.over}.png"
        try:
            _save(path, Image.fromarray(frame(s, pygame.display.get_surface().get_size())), "PNG")
            self.message = f"saved {path}"
        except UserError as error:
            self.message = str(error)


def watch(agent: Agent, genomes: np.ndarray, label: str, shots: Path, source: str) -> list[float]:
    """Show lives in a window until it is closed; their scores. UserError where there is no display."""
    _open_display(source)
    try:
        window = Window(Lives(agent, genomes, label), shots)
        window.run()
    finally:
        pygame.display.quit()
    return window.lives.scores


def film(agent: Agent, genomes: np.ndarray, label: str, path: Path, seconds: float) -> list[float]:
    """The same as an animated GIF, without a display; the scores of the lives in it."""
    lives, images, total = Lives(agent, genomes, label), list[Image.Image](), max(2, round(seconds * FILM_TICKS))
    while True:
        image = Image.fromarray(frame(lives.snapshot(), SIZE, f"{FILM_TICKS} ticks/s"))
        images += (FILM_TICKS // 2 if lives.over else 1) * [image.quantize(128, Image.Quantize.FASTOCTREE)]
        if len(images) >= total:
            break
        lives.step()
    _save(path, images[0], "GIF", save_all=True, append_images=images[1:total], duration=1000 // FILM_TICKS, loop=0)
    return lives.scores


def _save(path: Path, image: Image.Image, kind: str, **options: Any) -> None:
    """Whole or not at all."""
    content = io.BytesIO()
    image.save(content, kind, **options)
    atomic.write_bytes(path, [content.getbuffer()])


def _open_display(source: str) -> None:
    """SDL silently takes an invisible driver where there is no display, and then nobody would ever see the window."""
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())  # without it, libwayland writes to stderr
    try:
        pygame.display.init()
        driver = pygame.display.get_driver()
        if driver not in ("dummy", "offscreen") or driver == os.environ.get("SDL_VIDEODRIVER"):
            pygame.display.set_mode(SIZE, pygame.RESIZABLE)
            pygame.display.set_caption(f"alife watch {source}")
            return
    except pygame.error as error:
        driver = str(error)
    pygame.display.quit()
    raise UserError(f"no display (SDL: {driver}). Without one: alife score RUN, or alife watch {source} --film out.gif")
