"""Nets in NumPy, float64, with their exact gradient: layers that know their own, so that any sequence of them is a net.

    forward    y, kept = layer.run(w, x)           x (batch, n)
    backward   dx, dw = layer.back(w, kept, dy)    of a sum over the batch

The project evolves its nets and has no gradients; that these compute the same as `controllers/wht` is a check of lab 10.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple, Protocol

import numpy as np

from alife.core import rng
from alife.lab._chance import normals, signs

Weights = list[np.ndarray]


def hadamard(x: np.ndarray) -> np.ndarray:
    """H x along the last axis, n a power of two, orthonormal: symmetric, H H = 1. n log2 n additions and subtractions."""
    shape, h = x.shape, 1
    n = shape[-1]
    while h < n:
        pairs = x.reshape(-1, n // (2 * h), 2, h)
        x = np.empty_like(pairs)
        np.add(pairs[:, :, 0], pairs[:, :, 1], out=x[:, :, 0])
        np.subtract(pairs[:, :, 0], pairs[:, :, 1], out=x[:, :, 1])
        h *= 2
    return x.reshape(shape) * (1 / np.sqrt(n))


class Layer(Protocol):
    """One step of a net; its weights may be empty."""

    def start(self, seed: int) -> np.ndarray: ...
    def run(self, w: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, Any]: ...
    def back(self, w: np.ndarray, kept: Any, dy: np.ndarray) -> tuple[np.ndarray, np.ndarray]: ...


_NONE = np.zeros(0)


class Fixed(NamedTuple):
    """y = T x of a matrix that is not learned."""

    matrix: np.ndarray

    def start(self, seed: int) -> np.ndarray:
        return _NONE

    def run(self, w: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, Any]:
        return x @ self.matrix.T, None

    def back(self, w: np.ndarray, kept: Any, dy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return dy @ self.matrix, _NONE


class Flips(NamedTuple):
    """S x, the same signs for ever."""

    signs: np.ndarray

    def start(self, seed: int) -> np.ndarray:
        return _NONE

    def run(self, w: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, Any]:
        return x * self.signs, None

    def back(self, w: np.ndarray, kept: Any, dy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return dy * self.signs, _NONE


class Switch(NamedTuple):
    """Two slopes: z_i c (p_i if z_i >= 0 else q_i); 2 n weights. `even`: p = q = 1/2 at the start, else uniform in -1..1."""

    n: int
    c: float
    even: bool = False

    def start(self, seed: int) -> np.ndarray:
        if self.even:
            return np.full((2, self.n), 0.5)
        return 2 * rng.uniforms((2, self.n), seed).astype(np.float64) - 1

    def run(self, w: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, Any]:
        slopes = self.c * np.where(x >= 0, w[0], w[1])
        return x * slopes, (x, slopes)

    def back(self, w: np.ndarray, kept: Any, dy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        x, slopes = kept
        taken = self.c * dy * x
        return dy * slopes, np.stack([np.sum(taken * (x >= 0), axis=0), np.sum(taken * (x < 0), axis=0)])


class Relu:
    """max(x, 0)."""

    def start(self, seed: int) -> np.ndarray:
        return _NONE

    def run(self, w: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, Any]:
        return np.maximum(x, 0), x > 0

    def back(self, w: np.ndarray, kept: Any, dy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return dy * kept, _NONE


class Dense(NamedTuple):
    """y = W x; Gaussian with variance gain / inputs at the start. `mask`: weights that there are, of the same shape; None = all."""

    inputs: int
    outputs: int
    gain: float = 1.0
    mask: np.ndarray | None = None

    def start(self, seed: int) -> np.ndarray:
        w = normals((self.outputs, self.inputs), seed) * np.sqrt(self.gain / self.inputs)
        return w if self.mask is None else w * self.mask

    def run(self, w: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, Any]:
        return x @ w.T, x

    def back(self, w: np.ndarray, kept: Any, dy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        dw = dy.T @ kept
        return dy @ w, dw if self.mask is None else dw * self.mask


class Butterfly(NamedTuple):
    """log2 n levels of learned 2 x 2 blocks: 2 n log2 n weights, the fast transform at the start. Alizadeh-Vahid et al., CVPR 2020.

    Weights (log2 n, 4, n / 2): the blocks (a b; c d) of each level, in the order of their first rows.
    """

    n: int

    def start(self, seed: int) -> np.ndarray:
        signs_of = np.array([1.0, 1.0, 1.0, -1.0])[None, :, None]
        return np.ascontiguousarray(np.broadcast_to(signs_of * 0.5**0.5, (self.n.bit_length() - 1, 4, self.n // 2)))

    def run(self, w: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, Any]:
        kept, batch = [], len(x)
        for level, (a, b, c, d) in enumerate(w):
            u, v = self._pairs(x, level)
            kept.append((u, v))
            x = np.stack([(a * u + b * v).reshape(batch, -1, 1 << level), (c * u + d * v).reshape(batch, -1, 1 << level)], axis=2)
            x = x.reshape(batch, self.n)
        return x, kept

    def back(self, w: np.ndarray, kept: Any, dy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        dw, batch = np.empty_like(w), len(dy)
        for level in range(len(w) - 1, -1, -1):
            (a, b, c, d), (u, v) = w[level], kept[level]
            du, dv = self._pairs(dy, level)
            dw[level] = [np.sum(g * z, axis=0) for g, z in ((du, u), (du, v), (dv, u), (dv, v))]
            dy = np.stack([(a * du + c * dv).reshape(batch, -1, 1 << level), (b * du + d * dv).reshape(batch, -1, 1 << level)], axis=2)
            dy = dy.reshape(batch, self.n)
        return dy, dw

    def _pairs(self, x: np.ndarray, level: int) -> tuple[np.ndarray, np.ndarray]:
        """First and second rows of the blocks of a level, (batch, n / 2) each."""
        pairs = x.reshape(len(x), -1, 2, 1 << level)
        return pairs[:, :, 0].reshape(len(x), -1), pairs[:, :, 1].reshape(len(x), -1)


class Net(NamedTuple):
    """Layers, one after another."""

    layers: Sequence[Layer]

    def start(self, seed: int) -> Weights:
        """Weights of every layer."""
        return [layer.start(1000 * seed + k) for k, layer in enumerate(self.layers)]

    def __call__(self, weights: Weights, x: np.ndarray) -> np.ndarray:
        """Outputs (batch, n)."""
        for layer, w in zip(self.layers, weights, strict=True):
            x, _ = layer.run(w, x)
        return x

    def gradient(self, weights: Weights, x: np.ndarray, y: np.ndarray) -> tuple[float, Weights]:
        """Mean squared error over all numbers of y (batch, outputs), and its gradient; the outputs are the first of the net's."""
        kept = []
        for layer, w in zip(self.layers, weights, strict=True):
            x, past = layer.run(w, x)
            kept.append(past)
        off = x[:, : y.shape[1]] - y
        g = np.zeros_like(x)
        g[:, : y.shape[1]] = 2 * off / off.size
        grads: Weights = []
        for layer, w, past in zip(reversed(self.layers), reversed(weights), reversed(kept), strict=True):
            g, dw = layer.back(w, past, g)
            grads.append(dw)
        return float(np.mean(off**2)), grads[::-1]


