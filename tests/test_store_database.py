"""The run database: rows exactly once, readers at any time, one line for whatever is wrong with the file."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from alife.core.errors import BusyError, DiskError, InputError
from alife.store import database
from alife.store.database import Database, Metrics, read

ROOT = Path(__file__).parents[1]


def metrics(generation: int) -> Metrics:
    return Metrics(generation, 10 * generation, 99, 0.9, 0.5, 0.4, 0.8, 1.5, 0.1)


def generations(db: Database, *which: int) -> None:
    """Rows of every table; 8 births each."""
    for g in which:
        parents = np.arange(8) + 8 * (g - 1) if g else np.full(8, -1)
        db.add_births(g, 8 * g, parents, parents[::-1])
        db.add_metrics([metrics(g)])
        db.add_timing(g, 0.25, 0.125)
        db.add_event(g, "record", f"best of {g}")


def dump(path: Path) -> list[tuple]:
    """Every row of every table, straight from sqlite."""
    connection = sqlite3.connect(path)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        tables = ("metrics", "timing", "births", "events", "run")
        return [(t, *row) for t in tables for row in connection.execute(f"SELECT * FROM {t} ORDER BY 1")]
    finally:
        connection.close()


@pytest.fixture
def db(tmp_path):
    with Database(tmp_path / "run.sqlite") as db:
        yield db


def test_comes_back_as_it_went(tmp_path, db):
    generations(db, 0, 1)
    db.add_metrics([Metrics(np.int64(2), np.uint32(7), 1 << 62, np.float32(0.5), 0, 0, float("nan"), float("inf"), 0)])
    db.set("state", "running")
    db.set("state", "finished")
    db.commit()
    with read(tmp_path / "run.sqlite") as reader:
        table = reader.metrics()
        assert list(table) == list(Metrics._fields)
        assert table["generation"].tolist() == [0, 1, 2] and table["agent_ticks"][2] == 1 << 62
        assert table["best"].tolist() == [0.9, 0.9, 0.5] and np.isnan(table["champion"][2]) and np.isinf(table["z"][2])
        assert {c.dtype for c in table.values()} == {np.dtype(np.int64), np.dtype(np.float64)}
        assert reader.metrics(after=1)["generation"].tolist() == [2]
        births = reader.births()
        assert births["id"].tolist() == list(range(16)) and births["generation"].tolist() == [0] * 8 + [1] * 8
        assert births["mother"].tolist() == [-1] * 8 + list(range(8))
        assert births["father"].tolist() == [-1] * 8 + list(range(8))[::-1]
        assert reader.births(after=15)["id"].dtype == np.int64
        assert reader.timing()["seconds"].tolist() == [0.25, 0.25]
        assert reader.events(after=0) == [(1, "record", "best of 1")]
        assert reader.get("state") == "finished" and reader.get("nothing") is None
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            reader._connection.execute("DELETE FROM births")


def test_ids_have_64_bits(tmp_path, db):
    first = (1 << 62) + 5
    db.add_births(3, first, np.array([1 << 61, -1]), np.array([-1, 1 << 60]))
    births = db.births()
    assert births["id"].tolist() == [first, first + 1]
    assert births["mother"].tolist() == [1 << 61, -1] and births["father"].tolist() == [-1, 1 << 60]


def test_births_are_read_in_parts(db):
    n = 150_000
    db.add_births(1, 7, np.arange(n), np.arange(n) + 1)
    births = db.births()
    assert np.array_equal(births["id"], np.arange(n) + 7) and np.array_equal(births["father"], np.arange(n) + 1)


def test_nothing_is_there_before_the_commit(tmp_path, db):
    generations(db, 0)
    with read(tmp_path / "run.sqlite") as reader:
        assert len(reader.metrics()["best"]) == 0 and reader.get("state") is None
        db.commit()
        assert len(reader.metrics()["best"]) == 1
    generations(db, 1)
    db.close()
    assert [row for row in dump(tmp_path / "run.sqlite") if row[1] == 1 and row[0] == "metrics"] == []


def test_a_row_twice_is_our_bug_and_no_silence(db):
    generations(db, 1)
    with pytest.raises(sqlite3.IntegrityError):
        db.add_metrics([metrics(1)])
    with pytest.raises(sqlite3.IntegrityError):
        db.add_births(2, 8, np.array([0]), np.array([0]))
    with pytest.raises(ValueError, match="2 mothers and 1 fathers"):
        db.add_births(3, 100, np.array([0, 0]), np.array([0]))


def test_rewind_and_go_on_equals_never_stopped(tmp_path):
    with Database(tmp_path / "a.sqlite") as db:
        generations(db, *range(1, 8))
        db.commit()
    with Database(tmp_path / "b.sqlite") as db:
        generations(db, *range(1, 5))
        db.commit()
        generations(db, 5)
    for _ in range(2):  # also when killed again before the next commit
        with Database(tmp_path / "b.sqlite") as db:
            db.rewind(3)
            assert [e.generation for e in db.events()] == [1, 2, 3]
    with Database(tmp_path / "b.sqlite") as db:
        db.rewind(3)
        generations(db, *range(4, 8))
        db.commit()
    assert dump(tmp_path / "a.sqlite") == dump(tmp_path / "b.sqlite")


def test_rewind_refuses_rows_that_do_not_fit(tmp_path, db):
    db.rewind(0)
    generations(db, 1, 2, 4)
    with pytest.raises(InputError, match="does not fit the checkpoint of generation 9: it has 3 rows, the last of ge"):
        db.rewind(9)
    with pytest.raises(InputError, match="does not fit the checkpoint of generation 4"):
        db.rewind(4)  # 3 is missing
    db.rewind(2)
    db.rewind(0)
    with pytest.raises(InputError, match="it has no rows"):
        db.rewind(1)


def test_trim_keeps_what_it_is_told_to(db):
    generations(db, *range(20))
    keep = np.array([3, 3, 17, 64, 159, 12345])
    db.trim(12, keep)
    db.trim(15, keep)
    births = db.births()
    expected = [i for i in range(160) if i // 8 >= 15 or i in keep]
    assert births["id"].tolist() == expected
    assert births["generation"].tolist() == [i // 8 for i in expected]
    assert len(db.metrics()["best"]) == 20


def test_trimmed_file_stays_small(tmp_path, db):
    sizes = []
    for g in range(1, 121):
        db.add_births(g, g * 512, np.arange(512), np.arange(512))
        if g % 10 == 0:
            db.trim(g - 10, np.arange(0, g * 512, 4000))
            db.commit()
            sizes.append(db._connection.execute("PRAGMA page_count").fetchone()[0])
    assert sizes[-1] < 1.2 * sizes[2]


def test_readers_do_not_hold_up_the_writer(tmp_path, db):
    generations(db, 1)
    db.commit()
    with read(tmp_path / "run.sqlite") as reader:
        rows = reader._connection.execute("SELECT * FROM births")
        assert rows.fetchone()  # a read transaction stays open
        for g in range(2, 30):
            generations(db, g)
            db.commit()
        assert len(rows.fetchall()) == 7  # and sees what was there when it began
        assert len(reader.births()["id"]) == 29 * 8


def test_a_foreign_writer_delays_but_loses_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "PATIENCE", 0.05)
    path = tmp_path / "run.sqlite"
    with Database(path) as db:
        generations(db, 1)
        db.commit()
        foreign = sqlite3.connect(path, isolation_level=None)
        foreign.execute("BEGIN IMMEDIATE")
        with pytest.raises(BusyError, match=r"run\.sqlite is held by another program: database is locked"):
            generations(db, 2)
        foreign.execute("ROLLBACK")
        foreign.close()
        generations(db, 2)
        db.commit()
        assert db.metrics()["generation"].tolist() == [1, 2]


def test_finished_is_one_file(tmp_path, db):
    generations(db, 1)
    db.commit()
    assert (tmp_path / "run.sqlite-wal").exists()
    db.close()
    assert os.listdir(tmp_path) == ["run.sqlite"]
    with read(tmp_path / "run.sqlite") as reader:
        assert len(reader.metrics()["best"]) == 1


def test_full_disk(tmp_path):
    path = tmp_path / "run.sqlite"
    with Database(path) as db:
        generations(db, 1, 2)
        db.commit()
        before = dump(path)
        db._connection.execute("PRAGMA max_page_count = 40")
        with pytest.raises(DiskError, match=r"cannot write .*run\.sqlite: database or disk is full"):
            for g in range(3, 1000):
                generations(db, g)
                db.add_event(g, "long", "x" * 4000)
        db._connection.execute("PRAGMA max_page_count = 4000")
        with pytest.raises(DiskError, match="rows were lost by an earlier error"):
            generations(db, 1000)
        with pytest.raises(DiskError, match="rows were lost by an earlier error"):
            db.commit()
    assert dump(path) == before


@pytest.mark.parametrize("where", ["file/run.sqlite", "none/run.sqlite", "."])
def test_where_no_file_can_be(tmp_path, where):
    (tmp_path / "file").write_text("")
    with pytest.raises(DiskError, match=r"cannot write .*: unable to open database file"):
        Database(tmp_path / where)


def test_odd_paths(tmp_path):
    folder = tmp_path / "100 % #1?mode=rw&ü"
    folder.mkdir()
    with Database(folder / "run.sqlite") as db:
        generations(db, 1)
        db.commit()
        with read(folder / "run.sqlite") as reader:
            assert len(reader.metrics()["best"]) == 1


# --- damaged and foreign files


def finished(path: Path) -> bytes:
    with Database(path) as db:
        generations(db, *range(1, 40))
        db.commit()
    return path.read_bytes()


def look_at(path: Path) -> None:
    with read(path) as reader:
        reader.metrics(), reader.births(), reader.timing(), reader.events(), reader.get("state")


def test_truncated(tmp_path):
    path = tmp_path / "run.sqlite"
    data = finished(path)
    for length in [*range(0, 200, 7), *range(200, len(data), 500)]:
        path.write_bytes(data[:length])
        with pytest.raises(InputError, match=r"run\.sqlite (is|does)") as caught:
            look_at(path)
        assert "\n" not in str(caught.value)


def go_on(path: Path) -> None:
    with Database(path) as db:
        db.rewind(20)
        generations(db, 21)
        db.commit()


def flipped(data: bytes, times: int) -> Iterator[bytes]:
    """So often, with one bit or forty that are others, half of them within the first thousand bytes."""
    draw = random.Random(3)
    for _ in range(times):
        bad = bytearray(data)
        for _ in range(draw.choice([1, 1, 40])):
            bad[draw.choice([draw.randrange(len(bad)), draw.randrange(1000)])] ^= 1 << draw.randrange(8)
        yield bytes(bad)


@pytest.mark.parametrize(("use", "least"), [(look_at, 50), (go_on, 60)])
def test_flipped_bytes_never_more_than_one_line(tmp_path, use, least):
    path, refused = tmp_path / "run.sqlite", 0
    for bad in flipped(finished(path), 400):
        path.write_bytes(bad)
        try:
            use(path)
        except (InputError, DiskError) as err:  # a bit of the header says "read-only"
            refused += 1
            assert "\n" not in str(err)
    assert refused > least


@pytest.mark.parametrize("open_it", [read, Database])
def test_what_is_no_run_database(tmp_path, open_it):
    path = tmp_path / "run.sqlite"
    path.write_text("not a database, but long enough to look like one" * 30)
    with pytest.raises(InputError, match=r"run\.sqlite is damaged: file is not a database"):
        open_it(path)
    path.unlink()
    foreign = sqlite3.connect(path)
    foreign.execute("CREATE TABLE pets(name)")
    foreign.commit()
    with pytest.raises(InputError, match="is no run database: table metrics is missing"):
        open_it(path)
    foreign.execute("PRAGMA user_version = 3")
    with pytest.raises(InputError, match=r"newer alife \(schema 3, this one reads up to 1\)"):
        open_it(path)
    foreign.close()


ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"


@pytest.mark.parametrize("open_it", [read, Database])
@pytest.mark.parametrize(("sql", "words"), [
    (f"DROP TABLE metrics; CREATE VIEW metrics AS {ENDLESS}", "table metrics is missing"),
    ("DROP TABLE births; CREATE TABLE births(id)", "table births is other"),
    (f"CREATE TRIGGER t AFTER INSERT ON births BEGIN DELETE FROM births WHERE id IN ({ENDLESS}); END", "the trigger t"),
    ("CREATE INDEX i ON births(hex(zeroblob(id)))", "the index i"),
])  # fmt: skip
def test_no_code_in_the_schema(tmp_path, open_it, sql, words):
    path = tmp_path / "run.sqlite"
    Database(path).close()
    foreign = sqlite3.connect(path)
    foreign.executescript(sql)
    foreign.close()
    with pytest.raises(InputError, match=words):
        open_it(path)


def test_text_in_a_column_of_numbers(tmp_path):
    path = tmp_path / "run.sqlite"
    finished(path)
    foreign = sqlite3.connect(path)
    foreign.execute("UPDATE metrics SET best = 'x' WHERE generation = 3")
    foreign.execute("UPDATE births SET generation = NULL WHERE id = 9")
    foreign.execute("INSERT INTO run VALUES ('bytes', CAST(x'ff41' AS TEXT))")
    foreign.commit()
    foreign.close()
    with read(path) as reader:
        with pytest.raises(InputError, match="a number is missing or none"):
            reader.metrics()
        with pytest.raises(InputError, match="a number is missing or none"):
            reader.births()
        assert reader.get("bytes") == "\ufffdA"


def test_missing(tmp_path):
    for path in (tmp_path / "run.sqlite", tmp_path):
        with pytest.raises(InputError, match="no run database at"):
            read(path)
    (tmp_path / "run.sqlite").touch()
    with pytest.raises(InputError, match="is empty"):
        read(tmp_path / "run.sqlite")


WRITER = """
import sys, numpy as np
from pathlib import Path
from alife.store.database import Database, Metrics
db = Database(Path(sys.argv[1]))
for g in range(1, 10**9):
    db.add_births(g, g * 64, np.arange(64), np.arange(64))
    db.add_metrics([Metrics(g, g, g, 0, 0, 0, 0, 0, 0)])
    if g % 5 == 0:
        db.commit()
        print(g, flush=True)
"""


def test_killed_in_the_middle(tmp_path):
    """After SIGKILL a reader finds whole commits at once, before any writer has cleaned up."""
    for i in range(3):
        path = tmp_path / f"{i}.sqlite"
        writer = subprocess.Popen([sys.executable, "-c", WRITER, path], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        told = [writer.stdout.readline() for _ in range(20 + 7 * i)]
        writer.send_signal(signal.SIGKILL)
        told += writer.stdout.readlines()
        writer.wait()
        writer.stdout.close()
        with read(path) as reader:
            seen = reader.metrics()["generation"]
            last = len(seen)
            assert np.array_equal(seen, np.arange(1, last + 1)) and last % 5 == 0
            assert last >= int(told[-1])  # what was committed before the kill is there
            assert np.array_equal(reader.births()["id"], np.arange(64, 64 * (last + 1)))
        with Database(path) as db:
            db.rewind(last - 3)
            db.commit()
        assert len(dump(path)) == 65 * (last - 3)
