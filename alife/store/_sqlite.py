"""What both kinds of run database share: strict tables, errors in one line, one open transaction until `commit`.

Write-ahead log, because readers then never hold up the run nor the run them; synchronous=FULL, because a commit has
to outlive a power loss.
"""

import contextlib
import json
import math
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np

from alife.core.errors import BusyError, DiskError, InputError, UserError
from alife.store import atomic

PATIENCE = 60.0  # seconds to wait for another program that holds the file
FAMILY = 1000  # user_version // FAMILY tells the kinds of database apart
CHUNK = 65536  # rows read at once: 10^7 as Python tuples would take gigabytes


class Schema(NamedTuple):
    """A kind of database."""

    what: str  # in messages
    version: int  # FAMILY * kind + number
    tables: Mapping[str, str]  # name -> the very SQL that makes it; one of them is run(key, value)


class Reader:
    """What a database holds. Each call is a short transaction of its own, so a running writer is never held up."""

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

    def document(self, key: str) -> dict[str, Any]:
        """A value of table `run` that is a JSON object; {} where there is none, or null. InputError: it is something else."""
        try:
            found = json.loads(self.get(key) or "null")
        except (ValueError, RecursionError):
            found = key
        if found is not None and not isinstance(found, dict):
            raise InputError(f"{self.path} is damaged: its {key} is no JSON object")
        return found or {}

    def number(self, key: str, default: float = 0.0) -> float:
        """A value of table `run` that is a finite number. InputError: it is something else."""
        try:
            found = float(self.get(key) or default)
        except ValueError:
            found = math.nan
        if not math.isfinite(found):
            raise InputError(f"{self.path} is damaged: its {key} is no number")
        return found

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """All calls inside see the same commit, whatever a running writer does meanwhile."""
        with translated(self.path, reading=True):
            self._connection.execute("BEGIN")
        try:
            yield
        finally:
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")

    def _rows(self, sql: str, *values: object) -> list[tuple]:
        with translated(self.path):
            return self._connection.execute(sql, values).fetchall()

    def _parts(self, sql: str, after: tuple, keys: int = 1) -> Iterator[list[tuple]]:
        """Rows of `sql`, CHUNK at a time; its first columns are its order, and its first values the last ones seen."""
        while rows := self._rows(f"{sql} LIMIT {CHUNK}", *after):
            yield rows
            after = rows[-1][:keys]

    def _columns(self, names: Sequence[str], rows: Sequence[tuple], n_ints: int) -> dict[str, np.ndarray]:
        """The first `n_ints` as int64, the others as float64."""
        columns = list(zip(*rows, strict=True)) or [()] * len(names)
        try:
            kinds = [np.int64 if i < n_ints else np.float64 for i in range(len(names))]
            return {name: np.array(c, kind) for name, c, kind in zip(names, columns, kinds, strict=True)}
        except (TypeError, ValueError, OverflowError) as err:
            raise InputError(f"{self.path} is damaged: a number is missing or none") from err

    def _joined(self, names: Sequence[str], parts: Iterable[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
        """int64 columns from their parts."""
        every = list(parts) or [self._columns(names, [], len(names))]
        return {name: np.concatenate([part[name] for part in every]) for name in names}


class Writer(Reader):
    """The one writer. All that is added stays in one open transaction until `commit`.

    After a BusyError the call may be repeated; after a DiskError nothing more is taken, what was committed stands.
    Worker processes must not touch it: a connection does not survive a fork.
    """

    def __init__(self, path: Path, schema: Schema, patience: float) -> None:
        path, self._lost = Path(path), False
        with translated(path):
            connection = _connect(str(path), patience)
            try:
                super().__init__(path, connection)
                self._prepare(schema)
            except BaseException:
                connection.close()
                raise

    def _prepare(self, schema: Schema) -> None:
        run = self._connection.execute
        if not run("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            run("PRAGMA journal_mode = WAL")
            run("BEGIN IMMEDIATE")
            for sql in schema.tables.values():
                run(sql)
            run(f"PRAGMA user_version = {schema.version}")
            run("COMMIT")
            with contextlib.suppress(OSError):
                atomic.sync_folder(self.path.parent)
        _check(self.path, self._connection, schema)
        (found,) = run("PRAGMA quick_check(1)").fetchone()  # 0.3 s for 7 million births
        if found != "ok":
            raise InputError(f"{self.path} is damaged: {' '.join(found.split())}")
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "fullfsync = ON", "temp_store = MEMORY"):
            run(f"PRAGMA {pragma}")
        run(f"PRAGMA journal_size_limit = {1 << 24}")

    def set(self, key: str, value: str) -> None:
        """A value of table `run`; `rewind` leaves those alone."""
        self._many("INSERT OR REPLACE INTO run VALUES (?, ?)", [(key, value)])

    def commit(self) -> None:
        """All of it at once, on the disk when this returns."""
        with self._changing():
            if self._connection.in_transaction:
                self._connection.execute("COMMIT")

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
            with translated(self.path):
                yield
        except (DiskError, InputError):
            self._lost = True
            raise


def open_reading(path: Path, schema: Schema, patience: float) -> sqlite3.Connection:
    """A connection that cannot change the file, also while a run writes it."""
    if not path.is_file():
        raise InputError(f"no {schema.what} at {path}")
    with translated(path, reading=True):
        connection = _connect(_uri(path), patience, uri=True)
        try:
            _check(path, connection, schema)
        except BaseException:
            connection.close()
            raise
    return connection


def family_of(path: Path) -> int | None:
    """user_version // FAMILY of a database; None if the file is missing or no sound one."""
    try:
        if not path.is_file():
            return None
        with translated(path, reading=True), contextlib.closing(_connect(_uri(path), PATIENCE, uri=True)) as connection:
            return connection.execute("PRAGMA user_version").fetchone()[0] // FAMILY
    except InputError:
        return None


def _uri(path: Path) -> str:
    return f"{path.absolute().as_uri()}?mode=ro"


def _connect(name: str, patience: float, uri: bool = False) -> sqlite3.Connection:
    connection = sqlite3.connect(name, timeout=patience, isolation_level=None, uri=uri)
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    return connection


def _check(path: Path, connection: sqlite3.Connection, schema: Schema) -> None:
    """The tables must be ours to the letter: a view or trigger under one of their names could compute for ever."""
    what, tables = schema.what, schema.tables
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version and version // FAMILY != schema.version // FAMILY:
        raise InputError(f"{path} is no {what}: it is of another kind (schema {version})")
    if version > schema.version:
        raise InputError(f"{path}: written by a newer alife (schema {version}, this one reads up to {schema.version})")
    objects = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall()
    if not objects:
        raise InputError(f"{path} is empty")
    found = {name: sql for type_, name, _, sql in objects if type_ == "table"}
    for name, sql in tables.items():
        if found.get(name) != sql:
            raise InputError(f"{path} is no {what}: table {name} is {'other' if name in found else 'missing'}")
    for type_, name, table, sql in objects:
        if type_ != "table" and table in tables and sql is not None:  # sql is NULL for a primary key's own index
            raise InputError(f"{path} is no {what}: table {table} has the {type_} {name}")


@contextlib.contextmanager
def translated(path: Path, reading: bool = False) -> Iterator[None]:
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
