"""Gate keys: which gates of a net are open for an input. Patterns are hash keys, each names one linear map.

gates bool (inputs, layers, units); the key of an input is its whole pattern. Nothing here knows a controller.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

_MIX, _S29 = np.uint64(0x9E3779B97F4A7C15), np.uint64(29)


class Layer(NamedTuple):
    """One layer of gates over all inputs."""

    distinct: int
    """different patterns of this layer"""
    entropy: float
    """bits of the distribution of these patterns; at most log2(inputs)"""
    dead: int
    """gates that are open for no input"""
    always: int
    """gates that are open for every input"""
    activity: float
    """mean share of open gates"""


class Keys(NamedTuple):
    """All layers together."""

    inputs: int
    """different inputs"""
    distinct: int
    """different keys"""
    collisions: int
    """inputs - distinct: different inputs that came too late for a key of their own"""
    entropy: float
    """bits of the distribution of keys over all inputs, repeated ones included"""
    layers: tuple[Layer, ...]


def packed(bits: np.ndarray) -> np.ndarray:
    """bool (n, ..) -> uint64 (n, words), the last word filled up with 0."""
    rows = np.packbits(bits.reshape(len(bits), int(np.prod(bits.shape[1:]))), axis=1, bitorder="little")
    words = -(-rows.shape[1] // 8)
    out = np.zeros((len(rows), 8 * words), np.uint8)
    out[:, : rows.shape[1]] = rows
    return out.view("<u8").astype(np.uint64, copy=False)


def hashed(words: np.ndarray) -> np.ndarray:
    """uint64 (n,): a hash of each row of packed gates, uint64 (n, words)."""
    key = np.zeros(len(words), np.uint64)
    for word in words.T:
        key = (key ^ word) * _MIX
        key ^= key >> _S29
    return key


def numbered(rows: np.ndarray) -> np.ndarray:
    """int64 (n,): equal rows of (n, m) get equal numbers 0.., in the order of first sight. Rows are compared by their bytes."""
    if rows.shape[1] == 0:
        return np.zeros(len(rows), np.int64)
    rows = np.ascontiguousarray(rows)
    whole = rows.view(np.dtype((np.void, rows.shape[1] * rows.itemsize))).ravel()
    _, first, inverse = np.unique(whole, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return rank[inverse.ravel()]


def entropy(labels: np.ndarray) -> float:
    """Bits of the distribution of labels int64 >= 0; 0 where there are none."""
    counts = np.bincount(labels) if len(labels) else np.zeros(0, np.int64)
    shares = counts[counts > 0] / max(1, len(labels))
    return float(abs((shares * np.log2(shares)).sum()))


def statistics(gates: np.ndarray, inputs: np.ndarray | None = None) -> Keys:
    """Of gates bool (inputs, layers, units), >= 1 input.

    inputs (inputs, m): what was put in, so that an input that comes twice is no collision; None = all are different.
    """
    if gates.ndim != 3 or gates.dtype != np.bool_ or not len(gates):
        raise ValueError(f"expected gates bool (inputs >= 1, layers, units), got {gates.dtype} {gates.shape}")
    keys = numbered(packed(gates))
    different = len(gates) if inputs is None else _different(keys, inputs)
    layers = tuple(_layer(gates[:, k]) for k in range(gates.shape[1]))
    distinct = int(keys.max()) + 1
    return Keys(different, distinct, different - distinct, entropy(keys), layers)


def _different(keys: np.ndarray, inputs: np.ndarray) -> int:
    """Different pairs of input and key: an input has one key, unless something beside it, such as -0.0, made the gates."""
    return len(np.unique(numbered(inputs) * len(keys) + keys))


def _layer(gates: np.ndarray) -> Layer:
    """Of one layer, bool (inputs, units)."""
    patterns, open_ = numbered(packed(gates)), gates.sum(axis=0)
    return Layer(
        int(patterns.max()) + 1,
        entropy(patterns),
        int((open_ == 0).sum()),
        int((open_ == len(gates)).sum()),
        float(gates.mean()) if gates.size else 0.0,
    )
