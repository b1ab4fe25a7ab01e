"""What an edit does to an ecosystem, between two ticks. Each function either does all of it or raises UserError and does nothing."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from pydantic import ValidationError

from alife.core import rng
from alife.core.errors import UserError
from alife.core.lanes import LANES, aligned
from alife.core.places import BIRTHS, BORN_BEFORE
from alife.core.wording import explain
from alife.sim.minds import MemoryBlock, lanes_of_stacked

if TYPE_CHECKING:
    from alife.core.config import Config
    from alife.sim.ecosystem import Ecosystem
    from alife.sim.edits import Edit, Happen, Mind, Paint, Put

_SCRAMBLE = 0x5C


class Held(NamedTuple):
    """An agent with forced gates."""

    genes: np.ndarray
    """float32 (genes,): its own, as they were before"""
    gates: list[np.ndarray]
    """int8 (layers, units) of both halves: 1 open, 0 closed, -1 free"""

    def in_words(self) -> str:
        """How many."""
        n, all_of_them = sum(int((half >= 0).sum()) for half in self.gates), sum(half.size for half in self.gates)
        return f"{'all ' * (n == all_of_them)}{n} gate{'s' * (n != 1)} held"


@dataclasses.dataclass
class Kept:
    """What outlasts an edit, by the id of the agent."""

    frozen: set[int] = dataclasses.field(default_factory=set)
    """whose memory takes no writes"""
    held: dict[int, Held] = dataclasses.field(default_factory=dict)


def apply(ecosystem: Ecosystem, edit: Edit, kept: Kept, tick: int) -> str:
    """Do it; returns what happened, in words. tick: ticks done."""
    match edit.kind:
        case "paint":
            return _paint(ecosystem, edit)
        case "put":
            return _put(ecosystem, edit)
        case "happen":
            ecosystem.config = planned(ecosystem.config, edit)
            given = [f"{name} {value:g}" for name in ("share", "ticks", "number") if (value := getattr(edit, name)) is not None]
            return ", ".join([edit.do, *given])
    return f"agent {edit.agent}: {_mind(ecosystem, edit, kept, tick)}"


# ---- the world ----


def _paint(ecosystem: Ecosystem, edit: Paint) -> str:
    world = ecosystem.config.world
    if not world.offers("paint"):
        raise UserError(f"world {world.kind} cannot be painted: it has no function paint(p, s, q, brush, cells)")
    return str(world.ask("paint", ecosystem.world, ecosystem.q, edit.brush, np.array(edit.cells, np.int64)))


def _put(ecosystem: Ecosystem, edit: Put) -> str:
    from alife.sim.edits import decoded

    world, genes = ecosystem.config.world, decoded(edit.genome)
    if not world.offers("settle_at"):
        raise UserError(f"nobody can be put into world {world.kind}: it has no function settle_at(p, s, q, cells, energy)")
    if len(genes) != ecosystem.genes:
        raise UserError(f"genome: expected {ecosystem.genes} genes, got {len(genes)}")
    counts = ecosystem.q.counts
    counts[BORN_BEFORE] = counts[BIRTHS]
    places = np.array(world.ask("settle_at", ecosystem.world, ecosystem.q, np.array(edit.cells, np.int64), edit.energy), np.int64)
    if not len(places):
        raise UserError("nobody finds a free cell and a place")
    ecosystem.colony.flat[places // LANES, :, places % LANES] = genes
    ecosystem.kernels.bear(ecosystem.colony, ecosystem.q, 0, 1)
    counts[BORN_BEFORE] = counts[BIRTHS]
    return f"{len(places)} newcomers with the same genes in {len(set(edit.cells))} cells"


def planned(config: Config, edit: Happen) -> Config:
    """The config with one more intervention, which the world itself has checked."""
    world = config.world
    if "interventions" not in type(world.params).model_fields:
        raise UserError(f"world {world.kind} knows no interventions")
    data = world.params.model_dump(mode="json")
    data["interventions"].append(edit.model_dump(exclude={"kind"}, exclude_none=True))
    try:
        params = type(world.params).model_validate_json(json.dumps(data))
    except ValidationError as error:
        place, message = explain(error, type(world.params))
        raise UserError(": ".join(filter(None, (".".join(place), message)))) from None
    return dataclasses.replace(config, world=dataclasses.replace(world, params=params))


# ---- minds ----


def _mind(ecosystem: Ecosystem, edit: Mind, kept: Kept, tick: int) -> str:
    place = _place_of(ecosystem, edit.agent)
    match edit.do:
        case "wipe":
            return _wipe(ecosystem, place)
        case "scramble":
            return _scramble(ecosystem, place, rng.key(ecosystem.config.run.seed, _SCRAMBLE, edit.agent), tick)
        case "swap":
            return _swap(ecosystem, place, int(edit.other or 0))
        case "freeze memory":
            kept.frozen.add(edit.agent)
            return "its memory takes no more writes"
        case "thaw memory":
            if edit.agent not in kept.frozen:
                raise UserError(f"the memory of agent {edit.agent} is not frozen")
            kept.frozen.remove(edit.agent)
            return "its memory takes writes again"
        case "restore genes":
            if edit.agent not in kept.held:
                raise UserError(f"the genes of agent {edit.agent} are its own")
            _genes(ecosystem, place)[...] = kept.held.pop(edit.agent).genes
            return "its genes are its own again"
    return _force(ecosystem, place, edit, kept)


def _place_of(ecosystem: Ecosystem, agent: int) -> int:
    found = np.flatnonzero((ecosystem.q.alive > 0) & (ecosystem.q.id == agent))
    if not len(found):
        raise UserError(f"agent {agent} does not live")
    return int(found[0])


def _genes(ecosystem: Ecosystem, place: int) -> np.ndarray:
    """float32 (genes,): a view."""
    return ecosystem.colony.flat[place // LANES, :, place % LANES]


def _memory(ecosystem: Ecosystem, place: int) -> list[np.ndarray]:
    """Views of all that the memory of one agent is made of."""
    own = ecosystem.colony.store_own
    return [own[i][place // LANES][..., place % LANES] for i in lanes_of_stacked(own)]


def _take(ecosystem: Ecosystem, place: int, arrays: list[np.ndarray]) -> None:
    """The memory of the agent becomes that of its lane in a block's arrays."""
    for view, i in zip(_memory(ecosystem, place), lanes_of_stacked(ecosystem.colony.store_own), strict=True):
        view[...] = arrays[i][..., place % LANES]


