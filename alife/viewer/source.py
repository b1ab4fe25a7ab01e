"""What the window asks of a simulation. Nothing here knows pygame, a clock, or a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from alife.viewer.scene import Scene

if TYPE_CHECKING:
    from alife.core.config import Config
    from alife.core.layout import Layout
    from alife.insight.moment import Moment


class Source(Protocol):
    """A world that can be lived on, looked at, taken back, doubled and changed by hand.

    Time is counted in ticks done, 0 at the start. `scene` and `moment` tell of the world as it stands, and of what the agents will
    think and do about it in the tick to come. Looking changes nothing: `digest` is the same before and after.
    """

    config: Config
    layout: Layout

    @property
    def tick(self) -> int:
        """Ticks done."""

    @property
    def is_over(self) -> bool:
        """Nothing will ever happen any more."""

    def advance(self, ticks: int) -> int:
        """Live up to so many ticks; returns those done. What was done by hand at the tick reached, now or when it was here before,
        is done; also with 0 ticks."""

    def scene(self, keys: bool = False, species: bool = False) -> Scene:
        """How it looks now; `keys`: with the columns key, recall and gate; `species`: with that column."""

    def moment(self, agent: int) -> Moment | None:
        """The thought of an agent, by its id; None where there is no such agent any more."""

    def genome(self, agent: int) -> np.ndarray:
        """float32 (*shape): its genes as they are now. KeyError: no such agent."""

    def save(self) -> Any:
        """All that the ticks to come depend on; plain arrays and data, for `restore`. `size_of(saved)` tells how large."""

    def restore(self, saved: Any) -> None:
        """Back to where that was saved. Nothing has changed where it raises a UserError."""

    def fork(self) -> Source:
        """A twin that goes on from here on its own, with the same luck."""

    def edit(self, edit: Any) -> str:
        """Change something by hand, now; what happened, in words. UserError, and nothing has happened: it cannot be done."""

    def visible(self) -> bytes:
        """What eyes could see of this tick: equal where nothing differs between twins."""

    def forget_future(self) -> None:
        """Edits that were to come, because time was taken back, will not come."""

    def digest(self) -> str:
        """SHA-256 of the state."""


def size_of(saved: Any) -> int:
    """Bytes of the arrays in nested plain data."""
    if isinstance(saved, np.ndarray):
        return int(saved.nbytes)
    if isinstance(saved, dict):
        return sum(map(size_of, saved.values()))
    return sum(map(size_of, saved)) if isinstance(saved, (list, tuple)) else 0
