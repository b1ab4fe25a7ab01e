"""One tick of sixteen agents is sixteen naive ticks, bit for bit, and its memory keeps the laws of theory."""

import itertools

import naive
import numpy as np
import pytest

from alife.core import config, rng
from alife.core.lanes import LANES, aligned
from alife.sim.agent import Agent
from memory import _associative, lsh

MOVES = ("home", "jump", "next", "hold", "prev", "part")
SUBSETS = [m for size in range(1, 7) for m in itertools.combinations(MOVES, size)]
MODES = [
    {"sees": sees, "recall": recall, "writes": writes, "gate": gate}
    for sees, recall, writes, gate in itertools.product(("context", "all"), ("beside", "onto"), ("seen", "thought"), ("soft", "hard"))
]


def agent_of(moves=("home", "jump", "next", "hold", "part"), width=32, rows=32, values=4, bits=4, layers_in=1, layers_out=3, **head):
    return Agent(
        config.load(
            {
                "world": {"kind": "copy", "bits": bits, "length": [1, 4]},
                "controller": {"kind": "wht", "width": width, "layers_in": layers_in, "layers_out": layers_out},
                "memory": {"kind": "lsh", "bits": rows, "values": values},
                "head": {"moves": list(moves), **head},
            }
        )
    )


def genomes_of(agent, seed, agents=LANES, spread=3.0):
    """float32 (agents, genes), slopes in 1 +- spread."""
    return rng.uniforms((agents, agent.genes), seed) * np.float32(2 * spread) + np.float32(1 - spread)


def mind_of(agent, genome):
    """The naive agent of a genome (genes,)."""
    shaped, layers_in, rows = genome.reshape(agent.shape), agent.controller.params.layers_in, agent.memory.params.bits
    return naive.Mind(shaped, layers_in, agent.layout, rows, agent.config.head.gate == "hard", agent.config.head.writes == "seen")


def seen_of(agent, seed, tick):
    """Slots (width, LANES) of an observation: numbers in [-1, 1), then the constant 1."""
    x = aligned((agent.layout.width, LANES))
    shown = agent.layout.one
    x[:shown] = rng.uniforms((shown, LANES), seed, tick) * np.float32(2) - np.float32(1)
    x[shown] = 1
    if tick % 3 == 2:
        x[: agent.layout.values, ::2] = 0  # nothing to remember, for half of them
    return x


def born(agent):
    """A block in which every life begins."""
    block = agent.block()
    agent.kernels.begin(block, np.arange(LANES, dtype=np.uint64))
    return block


def assert_same_ticks(agent, genomes, ticks, seed=5):
    """Returns what the naive agents did: of each tick of each the move, and whether it parted."""
    block, w = born(agent), agent.in_lanes(genomes)[0]
    minds = [mind_of(agent, genome) for genome in genomes]
    for tick in range(ticks):
        block.x[:] = seen_of(agent, seed, tick)
        seen = block.x.copy()
        agent.kernels.think(block, w)
        _associative.settle(block.memory.weights)
        for lane, mind in enumerate(minds):
            with np.errstate(all="ignore"):
                x = mind.think(seen[:, lane])
            assert naive.same_bits(block.head.a[:, lane], mind.head.a), (tick, lane, mind.moved)
            assert naive.same_bits(block.head.b[:, lane] if "part" in agent.layout.moves else mind.head.b, mind.head.b), (tick, lane)
            assert naive.same_bits(block.h[:, lane], mind.h), (tick, lane)
            assert naive.same_bits(block.r[:, lane], mind.r), (tick, lane)
            assert naive.same_bits(block.x[:, lane], x), (tick, lane)
            assert naive.same_bits(block.v[:, lane], mind.v), (tick, lane)
            assert naive.same_bits(block.g[0, lane], mind.g), (tick, lane)
            assert naive.same_bits(block.memory.weights.m[:, :, lane].T, mind.memory.m), (tick, lane)
    return [move for mind in minds for move in mind.moved]


@pytest.mark.parametrize("moves", SUBSETS, ids="+".join)
def test_every_set_of_moves(moves):
    agent = agent_of(moves)
    made = assert_same_ticks(agent, genomes_of(agent, 11), 8)
    default = {"next"} if "next" in moves else {"hold"}
    assert {move for move, _ in made} == set(moves) - {"part"} | default
    assert {parted for _, parted in made} == ({False, True} if "part" in moves else {False})


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: "+".join(mode.values()))
@pytest.mark.parametrize("moves", [MOVES, MOVES[:-1]], ids=["part", "no part"])
def test_every_mode(moves, mode):
    agent = agent_of(moves, **mode)
    assert (agent.layout.contents, agent.layout.recall > 0) == (4 if mode["sees"] == "context" else -1, mode["recall"] == "beside")
    made = assert_same_ticks(agent, genomes_of(agent, 21), 8)
    assert {move for move, _ in made} == set(MOVES) - {"part"} and any(parted for _, parted in made) == ("part" in moves)


