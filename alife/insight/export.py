"""What others read of a run: its phylogeny and its time series as CSV, its genomes as NumPy arrays.

The phylogeny follows the ALife data standard (https://alife-data-standards.github.io/alife-data-standards/phylogeny.html),
with `[none]` for no ancestor and `inf` for who still lives, as phylotrackpy wants it.
"""

from __future__ import annotations

import csv
import io
import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from alife.core import contracts
from alife.core.errors import ConfigError, DiskError
from alife.evolve.run import config_of
from alife.insight.saved import ecosystem_of, genome_of
from alife.store import atomic, checkpoint, chronicle, database
from alife.store.folder import RunFolder

_LIMIT = 1 << 31  # phylotrackpy 0.2 never ends where an id is not below
Part = dict[str, np.ndarray]


def export_run(
    run: Path,
    phylogeny: Path | None = None,
    metrics: Path | None = None,
    genomes: Path | None = None,
    asexual: bool = False,
    note: Callable[[str], None] = lambda text: None,
) -> dict[str, Any]:
    """Write the files that are named, each whole or not at all; {"files": {what: path}, "rows": {what: number}}.

    `asexual`: of two parents only the mother. `note` gets a line for all that a reader should know.
    """
    wanted = {"phylogeny": phylogeny, "metrics": metrics, "genomes": genomes}
    files = {what: Path(path) for what, path in wanted.items() if path is not None}
    if not files:
        raise ConfigError("nothing to export: give --phylogeny, --metrics or --genomes, each with a file")
    folder = RunFolder.open(run)
    _check_targets(folder, files)
    rows = {}
    if "phylogeny" in files:
        rows["phylogeny"] = _write_phylogeny(folder, files["phylogeny"], asexual, note)
    if "metrics" in files:
        rows["metrics"] = _write_metrics(folder, files["metrics"])
    if "genomes" in files:
        rows["genomes"] = _write_genomes(folder, files["genomes"], note)
    return {"files": {what: str(path) for what, path in files.items()}, "rows": rows}


def _check_targets(folder: RunFolder, files: dict[str, Path]) -> None:
    """ConfigError where a file would replace another one of this export, a part of the run, or no plain file."""
    own, seen = folder.path.resolve(), set()
    for what, path in files.items():
        target = path.resolve()
        try:
            odd = path.exists() and not path.is_file()
        except OSError as error:
            raise DiskError(f"cannot write {path}: {atomic.reason(error)}") from error
        if odd:
            raise ConfigError(f"--{what}: {path} is no plain file")
        part = target.relative_to(own).parts[0] if target.is_relative_to(own) and target != own else ""
        if part.startswith((*(p.name for p in (folder.config, folder.database, folder.champion)), "status", ".", "checkpoints", "plugins")):
            raise ConfigError(f"--{what}: {path} is a part of the run")
        if target in seen:
            raise ConfigError(f"--{what}: {path} is named twice")
        seen.add(target)


# ---- phylogeny ----


def _write_phylogeny(folder: RunFolder, path: Path, asexual: bool, note: Callable[[str], None]) -> int:
    doubts = {"two parents": 0, "last id": -1}

    def lines(parts: Iterable[Part]) -> Iterator[list[str]]:
        for part in parts:
            if asexual:
                part["father"] = np.full_like(part["father"], -1)
            doubts["two parents"] += int(_has_two(part).sum())
            doubts["last id"] = int(part["id"][-1])
            yield _taxa(part)

    if chronicle.is_chronicle(folder.database):
        with chronicle.read(folder.database) as reader, reader.frozen():
            rows = _write(path, [*_TAXON, "taxon_label", "place", "kind"], lines(reader.lineage()))
    else:
        with database.read(folder.database) as other, other.frozen():
            rows = _write(path, _TAXON, lines(other.lineage()))
    if doubts["two parents"]:
        note(f"{doubts['two parents']:,} of {rows:,} have two parents; phylotrackpy reads one only: --asexual names the mother")
    if doubts["last id"] >= _LIMIT:
        note("phylotrackpy cannot read ids of 2^31 and above")
    return rows


