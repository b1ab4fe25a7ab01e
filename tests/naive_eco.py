"""One tick of the ecosystem, the slow and obvious way: dicts and loops, written from what the docstrings say."""

import naive
import numpy as np

from alife.core.places import LESSONS, NEXT_ID
from worlds import _eco as e

f32 = np.float32
BODY = ("energy", "crop", "age", "span", "tag", "facing", "deed", "effect", "taste", "felt")
CAUSE = {name: i for i, name in enumerate(e.CAUSES)}


class World:
    """A copy of a grid (tests/eco.py) as it stands; `tick` moves it on."""

    def __init__(self, grid):
        s, q, self.p = grid.s, grid.q, grid.p
        self.n = dict(zip(e.NUMBERS, s.n.tolist(), strict=True))
        self.f = dict(zip(e.FRACTIONS, s.f.tolist(), strict=True))
        self.seed, self.clock, self.size = int(s.seed[0]), grid.clock, len(q.alive)
        self.terrain, self.region, self.fertile = s.terrain.tolist(), s.region.tolist(), s.fertile.tolist()
        self.food, self.corpse = s.food.tolist(), s.corpse.tolist()
        self.smell = s.smell[self.clock & 1].reshape(self.p.rows, self.p.columns).copy()
        self.value, self.season = s.value.tolist(), s.season.tolist()
        self.sums = s.sums[0].tolist()
        self.hunters = s.predators.tolist()
        self.agents = {}
        for place in grid.living:
            agent = {name: grid.of(place, name) for name in BODY}
            agent |= {"cell": grid.of(place, "row") * self.p.columns + grid.of(place, "column"), "id": int(q.id[place])}
            self.agents[place] = agent | {"kind": int(q.kind[place]), "tally": s.tally[place].tolist()}
        self.next_id = int(q.counts[NEXT_ID])
        self.births, self.deaths, self.lessons = [], [], []

    # ---- where things are ----

    def beside(self, cell, direction):
        """The next cell on the torus."""
        row, column = divmod(cell, self.p.columns)
        down, right = [(-1, 0), (0, 1), (1, 0), (0, -1)][direction % 4]
        return (row + down) % self.p.rows * self.p.columns + (column + right) % self.p.columns

    def who(self, cell):
        """The place of the agent in a cell, or None."""
        return next((place for place, agent in self.agents.items() if agent["cell"] == cell), None)

    def is_free(self, cell):
        """Nobody, no predator, no wall, no deep water."""
        hunted = any(row * self.p.columns + column == cell for row, column, _ in self.hunters)
        return self.who(cell) is None and not hunted and self.terrain[cell] in (e.PLAIN, e.WATER)

    def draw(self, *key):
        """64 bits at this tick."""
        return naive.draw(self.seed, self.clock, *key)

    # ---- a tick ----

    def tick(self, deeds):
        """deeds: place -> number of a deed."""
        for place, agent in self.agents.items():
            self.intend(agent, deeds[place])
        self.weigh()
        self.diffuse()
        for place in sorted(self.agents):
            self.happen(self.agents[place])
        self.teach()
        self.breed()
        for place in sorted(self.agents):
            if self.agents[place]["status"] in CAUSE:
                self.die(place, self.agents[place]["status"])
        for k in range(len(self.hunters)):
            self.hunt(k)
        self.sow()
        self.clock += 1
        for region, (_, when) in enumerate(self.season):
            if 0 <= when <= self.clock:
                self.turn(region)

    def intend(self, agent, deed):
        """What an agent aims at."""
        agent["deed"], agent["target"] = deed, None
        if e.NORTH <= deed <= e.WEST:
            direction = deed - e.NORTH
            if self.p.heading:
                direction += agent["facing"]
            else:
                agent["facing"] = direction
            agent["target"] = self.beside(agent["cell"], direction)
        elif deed in (e.LEFT, e.RIGHT):
            agent["facing"] = (agent["facing"] + (1 if deed == e.RIGHT else 3)) % 4
        elif deed in (e.ATTACK, e.SHARE):
            agent["target"] = self.beside(agent["cell"], agent["facing"])

    def weigh(self):
        """Who gets where, bites and gifts: by how things stood."""
        for agent in self.agents.values():
            agent |= {"to": agent["cell"], "gain": 0, "given": 0, "felt": 0}
        wanted = {}
        for place, agent in self.agents.items():
            if e.NORTH <= agent["deed"] <= e.WEST:
                wanted.setdefault(agent["target"], []).append(place)
        for cell, places in wanted.items():
            winner = max(places, key=lambda place: self.draw(place, e.TIES)) if self.is_free(cell) else None
            for place in places:
                if place == winner:
                    self.agents[place]["to"] = cell
                else:
                    self.agents[place]["felt"] |= e.BUMPED
                    self.sums[e.CONTESTED] += winner is not None
        for victim in self.agents.values():
            reach = [a for a in self.agents.values() if a["target"] == victim["cell"]]
            self.bitten(victim, [a for a in reach if a["deed"] == e.ATTACK])
            for giver in (a for a in reach if a["deed"] == e.SHARE):
                gift = min(self.n["gift"], giver["crop"])
                giver["given"] -= gift
                victim["given"] += gift
                self.sums[e.GIFTS] += gift
                if gift:
                    victim["felt"] |= e.GIVEN

    def bitten(self, victim, attackers):
        """Each takes a bite, all together not more than there is; part of it is lost."""
        for attacker in attackers:
            bite = min(self.n["bite"], victim["energy"] // len(attackers))
            kept = int(bite * self.f["spoils"])
            attacker["gain"] += kept
            victim["gain"] -= bite
            victim["felt"] |= e.HURT
            self.sums[e.HEAT] += bite - kept
            self.sums[e.BITES] += 1

    def diffuse(self):
        """A part of each cell's smell goes to the four around, a part of all fades."""
        stays = f32((1 - self.f["spread"]) * (1 - self.f["fading"]))
        comes = f32(0.25 * self.f["spread"] * (1 - self.f["fading"]))
        up, down = np.roll(self.smell, 1, 0), np.roll(self.smell, -1, 0)
        self.smell = stays * self.smell + comes * ((up + down) + (np.roll(self.smell, 1, 1) + np.roll(self.smell, -1, 1)))

    def happen(self, agent):
        """Move, be bitten, give, do, digest, pay, age."""
        deed, cell = agent["deed"], agent["to"]
        agent |= {"cell": cell, "energy": agent["energy"] + agent["gain"], "crop": agent["crop"] + agent["given"], "effect": 0, "taste": 0}
        poison = self.eat(agent) if deed == e.EAT else 0
        if deed == e.MARK:
            self.smell[divmod(cell, self.p.columns)] += f32(self.f["scent"])
        digested = min(agent["crop"], self.n["digestion"])
        agent["crop"] -= digested
        agent["energy"] += digested - poison
        agent["age"] += 1
        names = {e.EAT: "eat", e.MARK: "mark", e.ATTACK: "attack", e.SHARE: "share", e.LEFT: "turn", e.RIGHT: "turn", e.BREED: "breed"}
        name = "move" if e.NORTH <= deed <= e.WEST else names.get(deed)
        cost = self.n["metabolism"] + self.n["ageing"] * agent["age"] // self.n["lifespan"] + (self.n[f"cost_{name}"] if name else 0)
        if name == "move" and self.terrain[cell] == e.WATER:
            cost += self.n["swim"]
        cost = min(cost, agent["energy"])
        agent["energy"] -= cost
        self.sums[e.HEAT] += cost
        self.sums[e.DONE + deed] += 1
        agent["status"] = None
        if agent["energy"] == 0:
            agent["status"] = "poison" if poison else "attack" if agent["felt"] & e.HURT else "hunger"
        elif agent["age"] >= agent["span"]:
            agent["status"] = "age"
        elif deed == e.BREED and agent["age"] >= self.n["maturity"]:
            agent["status"] = "breeds"

    def eat(self, agent):
        """Plant before corpse; what does not fit into the crop is spoilt, or stays in the corpse. Returns the poison's harm."""
        cell, tally = agent["cell"], agent["tally"]
        room = max(self.n["crop"] - agent["crop"], 0)
        kind = self.food[cell]
        if kind:
            self.food[cell], agent["taste"] = 0, kind
            tally[e.MEALS] += 1
            good = self.value[self.region[cell]][kind - 1] > 0
            agent["effect"] = 1 if good else -1
            self.sums[e.GOOD if good else e.BAD] += 1
            if not good:
                tally[e.POISONED] += 1
                harm = min(self.n["poison"], agent["energy"])
                self.sums[e.SPOILT] += self.p.meal + harm
                return harm
            kept = min(self.p.meal, room)
            self.sums[e.SPOILT] += self.p.meal - kept
        elif self.corpse[cell]:
            kept = min(self.p.meal, self.corpse[cell], room)
            self.corpse[cell] -= kept
            self.sums[e.SCAVENGED] += 1
        else:
            return 0
        agent["crop"] += kept
        tally[e.INTAKE] += kept
        return 0

    # ---- the end of a tick ----

    def teach(self):
        """Gifts between kin are lessons where memories are shared: the older teaches the younger."""
        for place in sorted(self.agents) if self.p.inherit == "shared" else ():
            giver = self.agents[place]
            pupil = self.who(self.beside(giver["cell"], giver["facing"])) if giver["deed"] == e.SHARE else None
            younger = pupil is not None and self.agents[pupil]["felt"] & e.GIVEN and self.agents[pupil]["age"] < giver["age"]
            if younger and (giver["tag"] ^ self.agents[pupil]["tag"]).bit_count() <= 4:
                self.lessons.append([place, pupil])

    def breed(self):
        """In the order of places from one drawn by lot."""
        top = max(self.agents, default=-1) + 1
        start = naive.below(self.draw(0, e.LUCK), top) if top else 0
        for place in [*range(start, top), *range(start)]:
            if place in self.agents and self.agents[place]["status"] == "breeds":
                self.bear(place)

    def bear(self, place):
        """A child beside its mother, in the lowest free place."""
        mother, father = self.agents[place], None
        gift = self.n["birth_energy"] + self.p.body
        if mother["energy"] < self.n["breed_energy"] or mother["energy"] <= gift:
            return
        if self.p.breeding != "clone":
            around = [self.agents.get(self.who(self.beside(mother["cell"], mother["facing"] + d))) for d in range(4)]
            ready = [other for other in around if other and other["deed"] == e.BREED and other["age"] >= self.n["maturity"]]
            father = ready[0] if ready else None
            if father is None and self.p.breeding == "sexual":
                return
        turn = naive.below(self.draw(place, e.PAIR), 4)
        cells = [cell for d in range(4) if self.is_free(cell := self.beside(mother["cell"], turn + d))]
        child = min(set(range(self.size)) - set(self.agents), default=None)
        if not cells or child is None:
            return
        parents = [mother["id"], -1 if father is None else father["id"]]
        self.births.append([self.next_id, self.clock + 1, *parents, cells[0], mother["kind"]])
        mother["energy"] -= gift
        mother["tally"][e.CHILDREN] += 1
        self.sums[e.MOTHER_AGES] += mother["age"]
        if father is not None:
            father["tally"][e.CHILDREN] += 1
            self.sums[e.COUPLES] += 1
        self.embody(child, cells[0], mother)
        self.next_id += 1

    def embody(self, child, cell, mother):
        """A newborn."""
        luck = [naive.draw(self.seed, self.next_id, i, e.CHILD) for i in range(3)]
        half = self.n["lifespan"] // 2
        span = self.n["lifespan"] - half // 2 + naive.below(luck[0], half + 1)
        tag = mother["tag"]
        if float(naive.uniform(luck[1])) < self.f["tag_mutation"]:
            tag ^= 1 << naive.below(luck[2], 16)
        born = {"cell": cell, "id": self.next_id, "kind": mother["kind"], "energy": self.n["birth_energy"], "span": span, "tag": tag}
        facing = naive.below(luck[0] << 32 & naive.MASK, 4)
        zero = dict.fromkeys(("crop", "age", "effect", "taste", "felt"), 0)
        self.agents[child] = {**zero, **born, "deed": -1, "facing": facing, "tally": [0] * 4, "status": None}

    def die(self, place, cause):
        """What is left lies there, rots, or is eaten by a predator."""
        agent = self.agents.pop(place)
        left = agent["energy"] + agent["crop"] + self.p.body
        if cause == "predator":
            self.sums[e.TAKEN] += left
        elif self.p.corpses:
            self.corpse[agent["cell"]] += left
        else:
            self.sums[e.ROT] += left
        self.sums[e.LIFE_TICKS] += agent["age"]
        self.sums[e.LIFE_INTAKE] += agent["tally"][e.INTAKE]
        self.deaths.append([agent["id"], self.clock + 1, CAUSE[cause], agent["age"], *agent["tally"]])

    def hunt(self, k):
        """Rest, kill, step towards the nearest in sight (the first by row and column among equals), or anywhere."""
        row, column, rest = self.hunters[k]
        if rest:
            self.hunters[k][2] -= 1
            return
        reach, seen = self.n["predator_reach"], []
        for r in range(-reach, reach + 1):
            for c in range(-reach, reach + 1):
                prey = self.who((row + r) % self.p.rows * self.p.columns + (column + c) % self.p.columns)
                if prey is not None:
                    seen.append((abs(r) + abs(c), r, c, prey))
        direction = naive.below(self.draw(k, e.HUNT), 4)
        if seen:
            far, r, c, prey = min(seen)
            if far == 1:
                self.die(prey, "predator")
                self.hunters[k][2] = self.n["predator_rest"]
                return
            direction = (0 if r < 0 else 2) if abs(r) >= abs(c) else (1 if c > 0 else 3)
        cell = self.beside(row * self.p.columns + column, direction)
        if self.is_free(cell):
            self.hunters[k][:2] = divmod(cell, self.p.columns)

    def sow(self):
        """Seeds: what stood there ends; something may sprout."""
        cells = len(self.terrain)
        rate = self.f["turnover"] * float(cells)
        summer = 1.0
        if self.n["year_length"]:
            phase = self.clock % self.n["year_length"] / self.n["year_length"]
            summer = 1.0 - self.f["winter"] * (2.0 * phase if phase < 0.5 else 2.0 - 2.0 * phase)
        cover = self.f["cover"] * self.f["drought"] * summer
        for i in range(int((self.clock + 1) * rate) - int(self.clock * rate)):
            cell = naive.below(self.draw(i, e.GROW), cells)
            self.sums[e.ROT] += (self.p.meal if self.food[cell] else 0) + self.corpse[cell]
            self.food[cell] = self.corpse[cell] = 0
            luck = self.draw(i, e.KINDS)
            if self.fertile[cell] and self.terrain[cell] == e.PLAIN and naive.uniform(luck) < f32(cover):
                self.food[cell] = 1 + naive.below(luck << 32 & naive.MASK, self.p.foods)
                self.sums[e.SUN] += self.p.meal

    def turn(self, region):
        """New values: those kinds nourish whose lots are the highest."""
        number = self.season[region][0] + 1
        lots = [naive.draw(self.seed, number, region * self.p.foods + kind, e.SEASON) for kind in range(self.p.foods)]
        nourishing = (self.p.foods + 1) // 2 if self.p.nourishing is None else self.p.nourishing
        best = sorted(lots, reverse=True)[:nourishing]
        self.value[region] = [1 if lot in best else -1 for lot in lots]
        length = self.n["season_length"]
        self.season[region] = [number, self.clock + length if length else -1]

    # ---- comparing ----

    def assert_same(self, grid):
        """The kernels came to the same."""
        other = World(grid)
        for name in ("clock", "food", "corpse", "value", "season", "hunters", "next_id"):
            assert getattr(self, name) == getattr(other, name), name
        assert self.sums == other.sums, {i: pair for i, pair in enumerate(zip(self.sums, other.sums, strict=True)) if pair[0] != pair[1]}
        assert naive.same_bits(self.smell, other.smell)
        assert sorted(self.agents) == sorted(other.agents)
        for place, agent in other.agents.items():
            assert {name: self.agents[place][name] for name in agent} == agent, place
        assert grid.q.lessons[: grid.q.counts[LESSONS]].tolist() == self.lessons
        assert list(grid.drain()) == [self.births, self.deaths]
