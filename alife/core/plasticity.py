"""Plasticity: writes of any memory slowed down where much was written before, so that what is known is not written over.

A rate 0 < q <= 1 multiplies the write gate, lane by lane. A write happens where the gate is open; it is counted after its own rate.

    bloom         q = `filter_rate` where the pattern of signs of the address is in a Bloom filter of all routes written so far, else 1
    visits        q = mean over the components with a_i > 0 of 1 / (1 + c_i / c0);            c_i <- c_i + 1 in these
    soft-visits   q = mean over all components, weighed by |a_i|, of 1 / (1 + c_i / c0);      c_i <- c_i + |a_i|

c0 = `halved_after`. A false positive of the filter, (1 - e^(-h N / B))^h after N routes with h hashes in B bits, freezes what is new, never
frees what is known. In addresses of signs each component is on for half of all routes, so visits slow down all writes, those of new
routes little less; soft-visits, where all |a_i| are 1, count the writes. They tell routes apart where gates close: `gated`.

Who asks for none pays for none: a plastic memory is a module of its own, written out around the plain one (alife/core/written.py).
"""

from __future__ import annotations

import functools
import hashlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from alife.core import jit
from alife.core.jit import inlined, kernel
from alife.core.lanes import LANES, aligned, highest, load, splat, store, where
from alife.core.rng import mix
from alife.core.written import import_text

TEMPLATE = '''"""{memory} memory with plasticity by {kind}. Written by alife/core/plasticity.py.

Sources: {digest}
"""

from alife.core.jit import inlined
from alife.core.plasticity import clear_{clear} as clear
from alife.core.plasticity import slow_by_{kind} as slow
from {module} import address as plain_address
from {module} import begin as plain_begin
from {module} import read as plain_read
from {module} import write as plain_write


@inlined
def begin(s, born):
    """Forget, what was written and that anything was."""
    plain_begin(s.memory, born)
    clear(s, born)


@inlined
def address(s, x, out):
    """As the plain one."""
    plain_address(s.memory, x, out)


@inlined
def read(s, a, r):
    """As the plain one."""
    plain_read(s.memory, a, r)


@inlined
def write(s, a, r, v, g):
    """As the plain one, with a gate that is less open."""
    slow(s, a, g)
    plain_write(s.memory, a, r, v, s.gate)
'''
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_WORD = np.uint64(63)
_SIX = np.uint64(6)


class Filter(NamedTuple):
    """A memory and a Bloom filter of the routes by which it was written."""

    memory: Any
    bits: np.ndarray
    """uint64 (B / 64, LANES)"""
    route: np.ndarray
    """uint64 (LANES,): hash of the signs of this tick's address"""
    gate: np.ndarray
    """(1, LANES): the slowed one of this tick"""
    hashes: int
    rate: np.float32


class Visits(NamedTuple):
    """A memory and how often each component of an address took part in a write."""

    memory: Any
    counts: np.ndarray
    """(K, LANES); they stay at 2^24, where float32 ends to count"""
    gate: np.ndarray
    """(1, LANES): the slowed one of this tick"""
    half: np.float32
    """c0"""


@kernel
def clear_filter(s, born):
    """No routes, in the lanes that are born."""
    for lane in range(LANES):
        if born[0, lane] > np.float32(0):
            for i in range(s.bits.shape[0]):
                s.bits[i, lane] = np.uint64(0)


@kernel
def clear_visits(s, born):
    """No visits, in the lanes that are born."""
    zero = splat(np.float32(0))
    is_born = load(born, 0) > zero
    for i in range(s.counts.shape[0]):
        store(s.counts, i, where(is_born, zero, load(s.counts, i)))


@kernel
def slow_by_bloom(s, a, g):
    """s.gate <- the gate, times the rate where the route is known; routes that are written become known."""
    last = np.uint64(64 * s.bits.shape[0] - 1)
    for lane in range(LANES):
        s.route[lane] = np.uint64(0)
    for first in range(0, a.shape[0], 64):
        for lane in range(LANES):
            word = np.uint64(0)
            for i in range(first, min(first + 64, a.shape[0])):
                if a[i, lane] > np.float32(0):
                    word |= np.uint64(1) << np.uint64(i - first)
            s.route[lane] = mix((s.route[lane] ^ word) + _GOLDEN)
    for lane in range(LANES):
        is_known, hashed = True, s.route[lane]
        for _ in range(s.hashes):
            hashed = mix(hashed + _GOLDEN)
            place = hashed & last
            row, bit = np.int64(place >> _SIX), np.uint64(1) << (place & _WORD)
            is_known = is_known and (s.bits[row, lane] & bit) != np.uint64(0)
            if g[0, lane] > np.float32(0):
                s.bits[row, lane] |= bit
        s.gate[0, lane] = g[0, lane] * s.rate if is_known else g[0, lane]


