"""Memories of the laboratory: the driver against plain loops, formulas against simulations of their own, and the experiments themselves."""

import importlib
import math

import numpy as np
import pytest
from matplotlib.figure import Figure

from alife.core import rng
from alife.core.jit import DISABLED
from alife.core.lanes import LANES
from alife.lab import _plastic, bloom, lsh, read_out, reservoir, variance_clt
from alife.lab._chance import above, along, kolmogorov, normals, signs
from alife.lab._inputs import by_angle, by_cosine, pairs
from alife.lab._memories import Memory, addresses, random_keys
from alife.lab.finding import near

LABS = ("full_hash", "lsh", "reservoir", "read_out", "matrix", "variance_clt", "bloom", "visits", "soft_visits")
slow_without_compiler = pytest.mark.skipif(DISABLED, reason="thousands of ticks in plain Python")


def plain_delta(keys, values, turns, gate=1.0):
    """One memory, float64, a loop: weights (n, D), and what was recalled before each write."""
    weights, heard = np.zeros((keys.shape[1], values.shape[1])), []
    for i in turns:
        heard.append(keys[i] @ weights)
        weights = weights + gate * np.outer(keys[i], values[i] - heard[-1]) / keys.shape[1]
    return weights, np.array(heard)


def simulated(m, n, replicates, seed):
    """Squared errors (replicates, m), oldest first, of one pass of the delta rule; nothing of the project but the hash."""
    found = []
    for k in range(replicates):
        keys, values = rng.signs(m * n, seed, k).reshape(m, n), rng.signs(m, seed, k, 1)[:, None]
        weights, _ = plain_delta(keys, values, range(m))
        found.append((keys @ weights - values)[:, 0] ** 2)
    return np.array(found)


# ---- the driver ----


@slow_without_compiler
def test_memory_is_the_delta_rule():
    keys, values = random_keys(20, 32, 1), normals((20, 3, LANES), 2)
    memory, turns = Memory("lsh", 32, values=3), [3, 0, 19, 3, 7]
    heard = memory.write(keys, values, turns, gate=0.5)
    recalled = memory.read(keys)
    for lane in (0, 7, 15):
        weights, before = plain_delta(keys[..., lane], values[..., lane], turns, 0.5)
        assert np.allclose(memory.weights()[..., lane], weights, atol=1e-6) and np.allclose(heard[..., lane], before, atol=1e-5)
        assert np.allclose(recalled[..., lane], keys[..., lane] @ weights, atol=1e-5)


@slow_without_compiler
def test_plain_sums_and_given_weights():
    keys, values = random_keys(9, 16, 3), normals((9, 2, LANES), 4)
    memory = Memory("lsh", 16, values=2)
    assert (memory.write(keys, values, plain=True) == 0).all()
    assert np.allclose(memory.weights(), np.einsum("mkl,mdl->kdl", keys, values) / 16, atol=1e-6)
    held = Memory("lsh", 16, values=2)
    held.hold(normals((16, 2, LANES), 5))
    assert np.allclose(held.weights(), normals((16, 2, LANES), 5), atol=1e-5)


@slow_without_compiler
def test_addresses_do_not_depend_on_how_many_are_asked_for():
    memory, x = Memory("lsh", 64, 16), normals((21, 16), 6)
    a = addresses(memory, x)
    assert a.shape == (21, 64) and set(np.unique(a)) == {-1, 1}
    assert (addresses(memory, x[3:5]) == a[3:5]).all() and (addresses(memory, -x) == -a).all()


# ---- chance ----


def test_normals_and_signs():
    x, s = normals((200_000,), 1), signs((200_000,), 2)
    assert abs(x.mean()) < 0.01 and abs(x.var() - 1) < 0.02 and abs((x**4).mean() - 3) < 0.1
    assert set(np.unique(s)) == {-1, 1} and abs(s.mean()) < 0.01 and abs((s[:-1] * s[1:]).mean()) < 0.01
    assert (signs((3, 5), 2).ravel() == s[:15]).all()


def test_kolmogorov_tells_normal_from_not():
    distance, bound = kolmogorov(2 * normals((500,), 3), 2.0)
    assert distance < bound == pytest.approx(1.358 / math.sqrt(500), rel=1e-3)
    for wrong in (2 * normals((500,), 3) + 0.4, 3 * normals((500,), 3), 2 * signs((500,), 4)):
        assert kolmogorov(wrong, 2.0)[0] > bound
    assert kolmogorov(np.array([0.0]), 1.0)[0] == 0.5


def test_wrong_curves_are_found():
    samples = normals((6, 400), 5) + np.arange(6)[:, None]
    assert along("x", samples, np.arange(6)).holds
    assert not along("x", samples, np.arange(6) + 0.3 * (np.arange(6) == 4)).holds
    assert above("x", samples[1]).holds and not above("x", samples[1], 1.0).holds and not above("x", samples[0]).holds


# ---- formulas ----


def test_age_and_capacity_by_a_simulation_of_its_own(monkeypatch):
    monkeypatch.setattr(read_out, "SIZE", 64)
    errors = simulated(64, 64, 200, 7)
    assert near("all", errors.mean(axis=1), read_out.overall(1.0)).holds
    by_age = errors[:, ::-1].reshape(200, 8, 8).mean(axis=2).T
    said = read_out.aged(np.arange(64), 64).reshape(8, 8).mean(axis=1)
    assert along("age", by_age, said).holds
    assert not along("age", by_age, 1 - np.exp(-np.arange(64) / 64).reshape(8, 8).mean(axis=1)).holds
    assert errors[:, -1].max() < 1e-9  # what was written last


