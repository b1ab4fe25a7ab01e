"""Films of the window, frame by frame: an animated GIF, or an MP4 where the extra `video` is installed."""

from __future__ import annotations

import importlib
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
from PIL import GifImagePlugin, Image

from alife.core import rng
from alife.core.errors import ConfigError, UserError
from alife.store import atomic

SUFFIXES = (".gif", ".mp4")
FASTEST = 50
"""Frames a second; browsers show a faster GIF at a tenth of its speed."""

_IN_MEMORY, _CHUNK = 1 << 25, 1 << 20
"""Bytes of a film that is being made before it goes to the disk; bytes that are copied at a time."""

_CLEAR, _SHADES, _NEAR = 255, 64, 24
"""Palette index of what stays as it was; shades of each of red, green and blue that are told apart; squared distance within which a
colour does not deserve an entry of its own while the palette is empty."""


class Recorder:
    """Takes frames as they come and keeps them small; `save` makes the file, whole or not at all. No file before that.

    ConfigError: a suffix other than .gif and .mp4, or a speed that films do not have. UserError: .mp4 without the extra `video`.
    """

    def __init__(self, path: Path, fps: float, most_frames: int = 3000) -> None:
        self.path, self.most_frames, self.frames = Path(path), most_frames, 0
        if not 0 < fps <= FASTEST:
            raise ConfigError(f"film: expected more than 0 and at most {FASTEST} frames a second, got {fps:g}")
        suffix = self.path.suffix.lower()
        if suffix not in SUFFIXES:
            raise ConfigError(f"film: expected a file name that ends in {' or '.join(SUFFIXES)}, got {str(path)!r}")
        self._film: _Gif | _Mp4 = _Gif(fps) if suffix == ".gif" else _Mp4(fps)
        self._shape: tuple[int, ...] | None = None

    def add(self, frame: np.ndarray) -> bool:
        """The next frame, uint8 (H, W, 3); False, and nothing added, where there are `most_frames` already.

        UserError where it is of another size than the first one.
        """
        if self.frames >= self.most_frames:
            return False
        self._shape = self._shape or frame.shape
        if frame.shape != self._shape or frame.dtype != np.uint8 or frame.ndim != 3 or frame.shape[2] != 3:
            raise UserError(f"film: expected frames uint8 {self._shape}, got {frame.dtype} {frame.shape}")
        self._film.add(np.ascontiguousarray(frame))
        self.frames += 1
        return True

    def save(self) -> None:
        """Write the file. UserError without any frame; DiskError where the disk takes it not. Nothing can be added after it."""
        if not self.frames:
            raise UserError("film: nothing has been recorded")
        self.most_frames = self.frames
        atomic.write_bytes(self.path, self._film.chunks())


class _Gif:
    """One palette for all frames, which grows with the colours that come; a frame stores the box around what changed."""

    def __init__(self, fps: float) -> None:
        self._fps, self._frames, self._palette = fps, 0, _Palette()
        self._last = np.zeros((0, 0), np.uint8)
        self._blocks: IO[bytes] = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  (closed with the film)

    def add(self, frame: np.ndarray) -> None:
        """Quantise, compress and store what changed."""
        indices = self._palette.indices(frame)
        top, left, changed = 0, 0, indices
        if self._frames:
            rows, columns = (np.flatnonzero((indices != self._last).any(axis=axis)) for axis in (1, 0))
            top, bottom, left, right = (rows[0], rows[-1] + 1, columns[0], columns[-1] + 1) if len(rows) else (0, 1, 0, 1)
            box = slice(top, bottom), slice(left, right)
            changed = np.where(indices[box] == self._last[box], np.uint8(_CLEAR), indices[box])
        self._last = indices
        delay = round(100 * (self._frames + 1) / self._fps) - round(100 * self._frames / self._fps)  # hundredths of a second
        self._frames += 1
        image = Image.fromarray(changed)
        for piece in GifImagePlugin.getdata(image, (int(left), int(top)), duration=10 * delay, transparency=_CLEAR, disposal=1):
            self._blocks.write(piece)

    def chunks(self) -> Iterator[bytes]:
        """Header with the palette, an endless loop, the frames, the end."""
        height, width = self._last.shape
        yield b"GIF89a" + struct.pack("<HHBBB", width, height, 0xF7, 0, 0) + self._palette.colours.tobytes()
        yield b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"
        self._blocks.seek(0)
        while chunk := self._blocks.read(_CHUNK):
            yield chunk
        self._blocks.seek(0, 2)
        yield b";"


class _Palette:
    """Up to 255 colours. A colour joins when none of those there is near; what is near is farther, the fewer places are left.

    One frame takes three quarters of the free places at most, so that there are some for what comes later.
    """

    def __init__(self) -> None:
        self.colours = np.zeros((256, 3), np.uint8)
        self._used = 0
        self._index = np.full(_SHADES**3, -1, np.int16)

    def indices(self, frame: np.ndarray) -> np.ndarray:
        """uint8 (H, W): the colours of a frame, those that come for the first time in order of their area, equal ones at random."""
        shades = (frame >> 2).astype(np.int32)
        codes = (shades[..., 0] * _SHADES + shades[..., 1]) * _SHADES + shades[..., 2]
        found = self._index[codes]
        if (new := found < 0).any():
            unknown, where, area = np.unique(codes[new], return_index=True, return_counts=True)
            colours, most = frame[new][where], self._used + (3 * (_CLEAR - self._used) + 3) // 4
            for i in np.lexsort((rng.bits(len(area), 0), -area)):
                self._index[unknown[i]] = self._place(colours[i], most)
            found = self._index[codes]
        return found.astype(np.uint8)

    def _place(self, colour: np.ndarray, most: int) -> int:
        """The entry that stands for a colour; it may be one more as long as there are not `most`."""
        used = self._used
        away = ((self.colours[:used].astype(np.int64) - colour) ** 2).sum(axis=1)
        near = int(np.argmin(away)) if used else -1
        if used < most and (not used or away[near] * (most - used) > _NEAR * _CLEAR):
            self.colours[used] = colour
            self._used += 1
            return used
        return near


class _Mp4:
    """H.264 by ffmpeg, written to a temporary file as the frames come."""

    def __init__(self, fps: float) -> None:
        try:
            imageio: Any = importlib.import_module("imageio.v2")
            importlib.import_module("imageio_ffmpeg")
        except ImportError:
            raise UserError("an .mp4 needs: pip install 'alife[video]' (a .gif needs nothing)") from None
        self._folder = tempfile.TemporaryDirectory(prefix="alife-film-")
        self._file = Path(self._folder.name, "film.mp4")
        self._writer = imageio.get_writer(self._file, format="FFMPEG", fps=fps, codec="libx264", macro_block_size=1, quality=8)

    def add(self, frame: np.ndarray) -> None:
        """Through to ffmpeg; H.264 wants even sides, so that the last row or column may come twice."""
        height, width = frame.shape[:2]
        self._writer.append_data(np.pad(frame, ((0, height % 2), (0, width % 2), (0, 0)), "edge"))

    def chunks(self) -> Iterator[bytes]:
        """The file, complete."""
        self._writer.close()
        with self._file.open("rb") as film:
            while chunk := film.read(_CHUNK):
                yield chunk