@inlined
def _slow(s, a, g, by_sign):
    """s.gate <- the gate times the mean rate of the components, and these counted; by_sign: those above 0 alone, each as 1."""
    zero, one = splat(np.float32(0)), splat(np.float32(1))
    writes, total, weight = load(g, 0) > zero, zero, zero
    for i in range(a.shape[0]):
        on = load(a, i)
        on = where(on > zero, one, zero) if by_sign else highest(on, -on)
        count = load(s.counts, i)
        total = total + on / (one + count / splat(s.half))
        weight = weight + on
        store(s.counts, i, where(writes, count + on, count))
    rate = where(weight > zero, total / weight, one)
    store(s.gate, 0, load(g, 0) * rate)


@kernel
def slow_by_visits(s, a, g):
    """s.gate <- the gate times the mean rate of the components above 0; these are counted."""
    _slow(s, a, g, True)


@kernel
def slow_by_soft_visits(s, a, g):
    """s.gate <- the gate times the mean rate of all components, weighed by their size; this is counted."""
    _slow(s, a, g, False)


def fill(s: Filter) -> np.ndarray:
    """float64 (LANES,): share of the filter's bits that are set, 0 to 1."""
    share: np.ndarray = np.bitwise_count(s.bits).sum(axis=0) / (64 * len(s.bits))
    return share


def plastic(plain: ModuleType, kind: str) -> ModuleType:
    """The memory module with plasticity of that kind: the same contract, the same parameters."""
    name = kind.replace("-", "_")
    is_bloom = kind == "bloom"
    short = plain.__name__.rpartition(".")[2]
    digest = hashlib.sha256(f"{jit.imported_digest(Path(str(plain.__file__)))} {TEMPLATE}".encode()).hexdigest()
    text = TEMPLATE.format(memory=short, kind=name, clear="filter" if is_bloom else "visits", module=plain.__name__, digest=digest)
    title = f"alife_plastic_{name}_{short}_{digest[:16]}"
    if title in sys.modules:
        return sys.modules[title]
    made = import_text(title, text)
    module: Any = made
    module.Params, module.rows = plain.Params, plain.rows
    module.state = functools.partial(_filter if is_bloom else _visits, plain)
    module.floats = functools.partial(_floats, plain, is_bloom)
    module.SHARED = ("gate", *(["route"] if is_bloom else []), *(f"memory.{field}" for field in getattr(plain, "SHARED", ())))
    if hasattr(plain, "larger"):
        module.larger = plain.larger
    if hasattr(plain, "contents"):
        module.contents = lambda s: plain.contents(s.memory)
        module.written = functools.partial(_written, plain, is_bloom)
    if is_bloom:
        module.fill = fill
    return made


def _written(plain: ModuleType, is_bloom: bool, s: Any) -> tuple[np.ndarray, ...]:
    of_memory = plain.written(s.memory) if hasattr(plain, "written") else (plain.contents(s.memory),)
    return (*of_memory, s.bits if is_bloom else s.counts)


def _floats(plain: ModuleType, is_bloom: bool, p: Any, width: int) -> int:
    rows = int(plain.rows(p, width))
    of_memory = plain.floats(p, width) if hasattr(plain, "floats") else rows * (p.values or 1)
    return int(of_memory) + (p.filter_bits // 32 if is_bloom else rows)


def _filter(plain: ModuleType, p: Any, width: int) -> Filter:
    bits, route = np.zeros((p.filter_bits // 64, LANES), np.uint64), np.zeros(LANES, np.uint64)
    return Filter(plain.state(p, width), bits, route, aligned((1, LANES)), p.filter_hashes, np.float32(p.filter_rate))


def _visits(plain: ModuleType, p: Any, width: int) -> Visits:
    return Visits(plain.state(p, width), aligned((plain.rows(p, width), LANES)), aligned((1, LANES)), np.float32(p.halved_after))
