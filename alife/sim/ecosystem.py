"""All agents in one world: an ecosystem, tick by tick, with the same bytes for any number of threads.

A tick: births and deaths are counted in, interventions happen, every mind senses, thinks and acts (blocks side by side),
the world resolves the deeds phase by phase, settles births and deaths, and the newborn get genes and a blank mind.
An agent stays in its place (lane of a block) for life.
"""

from __future__ import annotations

import hashlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from alife.core import rng
from alife.core.contracts import is_ecosystem
from alife.core.errors import ConfigError
from alife.core.heredity import origin
from alife.core.lanes import LANES
from alife.core.layout import Layout, layout_of
from alife.core.places import (
    BIRTH,
    BIRTHS,
    BORN_BEFORE,
    DEATH,
    DEATHS,
    DIED,
    FULL,
    LIVING,
    NEXT_ID,
    REFUSED,
    TICK,
    Places,
    fault,
    fill,
    has_room,
    places_for,
)  # fmt: skip
from alife.sim import head
from alife.sim.colony import fuse
from alife.sim.minds import Colony, MemoryBlock, colony_for, lanes_of_stacked, states_of
from alife.sim.room import check_room

if TYPE_CHECKING:
    from alife.core.config import Config

MOST_PARTS = 64
_FOUNDER, _WORLD = 0xF0, 0x3D
_SAMPLE = 1024
"""Agents by whom the diversity of genes is measured, and founders whose genes are made at a time."""


