"""The mind in numbers: portraits, lives of a champion, an ecosystem as it was saved, what `alife inspect` prints."""

import sys
from types import ModuleType, SimpleNamespace

import naive
import numpy as np
import pytest
from conftest import evolves, tiny
from test_ablate import contents
from test_keys import AGENTS, BATCH, TELLING, WIDTH, minds

import alife.sim
import alife.store
from alife.core import config as configs
from alife.core import rng
from alife.core.errors import ConfigError, InputError
from alife.core.lanes import LANES
from alife.core.layout import layout_of
from alife.core.settings import HeadSettings
from alife.insight import champion, inspect, mind
from alife.insight.inspect_words import words
from alife.insight.score import champion_of
from alife.insight.species import probes
from alife.sim.agent import Agent
from alife.store.checkpoint import Checkpoints
from alife.store.folder import RunFolder

# ---- moves and the portrait ----


@pytest.mark.parametrize("moves", ["home jump next", "jump", "prev home hold jump next", "next", "hold home", "part next jump", "part"])
def test_moves_are_those_of_the_naive_head(moves):
    moves = moves.split()
    layout = layout_of(tiny(f"head.moves=[{', '.join(moves)}]"))
    slots = 2 * rng.uniforms((200, 32), 5) - 1
    names, which = mind.moves_of(slots, layout)
    for row, k in zip(slots, which, strict=True):
        head = naive.Head(4, moves)
        wishes = {name: row[layout.control(name)] for name in moves if name != "next"}
        assert names[k] == head.move(wishes, head.home) and mind.parts_of(row, layout) == head.parted
    assert any(mind.parts_of(slots, layout)) == ("part" in moves)
    assert len(set(names)) == len(names)


def test_a_portrait_counts_what_happened():
    config = tiny()
    layout, n = layout_of(config), 10
    x = probes(layout, n)
    slots, gate = np.zeros((n, 32), np.float32), np.array([0.5, 1, 1, 0, 0, 0, 0, 0, 0, 0], np.float32)
    ticks = mind.Ticks(x, np.zeros((n, layout.values), np.float32), slots - 1, slots, gate)
    ticks.middle[:3, layout.control("jump")] = 1
    ticks.middle[:1, layout.control("home")] = 1
    ticks.middle[:4, layout.control("part")] = 1
    ticks.out[:7, 2], ticks.recall[4:] = 3, 2
    genome = config.controller.ask("start", 32, rng.uniforms((1, 4, 2, 32), 1))[0]
    found = mind.portrait(config.controller, layout, genome, ticks)
    assert found["moves"] == pytest.approx({"home": 0.1, "jump": 0.2, "hold": 0, "next": 0.7}) and found["parts"] == pytest.approx(0.4)
    assert found["gate"] == pytest.approx({"mean": 0.25, "open": 0.3, "full": 0.2})
    assert found["actions"]["bit 2"] == pytest.approx({"above_0": 0.7, "strongest": 0.7})
    assert found["actions"]["bit 0"] == pytest.approx({"above_0": 0, "strongest": 0.3})
    assert found["recall"] == pytest.approx({"rms": np.sqrt(0.6 * 4), "not_0": 0.6})
    assert found["keys"]["inputs"] == n and [row["layer"] for row in found["keys"]["layers"]] == ["head 1", "body 1", "body 2", "body 3"]


@pytest.mark.parametrize(("gate", "expected"), [("soft", [0, 0.5, 1, 0, 1]), ("hard", [0, 1, 1, 0, 1])])
def test_write_gates_of_probes(gate, expected):
    config = tiny("controller={kind: still, width: 32}")
    layout = layout_of(config)
    battery = probes(layout, 3)
    silent = battery.copy()
    silent[1, : layout.values] = 0
    for value, opened in zip([-1, 0.25, 2, np.nan, np.inf], expected, strict=True):
        genome = np.full(32, value, np.float32)
        for writes in ("seen", "thought"):
            found = mind.imagined(config.controller, layout, genome, battery, HeadSettings(gate=gate, writes=writes))
            assert found.gate.tolist() == [opened] * 3
        found = mind.imagined(config.controller, layout, genome, silent, HeadSettings(gate=gate))
        assert found.gate.tolist() == [opened, 0, opened], "what is not shown is not written"


