"""What a run folder holds: the champion of a problem, or an ecosystem as it was saved last."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from alife.core.config import Config
from alife.core.errors import InputError
from alife.store import checkpoint
from alife.store.checkpoint import Arrays, Checkpoints, Meta
from alife.store.checkpoint import load as load_checkpoint
from alife.store.folder import RunFolder

OF_THE_RUN = ("census", "past")
"""What `alife run` saves beside the ecosystem's own `meta`."""

if TYPE_CHECKING:
    from alife.sim.ecosystem import Ecosystem
    from alife.sim.edits import Journal


def genome_of(folder: RunFolder) -> tuple[np.ndarray, dict[str, Any]]:
    """The champion's genome, float32 (genes,), and what was saved with it. InputError where there is none."""
    if not folder.champion.is_file():
        raise InputError(f"{folder.path} has no champion yet: {folder.champion.name} is missing")
    return champion_file(folder.champion), checkpoint.load(folder.champion)[1]


def champion_file(path: Path) -> np.ndarray:
    """The genome in a champion's file, float32 (genes,). InputError: there is none."""
    genome = checkpoint.load(path)[0].get("genome")
    if genome is None or genome.ndim != 1 or genome.dtype != np.float32:
        raise InputError(f"{path} holds no genome")
    return genome


def ecosystem_of(folder: RunFolder, config: Config, note: Callable[[str], None]) -> tuple[Ecosystem, int]:
    """The ecosystem at its newest sound checkpoint, and its tick; `note` gets a line for each damaged one. InputError: none."""
    journal = revived(folder, config, note)
    return journal.ecosystem, journal.ecosystem.tick


def revived(folder: RunFolder, config: Config, note: Callable[[str], None]) -> Journal:
    """The same, with what was done to it by hand."""
    from alife.sim.ecosystem import Ecosystem
    from alife.sim.edits import Journal, load

    found = Checkpoints(folder.checkpoints, config.run.keep).newest(note)
    if found is None:
        raise InputError(f"{folder.path} has no checkpoint yet")
    tick, arrays, meta = found
    journal = Journal(Ecosystem(config), load(folder.edits) if folder.edits.exists() else ())
    put_into(journal, folder, tick, arrays, meta)
    return journal


def put_into(journal: Journal, folder: RunFolder, tick: int, arrays: Arrays, meta: Meta) -> None:
    """An ecosystem, and its journal, become what a checkpoint of its run holds. InputError: it does not fit."""
    meta = dict(meta)
    try:
        journal.restore(meta.pop("edits", None))
        journal.ecosystem.restore(arrays, {key: value for key, value in meta.items() if key not in OF_THE_RUN})
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"checkpoint {tick} of {folder.path} does not fit this run's config: {error!r}") from error


def earlier(folder: RunFolder, config: Config, tick: int) -> dict[int, Callable[[], tuple[Arrays, Meta]]]:
    """Ticks of the checkpoints before one, and how each is loaded."""
    checkpoints = Checkpoints(folder.checkpoints, config.run.keep)
    return {at: partial(load_checkpoint, checkpoints.path(at)) for at in checkpoints.generations() if at < tick}
