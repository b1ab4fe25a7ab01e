"""The score matrix is a function of config, genomes and seeds: no thread, chunk, piece or processor changes a bit."""

import functools
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import naive
import numpy as np
import pytest

from alife.core import config, jit, rng
from alife.core.jit import DISABLED
from alife.core.lanes import LANES
from alife.sim import lives as lives_module
from alife.sim.agent import Agent
from alife.sim.lives import Evaluator, Stopped, life_seeds

ROOT = Path(__file__).parents[1]
GOLDEN = "8c79dbb75558049870c86b4372e98214c760421ea9fae2f341c5462c357f3112"
"""Digest of `fixed_lives`. Whoever changes it changes what every run gives: say so in CHANGELOG."""
GOLDEN_IN_A_CHAIN = "996b84c8a215ca9150e41d20f7ead1dd6315210c13d6e480608ddc61a32c5f1d"
"""The same where the head sees all and never parts, as in ecosystems."""

MOVES = ("home", "jump", "next", "hold", "prev", "part")


@functools.cache
def agent_of(bits=4, length=(1, 5), rows=64, moves=MOVES, sees="context", recall="beside", writes="seen"):
    return Agent(
        config.load(
            {
                "world": {"kind": "copy", "bits": bits, "length": list(length)},
                "controller": {"kind": "wht", "width": 32, "layers_in": 1, "layers_out": 3},
                "memory": {"kind": "lsh", "bits": rows, "values": bits},
                "head": {"moves": list(moves), "sees": sees, "recall": recall, "writes": writes},
            }
        )
    )


def genomes_of(agent, agents, seed=1):
    """float32 (agents, genes), slopes in [-2, 4)."""
    return rng.uniforms((agents, agent.genes), seed) * np.float32(6) - np.float32(2)


def fixed_lives(**head):
    """Digest of the scores of 40 agents on 6 lives, and of the slots and the memory that the last lives left."""
    agent = agent_of(**head)
    genomes, seeds = genomes_of(agent, 40), life_seeds(6, 1, 2)
    with Evaluator(agent) as evaluator:
        total = hashlib.sha256(evaluator.evaluate(genomes, seeds).scores.tobytes())
    block, lived = agent.block(), np.zeros(LANES, np.int64)
    agent.kernels.begin(block, seeds[0])
    agent.kernels.advance(block, agent.in_lanes(genomes)[0], agent.longest, lived)
    for part in (block.x, block.r, block.head.a, block.memory.weights.m, lived):
        total.update(np.ascontiguousarray(part).tobytes())
    return total.hexdigest()


@functools.cache
def reference(agents=37, lives=9):
    """Scores and ticks on one thread."""
    agent = agent_of()
    with Evaluator(agent) as evaluator:
        return evaluator.evaluate(genomes_of(agent, agents), life_seeds(lives, 3))


@pytest.fixture
def evaluated(monkeypatch):
    """The reference evaluation in another way: (evaluation, long lives, tasks)."""

    def evaluated(threads=1, task_seconds=None, guess=None):
        agent, long_lives = agent_of(), []
        if task_seconds is not None:
            monkeypatch.setattr(lives_module, "_TASK_SECONDS", task_seconds)
        with Evaluator(agent, threads) as evaluator:
            whole = evaluator._long_life
            monkeypatch.setattr(evaluator, "_long_life", lambda *args: (long_lives.append(1), whole(*args)))
            if guess is not None:
                evaluator._seconds_a_tick = guess
            tasks = evaluator._tasks(3, 9)
            return evaluator.evaluate(genomes_of(agent, 37), life_seeds(9, 3)), len(long_lives), len(tasks)

    return evaluated


def assert_same(evaluation, wanted):
    assert evaluation.scores.tobytes() == wanted.scores.tobytes()
    assert evaluation.scores.shape == wanted.scores.shape and evaluation.scores.dtype == np.float32
    assert evaluation.ticks == wanted.ticks


def test_golden_lives():
    assert fixed_lives() == GOLDEN
    assert fixed_lives(moves=MOVES[:-1], sees="all", recall="onto", writes="thought") == GOLDEN_IN_A_CHAIN


def test_the_reference_tells_agents_apart():
    scores = reference().scores
    assert scores.shape == (37, 9) and len(np.unique(scores)) > 10
    assert len({row.tobytes() for row in scores}) > 20


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_threads_change_nothing(evaluated, threads):
    assert_same(evaluated(threads)[0], reference())


@pytest.mark.parametrize(("lives_a_task", "tasks"), [(1, 27), (2, 15), (3, 9), (1000, 9)])
def test_costs_of_a_life_change_nothing(evaluated, lives_a_task, tasks):
    """3 blocks x 9 lives on two threads; a task is a quarter of a thread's share at most."""
    agent = agent_of()
    a_tick, a_weight = lives_module._FIRST_GUESS
    cost = (a_tick + a_weight * agent.memory.params.bits * agent.layout.values) * agent.longest
    evaluation, long_lives, made = evaluated(2, cost * lives_a_task * 1.01)
    assert (made, long_lives) == (tasks, 0)
    assert_same(evaluation, reference())


