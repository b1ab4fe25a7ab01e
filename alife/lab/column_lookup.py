"""Lab 4: the next layer as a lookup. W D z is the sum of the active columns, each times its value; D is the key of a table of maps."""

from __future__ import annotations

from typing import Any

import numpy as np

from alife.insight.switches import Net, Passed, forward, keys_of, table
from alife.lab import _paint
from alife.lab._learn import relu_net
from alife.lab._samples import normals, sized
from alife.lab.finding import Finding, at_least, exact

NUMBER = 4
TITLE = "WDz sums active columns; D keys a table of maps"
SEEDS = (404,)

_BOUND = 1e-10


def by_columns(net: Net, passed: Passed, valued: bool = True) -> np.ndarray:
    """(batch, k): the read-out of one hidden layer, column by column, of the units that are on; `valued`: times their values."""
    out = np.zeros_like(passed.out)
    for i, (opened, h) in enumerate(zip(passed.gates[0], passed.hidden[0], strict=True)):
        for j in np.flatnonzero(opened):
            out[i] += net.readout[:, j] * (h[j] if valued else 1.0)
    return out


def run(scale: float) -> Finding:
    """Sum columns one by one; fill a table keyed by D with some inputs and answer others out of it."""
    learnt, asked = sized(scale, 2000, 100), sized(scale, 1000, 50)
    [seed] = SEEDS
    net = relu_net((16, 64, 8), seed, 0)
    x = normals((sized(scale, 400, 20), 16), seed, 1)
    passed = forward(net, x)
    summed, bare = (np.abs(by_columns(net, passed, valued) - passed.out) for valued in (True, False))
    small = relu_net((2, 24, 4), seed, 2, bias=0.7)
    answers = table(small, normals((learnt, 2), seed, 3))
    fresh = normals((asked, 2), seed, 4)
    seen = forward(small, fresh)
    keys = keys_of(seen.gates)
    known = [i for i, key in enumerate(keys) if key in answers]
    right = max((float(np.abs(_told(answers[keys[i]], fresh[i]) - seen.out[i]).max()) for i in known), default=0.0)
    wrong = _misled(answers, keys, fresh, seen.out)
    checks = [
        exact("largest |W D z - sum of active columns times their values|", summed.max(), _BOUND),
        at_least("control: active columns without their values, median error", np.median(bare), 0.1),
        exact("new inputs whose key is in the table: largest error of the map found there", right, _BOUND),
        at_least("new inputs whose key is in the table, share", len(known) / asked, 0.5),
        at_least("control: the map of the nearest other key, median error", float(np.median(wrong)), 1e-4),
    ]
    prose = (
        f"The read-out of {len(x)} inputs was summed column by column, and a table keyed by D, filled with {learnt:,} inputs to a net of "
        f"2 inputs and 24 units, was asked for {asked:,} new ones. The sums differ by {summed.max():.1e} at most (without the values of "
        f"the units by {np.median(bare):.2g}), the table held {len(answers)} maps, knew {len(known) / asked:.1%} of the new keys, and "
        f"erred by {right:.1e} on them at most; the map of the nearest other key errs by {np.median(wrong):.2g}. So the next layer is a "
        "lookup by D, exact for a key that was seen and wrong for a neighbour's; D names the map, and the values still count."
    )
    claim = "WDz is the sum of the active columns, and a table keyed by D returns the same map (S. O'Connor)."
    return Finding(claim, checks, prose, _drawer(small, answers, summed, bare, wrong))


def _told(found: Any, x: np.ndarray) -> np.ndarray:
    return np.asarray(found.map @ x + found.offset)


def _misled(answers: dict[bytes, Any], keys: list[bytes], x: np.ndarray, out: np.ndarray) -> np.ndarray:
    """(batch,): the error with the map whose key differs in the fewest gates from the right one, but differs."""
    names = list(answers)
    bits = np.unpackbits(np.array([np.frombuffer(name, np.uint8) for name in names]), axis=1)
    errors = []
    for key, v, y in zip(keys, x, out, strict=True):
        apart = (bits != np.unpackbits(np.frombuffer(key, np.uint8))).sum(axis=1)
        apart[apart == 0] = bits.shape[1] + 1
        errors.append(np.abs(_told(answers[names[int(apart.argmin())]], v) - y).max())
    return np.array(errors)


def _drawer(net: Net, answers: dict[bytes, Any], summed: np.ndarray, bare: np.ndarray, wrong: np.ndarray) -> Any:
    def draw(figure: Any) -> None:
        left, right = figure.subplots(1, 2)
        side = np.linspace(-3, 3, 240)
        grid = np.stack(np.meshgrid(side, side), -1).reshape(-1, 2)
        keys, numbers = keys_of(forward(net, grid).gates), {key: i for i, key in enumerate(answers)}
        shade = np.array([(numbers[key] * 0.618) % 1 if key in numbers else np.nan for key in keys]).reshape(240, 240)
        left.imshow(shade, extent=(-3, 3, -3, 3), origin="lower", cmap="cividis", interpolation="nearest")
        left.grid(False)
        _paint.say(left, "Regions of one key each; white: not in the table", "input 1 (no unit)", "input 2 (no unit)")
        sets = {"sum of\ncolumns": summed, "without\nvalues": bare, "nearest\nother key": wrong}
        right.boxplot([np.log10(np.maximum(e.ravel(), 1e-18)) for e in sets.values()], tick_labels=list(sets))
        right.axhline(np.log10(_BOUND), color=_paint.GREY, lw=1)
        _paint.say(right, "Errors (line: the bound; -18: none)", "how the output was made", "log10 |error|")

    return draw
