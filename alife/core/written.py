"""Modules written out as text: numba caches neither closures nor functions that take functions, so what is made of several
plug-ins imports their kernels by name.

Kept in the cache folder under a name that holds a digest of all that went in, so it compiles once; every later start loads it.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

from alife.core import jit


def import_text(name: str, text: str) -> ModuleType:
    """A module from its text; its kernels are cached like those of a file."""
    path = _written(name, text)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        exec(compile(text, path, "exec"), module.__dict__)  # the text, never the file: a cache cannot change a result
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _written(name: str, text: str) -> Path:
    """The module as a file, for numba's cache and for people who step through it; a mere name where none can be."""
    root = jit.cache_root()
    path = (root or jit.NOWHERE) / f"{name}.py"
    if root is not None:
        with contextlib.suppress(OSError):
            if not path.exists() or path.read_text(encoding="utf-8", errors="replace") != text:
                part = path.with_name(f"{name}.{os.getpid()}")
                part.write_text(text, encoding="utf-8")
                part.replace(path)
    return path
