"""Lab 28: the shape of hidden states. Do nets that learn where one may go, on a ring or a grid, lay their states out as a ring or a sheet?

A place comes in as a random vector that tells nothing of its neighbours; the answer is where one is after a lazy random step. So all
geometry comes from what is to be said. Controls: the same nets before learning, and nets that learn the same on places in a wrong order.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from alife.core import rng
from alife.insight.geometry import kept, pca
from alife.insight.switches import forward
from alife.lab import _paint
from alife.lab._learn import RELU, fit, relu_net
from alife.lab._samples import normals, sized
from alife.lab.finding import Check, Finding, at_least, half_width

NUMBER = 28
TITLE = "hidden states lie in a ring or a sheet where the data do"
SEEDS = (2828,)

_D, _HIDDEN, _RATE = 32, 32, 1e-2
_FIELDS = (*RELU, "readout", "offset")


def ring(n: int) -> np.ndarray:
    """bool (n, n): neighbours on a ring."""
    apart = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    return (apart == 1) | (apart == n - 1)


def grid(side: int) -> np.ndarray:
    """bool (side^2, side^2): neighbours on a square grid, up, down, left, right."""
    row, column = np.divmod(np.arange(side * side), side)
    return np.abs(np.subtract.outer(row, row)) + np.abs(np.subtract.outer(column, column)) == 1


def steps_of(places: np.ndarray) -> np.ndarray:
    """(n, n): chances after two lazy random steps (stay 1/2, else a neighbour) between places bool (n, n)."""
    lazy = 0.5 * np.eye(len(places)) + 0.5 * places / places.sum(axis=1, keepdims=True)
    return np.asarray(lazy @ lazy)


def states(places: np.ndarray, steps: int, seed: int, net: int) -> dict[str, np.ndarray]:
    """(n, hidden): of every place, learnt, untrained, and learnt on places in a wrong order."""
    n = len(places)
    x, order = normals((n, _D), seed, net, 50) * _D**-0.5, rng.permutation(n, seed, net, 51)
    start = relu_net((_D, _HIDDEN, n), seed, net)
    right, wrong = (n**0.5 * steps_of(p) for p in (places, places[np.ix_(order, order)]))
    nets = {
        "learnt": fit(start, x, right, steps, _RATE, _FIELDS),
        "untrained": start,
        "wrong order": fit(start, x, wrong, steps, _RATE, _FIELDS),
    }
    return {name: forward(found, x).hidden[0] for name, found in nets.items()}


def run(scale: float) -> Finding:
    """Neighbours and principal components of hidden states on a ring of 24 places and a grid of 6 x 6, learnt and controls."""
    nets, steps = sized(scale, 10, 3), sized(scale, 400, 60)
    [seed] = SEEDS
    worlds = {"ring": ring(24), "grid": grid(6)}
    found = {world: [states(places, steps, seed, net + 100 * k) for net in range(nets)] for k, (world, places) in enumerate(worlds.items())}
    score = {world: {kind: np.array([kept(s[kind], worlds[world]) for s in found[world]]) for kind in found[world][0]} for world in worlds}
    checks: list[Check] = []
    for world, kinds in score.items():
        chance = worlds[world].sum() / (len(worlds[world]) * (len(worlds[world]) - 1))
        for control in ("untrained", "wrong order"):
            gain = kinds["learnt"] - kinds[control]
            what = f"{world}: neighbours kept, learnt - {control}, lower end of the 95 % interval"
            checks.append(at_least(what, gain.mean() - half_width(gain), 0.1))
        checks.append(
            Check(f"control, {world}: untrained against chance, {chance:.2f}, distance", abs(kinds["untrained"].mean() - chance), 0, 0.1)
        )
    plane = {
        world: {kind: np.mean([pca(s[kind]).share.sum() for s in found[world]]) for kind in ("learnt", "untrained")} for world in worlds
    }
    for world, shares in plane.items():
        what = f"{world}: share of variance in two principal components, learnt - untrained"
        checks.append(at_least(what, shares["learnt"] - shares["untrained"], 0.05))
    mean = {world: {kind: score[world][kind].mean() for kind in score[world]} for world in worlds}
    near, flat = all(check.holds for check in checks[:-2]), all(check.holds for check in checks[-2:])
    prose = (
        f"Nets of {_HIDDEN} ReLUs learnt where a lazy walker may be two steps on, on a ring of 24 places and a grid of 6 x 6, {nets} "
        "nets each, from places shown as random vectors. "
        + " and ".join(
            f"on the {world} {mean[world]['learnt']:.0%} of neighbours are nearest in the hidden states (untrained "
            f"{mean[world]['untrained']:.0%}, wrong order {mean[world]['wrong order']:.0%}; two components hold "
            f"{plane[world]['learnt']:.0%}, untrained {plane[world]['untrained']:.0%})"
            for world in worlds
        ).capitalize()
        + ". So near places "
        f"{'come' if near else 'do not always come'} to lie near one another, out of what is to be said of them, not of what comes in, "
        f"but {'also' if flat else 'not'} in a plane: two components show "
        f"{'the shape' if flat else 'no more of the learnt states than of untrained ones'}."
    )
    claim = "Hidden states of cyclic or grid data show the ring or the sheet, above an untrained control (manifold view of the sources)."
    return Finding(claim, checks, prose, _drawer({world: found[world][0] for world in worlds}, score, worlds))


def _drawer(found: dict[str, dict[str, np.ndarray]], score: dict[str, dict[str, np.ndarray]], worlds: dict[str, np.ndarray]) -> Any:
    def draw(figure: Any) -> None:
        figure.set_size_inches(11, 6.6)
        axes = figure.subplots(2, 3)
        for i, (world, kinds) in enumerate(found.items()):
            for j, kind in enumerate(("learnt", "untrained")):
                at, ax = pca(kinds[kind]).of(kinds[kind]), axes[i, j]
                for a, b in np.argwhere(np.triu(worlds[world])):
                    ax.plot(*at[[a, b]].T, color=_paint.GREY, lw=0.7, zorder=1)
                ax.scatter(*at.T, c=np.arange(len(at)), cmap="cividis", s=28, zorder=2)
                ax.margins(0.1)
                _paint.say(ax, f"{world}, {kind}; lines: neighbours", "component 1 (no unit)", "component 2 (no unit)")
            for k, values in enumerate(score[world].values()):
                axes[i, 2].plot(
                    np.full(len(values), k) + np.linspace(-0.12, 0.12, len(values)),
                    values,
                    _paint.MARKS[k],
                    color=_paint.CYCLE[k],
                    mfc="none",
                )
                axes[i, 2].errorbar(k + 0.28, values.mean(), half_width(values), fmt="_", color="black", capsize=4)
            axes[i, 2].set_xticks(range(3), list(score[world]))
            axes[i, 2].set_ylim(0, 1.05)
            _paint.say(axes[i, 2], f"{world}: mean and 95 % interval", "net", "neighbours kept (share)")

    return draw
