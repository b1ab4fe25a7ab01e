"""Sixteen float32 side by side as ONE value, so kernels read like scalar math and run at SIMD speed.

numba leaves `for l in range(16): x[i, l] += ...` scalar, because it cannot prove that arrays do not overlap. An LLVM
`<16 x float>` needs no such proof. Arrays keep the lane as their last axis, `(..., 16)` float32, C-contiguous:

    a = load(x, i); store(x, i, where(a >= splat(np.float32(0)), a * load(p, i), a * load(q, i)))

Each function below is its own NumPy meaning: under NUMBA_DISABLE_JIT=1, and in plain Python, a lanes value is a
float32 array of 16 and a mask a bool array of 16. Compiled, they become vector instructions; there is no fused
multiply-add, so every CPU gives the same bits. Under NUMBA_BOUNDSCHECK=1 load and store check their indices.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import lower_builtin, models, register_model, type_callable

from alife.core.jit import BOUNDSCHECK

LANES = 16


def load(array: Any, index: Any) -> Any:
    """Row `index` (an int, or a tuple of ints) of an array (..., LANES) as one value. Compiled: index >= 0."""
    return array[index].copy()


def store(array: Any, index: Any, value: Any) -> None:
    """Write a value into row `index` of an array (..., LANES)."""
    array[index] = value


def splat(scalar: Any) -> Any:
    """One float32 in every lane."""
    return np.full(LANES, scalar, np.float32)


def where(mask: Any, yes: Any, no: Any) -> Any:
    """Lane by lane: yes where the mask is true, else no. A comparison with NaN is false."""
    return np.where(mask, yes, no)


def where_nonneg(gate: Any, yes: Any, no: Any) -> Any:
    """Lane by lane: yes where gate >= 0, else no: the two-slope switch. -0.0 counts as 0; NaN takes no."""
    return np.where(gate >= np.float32(0), yes, no)


def lowest(a: Any, b: Any) -> Any:
    """Lane by lane: a where a < b, else b (so b where a is NaN)."""
    return np.where(a < b, a, b)


def highest(a: Any, b: Any) -> Any:
    """Lane by lane: a where a > b, else b (so b where a is NaN)."""
    return np.where(a > b, a, b)


def root(a: Any) -> Any:
    """Lane by lane: the square root, correctly rounded; NaN below 0."""
    return np.sqrt(a)


def any_lane(mask: Any) -> bool:
    """True if the mask is true in any lane."""
    return bool(np.any(mask))


def prefetch(array: Any, index: Any) -> None:
    """Ask for row `index` of an array (..., LANES), or for an element of an array (size,), that will be needed soon.

    No meaning, only speed; index >= 0.
    """


def aligned(shape: tuple[int, ...], fill: float = 0.0) -> np.ndarray:
    """A float32 array that begins at a multiple of 64 bytes, so that no lanes value straddles two cache lines."""
    size = int(np.prod(shape, dtype=np.int64))
    raw = np.empty(size + 16, np.float32)
    first = (-raw.ctypes.data // 4) % 16
    array = raw[first : first + size].reshape(shape)
    array[...] = fill
    return array


# ---- the compiled meaning ----

_VECTOR = ir.VectorType(ir.FloatType(), LANES)
_BITS = ir.VectorType(ir.IntType(1), LANES)
_I32 = ir.IntType(32)


class LanesType(types.Type):
    """numba's type of sixteen float32."""

    def __init__(self) -> None:
        super().__init__(name=f"Lanes{LANES}")


class MaskType(types.Type):
    """numba's type of sixteen truth values."""

    def __init__(self) -> None:
        super().__init__(name=f"Mask{LANES}")


lanes, mask = LanesType(), MaskType()


@register_model(LanesType)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, dmm: Any, fe_type: Any) -> None:
        super().__init__(dmm, fe_type, _VECTOR)


@register_model(MaskType)
class _MaskModel(models.PrimitiveModel):
    def __init__(self, dmm: Any, fe_type: Any) -> None:
        super().__init__(dmm, fe_type, _BITS)


def _is_index(kind: Any, ndim: int) -> bool:
    """An int for two axes, a tuple of so many ints for more."""
    if isinstance(kind, types.Tuple | types.UniTuple):
        return len(kind) == ndim - 1 and all(isinstance(k, types.Integer) for k in kind.types)
    return isinstance(kind, types.Integer) and ndim == 2


def _is_row(array: Any, index: Any) -> bool:
    is_array = isinstance(array, types.Array) and array.dtype == types.float32 and array.layout == "C"
    return is_array and _is_index(index, array.ndim)


def _is_element(array: Any, index: Any) -> bool:
    return isinstance(array, types.Array) and array.ndim == 1 and isinstance(index, types.Integer)


@type_callable(load)
def _type_load(context: Any) -> Any:
    return lambda array, index: lanes if _is_row(array, index) else None


@type_callable(store)
def _type_store(context: Any) -> Any:
    return lambda array, index, v: types.none if _is_row(array, index) and array.mutable and v == lanes else None


@type_callable(splat)
def _type_splat(context: Any) -> Any:
    return lambda scalar: lanes if scalar == types.float32 else None


@type_callable(where)
def _type_where(context: Any) -> Any:
    return lambda m, yes, no: lanes if (m, yes, no) == (mask, lanes, lanes) else None


@type_callable(where_nonneg)
def _type_where_nonneg(context: Any) -> Any:
    return lambda gate, yes, no: lanes if (gate, yes, no) == (lanes, lanes, lanes) else None


