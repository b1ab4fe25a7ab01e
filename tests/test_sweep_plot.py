"""The picture of a sweep: intervals against plain definitions, what is drawn, and that the command writes it."""

import io
import math

import numpy as np
import pytest
from conftest import SMALL
from matplotlib.figure import Figure
from PIL import Image

from alife.core import rng
from alife.insight import sweep_plot


@pytest.mark.parametrize(("wins", "n"), [(0, 10), (10, 10), (3, 10), (1, 1), (40, 97)])
def test_the_wilson_interval_is_where_the_share_is_no_surprise(wins, n):
    """Its ends are the shares p for which (share - p)^2 = 1.96^2 p (1 - p) / n."""
    for end in sweep_plot.wilson(wins, n):
        assert (wins / n - end) ** 2 == pytest.approx(1.96**2 * end * (1 - end) / n, abs=1e-12)
    low, high = sweep_plot.wilson(wins, n)
    assert -1e-12 <= low <= wins / n + 1e-12 and wins / n - 1e-12 <= high <= 1 + 1e-12 and low < high


def test_the_interval_of_a_median_holds_it_as_often_as_it_says():
    """Of 200 samples of 15 normal numbers; a binomial count of mean 190 is above 178 but for 1 in 1,000."""
    from statistics import NormalDist

    uniform = rng.uniforms((200, 15), 7).astype(float)
    samples = np.vectorize(NormalDist().inv_cdf)(np.clip(uniform, 1e-6, 1 - 1e-6))
    inside = sum(low <= 0 <= high for _, low, high in map(sweep_plot.of_median, samples))
    assert inside > 178
    assert sweep_plot.of_median(np.full(5, 3.0)) == (3.0, 3.0, 3.0)


def rows():
    made = []
    for kind, better in (("lsh", 1), ("none", 0)):
        for seed in range(4):
            solved = bool(better) and seed > 0
            z = math.nan if kind == "none" and seed == 3 else better * (0.9 + seed / 50)
            took = 100 + seed if solved else None
            made.append({"memory.kind": kind, "world": "copy", "seed": seed, "z": z, "solved": solved, "solved_evaluations": took})
    return made


def test_what_is_drawn(tmp_path):
    figure = Figure()
    sweep_plot.draw(figure, rows(), ["memory.kind"])
    solved, merit, cost = figure.axes
    assert [text.get_text() for text in solved.get_xticklabels()] == ["lsh", "none"]
    shares = [bar.lines[0].get_ydata()[0] for bar in solved.containers]
    assert shares == [0.75, 0.0]
    assert [len(line.get_ydata()) for line in merit.lines if len(line.get_ydata()) > 2] == [4, 3], "what is no number is left out"
    assert len(cost.containers) == 1 and all(axes.get_xlabel() and axes.get_ylabel() for axes in figure.axes)
    for name in ("a.png", "b.png"):
        sweep_plot.write(rows(), ["memory.kind"], tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert np.asarray(Image.open(io.BytesIO((tmp_path / "a.png").read_bytes())).convert("L")).std() > 5


def test_cells_are_named_by_their_values():
    two = [{**row, "world.bits": 3} for row in rows()]
    assert list(sweep_plot.cells(two, ["memory.kind", "world.bits"])) == ["kind lsh\nbits 3", "kind none\nbits 3"]
    assert list(sweep_plot.cells(rows(), [])) == ["copy"]


def test_the_command_draws_it(tmp_path, alife):
    said = alife("sweep", "copy", *SMALL, "--generations", 1, "--seeds", 2, "--out", tmp_path, "--json")
    assert said.code == 0 and len(said.json["rows"]) == 2
    assert (tmp_path / "sweep.png").stat().st_size > 5000 and f"figure {tmp_path / 'sweep.png'}" in said.err
