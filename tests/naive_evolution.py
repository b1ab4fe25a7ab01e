"""The slow, obvious version of what makes children and groups: selection, crossing, mutation, species. As tests/naive.py."""

import numpy as np
from naive import MASK, below, draw, f32, sign, uniform

# ---- evolution ----


def lexicase(scores, tolerance, n, seed):
    """n parents: lives in random order, each keeps those within its tolerance of the best left; then a random one."""
    population, lives = scores.shape
    parents = []
    for k in range(n):
        order, left = list(range(lives)), list(range(population))
        for j in range(lives):
            pick = j + below(draw(seed, k, j, 0), lives - j)
            order[j], order[pick] = order[pick], order[j]
            life = order[j]
            best = max(scores[i, life] for i in left)
            left = [i for i in left if scores[i, life] >= best - tolerance[life]]
        parents.append(left[below(draw(seed, k, 0, 1), len(left))])
    return parents


def cross(a, b, seed, child):
    """Gene by gene from a or b."""
    coins = [draw(seed, child, 64 * (i // 64), 0) >> (i % 64) & 1 for i in range(len(a))]
    return np.array([a[i] if coins[i] else b[i] for i in range(len(a))], f32)


def mutate(genome, seed, child, most, octaves, span, low, high):
    """1..most genes changed by +-span m 2^-k; a change out of the range is refused."""
    genome = genome.copy()
    for j in range(1 + below(draw(seed, child, 0, 1), most)):
        i = below(draw(seed, child, j, 2), len(genome))
        size = draw(seed, child, j, 4)
        step = f32(span) * (f32(0.5) + f32(0.5) * uniform(draw(seed, child, j, 3))) * f32(2.0 ** -below(size, octaves))
        value = genome[i] + sign(size << 40 & MASK) * step
        if low <= value <= high:
            genome[i] = value
    return genome


def breed(parents, mothers, fathers, first, children, seed, *mutation):
    """children[first:] <- mutated offspring; without a father, of a clone."""
    for child in range(first, len(children)):
        mother = parents[mothers[child]]
        genome = mother if fathers[child] < 0 else cross(mother, parents[fathers[child]], seed, child)
        children[child] = mutate(genome, seed, child, *mutation)


# ---- looking at many ----


def leaders(points, distance, threshold, most):
    """Species: each point joins the nearest leader within the threshold, the earlier among equals, or leads a new one."""
    leads, labels = [], []
    for point in points:
        near = [(distance(point, points[leader]), k) for k, leader in enumerate(leads)]
        near = [pair for pair in near if pair[0] <= threshold]
        if near:
            labels.append(min(near)[1])
        elif len(leads) < most:
            leads.append(len(labels))
            labels.append(len(leads) - 1)
        else:
            labels.append(most)
    return labels


def drift(a, b, actions):
    """Mean over probes of half the summed differences of action shares; a, b lists of rows of actions."""
    total = 0.0
    for probe in range(len(a[0])):
        for action in range(actions):
            in_a = sum(row[probe] == action for row in a) / len(a)
            in_b = sum(row[probe] == action for row in b) / len(b)
            total += abs(in_a - in_b) / 2
    return total / len(a[0])
