"""One compiled loop out of ecosystem world, controller and memory, for minds that live in many blocks.

`lives` (alife/sim/fuse.py) keeps one block in cache from birth to death; here every block is visited once a tick, so
the state of each mind is kept in arrays (blocks, ..., LANES), and the loop builds the named tuple that a kernel of a
plug-in expects out of views of one block. How, is written out by `state_text` from the tuple that `state` returns.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from alife.core import jit
from alife.core.lanes import LANES
from alife.core.written import import_text

_FETCHED = 1 << 17
"""Bytes of a block of minds that are asked for, at most, while the block before senses: some of a second-level cache."""

TEMPLATE = '''"""A tick of {world} agents with a {controller} controller and {memory} memory, fused. Written by alife/sim/colony.py.

Sources: {digest}
"""

import numpy as np

from alife.core.heredity import cross, mutate
from alife.core.jit import inlined, kernel
from alife.core.lanes import LANES, load, prefetch, splat, store
from alife.core.places import BIRTHS, BORN_BEFORE, LESSONS, LIVING, TICK, TOP, has_room
from alife.core.rng import mix
from alife.sim.head import begin as head_begin
from alife.sim.head import move
from alife.sim.tick import PART, face, has_parted, key, offer, take_in
from {controller_module} import act as net_act
from {controller_module} import begin as net_begin
from {controller_module} import perceive as net_perceive
from {memory_module} import address, read, write
from {memory_module} import begin as memory_begin
from {world_module} import act as world_act
from {world_module} import observe as world_observe
from {world_module} import resolve as world_resolve
from {world_module} import settle as world_settle
{imports}
ZERO, ONE = np.float32(0), np.float32(1)
PHASES = {phases}
TICKS, WRITES, JUMPS, RECALLS = range(4)


@inlined
def net_of(c, b, part):
    """The controllers of a block."""
    return {net}


@inlined
def memory_of(c, b, part):
    """Their memories."""
    return {store}


@inlined
def head_of(c, b, part):
    """Their heads."""
    return {head}


@inlined
def think(c, b, part, q):
    """One tick of 16 minds: x in = observation, x out = actions; the memory of each has changed."""
    x, h, r, v, g, w = c.x[part], c.h[part], c.r[part], c.v[part], c.g[part], c.genes[b]
    net, memory, head = net_of(c, b, part), memory_of(c, b, part), head_of(c, b, part)
    face(x, h, c.slots)
    net_perceive(net, w, h)
    if head.slots[0] >= 0:
        key(h, c.k[part], c.slots)
        address(memory, c.k[part], head.jump)
        for lane in range(LANES):
            if q.alive[b * LANES + lane] and h[head.slots[0], lane] > ZERO:
                c.counts[part, JUMPS] += 1
    move(head, h)
    read(memory, head.a, r)
    keep = load(c.keep[b], 0)
    for i in range(r.shape[0]):
        store(r, i, load(r, i) * keep)
    take_in(x, h, r, v, c.slots)
    net_act(net, w, x)
    offer(x, v, g, c.slots)
    if has_parted(h, c.slots):
        read(memory, head.b, head.own)
        for i in range(r.shape[0]):
            store(head.own, i, load(head.own, i) * keep)
        write(memory, head.b, head.own, v, g)
    else:
        write(memory, head.a, r, v, g)
    for lane in range(LANES):
        if q.alive[b * LANES + lane]:
            c.counts[part, TICKS] += 1
            if g[0, lane] > ZERO:
                c.counts[part, WRITES] += 1
            if abs(r[0, lane]) > np.float32(0.1):
                c.counts[part, RECALLS] += 1


@inlined
def fetch(c, b, lane):
    """Ask for a sixteenth of a block of minds that thinks next."""
    if b < c.flat.shape[0]:
{fetches}

@kernel
def live(c, s, q, part, parts):
    """Sense, think, act, in one part of the blocks."""
    blocks = (q.counts[TOP] + LANES - 1) // LANES
    x, zero = c.x[part], splat(ZERO)
    for b in range(blocks * part // parts, blocks * (part + 1) // parts):
        for i in range(x.shape[0]):
            store(x, i, zero)
        living = 0
        for lane in range(LANES):
            fetch(c, b + 1, lane)
            if q.alive[b * LANES + lane]:
                world_observe(s, b * LANES + lane, lane, x)
                living += 1
        if living == 0:
            continue
        store(x, c.slots[0], splat(ONE))
        think(c, b, part, q)
        for lane in range(LANES):
            if q.alive[b * LANES + lane]:
                world_act(s, q, b * LANES + lane, lane, x)


@kernel
def double(c, b, aside):
    """The minds of a block, copied into the only block of `aside`."""
    for i in range(c.flat.shape[1]):
        for lane in range(LANES):
            aside.flat[0, i, lane] = c.flat[b, i, lane]
    for lane in range(LANES):
        aside.keep[0, 0, lane] = c.keep[b, 0, lane]
{doubles}

@kernel
def note(x, to, row):
    """x (m, LANES) into rows row.. of to (.., m)."""
    for i in range(x.shape[0]):
        for lane in range(LANES):
            to[row + lane, i] = x[i, lane]


@kernel
def ponder(c, aside, s, q, near, first, last, to):
    """What the agents of blocks first..last-1 sense, and would think in the tick to come. Writes into `aside` (a colony of one
    block), `near` (16 places) and `to` (alife/sim/aside.py) alone."""
    x, zero = aside.x[0], splat(ZERO)
    for b in range(first, last):
        for i in range(x.shape[0]):
            store(x, i, zero)
        for lane in range(LANES):
            near.alive[lane] = q.alive[b * LANES + lane]
            if near.alive[lane]:
                world_observe(s, b * LANES + lane, lane, x)
        store(x, c.slots[0], splat(ONE))
        row = (b - first) * LANES
        note(x, to.seen, row)
        double(c, b, aside)
        think(aside, 0, 0, near)
        note(aside.h[0], to.middle, row)
        note(x, to.out, row)
        note(aside.r[0], to.recall, row)
        note(aside.v[0], to.value, row)
        note(aside.g[0], to.gate, row)
        note(head_of(aside, 0, 0).a, to.address, row)
        if c.slots[PART] >= 0:
            note(head_of(aside, 0, 0).b, to.written, row)
        else:
            note(head_of(aside, 0, 0).a, to.written, row)


@kernel
def genome_hash(c, agent):
    """64 bits of the genes of an agent, by their bytes."""
    b, lane = agent // LANES, agent % LANES
    h = np.uint64(0)
    for i in range(c.bits.shape[1]):
        h = mix(h ^ np.uint64(c.bits[b, i, lane]))
    return h


@kernel
def _inherit(c, child, mother, father, number):
    """Genes from the parents, changed."""
    genes, own = c.flat, c.flat[child // LANES, :, child % LANES]
    from_mother = genes[mother // LANES, :, mother % LANES]
    if father >= 0:
        cross(from_mother, genes[father // LANES, :, father % LANES], own, c.seed[0], number)
    else:
        for i in range(own.shape[0]):
            own[i] = from_mother[i]
    mutate(own, c.seed[0], number, c.most[0], c.most[1], c.span[0], c.span[1], c.span[2])


@kernel
def copy_memory(c, teacher, pupil):
    """The pupil's memory becomes a copy."""
    b, lane, own, place = teacher // LANES, teacher % LANES, pupil // LANES, pupil % LANES
{copies}

