"""What runs there are, and how far each is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from alife.core.errors import UserError
from alife.store import database
from alife.store.folder import runs


def summaries(out: Path) -> list[dict[str, Any]]:
    """A row a run folder below `out`, oldest first: run, state, z, score, generations, world, seed."""
    return [_summary(path) for path in runs(out)]


def _summary(path: Path) -> dict[str, Any]:
    empty = {"run": str(path), "world": None, "seed": None, "state": "empty", "z": None, "score": None, "generations": 0}
    try:
        with database.read(path / "run.sqlite") as reader:
            summary = json.loads(reader.get("summary") or "{}")
            metrics = reader.metrics()
            latest = {"generations": int(metrics["generation"][-1]), "z": float(metrics["z"][-1])} if len(metrics["z"]) else {}
            known = {key: summary[key] for key in ("world", "seed", "z", "score", "generations") if key in summary}
            return {**empty, "state": reader.get("state") or "empty", **latest, **known}
    except (UserError, ValueError) as error:
        return {**empty, "state": f"damaged: {error}"}
