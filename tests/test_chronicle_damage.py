"""What can happen to a chronicle: other programs, full disks, SIGKILL, damage. What was committed stays; one line says the rest."""

import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from test_chronicle import births, dump, live
from test_store_database import flipped
from test_store_failures import in_tmpfs

from alife.core.errors import BusyError, DiskError, InputError
from alife.store import chronicle, database
from alife.store.chronicle import Chronicle, read
from alife.store.database import Database

ROOT = Path(__file__).parents[1]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.sqlite"


# ---- other programs, full disks ----


def test_a_foreign_writer_delays_but_loses_nothing(path, monkeypatch):
    monkeypatch.setattr(chronicle, "PATIENCE", 0.05)
    with Chronicle(path) as book:
        live(book, 0)
        book.commit()
        foreign = sqlite3.connect(path, isolation_level=None)
        foreign.execute("BEGIN IMMEDIATE")
        with pytest.raises(BusyError, match=r"run\.sqlite is held by another program: database is locked"):
            book.add_births(births([8], 1))
        foreign.execute("ROLLBACK")
        foreign.close()
        live(book, 1)
        book.commit()
        assert len(book.births()["id"]) == 16


def test_full_file(path):
    with Chronicle(path) as book:
        live(book, 0, 1)
        book.commit()
        before = dump(path)
        book._connection.execute("PRAGMA max_page_count = 40")
        with pytest.raises(DiskError, match=r"cannot write .*run\.sqlite: database or disk is full"):
            for t in range(2, 10**5):
                live(book, t)
        book._connection.execute("PRAGMA max_page_count = 4000")
        for call in (book.commit, lambda: live(book, 7), lambda: book.prune(np.array([1]), 1), lambda: book.rewind(0, 8)):
            with pytest.raises(DiskError, match="rows were lost by an earlier error"):
                call()
    assert dump(path) == before


FILL = """
import sys, numpy as np
from pathlib import Path
from alife.core.errors import UserError
from alife.store.chronicle import Chronicle, BIRTHS, DEATHS
book = Chronicle(Path(sys.argv[1]) / "run.sqlite")
LIMIT
try:
    for t in range(10**6):
        ids = np.arange(512) + 512 * t
        book.add_births({**{name: ids for name in BIRTHS}, "tick": np.full(512, t)})
        book.add_deaths({**{name: ids for name in DEATHS}, "tick": np.full(512, t)})
        book.commit()
except UserError as err:
    print(err.exit_code, err)
book.close()
"""


def check_filled(path, said, words):
    assert said == f"74 cannot write {path}/run.sqlite: {words}\n"


