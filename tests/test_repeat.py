"""Repeat against a plain version of itself; its ceiling, its optimum, and the ways to cheat that are closed."""

import itertools
import math

import naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from test_worlds import by_time, live, mean_score, noise

from alife.core import registry, rng
from alife.core.lanes import LANES, aligned

world = registry.load("worlds", "repeat")
SIZES = [
    {},
    {"bits": 0, "feedback": True},
    {"k": 16},
    {"k": (1, 40), "steps": (41, 60), "symbols": 7, "bits": 3},
    {"k": 1, "steps": 2, "symbols": 2, "bits": 1},
    {"k": 32, "steps": 104, "bits": 64, "feedback": True},
]


@pytest.fixture(params=SIZES, ids=str)
def p(request):
    return world.Params(**request.param)


# ---- a plain version ----


def vectors(p, seed):
    """(symbols, slots) of a life."""
    if p.bits == 0:
        return np.eye(p.symbols, dtype=np.float32)
    codes = []
    for i in range(p.symbols):
        code = naive.draw(int(seed), 2, i, 0) >> (64 - p.bits)
        while code in codes:
            code = (code + 1) % 2**p.bits
        codes.append(code)
    return np.array([[1 if code >> i & 1 else -1 for i in range(p.bits)] for code in codes], np.float32)


def plain(p, seed, action):
    """One life under action(tick): what is seen, tick by tick, and the score."""
    k = p.k[0] + naive.lot(p.k[1] - p.k[0] + 1, seed, 0, 0)
    steps = p.steps[0] + naive.lot(p.steps[1] - p.steps[0] + 1, seed, 1, 0)
    table, stream = vectors(p, seed), [naive.lot(p.symbols, seed, 3, t) for t in range(steps)]
    seen, right = [], []
    for t in range(steps):
        reward = [float(right[-1]) if right else 0.0] if p.feedback else []
        seen.append([*table[stream[t]], float(t >= k), *reward])
        if t >= k:
            nearness = [sum(float(a) * float(b) for a, b in zip(action(t), row, strict=True)) for row in table]
            right.append(nearness.index(max(nearness)) == stream[t - k])
    return seen, np.float32(sum(right)) / np.float32(len(right))


@st.composite
def sizes(draw):
    k = draw(st.integers(1, 12))
    k = (k, k + draw(st.integers(0, 4)))
    steps = k[1] + draw(st.integers(1, 30))
    symbols = draw(st.integers(2, 9))
    return {
        "k": k,
        "steps": (steps, steps + draw(st.integers(0, 9))),
        "symbols": symbols,
        "bits": draw(st.sampled_from([0, 4, 5, 8, 16, 64])),
        "feedback": draw(st.booleans()),
    }


@settings(max_examples=40, deadline=None)
@given(sizes(), st.integers(0, 2**64 - 1), st.integers(0, LANES - 1), st.integers(0, 99))
def test_lives_are_those_of_a_plain_version(size, seed, lane, key):
    """Actions are multiples of 1/8, so that sums are exact and equals are equals."""
    p, seed = world.Params(**size), np.uint64(seed)
    said = [np.round(4 * noise(world, p, t, key)) / 8 for t in range(world.ticks(p))]
    history, score = live(world, p, world.state(p), lane, seed, lambda history: said[len(history) - 1])
    seen, expected = plain(p, seed, lambda t: said[t])
    assert np.array_equal(history, np.array(seen, np.float32))
    assert score == expected


def test_a_life_is_drawn_anew_whatever_was_before(p):
    s = world.state(p)
    fresh = live(world, p, world.state(p), 0, 5, by_time(world, p, 1))
    for seed in range(3):
        live(world, p, s, 9, seed, by_time(world, p, 2))
    again = live(world, p, s, 9, 5, by_time(world, p, 1))
    assert np.array_equal(fresh[0], again[0]) and fresh[1] == again[1]


# ---- ceiling ----


