"""Which parts are better? Run the commands whose output is docs/parts.md, and write it: `python benchmarks/parts.py [--only SECTION ..]`.

It can be killed and called again: runs that are done in `--runs` are not repeated, and every section is put into the document when it
is done. Sections: ticks, controllers, memories, plasticity. Summary and tables are made of the CSV files in `--docs` (parts_table.py).
"""

from __future__ import annotations

from _document import ROOT, Section, parser, write

from alife.core import config, registry
from alife.core.settings import MemoryParams

PLASTICITY = tuple(MemoryParams.model_json_schema()["properties"]["plasticity"]["enum"])
TABLES = {
    "controllers": ("controller.kind", tuple(registry.names("controllers"))),
    "memories": ("memory.kind", tuple(registry.names("memory"))),
    "plasticity": ("memory.plasticity", PLASTICITY),
}
"""Section -> the key that is varied, all else at its default, and its values."""
_USUAL = config.load("copy")
DEFAULTS = {
    "controllers": _USUAL.controller.kind, "memories": _USUAL.memory.kind, "plasticity": MemoryParams.model_fields["plasticity"].default,
}  # fmt: skip
PROBLEMS = {"copy": "copy", "shelves": "shelves --set world.shelves=4", "tmaze": "tmaze --set world.junctions=1"}
"""File -> world and sizes. Four shelves, always: eight ticks a life instead of up to sixteen."""
ABOUT = {
    "controllers": (
        "All with the default memory. `still` ignores its input: the null. `dense`, `pruned`: the usual net; `dct`, `orthogonal`: n² a "
        "transform."
    ),
    "memories": "All with the default controller. `none`: the null. `scrambled`: as much traffic, but addresses that hold for one tick.",
    "plasticity": (
        "The default memory and controller. What it is for, to keep what is known, these problems do not ask for: "
        "[forgetting.md](forgetting.md)."
    ),
}
TICKS: Section = ("Ticks", (
    "Nanoseconds a tick of one agent, in lives of copy, world included: sixteen agents of a first generation on one core, all parts in "
    "turn in one run, medians of the rounds. Ratio: to the default of the table. Parameters: genes, with the default width of 64."
), ["python benchmarks/parts_ticks.py --rounds 9 --csv {docs}/ticks.csv"])  # fmt: skip
SUMMARY: Section = ("Summary", (
    "From the CSV files of the sections below. First is who solved most of all runs; among equals, who has the least rank, by "
    "evaluations to solve, summed over the problems. Ten seeds tell no small differences apart: two medians whose quartiles overlap are "
    "alike."
), ["python benchmarks/parts_table.py {docs} summary"])  # fmt: skip


def section(name: str) -> Section:
    """All values of a key in all problems, and their table."""
    key, values = TABLES[name]
    sweeps = [
        f"sweep {problem} --until-solved --set evolve.polish=0 --seeds {{seeds}} --generations {{generations}} "
        f"--grid {key}={','.join(values)} --out {{runs}}/{name}-{file} --csv {{docs}}/{name}-{file}.csv > /dev/null"
        for file, problem in PROBLEMS.items()
    ]
    return name.capitalize(), ABOUT[name], [*sweeps, f"python benchmarks/parts_table.py {{docs}} {name}"]


SECTIONS = [TICKS, *map(section, TABLES)]
WORDS = [
    """
Every part with all others at their defaults. Solved: z >= .95 on fresh lives, at the lower end of their 95 % interval. A run ends
there (no polishing), or when its generations are used up: equal evaluations. *Evaluations to solve*: median over all seeds
(quartiles), one that did not solve it counted as more than the budget. An evaluation is one genome on 40 lives; validation is
counted by its lives. *In T s*: solved within T seconds of the run's own clock, compiling excluded: equal wall-clock. T is the
shortest time in which any run of that problem used up its evaluations without solving, over all tables, so that up to T no run
had been stopped. Wall-clock is that of the machine as it was; evaluations and solved counts are the same bits anywhere. Raw rows:
docs/parts/*.csv."""
]

if __name__ == "__main__":
    options = parser("parts.py", __doc__)
    options.add_argument("--seeds", default="10", help="runs of every part in every problem")
    options.add_argument("--generations", default="100", help="of each run, at most")
    options.add_argument("--docs", default="docs/parts", help="folder of the CSV files, from the project's; parts.md stands beside it")
    given = options.parse_args()
    docs = ROOT / given.docs
    docs.mkdir(parents=True, exist_ok=True)
    write(docs.parent / "parts.md", "parts.py", WORDS, SECTIONS, vars(given), given.only, SUMMARY)
