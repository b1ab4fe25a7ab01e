"""The switch view of a net in plain NumPy: which gates are open, and the one affine map that holds while they stay so.

    layer: z = W h + b;  a gate is open where z > t;  h <- z * (p where open, q where closed)        net: y = R h + r

ReLU: p = 1, q = 0, t = 0. Threshold gate z [z > t]: the same with another t. Two slopes: W = c H, p and q free (S. O'Connor's fixed
filter bank nets). A pruned net is a net with zeros in W. So D, the diagonal of slopes taken, makes a layer D (W h + b), and all
layers together y = C x + c, with C = R D_L W_L .. D_1 W_1, for every x that opens the same gates. Everything is float64 unless the
weights are not. The same for the controllers of agents: alife/insight/mind.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from alife.insight.keys import Keys, packed, statistics
from alife.insight.keys import Layer as OfLayer
from alife.insight.mind import Condensed


class Layer(NamedTuple):
    """n units with m inputs."""

    weights: np.ndarray
    """(n, m)"""
    bias: np.ndarray
    """(n,)"""
    opened: np.ndarray
    """(n,): p, the slope of open gates"""
    closed: np.ndarray
    """(n,): q, the slope of closed gates"""
    threshold: np.ndarray
    """(n,): t; a gate whose z is exactly t is closed"""


class Net(NamedTuple):
    """Layers, then the read-out."""

    layers: tuple[Layer, ...]
    readout: np.ndarray
    """(k, n): R"""
    offset: np.ndarray
    """(k,): r"""


class Passed(NamedTuple):
    """What a batch does on its way; widths n of layers may differ."""

    out: np.ndarray
    """(batch, k)"""
    gates: tuple[np.ndarray, ...]
    """bool (batch, n) of each layer"""
    hidden: tuple[np.ndarray, ...]
    """(batch, n): what each layer puts out"""


# ---- how nets are brought ----


def relu(weights: np.ndarray, bias: np.ndarray | None = None) -> Layer:
    """ReLU(W h + b); weights (n, m), bias (n,), none = 0."""
    return threshold(weights, np.zeros(len(weights), weights.dtype), bias)


def threshold(weights: np.ndarray, t: np.ndarray, bias: np.ndarray | None = None) -> Layer:
    """z [z > t] with z = W h + b; t (n,)."""
    zero, one = np.zeros(len(weights), weights.dtype), np.ones(len(weights), weights.dtype)
    return Layer(weights, zero if bias is None else bias, one, zero, t)


def two_slope(weights: np.ndarray, p: np.ndarray, q: np.ndarray) -> Layer:
    """z * (p where z > 0, else q) with z = W h; p, q (n,)."""
    zero = np.zeros(len(weights), weights.dtype)
    return Layer(weights, zero, p, q, zero)


def dense(layers: Sequence[Layer], readout: np.ndarray, offset: np.ndarray | None = None) -> Net:
    """Layers and a read-out (k, n) as a net; offset (k,), none = 0."""
    return Net(tuple(layers), readout, np.zeros(len(readout), readout.dtype) if offset is None else offset)


def of_weights(weights: Sequence[ArrayLike], biases: Sequence[ArrayLike | None] | None = None) -> Net:
    """A ReLU net as anybody has it: matrices (outputs, inputs) from the first to the last, which is read out; biases (outputs,), None = 0.

    ValueError where they do not fit together, or are no numbers.
    """
    matrices = [_floats(w) for w in weights]
    offsets = [None] * len(matrices) if biases is None else [None if b is None else _floats(b) for b in biases]
    if not len(matrices) or len(offsets) != len(matrices):
        raise ValueError(f"expected matrices and as many biases, got {len(matrices)} and {len(offsets)}")
    for k, (w, b) in enumerate(zip(matrices, offsets, strict=True)):
        inputs = len(matrices[k - 1]) if k else w.shape[-1] if w.ndim else 0
        if w.ndim != 2 or w.shape[1] != inputs or not np.isfinite(w).all():
            raise ValueError(f"weights {k}: expected finite numbers (outputs, {inputs}), got {w.dtype} {w.shape}")
        if b is not None and (b.shape != w.shape[:1] or not np.isfinite(b).all()):
            raise ValueError(f"bias {k}: expected finite numbers ({len(w)},), got {b.dtype} {b.shape}")
    return dense([relu(w, b) for w, b in zip(matrices[:-1], offsets[:-1], strict=True)], matrices[-1], offsets[-1])


def _floats(given: ArrayLike) -> np.ndarray:
    """As they are, whole numbers as float64."""
    array = np.asarray(given)
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def hadamard(n: int) -> np.ndarray:
    """float64 (n, n): the Walsh-Hadamard transform in natural order over sqrt(n): H = H', H H = 1. n a power of two, else ValueError."""
    if n < 1 or n & (n - 1):
        raise ValueError(f"expected a power of two, got {n}")
    h = np.ones((1, 1))
    while len(h) < n:
        h = np.block([[h, h], [h, -h]])
    return h / n**0.5


