"""What the window writes: pictures, films, and worlds that were changed by hand, so that they can be lived again."""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import Any

import numpy as np
import pygame
from PIL import Image

from alife.core import config as configs
from alife.core.errors import DiskError, UserError
from alife.sim import edits
from alife.store import atomic
from alife.viewer import kit
from alife.viewer.frames import Frame
from alife.viewer.recorder import Recorder
from alife.viewer.stage import Stage, Ui

FILM_FRAMES = 20
"""Pictures a second of a film of the window."""


class Office:
    """Writes into one folder, under names that are not taken. `origin`: the config that was watched, as it was at tick 0."""

    def __init__(self, folder: Path, origin: Any, suffix: str = ".gif") -> None:
        self.folder, self.origin, self.suffix = folder, origin, suffix
        self._recorder: Recorder | None = None
        self._path = folder
        self._due = 0.0
        self.kept: tuple[Any, ...] = ()
        """edits that are on disk"""

    @property
    def is_recording(self) -> bool:
        """Whether a film is being made."""
        return self._recorder is not None

    @property
    def pictures(self) -> int:
        """In the film so far; 0 = none is being made."""
        return max(1, self._recorder.frames) if self._recorder else 0

    def _free(self, stem: str, suffix: str) -> Path:
        """A name in the folder that nobody has yet."""
        for i in range(10_000):
            path = self.folder / f"{stem}{f'_{i}' * bool(i)}{suffix}"
            if not path.exists():
                return path
        raise UserError(f"{self.folder} has ten thousand files called {stem}")

    def shoot(self, stage: Stage, ui: Ui, frame: Frame) -> str:
        """Save the window as PNG; where it is, in words."""
        surface = pygame.display.get_surface()
        stage.draw(surface, ui, frame, time.perf_counter())
        content = io.BytesIO()
        Image.fromarray(kit.pixels(surface)).save(content, "PNG")
        path = self._free(f"{frame.scene.name}_tick{frame.scene.tick}", ".png")
        _make(self.folder)
        atomic.write_bytes(path, [content.getbuffer()])
        return f"saved {path}"

    def record(self) -> str:
        """Begin a film, or end and save it; in words."""
        if self._recorder is None:
            _make(self.folder)
            self._path = self._free("film", self.suffix)
            self._recorder, self._due = Recorder(self._path, FILM_FRAMES), 0.0
            return "recording; R ends it"
        recorder, self._recorder = self._recorder, None
        if not recorder.frames:
            return "nothing was recorded"
        recorder.save()
        return f"saved {self._path}"

    def see(self, pixels: np.ndarray, now: float) -> str:
        """A picture of the window, which goes into the film if it is due; '' or why the film ended."""
        if self._recorder is None or now < self._due:
            return ""
        self._due = max(self._due + 1 / FILM_FRAMES, now - 1 / FILM_FRAMES)
        try:
            if self._recorder.add(pixels):
                return ""
        except UserError:
            return f"the window has another size now; {self.record()}"
        return f"the film is full; {self.record()}"

    def keep(self, source: Any) -> str:
        """Write the config and what was done by hand; the command that lives it all again, the last edit included."""
        folder = self._free(f"watched_{Path(self.origin.world.kind).stem}_s{self.origin.run.seed}", "")
        _make(folder)
        atomic.write_text(folder / "config.yaml", configs.dump(self.origin))
        atomic.write_text(folder / "edits.json", edits.dump(source.journal.edits))
        self.kept = source.journal.edits
        ticks = max([source.tick, *(edit.at + 1 for edit in self.kept[-1:])])  # an edit of the very end would not be done
        return f"saved; live it again: alife run {folder / 'config.yaml'} --edits {folder / 'edits.json'} --ticks {ticks}"


def _make(folder: Path) -> None:
    """A folder, if there is none. DiskError: it cannot be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DiskError(f"cannot make {folder}: {atomic.reason(error)}") from error
