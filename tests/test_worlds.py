"""Every problem world keeps the contract, and has the ceiling and the optimum that it states."""

import hashlib
import math

import numpy as np
import pytest
from conftest import PROBLEMS
from pydantic import ValidationError

from alife.core import registry, rng
from alife.core.jit import DISABLED
from alife.core.lanes import LANES, aligned

KERNELS = ("begin", "observe", "act", "score")
_UNTOUCHED = np.float32(7)


@pytest.fixture(params=PROBLEMS)
def world(request):
    return registry.load("worlds", request.param)


def digest(state):
    """SHA-256 over all arrays of a state, nested tuples too."""
    total = hashlib.sha256()
    for part in state:
        total.update(digest(part) if isinstance(part, tuple) else np.asarray(part).tobytes())
    return total.digest()


def said(world, p):
    """The slots of the actions."""
    first = world.first_action(p) if hasattr(world, "first_action") else 0
    return slice(first, first + len(world.actions(p)))


def slots(world, p):
    return aligned((2 + max(len(world.observations(p)), said(world, p).stop), LANES))


def see(world, p, s, lane, x):
    """What a lane observes, as a fresh vector."""
    x[:, lane] = 0
    world.observe(s, lane, x)
    return x[: len(world.observations(p)), lane].copy()


def noise(world, p, time, key=1):
    """An action from -1..1 in every slot that depends on the time alone."""
    return 2 * rng.uniforms((len(world.actions(p)),), key, time) - 1


def live(world, p, s, lane, seed, policy):
    """One life under `policy(history of observations) -> action`: the history and the score."""
    x, history = slots(world, p), []
    world.begin(s, lane, np.uint64(seed))
    for _ in range(world.ticks(p)):
        history.append(see(world, p, s, lane, x))
        x[:, lane] = 0
        x[said(world, p), lane] = policy(history)
        if not world.act(s, lane, x):
            return history, float(world.score(s, lane))
    pytest.fail(f"alive after ticks(p) = {world.ticks(p)}")


def by_time(world, p, key=1):
    return lambda history: noise(world, p, len(history), key)


def mean_score(world, p, policy, lives, key=11):
    """Mean score over fresh lives and four standard errors of it."""
    s = world.state(p)
    scores = [live(world, p, s, 0, seed, policy)[1] for seed in rng.bits(lives, key)]
    return np.mean(scores), 4 * max(np.std(scores), 0.5 / lives) / math.sqrt(lives)


# ---- the contract ----


def test_names_and_figures(world):
    p = world.Params()
    for names in (world.observations(p), world.actions(p)):
        assert names and len(set(names)) == len(names) and all(isinstance(name, str) for name in names)
    assert 0 <= world.ceiling(p) < world.optimum(p) < math.inf
    assert world.ticks(p) >= 1
    if hasattr(world, "values"):
        assert 1 <= world.values(p) <= len(world.observations(p))


def test_stretched_lives_are_valid_and_longer(world):
    if hasattr(world, "stretched"):
        p = world.stretched(world.Params())
        assert world.Params.model_validate(p.model_dump()) == p
        assert world.ticks(p) > world.ticks(world.Params())


def questions(world, p, seed, key, deaf):
    """A life that says noise: whether each tick was a question, and the score; with `deaf`, NaN between two questions."""
    s, x = world.state(p), slots(world, p)
    world.begin(s, 3, np.uint64(seed))
    asked, alive = [], True
    while alive:
        asked.append(world.asking(s, 3))
        is_heard = asked[-1] or not any(asked) or not deaf
        x[said(world, p), 3] = noise(world, p, len(asked), key) if is_heard else np.nan
        alive = world.act(s, 3, x)
    return asked, float(world.score(s, 3))


@pytest.mark.parametrize("seed", range(4))
def test_from_the_first_question_on_nothing_else_is_heard(world, seed):
    """So who has an empty memory at every question cannot use what it remembers at other times."""
    if not hasattr(world, "asking"):
        pytest.skip("asks nothing at a time of its own")
    p = world.Params()
    asked, score = questions(world, p, seed, 5, False)
    assert not asked[0] and any(asked)
    assert questions(world, p, seed, 5, True) == (asked, score)


@pytest.mark.parametrize(("kind", "pace"), [("vending", 2), ("pairs", 3)])
def test_the_first_of_many_trials_is_no_question(kind, pace):
    """There was nothing yet to remember."""
    world = registry.load("worlds", kind)
    asked, _ = questions(world, world.Params(), 6, 5, False)
    assert asked == [t % pace == 0 and t > 0 for t in range(len(asked))]


def test_forage_alone_asks_nothing(world):
    """It is the control that needs no memory."""
    assert hasattr(world, "asking") == (world.__name__ != "worlds.forage")


def test_same_seed_same_bytes(world):
    p = world.Params()
    first, second = world.state(p), world.state(p)
    one, two = (live(world, p, s, 2, 5, by_time(world, p)) for s in (first, second))
    assert digest(first) == digest(second)
    assert np.array_equal(one[0], two[0]) and one[1] == two[1]


