"""A generation: who is born, which lives it is judged by, and what that costs."""

import itertools
from pathlib import Path

import naive
import numpy as np
import pytest
from conftest import evolves, rows, tiny, tiny_coin

from alife.evolve import judge as judging
from alife.evolve import run as runs
from alife.evolve.evolution import Evolution
from alife.evolve.judge import CONFIRM, REPORT, SELECT, STRETCH, TEST, VALIDATE, Judge
from alife.insight.score import score_run
from alife.sim.agent import Agent
from alife.sim.lives import Evaluator, life_seeds
from alife.store import database

pytestmark = evolves


# ---- who is born ----


@pytest.mark.parametrize(("population", "elite"), [(32, 2), (20, 0), (20, 5), (2, 1), (2, 7)])
def test_the_elite_passes_unchanged(tmp_path, recorder, population, elite):
    config = tiny(f"evolve.population={population}", f"evolve.strategy.elite={elite}")
    told = recorder()
    runs.begin(config, tmp_path, told)
    size = min(population, elite)
    with Evaluator(Agent(config)) as evaluator:
        for before, after in itertools.pairwise(told.reports):
            seeds = life_seeds(config.evolve.lives, config.run.seed, SELECT, before.generation)
            scores = evaluator.evaluate(before.born.genomes, seeds).scores
            best = sorted(range(population), key=lambda i: -scores[i].mean(dtype=np.float64))[:size]
            assert after.born.mothers[:size].tolist() == best
            assert after.born.genomes[:size].tobytes() == before.born.genomes[best].tobytes()
            assert (after.born.fathers[:size] == -1).all()
            assert ((after.born.mothers >= 0) & (after.born.mothers < population)).all()
            assert ((after.born.fathers >= -1) & (after.born.fathers < population)).all()
            changed = (after.born.genomes != before.born.genomes[after.born.mothers]).any(axis=1)
            assert not changed[:size].any() and (size == population or changed[size:].any())


@pytest.mark.parametrize("population", [2, 20, 33])
def test_a_population_of_any_size(tmp_path, recorder, population):
    """Its last block is not full; scores are those of each genome alone."""
    config = tiny(f"evolve.population={population}", "evolve.generations=3")
    told = recorder()
    outcome = runs.begin(config, tmp_path, told)
    assert any("no multiple of 16" in note for note in told.notes)
    with Evaluator(Agent(config)) as evaluator:
        for report in told.reports:
            seeds = life_seeds(config.evolve.lives, config.run.seed, SELECT, report.generation)
            alone = [evaluator.evaluate(genome[None], seeds).scores[0] for genome in report.born.genomes]
            means = np.mean(alone, axis=1, dtype=np.float64)
            assert report.born.genomes.shape[0] == population
            assert (report.best, report.mean, report.median) == (means.max(), means.mean(), np.median(means))
    births = rows(outcome)[0]["birth id"]
    assert np.frombuffer(births, np.int64).tolist() == list(range(population, 4 * population))


def test_births_are_told_once_with_their_parents(tmp_path, recorder):
    told = recorder()
    outcome = runs.begin(tiny(), tmp_path, told)
    with database.read(Path(outcome.run) / "run.sqlite") as reader:
        births = reader.births()
    assert births["id"].tolist() == list(range(32, 7 * 32))
    assert births["generation"].tolist() == [g for g in range(1, 7) for _ in range(32)]
    for name in ("mother", "father"):
        column = births[name].reshape(6, 32)
        for report, ids in zip(told.reports, column, strict=True):
            parents = getattr(report.born, f"{name}s")
            wanted = np.where(parents < 0, -1, parents + 32 * (report.generation - 1))
            assert ids.tolist() == wanted.tolist()


# ---- lives are never used twice ----


def test_streams_of_lives_are_disjoint(tmp_path, recorder, monkeypatch):
    """Every seed that reaches the lives, by what it was asked for."""
    seen, label = {}, [""]
    evaluate, evaluate_one, run = Evaluator.evaluate, Evaluator.evaluate_one, Evaluator._run

    def labelled(name, method, self, *args):
        label[0] = name
        return method(self, *args)

    def spy(self, genes, seeds):
        seen.setdefault(label[0], []).append(frozenset(seeds.reshape(-1).tolist()))
        return run(self, genes, seeds)

    monkeypatch.setattr(Evaluator, "evaluate", lambda self, *a: labelled(SELECT, evaluate, self, *a))
    monkeypatch.setattr(Evaluator, "evaluate_one", lambda self, g, n, *key: labelled(key[1], evaluate_one, self, g, n, *key))
    monkeypatch.setattr(Evaluator, "_run", spy)
    outcome = runs.begin(tiny("evolve.solved=0.95", "evolve.generations=5"), tmp_path, recorder())
    config = tiny()
    agent = Agent(config)
    with Evaluator(agent) as evaluator, Judge(agent, evaluator, 3, 16) as judge:
        for generation in (1, 2):
            judge.confirm(np.zeros(agent.genes, np.float32), 32, generation)
    score_run(Path(outcome.run), 64)
    assert set(seen) == {SELECT, VALIDATE, STRETCH, CONFIRM, REPORT, TEST}
    assert len(set(seen[VALIDATE])) == len(set(seen[STRETCH])) == 1 and len(seen[VALIDATE]) == 5
    different = [*seen[SELECT], *seen[CONFIRM], seen[VALIDATE][0], seen[STRETCH][0], seen[REPORT][0], seen[TEST][0]]
    assert len(seen[SELECT]) == 5 and len(seen[CONFIRM]) == 2
    assert len(frozenset().union(*different)) == sum(map(len, different))
    assert [len(seen[s][0]) for s in (SELECT, VALIDATE, STRETCH, CONFIRM, REPORT, TEST)] == [4, 16, 16, 32, 32, 64]


