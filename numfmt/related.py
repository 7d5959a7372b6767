# SPDX-License-Identifier: BSD-3-Clause
"""Operand tuples in which one operand is made from the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from numfmt import landmarks, ops
from numfmt.formats import Format
from numfmt.inttypes import IntType
from numfmt.modes import Env
from numfmt.ops import Op, Type

Array = np.ndarray[Any, np.dtype[Any]]

_ENV = Env(rounding="toward_zero", overflow="saturate", nan_substitute="zero")
_INT32 = IntType(32, signed=True)
#: First operands that get an equal, an opposite and two neighbours; and those that get one of each distance.
_EQUAL, _APART = 64, 8


def tuples(op: Op, types: Sequence[Type]) -> list[Array]:
    """A column for each operand; none for an operation that is not of two or three floats."""
    floats = [one for one in types if isinstance(one, Format)]
    if len(floats) != len(types) or len(floats) < 2:
        return []
    if len(floats) == 2:
        first = landmarks.finite(floats[0], _EQUAL)
        return _with_kin([first], _exactly("convert", [first], floats[:1], floats[1]), floats)
    first = np.repeat(landmarks.finite(floats[0], _APART), _APART * 2)
    second = landmarks.finite(floats[1], _APART)
    second = np.resize(second, first.size)
    combine = "add" if op.name == "faa" else "mul"
    return _with_kin([first, second], _exactly(combine, [first, second], floats[:2], floats[2]), floats)


def _exactly(op: str, operands: Sequence[Array], types: Sequence[Type], to: Format) -> Array:
    """Results of an operation, toward zero."""
    codes: Array = ops.apply(op, operands, types, to=to, env=_ENV)
    return codes


def _with_kin(given: Sequence[Array], last: Array, types: Sequence[Format]) -> list[Array]:
    """The given operands beside ``last``, its opposite, their neighbours, and both at every distance that matters."""
    fmt = types[-1]
    kin = [last, _exactly("negate", [last], [fmt], fmt)] if fmt.is_signed else [last]
    kin += [_exactly(op, [codes], [fmt], fmt) for codes in kin for op in ("next_up", "next_down")]
    columns = [np.concatenate([codes] * len(kin)) for codes in given]
    reach = sum(one.precision for one in types[:-1]) + 3
    distances = np.arange(-reach, reach + 1)
    some = slice(0, None, max(1, last.size // _APART))
    sources = [np.repeat(codes[some], distances.size) for codes in (*given, last)]
    apart = _exactly("scaleb", [sources[-1], np.resize(distances, sources[-1].size)], [fmt, _INT32], fmt)
    if fmt.is_signed:
        apart[1::2] = _exactly("negate", [apart], [fmt], fmt)[1::2]
    return [np.concatenate(pair) for pair in zip((*columns, np.concatenate(kin)), (*sources[:-1], apart), strict=True)]
