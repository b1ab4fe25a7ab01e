"""The memories of the project, sixteen side by side: many writes and reads by their own kernels, in loops that are written out as text.

Nothing of a memory is copied here: an experiment that finds a formula right has found it of the very code that agents live with.
"""

from __future__ import annotations

import math

import numpy as np

from alife.core import registry
from alife.core.lanes import LANES, aligned
from alife.lab._chance import signs
from alife.lab._loops import loops

TEMPLATE = '''"""Many addresses, writes and reads of the memory {module}. Written by alife/lab/_memories.py.

Sources: {digest}
"""

from alife.core.jit import kernel
from alife.core.lanes import load, splat, store
from {module} import address, read, write
import numpy as np


@kernel
def find(s, x, out):
    """out (m, K, LANES) <- addresses of x (m, width, LANES)."""
    for i in range(x.shape[0]):
        address(s, x[i], out[i])


@kernel
def learn(s, keys, values, order, gate, is_plain, heard):
    """heard[j] <- what is recalled at keys[order[j]], then the write of values[order[j]] there; plain: as if that were 0."""
    for j in range(order.shape[0]):
        i = order[j]
        r = heard[j]
        read(s, keys[i], r)
        if is_plain:
            for c in range(r.shape[0]):
                store(r, c, splat(np.float32(0)))
        write(s, keys[i], r, values[i], gate)


@kernel
def recall(s, keys, heard):
    """heard (m, D, LANES) <- recalls at keys (m, K, LANES)."""
    for i in range(keys.shape[0]):
        read(s, keys[i], heard[i])
'''


class Memory:
    """LANES empty memories of one kind. Keys (m, K, LANES), values and recalls (m, D, LANES), inputs (m, width, LANES); float32."""

    def __init__(self, kind: str, bits: int, width: int = 4, values: int = 1, **params: float) -> None:
        self._module = registry.load("memory", kind)
        self._loops = loops(self._module, TEMPLATE)
        self._bits, self._values = bits, values
        self._state = self._module.state(self._module.Params(bits=bits, values=values, **params), width)

    def keys(self, x: np.ndarray) -> np.ndarray:
        """The addresses of inputs."""
        out = np.zeros((len(x), self._bits, LANES), np.float32)
        self._loops.find(self._state, np.ascontiguousarray(x, np.float32), out)
        return out

    def write(
        self, keys: np.ndarray, values: np.ndarray, order: np.ndarray | None = None, gate: float = 1.0, plain: bool = False
    ) -> np.ndarray:
        """One after another by the delta rule, in an order of items (each once, as they come); what was recalled before each.

        plain: M <- M + gate v a' / K, the same kernel, told that nothing was recalled; the recalls are then 0.
        """
        turns = np.arange(len(keys)) if order is None else np.asarray(order, np.int64)
        heard = np.zeros((len(turns), self._values, LANES), np.float32)
        arrays = np.ascontiguousarray(keys, np.float32), np.ascontiguousarray(values, np.float32)
        self._loops.learn(self._state, *arrays, turns, aligned((1, LANES), gate), plain, heard)
        return heard

    def read(self, keys: np.ndarray) -> np.ndarray:
        """The recalls at keys."""
        heard = np.zeros((len(keys), self._values, LANES), np.float32)
        self._loops.recall(self._state, np.ascontiguousarray(keys, np.float32), heard)
        return heard

    def weights(self) -> np.ndarray:
        """M transposed, float64 (K, D, LANES)."""
        return self._module.contents(self._state).astype(np.float64)

    def hold(self, weights: np.ndarray) -> None:
        """An empty memory <- M transposed (K, D, LANES), by writing it along the unit vectors."""
        unit = np.repeat(np.eye(self._bits, dtype=np.float32)[..., None], LANES, axis=2)
        self.write(unit, self._bits * weights, plain=True)


def addresses(memory: Memory, x: np.ndarray) -> np.ndarray:
    """Addresses (m, K) of inputs x (m, width), sixteen at a time."""
    m, blocks = len(x), math.ceil(len(x) / LANES)
    padded = np.zeros((blocks * LANES, x.shape[1]), np.float32)
    padded[:m] = x
    keys = memory.keys(padded.reshape(blocks, LANES, -1).transpose(0, 2, 1))
    return keys.transpose(0, 2, 1).reshape(blocks * LANES, -1)[:m]


def random_keys(m: int, bits: int, seed: int, time: int = 0) -> np.ndarray:
    """Keys (m, K, LANES) of +-1, all independent, as an ideal hash gives them."""
    return signs((m, bits, LANES), seed, time)
