"""Lab 26: the counter of visits for gates that open more or less: summed activity in place of a count. A NumPy model."""

from __future__ import annotations

from typing import Any

import numpy as np

from alife.lab._chance import above
from alife.lab._plastic import RATES, Active, Course, at_equal_price, draw_course, draw_price, even, inputs, live, soft, worn
from alife.lab.finding import Finding

NUMBER, TITLE = 26, "soft-visits: summed activity makes stiff"
SPARSE, DENSE = (1024, 2.0), (256, 0.0)
"""Units, threshold: max(0, z - threshold), z of variance 1; one unit in 44 is open, or every second."""
LIMITS = (30.0, 10.0, 3.0, 1.0)
"""c0, in mean visits."""
CLAIM = (
    "For gates that open more or less, the summed |activity| in place of the count of visits keeps what was learned (S. O'Connor's "
    "idea)."
)
PROSE = (
    "A NumPy model: 1,024 soft units of a fast transform, 24 pairs a task, an input of B at cosine .9 to one of A, counting from "
    "the first write of A on. Where one unit in 44 is open it keeps much of A at the price stated, more than lower rates for all, "
    "and more than a mere count of visits. Where every second unit is open, A and B wear out the same weights, and once c0 is small "
    "enough to keep A, lower rates for all keep more: plasticity by use needs sparse gates."
)


def _family(units: int, a: Active, b: Active, softly: bool) -> list[Course]:
    """A course for each c0; summed activity is measured in its mean over open gates."""
    one = float(np.mean(a.amounts[a.amounts > 0])) if softly else 1.0
    return [live(units, a, b, worn(c0 * one), worn(c0 * one), softly=softly) for c0 in LIMITS]


def run(scale: float) -> Finding:
    """Scale: replicates."""
    replicates = max(4, round(16 * scale))
    x = inputs(replicates)
    a, b = (soft(task, *SPARSE) for task in x)
    plain = [live(SPARSE[0], a, b, even(1.0), even(rate)) for rate in RATES]
    summed, counted = _family(SPARSE[0], a, b, True), _family(SPARSE[0], a, b, False)
    a, b = (soft(task, *DENSE) for task in x)
    dense_plain = [live(DENSE[0], a, b, even(1.0), even(rate)) for rate in RATES]
    dense_summed = _family(DENSE[0], a, b, True)
    ours = summed[LIMITS.index(10.0)]
    price = plain[0].learned - ours.learned
    checks = [
        above(f"c0 = 10, A kept after B, more than at full rate ({np.mean(plain[0].kept):.2f})", ours.kept - plain[0].kept),
        above(f"the same minus its price, {np.mean(price):.3f} less of B learned", ours.kept - plain[0].kept - price),
        above("A kept, more than by lower rates for all that learn as much of B", at_equal_price(plain, ours)),
        above("B kept after A again, more than at full rate", ours.again - plain[0].again),
        above("A kept, more than by counted visits that learn as much of B", at_equal_price(counted, ours)),
        above("every second unit open, c0 = 3: A kept, more than by lower rates for all", at_equal_price(dense_plain, dense_summed[2])),
    ]
    return Finding(CLAIM, checks, PROSE, lambda figure: _draw(figure, plain, summed, counted, dense_plain, dense_summed))


Courses = list[Course]


def _draw(figure: Any, plain: Courses, summed: Courses, counted: Courses, dense: Courses, worn_dense: Courses) -> None:
    left, middle, right = figure.subplots(1, 3)
    draw_course(left, {"full rate": plain[0], "c0 = 10": summed[1]})
    families = {"lower rates for all": plain, "summed activity, c0 30 to 1": summed, "counted visits, c0 30 to 1": counted}
    draw_price(middle, families)
    draw_price(right, {"lower rates for all": dense, "summed activity, c0 30 to 1": worn_dense})
    middle.set_title("One unit in 44 open", fontsize=10, loc="left")
    right.set_title("Every second unit open", fontsize=10, loc="left")
