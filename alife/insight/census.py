"""A census of an ecosystem: which species live, and how far behaviour has moved since the census before.

A pure function of the living and of what the census before kept, so it is the same in a run that was interrupted. Of many
agents a sample is looked at, of which species get members in proportion.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from alife.evolve.ecology import Seen
from alife.insight import species
from alife.insight.mind import shows

if TYPE_CHECKING:
    from alife.sim.ecosystem import Ecosystem

MOST = 1000
"""Agents that are looked at; more are sampled."""


def census(ecosystem: Ecosystem, before: Any) -> Seen:
    """Measures, species by genome and (where the controller tells its gates) by gate keys, and what the next census needs.

    species_genome, species_key      how many; species of one agent count
    effective_genome, effective_key  exp of the entropy of their shares: how many equal ones would be as diverse
    behaviour_change                 drift since the census before (`species.drift`); not in the first one
    behaviour_floor                  the same between two halves of this sample: what sampling alone makes
    """
    living = ecosystem.snapshot()
    total = len(living["id"])
    if not total:
        return Seen({}, {}, before)
    order = np.argsort(living["id"])
    rows = order[species.sample(total, MOST)]
    ids, genomes = living["id"][rows], np.ascontiguousarray(living["genomes"][rows])
    controller, layout = ecosystem.config.controller, ecosystem.layout
    scale = species.yardstick(controller, layout.width)
    labels = {"genome": species.by_genome(genomes, scale=scale, most=MOST)}
    measures: dict[str, float] = {}
    kept = before
    if shows(controller):
        battery = species.probes(layout)
        labels["key"] = species.by_key(species.gate_keys(controller, layout, genomes, battery), most=MOST)
        chosen, actions = species.responses(controller, layout, genomes, battery), len(layout.actions)
        shares = species.shares(chosen, actions)
        if before is not None:
            measures["behaviour_change"] = float(np.abs(shares - np.array(before)).sum(axis=1).mean() / 2)
        measures["behaviour_floor"] = species.drift_floor(chosen, actions)
        kept = shares.tolist()
    found = {}
    for way, of in labels.items():
        members = np.bincount(of)
        part = members / len(of)
        measures[f"species_{way}"] = float(len(part))
        measures[f"effective_{way}"] = math.exp(-float((part * np.log(part)).sum()))
        found[way] = _rows(of, members, ids, total)
    return Seen({name: value for name, value in measures.items() if math.isfinite(value)}, found, kept)


def _rows(labels: np.ndarray, members: np.ndarray, ids: np.ndarray, total: int) -> list[tuple[int, int, int]]:
    """(species, members among all, id of its leader)"""
    leaders = ids[np.unique(labels, return_index=True)[1]].tolist()
    among_all = [max(1, round(count * total / len(labels))) for count in members.tolist()]
    return list(zip(range(len(members)), among_all, leaders, strict=True))
