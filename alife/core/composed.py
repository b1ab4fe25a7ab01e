"""Several problems as one: a world whose every life is a life of one of its members, drawn uniformly from the life's seed.

    world.kind = corridor+copy+./ago.py    names, or paths that end with .py
    world.copy.length = 20                 a member's parameters stand below its name
    world.only = copy                      lives of this member alone, with the same body

One body lives them all, and nothing tells it in which it is:

    observations   shared by number: each member shows its contents (its first `values`, none where it has no `values`) from slot 0 on,
                   its context behind the contents of the member that has most, both in its own order; all other slots are 0
    actions        each member reads its own in the slots where it would alone; the layout is told of all slots from the first to
                   the last that any member reads, so that no control stands there
    values         those of the member that has most; none where no member has any
    controls       instincts of a member are not taken over: its slots mean something else in the others

The score of a life is the member's z, so the ceiling is 0 and the optimum 1. A member's life is that of the same seed in the
member alone. Its kernels are called by a module that is written out from the members' names (alife/core/written.py).
"""

from __future__ import annotations

import hashlib
import itertools
import keyword
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, NamedTuple

import numpy as np
from pydantic import Field, ValidationError, create_model

from alife.core import jit, registry
from alife.core.contracts import is_ecosystem
from alife.core.errors import ConfigError
from alife.core.lanes import LANES
from alife.core.layout import first_action_of, names_of
from alife.core.parts import Part, suggestions
from alife.core.settings import ControllerParams, EvolveSettings, HeadSettings, MemoryParams, Settings
from alife.core.wording import clip, refusal
from alife.core.written import import_text

_MODELS: dict[str, type[Settings]] = {
    "controller": ControllerParams, "evolve": EvolveSettings, "head": HeadSettings, "memory": MemoryParams,
}  # fmt: skip

TEMPLATE = '''"""Lives of {names}, one of them at a time. Written by alife/core/composed.py.

Sources: {digest}
"""

import numpy as np

from alife.core import jit, rng
{imports}

_MEMBER = 0x6D656D626572
"""The stream of luck that draws the member."""


@jit.inlined
def begin(s, lane, seed):
    """Draw the member, and begin its life of this seed."""
    s.member[lane] = s.only[0] if s.only[0] >= 0 else rng.below(rng.draw(seed, 0, 0, _MEMBER), {count})
{begin}


@jit.inlined
def observe(s, lane, x):
    """What the member shows, its context moved behind the contents of the member that has most."""
{observe}
    contents, shown, most = s.slots[0, s.member[lane]], s.slots[1, s.member[lane]], s.slots[2, s.member[lane]]
    if most > contents:
        for slot in range(shown - 1, contents - 1, -1):
            x[slot + most - contents, lane] = x[slot, lane]
            x[slot, lane] = np.float32(0)


@jit.inlined
def act(s, lane, x):
    """What the member makes of it."""
{act}


@jit.inlined
def score(s, lane):
    """The member's z."""
{score}
    return (score - s.bounds[0, s.member[lane]]) / (s.bounds[1, s.member[lane]] - s.bounds[0, s.member[lane]])
'''


class State(NamedTuple):
    """One life a lane."""

    member: np.ndarray
    """int64 (LANES,): whose life it is"""
    only: np.ndarray
    """int64 (1,): whose lives all are; -1 = drawn"""
    bounds: np.ndarray
    """float32 (2, members): ceilings, optima"""
    slots: np.ndarray
    """int64 (3, members): contents, observations; most contents of any"""
    worlds: tuple[Any, ...]
    """the state of each member"""


def compose(kinds: Sequence[str]) -> ModuleType:
    """The world of these members: names or absolute paths. ConfigError where one of them cannot be a member."""
    names = [_name_of(kind) for kind in kinds]
    if twice := [name for name in names if names.count(name) > 1]:
        raise refusal(registry.title("+".join(kinds)), f"expected every member once, got {twice[0]!r} {len(twice)} times")
    modules = [registry.load("worlds", kind) for kind in kinds]
    for name, module in zip(names, modules, strict=True):
        if is_ecosystem(module):
            raise refusal("+".join(names), f"expected problems, one agent a life; {name!r} is a world that all live in at once")
    text = _text(names, modules)
    key = f"alife_composed_{'_'.join(names)[:60]}_{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    if key in sys.modules:
        return sys.modules[key]
    module = import_text(key, text)
    vars(module).update(_Composed(module, names, kinds, modules).offered())
    return module


