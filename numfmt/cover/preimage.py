# SPDX-License-Identifier: BSD-3-Clause
"""Operands of roots and reciprocals whose exact results lie in an interval: where they are few, they are all tried."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from numfmt import codec, codes
from numfmt.cover.span import Need
from numfmt.formats import Format
from numfmt.jobs import Job
from numfmt.modes import Env

Array = np.ndarray[Any, np.dtype[Any]]

#: So many operands are tried.
_MOST = 1 << 16
_OPERATIONS = ("sqrt", "recip", "rsqrt")
#: Other operations of one operand have all codes of formats up to this width tried.
_ALL_CODES = 16
_INVERSE = ("recip", "rsqrt")


def operands(job: Job, need: Need) -> Array | None:
    """The codes whose exact results may satisfy a need: a magnitude in its interval; None if they are too many."""
    type_ = job.types[0]
    if (
        len(job.types) == 1
        and job.op.name not in _OPERATIONS
        and isinstance(type_, Format)
        and type_.width <= _ALL_CODES
    ):
        return np.arange(1 << type_.width, dtype=np.uint64).astype(type_.dtype)
    if job.op.name not in _OPERATIONS or not isinstance(type_, Format) or type_.width > 64:
        return None
    power = 1 if job.op.name == "recip" else 2
    ends: tuple[Fraction | None, Fraction | None] = (need.low**power, need.high**power)
    if job.op.name in _INVERSE:
        ends = (1 / need.high**power, 1 / need.low**power if need.low else None)
    low, high = _code(type_, ends[0], "toward_zero"), _code(type_, ends[1], "toward_positive")
    if high - low >= _MOST:
        return None
    found = np.arange(low, high + 1, dtype=np.uint64)
    sign = np.uint64(int(need.negative and type_.is_signed) << (type_.width - 1))
    return (found | sign).astype(type_.dtype)


def _code(fmt: Format, value: Fraction | None, rounding: Any) -> int:
    """The code of a magnitude, at least 0 and at most the largest; None is infinity."""
    if value is None or value > fmt.max:
        return fmt.max_code
    return codes.integer(codec.encode(value, fmt, env=Env(rounding=rounding, overflow="saturate")))
