"""Orders against a plain version of itself; its ceiling, its optimum, and the ways to cheat that are closed."""

import itertools
import math

import numpy as np
import pytest
import test_worlds
from hypothesis import given, settings
from hypothesis import strategies as st
from naive import lot
from pydantic import ValidationError

from alife.core import registry, rng

world = registry.load("worlds", "orders")
KINDS = [(-1, 0), (1, 0), (0, -1), (0, 1), (0, 0)]
STAY = 4
GO, REWARD, WALK = 5, 6, 7
SIZES = [
    {},
    {"commands": 3, "sight": True},
    {"commands": (1, 10), "size": 3, "feedback": True},
    {"size": 2, "commands": 4, "show": 1, "steps": 1},
    {"size": 7, "commands": (2, 5), "show": 2, "blank": 3, "steps": 4, "sight": True, "feedback": True},
]


@pytest.fixture(params=SIZES, ids=str)
def p(request):
    return world.Params(**request.param)


def live(p, s, lane, seed, policy):
    """One life under `policy(history of observations) -> kind`: the history and the score."""
    return test_worlds.live(world, p, s, lane, seed, lambda history: np.arange(5) == policy(history))


def mean_score(p, policy, lives):
    """Mean score over fresh lives of such a policy and four standard errors of it."""
    return test_worlds.mean_score(world, p, lambda history: np.arange(5) == policy(history), lives)


# ---- a plain version ----


class Floor:
    """Where one stands, and what is allowed there."""

    def __init__(self, size):
        self.size = size
        self.cells = list(itertools.product(range(size), repeat=2))

    def lead(self, cell, kind):
        """The cell a kind leads to, None off the floor."""
        to = (cell[0] + KINDS[kind][0], cell[1] + KINDS[kind][1])
        return to if to in self.cells else None

    def legal(self, cell):
        return [kind for kind in range(5) if self.lead(cell, kind)]

    def step(self, cell, kind):
        return self.lead(cell, kind) or cell


