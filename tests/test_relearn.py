"""Relearn: what is shown and when, three exams counted apart, ceiling and optimum, no way around the memory."""

import itertools

import numpy as np
import pytest
from pydantic import ValidationError
from test_worlds import live, mean_score

from alife.core import rng
from worlds import relearn

KEY, MARK, ASK = slice(8, 24), slice(24, 32), 32


def perfect(history):
    """The value that stood beside the key and the marks asked for."""
    now = history[-1]
    for seen in history[:-1]:
        if not seen[ASK] and np.array_equal(seen[8:ASK], now[8:ASK]):
            return seen[:8]
    return np.zeros(8)


def latest(history):
    """The same by the key alone: the last value seen beside it, in whichever world."""
    for seen in history[-2::-1]:
        if not seen[ASK] and np.array_equal(seen[KEY], history[-1][KEY]):
            return seen[:8]
    return np.zeros(8)


def forgetful(history):
    """Perfect, but A is forgotten as soon as B is seen."""
    start = next((t for t, seen in enumerate(history) if seen[MARK][0] < 0), 0)
    return perfect(history[start:])


def parts(p, policy, seed):
    """Shares of right answers in the three exams, and the score."""
    s = relearn.state(p)
    _, score = live(relearn, p, s, 2, seed, policy)
    return s.parts[:, 2] / [s.first[2], s.second[2], s.first[2]], score


@pytest.mark.parametrize("same", [True, False])
def test_a_life(same):
    """A walks, is asked, B walks, is asked, A is asked in another order; values are fresh in B, keys are its own or A's."""
    p, orders = relearn.Params(first=5, second=7, same=same), set()
    for seed in range(20):
        history, _ = live(relearn, p, relearn.state(p), 0, seed, perfect)
        walk_a, ask_a, walk_b, ask_b, again = np.split(np.array(history), np.cumsum([5, 5, 7, 7]))
        assert len(again) == 5 and [part[:, ASK].tolist() for part in (walk_a, ask_a, walk_b, ask_b, again)] == [
            [0] * 5, [1] * 5, [0] * 7, [1] * 7, [1] * 5,
        ]  # fmt: skip
        assert all(
            (part[:, MARK] == (-1 if part is walk_b or part is ask_b else 1)).all() for part in (walk_a, ask_a, walk_b, ask_b, again)
        )
        assert all((part[:, :8].sum(axis=1) == 1).all() for part in (walk_a, walk_b))
        assert not any(part[:, :8].any() for part in (ask_a, ask_b, again))
        a, b, *asked = ([row[KEY].tobytes() for row in part] for part in (walk_a, walk_b, ask_a, ask_b, again))
        assert [set(keys) for keys in asked] == [set(a), set(b), set(a)] and [len(keys) for keys in asked] == [5, 7, 5]
        assert len({*a, *b}) == (7 if same else 12) and (b[:5] == a) == same
        orders.add((tuple(map(a.index, asked[0])), tuple(map(a.index, asked[2]))))
    assert len(orders) == 20 and any(one != other for one, other in orders)


def test_optimum_and_what_forgetting_costs():
    p = relearn.Params(first=(2, 6), second=(2, 6))
    for seed in range(30):
        assert parts(p, perfect, seed)[0].tolist() == [1, 1, 1] and parts(p, perfect, seed)[1] == relearn.optimum(p) == 1
    shares = np.mean([parts(p, forgetful, seed)[0] for seed in range(100)], axis=0)
    assert shares[:2].tolist() == [1, 1] and shares[2] < 0.3
    shares = np.mean([parts(p, latest, seed)[0] for seed in range(100)], axis=0)
    assert shares[:2].tolist() == [1, 1] and shares[2] < 0.7
    assert parts(relearn.Params(same=False), latest, 1)[0].tolist() == [1, 1, 1]


def test_the_score_is_the_mean_of_the_exams():
    p = relearn.Params(first=3, second=5)
    for seed in range(10):
        shares, score = parts(p, forgetful, seed)
        assert score == pytest.approx(shares.mean(), abs=1e-6)


@pytest.mark.parametrize("same", [True, False])
def test_without_a_memory_a_guess(same):
    """Constants, an echo and random linear maps of what is seen now stay at the ceiling."""
    p = relearn.Params(same=same)
    seen, acts = len(relearn.observations(p)), len(relearn.actions(p))
    maps = [np.eye(acts, seen), *(2 * rng.uniforms((acts, seen), 13, i) - 1 for i in range(3))]
    for policy in (lambda history: np.eye(acts)[3], *(lambda history, m=m: m @ history[-1] for m in maps)):
        mean, error = mean_score(relearn, p, policy, 250)
        assert abs(mean - relearn.ceiling(p)) < error


def test_nothing_answered_is_ever_shown():
    """Whatever is done, the same is seen."""
    p = relearn.Params()
    for seed, key in itertools.product(range(5), (1, 2)):
        wild = live(relearn, p, relearn.state(p), 0, seed, lambda history, k=key: 2 * rng.uniforms((8,), k, len(history)) - 1)[0]
        assert np.array_equal(wild, live(relearn, p, relearn.state(p), 0, seed, perfect)[0])


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"first": (3, 2)}, r"expected \[low, high\] with low <= high"),
        ({"second": 0}, "second: expected 1 <= low <= high"),
        ({"first": 8, "second": 9, "key_bits": 4}, r"key_bits: expected 2\^key_bits >= 17"),
    ],
)
def test_refused(settings, words):
    with pytest.raises(ValidationError, match=words):
        relearn.Params(**settings)


def test_stretched_fits_its_keys():
    p = relearn.stretched(relearn.Params(first=(2, 4), second=(2, 6), key_bits=4))
    assert (p.first, p.second) == ((4, 8), (6, 8)) and relearn.Params.model_validate(p.model_dump()) == p
