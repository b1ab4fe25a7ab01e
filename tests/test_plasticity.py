"""Plasticity: the naive versions, bit for bit; what it keeps, what it costs, and that who asks for none gets none."""

import functools
import math

import naive
import naive_memory
import numpy as np
import pytest
from test_controls import memory_ticks, same_with
from test_memories import NAIVE, VALUES, random_address, same_ticks
from test_plugins import WIDTH, born, gates, read, vectors

from alife.core import config, registry
from alife.core.lanes import LANES
from alife.core.plasticity import fill, plastic
from alife.sim.agent import Agent
from alife.sim.minds import written
from memory import gated, lsh, tape

slow = functools.partial(pytest.param, marks=pytest.mark.slow)

PLASTIC = {
    "bloom": (naive_memory.Bloom, {"filter_bits": 128, "filter_hashes": 3}),
    "visits": (naive_memory.Visits, {"halved_after": 3.0}),
    "soft-visits": (lambda memory: naive_memory.Visits(memory, soft=True), {"halved_after": 3.0}),
}


def same_counts(s, minds):
    if hasattr(s, "counts"):
        assert naive.same_bits(s.counts.T, [mind.counts for mind in minds])
    else:
        assert fill(s).tolist() == [len(mind.bits) / mind.p.filter_bits for mind in minds]


@pytest.mark.parametrize(("kind", "plain"), [("bloom", gated), ("visits", gated), ("soft-visits", gated), slow("bloom", tape)])
def test_plastic_is_the_naive_one(kind, plain):
    (around, more), (made, settings) = PLASTIC[kind], NAIVE[plain]
    p = plain.Params(bits=64, values=VALUES, plasticity=kind, **settings, **more)
    same_ticks(plastic(plain, kind), p, 16, lambda: around(made(p, 16)), counts=same_counts)


def made(kind, bits=64, **settings):
    """A plastic memory, whose addresses are all given here, and its state."""
    module = plastic(gated, kind)
    return module, module.state(module.Params(bits=bits, values=VALUES, plasticity=kind, **settings), WIDTH)


def put(memory, s, key, value, gate=1.0):
    """One write of a value at a random address."""
    a = random_address(64, 11, key)
    memory.write(s, a, read(memory, s, a, VALUES), vectors(VALUES, value), gates(gate))


def got(memory, s, key):
    return read(memory, s, random_address(64, 11, key), VALUES)


def test_a_known_route_is_written_slowly():
    """Exact the first time; then by the filter's rate, also where the first write was next to nothing; a closed gate teaches no route."""
    memory, s = made("bloom", filter_rate=0.25)
    put(memory, s, 1, 10, gate=0.0)
    put(memory, s, 1, 10)
    assert np.allclose(got(memory, s, 1), vectors(VALUES, 10), atol=1e-5) and (0 < fill(s)).all() and (fill(s) <= 4 / 1024).all()
    put(memory, s, 1, 11)
    assert np.allclose(got(memory, s, 1), 0.75 * vectors(VALUES, 10) + 0.25 * vectors(VALUES, 11), atol=1e-5)
    memory.begin(s, born(2))
    assert fill(s)[2] == 0 and (np.delete(fill(s), 2) > 0).all()


def test_the_filter_is_as_full_and_as_often_wrong_as_theory_says():
    """Bits set 1 - e^(-h N / B) after N routes; so many new ones to the power h are taken for known."""
    memory, s = made("bloom", filter_bits=256, filter_hashes=3, filter_rate=0.0)
    wrong, routes = [], 120
    for i in range(routes):
        put(memory, s, i, i)
        wrong.append(s.gate[0] == 0)
    full = 1 - np.exp(-3 * np.arange(routes) / 256)
    assert fill(s).mean() == pytest.approx(full[-1], abs=0.02)
    expected = float((full**3).mean())
    assert np.mean(wrong) == pytest.approx(expected, abs=4 * math.sqrt(expected / (routes * LANES)))


@pytest.mark.parametrize("kind", ["visits", "soft-visits"])
def test_visits_halve_the_rate(kind):
    """At one address all that is on has been visited equally often: rate 1 / (1 + c / c0)."""
    memory, s = made(kind, halved_after=4.0)
    for count in range(9):
        put(memory, s, 1, count)
        assert np.allclose(s.gate, 1 / (1 + count / 4), atol=1e-6)
    put(memory, s, 1, 1, gate=0.0)
    assert set(np.unique(s.counts)) == ({0, 9} if kind == "visits" else {9})
    put(memory, s, 2, 1)
    known = 1 / (1 + 9 / 4)
    assert s.gate.mean() == pytest.approx(known if kind == "soft-visits" else (1 + known) / 2, abs=0.04), "of another address half is known"


@pytest.mark.parametrize("kind", PLASTIC)
def test_what_was_learnt_first_is_kept_at_a_price(kind):
    """Task A, then B, each of 24 routes in 64 slots; for bloom, which refuses what is known, of the same routes."""
    errors = {}
    for name in ("none", kind):
        memory = lsh if name == "none" else plastic(lsh, name)
        s = memory.state(memory.Params(bits=64, values=VALUES, plasticity=name, halved_after=4.0), WIDTH)
        for i in range(24):
            put(memory, s, i, i)
        for i in range(24):
            put(memory, s, i if kind == "bloom" else 100 + i, 200 + i)
        a = np.mean([(got(memory, s, i) - vectors(VALUES, i)) ** 2 for i in range(24)])
        b = np.mean([(got(memory, s, i if kind == "bloom" else 100 + i) - vectors(VALUES, 200 + i)) ** 2 for i in range(24)])
        errors[name] = a, b
    print(errors)
    assert errors[kind][0] < 0.95 * errors["none"][0], "kept"
    assert errors[kind][1] > 1.2 * errors["none"][1], "the price"


@pytest.mark.parametrize("kind", PLASTIC)
def test_it_shares_what_it_says(kind):
    module = plastic(gated, kind)
    assert same_with(*memory_ticks(module, True), module.SHARED)
    assert not same_with(*memory_ticks(module, True), ("bits" if kind == "bloom" else "counts",))


def test_who_asks_for_none_gets_none():
    assert config.load("copy", ["memory.plasticity=none"]).memory.module is registry.load("memory", "lsh") is lsh
    assert Agent(config.load("copy")).floats() == Agent(config.load("copy", ["memory.plasticity=visits"])).floats() - 256


def test_a_plastic_memory_offers_what_the_plain_one_does():
    for kind in PLASTIC:
        for name in registry.names("memory"):
            part = config.load("copy", [f"memory.kind={name}", f"memory.plasticity={kind}", "memory.values=2"]).memory
            plain = registry.load("memory", name)
            assert part.kind == name and part.params.plasticity == kind and part.module is plastic(plain, kind)
            assert part.ask("rows", WIDTH) == plain.rows(part.params, WIDTH)
            assert all(part.offers(each) == hasattr(plain, each) for each in ("contents", "larger"))
            assert part.offers("fill") == (kind == "bloom")
            state = part.ask("state", WIDTH)
            if part.offers("contents"):
                arrays = written(part, state)
                assert all(array.shape[-1] == LANES for array in arrays)
                assert len(arrays) == (5 if name == "tape" else 2)
