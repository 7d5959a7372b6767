# SPDX-License-Identifier: BSD-3-Clause
"""Datapaths of sums and products that go wrong: alignment, cancellation, carries, unfused fma, operands swapped."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from numfmt import _bind, ops
from numfmt.columns import Column
from numfmt.faults import reach, significands
from numfmt.faults.block import Array, Block, Change, Outcomes, destination, floats, has_exact
from numfmt.faults.fault import Fault
from numfmt.formats import Format
from numfmt.jobs import Job

_SUMS = ("add", "sub", "faa", "fma")
_ONE_ROUNDING = "IEEE 754-2019 5.1, 5.4.1"
_NONE = -(1 << 30)


def _is(*names: str) -> Callable[[Job], bool]:
    return lambda job: job.op.name in names


def _tops(block: Block) -> list[Array]:
    """Exponents of the addends; far below where one is zero, Inf or NaN."""
    tops = [
        np.where(operand["kind"] == _bind.KIND_FINITE, operand["exp"].astype(np.int64) + 127, _NONE)
        for operand in block.operands
        if operand is not None
    ]
    if block.job.op.name == "fma":
        a, b, c = tops
        return [np.maximum(a + b, _NONE), c]
    return tops


def _aligned(more: int) -> Callable[[Block], Change]:
    """Addends lose what lies more than ``more`` places below the last bit of the largest one."""

    def change(block: Block) -> Change:
        tops = _tops(block)
        last = np.max(tops, axis=0) - (block.fmt.precision - 1) - more
        places = range(2, 3) if block.job.op.name == "fma" else range(len(block.codes))
        cut = np.zeros(block.size, bool)
        codes = list(block.codes)
        for place in places:
            operand, fmt = block.operands[place], block.job.types[place]
            if operand is None or not isinstance(fmt, Format):
                continue
            weight = last - operand["exp"].astype(np.int64)
            loses = (operand["kind"] == _bind.KIND_FINITE) & block.finite & significands.any_below(operand, weight)
            rows = block.rows(loses)
            codes[place] = block.codes[place].copy()
            codes[place][rows] = significands.in_format(fmt, significands.cut_below(operand.take(rows), weight[rows]))
            cut |= loses
        rows = block.rows(cut)
        return block.changed(rows, block.again(rows, codes=[array[rows] for array in codes]))

    return change


def _aligns(more: int) -> Callable[[Job], bool]:
    return lambda job: job.op.name in _SUMS and has_exact(job) and reach.drops(job, more)


def _cancelled(block: Block) -> Change:
    """After the loss of two leading bits and more the leading zeros are miscounted by one."""
    rows = block.rows(block.finite & (block.exponents < np.max(_tops(block), axis=0) - 1))
    return block.changed(rows, block.rerounded(rows, significands.scaled(block.exact.take(rows), 1)))


def _carried(block: Block) -> Change:
    """The carry out of a sum, or the second place of a product before the point, is not put into the exponent."""
    tops = _tops(block)
    top = sum(tops) if block.job.op.name == "mul" else np.max(tops, axis=0)
    rows = block.rows(block.finite & (block.exponents > top))
    return block.changed(rows, block.rerounded(rows, significands.scaled(block.exact.take(rows), -1)))


def _steps(first: str, then: str, to: Callable[[Job], Format]) -> Callable[[Block], Change]:
    """``first`` on the first two operands into a format, then ``then`` with the third; flags of both."""

    def change(block: Block) -> Change:
        job, rows = block.job, block.rounded_rows
        a, b, c = (array[rows] for array in block.codes)
        random = None if block.random is None else block.random[rows]
        middle, last = to(job), block.fmt
        one = _apply(job, first, [a, b], (job.types[0], job.types[1]), middle, random)
        two = _apply(job, then, [one[0], c], (middle, job.types[2]), last, random)
        return Change(rows, two[0], one[1] | two[1])

    return change


def _apply(
    job: Job, op: str, codes: list[Array], types: tuple[ops.Type, ...], to: Format, random: Array | None
) -> Outcomes:
    operands = tuple(Column(one) for one in types)
    env = job.env
    if env.rounding_precision and not _is_like(to, destination(job)):
        env = dataclasses.replace(env, rounding_precision=None)
    step = dataclasses.replace(job, op=ops.OPS[op], operands=operands, result=Column(to), env=env)
    return step.outcomes(codes, random if step.is_random else None)


def _is_like(fmt: Format, other: Format | None) -> bool:
    return fmt == other


def _other_op(name: str, *, flags: bool = True) -> Callable[[Block], Change]:
    """Another operation of the table on the same operands."""

    def change(block: Block) -> Change:
        rows = np.arange(block.size)
        results, raised = block.again(rows, op=name)
        return Change(rows, results, raised) if flags else block.with_results(rows, results)

    return change


def _swapped(block: Block) -> Change:
    rows = np.arange(block.size)
    return block.changed(rows, block.again(rows, codes=block.codes[::-1]))


def _opposite(place: int) -> Callable[[Block], Change]:
    """One operand with its sign inverted, unless it is a NaN."""

    def change(block: Block) -> Change:
        fmt = floats(block.job)[place]
        nan = block.operands_are(_bind.KIND_QUIET_NAN, _bind.KIND_SIGNALING_NAN)
        rows = block.rows(~nan)
        codes = [array[rows] for array in block.codes]
        codes[place] = ops.apply("negate", (codes[place],), fmt)
        return block.changed(rows, block.again(rows, codes=codes))

    return change


_SWAPPABLE = ("sub", "div", "remainder", "fmod", "copysign", "total_order", "total_order_mag")
_ORDERED = ("lt", "le", "gt", "ge", "not_lt", "not_le", "not_gt", "not_ge")


def _can_swap(job: Job) -> bool:
    ordered = job.op.name.removesuffix("_quiet") in _ORDERED
    return (ordered or job.op.name in _SWAPPABLE) and len(set(job.types)) == 1


FAULTS = (
    Fault(
        name="alignment_no_guard",
        cause="the smaller addend is cut off at the last bit of the larger one: no guard bits in the adder",
        clause=_ONE_ROUNDING,
        breadth=2,
        applies=_aligns(0),
        change=_aligned(0),
    ),
    Fault(
        name="alignment_no_sticky",
        cause="the alignment shift drops bits instead of jamming them: three guard bits, no sticky bit",
        clause=_ONE_ROUNDING,
        breadth=1,
        applies=_aligns(3),
        change=_aligned(3),
    ),
    Fault(
        name="cancellation_off_by_one",
        cause="normalisation after cancellation is off by one: the leading-zero anticipation is not corrected",
        clause=_ONE_ROUNDING,
        breadth=2,
        applies=lambda job: job.op.name in _SUMS and has_exact(job),
        change=_cancelled,
    ),
    Fault(
        name="carry_out_lost",
        cause="a significand of two and more is shifted down, but the exponent is not incremented",
        clause=_ONE_ROUNDING,
        breadth=2,
        applies=lambda job: job.op.name in (*_SUMS, "mul") and has_exact(job),
        change=_carried,
    ),
    Fault(
        name="fma_unfused",
        cause="the product is rounded to the result's format before the addition: fma made of mul and add",
        clause="IEEE 754-2019 2.1.28, 5.4.1",
        breadth=2,
        applies=lambda job: job.op.name == "fma" and has_exact(job),
        change=_steps("mul", "add", lambda job: job.result.type),  # type: ignore[arg-type, return-value]
    ),
    Fault(
        name="fma_product_narrow",
        cause="the product is rounded to the format of the first operand before the addition",
        clause="IEEE 754-2019 2.1.28, 5.4.1",
        breadth=2,
        applies=lambda job: job.op.name == "fma" and has_exact(job) and floats(job)[0] != job.result.type,
        change=_steps("mul", "add", lambda job: floats(job)[0]),
    ),
    Fault(
        name="faa_rounded_twice",
        cause="the first sum is rounded before the third addend comes: two additions in a row",
        clause="P3109 v4.0 4.10.5",
        breadth=2,
        applies=lambda job: job.op.name == "faa" and has_exact(job),
        change=_steps("add", "add", lambda job: job.result.type),  # type: ignore[arg-type, return-value]
    ),
    Fault(
        name="operands_swapped",
        cause="the operands are swapped: b - a for a - b",
        clause="IEEE 754-2019 5.4.1",
        breadth=3,
        applies=_can_swap,
        change=_swapped,
    ),
    Fault(
        name="subtracts",
        cause="the second addend is taken with the wrong sign: add and sub confused",
        clause="IEEE 754-2019 5.4.1",
        breadth=3,
        applies=lambda job: job.op.name in ("add", "sub", "faa") and floats(job)[1].has_neg_zero and has_exact(job),
        change=_opposite(1),
    ),
    Fault(
        name="fma_negated_addend",
        cause="the addend is subtracted: fmsub for fmadd",
        clause="IEEE 754-2019 5.4.1",
        breadth=3,
        applies=lambda job: job.op.name == "fma" and floats(job)[2].has_neg_zero and has_exact(job),
        change=_opposite(2),
    ),
    Fault(
        name="remainder_truncated",
        cause="the quotient is truncated instead of rounded to the nearest integer: fmod for remainder",
        clause="IEEE 754-2019 5.3.1",
        breadth=3,
        applies=_is("remainder"),
        change=_other_op("fmod"),
    ),
    Fault(
        name="fmod_to_nearest",
        cause="the quotient is rounded to the nearest integer instead of truncated: remainder for fmod",
        clause="C23 7.12.10.1",
        breadth=3,
        applies=_is("fmod"),
        change=_other_op("remainder"),
    ),
)
