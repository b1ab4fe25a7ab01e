"""Reading actions out of slots, drawing what is shown in them: kernels that worlds share."""

from __future__ import annotations

import numpy as np

from alife.core import rng
from alife.core.jit import kernel


@kernel
def strongest(x, lane, first, count):
    """Index 0..count-1 of the largest of the slots first.. of one lane; the lowest index among equals; NaN never wins."""
    best, value = 0, np.float32(-np.inf)
    for i in range(count):
        if x[first + i, lane] > value:
            best, value = i, x[first + i, lane]
    return best


@kernel
def one_hot(x, lane, first, index):
    """Slot first + index of one lane <- 1; the others stay 0."""
    x[first + index, lane] = np.float32(1)


@kernel
def draw_codes(codes, lane, count, bits, seed, time, stream):
    """codes[:count, lane] <- patterns of so many random bits, 1 to 64, no two the same: a taken one gives way to the next, going round.

    codes uint64 (>= count, LANES), count <= 2^bits; number i is `rng.draw(seed, time, i, stream)`.
    """
    unused_bits = np.uint64(64 - bits)
    last = np.uint64(0xFFFFFFFFFFFFFFFF) >> unused_bits
    for i in range(count):
        code = rng.draw(seed, time, i, stream) >> unused_bits
        j = 0
        while j < i:
            if codes[j, lane] == code:
                code = np.uint64(0) if code == last else code + np.uint64(1)
                j = 0
            else:
                j += 1
        codes[i, lane] = code
