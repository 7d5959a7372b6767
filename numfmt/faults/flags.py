# SPDX-License-Identifier: BSD-3-Clause
"""Flags that are missing, superfluous or taken for another (IEEE 754-2019 7); results are right."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from numfmt import _bind
from numfmt.faults import probes, reach
from numfmt.faults.block import Array, Block, Change, floats, has_exact
from numfmt.faults.fault import Fault
from numfmt.jobs import Job
from numfmt.modes import Flags

_CLAUSES = {
    Flags.INEXACT: "IEEE 754-2019 7.6",
    Flags.UNDERFLOW: "IEEE 754-2019 7.5",
    Flags.OVERFLOW: "IEEE 754-2019 7.4",
    Flags.DIVIDE_BY_ZERO: "IEEE 754-2019 7.3",
    Flags.INVALID: "IEEE 754-2019 7.2",
}
_QUIET, _SIGNALING = _bind.KIND_QUIET_NAN, _bind.KIND_SIGNALING_NAN
Mask = Callable[[Block], Array]


def _with(mask: Mask, *, clear: Flags = Flags(0), raise_: Flags = Flags(0)) -> Callable[[Block], Change]:  # noqa: B008
    """Flags cleared and raised in some rows."""

    def change(block: Block) -> Change:
        rows = block.rows(mask(block))
        return block.with_flags(rows, block.flags[rows] & np.uint8(31 & ~clear) | np.uint8(raise_))

    return change


def _raised(flags: Flags) -> Mask:
    def mask(block: Block) -> Array:
        found: Array = block.flags & np.uint8(flags) != 0
        return found

    return mask


def _operand(kind: int, place: int) -> Mask:
    def mask(block: Block) -> Array:
        operand = block.operands[place]
        if operand is None:
            return np.zeros(block.size, bool)
        found: Array = operand["kind"] == kind
        return found

    return mask


def _tiny_and_exact(block: Block) -> Array:
    found: Array = block.tiny & (block.flags == 0)
    return found


def _to_zero(block: Block) -> Array:
    found: Array = block.finite & block.inexact & (block.values["kind"] == _bind.KIND_ZERO)
    return found


def _infinite(block: Block) -> Array:
    found: Array = (block.kinds == _bind.KIND_INF) & (block.flags == 0)
    return found


def _both(first: int, second: int) -> Mask:
    return lambda block: _operand(first, 0)(block) & _operand(second, 1)(block)


def _infinity_times_zero(block: Block) -> Change:
    """Beside a quiet NaN: invalid where it should not be, or the other way round."""
    product = _both(_bind.KIND_INF, _bind.KIND_ZERO)(block) | _both(_bind.KIND_ZERO, _bind.KIND_INF)(block)
    rows = block.rows(product & _operand(_QUIET, 2)(block))
    return block.with_flags(rows, block.flags[rows] ^ np.uint8(Flags.INVALID))


def _quiet_only(block: Block) -> Array:
    return block.operands_are(_QUIET) & ~block.operands_are(_SIGNALING)


def _can(flag: Flags) -> Callable[[Job], bool]:
    """Can the job raise it?  By counting bits and exponents, or because special operands do."""
    exact = {Flags.INEXACT: reach.rounds, Flags.UNDERFLOW: reach.underflows, Flags.OVERFLOW: reach.overflows}

    def can(job: Job) -> bool:
        if not job.op.flags & flag:
            return False
        return (has_exact(job) and flag in exact and exact[flag](job)) or probes.raises(job, flag)

    return can


def _quiet_operation(job: Job) -> bool:
    return not job.op.flags and reach.takes_signaling(job)


def _name(flag: Flags) -> str:
    return str(flag)


FAULTS = (
    Fault(
        name="flags_stuck_at_zero",
        cause="no flag is ever raised",
        clause="IEEE 754-2019 7.1",
        breadth=3,
        applies=lambda job: (has_exact(job) and reach.rounds(job)) or probes.raises(job, Flags(31)),
        change=_with(lambda block: block.flags != 0, clear=Flags(31)),
    ),
    *(
        Fault(
            name=f"{_name(flag)}_missing",
            cause=f"{_name(flag).replace('_', '-')} is never raised",
            clause=clause,
            breadth=2,
            applies=_can(flag),
            change=_with(_raised(flag), clear=flag),
        )
        for flag, clause in _CLAUSES.items()
    ),
    Fault(
        name="inexact_missing_on_overflow",
        cause="overflow does not raise inexact",
        clause="IEEE 754-2019 7.4",
        breadth=1,
        applies=_can(Flags.OVERFLOW),
        change=_with(_raised(Flags.OVERFLOW), clear=Flags.INEXACT),
    ),
    Fault(
        name="inexact_missing_on_underflow",
        cause="underflow does not raise inexact",
        clause="IEEE 754-2019 7.5",
        breadth=1,
        applies=_can(Flags.UNDERFLOW),
        change=_with(_raised(Flags.UNDERFLOW), clear=Flags.INEXACT),
    ),
    Fault(
        name="underflow_when_exact",
        cause="underflow is raised by tiny results that are exact",
        clause="IEEE 754-2019 7.5",
        breadth=1,
        applies=reach.is_tiny_and_exact,
        change=_with(_tiny_and_exact, raise_=Flags.UNDERFLOW),
    ),
    Fault(
        name="underflow_missing_at_zero",
        cause="results that round to zero raise no underflow",
        clause="IEEE 754-2019 7.5",
        breadth=1,
        applies=reach.vanishes,
        change=_with(_to_zero, clear=Flags.UNDERFLOW),
    ),
    Fault(
        name="overflow_from_infinity",
        cause="an infinite operand raises overflow and inexact",
        clause="IEEE 754-2019 6.1, 7.4",
        breadth=1,
        applies=probes.is_infinite,
        change=_with(_infinite, raise_=Flags.OVERFLOW | Flags.INEXACT),
    ),
    Fault(
        name="divide_by_zero_is_invalid",
        cause="divide-by-zero is raised as invalid",
        clause="IEEE 754-2019 7.3",
        breadth=1,
        applies=_can(Flags.DIVIDE_BY_ZERO),
        change=_with(_raised(Flags.DIVIDE_BY_ZERO), clear=Flags.DIVIDE_BY_ZERO, raise_=Flags.INVALID),
    ),
    Fault(
        name="zero_by_zero_divides",
        cause="0/0 raises divide-by-zero too: only the divisor is looked at",
        clause="IEEE 754-2019 7.2e, 7.3",
        breadth=1,
        applies=lambda job: job.op.name == "div",
        change=_with(_both(_bind.KIND_ZERO, _bind.KIND_ZERO), raise_=Flags.DIVIDE_BY_ZERO),
    ),
    Fault(
        name="infinity_by_zero_divides",
        cause="Inf/0 raises divide-by-zero: only the divisor is looked at",
        clause="IEEE 754-2019 7.3",
        breadth=1,
        applies=lambda job: job.op.name == "div" and floats(job)[0].has_inf,
        change=_with(_both(_bind.KIND_INF, _bind.KIND_ZERO), raise_=Flags.DIVIDE_BY_ZERO),
    ),
    Fault(
        name="invalid_missing_for_signaling",
        cause="a signalling NaN operand does not raise invalid",
        clause="IEEE 754-2019 7.2a",
        breadth=1,
        applies=lambda job: bool(job.op.flags & Flags.INVALID) and reach.takes_signaling(job),
        change=_with(lambda block: block.operands_are(_SIGNALING), clear=Flags.INVALID),
    ),
    Fault(
        name="invalid_missing_without_nan",
        cause="invalid is raised by NaN operands only, not by operations that have no result (Inf - Inf, 0 * Inf)",
        clause="IEEE 754-2019 7.2b-g",
        breadth=1,
        applies=lambda job: job.op.result in ("float", "int") and probes.raises(job, Flags.INVALID, without_nan=True),
        change=_with(lambda block: ~block.has_nan & _raised(Flags.INVALID)(block), clear=Flags.INVALID),
    ),
    Fault(
        name="invalid_for_quiet_nan",
        cause="a quiet NaN operand raises invalid",
        clause="IEEE 754-2019 6.2",
        breadth=1,
        applies=lambda job: bool(job.op.flags & Flags.INVALID) and job.op.result == "float" and reach.takes_nan(job),
        change=_with(_quiet_only, raise_=Flags.INVALID),
    ),
    Fault(
        name="invalid_inf_times_zero_nan",
        cause="invalid is wrong for Inf * 0 + quiet NaN (the profile says whether it is raised)",
        clause="IEEE 754-2019 7.2c",
        breadth=1,
        applies=lambda job: (
            job.op.name == "fma"
            and floats(job)[2].nan_code is not None
            and (floats(job)[0].has_inf or floats(job)[1].has_inf)
        ),
        change=_infinity_times_zero,
    ),
    Fault(
        name="inexact_with_invalid",
        cause="invalid raises inexact too",
        clause="IEEE 754-2019 5.8, 7.1",
        breadth=1,
        applies=lambda job: job.op.rounds and probes.raises(job, Flags.INVALID),
        change=_with(_raised(Flags.INVALID), raise_=Flags.INEXACT),
    ),
    Fault(
        name="invalid_in_quiet_operation",
        cause="a signalling NaN raises invalid in an operation that signals nothing",
        clause="IEEE 754-2019 5.5.1, 5.7.2, 5.10",
        breadth=1,
        applies=_quiet_operation,
        change=_with(lambda block: block.operands_are(_SIGNALING), raise_=Flags.INVALID),
    ),
)