@pytest.mark.parametrize("parts", ["", ", part"])
@pytest.mark.parametrize("recall", ["beside", "onto"])
@pytest.mark.parametrize("sees", ["context", "all"])
def test_two_halves_are_those_of_the_naive_mind(sees, recall, parts):
    """The head's and the body's, or one behind the other, with the recall where it comes in."""
    config = tiny(f"head={{sees: {sees}, recall: {recall}, moves: [jump{parts}]}}")
    layout, (w, x) = layout_of(config), minds(config.controller, np.float32)
    x[..., layout.one + 1 :], x[..., layout.one] = 0, 1
    recalled = 2 * rng.uniforms((AGENTS, BATCH, 4), 9) - 1
    thoughts = mind.think(config.controller, layout, w, x, recalled)
    for agent, row in np.ndindex(AGENTS, BATCH):
        one = naive.Mind(w[agent], 1, layout, 16)
        one.memory.read = lambda a, r=recalled[agent, row]: r
        out, faced = one.think(x[agent, row]), one.faced(x[agent, row])
        before = (one.h if sees == "all" else x[agent, row]).copy()
        if recall == "beside":
            before[8:12] += recalled[agent, row]
        before[:4] += np.float32(0) if one.head.parted else recalled[agent, row]
        gates = [*naive.open_gates(w[agent][:1], faced), *naive.open_gates(w[agent][1:], before)]
        assert naive.same_bits(thoughts.middle[agent, row], one.h) and naive.same_bits(thoughts.out[agent, row], out)
        assert np.array_equal(thoughts.gates[agent, row], gates) and thoughts.layers_in == 1
    parted = mind.parts_of(thoughts.middle, layout)
    assert parted.any() == bool(parts) and not parted.all()


def test_the_typical_tick_is_the_one_most_like_all():
    """Ten different ticks with their recalls, one of them nine times more: no tick is closer to all."""
    config = tiny()
    layout, (w, _) = layout_of(config), minds(config.controller, np.float32)
    x = np.concatenate([probes(layout, 10), np.repeat(probes(layout, 10)[7:8], 9, axis=0)])
    x[12:][x[12:] == 0] = -0.0  # is no other input
    thoughts = mind.think(config.controller, layout, w[:1], x[None])
    ticks = mind.Ticks(x, np.zeros((19, layout.values), np.float32), thoughts.middle[0], thoughts.out[0], np.zeros(19, np.float32))
    found = mind.portrait(config.controller, layout, w[0], ticks)
    gates = thoughts.gates[0].reshape(19, -1)
    assert found["map"]["tick"] == 7 and found["map"]["differs"] == pytest.approx((gates != gates[7]).mean())
    assert (found["keys"]["inputs"], found["ticks"]) == (10, 19)


def test_the_map_of_a_newborn_passes_everything_through():
    """Without noise both halves are the identity: bit i is driven by bit i and by its recall, and by nothing else; no wish by any."""
    config = tiny("controller.spread=0")
    layout, genome = layout_of(config), np.ones((4, 2, 32), np.float32)
    found = mind.portrait(config.controller, layout, genome, mind.imagined(config.controller, layout, genome, probes(layout)))
    rows, inputs = found["map"]["outputs"], found["map"]["inputs"]
    assert inputs == [*layout.observations, "one", mind.LOUDEST, *(f"recall bit {i}" for i in range(4))]
    for i in range(4):
        assert dict(mind.largest(rows[f"bit {i}"], inputs)) == pytest.approx({f"bit {i}": 1.0, f"recall bit {i}": 1.0})
    wishes = [f"head {name}" for name in ("home", "jump", "hold", "part")]
    assert set(rows) == {*layout.actions, "write gate", *wishes} and found["map"]["residual"] < 1e-12
    assert not any(mind.largest(rows[wish], inputs) for wish in wishes)


