"""The track of one mind: its last ticks, and what can be told of the newest one.

A tick is added in a microsecond; its gates are worked out when somebody looks, many ticks at once.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import Counter, deque
from typing import Any

import numpy as np

from alife.core.layout import Layout
from alife.core.parts import Part
from alife.insight import keys, mind
from alife.insight.moment import Look, Moment, Strip, Write
from alife.insight.why import angle, cosine, why

MOST_WRITES = 512


class Track:
    """Ticks of one agent, genome float32 (*shape).

    The last `most` moments and the last MOST_WRITES that wrote are kept; keys and writes of all are counted, at 16 bytes a tick.
    """

    def __init__(self, controller: Part, layout: Layout, genome: np.ndarray, most: int = 4096) -> None:
        self.controller, self.layout, self.genome = controller, layout, genome
        self._shows = mind.shows(controller)
        self._moments: deque[Moment] = deque(maxlen=most)
        self._gates: deque[np.ndarray] = deque(maxlen=most)  # bool (layers, units) of the kept ones that are counted; the last fit
        self._layers_in = 0
        self._times, self._keys = array("q"), array("Q")  # of all ticks, and of those that are counted
        self._counts: Counter[int] = Counter()
        self._writes: deque[Moment] = deque(maxlen=MOST_WRITES)
        self._written = array("q")  # ticks of all writes
        self._symbols: dict[int, str] = {}

    @property
    def ticks(self) -> int:
        """All that were added."""
        return len(self._times)

    @property
    def moments(self) -> list[Moment]:
        """Those kept, oldest first."""
        return list(self._moments)

    @property
    def writes(self) -> list[Moment]:
        """Those with an open gate, at most MOST_WRITES, oldest first."""
        return list(self._writes)

    def add(self, moment: Moment) -> None:
        """One more tick. If it is not after the last one, it takes the place of all from there on."""
        if self._times and moment.tick <= self._times[-1]:
            self.rewind(moment.tick - 1)
        if self._shows and len(self._times) - len(self._keys) == self._moments.maxlen:
            self._count()
        self._moments.append(moment)
        self._times.append(moment.tick)
        if moment.gate > 0:
            self._writes.append(moment)
            self._written.append(moment.tick)

    def renew(self, genome: np.ndarray) -> None:
        """The genes were changed by hand: keys go on, maps are of the new genome from now on."""
        self._count()
        self.genome = genome

    def rewind(self, tick: int) -> None:
        """Forget what was after that tick. Counts are exact; moments and writes that had to make room do not come back."""
        left = bisect_right(self._times, tick)
        for key in self._keys[left:]:
            self._counts[key] -= 1
        self._counts = +self._counts
        for _ in range(min(len(self._gates), len(self._keys) - left)):
            self._gates.pop()
        del self._times[left:], self._keys[left:], self._written[bisect_right(self._written, tick) :]
        for kept in (self._moments, self._writes):
            while kept and kept[-1].tick > tick:
                kept.pop()
        self._symbols = {when: symbol for when, symbol in self._symbols.items() if when <= tick}

    def _count(self) -> None:
        """Work out the gates of the ticks added since the last time, while they are all kept."""
        new = len(self._times) - len(self._keys)
        if not self._shows or not new:
            return
        moments = list(self._moments)[-new:]
        for some in mind.chunks(new, 1, self.layout.width):
            seen, recall = (np.stack([getattr(moment, name) for moment in moments[some]])[None] for name in ("seen", "recall"))
            with np.errstate(all="ignore"):
                thoughts = mind.think(self.controller, self.layout, self.genome[None], seen, recall)
            self._layers_in = thoughts.layers_in
            self._gates.extend(thoughts.gates[0])
            found = keys.hashed(keys.packed(thoughts.gates[0])).tolist()
            self._keys.extend(found)
            self._counts.update(found)

    # ---- looking ----

    def look(self) -> Look:
        """All that can be told of the last moment. ValueError where none is kept."""
        if not self._moments:
            raise ValueError("expected a moment to look at, found none in this track")
        self._count()
        moment, layout = self._moments[-1], self.layout
        names, which = mind.moves_of(moment.middle, layout)
        asked = [(name, layout.control(name) if name in mind.MOVES else -1) for name in names]
        asked += [("part", slot) for slot in (layout.control("part"),) if slot >= 0]
        with np.errstate(all="ignore"):
            thought = self._thought(moment)
            writes, match = self._remembered(moment)
            likeness = cosine(moment.recall, match.value) if match else float("nan")
        return Look(
            moment=moment,
            senses=[(name, float(moment.seen[i])) for i, name in enumerate(layout.observations)],
            controls=[(name, float(moment.middle[i]) if i >= 0 else float("nan")) for name, i in asked],
            move=names[int(which)], parts=bool(mind.parts_of(moment.middle, layout)),
            actions=[(name, float(moment.out[i])) for i, name in enumerate(layout.actions, layout.first_action)],
            action=int(mind.actions_of(moment.out, layout)),
            memory=list(zip(mind.value_names(layout), moment.recall.tolist(), moment.value.tolist(), strict=True)),
            ticks=self.ticks, writes=writes, match=match, likeness=likeness, load=len(self._written) / len(moment.address),
            energies=np.array([each.energy for each in self._moments], np.float64), **thought,
        )  # fmt: skip

    def _thought(self, moment: Moment) -> dict[str, Any]:
        """The fields of a look that the gates tell."""
        if not self._shows:
            blank: dict[str, Any] = {"strips": [], "key": "", "seen_before": 0, "keys": 0, "inputs": [], "outputs": [], "because": []}
            return blank | {"map": np.zeros((0, 0)), "input": np.zeros(0), **dict.fromkeys(("norm", "angle", "residual"), float("nan"))}
        gates, key = self._gates[-1], self._keys[-1]
        is_next = min(len(self._gates), len(self._moments)) > 1 and self._moments[-2].tick == moment.tick - 1
        flipped = gates ^ self._gates[-2] if is_next else np.zeros_like(gates)
        names = mind.layer_names(self.layout, len(gates), self._layers_in)
        of = why(self.controller, self.layout, self.genome, moment, gates, self._layers_in)
        return {
            "strips": [Strip(*strip) for strip in zip(names, gates, flipped, strict=True)],
            "key": f"{key:016x}", "seen_before": self._counts[key] - 1, "keys": len(self._counts),
            "map": of.named.map, "inputs": of.named.inputs, "input": of.input, "outputs": of.named.outputs, "norm": of.norm,
            "angle": angle(moment.seen, moment.out), "residual": of.residual, "because": of.because(),
        }  # fmt: skip

    def _remembered(self, moment: Moment) -> tuple[list[Write], Write | None]:
        """The writes kept, newest first, and that of an earlier tick written nearest to here; the newest among equals."""
        kept = list(self._writes)[::-1]
        if not kept:
            return [], None
        self._symbols = {each.tick: self._symbols.get(each.tick) or symbol(each, self.layout) for each in kept}
        overlaps = np.stack([each.written for each in kept]) @ moment.address / len(moment.address)
        writes = [
            Write(each.tick, each.place, self._symbols[each.tick], each.gate, each.value, overlap)
            for each, overlap in zip(kept, overlaps.tolist(), strict=True)
        ]
        return writes, max((write for write in writes if write.tick < moment.tick), key=lambda write: write.overlap, default=None)


def symbol(moment: Moment, layout: Layout) -> str:
    """The strongest sense of a tick and the next one, if it is at least half as strong: 'food north +1.0, look 3 -1.0'; '' = all are 0."""
    seen = np.nan_to_num(moment.seen[: layout.one], nan=0.0, posinf=np.inf, neginf=-np.inf)
    strength = np.abs(seen)
    strongest = np.argsort(-strength, kind="stable")[:2]
    told = [i for i in strongest.tolist() if strength[i] > 0 and strength[i] >= strength[strongest[0]] / 2]
    return ", ".join(f"{layout.observations[i]} {seen[i]:+.1f}" for i in told)