@kernel
def wipe(c, b, lane):
    """The state of a mind becomes what it was before anybody lived in that place."""
{wipes}

@kernel
def bear(c, q, part, parts):
    """Minds of those born in this tick whose block is in this part."""
    blocks = q.alive.shape[0] // LANES
    first, last = blocks * part // parts * LANES, blocks * (part + 1) // parts * LANES
    born = c.born[part]
    for i in range(q.counts[BORN_BEFORE], q.counts[BIRTHS]):
        child, mother = q.parents[i, 0], q.parents[i, 1]
        if child < first or child >= last:
            continue
        b, lane = child // LANES, child % LANES
        wipe(c, b, lane)
        born[0, lane] = ONE
        net_begin(net_of(c, b, part), born)
        memory_begin(memory_of(c, b, part), born)
        head_begin(head_of(c, b, part), born)
        born[0, lane] = ZERO
        c.keep[b, 0, lane] = ZERO if q.kind[child] & 1 else ONE
        if mother >= 0:
            _inherit(c, child, mother, q.parents[i, 2], q.births[i, 0])
            if c.most[2]:
                copy_memory(c, mother, child)
        q.genomes[i] = genome_hash(c, child)


@kernel
def begin(q):
    """A tick begins."""
    n = q.counts
    n[TICK] += 1
    n[LESSONS], n[BORN_BEFORE] = 0, n[BIRTHS]


@kernel
def learn(c, q):
    """The lessons of this tick, in order: of several in one pupil the last counts."""
    for i in range(q.counts[LESSONS]):
        teacher, pupil = q.lessons[i, 0], q.lessons[i, 1]
        if q.alive[teacher] and q.alive[pupil]:
            copy_memory(c, teacher, pupil)


@kernel
def resolve(s, q, phase, part, parts):
    """A part of a phase."""
    world_resolve(s, q, phase, part, parts)


@kernel
def settle(s, q):
    """The end of a tick."""
    world_settle(s, q)


@kernel
def advance(c, s, q, ticks, has_begun):
    """Up to so many ticks in one thread, fewer where nobody lives or records need room; returns those done."""
    done = 0
    while done < ticks and q.counts[LIVING] > 0 and (has_begun or has_room(q)):
        if not has_begun:
            begin(q)
        has_begun = False
        live(c, s, q, 0, 1)
        for phase in range(PHASES):
            world_resolve(s, q, phase, 0, 1)
        world_settle(s, q)
        bear(c, q, 0, 1)
        learn(c, q)
        done += 1
    return done
