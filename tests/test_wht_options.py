"""The options of `wht`: other starts, sphere, copies, a weighted read-out; and that without them nothing is new."""

import itertools
import math

import naive
import naive_nets
import numpy as np
import pytest
from test_forced import genes, told, view
from test_plugins import aligned_copy, born, in_lanes, newborn, vectors

from alife.core import config as configs
from alife.core import rng
from alife.core.jit import kernel
from alife.core.lanes import LANES, load, sqrt, store
from alife.core.layout import layout_of
from alife.insight import mind
from alife.insight.species import probes
from controllers import wht
from controllers._wide import flips_of

N = 16
GAINS = {"near_one": 1.0, "half": 2.0, "uniform": math.sqrt(3)}
EVERY = [
    {"start": start, "sphere": sphere, "copies": copies, "readout": readout}
    for start, sphere, copies, readout in itertools.product(GAINS, (False, True), (1, 2, 4), ("plain", "weighted"))
]
IDENTICAL = [o for o in EVERY if o["start"] == "half" and not o["sphere"]]


def part(**options):
    return configs.load({"world": {"kind": "copy", "bits": 2}, "controller": {"kind": "wht", "width": N, **options}}).controller


def wild(p, width):
    """State and genes anywhere in their bounds."""
    low, high = wht.bounds(p)
    return wht.state(p, width), in_lanes(low + np.float32(high - low) * rng.uniforms((LANES, *wht.shape(p, width)), 3))


@pytest.mark.parametrize("options", EVERY, ids=str)
def test_kernels_are_the_plain_version(options):
    """To the last bit; agent 3 sees nothing, agent 4 next to nothing."""
    p = wht.Params(layers_in=1, layers_out=2, **options)
    s, w = wild(p, 32)
    wht.begin(s, born(*range(LANES)))
    for half, of in ((0, slice(0, 1)), (1, slice(1, 3))):
        x = vectors(32, 5 + half, 3)
        x[:, 3], x[:, 4] = 0, x[:, 4] * np.float32(1e-30)
        expected = []
        for k in range(LANES):
            weights = w[3, half, :, k] if p.readout == "weighted" else None
            expected.append(naive_nets.wide(w[of, ..., k], x[:, k], flips_of(32, p.copies), GAINS[p.start], p.sphere, weights))
        (wht.perceive, wht.act)[half](s, w, x)
        if s.is_plain:
            assert np.array_equal(x.T, expected)
        else:
            assert naive.same_bits(x.T, expected)


# ---- starts ----


@pytest.mark.parametrize("layers", [1, 3, 5, 9])
@pytest.mark.parametrize("options", IDENTICAL, ids=str)
def test_half_passes_the_input_through_exactly(options, layers):
    """p = q = 0.5, c = 2: an odd number of layers is the identity, S S x = x where there are copies. Whatever the luck."""
    p = wht.Params(layers_in=layers, layers_out=layers, **options)
    s, w = newborn(wht, p, 64)
    x = aligned_copy(np.floor(vectors(64, 2, 50)))
    before = x.copy()
    for half in (wht.perceive, wht.act):
        half(s, w, x)
        assert np.array_equal(x, before)


@pytest.mark.parametrize("layers", [2, 4])
def test_half_with_even_layers_is_one_transform(layers):
    s, w = newborn(wht, wht.Params(start="half", layers_in=layers), 64)
    x = aligned_copy(np.floor(vectors(64, 2, 50)))
    expected = naive.hadamard(64) @ x / 8
    wht.perceive(s, w, x)
    assert np.array_equal(x, expected)


def test_uniform_keeps_the_mean_square():
    """U(-1, 1) times c = sqrt(3) has mean square 1."""
    ratios = []
    for key in range(20):
        s, w = newborn(wht, wht.Params(start="uniform", layers_out=9), 64, 50 + key)
        assert w.min() < -0.9 and w.max() > 0.9
        x = vectors(64, key)
        before = np.square(x).mean(axis=0)
        wht.act(s, w, x)
        ratios += list(np.square(x).mean(axis=0) / before)
    assert np.mean(ratios) == pytest.approx(1, abs=5 * float(np.std(ratios)) / math.sqrt(len(ratios)))


@pytest.mark.parametrize("start", GAINS)
def test_first_genes_are_in_bounds(start):
    p = wht.Params(start=start, readout="weighted", copies=2)
    low, high = wht.bounds(p)
    found = wht.start(p, 64, rng.uniforms((9, *wht.shape(p, 64)), 1))
    assert found.dtype == np.float32 and low <= found.min() and found.max() <= high and found.shape == (9, 5, 2, 128)
    assert (low, high) == ((-2, 4) if start == "near_one" else (-1, 1))


# ---- sphere ----


@pytest.mark.parametrize("copies", [1, 2])
def test_a_sphere_is_blind_to_how_loud(copies):
    s, w = wild(wht.Params(sphere=True, copies=copies), 64)
    x = vectors(64, 2)
    loud = aligned_copy(x * np.float32(1024))
    for half in (wht.perceive, wht.act):
        half(s, w, x), half(s, w, loud)
        assert np.array_equal(x, loud)
        loud[:] = x * np.float32(1 / 64)


