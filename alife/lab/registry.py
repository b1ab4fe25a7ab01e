"""The experiments, found by file name: `lsh_gates.py` is `alife lab lsh-gates`. Nothing lists them.

An experiment is a file of this package that says its NUMBER (alife/lab/finding.py); `_name.py` and files without one are helpers.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from alife.core.wording import clip, near, refusal
from alife.lab.finding import Finding

_NUMBER = re.compile(r"^NUMBER\b[^=\n]*= *(\d+)\b", re.M)


class Lab(NamedTuple):
    """One experiment."""

    name: str
    number: int
    title: str
    slow: bool
    """only run by name, or with --all"""
    seeds: tuple[int, ...]
    """all that it draws from; () where it does not say"""
    run: Callable[[float], Finding]


def names() -> list[str]:
    """All experiments in the order of their numbers; imports none of them."""
    found = []
    for file in Path(__file__).parent.glob("[!_]*.py"):
        if number := _NUMBER.search(file.read_text(encoding="utf-8")):
            found.append((int(number[1]), file.stem.replace("_", "-")))
    return [name for _, name in sorted(found)]


def load(name: str) -> Lab:
    """One experiment. ConfigError where there is none of that name."""
    known = names()
    if name not in known:
        match = near(name.replace("_", "-"), known)
        hint = f" Did you mean {match!r}?" if match else ""
        raise refusal(f"no experiment named {clip(name)!r}.{hint} Known: {', '.join(known)}.")
    module = importlib.import_module(f"alife.lab.{name.replace('-', '_')}")
    seeds = tuple(getattr(module, "SEEDS", ()))
    return Lab(name, module.NUMBER, module.TITLE, getattr(module, "SLOW", False), seeds, module.run)
