"""The window shows what happens, and looking at it changes nothing."""

import hashlib
import math
import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from alife.core import config, rng
from alife.core.errors import ConfigError
from alife.core.lanes import LANES
from alife.evolve import run as runs
from alife.insight.score import TEST, champion_of, score_run
from alife.sim.agent import Agent
from alife.viewer import draw, window
from alife.viewer.lives import Lives

pygame = draw.pygame
MOVES = ["home", "jump", "next", "hold", "prev"]
TINY = {
    "world": {"kind": "copy", "bits": 4, "length": [1, 3]},
    "memory": {"bits": 64},
    "evolve": {"population": 16, "lives": 4, "generations": 2, "validation": 16, "report": 32},
}


class Silent:
    """A listener that says nothing."""

    def note(self, text):
        pass

    def generation(self, report, evolution, seconds):
        pass


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    outcome = runs.begin(config.load(TINY), tmp_path_factory.mktemp("runs"), Silent())
    return runs.Path(outcome.run)


@pytest.fixture
def lives(run):
    _, agent, genome = champion_of(run)
    return Lives(agent, genome[None], "champion")


def of_many_moves(moves=MOVES, agents=40):
    agent = Agent(config.load({**TINY, "head": {"moves": moves}}))
    return Lives(agent, rng.uniforms((agents, agent.genes), 5) * np.float32(6) - np.float32(2), "agent")


def digest(part, total=None):
    """Of every array of a block."""
    total = total or hashlib.sha256()
    for each in part if isinstance(part, tuple) else ():
        digest(each, total)
    if isinstance(part, np.ndarray):
        total.update(np.ascontiguousarray(part).tobytes())
    return total.hexdigest()


def files(folder):
    """Path -> content and time of change."""
    return {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in sorted(folder.rglob("*")) if p.is_file()}


def test_the_lives_are_those_of_alife_score(run, lives):
    while len(lives.scores) < 5:
        lives.step()
    assert np.mean(lives.scores) == score_run(run, 5, threads=1).score
    assert lives.life == 4


def test_looking_changes_nothing(run, lives):
    _, agent, genome = champion_of(run)
    unseen = Lives(agent, genome[None], "champion")
    for _ in range(20):
        assert digest(unseen.block) == digest(lives.block)
        draw.frame(lives.snapshot(), (640, 480))
        lives.step()
        unseen.step()


def test_a_tick_is_the_tick_of_evolution(lives):
    agent, block = lives.agent, lives.agent.block()
    seed = rng.bits(1, rng.key(agent.config.run.seed, TEST))[0]
    agent.kernels.begin(block, np.full(LANES, seed, np.uint64))
    block.alive[1:] = 0
    while not lives.over:
        agent.kernels.advance(block, lives.w, 1, np.zeros(LANES, np.int64))
        shown = lives.snapshot()
        assert digest((block.x, block.r, block.v, block.g, block.head, block.memory)) == digest(
            (lives.block.x, lives.block.r, lives.block.v, lives.block.g, lives.block.head, lives.block.memory)
        )
        assert [value for _, value in shown.actions] == block.x[: len(shown.actions), 0].tolist()
        assert shown.weight == np.linalg.norm(agent.memory.module.contents(block.memory)[..., 0])
        lives.step()
    assert lives.snapshot().tick == lives.tick and not block.alive[0]


def test_the_move_shown_is_the_move_made():
    lives, seen = of_many_moves(), set()
    while lives.life < 39:
        before, head = lives.block.head.a.copy(), lives.block.head
        lives.step()
        if lives.over or lives.tick == 1:
            continue
        after = {
            "home": head.home, "jump": head.jump[:, 0], "hold": before[:, 0],
            "next": before[head.order, 0] * head.turn, "prev": np.empty_like(head.home),
        }  # fmt: skip
        after["prev"][head.order] = before[:, 0] * head.turn
        move = lives.snapshot().move
        assert np.array_equal(head.a[:, 0], after[move])
        seen.add(move)
    assert seen == set(MOVES)


def test_without_next_the_head_holds():
    shown = of_many_moves(["jump"]).snapshot()
    assert [name for name, _ in shown.controls] == ["jump", "hold"] and math.isnan(shown.controls[1][1])
    assert shown.move == ("jump" if shown.controls[0][1] > 0 else "hold")
    assert shown.agent == "agent 1"


def test_skipped_lives_have_no_score(lives):
    lives.skip()
    assert (lives.life, lives.tick, lives.over, lives.scores) == (1, 1, False, [])


@pytest.mark.parametrize("size", [(1200, 760), (333, 250), (1, 1)])
def test_a_frame_has_its_size(lives, size):
    frame = draw.frame(lives.snapshot(), size, "paused")
    assert frame.shape == (size[1], size[0], 3) and frame.dtype == np.uint8


def test_frames_are_the_same_until_something_happens(lives):
    first = draw.frame(lives.snapshot(), (800, 600))
    assert np.array_equal(draw.frame(lives.snapshot(), (800, 600)), first)
    lives.step()
    assert not np.array_equal(draw.frame(lives.snapshot(), (800, 600)), first)


def test_what_is_no_number_is_drawn_too(lives):
    lives.block.x[0, 0], lives.block.r[0, 0], lives.seen[0, 0], lives.half[:, 0] = np.nan, np.inf, -np.inf, np.nan
    lives.scores += [math.nan, math.inf, -3.0, 7.0]
    draw.frame(lives.snapshot(), (1200, 760))


