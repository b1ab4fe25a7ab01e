"""Loops around the kernels of a plug-in, written out as text that imports them by name (alife/core/written.py)."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from types import ModuleType

from alife.core import jit
from alife.core.written import import_text


def loops(module: ModuleType, template: str) -> ModuleType:
    """The module of a template, in which {module} is the plug-in's and {digest} that of its source and of the template."""
    digest = hashlib.sha256(f"{jit.imported_digest(Path(str(module.__file__)))} {template}".encode()).hexdigest()
    name = f"alife_lab_{module.__name__.rpartition('.')[2]}_{digest[:16]}"
    return sys.modules.get(name) or import_text(name, template.format(module=module.__name__, digest=digest))
