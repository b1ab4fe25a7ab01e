"""Lab 6: how often two inputs share a key; and what a popular text says of it, run as it stands and mended.

The text makes two statements that do not hold. Its collision demo takes `int()` of small activations as the key, which is 0 for all: one
key for 1,000 inputs, an artefact of the scale of the weights. And it says that the next layer sees only the pattern, not the values.
The lab draws NumPy's seed 42 because that is what the text draws. Which arrays it draws in which order is not handed down. Of 200 orders
that were tried, those with W (20, 10), then biases, give 922 to 926 keys (925 in 11 of 50, among them this one, with a second layer of 20);
those without biases, or with W (10, 20), give 931 to 963.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import RandomState

from alife.insight.keys import Keys
from alife.insight.switches import counted, forward, keys_of
from alife.lab import _paint
from alife.lab._learn import relu_net
from alife.lab._samples import normals, sized
from alife.lab.finding import Check, Finding, at_least, exact

NUMBER = 6
TITLE = "925 keys of 1,000 inputs, not 1: collisions, dead and always-on gates"
SEEDS = (42, 606)

_INPUTS, _UNITS, _MANY = 10, 20, 1000


def demo(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """W (20, 10), b (20,), W2 (20, 20), b2 (20,), all 0.01 N(0, 1), then inputs (1000, 10), N(0, 1), of NumPy's old generator."""
    luck = RandomState(seed)
    w, b = luck.randn(_UNITS, _INPUTS) * 0.01, luck.randn(_UNITS) * 0.01
    w2, b2 = luck.randn(_UNITS, _UNITS) * 0.01, luck.randn(_UNITS) * 0.01
    return w, b, w2, b2, luck.randn(_MANY, _INPUTS)


def distinct(rows: np.ndarray) -> int:
    """How many different rows (n, m) has."""
    return len(np.unique(rows, axis=0))


def run(scale: float) -> Finding:
    """The demo as it stands, mended, and over many draws; the next layer at equal patterns; a deep net's keys layer by layer."""
    draws, inputs = sized(scale, 200, 20), sized(scale, 5000, 200)
    seed, own = SEEDS
    w, b, w2, b2, x = demo(seed)
    z = x @ w.T + b
    cut, louder, open_ = (distinct(np.maximum(a, 0).astype(int)) for a in (z, 100 * z, np.where(z > 0, 1.0, 0.0)))
    spread = np.array([_drawn(own, net) for net in range(draws)])
    pattern, values = _twins(w, b, w2, b2, x)
    deep = relu_net((16, 24, 24, 24, 24), own, 0, bias=0.3)
    passed = forward(deep, normals((inputs, 16), own, 1))
    keys = counted(passed.gates)
    low, high = np.percentile(spread, [2.5, 97.5])
    checks = [
        Check("the text's demo, int() of activations: distinct keys of 1,000", cut, 1, 1, 1),
        Check("the same, mended: gates z > 0: distinct keys of 1,000", open_, 925, 925, 925),
        Check("control: int() with weights 100 times as large: distinct keys of 1,000", louder, 900, 1000),
        Check("925 among other draws of the same kind: share of them with fewer keys", float((spread < open_).mean()), 0.025, 0.975),
        exact("equal patterns: pairs of the demo whose next layer gets the same", int((values == 0).sum()), 0),
        at_least("control: the pattern alone as input of the next layer: pairs with equal patterns that then agree, share", pattern, 1),
        exact("entropy of keys above log2(inputs), bits", max(0.0, keys.entropy - np.log2(inputs)), 0),
        exact("recount of distinct keys, dead and always open gates by plain sets: differences", _recount(passed.gates, keys), 0),
    ]
    layers = keys.layers
    prose = (
        "The text's demo was run with its seed (in an order of drawing that gives its number), then with the gates as key, then over "
        f"{draws} other draws, and a net of three layers was asked for its keys at {inputs:,} inputs. int() finds {cut} key, the gates "
        f"{open_} of 1,000 (95 % of draws: {low:.0f} to {high:.0f}), int() with louder weights {louder}; {len(values)} pairs with equal "
        f"patterns give the next layer different values, in every case; the deep net has {keys.collisions:,} collisions, "
        f"{sum(layer.dead for layer in layers)} dead and {sum(layer.always for layer in layers)} always-on gates. So that demo measures "
        "the size of its weights, collisions are rare where gates are many, and the next layer sees the values, not only the pattern."
    )
    claim = "Thresholding gives 925 keys of 1,000 for W ~ 0.01 N(0, 1), 10 -> 20, seed 42; int() of activations gives 1 (a popular text)."
    return Finding(claim, checks, prose, _drawer({"int()": cut, "int(),\n100 W": louder, "gates": open_}, spread, keys))


