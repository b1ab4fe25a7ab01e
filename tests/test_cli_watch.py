"""`alife watch`: all four sources, films, the window's end, and every mistake in one line."""

import json
import os
import shutil
import signal
import subprocess
import sys

import numpy as np
import pytest
from conftest import command_line, evolves
from PIL import Image

pytestmark = evolves

MEADOW = """
world:
  kind: ecosystem
  rows: 24
  columns: 24
  founders: 60
  founder_energy: 600
  cover: 0.5
  look: 4
memory:
  bits: 64
run:
  seed: 2
  keep: 5
"""
SHORT = "world: {kind: copy, bits: 4, length: 2}\nmemory: {bits: 64}\nevolve: {population: 16, lives: 4, validation: 16, report: 32}\n"
SECOND = 12
"""Pictures; a tick has four."""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Two configs, in the folder in which commands run; settings of the window stay in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALIFE_CONFIG_DIR", str(tmp_path / "settings"))
    (tmp_path / "meadow.yaml").write_text(MEADOW, encoding="utf-8")
    (tmp_path / "short.yaml").write_text(SHORT, encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A run of each: eco (100 ticks, saved at 60, too) and copy."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "meadow.yaml").write_text(MEADOW, encoding="utf-8")
    (folder / "short.yaml").write_text(SHORT, encoding="utf-8")
    for command in (
        ["run", "meadow.yaml", "--ticks", "60", "--name", "eco"],
        ["run", "runs/eco", "--ticks", "40"],
        ["evolve", "short.yaml", "--generations", "1", "--name", "copy"],
    ):
        subprocess.run(command_line(*command), cwd=folder, check=True, capture_output=True)
    return folder / "runs"


@pytest.fixture
def runs(folder, made):
    """Copies of them, in the folder."""
    shutil.copytree(made, folder / "runs")
    return folder / "runs"


def files(folder):
    """Path -> content and time of change."""
    return {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in sorted(folder.rglob("*")) if p.is_file()}


def length(path):
    """Seconds of a GIF."""
    image, total = Image.open(path), 0
    for i in range(image.n_frames):
        image.seek(i)
        total += image.info["duration"]
    return total / 1000


def test_the_help(alife):
    said = alife("watch", "--help")
    assert said.code == 0
    for word in ("SOURCE", "--film", "--follow", "champion|ID", "--colour", "--ticks", "H shows the keys"):
        assert word in said.out


def test_the_help_of_all_does_not_wait_for_pygame():
    script = "import sys; from alife.cli import main; main._register(); assert not {'pygame', 'numba', 'alife.viewer'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True)


# ---- films of all that can be watched ----


def test_an_ecosystem_config(folder, alife):
    said = alife("watch", "meadow.yaml", "--film", "a.gif", "--seconds", 1, "--ticks", 20, "--json")
    assert said.json["tick"] == 22 and said.json["living"] == 60 and said.json["film"] == "a.gif" and said.json["edits"] == 0
    assert length("a.gif") == 1
    assert said.json["digest"] == alife("run", "meadow.yaml", "--ticks", 22, "--json").json["digest"]  # looking changes nothing
    assert sorted(path.name for path in folder.iterdir()) == ["a.gif", "meadow.yaml", "runs", "short.yaml"]


def test_an_ecosystem_run(runs, alife):
    before = files(runs)
    said = alife("watch", "runs/eco", "--film", "a.gif", "--seconds", 1, "--ticks", 30, "--follow", "champion", "--colour", "key", "--json")
    assert said.code == 0 and said.json["tick"] == 132 and files(runs) == before
    assert said.json["digest"] == alife("run", "meadow.yaml", "--ticks", 132, "--json").json["digest"]
    words = alife("watch", "runs/eco", "--film", "b.gif", "--seconds", 0.5).out
    assert words == f"Film: b.gif\n{said.json['living']} living at tick 101\n" or words.startswith("Film: b.gif\n")


def test_a_problem_config_and_a_run(runs, alife):
    before = files(runs)
    for source in ("short.yaml", "runs/copy"):
        said = alife("watch", source, "--film", "a.gif", "--seconds", 5, "--json")
        assert said.json["lives"] == 1 and 0 <= said.json["score"] <= 1, said.err
        assert length("a.gif") == 5
    score = alife("score", "runs/copy", "--lives", 1, "--json").json["score"]
    assert said.json["score"] == pytest.approx(score) and files(runs) == before


def test_a_damaged_checkpoint_is_skipped_with_a_note(runs, alife):
    newest = max((runs / "eco" / "checkpoints").iterdir())
    newest.write_bytes(newest.read_bytes()[:-100])
    said = alife("watch", "runs/eco", "--film", "a.gif", "--seconds", 0.5, "--json")
    assert said.code == 0 and said.json["tick"] < 100
    (note,) = [line for line in said.err.splitlines() if "skipped" in line]
    assert note.startswith("alife: ") and newest.name in note


# ---- the window ----


def visited(monkeypatch, keys):
    """The window opens where nobody sees it, and these keys are pressed, then it is closed."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    from alife.viewer import display, window

    pygame = display.pygame

    def opened(source, size):
        surface = display.open_window(source, size)
        for key in keys:
            pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=ord(key), unicode=key))
        pygame.event.post(pygame.event.Event(pygame.QUIT))
        return surface

    monkeypatch.setattr(window, "open_window", opened)


@pytest.mark.parametrize("source", ["meadow.yaml", "short.yaml", "runs/eco", "runs/copy"])
def test_a_window_writes_only_pictures_that_were_asked_for(runs, alife, monkeypatch, source):
    before = files(runs)
    visited(monkeypatch, [])
    said = alife("watch", source)
    assert said.code == 0 and files(runs) == before
    assert ("living at tick" if source in ("meadow.yaml", "runs/eco") else "lives lived to their end") in said.out
    visited(monkeypatch, ["p"])
    assert alife("watch", source, "--json").json["film"] is None
    folder = runs.parent / source / "plots" if source.startswith("runs") else runs.parent / "watched"
    (picture,) = [path for path in folder.iterdir() if path.suffix == ".png"]
    assert Image.open(picture).size[0] >= 640
    assert [path for path in files(runs) if path not in before] == [picture] * source.startswith("runs")


def without_display(*arguments):
    """The command in another process that has no display."""
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER", "XDG_RUNTIME_DIR")
    kept = {key: value for key, value in os.environ.items() if key not in hidden}
    return subprocess.run(command_line(*arguments), env=kept, capture_output=True, text=True, timeout=300)


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="there is always a display")
def test_without_a_display_it_says_so_and_what_to_do(runs):
    for source, instead in (("meadow.yaml", "run"), ("runs/copy", "score")):
        done = without_display("watch", source)
        assert (done.returncode, done.stdout) == (1, "")
        (line,) = done.stderr.splitlines()
        assert line.startswith("alife: error: no display")
        assert line.endswith(f"Without one: alife {instead} {source}, or alife watch {source} --film out.gif")
    done = without_display("watch", "runs/copy", "--film", "a.gif", "--seconds", "0.2")
    assert (done.returncode, done.stderr) == (0, "")


# ---- mistakes ----


@pytest.mark.parametrize(
    "arguments, code, words",
    [
        (["copy", "--film", "a.png"], 2, "film: expected a file name that ends in .gif or .mp4, got 'a.png'"),
        (["copy", "--film", "no/a.gif"], 66, "--film: there is no folder "),
        (["copy", "--film", "a.gif", "--seconds", "nan"], 2, "--seconds: expected 0.2 to 120, got nan"),
        (["copy", "--film", "a.gif", "--seconds", "0"], 2, "--seconds: expected 0.2 to 120, got 0"),
        (["copy", "--film", "a.gif", "--ticks", "-1"], 2, "--ticks: expected a whole number >= 0, got -1"),
        (["copy", "--film", "a.gif", "--follow", "champion"], 2, "--follow: a problem's film shows the mind of its one agent"),
        (["copy", "--film", "a.gif", "--colour", "age"], 2, "--colour: only an ecosystem has agents to be coloured"),
        (["copy", "--seconds", "3"], 2, "--seconds: it is about a film; add --film out.gif"),
        (["meadow.yaml", "--follow", "3"], 2, "--follow: it is about a film"),
        (["meadow.yaml", "--film", "a.gif", "--colour", "blue"], 2, "--colour: expected one of species, energy, "),
        (["meadow.yaml", "--film", "a.gif", "--follow", "me"], 2, "--follow: expected 'champion' or the id of an agent that lives at"),
        (["meadow.yaml", "--film", "a.gif", "--follow", "9" * 30], 2, "--follow: expected 'champion' or the id of an agent that lives"),
        (["meadow.yaml", "--film", "a.gif", "--follow", "60"], 2, "lives at tick 0, got '60'"),
        (["cpoy"], 2, "did you mean 'copy'?"),
        (["nothing.yaml"], 66, "nothing.yaml: No such file"),
        (["runs"], 66, "no run folder"),
        (["runs/eco", "--set", "world.rows=9"], 2, "keeps its rules; a new one: alife watch runs/eco/config.yaml"),
        (["runs/eco", "--seed", "9"], 2, "--set, --seed: a world that has begun keeps its rules"),
        (["runs/copy", "--film", "a.gif", "--set", "world.nonsense=9"], 2, "nonsense"),
    ],
)
def test_mistakes(runs, alife, arguments, code, words):
    said = alife("watch", *arguments)
    assert said.code == code and said.out == "" and words in said.error
    assert not list(runs.parent.glob("*.gif"))


def test_nothing_saved_yet(runs, alife):
    (runs / "copy" / "champion.npz").unlink()
    for checkpoint in (runs / "eco" / "checkpoints").iterdir():
        checkpoint.unlink()
    assert alife("watch", "runs/copy").error == "runs/copy has no champion yet: champion.npz is missing"
    said = alife("watch", "runs/eco", "--film", "a.gif")
    assert said.code == 66 and said.error == "runs/eco has no checkpoint yet"


def test_mp4_needs_an_extra(folder, alife, monkeypatch):
    monkeypatch.setitem(sys.modules, "imageio.v2", None)
    said = alife("watch", "short.yaml", "--film", "a.mp4")
    assert said.code == 1 and "pip install 'alife[video]'" in said.error


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_while_filming(folder, number, code):
    """The signal comes at the third picture. No file, not even half of one."""
    script = f"""
import os
from alife.viewer import recorder
add = recorder.Recorder.add
def interrupted(self, frame):
    if self.frames == 2:
        os.kill(os.getpid(), {int(number)})
    return add(self, frame)
recorder.Recorder.add = interrupted
from alife.cli.main import main
main(["watch", "short.yaml", "--film", "a.gif", "--seconds", "100"])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=300)
    assert done.returncode == code and "Traceback" not in done.stderr and done.stdout == ""
    assert sorted(path.name for path in folder.iterdir()) == ["meadow.yaml", "short.yaml"]


def test_many_ticks_before_looking_are_announced(folder, alife, monkeypatch):
    monkeypatch.setattr("alife.cli.watch._PATIENCE", 0.0)
    said = alife("watch", "meadow.yaml", "--film", "a.gif", "--seconds", 0.2, "--ticks", 30)
    assert said.err.splitlines() == ["alife: living until tick 30 before anybody looks"]


def test_what_could_be_read_is_json(folder, alife):
    said = alife("watch", "short.yaml", "--film", "a.gif", "--seconds", 0.2, "--json")
    assert json.loads(said.out) == {"lives": 0, "score": None, "film": "a.gif"}
    assert np.array_equal(Image.open("a.gif").size, (960, 600))
