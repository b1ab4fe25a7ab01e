"""A run folder from a stranger whose checkpoint is sound to the byte, and says what cannot be: one line and exit 66, or it runs.

With kernels that do not check their indices, an agent in a cell outside the world would write into memory that is not its own;
so these tests also run with NUMBA_BOUNDSCHECK=1 (tests/test_bounds.py).
"""

import shutil
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from conftest import Recorder, evolves, tiny
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alife.core import config as configs
from alife.core.errors import InputError, UserError
from alife.evolve import ecology
from alife.evolve import run as runs
from alife.store import checkpoint

pytestmark = evolves
ODD = [None, True, -1, -(2**70), 2**70, 1e308, "7", "", [], [1], {}, {"a": 1}]
ECOSYSTEM = {
    "world": {"kind": "ecosystem", "rows": 8, "columns": 8, "founders": 20, "most": 32, "predators": 2, "predator_reach": 2},
    "controller": {"kind": "wht", "width": 64},
    "memory": {"kind": "lsh", "bits": 16},
    "run": {"seed": 1, "threads": 1, "ticks": 40, "record": 20},
}
SEPARATE = settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def problem(tmp_path_factory):
    return Path(runs.begin(tiny("evolve.generations=2"), tmp_path_factory.mktemp("problem"), Recorder(), "r").run)


@pytest.fixture(scope="module")
def ecosystem(tmp_path_factory):
    return Path(ecology.begin(configs.load(ECOSYSTEM), tmp_path_factory.mktemp("ecosystem"), Quiet(), "r").run)


class Quiet(Recorder):
    """Of an ecosystem."""

    def living(self, now):
        pass


def newest(run):
    return sorted((run / "checkpoints").glob("gen-*.npz"))[-1]


def forged(run, folder, change):
    """A copy of the run whose newest checkpoint was changed, and is sealed again."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(run, folder)
    arrays, meta = checkpoint.load(newest(folder))
    change(arrays, meta)
    checkpoint.save(newest(folder), arrays, meta)
    for older in sorted((folder / "checkpoints").glob("gen-*.npz"))[:-1]:
        older.unlink()
    return folder


def ends(go_on):
    """Whether it ran; a UserError says no in one line, all else is our fault."""
    try:
        go_on()
    except UserError as error:
        assert "\n" not in str(error) and error.exit_code == InputError.exit_code, error
        return False
    return True


def other_arrays(array):
    """Wrong shapes and types, and the very worst numbers in the right ones."""
    yield array[:0] if array.ndim else array.reshape(1)
    yield np.concatenate([array, array]) if array.ndim else array.reshape(1, 1)
    yield array.astype(np.int8)
    if array.dtype.kind == "f":
        worst = [np.nan, np.inf, -np.inf, 3e38]
    else:
        worst = [np.iinfo(array.dtype).max, np.iinfo(array.dtype).min, min(1000, np.iinfo(array.dtype).max)]
    for value in worst:
        yield np.full_like(array, value)


@pytest.mark.slow
def test_a_checkpoint_of_a_problem(tmp_path, problem):
    arrays, meta = checkpoint.load(newest(problem))
    seen = []
    for name in arrays:
        for other in other_arrays(arrays[name]):
            run = forged(problem, tmp_path / "r", lambda a, _, name=name, other=other: a.update({name: other}))
            seen.append(ends(lambda run=run: runs.resume(run, Recorder(), explicit={"evolve.generations": 4})))
    for key in meta:
        for value in ODD:
            run = forged(problem, tmp_path / "r", lambda _, m, key=key, value=value: m.update({key: value} if key != "generation" else {}))
            seen.append(ends(lambda run=run: runs.resume(run, Recorder(), explicit={"evolve.generations": 4})))
    assert seen.count(False) > len(seen) / 3 and True in seen


@pytest.mark.slow
def test_a_checkpoint_of_an_ecosystem(tmp_path, ecosystem):
    arrays, meta = checkpoint.load(newest(ecosystem))
    seen = {}
    for name in arrays:
        for number, other in enumerate(other_arrays(arrays[name])):
            run = forged(ecosystem, tmp_path / "r", lambda a, _, name=name, other=other: a.update({name: other}))
            seen[name, number] = ends(lambda run=run: ecology.resume(run, Quiet(), explicit={"run.ticks": 60}))
    for key in meta:
        for value in ODD:
            run = forged(ecosystem, tmp_path / "r", lambda _, m, key=key, value=value: m.update({key: value} if key != "tick" else {}))
            ends(lambda run=run: ecology.resume(run, Quiet(), explicit={"run.ticks": 60}))
    for name in ("counts", "world.fixed", "world.cells", "world.at", "world.deeds", "world.occupant", "world.body", "world.predators"):
        assert not any(ran for (other, _), ran in seen.items() if other == name), name


@SEPARATE
@given(data=st.data())
def test_one_number_of_an_ecosystem(tmp_path_factory, ecosystem, data):
    """Any one number of any array of whole numbers."""
    arrays, _ = checkpoint.load(newest(ecosystem))
    name = data.draw(st.sampled_from([name for name, array in arrays.items() if array.dtype.kind in "iu" and array.size]))
    index = data.draw(st.integers(0, arrays[name].size - 1))
    low, high = np.iinfo(arrays[name].dtype).min, np.iinfo(arrays[name].dtype).max
    value = data.draw(st.one_of(st.integers(low, high), st.integers(max(low, -70), min(high, 70))))

    def change(found, _):
        found[name].reshape(-1)[index] = value

    run = forged(ecosystem, tmp_path_factory.mktemp("one") / "r", change)
    ends(lambda: ecology.resume(run, Quiet(), explicit={"run.ticks": 60}))


@pytest.mark.parametrize("key", ["summary", "versions", "seconds", "state"])
def test_words_of_the_database(tmp_path, alife, problem, ecosystem, key):
    for kind in (problem, ecosystem):
        for number, text in enumerate(["", "5", "nan", "[1]", "{", '{"world": [], "z": "x"}', "[" * 100_000, "null", "\x00"]):
            run = tmp_path / f"{kind.parent.name}-{number}" / "r"
            shutil.copytree(kind, run)
            with sqlite3.connect(run / "run.sqlite") as connection:
                connection.execute("UPDATE run SET value = ? WHERE key = ?", (text, key))
            connection.close()
            for command in (["runs", run.parent], ["runs", run.parent, "--json"], ["evolve", "--resume", run, "--no-report"]):
                said = alife(*command)
                assert said.code in (0, InputError.exit_code), (command, text, said.err)
