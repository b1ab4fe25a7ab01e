"""YAML -> Config: checked, complete and frozen, or one line that says the place, what was expected and what came.

Precedence, weakest first: the models' defaults, the world's DEFAULTS, the file, `--set`, options of the command line.
"""

from __future__ import annotations

import math
import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

import alife
from alife.core import registry
from alife.core.draft import MAX_DEPTH, MAX_DIGITS, PARTS, Draft, KeyPath, Origin, dotted_path, plain
from alife.core.errors import ConfigError, InputError
from alife.core.parts import Part, part_of, settings_of, suggest
from alife.core.schema import schema
from alife.core.settings import EvolveSettings, HeadSettings, RunSettings, Settings
from alife.core.wording import clip, near, one_line, refusal, show, unknown_key

__all__ = ["Config", "Part", "dump", "load", "schema", "shipped", "to_dict"]

MAX_BYTES = 1 << 20
MAX_VALUES = 100_000
"""Keys and values in one document."""
SECTIONS = ("world", "controller", "memory", "head", "evolve", "run")
_MODELS: dict[str, type[Settings]] = {"head": HeadSettings, "evolve": EvolveSettings, "run": RunSettings}
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}
_Parser = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Config:
    """Everything that a run depends on."""

    world: Part
    controller: Part
    memory: Part
    selection: Part
    strategy: Part
    head: HeadSettings
    evolve: EvolveSettings
    run: RunSettings


def load(
    source: str | Path | Mapping[str, Any], overrides: Sequence[str] = (), explicit: Mapping[str, Any] | None = None
) -> Config:
    """A config from a YAML file, a world's name or file, a shipped config's name, or plain data.

    `overrides` are the texts of `--set`; `explicit` holds dotted keys of the options that were given.
    """
    from alife.core.layout import sized

    draft = Draft(plain(source, "")) if isinstance(source, Mapping) else _draft_of(str(source))
    for text in overrides:
        _override(draft, text)
    for key, value in (explicit or {}).items():
        draft.set(dotted_path(key), plain(value, key), Origin())
    return sized(_config(draft))


def shipped() -> dict[str, Path]:
    """Name -> file of the configs that come with the project."""
    package = Path(alife.__file__).parent
    folder = next((f for f in (package / "configs", package.parent / "configs") if f.is_dir()), None)
    return {file.stem: file for file in sorted(folder.glob("*.yaml"))} if folder else {}


def to_dict(config: Config) -> dict[str, Any]:
    """The complete config as plain data, in the shape of the file."""

    def part(part: Part) -> dict[str, Any]:
        return {"kind": part.kind, **part.params.model_dump(mode="json")}

    evolve = config.evolve.model_dump(mode="json")
    return {
        "world": part(config.world),
        "controller": part(config.controller),
        "memory": part(config.memory),
        "head": config.head.model_dump(mode="json"),
        "evolve": {**evolve, "selection": part(config.selection), "strategy": part(config.strategy)},
        "run": config.run.model_dump(mode="json"),
    }


def dump(config: Config) -> str:
    """The complete config as YAML in ASCII, from which `load` makes an equal one."""
    return yaml.dump(to_dict(config), Dumper=_Dumper, sort_keys=False)


def _draft_of(source: str) -> Draft:
    if source.endswith((".yaml", ".yml")):
        return _read_file(Path(source))
    if source in registry.names("worlds"):
        return Draft({"world": {"kind": source}})
    configs = shipped()
    if source in configs:
        return _read_file(configs[source])
    is_composed = len(registry.members(source)) > 1
    if is_composed or (registry.is_path(source) and not os.path.isdir(source)):
        registry.full("worlds", source)
        return Draft({"world": {"kind": source}})
    if os.path.exists(source):
        return _read_file(Path(source))
    known = [*registry.names("worlds"), *configs]
    match = near(source, known)
    hint = f" (did you mean {match!r}?)" if match else ""
    raise refusal(
        f"no world or config named {clip(source)!r}{hint}. Worlds: {', '.join(registry.names('worlds')) or 'none'}. "
        f"Configs: {', '.join(configs) or 'none'}."
    )


def _override(draft: Draft, text: str) -> None:
    """One `--set a.b=value`; the value is read as YAML in a file would be."""
    dotted, equals, value = text.partition("=")
    if not equals:
        raise refusal(f"--set {show(text)}", "expected key=value, such as world.length=20")
    path = dotted_path(dotted.strip())
    read = _Reader(value, lambda _: clip(dotted.strip())).document()
    if path[-1] == "kind" and path[:-1] in PARTS and path != ("world", "kind") and isinstance(read, str):
        _leave_behind(draft, path[:-1], read)
    draft.set(path, read, Origin())


def _leave_behind(draft: Draft, path: KeyPath, kind: str) -> None:
    """Before a part becomes one of another kind: parameters from the file that this kind does not know are dropped."""
    given = draft.mapping(path)
    if given.get("kind") == kind:
        return
    try:
        known = registry.load(PARTS[path], kind).Params.model_fields
    except ConfigError:  # told when the part is made
        return
    for key in [key for key in given if key not in ("kind", *known) and draft.origin((*path, key)).place]:
        del given[key]


