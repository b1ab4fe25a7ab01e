"""Taking the memory away: a champion that has learnt to remember falls to chance, one without a memory loses nothing."""

import hashlib

import numpy as np
import pytest
from conftest import evolves

from alife.core import config as configs
from alife.core import rng
from alife.core.errors import ConfigError
from alife.core.lanes import LANES
from alife.insight import ablate
from alife.insight.ablate import ARMS, ablate_run
from alife.insight.score import score_run
from alife.sim import tick
from alife.sim.agent import Agent

pytestmark = evolves


def contents(folder):
    """Name -> digest, of everything below a folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def arms(solved):
    """All arms on 992 lives, 62 full blocks."""
    return ablate_run(solved, 992)


def test_the_memory_is_used(arms):
    assert arms["full"]["z"] >= 0.9
    for name in ("memory_off", "memory_zeroed", "memory_scrambled"):
        assert abs(arms[name]["z"]) < 0.1, name


def test_nothing_is_written_while_it_answers(arms):
    """In copy all that matters is written before the first question."""
    assert arms["writes_frozen"]["z"] >= 0.9


def test_intervals(arms):
    for name in ARMS:
        arm = arms[name]
        assert list(arm) == ["score", "z", "low", "high", "zlow", "zhigh"]
        assert arm["low"] <= arm["score"] <= arm["high"] <= arm["low"] + 0.1
        for z, score in (("z", "score"), ("zlow", "low"), ("zhigh", "high")):
            assert arm[z] == pytest.approx((arm[score] - 0.5) / 0.5)


class Watched:
    """Random agents in a maze, which asks often, with one arm; what stands in their minds at every tick is compared."""

    def __init__(self, before, after=ablate._leave):
        config = configs.load({"world": {"kind": "tmaze", "corridor": 1}, "memory": {"bits": 64}})
        self.agent = Agent(config)
        self.before, self.after = before, after
        self.patient = ablate._Patient(self.agent, np.zeros(self.agent.genes, np.float32))
        self.patient.w = self.agent.in_lanes(1 + 0.4 * (rng.uniforms((LANES, self.agent.genes), 5) - np.float32(0.5)))[0]
        self.same, self.kept = [], []

    def live(self):
        self.patient.live(rng.bits(LANES, 6), self._before, self._after)
        return self

    def _before(self, patient):
        kept = self.before(patient)
        self.asking, self.alive = patient.asking(), patient.block.alive.astype(bool)
        self.contents = patient.contents().copy()
        self.x = patient.block.x.copy()
        return kept

    def _after(self, patient, kept):
        """Whether each agent thought as one without a memory, and whether its memory is as it was."""
        block, controller = patient.block, self.agent.controller.module
        x = block.x.copy()
        patient.kernels.see(block)
        tick.face(block.x, block.h, block.slots)
        controller.perceive(block.net, patient.w, block.h)
        tick.take_in(block.x, block.h, np.zeros_like(block.r), block.v.copy(), block.slots)
        controller.act(block.net, patient.w, block.x)
        self.same += [(bool(a), (x[:, i] == block.x[:, i]).all()) for i, a in enumerate(self.asking) if self.alive[i]]
        block.x[:] = x
        self.after(patient, kept)
        unchanged = (self.contents == patient.contents()).all((0, 1))
        self.kept += [(bool(patient.asked[i]), unchanged[i]) for i in range(LANES) if self.alive[i]]


def test_with_the_memory_zeroed_every_question_is_answered_without_one():
    """And between two questions with it: there an agent may learn again, to no avail."""
    zeroed = Watched(ablate._zero).live().same
    assert all(same for asking, same in zeroed if asking) and sum(asking for asking, _ in zeroed) > 100
    assert not all(same for asking, same in zeroed if not asking)
    full = Watched(ablate._nothing).live().same
    assert not all(same for asking, same in full if asking)


def test_frozen_from_the_first_question_on():
    """One round of the maze is remembered for all of them."""
    frozen = Watched(ablate._keep, ablate._restore).live().kept
    assert all(unchanged for asked, unchanged in frozen if asked) and not all(unchanged for asked, unchanged in frozen if not asked)
    assert sum(asked for asked, _ in frozen) > 100


@pytest.mark.parametrize("lives", [992, 100, 1])
def test_full_is_the_score(solved, lives):
    """The same lives, tick by tick here, in one compiled loop there: equal to the last bit."""
    full, score = ablate_run(solved, lives)["full"], score_run(solved, lives)
    assert full["score"] == score.score and full["z"] == score.z
    assert np.array_equal([full["low"], full["high"]], [score.low, score.high], equal_nan=True)


def test_full_is_the_score_elsewhere_too(solved):
    overrides = ["world.length=[2, 7]", "memory.bits=1024", "run.seed=9"]
    assert ablate_run(solved, 50, overrides)["full"]["score"] == score_run(solved, 50, overrides).score


def test_it_is_the_same_every_time(solved, arms):
    assert ablate_run(solved, 992) == arms


def test_looking_changes_nothing(solved):
    before = contents(solved)
    ablate_run(solved, 32)
    score_run(solved, 32)
    assert contents(solved) == before and "champion.npz" in before and "run.sqlite" in before


def test_without_a_memory_nothing_is_lost(tmp_path, alife):
    """The memory `none`: emptying it changes no score, and it has no rows to be scrambled."""
    settings = ["--set=world.bits=4", "--set=world.length=2", "--set=memory.kind=none", "--set=evolve.population=32"]
    run = alife("evolve", "copy", *settings, "--generations", 3, "--out", tmp_path, "--json").json["run"]
    found = alife("ablate", run, "--lives", 64, "--json").json
    for name in ARMS:
        assert found[name] in (None, found["full"])
    assert found["memory_off"] == found["full"] and abs(found["full"]["z"]) < 0.2
    assert found["memory_scrambled"] is None and found["writes_frozen"] is None


def test_a_world_that_does_not_ask(tmp_path, coin, alife):
    """Without `asking` nobody knows when to empty the memory: null, and a dash in words."""
    settings = ("--set=evolve.population=16", "--generations", 2, "--out", tmp_path / "runs", "--json")
    run = alife("evolve", coin, *settings).json["run"]
    found = alife("ablate", run, "--lives", 32, "--json").json
    assert found["memory_zeroed"] is None and found["writes_frozen"] is None
    assert found["full"] and found["memory_off"] and found["memory_scrambled"]
    words = alife("ablate", run, "--lives", 32)
    assert words.code == 0
    (line,) = [line for line in words.out.splitlines() if line.startswith("memory_zeroed")]
    assert line.split()[1:3] == ["-", "-"]


def test_words_and_json_agree(solved, alife):
    found, words = alife("ablate", solved, "--lives", 48, "--json").json, alife("ablate", solved, "--lives", 48)
    assert words.err == "" and (found["lives"], found["world"], found["run"]) == (48, "copy", str(solved))
    for name in ARMS:
        (line,) = [line for line in words.out.splitlines() if line.split()[0] == name]
        assert line.split()[1:3] == [f"{found[name]['score']:.4f}", f"{found[name]['z']:.4f}"]


def test_no_lives(solved):
    for function in (ablate_run, score_run):
        with pytest.raises(ConfigError, match="--lives: expected a whole number >= 1, got 0"):
            function(solved, 0)
