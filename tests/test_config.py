"""A config is complete and frozen, or one line says the place, what was expected and what came."""

import os
import re
from pathlib import Path

import pytest

from alife.core import config, registry
from alife.core.errors import ConfigError, InputError
from alife.core.settings import HeadSettings, RunSettings

PLUGIN = """
from typing import Literal
from pydantic import Field, model_validator
from alife.core.settings import Settings

class Params(Settings):
    size: int = Field(3, ge=2)
    text: str = "yes"
    number: float = 0.5
    pairs: tuple[tuple[int, float], ...] = ()
    table: dict[str, float | None] = {}
    mode: Literal["fast", "slow"] = "fast"
    either: int | str = 1

    @model_validator(mode="after")
    def fits(self):
        if self.size == 99:
            raise ValueError("size (99) must\\nfit")
        if self.size == 98:
            1 / 0
        return self

def parents(scores, n, seed, p):
    return []
"""
WORLD = Path(registry.source(registry.load("worlds", "copy"))).read_text()


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(text, name="a.yaml"):
    Path(name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return name


def refused(source="copy", *overrides, error=ConfigError, **explicit):
    with pytest.raises(error) as caught:
        config.load(source, overrides, explicit)
    message = str(caught.value)
    assert type(caught.value) is error
    assert "\n" not in message and message.isprintable() and len(message) < 1000
    return message


def test_a_world_alone_is_a_whole_config():
    loaded = config.load("copy")
    assert [part.kind for part in (loaded.world, loaded.controller, loaded.memory)] == ["copy", "wht", "lsh"]
    assert (loaded.selection.kind, loaded.strategy.kind) == ("lexicase", "ga")
    assert loaded.head == HeadSettings(moves=("home", "jump", "next", "hold", "part"), sees="context", recall="beside")
    assert loaded.run == RunSettings()
    assert loaded.controller.params.width >= 64 and loaded.memory.params.values >= 1


def test_all_spellings_of_a_world_agree():
    configs = [
        config.load({"world": "copy"}),
        config.load({"world": {"kind": "copy"}}),
        config.load(write("world: copy")),
        config.load(Path(write("world: {kind: copy}", "b.yml"))),
        config.load(write("\ufeffworld:\n  kind: copy\nevolve:\nrun:\n")),
        config.load({}, ["world=copy"]),
        config.load({}, ["world.kind = copy"]),
    ]
    assert all(loaded == config.load("copy") for loaded in configs)


def test_overrides_obey_the_rules_of_the_file():
    write(PLUGIN, "s.py")
    loaded = config.load(
        write("world: copy\nevolve: {lives: 7, hours: 2}"),
        [
            "world.length=[1, 3]",
            "evolve.selection={kind: ./s.py, size: 4, pairs: [[1, 2], [3, 1e-3]]}",
            "evolve.selection.number=-.5e2",
            "evolve.hours=1e-3",
            "evolve.until_solved=true",
            "evolve.generations=",
            "head.moves=[next, hold]",
            "run.seed=9223372036854775807",
        ],
        {"evolve.lives": 8, "run.threads": None},
    )
    assert loaded.world.params.length == (1, 3)
    assert loaded.selection.params.pairs == ((1, 2.0), (3, 0.001))
    assert (loaded.selection.params.size, loaded.selection.params.number) == (4, -50.0)
    assert loaded.selection.kind == str(Path("s.py").absolute())
    assert (loaded.evolve.lives, loaded.evolve.hours, loaded.evolve.generations) == (8, 0.001, None)
    assert loaded.head.moves == ("next", "hold") and loaded.run.seed == 2**63 - 1


def test_another_kind_by_override_starts_from_that_kind():
    write(PLUGIN, "s.py")
    source = write("world: copy\nevolve: {selection: {kind: ./s.py, size: 4}}")
    assert config.load(source, ["evolve.selection=lexicase"]).selection.kind == "lexicase"
    assert config.load(source, ["evolve.selection.kind=lexicase"]).selection.kind == "lexicase"


def test_a_path_in_a_file_starts_at_the_file_and_on_the_command_line_here(folder):
    (folder / "sub").mkdir()
    write(PLUGIN, "sub/s.py")
    source = write("world: copy\nevolve: {selection: ./s.py}", "sub/a.yaml")
    assert config.load(source).selection.kind == str(folder / "sub/s.py")
    assert "No such file or directory" in refused("copy", "evolve.selection=./s.py")
    assert config.load("copy", ["evolve.selection=sub/s.py"]) == config.load(source)


def test_a_world_may_suggest_and_everyone_else_overrides(folder):
    write(WORLD + "\nDEFAULTS = {'memory.bits': 256, 'controller.width': 128, 'evolve.lives': 7}\n", "w.py")
    suggested = config.load("./w.py")
    assert suggested.world.kind == str(folder / "w.py")
    assert (suggested.memory.params.bits, suggested.controller.params.width, suggested.evolve.lives) == (256, 128, 7)
    source = write("world: ./w.py\nmemory: {bits: 512}\nevolve: {lives: 8}\ncontroller: wht")
    loaded = config.load(source, ["evolve.lives=9"])
    assert (loaded.memory.params.bits, loaded.controller.params.width, loaded.evolve.lives) == (512, 128, 9)
    assert config.load(source, ["evolve.lives=9"], {"evolve.lives": 10}).evolve.lives == 10


@pytest.mark.parametrize(
    ("defaults", "expected"),
    [
        ("{'memory.bit': 3}", "w.py: DEFAULTS: memory.bit: unknown key (did you mean 'memory.bits'?)"),
        ("{'evolve.population': 3}", "w.py: DEFAULTS: evolve.population: unknown key ("),
        ("{'memory.bits': 12}", "w.py: DEFAULTS: memory.bits: expected a power of two, got 12"),
        ("{'memory.bits': print}", "w.py: DEFAULTS.memory.bits: expected text, a number, "),
        ("[]", "w.py: DEFAULTS: expected a mapping, got []"),
    ],
)
def test_a_bad_suggestion_names_the_file(folder, defaults, expected):
    write(WORLD + f"\nDEFAULTS = {defaults}\n", "w.py")
    assert refused("./w.py").startswith(f"{folder}/{expected}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "a.yaml: world: missing (expected a kind: copy"),
        ("null", "a.yaml: world: missing"),
        ("world: {}", "a.yaml:1: world: missing (expected a kind: copy"),
        ("world: {bits: 3}", "a.yaml:1: world.kind: missing (expected a kind: copy"),
        ("world: {kind: 5}", "a.yaml:1: world.kind: expected a name or a path, got 5"),
        ("world:", "a.yaml:1: world: expected a kind or a mapping with a kind, got null"),
        ("world: [copy]", "a.yaml:1: world: expected a kind or a mapping with a kind, got ['copy']"),
        ("world: copi", "a.yaml:1: world.kind: no worlds named 'copi'. Did you mean 'copy'? Known: copy"),
        ("wolrd: copy", "a.yaml:1: wolrd: unknown key (did you mean 'world'?)"),
        ("world: copy\nseed: 3", "a.yaml:2: seed: unknown key (did you mean 'run.seed'?)"),
        ("world: copy\nq: 3", "a.yaml:2: q: unknown key (known: world, controller, memory, head, evolve, run)"),
        ("world:\n  kind: copy\n  lenght: 3", "a.yaml:3: world.lenght: unknown key (did you mean 'length'?)"),
        ("world: {kind: copy, q: 3}", "a.yaml:1: world.q: unknown key (known: kind, bits, length)"),
        ("world: copy\nworld: copy", "a.yaml:2: key 'world' appears twice"),
        ("world: {kind: copy, bits: 3, 'bits': 3}", "a.yaml:1: key 'bits' appears twice"),
        ("world: copy\nhead: 5", "a.yaml:2: head: expected a mapping, got 5"),
        ("[world]", "a.yaml: expected a mapping with a world, got ['world']"),
        ("copy", "a.yaml: expected a mapping with a world, got 'copy'"),
        ("1: copy", "a.yaml:1: expected text as a key, got 1"),
        ("true: copy", "a.yaml:1: expected text as a key, got true"),
        ("? [a]\n: b", "a.yaml:1: expected text as a key, got ['a']"),
        ("world: copy\n---\nworld: copy", "a.yaml:2: expected one document, found another one"),
        ("a: &x 1\nb: *x", "a.yaml:1: expected no anchors (&) and aliases (*)"),
        ("a: *x", "a.yaml:1: expected no anchors (&) and aliases (*)"),
        ("<<: {world: copy}", "a.yaml:1: <<: unknown key"),
        ("a:\n  - !!python/object/apply:os.system [x]", "a.yaml:2: expected no tags, got tag:yaml.org,2002:python/"),
        ("a: ! b", "a.yaml:1: expected no tags, got !"),
        ("a: [1", "a.yaml:"),
        ("a: b: c", "a.yaml:1: not valid YAML: mapping values are not allowed"),
        ("a: \tb\n\tc: d", "a.yaml:"),
        ("\x1b[31m: 3", "a.yaml:1: not valid YAML: "),
        ('"\\e[31m": 3', "a.yaml:1: \\x1b[31m: unknown key"),
        (b"\x80\xff", "a.yaml: expected UTF-8 text, got other bytes"),
        (b"PK\x03\x04\x00", "a.yaml:1: not valid YAML: "),
        ("a: [" + "1," * 100_000 + "]", "a.yaml:1: expected at most 100000 keys and values, got more"),
        ("#" * (1 << 20) + "\n", "a.yaml: expected at most 1048576 bytes of YAML, got more"),
    ],
)
def test_a_bad_file_is_one_line_with_its_place(text, expected):
    assert refused(write(text)).startswith(expected)


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("controller.width=12", "controller.width: expected a power of two, got 12"),
        ("controller.width=2", "controller.width: expected a whole number >= 4 and <= 65536 or null, got 2"),
        ("memory.bits=100", "memory.bits: expected a power of two, got 100"),
        ("memory=null", "memory: expected a kind or a mapping with a kind, got null"),
        ("evolve.lives=ten", "evolve.lives: expected a whole number >= 1, got 'ten'"),
        ("evolve.lives=0", "evolve.lives: expected a whole number >= 1, got 0"),
        ("evolve.lives=true", "evolve.lives: expected a whole number >= 1, got true"),
        ("evolve.lives=20.0", "evolve.lives: expected a whole number >= 1, got 20.0"),
        ("evolve.lives=1e3", "evolve.lives: expected a whole number >= 1, got 1000.0"),
        ("evolve.lives=010", "evolve.lives: expected a whole number >= 1, got '010'"),
        ("evolve.lives=0o10", "evolve.lives: expected a whole number >= 1, got '0o10'"),
        ("evolve.lives=0x10", "evolve.lives: expected a whole number >= 1, got '0x10'"),
        ("evolve.lives=1_000", "evolve.lives: expected a whole number >= 1, got '1_000'"),
        ("evolve.lives=1:30", "evolve.lives: expected a whole number >= 1, got '1:30'"),
        ("evolve.lives=2026-01-01", "evolve.lives: expected a whole number >= 1, got '2026-01-01'"),
        ("evolve.lives='10'", "evolve.lives: expected a whole number >= 1, got '10'"),
        ("evolve.lives=", "evolve.lives: expected a whole number >= 1, got null"),
        ("evolve.lives=" + "9" * 20, "evolve.lives: expected at most 19 digits, got 99999999999999999999"),
        ("run.seed=9223372036854775808", "run.seed: expected a whole number >= 0 and <= 9223372036854775807, got 922"),
        *[
            (f"evolve.until_solved={word}", f"evolve.until_solved: expected true or false, got '{word}'")
            for word in ("yes", "no", "on", "off", "y", "True", "FALSE")
        ],
        *[
            (f"evolve.hours={word}", f"evolve.hours: expected a number > 0 or null, got '{word}'")
            for word in (".nan", "nan", ".inf", "-.inf", "inf", "1.e", "0x1.8p3", "01.5")
        ],
        ("evolve.hours=1e999", "evolve.hours: expected a finite number, got 1e999"),
        ("evolve.hours=true", "evolve.hours: expected a number > 0 or null, got true"),
        ("evolve.solved=1.5", "evolve.solved: expected a number > 0 and <= 1, got 1.5"),
        (
            "evolve={lives: 0, populaton: 3, report: x}",
            "evolve.lives: expected a whole number >= 1, got 0 (and 2 more)",
        ),
        ("evolve.populaton=3", "evolve.populaton: unknown key (did you mean 'population'?)"),
        ("evolve.strateg=ga", "evolve.strateg: unknown key (did you mean 'strategy'?)"),
        ("evolve.selection=lexicas", "evolve.selection.kind: no selection named 'lexicas'. Did you mean 'lexicase'?"),
        (
            "head.moves=[jmp]",
            "head.moves.0: expected one of home, jump, next, hold, prev, part, got 'jmp' (did you mean 'jump'?)",
        ),
        ("head.moves=[jump, jump]", "head.moves: expected every move once, got 'jump' 2 times"),
        ("head.moves=[]", "head.moves: expected at least one move, got none"),
        ("head.moves=jump", "head.moves: expected a list, each one of home, jump, next, hold, prev, part, got 'jump'"),
        ("world.length=[1, 2, 3]", "world.length: expected at most 2 values, got 3"),
        ("world.length=[3, 1]", "world.length: expected [low, high] with low <= high, got [3, 1]"),
        (
            "world.length={low: 1}",
            "world.length: expected a whole number or a list of 2 values, each a whole number, got",
        ),
        ("run.seed.x=1", "run.seed: expected a mapping, got 1"),
        ("world.length=[1,", "world.length: not valid YAML: "),
        ("world.length=*a", "world.length: expected no anchors (&) and aliases (*)"),
        ("seed=3", "seed: unknown key (did you mean 'run.seed'?)"),
        ("world", "--set 'world': expected key=value, such as world.length=20"),
        ("", "--set '': expected key=value"),
        ("=3", "expected a key like world.length, got ''"),
        ("a..b=3", "expected a key like world.length, got 'a..b'"),
        ("a" + ".a" * 100_000 + "=3", "expected a key like world.length, got 'a.a.a."),
        ("world=./w.py", "world.kind: world file ./w.py: No such file or directory (looked for /"),
        ("world=/", "world.kind: world file /: expected a Python file, found a folder"),
    ],
)
def test_a_bad_value_is_one_line_with_what_was_expected(override, expected):
    assert refused("copy", "run.seed=1", override).startswith(expected)


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("size=1", ".size: expected a whole number >= 2, got 1"),
        ("size=99", ": size (99) must fit"),
        ("size=98", "./s.py:20: ZeroDivisionError: division by zero"),
        ("mode=fst", ".mode: expected one of fast, slow, got 'fst' (did you mean 'fast'?)"),
        ("either=[]", ".either: expected a whole number or text, got []"),
        ("pairs=[[1, 2], [1, x]]", ".pairs.1.1: expected a number, got 'x'"),
        ("pairs=[[1]]", ".pairs.0.1: missing (expected a number)"),
        ("table={a: 1, b: x}", ".table.b: expected a number or null, got 'x'"),
    ],
)
def test_errors_in_the_parameters_of_a_plugin(override, expected):
    write(PLUGIN, "s.py")
    place = "" if expected.startswith("./") else "evolve.selection"
    assert refused("copy", "evolve.selection=./s.py", f"evolve.selection.{override}") == place + expected


