"""What the window would show, as a film, without a display and without a clock."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from alife.viewer import kit
from alife.viewer.docks import Docks
from alife.viewer.frames import Wants
from alife.viewer.living import Living
from alife.viewer.player import SPEEDS, Player
from alife.viewer.problem import ProblemSource
from alife.viewer.recorder import Recorder
from alife.viewer.stage import Stage, Ui

SIZE = (1200, 760)
PROBLEM_FRAMES, ECOSYSTEM_FRAMES = 10, 20
"""Pictures a second; of a problem each is a tick, of an ecosystem every other one is, with the motion between them."""
_LAST_LOOK = 5
"""Pictures for which the end of a life stays."""


class Camera:
    """Takes pictures of a player, one after another."""

    def __init__(self, player: Player, mode: str = "species", follow: int | None = None, size: tuple[int, int] = SIZE) -> None:
        self.player, self.size, self.stage = player, size, Stage()
        kind = "ecosystem" if isinstance(player.source, Living) else "problem"
        self.ui = Ui(kind, docks=Docks(), mode=mode, follow=follow)
        player.want(keys=mode in ("key", "memory"), species=mode == "species", tree=True, follow=follow)
        player.publish()

    def picture(self, phase: float = 1.0) -> np.ndarray:
        """uint8 (H, W, 3): the window now, `phase` of the way from the tick before to this one."""
        canvas = kit.new(self.size, self.ui.scale)
        frame = self.player.frame
        self.stage.draw(canvas.surface, self.ui, frame, frame.published + phase / min(max(frame.speed, 1.0), 8.0))
        return kit.pixels(canvas.surface)

    def step(self) -> None:
        """Live a tick, and be ready for its pictures."""
        self.player.live(1)
        self.player.publish()


def film(source: Living | ProblemSource, path: Path, seconds: float, mode: str = "species", follow: int | None = None) -> int:
    """Write a film of so many seconds, .gif or .mp4; returns the ticks in it. `follow`: an agent whose mind is shown."""
    player = Player(source, Wants(follow=follow), paused=True)
    player.speed = SPEEDS.index(8)
    camera, started = Camera(player, mode, follow), source.tick
    is_problem = isinstance(source, ProblemSource)
    rate = PROBLEM_FRAMES if is_problem else ECOSYSTEM_FRAMES
    recorder, total = Recorder(path, rate), max(2, round(seconds * rate))
    while recorder.frames < total and not (source.is_over and recorder.frames > 1):
        for phase in (1.0,) if is_problem else (0.5, 1.0):
            image = camera.picture(phase)
            for _ in range(_LAST_LOOK if player.frame.scene.is_over else 1):
                if recorder.frames < total:
                    recorder.add(image)
        if recorder.frames < total:
            camera.step()
    recorder.save()
    return source.tick - started
