"""Run the commands whose output is docs/results.md, and write it: `python benchmarks/results.py [--only SECTION ..]`.

The whole takes hours. It can be killed and called again: runs that are done in `--runs` are not repeated, and every section is put
into the document when it is done. Sections: the problems' names, as in alife/insight/problems.py, and those below.
"""

from __future__ import annotations

from _document import ROOT, Section, parser, write

from alife.insight.problems import PROBLEMS, SEEDS, Problem, beside

CONTROLLED = {
    "shelves": 1, "seasons": 1, "tmaze-single": 1, "tmaze-double": 1, "pairs": 1,
    "tmaze-homing": 1, "vending": 1, "orders": 1, "hidden_goal": 1,
}  # fmt: skip
"""First seeds whose controls are evolved, each on the run's own budget, twice; of other problems all."""
SUMMARY: Section = (
    "Summary", ("From the CSV files of the sections below. *Evaluations to solve*: of the seeds that solved it. *Agent-ticks*, *z*: of all "
    "seeds, polishing included. *Zeroed*: z with the memory emptied before every question. *Ratio*: published budget / evaluations to "
    "solve, each in its own unit: here 40 lives (16 in vending), there 50."),
    ["python benchmarks/summary.py {docs}"],
)  # fmt: skip


def section(problem: Problem, seeds: int, generations: int | None = None) -> Section:
    """Ten seeds of a problem, the champions at the sizes of its ladder, and without their memory."""
    sets = "".join(f" --set {text}" for text in problem.settings)
    also = "".join(f' --also "{overrides}"' for overrides in problem.ladder.values())
    place = f"{{runs}}/{problem.name}"
    first = " ".join(f"{place}/{problem.world}_s{seed}" for seed in range(1, min(CONTROLLED.get(problem.name, seeds), seeds) + 1))
    words = f"Published: {beside(problem)}. " if problem.published else ""
    return problem.name, (
        f"{words}Last columns: the same genomes at {', '.join(problem.ladder)}, 200 fresh lives. Then with their memory taken away, "
        "256 fresh lives an arm (docs/design.md, 8); controls were evolved where they are shown."
    ), [
        (f"sweep {problem.world}{sets} --until-solved --seeds {{seeds}} --generations {generations or problem.generations}"
         f"{also} --lives 200 --out {place} --csv {{docs}}/{problem.name}.csv"),
        f"ablate {first} --control --lives 256 > /dev/null",
        f"ablate {place} --lives 256 --csv {{docs}}/{problem.name}-ablation.csv",
    ]  # fmt: skip


ALL_IN_ONE = "corridor+copy+shelves+seasons"
OTHERS: list[Section] = [
    ("All orders of the double T-maze", "The champions of the section above, each order of goals by itself, 200 fresh lives.",
     ["python benchmarks/orders.py {runs}/tmaze-double"]),
    ("Several problems, one agent", ("One population, every life one of four problems, drawn by lot; nothing tells which. Solved "
     "means: in the mean of all four. Last columns: lives of one problem alone."),
     [(f"sweep {ALL_IN_ONE} --until-solved --seeds 3 --generations 600 --lives 200 "
       + " ".join(f'--also "world.only={name}"' for name in ALL_IN_ONE.split("+")))]),
    ("Four shelves", "Shelves, always four.", ["sweep shelves --until-solved --seeds 10 --set world.shelves=4"]),
    ("Forage, the control", ("Needs no memory; z = 0 is the better of a random and a straight walk, z = 1 a greedy one. With and "
     "without a memory it must come out alike."),
     ["sweep forage --until-solved --seeds 5 --generations 60 --grid memory.kind=lsh,none"]),
    ("Other controllers", "150 generations at most. `still` ignores its input; `dense` has 64 times the genes.",
     ["sweep copy --until-solved --seeds 5 --generations 150 --grid controller.kind=wht,dense,still",
      "sweep shelves --set world.shelves=4 --until-solved --seeds 5 --generations 150 --grid controller.kind=wht,dense,still"]),
    ("Other memories", "150 generations at most. `none` must stay at z = 0; `exact` hashes every difference to another place.",
     ["sweep copy --until-solved --seeds 5 --generations 150 --grid memory.kind=lsh,exact,none",
      "sweep shelves --set world.shelves=4 --until-solved --seeds 5 --generations 150 --grid memory.kind=lsh,exact,none",
      "sweep corridor --until-solved --seeds 5 --generations 60 --grid memory.kind=lsh,exact,none"]),
    ("Other selections", "150 generations at most.",
     [("sweep copy --until-solved --seeds 5 --generations 150 "
      "--grid evolve.selection=lexicase,epsilon_lexicase,tournament,truncation"),
      ("sweep shelves --set world.shelves=4 --until-solved --seeds 5 --generations 150 "
      "--grid evolve.selection=lexicase,epsilon_lexicase,tournament,truncation")]),
]  # fmt: skip
WORDS = [
    "", "An evaluation is one genome on 40 lives (vending: 16); validation and confirmation of champions are counted by their lives.",
    "*Evaluations* and *seconds* include the polishing after the problem was solved (docs/design.md). Score and z: 1,000 fresh lives.",
    "Default settings everywhere; `--until-solved` stops a run that is solved and polished, at the last generation at the latest.",
    "Raw rows of the problems: docs/results/*.csv.",
]  # fmt: skip

if __name__ == "__main__":
    options = parser("results.py", __doc__)
    options.add_argument("--seeds", default=str(SEEDS), help="of each problem")
    options.add_argument("--generations", type=int, help="of each run, at most, in place of the problem's own budget")
    options.add_argument("--docs", default="docs/results", help="folder of the CSV files, from the project's; results.md stands beside it")
    given = options.parse_args()
    docs = ROOT / given.docs
    docs.mkdir(parents=True, exist_ok=True)
    sections = [*(section(problem, int(given.seeds), given.generations) for problem in PROBLEMS), *OTHERS]
    write(docs.parent / "results.md", "results.py", WORDS, sections, vars(given), given.only, SUMMARY)
