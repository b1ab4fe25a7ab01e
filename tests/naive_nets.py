"""The plain versions of the controllers beside `wht` and `dense`: one agent, one half, float32, sums in order, no numba.

Each takes the genes of one half and x (n,), and returns what the half puts out. `naive.py` says what these files are for.
"""

import math

import numpy as np
from naive import clip, f32, fwht


def turned(m, x):
    """m x, each sum over its row in order."""
    return np.array([sum((a * v for a, v in zip(row, x, strict=True)), f32(0)) for row in m], f32)


def closing(x, layers):
    """H x times the factor of so many layers."""
    return fwht(x) * f32(float(len(x)) ** (-(layers + 1) / 2))


def switchnet(genes, x):
    """genes (layers, 2, n, N): block by block, output by output, each input by the side it is on."""
    size = genes.shape[-1]
    for sides in genes:
        z = fwht(x)
        x = np.zeros_like(z)
        for i in range(len(z)):
            first = i // size * size
            for c in range(size):
                x[i] = x[i] + sides[0 if z[first + c] >= 0 else 1, i, c] * z[first + c]
    return closing(x, len(genes))


def detached(genes, x, flips):
    """genes (layers, 2, n), flips (layers, n): gates by chained projections of x as it came."""
    u = x
    for (p, q), s in zip(genes, flips, strict=True):
        u = fwht(u * s)
        x = fwht(x) * np.where(u >= 0, p, q)
    return closing(x, len(genes))


def butterfly(genes, x):
    """genes (layers, 2, levels + 1, n): level by level, output by output."""
    for first, second in genes:
        for level in range(len(first) - 1):
            h = 1 << level
            low = [j & ~h for j in range(len(x))]
            x = np.array([first[level, j] * x[i] + second[level, j] * x[i + h] for j, i in enumerate(low)], f32)
        x = x * np.where(x >= 0, first[-1], second[-1])
    return closing(x, len(genes))


def matrix(genes, x, m):
    """genes (layers, 2, n): m and its transpose in turns."""
    for k, (p, q) in enumerate(genes):
        x = turned(m.T if k % 2 else m, x)
        x = x * np.where(x >= 0, p, q)
    return turned(m.T if len(genes) % 2 else m, x)


def threshold(genes, x):
    """genes (layers, 2, n): slopes and thresholds."""
    scale = f32(float(len(x)) ** -0.5)
    for slope, least in genes:
        x = fwht(x) * scale
        x = np.where(x > least, x * slope, f32(0))
    return fwht(x) * scale


def pruned(genes, x, slots):
    """genes and slots (2, hidden, k): what a unit hears, what it says to whom."""
    y = np.zeros_like(x)
    for hears, says, of, to in zip(*genes, *slots, strict=True):
        z = max(sum((a * x[i] for a, i in zip(hears, of, strict=True)), f32(0)), f32(0))
        for a, i in zip(says, to, strict=True):
            y[i] = y[i] + a * z
    return y


def wide(genes, x, flips, gain, sphere=False, weights=None):
    """`wht` with options; genes (layers, 2, copies n), flips (copies n,), weights (copies n,) or None."""
    copies = len(flips) // len(x)
    if sphere:
        rms = np.sqrt(sum((v * v for v in x), f32(0)) / f32(len(x)))
        x = x / rms if rms > 0 else x
    z = np.array([x[j // copies] for j in range(len(flips))], f32) * flips
    for p, q in genes:
        z = fwht(z)
        z = z * np.where(z >= 0, p, q)
    gains = gain ** (len(genes) + (weights is not None))
    z = fwht(z) * f32(float(len(z)) ** (-(len(genes) + 1) / 2) * gains / copies) * flips
    if weights is not None:
        z = z * weights
    return np.array([sum(z[j : j + copies], f32(0)) for j in range(0, len(z), copies)], f32)


class Recurrent:
    """Hidden units between the halves `first` and `second`, functions of x (n,)."""

    def __init__(self, first, second, n):
        self.first, self.second, self.hidden = first, second, np.zeros(n // 2, f32)

    def tick(self, x, recall):
        """(after the first half, after the second), which gets what the first got, and the recall (n,)."""
        m = len(self.hidden)
        shown = np.concatenate([np.zeros(m, f32), self.hidden])
        h = self.first(x + shown)
        y = self.second(x + recall + shown)
        gates = clip(f32(0.5) + h[m:], 0, 1)
        self.hidden = self.hidden + gates * (clip(y[:m], -1, 1) - self.hidden)
        return h, y


def cosines(n):
    """The orthonormal DCT-II by its definition, float64."""
    return np.array([[math.sqrt((2 if k else 1) / n) * math.cos(math.pi * (2 * i + 1) * k / (2 * n)) for i in range(n)] for k in range(n)])
