"""Steps of an environment with random actions, and nothing else: ours, and worlds of others that ask for like things.

A step observes and acts; a life that has ended is followed by the next. Sixteen copies of a world, their actions from a table of random
numbers. Others get actions from a table, too, and as many copies as suit them: MiniGrid (Python, one), gymnax (JAX: vmap, scan, jit),
PufferLib (C, a vector of environments). Steps a second of processor time, all threads together.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Sequence
from types import ModuleType

import numpy as np

from alife.bench._measure import Row, in_turn, processor_seconds_of, row, skipped
from alife.bench._peers import NoPeerError, first_line, peer, versions
from alife.core import rng
from alife.core.lanes import LANES, aligned
from alife.core.layout import first_action_of, names_of
from alife.core.written import import_text
from alife.insight.problems import PROBLEMS, Problem
from alife.sim.agent import Agent

UNIT = "M steps/s"
TICKS = 20_000
"""Of sixteen copies in one timed call."""

COPIES = 1024
"""Of an environment of others that comes in vectors."""

_NOISE = 251
"""Ticks after which the random actions come again."""

_SEED = 5
_TEMPLATE = '''"""The world of {fused}, whatever one does. Written by alife/bench/worlds.py."""

from alife.core.jit import kernel
from alife.core.lanes import LANES, load, store
from alife.core.rng import draw
from {fused} import do, see, world_begin


@kernel
def steps(b, noise, first, ticks, seed):
    """So many ticks; actions (times, actions, LANES) from slot `first`, over and over. Returns how many lives began."""
    now, begun = 0, 0
    for _ in range(ticks):
        for lane in range(LANES):
            if not b.alive[lane]:
                b.alive[lane] = 1
                world_begin(b.world, lane, draw(seed, begun, lane, 0))
                begun += 1
        see(b)
        for i in range(noise.shape[1]):
            store(b.x, first + i, load(noise, (now, i)))
        now = 0 if now + 1 == noise.shape[0] else now + 1
        do(b)
    return begun
'''


def stepper(agent: Agent, ticks: int) -> Callable[[], int]:
    """A call that makes LANES times so many steps, and returns how many lives began in it; the first begins anew."""
    fused = agent.kernels.__name__
    text = _TEMPLATE.format(fused=fused)
    module: ModuleType = import_text(f"alife_bench_worlds_{hashlib.sha256(text.encode()).hexdigest()[:16]}", text)
    block, actions = agent.block(), len(names_of(agent.world, "actions"))
    noise = aligned((_NOISE, actions, LANES))
    noise[...] = 2 * rng.uniforms(noise.shape, _SEED) - 1
    return functools.partial(module.steps, block, noise, first_action_of(agent.world), ticks, np.uint64(_SEED))


def minigrid_steps(times: int) -> tuple[Callable[[], None], int, str]:
    """One environment in Python."""
    gymnasium, _ = peer("gymnasium", "minigrid", package="minigrid")
    name = "MiniGrid-MemoryS13Random-v0"
    env, actions = gymnasium.make(name), rng.bits(times, _SEED) % np.uint64(3)
    env.reset(seed=_SEED)

    def live() -> None:
        for action in actions:
            _, _, terminated, truncated, _ = env.step(int(action))
            if terminated or truncated:
                env.reset()

    return live, times, f"{versions(['minigrid'])}, {name}"


def gymnax_steps(times: int) -> tuple[Callable[[], None], int, str]:
    """Many environments in JAX; it resets them itself."""
    jax, gymnax, lax = peer("jax", "gymnax", "jax.lax", package="gymnax")
    name = "MemoryChain-bsuite"
    env, params = gymnax.make(name)
    keys = jax.random.split(jax.random.PRNGKey(_SEED), COPIES)
    table = jax.numpy.asarray((rng.bits(times * COPIES, _SEED) % np.uint64(2)).reshape(times, COPIES).astype(np.int32))
    step = jax.vmap(env.step, in_axes=(0, 0, 0, None))
    _, begun = jax.vmap(env.reset, in_axes=(0, None))(keys, params)

    @jax.jit
    def lives(state: object) -> object:
        def once(state: object, actions: object) -> object:
            return step(keys, state, actions, params)[1], None

        return lax.scan(once, state, table)[0]

    return lambda: jax.block_until_ready(lives(begun)), times * COPIES, f"{versions(['gymnax', 'jax'])}, {name}, {COPIES:,} copies"


def pufferlib_steps(times: int) -> tuple[Callable[[], None], int, str]:
    """Many environments in C behind one call a step; they begin anew by themselves."""
    (squared,) = peer("pufferlib.ocean.squared.squared")
    env = squared.Squared(num_envs=COPIES)
    env.reset()
    table = (rng.bits(times * COPIES, _SEED) % np.uint64(5)).reshape(times, COPIES).astype(np.int64)

    def live() -> None:
        for actions in table:
            env.step(actions)

    return live, times * COPIES, f"{versions(['pufferlib'])}, squared, {COPIES:,} copies"


PEERS: dict[str, tuple[str, Callable[[int], tuple[Callable[[], None], int, str]], int]] = {
    "minigrid": ("tmaze-single", minigrid_steps, 2000),
    "gymnax": ("corridor", gymnax_steps, 200),
    "pufferlib": ("hidden_goal", pufferlib_steps, 200),
}
"""Name -> the problem of ours that stands beside it, how it is made, and how often it steps in one timed call."""


def run(rounds: int = 7, problems: Sequence[Problem] = PROBLEMS, ticks: int = TICKS, shorter: int = 1) -> list[Row]:
    """A row a problem, then a row a peer; `shorter` divides the steps of peers."""
    steps = {problem.name: stepper(Agent(problem.config(_SEED)), ticks) for problem in problems}
    timed = {name: functools.partial(_speed, step, ticks * LANES) for name, step in steps.items()}
    notes: dict[str, str] = {}
    missing: dict[str, str] = {}
    for name, (_, make, times) in PEERS.items():
        try:
            live, count, notes[name] = make(max(1, times // shorter))
            live()  # compiles, or shows that it cannot
            timed[name] = functools.partial(_speed, live, count)
        except NoPeerError as error:
            missing[name] = str(error)
        except Exception as error:  # whatever a package of others does
            missing[name] = f"{name} does not work here: {type(error).__name__}: {first_line(error)}"
    found = in_turn(timed, rounds)
    note = f"{LANES} copies, one core, random actions"
    rows = [row(f"worlds.{name}", found[name], UNIT, None, None, note) for name in steps]
    for name, (ours, _, _) in PEERS.items():
        if name in missing:
            rows.append(skipped(f"worlds.{name}", UNIT, missing[name]))
        elif ours in found:
            theirs = float(np.median(found[name]))
            told = f"{ours} beside {notes[name]}; ratio: times as fast"
            rows.append(row(f"worlds.{name}", found[ours], UNIT, theirs, float(np.median(found[ours])) / theirs, told))
    return rows


def _speed(live: Callable[[], object], count: int) -> float:
    """M steps/s."""
    return count / processor_seconds_of(live) / 1e6
