"""Snapshots to go back to: many of the recent past, few of long ago, within a budget of bytes."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from alife.viewer.source import size_of

LARGEST = 1 << 30
"""Bytes that snapshots take at most; less where the machine has less than four times that."""


def budget() -> int:
    """Bytes for snapshots on this machine."""
    if not hasattr(os, "sysconf"):
        return LARGEST // 4
    return min(LARGEST, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 8)


class History:
    """Snapshots by their tick. The first and the newest one are always kept. `saved`: ticks of those on disk, and how to load them."""

    def __init__(self, most_bytes: int | None = None, most: int = 200, saved: Mapping[int, Callable[[], Any]] | None = None) -> None:
        self._room, self._most = budget() if most_bytes is None else most_bytes, most
        self._found: dict[int, tuple[Any, int]] = {}
        self.saved = dict(saved or {})

    @property
    def ticks(self) -> list[int]:
        """Of the snapshots in memory, ascending."""
        return sorted(self._found)

    @property
    def first(self) -> int:
        """The earliest tick that can be gone to."""
        return min([*self._found, *self.saved])

    def add(self, tick: int, saved: Any) -> None:
        """Keep this; what is worth least goes where there is no room."""
        self._found[tick] = (saved, size_of(saved))
        while len(self._found) > 2 and (len(self._found) > self._most or sum(size for _, size in self._found.values()) > self._room):
            del self._found[self._least()]

    def _least(self) -> int:
        """The snapshot whose loss makes the smallest gap for its age."""
        ticks = self.ticks
        now = ticks[-1]
        gaps = [((after - before) / (now - tick + 1), tick) for before, tick, after in zip(ticks, ticks[1:], ticks[2:], strict=False)]
        return min(gaps)[1]

    def before(self, tick: int) -> int | None:
        """The newest snapshot at a tick or before it; None where there is none."""
        return max((t for t in [*self._found, *self.saved] if t <= tick), default=None)

    def at(self, tick: int) -> Any:
        """The snapshot of exactly this tick. KeyError: there is none."""
        return self._found[tick][0] if tick in self._found else self.saved[tick]()

    def forget_after(self, tick: int) -> None:
        """History forks here: what came later will not come so again."""
        self._found = {t: kept for t, kept in self._found.items() if t <= tick}
        self.saved = {t: load for t, load in self.saved.items() if t <= tick}
