"""Hashed linear read-out with the delta rule, shared by the memories that differ only in how they make an address.

    r = M a          M <- M + g (v - r) a^T / K           a in {+-1}^K, M (D, K)

One write with g = 1 makes the next recall at that address exact; others change by the overlap of the addresses.
Widrow & Hoff 1960; S. O'Connor's hashed associative memory.

A write waits until the next read, which applies it while it passes over M: one pass over the memory a tick instead of
two, and the same bits. `settle` applies it at once, for those who look at M between ticks.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from alife.core.jit import inlined, kernel
from alife.core.lanes import LANES, aligned, load, splat, store, where


class Weights(NamedTuple):
    """The read-out of one block."""

    m: np.ndarray
    """(K, D, LANES): M transposed, without the write that waits"""
    address: np.ndarray
    """(K, LANES): address of the write that waits"""
    error: np.ndarray
    """(D, LANES): g (v - r) / K of the write that waits; 0 = none"""


def weights(bits: int, values: int) -> Weights:
    """An empty read-out."""
    return Weights(aligned((bits, values, LANES)), aligned((bits, LANES)), aligned((values, LANES)))


@kernel
def forget(s, born):
    """Clear M and the waiting write in the lanes where born (1, LANES) is 1."""
    zero = splat(np.float32(0))
    is_born = load(born, 0) > zero
    for i in range(s.m.shape[0]):
        for c in range(s.m.shape[1]):
            store(s.m, (i, c), where(is_born, zero, load(s.m, (i, c))))
    for c in range(s.error.shape[0]):
        store(s.error, c, where(is_born, zero, load(s.error, c)))


@inlined
def _pass(m, i, c, past, error, now, total):
    """Write what waits into one weight; return total + its part of the recall."""
    weight = load(m, (i, c)) + error * past
    store(m, (i, c), weight)
    return total + weight * now


@inlined
def recall(s, a, r):
    """Apply the waiting write, then r (D, LANES) <- M a. Each sum runs over i = 0..K-1 in order; eight at a time."""
    m, past, error = s.m, s.address, s.error
    k, columns = m.shape[0], m.shape[1]
    zero = splat(np.float32(0))
    c = 0
    while c + 8 <= columns:
        s0 = zero; s1 = zero; s2 = zero; s3 = zero; s4 = zero; s5 = zero; s6 = zero; s7 = zero
        e0 = load(error, c); e1 = load(error, c + 1); e2 = load(error, c + 2); e3 = load(error, c + 3)
        e4 = load(error, c + 4); e5 = load(error, c + 5); e6 = load(error, c + 6); e7 = load(error, c + 7)
        for i in range(k):
            p = load(past, i); q = load(a, i)
            s0 = _pass(m, i, c, p, e0, q, s0); s1 = _pass(m, i, c + 1, p, e1, q, s1)
            s2 = _pass(m, i, c + 2, p, e2, q, s2); s3 = _pass(m, i, c + 3, p, e3, q, s3)
            s4 = _pass(m, i, c + 4, p, e4, q, s4); s5 = _pass(m, i, c + 5, p, e5, q, s5)
            s6 = _pass(m, i, c + 6, p, e6, q, s6); s7 = _pass(m, i, c + 7, p, e7, q, s7)
        store(r, c, s0); store(r, c + 1, s1); store(r, c + 2, s2); store(r, c + 3, s3)
        store(r, c + 4, s4); store(r, c + 5, s5); store(r, c + 6, s6); store(r, c + 7, s7)
        c += 8
    while c < columns:
        total, e = zero, load(error, c)
        for i in range(k):
            total = _pass(m, i, c, load(past, i), e, load(a, i), total)
        store(r, c, total)
        c += 1
    for c in range(columns):
        store(error, c, zero)


@inlined
def learn(s, a, r, v, g):
    """Let the write M <- M + g (v - r) a^T / K wait. a (K, LANES), r and v (D, LANES), g (1, LANES)."""
    k = s.m.shape[0]
    rate = load(g, 0) * splat(np.float32(1) / np.float32(k))  # K is a power of two: the quotient is exact
    for c in range(s.error.shape[0]):
        store(s.error, c, (load(v, c) - load(r, c)) * rate)
    for i in range(k):
        store(s.address, i, load(a, i))


@kernel
def settle(s):
    """Apply the waiting write now."""
    zero = splat(np.float32(0))
    for c in range(s.error.shape[0]):
        e = load(s.error, c)
        for i in range(s.m.shape[0]):
            store(s.m, (i, c), load(s.m, (i, c)) + e * load(s.address, i))
        store(s.error, c, zero)
