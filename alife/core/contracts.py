"""What a plug-in file must offer, checked when it is loaded, so that a gap is named before anything runs.

A plug-in is a module: a `Params` class, plain functions that describe it, a `state` function that allocates arrays
for one block of `LANES` agents (the lane is always the last axis, float32 unless said otherwise), and kernels
(`alife.core.jit.kernel`) that work on that state in place. `docs/extending.md` says the same with examples.

`x` is the block of slots, float32 (width, LANES). `born` is float32 (LANES,), 1 where a life begins, else 0.
`w` is one block of genes, float32 (*shape, LANES).
"""

from __future__ import annotations

import inspect
from types import ModuleType
from typing import Any, NamedTuple, Protocol

from alife.core.errors import ConfigError


class WorldModule(Protocol):
    """A problem: every agent alone in its own copy, one life after another."""

    Params: Any
    """Frozen strict settings (alife.core.settings.Settings)."""

    def observations(self, p: Any) -> list[str]:
        """Names of the observation slots 0.. in order. The tick adds a constant 1 behind them."""

    def actions(self, p: Any) -> list[str]:
        """Names of the action slots in order, from slot 0 or `first_action`."""

    def ticks(self, p: Any) -> int:
        """The longest life, in ticks."""

    def ceiling(self, p: Any) -> float:
        """Expected score of the best agent without a memory."""

    def optimum(self, p: Any) -> float:
        """Expected score of the best agent."""

    def state(self, p: Any) -> Any:
        """A NamedTuple of arrays for one block."""

    def begin(self, s: Any, lane: int, seed: Any) -> None:
        """Kernel. Begin the life that `seed` (uint64) names in this lane."""

    def observe(self, s: Any, lane: int, x: Any) -> None:
        """Kernel. Write the observation of this lane into its slots; x[:, lane] is 0 before."""

    def act(self, s: Any, lane: int, x: Any) -> bool:
        """Kernel. Take this lane's actions from its slots; True while the life goes on."""

    def score(self, s: Any, lane: int) -> float:
        """Kernel. The score of the life that has ended."""

    def picture(self, s: Any, lane: int) -> Any:
        """uint8 (height, width, 3). Changes nothing, draws no random number."""


    # Optional:
    #   values(p) -> int           how many leading observation slots are worth remembering (memory.values = null)
    #   controls(p) -> dict        control ('jump', 'gate', ..) -> observation slot it stands in; len(observations) = constant 1
    #   first_action(p) -> int     slot of the first action; 0 = the first observation slots, which are also written
    #   stretched(p) -> Params     longer lives of the same kind, on which champions are chosen
    #   asking(s, lane) -> bool    whether the coming tick is a question: its action counts, and something seen before could help it.
    #                              Whoever has nothing to remember at any question stays at the ceiling (plain Python, for ablations)
    #   progress(s, lane) -> tuple[str, int, int]
    #                              name of the phase of the coming tick, right answers so far in this life, and all (plain Python,
    #                              for the window)
    #   DEFAULTS: dict             sizes and budget that suit this world, by dotted config key (alife.core.config)


