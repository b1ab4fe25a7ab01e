"""Species for the eye: names last for life, those of the extinct are given away, and there are never more than there are colours for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alife.core import config as configs
from alife.core.layout import layout_of
from alife.insight.species import GENOME_THRESHOLD, MOST, yardstick
from alife.viewer.clans import Clans

CONFIG = configs.load({"world": {"kind": "copy", "bits": 4}, "controller": {"width": 32}})
LAYOUT = layout_of(CONFIG)
GENES = int(np.prod(CONFIG.controller.ask("shape", 32)))
SCALE = yardstick(CONFIG.controller, 32)
quick = settings(max_examples=40, deadline=None)


class Herd:
    """Agents with genes by id."""

    def __init__(self, seed):
        self.luck, self.genes, self.living, self.next = np.random.default_rng(seed), {}, [], 0

    def newborn(self, mother=None, change=0.02):
        """Genes near the mother's, in units of the threshold at most `change`; without one anything."""
        if mother is None:
            genes = self.luck.normal(size=GENES) * 4 * SCALE
        else:
            genes = self.genes[mother] + change * GENOME_THRESHOLD * SCALE * self.luck.uniform(-1, 1, GENES)
        self.genes[self.next] = genes.astype(np.float32)
        self.living.append(self.next)
        self.next += 1
        return self.next - 1

    def labels(self, clans, order=None):
        """Label by id, asked in some order."""
        ids = np.array(self.living if order is None else order, np.int64)
        asked = []

        def genomes(rows):
            asked.extend(ids[rows].tolist())
            return np.array([self.genes[i] for i in ids[rows].tolist()], np.float32).reshape(-1, GENES)

        found = clans.labels(ids, genomes)
        assert found.dtype == np.int64 and found.shape == ids.shape
        return dict(zip(ids.tolist(), found.tolist(), strict=True)), asked


def clans():
    return Clans(CONFIG.controller, LAYOUT)


@quick
@given(st.integers(0, 1 << 30), st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3), st.integers(0, 3)), max_size=15))
def test_a_name_lasts_for_life(seed, steps):
    herd, of, before, retired = Herd(seed), clans(), {}, set()
    for strangers, children, deaths in [(3, 0, 0), *steps]:
        for _ in range(min(deaths, len(herd.living))):
            herd.living.pop(int(herd.luck.integers(len(herd.living))))
        mothers = list(herd.living)
        born = [herd.newborn() for _ in range(strangers)]
        born += [herd.newborn(int(herd.luck.choice(mothers))) for _ in range(children) if mothers]
        herd.luck.shuffle(herd.living)
        labels, asked = herd.labels(of)
        assert all(labels[agent] == before[agent] for agent in labels if agent in before)
        assert set(asked) == set(labels) - set(before), "genes are read once"
        assert not retired & set(labels.values()), "no colour comes back with another species"
        retired |= set(before.values()) - set(labels.values())
        assert len(set(labels.values())) <= MOST and min(labels.values(), default=0) >= 0
        assert not born or len({labels[stranger] for stranger in born[:strangers]}) == strangers
        before = labels


@quick
@given(st.integers(0, 1 << 30), st.integers(1, 30))
def test_equal_genomes_have_equal_names(seed, number):
    herd, of = Herd(seed), clans()
    first = [herd.newborn() for _ in range(number)]
    for agent in first * 2:
        herd.newborn(agent, 0.0)
    labels, _ = herd.labels(of)
    for agent in first:
        assert labels[agent] == labels[number + agent] == labels[2 * number + agent]


def test_children_share_their_mothers_name():
    herd, of = Herd(1), clans()
    mothers = [herd.newborn() for _ in range(20)]
    herd.labels(of)
    children = [(mother, herd.newborn(mother, 1.5)) for mother in mothers for _ in range(10)]
    labels, _ = herd.labels(of)
    assert all(labels[child] == labels[mother] for mother, child in children) and len(set(labels.values())) == 20


def test_no_more_than_there_are_colours_for():
    """Who finds no place is -1, and gets one as soon as a species has died out."""
    herd, of = Herd(2), clans()
    for _ in range(MOST + 5):
        herd.newborn()
    labels, _ = herd.labels(of)
    assert sorted(labels.values()) == [-1] * 5 + list(range(MOST))
    nameless = [agent for agent, label in labels.items() if label < 0]
    herd.living = [agent for agent in herd.living if not 2 <= labels[agent] < 5]
    after, _ = herd.labels(of)
    assert all(after[agent] == labels[agent] for agent in after if labels[agent] >= 0)
    assert sorted(after[agent] for agent in nameless) == [-1, -1, MOST, MOST + 1, MOST + 2]


def test_nobody():
    of, herd = clans(), Herd(3)
    assert herd.labels(of) == ({}, [])
    herd.newborn()
    assert herd.labels(of)[0] == {0: 0}
    herd.living.clear()
    assert herd.labels(of) == ({}, [])
    herd.newborn()
    assert herd.labels(of)[0] == {1: 1}


@pytest.mark.parametrize("agents", [1, 255, 256, 700])
def test_distances_are_means_over_genes(agents):
    """Also of more agents than are compared at a time."""
    luck = np.random.default_rng(agents)
    of, genes = clans(), (luck.normal(size=(agents, GENES)) * luck.uniform(0, 0.3, (agents, 1)) * SCALE).astype(np.float32)
    found = of.labels(np.arange(agents), lambda rows: genes[rows])
    distances = np.abs(genes.astype(np.float64) - genes[0]).mean(axis=1) / SCALE
    clear = np.abs(distances - GENOME_THRESHOLD) > 1e-4
    others = found != 0
    assert clear.mean() > 0.99 and not (others & (distances <= GENOME_THRESHOLD) & clear & (found < 0)).any()
    assert not ((found == 0) & (distances > GENOME_THRESHOLD) & clear).any()


@pytest.mark.parametrize("kind", ["dense", "elman", "still"])
def test_any_controller(kind):
    controller = configs.load({"world": {"kind": "copy"}, "controller": {"kind": kind, "width": 32}}).controller
    genes = int(np.prod(controller.ask("shape", 32)))
    found = Clans(controller, LAYOUT).labels(np.arange(4), lambda rows: np.zeros((len(rows), genes), np.float32))
    assert found.tolist() == [0, 0, 0, 0]
