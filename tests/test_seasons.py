"""Seasons against a plain version of itself; its ceiling, its optimum, and the ways to cheat that are closed."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive import lot
from pydantic import ValidationError
from test_worlds import live, mean_score

from alife.core import registry, rng
from alife.core.lanes import LANES, aligned

world = registry.load("worlds", "seasons")
LOUD = np.array([0, 1, 0.29, 0.31, 0.69, 0.71, -5, math.nan, math.inf, 0.5], np.float32)
SIZES = [
    {},
    {"feedback": True},
    {"years": 20, "days": (4, 10)},
    {"years": 2, "days": 1, "steps": 2},
    {"years": 1, "days": 2, "seasons": 1, "foods": 2, "poisonous": 1},
    {"seasons": 3, "foods": 5, "poisonous": 1, "steps": 3, "days": (1, 3)},
]


@pytest.fixture(params=SIZES, ids=str)
def p(request):
    return world.Params(**request.param)


# ---- a plain version ----


def calendar(p, seed):
    """What a life offers, food after food: (food, poisonous, counts)."""
    days = p.days[0] + lot(p.days[1] - p.days[0] + 1, seed, 0, 0)
    poisonous = set()
    for season in range(p.seasons):
        for i in range(p.foods):
            chosen = sum(food // p.foods == season for food in poisonous)
            if lot(p.foods - i, seed, 1, season * p.foods + i) < p.poisonous - chosen:
                poisonous.add(season * p.foods + i)
    offered = []
    for number, (year, season, day) in enumerate(itertools.product(range(p.years), range(p.seasons), range(days))):
        today = []
        for i in range(p.foods):
            j = lot(i + 1, seed, 2 + number, i)
            today.append(i)
            today[i], today[j] = today[j], i
        offered += [(season * p.foods + i, season * p.foods + i in poisonous, year > 0 or day > 0) for i in today]
    return offered


def plain(p, seed, action):
    """One life under action(tick): what is seen, tick by tick, and the score."""
    seen, marks, tick = [], [], 0
    ate = refused = good = False
    for food, poisonous, counts in calendar(p, seed):
        for step in range(p.steps):
            row = dict.fromkeys(world.observations(p), 0)
            row[f"food {food // p.foods}.{food % p.foods}"] = 1
            if step == p.steps - 1:
                row["reward" if good else "punishment"] = 1
                if p.feedback and (ate or refused):
                    row["ate" if ate else "refused"] = 1
            seen.append([*row.values()])
            if step == p.steps - 2:
                ate, refused = action(tick) > np.float32(0.7), action(tick) < np.float32(0.3)
                good = refused if poisonous else ate
                marks += [good] if counts else []
            tick += 1
    return seen, np.float32(sum(marks)) / np.float32(len(marks))


@st.composite
def sizes(draw):
    foods = draw(st.integers(2, 6))
    low = draw(st.integers(1, 4))
    return {
        "years": draw(st.integers(1 if low > 1 else 2, 4)),
        "seasons": draw(st.integers(1, 3)),
        "days": (low, low + draw(st.integers(0, 3))),
        "foods": foods,
        "poisonous": draw(st.integers(1, foods - 1)),
        "steps": draw(st.integers(2, 5)),
        "feedback": draw(st.booleans()),
    }


@settings(max_examples=30, deadline=None)
@given(sizes(), st.integers(0, 2**64 - 1), st.integers(0, LANES - 1), st.integers(0, 99))
def test_lives_are_those_of_a_plain_version(size, seed, lane, key):
    p, seed = world.Params(**size), np.uint64(seed)
    said = LOUD[(rng.bits(world.ticks(p), key) % np.uint64(len(LOUD))).astype(int)]
    history, score = live(world, p, world.state(p), lane, seed, lambda history: said[len(history) - 1])
    seen, expected = plain(p, seed, lambda tick: said[tick])
    assert np.array_equal(history, np.array(seen, np.float32))
    assert score == expected


# ---- ceiling ----


def judged(p, history):
    """(ticks, food) of every judgement of a life."""
    return [(t, int(np.argmax(history[t][2:]))) for t in range(p.steps - 2, len(history), p.steps)]


@pytest.mark.parametrize("value", [1.0, 0.0])
def test_a_constant_has_its_share_in_every_life(p, value):
    eats = (p.foods - p.poisonous) / p.foods
    for seed in rng.bits(10, 12):
        score = live(world, p, world.state(p), 0, seed, lambda history: value)[1]
        assert score == pytest.approx(eats if value else 1 - eats, abs=1e-6)
    assert world.ceiling(p) == max(eats, 1 - eats)


def test_the_outputs_between_are_always_wrong_and_always_punished(p):
    for value in (0.3, 0.5, 0.7, math.nan):
        history, score = live(world, p, world.state(p), 0, 3, lambda history, v=value: np.float32(v))
        bits = np.array(history)[:, :2]
        assert score == 0 and not bits[:, 1].any()
        assert bits[:, 0].tolist() == ([0] * (p.steps - 1) + [1]) * (len(history) // p.steps)


def test_no_map_from_foods_to_deeds_beats_the_ceiling():
    """Where it is judged an agent sees a food and nothing else: all 2^8 policies, over 2,000 lives."""
    p = world.Params()
    s, lives = world.state(p), 2000
    poison = np.zeros((lives, 8))
    for life, seed in enumerate(rng.bits(lives, 3)):
        world.begin(s, 0, seed)
        poison[life] = s.poison[:, 0]
    assert (poison.reshape(lives, 2, 4).sum(2) == 2).all()
    for refuses in itertools.product((0, 1), repeat=8):
        scores = (poison == refuses).mean(1)
        assert abs(scores.mean() - world.ceiling(p)) <= 5 * max(scores.std(), 1e-9) / math.sqrt(lives)


@pytest.mark.parametrize("poisonous", [1, 2, 3])
def test_every_set_of_poisonous_foods_is_as_likely(poisonous):
    p = world.Params(poisonous=poisonous, seasons=3)
    s, sets = world.state(p), {}
    for seed in rng.bits(800, 5):
        world.begin(s, 2, seed)
        for season in s.poison[:, 2].reshape(3, 4):
            sets[tuple(season)] = sets.get(tuple(season), 0) + 1
    n = math.comb(4, poisonous)
    assert len(sets) == n and all(sum(found) == poisonous for found in sets)
    assert all(abs(count - 2400 / n) < 4.5 * math.sqrt(2400 / n) for count in sets.values())


@pytest.mark.parametrize("feedback", [False, True])
def test_functions_of_what_is_seen_now_stay_at_the_ceiling(feedback):
    """An echo of each slot and of its opposite, an agent that goes on doing what it sees that it did, random maps."""
    p = world.Params(feedback=feedback, years=2, days=2, steps=2)
    size = len(world.observations(p))
    echoes = [sign * row for row in np.eye(size) for sign in (1, -1)]
    maps = [*echoes, 2 * np.eye(size)[-2:].sum(0) - 1, *(4 * rng.uniforms((4, size), 9) - 2)]
    for m in maps:
        mean, error = mean_score(world, p, lambda history, m=m: np.dot(m, history[-1]), 25)
        assert mean <= world.ceiling(p) + error


# ---- ways to cheat ----


@pytest.mark.parametrize("feedback", [False, True])
def test_nothing_done_is_seen_but_in_the_last_tick_of_a_food(feedback):
    """So nothing can be carried to the next food by one's own hands, and what is judged is judged on the food alone."""
    p = world.Params(feedback=feedback)
    lives = []
    for key in (1, 2):
        said = LOUD[(rng.bits(world.ticks(p), key) % np.uint64(len(LOUD))).astype(int)]
        lives.append(np.array(live(world, p, world.state(p), 0, 4, lambda history, said=said: said[len(history) - 1])[0]))
    last = np.arange(len(lives[0])) % p.steps == p.steps - 1
    assert np.array_equal(lives[0][~last], lives[1][~last]) and not np.array_equal(*lives)
    assert (lives[0][~last].sum(1) == 1).all() and not lives[0][~last][:, :2].any()


