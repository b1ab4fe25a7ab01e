"""Several problems as one: the contract, lives that are the members' own, one body, refusals, a run with a member by path."""

import ast
import collections
import dataclasses
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import COIN, TINY, evolves, rows, tiny
from test_architecture import faults_of, functions, kernels_of
from test_worlds import (  # noqa: F401
    live,
    test_a_life_does_not_depend_on_the_last_one_or_on_the_lane,
    test_different_seeds_differ,
    test_from_the_first_question_on_nothing_else_is_heard,
    test_lanes_are_independent,
    test_looking_changes_nothing,
    test_names_and_figures,
    test_observe_writes_its_slots_of_its_lane_only,
    test_one_compiled_signature_a_kernel,
    test_same_seed_same_bytes,
    test_stretched_lives_are_valid_and_longer,
)

from alife.core import config, contracts, layout, registry, rng
from alife.core.errors import ConfigError
from alife.core.lanes import LANES, aligned
from alife.core.parts import Part
from alife.evolve import run
from alife.insight.ablate import ablate_run
from alife.insight.score import score_run
from alife.sim.agent import Agent
from alife.sim.lives import Evaluator, life_seeds

KIND, NAMES = "corridor+copy+repeat", ("corridor", "copy", "repeat")
"""Repeat reads its actions in slots 16 to 23, the others theirs from slot 0 on."""


@pytest.fixture(params=[KIND])
def world(request):
    return registry.load("worlds", request.param)


# ---- the world: see tests/test_worlds.py for the rest of the contract ----


def test_it_keeps_the_contract_and_is_found_again(world):
    contracts.check("worlds", world, KIND)
    assert registry.load("worlds", KIND) is world
    assert registry.load("worlds", "copy+corridor+repeat") is not world
    tree = ast.parse(Path(world.__file__).read_text(encoding="utf-8"))
    assert [kernel.name for kernel in kernels_of(tree)] == ["begin", "observe", "act", "score"]
    assert [fault for kernel in kernels_of(tree) for fault in faults_of(kernel)] == []
    assert all(f.end_lineno - f.lineno < 60 for f in functions(tree))


def test_members_are_drawn_alike_whatever_their_own_luck(world):
    p = world.Params()
    s, cues = world.state(p), []
    for seed in rng.bits(200 * LANES, 1).reshape(-1, LANES):
        for lane in range(LANES):
            world.begin(s, lane, seed[lane])
            cues.append((int(s.member[lane]), int(s.worlds[0].cue[lane])))
    found = collections.Counter(member for member, _ in cues)
    assert sorted(found) == [0, 1, 2]
    assert all(abs(number / len(cues) - 1 / 3) < 5 * np.sqrt(2 / 9 / len(cues)) for number in found.values())
    left = np.mean([cue for member, cue in cues if member == 0])
    assert abs(left - 0.5) < 5 * 0.5 / np.sqrt(found[0])


@pytest.mark.parametrize("only", [None, *NAMES])
@pytest.mark.parametrize("is_long", [False, True])
def test_a_life_is_that_of_the_member_alone_and_shows_no_more(world, only, is_long):
    """Bit for bit, in all slots, whatever is done; scored by its z. Contents from slot 0 on, context behind the 8 of copy and repeat."""
    p = world.Params(only=only)
    p = world.stretched(p) if is_long else p
    s, lived = world.state(p), set()
    for seed in rng.bits(6 if only else 18, 2):
        world.begin(s, 5, seed)
        name = NAMES[s.member[5]]
        assert only in (None, name)
        alone, q = registry.load("worlds", name), getattr(p, name)
        t = alone.state(q)
        alone.begin(t, 5, seed)
        x, y, alive = aligned((64, LANES)), aligned((64, LANES)), [True, True]
        for tick in range(world.ticks(p)):
            x[:], y[:] = 0, 0
            world.observe(s, 5, x)
            alone.observe(t, 5, y)
            shown, contents = len(alone.observations(q)), alone.values(q)
            expected = np.zeros_like(y)
            expected[:contents], expected[8 : 8 + shown - contents] = y[:contents], y[contents:shown]
            assert np.array_equal(x, expected)
            assert world.asking(s, 5) == alone.asking(t, 5)
            phase, right, answers = alone.progress(t, 5)
            assert world.progress(s, 5) == (f"{name}: {phase}", right, answers)
            assert np.array_equal(world.picture(s, 5), alone.picture(t, 5))
            x[:, 5] = y[:, 5] = 2 * rng.uniforms((64,), int(seed), tick) - 1
            alive = [bool(world.act(s, 5, x)), bool(alone.act(t, 5, y))]
            assert alive[0] == alive[1]
            if not alive[0]:
                break
        ceiling, optimum = np.float32(alone.ceiling(q)), np.float32(alone.optimum(q))
        assert not alive[0] and world.score(s, 5) == (np.float32(alone.score(t, 5)) - ceiling) / (optimum - ceiling)
        lived.add(name)
    assert lived == {only} if only else lived == set(NAMES)


