"""Run the commands whose output is docs/forgetting.md, and write it: `python benchmarks/forgetting.py [--only SECTION ..]`.

Minutes. Sections: within-one-life, over-generations. What they show is said in docs/experiments.md, not here.
"""

from __future__ import annotations

from _document import ROOT, Section, parser, write

KINDS = "none,bloom,visits,soft-visits"
LIFE = """The problem is [`relearn`](../worlds/relearn.py): shelves of A, an exam on A, shelves of B, an exam on B, A asked again.
Champions are evolved on 2 to 4 shelves of each in 256 bits, B with A's own keys and other values, and eight marks that tell the
worlds apart. Then, the same genomes, 8 shelves of A, and 8, 16 or 32 of B with the keys of A or with others, in 64 bits, 256 lives each.

*A*, *B*, *A again*: z of each exam, 0 a guess, 1 all right. *Kept*: A again / A. *Price*, *gained*: against the same genome
(*evolved with* none) or the same seed (evolved with a kind) without plasticity, means over seeds ± 95 %. *Fill*: share of the
filter's bits that are set at the end."""
GENES = """A population evolves on A (copy) until its elite knows it (z >= .95 on 64 fresh lives), then on B (four shelves), then on A
again, 100 generations at most; or, from the same start, on both mixed. The same lives with plasticity ask whether that helps the
genes. *Elite*: the genome that was best in the lives of selection. z, medians over seeds (least to most)."""
SECTIONS: list[Section] = [
    ("Within one life", LIFE, [
        (f"sweep relearn --until-solved --set evolve.polish=0 --seeds {{seeds}} --generations 60 --grid memory.plasticity={KINDS} "
        "--out {runs}/relearn --csv {docs}/relearn.csv > /dev/null"),
        "python benchmarks/forgetting_life.py {runs}/relearn --csv {docs}/life.csv",
    ]),
    ("Over generations", GENES,
     ["python benchmarks/forgetting_genes.py --seeds {population_seeds} --generations {generations} --csv {docs}/genes.csv"]),
]  # fmt: skip
WORDS = ["", "Defaults where nothing is said: population 128, 40 lives, lexicase. Raw rows: docs/forgetting/*.csv."]

if __name__ == "__main__":
    options = parser("forgetting.py", __doc__)
    options.add_argument("--seeds", default="5", help="champions of each plasticity")
    options.add_argument("--population-seeds", default="3", help="populations of each arm")
    options.add_argument(
        "--docs", default="docs/forgetting", help="folder of the CSV files, from the project's; forgetting.md stands beside it"
    )
    given = options.parse_args()
    docs = ROOT / given.docs
    docs.mkdir(parents=True, exist_ok=True)
    write(docs.parent / "forgetting.md", "forgetting.py", WORDS, SECTIONS, vars(given), given.only)
