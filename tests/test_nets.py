"""The controllers beside `wht` and `dense`: kernels against the plain versions, counts of genes, newborns, gates held by hand."""

import math
import re
from pathlib import Path

import naive
import naive_nets
import numpy as np
import pytest
from test_forced import genes, told, view
from test_plugins import aligned_copy, born, in_lanes, newborn, relative_noise, vectors

from alife.core import config as configs
from alife.core import registry, rng
from alife.core.errors import ConfigError
from alife.core.lanes import LANES
from controllers import butterfly, dct, dense, detached, elman, orthogonal, pruned, recurrent, switchnet, threshold, wht

HALVES = ("perceive", "act")
LAYERED = (switchnet, detached, butterfly, dct, orthogonal, threshold)
IDENTICAL = (wht, *LAYERED, pruned)
"""Newborns without noise pass their input through."""


def wild(controller, p, width, key=1):
    """State and genes far from the start, (*shape, LANES)."""
    low, high = controller.bounds(p)
    uniform = rng.uniforms((LANES, *controller.shape(p, width)), key)
    return controller.state(p, width), in_lanes(low + np.float32(high - low) * uniform)


def part(kind, **params):
    return configs.load({"world": {"kind": "copy", "bits": 2}, "controller": {"kind": kind, "width": 16, **params}}).controller


# ---- the plain versions ----


def plain(controller, s, w, half, x):
    """What the plain version of a half says to x (n,), w (*shape) of one agent."""
    name = controller.__name__.rpartition(".")[2]
    if controller is pruned:
        return naive_nets.pruned(w[half], x, s.slots[half])
    layers = slice(0, s.layers_in) if half == 0 else slice(s.layers_in, None)
    if controller in (dct, orthogonal):
        return naive_nets.matrix(w[layers], x, s.m[0])
    return getattr(naive_nets, name)(w[layers], x, *([s.flips[layers]] if controller is detached else []))


@pytest.mark.parametrize(("width", "layers"), [(4, (1, 3)), (32, (2, 3)), (64, (1, 2))])
@pytest.mark.parametrize("controller", [*LAYERED, pruned])
def test_kernels_are_the_plain_versions(controller, width, layers):
    """To the last bit."""
    names = dict(zip(("layers_in", "layers_out"), layers, strict=True)) if controller is not pruned else {"density": 0.2, "hidden": 20}
    p = controller.Params(**names)
    s, w = wild(controller, p, width)
    for half, name in enumerate(HALVES):
        x = vectors(width, 2 + half, 3)
        expected = [plain(controller, s, w[..., k], half, x[:, k]) for k in range(LANES)]
        getattr(controller, name)(s, w, x)
        assert naive.same_bits(x.T, expected)


def test_switchnet_of_sixteen_is_the_plain_version():
    s, w = wild(switchnet, switchnet.Params(block=16, layers_in=2), 64)
    x = vectors(64, 3)
    expected = [naive_nets.switchnet(w[:2, ..., k], x[:, k]) for k in range(LANES)]
    switchnet.perceive(s, w, x)
    assert naive.same_bits(x.T, expected)


@pytest.mark.parametrize("width", [8, 64])
def test_recurrent_is_the_plain_version(width):
    """Ticks with a recall, and one lane after the other born again."""
    s, w = wild(recurrent, recurrent.Params(), width)
    recurrent.begin(s, born(*range(LANES)))

    def mind(k):
        return naive_nets.Recurrent(lambda x: naive.half(w[:1, ..., k], x), lambda x: naive.half(w[1:, ..., k], x), width)

    minds = [mind(k) for k in range(LANES)]
    for tick in range(20):
        if tick >= 4:
            minds[tick - 4] = mind(tick - 4)
            recurrent.begin(s, born(tick - 4))
        seen, recall = vectors(width, tick), vectors(width, 100 + tick)
        h, x = seen.copy(), seen + recall
        recurrent.perceive(s, w, h)
        recurrent.act(s, w, x)
        for k, one in enumerate(minds):
            first, second = one.tick(seen[:, k], recall[:, k])
            assert naive.same_bits(h[:, k], first) and naive.same_bits(x[:, k], second), (tick, k)
            assert naive.same_bits(s.hidden[:, k], one.hidden), (tick, k)


