"""The mind panel tells what the look says, wherever it has room, and whatever the numbers are."""

import dataclasses
import math

import numpy as np
import pygame
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alife.core import config, rng
from alife.insight import mind
from alife.insight.moment import Because, Look, Moment, Strip, Term, Write
from alife.insight.track import Track
from alife.sim.agent import Agent
from alife.viewer import gates, kit, lifepanel, memorypanel, mindpanel, theme, whypanel
from alife.viewer.mindpanel import Person

EAGER = Person(
    7, "agent 7", "species 2 · age 12", [("meals", "3")], (20.0, 160.0), 1, 2, [11, 12], [8], frozenset({2, 11}), can_edit=True,
    events=[(95, "meal"), (99, "birth"), (7, "long ago")], edits=["the memory is frozen"],
)  # fmt: skip


def numbers(*shape, seed=1):
    return rng.uniforms(shape, seed) * np.float32(2) - np.float32(1)


def look_of(layers=2, units=16, senses=5, bits=64, values=2, actions=3, writes=6, ticks=40):
    """A look whose sums are right."""
    names, said = [f"sense {i}" for i in range(senses)], [f"act {i}" for i in range(actions)]
    stored = [f"value {i}" for i in range(values)]
    inputs, outputs = [*names, "one", *(f"recall {name}" for name in stored)], [*said, "write gate", "head jump"]
    x = np.concatenate([numbers(senses), [1.0], numbers(values, seed=2)]).astype(np.float64)
    c = numbers(len(outputs), len(inputs), seed=3).astype(np.float64)
    total = c @ x
    because = []
    for row, output in enumerate(outputs):
        order = np.argsort(-abs(c[row] * x))[:6]
        terms = tuple(Term(inputs[i], float(c[row, i] * x[i]), float(c[row, i]), float(x[i])) for i in order)
        because.append(Because(output, float(total[row]), terms, float(total[row] - sum(term.value for term in terms))))
    lit = numbers(2 * layers, units, seed=4) > 0
    recalled, let_in = x[senses + 1 :].astype(np.float32), numbers(values, seed=5)
    seen, address = x[:senses].astype(np.float32), np.sign(numbers(bits, seed=6))
    moment = Moment(100, seen, numbers(4), recalled, numbers(4), address, np.sign(numbers(bits, seed=8)), 0.75, let_in, 1.5, (3, 4), 20.0)
    kept = [Write(98 - 3 * i, (i, 2), f"sense {i} +1.0", 1.0, numbers(values, seed=7 + i), 1 - i / 5) for i in range(writes)]
    return Look(
        moment, listed(names, x[:senses]), [("jump", 0.25), ("hold", math.nan)], "jump", False, listed(said, total[:actions]),
        int(np.argmax(total[:actions])), listed(stored, recalled, let_in),
        [Strip(f"{'out' if k < 0 else 'in'} {abs(k)}", lit[i], lit[i] ^ lit[i - 1]) for i, k in enumerate(layered(layers))],
        "0123456789abcdef", 212, 37, 1204, c, inputs, x, outputs, float(np.linalg.norm(c)), 46.0, 1e-16, because, kept,
        kept[0] if kept else None, 0.98, 0.3, numbers(ticks, seed=9).astype(np.float64) * 50 + 60,
    )  # fmt: skip


def listed(*columns):
    return list(zip(*(column if isinstance(column, list) else column.tolist() for column in columns), strict=True))


def layered(layers):
    """1 .. n for the first half, -1 .. -n for the second."""
    return [*range(1, layers + 1), *range(-1, -layers - 1, -1)]


def shown(person, look, size=(448, 2600), scale=1.0, **how):
    canvas = kit.new(size, scale)
    height = mindpanel.draw(canvas, canvas.rect, person, look, **how)
    return canvas, height


def words(canvas):
    return [mark.words for mark in canvas.marks]


def actions(canvas):
    return {mark.action for mark in canvas.marks if mark.action}