def test_a_life_does_not_depend_on_the_last_one_or_on_the_lane(world):
    p = world.Params()
    fresh = live(world, p, world.state(p), 0, 5, by_time(world, p))
    s, x = world.state(p), slots(world, p)
    for seed in range(6, 16):
        world.begin(s, 9, np.uint64(seed))
        for t in range(world.ticks(p) * (seed - 5) // 10):
            x[said(world, p), 9] = noise(world, p, t, seed)
            if not world.act(s, 9, x):
                break
        again = live(world, p, s, 9, 5, by_time(world, p))
        assert np.array_equal(fresh[0], again[0]) and fresh[1] == again[1]


def test_lanes_are_independent(world):
    p = world.Params()
    alone, alone_score = live(world, p, world.state(p), 3, 5, by_time(world, p))
    s, x = world.state(p), slots(world, p)
    for lane in range(LANES):
        world.begin(s, lane, np.uint64(5 if lane == 3 else 100 + lane))
    alive = [True] * LANES
    for t in range(len(alone)):
        for lane in range(LANES):
            if not alive[lane]:
                continue
            seen = see(world, p, s, lane, x)
            if lane == 3:
                assert np.array_equal(seen, alone[t])
            x[:, lane] = 0
            x[said(world, p), lane] = noise(world, p, t + 1, 1 if lane == 3 else 100 + lane)
            alive[lane] = world.act(s, lane, x)
    assert not alive[3] and float(world.score(s, 3)) == alone_score


def test_different_seeds_differ(world):
    p = world.Params()
    lives = {np.array(live(world, p, world.state(p), 0, seed, by_time(world, p))[0]).tobytes() for seed in range(24)}
    assert len(lives) > 8


def test_observe_writes_its_slots_of_its_lane_only(world):
    p = world.Params()
    s, x, shown = world.state(p), slots(world, p), len(world.observations(p))
    for lane in (0, 15):
        world.begin(s, lane, np.uint64(3))
        alive, t = True, 0
        while alive:
            x[:] = _UNTOUCHED
            x[:shown, lane] = 0
            world.observe(s, lane, x)
            assert np.isfinite(x).all()
            assert (x[shown:, lane] == _UNTOUCHED).all() and (np.delete(x, lane, axis=1) == _UNTOUCHED).all()
            x[said(world, p), lane] = noise(world, p, t)
            before = np.delete(x, lane, axis=1)
            alive, t = world.act(s, lane, x), t + 1
            assert np.array_equal(before, np.delete(x, lane, axis=1))


@pytest.mark.parametrize("value", [None, 0.0, 1.0, -1.0, math.nan, math.inf, -math.inf, 1e30])
def test_lives_end_in_time_with_a_score_in_range(world, value):
    p = world.Params()
    constant = None if value is None else np.full(len(world.actions(p)), value, np.float32)
    for seed in range(4):
        policy = by_time(world, p, seed) if constant is None else lambda history: constant
        _, score = live(world, p, world.state(p), 1, seed, policy)
        assert 0 <= score <= max(1, world.optimum(p))


def test_looking_changes_nothing(world):
    p = world.Params()
    s, x, shapes = world.state(p), slots(world, p), set()
    world.begin(s, 4, np.uint64(8))
    alive, t = True, 0
    while alive:
        see(world, p, s, 4, x)
        before = digest(s)
        image, same = world.picture(s, 4), world.picture(s, 4)
        assert digest(s) == before
        assert image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3 and np.array_equal(image, same)
        shapes.add(image.shape)
        x[said(world, p), 4] = noise(world, p, t)
        alive, t = world.act(s, 4, x), t + 1
    world.picture(s, 4)
    assert len(shapes) == 1


@pytest.mark.skipif(DISABLED, reason="nothing is compiled")
def test_one_compiled_signature_a_kernel(world):
    p = world.Params()
    live(world, p, world.state(p), 0, 1, by_time(world, p))
    for name in KERNELS:
        assert len(getattr(world, name).nopython_signatures) == 1, name


# ---- ceiling and optimum of problem worlds: a perfect agent, and agents without a memory ----


def _copied(history):
    """Copy: what was heard after the start flag, said again after the delimiter."""
    now = [t for t, seen in enumerate(history) if seen[9]]
    return history[len(history) - 1 - now[0]][:8] if now else np.zeros(8)


def _looked_up(history):
    """Shelves: the value that stood beside the key asked for."""
    now = history[-1]
    for seen in history[:-1]:
        if not seen[24] and np.array_equal(seen[8:24], now[8:24]):
            return seen[:8]
    return np.zeros(8)


def _remembered(history):
    """Corridor: the cue."""
    return history[0][:2]


PERFECT = {
    ("copy", ()): _copied,
    ("shelves", ()): _looked_up,
    ("shelves", (("shelves", 32),)): _looked_up,
    ("shelves", (("feedback", True),)): _looked_up,
    ("corridor", ()): _remembered,
    ("corridor", (("length", 100),)): _remembered,
    ("corridor", (("feedback", True),)): _remembered,
}


@pytest.fixture(params=PERFECT, ids=lambda key: key[0] + "".join(f" {k}={v}" for k, v in key[1]))
def problem(request):
    kind, settings = request.param
    world = registry.load("worlds", kind)
    return world, world.Params(**dict(settings)), PERFECT[request.param]


def test_perfect_memory_reaches_the_optimum(problem):
    world, p, perfect = problem
    s = world.state(p)
    assert {live(world, p, s, 0, seed, perfect)[1] for seed in rng.bits(30, 12)} == {world.optimum(p)}


def test_a_constant_reaches_the_ceiling_and_not_more(problem):
    world, p, _ = problem
    for i in range(2):
        constant = np.full(len(world.actions(p)), -0.5, np.float32)
        constant[i] = 1
        mean, error = mean_score(world, p, lambda history, c=constant: c, 300)
        assert abs(mean - world.ceiling(p)) < error


def test_functions_of_what_is_seen_now_stay_at_the_ceiling(problem):
    """Random linear policies, a newborn's echo, and an agent that goes on doing what it sees that it did."""
    world, p, _ = problem
    seen, acts = len(world.observations(p)), len(world.actions(p))
    echo = np.eye(acts, seen + 1)
    again = echo + np.eye(acts, seen + 1, seen - acts - 1)
    maps = [echo, again] + [2 * rng.uniforms((acts, seen + 1), 13, i) - 1 for i in range(3)]
    for m in maps:
        mean, error = mean_score(world, p, lambda history, m=m: m @ np.append(history[-1], 1), 250)
        assert mean < world.ceiling(p) + error


# ---- single worlds ----


def test_corridor_shows_the_cue_once_and_the_same_junction():
    world = registry.load("worlds", "corridor")
    p = world.Params(feedback=True)
    lengths, junctions = set(), set()
    for seed in range(60):
        history, _ = live(world, p, world.state(p), 0, seed, by_time(world, p))
        assert history[0][:2].sum() == 1 and not history[0][2:].any()
        assert not np.any(history[1:-1])
        junctions.add(history[-1].tobytes())
        lengths.add(len(history) - 1)
    assert len(junctions) == 1
    assert min(lengths) == 3 and max(lengths) == 20


def test_corridor_rewards_no_silence():
    world = registry.load("worlds", "corridor")
    p = world.Params()
    s = world.state(p)
    for value in (0, 1, math.nan):
        assert live(world, p, s, 0, 1, _remembered)[1] == 1
        assert live(world, p, s, 0, 1, lambda history, v=value: np.full(2, v))[1] == 0


@pytest.mark.parametrize(("bits", "shelves"), [(3, 8), (16, 8), (1, 2), (64, 32)])
def test_shelves_asks_every_key_once_and_keys_are_distinct(bits, shelves):
    world = registry.load("worlds", "shelves")
    p = world.Params(key_bits=bits, shelves=shelves)
    orders = set()
    for seed in range(20):
        history, _ = live(world, p, world.state(p), 0, seed, by_time(world, p))
        keys = [tuple(seen[8 : 8 + bits]) for seen in history]
        asks = [seen[8 + bits] for seen in history]
        assert asks == [0] * shelves + [1] * shelves
        assert len(set(keys[:shelves])) == shelves and set(keys[:shelves]) == set(keys[shelves:])
        assert all(set(np.unique(key)) <= {-1, 1} for key in keys)
        orders.add(tuple(keys[:shelves].index(key) for key in keys[shelves:]))
    assert len(orders) > 1 if shelves == 2 else len(orders) == 20


def test_shelves_feedback_tells_of_answers_only():
    world = registry.load("worlds", "shelves")
    p = world.Params(feedback=True, shelves=5)
    history, score = live(world, p, world.state(p), 0, 4, lambda history: np.eye(8)[len(history) % 8])
    told = np.array(history)[:, 25:]
    assert not told[:6].any()
    assert [int(row.argmax()) for row in told[6:, :8]] == [6, 7, 0, 1]
    assert (told[6:, :8].sum(1) == 1).all() and told[6:, 8].sum() <= round(score * 5)


@pytest.mark.parametrize(
    ("kind", "settings", "words"),
    [
        ("shelves", {"shelves": (3, 2)}, r"expected \[low, high\] with low <= high"),
        ("shelves", {"shelves": 0}, "shelves: expected 1 <= low <= high"),
        ("shelves", {"shelves": 9, "key_bits": 3}, r"expected 2\^key_bits >= 9"),
        ("corridor", {"length": 0}, "length: expected 1 <= low <= high"),
        ("forage", {"view": 4}, "expected an odd number, got 4"),
        ("forage", {"size": 4}, "view: expected at most size = 4"),
        ("forage", {"radius": 8}, "radius: expected at most size = 16"),
    ],
)
def test_senseless_sizes_are_refused(kind, settings, words):
    with pytest.raises(ValidationError, match=words):
        registry.load("worlds", kind).Params(**settings)
