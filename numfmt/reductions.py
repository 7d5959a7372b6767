# SPDX-License-Identifier: BSD-3-Clause
"""Exact sums and products of arrays of codes, rounded once (IEEE 754-2019 9.4)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from numfmt import _bind, arguments, formats
from numfmt.arguments import Array, FlagsArgument
from numfmt.formats import Format
from numfmt.modes import Env, env_struct, resolve


def sum(  # noqa: A001 - numpy's name
    codes: Any,
    fmt: Format | str,
    *,
    axis: int | tuple[int, ...] | None = None,
    to: Format | str | None = None,
    env: Env | None = None,
    flags: FlagsArgument = False,
    random_bits: Any = None,
) -> Any:
    """The exact sum over axes, rounded once: codes of ``to``, or of ``fmt``.

    codes
        As for ``convert``.
    axis
        The axes to sum over; None is all of them.

    A sum of nothing is +0; an exact zero has the addends' sign if they are zeros of one sign, else it is +0, and -0
    under toward_negative.  env, flags and random_bits as for ``encode``, the bits in the result's shape.  Raises
    ValueError for an axis out of range.
    """
    fmt = formats.format(fmt)
    array = arguments.codes_of("codes", codes, fmt)
    axes = _axes(axis, array.ndim)
    kept = [k for k in range(array.ndim) if k not in axes]
    shape = tuple(array.shape[k] for k in kept)
    rows = np.ascontiguousarray(array.transpose(*kept, *axes)).reshape(math.prod(shape), -1)
    if array.size == 0:
        rows = np.empty((math.prod(shape), 0), fmt.dtype)
    return _run((rows,), (fmt,), to, shape, env, flags, random_bits)


def dot(
    a: Any,
    b: Any,
    fmt: Format | str | Sequence[Format | str],
    *,
    to: Format | str | None = None,
    env: Env | None = None,
    flags: FlagsArgument = False,
    random_bits: Any = None,
) -> Any:
    """The exact sum of products of two vectors, rounded once: one code of ``to``.  See ``matmul``."""
    types = _pair(fmt)
    x, y = (arguments.codes_of(name, codes, one) for name, codes, one in zip("ab", (a, b), types, strict=True))
    if x.ndim != 1 or x.shape != y.shape:
        raise ValueError(f"a and b have shapes {x.shape} and {y.shape}: dot takes two vectors of one length")
    return _run((x.reshape(1, -1), y.reshape(-1, 1)), types, to, (), env, flags, random_bits)


def matmul(
    a: Any,
    b: Any,
    fmt: Format | str | Sequence[Format | str],
    *,
    to: Format | str | None = None,
    env: Env | None = None,
    flags: FlagsArgument = False,
    random_bits: Any = None,
) -> Any:
    """The matrix product, each element an exact sum of exact products, rounded once: codes of ``to``.

    a, b
        Codes of shapes (m, k) and (k, n), or (k,) for a row or a column; larger stacks broadcast as in numpy.
    fmt
        One format, or one for each operand.
    to
        The result's format; needed if the operands' differ.

    env, flags and random_bits as for ``encode``, the bits in the result's shape.
    """
    types = _pair(fmt)
    x, y = (arguments.codes_of(name, codes, one) for name, codes, one in zip("ab", (a, b), types, strict=True))
    if x.ndim == 0 or y.ndim == 0:
        raise ValueError(f"a and b have shapes {x.shape} and {y.shape}: matmul takes no scalars")
    row, column = x.ndim == 1, y.ndim == 1
    x, y = (x[np.newaxis] if row else x), (y[:, np.newaxis] if column else y)
    if x.shape[-1] != y.shape[-2]:
        raise ValueError(f"a and b have shapes {x.shape} and {y.shape}: {x.shape[-1]} columns, {y.shape[-2]} rows")
    stack = np.broadcast_shapes(x.shape[:-2], y.shape[:-2])
    full = (*stack, x.shape[-2], y.shape[-1])
    shape = (*stack, *(() if row else full[-2:-1]), *(() if column else full[-1:]))
    if not stack:
        return _run((x, y), types, to, shape, env, flags, random_bits)
    return _stacked(x, y, types, to, shape, env, flags, random_bits)


def _stacked(
    x: Array,
    y: Array,
    types: tuple[Format, ...],
    to: Format | str | None,
    shape: tuple[int, ...],
    env: Env | None,
    flags: FlagsArgument,
    random_bits: Any,
) -> Any:
    """One matrix product for each pair of a stack."""
    stack = np.broadcast_shapes(x.shape[:-2], y.shape[:-2])
    x, y = np.broadcast_to(x, (*stack, *x.shape[-2:])), np.broadcast_to(y, (*stack, *y.shape[-2:]))
    result = _result_format(types, to)
    codes, bits = np.empty((*stack, x.shape[-2], y.shape[-1]), result.dtype), arguments.flag_bytes(flags, shape)
    any_flags = 0
    random = None if random_bits is None else np.broadcast_to(random_bits, shape).reshape(codes.shape)
    for index in np.ndindex(stack):
        one = None if random is None else random[index]
        inner = codes[index].shape
        codes[index], some = _run((x[index], y[index]), types, result, inner, env, flags or "any", one)
        if bits is not None:
            bits.reshape(codes.shape)[index] = some
        else:
            any_flags |= some
    return arguments.returned(flags, codes.reshape(shape), bits, any_flags)


def _pair(fmt: Format | str | Sequence[Format | str]) -> tuple[Format, ...]:
    names = (fmt, fmt) if isinstance(fmt, Format | str) else tuple(fmt)
    if len(names) != 2:
        raise ValueError(f"fmt has {len(names)} formats: must be one, or one for each of two operands")
    return tuple(formats.format(name) for name in names)


def _result_format(types: tuple[Format, ...], to: Format | str | None) -> Format:
    if to is None and len(set(types)) > 1:
        raise ValueError(f"to is missing: the operands are {types[0]} and {types[1]}")
    return types[0] if to is None else formats.format(to)


def _axes(axis: int | tuple[int, ...] | None, ndim: int) -> tuple[int, ...]:
    given = tuple(range(ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    if not all(isinstance(k, int) and -ndim <= k < ndim for k in given):
        raise ValueError(f"axis is {axis!r}: the array has {ndim} dimensions")
    axes = tuple(k % ndim for k in given)
    if len(set(axes)) < len(axes):
        raise ValueError(f"axis is {axis!r}: names an axis twice")
    return axes


def _run(
    inputs: tuple[Array, ...],
    types: tuple[Format, ...],
    to: Format | str | None,
    shape: tuple[int, ...],
    env: Env | None,
    flags: FlagsArgument,
    random_bits: Any,
) -> Any:
    """nf_dot on matrices (rows, inner) and (inner, cols), or on one, its result in ``shape``."""
    env = resolve(env)
    result = _result_format(types, to)
    bits = arguments.flag_bytes(flags, shape)
    out = np.empty(shape, result.dtype)
    sinks = _bind.Sinks(out, arguments.random(random_bits, env, shape), bits)
    head = _bind.format_list([formats.struct(one) for one in types]), formats.struct(result), env_struct(env)
    try:
        any_flags = _bind.dot(head, [np.ascontiguousarray(one) for one in inputs], sinks)
    except _bind.NumfmtError as error:
        where = "" if error.index is None else f"element {error.index}: "
        raise ValueError(f"{', '.join(map(str, types))} to {result}: {where}{error}") from None
    return arguments.returned(flags, out[()], bits, any_flags)