@pytest.fixture
def look():
    return look_of()


def test_every_section_tells_its_numbers_when_asked(look):
    told = "\n".join(words(shown(EAGER, look)[0]))
    because = look.because[look.action]
    first = because.terms[0]
    for expected in (
        f"sense 2: {look.senses[2][1]:+.2f} (slot 2)", "layer in 1: ", "energy 20.0; 160 is plenty",
        f"{because.output} ← {first.name}: coefficient {first.coefficient:+.2f} × input {first.input:+.2f} = {first.value:+.2f}",
        "key 0123456789abcdef: seen 212x before; 37 different linear maps in 1,204 ticks", "head move jump: asked for by +0.250",
        "write gate 0.750: written in part", f"value 1: recalled {look.memory[1][1]:+.3f}", "largest difference 1.0e-16",
        "this recall is 0.98 like what was written 2 ticks ago at 0, 2 (sense 0 +1.0)", "tick 98 at 0, 2: sensed sense 0 +1.0",
        "tick 95: meal", "changed by hand", "agent 11: click follows it", "agent 12 is dead",
    ):  # fmt: skip
        assert expected in told


def test_actions_of_marks(look):
    found = actions(shown(EAGER, look)[0])
    forced = {("force", half, layer, unit) for half in (0, 1) for layer in (0, 1) for unit in range(16)}
    folds = {("fold", name) for name in mindpanel.SECTIONS}
    hands = {("mind", what) for what in ("wipe", "scramble", "freeze memory", "swap")} | {("hold map",)}
    assert found == forced | folds | hands | {("twin",), ("follow", 7), ("follow", 2), ("follow", 11)}
    barred = dataclasses.replace(EAGER, can_edit=False, is_followed=True)
    assert actions(shown(barred, look)[0]) == folds | {("twin",), ("follow", None), ("follow", 2), ("follow", 11)}
    alone = dataclasses.replace(EAGER, bounds=(0.5, 1.0), scores=[0.4, 0.9])
    assert not any(action[0] == "follow" for action in actions(shown(alone, look)[0]))


def test_a_gate_says_what_it_is_and_what_a_click_does(look):
    strip = look.strips[2]
    marks = {mark.action: mark.words for mark in shown(EAGER, look)[0].marks if mark.action and mark.action[0] == "force"}
    for unit in range(16):
        state = "open" if strip.gates[unit] else "closed"
        flipped = ", flipped just now" if strip.flipped[unit] else ""
        turned = "closed" if strip.gates[unit] else "open"
        assert marks["force", 1, 0, unit] == f"layer out 1, unit {unit}: {state}{flipped}; click forces it {turned}"


def test_many_gates_answer_layer_by_layer():
    found = shown(EAGER, look_of(layers=1, units=1024))[0]
    assert not any(action[0] == "force" for action in actions(found))
    assert sum(told.startswith("layer ") for told in words(found)) == 2