# ---- how many genes ----


@pytest.mark.parametrize(
    ("controller", "params", "width", "count"),
    [
        (wht, {"layers_in": 2, "layers_out": 3}, 256, 2560),
        (wht, {"layers_in": 2, "layers_out": 3, "readout": "weighted"}, 256, 2560 + 2 * 256),
        (wht, {"layers_in": 2, "layers_out": 3, "copies": 4}, 256, 4 * 2560),
        (wht, {"layers_in": 2, "layers_out": 3, "copies": 2, "readout": "weighted"}, 256, 2 * 2560 + 2 * 512),
        (switchnet, {"layers_in": 1, "layers_out": 1, "block": 16}, 256, 16_384),
        (switchnet, {"layers_in": 1, "layers_out": 1, "block": 4}, 256, 4096),
        (detached, {"layers_in": 2, "layers_out": 3}, 256, 2560),
        (butterfly, {"layers_in": 2, "layers_out": 3}, 256, 5 * (2 * 256 * 8 + 2 * 256)),
        (dct, {"layers_in": 2, "layers_out": 3}, 256, 2560),
        (orthogonal, {"layers_in": 2, "layers_out": 3}, 256, 2560),
        (threshold, {"layers_in": 2, "layers_out": 3}, 256, 2560),
        (dense, {}, 64, 32_768),
        (pruned, {"density": 0.25}, 64, 8192),
        (pruned, {"density": 1}, 64, 32_768),
        (pruned, {"density": 1e-6, "hidden": 100}, 64, 400),
    ],
)
def test_counts_of_genes(controller, params, width, count):
    assert math.prod(controller.shape(controller.Params(**params), width)) == count


def test_recurrent_has_the_genes_of_its_rivals():
    for controller in (recurrent, elman):
        assert controller.shape(controller.Params(), 64) == wht.shape(wht.Params(), 64) == (4, 2, 64)
        assert controller.bounds(controller.Params()) == wht.bounds(wht.Params())


def test_the_docs_count_them_all():
    text = (Path(__file__).parents[1] / "docs" / "controllers.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| \[`(\w+)`\]\(\.\./controllers/\w+\.py\) \|.*\| ([\d,]+) \|[^|]*\|$", text, re.M))
    modules = {kind: registry.load("controllers", kind) for kind in registry.names("controllers")}
    assert {kind: int(count.replace(",", "")) for kind, count in told.items()} == {
        kind: math.prod(module.shape(module.Params(), 64)) for kind, module in modules.items()
    }
    options = set(re.findall(r"^\| `(\w+): ", text, re.M))
    assert options == set(wht.Params.model_fields) - set(elman.Params.model_fields)


# ---- newborns ----


@pytest.mark.parametrize("layers", [(1, 3), (3, 5)])
@pytest.mark.parametrize("controller", IDENTICAL)
def test_newborns_without_noise_pass_their_input_through(controller, layers):
    sizes = {"layers_in": layers[0], "layers_out": layers[1]} if controller is not pruned else {}
    s, w = newborn(controller, controller.Params(spread=0.0, **sizes), 64)
    x = aligned_copy(np.floor(vectors(64, 2, 50)) * np.float32(0.01 if controller is threshold else 1))
    before = x.copy()
    for name in HALVES:
        getattr(controller, name)(s, w, x)
        assert np.abs(x - before).max() < 3e-4
    assert np.array_equal(x, before) or controller in (dct, orthogonal, threshold), "of whole numbers all sums are exact"


@pytest.mark.parametrize("controller", [switchnet, butterfly, detached, dct, orthogonal])
def test_newborns_are_as_noisy_as_those_of_wht(controller):
    for half, layers in zip(HALVES, (1, 3), strict=True):
        assert relative_noise(controller, half) / 0.05 == pytest.approx(math.sqrt(layers), rel=0.05)


def test_a_butterfly_begins_as_the_fast_transform():
    s, w = newborn(butterfly, butterfly.Params(spread=0.0, layers_in=2), 64)
    x = vectors(64, 2)
    expected = naive.hadamard(64) @ x.astype(np.float64) / 8
    butterfly.perceive(s, w, x)
    assert np.allclose(x, expected, atol=1e-5)


