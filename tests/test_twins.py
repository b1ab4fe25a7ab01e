"""Two histories side by side, and a history that began before anybody watched: each tick is as it would have been."""

import numpy as np
import pytest
from conftest import evolves
from toy import Told
from watched import TICKS, config, ids, living, opened, paused, problem, snapshots_often, straight

from alife.core.errors import InputError, UserError
from alife.evolve import ecology
from alife.sim.edits import Mind, Paint

pytestmark = evolves


@pytest.fixture
def often(monkeypatch):
    snapshots_often(monkeypatch)


# ---- checkpoints of a run ----


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Folder of a run with checkpoints at some ticks, the last one TICKS."""
    out = tmp_path_factory.mktemp("runs")
    ecology.begin(config("run.ticks=20", "run.keep=9"), out, Told(), "r")
    for ticks in (40, TICKS):
        ecology.resume(out / "r", Told(), explicit={"run.ticks": ticks})
    return out / "r"


def test_before_the_beginning_of_watching(run):
    """Back to what the run has saved; what is remembered begins anew there."""
    player = opened(run)
    assert (player.source.tick, player.frame.saved, player.frame.first) == (TICKS, (0, 20, 40), 0)
    assert player.source.digest() == straight()[TICKS] and player.frame.story.first == TICKS
    player.goto(50)
    assert player.source.digest() == straight()[50] and player.memoirs._first == 40
    assert player.memoirs.series.ticks.tolist() == [40, 50] and min(player.memoirs.kin["born"]) <= 40
    player.goto(60)
    player.goto(43)
    assert player.memoirs.series.ticks.tolist() == [40]
    player.goto(5)
    assert player.source.digest() == straight()[5] and player.memoirs._first == 0
    player.goto(TICKS)
    assert player.source.digest() == straight()[TICKS]
    kin, plain = player.memoirs.kin, paused(living())
    plain.goto(TICKS)
    assert all(np.array_equal(column, plain.memoirs.kin.saved()[name]) for name, column in kin.saved().items())


def test_a_checkpoint_that_is_gone(run):
    def gone():
        raise InputError("cannot read it")

    player = opened(run)
    player.history.saved[40] = gone
    before = player.source.digest(), player.source.tick
    with pytest.raises(UserError, match="cannot read it"):
        player.goto(45)
    assert before == (player.source.digest(), player.source.tick)
    player.goto(45)
    assert player.source.digest() == straight()[45] and player.history.first == 0


# ---- twins ----


def test_a_twin_of_nobody_in_particular():
    """Also where nobody is followed, or the one that is followed is dead."""
    player = paused(living())
    player.double()
    for who in (None, 3, 10**6):
        player.want(follow=who)
        player.live(20)
        player.publish()
    assert player.frame.twin is not None and not len(player.frame.differing) and player.frame.first_difference is None
    player.double()
    player.publish()
    assert player.twin is None and player.frame.twin is None


def test_a_twin_stays_on_the_way_back_and_forth(often):
    """Before it was forked both are the same; from then on each has its own history."""
    player, gates = paused(living()), tuple((1, layer, unit, unit % 2) for layer in range(3) for unit in range(64))
    player.live(60)
    agent = min(ids(player.source))
    player.want(follow=agent)
    player.goto(20)
    player.edit(Mind(at=20, agent=agent, do="force", gates=gates), True)
    player.goto(60)
    changed, first = player.source.digest(), player._first_difference
    assert changed != player.twin.digest() == straight()[60] and first is not None and 20 < first <= 60
    for tick in (first - 1, 20, 7, 60):
        player.goto(tick)
        assert player.twin.digest() == straight()[tick] and player._first_difference == (None if tick < first else first)
        assert (player.source.digest() == player.twin.digest()) == (tick < 20)
    assert player.source.digest() == changed
    player.goto(10)
    player.edit(Paint(at=10, brush="erase", cells=tuple(range(100))), False)
    player.goto(60)
    assert player.twin.digest() == straight()[60] and player.source.digest() not in (changed, straight()[60])
    assert player._first_difference == 10


def test_what_is_undone_is_no_difference():
    player = paused(living())
    player.live(5)
    player.double()
    for _ in range(2):
        player.live(5)
        player.edit(Paint(at=player.source.tick, brush="erase", cells=tuple(range(200))), False)
        assert player._first_difference == player.source.tick
        player.undo()
        assert player._first_difference is None and player.twin.digest() == player.source.digest()


def test_a_twin_from_the_past_on(often):
    """Where there are later snapshots, of the time when it was alone."""
    player = paused(living())
    for _ in range(8):
        player.live(5)
    player.goto(12)
    player.double()
    for tick in (38, 33, 20, 7, 40):
        player.goto(tick)
        assert player.twin.digest() == player.source.digest() == straight()[tick]


def test_twins_one_after_the_other(often):
    """A snapshot with the twin of before is no snapshot of this one."""
    player = paused(living())
    player.edit(Paint(at=0, brush="erase", cells=tuple(range(60))), True)
    player.live(30)
    player.double()
    player.live(20)
    player.double()
    both = player.source.digest()
    assert player.twin.digest() == both
    for tick in (12, 55, 3, 30, 50):
        player.goto(tick)
        assert player.twin.digest() == player.source.digest()
    assert player.source.digest() == both


def test_a_life_is_left():
    player = paused(problem())
    player.want(follow=0)
    player.double()
    player.live(3)
    for _ in range(4):
        player.source.skip()
        player.arrived()
        player.live(2)
        assert player.twin.tick == player.source.tick and player.twin.digest() == player.source.digest()
    end = player.source.digest()
    player.goto(2)
    plain = problem()
    plain.advance(2)
    assert player.source.digest() == plain.digest()
    player.goto(15)
    assert player.source.digest() == player.twin.digest() == end
