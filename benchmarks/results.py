"""Run the commands whose output is docs/results.md, and write it: `python benchmarks/results.py [--runs DIR]`.

What is done in DIR is not repeated, so it can be killed and called again.
"""

from __future__ import annotations

from pathlib import Path

from _document import Section, write

DOC = Path(__file__).parents[1] / "docs" / "results.md"
FAR = '--also "world.length=20" --also "world.length=120 memory.bits=16384"'
SECTIONS: list[Section] = [
    ("Copy", ("8 bits, 1 to 10 vectors. Published budget: population 300, up to 10,000 generations (ENTM 2016), 3,000,000 "
     "evaluations of 50 sequences. Right bits at lengths 20 and 120 in the last columns: same genome (polished on up to 40), and "
     "for 120 a memory of 16,384 bits instead of 256."),
     [f"sweep copy --until-solved --seeds 10 {FAR}"]),
    ("Shelves", ("4 shelves, then 2 to 8 (polished on up to 16); in the last columns 16 and 32 shelves in a memory of 4,096 bits: "
     "not solved there yet."),
     ["sweep shelves --until-solved --seeds 10 --set world.shelves=4",
      'sweep shelves --until-solved --seeds 10 --also "world.shelves=16 memory.bits=4096" --also "world.shelves=32 memory.bits=4096"']),
    ("Corridor", ("3 to 20 cells. The first generation already holds agents that solve it: about one newborn in eight stores the cue "
     "and keeps it, which is what the identity start is for. In the last column 250 cells (polished on up to 80): "
     "some champions lose the cue there."),
     ['sweep corridor --until-solved --seeds 10 --also "world.length=250"']),
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
    ("Is the memory used?", ("The champions of seed 1, on 1,000 fresh lives for each way of taking the memory away, and two controls on "
     "their budgets (docs/design.md, 8)."),
     ["ablate {copy} --control", "ablate {shelves} --control", "ablate {corridor} --control"]),
]  # fmt: skip



WORDS = [
    "", "An evaluation is one genome on 40 lives; validation and confirmation of champions are counted by their lives. *Evaluations*",
    "and *seconds* include the polishing after the problem was solved (docs/design.md). Score and z: 1,000 fresh lives.",
    "Default settings everywhere; `--until-solved` stops a run that is solved and polished, at 1,000 generations at the latest.",
]  # fmt: skip

if __name__ == "__main__":
    write(DOC, "results.py", WORDS, SECTIONS, __doc__)
