# SPDX-License-Identifier: BSD-3-Clause
"""The operations of C's table on arrays of codes (SEMANTICS 2-7)."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from numfmt import _bind, arguments, formats, inttypes
from numfmt.arguments import Array, FlagsArgument
from numfmt.formats import Format
from numfmt.inttypes import IntType
from numfmt.modes import Env, Flags, env_struct, resolve

Type = Format | IntType
#: One format for all float operands, or one format (integer type) per operand.
FormatArgument = Format | str | Sequence[Format | IntType | str]

NAMES = "abc"
#: What ``fmt`` means for an integer operand where it names one format.
PLAIN_INT = IntType(64, signed=True)


@dataclass(frozen=True, kw_only=True)
class Op:
    """A row of the table of operations."""

    number: int
    name: str
    operands: str  # one letter each: f a float, i an integer
    result: Literal["float", "int", "bool", "class"]
    rounds: bool  # the environment's rounding can matter
    flags: Flags  # what it can raise
    one_format: bool  # it works on bits: its formats must be the same
    formula: str
    source: str


OPS: dict[str, Op] = {
    row["name"]: Op(number=number, **row | {"flags": Flags(row["flags"])}) for number, row in _bind.op_table()
}
_DTYPES = {"bool": np.dtype(np.uint8), "class": np.dtype(np.uint8)}


def operation(name: str) -> Op:
    """The operation of this name; ValueError if there is none."""
    if name not in OPS:
        raise ValueError(f"op is {name!r}: must be one of {', '.join(OPS)}")
    return OPS[name]


def apply(
    op: str,
    operands: Sequence[Any],
    fmt: FormatArgument | None,
    *,
    to: Format | IntType | str | None = None,
    env: Env | None = None,
    flags: FlagsArgument = False,
    out: Array | None = None,
    random_bits: Any = None,
) -> Any:
    """One operation of the table, element by element, each result rounded once from its exact value.

    op
        Its name: a key of ``numfmt.OPS``, which says what it takes and delivers.
    operands
        Codes for each float operand as for ``convert``, integers for an integer operand; shapes broadcast.
    fmt
        The operands' format or its name, or a sequence of one for each operand; integer operands have types such as
        ``"int32"`` (default: int64).  None: the operands are numfmt.Arrays, or scalars that their format has exactly;
        a float result is an Array then, and ``env=None`` is the environment of the Arrays.
    to
        The result's format, or its integer type for ``to_int``.  None: the operands' format, if they have one.
    env, flags, random_bits
        As for ``encode``; random bits broadcast to the result's shape.
    out
        An array of the result's shape and dtype to receive it.

    Returns codes of ``to.dtype``; the smallest numpy integers that hold the type for an integer result, bool for a
    predicate, uint8 (numfmt.FloatClass) for ``classify``; a scalar for scalars.
    """
    row = operation(op)
    if fmt is None:
        from numfmt import operators

        return operators.apply(op, operands, to=to, env=env, flags=flags, out=out, random_bits=random_bits)
    env = resolve(env)
    types = operand_types(row, fmt)
    result = result_type(row, types, to)
    inputs = broadcast([_input(*one) for one in zip(NAMES, operands, types, strict=False)], row, operands)
    shape = inputs[0].shape
    bits = arguments.flag_bytes(flags, shape)
    dtype = _DTYPES[row.result] if result is None else result.dtype
    shown = np.dtype(bool) if row.result == "bool" else dtype
    given = out
    out = arguments.output(given, shape, shown, inputs)
    codes = out if row.result in ("float", "class") else out.view(f"u{out.itemsize}")
    random = arguments.random(random_bits, env, shape) if row.rounds or random_bits is not None else None
    any_flags = _call(types, row, structs(types, result, env), inputs, _bind.Sinks(codes, random, bits))
    if isinstance(result, IntType):
        out[...] = result.decode(codes)
    if given is not None and out is not given:
        given[...] = out
    return arguments.returned(flags, out[()] if given is None else given, bits, any_flags)


def operand_types(row: Op, fmt: FormatArgument) -> tuple[Type, ...]:
    """The type of each operand that a ``fmt`` argument names."""
    if isinstance(fmt, str | Format):
        one = formats.format(fmt) if "f" in row.operands else inttypes.int_type(fmt)  # type: ignore[arg-type]
        return tuple(one if kind == "f" or row.operands == "i" else PLAIN_INT for kind in row.operands)
    if isinstance(fmt, IntType):
        fmt = (fmt,)
    if len(fmt) != len(row.operands):
        raise ValueError(f"fmt has {len(fmt)} formats: {row.name} has {len(row.operands)} operands")
    return tuple(
        formats.format(one) if kind == "f" else inttypes.int_type(one)  # type: ignore[arg-type]
        for kind, one in zip(row.operands, fmt, strict=True)
    )


def result_type(row: Op, types: Sequence[Type], to: Type | str | None) -> Type | None:
    """The type of the result; None for a predicate or class."""
    if row.result in ("bool", "class"):
        if to is not None:
            raise ValueError(f"to is {to}: {row.name} has no result format")
        return None
    if row.result == "int":
        if to is None:
            raise ValueError(f"to is missing: {row.name} needs an integer type such as 'int32'")
        return inttypes.int_type(to)  # type: ignore[arg-type]
    if to is not None:
        return formats.format(to)  # type: ignore[arg-type]
    floats = [one for one in types if isinstance(one, Format)]
    if row.one_format or len(set(floats)) == 1:
        return floats[0]
    given = ", ".join(map(str, types))
    raise ValueError(f"to is missing: the operands of {row.name} are {given}, which does not say what the result is")


def _input(name: str, operand: Any, type_: Type) -> Array:
    if isinstance(type_, IntType):
        return type_.encode(name, operand)
    return arguments.codes_of(name, operand, type_)


def broadcast(inputs: list[Array], row: Op, operands: Sequence[Any]) -> list[Array]:
    """The inputs in one shape."""
    if len(operands) != len(row.operands):
        raise ValueError(f"operands has {len(operands)} elements: {row.name} takes {len(row.operands)}")
    if len({array.shape for array in inputs}) == 1:
        return inputs
    try:
        shape = np.broadcast_shapes(*(array.shape for array in inputs))
    except ValueError:
        shapes = ", ".join(str(array.shape) for array in inputs)
        raise ValueError(f"operands have shapes {shapes}: they do not broadcast") from None
    return [np.ascontiguousarray(np.broadcast_to(array, shape)).reshape(shape) for array in inputs]


def structs(types: tuple[Type, ...], result: Type | None, env: Env) -> tuple[Any, Any, Any]:
    """Operands' types, the result's and the environment as C takes them."""
    return _operand_structs(types), _struct(result), env_struct(env)


@functools.lru_cache(maxsize=256)
def _operand_structs(types: tuple[Type, ...]) -> Any:
    return _bind.format_list([_struct(one) for one in types])


def _struct(type_: Type | None) -> Any:
    if type_ is None:
        return None
    return inttypes.struct(type_) if isinstance(type_, IntType) else formats.struct(type_)


def _call(types: Sequence[Type], row: Op, head: Any, inputs: list[Array], sinks: _bind.Sinks) -> int:
    """A call to C; a refusal names the operation, and the operand if it is about a code."""
    try:
        return _bind.apply(row.number, head, inputs, sinks)
    except _bind.NumfmtError as error:
        where = "" if error.index is None else f"element {error.index}: "
        if error.status == _bind.CODE_TOO_WIDE:
            where = f"{_too_wide(types, inputs, error.index)}: {where}"
        given = ", ".join(map(str, types))
        raise ValueError(f"{row.name} of {given}: {where}{error}") from None


def _too_wide(types: Sequence[Type], inputs: list[Array], index: int | None) -> str:
    """The name of the operand whose code at ``index`` has bits above the width."""
    for name, type_, codes in zip(NAMES, types, inputs, strict=False):
        if formats.code_int(codes.ravel()[index]) >> type_.width:
            return name
    return "operands"