def _contents(ecosystem: Ecosystem, place: int) -> tuple[np.ndarray, list[np.ndarray]]:
    """Contents (.., LANES) of a copy of the agent's block, no write waiting, and the copy's arrays. UserError: not shown."""
    memory = ecosystem.config.memory
    if not memory.offers("contents"):
        raise UserError(f"memory {memory.kind} does not show its contents")
    block = MemoryBlock(ecosystem.config, ecosystem.layout)
    return block.contents(ecosystem.colony, place // LANES), block.arrays


def _wipe(ecosystem: Ecosystem, place: int) -> str:
    """As at birth."""
    block = MemoryBlock(ecosystem.config, ecosystem.layout)
    ecosystem.config.memory.module.begin(block.state, aligned((1, LANES), 1.0))
    _take(ecosystem, place, block.arrays)
    return "its memory is blank"


def _scramble(ecosystem: Ecosystem, place: int, seed: int, tick: int) -> str:
    """Rows of its contents change places: what was written is there, but nowhere where it was written."""
    contents, arrays = _contents(ecosystem, place)
    if contents.ndim < 2 or not any(np.may_share_memory(contents, array) for array in arrays):
        raise UserError(f"memory {ecosystem.config.memory.kind} does not let its contents be changed")
    contents[...] = contents[rng.permutation(len(contents), seed, tick)]
    _take(ecosystem, place, arrays)
    return "the rows of its memory change places"


def _swap(ecosystem: Ecosystem, place: int, other: int) -> str:
    for mine, its in zip(_memory(ecosystem, place), _memory(ecosystem, _place_of(ecosystem, other)), strict=True):
        before = mine.copy()
        mine[...] = its
        its[...] = before
    return f"it has the memory of agent {other}, and that one its"


def frozen(ecosystem: Ecosystem, kept: Kept) -> list[tuple[int, int, list[np.ndarray]]]:
    """(place, id, copy of the memory) of those who live and whose memory takes no writes."""
    if not kept.frozen:
        return []
    q = ecosystem.q
    found = np.flatnonzero((q.alive > 0) & np.isin(q.id, list(kept.frozen))).tolist()
    return [(place, int(q.id[place]), [array.copy() for array in _memory(ecosystem, place)]) for place in found]


def put_back(ecosystem: Ecosystem, frozen: list[tuple[int, int, list[np.ndarray]]]) -> None:
    """The memories of those who still live are as they were."""
    for place, agent, before in frozen:
        if ecosystem.q.alive[place] and ecosystem.q.id[place] == agent:
            for view, array in zip(_memory(ecosystem, place), before, strict=True):
                view[...] = array


def _force(ecosystem: Ecosystem, place: int, edit: Mind, kept: Kept) -> str:
    """Genes with which the gates that are told, now or before, stand as told, whatever is seen."""
    controller = ecosystem.config.controller
    if not (controller.offers("forced") and controller.offers("view")):
        raise UserError(f"the gates of controller {controller.kind} cannot be forced")
    before = kept.held.get(edit.agent) or Held(_genes(ecosystem, place).copy(), _free(ecosystem, place))
    held = Held(before.genes, [half.copy() for half in before.gates])
    if edit.do == "hold map":
        held = Held(before.genes, [np.full_like(half, -1) for half in before.gates])
    for half, layer, unit, state in edit.gates or ():
        layers, units = held.gates[half].shape
        if layer >= layers or unit >= units:
            raise UserError(f"gates: half {half} of controller {controller.kind} has {layers} x {units}, got layer {layer}, unit {unit}")
        held.gates[half][layer, unit] = state
    free = sum(int((half < 0).sum()) for half in held.gates)
    if edit.do == "hold map" and free:
        raise UserError(f"gates: expected all of both halves to hold the map, {free} are missing")
    genes = held.genes.reshape(ecosystem.shape)
    for half, gates in enumerate(held.gates):
        if (gates >= 0).any():
            genes = np.asarray(controller.ask("forced", genes, half, gates), np.float32)
    _genes(ecosystem, place)[...] = genes.ravel()
    kept.held[edit.agent] = held
    return held.in_words()


def _free(ecosystem: Ecosystem, place: int) -> list[np.ndarray]:
    """No gate held."""
    genes, none = _genes(ecosystem, place).reshape(1, *ecosystem.shape), np.zeros((1, 1, ecosystem.layout.width), np.float32)
    return [np.full(ecosystem.config.controller.ask("view", genes, half, none)[1].shape[2:], -1, np.int8) for half in (0, 1)]
