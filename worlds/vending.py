"""Vending: machines with levers, one lever of each pays; which one is drawn anew every so often, and nobody says so.

A life: `trials` trials. A trial: one of n machines, at random, shows its label of random +-1 bits, and the strongest of
n action slots presses a lever; then, the machine still in sight, the slot of the lever pressed holds +1 if it paid, else
-1. Each machine has one paying lever and no two the same; this bijection is drawn anew (it may come out the same) every
`every` trials. Score = share of trials that paid. It isolates learning by trial and error that has to be unlearned.

Compared with: evolved switch neurons (Vassiliades & Christodoulou 2016; evolved .624 to .651, best .812, solved at .934),
whose rig also shows the reward before the next machine. Labels are fresh in every life and machines come in random order.
The control of shelves: there the right answer is told, here only whether the own one was right.

Ceiling: a press depends on the label alone, and the paying lever does not: 1/n, a constant. So that it stays so, the
last lever and its reward are shown while its machine is, never beside the next one (an agent would only have to avoid the
lever that has just paid elsewhere), and what the slots say at that time is neither taken nor shown. There is no clock.

Optimum, .984 (exactly .9835): who knows the bijection presses by it; its first failure tells of a new draw, and it begins
anew with that one lever excluded. While it learns it presses the first lever, in one order for all machines, that the
bijection still allows; dynamic programming over what is known gives its trials that pay, for any length. No way of
learning fails less: the true bijection and the one with the levers of machines i and k exchanged are equally likely
until one of the two presses a lever of the two, which then fails in 1 of 2 cases; this way no pair fails twice. That makes
n (n - 1) / 4 failures, 1.5, in the first draw, and (1 - 1 / n!) (n (n - 1) / 4 + 1 / 2), 5/3, in every later one. Whoever is
told of every draw gets .985 (`told`); an agent might count trials to 100, but none can do better than that.
To try the levers of every machine by itself, not minding the others, fails 3 times a draw: .970, z = .98.
"""

from __future__ import annotations

import functools
import itertools
import math
from typing import NamedTuple

import numpy as np
from pydantic import Field, model_validator

from alife.core import rng
from alife.core.jit import kernel
from alife.core.lanes import LANES
from alife.core.settings import Settings
from alife.core.slots import draw_codes, one_hot, strongest

_LABEL, _MACHINE, _LEVER = 0, 1, 2
"""Streams of luck."""


class Params(Settings):
    """Sizes of a life."""

    machines: int = Field(3, ge=2, le=6, description="machines, and levers of each")
    trials: int = Field(1000, ge=1, le=100_000, description="trials a life, two ticks each")
    every: int = Field(100, ge=1, le=100_000, description="trials between two draws of the paying levers")
    label_bits: int = Field(16, ge=3, le=64, description="bits a label")

    @model_validator(mode="after")
    def _draws_can_be_learnt(self) -> Params:
        if self.every < 10 * self.machines:
            raise ValueError(f"every: expected at least 10 x machines = {10 * self.machines} trials, got {self.every}")
        return self


DEFAULTS = {"memory.bits": 256, "evolve.lives": 16}


class State(NamedTuple):
    """One life a lane."""

    sizes: np.ndarray
    """int64 (4,): machines, trials, every, label bits"""
    labels: np.ndarray
    """uint64 (machines, LANES): bit i = sign of label slot i"""
    levers: np.ndarray
    """int64 (machines, LANES): the lever that pays"""
    seed: np.ndarray
    """uint64 (LANES,)"""
    machine: np.ndarray
    """int64 (LANES,): the machine in sight"""
    pressed: np.ndarray
    """int64 (LANES,): the lever pressed in this trial, -1 before that"""
    time: np.ndarray
    """int64 (LANES,): trials that are over"""
    paid: np.ndarray
    """int64 (LANES,): trials that paid"""


def observations(p: Params) -> list[str]:
    """What a lever did first: those slots are the ones that a memory stores and recalls."""
    return [f"lever {i}" for i in range(p.machines)] + [f"label {i}" for i in range(p.label_bits)] + ["press"]


