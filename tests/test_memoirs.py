"""What is remembered of the time that was watched: who is whose child, measures, events, a mind's track; also after going back."""

import numpy as np
import pytest
from conftest import evolves
from test_eco_plugin import RING, on
from toy import Told
from watched import TICKS, all_gates, config, ids, living, of, paused, problem

from alife.core.errors import UserError
from alife.evolve import ecology
from alife.insight.track import Track
from alife.sim.edits import Happen, Mind, Paint, Put, encoded
from alife.store import chronicle
from alife.viewer import memoirs as remembered
from alife.viewer.frames import Wants
from alife.viewer.memoirs import PACE, Memoirs

pytestmark = evolves
EVERYWHERE = tuple(range(480))


@pytest.fixture(scope="module")
def books(tmp_path_factory):
    """Births, deaths and events of `alife run`, and the folder."""
    out = tmp_path_factory.mktemp("runs")
    ecology.begin(config(f"run.ticks={TICKS}"), out, Told(), "r")
    with chronicle.read(out / "r" / "run.sqlite") as reader:
        return reader.births(), reader.deaths(), [(event.tick, event.kind, event.text) for event in reader.events()]


def check_kin(player, books, since=0):
    """All that is remembered against the books of the run; of those born before `since` parents are not known.

    Newcomers age in the tick in which they come, so if that was not seen they may be told to be born a tick too early.
    """
    births, deaths, _ = books
    kin, tick = player.memoirs.kin, player.source.tick
    for i in range(len(kin)):
        agent = int(kin["id"][i])
        row = int(np.flatnonzero(births["id"] == agent)[0])
        came_later = 0 < births["tick"][row] <= since and births["mother"][row] < 0
        assert births["tick"][row] - came_later <= kin["born"][i] <= births["tick"][row]
        if births["tick"][row] > since:
            assert (kin["mother"][i], kin["father"][i]) == (births["mother"][row], births["father"][row])
        death = np.flatnonzero((deaths["id"] == agent) & (deaths["tick"] <= tick))
        told = (kin["died"][i], kin["cause"][i])
        assert told == ((deaths["tick"][death[0]], deaths["cause"][death[0]]) if len(death) else (-1, -1))
    known = set(kin["id"].tolist())
    assert {*births["id"][(births["tick"] <= tick) & (births["tick"] > since)].tolist(), *ids(player.source)} <= known


def test_relatives_are_those_of_the_run(books):
    player = paused(living())
    check_kin(player, books)
    for tick in (30, TICKS, 7, 61, 60, 0, TICKS):
        player.goto(tick)
        check_kin(player, books)
    births = books[0]
    mothers = set(births["mother"].tolist()) - {-1}
    player.want(follow=min(mothers))
    person = player.memoirs.story().person
    assert person.children == np.sort(births["id"][(births["mother"] == min(mothers)) | (births["father"] == min(mothers))]).tolist()
    of_children = dict(zip(births["id"].tolist(), births["tick"].tolist(), strict=True))
    assert person.events == [(of_children[child], "birth") for child in person.children]


@pytest.mark.parametrize("begin", [1, 33, 61])
def test_watching_from_the_middle_on(books, begin):
    source = living()
    source.advance(begin)
    source.records()
    player = paused(source)
    for tick in (TICKS, begin, 70):
        player.goto(tick)
        check_kin(player, books, since=begin)


def test_events_are_those_of_the_run(books):
    player = paused(living())
    for tick in (TICKS, 30, 10, 65, 46, TICKS):
        player.goto(tick)
        events = player.memoirs.story().events
        assert list(events) == [event for event in books[2] if event[0] <= tick]
    assert {kind for _, kind, _ in events} >= {"plague", "flood", "migration"}


# ---- measures ----


