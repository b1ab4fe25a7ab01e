"""Random numbers: the same as in Python's whole numbers, uniform, and without an order."""

import naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alife.core import rng
from alife.core.jit import DISABLED, kernel

WORDS = st.integers(0, 2**64 - 1)
EDGES = [0, 1, 2**31, 2**32, 2**63 - 1, 2**63, 2**64 - 1]


@kernel
def _order(seed, out):
    """out (4, 4) uint64 <- draw(seed, i, j, i + j), backwards."""
    for i in range(3, -1, -1):
        for j in range(3, -1, -1):
            out[i, j] = rng.draw(seed, i, j, i + j)


def test_the_mixer_is_splitmix64():
    published = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]  # the generator's first words, seed 0
    assert [int(rng.mix(np.uint64(k * naive.GOLDEN & naive.MASK))) for k in (1, 2, 3)] == published


def test_golden_draws():
    golden = {
        (0, 0, 0, 0): 0x2130748AAAC80268,
        (1, 0, 0, 0): 0xE28195DDD9EE4956,
        (0, 1, 0, 0): 0xD1C0270687984B37,
        (0, 0, 1, 0): 0xD9EEF7F073D37C42,
        (0, 0, 0, 1): 0x2A4F111B3BE57715,
        (1, 2, 3, 4): 0xD55CCD4AEB3CCAFB,
        (2**64 - 1,) * 4: 0x9C666618C8F279D7,
    }
    for keys, value in golden.items():
        assert int(rng.draw(*map(np.uint64, keys))) == value == naive.draw(*keys)


@given(WORDS, WORDS, WORDS, WORDS)
@settings(deadline=None, max_examples=200)
def test_a_draw_is_what_whole_numbers_give(seed, time, item, stream):
    got = rng.draw(np.uint64(seed), np.uint64(time), np.uint64(item), np.uint64(stream))
    assert int(got) == naive.draw(seed, time, item, stream)


@pytest.mark.parametrize("word", EDGES)
@pytest.mark.parametrize("place", range(4))
def test_extreme_keys(word, place):
    keys = [3, 5, 7, 11]
    keys[place] = word
    assert int(rng.draw(*map(np.uint64, keys))) == naive.draw(*keys)


@given(WORDS, st.integers(1, 2**31))
@settings(deadline=None, max_examples=200)
def test_uniform_below_and_sign(word, n):
    bits = np.uint64(word)
    assert rng.uniform(bits) == naive.uniform(word) and 0 <= rng.uniform(bits) < 1
    assert rng.below(bits, n) == naive.below(word, n) and 0 <= rng.below(bits, n) < n
    assert rng.sign(bits) == naive.sign(word)


def test_the_ends_of_the_ranges():
    least, most = np.uint64(0), np.uint64(naive.MASK)
    assert rng.uniform(least) == 0 and rng.uniform(most) == np.float32(1 - 2**-24)
    for n in (1, 2, 3, 10, 2**31):
        assert rng.below(least, n) == 0 and rng.below(most, n) == n - 1
    assert rng.sign(least) == 1 and rng.sign(most) == -1


@pytest.mark.skipif(DISABLED, reason="types of compiled code")
def test_results_keep_their_types():
    word = np.uint64(5)
    kinds = {"mix": (word,), "draw": (word,) * 4, "uniform": (word,), "below": (word, 3), "sign": (word,)}
    returned = {}
    for name, args in kinds.items():
        function = getattr(rng, name)
        function(*args)
        returned[name] = {str(compiled.signature.return_type) for compiled in function.overloads.values()}
    assert returned == {
        "mix": {"uint64"},
        "draw": {"uint64"},
        "uniform": {"float32"},
        "below": {"int64"},
        "sign": {"float32"},
    }


