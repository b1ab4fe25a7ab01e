"""Time in the window: watching changes nothing, and however one goes back and forth, each tick is as it would have been."""

import threading
import time

import pytest
from conftest import evolves
from hypothesis import given, settings
from hypothesis import strategies as st
from test_eco_plugin import RING, on
from watched import TICKS, founded, ids, living, of, paused, problem, snapshots_often, straight

from alife.core.errors import UserError
from alife.sim.edits import Mind
from alife.viewer import player as players
from alife.viewer.frames import Wants
from alife.viewer.history import History
from alife.viewer.player import SPEEDS, Player

pytestmark = evolves
FASTEST = len(SPEEDS) - 1
EVERYTHING = Wants(keys=True, species=True, tree=True, follow=3)


@pytest.fixture(scope="module")
def lone():
    """Digests at ticks 0 .. TICKS of lives that nobody looks at."""
    source, digests = problem(), []
    for _ in range(TICKS + 1):
        digests.append(source.digest())
        source.advance(1)
    return digests


@pytest.fixture
def often(monkeypatch):
    snapshots_often(monkeypatch)


def until(player, tick, seconds=30.0):
    """Wait for a thread."""
    end = time.perf_counter() + seconds
    while player.frame.scene.tick < tick and player.failure is None and time.perf_counter() < end:
        time.sleep(0.002)
    assert player.failure is None and player.frame.scene.tick >= tick


# ---- watching changes nothing ----


@pytest.mark.parametrize("speed", [5, 7, 9, FASTEST])
@pytest.mark.parametrize("wants", [Wants(), EVERYTHING])
def test_at_any_speed(speed, wants):
    """The clock is made up: so much passes between two calls, and sometimes much more."""
    player, now, checked = Player(living(), wants), 0.0, set()
    player.speed = speed
    for step in range(400):
        now += 0.7 if step % 50 == 49 else 0.01
        assert player.work(now) >= 0
        if step % 3 == 0:
            player.publish()
        tick = player.source.tick
        if tick <= TICKS and tick not in checked:
            checked.add(tick)
            assert player.source.digest() == straight()[tick] and player.frame.speed == SPEEDS[speed]
        if tick > TICKS:
            break
    assert len(checked) > 3 and player.source.tick > 20


def test_in_a_thread():
    """Everything is shown, the speed changes, and every now and then somebody pauses."""
    player = Player(living(), EVERYTHING)
    player.start()
    player.do(lambda: player.faster(FASTEST))
    until(player, 20)
    player.do(player.pause)
    player.do(lambda: player.want(follow=ids(player.source)[0], keys=False))
    player.do(player.step)
    player.do(player.double)
    player.do(lambda: player.faster(-4))
    player.do(player.pause)
    until(player, 40)
    assert player.ask(lambda: player.source.tick) >= 40
    player.close()
    assert player.failure is None and "simulation" not in {thread.name for thread in threading.enumerate()}
    player.goto(player.source.tick + 5)
    alone = founded()
    while alone.tick < player.source.tick:
        alone.advance(1), alone.births(), alone.deaths()
    assert player.source.digest() == player.twin.digest() == alone.digest()
    player.start()
    player.do(lambda: player.goto(33))
    until_paused(player, 33)
    player.close()
    assert player.source.digest() == player.twin.digest() == straight()[33]


def until_paused(player, tick):
    end = time.perf_counter() + 30
    while (player.frame.scene.tick != tick or player.frame.is_seeking) and time.perf_counter() < end:
        time.sleep(0.002)
    assert player.frame.scene.tick == tick and player.frame.is_paused and player.failure is None


def test_a_problem(lone):
    for wants in (Wants(), EVERYTHING):
        player, now = Player(problem(), wants), 0.0
        player.speed = 8
        while player.source.tick < TICKS - 10:
            now += 0.02
            player.work(now)
            player.publish()
        assert player.source.digest() == lone[player.source.tick]
        player.double()
        player.goto(5)
        assert player.source.digest() == player.twin.digest() == lone[5]
        player.goto(TICKS)
        assert player.source.digest() == player.twin.digest() == lone[TICKS] and player.frame.first_difference is None


# ---- going back ----