def _drawn(seed: int, net: int) -> int:
    """Distinct keys of 1,000 inputs in another draw of the demo's kind."""
    w, b = normals((_UNITS, _INPUTS), seed, net, 2), normals((_UNITS,), seed, net, 3)
    return distinct(normals((_MANY, _INPUTS), seed, net, 4) @ w.T + b > 0)


def _twins(w: np.ndarray, b: np.ndarray, w2: np.ndarray, b2: np.ndarray, x: np.ndarray) -> tuple[float, np.ndarray]:
    """Of pairs with equal patterns: share whose next layer agrees if it gets the pattern; how far it differs as it is (pairs,)."""
    z = x @ w.T + b
    first: dict[bytes, int] = {}
    gates, agree, apart = z > 0, [], []
    for i, key in enumerate(keys_of([gates])):
        j = first.setdefault(key, i)
        if i != j:
            agree.append(np.array_equal(gates[i] @ w2.T + b2, gates[j] @ w2.T + b2))
            apart.append(np.abs(w2 @ np.maximum(z[i], 0) - w2 @ np.maximum(z[j], 0)).max())
    return float(np.mean(agree)), np.array(apart)


def _recount(gates: tuple[np.ndarray, ...], keys: Keys) -> int:
    """How far the statistics are from a count with sets of tuples."""
    whole = np.concatenate(gates, axis=1).tolist()
    off = abs(len(set(map(tuple, whole))) - keys.distinct)
    for layer, told in zip(gates, keys.layers, strict=True):
        columns = [set(column) for column in zip(*layer.tolist(), strict=True)]
        off += abs(columns.count({False}) - told.dead) + abs(columns.count({True}) - told.always)
    return off


def _drawer(counts: dict[str, int], spread: np.ndarray, keys: Keys) -> Any:
    def draw(figure: Any) -> None:
        left, middle, right = figure.subplots(1, 3)
        bars = left.bar(list(counts), list(counts.values()), color=[_paint.VERMILION, _paint.ORANGE, _paint.BLUE])
        left.bar_label(bars)
        left.set_ylim(0, 1150)
        _paint.say(left, "The demo", "what is taken as key", "distinct keys of 1,000 inputs")
        middle.hist(spread, 20, color=_paint.SKY)
        middle.axvline(counts["gates"], color=_paint.BLUE, label="seed 42")
        _paint.say(middle, "Other draws of the same kind", "distinct keys of 1,000 inputs", "draws")
        number = np.arange(1, len(keys.layers) + 1)
        for i, (name, found) in enumerate({"entropy (bits)": [k.entropy for k in keys.layers], "dead gates": [k.dead for k in keys.layers],
                                           "always-on gates": [k.always for k in keys.layers]}.items()):  # fmt: skip
            right.plot(number, found, _paint.MARKS[i] + "-", color=_paint.CYCLE[i], label=name)
        right.axhline(np.log2(keys.inputs), color=_paint.GREY, lw=1, ls="--", label="log2(inputs)")
        right.set_xticks(number)
        _paint.say(right, "A net of 24 units a layer", "layer", "bits, or gates")

    return draw
