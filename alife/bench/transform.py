"""The Walsh-Hadamard transform of sixteen agents against the additions that the core can do at all.

The peak is measured beside it: twelve sums in registers, which no addition has to wait for. A transform of n slots is
n log2 n additions an agent; it has to load and store its rows besides, which the peak has not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from alife.bench._measure import Row, in_turn, row, seconds_of
from alife.core import rng
from alife.core.jit import kernel
from alife.core.lanes import LANES, aligned, load, splat, store
from alife.core.wht import fwht

SIZES = (16, 64, 256, 1024, 4096)
ADDITIONS = 2e8
"""Of all lanes together in one timed call: milliseconds."""

_ACCUMULATORS = 12
_OCTAVES = 120
"""Powers of two by which numbers may grow before they are scaled back; they begin 60 below 1."""


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
    a = load(x, 0); b = load(x, 1); c = load(x, 2); d = load(x, 3); e = load(x, 4); f = load(x, 5)
    g = load(x, 6); h = load(x, 7); i = load(x, 8); j = load(x, 9); k = load(x, 10); m = load(x, 11)
    z = load(x, 12)
    for _ in range(times):
        a = a + z; b = b + z; c = c + z; d = d + z; e = e + z; f = f + z
        g = g + z; h = h + z; i = i + z; j = j + z; k = k + z; m = m + z
    store(x, 0, a); store(x, 1, b); store(x, 2, c); store(x, 3, d); store(x, 4, e); store(x, 5, f)
    store(x, 6, g); store(x, 7, h); store(x, 8, i); store(x, 9, j); store(x, 10, k); store(x, 11, m)


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


def run(rounds: int = 15, sizes: Sequence[int] = SIZES, additions: float = ADDITIONS) -> list[Row]:
    """A row a size."""
    candidates = {"peak": _peak(additions), **{str(n): _transform(n, additions) for n in sizes}}
    found = in_turn(candidates, rounds)
    best = np.sort(found["peak"])[rounds // 2 :]
    peak = float(np.median(best))
    rows = []
    for n in sizes:
        count = n * (n.bit_length() - 1)
        at_peak = count / peak
        values = found[str(n)]
        note = f"{count:,} additions; reference: at this core's peak of {peak:.1f} G add/s; ratio: share of the peak"
        rows.append(row(f"transform.{n}", values, "ns/agent", at_peak, at_peak / float(np.median(values)), note))
    return rows
