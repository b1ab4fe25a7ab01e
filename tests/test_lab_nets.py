"""Nets of the laboratory: gradients against finite differences, the nets against those of the project, and the experiments themselves."""

import importlib
import math

import naive
import numpy as np
import pytest
from matplotlib.figure import Figure

from alife.core import registry, rng
from alife.core.jit import DISABLED
from alife.core.lanes import LANES
from alife.lab import _nets, lottery
from alife.lab._chance import normals, signs
from alife.lab._climbing import climb
from alife.lab._nets import Butterfly, Dense, Fixed, Net, Relu, Switch, dense_net, fit, hadamard, size, transform_net, walsh_net
from alife.lab._tasks import left_over, lissajous, teacher, waves
from alife.lab.other_transforms import transforms

N = 8
LABS = ("fast_transform", "other_transforms", "lottery", "butterfly")
slow_without_compiler = pytest.mark.skipif(DISABLED, reason="thousands of ticks in plain Python")


def off(net, weights, x, y):
    """Largest difference of the gradient from central differences, in sizes of the gradient."""
    _, grads = net.gradient(weights, x, y)
    worst, largest = 0.0, max(float(np.max(abs(g))) for g in grads if g.size)
    for w, g in zip(weights, grads, strict=True):
        for i in np.ndindex(w.shape):
            kept, step = w[i], 1e-6
            w[i] = kept + step
            above = net.gradient(weights, x, y)[0]
            w[i] = kept - step
            below = net.gradient(weights, x, y)[0]
            w[i] = kept
            worst = max(worst, abs(g[i] - (above - below) / (2 * step)) / largest)
    return worst


MASK = np.where(rng.uniforms((5, N), 3) < 0.5, 1.0, 0.0)
NETS = {
    "wht": walsh_net(N, 3),
    "even": walsh_net(N, 3, 2.0, True),
    "cosine": transform_net([Fixed(transforms(N, 1)["cosine"])] * 3, N),
    "butterfly": transform_net([Butterfly(N)] * 3, N),
    "dense": dense_net([N, 6, 5, N]),
    "pruned": Net([Dense(N, 5, 2.0, MASK), Relu(), Dense(5, N)]),
}


@pytest.mark.parametrize("name", NETS)
@pytest.mark.parametrize("outputs", [N, 3])
def test_gradients_are_exact(name, outputs):
    net = NETS[name]
    weights = net.start(1)
    if name == "pruned":
        net = Net([Dense(N, 5, 2.0), Relu(), Dense(5, N)])  # the mask holds weights at 0: below
    weights = [w + 0.1 * normals(w.shape, 2, k) if w.size else w for k, w in enumerate(weights)]  # away from what is alike at the start
    assert off(net, weights, normals((7, N), 4), normals((7, outputs), 5)) < 1e-6


def test_a_wrong_gradient_is_found(monkeypatch):
    back = Switch.back

    def forgets_the_factor(self, w, kept, dy):
        dx, dw = back(self, w, kept, dy)
        return dx, dw / self.c

    monkeypatch.setattr(_nets.Switch, "back", forgets_the_factor)
    net = walsh_net(N, 3)
    assert off(net, net.start(1), normals((7, N), 4), normals((7, N), 5)) > 0.1


def test_pruned_weights_stay_out():
    net = NETS["pruned"]
    weights, errors = fit(net, net.start(1), normals((20, N), 1), normals((20, N), 2), 30, 0.05)
    assert (weights[0][MASK == 0] == 0).all() and (weights[0][MASK == 1] != 0).all() and errors[-1] < errors[0]


@pytest.mark.parametrize("n", [2, 8, 64])
def test_the_transform_is_the_matrix(n):
    x = normals((3, n), 1)
    assert np.allclose(hadamard(x), x @ naive.hadamard(n) / math.sqrt(n), atol=1e-12)
    butterfly = Butterfly(n)
    assert np.allclose(butterfly.run(butterfly.start(1), x)[0], hadamard(x), atol=1e-12) and butterfly.start(1).size == 2 * n * math.log2(n)