# ---- the transforms ----


@pytest.mark.parametrize("width", [4, 64, 256])
def test_the_cosine_transform_is_its_definition(width):
    m = dct.state(dct.Params(), width).m
    assert np.abs(m[0] - naive_nets.cosines(width)).max() < 1e-7 and np.array_equal(m[0], m[1].T)
    assert np.mean(m[0] == naive_nets.cosines(width).astype(np.float32)) > 0.99


@pytest.mark.parametrize("width", [4, 64, 256])
def test_the_random_matrix_is_orthogonal_and_looks_random(width):
    m = orthogonal.state(orthogonal.Params(), width).m
    assert np.array_equal(m[0], m[1].T)
    assert np.abs(m[0].astype(np.float64) @ m[1] - np.eye(width)).max() < 1e-6
    if width > 4:
        sizes = m[0] * math.sqrt(width)
        assert abs(sizes.mean()) < 5 / width and np.mean(sizes**4) == pytest.approx(3 * width / (width + 2), rel=0.1)


# ---- what each claims ----


def test_detached_gates_hear_the_input_alone():
    """The same for all genes, and chained: layer by layer what naive projections say."""
    rng_ = np.random.default_rng(1)
    net = part("detached", layers_in=3)
    w, x = genes(net, rng_), rng_.standard_normal((9, 16)).astype(np.float32)
    flips = net.ask("state", 16).flips
    for half, of in ((0, flips[:3]), (1, flips[3:])):
        _, gates = view(net, w, half, x)
        assert np.array_equal(gates, view(net, -w, half, x)[1]) and 0.2 < gates.mean() < 0.8
        for row, seen in zip(x, gates, strict=True):
            for s, layer in zip(of, seen, strict=True):
                row = naive.hadamard(16) @ (s * row)
                assert np.array_equal(layer, row >= 0)
    assert not np.array_equal(flips[0], flips[1]) and set(np.unique(flips)) == {-1, 1}


def test_a_threshold_is_0_below_and_linear_above():
    s, w = newborn(threshold, threshold.Params(spread=0.0), 8)
    w[0, 0], w[0, 1] = 3, 0.5
    z = np.resize(np.array([-2, -0.1, 0.4, 0.49, 0.51, 1, 2, 4], np.float32), (8, 1)).repeat(LANES, axis=1)
    x = in_lanes((naive.hadamard(8) @ z / np.float32(math.sqrt(8))).T)
    threshold.perceive(s, w, x)
    assert np.allclose(naive.hadamard(8) @ x / math.sqrt(8), np.where(z > 0.5, 3 * z, 0), atol=1e-5)


def test_a_closed_gate_keeps_what_is_held_and_an_open_one_lets_in():
    s, w = newborn(recurrent, recurrent.Params(spread=0.0), 16)
    recurrent.begin(s, born(*range(LANES)))
    said = []
    for gate in (1.0, -1.0, 1.0, 0.0):
        h, x = vectors(16, 5) * 0, vectors(16, 10 + len(said))
        h[8:] = gate - s.hidden  # the hidden units are added to what the gates hear
        seen = x[:8].copy()
        recurrent.perceive(s, w, h)
        recurrent.act(s, w, x)
        said.append((seen, s.hidden.copy()))
    (a, open_), (_, closed), (c, again), (d, between) = said
    assert np.allclose(open_, a, atol=1e-6) and np.array_equal(closed, open_)
    assert np.allclose(again, c, atol=1e-6) and np.allclose(between, (c + d) / 2, atol=1e-6)


