"""Evolution of the project's fast-transform net by its own kernels: sixteen hill climbers side by side, one a lane.

Each keeps a parent; a child has some of its genes changed by the continuous Gray code (alife/core/heredity.py) and takes its place if it
errs no more. The loop is written out as text that imports the kernels (alife/core/written.py).
"""

from __future__ import annotations

import numpy as np

from alife.core import registry, rng
from alife.core.lanes import LANES, aligned
from alife.lab._loops import loops

TEMPLATE = '''"""Hill climbers with a wht controller. Written by alife/lab/_climbing.py.

Sources: {digest}
"""

from alife.core.heredity import mutate
from alife.core.jit import kernel
from alife.core.lanes import LANES, load, splat, store
from {module} import perceive
import numpy as np


@kernel
def judge(s, w, x, y, slots, error):
    """error (1, LANES) <- sums of squared differences; x (pairs, n), y (pairs, outputs)."""
    total = splat(np.float32(0))
    for k in range(x.shape[0]):
        for i in range(x.shape[1]):
            store(slots, i, splat(x[k, i]))
        perceive(s, w, slots)
        for i in range(y.shape[1]):
            d = load(slots, i) - splat(y[k, i])
            total = total + d * d
    store(error, 0, total)


@kernel
def climb(s, w, c, genes, child, x, y, slots, best, error, first, steps, seed, most):
    """So many children of each climber: genes (LANES, genes) in [-1, 1]; w (layers, 2, n, LANES) are slopes, c times the genes."""
    n = w.shape[2]
    for step in range(first, first + steps):
        for lane in range(LANES):
            for i in range(genes.shape[1]):
                child[lane, i] = genes[lane, i]
            mutate(child[lane], seed + np.uint64(lane), step, most, 36, np.float32(2), np.float32(-1), np.float32(1))
            for i in range(genes.shape[1]):
                w[i // (2 * n), i // n % 2, i % n, lane] = c * child[lane, i]
        judge(s, w, x, y, slots, error)
        for lane in range(LANES):
            if error[0, lane] <= best[0, lane]:
                best[0, lane] = error[0, lane]
                for i in range(genes.shape[1]):
                    genes[lane, i] = child[lane, i]
'''


def climb(
    x: np.ndarray, y: np.ndarray, depth: int, steps: int, marks: int, most: int, seed: int, even: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Errors left as a share of the mean square of y (marks + 1, LANES), evenly spaced over so many children.

    And outputs (pairs, n, LANES) at the end. x (pairs, n) as the net sees it, its signs flipped already. Slopes are sqrt(3) times genes
    that start uniform in -1..1; even: twice genes that start at 1/2. 1 to `most` of them change in a child.
    """
    module = registry.load("controllers", "wht")
    written = loops(module, TEMPLATE)
    pairs, n = x.shape
    state = module.state(module.Params(layers_in=depth, layers_out=1), n)
    c = np.float32(2 if even else 3**0.5)
    genes = np.float32(2) * rng.uniforms((LANES, depth * 2 * n), seed) - np.float32(1)
    if even:
        genes[...] = np.float32(0.5)
    w = aligned((depth, 2, n, LANES))
    w[...] = (c * genes).reshape(LANES, depth, 2, n).transpose(1, 2, 3, 0)
    slots, best, error, child = aligned((n, LANES)), aligned((1, LANES)), aligned((1, LANES)), np.empty_like(genes)
    inputs, wanted = x.astype(np.float32), y.astype(np.float32)
    written.judge(state, w, inputs, wanted, slots, best)
    found = [best[0].copy()]
    for k in range(marks):
        first, last = k * steps // marks, (k + 1) * steps // marks
        written.climb(state, w, c, genes, child, inputs, wanted, slots, best, error, first, last - first, np.uint64(seed), most)
        found.append(best[0].copy())
    w[...] = (c * genes).reshape(LANES, depth, 2, n).transpose(1, 2, 3, 0)
    outputs = np.empty((pairs, n, LANES), np.float32)
    for k in range(pairs):
        slots[...] = inputs[k][:, None]
        module.perceive(state, w, slots)
        outputs[k] = slots
    return np.array(found, np.float64) / np.sum(y**2), outputs
