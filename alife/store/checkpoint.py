"""Checkpoints: written whole or not at all, read back before they count, never loaded when damaged."""

import contextlib
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from alife.core.errors import DiskError, InputError
from alife.store import archive, atomic

SCHEMA = archive.SCHEMA
Arrays = dict[str, np.ndarray]
Meta = dict[str, Any]


class NewerError(InputError):
    """A sound checkpoint of a later schema: not to be skipped like a damaged one."""


def save(path: Path, arrays: Mapping[str, np.ndarray], meta: Mapping[str, Any]) -> None:
    """Replace `path` by these arrays and JSON values; equal contents give equal bytes.

    The file takes its name only after it was fsync'ed and read back. DiskError: what stood there before still stands.
    Tuples in `meta` come back as lists, numbers as keys come back as strings.
    """
    atomic.write_bytes(Path(path), archive.pack(arrays, meta), check=_check)


def load(path: Path) -> tuple[Arrays, Meta]:
    """The arrays (writable, in the machine's own byte order) and meta of a checkpoint; InputError if it is not sound.

    Safe on any file: nothing in it is run, and memory stays near the size of the file. What shapes and values mean
    is for the caller to check.
    """
    try:
        with atomic.open_input(path) as file:
            return archive.unpack(file)
    except archive.NewerError as err:
        raise NewerError(f"{path}: {err}") from err
    except archive.DamagedError as err:
        raise InputError(f"{path} is damaged: {err}") from err
    except FileNotFoundError as err:
        raise InputError(f"no checkpoint at {path}") from err
    except OSError as err:
        raise InputError(f"cannot read {path}: {atomic.reason(err)}") from err
    except MemoryError as err:
        raise InputError(f"{path} does not fit into memory") from err


def _check(temp: Path) -> None:
    try:
        load(temp)
    except InputError as err:
        raise OSError(None, f"the disk did not keep what was written ({err})") from err


class Checkpoints:
    """A folder of `gen-000120.npz`: the newest `keep`, and for good each that `every` divides (0: none)."""

    def __init__(self, folder: Path, keep: int, every: int = 0) -> None:
        if keep < 1 or every < 0:
            raise ValueError(f"keep must be >= 1 and every >= 0, got {keep} and {every}")
        self.folder, self.keep, self.every = Path(folder), keep, every

    def path(self, generation: int) -> Path:
        """Where the checkpoint of a generation is or would be."""
        return self.folder / f"gen-{generation:06d}.npz"

    def generations(self) -> list[int]:
        """What is there, sound or not, oldest first."""
        try:
            names = set(os.listdir(self.folder))
        except FileNotFoundError:
            return []
        except OSError as err:
            raise InputError(f"cannot read {self.folder}: {atomic.reason(err)}") from err
        found = [int(m[1]) for name in names if (m := re.fullmatch(r"gen-([0-9]{6,18})\.npz", name))]
        return sorted(g for g in found if self.path(g).name in names)

    def save(self, generation: int, arrays: Mapping[str, np.ndarray], meta: Mapping[str, Any]) -> None:
        """Save, then prune. `generation` is stored in `meta`, so that a renamed file is noticed."""
        if not 0 <= generation < 10**18:
            raise ValueError(f"generation must be >= 0, got {generation}")
        if meta.get("generation", generation) != generation:
            raise ValueError(f"meta is of generation {meta['generation']}, the checkpoint of {generation}")
        try:
            if not self.folder.is_dir():
                os.mkdir(self.folder)
        except OSError as err:
            raise DiskError(f"cannot make {self.folder}: {atomic.reason(err)}") from err
        save(self.path(generation), arrays, {**meta, "generation": generation})
        self._prune(generation)

    def newest(self, note: Callable[[str], None]) -> tuple[int, Arrays, Meta] | None:
        """The newest sound checkpoint, None in an empty folder; `note` gets a line for each damaged one skipped.

        One of a newer schema is not skipped but refused: going on from an older one would undo a newer alife's work.
        """
        generations = self.generations()
        for generation in reversed(generations):
            try:
                return generation, *self._load(generation)
            except NewerError:
                raise
            except InputError as err:
                note(f"skipped: {err}")
        if generations:
            raise InputError(f"no sound checkpoint in {self.folder}: all {len(generations)} are damaged")
        return None

    def _load(self, generation: int) -> tuple[Arrays, Meta]:
        path = self.path(generation)
        arrays, meta = load(path)
        if meta.get("generation") != generation:
            raise InputError(f"{path} is damaged: it holds generation {meta.get('generation')}")
        return arrays, meta

    def _prune(self, saved: int) -> None:
        """Delete what is no longer wanted; `saved`, just read back, always stays.

        Later generations go too: whoever saves `saved` found them damaged, or left them behind.
        """
        with contextlib.suppress(OSError, InputError):
            generations = self.generations()
            recent = [g for g in generations if g <= saved][-self.keep :]
            for g in generations:
                if g in recent or g == saved or (self.every and g % self.every == 0 and g <= saved):
                    continue
                with contextlib.suppress(OSError):
                    os.unlink(self.path(g))