@type_callable(root)
def _type_root(context: Any) -> Any:
    return lambda a: lanes if a == lanes else None


@type_callable(prefetch)
def _type_prefetch(context: Any) -> Any:
    return lambda array, index: types.none if _is_row(array, index) or _is_element(array, index) else None


@type_callable(any_lane)
def _type_any_lane(context: Any) -> Any:
    return lambda m: types.boolean if m == mask else None


def _pointer(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    """Pointer to the row that args[1] names in the array args[0]."""
    array_type: Any = signature.args[0]
    index_type: Any = signature.args[1]
    array = context.make_array(array_type)(context, builder, args[0])
    if isinstance(index_type, types.Tuple | types.UniTuple):
        parts = cgutils.unpack_tuple(builder, args[1], len(index_type))
        kinds = list(index_type.types)
    else:
        parts, kinds = [args[1]], [index_type]
    position = [context.cast(builder, v, k, types.intp) for v, k in zip(parts, kinds, strict=True)]
    if BOUNDSCHECK:
        last = cgutils.unpack_tuple(builder, array.shape, array_type.ndim)[-1]
        cgutils.do_boundscheck(context, builder, context.get_constant(types.intp, LANES - 1), last, array_type.ndim - 1)
    position.append(context.get_constant(types.intp, 0))
    pointer = cgutils.get_item_pointer(
        context, builder, array_type, array, position, wraparound=False, boundscheck=BOUNDSCHECK
    )
    return builder.bitcast(pointer, _VECTOR.as_pointer())


@lower_builtin(load, types.Array, types.Any)
def _lower_load(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    return builder.load(_pointer(context, builder, signature, args), align=4)


@lower_builtin(store, types.Array, types.Any, lanes)
def _lower_store(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    builder.store(args[2], _pointer(context, builder, signature, args), align=4)
    return context.get_dummy_value()


@lower_builtin(prefetch, types.Array, types.Any)
def _lower_prefetch(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    if signature.args[0].ndim == 1:
        array = context.make_array(signature.args[0])(context, builder, args[0])
        where = [context.cast(builder, args[1], signature.args[1], types.intp)]
        pointer = cgutils.get_item_pointer(context, builder, signature.args[0], array, where, wraparound=False)
    else:
        pointer = _pointer(context, builder, signature, args)
    byte = builder.bitcast(pointer, ir.IntType(8).as_pointer())
    kind = ir.FunctionType(ir.VoidType(), [byte.type, _I32, _I32, _I32])
    ask = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
    builder.call(ask, [byte, *(ir.Constant(_I32, number) for number in (0, 2, 1))])  # to read, into the second-level cache, data
    return context.get_dummy_value()


def _in_every_lane(builder: Any, scalar: Any) -> Any:
    nothing = ir.Constant(_VECTOR, ir.Undefined)
    one = builder.insert_element(nothing, scalar, ir.Constant(_I32, 0))
    return builder.shuffle_vector(one, nothing, ir.Constant(ir.VectorType(_I32, LANES), [0] * LANES))


@lower_builtin(splat, types.float32)
def _lower_splat(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    return _in_every_lane(builder, args[0])


@lower_builtin(where, mask, lanes, lanes)
def _lower_where(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    return builder.select(*args)


@lower_builtin(where_nonneg, lanes, lanes, lanes)
def _lower_where_nonneg(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    zero = ir.Constant(_VECTOR, [0.0] * LANES)
    return builder.select(builder.fcmp_ordered(">=", args[0], zero), args[1], args[2])


@lower_builtin(root, lanes)
def _lower_root(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    kind = ir.FunctionType(_VECTOR, [_VECTOR])
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, f"llvm.sqrt.v{LANES}f32"), args)


@lower_builtin(any_lane, mask)
def _lower_any_lane(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    word = builder.bitcast(args[0], ir.IntType(LANES))
    return builder.icmp_unsigned("!=", word, ir.Constant(ir.IntType(LANES), 0))


def _binary(function: Any, operand: Any, result: Any, emit: Any) -> None:
    """Type and lower `function(operand, operand) -> result`."""

    @type_callable(function)
    def typer(context: Any) -> Any:
        return lambda a, b: result if a == operand and b == operand else None

    @lower_builtin(function, operand, operand)
    def lower(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return emit(builder, *args)


for _function, _name in ((operator.add, "fadd"), (operator.sub, "fsub"), (operator.mul, "fmul"), (operator.truediv, "fdiv")):
    _binary(_function, lanes, lanes, lambda builder, a, b, _name=_name: getattr(builder, _name)(a, b))
for _function, _sign in ((operator.lt, "<"), (operator.le, "<="), (operator.gt, ">"), (operator.ge, ">=")):
    _binary(_function, lanes, mask, lambda builder, a, b, _sign=_sign: builder.fcmp_ordered(_sign, a, b))
for _function, _name in ((operator.and_, "and_"), (operator.or_, "or_"), (operator.xor, "xor")):
    _binary(_function, mask, mask, lambda builder, a, b, _name=_name: getattr(builder, _name)(a, b))
for _function, _sign in ((lowest, "<"), (highest, ">")):
    _binary(_function, lanes, lanes, lambda builder, a, b, _sign=_sign: builder.select(builder.fcmp_ordered(_sign, a, b), a, b))


@type_callable(operator.neg)
def _type_neg(context: Any) -> Any:
    return lambda a: lanes if a == lanes else None


@lower_builtin(operator.neg, lanes)
def _lower_neg(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    return builder.fneg(args[0])
