"""One evolution: what is counted, who wins, and that neither threads nor interruptions change a bit."""

import hashlib
import itertools
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from conftest import Recorder, evolves, rows, tiny, tiny_coin

from alife.evolve import run as runs
from alife.evolve.evolution import Evolution
from alife.evolve.genome import digest
from alife.evolve.judge import SELECT, VALIDATE, Judge
from alife.insight.score import champion_of, score_run
from alife.sim.agent import Agent
from alife.sim.lives import Evaluator, Stopped, life_seeds
from alife.store import database

pytestmark = evolves

ROOT = Path(__file__).parents[1]
GOLDEN = "24915f4bbd63fb9146d03d6eb284a0afc09931cda8033c51337faa32870981b4"
"""Digest of the champion of `golden_run`. Whoever changes it changes what every run gives: say so in CHANGELOG."""

GOLDEN_RUN = ("evolve.generations=30", "evolve.patience=3", "evolve.population=40", "evolve.solved=0.7", "run.seed=2")


def golden_run(folder):
    """A fixed run with every part of the loop in it: validation, confirmation, a new start."""
    return runs.begin(tiny(*GOLDEN_RUN), Path(folder), Recorder(), "golden")


def files(outcome):
    """The bytes that must not depend on how a run was computed: newest checkpoint and champion."""
    folder = Path(outcome.run)
    return sorted((folder / "checkpoints").iterdir())[-1].read_bytes(), (folder / "champion.npz").read_bytes()


def state_of(evolution):
    """One digest of everything that the rest of a run depends on."""
    total = hashlib.sha256(json.dumps(evolution.meta(), sort_keys=True).encode())
    for name, array in sorted(evolution.arrays().items()):
        total.update(f"{name} {array.dtype} {array.shape}".encode())
        total.update(np.ascontiguousarray(array).tobytes())
    return total.hexdigest()


# ---- learning ----


def test_it_learns(tmp_path, recorder):
    settings = ("evolve.population=128", "evolve.lives=20", "evolve.generations=15", "evolve.report=200")
    outcome = runs.begin(tiny(*settings), tmp_path, recorder())
    assert outcome.z >= 0.5 and outcome.low <= outcome.score <= outcome.high
    assert outcome.score == pytest.approx(outcome.ceiling + outcome.z * (outcome.optimum - outcome.ceiling))
    assert outcome.generations == 15 and outcome.lives == 200 and outcome.not_finite == 0


def test_the_champion_is_in_the_folder(solved):
    _, agent, genome = champion_of(solved)
    assert genome.shape == (agent.genes,) and np.isfinite(genome).all()
    score = score_run(solved, 200)
    assert score.digest == digest(genome) and score.z >= 0.95 and score.lives == 200


def test_until_solved_stops_early(solved):
    with database.read(solved / "run.sqlite") as reader:
        summary, metrics = json.loads(reader.get("summary")), reader.metrics()
        assert reader.get("state") == "solved"
        assert [event.kind for event in reader.events()].count("solved") == 1
    assert summary["solved"] and summary["stopped_by"] == "solved"
    assert summary["solved_generation"] <= summary["generations"] == metrics["generation"][-1] < 600
    assert summary["solved_evaluations"] == metrics["evaluations"][summary["solved_generation"] - 1]
    assert metrics["z"][-1] >= 0.95


# ---- the same bytes ----


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    """The golden run."""
    return golden_run(tmp_path_factory.mktemp("golden"))


def test_golden_digest(reference):
    assert reference.digest == GOLDEN
    kinds = [event.kind for event in rows(reference)[1]]
    assert "restart" in kinds and "solved" in kinds


@pytest.mark.slow
def test_golden_digest_on_any_processor(tmp_path):
    """All kernels are compiled anew, for another processor, in another process with another hash seed."""
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    changes = {"PYTHONPATH": paths, "ALIFE_CACHE_DIR": str(tmp_path / "cache"), "PYTHONHASHSEED": "7"}
    code = f"import test_evolution; print(test_evolution.golden_run({str(tmp_path)!r}).digest)"
    for processor in ("generic", "haswell"):
        variables = {**os.environ, **changes, "NUMBA_CPU_NAME": processor}
        done = subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, text=True, timeout=300)
        assert done.stdout.strip() == GOLDEN, done.stderr