def actions(p: Params) -> list[str]:
    """The lever, in the slots where a recall says what it did."""
    return [f"lever {i}" for i in range(p.machines)]


def values(p: Params) -> int:
    """What each lever did; the label is its address."""
    return p.machines


def stretched(p: Params) -> Params:
    """Champions are chosen in lives of twice as many draws."""
    return p.model_copy(update={"trials": min(2 * p.trials, 100_000)})


def ticks(p: Params) -> int:
    """Press, see."""
    return 2 * p.trials


def state(p: Params) -> State:
    """Nothing grows with the length."""
    return State(
        np.array([p.machines, p.trials, p.every, p.label_bits], np.int64),
        np.zeros((p.machines, LANES), np.uint64),
        np.zeros((p.machines, LANES), np.int64),
        np.zeros(LANES, np.uint64),
        *(np.zeros(LANES, np.int64) for _ in range(4)),
    )


@kernel
def _next_trial(s, lane):
    """The next machine; where it is time for it, the paying levers anew."""
    n, t, seed = s.sizes[0], s.time[lane], s.seed[lane]
    if t % s.sizes[2] == 0:
        for i in range(n):
            j = rng.below(rng.draw(seed, t, i, _LEVER), i + 1)
            s.levers[i, lane] = s.levers[j, lane]
            s.levers[j, lane] = i
    s.machine[lane] = rng.below(rng.draw(seed, t, 0, _MACHINE), n)
    s.pressed[lane] = -1


@kernel
def begin(s, lane, seed):
    """Draw the labels and the first trial."""
    draw_codes(s.labels, lane, s.sizes[0], s.sizes[3], seed, 0, _LABEL)
    s.seed[lane], s.time[lane], s.paid[lane] = seed, 0, 0
    _next_trial(s, lane)


@kernel
def observe(s, lane, x):
    """The label, and either the flag that a lever may be pressed or what the lever did."""
    n, bits, machine, lever = s.sizes[0], s.sizes[3], s.machine[lane], s.pressed[lane]
    if lever < 0:
        one_hot(x, lane, n + bits, 0)
    else:
        x[lever, lane] = np.float32(1) if lever == s.levers[machine, lane] else np.float32(-1)
    label = s.labels[machine, lane]
    for i in range(bits):
        x[n + i, lane] = np.float32(1) if (label >> np.uint64(i)) & np.uint64(1) else np.float32(-1)


@kernel
def act(s, lane, x):
    """Press a lever; a tick later go on to the next machine, whatever the slots say."""
    if s.pressed[lane] < 0:
        s.pressed[lane] = strongest(x, lane, 0, s.sizes[0])
        s.paid[lane] += s.pressed[lane] == s.levers[s.machine[lane], lane]
        return True
    s.time[lane] += 1
    if s.time[lane] < s.sizes[1]:
        _next_trial(s, lane)
        return True
    return False


@kernel
def score(s, lane):
    """Share of trials that paid."""
    return np.float32(s.paid[lane]) / np.float32(s.sizes[1])


# ---- what the best can do ----


def ceiling(p: Params) -> float:
    """A constant lever."""
    return 1.0 / p.machines


@functools.lru_cache(maxsize=64)
def optimum(p: Params) -> float:
    """Presses by what it knows until that fails, then begins anew: see the top of the file.

    Taken to be true: it knows all when levers are drawn anew. For draws as short as 10 n trials that is off by less than 1e-3.
    """
    first, anew = _learning(p.machines, p.every, 0), _learning(p.machines, p.every, 1)
    draws, rest = divmod(p.trials, p.every)
    if draws == 0:
        return float(first[rest]) / p.trials
    later = (draws - 1) * _unnoticed(p.machines, anew, p.every) + _unnoticed(p.machines, anew, rest)
    return (float(first[p.every]) + later) / p.trials


@functools.lru_cache(maxsize=64)
def told(p: Params) -> float:
    """The best agent that is told of every draw."""
    first = _learning(p.machines, p.every, 0)
    draws, rest = divmod(p.trials, p.every)
    return float(draws * first[p.every] + first[rest]) / p.trials