COMMANDS = st.one_of(
    st.tuples(st.sampled_from(("step", "back", "double", "publish"))),
    st.tuples(st.sampled_from(("goto", "live")), st.integers(0, TICKS)),
    st.tuples(st.just("seek"), st.sampled_from(("birth", "death", "decision"))),
    st.tuples(st.just("follow"), st.integers(0, 200)),
    st.tuples(st.just("show"), st.booleans(), st.booleans()),
)


def follow(player, command, digests):
    """Do one of the above, and check the tick."""
    match command:
        case ("goto", tick):
            player.goto(tick)
            assert player.source.tick == tick and player.paused
        case ("live", ticks):
            player.live(min(ticks, TICKS - player.source.tick))
        case ("seek", kind):
            if player.source.tick < TICKS - 20:
                player.seek(kind)
                while player._travels and player.source.tick < TICKS:
                    player._seek()
                player.pause(True)
        case ("follow", agent):
            player.want(follow=agent)
        case ("show", keys, tree):
            player.want(keys=keys, tree=tree)
        case ("step",) if player.source.tick == TICKS:
            pass
        case (name,):
            getattr(player, name)()
    assert player.source.digest() == digests[player.source.tick], command
    if player.twin is not None:
        assert player.twin.digest() == digests[player.source.tick] and player._first_difference is None
    player.publish()
    assert player.frame.scene.tick == player.source.tick <= player.frame.last


@settings(max_examples=15, deadline=None)
@given(st.lists(COMMANDS, max_size=12), st.sampled_from((None, 1, 300_000)))
def test_any_way_there(commands, room):
    """Also where there is room for two snapshots, or a few."""
    player = paused(living())
    if room is not None:
        player.history = History(room, 6)
        player._snapshot()
    for command in [("live", 50), *commands, ("goto", 0), ("goto", TICKS)]:
        follow(player, command, straight())
    assert player.history.first == 0


@pytest.mark.usefixtures("often")
def test_any_way_there_with_many_snapshots():
    @settings(max_examples=15, deadline=None)
    @given(st.lists(COMMANDS, max_size=12))
    def check(commands):
        player = paused(living())
        for command in [*[("live", 10)] * 5, *commands, ("goto", TICKS)]:
            follow(player, command, straight())
        assert len(player.history.ticks) > 4

    check()


@settings(max_examples=15, deadline=None)
@given(st.lists(COMMANDS, max_size=12))
def test_any_way_through_lives(lone, commands):
    player = paused(problem())
    for command in [("live", 30), *commands, ("goto", TICKS)]:
        follow(player, command, lone)


def test_a_long_way_goes_in_slices_in_a_thread():
    """Commands are heard on the way: the way can be left, made longer, and one step back counts from its end."""
    player = Player(living(), Wants(follow=1), paused=True)
    player.start()
    for command, tick in (
        (lambda: player.goto(70), 70),
        (lambda: (player.goto(10), player.back(), player.back(), player.step()), 9),
        (lambda: (player.goto(60), player.step()), 61),
    ):
        player.do(command)
        until_paused(player, tick)
        assert player.ask(player.source.digest) == straight()[tick]
    player.do(lambda: (player.goto(10**9), player.pause()))
    end = time.perf_counter() + 30
    while player.commands.qsize() and time.perf_counter() < end:
        time.sleep(0.002)
    player.close()
    assert player.paused and not player._travels and player.source.tick < 10**6


def test_closing_does_not_wait_for_the_end_of_a_way():
    player = Player(living("world.interventions=[]"), Wants(follow=1), paused=True)
    player.start()
    player.do(lambda: player.goto(10**9))
    until(player, 5)
    player.close()
    assert 5 <= player.source.tick < 10**6 and player.failure is None


def test_before_the_start_is_the_start():
    player = paused(living())
    player.live(9)
    for tick in (-5, 0):
        player.goto(tick)
        assert player.source.tick == 0
    player.back()
    assert player.source.tick == 0 and player.source.digest() == straight()[0]


