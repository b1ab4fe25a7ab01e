"""Genes with forced gates: the gates stand as told for every input, and all else is as it was."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alife.core import config as configs
from alife.core.errors import ConfigError

N = 16
few = settings(max_examples=60, deadline=None, derandomize=True)


def controller(kind, **params):
    return configs.load({"world": {"kind": "copy", "bits": 2}, "controller": {"kind": kind, "width": N, **params}}).controller


WHT, DENSE = controller("wht", layers_in=2, layers_out=3), controller("dense")


def genes(part, rng, n=N):
    return part.ask("start", n, rng.random((1, *part.ask("shape", n)), np.float32))[0]


def view(part, w, half, x, gates=None):
    """Of one agent."""
    y, seen = part.ask("view", w[None], half, x[None], gates if gates is None else gates[None])
    return y[0], seen[0]


def told(rng, shape):
    """-1, 0 or 1 for each gate."""
    return rng.integers(-1, 2, shape).astype(np.int8)


@few
@given(st.integers(0, 2**32), st.sampled_from((0, 1)), st.sampled_from((1e-3, 1.0, 1e3)))
def test_wht_is_exact(seed, half, size):
    """The bits of a net whose gates are set so by hand, and free gates do as they like."""
    rng = np.random.default_rng(seed)
    w, x = genes(WHT, rng), (size * rng.standard_normal((9, N))).astype(np.float32)
    before, gates = w.copy(), told(rng, (2 if half == 0 else 3, N))
    forced = WHT.ask("forced", w, half, gates)
    assert np.array_equal(w, before) and forced.dtype == np.float32 and not np.shares_memory(w, forced)
    y, seen = view(WHT, forced, half, x)
    wanted = np.where(gates >= 0, gates > 0, seen)
    assert np.array_equal(y.view(np.uint32), view(WHT, w, half, x, wanted)[0].view(np.uint32))
    other = view(WHT, forced, 1 - half, x)[0]
    assert np.array_equal(other, view(WHT, w, 1 - half, x)[0])


@few
@given(st.integers(0, 2**32), st.sampled_from((0, 1)))
def test_wht_with_all_gates_is_one_map(seed, half):
    rng = np.random.default_rng(seed)
    w, (a, b) = genes(WHT, rng), rng.standard_normal((2, 5, N))
    forced = WHT.ask("forced", w, half, rng.integers(0, 2, (2 if half == 0 else 3, N)).astype(np.int8)).astype(np.float64)
    together = view(WHT, forced, half, 3 * a - 2 * b)[0]
    assert np.allclose(together, 3 * view(WHT, forced, half, a)[0] - 2 * view(WHT, forced, half, b)[0], atol=1e-12)


def test_a_gate_can_be_forced_again():
    """From the genes that were, not from those that are forced already."""
    w = genes(WHT, np.random.default_rng(1))
    closed, opened = np.full((2, N), -1, np.int8), np.full((2, N), -1, np.int8)
    closed[0, 3], opened[0, 3] = 0, 1
    assert WHT.ask("forced", w, 0, closed)[0, :, 3].tolist() == [w[0, 1, 3]] * 2
    assert WHT.ask("forced", w, 0, opened)[0, :, 3].tolist() == [w[0, 0, 3]] * 2
    assert np.array_equal(WHT.ask("forced", w, 0, np.full((2, N), -1, np.int8)), w)


@few
@given(st.integers(0, 2**32), st.sampled_from((0, 1)))
def test_dense_units_can_be_closed(seed, half):
    rng = np.random.default_rng(seed)
    w, x = genes(DENSE, rng), rng.standard_normal((9, N)).astype(np.float32)
    gates = np.minimum(told(rng, (1, 2 * N)), 0)
    forced = DENSE.ask("forced", w, half, gates)
    y, seen = view(DENSE, forced, half, x)
    own = view(DENSE, w, half, x)[1]
    wanted = own & (gates < 0)
    assert np.array_equal(seen, wanted) and np.allclose(y, view(DENSE, w, half, x, wanted)[0], atol=1e-6)
    assert np.array_equal(forced[1 - half], w[1 - half])


@few
@given(st.integers(0, 2**32), st.sampled_from((0, 1)), st.sampled_from((2 * N, 3 * N)))
def test_dense_with_all_gates_is_one_map(seed, half, hidden):
    rng = np.random.default_rng(seed)
    part = controller("dense", hidden=hidden)
    w, x = genes(part, rng), rng.standard_normal((9, N)).astype(np.float32)
    gates = rng.integers(0, 2, (1, hidden)).astype(np.int8)
    gates[0, 0] = 1
    y = view(part, part.ask("forced", w, half, gates), half, x)[0]
    wanted = view(part, w.astype(np.float64), half, x.astype(np.float64), np.broadcast_to(gates > 0, (9, 1, hidden)))[0]
    assert np.allclose(y, wanted, atol=1e-5 * np.abs(wanted).max())


def test_dense_says_what_it_cannot():
    w, one = genes(DENSE, np.random.default_rng(1)), np.full((1, 2 * N), -1, np.int8)
    one[0, 3] = 1
    with pytest.raises(ConfigError, match=r"one unit cannot be held open alone: .*31 of 32 are not, width 16"):
        DENSE.ask("forced", w, 0, one)
    small = controller("dense", hidden=20)
    with pytest.raises(ConfigError, match="hidden >= 2 width; 0 of 20 are not"):
        small.ask("forced", genes(small, np.random.default_rng(1)), 0, np.ones((1, 20), np.int8))
    silent = DENSE.ask("forced", w, 1, np.zeros((1, 2 * N), np.int8))
    assert not view(DENSE, silent, 1, np.ones((1, N), np.float32))[0].any()


def test_who_offers_it():
    assert [kind for kind in ("wht", "dense", "elman", "still") if controller(kind).offers("forced")] == ["wht", "dense"]
