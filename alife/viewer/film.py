"""A world and a mind as a film, without a display and without a clock: what the window shows, but for what is there to be clicked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pygame

from alife.viewer import docks, kit
from alife.viewer.camera import fit
from alife.viewer.docks import Docks
from alife.viewer.frames import Wants
from alife.viewer.grid import place_of
from alife.viewer.living import Living
from alife.viewer.player import Player
from alife.viewer.problem import ProblemSource
from alife.viewer.recorder import Recorder
from alife.viewer.stage import Stage, Ui
from alife.viewer.theme import BIG, DIM, GROUND, TEXT

SIZE = (960, 600)
RATE = 12
"""Pictures a second."""
_PICTURES = 4
"""Of a tick: time to read, and agents are seen to move."""
_LAST_LOOK = 24
"""Pictures for which the end of a life, and of the one who is followed, stays."""
_PACE = 8.0
"""Ticks a second with which the stage lets agents arrive while time pauses."""
_SHOWN = {"problem": Docks(mind=392, shown=("mind", "timeline")), "ecosystem": Docks(mind=392, shown=("mind",))}
_LEGEND = 24
"""Rows under the world."""
_BELOW = {"problem": docks.HINT + 26, "ecosystem": docks.HINT}
"""Rows of the window under the picture: the hint, and the buttons of the timeline."""
_CLOSE, _MARGIN = 16.0, 4
"""Pixels a cell, at least, where a mind is shown; cells between the followed agent and the edge of the view before that moves."""
SHORT, SHORT_RATE, SHORT_TICKS = (480, 320), 5, 40
"""A short film: pixels, pictures a second, and its longest."""
_SHORT_END = 8
"""Pictures for which the end of a life stays in it."""
_FOLDED = {"problem": frozenset[str](), "ecosystem": frozenset({"senses"})}


class Camera:
    """Takes pictures of a player that pauses. `follow`: whose mind is beside the world, None: nobody's, of a problem its only one."""

    def __init__(self, player: Player, mode: str = "species", follow: int | None = None,
                 size: tuple[int, int] = SIZE, shown: Docks | None = None) -> None:  # fmt: skip
        self.player, self.stage = player, Stage()
        self.kind = "ecosystem" if isinstance(player.source, Living) else "problem"
        self._canvas = kit.new((size[0], docks.MENU + size[1] + _BELOW[self.kind]))
        self.ui = Ui(self.kind, docks=shown or _SHOWN[self.kind], mode=mode, folded=_FOLDED[self.kind])
        self.follow(follow)

    def follow(self, agent: int | None) -> None:
        """Another mind."""
        self.ui.follow = agent
        if self.kind == "ecosystem" and ("mind" in self.ui.docks.shown) != (agent is not None):
            self.ui.docks = self.ui.docks.toggled("mind")
        mode = self.ui.mode
        self.player.want(keys=mode in ("key", "memory"), species=mode == "species", tree=False, follow=agent)
        self.player.publish()

    def picture(self, phase: float = 1.0) -> np.ndarray:
        """uint8 (H, W, 3): `phase` of the way from the tick before to this one."""
        self._aim()
        frame = replace(self.player.frame, published=0.0)  # the clock of a film
        self.stage.draw(self._canvas.surface, self.ui, frame, phase / _PACE)
        self._header()
        return kit.pixels(self._canvas.surface)[docks.MENU : -_BELOW[self.kind]]

    def _aim(self) -> None:
        """At the part of the world around the followed agent; it stays until the agent is about to leave it."""
        area = self.ui.laid_out.areas(self._canvas.rect.size)["world"]
        scene, size = self.player.frame.scene, (area.width, area.height - _LEGEND)
        at = None if self.ui.follow is None else place_of(scene, self.ui.follow)
        if at is None:
            return
        rows, columns = scene.land.shape[:2]
        view = self.ui.camera or fit(rows, columns, size)
        view = view.resized(size).zoomed(max(1.0, _CLOSE / view.scale), (0, 0))
        x, y, wide, tall = view.rect_of(int(at[0]), int(at[1]))
        near = pygame.Rect(0, 0, *size).inflate(-2 * _MARGIN * wide, -2 * _MARGIN * tall)
        if self.ui.camera is None or not near.contains(x, y, wide, tall):
            middle = []
            for place, cells, pixels in ((at[0], rows, size[1]), (at[1], columns, size[0])):
                half = min(pixels / view.scale, cells) / 2
                middle.append(min(max(place + 0.5, half), cells - half) - 0.5)
            view = view.centred_on(*middle)
        self.ui.camera = view

    def _header(self) -> None:
        """As in the window, but for the speed."""
        canvas, scene, area = self._canvas, self.player.frame.scene, self.stage.areas["header"]
        canvas.fill(area, GROUND)
        at = area.left + 16 + canvas.text((area.left + 16, area.top + 8), scene.name, TEXT, BIG) + 16
        if self.kind == "ecosystem":
            words = f"tick {scene.tick:,} · {int(scene.numbers['population']):,} agents"
        else:
            right, asked = scene.answers
            words = f"life {scene.life:,} · {'over' if scene.is_over else scene.phase}" + f" · {right} of {asked} right" * bool(asked)
        canvas.text((at, area.top + 13), words, DIM, width=area.right - at)


def film(source: Living | ProblemSource, recorder: Recorder, seconds: float, mode: str = "species", follow: int | None = None) -> None:
    """Have a film of so many seconds recorded, RATE pictures a second; it is not saved yet.

    `follow`: an agent of an ecosystem whose mind is shown; None: the champion's, and when that has died the next one's.
    """
    chosen = source.champion() if isinstance(source, Living) and follow is None else follow
    camera = Camera(Player(source, Wants(), paused=True), mode, chosen)
    total, gone = max(2, round(seconds * RATE)), 0
    while recorder.frames < total:
        is_last = camera.player.frame.scene.is_over or source.is_over
        for k in range(_LAST_LOOK if is_last else _PICTURES):
            recorder.add(camera.picture(min((k + 1) / _PICTURES, 1.0) if isinstance(source, Living) else 1.0))
            if recorder.frames == total:
                return
        if not camera.player.live(1):
            return
        camera.player.publish()
        if isinstance(source, Living) and follow is None and chosen is not None and source.place_of(chosen) < 0:
            gone += _PICTURES
            if gone >= _LAST_LOOK:
                chosen, gone = source.champion(), 0
                camera.follow(chosen)


def short(source: Living | ProblemSource, recorder: Recorder, still: int = 0) -> np.ndarray:
    """Have a film of the world alone recorded, a picture a tick, to the end of the life or SHORT_TICKS; it is not saved yet.

    The picture, uint8 (H, W, 3), `still` ticks from now; of a longer life that tick is late in the film.
    """
    skipped = max(0, still + _SHORT_END - SHORT_TICKS)
    source.advance(skipped)
    shown = Docks(shown=("timeline",) if isinstance(source, ProblemSource) else ())
    camera = Camera(Player(source, Wants(), paused=True), size=SHORT, shown=shown)
    found = camera.picture()
    for tick in range(skipped, skipped + SHORT_TICKS):
        picture = camera.picture()
        if tick == still:
            found = picture
        is_last = camera.player.frame.scene.is_over or source.is_over
        for _ in range(_SHORT_END if is_last else 1):
            recorder.add(picture)
        if is_last or not camera.player.live(1):
            break
        camera.player.publish()
    return found