@pytest.mark.parametrize("kind", TELLING)
def test_portraits_of_every_controller_that_tells(kind):
    config = configs.load({"world": {"kind": "copy", "bits": 4}, "controller": {"kind": kind, "width": WIDTH}})
    layout, (w, _) = layout_of(config), minds(config.controller, np.float32)
    found = mind.portrait(config.controller, layout, w[1], mind.imagined(config.controller, layout, w[1], probes(layout)))
    assert found["map"]["residual"] < 1e-10 and 1 <= found["keys"]["distinct"] <= found["keys"]["inputs"] <= found["ticks"] == 64
    if kind == "still":  # the genes are the outputs, so the constant 1 drives all
        assert mind.largest(found["map"]["outputs"]["bit 2"], found["map"]["inputs"]) == [("one", float(w[1][2]))]


@pytest.mark.parametrize("bits", [4, 58])
def test_words_are_at_most_sixty_lines(bits):
    config = tiny("controller.width=128", kind="copy", bits=bits, length=2)
    layout, genome = layout_of(config), np.ones((4, 2, 128), np.float32)
    found = mind.portrait(config.controller, layout, genome, mind.imagined(config.controller, layout, genome, probes(layout)))
    lines = words({"run": "r", "kind": "problem", "world": "copy", "lives": 1, "memory": {"norms": None}, "mind": found})
    assert len(lines) <= 60 and ("(--json)" in lines[-1]) == (bits == 58)


def test_quarters_of_a_life():
    assert champion._quarters(np.arange(6.0)).tolist() == [1, 2, 4, 5]
    assert champion._quarters(np.array([3.0, np.nan, np.nan])).tolist() == [3, 3, 3, 3]


def test_largest_entries():
    assert mind.largest([0.1, -3.0, 0.02, 2.0], list("abcd"), 3) == [("b", -3.0), ("d", 2.0), ("a", 0.1)]
    assert mind.largest([0.0, 0.0], list("ab")) == []


# ---- a champion ----


@pytest.fixture(scope="module")
def found(solved):
    return inspect.inspect_run(solved, 40)


@evolves
def test_lives_are_those_of_the_naive_agent(solved):
    """Every tick of a life: what it saw, recalled and put out, to the last bit."""
    config, agent, genome = champion_of(solved)
    layout = agent.layout
    [seed] = [int(seed) for seed in rng.bits(1, rng.key(config.run.seed, champion.TEST))]
    vectors = naive.copy_vectors(seed, 4, 1, 3)
    agent.compile()
    ticks, lives, norms, fill, *_ = champion.live(agent, genome, 1)
    assert lives == 1 and len(ticks.seen) == 2 * len(vectors) + 2
    one = naive.Mind(genome.reshape(agent.shape), 1, layout, config.memory.params.bits)
    sizes = []
    for seen, recall, middle, out, gate in zip(*ticks, strict=True):
        said = one.think(seen)
        sizes.append(np.linalg.norm(one.memory.m))
        assert naive.same_bits(said, out) and naive.same_bits(one.r, recall) and naive.same_bits(one.g, gate)
        assert naive.same_bits(middle, one.h)
    assert ticks.seen[1, :4].tolist() == vectors[0]
    expected = [sizes[int(np.ceil(q * len(sizes))) - 1] for q in champion.QUARTERS]
    assert norms == pytest.approx(expected, rel=1e-5) and fill is None


@evolves
def test_what_is_found_of_a_champion(solved, found):
    mind_ = found["mind"]
    assert (found["kind"], found["world"], found["lives"], found["run"]) == ("problem", "copy", 40, str(solved))
    assert sum(mind_["moves"].values()) == pytest.approx(1) and set(mind_["moves"]) == {"home", "jump", "hold", "next"}
    assert mind_["gate"]["open"] > 0.2 and mind_["recall"]["not_0"] > 0.3
    assert found["memory"]["norms"][0] < found["memory"]["norms"][2]
    keys = mind_["keys"]
    assert 1 < keys["distinct"] <= keys["inputs"] <= mind_["ticks"] and keys["collisions"] == keys["inputs"] - keys["distinct"] > 0
    rows, inputs = mind_["map"]["outputs"], mind_["map"]["inputs"]
    assert mind_["map"]["residual"] < 1e-10 and all(len(row) == len(inputs) for row in rows.values())
    for i in range(4):
        names = [name for name, _ in mind.largest(rows[f"bit {i}"], inputs, 3)]
        assert f"recall bit {i}" in names, "it says what it recalls"


