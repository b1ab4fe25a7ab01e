"""Children and parents: the draws of the naive version, and the shapes of their distributions."""

import itertools

import naive
import naive_evolution
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alife.core import rng
from alife.evolve.selection import _lexicase, lexicase
from alife.evolve.variation import breed

LOW, HIGH, SPAN = np.float32(-2), np.float32(4), np.float32(2)
MARK = 99
"""In children that nobody has written yet."""


def bred(parents, mothers, fathers, seed, first=0, most=15, octaves=11, span=SPAN, naively=False):
    """Children (len(mothers), genes) of parents float32 (population, genes)."""
    children = np.full((len(mothers), parents.shape[1]), MARK, np.float32)
    mothers, fathers = np.array(mothers, np.int64), np.array(fathers, np.int64)
    function, seed = (naive_evolution.breed, seed) if naively else (breed, np.uint64(seed))
    function(parents, mothers, fathers, first, children, seed, most, octaves, span, LOW, HIGH)
    return children


def clones(mother, children, seed, **mutation):
    """So many mutated clones of one mother (genes,)."""
    return bred(mother[None], [0] * children, [-1] * children, seed, **mutation)


def population(agents, genes, seed):
    """float32 (agents, genes) in [-2, 4)."""
    return rng.uniforms((agents, genes), seed) * np.float32(6) - np.float32(2)


# ---- children ----


@pytest.mark.parametrize("genes", [1, 2, 63, 64, 65, 200])
@pytest.mark.parametrize(("most", "octaves"), [(1, 1), (7, 5), (31, 24)])
def test_children_are_the_naive_ones(genes, most, octaves):
    parents = population(6, genes, 1)
    mothers, fathers = [0, 1, 2, 3, 4, 5, 5, 0], [-1, -1, 0, 1, 2, 5, 3, -1]
    for seed in (0, 1, 2**64 - 1):
        args = (parents, mothers, fathers, seed, 1, most, octaves)
        assert naive.same_bits(bred(*args), bred(*args, naively=True))


@given(st.integers(0, 2**64 - 1), st.integers(1, 100), st.integers(1, 40), st.integers(1, 24), st.floats(0.001, 100))
@settings(deadline=None, max_examples=60)
def test_any_settings_are_the_naive_ones(seed, genes, most, octaves, span):
    parents = population(3, genes, 2)
    args = (parents, [0, 1, 2], [1, -1, 0], seed, 0, most, octaves, np.float32(span))
    assert naive.same_bits(bred(*args), bred(*args, naively=True))


@pytest.mark.parametrize("first", [0, 1, 4, 8])
def test_the_elite_is_left_alone(first):
    parents = population(8, 100, 3)
    before = parents.copy()
    children = bred(parents, range(8), [-1] * 8, 5, first)
    assert (children[:first] == MARK).all() and not (children[first:] == MARK).any()
    assert np.array_equal(parents, before)


def test_a_child_knows_its_row_alone():
    """Not the number of its siblings, so a population can be bred in parts."""
    parents = population(8, 100, 4)
    mothers, fathers = [7, 6, 5, 4, 3, 2, 1, 0], [0, 1, -1, 3, -1, 5, 6, -1]
    whole = bred(parents, mothers, fathers, 6)
    part = bred(parents, mothers[:5], fathers[:5], 6, 3)
    assert naive.same_bits(part[3:], whole[3:5])


@pytest.mark.parametrize("most", [1, 2, 15])
def test_a_clone_differs_in_few_genes(most):
    mother = np.zeros(5000, np.float32)
    changed = (clones(mother, 2000, 7, most=most) != mother).sum(axis=1)
    assert changed.min() == 1 and changed.max() == most
    counts = np.bincount(changed, minlength=most + 1)[1:]
    assert np.abs(counts - 2000 / most).max() < 6 * (2000 / most) ** 0.5 or most == 1


def test_bounds_are_never_left():
    """Also from parents that stand on them; and a step out is refused, not clipped."""
    parents = population(50, 300, 8)
    parents[:10], parents[10:20] = LOW, HIGH
    children = parents
    for generation in range(30):
        mothers = [int(row) % 50 for row in rng.bits(50, 9, generation)]
        children = bred(children, mothers, [*range(25), *([-1] * 25)], 100 + generation, span=np.float32(8))
        assert children.min() >= LOW and children.max() <= HIGH
    edge = np.full(2000, HIGH, np.float32)
    children = clones(edge, 500, 10, most=1)
    assert 0.4 < (children == HIGH).all(axis=1).mean() < 0.6


def test_every_gene_of_a_cross_is_a_parents():
    genes, children = 130, 1000
    parents = np.array([np.full(genes, -1), np.full(genes, 3)], np.float32)
    tiny = np.float32(2.0**-100)  # added to -1 or 3, it changes nothing
    crossed = bred(parents, [0] * children, [1] * children, 11, span=tiny)
    assert set(np.unique(crossed)) == {-1.0, 3.0}
    share = (crossed == 3).mean(axis=0)
    assert np.abs(share - 0.5).max() < 5 * 0.5 / children**0.5
    together = np.mean((crossed[:, 1:] == 3) & (crossed[:, :-1] == 3), axis=0)
    assert np.abs(together - 0.25).max() < 5 * (3 / 16 / children) ** 0.5


