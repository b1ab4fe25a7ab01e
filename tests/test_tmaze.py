"""T-maze: a plain version of it, its ceilings by enumeration, agents that remember, and agents that cheat."""

import itertools
import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from test_worlds import live, mean_score, see, slots

from alife.core import registry, rng
from worlds import _tmaze

WORLD = registry.load("worlds", "tmaze")
Params = WORLD.Params
SINGLE, DOUBLE, HOMING = Params(junctions=1), Params(), Params(homing=True)


# ---- the plain version ----


def possible(visits, goals):
    """Goals that explain all visits (goal, was rich) if it never moved; else those that explain all since that became clear."""

    def explaining(seen):
        return {g for g in range(goals) if all((goal == g) == rich for goal, rich in seen)}

    for i in range(1, len(visits) + 1):
        if not explaining(visits[:i]):
            return explaining(visits[i - 1 :])
    return explaining(visits)


def plain_life(p, rich, moves, corridor):
    """Yields what is seen, as {name: value}, is told the turn; at the end it yields the number of rounds that count."""
    right, visits = 0, []
    for n in range(WORLD.rounds_of(p)):
        yield {"home": 1}
        turns, crashed = [], False
        for k in range(p.junctions + 1):
            for _ in range(corridor):
                yield {}
            if k == p.junctions:
                break
            turn = yield {f"junction {k + 1}": 1}
            if not (turn > 0 or turn < 0):
                crashed = True
                break
            turns.append(1 if turn > 0 else -1)
        if crashed:
            continue
        goal = sum(1 << k for k, turn in enumerate(turns) if turn > 0)
        hit = goal == rich[n >= moves]
        told = {f"turn {k + 1}": turn for k, turn in enumerate(turns)} if p.feedback else {}
        yield {**told, "reward": 1 if hit else -1, "goal": 1}
        counts = goal in possible(visits, 1 << p.junctions)
        visits.append((goal, hit))
        for k in reversed(range(p.junctions)) if p.homing else ():
            for _ in range(corridor):
                yield {}
            turn = yield {f"junction {k + 1}": 1, "back": 1}
            if not turn * turns[k] < 0:
                crashed = True
                break
        if p.homing and not crashed:
            for _ in range(corridor):
                yield {}
        right += counts and not crashed
    yield right


@st.composite
def lives(draw):
    """Settings of any kind, a seed, and what the agent does."""
    junctions, rounds = draw(st.integers(1, 3)), draw(st.integers(2, 14))
    move, corridor = sorted(draw(st.tuples(*[st.integers(1, rounds - 1)] * 2))), sorted(draw(st.tuples(*[st.integers(0, 3)] * 2)))
    orders = st.none() | st.sampled_from(list(itertools.permutations(range(1 << junctions), 2)))
    p = Params(
        junctions=junctions, rounds=rounds, move=move, corridor=corridor, homing=draw(st.booleans()),
        feedback=draw(st.booleans()), order=draw(orders),
    )  # fmt: skip
    return p, draw(st.integers(0, 2**64 - 1)), draw(st.sampled_from(["any", "homing", "silent"]))


def turn_of(style, seed, t, seen):
    """A turn for each tick: at random, often the one that leads home, often none."""
    u, v = rng.uniforms((2,), seed, t, 9)
    if style == "silent" and u < 0.2:
        return 0.0 if u < 0.1 else math.nan
    if style == "homing" and seen.get("back") and u < 0.8:
        return 0.5
    return 1.0 if v < 0.5 else -1e-30


@settings(max_examples=150, deadline=None)
@given(lives())
def test_lives_are_those_of_the_plain_version(life):
    p, seed, style = life
    s, lane, names = WORLD.state(p), seed % 16, WORLD.observations(p)
    x = slots(WORLD, p)
    WORLD.begin(s, lane, np.uint64(seed ^ 1))
    for t in range(7):  # the remains of another life
        x[0, lane] = turn_of("any", seed, t, {})
        WORLD.act(s, lane, x)
    WORLD.begin(s, lane, np.uint64(seed))
    plain = plain_life(p, s.rich[:, lane].tolist(), int(s.moves[lane]), int(s.corridor[lane]))
    assert p.order in (None, tuple(s.rich[:, lane])) and p.move[0] <= s.moves[lane] <= p.move[1]
    expected, t, alive = next(plain), 0, True
    while alive:
        seen = dict(zip(names, see(WORLD, p, s, lane, x).tolist(), strict=True))
        assert {name: value for name, value in seen.items() if value} == expected, t
        x[:, lane] = 7
        x[0, lane] = turn = turn_of(style, seed, t, expected)
        alive, expected, t = WORLD.act(s, lane, x), plain.send(turn), t + 1
    assert WORLD.score(s, lane) == np.float32(expected) / np.float32(WORLD.rounds_of(p)) and t <= WORLD.ticks(p)
    assert WORLD.progress(s, lane)[1:] == (expected, WORLD.rounds_of(p))


