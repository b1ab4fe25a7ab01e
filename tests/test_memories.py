"""Every memory is its naive version, bit for bit, and keeps the laws that it claims (`LAWS`); what each of the newer ones is for."""

import functools
import math

import naive
import naive_memory
import numpy as np
import pytest
from test_plugins import WIDTH, aligned_copy, born, fresh, gates, normal, read, vectors
from test_tick import MOVES, agent_of, genomes_of, mind_of, seen_of
from test_tick import born as started

from alife.core import config, registry, rng
from alife.core.errors import ConfigError
from alife.core.jit import DISABLED
from alife.core.lanes import LANES, aligned
from alife.sim.agent import Agent
from memory import block, gated, lsh, matrix, reservoir, tape, thresholded

VALUES = 3


def claiming(law):
    """Names of the memories that claim a law."""
    return [name for name in registry.names("memory") if law in getattr(registry.load("memory", name), "LAWS", ())]


def random_address(rows, *key):
    """Signs (rows, LANES), as the moves of a head make them."""
    return aligned_copy(rng.signs(rows * LANES, *key).reshape(rows, LANES))


# ---- the naive versions ----

NAIVE = {
    lsh: (naive_memory.Lsh, {}), matrix: (naive_memory.Matrix, {}), gated: (naive_memory.Gated, {}),
    reservoir: (naive_memory.Reservoir, {"past": 0.6}), thresholded: (naive_memory.Thresholded, {}),
    block: (naive_memory.Block, {"blocks": 2}), tape: (naive_memory.Tape, {"cells": 4, "alike": 0.5}),
}  # fmt: skip
SIZES = [(16, 16), (64, 16), (16, 64)]
"""Slots and address bits."""


def sight(key, width, kinds=6):
    """(n, LANES): one of a few sights in each lane, a little off."""
    which = rng.bits(LANES, key, 1) % np.uint64(kinds)
    x = np.stack([2 * rng.uniforms((width,), 900 + int(i)) - 1 for i in which], axis=1)
    return aligned_copy((x + 0.1 * rng.uniforms((width, LANES), key)).astype(np.float32))


@pytest.mark.parametrize(("width", "bits"), SIZES)
@pytest.mark.parametrize("module", NAIVE, ids=lambda module: module.__name__)
def test_it_is_the_naive_one(module, width, bits):
    made, settings = NAIVE[module]
    p = module.Params(bits=bits, values=VALUES, **settings)
    same_ticks(module, p, width, lambda: made(p, width))


