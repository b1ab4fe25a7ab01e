"""Which keys and which addresses occur in the lives of a champion, and when: `alife inspect`.

The key of a half is what its gates are in a tick (alife/insight/keys.py); an address is where the head stands, so the key of a memory.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from alife.core.layout import Layout
from alife.insight.champion import Lived
from alife.insight.keys import entropy, hashed, numbered, packed
from alife.insight.mind import moves_of
from alife.insight.nets import HALVES

MOST_ROWS = 12
"""Keys of a half, and addresses, that are told one by one."""


def key_numbers(gates: np.ndarray, layers_in: int) -> tuple[np.ndarray, np.ndarray]:
    """int64 (ticks,) of each half, of gates bool (ticks, layers, units): equal keys have equal numbers, in order of first sight."""
    return numbered(packed(gates[:, :layers_in])), numbered(packed(gates[:, layers_in:]))


def keys_told(lived: Lived, layout: Layout, gates: np.ndarray, layers_in: int) -> list[dict[str, Any]]:
    """Of each half: how many keys, their entropy, and the MOST_ROWS most common ones with when they occur and where the head goes then."""
    told = []
    for half, numbers, some in zip(
        HALVES, key_numbers(gates, layers_in), (gates[:, :layers_in], gates[:, layers_in:]), strict=True
    ):  # fmt: skip
        digests = hashed(packed(some)) if some.size else np.zeros(len(gates), np.uint64)
        counts = np.bincount(numbers)
        rows = []
        for number in np.argsort(-counts, kind="stable")[:MOST_ROWS].tolist():
            here = numbers == number
            rows.append({"key": f"{int(digests[np.argmax(here)]):016x}", **_when(lived, layout, here)})
        told.append({"half": half, "distinct": len(counts), "entropy": entropy(numbers), "most_common": rows})
    return told


def addresses_told(lived: Lived, layout: Layout) -> dict[str, Any]:
    """Addresses of all ticks: which, when, what for.

    A tick writes where its gate is above 0, and recalls where it is asked for something and what it reads is not all 0. `found`: share
    of recalls at an address that was written earlier in that life; `rewritten`: share of writes over another one of that life; `overlap`:
    |a . b| / K of different addresses that are written in one life, mean and most, of those that are among the first MOST_PLACES.
    """
    writes, recalls = lived.ticks.gate > 0, lived.ticks.recall.any(axis=1) & lived.asked
    found = rewritten = 0
    lasting: list[set[int]] = [set() for _ in range(lived.lives)]
    asked: list[set[int]] = [set() for _ in range(lived.lives)]
    columns = zip(lived.life.tolist(), lived.read.tolist(), lived.written.tolist(), recalls.tolist(), writes.tolist(), strict=True)
    for life, read, written, is_recall, is_write in columns:  # ticks of a life stand in their order
        if is_recall:
            found += read in lasting[life]
            asked[life].add(read)
        if is_write:
            rewritten += written in lasting[life]
            lasting[life].add(written)
    both = np.concatenate([lived.read, lived.written[lived.written != lived.read]])
    counts = np.bincount(both, minlength=len(lived.places.names))
    order = [number for number in np.argsort(-counts, kind="stable").tolist() if counts[number]]
    rows = []
    for number in order[:MOST_ROWS]:
        here, there = lived.read == number, lived.written == number
        rows.append(
            {"address": lived.places.names[number], **_when(lived, layout, here | there)}
            | {"recalls": int((here & recalls).sum()), "writes": int((there & writes).sum())}
        )
    return {
        "distinct": len(order),
        "recalled_at": len(set().union(*asked)),
        "written_at": len(set().union(*lasting)),
        "a_life_writes_at": float(np.mean([len(each) for each in lasting])),
        "a_life_recalls_at": float(np.mean([len(each) for each in asked])),
        "found": found / int(recalls.sum()) if recalls.any() else None,
        "rewritten": rewritten / int(writes.sum()) if writes.any() else None,
        "overlap": _overlap(lived, lasting),
        "most_common": rows,
    }


def _when(lived: Lived, layout: Layout, here: np.ndarray) -> dict[str, Any]:
    """Of the ticks `here`, bool (ticks,): their share of all, when in a life, in which phases, and the moves of the head."""
    names, which = moves_of(lived.ticks.middle[here], layout)
    times = lived.time[here]
    phases = Counter(phase for phase, is_here in zip(lived.phase, here.tolist(), strict=True) if is_here and phase)
    moves = Counter(names[k] for k in which.tolist())
    n = int(here.sum())
    return {
        "share": n / len(here),
        "ticks": {"first": int(times.min()), "median": float(np.median(times)), "last": int(times.max())},
        "phases": {name: count / n for name, count in phases.most_common()},
        "moves": {name: count / n for name, count in moves.most_common()},
    }


def _overlap(lived: Lived, lasting: list[set[int]]) -> dict[str, float] | None:
    """None where no life writes at two addresses."""
    vectors = np.stack(lived.places.vectors)
    gram = np.abs(vectors @ vectors.T) / vectors.shape[1]
    pairs = []
    for written in lasting:
        known = sorted(number for number in written if number < len(vectors))
        pairs.append(gram[np.ix_(known, known)][np.triu_indices(len(known), 1)])
    flat = np.concatenate(pairs) if pairs else np.zeros(0)
    return {"mean": float(flat.mean(dtype=np.float64)), "most": float(flat.max())} if len(flat) else None