def test_measures_come_at_their_pace(monkeypatch):
    monkeypatch.setattr(remembered, "_SHARE", 1e9)
    player = paused(living("world.interventions=[]"))
    plain = living("world.interventions=[]")
    rows = {0: plain.measures()}
    while plain.tick < 200:
        plain.advance(PACE)
        rows[plain.tick] = plain.measures()
    for ticks in (7, 1, 61, 81, 50):
        assert 1 <= player.memoirs.until_due() == PACE - player.source.tick % PACE
        player.live(ticks)
    for tick in (200, 120, 30, 200):
        player.goto(tick)
        series = player.memoirs.series
        assert series.ticks.tolist() == [at for at in rows if at <= tick]
        for name in ("population", "agent_ticks", "diversity", "memory_writes", "key_entropy"):
            assert series.column(name)[1].tolist() == [row[name] for at, row in rows.items() if at <= tick], name
    told = player.memoirs.story().series
    player.live(PACE)
    assert told.ticks.tolist() == list(rows), "a copy"


def test_measuring_takes_no_more_than_its_share(monkeypatch):
    """What takes long is done seldom."""
    now = [0.0]
    monkeypatch.setattr(remembered.time, "perf_counter", lambda: now[0])
    source = living("world.interventions=[]")
    measures, asked = source.measures, []

    def slow():
        asked.append(source.tick)
        now[0] += 1.0
        return measures()

    monkeypatch.setattr(source, "measures", slow)
    memoirs = Memoirs(source)
    while source.tick < 700:
        source.advance(min(PACE, memoirs.until_due()))
        memoirs.lived()
        now[0] += 5.0
    assert asked == [0, 50, 550] and memoirs.series.ticks.tolist() == asked


# ---- the one that is followed ----


def track_of(source, agent, last):
    """Of an agent from now on, tick by tick, as nobody else would make it."""
    track = Track(source.config.controller, source.layout, source.genome(agent))
    while source.tick <= last:
        if (moment := source.moment(agent)) is not None:
            track.add(moment)
        source.advance(1)
    return track


def same_look(a, b):
    assert (a.ticks, a.key, a.keys, a.seen_before, a.action, a.load) == (b.ticks, b.key, b.keys, b.seen_before, b.action, b.load)
    assert a.senses == b.senses and a.actions == b.actions and a.because == b.because and len(a.writes) == len(b.writes)
    assert all(np.array_equal(x.gates, y.gates) and np.array_equal(x.flipped, y.flipped) for x, y in zip(a.strips, b.strips, strict=True))
    assert np.array_equal(a.energies, b.energies, equal_nan=True) and a.residual == b.residual < 1e-4


def old_one(tick):
    """An agent that was there at the start and lives at a tick."""
    source = living()
    source.advance(tick)
    return min(ids(source))


def test_its_track_is_whole_after_going_back():
    agent = old_one(60)
    wanted = track_of(living(), agent, 60).look()
    player = paused(living(), wants=Wants(follow=agent))
    for tick in (40, 12, 30, 29, 0, 60, 59, 60):
        player.goto(tick)
        assert player.memoirs.story().look.moment.tick == tick
    same_look(player.memoirs.story().look, wanted)


def test_a_life_from_before_birth_to_after_death(books):
    """Not yet born, alive, dead, and back: it is always said."""
    births, deaths, _ = books
    lived = {agent: tick for agent, tick in zip(births["id"].tolist(), births["tick"].tolist(), strict=True) if 10 < tick < 40}
    ended = dict(zip(deaths["id"].tolist(), deaths["tick"].tolist(), strict=True))
    agent = next(agent for agent in lived if lived[agent] + 6 < ended.get(agent, 0) < TICKS - 5)
    player = paused(living(), wants=Wants(tree=True, follow=agent))
    wanted = None
    for tick in (0, 5, lived[agent] - 1, lived[agent], ended[agent] - 1, ended[agent], TICKS, 2, TICKS, lived[agent], 3, ended[agent]):
        player.goto(tick)
        story = player.memoirs.story()
        person = story.person
        assert (person.id, person.is_followed, person.can_edit) == (agent, True, lived[agent] <= tick < ended[agent])
        assert player.memoirs.is_following == (tick < ended[agent])
        if tick < lived[agent]:
            assert person.subtitle == "not born yet" and story.look is None and story.own_tree is None
        elif tick < ended[agent]:
            assert person.subtitle == f"age {tick - lived[agent]:,}" and story.look.moment.tick == tick
            assert story.look.ticks == tick - lived[agent] + 1 and agent in story.own_tree.id
        else:
            assert person.subtitle.startswith(f"died at tick {ended[agent]:,} of ")
            assert story.look.moment.tick == ended[agent] - 1 and story.look.ticks == ended[agent] - lived[agent]
            wanted = wanted or story.look
            same_look(story.look, wanted)