def test_a_plugin_that_cannot_be_configured_is_refused():
    write(PLUGIN.replace("size: int", "kind: int = 3\n    size: int"), "s.py")
    assert refused("copy", "evolve.selection=./s.py") == (
        "./s.py: expected Params without a field 'kind', which names the plug-in itself"
    )
    write("import nothing_like_this", "s.py")
    assert refused("copy", "evolve.selection=./s.py").startswith("./s.py:1: ModuleNotFoundError: ")


def test_an_option_is_checked_like_a_value():
    assert refused("copy", **{"run.seed": -1}).startswith("run.seed: expected a whole number >= 0 and ")
    assert refused("copy", **{"run.seed": 10**30}) == "run.seed: expected at most 19 digits, got a longer number"
    assert refused("copy", **{"evolve.hours": float("nan")}) == "evolve.hours: expected a finite number, got nan"
    assert refused("copy", **{"evolve.hours": {1}}).startswith("evolve.hours: expected text, a number, true, ")


def test_an_unknown_word_is_told_the_worlds_and_configs(monkeypatch):
    monkeypatch.setattr(config, "shipped", lambda: {"quick": Path(write("world: copy\nrun: {seed: 5}", "q.yaml"))})
    assert config.load("quick").run.seed == 5
    message = refused("copi")
    assert message.startswith("no world or config named 'copi' (did you mean 'copy'?). Worlds: ")
    assert "copy" in message and message.endswith("Configs: quick.")
    assert refused("quik").startswith("no world or config named 'quik' (did you mean 'quick'?)")


