"""Gate keys: statistics against plain counting, gates against the kernels, and the linear map that each key names."""

import math
import re
from collections import Counter
from pathlib import Path

import naive
import numpy as np
import pytest
from conftest import tiny
from hypothesis import given
from hypothesis import strategies as st

from alife.core import config as configs
from alife.core import registry, rng
from alife.core.errors import ConfigError
from alife.core.lanes import LANES, aligned
from alife.insight import mind
from alife.insight.keys import entropy, hashed, numbered, packed, statistics

WIDTH, BATCH, AGENTS = 32, 7, 3
TELLING = [kind for kind in registry.names("controllers") if hasattr(registry.load("controllers", kind), "view")]
DOC = (Path(__file__).parents[1] / "docs" / "extending.md").read_text(encoding="utf-8")

GATES = np.array(
    [
        [[1, 0, 1], [0, 0, 1]],
        [[1, 0, 0], [0, 1, 1]],
        [[1, 0, 1], [0, 0, 1]],
        [[1, 0, 1], [0, 1, 1]],
    ],
    bool,
)
"""Four inputs, two layers, three gates; the first and the third key are equal."""


def test_a_case_counted_by_hand():
    keys = statistics(GATES)
    assert (keys.inputs, keys.distinct, keys.collisions, keys.entropy) == (4, 3, 1, 1.5)
    first, second = keys.layers
    assert (first.distinct, first.dead, first.always) == (2, 1, 1)
    assert first.entropy == pytest.approx(2 - 0.75 * math.log2(3)) and first.activity == pytest.approx(7 / 12)
    assert second == (2, 1.0, 1, 1, 0.5)


def test_an_input_that_comes_twice_is_no_collision():
    same = np.array([[1.0, 2.0], [3.0, 4.0], [1.0, 2.0], [5.0, 6.0]], np.float32)
    assert statistics(GATES, same)[:3] == (3, 3, 0)
    other = same.copy()
    other[2, 1] = 2.5
    assert statistics(GATES, other)[:3] == (4, 3, 1)
    assert statistics(GATES, np.zeros((4, 2)))[:3] == (3, 3, 0), "an input with several keys counts as several"


def test_all_alike_and_all_different():
    one = statistics(np.ones((8, 1, 5), bool))
    assert one[:4] == (8, 1, 7, 0.0) and one.layers[0] == (1, 0.0, 0, 5, 1.0)
    every = np.array([[[i >> b & 1 for b in range(3)]] for i in range(8)], bool)
    assert statistics(every)[:4] == (8, 8, 0, 3.0) and statistics(every).layers[0].dead == 0


def test_without_gates_there_is_one_key():
    keys = statistics(np.zeros((3, 0, 64), bool))
    assert keys[:4] == (3, 1, 2, 0.0) and keys.layers == ()