class EcosystemModule(Protocol):
    """All agents in one world, which gives them places, takes them away, and decides what their deeds lead to.

    A tick: `observe` and `act` for every living agent in any order, several threads at once, each writing only what
    belongs to its own agent (`act` may also leave the same mark on others); then `resolve`, phase by phase; then
    `settle`, alone. `q` are the places (alife.core.places), an agent is its place. Nothing may depend on `parts`.
    """

    Params: Any
    """Frozen strict settings (alife.core.settings.Settings)."""

    def observations(self, p: Any) -> list[str]:
        """Names of the observation slots 0.. in order."""

    def actions(self, p: Any) -> list[str]:
        """Names of the action slots in order, from slot 0 or `first_action`."""

    def causes(self, p: Any) -> list[str]:
        """Names of the causes of death 0.."""

    def places(self, p: Any) -> int:
        """How many agents there is room for: the hard cap."""

    def phases(self, p: Any) -> int:
        """Phases of `resolve`."""

    def state(self, p: Any, places: int, seed: int) -> Any:
        """A NamedTuple of arrays: the world before anybody lives in it. All of them are saved in checkpoints."""

    def found(self, p: Any, s: Any, q: Any) -> None:
        """The founders take their places: `take` without a mother. They get random genes."""

    def observe(self, s: Any, agent: int, lane: int, x: Any) -> None:
        """Kernel. Write what the agent senses into x[:, lane], which is 0 before."""

    def act(self, s: Any, q: Any, agent: int, lane: int, x: Any) -> None:
        """Kernel. Take the agent's intention from its action slots."""

    def resolve(self, s: Any, q: Any, phase: int, part: int, parts: int) -> None:
        """Kernel. One part of a phase; the parts run side by side, a phase begins when the one before has ended."""

    def settle(self, s: Any, q: Any) -> None:
        """Kernel. The end of the tick: births (`take`), deaths (`release`), what grows."""

    def next_change(self, p: Any, tick: int) -> int:
        """The first tick >= this one at whose begin `change` wants to be called; -1 = never."""

    def change(self, p: Any, s: Any, q: Any, tick: int) -> list[tuple[str, str]]:
        """Schedules and interventions, in plain Python; returns what happened: kind and words."""

    def measures(self, p: Any, s: Any, q: Any) -> dict[str, float]:
        """How things stand, by name; a name that begins with '+' is a sum since tick 0, shown as its growth."""

    def picture(self, p: Any, s: Any, q: Any) -> Any:
        """uint8 (height, width, 3). Changes nothing, draws no random number."""


    # Optional: values, first_action, controls, DEFAULTS as in a problem;
    #   ratios(p) -> dict          name -> (sum, sum): means in the time series, of the growth of two measures
    #   bodies(p, s) -> dict       columns (places,) for snapshots; the window wants cell (row * columns + column), facing (0 north, 1 east,
    #                              2 south, 3 west), deed (number of the last action, -1 = none), energy, age, tag
    #   land(p, s) -> image        the picture without agents and hunters
    #   hunters(p, s) -> array     int64 (k, 2): row and column of what moves and is no agent
    #   fault(p, s, q, fresh) -> str
    #                              what in a state out of a file cannot be, such as a cell outside the world: kernels do not check
    #                              their indices. '' = nothing; fresh: the state of the same config before anybody lived
    #   heredity(p) -> dict        mutations, step, memory ('blank', 'copied', 'shared'): see alife/sim/ecosystem.py
    #   Changes by hand, between two ticks, in plain Python; UserError, before anything has changed, where one cannot be done:
    #   brushes(p) -> dict         name -> words of what `paint` can leave in a cell
    #   paint(p, s, q, brush, cells) -> str
    #                              draw it over cells, int64; in words, what has changed
    #   settle_at(p, s, q, cells, energy) -> list
    #                              newcomers (`take` without a mother) in the cells that are free, as long as there are places, with so
    #                              much energy (None: as founders); their places. They get their genes then
    #   remove(p, s, q, agents)    take agents out (`release`)
    #   Params.interventions       a list of what befalls the world, each with `at`, `do` and more, of which `change` and `next_change`
    #                              take care: an edit of kind `happen` adds one to it


class ControllerModule(Protocol):
    """Two functions of the slots, perceive and act, with the memory between them."""

    Params: Any

    def shape(self, p: Any, width: int) -> tuple[int, ...]:
        """Shape of one agent's genes."""

    def start(self, p: Any, width: int, uniform: Any) -> Any:
        """Genes (agents, *shape) float32 of a first generation from uniform numbers in [0, 1) of that shape."""

    def bounds(self, p: Any) -> tuple[float, float]:
        """The range a gene may take."""

    def state(self, p: Any, width: int) -> Any:
        """A NamedTuple of scratch or lifetime arrays and settings for one block."""

    def begin(self, s: Any, born: Any) -> None:
        """Kernel. Clear the lifetime state of the lanes that are born."""

    def perceive(self, s: Any, w: Any, x: Any) -> None:
        """Kernel. First half, in place on x; the head then reads its control slots, the memory its key."""

    def act(self, s: Any, w: Any, x: Any) -> None:
        """Kernel. Second half, in place on x with the recall added."""


    # Optional:
    #   SHARED: tuple[str, ...]    fields of the state, dotted where nested ("weights.m"), that keep nothing from tick to tick:
    #                              constants, and scratch that each tick writes before it reads. An ecosystem has them once a
    #                              thread instead of once a block; absent = every field is a block's own
    #   view(p, w, half, x, gates=None) -> (y, gates)
    #                              a half (0 = perceive, 1 = act) of many agents in plain NumPy, for reports: w float (agents,
    #                              *shape), x float (agents or 1, batch, width) -> y float (agents, batch, width), and what every
    #                              gate did, bool (agents, batch, layers, units), units as many in both halves. With `gates` given,
    #                              broadcastable to that shape, these are taken instead of x's own: then y is affine in x, and
    #                              x = 0 and the unit vectors tell the condensed map. In the wider dtype of w and x. Only for
    #                              nets whose halves keep nothing from tick to tick
    #   forced(p, w, half, gates) -> w
    #                              genes of one agent, float32 (*shape), with which the gates of that half, int8 (layers, units), stand as
    #                              told whatever is seen: 1 open, 0 closed, -1 free. A copy. ConfigError where that cannot be done
    #   switches(p, width, w, half) -> (layers, R, r)
    #                              a half of one agent, w float (*shape), as matrices, float64, for alife.insight: layers (W, b, p, q, t)
    #                              with W (m, inputs) and the others (m,): z = W h + b, a gate is open where z > t, h <- z times p where it
    #                              is open, else q; y = R h + r. Only for nets that are no more than that
    #   lacks(p) -> tuple[str, ..] which of these it does not offer with these parameters


