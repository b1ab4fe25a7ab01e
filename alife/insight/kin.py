"""Who descends from whom: the births and deaths of an ecosystem, kept in bounded room while it lives on.

Lines and trees follow the mothers. Parents are born before their children, so a row's mother is always in an earlier row.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

_COLUMNS = ("id", "mother", "father", "born", "died", "cause")
_NONE = -1
_ROOM = 1024


class Relatives(NamedTuple):
    """Of one agent: ids, ticks; None = nobody, not dead, not known."""

    mother: int | None
    father: int | None
    children: list[int]
    """of a mother or a father, oldest first"""
    siblings: list[int]
    """with the same mother, oldest first"""
    born: int
    died: int | None
    cause: int | None
    living: frozenset[int]
    """those of the relatives that live"""


class Tree(NamedTuple):
    """Agents, or chains of mothers that are told as one, a row each; parents come before their children, in order of ids.

    Seen from left to right in the order of y, the leaves below any row are neighbours: edges never cross.
    """

    id: np.ndarray
    """int64: the last of the chain"""
    parent: np.ndarray
    """int64: row of the mother's line, -1 = none"""
    born: np.ndarray
    """int64, tick: of the first of the chain"""
    end: np.ndarray
    """int64, tick: death of the last of the chain, or now for the living"""
    y: np.ndarray
    """float64, 0 to 1: leaves evenly spaced, parents in the middle between their first and last child"""
    living: np.ndarray
    """bool"""


