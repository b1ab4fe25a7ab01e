"""The chronicle of an ecosystem: rows exactly once, readers at any time, lineages pruned."""

import os
import random
import shutil
import sqlite3

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alife.core.errors import InputError
from alife.store import _sqlite
from alife.store.chronicle import BIRTHS, DEATHS, Chronicle, read

TABLES = ("series", "births", "deaths", "species", "events", "run")


def births(ids, tick, mothers=-1, fathers=-1):
    """Columns of births at one tick; the rest follows from the ids."""
    ids = np.asarray(ids, np.int64)
    genome = (ids + 1).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    given = {"tick": tick, "mother": mothers, "father": fathers}
    return {"id": ids, **{k: np.zeros_like(ids) + v for k, v in given.items()}, "place": ids % 64, "kind": ids % 2, "genome": genome}


def deaths(ids, tick):
    """Columns of deaths at one tick."""
    ids = np.asarray(ids, np.int64)
    return {**{name: ids % (7 + i) for i, name in enumerate(DEATHS)}, "id": ids, "tick": np.full_like(ids, tick)}


def live(c, *ticks):
    """Rows of every table; 8 births a tick from tick 0 on, and 4 deaths of those before."""
    for t in ticks:
        ids = np.arange(8) + 8 * t
        c.add_births(births(ids, t, *((ids - 8, ids[::-1] - 8) if t else ())))
        if t:
            c.add_deaths(deaths(ids[3::-1] - 8, t))
        c.add_series(t, {"population": 4.0 * t, "energy": float("nan")})
        c.add_species(t, "genome", [(0, 5, 8 * t), (1, 3, -1)])
        c.add_event(t, "flood", f"at {t}")


def dump(path):
    """Every row of every table, straight from sqlite."""
    connection = sqlite3.connect(path)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return [(t, *row) for t in TABLES for row in connection.execute(f"SELECT * FROM {t} ORDER BY 1, 2")]
    finally:
        connection.close()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.sqlite"


@pytest.fixture
def book(path):
    with Chronicle(path) as book:
        yield book


# ---- contracts ----


def test_comes_back_as_it_went(path, book):
    live(book, 0, 1, 2)
    book.add_series(3, {"population": np.float32(0.5), "odd, name": np.int64(7)})
    book.add_species(2, "key", [(3, 2, 1)])
    book.set("state", "running")
    book.set("state", "finished")
    book.commit()
    with read(path) as reader:
        born = reader.births()
        assert tuple(born) == BIRTHS and born["id"].tolist() == list(range(24))
        assert all(np.array_equal(born[name][:8], column) for name, column in births(range(8), 0).items())
        assert born["mother"][8:].tolist() == list(range(16)) and born["father"][8:16].tolist() == list(range(8))[::-1]
        assert born["genome"].dtype == np.uint64 and born["genome"].max() > 1 << 63
        died = reader.deaths()
        assert tuple(died) == DEATHS and died["id"].tolist() == [0, 1, 2, 3, 8, 9, 10, 11]
        assert np.array_equal(died["children"], died["id"] % 14) and died["tick"].tolist() == [1] * 4 + [2] * 4
        assert {c.dtype for n, c in [*born.items(), *died.items()] if n != "genome"} == {np.dtype(np.int64)}
        series = reader.series()
        assert list(series) == ["energy", "population", "odd, name"]
        assert reader.names() == ["energy", "odd, name", "population"]
        ticks, values = series["population"]
        assert ticks.tolist() == [0, 1, 2, 3] and values.tolist() == [0, 4, 8, 0.5]
        assert np.isnan(series["energy"][1]).all() and len(series["energy"][0]) == 3
        assert reader.series(after=2)["population"][0].tolist() == [3] and reader.series(after=3) == {}
        species = reader.species(after=1)
        assert species["way"].tolist() == ["genome", "genome", "key"] and species["species"].tolist() == [0, 1, 3]
        assert species["members"].tolist() == [5, 3, 2] and species["founder_id"].tolist() == [16, -1, 1]
        assert len(reader.species(after=9)["way"]) == 0
        assert reader.events(after=1) == [(2, "flood", "at 2")]
        assert reader.get("state") == "finished" and reader.get("nothing") is None
        assert reader.births(after=23)["id"].dtype == np.int64 and reader.deaths(after=9)["id"].tolist() == [10, 11]
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            reader._connection.execute("DELETE FROM births")


def test_lineage_joins_births_and_deaths(book):
    live(book, 0, 1, 2)
    (part,) = book.lineage()
    assert part["id"].tolist() == list(range(24)) and part["born"].tolist() == [0] * 8 + [1] * 8 + [2] * 8
    assert part["died"].tolist() == [1] * 4 + [-1] * 4 + [2] * 4 + [-1] * 12
    assert part["mother"].tolist() == [-1] * 8 + list(range(16)) and part["genome"].dtype == np.uint64
    book._connection.execute("DELETE FROM births WHERE id = 3")
    (part,) = book.lineage()
    assert part["mother"][list(part["id"]).index(11)] == -1 and part["father"][list(part["id"]).index(12)] == -1