def test_a_newborn_on_the_sphere_passes_the_direction():
    s, w = newborn(wht, wht.Params(sphere=True, spread=0), 64)
    x = vectors(64, 2, 7)
    x[:, 5] = 0
    before = x.copy()
    wht.perceive(s, w, x)
    assert np.allclose(np.square(x).mean(axis=0), np.arange(LANES) != 5, atol=1e-5) and not x[:, 5].any()
    rms = np.sqrt(np.square(before).mean(axis=0)) + (np.arange(LANES) == 5)
    assert np.allclose(x, before / rms, atol=1e-5)


def test_a_sphere_has_no_linear_map_and_says_so():
    one, other = part(sphere=True), part()
    assert other.offers("view") and other.offers("forced") and one.offers("shape")
    assert not one.offers("view") and not one.offers("forced") and not mind.shows(one)


# ---- copies and the read-out ----


@pytest.mark.parametrize("copies", [2, 4])
def test_copies_have_signs_of_their_own(copies):
    flips = flips_of(64, copies).reshape(64, copies)
    assert (flips[:, 0] == 1).all() and set(np.unique(flips)) == {-1, 1}
    assert np.abs(flips[:, 1:].mean(axis=0)).max() < 5 / 8


def test_a_unit_hears_half_the_slots_of_two_copies():
    """As in the docstring: H (S_1 + S_2) x and H (S_1 - S_2) x."""
    flips = flips_of(N, 2)
    heard = [naive.hadamard(2 * N) @ (np.repeat(np.eye(N)[i], 2) * flips) != 0 for i in range(N)]
    agree = flips[1::2] == 1
    assert 0 < agree.sum() < N
    for i, units in enumerate(heard):
        assert np.array_equal(units, np.arange(2 * N) % 2 == (0 if agree[i] else 1))


@pytest.mark.parametrize("half", [0, 1])
@pytest.mark.parametrize("options", [o for o in EVERY if not o["sphere"]], ids=str)
def test_views_are_the_kernels_and_affine(options, half):
    """The bits of the kernels; with gates held a linear map; gates that are told stand so."""
    net, luck = part(**options), np.random.default_rng(half)
    w, x = genes(net, luck), luck.standard_normal((LANES, N)).astype(np.float32)
    w += (0.2 * luck.standard_normal(w.shape)).astype(np.float32)
    slots = in_lanes(x)
    (wht.perceive, wht.act)[half](net.ask("state", N), in_lanes(np.repeat(w[None], LANES, axis=0)), slots)
    y, gates = view(net, w, half, x)
    assert naive.same_bits(y, slots.T)
    layers = 3 if half else 1
    assert gates.shape == (LANES, layers, N * options["copies"])
    found = mind.condensed(net, w, half, gates[0])
    assert np.allclose(found.map @ x[0], y[0], atol=1e-5) and not found.offset.any()
    held = told(luck, gates.shape[1:])
    forced = net.ask("forced", w, half, held)
    wanted = np.where(held >= 0, held > 0, view(net, forced, half, x)[1])
    assert np.array_equal(view(net, forced, half, x)[0], view(net, w, half, x, wanted)[0])
    assert np.array_equal(view(net, forced, 1 - half, x)[0], view(net, w, 1 - half, x)[0])


def test_a_mind_with_copies_has_a_portrait():
    data = {"world": {"kind": "copy", "bits": 4}, "controller": {"kind": "wht", "width": 32, "copies": 2, "readout": "weighted"}}
    config = configs.load(data)
    layout, net = layout_of(config), config.controller
    w = net.ask("start", 32, rng.uniforms((1, *net.ask("shape", 32)), 1))[0]
    found = mind.portrait(net, layout, w, mind.imagined(net, layout, w, probes(layout)))
    assert found["map"]["residual"] < 1e-10 and len(found["keys"]["layers"]) == 4


# ---- the default ----


def test_without_options_nothing_is_new():
    p = wht.Params()
    s = wht.state(p, 64)
    assert s.is_plain and (s.scale_in, s.scale_out) == (np.float32(1 / 64), np.float32(1 / 4096)) and wht.lacks(p) == ()
    assert wht.shape(p, 64) == (4, 2, 64) and wht.bounds(p) == (-2, 4)
    assert not any(wht.state(wht.Params(**o), 64).is_plain for o in ({"sphere": True}, {"copies": 2}, {"readout": "weighted"}))


# ---- the square root of lanes ----


@kernel
def _roots(a, out):
    store(out, 0, sqrt(load(a, 0)))


@np.errstate(invalid="ignore")
def test_square_roots_are_numpys():
    special = [0.0, -0.0, 1.0, 2.0, 3.0, np.inf, np.nan, -1.0, -np.inf, 1e-45, 1.1754942e-38, 3.4028235e38, 0.25, 7.0, 1e10, 1e-10]
    for a in (np.array(special, np.float32), *(vectors(1, key, 2.0 ** (key - 40)) ** 2 for key in range(0, 80, 3))):
        out = np.zeros((1, LANES), np.float32)
        _roots(a.reshape(1, LANES), out)
        assert naive.same_bits(out[0], np.sqrt(a.reshape(LANES)))
        assert naive.same_bits(out[0], np.array([math.sqrt(v) if v >= 0 else np.nan for v in a.ravel().tolist()], np.float32))
        plain = getattr(_roots, "py_func", _roots)
        plain(a.reshape(1, LANES), out)
        assert naive.same_bits(out[0], np.sqrt(a.reshape(LANES)))