def test_a_clock_does_not_help():
    """At every judgement of a life good and poisonous foods are as likely, and so are all orders of a day."""
    p, lives, orders = world.Params(), 400, {}
    poisonous = np.zeros(p.years * p.seasons * p.days[0] * p.foods)
    for seed in rng.bits(lives, 6):
        foods, poison, _ = zip(*calendar(p, seed), strict=True)
        poisonous += poison
        for day in range(0, len(foods), 4):
            order = tuple(food % 4 for food in foods[day : day + 4])
            assert sorted(order) == [0, 1, 2, 3] and len({food // 4 for food in foods[day : day + 4]}) == 1
            orders[order] = orders.get(order, 0) + 1
    expected = lives * 30 / 24
    assert len(orders) == 24 and all(abs(count - expected) < 4.5 * math.sqrt(expected) for count in orders.values())


# ---- optimum ----


def perfect(p, first=0.0):
    """Refuses what it does not know (or `first`); does to what it knows what it deserves."""

    def policy(history):
        good, did = {}, {}
        for t, food in judged(p, history):
            if t + 1 < len(history):
                good[food] = did.get(food, first) == 1 if history[t + 1][1] else did.get(food, first) == 0
                did[food] = float(good[food])
        return did.get(int(np.argmax(history[-1][2:])), first)

    return policy


@pytest.mark.parametrize("first", [0.0, 1.0])
def test_perfect_memory_reaches_the_optimum(p, first):
    p = p.model_copy(update={"years": min(p.years, 4)})
    s = world.state(p)
    assert {live(world, p, s, 0, seed, perfect(p, first))[1] for seed in rng.bits(4, 12)} == {world.optimum(p)}


def test_one_slot_that_keeps_the_punishment_is_all_it_takes():
    """The solution the slots are laid out for: under the food keep 1 once punished, and say what is kept."""
    p = world.Params(years=20, days=(4, 10))
    s, x = world.state(p), aligned((16, LANES))
    for seed in rng.bits(20, 8):
        world.begin(s, 0, seed)
        kept, alive = np.zeros(8), True
        while alive:
            x[:] = 0
            world.observe(s, 0, x)
            food = int(np.argmax(x[2:10, 0]))
            x[0, 0] += kept[food]
            kept[food] = x[0, 0]
            alive = world.act(s, 0, x)
        assert world.score(s, 0) == 1


# ---- the rest ----


def test_the_first_day_of_each_season_in_the_first_year_does_not_count():
    p = world.Params()
    s = world.state(p)
    history, _ = live(world, p, s, 0, 1, lambda history: 0.5 if (len(history) - 1) // 16 in (0, 5) else 1.0)
    assert s.right[0] == 56 and s.asked[0] == 112 and len(history) == 480 == world.ticks(p)


def test_days_are_drawn_once_a_life():
    p = world.Params(years=2, days=(4, 10))
    s, found = world.state(p), set()
    for seed in range(60):
        history, _ = live(world, p, s, 0, seed, lambda history: 0.0)
        season = [food // 4 for _, food in judged(p, history)]
        spans = [len(list(group)) // 4 for _, group in itertools.groupby(season)]
        assert len(spans) == 4 and set(spans) == {s.days[0]}
        found |= set(spans)
    assert found == set(range(4, 11))


def test_questions_are_the_judgements_that_count(p):
    s, x = world.state(p), aligned((16, LANES))
    world.begin(s, 1, np.uint64(2))
    alive = True
    while alive:
        before, asking, phase = s.asked[1], world.asking(s, 1), world.progress(s, 1)[0]
        alive = world.act(s, 1, x)
        assert s.asked[1] == before + asking
        assert s.asked[1] == before or phase == "know"
        assert world.progress(s, 1)[1:] == (s.right[1], s.asked[1])


def test_the_picture_shows_what_is_there():
    p = world.Params()
    s, x = world.state(p), aligned((16, LANES))
    world.begin(s, 0, np.uint64(2))
    x[0, 0] = 1
    for t in range(480):
        image = world.picture(s, 0)
        food = world._food(s, 0)
        season, column = food // 4, food % 4
        assert image.shape == (3, 4, 3)
        assert image[season, column].max() == (213 if s.poison[food, 0] else 158)
        assert image[2].any() == (t % 4 == 3)
        world.act(s, 0, x)


def test_stretched_lives_are_valid_at_the_edges():
    for size in [*SIZES, {"years": world.MOST, "days": world.MOST}, {"years": 1, "days": 2}]:
        p = world.Params(**size)
        longer = world.stretched(p)
        assert world.Params.model_validate(longer.model_dump()) == longer
        assert world.ticks(longer) > world.ticks(p) or p.years == world.MOST


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ({"days": (3, 2)}, r"expected \[low, high\] with low <= high"),
        ({"days": 0}, "days: expected 1 <= low <= high"),
        ({"days": (1, 3), "years": 1}, "days: expected at least 2 in a life of 1 year"),
        ({"poisonous": 4}, "poisonous: expected fewer than foods = 4, got 4"),
        ({"steps": 1}, "greater than or equal to 2"),
    ],
)
def test_senseless_sizes_are_refused(sizes, words):
    with pytest.raises(ValidationError, match=words):
        world.Params(**sizes)
