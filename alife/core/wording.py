"""The words of an error: one printable line that says the place, what was expected and what came."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from alife.core.errors import ConfigError

SHOWN = 60
"""Longest piece of user input, in characters, that a message repeats."""

MOST_COUNTED = 100
"""Faults of one section that are looked at."""

_SCHEMA_SAYS = re.compile(r"_type$|_parsing$|_from_float$|^(greater|less)_than|^(literal_error|enum|finite_number)$")
"""The faults for which the JSON schema names what was expected; for others pydantic's message does."""


def one_line(text: str) -> str:
    """Line breaks become spaces; control characters and lone surrogates become visible escapes."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in " ".join(text.split()))


def refusal(*pieces: str) -> ConfigError:
    """A ConfigError of one line from its place and its message; empty pieces are left out."""
    return ConfigError(one_line(": ".join(piece for piece in pieces if piece)))


def clip(text: str, size: int = SHOWN) -> str:
    return text if len(text) <= size else text[: size - 3] + "..."


def show(value: object) -> str:
    """A value as it would stand in YAML, in at most about SHOWN characters."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return repr(clip(value))
    if isinstance(value, (list, tuple)):
        return clip("[" + ", ".join(show(item) for item in value[:SHOWN]) + "]")
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, (int, float)):
        return str(value)
    return f"a {type(value).__name__}"


def near(word: str, known: Iterable[str]) -> str | None:
    """The known word that `word` most likely stands for."""
    matches = difflib.get_close_matches(word, list(known), n=1)
    return matches[0] if matches else None


def unknown_key(key: str, known: Iterable[str], elsewhere: Mapping[str, str] | None = None) -> str:
    """`elsewhere` maps a key that stands at another place to that place."""
    known = list(known)
    match = (elsewhere or {}).get(key) or near(key, known)
    return f"unknown key (did you mean {match!r}?)" if match else f"unknown key (known: {', '.join(known)})"


def explain(
    error: ValidationError, model: type[BaseModel], also_known: Iterable[str] = ()
) -> tuple[tuple[str, ...], str]:
    """The place inside `model` of the first fault, and its message with the number of further faults.

    `also_known` are keys beside the model's own, such as a part's `kind`.
    """
    try:
        schema = model.model_json_schema()
    except Exception:  # a plug-in's field of a type without a JSON schema: pydantic's own words must do
        schema = {}
    first, *others = error.errors(include_url=False)[:MOST_COUNTED]
    place, fragment = _walk(first["loc"], schema)
    elsewhere = {_walk(other["loc"], schema)[0] for other in others if other["type"] != "extra_forbidden"} - {place}
    more = len(elsewhere) + sum(other["type"] == "extra_forbidden" for other in others)
    if first["type"] == "extra_forbidden":
        known = [key for option in _options(fragment, schema) for key in option.get("properties", {})]
        key = str(first["loc"][-1])
        message = unknown_key(key, [*(() if place else also_known), *known])
        place = (*place, key)
    else:
        message = _message(dict(first), fragment, schema)
    return place, message + (f" (and {more} more)" if more else "")


def _message(fault: dict[str, Any], fragment: dict[str, Any], schema: dict[str, Any]) -> str:
    context = fault.get("ctx", {})
    expected = _expected(fragment, schema)
    match fault["type"]:
        case "value_error" | "assertion_error":
            return str(context.get("error", fault["msg"]))
        case "missing":
            return f"missing (expected {expected})" if expected else "missing"
        case "json_invalid":
            return "expected Unicode text"
        case "too_long":
            return f"expected at most {context['max_length']} values, got {context['actual_length']}"
        case "too_short":
            return f"expected at least {context['min_length']} values, got {context['actual_length']}"
    got = fault.get("input")
    if not expected or not _SCHEMA_SAYS.search(fault["type"]):
        return f"{fault['msg'].replace('Input should be', 'expected', 1)}, got {show(got)}"
    message = f"expected {expected}, got {show(got)}"
    match_ = near(got, fragment.get("enum", ())) if isinstance(got, str) else None
    return f"{message} (did you mean {match_!r}?)" if match_ else message


def _walk(loc: Iterable[int | str], schema: dict[str, Any]) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Follow a fault's location through the JSON schema: the place in user terms, and what is expected there.

    A step that the schema does not know names a member of a union, not a place, and ends the walk.
    """
    place: list[str] = []
    fragment = schema
    for step in loc:
        inner = _inner(fragment, step, schema)
        if inner is None:
            break
        place.append(str(step))
        fragment = inner
    return tuple(place), _resolved(fragment, schema)


def _inner(fragment: dict[str, Any], step: int | str, schema: dict[str, Any]) -> dict[str, Any] | None:
    for option in _options(fragment, schema):
        if isinstance(step, int) and option.get("type") == "array":
            prefix = option.get("prefixItems", [])
            return prefix[step] if step < len(prefix) else option.get("items") or {}
        if step in option.get("properties", {}):
            return option["properties"][step]
        if isinstance(option.get("additionalProperties"), dict):
            return option["additionalProperties"]
    return None


def _resolved(fragment: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in fragment:
        fragment = schema["$defs"][fragment["$ref"].rsplit("/", 1)[-1]]
    return fragment


def _options(fragment: dict[str, Any], schema: dict[str, Any]) -> list[dict[str, Any]]:
    fragment = _resolved(fragment, schema)
    options = fragment.get("anyOf") or fragment.get("oneOf")
    return [_resolved(option, schema) for option in options] if options else [fragment]


def _expected(fragment: dict[str, Any], schema: dict[str, Any]) -> str:
    """What a fragment of JSON schema accepts, in words; "" where it does not say."""
    phrases = [_phrase(option, schema) for option in _options(fragment, schema)]
    return " or ".join(dict.fromkeys(phrases)) if all(phrases) else ""


def _phrase(option: dict[str, Any], schema: dict[str, Any]) -> str:
    if "enum" in option:
        return "one of " + ", ".join(map(str, option["enum"]))
    if "const" in option:
        return str(option["const"])
    if option.get("type") == "array":
        return _list_phrase(option, schema)
    words = {"integer": "a whole number", "number": "a number", "string": "text", "boolean": "true or false"}
    words |= {"null": "null", "object": "a mapping"}
    phrase = words.get(option.get("type", ""), "")
    signs = {"minimum": ">=", "exclusiveMinimum": ">", "maximum": "<=", "exclusiveMaximum": "<"}
    bounds = [f"{sign} {option[key]}" for key, sign in signs.items() if key in option]
    return " ".join([phrase, " and ".join(bounds)]).strip() if phrase else ""


def _list_phrase(option: dict[str, Any], schema: dict[str, Any]) -> str:
    low, high = option.get("minItems"), option.get("maxItems")
    phrase = f"a list of {low} values" if low is not None and low == high else "a list"
    items = option.get("items")
    each = _expected(items, schema) if isinstance(items, dict) else ""
    return f"{phrase}, each {each}" if each else phrase