def test_our_net_is_that_of_the_project():
    net, x = walsh_net(16, 3), normals((5, 16), 1)
    weights = net.start(2)
    module = registry.load("controllers", "wht")
    p = module.Params(layers_in=3, layers_out=1)
    slopes = math.sqrt(3) * np.stack([*(w for w in weights if w.size), np.zeros((2, 16))])
    y, _ = module.view(p, slopes[None], 0, (x * signs((16,), 1))[None])
    assert np.allclose(net(weights, x), y[0], atol=1e-12) and size(weights) == 2 * 16 * 3


@pytest.mark.parametrize("name", transforms(8, 1))
def test_transforms_are_orthogonal(name):
    matrix = transforms(8, 1)[name]
    assert np.allclose(matrix @ matrix.T, np.eye(8), atol=1e-12)
    if name in ("Hartley", "Walsh-Hadamard"):
        assert np.allclose(matrix, matrix.T, atol=1e-12)


def test_fitting_is_reproducible_and_fits():
    net, (x, y) = walsh_net(16, 5, 2.0, True), waves(16, 64, 1)
    first, second = (fit(net, net.start(1), x, y, 150, 0.05, batch=16) for _ in range(2))
    assert all((a == b).all() for a, b in zip(first[0], second[0], strict=True)) and first[1] == second[1]
    assert left_over(net(first[0], x), y) < 0.5 * left_over(net(net.start(1), x), y)


def test_tasks_are_what_they_say():
    x, y = lissajous(256)
    assert x.shape == (8, 256) and y.shape == (8, 254) and np.allclose(np.mean(x**2, axis=1), 1)
    assert np.allclose(y[0, 0::2], np.sin(2 * np.pi * np.arange(127) / 127 + np.pi / 4)) and len(np.unique(y, axis=0)) == 8
    x, y = waves(64, 40, 3)
    turned = np.fft.irfft(-1j * np.fft.rfft(x, axis=1), axis=1)
    assert np.allclose(turned, y, atol=1e-9) and np.allclose(np.mean(y**2), 1)
    (x, y), (other, _) = teacher(16, 30, 1, 10)
    assert x.shape == (30, 16) and other.shape == (10, 16) and left_over(y, y) == 0 and left_over(0 * y, y) == 1


@slow_without_compiler
def test_climbers_climb_the_net_of_the_project():
    x, y = lissajous(16)
    errors, outputs = climb(x, y, 3, 40, 4, 5, 1, even=True)
    assert errors.shape == (5, LANES) and (np.diff(errors, axis=0) <= 0).all() and (errors[-1] < errors[0]).all()
    assert np.allclose(errors[0], np.sum((x[:, : y.shape[1]] - y) ** 2) / np.sum(y**2), rtol=1e-5)  # even slopes: what goes in comes out
    again = np.sum((outputs[:, : y.shape[1]] - y[..., None]) ** 2, axis=(0, 1)) / np.sum(y**2)
    assert np.allclose(errors[-1], again, rtol=1e-5) and len(np.unique(errors[-1])) == LANES


def test_pruning_keeps_the_largest_and_shuffling_keeps_all():
    net = dense_net(lottery.WIDTHS)
    weights = net.start(3)
    masks = lottery.kept(weights, net, 0.9)
    first = weights[0]
    assert masks[0].mean() == pytest.approx(0.1, abs=1e-3) and masks[2].mean() == pytest.approx(0.55, abs=1e-2)
    assert np.min(abs(first[masks[0] == 1])) >= np.max(abs(first[masks[0] == 0]))
    start = dense_net(lottery.WIDTHS, masks).start(3)
    shuffled = lottery._shuffled(start, 1)
    for a, b in zip(start, shuffled, strict=True):
        assert (np.sort(a.ravel()) == np.sort(b.ravel())).all() and ((a == 0) == (b == 0)).all()
    assert (start[0] != shuffled[0]).any()


@slow_without_compiler
@pytest.mark.parametrize("name", LABS)
def test_experiments_at_small_scale(name):
    lab = importlib.import_module(f"alife.lab.{name}")
    first, second = lab.run(0.05), lab.run(0.05)
    assert first[:3] == second[:3] and first.checks and first.prose and first.claim
    assert all(math.isfinite(check.measured) for check in first.checks)
    figure = Figure()
    first.draw(figure)
    assert figure.axes