_TAXON = ["id", "ancestor_list", "origin_time", "destruction_time"]


def _has_two(part: Part) -> np.ndarray:
    return (part["mother"] >= 0) & (part["father"] >= 0) & (part["mother"] != part["father"])


def _taxa(part: Part) -> list[str]:
    """A line each, as in the header; whatever the part holds more comes behind, the genome's hash first."""
    first, second = np.where(part["mother"] >= 0, part["mother"], part["father"]), part["father"]
    two = _has_two(part).tolist()
    ancestors = [
        f'"[{a},{b}]"' if both else f'"[{a}]"' if a >= 0 else '"[none]"'
        for a, b, both in zip(first.tolist(), second.tolist(), two, strict=True)
    ]
    died = ["inf" if tick < 0 else str(tick) for tick in part["died"].tolist()]
    if "genome" not in part:
        columns = zip(part["id"].tolist(), ancestors, part["born"].tolist(), died, strict=True)
        return [f"{i},{a},{b},{d}" for i, a, b, d in columns]
    rest = (part[name].tolist() for name in ("genome", "place", "kind"))
    return [
        f"{i},{a},{b},{d},0x{g:016x},{p},{k}"
        for i, a, b, d, g, p, k in zip(part["id"].tolist(), ancestors, part["born"].tolist(), died, *rest, strict=True)
    ]


# ---- time series ----


def _write_metrics(folder: RunFolder, path: Path) -> int:
    if not chronicle.is_chronicle(folder.database):
        with database.read(folder.database) as other:
            columns = other.metrics()
        rows = zip(*(column.tolist() for column in columns.values()), strict=True)
        return _write(path, list(columns), [[_line(row) for row in rows]])
    with chronicle.read(folder.database) as reader, reader.frozen():
        names = reader.names()
        return _write(path, ["tick", *names], _wide(reader.series_rows(), names))


def _wide(parts: Iterable[Iterable[chronicle.Row]], names: Sequence[str]) -> Iterator[list[str]]:
    """A line a tick, a column a name; empty where a tick has no such measure."""
    at = {name: number for number, name in enumerate(names)}
    lines: list[str] = []
    for tick, rows in itertools.groupby(itertools.chain.from_iterable(parts), key=lambda row: row.tick):
        cells = [math.nan] * len(names)
        for row in rows:
            cells[at[row.name]] = row.value
        lines.append(_line([tick, *cells]))
        if len(lines) == 1000:
            yield lines
            lines = []
    yield lines


def _line(cells: Iterable[float]) -> str:
    """Numbers that read back as they are; NaN is an empty cell."""
    return ",".join("" if cell != cell else repr(cell) for cell in cells)


def _write(path: Path, header: Sequence[str], parts: Iterable[list[str]]) -> int:
    """Replace `path` by a CSV file; how many rows it has."""
    rows = 0

    def chunks() -> Iterator[bytes]:
        nonlocal rows
        head = io.StringIO()
        csv.writer(head, lineterminator="\n").writerow(header)
        yield head.getvalue().encode()
        for lines in parts:
            rows += len(lines)
            yield "".join(f"{line}\n" for line in lines).encode()

    atomic.write_bytes(path, chunks())
    return rows


# ---- genomes ----


def _write_genomes(folder: RunFolder, path: Path, note: Callable[[str], None]) -> int:
    """`genomes` float32 (n, genes): the champion; or the living of an ecosystem's newest checkpoint and what else is known of them."""
    config = config_of(folder)
    if contracts.is_ecosystem(config.world.module):
        ecosystem, tick = ecosystem_of(folder, config, note)
        arrays = ecosystem.snapshot()
        meta: dict[str, Any] = {"tick": tick, "world": config.world.kind, "seed": config.run.seed}
    else:
        genome, meta = genome_of(folder)
        arrays = {"genomes": genome[None]}
    try:
        checkpoint.save(path, arrays, meta)
    except ValueError as error:
        raise ConfigError(f"--genomes: {error}") from error
    return len(arrays["genomes"])
