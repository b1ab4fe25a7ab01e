"""Checkpoints: equal bytes for equal contents, and no file that was damaged or made up is ever loaded."""

import base64
import hashlib
import io
import json
import os
import random
import struct
import tracemalloc
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from alife.core.errors import InputError
from alife.store import archive, atomic
from alife.store.checkpoint import Checkpoints, load, save

SEAL = b"alife checkpoint, schema 1, sha256 "
SMALL = {"genomes": np.arange(12, dtype=np.float32).reshape(3, 4), "alive": np.array([True, False])}
SCHEMA_1 = (
    "c-p0rze~eF6vr=C1uKF>7jZc=7=>7J`O!2*&^ovjC5wZC$X)tkt8G$}P>@=v{TKWP90XT)7YF|kcfr}w7pk-k2twc8=kC2b-s5}s+*)qFKt{Gf"
    "R^qd-b@Wn}kTxW|com01PZkg-az!gzs(c9nL_BGRfn2fs?o@@(wU_fDdc&Uzyw&VNG3eafAD<k#rxNLso>GU{i<AmgZUs|Rs`z1)L_D|%qdKJL"
    "hrAU7p2rQ|0gShFbz7x<I)mjUGA(o`lsBKzOIb$nQDGb6Kc(*a=D(yGDm7;ln;%IW?BTMH6B!^6$Sd-WkSZao2t~B2Ta)Grxxc&kYmawivZvX!"
    "Z0p8p2a}D=re!~Joc1yOt!`~$F}=v)c*6ZnBE(DU`arz~c-Nh<86+x=F=%tj&}(qrDp97{+!3bj36Gh=2WHvKVBD~P8D-zEYgS1I;I^=ZXP6}>"
    "eBEJw*#RzW$FQw$zjKyX"
)


def seal(data: bytes, comment: bytes = SEAL) -> bytes:
    """Turn a zip without a comment into one that only its contents can give away."""
    data = data[:-2] + struct.pack("<H", len(comment) + 64) + comment
    return data + hashlib.sha256(data).hexdigest().encode()


def reseal(data: bytes) -> bytes:
    return data[:-64] + hashlib.sha256(data[:-64]).hexdigest().encode()


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return buffer.getvalue()


def ours(members: dict[str, bytes] | list[tuple[str, bytes]]) -> bytes:
    """A file in the very layout of `archive`, whatever the members hold."""
    pairs = members.items() if isinstance(members, dict) else members
    parts = [(name, b"", memoryview(data)) for name, data in pairs]
    data = b"".join(bytes(chunk) for chunk in archive._zip(parts))
    return data + hashlib.sha256(data).hexdigest().encode()


def npy(array: np.ndarray, allow_pickle: bool = False) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, version=(1, 0), allow_pickle=allow_pickle)
    return buffer.getvalue()


def header(descr: str, shape: str) -> bytes:
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "a.npz"
    save(path, SMALL, {"generation": 7, "best": 0.5})
    return path


def test_comes_back_as_it_went(tmp_path):
    arrays = {
        "f": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "big": np.arange(3, dtype=">i4"),
        "scalar": np.array(3, np.int16),
        "empty": np.zeros((0, 5), np.uint64),
        "every_other": np.arange(10, dtype=np.int8)[::2],
        "nan": np.array([np.nan, np.inf, -0.0], np.float32),
        "part/one.x": np.array([1 + 2j]),
    }
    meta = {"a": [1, None, True], "b": {"c": "ü\n"}, "d": float("inf")}
    save(tmp_path / "a.npz", arrays, meta)
    back, meta_back = load(tmp_path / "a.npz")
    assert meta_back == meta and sorted(back) == sorted(arrays)
    for name, array in arrays.items():
        assert back[name].shape == array.shape and back[name].dtype == array.dtype.newbyteorder("=")
        assert back[name].astype(array.dtype).tobytes() == array.tobytes()
        assert back[name].flags.writeable and back[name].flags.c_contiguous and back[name].dtype.isnative


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.from_regex(r"[a-z_]{1,9}", fullmatch=True),
        hnp.arrays(st.sampled_from(archive.DTYPES), hnp.array_shapes(min_dims=0, min_side=0, max_side=4)),
        max_size=4,
    ),
    st.dictionaries(
        st.text(),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False), st.lists, max_leaves=5
        ),
        max_size=3,
    ),
)
def test_any_contents_come_back(tmp_path_factory, arrays, meta):
    path = tmp_path_factory.mktemp("any") / "a.npz"
    save(path, arrays, meta)
    back, meta_back = load(path)
    assert meta_back == meta
    assert {k: (v.dtype, v.shape, v.tobytes()) for k, v in back.items()} == {
        k: (v.dtype, v.shape, v.tobytes()) for k, v in arrays.items()
    }


