"""Random numbers without a state: a hash of (seed, time, item, stream), so any order and any thread gives the same draw.

The mixer is SplitMix64's finaliser (Steele, Lea & Flood, OOPSLA 2014), applied once per key. All integers are uint64:
mixed with int64, numba would silently give int64 or float64.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from alife.core.jit import kernel

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_M1 = np.uint64(0xBF58476D1CE4E5B9)
_M2 = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31 = np.uint64(30), np.uint64(27), np.uint64(31)
_S32, _S40, _S63 = np.uint64(32), np.uint64(40), np.uint64(63)
_STEP = np.float32(2.0**-24)


@kernel
def mix(z):
    """uint64 -> uint64, a bijection in which every input bit changes about half of the output bits."""
    z = (z ^ (z >> _S30)) * _M1
    z = (z ^ (z >> _S27)) * _M2
    return z ^ (z >> _S31)


@kernel
def draw(seed, time, item, stream):
    """64 random bits (uint64) for four keys, each an integer >= 0."""
    z = mix(np.uint64(seed) + _GOLDEN)
    z = mix((z ^ np.uint64(time)) + _GOLDEN)
    z = mix((z ^ np.uint64(item)) + _GOLDEN)
    return mix((z ^ np.uint64(stream)) + _GOLDEN)


@kernel
def uniform(bits):
    """float32 in [0, 1), a multiple of 2^-24, from the top 24 of 64 random bits."""
    return np.float32(bits >> _S40) * _STEP


@kernel
def below(bits, n):
    """int64 in 0..n-1 from the top 32 of 64 random bits; n <= 2^31. Bias below n / 2^32."""
    return np.int64(((bits >> _S32) * np.uint64(n)) >> _S32)


@kernel
def sign(bits):
    """+1 or -1, float32, from the top bit."""
    return np.float32(1) if (bits >> _S63) == np.uint64(0) else np.float32(-1)


@kernel
def fill_bits(out, seed, time, stream):
    """out (size,) uint64 <- draw(seed, time, i, stream)."""
    for i in range(out.shape[0]):
        out[i] = draw(seed, time, i, stream)


def bits(size: int, seed: int, time: int = 0, stream: int = 0) -> np.ndarray:
    """uint64 (size,): draw(seed, time, 0.., stream)."""
    out = np.empty(size, np.uint64)
    fill_bits(out, np.uint64(seed), np.uint64(time), np.uint64(stream))
    return out


def uniforms(shape: tuple[int, ...], seed: int, time: int = 0, stream: int = 0) -> np.ndarray:
    """float32 array of that shape in [0, 1)."""
    raw = bits(int(np.prod(shape, dtype=np.int64)), seed, time, stream)
    return ((raw >> _S40).astype(np.float32) * _STEP).reshape(shape)


def signs(size: int, seed: int, time: int = 0, stream: int = 0) -> np.ndarray:
    """float32 (size,) of +1 and -1."""
    return np.where(bits(size, seed, time, stream) >> _S63, np.float32(-1), np.float32(1))


def permutation(size: int, seed: int, time: int = 0, stream: int = 0) -> np.ndarray:
    """int64 (size,), a random order of 0..size-1; the same for every NumPy version."""
    return np.argsort(bits(size, seed, time, stream), kind="stable").astype(np.int64)


def key(*parts: Any) -> int:
    """One 64-bit seed from several integers, for naming independent streams."""
    z = np.zeros(1, np.uint64)
    for part in parts:
        z = bits(1, int(z[0]), int(part))
    return int(z[0])
