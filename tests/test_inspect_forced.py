"""Addresses and keys over the lives of a champion, and its lives with gates held: against the naive agent."""

import shutil
from collections import Counter
from statistics import mean, stdev

import naive
import numpy as np
import pytest
from conftest import evolves, tiny

from alife import insight
from alife.core import rng
from alife.core.errors import ConfigError
from alife.core.lanes import LANES
from alife.insight import champion, forced, mind, visits
from alife.insight.inspect import look
from alife.insight.inspect_words import words
from alife.sim.agent import Agent
from alife.sim.lives import Evaluator, life_seeds

f32 = np.float32


@pytest.fixture(scope="module")
def looked(solved):
    return look(solved, 20)


@pytest.fixture(scope="module")
def held(looked):
    return forced.measured(looked.agent, looked.genome, looked.gates, looked.layers_in, 20)


def seeds_of(agent, lives):
    return [int(seed) for seed in rng.bits(lives, rng.key(agent.config.run.seed, champion.TEST))]


def said_in(one, vectors, bits, slot):
    """Every tick of a life of copy: what the naive mind puts out, (ticks, n)."""
    blank = [0] * (bits + 2)
    heard = [[0] * bits + [1, 0], *([*v, 0, 0] for v in vectors), [0] * bits + [0, 1], *(blank for _ in vectors)]
    out = []
    for seen in heard:
        x = np.zeros(one.before.shape[-1], f32)
        x[: len(seen)], x[slot] = seen, 1
        out.append(one.think(x))
    return np.array(out)


# ---- addresses ----


def wild(*changes):
    """An agent of 4 bits whose head moves in every way, genes far from the start, and lives in which it does of everything some."""
    agent = Agent(tiny("head.moves=[home, jump, prev, hold, next, part]", *changes, kind="copy", bits=4, length=[2, 6]))
    low, high = agent.controller.ask("bounds")
    for seed in range(500):
        genome = (low + (high - low) * rng.uniforms((agent.genes,), seed)).astype(f32)
        lived = champion.live(agent, genome, 5)
        names, which = mind.moves_of(lived.ticks.middle, agent.layout)
        if len({names[i] for i in which}) >= 3 and mind.parts_of(lived.ticks.middle, agent.layout).any():
            told = visits.addresses_told(lived, agent.layout)
            if 0 < (told["found"] or 0) < 1 and 0 < (told["rewritten"] or 0) < 1:
                return agent, genome, lived
    raise AssertionError("no head that moves enough")


@evolves
@pytest.mark.parametrize("which", ["wild", "solved"])
def test_addresses_are_those_of_the_naive_head(which, looked):
    agent, genome, lived = wild() if which == "wild" else (looked.agent, looked.genome, looked.lived)
    rows = int(agent.memory.ask("rows", agent.layout.width))
    sizes = agent.world.params.length
    numbers, asked = {}, []
    for life, seed in enumerate(seeds_of(agent, lived.lives)):
        vectors = naive.copy_vectors(seed, 4, *sizes)
        here = np.flatnonzero(lived.life == life)
        assert lived.time[here].tolist() == list(range(2 * len(vectors) + 2))
        assert [lived.phase[i] for i in here] == ["hear"] * (len(vectors) + 2) + ["say"] * len(vectors)
        asked += (lived.asked[here] == (lived.time[here] > len(vectors) + 1)).tolist()
        one = naive.Mind(genome.reshape(agent.shape), 1, agent.layout, rows)
        for i, seen in zip(here, lived.ticks.seen[here], strict=True):
            one.think(seen)
            for address, number in ((one.head.a, lived.read[i]), (one.head.b, lived.written[i])):
                assert numbers.setdefault(address.tobytes(), number) == number, "one address, one number"
    assert all(asked) and len(set(numbers.values())) == len(numbers), "and one number, one address"
    head = naive.Head(rows, agent.layout.moves)
    for address, number in numbers.items():
        base, sign, steps = lived.places.names[number].replace("-", "+-").partition("+")
        found = np.frombuffer(address, f32)
        for _ in range(abs(int(steps)) if sign else 0):
            found = head.before(found) if int(steps) > 0 else head.after(found)
        if base == "home":
            assert np.array_equal(found, head.home), lived.places.names[number]
        else:
            assert base.startswith("jump ")
    assert len(set(lived.places.names)) == len(lived.places.names)


