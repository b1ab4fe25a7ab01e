"""Nets of switches made of NumPy weights and of controllers, and what a survey says of them."""

import itertools
import math
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_nets import part

import alife.insight as insight
from alife.core import registry, rng
from alife.core.errors import ConfigError
from alife.insight import condensed, forward, net_of, of_weights, row, survey, table

few = settings(max_examples=25, deadline=None, derandomize=True)
N = 16
TOLD = [kind for kind in registry.names("controllers") if part(kind).offers("switches")]
OPTIONS = [("wht", {"copies": 2}), ("wht", {"copies": 4, "readout": "weighted", "start": "half"}), ("wht", {"layers_in": 2})]


def genes(controller, seed):
    """Far from the start, (*shape)."""
    low, high = controller.ask("bounds")
    return (low + np.float32(high - low) * rng.uniforms(controller.ask("shape", N), seed)).astype(np.float32)


# ---- controllers ----


def test_who_offers_matrices():
    assert TOLD == ["butterfly", "dct", "dense", "orthogonal", "pruned", "threshold", "wht"]
    assert not part("wht", sphere=True).offers("switches")


@pytest.mark.parametrize(("kind", "options"), [*((kind, {}) for kind in TOLD), *OPTIONS])
def test_matrices_are_the_controller(kind, options):
    """Outputs within rounding, and the very gates, as no input is near one."""
    controller = part(kind, **options)
    for seed in range(3):
        w, x = genes(controller, seed), (2 * rng.uniforms((9, N), 7, seed) - 1).astype(np.float64)
        for half, name in enumerate(("head", "body")):
            y, gates = controller.ask("view", w[None].astype(np.float64), half, x[None])
            passed = forward(net_of(controller, w, name), x)
            assert np.abs(passed.out - y[0]).max() < 1e-11 * np.abs(y).max()
            assert np.array_equal(np.stack(passed.gates, axis=1), gates[0])


def test_a_gate_that_gets_nothing_is_open_as_in_the_controller():
    controller = part("wht")
    w, x = genes(controller, 1), np.zeros((2, N))
    x[1, 0] = 1.0
    x[1, 1] = -1.0  # half of the sums of the first layer are exactly 0
    gates = controller.ask("view", w[None].astype(np.float64), 0, x[None])[1]
    assert np.array_equal(forward(net_of(controller, w, 0), x).gates[0], gates[0, :, 0]) and gates[0, 0].all()


def test_a_kind_with_its_parameters_is_the_part():
    controller = part("wht", layers_out=1)
    w = genes(controller, 2)
    a, b = net_of(controller, w, 1), net_of("wht", w.reshape(-1), "body", width=N, layers_out=1)
    assert all(np.array_equal(p, q) for la, lb in zip(a.layers, b.layers, strict=True) for p, q in zip(la, lb, strict=True))
    assert np.array_equal(a.readout, b.readout) and len(a.layers) == 1 and a.readout.dtype == np.float64


def test_what_is_no_net_of_switches_is_refused():
    w = genes(part("wht"), 1)
    for kind in ("elman", "detached", "still", "switchnet"):
        with pytest.raises(ConfigError, match=rf"controller {kind}: expected a function switches\(p, width, w, half\), found nothing"):
            net_of(kind, w, width=N)
    with pytest.raises(ConfigError, match=r"controller wht: expected 128 genes \(4, 2, 16\), got 120"):
        net_of("wht", w.reshape(-1)[:120], width=N)
    with pytest.raises(ConfigError, match="controller wht: expected its width, got none"):
        net_of("wht", w)
    with pytest.raises(ConfigError, match=r"controller\.layers_inn: unknown key"):
        net_of("wht", w, width=N, layers_inn=2)
    with pytest.raises(ConfigError, match="half: expected 'head' or 'body', got 'tail'"):
        net_of("wht", w, "tail", width=N)
    with pytest.raises(ConfigError, match="no controllers named 'whtt'"):
        net_of("whtt", w, width=N)


def test_the_example_of_the_docs():
    """`diagonal.py` of docs/extending.md: the matrices are what the view says."""
    text = (Path(__file__).parents[1] / "docs" / "extending.md").read_text(encoding="utf-8")
    made = {"np": np}
    for block in re.findall(r"```python\n(def (?:view|switches).*?)```", text, re.S):
        exec(block, made)
    w, x = genes(part("wht"), 1)[:2, 0].astype(np.float64), np.eye(N)
    for half in (0, 1):
        layers, readout, offset = made["switches"](None, N, w, half)
        net = insight.Net(tuple(layers), readout, offset)
        assert np.array_equal(forward(net, x).out, made["view"](None, w[None], half, x[None])[0][0])
        with pytest.raises(ValueError, match="expected a net with a layer of gates, got none"):
            survey(net, x)


