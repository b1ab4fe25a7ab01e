"""The slow, obvious version of every kernel: one agent at a time, plain Python and float32 NumPy, no numba.

Whoever changes a kernel leaves this file alone: the kernel must still give these bits. Arrays have no lane axis, and
nothing here is shared with the kernels but the constants of the hash.
"""

import numpy as np

f32 = np.float32
MASK = 2**64 - 1
GOLDEN = 0x9E3779B97F4A7C15
FLIPS, TAPE = 0x15A, 0x7A9E

# ---- random numbers: SplitMix64's finaliser on Python's whole numbers ----


def mix(z):
    """Whole number below 2^64 -> another."""
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & MASK
    return z ^ (z >> 31)


def draw(seed, time, item, stream):
    """64 random bits of four keys."""
    z = mix((seed + GOLDEN) & MASK)
    for part in (time, item, stream):
        z = mix(((z ^ part) + GOLDEN) & MASK)
    return z


def uniform(bits):
    """The top 24 bits as a fraction."""
    return f32((bits >> 40) / 2**24)


def below(bits, n):
    """The top 32 bits, scaled to 0..n-1."""
    return (bits >> 32) * n >> 32


def lot(n, seed, time, item, stream=0):
    """0..n-1 by the draw of four keys."""
    return below(draw(int(seed), time, item, stream), n)


def sign(bits):
    """The top bit: 0 = +1, 1 = -1."""
    return f32(-1 if bits >> 63 else 1)


def signs(size, seed, time=0, stream=0):
    """+-1 by the top bit of draw(seed, time, 0.., stream)."""
    return np.array([sign(draw(seed, time, i, stream)) for i in range(size)], f32)


def permutation(size, seed, time=0, stream=0):
    """0..size-1 in the order of their draws."""
    return sorted(range(size), key=lambda i: draw(seed, time, i, stream))


def key(*parts):
    """One seed of several numbers."""
    z = 0
    for part in parts:
        z = draw(z, part, 0, 0)
    return z


# ---- the controller ----


def hadamard(n):
    """The matrix by its definition: H[i, j] = (-1)^(number of ones in i & j)."""
    return np.array([[(-1) ** (i & j).bit_count() for j in range(n)] for i in range(n)], f32)


def fwht(x):
    """H x by butterflies (a, b) -> (a + b, a - b), one level h = 1, 2, 4, .. after the other.

    Each sum has two terms that are themselves sums of the level before, so there is one tree of additions only: taking
    several levels in one pass cannot change a bit.
    """
    h = 1
    while h < len(x):
        pairs = x.reshape(-1, 2, h, *x.shape[1:])
        x = np.stack([pairs[:, 0] + pairs[:, 1], pairs[:, 0] - pairs[:, 1]], axis=1).reshape(x.shape)
        h *= 2
    return x


def half(slopes, x):
    """scale * H P_d H ... P_1 H x, P: x_i times p_i where x_i >= 0, else times q_i. slopes (layers, 2, n)."""
    for p, q in slopes:
        x = fwht(x)
        x = x * np.where(x >= 0, p, q)
    scale = f32(float(len(x)) ** (-(len(slopes) + 1) / 2))
    return fwht(x) * scale


def open_gates(slopes, x):
    """(layers, n) of booleans: where `half` takes p."""
    opened = []
    for p, q in slopes:
        x = fwht(x)
        opened.append(x >= 0)
        x = x * np.where(x >= 0, p, q)
    return np.array(opened)


def dense_half(weights, x):
    """(W2 relu(W1 x), which hidden units are above 0); weights (2, hidden, n): W1 and the transpose of W2. Sums in order."""
    z = [sum((w * v for w, v in zip(row, x, strict=True)), f32(0)) for row in weights[0]]
    out = [sum((w * max(v, f32(0)) for w, v in zip(column, z, strict=True)), f32(0)) for column in weights[1].T]
    return np.array(out, f32), np.array([[v > 0 for v in z]])