@evolves
def test_what_is_told_of_addresses_by_sets(looked):
    for agent, lived in ((looked.agent, looked.lived), wild()[::2]):
        told = visits.addresses_told(lived, agent.layout)
        recalls, writes = lived.ticks.recall.any(axis=1) & lived.asked, lived.ticks.gate > 0
        found, over, at, pairs = [], [], [], []
        for life in range(lived.lives):
            so_far = set()
            for i in np.flatnonzero(lived.life == life):
                found += [lived.read[i] in so_far] if recalls[i] else []
                over += [lived.written[i] in so_far] if writes[i] else []
                so_far |= {lived.written[i]} if writes[i] else set()
            at.append(len(so_far))
            vectors = [lived.places.vectors[k] for k in sorted(so_far)]
            pairs += [abs(float(a @ b)) / len(a) for i, a in enumerate(vectors) for b in vectors[i + 1 :]]
        assert told["a_life_writes_at"] == pytest.approx(np.mean(at)) and told["written_at"] == len(set(lived.written[writes]))
        assert told["found"] == (pytest.approx(np.mean(found)) if found else None)
        assert told["rewritten"] == (pytest.approx(np.mean(over)) if over else None)
        assert told["overlap"] == (pytest.approx({"mean": np.mean(pairs), "most": max(pairs)}) if pairs else None)
        met = Counter(k for i in range(len(lived.read)) for k in {int(lived.read[i]), int(lived.written[i])})
        assert told["distinct"] == len(met)
        for row in told["most_common"]:
            number = lived.places.names.index(row["address"])
            assert row["share"] == pytest.approx(met[number] / len(lived.read))
            assert (row["writes"], row["recalls"]) == ((writes & (lived.written == number)).sum(), (recalls & (lived.read == number)).sum())
    assert looked.found["memory"]["addresses"]["found"] == 1, "this champion finds what it has written"


@evolves
def test_when_keys_occur(looked):
    halves = looked.found["mind"]["keys"]["halves"]
    assert [half["half"] for half in halves] == ["head", "body"]
    for half, gates in zip(halves, (looked.gates[:, :1], looked.gates[:, 1:]), strict=True):
        keys = [row.tobytes() for row in gates]
        counts = Counter(keys)
        assert half["distinct"] == len(counts)
        top = half["most_common"][0]
        assert top["share"] == pytest.approx(counts.most_common(1)[0][1] / len(keys))
        ticks = [t for key, t in zip(keys, looked.lived.time.tolist(), strict=True) if key == counts.most_common(1)[0][0]]
        assert top["ticks"] == {"first": min(ticks), "median": np.median(ticks), "last": max(ticks)}
        assert sum(top["phases"].values()) == pytest.approx(1) and len(top["key"]) == 16
        assert len({row["key"] for row in half["most_common"]}) == len(half["most_common"]) <= visits.MOST_ROWS


@evolves
def test_halves_of_a_champion_are_its_halves(solved, looked):
    for half, gates, out in (("head", looked.gates[:, :1], looked.lived.ticks.middle), (1, looked.gates[:, 1:], looked.lived.ticks.out)):
        shown = insight.inputs_of(solved, half, 20)
        passed = insight.forward(insight.half_of(solved, half), shown.astype(np.float64))
        assert np.abs(passed.out - out).max() < 1e-5 * np.abs(out).max()
        assert (np.stack(passed.gates, axis=1) == gates).mean() > 0.999, "but for gates within rounding"


# ---- gates held ----


def with_gates(monkeypatch, one, gates):
    """The naive mind with gates, int (layers, units), -1 = free."""

    def half(slopes, x):
        told = gates[: len(one.before)] if slopes is one.before else gates[len(one.before) :]
        for (p, q), each in zip(slopes, told, strict=True):
            x = naive.fwht(x)
            x = x * np.where(np.where(each < 0, x >= 0, each > 0), p, q)
        return naive.fwht(x) * f32(float(len(x)) ** (-(len(slopes) + 1) / 2))

    monkeypatch.setattr(naive, "half", half)
    return one


