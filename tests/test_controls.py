"""What the controls claim, and what the blocks of a thread may have in common."""

import math

import naive
import numpy as np
import pytest
from test_plugins import WIDTH, aligned_copy, born, fresh, gates, newborn, read, vectors

from alife.core import config, registry, rng
from alife.core.lanes import LANES
from alife.sim import head
from alife.sim.agent import Agent
from controllers import elman, wht
from memory import lsh, scrambled

MOVES = ("home", "jump", "next", "hold", "prev", "part")


def agent_of(controller, memory, moves=MOVES, **sizes):
    """Agents in copy of 4 bits."""
    parts = {"controller": {"kind": controller, "width": 32}, "memory": {"kind": memory, **sizes}}
    return Agent(config.load({"world": {"kind": "copy", "bits": 4}, "head": {"moves": list(moves)}, **parts}))


def genomes_of(agent, key):
    """float32 (LANES, genes), slopes in [-1, 3)."""
    return rng.uniforms((LANES, agent.genes), key) * np.float32(4) - np.float32(1)


# ---- the plain versions ----


@pytest.mark.parametrize("bits", [16, 128])
def test_ticks_and_births_are_the_naive_ones(bits):
    """Recurrent net and scrambled memory, every lane born again at a tick of its own, one of them with NaN for genes."""
    agent = agent_of("elman", "scrambled", bits=bits, values=4)
    genomes, block, layout = genomes_of(agent, 1), agent.block(), agent.layout
    genomes[7, ::3] = np.nan
    w = agent.in_lanes(genomes)[0]

    def mind(lane):
        found = naive.Recurrent(genomes[lane].reshape(agent.shape), 1, layout, bits)
        found.memory = naive.Scrambled(bits, 4)
        return found

    minds = [mind(lane) for lane in range(LANES)]
    agent.kernels.begin(block, rng.bits(LANES, 1))
    for tick in range(24):
        lane = tick - 5
        if 0 <= lane < LANES:
            minds[lane] = mind(lane)
            for part, state in ((elman, block.net), (scrambled, block.memory), (head, block.head)):
                part.begin(state, born(lane))
        block.x[:] = vectors(layout.width, tick)
        seen = block.x.copy()
        agent.kernels.think(block, w)
        weights = scrambled.contents(block.memory)
        for lane, m in enumerate(minds):
            with np.errstate(all="ignore"):
                x = m.think(seen[:, lane])
            assert naive.same_bits(block.head.a[:, lane], m.head.a), (tick, lane)
            assert naive.same_bits(block.head.b[:, lane], m.head.b), (tick, lane)
            assert naive.same_bits(block.r[:, lane], m.r), (tick, lane)
            assert naive.same_bits(block.x[:, lane], x), (tick, lane)
            assert naive.same_bits(block.net.context[:, lane], m.context), (tick, lane)
            assert naive.same_bits(weights[:, :, lane].T, m.memory.m), (tick, lane)


# ---- the scrambled memory ----


def echo(memory):
    """Correlation of values with what is recalled right after they were written, at the same address."""
    s, address = fresh(memory, bits=64)
    a, told, back = address(vectors(WIDTH, 1)), [], []
    for k in range(60):
        told.append(vectors(5, 100 + k))
        memory.write(s, a, read(memory, s, a), told[-1], gates())
        back.append(read(memory, s, a))
        memory.write(s, a, back[-1], vectors(5, 200 + k), gates())
    told, back = np.array(told), np.array(back)
    return (told * back).mean() / math.sqrt((told**2).mean() * (back**2).mean())


def test_only_with_addresses_a_value_comes_back():
    """Five values share an overlap: 60 x 16 independent ones, 5 standard deviations."""
    assert echo(lsh) > 0.99
    assert abs(echo(scrambled)) < 5 / math.sqrt(60 * LANES)


def test_its_noise_is_as_large_as_crosstalk():
    """With every key an address of its own, the recall at a new one is noise in both."""
    sizes = []
    for memory in (lsh, scrambled):
        s, address = fresh(memory, bits=64)
        recalled = []
        for k in range(100):
            a, v = address(vectors(WIDTH, 1000 + k)), vectors(5, 100 + k)
            recalled.append(read(memory, s, a))
            memory.write(s, a, recalled[-1], v, gates())
        sizes.append(np.sqrt(np.mean(np.square(recalled[20:]))))
    assert sizes[1] == pytest.approx(sizes[0], rel=0.15) and sizes[0] > 0.3


def test_its_signs_depend_on_the_life_and_not_on_its_age():
    """Else the overlaps of two ages would be the same in every life, and could be learnt."""
    s, address = fresh(scrambled, bits=1024)
    x, v = aligned_copy(np.repeat(vectors(WIDTH, 1)[:, :1], LANES, axis=1)), vectors(5, 2)
    v[:, 1], v[:, 2] = v[:, 0], v[:, 0]
    v[4, 2] += np.float32(1e-5)
    seen = []
    for _ in range(3):
        scrambled.write(s, address(x), read(scrambled, s, address(x)), v, gates(0.0))
        seen.append(s.scrambled.copy())
    assert (seen[0] == seen[0][:, :1]).all()
    for a in seen[1:]:
        assert np.array_equal(a[:, 0], a[:, 1])
        overlaps = a.T @ a / 1024 - np.eye(LANES)
        overlaps[0, 1] = overlaps[1, 0] = 0
        assert np.abs(overlaps).max() < 5 / math.sqrt(1024)
    overlaps = [(a * b).mean(axis=0) for a, b in ((seen[0], seen[1]), (seen[1], seen[2]), (seen[0], seen[2]))]
    assert np.abs(overlaps).max() < 5 / math.sqrt(1024)


