"""Films of the window: their length, what moves in them, whose mind they show; making one changes nothing."""

import numpy as np
import pytest

from alife.core import config, rng
from alife.sim.agent import Agent
from alife.sim.ecosystem import Ecosystem
from alife.viewer import film
from alife.viewer.living import Living
from alife.viewer.problem import ProblemSource

SMALL = {
    "world": {
        "kind": "ecosystem", "rows": 80, "columns": 60, "founders": 60, "founder_energy": 300, "cover": 0.5, "look": 4, "body": 30,
    },
    "memory": {"bits": 64},
    "run": {"seed": 2},
}  # fmt: skip
COPY = {"world": {"kind": "copy", "bits": 4, "length": 2}, "memory": {"bits": 64}, "run": {"seed": 3}}


class Reel:
    """Takes pictures as a Recorder does, and keeps them."""

    def __init__(self):
        self.pictures = []

    @property
    def frames(self):
        return len(self.pictures)

    def add(self, picture):
        self.pictures.append(picture)
        return True


def living(**world):
    ecosystem = Ecosystem(config.load({**SMALL, "world": {**SMALL["world"], **world}}))
    ecosystem.found()
    return Living(ecosystem, name="small")


def problem():
    agent = Agent(config.load(COPY))
    return ProblemSource(agent, rng.uniforms((1, agent.genes), 5), "agent")


def filmed(source, seconds, *rest):
    reel = Reel()
    film.film(source, reel, seconds, *rest)
    return np.array(reel.pictures)


def halves(pictures):
    """What is left and right of the edge of the mind panel."""
    edge = film.SIZE[0] - 392
    return pictures[:, :, : edge - 1], pictures[:, :, edge + 1 :]


@pytest.mark.parametrize("make", [living, problem])
def test_its_length_is_to_the_picture_and_it_changes_nothing(make):
    source, unseen = make(), make()
    pictures = filmed(source, 2.5)
    assert pictures.shape == (30, film.SIZE[1], film.SIZE[0], 3) and pictures.dtype == np.uint8
    unseen.advance(source.tick)
    assert source.tick == {living: 7, problem: 6}[make] and source.digest() == unseen.digest()
    assert np.array_equal(filmed(make(), 2.5), pictures)


def test_agents_move_within_a_tick_and_minds_from_tick_to_tick():
    world, mind = halves(filmed(living(), 2))
    for tick in range(1, 6):
        shown = mind[4 * tick : 4 * tick + 4]
        assert (shown == shown[0]).all()
        assert (mind[4 * tick] != mind[4 * tick - 1]).any()
        assert (world[4 * tick + 1] != world[4 * tick]).any() and (world[4 * tick + 3] != world[4 * tick + 2]).any()


def camera_of(monkeypatch):
    """What becomes the camera of the next film."""
    made, init = [], film.Camera.__init__

    def remembered(camera, *arguments):
        made.append(camera)
        init(camera, *arguments)

    monkeypatch.setattr(film.Camera, "__init__", remembered)
    return made


def test_the_one_who_is_followed_stays_in_sight(monkeypatch):
    made, seen, picture = camera_of(monkeypatch), [], film.Camera.picture

    def checked(camera, phase=1.0):
        drawn = picture(camera, phase)
        agents = camera.player.frame.scene.agents
        (at,) = np.flatnonzero(agents.id == camera.ui.follow)
        x, y, wide, tall = camera.ui.camera.rect_of(int(agents.row[at]), int(agents.column[at]))
        left, top, right, bottom = 0, 0, *camera.ui.camera.size
        assert wide >= 16 and left <= x < x + wide <= right and top <= y < y + tall <= bottom
        seen.append(camera.ui.camera.origin)
        return drawn

    monkeypatch.setattr(film.Camera, "picture", checked)
    source = living(founder_energy=3000)
    for agent in source.scene().agents.id[::30].tolist():
        filmed(source, 6, "species", agent)
    assert len(made) == 2 <= len(set(seen)) < 20  # the view moves seldom


def test_after_the_champion_comes_the_next_one(monkeypatch):
    ahead = living()
    while not len((deaths := ahead.records()[1])["id"]):
        ahead.advance(1)
    first, at = int(deaths["id"][0]), ahead.tick
    source, made, followed = living(), camera_of(monkeypatch), []
    source.advance(at - 3)
    monkeypatch.setattr(Living, "champion", lambda s: first if s.place_of(first) >= 0 else int(s.scene().agents.id[0]))
    follow = film.Camera.follow

    def told(camera, agent):
        followed.append((camera.player.source.tick, agent))
        follow(camera, agent)

    monkeypatch.setattr(film.Camera, "follow", told)
    pictures = filmed(source, 5)
    assert [tick for tick, _ in followed] == [at - 3, at + 5] and followed[0][1] == first != followed[1][1]
    assert len(pictures) == 60 and made[0].ui.follow == followed[1][1]


def test_whom_one_asks_for_stays_also_in_death():
    ahead = living()
    while not len((deaths := ahead.records()[1])["id"]):
        ahead.advance(1)
    source = living()
    source.advance(ahead.tick - 1)
    _, mind = halves(filmed(source, 4, "energy", int(deaths["id"][0])))
    assert (mind[8:] == mind[8]).all() and (mind[8] != mind[0]).any()


def test_a_world_in_which_nobody_lives():
    source = living(founders=1, founder_energy=1)
    source.advance(10)
    assert source.is_over
    pictures = filmed(source, 30)
    assert len(pictures) == 24 and (pictures == pictures[0]).all()


def test_the_end_of_a_life_can_be_seen():
    source = problem()
    while not source.scene().is_over:
        source.advance(1)
    end = 4 * source.tick
    world, mind = halves(filmed(problem(), (end + 28) / film.RATE))
    assert (world[end : end + 24] == world[end]).all() and (mind[end + 24] != mind[end + 23]).any()


def test_a_world_that_shows_only_a_picture():
    source = living()
    source.has_bodies = False
    world, mind = halves(filmed(source, 1))
    assert (world[0] != world[-1]).any() and (mind[0] != mind[-1]).any()