CHUNKS = {
    "one": [(0, 3, 0, 9)],
    "blocks": [(1, 3, 0, 9), (0, 1, 0, 9)],
    "lives": [(0, 3, 5, 9), (0, 3, 0, 5)],
    "ragged": [(0, 2, 0, 4), (2, 3, 0, 1), (0, 1, 4, 9), (2, 3, 1, 9), (1, 2, 4, 9)],
    "each": [(b, b + 1, t, t + 1) for t in range(8, -1, -1) for b in range(3)],
}


@pytest.mark.parametrize("chunks", CHUNKS)
@pytest.mark.parametrize("threads", [1, 2])
def test_chunks_change_nothing(monkeypatch, chunks, threads):
    agent = agent_of()
    with Evaluator(agent, threads) as evaluator:
        monkeypatch.setattr(evaluator, "_tasks", lambda blocks, lives: CHUNKS[chunks])
        assert_same(evaluator.evaluate(genomes_of(agent, 37), life_seeds(9, 3)), reference())


@pytest.mark.parametrize("threads", [1, 2, 7])
@pytest.mark.parametrize("seconds_a_tick", [1e-8, 1e-5, 1e-3, 10.0])
def test_tasks_cover_every_life_once(threads, seconds_a_tick):
    with Evaluator(agent_of(), threads) as evaluator:
        evaluator._seconds_a_tick = seconds_a_tick
        for blocks, lives in [(1, 1), (1, 20), (3, 9), (8, 2), (64, 20), (0, 5)]:
            times = np.zeros((blocks, lives), int)
            for first, last, from_life, to_life in evaluator._tasks(blocks, lives):
                assert first < last and from_life < to_life
                times[first:last, from_life:to_life] += 1
            assert (times == 1).all()


def test_lives_in_pieces_change_nothing(evaluated):
    """Every tick a kernel call of its own."""
    evaluation, long_lives, _ = evaluated(2, task_seconds=1e-9)
    assert long_lives == 27
    assert_same(evaluation, reference())


def test_lives_in_growing_pieces_change_nothing(evaluated):
    evaluation, long_lives, _ = evaluated(1, task_seconds=100.0, guess=1e9)
    assert long_lives == 27
    assert_same(evaluation, reference())


@pytest.mark.parametrize("agents", [1, 15, 16, 17, 36])
def test_any_number_of_agents(agents):
    agent = agent_of()
    with Evaluator(agent, 2) as evaluator:
        evaluation = evaluator.evaluate(genomes_of(agent, 37)[:agents], life_seeds(9, 3))
    assert evaluation.scores.tobytes() == reference().scores[:agents].tobytes()


def test_neighbours_change_nothing():
    agent, genomes = agent_of(), genomes_of(agent_of(), 37)
    order = rng.permutation(37, 4)
    with Evaluator(agent) as evaluator:
        evaluation = evaluator.evaluate(genomes[order], life_seeds(9, 3))
    assert evaluation.scores.tobytes() == reference().scores[order].tobytes()


def test_an_evaluator_can_be_used_again():
    agent = agent_of()
    with Evaluator(agent, 2) as evaluator:
        for lives in (9, 3, 9):
            evaluation = evaluator.evaluate(genomes_of(agent, 37), life_seeds(9, 3)[:lives])
            assert evaluation.scores.tobytes() == np.ascontiguousarray(reference().scores[:, :lives]).tobytes()


def lengths_of(lives, bits=4, length=(1, 5), key=(3,)):
    """Vectors of every life, from the naive draws."""
    seeds = [naive.draw(naive.key(*key), 0, i, 0) for i in range(lives)]
    return [len(naive.copy_vectors(seed, bits, *length)) for seed in seeds]


def test_ticks_are_counted_exactly():
    ticks = sum(2 * length + 2 for length in lengths_of(9))
    assert reference().ticks == 37 * ticks
    assert len(set(lengths_of(9))) > 2


def test_one_genome_lives_the_same_lives_alone():
    agent = agent_of()
    genome = genomes_of(agent, 37)[5]
    with Evaluator(agent, 2) as evaluator:
        alone = evaluator.evaluate_one(genome, 9, 3)
        wanted = evaluator.evaluate(genome[None], life_seeds(9, 3))
    assert alone.scores.tobytes() == wanted.scores.tobytes() == reference().scores[5].tobytes()
    assert alone.scores.shape == (1, 9)


def test_one_genome_counts_its_own_ticks():
    agent = agent_of()
    with Evaluator(agent) as evaluator:
        ticks = evaluator.evaluate_one(genomes_of(agent, 1)[0], 9, 3).ticks
    assert ticks == sum(2 * length + 2 for length in lengths_of(9))


