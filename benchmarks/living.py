"""Run the commands whose output is docs/living.md, and write it: `python benchmarks/living.py [--runs DIR] [--only SECTION ..]`.

What is done in DIR is not repeated, so it can be killed and called again. Takes some hours on two cores.
"""

from pathlib import Path

from _document import Section, parser, write

DOC = Path(__file__).parents[1] / "docs" / "living.md"
POISON = "configs/poison-seasons.yaml --seeds 10 --set world.most=4000"
LIVES = "--measure lifetime --measure lifetime_intake --measure meals_right"
RAMP = "'world.schedule=[{{at: 0, set: {{poison: 0}}}}, {{at: 5000, over: 30000, set: {{poison: 60}}}}]'"
SECTIONS: list[Section] = [
    ("Does memory pay: as shipped", ("Twenty thousand ticks from random founders. `scrambled` is a memory of the same size that "
     "recalls noise; `elman` the same net with as many genes, context units and no memory. The last two: agents that cannot "
     "eat, and agents that cannot tell plants apart and so eat all or none."),
     [f"sweep {POISON} --ticks 20000 --grid memory.kind=lsh,scrambled,none {LIVES}",
      f"sweep {POISON} --ticks 20000 --set memory.kind=none --set controller.kind=elman {LIVES}",
      f"sweep {POISON} --ticks 20000 --set 'world.actions=[move,breed,rest]'",
      f"sweep {POISON} --ticks 20000 --set 'world.senses=[meal,food,tasted,energy,touch]' {LIVES}"]),
    ("Does memory pay: where all can live", ("The same with half the poison, so that eating everything feeds: 30,000 ticks."),
     [f"sweep {POISON} --ticks 30000 --set world.poison=30 --grid memory.kind=lsh,scrambled,none {LIVES}",
      f"sweep {POISON} --ticks 30000 --set world.poison=30 --set memory.kind=none --set controller.kind=elman {LIVES}"]),
    ("Invasion: half with, half without", ("Half of the founders, and their descendants, recall nothing (kind_1). Who is left after "
     "30,000 ticks, by how strong the poison is? A plant that nourishes gives 60."),
     [f"sweep {POISON} --ticks 30000 --set world.memoryless=0.5 --grid world.poison=10,20,30,40,60 --measure kind_0 --measure kind_1"]),
    ("A fair start for the rivals: poison that grows", ("From 0 at tick 5,000 to 60 at tick 35,000, so that no line can say it had no time "
     "to evolve. *extinct at* tells at which strength it died out: (tick - 5,000) / 500. Five seeds."),
     [f"sweep {POISON.replace('10', '5')} --ticks 45000 --set {RAMP} --grid memory.kind=lsh,none {LIVES}",
      f"sweep {POISON.replace('10', '5')} --ticks 45000 --set {RAMP} --set memory.kind=none --set controller.kind=elman {LIVES}"]),
    ("A million ticks", ("Every shipped config at 64 x 64; so far from two to four seeds each. `behaviour_change`: how far the answers of "
     "the population to 64 fixed observations have moved since the census before (10,000 ticks; mean total variation "
     "distance), `behaviour_floor` the same between two halves of the population at one time: what sampling alone gives."),
     [f"sweep configs/{name}.yaml --seeds {seeds} --ticks 1000000 --measure births --measure lifetime --measure meals_right "
      "--measure species_genome --measure behaviour_change --measure behaviour_floor"
      for name, seeds in (("poison-seasons", 4), ("meadow", 4), ("predators", 2), ("islands", 2))]),
    ("What a mother knows", ("A child's memory is blank, or a copy of its mother's, or that and again with every gift from kin, as "
     "`world.inherit` says. In the meadow plants are what they are for good; in the poison seasons they are not."),
     [f"sweep configs/meadow.yaml --seeds 10 --ticks 20000 --grid world.inherit=blank,copied,shared {LIVES}",
      f"sweep {POISON} --ticks 20000 --grid world.inherit=blank,copied {LIVES}"]),
]  # fmt: skip
WORDS = [
    "Measures are those of the last thousand ticks of a run (docs/ecosystem.md). In short:", "",
    "- Poison as strong as food, seasons shorter than a generation: ten of ten populations with a memory live, and none without",
    "  one, with a scrambled one, or with recurrence in its place; nor with poison that grows slowly.",
    "- Where eating everything feeds, a memory is no gain, and those without it replace those with it, up to half the poison.",
    "- A mother's knowledge is a gain where plants are what they are for good, and deadly where they are not.",
]

if __name__ == "__main__":
    options = parser("living.py", __doc__).parse_args()
    write(DOC, "living.py", WORDS, SECTIONS, vars(options), options.only)
