"""Films give back the frames that were put in, small, and whole or not at all."""

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from alife.core import rng
from alife.core.errors import ConfigError, DiskError, UserError
from alife.viewer import recorder
from alife.viewer.recorder import Recorder

NEAR = 20
"""How far a colour may be from its own, in a film of calm pictures."""


def read(path):
    """Frames uint8 (H, W, 3) of a GIF with their milliseconds, one at a time."""
    with Image.open(path) as film:
        for i in range(film.n_frames):
            film.seek(i)
            yield np.asarray(film.convert("RGB")), film.info["duration"]


def recorded(path, frames, fps=10.0, **more):
    film = Recorder(path, fps, **more)
    added = [film.add(frame) for frame in frames]
    film.save()
    return film, added


def calm(count, height=560, width=900):
    """Frames of a still ground with smooth shades, in which a bar grows and some letters change; one at a time."""
    frame = np.full((height, width, 3), (17, 19, 24), np.uint8)
    frame[: height // 2, : width // 2, 1] = np.linspace(30, 220, width // 2).astype(np.uint8)
    for i in range(count):
        frame[height * 3 // 4 :, : width * i // count] = (230, 159, 0)
        letters = frame[height // 2 : height // 2 + 12, -80:, 0]
        letters[...] = rng.bits(letters.size, i).reshape(letters.shape).astype(np.uint8) & 0xC0
        yield frame.copy()


@given(st.lists(st.lists(st.integers(0, 4), min_size=6, max_size=6), min_size=1, max_size=8), st.integers(1, 50))
@settings(max_examples=40, deadline=None)
def test_a_film_of_few_colours_is_exact(tmp_path_factory, pictures, fps):
    colours = np.array([(17, 19, 24), (0, 0, 0), (255, 255, 255), (230, 159, 0), (86, 180, 233)], np.uint8)
    frames = colours[np.array(pictures).reshape(-1, 2, 3)]
    path = tmp_path_factory.mktemp("film") / "a.gif"
    film, added = recorded(path, frames, fps)
    shown, lasts = zip(*read(path), strict=True)
    assert np.array_equal(shown, frames) and all(added) and film.frames == len(frames)
    assert sum(lasts) == 10 * round(100 * len(frames) / fps) and max(lasts) - min(lasts) <= 10


def test_a_calm_window_is_small_and_true(tmp_path):
    recorded(tmp_path / "a.GIF", calm(100), 25)
    for (shown, lasts), frame in zip(read(tmp_path / "a.GIF"), calm(100), strict=True):
        assert lasts == 40 and abs(shown.astype(np.int16) - frame).max() <= NEAR
    assert (tmp_path / "a.GIF").stat().st_size < 1_000_000


def test_without_change_a_frame_costs_nothing(tmp_path):
    sizes = []
    for count in (1, 101):
        recorded(tmp_path / "a.gif", [*calm(1, 90, 160)] * count)
        sizes.append((tmp_path / "a.gif").stat().st_size)
    assert sizes[1] - sizes[0] < 100 * 40 and len([*read(tmp_path / "a.gif")]) == 101


def test_more_colours_than_a_palette_holds(tmp_path):
    shades = np.stack(np.meshgrid(*[np.arange(0, 256, 8)] * 3), -1).astype(np.uint8).reshape(2, 128, 128, 3)
    recorded(tmp_path / "a.gif", shades)
    shown = np.array([frame for frame, _ in read(tmp_path / "a.gif")])
    away = abs(shown.astype(int) - shades)
    assert len(np.unique(shown.reshape(-1, 3), axis=0)) > 200 and away.mean() < 20


def test_frames_beyond_the_most_are_refused(tmp_path):
    film, added = recorded(tmp_path / "a.gif", calm(5, 16, 16), most_frames=3)
    assert added == [True] * 3 + [False] * 2 and film.frames == 3 and len([*read(tmp_path / "a.gif")]) == 3
    assert not film.add(next(calm(1, 16, 16)))


def test_there_is_no_file_before_it_is_saved(tmp_path, monkeypatch):
    film = Recorder(tmp_path / "a.gif", 10)
    with pytest.raises(UserError, match="nothing has been recorded"):
        film.save()
    film.add(next(calm(1, 16, 16)))
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(recorder.atomic.os, "replace", lambda *paths: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(DiskError, match="No space left"):
        film.save()
    assert list(tmp_path.iterdir()) == []
    monkeypatch.undo()
    film.save()  # the film is still there
    assert len([*read(tmp_path / "a.gif")]) == 1


@pytest.mark.parametrize("name", ["a.png", "a", "a.mp4.txt"])
def test_other_suffixes_are_refused(tmp_path, name):
    with pytest.raises(ConfigError, match=r"ends in \.gif or \.mp4, got"):
        Recorder(tmp_path / name, 10)


@pytest.mark.parametrize("fps", [0, -1, 51, float("nan")])
def test_other_speeds_are_refused(tmp_path, fps):
    with pytest.raises(ConfigError, match="frames a second"):
        Recorder(tmp_path / "a.gif", fps)


@pytest.mark.parametrize("frame", [np.zeros((8, 9, 3), np.uint8), np.zeros((8, 8, 3)), np.zeros((8, 8), np.uint8)])
def test_other_frames_are_refused(tmp_path, frame):
    film = Recorder(tmp_path / "a.gif", 10)
    film.add(np.zeros((8, 8, 3), np.uint8))
    with pytest.raises(UserError, match=r"expected frames uint8 \(8, 8, 3\)"):
        film.add(frame)
    assert film.frames == 1


@pytest.mark.parametrize("module", ["imageio.v2", "imageio_ffmpeg"])
def test_without_the_extra_it_says_what_to_install(tmp_path, monkeypatch, module):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UserError) as error:
        Recorder(tmp_path / "a.mp4", 10)
    assert "pip install 'alife[video]'" in str(error.value) and "a .gif needs nothing" in str(error.value)
    assert len(str(error.value).splitlines()) == 1


def test_an_mp4_has_the_frames(tmp_path):
    imageio = pytest.importorskip("imageio.v2")
    pytest.importorskip("imageio_ffmpeg")
    frames = np.array([*calm(12, 75, 121)])
    film, _ = recorded(tmp_path / "a.mp4", frames, 12)
    film.save()  # a second time: the same film
    with imageio.get_reader(tmp_path / "a.mp4") as reader:
        assert abs(reader.get_meta_data()["duration"] - 1) < 0.1 and reader.get_meta_data()["fps"] == 12
        shown = np.array([*reader.iter_data()])
    assert shown.shape == (12, 76, 122, 3)
    assert abs(shown[:, :75, :121].astype(int) - frames).mean() < 8
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]
