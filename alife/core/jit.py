"""The one place that compiles: `kernel`, and a cache of compiled code that can be old, damaged or absent, never wrong.

numba keeps compiled code beside an index that knows only the time and size of the file a kernel stands in: it misses
an edit in another file (numba #1833, #9483), and it trusts what it reads. So every source file gets a cache folder
named by a digest of that file, its `_helpers`, the kernels of `alife.core`, and the versions; and every cached file
has its SHA-256 beside it, written right after it was saved. What does not match is deleted and compiled again.

    $ALIFE_CACHE_DIR or ~/.cache/alife / <digest of core and versions> / <file>-<digest of file> / ...
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import llvmlite
import numba
import numpy as np
from numba.core import config
from numba.core.errors import NumbaError as CompileError

_numba: Any = config
DISABLED = bool(_numba.DISABLE_JIT)
"""True under NUMBA_DISABLE_JIT=1: kernels are then plain Python, slow and easy to step through."""

BOUNDSCHECK = bool(_numba.BOUNDSCHECK)
"""True under NUMBA_BOUNDSCHECK=1: every index is checked, lanes' too."""

__all__ = ["BOUNDSCHECK", "DISABLED", "CompileError", "inlined", "kernel", "quiet", "source_digest"]

_CORE_KERNELS = ("heredity.py", "jit.py", "lanes.py", "places.py", "plasticity.py", "rng.py", "slots.py", "wht.py")
_OPTIONS: Any = {"nogil": True, "error_model": "numpy", "fastmath": False, "_nrt": False}
_UNUSED_DAYS = 30
NOWHERE = Path("/nowhere")
"""The folder, in name only, of modules whose text could not be written (alife/core/written.py)."""


def kernel(function: Callable[..., Any]) -> Any:
    """Compile a pure function of arrays and numbers: no Python objects, no allocation in a tick, no libm.

    No fast math and no fused multiply-add, so every CPU gives the same bits; division by zero gives inf, as in NumPy;
    the GIL is released, so a thread pool can run kernels over ranges of blocks. numba's reference counting is off
    (`_nrt`): its atomic counters cost more than a tick (155 against 2 ns for an observation), and nothing is born here.
    """
    return _compiled(function, {})


def inlined(function: Callable[..., Any]) -> Any:
    """A kernel that is copied into the kernels that call it, for the pieces of a tick: a call costs as much as they do."""
    return _compiled(function, {"inline": "always"})


def _compiled(function: Callable[..., Any], options: dict[str, Any]) -> Any:
    function.is_kernel = True  # type: ignore[attr-defined]
    if DISABLED:
        return function
    folder = _folder_of(Path(function.__code__.co_filename))
    if folder is None:
        return numba.njit(**_OPTIONS, **options)(function)
    before = _numba.CACHE_DIR
    _numba.CACHE_DIR = str(folder)
    try:
        dispatcher = numba.njit(cache=True, **_OPTIONS, **options)(function)
    finally:
        _numba.CACHE_DIR = before
    _save_and_seal(dispatcher, folder)
    return dispatcher


def _save_and_seal(dispatcher: Any, folder: Path) -> None:
    """Sign what numba saves. What cannot be saved is still good code: run it, and let the next start compile again."""
    cache = getattr(dispatcher, "_cache", None)
    save = getattr(cache, "save_overload", None)
    if save is None:
        return

    @functools.wraps(save)
    def save_and_seal(*args: Any) -> None:
        with contextlib.suppress(OSError):
            before = _stamps(folder)
            save(*args)
            for file, stamp in _stamps(folder).items():
                if before.get(file) != stamp:
                    _seal(file)

    cache.save_overload = save_and_seal  # type: ignore[union-attr]


def digest_of(*files: Path) -> str:
    """Hex SHA-256 over the names and contents of files."""
    total = hashlib.sha256()
    for file in files:
        content = file.read_bytes()
        total.update(f"{file.name} {len(content)}\n".encode())
        total.update(content)
    return total.hexdigest()


@functools.cache
def core_digest() -> str:
    """Digest of what every compiled kernel depends on: the core's kernels and the versions of the compiler."""
    here = Path(__file__).parent
    files = [here / name for name in _CORE_KERNELS if (here / name).exists()]
    versions = f"{numba.__version__} {llvmlite.__version__} {np.__version__} {platform.python_version()} {BOUNDSCHECK}"
    return hashlib.sha256(f"{digest_of(*files)} {versions}".encode()).hexdigest()


