"""Looking at what evolved, and at nets of switches in general.

Nets (plain NumPy, float64; nothing here knows an agent):

    net = of_weights([W1, W2], [b1, b2])     a ReLU net brought as matrices (outputs, inputs); also `relu`, `threshold`, `two_slope`,
    net = filter_bank(slopes)                `dense`, `pruned`; or the slopes (layers, 2, n) of a Walsh-Hadamard net
    net = net_of("wht", genome, "body", width=64)     half_of(run, "head")     halves of agents

    passed = forward(net, x)                 outputs, gates and hidden states of a batch (batch, m)
    survey(net, x)                           distinct keys, collisions, entropy; layer by layer dead and always open gates, sparsity
    condensed(net, row(passed.gates, i))     C and c with y = C x + c as long as these gates hold; `hierarchy`: of every layer
    table(net, x)                            the net as a hash table: key D -> C, c
    hamming(a, b), angle(a, b), pca(states)  gates against angles, the shape in which states lie

Champions: `inputs_of` is what a half was shown in its lives; `inspect_run` is all of `alife inspect` as plain data.

Names are imported when they are first asked for. Sources: S. O'Connor's notes on switches, fixed filter banks and WDz; Charikar, STOC 2002,
for gates as a locality-sensitive hash.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_WHERE = {
    "switches": (
        "Layer", "Net", "Passed", "Survey", "condensed", "counted", "dense", "filter_bank", "forward", "hadamard", "hamming", "hierarchy",
        "keys_of", "of_weights", "pruned", "relu", "row", "survey", "table", "threshold", "two_slope",
    ),
    "keys": ("Keys", "entropy", "hashed", "packed", "statistics"),
    "geometry": ("Components", "angle", "at_angle", "pca"),
    "mind": ("Condensed",),
    "nets": ("half_of", "inputs_of", "net_of"),
    "inspect": ("inspect_run",),
}  # fmt: skip
_MODULES = {name: module for module, names in _WHERE.items() for name in names}

__all__ = list(_MODULES)


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
