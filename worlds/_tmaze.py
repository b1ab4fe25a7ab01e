"""What a life in the T-maze has seen, and what an agent without a memory can expect of it: exact, no simulation.

`possible` is a set of goals as a bit mask: those that may be the rich one. The observer holds that the goal stays where
it is until something seen proves that it has moved:

    rich, whatever was thought   it is here
    poor, thought possible       not here; were none left, it has moved: anywhere but here
    poor, excluded before        nothing new

The goal moves once, so after the proof no goal that was left out can become rich again: the set is then all that anybody can know
who was not told when it moves. Were a move thought possible at any time before the proof too, nothing would ever be excluded
(always the same of two goals: .825), and with the rounds of the move known, poor goals would count again and again (.6625).
"""

from __future__ import annotations

import functools
import itertools
from collections import Counter

import numpy as np

from alife.core.jit import kernel

_COARSE, _FINEST = 16, 2.0**-12
"""The search over odds begins with multiples of 1 / _COARSE; what its smallest step misses is of the order of its square."""


@kernel
def narrowed(possible, goal, is_rich, goals):
    """The goals that may be the rich one after a visit."""
    here = 1 << goal
    if is_rich:
        return here
    left = possible & ~here
    return left if left else ((1 << goals) - 1) & ~here


@kernel
def _counted(odds, only, first, second, rounds, low, high, now, later, ahead):
    """Expected rounds that count in a life from `first` to `second`, for an agent that draws a goal by `odds` each round.

    Only visits of `only` count, of any goal if -1. Filled: now, later (2^goals,), ahead (rounds + 1, 2^goals).
    """
    goals, sets = odds.shape[0], now.shape[0]
    for m in range(sets):
        now[m], ahead[0, m] = 0.0, 0.0
    for r in range(rounds - low):  # what r + 1 rounds after the move are worth
        for m in range(sets):
            worth = 0.0
            for g in range(goals):
                counts = (m >> g) & 1 and (only < 0 or only == g)
                worth += odds[g] * (ahead[r, narrowed(m, g, g == second, goals)] + (1.0 if counts else 0.0))
            ahead[r + 1, m] = worth
    now[sets - 1] = 1.0
    before, total = 0.0, 0.0
    for r in range(high + 1):
        if r >= low:
            total += before
            for m in range(sets):
                total += now[m] * ahead[rounds - r, m]
        for m in range(sets):
            later[m] = 0.0
        for m in range(sets):
            if now[m] == 0.0:
                continue
            for g in range(goals):
                if (m >> g) & 1 and (only < 0 or only == g):
                    before += now[m] * odds[g]
                later[narrowed(m, g, g == first, goals)] += now[m] * odds[g]
        for m in range(sets):
            now[m] = later[m]
    return total / (high - low + 1)


def mean_score(
    odds: tuple[float, ...], rounds: int, low: int, high: int, orders: dict[tuple[int, int], int], only: int = -1
) -> float:
    """Share of rounds that count, over lives with these (from, to) -> weight, the move after low..high rounds."""
    sets = 1 << len(odds)
    now, later, ahead = np.zeros(sets), np.zeros(sets), np.zeros((rounds + 1, sets))
    chances, total = np.array(odds, np.float64), 0.0
    for (first, second), weight in orders.items():
        total += weight * _counted(chances, only, first, second, rounds, low, high, now, later, ahead)
    return float(total / sum(orders.values()) / rounds)


def _alike(kinds: tuple[int, ...], order: tuple[int, int] | None) -> dict[tuple[int, int], int]:
    """One (from, to) for all that odds by kind cannot tell apart, and how many they are."""
    if order:
        return {order: 1}
    pairs = list(itertools.permutations(range(len(kinds)), 2))
    one = {(kinds[a], kinds[b]): (a, b) for a, b in pairs}
    return {one[key]: number for key, number in Counter((kinds[a], kinds[b]) for a, b in pairs).items()}


def _search(kinds: tuple[int, ...], rounds: int, low: int, high: int, order: tuple[int, int] | None, only: int) -> float:
    """The best score over all shares of the kinds 0, 1, .. of goals; goals of one kind are equally likely, those of kind -1 never drawn."""
    number, orders = Counter(kinds), _alike(kinds, order)
    count = max(kinds) + 1

    @functools.cache
    def value(shares: tuple[float, ...]) -> float:
        odds = tuple(shares[kind] / number[kind] if kind >= 0 else 0.0 for kind in kinds)
        return mean_score(odds, rounds, low, high, orders, only)

    lattice = (parts for parts in itertools.product(range(_COARSE + 1), repeat=count) if sum(parts) == _COARSE)
    drawn = sum(number[kind] for kind in range(count))
    equal = tuple(number[kind] / drawn for kind in range(count))
    best, step = max([equal, *(tuple(part / _COARSE for part in parts) for parts in lattice)], key=value), 1 / _COARSE
    while step >= _FINEST:
        near = []
        for i, j in itertools.permutations(range(count), 2):
            given = min(step, best[i])
            near.append(tuple(s - given if k == i else s + given if k == j else s for k, s in enumerate(best)))
        better = max(near, key=value, default=best)
        if value(better) > value(best) + 1e-15:
            best = better
        else:
            step /= 2
    return value(best)


@functools.lru_cache(maxsize=256)
def memoryless(goals: int, rounds: int, low: int, high: int, order: tuple[int, int] | None, homing: bool) -> float:
    """Expected score of the best agent that draws its goal by the same odds in every round, whatever it saw.

    Where all orders are equally likely, searched are equal odds of k goals, equal ones of m others, and none of the rest; free
    search over the odds of all goals found nothing better at many sizes. For 20 rounds and four goals: one in three of three.

    Homing: the turns of the way back cannot depend on those of the way out, so it gets home from one goal only: the
    one that counts. A mixture of ways back is no better, for the score is linear in the odds of each turn.
    """
    if order:
        kinds = tuple(0 if g == order[0] else 1 if g == order[1] else 2 for g in range(goals))
        return max(_search(kinds, rounds, low, high, order, only) for only in (order if homing else (-1,)))
    families = [(k, m) for k in range(1, 2 if homing else goals) for m in range(k, goals - k + 1)]
    return max(_search((0,) * k + (1,) * m + (-1,) * (goals - k - m), rounds, low, high, None, 0 if homing else -1) for k, m in families)
