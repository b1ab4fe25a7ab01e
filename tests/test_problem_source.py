"""A problem in the window: the lives of `alife score`, exactly; looking and going back change nothing; experiments do what they say."""

import math

import numpy as np
import pytest
from conftest import PROBLEMS
from hypothesis import given, settings
from hypothesis import strategies as st

from alife.core import config, registry, rng
from alife.core.errors import ConfigError, UserError
from alife.core.lanes import LANES, aligned
from alife.insight import mind
from alife.insight.score import TEST
from alife.sim.agent import Agent
from alife.sim.edits import Mind, Paint
from alife.sim.lives import Evaluator, life_seeds
from alife.viewer.problem import ProblemSource
from alife.viewer.source import size_of

TINY = {"world": {"kind": "copy", "bits": 4, "length": [1, 3]}, "memory": {"bits": 64}, "run": {"seed": 3}}
AGENT = Agent(config.load(TINY))
GENOMES = rng.uniforms((3, AGENT.genes), 5) * np.float32(2)
TICKS = 60


def source(genomes=GENOMES):
    return ProblemSource(AGENT, genomes, "champion")


def experiment(do, **more):
    return Mind(at=0, agent=0, do=do, **more)


def contents(of):
    """float32 (K, D): the memory of the one who lives now, as a copy."""
    memory = of.save()["block"].memory
    return AGENT.memory.module.contents(memory)[..., 0]


def until(of, condition):
    """Live until it holds."""
    for _ in range(200):
        if condition(of):
            return of
        of.advance(1)
    pytest.fail("it never did")


def same(one, two):
    """Two moments, bit by bit."""
    return all(np.array_equal(a, b, equal_nan=isinstance(a, float)) for a, b in zip(one, two, strict=True))


@pytest.fixture(scope="module")
def straight():
    """Digests at ticks 0 .. TICKS of one who only lives."""
    lived, digests = source(), []
    for _ in range(TICKS + 1):
        digests.append(lived.digest())
        lived.advance(1)
    return digests


# ---- the same lives ----


def test_the_scores_are_those_of_alife_score():
    lived = until(source(), lambda s: len(s.scores) == 7)
    with Evaluator(AGENT, 1) as evaluator:
        scores = evaluator.evaluate(GENOMES, life_seeds(7, AGENT.config.run.seed, TEST)).scores
    assert lived.scores == [scores[life % 3, life] for life in range(7)]
    shown = lived.scene()
    assert (shown.life, lived.life + 1, shown.is_over, shown.numbers["score mean"]) == (7, 7, True, np.mean(lived.scores))
    assert (shown.numbers["ceiling"], shown.numbers["optimum"]) == lived.bounds == (0.5, 1.0)


def test_a_tick_is_the_tick_of_evolution():
    lived, block, w = source(GENOMES[:1]), AGENT.block(), AGENT.in_lanes(GENOMES[:1])[0]
    AGENT.kernels.begin(block, np.full(LANES, rng.bits(1, rng.key(3, TEST))[0], np.uint64))
    block.alive[1:] = 0
    while block.alive[0]:
        before = AGENT.memory.module.contents(block.memory)[..., 0].copy()
        AGENT.kernels.see(block)
        seen = block.x[:, 0].copy()
        AGENT.kernels.advance(block, w, 1, np.zeros(LANES, np.int64))
        told = lived.moment(99)
        columns = {"out": block.x, "middle": block.h, "recall": block.r, "value": block.v, "address": block.head.a, "written": block.head.b}
        assert all(np.array_equal(getattr(told, name), column[:, 0]) for name, column in columns.items())
        assert np.array_equal(told.seen, seen) and told.gate == block.g[0, 0] and told.weight == np.linalg.norm(before)
        assert (told.tick, told.place) == (lived.tick, None) and math.isnan(told.energy)
        thought = mind.think(AGENT.controller, AGENT.layout, lived.genome(0)[None], seen[None, None], told.recall[None, None])
        assert np.array_equal(told.middle, thought.middle[0, 0]) and np.array_equal(told.out, thought.out[0, 0])
        lived.advance(1)
        assert np.array_equal(AGENT.world.module.picture(block.world, 0), lived.scene().land)
    assert lived.scene().is_over and same(lived.moment(0), told)
    assert np.array_equal(lived.genome(7), GENOMES[0].reshape(AGENT.shape))


