"""Controllers, memories and selections: the contract for all, and what each of them claims."""

import math

import naive_evolution
import numpy as np
import pytest

from alife.core import registry, rng
from alife.core.lanes import LANES, aligned
from controllers import dense, still, wht
from memory import block, exact, lsh, none, reservoir

WIDTH = 64


def vectors(n, key, scale=1.0):
    """(n, LANES) uniform in +-scale, aligned."""
    out = aligned((n, LANES))
    out[:] = scale * (2 * rng.uniforms((n, LANES), key) - 1)
    return out


def in_lanes(genes):
    """(agents, *shape) -> (*shape, LANES)."""
    out = aligned((*genes.shape[1:], LANES))
    out[:] = np.moveaxis(genes, 0, -1)
    return out


def newborn(controller, p, width, key=1):
    """State and genes of sixteen agents of a first generation."""
    uniform = rng.uniforms((LANES, *controller.shape(p, width)), key)
    return controller.state(p, width), in_lanes(controller.start(p, width, uniform))


def born(*lanes):
    """(1, LANES), 1 in these lanes."""
    out = aligned((1, LANES))
    out[0, list(lanes)] = 1
    return out


# ---- controllers ----


@pytest.fixture(params=registry.names("controllers"))
def controller(request):
    return registry.load("controllers", request.param)


@pytest.mark.parametrize("width", [8, WIDTH])
def test_first_genes_are_in_bounds_and_outputs_finite(controller, width):
    p = controller.Params()
    uniform = rng.uniforms((LANES, *controller.shape(p, width)), 1)
    genes = controller.start(p, width, uniform)
    low, high = controller.bounds(p)
    assert genes.dtype == np.float32 and genes.shape == uniform.shape
    assert genes.min() >= low and genes.max() <= high
    s, w, x = controller.state(p, width), in_lanes(genes), vectors(width, 2)
    controller.begin(s, born(*range(LANES)))
    for half in (controller.perceive, controller.act):
        half(s, w, x)
        assert np.isfinite(x).all()


def test_agents_of_a_block_do_not_mix(controller):
    p = controller.Params()
    outputs = []
    for others in (3, 4):
        s, w = newborn(controller, p, WIDTH)
        x = vectors(WIDTH, 2)
        stranger = newborn(controller, p, WIDTH, others)[1]
        for lane in (*range(5), *range(6, LANES)):
            w[..., lane] = stranger[..., lane]
            x[:, lane] = vectors(WIDTH, others)[:, lane]
        controller.begin(s, born(*range(LANES)))
        controller.perceive(s, w, x)
        controller.act(s, w, x)
        outputs.append(x.copy())
    assert np.array_equal(outputs[0][:, 5], outputs[1][:, 5])
    assert not np.array_equal(outputs[0][:, 6], outputs[1][:, 6])


def test_wrong_numbers_of_one_agent_stay_with_it(controller):
    s, w = newborn(controller, controller.Params(), WIDTH)
    x = vectors(WIDTH, 2)
    x[:, 3], x[7, 4], w[..., 5] = math.nan, math.inf, math.nan
    controller.begin(s, born(*range(LANES)))
    controller.perceive(s, w, x)
    controller.act(s, w, x)
    assert np.isfinite(np.delete(x, (3, 4, 5), axis=1)).all()


@pytest.mark.parametrize(("width", "hidden"), [(4, None), (8, 16), (WIDTH, None), (WIDTH, 256)])
def test_dense_without_noise_is_the_identity(width, hidden):
    s, w = newborn(dense, dense.Params(hidden=hidden, spread=0.0), width)
    x = vectors(width, 2, 5)
    for half in (dense.perceive, dense.act):
        before = x.copy()
        half(s, w, x)
        assert np.array_equal(x, before)


def test_dense_with_few_units_passes_the_first_slots():
    s, w = newborn(dense, dense.Params(hidden=32, spread=0.0), WIDTH)
    x = vectors(WIDTH, 2)
    before = x.copy()
    dense.perceive(s, w, x)
    assert np.array_equal(x[:16], before[:16]) and not x[16:].any()


