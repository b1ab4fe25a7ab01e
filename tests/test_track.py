"""What can be told of a mind's tick: against the tick itself, plain counting, and small changes of what went in."""

import functools
import itertools
import math
from collections import Counter
from dataclasses import fields

import numpy as np
import pytest
from conftest import tiny
from hypothesis import given, settings
from hypothesis import strategies as st

from alife.core import config as configs
from alife.core import rng
from alife.core.lanes import LANES
from alife.core.layout import layout_of
from alife.insight import mind
from alife.insight.keys import hashed, packed
from alife.insight.moment import Moment
from alife.insight.track import MOST_WRITES, Track, symbol
from alife.sim.agent import Agent


def config_of(sees="context", recall="beside", moves="home, jump, next, hold, part"):
    return tiny(f"head={{moves: [{moves}], sees: {sees}, recall: {recall}}}", "world.length=[8, 8]")


MODES = [*itertools.product(("context", "all"), ("beside", "onto"), ("home, jump, next, hold, part", "home, jump, next, hold"))]
CONFIG = config_of()
LAYOUT = layout_of(CONFIG)
SHAPE = CONFIG.controller.ask("shape", 32)


def genome_of(seed, controller=CONFIG.controller):
    """float32 (*shape), far from a newborn's."""
    uniform = rng.uniforms((1, *controller.ask("shape", 32)), seed)
    start = np.asarray(controller.ask("start", 32, uniform))[0]
    return (start + np.float32(1.5) * (rng.uniforms(start.shape, seed + 100) - np.float32(0.5))).astype(np.float32)


def lived(agent, genome, seed, ticks):
    """Moments of one life, tick by tick in the kernels."""
    block, w = agent.block(), agent.in_lanes(np.repeat(genome.reshape(1, -1), LANES, axis=0))[0]
    kernels, found = agent.kernels, []
    kernels.begin(block, np.full(LANES, seed, np.uint64))
    while block.alive[0] and len(found) < ticks:
        kernels.see(block)
        seen = block.x.copy()
        kernels.think(block, w)
        written = block.head.b if "part" in agent.layout.moves else block.head.a
        columns = [np.ascontiguousarray(of[:, 0]) for of in (seen, block.h, block.r, block.x, block.head.a, written)]
        found.append(Moment(len(found), *columns, float(block.g[0, 0]), block.v[:, 0].copy(), 1.0, (2, len(found)), 5.0 + len(found)))
        kernels.do(block)
    return found


@functools.cache
def life_of(*mode):
    """Config, genome and moments of an agent that writes, recalls and moves its head, and parts in some ticks where it may."""
    config = config_of(*mode)
    agent = Agent(config)
    slot = agent.layout.control("part")
    for seed in range(300):
        genome = genome_of(seed)
        moments = lived(agent, genome, seed, 18)
        wrote, recalled = (sum(map(bool, of)) for of in ([m.gate > 0 for m in moments], [m.recall.any() for m in moments]))
        parted = sum(m.middle[slot] > 0 for m in moments)
        if 3 < wrote < 18 and recalled > 5 and (slot < 0 or 3 < parted < 15):
            return config, genome, moments
    raise AssertionError("no agent does anything")


@pytest.fixture(scope="module")
def life():
    """Genome and moments of such an agent."""
    return life_of(*MODES[0])[1:]


def random_moment(tick, seed):
    """Of no agent: few different ones, so that keys come again."""
    drawn = [2 * rng.uniforms((size,), seed % 7, k) - 1 for k, size in enumerate((32, 32, 4, 32, 4))]
    seen = np.where(np.arange(32) <= LAYOUT.one, drawn[0], 0).astype(np.float32)
    seen[LAYOUT.one] = 1
    return Moment(tick, seen, *drawn[1:4], rng.signs(16, seed % 5), rng.signs(16, seed % 3), float(seed % 3), drawn[4], math.nan)


def track_of(genome, moments, most=4096):
    track = Track(CONFIG.controller, LAYOUT, genome, most)
    for moment in moments:
        track.add(moment)
    return track


def alike(a, b):
    """Equal, NaN and arrays included."""
    if isinstance(a, (list, tuple)):
        return type(a) is type(b) and len(a) == len(b) and all(map(alike, a, b))
    if isinstance(a, (float, np.ndarray)):
        return np.array_equal(a, b, equal_nan=True)
    return a == b


def gates_of(genome, moment):
    return mind.think(CONFIG.controller, LAYOUT, genome[None], moment.seen[None, None], moment.recall[None, None])


# ---- what is told of a tick ----


