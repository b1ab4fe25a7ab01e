"""Lab 25: plasticity by a counter of visits: a weight learns the more slowly the more often it was written. A NumPy model."""

from __future__ import annotations

from typing import Any

import numpy as np

from alife.lab._chance import above
from alife.lab._plastic import RATES, Course, at_equal_price, draw_course, draw_price, even, inputs, live, routes, worn
from alife.lab.finding import Finding

NUMBER = 25
TITLE = "what is used becomes stiff"
GROUPS, GATES = 64, 4
ROUTES = GROUPS << GATES
LIMITS = (100.0, 30.0, 10.0, 3.0, 1.0)
"""c0: writes after which a weight learns half as fast."""
CLAIM = (
    "A counter of visits keeps what was learned without being told that a task has ended: rate / (1 + c / c0), c += 1 where the "
    "gate is open and a write happens (S. O'Connor's idea)."
)
PROSE = (
    "The model and the tasks of lab bloom, counting from the first write of A on. With c0 = 10 more of A is left after B than at "
    "full rates, at a small price on B, and more than lower rates for all would leave. It knows no tasks, so B becomes stiff as "
    "well, as the third phase shows; with c0 = 1 the net is stiff before it has learned B, and at that price lower rates for all do "
    "nearly as well."
)


def run(scale: float) -> Finding:
    """Scale: replicates."""
    replicates = max(4, round(24 * scale))
    a, b = (routes(x, GROUPS, GATES) for x in inputs(replicates))
    plain = [live(ROUTES, a, b, even(1.0), even(rate)) for rate in RATES]
    counted = {c0: live(ROUTES, a, b, worn(c0), worn(c0)) for c0 in LIMITS}
    ours = counted[10.0]
    price = plain[0].learned - ours.learned
    checks = [
        above(f"c0 = 10, A kept after B, more than at full rate ({np.mean(plain[0].kept):.2f})", ours.kept - plain[0].kept),
        above(f"the same minus its price, {np.mean(price):.3f} less of B learned", ours.kept - plain[0].kept - price),
        above("A kept, more than by lower rates for all that learn as much of B", at_equal_price(plain, ours)),
        above("B kept after A again, more than at full rate", ours.again - plain[0].again),
        above("c0 = 1, A kept, more than by lower rates for all that learn as much of B", at_equal_price(plain, counted[1.0])),
    ]
    return Finding(CLAIM, checks, PROSE, lambda figure: _draw(figure, plain, counted))


def _draw(figure: Any, plain: list[Course], counted: dict[float, Course]) -> None:
    left, right = figure.subplots(1, 2)
    draw_course(left, {"full rate": plain[0], "c0 = 10": counted[10.0], "c0 = 1": counted[1.0]})
    draw_price(right, {"lower rates for all": plain, "visits, c0 100 to 1": list(counted.values())})
