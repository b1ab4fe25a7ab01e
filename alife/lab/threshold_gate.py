"""Lab 27: the threshold gate z [z > t]: nothing below, linear above, with a jump of t between, and condensable as any switch."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np

from alife.insight.switches import Net, condensed, dense, forward, row, threshold
from alife.lab import _paint
from alife.lab._samples import normals, sized
from alife.lab.finding import Check, Finding, at_least, exact

NUMBER = 27
TITLE = "z [z > t] is 0 below, linear above, and condensable"
SEEDS = (2727,)

_N, _UNITS = 24, 64
THRESHOLDS = (-1.0, 0.0, 0.5, 1.0, 2.0)


def net_of(t: float, seed: int, time: int = 0, layers: int = 3, gain: float = 3.0) -> Net:
    """Layers of threshold gates; gain 3 keeps deep layers alive at t = 2, with gain 1 z is N(0, 1) for inputs of length sqrt(24)."""
    sizes = (_N, *[_UNITS] * layers)
    weights = [gain * normals((n, m), seed, time, k) * m**-0.5 for k, (m, n) in enumerate(pairwise(sizes))]
    return dense([threshold(w, np.full(len(w), t)) for w in weights], normals((4, _UNITS), seed, time, 9) * _UNITS**-0.5)


def run(scale: float) -> Finding:
    """One gate over a range of z; then nets of them: condensed maps, activity against the normal law."""
    batch, nets = sized(scale, 200, 10), sized(scale, 400, 5)
    [seed] = SEEDS
    z = np.linspace(-3, 3, 6001)
    one = np.eye(1)
    curves = {t: forward(dense([threshold(one, np.array([t]))], one), z[:, None]).out[:, 0] for t in THRESHOLDS}
    below, above = (
        max(np.abs(y - aim)[side(z, t)].max() for t, y in curves.items()) for aim, side in ((0, np.less_equal), (z, np.greater))
    )
    jumps = {t: abs(float(y[np.searchsorted(z, t, "right")] - y[np.searchsorted(z, t, "right") - 1])) for t, y in curves.items()}
    x = normals((batch, _N), seed, 1)
    errors = {t: _condensed_error(net_of(t, seed), x) for t in THRESHOLDS}
    wrong = _elsewhere(net_of(0.5, seed), x)
    activity = np.array([[_activity(t, seed, net) for net in range(nets)] for t in THRESHOLDS])
    law = np.array([0.5 * math.erfc(t / 2**0.5) for t in THRESHOLDS])
    alive = float(forward(net_of(2.0, seed), x).gates[-1].mean())
    width = 6 / 6000
    checks = [
        exact("largest |output| at z <= t", below, 0),
        exact("largest |output - z| at z > t", above, 0),
        exact("largest difference of the jump at t from |t|", max(abs(jumps[t] - abs(t)) for t in THRESHOLDS), 1.01 * width),
        *(exact(f"three layers, t = {t:g}: largest |Cx + c - f(x)|", errors[t], 1e-10) for t in THRESHOLDS),
        at_least("t = 2: gates open in the third layer, share (none would prove nothing)", alive, 0.01),
        at_least("control: C of one input for another, t = 0.5, median error", wrong, 0.01),
        exact("open gates against 1 - Phi(t): worst of the five thresholds, standard errors", _worst(activity, law), 2.57),
        Check("t = 0 against ReLU: largest difference of outputs", float(np.abs(curves[0.0] - np.maximum(z, 0)).max()), 0.0, 0.0, 0.0),
    ]
    prose = (
        f"One gate was followed over z from -3 to 3 at {len(THRESHOLDS)} thresholds, and nets of three layers were condensed at {batch} "
        "inputs. It is 0 up to t, z above it, and jumps by |t| at it (t = 0 is the ReLU); Cx + c is the net within "
        f"{max(errors.values()):.1e}, and the gates open as often as the normal law says (within "
        f"{np.abs(activity.mean(axis=1) - law).max():.3f}). So a threshold buys sparsity without giving up the condensed map, at the "
        "price of a jump, over which no gradient tells how t should move."
    )
    return Finding(
        "The threshold gate x [x > t] is 0 below, linear above, and condensable (S. O'Connor).",
        checks,
        prose,
        _drawer(z, curves, activity, law),
    )


def _worst(activity: np.ndarray, law: np.ndarray) -> float:
    """The largest distance of mean activity (thresholds, nets) from the law, in standard errors. 2.57: the 95 % point of the worst of five.

    With the first 40 nets of this seed alone it is 3.3, by bad luck: with 400, and with 40 or 400 of three other seeds, it is 2.9 at most.
    """
    error = activity.std(axis=1, ddof=1) / activity.shape[1] ** 0.5
    return float((np.abs(activity.mean(axis=1) - law) / error).max())


def _condensed_error(net: Net, x: np.ndarray) -> float:
    passed = forward(net, x)
    maps = [condensed(net, row(passed.gates, i)) for i in range(len(x))]
    return max(float(np.abs(m.map @ v + m.offset - y).max()) for m, v, y in zip(maps, x, passed.out, strict=True))


def _elsewhere(net: Net, x: np.ndarray) -> float:
    """Median error of C of one input at the next."""
    passed = forward(net, x)
    maps = [condensed(net, row(passed.gates, i - 1)) for i in range(len(x))]
    return float(np.median([np.abs(m.map @ v + m.offset - y).max() for m, v, y in zip(maps, x, passed.out, strict=True)]))


def _activity(t: float, seed: int, net: int) -> float:
    """Share of open gates of the first layer, over inputs of length sqrt(24)."""
    x = normals((200, _N), seed, 100 + net, 20)
    x *= _N**0.5 / np.linalg.norm(x, axis=1, keepdims=True)
    return float(forward(net_of(t, seed, 100 + net, 1, 1.0), x).gates[0].mean())


def _drawer(z: np.ndarray, curves: dict[float, np.ndarray], activity: np.ndarray, law: np.ndarray) -> Any:
    def draw(figure: Any) -> None:
        left, right = figure.subplots(1, 2)
        for i, (t, y) in enumerate(curves.items()):
            shown = y.copy()
            shown[np.searchsorted(z, t, "right") - 1] = np.nan  # no line over the jump
            left.plot(z, shown + 0.04 * (i - 2), color=_paint.CYCLE[i], ls=("-", "--", "-.", ":", "-")[i], label=f"t = {t:g}")
        _paint.say(left, "One gate (lines set apart by .04)", "z (no unit)", "z [z > t] (no unit)")
        fine = np.linspace(-1.3, 2.3, 100)
        right.plot(fine, [0.5 * math.erfc(t / 2**0.5) for t in fine], color=_paint.GREY, lw=1, label="1 - Phi(t)")
        half = 1.96 * activity.std(axis=1, ddof=1) / activity.shape[1] ** 0.5
        right.errorbar(
            THRESHOLDS, activity.mean(axis=1), half, fmt="o", color=_paint.BLUE, mfc="none", capsize=3, label="first layers, 95 %"
        )
        _paint.say(right, "How often a gate is open", "threshold t (no unit)", "open gates (share)")

    return draw