@pytest.mark.parametrize("half", [0, 1])
def test_dense_is_two_matrices_and_a_relu(half):
    s, w = newborn(dense, dense.Params(hidden=20, spread=1.0), 16)
    x = vectors(16, 2)
    expected = [w[half, 1, :, :, k].T @ np.maximum(w[half, 0, :, :, k] @ x[:, k], 0) for k in range(LANES)]
    (dense.perceive, dense.act)[half](s, w, x)
    assert np.allclose(x.T, expected, rtol=1e-5, atol=1e-5)


def relative_noise(controller, half):
    """Root mean square of what the first genes do to a vector, over its root mean square."""
    total = 0.0
    for key in range(20):
        s, w = newborn(controller, controller.Params(spread=0.05), WIDTH, 10 + key)
        x = vectors(WIDTH, 100 + key)
        before = x.copy()
        getattr(controller, half)(s, w, x)
        total += np.mean((x - before) ** 2) / np.mean(before**2)
    return math.sqrt(total / 20)


def test_dense_begins_as_noisy_as_the_fast_transform_net():
    noise = {(c, half): relative_noise(c, half) / 0.05 for c in (wht, dense) for half in ("perceive", "act")}
    assert noise[wht, "perceive"] == pytest.approx(1, rel=0.05)
    assert noise[wht, "act"] == pytest.approx(math.sqrt(3), rel=0.05)
    for half in ("perceive", "act"):
        assert noise[dense, half] == pytest.approx(math.sqrt(2), rel=0.05)


def test_still_ignores_what_it_sees():
    s, w = newborn(still, still.Params(), WIDTH)
    for x in (vectors(WIDTH, 2), vectors(WIDTH, 3, 1e9)):
        still.perceive(s, w, x)
        assert not x.any()
        x += vectors(WIDTH, 4)
        still.act(s, w, x)
        assert np.array_equal(x, w)


# ---- memories ----


@pytest.fixture(params=registry.names("memory"))
def memory(request):
    return registry.load("memory", request.param)


def fresh(memory, bits=256, values=5, width=WIDTH, **settings):
    """A memory with nothing in it, and a function that makes addresses."""
    p = memory.Params(bits=bits, values=values, **settings)
    s, rows = memory.state(p, width), memory.rows(p, width)
    memory.begin(s, born(*range(LANES)))

    def address(x):
        out = aligned((rows, LANES))
        memory.address(s, x, out)
        return out

    return s, address


def read(memory, s, a, values=5):
    r = aligned((values, LANES))
    r[:] = 9
    memory.read(s, a, r)
    return r


def gates(value=1.0):
    g = aligned((1, LANES))
    g[:] = value
    return g


def test_addresses_are_as_large_as_signs_and_the_same_for_every_agent(memory):
    """Signs, or, where the memory says `real`, numbers of mean square 1."""
    _, address = fresh(memory)
    x = aligned((WIDTH, LANES))
    x[:] = vectors(WIDTH, 1)[:, :1]
    a = address(x)
    assert (a**2).mean(axis=0) == pytest.approx(1, abs=1e-5)
    assert "real" in getattr(memory, "LAWS", ()) or set(np.unique(a)) <= {-1, 1}
    assert (a == a[:, :1]).all() and np.array_equal(a, address(x))
    assert np.array_equal(a, fresh(memory)[1](x))
    before = x.copy()
    address(x)
    assert np.array_equal(x, before)


def test_an_empty_memory_recalls_nothing_and_forgetting_empties_it(memory):
    s, address = fresh(memory)
    a, v = address(vectors(WIDTH, 1)), vectors(5, 2)
    r = read(memory, s, a)
    assert not r.any()
    memory.write(s, a, r, v, gates())
    memory.begin(s, born(3))
    kept = read(memory, s, a)
    assert not kept[:, 3].any()
    memory.write(s, a, kept, v, gates())
    read(memory, s, a)
    memory.begin(s, born(3, 4))
    again = read(memory, s, a)
    assert not again[:, 3:5].any() and np.array_equal(again[:, 5:], read(memory, s, a)[:, 5:])


