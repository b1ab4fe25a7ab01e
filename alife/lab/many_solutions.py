"""Lab 13: many solutions. Nets from different starts fit alike and have nothing in common, number by number."""

from __future__ import annotations

from typing import Any

import numpy as np

from alife.core import rng
from alife.insight.switches import Net, forward
from alife.lab import _paint
from alife.lab._learn import RELU, fit, loss, relu_net, vector
from alife.lab._samples import normals, sized
from alife.lab.finding import Check, Finding, at_least, exact, half_width

NUMBER = 13
TITLE = "equal fits, parameters at right angles"
SEEDS = (1313,)

_FIELDS = (*RELU, "readout", "offset")
_WIDTH = 64


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    """Of two vectors (P,)."""
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


def exchanged(net: Net, order: np.ndarray) -> Net:
    """The same net of one hidden layer with its units in another order (n,)."""
    [layer] = net.layers
    return net._replace(layers=(layer._replace(weights=layer.weights[order], bias=layer.bias[order]),), readout=net.readout[:, order])


def matched(net: Net, other: Net) -> Net:
    """`other` with its units in the order in which they are most like those of `net`, the likest pair first."""
    sides = [np.concatenate([n.layers[0].weights, n.layers[0].bias[:, None], n.readout.T], axis=1) for n in (net, other)]
    alike = (sides[0] / np.linalg.norm(sides[0], axis=1, keepdims=True)) @ (sides[1] / np.linalg.norm(sides[1], axis=1, keepdims=True)).T
    order = np.zeros(len(alike), np.int64)
    for _ in range(len(alike)):
        i, j = np.unravel_index(np.argmax(alike), alike.shape)
        order[i] = j
        alike[i], alike[:, j] = -np.inf, -np.inf
    return exchanged(other, order)


def run(scale: float) -> Finding:
    """Train nets from their own starts on one task; compare fits, outputs and parameters, as they are and with units matched."""
    nets, steps = 2 * sized(scale, 8, 2), sized(scale, 800, 200)
    [seed] = SEEDS
    x, fresh = normals((512, 4), seed, 0), normals((500, 4), seed, 1)
    y, truth = (np.stack([np.sin(2 * v[:, 0]) + v[:, 1] * v[:, 2], np.abs(v[:, 3])], axis=1) for v in (x, fresh))
    starts = [relu_net((4, _WIDTH, 2), seed, 10 + net) for net in range(nets)]
    fits = [fit(start, x, y, steps, 1e-2, _FIELDS) for start in starts]
    errors = np.array([loss(net, x, y) / y.var() for net in fits])
    outputs = [forward(net, fresh).out for net in fits]
    pairs = [(i, i + 1) for i in range(0, nets, 2)]  # disjoint, so that the pairs are independent
    plain = np.array([cosine(vector(fits[i], _FIELDS), vector(fits[j], _FIELDS)) for i, j in pairs])
    moved = np.array([cosine(*(vector(fits[k], _FIELDS) - vector(starts[k], _FIELDS) for k in pair)) for pair in pairs])
    like = np.array([cosine(vector(fits[i], _FIELDS), vector(matched(fits[i], fits[j]), _FIELDS)) for i, j in pairs])
    agree = np.array([np.corrcoef(outputs[i].ravel(), outputs[j].ravel())[0, 1] for i, j in pairs])
    shuffled = exchanged(fits[0], rng.permutation(_WIDTH, seed, 2))
    nudged = fit(starts[0]._replace(offset=starts[0].offset + 1e-3), x, y, steps, 1e-2, _FIELDS)
    checks = [
        exact("largest error of a fit, share of variance", errors.max(), 0.05),
        at_least("smallest correlation of two nets' outputs on fresh inputs", agree.min(), 0.9),
        Check(f"mean cosine of parameters over {len(pairs)} pairs of nets", plain.mean(), -0.1, 0.1, 0.0),
        Check("mean cosine of what learning changed", moved.mean(), -0.1, 0.1, 0.0),
        exact("one net, units exchanged: largest difference of outputs", np.abs(forward(shuffled, fresh).out - outputs[0]).max(), 1e-12),
        Check(
            "one net, units exchanged: cosine of parameters", cosine(vector(fits[0], _FIELDS), vector(shuffled, _FIELDS)), -0.2, 0.2, 0.0
        ),
        at_least(
            "control: the same start, nudged by .001: cosine of parameters", cosine(vector(fits[0], _FIELDS), vector(nudged, _FIELDS)), 0.5
        ),
    ]
    off = [((out - truth) ** 2).mean() / truth.var() for out in outputs]
    prose = (
        f"{nets} nets of {_WIDTH} ReLUs were fitted to one task from starts of their own, and {len(pairs)} pairs of them compared. All "
        f"fit within {errors.max():.3f} of the variance ({max(off):.3f} on fresh inputs), their outputs correlate by {agree.mean():.3f}, "
        f"and their parameters have a mean cosine of {plain.mean():.3f} +- {half_width(plain):.3f}, what learning changed "
        f"{moved.mean():.3f} +- {half_width(moved):.3f}, and {like.mean():.2f} once like units are matched. So equal fits "
        f"{'say nothing of' if abs(plain.mean()) <= 0.1 else 'come with related'} parameters, and exchanging units explains "
        f"{'only a part' if like.mean() < 0.5 else 'most'} of it."
    )
    return Finding(
        "Many sets of parameters give one fit: cosine about 0 over seeds (S. O'Connor).",
        checks,
        prose,
        _drawer(plain, moved, like, outputs, truth),
    )


def _drawer(plain: np.ndarray, moved: np.ndarray, like: np.ndarray, outputs: list[np.ndarray], truth: np.ndarray) -> Any:
    def draw(figure: Any) -> None:
        left, right = figure.subplots(1, 2)
        left.plot(outputs[0].ravel(), outputs[1].ravel(), "o", color=_paint.BLUE, mfc="none", ms=3, label="two nets")
        left.plot(truth.ravel(), outputs[0].ravel(), "s", color=_paint.ORANGE, mfc="none", ms=2, alpha=0.5, label="truth and a net")
        _paint.say(left, "What they say of fresh inputs", "output of one (no unit)", "output of the other (no unit)")
        sets = {"parameters": plain, "what learning\nchanged": moved, "units\nmatched": like}
        for i, found in enumerate(sets.values()):
            right.plot(
                np.full(len(found), i) + np.linspace(-0.1, 0.1, len(found)), found, _paint.MARKS[i], color=_paint.CYCLE[i], mfc="none"
            )
            right.errorbar(i + 0.25, found.mean(), half_width(found), fmt="_", color="black", capsize=4)
        right.set_xticks(range(3), list(sets))
        right.axhline(0, color=_paint.GREY, lw=1)
        right.set_ylim(-0.3, 1.05)
        _paint.say(right, "Pairs of nets, mean and 95 % interval", "compared", "cosine")

    return draw