def test_all_is_read_in_parts(book, monkeypatch):
    live(book, *range(20))
    whole = book.births(), book.deaths(), book.species(), book.series(), list(book.lineage())
    monkeypatch.setattr(_sqlite, "CHUNK", 7)
    parts = book.births(), book.deaths(), book.species(), book.series()
    for one, other in zip(whole[:3], parts[:3], strict=True):
        assert all(np.array_equal(one[name], other[name]) and one[name].dtype == other[name].dtype for name in one)
    assert all(np.array_equal(a, b, equal_nan=True) for n in whole[3] for a, b in zip(whole[3][n], parts[3][n], strict=True))
    lineage = list(book.lineage())
    assert len(lineage) == 23
    assert all(np.array_equal(np.concatenate([part[name] for part in lineage]), column) for name, column in whole[4][0].items())


def test_nothing_of_nothing(book):
    assert len(book.births()["id"]) == len(book.deaths()["id"]) == len(book.species()["tick"]) == 0
    assert book.births()["genome"].dtype == np.uint64
    assert book.series() == {} and book.names() == [] and list(book.lineage()) == [] and book.events() == []
    book.add_births(births([], 0))
    book.add_deaths(deaths([], 0))
    book.add_series(0, {})
    book.prune(np.array([], np.int64), 0)
    book.rewind(0, 0)
    book.commit()


def test_columns_that_do_not_fit_are_our_bug(book):
    live(book, 0)
    for add, columns in (book.add_births, births([8, 9], 1)), (book.add_deaths, deaths([1, 2], 1)):
        for name in columns:
            with pytest.raises(ValueError, match="unequal length"):
                add({**columns, name: columns[name][:1]})
    assert len(book.births()["id"]) == 8 and len(book.deaths()["id"]) == 0
    with pytest.raises(sqlite3.IntegrityError):
        book.add_births(births([7], 1))
    with pytest.raises(sqlite3.IntegrityError):
        book.add_series(0, {"population": 1.0})


def test_uncommitted_rows_are_gone(path):
    with Chronicle(path) as book:
        live(book, 0)
        with read(path) as reader:
            assert len(reader.births()["id"]) == 0
        book.commit()
        live(book, 1)
    assert os.listdir(path.parent) == ["run.sqlite"]
    with read(path) as reader:
        assert len(reader.births()["id"]) == 8


def test_readers_while_writing(path, book):
    """One at rest, which sees one commit all the while; one that looks again and again; the writer waits for neither."""
    live(book, 0)
    book.commit()
    with read(path) as resting, read(path) as looking:
        with resting.frozen():
            assert len(resting.births()["id"]) == 8
            for t in range(1, 20):
                live(book, t)
                assert len(looking.births()["id"]) == 8 * t
                book.commit()
                assert len(looking.births()["id"]) == 8 * (t + 1) and len(looking.deaths()["id"]) == 4 * t
            assert len(resting.births()["id"]) == 8 and len(resting.deaths()["id"]) == 0
        assert len(resting.births()["id"]) == 160


# ---- rewind ----


def test_rewind_refuses_what_does_not_fit(book):
    book.rewind(-1, 0)
    live(book, 0, 1, 2)
    for tick, born in (2, 23), (2, 25), (1, 24), (0, 9):
        book.commit()
        with pytest.raises(InputError, match=rf"does not fit the checkpoint of tick {tick}, by which {born} were born: it has \d+ b"):
            book.rewind(tick, born)
        book._connection.rollback()
    book.add_deaths(deaths([99], 2))
    with pytest.raises(InputError, match="does not fit"):
        book.rewind(2, 24)
    book._connection.rollback()
    book._connection.execute("DELETE FROM births WHERE id = 5")
    with pytest.raises(InputError, match="it has 23 births, ids 0 to 23"):
        book.rewind(2, 24)
    for other in -1, 24:
        book._connection.execute("UPDATE births SET id = ? WHERE id = 6", [other])
        book._connection.execute("UPDATE births SET id = 5 WHERE id = 23")
        with pytest.raises(InputError, match="it has 23 births, ids"):
            book.rewind(2, 23)
        book._connection.execute("UPDATE births SET id = 23 WHERE id = 5")
        book._connection.execute("UPDATE births SET id = 6 WHERE id = ?", [other])
    book.rewind(-1, 0)
    with pytest.raises(InputError, match="it has no births"):
        book.rewind(0, 8)


def written(path, history):
    """A chronicle of so many births in each tick, and a death."""
    with Chronicle(path) as book:
        for t, n in enumerate(history):
            add_tick(book, history, t, n)
        book.commit()


def add_tick(book, history, t, n):
    born = sum(history[:t])
    book.add_births(births(np.arange(born, born + n), t, *([max(born - 1, -1)] if born else [])))
    if t and history[t - 1]:
        book.add_deaths(deaths([born - 1], t))
    if t % 3 == 0:
        book.add_series(t, {"population": float(n)})
        book.add_species(t, "genome", [(0, n, born)])
        book.add_event(t, "record", str(t))


