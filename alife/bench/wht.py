"""The Walsh-Hadamard transform of sixteen agents against what the core can do at all, and against others' transforms.

Two bounds are measured beside it. The peak: twelve sums in registers, which no addition has to wait for; a transform of n
slots is n log2 n additions an agent. Copying: halves of the same rows change places, one load and one store a row; a
transform has to do that once. The reference of a size is the larger of the two times.

The others transform as many vectors as suits them, in processor time of all their threads: numpy and scipy multiply with the dense
matrix, fht-cpu (a public SIMD library, in C) does what we do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from alife.bench._measure import Row, against, in_turn, processor_seconds_of, row, seconds_of, skipped
from alife.bench._peers import NoPeerError, peer, versions
from alife.core import rng
from alife.core.jit import kernel
from alife.core.lanes import LANES, aligned, load, splat, store
from alife.core.wht import fwht

SIZES = tuple(1 << k for k in range(1, 17))
"""2 .. 65536"""

DENSE = 1024
"""Slots beyond which nobody multiplies with a dense matrix."""

ADDITIONS = 2e8
"""Of all lanes together in one timed call: milliseconds."""

_ACCUMULATORS = 12
_OCTAVES = 120
"""Powers of two by which numbers may grow before they are scaled back; they begin 60 below 1."""

_TOLERANCE = 1e-3


@kernel
def _transforms(x, times, together, factor):
    """As many `times`: `together` transforms, then x <- factor x, so that numbers stay finite and normal."""
    for _ in range(times):
        for _ in range(together):
            fwht(x)
        scale = splat(factor)
        for i in range(x.shape[0]):
            store(x, i, load(x, i) * scale)


@kernel
def _sums(x, times):
    """Rows 0..11 of x <- row + times * row 12, in registers."""
    a = load(x, 0)
    b = load(x, 1)
    c = load(x, 2)
    d = load(x, 3)
    e = load(x, 4)
    f = load(x, 5)
    g = load(x, 6)
    h = load(x, 7)
    i = load(x, 8)
    j = load(x, 9)
    k = load(x, 10)
    m = load(x, 11)
    z = load(x, 12)
    for _ in range(times):
        a = a + z
        b = b + z
        c = c + z
        d = d + z
        e = e + z
        f = f + z
        g = g + z
        h = h + z
        i = i + z
        j = j + z
        k = k + z
        m = m + z
    store(x, 0, a)
    store(x, 1, b)
    store(x, 2, c)
    store(x, 3, d)
    store(x, 4, e)
    store(x, 5, f)
    store(x, 6, g)
    store(x, 7, h)
    store(x, 8, i)
    store(x, 9, j)
    store(x, 10, k)
    store(x, 11, m)


@kernel
def _swaps(x, times):
    """As many `times`, the halves of x change places: one load and one store a row."""
    half = x.shape[0] // 2
    for _ in range(times):
        for i in range(half):
            a, b = load(x, i), load(x, i + half)
            store(x, i, b)
            store(x, i + half, a)


def _peak(additions: float) -> Callable[[], float]:
    """G add/s of one core, all lanes together."""
    x = aligned((_ACCUMULATORS + 1, LANES), 1.0)
    times = max(1, int(additions / (_ACCUMULATORS * LANES)))
    return lambda: times * _ACCUMULATORS * LANES / seconds_of(_sums, x, times) / 1e9


def again_and_again(n: int, additions: float) -> tuple[np.ndarray, tuple[int, int, np.float32]]:
    """x (n, LANES) and the arguments of `_transforms` after it that make about so many additions."""
    levels = n.bit_length() - 1
    together = 2 * (_OCTAVES // levels)
    x = aligned((n, LANES))
    x[...] = rng.signs(n * LANES, n).reshape(n, LANES) * np.float32(2.0 ** (-_OCTAVES // 2))
    times = max(1, round(additions / (together * n * levels * LANES)))
    return x, (times, together, np.float32(2.0 ** (-levels * (together // 2))))


def _transform(n: int, additions: float) -> Callable[[], float]:
    """ns a transform of n slots and agent."""
    x, arguments = again_and_again(n, additions)
    count = arguments[0] * arguments[1]
    return lambda: seconds_of(_transforms, x, *arguments) / (count * LANES) * 1e9


def _copying(n: int, additions: float) -> Callable[[], float]:
    """ns an agent to load and store its n slots once."""
    x, (times, together, _) = again_and_again(n, additions)
    count = times * together
    return lambda: seconds_of(_swaps, x, count) / (count * LANES) * 1e9


def bound(n: int, peak: float, copying: float) -> tuple[float, str]:
    """ns an agent that a transform takes at least, and what binds: `peak` in G add/s, `copying` in ns an agent."""
    adding = n * (n.bit_length() - 1) / peak
    return (adding, "adding") if adding >= copying else (copying, "copying")


def run(rounds: int = 15, sizes: Sequence[int] = SIZES, additions: float = ADDITIONS) -> list[Row]:
    """A row a size, then a row a size and peer."""
    candidates: dict[str, Callable[[], float]] = {"peak": _peak(additions)}
    for n in sizes:
        candidates |= {f"{n}": _transform(n, additions), f"{n} copying": _copying(n, additions)}
    others, rows_of_others = _others(sizes, additions)
    found = in_turn(candidates | others, rounds)
    peak = float(np.median(np.sort(found["peak"])[rounds // 2 :]))
    rows = []
    for n in sizes:
        least, what = bound(n, peak, float(np.median(found[f"{n} copying"])))
        values = found[str(n)]
        note = f"{n * (n.bit_length() - 1):,} additions, peak {peak:.1f} G add/s; reference: {what} alone; ratio: share of that speed"
        rows.append(row(f"wht.{n}", values, "ns/agent", least, least / float(np.median(values)), note))
    for name, note in rows_of_others.items():
        ours = name.split(".")[1]
        rows.append(against(name, found[ours], found[name], "ns/agent", note) if name in others else skipped(name, "ns/agent", note))
    return rows


def _others(sizes: Sequence[int], additions: float) -> tuple[dict[str, Callable[[], float]], dict[str, str]]:
    """Row name -> what is timed; row name -> what there is to say, also about those that are not here."""
    timed: dict[str, Callable[[], float]] = {}
    said: dict[str, str] = {}
    small = [n for n in sizes if n <= DENSE]
    for name, made, which in (("numpy", dense, small), ("scipy", blas, small), ("fht-cpu", fht_cpu, sizes)):
        for n in which:
            try:
                work, vectors, note = made(n)
            except NoPeerError as error:
                said[f"wht.{n}.{name}"] = str(error)
                break  # one line
            timed[f"wht.{n}.{name}"], said[f"wht.{n}.{name}"] = _timed(work, vectors, n, additions), note
    return timed, said


def _timed(work: Callable[[], object], vectors: int, n: int, additions: float) -> Callable[[], float]:
    """ns a vector."""
    times = max(1, round(additions / (4 * vectors * n * n.bit_length())))

    def again() -> None:
        for _ in range(times):
            work()

    return lambda: processor_seconds_of(again) / (times * vectors) * 1e9


def hadamard(n: int) -> np.ndarray:
    """float32 (n, n), natural order."""
    h = np.ones((1, 1), np.float32)
    while len(h) < n:
        h = np.block([[h, h], [h, -h]])
    return h


def _vectors(n: int) -> np.ndarray:
    """float32 (vectors, n): 64 K numbers, 16 vectors at least."""
    vectors = max(LANES, 65536 // n)
    return rng.uniforms((vectors, n), n)


def dense(n: int) -> tuple[Callable[[], object], int, str]:
    """x H by numpy's BLAS."""
    x, h = _vectors(n), hadamard(n)
    out = np.empty_like(x)
    return lambda: np.matmul(x, h, out=out), len(x), f"numpy {np.__version__}, {len(x):,} vectors times the dense matrix"


