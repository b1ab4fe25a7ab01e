"""Plug-ins, found by file name: `worlds/forage.py` is the world `forage`; a path names a file outside the project.

Nothing is listed anywhere: a new file is known because it exists. `_name.py` is a helper, not a plug-in.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import re
import stat
import sys
import traceback
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

from alife.core import contracts
from alife.core.errors import ConfigError, say
from alife.core.wording import clip, near, refusal

GROUPS = {
    "worlds": "worlds",
    "controllers": "controllers",
    "memory": "memory",
    "selection": "alife.evolve.selection",
    "strategies": "alife.evolve.strategies",
}
"""Group -> the package whose files are its plug-ins."""

_NOUNS = {"worlds": "world", "controllers": "controller", "strategies": "strategy"}
_MEMBER = re.compile(r"([^+/\\]+|[^+].*?\.py)(?:\+(?=.)|\Z)", re.S)
"""One of the kinds of a composed kind: a name, or a path that ends with .py, in which a + may stand."""

_checked: set[tuple[str, str]] = set()


def names(group: str) -> list[str]:
    """Kinds of a group, sorted; imports none of them."""
    return sorted(file.stem for file in _folder(group).glob("*.py") if not file.name.startswith("_"))


def is_path(kind: str) -> bool:
    """True when a kind names a file rather than a plug-in of the project."""
    return "/" in kind or "\\" in kind or kind.endswith(".py")


def members(kind: str) -> list[str]:
    """The kinds of which a world like `corridor+copy+./ago.py` is composed; any other kind alone."""
    found: list[str] = []
    at = 0
    while at < len(kind):
        match = _MEMBER.match(kind, at)
        if match is None:
            return [kind]
        found.append(match[1])
        at = match.end()
    return found if len(found) > 1 else [kind]


def title(kind: str) -> str:
    """What a world is called in words and in the names of folders: the name, or the file's, of it or of each member."""
    return "+".join(Path(one).stem for one in members(kind))


def full(group: str, kind: str, base: Path | None = None) -> str:
    """The kind with its paths made absolute, after a look whether all is there."""
    kinds = members(kind) if group == "worlds" else [kind]
    files = [locate(group, one, base) for one in kinds]
    return "+".join(str(file) if is_path(one) else one for one, file in zip(kinds, files, strict=True))


def locate(group: str, kind: str, base: Path | None = None) -> Path:
    """The absolute file of a kind; a relative path starts at `base`, else at the current folder."""
    noun = _NOUNS.get(group, group)
    if not is_path(kind):
        known = names(group)
        if kind in known:
            return _folder(group) / f"{kind}.py"
        match = near(kind, known)
        hint = f" Did you mean {match!r}?" if match else ""
        raise refusal(f"no {group} named {clip(kind)!r}.{hint} Known: {', '.join(known) or 'none'}.")
    path = Path(os.path.abspath(Path(base or "", kind)))
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise refusal(f"{noun} file {clip(kind, 200)}", f"{reason} (looked for {clip(str(path), 300)})") from None
    if not stat.S_ISREG(mode):
        found = "folder" if stat.S_ISDIR(mode) else "special file"
        raise refusal(f"{noun} file {clip(kind, 200)}", f"expected a Python file, found a {found}")
    return path


def load(group: str, kind: str, base: Path | None = None) -> ModuleType:
    """The plug-in of a kind, imported and checked against its contract; several worlds composed to one."""
    if group == "worlds" and len(members(kind)) > 1:
        from alife.core.composed import compose

        return compose(members(full(group, kind, base)))
    path = locate(group, kind, base)
    if is_path(kind):
        origin = kind
        module = _load_file(group, kind, path)
    else:
        origin = f"{GROUPS[group].replace('.', '/')}/{kind}.py"
        module = _load_named(group, kind, origin, path)
    if (group, module.__name__) not in _checked:
        try:
            contracts.check(group, module, origin)
        except (ConfigError, TypeError, ValueError) as error:
            if is_path(kind) and not any(module.__name__ == name for _, name in _checked):
                del sys.modules[module.__name__]
            raise refusal("" if isinstance(error, ConfigError) else origin, str(error)) from None
        _checked.add((group, module.__name__))
    return module


def source(module: ModuleType) -> Path:
    """The file of a plug-in."""
    return Path(module.__file__ or "")


def blame(origin: str, path: Path, error: BaseException) -> ConfigError:
    """An exception that a plug-in's own code raised, with its line in that file."""
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return refusal(f"{origin}:{error.lineno or 1}", "syntax error", str(error.msg))
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    where = f"{origin}:{lines[-1]}" if lines else origin
    return refusal(where, type(error).__name__, clip(str(error), 300))


def _load_named(group: str, kind: str, origin: str, path: Path) -> ModuleType:
    try:
        return importlib.import_module(f"{GROUPS[group]}.{kind}")
    except (Exception, SystemExit) as error:
        raise blame(origin, path, error) from error


class _ContentLoader(SourceFileLoader):
    """Runs the bytes that were hashed: no second read of the file, and no stale .pyc beside it."""

    def __init__(self, name: str, path: Path, content: bytes) -> None:
        super().__init__(name, str(path))
        self.content = content

    def get_code(self, fullname: str) -> CodeType:
        return self.source_to_code(self.content, self.path)


def _load_file(group: str, kind: str, path: Path) -> ModuleType:
    """Import a file once per content, under a name that stays the same from process to process."""
    noun = _NOUNS.get(group, group)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise refusal(f"{noun} file {kind}", error.strerror or str(error)) from None
    stem = re.sub(r"\W", "_", path.stem, flags=re.ASCII)
    name = f"alife_plugin_{stem}_{hashlib.sha256(content).hexdigest()[:12]}"
    if name in sys.modules:
        module = sys.modules[name]
        if not source(module).exists():  # it came from another file of the same content, which is gone
            module.__file__ = str(path)
        return module
    loader = _ContentLoader(name, path, content)
    try:
        loader.get_code(name)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise blame(f"{noun} file {kind}", path, error) from None
    say(f"alife: note: {path} is code and runs with your rights")
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    assert spec is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)  # registered first: pydantic looks it up
    try:
        loader.exec_module(module)
    except BaseException as error:
        del sys.modules[name]
        if isinstance(error, (Exception, SystemExit)):
            raise blame(kind, path, error) from error
        raise
    return module


def _folder(group: str) -> Path:
    spec = importlib.util.find_spec(GROUPS[group])
    if spec is None or not spec.submodule_search_locations:
        raise ImportError(f"the package {GROUPS[group]!r} is not installed beside 'alife'")
    return Path(next(iter(spec.submodule_search_locations)))