def test_variance_of_what_is_left():
    assert variance_clt.power(0, 50, 64) == pytest.approx(0)
    t, m, n = 30, 50, 64
    errors = (1 - math.exp(-t / n)) * (2 - math.exp(-m / n))  # E (r - y)^2, and r has the mean e^(-t/n) y
    assert variance_clt.power(t, m, n) == pytest.approx(errors - (1 - math.exp(-t / n)) ** 2)


@slow_without_compiler
def test_a_wrong_formula_fails_its_check(monkeypatch):
    errors = np.concatenate([read_out._errors(0.5, b, False) for b in range(3)], axis=1)
    assert read_out._by_age(0.5, errors).holds
    monkeypatch.setattr(read_out, "aged", lambda t, m: 1 - np.exp(-t / read_out.SIZE))
    assert not read_out._by_age(0.5, errors).holds


def test_pairs_and_curves():
    x, z = pairs(0.7, 50, 20, 1)
    cosines = np.sum(x * z, axis=1) / np.linalg.norm(x, axis=1) / np.linalg.norm(z, axis=1)
    assert np.allclose(cosines, math.cos(0.7)) and np.allclose(np.sum(x**2, axis=1), 20)
    assert by_angle(0.0) == 1 and by_angle(np.pi) == -1 and by_cosine(0.0) == pytest.approx(0)
    signs_seen = np.sign(normals((2000, 20), 2) @ np.stack([x[0], z[0]]).T)
    assert near("projections", signs_seen.prod(axis=1), float(by_angle(0.7))).holds


def test_overlap_variance_of_independent_projections():
    rows = normals((128, 32), 3)
    x, z = normals((2, 1500, 32), 4)
    squares = np.mean(np.sign(x @ rows.T) * np.sign(z @ rows.T), axis=1) ** 2
    assert near("variance", squares, lsh.spread(32, 128)).holds and not near("variance", squares, 1 / 128).holds


def test_what_a_trace_forgets():
    rho, series = 0.7, normals((60, 4000), 5)
    other = series.copy()
    other[55] = normals((4000,), 6)
    a, b = reservoir._trace(series, rho)[-1], reservoir._trace(other, rho)[-1]
    assert np.corrcoef(a, b)[0, 1] == pytest.approx(1 - rho**8 * (1 - rho**2), abs=0.01) and a.var() == pytest.approx(1, abs=0.1)
    assert reservoir.settling(np.array([0]))[0] == by_cosine(0.5)


# ---- plasticity ----


def test_the_filter_is_a_bloom_filter():
    filters, is_in = bloom.Filter(2, 64, 500), np.zeros((2, 500), bool)
    is_in[0, [3, 77, 240]] = True
    filters.insert(is_in)
    places = [[int(p) for p in row] for row in filters._places]
    wanted = set().union(*(places[i] for i in (3, 77, 240)))
    assert set(np.flatnonzero(filters.bits[0])) == wanted and not filters.bits[1].any()
    assert filters.contains()[0].tolist() == [wanted >= set(row) for row in places] and filters.contains()[0, [3, 77, 240]].all()


def test_the_reader_is_the_delta_rule_with_rates():
    gates = np.array([[[0, 2], [1, 2]], [[3, 0], [1, 0]]])
    items = _plastic.Active(gates, np.array([[[1.0, 2.0], [0.5, 1.0]], [[1.0, 1.0], [3.0, 1.0]]]))
    values = np.array([[1.0, -1.0], [2.0, 0.5]])
    reader = _plastic.Reader(2, 4, softly=True)
    for seed in (1, 2):
        reader.learn(items, values, _plastic.worn(5.0), seed)
    weights, counts = np.zeros((2, 4)), np.zeros((2, 4))
    for seed in (1, 2):
        for j in rng.permutation(2, seed):
            for s in range(2):
                dense = np.zeros(4)
                dense[items.gates[s, j]] = items.amounts[s, j]
                error = values[s, j] - weights[s] @ dense
                weights[s] += dense * error / (dense @ dense) / (1 + counts[s] / 5)
                counts[s] += dense
    assert np.allclose(reader.weights, weights) and np.allclose(reader.counts, counts)


@slow_without_compiler
def test_routes_are_patterns_of_gates():
    x = normals((2, 3, _plastic.WIDTH), 1)
    bits = addresses(Memory("lsh", 32, _plastic.WIDTH), x.reshape(6, -1)).reshape(2, 3, 8, 4) > 0
    taken = _plastic.routes(x, 8, 4).gates
    assert taken[1, 2, 5] == 5 * 16 + sum(int(bit) << k for k, bit in enumerate(bits[1, 2, 5])) and taken.shape == (2, 3, 8)


def test_equal_price_is_read_off_the_curve():
    def course(known, kept):
        errors = [np.full((sum(_plastic.PASSES), 1), 1.0 - v) for v in (kept, known)]
        return _plastic.Course(*errors)

    plain = [course(1.0, 0.2), course(0.5, 0.8)]
    assert _plastic.at_equal_price(plain, course(0.75, 0.9)) == pytest.approx([0.4])
    assert _plastic.at_equal_price(plain, course(0.5, 0.8)) == pytest.approx([0.0])


@slow_without_compiler
@pytest.mark.parametrize("name", LABS)
def test_experiments_at_small_scale(name):
    lab = importlib.import_module(f"alife.lab.{name}")
    first, second = lab.run(0.05), lab.run(0.05)
    assert first[:3] == second[:3] and first.checks and first.prose and first.claim
    assert all(math.isfinite(check.measured) for check in first.checks)
    figure = Figure()
    first.draw(figure)
    assert figure.axes
