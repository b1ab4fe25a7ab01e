"""Species by leaders, the battery of probes, what agents do on it, and how far behaviour has moved."""

from itertools import pairwise

import naive
import naive_evolution
import numpy as np
import pytest
from conftest import tiny
from hypothesis import given
from hypothesis import strategies as st

from alife.core import rng
from alife.core.errors import ConfigError
from alife.core.layout import layout_of
from alife.insight import species

# ---- leaders ----


def l1(a, b):
    return float(np.abs(a - b).sum(dtype=np.float64) / len(a))


@given(st.integers(1, 60), st.integers(1, 8), st.floats(0, 3), st.integers(1, 12), st.integers(0, 2**32))
def test_species_by_genome_against_one_after_the_other(n, genes, threshold, most, seed):
    genomes = np.random.default_rng(seed).integers(-4, 5, (n, genes)).astype(np.float32)
    found = species.by_genome(genomes, threshold, most=most)
    assert found.dtype == np.int64
    assert found.tolist() == naive_evolution.leaders(genomes, lambda a, b: float(np.abs(a - b).sum()) * (1 / genes), threshold, most)


@given(st.integers(1, 60), st.integers(1, 150), st.floats(0, 0.6), st.integers(1, 12), st.integers(0, 2**32))
def test_species_by_key_against_one_after_the_other(n, bits, threshold, most, seed):
    keys = np.random.default_rng(seed).random((n, bits)) < 0.3
    found = species.by_key(keys, threshold, most)
    assert found.dtype == np.int64
    assert found.tolist() == naive_evolution.leaders(keys, lambda a, b: int((a != b).sum()) / bits, threshold, most)


def test_many_agents_are_compared_in_pieces(monkeypatch):
    points = np.random.default_rng(1).normal(size=(97, 6)).astype(np.float32)
    whole = species.by_genome(points, 0.8), species.by_key(points > 0, 0.2)
    monkeypatch.setattr(species, "_ROWS", 5)
    assert [found.tolist() for found in (species.by_genome(points, 0.8), species.by_key(points > 0, 0.2))] == [w.tolist() for w in whole]
    assert len(set(whole[0].tolist())) > 3 and len(set(whole[1].tolist())) > 3


def test_the_nearest_leader_wins_and_the_earlier_among_equals():
    genomes = np.array([[0.0], [1.0], [0.75], [0.5], [0.25]], np.float32)
    assert species.by_genome(genomes, 0.5).tolist() == [0, 1, 1, 0, 0]


def test_the_threshold_is_in_units_of_the_scale():
    genomes = np.array([[0, 0], [1, 1], [3, 3]], np.float32)
    assert species.by_genome(genomes, 1.0).tolist() == [0, 0, 1]
    assert species.by_genome(genomes, 1.0, scale=3.0).tolist() == [0, 0, 0]
    assert species.by_genome(genomes, 0.5, scale=0.5).tolist() == [0, 1, 2]


def test_those_beyond_the_last_leader_share_a_label():
    assert species.by_genome(np.arange(6, dtype=np.float32)[:, None], 0.1, most=4).tolist() == [0, 1, 2, 3, 4, 4]


@pytest.mark.parametrize("by", [species.by_genome, species.by_key])
def test_nobody_and_nothing(by):
    assert by(np.zeros((0, 5), bool)).shape == (0,)
    assert by(np.zeros((3, 0), bool)).tolist() == [0, 0, 0]
    for wrong in ({"threshold": -0.1}, {"threshold": float("nan")}, {"most": 0}):
        with pytest.raises(ValueError, match="expected a threshold"):
            by(np.zeros((3, 2), bool), **wrong)


def test_a_hundred_thousand_agents():
    """Forty clones with noise; none is lost, none is confused."""
    of = np.arange(100_000) * 7919 % 40
    centres = np.random.default_rng(3).normal(size=(40, 32)).astype(np.float32)
    noise = 0.05 * rng.uniforms((100_000, 32), 4)
    for labels in (species.by_genome(centres[of] + noise, 0.25), species.by_key((centres > 0)[of], 0.01)):
        assert len(labels) == 100_000
        pairs = set(zip(of.tolist(), labels.tolist(), strict=True))
        assert len(pairs) == 40 and len({label for _, label in pairs}) == 40


# ---- thresholds ----


@pytest.fixture
def config():
    return tiny("controller.width=64")


@pytest.fixture
def layout(config):
    return layout_of(config)


def newborns(config, n, key=1):
    shape = config.controller.ask("shape", config.controller.params.width)
    return config.controller.ask("start", config.controller.params.width, rng.uniforms((n, *shape), key)).reshape(n, -1)


@pytest.mark.parametrize("kind", ["wht", "dense"])
def test_founders_are_strangers_and_children_are_kin(kind):
    config = tiny(f"controller={{kind: {kind}, width: 64}}")
    layout, founders = layout_of(config), newborns(config, 12)
    scale = species.yardstick(config.controller, 64)
    assert np.mean([l1(a, b) for a, b in pairwise(founders)]) == pytest.approx(scale, rel=0.05)
    children = founders.copy()
    for row, child in enumerate(children):
        child[rng.permutation(len(child), row)[:8]] += np.float32(0.25)
    both, battery = np.concatenate([founders, children]), species.probes(layout)
    expected = [*range(12), *range(12)]
    assert species.by_genome(both, scale=scale).tolist() == expected
    assert species.by_key(species.gate_keys(config.controller, layout, both, battery)).tolist() == expected


def test_where_all_are_born_alike_the_range_is_the_yardstick():
    assert species.yardstick(tiny("controller.spread=0").controller, 32) == pytest.approx(0.24)


