"""An ecosystem of a user's own, from a file; and mistakes in the configs of ecosystems, each told in one line."""

import re

import numpy as np
import pytest

from alife.core import config as configs
from alife.core.errors import ConfigError
from alife.sim.agent import Agent
from alife.sim.ecosystem import Ecosystem
from alife.store import checkpoint

RING = '''"""Ring: agents on a ring of cells step or stay; who stays on an even cell is fed, whoever is rich has a child, the poor die."""

from typing import NamedTuple

import numpy as np
from pydantic import Field

from alife.core.jit import kernel
from alife.core.places import TICK, TOP, release, take
from alife.core.settings import Settings
from alife.core.slots import strongest


class Params(Settings):
    cells: int = Field(10, ge=2, le=1000, description="cells of the ring")


class Ring(NamedTuple):
    cells: np.ndarray
    at: np.ndarray
    energy: np.ndarray
    deed: np.ndarray


def observations(p):
    return ["even", "energy"]


def actions(p):
    return ["stay", "step"]


def causes(p):
    return ["hunger"]


def places(p):
    return 32


def phases(p):
    return 1


def state(p, places, seed):
    return Ring(np.array([p.cells], np.int64), *(np.zeros(places, np.int64) for _ in range(3)))


def found(p, s, q):
    for i in range(8):
        agent = take(q, -1, -1, i % p.cells, 0)
        s.at[agent], s.energy[agent] = i % p.cells, 10


@kernel
def observe(s, agent, lane, x):
    x[0, lane] = np.float32(1 - s.at[agent] % 2)
    x[1, lane] = np.float32(s.energy[agent]) / np.float32(10)


@kernel
def act(s, q, agent, lane, x):
    s.deed[agent] = strongest(x, lane, 0, 2)


@kernel
def resolve(s, q, phase, part, parts):
    top = q.counts[TOP]
    for agent in range(top * part // parts, top * (part + 1) // parts):
        if q.alive[agent]:
            if s.deed[agent] == 1:
                s.at[agent] = (s.at[agent] + 1) % s.cells[0]
            s.energy[agent] += 1 if s.at[agent] % 2 == 0 and s.deed[agent] == 0 else -1


@kernel
def settle(s, q):
    for agent in range(q.counts[TOP]):
        if q.alive[agent] and s.energy[agent] > 14:
            child = take(q, agent, -1, s.at[agent], 0)
            if child >= 0:
                s.at[child], s.energy[child] = s.at[agent], 5
                s.energy[agent] -= 5
    for agent in range(q.counts[TOP]):
        if q.alive[agent] and s.energy[agent] <= 0:
            release(q, agent, 0, q.counts[TICK], 0, 0, 0, 0)


def next_change(p, tick):
    return 20 if tick <= 20 else -1


def change(p, s, q, tick):
    s.energy[:] += 1
    return [("gift", "one for all")]


def measures(p, s, q):
    return {"energy": float(s.energy[q.alive == 1].sum())}


def picture(p, s, q):
    return np.zeros((1, int(s.cells[0]), 3), np.uint8)
'''


@pytest.fixture
def ring(tmp_path):
    file = tmp_path / "ring.py"
    file.write_text(RING, encoding="utf-8")
    return file


def on(file, *changes):
    """A config of it with the smallest minds there are."""
    world = {"kind": str(file)}
    return configs.load({"world": world, "controller": {"kind": "still", "width": 16}, "memory": {"kind": "none", "values": 1}}, changes)


def test_a_world_of_ones_own(ring, tmp_path):
    """It runs on any threads, goes on from a checkpoint, and its gaps are filled: default heredity, no bodies."""
    first = Ecosystem(on(ring))
    first.found()
    assert first.layout.actions == ("stay", "step") and first.causes == ("hunger",) and first.born == 8
    assert first.advance(15) == 15
    checkpoint.save(tmp_path / "c.npz", first.arrays(), first.meta())
    again = Ecosystem(on(ring))
    again.restore(*checkpoint.load(tmp_path / "c.npz"))
    histories = []
    for one, threads in ((first, 1), (again, 3)):
        told = []
        while one.tick < 60 and one.living:
            if one.advance(60 - one.tick, threads) == 0:
                told += [*one.births()["genome"].tolist(), *one.deaths()["id"].tolist()]
        one.close()
        histories.append((one.digest(), one.tick, told, one.events(), one.series()))
    assert histories[0] == histories[1] and (21, "gift", "one for all") in histories[0][3]
    assert 8 < first.born and first.living > 0 and set(first.snapshot()) == {"place", "id", "kind", "genomes"}
    assert first.memories() is None and first.picture().shape == (1, 10, 3)


@pytest.mark.parametrize("name", ["settle", "act", "state", "found", "causes", "places", "measures", "next_change", "picture", "observe"])
def test_a_gap_is_named(ring, name):
    ring.write_text(RING.replace(f"def {name}(", f"def other_{name}("), encoding="utf-8")
    with pytest.raises(ConfigError, match=rf"^[^\n]*expected a function {name}\([^\n]*, found nothing$"):
        on(ring)