@pytest.mark.parametrize("mode", MODES[:2], ids=", ".join)
def test_what_is_told_is_what_happened(mode):
    config, genome, moments = life_of(*mode)
    layout = layout_of(config)
    track, may_part = Track(config.controller, layout, genome), "part" in layout.moves
    for i, moment in enumerate(moments):
        track.add(moment)
        look = track.look()
        assert look.moment is moment and look.ticks == i + 1 == len(track.moments)
        assert look.senses == [(f"bit {k}", moment.seen[k]) for k in range(4)] + [("start", moment.seen[4]), ("delimiter", moment.seen[5])]
        assert look.actions == [(f"bit {k}", moment.out[k]) for k in range(4)] and look.action == int(np.argmax(moment.out[:4]))
        assert look.memory == [(f"bit {k}", moment.recall[k], moment.value[k]) for k in range(4)]
        names, last = ["home", "jump", "hold"], ["part"] * may_part
        wishes = [(name, float(moment.middle[layout.control(name)])) for name in names + last]
        assert alike(look.controls, [*wishes[:3], ("next", math.nan), *wishes[3:]])
        assert look.move == next((name for name, value in look.controls[:3] if value > 0), "next")
        assert look.parts == (may_part and wishes[3][1] > 0)
        assert look.parts or np.array_equal(moment.address, moment.written)
        assert look.energies.tolist() == [5.0 + k for k in range(i + 1)]
        a, b = moment.seen.astype(float), moment.out.astype(float)
        assert look.angle == pytest.approx(math.degrees(math.acos(a @ b / math.sqrt(a @ a * (b @ b)))))


@pytest.mark.parametrize("mode", MODES, ids=", ".join)
def test_the_condensed_map_proves_the_tick(mode):
    """C x is the output; that is the float32 moment's within rounding; and C tells what small changes of x do."""
    config, genome, moments = life_of(*mode)
    layout = layout_of(config)
    track, wide = Track(config.controller, layout, genome), genome[None].astype(np.float64)
    names = [name for name in ("home", "jump", "hold", "part") if name in layout.moves]
    slots, wishes = [0, 1, 2, 3, layout.control("gate")], [layout.control(name) for name in names]
    loud = [mind.LOUDEST] * (mode[0] == "context")

    def put_in(x):
        """Senses, 1, recall -> all inputs."""
        return np.concatenate([x[:7], [max(abs(x[:4]))] * len(loud), x[7:]])

    def answer(x):
        seen = np.zeros((1, 1, 32))
        seen[0, 0, :7] = x[:7]
        thought = mind.think(config.controller, layout, wide, seen, x[None, None, 7:])
        return np.concatenate([thought.out[0, 0, slots], thought.middle[0, 0, wishes]]), thought.gates

    for moment in moments:
        track.add(moment)
        look = track.look()
        assert look.inputs == [*layout.observations, "one", *loud, *(f"recall bit {k}" for k in range(4))]
        assert look.outputs == ["bit 0", "bit 1", "bit 2", "bit 3", "write gate", *(f"head {name}" for name in names)]
        x = np.concatenate([moment.seen[:7], moment.recall]).astype(np.float64)
        float32 = np.concatenate([moment.out[slots], moment.middle[wishes]])
        assert np.array_equal(look.input, put_in(x))
        assert look.residual < 1e-12 and np.allclose(look.map @ look.input, float32, rtol=1e-4, atol=1e-5)
        assert look.norm == pytest.approx(np.sqrt((look.map**2).sum()))
        base, gates = answer(x)
        told = np.concatenate([strip.gates.ravel() for strip in look.strips])
        for column in range(len(x)):
            near = x + 1e-7 * (np.arange(len(x)) == column)
            y, others = answer(near)
            if np.array_equal(gates, others) and np.array_equal(np.ravel(gates), told):  # not where rounding decides about a gate
                assert np.allclose((y - base) / 1e-7, look.map @ (put_in(near) - look.input) / 1e-7, atol=1e-5)


def test_what_the_head_does_not_see_moves_nothing():
    """Wishes come of the context and of how loud the contents are; while the head parts the contents come without the recall."""
    config, genome, moments = life_of("context", "onto", MODES[0][2])
    track, told = Track(config.controller, layout_of(config), genome), set()
    for moment in moments:
        track.add(moment)
        look = track.look()
        assert not look.map[5:, :4].any() and look.map[5:, 7].all() and not look.map[:5, 7].any()
        assert not look.map[5:, 8:].any() and look.map[:5, 8:].any() == (not look.parts)
        told.add(look.parts)
    assert told == {False, True}