def test_rounds_and_moves_are_those_of_the_spec():
    assert (WORLD.rounds_of(SINGLE), WORLD.move_of(SINGLE)) == (10, (4, 7))
    assert (WORLD.rounds_of(DOUBLE), WORLD.move_of(DOUBLE)) == (20, (7, 13))
    longer = WORLD.stretched(Params(rounds=10, move=(2, 9), corridor=0))
    assert (longer.rounds, longer.move, longer.corridor) == (20, (4, 18), (0, 1))
    for p in (Params(rounds=r) for r in range(2, 60)):
        assert Params.model_validate(WORLD.stretched(p).model_dump())


@pytest.mark.parametrize(("p", "number"), [(SINGLE, 2), (DOUBLE, 12), (Params(junctions=3), 56)])
def test_all_orders_and_all_moves_are_equally_frequent(p, number):
    s, count = WORLD.state(p), 100 * number
    drawn, moves = [], Counter()
    for seed in rng.bits(count, 5):
        WORLD.begin(s, 0, seed)
        drawn.append(tuple(s.rich[:, 0].tolist()))
        moves[int(s.moves[0])] += 1
    orders, (low, high) = Counter(drawn), WORLD.move_of(p)
    assert len({tuple(drawn[i : i + 8]) for i in range(0, 160, 8)}) > 18  # no two evaluations of 8 lives are alike
    assert len(orders) == number and all(a != b for a, b in orders) and set(moves) == set(range(low, high + 1))
    for found in (orders, moves):
        assert all(abs(n - count / len(found)) < 5 * math.sqrt(count / len(found)) for n in found.values())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rounds": 10, "move": 10}, r"move: expected 1 <= low <= high < rounds = 10, got \[10, 10\]"),
        ({"corridor": (-1, 3)}, "corridor: expected 0 <= low"),
        ({"order": [1, 1]}, r"order: expected two different goals 0..3, got \[1, 1\]"),
        ({"order": [0, 2], "junctions": 1}, r"order: expected two different goals 0..1"),
    ],
)
def test_senseless_settings_are_refused(changes, words):
    with pytest.raises(ValidationError, match=words):
        Params(**changes)


# ---- what counts ----


def counted(p, goals, homeward=lambda goal: goal):
    """Rounds that count, one by one, of an agent that goes to these goals (None = crash), corridors of no length."""
    s, x, found = WORLD.state(p), slots(WORLD, p), []
    WORLD.begin(s, 0, np.uint64(1))
    for goal in goals:
        before, done = int(s.right[0]), int(s.round[0])
        while s.round[0] == done:
            back, k = int(s.back[0]), int(s.leg[0])
            way = homeward(goal) if back else goal
            bit = 0 if way is None else way >> min(k - back, p.junctions - 1) & 1
            x[0, 0] = 0 if way is None else (2 * bit - 1) * (-1 if back else 1)
            WORLD.act(s, 0, x)
        found.append(int(s.right[0]) - before)
    return found


def test_rounds_that_count():
    p = Params(rounds=10, move=4, order=(2, 1), corridor=0)
    assert counted(p, [0, 0, 1, 2, 2, 3, 2, 1, 1, 2]) == [1, 0, 1, 1, 1, 1, 0, 1, 1, 0]  # it has left 2: look at 3, not at 2, then 1
    assert counted(p, [0, 1, 2, 0, 1, 1, 2, 1, 3, 1]) == [1, 1, 1, 0, 0, 1, 0, 1, 0, 1]  # a lucky hit counts from the next time on
    assert counted(p, [None, 0, None, 0, 2, 3, None, 1, 1, 1]) == [0, 1, 0, 0, 1, 1, 0, 1, 1, 1]  # 2 by then poor, 0 could not be
    assert counted(p, [0, 1, 3, 3, 2, 0, 3, 1, 0, 2]) == [1, 1, 1, 0, 1, 1, 1, 1, 0, 0]  # none left: anywhere but here


