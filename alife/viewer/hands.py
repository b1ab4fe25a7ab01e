"""Changing a world by hand: what the brush, the tools and the buttons of the mind panel ask of the player, as edits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from alife.core.errors import UserError
from alife.sim.edits import Happen, Mind, Paint, Put, encoded
from alife.viewer.gates import half_of, held_of
from alife.viewer.living import Living
from alife.viewer.player import Player
from alife.viewer.stage import Ui

AGENTS = {
    "agent: selected": "a child of nobody with the genes of the agent that is followed",
    "agent: most children": "the same with the genes of the living agent that has most children",
    "agent: file …": "the same with the genes of a champion: a run folder or its champion file",
}
_HAPPENINGS: dict[str, dict[str, Any]] = {
    "drought": {"share": 0.5, "ticks": 1000},
    "flood": {"share": 0.2, "ticks": 1000},
    "plague": {"share": 0.5},
    "migration": {"number": 100},
}
LARGEST_BRUSH = 15


class Hands:
    """Makes edits. `load`: genes float32 (genes,) of the champion in a file or run folder."""

    def __init__(self, player: Player, ui: Ui, load: Callable[[Path], np.ndarray]) -> None:
        self.player, self.ui, self._load = player, ui, load
        self._genes: np.ndarray | None = None
        """of the agents that the brush sets down"""

    @property
    def source(self) -> Any:
        """What is edited."""
        return self.player.source

    def brushes(self) -> dict[str, str]:
        """Name -> words of what the pointer can do."""
        world = self.source.config.world
        if not isinstance(self.source, Living) or not world.offers("brushes"):
            return {}
        return {**dict(world.ask("brushes")), **AGENTS}

    def take(self, name: str) -> None:
        """Take a brush in hand. UserError where there is no such agent."""
        if name in AGENTS:
            self._genes = self._genes_of(name)
        self.ui.brush = (name, self.brushes()[name])

    def take_from(self, path: Path) -> None:
        """Set down agents with the genes of a file. UserError where it holds none that fit."""
        genes = self._load(path)
        wanted = int(np.prod(self.source.ecosystem.shape))
        if genes.size != wanted:
            raise UserError(f"{path}: expected {wanted:,} genes for this world's controller, got {genes.size:,}")
        self._genes = genes
        self.ui.brush = ("agent: file …", f"agents with the genes of {path.name}")

    def _genes_of(self, name: str) -> np.ndarray:
        is_chosen = name == "agent: selected"

        def genes() -> np.ndarray:
            agent = self.ui.chosen if is_chosen else self.source.champion()
            if agent is None:
                raise UserError("click an agent first, and then take this brush" if is_chosen else "nobody lives")
            try:
                return np.asarray(self.source.genome(agent)).ravel()
            except KeyError:
                raise UserError(f"agent {agent:,} is dead") from None

        return np.asarray(self.player.ask(genes))

    def stroke(self, row: int, column: int) -> None:
        """What the brush does at a cell."""
        if self.ui.brush is None:
            return
        name, cells = self.ui.brush[0], tuple(self._cells(row, column))
        if name in AGENTS and self._genes is not None:
            genome = encoded(self._genes)
            self._do(lambda at: Put(at=at, cells=cells, genome=genome), is_part=True)
        else:
            self._do(lambda at: Paint(at=at, brush=name, cells=cells), is_part=True)

    def _cells(self, row: int, column: int) -> list[int]:
        """Cells under a round brush around one; the world is a torus."""
        rows, columns = self.player.frame.scene.land.shape[:2]
        size = self.ui.brush_size
        reach = range(-(size // 2), size - size // 2)
        near = [(r, c) for r in reach for c in reach if 4 * (r * r + c * c) <= size * size]
        return sorted({(row + r) % rows * columns + (column + c) % columns for r, c in near})

    def happen(self, what: str) -> None:
        """A drought, a flood, a plague, newcomers."""
        self._do(lambda at: Happen(at=at, do=what, **_HAPPENINGS[what]))

    def mind(self, do: Any, other: int | None = None) -> None:
        """An experiment on the memory of the followed agent, or back to its genes."""
        agent = self._agent()
        self._do(lambda at: Mind(at=at, agent=agent, do=do, other=other), beside=True)

    def force(self, half: int, layer: int, unit: int) -> None:
        """The gate of the followed agent is from now on what it is not now; of one that is held, not what it is held to be."""
        agent, story = self._agent(), self.player.frame.story
        strips = [s for s in (story.look.strips if story.look else []) if half_of(s.name)[0] == half]
        if layer >= len(strips):
            raise UserError("this controller tells no gates")
        held = held_of(story.person.held if story.person else [], strips[layer].name, len(strips[layer].gates))[unit]
        state = int(not (held if held >= 0 else strips[layer].gates[unit]))
        self._do(lambda at: Mind(at=at, agent=agent, do="force", gates=((half, layer, unit, state),)), beside=True)

    def hold_map(self) -> None:
        """All gates of the followed agent stay as they are in this tick."""
        agent = self._agent()

        def held(at: int) -> Mind:
            look = self.player.memoirs.story().look
            if look is None or not look.strips:
                raise UserError("this controller tells no gates, so there is no map to hold")
            gates = [(*half_of(strip.name), unit, int(is_open)) for strip in look.strips for unit, is_open in enumerate(strip.gates)]
            return Mind(at=at, agent=agent, do="hold map", gates=tuple(gates))

        self._do(held, beside=True)

    def _agent(self) -> int:
        agent = 0 if self.ui.kind == "problem" else self.ui.chosen
        if agent is None:
            raise UserError("click an agent first")
        return agent

    def _do(self, edit: Callable[[int], Any], beside: bool = False, is_part: bool = False) -> None:
        """Between two ticks; the edit is dated then."""
        self.player.do(lambda: self.player.edit(edit(self.source.tick), beside, is_part))
