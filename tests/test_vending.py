"""Vending against a plain version of itself; its ceiling, its optimum, and every cheat."""

import functools
import itertools
import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive import lot
from pydantic import ValidationError
from test_worlds import by_time, digest, live, mean_score, see, slots

from alife.core import registry, rng
from alife.core.lanes import LANES

WORLD = registry.load("worlds", "vending")
SMALL = {"trials": 120, "every": 30}


def plain(p, seed):
    """The life as lists: labels, the machine of every trial, and its paying lever."""
    n, last = p.machines, (1 << p.label_bits) - 1
    labels = []
    for i in range(n):
        label = int(rng.draw(np.uint64(seed), 0, i, 0)) >> (64 - p.label_bits)
        while label in labels:
            label = 0 if label == last else label + 1
        labels.append(label)
    trials, pays = [], [0] * n
    for t in range(p.trials):
        if t % p.every == 0:
            for i in range(n):
                j = lot(i + 1, seed, t, i, 2)
                pays[i], pays[j] = pays[j], i
        machine = lot(n, seed, t, 0, 1)
        trials.append((machine, pays[machine]))
    return [[1.0 if label >> i & 1 else -1.0 for i in range(p.label_bits)] for label in labels], trials


@given(
    machines=st.integers(2, 6), trials=st.integers(1, 150), every=st.integers(60, 90), bits=st.integers(3, 64),
    seed=st.integers(0, 2**64 - 1), lane=st.integers(0, LANES - 1),
)  # fmt: skip
@settings(max_examples=30, deadline=None)
def test_it_is_the_plain_version(machines, trials, every, bits, seed, lane):
    p = WORLD.Params(machines=machines, trials=trials, every=every, label_bits=bits)
    labels, told = plain(p, seed)
    s, x, paid = WORLD.state(p), slots(WORLD, p), 0
    WORLD.begin(s, lane, np.uint64(seed))
    for t, (machine, lever) in enumerate(told):
        assert WORLD.progress(s, lane) == ("press", paid, t)
        assert see(WORLD, p, s, lane, x).tolist() == [0.0] * machines + labels[machine] + [1.0]
        words = 2 * rng.uniforms((machines,), 3, t) - 1
        x[:machines, lane] = words
        assert WORLD.act(s, lane, x)
        pressed = int(np.argmax(words))
        paid += pressed == lever
        assert WORLD.progress(s, lane) == ("see", paid, t + 1)
        result = [0.0] * machines
        result[pressed] = 1.0 if pressed == lever else -1.0
        assert see(WORLD, p, s, lane, x).tolist() == result + labels[machine] + [0.0]
        x[:machines, lane] = -words  # not heard
        assert WORLD.act(s, lane, x) == (t + 1 < trials)
    assert WORLD.score(s, lane) == np.float32(paid) / np.float32(trials)
    assert 2 * trials == WORLD.ticks(p)