# ---- weights ----


@few
@given(st.integers(0, 2**32))
def test_a_net_of_weights_is_relu_after_relu(seed):
    local = np.random.default_rng(seed)
    sizes = local.integers(1, 7, 4)
    weights = [local.standard_normal((m, n)) for n, m in itertools.pairwise(sizes)]
    biases = [local.standard_normal(len(w)) if local.random() < 0.7 else None for w in weights]
    net, x = of_weights(weights, biases), local.standard_normal((5, sizes[0]))
    h = x
    for w, b in zip(weights[:-1], biases[:-1], strict=True):
        h = np.maximum(h @ w.T + (0 if b is None else b), 0)
    y = h @ weights[-1].T + (0 if biases[-1] is None else biases[-1])
    passed = forward(net, x)
    assert np.allclose(passed.out, y, atol=1e-12)
    for i in range(5):
        c = condensed(net, row(passed.gates, i))
        assert np.allclose(c.map @ x[i] + c.offset, y[i], atol=1e-12)
    assert 1 <= len(table(net, x)) <= 5


def test_weights_that_do_not_fit():
    a, b = np.ones((3, 2)), np.ones((4, 3))
    for weights, biases, words in (
        ([], None, "expected matrices and as many biases, got 0 and 0"),
        ([a, b], [None], "expected matrices and as many biases, got 2 and 1"),
        ([a, a], None, r"weights 1: expected finite numbers \(outputs, 3\), got float64 \(3, 2\)"),
        ([a * np.nan], None, "weights 0: expected finite numbers"),
        ([3.0], None, r"weights 0: expected finite numbers \(outputs, 0\), got float64 \(\)"),
        ([a, b], [np.ones(2), None], r"bias 0: expected finite numbers \(3,\), got float64 \(2,\)"),
    ):
        with pytest.raises(ValueError, match=words):
            of_weights(weights, biases)
    for x in (np.ones((0, 2)), np.ones((5, 3)), np.ones(2)):
        with pytest.raises(ValueError, match=r"expected inputs \(>= 1, 2\), got "):
            survey(of_weights([a, b]), x)
    assert forward(of_weights([[[1, -1], [0, 2]], [[1, 1]]]), np.array([[3.0, 1.0]])).out.tolist() == [[4.0]], "lists do"


@few
@given(st.integers(0, 2**32))
def test_a_survey_counts_what_there_is(seed):
    """By dictionaries and sets, unit by unit."""
    local = np.random.default_rng(seed)
    weights = [np.round(local.standard_normal(size), 0) for size in ((6, 3), (5, 6), (2, 5))]
    net = of_weights(weights, [local.standard_normal(6), local.standard_normal(5), None])
    x = np.concatenate([local.standard_normal((30, 3)), np.zeros((1, 3)), -np.zeros((1, 3))])
    x = np.concatenate([x, x[:7]])
    told, passed = survey(net, x), forward(net, x)
    keys = [tuple(bool(g) for gates in passed.gates for g in gates[i]) for i in range(len(x))]
    assert (told.inputs, told.distinct, told.collisions) == (31, len(set(keys)), 31 - len(set(keys)))
    shares = [keys.count(key) / len(keys) for key in set(keys)]
    assert told.entropy == pytest.approx(-sum(p * math.log2(p) for p in shares))
    for layer, w, gates, hidden in zip(told.layers, weights, passed.gates, passed.hidden, strict=False):
        assert (layer.units, layer.zeros) == (len(w), (w == 0).sum() / w.size)
        assert layer.silent == pytest.approx(sum(v == 0 for v in hidden.ravel()) / hidden.size)
        assert layer.gates.dead == sum(not any(column) for column in gates.T)
        assert layer.gates.always == sum(all(column) for column in gates.T)
        assert layer.gates.distinct == len({g.tobytes() for g in gates})
        assert layer.silent == pytest.approx(1 - layer.gates.activity), "a ReLU puts out 0 where its gate is closed"
    lines = str(told).splitlines()
    assert len(lines) == 4 and lines[0].startswith(f"{told.distinct} keys of 31 inputs") and max(map(len, lines)) <= 100


# ---- the door ----


def test_names_come_when_they_are_asked_for():
    """What is exported is there, and importing the package imports none of it."""
    assert {"survey", "half_of", "table", "pca"} <= set(dir(insight)) and len(set(insight.__all__)) == len(insight.__all__)
    for name in insight.__all__:
        assert getattr(insight, name).__doc__, name
    with pytest.raises(AttributeError, match="has no attribute 'surveyy'"):
        _ = insight.surveyy
    text = "import sys, alife.insight as i; assert 'numpy' not in sys.modules; i.of_weights; assert 'numpy' in sys.modules"
    assert subprocess.run([sys.executable, "-c", text], timeout=120).returncode == 0