def _unnoticed(n: int, anew: np.ndarray, trials: int) -> float:
    """Paid trials of a draw that is met with full knowledge of another one, which is given up at its first failure.

    anew: paid trials of 0, 1, .. trials after that. It is the same for all bijections in which one given lever of one given
    machine does not pay, for these differ in names only; so it does not depend on how many machines pay as before.
    """
    total = 0.0
    for new in itertools.permutations(range(n)):
        pays = sum(lever == machine for machine, lever in enumerate(new)) / n
        unfailing = pays ** np.arange(trials)
        total += float(np.sum(unfailing * pays) + np.sum(unfailing * (1.0 - pays) * anew[:trials][::-1]))
    return total / math.factorial(n)


@functools.lru_cache(maxsize=64)
def _learning(n: int, trials: int, excluded: int) -> np.ndarray:
    """Expected paid trials out of 0, 1, .. `trials` for who knows nothing, or that lever 0 of machine 0 does not pay.

    Known is, for every machine, which levers may pay, as bits; all bijections through these are equally likely.
    """
    solved: dict[tuple[int, ...], np.ndarray] = {(): np.arange(trials + 1, dtype=np.float64)}

    def paid(known: tuple[int, ...]) -> np.ndarray:
        known = _reduced(known)
        if known in solved:
            return solved[known]
        bijections, gain = _bijections(known), np.zeros(trials)
        for i, levers in enumerate(known):
            first = levers & -levers
            chance = sum(1 << b[i] == first for b in bijections) / len(bijections)
            right, wrong = (paid((*known[:i], may, *known[i + 1 :]))[:-1] for may in (first, levers ^ first))
            gain += (chance * (1.0 + right) + (1.0 - chance) * wrong) / n
        total, known_already = np.zeros(trials + 1), 1.0 - len(known) / n
        for t in range(trials):
            total[t + 1] = gain[t] + known_already * (1.0 + total[t])
        solved[known] = total
        return total

    every_lever = (1 << n) - 1
    return paid((every_lever - excluded, *(every_lever for _ in range(n - 1))))


def _bijections(known: tuple[int, ...]) -> list[tuple[int, ...]]:
    """All that give every machine a lever that may pay."""
    return [b for b in itertools.permutations(range(len(known))) if all(k >> j & 1 for k, j in zip(known, b, strict=True))]


@functools.lru_cache(maxsize=4096)
def _reduced(known: tuple[int, ...]) -> tuple[int, ...]:
    """Without what no bijection allows, without machines of which the lever is known, and without these levers; sorted."""
    bijections = _bijections(known)
    rows = [levers for i in range(len(known)) if len(levers := {b[i] for b in bijections}) > 1]
    place = {lever: i for i, lever in enumerate(sorted({lever for levers in rows for lever in levers}))}
    return tuple(sorted(sum(1 << place[lever] for lever in levers) for levers in rows))


def asking(s: State, lane: int) -> bool:
    """At every press but the first, before which there is nothing to remember."""
    return bool(s.pressed[lane] < 0 and s.time[lane] > 0)


def progress(s: State, lane: int) -> tuple[str, int, int]:
    """'press', then 'see'; trials that paid, trials."""
    is_pressed = bool(s.pressed[lane] >= 0)
    return "see" if is_pressed else "press", int(s.paid[lane]), int(s.time[lane]) + is_pressed


def picture(s: State, lane: int) -> np.ndarray:
    """A row a machine, a column a lever: green pays, orange was pressed in vain, sky blue with success; grey the others."""
    n, machine, lever = int(s.sizes[0]), int(s.machine[lane]), int(s.pressed[lane])
    image = np.full((n, n, 3), 40, np.int64)
    image[np.arange(n), s.levers[:, lane]] = [0, 158, 115]
    image[np.arange(n) != machine] //= 2
    image[machine, image[machine].sum(1) == 120] = 90
    if lever >= 0:
        image[machine, lever] = [86, 180, 233] if lever == s.levers[machine, lane] else [230, 159, 0]
    return image.astype(np.uint8)