def test_machines_and_draws_are_fair_and_new_in_every_life():
    p = WORLD.Params(trials=900)
    told = [plain(p, seed)[1] for seed in range(60)]
    machines = [m for trials in told for m, _ in trials]
    assert np.allclose(np.bincount(machines) / len(machines), 1 / 3, atol=0.01)
    again = np.mean([a[0] == b[0] for trials in told for a, b in itertools.pairwise(trials)])
    assert abs(again - 1 / 3) < 0.01
    levers = np.zeros((60, 9, 3), int)
    for life, trials in enumerate(told):
        for t, (machine, lever) in enumerate(trials):
            levers[life, t // 100, machine] = lever
    drawn = [tuple(mapping) for mapping in levers.reshape(-1, 3)]
    counts = [drawn.count(b) for b in itertools.permutations(range(3))]
    assert sum(counts) == 540 and all(abs(count - 90) < 4 * math.sqrt(90) for count in counts)
    unchanged = np.mean([a == b for a, b in itertools.pairwise(drawn)])
    assert abs(unchanged - 1 / 6) < 4 * math.sqrt(5 / 36 / 540)


# ---- the optimum ----


def learner(p, is_told=False):
    """An agent with a perfect memory: all bijections that what it saw leaves; none left = all is new."""
    n = p.machines
    every_one = list(itertools.permutations(range(n)))
    left, order, known, pending, trial = every_one, list(range(n)), {}, None, 0

    def policy(history):
        nonlocal left, order, pending, trial
        now = history[-1]
        machine = known.setdefault(tuple(now[n:-1]), len(known) % n)
        if not now[-1]:
            i, j = pending
            kept = [b for b in left if (b[i] == j) == (now[j] > 0)]
            if not kept:
                kept, order = [b for b in every_one if b[i] != j], [j] + [k for k in range(n) if k != j]
            left = kept
            return np.zeros(n)
        if is_told and trial % p.every == 0:
            left, order = every_one, list(range(n))
        trial += 1
        lever = next(j for j in order if any(b[machine] == j for b in left))
        pending = machine, lever
        return np.eye(n)[lever]

    return policy


def mean_of(p, make, lives, key=5):
    s, scores = WORLD.state(p), []
    for seed in rng.bits(lives, key):
        scores.append(live(WORLD, p, s, 0, seed, make())[1])
    return np.mean(scores), 4 * max(np.std(scores), 0.5 / lives) / math.sqrt(lives)


@pytest.mark.parametrize("sizes", [{}, {"machines": 2, "trials": 130, "every": 40}, {"machines": 4, "trials": 300}, {"every": 30}])
def test_perfect_memory_reaches_the_optimum(sizes):
    p = WORLD.Params(**sizes)
    for is_told, figure in ((False, WORLD.optimum(p)), (True, WORLD.told(p))):
        mean, error = mean_of(p, lambda told=is_told: learner(p, told), 40)
        assert abs(mean - figure) < error
    assert WORLD.ceiling(p) < WORLD.optimum(p) <= WORLD.told(p) < 1


def test_the_figures_of_the_problem():
    p = WORLD.Params()
    assert WORLD.ceiling(p) == 1 / 3
    assert WORLD.optimum(p) == pytest.approx(0.9835, abs=1e-9) and WORLD.told(p) == pytest.approx(0.985, abs=1e-9)
    for n in range(2, 6):
        p, first = WORLD.Params(machines=n), n * (n - 1) / 4
        assert 1000 * (1 - WORLD.told(p)) == pytest.approx(10 * first, abs=1e-6)
        later = (1 - 1 / math.factorial(n)) * (first + 0.5)
        assert 1000 * (1 - WORLD.optimum(p)) == pytest.approx(first + 9 * later, abs=1e-6)


@pytest.mark.parametrize("n", [2, 3])
@pytest.mark.parametrize("excluded", [0, 1])
def test_no_way_of_learning_pays_more(n, excluded):
    """The best of all ways, by looking at each: sets of bijections, any lever, any number of trials."""

    @functools.cache
    def best(left, t):
        total = 0.0
        for i in range(n if t else 0):
            values = []
            for j in range(n):
                right = frozenset(b for b in left if b[i] == j)
                value = len(right) / len(left) * (1 + best(right, t - 1)) if right else 0.0
                values.append(value + ((1 - len(right) / len(left)) * best(left - right, t - 1) if left - right else 0.0))
            total += max(values) / n
        return total

    everything = frozenset(b for b in itertools.permutations(range(n)) if not (excluded and b[0] == 0))
    learnt = WORLD._learning(n, 12, excluded)
    for t in range(13):
        assert learnt[t] == pytest.approx(best(everything, t), abs=1e-12)


def test_a_trial_a_machine_is_enough_to_solve_it():
    """What one association a machine can do: a good lever up, a bad one down, old news fading."""
    p = WORLD.Params()

    def make():
        known = {}

        def policy(history):
            now = history[-1]
            levers = known.setdefault(tuple(now[3:-1]), np.zeros(3))
            if not now[-1]:
                levers[:] = 0.3 * levers + 0.5 * now[:3]
            return levers

        return policy

    mean, _ = mean_of(p, make, 20)
    assert (mean - WORLD.ceiling(p)) / (WORLD.optimum(p) - WORLD.ceiling(p)) > 0.97


# ---- no cheat pays ----


def linear(key):
    m = 2 * rng.uniforms((3, 21), 21, key) - 1
    return lambda history: m @ np.append(history[-1], 1)


CHEATS = {
    "the same lever": lambda history: np.eye(3)[1],
    "levers in turn, by a clock": lambda history: np.eye(3)[len(history) // 2 % 3],
    "levers by draws, by a clock": lambda history: np.eye(3)[len(history) // 200 % 3],
    "no number": lambda history: np.full(3, math.nan),
    "what stands there": lambda history: history[-1][:3],
    "the label read as a lever": lambda history: history[-1][3:6],
    "any lever": by_time(WORLD, WORLD.Params()),
    "linear 1": linear(1),
    "linear 2": linear(2),
}


@pytest.mark.parametrize("cheat", CHEATS)
def test_cheats_get_the_ceiling(cheat):
    p = WORLD.Params(**SMALL)
    mean, error = mean_score(WORLD, p, CHEATS[cheat], 150)
    assert abs(mean - WORLD.ceiling(p)) < error


def test_nothing_of_the_last_trial_is_seen_beside_the_next_machine():
    """Whatever was pressed and said, the same machines show the same: a hand cannot carry what a lever did."""
    p = WORLD.Params(**SMALL)
    lives = [live(WORLD, p, WORLD.state(p), 0, 9, CHEATS[name])[0][::2] for name in ("the same lever", "no number", "linear 1")]
    assert np.array_equal(lives[0], lives[1]) and np.array_equal(lives[0], lives[2])
    assert not np.any(np.array(lives[0])[:, :3])


def test_machines_do_not_tell_of_levers():
    """Neither a label nor a machine's number nor the trial goes with a lever over lives."""
    p = WORLD.Params(**SMALL)
    levers = np.array([[lever for _, lever in plain(p, seed)[1][:3]] for seed in range(600)])
    first = np.array([plain(p, seed)[1][0][0] for seed in range(600)])
    for machine in range(3):
        share = np.bincount(levers[first == machine, 0], minlength=3) / np.sum(first == machine)
        assert np.all(np.abs(share - 1 / 3) < 4 * math.sqrt(2 / 9 / 190))


def test_looking_draws_nothing():
    p = WORLD.Params(**SMALL)
    s, x, dice = WORLD.state(p), slots(WORLD, p), random.Random(1)
    WORLD.begin(s, 2, np.uint64(4))
    for _ in range(30):
        before = digest(s)
        image = WORLD.picture(s, 2)
        WORLD.progress(s, 2)
        assert digest(s) == before and image.shape == (3, 3, 3) and image.any()
        x[:3, 2] = [dice.random() for _ in range(3)]
        WORLD.act(s, 2, x)


@pytest.mark.parametrize(("sizes", "words"), [({"every": 29}, "at least 10 x machines = 30"), ({"machines": 7}, "less than or equal to 6")])
def test_senseless_sizes_are_refused(sizes, words):
    with pytest.raises(ValidationError, match=words):
        WORLD.Params(**sizes)