def test_shipped_configs_load():
    for path in config.shipped().values():
        assert isinstance(config.load(path), config.Config)


def test_missing_files_and_folders(folder):
    os.mkdir("run")
    os.mkfifo("pipe.yaml")
    assert refused("nix.yaml", error=InputError) == "nix.yaml: No such file or directory"
    assert refused("run", error=InputError) == "run: expected a YAML file, found a folder"
    assert refused(folder, error=InputError) == f"{folder}: expected a YAML file, found a folder"
    assert refused("pipe.yaml", error=InputError) == "pipe.yaml: expected a YAML file, found a special file"
    assert re.match(r"nix\\x00\.yaml: (stat: )?embedded null", refused("nix\0.yaml", error=InputError))
    assert refused("./nix.py") == f"world file ./nix.py: No such file or directory (looked for {folder}/nix.py)"


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x]\n" + "".join(f"a{i}: &a{i} [*a, *a, *a]\n" for i in range(100)),
        "a: " + "[" * 10_000,
        "a: " + "[1," * 100_000,
        "a: " + "{a: " * 10_000,
        "- " * 10_000,
        "a: " + "9" * 1_000_000,
        "a: 1." + "9" * 1_000_000,
        "a: [" + "1," * 400_000 + "]",
        "".join(f"k{i}: 1\n" for i in range(90_000)),
        "world: copy\nhead: {moves: [" + "q," * 99_000 + "]}",
        "a: !!python/object/new:os.system [echo]",
        "a: " + "!" * 1_000_000,
        "a: '" + "\n" * 1_000_000 + "'",
    ],
    ids=lambda text: text[:20],
)
@pytest.mark.timeout(30)
def test_hostile_yaml_takes_bounded_time(text):
    refused(write(text))


