"""A run for TensorBoard: event files in RUN/tensorboard by tensorboardX (extra `tensorboard`), a scalar a measure and generation."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from alife.core.errors import UserError
from alife.evolve.evolution import Report

MEASURES = ("best", "mean", "median", "champion", "z", "diversity", "evaluations", "agent_ticks", "seconds")
"""Of a report; steps are generations."""
_FLUSH_SECONDS = 10


def check() -> None:
    """UserError where the extra is not installed."""
    _library()


def _library() -> Any:
    try:
        return importlib.import_module("tensorboardX")
    except ImportError:
        raise UserError("event files need: pip install 'alife[tensorboard]'") from None


@contextlib.contextmanager
def writer(run: Path | None, generation: int) -> Iterator[Callable[[Report], None]]:
    """Takes a report at a time, after so many generations; TensorBoard then forgets what it was told of later ones. None: takes none."""
    if run is None:
        yield lambda report: None
        return
    # names of files have seconds only: the suffix keeps a run that goes on at once from writing over its beginning
    purge = {"purge_step": generation + 1} if generation else {}
    with _library().SummaryWriter(str(run / "tensorboard"), flush_secs=_FLUSH_SECONDS, filename_suffix=f".{generation}", **purge) as events:

        def add(report: Report) -> None:
            for name in MEASURES:
                events.add_scalar(name, float(getattr(report, name)), report.generation)

        yield add
