"""Compiled lanes mean what NumPy means, bit for bit; what they cannot mean is refused."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import naive
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from alife.core.jit import DISABLED, kernel
from alife.core.lanes import LANES, aligned, any_lane, highest, load, lowest, prefetch, splat, store, where, where_nonneg

ROOT = Path(__file__).parents[1]
ZERO, ONE = np.float32(0), np.float32(1)
SPECIAL = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 1e-45, -1e-45, 1.1754942e-38, 3.4028235e38, -3.4028235e38]
compiled_only = pytest.mark.skipif(DISABLED, reason="refused by the types of compiled code")


@kernel
def _arithmetic(a, b, out):
    """out (10, LANES) <- every operation of one or two values."""
    x, y = load(a, 0), load(b, 0)
    store(out, 0, x + y)
    store(out, 1, x - y)
    store(out, 2, x * y)
    store(out, 3, x / y)
    store(out, 4, -x)
    store(out, 5, lowest(x, y))
    store(out, 6, highest(x, y))
    store(out, 7, where_nonneg(x, x, y))
    store(out, 8, where_nonneg(y, x, y))
    store(out, 9, x)


@kernel
def _comparisons(a, b, out):
    """out (9, LANES) <- 1 where true, a choice, and any_lane in the last row."""
    x, y, one, zero = load(a, 0), load(b, 0), splat(ONE), splat(ZERO)
    store(out, 0, where(x < y, one, zero))
    store(out, 1, where(x <= y, one, zero))
    store(out, 2, where(x > y, one, zero))
    store(out, 3, where(x >= y, one, zero))
    store(out, 4, where((x < y) & (x > zero), one, zero))
    store(out, 5, where((x < y) | (x > zero), one, zero))
    store(out, 6, where((x < y) ^ (x > zero), one, zero))
    store(out, 7, where(x < y, x, y))
    out[8, 0], out[8, 1] = any_lane(x < y), any_lane(x > x)


def arithmetic(a, b):
    """The NumPy meaning."""
    nonneg_a, nonneg_b = a >= 0, b >= 0
    rows = [a + b, a - b, a * b, a / b, -a, np.where(a < b, a, b), np.where(a > b, a, b)]
    return np.array([*rows, np.where(nonneg_a, a, b), np.where(nonneg_b, a, b), a])


def comparisons(a, b):
    """The NumPy meaning."""
    less, positive = a < b, a > 0
    truths = [less, a <= b, a > b, a >= b, less & positive, less | positive, less ^ positive]
    last = np.zeros(LANES)
    last[0] = less.any()
    return np.array([*(t.astype(np.float32) for t in truths), np.where(less, a, b), last.astype(np.float32)])


def run(function, rows, *values):
    out = np.zeros((rows, LANES), np.float32)
    function(*(v.reshape(1, LANES) for v in values), out)
    return out


sixteen = arrays(np.float32, LANES, elements=st.one_of(st.sampled_from(SPECIAL), st.floats(width=32)))
near = arrays(np.float32, LANES, elements=st.sampled_from([*SPECIAL, 2.0, 0.5]))


@given(sixteen, st.one_of(sixteen, near))
@example(np.full(LANES, np.nan, np.float32), np.zeros(LANES, np.float32))
@settings(deadline=None, max_examples=150)
@np.errstate(all="ignore")
def test_operations_are_numpys(a, b):
    assert naive.same_bits(run(_arithmetic, 10, a, b), arithmetic(a, b))
    assert naive.same_bits(run(_comparisons, 9, a, b), comparisons(a, b))


@np.errstate(all="ignore")
def test_every_pair_of_special_values():
    for shift in range(len(SPECIAL)):
        a = np.resize(np.array(SPECIAL, np.float32), LANES)
        b = np.resize(np.roll(np.array(SPECIAL, np.float32), shift), LANES)
        assert naive.same_bits(run(_arithmetic, 10, a, b), arithmetic(a, b))
        assert naive.same_bits(run(_comparisons, 9, a, b), comparisons(a, b))


@np.errstate(all="ignore")
def test_choosing_and_copying_keep_the_bits_of_nan():
    words = np.array([0x7FC00000, 0xFFC00000, 0x7FC12345, 0xFFFFFFFF] * 4, np.uint32)
    nans, ones = words.view(np.float32), np.ones(LANES, np.float32)
    got = run(_arithmetic, 10, nans, ones)
    assert got[9].view(np.uint32).tolist() == words.tolist()
    assert got[8].view(np.uint32).tolist() == words.tolist()
    assert run(_comparisons, 9, ones, nans)[7].view(np.uint32).tolist() == words.tolist()


@np.errstate(all="ignore")
def test_the_plain_functions_are_the_same():
    """What NUMBA_DISABLE_JIT=1 runs."""
    rows = [np.resize(np.roll(np.array(SPECIAL, np.float32), k), LANES) for k in range(3)]
    for function, meaning, size in ((_arithmetic, arithmetic, 10), (_comparisons, comparisons, 9)):
        plain = getattr(function, "py_func", function)
        assert naive.same_bits(run(plain, size, rows[0], rows[1]), meaning(rows[0], rows[1]))
        assert naive.same_bits(run(plain, size, rows[2], rows[1]), meaning(rows[2], rows[1]))


@kernel
def _ask(rows, cells, i):
    prefetch(rows, (i, 1))
    prefetch(cells, i)
    return i


def test_asking_for_what_comes_next_changes_nothing():
    rows, cells = aligned((2, 3, LANES), 2.5), np.arange(9, dtype=np.uint8)
    assert [_ask(rows, cells, i) for i in range(2)] == [0, 1]
    assert (rows == 2.5).all() and cells.tolist() == list(range(9))


@kernel
def _by_index(cube, table, row, i, j, out):
    """Every form of an index."""
    store(out, 0, load(cube, (i, j)))
    store(out, 1, load(cube, (1, j)))
    store(out, 2, load(cube, (np.uint8(2), np.int32(3))))
    store(out, 3, load(table, i))
    store(out, np.uint64(4), load(table, (i,)))
    store(out, (5,), load(row, ()))
    store(cube, (i, 0), splat(np.float32(j)))


@pytest.mark.parametrize("i", range(3))
def test_indices(i):
    cube = np.arange(3 * 4 * LANES, dtype=np.float32).reshape(3, 4, LANES)
    before, j = cube.copy(), 3 - i
    table, row, out = cube[:, 2].copy(), cube[0, 1].copy(), np.zeros((6, LANES), np.float32)
    _by_index(cube, table, row, i, j, out)
    assert np.array_equal(out, [before[i, j], before[1, j], before[2, 3], table[i], table[i], row])
    before[i, 0] = j
    assert np.array_equal(cube, before)


def test_a_loaded_value_is_no_view():
    @kernel
    def swap(x):
        a, b = load(x, 0), load(x, 1)
        store(x, 0, b)
        store(x, 1, a)

    x = np.arange(2 * LANES, dtype=np.float32).reshape(2, LANES)
    wanted = x[::-1].copy()
    swap(x)
    assert np.array_equal(x, wanted)


def test_unaligned_rows():
    raw = np.arange(3 * LANES + 1, dtype=np.float32)
    out = np.zeros(2 * LANES + 1, np.float32)[1:].reshape(2, LANES)
    _copy(raw[1 : 2 * LANES + 1].reshape(2, LANES), out)
    assert np.array_equal(out.ravel(), raw[1 : 2 * LANES + 1])


@kernel
def _copy(x, out):
    for i in range(x.shape[0]):
        store(out, i, load(x, i))


def frozen(x):
    x.flags.writeable = False
    return x


ROWS = (2, LANES)
REFUSED = {
    "float64": (np.zeros(ROWS), np.zeros(ROWS, np.float32)),
    "int32": (np.zeros(ROWS, np.int32), np.zeros(ROWS, np.float32)),
    "float64 target": (np.zeros(ROWS, np.float32), np.zeros(ROWS)),
    "three axes, one index": (np.zeros((2, 2, LANES), np.float32), np.zeros(ROWS, np.float32)),
    "one axis, one index": (np.zeros(LANES, np.float32), np.zeros(ROWS, np.float32)),
    "Fortran order": (np.zeros(ROWS, np.float32, order="F"), np.zeros(ROWS, np.float32)),
    "strided": (np.zeros((4, LANES), np.float32)[::2], np.zeros(ROWS, np.float32)),
    "strided target": (np.zeros(ROWS, np.float32), np.zeros((2, 2 * LANES), np.float32)[:, ::2]),
    "read-only target": (np.zeros(ROWS, np.float32), frozen(np.zeros(ROWS, np.float32))),
}


@compiled_only
@pytest.mark.parametrize("case", REFUSED)
def test_other_arrays_are_refused_when_compiled(case):
    from numba.core.errors import TypingError

    with pytest.raises(TypingError, match=r"load|store"):
        _copy(*REFUSED[case])


@compiled_only
def test_other_values_are_refused_when_compiled():
    from numba.core.errors import TypingError

    def double(x):
        store(x, 0, splat(1.0))

    def scalar(x):
        store(x, 0, x[0, 0])

    def mixed(x):
        store(x, 0, load(x, 0) + x[0, 0])

    def truth(x):
        store(x, 0, load(x, 0) > load(x, 0))

    def fraction(x):
        store(x, 0.5, load(x, 0))

    for function in (double, scalar, mixed, truth, fraction):
        with pytest.raises(TypingError):
            kernel(function)(np.zeros(ROWS, np.float32))


def test_a_read_only_array_can_be_read():
    out = np.zeros(ROWS, np.float32)
    _copy(frozen(np.full(ROWS, 3, np.float32)), out)
    assert (out == 3).all()


@pytest.mark.parametrize("shape", [(1, LANES), (5, 3, LANES), (0, LANES), (LANES,)])
def test_aligned(shape):
    for _ in range(5):
        x = aligned(shape, 2.5)
        assert x.shape == shape and x.dtype == np.float32 and x.flags.c_contiguous
        assert x.ctypes.data % 64 == 0 or x.size == 0
        assert (x == 2.5).all()


# ---- other modes, each in a process of its own ----


def python(code, tmp_path, **environment):
    """What a fresh Python prints; `alife` and the tests can be imported."""
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    variables = {**os.environ, "PYTHONPATH": paths, "ALIFE_CACHE_DIR": str(tmp_path / "cache"), **environment}
    done = subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def program():
    """Digest of a fixed little computation that uses every operation."""
    from alife.core import rng

    total = hashlib.sha256()
    for k in range(20):
        a, b = (rng.uniforms((LANES,), 5, k, s) * np.float32(4) - np.float32(2) for s in (1, 2))
        total.update(run(_arithmetic, 10, a, b).tobytes())
        total.update(run(_comparisons, 9, a, b).tobytes())
    return total.hexdigest()


GOLDEN = "bb33b1b8fd941663861b4e6a1c53cf539ed82ad70a2bab4ce9c933054cd693cc"


def test_golden_program():
    assert program() == GOLDEN


def test_plain_python_gives_the_same_bits(tmp_path):
    code = "import test_lanes; assert test_lanes.DISABLED; print(test_lanes.program())"
    assert python(code, tmp_path, NUMBA_DISABLE_JIT="1") == GOLDEN


OUTSIDE = """
import numpy as np
from alife.core.jit import kernel
from alife.core.lanes import LANES, load, splat, store

@kernel
def read(x, i, j, out):
    store(out, 0, load(x, (i, j)))

@kernel
def write(x, i, j):
    store(x, (i, j), splat(np.float32(1)))

def outcome(function, *args):
    try:
        function(*args)
    except IndexError:
        return "IndexError"
    return "ok"

x, out = np.zeros((2, 3, {lanes}), np.float32), np.zeros((1, LANES), np.float32)
for i, j in [(0, 0), (1, 2), (2, 0), (0, 3), (-1, 0), (0, -1), (10**6, 0)]:
    print(outcome(read, x, i, j, out), outcome(write, x, i, j), end=" ")
"""


@compiled_only
def test_bounds_are_checked_on_demand(tmp_path):
    printed = python(OUTSIDE.format(lanes=LANES), tmp_path, NUMBA_BOUNDSCHECK="1").split()
    assert printed == ["ok"] * 4 + ["IndexError"] * 10


@compiled_only
def test_a_row_of_fewer_lanes_is_out_of_bounds(tmp_path):
    printed = python(OUTSIDE.format(lanes=LANES - 1), tmp_path, NUMBA_BOUNDSCHECK="1").split()
    assert printed == ["IndexError"] * 14