def test_a_life_in_scenes():
    lived = source()
    while (shown := lived.scene()).life == 1:
        assert (shown.tick, shown.name, shown.agents, lived.is_over) == (lived.tick, "copy", None, False)
        assert lived.title == "champion 1" and lived.life_span() == (0, lived.tick)
        assert shown.numbers["life tick"] == lived.tick + (not shown.is_over)
        last = shown
        lived.advance(1)
    assert last.is_over and last.tick == last.numbers["life tick"]
    assert (lived.life_span(), lived.title, lived.scene().is_over) == ((last.tick + 1,) * 2, "champion 2", False)
    assert source(GENOMES[:1]).title == "champion"


def test_phases_tile_the_life_and_marks_are_its_answers():
    lived = until(source(), lambda s: s.scene().is_over)
    (first, middle, hear), (begun, last, say) = lived.phases()
    assert (first, hear, begun, say) == (0, "hear", middle, "say") and lived.life_span() == (0, last)
    assert [tick for tick, _, _ in lived.marks()] == list(range(begun, last))
    right, answers = lived.scene().answers
    assert sum(int(words.split()[1]) for _, _, words in lived.marks()) == right == lived.scores[0] * answers
    assert all((kind == "right") == (words == "say: 4 of 4 right") for _, kind, words in lived.marks())
    lived.advance(1)
    assert (lived.phases(), lived.marks(), lived.scene().phase) == ([(last + 1, last + 1, "hear")], [], "hear")


def test_a_world_without_progress_tells_none(monkeypatch):
    monkeypatch.delattr(AGENT.world.module, "progress")
    lived = until(source(), lambda s: s.scene().is_over)
    assert (lived.phases(), lived.marks(), lived.scene().phase, lived.scene().answers) == ([], [], "", (0, 0))


def test_a_skipped_life_has_no_score():
    lived = source()
    lived.advance(2)
    lived.skip()
    assert (lived.tick, lived.scene().life, lived.scene().numbers["life tick"], lived.scores) == (3, 2, 1, [])
    whole = until(source(), lambda s: s.scene().life == 2)
    assert np.array_equal(lived.scene().land, whole.scene().land) and np.array_equal(lived.moment(0).out, whole.moment(0).out)


def test_a_picture_of_another_kind_is_refused(monkeypatch):
    monkeypatch.setattr(AGENT.world.module, "picture", lambda s, lane: np.zeros((2, 2)))
    with pytest.raises(ConfigError, match=r"copy: expected a picture uint8 .* got float64 \(2, 2\)"):
        source().scene()


# ---- going back and forth ----

DEEDS = st.lists(st.tuples(st.sampled_from(["advance", "save", "restore", "fork", "scene", "moment"]), st.integers(0, 9)), max_size=14)


@given(DEEDS)
@settings(max_examples=40, deadline=None)
def test_whatever_is_done_a_tick_is_that_of_a_straight_run(straight, deeds):
    lived, kept = source(), []
    for deed, number in deeds:
        if deed == "advance":
            assert lived.advance(min(number, TICKS - lived.tick)) <= number
        elif deed == "save":
            kept.append((lived.tick, lived.save()))
        elif deed == "restore" and kept:
            tick, saved = kept[number % len(kept)]
            lived.restore(saved)
            assert lived.tick == tick
        elif deed == "fork":
            other, lived = lived, lived.fork()
            other.advance(number)
        elif deed in ("scene", "moment"):
            lived.scene() if deed == "scene" else lived.moment(number)
        assert lived.digest() == straight[lived.tick]


def test_looking_changes_nothing_in_a_net_that_keeps_something():
    agent = Agent(config.load({**TINY, "controller": {"kind": "elman"}}))
    genome = agent.controller.ask("start", agent.layout.width, rng.uniforms((1, *agent.shape), 5)).reshape(1, -1)
    lived, seen = (ProblemSource(agent, genome, "champion") for _ in range(2))
    for _ in range(12):
        told = seen.moment(0)
        assert same(told, seen.moment(0))
        lived.advance(1)
        seen.advance(1)
        assert lived.digest() == seen.digest()