def test_equal_contents_equal_bytes(tmp_path):
    save(tmp_path / "a.npz", SMALL, {"x": 1, "y": 2})
    save(tmp_path / "b.npz", dict(reversed(SMALL.items())), {"y": 2, "x": 1})
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_schema_1(tmp_path):
    """Files like this exist: they load for ever, and while the schema is 1 nothing else is written."""
    path = tmp_path / "a.npz"
    path.write_bytes(zlib.decompress(base64.b85decode(SCHEMA_1)))
    arrays, meta = load(path)
    assert meta == {"best": 0.5, "generation": 7} and list(arrays) == ["alive", "genomes"]
    assert all(np.array_equal(arrays[name], SMALL[name]) for name in SMALL)
    before = path.read_bytes()
    save(path, SMALL, meta)
    assert path.read_bytes() == before


def test_numpy_and_unzip_can_read_it(file):
    with np.load(file) as plain:
        assert sorted(plain.files) == ["alive", "genomes", "meta.json"]
        assert np.array_equal(plain["genomes"], SMALL["genomes"])
    with zipfile.ZipFile(file) as plain:
        assert plain.testzip() is None and json.loads(plain.read("meta.json"))["best"] == 0.5


def test_every_truncation_is_refused(file):
    data = file.read_bytes()
    for length in range(len(data)):
        file.write_bytes(data[:length])
        with pytest.raises(InputError, match=r"a\.npz is damaged"):
            load(file)
    file.write_bytes(data + b"\0")
    with pytest.raises(InputError, match="its end is missing"):
        load(file)


def test_every_flipped_bit_is_refused(file):
    data = file.read_bytes()
    for bit in range(8 * len(data)):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        file.write_bytes(flipped)
        with pytest.raises(InputError, match=r"a\.npz is damaged"):
            load(file)


def test_a_forged_digest_does_not_help(file):
    """Bits flipped and sealed again: refused by the layout, but for letters of meta, where CRC is forged too."""
    data = file.read_bytes()
    for bit in range(8 * (len(data) - 64)):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        file.write_bytes(reseal(bytes(flipped)))
        with pytest.raises(InputError):
            load(file)


def test_random_headers_never_do_more_than_fail(file):
    """Fuzz of the part that is parsed, CRC and digest right: an InputError or arrays, nothing else."""
    draw, good = random.Random(1), npy(SMALL["genomes"])
    for _ in range(3000):
        bad = bytearray(good)
        for _ in range(draw.randint(1, 3)):
            bad[draw.randrange(len(bad))] = draw.choice(b"0123456789'(){}, :<|fiubcO\x00\xff\n")
        file.write_bytes(ours({"meta.json": b"{}", "a.npy": bytes(bad)}))
        try:
            arrays, _ = load(file)
        except InputError as err:
            assert "a.npz is damaged" in str(err) and "\n" not in str(err)
        else:
            assert arrays["a"].nbytes == SMALL["genomes"].nbytes