def filter_bank(slopes: np.ndarray, gain: float = 1.0, flips: np.ndarray | None = None) -> Net:
    """H P_L (c H) .. P_1 (c H) S x with c = gain, S = diag(flips) of +-1, none = 1; slopes (L, 2, n): p, q of each layer.

    gain 1 without flips is a half of the controller `wht` (controllers/wht.py).
    """
    h = hadamard(slopes.shape[2])
    first = h if flips is None else h * flips
    layers = [two_slope(gain * (h if k else first), p, q) for k, (p, q) in enumerate(slopes)]
    return dense(layers, h)


def pruned(net: Net, masks: Sequence[np.ndarray]) -> Net:
    """The net with weights only where masks, bool (n, m) of each layer, are True."""
    layers = (layer._replace(weights=layer.weights * mask) for layer, mask in zip(net.layers, masks, strict=True))
    return net._replace(layers=tuple(layers))


# ---- forward, with gates seen or held ----


def forward(net: Net, x: np.ndarray, gates: Sequence[np.ndarray] | None = None) -> Passed:
    """A batch (batch, m) through the net; `gates` (batch or 1, n) of each layer are held as they are told, none = as they fall."""
    hidden: list[np.ndarray] = []
    seen: list[np.ndarray] = []
    for k, layer in enumerate(net.layers):
        z = (hidden[-1] if hidden else x) @ layer.weights.T + layer.bias
        opened = z > layer.threshold if gates is None else np.broadcast_to(gates[k], z.shape)
        seen.append(opened)
        hidden.append(z * np.where(opened, layer.opened, layer.closed))
    return Passed((hidden[-1] if hidden else x) @ net.readout.T + net.offset, tuple(seen), tuple(hidden))


def hierarchy(net: Net, gates: Sequence[np.ndarray]) -> list[Condensed]:
    """The affine map from the input to what each layer puts out, and last to the output, while these gates, bool (n,) a layer, hold."""
    first = net.layers[0].weights if net.layers else net.readout
    so_far = Condensed(np.eye(first.shape[1], dtype=first.dtype), np.zeros(first.shape[1], first.dtype))
    maps = []
    for layer, opened in zip(net.layers, gates, strict=True):
        slope = np.where(opened, layer.opened, layer.closed)
        so_far = Condensed(slope[:, None] * (layer.weights @ so_far.map), slope * (layer.weights @ so_far.offset + layer.bias))
        maps.append(so_far)
    return [*maps, Condensed(net.readout @ so_far.map, net.readout @ so_far.offset + net.offset)]


def condensed(net: Net, gates: Sequence[np.ndarray]) -> Condensed:
    """C (k, m) and c (k,) such that y = C x + c for every x that opens these gates, bool (n,) a layer."""
    return hierarchy(net, gates)[-1]