# ---- the memory and its addresses ----


def lsh_address(x, rows):
    """sign(H S x): x repeated to `rows` components, each copy with flips of its own."""
    size = max(rows, len(x))
    z = fwht(np.tile(x, size // len(x)) * signs(size, FLIPS))
    return np.where(z >= 0, f32(1), f32(-1))[:rows]


class Memory:
    """M (D, K); every write happens at once."""

    def __init__(self, rows, values):
        self.m = np.zeros((values, rows), f32)

    def read(self, a):
        """M a, summed from the first component to the last."""
        total = np.zeros(len(self.m), f32)
        for i in range(len(a)):
            total = total + self.m[:, i] * a[i]
        return total

    def write(self, a, r, v, gate):
        """M + gate (v - r) a^T / K."""
        error = (v - r) * (gate * f32(1 / len(a)))
        self.m = self.m + error[:, None] * a[None, :]


class Scrambled(Memory):
    """The same with addresses times signs that are drawn from all values since birth."""

    def __init__(self, rows, values):
        super().__init__(rows, values)
        self.past = 0

    def scrambled(self, a):
        """The address of this tick."""
        bits = [draw(self.past, i // 64 * 64, 0, 0) >> i % 64 & 1 for i in range(len(a))]
        return np.array([-b if bit else b for b, bit in zip(a, bits, strict=True)], f32)

    def read(self, a):
        """At the address of this tick."""
        return super().read(self.scrambled(a))

    def write(self, a, r, v, gate):
        """There too; then the values become part of the past."""
        super().write(self.scrambled(a), r, v, gate)
        for value in v:
            whole = int(np.floor(value / f32(2.0**-20) + f32(0.5))) + 2**20
            self.past = mix((self.past ^ whole) + GOLDEN & MASK)


# ---- the head ----


class Head:
    """The address and its moves."""

    def __init__(self, rows, moves):
        self.rows, self.moves = rows, moves
        self.home = signs(rows, TAPE, 1)
        self.order = permutation(rows, TAPE, 2)
        self.turn = signs(rows, TAPE, 3)
        self.a = self.b = self.home
        self.parted = False

    def after(self, a):
        """T a."""
        return np.array([a[self.order[i]] * self.turn[i] for i in range(self.rows)], f32)

    def before(self, a):
        """The address of which `a` is the next."""
        b = np.zeros(self.rows, f32)
        for i in range(self.rows):
            b[self.order[i]] = a[i] * self.turn[i]
        return b

    def move(self, wishes, content):
        """The first of the wishes in order of rank; next or hold where there is none."""
        for name in ("home", "jump", "hold", "prev"):
            if name in self.moves and wishes[name] > 0:
                break
        else:
            name = "next" if "next" in self.moves else "hold"
        moved = {
            "home": lambda: self.home,
            "jump": lambda: content,
            "hold": lambda: self.a,
            "prev": lambda: self.before(self.a),
            "next": lambda: self.after(self.a),
        }
        self.a = moved[name]()
        self.parted = "part" in self.moves and bool(wishes["part"] > 0)
        self.b = self.after(self.b) if self.parted else self.a
        return name


# ---- the agent ----


def clip(x, low, high):
    """Between low and high; NaN becomes low."""
    x = np.where(x > low, x, f32(low))
    return np.where(x < high, x, f32(high))


class Mind:
    """One agent: genome (layers, 2, n), `layers_in` of them before the memory; layout: moves, controls, values, one, contents, recall."""

    def __init__(self, genome, layers_in, layout, rows, hard=False, seen=True):
        self.before, self.after = genome[:layers_in], genome[layers_in:]
        self.layout, self.hard, self.seen = layout, hard, seen
        self.memory = Memory(rows, layout.values)
        self.head = Head(rows, layout.moves)
        self.moved = []
        """Each tick's move, and whether it parted."""

    def faced(self, x):
        """What the head sees: of contents how loud the loudest is."""
        count = self.layout.contents
        if count <= 0:
            return x
        return np.array([max(abs(v) for v in x[:count]), *([0] * (count - 1)), *x[count:]], f32)

    def key(self, h):
        """What is hashed: neither contents nor the constant, where the head sees no contents."""
        blank = {*range(self.layout.contents), self.layout.one} if self.layout.contents >= 0 else set()
        return np.array([0 if i in blank else v for i, v in enumerate(h)], f32)

    def body(self, x):
        """The second half."""
        return half(self.after, x)

    def think(self, x):
        """Observation in, actions out, both (n,)."""
        layout = self.layout
        shown = x[: min(layout.values, layout.one)].copy() if self.seen else x[:0]
        self.h = half(self.before, self.faced(x))
        wishes = {name: self.h[slot] for name, slot in layout.controls.items()}
        move = self.head.move(wishes, lsh_address(self.key(self.h), self.head.rows))
        self.moved.append((move, self.head.parted))
        self.r = self.memory.read(self.head.a)
        x = (self.h if layout.contents < 0 else x).copy()
        for slot in range(layout.values):
            if layout.recall:
                x[layout.recall + slot] += self.r[slot]
        for slot in range(layout.values):
            x[slot] += f32(0) if self.head.parted else self.r[slot]
        x = self.body(x)
        self.v = clip(np.concatenate([shown, x[len(shown) : layout.values]]), -1, 1)
        asked = x[layout.controls["gate"]]
        self.g = f32(asked > 0) if self.hard else clip(asked * f32(2), 0, 1)
        if self.seen and not shown.any():
            self.g = f32(0)
        there = self.memory.read(self.head.b) if self.head.parted else self.r
        self.memory.write(self.head.b, there, self.v, self.g)
        return x


class Recurrent(Mind):
    """The same with the upper half of its last output, clipped, added to what its second half gets."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.context = np.zeros(self.before.shape[-1] // 2, f32)

    def body(self, x):
        """As above."""
        half = len(self.context)
        x = super().body(np.concatenate([x[:half], x[half:] + self.context]))
        self.context = clip(x[half:], -1, 1)
        return x


# ---- the copy world ----


def copy_vectors(seed, bits, low, high):
    """The vectors of the life that `seed` names, as lists of +-1."""
    length = low + below(draw(seed, 0, 0, 0), high - low + 1)
    words = [draw(seed, 1, i, 0) for i in range(length)]
    return [[1 if word >> i & 1 else -1 for i in range(bits)] for word in words]


def copy_life(mind, vectors, bits, one):
    """(score, ticks) of a life: flag, vectors, delimiter, then as many blanks, in which the vectors are to be said."""
    flag, delimiter, blank = [0] * bits + [1, 0], [0] * bits + [0, 1], [0] * (bits + 2)
    heard = [flag, *([*v, 0, 0] for v in vectors), delimiter, *(blank for _ in vectors)]
    wanted = [None] * (len(vectors) + 2) + vectors
    right = 0
    for seen, due in zip(heard, wanted, strict=True):
        x = np.zeros(mind.before.shape[-1], f32)
        x[: len(seen)] = seen
        x[one] = 1
        said = mind.think(x)
        if due is not None:
            right += sum(1 for i in range(bits) if (said[i] > 0 if due[i] > 0 else said[i] < 0))
    return f32(right) / f32(bits * len(vectors)), len(heard)


# ---- comparing ----


def same_bits(a, b):
    """True if two float32 arrays have the same bits everywhere; NaN equals NaN, whatever its payload."""
    a, b = np.asarray(a, f32), np.asarray(b, f32)
    if a.shape != b.shape:
        return False
    same = a.view(np.uint32) == b.view(np.uint32)
    return bool(np.all(same | (np.isnan(a) & np.isnan(b))))
