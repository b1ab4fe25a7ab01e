"""Changes by hand: what can be done to an ecosystem from outside, as data, and the journal that does and replays it.

An edit has effect before the tick `at` + 1 is lived, that is, when `at` ticks are done; those of one tick in order. A file of
edits beside the config of a run is all it takes to have the same bytes again. What each of them does: alife/sim/handling.py.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import AfterValidator, Field, ValidationError, model_validator

from alife.core.errors import InputError, UserError
from alife.core.places import TICK, has_room
from alife.core.settings import Settings
from alife.core.wording import clip, explain, one_line, show
from alife.sim import handling

if TYPE_CHECKING:
    from alife.core.config import Config
    from alife.sim.ecosystem import Ecosystem

MOST = 100_000
"""Edits in one file."""
MOST_BYTES = 1 << 27


def encoded(genes: np.ndarray) -> str:
    """Genes as text: base64 of little-endian float32."""
    return base64.b64encode(np.ascontiguousarray(genes, "<f4").tobytes()).decode("ascii")


def decoded(text: str) -> np.ndarray:
    """float32 (genes,) of such a text. ValueError: it is none, or a gene is no finite number."""
    try:
        raw = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(f"expected base64, {str(error).lower()}") from None
    if len(raw) % 4:
        raise ValueError(f"expected float32 numbers, got {len(raw)} bytes")
    genes = np.frombuffer(raw, "<f4").astype(np.float32)
    if not np.isfinite(genes).all():
        raise ValueError("expected finite numbers")
    return genes


def _is_genome(text: str) -> str:
    decoded(text)
    return text


Tick = Annotated[int, Field(ge=0, le=2**53, description="ticks done when it happens")]
Id = Annotated[int, Field(ge=0, le=2**62, description="of an agent")]
Cells = Annotated[tuple[Annotated[int, Field(ge=0, lt=2**31)], ...], Field(min_length=1, max_length=65536)]
Bit = Annotated[int, Field(ge=0, le=1)]
Gate = tuple[Bit, Annotated[int, Field(ge=0, lt=64)], Annotated[int, Field(ge=0, lt=1 << 17)], Bit]
"""Half, layer within it, unit, 1 open or 0 closed."""


class Paint(Settings):
    """A brush is drawn over cells."""

    kind: Literal["paint"] = "paint"
    at: Tick
    brush: str = Field(min_length=1, max_length=40, description="one of the world's `brushes`")
    cells: Cells


class Put(Settings):
    """Newcomers with these genes, one in each of the cells that is free."""

    kind: Literal["put"] = "put"
    at: Tick
    cells: Cells
    genome: Annotated[str, Field(min_length=4, max_length=1 << 25), AfterValidator(_is_genome)]
    energy: int | None = Field(default=None, ge=1, le=10**6, description="of each; null = that of founders")


class Happen(Settings):
    """Something befalls the world, as one of its interventions; what is null, it decides."""

    kind: Literal["happen"] = "happen"
    at: Tick
    do: str = Field(min_length=1, max_length=40)
    share: float | None = Field(default=None, ge=0, le=1)
    ticks: int | None = Field(default=None, ge=1, le=2**53)
    number: int | None = Field(default=None, ge=1, le=10**9)


Deed = Literal["wipe", "scramble", "swap", "freeze memory", "thaw memory", "force", "hold map", "restore genes"]


class Mind(Settings):
    """Something is done to the memory or the genes of one agent."""

    kind: Literal["mind"] = "mind"
    at: Tick
    agent: Id
    do: Deed
    other: Id | None = Field(default=None, description="swap: with whom")
    gates: Annotated[tuple[Gate, ...], Field(min_length=1, max_length=1 << 20)] | None = Field(
        default=None, description="force: some, hold map: all of both halves"
    )

    @model_validator(mode="after")
    def _fits(self) -> Mind:
        for name, deeds in (("other", ("swap",)), ("gates", ("force", "hold map"))):
            if (getattr(self, name) is not None) != (self.do in deeds):
                raise ValueError(f"{name}: expected with {' and '.join(map(repr, deeds))} and nothing else, and this is {self.do!r}")
        if self.other == self.agent:
            raise ValueError("other: expected another agent")
        return self


Edit = Annotated[Paint | Put | Happen | Mind, Field(discriminator="kind")]
_MODELS: dict[str, type[Settings]] = {"paint": Paint, "put": Put, "happen": Happen, "mind": Mind}


def edit_of(data: Any) -> Edit:
    """An edit from plain data. InputError: the place, what was expected and what came."""
    if not isinstance(data, dict):
        raise InputError(f"expected a mapping, got {show(data)}")
    kind = data.get("kind")
    model = _MODELS.get(kind) if isinstance(kind, str) else None
    if model is None:
        raise InputError(one_line(f"kind: expected one of {', '.join(_MODELS)}, got {show(kind)}"))
    try:
        return model.model_validate_json(json.dumps(data))  # type: ignore[return-value]
    except ValidationError as error:
        place, message = explain(error, model)
        raise InputError(one_line(": ".join(filter(None, (".".join(map(clip, place)), message))))) from None
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(one_line(f"expected plain data: {clip(str(error))}")) from None


def load(path: Path) -> tuple[Edit, ...]:
    """The edits of a file, a JSON list in order of time. InputError with the file and the number of the edit, from 1."""
    try:
        with open(path, "rb") as file:
            content = file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise InputError(f"{path}: expected at most {MOST_BYTES} bytes, got more")
        data = json.loads(content)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(one_line(f"{path}: not valid JSON: {clip(str(error))}")) from None
    if not isinstance(data, list) or len(data) > MOST:
        raise InputError(f"{path}: expected a list of at most {MOST} edits, got {show(data) if not isinstance(data, list) else len(data)}")
    found: list[Edit] = []
    for number, item in enumerate(data, 1):
        try:
            found.append(edit_of(item))
        except InputError as error:
            raise InputError(f"{path}: edit {number}: {error}") from None
    return _in_order(found, f"{path}: ")


def dump(edits: Iterable[Edit]) -> str:
    """A JSON list, one edit a line, from which `load` makes equal ones."""
    lines = ",\n".join(edit.model_dump_json(exclude_none=True) for edit in edits)
    return f"[\n{lines}\n]\n" if lines else "[]\n"


def _in_order(edits: Sequence[Edit], place: str = "") -> tuple[Edit, ...]:
    for number in range(1, len(edits)):
        if edits[number].at < edits[number - 1].at:
            raise InputError(f"{place}edit {number + 1}: at: expected >= {edits[number - 1].at}, in order of time, got {edits[number].at}")
    return tuple(edits)


class Journal:
    """An ecosystem and what is done to it by hand. Whoever has a journal lets the ecosystem live through it alone."""

    def __init__(self, ecosystem: Ecosystem, edits: Sequence[Edit] = (), place: str = "") -> None:
        """ecosystem: with the config of its run, without what befell it by hand. place: what errors begin with.

        InputError: edits out of order.
        """
        self.ecosystem, self._place = ecosystem, place
        self.config = ecosystem.config
        """the run's; that of the ecosystem has what befell it by hand among its interventions"""
        self._edits: list[Edit] = list(_in_order(edits, place))
        self._sums = [""]
        self._applied = 0
        self._kept = handling.Kept()

    @property
    def edits(self) -> tuple[Edit, ...]:
        """Those done and those still to come, in order of time."""
        return tuple(self._edits)

    @property
    def origin(self) -> Config:
        """The config of the run, without what was done by hand."""
        return self.config

    @property
    def waits(self) -> bool:
        """Whether the next edit is to be done before anything else."""
        return self._applied < len(self._edits) and self._edits[self._applied].at <= self.ecosystem.tick

    @property
    def is_between(self) -> bool:
        """Whether something has been done that the world has not lived a tick with. Its records name the tick to come."""
        return self._applied > 0 and self._edits[self._applied - 1].at == self.ecosystem.tick

    def advance(self, ticks: int, threads: int = 1, stop: threading.Event | None = None) -> int:
        """Live up to so many ticks, with all edits in their time; returns those done, as `Ecosystem.advance` does.

        Once an edit is done, `stop` is heeded after the tick that follows. Fewer ticks also where records wait to be drained.
        InputError: an edit cannot be done, or comes too late.
        """
        done, world = 0, self.ecosystem
        while done < ticks and (self.is_between or not (stop and stop.is_set())) and self.catch_up():
            if world.extinct:
                if not self.is_between:
                    break
                world.pass_empty()
                done += 1
                continue
            left = ticks - done
            if self._applied < len(self._edits):
                left = min(left, self._edits[self._applied].at - world.tick)
            lived = self._live(1, threads, None) if self.is_between else self._live(left, threads, stop)
            if not lived:
                break
            done += lived
        return done

    def catch_up(self) -> bool:
        """Do what waits; False where records must be drained first. InputError: as with `advance`."""
        while self.waits:
            number, edit, tick = self._applied + 1, self._edits[self._applied], self.ecosystem.tick
            if edit.at < tick:
                raise InputError(f"{self._place}edit {number} comes too late: at: {edit.at}, and {tick} ticks are done")
            if not has_room(self.ecosystem.q):
                return False
            try:
                self._do(edit)
            except UserError as error:
                raise InputError(f"{self._place}edit {number} cannot be done at tick {tick}: {error}") from error
            self._applied += 1
        return True

    def _live(self, ticks: int, threads: int, stop: threading.Event | None) -> int:
        """Tick by tick while the memory of somebody is frozen."""
        frozen = handling.frozen(self.ecosystem, self._kept)
        if not frozen:
            return self.ecosystem.advance(ticks, threads, stop)
        done = self.ecosystem.advance(1, threads, stop)
        handling.put_back(self.ecosystem, frozen)
        return done

    def _do(self, edit: Edit) -> str:
        """Its births, deaths and event are those of the tick to come."""
        counts = self.ecosystem.q.counts
        counts[TICK] += 1
        try:
            words = handling.apply(self.ecosystem, edit, self._kept, int(counts[TICK]) - 1)
            self.ecosystem.tell("edit", words)
        finally:
            counts[TICK] -= 1
        return words

    def add(self, edit: Edit) -> str:
        """Do an edit now and put it on record, before those that are still to come; returns what happened, in words.

        UserError, and nothing has happened: it cannot be done, its tick is not this one, or records must be drained first.
        """
        if edit.at != self.ecosystem.tick:
            raise UserError(f"at: expected {self.ecosystem.tick}, the tick of now, got {edit.at}")
        if not has_room(self.ecosystem.q):
            raise UserError("births and deaths wait to be drained")
        words = self._do(edit)
        del self._sums[self._applied + 1 :]
        self._edits.insert(self._applied, edit)
        self._applied += 1
        return words

    def drop_after(self, tick: int) -> None:
        """History forks: forget the edits that are still to come and are not before this tick.

        To go back in time and do something else: `restore` an earlier state, `advance` to the tick, `drop_after` it, `add`.
        Edits of that very tick stay if the state has them.
        """
        coming = [edit for edit in self._edits[self._applied :] if edit.at < tick]
        del self._sums[self._applied + 1 :]
        self._edits[self._applied :] = coming

    def in_force(self, agent: int) -> list[str]:
        """In words, what has been done to an agent, by its id, and lasts."""
        words = ["memory frozen"] if agent in self._kept.frozen else []
        return words + ([self._kept.held[agent].in_words()] if agent in self._kept.held else [])

    def state(self) -> dict[str, Any]:
        """Plain data for a checkpoint: how many edits are done, and what outlasts them."""
        living = set(self.ecosystem.q.id[self.ecosystem.q.alive > 0].tolist()) if self._applied else set()
        held = {agent: held for agent, held in sorted(self._kept.held.items()) if agent in living}
        return {
            "applied": self._applied,
            "digest": self._sum(self._applied),
            "frozen": sorted(self._kept.frozen & living),
            "genes": {str(agent): encoded(genes) for agent, (genes, _) in held.items()},
            "gates": {str(agent): [half.tolist() for half in gates] for agent, (_, gates) in held.items()},
        }

    def restore(self, state: dict[str, Any] | None) -> None:
        """Back to where that was told (None: nothing was done); the ecosystem is restored by itself, before or after.

        InputError: the edits that were done then are not those on record now. KeyError, TypeError, ValueError: it is no such state.
        """
        state = state or {"applied": 0, "digest": "", "frozen": [], "genes": {}, "gates": {}}
        applied = int(state["applied"])
        if not 0 <= applied <= len(self._edits) or self._sum(applied) != state["digest"]:
            raise InputError(f"{self._place}the first {applied} edits have been done and may not change any more, but they have")
        gates = {agent: [np.array(half, np.int8) for half in halves] for agent, halves in state["gates"].items()}
        held = {int(agent): handling.Held(decoded(genes), gates[agent]) for agent, genes in state["genes"].items()}
        self._kept = handling.Kept({int(agent) for agent in state["frozen"]}, held)
        self._applied = applied
        self.ecosystem.config = self.config
        for edit in self._edits[:applied]:
            if isinstance(edit, Happen):
                self.ecosystem.config = handling.planned(self.ecosystem.config, edit)

    def _sum(self, applied: int) -> str:
        """Hash of so many edits, "" of none."""
        for edit in self._edits[len(self._sums) - 1 : applied]:
            self._sums.append(hashlib.sha256((self._sums[-1] + dump([edit])).encode()).hexdigest())
        return self._sums[applied]