@pytest.mark.parametrize("feedback", [False, True])
@pytest.mark.parametrize("k", [1, 2, 3])
def test_no_policy_without_a_memory_beats_the_ceiling(k, feedback):
    """Two symbols: all maps from (symbol, ask, reward) to an answer, each over all streams of k + 3 symbols, weighed exactly."""
    symbols, steps = 2, k + 3
    inputs = list(itertools.product(range(symbols), (0, 1), (0, 1) if feedback else (0,)))
    for answers in itertools.product(range(symbols), repeat=len(inputs)):
        policy, right = dict(zip(inputs, answers, strict=True)), 0
        for stream in itertools.product(range(symbols), repeat=steps):
            reward = 0
            for t, symbol in enumerate(stream):
                answer = policy[symbol, int(t >= k), reward if feedback else 0]
                reward = int(t >= k and answer == stream[t - k])
                right += reward
        assert right / (symbols**steps * (steps - k)) == world.ceiling(world.Params(symbols=symbols))


@pytest.mark.parametrize("k", [1, 4, 16])
def test_what_is_asked_does_not_depend_on_what_is_seen(k):
    """Counts of (symbol in view, symbol asked for): every policy of what is in view is a sum of these."""
    p = world.Params(k=k, bits=0, steps=104)
    s, counts = world.state(p), np.zeros((4, 4))
    for seed in rng.bits(40, 3):
        history, _ = live(world, p, s, 0, seed, lambda history: 0)
        stream = np.array(history)[:, :4].argmax(1)
        np.add.at(counts, (stream[k:], stream[:-k]), 1)
        assert [seen[4] for seen in history] == [0] * k + [1] * (104 - k)
    expected = counts.sum() / 16
    assert np.abs(counts - expected).max() < 4.5 * math.sqrt(expected)


def test_a_constant_reaches_the_ceiling_and_not_more(p):
    for key in range(2):
        mean, error = mean_score(world, p, lambda history, c=noise(world, p, 7, key): c, 30)
        assert abs(mean - world.ceiling(p)) < error
    for value in (0, math.nan, math.inf):
        mean, error = mean_score(world, p, lambda history, v=value: v, 15)
        assert mean < world.ceiling(p) + error


def test_functions_of_what_is_seen_now_stay_at_the_ceiling(p):
    """The echo of the symbol in view, its opposite, and random linear policies."""
    size, seen = world.values(p), len(world.observations(p))
    echo = np.eye(size, seen)
    for m in (echo, -echo, *(2 * rng.uniforms((size, seen), 13, i) - 1 for i in range(2))):
        mean, error = mean_score(world, p, lambda history, m=m: m @ history[-1], 25)
        assert mean < world.ceiling(p) + error


# ---- ways to cheat ----


@pytest.mark.parametrize("feedback", [False, True])
def test_nothing_said_is_seen(feedback):
    """Streams and flags are the same whatever the agent says; a reward tells of the right answer only."""
    p = world.Params(feedback=feedback, k=2)
    lives = [np.array(live(world, p, world.state(p), 0, 4, by_time(world, p, key))[0]) for key in (1, 2)]
    assert np.array_equal(lives[0][:, :9], lives[1][:, :9])
    if feedback:
        assert not lives[0][:3, 9].any() and set(np.unique(lives[0][:, 9])) == {0, 1}


@pytest.mark.parametrize("shift", [-1, 1, 2])
def test_an_echo_from_another_distance_is_chance(shift):
    p = world.Params(k=4)
    mean, error = mean_score(world, p, lambda history: history[max(0, len(history) - 5 - shift)][:8], 150)
    assert mean < world.ceiling(p) + error


def test_a_clock_does_not_help():
    """At every tick every symbol is as likely, in whatever slots it comes."""
    p = world.Params(bits=0, steps=52)
    s, lives, counts = world.state(p), 600, np.zeros((52, 4))
    for seed in rng.bits(lives, 6):
        counts += np.array(live(world, p, s, 0, seed, lambda history: 0)[0])[:, :4]
    assert np.abs(counts - lives / 4).max() < 5 * math.sqrt(lives * 3 / 16)