@given(st.integers(1, 40), st.integers(1, 3), st.integers(1, 70), st.integers(0, 2**32), st.floats(0.02, 0.98))
def test_against_plain_counting(inputs, layers, units, seed, share):
    gates = np.random.default_rng(seed).random((inputs, layers, units)) < share
    gates[inputs // 2 :] = gates[: inputs - inputs // 2]
    keys = statistics(gates)
    seen = Counter(tuple(row.ravel()) for row in gates)
    assert keys.distinct == len(seen) and keys.collisions == inputs - len(seen)
    assert keys.entropy == pytest.approx(-sum(n / inputs * math.log2(n / inputs) for n in seen.values()), abs=1e-9)
    for k, layer in enumerate(keys.layers):
        patterns = Counter(tuple(row) for row in gates[:, k])
        columns = list(zip(*gates[:, k], strict=True))
        assert layer.distinct == len(patterns)
        assert layer.dead == sum(not any(column) for column in columns)
        assert layer.always == sum(all(column) for column in columns)
        assert layer.entropy == pytest.approx(-sum(n / inputs * math.log2(n / inputs) for n in patterns.values()), abs=1e-9)
        assert layer.activity == pytest.approx(gates[:, k].mean())


@pytest.mark.parametrize("bits", [0, 1, 7, 8, 63, 64, 65, 200])
def test_packing_keeps_every_bit(bits):
    rows = np.random.default_rng(bits).random((5, bits)) < 0.5
    words = packed(rows)
    assert words.dtype == np.uint64 and words.shape == (5, -(-bits // 64))
    for row, of in zip(rows, words, strict=True):
        assert sum(int(word) << 64 * i for i, word in enumerate(of)) == sum(1 << i for i, bit in enumerate(row) if bit)


def test_the_same_pattern_has_the_same_name():
    gates = rng.bits(200 * 90, 1).reshape(200, 3, 30) >> np.uint64(63) == 0
    gates[100:] = gates[:100]
    names = hashed(packed(gates))
    assert np.array_equal(names[100:], names[:100]) and len(set(names.tolist())) == 100
    flipped = np.repeat(gates[:1], 90, axis=0) ^ np.eye(90, dtype=bool).reshape(90, 3, 30)
    assert len({*hashed(packed(flipped)).tolist(), int(names[0])}) == 91


def test_numbers_are_in_the_order_of_first_sight():
    rows = np.array([[3, 1], [0, 0], [3, 1], [1, 3], [0, 0]])
    assert numbered(rows).tolist() == [0, 1, 0, 2, 1]
    assert numbered(np.zeros((3, 0))).tolist() == [0, 0, 0]


def test_entropy_of_labels():
    assert entropy(np.array([0, 5, 5, 0])) == 1 and entropy(np.array([7])) == 0 and entropy(np.zeros(0, np.int64)) == 0


@pytest.mark.parametrize("gates", [np.zeros((0, 1, 4), bool), np.zeros((3, 4), bool), np.zeros((3, 1, 4))])
def test_other_arrays_are_refused(gates):
    with pytest.raises(ValueError, match="expected gates bool"):
        statistics(gates)


# ---- controllers that tell their gates ----


@pytest.fixture(params=[*TELLING, "diagonal of the docs"])
def part(request, tmp_path):
    """A controller that offers `view`, wide 32."""
    kind = request.param
    if kind not in TELLING:
        kind = str(tmp_path / "diagonal.py")
        [text] = re.findall(r"```python file=diagonal\.py\n(.*?)```", DOC, re.S)
        [view] = re.findall(r"```python\n(def view.*?)```", DOC, re.S)
        Path(kind).write_text(text + "\n\n" + view, encoding="utf-8")
    return configs.load({"world": {"kind": "copy", "bits": 4}, "controller": {"kind": kind, "width": WIDTH}}).controller


def minds(part, dtype, key=1):
    """Genes (AGENTS, *shape) with noise, slots (AGENTS, BATCH, WIDTH)."""
    uniform = rng.uniforms((AGENTS, *part.ask("shape", WIDTH)), key)
    w = part.ask("start", WIDTH, uniform) + np.float32(0.5) * (rng.uniforms(uniform.shape, key + 100) - np.float32(0.5))
    return w.astype(dtype), (2 * rng.uniforms((AGENTS, BATCH, WIDTH), key + 200) - 1).astype(dtype)


# ---- the halves ----


@pytest.mark.parametrize("half", [0, 1])
def test_a_view_is_the_kernel(part, half):
    w, x = minds(part, np.float32)
    y, gates = mind.view(part, w, half, x)
    assert y.dtype == np.float32 and gates.shape[:2] == (AGENTS, BATCH)
    state, lanes = part.ask("state", WIDTH), aligned((*w.shape[1:], LANES))
    for agent in range(AGENTS):
        slots = aligned((WIDTH, LANES))
        lanes[:], slots[:, :BATCH] = w[agent][..., None], x[agent].T
        (part.module.perceive, part.module.act)[half](state, lanes, slots)
        assert np.allclose(y[agent], slots[:, :BATCH].T, rtol=1e-4, atol=1e-5)
        if part.kind == "wht":
            assert naive.same_bits(y[agent], slots[:, :BATCH].T)


def test_gates_are_those_of_the_naive_nets():
    for kind in ("wht", "dense"):
        part = configs.load({"world": {"kind": "copy"}, "controller": {"kind": kind, "width": WIDTH}}).controller
        w, x = minds(part, np.float32)
        for half, agent, row in np.ndindex(2, AGENTS, BATCH):
            found = mind.view(part, w, half, x)[1][agent, row]
            if kind == "wht":
                expected = naive.open_gates(w[agent][1:] if half else w[agent][:1], x[agent, row])
            else:
                expected = naive.dense_half(w[agent][half], x[agent, row])[1]
            assert np.array_equal(found, expected) and 0 < found.mean() < 1


@pytest.mark.parametrize("half", [0, 1])
def test_agents_and_inputs_do_not_mix(part, half):
    w, x = minds(part, np.float64)
    y, gates = mind.view(part, w, half, x)
    for agent in range(AGENTS):
        alone = mind.view(part, w[agent : agent + 1], half, x[agent : agent + 1, 2:3])
        assert np.allclose(y[agent, 2], alone[0][0, 0], rtol=0, atol=1e-12) and np.array_equal(gates[agent, 2], alone[1][0, 0])
    shared, repeated = mind.view(part, w, half, x[:1]), mind.view(part, w, half, np.repeat(x[:1], AGENTS, axis=0))
    assert all(np.array_equal(a, b) for a, b in zip(shared, repeated, strict=True))


# ---- the condensed map ----


@pytest.mark.parametrize("half", [0, 1])
def test_a_condensed_map_is_the_half_while_no_gate_flips(part, half):
    w, x = minds(part, np.float64)
    near = x + 1e-9 * minds(part, np.float64, 7)[1]
    y, gates = mind.view(part, w, half, x)
    moved, after = mind.view(part, w, half, near)
    assert np.array_equal(gates, after)
    for agent, row in np.ndindex(AGENTS, BATCH):
        found = mind.condensed(part, w[agent], half, gates[agent, row])
        assert found.map.dtype == np.float64 and found.map.shape == (WIDTH, WIDTH)
        assert np.abs(found.map @ x[agent, row] + found.offset - y[agent, row]).max() < 1e-10
        assert np.abs(found.map @ near[agent, row] + found.offset - moved[agent, row]).max() < 1e-10
        again = mind.condensed(part, w[agent], half, after[agent, row])
        assert np.array_equal(found.map, again.map)
        held = mind.view(part, w[agent][None], half, -3 * x[agent, row][None, None], gates[agent, row][None, None])[0]
        assert np.abs(found.map @ (-3 * x[agent, row]) + found.offset - held[0, 0]).max() < 1e-10, "far away, with these gates held"


def test_a_gate_that_flips_changes_the_map():
    part = tiny().controller
    w, x = minds(part, np.float64)
    gates = mind.view(part, w, 1, x)[1][0, 0]
    before = mind.condensed(part, w[0], 1, gates)
    flipped = gates.copy()
    flipped[1, 5] ^= True
    after = mind.condensed(part, w[0], 1, flipped)
    assert np.abs(before.map - after.map).max() > 1e-3
    assert np.linalg.matrix_rank(before.map - after.map, tol=1e-9) == 1, "one gate is one column times one row"


def test_shapes_of_a_view_are_checked(monkeypatch):
    part = tiny().controller
    w, x = minds(part, np.float32)
    monkeypatch.setattr(part.module, "view", lambda p, w, half, x, gates: (x, np.zeros((AGENTS, BATCH, 1))))
    with pytest.raises(ConfigError, match=r"controller wht: view: expected y \(3, 7, 32\) and gates bool \(3, 7, layers, units\)"):
        mind.view(part, w, 0, x)
