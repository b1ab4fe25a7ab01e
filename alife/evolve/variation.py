"""A generation of children from parents."""

from __future__ import annotations

from alife.core.heredity import cross, mutate
from alife.core.jit import kernel


@kernel
def breed(parents, mothers, fathers, first, children, seed, most, octaves, span, low, high):
    """children[first:] <- offspring; a father of -1 means a clone of the mother. All of them are mutated.

    parents, children float32 (population, genes); mothers, fathers int64 (population,): rows of parents; seed uint64.
    """
    for child in range(first, children.shape[0]):
        out = children[child]
        if fathers[child] >= 0:
            cross(parents[mothers[child]], parents[fathers[child]], out, seed, child)
        else:
            mother = parents[mothers[child]]
            for i in range(out.shape[0]):
                out[i] = mother[i]
        mutate(out, seed, child, most, octaves, span, low, high)
