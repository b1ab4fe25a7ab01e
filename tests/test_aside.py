"""Thoughts aside are those of the tick to come, bit by bit, and nobody notices."""

import naive
import numpy as np
import pytest
from conftest import evolves
from hypothesis import given, settings
from hypothesis import strategies as st
from test_eco_engine import BASE
from test_eco_plugin import RING, on
from watched import living, of

from alife.core import config as configs
from alife.core.lanes import LANES
from alife.insight import mind
from alife.sim.aside import Aside
from alife.sim.colony import state_text
from alife.sim.minds import MemoryBlock, lanes_of_stacked, states_of

pytestmark = evolves
SLOW = [("dense", "exact"), ("elman", "scrambled"), ("still", "none"), ("wht", "tape"), ("wht", "reservoir")]
PARTS = [("wht", "lsh"), *(pytest.param(*parts, marks=pytest.mark.slow) for parts in SLOW)]


def with_parts(controller, memory):
    bits = ["memory.bits=32"] * (memory != "none")
    return configs.load({**BASE, "controller": {"kind": controller, "width": 64}}, [f"memory.kind={memory}", *bits])


def bytes_of(source):
    """All that an ecosystem is, the leavings of the dead and the scratch of kernels included."""
    e = source.ecosystem
    parts = [*e.world, *e.q, e.colony.flat, e.colony.keep, e.colony.counts]
    parts += [array for name in ("net", "store", "head") for array in getattr(e.colony, f"{name}_own")]
    parts += [e.colony.x, e.colony.r, e.colony.v, e.colony.g]
    return [np.asarray(part).tobytes() for part in parts]


def owned(colony, block):
    """What of a block belongs to single agents: state of the controllers, memories, heads; (.., LANES)."""
    own = [array for name in ("net", "store", "head") for array in getattr(colony, f"{name}_own")]
    return [own[i][block] for i in lanes_of_stacked(own)]


