"""Full disks, failing calls and SIGKILL: what was saved stays, what is saved is whole, and one line says so."""

import errno
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from alife.core.errors import DiskError, InputError
from alife.store import atomic, folder
from alife.store.checkpoint import Checkpoints, load, save
from alife.store.folder import RunFolder

ROOT = Path(__file__).parents[1]
OLD = {"genomes": np.arange(50, dtype=np.float32)}
NEW = {"genomes": np.arange(60, dtype=np.float32) / 3}
CODES = [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EFBIG, errno.EIO]


class FailingOs:
    """`os`, but the k-th call that touches the disk fails; a failing write leaves half of its bytes behind."""

    CALLS = ("open", "write", "fsync", "replace", "mkdir", "close", "unlink")

    def __init__(self, k: int, code: int = errno.EIO, calls: tuple[str, ...] = CALLS) -> None:
        self.left, self.error, self.calls, self.seen = k, OSError(code, os.strerror(code)), calls, []

    def __getattr__(self, name):
        real = getattr(os, name)
        if name not in self.calls:
            return real

        def call(*args):
            self.seen.append(name)
            self.left -= 1
            if self.left:
                return real(*args)
            if name == "write":
                real(args[0], bytes(args[1])[: len(args[1]) // 2])
            if name == "close":
                real(*args)
            raise self.error

        return call


def equal(a: dict, b: dict) -> bool:
    return a.keys() == b.keys() and all(np.array_equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize("code", CODES)
def test_failing_call_while_a_checkpoint_is_replaced(tmp_path, monkeypatch, code):
    path, k, outcomes = tmp_path / "a.npz", 0, []
    while not outcomes or outcomes[-1] != "done":
        k += 1
        save(path, OLD, {"generation": 1})
        failing = FailingOs(k, code)
        with monkeypatch.context() as patch:
            patch.setattr(atomic, "os", failing)
            try:
                save(path, NEW, {"generation": 2})
                outcomes.append("done")
            except DiskError as err:
                assert "a.npz: " in str(err) and os.strerror(code) in str(err) and "\n" not in str(err)
                outcomes.append("refused")
        arrays, meta = load(path)
        assert equal(arrays, {1: OLD, 2: NEW}[meta["generation"]])
        assert meta["generation"] == 2 or outcomes[-1] == "refused"
        assert os.listdir(tmp_path) == ["a.npz"]
    assert k > 12 and outcomes.count("done") == 1


def test_order_of_calls(tmp_path, monkeypatch):
    """Power loss: the bytes are on the disk before the name, and the name before `save` returns."""
    spy = FailingOs(0)
    monkeypatch.setattr(atomic, "os", spy)
    save(tmp_path / "a.npz", NEW, {})
    order = [name for name in spy.seen if name in ("open", "fsync", "replace")]
    assert order == ["open", "fsync", "open", "replace", "open", "fsync"]
    first, last = spy.seen.index("fsync"), len(spy.seen) - 1 - spy.seen[::-1].index("write")
    assert last < first < spy.seen.index("replace")


def test_failing_call_between_write_and_prune(tmp_path, monkeypatch):
    """keep=1: whichever call fails, the newest sound checkpoint is the old or the new one, and there is one."""
    points, notes = Checkpoints(tmp_path / "checkpoints", keep=1), []
    points.save(1, OLD, {})
    for k in range(1, 40):
        generation = points.newest(notes.append)[0]
        with monkeypatch.context() as patch:
            failing = FailingOs(k)
            patch.setattr(atomic, "os", failing)
            patch.setattr(os, "unlink", failing.unlink)
            try:
                points.save(generation + 1, NEW, {})
                wrong = {generation}
            except DiskError:
                wrong = set()
        found = points.newest(notes.append)[0]
        assert found in {generation, generation + 1} - wrong
    points.save(1000, NEW, {})
    assert points.generations() == [1000] and notes == []


def test_failing_call_while_a_folder_is_made(tmp_path, monkeypatch):
    for k in range(1, 60):
        out = tmp_path / str(k) / "deep" / "runs"
        with monkeypatch.context() as patch:
            failing = FailingOs(k, errno.ENOSPC)
            patch.setattr(atomic, "os", failing)
            patch.setattr(folder, "os", failing)
            try:
                RunFolder.create(out, "run", config="seed: 1\n").close()
            except DiskError as err:
                assert "No space left on device" in str(err) and "\n" not in str(err)
                assert os.listdir(tmp_path) == []
                continue
        assert RunFolder.open(out / "run").config.read_text() == "seed: 1\n"
        if failing.left > 0:
            break
        shutil.rmtree(tmp_path / str(k))
    assert 15 < k < 59


def test_interrupted_while_a_folder_is_made(tmp_path, monkeypatch):
    def interrupted(path, text):
        raise KeyboardInterrupt

    monkeypatch.setattr(atomic, "write_text", interrupted)
    with pytest.raises(KeyboardInterrupt):
        RunFolder.create(tmp_path / "runs", "run", config="seed: 1\n")
    assert os.listdir(tmp_path) == []


def test_parents_that_are_used_by_now_stay(tmp_path, monkeypatch):
    def failing(path, text):
        (tmp_path / "a" / "other").mkdir()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(atomic, "write_text", failing)
    with pytest.raises(DiskError, match="No space left"):
        RunFolder.create(tmp_path / "a" / "runs", "run", config="seed: 1\n")
    assert os.listdir(tmp_path / "a") == ["other"]


def test_unwritable_places(tmp_path):
    (tmp_path / "file").touch()
    for path in (tmp_path / "file" / "a.npz", tmp_path / "none" / "a.npz", Path("/proc/a.npz")):
        with pytest.raises(DiskError, match=r"cannot write .*a\.npz: (Not a directory|No such file)"):
            save(path, NEW, {})
    with pytest.raises(DiskError, match=r"cannot make .*: Not a directory"):
        Checkpoints(tmp_path / "file" / "checkpoints", keep=1).save(1, NEW, {})


# --- limits that the system enforces

FILL = """
import sys, numpy as np
from pathlib import Path
from alife.core.errors import UserError
from alife.store.checkpoint import Checkpoints
from alife.store.database import Database, Metrics
from alife.store.folder import RunFolder
path = Path(sys.argv[1])
points, db = Checkpoints(path / "checkpoints", keep=9), Database(path / "run.sqlite")
points.save(1, {"a": np.arange(100)}, {})
db.add_metrics([Metrics(1, 1, 1, 0, 0, 0, 0, 0, 0)])
db.commit()
LIMIT
try:
    points.save(2, {"a": np.arange(1_000_000)}, {})
except UserError as err:
    print(err.exit_code, err)
try:
    for g in range(2, 10**6):
        db.add_births(g, g * 512, np.arange(512), np.arange(512))
        db.commit()
except UserError as err:
    print(err.exit_code, err)
db.close()
"""


def check_filled(path: Path, said: str, words: str) -> None:
    checkpoint, database = said.splitlines()
    assert checkpoint == f"74 cannot write {path}/checkpoints/gen-000002.npz: {words}"
    assert database.startswith(f"74 cannot write {path}/run.sqlite: ")


def check_kept(path: Path) -> None:
    assert os.listdir(path / "checkpoints") == ["gen-000001.npz"]
    assert np.array_equal(load(path / "checkpoints" / "gen-000001.npz")[0]["a"], np.arange(100))
    connection = sqlite3.connect(path / "run.sqlite")
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert connection.execute("SELECT count(*) FROM metrics").fetchall() == [(1,)]
    assert connection.execute("SELECT count(*) % 512, max(id) % 512 FROM births").fetchone()[0] == 0
    connection.close()


def test_file_size_limit(tmp_path):
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))"
    code = [sys.executable, "-c", FILL.replace("LIMIT", limit), tmp_path]
    done = subprocess.run(code, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and done.stderr == ""
    check_filled(tmp_path, done.stdout, "File too large")
    check_kept(tmp_path)


def in_tmpfs(path: Path, size: str, code: str) -> subprocess.CompletedProcess:
    """Run code with a small disk of its own at `path`, copied to `path`/../kept afterwards."""
    script = f'mount -t tmpfs -o size={size} tmpfs "$0" && "$1" -c "$2" "$0"; cp -r "$0" "$0/../kept"'
    run = ["unshare", "--mount", "sh", "-c", script, path, sys.executable, code]
    return subprocess.run(run, cwd=ROOT, capture_output=True, text=True, timeout=60)


@pytest.fixture
def disk(tmp_path):
    path = tmp_path / "disk"
    path.mkdir()
    if shutil.which("unshare") is None or in_tmpfs(path, "1m", "").returncode:
        pytest.skip("needs the right to mount")
    shutil.rmtree(tmp_path / "kept", ignore_errors=True)
    return path


def test_full_disk(disk):
    done = in_tmpfs(disk, "1m", FILL.replace("LIMIT", ""))
    assert done.stderr == ""
    check_filled(disk, done.stdout, "No space left on device")
    check_kept(disk.parent / "kept")


READ_ONLY = """
import os
db.close()
assert os.system(f"mount -o remount,ro {path}") == 0
for call, *args in (points.save, 2, {}, {}), (Database, path / "run.sqlite"), (RunFolder.create, path, "run"):
    try:
        call(*args)
    except UserError as err:
        print(err.exit_code, err)
sys.exit()
"""


def test_read_only_disk(disk):
    done = in_tmpfs(disk, "1m", FILL.replace("LIMIT", READ_ONLY))
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        f"74 cannot write {disk}/checkpoints/gen-000002.npz: Read-only file system",
        f"74 cannot write {disk}/run.sqlite: attempt to write a readonly database",
        f"74 cannot make a run folder {disk}/run: Read-only file system",
    ]
    check_kept(disk.parent / "kept")


# --- SIGKILL

RUN = """
import sys, numpy as np
from pathlib import Path
from alife.store.checkpoint import Checkpoints
from alife.store.database import Database, Metrics
from alife.store.folder import RunFolder
path, last = Path(sys.argv[1]), int(sys.argv[2])
print("go", flush=True)
with RunFolder.open(path, write=True) as run, Database(run.database) as db:
    points = Checkpoints(run.checkpoints, keep=3, every=50)
    g, arrays, _ = points.newest(print) or (0, {"genomes": np.arange(4096)}, {})
    db.rewind(g)
    genomes = arrays["genomes"]
    while g < last:
        g += 1
        genomes = genomes * 6364136223846793005 + g
        db.add_births(g, g * 64, genomes[:64] % 64, genomes[64:128] % 64)
        db.add_metrics([Metrics(g, g * 64, g * 640, float(genomes[0]), 0, 0, 0, 0, 0)])
        if g % 7 == 0:
            db.trim(g - 20, np.arange(0, g * 64, 100))
        if g % 4 == 0 or g == last:
            db.commit()
            points.save(g, {"genomes": genomes}, {"best": float(genomes[0])})
    db.set("state", "finished")
    db.commit()
"""


def contents(run: RunFolder) -> tuple[dict[str, bytes], list]:
    connection = sqlite3.connect(run.database)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    rows = [connection.execute(f"SELECT * FROM {t} ORDER BY 1").fetchall() for t in ("metrics", "births", "run")]
    connection.close()
    return {path.name: path.read_bytes() for path in run.checkpoints.iterdir()}, rows


def killed_and_resumed(tmp_path: Path, kills: int, last: int, seed: int) -> None:
    """A run killed `kills` times at random instants, and resumed, ends like one that was left alone."""
    draw = random.Random(seed)
    with (
        RunFolder.create(tmp_path, "alone", config="") as alone,
        RunFolder.create(tmp_path, "killed", config="") as run,
    ):
        pass
    command = [sys.executable, "-c", RUN]
    subprocess.run([*command, alone.path, str(last)], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    before, at_work = 0, 0
    for _ in range(kills):
        child = subprocess.Popen([*command, run.path, str(last)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None and child.stdout.readline() == "go\n"
        time.sleep(draw.uniform(0, 0.06))
        child.send_signal(signal.SIGKILL)
        said = child.stdout.read()
        at_work += child.wait() == -signal.SIGKILL
        child.stdout.close()
        assert said == ""  # no checkpoint was found damaged
        found = Checkpoints(run.checkpoints, keep=3).newest(lambda line: pytest.fail(line))
        now = found[0] if found else 0
        assert now >= before and now % 4 == 0
        before = now
    done = subprocess.run([*command, run.path, str(last)], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "go\n" and at_work == kills
    assert contents(run) == contents(alone)
    assert not [p for p in run.path.rglob("*") if p.name.endswith((".tmp", "-wal", "-shm"))]


def test_killed_and_resumed(tmp_path):
    killed_and_resumed(tmp_path, kills=10, last=1000, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3, 4])
def test_killed_and_resumed_often(tmp_path, seed):
    killed_and_resumed(tmp_path, kills=40, last=4000, seed=seed)


@pytest.mark.slow
def test_ten_thousand_saves_leave_nothing_behind(tmp_path):
    """Descriptors, files and memory stay flat."""
    points, used = Checkpoints(tmp_path, keep=2), []
    tracemalloc.start()
    try:
        for g in range(10_001):
            points.save(g, NEW, {})
            if g % 5000 == 0:
                used.append((len(os.listdir("/proc/self/fd")), tracemalloc.get_traced_memory()[0]))
    finally:
        tracemalloc.stop()
    assert used[1][0] == used[2][0] and used[2][1] - used[1][1] < 500_000
    assert len(os.listdir(tmp_path)) == 2
    with pytest.raises(InputError, match="no checkpoint at"):
        load(points.path(0))