@pytest.mark.parametrize("changes", [("run.threads=2",), ("run.checkpoint_minutes=0", "run.keep=1"), ("run.threads=3", "run.keep=9")])
def test_how_it_is_computed_changes_nothing(tmp_path, recorder, reference, changes):
    outcome = runs.begin(tiny(*GOLDEN_RUN, *changes), tmp_path, recorder())
    assert files(outcome) == files(reference)
    assert rows(outcome) == rows(reference)


def test_json_or_words(tmp_path, alife):
    settings = [f"--set={key}={value}" for key, value in (("world.length", 2), ("evolve.population", 16))]
    common = ("evolve", "copy", *settings, "--generations", 2, "--seed", 5, "--out", tmp_path)
    document = alife(*common, "--json").json
    words = alife(*common)
    assert words.code == 0 and document["digest"][:16] in words.out
    folders = sorted(tmp_path.iterdir())
    assert len(folders) == 2
    assert len({(folder / "champion.npz").read_bytes() for folder in folders}) == 1


def test_another_seed_is_another_run(tmp_path, recorder, reference):
    outcomes = [runs.begin(tiny(f"run.seed={seed}"), tmp_path, recorder()) for seed in (1, 2, 2)]
    assert outcomes[1].digest == outcomes[2].digest
    assert len({outcome.digest for outcome in outcomes}) == 2


# ---- a generation is whole or nothing ----


class StopAt(threading.Event):
    """A wish to stop that comes at the n-th question for it; 0: never."""

    def __init__(self, n):
        super().__init__()
        self.n, self.asked = n, 0

    def is_set(self):
        self.asked += 1
        return self.n > 0 and self.asked >= self.n


def evolve(config, stops):
    """The state after every generation; `stops[g]` are wishes to stop that come in generation g + 1."""
    agent = Agent(config)
    evolution, states, failed = Evolution(config, agent), [], 0
    for generation in range(config.evolve.generations):
        for n in itertools.chain(stops.get(generation, ()), [0]):
            evaluator, before = Evaluator(agent, 1, StopAt(n)), state_of(evolution)
            with evaluator, Judge(agent, evaluator, config.run.seed, config.evolve.validation) as judge:
                try:
                    evolution.step(evaluator, judge)
                    break
                except Stopped:
                    assert n > 0 and state_of(evolution) == before
                    failed += 1
        assert state_of(evolution) != before
        states.append(state_of(evolution))
    return states, failed


def test_a_stopped_step_changes_nothing():
    """Stopped at each of its tasks: selection, validation, stretched validation, confirmation."""
    config = tiny("evolve.solved=0.2", "evolve.patience=2", "evolve.generations=8")
    whole, failed = evolve(config, {})
    assert failed == 0 and len(set(whole)) == 8
    everywhere = {generation: range(1, 60) for generation in range(8)}
    again, failed = evolve(config, everywhere)
    assert again == whole
    assert failed >= 8 * 3


# ---- scores that are no numbers ----


def test_nan_and_inf_never_win(coin, tmp_path, recorder):
    config = tiny_coin(coin, "evolve.generations=8", "evolve.lives=20", "run.seed=5", nan=15, inf=15)
    told = recorder()
    outcome = runs.begin(config, tmp_path, told)
    agent, counted, mixed = Agent(config), 0, 0
    with Evaluator(agent) as evaluator:
        for report in told.reports:
            seeds = life_seeds(config.evolve.lives, config.run.seed, SELECT, report.generation)
            scores = evaluator.evaluate(report.born.genomes, seeds).scores
            some = np.isnan(scores).any(), np.isinf(scores).any(), np.isfinite(scores).all(axis=1).any()
            mixed += all(some)
            counted += int((~np.isfinite(scores)).sum())
            means = [row.mean(dtype=np.float64) for row in scores if np.isfinite(row).all()]
            assert report.best == max(means, default=-np.inf)
        champion = champion_of(Path(outcome.run))[2]
        validated = evaluator.evaluate_one(champion, config.evolve.validation, config.run.seed, VALIDATE, 0)
    assert outcome.not_finite == counted > 0
    assert np.isfinite(validated.scores).all() and np.isfinite(outcome.score)
    assert told.reports[-1].champion == validated.scores.mean(dtype=np.float64)
    assert mixed >= 5 and told.reports[-1].best > 0.5


