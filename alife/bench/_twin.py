"""tick.c, compiled for a case and called through ctypes."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from alife.bench._loops import Scene
from alife.core.errors import UserError
from alife.core.lanes import aligned

FLAGS = ("-O3", "-march=native")
SUMS = (8, 16)
"""Ways to sum a recall that are tried; the fastest counts. None is the fastest for all sizes."""

_LINE = 16
"""float32 a cache line, to which the C compiler aligns an agent."""


class NoCompilerError(UserError):
    """There is nothing here that compiles C, or it fails."""


def compiler() -> str:
    """$CC, cc, gcc or clang. NoCompilerError where there is none."""
    for name in (os.environ.get("CC", ""), "cc", "gcc", "clang"):
        if name and (path := shutil.which(name)):
            return path
    raise NoCompilerError("no C compiler")


def described() -> str:
    """The compiler's name and version, and the flags."""
    said = subprocess.run([compiler(), "--version"], capture_output=True, text=True).stdout.splitlines()
    return " ".join([said[0] if said else compiler(), *FLAGS])


class Twin:
    """The agents of a scene, one at a time in C."""

    def __init__(self, scene: Scene, sums: int, flags: Sequence[str] = FLAGS) -> None:
        agent, block = scene.agent, scene.agent.block()
        controller: Any = agent.controller.params
        width, bits, values = agent.layout.width, block.head.a.shape[0], agent.layout.values
        sizes = {
            "N": width, "K": bits, "D": values, "IN": controller.layers_in, "OUT": controller.layers_out,
            "SUMS": sums, "ONE": agent.layout.one, "RECALL": agent.layout.recall, "CONTENTS": agent.layout.contents,
            **{name.upper(): agent.layout.control(name) for name in ("home", "jump", "hold", "part", "gate")},
        }  # fmt: skip
        self._library = _compiled([*flags, *(f"-D{name}={size}" for name, size in sizes.items())])
        scales = np.array([block.net.scale_in, block.net.scale_out], np.float32)
        order = block.head.order.astype(np.int32).view(np.float32)
        self._fixed = np.concatenate([block.head.home, block.head.turn, block.memory.flips[0], scales, order])
        first = 2 * width + 2 * bits
        self.agents = aligned((len(scene.genomes), first + values * bits + 2 * (-(-values // _LINE) * _LINE)))
        """(agents, ...): x (n,), h (n,), a (K,), b (K,), m (D, K), r (D,) and padding, v (D,) and padding: each begins a cache line"""
        self.x = self.agents[:, :width]
        self.m = self.agents[:, first : first + values * bits].reshape(-1, values, bits)
        self._genes = aligned(scene.genomes.shape)
        self._genes[...] = scene.genomes
        self._seen = aligned(scene.seen.shape)
        self._seen[...] = scene.seen

    def begin(self) -> None:
        """All agents are born."""
        size = self.agents.strides[0]
        for i in range(len(self.agents)):
            self._library.begin(_pointer(self._fixed), ctypes.c_void_p(self.agents.ctypes.data + i * size))

    def run(self, ticks: int, parts: int = 6) -> None:
        """So many ticks of every agent, one agent after another."""
        pieces = (self._fixed, self.agents, self._genes)
        self._library.run(*map(_pointer, pieces), len(self.agents), _pointer(self._seen), len(self._seen), ticks, parts)

    def lives(self) -> None:
        """A life of every agent, one agent after another."""
        pieces = (self._fixed, self.agents, self._genes)
        self._library.lives(*map(_pointer, pieces), len(self.agents), _pointer(self._seen), len(self._seen))


def _pointer(array: np.ndarray) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)


def _compiled(flags: Sequence[str]) -> ctypes.CDLL:
    """tick.c as a shared library; its file is gone once it is loaded, where the system allows that."""
    with tempfile.TemporaryDirectory(prefix="alife-bench-", ignore_cleanup_errors=True) as folder:
        library = Path(folder) / "tick.so"
        command = [compiler(), *flags, "-shared", "-fPIC", str(Path(__file__).with_name("tick.c")), "-o", str(library)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
            raise NoCompilerError(f"the C compiler fails: {said[0]}")
        return ctypes.CDLL(str(library))
