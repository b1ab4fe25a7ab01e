"""What the window remembers: read back as it was, and a file of any contents is only a note."""

import json
import os
import stat

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alife.store import atomic
from alife.viewer import preferences
from alife.viewer.docks import Docks
from alife.viewer.preferences import Preferences

DOCKS = Docks(512.5, 200.0, 180.0, ("mind", "tree"))
KEPT = Preferences(docks=DOCKS, size=(1600, 900), scale=1.5, colour="energy", charts=("agents", "births"))


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.setenv("ALIFE_CONFIG_DIR", str(tmp_path / "deep" / "config"))
    return tmp_path / "deep" / "config" / "window.json"


def test_what_is_kept_is_found(file):
    assert preferences.load() == (Preferences(), "")
    assert not file.parent.exists()
    for kept in (KEPT, Preferences()):
        assert preferences.save(kept) == ""
        assert preferences.load() == (kept, "")
    assert [path.name for path in file.parent.iterdir()] == ["window.json"]


def test_what_an_older_version_left_out_is_as_usual(file):
    preferences.save(KEPT)
    content = json.loads(file.read_text())
    del content["colour"], content["docks"]["tree"]
    file.write_text(json.dumps(content))
    loaded, note = preferences.load()
    assert note == "" and loaded.colour == "" and loaded.docks == Docks(512.5, 200.0, 240.0, ("mind", "tree"))


@pytest.mark.parametrize(
    "content, words",
    [
        (b"", "the file: Invalid JSON"),
        (b'{"docks"', "the file: Invalid JSON"),
        (b"null", "the file: Input should be"),
        (b"\xff\xfe\x00", "the file: Invalid JSON"),
        (b"[" * 60_000, "recursion limit"),
        (b'{"scale": ' + b"9" * 60_000 + b"}", "out of range"),
        (b'{"scale": NaN}', "scale"),
        (b'{"scale": 1e999}', "scale"),
        (b'{"scale": "1"}', "scale: Input should be a valid number"),
        (b'{"size": [true, 600]}', "size.0: Input should be a valid integer"),
        (b'{"size": [10, 600]}', "size.0: Input should be greater than or equal to 320"),
        (b'{"size": [99999999, 600]}', "size.0"),
        (b'{"docks": {"mind": -1}}', "docks.mind"),
        (b'{"docks": {"mind": NaN}}', "docks.mind"),
        (b'{"docks": {"mind": "wide"}}', "docks.mind"),
        (b'{"docks": {"width": 3}}', "docks.width"),
        (b'{"docks": {"shown": ["mind", "moon"]}}', "docks.shown.1"),
        (b'{"colour": "' + b"x" * 65 + b'"}', "colour"),
        (b'{"later": 1}', "later: Extra inputs are not permitted"),
        (b'{"a\\u001b[2J\\nb": 1}', "a[2Jb: Extra"),
        (b" " * 70_000, "larger than 65536 bytes"),
    ],
)
def test_a_bad_file_is_a_note(file, content, words):
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    loaded, note = preferences.load()
    assert loaded == Preferences()
    assert str(file) in note and words in note and note.endswith("begun with the defaults")
    assert note.isprintable() and len(note) < len(str(file)) + 300
    assert preferences.save(KEPT) == "" and preferences.load() == (KEPT, "")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=300) | st.recursive(st.none() | st.floats() | st.text() | st.integers(), lambda inner: (
    st.lists(inner) | st.dictionaries(st.sampled_from(["docks", "size", "mind", "shown", "scale", "charts", "colour"]), inner)
)).map(lambda data: json.dumps(data).encode()))  # fmt: skip
def test_any_file_is_survived(file, content):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    loaded, note = preferences.load()
    assert isinstance(loaded, Preferences) and (note or set(json.loads(content)) <= set(Preferences.model_fields))


@pytest.mark.parametrize("make", [lambda path: path.mkdir(), lambda path: os.mkfifo(path), lambda path: path.symlink_to(path)])
def test_what_is_no_file_is_a_note(file, make):
    file.parent.mkdir(parents=True)
    make(file)
    loaded, note = preferences.load()
    assert loaded == Preferences() and note.startswith(f"cannot read {file}: ")


def test_a_folder_that_cannot_be_made_is_a_note(file, tmp_path):
    (tmp_path / "deep").write_text("a file")
    assert preferences.save(KEPT).startswith(f"cannot write {file}: ")
    assert preferences.load()[0] == Preferences()


def test_a_full_disk_is_a_note_and_leaves_the_old(file, monkeypatch):
    preferences.save(KEPT)

    class Full:
        def __getattr__(self, name):
            return getattr(os, name)

        def write(self, *_):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic, "os", Full())
    assert preferences.save(Preferences()) == f"cannot write {file}: No space left on device"
    monkeypatch.undo()
    monkeypatch.setenv("ALIFE_CONFIG_DIR", str(file.parent))
    assert preferences.load() == (KEPT, "") and len(list(file.parent.iterdir())) == 1


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read and write anything")
def test_forbidden_files_are_a_note(file):
    preferences.save(KEPT)
    file.chmod(0)
    file.parent.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        assert "cannot read" in preferences.load()[1] and "cannot write" in preferences.save(KEPT)
    finally:
        file.parent.chmod(0o700)


def test_without_a_home_nothing_is_written(monkeypatch, tmp_path):
    monkeypatch.delenv("ALIFE_CONFIG_DIR", raising=False)
    monkeypatch.setattr(preferences.typer, "get_app_dir", lambda name: f"~/.config/{name}")
    monkeypatch.chdir(tmp_path)
    assert preferences.path() is None and preferences.load() == (Preferences(), "")
    assert "no home folder" in preferences.save(KEPT) and list(tmp_path.iterdir()) == []