def test_why_is_the_largest_terms_of_the_sum(life):
    genome, moments = life
    look = track_of(genome, moments).look()
    x = look.input
    assert [because.output for because in look.because] == look.outputs
    for row, because in enumerate(look.because):
        terms = sorted(((look.map[row, k] * x[k], look.inputs[k]) for k in range(len(x))), key=lambda term: -abs(term[0]))[:6]
        assert [(term.value, term.name) for term in because.terms] == [term for term in terms if term[0]]
        assert all(term.value == term.coefficient * term.input for term in because.terms)
        assert because.total == pytest.approx(look.map[row] @ x) and sum(term.value for term in because.terms) + because.rest == (
            pytest.approx(because.total)
        )


def test_strips_and_flips(life):
    genome, moments = life
    track, before, flips = Track(CONFIG.controller, LAYOUT, genome), None, 0
    for moment in moments:
        track.add(moment)
        strips, gates = track.look().strips, gates_of(genome, moment).gates[0, 0]
        assert [strip.name for strip in strips] == ["head 1", "body 1", "body 2", "body 3"]
        assert np.array_equal([strip.gates for strip in strips], gates)
        assert np.array_equal([strip.flipped for strip in strips], gates ^ (gates if before is None else before))
        before, flips = gates, flips + sum(int(strip.flipped.sum()) for strip in strips)
    assert flips > 10
    track.add(moments[0]._replace(tick=moments[-1].tick + 2))
    assert not any(strip.flipped.any() for strip in track.look().strips), "the tick before is not known"


# ---- the track ----


@pytest.mark.parametrize("most", [1, 5, 4096])
@pytest.mark.parametrize("every", [1, 3, 40])
def test_keys_are_counted_over_all_ticks(most, every):
    genome, track, seen = genome_of(3), Track(CONFIG.controller, LAYOUT, genome_of(3), most), Counter()
    for tick in range(40):
        moment = random_moment(tick, int(rng.bits(1, tick)[0] % 1000))
        track.add(moment)
        gates = gates_of(genome, moment).gates
        seen[gates.tobytes()] += 1
        if tick % every == every - 1:
            look = track.look()
            assert (look.seen_before, look.keys, look.ticks) == (seen[gates.tobytes()] - 1, len(seen), tick + 1)
            assert look.key == f"{int(hashed(packed(gates[0]))[0]):016x}"
            assert len(look.energies) == len(track.moments) == min(most, tick + 1)
    assert 1 < len(seen) < 40


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["add", "jump", "look", "rewind", "again"]), min_size=20, max_size=40), st.integers(0, 99))
def test_time_goes_back_exactly(deeds, seed):
    """Whenever somebody looks, the track is that of the ticks which are left."""
    track, left, tick = Track(CONFIG.controller, LAYOUT, genome_of(3), 40), [], 0
    for i, deed in enumerate(deeds):
        if deed == "rewind":
            tick = max(0, tick - int(rng.bits(1, seed, i)[0] % 4))
            track.rewind(tick - 1)
            left = [each for each in left if each.tick < tick]
        elif deed != "look":
            tick = max(0, tick - (deed == "again")) + 3 * (deed == "jump")
            moment = random_moment(tick, seed + i)
            track.add(moment)
            left, tick = [*(each for each in left if each.tick < tick), moment], tick + 1
        elif left:
            expected, found = track_of(genome_of(3), left).look(), track.look()
            for field in fields(found):
                assert alike(getattr(found, field.name), getattr(expected, field.name)), field.name
        else:
            with pytest.raises(ValueError, match="expected a moment"):
                track.look()
        assert track.ticks == len(left) and [each.tick for each in track.moments] == [each.tick for each in left]


def test_far_back_the_counts_are_exact_too():
    """Beyond the ring: the moments are gone, their keys and writes are counted."""
    moments = [random_moment(tick, tick) for tick in range(50)]
    track = track_of(genome_of(3), moments, 4)
    track.look()
    track.rewind(19)
    assert (track.ticks, track.moments) == (20, [])
    track.add(moments[20])
    found, expected = track.look(), track_of(genome_of(3), moments[:21]).look()
    assert (found.key, found.seen_before, found.keys, found.load) == (expected.key, expected.seen_before, expected.keys, expected.load)
    assert expected.seen_before == 2 and not found.strips[0].flipped.any()


def test_genes_changed_by_hand():
    moments = [random_moment(tick, tick) for tick in range(10)]
    old, new = genome_of(3), genome_of(4)
    track = track_of(old, moments[:7])
    track.renew(new)
    for moment in moments[7:]:
        track.add(moment)
    look = track.look()
    keys = {gates_of(old if moment.tick < 7 else new, moment).gates.tobytes() for moment in moments}
    assert look.keys == len(keys) and look.ticks == 10 and look.residual < 1e-12
    assert np.array_equal(look.map, track_of(new, moments[7:]).look().map) and np.isfinite(look.map).all()


# ---- memory ----