def test_a_round_counts_at_home_and_what_was_seen_stays_seen():
    p = Params(rounds=6, move=5, order=(2, 1), corridor=0, homing=True)
    assert counted(p, [2, 2, 2, 2, 2, 2]) == [1] * 6
    assert counted(p, [2, 0, 2, 1, 2, 2], lambda goal: 0) == [0, 0, 0, 0, 0, 0]  # goal 2 is known, 0 and 1 do not count
    assert counted(p, [0, 0, 1, 3, 2, 2], lambda goal: 0) == [1, 0, 0, 0, 0, 0]


# ---- the ceiling ----


def enumerated(odds, rounds, low, high, homes=None):
    """Expected score by all sequences of goals; `homes` are the chances to come home from each goal."""
    goals, total, number = len(odds), 0.0, 0
    for rich, moves in itertools.product(itertools.permutations(range(goals), 2), range(low, high + 1)):
        number += 1
        for way in itertools.product([g for g in range(goals) if odds[g]], repeat=rounds):
            visits, right = [], 0.0
            for n, goal in enumerate(way):
                right += (goal in possible(visits, goals)) * (homes[goal] if homes else 1)
                visits.append((goal, goal == rich[n >= moves]))
            total += math.prod(odds[g] for g in way) * right
    return total / number / rounds


def expected(p, odds, only=-1):
    """The same by the world's own means."""
    orders = dict.fromkeys(itertools.permutations(range(len(odds)), 2), 1)
    return _tmaze.mean_score(tuple(odds), WORLD.rounds_of(p), *WORLD.move_of(p), orders, only)


def some_odds(goals, seed):
    raw = rng.uniforms((goals,), seed).astype(float) ** 3
    return (raw / raw.sum()).tolist()


@pytest.mark.parametrize(("junctions", "rounds", "move"), [(1, 2, (1, 1)), (1, 8, (2, 6)), (2, 4, (1, 3)), (2, 5, (2, 2))])
def test_expected_scores_are_those_of_enumeration(junctions, rounds, move):
    p, goals = Params(junctions=junctions, rounds=rounds, move=move), 1 << junctions
    thirds = [1 / 3] * 3 + [0] if goals == 4 else [1, 0]
    for odds in (some_odds(goals, 1), [1] + [0] * (goals - 1), thirds):
        assert math.isclose(expected(p, odds), enumerated(odds, rounds, *move))
        homes = some_odds(goals, 2)
        assert math.isclose(sum(h * expected(p, odds, g) for g, h in enumerate(homes)), enumerated(odds, rounds, *move, homes))


def test_ceilings_of_the_spec():
    assert math.isclose(WORLD.ceiling(SINGLE), 0.55) and all(math.isclose(expected(SINGLE, some_odds(2, i)), 0.55) for i in range(5))
    assert math.isclose(WORLD.ceiling(Params(junctions=1, rounds=11)), 6 / 11)  # .545, as the spec has it
    assert round(WORLD.ceiling(DOUBLE), 3) == 0.352
    assert math.isclose(WORLD.ceiling(DOUBLE), expected(DOUBLE, [1 / 3] * 3 + [0]), rel_tol=1e-7)
    assert math.isclose(WORLD.ceiling(HOMING), 0.2875) and math.isclose(WORLD.ceiling(Params(homing=True, junctions=1)), 0.55)


@settings(max_examples=60, deadline=None)
@given(lives(), st.integers(1, 10**6))
def test_no_odds_beat_the_ceiling(life, key):
    p, _, _ = life
    p = p.model_copy(update={"order": None})
    goals, ceiling = 1 << p.junctions, WORLD.ceiling(p)
    homes = [math.prod(some_odds(2, key + k)[g >> k & 1] for k in range(p.junctions)) for g in range(goals)]
    for i in range(4):
        odds = some_odds(goals, key + 9 + i)
        score = sum(homes[g] * expected(p, odds, g) for g in range(goals)) if p.homing else expected(p, odds)
        assert score <= ceiling + 1e-7 and ceiling < 1


