"""Reading actions out of slots: kernels that worlds share."""

from __future__ import annotations

import numpy as np

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
