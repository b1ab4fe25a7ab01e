"""Whatever comes in, a config or a UserError comes out; what is dumped loads equal; the schema accepts what load does."""

import os
import re

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_config import PLUGIN, folder, write

from alife.core import config, registry
from alife.core.errors import UserError
from alife.core.settings import EvolveSettings, RunSettings

__all__ = ["folder"]

names = st.one_of(
    st.sampled_from(["world", "memory", "head", "evolve", "run", "kind", "copy", "lsh", "bits", "length", "moves"]),
    st.sampled_from([*EvolveSettings.model_fields, *RunSettings.model_fields, "selection", "strategy", "./w.py"]),
    st.text(max_size=8),
)
leaves = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), names)
data = st.recursive(leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=6))
fuzz = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def outcome(source, overrides=()):
    """A Config or a UserError, one line long, and nothing new in the folder."""
    before = set(os.listdir())
    try:
        loaded = config.load(source, overrides)
        assert isinstance(loaded, config.Config)
    except UserError as error:
        assert str(error).isprintable() and error.exit_code in (2, 66)
    assert set(os.listdir()) == before


@fuzz
@given(st.dictionaries(names, data, max_size=6), st.booleans())
def test_any_data_gives_a_config_or_a_user_error(tree, with_world):
    outcome({"world": "copy", **tree} if with_world else tree)


@fuzz
@given(st.text() | st.text(alphabet="worldcpy:{}[]-,&*!|>'\"% \n#?1.e") | st.binary())
def test_any_text_gives_a_config_or_a_user_error(text):
    outcome(write(text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text))


@fuzz
@given(st.data())
def test_an_edited_config_gives_a_config_or_a_user_error(draw):
    text = config.dump(config.load("copy"))
    for _ in range(draw.draw(st.integers(1, 3))):
        start = draw.draw(st.integers(0, len(text)))
        end = draw.draw(st.integers(start, min(len(text), start + 5)))
        text = text[:start] + draw.draw(st.text(alphabet="0123456789.e-: \n[]{}ab", max_size=4)) + text[end:]
    outcome(write(text))


@fuzz
@given(st.lists(st.text() | st.builds("{}.{}={}".format, names, names, st.text() | leaves), max_size=3))
def test_any_override_gives_a_config_or_a_user_error(overrides):
    outcome("copy", overrides)


@fuzz
@given(st.text())
def test_any_word_gives_a_config_or_a_user_error(word):
    outcome(word)


finite = st.floats(allow_nan=False, allow_infinity=False)
tricky = st.sampled_from(["yes", "no", "~", "null", "", "1e-3", "1_000", "010", "1:30", "2026-01-01", "<<", "=", "0x1"])
encodable = st.text(st.characters(exclude_categories=["Cs"]))


@fuzz
@given(
    text=tricky | st.from_regex(r"[-+]?[0-9.e_:]{1,6}") | encodable,
    number=finite,
    pairs=st.lists(st.tuples(st.integers(-(10**18), 10**18), finite), max_size=3),
    table=st.dictionaries(tricky | encodable, finite | st.none(), max_size=3),
    width=st.sampled_from([None, 64, 256]),
    hours=st.none() | st.floats(min_value=0, exclude_min=True, allow_infinity=False),
    length=st.tuples(st.integers(1, 50), st.integers(0, 50)).map(lambda t: [t[0], t[0] + t[1]]),
    moves=st.lists(st.sampled_from(["home", "jump", "next", "hold", "prev", "part"]), min_size=1, unique=True),
    seed=st.integers(0, 2**63 - 1),
)
def test_dump_and_load_give_the_same_config(text, number, pairs, table, width, hours, length, moves, seed):
    write(PLUGIN, "s.py")
    params = {"text": text, "number": number, "pairs": pairs, "table": table, "either": text}
    loaded = config.load(
        {
            "world": {"kind": "copy", "length": length},
            "controller": {"width": width},
            "head": {"moves": moves},
            "evolve": {"hours": hours, "selection": {"kind": "./s.py", **params}},
            "run": {"seed": seed},
        }
    )
    assert loaded.selection.params.text == text and loaded.selection.params.table == table
    dumped = config.dump(loaded)
    assert dumped.isascii()
    again = config.load(write(dumped))
    assert again == loaded and config.dump(again) == dumped
    assert config.load(config.to_dict(loaded)) == loaded


def accepts(schema, value, root):
    """Whether a JSON schema, of the few keywords that ours uses, accepts a value."""
    types = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
    types |= {"integer": int, "number": (int, float)}
    if isinstance(schema, bool):
        return schema
    if "$ref" in schema:
        return accepts(root["$defs"][schema["$ref"].removeprefix("#/$defs/")], value, root)
    if "type" in schema:
        is_number = schema["type"] in ("integer", "number")
        if not isinstance(value, types[schema["type"]]) or (is_number and isinstance(value, bool)):
            return False
    if isinstance(value, dict):
        known, others = schema.get("properties", {}), schema.get("additionalProperties", True)
        for key, inner in value.items():
            if not accepts(known.get(key, others), inner, root):
                return False
        if not set(schema.get("required", ())) <= value.keys():
            return False
    if isinstance(value, list) and not all(accepts(schema.get("items", True), item, root) for item in value):
        return False
    if isinstance(value, (int, float)) and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        return False
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        return False
    return (
        value in schema.get("enum", [value])
        and value == schema.get("const", value)
        and any(accepts(option, value, root) for option in schema.get("anyOf", [True]))
        and sum(accepts(option, value, root) for option in schema.get("oneOf", [True])) == 1
    )


def test_the_schema_accepts_what_load_accepts():
    schema = config.schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    whole = config.to_dict(config.load("copy"))
    good = [whole, {"world": "copy"}, {"world": "./w.py"}, {"world": {"kind": "w.py", "any": 3}}]
    good += [{**whole, "controller": {"kind": "wht"}, "memory": "lsh"}, {"world": {"kind": "copy", "length": 5}}]
    for value in good:
        assert accepts(schema, value, schema)
    bad = [{}, {"world": "copi"}, {"world": {"kind": "copy", "lenght": 3}}, {"world": {"kind": "copy", "length": "x"}}]
    bad += [{**whole, "sede": 3}, {**whole, "run": {"seed": -1}}, {**whole, "evolve": {"lives": True}}]
    bad += [{**whole, "evolve": {"selection": "lexicas"}}, {**whole, "head": {"moves": ["jmp"]}}]
    for value in bad:
        assert not accepts(schema, value, schema)


def test_the_schema_lists_every_plugin():
    properties = config.schema()["properties"]
    parts = [properties["world"], properties["controller"], properties["memory"]]
    parts += [properties["evolve"]["properties"]["selection"], properties["evolve"]["properties"]["strategy"]]
    for part, group in zip(parts, registry.GROUPS, strict=True):
        kinds = [branch["properties"]["kind"].get("const") for branch in part["oneOf"] if "properties" in branch]
        assert kinds == [*registry.names(group), None]
        for kind, branch in zip(registry.names(group), part["oneOf"][2:], strict=False):
            fields = registry.load(group, kind).Params.model_fields
            assert set(branch["properties"]) == {"kind", *fields} and branch["additionalProperties"] is False