'''
_COPY = """\
    for i in range(c.store_flat[{i}].shape[1]):
        c.store_flat[{i}][own, i, place] = c.store_flat[{i}][b, i, lane]
"""
_WIPE = """\
    for i in range(c.starts[{i}].shape[0]):
        c.own_flat[{i}][b, i, lane] = c.starts[{i}][i, lane]
"""
_DOUBLE = """\
    for i in range(c.own_flat[{i}].shape[1]):
        for lane in range(LANES):
            aside.own_flat[{i}][0, i, lane] = c.own_flat[{i}][b, i, lane]
"""
_FETCH = """\
        for i in range({rows}.shape[1] * lane // LANES, {rows}.shape[1] * (lane + 1) // LANES):
            prefetch({rows}, (b, i))
"""


def state_text(value: Any, shared: tuple[str, ...], name: str, path: str = "") -> tuple[str, list[str], list[np.ndarray], list[np.ndarray]]:
    """Source that builds a state like `value` out of views: (text, imports, a block's own arrays, a thread's arrays).

    c.<name>_own[i][b] and c.<name>_shared[i][part] are the views; what is no array comes from c.<name>.
    """
    imports: list[str] = []
    own: list[np.ndarray] = []
    once: list[np.ndarray] = []

    def text_of(value: Any, path: str) -> str:
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            kind = type(value)
            alias = f"{name}_{kind.__name__}"
            imports.append(f"from {kind.__module__} import {kind.__qualname__} as {alias}")
            parts = [text_of(getattr(value, field), f"{path}.{field}".lstrip(".")) for field in value._fields]
            return f"{alias}({', '.join(parts)})"
        if not isinstance(value, np.ndarray):
            return f"c.{name}.{path}"
        is_shared = any(path == field or path.startswith(field + ".") for field in shared)
        (once if is_shared else own).append(value)
        return f"c.{name}_shared[{len(once) - 1}][part]" if is_shared else f"c.{name}_own[{len(own) - 1}][b]"

    return text_of(value, path), imports, own, once


def lanes_of(own: list[np.ndarray]) -> list[int]:
    """Which of a block's own arrays hold something of each lane."""
    return [i for i, array in enumerate(own) if array.ndim and array.shape[-1] == LANES]


def _fetches(own: list[np.ndarray], genes: int) -> str:
    """Body of `fetch`, where `own` holds something of each lane. Nothing if a block would push out the one that thinks now."""
    sizes = {"c.flat": genes} | {f"c.own_flat[{i}]": array.size // LANES for i, array in enumerate(own) if array.dtype == np.float32}
    if sum(sizes.values()) * LANES * 4 > _FETCHED:
        return "        return\n"
    return "".join(_FETCH.format(rows=rows) for rows, size in sizes.items() if size >= LANES) or "        return\n"


def fuse(world: ModuleType, controller: ModuleType, memory: ModuleType, states: dict[str, Any], genes: int, phases: int) -> ModuleType:
    """The module whose kernels run this triple. states: `net`, `store`, `head`, as `state` returns them for one block."""
    from alife.sim import head, tick

    parts = {"world": world, "controller": controller, "memory": memory}
    texts, imports, mine = {}, set(), []
    for name, module in (("net", controller), ("store", memory), ("head", head)):
        texts[name], lines, own, _ = state_text(states[name], tuple(getattr(module, "SHARED", ())), name)
        imports |= set(lines)
        mine += [own[i] for i in lanes_of(own)]
        if name == "store":
            copies = "".join(_COPY.format(i=i) for i in range(len(lanes_of(own)))) or "    return\n"
    wipes = "".join(_WIPE.format(i=i) for i in range(len(mine)))
    doubles = "".join(_DOUBLE.format(i=i) for i in range(len(mine)))
    fetches = _fetches(mine, genes)
    sources = [Path(str(m.__file__)) for m in (*parts.values(), head, tick)]
    body = repr((texts, sorted(imports), phases, copies, wipes, doubles, fetches))
    digest = hashlib.sha256(" ".join([*map(jit.imported_digest, sources), TEMPLATE, body]).encode()).hexdigest()
    names = {k: m.__name__.rpartition(".")[2] for k, m in parts.items()}
    modules = {f"{k}_module": m.__name__ for k, m in parts.items()}
    text = TEMPLATE.format(
        **names, **modules, **texts, imports="".join(f"{line}\n" for line in sorted(imports)), digest=digest, phases=phases, copies=copies,
        wipes=wipes, doubles=doubles, fetches=fetches,
    )
    return import_text("alife_colony_" + "_".join(names.values()) + f"_{digest[:16]}", text)
