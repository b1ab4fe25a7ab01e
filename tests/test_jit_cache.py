"""The cache of compiled code can be old, damaged, half written, full or absent: the result is the same."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from alife.core import jit
from alife.sim import fuse

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.skipif(jit.DISABLED, reason="nothing is compiled")

HELPER = """
from alife.core.jit import kernel

@kernel
def factor():
    return 3
"""
PLUGIN = """
from _helper import factor
from alife.core.jit import kernel

@kernel
def total(x):
    s = 0.0
    for i in range(x.shape[0]):
        s += x[i] * factor()
    return s
"""
DAMAGES = [f"{how}_{suffix}" for how in ("truncated", "flipped", "emptied", "deleted") for suffix in ("nbi", "nbc")]
PLUGINS = [*DAMAGES, "unsealed", "sealed_by_noise", "whole"]
RIGHT = 3.0 * (0 + 1 + 2 + 3)

START = """
import os, sys
{before}
import importlib, json
import numpy as np
modules = [importlib.import_module(name) for name in sys.argv[1:]]
{between}
results = {{}}
for module in modules:
    value = module.total(np.arange(4.0))
    stats = module.total.stats
    results[module.__name__] = [value, sum(stats.cache_hits.values()), sum(stats.cache_misses.values())]
print(json.dumps(results), flush=True)
{after}
"""
FULL_DISK = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))"
COMPILED, LOADED = [RIGHT, 0, 1], [RIGHT, 1, 0]


class Place:
    """Plug-ins and a cache; `start` is a new process that runs the plug-ins."""

    def __init__(self, folder):
        self.folder, self.plugins, self.cache = folder, folder / "plugins", folder / "cache"

    def write(self, helper=HELPER):
        self.plugins.mkdir(exist_ok=True)
        (self.plugins / "_helper.py").write_text(helper)
        for name in PLUGINS:
            (self.plugins / f"{name}.py").write_text(PLUGIN)

    def start(self, names=PLUGINS, before="", between="", after="", cache=None, **environment):
        """Name -> [value, cache hits, cache misses]."""
        variables = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(self.plugins)])}
        variables |= {"ALIFE_CACHE_DIR": str(cache or self.cache), "PYTHONDONTWRITEBYTECODE": "1"}
        variables = {key: value for key, value in (variables | environment).items() if value is not None}
        code = START.format(before=before, between=between, after=after)
        done = subprocess.run(
            [sys.executable, "-c", code, *names], env=variables, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        return json.loads(done.stdout)

    def files(self, pattern="*"):
        """Path -> (content, time of change) below the cache."""
        paths = sorted(p for p in self.cache.rglob(pattern) if p.is_file())
        return {p.relative_to(self.cache): (p.read_bytes(), p.stat().st_mtime_ns) for p in paths}

    def cached(self, name, suffix):
        """The cached files of one plug-in."""
        found = list(self.cache.glob(f"*/{name}-*/**/*.{suffix}"))
        assert found
        return found


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A place whose cache is complete."""
    place = Place(tmp_path_factory.mktemp("built"))
    place.write()
    assert place.start() == dict.fromkeys(PLUGINS, COMPILED)
    return place


@pytest.fixture
def place(built, tmp_path):
    """The same plug-ins with a copy of the cache."""
    copy = Place(tmp_path)
    shutil.copytree(built.cache, copy.cache)
    copy.plugins = built.plugins
    return copy


