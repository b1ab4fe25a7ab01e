"""Measures over time, as many as are named, in bounded room: the further back, the coarser."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np


class Series:
    """Named columns over ticks, at most `most` rows (4 or more).

    When all rows are taken, every other one of the older half goes, so what was long ago is told in larger steps, and the first tick stays.
    """

    def __init__(self, most: int = 4096) -> None:
        self.most = max(4, most)
        self._at: dict[str, int] = {}
        self._ticks = np.zeros(self.most, np.int64)
        self._values = np.zeros((self.most, 0), np.float64)
        self._count = 0

    def __len__(self) -> int:
        """Rows."""
        return self._count

    @property
    def names(self) -> tuple[str, ...]:
        """Of the columns, in the order in which they were first told."""
        return tuple(self._at)

    @property
    def ticks(self) -> np.ndarray:
        """int64 (rows,), growing; a copy."""
        return self._ticks[: self._count].copy()

    def add(self, tick: int, row: Mapping[str, float]) -> None:
        """What is so at a tick. A second row of the newest tick adds to it; older ticks stay as told until `rewind`."""
        if self._count and tick < self._ticks[self._count - 1]:
            return
        for name in row:
            self._at.setdefault(name, len(self._at))
        if more := len(self._at) - self._values.shape[1]:
            self._values = np.concatenate([self._values, np.full((len(self._ticks), more), np.nan)], axis=1)
        if not self._count or tick > self._ticks[self._count - 1]:
            if self._count == self.most:
                self._thin()
            self._ticks[self._count], self._values[self._count] = tick, np.nan
            self._count += 1
        for name, value in row.items():
            self._values[self._count - 1, self._at[name]] = value

    def _thin(self) -> None:
        half = self._count // 2
        kept = np.concatenate([np.arange(0, half, 2), np.arange(half, self._count)])
        self._ticks[: len(kept)], self._values[: len(kept)] = self._ticks[kept], self._values[kept]
        self._count = len(kept)

    def rewind(self, tick: int) -> None:
        """Forget all rows after a tick; names stay."""
        self._count = int(np.searchsorted(self._ticks[: self._count], tick, side="right"))

    def column(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Ticks int64 (rows,) and values float64 (rows,): NaN where the name was not told. Copies."""
        at = self._at.get(name)
        return self.ticks, np.full(self._count, np.nan) if at is None else self._values[: self._count, at].copy()

    def last(self, name: str) -> float:
        """The newest value that was told of a name; NaN if none was."""
        values = self.column(name)[1]
        told = values[~np.isnan(values)]
        return float(told[-1]) if len(told) else float("nan")

    def copy(self) -> Series:
        """Another one that tells the same and shares nothing."""
        other = Series(self.most)
        other.restore(self.saved())
        return other

    def saved(self) -> dict[str, Any]:
        """For `restore`: `ticks` int64 (rows,), `values` float64 (rows, names), `names` list[str]."""
        return {"ticks": self.ticks, "values": self._values[: self._count].copy(), "names": list(self._at)}

    def restore(self, saved: Mapping[str, Any]) -> None:
        """As it was saved; more rows than there is room for are told in larger steps."""
        ticks, values = np.asarray(saved["ticks"], np.int64), np.asarray(saved["values"], np.float64)
        self._at = {str(name): i for i, name in enumerate(saved["names"])}
        self._count = len(ticks)
        spare = max(0, self.most - len(ticks))
        self._ticks = np.concatenate([ticks, np.zeros(spare, np.int64)])
        self._values = np.concatenate([values, np.full((spare, len(self._at)), np.nan)])
        while self._count > self.most:
            self._thin()