@pytest.mark.parametrize("bits", [16, 64, 1024])
@pytest.mark.parametrize("memory", [lsh, exact, reservoir, block])
def test_addresses_of_any_number_of_bits_are_balanced(memory, bits):
    _, address = fresh(memory, bits=bits)
    a = np.concatenate([address(vectors(WIDTH, key, 3)) for key in range(20)], axis=1)
    assert a.shape[0] == bits and abs(a.mean()) < 4 / math.sqrt(a.size) * (1 if memory is exact else 4)


def test_none_keeps_nothing():
    s, address = fresh(none, bits=64)
    a = address(vectors(WIDTH, 1))
    assert a.shape == (2, LANES)
    none.write(s, a, read(none, s, a), vectors(5, 2), gates())
    assert not read(none, s, a).any()


def bits_changed(address, x, y):
    """Share of address bits that differ, for each lane."""
    return (address(x) != address(y)).mean(axis=0)


def test_exact_equal_keys_share_an_address_and_others_are_unrelated():
    _, address = fresh(exact, bits=4096)
    x = np.floor(vectors(WIDTH, 1, 10))
    x = aligned_copy(x)
    nudged = aligned_copy(x + vectors(WIDTH, 2, 0.49))
    assert not bits_changed(address, x, nudged).any()
    for slot in (0, 31, WIDTH - 1):
        other = aligned_copy(x)
        other[slot] += 1
        changed = bits_changed(address, x, other)
        assert np.abs(changed - 0.5).max() < 5 * 0.5 / math.sqrt(4096)
    swapped = aligned_copy(x[::-1])
    assert np.abs(bits_changed(address, x, swapped) - 0.5).max() < 5 * 0.5 / math.sqrt(4096)


def test_exact_takes_any_float():
    _, address = fresh(exact, bits=64)
    zero, wrong = aligned((WIDTH, LANES)), aligned((WIDTH, LANES))
    wrong[0], zero[1] = math.nan, -0.0
    assert not bits_changed(address, zero, wrong).any()
    for value in (math.inf, 1e30, 2**20):
        wrong[0], zero[0] = value, 2.0**20
        assert not bits_changed(address, zero, wrong).any()
        wrong[0], zero[0] = -value, -(2.0**20)
        assert not bits_changed(address, zero, wrong).any()


def test_exact_step_is_the_coarseness():
    _, address = fresh(exact, bits=1024, step=0.25)
    x, near, far = (aligned((WIDTH, LANES)) for _ in range(3))
    near[5], far[5] = 0.12, 0.13
    assert not bits_changed(address, x, near).any()
    assert bits_changed(address, x, far).min() > 0.4


@pytest.mark.parametrize("theta", [0.1, 0.5, math.pi / 3, math.pi / 2, 2.5])
def test_lsh_differs_in_as_many_bits_as_the_angle_says(theta):
    _, address = fresh(lsh, bits=4096)
    changed = []
    for key in range(8):
        x, y = normal(key), normal(100 + key)
        y -= x * (x * y).sum(0) / (x * x).sum(0)
        y *= np.sqrt((x * x).sum(0) / (y * y).sum(0))
        changed += list(bits_changed(address, x, aligned_copy(math.cos(theta) * x + math.sin(theta) * y)))
    assert np.mean(changed) == pytest.approx(theta / math.pi, abs=0.015)
    assert np.std(changed) < 0.05


def normal(key):
    """(n, LANES), nearly Gaussian: sums of twelve uniforms."""
    return aligned_copy(rng.uniforms((12, WIDTH, LANES), 1000 + key).sum(0) - 6)


def aligned_copy(x):
    out = aligned(x.shape)
    out[:] = x
    return out


