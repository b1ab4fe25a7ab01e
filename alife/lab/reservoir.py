"""Lab 18: keys that hold the past: the address of a fading trace, and of a reservoir that is fed its own address."""

from __future__ import annotations

from typing import Any

import numpy as np

from alife.core.lanes import LANES
from alife.lab._chance import above, along, normals, signs
from alife.lab._inputs import by_angle, by_cosine
from alife.lab._memories import Memory
from alife.lab._plots import COLOURS, label, measured, predicted
from alife.lab.finding import Check, Finding, near

NUMBER, TITLE = 18, "reservoir: keys that hold the past"
WIDTH, BITS = 64, 256
FADING = (0.3, 0.7, 0.9)
AGES = np.array([0, 1, 2, 3, 5, 8, 12])
NOISE = np.array([0.1, 0.2, 0.5, 1.0, 2.0])
WARM = 40
"""Inputs before the one that differs: the trace is then as long as it gets."""
CLAIM = (
    "Random non-linear features as keys follow the same curve, 1 - 2 theta / pi, and may hold the past: what was seen long ago "
    "counts for less, and what depends on past and present together can be read out linearly (S. O'Connor; Jaeger 2001)."
)
PROSE = (
    "The random features are the kernel of memory/lsh, as is the read-out; trace and feedback around it are NumPy's. The key of a "
    "fading trace forgets an unlike input by rho^2 a step, as predicted, and noise on every input costs what it costs without a "
    "past. A reservoir fed its own address never forgets: two pasts that once differed stay as far apart as the fixed point of its "
    "curve, so it keys on the whole past, exactly but without grace; and whether the last two signs are equal, which no linear reading "
    "of the trace can tell, is read out of either key."
)


def _keys(memory: Memory, x: np.ndarray) -> np.ndarray:
    """Addresses (K, LANES) of inputs (width, LANES)."""
    return memory.keys(x[None])[0]


def _trace(inputs: np.ndarray, rho: float) -> np.ndarray:
    """Fading sums (steps, ..) of inputs (steps, ..), as loud as one input where these are independent."""
    out, trace = np.empty_like(inputs), np.zeros_like(inputs[0])
    for k, x in enumerate(inputs):
        trace = rho * trace + np.sqrt(1 - rho**2) * x
        out[k] = trace
    return out


def _twins(block: int) -> tuple[np.ndarray, np.ndarray]:
    """Two series (steps, WIDTH, LANES) of Gaussian inputs that differ in one of them, number WARM."""
    first, other = normals((WARM + 1 + int(AGES[-1]), WIDTH, LANES), 1, block), normals((WIDTH, LANES), 2, block)
    second = first.copy()
    second[WARM] = other
    return first, second


def _faded(rho: float, blocks: int) -> np.ndarray:
    """Overlaps (ages, samples) of keys of traces in which an input so long ago was another."""
    memory, found = Memory("lsh", BITS, WIDTH), []
    for b in range(blocks):
        keys = [memory.keys(_trace(series, rho)[WARM + AGES]) for series in _twins(b)]
        found.append(np.mean(keys[0] * keys[1], axis=1, dtype=np.float64))
    return np.concatenate(found, axis=1)


def _noisy(rho: float, blocks: int) -> np.ndarray:
    """Overlaps (noise levels, samples) of keys of a trace and of the same with noise on every input."""
    memory, found = Memory("lsh", BITS, WIDTH), []
    for b in range(blocks):
        inputs, noise = normals((2, WARM, WIDTH, LANES), 3, b)
        clean = _keys(memory, _trace(inputs, rho)[-1])
        others = [_keys(memory, _trace(inputs + sigma * noise, rho)[-1]) for sigma in NOISE]
        found.append([np.mean(clean * other, axis=0, dtype=np.float64) for other in others])
    return np.concatenate(found, axis=1)


def _fed(series: np.ndarray, memory: Memory) -> np.ndarray:
    """Addresses (steps, WIDTH, LANES) of (input, address of the step before), two halves that are equally loud."""
    address, found = np.ones((WIDTH, LANES)), []
    for x in series:
        address = _keys(memory, np.concatenate([x, address]))
        found.append(address)
    return np.array(found)


def _kept(blocks: int) -> np.ndarray:
    """Overlaps (ages, samples) of addresses of two reservoirs fed with their own, of which one saw another input so long ago."""
    memory, found = Memory("lsh", WIDTH, 2 * WIDTH), []
    for b in range(blocks):
        first, second = (_fed(series, memory)[WARM:] for series in _twins(b))
        found.append(np.mean((first * second)[AGES], axis=1, dtype=np.float64))
    return np.concatenate(found, axis=1)


