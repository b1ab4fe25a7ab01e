"""Matrix memory y = W k with a real-valued key: the content key itself, normalised, not its signs.

    k = H S x sqrt(K) / |H S x|          W <- W + g (v - W k) k^T / K

H S turns all keys alike, so two keys overlap by the cosine of their contents, and not, as in `lsh`, by 1 - 2 theta / pi of
their angle: what is recalled at a key is linear in it. There are at most min(n, K) independent keys, and as many values can be held
exactly: by the delta rule over many passes, and at once by the Moore-Penrose inverse (`pinv`, which the rule tends to). With K > n each
slot is repeated with other flips, which adds room for the addresses that the head makes but not for keys. A key of nothing but
zeros is all +1, as everywhere. Kohonen, *Correlation matrix memories*, 1972; Widrow & Hoff 1960.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from alife.core.jit import inlined, kernel
from alife.core.settings import MemoryParams
from memory._address import angle, normalised, project
from memory._associative import Weights, forget, learn, recall, settle, weights


class Params(MemoryParams):
    """bits and values."""


class State(NamedTuple):
    """Weights of the read-out, and scratch for the key."""

    weights: Weights
    z: np.ndarray
    """(max(K, n), LANES)"""
    flips: np.ndarray
    """(1, max(K, n)) of +-1"""


SHARED = ("z", "flips")
"""Nothing in these lasts from tick to tick."""

LAWS = ("exact", "capacity", "age", "bounded", "real")
"""Those of the delta rule; addresses are no signs."""


def rows(p: Params, width: int) -> int:
    """K."""
    return p.bits


def state(p: Params, width: int) -> State:
    """Weights zero."""
    return State(weights(p.bits, p.values or 1), *angle(p.bits, width))


@kernel
def begin(s, born):
    """Forget."""
    forget(s.weights, born)


@inlined
def address(s, x, out):
    """out (K, LANES) <- H S x, scaled to mean square 1."""
    project(s.z, s.flips, 0, x)
    normalised(s.z, out)


@inlined
def read(s, a, r):
    """r <- W k."""
    recall(s.weights, a, r)


@inlined
def write(s, a, r, v, g):
    """Delta rule."""
    learn(s.weights, a, r, v, g)


def contents(s: State) -> np.ndarray:
    """W transposed, (K, D, LANES), with the last write."""
    settle(s.weights)
    return s.weights.m


def pinv(keys: np.ndarray, values: np.ndarray) -> np.ndarray:
    """W float64 (D, K) = Y X^+ of keys (m, K) and values (m, D): the least squares, and of these the smallest.

    Exact where the keys are independent, so at most for m <= K. Singular values below 1e-6 of the largest are the rounding of float32, and
    count as 0. Nobody uses it in a life: it is what the delta rule is held against.
    """
    return values.T.astype(np.float64) @ np.linalg.pinv(keys.T.astype(np.float64), rcond=1e-6)