def test_somebody_from_before_the_beginning():
    source = living()
    source.advance(40)
    source.records()
    dead = next(agent for agent in range(100) if source.place_of(agent) < 0)
    person = paused(source, wants=Wants(follow=dead)).frame.story.person
    assert person.subtitle == "died before tick 40, where this view begins" and not person.can_edit


def test_the_tree_of_now():
    player = paused(living(), wants=Wants(tree=True))
    for tick in (40, 20, 70):
        player.goto(tick)
        story = player.memoirs.story()
        assert set(story.tree.id[story.tree.living].tolist()) == set(ids(player.source)) and len(story.signatures) == len(story.tree.id)
        assert story.tree.end.max() == tick
    player.want(tree=False)
    assert player.memoirs.story().tree is None


# ---- by hand ----


def test_genes_changed_by_hand_are_the_ones_that_are_told():
    """Before, after, and when time is lived again across the change: the map always is of the genes of that tick."""
    agent = old_one(50)
    player = paused(living(), wants=Wants(follow=agent))
    player.goto(20)
    gates = all_gates(player.source, agent)
    flipped = tuple((half, layer, unit, 1 - state) for half, layer, unit, state in gates)
    for at, edit in (
        (20, Mind(at=20, agent=agent, do="hold map", gates=gates)),
        (26, Mind(at=26, agent=agent, do="force", gates=flipped[:7])),
        (31, Mind(at=31, agent=agent, do="restore genes")),
    ):
        player.goto(at)
        player.edit(edit, False)
    player.goto(35)
    looks = {}
    for tick in (35, 33, 31, 29, 26, 25, 20, 19, 20, 26, 31, 32, 34, 8, 35):
        player.goto(tick)
        source, look = player.source, player.memoirs.story().look
        genome, moment = source.genome(agent), source.moment(agent)
        fresh = Track(source.config.controller, source.layout, genome)
        fresh.add(moment)
        assert np.array_equal(player.memoirs._track.genome, genome) and look.key == fresh.look().key
        assert np.array_equal(look.map, fresh.look().map) and look.residual < 1e-4 and look.ticks == tick + 1
        if tick in looks:
            same_look(look, looks[tick])
        looks[tick] = look
    maps = {tick: look.map.round(4).tobytes() for tick, look in looks.items()}
    assert maps[19] != maps[20] == maps[25] != maps[26] == maps[29] != maps[31]


def test_another_one_by_the_same_name():
    """History forks before a birth: who is born then by that id has other genes, and they are told."""
    player = paused(living(), wants=Wants(follow=None))
    player.live(60)
    agent = max(ids(player.source))
    player.want(follow=agent)
    genome = player.memoirs._track.genome
    player.goto(5)
    player.edit(Paint(at=5, brush="erase", cells=EVERYWHERE[:200]), False)
    while player.source.place_of(agent) < 0:
        player.step()
    assert np.array_equal(player.memoirs._track.genome, player.source.genome(agent)) and player.memoirs._track.ticks == 1
    assert not np.array_equal(player.memoirs._track.genome, genome)


def test_newcomers_and_the_erased_are_remembered_at_once():
    player = paused(living())
    player.live(10)
    genome = encoded(player.source.genome(ids(player.source)[0]))
    player.edit(Put(at=10, cells=EVERYWHERE[:300], genome=genome), False)
    newcomers = [agent for agent in ids(player.source) if agent >= max(player.memoirs.kin["id"]) - 20]
    gone = set(ids(player.source))
    player.edit(Paint(at=10, brush="erase", cells=EVERYWHERE[250:]), False)
    gone -= set(ids(player.source))
    assert len(gone) > 20 and set(newcomers) <= set(player.memoirs.kin["id"].tolist())
    kin = player.memoirs.kin.saved()
    for tick in (14, 10, 3, 10, 30, 10):
        player.goto(tick)
        now = player.memoirs.kin
        assert set(ids(player.source)) == set(now["id"][now["died"] < 0].tolist())
        if tick == 10:
            assert all(np.array_equal(now[name], column) for name, column in kin.items())


