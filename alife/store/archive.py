"""The checkpoint file: a plain .npz that `np.load` opens, in exactly one layout.

Members are stored, not deflated, one after the other: first `meta.json`, then `<name>.npy` sorted by name, always
C order and little-endian. Nothing is optional, so equal contents give equal bytes under any version of Python and
NumPy, and the reader demands the layout byte by byte: there is no room for bombs, overlaps, pickles, or headers that
have to be evaluated. (Deflate would save 16 % of a population of float32 and cost 26 ms a MB.)

The zip comment is the seal: `alife checkpoint, schema 1, sha256 <64 hex digits of all bytes before them>`. Every
future schema keeps this ending, so that an old reader can tell a newer file from a damaged one.
"""

import hashlib
import json
import math
import os
import re
import struct
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import numpy as np

from alife.store.atomic import Bytes

SCHEMA = 1
LIMIT = (1 << 32) - 1  # bytes in a file: offsets have 32 bits, and loading takes about as much memory
MAX_MEMBERS = 4096
MAX_NAME = 128
MAX_META = 1 << 22
DTYPES = ["|b1", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f2", "<f4", "<f8", "<c8", "<c16"]

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_DATE = 33  # 1 January 1980, the zero of zip
_META = "meta.json"
_NAME = re.compile(r"\w[\w.-]*(/\w[\w.-]*)*", re.ASCII)  # safe as a path, whoever unpacks the file
_SEAL = b"alife checkpoint, schema %d, sha256 "
_SEALED = re.compile(rb"alife checkpoint, schema (\d{1,9}), sha256 ([0-9a-f]{64})\Z")
_DIGEST = 64
_CHUNK = 1 << 20
_NPY = b"\x93NUMPY\x01\x00"
_SHAPE = re.compile(rb"\{'descr': '([^']{3,4})', 'fortran_order': False, 'shape': \(([0-9, ]{0,400})\), \} *\n")


class DamagedError(ValueError):
    """Why the bytes cannot be taken, in a few words."""


class NewerError(DamagedError):
    """Sound, but of a schema this version does not know."""


def pack(arrays: Mapping[str, np.ndarray], meta: Mapping[str, Any]) -> Iterator[Bytes]:
    """The file, in chunks. ValueError if it could not be read back, before the first chunk."""
    members = list(_members(arrays, meta))
    size = sum(len(head) + len(body) for _, head, body in members)
    if size > LIMIT - (1 << 22):
        raise ValueError(f"{size / 2**30:.1f} GiB of arrays in one checkpoint, its format ends at 4 GiB")
    sha = hashlib.sha256()
    for chunk in _zip(members):
        sha.update(chunk)
        yield chunk
    yield sha.hexdigest().encode()


def unpack(file: BinaryIO) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Arrays and meta; DamagedError if one bit is not as `pack` wrote it. Memory: about the size of the file."""
    size = os.fstat(file.fileno()).st_size
    comment = _check_seal(file, size)
    arrays: dict[str, np.ndarray] = {}
    meta: dict[str, Any] | None = None
    seen: set[str] = set()
    for name, crc, start, length in _directory(file, size - len(comment)):
        file.seek(start)
        if name in seen:
            raise DamagedError(f"{name} appears twice")
        seen.add(name)
        if name == _META:
            meta = _read_meta(file, length, crc)
        elif name.endswith(".npy") and meta is not None:
            arrays[name.removesuffix(".npy")] = _read_array(file, length, crc, name)
        else:
            raise DamagedError(f"unexpected member {name}")
    if meta is None or list(arrays) != sorted(arrays):
        raise DamagedError("its members are not in order")
    return arrays, meta


def _members(arrays: Mapping[str, np.ndarray], meta: Mapping[str, Any]) -> Iterator[tuple[str, bytes, memoryview]]:
    text = json.dumps(meta, sort_keys=True, separators=(",", ":")).encode()
    if len(text) > MAX_META:
        raise ValueError(f"meta of {len(text)} bytes, at most {MAX_META}: large things belong into arrays")
    if len(arrays) >= MAX_MEMBERS:
        raise ValueError(f"{len(arrays)} arrays, at most {MAX_MEMBERS - 1}")
    yield _META, b"", memoryview(text)
    for name in sorted(arrays):
        if not _NAME.fullmatch(name) or len(name) > MAX_NAME:
            raise ValueError(f"array name {name!r}: letters, digits, '_.-' and single '/' between them")
        array = np.asarray(arrays[name])
        dtype = array.dtype.newbyteorder("<")
        if dtype.str not in DTYPES:
            raise ValueError(f"array {name} has dtype {array.dtype}, one of {' '.join(DTYPES)} can be stored")
        flat = np.asarray(array, dtype, order="C").reshape(-1).view(np.uint8)
        yield f"{name}.npy", _npy_header(dtype, array.shape), flat.data


def _npy_header(dtype: np.dtype, shape: tuple[int, ...]) -> bytes:
    """What numpy.lib.format writes for version 1.0: padded with blanks to a multiple of 64 bytes."""
    text = f"{{'descr': '{dtype.str}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    return _NPY + struct.pack("<H", len(text)) + text


def _local(name: bytes, crc: int, length: int) -> bytes:
    return _LOCAL.pack(b"PK\3\4", 20, 0, 0, 0, _DATE, crc, length, length, len(name), 0) + name


def _central(name: bytes, crc: int, length: int, start: int) -> bytes:
    """`start` is where the local header begins; made on Unix, -rw-r--r--."""
    made, mode = 3 << 8 | 20, 0o100644 << 16
    head = (b"PK\1\2", made, 20, 0, 0, 0, _DATE, crc, length, length, len(name), 0, 0, 0, 0, mode, start)
    return _CENTRAL.pack(*head) + name


def _end(n: int, size: int, start: int) -> bytes:
    return _END.pack(b"PK\5\6", 0, 0, n, n, size, start, len(_SEAL % SCHEMA) + _DIGEST)


def _zip(members: list[tuple[str, bytes, memoryview]]) -> Iterator[Bytes]:
    at, directory = 0, b""
    for name, head, body in members:
        key, crc, length = name.encode(), zlib.crc32(body, zlib.crc32(head)), len(head) + len(body)
        directory += _central(key, crc, length, at)
        at += _LOCAL.size + len(key) + length
        yield _local(key, crc, length) + head
        yield body
    yield directory + _end(len(members), len(directory), at) + _SEAL % SCHEMA


def _check_seal(file: BinaryIO, size: int) -> bytes:
    """The zip comment, after the digest has been found right."""
    if size == 0:
        raise DamagedError("it is empty")
    if size > LIMIT:
        raise DamagedError(f"{size} bytes, more than the {LIMIT} of the format")
    file.seek(max(0, size - 128))
    seal = _SEALED.search(file.read(128))
    if seal is None:
        raise DamagedError("it is no checkpoint, or its end is missing")
    sha, rest = hashlib.sha256(), size - _DIGEST
    file.seek(0)
    while rest and (chunk := file.read(min(rest, _CHUNK))):
        sha.update(chunk)
        rest -= len(chunk)
    if sha.hexdigest().encode() != seal[2]:
        raise DamagedError("its sha256 does not match")
    if int(seal[1]) > SCHEMA:
        raise NewerError(f"written by a newer alife (schema {int(seal[1])}, this one reads up to {SCHEMA})")
    if seal[0] != _SEAL % SCHEMA + seal[2]:
        raise DamagedError(f"schema {seal[1].decode()} has never existed")
    return seal[0]


def _directory(file: BinaryIO, end: int) -> Iterator[tuple[str, int, int, int]]:
    """(name, crc, start, length) of each member; together they fill the file from 0 to the directory, no overlap."""
    tail = _take(file, end - _END.size, _END.size)
    n, size, start = _END.unpack(tail)[4:7]
    if n > MAX_MEMBERS or size > n * (_CENTRAL.size + MAX_NAME + 4):
        raise DamagedError(f"{n} members, at most {MAX_MEMBERS}")
    if tail != _end(n, size, start) or start + size != end - _END.size:
        raise DamagedError("its directory is out of place")
    directory, at, seen = _take(file, start, size), 0, 0
    for _ in range(n):
        if at + _CENTRAL.size > size:
            raise DamagedError("its directory is too short")
        fields = _CENTRAL.unpack_from(directory, at)
        crc, length, key = fields[7], fields[8], directory[at + _CENTRAL.size :][: fields[10]]
        entry, local = _central(key, crc, length, seen), _local(key, crc, length)
        if directory[at : at + len(entry)] != entry or _take(file, seen, len(local)) != local:
            raise DamagedError("its members are not as written by alife")
        if not _NAME.fullmatch(key.decode("ascii", "replace")):
            raise DamagedError("a member has a bad name")
        at, seen = at + len(entry), seen + len(local) + length
        if seen > start:
            raise DamagedError("a member is longer than the file")
        yield key.decode(), crc, seen - length, length
    if at != size or seen != start:
        raise DamagedError("there is something between its members")


def _take(file: BinaryIO, start: int, size: int) -> bytes:
    if start < 0:
        raise DamagedError("it is too short")
    file.seek(start)
    data = file.read(size)
    if len(data) != size:
        raise DamagedError("it is too short")
    return data


def _read_meta(file: BinaryIO, length: int, crc: int) -> dict[str, Any]:
    if length > MAX_META:
        raise DamagedError(f"meta of {length} bytes, at most {MAX_META}")
    text = file.read(length)
    try:
        meta = json.loads(text)
    except (ValueError, RecursionError) as err:
        raise DamagedError("its meta is no JSON") from err
    if zlib.crc32(text) != crc or not isinstance(meta, dict):
        raise DamagedError("its meta is no JSON object")
    return meta


def _read_array(file: BinaryIO, length: int, crc: int, name: str) -> np.ndarray:
    """Memory is taken only once the header has been found to agree with the member's length."""
    start = file.read(10)
    text = file.read(min(int.from_bytes(start[8:], "little"), 1024, max(0, length - 10)))
    found = _SHAPE.fullmatch(text)
    if found is None or found[1].decode("ascii", "replace") not in DTYPES:
        raise DamagedError(f"{name} has a header that alife does not write")
    dtype, shape = np.dtype(found[1].decode()), tuple(map(int, re.findall(rb"\d+", found[2])))
    if start + text != _npy_header(dtype, shape):
        raise DamagedError(f"{name} has a header that alife does not write")
    size = math.prod(shape) * dtype.itemsize
    if size != length - 10 - len(text):
        raise DamagedError(f"{name} claims {size} bytes and holds {length - 10 - len(text)}")
    if math.prod(d or 1 for d in shape) * dtype.itemsize >= 1 << 62 or len(shape) > 32:
        raise DamagedError(f"{name} has an impossible shape")
    flat = np.empty(size, np.uint8)
    if file.readinto(flat.data) != size or zlib.crc32(flat.data, zlib.crc32(start + text)) != crc:  # type: ignore[attr-defined]
        raise DamagedError(f"{name} fails its CRC")
    if dtype.kind == "b" and size and flat.max() > 1:
        raise DamagedError(f"{name} is neither true nor false")
    return flat.view(dtype).reshape(shape)
