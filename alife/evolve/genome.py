"""What a strategy needs to know about genomes, and what it hands to the lives."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from alife.sim.agent import Agent


class Space(NamedTuple):
    """The genomes of one kind of agent."""

    genes: int
    low: float
    high: float
    start: Callable[[np.ndarray], np.ndarray]
    """uniform numbers float32 (agents, genes) in [0, 1) -> genomes float32 (agents, genes) of a first generation"""


class Generation(NamedTuple):
    """Genomes to be scored, and whose children they are."""

    genomes: np.ndarray
    """float32 (population, genes)"""
    mothers: np.ndarray
    """int64 (population,): rows of the generation before; -1 in the first"""
    fathers: np.ndarray
    """int64 (population,): -1 where there is none"""


def space_of(agent: Agent) -> Space:
    """The genomes that the controller of these agents takes."""
    controller, width = agent.controller, agent.layout.width

    def start(uniform: np.ndarray) -> np.ndarray:
        shaped = uniform.reshape(-1, *agent.shape)
        first = controller.ask("start", width, shaped)
        return np.ascontiguousarray(first, np.float32).reshape(len(uniform), agent.genes)

    low, high = controller.ask("bounds")
    return Space(agent.genes, float(low), float(high), start)


def digest(genome: np.ndarray) -> str:
    """Hex SHA-256 of a genome's float32 bytes, little-endian."""
    return hashlib.sha256(np.ascontiguousarray(genome, "<f4").tobytes()).hexdigest()


def diversity(genomes: np.ndarray) -> float:
    """Mean standard deviation of a gene over (at most 64 of) the population."""
    return float(genomes[:: max(1, len(genomes) // 64)].std(axis=0, dtype=np.float64).mean())


def fitting(found: np.ndarray, like: np.ndarray, name: str) -> np.ndarray:
    """An array out of a file, contiguous; ValueError unless it has the shape and dtype that kernels will take it for."""
    if found.shape != like.shape or found.dtype != like.dtype:
        raise ValueError(f"{name}: expected {like.dtype} {like.shape}, found {found.dtype} {found.shape}")
    return np.ascontiguousarray(found)