@given(st.integers(1, 1024), st.integers(1, 700), st.integers(1, 20), st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_each_unit_has_its_bar(units, width, tall, tick):
    rows, pitch = gates.rows_of(units, width)
    columns = -(-units // rows)
    assert columns * pitch <= max(width, 2) and pitch >= 1
    lit, flipped = numbers(units, seed=11) > 0, numbers(units, seed=12) > 0.5
    image = gates.bars(lit, flipped, rows, pitch, tall, tick)
    assert image.shape == (rows * (tall + 2 * tick), columns * pitch, 3)
    for unit in {0, units // 2, units - 1}:
        top, left = unit // columns * (tall + 2 * tick), unit % columns * pitch
        colour = (theme.FIRED if lit[unit] else gates.CLOSED_NOW) if flipped[unit] else gates.OPEN if lit[unit] else theme.RAISED
        assert tuple(image[top + 2 * tick, left]) == colour
        assert tuple(image[top, left]) == (theme.FIRED if flipped[unit] else theme.PANEL)


def test_terms_and_rest_are_the_total(look):
    short = look.because[0]
    many = look.because[0]._replace(terms=short.terms * 2, rest=short.rest - short.total)
    for because in (short, many):
        parts = whypanel.in_words(because).split(": ")[1].split(", ")
        assert len(parts) == 5 and parts[-1].endswith("the rest")
        assert sum(float(part.split(" ")[0]) for part in parts) == pytest.approx(because.total, abs=0.03)


def test_what_the_memory_decides(look):
    c, x = look.map.copy(), np.array([value for _, value in look.senses] + [1.0] + [recalled for _, recalled, _ in look.memory])
    c[:3] = 0
    c[0, 5], c[1, 5], c[1, -1] = 0.5, 0.4, 2 / x[-1]  # from the constant, and from the last recalled value
    total = c @ x
    changed = dataclasses.replace(look, map=c, actions=[(f"act {i}", total[i]) for i in range(3)], action=1)
    parts, without = whypanel.recalled(changed)
    assert parts == pytest.approx([0, 2, 0]) and without == 0
    assert "without memory: act 0 · memory adds act 0 0, act 1 +2.00" in words(shown(EAGER, changed)[0])
    c[1, -1] = 0
    innate = dataclasses.replace(changed, map=c, actions=[(f"act {i}", v) for i, v in enumerate((c @ x)[:3])], action=0)
    assert "from the senses alone" in words(shown(EAGER, innate)[0])


def test_the_proof_fails_where_the_sum_is_another(look):
    assert whypanel.is_proven(look) and not whypanel.is_proven(dataclasses.replace(look, residual=1e-3))
    assert not whypanel.is_proven(dataclasses.replace(look, residual=math.nan))


def test_head_and_body_are_the_halves():
    assert [gates.half_of(name) for name in ("head 1", "body 1", "body 12", "in 2", "out 3")] == [(0, 0), (1, 0), (1, 11), (0, 1), (1, 2)]


def test_a_head_that_parts_is_told(look):
    """Beside its move; and where it reads and where it writes are two places."""
    parting = dataclasses.replace(look, controls=[*look.controls, ("part", 0.5)], parts=True)
    assert memorypanel.note(look).startswith("head jump ·") and memorypanel.note(parting).startswith("head jump, parts ·")
    alone, both = words(shown(EAGER, look)[0]), words(shown(EAGER, parting)[0])
    assert not any(told.startswith("where it writes") for told in alone)
    assert any(told.startswith("where the head stands:") for told in alone)
    assert any(told.startswith("where it writes: elsewhere than it reads: 64 bits") for told in both)
    [wish] = [told for told in both if told.startswith("head move part: ")]
    assert wish.startswith("head move part: asked for by +0.500") and wish.endswith(" · it fired")
    staying = words(shown(EAGER, dataclasses.replace(parting, controls=[*look.controls, ("part", -0.5)], parts=False))[0])
    assert any(told.startswith("where it writes: where it reads: 64 bits") for told in staying)
    assert not any(told.startswith("head move part") and told.endswith("it fired") for told in staying)


def test_a_cell_of_the_map_tells_its_product(look):
    told = set(words(shown(EAGER, look)[0]))
    x = look.input
    for i, output in enumerate(look.outputs):
        for j, name in enumerate(look.inputs):
            c = look.map[i, j]
            assert f"{output} ← {name}: coefficient {c:+.2f} × input {x[j]:+.2f} = {c * x[j]:+.2f}" in told


def test_a_large_map_answers_row_by_row_and_shows_its_strongest():
    large = look_of(senses=300, values=16)
    canvas, _ = shown(EAGER, large, (300, 2600))
    assert any(told.startswith("act 0: largest coefficients ") for told in words(canvas))
    assert any("weaker hidden" in told for told in words(canvas))
    assert whypanel._strongest(np.array([3.0, 1.0, 2.0, 9.0]), 2).tolist() == [0, 3]


def test_only_the_strongest_of_many_senses():
    canvas, _ = shown(EAGER, look_of(senses=300))
    slots = [int(told.split("slot ")[1][:-1]) for told in words(canvas) if "(slot " in told]
    strength = [abs(value) for _, value in look_of(senses=300).senses]
    assert slots == sorted(slots) and len(slots) == 3 * mindpanel.MOST_SENSE_ROWS
    assert min(strength[i] for i in slots) >= max(strength[i] for i in set(range(300)) - set(slots))


def test_the_write_that_is_recalled_is_always_shown():
    look = look_of(writes=60)
    far = dataclasses.replace(look, match=look.writes[55])
    told = [each for each in words(shown(EAGER, far)[0]) if each.startswith("tick ") and "sensed" in each]
    assert memorypanel.FEWEST_WRITES <= len(told) <= memorypanel.MOST_WRITES
    assert told[-1].startswith(f"tick {look.writes[55].tick:,} ")
    unlike = dataclasses.replace(look, likeness=0.1)
    assert any("the recall is not like it" in each for each in words(shown(EAGER, unlike)[0]))
    never = dataclasses.replace(look, writes=[], match=None)
    assert "nothing was written yet that could be recalled" in words(shown(EAGER, never)[0])


def test_folded_sections_show_their_headings(look):
    everything, height = shown(EAGER, look)
    folded, least = shown(EAGER, look, folded=frozenset(mindpanel.SECTIONS))
    assert least < height / 3 and {("fold", name) for name in mindpanel.SECTIONS} <= actions(folded)
    assert not any("(slot" in told for told in words(folded)) and any("(slot" in told for told in words(everything))


def test_scrolling_moves_the_same_content(look):
    canvas, height = shown(EAGER, look, (448, 500))
    moved, same = shown(EAGER, look, (448, 500), scroll=200)
    assert height == same > 500
    before, after = kit.pixels(canvas.surface), kit.pixels(moved.surface)
    assert np.array_equal(before[200:], after[:300])
    assert all(canvas.rect.contains(mark.rect) for mark in canvas.marks + moved.marks)


def test_nothing_is_drawn_outside(look):
    canvas = kit.new((500, 500))
    area = pygame.Rect(100, 50, 300, 400)
    mindpanel.draw(canvas, area, EAGER, look)
    found = kit.pixels(canvas.surface).copy()
    found[area.top : area.bottom, area.left : area.right] = theme.GROUND
    assert (found == theme.GROUND).all() and all(area.contains(mark.rect) for mark in canvas.marks)


def test_nobody_is_chosen():
    canvas, height = shown(None, None)
    assert 0 < height < 600 and any("coefficient × sense" in told for told in words(canvas)) and not actions(canvas)


@pytest.mark.parametrize(("lives", "told"), [(True, "its first thought comes with the next tick"), (False, "it does not live now")])
def test_before_the_first_thought(lives, told):
    """Whoever is dead, or not born yet, will not think in the next tick."""
    canvas, _ = shown(dataclasses.replace(EAGER, can_edit=lives), None)
    assert ("fold", "life") in actions(canvas) and ("fold", "why") not in actions(canvas)
    assert next(said for said in words(canvas) if "thought" in said).startswith(told)


@pytest.mark.parametrize("size", [(300, 400), (448, 700), (700, 1300)])
@pytest.mark.parametrize("scale", [1.0, 1.5, 2.0])
@pytest.mark.parametrize(
    "shape",
    [
        {"layers": 1, "senses": 5, "values": 1, "actions": 1, "bits": 64},
        {"layers": 9, "units": 1024, "senses": 300, "values": 16, "actions": 64, "bits": 16384, "writes": 512, "ticks": 5000},
        {"layers": 1, "units": 256, "writes": 0, "ticks": 1},
    ],
)
def test_all_sizes(size, scale, shape):
    canvas, height = shown(EAGER, look_of(**shape), size, scale)
    assert height > 0 and all(canvas.rect.contains(mark.rect) for mark in canvas.marks)
    assert shown(EAGER, look_of(**shape), size, scale, scroll=height - 100)[1] == height


def test_what_is_no_number_or_has_no_name_is_drawn_too(look):
    bad = [math.nan, math.inf, -math.inf, 0.0, 1e30]
    moment = look.moment._replace(gate=math.nan, weight=math.nan, place=None)
    terms = tuple(Term("", v, v, v) for v in bad)
    wild = dataclasses.replace(
        look, moment=moment, senses=[("", v) for v in bad], controls=[("jump", v) for v in bad], memory=[("", math.nan, math.inf)] * 2,
        actions=[("", v) for v in bad[:3]], because=[Because("", v, terms, v) for v in bad], map=look.map * math.nan, norm=math.nan,
        angle=math.nan, residual=math.nan, likeness=math.nan, load=math.inf, energies=np.array(bad),
        writes=[Write(1, None, "", math.nan, np.array(bad), math.nan)], match=Write(1, None, "", math.nan, np.array(bad), math.nan),
    )  # fmt: skip
    bounds, events = (math.nan, math.inf), [(100, "")]
    nobody = Person(0, "", energy=(math.nan, 0.0), facts=[("", "")], edits=[""], scores=bad, bounds=bounds, events=events)
    shown(nobody, wild)
    shown(dataclasses.replace(nobody, scores=[], bounds=(0.0, 0.0)), dataclasses.replace(wild, energies=np.zeros(0)))


def test_a_controller_without_gates(look):
    nan = math.nan
    mute = dataclasses.replace(
        look, strips=[], key="", map=np.zeros((0, 0)), inputs=[], outputs=[], because=[], norm=nan, angle=nan, residual=nan
    )
    canvas, _ = shown(EAGER, mute)
    assert any(told.startswith("action act 1: ") for told in words(canvas)) and ("hold map",) not in actions(canvas)


def test_scores_and_their_bounds(look):
    champion = Person(0, "champion 1a2b3c4d", "life 3", scores=[0.4, 1.0], bounds=(0.5, 1.0))
    told = words(shown(champion, look)[0])
    assert "life 1: score 0.400" in told and "life 2: score 1.000" in told
    assert "ceiling 0.500: the best that is possible without a memory" in told
    assert lifepanel.note(champion) == "2 lives" and lifepanel.note(EAGER) == "2 children"


def test_a_real_mind():
    agent = Agent(config.load({"world": {"kind": "copy", "bits": 4, "length": [1, 3]}, "memory": {"bits": 64}}))
    genome = rng.uniforms((agent.genes,), 5) * np.float32(2) - np.float32(1)
    track = Track(agent.controller, agent.layout, genome.reshape(agent.shape))
    n, values = agent.layout.width, agent.layout.values
    for tick in range(5):
        seen = np.zeros(n, np.float32)
        seen[: agent.layout.one] = numbers(agent.layout.one, seed=tick)
        seen[agent.layout.one] = 1
        recall = numbers(values, seed=50 + tick)
        thought = mind.think(agent.controller, agent.layout, genome.reshape(1, *agent.shape), seen[None, None], recall[None, None])
        out, address = thought.out[0, 0], np.sign(numbers(64, seed=tick))
        track.add(Moment(tick, seen, thought.middle[0, 0], recall, out, address, address, 1.0, np.clip(out[:values], -1, 1), 0.5))
    look = track.look()
    assert whypanel.is_proven(look) and len(look.input) == len(look.inputs)
    assert np.abs(look.map @ look.input - [because.total for because in look.because]).max() < 1e-5
    parts, _ = whypanel.recalled(look)
    assert parts == pytest.approx((look.map[: len(look.actions), -values:] @ look.moment.recall).tolist())
    assert any("C·x" in told or "largest difference" in told for told in words(shown(EAGER, look)[0]))
