# SPDX-License-Identifier: BSD-3-Clause
"""What an Array was made of, read back exactly: the operands of one operation, or the values that were encoded."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from numfmt import codec, exactness, formats, ops, sources
from numfmt.arguments import Array
from numfmt.formats import Format
from numfmt.inttypes import IntType
from numfmt.modes import Env
from numfmt.operators import Origin

_OPERANDS = "abc"
_NUM_2008 = ("min_num", "max_num", "min_num_mag", "max_num_mag")


def snapshot(x: Any) -> Array:
    """``encode``'s argument as an array that nobody else writes to: of its own dtype, or of Python objects."""
    if isinstance(x, np.ndarray | np.generic):
        return np.array(x, order="C")
    elements: list[Any] = []
    shape = sources.flatten("x", x, elements)
    return _objects(elements, shape)


def _objects(elements: Sequence[Any], shape: tuple[int, ...]) -> Array:
    made = np.empty(len(elements), object)
    for index, element in enumerate(elements):
        made[index] = element
    return made.reshape(shape)


def arrays(origin: Origin, fmt: Format) -> list[Array]:
    """The operands as arrays; single codes are of the format itself."""
    return [x if isinstance(x, np.ndarray) else formats.code_array(fmt, [x]).reshape(()) for x in origin[1]]


def decoded(codes: Array, fmt: Format) -> Array:
    """Exact values in an object array of the same shape."""
    made = np.empty(codes.shape, object)
    made[...] = codec.decode(codes, fmt, dtype=object)
    return made


def unrounded(origin: Origin, fmt: Format, env: Env, shape: tuple[int, ...]) -> Array:
    """What the operation of ``origin`` would deliver without rounding: an object array of Fractions, floats, Roots,
    None, as ``exactness`` has them.
    """
    op, _, types = origin
    operands = arrays(origin, fmt)
    if op == "encode":
        return _encoded(operands[0], fmt)
    if not exactness.has_formula(op):
        raise ValueError(f"exact: not known of a result of {op}")
    formats_of = [fmt] * len(operands) if types is None else types
    values = [read(op, k, x, type_, env) for k, (x, type_) in enumerate(zip(operands, formats_of, strict=True))]
    rows = [np.broadcast_to(x, shape).ravel().tolist() for x in values]
    return _objects([exactness.unrounded(op, row) for row in zip(*rows, strict=True)], shape)


def read(op: str, position: int, operand: Array, type_: Format | IntType, env: Env) -> Array:
    """An operand's exact values as the environment reads them."""
    if isinstance(type_, IntType):
        return operand.astype(object)
    values = decoded(operand, type_)
    flushed = env.daz is True or (env.daz and _OPERANDS[position] in env.daz)
    if flushed and type_.width != env.flush_except_width:
        for index in np.argwhere(ops.apply("is_subnormal", (operand,), type_)):
            negative = type_.has_neg_zero and values[tuple(index)] < 0
            values[tuple(index)] = -0.0 if negative else Fraction(0)
    if op in _NUM_2008:
        values[ops.apply("is_signaling", (operand,), type_)] = exactness.SIGNALING
    return values


def _encoded(x: Array, fmt: Format) -> Array:
    """The exact values of ``encode``'s argument."""
    if x.dtype.kind in "OUT":
        elements = [element[()] if isinstance(element, np.ndarray) else element for element in x.ravel().tolist()]
        return _objects([sources.exact(element) for element in elements], x.shape)
    source = sources.read(x, fmt)
    if source.format is not None:
        return decoded(source.array, source.format)
    return _objects([Fraction(value) for value in source.array.ravel().tolist()], x.shape)