@pytest.mark.parametrize("p", [DOUBLE, HOMING, Params(rounds=100, move=(40, 67)), Params(rounds=150, move=(3, 77))])
def test_free_search_over_the_odds_of_all_goals_finds_nothing_better(p):
    free = _tmaze._search((0, 1, 2, 3), WORLD.rounds_of(p), *WORLD.move_of(p), None, 0 if p.homing else -1)
    assert math.isclose(free, WORLD.ceiling(p), abs_tol=1e-7)


def test_the_ceiling_of_a_given_order_knows_the_order():
    p = Params(order=(0, 3))
    assert math.isclose(WORLD.ceiling(p), sum(min(n + 1, 20) for n in range(7, 14)) / 7 / 20)
    assert math.isclose(WORLD.ceiling(Params(order=(2, 1), homing=True, junctions=2)), WORLD.ceiling(p))


def by_plan(p, choose):
    """A policy that asks choose(register, rounds done) for a goal at home; the register is what the value slots held at the last goal."""
    names, values = WORLD.observations(p), WORLD.values(p)
    kept = {"register": np.zeros(values), "goal": None, "round": 0}

    def policy(history):
        seen = dict(zip(names, history[-1], strict=True))
        if len(history) == 1:
            kept.update(register=np.zeros(values), round=0)
        if seen["home"]:
            kept["goal"], kept["round"] = choose(kept["register"], kept["round"]), kept["round"] + 1
        if seen["goal"]:
            kept["register"] = history[-1][:values].copy()
        here = [k for k in range(p.junctions) if seen[f"junction {k + 1}"]]
        turn = 2 * (kept["goal"] >> here[0] & 1) - 1 if here else 0
        return np.array([-turn if seen.get("back") else turn], np.float32)

    return policy


def constant(p, goal=1):
    return by_plan(p, lambda register, done: goal)


def win_stay(p):
    """The goal of the register where it was rich, else the next."""

    def choose(register, done):
        goal = sum(1 << k for k in range(p.junctions) if register[k] > 0)
        return goal if register[-1] >= 0 else (goal + 1) % (1 << p.junctions)

    return by_plan(p, choose)


def over_all_lives(p, policy):
    """The exact mean score of a policy over all orders and moves, corridors of no length."""
    low, high = WORLD.move_of(p)
    scores = []
    for order, move in itertools.product(itertools.permutations(range(1 << p.junctions), 2), range(low, high + 1)):
        q = p.model_copy(update={"order": order, "move": (move, move), "corridor": (0, 0)})
        scores.append(live(WORLD, q, WORLD.state(q), 0, 1, policy)[1])
    return float(np.mean(scores))


VARIANTS = [SINGLE, DOUBLE, HOMING, Params(junctions=1, homing=True), Params(junctions=3, rounds=60, homing=True, corridor=(0, 5))]


@pytest.mark.parametrize("p", VARIANTS)
def test_one_register_of_the_value_slots_reaches_the_optimum(p):
    s, policy = WORLD.state(p), win_stay(p)
    assert {live(WORLD, p, s, 0, seed, policy)[1] for seed in rng.bits(40, 12)} == {WORLD.optimum(p)}


@pytest.mark.parametrize("p", [SINGLE, DOUBLE, HOMING])
def test_constants_get_what_the_docstring_says(p):
    goals, rounds = 1 << p.junctions, WORLD.rounds_of(p)
    for goal in (0, goals - 1):
        score = over_all_lives(p, constant(p, goal))
        assert math.isclose(score, (rounds + goals - 1) / goals / rounds, rel_tol=1e-6) and score <= WORLD.ceiling(p) + 1e-6


def test_drawing_one_of_three_goals_reaches_the_ceiling():
    p = Params(corridor=0)
    luck = itertools.cycle((3 * rng.uniforms((50_000,), 3)).astype(int).tolist())
    mean, error = mean_score(WORLD, p, by_plan(p, lambda register, done: next(luck)), 1200)
    assert abs(mean - WORLD.ceiling(p)) < error


