"""What a run hands to other tools: the phylogeny as phylotrackpy reads it, time series, genomes; whole files or none."""

import csv
import errno
import math
import os
import sqlite3
import sys
import types
from pathlib import Path

import numpy as np
import pytest
from conftest import evolves, tiny
from test_chronicle import births, deaths, live
from test_store_failures import FailingOs

from alife.core.errors import ConfigError, DiskError, InputError
from alife.evolve import run as runs
from alife.insight import export
from alife.insight.export import export_run
from alife.store import _sqlite, atomic, checkpoint, database
from alife.store.checkpoint import Checkpoints
from alife.store.chronicle import Chronicle
from alife.store.database import Database, Metrics
from alife.store.folder import RunFolder

ECOSYSTEM, PROBLEM = "world: {kind: ecosystem}\n", "world: {kind: copy}\n"


def table(path):
    """Header and rows of a CSV file, as text."""
    with open(path, newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    return header, rows


def taxa(path):
    """id -> row by name, of a phylogeny."""
    header, rows = table(path)
    assert header[:4] == ["id", "ancestor_list", "origin_time", "destruction_time"]
    return {int(row[0]): dict(zip(header, row, strict=True)) for row in rows}


def ancestors(taxon):
    inner = taxon["ancestor_list"].removeprefix("[").removesuffix("]")
    return [] if inner == "none" else [int(i) for i in inner.split(",")]


def make(path, text, fill):
    """A run folder whose database `fill` has filled."""
    RunFolder.create(path.parent, path.name, config=text).close()
    with (Chronicle if text == ECOSYSTEM else Database)(path / "run.sqlite") as book:
        fill(book)
        book.commit()
    return path


def sexual(book):
    live(book, 0, 1, 2)


def clonal(book):
    """Two founders, one of them alive; a line of four below it, the last of which lives."""
    book.add_births(births([0, 1], 0))
    for i in range(2, 6):
        book.add_births(births([i], i, 1 if i == 2 else i - 1))
        book.add_deaths(deaths([i - 1 if i > 2 else 0], i))


@pytest.fixture
def eco(tmp_path):
    return make(tmp_path / "eco", ECOSYSTEM, sexual)


@pytest.fixture
def line(tmp_path):
    return make(tmp_path / "line", ECOSYSTEM, clonal)


def generations(book):
    for g in range(1, 4):
        mothers = np.arange(4) + 4 * (g - 1) if g > 1 else np.full(4, -1)
        book.add_births(g, 4 * g, mothers, np.where(mothers % 2 == 0, mothers, -1) if g < 3 else mothers[::-1])
        book.add_metrics([Metrics(g, 4 * g, 99, 0.1, 0.5, math.nan, math.inf, 1 / 3, 0)])


@pytest.fixture
def problem(tmp_path):
    return make(tmp_path / "problem", PROBLEM, generations)


# ---- phylogeny ----


def test_phylogeny_of_an_ecosystem(tmp_path, eco):
    out = tmp_path / "out.csv"
    assert export_run(eco, phylogeny=out) == {"files": {"phylogeny": str(out)}, "rows": {"phylogeny": 24}}
    found = taxa(out)
    given = births(range(24), 0)
    assert list(found) == list(range(24))
    for i, taxon in found.items():
        row = i % 8
        assert ancestors(taxon) == ([i - 8, i - row + 7 - row - 8] if i >= 8 else [])
        assert taxon["origin_time"] == str(i // 8)
        assert taxon["destruction_time"] == (str(i // 8 + 1) if row < 4 and i < 16 else "inf")
        assert int(taxon["taxon_label"], 16) == int(given["genome"][i]) and len(taxon["taxon_label"]) == 18
        assert (int(taxon["place"]), int(taxon["kind"])) == (i % 64, i % 2)
    assert out.read_bytes().splitlines()[1].startswith(b'0,"[none]",0,1,0x9e3779b97f4a7c15,0,0')


def test_of_two_parents_only_the_mother(tmp_path, eco):
    said = []
    export_run(eco, phylogeny=tmp_path / "both.csv", note=said.append)
    assert len(said) == 1 and "16 of 24 have two parents" in said[0] and "--asexual" in said[0]
    export_run(eco, phylogeny=tmp_path / "one.csv", asexual=True, note=said.append)
    assert len(said) == 1
    both, one = taxa(tmp_path / "both.csv"), taxa(tmp_path / "one.csv")
    assert all(ancestors(one[i]) == ancestors(both[i])[:1] for i in both)


def test_one_parent_twice_and_a_father_alone(tmp_path):
    def fill(book):
        book.add_births(births(range(3), 0))
        book.add_births(births([3, 4], 1, np.array([2, -1]), np.array([2, 1])))

    said = []
    export_run(make(tmp_path / "r", ECOSYSTEM, fill), phylogeny=tmp_path / "out.csv", note=said.append)
    assert [ancestors(t) for t in taxa(tmp_path / "out.csv").values()] == [[], [], [], [2], [1]] and said == []


def test_phylogeny_of_generations(tmp_path, problem):
    export_run(problem, phylogeny=tmp_path / "out.csv")
    found = taxa(tmp_path / "out.csv")
    assert list(found) == list(range(4, 16))
    assert [ancestors(t) for t in found.values()] == [[]] * 4 + [[4], [5], [6], [7]] + [[8, 11], [9, 10], [10, 9], [11, 8]]
    assert [t["origin_time"] for t in found.values()] == [*"111122223333"]
    assert [t["destruction_time"] for t in found.values()] == [*"22223333"] + ["inf"] * 4


@pytest.mark.parametrize("which", ["eco", "problem"])
def test_parts_change_nothing(tmp_path, request, monkeypatch, which):
    run = request.getfixturevalue(which)
    for name, size in ("whole", _sqlite.CHUNK), ("parts", 5):
        monkeypatch.setattr(_sqlite, "CHUNK", size)
        export_run(run, tmp_path / f"{name}.phylogeny", tmp_path / f"{name}.metrics")
    for kind in "phylogeny", "metrics":
        assert (tmp_path / f"whole.{kind}").read_bytes() == (tmp_path / f"parts.{kind}").read_bytes()


def test_ancestors_stand_in_the_file(tmp_path, eco):
    with Chronicle(eco / "run.sqlite") as book:
        book.prune(np.array([20]), 2)
        book.commit()
        book._connection.execute("DELETE FROM births WHERE id = 12")
    export_run(eco, phylogeny=tmp_path / "out.csv")
    found = taxa(tmp_path / "out.csv")
    assert 20 in found and len(found) < 24
    assert all(i in found for taxon in found.values() for i in ancestors(taxon))


def test_a_run_that_goes_on_changes_nothing(tmp_path, eco, monkeypatch):
    """What is committed meanwhile is in none of the parts, so every death belongs to a birth and time does not jump."""
    monkeypatch.setattr(_sqlite, "CHUNK", 5)
    real, ticks = export._taxa, iter(range(3, 99))

    def meanwhile(part):
        live(book, next(ticks))
        book.commit()
        return real(part)

    export_run(eco, phylogeny=tmp_path / "before.csv")
    monkeypatch.setattr(export, "_taxa", meanwhile)
    with Chronicle(eco / "run.sqlite") as book:
        export_run(eco, phylogeny=tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "before.csv").read_bytes() and next(ticks) > 4


def test_ids_beyond_phylotrackpy_are_told(tmp_path):
    said = []
    run = make(tmp_path / "r", ECOSYSTEM, lambda book: book.add_births(births([2**31], 0)))
    export_run(run, phylogeny=tmp_path / "out.csv", note=said.append)
    assert said == ["phylotrackpy cannot read ids of 2^31 and above"]


def read_back(path, label="id"):
    """The phylogeny as phylotrackpy has it, and id -> (parent, born, died)."""
    systematics = pytest.importorskip("phylotrackpy.systematics", reason="phylotrackpy is not installed: no wheel for this Python")
    tree = systematics.Systematics(lambda organism: organism)
    tree.load_from_file(str(path), label, assume_leaves_extant=False)
    every = [*tree.get_active_taxa(), *tree.get_ancestor_taxa(), *tree.get_outside_taxa()]
    parents = {t.get_id(): t.get_parent() for t in every}
    times = {t.get_id(): (t.get_origination_time(), t.get_destruction_time()) for t in every}
    return tree, {i: (-1 if p is None else p.get_id(), *times[i]) for i, p in parents.items()}


@pytest.mark.parametrize(("which", "asexual"), [("line", False), ("eco", True), ("problem", True)])
def test_phylotrackpy_reads_it(tmp_path, request, which, asexual):
    path = tmp_path / "out.csv"
    export_run(request.getfixturevalue(which), phylogeny=path, asexual=asexual)
    tree, found = read_back(path)
    expected = taxa(path)
    living = [i for i, taxon in expected.items() if taxon["destruction_time"] == "inf"]
    assert tree.get_num_taxa() == len(expected) and living
    assert sorted(t.get_id() for t in tree.get_active_taxa()) == living
    assert tree.get_num_roots() == sum(not ancestors(taxon) for taxon in expected.values())
    for i, taxon in expected.items():
        parent = ancestors(taxon)[0] if ancestors(taxon) else -1
        assert found[i] == (parent, float(taxon["origin_time"]), float(taxon["destruction_time"]))


def test_phylotrackpy_gets_the_hash_of_the_genome(tmp_path, line):
    export_run(line, phylogeny=tmp_path / "out.csv")
    tree, _ = read_back(tmp_path / "out.csv", "taxon_label")
    genomes = births(range(6), 0)["genome"].tolist()
    assert {t.get_id(): t.get_info() for t in tree.get_active_taxa()} == {i: genomes[i] for i in (1, 5)}


def test_phylotrackpy_takes_one_parent_only(tmp_path, eco):
    """Why there is --asexual."""
    export_run(eco, phylogeny=tmp_path / "out.csv")
    with pytest.raises(RuntimeError, match="can only have one parent"):
        read_back(tmp_path / "out.csv")


# ---- time series ----


def test_metrics_of_an_ecosystem(tmp_path):
    def fill(book):
        for t in range(0, 2500, 2):
            book.add_series(t, {"b": t / 3, "a, b": math.inf} if t % 10 == 0 else {"b": math.nan if t == 4 else t / 3})

    out = tmp_path / "out.csv"
    assert export_run(make(tmp_path / "r", ECOSYSTEM, fill), metrics=out)["rows"] == {"metrics": 1250}
    header, rows = table(out)
    assert header == ["tick", "a, b", "b"]
    assert [int(row[0]) for row in rows] == list(range(0, 2500, 2))
    assert all(row[1] == ("inf" if int(row[0]) % 10 == 0 else "") for row in rows)
    assert rows[2][2] == "" and all(float(row[2]) == int(row[0]) / 3 for row in rows if row[0] != "4")


def test_metrics_of_generations(tmp_path, problem):
    assert export_run(problem, metrics=tmp_path / "out.csv")["rows"] == {"metrics": 3}
    header, rows = table(tmp_path / "out.csv")
    assert tuple(header) == Metrics._fields
    assert rows[1] == ["2", "8", "99", "0.1", "0.5", "", "inf", repr(1 / 3), "0.0"]


def test_empty_runs(tmp_path):
    for text in ECOSYSTEM, PROBLEM:
        run = make(tmp_path / text[13:16], text, lambda book: None)
        rows = export_run(run, tmp_path / "p.csv", tmp_path / "m.csv")["rows"]
        assert rows == {"phylogeny": 0, "metrics": 0}
        assert table(tmp_path / "p.csv")[1] == table(tmp_path / "m.csv")[1] == []


# ---- genomes ----


def test_genomes_of_an_ecosystem(tmp_path, eco, monkeypatch):
    class Engine:
        def __init__(self, config):
            assert config.world.kind == "ecosystem"
            self.config, self.tick = config, 2

        def restore(self, arrays, meta):
            assert "census" not in meta
            self.genes = arrays["genes"]

        def snapshot(self):
            return {"id": np.arange(3), "genomes": self.genes}

    monkeypatch.setitem(sys.modules, "alife.sim.ecosystem", types.SimpleNamespace(Ecosystem=Engine))
    with pytest.raises(InputError, match="has no checkpoint yet"):
        export_run(eco, genomes=tmp_path / "out.npz")
    points, genes = Checkpoints(eco / "checkpoints", keep=3), np.arange(12, dtype=np.float32).reshape(3, 4)
    points.save(1, {"genes": -genes}, {"census": None})
    points.save(2, {"genes": genes}, {"census": [1]})
    assert export_run(eco, genomes=tmp_path / "out.npz")["rows"] == {"genomes": 3}
    with np.load(tmp_path / "out.npz") as found:
        assert np.array_equal(found["genomes"], genes) and found["id"].tolist() == [0, 1, 2]
    points.save(3, {"others": genes}, {})
    with pytest.raises(InputError, match=r"checkpoint 3 of .* does not fit this run's config: KeyError"):
        export_run(eco, genomes=tmp_path / "none.npz")
    assert not (tmp_path / "none.npz").exists()


def test_genome_of_a_champion(tmp_path, problem):
    with pytest.raises(InputError, match="has no champion yet"):
        export_run(problem, genomes=tmp_path / "out.npz")
    genome = np.arange(5, dtype=np.float32)
    checkpoint.save(problem / "champion.npz", {"genome": genome}, {"generation": 3})
    assert export_run(problem, genomes=tmp_path / "out.npz")["rows"] == {"genomes": 1}
    arrays, meta = checkpoint.load(tmp_path / "out.npz")
    assert np.array_equal(arrays["genomes"], genome[None]) and meta["generation"] == 3
    checkpoint.save(problem / "champion.npz", {"genome": genome.astype(np.float64)}, {})
    with pytest.raises(InputError, match="holds no genome"):
        export_run(problem, genomes=tmp_path / "out.npz")


# ---- whole files or none ----


@pytest.mark.parametrize("what", ["phylogeny", "metrics"])
def test_failing_call_leaves_the_old_file(tmp_path, eco, monkeypatch, what):
    out, k, ended = tmp_path / "out" / "out.csv", 0, False
    out.parent.mkdir()
    while not ended:
        k += 1
        out.write_text("old")
        with monkeypatch.context() as patch:
            patch.setattr(atomic, "os", FailingOs(k, errno.ENOSPC))
            try:
                export_run(eco, **{what: out})
                ended = True
            except DiskError as error:
                assert "out.csv: No space left on device" in str(error)
        assert os.listdir(out.parent) == ["out.csv"]
        assert (out.read_text() == "old") or len(table(out)[1]) in (3, 24)
    assert k > 6 and out.read_text() != "old"


@pytest.mark.parametrize("what", ["phylogeny", "metrics"])
def test_damage_in_the_middle_leaves_the_old_file(tmp_path, eco, monkeypatch, what):
    monkeypatch.setattr(_sqlite, "CHUNK", 5)
    foreign = sqlite3.connect(eco / "run.sqlite")
    foreign.execute("UPDATE births SET place = 'x' WHERE id = 17")
    foreign.execute("UPDATE series SET value = 'x' WHERE tick = 2")
    foreign.commit()
    foreign.close()
    out = tmp_path / "out" / "out.csv"
    out.parent.mkdir()
    out.write_text("old")
    with pytest.raises(InputError, match="is damaged: a number is missing or none"):
        export_run(eco, **{what: out})
    assert out.read_text() == "old" and os.listdir(out.parent) == ["out.csv"]


# ---- the command ----


def test_command(tmp_path, alife, eco):
    files = {"phylogeny": tmp_path / "p.csv", "metrics": tmp_path / "m.csv"}
    files["metrics"].write_text("replaced")
    said = alife("export", eco, "--phylogeny", files["phylogeny"], "--metrics", files["metrics"], "--json")
    assert said.code == 0 and "two parents" in said.err
    assert said.json == {"files": {k: str(v) for k, v in files.items()}, "rows": {"phylogeny": 24, "metrics": 3}}
    said = alife("export", eco, "--phylogeny", files["phylogeny"], "--asexual")
    assert said.code == 0 and said.err == "" and said.out.split() == ["phylogeny", "24", "rows", str(files["phylogeny"])]


def test_mistakes_are_one_line(tmp_path, alife, eco):
    (tmp_path / "link").symlink_to(eco / "config.yaml")
    before = {path: path.read_bytes() for path in eco.rglob("*") if path.is_file()}
    for arguments, code, words in [
        ((eco,), 2, "nothing to export: give --phylogeny, --metrics or --genomes"),
        ((eco, "--metrics", "/dev/null"), 2, "--metrics: /dev/null is no plain file"),
        ((eco, "--metrics", eco), 2, "is no plain file"),
        *(((eco, "--metrics", eco / name), 2, "is a part of the run") for name in ("run.sqlite", "config.yaml", ".lock", "champion.npz")),
        ((eco, "--genomes", eco / "checkpoints" / "gen-000001.npz"), 2, "is a part of the run"),
        ((eco, "--metrics", tmp_path / "link"), 2, "is a part of the run"),
        ((eco, "--metrics", tmp_path / "a", "--phylogeny", eco / ".." / "a"), 2, "is named twice"),
        ((eco, "--metrics", tmp_path / "none" / "a.csv"), 74, "cannot write"),
        ((eco, "--metrics", tmp_path / ("x" * 300)), 74, "cannot write"),
        ((tmp_path / "none", "--metrics", "a"), 66, "no run folder at"),
        ((eco, "--genomes", tmp_path / "g.npz"), 66, "has no checkpoint yet"),
    ]:
        said = alife("export", *arguments)
        assert said.code == code and words in said.error and said.out == "", arguments
    assert {path: path.read_bytes() for path in eco.rglob("*") if path.is_file()} == before
    with pytest.raises(ConfigError):
        export_run(eco)


@evolves
def test_an_evolved_run(tmp_path, recorder, alife):
    run = Path(runs.begin(tiny(), tmp_path, recorder(), "r").run)
    files = [tmp_path / name for name in ("p.csv", "m.csv", "g.npz")]
    said = alife("export", run, "--phylogeny", files[0], "--metrics", files[1], "--genomes", files[2], "--asexual", "--json")
    with database.read(run / "run.sqlite") as reader:
        born, metrics = reader.births(), reader.metrics()
    assert said.json["rows"] == {"phylogeny": len(born["id"]), "metrics": len(metrics["z"]), "genomes": 1}
    assert [float(row[3]) for row in table(files[1])[1]] == metrics["best"].tolist()
    _, found = read_back(files[0])
    assert [found[i][0] for i in born["id"].tolist()] == born["mother"].tolist()
    assert list(said.json["files"].values()) == [str(file) for file in files]
