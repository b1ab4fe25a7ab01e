"""The fast transform against its definition, at every size, and its laws."""

import naive
import numpy as np
import pytest

from alife.core import rng
from alife.core.lanes import LANES
from alife.core.wht import fwht

SIZES = [2**k for k in range(1, 17)]


def numbers(n, seed):
    """float32 (n, LANES) in [-1, 1)."""
    return rng.uniforms((n, LANES), seed) * np.float32(2) - np.float32(1)


def integers(n, seed, limit=100):
    """float32 (n, LANES) of whole numbers: every sum up to 65,536 of them is exact."""
    return np.floor(rng.uniforms((n, LANES), seed) * np.float32(2 * limit)) - np.float32(limit)


def transformed(x):
    y = x.copy()
    fwht(y)
    return y


@pytest.mark.parametrize("n", [n for n in SIZES if n <= 1024])
def test_is_the_matrix(n):
    x = integers(n, 1)
    assert np.array_equal(transformed(x), naive.hadamard(n) @ x)
    assert np.array_equal(naive.fwht(x), naive.hadamard(n) @ x)


@pytest.mark.parametrize("n", [n for n in SIZES if n > 1024])
def test_is_the_matrix_in_random_rows(n):
    x = integers(n, 2)
    y = transformed(x)
    columns = np.arange(n, dtype=np.uint64)
    for row in [0, 1, n // 2, n - 1, *(int(r) % n for r in rng.bits(20, n))]:
        odd = np.bitwise_count(columns & np.uint64(row)) % 2
        assert np.array_equal(y[row], np.where(odd[:, None], -x, x).sum(axis=0, dtype=np.float64))


@pytest.mark.parametrize("n", SIZES)
def test_several_levels_in_one_pass_change_no_bit(n):
    x = numbers(n, 3) * np.float32(2.0) ** np.floor(rng.uniforms((n, LANES), 4) * np.float32(60) - np.float32(30))
    assert naive.same_bits(transformed(x), naive.fwht(x))


@pytest.mark.parametrize("n", SIZES)
def test_twice_is_n_times(n):
    x = integers(n, 5, limit=min(100, 2**24 // n // 4))
    assert np.array_equal(transformed(transformed(x)), np.float32(n) * x)


@pytest.mark.parametrize("n", SIZES)
def test_parseval(n):
    x = numbers(n, 6)
    before, after = (np.square(a.astype(np.float64)).sum(axis=0) for a in (x, transformed(x)))
    assert np.allclose(after, n * before, rtol=1e-5, atol=0)


@pytest.mark.parametrize("n", SIZES)
def test_linear(n):
    a, b = integers(n, 7, 20), integers(n, 8, 20)
    assert np.array_equal(transformed(np.float32(2) * a - b), np.float32(2) * transformed(a) - transformed(b))


@pytest.mark.parametrize("n", SIZES)
def test_lanes_are_strangers(n):
    x = numbers(n, 9)
    clean = transformed(x)
    x[:, 3], x[n // 2, 11] = np.nan, np.inf
    assert naive.same_bits(np.delete(transformed(x), [3, 11], axis=1), np.delete(clean, [3, 11], axis=1))
    alone = np.zeros_like(x)
    alone[:, 5] = x[:, 5]
    assert naive.same_bits(transformed(alone)[:, 5], clean[:, 5])
    assert not transformed(alone)[:, :5].any()


@pytest.mark.parametrize("n", [2, 64, 4096])
def test_impulses_and_constants(n):
    x = np.zeros((n, LANES), np.float32)
    x[0] = 1
    assert np.array_equal(transformed(x), np.ones((n, LANES), np.float32))
    expected = np.zeros((n, LANES), np.float32)
    expected[0] = n
    assert np.array_equal(transformed(np.ones((n, LANES), np.float32)), expected)
