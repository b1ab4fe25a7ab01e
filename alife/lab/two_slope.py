"""Lab 12: the two-slope switch, z (p if z > 0 else q). With p = q a net of them is linear, with (1, 0) it is ReLUs; its gradient exists."""

from __future__ import annotations

from typing import Any

import numpy as np

from alife.insight.switches import Net, filter_bank, forward, hadamard, keys_of
from alife.lab import _paint
from alife.lab._learn import SLOPES, copied, gradient, leaves, loss, vector
from alife.lab._samples import normals, signs, sized, uniforms
from alife.lab.finding import Finding, at_least, exact

NUMBER = 12
TITLE = "two slopes: linear if p = q, ReLU if (1, 0), gradient exact"
SEEDS = (1212,)

_N, _LAYERS = 32, 5
_TOLD = 1e-6
"""Of the largest slope: how far central differences of float64 may be off."""


def numeric(net: Net, x: np.ndarray, y: np.ndarray, h: float = 1e-6) -> tuple[np.ndarray, np.ndarray]:
    """(P,) central differences of the loss by every slope, and bool (P,) whether no gate flips between the two sides."""
    found, smooth = [], []
    changed = copied(net)
    for leaf in leaves(changed, SLOPES):
        for i in range(len(leaf)):
            was, sides, keys = leaf[i], [], set()
            for step in (h, -h):
                leaf[i] = was + step
                sides.append(loss(changed, x, y))
                keys.add(tuple(keys_of(forward(changed, x).gates)))
            leaf[i] = was
            found.append((sides[0] - sides[1]) / (2 * h))
            smooth.append(len(keys) == 1)
    return np.array(found), np.array(smooth)


def run(scale: float) -> Finding:
    """Linearity as p - q grows; ReLU, scale and |z| identities; gradients against central differences."""
    batch = sized(scale, 500, 20)
    [seed] = SEEDS
    flips = signs(_N, seed, 0)
    x, other = normals((2, batch, _N), seed, 1)
    mean, half = 2 * uniforms((2, _LAYERS, _N), seed, 2) - 1
    gaps = np.array([0.0, 1e-6, 1e-4, 1e-2, 0.1, 0.5, 1.0])
    bent = []
    for gap in gaps:
        net = filter_bank(np.stack([mean + gap * half, mean - gap * half], axis=1), 3**0.5, flips)
        bent.append(np.abs(forward(net, 2 * x - 3 * other).out - 2 * forward(net, x).out + 3 * forward(net, other).out).max())
    one_zero = filter_bank(np.stack([np.ones((_LAYERS, _N)), np.zeros((_LAYERS, _N))], axis=1), 2**0.5, flips)
    louder = forward(net, 7 * x).out - 7 * forward(net, x).out
    z, (p, q) = normals((batch,), seed, 3), (0.7, -0.4)
    split = np.where(z > 0, p * z, q * z) - ((p + q) / 2 * z + (p - q) / 2 * np.abs(z))
    x, y = x[:8], normals((8, _N), seed, 4)
    passed = forward(net, x)
    told = vector(gradient(net, x, passed, 2 * (passed.out - y) / y.size), SLOPES)
    tried, smooth = numeric(net, x, y)
    checks = [
        exact("p = q: largest |f(2x - 3y) - 2 f(x) + 3 f(y)|", bent[0], 1e-12),
        at_least("control, p - q up to 2: the same", bent[-1], 0.1),
        exact(
            "slopes (1, 0): largest difference from a net of max(z, 0)",
            np.abs(forward(one_zero, other).out - _rectified(other, flips)).max(),
            1e-12,
        ),
        exact("largest |f(7x) - 7 f(x)|, any slopes", np.abs(louder).max(), 1e-11),
        exact("largest |switch - ((p + q) / 2 z + (p - q) / 2 |z|)|", np.abs(split).max(), 1e-15),
        exact(
            "gradient by slopes against central differences, of the largest",
            np.abs(told - tried)[smooth].max() / np.abs(tried).max(),
            _TOLD,
        ),
        at_least("slopes without a flip between the two sides, share", smooth.mean(), 0.9),
        at_least("control: the same with p and q of every unit exchanged in the gradient", _exchanged(told, tried, smooth), 0.1),
    ]
    prose = (
        f"A net of {_LAYERS} layers of {_N} two-slope switches between Walsh-Hadamard transforms was tried for linearity, against ReLUs, "
        f"and its gradient by {len(told)} slopes against central differences. With p = q it is linear within {bent[0]:.1e} and bends as "
        f"p - q grows ({bent[-1]:.2g} at the widest), with (1, 0) it is the net of ReLUs within {checks[2].measured:.1e}, a louder input "
        f"gives the same, louder, and the gradient is right within {checks[5].measured:.1e} of its largest number. So a switch is a "
        f"linear part and a part |z|, blind to scale, and its exact gradient {'exists' if checks[5].holds else 'was not confirmed'}."
    )
    return Finding(
        "Two slopes: p = q is linear, (1, 0) is ReLU, and the exact gradient exists (S. O'Connor).",
        checks,
        prose,
        _drawer(gaps, bent, told, tried),
    )


def _rectified(x: np.ndarray, flips: np.ndarray) -> np.ndarray:
    """(batch, n): the same net written with max(z, 0)."""
    h = hadamard(_N)
    x = x * flips
    for _ in range(_LAYERS):
        x = np.maximum(2**0.5 * x @ h, 0)
    return np.asarray(x @ h)


def _exchanged(told: np.ndarray, tried: np.ndarray, smooth: np.ndarray) -> float:
    """How far off the gradient is if the sides are mixed up."""
    sides = told.reshape(_LAYERS, 2, _N)[:, ::-1].ravel()
    return float(np.abs(sides - tried)[smooth].max() / np.abs(tried).max())


def _drawer(gaps: np.ndarray, bent: list[float], told: np.ndarray, tried: np.ndarray) -> Any:
    def draw(figure: Any) -> None:
        left, middle, right = figure.subplots(1, 3)
        z = np.linspace(-2, 2, 201)
        for i, (name, p, q) in enumerate(
            (("p = q = 1", 1, 1), ("(1, 0): ReLU", 1, 0), ("(1, -1): |z|", 1, -1), ("(0.7, -0.4)", 0.7, -0.4))
        ):
            left.plot(z, np.where(z > 0, p, q) * z, ("-", "--", ":", "-.")[i], color=_paint.CYCLE[i], label=name)
        _paint.say(left, "One switch", "z (no unit)", "output (no unit)")
        middle.loglog(np.maximum(gaps, 1e-8), np.maximum(bent, 1e-17), "o-", color=_paint.BLUE)
        _paint.say(middle, "Not linear (leftmost: p = q)", "largest |p - q| / 2", "|f(2x - 3y) - 2f(x) + 3f(y)|")
        right.plot(tried, told, "o", color=_paint.BLUE, mfc="none", ms=4)
        ends = [tried.min(), tried.max()]
        right.plot(ends, ends, color=_paint.GREY, lw=1)
        _paint.say(right, "Gradient by every slope", "central differences", "exact gradient")

    return draw
