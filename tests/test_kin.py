"""Who descends from whom: relatives, lines and trees against plain recursion, in bounded room, and back in time."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alife.insight.kin import Kin, Relatives

quick = settings(max_examples=60, deadline=None)
BIRTHS, DEATHS = ("id", "tick", "mother", "father"), ("id", "tick", "cause")


class Story:
    """A random genealogy, agent by agent: rows of births and deaths, in order."""

    def __init__(self, seed, steps, founders=3, fathers=True):
        luck = np.random.default_rng(seed)
        self.births = [(i, 0, -1, -1) for i in range(founders)]
        self.deaths, living = [], list(range(founders))
        for tick in range(1, steps):
            for _ in range(luck.integers(3)):
                mother = int(luck.choice(living)) if living and luck.random() < 0.95 else -1
                father = int(luck.choice(living)) if mother >= 0 and fathers and luck.random() < 0.5 else -1
                self.births.append((len(self.births), tick, mother, father))
                living.append(len(self.births) - 1)
            while living and luck.random() < 0.5:
                self.deaths.append((living.pop(int(luck.integers(len(living)))), tick, int(luck.integers(4))))
        self.living = sorted(living)

    def records(self, after=-1, until=1 << 40):
        """Columns of births and deaths of the ticks in between."""
        found = []
        for names, rows in ((BIRTHS, self.births), (DEATHS, self.deaths)):
            some = np.array([row for row in rows if after < row[1] <= until], np.int64).reshape(-1, len(names))
            found.append(dict(zip(names, some.T, strict=True)))
        return found

    def kin(self, **limits):
        kin = Kin(**limits)
        kin.add(*self.records())
        return kin

    def mothers(self, agent):
        """The agent, its mother, and so on."""
        return [agent, *self.mothers(self.births[agent][2])] if agent >= 0 else []

    def children(self, agent):
        return [row[0] for row in self.births if row[2] == agent]

    def below(self, agent):
        """The agent and its descendants by the mothers' line."""
        return {agent}.union(*(self.below(child) for child in self.children(agent)))

    def end(self, agent):
        return next((tick for who, tick, _ in self.deaths if who == agent), None)

    @property
    def now(self):
        return max(row[1] for row in self.births + self.deaths)


stories = st.builds(Story, st.integers(0, 1 << 30), st.integers(1, 40), st.integers(1, 4), st.booleans())


def same(a, b):
    return all(np.array_equal(a.saved()[name], b.saved()[name]) for name in a.saved()) and np.array_equal(a["up"], b["up"])


# ---- relatives ----


@quick
@given(stories)
def test_relatives_are_those_of_the_records(story):
    kin = story.kin()
    died = {who: (tick, cause) for who, tick, cause in story.deaths}
    for agent, tick, mother, father in story.births:
        children = [row[0] for row in story.births if agent in row[2:]]
        siblings = [row[0] for row in story.births if row[2] == mother >= 0 and row[0] != agent]
        near = {mother, father, *children, *siblings} & set(story.living)
        known = [None if parent < 0 else parent for parent in (mother, father)]
        assert kin.of(agent) == Relatives(*known, children, siblings, tick, *died.get(agent, (None, None)), frozenset(near))
        assert kin.ancestors(agent, 100) == story.mothers(agent)[1:] and kin.ancestors(agent, 2) == story.mothers(agent)[1:3]


def test_strangers():
    kin = Story(1, 9).kin()
    for ask in (kin.of, lambda agent: kin.ancestors(agent, 3), lambda agent: kin.of_one(agent, 1, 3)):
        for agent in (-1, 999):
            with pytest.raises(KeyError):
                ask(agent)
    assert 0 in kin and -1 not in kin and 999 not in kin and 0 not in Kin()


# ---- trees ----


def contracted(story, shown):
    """(id, mother's id in the tree, birth of the first of the chain) of a tree made by recursion."""
    alive, found = {agent for each in shown for agent in story.mothers(each)}, []

    def visit(agent, above, born):
        children = [child for child in story.children(agent) if child in alive]
        if agent in shown or len(children) > 1:
            found.append((agent, above, born))
            above, born = agent, None
        for child in children:
            visit(child, above, story.births[child][1] if born is None else born)

    for agent in sorted(alive):
        if story.births[agent][2] < 0:
            visit(agent, -1, story.births[agent][1])
    return sorted(found)


