"""Config data on its way to a Config: plain mappings, and where every key came from, for the errors to say so."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from alife.core.errors import ConfigError
from alife.core.wording import clip, refusal, show

PARTS: dict[tuple[str, ...], str] = {
    ("world",): "worlds",
    ("controller",): "controllers",
    ("memory",): "memory",
    ("evolve", "selection"): "selection",
    ("evolve", "strategy"): "strategies",
}
"""Place of a part in the config -> the group of its plug-ins."""

MAX_DEPTH = 20
MAX_DIGITS = 19
"""Decimal digits of 2**63 - 1; far longer ones take Python quadratic time."""

MISSING: Any = object()
KeyPath = tuple[str, ...]


class Origin(NamedTuple):
    """Where a key was written."""

    place: str = ""
    """`configs/a.yaml:3`; empty for the command line and for data from Python."""

    base: Path | None = None
    """Folder that relative paths start from; None is the current one."""


class Draft:
    """Nested mappings that later sources override key by key."""

    def __init__(self, data: dict[str, Any], origins: dict[KeyPath, Origin] | None = None) -> None:
        self.data = data
        self.origins = origins or {}

    def origin(self, path: KeyPath) -> Origin:
        """Of the key itself, or of the nearest mapping around it."""
        lengths = range(len(path), -1, -1)
        return next((self.origins[path[:n]] for n in lengths if path[:n] in self.origins), Origin())

    def refusal(self, path: KeyPath, message: str) -> ConfigError:
        return refusal(self.origin(path).place, ".".join(map(clip, path)), message)

    def mapping(self, path: KeyPath) -> dict[str, Any]:
        """The mapping at a place, made if absent; the short form `world: copy` becomes {kind: copy}."""
        node = self.data
        for depth, key in enumerate(path, 1):
            child = node.get(key, MISSING)
            is_part = path[:depth] in PARTS
            if child is MISSING or (child is None and not is_part):
                child = node[key] = {}
            elif isinstance(child, str) and is_part:
                child = node[key] = {"kind": child}
            elif not isinstance(child, dict):
                expected = "a kind or a mapping with a kind" if is_part else "a mapping"
                raise self.refusal(path[:depth], f"expected {expected}, got {show(child)}")
            node = child
        return node

    def set(self, path: KeyPath, value: Any, origin: Origin) -> None:
        """Override a key; what was known of places inside the old value is forgotten."""
        self.mapping(path[:-1])[path[-1]] = value
        for known in [known for known in self.origins if known[: len(path)] == path]:
            del self.origins[known]
        self.origins[path] = origin


def dotted_path(dotted: str) -> KeyPath:
    """`world.length` -> ("world", "length")."""
    path = tuple(dotted.split("."))
    if not all(path) or len(path) > MAX_DEPTH:
        raise refusal(f"expected a key like world.length, got {show(dotted)}")
    return path


def plain(value: Any, place: str, depth: int = 0) -> Any:
    """A copy of data from Python that YAML could have given; anything else is refused."""
    if depth > MAX_DEPTH:
        raise refusal(place, f"nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, Mapping):
        if wrong := [key for key in value if not isinstance(key, str)]:
            raise refusal(place, f"expected text as a key, got {show(wrong[0])}")
        return {key: plain(inner, f"{place}.{clip(key)}".lstrip("."), depth + 1) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner, place, depth + 1) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise refusal(place, f"expected a finite number, got {value}")
    if isinstance(value, int) and abs(value) >= 10**MAX_DIGITS:
        raise refusal(place, f"expected at most {MAX_DIGITS} digits, got a longer number")
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise refusal(place, f"expected text, a number, true, false, null, a list or a mapping, got {show(value)}")
