"""The chronicle of an ecosystem's run: births, deaths, species, events, and a time series, each row exactly once.

The runner commits the rows up to tick T, then writes the checkpoint of T, and resume calls `rewind(T, born)`. What is
common to all databases: alife/store/_sqlite.py. A birth takes about 35 bytes, a death about 25.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from alife.core.errors import InputError
from alife.store import _sqlite

SCHEMA = _sqlite.FAMILY + 1
PATIENCE = _sqlite.PATIENCE
PRUNED = "pruned"
"""Key of table `run`: the tick of the last `prune`."""
SUMS = "sums"
"""Key of table `run`: what all deaths come to, those forgotten too; see alife/evolve/ecology.py."""
BIRTHS = ("id", "tick", "mother", "father", "place", "kind", "genome")
DEATHS = ("id", "tick", "cause", "age", "intake", "meals", "poisoned", "children")
_TABLES = {
    "series": "CREATE TABLE series(tick INTEGER, name TEXT, value REAL, PRIMARY KEY(tick, name)) WITHOUT ROWID",
    "births": "CREATE TABLE births(id INTEGER PRIMARY KEY, tick INTEGER, mother INTEGER, father INTEGER, place INTEGER, "
    "kind INTEGER, genome INTEGER)",
    "deaths": "CREATE TABLE deaths(id INTEGER PRIMARY KEY, tick INTEGER, cause INTEGER, age INTEGER, intake INTEGER, "
    "meals INTEGER, poisoned INTEGER, children INTEGER)",
    "species": "CREATE TABLE species(tick INTEGER, way TEXT, species INTEGER, members INTEGER, founder_id INTEGER, "
    "PRIMARY KEY(tick, way, species)) WITHOUT ROWID",
    "events": "CREATE TABLE events(id INTEGER PRIMARY KEY, tick INTEGER, kind TEXT, text TEXT)",
    "run": "CREATE TABLE run(key TEXT PRIMARY KEY, value TEXT)",
}
_KIND = _sqlite.Schema("chronicle of an ecosystem", SCHEMA, _TABLES)
_FIRST = -(1 << 63)  # no tick is before


class Event(NamedTuple):
    """Something worth telling, in words."""

    tick: int
    kind: str
    text: str


class Row(NamedTuple):
    """One measure at one tick; NaN is stored as NULL and comes back as NaN."""

    tick: int
    name: str
    value: float


class Reader(_sqlite.Reader):
    """What a chronicle holds. Each call is a short transaction of its own, so a running writer is never held up."""

    def series(self, after: int = -1) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Name -> ticks (int64) > `after` and values (float64), in order of ticks."""
        numbers: dict[str, int] = {}
        codes, ticks, values = [], [], []
        for rows in self.series_rows(after):
            codes.append(np.array([numbers.setdefault(name, len(numbers)) for _, name, _ in rows], np.int32))
            ticks.append(np.array([tick for tick, _, _ in rows], np.int64))
            values.append(np.array([value for _, _, value in rows], np.float64))
        if not codes:
            return {}
        code, tick, value = np.concatenate(codes), np.concatenate(ticks), np.concatenate(values)
        order = np.argsort(code, kind="stable")
        ends = np.cumsum(np.bincount(code))[:-1]
        columns = zip(numbers, np.split(tick[order], ends), np.split(value[order], ends), strict=True)
        return {name: (t, v) for name, t, v in columns}

    def series_rows(self, after: int = -1) -> Iterator[list[Row]]:
        """The same row by row, in parts, in order of tick and name."""
        sql = "SELECT tick, name, value FROM series WHERE (tick, name) > (?, ?) ORDER BY tick, name"
        for rows in self._parts(sql, (int(after) + 1, ""), keys=2):
            try:
                yield [Row(int(tick), str(name), float("nan" if value is None else value)) for tick, name, value in rows]
            except (TypeError, ValueError) as err:
                raise InputError(f"{self.path} is damaged: a number is missing or none") from err

    def names(self) -> list[str]:
        """The measures of the time series, in alphabetical order."""
        return [str(name) for (name,) in self._rows("SELECT DISTINCT name FROM series ORDER BY name")]

    def births(self, after: int = -1) -> dict[str, np.ndarray]:
        """Columns BIRTHS of the ids > `after`, in order: int64, `genome` uint64; no mother or father: -1."""
        sql = "SELECT id, tick, ifnull(mother, -1), ifnull(father, -1), place, kind, genome FROM births WHERE id > ? ORDER BY id"
        return _unsigned(self._int_columns(BIRTHS, sql, int(after)))

    def deaths(self, after: int = -1) -> dict[str, np.ndarray]:
        """int64 columns DEATHS of the ids > `after`, in order of ids."""
        return self._int_columns(DEATHS, f"SELECT {', '.join(DEATHS)} FROM deaths WHERE id > ? ORDER BY id", int(after))

    def living(self) -> np.ndarray:
        """int64 ids of those with a birth and no death, in order."""
        sql = "SELECT b.id FROM births b LEFT JOIN deaths d ON d.id = b.id WHERE d.id IS NULL AND b.id > ? ORDER BY b.id"
        return self._int_columns(("id",), sql, -1)["id"]

    def lineage(self) -> Iterator[dict[str, np.ndarray]]:
        """All births in parts, in order: int64 columns `id`, `born`, `mother`, `father`, `died`, `place`, `kind`, uint64 `genome`.

        -1: no parent, or one whose own row was pruned; not dead yet.
        """
        sql = (
            "SELECT b.id, b.tick, ifnull(m.id, -1), ifnull(f.id, -1), ifnull(d.tick, -1), b.place, b.kind, b.genome "
            "FROM births b LEFT JOIN births m ON m.id = b.mother LEFT JOIN births f ON f.id = b.father "
            "LEFT JOIN deaths d ON d.id = b.id WHERE b.id > ? ORDER BY b.id"
        )
        names = ("id", "born", "mother", "father", "died", "place", "kind", "genome")
        for rows in self._parts(sql, (-1,)):
            yield _unsigned(self._columns(names, rows, len(names)))

    def species(self, after: int = -1) -> dict[str, np.ndarray]:
        """Columns `tick`, `way` (str), `species`, `members`, `founder_id` of the ticks > `after`, in order of the first three."""
        names = ("tick", "species", "members", "founder_id")
        sql = "SELECT * FROM species WHERE (tick, way, species) > (?, ?, ?) ORDER BY tick, way, species"
        ways: list[str] = []
        parts = []
        for rows in self._parts(sql, (int(after) + 1, "", _FIRST), keys=3):
            ways += [str(row[1]) for row in rows]
            parts.append(self._columns(names, [(row[0], *row[2:]) for row in rows], len(names)))
        columns = self._joined(names, parts)
        return {"tick": columns.pop("tick"), "way": np.array(ways, np.str_), **columns}

    def events(self, after: int = -1) -> list[Event]:
        """Events of the ticks > `after`, in the order they were added."""
        return [Event(*row) for row in self._rows("SELECT tick, kind, text FROM events WHERE tick > ? ORDER BY id", int(after))]

    def _int_columns(self, names: tuple[str, ...], sql: str, after: int) -> dict[str, np.ndarray]:
        return self._joined(names, (self._columns(names, rows, len(names)) for rows in self._parts(sql, (after,))))