def check_heights(tree):
    """Leaves evenly spaced in 0..1; parents between their children; what is below different siblings does not mix."""
    children = [np.flatnonzero(tree.parent == row) for row in range(len(tree.id))]
    assert (tree.parent < np.arange(len(tree.id))).all() and (np.diff(tree.id) > 0).all()
    leaves = sorted(tree.y[[row for row, of in enumerate(children) if not len(of)]])
    assert np.allclose(leaves, (np.arange(len(leaves)) + 0.5) / max(1, len(leaves)))

    def span(row):
        spans = [span(child) for child in children[row]]
        if not spans:
            return tree.y[row], tree.y[row]
        assert tree.y[row] == pytest.approx((min(tree.y[children[row]]) + max(tree.y[children[row]])) / 2)
        spans.sort()
        assert all(a[1] < b[0] for a, b in pairwise(spans))
        return spans[0][0], spans[-1][1]

    roots = sorted(span(row) for row in np.flatnonzero(tree.parent < 0))
    assert all(a[1] < b[0] for a, b in pairwise(roots))


def check_lives(story, tree):
    ends = [story.end(agent) for agent in tree.id.tolist()]
    assert tree.living.tolist() == [end is None for end in ends]
    assert tree.end.tolist() == [story.now if end is None else end for end in ends]


@quick
@given(stories, st.integers(1, 30))
def test_the_line_is_that_of_plain_recursion(story, most):
    tree = story.kin().line(np.array(story.living, np.int64), most)
    count = len(story.living)
    shown = [story.living[i * count // most] for i in range(most)] if count > most else story.living
    above = [-1 if row < 0 else int(tree.id[row]) for row in tree.parent.tolist()]
    assert list(zip(tree.id.tolist(), above, tree.born.tolist(), strict=True)) == contracted(story, set(shown))
    check_heights(tree)
    check_lives(story, tree)


@quick
@given(stories, st.integers(0, 6), st.integers(1, 30), st.data())
def test_the_tree_of_one_is_its_nearest_family(story, up, most, data):
    agent = data.draw(st.integers(0, len(story.births) - 1))
    tree = story.kin().of_one(agent, up, most)
    line = story.mothers(agent)
    family = story.below(line[min(up, len(line) - 1)])

    def steps(other):
        """To a relative by way of the nearest common mother."""
        theirs = story.mothers(other)
        meet = next(each for each in line if each in theirs)
        return line.index(meet) + theirs.index(meet)

    assert len(tree.id) == min(most, len(family)) and agent in tree.id and set(tree.id.tolist()) <= family
    assert sorted(map(steps, tree.id.tolist())) == sorted(map(steps, family))[: len(tree.id)]
    born = [story.births[each] for each in tree.id.tolist()]
    above = [mother if mother in tree.id and each != min(family) else -1 for each, _, mother, _ in born]
    assert [-1 if row < 0 else int(tree.id[row]) for row in tree.parent.tolist()] == above
    assert tree.born.tolist() == [tick for _, tick, _, _ in born]
    check_heights(tree)
    check_lives(story, tree)


def test_a_tree_drawn_by_hand():
    """0 bore 1 and 2, 1 bore 3, 3 bore 4 and 5; 2, 4, 5 live: 1 and 3 are one chain."""
    kin = Kin()
    births = np.array([(0, 0, -1, -1), (1, 5, 0, -1), (2, 6, 0, -1), (3, 9, 1, -1), (4, 12, 3, 2), (5, 13, 3, -1)]).T
    deaths = np.array([(0, 7, 0), (1, 10, 0), (3, 14, 0)]).T
    kin.add(dict(zip(BIRTHS, births, strict=True)), dict(zip(DEATHS, deaths, strict=True)))
    tree = kin.line(np.array([5, 2, 4]), 10, now=20)
    assert (tree.id.tolist(), tree.parent.tolist()) == ([0, 2, 3, 4, 5], [-1, 0, 0, 2, 2])
    assert (tree.born.tolist(), tree.end.tolist()) == ([0, 6, 5, 12, 13], [7, 20, 14, 20, 20])
    assert tree.y == pytest.approx([5 / 12, 1 / 6, 2 / 3, 1 / 2, 5 / 6]) and tree.living.tolist() == [False, True, False, True, True]


def test_trees_of_nobody():
    for kin in (Kin(), Story(3, 20).kin()):
        tree = kin.line(np.array([], np.int64), 5)
        assert all(len(column) == 0 for column in tree)
        assert len(kin.line(np.array([-1, 12345]), 5).id) == 0


@pytest.mark.parametrize("length", [1, 2, 3, 1000])
def test_a_single_long_line_is_one_chain(length):
    kin, ids = Kin(), np.arange(length)
    dead = {"id": ids[:-1], "tick": ids[:-1] + 1, "cause": ids[:-1]}
    kin.add({"id": ids, "tick": ids, "mother": ids - 1, "father": np.full(length, -1)}, dead)
    tree = kin.line(ids[-1:], 9)
    assert [column.tolist() for column in tree] == [[length - 1], [-1], [0], [length - 1], [0.5], [True]]
    assert len(kin.of_one(length - 1, 10**9, 10**9).id) == length


# ---- bounded room, time ----


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1 << 30), st.integers(20, 60))
def test_the_room_is_bounded_and_the_lines_of_the_living_remain(seed, most):
    story, kin = Story(seed, 200), Kin(most)
    died = {who: tick for who, tick, _ in story.deaths}
    for tick in range(200):
        kin.add(*story.records(tick - 1, tick))
        living = [row[0] for row in story.births if row[1] <= tick < died.get(row[0], 1 << 40)]
        assert set(living) <= set(kin["id"][kin["died"] < 0].tolist()) and len(kin) <= max(most, len(living))
    assert np.array_equal(kin._rows(kin["mother"]), kin["up"])
    for agent in story.living:
        known = kin.ancestors(agent, 1000)
        assert known == story.mothers(agent)[1 : len(known) + 1]


