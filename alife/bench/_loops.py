"""Sixteen agents that see the same things over and over: the real tick, and nothing of a world, in a compiled loop.

numba caches no kernel that is given kernels, so the loops are written out for a fused triple, as alife/sim/fuse.py
does with its own.
"""

from __future__ import annotations

import hashlib
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from alife.core import config, rng
from alife.core.lanes import LANES, aligned
from alife.core.written import import_text
from alife.evolve.genome import space_of
from alife.sim.agent import Agent

PARTS = ("perceive", "address", "move", "read", "act", "write")
"""Of a tick, in order. What the head sees is taken with `perceive`, the recall is added to the slots with `read`, values are clipped with
`write`, and who parts reads a second time there."""

_SEED = 20
_TEMPLATE = '''"""Loops around the tick of {fused}. Written by alife/bench/_loops.py."""

from alife.core.jit import inlined, kernel
from alife.core.lanes import load, splat, store
from {fused} import (
    ONE, address, face, has_parted, head_begin, key, memory_begin, move, net_act, net_begin, net_perceive, offer, read, take_in, think,
    write,
)


@inlined
def _show(b, seen, now):
    for i in range(b.x.shape[0]):
        store(b.x, i, load(seen, (now, i)))


@kernel
def begin(b):
    """A life begins in every lane, without a world."""
    store(b.born, 0, splat(ONE))
    net_begin(b.net, b.born)
    memory_begin(b.memory, b.born)
    head_begin(b.head, b.born)


@kernel
def run(b, w, seen, ticks):
    """So many ticks of one block; seen (times, n, LANES) over and over."""
    now = 0
    for _ in range(ticks):
        _show(b, seen, now)
        think(b, w)
        now = 0 if now + 1 == seen.shape[0] else now + 1


@kernel
def lives(b, genes, seen):
    """A life of each block, one after another, all in the same arrays."""
    for block in range(genes.shape[0]):
        begin(b)
        run(b, genes[block], seen, seen.shape[0])


@kernel
def halves(b, w, seen, ticks):
    """Both halves of the net on what is seen, without head and memory."""
    now = 0
    for _ in range(ticks):
        _show(b, seen, now)
        now = 0 if now + 1 == seen.shape[0] else now + 1
        face(b.x, b.h, b.slots)
        net_perceive(b.net, w, b.h)
        net_act(b.net, w, b.x)


@kernel
def partly(b, w, seen, ticks, parts):
    """`run` with the first `parts` of the six parts of a tick."""
    x, h, r, v = b.x, b.h, b.r, b.v
    now = 0
    for _ in range(ticks):
        _show(b, seen, now)
        now = 0 if now + 1 == seen.shape[0] else now + 1
        if parts > 0:
            face(x, h, b.slots)
            net_perceive(b.net, w, h)
        if parts > 1:
            if b.head.slots[0] >= 0:
                key(h, b.k, b.slots)
                address(b.memory, b.k, b.head.jump)
        if parts > 2:
            move(b.head, h)
        if parts > 3:
            read(b.memory, b.head.a, r)
            take_in(x, h, r, v, b.slots)
        if parts > 4:
            net_act(b.net, w, x)
        if parts > 5:
            offer(x, v, b.g, b.slots)
            if has_parted(h, b.slots):
                read(b.memory, b.head.b, b.head.own)
                write(b.memory, b.head.b, b.head.own, v, b.g)
            else:
                write(b.memory, b.head.a, r, v, b.g)


@kernel
def relive(b, w, seen, lives, parts):
    """So many births, each with the first `parts` of the ticks of a life; seen (ticks, n, LANES)."""
    for _ in range(lives):
        begin(b)
        partly(b, w, seen, seen.shape[0], parts)
'''


class Case(NamedTuple):
    """Sizes of agents that play copy with as many bits as a memory has values."""

    name: str
    width: int
    bits: int
    layers_in: int
    layers_out: int
    values: int = 8


class Scene(NamedTuple):
    """Newborn agents of a case, their loops, and what they see: one whole life of copy."""

    agent: Agent
    kernels: ModuleType
    genomes: np.ndarray
    """(agents, genes)"""
    genes: np.ndarray
    """(blocks, *shape, LANES)"""
    seen: np.ndarray
    """(times, n)"""
    seen_in_lanes: np.ndarray
    """(times, n, LANES)"""


def scene(case: Case, agents: int) -> Scene:
    """So many agents of a first generation; a block is made by `scene.agent.block()`."""
    controller = {"width": case.width, "layers_in": case.layers_in, "layers_out": case.layers_out}
    world = {"kind": "copy", "bits": case.values, "length": 10}
    agent = Agent(config.load({"world": world, "controller": controller, "memory": {"bits": case.bits, "values": case.values}}))
    space = space_of(agent)
    genomes = space.start(rng.uniforms((agents, space.genes), _SEED))
    seen = _seen(agent)
    in_lanes = aligned((*seen.shape, LANES))
    in_lanes[...] = seen[..., None]
    return Scene(agent, loops(agent), genomes, agent.in_lanes(genomes), seen, in_lanes)


def _seen(agent: Agent) -> np.ndarray:
    """The slots (ticks, n) of one life as the world fills them; what copy shows does not depend on what one does."""
    block, world = agent.block(), agent.world.module
    agent.kernels.begin(block, rng.bits(LANES, _SEED))
    seen = []
    for _ in range(agent.longest):
        agent.kernels.see(block)
        seen.append(block.x[:, 0].copy())
        world.act(block.world, 0, block.x)
    return np.ascontiguousarray(seen)


def loops(agent: Agent) -> Any:
    """The module of an agent's triple: `begin`, `run`, `lives`, `halves`, `partly`, `relive`."""
    text = _TEMPLATE.format(fused=agent.kernels.__name__)
    return import_text(f"alife_bench_loops_{hashlib.sha256(text.encode()).hexdigest()[:16]}", text)
