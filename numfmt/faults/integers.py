# SPDX-License-Identifier: BSD-3-Clause
"""Integers in and out: range rules, signedness, exponents as operands and results; and random bits."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from numfmt import _bind
from numfmt.columns import Column
from numfmt.faults import reach
from numfmt.faults.block import Array, Block, Change, floats, has_exact, to_integer
from numfmt.faults.fault import Fault
from numfmt.inttypes import IntType
from numfmt.jobs import Job
from numfmt.modes import INT_OVERFLOWS, ROUNDINGS, Flags, IntOverflow, Rounding

_RULES = {
    "saturate": "integers out of range saturate, NaN is 0",
    "riscv": "integers out of range saturate, NaN is the largest integer",
    "arm": "integers out of range saturate, NaN is 0",
    "x86_indefinite": "out of range and NaN are the integer indefinite, 80..0 (all ones if unsigned)",
    "wrap": "integers out of range wrap round",
}
_STOCHASTIC = tuple(name for name in ROUNDINGS if name.startswith("stochastic"))


def _rule(rule: IntOverflow) -> Callable[[Block], Change]:
    def change(block: Block) -> Change:
        rows = block.rows(block.flags & Flags.INVALID != 0)
        return block.changed(rows, block.again(rows, env=dataclasses.replace(block.job.env, int_overflow=rule)))

    return change


def _rule_applies(rule: IntOverflow) -> Callable[[Job], bool]:
    same = {"arm": "saturate"}

    def applies(job: Job) -> bool:
        if rule == "arm" or job.op.result != "int":  # saturate's twin
            return False
        mine = same.get(job.env.int_overflow, job.env.int_overflow)
        return mine != rule and ({mine, rule} != {"saturate", "riscv"} or reach.takes_nan(job))

    return applies


def _unrounded_range(block: Block) -> Change:
    """Judged on the truncated integer: what rounding takes out of range wraps."""
    env = block.job.env
    rows = block.rows(block.finite & (block.flags & Flags.INVALID != 0))
    _, cut = block.again(rows, env=dataclasses.replace(env, rounding="toward_zero", random_bits_count=0))
    rows = rows[cut & Flags.INVALID == 0]
    results, _ = block.again(rows, env=dataclasses.replace(env, int_overflow="wrap"))
    inexact = Flags.INEXACT if block.job.op.name == "to_int" else Flags(0)
    return Change(rows, results, np.full(rows.size, inexact, np.uint8))


def _rounds_out_of_range(job: Job) -> bool:
    """Is there a value between the last integer in range and the next one?"""
    to = job.result.type
    if not isinstance(to, IntType) or not reach.rounds(job) or job.env.rounding == "toward_zero":
        return False
    fmt = floats(job)[0]
    return (fmt.precision > to.width - to.signed and fmt.emax >= to.width - to.signed - 1) or (
        fmt.is_signed and not to.signed
    )


def _lowest(block: Block) -> Change:
    """The most negative integer counts as out of range."""
    to = block.job.result.type
    lowest = 1 << (to.width - 1)  # type: ignore[union-attr]
    rows = block.rows((block.results == lowest) & (block.flags & Flags.INVALID == 0))
    return block.with_flags(rows, np.full(rows.size, Flags.INVALID, np.uint8))


def _is_signed_result(job: Job) -> bool:
    to = job.result.type
    return job.op.result == "int" and isinstance(to, IntType) and to.signed


def _other_signedness(block: Block) -> Change:
    job = block.job
    flip = {
        "operands": tuple(_flipped(one) for one in job.operands),
        "result": _flipped(job.result),
    }
    wrong = dataclasses.replace(job, **flip)  # type: ignore[arg-type]
    rows = np.arange(block.size)
    return block.changed(rows, wrong.outcomes(block.codes, block.random))


def _flipped(column: Column) -> Column:
    one = column.type
    return Column(IntType(one.width, not one.signed)) if isinstance(one, IntType) else column


def _takes_or_makes_integers(job: Job) -> bool:
    return any(isinstance(one, IntType) for one in (*job.types, job.result.type)) and not job.env.compat


def _short_scale(block: Block) -> Change:
    """Only the low bits of the scale are seen: one more than the exponent field has."""
    type_ = block.job.types[1]
    kept = block.fmt.exponent_bits + 1
    numbers = block.codes[1].astype(np.uint64) << np.uint64(64 - kept)
    signed = (numbers.view(np.int64) >> (64 - kept)).view(np.uint64)
    mask = np.uint64((1 << type_.width) - 1)
    codes = [block.codes[0], (signed & mask).astype(block.codes[1].dtype)]
    rows = block.rows(codes[1] != block.codes[1])
    return block.changed(rows, block.again(rows, codes=[array[rows] for array in codes]))


def _logb_subnormal(block: Block) -> Change:
    """The exponent field, 0, less the bias."""
    fmt, operand = floats(block.job)[0], block.operands[0]
    if operand is None:
        return block.with_flags(np.arange(0), block.flags[:0])
    rows = block.rows((operand["kind"] == _bind.KIND_FINITE) & (operand["exp"] + 127 < fmt.emin))
    parts = np.zeros(rows.size, _bind.PARTS)
    number = fmt.emin - 1
    length = abs(number).bit_length()
    parts["sign"] = number < 0
    parts["kind"] = _bind.KIND_FINITE if number else _bind.KIND_ZERO
    parts["sig_hi"] = abs(number) << (64 - length) if number else 0
    parts["exp"] = length - 128
    return block.changed(rows, block.rerounded(rows, parts))


def _random(change_bits: Callable[[Array, int], Array]) -> Callable[[Block], Change]:
    """Other random bits; the count is the second argument."""

    def change(block: Block) -> Change:
        rows = block.rounded_rows
        random = np.zeros(block.size, np.uint32) if block.random is None else block.random
        other = change_bits(random[rows].astype(np.int64), block.job.env.random_bits_count)
        return block.changed(rows, block.again(rows, random=other.astype(np.uint32)))

    return change


def _reversed(bits: Array, count: int) -> Array:
    made = np.zeros_like(bits)
    for place in range(count):
        made |= (bits >> place & 1) << (count - 1 - place)
    return made


def _stochastic(job: Job) -> bool:
    return job.is_random and job.random_width > 0 and (has_exact(job) or to_integer(job)) and reach.rounds(job)


def _variant(rounding: Rounding) -> Callable[[Block], Change]:
    def change(block: Block) -> Change:
        rows = block.rounded_rows
        return block.changed(rows, block.again(rows, env=dataclasses.replace(block.job.env, rounding=rounding)))

    return change


def _variant_applies(rounding: Rounding) -> Callable[[Job], bool]:
    return lambda job: _stochastic(job) and job.env.rounding != rounding and reach.drops(job, job.random_width)


_RANDOM: dict[str, tuple[str, Callable[[Array, int], Array]]] = {
    "random_off_by_one": (
        "rounds up on > instead of >=: the threshold is one too high",
        lambda bits, _: np.maximum(bits - 1, 0),
    ),
    "random_one_too_many": (
        "one is added to the random bits: carry in stuck at 1",
        lambda bits, count: np.minimum(bits + 1, (1 << count) - 1),
    ),
    "random_reversed": ("the random bits arrive in reverse order", _reversed),
    "random_ignored": ("the random bits do not arrive: they are zero", lambda bits, _: bits * 0),
    "random_inverted": (
        "rounds up where the discarded bits exceed the random bits instead of where their sum carries",
        lambda bits, count: (1 << count) - 1 - bits,
    ),
}

FAULTS = (
    *(
        Fault(
            name=f"int_{rule}",
            cause=_RULES[rule],
            clause="IEEE 754-2019 5.8, Env.int_overflow",
            breadth=2,
            applies=_rule_applies(rule),
            change=_rule(rule),
        )
        for rule in INT_OVERFLOWS
        if rule != "arm"
    ),
    Fault(
        name="int_range_before_rounding",
        cause="the range is checked before rounding: what rounds out of range wraps",
        clause="IEEE 754-2019 5.8",
        breadth=1,
        applies=_rounds_out_of_range,
        change=_unrounded_range,
    ),
    Fault(
        name="int_lowest_out_of_range",
        cause="the most negative integer raises invalid: magnitudes are compared with the largest positive one",
        clause="IEEE 754-2019 5.8",
        breadth=1,
        applies=lambda job: _is_signed_result(job) and floats(job)[0].is_signed,
        change=_lowest,
    ),
    Fault(
        name="int_signedness",
        cause="signed and unsigned integers are confused",
        clause="IEEE 754-2019 5.4.1, 5.8",
        breadth=2,
        applies=_takes_or_makes_integers,
        change=_other_signedness,
    ),
    Fault(
        name="scale_too_short",
        cause="the scale is cut to one bit more than the exponent has: far scales wrap",
        clause="IEEE 754-2019 5.3.3",
        breadth=1,
        applies=lambda job: job.op.name == "scaleb" and job.types[1].width > job.result.type.exponent_bits + 1,  # type: ignore[union-attr]
        change=_short_scale,
    ),
    Fault(
        name="logb_of_subnormal",
        cause="logb of a subnormal is its exponent field less the bias: leading zeros are not counted",
        clause="IEEE 754-2019 5.3.3",
        breadth=1,
        applies=lambda job: job.op.name == "logb" and reach.takes_subnormals(job) and not job.env.daz,
        change=_logb_subnormal,
    ),
    *(
        Fault(
            name=name,
            cause=cause,
            clause="P3109 4.7.4",
            breadth=2,
            applies=_stochastic,
            change=_random(change),
        )
        for name, (cause, change) in _RANDOM.items()
    ),
    *(
        Fault(
            name=f"rounds_{rounding}",
            cause=f"rounds as {rounding.replace('_', ' ')}: another number of discarded bits is compared",
            clause="P3109 4.7.4",
            breadth=2,
            applies=_variant_applies(rounding),
            change=_variant(rounding),
        )
        for rounding in _STOCHASTIC
    ),
)