def test_pictures_are_scaled_by_whole_factors():
    picture = rng.bits(2 * 3 * 3, 1).astype(np.uint8).reshape(2, 3, 3)
    assert np.array_equal(draw.fitted(picture, 20, 11), picture.repeat(5, 0).repeat(5, 1))
    assert draw.fitted(picture, 1000, 1000).shape == (2 * draw.LARGEST_CELL, 3 * draw.LARGEST_CELL, 3)
    wide = np.zeros((1, 7, 3), np.uint8)
    wide[0, 5] = 9
    assert draw.fitted(wide, 4, 9)[0, :, 0].tolist() == [0, 0, 9, 0]


def test_a_picture_of_another_kind_is_refused(lives, monkeypatch):
    monkeypatch.setattr(lives.agent.world.module, "picture", lambda s, lane: np.zeros((2, 2)))
    with pytest.raises(ConfigError, match=r"copy: expected a picture uint8 .* got float64 \(2, 2\)"):
        lives.snapshot()


@pytest.fixture
def display(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    window._open_display("copy")
    yield
    pygame.display.quit()


def press(keys):
    """Key events, with the letters that they write."""
    for key in keys:
        code = {"escape": pygame.K_ESCAPE}.get(key) or pygame.key.key_code({" ": "space"}.get(key, key))
        pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=code, unicode=key if len(key) == 1 else ""))


def test_keys(display, lives, tmp_path):
    shown = window.Window(lives, tmp_path)
    for keys, expected in (
        (" ", (True, 8, False)), (" ", (False, 8, False)), (".", (True, 8, False)), ("++=", (True, 64, False)),
        ("-", (True, 32, False)), ("h", (True, 32, True)), ("n", (True, 32, True)), ("-" * 9, (True, 1, True)),
        ("+" * 20, (True, 1024, True)), ("x", (True, 1024, True)),
    ):  # fmt: skip
        press(keys)
        for event in pygame.event.get():
            shown.handle(event)
        assert (shown.paused, shown.speed, shown.helping) == expected
    assert (lives.life, lives.tick, shown.is_open) == (1, 1, True)
    shown.advance(1.0)
    assert lives.tick == 1
    shown.paused, shown.speed = False, 4
    shown.advance(0.5)
    assert lives.tick == 3


@pytest.mark.parametrize("last", ["q", "escape"])
def test_watching_writes_nothing_but_pictures_asked_for(run, monkeypatch, last):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    _, agent, genome = champion_of(run)
    before, opened = files(run), window._open_display
    for keys, new in (([".", "h"], []), ([".", "p"], [run / "plots" / "copy_life1_tick2.png"])):
        monkeypatch.setattr(window, "_open_display", lambda source, keys=keys: (opened(source), press([*keys, last])))
        assert window.watch(agent, genome[None], "champion", run / "plots", str(run)) == []
        after = files(run)
        assert [path for path in after if after[path] != before.get(path)] == new
    assert Image.open(new[0]).size == window.SIZE
    new[0].unlink()


def test_a_picture_that_cannot_be_saved_is_told(display, lives, tmp_path):
    shown = window.Window(lives, tmp_path / "nowhere")
    press("p")
    for event in pygame.event.get():
        shown.handle(event)
    assert "cannot write" in shown.message and shown.is_open


def alife(*arguments, **env):
    """A command in another process, without any display."""
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER", "XDG_RUNTIME_DIR")
    kept = {key: value for key, value in os.environ.items() if key not in hidden}
    command = [sys.executable, "-m", "alife.cli.main", *map(str, arguments)]
    return subprocess.run(command, env=kept | env, capture_output=True, text=True)


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="there is always a display")
def test_without_a_display_it_says_so_and_what_to_do(run):
    done = alife("watch", run)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("alife: error: no display")
    assert "alife score RUN" in line and f"alife watch {run} --film out.gif" in line


def test_a_film_needs_no_display(run, tmp_path):
    before = files(run)
    done = alife("watch", run, "--film", tmp_path / "a.gif", "--seconds", "1.5", "--seed", "7")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Film: {tmp_path / 'a.gif'}\n")
    assert files(run) == before
    film = Image.open(tmp_path / "a.gif")
    duration = 0
    for i in range(film.n_frames):
        film.seek(i)
        duration += film.info["duration"]
    assert film.n_frames > 1 and film.size == window.SIZE and duration == 1500


@pytest.mark.parametrize(
    "arguments, code, words",
    [
        (["copy", "--film", "a.png"], 2, "--film: expected a file name that ends in .gif, got 'a.png'"),
        (["copy", "--film", "a.gif", "--seconds", "nan"], 2, "--seconds: expected 0.2 to 60, got nan"),
        (["cpoy"], 2, "did you mean 'copy'?"),
        ([os.curdir], 66, "no run folder"),
    ],
)
def test_bad_usage(arguments, code, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = alife("watch", *arguments)
    assert done.returncode == code and words in done.stderr and len(done.stderr.splitlines()) == 1


def test_a_world_shows_its_first_generation(tmp_path):
    settings = ["--set", "world.length=2", "--set", "evolve.population=4"]
    done = alife("watch", "copy", "--film", tmp_path / "a.gif", "--seconds", "0.6", "--json", *settings)
    assert done.returncode == 0 and f'"film": "{tmp_path / "a.gif"}"' in done.stdout
