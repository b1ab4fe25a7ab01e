"""The JSON schema of the config file, so that editors complete and check the YAML."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from alife.core import registry
from alife.core.settings import EvolveSettings, HeadSettings, RunSettings

_PATH, _COMPOSED = r"[/\\]|\.py$", r"|\+"
"""What registry.is_path accepts, and beside it for worlds."""


def schema() -> dict[str, Any]:
    """JSON schema (draft 2020-12) of a config, with the parameters of every plug-in there is."""
    definitions: dict[str, Any] = {}
    evolve = _object("evolve", EvolveSettings, definitions)
    evolve["properties"] |= {
        "selection": _part("selection", definitions),
        "strategy": _part("strategies", definitions),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "alife config",
        "type": "object",
        "properties": {
            "world": _part("worlds", definitions),
            "controller": _part("controllers", definitions),
            "memory": _part("memory", definitions),
            "head": _object("head", HeadSettings, definitions),
            "evolve": evolve,
            "run": _object("run", RunSettings, definitions),
        },
        "required": ["world"],
        "additionalProperties": False,
        "$defs": definitions,
    }


def _part(group: str, definitions: dict[str, Any]) -> dict[str, Any]:
    """A kind alone, a kind with its own parameters, or the path of a file or several worlds, whose parameters nobody knows here."""
    kinds = registry.names(group)
    by_path = {"type": "string", "pattern": _PATH + _COMPOSED * (group == "worlds")}
    branches: list[dict[str, Any]] = [{"enum": kinds}, by_path]
    for kind in kinds:
        branch = _object(f"{group}.{kind}", registry.load(group, kind).Params, definitions)
        branch["properties"] = {"kind": {"const": kind}, **branch["properties"]}
        branch["required"] = ["kind", *branch.get("required", [])]
        branches.append(branch)
    branches.append({"type": "object", "properties": {"kind": by_path}, "required": ["kind"]})
    return {"oneOf": branches}


def _object(name: str, model: type[BaseModel], definitions: dict[str, Any]) -> dict[str, Any]:
    """A model's own schema; what it refers to moves to `definitions` under a name of its own."""
    found = model.model_json_schema(ref_template=f"#/$defs/{name}.{{model}}")
    definitions |= {f"{name}.{inner}": value for inner, value in found.pop("$defs", {}).items()}
    return {"properties": {}, **found}