# ---- the recurrent net ----


def test_elman_has_the_genes_of_wht_and_begins_as_wht():
    p, q = elman.Params(), wht.Params()
    assert p.model_dump() == {name: value for name, value in q.model_dump().items() if name in elman.Params.model_fields}
    assert elman.shape(p, WIDTH) == wht.shape(q, WIDTH) and elman.bounds(p) == wht.bounds(q)
    said = []
    for controller in (elman, wht):
        s, w = newborn(controller, controller.Params(), WIDTH)
        x = vectors(WIDTH, 2)
        controller.perceive(s, w, x)
        controller.act(s, w, x)
        said.append((w, x))
    assert all(map(naive.same_bits, *said))


def test_elman_remembers_without_a_memory_until_it_is_born_again():
    s, w = newborn(elman, elman.Params(spread=0.0), WIDTH)
    x = vectors(WIDTH, 2, 3)
    seen = x.copy()
    for tick in range(3):
        elman.perceive(s, w, x)
        elman.act(s, w, x)
        if tick == 1:
            elman.begin(s, born(4, 9))
        kept = s.context.copy()
        x[:] = 0
    expected = np.clip(seen[WIDTH // 2 :], -1, 1)
    expected[:, [4, 9]] = 0
    assert np.allclose(kept, expected, atol=1e-6)


# ---- what blocks of a thread may share ----


def sharing(own, common, names):
    """The state `own` with the named fields, dotted where nested, of `common`: not equal arrays, the very same."""
    for name in names:
        first, _, rest = name.partition(".")
        field = getattr(common, first)
        own = own._replace(**{first: sharing(getattr(own, first), field, (rest,)) if rest else field})
    return own


def in_turn(state, tick, names, ticks=6):
    """What tick(state, block, t) returns where two blocks, with the named fields in common, take turns."""
    one = state()
    two = sharing(state(), one, names)
    return [said for t in range(ticks) for block, s in enumerate((one, two)) for said in tick(s, block, t)]


def same_with(state, tick, names):
    """True if two blocks notice nothing of what they share."""
    assert isinstance(names, tuple)
    return all(map(naive.same_bits, in_turn(state, tick, ()), in_turn(state, tick, names)))


def births(block, t):
    """All at first, then one lane at a time."""
    return born(*(range(LANES) if t == 0 else [(3 * t + block) % LANES]))


@pytest.mark.parametrize("kind", registry.names("controllers"))
def test_controllers_share_what_they_say(kind):
    controller = registry.load("controllers", kind)
    p = controller.Params()
    genes = [newborn(controller, p, WIDTH, 5 + block)[1] for block in range(2)]

    def tick(s, block, t):
        controller.begin(s, births(block, t))
        x = vectors(WIDTH, 10 * t + block)
        controller.perceive(s, genes[block], x)
        key = x.copy()
        x[:5] += vectors(5, 1000 + 10 * t + block)
        controller.act(s, genes[block], x)
        return key, x

    assert same_with(lambda: controller.state(p, WIDTH), tick, getattr(controller, "SHARED", ()))


def memory_ticks(memory, jumps):
    """state() and tick(s, block, t) of a memory, with content addresses or without: a head need not ask for them."""
    p = memory.Params(bits=256, values=5)
    rows = memory.rows(p, WIDTH)

    def tick(s, block, t):
        memory.begin(s, births(block, t))
        a = aligned_copy(rng.signs(rows * LANES, block, t % 2).reshape(rows, LANES))
        if jumps:
            memory.address(s, vectors(WIDTH, 10 * (t % 2) + block, 3), a)
        r = read(memory, s, a)
        memory.write(s, a, r, vectors(5, 100 + 10 * t + block), gates(0.5))
        return a, r

    return lambda: memory.state(p, WIDTH), tick


@pytest.mark.parametrize("jumps", [True, False])
@pytest.mark.parametrize("kind", registry.names("memory"))
def test_memories_share_what_they_say(kind, jumps):
    memory = registry.load("memory", kind)
    assert same_with(*memory_ticks(memory, jumps), getattr(memory, "SHARED", ()))


@pytest.mark.parametrize(
    ("memory", "name"),
    [(lsh, "weights"), (lsh, "weights.m"), (lsh, "weights.error"), (lsh, "weights.address"), (scrambled, "past")],
)
def test_sharing_what_lasts_would_be_noticed(memory, name):
    assert not same_with(*memory_ticks(memory, True), (name,))


@pytest.mark.parametrize("moves", [("next",), MOVES])
@pytest.mark.parametrize(("controller", "memory"), [("wht", "lsh"), ("elman", "scrambled")])
def test_whole_blocks_share_what_their_parts_say(controller, memory, moves):
    agent = agent_of(controller, memory, moves)
    genes = [agent.in_lanes(genomes_of(agent, block))[0] for block in range(2)]

    def block():
        b = agent.block()
        agent.kernels.begin(b, rng.bits(LANES, 1))
        return b

    def tick(b, i, t):
        b.x[:] = vectors(len(b.x), 10 * t + i)
        agent.kernels.think(b, genes[i])
        return b.head.a.copy(), b.r.copy(), b.x.copy()

    parts = {"head": head, "net": agent.controller.module, "memory": agent.memory.module}
    names = tuple(f"{part}.{name}" for part, module in parts.items() for name in module.SHARED)
    assert same_with(block, tick, (*names, "x", "r", "v", "g"))
    assert not same_with(block, tick, ("head.a",))
