"""Why an agent did what it did in one tick: its outputs as sums of what went in, exactly.

While the gates stay as they are in this tick, everything that comes out is a linear map C of what went in, senses and recalled values.
The head's wishes come through the first half alone, C1 c + b1 of what the head sees: the context, and how loud the contents are, an
input of its own here. Actions and the write gate come through the second, C2 (x + R r) + b2, or, where the head sees all, through
both: C2 (C1 x + b1 + R r) + b2. R puts the recall into its slots; into those of the contents only while the head does not part.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from alife.core.layout import Layout
from alife.core.parts import Part
from alife.insight import mind
from alife.insight.moment import Because, Look, Moment, Term

MOST_TERMS = 6
"""Of a sum that are told one by one."""


class Why(NamedTuple):
    """A tick as a map of what went in."""

    named: mind.Named
    input: np.ndarray
    """float64 (inputs,)"""
    output: np.ndarray
    """float64 (outputs,): as the controller itself puts them out with these gates held"""

    @property
    def norm(self) -> float:
        """Frobenius norm of C."""
        return float(np.linalg.norm(self.named.map))

    @property
    def residual(self) -> float:
        """Largest |C x - output|; rounding, where the controller is linear between two gate flips."""
        return float(np.abs(self.named.map @ self.input - self.output).max())

    def because(self) -> list[Because]:
        """Every output as a sum: its largest terms, none that is 0, and what the others add."""
        return [_sum(self, row) for row in range(len(self.output))]


def why(controller: Part, layout: Layout, genome: np.ndarray, moment: Moment, gates: np.ndarray, layers_in: int) -> Why:
    """The tick of an agent, genome (*shape), whose gates, bool (layers of both halves, units), were these."""
    parts = bool(mind.parts_of(moment.middle, layout))
    tick = mind.held(controller, layout, genome, gates, layers_in, moment.seen, moment.recall, parts)
    named = mind.named(layout, tick)
    after = len(named.slots) - named.wishes
    output = np.concatenate([tick.out[named.slots[:after]], tick.middle[named.slots[after:]]])
    return Why(named, mind.given(layout, moment.seen, moment.recall), output)


def _sum(of: Why, row: int) -> Because:
    coefficients, total = of.named.map[row], float(of.output[row])
    values = coefficients * of.input
    order = np.argsort(-np.nan_to_num(np.abs(values), nan=np.inf), kind="stable")[:MOST_TERMS]
    terms = tuple(
        Term(of.named.inputs[i], float(values[i]), float(coefficients[i]), float(of.input[i])) for i in order.tolist() if values[i] != 0
    )
    return Because(of.named.outputs[row], total, terms, total - sum(term.value for term in terms))


def is_proven(look: Look) -> bool:
    """Whether the map times the inputs is the output."""
    return look.residual <= 1e-6 * max(1.0, look.norm)


def recalled(look: Look) -> tuple[list[float], int]:
    """What all recalled values add to each action, and the strongest action if they were 0 and the gates stayed."""
    with np.errstate(invalid="ignore"):  # of a mind that went wrong
        parts = (look.map * look.input)[: len(look.actions), len(look.inputs) - len(look.memory) :].sum(axis=1)
        without = np.array([value for _, value in look.actions]) - parts
    return parts.tolist(), int(np.argmax(np.where(np.isnan(without), -np.inf, without)))


def angle(a: np.ndarray, b: np.ndarray) -> float:
    """Degrees between two vectors; NaN where one of them is 0."""
    c = cosine(a, b)
    return float(np.degrees(np.arccos(np.clip(c, -1, 1))))


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    """Of the angle between two vectors, in float64; NaN where one of them is 0."""
    a, b = a.astype(np.float64), b.astype(np.float64)
    size = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / size if size else float("nan")
