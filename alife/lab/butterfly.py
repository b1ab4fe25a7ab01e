"""Lab 15: learned butterflies in the place of the fixed transform: more parameters, the same start; what they buy."""

from __future__ import annotations

from typing import Any

import numpy as np

from alife.lab._chance import above, normals
from alife.lab._nets import Butterfly, Net, dense_net, fit, hadamard, size, transform_net, walsh_net
from alife.lab._plots import COLOURS, label
from alife.lab._tasks import left_over, teacher, waves
from alife.lab.finding import Finding, exact

NUMBER = 15
TITLE = "the transform, learned"
WIDTH = 64
TASKS = ("waves", "teacher")
RATES = {
    "butterfly, 3 layers": 0.01,
    "fixed, 3 layers": 0.1,
    "fixed, 27 layers": 0.01,
    "dense, as many": 0.03,
    "dense, 2 n hidden": 0.03,
}
"""Of .001 to .1 in steps of 3, those that left least of seed 1 after 200 steps."""
NAMES = tuple(RATES)
CLAIM = (
    "Learned 2 x 2 blocks in the graph of the fast transform, 2 n log2 n weights a layer, begin as that transform, and reach with "
    "few parameters what dense layers do (Alizadeh-Vahid et al., CVPR 2020)."
)
PROSE = (
    "All nets in NumPy, by exact gradient, for equally many steps on equal batches, each with the best of five rates. The butterfly "
    "begins as the transform and its net as that of fixed ones, and with nine times the parameters of three fixed layers it learns "
    "a little more of a random ReLU net, and no more of waves; 27 fixed layers are the worst use of as many parameters. Dense nets "
    "win: as many parameters do on the ReLU net what butterflies do not, and a wide one leaves least of all: what is saved here is "
    "parameters and multiplications, not error."
)


def nets(n: int) -> dict[str, Net]:
    """Butterflies with switches; fixed transforms, as many layers or as many parameters; dense, as many parameters or wide."""
    learned = transform_net([Butterfly(n)] * 4, n, 2.0, True)
    shapes = [walsh_net(n, 3, 2.0, True), walsh_net(n, 27, 2.0, True), dense_net([n, 27, n]), dense_net([n, 2 * n, n])]
    return dict(zip(RATES, [learned, *shapes], strict=True))


def _start(n: int) -> float:
    """Largest difference of a butterfly at its start from the fast transform."""
    layer, x = Butterfly(n), normals((8, n), 1)
    return float(np.max(abs(layer.run(layer.start(1), x)[0] - hadamard(x))))


def _nets_start(n: int) -> float:
    """The same of whole nets."""
    a, b, x = transform_net([Butterfly(n)] * 4, n, 2.0, True), walsh_net(n, 3, 2.0, True), normals((8, n), 2)
    return float(np.max(abs(a(a.start(1), x) - b(b.start(1), x))))


def _left(task: str, net: Net, rate: float, seed: int, steps: int) -> float:
    """Share of the mean square left on pairs that were not learned."""
    if task == "waves":
        learned, tested = waves(WIDTH, 4 * WIDTH, seed), waves(WIDTH, 2 * WIDTH, seed + 50)
    else:
        learned, tested = teacher(WIDTH, 16 * WIDTH, seed, 4 * WIDTH)
    weights, _ = fit(net, net.start(seed), *learned, steps, rate, 32)
    return left_over(net(weights, tested[0]), tested[1])


def run(scale: float) -> Finding:
    """Scale: seeds and steps."""
    seeds, steps = max(3, round(4 * scale)), max(15, round(200 * min(1, scale)))
    all_nets = nets(WIDTH)
    sizes = {name: size(net.start(1)) for name, net in all_nets.items()}
    left = {
        task: {name: np.array([_left(task, net, RATES[name], s, steps) for s in range(1, seeds + 1)]) for name, net in all_nets.items()}
        for task in TASKS
    }
    block = Butterfly(WIDTH).start(1).size
    checks = [
        exact("one butterfly at the start minus the transform, largest", _start(WIDTH), 1e-12),
        exact("the net at the start minus that of fixed transforms, largest", _nets_start(WIDTH), 1e-12),
        exact("weights of a butterfly minus 2 n log2 n", abs(block - 2 * WIDTH * 6), 0.0),
        exact("parameters of butterflies minus those of the fixed net with as many", abs(sizes[NAMES[0]] - sizes[NAMES[2]]), 0.0),
    ]
    for task, found in left.items():
        for other in NAMES[1:]:
            ratio = np.log2(found[other] / found[NAMES[0]])
            checks.append(above(f"{task}: log2 of the error left by {other}, / by butterflies", ratio))
    return Finding(CLAIM, checks, PROSE, lambda figure: _draw(figure, left, sizes))


def _draw(figure: Any, left: dict[str, dict[str, np.ndarray]], sizes: dict[str, int]) -> None:
    for axes, (task, found) in zip(figure.subplots(1, 2), left.items(), strict=True):
        for (name, shares), colour, shape in zip(found.items(), COLOURS, "osD^v", strict=False):
            axes.loglog([sizes[name]] * len(shares), shares, shape, ms=5, color=colour, alpha=0.8, label=name)
        label(axes, f"{task}, equal steps", "parameters", "share of the mean square left")
