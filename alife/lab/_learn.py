"""Exact gradients of nets of switches, and Adam: enough to train the nets that experiments look at.

Of a layer h <- z * s with s = p or q: dp, dq = g z on the side that was taken, dz = s g, dW = dz h', and on with W' dz. Thresholds are not
learnt: the output jumps there, so their gradient is 0 wherever it exists.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from alife.insight.switches import Layer, Net, Passed, dense, forward, relu
from alife.lab._samples import normals

RELU = ("weights", "bias")
SLOPES = ("opened", "closed")
"""What a layer learns: fields of `Layer`. The read-out's fields are 'readout' and 'offset'."""

_BETA1, _BETA2, _TINY = 0.9, 0.999, 1e-8
"""Kingma & Ba, ICLR 2015."""


def relu_net(sizes: Sequence[int], seed: int, time: int = 0, bias: float = 0.1) -> Net:
    """ReLU net of these widths, input first, output last: W ~ N(0, 2 / inputs), R ~ N(0, 1 / inputs), b ~ bias N(0, 1), hashed."""
    layers = []
    for k, (m, n) in enumerate(pairwise(sizes[:-1])):
        layers.append(relu(normals((n, m), seed, time, 2 * k) * (2 / m) ** 0.5, bias * normals((n,), seed, time, 2 * k + 1)))
    return dense(layers, normals((sizes[-1], sizes[-2]), seed, time, 2 * len(layers)) * sizes[-2] ** -0.5)


def gradient(net: Net, x: np.ndarray, passed: Passed, error: np.ndarray) -> Net:
    """d loss / d every parameter, as a net, of a batch x (batch, m), `passed` as forward gives, and error = d loss / d out (batch, k)."""
    below = [x, *passed.hidden]
    back = error @ net.readout
    layers: list[Layer] = []
    for k in reversed(range(len(net.layers))):
        layer, opened = net.layers[k], passed.gates[k]
        z = below[k] @ layer.weights.T + layer.bias
        taken = back * z
        back = back * np.where(opened, layer.opened, layer.closed)
        sides = (taken * opened).sum(axis=0), (taken * ~opened).sum(axis=0)
        layers.append(Layer(back.T @ below[k], back.sum(axis=0), *sides, np.zeros_like(layer.threshold)))
        back = back @ layer.weights
    return Net(tuple(reversed(layers)), error.T @ below[-1], error.sum(axis=0))


def leaves(net: Net, fields: Sequence[str]) -> list[np.ndarray]:
    """The arrays of these fields, layer by layer, then of the read-out."""
    ours = [getattr(layer, field) for layer in net.layers for field in fields if field in Layer._fields]
    return ours + [getattr(net, field) for field in fields if field in ("readout", "offset")]


def vector(net: Net, fields: Sequence[str]) -> np.ndarray:
    """(P,): all parameters of these fields."""
    return np.concatenate([leaf.ravel() for leaf in leaves(net, fields)])


def copied(net: Net) -> Net:
    """The same with arrays of its own."""
    return Net(tuple(Layer(*(field.copy() for field in layer)) for layer in net.layers), net.readout.copy(), net.offset.copy())


def loss(net: Net, x: np.ndarray, y: np.ndarray) -> float:
    """Mean squared error of outputs against y (batch, k)."""
    return float(((forward(net, x).out - y) ** 2).mean())


def fit(
    net: Net, x: np.ndarray, y: np.ndarray, steps: int, rate: float, fields: Sequence[str],
    each: Callable[[Net, Passed], None] | None = None,
) -> Net:  # fmt: skip
    """The net after so many steps of Adam on the whole batch, squared error; `each` may change it in place after every step."""
    net = copied(net)
    learnt = leaves(net, fields)
    first, second = [np.zeros_like(leaf) for leaf in learnt], [np.zeros_like(leaf) for leaf in learnt]
    for step in range(1, steps + 1):
        passed = forward(net, x)
        slopes = leaves(gradient(net, x, passed, 2 * (passed.out - y) / y.size), fields)
        for leaf, slope, m, v in zip(learnt, slopes, first, second, strict=True):
            m += (1 - _BETA1) * (slope - m)
            v += (1 - _BETA2) * (slope**2 - v)
            leaf -= rate * (m / (1 - _BETA1**step)) / (np.sqrt(v / (1 - _BETA2**step)) + _TINY)
        if each is not None:
            each(net, passed)
    return net