class MemoryModule(Protocol):
    """Lifetime memory: an address maker and a read-out."""

    Params: Any

    def rows(self, p: Any, width: int) -> int:
        """Components K of an address."""

    def state(self, p: Any, width: int) -> Any:
        """A NamedTuple of arrays for one block."""

    def begin(self, s: Any, born: Any) -> None:
        """Kernel. Forget everything in the lanes that are born."""

    def address(self, s: Any, x: Any, out: Any) -> None:
        """Kernel. The content address of x into out (K, LANES): +-1 each, or numbers of mean square 1 (`real` among LAWS)."""

    def read(self, s: Any, a: Any, r: Any) -> None:
        """Kernel. Recall at address a (K, LANES) into r (D, LANES)."""

    def write(self, s: Any, a: Any, r: Any, v: Any, g: Any) -> None:
        """Kernel. Move the recall r at address a towards v (D, LANES) by gate g (LANES,) in [0, 1]."""


    # Optional:
    #   contents(s) -> array       the weights themselves, (.., LANES), nothing waiting, for ablations and the window, which may change
    #                              them in place, or let their rows, along the first axis, change places
    #   written(s) -> tuple        arrays (.., LANES) of all that a write changes, nothing waiting, to take writes back; absent =
    #                              contents alone
    #   floats(p, width) -> int    numbers kept for an agent; absent = K x D
    #   larger(p, times) -> Params for stretched lives; absent = so many times the bits
    #   fill(s) -> array           (LANES,): share of a Bloom filter that is set, for `alife inspect`; that of alife/core/plasticity.py
    #   SHARED: tuple[str, ...]    as of a controller
    #   LAWS: tuple[str, ...]      what tests/test_memories.py holds it to: `exact` right after a write with an open gate; `capacity` and
    #                              `age`, the errors of the delta rule with as many slots as `contents` has rows; `bounded` weights;
    #                              and `real`, no law but a liberty: addresses that are no signs


class SelectionModule(Protocol):
    """Parents from the score matrix."""

    Params: Any

    def parents(self, scores: Any, n: int, seed: int, p: Any) -> Any:
        """int64 (n,): indices into scores float32 (population, lives), higher is better."""


class StrategyModule(Protocol):
    """Ask for genomes, tell their scores; see alife/evolve/strategies/ga.py."""

    Params: Any
    Strategy: Any


class _Part(NamedTuple):
    """Names of a contract: kernel -> its arguments, function -> its arguments."""

    kernels: dict[str, tuple[str, ...]]
    functions: dict[str, tuple[str, ...]]


def _part(protocol: type) -> _Part:
    kernels: dict[str, tuple[str, ...]] = {}
    functions: dict[str, tuple[str, ...]] = {}
    for name, member in vars(protocol).items():
        if name.startswith("_") or not inspect.isfunction(member):
            continue
        arguments = tuple(inspect.signature(member).parameters)[1:]
        is_kernel = (member.__doc__ or "").startswith("Kernel.")
        (kernels if is_kernel else functions)[name] = arguments
    return _Part(kernels, functions)


CONTRACTS: dict[str, type] = {
    "worlds": WorldModule,
    "controllers": ControllerModule,
    "memory": MemoryModule,
    "selection": SelectionModule,
    "strategies": StrategyModule,
}


def is_ecosystem(module: ModuleType) -> bool:
    """Whether a world is one grid for all agents, not one life for each."""
    return hasattr(module, "resolve")


def check(group: str, module: ModuleType, origin: str) -> None:
    """Refuse a plug-in that misses a part or has other arguments: ConfigError names the file and the part."""
    from alife.core.settings import Settings

    contract = _part(EcosystemModule if group == "worlds" and is_ecosystem(module) else CONTRACTS[group])
    params = getattr(module, "Params", None)
    if not (isinstance(params, type) and issubclass(params, Settings)):
        raise ConfigError(f"{origin}: expected a class 'Params(Settings)', found {_what(params)}")
    for name, arguments in (contract.kernels | contract.functions).items():
        member = getattr(module, name, None)
        signature = f"{name}({', '.join(arguments)})"
        if not callable(member):
            raise ConfigError(f"{origin}: expected a function {signature}, found {_what(member)}")
        python = getattr(member, "py_func", member)
        if name in contract.kernels and not getattr(python, "is_kernel", False):
            raise ConfigError(f"{origin}: {signature} must be decorated with @kernel (alife.core.jit)")
        count = len(inspect.signature(python).parameters)
        if count != len(arguments):
            raise ConfigError(f"{origin}: expected {signature}, found {count} arguments")
    if group == "strategies" and not isinstance(getattr(module, "Strategy", None), type):
        raise ConfigError(f"{origin}: expected a class 'Strategy', found {_what(getattr(module, 'Strategy', None))}")


def _what(value: object) -> str:
    return "nothing" if value is None else f"a {type(value).__name__}"