HISTORIES = st.lists(st.integers(0, 4), min_size=1, max_size=12)
STOPS = st.lists(st.tuples(st.integers(0, 11), st.booleans()), max_size=3)


@settings(max_examples=15, deadline=None)
@given(history=HISTORIES, stops=STOPS)
def test_rewound_and_gone_on_equals_never_stopped(tmp_path_factory, history, stops):
    """Whatever the ticks to which it was rewound, and whether it was killed before that was committed."""
    folder = tmp_path_factory.mktemp("laws")
    try:
        written(folder / "whole", history)
        expected = dump(folder / "whole")
        shutil.copy(folder / "whole", folder / "other")
        for tick, is_killed in stops:
            tick = min(tick, len(history) - 1)
            born = sum(history[: tick + 1])
            for _ in range(1 + is_killed):
                with Chronicle(folder / "other") as book:
                    for _ in range(2):  # again: nothing changes
                        book.rewind(tick, born)
                    assert book.births()["id"].tolist() == list(range(born))
                    assert all(event.tick <= tick for event in book.events())
                    if is_killed:
                        is_killed = False
                        continue
                    for t in range(tick + 1, len(history)):
                        add_tick(book, history, t, history[t])
                    book.commit()
            assert dump(folder / "other") == expected
    finally:
        shutil.rmtree(folder)


# ---- prune ----


def naive(mothers, fathers, living):
    """The living and their ancestors, one by one."""
    kept, rest = set(), [i for i in living if i < len(mothers)]
    while rest:
        i = rest.pop()
        if i >= 0 and i not in kept:
            kept.add(i)
            rest += [mothers[i], fathers[i]]
    return sorted(kept)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(1, 60), sexual=st.booleans(), again=st.booleans())
def test_prune_is_the_naive_walk(tmp_path_factory, seed, n, sexual, again):
    draw, folder = random.Random(seed), tmp_path_factory.mktemp("prune")
    mothers = [draw.randrange(-1, i) for i in range(n)]
    fathers = [draw.randrange(-1, i) if sexual else -1 for i in range(n)]
    living = [i for i in range(n) if draw.random() < 0.1] + [n + 5]
    dead = [i for i in range(n) if i not in living]
    try:
        with Chronicle(folder / "run.sqlite") as book:
            book.add_births(births(range(n), 3, np.array(mothers), np.array(fathers)))
            book.add_deaths(deaths(dead, 4))
            before = dict(zip(range(n), zip(*book.births().values(), strict=True), strict=True))
            for _ in range(1 + again):
                book.prune(np.array(living), 9)
            book.commit()
            kept = naive(mothers, fathers, living)
            rows = book.births()
            assert list(zip(*rows.values(), strict=True)) == [before[i] for i in kept]
            assert book.deaths()["id"].tolist() == [i for i in kept if i in dead]
            assert book.get("pruned") == "9"
            book.rewind(9, n)
            assert book.births()["id"].tolist() == kept
    finally:
        shutil.rmtree(folder)


def test_a_pruned_chronicle_is_rewound_with_less(book):
    live(book, 0, 1, 2)
    book.prune(np.arange(20, 24), 2)
    assert len(book.births()["id"]) < 24
    book.rewind(2, 24)
    book.rewind(1, 16)
    with pytest.raises(InputError, match="does not fit"):
        book.rewind(1, 10)


def test_those_who_were_forgotten_die_again(book):
    """A run goes on from before a prune: the death of somebody whose birth is forgotten is no damage, an unborn one's is."""
    live(book, 0, 1, 2)
    assert book.living().tolist() == [4, 5, 6, 7, 12, 13, 14, 15, *range(16, 24)]
    assert book.prune(np.array([8]), 2) == 3 and book.births()["id"].tolist() == [0, 7, 8]
    assert book.living().tolist() == [7] and book.deaths()["id"].tolist() == [0, 8]
    book.rewind(1, 16)
    book.add_deaths(deaths([13], 2))
    book.rewind(2, 16)
    assert book.deaths()["id"].tolist() == [0, 13]
    book.add_deaths(deaths([16], 2))
    with pytest.raises(InputError, match="does not fit"):
        book.rewind(2, 16)


def test_pruning_is_part_of_the_transaction(path):
    with Chronicle(path) as book:
        live(book, 0, 1, 2)
        book.commit()
        before = dump(path)
        book.prune(np.array([23]), 2)
    assert dump(path) == before


def test_a_pruned_file_stays_small(path, book):
    sizes = []
    for t in range(60):
        ids = np.arange(512) + 512 * t
        book.add_births(births(ids, t, *([ids // 512 * 512 - 1] if t else [])))
        if t:
            book.add_deaths(deaths(ids - 512, t))
        if t % 10 == 9:
            book.prune(ids, t)
            book.commit()
            sizes.append(book._connection.execute("PRAGMA page_count").fetchone()[0])
    assert sizes[-1] < 1.2 * sizes[1]