def test_what_is_saved_is_plain_and_whole():
    lived = source()
    lived.edit(experiment("freeze memory"))
    lived.advance(5)
    saved = lived.save()
    assert size_of(saved) > 2 * contents(lived).nbytes * LANES
    before, marks, phases = lived.digest(), lived.marks(), lived.phases()
    lived.edit(experiment("thaw memory"))
    lived.advance(30)
    assert lived.digest() != before
    lived.restore(saved)
    assert (lived.digest(), lived.marks(), lived.phases()) == (before, marks, phases)
    lived.advance(20)
    lived.restore(saved)  # a second time: nothing is shared
    assert lived.digest() == before


def test_what_was_done_by_hand_comes_again_until_it_is_forgotten(straight):
    lived, digests = source(), {}
    begun = lived.save()
    deeds = {4: "wipe", 7: "freeze memory", 11: "skip", 12: "skip", 16: "thaw memory"}
    while lived.tick < 30:
        deed = deeds.pop(lived.tick, None)
        if deed == "skip":
            lived.skip()
        else:
            if deed:
                lived.edit(experiment(deed))
                digests[lived.tick] = lived.digest()
            lived.advance(1)
        digests[lived.tick] = lived.digest()
        if lived.tick == 9:
            middle = lived.save()
    for saved, twin in ((begun, lived.fork()), (middle, lived)):
        twin.restore(saved)
        while twin.tick < 30:
            twin.advance(1)
            assert twin.digest() == digests[twin.tick]
    lived.restore(begun)
    lived.forget_future()
    lived.advance(30)
    assert lived.digest() == straight[30] != digests[30]


def test_twins_look_alike_until_they_differ():
    lived = source()
    lived.advance(3)
    twin = lived.fork()
    assert lived.visible() == twin.visible()
    twin.skip()
    lived.advance(1)
    assert lived.visible() != twin.visible()


# ---- experiments ----


@pytest.fixture
def remembering():
    """One that has written something, in the middle of a life."""
    return until(source(), lambda s: np.abs(contents(s)).sum() > 0 and not s.scene().is_over)


def test_a_wiped_memory_is_empty(remembering):
    assert remembering.edit(experiment("wipe")) == "memory wiped"
    told = remembering.moment(0)
    assert not contents(remembering).any() and told.weight == 0 and not told.recall.any()
    remembering.advance(1)
    assert told.gate == 0 or contents(remembering).any()


def test_a_scrambled_memory_holds_the_same_rows_elsewhere(remembering):
    before, twin = contents(remembering), remembering.fork()
    remembering.edit(experiment("scramble"))
    after = contents(remembering)
    assert not np.array_equal(before, after) and sorted(map(tuple, before)) == sorted(map(tuple, after))
    twin.edit(experiment("scramble"))
    assert twin.digest() == remembering.digest()


def test_a_frozen_memory_does_not_change_in_any_life(remembering):
    before = contents(remembering)
    remembering.edit(experiment("freeze memory"))
    free = remembering.fork()
    free.edit(experiment("thaw memory"))
    for _ in range(30):
        remembering.advance(1)
        free.advance(1)
        assert np.array_equal(contents(remembering), before)
        assert remembering.scene().caption.endswith(" · memory frozen") and "frozen" not in free.scene().caption
    assert not np.array_equal(contents(free), before)
    remembering.edit(experiment("wipe"))
    remembering.advance(3)
    assert not contents(remembering).any()


def test_a_held_map_is_the_map_of_every_tick(remembering):
    thought = remembering.moment(0)
    genome = remembering.genome(0)
    gates = mind.think(AGENT.controller, AGENT.layout, genome[None], thought.seen[None, None], thought.recall[None, None]).gates[0, 0]
    told = tuple((min(k, 1), max(0, k - 1), i, int(gates[k, i])) for k, i in np.ndindex(gates.shape))
    assert remembering.edit(experiment("hold map", gates=told)) == f"all {gates.size} gates held"
    first, second = (mind.condensed(AGENT.controller, genome, half, part) for half, part in enumerate(np.split(gates, [1])))
    assert same(remembering.moment(0), thought)
    life = remembering.scene().life
    while remembering.scene().life == life:
        told = remembering.moment(0)
        np.testing.assert_allclose(told.middle, first.map @ mind.faced(AGENT.layout, told.seen), atol=1e-4)
        before = mind.between(AGENT.layout, told.seen, told.middle, told.recall, mind.parts_of(told.middle, AGENT.layout))
        np.testing.assert_allclose(told.out, second.map @ before, rtol=1e-4, atol=1e-4)
        assert remembering.scene().caption.endswith(f" · all {gates.size} gates held")
        remembering.advance(1)
    assert remembering.edit(experiment("restore genes")) == "genes restored"
    assert np.array_equal(remembering.genome(0), GENOMES[(remembering.scene().life - 1) % 3].reshape(AGENT.shape))
    assert "held" not in remembering.scene().caption