def check(source):
    """All thoughts of now against the tick to come."""
    before, digest = bytes_of(source), source.digest()
    e, places = source.ecosystem, np.flatnonzero(source.ecosystem.q.alive)
    aside = Aside(e)
    thoughts = aside.thoughts(places)
    minds = {}
    for block in np.unique(places // LANES).tolist():
        some = places[places // LANES == block]
        assert all(np.array_equal(a, b[places // LANES == block]) for a, b in zip(aside.thoughts(some), thoughts, strict=True))
        minds[block] = [array.copy() for array in owned(aside._minds, 0)]
    assert bytes_of(source) == before and source.digest() == digest
    thinking = source.fork().ecosystem
    thinking.kernels.begin(thinking.q)
    thinking.kernels.live(thinking.colony, thinking.world, thinking.q, 0, 1)
    last = int(places[-1] // LANES)
    for place, row in zip(places.tolist(), range(len(places)), strict=True):
        block, lane = divmod(place, LANES)
        for after, told in zip(owned(thinking.colony, block), minds[block], strict=True):
            assert np.array_equal(after[..., lane], told[..., lane], equal_nan=True)
        address = next(i for i, name in enumerate(type(thinking.colony.head)._fields) if name == "a")
        assert np.array_equal(thinking.colony.head_own[address][block][..., lane], thoughts.address[row])
        if block == last:
            for name, of_thread in (("out", "x"), ("recall", "r"), ("value", "v"), ("gate", "g")):
                assert np.array_equal(getattr(thinking.colony, of_thread)[0][:, lane], getattr(thoughts, name)[row], equal_nan=True)
    return places, thoughts


def deeds_follow(source, places, thoughts):
    """The strongest action is what the bodies then do."""
    e = source.ecosystem
    ids = e.q.id[places].copy()
    source.advance(1)
    still = e.q.id[places] == ids
    done = source.config.world.ask("bodies", e.world)["deed"][places][still & (e.q.alive[places] > 0)]
    asked = mind.actions_of(thoughts.out, source.layout)[still & (e.q.alive[places] > 0)]
    assert len(done) > 20 and np.array_equal(done, asked)


@pytest.mark.parametrize(("controller", "memory"), PARTS)
def test_they_are_the_thoughts_of_the_tick_to_come(controller, memory):
    source = of(with_parts(controller, memory))
    for tick in (1, 7, 30):
        source.advance(tick - source.tick)
        places, thoughts = check(source)
        assert thoughts.seen.any() and thoughts.out.any() and len(places) > 40
        deeds_follow(source, places, thoughts)


def test_a_world_of_ones_own(tmp_path):
    (tmp_path / "ring.py").write_text(RING)
    source = of(on(tmp_path / "ring.py"))
    for _ in range(4):
        check(source)
        source.advance(3)
    assert Aside(source.ecosystem).contents(0) is None


@pytest.fixture(scope="module")
def old():
    source = living()
    source.advance(40)
    return source


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_any_places(old, data):
    """Many or few, near or far from each other."""
    places = np.flatnonzero(old.ecosystem.q.alive)
    some = np.array(sorted(data.draw(st.sets(st.sampled_from(places.tolist())))), np.int64)
    aside = Aside(old.ecosystem)
    every, found = aside.thoughts(places), aside.thoughts(some)
    for a, b in zip(every, found, strict=True):
        assert b.dtype == np.float32 and np.array_equal(a[np.searchsorted(places, some)], b)


def test_many_blocks_at_a_time(old, monkeypatch):
    places = np.flatnonzero(old.ecosystem.q.alive)
    whole = Aside(old.ecosystem).thoughts(places)
    monkeypatch.setattr("alife.sim.aside._BLOCKS", 2)
    assert all(np.array_equal(a, b) for a, b in zip(whole, Aside(old.ecosystem).thoughts(places), strict=True))


def test_contents_are_those_of_the_memories(old):
    before, aside = bytes_of(old), Aside(old.ecosystem)
    memories = old.ecosystem.memories()
    for place, memory in zip(np.flatnonzero(old.ecosystem.q.alive).tolist(), memories, strict=True):
        found = aside.contents(place)
        assert np.array_equal(found, memory)
        found[...] = 7
    assert bytes_of(old) == before and np.abs(memories).max() > 0


def test_memories_by_themselves_are_a_copy(old):
    e, before = old.ecosystem, bytes_of(old)
    block = MemoryBlock(e.config, e.layout)
    for place, memory in zip(np.flatnonzero(e.q.alive).tolist(), e.memories(), strict=True):
        contents = block.contents(e.colony, place // LANES)
        assert np.array_equal(contents[..., place % LANES], memory)
        for array in block.arrays:
            array[...] = 7
    assert bytes_of(old) == before


def test_each_call_makes_minds_of_its_own(old):
    config, layout = old.config, old.layout
    one, two = states_of(config, layout), states_of(config, layout)
    assert list(one) == ["net", "store", "head"]
    for name in one:
        for a, b in zip(*(state_text(states[name], (), name)[2] for states in (one, two)), strict=True):
            assert np.array_equal(a, b) and not np.may_share_memory(a, b)


# ---- every mode of the head ----

HEADS = [
    (sees, recall, parts, gate, writes)
    for sees, recall in (("context", "beside"), ("context", "onto"), ("all", "beside"), ("all", "onto"))
    for parts, gate, writes in ((", part", "hard", "thought"), ("", "soft", "seen"))
]


@pytest.mark.parametrize(("sees", "recall", "parts", "gate", "writes"), HEADS)
def test_a_crowd_thinks_as_naive_minds_do(sees, recall, parts, gate, writes):
    """Every thought of every agent from its birth on, bit by bit; some recall nothing all their life."""
    head = f"head={{moves: [home, jump, hold, next{parts}], sees: {sees}, recall: {recall}, gate: {gate}, writes: {writes}}}"
    source = of(configs.load(BASE, [head, "controller.width=128", "controller.spread=2", "world.inherit=blank", "world.founders=40"]))
    e, layout, minds, moved = source.ecosystem, source.layout, {}, set()
    aside = Aside(e)
    for _ in range(14):
        places = np.flatnonzero(e.q.alive)
        for place, *told in zip(places.tolist(), *aside.thoughts(places), strict=True):
            if (agent := int(e.q.id[place])) not in minds:
                genome = e.colony.flat[place // LANES, :, place % LANES].reshape(e.shape).copy()
                minds[agent] = one = naive.Mind(genome, 1, layout, 32, gate == "hard", writes == "seen")
                if e.q.kind[place] & 1:
                    one.memory.read = lambda a, read=one.memory.read: read(a) * np.float32(0)
            seen, *found = told
            one = minds[agent]
            out = one.think(seen)
            wanted = (one.h, one.r, out, one.v, [one.g], one.head.a, one.head.b)
            assert all(map(naive.same_bits, found, wanted)), (e.tick, agent, one.moved)
            moved.add(one.moved[-1])
        source.advance(1)
    assert len(minds) > 40 and {move for move, _ in moved} == {"home", "jump", "hold", "next"}
    assert {parted for _, parted in moved} == ({False, True} if parts else {False})
