# SPDX-License-Identifier: BSD-3-Clause
"""What a vector file is about: an operation, its operands, its result, the environment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from numfmt import _bind, ops
from numfmt.columns import Column, ColumnError, column
from numfmt.formats import Format
from numfmt.inttypes import IntType
from numfmt.modes import Env
from numfmt.ops import Op
from numfmt.vecio.layout import Field

Array = np.ndarray[Any, np.dtype[Any]]

#: An integer operand beside floats, where it is not named.
_INTEGER = "int32"
#: Bits of the flags, the highest first.
_FLAGS = ("invalid", "divide_by_zero", "overflow", "underflow", "inexact")


@dataclass(frozen=True, kw_only=True)
class Job:
    """An operation on columns of operands, with its environment."""

    op: Op
    operands: tuple[Column, ...]
    result: Column
    env: Env

    @property
    def random_width(self) -> int:
        """Bits of the random operand; 0 if there is none."""
        return self.env.random_bits_count if self.is_random else 0

    @property
    def is_random(self) -> bool:
        """Does a result depend on random bits?"""
        return self.env.is_stochastic and self.op.rounds

    @property
    def fields(self) -> tuple[Field, ...]:
        """The columns of a vector: operands, random bits if there are any, result, flags."""
        operands = [Field(name, one.bits, str(one)) for name, one in zip("abc", self.operands, strict=False)]
        random = [Field("random_bits", self.random_width, "of a stochastic rounding")] if self.random_width else []
        result = Field("result", self.result.bits, str(self.result))
        return (*operands, *random, result, Field("flags", len(_FLAGS), " ".join(_FLAGS)))

    @property
    def types(self) -> tuple[Format | IntType, ...]:
        """The operands' types."""
        return tuple(operand.type for operand in self.operands if operand.type)

    @property
    def formats(self) -> str:
        """The operands' columns as text: one name if that says all."""
        floats = {str(one) for one, kind in zip(self.operands, self.op.operands, strict=True) if kind == "f"}
        others = {str(one) for one, kind in zip(self.operands, self.op.operands, strict=True) if kind == "i"}
        if len(floats) == 1 and others <= {_INTEGER}:
            return floats.pop()
        return ",".join(map(str, self.operands))

    @property
    def title(self) -> str:
        """The job in a few words."""
        if self.op.name == "convert":
            return f"{self.operands[0].type} to {self.result.type}"
        return f"{self.op.name} {self.formats}" + (f" to {self.result}" if self.result.type else "")

    def outcomes(self, codes: Sequence[Array], random: Array | None = None) -> tuple[Array, Array]:
        """Results, as words, and flags of operands, as codes."""
        if self.is_random and random is None:
            random = np.zeros(codes[0].shape, np.uint32)
        values = [
            one.decode(array) if isinstance(one, IntType) else array
            for one, array in zip(self.types, codes, strict=True)
        ]
        to = self.result.type
        results, flags = ops.apply(
            self.op.name, values, self.types, to=to, env=self.env, random_bits=random, flags=True
        )
        if isinstance(to, IntType):
            results = to.encode("results", results)
        return self.result.words(results.view(np.uint8) if to is None else results), flags

    def unrounded(self, codes: Sequence[Array]) -> Array:
        """The exact results of operands, codes, before rounding, as ``_bind.PARTS``; see nf_unrounded in numfmt.h."""
        to = self.result.type
        head = ops.structs(self.types, to, self.env)
        return _bind.unrounded(self.op.number, head, [np.ascontiguousarray(array) for array in codes])

    def columns(self, codes: Sequence[Array], random: Array | None = None) -> list[Array]:
        """A column of words for each of ``fields``: these operands, codes, with the library's results and flags."""
        results, flags = self.outcomes(codes, random)
        stimuli = [one.words(array) for one, array in zip(self.operands, codes, strict=True)]
        return [*stimuli, *([np.asarray(random)] if self.random_width else []), results, flags]


def job(op: str, formats: str, to: str | None, env: Env) -> Job:
    """The job of ``nfmt gen OP FORMATS --to TO``.

    formats
        One column for all float operands, or one for each operand, separated by commas.
    to
        The result's column; None where there is none (``eq``, ``classify``) or where it is the operands' one.

    Raises ValueError or one of its subclasses.
    """
    row = ops.operation(op)
    columns = _operands(row, formats)
    if op == "convert" and to is None:
        raise ColumnError("convert needs --to FORMAT")
    if row.result in ("bool", "class"):
        if to is not None:
            raise ColumnError(f"--to is {to}: the result of {op} has no format")
        return Job(op=row, operands=columns, result=Column(None, plain=row.result), env=env)
    return Job(op=row, operands=columns, result=_result(row, columns, to), env=env)


def _operands(row: Op, formats: str) -> tuple[Column, ...]:
    names = formats.split(",")
    if len(names) == 1 and "f" in row.operands:
        names = [names[0] if kind == "f" else _INTEGER for kind in row.operands]
    if len(names) != len(row.operands):
        raise ColumnError(f"{formats}: {row.name} takes {len(row.operands)} operands, so one format or as many")
    return tuple(column(name, kind) for name, kind in zip(names, row.operands, strict=True))


def _result(row: Op, operands: Sequence[Column], to: str | None) -> Column:
    if to is not None:
        return column(to, "f" if row.result == "float" else "i")
    floats = [one for one, kind in zip(operands, row.operands, strict=True) if kind == "f"]
    if row.result == "int" or not floats or not (row.one_format or len(set(floats)) == 1):
        wanted = "an integer type, such as int32" if row.result == "int" else "FORMAT"
        raise ColumnError(f"{row.name} of {','.join(map(str, operands))} needs --to {wanted}")
    return floats[0]


def typed(op: str, fmt: ops.FormatArgument, *, to: Format | IntType | str | None, env: Env) -> Job:
    """The job of ``numfmt.apply``'s arguments.  Raises ValueError or one of its subclasses."""
    row = ops.operation(op)
    types = ops.operand_types(row, fmt)
    result = ops.result_type(row, types, to)
    made = Column(result, plain="" if result else row.result)
    return Job(op=row, operands=tuple(Column(type_) for type_ in types), result=made, env=env)