class Chronicle(_sqlite.Writer, Reader):
    """The one writer; see `_sqlite.Writer`."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, _KIND, PATIENCE)

    def _prepare(self, schema: _sqlite.Schema) -> None:
        super()._prepare(schema)
        self._connection.execute(f"PRAGMA cache_size = {-(1 << 15)}")  # KiB: agents do not die in the order of their ids

    def add_series(self, tick: int, row: Mapping[str, float]) -> None:
        """The measures of one tick by name."""
        self._many("INSERT INTO series VALUES (?, ?, ?)", [(int(tick), str(name), float(value)) for name, value in row.items()])

    def add_births(self, columns: Mapping[str, np.ndarray]) -> None:
        """Columns BIRTHS of equal length: whole numbers, `genome` uint64; no mother or father: -1."""
        genome = np.asarray(columns["genome"], np.uint64).view(np.int64)
        rows = _rows_of({**columns, "genome": genome}, BIRTHS)
        self._many("INSERT INTO births VALUES (?, ?, nullif(?, -1), nullif(?, -1), ?, ?, ?)", rows)

    def add_deaths(self, columns: Mapping[str, np.ndarray]) -> None:
        """Columns DEATHS of equal length: whole numbers."""
        order = np.argsort(columns["id"], kind="stable")  # neighbours in the file: half the time
        ordered = {name: np.asarray(columns[name])[order] for name in DEATHS if len(columns[name]) == len(order)}
        self._many("INSERT INTO deaths VALUES (?, ?, ?, ?, ?, ?, ?, ?)", _rows_of({**columns, **ordered}, DEATHS))

    def add_species(self, tick: int, way: str, rows: Iterable[tuple[int, int, int]]) -> None:
        """Rows (species, members, founder_id) of one way to tell species apart."""
        plain = [(int(tick), way, int(species), int(members), int(founder)) for species, members, founder in rows]
        self._many("INSERT INTO species VALUES (?, ?, ?, ?, ?)", plain)

    def add_event(self, tick: int, kind: str, text: str) -> None:
        """Something worth telling."""
        self._many("INSERT INTO events(tick, kind, text) VALUES (?, ?, ?)", [(int(tick), kind, text)])

    def rewind(self, tick: int, born: int) -> None:
        """Forget what came after the tick of the checkpoint to go on from; part of the open transaction.

        `born`: births until that tick, as the checkpoint says. InputError if those that remain are not exactly the ids
        0..born-1: then it is another run's chronicle, or the disk lost commits. In a pruned one some of them are enough:
        to go on from before the tick of the last `prune` leaves gaps, which are no more once that tick is reached again.
        """
        for table in ("series", "births", "deaths", "species", "events"):
            self._many(f"DELETE FROM {table} WHERE tick > ?", [(int(tick),)])
        sql = "SELECT count(*), ifnull(min(id), 0), ifnull(max(id), -1), (SELECT ifnull(max(id), -1) FROM deaths) FROM births"
        ((n, first, last, dead),) = self._rows(sql)
        is_whole = n == born and dead <= last
        if first < 0 or max(last, dead) >= born or not (is_whole or self.get(PRUNED) is not None):
            found = f"{n} births, ids {first} to {last}" if n else "no births"
            raise InputError(f"{self.path} does not fit the checkpoint of tick {tick}, by which {born} were born: it has {found}")

    def prune(self, living: np.ndarray, tick: int) -> int:
        """Forget births and deaths of all but these ids and their ancestors; how many births remain.

        Bounds the file of a long run: sqlite fills the room again. Part of the open transaction.
        """
        ids, mothers, fathers = self._parents()
        kept = ids[_with_ancestors(ids, mothers, fathers, np.asarray(living, np.int64))]
        lows, highs = np.append(-1, kept) + 1, np.append(kept, np.iinfo(np.int64).max) - 1
        gaps = lows <= highs
        for table in ("births", "deaths"):
            self._many(f"DELETE FROM {table} WHERE id BETWEEN ? AND ?", zip(lows[gaps].tolist(), highs[gaps].tolist(), strict=True))
        self.set(PRUNED, str(int(tick)))
        return len(kept)

    def _parents(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        names = ("id", "mother", "father")
        sql = "SELECT id, ifnull(mother, -1), ifnull(father, -1) FROM births WHERE id > ? ORDER BY id"
        columns = self._int_columns(names, sql, -1)
        return columns["id"], columns["mother"], columns["father"]


def read(path: Path) -> Reader:
    """Open a chronicle to look, also while a run writes it."""
    path = Path(path)
    return Reader(path, _sqlite.open_reading(path, _KIND, PATIENCE))


def is_chronicle(path: Path) -> bool:
    """Whether a run database is that of an ecosystem; False, too, if it is missing or damaged. BusyError if it is held."""
    return _sqlite.family_of(Path(path)) == SCHEMA // _sqlite.FAMILY


def _unsigned(columns: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {**columns, "genome": columns["genome"].view(np.uint64)}


def _rows_of(columns: Mapping[str, np.ndarray], names: tuple[str, ...]) -> Iterator[tuple]:
    """The rows of int64 columns; ValueError, before the first one, where they are not of equal length."""
    lengths = {name: len(columns[name]) for name in names}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"columns of unequal length: {lengths}")
    return zip(*(np.asarray(columns[name], np.int64).tolist() for name in names), strict=True)


def _with_ancestors(ids: np.ndarray, mothers: np.ndarray, fathers: np.ndarray, living: np.ndarray) -> np.ndarray:
    """Which of the ids (ascending) are among the living or their ancestors: bool (ids,)."""
    marked = np.zeros(len(ids), bool)
    wanted = np.unique(living)
    while len(wanted) and len(ids):
        at = np.minimum(np.searchsorted(ids, wanted), len(ids) - 1)
        at = at[ids[at] == wanted]
        at = at[~marked[at]]
        marked[at] = True
        wanted = np.unique(np.concatenate([mothers[at], fathers[at]]))
    return marked
