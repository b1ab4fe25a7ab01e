"""What in a restored state cannot be: kernels do not check their indices, so a file must never name a cell or a place that is not there."""

from __future__ import annotations

import numpy as np

from alife.core.places import Places
from worlds import _eco as e
from worlds._eco import Eco

_CONSTANT = ("fixed", "seed", "deeds", "first", "cells", "food_at", "others_at", "at", "looks", "founders")
_MOST = 1 << 30
"""No number that schedules change is larger."""


def fault(p: object, s: Eco, q: Places, fresh: Eco) -> str:
    """The first that cannot be, '' = nothing. `fresh` is the state of the same config before anybody lived."""
    for name in _CONSTANT:
        if getattr(s, name).tobytes() != getattr(fresh, name).tobytes():
            return f"{name}: expected that of the config"
    rows, columns, foods, reach = int(s.fixed[e.ROWS]), int(s.fixed[e.COLUMNS]), int(s.fixed[e.FOODS]), int(s.n[e.PREDATOR_REACH])
    hunters = len(s.predators)
    ranges: list[tuple[str, np.ndarray, int, int]] = [
        ("n", s.n, 0, _MOST), ("f", s.f, 0, 1), ("terrain", s.terrain, 0, e.DEEP), ("region", s.region, 0, len(s.value) - 1),
        ("food", s.food, 0, foods), ("drowned", s.drowned, 0, e.DEEP + 1), ("occupant", s.occupant, -1 - hunters, len(q.alive) - 1),
        ("predators", s.predators[:, 0], 0, rows - 1), ("predators", s.predators[:, 1], 0, columns - 1),
        ("predator_reach", s.n[e.PREDATOR_REACH : e.PREDATOR_REACH + 1], 0, (min(rows, columns) - 1) // 2 if hunters else reach),
        ("clock", s.clock, 0, _MOST << 30), ("status", s.status, 0, e.DIES + len(e.CAUSES) - 1),
    ]  # fmt: skip
    living = np.flatnonzero(q.alive)
    body = s.body[living]
    last = {
        "row": (e.ROW, 0, rows - 1), "column": (e.COLUMN, 0, columns - 1), "facing": (e.FACING, 0, 3),
        "deed": (e.DEED, -1, len(e.DEEDS) - 1), "target": (e.TARGET, -1, rows * columns - 1), "taste": (e.TASTE, 0, foods),
        "energy": (e.ENERGY, 0, 2**31), "crop": (e.CROP, 0, 2**31), "age": (e.AGE, 0, 2**31),
    }  # fmt: skip
    ranges += [(f"body, {name}", body[:, field], low, high) for name, (field, low, high) in last.items()]
    for name, values, low, high in ranges:
        if values.size and not bool(((values >= low) & (values <= high)).all()):  # NaN is not in any range
            return f"{name}: expected numbers from {low} to {high}"
    here = np.full(rows * columns, e.EMPTY, np.int64)
    here[body[:, e.ROW].astype(np.int64) * columns + body[:, e.COLUMN]] = living
    if (np.where(s.occupant >= 0, s.occupant, e.EMPTY) != here).any():
        return "occupant: expected every living agent in its own cell, and nobody else"
    return ""