def test_samples():
    assert species.sample(5, 9).tolist() == [0, 1, 2, 3, 4]
    some = species.sample(1000, 50)
    assert len(set(some.tolist())) == 50 and (np.diff(some) > 0).all() and some[-1] > 800
    assert not np.array_equal(some, species.sample(1000, 50, seed=1))


# ---- probes and responses ----


def test_probes_are_standard_observations(layout):
    battery, shown = species.probes(layout, 200), len(layout.observations)
    assert battery.dtype == np.float32 and battery.shape == (200, 64)
    values, counts = np.unique(battery[:, :shown], return_counts=True)
    assert values.tolist() == [-1, 0, 1] and counts.min() > 0.28 * counts.sum()
    assert (battery[:, layout.one] == 1).all() and not battery[:, layout.one + 1 :].any()
    assert np.array_equal(battery, species.probes(layout, 200)) and not np.array_equal(battery, species.probes(layout, 200, 1))
    assert len(np.unique(battery, axis=0)) > 150


def test_responses_are_those_of_the_naive_mind(config, layout):
    genomes, battery = newborns(config, 9), species.probes(layout, 10)
    got = species.responses(config.controller, layout, genomes, battery)
    assert got.dtype == np.int64 and got.shape == (9, 10)
    for i, genome in enumerate(genomes.reshape(9, 4, 2, 64)):
        for j, x in enumerate(battery):
            out = naive.Mind(genome, 1, layout, 16).think(x)
            assert got[i, j] == int(np.argmax(out[: len(layout.actions)]))
    assert len(set(got.ravel().tolist())) > 1


def test_gate_keys_are_those_of_the_naive_mind(config, layout):
    genomes, battery = newborns(config, 3), species.probes(layout, 5)
    keys = species.gate_keys(config.controller, layout, genomes, battery)
    assert keys.dtype == np.bool_ and keys.shape == (3, 5 * 4 * 64)
    for i, genome in enumerate(genomes.reshape(3, 4, 2, 64)):
        one = naive.Mind(genome, 1, layout, 16)
        expected = [[*naive.open_gates(genome[:1], one.faced(x)), *naive.open_gates(genome[1:], x)] for x in battery]
        assert np.array_equal(keys[i], np.array(expected).ravel())
    assert species.gate_keys(config.controller, layout, genomes[:0], battery).shape[0] == 0


def test_chunks_change_nothing(config, layout, monkeypatch):
    genomes, battery = newborns(config, 20), species.probes(layout, 6)
    whole = species.responses(config.controller, layout, genomes, battery), species.gate_keys(config.controller, layout, genomes, battery)
    monkeypatch.setattr("alife.insight.mind._CHUNK", 3 * 6 * 64)
    assert np.array_equal(whole[0], species.responses(config.controller, layout, genomes, battery))
    assert np.array_equal(whole[1], species.gate_keys(config.controller, layout, genomes, battery))


def test_ties_go_to_the_lowest_and_nan_never_wins():
    config = tiny("controller={kind: still, width: 32}", kind="copy", bits=3, length=2)
    layout, genomes = layout_of(config), np.zeros((4, 32), np.float32)
    genomes[1, 1] = genomes[1, 2] = 2
    genomes[2, :3] = [np.nan, -5, -4]
    genomes[3, :3] = np.nan
    got = species.responses(config.controller, layout, genomes, species.probes(layout, 2))
    assert got.tolist() == [[0, 0], [1, 1], [2, 2], [0, 0]]


def test_a_controller_that_tells_nothing_is_refused(layout, config, monkeypatch):
    monkeypatch.delattr(config.controller.module, "view")
    with pytest.raises(ConfigError, match="controller wht: expected a function view"):
        species.responses(config.controller, layout, newborns(config, 2), species.probes(layout, 2))


# ---- drift ----


def test_drift_by_hand():
    a, b = np.array([[0, 1], [0, 1]]), np.array([[0, 1], [1, 2]])
    assert species.drift(a, b, 3) == species.drift(b, a, 3) == 0.5
    assert species.drift(a, a, 3) == 0
    assert species.drift(a, np.array([[2, 0]]), 3) == 1
    assert np.isnan(species.drift(a, a[:0], 3))


@given(st.integers(1, 12), st.integers(1, 12), st.integers(1, 5), st.integers(1, 4), st.integers(0, 2**32))
def test_drift_against_counting(n, m, probes, actions, seed):
    luck = np.random.default_rng(seed)
    a, b = luck.integers(0, actions, (n, probes)), luck.integers(0, actions, (m, probes))
    assert species.drift(a, b, actions) == pytest.approx(naive_evolution.drift(a.tolist(), b.tolist(), actions), abs=1e-12)


def test_the_floor_is_what_sampling_makes():
    """Two samples of one population differ by less than its two halves do; another population by more."""
    luck = np.random.default_rng(5)
    one, same = luck.choice(4, (400, 64), p=[0.4, 0.3, 0.2, 0.1]), luck.choice(4, (400, 64), p=[0.4, 0.3, 0.2, 0.1])
    other = luck.choice(4, (400, 64), p=[0.1, 0.3, 0.2, 0.4])
    floor = species.drift_floor(one, 4)
    assert 0 < species.drift(one, same, 4) < floor < 0.1 < species.drift(one, other, 4)
    assert floor == species.drift_floor(one, 4) != species.drift_floor(one, 4, seed=1)
    assert species.drift_floor(np.sort(one, axis=0), 4) < 0.1, "the halves are random, not first and last"
    assert np.isnan(species.drift_floor(one[:1], 4))
