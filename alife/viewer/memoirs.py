"""What is remembered of the time that was watched: measures, births and deaths, edits, and the mind that is followed.

It goes with the source, tick by tick, and back with it, too. None of it is needed by the simulation.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from alife.insight import mind
from alife.insight.kin import Kin, Tree
from alife.insight.moment import Moment
from alife.insight.track import Track
from alife.viewer.living import Living
from alife.viewer.mindpanel import Person
from alife.viewer.problem import ProblemSource
from alife.viewer.series import Series
from alife.viewer.story import Story

if TYPE_CHECKING:
    from alife.viewer.frames import Wants

    Columns = dict[str, np.ndarray]

PACE = 50
"""Ticks between two rows of measures, at least."""
_FAR = 10_000
"""Ticks that are made at a time where nothing is due."""
_SHARE = 0.02
"""Of the time, that measuring may take."""
_LEAVES = 400
_BIRTHS = 50
"""Of the children of the followed agent, that are told of."""
_KEPT = 2000
"""Events that are kept."""


_NONE = np.zeros((0, 1), np.uint64)


class _Trees(NamedTuple):
    """Who descends from whom, and the key repertoires of the nodes."""

    all: Tree | None = None
    signatures: np.ndarray = _NONE
    own: Tree | None = None
    own_signatures: np.ndarray = _NONE


class Memoirs:
    """Of one source. `lived` after every step, `rewind` after going back."""

    def __init__(self, source: Living | ProblemSource) -> None:
        self.source = source
        self.series, self.kin = Series(), Kin()
        self._first = source.tick
        self.followed: int | None = None
        self._track: Track | None = None
        self._events: list[tuple[int, str, str]] = []
        self._wants: Wants | None = None
        self._trees = _Trees()
        self._trees_of: tuple[int | None, int] | None = None
        self._next_measure = self._next_trees = 0.0
        self._is_there = False
        """whether the followed agent lives"""
        self._given = source.edits if isinstance(source, Living) else ()
        self._begin()

    def _begin(self) -> None:
        """Nothing is known of what was before."""
        source = self.source
        self._first = source.tick
        if not isinstance(source, Living):
            return
        self.series, self.kin, self._events = Series(), Kin(), []
        births, deaths, events = source.records()
        ids, born = self._alive(source)
        before = ~np.isin(ids, births["id"])
        self.kin.begin(ids[before], born[before])
        self._keep(births, deaths, events)
        self.series.add(source.tick, source.measures())

    def _keep(self, births: Columns, deaths: Columns, events: list[tuple[int, str, str]]) -> bool:
        """Records of the source, as they are told; whether something was changed by hand. That is told a tick late there."""
        if len(births["id"]) or len(deaths["id"]):
            self.kin.add(births, deaths)
        edits = [kind == "edit" for _, kind, _ in events]
        if events:
            dated = [(tick - is_edit, kind, text) for (tick, kind, text), is_edit in zip(events, edits, strict=True)]
            self._events = (self._events + dated)[-_KEPT:]
        return any(edits)

    @staticmethod
    def _alive(source: Living) -> tuple[np.ndarray, np.ndarray]:
        """int64, int64: ids of the living, ascending, and the ticks at which they were born, by their age."""
        q, world = source.ecosystem.q, source.config.world
        living = np.flatnonzero(q.alive)
        order = np.argsort(q.id[living])
        ages = np.zeros(len(living), np.int64)
        if source.has_bodies:
            ages += np.asarray(world.ask("bodies", source.ecosystem.world)["age"])[living]
        return q.id[living][order], (source.tick - ages)[order]

    # ---- going along ----

    @property
    def is_following(self) -> bool:
        """Whether there is, or may be soon, a mind to be looked at in every tick."""
        if self.followed is None or isinstance(self.source, ProblemSource):
            return self.followed is not None
        return self._is_there or self.followed >= self.source.ecosystem.born

    @property
    def edits(self) -> int:
        """Changes by hand since the source was first seen; of an ecosystem also those that will come again."""
        if isinstance(self.source, ProblemSource):
            return len(self.source.by_hand())
        edits = self.source.edits
        return len(edits) - next((i for i, (a, b) in enumerate(zip(edits, self._given, strict=False)) if a is not b), len(self._given))

    def tell(self, wants: Wants) -> None:
        """What is shown from now on."""
        self._wants = wants
        agent = 0 if isinstance(self.source, ProblemSource) else wants.follow
        if agent != self.followed or (self._track is None and agent is not None):
            self.followed, self._track = agent, None
            self._look_at()

    def _look_at(self) -> None:
        """The moment of the followed agent, if it lives."""
        moment = None if self.followed is None else self.source.moment(self.followed)
        self._is_there = moment is not None
        if self.followed is None or moment is None:
            return
        if self._track is None:
            config = self.source.config
            self._track = Track(config.controller, self.source.layout, self.source.genome(self.followed))
        self._track.add(moment)

    def until_due(self) -> int:
        """Ticks until the next row of measures may be due."""
        if isinstance(self.source, ProblemSource) or time.perf_counter() < self._next_measure:
            return _FAR
        return PACE - self.source.tick % PACE

    def lived(self) -> None:
        """A step was made, at most until the next row of measures."""
        source = self.source
        if isinstance(source, ProblemSource):
            if source.life_span()[0] == source.tick:
                self._track = None  # another life: nothing is remembered of the one before
            self._renew()
            self._look_at()
            return
        if self._keep(*source.records()):
            self._renew()
        started = time.perf_counter()
        if source.tick % PACE == 0 and started >= self._next_measure:
            self.series.add(source.tick, source.measures())
            ended = time.perf_counter()
            self._next_measure = ended + (ended - started) / _SHARE
        self._look_at()

    def _renew(self) -> None:
        """Genes may have been changed by hand."""
        if self._track is None or self.followed is None:
            return
        try:
            genome = self.source.genome(self.followed)
        except KeyError:
            return
        if not np.array_equal(genome, self._track.genome):
            self._track.renew(genome)

    def rewind(self) -> None:
        """Time has gone back to where the source is."""
        source, tick = self.source, self.source.tick
        self._trees_of = None
        if isinstance(source, Living):
            if tick < self._first:
                self._begin()
            else:
                self.series.rewind(tick)
                self.kin.rewind(tick, self._alive(source)[0])
                self._keep(*source.records())
                self._forget(tick, sum(edit.at == tick for edit in source.edits))
            if self.followed is not None and self.followed >= source.ecosystem.born:
                self._track = None  # who is born by that name may be another
        self._again()

    def _forget(self, tick: int, done: int) -> None:
        """Events after a tick, and those edits of it that are not among the `done`."""
        kept = []
        for event in self._events:
            is_edit = event[:2] == (tick, "edit")
            done -= is_edit
            if event[0] <= tick and not (is_edit and done < 0):
                kept.append(event)
        self._events = kept

    def edited(self) -> None:
        """Something was changed by hand."""
        if isinstance(self.source, Living):
            self._keep(*self.source.records())
        self._again()

    def _again(self) -> None:
        """The thought of this tick is another than it was."""
        if self._track is not None:
            self._track.rewind(self.source.tick - 1)
        self._renew()
        self._look_at()

    # ---- telling ----

    def action_of(self, moment: Moment) -> str:
        """What this thought leads to."""
        layout = self.source.layout
        return layout.actions[int(mind.actions_of(moment.out, layout))]

    def signs(self) -> dict[str, Any]:
        """Things whose change is a birth, a death, or a decision of the followed agent."""
        source = self.source
        moment = None if self.followed is None else source.moment(self.followed)
        action = "" if moment is None else self.action_of(moment)
        if isinstance(source, ProblemSource):
            scene = source.scene()
            return {"birth": scene.life, "death": len(source.scores), "decision": (scene.answers, scene.phase) if scene.phase else action}
        return {"birth": source.ecosystem.born, "death": source.ecosystem.died, "decision": action}

    def story(self, is_exact: bool = True) -> Story:
        """All of it, as it is now; trees may be a little older, unless `is_exact`, if making them takes long."""
        source = self.source
        look = self._track.look() if self._track is not None and self._track.ticks else None
        if isinstance(source, ProblemSource):
            first, _ = source.life_span()
            edits = [(tick, "edit", words) for tick, words in source.by_hand()]
            marks = [*source.marks(), *(edit for edit in edits if edit[0] >= first)]
            return Story(
                self._lonely(source), look, None, events=tuple(edits), first=first, bands=tuple(source.phases()),
                marks=tuple(marks), scores=tuple(source.scores), bounds=source.bounds, edits=self.edits,
            )  # fmt: skip
        if self._wants is not None and self._wants.tree:
            self._grow(source, is_exact)
        trees = self._trees if self._wants is not None and self._wants.tree else _Trees()
        return Story(
            self._person(source), look, self.series.copy(), trees.all, trees.own, trees.signatures, trees.own_signatures,
            tuple(self._events), self._first, marks=tuple(self._events[-200:]), edits=self.edits,
        )  # fmt: skip

    def _grow(self, source: Living, is_exact: bool) -> None:
        """The trees of now."""
        of, now = (self.followed, source.tick), time.perf_counter()
        is_due = is_exact or self._trees_of is None or self._trees_of[0] != self.followed or now >= self._next_trees
        if of == self._trees_of or not is_due:
            return
        tree, own = self.kin.line(self._alive(source)[0], _LEAVES, source.tick), None
        if self.followed is not None and self.followed in self.kin:
            own = self.kin.of_one(self.followed, 4, _LEAVES, source.tick)
        self._trees = _Trees(tree, source.signatures(tree.id), own, source.signatures(own.id) if own is not None else _NONE)
        ended = time.perf_counter()
        self._trees_of, self._next_trees = of, ended + (ended - now) / _SHARE

    def _lonely(self, source: ProblemSource) -> Person:
        return Person(
            id=0, title=source.title, subtitle=f"life {source.life + 1:,}", facts=[], energy=None, mother=None, father=None, children=[],
            siblings=[], living=frozenset(), is_followed=True, can_edit=True, events=[], edits=source.edits_in_words(),
            held=source.held(),
            scores=list(source.scores), bounds=source.bounds,
        )  # fmt: skip

    def _person(self, source: Living) -> Person | None:
        agent = self.followed
        if agent is None:
            return None
        if agent not in self.kin:
            words = "not born yet" if agent >= source.ecosystem.born else f"died before tick {self._first:,}, where this view begins"
            return Person(agent, f"agent {agent:,}", words, is_followed=True)
        kin, place = self.kin.of(agent), source.place_of(agent)
        facts, energy, subtitle = [], None, ""
        if place >= 0 and source.has_bodies:
            bodies = {name: np.asarray(column)[place] for name, column in source.config.world.ask("bodies", source.ecosystem.world).items()}
            energy = (float(bodies["energy"]), float(getattr(source.config.world.params, "breed_energy", 0) or 1))
            subtitle = f"age {int(bodies['age']):,}"
            facts = [(name, f"{int(bodies[name]):,}") for name in ("crop", "meals", "poisoned", "intake", "children") if name in bodies]
        elif kin.died is not None:
            cause = source.ecosystem.causes[kin.cause] if kin.cause is not None else "unknown"
            subtitle = f"died at tick {kin.died:,} of {cause}"
        events = [(self.kin.of(child).born, "birth") for child in kin.children[-_BIRTHS:]]
        return Person(
            id=agent, title=f"agent {agent:,}", subtitle=subtitle, facts=facts, energy=energy, mother=kin.mother, father=kin.father,
            children=kin.children, siblings=kin.siblings, living=kin.living, is_followed=True, can_edit=place >= 0, events=events,
            edits=source.edits_in_words(agent), held=source.held(agent), scores=[], bounds=None,
        )  # fmt: skip
