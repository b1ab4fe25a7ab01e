"""The switch view of nets, geometry and gradients, each against a slow version written from its formula."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alife.core import registry
from alife.insight import geometry
from alife.insight.switches import (
    condensed,
    counted,
    dense,
    filter_bank,
    forward,
    hadamard,
    hamming,
    hierarchy,
    keys_of,
    pruned,
    relu,
    row,
    table,
    threshold,
)  # fmt: skip
from alife.lab._learn import RELU, SLOPES, copied, fit, gradient, leaves, loss, relu_net
from alife.lab._samples import normals, uniforms

SMALL = settings(max_examples=10, deadline=None)
SEEDS = st.integers(0, 2**32)


def slow(net, x):
    """One input (m,) through a net, unit by unit: output and gates."""
    gates = []
    for layer in net.layers:
        nxt, opened = [], []
        for w, b, p, q, t in zip(*layer, strict=True):
            z = sum(a * c for a, c in zip(w, x, strict=True)) + b
            opened.append(z > t)
            nxt.append(z * (p if z > t else q))
        x = nxt
        gates.append(opened)
    return [sum(a * c for a, c in zip(r, x, strict=True)) + o for r, o in zip(net.readout, net.offset, strict=True)], gates


def nets(seed):
    """One of each kind, of unequal widths where the kind allows it."""
    plain = relu_net((6, 9, 5, 3), seed, 0, bias=0.5)
    gated = dense([threshold(layer.weights, normals(layer.bias.shape, seed, 1), layer.bias) for layer in plain.layers], plain.readout)
    thin = pruned(plain, [uniforms(layer.weights.shape, seed, 2) < 0.5 for layer in plain.layers])
    return [plain, gated, thin, filter_bank(2 * uniforms((3, 2, 8), seed, 3) - 1, 1.7)]


@SMALL
@given(SEEDS)
def test_forward_is_that_of_single_units(seed):
    for net in nets(seed):
        x = normals((4, net.layers[0].weights.shape[1]), seed, 4)
        passed = forward(net, x)
        for i, v in enumerate(x):
            out, gates = slow(net, v)
            assert passed.out[i] == pytest.approx(out, abs=1e-12)
            assert [g.tolist() for g in row(passed.gates, i)] == gates


@SMALL
@given(SEEDS)
def test_condensed_maps_are_the_net_and_its_layers(seed):
    for net in nets(seed):
        x = normals((5, net.layers[0].weights.shape[1]), seed, 4)
        passed = forward(net, x)
        for i, v in enumerate(x):
            maps = hierarchy(net, row(passed.gates, i))
            assert len(maps) == len(net.layers) + 1
            for found, aim in zip(maps, [*(h[i] for h in passed.hidden), passed.out[i]], strict=True):
                assert np.abs(found.map @ v + found.offset - aim).max() < 1e-12
            held = forward(net, x, [g[i : i + 1] for g in passed.gates]).out
            c = condensed(net, row(passed.gates, i))
            assert np.abs(x @ c.map.T + c.offset - held).max() < 1e-12, "with held gates it is that map everywhere"


def test_a_filter_bank_is_the_controller():
    wht = registry.load("controllers", "wht")
    p = wht.Params(width=16, layers_in=3)
    w = 2 * uniforms((2, 6, 2, 16), 3) - 1
    x = normals((1, 7, 16), 4)
    y, gates = wht.view(p, w, 0, x)
    for agent in range(2):
        passed = forward(filter_bank(w[agent, :3]), x[0])
        assert np.abs(passed.out - y[agent]).max() < 1e-12
        assert (np.stack(passed.gates, axis=1) == gates[agent]).all()


@pytest.mark.parametrize("n", [1, 2, 8, 64])
def test_hadamard_by_its_formula(n):
    h = hadamard(n)
    slow_one = [[(-1) ** bin(i & j).count("1") / n**0.5 for j in range(n)] for i in range(n)]
    assert np.abs(h - slow_one).max() < 1e-15 and np.abs(h @ h - np.eye(n)).max() < 1e-14


def test_hadamard_of_another_size():
    with pytest.raises(ValueError, match="expected a power of two, got 12"):
        hadamard(12)


@SMALL
@given(SEEDS)
def test_keys_tables_and_counts(seed):
    net = relu_net((2, 7, 5, 2), seed, 0, bias=0.5)
    x = np.concatenate([normals((60, 2), seed, 1)] * 2)
    passed = forward(net, x)
    bits = [tuple(np.concatenate(row(passed.gates, i)).tolist()) for i in range(len(x))]
    keys = keys_of(passed.gates)
    assert [keys.index(key) for key in keys] == [bits.index(b) for b in bits], "equal keys where gates are equal, and only there"
    found = table(net, x)
    assert list(found) == list(dict.fromkeys(keys))
    for key, v, y in zip(keys, x, passed.out, strict=True):
        assert np.abs(found[key].map @ v + found[key].offset - y).max() < 1e-12
    told = counted(passed.gates, x)
    assert (told.inputs, told.distinct) == (60, len(set(bits))) and told.collisions == 60 - len(set(bits))
    shares = [bits.count(b) / len(bits) for b in set(bits)]
    assert told.entropy == pytest.approx(-sum(s * math.log2(s) for s in shares), abs=1e-9)
    for gates, layer in zip(passed.gates, told.layers, strict=True):
        columns = [set(c) for c in zip(*gates.tolist(), strict=True)]
        assert (layer.dead, layer.always) == (columns.count({False}), columns.count({True}))
        assert layer.activity == pytest.approx(gates.mean())
    assert hamming(passed.gates[0][0], passed.gates[0][1:]).tolist() == [
        sum(a != b for a, b in zip(passed.gates[0][0], other, strict=True)) for other in passed.gates[0][1:]
    ]


# ---- gradients ----


@pytest.mark.parametrize("kind", range(4))
def test_gradients_by_differences(kind):
    net = nets(5)[kind]
    x, y = normals((6, net.layers[0].weights.shape[1]), 6), normals((6, len(net.readout)), 7)
    passed = forward(net, x)
    fields = (*RELU, *SLOPES, "readout", "offset")
    told = leaves(gradient(net, x, passed, 2 * (passed.out - y) / y.size), fields)
    changed = copied(net)
    for leaf, slopes in zip(leaves(changed, fields), told, strict=True):
        assert leaf.shape == slopes.shape
        for at in np.ndindex(leaf.shape):
            was, sides = leaf[at], []
            for h in (1e-6, -1e-6):
                leaf[at] = was + h
                sides.append(loss(changed, x, y))
            leaf[at] = was
            assert (sides[0] - sides[1]) / 2e-6 == pytest.approx(slopes[at], abs=1e-6)


def test_fitting_learns_what_it_is_told_to_and_nothing_else():
    net, x = relu_net((3, 16, 2), 8), normals((64, 3), 9)
    y = np.stack([x[:, 0] * x[:, 1], np.abs(x[:, 2])], axis=1)
    found = fit(net, x, y, 200, 1e-2, ("weights", "readout"))
    assert loss(found, x, y) < 0.2 * loss(net, x, y)
    assert (found.layers[0].bias == net.layers[0].bias).all() and (found.layers[0].opened == 1).all() and (found.offset == 0).all()
    assert (found.layers[0].weights != net.layers[0].weights).any() and (found.readout != net.readout).any()


# ---- geometry ----


@SMALL
@given(SEEDS)
def test_components_are_those_of_the_covariance(seed):
    states = normals((30, 5), seed) * [5, 4, 3, 2, 1]
    found = geometry.pca(states, 3)
    values, vectors = np.linalg.eigh(np.cov(states.T))
    assert found.share == pytest.approx((values / values.sum())[::-1][:3])
    assert np.abs(np.abs(found.axes @ vectors[:, ::-1][:, :3]) - np.eye(3)).max() < 1e-6
    assert np.abs(found.of(states).mean(axis=0)).max() < 1e-9 and (found.axes[np.arange(3), np.abs(found.axes).argmax(axis=1)] > 0).all()


def test_components_of_states_that_are_all_alike():
    assert geometry.pca(np.ones((4, 3))).share.tolist() == [0, 0]


@SMALL
@given(SEEDS, st.floats(0.001, math.pi - 0.001))
def test_angles(seed, theta):
    a, towards = normals((2, 7), seed)
    b = geometry.at_angle(a, towards, theta)
    assert np.linalg.norm(b) == pytest.approx(np.linalg.norm(a))
    assert geometry.angle(a, b) == pytest.approx(theta, abs=1e-9)
    assert geometry.angle(a, 3 * a) < 1e-15 and geometry.angle(a, -a) == pytest.approx(math.pi)
    assert geometry.angle(a, towards) == pytest.approx(math.acos(a @ towards / np.linalg.norm(a) / np.linalg.norm(towards)), abs=1e-7)


def test_neighbours_that_are_kept():
    turn = np.arange(12) * math.tau / 12
    circle = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    true = np.zeros((12, 12), bool)
    for i in range(12):
        true[i, (i + 1) % 12] = true[i, (i - 1) % 12] = True
    assert (geometry.neighbours(geometry.distances(circle), 2) == true).all() and geometry.kept(circle, true) == 1
    assert geometry.kept(circle[[0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11]], true) < 0.2
    moved = circle.copy()
    moved[0] = circle[6] * 1.01  # number 0 now lies at 6: it misses 1 and 11; so do they and, as 0 is nearest to it, 6 misses one
    assert geometry.kept(moved, true) == pytest.approx(
        1 - (2 + 2 + 1 + sum(geometry.neighbours(geometry.distances(moved), 2)[[5, 7], 0])) / 24
    )


def test_relu_is_the_threshold_at_0():
    w = normals((3, 4), 11)
    assert all((a == b).all() for a, b in zip(relu(w), threshold(w, np.zeros(3)), strict=True))
