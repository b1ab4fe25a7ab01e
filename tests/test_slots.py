"""The kernels that worlds share, against plain versions of them."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from alife.core import rng, slots
from alife.core.lanes import LANES


def plain_codes(count, bits, seed, time, stream):
    """Python's whole numbers: a taken code gives way to the next, going round."""
    codes = []
    for i in range(count):
        code = int(rng.draw(np.uint64(seed), time, i, stream)) >> (64 - bits)
        while code in codes:
            code = (code + 1) % 2**bits
        codes.append(code)
    return codes


@given(st.data(), st.integers(1, 64), st.integers(0, 2**64 - 1), st.integers(0, 3), st.integers(0, 3), st.integers(0, LANES - 1))
@settings(max_examples=100, deadline=None)
def test_codes_are_random_and_all_different(data, bits, seed, time, stream, lane):
    count = data.draw(st.integers(0, min(2**bits, 40)))
    codes = np.full((count + 1, LANES), 7, np.uint64)
    slots.draw_codes(codes, lane, count, bits, np.uint64(seed), time, stream)
    assert codes[:count, lane].tolist() == plain_codes(count, bits, seed, time, stream)
    assert len(set(codes[:count, lane].tolist())) == count
    assert (np.delete(codes, lane, 1) == 7).all() and codes[count, lane] == 7


def test_all_codes_there_are_can_be_drawn():
    codes = np.zeros((64, LANES), np.uint64)
    slots.draw_codes(codes, 2, 64, 6, np.uint64(5), 0, 1)
    assert sorted(codes[:, 2].tolist()) == list(range(64)) and codes[:, 2].tolist() == plain_codes(64, 6, 5, 0, 1)
