"""One compiled loop out of world, controller and memory.

The loop is written out as a short module that imports the kernels of the three parts by name (alife/core/written.py). It
compiles once (seconds); every later start loads it.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from types import ModuleType

from alife.core import jit
from alife.core.written import import_text

TEMPLATE = '''"""The life of {world} agents with a {controller} controller and {memory} memory, fused. Written by alife/sim/fuse.py.

Sources: {digest}
"""

from alife.core.jit import kernel
from alife.core.lanes import LANES, splat, store
from alife.sim.head import begin as head_begin
from alife.sim.head import move
from alife.sim.tick import face, has_parted, key, offer, take_in
from {controller_module} import act as net_act
from {controller_module} import begin as net_begin
from {controller_module} import perceive as net_perceive
from {memory_module} import address, read, write
from {memory_module} import begin as memory_begin
from {world_module} import act as world_act
from {world_module} import begin as world_begin
from {world_module} import observe as world_observe
from {world_module} import score as world_score
import numpy as np

ZERO, ONE = np.float32(0), np.float32(1)


@kernel
def think(b, w):
    """One tick of 16 minds: x in = observation, x out = actions; the memory of each has changed."""
    x, h, r, v = b.x, b.h, b.r, b.v
    face(x, h, b.slots)
    net_perceive(b.net, w, h)
    if b.head.slots[0] >= 0:
        key(h, b.k, b.slots)
        address(b.memory, b.k, b.head.jump)
    move(b.head, h)
    read(b.memory, b.head.a, r)
    take_in(x, h, r, v, b.slots)
    net_act(b.net, w, x)
    offer(x, v, b.g, b.slots)
    if has_parted(h, b.slots):
        read(b.memory, b.head.b, b.head.own)
        write(b.memory, b.head.b, b.head.own, v, b.g)
    else:
        write(b.memory, b.head.a, r, v, b.g)


@kernel
def begin(b, seeds):
    """A life begins in every lane: seeds uint64 (LANES,)."""
    for lane in range(LANES):
        b.alive[lane] = 1
        b.born[0, lane] = ONE
        world_begin(b.world, lane, seeds[lane])
    net_begin(b.net, b.born)
    memory_begin(b.memory, b.born)
    head_begin(b.head, b.born)


@kernel
def see(b):
    """x <- what each lane observes, 0 elsewhere, and the constant 1."""
    zero = splat(ZERO)
    for i in range(b.x.shape[0]):
        store(b.x, i, zero)
    for lane in range(LANES):
        if b.alive[lane]:
            world_observe(b.world, lane, b.x)
    store(b.x, b.slots[0], splat(ONE))


@kernel
def do(b):
    """Each living lane acts; those whose life ends with it are no longer alive."""
    for lane in range(LANES):
        if b.alive[lane] and not world_act(b.world, lane, b.x):
            b.alive[lane] = 0


@kernel
def advance(b, w, ticks, lived):
    """Up to so many ticks of one block, w (*shape, LANES); lived int64 (LANES,) counts the ticks of each lane."""
    for _ in range(ticks):
        living = 0
        for lane in range(LANES):
            living += b.alive[lane]
            lived[lane] += b.alive[lane]
        if living == 0:
            break
        see(b)
        think(b, w)
        do(b)


@kernel
def lives(b, genes, first, last, seeds, from_life, to_life, ticks, scores, lived):
    """Lives from_life..to_life-1 of blocks first..last-1, one after another.

    genes (blocks, *shape, LANES); seeds uint64 (lives, LANES); filled: scores float32 (blocks, LANES, lives); added to:
    lived int64 (last - first, LANES), the ticks of each agent.
    """
    for block in range(first, last):
        for life in range(from_life, to_life):
            begin(b, seeds[life])
            advance(b, genes[block], ticks, lived[block - first])
            for lane in range(LANES):
                scores[block, lane, life] = world_score(b.world, lane)


@kernel
def score(b, lane):
    """The score of one lane's life."""
    return world_score(b.world, lane)
'''


def fuse(world: ModuleType, controller: ModuleType, memory: ModuleType) -> ModuleType:
    """The module whose kernels (`begin`, `see`, `think`, `do`, `advance`, `lives`, `score`) run this triple."""
    from alife.sim import head, tick

    parts = {"world": world, "controller": controller, "memory": memory}
    sources = [Path(str(m.__file__)) for m in (*parts.values(), head, tick)]
    digest = hashlib.sha256(" ".join([*map(jit.imported_digest, sources), TEMPLATE]).encode()).hexdigest()
    names = {k: m.__name__.rpartition(".")[2] for k, m in parts.items()}
    text = TEMPLATE.format(**names, **{f"{k}_module": m.__name__ for k, m in parts.items()}, digest=digest)
    name = "alife_fused_" + "_".join(names.values()) + f"_{digest[:16]}"
    return sys.modules.get(name) or import_text(name, text)
