"""A plug-in with its parameters, made from the draft of a config."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from pydantic import ValidationError

from alife.core import registry
from alife.core.draft import MISSING, PARTS, Draft, KeyPath, Origin, plain
from alife.core.errors import ConfigError, UserError
from alife.core.settings import ControllerParams, MemoryParams, Settings
from alife.core.wording import clip, explain, refusal, show, unknown_key

DEFAULT_KINDS = {"controllers": "wht", "memory": "lsh", "selection": "lexicase", "strategies": "ga"}
WORLD_DEFAULTS = (
    "memory.bits", "memory.values", "controller.width", "head.moves", "head.sees", "head.recall", "head.writes", "head.gate",
    "evolve.lives", "evolve.generations",
)  # fmt: skip
"""What a world may suggest in its DEFAULTS."""

_BASES: dict[str, type[Settings]] = {"controllers": ControllerParams, "memory": MemoryParams}


@dataclass(frozen=True)
class Part:
    """A plug-in and its parameters."""

    kind: str
    """Its name, or the absolute path of its file; of several worlds in one, those of all, with + between."""

    params: Settings
    module: ModuleType

    def ask(self, name: str, *arguments: Any) -> Any:
        """What a function of the plug-in says for these parameters; its own exceptions become one line with their place."""
        try:
            return getattr(self.module, name)(self.params, *arguments)
        except UserError:
            raise
        except Exception as error:
            raise registry.blame(self.kind, registry.source(self.module), error) from error

    def offers(self, name: str) -> bool:
        """Whether the plug-in has this optional function, and does not lack it with these parameters."""
        lacks = getattr(self.module, "lacks", None)
        return callable(getattr(self.module, name, None)) and not (callable(lacks) and name in lacks(self.params))


def part_of(draft: Draft, path: KeyPath) -> Part:
    """Load the plug-in at a place of the draft and check its parameters."""
    group = PARTS[path]
    given = draft.mapping(path)
    kind = given.get("kind", DEFAULT_KINDS.get(group, MISSING))
    if kind is MISSING:
        where = (*path, "kind") if given else path
        raise draft.refusal(where, f"missing (expected a kind: {', '.join(registry.names(group))})")
    if not isinstance(kind, str):
        raise draft.refusal((*path, "kind"), f"expected a name or a path, got {show(kind)}")
    base = draft.origin((*path, "kind")).base
    try:
        full = registry.full(group, kind, base)
    except ConfigError as error:
        raise draft.refusal((*path, "kind"), str(error)) from None
    module = registry.load(group, kind, base)
    _check_params(group, kind, module.Params)
    values = {key: value for key, value in given.items() if key != "kind"}
    try:
        params = settings_of(draft, path, values, module.Params, ("kind",))
    except ConfigError:
        raise
    except Exception as error:  # a validator of the plug-in failed at something else than a ValueError
        raise registry.blame(kind, registry.source(module), error) from error
    if isinstance(params, MemoryParams) and params.plasticity != "none":
        from alife.core.plasticity import plastic

        module = plastic(module, params.plasticity)
    return Part(full, params, module)


def settings_of(draft: Draft, path: KeyPath, values: Any, model: type[Any], also_known: Sequence[str] = ()) -> Any:
    """Validate as JSON: strict on types, while a YAML list may become a tuple and a whole number a float."""
    try:
        return model.model_validate_json(json.dumps(values))
    except ValidationError as error:
        where, message = explain(error, model, also_known)
        raise draft.refusal((*path, *where), message) from None


def suggest(draft: Draft, world: Part) -> None:
    """Let the world's DEFAULTS fill what nobody has set."""
    for dotted, value in suggestions(world.module).items():
        section, _, key = dotted.partition(".")
        if key not in draft.mapping((section,)):
            draft.set((section, key), value, Origin(_place(world.module)))


def suggestions(module: ModuleType) -> dict[str, Any]:
    """The DEFAULTS of a world by dotted key; ConfigError where it may not suggest such."""
    place, defaults = _place(module), getattr(module, "DEFAULTS", {})
    if not isinstance(defaults, dict):
        raise refusal(place, f"expected a mapping, got {show(defaults)}")
    for dotted in plain(defaults, place):
        if dotted not in WORLD_DEFAULTS:
            raise refusal(place, clip(dotted), unknown_key(dotted, WORLD_DEFAULTS))
    return plain(defaults, place)


def _place(module: ModuleType) -> str:
    return f"{registry.source(module)}: DEFAULTS"


def _check_params(group: str, kind: str, params: type[Settings]) -> None:
    base = _BASES.get(group, Settings)
    if not issubclass(params, base):
        raise refusal(kind, f"expected 'class Params({base.__name__})', of alife.core.settings")
    if "kind" in params.model_fields:
        raise refusal(kind, "expected Params without a field 'kind', which names the plug-in itself")