def test_arrays_are_draws_item_by_item():
    seed, time, stream = 9, 4, 2
    words = [naive.draw(seed, time, i, stream) for i in range(50)]
    assert rng.bits(50, seed, time, stream).tolist() == words
    assert rng.bits(7, seed, time, stream).tolist() == words[:7]
    assert rng.uniforms((5, 10), seed, time, stream).ravel().tolist() == [naive.uniform(w) for w in words]
    assert rng.signs(50, seed, time, stream).tolist() == naive.signs(50, seed, time, stream).tolist()
    assert rng.permutation(50, seed, time, stream).tolist() == naive.permutation(50, seed, time, stream)
    assert rng.uniforms((5, 10), seed).dtype == rng.signs(5, seed).dtype == np.float32
    assert rng.permutation(5, seed).dtype == np.int64


def test_draws_have_no_order():
    out = np.zeros((4, 4), np.uint64)
    _order(np.uint64(77), out)
    assert out.tolist() == [[naive.draw(77, i, j, i + j) for j in range(4)] for i in range(4)]


@pytest.mark.parametrize("size", [0, 1, 2, 17, 1000])
def test_a_permutation_is_one(size):
    assert sorted(rng.permutation(size, 3, 1, 4).tolist()) == list(range(size))


def test_key_names_streams():
    assert rng.key() == 0
    for parts in ((1,), (1, 2), (2, 1), (1, 2, 0), (2**64 - 1, 2**63)):
        assert rng.key(*parts) == naive.key(*parts)
    keys = {rng.key(a, b) for a in range(40) for b in range(40)} | {rng.key(a) for a in range(40)}
    assert len(keys) == 40 * 40 + 40


@pytest.mark.parametrize("place", range(4))
def test_neighbouring_keys_share_nothing(place):
    """Two streams that differ in one key by one agree in about half of their bits: 64,000 coins, sd 0.002."""
    keys = np.full((1000, 4), 6, np.uint64)
    keys[:, (place + 1) % 4] = np.arange(1000)
    others = keys.copy()
    others[:, place] += np.uint64(1)
    a, b = (np.array([rng.draw(*row) for row in rows], np.uint64) for rows in (keys, others))
    differing = np.unpackbits((a ^ b).view(np.uint8)).mean()
    assert 0.49 < differing < 0.51
    assert len(np.unique(np.concatenate([a, b]))) == 2000


@pytest.mark.parametrize("seed", [0, 1, 2**63])
def test_every_bit_is_a_fair_coin(seed):
    words = rng.bits(20_000, seed, 1, 2)
    ones = np.array([((words >> np.uint64(i)) & np.uint64(1)).mean() for i in range(64)])
    assert np.all(np.abs(ones - 0.5) < 5 * 0.5 / 20_000**0.5)


@pytest.mark.parametrize("seed", [0, 1, 12345])
def test_chi_square(seed):
    """99 degrees of freedom: mean 99, sd 14; 180 has a probability of about 1e-6."""
    n, cells = 50_000, 100
    expected = n / cells
    u = rng.uniforms((n,), seed, 0, 7)
    words = rng.bits(n, seed, 0, 8)
    indices = np.array([rng.below(word, cells) for word in words])
    pairs = (u[:-1] * 10).astype(int) * 10 + (u[1:] * 10).astype(int)
    for sample in ((u * cells).astype(int), indices, pairs):
        counts = np.bincount(sample, minlength=cells)
        assert len(counts) == cells
        assert ((counts - expected) ** 2 / expected).sum() < 180


def test_signs_balance():
    for seed in range(5):
        assert abs(rng.signs(100_000, seed).sum()) < 5 * 100_000**0.5
    rows = np.array([rng.signs(1024, seed, 3) for seed in range(40)])
    overlaps = (rows @ rows.T / 1024)[~np.eye(40, dtype=bool)]
    assert np.abs(overlaps).max() < 6 / 32  # sd 1/32


def test_permutations_are_uniform():
    """All 24 orders of 4 come equally often: 23 degrees of freedom, mean 23, sd 7."""
    orders = [tuple(rng.permutation(4, seed, 5)) for seed in range(4800)]
    counts = np.array([orders.count(order) for order in set(orders)])
    assert len(counts) == 24
    assert ((counts - 200) ** 2 / 200).sum() < 65