def _name_of(kind: str) -> str:
    """By which its parameters are set."""
    name = Path(kind).stem
    if not name.isidentifier() or keyword.iskeyword(name) or name.startswith(("_", "model_")) or name in ("kind", "only"):
        raise refusal(f"world file {clip(kind, 200)}", "a member's parameters stand below its name: expected one like my_world.py")
    return name


def _text(names: Sequence[str], modules: Sequence[ModuleType]) -> str:
    digest = hashlib.sha256(" ".join(jit.imported_digest(registry.source(module)) for module in modules).encode()).hexdigest()
    functions = ("act", "begin", "observe", "score")
    imports = [f"from {module.__name__} import {f} as {f}_{i}" for i, module in enumerate(modules) for f in functions]

    def dispatched(line: str) -> str:
        """if .. elif .. else over the members."""
        heads = ["if {}:", *["elif {}:"] * (len(names) - 2), "else:"]
        return "\n".join(
            f"    {head.format(f's.member[lane] == {i}')}\n        {line.format(i=i)}" for i, head in enumerate(heads)
        )

    return TEMPLATE.format(
        names=", ".join(names), digest=digest, imports="\n".join(imports), count=len(names),
        begin=dispatched("begin_{i}(s.worlds[{i}], lane, seed)"), observe=dispatched("observe_{i}(s.worlds[{i}], lane, x)"),
        act=dispatched("return act_{i}(s.worlds[{i}], lane, x)"), score=dispatched("score = np.float32(score_{i}(s.worlds[{i}], lane))"),
    )  # fmt: skip


class _Composed:
    """The plain functions of the contract, for a module that has the kernels."""

    def __init__(self, module: ModuleType, names: Sequence[str], kinds: Sequence[str], modules: Sequence[ModuleType]) -> None:
        self.names, self.kinds, self.modules = list(names), list(kinds), list(modules)
        self.params = _params(module.__name__, names, modules)

    def offered(self) -> dict[str, Any]:
        """What the module offers beside its kernels, by name."""
        names = ["observations", "actions", "first_action", "ticks", "ceiling", "optimum", "state", "progress", "picture"]
        names += [name for name in ("values", "stretched") if any(hasattr(module, name) for module in self.modules)]
        names += ["asking"] * all(hasattr(module, "asking") for module in self.modules)
        return {"Params": self.params, "DEFAULTS": _suggested(self.modules), **{name: getattr(self, name) for name in names}}

    def _parts(self, p: Any) -> list[Part]:
        return [Part(kind, getattr(p, name), module) for name, kind, module in zip(self.names, self.kinds, self.modules, strict=True)]

    def _lived(self, p: Any) -> list[Part]:
        """Those whose lives there are."""
        return [part for name, part in zip(self.names, self._parts(p), strict=True) if p.only in (None, name)]

    def _slots(self, p: Any) -> np.ndarray:
        """`State.slots`."""
        shown = [len(names_of(part, "observations")) for part in self._parts(p)]
        wanted = [int(part.ask("values")) if part.offers("values") else 0 for part in self._parts(p)]
        contents = [min(pair) for pair in zip(wanted, shown, strict=True)]
        return np.array([contents, shown, [max(contents)] * len(shown)], np.int64)

    def _called(self, p: Any, slots: dict[str, list[tuple[int, str]]]) -> list[str]:
        """Names for all slots from the first to the last of any member, made of those that mean something in the lives there are."""
        taken = [slot for each in slots.values() for slot, _ in each]
        called: list[dict[str, None]] = [{} for _ in range(min(taken), max(taken) + 1)]
        for name in self.names if p.only is None else [p.only]:
            for slot, called_so in slots[name]:
                called[slot - min(taken)][called_so] = None
        return ["/".join(names) or f"slot {slot}" for slot, names in enumerate(called, min(taken))]

    def observations(self, p: Any) -> list[str]:
        """Contents, then context."""
        slots = {}
        for name, part, (contents, _, most) in zip(self.names, self._parts(p), self._slots(p).T.tolist(), strict=True):
            named = enumerate(names_of(part, "observations"))
            slots[name] = [(i if i < contents else i + most - contents, each) for i, each in named]
        return self._called(p, slots)

    def actions(self, p: Any) -> list[str]:
        """From the first to the last slot that a member reads."""
        parts = zip(self.names, self._parts(p), strict=True)
        return self._called(p, {name: list(enumerate(names_of(part, "actions"), first_action_of(part))) for name, part in parts})

    def first_action(self, p: Any) -> int:
        """The first slot that a member reads."""
        return min(map(first_action_of, self._parts(p)))

    def values(self, p: Any) -> int:
        """Those of the member that has most."""
        return int(self._slots(p)[2, 0])

    def stretched(self, p: Any) -> Any:
        """Longer lives of the members that know such."""
        parts = zip(self.names, self._parts(p), strict=True)
        return p.model_copy(update={name: part.ask("stretched") for name, part in parts if part.offers("stretched")})

    def ticks(self, p: Any) -> int:
        """Those of the longest."""
        return max(int(part.ask("ticks")) for part in self._lived(p))

    def ceiling(self, p: Any) -> float:
        """0 of z; ConfigError where a member has no z at these sizes."""
        for part in self._lived(p):
            _bounds(part)
        return 0.0

    def optimum(self, p: Any) -> float:
        """1 of z."""
        return 1.0

    def state(self, p: Any) -> State:
        """Room for a life of every member."""
        parts = self._parts(p)
        bounds = [_bounds(part) if p.only in (None, name) else (0.0, 1.0) for name, part in zip(self.names, parts, strict=True)]
        only = -1 if p.only is None else self.names.index(p.only)
        return State(
            np.zeros(LANES, np.int64), np.array([only], np.int64), np.array(bounds, np.float32).T.copy(), self._slots(p),
            tuple(part.ask("state") for part in parts),
        )  # fmt: skip

    def _now(self, s: State, lane: int) -> tuple[str, ModuleType, Any]:
        """Name, module and state of the member whose life it is."""
        member = int(s.member[lane])
        return self.names[member], self.modules[member], s.worlds[member]

    def asking(self, s: State, lane: int) -> bool:
        """Whether the member has come to its first question."""
        _, module, state = self._now(s, lane)
        return bool(module.asking(state, lane))

    def progress(self, s: State, lane: int) -> tuple[str, int, int]:
        """The member and its phase, with its answers; the member alone where it knows none."""
        name, module, state = self._now(s, lane)
        if not hasattr(module, "progress"):
            return name, 0, 0
        phase, right, answers = module.progress(state, lane)
        return f"{name}: {phase}", right, answers

    def picture(self, s: State, lane: int) -> Any:
        """The picture of the member whose life it is."""
        _, module, state = self._now(s, lane)
        return module.picture(state, lane)