def test_what_a_mask_keeps():
    """Every unit its own slot and as many others; the same for all agents; another seed, another mask."""
    def slots(**params):
        return pruned.state(pruned.Params(density=0.25, **params), 64).slots

    found = slots()
    assert found.shape == (2, 2, 128, 16) and (np.diff(found) > 0).all() and found.min() >= 0 and found.max() < 64
    assert (found == (np.arange(128) // 2)[:, None]).any(axis=-1).all()
    assert np.array_equal(found, slots())
    both = (found[..., None] == slots(mask=2)[..., None, :]).any(axis=-1).mean()
    assert both == pytest.approx(1 / 16 + 15 / 16 * 15 / 63, abs=0.03), "its own slot, and of the others as many as by chance"
    counts = np.bincount(found.ravel(), minlength=64)
    assert np.abs(counts - counts.mean()).max() < 5 * math.sqrt(counts.mean())


def test_all_of_a_dense_net_is_a_dense_net():
    p = pruned.Params(density=1, hidden=32)
    s, w = wild(pruned, p, 16)
    t = dense.state(dense.Params(hidden=32), 16)
    for name in HALVES:
        x = vectors(16, 2)
        y = x.copy()
        getattr(pruned, name)(s, w, x)
        getattr(dense, name)(t, w, y)
        assert np.allclose(x, y, rtol=1e-5, atol=1e-5)
    uniform = rng.uniforms((3, *pruned.shape(p, 16)), 5)
    assert np.array_equal(pruned.start(p, 16, uniform), dense.start(dense.Params(hidden=32), 16, uniform))


# ---- gates held by hand ----


@pytest.mark.parametrize("size", [1e-3, 1.0, 1e3])
@pytest.mark.parametrize("half", [0, 1])
@pytest.mark.parametrize("kind", ["switchnet", "detached", "butterfly", "dct", "orthogonal", "threshold"])
def test_gates_stand_as_told(kind, half, size):
    net, luck = part(kind, layers_in=2, layers_out=3), np.random.default_rng(half + 10)
    w, x = genes(net, luck), (size * luck.standard_normal((9, 16))).astype(np.float32)
    before, gates = w.copy(), told(luck, (2 if half == 0 else 3, 16))
    forced = net.ask("forced", w, half, gates)
    assert np.array_equal(w, before) and forced.dtype == np.float32 and not np.shares_memory(w, forced) and np.isfinite(forced).all()
    y, seen = view(net, forced, half, x)
    wanted = np.where(gates >= 0, gates > 0, seen)
    assert not np.array_equal(wanted, seen)
    assert np.allclose(y, view(net, w, half, x, wanted)[0], rtol=0, atol=1e-6 * size)
    assert np.array_equal(view(net, forced, 1 - half, x)[0], view(net, w, 1 - half, x)[0])
    free = net.ask("forced", w, half, np.full_like(gates, -1))
    assert np.array_equal(free, w)


def test_pruned_units_can_be_closed_but_not_opened():
    net, luck = part("pruned"), np.random.default_rng(1)
    w, x, gates = genes(net, luck), luck.standard_normal((9, 16)).astype(np.float32), np.full((1, 32), -1, np.int8)
    gates[0, ::3] = 0
    y, seen = view(net, net.ask("forced", w, 1, gates), 1, x)
    wanted = view(net, w, 1, x)[1] & (gates < 0)
    assert np.array_equal(seen, wanted) and np.allclose(y, view(net, w, 1, x, wanted)[0], atol=1e-6)
    gates[0, 1] = 1
    with pytest.raises(ConfigError, match=r"a unit can be held closed but not open, got 1 to be open of 32"):
        net.ask("forced", w, 1, gates)


# ---- what does not fit ----


def test_a_block_must_fit():
    with pytest.raises(ConfigError, match=r"expected a block that divides the width, got controller\.block 16, width 8"):
        switchnet.shape(switchnet.Params(block=16), 8)


@pytest.mark.parametrize(
    ("kind", "params", "words"),
    [
        ("switchnet", {"block": 8}, "controller.block: "),
        ("dct", {"width": 2048}, r"controller\.width: expected at most 1024 .*, got 2048"),
        ("orthogonal", {"width": 2048}, r"controller\.width: expected at most 1024 .*, got 2048"),
        ("pruned", {"density": 0}, r"controller\.density: "),
        ("wht", {"copies": 3}, r"controller\.copies: "),
        *((kind, {"width": 24}, r"controller\.width: expected a power of two, got 24") for kind in registry.names("controllers")),
    ],
)
def test_what_does_not_fit_is_one_line(kind, params, words):
    data = {"world": {"kind": "copy", "bits": 1}, "controller": {"kind": kind, **params}, "head": {"moves": ["next"], "recall": "onto"}}
    with pytest.raises(ConfigError, match=words) as caught:
        configs.load(data).controller.ask("shape", params["width"])
    assert "\n" not in str(caught.value)
