"""How much of a disk a run can fill, from its config: said before it begins, and kept by tests/test_status.py."""

from __future__ import annotations

from alife.core.config import Config
from alife.store.status import in_words

_BIRTH, _GENERATION = 24, 400
"""Bytes of a row of births, and of a generation's other rows, with their share of pages: ids take up to 6 bytes each."""
_JOURNAL = 4_200_000
"""The database's write-ahead log, which SQLite empties at 1,000 pages."""
_REST = 2_500_000
"""Report with its film, an empty database, config, champion, status."""


def checkpoint_bytes(config: Config, genes: int) -> int:
    """Of one checkpoint: genomes float32, parents int64, champion, numbers."""
    population = config.evolve.population
    return population * (4 * genes + 16) + 4 * genes + 16_000


def most_bytes(config: Config, genes: int, generations: int) -> int:
    """Of a run folder after so many generations, a write of a checkpoint included. Reports and controls of later are not."""
    rows = generations * (_BIRTH * config.evolve.population + _GENERATION)
    return rows + (config.run.keep + 1) * checkpoint_bytes(config, genes) + _JOURNAL + _REST


def told(config: Config, genes: int) -> str:
    """The bound in words, for a budget of generations, or for every 1,000 of them."""
    generations = config.evolve.generations
    if generations is None:
        none, more = most_bytes(config, genes, 0), most_bytes(config, genes, 1000)
        return f"at most {in_words(none)}, and {in_words(more - none)} every 1,000 generations"
    return f"at most {in_words(most_bytes(config, genes, generations))} for {generations:,} generations"
