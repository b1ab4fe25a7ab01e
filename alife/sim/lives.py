"""Every agent alone in its own world: genomes and life seeds in, the score matrix out.

Evaluation is a pure function of (config, genomes, seeds): agents do not meet, so the split into tasks, the number of
threads and their order cannot change a bit. No kernel call is meant to last above `_TASK_SECONDS`, so that signals are
heard; a life too long for that is lived in pieces.
"""

from __future__ import annotations

import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from alife.core import rng
from alife.core.jit import quiet
from alife.core.lanes import LANES
from alife.sim.agent import Agent, Block

_TASK_SECONDS = 0.1
_FIRST_GUESS = 5e-6, 4e-8
"""Seconds a tick of a block, and more for every weight of its memory, before any tick was measured."""


class Stopped(Exception):  # noqa: N818  (a wish, not a fault)
    """Somebody asked for the evaluation to end before it was complete."""


class Evaluation(NamedTuple):
    """What lives gave."""

    scores: np.ndarray
    """float32 (agents, lives)"""
    ticks: int
    """ticks lived by these agents together; idle lanes are not counted"""
    seconds: float


def life_seeds(lives: int, *key: int) -> np.ndarray:
    """uint64 (lives, LANES): one seed a life, the same in every lane, so that all agents live the same lives."""
    return np.repeat(rng.bits(lives, rng.key(*key))[:, None], LANES, axis=1)


class Evaluator:
    """A thread pool with a block of agents for each thread. Use as a context manager."""

    def __init__(self, agent: Agent, threads: int = 1, stop: threading.Event | None = None) -> None:
        agent.check_room(threads)
        self.agent = agent
        self.threads = threads
        self.stop = stop or threading.Event()
        self._closed = False
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="lives", initializer=quiet)
        self._blocks: queue.SimpleQueue[Block] = queue.SimpleQueue()
        for _ in range(threads):
            self._blocks.put(agent.block())
        self._seconds_a_tick = _FIRST_GUESS[0] + _FIRST_GUESS[1] * agent.floats()

    def __enter__(self) -> Evaluator:
        return self

    def __exit__(self, *_: object) -> None:
        self._closed = True
        self._pool.shutdown(wait=True, cancel_futures=True)

    def evaluate(self, genomes: np.ndarray, seeds: np.ndarray) -> Evaluation:
        """Scores of genomes (agents, genes) float32 on the lives that seeds uint64 (lives, LANES) name."""
        genes = self.agent.in_lanes(genomes)
        scores, lived, seconds = self._run(genes, seeds)
        agents = genomes.shape[0]
        matrix = scores.reshape(-1, seeds.shape[0])[:agents]
        idle = lived.reshape(-1)[agents:].sum()
        return Evaluation(np.ascontiguousarray(matrix), int(lived.sum() - idle), seconds)

    def evaluate_one(self, genome: np.ndarray, lives: int, *key: int) -> Evaluation:
        """Scores (1, lives) of one genome, a different life in each lane."""
        genes = self.agent.in_lanes(np.repeat(genome[None], LANES, axis=0))
        rounds = -(-lives // LANES)
        seeds = rng.bits(rounds * LANES, rng.key(*key)).reshape(rounds, LANES)
        whole = lives // LANES
        scores, ticks, seconds = [], 0, 0.0
        for first, last, busy in ((0, whole, LANES), (whole, rounds, lives - whole * LANES)):
            if first < last:  # the last round apart, so that the lives of idle lanes are not counted
                part, lived, took = self._run(genes, seeds[first:last])
                scores.append(part[0].T)
                ticks, seconds = ticks + int(lived[0, :busy].sum()), seconds + took
        return Evaluation(np.concatenate(scores).reshape(1, -1)[:, :lives], ticks, seconds)

    def _run(self, genes: np.ndarray, seeds: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
        """Scores float32 (blocks, LANES, lives), ticks int64 (blocks, LANES), seconds."""
        started = time.perf_counter()
        blocks, lives = genes.shape[0], seeds.shape[0]
        scores = np.zeros((blocks, LANES, lives), np.float32)
        lived = np.zeros((blocks, LANES), np.int64)
        tasks = self._tasks(blocks, lives)
        futures = [self._pool.submit(self._task, genes, seeds, task, scores) for task in tasks]
        try:
            for future in futures:
                first, last, ticks = future.result()
                lived[first:last] += ticks
        except BaseException:
            for future in futures:
                future.cancel()
            raise
        seconds = time.perf_counter() - started
        most = int(lived.max(initial=0)) * blocks
        if most:
            busy = seconds * min(self.threads, len(tasks))
            self._seconds_a_tick = max(1e-8, busy / most)
        return scores, lived, seconds

    def _tasks(self, blocks: int, lives: int) -> list[tuple[int, int, int, int]]:
        """(first block, last block, first life, last life) of every task, by what a life is thought to cost."""
        cost = max(self._seconds_a_tick * self.agent.longest, 1e-9)
        at_once = max(1, int(_TASK_SECONDS / cost))
        share = max(1, -(-blocks * lives // (4 * self.threads)))
        size = min(at_once, share)
        lives_a_task = min(lives, size)
        blocks_a_task = max(1, size // lives)
        return [
            (b, min(b + blocks_a_task, blocks), t, min(t + lives_a_task, lives))
            for b in range(0, blocks, blocks_a_task)
            for t in range(0, lives, lives_a_task)
        ]

    def _task(
        self, genes: np.ndarray, seeds: np.ndarray, task: tuple[int, int, int, int], scores: np.ndarray
    ) -> tuple[int, int, np.ndarray]:
        first, last, from_life, to_life = task
        if self._closed or self.stop.is_set():
            raise Stopped
        kernels, block = self.agent.kernels, self._blocks.get()
        try:
            lived = np.zeros((last - first, LANES), np.int64)
            if self._seconds_a_tick * self.agent.longest <= 2 * _TASK_SECONDS:
                kernels.lives(block, genes, first, last, seeds, from_life, to_life, self.agent.longest, scores, lived)
            else:
                for b in range(first, last):
                    for life in range(from_life, to_life):
                        self._long_life(block, genes[b], seeds[life], scores[b], life, lived[b - first])
            return first, last, lived
        finally:
            self._blocks.put(block)

    def _long_life(
        self, block: Block, w: np.ndarray, seeds: np.ndarray, scores: np.ndarray, life: int, lived: np.ndarray
    ) -> None:
        kernels = self.agent.kernels
        kernels.begin(block, seeds)
        left, piece = self.agent.longest, 1
        while left > 0 and block.alive.any():
            if self._closed or self.stop.is_set():
                raise Stopped
            started = time.perf_counter()
            kernels.advance(block, w, min(piece, left), lived)
            left -= piece
            if time.perf_counter() - started < _TASK_SECONDS / 4:
                piece *= 2
        for lane in range(LANES):
            scores[lane, life] = kernels.score(block, lane)