# ---- selection ----


@pytest.fixture(params=registry.names("selection"))
def selection(request):
    return registry.load("selection", request.param)


def score_matrix(population=40, lives=12, key=1, levels=5):
    """Scores with many ties."""
    return np.floor(rng.uniforms((population, lives), key) * levels) / np.float32(levels)


def test_parents_are_indices_and_depend_on_the_seed_alone(selection):
    scores, p = score_matrix(), selection.Params()
    before = scores.copy()
    chosen = selection.parents(scores, 500, 7, p)
    assert chosen.dtype == np.int64 and chosen.shape == (500,)
    assert chosen.min() >= 0 and chosen.max() < 40
    assert np.array_equal(chosen, selection.parents(scores, 500, 7, p)) and np.array_equal(scores, before)
    assert not np.array_equal(chosen, selection.parents(scores, 500, 8, p))


def test_the_best_on_every_life_is_preferred(selection):
    """By half as much again as an even draw, at least: truncation to a quarter and tournaments do not rank the best."""
    scores = score_matrix()
    scores[17] = 2
    counts = np.bincount(selection.parents(scores, 2000, 7, selection.Params()), minlength=40)
    assert counts[17] > 1.5 * 2000 / 40


@pytest.mark.parametrize(("population", "lives"), [(1, 1), (2, 1), (3, 7)])
def test_small_populations(selection, population, lives):
    scores = np.zeros((population, lives), np.float32)
    chosen = selection.parents(scores, 300, 1, selection.Params())
    if population == 1 or "share" not in selection.Params.model_fields:
        assert set(chosen) == set(range(population))


@pytest.mark.parametrize("levels", [2, 5, 1000])
def test_lexicase_and_epsilon_lexicase_agree_with_the_plain_versions(levels):
    scores = score_matrix(levels=levels)
    middle = np.median(scores, axis=0)
    deviation = [np.median([abs(v - m) for v in column]) for column, m in zip(scores.T, middle, strict=True)]
    tolerances = {"lexicase": np.zeros(12, np.float32), "epsilon_lexicase": np.array(deviation, np.float32)}
    for kind, tolerance in tolerances.items():
        module = registry.load("selection", kind)
        assert list(module.parents(scores, 200, 9, module.Params())) == naive_evolution.lexicase(scores, tolerance, 200, 9)


def test_epsilon_lexicase_keeps_the_nearly_best():
    """Scores are never equal: in plain lexicase one life decides, so it chooses no more genomes than lives."""
    scores = rng.uniforms((100, 3), 4)
    counts = {}
    for kind in ("lexicase", "epsilon_lexicase"):
        module = registry.load("selection", kind)
        counts[kind] = len(set(module.parents(scores, 500, 9, module.Params())))
    assert counts["lexicase"] <= 3 < counts["epsilon_lexicase"]


@pytest.mark.parametrize("size", [1, 3, 10])
def test_tournament_agrees_with_the_plain_version(size):
    module, scores = registry.load("selection", "tournament"), score_matrix(levels=3, lives=4)
    expected = []
    for k in range(300):
        drawn = [(rng.draw(6, 0, k * size + j, 0) >> 32) * 40 // 2**32 for j in range(size)]
        expected.append(max(drawn, key=lambda i: scores[i].sum(dtype=np.float64)))
    assert list(module.parents(scores, 300, 6, module.Params(size=size))) == expected


@pytest.mark.parametrize(("share", "count"), [(0.25, 10), (1.0, 40), (0.001, 1)])
def test_truncation_draws_evenly_from_the_best(share, count):
    module, scores = registry.load("selection", "truncation"), score_matrix()
    best = sorted(range(40), key=lambda i: -scores[i].sum(dtype=np.float64))[:count]
    counts = np.bincount(module.parents(scores, 100 * count, 6, module.Params(share=share)), minlength=40)
    assert set(np.flatnonzero(counts)) == set(best)
    assert np.abs(counts[best] - 100).max() < 50