@pytest.mark.parametrize("mode", MODES[::2], ids=lambda mode: "+".join(mode.values()))
def test_newborns(mode):
    """Two seeds of first generations, over the life of a tape: slopes near 1, all that moves the head comes of them."""
    agent = agent_of(MOVES, **mode)
    for seed in (22, 23):
        assert_same_ticks(agent, genomes_of(agent, seed, spread=0.1), 16)


def driven(agent, wishes):
    """Slots (width, LANES) of an observation in which controls ask for just these moves: what is seen passes through a net of slopes 1."""
    x = seen_of(agent, 24, len(wishes))
    for name, slot in agent.layout.controls.items():
        x[slot] = np.float32(0.75) if name in wishes else np.float32(-0.75)
    return x


@pytest.mark.parametrize("mode", MODES[::2], ids=lambda mode: "+".join(mode.values()))
def test_a_tape_is_laid_and_read_at_another_pace(mode):
    """One life that parts, holds, jumps and goes on: all bits, and all moves in it."""
    agent = agent_of(MOVES, width=64, layers_out=1, **mode)
    block, genes = born(agent), np.ones((LANES, agent.genes), np.float32)
    w, mind = agent.in_lanes(genes)[0], mind_of(agent, genes[0])
    script = ["part", "part hold", "gate part hold", "gate part", "", "gate"]
    script += ["jump", "gate jump part", "gate home part", "hold", "prev gate", ""]
    written = []
    for wishes in map(str.split, script):
        block.x[:] = driven(agent, wishes)
        x = mind.think(block.x[:, 3].copy())
        agent.kernels.think(block, w)
        _associative.settle(block.memory.weights)
        wanted = [block.x[:, 3], block.h[:, 3], block.r[:, 3], block.head.a[:, 3], block.head.b[:, 3], block.memory.weights.m[:, :, 3].T]
        assert all(map(naive.same_bits, wanted, (x, mind.h, mind.r, mind.head.a, mind.head.b, mind.memory.m))), wishes
        written.append(np.array_equal(mind.head.a, mind.head.b))
    assert mind.moved == [
        ("next", True), ("hold", True), ("hold", True), ("next", True), ("next", False), ("next", False), ("jump", False), ("jump", True),
        ("home", True), ("hold", False), ("prev", False), ("next", False),
    ]  # fmt: skip
    assert [here for here, (_, parted) in zip(written, mind.moved, strict=True) if not parted] == [True] * 6
    assert written[0] and not any(written[1:4]), "the first step along the tape is the same for both; who holds is left behind"


def test_who_parts_changes_nothing_for_the_others_of_a_block():
    """A second read, for those who part, gives those who do not what the first gave."""
    agent = agent_of(MOVES)
    genomes = genomes_of(agent, 25, spread=0.5)
    other = genomes.copy()
    other[::2] = genomes_of(agent, 26)[::2]
    blocks, ws = [born(agent), born(agent)], [agent.in_lanes(g)[0] for g in (genomes, other)]
    for tick in range(12):
        for block, w in zip(blocks, ws, strict=True):
            block.x[:] = seen_of(agent, 7, tick)
            agent.kernels.think(block, w)
        assert all(naive.same_bits(a[:, 1::2], b[:, 1::2]) for a, b in zip(*((k.x, k.r, k.head.b) for k in blocks), strict=True)), tick


@pytest.mark.parametrize("rows", [4, 8, 32, 64, 128])
def test_addresses_shorter_and_longer_than_the_net(rows):
    agent = agent_of(rows=rows)
    assert_same_ticks(agent, genomes_of(agent, 12), 8)


@pytest.mark.parametrize("values", [1, 3, 7, 8, 9, 16, 19])
def test_numbers_of_values(values):
    agent = agent_of(MOVES, values=values, width=32 if values < 13 else 64)
    assert_same_ticks(agent, genomes_of(agent, 13), 6)


@pytest.mark.parametrize("width", [16, 64, 128])
def test_widths(width):
    agent = agent_of(width=width, bits=2, values=2)
    assert_same_ticks(agent, genomes_of(agent, 14), 4)


@pytest.mark.parametrize("layers_in", [1, 2, 3])
@pytest.mark.parametrize("layers_out", [1, 2, 4])
def test_depths(layers_in, layers_out):
    agent = agent_of(layers_in=layers_in, layers_out=layers_out)
    assert_same_ticks(agent, genomes_of(agent, 15), 4)


