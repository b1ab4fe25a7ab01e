"""The tick of alife/sim/tick.py in whole arrays, for any library that works like NumPy: what users of JAX and PyTorch would write.

The agent, if there are many, is the first axis. Every agent does everything (an array cannot branch): all hash, and all read a second
time where they write, which is where they read unless they part.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from alife.bench._loops import Scene
from alife.bench.wht import hadamard
from alife.sim.tick import STEEPNESS


class Fixed(NamedTuple):
    """What all agents have in common."""

    sizes: dict[str, int]
    """n, K, D, layers in and out, and slots by name"""
    scale_in: float
    scale_out: float
    home: Any
    """(K,): +-1"""
    order: Any
    """int64 (K,)"""
    turn: Any
    """(K,): +-1"""
    flips: Any
    """(max(K, n),): +-1"""
    context: Any
    """(n,): 0 for contents, else 1"""
    hashed: Any
    """(n,): the same, but 0 for the constant"""
    first: Any
    """(n,): 1 in slot 0"""


def fixed(scene: Scene, array: Callable[[np.ndarray], Any]) -> Fixed:
    """Of a scene; `array` makes the library's arrays of NumPy's."""
    agent, block = scene.agent, scene.agent.block()
    layout, params = agent.layout, agent.controller.params
    names = ("home", "jump", "hold", "part", "gate")
    sizes = {name: layout.control(name) for name in names} | {
        "n": layout.width, "K": block.head.a.shape[0], "D": layout.values, "contents": layout.contents, "recall": layout.recall,
        "in": params.layers_in, "out": params.layers_out,  # type: ignore[attr-defined]
    }  # fmt: skip
    slots = np.arange(layout.width)
    context = (slots >= layout.contents).astype(np.float32)
    hashed = context * (slots != layout.one)
    head = (block.head.home, block.head.order, block.head.turn, block.memory.flips[0], context, hashed, (slots == 0).astype(np.float32))
    return Fixed(sizes, float(block.net.scale_in), float(block.net.scale_out), *(array(np.asarray(part)) for part in head))


def butterflies(xp: Any, x: Any) -> Any:
    """H x along the last axis, level by level."""
    shape, n = x.shape, x.shape[-1]
    h = 1
    while h < n:
        pairs = x.reshape(*shape[:-1], n // (2 * h), 2, h)
        a, b = pairs[..., 0, :], pairs[..., 1, :]
        x = xp.stack([a + b, a - b], -2).reshape(shape)
        h *= 2
    return x


def matrices(array: Callable[[np.ndarray], Any], *sizes: int) -> Callable[[Any, Any], Any]:
    """H x along the last axis, with the dense matrix of each size."""
    known = {n: array(hadamard(n)) for n in set(sizes)}
    return lambda xp, x: xp.matmul(x, known[x.shape[-1]])


def born(xp: Any, f: Fixed, like: Any) -> tuple[Any, Any, Any]:
    """Address, write address and memory of newborns; `like` (.., n) are their slots."""
    agents, s = tuple(like.shape[:-1]), f.sizes
    a = xp.zeros((*agents, s["K"]), dtype=f.home.dtype) + f.home
    return a, a, xp.zeros((*agents, s["D"], s["K"]), dtype=f.home.dtype)


def tick(xp: Any, f: Fixed, transform: Callable[[Any, Any], Any], w: Any, state: tuple[Any, Any, Any], seen: Any) -> tuple[Any, Any]:
    """State and slots (.., n) afterwards; w (.., layers, 2, n), seen (.., n)."""
    s, (a, b, m), x = f.sizes, state, seen
    d, recall = s["D"], s["recall"]

    def half(x: Any, first: int, last: int, scale: float) -> Any:
        for k in range(first, last):
            x = transform(xp, x)
            x = x * xp.where(x >= 0, w[..., k, 0, :], w[..., k, 1, :])
        return transform(xp, x) * scale

    def on(name: str) -> Any:
        return h[..., s[name], None] > 0

    loudest = xp.amax(xp.abs(x[..., : s["contents"]]), -1)
    h = half(x * f.context + loudest[..., None] * f.first, 0, s["in"], f.scale_in)
    z = transform(xp, xp.concatenate([h * f.hashed] * max(1, s["K"] // s["n"]), -1) * f.flips)[..., : s["K"]]
    jump = xp.where(z >= 0, xp.ones_like(z), -xp.ones_like(z))
    a = xp.where(on("home"), f.home, xp.where(on("jump"), jump, xp.where(on("hold"), a, a[..., f.order] * f.turn)))
    b = xp.where(on("part"), b[..., f.order] * f.turn, a)
    r, v = (m * a[..., None, :]).sum(-1), x[..., :d]
    added = xp.where(on("part"), v, v + r)
    x = xp.concatenate([added, x[..., d:recall], x[..., recall : recall + d] + r, x[..., recall + d :]], -1)
    x = half(x, s["in"], s["in"] + s["out"], f.scale_out)
    rate = xp.clip(x[..., s["gate"], None] * float(STEEPNESS), 0, 1) / s["K"]
    rate = xp.where(xp.amax(xp.abs(v), -1)[..., None] > 0, rate, xp.zeros_like(rate))
    error = (xp.clip(v, -1, 1) - (m * b[..., None, :]).sum(-1)) * rate
    return (a, b, m + error[..., None] * b[..., None, :]), x