def same_ticks(module, p, width, make, ticks=40, counts=None):
    """Births, sights, steps of a head, writes of all sizes: addresses, recalls and contents of every tick have the same bits."""
    s, minds = module.state(p, width), [make() for _ in range(LANES)]
    module.begin(s, aligned((1, LANES), 1.0))
    places = [random_address(p.bits, 3, i) for i in range(3)]
    for tick in range(ticks):
        if 0 <= tick - 20 < LANES:
            minds[tick - 20] = make()
            module.begin(s, born(tick - 20))
        x, a = sight(tick, width), aligned((p.bits, LANES))
        module.address(s, x, a)
        assert naive.same_bits(a.T, [mind.address(x[:, lane]) for lane, mind in enumerate(minds)]), tick
        at = a if tick % 3 else places[tick // 3 % 3]
        r, v, g = read(module, s, at, VALUES), vectors(VALUES, 50 + tick), gates()
        assert naive.same_bits(r.T, [mind.read(at[:, lane]) for lane, mind in enumerate(minds)]), tick
        g[:] = np.clip(2 * rng.uniforms((1, LANES), 70 + tick) - 0.5, 0, 1)
        module.write(s, at, r, v, g)
        for lane, mind in enumerate(minds):
            mind.write(at[:, lane], r[:, lane], v[:, lane], g[0, lane])
        assert naive.same_bits(np.moveaxis(module.contents(s), -1, 0), [mind.contents() for mind in minds]), tick
        if counts:
            counts(s, minds)


@pytest.mark.slow
@pytest.mark.parametrize("plasticity", ["none", "bloom"])
@pytest.mark.parametrize("module", NAIVE, ids=lambda module: module.__name__)
def test_minds_with_it_are_naive_minds(module, plasticity, monkeypatch):
    """In the fused loop of a problem, with a head that makes every move."""
    made, settings = NAIVE[module]
    chosen = [f"memory.{key}={value}" for key, value in {"kind": module.__name__[7:], "plasticity": plasticity, **settings}.items()]
    agent = agent_of(MOVES)
    agent = Agent(config.load(config.to_dict(agent.config) | {"memory": {"bits": 32, "values": 4}}, chosen))
    genomes = genomes_of(agent, 21)
    block, w, minds = started(agent), agent.in_lanes(genomes)[0], [mind_of(agent, genome) for genome in genomes]
    for mind in minds:
        mind.memory = made(agent.memory.params, agent.layout.width)
        mind.memory = naive_memory.Bloom(mind.memory) if plasticity == "bloom" else mind.memory
    moved = set()
    for tick in range(24):
        block.x[:] = seen_of(agent, 5, tick % 5)
        seen = block.x.copy()
        agent.kernels.think(block, w)
        for lane, mind in enumerate(minds):
            monkeypatch.setattr(naive, "lsh_address", lambda key, rows, mind=mind: mind.memory.address(key))
            with np.errstate(all="ignore"):
                x = mind.think(seen[:, lane])
            moved.add(mind.moved[-1])
            pairs = ((block.x, x), (block.r, mind.r), (block.head.a, mind.head.a), (block.head.b, mind.head.b))
            assert all(naive.same_bits(array[:, lane], told) for array, told in pairs), (tick, lane)
    assert {move for move, _ in moved} >= {"jump", "next", "prev"} and {parted for _, parted in moved} == {False, True}


# ---- the laws ----

ALPHAS = (0.25, 0.5, 1, 2, 4)
statistics = pytest.mark.skipif(DISABLED, reason="thousands of writes, which take minutes in plain Python")


@pytest.mark.parametrize("name", claiming("exact"))
def test_recall_is_exact_right_after_a_write(name):
    """At gate 1, whatever was written before; a closed gate changes nothing."""
    memory = registry.load("memory", name)
    s, address = fresh(memory)
    for key in range(8):
        a, v = address(vectors(WIDTH, key, 3)), vectors(5, 50 + key)
        if key % 2:
            a = random_address(len(a), key)
        memory.write(s, a, read(memory, s, a), v, gates())
        assert np.allclose(read(memory, s, a), v, atol=1e-5)
        kept = memory.contents(s).copy()
        memory.write(s, a, read(memory, s, a), vectors(5, 60 + key), gates(0.0))
        assert np.array_equal(memory.contents(s), kept)


@functools.cache
def one_pass(name, bits=128):
    """Slots N, and for each alpha the squared errors (m, LANES) of m = alpha N items written once, the first first, over their variance."""
    memory = registry.load("memory", name)
    s, _ = fresh(memory, bits, VALUES)
    n, done, found = len(memory.contents(s)), 0, {}
    for alpha in ALPHAS:
        for i in range(done, done := int(alpha * n)):
            a = random_address(bits, 5, i)
            memory.write(s, a, read(memory, s, a, VALUES), vectors(VALUES, i), gates())
        off = [read(memory, s, random_address(bits, 5, i), VALUES) - vectors(VALUES, i) for i in range(done)]
        found[alpha] = 3 * (np.array(off, np.float64) ** 2).mean(axis=1)
    return n, found


def agrees(errors, expected):
    """Lanes are independent: within 3.5 standard errors of their mean, and 5 % for what a formula for large N leaves out."""
    means = errors.mean(axis=0)
    assert abs(means.mean() - expected) < 3.5 * means.std(ddof=1) / math.sqrt(LANES) + 0.05 * expected


@pytest.mark.parametrize("alpha", ALPHAS)
@statistics
@pytest.mark.parametrize("name", claiming("capacity"))
def test_capacity(name, alpha):
    """The delta rule, one pass, mean over all items at random addresses: N slots, as many as there are rows of weights."""
    agrees(one_pass(name)[1][alpha], (2 - math.exp(-alpha)) * (1 - (1 - math.exp(-alpha)) / alpha))


@statistics
@pytest.mark.parametrize("name", claiming("age"))
def test_age(name):
    """The same by age: an item with t later writes has the error (1 - e^(-t/N)) (2 - e^(-m/N))."""
    n, found = one_pass(name)
    m = len(found[2])
    t = np.arange(m)[::-1] / n
    expected = (1 - np.exp(-t)) * (2 - math.exp(-m / n))
    for part in np.array_split(np.arange(m), 5):
        agrees(found[2][part], expected[part].mean())


@statistics
@pytest.mark.parametrize("name", claiming("bounded"))
def test_weights_stay_bounded(name):
    """Sixteen times as many writes as slots, through gates of all sizes: the norm does not go on growing."""
    memory = registry.load("memory", name)
    s, _ = fresh(memory, 32, 2)
    writes, norms = 16 * len(memory.contents(s)), []
    for i in range(writes):
        a, g = random_address(32, 6, i), gates()
        g[:] = rng.uniforms((1, LANES), 7, i)
        memory.write(s, a, read(memory, s, a, 2), vectors(2, i), g)
        if i % 16 == 0:
            norms.append(float((memory.contents(s) ** 2).sum()))
    assert 0 < max(norms[len(norms) // 2 :]) < 1.3 * max(norms[: len(norms) // 2])


def test_who_claims_what():
    """Of ours; a memory of somebody else may claim nothing."""
    delta = {"exact", "capacity", "age", "bounded"}
    wanted = {
        "none": set(), "scrambled": set(),  # they keep nothing that could be found again
        "thresholded": {"bounded"},  # not what it was told, but that less the threshold
        "tape": {"exact", "bounded"},  # cells never mix; where there are too few, the first are given up whole
        **dict.fromkeys(("lsh", "exact", "reservoir", "block"), delta), **dict.fromkeys(("matrix", "gated"), delta | {"real"}),
    }  # fmt: skip
    assert {name: set(getattr(registry.load("memory", name), "LAWS", ())) for name in wanted} == wanted


# ---- what each is for ----


def pairs_of(memory, count, bits, width=16, passes=0):
    """Keys (m, K, LANES) of as many contents and values (m, D, LANES), and what is recalled after so many passes of writes."""
    s, address = fresh(memory, bits, VALUES, width)
    keys = [address(aligned_copy(normal(i)[:width])) for i in range(count)]
    values = [vectors(VALUES, 300 + i) for i in range(count)]
    for _ in range(passes):
        for a, v in zip(keys, values, strict=True):
            memory.write(s, a, read(memory, s, a, VALUES), v, gates())
    return np.array(keys), np.array(values), np.array([read(memory, s, a, VALUES) for a in keys]), memory.contents(s).copy()


def left_over(memory, count, bits):
    """Mean squares of what Moore-Penrose cannot fit, of some lanes."""
    keys, values, *_ = pairs_of(memory, count, bits)
    some = [(keys[..., lane].astype(np.float64), values[..., lane]) for lane in range(0, LANES, 5)]
    return np.array([np.mean((k @ matrix.pinv(k, v).T - v) ** 2) for k, v in some])


def test_a_matrix_holds_as_many_as_there_are_dimensions():
    """By pinv exactly, and the delta rule comes to the same weights in many passes; beyond, with more bits too, it cannot."""
    for bits in (16, 64):
        assert (left_over(matrix, 16, bits) < 1e-8).all() and (left_over(matrix, 32, bits) > 0.05).all()
    keys, values, recalled, w = pairs_of(matrix, 8, 16, passes=400)
    assert np.allclose(recalled, values, atol=1e-4)
    for lane in range(LANES):
        assert np.allclose(matrix.pinv(keys[..., lane], values[..., lane]), w[..., lane].T, atol=1e-3)


def test_a_matrix_is_linear_in_its_key_where_signs_are_not():
    """Half way between two contents of one length; keys overlap by the cosine of the contents, at any number of bits."""
    x, y = normal(1), normal(2)
    y *= np.sqrt((x * x).sum(0) / (y * y).sum(0))
    for memory, bits in ((matrix, WIDTH), (matrix, 4 * WIDTH)):
        s, address = fresh(memory, bits, VALUES)
        memory.write(s, address(x), read(memory, s, address(x), VALUES), vectors(VALUES, 3), gates())
        cosine = (x * y).sum(0) / (x * x).sum(0)
        assert np.allclose((address(x) * address(y)).mean(0), cosine, atol=1e-5)
        assert np.allclose(read(memory, s, address(y), VALUES), cosine * vectors(VALUES, 3), atol=1e-5)
        z = aligned_copy((x + y) / 2)
        length = np.sqrt((z * z).sum(0) / (x * x).sum(0))
        assert np.allclose(read(memory, s, address(z), VALUES) * length, (1 + cosine) / 2 * vectors(VALUES, 3), atol=1e-5)


@pytest.mark.parametrize("memory", [matrix, gated, tape], ids=lambda memory: memory.__name__)
def test_keys_of_any_float(memory):
    """Zero, tiny, huge and wrong numbers make addresses that are as large as any."""
    _, address = fresh(memory, 32)
    x = aligned((WIDTH, LANES))
    x[3] = [0, -0.0, 1e-45, 1e-38, 1e-30, 1e30, 3e38, math.inf, -math.inf, math.nan, 1, -1, 0.5, 2, 3, 4]
    with np.errstate(all="ignore"):
        a = address(x)
    assert np.isfinite(a).all() and np.allclose((a**2).mean(axis=0), 1, atol=1e-5)
    if memory is not tape:
        assert (a[:, [0, 1, 2, 7, 8, 9]] == 1).all() and np.allclose(a[:, 10], a[:, 13], atol=1e-6)


def test_gates_hold_more_than_any_matrix():
    """Exact by pinv for as many items as the gated features have rank, here all 32 of 16 slots; and by many passes for some fewer."""
    assert (left_over(gated, 32, 64) < 1e-8).all() and (left_over(gated, 80, 64) > 0.01).all()
    _, values, recalled, _ = pairs_of(gated, 24, 64, passes=150)
    assert np.mean((recalled - values) ** 2) < 1e-3
    _, values, recalled, _ = pairs_of(matrix, 24, 64, passes=150)
    assert np.mean((recalled - values) ** 2) > 0.02


def test_gated_features_are_half_closed():
    _, address = fresh(gated, 256)
    a = np.concatenate([address(normal(i)) for i in range(8)], axis=1)
    assert (a == 0).mean() == pytest.approx(0.5, abs=0.02)


def test_a_threshold_writes_the_loud_less_the_threshold():
    s, address = fresh(thresholded, threshold=0.5)
    a, v, w = address(vectors(WIDTH, 1)), vectors(5, 2), vectors(5, 3)
    thresholded.write(s, a, read(thresholded, s, a), v, gates())
    first = np.sign(v) * np.maximum(np.abs(v) - 0.5, 0)
    assert np.allclose(read(thresholded, s, a), first, atol=1e-5)
    thresholded.write(s, a, read(thresholded, s, a), w, gates())
    second = np.where(np.abs(w) > 0.5, np.sign(w) * (np.abs(w) - 0.5), first)
    assert np.allclose(read(thresholded, s, a), second, atol=1e-5) and ((np.abs(w) <= 0.5) & (first != 0)).any()


def test_without_a_threshold_it_is_lsh():
    said = []
    for memory, settings in ((thresholded, {"threshold": 0.0}), (lsh, {})):
        s, address = fresh(memory, **settings)
        for key in range(30):
            a = address(vectors(WIDTH, key % 7))
            memory.write(s, a, read(memory, s, a), vectors(5, 50 + key), gates(0.7))
        said.append(memory.contents(s))
    assert naive.same_bits(*said)


def test_blocks_do_not_disturb_each_other():
    s, _ = fresh(block, 64, VALUES, blocks=2)
    places = [random_address(64, 8, i) for i in range(40)]
    number = [(a[0] > 0) + 2 * (a[1] > 0) for a in places]
    block.write(s, places[0], read(block, s, places[0], VALUES), vectors(VALUES, 1), gates())
    for i in range(1, 40):
        before = read(block, s, places[0], VALUES)
        block.write(s, places[i], read(block, s, places[i], VALUES), vectors(VALUES, i), gates())
        after, elsewhere = read(block, s, places[0], VALUES), number[i] != number[0]
        assert np.array_equal(before[:, elsewhere], after[:, elsewhere]) and not np.array_equal(before, after)


def test_features_are_told_apart_more_sharply_than_angles_and_by_gain():
    x = normal(1)
    y = aligned_copy(0.8 * x + 0.6 * normal(2) * np.sqrt((x * x).sum(0) / (normal(2) ** 2).sum(0)))
    overlaps = []
    for memory, settings in ((lsh, {}), (reservoir, {"gain": 0.1}), (reservoir, {"gain": 100.0})):
        _, address = fresh(memory, 4096, 1, **settings)
        overlaps.append(float((address(x) * address(y)).mean()))
    assert overlaps[0] == pytest.approx(overlaps[1], abs=0.03) and overlaps[2] < overlaps[0] - 0.05


def test_a_reservoir_holds_the_past_and_lets_it_fade():
    """The same sight after another past has another address; twenty ticks later nothing of that is left."""
    addresses = []
    for past in (1, 2):
        _, address = fresh(reservoir, 256, 1, past=0.5)
        for i in range(3):
            address(normal(10 * past + i))
        addresses.append([address(normal(100 + i)) for i in range(40)])
    alike = [float((one * other).mean()) for one, other in zip(*addresses, strict=True)]
    assert 0.2 < alike[0] < 0.9 and alike[0] < alike[1] < alike[3] and alike[-1] > 0.9999


# ---- the tape ----


def test_a_tape_holds_its_cells_and_gives_up_the_one_claimed_first():
    s, _ = fresh(tape, 64, VALUES, cells=8)
    for i in range(11):
        tape.write(s, random_address(64, 9, i), read(tape, s, random_address(64, 9, i), VALUES), vectors(VALUES, i), gates())
        tape.write(s, random_address(64, 9, max(i - 7, 0)), aligned((VALUES, LANES)), vectors(VALUES, 0), gates(0.0))
    for i in range(11):
        found = read(tape, s, random_address(64, 9, i), VALUES)
        assert np.allclose(found, vectors(VALUES, i) if i > 2 else 0, atol=1e-6), i
    a = random_address(64, 9, 5)
    tape.write(s, a, read(tape, s, a, VALUES), vectors(VALUES, 20), gates(0.25))
    assert np.allclose(read(tape, s, a, VALUES), 0.75 * vectors(VALUES, 5) + 0.25 * vectors(VALUES, 20), atol=1e-6)


def test_a_tape_jumps_to_what_is_most_similar():
    """To the place where it was written, which the head had come to by itself; and to a place of its own if all are unlike."""
    s, address = fresh(tape, 64, VALUES, alike=0.8)
    _, of_lsh = fresh(lsh, 64, VALUES)
    sights = [normal(i) for i in range(5)]
    for i, x in enumerate(sights):
        assert np.array_equal(address(x), of_lsh(x))
        tape.write(s, random_address(64, 9, i), aligned((VALUES, LANES)), vectors(VALUES, i), gates())
    for i, x in enumerate(sights):
        near = aligned_copy(x + 0.3 * normal(50 + i))
        assert np.array_equal(address(near), random_address(64, 9, i))
        assert np.allclose(read(tape, s, address(aligned_copy(2 * near)), VALUES), vectors(VALUES, i), atol=1e-6)
        assert np.array_equal(address(aligned_copy(-x)), of_lsh(aligned_copy(-x)))
    tape.begin(s, born(4))
    again = address(sights[0])
    assert np.array_equal(again[:, 4], of_lsh(sights[0])[:, 4]) and np.array_equal(again[:, 5], random_address(64, 9, 0)[:, 5])


# ---- what does not fit ----


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (("kind=block", "bits=4", "blocks=5"), "memory: blocks: expected at most as many as address bits, 4, got 5"),
        (("kind=block", "bits=65536", "blocks=10"), r"memory: expected bits \* 2\^blocks <= 16777216, got 67108864"),
        (("kind=tape", "cells=65536", "bits=4096"), r"memory: expected cells \* bits <= 16777216, got 268435456"),
        (("kind=tape", "cells=0"), "memory.cells: expected a whole number >= 1 .*, got 0"),
        (("kind=thresholded", "threshold=1"), "memory.threshold: expected a number .*, got 1"),
        (("kind=reservoir", "past=1"), "memory.past: expected a number .*, got 1"),
        (("plasticity=blom",), "memory.plasticity: expected .*'bloom'"),
        (("plasticity=bloom", "filter_bits=100"), "memory.filter_bits: expected a power of two, got 100"),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, tuple) else "",
)
def test_what_does_not_fit_is_one_line(changes, said):
    with pytest.raises(ConfigError, match=said) as caught:
        config.load("copy", [f"memory.{change}" for change in changes])
    assert "\n" not in str(caught.value)