def test_only_dead_ends_are_forgotten():
    """Where the lines of the living fit, they all stay, those of their fathers too."""
    story = Story(5, 300)
    kin, kept, waiting = Kin(200), set(), [*story.living]
    while waiting:
        agent = waiting.pop()
        kept.add(agent)
        waiting += [parent for parent in story.births[agent][2:] if parent >= 0 and parent not in kept]
    assert len(story.births) > 200 and len(kept) < 150
    kin.add(*story.records())
    assert set(kin["id"].tolist()) == kept


@quick
@given(stories, st.integers(0, 40), st.booleans())
def test_back_in_time_is_as_if_nothing_had_happened_since(story, tick, again):
    kin, other = story.kin(), Kin()
    kin.rewind(tick)
    other.add(*story.records(until=tick))
    assert same(kin, other)
    if again:
        kin.add(*story.records(max(-1, tick - 5)))
        assert same(kin, story.kin())


@quick
@given(stories, st.integers(1, 7))
def test_records_may_come_in_parts(story, size):
    kin = Kin()
    for tick in range(-1, 41, size):
        kin.add(*story.records(tick, tick + size))
    assert same(kin, story.kin())


@quick
@given(stories)
def test_saved_and_restored(story):
    kin, other = story.kin(), Story(7, 30).kin()
    saved = kin.saved()
    kin.rewind(3)
    kin.add(*Story(11, 35).records())
    other.restore(saved)
    assert same(other, story.kin())


def test_watched_from_the_middle_on():
    story = Story(2, 40)
    there = [row[0] for row in story.births if row[1] <= 20 and (story.end(row[0]) or 99) > 20]
    kin = Kin()
    kin.begin(np.array(there)[::-1], np.array([story.births[agent][1] for agent in there])[::-1])
    kin.add(*story.records(20))
    assert sorted(kin["id"][kin["died"] < 0].tolist()) == story.living
    assert kin.of(there[0]).mother is None and kin.of(there[0]).born == story.births[there[0]][1]
    for agent in story.living:
        line = story.mothers(agent)
        known = next(i for i, each in enumerate(line) if story.births[each][1] <= 20 or story.births[each][2] < 0)
        assert kin.ancestors(agent, 99) == line[1 : known + 1]
