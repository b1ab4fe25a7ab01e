"""An ecosystem as the window's source: what is told is what is there, looking changes nothing, and time can be taken back."""

import copy

import numpy as np
import pytest
from conftest import evolves
from test_eco_plugin import RING, on
from watched import founded, ids, lived, living, of, straight

from alife.core.errors import InputError, UserError
from alife.insight import mind
from alife.insight.track import Track
from alife.sim.edits import Happen, Mind, Paint, Put, encoded
from alife.viewer.living import from_checkpoint
from alife.viewer.source import size_of

pytestmark = evolves
EVERYWHERE = tuple(range(480))


def look_at_all(source):
    """Ask everything that there is to be asked."""
    some = ids(source)[:3]
    source.scene(True, True), source.measures(), source.champion(), source.visible(), source.save(), source.digest()
    source.signatures(np.array([*some, 10**9]))
    for agent in (*some, 10**9, -1):
        source.moment(agent), source.place_of(agent), source.edits_in_words(agent)


@pytest.fixture
def ring(tmp_path):
    (tmp_path / "ring.py").write_text(RING)
    return of(on(tmp_path / "ring.py"))


def test_looking_changes_nothing():
    source = living()
    for tick in (0, 1, 20, 45, 61, 80):
        source.advance(tick - source.tick)
        look_at_all(source)
        assert source.tick == tick and source.digest() == straight()[tick]


def test_a_scene_is_what_is_there():
    source = living()
    source.advance(50)
    scene, snapshot = source.scene(True, True), source.ecosystem.snapshot()
    agents = scene.agents
    for name in ("place", "id", "energy", "age", "tag", "facing", "deed"):
        assert np.array_equal(getattr(agents, name), snapshot[name]), name
    assert np.array_equal(agents.row * 20 + agents.column, snapshot["cell"])
    assert scene.tick == 50 and scene.land.shape == (24, 20, 3) and scene.numbers == {"population": len(agents.id)}
    assert len(set(agents.key.tolist())) > 10 and (agents.species >= 0).all() and np.isfinite(agents.recall).all()
    for i in range(0, len(agents.id), 9):
        moment = source.moment(int(agents.id[i]))
        assert moment.place == (agents.row[i], agents.column[i]) and moment.energy == agents.energy[i] and moment.tick == 50
        assert moment.gate == agents.gate[i] and np.abs(moment.recall).max() == agents.recall[i]
    plain = source.scene()
    assert (plain.agents.species == -1).all() and (plain.agents.key == 0).all() and np.isnan(plain.agents.gate).all()
    for shown in (scene.land, agents.energy, agents.id):
        shown[...] = 0
    assert source.digest() == straight()[50]


def test_equal_keys_are_equal_maps():
    source = living()
    source.advance(30)
    agents = source.scene(True).agents
    gates = {}
    for agent, key in zip(agents.id.tolist(), agents.key.tolist(), strict=True):
        moment, w = source.moment(agent), source.genome(agent)
        told = mind.think(source.config.controller, source.layout, w[None], moment.seen[None, None], moment.recall[None, None])
        found = told.gates.tobytes()
        assert gates.setdefault(key, found) == found
        track = Track(source.config.controller, source.layout, w)
        track.add(moment)
        assert track.look().key == f"{key:016x}"
    assert len(set(gates.values())) == len(gates) > 10


def test_genomes_signatures_and_the_champion():
    source = living()
    source.advance(60)
    snapshot = source.ecosystem.snapshot()
    for agent, genome in zip(snapshot["id"].tolist(), snapshot["genomes"], strict=True):
        assert np.array_equal(source.genome(agent).ravel(), genome)
    dead = next(agent for agent in range(10**4) if agent not in ids(source))
    with pytest.raises(KeyError):
        source.genome(dead)
    assert source.moment(dead) is None and source.place_of(dead) == -1
    found = source.signatures(np.array([dead, *ids(source)]))
    assert not found[0].any() and found[1:].any(axis=1).all()
    most = max(zip(snapshot["children"].tolist(), snapshot["intake"].tolist(), (-snapshot["id"]).tolist(), strict=True))
    assert source.champion() == -most[2]


def test_records_come_once_and_complete():
    source, alone = living(), founded()
    told, plain = [], []
    for ticks in (0, 1, 7, 30, 22):
        source.advance(ticks)
        births, deaths, events = source.records()
        told += [*births["id"].tolist(), *deaths["id"].tolist(), *events]
    assert [len(part["id"]) for part in source.records()[:2]] == [0, 0] and source.records()[2] == []
    while alone.tick < 60:
        alone.advance(1)
        births, deaths = alone.births(), alone.deaths()
        plain += [*births["id"].tolist(), *deaths["id"].tolist(), *alone.events()]
    assert sorted(map(repr, told)) == sorted(map(repr, plain)) and len(told) > 200


def test_more_births_than_there_is_room_for_at_a_time():
    """A long step is not cut short by records that wait."""
    source = living("world.founders=150", "world.breed_energy=75", "world.birth_energy=60", "world.maturity=0", "world.lifespan=10")
    room = len(source.ecosystem.q.births)
    assert source.advance(200) == 200 or source.is_over
    assert sum(len(part["id"]) for part in source.records()[:2]) > 2 * room


