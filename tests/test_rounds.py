"""Addresses that are hashed again: the bits of a naive loop, and what near keys have left in common."""

import math

import naive
import numpy as np
import pytest

from alife.core import config, rng
from alife.core.errors import ConfigError
from alife.core.lanes import LANES, aligned
from memory import lsh


def addressed(x, rows, rounds):
    """Addresses (rows, LANES) of keys x (n, LANES)."""
    state = lsh.state(lsh.Params(bits=rows, values=1, rounds=rounds), len(x))
    out = aligned((rows, LANES))
    lsh.address(state, x, out)
    return out


def keys(n):
    """(n, LANES) of +-1."""
    x = aligned((n, LANES))
    x[...] = rng.signs(n * LANES, 7, n).reshape(n, LANES)
    return x


@pytest.mark.parametrize(("n", "rows"), [(64, 64), (64, 256), (64, 16), (16, 128)])
@pytest.mark.parametrize("rounds", [1, 2, 3, 5])
def test_every_round_hashes_the_address(n, rows, rounds):
    x = keys(n)
    found = addressed(x, rows, rounds)
    for lane in range(LANES):
        wanted, size = naive.lsh_address(x[:, lane], rows), max(n, rows)
        for k in range(1, rounds):
            padded = np.zeros(size, np.float32)
            padded[:rows] = wanted
            wanted = np.where(naive.fwht(padded * naive.signs(size, naive.FLIPS + k)) >= 0, np.float32(1), np.float32(-1))[:rows]
        assert naive.same_bits(found[:, lane], wanted)


def test_near_keys_have_less_in_common_with_every_round():
    """Overlaps follow c -> 1 - 2 arccos(c) / pi, one key against itself with 1/8 of its components turned."""
    n, rows = 64, 4096
    x = keys(n)
    near = aligned(x.shape)
    near[...] = x
    near[: n // 8] *= -1
    c, overlaps = 0.75, []
    for rounds in range(1, 5):
        c = 1 - 2 * math.acos(c) / math.pi
        overlap = (addressed(x, rows, rounds) * addressed(near, rows, rounds)).mean(axis=0)
        assert abs(float(overlap.mean()) - c) < 0.03
        overlaps.append(float(overlap.mean()))
        assert np.array_equal(addressed(x, rows, rounds), addressed(x, rows, rounds))
    assert overlaps == sorted(overlaps, reverse=True)


def test_rounds_are_of_this_memory_and_at_least_one():
    assert config.load("copy").memory.params.rounds == 1
    for text, words in (("memory.rounds=0", "greater than or equal to 1|>= 1"), ("memory.rounds=9", "8")):
        with pytest.raises(ConfigError, match=words):
            config.load("copy", [text])
    with pytest.raises(ConfigError, match="rounds"):
        config.load("copy", ["memory.kind=exact", "memory.rounds=2"])
