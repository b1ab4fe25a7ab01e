"""Lab 9: stacked memories. Two gated linear memories, one behind the other, against one of as many learnt numbers, on data made of factors.

An item is a pair (a, b); a and b are vectors scattered around those of four classes, and the value hangs on the pair of classes
alone. 96 of the 256 pairs are learnt and 32 are kept to choose by; 128 are new. The single memory R D W x has its best R, by ridge
regression with the penalty chosen; the stacked one learns both R by gradient, with the step at which it stops chosen. W is random and fixed
in both. With items whose vectors tell nothing of their class, tried first, neither knew new pairs (errors of .9 to 1.1, stacked the worse).
Control: values drawn anew for each pair, without factors.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from alife.core import rng
from alife.insight.switches import Net, dense, forward, relu
from alife.lab import _paint
from alife.lab._learn import fit
from alife.lab._samples import normals, sized
from alife.lab.finding import Check, Finding, at_least, half_width

NUMBER = 9
TITLE = "stacked memories against one of equal size on data made of factors"
SEEDS = (909,)

_ITEMS, _CLASSES, _D, _K, _MIDDLE = 16, 4, 8, 4, 8
"""Items a factor, classes of them, numbers an item is shown by, values, and numbers between two memories."""
_LEARNT = (384, 768, 1536)
"""Learnt numbers of a memory, single or stacked."""
_OWN = 0.5
"""How much an item differs from its class, of how much classes differ."""
_TRAIN, _CHOOSE = 96, 128
"""Pairs that are learnt; pairs before which those stand by which is chosen."""
_RIDGES = 10.0 ** np.arange(-6, 3)


class Data(NamedTuple):
    """Pairs of items, in an order drawn by lot."""

    x: np.ndarray
    """(256, 2 d)"""
    y: np.ndarray
    """(256, k)"""


def pairs(seed: int, net: int, factored: bool) -> Data:
    """All pairs; their values by the classes of both, or each its own."""
    kinds = [rng.permutation(_ITEMS, seed, net, stream) % _CLASSES for stream in (1, 2)]
    types = normals((2, _CLASSES, _D), seed, net, 11)
    a, b = (types[part, kinds[part]] + _OWN * normals((_ITEMS, _D), seed, net, part + 12) for part in (0, 1))
    i, j = np.divmod(rng.permutation(_ITEMS**2, seed, net, 3), _ITEMS)
    values = (
        normals((_CLASSES, _CLASSES, _K), seed, net, 4)[kinds[0][i], kinds[1][j]] if factored else normals((_ITEMS**2, _K), seed, net, 5)
    )
    return Data(np.concatenate([a[i], b[j]], axis=1), values)


def single(learnt: int, data: Data, seed: int, net: int) -> np.ndarray:
    """(256, k): what one memory of so many learnt numbers says, its R by ridge regression."""
    h = forward(_of(2 * _D, learnt // _K, seed, net, 6), data.x).hidden[0]
    said = [h @ _ridge(h[:_TRAIN], data.y[:_TRAIN], penalty) for penalty in _RIDGES]
    return np.asarray(said[int(np.argmin([_chosen_by(out, data) for out in said]))])


def _chosen_by(out: np.ndarray, data: Data) -> float:
    """Squared error on the pairs that are kept to choose by."""
    return float(((out - data.y)[_TRAIN:_CHOOSE] ** 2).mean())


def _ridge(h: np.ndarray, y: np.ndarray, penalty: float) -> np.ndarray:
    return np.asarray(np.linalg.solve(h.T @ h + penalty * np.eye(h.shape[1]), h.T @ y))


def stacked(learnt: int, data: Data, steps: int, seed: int, net: int) -> np.ndarray:
    """(256, k): what two memories say, R1 (8, n) and R2 (k, n) with 8 n + k n learnt numbers, by gradient, at the best of its steps."""
    n = learnt // (_MIDDLE + _K)
    first, second = _of(2 * _D, n, seed, net, 7), _of(_MIDDLE, n, seed, net, 8)
    between = relu(normals((_MIDDLE, n), seed, net, 9) * (2 / n) ** 0.5)
    line = between._replace(closed=between.opened)  # R1 is linear: both slopes are 1
    whole = dense([first.layers[0], line, second.layers[0]], normals((_K, n), seed, net, 10) * n**-0.5)
    said: list[np.ndarray] = []

    def put_back(now: Net, _: Any) -> None:
        """W is fixed; and every tenth step is one to choose from."""
        now.layers[0].weights[:], now.layers[2].weights[:] = first.layers[0].weights, second.layers[0].weights
        said.append(forward(now, data.x).out if len(said) % 10 == 0 else said[-1])

    fit(whole, data.x[:_TRAIN], data.y[:_TRAIN], steps, 5e-3, ("weights", "readout"), put_back)
    return said[int(np.argmin([_chosen_by(out, data) for out in said]))]


def _of(inputs: int, n: int, seed: int, net: int, stream: int) -> Net:
    """D W x with n units, and a read-out (8, n) of zeros."""
    w = normals((n, inputs), seed, net, stream) * (2 / inputs) ** 0.5
    return dense([relu(w, 0.3 * normals((n,), seed, net, stream + 20))], np.zeros((_MIDDLE, n)))


def run(scale: float) -> Finding:
    """Both memories at three sizes on data with and without factors: errors on what was learnt and on pairs that were not."""
    nets, steps = sized(scale, 10, 3), sized(scale, 500, 60)
    [seed] = SEEDS
    errors = np.zeros((2, 2, 2, len(_LEARNT), nets))  # factored or not, single or stacked, learnt or new, size, net
    for i, factored in enumerate((True, False)):
        for net in range(nets):
            data = pairs(seed, net, factored)
            for k, learnt in enumerate(_LEARNT):
                for j, said in enumerate((single(learnt, data, seed, net), stacked(learnt, data, steps, seed, net))):
                    off = (said - data.y) ** 2 / data.y.var()
                    errors[i, j, :, k, net] = off[:_TRAIN].mean(), off[_CHOOSE:].mean()
    gain = errors[:, 0] - errors[:, 1]  # factored, learnt or new, size, net
    checks: list[Check] = []
    for k, learnt in enumerate(_LEARNT):
        what = f"factors, {learnt} learnt numbers, new pairs: error of single - stacked, lower end of the 95 % interval"
        checks.append(at_least(what, gain[0, 1, k].mean() - half_width(gain[0, 1, k]), 0))
    loose = gain[1, 1]
    checks.append(
        Check(
            "control without factors, new pairs: smallest error of either, share of variance",
            float(errors[1, :, 1].mean(axis=-1).min()),
            0.8,
            np.inf,
        )
    )
    won = sum(check.holds for check in checks[:-1])
    lost = sum(bool(gain[0, 1, k].mean() + half_width(gain[0, 1, k]) < 0) for k in range(len(_LEARNT)))
    mean = errors.mean(axis=-1)
    prose = (
        f"A memory of one stage and one of two stages learnt 96 of 256 pairs, with {', '.join(map(str, _LEARNT))} learnt numbers, in "
        f"{nets} draws. On new pairs of data made of factors the single one erred by {', '.join(f'{e:.2f}' for e in mean[0, 0, 1])} of "
        f"the variance and the stacked one by {', '.join(f'{e:.2f}' for e in mean[0, 1, 1])} (on learnt pairs "
        f"{', '.join(f'{e:.2f}' for e in mean[0, 0, 0])} and {', '.join(f'{e:.2f}' for e in mean[0, 1, 0])}); without factors the "
        f"difference on new pairs is {loose.mean():.2f}, and neither knows them. So at equal size, where data have factors, stacking "
        f"wins at {won}, loses at {lost} and is level at {len(_LEARNT) - won - lost} of {len(_LEARNT)} sizes, and it costs learning by "
        "gradient."
    )
    claim = "Stacked gated memories are a hierarchical memory; on factorised data they should beat one of equal size (S. O'Connor)."
    return Finding(claim, checks, prose, _drawer(errors))


def _drawer(errors: np.ndarray) -> Any:
    def draw(figure: Any) -> None:
        axes = figure.subplots(1, 2, sharey=True)
        for i, name in enumerate(("Data made of factors", "Control: every pair its own value")):
            for j, kind in enumerate(("single", "stacked")):
                for part, style in ((1, "-"), (0, ":")):
                    found = errors[i, j, part]
                    half = 1.96 * found.std(axis=1, ddof=1) / found.shape[1] ** 0.5
                    label = f"{kind}, {('learnt', 'new')[part]} pairs"
                    axes[i].errorbar(
                        _LEARNT,
                        found.mean(axis=1),
                        half,
                        fmt=_paint.MARKS[j] + style,
                        color=_paint.CYCLE[j],
                        mfc="none",
                        capsize=3,
                        label=label,
                    )
            axes[i].axhline(1, color=_paint.GREY, lw=1)
            axes[i].set_xscale("log", base=2)
            axes[i].set_xticks(_LEARNT, [str(n) for n in _LEARNT])
            _paint.say(axes[i], name, "learnt numbers", "error (share of variance)", legend=i == 0)

    return draw