HOSTILE = {
    "plain numpy file": zipped({"a.npy": npy(np.zeros(3))}),
    "no zip": b"hello" * 100,
    "only a seal": seal(b"PK\5\6" + bytes(18)),
    "deflated bomb": seal(zipped({"meta.json": b"{}", "a.npy": npy(np.zeros(1 << 22))}, zipfile.ZIP_DEFLATED)),
    "zipfile's layout": seal(zipped({"meta.json": b"{}", "a.npy": npy(np.zeros(3))})),
    "object array": ours({"meta.json": b"{}", "a.npy": npy(np.array([{}, 1], object), allow_pickle=True)}),
    "object header": ours({"meta.json": b"{}", "a.npy": header("'|O'", "(1,)") + bytes(8)}),
    "74 GiB": ours({"meta.json": b"{}", "a.npy": header("'<f4'", "(20000000000,)") + bytes(64)}),
    "overflowing": ours({"meta.json": b"{}", "a.npy": header("'<f8'", "(4294967296, 4294967296)")}),
    "huge but empty": ours({"meta.json": b"{}", "a.npy": header("'<f8'", "(0, 4611686018427387904, 9)")}),
    "sixty axes": ours({"meta.json": b"{}", "a.npy": header("'<i1'", "(" + "1, " * 60 + ")") + b"\0"}),
    "structured": ours({"meta.json": b"{}", "a.npy": header("[('x', '<f4')]", "(1,)") + bytes(4)}),
    "negative": ours({"meta.json": b"{}", "a.npy": header("'<f4'", "(-1,)")}),
    "expression": ours({"meta.json": b"{}", "a.npy": header("'<f4'", "(9**9**9,)")}),
    "zero width": ours({"meta.json": b"{}", "a.npy": header("'|S0'", "(1000000000000,)")}),
    "neither true nor false": ours({"meta.json": b"{}", "a.npy": header("'|b1'", "(2,)") + b"\1\2"}),
    "no meta": ours({"a.npy": npy(np.zeros(3))}),
    "unsorted": ours({"meta.json": b"{}", "b.npy": npy(np.zeros(3)), "a.npy": npy(np.zeros(3))}),
    "path": ours({"meta.json": b"{}", "../a.npy": npy(np.zeros(3))}),
    "meta list": ours({"meta.json": b"[]"}),
    "meta deep": ours({"meta.json": b"[" * 100_000}),
    "meta long number": ours({"meta.json": b'{"a": ' + b"9" * 100_000 + b"}"}),
    "meta large": ours({"meta.json": b'"' + b"a" * (5 << 20) + b'"'}),
    "many members": ours({"meta.json": b"{}", **{f"{i:05}.npy": npy(np.zeros(0)) for i in range(4096)}}),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_file(tmp_path, name):
    path = tmp_path / "h.npz"
    path.write_bytes(HOSTILE[name])
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match=r"h\.npz is damaged") as caught:
            load(path)
        assert tracemalloc.get_traced_memory()[1] < 2 * len(HOSTILE[name]) + (4 << 20)
    finally:
        tracemalloc.stop()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["meta.json", "a.npy"])
def test_same_name_twice(tmp_path, name):
    members = [("meta.json", b"{}"), ("a.npy", npy(np.zeros(3)))]
    (tmp_path / "h.npz").write_bytes(ours([*members, next(m for m in members if m[0] == name)]))
    with pytest.raises(InputError, match="appears twice"):
        load(tmp_path / "h.npz")


def test_newer_and_unknown_schema(file):
    body = file.read_bytes()[: -64 - len(SEAL)]
    file.write_bytes(reseal(body + SEAL.replace(b"1", b"3") + bytes(64)))
    with pytest.raises(InputError, match=r"written by a newer alife \(schema 3, this one reads up to 1\)"):
        load(file)
    file.write_bytes(reseal(body + SEAL.replace(b"1", b"0") + bytes(64)))
    with pytest.raises(InputError, match="schema 0 has never existed"):
        load(file)


def test_what_is_no_file(tmp_path):
    with pytest.raises(InputError, match="no checkpoint at"):
        load(tmp_path / "none.npz")
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(InputError, match="not a regular file"):
            load(path)


@pytest.mark.parametrize(("arrays", "meta", "words"), [
    ({"a": np.array([{}], object)}, {}, "dtype object"),
    ({"a": np.array(["x"])}, {}, "dtype <U1"),
    ({"../a": np.zeros(1)}, {}, "array name"),
    ({"a" * 200: np.zeros(1)}, {}, "array name"),
    ({str(i): np.zeros(0) for i in range(4096)}, {}, "4096 arrays"),
    ({}, {"a": "x" * (1 << 22)}, "large things belong into arrays"),
])  # fmt: skip
def test_what_could_not_be_read_back_is_not_written(tmp_path, file, arrays, meta, words):
    before = file.read_bytes()
    with pytest.raises(ValueError, match=words):
        save(file, arrays, meta)
    assert file.read_bytes() == before and os.listdir(tmp_path) == ["a.npz"]