class Kin:
    """Births and deaths, a row for each agent in the order of ids; int64 columns, -1 = nobody, not dead.

    Of more than `most` rows the dead without living descendants, by mother or father, are forgotten; if that is not enough,
    the oldest dead. The living are never forgotten.
    """

    def __init__(self, most: int = 500_000) -> None:
        self._most, self._size = most, 0
        self._room = {name: np.empty(_ROOM, np.int64) for name in (*_COLUMNS, "up")}  # up: row of the mother, -1 = not known

    def __len__(self) -> int:
        """Agents that are remembered."""
        return self._size

    def __contains__(self, agent: int) -> bool:
        """Whether an agent is remembered."""
        return int(self._rows(np.array([agent]))[0]) >= 0

    def __getitem__(self, column: str) -> np.ndarray:
        """A column: id, mother, father, born, died, cause, or up, the row of the mother."""
        return self._room[column][: self._size]

    # ---- what happened ----

    def begin(self, ids: np.ndarray, born: np.ndarray) -> None:
        """Those who live when a run is watched from its middle on, and the ticks of their births; their ancestors are unknown."""
        order = np.argsort(ids, kind="stable")
        nobody = np.full(len(ids), _NONE, np.int64)
        self._size = 0
        self._append({"id": ids[order], "mother": nobody, "father": nobody, "born": born[order]})

    def add(self, births: Mapping[str, np.ndarray], deaths: Mapping[str, np.ndarray]) -> None:
        """The columns id, tick, mother, father of births in order of ids, and id, tick, cause of deaths.

        Births that are known already and deaths of agents that are not known are passed over, so records that are lived through again
        after a step back may be added again.
        """
        first = int(np.searchsorted(births["id"], self["id"][-1], "right")) if self._size else 0
        self._append({name: births["tick" if name == "born" else name][first:] for name in ("id", "mother", "father", "born")})
        at = self._rows(deaths["id"])
        self["died"][at[at >= 0]], self["cause"][at[at >= 0]] = deaths["tick"][at >= 0], deaths["cause"][at >= 0]
        if self._size > self._most:
            self._prune()

    def rewind(self, tick: int, living: np.ndarray | None = None) -> None:
        """Forget what happened after that tick. Those forgotten for want of room do not come back.

        living: ids of those who live now, if it may be that some were born or died since that tick without another having begun.
        """
        back, known = self["died"] > tick, self["born"] <= tick
        if living is not None:
            here = np.isin(self["id"], living)
            back, known = back & here, known | here
        self["died"][back] = self["cause"][back] = _NONE
        self._keep(known)

    def saved(self) -> dict[str, np.ndarray]:
        """The columns, copied."""
        return {name: self[name].copy() for name in _COLUMNS}

    def restore(self, saved: Mapping[str, np.ndarray]) -> None:
        """Back to where `saved` was asked."""
        self._size = 0
        self._append(saved)

    def _append(self, columns: Mapping[str, np.ndarray]) -> None:
        """Rows behind the last; not dead where `columns` does not say so."""
        new, old = len(columns["id"]), self._size
        while old + new > len(self._room["id"]):
            self._room = {name: np.concatenate([column, np.empty_like(column)]) for name, column in self._room.items()}
        self._size = old + new
        for name in _COLUMNS:
            self[name][old:] = columns.get(name, _NONE)
        self["up"][old:] = self._rows(self["mother"][old:])

    def _rows(self, ids: np.ndarray) -> np.ndarray:
        """int64: the row of each id, -1 = not known."""
        if not self._size:
            return np.full(len(ids), -1, np.int64)
        known = self["id"]
        at = np.minimum(np.searchsorted(known, ids), self._size - 1)
        return np.where(known[at] == ids, at, -1)

    def _keep(self, kept: np.ndarray) -> None:
        """Only these rows, bool."""
        columns = {name: self[name][kept] for name in _COLUMNS}
        self._size = 0
        self._append(columns)

    def _prune(self) -> None:
        """Room for as many as a quarter of `most`, if the living leave it."""
        kept = [*(self["died"] == _NONE).tolist(), False]  # the last: nobody
        mothers, fathers = self["up"].tolist(), self._rows(self["father"]).tolist()
        for row in range(self._size - 1, -1, -1):
            if kept[row]:
                kept[mothers[row]] = kept[fathers[row]] = True
        stays = np.array(kept[:-1], bool)
        excess = max(0, int(stays.sum()) - self._most * 3 // 4)
        stays[np.flatnonzero(stays & (self["died"] != _NONE))[:excess]] = False
        self._keep(stays)

    # ---- one agent ----

    def of(self, agent: int) -> Relatives:
        """KeyError: nobody is remembered by that id."""
        row = self._row(agent)
        ids, mothers = self["id"], self["mother"]
        mother, father, died = int(mothers[row]), int(self["father"][row]), int(self["died"][row])
        children = np.flatnonzero((mothers == agent) | (self["father"] == agent))
        siblings = np.flatnonzero((mothers == mother) & (ids != agent)) if mother >= 0 else np.zeros(0, np.int64)
        parents = self._rows(np.array([mother, father]))
        near = np.concatenate([parents[parents >= 0], children, siblings])
        return Relatives(
            mother if mother >= 0 else None,
            father if father >= 0 else None,
            ids[children].tolist(),
            ids[siblings].tolist(),
            int(self["born"][row]),
            died if died >= 0 else None,
            int(self["cause"][row]) if died >= 0 else None,
            frozenset(ids[near[self["died"][near] == _NONE]].tolist()),
        )

    def ancestors(self, agent: int, most: int) -> list[int]:
        """Mother, grandmother, .., as far as known, at most so many. KeyError: nobody is remembered by that id."""
        found: list[int] = []
        row = self._row(agent)
        while row >= 0 and len(found) < most and self["mother"][row] >= 0:
            found.append(int(self["mother"][row]))
            row = int(self["up"][row])
        return found

    def _row(self, agent: int) -> int:
        row = int(self._rows(np.array([agent]))[0])
        if row < 0:
            raise KeyError(agent)
        return row

    # ---- trees ----

    def line(self, living: np.ndarray, most: int, now: int | None = None) -> Tree:
        """How these ids hang together: they and the branching points of their mothers' lines, chains in between as one.

        At most so many of them, evenly by id. now: tick at which the living end, None = that of the newest record.
        """
        rows = np.unique(self._rows(np.asarray(living, np.int64)))
        rows = rows[rows >= 0]
        if len(rows) > most:
            rows = rows[np.arange(most) * len(rows) // most]
        shown = np.zeros(self._size, bool)
        shown[rows] = True
        line = np.flatnonzero(_with_ancestors(shown, self["up"]))
        place = np.full(self._size + 1, -1, np.int64)  # the last: of nobody
        place[line] = np.arange(len(line))
        up = place[self["up"][line]]
        told = shown[line] | (np.bincount(up[up >= 0], minlength=len(line)) > 1)
        first = np.where((up >= 0) & ~told[up], up, np.arange(len(line)))  # of the chain
        while not np.array_equal(first, first[first]):
            first = first[first]
        parent = np.append(np.cumsum(told) - 1, -1)[up[first[told]]]
        return self._tree(line[told], parent, line[first[told]], now)

    def of_one(self, agent: int, up: int, most: int, now: int | None = None) -> Tree:
        """Of an agent's ancestor, `up` generations before or the first that is known, all descendants, living or dead.

        At most so many, the agent and its nearest relatives. now: as in `line`. KeyError: nobody is remembered by that id.
        """
        ups = self["up"]
        row = root = self._row(agent)
        while up > 0 and ups[root] >= 0:
            root, up = int(ups[root]), up - 1
        order = np.argsort(ups[root:], kind="stable") + root
        mothers = ups[order]
        found, queue = {row}, deque([row])
        while queue and len(found) < most:
            each = queue.popleft()
            children = order[slice(*np.searchsorted(mothers, [each, each + 1]))].tolist()
            near = [other for other in [int(ups[each])] * (each != root) + children if other not in found][: most - len(found)]
            found.update(near)
            queue.extend(near)
        rows = np.array(sorted(found), np.int64)
        place = np.searchsorted(rows, ups[rows])
        parent = np.where(np.isin(ups[rows], rows), place, -1)
        return self._tree(rows, parent, rows, now)

    def _tree(self, rows: np.ndarray, parent: np.ndarray, first: np.ndarray, now: int | None) -> Tree:
        """Of rows in ascending order, the tree rows of their parents, and the rows of the first of their chains."""
        died = self["died"][rows]
        if now is None:
            now = int(max(self["born"].max(initial=0), self["died"].max(initial=0)))
        return Tree(self["id"][rows], parent, self["born"][first], np.where(died == _NONE, now, died), _heights(parent), died == _NONE)


def _with_ancestors(rows: np.ndarray, up: np.ndarray) -> np.ndarray:
    """bool (rows,): these rows and all above them; up: row of the mother or -1. Steps double, so deep lines are as quick as broad ones."""
    marked, jump = np.append(rows, False), np.append(up, -1)  # the last: nobody
    while (ahead := jump[marked]).max(initial=-1) >= 0:
        marked[ahead] = True
        jump = jump[jump]
    return marked[:-1]


def _heights(parent: np.ndarray) -> np.ndarray:
    """float64 (rows,): y of a tree whose parents come before their children; siblings in the order of their rows."""
    up, leaves = parent.tolist(), [0] * len(parent)
    for row in range(len(up) - 1, -1, -1):
        leaves[row] = leaves[row] or 1
        if up[row] >= 0:
            leaves[up[row]] += leaves[row]
    first = [0] * (len(up) + 1)  # free place among the leaves below each row; the last: of all
    for row, above in enumerate(up):
        first[row], first[above] = first[above], first[above] + leaves[row]
    y = [(place + 0.5) / max(1, first[-1]) for place in first[:-1]]
    low, high = [1.0] * len(up), [0.0] * len(up)
    for row in range(len(up) - 1, -1, -1):
        if low[row] <= high[row]:
            y[row] = (low[row] + high[row]) / 2
        if up[row] >= 0:
            low[up[row]], high[up[row]] = min(low[up[row]], y[row]), max(high[up[row]], y[row])
    return np.array(y, np.float64)