def test_marks_of_what_was_done():
    """They go with time, come again with it, and what is undone or overtaken leaves none."""
    player = paused(living())
    assert player.memoirs.edits == 0
    words = []
    for at in (5, 5, 12):
        player.goto(at)
        player.edit(Paint(at=at, brush="wall", cells=(at, 7 * len(words))), False)
        words.append((at, "edit"))

    def told():
        story = player.memoirs.story()
        marks = [mark[:2] for mark in story.marks if mark[1] == "edit"]
        assert marks == [event[:2] for event in story.events if event[1] == "edit"]
        return marks, story.edits

    for tick, number in ((12, 3), (20, 3), (11, 2), (5, 2), (4, 0), (30, 3)):
        player.goto(tick)
        assert told() == (words[:number], 3)
    player.undo()
    assert told() == (words[:2], 2) and player.source.tick == 12
    player.undo()
    assert told() == (words[:1], 1) and player.source.tick == 5
    player.goto(2)
    player.edit(Happen(at=2, do="drought"), False)
    player.goto(20)
    assert told() == ([(2, "edit")], 1)


def test_edits_of_the_run_are_not_ones_own():
    source = living(edits=[Happen(at=3, do="drought"), Happen(at=30, do="plague")])
    source.advance(10)
    player = paused(source)
    assert player.memoirs.edits == 0
    player.goto(40)
    assert player.memoirs.edits == 0 and (30, "edit", "plague") in player.memoirs.story().events
    player.edit(Paint(at=40, brush="wall", cells=(1,)), False)
    assert player.memoirs.edits == 1
    player.goto(20)
    player.edit(Paint(at=20, brush="wall", cells=(1,)), False)
    assert player.memoirs.edits == 1 and len(source.edits) == 2


# ---- problems ----


def test_a_track_for_every_life():
    player = paused(problem())
    source, memoirs = player.source, player.memoirs
    looks = {}
    for tick in [*range(1, 60), 41, 12, 58, 30, 59]:
        player.goto(tick)
        look, first = memoirs.story().look, source.life_span()[0]
        assert np.array_equal(memoirs._track.genome, source.genome(0)) and memoirs._track.moments[0].tick >= first
        assert look.ticks == len({moment.tick for moment in memoirs._track.moments})
        if tick in looks and look.ticks == looks[tick].ticks:
            same_look(look, looks[tick])
        looks[tick] = look
    assert len(source.scores) > 3 and memoirs.story().scores == tuple(source.scores) and memoirs.story().first == source.life_span()[0]


def test_experiments_on_a_problem_are_marked_also_when_they_come_again():
    player = paused(problem())
    gates = all_gates(player.source, 0)
    player.goto(2)
    player.edit(Mind(at=2, agent=0, do="hold map", gates=gates), True)
    player.goto(4)
    player.edit(Mind(at=4, agent=0, do="wipe"), True)
    for tick, done in ((5, [2, 4]), (3, [2]), (1, []), (2, [2]), (4, [2, 4]), (5, [2, 4]), (1, []), (5, [2, 4]), (2, [2])):
        player.goto(tick)
        story, first = player.memoirs.story(), player.source.life_span()[0]
        assert [event[0] for event in story.events] == done
        assert [mark[0] for mark in story.marks if mark[1] == "edit"] == [at for at in done if at >= first]
        assert np.array_equal(player.memoirs._track.genome, player.source.genome(0)) and story.look.residual < 1e-4
    with pytest.raises(UserError):
        player.edit(Mind(at=2, agent=0, do="swap", other=1), True)
    player.goto(5)
    assert len(player.memoirs.story().events) == 2, "what failed has not ended this history"


def test_a_world_without_bodies(tmp_path):
    (tmp_path / "ring.py").write_text(RING)
    player = paused(of(on(tmp_path / "ring.py")), wants=Wants(True, True, True, 2))
    for tick in (10, 30, 5):
        player.goto(tick)
        story = player.memoirs.story()
        assert story.person.title == "agent 2" and story.person.energy is None and story.person.facts == []
        assert set(story.tree.id[story.tree.living].tolist()) == set(ids(player.source))