def test_a_write_that_does_not_read_back_does_not_count(file, monkeypatch):
    class Lying:
        def __getattr__(self, name):
            return getattr(os, name)

        def write(self, fd, data):
            return os.write(fd, bytes(data).replace(b"\x80?", b"\x80>"))

    before = file.read_bytes()
    monkeypatch.setattr(atomic, "os", Lying())
    with pytest.raises(Exception, match="the disk did not keep what was written"):
        save(file, SMALL, {"generation": 8})
    assert file.read_bytes() == before and os.listdir(file.parent) == ["a.npz"]


# --- the folder


def fill(points: Checkpoints, *generations: int) -> None:
    for g in generations:
        points.save(g, {"g": np.array([g])}, {"seed": 1})


def refuse_notes(line: str) -> None:
    raise AssertionError(line)


def test_keeps_the_newest_and_every_nth(tmp_path):
    points = Checkpoints(tmp_path / "checkpoints", keep=2, every=100)
    assert points.newest(refuse_notes) is None
    fill(points, *range(20, 320, 20), 999_999, 1_000_000)
    assert points.generations() == [100, 200, 300, 999_999, 1_000_000]
    assert points.path(120).name == "gen-000120.npz" and points.path(1_000_000).name == "gen-1000000.npz"
    generation, arrays, meta = points.newest(refuse_notes)
    assert generation == 1_000_000 and arrays["g"].tolist() == [1_000_000]
    assert meta == {"seed": 1, "generation": 1_000_000}


def test_damaged_ones_are_skipped_and_named(tmp_path):
    points = Checkpoints(tmp_path, keep=9)
    fill(points, 1, 2, 3, 4)
    points.path(4).write_bytes(b"")
    points.path(3).write_bytes(points.path(1).read_bytes())
    notes: list[str] = []
    generation, _, _ = points.newest(notes.append)
    assert generation == 2 and len(notes) == 2
    assert "gen-000004.npz is damaged: it is empty" in notes[0]
    assert "gen-000003.npz is damaged: it holds generation 1" in notes[1]
    for g in (1, 2):
        points.path(g).write_bytes(b"x")
    with pytest.raises(InputError, match=r"no sound checkpoint in .*all 4 are damaged"):
        points.newest(notes.append)


def test_going_on_from_an_older_one_prunes_the_damaged_future(tmp_path):
    points = Checkpoints(tmp_path, keep=1)
    fill(points, 1)
    points.path(5).write_bytes(b"damaged")
    fill(points, 2)
    assert points.generations() == [2]


def test_a_newer_schema_is_not_skipped(tmp_path):
    points = Checkpoints(tmp_path, keep=9)
    fill(points, 1, 2)
    newer = points.path(2).read_bytes()[: -64 - len(SEAL)] + SEAL.replace(b"1", b"2") + bytes(64)
    points.path(2).write_bytes(reseal(newer))
    with pytest.raises(InputError, match="newer alife"):
        points.newest(refuse_notes)


def test_foreign_names_are_left_alone(tmp_path):
    points = Checkpoints(tmp_path, keep=1)
    foreign = ["gen-1.npz", "gen-0000007.npz", "gen-000007.npz.bak", "notes.txt", "gen-٠٠٠٠٠١.npz"]
    for name in foreign:
        (tmp_path / name).write_text("mine")
    fill(points, 1, 2)
    assert points.generations() == [2] and sorted(os.listdir(tmp_path)) == sorted([*foreign, "gen-000002.npz"])


def test_failing_to_prune_is_no_error(tmp_path, monkeypatch):
    points = Checkpoints(tmp_path, keep=1)
    fill(points, 1)
    with monkeypatch.context() as patch:
        patch.setattr(os, "unlink", lambda path: (_ for _ in ()).throw(PermissionError(13, "denied")))
        fill(points, 2)
    assert points.generations() == [1, 2]
    fill(points, 3)
    assert points.generations() == [3]


@pytest.mark.parametrize("bad", [{"keep": 0}, {"keep": 1, "every": -1}])
def test_wrong_use(tmp_path, bad):
    with pytest.raises(ValueError, match="keep must be >= 1"):
        Checkpoints(tmp_path, **bad)
    with pytest.raises(ValueError, match="meta is of generation 4"):
        Checkpoints(tmp_path, keep=1).save(3, {}, {"generation": 4})


def test_crc_alone_would_notice(file):
    """The members' own CRC is right, so that other tools can check the file."""
    with zipfile.ZipFile(file) as plain:
        for info in plain.infolist():
            assert info.CRC == zlib.crc32(plain.read(info))