@evolves
def test_inspecting_changes_nothing_and_is_the_same_every_time(solved, found):
    before = contents(solved)
    assert inspect.inspect_run(solved, 40) == found
    assert contents(solved) == before


@evolves
def test_many_ticks_are_enough(solved, monkeypatch):
    monkeypatch.setattr(champion, "MOST_TICKS", 50)
    some = inspect.inspect_run(solved, 1000)
    assert some["lives"] == 16 and 50 <= some["mind"]["ticks"] < 50 + LANES


@evolves
def test_words_and_json(solved, alife, found):
    said, data = alife("inspect", solved, "--no-plots", "--lives", 40), alife("inspect", solved, "--no-plots", "--lives", 40, "--json")
    assert said.code == data.code == 0 and data.json["mind"]["keys"]["distinct"] == found["mind"]["keys"]["distinct"]
    lines = said.out.splitlines()
    assert len(lines) <= 60 and max(map(len, lines)) <= 140 and said.err == ""
    assert f"{found['mind']['keys']['distinct']:,} of" in said.out and "head moves" in said.out and "recall bit 0" in said.out


@evolves
def test_other_worlds_and_no_lives(solved, alife):
    assert alife("inspect", solved, "--no-plots", "--lives", 0).code == 2
    longer = alife("inspect", solved, "--no-plots", "--lives", 16, "--set", "world.length=9", "--json").json
    assert longer["mind"]["ticks"] == 16 * 20


@evolves
def test_parts_that_tell_nothing(solved, alife, monkeypatch):
    _, agent, _ = champion_of(solved)
    monkeypatch.delattr(agent.controller.module, "view")
    monkeypatch.delattr(agent.memory.module, "contents")
    data, said = alife("inspect", solved, "--no-plots", "--lives", 3, "--json").json, alife("inspect", solved, "--no-plots", "--lives", 3)
    assert data["mind"]["keys"] is None and data["mind"]["map"] is None and data["memory"]["norms"] is None
    assert said.code == 0 and "this controller tells no gates" in said.out and "norm of M" not in said.out


# ---- an ecosystem ----