def test_the_layout_is_the_union_and_the_same_for_all():
    agents = {only: Agent(config.load({"world": {"kind": KIND, "only": only}})) for only in (None, *NAMES)}
    one = agents[None].layout
    assert len(one.observations) == one.one == 10 and one.values == 8
    assert (one.first_action, len(one.actions)) == (0, 24)
    assert min(one.controls.values()) >= 24
    assert one.observations[0] == "cue left/bit 0/symbol 0" and one.actions[12] == "slot 12" and one.actions[16] == "was 0"
    for agent in agents.values():
        assert dataclasses.replace(agent.layout, observations=one.observations, actions=one.actions) == one
        assert agent.layout.one == one.one and len(agent.layout.actions) == len(one.actions)
    assert agents["corridor"].layout.observations == ("cue left", "cue right", *(f"slot {i}" for i in range(2, 8)), "junction", "slot 9")
    assert agents["copy"].longest == 22 and agents[None].longest == agents["repeat"].longest


def test_a_member_without_contents_shows_context_alone():
    """The head sees it, as in that member alone; where no member has contents, none are made up."""
    made, alone = (layout.layout_of(config.load(kind)) for kind in ("corridor+forage", "forage"))
    assert (made.contents, made.values, alone.contents) == (2, 2, 0)
    assert [name.split("/")[-1] for name in made.observations[2:]] == list(alone.observations)
    world = registry.load("worlds", "corridor+forage")
    p = world.Params(only="forage")
    s, x = world.state(p), aligned((64, LANES))
    world.begin(s, 5, np.uint64(3))
    world.observe(s, 5, x)
    assert not x[:2].any() and x[2 : made.one, 5].any()


def test_suggestions_are_the_largest_also_of_the_usual():
    assert registry.load("worlds", "copy+vending").DEFAULTS == {"memory.bits": 256, "evolve.lives": 40}
    assert registry.load("worlds", "copy+repeat").DEFAULTS == {"memory.bits": 256}
    assert registry.load("worlds", "corridor+forage").DEFAULTS == {}
    assert not hasattr(registry.load("worlds", "corridor+forage"), "asking")


# ---- names, parameters, refusals ----


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("copy", []), ("", []), ("copy+", []), ("+copy", []), ("a++b", []), ("./a.py", []), ("/a+b/c++.py", []), ("c++.py", []),
        ("copy+corridor", ["copy", "corridor"]), ("./a.py+copy", ["./a.py", "copy"]), ("copy+/x+y/a.py", ["copy", "/x+y/a.py"]),
        ("/x/a.py+../b.py+c", ["/x/a.py", "../b.py", "c"]), ("C:\\w\\a.py+copy", ["C:\\w\\a.py", "copy"]), ("a/b+copy", []),
    ],
)  # fmt: skip
def test_members_of_a_kind(kind, expected):
    assert registry.members(kind) == (expected or [kind])


def test_a_title_has_no_paths():
    assert registry.title("/x/ago.py+copy") == "ago+copy" and registry.title("copy") == "copy" and registry.title("./ago.py") == "ago"


