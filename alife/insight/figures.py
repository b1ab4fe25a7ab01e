"""Figures of a champion's mind, as PNG: keys and addresses over the ticks of a life, entropies, angles, states, gates that were held."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from alife.core import rng
from alife.core.errors import DiskError
from alife.insight import geometry, mind
from alife.insight.forced import WHOLE, Forced
from alife.insight.nets import HALVES
from alife.insight.visits import key_numbers
from alife.store import atomic

if TYPE_CHECKING:
    from alife.insight.inspect import Looked

BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY = CYCLE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Told apart by colour-blind eyes. Okabe & Ito, Color Universal Design, 2008."""
MARKS = ("o", "s", "^", "D", "v", "P")
GREY, PALE = "#7f7f7f", "#e6e6e6"
STYLE: Any = {
    "font.family": "DejaVu Sans", "font.size": 9, "axes.titlesize": 10, "axes.titlelocation": "left", "axes.spines.top": False,
    "axes.spines.right": False, "axes.axisbelow": True, "legend.frameon": False, "legend.fontsize": 8, "figure.facecolor": "white",
}  # fmt: skip
_DPI = 130
MOST_LIVES, MOST_KEYS, MOST_ADDRESSES, MOST_PAIRS, MOST_STATES, MOST_SHOWN = 12, len(CYCLE), 40, 3000, 4000, 200
"""That are drawn: lives in a strip, keys with a colour of their own, addresses, pairs of ticks, ticks, ticks of a life."""
_PAIRS = 0x9A125


def drawn(looked: Looked, held: Forced | None, folder: Path) -> list[Path]:
    """Write all figures that there is something to draw for into the folder, made if need be. DiskError where that fails."""
    figures: dict[str, tuple[tuple[float, float], Callable[[Figure], None]]] = {"addresses": ((9, 4.2), lambda f: _addresses(f, looked))}
    if looked.gates is not None and looked.gates.size:
        gates = looked.gates
        figures["keys"] = (9, 4.2), lambda f: _keys(f, looked, gates)
        figures["entropy"] = (9, 3.4), lambda f: _entropy(f, looked)
        figures["angles"] = (9, 3.6), lambda f: _angles(f, looked, gates)
    figures["states"] = (9, 4), lambda f: _states(f, looked)
    if held is not None:
        figures["forced"] = (9, 4), lambda f: _forced(f, held)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DiskError(f"cannot write {folder}: {atomic.reason(error)}") from error
    return [_png(folder / f"{name}.png", size, draw) for name, (size, draw) in sorted(figures.items())]


