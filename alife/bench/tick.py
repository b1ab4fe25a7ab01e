"""A whole tick (perceive, address, move, read, act, write) in lanes against the same loops in C, one agent at a time.

Both get the same observations, genomes of a first generation, one core, one process, and have to give the same slots
before they are timed. 16 agents live on and on, with all they need in the nearest caches; in `tick.512` each of 512
agents lives one life, as in evolution. C takes its agents one after another, which suits its caches.
The crowd stands beside JAX and PyTorch, too, and one tick beside one activation in neat-python: alife/bench/_tick_peers.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from alife.bench import _tick_peers
from alife.bench._loops import PARTS, Case, Scene, scene
from alife.bench._measure import Row, in_turn, row, seconds_of
from alife.bench._twin import SUMS, NoCompilerError, Twin, described
from alife.core.lanes import LANES

CASES = (
    Case("tick", 64, 64, 1, 2),
    Case("tick.1+3", 64, 64, 1, 3),
    Case("tick.n32", 32, 64, 1, 3),
    Case("tick.n128", 128, 64, 1, 3),
    Case("tick.n256", 256, 256, 1, 3),
    Case("tick.K256", 64, 256, 1, 3),
    Case("tick.K1024", 64, 1024, 1, 3),
    Case("tick.D2", 64, 64, 1, 3, 2),
    Case("tick.D16", 64, 64, 1, 3, 16),
    Case("tick.3+3", 64, 64, 3, 3),
)
"""The first is the one whose parts are timed too, that lives in a crowd, and that stands beside others."""

CROWD = 512
TICKS = 2000
"""Of each agent in one timed call: milliseconds."""

_LIVES = 4
"""Of the crowd in one timed call."""


def run(rounds: int = 9, cases: Sequence[Case] = CASES, ticks: int = TICKS) -> list[Row]:
    """A row a case; for the first also its parts, its crowd, and others."""
    rows: list[Row] = []
    for case in cases:
        what = scene(case, LANES)
        twin, note = _twin(what)
        candidates = {"lanes": _alone(what, ticks), **({"C": _alone_in_c(twin, ticks)} if twin else {})}
        sizes = f"n {case.width}, K {case.bits}, D {case.values}, layers {case.layers_in}+{case.layers_out}"
        rows.append(_row(case.name, in_turn(candidates, rounds), f"{sizes}{note}"))
        if case == cases[0]:
            rows += [*_parts(case, what, twin, ticks, rounds), *_crowd(case, rounds)]
            rows.append(_tick_peers.neat_row(f"{case.name}.neat-python", _alone(what, ticks), rounds))
    return rows


def _twin(what: Scene) -> tuple[Twin | None, str]:
    """The fastest C of a scene, and what there is to say about it."""
    try:
        twins = [Twin(what, sums) for sums in SUMS]
    except NoCompilerError as error:
        return None, f"; {error}"
    times = in_turn({str(i): _alone_in_c(twin, TICKS // 10) for i, twin in enumerate(twins)}, 3)
    twin = twins[int(np.argmin([np.median(times[str(i)]) for i in range(len(twins))]))]
    agreeing, agents = agreement(what, twin), len(what.genomes)
    doubt = "" if agreeing == agents else f"; C AGREES FOR {agreeing} OF {agents} AGENTS ONLY"
    return twin, f"; {described()}{doubt}"


def agreement(what: Scene, twin: Twin) -> int:
    """How many agents have the same slots, within 1e-4 of the largest, at the end of a life in lanes and in C."""
    twin.begin()
    twin.run(len(what.seen))
    return _tick_peers.agreeing(twin.x, _tick_peers.slots_at_the_end(what)[: len(twin.x)])


def _alone(what: Scene, ticks: int, parts: int | None = None) -> Callable[[], float]:
    """ns an agent-tick of one block in lanes."""
    block, kernels = what.agent.block(), what.kernels
    arguments = (block, what.genes[0], what.seen_in_lanes, ticks)
    call = (kernels.run, *arguments) if parts is None else (kernels.partly, *arguments, parts)

    def timed() -> float:
        kernels.begin(block)
        return seconds_of(*call) / (ticks * LANES) * 1e9

    return timed


def _alone_in_c(twin: Twin, ticks: int, parts: int = len(PARTS)) -> Callable[[], float]:
    """ns an agent-tick of the same agents in C."""

    def timed() -> float:
        twin.begin()
        return seconds_of(twin.run, ticks, parts) / (ticks * len(twin.x)) * 1e9

    return timed


def _row(name: str, found: dict[str, np.ndarray], note: str) -> Row:
    """Lanes beside C."""
    lanes = found["lanes"]
    if "C" not in found:
        return row(name, lanes, "ns/agent-tick", None, None, note)
    ratio = float(np.median(found["C"])) / float(np.median(lanes))
    return row(name, lanes, "ns/agent-tick", float(np.median(found["C"])), ratio, f"{note}; ratio: times as fast as C")


def _parts(case: Case, what: Scene, twin: Twin | None, ticks: int, rounds: int) -> list[Row]:
    """A row a part: what a tick costs more with it than without."""
    steps = range(len(PARTS) + 1)
    candidates = {f"lanes {n}": _alone(what, ticks, n) for n in steps}
    if twin:
        candidates |= {f"C {n}": _alone_in_c(twin, ticks, n) for n in steps}
    found = in_turn(candidates, rounds)
    whole = float(np.median(found[f"lanes {len(PARTS)}"]))
    rows = []
    for n, part in enumerate(PARTS):
        sides = ("lanes", "C") if twin else ("lanes",)
        more = {side: found[f"{side} {n + 1}"] - found[f"{side} {n}"] for side in sides}
        share = float(np.median(more["lanes"])) / whole
        rows.append(_row(f"{case.name}.{part}", more, f"{share:.0%} of the tick"))
    return rows


def _crowd(case: Case, rounds: int) -> list[Row]:
    """One life of each of many agents: beside C on one core, beside array libraries on all."""
    what = scene(case, CROWD)
    twin, note = _twin(what)
    block, times = what.agent.block(), len(what.seen)
    agent_ticks = _LIVES * CROWD * times

    def in_lanes() -> float:
        seconds = sum(seconds_of(what.kernels.lives, block, what.genes, what.seen_in_lanes) for _ in range(_LIVES))
        return seconds / agent_ticks * 1e9

    candidates = {"lanes": in_lanes}
    if twin:
        candidates["C"] = lambda: sum(seconds_of(twin.lives) for _ in range(_LIVES)) / agent_ticks * 1e9
    found = in_turn(candidates, rounds)
    told = f"{CROWD} agents, a life of {times} ticks each, with their births{note}"
    return [_row(f"{case.name}.{CROWD}", found, told), *_tick_peers.rows(f"{case.name}.{CROWD}", what, rounds)]
