"""What a run of generations and a run of an ecosystem do alike: make the folder, compile, go on with the same config."""

from __future__ import annotations

import dataclasses
import os
import platform
import re
import shutil
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import numpy as np

import alife
from alife.core import config as configs
from alife.core import registry
from alife.core.config import Config, Part
from alife.core.errors import ConfigError, DiskError, InputError, Interrupted
from alife.core.interrupt import Interrupts
from alife.core.jit import CompileError, imported_digest
from alife.core.wording import clip
from alife.store.folder import RunFolder

_PATIENCE_SECONDS = 1.5
"""A start that takes longer gets a line that says why."""
PARTS = ("world", "controller", "memory", "selection", "strategy")


class Compiled(Protocol):
    """What has a loop to be compiled."""

    def compile(self) -> float:
        """Compile or load it; returns the seconds it took."""


def check_name(name: str | None) -> None:
    """ConfigError if the wished name of a run folder is no plain file name."""
    if name is not None and (name != Path(name).name or name.startswith(".") or not name):
        raise ConfigError(f"--name: expected a plain file name, got {name!r}")


def create(config: Config, out: Path, name: str | None, title: str | None = None) -> RunFolder:
    """A new run folder below `out`, locked, with its config and its plug-ins; all of it or nothing.

    Without a name it is called by the date, the title (None: the world's kind) and the seed.
    """
    kind = title or registry.title(config.world.kind)
    stamp = time.strftime("%Y-%m-%d_%H-%M")
    folder = RunFolder.create(out, name or f"{stamp}_{kind}_s{config.run.seed}")
    try:
        folder.write_text(folder.config, configs.dump(with_own_plugins(config, folder)))
    except BaseException as error:
        shutil.rmtree(folder.path, ignore_errors=True)
        folder.close()
        if isinstance(error, OSError):
            raise DiskError(f"{folder.path}: {error.strerror}") from error
        raise
    return folder


def config_of(folder: RunFolder) -> Config:
    """The config that a run was begun with; InputError if that file has come to harm."""
    try:
        return configs.load(folder.config)
    except ConfigError as error:
        raise InputError(str(error)) from error


def compile_loop(what: Compiled, note: Callable[[str], None], interrupts: Interrupts, if_not: str) -> None:
    """Compile or load the loop; `if_not` is said after an interruption. Nothing on the disk has changed until then."""
    said = "compiling for this world, controller and memory; later starts load it"
    timer = threading.Timer(_PATIENCE_SECONDS, note, [said])
    timer.daemon = True
    timer.start()
    try:
        if not interrupts.outlast(what.compile):
            raise Interrupted(f"interrupted while compiling; {if_not}", interrupts.signum or 2)
    except CompileError as error:
        place = re.search(r" at (\S+) \((\d+)\)|File \"([^\"]+)\", line (\d+)", str(error))
        where = ":".join(part for part in place.groups() if part) + ": " if place else ""
        lines = [line.strip() for line in str(error).splitlines()]
        reason = next((line for line in lines if line and not line.startswith("Failed in ")), "")
        raise ConfigError(f"{where}numba cannot compile this kernel: {clip(reason, 300)}") from error
    finally:
        timer.cancel()


def refuse_other_changes(before: Config, after: Config, free: Mapping[str, Sequence[str]]) -> None:
    """ConfigError where a config differs from that of the run in anything but the keys `free` (section -> keys)."""
    old, new = configs.to_dict(before), configs.to_dict(after)
    for section, keys in old.items():
        for key in keys:
            if old[section][key] != new[section].get(key) and key not in free.get(section, ()):
                raise ConfigError(f"{section}.{key} cannot change in a run that goes on: it was {old[section][key]!r}")
        if set(new[section]) - set(keys):
            raise ConfigError(f"{section} cannot change in a run that goes on")


def with_own_plugins(config: Config, folder: RunFolder) -> Config:
    """The config with plug-ins from outside the project copied into the run folder, which then needs nothing else."""
    for name in PARTS:
        part: Part = getattr(config, name)
        kinds = registry.members(part.kind)
        kind = "+".join(_owned(one, name, folder) if registry.is_path(one) else one for one in kinds)
        moved: Any = {name: dataclasses.replace(part, kind=kind)}
        config = dataclasses.replace(config, **moved)
    return config


def _owned(kind: str, part: str, folder: RunFolder) -> str:
    """The kind of the copy in the run folder of a part's file."""
    file = Path(kind)
    own = folder.plugins / file.name
    if not own.exists():
        shutil.copyfile(file, own)
    elif own.read_bytes() != file.read_bytes():  # a world and a memory may both be called mine.py
        own = folder.plugins / f"{part}_{file.name}"
        shutil.copyfile(file, own)
    return f"./plugins/{own.name}"


def versions(loop: Path) -> dict[str, str]:
    """On what the bytes of a run depend, besides its config; `loop` is the file of its compiled code."""
    return {
        "alife": alife.__version__, "python": platform.python_version(), "numpy": np.__version__,
        "numba": version("numba"), "sources": imported_digest(loop),
    }  # fmt: skip


def cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