@pytest.mark.parametrize(("bits", "length", "rows"), [(4, (1, 5), 64), (1, (3, 3), 16), (6, (2, 7), 128)])
def test_whole_lives_are_the_naive_ones(bits, length, rows):
    agent, lives = agent_of(bits, length, rows), 3
    genomes = genomes_of(agent, 18, seed=7)
    with Evaluator(agent) as evaluator:
        evaluation = evaluator.evaluate(genomes, life_seeds(lives, 8))
    ticks, wanted = 0, np.zeros((18, lives), np.float32)
    for i, genome in enumerate(genomes):
        for life in range(lives):
            mind = naive.Mind(genome.reshape(agent.shape), 1, agent.layout, rows)
            vectors = naive.copy_vectors(naive.draw(naive.key(8), 0, life, 0), bits, *length)
            wanted[i, life], lived = naive.copy_life(mind, vectors, bits, agent.layout.one)
            ticks += lived
    assert evaluation.scores.tobytes() == wanted.tobytes()
    assert evaluation.ticks == ticks


def test_genomes_of_nan_and_infinity_are_scored():
    agent, genomes = agent_of(), genomes_of(agent_of(), 37)
    genomes[3], genomes[20, ::2], genomes[36, 1] = np.nan, np.inf, -np.inf
    with Evaluator(agent) as evaluator:
        scores = evaluator.evaluate(genomes, life_seeds(9, 3)).scores
    healthy = [i for i in range(37) if i not in (3, 20, 36)]
    assert scores[healthy].tobytes() == reference().scores[healthy].tobytes()
    assert not scores[3].any() and ((scores >= 0) & (scores <= 1)).all()


def test_silence_is_wrong():
    """A slot at exactly 0 says neither +1 nor -1."""
    agent = agent_of()
    with Evaluator(agent) as evaluator:
        assert not evaluator.evaluate(np.zeros((2, agent.genes), np.float32), life_seeds(9, 3)).scores.any()


# ---- stopping ----


def test_a_stopped_evaluator_raises():
    agent = agent_of()
    with Evaluator(agent, 2) as evaluator:
        evaluator.stop.set()
        with pytest.raises(Stopped):
            evaluator.evaluate(genomes_of(agent, 37), life_seeds(9, 3))
        evaluator.stop.clear()
        assert_same(evaluator.evaluate(genomes_of(agent, 37), life_seeds(9, 3)), reference())


def test_a_long_life_can_be_stopped(monkeypatch):
    """The wish comes in its third piece; the block goes back, so that the next evaluation is whole."""
    agent = agent_of()
    with Evaluator(agent) as evaluator:
        advance, calls = agent.kernels.advance, []

        def stop_in_the_third(*args):
            calls.append(args)
            if len(calls) == 3:
                evaluator.stop.set()
            advance(*args)

        with monkeypatch.context() as patch:
            patch.setattr(agent.kernels, "advance", stop_in_the_third)
            patch.setattr(lives_module, "_TASK_SECONDS", 1e-9)
            with pytest.raises(Stopped):
                evaluator.evaluate(genomes_of(agent, 37), life_seeds(9, 3))
        assert len(calls) == 3
        evaluator.stop.clear()
        assert_same(evaluator.evaluate(genomes_of(agent, 37), life_seeds(9, 3)), reference())


def test_nothing_is_evaluated_after_leaving():
    with Evaluator(agent_of(), 2) as evaluator:
        pass
    with pytest.raises(RuntimeError, match="shutdown"):
        evaluator.evaluate(genomes_of(agent_of(), 1), life_seeds(1, 3))


# ---- other processors, and none ----

ENVIRONMENTS = {
    "generic": {"NUMBA_CPU_NAME": "generic"},
    "haswell": {"NUMBA_CPU_NAME": "haswell"},
    "plain python": {"NUMBA_DISABLE_JIT": "1"},
}


@pytest.fixture(scope="module")
def digests(tmp_path_factory):
    """Name -> what `fixed_lives` gives in another process, all at once. Each processor has a compile cache that lasts."""
    root, started = jit.cache_root(), {}
    folder = root.parent / "processors" if root else tmp_path_factory.mktemp("processors")
    for name, changes in ENVIRONMENTS.items():
        paths = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
        variables = {**os.environ, "PYTHONPATH": paths, "ALIFE_CACHE_DIR": str(folder / name), **changes}
        code = "import test_lives; print(test_lives.fixed_lives())"
        started[name] = subprocess.Popen(
            [sys.executable, "-c", code], env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
    finished = {name: process.communicate(timeout=300) for name, process in started.items()}
    return {name: printed.strip() or errors for name, (printed, errors) in finished.items()}


@pytest.mark.skipif(DISABLED, reason="compares compilers")
@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_the_same_bits_anywhere(digests, name):
    assert digests[name] == GOLDEN