def test_sizes_spread_over_orders_of_magnitude():
    """As many steps in each octave, m 2^-k span with m in [1/2, 1]; both signs; all places."""
    octaves, children, genes = 11, 22_000, 50
    steps = clones(np.zeros(genes, np.float32), children, 12, most=1, octaves=octaves)
    sizes = steps.sum(axis=1)
    assert ((steps != 0).sum(axis=1) == 1).all()
    mantissa, exponent = np.frexp(np.abs(sizes) / SPAN)
    counts = np.bincount(-exponent, minlength=octaves)
    assert len(counts) == octaves
    expected = children / octaves
    assert ((counts - expected) ** 2 / expected).sum() < 35  # 10 degrees of freedom, 1e-4
    assert abs((mantissa * 2 - 1).mean() - 0.5) < 0.01
    assert abs((sizes > 0).mean() - 0.5) < 5 * 0.5 / children**0.5
    places = (steps != 0).sum(axis=0)
    assert ((places - children / genes) ** 2 / (children / genes)).sum() < 100  # 49 degrees of freedom


@pytest.mark.parametrize("poison", [np.nan, np.inf, -np.inf])
def test_a_poisoned_gene_poisons_no_other(poison):
    parents = population(2, 200, 13)
    healthy = bred(parents, [0, 1], [1, -1], 14)
    parents[:, 77] = poison
    sick = bred(parents, [0, 1], [1, -1], 14)
    assert not np.isfinite(sick[:, 77]).any()
    assert naive.same_bits(np.delete(sick, 77, axis=1), np.delete(healthy, 77, axis=1))


# ---- parents ----


def matrix(agents, lives, levels, seed):
    """Scores float32 (agents, lives) of few levels, so that there are ties."""
    return np.floor(rng.uniforms((agents, lives), seed) * np.float32(levels)) / np.float32(levels)


@pytest.mark.parametrize("levels", [1, 2, 4, 1000])
def test_lexicase_is_the_naive_one(levels):
    for seed in range(30):
        agents, lives = 1 + seed % 9, 1 + seed % 5
        scores = matrix(agents, lives, levels, seed)
        scores[seed % agents, seed % lives] = -np.inf
        for tolerance in (np.zeros(lives, np.float32), np.full(lives, 0.3, np.float32)):
            got = _lexicase.choose(scores, tolerance, 25, seed)
            assert got.tolist() == naive_evolution.lexicase(scores, tolerance, 25, seed)
        assert lexicase.parents(scores, 25, seed, lexicase.Params()).tolist() == naive_evolution.lexicase(
            scores, np.zeros(lives), 25, seed
        )


def test_lexicase_looks_and_touches_nothing():
    scores = matrix(9, 7, 3, 1)
    before = scores.copy()
    got = lexicase.parents(scores, 100, 2**64 - 1, lexicase.Params())
    assert np.array_equal(scores, before) and got.dtype == np.int64
    assert got.tolist() == lexicase.parents(np.asfortranarray(scores), 100, 2**64 - 1, lexicase.Params()).tolist()
    assert got[:40].tolist() == lexicase.parents(scores, 40, 2**64 - 1, lexicase.Params()).tolist()
    assert len(lexicase.parents(scores, 0, 1, lexicase.Params())) == 0


def chances(scores):
    """Exact probability of every agent to be chosen: over all orders of the lives, a fair share of who is left."""
    agents, lives = scores.shape
    total = np.zeros(agents)
    orders = list(itertools.permutations(range(lives)))
    for order in orders:
        left = set(range(agents))
        for life in order:
            best = max(scores[i, life] for i in left)
            left = {i for i in left if scores[i, life] == best}
        for i in left:
            total[i] += 1 / len(left) / len(orders)
    return total


@pytest.mark.parametrize("seed", range(6))
def test_lexicase_chooses_by_its_probabilities(seed):
    scores, n = matrix(6, 4, 3, 40 + seed), 20_000
    scores[5] = scores[0]  # twins share their chances
    wanted = chances(scores)
    got = np.bincount(lexicase.parents(scores, n, seed, lexicase.Params()), minlength=6) / n
    assert np.abs(got - wanted).max() < 5 * 0.5 / n**0.5
    assert not got[wanted == 0].any()


def test_the_best_of_nothing_is_no_parent():
    scores = np.array([[1, 0, 0], [0, 1, 0], [0.9, 0.9, 0.9]], np.float32)
    assert set(lexicase.parents(scores, 500, 3, lexicase.Params())) == {0, 1, 2}
    scores[2] = [0.9, 0.9, 0]
    assert set(lexicase.parents(scores, 500, 3, lexicase.Params())) == {0, 1}


@pytest.mark.parametrize(("population", "lives", "values"), [(7, 3, 2), (64, 5, 3), (65, 9, 4), (200, 12, 40)])
@pytest.mark.parametrize("tolerance", [0.0, 0.3])
def test_sets_and_lists_choose_the_same_parents(monkeypatch, population, lives, values, tolerance):
    scores = np.floor(rng.uniforms((population, lives), population, lives) * values) / np.float32(values)
    scores[::5, 0] = -np.inf
    within = np.full(lives, tolerance, np.float32)
    by_sets = _lexicase.choose(scores, within, 300, 9)
    monkeypatch.setattr(_lexicase, "_MOST_LEVELS", 0)
    assert np.array_equal(_lexicase.choose(scores, within, 300, 9), by_sets)
    assert len(np.unique(by_sets)) > 1
