"""The slow, obvious version of every memory that is not in naive.py: one agent, plain NumPy, writes at once."""

import naive
import numpy as np
from naive import FLIPS, GOLDEN, MASK, f32, lsh_address, mix

ECHO = 0xEC0


def projected(x, rows, row=0):
    """H S x: x repeated to `rows` components, each copy with flips of its own, those of that row."""
    size = max(rows, len(x))
    return naive.fwht(np.tile(x, size // len(x)) * naive.signs(size, FLIPS + row))


def signs_of(z):
    """+1 where >= 0, else -1."""
    return np.where(z >= 0, f32(1), f32(-1))


def normalised(z):
    """z / its root mean square; +1 where that is no number above 0 that is finite."""
    with np.errstate(all="ignore"):
        largest = f32(0)
        for v in np.abs(z):
            largest = largest if largest > v else v
        scale = f32(1) / largest
        total = f32(0)
        for v in z:
            total = total + (v * scale) * (v * scale)
        scale = scale * np.sqrt(f32(len(z)) / total)
        return z * scale if 0 < scale < np.inf else np.ones(len(z), f32)


class Lsh(naive.Memory):
    """By angle."""

    def __init__(self, p, width):
        super().__init__(p.bits, p.values)
        self.p, self.rows, self.width = p, p.bits, width

    def address(self, x):
        """sign(H S x)."""
        return lsh_address(x, self.rows)

    def contents(self):
        """(K, D)."""
        return self.m.T


class Reservoir(Lsh):
    """sign(H S' u) of features u."""

    def __init__(self, p, width):
        super().__init__(p, width)
        self.size = max(p.bits, width)
        self.u = np.zeros(self.size, f32)
        self.order, self.turn = naive.permutation(self.size, ECHO, 1), naive.signs(self.size, ECHO, 2)

    def address(self, x):
        """One step of the reservoir."""
        t = f32(self.p.gain) * normalised(projected(x, self.rows))
        past = f32(self.p.past)
        self.u = past * (self.u[self.order] * self.turn) + (f32(1) - past) * (t / (f32(1) + np.abs(t)))
        return signs_of(naive.fwht(self.u * naive.signs(self.size, FLIPS + 1)))[: self.rows]


class Matrix(Lsh):
    """Real-valued keys."""

    def address(self, x):
        """H S x."""
        return normalised(projected(x, self.rows)[: self.rows])


class Gated(Lsh):
    """Features behind gates."""

    def address(self, x):
        """D W x."""
        z, gates = projected(x, self.rows), projected(x, self.rows, 1)
        return normalised(np.where(gates >= 0, z, f32(0))[: self.rows])


class Thresholded(Lsh):
    """Writes the loud alone, one component after the other."""

    def write(self, a, r, v, gate):
        """Those within the threshold keep their row of M."""
        t = f32(self.p.threshold)
        for c, value in enumerate(v):
            if abs(value) > t:
                wanted = value - t if value > 0 else value + t
                self.m[c] = self.m[c] + (wanted - r[c]) * (gate * f32(1 / len(a))) * a


class Block(Lsh):
    """A memory for each block."""

    def __init__(self, p, width):
        super().__init__(p, width)
        self.all = [naive.Memory(p.bits, p.values) for _ in range(2**p.blocks)]

    def of(self, a):
        """The one that the first bits choose."""
        return self.all[sum(1 << i for i in range(self.p.blocks) if a[i] > 0)]

    def read(self, a):
        """There."""
        return self.of(a).read(a)

    def write(self, a, r, v, gate):
        """There."""
        self.of(a).write(a, r, v, gate)

    def contents(self):
        """(2^b K, D)."""
        return np.concatenate([one.m.T for one in self.all])


class Tape(Lsh):
    """A list of [address, key, value], the one claimed first first."""

    def __init__(self, p, width):
        super().__init__(p, width)
        self.cells, self.claims = {}, 0
        self.key = np.zeros(width, f32)

    def address(self, x):
        """That of the cell with the most similar key."""
        self.key = normalised(x)
        best, found = f32(f32(self.p.alike) * f32(self.width)), super().address(x)
        for j in sorted(self.cells):
            a, key, _ = self.cells[j]
            likeness = sum((k * now for k, now in zip(key, self.key, strict=True)), f32(0))
            if likeness > best:
                best, found = likeness, a
        return found

    def at(self, a):
        """Number of the cell at an address, None where there is none."""
        return next((j for j, cell in self.cells.items() if np.array_equal(cell[0], a)), None)

    def read(self, a):
        """What is there."""
        j = self.at(a)
        return np.zeros(self.p.values, f32) if j is None else self.cells[j][2]

    def write(self, a, r, v, gate):
        """Interpolate; claim the next cell where there is none."""
        if gate <= 0:
            return
        j = self.at(a)
        if j is None:
            j, self.claims = self.claims % self.p.cells, self.claims + 1
            self.cells[j] = (a, self.key, np.zeros(self.p.values, f32))
        value = self.cells[j][2]
        self.cells[j] = (a.copy(), self.key, value + gate * (v - value))

    def contents(self):
        """(C, D)."""
        nothing = np.zeros(self.p.values, f32)
        return np.array([self.cells[j][2] if j in self.cells else nothing for j in range(self.p.cells)])


class Bloom:
    """A memory, and a set of the bits that are set."""

    def __init__(self, memory):
        self.memory, self.p, self.bits = memory, memory.p, set()
        self.address, self.read, self.contents = memory.address, memory.read, memory.contents

    def rate(self, a, gate):
        """And the route becomes known where the gate is open."""
        h = 0
        for first in range(0, len(a), 64):
            word = sum(1 << i for i, v in enumerate(a[first : first + 64]) if v > 0)
            h = mix((h ^ word) + GOLDEN & MASK)
        places = []
        for _ in range(self.p.filter_hashes):
            h = mix(h + GOLDEN & MASK)
            places.append(h % self.p.filter_bits)
        known = self.bits.issuperset(places)
        if gate > 0:
            self.bits.update(places)
        return f32(self.p.filter_rate) if known else f32(1)

    def write(self, a, r, v, gate):
        """With a gate that is less open."""
        self.memory.write(a, r, v, gate * self.rate(a, gate))


class Visits(Bloom):
    """A memory, and a count for every component of an address."""

    def __init__(self, memory, soft=False):
        super().__init__(memory)
        self.soft, self.counts = soft, np.zeros(memory.rows, f32)

    def rate(self, a, gate):
        """Mean rate of what is on."""
        on = np.abs(a) if self.soft else (a > 0).astype(f32)
        total, weight = f32(0), f32(0)
        for each, count in zip(on, self.counts, strict=True):
            total = total + each / (f32(1) + count / f32(self.p.halved_after))
            weight = weight + each
        if gate > 0:
            self.counts = self.counts + on
        return total / weight if weight > 0 else f32(1)
