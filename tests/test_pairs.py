"""Pairs against a plain version of itself; its ceiling, its optimum, and every cheat."""

import functools
import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive import lot
from pydantic import ValidationError
from test_worlds import digest, live, mean_score, noise, see, slots

from alife.core import registry, rng
from alife.core.lanes import LANES

WORLD = registry.load("worlds", "pairs")
FACE, PLACE, DEAL, WALK, HAND = range(5)


class Plain:
    """The same life with lists and sets."""

    def __init__(self, p, seed):
        self.p, self.seed, self.cards = p, np.uint64(seed), list(range(p.rows * p.columns))
        codes = (self._codes(len(self.cards) // 2, p.face_bits, FACE), self._codes(len(self.cards), p.place_bits, PLACE))
        self.faces, self.places = codes
        dealt, self.walk = [], []
        for i in self.cards:
            for cards, thing, stream in ((dealt, i // 2, DEAL), (self.walk, i, WALK)):
                j = lot(i + 1, self.seed, 0, i, stream)
                cards.append(thing)
                cards[i], cards[j] = cards[j], cards[i]
        self.face, self.left, self.turn = dealt, set(self.cards), 0
        self.first, self.over = self.walk[0], False

    def _codes(self, count, bits, stream):
        codes = []
        for i in range(count):
            code = int(rng.draw(self.seed, 0, i, stream)) >> (64 - bits)
            while code in codes:
                code = (code + 1) % (1 << bits)
            codes.append(code)
        return [[1 if code >> i & 1 else -1 for i in range(bits)] for code in codes]

    def choose(self, word):
        """The second card."""
        wrong = [sum(not w * b > 0 for w, b in zip(word, code, strict=True)) for code in self.places]
        best = wrong.index(min(wrong))
        others = sorted(self.left - {self.first})
        clear = wrong[best] <= self.p.place_bits // 8
        return best if clear and best in others else others[lot(len(others), self.seed, self.turn, 0, HAND)]

    def end_turn(self, second):
        """Pairs go, the walk goes on."""
        if self.face[self.first] == self.face[second]:
            self.left -= {self.first, second}
        self.turn += 1
        self.over = self.turn == (self.p.turns or len(self.cards)) or not self.left
        where = self.walk.index(self.first)
        if not self.over:
            self.first = next(card for card in self.walk[where + 1 :] + self.walk if card in self.left)


@st.composite
def tables(draw):
    rows, columns = draw(st.sampled_from([(1, 2), (2, 2), (2, 3), (4, 4), (3, 6), (6, 6), (1, 8)]))
    turns = draw(st.one_of(st.none(), st.integers(1, 50)))
    return WORLD.Params(rows=rows, columns=columns, turns=turns, face_bits=draw(st.integers(5, 64)), place_bits=draw(st.integers(21, 64)))


@given(p=tables(), seed=st.integers(0, 2**64 - 1), lane=st.integers(0, LANES - 1), skill=st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_it_is_the_plain_version(p, seed, lane, skill):
    """Words that are places with up to a quarter of their bits wrong, or noise, or the twin's place."""
    mine, s, x, ticks = Plain(p, seed), WORLD.state(p), slots(WORLD, p), 0
    bits, pairs = p.place_bits, len(mine.cards) // 2
    WORLD.begin(s, lane, np.uint64(seed))
    dice = np.random.default_rng(seed)

    def shown(card, has_place, choose, pair):
        place = mine.places[card] if has_place else [0] * bits
        assert see(WORLD, p, s, lane, x).tolist() == [*place, *mine.faces[mine.face[card]], choose, pair]

    while not mine.over:
        first, found = mine.first, pairs - len(mine.left) // 2
        assert WORLD.progress(s, lane) == ("choose", found, mine.turn)
        shown(first, False, 1, 0)
        twin = next(card for card in mine.cards if card != first and mine.face[card] == mine.face[first])
        target = twin if dice.random() < skill else dice.choice(mine.cards)
        word = np.array(mine.places[target]) * dice.uniform(0.1, 3, bits)
        word[dice.permutation(bits)[: dice.integers(0, bits // 4 + 1)]] *= dice.choice([-1, 0, math.nan])
        x[:bits, lane] = word if dice.random() < 0.8 else noise(WORLD, p, mine.turn)
        second = mine.choose(x[:bits, lane].tolist())
        assert WORLD.act(s, lane, x)
        is_pair = mine.face[first] == mine.face[second]
        assert WORLD.progress(s, lane) == ("first", found + is_pair, mine.turn + 1)
        shown(first, True, 0, 0)
        x[:bits, lane] = dice.uniform(-1, 1, bits)
        assert WORLD.act(s, lane, x)
        shown(second, True, 0, is_pair)
        x[:bits, lane] = dice.uniform(-1, 1, bits)
        mine.end_turn(second)
        assert WORLD.act(s, lane, x) != mine.over
        ticks += 3
    assert ticks <= WORLD.ticks(p)
    assert WORLD.score(s, lane) == np.float32(2 * (pairs - len(mine.left) // 2)) / np.float32(2 * pairs)


# ---- ceiling ----


@pytest.mark.parametrize(("n", "turns"), [(2, 1), (2, 3), (2, 6), (3, 2), (3, 4)])
def test_the_ceiling_is_that_of_a_hand_that_falls_anywhere(n, turns):
    """All boards and all falls, counted out; the walk is 0, 1, 2, .. , for boards are all alike."""
    boards = sorted(set(itertools.permutations([i // 2 for i in range(2 * n)])))

    def found(board, left, last, t):
        if t == 0 or not left:
            return 0.0
        first = next(c for c in [*range(last + 1, 2 * n), *range(2 * n)] if c in left)
        others, total = left - {first}, 0.0
        for second in others:
            is_pair = board[first] == board[second]
            total += is_pair + found(board, left - {first, second} if is_pair else left, first, t - 1)
        return total / len(others)

    exact = np.mean([found(board, frozenset(range(2 * n)), -1, turns) for board in boards]) / n
    assert WORLD.ceiling(WORLD.Params(rows=2, columns=n, turns=turns)) == pytest.approx(exact, abs=1e-12)


def test_the_figures_of_the_problem():
    small, large = WORLD.Params(), WORLD.Params(rows=6, columns=6)
    assert WORLD.ceiling(small) == pytest.approx(0.1463, abs=1e-4) and WORLD.ceiling(large) == pytest.approx(0.0590, abs=1e-4)
    assert WORLD.optimum(small) == WORLD.optimum(large) == 1
    assert WORLD.ticks(small) == 3 * 16 and WORLD.ticks(large) == 3 * 36
    assert WORLD.stretched(small) == large


def linear(key):
    m = 2 * rng.uniforms((24, 51), 31, key) - 1
    return lambda history: m @ np.append(history[-1], 1)


CHEATS = {
    "nothing": lambda history: np.zeros(24),
    "no number": lambda history: np.full(24, math.nan),
    "always the same word": lambda history: np.resize([1.0, -1.0, -1.0], 24),
    "a word a turn, by a clock": lambda history: 2 * rng.uniforms((24,), 4, len(history) // 3) - 1,
    "what stands there": lambda history: history[-1][:24],
    "the face as a place": lambda history: history[-1][24:48],
    "linear 1": linear(1),
    "linear 2": linear(2),
}


@pytest.mark.parametrize("cheat", CHEATS)
def test_cheats_get_the_ceiling(cheat):
    p = WORLD.Params()
    mean, error = mean_score(WORLD, p, CHEATS[cheat], 500)
    assert abs(mean - WORLD.ceiling(p)) < error


CARRIED = {
    "where the first card lay last turn": lambda history: history[-3][:24] if len(history) > 3 else np.zeros(24),
    "the last place seen": lambda history: history[-2][:24] if len(history) > 1 else np.zeros(24),
    "not the last place seen": lambda history: -history[-2][:24] if len(history) > 1 else np.zeros(24),
}


@pytest.mark.parametrize("carried", CARRIED)
def test_one_place_carried_in_the_hands_is_no_memory(carried):
    """That takes a memory of one place. At best it names one card until its twin has come: z = .07."""
    p = WORLD.Params()
    mean, error = mean_score(WORLD, p, CARRIED[carried], 500)
    assert (mean - error - WORLD.ceiling(p)) / (1 - WORLD.ceiling(p)) < 0.1


def test_a_question_tells_a_face_and_nothing_else():
    """Not the place, not the last turn, not the time: two boards that differ in places and walk alone ask alike."""
    p = WORLD.Params(rows=6, columns=6)
    s, x = WORLD.state(p), slots(WORLD, p)
    WORLD.begin(s, 0, np.uint64(3))
    faces = {tuple(1.0 if int(s.faces[i, 0]) >> b & 1 else -1.0 for b in range(24)) for i in range(18)}
    asked = []
    for t in range(3 * 36):
        seen = see(WORLD, p, s, 0, x)
        if t % 3 == 0:
            assert not seen[:24].any() and tuple(seen[24:48]) in faces and seen[48:].tolist() == [1, 0]
            asked.append(tuple(seen[24:48]))
        x[:24, 0] = noise(WORLD, p, t)
        if not WORLD.act(s, 0, x):
            break
    assert len(asked) > 20


def test_boards_walks_and_hands_differ_from_life_to_life():
    s = WORLD.state(WORLD.Params())
    firsts, deals = np.zeros((16, 16)), np.zeros(16)
    for seed in range(1600):
        WORLD.begin(s, 0, np.uint64(seed))
        firsts[s.order[0, 0], s.order[1, 0]] += 1
        deals[next(i for i in range(1, 16) if s.face[i, 0] == s.face[0, 0])] += 1
    assert not firsts.diagonal().any() and firsts.max() < 25
    assert np.all(np.abs(firsts.sum(1) - 100) < 4 * 10) and np.all(np.abs(deals[1:] - 1600 / 15) < 4 * 10.4)


# ---- optimum ----


def player(is_last):
    """One place a face: the first where it was seen, or the last."""
    seen = {}

    def policy(history):
        now = history[-1]
        place, face = now[:24], tuple(now[24:48])
        if now[48]:
            return seen.get(face, np.zeros(24))
        seen[face] = place if is_last else seen.get(face, place)
        return np.zeros(24)

    return policy


def mean_of(p, make, lives, key=6):
    s = WORLD.state(p)
    scores = [live(WORLD, p, s, 0, seed, make())[1] for seed in rng.bits(lives, key)]
    return np.mean(scores), 4 * max(np.std(scores), 0.5 / lives) / math.sqrt(lives)


@pytest.mark.parametrize("size", [(2, 2), (4, 4), (6, 6), (3, 4)])
def test_one_walk_with_a_memory_finds_them_all(size):
    """The first place of every face is enough: when the walk comes to the later card, its twin is known."""
    p = WORLD.Params(rows=size[0], columns=size[1])
    assert mean_of(p, lambda: player(False), 30)[0] == 1 == WORLD.optimum(p)


def test_the_last_place_of_every_face_is_enough_to_solve_it():
    """One association a face, written at every look: what one head does."""
    for size, figure in ((4, 0.969), (6, 0.973)):
        p = WORLD.Params(rows=size, columns=size)
        mean, error = mean_of(p, lambda: player(True), 150)
        assert abs(mean - figure) < error
        assert (mean - WORLD.ceiling(p)) / (1 - WORLD.ceiling(p)) > 0.95


def told_twin(p, s):
    """Names the twin once it has been seen, as the world alone knows which of two places is this card's."""
    seen = set()

    def policy(history):
        if not history[-1][-2]:
            seen.add(int(s.up[1 if s.phase[0] == 2 else 0, 0]))
            return np.zeros(p.place_bits)
        first = int(s.up[0, 0])
        twin = next(c for c in range(2 * p.pairs) if c != first and s.face[c, 0] == s.face[first, 0])
        code = int(s.places[twin, 0])
        return np.array([1 if code >> i & 1 else -1 for i in range(p.place_bits)]) * (twin in seen)

    return policy


@pytest.mark.parametrize(("rows", "columns", "turns"), [(2, 2, 3), (2, 3, 4), (4, 4, 6), (4, 4, 12), (6, 6, 24)])
def test_in_fewer_turns_a_perfect_memory_reaches_the_optimum(rows, columns, turns):
    p = WORLD.Params(rows=rows, columns=columns, turns=turns)
    s = WORLD.state(p)
    scores = [live(WORLD, p, s, 0, seed, told_twin(p, s))[1] for seed in rng.bits(500, 8)]
    assert abs(np.mean(scores) - WORLD.optimum(p)) < 4 * np.std(scores) / math.sqrt(500)
    assert WORLD.ceiling(p) < WORLD.optimum(p) < 1


@functools.cache
def best(unseen, ahead, behind, both, mixed, lost, t):
    """Most pairs by any way to play.

    `unseen` cards; cards seen whose twin is not, with the walk `ahead` of which they lie or that has them `behind`; pairs seen
    at `both` of which the walk has not been, or at one (`mixed`); and such that were left when the walk was at the second one:
    they are `lost`, but the hand may still fall on them.
    """
    alone, pool = unseen - ahead - behind, unseen + ahead + 2 * both + mixed
    if t == 0 or pool == 0:
        return 0.0

    def go(unseen, ahead, behind, both, mixed, lost=lost):
        return best(unseen, ahead, behind, both, mixed, lost, t - 1)

    def look(unseen, ahead, behind, both, mixed):
        """A card without a known twin, now one of `behind`: let the hand fall, or name a card that has been seen."""
        others, fresh = unseen + ahead + behind - 1 + 2 * (both + mixed + lost), unseen - ahead - behind
        seen = go(unseen, ahead, behind, both, mixed)
        value = 1 + go(unseen - 1, ahead, behind - 1, both, mixed)
        value += fresh * go(unseen - 1, ahead + 1, behind, both, mixed) if fresh else 0
        value += ahead * go(unseen - 1, ahead - 1, behind, both + 1, mixed) if ahead else 0
        value += (behind - 1) * go(unseen - 1, ahead, behind - 1, both, mixed + 1) if behind > 1 else 0
        return max(seen, (value + (others - unseen) * seen) / others)

    total = 0.0
    if alone:
        total += alone * look(unseen - 1, ahead, behind + 1, both, mixed)
    if behind:
        rest = unseen - 1, ahead, behind - 1, both, mixed
        total += behind * max(1 + go(*rest), go(*rest, lost + 1))
    if ahead:
        rest = unseen - 1, ahead - 1, behind, both
        total += ahead * max(1 + go(*rest, mixed), go(*rest, mixed + 1))
        total += ahead * look(unseen, ahead - 1, behind + 1, both, mixed)
    if both:
        total += 2 * both * max(1 + go(unseen, ahead, behind, both - 1, mixed), go(unseen, ahead, behind, both - 1, mixed + 1))
    if mixed:
        rest = unseen, ahead, behind, both, mixed - 1
        total += mixed * max(1 + go(*rest), go(*rest, lost + 1))
    return total / pool


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_no_way_to_play_finds_more(n):
    """Leaving a known pair, or naming a card that has been seen, never helps."""
    for turns in range(1, 2 * n):
        assert WORLD._within(n, turns) == pytest.approx(best(2 * n, 0, 0, 0, 0, 0, turns), abs=1e-12)


# ---- the rest ----


def test_looking_draws_nothing():
    p = WORLD.Params()
    s, x, seen = WORLD.state(p), slots(WORLD, p), set()
    WORLD.begin(s, 2, np.uint64(4))
    alive, t = True, 0
    while alive:
        before = digest(s)
        image = WORLD.picture(s, 2)
        WORLD.progress(s, 2)
        assert digest(s) == before and image.shape == (4, 4, 3)
        seen.update(map(tuple, image.reshape(-1, 3).tolist()))
        twin = next(c for c in range(16) if c != s.up[0, 2] and s.face[c, 2] == s.face[s.up[0, 2], 2])
        code = int(s.places[twin, 2])
        x[:24, 2] = [(1 if code >> i & 1 else -1) * (t % 2) for i in range(24)]
        alive, t = WORLD.act(s, 2, x), t + 1
    assert not WORLD.picture(s, 2).any() and WORLD.score(s, 2) == 1
    assert seen == {(90, 90, 90), (0, 0, 0), (230, 159, 0), (0, 114, 178), (0, 158, 115)}


@pytest.mark.parametrize(
    ("sizes", "words"),
    [({"rows": 3, "columns": 3}, "an even number of cards, got 3 x 3"), ({"place_bits": 16}, "no place is named by chance, got 16"),
     ({"turns": 0}, "greater than or equal to 1"), ({"rows": 9}, "less than or equal to 8")],
)  # fmt: skip
def test_senseless_sizes_are_refused(sizes, words):
    with pytest.raises(ValidationError, match=words):
        WORLD.Params(**sizes)