def test_many_ticks():
    agent = agent_of(MOVES)
    genomes = genomes_of(agent, 16, spread=0.5)
    made = assert_same_ticks(agent, genomes, 120)
    moved, parted = zip(*made, strict=True)
    assert {moved.count(move) > 20 for move in MOVES[:-1]} == {True} and 20 < sum(parted) < len(parted) - 20


def test_a_write_that_waits_changes_nothing():
    """With and without `settle` between the ticks."""
    agent = agent_of()
    w = agent.in_lanes(genomes_of(agent, 17))[0]
    one, two = born(agent), born(agent)
    for tick in range(20):
        for block in (one, two):
            block.x[:] = seen_of(agent, 6, tick)
            agent.kernels.think(block, w)
        _associative.settle(two.memory.weights)
        assert naive.same_bits(one.x, two.x) and naive.same_bits(one.r, two.r)
    _associative.settle(one.memory.weights)
    _associative.settle(two.memory.weights)
    assert naive.same_bits(one.memory.weights.m, two.memory.weights.m)


def test_a_newborn_passes_its_input_through():
    """Identity start: with all slopes 1 and odd depths, perceive and act are the identity."""
    agent = agent_of(layers_in=3, layers_out=5, width=64)
    block, genes = born(agent), np.ones((1, agent.genes), np.float32)
    block.x[:] = np.floor(seen_of(agent, 7, 0) * np.float32(8))
    seen = block.x.copy()
    agent.kernels.think(block, agent.in_lanes(genes)[0])
    assert np.array_equal(block.x, seen)


# ---- birth ----


def history(agent, block, w, seeds):
    agent.kernels.begin(block, seeds)
    seen = [block.head.a.copy()]
    lived = np.zeros(LANES, np.int64)
    for _ in range(agent.longest):
        agent.kernels.advance(block, w, 1, lived)
        seen += [part.copy() for part in (block.x, block.r, block.g, block.head.a, block.alive)]
    return seen, [agent.kernels.score(block, lane) for lane in range(LANES)]


@pytest.mark.parametrize("poison", [None, np.nan, np.inf])
def test_a_second_life_in_a_block_is_like_a_first(poison):
    """Birth clears memory and head, whatever the life before has left in them."""
    agent = agent_of(MOVES)
    before, after = genomes_of(agent, 18), agent.in_lanes(genomes_of(agent, 19))[0]
    if poison is not None:
        before[:8, ::3] = poison
    used = agent.block()
    history(agent, used, agent.in_lanes(before)[0], rng.bits(LANES, 1))
    assert used.memory.weights.m.any()
    again = history(agent, used, after, rng.bits(LANES, 2))
    fresh = history(agent, agent.block(), after, rng.bits(LANES, 2))
    assert all(map(naive.same_bits, again[0], fresh[0])) and again[1] == fresh[1]


def test_only_the_born_are_cleared():
    block = born(agent_of())
    weights = block.memory.weights
    weights.m[:], weights.error[:], weights.address[:] = 3, 5, 1
    mask = np.zeros((1, LANES), np.float32)
    mask[0, [2, 9]] = 1
    lsh.begin(block.memory, mask)
    gone = mask[0] == 1
    assert not weights.m[:, :, gone].any() and not weights.error[:, gone].any()
    assert (weights.m[:, :, ~gone] == 3).all() and (weights.error[:, ~gone] == 5).all()


# ---- NaN and infinity ----


@pytest.mark.parametrize("poison", [np.nan, np.inf, -np.inf, 3e38])
def test_poisoned_genomes_stay_in_their_lane(poison):
    agent = agent_of(MOVES)
    clean = genomes_of(agent, 20)
    sick = clean.copy()
    sick[3], sick[10, 5], sick[15, ::2] = poison, poison, poison
    assert_same_ticks(agent, sick, 8)
    ill, well = (agent.in_lanes(genomes)[0] for genomes in (sick, clean))
    one, two = agent.block(), agent.block()
    seeds = rng.bits(LANES, 3)
    for seen, wanted in zip(*(history(agent, b, w, seeds)[0] for b, w in ((one, ill), (two, well))), strict=True):
        healthy = [lane for lane in range(LANES) if lane not in (3, 10, 15)]
        assert naive.same_bits(seen[..., healthy], wanted[..., healthy])
    scores = [agent.kernels.score(one, lane) for lane in range(LANES)]
    assert all(0 <= s <= 1 for s in scores)


def test_a_genome_of_nan_scores_nothing():
    agent = agent_of()
    w = agent.in_lanes(np.full((1, agent.genes), np.nan, np.float32))[0]
    assert history(agent, agent.block(), w, rng.bits(LANES, 4))[1] == [0] * LANES


# ---- laws of the memory ----


