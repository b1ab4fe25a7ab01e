"""The world view is a pure function of its arguments; colours, legend and hover words tell what the scene tells."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alife.core import rng
from alife.viewer import colours, grid, kit, legend, raster
from alife.viewer.camera import Camera, fit
from alife.viewer.grid import Painter, agent_at, place_of, world_image
from alife.viewer.scene import Agents, Scene
from alife.viewer.theme import FAINT, FIRED, GROUND, HUNTER, ORANGE, SKY, hues, ramp

pygame = kit.pygame
DEEDS = ("eat", "north", "east", "south", "west", "breed", "rest", "attack", "share", "mark", "turn left", "turn right")


def scene(cells, rows=8, columns=10, ids=None, tick=5, **given):
    """Agents in the cells (row, column); a land of one dark colour."""
    n = len(cells)
    row, column = (np.array([cell[axis] for cell in cells], np.int64) for axis in (0, 1))
    ids = np.arange(100, 100 + n) if ids is None else np.array(ids, np.int64)
    told = {
        "place": np.arange(n), "id": ids, "row": row, "column": column, "facing": np.full(n, -1), "energy": np.full(n, 60.0),
        "age": np.full(n, 1204), "tag": np.arange(n) * 257, "deed": np.arange(n) % 12, "species": np.full(n, 14),
        "key": np.arange(n, dtype=np.uint64), "recall": np.full(n, np.nan), "gate": np.full(n, np.nan),
    }  # fmt: skip
    told |= {name: np.array(value) for name, value in given.items() if name in told}
    rest = {name: value for name, value in given.items() if name not in told}
    land = np.full((rows, columns, 3), 20, np.uint8)
    return Scene(tick, "test", rest.pop("land", land), Agents(**told), deeds=DEEDS, **rest)


def at(image, camera, row, column):
    x, y, wide, tall = camera.rect_of(row, column)
    return image[y : y + tall, x : x + wide]


def bare(made):
    return dataclasses.replace(made, agents=made.agents._replace(**{name: column[:0] for name, column in made.agents._asdict().items()}))


# ---- the picture ----


def test_an_agent_is_drawn_in_its_cell_alone():
    made = scene([(2, 3)], species=[0])
    for size, shown in (((1000, 800), True), ((40, 32), True), ((20, 16), False), ((10, 8), False)):
        camera = fit(8, 10, size)
        differs = (world_image(made, camera, "species") != world_image(bare(made), camera, "species")).any(axis=2)
        x, y, wide, tall = camera.rect_of(2, 3)
        assert differs[y : y + tall, x : x + wide].any()
        assert differs.sum() == differs[y : y + tall, x : x + wide].sum()
        if not shown:  # a square fills the cell
            assert (at(world_image(made, camera, "species"), camera, 2, 3) == ORANGE).all()


def test_below_a_pixel_a_lone_agent_is_seen():
    made = scene([(70, 90)], rows=100, columns=100, species=[0])
    camera = fit(100, 100, (30, 30))
    differs = (world_image(made, camera, "species") != world_image(bare(made), camera, "species")).any(axis=2)
    assert np.argwhere(differs).tolist() == [[21, 27]]
    assert world_image(made, camera, "species")[21, 27, 0] > 120


def test_an_agent_looks_where_it_faces():
    camera = fit(1, 4, (96, 24))
    image = world_image(scene([(0, k) for k in range(4)], 1, 4, facing=[0, 1, 2, 3], species=[0] * 4), camera, "species")
    first = at(image, camera, 0, 0)[:-1, :-1]  # without the lines
    for k in range(1, 4):
        bright = (at(image, camera, 0, k) == ORANGE).all(axis=2)
        assert (bright == np.rot90((at(image, camera, 0, 0) == ORANGE).all(axis=2), -k)).all()
    assert (first == ORANGE).all(axis=2)[16:].sum() > 2 * (first == ORANGE).all(axis=2)[:7].sum()  # the notch is in the north


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([(20, 16), (37, 29), (90, 70), (7, 5)]), st.floats(0, 1), st.sampled_from(colours.MODES))
def test_what_a_painter_keeps_never_shows(seed, size, phase, mode):
    """One painter for many frames draws what a new one draws, and at the ends of the way the scenes themselves."""
    drawn = rng.uniforms((4, 30), seed)
    cells = [(int(a * 8), int(b * 10)) for a, b in zip(drawn[0], drawn[1], strict=True)]
    moved = [((a + int(d * 3) - 1) % 8, b) for (a, b), d in zip(cells, drawn[2], strict=True)]
    ids = np.arange(30)
    before = scene(cells, ids=ids, tick=1)
    after = scene(moved, ids=np.where(drawn[3] < 0.2, ids + 50, ids), tick=2, land=np.full((8, 10, 3), 90, np.uint8))
    painter, home = Painter(), fit(8, 10, size)
    for camera in (home, home.zoomed(1.7, (3, 3)), home):
        for share in (0.0, phase, 1.0):
            given = (camera, mode, before, share, 3, 4, np.array([[1, 1]]))
            assert (painter.image(after, *given) == world_image(after, *given)).all()
        assert (painter.image(after, camera, mode, before, 1.0) == world_image(after, camera, mode)).all()


def test_at_the_start_of_the_way_all_is_as_before():
    before = scene([(1, 1), (2, 2), (4, 4)], ids=[1, 2, 3], land=np.full((8, 10, 3), 90, np.uint8))
    after = scene([(1, 2), (2, 2), (5, 5)], ids=[1, 2, 9])
    camera = fit(8, 10, (160, 128))
    assert (world_image(after, camera, "energy", before, 0.0) == world_image(before, camera, "energy")).all()
    assert (world_image(after, camera, "energy", before, 1.0) == world_image(after, camera, "energy")).all()


def weights(image, ground):
    return (image.astype(int) - ground).clip(0).sum(axis=2)


def test_motion_birth_and_death():
    before, after = scene([(1, 1), (4, 4)], ids=[1, 2], species=[0, 0]), scene([(1, 2), (6, 6)], ids=[1, 9], species=[0, 0])
    camera = fit(8, 10, (200, 160))
    empty = world_image(bare(after), camera, "species").astype(int)
    shown = [weights(world_image(after, camera, "species", before, phase), empty) for phase in (0.25, 0.5, 0.75)]
    middles = [np.average(np.arange(60), weights=light[20:40, :60].sum(axis=0)) for light in shown]
    assert np.diff(middles) == pytest.approx([5, 5], abs=0.6)
    born, dead = ([light[y : y + 20, x : x + 20].sum() for light in shown] for y, x in ((120, 120), (80, 80)))
    assert born[0] < born[1] < born[2] and dead[0] > dead[1] > dead[2] > 0


def test_hunters_too_go_over_the_edge():
    camera = fit(8, 10, (200, 160))
    made = [scene([], hunters=np.array([[2, column]])) for column in (9, 0)]
    xs = np.nonzero((world_image(made[1], camera, "species", made[0], 0.5) == HUNTER).all(axis=2))[1]
    assert xs.min() < 10 and xs.max() >= 190 and not ((xs > 10) & (xs < 190)).any()


@pytest.mark.parametrize("size", [(200, 160), (20, 16), (5, 4)])
def test_the_short_way_leads_over_the_edge(size):
    before, after = scene([(3, 9)], ids=[1], species=[0]), scene([(3, 0)], ids=[1], species=[0])
    camera = fit(8, 10, size)
    empty = world_image(bare(after), camera, "species").astype(int)
    columns = weights(world_image(after, camera, "species", before, 0.5), empty).sum(axis=0)
    wide = max(1, int(camera.scale))
    assert columns[: (size[0] + 1) // 2].sum() > 0 or size[0] == 5
    assert columns[wide : -wide or None].sum() == 0 or size[0] == 5
    assert columns[-wide:].sum() + columns[:wide].sum() == columns.sum()


def test_another_agent_in_the_same_place_is_not_the_same():
    before, after = scene([(0, 0)], ids=[1]), scene([(5, 5)], ids=[2])
    crew = grid._crew(after, before, "energy", None)
    assert crew.id.tolist() == [1, 2] and crew.change.tolist() == [-1, 1]
    assert (crew.start == crew.end).all()


def test_everybody_may_die_and_be_born():
    some, none, camera = scene([(1, 1)]), scene([]), fit(8, 10, (100, 80))
    for first, second in ((some, none), (none, some), (none, none)):
        image = world_image(second, camera, "species", first, 0.5)
        assert (image != world_image(none, camera, "species")).any() == (first is not second)


def test_rings_are_around_the_selected_and_the_hovered():
    made, camera = scene([(2, 3), (6, 6)]), fit(8, 10, (200, 160))
    plain = world_image(made, camera, "energy")
    for who in ({"selected": 100}, {"hovered": 100}):
        ys, xs = np.nonzero((world_image(made, camera, "energy", **who) != plain).any(axis=2))
        assert (ys.min() + ys.max(), xs.min() + xs.max()) == (2 * 50 - 1, 2 * 70 - 1)
        assert 20 < ys.max() - ys.min() < 36
    assert (world_image(made, camera, "energy", selected=7, hovered=8) == plain).all()


def test_outlined_cells():
    made, camera = scene([]), fit(8, 10, (80, 64))
    image = world_image(made, camera, "species", outlined=np.array([[2, 3], [2, 4]]))
    found = (image == FIRED).all(axis=2)
    x, y, wide, tall = camera.rect_of(2, 3)
    assert found.sum() == found[y : y + tall, x : x + 2 * wide].sum() == 2 * 2 * wide + 2 * (tall - 2)
    assert not found[y + 1 : y + tall - 1, x + wide].any()  # no line between the two


def test_hunters_are_drawn_and_move():
    camera = fit(8, 10, (200, 160))
    made = [scene([], hunters=np.array([cell])) for cell in ((2, 3), (2, 4), (7, 9))]
    image = world_image(made[0], camera, "species")
    assert (at(image, camera, 2, 3) == HUNTER).all(axis=2).sum() > 60
    way = world_image(made[1], camera, "species", made[0], 0.5)
    xs = np.nonzero((way == HUNTER).all(axis=2))[1]
    assert xs.mean() == pytest.approx(79.5, abs=0.6)
    assert (world_image(made[2], camera, "species", made[0], 0.5) == world_image(made[2], camera, "species")).all()  # another one


# ---- land ----


@pytest.mark.parametrize(("size", "scale"), [((40, 32), 4.0), ((25, 20), 2.5), ((200, 160), 20.0)])
def test_a_problem_is_its_picture(size, scale):
    picture = (rng.uniforms((8, 10, 3), 1) * 256).astype(np.uint8)
    camera = fit(8, 10, size)
    image = world_image(Scene(1, "problem", picture), camera, "species")
    assert camera.scale == scale
    for row, column in np.ndindex(8, 10):
        seen = at(image, camera, row, column)
        inner = seen[: -1 if row < 7 and scale >= 8 else None, : -1 if column < 9 and scale >= 8 else None]
        assert (inner == picture[row, column]).all()
        if scale >= 8 and row < 7:
            assert (seen[-1] == GROUND).all()


def test_beside_the_world_is_the_ground():
    camera = fit(8, 10, (100, 100)).zoomed(0.5, (50, 50))
    image = world_image(scene([]), camera, "species")
    x, y, wide, tall = camera.box
    image[y - 1 : y + tall + 1, x - 1 : x + wide + 1] = GROUND
    assert (image == GROUND).all()


@settings(max_examples=25, deadline=None)
@given(st.floats(0.3, 3.9), st.floats(-3, 9), st.floats(-3, 9))
def test_every_pixel_shows_the_cell_under_it(scale, top, left):
    land = np.zeros((8, 10, 3), np.uint8)
    land[..., 0], land[..., 1] = np.arange(8)[:, None] * 2, np.arange(10) * 2
    camera = Camera(8, 10, (31, 23), scale, (top, left))
    image = world_image(scene([], land=land), camera, "species")
    for y, x in np.ndindex(23, 31):
        cell = camera.cell_at((x, y))
        if cell is not None and scale >= 1:
            assert (image[y, x, :2] - np.array(GROUND[:2]) // 2).tolist() == list(cell)
        elif cell is None:
            assert image[y, x, 2] != GROUND[2] // 2


# ---- colours ----


@pytest.mark.parametrize("mode", colours.MODES)
@pytest.mark.parametrize("selected", [None, 101, 5])
def test_every_mode_colours_every_agent(mode, selected):
    made = scene([(k // 10, k % 10) for k in range(40)])
    found, shapes = colours.colours(made, mode, selected)
    assert found.shape == (40, 3) and found.dtype == np.uint8
    assert shapes.shape == (40,) and 0 <= shapes.min() and shapes.max() < len(raster.SHAPES)
    assert colours.colours(Scene(1, "problem", made.land), mode)[0].shape == (0, 3)


def test_what_is_not_told_is_grey():
    made = scene([(0, 0)], species=[-1], deed=[-1], key=np.zeros(1, np.uint64), energy=[np.nan])
    for mode in ("species", "action", "key", "memory", "energy"):
        assert tuple(colours.colours(made, mode)[0][0]) == FAINT


def test_ramps_and_kin():
    made = scene([(0, k) for k in range(3)], energy=[0.0, 300.0, 999.0], tag=[0xABCD, 0xABCD ^ 0xFFFF, 0xABCD ^ 0x00FF])
    assert (colours.colours(made, "energy")[0] == ramp("viridis")[[0, 255, 255]]).all()
    found = colours.colours(made, "kin", 100)[0]
    assert [tuple(c) for c in found[:2]] == [ORANGE, SKY] and abs(found[2].astype(int) - FAINT).max() <= 2
    assert colours.alike(made.agents.tag, 0xABCD).tolist() == [16, 0, 8]


def test_memory_says_who_writes():
    made = scene([(0, k) for k in range(3)], recall=[1.0, 1.0, 0.0], gate=[0.5, 0.0, 0.0])
    found, shapes = colours.colours(made, "memory")
    assert [tuple(c) for c in found[:2]] == [ORANGE, SKY] and found[2].sum() < found[1].sum()
    assert shapes[0] != shapes[1] == shapes[2]


def test_names_differ_in_colour_or_shape():
    found, shapes = colours.named(np.arange(732))
    assert len({(*colour, shape) for colour, shape in zip(found.tolist(), shapes.tolist(), strict=True)}) == 732
    assert len(set(shapes[:12])) == 12  # every deed has its own
    apart = np.linalg.norm(hues(61).astype(int)[1:] - hues(61).astype(int)[:-1], axis=1)
    assert apart.min() > 60 and hues(61).max(axis=1).min() > 100


# ---- words ----


def test_who_is_where():
    made = scene([(2, 3), (6, 6)])
    assert (agent_at(made, 2, 3), agent_at(made, 6, 6), agent_at(made, 3, 2)) == (100, 101, None)
    assert agent_at(Scene(1, "problem", made.land), 0, 0) is None
    later = scene([(3, 3), (6, 7)])
    assert place_of(later, 100, made, 0.25) == (2.25, 3) and place_of(later, 100) == (3, 3) and place_of(later, 7) is None
    assert place_of(scene([(0, 0)]), 100, scene([(7, 9)]), 0.5) == (-0.5, -0.5)


def test_hover_words():
    made = scene([(2, 3)], ids=[51207], energy=[62.4], deed=[0], key=np.array([0x9A41], np.uint64), hunters=np.array([[4, 4]]))
    assert legend.hover_words(made, 2, 3) == "agent 51,207 · species 14 · energy 62 · age 1,204 · last action eat"
    assert legend.hover_words(made, 2, 3, "key").endswith("linear map 0000000000009a41")
    assert legend.hover_words(made, 4, 4) == "hunter · cell 4, 4"
    assert legend.hover_words(made, 7, 0) == "cell 7, 0" == legend.hover_words(Scene(1, "problem", made.land), 7, 0)


@pytest.mark.parametrize("scale", [1.0, 1.5, 2.0])
@pytest.mark.parametrize("width", [90, 300, 560, 1400])
@pytest.mark.parametrize("mode", colours.MODES)
def test_the_legend_has_room_and_words(scale, width, mode):
    made = scene([(k // 10, k % 10) for k in range(40)], species=np.arange(40), hunters=np.array([[7, 7]]))
    canvas = kit.new((width, 60), scale)
    area = pygame.Rect(0, 10, width, round(24 * scale))
    legend.draw(canvas, area, made, mode, 101)
    asked = [mark.action for mark in canvas.marks if mark.action]
    assert asked == [("colour", colours.MODES[(colours.MODES.index(mode) + 1) % 7])]
    for i, mark in enumerate(canvas.marks):
        assert area.contains(mark.rect) and mark.words
        assert mark.rect.collidelist([other.rect for other in canvas.marks[:i]]) < 0
    shown = kit.pixels(canvas.surface)
    assert (shown[:10] == GROUND).all() and (shown[area.bottom :] == GROUND).all()


def test_the_legend_counts():
    made = scene([(0, k) for k in range(6)], species=[3, 3, 3, 8, 8, -1])
    canvas = kit.new((900, 30))
    legend.draw(canvas, canvas.rect, made, "species")
    assert [mark.words for mark in canvas.marks[1:]] == ["species 3 · 3 agents", "species 8 · 2 agents", "nothing is known of 1 agent"]
    many = scene([(k // 10, k % 10) for k in range(80)], species=[*np.arange(40), *[39] * 25, *[38] * 15])
    canvas = kit.new((400, 30))
    legend.draw(canvas, canvas.rect, many, "species")
    assert [mark.words for mark in canvas.marks if "39" in mark.words or "38" in mark.words] == [
        "species 38 · 16 agents", "species 39 · 26 agents",
    ]  # fmt: skip
    assert canvas.marks[-1].words.startswith("no room for ") and canvas.marks[-1].words.endswith(" and others")