@pytest.mark.parametrize("p", [SINGLE, DOUBLE, HOMING])
def test_tours_echoes_and_changes_by_the_clock_stay_at_the_ceiling(p):
    goals, rounds = 1 << p.junctions, WORLD.rounds_of(p)

    def echo(register, done):  # the last goal again, rich or not
        return sum(1 << k for k in range(p.junctions) if register[k] > 0)

    def home_from_1(plan):  # on the way back nobody knows where it comes from
        back = len(WORLD.observations(p)) - 1
        return lambda history: np.float32([-1 if history[-1][p.junctions + 2] else 1]) if p.homing and history[-1][back] else plan(history)

    tours = [lambda register, done, m=m: done * m % goals for m in (1, 3)]
    swaps = [lambda register, done, n=n: int(done >= n) for n in (1, rounds // 2)]
    now = [lambda history, m=m: m @ np.append(history[-1], 1) for m in 2 * rng.uniforms((2, 1, len(WORLD.observations(p)) + 1), 13) - 1]
    for policy in (*now, *(home_from_1(by_plan(p, choose)) for choose in (echo, *tours, *swaps))):
        assert over_all_lives(p, policy) <= WORLD.ceiling(p) + 1e-6


@pytest.mark.parametrize("p", [SINGLE, DOUBLE, HOMING, Params(junctions=3, homing=True, feedback=False)])
def test_places_tell_nothing_but_what_place_it_is(p):
    """The body as memory, wishes in corridors, the clock: no tick but that at the goal differs between rounds, lives or agents."""
    at, elsewhere = WORLD.observations(p).index("goal"), set()
    for seed in range(40):
        policy = (constant(p), win_stay(p), lambda h, k=seed: 2 * rng.uniforms((1,), k, len(h)) - 1)[seed % 3]
        history, _ = live(WORLD, p, WORLD.state(p), 0, seed, policy)
        elsewhere |= {tuple(seen) for seen in history if not seen[at]}
        assert all((np.abs(seen[: p.junctions]) == p.feedback).all() for seen in history if seen[at])
    assert len(elsewhere) == 2 + p.junctions * (2 if p.homing else 1)
    assert not any(any(seen[: p.junctions + 1]) for seen in elsewhere)


def test_time_tells_nothing_of_the_goal():
    """Ticks between two places depend on the life, not on the turns; other lives have other corridors, the longest take all ticks."""
    s, places = WORLD.state(DOUBLE), set()
    for seed in rng.bits(30, 4):
        ways = [tuple(tuple(seen[3:]) for seen in live(WORLD, DOUBLE, s, 0, seed, constant(DOUBLE, goal))[0]) for goal in range(4)]
        assert len(set(ways)) == 1
        places.add(ways[0])
    assert {len(way) for way in places} == {140, 200, 260} and len(places) == 3 and WORLD.ticks(DOUBLE) == 260


@pytest.mark.parametrize("p", VARIANTS)
def test_the_picture_shows_one_agent_all_goals_and_changes_nothing(p):
    s, x, policy, history = WORLD.state(p), slots(WORLD, p), win_stay(p), []
    WORLD.begin(s, 2, np.uint64(9))
    alive, shape = True, WORLD.picture(s, 2).shape
    while alive:
        before = [part.tobytes() for part in s]
        image = WORLD.picture(s, 2)
        assert before == [part.tobytes() for part in s] and image.shape == shape
        assert (image == [204, 121, 167]).all(-1).sum() == 1
        history.append(see(WORLD, p, s, 2, x))
        goals = sum((image == colour).all(-1).sum() for colour in ([0, 158, 115], [230, 159, 0], [0, 114, 178]))
        assert goals == (1 << p.junctions) - history[-1][p.junctions + 1]  # the agent stands before its own
        x[0, 2] = policy(history)[0]
        alive = WORLD.act(s, 2, x)


@pytest.mark.parametrize("p", [Params(corridor=1), Params(corridor=1, homing=True)])
def test_questions_are_junctions_once_a_goal_was_seen(p):
    s, x = WORLD.state(p), slots(WORLD, p)
    WORLD.begin(s, 0, np.uint64(2))
    for t in range(WORLD.ticks(p)):
        done, tick = divmod(t, 12 if p.homing else 7)  # home 0, junctions 2, 4, goal 6; homing: junctions 8, 10
        is_question = tick in (8, 10) or (done > 0 and tick in (2, 4))
        assert (WORLD.asking(s, 0), WORLD.progress(s, 0)[0]) == (is_question, "again" if done else "first")
        x[0, 0] = -s.turns[s.leg[0] - 1, 0] if s.back[0] else 1 if s.rich[0, 0] >> min(s.leg[0], 1) & 1 else -1
        WORLD.act(s, 0, x)
