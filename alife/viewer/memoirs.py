"""What is remembered of the time that was watched: measures, births and deaths, edits, and the mind that is followed.

It goes with the source, tick by tick, and back with it, too. None of it is needed by the simulation.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

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

PACE = 50
"""Ticks between two rows of measures, at least."""
_SHARE = 0.04
"""Of the time, that measuring may take."""
_LEAVES = 400
_KEPT = 2000
"""Events that are kept."""


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
        self._tree: tuple[int, Tree, np.ndarray] | None = None
        self._next_measure = 0.0
        self._begin()

    def _begin(self) -> None:
        """Nothing is known of what was before."""
        source = self.source
        self._first = source.tick
        if not isinstance(source, Living):
            return
        self.series, self.kin = Series(), Kin()
        births, deaths, events = source.records()
        if source.tick or not len(births["id"]):
            self.kin.begin(*self._alive(source))
        else:
            self.kin.add(births, deaths)
        self._events = list(events)
        self.series.add(source.tick, source.measures())

    @staticmethod
    def _alive(source: Living) -> tuple[np.ndarray, np.ndarray]:
        """int64, int64: ids of the living, ascending, and the ticks at which they were born."""
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
        """Whether a mind is looked at in every tick."""
        return self._track is not None

    @property
    def has_edits(self) -> bool:
        """Whether something was changed by hand."""
        return any(kind == "edit" for _, kind, _ in self._events)

    def tell(self, wants: Wants) -> None:
        """What is shown from now on."""
        self._wants = wants
        agent = 0 if isinstance(self.source, ProblemSource) else wants.follow
        if agent != self.followed or (self._track is None and agent is not None):
            self.followed, self._track = agent, None
            self._look_at()

    def _look_at(self) -> None:
        """The moment of the followed agent, if it lives."""
        if self.followed is None or (moment := self.source.moment(self.followed)) is None:
            return
        if self._track is None:
            config = self.source.config
            self._track = Track(config.controller, self.source.layout, self.source.genome(self.followed))
        self._track.add(moment)

    def until_due(self) -> int:
        """Ticks until the next row of measures."""
        if isinstance(self.source, ProblemSource):
            return 1 << 30
        return PACE - self.source.tick % PACE

    def lived(self) -> None:
        """A step was made, at most until the next row of measures."""
        source = self.source
        if isinstance(source, ProblemSource):
            if source.life_span()[0] == source.tick:
                self._track = None  # another life: nothing is remembered of the one before
            self._look_at()
            return
        births, deaths, events = source.records()
        self.kin.add(births, deaths)
        self._events = (self._events + [(t, kind, text) for t, kind, text in events if kind != "edit"])[-_KEPT:]
        started = time.perf_counter()
        if source.tick % PACE == 0 and started >= self._next_measure:
            self.series.add(source.tick, source.measures())
            ended = time.perf_counter()
            self._next_measure = ended + (ended - started) / _SHARE
        self._look_at()

    def _renew(self) -> None:
        """Genes may have been changed by hand."""
        if self._track is not None and self.followed is not None and self.source.moment(self.followed) is not None:
            genome = self.source.genome(self.followed)
            if not np.array_equal(genome, self._track.genome):
                self._track.renew(genome)

    def rewind(self) -> None:
        """Time has gone back to where the source is."""
        tick = self.source.tick
        if tick < self._first:
            self._begin()
        self.series.rewind(tick)
        self._events = [event for event in self._events if event[0] <= tick]
        self._tree = None
        if isinstance(self.source, Living):
            self.kin.rewind(tick)
        if self._track is not None:
            self._track.rewind(tick - 1)
        self._renew()
        self._look_at()

    def edited(self, tick: int, words: str) -> None:
        """Something was changed by hand."""
        self._events.append((tick, "edit", words))
        if isinstance(self.source, Living):
            births, deaths, _ = self.source.records()
            self.kin.add(births, deaths)
        if self._track is not None:
            self._track.rewind(tick - 1)
        if self.followed is not None and self.source.moment(self.followed) is not None:
            self._renew()
            self._look_at()

    # ---- telling ----

    def action_of(self, moment: Moment) -> str:
        """What this thought leads to."""
        layout = self.source.layout
        return layout.actions[int(mind.actions_of(moment.out, layout))]

    def signs(self, source: Living | ProblemSource) -> dict[str, Any]:
        """Things whose change is a birth, a death, or a decision of the followed agent."""
        moment = None if self.followed is None else source.moment(self.followed)
        action = "" if moment is None else self.action_of(moment)
        if isinstance(source, ProblemSource):
            scene = source.scene()
            return {"birth": scene.life, "death": len(source.scores), "decision": (scene.answers, scene.phase) if scene.phase else action}
        return {"birth": source.ecosystem.born, "death": source.ecosystem.died, "decision": action}

    def story(self) -> Story:
        """All of it, as it is now."""
        source = self.source
        look = self._track.look() if self._track is not None and self._track.ticks else None
        edits = sum(kind == "edit" for _, kind, _ in self._events)
        if isinstance(source, ProblemSource):
            first, _ = source.life_span()
            marks = [*source.marks(), *((t, kind, words) for t, kind, words in self._events if kind == "edit" and t >= first)]
            return Story(
                self._lonely(source), look, None, events=tuple(self._events), first=first, bands=tuple(source.phases()),
                marks=tuple(marks), scores=tuple(source.scores), bounds=source.bounds, edits=edits,
            )  # fmt: skip
        tree, signatures = self._lineage(source)
        own, own_signatures = None, np.zeros((0, 1), np.uint64)
        if self._wants is not None and self._wants.tree and self.followed is not None and self.followed in self.kin:
            own = self.kin.of_one(self.followed, 4, _LEAVES, source.tick)
            own_signatures = source.signatures(own.id)
        return Story(
            self._person(source), look, self.series.copy(), tree, own, signatures, own_signatures, tuple(self._events), self._first,
            marks=tuple((t, kind, words) for t, kind, words in self._events[-200:]), edits=edits,
        )  # fmt: skip

    def _lineage(self, source: Living) -> tuple[Tree | None, np.ndarray]:
        """The tree of the living, made anew now and then."""
        if self._wants is None or not self._wants.tree:
            return None, np.zeros((0, 1), np.uint64)
        pace = max(1, source.ecosystem.living // 20)
        if self._tree is None or source.tick - self._tree[0] >= pace:
            tree = self.kin.line(self._alive(source)[0], _LEAVES, source.tick)
            self._tree = source.tick, tree, source.signatures(tree.id)
        return self._tree[1], self._tree[2]

    def _lonely(self, source: ProblemSource) -> Person:
        return Person(
            id=0, title=source.title, subtitle=f"life {source.life + 1:,}", facts=[], energy=None, mother=None, father=None, children=[],
            siblings=[], living=frozenset(), is_followed=True, can_edit=True, events=[], edits=source.edits_in_words(),
            scores=list(source.scores), bounds=source.bounds,
        )  # fmt: skip

    def _person(self, source: Living) -> Person | None:
        agent = self.followed
        if agent is None or agent not in self.kin:
            return None
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
        events = [(born, "birth") for child in kin.children if (born := self.kin.of(child).born) is not None][-50:]
        return Person(
            id=agent, title=f"agent {agent:,}", subtitle=subtitle, facts=facts, energy=energy, mother=kin.mother, father=kin.father,
            children=kin.children, siblings=kin.siblings, living=kin.living, is_followed=True, can_edit=place >= 0, events=events,
            edits=source.edits_in_words(agent), scores=[], bounds=None,
        )  # fmt: skip
