"""Lab 5: gates as a locality-sensitive hash. Keys of near inputs differ in few bits, theta / pi of them; a full hash knows no nearness."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from alife.insight.geometry import at_angle
from alife.insight.switches import hadamard, hamming
from alife.lab import _paint
from alife.lab._samples import normals, signs, sized
from alife.lab.finding import Check, Finding, exact

NUMBER = 5
TITLE = "gates differ in theta / pi of their bits; those of a full hash in 1/2"
SEEDS = (505,)

_N, _WIDTH = 32, 64
_SPARE = 3.0
"""Standard errors that the worst of some twenty angles may lie off: 3.0 is the 95 % point of the largest of twenty."""


class _Curve(NamedTuple):
    """Share of bits that differ, by angle; over nets drawn anew."""

    mean: np.ndarray
    """(angles,)"""
    error: np.ndarray
    """(angles,): standard error of the mean"""


def run(scale: float) -> Finding:
    """Pairs of inputs at known angles; keys by random W, by flips and a Walsh-Hadamard transform, by a full hash, and two layers deep."""
    nets, pairs = sized(scale, 200, 20), 20
    thetas = np.linspace(0.05, math.pi - 0.05, sized(scale, 20, 8))
    [seed] = SEEDS
    shares = np.array([_shares(seed, net, pairs, thetas) for net in range(nets)])  # (nets, kinds, angles)
    mean, error = shares.mean(axis=0), shares.std(axis=0, ddof=1) / math.sqrt(nets)
    curves = {name: _Curve(m, e) for name, m, e in zip(("random W", "WHT of flips", "full hash", "second layer"), mean, error, strict=True)}
    line, half, deep = thetas / math.pi, np.full(len(thetas), 0.5), _second(thetas) / math.pi
    checks = [
        _worst("random W: worst angle, differing share against theta / pi, standard errors", curves["random W"], line),
        _worst("flips, then WHT: worst angle, against theta / pi, standard errors", curves["WHT of flips"], line),
        _worst("full hash: worst angle, against 1/2, standard errors", curves["full hash"], half),
        exact(
            "second layer: largest distance to the arc-cosine kernel's curve, share of bits",
            np.abs(curves["second layer"].mean - deep).max(),
            0.02,
        ),
        Check("slope of the full hash against theta / pi", float(np.polyfit(line, curves["full hash"].mean, 1)[0]), -0.02, 0.02, 0.0),
    ]
    off = np.abs(curves["random W"].mean - line).max()
    prose = (
        f"{pairs} pairs of inputs at each of {len(thetas)} angles went through {nets} random layers of {_WIDTH} gates, and their keys "
        f"were compared. The share of differing gates is theta / pi within {off:.4f} (and so it is for random flips and a Walsh-Hadamard "
        f"transform: within {np.abs(curves['WHT of flips'].mean - line).max():.4f}), one layer deeper it follows the arc-cosine kernel, "
        f"below that line, and a full hash stays at {curves['full hash'].mean.mean():.3f} at every angle. So gates are a hash that "
        f"{'keeps' if all(c.holds for c in checks) else 'roughly keeps'} nearness, and a full hash is its control."
    )
    claim = "Hamming distance of D(x) and D(x') is width theta / pi for random W (S. O'Connor; Goemans & Williamson 1995, Charikar 2002)."
    return Finding(claim, checks, prose, _drawer(thetas, curves, deep))


def _shares(seed: int, net: int, pairs: int, thetas: np.ndarray) -> np.ndarray:
    """(4, angles): mean share of differing bits of each kind of key, in one net."""
    a, towards = normals((2, pairs, _N), seed, net, 0)
    b = at_angle(np.broadcast_to(a[:, None], (pairs, len(thetas), _N)), np.broadcast_to(towards[:, None], (pairs, len(thetas), _N)), thetas)
    w = normals((_WIDTH, _N), seed, net, 1)
    flips = (
        np.tile(np.eye(_N), (_WIDTH // _N, 1)) * signs(_WIDTH, seed, net, 2)[:, None]
    )  # wider than the input: it comes again, other flips
    mixed = hadamard(_WIDTH) @ flips
    wide = normals((256, _N), seed, net, 3)
    over = normals((_WIDTH, 256), seed, net, 4)
    found = []
    for keys in (
        lambda x: x @ w.T > 0,
        lambda x: x @ mixed.T > 0,
        full_hash,
        lambda x: np.maximum(x @ wide.T, 0) @ over.T > 0,
    ):
        found.append(hamming(keys(a)[:, None], keys(b)).mean(axis=0) / _WIDTH)
    return np.array(found)


def full_hash(x: np.ndarray) -> np.ndarray:
    """bool (.., 64): a hash of x (.., n), numbers rounded to 1/1024; equal inputs give equal bits, all others unrelated ones."""
    words = np.rint(x * 1024).astype(np.int64).view(np.uint64)
    key = np.zeros(x.shape[:-1], np.uint64)
    for i in range(x.shape[-1]):
        key = _mixed(key + words[..., i] + np.uint64(0x9E3779B97F4A7C15))
    return (key[..., None] >> np.arange(64, dtype=np.uint64)) & np.uint64(1) == 1


def _mixed(z: np.ndarray) -> np.ndarray:
    """uint64 (..): SplitMix64's finaliser, as in alife.core.rng."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(z ^ (z >> np.uint64(31)))


def _second(theta: np.ndarray) -> np.ndarray:
    """(..): the angle behind a wide random layer of ReLUs (Cho & Saul, NIPS 2009, n = 1)."""
    return np.asarray(np.arccos(np.clip((np.sin(theta) + (math.pi - theta) * np.cos(theta)) / math.pi, -1, 1)))


def _worst(what: str, curve: _Curve, expected: np.ndarray) -> Check:
    """The largest distance of a curve from what was said, in its own standard errors."""
    return Check(what, float((np.abs(curve.mean - expected) / curve.error).max()), 0.0, _SPARE)


def _drawer(thetas: np.ndarray, curves: dict[str, _Curve], deep: np.ndarray) -> Any:
    def draw(figure: Any) -> None:
        left, right = figure.subplots(1, 2, width_ratios=(3, 2))
        degrees = np.degrees(thetas)
        left.plot(degrees, thetas / math.pi, color=_paint.GREY, lw=1, label="theta / pi")
        left.plot(degrees, deep, color=_paint.GREY, lw=1, ls="--", label="arc-cosine kernel")
        for i, (name, curve) in enumerate(curves.items()):
            left.plot(degrees, curve.mean, _paint.MARKS[i], color=_paint.CYCLE[i], mfc="none", label=name)
        _paint.say(left, "Keys of two inputs", "angle between them (degrees)", "differing bits (share)")
        for i, name in enumerate(("random W", "WHT of flips")):
            mean, error = curves[name]
            right.errorbar(
                degrees + i,
                mean - thetas / math.pi,
                1.96 * error,
                fmt=_paint.MARKS[i],
                color=_paint.CYCLE[i],
                mfc="none",
                capsize=2,
                label=name,
            )
        right.axhline(0, color=_paint.GREY, lw=1)
        _paint.say(right, "Distance from theta / pi, 95 % intervals", "angle (degrees)", "differing bits - theta / pi (share)")

    return draw
