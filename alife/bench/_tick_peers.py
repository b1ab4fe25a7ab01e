"""The same tick by JAX and PyTorch, and one activation of a net by neat-python, beside lanes.

A crowd lives one life, on all cores, wall clock: array libraries spread over cores as they like. JAX: vmap over agents of
a scan over ticks, jitted; PyTorch: eager, agents as the first axis. Both with butterflies and with the dense matrix, and both
have to end in the slots of the lanes. neat-python works agent by agent in Python: one activation of a net with N_LINKS links
beside one whole tick of one agent.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from alife.bench import _arrays
from alife.bench._loops import Scene
from alife.bench._measure import Row, against, in_turn, row, skipped, wall_seconds_of
from alife.bench._peers import NoPeerError, first_line, peer, versions
from alife.core.lanes import LANES
from alife.evolve.run import cores

TOLERANCE = 1e-4
"""Of the largest slot."""

N_LINKS = 512
AGAIN = 10
"""Lives in lanes for one of the others, so that both are timed for about as long."""

UNIT = "ns/agent-tick"

Life = Callable[[], Any]
"""A call that lives the lives of a crowd, and returns (agents, n), the slots at their end."""


class Form:
    """One way to live: its note, what it took to make it ready, and the call."""

    def __init__(self, note: str, live: Life) -> None:
        self.note, self.live = note, live
        self.ready = wall_seconds_of(live)
        """seconds of the first call, in which JAX compiles"""


def jax_lives(what: Scene, dense: bool) -> Form:
    """vmap, scan, jit."""
    jax, jnp, lax = peer("jax", "jax.numpy", "jax.lax")
    f = _arrays.fixed(what, jnp.asarray)
    transform = _arrays.matrices(jnp.asarray, *_sizes(f)) if dense else _arrays.butterflies
    genes, seen = jnp.asarray(_genes(what)), jnp.asarray(what.seen)

    def life(w: Any) -> Any:
        def step(state: Any, seen: Any) -> Any:
            state, x = _arrays.tick(jnp, f, transform, w, state, seen)
            return (state, x), None

        begun = _arrays.born(jnp, f, seen[0]), seen[0]
        (_, x), _ = lax.scan(lambda carried, now: step(carried[0], now), begun, seen)
        return x

    lives = jax.jit(jax.vmap(life))
    return Form(f"{versions(['jax'])}, vmap + scan + jit, {_form(dense)}", lambda: np.asarray(lives(genes)))


def torch_lives(what: Scene, dense: bool) -> Form:
    """Eager, without gradients."""
    (torch,) = peer("torch")
    f = _arrays.fixed(what, torch.from_numpy)
    transform = _arrays.matrices(torch.from_numpy, *_sizes(f)) if dense else _arrays.butterflies
    genes, seen = torch.from_numpy(_genes(what)), torch.from_numpy(what.seen.copy())

    def live() -> np.ndarray:
        with torch.inference_mode():
            state, x = _arrays.born(torch, f, genes[:, 0, 0]), seen[0]
            for now in seen:
                state, x = _arrays.tick(torch, f, transform, genes, state, now.expand(len(genes), -1))
            return x.numpy()

    return Form(f"{versions(['torch'])}, eager, {_form(dense)}", live)


def _form(dense: bool) -> str:
    return "dense matrix" if dense else "butterflies"


def _genes(what: Scene) -> np.ndarray:
    """(agents, layers, 2, n)"""
    return what.genomes.reshape(-1, *what.agent.shape)


def _sizes(f: _arrays.Fixed) -> tuple[int, int]:
    return f.sizes["n"], max(f.sizes["n"], f.sizes["K"])


FORMS: dict[str, Callable[[Scene], Form]] = {
    "jax": functools.partial(jax_lives, dense=False),
    "jax-dense": functools.partial(jax_lives, dense=True),
    "torch": functools.partial(torch_lives, dense=False),
    "torch-dense": functools.partial(torch_lives, dense=True),
}


class Crowd:
    """All agents of a scene in lanes, on all cores. Use as a context manager."""

    def __init__(self, what: Scene) -> None:
        self.what = what
        threads = min(cores(), len(what.genes))
        self._blocks = [what.agent.block() for _ in range(threads)]
        self._shares = np.array_split(what.genes, threads)
        self._pool = ThreadPoolExecutor(threads)

    def __enter__(self) -> Crowd:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    def live(self) -> None:
        """One life each."""
        shares = zip(self._blocks, self._shares, strict=True)
        for done in [self._pool.submit(self.what.kernels.lives, b, genes, self.what.seen_in_lanes) for b, genes in shares]:
            done.result()


def slots_at_the_end(what: Scene) -> np.ndarray:
    """(agents, n) after one life in lanes."""
    block, ends = what.agent.block(), []
    for genes in what.genes:
        what.kernels.begin(block)
        what.kernels.run(block, genes, what.seen_in_lanes, len(what.seen))
        ends.append(block.x.T.copy())
    return np.concatenate(ends)[: len(what.genomes)]


def agreeing(slots: np.ndarray, wanted: np.ndarray) -> int:
    """How many agents (rows) have the same slots."""
    return int((np.abs(slots - wanted).max(axis=1) <= TOLERANCE * np.abs(wanted).max(axis=1)).sum())


def rows(name: str, what: Scene, rounds: int) -> list[Row]:
    """A row a form, and one for what JAX took to compile."""
    forms: dict[str, Form] = {}
    lines: dict[str, Row] = {}
    wanted, agents = slots_at_the_end(what), len(what.genomes)
    for form, make in FORMS.items():
        try:
            forms[form] = _tried(make, what, form)
        except NoPeerError as error:
            lines[form] = skipped(f"{name}.{form}", UNIT, str(error))
    agent_ticks = agents * len(what.seen)
    with Crowd(what) as crowd:
        timed = {"lanes": functools.partial(_cost, crowd.live, AGAIN, agent_ticks)}
        timed |= {form: functools.partial(_cost, made.live, 1, agent_ticks) for form, made in forms.items()}
        found = in_turn(timed, rounds) if forms else {}
    for form, made in forms.items():
        same = agreeing(made.live(), wanted)
        doubt = "" if same == agents else f"; AGREES FOR {same} OF {agents} AGENTS ONLY"
        note = f"{agents} agents, a life of {len(what.seen)} ticks, {cores()} cores, wall clock; {made.note}{doubt}"
        lines[form] = against(f"{name}.{form}", found["lanes"], found[form], UNIT, note)
        if form.startswith("jax"):
            told = "the first call, in which it compiles; in no other row"
            lines[f"{form}.compile"] = row(f"{name}.{form}.compile", [made.ready], "s", None, None, told)
    return [lines[key] for form in FORMS for key in (form, f"{form}.compile") if key in lines]


def _cost(live: Life, times: int, agent_ticks: int) -> float:
    """ns an agent-tick, of so many calls."""
    return sum(wall_seconds_of(live) for _ in range(times)) / (times * agent_ticks) * 1e9


def _tried(make: Callable[[Scene], Form], what: Scene, form: str) -> Form:
    try:
        return make(what)
    except NoPeerError:
        raise
    except Exception as error:  # whatever a package of others does
        raise NoPeerError(f"{form} does not work here: {type(error).__name__}: {first_line(error)}") from error


def neat_row(name: str, tick: Callable[[], float], rounds: int, times: int = 200) -> Row:
    """One activation of a net of N_LINKS links by neat-python beside a tick, which returns its ns."""
    try:
        activate, note = neat_activation()
    except NoPeerError as error:
        return skipped(name, UNIT, str(error))

    def again() -> None:
        for _ in range(times):
            activate()

    found = in_turn({"lanes": tick, "neat": lambda: wall_seconds_of(again) / times * 1e9}, rounds)
    return against(name, found["lanes"], found["neat"], UNIT, note)


def neat_activation() -> tuple[Callable[[], Any], str]:
    """A layer of tanh units, as neat-python makes a phenotype."""
    (neat,) = peer("neat", package="neat-python")
    inputs, outputs = 64, N_LINKS // 64
    links = [(-1 - i, 0.1 if i % 2 else -0.1) for i in range(inputs)]
    nodes = [(k, np.tanh, sum, 0.0, 1.0, links) for k in range(outputs)]
    net = neat.nn.FeedForwardNetwork([-1 - i for i in range(inputs)], list(range(outputs)), nodes)
    seen = [float(i % LANES) / LANES for i in range(inputs)]
    return lambda: net.activate(seen), f"one tick of one agent; {versions(['neat-python'])}: one activation of a net of {N_LINKS} links"