def test_parameters_stand_below_the_member_and_come_back():
    made = config.load("corridor+copy", ["world.copy.length=3", "world.only=copy"])
    assert made.world.params.copy.length == (3, 3) and made.world.params.corridor.length == (3, 20)
    assert config.load(config.to_dict(made)) == made
    text = config.dump(made)
    assert "  copy:\n    bits: 8\n    length: [3, 3]\n  only: copy\n" in text


@pytest.mark.parametrize(
    ("kind", "sets", "words"),
    [
        ("corridor+cpy", (), "no worlds named 'cpy'. Did you mean 'copy'? Known: "),
        ("copy+./nix.py", (), "world file ./nix.py: No such file or directory"),
        ("copy+corridor+copy", (), "copy+corridor+copy: expected every member once, got 'copy' 2 times"),
        ("copy+ecosystem", (), "copy+ecosystem: expected problems, one agent a life; 'ecosystem' is a world that all live in at once"),
        ("copy+my-world.py", (), "my-world.py: a member's parameters stand below its name: expected one like my_world.py"),
        ("copy+only.py", (), "only.py: a member's parameters stand below its name: expected one like my_world.py"),
        ("copy+corridor", ("world.copy.lenght=3",), "world.copy.lenght: unknown key (did you mean 'length'?)"),
        ("copy+corridor", ("world.length=3",), "world.length: unknown key (known: kind, copy, corridor, only)"),
        ("copy+tmaze", ("world.only=shelves",), "world.only: expected one of copy, tmaze or null, got 'shelves'"),
        ("copy+corridor", ("world.copy.length=[3,2]",), "world.copy.length: expected [low, high] with low <= high, got [3, 2]"),
        ("copy+needy.py", (), "world.needy: missing (expected a mapping)"),
        ("copy+broken.py", (), "/broken.py:38: ZeroDivisionError: division by zero"),
    ],
)
def test_refusals(tmp_path, monkeypatch, kind, sets, words):
    monkeypatch.chdir(tmp_path)
    for name in ("my-world.py", "only.py"):
        Path(name).write_text(COIN)
    Path("needy.py").write_text(COIN.replace("rounds: int = Field(4, ge", "rounds: int = Field(ge"))
    Path("broken.py").write_text(COIN.replace('return ["say"]', "return 1 / 0"))
    with pytest.raises(ConfigError) as caught:
        config.load(kind, sets)
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_a_member_without_a_z_is_named(tmp_path):
    (tmp_path / "flat.py").write_text(COIN.replace("return 1.0", "return 0.5"))
    agent = Agent(config.load(f"copy+{tmp_path / 'flat.py'}"))
    with pytest.raises(ConfigError, match=r"world.flat: expected ceiling < optimum at these sizes, got 0.5 and 0.5"):
        agent.z(0.0)
    assert Agent(config.load(f"copy+{tmp_path / 'flat.py'}", ["world.only=copy"])).z(0.25) == 0.25


def test_what_a_member_wants_remembered_counts(tmp_path):
    (tmp_path / "wide.py").write_text(COIN + '\n\nDEFAULTS = {"memory.values": 11, "head.gate": "hard", "head.moves": ["jump", "hold"]}\n')
    made = config.load(f"{tmp_path / 'wide.py'}+corridor")
    assert made.memory.params.values == 11 and made.head.gate == "soft"
    assert set(made.head.moves) == {"jump", "hold", "home", "next", "part"}
    assert layout.layout_of(made).one == 3
    assert isinstance(made.world, Part) and made.world.kind == f"{tmp_path / 'wide.py'}+corridor"


# ---- runs: one world by path, one of the project ----


def together(coin, *changes):
    return config.load({**TINY, "world": {"kind": f"{coin}+copy", "copy": {"bits": 4, "length": 2}}}, changes)


