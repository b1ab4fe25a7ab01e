"""Write docs/performance.md from `alife bench`: python benchmarks/performance.py"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

DOC = Path(__file__).parents[1] / "docs" / "performance.md"
INTRO = """# Performance

Written by `python benchmarks/performance.py` from one run of `alife bench`. Every row is a ratio measured in that run: the candidates
take turns, each value is a median of 7 or more (`ecosystem`: of 3), beside it the quartiles. Times are processor time of the thread, a
core each, but for `startup`, `evolve` and `ecosystem`.

- `transform`: one Walsh-Hadamard transform; the reference is the time its additions would take at the core's peak, measured by a
  loop of independent additions of lanes.
- `tick`: perceive, hash, move, read, act, write. The reference is `alife/bench/tick.c`: the same loops, one agent at a time, compiled by
  the machine's C compiler at `-O3 -march=native`, bit-equal to the lanes when it sums in their order. It may skip what one agent need not
  do (a hash without a jump, a write through a shut gate). Where we lose: the hash alone, because sixteen agents hash when one jumps.
- `ecosystem`: 1e3 to 1e6 agents in one world, 4 cells each, n 32, K 64, D 1, births and deaths at 1 in 500 agent-ticks each. The reference
  of `bandwidth` is copying large arrays in as many threads; what is counted as moved stands in `alife/bench/ecosystem.py`. Asked for: 5 M
  agent-ticks/s at 1e5, and an agent-tick at 1e6 that costs at most twice what it costs at 1e4 (`growth`).
- `evolve`: population 512 on copy; the share of time that is not lives.
- `startup`: the command line from process start to the first generation.

"""


def main() -> None:
    """One run, one table."""
    alife = Path(sys.executable).with_name("alife")
    printed = subprocess.run([alife, "bench"], stdout=subprocess.PIPE, text=True, check=True).stdout
    table = "\n".join(line.rstrip() for line in printed.splitlines())
    DOC.write_text(f"{INTRO}```text\n{table}\n```\n", encoding="utf-8")


if __name__ == "__main__":
    main()
