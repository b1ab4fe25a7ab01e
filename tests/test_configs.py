"""The configs that come with the project: each loads, says what to look for, and its ecosystem lives."""

import pytest

from alife.core import config as configs
from alife.core.contracts import is_ecosystem
from alife.sim.ecosystem import Ecosystem

FILES = configs.shipped()
ECOSYSTEMS = [name for name in FILES if name not in ("copy-long",)]


def test_they_are_there():
    assert {"meadow", "poison-seasons", "predators", "islands", "copy-long"} <= set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_it_loads(name):
    """By its name and by its path, to the same."""
    assert configs.to_dict(configs.load(name)) == configs.to_dict(configs.load(FILES[name]))
    assert is_ecosystem(configs.load(name).world.module) == (name in ECOSYSTEMS)


@pytest.mark.parametrize("name", FILES)
def test_it_says_what_to_look_for(name):
    lines = FILES[name].read_text(encoding="utf-8").splitlines()
    comments = lines[: next(i for i, line in enumerate(lines) if not line.startswith("#"))]
    assert any("Look for" in line for line in comments) and max(map(len, lines)) <= 160
    assert name not in ECOSYSTEMS or sum(line.startswith("# Look for:") for line in comments) >= 3


@pytest.mark.parametrize("name", ECOSYSTEMS)
def test_it_lives(name):
    """All founders come; after 200 ticks there are survivors, and children."""
    one = Ecosystem(configs.load(name))
    one.found()
    founders = one.config.world.params.founders
    assert one.living == founders if founders is not None else one.living > 100
    came = one.living
    while one.tick < 200:
        assert one.advance(200 - one.tick) or len(one.births()["id"]) + len(one.deaths()["id"])
    assert one.living > 20 and one.born > came and not one.extinct
    assert one.picture().any() and one.series()["population"] == one.living