def test_a_plain_function_is_no_kernel(ring):
    ring.write_text(RING.replace("@kernel\ndef settle", "def settle"), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"settle\(s, q\) must be decorated with @kernel"):
        on(ring)


def test_its_own_errors_are_one_line(ring):
    ring.write_text(RING.replace("    for i in range(8):", "    for i in range(1 // 0):"), encoding="utf-8")
    one = Ecosystem(on(ring))
    with pytest.raises(ConfigError, match=r"^[^\n]*ring.py[^\n]*ZeroDivisionError[^\n]*$"):
        one.found()


MISTAKES = [
    ("world.nourishing=7", "nourishing: expected at most foods = 6, got 7"),
    ("world={kind: ecosystem, breed_energy: 250, birth_energy: 200, body: 50}",
     "breed_energy: expected more than birth_energy + body = 250, got 250"),
    ("world.view=4", "world.view: expected an odd number, got 4"),
    ("world.view=17", "world.view: expected a whole number >= 3 and <= 15, got 17"),
    ("world={kind: ecosystem, rows: 9, view: 11}", "view: expected at most 9 cells a side, got 11"),
    ("world={kind: ecosystem, rows: 6, predators: 1}", "predator_reach: expected at most 2, got 4"),
    ("world={kind: ecosystem, predators: 1, schedule: [{at: 5, set: {predator_reach: 99}}]}",
     "predator_reach: expected at most 31, got 99"),
    ("world.schedule=[{at: 5, set: {seasonlength: 9}}]", "got 'seasonlength'"),
    ("world.schedule=[{at: 5, set: {rows: 9}}]", "got 'rows'"),
    ("world.schedule=[{at: 5, set: {cover: 2}}]", "expected 0..1 for 'cover', got 2"),
    ("world.schedule=[{at: 5, set: {bite: 1.5}}]", "expected a whole number for 'bite', got 1.5"),
    ("world.schedule=[{at: 5, set: {bite: -1}}]", "expected a whole number for 'bite', got -1"),
    ("world.schedule=[{at: 5, set: {}}]", "expected at least one parameter to set"),
    ("world.interventions=[{at: 5, do: famine}]", "expected one of drought, flood, plague, migration, meet, got 'famine'"),
    ("world.founders=2049", "founders: expected at most most = 2048, got 2049"),
    ("world={kind: ecosystem, founders: 33, most: 40}", "founders: expected at most most = 32, got 33"),
    ("world.most=15", "world.most: expected a whole number >= 16"),
    ("world={kind: ecosystem, columns: 16, islands: 6}", "islands: expected at most a third of columns = 16, got 6"),
    ("world={kind: ecosystem, rows: 16, regions: 17}", "regions: expected at most 16, got 17"),
    ("world.senses=[meal, meal]", "expected every name once, got 'meal' 2 times"),
    ("world.senses=[]", "world.senses"),
    ("world.actions=[fly]", "expected one of move, eat"),
    ("world.actions=[]", "world.actions"),
    ("controller.width=32", "controller.width: expected a power of two >="),
]  # fmt: skip


@pytest.mark.parametrize(("change", "said"), MISTAKES)
def test_mistakes(change, said):
    with pytest.raises(ConfigError, match=re.escape(said)) as caught:
        configs.load("ecosystem", [change])
    assert "\n" not in str(caught.value)


def test_a_world_too_large():
    config = configs.load("ecosystem", ["world.rows=8192", "world.columns=8192", "memory.bits=16384"])
    with pytest.raises(ConfigError, match=r"^\d+ places with .* bytes of mind each need .* GB, .*; try a lower world.most"):
        Ecosystem(config)


def test_a_problem_is_no_ecosystem():
    with pytest.raises(ConfigError, match=r"world.kind: expected an ecosystem, got the problem 'copy'; try alife evolve"):
        Ecosystem(configs.load("copy"))


def test_an_ecosystem_is_no_problem(alife):
    """Neither for those who live alone, nor on the command line."""
    with pytest.raises(ConfigError, match=r"^[^\n]*ecosystem[^\n]*$"):
        Agent(configs.load("ecosystem"))
    for command in (("run", "ecosystem", "--lives", "3"), ("evolve", "ecosystem", "--generations", "3")):
        said = alife(*command)
        assert said.code == 2 and "ecosystem" in said.error and said.out == ""


def test_width_follows_senses():
    """As many slots as are needed, a power of two from 64 on."""
    few = configs.load("ecosystem", ["world.senses=[meal]"])
    assert few.controller.params.width == 64 and few.memory.params.values == 1
    many = configs.load("ecosystem", ["world.view=9"])
    assert many.controller.params.width == 128 and np.log2(many.controller.params.width) == 7