def _bounds(part: Part) -> tuple[float, float]:
    """Ceiling and optimum of a member."""
    ceiling, optimum = float(part.ask("ceiling")), float(part.ask("optimum"))
    if not ceiling < optimum:
        name = registry.title(part.kind)
        raise ConfigError(f"world.{name}: expected ceiling < optimum at these sizes, got {ceiling:g} and {optimum:g}")
    return ceiling, optimum


def _params(module: str, names: Sequence[str], modules: Sequence[ModuleType]) -> type[Settings]:
    """A field for the Params of every member, and `only`."""
    fields: dict[str, Any] = {}
    for name, member in zip(names, modules, strict=True):
        try:
            default = member.Params()
        except ValidationError:  # it must be told something
            default = ...
        fields[name] = (member.Params, Field(default, description=f"parameters of {name}"))
    any_of: Any = Literal[tuple(names)]
    fields["only"] = (any_of | None, Field(None, description="lives of this member alone; null = of all"))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Field name .* shadows", UserWarning)  # copy() of pydantic, which nobody calls
        return create_model("Params", __base__=Settings, __module__=module, __doc__="Those of every member.", **fields)


def _suggested(modules: Sequence[ModuleType]) -> dict[str, Any]:
    """DEFAULTS: the largest of what members suggest, and of the usual, with which the others are content."""
    suggested, found = [suggestions(module) for module in modules], {}
    for key in dict.fromkeys(itertools.chain(*suggested)):
        section, _, name = key.partition(".")
        wanted = [each.get(key, _MODELS[section].model_fields[name].default) for each in suggested]
        numbers = [number for number in wanted if isinstance(number, int)]
        if all(each == wanted[0] for each in wanted):
            found[key] = wanted[0]
        elif numbers:
            found[key] = max(numbers)
        elif name == "moves":
            found[key] = list(dict.fromkeys(itertools.chain(*wanted)))
    return found