def test_back_and_forth():
    source = living()
    source.advance(30)
    saved = source.save()
    before = copy.deepcopy(saved)
    assert size_of(saved) > 100_000
    source.advance(40)
    for _ in range(2):
        source.restore(saved)
        assert source.tick == 30 and source.digest() == straight()[30]
        source.advance(20)
        assert source.digest() == straight()[50]
    assert all(np.array_equal(saved["arrays"][name], before["arrays"][name]) for name in saved["arrays"])
    assert (saved["meta"], saved["journal"]) == (before["meta"], before["journal"])


def test_a_twin_shares_nothing_and_keeps_nothing():
    source = living()
    source.advance(20)
    source.scene(species=True)
    twin = source.fork()
    assert np.array_equal(twin.scene(species=True).agents.species, source.scene(species=True).agents.species)
    source.edit(Paint(at=20, brush="erase", cells=EVERYWHERE[:200]))
    assert twin.visible() != source.visible() and twin.digest() == straight()[20]
    twin.advance(50)
    assert twin.digest() == straight()[70] and not twin._births and not twin._deaths and not twin.ecosystem.events()
    assert source.digest() == lived(source.edits, 20) and source.tick == 20


def test_what_was_done_by_hand_is_done_at_the_tick_reached():
    """However it is reached; records and places of those who are put and erased are right at once."""
    genome = encoded(np.ones(512))
    edits = [Happen(at=10, do="drought"), Put(at=10, cells=EVERYWHERE[200:260], genome=genome)]
    edits += [Paint(at=25, brush="erase", cells=EVERYWHERE[:99])]
    one, other = living(edits=edits), living(edits=edits)
    one.advance(10)
    other.advance(4), other.advance(6)
    assert one.digest() == other.digest() == lived(edits, 10) != straight()[10] and one.journal.is_between
    assert set(one.records()[0]["id"].tolist()) >= set(ids(one)) and len(ids(one)) > 100
    saved = one.save()
    one.advance(30)
    assert one.digest() == lived(edits, 40)
    other.restore(saved)
    other.forget_future()
    other.advance(30)
    assert other.edits == tuple(edits[:2]) and other.digest() == lived(edits[:2], 40)
    late = living(edits=[Paint(at=0, brush="erase", cells=EVERYWHERE)])
    assert late.advance(0) == 0 and late.ecosystem.extinct and not late.is_over
    assert late.advance(5) == 1 and late.is_over and late.advance(5) == 0


def test_an_emptied_world_passes_one_tick_and_may_be_settled_again():
    source = living()
    source.advance(5)
    genome = encoded(source.genome(ids(source)[0]))
    source.edit(Paint(at=5, brush="erase", cells=EVERYWHERE))
    assert source.ecosystem.extinct and not source.is_over and source.champion() is None
    look_at_all(source)
    assert source.advance(3) == 1 and source.is_over and source.tick == 6
    source.edit(Put(at=6, cells=EVERYWHERE[:60], genome=genome, energy=900))
    assert not source.is_over and source.advance(4) == 4
    assert source.digest() == lived(source.edits, 10)


def test_what_cannot_be_done_changes_nothing():
    source = living(edits=[Happen(at=30, do="plague")])
    source.advance(10)
    before = source.digest(), source.edits, source.journal.state(), source.config
    dead = next(agent for agent in range(10**4) if agent not in ids(source))
    for edit in (
        Mind(at=10, agent=dead, do="wipe"), Mind(at=10, agent=10**9, do="freeze memory"), Paint(at=9, brush="wall", cells=(1,)),
        Paint(at=11, brush="wall", cells=(1,)), Happen(at=10, do="famine"), Mind(at=10, agent=ids(source)[0], do="thaw memory"),
    ):  # fmt: skip
        with pytest.raises(UserError):
            source.edit(edit)
        assert before == (source.digest(), source.edits, source.journal.state(), source.config)
    assert not [event for event in source.records()[2] if event[1] == "edit"]


def test_a_state_of_another_history_is_refused():
    source, other = living(), living(edits=[Happen(at=3, do="plague")])
    other.advance(5)
    source.advance(8)
    with pytest.raises(InputError, match="may not change"):
        source.restore(other.save())
    assert source.tick == 8 and source.digest() == straight()[8]
    source.restore(from_checkpoint(living().save()["arrays"], {"before": {}, "told": [], "census": None}))
    assert source.tick == 0


def test_a_world_without_bodies(ring):
    source, alone = ring, founded(ring.config)
    look_at_all(source)
    scene = source.scene(True, True)
    assert scene.agents is None and scene.land.shape == (1, 10, 3) and scene.numbers == {"population": 8.0}
    moment = source.moment(3)
    assert moment.place is None and np.isnan([moment.energy, moment.weight]).all() and source.champion() == 0
    source.advance(12), alone.advance(12)
    assert source.digest() == alone.digest() and source.deeds == ("stay", "step")


def test_words_for_what_is_in_force():
    source = living()
    agent = ids(source)[5]
    assert source.edits_in_words(agent) == []
    source.edit(Mind(at=0, agent=agent, do="freeze memory"))
    source.edit(Mind(at=0, agent=agent, do="force", gates=((0, 0, 1, 1),)))
    assert len(source.edits_in_words(agent)) == 2 and source.edits_in_words(agent + 1) == []
