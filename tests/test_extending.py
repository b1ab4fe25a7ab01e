"""The three files of docs/extending.md, evolved from a folder outside the project."""

import re
from pathlib import Path

import numpy as np
import pytest

from alife.core import config
from alife.core.errors import ConfigError
from alife.evolve import run
from alife.insight.ablate import ablate_run
from alife.insight.score import score_run
from alife.sim.agent import Agent

DOC = Path(__file__).parents[1] / "docs" / "extending.md"
FILES = dict(re.findall(r"```python file=(\w+\.py)\n(.*?)```", DOC.read_text(encoding="utf-8"), re.S))


class Silent:
    def note(self, text): ...

    def generation(self, report, evolution, seconds): ...


@pytest.fixture
def outside(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def evolved(outside, *sets, seed=1, **evolve):
    options = {"run.seed": seed, **{f"evolve.{k}": v for k, v in evolve.items()}}
    return run.begin(config.load(str(outside / "ago.py"), sets, options), outside / "runs", Silent())


def test_all_three_are_there():
    assert sorted(FILES) == ["ago.py", "diagonal.py", "register.py"]
    for text in FILES.values():
        assert len([line for line in text.splitlines() if line.strip()]) <= 75


def test_the_world_is_solved_with_a_memory(outside):
    outcome = evolved(outside, generations=300, until_solved=True)
    assert outcome.solved and outcome.z >= 0.95
    path = Path(outcome.run)
    assert (path / "plugins" / "ago.py").read_text(encoding="utf-8") == FILES["ago.py"]
    (outside / "ago.py").unlink()
    assert score_run(path, 200, ["world.k=1"]).z > 0.9
    arms = ablate_run(path, 64)
    assert arms["full"]["z"] > 0.9 and abs(arms["memory_off"]["z"]) < 0.2
    assert arms["memory_zeroed"] is None


def test_a_register_is_enough_for_one_step(outside):
    outcome = evolved(outside, f"memory.kind={outside / 'register.py'}", generations=300, until_solved=True)
    assert outcome.solved


def test_without_a_memory_it_stays_at_the_ceiling(outside):
    outcome = evolved(outside, "memory.kind=none", "evolve.lives=10", generations=20, population=64)
    assert abs(outcome.z) < 0.1


def test_the_diagonal_controller_runs_and_cannot_answer(outside):
    outcome = evolved(outside, f"controller.kind={outside / 'diagonal.py'}", "evolve.lives=10", generations=10, population=32)
    assert outcome.generations == 10 and not outcome.solved


def test_the_diagonal_controller_multiplies_each_slot(outside):
    agent = Agent(config.load(str(outside / "ago.py"), [f"controller.kind={outside / 'diagonal.py'}"]))
    genes = np.random.default_rng(1).uniform(-1, 1, (16, agent.genes)).astype(np.float32)
    w, block = agent.in_lanes(genes)[0], agent.block()
    block.x[:] = np.random.default_rng(2).normal(size=block.x.shape)
    expected = block.x * w[0]
    agent.controller.module.perceive(block.net, w, block.x)
    assert np.array_equal(block.x, expected)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ('return [f"was {i}" for i in range(N)]', "return 1 / 0", r"ago\.py:\d+: ZeroDivisionError: division by zero"),
        ('return [f"symbol {i}" for i in range(N)]', "return []", r"ago\.py: observations: expected a list of names, got '\[\]'"),
        ("return p.steps + p.k", "return 0", r"ago\.py: ticks: expected a whole number >= 1, got 0"),
        ("return 1.0", "return 0.25", r"world: expected ceiling < optimum at these sizes, got 0.25 and 0.25"),
        ("np.zeros(LANES, np.uint64), zero", "np.zeros(LANES, np.uint65), zero", r"ago\.py:\d+: AttributeError: .*uint65"),
        ("s.right[lane] += 1", "s.wrong[lane] += 1", "wrong"),
    ],
)
def test_faults_of_a_world_are_one_line_and_leave_nothing(outside, before, after, words):
    text = FILES["ago.py"]
    assert before in text
    (outside / "ago.py").write_text(text.replace(before, after), encoding="utf-8")
    with pytest.raises(ConfigError, match=words) as caught:
        evolved(outside, generations=1)
    assert "\n" not in str(caught.value)
    assert not (outside / "runs").exists()