def row(gates: Sequence[np.ndarray], i: int) -> list[np.ndarray]:
    """The gates of one input of a batch, bool (n,) a layer."""
    return [layer[i] for layer in gates]


def table(net: Net, x: np.ndarray) -> dict[bytes, Condensed]:
    """The net as a hash table: key of the gates -> affine map, of all keys that occur in x (batch, m), in order of first sight."""
    gates = forward(net, x).gates
    first: dict[bytes, int] = {}
    for i, key in enumerate(keys_of(gates)):
        first.setdefault(key, i)
    return {key: condensed(net, row(gates, i)) for key, i in first.items()}


# ---- gates as keys ----


def keys_of(gates: Sequence[np.ndarray]) -> list[bytes]:
    """One hashable key an input, of bool (batch, n) a layer; nets of equal widths give equal keys for equal gates."""
    return [words.tobytes() for words in packed(np.concatenate(gates, axis=1))]


def counted(gates: Sequence[np.ndarray], inputs: np.ndarray | None = None) -> Keys:
    """Distinct keys, collisions, entropy, and for every layer dead and always open gates and activity; layers may differ in width.

    gates bool (batch, n) a layer; inputs (batch, m) so that one that comes twice is no collision.
    """
    whole = statistics(np.concatenate(gates, axis=1)[:, None], inputs)
    return whole._replace(layers=tuple(statistics(layer[:, None]).layers[0] for layer in gates))


def hamming(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """int64 (..): how many gates of bool (.., n) differ. Of sign(W x), W random: n theta / pi on average (Charikar, STOC 2002)."""
    return np.asarray((a != b).sum(axis=-1))


class Told(NamedTuple):
    """A layer in a survey; units n."""

    units: int
    zeros: float
    """share of its weights that are 0"""
    silent: float
    """share of what it puts out that is 0"""
    gates: OfLayer
    """patterns, entropy, dead, always open, activity"""


class Survey(NamedTuple):
    """A net over a batch. `str` of it is a table."""

    inputs: int
    distinct: int
    collisions: int
    entropy: float
    """of the keys of the whole net: the fields of `Keys`"""
    layers: tuple[Told, ...]

    def __str__(self) -> str:
        whole = f"{self.distinct:,} keys of {self.inputs:,} inputs, {self.collisions:,} collisions, {self.entropy:.2f} bits"
        heads = f"{'layer':<6} {'units':>6} {'zeros':>7} {'patterns':>9} {'bits':>6} {'dead':>5} {'always':>7} {'open':>7} {'silent':>7}"
        rows = (
            f"{k:<6} {row.units:>6} {row.zeros:>7.1%} {row.gates.distinct:>9,} {row.gates.entropy:>6.2f} {row.gates.dead:>5} "
            f"{row.gates.always:>7} {row.gates.activity:>7.1%} {row.silent:>7.1%}"
            for k, row in enumerate(self.layers, 1)
        )
        return "\n".join([whole, heads, *rows])


def survey(net: Net, inputs: np.ndarray) -> Survey:
    """What a net does with a batch (batch, m): keys, collisions and entropy, and layer by layer what is dead, open, 0.

    ValueError where there is no layer, or where these are no inputs of it.
    """
    if not net.layers:
        raise ValueError("expected a net with a layer of gates, got none")
    if inputs.ndim != 2 or not len(inputs) or inputs.shape[1] != net.layers[0].weights.shape[1]:
        raise ValueError(f"expected inputs (>= 1, {net.layers[0].weights.shape[1]}), got {inputs.shape}")
    passed = forward(net, inputs)
    keys = counted(passed.gates, inputs + 0.0)  # 0.0 and -0.0 are one input
    layers = (
        Told(len(layer.bias), float((layer.weights == 0).mean()), float((hidden == 0).mean()), gates)
        for layer, hidden, gates in zip(net.layers, passed.hidden, keys.layers, strict=True)
    )
    return Survey(keys.inputs, keys.distinct, keys.collisions, keys.entropy, tuple(layers))