def plain_life(p, seed, kinds):
    """What an agent sees and the score, where kinds are its actions, one a tick."""
    floor, low, high = Floor(p.size), *p.commands
    n = low + lot(high - low + 1, seed, 0, 0, 0)
    cell = floor.cells[lot(p.size**2, seed, 1, 0, 0)]
    commands, at = [], cell
    for i in range(n):
        legal = floor.legal(at)
        commands.append(legal[lot(len(legal), seed, 2, i, 0)])
        at = floor.lead(at, commands[-1])
    script = [(c, ()) for c in commands for c in [c] * p.show + [None] * p.blank]
    for i in range(n):
        script += [(None, (WALK, (REWARD if i else GO) if j == 0 else WALK)) for j in range(p.steps)]
    seen, did, aim, right = [], None, None, 0
    for t, (command, flags) in enumerate(script):
        shown = {*flags} | ({command} if command is not None else set())
        if p.sight:
            shown |= {8 + cell[0], 8 + p.size + cell[1]}
        if p.feedback and did is not None:
            shown.add(8 + 2 * p.size * p.sight + did)
        seen.append(np.isin(np.arange(len(world.observations(p))), list(shown)).astype(np.float32))
        walked = t - n * (p.show + p.blank)
        if walked < 0:
            continue
        if walked % p.steps == 0:
            aim = floor.lead(cell, commands[walked // p.steps])
        did, cell = kinds[t], floor.step(cell, kinds[t])
        if walked % p.steps == p.steps - 1:
            if cell != aim:
                break
            right += 1
    return seen, np.float32(right) / np.float32(n)


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_lives_are_those_of_the_plain_version(data):
    low = data.draw(st.integers(1, 5))
    p = world.Params(
        size=data.draw(st.integers(2, 6)),
        commands=(low, low + data.draw(st.integers(0, 3))),
        show=data.draw(st.integers(1, 3)),
        blank=data.draw(st.integers(1, 2)),
        steps=data.draw(st.integers(1, 3)),
        sight=data.draw(st.booleans()),
        feedback=data.draw(st.booleans()),
    )
    seed = data.draw(st.integers(0, 2**64 - 1))
    luck = data.draw(st.integers(0, 2**32))
    kinds = [lot(5, luck, t, 0, 0) for t in range(world.ticks(p))]
    if data.draw(st.booleans()):  # mostly right, else lives end with the first move
        told = [seen[:5].argmax() for seen in plain_life(p, seed, kinds)[0] if seen[:5].any()][:: p.show]
        first = len(told) * (p.show + p.blank)
        for t in range(first, len(kinds)):
            i, step = divmod(t - first, p.steps)
            kinds[t] = told[min(i, len(told) - 1)] if step == 0 else STAY
    history, score = live(p, world.state(p), 5, seed, lambda history: kinds[len(history) - 1])
    seen, right = plain_life(p, seed, kinds)
    assert np.array_equal(history, seen) and score == right


# ---- the optimum ----


def remembering(p):
    """The commands as they were shown; each at the first step of its move, then stay."""

    def policy(history):
        told = [int(seen[:5].argmax()) for seen in history if seen[:5].any()][:: p.show]
        moves = sum(bool(seen[GO] or seen[REWARD]) for seen in history)
        return told[moves - 1] if history[-1][GO] or history[-1][REWARD] else STAY

    return policy


def test_perfect_memory_reaches_the_optimum(p):
    s = world.state(p)
    assert {live(p, s, 0, seed, remembering(p))[1] for seed in rng.bits(40, 12)} == {world.optimum(p)}


def test_a_tape_with_home_next_and_hold_is_enough(p):
    """One head, no clock: it moves on at a blank step and at a reward, goes home at `go` and holds otherwise."""

    def policy(history):
        tape, at = {}, 0
        for seen in history:
            told = seen[:5].any()
            if seen[GO]:
                at = 0
            elif seen[REWARD] or not (told or seen[WALK]):
                at += 1
            if told:
                tape[at] = int(seen[:5].argmax())
        return tape[at] if seen[GO] or seen[REWARD] else STAY

    if p.blank > 1:
        pytest.skip("it would go on at every blank step")
    s = world.state(p)
    assert {live(p, s, 0, seed, policy)[1] for seed in rng.bits(20, 13)} == {1.0}


# ---- the ceiling ----


def expected(size, paths):
    """Expected commands carried out by an agent that walks without knowing any; paths(cell, i) are its steps in the i-th move."""
    floor, total = Floor(size), 0.0
    for start in floor.cells:
        cell, chance, i = start, 1.0, 0
        while chance > 1e-9:
            steps = paths(cell, i)
            if steps is None:
                break
            to = cell
            for kind in steps:
                to = floor.step(to, kind)
            if abs(to[0] - cell[0]) + abs(to[1] - cell[1]) > 1:
                break
            chance /= len(floor.legal(cell))
            total += chance
            cell, i = to, i + 1
    return total / size**2


@pytest.mark.parametrize(("n", "listed"), [(3, 0.108), (5, 0.067), (10, 0.033)])
def test_the_ceiling_is_that_of_staying(n, listed):
    p = world.Params(commands=n)
    assert world.ceiling(p) == pytest.approx(expected(5, lambda cell, i: [STAY] if i < n else None) / n)
    assert world.ceiling(p) == pytest.approx(listed, abs=0.0012)
    mean, error = mean_score(p, lambda history: STAY, 1500)
    assert abs(mean - world.ceiling(p)) < error


@pytest.mark.parametrize("size", [2, 3, 4, 5, 6])
def test_no_walk_by_heart_does_better_than_staying(size):
    """A clock, too, is only such a walk. All of one step a move, and all that see the flags alone, with five more steps."""
    for n in (1, 2, 3):
        best = max(
            expected(size, lambda cell, i, kinds=kinds: [kinds[i]] if i < len(kinds) else None)
            for kinds in itertools.product(range(5), repeat=n)
        )
        assert best == pytest.approx(n * world.ceiling(world.Params(size=size, commands=n)))
    for n in (5, 10):
        for go, reward, walk in itertools.product(range(5), repeat=3):
            value = expected(size, lambda cell, i, n=n, g=go, r=reward, w=walk: [r if i else g] + [w] * 5 if i < n else None)
            assert value <= n * world.ceiling(world.Params(size=size, commands=n)) + 1e-9


def to_the_corner(size):
    """The move of an agent that sees its cell and nothing else: the best there is in the long run."""
    floor, worth = Floor(size), dict.fromkeys(itertools.product(range(size), repeat=2), 0.0)
    for _ in range(60):
        worth = {c: max(1 + worth[floor.lead(c, k)] for k in floor.legal(c)) / len(floor.legal(c)) for c in floor.cells}
    return {c: max(reversed(floor.legal(c)), key=lambda k, c=c: round(worth[floor.lead(c, k)], 12)) for c in floor.cells}


@pytest.mark.parametrize(("size", "n"), [(5, 3), (5, 5), (5, 10), (2, 4), (3, 1), (8, 6)])
def test_seeing_the_cell_a_walk_to_the_corner_reaches_the_ceiling(size, n):
    p, move = world.Params(size=size, commands=n, sight=True), to_the_corner(size)
    value = expected(size, lambda cell, i: [move[cell]] if i < n else None) / n
    assert value <= world.ceiling(p) + 1e-12 and value == pytest.approx(world.ceiling(p), rel=1e-3)
    assert world.ceiling(p) >= world.ceiling(world.Params(size=size, commands=n))


def test_seeing_the_cell_no_flow_does_better():
    """Maps from cells to steps that differ in a few places from the best one, and some at random; steps go on for the whole move."""
    n, best = 5, to_the_corner(5)
    top = n * world.ceiling(world.Params(sight=True))
    for key in range(150):
        drawn = [lot(5, key, cell, 0, 0) for cell in range(25)]
        changed = [key < 20 or lot(8, key, cell, 1, 0) == 0 for cell in range(25)]
        move = {c: drawn[i] if changed[i] else best[c] for i, c in enumerate(best)}
        assert expected(5, lambda cell, i, m=move: [m[cell]] if i < n else None) <= top + 1e-9


def test_a_range_of_commands_has_the_mean_ceiling():
    for sight in (False, True):
        single = [world.ceiling(world.Params(commands=n, sight=sight)) for n in (2, 3, 4)]
        assert world.ceiling(world.Params(commands=(2, 4), sight=sight)) == pytest.approx(np.mean(single))


# ---- ways to cheat ----


def test_the_body_cannot_hold_a_command():
    """Whoever walks while it listens stands where it stood, and is not better off than one who stays."""
    p = world.Params(sight=True, feedback=True)

    def eager(history):
        return int(history[-1][:5].argmax()) if history[-1][:5].any() else STAY

    s = world.state(p)
    for seed in range(20):
        history, _ = live(p, s, 0, seed, eager)
        places = {seen[8:18].tobytes() for seen in history if not seen[WALK]}
        assert len(places) == 1
    mean, error = mean_score(world.Params(), eager, 1000)
    assert mean < world.ceiling(world.Params()) + error


def test_the_hands_cannot_hold_a_command():
    """What was wished for while listening is not shown: an agent that repeats what it did, or echoes what it sees, has nothing to go by."""
    p = world.Params(feedback=True, commands=(1, 3))

    def repeating(history):
        for slots in (history[-1][:5], history[-1][8:13]):
            if slots.any():
                return int(slots.argmax())
        return STAY

    for seed in range(20):
        history, _ = live(p, world.state(p), 0, seed, repeating)
        first = [bool(seen[GO]) for seen in history].index(True)
        assert not any(seen[8:13].any() for seen in history[: first + 1])
        assert all(seen[8:13].sum() == 1 for seen in history[first + 1 :])
    mean, error = mean_score(p, repeating, 1000)
    assert mean < world.ceiling(p) + error


@pytest.mark.parametrize("kind", range(5))
def test_constants_stay_at_the_ceiling(kind):
    p = world.Params(commands=2)
    mean, error = mean_score(p, lambda history: kind, 1000)
    assert mean < world.ceiling(p) + error


def test_the_last_symbol_is_no_better_than_any():
    p = world.Params(commands=3)

    def last(history):
        told = [int(seen[:5].argmax()) for seen in history if seen[:5].any()]
        return told[-1] if history[-1][GO] or history[-1][REWARD] else STAY

    mean, error = mean_score(p, last, 1500)
    assert mean < world.ceiling(p) + error


def test_commands_are_drawn_evenly_from_those_that_stay_on_the_floor():
    p, counts, firsts = world.Params(size=3, commands=4), np.zeros((9, 5)), set()
    s, floor = world.state(p), Floor(3)
    for seed in rng.bits(3000, 14):
        world.begin(s, 0, seed)
        cell, told = floor.cells[s.cell[0]], tuple(s.commands[:, 0])
        for kind in told:
            counts[floor.cells.index(cell), kind] += 1
            cell = floor.lead(cell, kind)
        firsts.add((int(s.cell[0]), told))
    for cell, row in zip(floor.cells, counts, strict=True):
        legal = floor.legal(cell)
        assert row.sum() == row[legal].sum()
        assert np.abs(row[legal] / row.sum() - 1 / len(legal)).max() < 5 * math.sqrt(0.25 / row.sum())
    assert len(firsts) > 900


def test_nothing_but_the_last_step_of_a_move_is_judged():
    """Wandering about and coming back in time is right."""
    p = world.Params(size=4, steps=7)

    def wandering(history):
        steps = [2, 3, 0, 1, 2, 3]
        since = next(i for i, seen in enumerate(reversed(history)) if seen[GO] or seen[REWARD] or not seen[WALK])
        return steps[since - 1] if since else remembering(p)(history)

    scores = [live(p, world.state(p), 0, seed, wandering)[1] for seed in range(30)]
    assert max(scores) == 1.0


def test_hooks_tell_where_a_life_is():
    p = world.Params(commands=2)
    s, x, said, told = world.state(p), test_worlds.slots(world, p), test_worlds.said(world, p), []
    world.begin(s, 1, np.uint64(3))
    right = [int(kind) for kind in s.commands[:, 1]]
    for t in range(world.ticks(p)):
        told.append(world.progress(s, 1))
        assert world.asking(s, 1) == (t >= 8)
        x[said, 1] = np.arange(5) == (right[(t - 8) // 6] if t in (8, 14) else STAY)
        alive = world.act(s, 1, x)
        assert world.picture(s, 1).shape == (7, 5, 3)
    assert world.progress(s, 1) == ("walk", 2, 2)
    world.begin(s, 1, np.uint64(3))
    x[said, 1] = np.arange(5) == (right[0] + 1) % 5
    while world.act(s, 1, x):
        assert world.progress(s, 1)[2] == 0
    assert world.progress(s, 1) == ("walk", 0, 2)
    assert not alive and told[:8] == [("hear", 0, 0)] * 8
    assert told[8:] == [("walk", 0, 0)] * 6 + [("walk", 1, 1)] * 6


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ({"commands": 0}, "commands: expected 1 <= low <= high"),
        ({"commands": (3, 2)}, "low <= high"),
        ({"size": 1}, "greater than or equal to 2"),
    ],
)
def test_senseless_sizes_are_refused(sizes, words):
    with pytest.raises(ValidationError, match=words):
        world.Params(**sizes)