def _png(path: Path, size: tuple[float, float], draw: Callable[[Figure], None]) -> Path:
    """A figure of so many inches, drawn in this style; the same figure gives the same bytes."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(STYLE)
        figure = Figure(figsize=size, dpi=_DPI, layout="constrained")
        draw(figure)
        out = io.BytesIO()
        figure.savefig(out, format="png", metadata={"Software": None})
    atomic.write_bytes(path, [out.getvalue()])
    return path


def _say(axes: Any, title: str, x: str, y: str) -> None:
    axes.set_title(title)
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="best")


def _keys(figure: Figure, looked: Looked, gates: np.ndarray) -> None:
    """A strip a life; the most common keys have a colour of their own."""
    lived, lives = looked.lived, min(MOST_LIVES, looked.lived.lives)
    some = (lived.life < lives) & (lived.time < MOST_SHOWN)
    last = int(lived.time[some].max()) + 1
    palette = np.array([matplotlib.colors.to_rgb(colour) for colour in (*CYCLE, "#bbbbbb", "#ffffff")])
    for axes, half, numbers in zip(figure.subplots(2, 1, sharex=True), HALVES, key_numbers(gates, looked.layers_in), strict=True):
        common = np.argsort(-np.bincount(numbers), kind="stable")[:MOST_KEYS]
        rank = np.full(int(numbers.max()) + 1, MOST_KEYS)
        rank[common] = np.arange(len(common))
        strip = np.full((lives, last), MOST_KEYS + 1)
        strip[lived.life[some], lived.time[some]] = rank[numbers[some]]
        axes.imshow(palette[strip], aspect="auto", interpolation="nearest", extent=(-0.5, last - 0.5, lives + 0.5, 0.5))
        others = int(numbers.max()) + 1 - len(common)
        for i in range(len(common)):
            axes.plot([], [], MARKS[1], color=CYCLE[i], label=f"key {i + 1}: {(numbers == common[i]).mean():.1%}")
        if others:
            axes.plot([], [], MARKS[1], color="#bbbbbb", label=f"{others:,} others: {(rank[numbers] == MOST_KEYS).mean():.1%}")
        _say(axes, f"Keys of the {half}, by how common they are", "tick of a life" if half == HALVES[1] else "", "life")
        axes.legend(bbox_to_anchor=(1.01, 1), loc="upper left")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def _addresses(figure: Figure, looked: Looked) -> None:
    """The longest of the first lives: where the head stands, where it writes, where it is asked."""
    lived, axes = looked.lived, figure.subplots()
    lives = np.bincount(lived.life[lived.life < MOST_LIVES])
    here = np.flatnonzero((lived.life == int(np.argmax(lives))) & (lived.time < MOST_SHOWN))
    writes, recalls = lived.ticks.gate[here] > 0, lived.ticks.recall[here].any(axis=1) & lived.asked[here]
    met = list(dict.fromkeys(np.stack([lived.read[here], lived.written[here]], axis=1).ravel().tolist()))
    row = {number: i for i, number in enumerate(met)}
    reads, wrote = (np.array([row[number] for number in column[here].tolist()]) for column in (lived.read, lived.written))
    axes.plot(lived.time[here], reads, "-", color=PALE, lw=1.5, zorder=1)
    axes.plot(lived.time[here], reads, ".", color=GREY, ms=4, label="head")
    axes.plot(lived.time[here][writes], wrote[writes], "s", color=VERMILION, mfc="none", ms=8, label="writes")
    axes.plot(lived.time[here][recalls], reads[recalls], "o", color=BLUE, ms=5, label="is asked, and recalls")
    phases = [lived.phase[i] for i in here.tolist()]
    for tick in range(len(phases)):
        if phases[tick] and (tick == 0 or phases[tick] != phases[tick - 1]):
            axes.axvline(tick - 0.5, color=PALE, lw=1)
            axes.annotate(phases[tick], (tick - 0.4, 1.0), xycoords=("data", "axes fraction"), fontsize=8, color=GREY, va="bottom")
    axes.set_yticks(range(len(met))[:MOST_ADDRESSES], [lived.places.names[number] for number in met][:MOST_ADDRESSES], fontsize=7)
    axes.set_ylim(min(len(met), MOST_ADDRESSES) - 0.5, -0.5)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    _say(axes, "", "tick of a life", "address")
    axes.set_title(f"Addresses of one life ({len(here)} ticks)", pad=16)
    axes.legend(bbox_to_anchor=(1.01, 1), loc="upper left")


def _entropy(figure: Figure, looked: Looked) -> None:
    """Bits of the keys of each layer, and gates that never move."""
    keys, (left, right) = looked.found["mind"]["keys"], figure.subplots(1, 2)
    rows, names = keys["layers"], [row["layer"] for row in keys["layers"]]
    at, units = np.arange(len(rows)), looked.gates.shape[2] if looked.gates is not None else 0
    left.bar(at, [row["entropy"] for row in rows], color=BLUE, width=0.6)
    left.axhline(keys["entropy"], color=VERMILION, lw=1.2, ls="--", label="all layers together")
    left.axhline(np.log2(max(1, keys["inputs"])), color=GREY, lw=1, ls=":", label="as many as there are inputs")
    left.set_xticks(at, names)
    left.set_ylim(0, 1.3 * max(1.0, np.log2(max(1, keys["inputs"]))))
    _say(left, "Entropy of the keys", "layer", "bits")
    left.legend(loc="upper left", ncols=2)
    dead, always = ([row[name] for row in rows] for name in ("dead", "always"))
    right.bar(at, dead, color=GREY, width=0.6, label="closed in every tick", hatch="//", ec="white")
    right.bar(at, always, bottom=dead, color=SKY, width=0.6, label="open in every tick")
    right.set_xticks(at, names)
    right.set_ylim(0, 1.15 * units)
    _say(right, "Gates that never move", "layer", f"gates of {units}")
    right.legend(loc="upper left", ncols=2)


def _angles(figure: Figure, looked: Looked, gates: np.ndarray) -> None:
    """Pairs of ticks: how far what a half got differs in direction, and its gates do."""
    layout, ticks = looked.agent.layout, looked.lived.ticks
    before = mind.between(layout, ticks.seen, ticks.middle, ticks.recall, mind.parts_of(ticks.middle, layout))
    pairs = (rng.bits(2 * MOST_PAIRS, _PAIRS) % np.uint64(len(gates))).astype(np.int64).reshape(2, -1)
    layers = (slice(None, looked.layers_in), slice(looked.layers_in, None))
    names = mind.layer_names(layout, gates.shape[1], looked.layers_in)
    for axes, half, shown, part in zip(figure.subplots(1, 2), HALVES, (mind.faced(layout, ticks.seen), before), layers, strict=True):
        a, b = (shown[side].astype(np.float64) for side in pairs)
        fine = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1) > 0
        theta = np.degrees(geometry.angle(a[fine], b[fine]))
        axes.plot([0, 180], [0, 1], color=GREY, lw=1, label="angle / 180: random hyperplanes")
        for k in range(part.start or 0, part.stop or gates.shape[1]):
            far = (gates[pairs[0], k] != gates[pairs[1], k]).mean(axis=1)[fine]
            axes.plot(theta, far, MARKS[k % len(MARKS)], color=CYCLE[k % len(CYCLE)], ms=2.5, alpha=0.4, label=names[k])
        _say(axes, f"What the {half} gets, and its gates", "angle of two inputs (degrees)", "share of gates that differ")
        axes.set_xticks(range(0, 181, 45))


def _states(figure: Figure, looked: Looked) -> None:
    """Principal components of what the halves put out."""
    lived, layout = looked.lived, looked.agent.layout
    stride = max(1, len(lived.life) // MOST_STATES)
    some = slice(None, None, stride)
    names, which = mind.moves_of(lived.ticks.middle[some], layout)
    moves, phases = [names[i] for i in which.tolist()], [phase or "tick" for phase in lived.phase[some]]
    parts = zip(figure.subplots(1, 2), HALVES, (lived.ticks.middle, lived.ticks.out), (moves, phases), ("moves", "phases"), strict=True)
    for axes, half, states, labels, colours in parts:
        chosen = np.nan_to_num(states[some].astype(np.float64), posinf=0, neginf=0)
        found = geometry.pca(chosen, 2)
        at = np.pad(found.of(chosen), ((0, 0), (0, 2)))[:, :2]
        share = np.pad(found.share, (0, 2))[:2]
        for i, label in enumerate(dict.fromkeys(labels)):
            here = np.array([each == label for each in labels])
            axes.plot(*at[here].T, MARKS[i % len(MARKS)], color=CYCLE[i % len(CYCLE)], mfc="none", ms=4, alpha=0.6, label=label)
        _say(axes, f"What the {half} puts out, {colours} by colour", f"component 1 ({share[0]:.0%})", f"component 2 ({share[1]:.0%})")


def _forced(figure: Figure, held: Forced) -> None:
    """Every gate that was held, and the halves as one map each."""
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    effects, whole, rows = held.effects, held.told["whole"], held.told["layers"]
    units = int(effects.unit.max(initial=0)) + 1
    for side, colour, name in ((0, GREY, "held closed"), (1, ORANGE, "held open")):
        here = effects.side == side
        x = effects.layer[here] * units * 1.1 + effects.unit[here]
        left.plot(x, effects.change[here], ("s", "o")[side], color=colour, ms=3.5, mfc="none" if side else colour, label=name)
    left.axhline(0, color=PALE, lw=1)
    left.set_xticks([(k + 0.5) * units * 1.1 for k in range(len(rows))], [row["layer"] for row in rows])
    _say(left, "One gate held for whole lives", "gate, layer by layer", "change of the score")
    names = [name for name in WHOLE if whole[name] is not None]
    scores = np.array([whole[name]["score"] for name in names])
    errors = [[score - whole[name]["low"] for score, name in zip(scores, names, strict=True)]] * 2
    right.barh(range(len(names)), scores, xerr=np.nan_to_num(errors), color=[BLUE, *[SKY] * (len(names) - 1)], ecolor=GREY)
    right.set_yticks(range(len(names)), names)
    right.invert_yaxis()
    _say(right, "Halves held at their most common key", "score", "")
