"""Lab 7: sparsity. A net whose units move their bias until each is on as often as it should be is held at a target activity."""

from __future__ import annotations

from typing import Any

import numpy as np

from alife.insight.switches import Net, Passed, counted, forward
from alife.lab import _paint
from alife.lab._learn import RELU, fit, loss, relu_net
from alife.lab._samples import normals, sized
from alife.lab.finding import Check, Finding, at_least

NUMBER = 7
TITLE = "a net held at a target activity hits it"
SEEDS = (707,)

TARGETS = (0.02, 0.05, 0.1, 0.25, 0.5)
_RATE = 1.0
"""How far a bias moves in a step, times what its unit is on too often."""
_WITHIN = 0.1
"""Of the target: how near the mean over nets must come."""


def held(target: float | None, batch: int, steps: int, seed: int, net: int) -> tuple[Net, np.ndarray, np.ndarray]:
    """A net that learnt to answer as another does, gates held at a target (None: free); 1,000 fresh inputs, their answers."""
    teacher = relu_net((16, 8, 2), seed, 1000 + net, bias=0.5)
    x, fresh = normals((batch, 16), seed, net, 90), normals((1000, 16), seed, net, 91)

    def hold(student: Net, passed: Passed) -> None:
        for layer, gates in zip(student.layers, passed.gates, strict=True):
            layer.bias[:] -= _RATE * (gates.mean(axis=0) - (target or 0))

    fields = (*RELU, "readout", "offset") if target is None else ("weights", "readout", "offset")
    start = relu_net((16, 48, 48, 2), seed, net)
    student = fit(start, x, forward(teacher, x).out, steps, 3e-3, fields, None if target is None else hold)
    return student, fresh, forward(teacher, fresh).out


def run(scale: float) -> Finding:
    """Train nets on a task at five targets and free, and measure activity and error on inputs they have not seen."""
    nets, batch, steps = sized(scale, 4, 2), sized(scale, 1024, 128), sized(scale, 300, 30)
    [seed] = SEEDS
    names: list[float | None] = [*TARGETS, None]
    activity, error, spread = (np.zeros((len(names), nets)) for _ in range(3))
    for i, target in enumerate(names):
        for net in range(nets):
            student, fresh, answers = held(target, batch, steps, seed, net)
            gates = forward(student, fresh).gates
            activity[i, net] = np.mean([layer.activity for layer in counted(gates).layers])
            spread[i, net] = np.std([g.mean(axis=0) for g in gates])
            error[i, net] = loss(student, fresh, answers) / answers.var()
    mean, price = activity.mean(axis=1), error.mean(axis=1)
    checks = [
        Check(
            f"held at {target:.0%}: mean activity on fresh inputs, share", mean[i], target * (1 - _WITHIN), target * (1 + _WITHIN), target
        )
        for i, target in enumerate(TARGETS)
    ]
    away = min(abs(mean[-1] - target) / target for target in TARGETS[:3])
    checks.append(at_least("control, not held: distance of its activity from the three low targets, of the target", away, 1.0))
    kept = all(check.holds for check in checks[:-1])
    prose = (
        f"Nets of two layers of 48 ReLUs learnt to answer as another net does, {nets} at each target, while each unit moved its bias "
        f"down by how much too often it was on. On fresh inputs they are on in {', '.join(f'{m:.3f}' for m in mean[:-1])} of the cases "
        f"for targets {', '.join(map(str, TARGETS))}, the free net in {mean[-1]:.2f}; the price is an error of "
        f"{', '.join(f'{p:.3f}' for p in price[:-1])} of the variance against {price[-1]:.3f}. So activity can be "
        f"{'held where one wants it' if kept else 'steered, but not held exactly'}, and where few units may speak the task is "
        f"{'learnt worse' if price[0] > price[-1] else 'learnt no worse'}."
    )
    return Finding("A net held at a target activity hits it (sparsity of gates).", checks, prose, _drawer(activity, error, spread))


def _drawer(activity: np.ndarray, error: np.ndarray, spread: np.ndarray) -> Any:
    def draw(figure: Any) -> None:
        left, right = figure.subplots(1, 2)
        left.plot(TARGETS, TARGETS, color=_paint.GREY, lw=1, label="target")
        left.errorbar(
            TARGETS,
            activity[:-1].mean(axis=1),
            spread[:-1].mean(axis=1),
            fmt="o",
            capsize=3,
            mfc="none",
            label="held (bar: units of a net)",
        )
        left.axhline(activity[-1].mean(), color=_paint.VERMILION, ls="--", label="not held")
        left.set(xscale="log", yscale="log")
        _paint.say(left, "Fresh inputs", "target activity (share)", "measured activity (share)")
        for net in range(error.shape[1]):
            right.plot(TARGETS, error[:-1, net], "o", color=_paint.BLUE, mfc="none", label=None if net else "held, a net each")
        right.plot(TARGETS, error[:-1].mean(axis=1), color=_paint.BLUE)
        right.axhline(error[-1].mean(), color=_paint.VERMILION, ls="--", label="not held, mean")
        right.set(xscale="log", yscale="log")
        for axis in (left.xaxis, left.yaxis, right.xaxis):
            axis.set_ticks(TARGETS, [f"{target:g}" for target in TARGETS])
            axis.set_ticks([], minor=True)
        _paint.say(right, "The price", "target activity (share)", "error (share of variance)")

    return draw