class Ecosystem:
    """Nine agents of two clans in the layout of copy; what the real one offers to those who look."""

    causes = ("hunger", "age")

    def __init__(self, config):
        self.config, self.layout = config, layout_of(config)
        self.genes, self.tick = Agent(config).genes, 0

    def restore(self, arrays, meta):
        assert "census" not in meta
        self.tick, self.n = int(meta["tick"]), int(arrays["n"])

    def snapshot(self):
        clans = self.config.controller.ask("start", 32, rng.uniforms((2, 4, 2, 32), 3)).reshape(2, -1)
        ids = np.arange(self.n)[::-1].copy()
        return {
            "id": ids + 10, "place": ids, "age": ids * 10, "energy": np.ones(self.n), "kind": ids % 2, "tag": ids,
            "genomes": clans[(ids % 3 == 0).astype(int)],
        }  # fmt: skip

    def memories(self):
        m = np.zeros((self.n, 8, 4), np.float32)
        m[: self.n // 3, 0, 0] = 2
        return m


class Reader:
    """Of a chronicle."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def number(self, key, default=0.0):
        return default

    def document(self, key):
        return {}

    def deaths(self):
        ticks = np.arange(1, 21)
        columns = {"tick": ticks, "cause": (ticks > 18).astype(int), "age": ticks * 2, "intake": ticks, "children": ticks % 2}
        return {name: column.astype(np.int64) for name, column in columns.items()}

    def series(self, after):
        assert after == 77 - inspect.RECENT_ROWS * tiny().run.record - 1
        values = {"did_eat": [0, 5], "did_rest": [0, 15], "population": [1, 9], "memory_writes": [0, 0.5]}
        return {name: (np.array([0, 10]), np.array(column)) for name, column in values.items()}


@pytest.fixture
def living(tmp_path, monkeypatch):
    """A run folder of the ecosystem above: living(agents) -> its path."""
    fakes = {"ecosystem": ModuleType("alife.sim.ecosystem"), "chronicle": ModuleType("alife.store.chronicle")}
    fakes["ecosystem"].Ecosystem, fakes["chronicle"].read = Ecosystem, lambda path: Reader()
    for package, (name, fake) in zip((alife.sim, alife.store), fakes.items(), strict=True):
        monkeypatch.setitem(sys.modules, fake.__name__, fake)
        monkeypatch.setattr(package, name, fake, raising=False)
    monkeypatch.setattr(inspect, "is_ecosystem", lambda module: True)
    config = tiny()
    with RunFolder.create(tmp_path, "run", configs.dump(config)) as folder:
        pass

    def saved(agents):
        Checkpoints(folder.checkpoints, 3).save(77, {"n": np.array(agents)}, {"tick": 77, "census": None})
        return folder.path

    return SimpleNamespace(save=saved, path=folder.path)


def test_what_is_found_of_an_ecosystem(living):
    found = inspect.inspect_run(living.save(9))
    assert (found["kind"], found["tick"], found["population"], found["kinds"]) == ("ecosystem", 77, 9, {"0": 5, "1": 4})
    assert found["age"] == {"low": 20, "median": 40, "high": 60, "most": 80}
    assert found["memory"]["blank"] == pytest.approx(2 / 3) and found["memory"]["norm"]["most"] == 2
    for way in ("genome", "key"):
        assert found["species"][way]["count"] == 2
        assert found["species"][way]["largest"] == [{"leader": 11, "members": 6}, {"leader": 10, "members": 3}]
    assert found["typical"] == {"id": 11, "copies": 6} and found["mind"]["keys"]["inputs"] > 50
    assert sum(found["behaviour"]["actions"].values()) == pytest.approx(1)
    assert found["deaths"]["all"]["deaths"] == 20 and found["deaths"]["all"]["causes"] == {"hunger": 0.9, "age": 0.1}
    assert found["deaths"]["late"]["deaths"] == 2 and found["deaths"]["late"]["causes"] == {"age": 1.0}
    assert found["acts"] == {"eat": 0.25, "rest": 0.75} and found["newest"]["population"] == 9


def test_those_like_no_leader_are_told_apart(living, monkeypatch):
    path = living.save(9)
    monkeypatch.setattr(inspect.species, "MOST", 1)
    monkeypatch.setattr(inspect.species.by_genome, "__defaults__", (0.25, 1.0, 1))
    found = inspect.inspect_run(path)
    assert found["species"]["genome"]["count"] == 1 and found["species"]["genome"]["alone"] == 6
    assert found["species"]["genome"]["largest"] == [{"leader": 10, "members": 3}] and found["typical"]["id"] == 10
    assert any("like none of these" in line for line in words(found))


@pytest.mark.parametrize("agents", [9, 1, 0])
def test_an_ecosystem_in_words(living, alife, agents):
    path = living.save(agents)
    said, data = alife("inspect", path), alife("inspect", path, "--json")
    assert said.code == 0 and data.json["population"] == agents
    lines = said.out.splitlines()
    assert len(lines) <= 60 and max(map(len, lines)) <= 140
    assert "rest 75.0%, eat 25.0%" in said.out and "writes 50.0% of ticks" in said.out and "hunger 90.0%" in said.out
    assert ("by genome" in said.out) == ("gate keys" in said.out) == (agents > 0)


def test_an_ecosystem_that_cannot_be_inspected(living):
    with pytest.raises(InputError, match="has no checkpoint yet"):
        inspect.inspect_run(living.path)
    path = living.save(9)
    with pytest.raises(ConfigError, match=r"--set: .* is an ecosystem, which is inspected as it was saved"):
        inspect.inspect_run(path, overrides=["world.bits=5"])
    Checkpoints(living.path / "checkpoints", 3).save(78, {}, {"tick": 78})
    with pytest.raises(InputError, match=r"checkpoint 78 of .* does not fit this run's config"):
        inspect.inspect_run(path)
