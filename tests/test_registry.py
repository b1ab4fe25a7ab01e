"""Plug-ins are found by their file, and a broken one is one line that says where."""

import os
import re
import sys
import textwrap

import pytest

from alife.core import contracts, registry
from alife.core.errors import ConfigError

GOOD = """
from alife.core.settings import Settings

class Params(Settings):
    size: int = 3

def parents(scores, n, seed, p):
    return []
"""


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write a plug-in into the current folder, which is empty; modules loaded by the test are forgotten after it."""
    monkeypatch.chdir(tmp_path)
    before = set(sys.modules)

    def write(text, name="w.py"):
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else textwrap.dedent(text).encode())
        return f"./{name}"

    yield write
    for name in set(sys.modules) - before:
        if name.startswith("alife_plugin_"):
            del sys.modules[name]
    registry._checked.clear()


def refused(kind, group="selection", base=None):
    with pytest.raises(ConfigError) as caught:
        registry.load(group, kind, base)
    message = str(caught.value)
    assert "\n" not in message and message.isprintable()
    return message


def loaded_from_files():
    return {name for name in sys.modules if name.startswith("alife_plugin_")}


@pytest.mark.parametrize("group", registry.GROUPS)
def test_every_plugin_loads_from_its_own_file(group):
    assert registry.names(group) == sorted(registry.names(group))
    for name in registry.names(group):
        module = registry.load(group, name)
        assert registry.source(module).stem == name
        assert registry.load(group, name) is module


def test_names_imports_nothing_and_skips_helpers(tmp_path, monkeypatch):
    package = tmp_path / "some_worlds"
    package.mkdir()
    for name in ("__init__.py", "_helper.py", "b.py", "a.py", "notes.txt"):
        (package / name).write_text("" if name == "__init__.py" else "raise RuntimeError")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(registry.GROUPS, "worlds", "some_worlds")
    assert registry.names("worlds") == ["a", "b"]
    assert refused("a", "worlds") == "some_worlds/a.py:1: RuntimeError"
    assert refused("_helper", "worlds") == "no worlds named '_helper'. Known: a, b."


def test_an_unknown_name_is_told_the_likely_one():
    assert refused("lexicas").startswith("no selection named 'lexicas'. Did you mean 'lexicase'? Known: ")
    assert refused("").startswith("no selection named ''. Known: ")
    assert len(refused("x" * 100_000)) < 500


def test_a_file_is_run_once_per_content_and_says_so(write, tmp_path, capsys):
    kind = write(GOOD, "my-selection.v2.py")
    module = registry.load("selection", kind)
    assert module.__name__.startswith("alife_plugin_my_selection_v2_")
    assert sys.modules[module.__name__] is module
    assert registry.source(module) == tmp_path / "my-selection.v2.py"
    assert registry.load("selection", str(tmp_path / "my-selection.v2.py")) is module
    assert capsys.readouterr() == ("", f"alife: note: {tmp_path / 'my-selection.v2.py'} is code and runs with your rights\n")
    assert not (tmp_path / "__pycache__").exists()


def test_an_edit_of_the_same_size_and_time_is_another_module(write, tmp_path):
    first = registry.load("selection", write(GOOD))
    times = os.stat("w.py")
    write(GOOD.replace("size: int = 3", "size: int = 4"))
    os.utime("w.py", ns=(times.st_atime_ns, times.st_mtime_ns))
    second = registry.load("selection", "./w.py")
    assert (first.Params().size, second.Params().size) == (3, 4)
    assert first.__name__ != second.__name__


def test_a_relative_path_starts_at_the_base(write, tmp_path):
    write(GOOD)
    (tmp_path / "elsewhere").mkdir()
    os.chdir(tmp_path / "elsewhere")
    assert registry.load("selection", "./w.py", tmp_path).Params().size == 3
    assert registry.locate("selection", "w.py", tmp_path) == tmp_path / "w.py"
    assert "No such file or directory" in refused("./w.py")


def test_the_contract_is_checked_once(write, monkeypatch):
    calls = []
    monkeypatch.setattr(contracts, "check", lambda *arguments: calls.append(arguments))
    kind = write(GOOD)
    module = registry.load("selection", kind)
    registry.load("selection", kind)
    assert calls == [("selection", module, kind)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = 1\n\n def f(:\n", "selection file ./w.py:3: syntax error: "),
        ("x = 1\ny = z\n", "./w.py:2: NameError: name 'z' is not defined"),
        ("def f():\n    return 1 / 0\n\nf()\n", "./w.py:2: ZeroDivisionError: division by zero"),
        ("import no_such_thing\n", "./w.py:1: ModuleNotFoundError: No module named 'no_such_thing'"),
        ("raise SystemExit(3)\n", "./w.py:1: SystemExit: 3"),
        ("raise ValueError('two\\nlines \\x1b[31m')\n", "./w.py:1: ValueError: two lines \\x1b[31m"),
        ("def f():\n    f()\nf()\n", "./w.py:2: RecursionError: "),
        ("", "./w.py: expected a class 'Params(Settings)', found nothing"),
        (
            GOOD.replace("scores, n, seed, p", "scores"),
            "./w.py: expected parents(scores, n, seed, p), found 1 arguments",
        ),
        (
            GOOD.replace("def parents", "def folks"),
            "./w.py: expected a function parents(scores, n, seed, p), found nothing",
        ),
        (GOOD + "parents = max\n", "./w.py: no signature found"),
        (b"\xff\xfe", "selection file ./w.py"),
        (b"x = 1\x00", "selection file ./w.py"),
        (b"(" * 100_000, "selection file ./w.py:1: syntax error: "),
    ],
)
def test_a_broken_file_is_one_line_with_its_place(write, text, expected):
    kind = write(text)
    before = loaded_from_files()
    assert refused(kind).startswith(expected)
    assert loaded_from_files() == before


def test_what_is_not_a_file_is_refused(write, tmp_path):
    assert refused("./nix.py") == f"selection file ./nix.py: No such file or directory (looked for {tmp_path}/nix.py)"
    assert re.match(r"selection file \./nix\\x00\.py: (stat: )?embedded null", refused("./nix\0.py"))
    assert refused(str(tmp_path)) == f"selection file {tmp_path}: expected a Python file, found a folder"
    os.mkfifo("pipe.py")
    assert refused("pipe.py") == "selection file pipe.py: expected a Python file, found a special file"
    assert "File name too long" in refused("./" + "x" * 5000)


def test_a_keyboard_interrupt_passes(write):
    kind = write("raise KeyboardInterrupt\n")
    before = loaded_from_files()
    with pytest.raises(KeyboardInterrupt):
        registry.load("selection", kind)
    assert loaded_from_files() == before
