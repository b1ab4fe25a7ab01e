"""The run database: one row a generation, one a birth, each exactly once, also after a crash.

Write-ahead log, because readers then never hold up the run nor the run them; synchronous=FULL, because a commit has
to outlive a power loss: the loop commits the rows of generation G, then writes the checkpoint of G, and resume calls
`rewind(G)`. Wall-clock times have a table of their own, so that the others are equal in a resumed run.
"""

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np

from alife.core.errors import BusyError, DiskError, InputError, UserError
from alife.store import atomic

SCHEMA = 1
PATIENCE = 60.0  # seconds to wait for another program that holds the file
_TABLES = {
    "metrics": "CREATE TABLE metrics(generation INTEGER PRIMARY KEY, evaluations INTEGER, agent_ticks INTEGER, "
    "best REAL, mean REAL, median REAL, champion REAL, z REAL, diversity REAL)",
    "timing": "CREATE TABLE timing(generation INTEGER PRIMARY KEY, seconds REAL, lives_seconds REAL)",
    "births": "CREATE TABLE births(id INTEGER PRIMARY KEY, generation INTEGER, mother INTEGER, father INTEGER)",
    "events": "CREATE TABLE events(id INTEGER PRIMARY KEY, generation INTEGER, kind TEXT, text TEXT)",
    "run": "CREATE TABLE run(key TEXT PRIMARY KEY, value TEXT)",
}


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


class Reader:
    """What a run database holds. Each call is a short transaction of its own, so a running writer is never held up."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path, self._connection = path, connection

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Rows that were not committed are gone."""
        self._connection.close()

    def get(self, key: str) -> str | None:
        """A value of table `run`."""
        rows = self._rows("SELECT value FROM run WHERE key = ?", key)
        return None if not rows else str(rows[0][0])

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
        names, parts = ("id", "generation", "mother", "father"), []
        sql = "SELECT id, generation, ifnull(mother, -1), ifnull(father, -1) FROM births WHERE id > ? ORDER BY id"
        while rows := self._rows(sql + " LIMIT 65536", after):  # 10^7 births as Python tuples would take 2 GB
            parts.append(self._columns(names, rows, n_ints=4))
            after = int(parts[-1]["id"][-1])
        parts = parts or [self._columns(names, [], n_ints=4)]
        return {name: np.concatenate([part[name] for part in parts]) for name in names}

    def events(self, after: int = -1) -> list[Event]:
        """Events of the generations > `after`, in the order they were added."""
        sql = "SELECT generation, kind, text FROM events WHERE generation > ? ORDER BY id"
        return [Event(*row) for row in self._rows(sql, after)]

    def _rows(self, sql: str, *values: object) -> list[tuple]:
        with _translated(self.path):
            return self._connection.execute(sql, values).fetchall()

    def _columns(self, names: Sequence[str], rows: list[tuple], n_ints: int) -> dict[str, np.ndarray]:
        columns = list(zip(*rows, strict=True)) or [()] * len(names)
        try:
            kinds = [np.int64 if i < n_ints else np.float64 for i in range(len(names))]
            return {name: np.array(c, kind) for name, c, kind in zip(names, columns, kinds, strict=True)}
        except (TypeError, ValueError, OverflowError) as err:
            raise InputError(f"{self.path} is damaged: a number is missing or none") from err