def check_kept(path):
    with Chronicle(path / "run.sqlite") as book:
        n = len(book.births()["id"])
        assert n and n % 512 == 0 and len(book.deaths()["id"]) == n
        book.rewind(n // 512 - 1, n)
    assert dump(path / "run.sqlite")


def test_file_size_limit(tmp_path):
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))"
    code = [sys.executable, "-c", FILL.replace("LIMIT", limit), tmp_path]
    done = subprocess.run(code, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and done.stderr == ""
    check_filled(tmp_path, done.stdout, "disk I/O error")
    check_kept(tmp_path)


def test_full_disk(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if shutil.which("unshare") is None or in_tmpfs(disk, "1m", "").returncode:
        pytest.skip("needs the right to mount")
    shutil.rmtree(tmp_path / "kept", ignore_errors=True)
    done = in_tmpfs(disk, "1m", FILL.replace("LIMIT", ""))
    assert done.stderr == ""
    check_filled(disk, done.stdout, "database or disk is full")
    check_kept(tmp_path / "kept")


WRITER = """
import sys, numpy as np
from pathlib import Path
from alife.store.chronicle import Chronicle, BIRTHS, DEATHS
book = Chronicle(Path(sys.argv[1]))
for t in range(10**9):
    ids = np.arange(64) + 64 * t
    book.add_births({**{name: ids for name in BIRTHS}, "tick": np.full(64, t)})
    book.add_deaths({**{name: ids for name in DEATHS}, "tick": np.full(64, t)})
    if t % 5 == 0:
        book.commit()
        print(t, flush=True)
"""


def test_killed_in_the_middle(path):
    writer = subprocess.Popen([sys.executable, "-c", WRITER, path], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    told = [writer.stdout.readline() for _ in range(25)]
    writer.send_signal(signal.SIGKILL)
    told += writer.stdout.readlines()
    writer.wait()
    writer.stdout.close()
    assert chronicle.is_chronicle(path)
    with read(path) as reader:
        n = len(reader.births()["id"])
        last = n // 64 - 1
        assert n % 64 == 0 and last % 5 == 0 and last >= int(told[-1]) and len(reader.deaths()["id"]) == n
    with Chronicle(path) as book:
        book.rewind(last - 3, n - 3 * 64)
        book.commit()
    assert len(dump(path)) == 2 * (n - 3 * 64)


# ---- damaged and foreign files ----


def finished(path):
    with Chronicle(path) as book:
        live(book, *range(40))
        book.commit()
    return path.read_bytes()


def look_at(path):
    with read(path) as reader:
        reader.births(), reader.deaths(), reader.series(), reader.species(), reader.events(), reader.names(), reader.get("state")
        list(reader.lineage())


def go_on(path):
    with Chronicle(path) as book:
        book.rewind(20, 8 * 21)
        live(book, 21)
        book.prune(np.arange(8 * 20, 8 * 22), 21)
        book.commit()


def test_truncated(path):
    data = finished(path)
    for length in [*range(0, 200, 7), *range(200, len(data), 500)]:
        path.write_bytes(data[:length])
        chronicle.is_chronicle(path)
        with pytest.raises(InputError, match=r"run\.sqlite (is|does)") as caught:
            look_at(path)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("use", "least"), [(look_at, 20), (go_on, 25)])
def test_flipped_bytes_never_more_than_one_line(path, use, least):
    refused = 0
    for bad in flipped(finished(path), 120):
        path.write_bytes(bad)
        chronicle.is_chronicle(path)
        try:
            use(path)
        except (InputError, DiskError) as err:  # a bit of the header says "read-only"
            refused += 1
            assert "\n" not in str(err)
    assert refused > least


def test_each_kind_refuses_the_other(tmp_path, path):
    other = tmp_path / "other.sqlite"
    finished(path)
    Database(other).close()
    assert chronicle.is_chronicle(path) and not chronicle.is_chronicle(other)
    for open_it in database.read, Database:
        with pytest.raises(InputError, match=r"run\.sqlite is no run database: it is of another kind \(schema 1001\)"):
            open_it(path)
    for open_it in read, Chronicle:
        with pytest.raises(InputError, match=r"other\.sqlite is no chronicle of an ecosystem: it is of another kind \(schema 1\)"):
            open_it(other)
    for odd in (tmp_path, tmp_path / "none", tmp_path / "empty", tmp_path / "text"):
        if odd.name in ("empty", "text"):
            odd.write_text("" if odd.name == "empty" else "not a database, but long enough to look like one" * 30)
        assert not chronicle.is_chronicle(odd)
    for open_it in read, Chronicle:
        with pytest.raises(InputError, match="file is not a database"):
            open_it(tmp_path / "text")
    with pytest.raises(InputError, match="no chronicle of an ecosystem at"):
        read(tmp_path / "none")
    foreign = sqlite3.connect(path)
    foreign.execute("PRAGMA user_version = 1003")
    foreign.close()
    with pytest.raises(InputError, match=r"newer alife \(schema 1003, this one reads up to 1001\)"):
        read(path)


@pytest.mark.parametrize(("sql", "words"), [
    ("DROP TABLE deaths", "table deaths is missing"),
    ("DROP TABLE births; CREATE TABLE births(id)", "table births is other"),
    ("CREATE TRIGGER t AFTER INSERT ON births BEGIN DELETE FROM births; END", "the trigger t"),
    ("CREATE INDEX i ON deaths(hex(zeroblob(id)))", "the index i"),
])  # fmt: skip
def test_no_code_in_the_schema(path, sql, words):
    Chronicle(path).close()
    foreign = sqlite3.connect(path)
    foreign.executescript(sql)
    foreign.close()
    for open_it in read, Chronicle:
        with pytest.raises(InputError, match=words):
            open_it(path)


def test_text_in_a_column_of_numbers(path):
    finished(path)
    foreign = sqlite3.connect(path)
    for table, column in ("births", "place"), ("deaths", "age"), ("series", "value"), ("species", "members"):
        foreign.execute(f"UPDATE {table} SET {column} = 'x'")
    foreign.commit()
    foreign.close()
    with read(path) as reader:
        for call in (reader.births, reader.deaths, reader.series, reader.species, lambda: list(reader.lineage())):
            with pytest.raises(InputError, match="a number is missing or none"):
                call()
