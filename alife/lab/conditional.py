"""Lab 8: the gated linear associative memory R D W x. With R by pseudo-inverse it recalls as many items as its features span."""

from __future__ import annotations

from typing import Any

import numpy as np

from alife.insight.switches import forward
from alife.lab import _paint
from alife.lab._learn import relu_net
from alife.lab._samples import normals, sized
from alife.lab.finding import Check, Finding, exact, near

NUMBER = 8
TITLE = "R D W x is exact for m <= rank"
SEEDS = (808,)

_D, _N, _K = 16, 128, 4
"""Inputs, gated features, values of an item."""
_SHARES = (0.1, 0.25, 0.5, 0.75, 0.9, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0)
"""Items, of the features."""
_BOUND = 1e-8


def features(x: np.ndarray, seed: int, net: int) -> np.ndarray:
    """(m, n): D W x with D from the gates of a random W; x (m, d)."""
    return forward(relu_net((_D, _N, 1), seed, net, bias=0), x).hidden[0]


def recalled(keys: np.ndarray, values: np.ndarray, fresh: np.ndarray) -> np.ndarray:
    """(f, k): R = values by the Moore-Penrose inverse of keys (m, n), asked for fresh (f, n)."""
    return np.asarray(fresh @ (np.linalg.pinv(keys) @ values))


def run(scale: float) -> Finding:
    """Store m random items and ask for them, with gates and without; then with keys a little off."""
    nets = sized(scale, 16, 3)
    [seed] = SEEDS
    counts = [round(share * _N) for share in _SHARES]
    gated, plain, noisy, ranks = (np.zeros((nets, len(counts))) for _ in range(4))
    for net in range(nets):
        for i, m in enumerate(counts):
            x, y = normals((m, _D), seed, net, 10), normals((m, _K), seed, net, 11)
            open_, off = features(x, seed, net), features(x + 0.01 * normals((m, _D), seed, net, 12), seed, net)
            ranks[net, i] = np.linalg.matrix_rank(open_)
            gated[net, i], noisy[net, i] = (((recalled(open_, y, asked) - y) ** 2).mean() for asked in (open_, off))
            plain[net, i] = ((recalled(x, y, x) - y) ** 2).mean()
    fit, over = [i for i, m in enumerate(counts) if m <= _N], [i for i, m in enumerate(counts) if m > _N]
    checks = [
        exact(f"gated, m <= {_N} items: root of the largest mean squared error", gated[:, fit].max() ** 0.5, _BOUND),
        Check(f"rank of the gated features of {_N} items, smallest", ranks[:, fit[-1]].min(), _N, _N, _N),
        *(near(f"gated, m = {counts[i]}: mean squared error against 1 - n / m", gated[:, i], 1 - _N / counts[i]) for i in over[::2]),
        exact(f"control without gates, m = {counts[0]} <= {_D}: root of the largest mean squared error", plain[:, 0].max() ** 0.5, _BOUND),
        near(f"control without gates, m = {_N}: mean squared error against 1 - d / m", plain[:, fit[-1]], 1 - _D / _N),
    ]
    prose = (
        f"Up to {counts[-1]} random items were stored in R by pseudo-inverse, behind {_N} gated features of {_D} inputs and behind the "
        f"inputs themselves, in {nets} nets. With gates {_N} items come back within {gated[:, fit].max() ** 0.5:.0e} and more of them "
        f"with an error of 1 - n / m of the variance, without gates only {_D} do; but keys that are a hundredth off give an error of "
        f"{np.median(noisy[:, 2]):.2g} at half the capacity and {np.median(noisy[:, fit[-1]]):.2g} at all of it. So gates "
        f"{'raise' if all(c.holds for c in checks[:2]) else 'change'} the capacity from the inputs to the features, and a memory that is "
        "filled to its rank is exact and fragile."
    )
    claim = "R D W x, D from gates on the input, R by pseudo-inverse: exact for m <= rank (gated linear associative memory, S. O'Connor)."
    return Finding(claim, checks, prose, _drawer(np.array(counts), gated, plain, noisy))


def _drawer(counts: np.ndarray, gated: np.ndarray, plain: np.ndarray, noisy: np.ndarray) -> Any:
    def draw(figure: Any) -> None:
        left, right = figure.subplots(1, 2)
        fine = np.linspace(_D, counts[-1], 300)
        left.plot(fine, np.maximum(0, 1 - _N / fine), color=_paint.GREY, lw=1, label="1 - n / m")
        left.plot(fine, np.maximum(0, 1 - _D / fine), color=_paint.GREY, lw=1, ls="--", label="1 - d / m")
        for i, (name, error) in enumerate({"gated features": gated, "no gates": plain}.items()):
            left.errorbar(counts, error.mean(axis=0), 1.96 * error.std(axis=0) / len(error) ** 0.5, fmt=_paint.MARKS[i],
                          color=_paint.CYCLE[i], mfc="none",
                          capsize=2, label=name)  # fmt: skip
        left.axvline(_N, color=_paint.GREY, lw=0.8, ls=":")
        _paint.say(left, f"Recall of what was stored (n = {_N}, d = {_D})", "items stored, m", "mean squared error (share of variance)")
        right.semilogy(counts, np.median(gated, axis=0) + 1e-32, "o-", label="the very key")
        right.semilogy(counts, np.median(noisy, axis=0), "s--", label="key off by .01 of its size")
        right.axvline(_N, color=_paint.GREY, lw=0.8, ls=":")
        _paint.say(right, "Gated: exact, and fragile near the rank", "items stored, m", "mean squared error, median")

    return draw