def test_data_from_python_is_copied_and_checked():
    data = {"world": {"kind": "copy", "length": [1, 3]}}
    config.load(data, ["world.length=5", "run.seed=3"])
    assert data == {"world": {"kind": "copy", "length": [1, 3]}}
    data["world"]["self"] = data
    assert refused(data).endswith("nested deeper than 20 levels")
    assert refused({"world": {"kind": "copy", 3: 4}}) == "world: expected text as a key, got 3"
    assert refused({"world": {"kind": "copy", "bits": "\ud800"}}) == "world: expected Unicode text"


def test_another_kind_leaves_behind_what_it_does_not_know(tmp_path):
    file = tmp_path / "a.yaml"
    file.write_text("world: copy\nmemory: {kind: lsh, bits: 128, rounds: 2}\ncontroller: {kind: wht, layers_out: 5}\n", encoding="utf-8")
    loaded = config.load(str(file), ["memory.kind=exact", "controller.kind=still"])
    assert (loaded.memory.kind, loaded.memory.params.bits) == ("exact", 128) and loaded.controller.kind == "still"
    assert config.load(str(file), ["memory.kind=lsh"]).memory.params.rounds == 2
    with pytest.raises(ConfigError, match="rounds: unknown key"):
        config.load(str(file), ["memory.kind=exact", "memory.rounds=2"])
    with pytest.raises(ConfigError, match="no memory named 'exat'"):
        config.load(str(file), ["memory.kind=exat"])
