"""Event files for TensorBoard: what was told is in them, once, also after an interruption; and what is said without the library."""

import os
import struct
import sys

import pytest
from conftest import SMALL, tiny

from alife.evolve import _events
from alife.evolve import run as runs


def scalars(run):
    """(name, step) -> values in the order of writing, out of the event files (length, crc, bytes, crc), and purged steps."""
    from tensorboardX.proto.event_pb2 import Event

    found, purged = {}, []
    for file in sorted((run / "tensorboard").iterdir(), key=lambda file: (file.stat().st_mtime_ns, file.name)):
        data, at = file.read_bytes(), 0
        while at < len(data):
            (length,) = struct.unpack_from("<Q", data, at)
            event = Event.FromString(data[at + 12 : at + 12 + length])
            at += 16 + length
            if event.HasField("session_log"):
                purged.append(event.step)
            for value in event.summary.value:
                found.setdefault((value.tag, event.step), []).append(value.simple_value)
    return found, purged


def test_every_generation_is_told(tmp_path, recorder):
    pytest.importorskip("tensorboardX")
    told = recorder()
    outcome = runs.begin(tiny("evolve.generations=4", "run.tensorboard=true"), tmp_path, told)
    found, purged = scalars(tmp_path / os.path.basename(outcome.run))
    assert not purged and set(found) == {(name, g) for name in _events.MEASURES for g in (1, 2, 3, 4)}
    for report in told.reports:
        for name in ("best", "z", "evaluations"):
            assert found[name, report.generation] == [pytest.approx(getattr(report, name), rel=1e-6)]


def test_what_is_gone_on_with_is_not_told_twice(tmp_path, alife):
    pytest.importorskip("tensorboardX")
    first = alife("evolve", "copy", *SMALL, "--generations", 2, "--tensorboard", "--no-report", "--out", tmp_path, "--name", "r")
    again = alife("evolve", "--resume", tmp_path / "r", "--generations", 4, "--no-report")
    assert first.code == again.code == 0
    found, purged = scalars(tmp_path / "r")
    assert purged == [3] and [step for name, step in sorted(found) if name == "z"] == [1, 2, 3, 4]
    assert all(len(values) == 1 for values in found.values())


def test_nothing_is_written_unless_asked_for(tmp_path, recorder):
    outcome = runs.begin(tiny("evolve.generations=1"), tmp_path, recorder())
    assert not (tmp_path / os.path.basename(outcome.run) / "tensorboard").exists()


def test_without_the_library_it_says_so_before_anything_is_made(tmp_path, alife, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    said = alife("evolve", "copy", *SMALL, "--generations", 1, "--tensorboard", "--out", tmp_path / "r")
    assert said.code == 1 and said.err == "alife: error: event files need: pip install 'alife[tensorboard]'\n"
    assert not (tmp_path / "r").exists()


def test_an_ecosystem_is_told_where_its_series_is(tmp_path, alife):
    said = alife("evolve", "ecosystem", "--tensorboard", "--out", tmp_path / "r")
    assert said.code == 2 and "--tensorboard: of problems" in said.err and "--metrics" in said.err
