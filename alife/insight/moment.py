"""One tick of one mind, and what can be told of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from alife.sim.agent import Agent, Block


class Moment(NamedTuple):
    """What happened in one mind in one tick. All arrays are copies, float32; n slots, D values, K address bits."""

    tick: int
    seen: np.ndarray
    """(n,): the slots as observed"""
    middle: np.ndarray
    """(n,): after the first half; here the head reads its wishes"""
    recall: np.ndarray
    """(D,)"""
    out: np.ndarray
    """(n,): after the second half"""
    address: np.ndarray
    """(K,): where the head reads in this tick, +-1"""
    written: np.ndarray
    """(K,): where it writes; `address`, unless it parts"""
    gate: float
    """the write gate, 0 to 1"""
    value: np.ndarray
    """(D,): what the gate lets in: out, clipped to -1..1"""
    weight: float
    """Frobenius norm of the memory before the write; NaN where it does not show its contents"""
    place: tuple[int, int] | None = None
    """row and column of the agent; None in problems"""
    energy: float = float("nan")
    """ecosystems"""


def thought(agent: Agent, block: Block, w: np.ndarray, tick: int, weight: float = math.nan) -> Moment:
    """Let the agent in the first lane of a problem's block see and think; `weight` as in `Moment`."""
    agent.kernels.see(block)
    seen = block.x[:, 0].copy()
    agent.kernels.think(block, w)
    head = block.head
    columns = (block.h, block.r, block.x, head.a, head.b if agent.layout.control("part") >= 0 else head.a, block.v)
    middle, recall, out, address, written, value = (array[:, 0].copy() for array in columns)
    return Moment(tick, seen, middle, recall, out, address, written, float(block.g[0, 0]), value, weight)


class Strip(NamedTuple):
    """One layer of gates."""

    name: str
    """'head 1' .., 'body 1' ..; where the head sees all 'in 1' .. before the memory, 'out 1' .. behind it"""
    gates: np.ndarray
    """bool (units,)"""
    flipped: np.ndarray
    """bool (units,): differ from the tick before; all False at the first tick"""


class Term(NamedTuple):
    """One summand of C x."""

    name: str
    """of the sense, 'loudest content', or 'recall ' + the value's name"""
    value: float
    """coefficient times input"""
    coefficient: float
    input: float


class Because(NamedTuple):
    """Why one output is what it is: its largest terms, and what all others add."""

    output: str
    total: float
    terms: tuple[Term, ...]
    rest: float


class Write(NamedTuple):
    """What was stored once."""

    tick: int
    place: tuple[int, int] | None
    symbol: str
    """the strongest senses then, in words"""
    gate: float
    value: np.ndarray
    """(D,)"""
    overlap: float
    """of where it was written with where the head reads now: -1 to 1; 1 = the same"""


@dataclass(frozen=True)
class Look:
    """All that the mind panel tells of the last tick of a track."""

    moment: Moment
    senses: list[tuple[str, float]]
    controls: list[tuple[str, float]]
    """wishes for head moves in the order in which they win; NaN for the default, which needs no asking; last `part`, where it is a move"""
    move: str
    """the one that fired"""
    parts: bool
    """whether `part` fired beside it"""
    actions: list[tuple[str, float]]
    action: int
    """the strongest"""
    memory: list[tuple[str, float, float]]
    """value's name, recalled, let in"""
    strips: list[Strip]
    """empty where the controller tells no gates, and then the fields down to `residual` are empty or NaN, too"""
    key: str
    """hexadecimal digest of all gates, 16 letters"""
    seen_before: int
    """earlier ticks of this track with the same key"""
    keys: int
    """different keys of this track"""
    ticks: int
    """of this track"""
    map: np.ndarray
    """float64 (outputs, inputs): C of this tick"""
    inputs: list[str]
    input: np.ndarray
    """float64 (inputs,): what C was applied to"""
    outputs: list[str]
    norm: float
    """Frobenius norm of C"""
    angle: float
    """degrees between the n slots that go in and the n that come out"""
    residual: float
    """largest |C x - output| over the outputs, C and output in float64"""
    because: list[Because]
    """one for every action, then the write gate, then each wish of the head"""
    writes: list[Write]
    """those kept, newest first"""
    match: Write | None
    """the write that was written nearest to where the head reads now, if it was before this tick"""
    likeness: float
    """cosine of the recall and what that write stored; NaN = nothing to compare"""
    load: float
    """writes of this track with gate > 0, over K"""
    energies: np.ndarray
    """float64 (ticks kept,)"""
