"""Statistics of gate keys, against cases counted by hand and against plain counting."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alife.insight.keys import entropy, numbered, packed, statistics

GATES = np.array(
    [
        [[1, 0, 1], [0, 0, 1]],
        [[1, 0, 0], [0, 1, 1]],
        [[1, 0, 1], [0, 0, 1]],
        [[1, 0, 1], [0, 1, 1]],
    ],
    bool,
)
"""Four inputs, two layers, three gates; the first and the third key are equal."""


def test_a_case_counted_by_hand():
    keys = statistics(GATES)
    assert (keys.inputs, keys.distinct, keys.collisions, keys.entropy) == (4, 3, 1, 1.5)
    first, second = keys.layers
    assert (first.distinct, first.dead, first.always) == (2, 1, 1)
    assert first.entropy == pytest.approx(2 - 0.75 * math.log2(3)) and first.activity == pytest.approx(7 / 12)
    assert second == (2, 1.0, 1, 1, 0.5)


def test_an_input_that_comes_twice_is_no_collision():
    same = np.array([[1.0, 2.0], [3.0, 4.0], [1.0, 2.0], [5.0, 6.0]], np.float32)
    assert statistics(GATES, same)[:3] == (3, 3, 0)
    other = same.copy()
    other[2, 1] = 2.5
    assert statistics(GATES, other)[:3] == (4, 3, 1)


def test_all_alike_and_all_different():
    one = statistics(np.ones((8, 1, 5), bool))
    assert one[:4] == (8, 1, 7, 0.0) and one.layers[0] == (1, 0.0, 0, 5, 1.0)
    every = np.array([[[i >> b & 1 for b in range(3)]] for i in range(8)], bool)
    assert statistics(every)[:4] == (8, 8, 0, 3.0) and statistics(every).layers[0].dead == 0


def test_without_gates_there_is_one_key():
    keys = statistics(np.zeros((3, 0, 64), bool))
    assert keys[:4] == (3, 1, 2, 0.0) and keys.layers == ()


@given(st.integers(1, 40), st.integers(1, 3), st.integers(1, 70), st.integers(0, 2**32), st.floats(0.02, 0.98))
def test_against_plain_counting(inputs, layers, units, seed, share):
    gates = np.random.default_rng(seed).random((inputs, layers, units)) < share
    gates[inputs // 2 :] = gates[: inputs - inputs // 2]
    keys = statistics(gates)
    seen = Counter(tuple(row.ravel()) for row in gates)
    assert keys.distinct == len(seen) and keys.collisions == inputs - len(seen)
    assert keys.entropy == pytest.approx(-sum(n / inputs * math.log2(n / inputs) for n in seen.values()), abs=1e-9)
    for k, layer in enumerate(keys.layers):
        patterns = Counter(tuple(row) for row in gates[:, k])
        columns = list(zip(*gates[:, k], strict=True))
        assert layer.distinct == len(patterns)
        assert layer.dead == sum(not any(column) for column in columns)
        assert layer.always == sum(all(column) for column in columns)
        assert layer.entropy == pytest.approx(-sum(n / inputs * math.log2(n / inputs) for n in patterns.values()), abs=1e-9)
        assert layer.activity == pytest.approx(gates[:, k].mean())


@pytest.mark.parametrize("bits", [0, 1, 7, 8, 63, 64, 65, 200])
def test_packing_keeps_every_bit(bits):
    rows = np.random.default_rng(bits).random((5, bits)) < 0.5
    words = packed(rows)
    assert words.dtype == np.uint64 and words.shape == (5, -(-bits // 64))
    for row, of in zip(rows, words, strict=True):
        assert sum(int(word) << 64 * i for i, word in enumerate(of)) == sum(1 << i for i, bit in enumerate(row) if bit)


def test_numbers_are_in_the_order_of_first_sight():
    rows = np.array([[3, 1], [0, 0], [3, 1], [1, 3], [0, 0]])
    assert numbered(rows).tolist() == [0, 1, 0, 2, 1]
    assert numbered(np.zeros((3, 0))).tolist() == [0, 0, 0]


def test_entropy_of_labels():
    assert entropy(np.array([0, 5, 5, 0])) == 1 and entropy(np.array([7])) == 0 and entropy(np.zeros(0, np.int64)) == 0


@pytest.mark.parametrize("gates", [np.zeros((0, 1, 4), bool), np.zeros((3, 4), bool), np.zeros((3, 1, 4))])
def test_other_arrays_are_refused(gates):
    with pytest.raises(ValueError, match="expected gates bool"):
        statistics(gates)