def source_digest(file: Path) -> str:
    """Digest of a source file with the `_helpers` beside it and the core: whatever its kernels may call."""
    helpers = sorted(p for p in file.parent.glob("_*.py") if p.name != "__init__.py" and p != file)
    return hashlib.sha256(f"{digest_of(file, *helpers)} {core_digest()}".encode()).hexdigest()


@functools.cache
def imported_digest(file: Path) -> str:
    """The source digest of a file as it was when its kernels were imported, whatever became of it since.

    Of a text that could not be written, that of its name, which holds a digest of the text.
    """
    if file.parent == NOWHERE:
        return hashlib.sha256(f"{file.name} {core_digest()}".encode()).hexdigest()
    return source_digest(file)


@functools.cache
def cache_root() -> Path | None:
    """The folder of this version's compiled code, made if need be; None where nothing can be written."""
    wished = os.environ.get("ALIFE_CACHE_DIR")
    candidates = [Path(wished)] if wished else []
    with contextlib.suppress(RuntimeError):
        base = os.environ.get("XDG_CACHE_HOME")
        candidates.append((Path(base) if base else Path.home() / ".cache") / "alife")
    with contextlib.suppress(OSError):  # on a full disk there is no temporary folder
        owner = os.getuid() if hasattr(os, "getuid") else "user"
        candidates.append(Path(tempfile.gettempdir()) / f"alife-cache-{owner}")
    for candidate in candidates:
        root = candidate / core_digest()[:16]
        try:
            root.mkdir(parents=True, exist_ok=True, mode=0o700)
            if hasattr(os, "getuid") and root.stat().st_uid != os.getuid():
                continue  # somebody else's folder: compiled code from there would run as us
            with tempfile.NamedTemporaryFile(dir=root) as probe:
                probe.write(b"x")
        except OSError:
            continue
        _forget_old(candidate, root)
        return root
    return None


def _forget_old(parent: Path, current: Path) -> None:
    """Delete the caches of versions that nobody has started for a month."""
    with contextlib.suppress(OSError):
        os.utime(current)
        for folder in parent.iterdir():
            is_ours = len(folder.name) == 16 and folder != current and folder.is_dir()
            if is_ours and time.time() - folder.stat().st_mtime > _UNUSED_DAYS * 86400:
                shutil.rmtree(folder, ignore_errors=True)


@functools.cache
def _folder_of(file: Path) -> Path | None:
    """The verified cache folder for the kernels of a source file."""
    root = cache_root()
    if root is None:
        return None
    try:
        folder = root / f"{file.stem}-{imported_digest(file)[:16]}"
        folder.mkdir(exist_ok=True)
        _drop_unverified(folder)
    except OSError:
        return None
    return folder


def _sum_of(file: Path) -> Path:
    return file.with_name(file.name + ".sha256")


def _cached_files(folder: Path) -> list[Path]:
    return [p for p in folder.rglob("*") if p.suffix in (".nbi", ".nbc")]


def _drop_unverified(folder: Path) -> None:
    for file in _cached_files(folder):
        with contextlib.suppress(OSError):
            sealed = _sum_of(file).read_text(encoding="ascii", errors="replace") if _sum_of(file).exists() else ""
            if sealed != hashlib.sha256(file.read_bytes()).hexdigest():
                file.unlink(missing_ok=True)


def _stamps(folder: Path) -> dict[Path, tuple[int, int]]:
    found = {file: file.stat() for file in _cached_files(folder)}
    return {file: (stat.st_mtime_ns, stat.st_size) for file, stat in found.items()}


def _seal(file: Path) -> None:
    """Write the SHA-256 of a file that numba has just written."""
    target = _sum_of(file)
    part = target.with_name(f"{target.name}.{os.getpid()}")
    part.write_text(hashlib.sha256(file.read_bytes()).hexdigest(), encoding="ascii")
    part.replace(target)


def quiet() -> None:
    """uint64 wraps silently in compiled code; plain Python would warn at each draw. Called once in every thread."""
    if DISABLED:
        np.seterr(over="ignore")


quiet()