def damage(file, how):
    content = bytearray(file.read_bytes())
    if how == "truncated":
        content = content[: len(content) // 2]
    elif how == "flipped":
        content[len(content) // 2] ^= 1
    elif how == "emptied":
        content = b""
    if how == "deleted":
        file.unlink()
    else:
        file.write_bytes(content)


# ---- in other processes ----


def test_a_second_start_compiles_nothing_and_adds_nothing(place):
    before = place.files()
    assert place.start() == dict.fromkeys(PLUGINS, LOADED)
    assert place.files() == before
    assert len(place.files("*.nbc")) == len(place.files("*.nbi")) == len(PLUGINS) + 1
    assert len(place.files("*.sha256")) == 2 * len(PLUGINS) + 2


def test_damaged_files_are_compiled_again(place):
    for name in DAMAGES:
        how, suffix = name.split("_")
        for file in place.cached(name, suffix):
            damage(file, how)
    for file in place.cached("unsealed", "sha256"):
        file.unlink()
    for file in place.cached("sealed_by_noise", "sha256"):
        file.write_bytes(b"\xff\x00" * 40)
    assert place.start() == {name: LOADED if name == "whole" else COMPILED for name in PLUGINS}
    assert place.start() == dict.fromkeys(PLUGINS, LOADED)


def test_a_killed_process_leaves_nothing_that_is_trusted(tmp_path, built):
    place = Place(tmp_path)
    place.plugins = built.plugins
    assert place.start(["whole"], after="os._exit(0)") == {"whole": COMPILED}
    for seal in place.cache.rglob("*.sha256"):  # as if it had been killed between saving and sealing
        seal.unlink()
    assert place.files("*.nbc") and not place.files("*.sha256")
    assert place.start(["whole"]) == {"whole": COMPILED}
    assert len(place.files("*.sha256")) == 4


def test_a_helper_is_part_of_a_plugin(tmp_path, built):
    place = Place(tmp_path)
    shutil.copytree(built.cache, place.cache)
    place.write(HELPER.replace("return 3", "return 5"))
    before = place.files()
    assert place.start(["whole"]) == {"whole": [RIGHT / 3 * 5, 0, 1]}
    new = set(place.files()) - set(before)
    assert {path.parts[1].rpartition("-")[0] for path in new} == {"_helper", "whole"}
    assert not {path.parts[1] for path in new} & {path.parts[1] for path in before}
    assert {path: place.files()[path] for path in before} == before


def test_without_a_home_and_with_a_cache_folder_that_cannot_be(place, tmp_path):
    file, spare = tmp_path / "file", tmp_path / "spare"
    file.write_text("")
    spare.mkdir()
    got = place.start(
        ["whole"], cache=file / "cache", HOME=None, XDG_CACHE_HOME=str(file / "home"), TMPDIR=str(spare)
    )
    assert got == {"whole": COMPILED}
    assert list(spare.glob("alife-cache-*/*/whole-*/**/*.nbc"))


def test_a_full_disk(place):
    before = place.files()
    assert place.start(["whole"], before=FULL_DISK) == {"whole": COMPILED}
    assert place.files() == before


def test_a_disk_that_fills_up(tmp_path, built):
    place = Place(tmp_path)
    place.plugins = built.plugins
    assert place.start(["whole"], between=FULL_DISK) == {"whole": COMPILED}
    assert not place.files("*.nbc")


def test_damage_during_a_run_is_not_sealed(place):
    [code] = place.cached("whole", "nbc")
    place.start(["whole"], after=f"open({str(code)!r}, 'wb').close()")
    assert place.start(["whole"]) == {"whole": COMPILED}


# ---- in this one ----


@pytest.fixture
def sealed(tmp_path):
    """A small sealed cached file."""
    folder = tmp_path / "deeper"
    folder.mkdir()
    file = folder / "f.nbc"
    file.write_bytes(bytes(range(48)))
    jit._seal(file)
    return file


def is_dropped(file, content):
    file.write_bytes(content)
    jit._drop_unverified(file.parents[1])
    return not file.exists()


def test_no_flipped_bit_and_no_truncation_passes(sealed):
    content = sealed.read_bytes()
    assert not is_dropped(sealed, content)
    for bit in range(8 * len(content)):
        flipped = bytearray(content)
        flipped[bit // 8] ^= 1 << bit % 8
        assert is_dropped(sealed, flipped)
    for size in range(len(content)):
        assert is_dropped(sealed, content[:size])
    assert not is_dropped(sealed, content)


def test_only_what_was_saved_is_sealed(tmp_path):
    old, new = tmp_path / "old.nbc", tmp_path / "new.nbc"
    old.write_bytes(b"damaged since it was verified")

    class Dispatcher:
        class _cache:  # noqa: N801
            save_overload = staticmethod(lambda *_: new.write_bytes(b"code"))

    jit._save_and_seal(Dispatcher, tmp_path)
    Dispatcher._cache.save_overload()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["new.nbc", "new.nbc.sha256", "old.nbc"]


def test_digests_tell_names_and_contents_apart(tmp_path):
    a, b = tmp_path / "a.py", tmp_path / "b.py"
    a.write_text("x")
    b.write_text("x")
    digests = [jit.digest_of(a), jit.digest_of(b), jit.digest_of(a, b), jit.digest_of(b, a)]
    a.write_text("y")
    digests.append(jit.digest_of(a))
    assert len(set(digests)) == 5


def test_a_source_digest_covers_the_helpers_beside(tmp_path):
    file, helper = tmp_path / "plugin.py", tmp_path / "_helper.py"
    file.write_text("x")
    seen = {jit.source_digest(file)}
    for content in ("a", "b"):
        helper.write_text(content)
        seen.add(jit.source_digest(file))
    (tmp_path / "other.py").write_text("no helper")
    assert len(seen) == 3 and jit.source_digest(file) in seen


def test_checked_and_unchecked_code_do_not_mix(monkeypatch):
    plain = jit.core_digest.__wrapped__()
    assert plain == jit.core_digest()
    monkeypatch.setattr(jit, "BOUNDSCHECK", not jit.BOUNDSCHECK)
    assert jit.core_digest.__wrapped__() != plain


def test_every_core_kernel_file_counts():
    """A file of alife.core that holds kernels and is missing from the digest would give stale code."""
    sources = {p.name: p.read_text().splitlines() for p in (ROOT / "alife" / "core").glob("*.py")}
    with_kernels = {name for name, lines in sources.items() if {"@kernel", "@inlined"} & set(lines)}
    assert with_kernels | {"jit.py", "lanes.py"} == set(jit._CORE_KERNELS)


def test_caches_of_other_versions_go_after_a_month(tmp_path):
    current, old, young, foreign = (tmp_path / name for name in ("c" * 16, "a" * 16, "b" * 16, "notes"))
    for folder in (current, old, young, foreign):
        folder.mkdir()
        (folder / "file").write_text("x")
    month_ago = 1e9
    for folder in (current, old, foreign):
        os.utime(folder, (month_ago, month_ago))
    jit._forget_old(tmp_path, current)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(p.name for p in (current, young, foreign))


def test_the_loop_is_fused_where_nothing_can_be_written(monkeypatch):
    monkeypatch.setattr(jit, "cache_root", lambda: None)
    text = "from alife.core.jit import kernel\n\n@kernel\ndef double(x):\n    return 2 * x\n"
    module = fuse.import_text("alife_fused_nowhere", text)
    monkeypatch.delitem(sys.modules, "alife_fused_nowhere")
    assert module.double(21) == 42
    assert jit.imported_digest(Path(module.__file__)) != jit.imported_digest(Path(module.__file__).with_name("other.py"))
