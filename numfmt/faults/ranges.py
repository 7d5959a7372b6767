# SPDX-License-Identifier: BSD-3-Clause
"""Other range rules: tininess, flushing, overflow policies, exponents and biases that are off, lost carries."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from numfmt import _bind
from numfmt.faults import reach, significands
from numfmt.faults.block import Array, Block, Change, destination, floats, has_exact
from numfmt.faults.fault import Fault
from numfmt.formats import Format
from numfmt.jobs import Job
from numfmt.modes import OVERFLOWS, Flags, Ftz, Overflow

_POLICIES = {
    "ieee": "overflow goes to Inf or to the largest number by direction, as IEEE 754 has it",
    "saturate": "overflow saturates, and so does Inf",
    "propagate": "finite overflow saturates where Inf or NaN is right; Inf stays",
    "infinity": "saturation is missing: overflow makes Inf (NaN, where there is none) in every direction",
    "sat_none": "overflow by P3109's SatNone",
}


def _tininess(block: Block) -> Change:
    env = block.job.env
    other = dataclasses.replace(env, tininess="before" if env.tininess == "after" else "after")
    rows = block.rows(block.finite & (block.exponents == block.fmt.emin - 1))
    return block.changed(rows, block.rerounded(rows, block.exact.take(rows), other))


def _flushing(ftz: Ftz) -> Callable[[Block], Change]:
    def change(block: Block) -> Change:
        env = dataclasses.replace(block.job.env, ftz=ftz, flush_except_width=None)
        rows = block.rows(block.tiny)
        return block.changed(rows, block.rerounded(rows, block.exact.take(rows), env))

    return change


def _flushes(job: Job) -> bool:
    """Are results flushed, as they should be?"""
    fmt = destination(job)
    return job.env.ftz != "off" and fmt is not None and job.env.flush_except_width != fmt.width


def _can_flush(job: Job) -> bool:
    fmt = destination(job)
    return reach.is_tiny(job) and fmt is not None and fmt.min_subnormal is not None and fmt.has_zero


def _operands(*, flushed: bool) -> Callable[[Block], Change]:
    def change(block: Block) -> Change:
        env = dataclasses.replace(block.job.env, daz=flushed, flush_except_width=None)
        found = np.zeros(block.size, bool)
        for fmt, operand in zip(block.job.types, block.operands, strict=True):
            if operand is not None:
                found |= (operand["kind"] == _bind.KIND_FINITE) & (operand["exp"] + 127 < fmt.emin)  # type: ignore[union-attr]
        rows = block.rows(found)
        return block.changed(rows, block.again(rows, env=env))

    return change


def _reads_as_zero(job: Job) -> bool:
    return bool(job.env.daz) and any(one.width != job.env.flush_except_width for one in floats(job))


def _effective(job: Job) -> Overflow:
    fmt = destination(job)
    return job.env.overflow or ("ieee" if fmt is not None and fmt.has_inf else "saturate")


def _with_policy(policy: Overflow) -> Callable[[Block], Change]:
    def change(block: Block) -> Change:
        env = dataclasses.replace(block.job.env, overflow=policy)
        special = (block.kinds == _bind.KIND_INF) | (block.flags & (Flags.OVERFLOW | Flags.INVALID) != 0)
        if not block.fmt.has_zero:
            special |= block.kinds == _bind.KIND_ZERO
        rows = block.rows(special)
        return block.changed(rows, block.rerounded(rows, block.exact.take(rows), env))

    return change


def _policy_applies(policy: Overflow) -> Callable[[Job], bool]:
    def applies(job: Job) -> bool:
        if policy == _effective(job) or not has_exact(job):
            return False
        return reach.policies_differ(job, dataclasses.replace(job.env, overflow=policy))

    return applies


def _shifted(by: int, rows_of: Callable[[Block], Array]) -> Callable[[Block], Change]:
    """Exact results in some rows times a power of two."""

    def change(block: Block) -> Change:
        rows = block.rows(rows_of(block))
        return block.changed(rows, block.rerounded(rows, significands.scaled(block.exact.take(rows), by)))

    return change


def _wide(fmt: Format) -> Format | None:
    """The format with more exponent bits above its own, if there is room for some."""
    more = min(20 - fmt.exponent_bits, 128 - fmt.width)
    if more <= 0 or fmt.width > 64 or fmt.explicit_leading_bit:
        return None
    return dataclasses.replace(fmt, width=fmt.width + more, name=None)


def _wrapped(block: Block) -> Change:
    """The exponent loses what is above its field; overflow is not seen."""
    fmt, wide = block.fmt, _wide(block.fmt)
    if wide is None:
        return block.with_flags(np.arange(0), block.flags[:0])
    rows = block.rows(block.finite & (block.flags & Flags.OVERFLOW != 0))
    env = dataclasses.replace(block.job.env, rounding_precision=None)
    random = None if block.random is None else block.random[rows]
    codes, flags = significands.codes(block.exact.take(rows), wide, env, random)
    low = (codes["lo"] if wide.width > 64 else codes).astype(np.uint64)
    low = low & np.uint64((1 << (fmt.width - fmt.is_signed)) - 1)
    if fmt.is_signed:
        low |= block.negative[rows].astype(np.uint64) << np.uint64(fmt.width - 1)
    return Change(rows, low.astype(fmt.dtype), flags)


def _carry(block: Block) -> Change:
    """Results that rounding took to the next power of two are a binade too low."""
    values = block.values
    carried = block.finite & (values["kind"] == _bind.KIND_FINITE) & (values["exp"] + 127 > block.exponents)
    rows = block.rows(carried & (values["exp"] + 127 > block.fmt.emin))
    results, _ = block.rerounded(rows, significands.scaled(values.take(rows), -1))
    return block.with_results(rows, results)


def _top_binade(block: Block) -> Change:
    """What lies in the highest binade overflows."""
    values = block.values
    highest = (values["kind"] == _bind.KIND_FINITE) & (values["exp"] + 127 == block.fmt.emax)
    rows = block.rows(block.finite & highest & (block.flags & Flags.OVERFLOW == 0))
    env = dataclasses.replace(block.job.env, overflow="infinity")
    return block.changed(rows, block.rerounded(rows, significands.scaled(block.exact.take(rows), 2), env))


FAULTS = (
    Fault(
        name="tininess_swapped",
        cause="tininess is detected before rounding instead of after, or the other way round",
        clause="IEEE 754-2019 7.5",
        breadth=1,
        applies=lambda job: reach.underflows(job) and reach.carries(job) and (not _flushes(job) or not _can_flush(job)),
        change=_tininess,
    ),
    Fault(
        name="results_flushed",
        cause="subnormal results are flushed to zero (FTZ as x86 has it: tiny after rounding, underflow and inexact)",
        clause="IEEE 754-2019 7.5",
        breadth=2,
        applies=lambda job: _can_flush(job) and not _flushes(job),
        change=_flushing("x86"),
    ),
    Fault(
        name="results_flushed_early",
        cause="subnormal results are flushed to zero (FZ as Arm has it: tiny before rounding, underflow only)",
        clause="IEEE 754-2019 7.5",
        breadth=2,
        applies=lambda job: _can_flush(job) and not _flushes(job),
        change=_flushing("arm"),
    ),
    Fault(
        name="results_not_flushed",
        cause="subnormal results are delivered although they should be flushed to zero",
        clause="Env.ftz",
        breadth=2,
        applies=lambda job: _can_flush(job) and _flushes(job),
        change=_flushing("off"),
    ),
    Fault(
        name="operands_flushed",
        cause="subnormal operands are read as zero (DAZ): the hidden bit is forced without a look at the exponent",
        clause="IEEE 754-2019 3.4",
        breadth=2,
        applies=lambda job: reach.takes_subnormals(job) and not _reads_as_zero(job),
        change=_operands(flushed=True),
    ),
    Fault(
        name="operands_not_flushed",
        cause="subnormal operands are read although DAZ should make them zero",
        clause="Env.daz",
        breadth=2,
        applies=lambda job: reach.takes_subnormals(job) and _reads_as_zero(job),
        change=_operands(flushed=False),
    ),
    *(
        Fault(
            name=f"overflow_{policy}",
            cause=_POLICIES[policy],
            clause="IEEE 754-2019 7.4, OFP8 5.2, P3109 4.7.5",
            breadth=2,
            applies=_policy_applies(policy),
            change=_with_policy(policy),
        )
        for policy in OVERFLOWS
    ),
    Fault(
        name="overflow_wraps",
        cause="the exponent wraps round at overflow: its carry out is not looked at",
        clause="IEEE 754-2019 7.4",
        breadth=1,
        applies=lambda job: reach.overflows(job) and (f := destination(job)) is not None and _wide(f) is not None,
        change=_wrapped,
    ),
    Fault(
        name="top_binade_reserved",
        cause="numbers of the highest exponent overflow, as if that stood for Inf and NaN (E4M3: 256 to 448)",
        clause="OFP8 5.1",
        breadth=1,
        applies=lambda job: (
            has_exact(job)
            and (fmt := destination(job)) is not None
            and not fmt.has_inf
            and reach.highest(job) >= fmt.emax
        ),
        change=_top_binade,
    ),
    Fault(
        name="exponent_high",
        cause="the result's exponent is one too high: wrong bias, or a normalisation not subtracted",
        clause="IEEE 754-2019 3.4",
        breadth=3,
        applies=has_exact,
        change=_shifted(1, lambda block: block.finite),
    ),
    Fault(
        name="exponent_low",
        cause="the result's exponent is one too low: wrong bias, or a carry out not added",
        clause="IEEE 754-2019 3.4",
        breadth=3,
        applies=has_exact,
        change=_shifted(-1, lambda block: block.finite),
    ),
    Fault(
        name="rounding_carry_lost",
        cause="the carry out of rounding does not reach the exponent: 1.11..1 rounds up to 1.00..0 of the same binade",
        clause="IEEE 754-2019 4.3",
        breadth=1,
        applies=lambda job: has_exact(job) and reach.carries(job),
        change=_carry,
    ),
    Fault(
        name="subnormal_shift_short",
        cause="subnormal results are denormalised by one place too few",
        clause="IEEE 754-2019 3.4",
        breadth=1,
        applies=lambda job: reach.is_tiny(job) and not (_flushes(job) and _can_flush(job)),
        change=_shifted(1, lambda block: block.tiny),
    ),
    Fault(
        name="subnormal_shift_long",
        cause="subnormal results are denormalised by one place too many",
        clause="IEEE 754-2019 3.4",
        breadth=1,
        applies=lambda job: reach.is_tiny(job) and not (_flushes(job) and _can_flush(job)),
        change=_shifted(-1, lambda block: block.tiny),
    ),
)