class Store:
    """Sixteen memories side by side, addressed directly."""

    def __init__(self, rows, values):
        self.s = lsh.state(lsh.Params(bits=rows, values=values), 2)
        self.r, self.gate = aligned((values, LANES)), aligned((1, LANES), 1.0)

    def read(self, a):
        lsh.read(self.s, a, self.r)
        return self.r.copy()

    def write(self, a, v, gate=1.0):
        self.gate[:] = gate
        lsh.write(self.s, a, self.read(a), v, self.gate)


def random_signs(rows, *key):
    return rng.signs(rows * LANES, *key).reshape(rows, LANES)


@pytest.mark.parametrize("rows", [2, 64, 1024])
@pytest.mark.parametrize("values", [1, 5, 8, 13])
def test_what_was_just_written_is_recalled(rows, values):
    memory = Store(rows, values)
    first = random_signs(rows, 1)
    v = random_signs(values, 2)
    memory.write(first, v)
    assert np.array_equal(memory.read(first), v)
    assert np.array_equal(memory.read(-first), -v)
    for k in range(20):
        a, v = random_signs(rows, 3, k), rng.uniforms((values, LANES), 4, k) * np.float32(2) - np.float32(1)
        memory.write(a, v)
        assert np.allclose(memory.read(a), v, rtol=0, atol=1e-4)


def test_the_gate_moves_a_recall_by_its_share():
    memory, a, v = Store(64, 3), random_signs(64, 5), random_signs(3, 6)
    memory.write(a, v, 0.0)
    assert not memory.read(a).any()
    memory.write(a, v, 0.25)
    assert np.array_equal(memory.read(a), v * np.float32(0.25))
    memory.write(a, v, 0.5)
    assert np.array_equal(memory.read(a), v * np.float32(0.625))


def test_another_address_recalls_by_its_overlap():
    rows = 256
    memory, a, v = Store(rows, 2), random_signs(rows, 7), random_signs(2, 8)
    memory.write(a, v)
    for flipped in (0, 1, 64, 128, 200, 256):
        b = a.copy()
        b[:flipped] *= -1
        assert np.array_equal(memory.read(b), v * np.float32(1 - 2 * flipped / rows))


@pytest.mark.parametrize("load", [0.25, 0.5, 1.0])
def test_capacity(load):
    """Mean squared error over m = load K items written one after the other: (2 - e^-a)(1 - (1 - e^-a) / a)."""
    rows, values = 512, 8
    m = int(load * rows)
    memory = Store(rows, values)
    items = [(random_signs(rows, 9, k), random_signs(values, 10, k)) for k in range(m)]
    for a, v in items:
        memory.write(a, v)
    errors = np.mean([np.square(memory.read(a) - v) for a, v in items], axis=(0, 1))
    theory = (2 - np.exp(-load)) * (1 - (1 - np.exp(-load)) / load)
    interval = 4 * errors.std(ddof=1) / LANES**0.5
    assert interval < 0.1 * theory
    assert abs(errors.mean() - theory) < interval + 2 / rows


@pytest.mark.parametrize("angle", [0.1, 0.5, 1.0, 1.5, 2.5])
def test_addresses_overlap_by_angle(angle):
    """Contents at an angle t share 1 - t/pi of the bits; sd over 48 pairs of 1,024 bits about 0.005."""
    width, rows = 64, 1024
    state = lsh.state(lsh.Params(bits=rows, values=1), width)
    shares = []
    for k in range(3):
        u, v = (sum(rng.uniforms((width, LANES), 11, k, 10 * j + i) for i in range(8)) - 4 for j in range(2))
        u /= np.linalg.norm(u, axis=0)
        v -= (u * v).sum(axis=0) * u
        v /= np.linalg.norm(v, axis=0)
        a, b = aligned((rows, LANES)), aligned((rows, LANES))
        lsh.address(state, u.astype(np.float32), a)
        lsh.address(state, (np.cos(angle) * u + np.sin(angle) * v).astype(np.float32), b)
        assert set(np.unique(a)) == {-1.0, 1.0}
        shares.append((a == b).mean())
    assert abs(np.mean(shares) - (1 - angle / np.pi)) < 0.03


@pytest.mark.parametrize("rows", [8, 64, 256])
def test_an_address_knows_no_size(rows):
    width = 64
    state = lsh.state(lsh.Params(bits=rows, values=1), width)
    x, a, b = rng.uniforms((width, LANES), 12) - np.float32(0.5), aligned((rows, LANES)), aligned((rows, LANES))
    lsh.address(state, x, a)
    lsh.address(state, x * np.float32(2.0**-20), b)
    assert np.array_equal(a, b)
    lsh.address(state, -x, b)
    assert np.array_equal(a, -b)
    for lane in range(LANES):
        assert naive.same_bits(a[:, lane], naive.lsh_address(x[:, lane], rows))
    lsh.address(state, x * np.float32(-0.0), a)
    assert (a == 1).all()