# ---- what it costs ----


def ticks_of(lives, low, high, *key):
    """Ticks of copy lives, from the naive draws: a flag, the vectors, a delimiter, the vectors."""
    seeds = [naive.draw(naive.key(*key), 0, i, 0) for i in range(lives)]
    return sum(2 * len(naive.copy_vectors(seed, 4, low, high)) + 2 for seed in seeds)


def test_evaluations_and_ticks_are_exact(tmp_path, recorder):
    """Copy of 2 vectors: 6 ticks a life. A generation: 20 genomes x 4 lives, 16 to validate and 16 of 2 to 8 vectors."""
    told = recorder()
    config = tiny("evolve.population=20", "evolve.solved=1.0")
    outcome = runs.begin(config, tmp_path, told)
    stretched = ticks_of(16, 2, 8, 3, STRETCH, 0)
    for report in told.reports:
        assert report.evaluations == -(-report.generation * (20 * 4 + 16 + 16) // 4)
        assert report.agent_ticks == report.generation * (20 * 4 * 6 + 16 * 6 + stretched)
    assert (outcome.evaluations, outcome.agent_ticks) == told.reports[-1][1:3]
    assert outcome.generations == len(told.reports) == 6


def test_confirmation_is_counted(tmp_path, recorder, monkeypatch):
    """`report` lives for each candidate that is asked to solve it; after solving, selection is on stretched lives."""
    told, confirm, confirmed = recorder(), Judge.confirm, []

    def counted(self, genome, lives, generation):
        confirmed.append(generation)
        return confirm(self, genome, lives, generation)

    monkeypatch.setattr(Judge, "confirm", counted)
    config = tiny("evolve.solved=0.45", "evolve.report=48", "evolve.validation=32", "evolve.generations=20")
    outcome = runs.begin(config, tmp_path, told)
    stretched = ticks_of(32, 2, 8, 3, STRETCH, 0)
    solved = outcome.solved_generation
    assert solved in confirmed and 0 < len(confirmed) < 20
    for report in told.reports:
        asked = sum(g <= report.generation for g in confirmed)
        lives = report.generation * (32 * 4 + 2 * 32) + 48 * asked
        assert report.evaluations == -(-lives // 4)
        selected = sum(32 * (4 * 6 if g <= solved else ticks_of(4, 2, 8, 3, SELECT, g)) for g in range(1, report.generation + 1))
        assert report.agent_ticks == selected + report.generation * (32 * 6 + stretched) + 48 * 6 * asked
    assert outcome.solved and outcome.solved_evaluations == told.reports[solved - 1].evaluations


def test_a_world_without_longer_lives(coin, tmp_path, recorder):
    """Then nothing is stretched: 7 ticks a life, validation counted once. Hopeless, so that nothing is confirmed."""
    told = recorder()
    runs.begin(tiny_coin(coin, rounds=7, hopeless=True), tmp_path, told)
    for report in told.reports:
        lives = report.generation * (32 * 4 + 16)
        assert report.evaluations == -(-lives // 4) and report.agent_ticks == 7 * lives


def test_a_champion_is_judged_by_both_kinds_of_lives():
    config = tiny("evolve.generations=4")
    agent = Agent(config)
    evolution = Evolution(config, agent)
    longer = agent.stretched()
    with Evaluator(agent) as evaluator, Evaluator(longer) as stretched, Judge(agent, evaluator, 3, 16) as judge:
        for _ in range(4):
            evolution.step(evaluator, judge)
        verdict = judge.judge(evolution.champion)
        plain = evaluator.evaluate_one(evolution.champion, 16, 3, VALIDATE, 0).scores.mean(dtype=np.float64)
        long = stretched.evaluate_one(evolution.champion, 16, 3, STRETCH, 0).scores.mean(dtype=np.float64)
    assert verdict == evolution.verdict == judging.Verdict(plain, agent.z(plain), longer.z(long))
    assert verdict.merit == (verdict.z + verdict.stretched_z) / 2
    assert longer.world.params.length == (2, 8) and longer.memory.params.bits == 4 * 64
