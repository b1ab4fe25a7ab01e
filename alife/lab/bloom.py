"""Lab 24: plasticity by a Bloom filter of visited routes: what A has used is frozen, what is new learns B. A NumPy model."""

from __future__ import annotations

from typing import Any

import numpy as np

from alife.core import rng
from alife.lab._chance import above, along
from alife.lab._plastic import RATES, Active, Course, Rate, Reader, at_equal_price, draw_course, draw_price, even, inputs, live, routes
from alife.lab._plots import COLOURS, label, measured, predicted
from alife.lab.finding import Finding, near

NUMBER = 24
TITLE = "routes that were used are frozen"
GROUPS, GATES = 64, 4
ROUTES = GROUPS << GATES
HASHES, BITS = 4, 4096
LOW = (0.5, 0.2, 0.1, 0.03, 0.0)
SIZES = (512, 1024, 2048, 4096, 16384)
LOADS = (0.05, 0.1, 0.2, 0.3, 0.5)
CLAIM = (
    "A Bloom filter of visited gate patterns keeps what was learned: low learning rate where the pattern is in it, high where it is "
    "new; false positives, (1 - e^(-hN/M))^h of the new, only freeze (S. O'Connor's idea; Bloom 1970)."
)
PROSE = (
    "A NumPy model: the pattern of every four gates (those are the address bits of memory/lsh) chooses one of 16 weights, 64 "
    "groups; 24 pairs a task, an input of B at cosine .9 to one of A; routes enter the filter when A is done. A rate of .1 on "
    "visited routes keeps far more of A than full rates, at the price stated, and more than the same price buys by lower rates for "
    "all. False positives are as many as said, a filter that is too small takes the routes that B would need, and with two gates a "
    "group, where every route is visited, the filter is only a lower rate and buys nothing."
)


class Filter:
    """A Bloom filter a replicate: bits (S, M); route numbers are hashed by alife.core.rng."""

    def __init__(self, replicates: int, bits: int, routes: int) -> None:
        self.bits = np.zeros((replicates, bits), bool)
        salts = np.arange(HASHES)
        self._places = np.stack([(rng.bits(routes, 41, int(k)) >> np.uint64(32)).astype(np.int64) * bits >> 32 for k in salts], axis=1)

    def insert(self, is_in: np.ndarray) -> None:
        """Put in the routes of is_in (S, routes)."""
        for bits, chosen in zip(self.bits, is_in, strict=True):
            bits[self._places[chosen].ravel()] = True

    def contains(self) -> np.ndarray:
        """(S, routes): whether the filter says that a route is in it."""
        return np.asarray(self.bits[:, self._places].all(axis=2))


def _protected(a: Active, b: Active, low: float, bits: int, routes: int) -> tuple[Course, float]:
    """The course with that rate on visited routes, and the fill of the filter."""
    filters = Filter(len(a.gates), bits, routes)
    held = np.zeros((len(a.gates), routes), bool)

    def consolidate(reader: Reader) -> None:
        filters.insert(reader.counts > 0)
        held[...] = filters.contains()

    rate: Rate = lambda reader, place: np.where(held[place], low, 1.0)  # noqa: E731
    return live(routes, a, b, even(1.0), rate, consolidate), float(np.mean(filters.bits))


def _false_positives(load: float, replicates: int) -> tuple[np.ndarray, np.ndarray]:
    """Share of bits set, and share of routes said to be in a filter that are not, (replicates,), with load M routes in it; M = BITS."""
    many = 8 * BITS
    filters, is_in = Filter(replicates, BITS, many), np.zeros((replicates, many), bool)
    for k in range(replicates):
        is_in[k, rng.permutation(many, 42, k)[: round(load * BITS)]] = True
    filters.insert(is_in)
    return np.mean(filters.bits, axis=1), np.array([np.mean(said[~own]) for said, own in zip(filters.contains(), is_in, strict=True)])


def run(scale: float) -> Finding:
    """Scale: replicates."""
    replicates = max(4, round(24 * scale))
    a, b = (routes(x, GROUPS, GATES) for x in inputs(replicates))
    plain = [live(ROUTES, a, b, even(1.0), even(rate)) for rate in RATES]
    bloom = {low: _protected(a, b, low, BITS, ROUTES)[0] for low in LOW}
    sizes = {bits: _protected(a, b, 0.03, bits, ROUTES) for bits in SIZES}
    false = {load: _false_positives(load, max(4, round(16 * scale))) for load in LOADS}
    said = {load: 1 - np.exp(-HASHES * load) for load in LOADS}
    a2, b2 = (routes(x, GROUPS, 2) for x in inputs(replicates))
    plain2 = [live(GROUPS * 4, a2, b2, even(1.0), even(rate)) for rate in RATES]
    crowded, _ = _protected(a2, b2, 0.1, BITS, GROUPS * 4)
    ours = bloom[0.1]
    price = plain[0].learned - ours.learned
    checks = [
        along("share of bits set, N/M = .05 to .5", np.array([f[0] for f in false.values()]), np.array(list(said.values()))),
        along("false positives, the same", np.array([f[1] for f in false.values()]), np.array([fill**HASHES for fill in said.values()])),
        above(f"A kept after B, more than at full rate ({np.mean(plain[0].kept):.2f})", ours.kept - plain[0].kept),
        above(f"the same minus its price, {np.mean(price):.3f} less of B learned", ours.kept - plain[0].kept - price),
        above("A kept, more than by lower rates for all that learn as much of B", at_equal_price(plain, ours)),
        above("B kept after A again, more than at full rate", ours.again - plain[0].again),
        above("a filter of 512 bits: less of B learned than with 4,096", sizes[4096][0].learned - sizes[512][0].learned),
        near("every route visited (2 gates a group): A kept more than by lower rates for all", at_equal_price(plain2, crowded), 0.0),
    ]
    return Finding(CLAIM, checks, PROSE, lambda figure: _draw(figure, plain, bloom, sizes, false))


def _draw(figure: Any, plain: list[Course], bloom: dict, sizes: dict, false: dict) -> None:
    axes = figure.subplots(2, 2)
    draw_course(axes[0, 0], {"full rate": plain[0], "filter, .1": bloom[0.1]})
    draw_price(axes[0, 1], {"lower rates for all": plain, "filter, low rate .5 to 0": list(bloom.values())})
    x = np.array(LOADS)
    fine = np.linspace(0.01, 0.55, 100)
    measured(axes[1, 0], x, np.array([f[1] for f in false.values()]), "false positives", COLOURS[1])
    predicted(axes[1, 0], fine, (1 - np.exp(-HASHES * fine)) ** HASHES, colour=COLOURS[1])
    measured(axes[1, 0], x, np.array([f[0] for f in false.values()]), "bits set", COLOURS[0])
    predicted(axes[1, 0], fine, 1 - np.exp(-HASHES * fine), colour=COLOURS[0])
    label(axes[1, 0], "The filter itself", "routes / bits", "share")
    fills = np.array([fill for _, fill in sizes.values()])
    measured(axes[1, 1], fills, np.array([c.kept for c, _ in sizes.values()]), "A kept", COLOURS[0])
    measured(axes[1, 1], fills, np.array([c.learned for c, _ in sizes.values()]), "B learned", COLOURS[1])
    label(axes[1, 1], f"Filters of {SIZES[-1]:,} to {SIZES[0]} bits, rate .03", "share of bits set", "1 - MSE / variance")