@evolves
def test_genomes_score_in_each_member_as_in_the_member_alone(coin):
    """The body of coin+copy is that of copy."""
    alone, both, only = (Agent(c) for c in (tiny("memory.values=4"), together(coin), together(coin, "world.only=copy")))
    assert alone.layout == only.layout
    genomes, seeds, scores = rng.uniforms((20, alone.genes), 3), life_seeds(40, 4), []
    for agent in (alone, both, only):
        with Evaluator(agent) as evaluator:
            scores.append(evaluator.evaluate(genomes, seeds).scores)
    expected = (scores[0] - np.float32(0.5)) / np.float32(0.5)
    assert np.array_equal(scores[2], expected)
    state = both.world.ask("state")
    is_copy = []
    for seed in seeds[:, 0]:
        both.world.module.begin(state, 0, seed)
        is_copy.append(state.member[0] == 1)
    assert 5 < sum(is_copy) < 35
    assert np.array_equal(scores[1][:, is_copy], expected[:, is_copy]) and len(np.unique(expected)) > 3


@evolves
def test_a_moved_run_goes_on_in_another_process_to_the_same_bytes(coin, tmp_path, recorder, spawn):
    whole = run.begin(together(coin), tmp_path / "runs", recorder(), "whole")
    part = run.begin(together(coin, "evolve.generations=3"), tmp_path / "runs", recorder(), "part")
    assert Path(whole.run, "plugins", "coin.py").read_text(encoding="utf-8") == COIN
    moved = shutil.move(part.run, tmp_path / "moved")
    coin.unlink()
    process = spawn("evolve", "--resume", moved, "--generations", 6)
    said, complained = process.communicate(timeout=120)
    assert process.returncode == 0, complained
    assert "olved: coin+copy" in said
    assert "code or its libraries have changed" not in complained
    assert rows(whole) == rows(dataclasses.replace(part, run=str(moved)))
    scores = [score_run(Path(moved), 64, sets) for sets in ((), ["world.only=coin"], ["world.only=copy"])]
    assert scores[0].z == scores[0].score and (scores[0].ceiling, scores[0].optimum) == (0, 1)
    assert scores[1].score != scores[2].score
    assert ablate_run(Path(moved), 16)["full"]["z"] == ablate_run(Path(moved), 16)["full"]["score"]


@evolves
def test_its_code_is_loaded_not_compiled_by_the_next_process():
    text = (
        "import numpy as np\nfrom alife.core import registry\n"
        f"world = registry.load('worlds', {KIND!r})\np = world.Params()\ns = world.state(p)\nworld.begin(s, 0, np.uint64(5))\n"
        "print(world.__name__, sum(world.begin.stats.cache_misses.values()), s.member[0])\n"
    )
    world = registry.load("worlds", KIND)
    s = world.state(world.Params())
    world.begin(s, 0, np.uint64(5))
    said = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True, timeout=120).stdout
    assert said.split() == [world.__name__, "0", str(s.member[0])]


@evolves
def test_commands(coin, tmp_path, alife, monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    sets = ("--set=world.copy.bits=4", "--set=world.copy.length=2", "--set=evolve.population=16", "--set=evolve.lives=4",
            "--set=evolve.validation=16", "--set=evolve.report=32", "--set=memory.bits=64", "--set=controller.width=32")  # fmt: skip
    out = tmp_path / "sweep"
    swept = alife("sweep", f"{coin}+copy", *sets, "--seeds", 1, "--generations", 2, "--lives", 64, "--out", out,
                  "--also", "world.only=copy", "--also", "world.only=coin")  # fmt: skip
    assert swept.code == 0, swept.err
    assert "| z | world.only=copy | world.only=coin |" in swept.out
    folder = out / "coin+copy_s1"
    again = alife("sweep", f"{coin}+copy", *sets, "--seeds", 1, "--generations", 2, "--lives", 64, "--out", out)
    assert again.code == 0 and "generation 1" not in again.err
    film = alife("watch", folder, "--film", tmp_path / "film.gif", "--seconds", 0.5)
    assert film.code == 0 and (tmp_path / "film.gif").stat().st_size > 1000
    assert "coin+copy" in alife("inspect", folder, "--lives", 8).out
    wrong = alife("evolve", "--resume", folder, "--set", "world.only=copy")
    assert wrong.code == 2 and "world.only cannot change in a run that goes on" in wrong.error
