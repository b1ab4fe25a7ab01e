"""Where controls stand: apart from each other, as seen from what their half of the net sees."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alife.core import config as configs
from alife.core import registry
from alife.core.layout import CONTROLS, layout_of, placed, sized
from alife.insight.problems import PROBLEMS
from alife.sim.agent import Agent

MOVES = ("jump", "home", "hold", "part")


def ties(seen, slots):
    """Pairs of (control, slot seen) of which one layer of switches knows only a common coupling, by trying all pairs."""
    wishes = [(slot, s) for slot in slots for s in seen]
    return sum(a ^ s == b ^ t for (a, s), (b, t) in combinations(wishes, 2) if a != b)


def seen_by_the_head(layout):
    return [0, *range(max(layout.contents, 1), layout.one + 1)]


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
def test_wishes_of_the_head_are_apart(problem):
    """Where the context is small enough for that at all; with hold tied to jump, orders cannot be solved (docs/experiments.md, 18)."""
    layout = Agent(problem.config(1)).layout
    seen = seen_by_the_head(layout)
    found = ties(seen, [layout.control(name) for name in MOVES])
    assert found == 0 if len(seen) * len(MOVES) <= 2 * layout.width // 3 else found <= 2 * len(seen)
    taken = [*range(layout.one + 1), *range(layout.recall, layout.recall + layout.values)]
    assert not {*layout.controls.values()} & {*taken, *range(layout.first_action, layout.first_action + len(layout.actions))}
    assert len({*layout.controls.values()}) == len(layout.controls)


@pytest.mark.parametrize("world", registry.names("worlds"))
def test_a_control_keeps_its_place_when_other_moves_are_off(world):
    full = layout_of(sized(configs.load(world, [], {})))
    if "part" not in full.moves:
        pytest.skip("another head")
    less = layout_of(sized(configs.load(world, ["head.moves=[jump, next, part]"], {})))
    assert less.controls == full.controls and less.control("hold") == -1


@given(st.sets(st.integers(0, 15), min_size=1, max_size=8), st.integers(0, 2**32 - 1))
def test_each_control_takes_the_cheapest_place(seen, seed):
    """Against trying every free slot."""
    taken, free, shown = np.random.default_rng(seed).integers(0, 5, 64).astype(float), list(range(16, 64)), sorted(seen)
    slots = placed(shown, taken, free, CONTROLS)
    for name in CONTROLS:
        cost = {slot: sum(taken[slot ^ s] for s in shown) for slot in free}
        assert slots[name] == max(slot for slot in free if cost[slot] == min(cost.values()))
        for s in shown:
            taken[slots[name] ^ s] += 1
        free.remove(slots[name])