class Database(Reader):
    """The one writer. All that is added stays in one open transaction until `commit`.

    After a BusyError the call may be repeated; after a DiskError nothing more is taken, what was committed stands.
    Worker processes must not touch it: a connection does not survive a fork.
    """

    def __init__(self, path: Path) -> None:
        path, self._lost = Path(path), False
        with _translated(path):
            connection = _connect(str(path))
            try:
                super().__init__(path, connection)
                self._prepare()
            except BaseException:
                connection.close()
                raise

    def _prepare(self) -> None:
        run = self._connection.execute
        if _is_empty(self._connection):
            run("PRAGMA journal_mode = WAL")
            run("BEGIN IMMEDIATE")
            for sql in _TABLES.values():
                run(sql)
            run(f"PRAGMA user_version = {SCHEMA}")
            run("COMMIT")
            with contextlib.suppress(OSError):
                atomic.sync_folder(self.path.parent)
        _check_schema(self.path, self._connection)
        (found,) = run("PRAGMA quick_check(1)").fetchone()  # 0.3 s for 7 million births
        if found != "ok":
            raise InputError(f"{self.path} is damaged: {' '.join(found.split())}")
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "fullfsync = ON", "temp_store = MEMORY"):
            run(f"PRAGMA {pragma}")
        run(f"PRAGMA journal_size_limit = {1 << 24}")
        run("CREATE TEMP TABLE kept(id INTEGER PRIMARY KEY)")

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

    def set(self, key: str, value: str) -> None:
        """A value of table `run`; `rewind` leaves those alone."""
        self._many("INSERT OR REPLACE INTO run VALUES (?, ?)", [(key, value)])

    def commit(self) -> None:
        """All of it at once, on the disk when this returns."""
        with self._changing():
            if self._connection.in_transaction:
                self._connection.execute("COMMIT")

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

    def close(self) -> None:
        """Rows that were not committed are gone. Without readers the log is folded in: one file, also read-only."""
        with contextlib.suppress(sqlite3.Error):
            self._connection.rollback()
            self._connection.execute("PRAGMA busy_timeout = 0")
            self._connection.execute("PRAGMA journal_mode = DELETE")
        self._connection.close()

    def _many(self, sql: str, rows: Iterable[Sequence]) -> None:
        with self._changing():
            if not self._connection.in_transaction:
                self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany(sql, rows)

    @contextlib.contextmanager
    def _changing(self) -> Iterator[None]:
        """On a full disk sqlite may throw the open transaction away; then later rows must not be saved either."""
        if self._lost:
            raise DiskError(f"cannot write {self.path}: rows were lost by an earlier error")
        try:
            with _translated(self.path):
                yield
        except (DiskError, InputError):
            self._lost = True
            raise


def read(path: Path) -> Reader:
    """Open a run database to look, also while a run writes it."""
    path = Path(path)
    if not path.is_file():
        raise InputError(f"no run database at {path}")
    with _translated(path, reading=True):
        connection = _connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            _check_schema(path, connection)
        except BaseException:
            connection.close()
            raise
    return Reader(path, connection)


def _connect(name: str, uri: bool = False) -> sqlite3.Connection:
    connection = sqlite3.connect(name, timeout=PATIENCE, isolation_level=None, uri=uri)
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    return connection


def _is_empty(connection: sqlite3.Connection) -> bool:
    return not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]


def _check_schema(path: Path, connection: sqlite3.Connection) -> None:
    """The tables must be ours to the letter: a view or trigger under one of their names could compute for ever."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > SCHEMA:
        raise InputError(f"{path}: written by a newer alife (schema {version}, this one reads up to {SCHEMA})")
    objects = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall()
    if not objects:
        raise InputError(f"{path} is empty")
    tables = {name: sql for type_, name, _, sql in objects if type_ == "table"}
    for name, sql in _TABLES.items():
        if tables.get(name) != sql:
            raise InputError(f"{path} is no run database: table {name} is {'other' if name in tables else 'missing'}")
    for type_, name, table, sql in objects:
        if type_ != "table" and table in _TABLES and sql is not None:  # sql is NULL for a primary key's own index
            raise InputError(f"{path} is no run database: table {table} has the {type_} {name}")


@contextlib.contextmanager
def _translated(path: Path, reading: bool = False) -> Iterator[None]:
    """Turn what sqlite says of the file into one line; what it says of our SQL stays an exception."""
    try:
        yield
    except sqlite3.Error as err:
        told = _told(path, err, reading)
        if told is None:
            raise
        raise told from err
    except UnicodeDecodeError as err:  # sqlite quotes the file in its message
        raise InputError(f"{path} is damaged: malformed database schema") from err


def _told(path: Path, err: sqlite3.Error, reading: bool) -> UserError | None:
    code = getattr(err, "sqlite_errorcode", 0)
    damaged = code & 255 in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) or code == sqlite3.SQLITE_IOERR_SHORT_READ
    if damaged or str(err) == "unsupported file format":
        return InputError(f"{path} is damaged: {err}")
    if code & 255 in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return BusyError(f"{path} is held by another program: {err}")
    disk = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)
    if code & 255 in (*disk, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH, sqlite3.SQLITE_NOLFS):
        return InputError(f"cannot read {path}: {err}") if reading else DiskError(f"cannot write {path}: {err}")
    return None
