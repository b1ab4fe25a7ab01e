"""Run folders: made whole, found again, and never written by two."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from alife.core.errors import BusyError, DiskError, InputError
from alife.store.folder import RunFolder, latest, runs

ROOT = Path(__file__).parents[1]
NAME = "2026-11-22_14-23_copy_s1"


@pytest.fixture
def path(tmp_path):
    with RunFolder.create(tmp_path / "runs", NAME, config="seed: 1\n") as run:
        return run.path


def test_what_is_in_it(tmp_path):
    with RunFolder.create(tmp_path / "new" / "runs", NAME, config="seed: ü\n") as run:
        assert run.path == tmp_path / "new" / "runs" / NAME
        assert run.config.read_text(encoding="utf-8") == "seed: ü\n"
        for folder in (run.checkpoints, run.plots, run.videos, run.plugins):
            assert folder.is_dir() and folder.parent == run.path
        for name, file in {"run.sqlite": run.database, "champion.npz": run.champion, "report.html": run.report}.items():
            assert file == run.path / name
        run.write_text("report.html", "<p>")
        run.write_text(run.report, "<b>")
        assert run.report.read_text() == "<b>" and not list(run.path.glob(".*.tmp"))
    assert not (run.path / ".pid").exists()


def test_relative_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with RunFolder.create(Path("runs"), NAME, config="seed: 1\n") as run:
        assert str(run.path) == f"runs/{NAME}" and (tmp_path / "runs" / NAME / "config.yaml").is_file()


def test_same_name_gets_a_number(tmp_path):
    made = []
    for _ in range(12):
        with RunFolder.create(tmp_path, NAME, config="") as run:
            made.append(run.path.name)
    assert made == [NAME, *(f"{NAME}-{i}" for i in range(2, 13))]
    for name in made:  # a copy or a checkout may give all files the same time
        os.utime(tmp_path / name / "config.yaml", (1e9, 1e9))
    assert [p.name for p in runs(tmp_path)] == made and latest(tmp_path).name == f"{NAME}-12"


def test_order_of_runs(tmp_path):
    for name in ("2026-11-22_14-24_a", "2026-11-22_14-23_z", "mine", "2026-11-22_14-23_a"):
        RunFolder.create(tmp_path, name, config="").close()
    RunFolder.create(tmp_path, "2027-01-01_00-00_half_made").close()
    (tmp_path / "notes.txt").touch()
    os.utime(tmp_path / "mine" / "config.yaml", (1.7e9, 1.7e9))  # November 2023
    order = ["mine", "2026-11-22_14-23_z", "2026-11-22_14-23_a", "2026-11-22_14-24_a"]
    assert [p.name for p in runs(tmp_path)] == order
    assert runs(tmp_path / "none") == []
    with pytest.raises(InputError, match=r"no run folder in .*none"):
        latest(tmp_path / "none")
    with pytest.raises(InputError, match=r"cannot read .*notes.txt: Not a directory"):
        runs(tmp_path / "notes.txt")


def test_what_is_no_run_folder(tmp_path):
    with pytest.raises(InputError, match=r"no run folder at .*none"):
        RunFolder.open(tmp_path / "none")
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"no run folder at .*file"):
        RunFolder.open(tmp_path / "file", write=True)
    with pytest.raises(InputError, match=r"is no run folder: config\.yaml is missing"):
        RunFolder.open(tmp_path, write=True)
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("name", ["", "..", ".hidden", "a/b", "/tmp/x"])
def test_bad_names_are_our_bug(tmp_path, name):
    with pytest.raises(ValueError, match="plain file name"):
        RunFolder.create(tmp_path / "runs", name)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("out", ["file", "file/runs", "/proc/runs"])
def test_where_no_folder_can_be(tmp_path, out):
    (tmp_path / "file").touch()
    with pytest.raises(DiskError, match=r"cannot make a run folder .*: (Not a directory|No such file)") as caught:
        RunFolder.create(tmp_path / out, NAME)
    assert "\n" not in str(caught.value) and os.listdir(tmp_path) == ["file"]


def test_leftovers_of_a_crash_are_cleared_by_the_writer(path):
    young, old, point = path / ".report.html.ab.tmp", path / ".champion.npz.cd.tmp", path / "checkpoints" / ".g.ef.tmp"
    for file in (young, old, point):
        file.write_text("half")
    os.utime(old, (1e9, 1e9))
    RunFolder.open(path).close()
    assert young.exists() and old.exists() and point.exists()
    RunFolder.open(path, write=True).close()
    assert young.exists() and not old.exists() and not point.exists()


# --- the lock

HOLD = """
import os, sys, time
from pathlib import Path
from alife.core.errors import BusyError
from alife.store.folder import RunFolder
run = RunFolder.open(Path(sys.argv[1]), write=True)
"""
OPEN_IN_CHILD = """
child = os.fork()
if child == 0:
    try:
        RunFolder.open(Path(sys.argv[1]), write=True)
    except BusyError:
        os._exit(75)
    os._exit(0)