def test_writes_and_the_one_that_is_recalled(life):
    genome, moments = life
    assert any((each.address != each.written).any() for each in moments)
    track = Track(CONFIG.controller, LAYOUT, genome)
    for i, moment in enumerate(moments):
        track.add(moment)
        look, wrote = track.look(), [each for each in moments[: i + 1] if each.gate > 0]
        overlaps = [float(each.written.astype(float) @ moment.address) / 64 for each in wrote]
        assert [write.tick for write in look.writes] == [each.tick for each in wrote][::-1] == [each.tick for each in track.writes][::-1]
        assert [write.overlap for write in look.writes] == pytest.approx(overlaps[::-1])
        assert all(write.place == (2, write.tick) and write.symbol == symbol(moments[write.tick], LAYOUT) for write in look.writes)
        assert all(write.gate == moments[write.tick].gate and write.value is moments[write.tick].value for write in look.writes)
        assert look.load == len(wrote) / 64
        earlier = [(overlap, each.tick) for overlap, each in zip(overlaps, wrote, strict=True) if each is not moment]
        assert (look.match and (look.match.overlap, look.match.tick)) == max(earlier, default=None)
        if look.match and moment.recall.any():
            a, b = moment.recall.astype(float), look.match.value.astype(float)
            assert look.likeness == pytest.approx(a @ b / math.sqrt(a @ a * (b @ b)))
        else:
            assert math.isnan(look.likeness)
    assert look.match and not math.isnan(look.likeness)


def test_many_writes():
    moments = [random_moment(tick, 3 * tick + 1) for tick in range(MOST_WRITES + 30)]
    track = track_of(genome_of(3), moments, 10)
    look = track.look()
    assert len(look.writes) == len(track.writes) == MOST_WRITES and look.writes[0].tick == moments[-1].tick
    assert look.load == len(moments) / 16


def test_symbols():
    def of(*senses):
        return symbol(random_moment(0, 0)._replace(seen=np.array([*senses, *[9] * (32 - len(senses))], np.float32)), LAYOUT)

    assert of(0.2, 0, -0.96, 0, 0, 0.5) == "bit 2 -1.0, delimiter +0.5"
    assert of(0.2, 0, 0, 1, 0, 0.4) == "bit 3 +1.0" and of(0, 0, 0, 0, 0, 0) == ""
    assert of(1, 1, 1, 0, 0, np.nan) == "bit 0 +1.0, bit 1 +1.0" and of(0, np.inf, 1, 0, 0, 0) == "bit 1 +inf"


# ---- other minds ----


def test_a_controller_that_tells_no_gates(life):
    genome, moments = life
    elman = configs.load({"world": {"kind": "copy", "bits": 4}, "controller": {"kind": "elman", "width": 32}}).controller
    track = Track(elman, LAYOUT, genome, 5)
    for moment in moments:
        track.add(moment)
    look, other = track.look(), track_of(genome, moments, 5).look()
    assert (look.strips, look.key, look.seen_before, look.keys, look.inputs, look.outputs, look.because) == ([], "", 0, 0, [], [], [])
    assert look.map.shape == (0, 0) and all(map(math.isnan, (look.norm, look.angle, look.residual)))
    for name in ("senses", "controls", "move", "parts", "actions", "action", "memory", "ticks", "writes", "match", "load", "energies"):
        assert alike(getattr(look, name), getattr(other, name))
    track.rewind(moments[-3].tick)
    assert track.look().ticks == len(moments) - 2


@pytest.mark.parametrize("kind", ["still", "dense"])
def test_every_controller_that_does(kind):
    config = tiny(f"controller={{kind: {kind}, width: 32}}")
    track = Track(config.controller, layout_of(config), genome_of(2, config.controller))
    for tick in range(3):
        track.add(random_moment(tick, tick))
    look = track.look()
    assert look.residual < 1e-12 and len(look.key) == 16
    if kind == "still":  # the genes are the outputs, so the constant 1 drives all
        assert not look.strips and (look.keys, look.seen_before) == (1, 2)
        assert [term[0] for because in look.because[:4] for term in because.terms] == ["one"] * 4


@pytest.mark.filterwarnings("error")
def test_what_is_no_number_is_told_too():
    blank = Moment(0, *(np.zeros(size, np.float32) for size in (32, 32, 4, 32, 2, 2)), 0.0, np.zeros(4, np.float32), math.nan)
    look = track_of(genome_of(1), [blank]).look()
    assert math.isnan(look.angle) and math.isnan(look.likeness) and (look.writes, look.match) == ([], None)
    wild = random_moment(1, 1)
    for value in (math.nan, math.inf):
        wild.seen[0] = wild.middle[3] = wild.recall[1] = wild.out[2] = wild.value[0] = value
        look = track_of(genome_of(1), [blank, wild, wild._replace(tick=2)]).look()
        assert len(look.because) == 9 and look.match.tick == 1
