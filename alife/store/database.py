"""The run database: one row a generation, one a birth, each exactly once, also after a crash.

The loop commits the rows of generation G, then writes the checkpoint of G, and resume calls `rewind(G)`. Wall-clock
times have a table of their own, so that the others are equal in a resumed run. What is common to all databases:
alife/store/_sqlite.py.
"""

from collections.abc import Iterable, Iterator
from itertools import repeat
from pathlib import Path
from typing import NamedTuple

import numpy as np

from alife.core.errors import InputError
from alife.store import _sqlite

SCHEMA = 1
PATIENCE = _sqlite.PATIENCE
_TABLES = {
    "metrics": "CREATE TABLE metrics(generation INTEGER PRIMARY KEY, evaluations INTEGER, agent_ticks INTEGER, "
    "best REAL, mean REAL, median REAL, champion REAL, z REAL, diversity REAL)",
    "timing": "CREATE TABLE timing(generation INTEGER PRIMARY KEY, seconds REAL, lives_seconds REAL)",
    "births": "CREATE TABLE births(id INTEGER PRIMARY KEY, generation INTEGER, mother INTEGER, father INTEGER)",
    "events": "CREATE TABLE events(id INTEGER PRIMARY KEY, generation INTEGER, kind TEXT, text TEXT)",
    "run": "CREATE TABLE run(key TEXT PRIMARY KEY, value TEXT)",
}
_KIND = _sqlite.Schema("run database", SCHEMA, _TABLES)


class Metrics(NamedTuple):
    """A generation in numbers; NaN is stored as NULL and comes back as NaN."""

    generation: int
    evaluations: int  # lives begun since the start of the run
    agent_ticks: int
    best: float
    mean: float
    median: float
    champion: float
    z: float
    diversity: float


class Event(NamedTuple):
    """Something worth telling, in words."""

    generation: int
    kind: str
    text: str


class Reader(_sqlite.Reader):
    """What a run database holds. Each call is a short transaction of its own, so a running writer is never held up."""

    def metrics(self, after: int = -1) -> dict[str, np.ndarray]:
        """Columns (int64 or float64) of the generations > `after`, in order."""
        rows = self._rows("SELECT * FROM metrics WHERE generation > ? ORDER BY generation", after)
        return self._columns(Metrics._fields, rows, n_ints=3)

    def timing(self, after: int = -1) -> dict[str, np.ndarray]:
        """Columns `generation`, `seconds`, `lives_seconds` of the generations > `after`, in order."""
        rows = self._rows("SELECT * FROM timing WHERE generation > ? ORDER BY generation", after)
        return self._columns(("generation", "seconds", "lives_seconds"), rows, n_ints=1)

    def births(self, after: int = -1) -> dict[str, np.ndarray]:
        """int64 columns `id`, `generation`, `mother`, `father` (-1: none) of the ids > `after`, in order."""
        names = ("id", "generation", "mother", "father")
        sql = "SELECT id, generation, ifnull(mother, -1), ifnull(father, -1) FROM births WHERE id > ? ORDER BY id"
        return self._joined(names, (self._columns(names, rows, n_ints=4) for rows in self._parts(sql, (after,))))

    def lineage(self) -> Iterator[dict[str, np.ndarray]]:
        """All births in parts, in order: int64 columns `id`, `born`, `mother`, `father`, `died`.

        A parent whose own row was trimmed is -1. A generation dies when the next one is born: `died` is -1 in the newest.
        """
        ((newest,),) = self._rows("SELECT max(generation) FROM births")
        sql = (
            "SELECT b.id, b.generation, ifnull(m.id, -1), ifnull(f.id, -1) "
            "FROM births b LEFT JOIN births m ON m.id = b.mother LEFT JOIN births f ON f.id = b.father WHERE b.id > ? ORDER BY b.id"
        )
        for rows in self._parts(sql, (-1,)):
            part = self._columns(("id", "born", "mother", "father"), rows, n_ints=4)
            yield {**part, "died": np.where(part["born"] == newest, -1, part["born"] + 1)}

    def events(self, after: int = -1) -> list[Event]:
        """Events of the generations > `after`, in the order they were added."""
        sql = "SELECT generation, kind, text FROM events WHERE generation > ? ORDER BY id"
        return [Event(*row) for row in self._rows(sql, after)]


class Database(_sqlite.Writer, Reader):
    """The one writer; see `_sqlite.Writer`."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, _KIND, PATIENCE)

    def _prepare(self, schema: _sqlite.Schema) -> None:
        super()._prepare(schema)
        self._connection.execute("CREATE TEMP TABLE kept(id INTEGER PRIMARY KEY)")

    def add_metrics(self, rows: Iterable[Metrics]) -> None:
        """A row a generation."""
        plain = [(*map(int, row[:3]), *map(float, row[3:])) for row in rows]
        self._many("INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", plain)

    def add_timing(self, generation: int, seconds: float, lives_seconds: float) -> None:
        """How long a generation took, and the lives in it."""
        self._many("INSERT INTO timing VALUES (?, ?, ?)", [(int(generation), float(seconds), float(lives_seconds))])

    def add_births(self, generation: int, first_id: int, mothers: np.ndarray, fathers: np.ndarray) -> None:
        """Births `first_id`, `first_id` + 1, ...; mothers, fathers: int64 (n,), ids, -1 for none."""
        if len(mothers) != len(fathers):
            raise ValueError(f"{len(mothers)} mothers and {len(fathers)} fathers")
        ids = range(int(first_id), int(first_id) + len(mothers))
        rows = zip(ids, repeat(int(generation)), mothers.tolist(), fathers.tolist(), strict=False)
        self._many("INSERT INTO births VALUES (?, ?, nullif(?, -1), nullif(?, -1))", rows)

    def add_event(self, generation: int, kind: str, text: str) -> None:
        """Something worth telling."""
        self._many("INSERT INTO events(generation, kind, text) VALUES (?, ?, ?)", [(int(generation), kind, text)])

    def rewind(self, generation: int) -> None:
        """Forget the generations after that of the checkpoint to go on from; part of the open transaction.

        InputError if what remains is not one row a generation up to this one: then it is another run's database, or
        the disk lost commits. (Generation 0 may be without a row.)
        """
        for table in ("metrics", "timing", "births", "events"):
            self._many(f"DELETE FROM {table} WHERE generation > ?", [(int(generation),)])
        ((n, first, last),) = self._rows("SELECT count(*), min(generation), max(generation) FROM metrics")
        if (n and n != last - first + 1) or (last or 0) != generation:
            found = f"{n} rows, the last of generation {last}" if n else "no rows"
            raise InputError(f"{self.path} does not fit the checkpoint of generation {generation}: it has {found}")

    def trim(self, first_kept_generation: int, keep_ids: np.ndarray) -> None:
        """Forget births of earlier generations, except `keep_ids` (int64): bounds the file in a long run."""
        self._many("DELETE FROM kept", [()])
        self._many("INSERT OR IGNORE INTO kept VALUES (?)", ((i,) for i in np.asarray(keep_ids, np.int64).tolist()))
        sql = "DELETE FROM births WHERE generation < ? AND id NOT IN (SELECT id FROM kept)"
        self._many(sql, [(int(first_kept_generation),)])


def read(path: Path) -> Reader:
    """Open a run database to look, also while a run writes it."""
    path = Path(path)
    return Reader(path, _sqlite.open_reading(path, _KIND, PATIENCE))
