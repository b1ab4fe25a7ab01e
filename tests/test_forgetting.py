"""What writes docs/forgetting.md: exams of a genome that knows nothing, phases of a population, tables."""

import math

import numpy as np
import pytest
from test_results import script

from alife.core import config
from alife.sim.agent import Agent


@pytest.fixture
def life(monkeypatch):
    return script("forgetting_life", monkeypatch)


@pytest.fixture
def genes(monkeypatch):
    return script("forgetting_genes", monkeypatch)


def test_a_genome_that_knows_nothing_guesses(life):
    agent = Agent(config.load("relearn", ["memory.bits=64"]))
    z, fill = life.exams(agent, np.zeros(agent.genes, np.float32), 1, 4)
    assert z.shape == (3,) and np.abs(z).max() < 0.25 and math.isnan(fill)
    again, _ = life.exams(agent, np.zeros(agent.genes, np.float32), 1, 4)
    assert np.array_equal(z, again)


def test_what_is_measured_is_the_score(life):
    """The exams' mean is what the world itself says, with other weights of the same lives."""
    agent = Agent(config.load("relearn", ["world.first=3", "world.second=3"]))
    genome = np.ones(agent.genes, np.float32)
    z, _ = life.exams(agent, genome, 5, 2)
    block, weights, scores = agent.block(), agent.in_lanes(np.repeat(genome[None], 16, axis=0)), []
    for seeds in life.rng.bits(32, life.rng.key(5, life.TEST)).reshape(2, 16):
        agent.kernels.begin(block, seeds)
        agent.kernels.advance(block, weights[0], agent.longest, np.zeros(16, np.int64))
        scores += [agent.kernels.score(block, lane) for lane in range(16)]
    assert z.mean() == pytest.approx(agent.z(np.mean(scores)), abs=1e-6)


def of_life(life, kind, seed, a, b, again, strength="", evolved_with="none", fill=math.nan):
    return life.Row(evolved_with, kind, strength, True, 8, seed, 16, a, b, again, again / a, fill)


def test_prices_are_differences_of_pairs(life):
    found = [
        of_life(life, "none", 1, 1.0, 0.9, 0.4), of_life(life, "none", 2, 0.8, 0.7, 0.2),
        of_life(life, "bloom", 2, 0.7, 0.5, 0.6, "0.1", fill=0.25), of_life(life, "bloom", 1, 0.9, 0.7, 0.8, "0.1", fill=0.75),
    ]  # fmt: skip
    lines = life.table(found).splitlines()
    assert lines[2] == "| 8 same keys | none | none | 0.90 | 0.80 | 0.30 | 0.33 |  |  |  |  |"
    assert lines[3] == (
        "| 8 same keys | none | bloom 0.1 | 0.80 | 0.60 | 0.70 | 0.87 | +0.10 ± 0.00 | +0.20 ± 0.00 | +0.40 ± 0.00 | 0.500 |"
    )


def test_a_row_names_the_champion_and_its_memory(life, monkeypatch):
    def champion(run, sets):
        settings = config.load("relearn", [*sets, "run.seed=4"])
        return settings, (agent := Agent(settings)), np.ones(agent.genes, np.float32)

    monkeypatch.setattr(life, "champion_of", champion)
    found = life.row(None, "none", "none", "", False, 9, rounds=1)
    assert found[:7] == ("none", "none", "", False, 9, 4, 16) and found.kept == pytest.approx(found.a_again / found.a, nan_ok=True)


def test_phases_of_a_population(genes):
    small = ("evolve.population=16", "evolve.lives=4")
    found = genes.live("A, then B", "none", 3, 6, most=5, settings=small)
    assert [(row.phase, row.generation) for row in found] == [
        ("copy", 1),
        ("copy", 5),
        ("shelves", 1),
        ("shelves", 5),
        ("A again", 1),
        ("A again", 5),
    ]
    assert found == genes.live("A, then B", "none", 3, 6, most=5, settings=small)
    both = genes.live("A, then both", "none", 3, 6, most=5, settings=small)
    assert both[:2] == [row._replace(arm="A, then both") for row in found[:2]] and both[3][5:] != found[3][5:]
    assert {row.phase for row in genes.live("B alone", "none", 3, 5, settings=small)} == {"shelves"}


def test_what_is_in_the_file_is_not_lived_again(genes, monkeypatch, tmp_path):
    lived, file = [], tmp_path / "genes.csv"

    def live(arm, kind, seed, generations):
        if len(lived) == 3:
            raise KeyboardInterrupt
        lived.append((arm, kind, seed))
        return [genes.Row(arm, kind, seed, "copy", 1, 0.1, 0.25, 0.125, 1.0)]

    monkeypatch.setattr(genes, "live", live)
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            genes.rows(1, 80, file)
    assert lived == [("A, then B", kind, 1) for kind in ("none", "bloom", "visits")]
    monkeypatch.setattr(genes, "live", lambda *cell: [genes.Row(*cell[:3], "copy", 1, 0.1, 0.25, 0.125, 1.0)])
    found = genes.rows(1, 80, file)
    assert genes.rows(1, 80, file) == found and len({row[:3] for row in found}) == len(found) == 7 and found[0].a_elite == 0.25
    assert [row.arm for row in genes.rows(2, 80, file)][:8] == ["A, then B"] * 8


def test_tables_of_populations(genes):
    def row(phase, generation, a, b, seed=1):
        return genes.Row("A, then B", "none", seed, phase, generation, a / 2, a, b / 2, b)

    found = [row("copy", 15, 1.0, 0.1), row("shelves", 5, 0.5, 0.4), row("shelves", 80, 0.25, 0.9), row("A again", 100, 0.5, 0.2)]
    other = [
        row("copy", 25, 1.0, 0.1, 2),
        row("shelves", 5, 0.5, 0.4, 2),
        row("shelves", 80, 0.75, 0.9, 2),
        row("A again", 30, 0.96, 0.2, 2),
    ]
    assert genes.table([*found, *other]).splitlines()[2] == (
        "| A, then B | none | 2 | 20 (15 to 25) | 1.00 (1.00 to 1.00) | 0.50 (0.25 to 0.75) | 0.50 (0.50 to 0.50) | 0.25 (0.12 to 0.38) "
        "| 0.10 (0.10 to 0.10) | 0.90 (0.90 to 0.90) | never (30 to never) |"
    )
    assert "| A, then B, none: elite | 0.50 | 0.50 |" in genes.course([*found, *other], (5, 80))
