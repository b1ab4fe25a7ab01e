"""Small worlds to be watched, and the same worlds when nobody looks."""

import copy
import functools

import numpy as np
from test_eco_engine import BASE

from alife.core import config as configs
from alife.core import rng
from alife.core.places import has_room
from alife.evolve import ecology
from alife.insight import saved as saves
from alife.sim.agent import Agent
from alife.sim.ecosystem import Ecosystem
from alife.sim.edits import Journal
from alife.store.folder import RunFolder
from alife.viewer import player as players
from alife.viewer.living import Living, from_checkpoint
from alife.viewer.player import Player
from alife.viewer.problem import ProblemSource

TICKS = 80
COPY = {"world": {"kind": "copy", "bits": 4, "length": [1, 3]}, "memory": {"bits": 64}, "run": {"seed": 3}}


def config(*changes):
    """A crowded world in which everything happens within a hundred ticks."""
    return configs.load({**BASE, "run": {"seed": 5, "threads": 2, "record": 10}}, changes)


def living(*changes, edits=()):
    """It, at tick 0."""
    return of(config(*changes), edits)


def of(loaded, edits=()):
    """The ecosystem of a config, at tick 0."""
    ecosystem = founded(loaded)
    return Living(ecosystem, Journal(ecosystem, edits))


def founded(loaded=None):
    """The ecosystem of a config, at tick 0; the kernels of equal worlds are loaded once, as that takes long."""
    loaded = loaded or config()
    text = configs.dump(loaded)
    if text not in _FOUNDED:
        ecosystem = Ecosystem(loaded)
        ecosystem.found()
        _FOUNDED[text] = ecosystem, {name: array.copy() for name, array in ecosystem.arrays().items()}, ecosystem.meta()
    template, arrays, meta = _FOUNDED[text]
    ecosystem = copy.copy(template)
    ecosystem.restore(arrays, copy.deepcopy(meta))
    return ecosystem


_FOUNDED = {}


@functools.cache
def straight(*changes):
    """Digests at ticks 0 .. TICKS of an ecosystem that nobody looks at."""
    ecosystem, digests = founded(config(*changes)), []
    while ecosystem.tick <= TICKS:
        digests.append(ecosystem.digest())
        assert ecosystem.advance(1) == 1
        ecosystem.births(), ecosystem.deaths()
    return digests


def lived(edits, tick, loaded=None):
    """Digest at a tick of an ecosystem with these edits, those of that tick included; nobody looks."""
    ecosystem = founded(loaded)
    journal = Journal(ecosystem, edits)
    while ecosystem.tick < tick and (journal.advance(tick - ecosystem.tick) or not has_room(ecosystem.q)):
        ecosystem.births(), ecosystem.deaths()
    while not journal.catch_up():
        ecosystem.births(), ecosystem.deaths()
    return ecosystem.digest()


@functools.cache
def _agent():
    return Agent(configs.load(COPY))


def problem(agents=3):
    """Lives of random agents."""
    agent = _agent()
    return ProblemSource(agent, rng.uniforms((agents, agent.genes), 5) * np.float32(2), "agent")


def paused(source, **options):
    """A player that waits for commands."""
    return Player(source, paused=True, **options)


def snapshots_often(monkeypatch):
    """Whenever it may be, whatever the clock."""
    monkeypatch.setattr(players, "_SNAPSHOT_SECONDS", 0.0)
    monkeypatch.setattr(players, "_SNAPSHOT_SHARE", 1e9)
    monkeypatch.setattr(players, "_SNAPSHOT_TICKS", 4)


def opened(path):
    """A player of a run, as `alife watch` makes it."""
    folder = RunFolder.open(path)
    journal = saves.revived(folder, ecology.config_of(folder), print)
    source = Living(journal.ecosystem, journal, path.name)
    loaders = saves.earlier(folder, source.config, source.tick)
    return paused(source, saved={tick: lambda load=load: (from_checkpoint(*load()), None) for tick, load in loaders.items()})


def ids(source):
    """Of the living, ascending."""
    q = source.ecosystem.q
    return np.sort(q.id[q.alive > 0]).tolist()


def all_gates(source, agent):
    """All gates of an agent as they are in its thought of now, for `hold map`."""
    from alife.insight import mind

    moment, genome = source.moment(agent), source.genome(agent)
    found = mind.think(source.config.controller, source.layout, genome[None], moment.seen[None, None], moment.recall[None, None])
    gates = found.gates[0, 0]
    halves = [(0, layer) if layer < found.layers_in else (1, layer - found.layers_in) for layer in range(len(gates))]
    return tuple((half, layer, unit, int(gates[i, unit])) for i, (half, layer) in enumerate(halves) for unit in range(gates.shape[1]))