print("child", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
time.sleep(60)
"""
WAIT = "print('held', os.getpid(), flush=True); sys.stdin.read()"


@contextmanager
def process(code: str, path: Path) -> Iterator[subprocess.Popen]:
    """Run code and wait for its first line, in `.line`."""
    pipe = subprocess.PIPE
    child = subprocess.Popen([sys.executable, "-c", HOLD + code, path], cwd=ROOT, stdin=pipe, stdout=pipe, text=True)
    assert child.stdin is not None and child.stdout is not None
    try:
        child.line = child.stdout.readline().split()  # type: ignore[attr-defined]
        yield child
    finally:
        child.kill()
        child.wait()
        child.stdin.close()
        child.stdout.close()


def is_locked(path: Path) -> bool:
    try:
        RunFolder.open(path, write=True).close()
    except BusyError:
        return True
    return False


def test_second_writer(path):
    with process(WAIT, path) as holder:
        with pytest.raises(BusyError, match=rf"{NAME} is in use by another process \(pid {holder.pid}\)$"):
            RunFolder.open(path, write=True)
        RunFolder.open(path).close()  # looking is always allowed
        for text in ("", "-1", "12\n" * 99, "x" * 999):  # what the message says is not trusted
            (path / ".pid").write_text(text)
            with pytest.raises(BusyError, match=r"is in use by another process$"):
                RunFolder.open(path, write=True)
        (path / ".pid").unlink()
        assert is_locked(path)
        assert holder.stdin is not None
        holder.stdin.close()
        assert holder.wait(10) == 0
    assert not is_locked(path)


def test_second_writer_in_the_same_process(path):
    with RunFolder.open(path, write=True) as run:
        assert is_locked(path) and is_locked(path)
        with process("print('got it')", path) as other:
            assert other.line == []  # ended by BusyError: our own failed attempts have not dropped the lock
        run.close()
        assert not is_locked(path)
    assert not is_locked(path)


def test_a_new_folder_is_locked_at_once(tmp_path):
    with RunFolder.create(tmp_path, NAME, config="") as run:
        assert is_locked(run.path)
    assert not is_locked(run.path)


def test_kill_9_with_a_live_child(path):
    fork = "child = os.fork()\nif child == 0:\n    time.sleep(60)\n    os._exit(0)\n"
    with process(fork + "print('child', child, flush=True); time.sleep(60)", path) as parent:
        orphan = int(parent.line[1])
        try:
            assert is_locked(path)
            parent.send_signal(signal.SIGKILL)
            parent.wait(10)
            os.kill(orphan, 0)  # still there
            assert not is_locked(path)
        finally:
            os.kill(orphan, signal.SIGKILL)


@pytest.mark.parametrize("end", ["os._exit(0)", "sys.exit(0)", "run.close(); del run; sys.exit(0)", "raise SystemExit"])
def test_a_child_that_ends_does_not_unlock(path, end):
    fork = f"child = os.fork()\nif child == 0:\n    {end}\nos.waitpid(child, 0)\n"
    with process(fork + WAIT, path) as holder:
        assert holder.line[0] == "held"
        assert is_locked(path) and (path / ".pid").read_text() == f"{holder.pid}\n"


def test_a_child_does_not_inherit_the_right_to_write(path):
    """A forked child that opens the folder anew is a second writer like any other."""
    with process(OPEN_IN_CHILD, path) as holder:
        assert holder.line == ["child", "75"] and is_locked(path)


def test_damaged_lock_file(path):
    (path / ".lock").write_text("not a database at all " * 99)
    with pytest.raises(InputError, match=r"\.lock is damaged; delete it"):
        RunFolder.open(path, write=True)
    (path / ".lock").unlink()
    (path / ".lock").mkdir()
    with pytest.raises(DiskError, match=r"cannot lock .*: unable to open database file"):
        RunFolder.open(path, write=True)