class Ecosystem:
    """One world and those who live in it. `found` or `restore` first, then `advance`."""

    def __init__(self, config: Config) -> None:
        if not is_ecosystem(config.world.module):
            raise ConfigError(f"world.kind: expected an ecosystem, got the problem {config.world.kind!r}; try alife evolve")
        self.config = config
        self.layout: Layout = layout_of(config)
        self.shape: tuple[int, ...] = config.controller.ask("shape", self.layout.width)
        self.genes = int(np.prod(self.shape))
        self.causes: tuple[str, ...] = tuple(config.world.ask("causes"))
        self.phases = int(config.world.ask("phases"))
        self.places = int(config.world.ask("places"))
        self._states = states_of(config, self.layout)
        self._modules = {"net": config.controller.module, "store": config.memory.module, "head": head}
        check_room(self._states, self._modules, self.genes, self.places)
        self.kernels: ModuleType = fuse(
            config.world.module, config.controller.module, config.memory.module, self._states, self.genes, self.phases
        )
        self._pool: ThreadPoolExecutor | None = None
        self._parts = 0
        self._told: list[tuple[int, str, str]] = []
        self._before: dict[str, float] = {}
        self._make()

    def _make(self) -> None:
        """Empty arrays: a world without agents."""
        config, seed = self.config, self.config.run.seed
        self.q: Places = places_for(self.places)
        self.world: Any = config.world.ask("state", len(self.q.alive), rng.key(seed, _WORLD) >> 1)
        self.colony: Colony = self._minds()
        self._parts = 1

    def _minds(self, parts: int = 1, old: Colony | None = None) -> Colony:
        return colony_for(self.config, self.layout, self._states, self._modules, self.shape, len(self.q.alive) // LANES, parts, old)

    # ---- time ----

    @property
    def tick(self) -> int:
        """Ticks done."""
        return int(self.q.counts[TICK])

    @property
    def living(self) -> int:
        """Agents alive."""
        return int(self.q.counts[LIVING])

    @property
    def extinct(self) -> bool:
        """Nobody is left."""
        return self.living == 0

    @property
    def born(self) -> int:
        """Births since tick 0, founders and newcomers too."""
        return int(self.q.counts[NEXT_ID])

    @property
    def died(self) -> int:
        """Deaths since tick 0."""
        return int(self.q.counts[DIED])

    @property
    def agent_ticks(self) -> int:
        """Ticks lived, over all agents."""
        return int(self.colony.counts[:, 0].sum())

    def compile(self) -> float:
        """Compile or load the loop; returns the seconds it took."""
        started = time.perf_counter()
        k, c, s, q = self.kernels, self.colony, self.world, self.q
        k.advance(c, s, q, 0, False)
        living = q.counts[LIVING]
        q.counts[LIVING] = 0
        for phase in range(self.phases):
            k.resolve(s, q, phase, 0, 1 << 40)
        k.bear(c, q, 0, 1 << 40)
        k.learn(c, q)
        q.counts[LIVING] = living
        return time.perf_counter() - started

    def found(self) -> None:
        """The founders take their places, with random genes."""
        self.config.world.ask("found", self.world, self.q)
        self._welcome()

    def _welcome(self) -> None:
        """Random genes and a blank mind for those who came without a mother."""
        n = self.q.counts
        came = self.q.parents[n[BORN_BEFORE] : n[BIRTHS], 0]
        ids = self.q.births[n[BORN_BEFORE] : n[BIRTHS], 0]
        seed, width = np.uint64(rng.key(self.config.run.seed, _FOUNDER)), self.layout.width
        for first in range(0, len(came), _SAMPLE):
            agents, numbers = came[first : first + _SAMPLE], ids[first : first + _SAMPLE]
            uniform = np.empty((len(agents), self.genes), np.float32)
            origin(uniform, seed, numbers)
            start = np.asarray(self.config.controller.ask("start", width, uniform.reshape(-1, *self.shape)), np.float32)
            self.colony.flat[agents // LANES, :, agents % LANES] = start.reshape(len(agents), -1)
        self.kernels.bear(self.colony, self.q, 0, 1)
        n[BORN_BEFORE] = n[BIRTHS]

    def advance(self, ticks: int, threads: int = 1, stop: threading.Event | None = None) -> int:
        """Up to so many ticks; returns those done: fewer when stopped, extinct, or records wait to be drained."""
        done = 0
        refused = int(self.q.counts[REFUSED])
        while done < ticks and not self.extinct and has_room(self.q) and not (stop and stop.is_set()):
            change = int(self.config.world.ask("next_change", self.tick))
            has_begun = change == self.tick
            if has_begun:
                self._change()
                if self.extinct:
                    done += 1
                    break
                change = int(self.config.world.ask("next_change", self.tick))
            left = min(ticks - done, change - self.tick + has_begun if change >= 0 else ticks)
            parts = max(1, min(threads, MOST_PARTS))
            if parts == 1:
                done += int(self.kernels.advance(self.colony, self.world, self.q, left, has_begun))
            else:
                self._tick(parts, has_begun)
                done += 1
            refused = self._tell_if_full(refused)
        self._tell_if_full(refused)
        if self.extinct and done:
            self.tell("extinct", "nobody is left")
        return done

    def _tell_if_full(self, refused: int) -> int:
        """Say so once when more than these 0 births have been refused; returns how many have."""
        if refused == 0 < self.q.counts[REFUSED]:
            self._told.append((int(self.q.counts[FULL]), "cap", f"all {self.places} places are taken: births are refused (world.most)"))
        return int(self.q.counts[REFUSED])

    def _change(self) -> None:
        """Begin a tick at which the world changes from outside."""
        tick = self.tick
        self.kernels.begin(self.q)
        for kind, text in self.config.world.ask("change", self.world, self.q, tick):
            self._told.append((tick + 1, kind, text))
        self._welcome()

    def tell(self, kind: str, text: str) -> None:
        """Something worth an event, at the tick that is going on."""
        self._told.append((self.tick, kind, text))

    def pass_empty(self) -> None:
        """A tick of a world that has been emptied by hand: what is planned for it happens, and the land goes on."""
        if int(self.config.world.ask("next_change", self.tick)) == self.tick:
            self._change()
        else:
            self.kernels.begin(self.q)
        if self.living:  # newcomers have just come
            self.kernels.advance(self.colony, self.world, self.q, 1, True)
        else:
            for phase in range(self.phases):
                self.kernels.resolve(self.world, self.q, phase, 0, 1)
            self.kernels.settle(self.world, self.q)
        if self.extinct:
            self.tell("extinct", "nobody is left")

    def _tick(self, parts: int, has_begun: bool) -> None:
        """One tick in several threads."""
        if self._pool is None or self._parts != parts:
            self._threads(parts)
        k, c, s, q = self.kernels, self.colony, self.world, self.q
        if not has_begun:
            k.begin(q)
        self._side_by_side(k.live, c, s, q)
        for phase in range(self.phases):
            self._side_by_side(k.resolve, s, q, phase)
        k.settle(s, q)
        if q.counts[BIRTHS] - q.counts[BORN_BEFORE] >= 8 * parts:
            self._side_by_side(k.bear, c, q)
        else:
            k.bear(c, q, 0, 1)
        k.learn(c, q)

    def _side_by_side(self, kernel: Any, *args: Any) -> None:
        assert self._pool is not None
        others = [self._pool.submit(kernel, *(*args, part, self._parts)) for part in range(1, self._parts)]
        kernel(*args, 0, self._parts)
        for other in others:
            other.result()

    def _threads(self, parts: int) -> None:
        self.close()
        self._pool = ThreadPoolExecutor(parts - 1)
        self.colony, self._parts = self._minds(parts, self.colony), parts

    def close(self) -> None:
        """Let the threads go."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None

    # ---- records ----

    def births(self) -> dict[str, np.ndarray]:
        """Columns BIRTH and `genome` (uint64) of the births since the last call."""
        n = int(self.q.counts[BIRTHS])
        found = {name: self.q.births[:n, i].copy() for i, name in enumerate(BIRTH)}
        found["genome"] = self.q.genomes[:n].copy()
        self.q.counts[BIRTHS] = self.q.counts[BORN_BEFORE] = 0
        return found

    def deaths(self) -> dict[str, np.ndarray]:
        """Columns DEATH of the deaths since the last call."""
        n = int(self.q.counts[DEATHS])
        self.q.counts[DEATHS] = 0
        return {name: self.q.deaths[:n, i].copy() for i, name in enumerate(DEATH)}

    def events(self) -> list[tuple[int, str, str]]:
        """(tick, kind, text) since the last call."""
        told, self._told = self._told, []
        return told

    def series(self) -> dict[str, float]:
        """How things stand; sums show their growth since the last call."""
        measures = dict(self.config.world.ask("measures", self.world, self.q))
        counts = self.colony.counts.sum(axis=0)
        measures["+agent_ticks"] = float(counts[0])
        grown = {name: value for name, value in measures.items() if name.startswith("+")}
        row = {name: value for name, value in measures.items() if not name.startswith("+")}
        for name, value in grown.items():
            row[name[1:]] = value - self._before.get(name, 0.0)
        lived = max(1.0, row["agent_ticks"])
        for name, i in (("memory_writes", 1), ("memory_jumps", 2), ("memory_recalls", 3)):
            row[name] = (float(counts[i]) - self._before.get(f"+{name}", 0.0)) / lived
            grown[f"+{name}"] = float(counts[i])
        world = self.config.world
        for name, (part, whole) in (dict(world.ask("ratios")) if world.offers("ratios") else {}).items():
            row[name] = row[part] / row[whole] if row[whole] else 0.0
        self._before = grown
        row["diversity"] = self._diversity()
        return row

    def _diversity(self) -> float:
        """Mean standard deviation of a gene among (at most 1024 of) the living, in units of its range."""
        living = np.flatnonzero(self.q.alive)[:_SAMPLE]
        if not len(living):
            return 0.0
        genes = self.colony.flat[living // LANES, :, living % LANES].astype(np.float64)
        _, low, high = self.colony.span.tolist()
        return float(genes.std(axis=0).mean() / (high - low))

    def snapshot(self) -> dict[str, np.ndarray]:
        """The living, one row each: place, id, kind, genomes float32 (living, genes), and what the world says of them."""
        living = np.flatnonzero(self.q.alive)
        genomes = np.ascontiguousarray(self.colony.flat[living // LANES, :, living % LANES])
        found = {"place": living, "id": self.q.id[living], "kind": self.q.kind[living], "genomes": genomes}
        world = self.config.world
        if world.offers("bodies"):
            found |= {name: np.asarray(column)[living] for name, column in world.ask("bodies", self.world).items()}
        return found

    def memories(self) -> np.ndarray | None:
        """float32 (living, K, D), writes that wait included; None where the memory does not show its contents."""
        return self._told_by_memories("contents")

    def fills(self) -> np.ndarray | None:
        """float32 (living,): how full the filters of memories with plasticity by Bloom filter are, 0 to 1; None of others."""
        return self._told_by_memories("fill")

    def _told_by_memories(self, function: str) -> np.ndarray | None:
        if not self.config.memory.offers(function):
            return None
        memory, living = MemoryBlock(self.config, self.layout), np.flatnonzero(self.q.alive)
        found = np.zeros((len(living), *memory.tells(function, self.colony, 0).shape[:-1]), np.float32)
        for b in np.unique(living // LANES):
            rows = np.flatnonzero(living // LANES == b)
            found[rows] = np.moveaxis(memory.tells(function, self.colony, b), -1, 0)[living[rows] % LANES]
        return found

    def picture(self) -> np.ndarray:
        """uint8 (height, width, 3): the world from above."""
        return np.asarray(self.config.world.ask("picture", self.world, self.q))

    # ---- going on later ----

    def _of_the_living(self) -> dict[str, np.ndarray]:
        """What the places hold, without the leavings of the dead."""
        living = np.flatnonzero(self.q.alive)
        blocks, lanes = living // LANES, living % LANES
        found = {"genes": self.colony.flat[blocks, :, lanes], "keep": self.colony.keep[blocks, 0, lanes]}
        for name in ("net", "store", "head"):
            own = getattr(self.colony, f"{name}_own")
            for i in lanes_of_stacked(own):
                found[f"{name}.{i}"] = own[i].reshape(len(own[i]), -1, LANES)[blocks, :, lanes]
        return found

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything that the next ticks depend on, and the records that wait."""
        n = self.q.counts
        found = self._of_the_living()
        found |= {f"world.{name}": np.asarray(value) for name, value in self.world._asdict().items()}
        found |= {name: getattr(self.q, name) for name in ("alive", "id", "kind", "counts")}
        found |= {"births": self.q.births[: n[BIRTHS]], "genomes": self.q.genomes[: n[BIRTHS]], "deaths": self.q.deaths[: n[DEATHS]]}
        found["lived"] = self.colony.counts.sum(axis=0)[:4]
        return found

    def meta(self) -> dict[str, Any]:
        """What of the state is no array."""
        return {"before": self._before, "told": [list(event) for event in self._told]}

    def restore(self, arrays: dict[str, np.ndarray], meta: dict[str, Any]) -> None:
        """Back to where `arrays` and `meta` were taken. KeyError or ValueError where they do not fit the config."""
        self.close()
        self._make()
        for name in ("alive", "id", "kind", "counts"):
            fill(getattr(self.q, name), arrays[name], name)
        if wrong := fault(self.q):
            raise ValueError(wrong)
        n = self.q.counts
        for name, count in (("births", n[BIRTHS]), ("genomes", n[BIRTHS]), ("deaths", n[DEATHS])):
            getattr(self.q, name)[:count] = arrays[name]
        fresh = type(self.world)(*(value.copy() for value in self.world))
        for name, value in self.world._asdict().items():
            fill(value, arrays[f"world.{name}"], name)
        if self.config.world.offers("fault") and (wrong := self.config.world.ask("fault", self.world, self.q, fresh)):
            raise ValueError(wrong)
        living = np.flatnonzero(self.q.alive)
        blocks, lanes = living // LANES, living % LANES
        self.colony.flat[blocks, :, lanes] = arrays["genes"]
        self.colony.keep[blocks, 0, lanes] = arrays["keep"]
        for name in ("net", "store", "head"):
            own = getattr(self.colony, f"{name}_own")
            for i in lanes_of_stacked(own):
                own[i].reshape(len(own[i]), -1, LANES)[blocks, :, lanes] = arrays[f"{name}.{i}"]
        self.colony.counts[0, :4] = arrays["lived"]
        self._before = dict(meta["before"])
        self._told = [(int(tick), str(kind), str(text)) for tick, kind, text in meta["told"]]

    def digest(self) -> str:
        """SHA-256 of the state: the same for any thread count, chunking, drain of records, and after resume."""
        total = hashlib.sha256()
        counts = self.q.counts.copy()
        counts[[BIRTHS, DEATHS, BORN_BEFORE]] = 0
        arrays = {name: array for name, array in self.arrays().items() if name not in ("births", "genomes", "deaths")}
        for name, array in sorted({**arrays, "counts": counts}.items()):
            total.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
            total.update(np.ascontiguousarray(array).tobytes())
        return total.hexdigest()