def test_gates_forced_add_up_and_outlast_a_life(remembering):
    assert remembering.edit(experiment("force", gates=((0, 0, 3, 1),))) == "1 gate held"
    assert remembering.edit(experiment("force", gates=((1, 2, 5, 0), (0, 0, 3, 0)))) == "2 gates held"
    remembering.advance(20)
    life = remembering.scene().life
    expected = GENOMES[(life - 1) % 3].reshape(AGENT.shape).copy()
    expected[0, 0, 3], expected[3, 0, 5] = expected[0, 1, 3], expected[3, 1, 5]
    assert np.array_equal(remembering.genome(0), expected)
    twin = remembering.fork()
    twin.advance(9)
    remembering.advance(9)
    assert twin.digest() == remembering.digest()


@pytest.mark.parametrize(
    "edit, words",
    [
        (experiment("swap", other=3), "lives alone"),
        (Paint(at=0, brush="food", cells=(1,)), "only the mind of its agent"),
        (experiment("force", gates=((0, 1, 0, 1),)), r"1 x 64 and 3 x 64 gates, got \(0, 1, 0, 1\)"),
        (experiment("force", gates=((1, 2, 3, 1), (1, 2, 64, 1))), r"got \(1, 2, 64, 1\)"),
        (experiment("hold map", gates=((0, 0, 0, 1),)), "all of 1 x 64 and 3 x 64 gates, 255 are not told"),
    ],
)
def test_what_cannot_be_done_changes_nothing(remembering, edit, words):
    before = remembering.digest()
    with pytest.raises(UserError, match=words):
        remembering.edit(edit)
    assert remembering.digest() == before


def test_parts_that_offer_nothing_are_named(monkeypatch):
    lived = source()
    monkeypatch.delattr(AGENT.memory.module, "contents")
    assert math.isnan(lived.moment(0).weight)
    with pytest.raises(UserError, match="memory lsh: it does not show its contents"):
        lived.edit(experiment("freeze memory"))
    monkeypatch.delattr(AGENT.controller.module, "forced")
    with pytest.raises(UserError, match="controller wht: it does not say how to hold a gate"):
        lived.edit(experiment("force", gates=((0, 0, 0, 1),)))


# ---- what worlds tell of their lives ----

SMALL = {
    "copy": {"bits": 3, "length": (1, 4)}, "shelves": {"shelves": (1, 4), "key_bits": 4, "choices": 3},
    "corridor": {"length": (1, 6)}, "forage": {"size": 6, "ticks": 20, "patches": 2, "radius": 1},
}  # fmt: skip
PHASES = {"copy": ["hear", "say"], "shelves": ["walk", "ask"], "corridor": ["cue", "delay", "query"]}


@pytest.mark.parametrize("kind", [kind for kind in PROBLEMS if hasattr(registry.load("worlds", kind), "progress")])
@given(seed=st.integers(0, 2**64 - 1), lane=st.integers(0, LANES - 1))
@settings(max_examples=25, deadline=None)
def test_progress(kind, seed, lane):
    world = registry.load("worlds", kind)
    p = world.Params(**SMALL.get(kind, {}))
    s, slots = world.state(p), aligned((64, LANES))
    world.begin(s, lane, np.uint64(seed))
    told, alive, t = [world.progress(s, lane)], True, 0
    while alive:
        slots[:, lane] = 2 * rng.uniforms((64,), seed, t) - 1
        if hasattr(world, "asking") and kind in PHASES:
            assert world.asking(s, lane) == (told[-1][0] == PHASES[kind][-1])
        alive, t = world.act(s, lane, slots), t + 1
        told.append(world.progress(s, lane))
        assert [type(part) for part in told[-1]] == [str, int, int]
        assert 0 <= told[-1][1] - told[-2][1] <= told[-1][2] - told[-2][2]
    assert told[0][1:] == (0, 0)
    if kind in PHASES:
        assert [name for name, _, _ in told] == sorted((name for name, _, _ in told), key=PHASES[kind].index)
        assert np.float32(told[-1][1]) / np.float32(told[-1][2]) == world.score(s, lane)
