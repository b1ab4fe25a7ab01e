"""A problem as the window's source: one lane of a block, life after life, with experiments on its mind."""

from __future__ import annotations

import copy
import hashlib
import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from alife.core import registry, rng
from alife.core.errors import ConfigError, UserError
from alife.core.lanes import LANES, aligned
from alife.insight import mind
from alife.insight.moment import Moment, thought
from alife.insight.score import TEST
from alife.sim.agent import Agent
from alife.sim.edits import Edit, Mind
from alife.sim.minds import written
from alife.viewer.scene import Scene

_SCRAMBLE = 0x5C7A
_FREE = -1
"""A gate that nobody holds."""


@dataclass
class _Now:
    """All that the ticks to come depend on, beside the block."""

    tick: int = 0
    life: int = -1
    life_tick: int = 0
    """number of the life's coming tick, from 1; once over, of the last one"""
    first: int = 0
    """source tick at which this life began"""
    is_over: bool = True
    scores: list[float] = field(default_factory=list)
    answers: tuple[int, int] = (0, 0)
    phases: list[tuple[int, int, str]] = field(default_factory=list)
    marks: list[tuple[int, str, str]] = field(default_factory=list)
    last: Moment | None = None
    """of the tick before, once the life is over"""
    frozen: list[np.ndarray] | None = None
    """all that writes change in the memory, each (.., LANES), while they have no effect"""
    held: list[np.ndarray] = field(default_factory=list)
    """int8 (layers, units) for both halves: 0 or 1, or _FREE; empty where no gate is held"""