def _read_file(path: Path) -> Draft:
    name = str(path)
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            found = "folder" if path.is_dir() else "special file"
            raise InputError(one_line(f"{name}: expected a YAML file, found a {found}"))
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise InputError(one_line(f"{name}: {getattr(error, 'strerror', None) or error}")) from None
    if len(content) > MAX_BYTES:
        raise refusal(name, f"expected at most {MAX_BYTES} bytes of YAML, got more")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise refusal(name, "expected UTF-8 text, got other bytes") from None
    reader = _Reader(text, lambda line: f"{name}:{line}")
    data = reader.document()
    if not isinstance(data, dict) and data is not None:
        raise refusal(name, f"expected a mapping with a world, got {show(data)}")
    base = Path(os.path.abspath(path)).parent
    origins = {place: Origin(f"{name}:{line}", base) for place, line in reader.lines.items()}
    return Draft(data or {}, {(): Origin(name, base), **origins})


class _Reader:
    """One YAML document as plain data, built from the parser's events, so that nothing is ever constructed by a tag.

    Plain words are read more strictly than YAML 1.1 does: `1e-3` is a number; `no`, `010`, `1_000`, `1:30` and dates
    are text, which the models then refuse where they expect a number or true or false.
    """

    def __init__(self, text: str, place: Callable[[int], str]) -> None:
        self.lines: dict[KeyPath, int] = {}
        self._text, self._place = text, place
        self._events: Iterator[Any] = iter(())
        self._values = 0

    def document(self) -> Any:
        try:
            self._events = iter(yaml.parse(self._text, Loader=_Parser))
            next(self._events)
            event = next(self._events)
            if isinstance(event, yaml.StreamEndEvent):
                return None
            value = self._node(next(self._events), (), 0)
            next(self._events)
            event = next(self._events)
            if not isinstance(event, yaml.StreamEndEvent):
                raise self._refusal(event, "expected one document, found another one")
            return value
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise refusal(self._place(line), "not valid YAML", error.problem or error.context or "") from None
        except (yaml.YAMLError, UnicodeError) as error:
            raise refusal(self._place(1), "not valid YAML", str(getattr(error, "reason", error))) from None

    def _node(self, event: Any, path: KeyPath, depth: int) -> Any:
        self._values += 1
        if self._values > MAX_VALUES:
            raise self._refusal(event, f"expected at most {MAX_VALUES} keys and values, got more")
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise self._refusal(event, "expected no anchors (&) and aliases (*)")
        if event.tag is not None:
            raise self._refusal(event, f"expected no tags, got {clip(event.tag)}")
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if depth == MAX_DEPTH:
            raise self._refusal(event, f"nested deeper than {MAX_DEPTH} levels")
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(path, depth)
        items = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(event, path, depth + 1))
        return items

    def _mapping(self, path: KeyPath, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._node(event, path, depth + 1)
            if not isinstance(key, str):
                raise self._refusal(event, f"expected text as a key, got {show(key)}")
            if key in found:
                raise self._refusal(event, f"key {clip(key)!r} appears twice")
            self.lines[(*path, key)] = event.start_mark.line + 1
            found[key] = self._node(next(self._events), (*path, key), depth + 1)
        return found

    def _scalar(self, event: Any) -> Any:
        text = event.value
        if not event.implicit[0]:
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INTEGER.fullmatch(text):
            if len(text.lstrip("+-")) > MAX_DIGITS:
                raise self._refusal(event, f"expected at most {MAX_DIGITS} digits, got {clip(text)}")
            return int(text)
        if _FLOAT.fullmatch(text):
            if not math.isfinite(value := float(text)):
                raise self._refusal(event, f"expected a finite number, got {clip(text)}")
            return value
        return text

    def _refusal(self, event: Any, message: str) -> ConfigError:
        return refusal(self._place(event.start_mark.line + 1), message)


class _Dumper(yaml.SafeDumper):
    """Lists on one line; text that our reader or any other would take for something else is quoted."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


_Dumper.add_representer(list, lambda dumper, data: dumper.represent_sequence("tag:yaml.org,2002:seq", data, True))
_Dumper.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(f"^(?:{_FLOAT.pattern})$"), list("-+.0123456789"))


def _config(draft: Draft) -> Config:
    nested = {key: f"{section}.{key}" for section, model in _MODELS.items() for key in model.model_fields}
    for key in draft.data:
        if key not in SECTIONS:
            raise draft.refusal((key,), unknown_key(key, SECTIONS, nested))
    world = part_of(draft, ("world",))
    suggest(draft, world)
    others = {path[-1]: part_of(draft, path) for path in PARTS if path != ("world",)}
    evolve = {key: value for key, value in draft.mapping(("evolve",)).items() if ("evolve", key) not in PARTS}
    return Config(
        world=world,
        **others,
        head=settings_of(draft, ("head",), draft.mapping(("head",)), HeadSettings),
        evolve=settings_of(draft, ("evolve",), evolve, EvolveSettings, ("selection", "strategy")),
        run=settings_of(draft, ("run",), draft.mapping(("run",)), RunSettings),
    )