def settling(ages: np.ndarray) -> np.ndarray:
    """What these overlaps should be: c <- 1 - 2/pi arccos((1 + c) / 2), from one input that has nothing in common on."""
    overlaps = [float(by_cosine(0.5))]
    for _ in range(int(ages[-1])):
        overlaps.append(float(by_cosine((1 + overlaps[-1]) / 2)))
    return np.array(overlaps)[ages]


def _equal_signs(kind: str, blocks: int) -> np.ndarray:
    """Recall along the answer (samples,) whether the last two of a series of +-pattern were equal, +-1: 600 told three times, 200 asked."""
    steps, found = 800, []
    for b in range(blocks):
        told, pattern = signs((steps, 1, LANES), 4, b), normals((1, WIDTH - 1, LANES), 5, b)
        inputs = np.concatenate([told * pattern, np.full((steps, 1, LANES), 4.0)], axis=1) + 0.1 * normals((steps, WIDTH, LANES), 6, b)
        values = told * np.roll(told, 1, axis=0)
        memory = Memory("lsh", BITS, WIDTH)
        if kind == "fed":
            keys = _fed(inputs, Memory("lsh", WIDTH, 2 * WIDTH))
        else:
            trace = _trace(inputs, 0.7)
            keys = memory.keys(trace) if kind == "trace" else trace / np.sqrt(np.mean(trace**2))
        memory = memory if kind == "trace" else Memory("lsh", WIDTH)
        for _ in range(3):
            memory.write(keys[1:600], values[1:600], gate=0.2)
        found.append(np.mean(memory.read(keys[600:]) * values[600:], axis=(0, 1), dtype=np.float64))
    return np.concatenate(found)


def run(scale: float) -> Finding:
    """Scale: samples a point."""
    blocks = max(2, round(10 * scale))
    faded, kept = {rho: _faded(rho, blocks) for rho in FADING}, _kept(blocks)
    noisy = _noisy(0.7, blocks)
    right = {kind: _equal_signs(kind, blocks) for kind in ("linear", "trace", "fed")}
    checks = [
        *(_forgets(rho, overlaps) for rho, overlaps in faded.items()),
        along("noise of .1 to 2 deviations on every input, rho .7: overlap", noisy, by_angle(np.arctan(NOISE))),
        along("fed its own address, another input 0 to 12 steps ago: overlap", kept, settling(AGES)),
        near("last two signs equal or not, linear in the trace: recall along the answer", right["linear"], 0.0),
        above("the same by keys of the trace", right["trace"], 0.25),
        above("the same by a reservoir fed its own address", right["fed"], 0.25),
    ]
    return Finding(CLAIM, checks, PROSE, lambda figure: _draw(figure, faded, kept, noisy, right))


def _forgets(rho: float, overlaps: np.ndarray) -> Check:
    """The ages at which it can still be told from 1."""
    said = forgetting(AGES, rho)
    seen = said < 0.99
    return along(f"rho {rho}, another input {' '.join(map(str, AGES[seen]))} steps ago: overlap", overlaps[seen], said[seen])


def forgetting(ages: np.ndarray, rho: float) -> np.ndarray:
    """1 - 2/pi arccos(1 - rho^(2 age) (1 - rho^2)), for an input that has nothing in common with the other."""
    return by_cosine(1 - rho ** (2.0 * ages) * (1 - rho**2))


def _draw(figure: Any, faded: dict[float, np.ndarray], kept: np.ndarray, noisy: np.ndarray, right: dict[str, np.ndarray]) -> None:
    left, middle, bars = figure.subplots(1, 3)
    fine = np.linspace(0, AGES[-1], 200)
    for (rho, overlaps), colour in zip(faded.items(), COLOURS, strict=False):
        measured(left, AGES, overlaps, f"trace, rho {rho}", colour)
        predicted(left, fine, forgetting(fine, rho), colour=colour)
    measured(left, AGES, kept, "fed its address", COLOURS[3])
    every = np.arange(AGES[-1] + 1)
    predicted(left, every, settling(every), colour=COLOURS[3])
    label(left, "One input was another", "steps ago", "overlap of the keys")
    measured(middle, NOISE, noisy, "trace, rho 0.7", COLOURS[1])
    predicted(middle, fine[fine < 2.2], by_angle(np.arctan(fine[fine < 2.2])), "1 - 2/pi arctan")
    label(middle, "Noise on every input", "noise / signal", "overlap of the keys")
    bars.boxplot(list(right.values()), widths=0.5)
    bars.set_xticks([1, 2, 3], ["linear\nin the trace", "key of\nthe trace", "fed its\naddress"], fontsize=8)
    label(bars, "Are the last two signs equal?", "what the key is made of", "recall along the answer")
