"""A toy in place of the engine of ecosystems, a census and a listener for its runner."""

import hashlib
import types
from typing import ClassVar

import numpy as np

from alife.evolve import ecology

MASK = 2**64 - 1


def mixed(*numbers):
    """A hash of whole numbers, 0 to 2**64 - 1."""
    h = 0
    for n in numbers:
        h = ((h ^ n) * 6364136223846793005 + 1442695040888963407) & MASK
        h ^= h >> 29
    return h


class Toy:
    """A few dozen agents that are born and die by lot: all that the runner asks of an ecosystem, in plain Python."""

    QUEUE = 24
    """More births or deaths are not taken: `advance` stops before."""
    DOOM = None
    """From this tick on all die."""
    causes = ("hunger", "age")
    made: ClassVar[list] = []
    kernels = types.ModuleType("toy")
    kernels.__file__ = __file__

    def __init__(self, config):
        self.made.append(self)
        self.config, self.seed = config, config.run.seed
        self.tick = self.agent_ticks = self.born = self.died = self.since = 0
        self.agents, self._births, self._deaths, self._events, self.calls = [], [], [], [], []

    def compile(self):
        return 0.0

    def close(self):
        self.closed = True

    @property
    def living(self):
        return len(self.agents)

    @property
    def extinct(self):
        return not self.agents

    def found(self):
        for _ in range(12):
            self._bear(-1)

    def _bear(self, mother):
        self._births.append((self.born, self.tick, mother, -1, self.born % 7, 0, mixed(self.seed, self.born)))
        self.agents.append((self.born, self.tick))
        self.born += 1

    def advance(self, ticks, threads=1, stop=None):
        self.calls.append((self.tick, ticks, threads))
        for done in range(ticks):
            if self.extinct or len(self._births) >= self.QUEUE or len(self._deaths) >= self.QUEUE or (stop and stop.is_set()):
                return done
            self._step()
        return ticks

    def _step(self):
        self.tick += 1
        self.agent_ticks += self.living
        self.since += self.living
        for agent, begun in list(self.agents):
            luck = mixed(self.seed, self.tick, agent) % 1000
            if luck < 20 or self.tick == self.DOOM:
                self.agents.remove((agent, begun))
                self._deaths.append((agent, self.tick, luck % 2, self.tick - begun, luck, 1, 0, 0))
                self.died += 1
            elif luck < 50 and self.living < 50:
                self._bear(agent)
        if self.tick % 97 == 0:
            self._events.append((self.tick, "flood", f"{self.living} are wet"))

    def births(self):
        return self._drained("_births", ("id", "tick", "mother", "father", "place", "kind", "genome"))

    def deaths(self):
        return self._drained("_deaths", ("id", "tick", "cause", "age", "intake", "meals", "poisoned", "children"))

    def _drained(self, queue, names):
        rows = getattr(self, queue)
        setattr(self, queue, [])
        kinds = {"genome": np.uint64}
        return {name: np.array([row[i] for row in rows], kinds.get(name, np.int64)) for i, name in enumerate(names)}

    def events(self):
        self._events, drained = [], self._events
        return drained

    def series(self):
        row = {"population": float(self.living), "lived": float(self.since)}
        self.since = 0
        return row

    def arrays(self):
        assert not self._births and not self._deaths and not self._events, "saved before all was told"
        return {"agents": np.array(self.agents, np.int64).reshape(-1, 2)}

    def meta(self):
        return {name: getattr(self, name) for name in ("tick", "agent_ticks", "born", "died", "since")}

    def restore(self, arrays, meta):
        self.agents = [tuple(row) for row in arrays["agents"].tolist()]
        for name in ("tick", "agent_ticks", "born", "died", "since"):
            setattr(self, name, meta[name])

    def digest(self):
        return hashlib.sha256(repr((self.agents, self.meta())).encode()).hexdigest()


def observer(ecosystem, before):
    """A census that depends on all censuses before it."""
    now = mixed(before or 0, ecosystem.tick, ecosystem.living) % 10**6
    ids = [agent for agent, _ in ecosystem.agents]
    return ecology.Seen({"census": float(now)}, {"genome": [(0, len(ids), min(ids))], "key": [(3, 1, max(ids))]}, now)


class Told:
    """A listener; `at` maps a tick to what is called as soon as it is over."""

    def __init__(self, at=None):
        self.at, self.notes, self.seen = at or {}, [], []

    def note(self, text):
        self.notes.append(text)

    def living(self, now):
        self.seen.append(now)
        for tick in [tick for tick in self.at if tick <= now.tick]:
            self.at.pop(tick)()