def blas(n: int) -> tuple[Callable[[], object], int, str]:
    """x H by scipy's BLAS."""
    (linalg,) = peer("scipy.linalg")
    sgemm, x, h = linalg.blas.sgemm, np.asfortranarray(_vectors(n)), np.asfortranarray(hadamard(n))
    return lambda: sgemm(1.0, x, h), len(x), f"{versions(['scipy'])}, {len(x):,} vectors times the dense matrix, sgemm"


def fht_cpu(n: int) -> tuple[Callable[[], object], int, str]:
    """The rows of x in place, one thread. It scales nothing, so what is transformed is 0; the work is the same."""
    (module,) = peer("fht_cpu", package="fht-cpu")
    x = _vectors(n)
    if not np.allclose(module.fht(x.copy(), num_threads=1), _ours(x), rtol=_TOLERANCE, atol=_TOLERANCE * n):
        raise NoPeerError("fht-cpu gives other numbers here")
    x[...] = 0
    return lambda: module.fht(x, num_threads=1), len(x), f"{versions(['fht-cpu'])}, {len(x):,} vectors, one thread"


def _ours(vectors: np.ndarray) -> np.ndarray:
    """(vectors, n) -> their transforms, by lanes."""
    out = np.empty_like(vectors)
    for first in range(0, len(vectors), LANES):
        x = aligned((vectors.shape[1], LANES))
        some = vectors[first : first + LANES]
        x[:, : len(some)] = some.T
        fwht(x)
        out[first : first + LANES] = x.T[: len(some)]
    return out
