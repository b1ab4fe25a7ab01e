"""An ecosystem as a source: what the window shows of it, and what may be done to it."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from alife.core.lanes import LANES
from alife.core.places import BIRTH, BIRTHS, DEATH, DEATHS
from alife.insight import keys, mind
from alife.insight.moment import Moment
from alife.sim.aside import Aside, Thoughts
from alife.sim.edits import Journal
from alife.viewer.clans import Clans
from alife.viewer.scene import Agents, Scene

if TYPE_CHECKING:
    from alife.core.config import Config
    from alife.sim.ecosystem import Ecosystem
    from alife.sim.edits import Edit

_SAMPLE = 1000
"""Agents by whose keys the entropy of keys is measured."""


class Living:
    """An ecosystem in which somebody lives (`found` or `restore` was called). `journal` holds what was done to it by hand."""

    def __init__(self, ecosystem: Ecosystem, journal: Journal | None = None, name: str = "") -> None:
        self.ecosystem, self.journal = ecosystem, journal or Journal(ecosystem)
        self.origin = self.journal.origin
        self.layout = ecosystem.layout
        self._aside = Aside(ecosystem)
        self._clans = Clans(ecosystem.config.controller, ecosystem.layout)
        world = ecosystem.config.world
        self.name = name or Path(world.kind).stem
        self.deeds: tuple[str, ...] = ecosystem.layout.actions
        self.has_bodies = world.offers("bodies") and world.offers("land")
        self._columns = np.asarray(world.ask("land", ecosystem.world)).shape[1] if self.has_bodies else 0
        self.threads = 1
        self._is_twin = False
        self._births: list[dict[str, np.ndarray]] = []
        self._deaths: list[dict[str, np.ndarray]] = []
        self._drain()

    @property
    def config(self) -> Config:
        """As it is now: droughts by hand are interventions in it."""
        return self.ecosystem.config

    @property
    def tick(self) -> int:
        """Ticks done."""
        return self.ecosystem.tick

    @property
    def is_over(self) -> bool:
        """Nobody is left, and the tick in which that was done by hand is over."""
        return self.ecosystem.extinct and not self.journal.is_between and not self.journal.waits

    @property
    def edits(self) -> tuple[Edit, ...]:
        """Done by hand on this line of history, and to come on it."""
        return self.journal.edits

    def compile(self) -> None:
        """Compile or load all that looking needs, too."""
        self.ecosystem.compile()
        self._aside.thoughts(np.zeros(1, np.int64))

    def advance(self, ticks: int) -> int:
        """See alife/viewer/source.py."""
        done = 0
        while done < ticks and not self.is_over:
            step = self.journal.advance(ticks - done, self.threads)
            done += step
            if not self._drain() and not step:
                break
        if self.journal.waits:
            while not self.journal.catch_up():
                self._drain()
            self._drain()
        return done

    def _drain(self) -> bool:
        """The engine's records wait here for `records`, but those of a twin, for whom nobody asks; whether there were any."""
        counts = self.ecosystem.q.counts
        if self._is_twin:
            self.ecosystem.events()
        if not counts[BIRTHS] and not counts[DEATHS]:
            return False
        births, deaths = self.ecosystem.births(), self.ecosystem.deaths()
        if not self._is_twin:
            self._births.append(births)
            self._deaths.append(deaths)
        return True

    def records(self) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], list[tuple[int, str, str]]]:
        """Births, deaths (columns) and events since the last call."""
        found = tuple(
            {name: np.concatenate([part[name] for part in parts]) if parts else np.zeros(0, np.int64) for name in names}
            for names, parts in (((*BIRTH, "genome"), self._births), (DEATH, self._deaths))
        )
        self._births, self._deaths = [], []
        return found[0], found[1], self.ecosystem.events()

    # ---- looking ----

    def scene(self, keys: bool = False, species: bool = False) -> Scene:
        """See alife/viewer/source.py."""
        e, world = self.ecosystem, self.config.world
        name, numbers = self.name, {"population": float(e.living)}
        if not self.has_bodies:
            return Scene(e.tick, name, np.array(e.picture()), None, numbers=numbers)
        living = np.flatnonzero(e.q.alive)
        land = np.array(world.ask("land", e.world))
        bodies = {key: np.asarray(column)[living] for key, column in world.ask("bodies", e.world).items()}
        row, column = np.divmod(bodies["cell"], land.shape[1])
        count, ids = len(living), e.q.id[living]
        blank = np.full(count, np.nan)
        key, recall, gate = self._keys(living) if keys and count else (np.zeros(count, np.uint64), blank, blank)
        labels = self._clans.labels(ids, lambda rows: self._genes(living[rows])) if species else np.full(count, -1, np.int64)
        agents = Agents(
            living, ids, row, column, bodies["facing"], bodies["energy"].astype(np.float64), bodies["age"], bodies["tag"],
            bodies["deed"], labels, key, recall, gate,
        )  # fmt: skip
        params: Any = world.params
        hunters = np.asarray(world.ask("hunters", e.world)) if world.offers("hunters") else np.zeros((0, 2), np.int64)
        rich, old = float(getattr(params, "breed_energy", 0)), float(getattr(params, "lifespan", 0))
        return Scene(
            e.tick, name, land, agents, hunters, self.deeds,
            rich or float(agents.energy.max(initial=1)), old or float(agents.age.max(initial=1)), numbers=numbers,
        )  # fmt: skip

    def _genes(self, places: np.ndarray) -> np.ndarray:
        """float32 (agents, genes)."""
        return np.asarray(self.ecosystem.colony.flat[places // LANES, :, places % LANES])

    def _gates(self, places: np.ndarray, thoughts: Thoughts) -> np.ndarray:
        """uint64 (agents, words): the gates of all layers in this thought."""
        w = self._genes(places).reshape(-1, *self.ecosystem.shape)
        found = []
        for some in mind.chunks(len(w), 1, self.layout.width):
            seen, recall = thoughts.seen[some, None], thoughts.recall[some, None]
            found.append(keys.packed(mind.think(self.config.controller, self.layout, w[some], seen, recall).gates))
        return np.concatenate(found)

    def _keys(self, places: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Hash of the gates, largest recall, write gate of every agent."""
        thoughts = self._aside.thoughts(places)
        shows = mind.shows(self.config.controller)
        key = keys.hashed(self._gates(places, thoughts)) if shows else np.zeros(len(places), np.uint64)
        return key, np.abs(thoughts.recall).max(axis=1).astype(np.float64), thoughts.gate[:, 0].astype(np.float64)

    def signatures(self, ids: np.ndarray) -> np.ndarray:
        """uint64 (agents, words): gates of the living among ids on the same few probes; their key repertoire. Rows of the dead are 0."""
        from alife.insight import species

        if not mind.shows(self.config.controller):
            return np.zeros((len(ids), 1), np.uint64)
        places = self._places(ids)
        lives = places >= 0
        battery = species.probes(self.layout)[:16]
        gates = species.gate_keys(self.config.controller, self.layout, self._genes(places[lives]), battery)
        packed = keys.packed(gates) if len(gates) else np.zeros((0, 1), np.uint64)
        found = np.zeros((len(ids), packed.shape[1]), np.uint64)
        found[lives] = packed
        return found

    def _places(self, ids: np.ndarray) -> np.ndarray:
        """int64: places of the living among ids, -1 = not among them."""
        living = np.flatnonzero(self.ecosystem.q.alive)
        there = self.ecosystem.q.id[living]
        order = np.argsort(there)
        at = np.minimum(np.searchsorted(there[order], ids), max(0, len(there) - 1))
        if not len(there):
            return np.full(len(ids), -1, np.int64)
        return np.where(there[order[at]] == ids, living[order[at]], -1)

    def place_of(self, agent: int) -> int:
        """-1 = it does not live."""
        q = self.ecosystem.q
        found = np.flatnonzero((q.id == agent) & (q.alive > 0))
        return int(found[0]) if len(found) else -1

    def moment(self, agent: int) -> Moment | None:
        """See alife/viewer/source.py."""
        place, e = self.place_of(agent), self.ecosystem
        if place < 0:
            return None
        t = self._aside.thoughts(np.array([place]))
        contents = self._aside.contents(place)
        weight = float("nan") if contents is None else float(np.linalg.norm(contents))
        cell, energy = None, float("nan")
        if self.has_bodies:
            bodies = self.config.world.ask("bodies", e.world)
            row, column = divmod(int(bodies["cell"][place]), self._columns)
            cell, energy = (row, column), float(bodies["energy"][place])
        return Moment(
            e.tick, t.seen[0].copy(), t.middle[0].copy(), t.recall[0].copy(), t.out[0].copy(), t.address[0].copy(), t.written[0].copy(),
            float(t.gate[0, 0]), t.value[0].copy(), weight, cell, energy,
        )  # fmt: skip

    def genome(self, agent: int) -> np.ndarray:
        """See alife/viewer/source.py."""
        place = self.place_of(agent)
        if place < 0:
            raise KeyError(agent)
        return self._genes(np.array([place]))[0].reshape(self.ecosystem.shape).copy()

    def measures(self) -> dict[str, float]:
        """What the charts show. Sums are counted since the last call."""
        row = self.ecosystem.series()
        living = np.flatnonzero(self.ecosystem.q.alive)
        if len(living) and mind.shows(self.config.controller):
            some = living[:: -(-len(living) // _SAMPLE)]
            row["key_entropy"] = keys.entropy(keys.numbered(self._gates(some, self._aside.thoughts(some))))
        return row

    def champion(self) -> int | None:
        """The living agent with the most children; of several the one that has eaten most, then the eldest."""
        living = np.flatnonzero(self.ecosystem.q.alive)
        ids = self.ecosystem.q.id[living]
        if not len(ids):
            return None
        if not self.config.world.offers("bodies"):
            return int(ids.min())
        bodies = self.config.world.ask("bodies", self.ecosystem.world)
        ranks = [np.asarray(bodies[name])[living] for name in ("intake", "children") if name in bodies]
        return int(ids[np.lexsort((-ids, *ranks))[-1]])

    # ---- time and hands ----

    def save(self) -> Any:
        """See alife/viewer/source.py."""
        arrays = {name: np.array(array) for name, array in self.ecosystem.arrays().items()}
        return {"arrays": arrays, "meta": copy.deepcopy(self.ecosystem.meta()), "journal": self.journal.state()}

    def restore(self, saved: Any) -> None:
        """See alife/viewer/source.py."""
        self.journal.restore(saved["journal"])
        self.ecosystem.restore(saved["arrays"], copy.deepcopy(saved["meta"]))
        self._aside = Aside(self.ecosystem)
        self._births, self._deaths = [], []

    def fork(self) -> Living:
        """See alife/viewer/source.py."""
        twin, saved = copy.copy(self.ecosystem), self.save()  # the kernels are the same
        twin.config, twin._pool = self.origin, None
        twin.restore(saved["arrays"], saved["meta"])
        other = Living(twin, Journal(twin, self.journal.edits), self.name)
        other._clans, other._is_twin = copy.deepcopy(self._clans), True
        other.journal.restore(saved["journal"])
        return other

    def edit(self, edit: Any) -> str:
        """See alife/viewer/source.py."""
        words = self.journal.add(edit)
        self._drain()
        return words

    def edits_in_words(self, agent: int) -> list[str]:
        """Experiments on this agent that are in force."""
        return self.journal.in_force(agent)

    def held(self, agent: int) -> list[np.ndarray]:
        """int8 (layers, units) of both halves of its mind: gates held open by hand 1, closed 0, free -1; [] where none is held."""
        halves = self.journal.state()["gates"].get(str(agent), []) if self.journal.edits else []
        return [np.array(half, np.int8) for half in halves]

    def visible(self) -> bytes:
        """What eyes could see of this tick: equal where nothing differs between twins."""
        e = self.ecosystem
        if not self.has_bodies:
            return np.asarray(e.picture()).tobytes()
        living = np.flatnonzero(e.q.alive)
        cells = np.asarray(self.config.world.ask("bodies", e.world)["cell"])[living]
        return b"".join(array.tobytes() for array in (e.q.id[living], cells, self.config.world.ask("land", e.world)))

    def forget_future(self) -> None:
        """Edits that were to come, because time was taken back, will not come."""
        self.journal.drop_after(self.tick)

    def digest(self) -> str:
        """See alife/viewer/source.py."""
        return self.ecosystem.digest()


def from_checkpoint(arrays: dict[str, np.ndarray], meta: dict[str, Any]) -> Any:
    """What `Living.restore` takes, of a checkpoint of a run."""
    return {"arrays": arrays, "meta": meta, "journal": meta.get("edits")}