def size(weights: Weights) -> int:
    """How many numbers can be learned."""
    return sum(w.size for w in weights)


def fit(
    net: Net, weights: Weights, x: np.ndarray, y: np.ndarray, steps: int, rate: float, batch: int | None = None
) -> tuple[Weights, list[float]]:
    """Adam (Kingma & Ba 2015), the rate falling to 0 along a cosine; weights, and the error of each step's batch before it.

    Batches of so many pairs, drawn by their step; None = always all pairs.
    """
    weights = [w.copy() for w in weights]
    first, second = [np.zeros_like(w) for w in weights], [np.zeros_like(w) for w in weights]
    errors = []
    for t in range(1, steps + 1):
        chosen = slice(None) if batch is None else (rng.uniforms((batch,), 51, t) * np.float32(len(x))).astype(int)
        error, grads = net.gradient(weights, x[chosen], y[chosen])
        errors.append(error)
        now = rate * 0.5 * (1 + np.cos(np.pi * (t - 1) / steps)) * np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        for w, m, v, g in zip(weights, first, second, grads, strict=True):
            m += 0.1 * (g - m)
            v += 0.001 * (g * g - v)
            w -= now * m / (np.sqrt(v) + 1e-8)
    return weights, errors


def walsh_net(n: int, depth: int, c: float = 3**0.5, even: bool = False, seed: int = 1) -> Net:
    """H P_depth H .. P_1 H S, 2 n depth weights. c = sqrt(3) keeps the mean square of slopes uniform in -1..1; even wants c = 2.

    H as a matrix: up to n = 256, a matrix product is quicker than NumPy's additions.
    """
    return transform_net([Fixed(hadamard(np.eye(n)))] * (depth + 1), n, c, even, seed)


def transform_net(transforms: Sequence[Layer], n: int, c: float = 3**0.5, even: bool = False, seed: int = 1) -> Net:
    """The same with other transforms, the one behind the last switch included."""
    layers: list[Layer] = [Flips(signs((n,), seed).astype(np.float64)), transforms[0]]
    for transform in transforms[1:]:
        layers += [Switch(n, c, even), transform]
    return Net(layers)


def dense_net(widths: Sequence[int], masks: Sequence[np.ndarray | None] | None = None) -> Net:
    """W_k relu .. relu W_1; variance 2 / inputs at the start, 1 / inputs in the last layer (He et al. 2015)."""
    layers: list[Layer] = []
    for k, (a, b) in enumerate(pairwise(widths)):
        is_last = k == len(widths) - 2
        layers += [Dense(a, b, 1.0 if is_last else 2.0, masks[k] if masks else None)] + ([] if is_last else [Relu()])
    return Net(layers)
