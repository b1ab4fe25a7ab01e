"""What a run folder holds: the champion of a problem, or an ecosystem as it was saved last."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from alife.core.config import Config
from alife.core.errors import InputError
from alife.store import checkpoint
from alife.store.checkpoint import Checkpoints
from alife.store.folder import RunFolder

OF_THE_RUN = ("census", "past")
"""What `alife run` saves beside the ecosystem's own `meta`."""

if TYPE_CHECKING:
    from alife.sim.ecosystem import Ecosystem


def genome_of(folder: RunFolder) -> tuple[np.ndarray, dict[str, Any]]:
    """The champion's genome, float32 (genes,), and what was saved with it. InputError where there is none."""
    if not folder.champion.is_file():
        raise InputError(f"{folder.path} has no champion yet: {folder.champion.name} is missing")
    arrays, meta = checkpoint.load(folder.champion)
    genome = arrays.get("genome")
    if genome is None or genome.ndim != 1 or genome.dtype != np.float32:
        raise InputError(f"{folder.champion} holds no genome")
    return genome, meta


def ecosystem_of(folder: RunFolder, config: Config, note: Callable[[str], None]) -> tuple[Ecosystem, int]:
    """The ecosystem at its newest sound checkpoint, and its tick; `note` gets a line for each damaged one. InputError: none."""
    from alife.sim.ecosystem import Ecosystem

    found = Checkpoints(folder.checkpoints, config.run.keep).newest(note)
    if found is None:
        raise InputError(f"{folder.path} has no checkpoint yet")
    tick, arrays, meta = found
    ecosystem = Ecosystem(config)
    try:
        ecosystem.restore(arrays, {key: value for key, value in meta.items() if key not in OF_THE_RUN})
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"checkpoint {tick} of {folder.path} does not fit this run's config: {error!r}") from error
    return ecosystem, tick