@evolves
@pytest.mark.parametrize("what", ["free", "first half held", "second half held", "both held", 0, 6])
def test_held_lives_are_those_of_the_naive_agent_whose_gates_are_held(what, looked, held, monkeypatch):
    agent, layout = looked.agent, looked.agent.layout
    gates = np.full((4, layout.width), -1)
    if isinstance(what, int):
        found = held.told["gates"][what]
        layer = mind.layer_names(layout, 4, 1).index(found["layer"])
        gates[layer, found["unit"]] = found["held"] == "open"
    else:
        found = held.told["whole"][what]
        common = [Counter(row.tobytes() for row in some).most_common(1)[0][0] for some in (looked.gates[:, :1], looked.gates[:, 1:])]
        key = np.concatenate([np.frombuffer(each, bool).reshape(-1, layout.width) for each in common])
        gates[:1] = key[:1] if what in ("first half held", "both held") else -1
        gates[1:] = key[1:] if what in ("second half held", "both held") else -1
    scores, signs, best = [], [], []
    for seed in seeds_of(agent, 20):
        vectors = naive.copy_vectors(seed, 4, 1, 3)
        plain, one = (naive.Mind(looked.genome.reshape(agent.shape), 1, layout, agent.config.memory.params.bits) for _ in range(2))
        plain = said_in(plain, vectors, 4, layout.one)
        with monkeypatch.context() as patch:
            said = said_in(with_gates(patch, one, gates), vectors, 4, layout.one)
        asked = slice(len(vectors) + 2, None)
        due = np.array(vectors)
        scores.append(f32((said[asked, :4] * due > 0).sum()) / f32(due.size))
        signs += ((said[asked, :4] > 0) != (plain[asked, :4] > 0)).ravel().tolist()
        best += (said[asked, :4].argmax(axis=1) != plain[asked, :4].argmax(axis=1)).tolist()
    score = found["score"] if "score" in found else held.told["whole"]["free"]["score"] + found["change"]
    assert score == pytest.approx(np.mean(scores), abs=1e-6)
    assert found["changed_above_0"] == pytest.approx(np.mean(signs)) and found["changed_strongest"] == pytest.approx(np.mean(best))
    if what in ("free", "both held", 0):
        assert any(signs) == (what != "free")


@evolves
def test_a_gate_held_where_it_always_stands_changes_nothing(looked, held):
    effects, share = held.effects, looked.gates.mean(axis=0)
    assert len(effects.unit) == 2 * looked.gates[0].size
    always = share[effects.layer, effects.unit] == effects.side
    assert always.any() and not effects.change[always].any() and effects.change.any()
    told = held.told
    free = told["whole"]["free"]["score"]
    assert free > 0.95
    for half in ("head", "body"):
        rows = [row for row in told["gates"] if row["half"] == half]
        of = effects.change[(effects.layer >= 1) == (half == "body")]
        assert [abs(row["change"]) for row in rows] == sorted(np.abs(of), reverse=True)[: len(rows)] and len(rows) == 6
    row = told["gates"][0]
    wanted = np.full(looked.gates.shape[1:], -1, np.int8)
    wanted[0, row["unit"]] = row["held"] == "open"
    both = np.stack([looked.genome, forced.with_gates(looked.agent, looked.genome, wanted, 1)])
    with Evaluator(looked.agent) as evaluator:
        free, other = evaluator.evaluate(both, life_seeds(20, looked.agent.config.run.seed, champion.TEST)).scores.astype(float)
    assert (row["change"], row["low"]) == pytest.approx((mean(other - free), mean(other - free) - 1.96 * stdev(other - free) / 20**0.5))
    assert row["high"] - row["change"] == pytest.approx(row["change"] - row["low"])
    for k, row in enumerate(told["layers"]):
        here = effects.layer == k
        columns = zip(effects.unit[here], effects.change[here], effects.margin[here], strict=True)
        matter = {unit for unit, change, margin in columns if abs(change) > max(margin, 0.01)}
        assert (row["held"], row["matter"]) == (looked.agent.layout.width, len(matter))