class ProblemSource:
    """Life i is life i of `alife score`, lived by row i, modulo their number, of genomes float32 (agents, genes).

    A tick of it is a tick of a life or the end of a life, which shows what the last actions led to while the mind is still that
    of the last tick. Experiments with genes and a frozen memory last, over lives, until they are taken back. What was done by hand
    comes again when time was taken back to before it, until something else is done or `forget_future` is called.
    """

    def __init__(self, agent: Agent, genomes: np.ndarray, label: str) -> None:
        agent.compile()
        self.agent, self.genomes, self.label = agent, genomes, label
        self.config, self.layout = agent.config, agent.layout
        self.bounds = float(agent.world.ask("ceiling")), float(agent.world.ask("optimum"))
        """ceiling and optimum"""
        self._block, self._now = agent.block(), _Now()
        self._by_hand: list[tuple[int, Edit | None, str]] = []
        """tick, edit and words, in order of time; None = to the next life"""
        self._applied = 0
        """of these"""
        self._begin()

    # ---- living ----

    @property
    def tick(self) -> int:
        """Ticks and ends of lives done."""
        return self._now.tick

    @property
    def is_over(self) -> bool:
        """Never: there is always another life."""
        return False

    @property
    def life(self) -> int:
        """Number of this life, from 0."""
        return self._now.life

    @property
    def scores(self) -> list[float]:
        """Of the lives lived to their end, in order."""
        return list(self._now.scores)

    @property
    def title(self) -> str:
        """The label, with the agent's number, from 1, where there are several."""
        return self.label + (f" {self._now.life % len(self.genomes) + 1}" if len(self.genomes) > 1 else "")

    def advance(self, ticks: int) -> int:
        """See alife/viewer/source.py."""
        for _ in range(ticks):
            self._step()
        self._catch_up(False)
        return ticks

    def _catch_up(self, leaves: bool) -> None:
        """Do what was done by hand at this tick; `leaves`: also leave this life."""
        while self._applied < len(self._by_hand) and self._by_hand[self._applied][0] == self._now.tick:
            edit = self._by_hand[self._applied][1]
            if edit is not None:
                self._do(edit)
            elif leaves:
                self._now.is_over = True
            else:
                return
            self._applied += 1

    def skip(self) -> None:
        """Leave this life, without a score, for the next one. A tick."""
        self._enter(None, "")
        self._now.is_over = True
        self._step()

    def _step(self) -> None:
        now, block, kernels = self._now, self._block, self.agent.kernels
        self._catch_up(True)
        now.tick += 1
        if now.is_over:
            self._begin()
            return
        now.last = self._thought(block, now.tick - 1)
        self._put_back()
        kernels.do(block)
        now.is_over = not block.alive[0] or now.life_tick == self.agent.longest
        now.life_tick += not now.is_over
        if now.is_over:
            now.scores.append(float(kernels.score(block, 0)))
        self._note()

    def _begin(self) -> None:
        now = self._now
        now.life, now.life_tick, now.first, now.is_over = now.life + 1, 1, now.tick, False
        now.phases, now.marks, now.answers, now.last = [], [], (0, 0), None
        self._w = self._genes(now.held)
        seed = rng.draw(np.uint64(rng.key(self.config.run.seed, TEST)), 0, now.life, 0)
        self.agent.kernels.begin(self._block, np.full(LANES, seed, np.uint64))
        self._block.alive[1:] = 0
        self._put_back()
        self._note()

    def _put_back(self) -> None:
        if self._now.frozen is not None:
            for array, before in zip(written(self.agent.memory, self._block.memory), self._now.frozen, strict=True):
                array[...] = before

    def _thought(self, block: Any, tick: int) -> Moment:
        """Let the agent of this block see and think."""
        module = self.agent.memory.module
        shows = hasattr(module, "contents")
        weight = float(np.linalg.norm(module.contents(_copied(block.memory))[..., 0])) if shows else math.nan
        return thought(self.agent, block, self._w, tick, weight)

    def _note(self) -> None:
        """What the world tells of phases and answers, where it does."""
        now, progress = self._now, getattr(self.agent.world.module, "progress", None)
        if progress is None:
            return
        phase, right, answers = progress(_copied(self._block.world), 0)
        hits, asked = right - now.answers[0], answers - now.answers[1]
        if now.phases:
            first, _, name = now.phases[-1]
            now.phases[-1] = first, now.tick, name
            if asked:
                words = f"{hits} of {asked} right" if asked > 1 else "right" if hits else "wrong"
                now.marks.append((now.tick - 1, "right" if hits == asked else "wrong", f"{name}: {words}"))
        if not now.is_over and (not now.phases or now.phases[-1][2] != phase):
            now.phases.append((now.tick, now.tick, phase))
        now.answers = right, answers

    # ---- looking ----

    def scene(self, keys: bool = False, species: bool = False) -> Scene:
        """How it looks now. ConfigError where the world's picture is of another kind."""
        now, world = self._now, self.agent.world
        picture = np.asarray(world.module.picture(_copied(self._block.world), 0))
        if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3 or not picture.size:
            raise ConfigError(f"{world.kind}: expected a picture uint8 (h, w, 3), got {picture.dtype} {picture.shape}")
        mean = float(np.mean(now.scores)) if now.scores else math.nan
        ceiling, optimum = self.bounds
        return Scene(
            now.tick, registry.title(world.kind), picture, caption=" · ".join([_sentence(world.module.picture), *self.edits_in_words()]),
            numbers={"score mean": mean, "ceiling": ceiling, "optimum": optimum, "life tick": float(now.life_tick)},
            life=now.life + 1, phase=now.phases[-1][2] if now.phases else "", answers=now.answers, is_over=now.is_over,
        )  # fmt: skip

    def moment(self, agent: int) -> Moment:
        """The thought of the one who lives now, whatever the id; at the end of a life its last."""
        now = self._now
        return now.last if now.is_over and now.last else self._thought(_copied(self._block), now.tick)

    def genome(self, agent: int) -> np.ndarray:
        """float32 (*shape): the genes of the one who lives now, whatever the id, with the gates held."""
        return self._w[..., 0].copy()

    def life_span(self) -> tuple[int, int]:
        """The first tick of this life, and the last so far."""
        return self._now.first, self._now.tick

    def phases(self) -> list[tuple[int, int, str]]:
        """Those of this life so far: first tick, the tick after the last one lived, name. Each begins where the one before ends."""
        return list(self._now.phases)

    def marks(self) -> list[tuple[int, str, str]]:
        """Answers of this life so far: the tick whose thought gave them, 'right' (all of them) or 'wrong', words."""
        return list(self._now.marks)

    def by_hand(self) -> list[tuple[int, str]]:
        """What was done to minds so far: tick, words."""
        return [(tick, words) for tick, edit, words in self._by_hand[: self._applied] if edit is not None]

    def visible(self) -> bytes:
        """What eyes could see of this tick: equal where nothing differs between twins."""
        return self.scene().land.tobytes() + repr((self._now.answers, self._now.is_over)).encode()

    def edits_in_words(self, agent: int = 0) -> list[str]:
        """Experiments that are in force, whatever the id."""
        gates = [int((half != _FREE).sum()) for half in self._now.held]
        every = sum(half.size for half in self._now.held)
        words = ["memory frozen"] if self._now.frozen is not None else []
        return words + ([f"{'all ' * (sum(gates) == every)}{sum(gates)} gate{'s' * (sum(gates) != 1)} held"] if gates else [])

    def held(self, agent: int = 0) -> list[np.ndarray]:
        """int8 (layers, units) of both halves of the mind: gates held open by hand 1, closed 0, free -1; [] where none is held."""
        return _copied(self._now.held)

    # ---- state ----

    def save(self) -> Any:
        """All that the ticks to come depend on, for `restore`: plain copies."""
        return {"block": _copied(self._block), "now": _copied(list(vars(self._now).values())), "applied": self._applied}

    def restore(self, saved: Any) -> None:
        """Back to where that was saved."""
        _put(self._block, saved["block"])
        self._now, self._applied = _Now(*_copied(saved["now"])), saved["applied"]
        self._w = self._genes(self._now.held)

    def fork(self) -> ProblemSource:
        """A twin that goes on from here on its own, with the same luck."""
        twin = copy.copy(self)
        twin._block, twin._by_hand = self.agent.block(), list(self._by_hand)
        twin.restore(self.save())
        return twin

    def digest(self) -> str:
        """SHA-256 of the state."""
        total = hashlib.sha256()
        _feed(total, [self._block, list(vars(self._now).values()), self._w])
        return total.hexdigest()

    # ---- experiments ----

    def edit(self, edit: Edit) -> str:
        """An experiment with the mind of the one who lives now, at once; what happened, in words.

        UserError where it is about anything else, or where memory or controller do not offer what it needs.
        """
        words = self._do(edit)
        self._enter(edit, words)
        return words

    def forget_future(self) -> None:
        """What was done by hand later than now, before time was taken back, will not come again."""
        del self._by_hand[self._applied :]

    def _enter(self, edit: Edit | None, words: str) -> None:
        self.forget_future()
        self._by_hand.append((self._now.tick, edit, words))
        self._applied += 1

    def _do(self, edit: Edit) -> str:
        if not isinstance(edit, Mind):
            raise UserError("a problem's world cannot be changed by hand, only the mind of its agent")
        if edit.do == "swap":
            raise UserError("a problem's agent lives alone: there is no other mind to swap its own with")
        if edit.do in ("force", "hold map"):
            return self._hold(edit)
        now = self._now
        if edit.do == "restore genes":
            now.held, self._w = [], self._genes([])
            return "genes restored"
        if edit.do == "thaw memory":
            now.frozen = None
            return "memory thawed"
        if edit.do == "freeze memory":
            now.frozen = self._written()
            return "memory frozen: writes have no effect"
        return self._change_memory(edit.do == "wipe")

    def _change_memory(self, wipe: bool) -> str:
        """Wipe or scramble, also what is frozen."""
        now, memory = self._now, self._block.memory
        if wipe:
            self.agent.memory.module.begin(memory, aligned((1, LANES), 1.0))
        else:
            contents = self._contents(memory)
            contents[...] = contents[rng.permutation(len(contents), rng.key(self.config.run.seed, _SCRAMBLE), now.tick)]
        if now.frozen is not None:
            now.frozen = self._written()
        return "memory wiped" if wipe else "memory scrambled: its rows changed places"

    def _contents(self, memory: Any) -> np.ndarray:
        """What the memory holds, to be changed in place; UserError where it does not show it."""
        module = self.agent.memory.module
        if not hasattr(module, "contents"):
            raise UserError(f"memory {self.agent.memory.kind}: it does not show its contents, so nobody can change them")
        contents: np.ndarray = module.contents(memory)
        return contents

    def _written(self) -> list[np.ndarray]:
        """Copies of all that writes change; UserError as of `_contents`."""
        self._contents(self._block.memory)
        return [array.copy() for array in written(self.agent.memory, self._block.memory)]

    def _genes(self, held: list[np.ndarray]) -> np.ndarray:
        """(*shape, LANES): of the one who lives now, so changed that these gates are as they are held."""
        genome = self.genomes[self._now.life % len(self.genomes)].reshape(self.agent.shape)
        for half, gates in enumerate(held):
            genome = self.agent.controller.ask("forced", genome, half, gates)
        return self.agent.in_lanes(np.asarray(genome, np.float32).reshape(1, -1))[0]

    def _hold(self, edit: Mind) -> str:
        """With the gates held already, or, of a map, all of them. UserError where there are no such gates."""
        held = self._free() if edit.do == "hold map" or not self._now.held else _copied(self._now.held)
        sizes = " and ".join(f"{layers} x {units}" for layers, units in (half.shape for half in held))
        for half, layer, unit, state in edit.gates or ():
            if not (layer < held[half].shape[0] and unit < held[half].shape[1]):
                raise UserError(f"gates: expected (half, layer, unit, state) of {sizes} gates, got ({half}, {layer}, {unit}, {state})")
            held[half][layer, unit] = state
        free = sum(int((half == _FREE).sum()) for half in held)
        if free and edit.do == "hold map":
            raise UserError(f"gates: expected all of {sizes} gates, {free} are not told")
        self._w, self._now.held = self._genes(held), held
        return self.edits_in_words()[-1]

    def _free(self) -> list[np.ndarray]:
        """No gate held. UserError where the controller cannot hold any."""
        controller = self.agent.controller
        if not (mind.shows(controller) and controller.offers("forced")):
            raise UserError(f"controller {controller.kind}: it does not say how to hold a gate")
        x, genome = np.zeros((1, 1, self.layout.width), np.float32), self.genome(0)[None]
        return [np.full(mind.view(controller, genome, half, x)[1].shape[2:], _FREE, np.int8) for half in (0, 1)]


def _copied(part: Any) -> Any:
    """The same with arrays and lists of its own."""
    if isinstance(part, tuple) and hasattr(part, "_fields"):
        return type(part)(*map(_copied, part))
    if isinstance(part, (list, tuple)):
        return type(part)(map(_copied, part))
    return part.copy() if isinstance(part, np.ndarray) else part


def _put(part: Any, saved: Any) -> None:
    """Fill the arrays of a nested tuple with those of another."""
    for to, of in zip(part, saved, strict=True):
        if isinstance(to, np.ndarray):
            to[...] = of
        elif isinstance(to, tuple):
            _put(to, of)


def _feed(total: Any, part: Any) -> None:
    """Into a hash, whatever nested lists and tuples hold."""
    if isinstance(part, np.ndarray):
        total.update(np.ascontiguousarray(part).tobytes())
    elif isinstance(part, (list, tuple)):
        for each in part:
            _feed(total, each)
    else:
        total.update(repr(part).encode())


def _sentence(thing: Any) -> str:
    """The first sentence of a docstring."""
    return " ".join((thing.__doc__ or "").split("\n\n")[0].split()).split(". ")[0].rstrip(".")