def test_seeking():
    player = Player(living(), Wants(follow=3))
    said = set()
    for kind in ("death", "birth", "decision"):
        player.do(lambda kind=kind: player.seek(kind))
        before, born, died = player.source.tick, player.source.ecosystem.born, player.source.ecosystem.died
        action = player.memoirs.signs()["decision"]
        while True:
            player.work(time.perf_counter())
            if not player.frame.is_seeking:
                break
        after = player.memoirs.signs()
        assert player.paused and player.source.tick > before
        assert (after["birth"] > born, after["death"] > died, after["decision"] != action)[("birth", "death", "decision").index(kind)]
        said.add(player.frame.note)
    assert len(said) == 3 and all("at tick" in note for note in said)


def test_seeking_what_never_comes(monkeypatch):
    monkeypatch.setattr(players, "_SEEK", 5)
    player = paused(living("world.founders=1", "world.interventions=[]"))
    player.seek("birth")
    while player._travels:
        player.work(time.perf_counter())
    assert player.frame.note == "no birth within 5 ticks" and not player.frame.is_seeking


# ---- what may go wrong ----


def test_the_end_of_a_world():
    """Nobody is left: no busy loop, and everything can still be asked for."""
    player = Player(living("world.lifespan=6", "world.maturity=100", "world.interventions=[]"), EVERYTHING)
    player.speed = FASTEST
    for _ in range(200):
        player.work(time.perf_counter())
    assert player.source.is_over and player.memoirs.kin["died"].min() >= 0
    tick, digest = player.source.tick, player.source.digest()
    for _ in range(5):
        assert player.work(time.perf_counter() + 1) > 0
    player.publish()
    assert "died at tick" in player.frame.story.person.subtitle and player.frame.scene.agents.id.size == 0
    commands = [player.double, player.step, lambda: player.seek("birth"), lambda: player.goto(tick + 50), lambda: player.want(follow=None)]
    for command in commands:
        player.do(command)
        player.work(time.perf_counter())
        assert not player.frame.is_seeking and player.source.digest() == digest
    player.goto(2)
    assert player.source.ecosystem.living > 0
    player.goto(10**6)
    assert player.source.digest() == digest


def test_a_world_of_ones_own(tmp_path):
    """No bodies, no land, no gates, no memory."""
    (tmp_path / "ring.py").write_text(RING)
    player, alone = Player(of(on(tmp_path / "ring.py")), EVERYTHING), founded(on(tmp_path / "ring.py"))
    player.speed, now = 8, 0.0
    while player.source.tick < 30:
        now += 0.02
        player.work(now)
        player.publish()
    assert player.frame.story.person.title == "agent 3" and player.frame.story.look.strips == []
    player.edit(Mind(at=player.source.tick, agent=ids(player.source)[0], do="wipe"), True)
    player.goto(12)
    alone.advance(12), alone.births(), alone.deaths()
    assert player.source.digest() == player.twin.digest() == alone.digest()


def test_a_world_of_one():
    player = Player(living("world.founders=1", "world.interventions=[]"), Wants(True, True, True, 0), paused=True)
    digests = []
    for _ in range(8):
        digests.append(player.source.digest())
        player.step()
        player.publish()
    for tick in (3, 1, 7):
        player.goto(tick)
        assert player.source.digest() == digests[tick] and ids(player.source)[0] == 0


class BrokenError(Exception):
    """Of a simulation."""


def test_a_simulation_that_fails(monkeypatch):
    player = Player(living())
    monkeypatch.setattr(player.source, "advance", lambda ticks: (_ for _ in ()).throw(BrokenError("it broke")))
    player.start()
    end = time.perf_counter() + 30
    while player.failure is None and time.perf_counter() < end:
        time.sleep(0.002)
    assert isinstance(player.failure, BrokenError)
    with pytest.raises(UserError, match="the simulation has stopped"):
        player.ask(lambda: 1)
    player.close()
    assert player._thread is None


def test_a_command_that_cannot_be_done_is_said():
    player = paused(living())
    player.do(lambda: player.edit(Mind(at=0, agent=10**6, do="wipe"), True))
    player.work(time.perf_counter())
    assert player.frame.is_error and "does not live" in player.frame.note and player.twin is None
    player.do(player.step)
    player.work(time.perf_counter())
    assert not player.frame.is_error and player.frame.note == "" and player.source.digest() == straight()[1]
