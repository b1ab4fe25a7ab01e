"""What runs there are, and how far each is."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

from alife.core.errors import UserError
from alife.store import chronicle, database
from alife.store.folder import runs, seems_held
from alife.store.status import size


def summaries(out: Path) -> list[dict[str, Any]]:
    """A row a run folder below `out`, oldest first: run, state, world, seed; z, score, generations, or ticks, population; age, bytes.

    A run that is not done, and whose process is gone, is `killed`. Age: seconds since something was last written into its database;
    None where there is none.
    """
    return [_told(path) for path in runs(out)]


def _told(path: Path) -> dict[str, Any]:
    row = _summary(path) | {"age": _age(path / "run.sqlite"), "bytes": size(path)}
    return row | {"state": "killed"} if row["state"] == "running" and not seems_held(path) else row


def _age(file: Path) -> float | None:
    """A write-ahead log may be newer than its database."""
    times = [part.stat().st_mtime for part in (file, file.with_name(file.name + "-wal")) if part.is_file()]
    return max(0.0, time.time() - max(times)) if times else None


def _summary(path: Path) -> dict[str, Any]:
    empty = {"run": str(path), "world": None, "seed": None, "state": "empty", "z": None, "score": None, "generations": 0}
    empty |= {"ticks": None, "population": None}
    try:
        if chronicle.is_chronicle(path / "run.sqlite"):
            return empty | {"generations": None} | _ecosystem(path)
        with database.read(path / "run.sqlite") as reader:
            summary = reader.document("summary")
            metrics = reader.metrics()
            latest = {"generations": int(metrics["generation"][-1]), "z": float(metrics["z"][-1])} if len(metrics["z"]) else {}
            known = {key: summary[key] for key in ("world", "seed", "z", "score", "generations") if _fits(key, summary.get(key))}
            return {**empty, "state": reader.get("state") or "empty", **latest, **known}
    except (UserError, ValueError) as error:
        return {**empty, "state": f"damaged: {error}"}


def _ecosystem(path: Path) -> dict[str, Any]:
    with chronicle.read(path / "run.sqlite") as reader:
        summary = reader.document("summary")
        ticks, population = _newest(reader).get("population", (None, None))
        state = reader.get("state") or "empty"
    known = {key: summary[key] for key in ("world", "seed", "ticks", "population") if _fits(key, summary.get(key))}
    return {"state": state, "ticks": ticks, "population": None if population is None else int(population), **known}


def _fits(key: str, value: Any) -> bool:
    """Whether a summary says something of the right kind there."""
    if key == "world":
        return isinstance(value, str)
    return type(value) is int or (key in ("z", "score") and type(value) is float and math.isfinite(value))


def newest(run: Path) -> dict[str, float]:
    """The newest value of each measure in an ecosystem's time series."""
    with chronicle.read(run / "run.sqlite") as reader:
        return {name: value for name, (_, value) in _newest(reader).items()}


def _newest(reader: chronicle.Reader) -> dict[str, tuple[int, float]]:
    return {name: (int(ticks[-1]), float(values[-1])) for name, (ticks, values) in reader.series().items()}