def test_vectors_are_fresh_and_distinct():
    p, found, total = world.Params(), set(), np.zeros(8)
    s = world.state(p)
    for seed in rng.bits(200, 5):
        rows = {tuple(seen[:8]) for seen in live(world, p, s, 0, seed, lambda history: 0)[0]}
        assert len(rows) == 4 and all(set(row) <= {-1, 1} for row in rows)
        found |= rows
        total += np.sum([*rows], axis=0)
    assert len(found) > 200 and np.abs(total).max() < 4.5 * math.sqrt(800)
    for bits in (1, 2, 6):
        p = world.Params(bits=bits, symbols=2**bits, steps=900, k=1)
        rows = {tuple(seen[:bits]) for seen in live(world, p, world.state(p), 0, 3, lambda history: 0)[0]}
        assert len(rows) == 2**bits


# ---- optimum ----


def remembered(p):
    """What was shown k steps ago, k read off the flag."""
    size = world.values(p)

    def policy(history):
        asked = int(sum(seen[size] for seen in history))
        return history[asked - 1][:size] if asked else np.zeros(size)

    return policy


def test_perfect_memory_reaches_the_optimum(p):
    s = world.state(p)
    assert {live(world, p, s, 0, seed, remembered(p))[1] for seed in rng.bits(12, 12)} == {world.optimum(p)}


def test_a_noisy_recall_is_understood_by_what_it_is_nearest_to():
    p = world.Params(bits=16)
    recall = remembered(p)
    mean, _ = mean_score(world, p, lambda history: 0.1 * recall(history) + 0.05 * noise(world, p, len(history), 3), 20)
    assert mean > 0.99


# ---- the rest ----


def test_lengths_are_drawn_from_their_ranges():
    p = world.Params(k=(3, 6), steps=(7, 9))
    s, found = world.state(p), set()
    for seed in range(200):
        history, _ = live(world, p, s, 0, seed, lambda history: 0)
        found.add((len(history) - int(sum(seen[8] for seen in history)), len(history)))
    assert found == set(itertools.product(range(3, 7), range(7, 10)))


def test_the_window_is_told_the_truth_and_looking_changes_nothing(p):
    s, size = world.state(p), world.values(p)
    first = world.first_action(p)
    assert first & (first - 1) == 0 and first > len(world.observations(p))
    x, alive, shapes, t = aligned((first + size, LANES)), True, set(), 0
    world.begin(s, 2, np.uint64(8))
    while alive:
        before = [np.array(part) for part in s]
        image = world.picture(s, 2)
        assert all(np.array_equal(a, b) for a, b in zip(before, s, strict=True))
        shapes.add((image.shape, image.dtype))
        assert (image.any(2).sum(0) <= 1).all() and image[world._symbol(s, 2, t), -1].tolist() == [230, 159, 0]
        assert image[:, 0].any() == (t >= s.k[2]) == world.asking(s, 2)
        assert world.progress(s, 2) == ("say" if t >= s.k[2] else "hear", s.right[2], max(0, t - s.k[2]))
        alive, t = world.act(s, 2, x), t + 1
    world.picture(s, 2)
    assert len(shapes) == 1 and t == s.steps[2] == s.k[2] + world.progress(s, 2)[2]


def test_stretched_lives_are_valid_at_the_edges():
    for size in [*SIZES, {"steps": world.MOST}, {"k": world.MOST - 1, "steps": world.MOST}]:
        p = world.Params(**size)
        longer = world.stretched(p)
        assert world.Params.model_validate(longer.model_dump()) == longer
        assert world.ticks(longer) > world.ticks(p) or p.steps[1] == world.MOST


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ({"k": (3, 2)}, r"expected \[low, high\] with low <= high"),
        ({"k": 0}, "k: expected 1 <= low <= high"),
        ({"k": 64}, r"steps: expected more than k = 64 in every life, got \[52, 104\]"),
        ({"symbols": 5, "bits": 2}, r"expected 2\^bits >= 5"),
    ],
)
def test_senseless_sizes_are_refused(sizes, words):
    with pytest.raises(ValidationError, match=words):
        world.Params(**sizes)
