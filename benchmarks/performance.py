"""Write docs/performance.md from `alife bench`, a section a benchmark; each is in the file as soon as it is measured.

python benchmarks/performance.py                     all sections
python benchmarks/performance.py --only wht tick     these; the others stay as they are
python benchmarks/performance.py --rest              those that have no figures yet: goes on where it was stopped
python benchmarks/performance.py --fresh             forget all figures first; with --rest: all anew, and it may be stopped
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

from alife.bench import report

DOC = Path(__file__).parents[1] / "docs" / "performance.md"
INTRO = """# Performance

Written by `python benchmarks/performance.py`, section by section, each from one run of the command above it. Every row is measured
beside what it is compared with: the candidates take turns, each value is a median of 7 or more (`ecosystem`: of 3), beside it the
quartiles. What a ratio means is said in the note. Peers come with `pip install 'alife[bench]'`; one that is not there is one line.
"""
ABOUT = {
    "wht": """One Walsh-Hadamard transform. The reference is the larger of two times: its additions at the core's peak, and loading and
storing its rows once. Asked for: .9 for n = 16 to 256, .6 beyond. Then dense matrices (numpy, scipy) and the SIMD library fht-cpu.""",
    "tick": """Perceive, hash, move, read, act, write. The reference is `alife/bench/tick.c`: the same loops, one agent at a time,
compiled by the machine's C compiler at `-O3 -march=native`, bit-equal to the lanes when it sums in their order. It may skip what one
agent need not do (a hash without a jump, a write through a shut gate). Then JAX, PyTorch and neat-python.""",
    "lives": """Whole evolutions of every problem. Asked for: 10 M agent-ticks/s for shelves at n = K = 64, and at most 10 % of the time
outside of lives.""",
    "ecosystem": """1e3 to 1e6 agents in one world, 4 cells each, n 32, K 64, D 1, births and deaths at 1 in 500 agent-ticks each. The
reference of `bandwidth` is copying large arrays in as many threads; what is counted as moved stands in `alife/bench/ecosystem.py`.
Asked for: 5 M agent-ticks/s at 1e5, and an agent-tick at 1e6 that costs at most twice what it costs at 1e4 (`growth`).""",
    "worlds": "Steps of environments with random actions.",
    "startup": "The command line, from process start to its end.",
    "growth": "Cost against slots, bits, values, agents, threads and population. Asked for: n log n within 1.3 up to 4,096 slots.",
    "learning": "Evaluations and seconds to solve a problem, beside published budgets, 10 seeds.",
}


def sections(text: str) -> dict[str, str]:
    """Name -> what stands under its heading, of those known."""
    pieces = re.split(r"^## (\w+)\n", text, flags=re.MULTILINE)[1:]
    return {name: body.strip() for name, body in zip(pieces[::2], pieces[1::2], strict=True) if name in ABOUT}


def page(known: dict[str, str]) -> str:
    """The file, sections in the order of ABOUT."""
    return "\n".join([INTRO, *(f"## {name}\n\n{known[name]}\n" for name in ABOUT if name in known)])


def measured(name: str) -> str:
    """One section."""
    command = [sys.executable, "-m", "alife", "bench", name]
    printed = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    table = "\n".join(line.rstrip() for line in printed.splitlines())
    return f"{ABOUT[name]}\n\n`alife bench {name}`\n\n```text\n{table}\n```"


def main() -> None:
    """Section after section."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=report.names(), help="these sections; the others stay as they are")
    parser.add_argument("--rest", action="store_true", help="only sections without figures: go on where it was stopped")
    parser.add_argument("--fresh", action="store_true", help="forget all figures first")
    options = parser.parse_args()
    known = {} if options.fresh else sections(DOC.read_text(encoding="utf-8")) if DOC.exists() else {}
    for name in ABOUT:
        if name in (options.only or ABOUT) and not (options.rest and name in known):
            known[name] = measured(name)
            DOC.write_text(page(known), encoding="utf-8")


if __name__ == "__main__":
    main()