@pytest.mark.parametrize("selection", ["lexicase", "epsilon_lexicase", "tournament", "truncation"])
def test_a_world_without_a_single_number(coin, tmp_path, recorder, selection):
    """All counts, nothing crashes, nothing is solved; the same again gives the same."""
    config = tiny_coin(coin, "evolve.patience=2", f"evolve.selection.kind={selection}", hopeless=True)
    first, second = (runs.begin(config, tmp_path, recorder()) for _ in range(2))
    assert first.not_finite == 32 * 4 * 6
    assert not first.solved and np.isnan(first.score) and np.isnan(first.z)
    assert first.digest == second.digest and rows(first) == rows(second)


def test_no_number_is_null(coin, tmp_path, alife):
    settings = (
        "--set=world.hopeless=true",
        "--set=evolve.population=16",
        "--set=evolve.lives=20",
        "--generations",
        2,
        "--out",
        tmp_path / "r",
    )
    said = alife("evolve", coin, *settings, "--json")
    assert said.code == 0 and said.json["score"] is None and said.json["z"] is None and said.json["solved"] is False
    assert said.json["not_finite"] == 16 * 20 * 2
    assert "Warning" not in said.err and "Traceback" not in said.err
    score = alife("score", said.json["run"], "--json", "--lives", 20)
    assert score.code == 0 and score.json["score"] is None and score.json["lives"] == 20


# ---- new starts ----


def test_a_new_start_where_nothing_gets_better(coin, tmp_path, recorder):
    """A hopeless world and patience 3."""
    told = recorder()
    config = tiny_coin(coin, "evolve.patience=3", "evolve.generations=16", hopeless=True)
    outcome = runs.begin(config, tmp_path, told)
    ends = [report.generation for report in told.reports if report.restarted]
    assert ends == [3, 6, 9, 12, 15]
    events = [event for event in rows(outcome)[1] if event.kind == "restart"]
    assert [event.generation for event in events] == ends
    firsts = [report.born for report in told.reports if report.generation - 1 in (0, *ends)]
    assert all((born.mothers == -1).all() and (born.fathers == -1).all() for born in firsts)
    assert len({born.genomes.tobytes() for born in firsts}) == 6
    others = [report.born for report in told.reports if report.generation - 1 not in (0, *ends)]
    assert all((born.mothers >= 0).all() for born in others)


def test_the_champion_outlives_a_new_start(tmp_path, recorder):
    told = recorder()
    runs.begin(tiny("evolve.patience=1", "evolve.generations=20"), tmp_path, told)
    assert sum(report.restarted for report in told.reports) >= 2
    assert np.diff([report.champion for report in told.reports]).max() > 0
    merits = [report.z for report in told.reports]
    assert max(merits) > merits[0]


def test_who_has_climbed_for_long_may_rest_for_as_long(tmp_path):
    """Patience grows with the age of the best candidate; what is better by less than can be told is no better."""
    evolution = Evolution(tiny("evolve.patience=3"), Agent(tiny()))
    merits = [0.0, 0.2, 0.205, 0.4, 0.409, *[0.4] * 20]
    ends = []
    for merit in merits:
        evolution.generation += 1
        if evolution._restart_if_stuck(merit):
            ends.append(evolution.generation)
    assert ends == [8, 12, *range(15, 25, 3)], "the first start may rest, the second is as good as the best early on"


def test_of_new_starts_those_go_on_that_are_among_the_best_quarter_early(tmp_path):
    """Starts whose merit is said from the beginning: who stops at the age of patience, and who rests first."""
    evolution = Evolution(tiny("evolve.patience=5"), Agent(tiny()))
    early = [0.5, 0.2, 0.6, 0.55, 0.7, 0.58, 0.1, 0.7]
    lengths = []
    for i, merit in enumerate(early):
        age, ended = 0, False
        while not ended:
            age += 1
            evolution.generation += 1
            better = merit - 0.1 if age < 3 else merit if age < 7 else merit + 0.1
            ended = evolution._restart_if_stuck(better)
        lengths.append(age)
        assert evolution.early[i] == merit
    places = [sum(other >= merit for other in early[:i]) for i, merit in enumerate(early)]
    goes_on = [i == 0 or place < -(-(i + 1) // 4) for i, place in enumerate(places)]
    assert goes_on == [True, False, True, False, True, False, False, True]
    assert lengths == [14 if go else 5 for go in goes_on]
    meta = evolution.meta()
    other = Evolution(tiny("evolve.patience=5"), Agent(tiny()))
    other.restore({**evolution.arrays()}, json.loads(json.dumps(meta)))
    assert other.early == evolution.early