@evolves
def test_gates_that_cannot_be_held(looked, monkeypatch):
    """Single ReLUs cannot be held open, and some nets not as a whole: what can be done is."""
    agent, module = looked.agent, looked.agent.controller.module
    arguments = agent, looked.genome, looked.gates, 1, 2
    able = module.forced

    def closed_only(p, w, half, gates):
        if (gates == 1).any():
            raise ConfigError("cannot be held open")
        return able(p, w, half, gates)

    monkeypatch.setattr(module, "forced", closed_only)
    some = forced.measured(*arguments)
    assert set(some.effects.side.tolist()) == {0} and [row["held"] for row in some.told["layers"]] == [64] * 4
    assert [name for name, row in some.told["whole"].items() if row] == ["free"] and list(some.told["whole"]) == list(forced.WHOLE)
    found = {**looked.found, "forced": some.told, "plots": []}
    assert sum("cannot be done with this controller" in line for line in words(found)) == 3
    monkeypatch.delattr(module, "forced")
    assert forced.measured(*arguments) is None
    assert any("cannot be held" in line for line in words({**found, "forced": None}))


@evolves
def test_large_minds_are_held_on_fewer_lives_and_then_in_fewer_gates(looked, monkeypatch):
    agent = looked.agent
    work = (2 * 256 + 4) * agent.longest * (agent.floats() + agent.genes)
    for budget, expected in ((100, (64, 1)), (10.5, (10, 1)), (4, (4, 1)), (1, (4, 2))):
        monkeypatch.setattr(forced, "MOST_WORK", budget * work)
        assert forced.lives_for(agent, 516, 64) == expected
    assert forced.lives_for(agent, 516, 2) == (2, 1)
    monkeypatch.setattr(forced, "MOST_GENES", LANES * agent.genes)
    thinned = forced.measured(agent, looked.genome, looked.gates, 1, 64)
    assert thinned.told["lives"] == 4 and len(thinned.effects.unit) == 256 and set(thinned.effects.unit.tolist()) == set(range(0, 64, 2))


# ---- the command ----


@pytest.fixture
def run(solved, tmp_path):
    return shutil.copytree(solved, tmp_path / "run", ignore=shutil.ignore_patterns(".lock"))


@evolves
def test_the_command_draws_and_tells(run, alife):
    said = alife("inspect", run, "--lives", 9)
    assert said.code == 0 and said.err == ""
    names = sorted(path.name for path in (run / "inspect").iterdir())
    assert names == [f"{name}.png" for name in ("addresses", "angles", "entropy", "forced", "keys", "states")]
    drawn = {path.name: path.read_bytes() for path in (run / "inspect").iterdir()}
    assert all(data.startswith(b"\x89PNG") and len(data) > 5000 for data in drawn.values())
    lines = said.out.splitlines()
    assert len(lines) <= 60 and max(map(len, lines)) <= 140 and lines[-1].endswith("*.png")
    for text in ("addresses", "head keys", "body keys", "held gates", "both held", "home+1", "of recalls where it has written"):
        assert text in said.out
    data = alife("inspect", run, "--lives", 9, "--json").json
    assert list(data["forced"]["whole"]) == ["free", "first half held", "second half held", "both held"]
    assert data["plots"] == [str(run / "inspect" / name) for name in names]
    assert {path.name: path.read_bytes() for path in (run / "inspect").iterdir()} == drawn, "the same lives, the same bytes"


@evolves
def test_no_plots_and_no_room_for_them(run, alife):
    said = alife("inspect", run, "--lives", 2, "--no-plots")
    assert said.code == 0 and not (run / "inspect").exists() and "figures" not in said.out
    assert alife("inspect", run, "--lives", 2, "--no-plots", "--json").json["plots"] == []
    (run / "inspect").write_text("a file")
    refused = alife("inspect", run, "--lives", 2)
    assert refused.code == 74 and refused.error.startswith(f"cannot write {run / 'inspect'}")


@evolves
def test_worlds_that_tell_nothing_and_nets_without_gates(run, alife, looked, monkeypatch):
    for name in ("progress", "asking"):
        monkeypatch.delattr(looked.agent.world.module, name)
    monkeypatch.delattr(looked.agent.controller.module, "view")
    said = alife("inspect", run, "--lives", 3)
    assert said.code == 0 and "tells no gates" in said.out and "held gates" not in said.out and "addresses" in said.out
    assert sorted(path.name for path in (run / "inspect").iterdir()) == ["addresses.png", "states.png"]
    data = alife("inspect", run, "--lives", 3, "--json").json
    assert data["forced"] is None and all(row["phases"] == {} for row in data["memory"]["addresses"]["most_common"])
