"""Lab 14: lottery tickets: prune a trained net by magnitude, rewind what is left to its start, train again."""

from __future__ import annotations

from typing import Any

import numpy as np

from alife.core import rng
from alife.lab._chance import above, normals
from alife.lab._nets import Dense, Net, Weights, dense_net, fit
from alife.lab._plots import COLOURS, label, measured
from alife.lab._tasks import left_over
from alife.lab.finding import Finding

NUMBER = 14
TITLE = "what is left, from its own start"
WIDTHS = (32, 64, 64, 4)
SPARSITIES = (0.5, 0.8, 0.9, 0.95)
KINDS = ("rewound", "new start", "random mask", "shuffled")
CLAIM = (
    "What remains of a trained net after pruning by magnitude learns as well as the whole when it is rewound to its first weights, "
    "and better than from new ones or with a random mask (Frankle & Carbin 2019)."
)
PROSE = (
    "Dense ReLU nets in NumPy on functions of six of 32 inputs, pruned once, layer by layer. Half of the weights do as well as all, "
    "and at 90 and 95 % the mask found by magnitude beats a random one, since it has found the inputs that count. Rewinding beats "
    "the same first weights shuffled under the mask there, but not new ones, which are as good, and better with few pruned: what is "
    "rewound are the large weights of the start, and smaller ones generalise better here; so the mask is most of the ticket."
)


def task(seed: int) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Four functions of six of 32 Gaussian inputs, a ReLU net of 12 units; 512 noisy pairs to learn, 1,024 clean ones to test."""
    x = normals((1536, WIDTHS[0]), seed)
    inward, outward = normals((12, 6), seed, 1), normals((4, 12), seed, 2) / np.sqrt(6)
    y = np.maximum(0, x[:, :6] @ inward.T / np.sqrt(6)) @ outward.T
    y -= y.mean(axis=0)
    return (x[:512], y[:512] + 0.1 * normals((512, 4), seed, 3)), (x[512:], y[512:])


def kept(weights: Weights, net: Net, sparsity: float) -> list[np.ndarray]:
    """A mask for each dense layer: the largest in size stay, in each layer so many; of the last layer, half as many are pruned."""
    dense = [w for w, layer in zip(weights, net.layers, strict=True) if isinstance(layer, Dense)]
    shares = [sparsity] * (len(dense) - 1) + [sparsity / 2]
    return [_largest(abs(w), share) for w, share in zip(dense, shares, strict=True)]


def _largest(rank: np.ndarray, sparsity: float) -> np.ndarray:
    """1 for all but that share of the lowest ranks, float64."""
    order = np.argsort(rank.ravel(), kind="stable")
    mask = np.ones(rank.size)
    mask[order[: round(sparsity * rank.size)]] = 0
    return mask.reshape(rank.shape)


def _tested(net: Net, start: Weights, data: Any, steps: int) -> tuple[Weights, float]:
    """Trained weights, and the share of the mean square left in the test."""
    (x, y), (xt, yt) = data
    weights, _ = fit(net, start, x, y, steps, 0.01, 64)
    return weights, left_over(net(weights, xt), yt)


def _shuffled(weights: Weights, seed: int) -> Weights:
    """Those that are not 0 change places within their layer: the same mask, the same sizes, nothing else of the first start."""
    out = [w.copy() for w in weights]
    for k, w in enumerate(out):
        there = w != 0
        w[there] = w[there][rng.permutation(int(there.sum()), seed, 62, k)]
    return out


def _tickets(seed: int, steps: int) -> tuple[float, np.ndarray]:
    """What the whole net leaves, and what is left (kinds, sparsities)."""
    data, whole = task(seed), dense_net(WIDTHS)
    first = whole.start(seed)
    trained, base = _tested(whole, first, data, steps)
    found = np.empty((len(KINDS), len(SPARSITIES)))
    for k, sparsity in enumerate(SPARSITIES):
        masks = kept(trained, whole, sparsity)
        luck = [_largest(rng.uniforms(m.shape, seed, 61, i), 1 - m.mean()) for i, m in enumerate(masks)]
        ticket, unlucky = dense_net(WIDTHS, masks), dense_net(WIDTHS, luck)
        rewound = ticket.start(seed)
        starts = rewound, ticket.start(seed + 500), unlucky.start(seed), _shuffled(rewound, seed)
        nets = ticket, ticket, unlucky, ticket
        found[:, k] = [_tested(net, weights, data, steps)[1] for net, weights in zip(nets, starts, strict=True)]
    return base, found


def run(scale: float) -> Finding:
    """Scale: seeds and steps."""
    seeds, steps = max(3, round(6 * scale)), max(40, round(250 * min(1, scale)))
    outcomes = [_tickets(s, steps) for s in range(1, seeds + 1)]
    whole, left = np.array([base for base, _ in outcomes]), np.stack([found for _, found in outcomes], axis=-1)
    checks = [
        above("half of the weights, rewound: log2 of the error left by the whole net, / by it", np.log2(whole / left[0, 0]), -0.5),
        *(above(f"{s:.0%} pruned: log2 of the error left by a random mask, / rewound", _gain(left, 2, k)) for k, s in _each()),
        *(above(f"{s:.0%} pruned: log2 of the error left by a new start, / rewound", _gain(left, 1, k)) for k, s in _each()),
        *(above(f"{s:.0%} pruned: log2 of the error left by shuffled first weights, / rewound", _gain(left, 3, k)) for k, s in _each()),
    ]
    return Finding(CLAIM, checks, PROSE, lambda figure: _draw(figure, whole, left))


def _gain(left: np.ndarray, kind: int, k: int) -> np.ndarray:
    """log2 of what a kind leaves at a sparsity, over what rewinding leaves, (seeds,)."""
    return np.log2(left[kind, k] / left[0, k])


def _each() -> list[tuple[int, float]]:
    return list(enumerate(SPARSITIES))


def _draw(figure: Any, whole: np.ndarray, left: np.ndarray) -> None:
    axes = figure.subplots()
    x = 1 - np.array(SPARSITIES)
    for kind, (name, colour) in enumerate(zip(KINDS, COLOURS, strict=False)):
        measured(axes, x * (1 + 0.02 * (kind - 1.5)), left[kind], name, colour)
        axes.plot(x * (1 + 0.02 * (kind - 1.5)), left[kind].mean(axis=1), color=colour, lw=1)
    axes.axhline(float(np.mean(whole)), color="black", lw=1, ls=":", label="whole net")
    axes.set_xscale("log")
    axes.invert_xaxis()
    axes.set_xticks(x, [f"{v:.0%}" for v in x])
    axes.minorticks_off()
    label(axes, "Pruned, and trained again", "weights that stay", "share of the mean square left, in the test")
