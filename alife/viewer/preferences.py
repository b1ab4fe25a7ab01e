"""What the window remembers from one time to the next. A file of any contents never stops it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from pydantic import Field, ValidationError

from alife.core.errors import DiskError
from alife.core.settings import Settings
from alife.store import atomic
from alife.viewer.docks import Docks

_LARGEST = 65_536
"""Bytes that are read, at most."""

Name = Annotated[str, Field(max_length=64)]


class Preferences(Settings):
    """As it was when the window was closed."""

    docks: Docks = Docks()
    size: tuple[Annotated[int, Field(ge=320, le=16_384)], Annotated[int, Field(ge=240, le=16_384)]] = (1280, 800)
    """the window, pixels"""
    scale: Annotated[float, Field(ge=0.5, le=4.0)] | None = None
    """of letters; None = by the screen"""
    colour: Name = ""
    """what agents are coloured by; '' = as usual"""
    charts: Annotated[tuple[Name, ...], Field(max_length=32)] = ()
    """those shown; empty = as usual"""


def path() -> Path | None:
    """Where they are kept: $ALIFE_CONFIG_DIR, or the system's folder for settings; None where there is no home."""
    folder = Path(os.environ.get("ALIFE_CONFIG_DIR") or typer.get_app_dir("alife"))
    return None if folder.parts[:1] == ("~",) else folder / "window.json"


def load() -> tuple[Preferences, str]:
    """What was kept, and ''; or the defaults, and a note why."""
    file = path()
    try:
        if file is None:
            return Preferences(), ""
        with atomic.open_input(file) as stream:
            content = stream.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            return Preferences(), f"{file}: larger than {_LARGEST} bytes; begun with the defaults"
        return Preferences.model_validate_json(content), ""
    except FileNotFoundError:
        return Preferences(), ""
    except OSError as error:
        return Preferences(), f"cannot read {file}: {atomic.reason(error)}; begun with the defaults"
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = "".join(filter(str.isprintable, ".".join(map(str, first["loc"]))))[:64]  # a stranger's key can be anything
        return Preferences(), f"{file}: {place or 'the file'}: {first['msg']}; begun with the defaults"


def save(preferences: Preferences) -> str:
    """Keep them; '', or a note why that failed."""
    file = path()
    if file is None:
        return "cannot keep the window's settings: no home folder; ALIFE_CONFIG_DIR=FOLDER names one"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        atomic.write_text(file, preferences.model_dump_json(indent=2) + "\n")
    except OSError as error:
        return f"cannot write {file}: {atomic.reason(error)}"
    except DiskError as error:
        return str(error)
    return ""
