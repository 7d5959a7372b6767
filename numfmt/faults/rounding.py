# SPDX-License-Identifier: BSD-3-Clause
"""Other roundings: another direction, wrong ties, sticky bits lost or stuck, two roundings in a row."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from numfmt import formats
from numfmt.faults import reach, significands
from numfmt.faults.block import Array, Block, Change, destination, has_exact, to_integer
from numfmt.faults.fault import Fault
from numfmt.jobs import Job
from numfmt.modes import ROUNDINGS, Env, Rounding

_CLAUSE = "IEEE 754-2019 4.3"
_DETERMINISTIC = tuple(name for name in ROUNDINGS if not name.startswith("stochastic"))
_CAUSES = {
    "ties_even": "rounds to nearest, ties to even, whatever the mode: the rounding mode does not arrive",
    "ties_away": "ties go away from zero: half is added and the rest cut off",
    "toward_zero": "truncates: the discarded bits are ignored",
    "toward_positive": "rounds toward +inf: mode decoded as round-up",
    "toward_negative": "rounds toward -inf: mode decoded as round-down, or two's complement truncated",
    "to_odd": "rounds to odd: the sticky bit is jammed into the last bit instead of deciding",
}


def with_rounding(env: Env, rounding: Rounding) -> Env:
    """The environment with another rounding that needs no random bits."""
    return dataclasses.replace(env, rounding=rounding, random_bits_count=0)


def _in_mode(rounding: Rounding) -> Callable[[Block], Change]:
    def change(block: Block) -> Change:
        rows = block.rounded_rows
        return block.changed(rows, block.again(rows, env=with_rounding(block.job.env, rounding)))

    return change


def _mode_applies(rounding: Rounding) -> Callable[[Job], bool]:
    def applies(job: Job) -> bool:
        pair = {job.env.rounding, rounding}
        if job.env.rounding == rounding or not reach.rounds(job):
            return False
        if pair == {"ties_even", "ties_away"}:
            return reach.ties(job)
        return pair != {"toward_zero", "toward_negative"} or reach.has_sign(job)

    return applies


def _exact_rounds(job: Job) -> bool:
    return (has_exact(job) or to_integer(job)) and reach.rounds(job)


def by_sign(block: Block, rows: Array, positive: Rounding, negative: Rounding) -> Change:
    """Two modes, chosen by the exact result's sign."""
    minus = block.negative[rows]
    halves = (rows[~minus], positive), (rows[minus], negative)
    changes = [
        block.rerounded(half, block.exact.take(half), with_rounding(block.job.env, mode)) for half, mode in halves
    ]
    results, flags = (np.concatenate(column) for column in zip(*changes, strict=True))
    return Change(np.concatenate([half for half, _ in halves]), results, flags)


def _inexact_rows(block: Block) -> Array:
    return block.rows(block.finite & (block.inexact if has_exact(block.job) else True))


def _away(block: Block) -> Change:
    return by_sign(block, _inexact_rows(block), "toward_positive", "toward_negative")


def _unsigned_direction(block: Block) -> Change:
    """A directed mode that looks at no sign turns round for negative results."""
    other: Rounding = "toward_negative" if block.job.env.rounding == "toward_positive" else "toward_positive"
    rows = block.rows(block.finite & block.negative)
    return block.changed(rows, block.rerounded(rows, block.exact.take(rows), with_rounding(block.job.env, other)))


def _tie_rows(block: Block) -> Array:
    rows = block.rows(block.finite)
    return rows[significands.ties(block, rows)]


def _ties(positive: Rounding, negative: Rounding) -> Callable[[Block], Change]:
    return lambda block: by_sign(block, _tie_rows(block), positive, negative)


def _tied(job: Job) -> bool:
    return job.env.rounding in ("ties_even", "ties_away") and _exact_rounds(job) and reach.ties(job)


def _kept(bits: int) -> Callable[[Block], Change]:
    """Only so many bits below the last one are seen."""

    def change(block: Block) -> Change:
        place = block.guard - (bits - 1)
        rows = block.rows(block.finite & significands.any_below(block.exact, place))
        return block.changed(rows, block.rerounded(rows, significands.cut_below(block.exact.take(rows), place[rows])))

    return change


def _stuck(block: Block) -> Change:
    rows = block.rows(block.finite)
    return block.changed(rows, block.rerounded(rows, significands.with_sticky(block.exact.take(rows))))


def _via(name: str) -> Callable[[Block], Change]:
    fmt = formats.format(name)

    def change(block: Block) -> Change:
        rows = block.rows(block.finite & block.inexact)
        random = None if block.random is None else block.random[rows]
        env = with_rounding(block.job.env, "ties_even") if block.job.is_random else block.job.env
        env = dataclasses.replace(env, rounding_precision=None, ftz="off", overflow=None)
        parts, first = significands.step(block.exact.take(rows), fmt, env, random)
        results, flags = block.rerounded(rows, parts)
        return Change(rows, results, flags | first)

    return change


def _via_applies(name: str) -> Callable[[Job], bool]:
    fmt = formats.format(name)
    return lambda job: reach.matters_at(job, fmt.precision) and job.result.type != fmt


def _twice(more: int) -> Callable[[Block], Change]:
    """To ``more`` bits than the destination has, with unbounded exponent, then into it."""

    def change(block: Block) -> Change:
        rows = block.rows(block.finite & block.inexact)
        env = with_rounding(block.job.env, "ties_even") if block.job.is_random else block.job.env
        env = dataclasses.replace(env, rounding_precision=None, ftz="off", overflow=None)
        fmt = significands.unbounded(block.fmt.precision + more)
        parts, first = significands.step(block.exact.take(rows), fmt, env)
        results, flags = block.rerounded(rows, parts)
        return Change(rows, results, flags | first)

    return change


def _twice_applies(more: int) -> Callable[[Job], bool]:
    def applies(job: Job) -> bool:
        fmt = destination(job)
        if fmt is None or fmt.width > 64:
            return False
        return reach.matters_at(job, fmt.precision + more) and (more > 0 or reach.underflows(job))

    return applies


FAULTS = (
    *(
        Fault(
            name=f"rounds_{rounding}",
            cause=_CAUSES[rounding],
            clause=_CLAUSE,
            breadth=2 if rounding.startswith("ties") else 3,
            applies=_mode_applies(rounding),
            change=_in_mode(rounding),
        )
        for rounding in _DETERMINISTIC
    ),
    Fault(
        name="rounds_away_from_zero",
        cause="every inexact magnitude is rounded up: increment on any discarded bit, sign not looked at",
        clause=_CLAUSE,
        breadth=3,
        applies=lambda job: _exact_rounds(job) and (reach.has_sign(job) or job.env.rounding != "toward_positive"),
        change=_away,
    ),
    Fault(
        name="rounding_ignores_sign",
        cause="the directed mode is applied to the magnitude: the sign does not reach the rounder",
        clause=f"{_CLAUSE}.2",
        breadth=2,
        applies=lambda job: (
            job.env.rounding in ("toward_positive", "toward_negative") and _exact_rounds(job) and reach.has_sign(job)
        ),
        change=_unsigned_direction,
    ),
    Fault(
        name="ties_toward_zero",
        cause="ties go toward zero: the rounder asks for more than half and forgets the even case",
        clause=f"{_CLAUSE}.1",
        breadth=2,
        applies=_tied,
        change=_ties("toward_zero", "toward_zero"),
    ),
    Fault(
        name="ties_toward_positive",
        cause="ties go toward +inf: half is added in two's complement, then the rest is cut off",
        clause=f"{_CLAUSE}.1",
        breadth=2,
        applies=_tied,
        change=_ties("toward_positive", "toward_zero"),
    ),
    Fault(
        name="ties_to_odd",
        cause="ties go to the odd neighbour: the last bit is inverted in the tie test",
        clause=f"{_CLAUSE}.1",
        breadth=2,
        applies=_tied,
        change=_ties("to_odd", "to_odd"),
    ),
    Fault(
        name="sticky_lost",
        cause="the sticky bit is not computed: only the guard bit is seen, the rest of the discarded bits is lost",
        clause=_CLAUSE,
        breadth=2,
        applies=lambda job: reach.drops(job, 1) and _exact_rounds(job),
        change=_kept(1),
    ),
    Fault(
        name="sticky_lost_below_round",
        cause="guard and round bit are seen, what lies below them (remainder, low half of the product) is lost",
        clause=_CLAUSE,
        breadth=2,
        applies=lambda job: reach.drops(job, 2) and _exact_rounds(job),
        change=_kept(2),
    ),
    Fault(
        name="sticky_stuck",
        cause="the sticky bit is stuck at 1: exact results are inexact, ties lie above half",
        clause=_CLAUSE,
        breadth=2,
        applies=lambda job: (has_exact(job) or to_integer(job)) and job.op.rounds,
        change=_stuck,
    ),
    *(
        Fault(
            name=f"double_rounding_{name}",
            cause=f"rounded to {name} first, then to the destination",
            clause="IEEE 754-2019 4.3, 5.1",
            breadth=1,
            applies=_via_applies(name),
            change=_via(name),
        )
        for name in ("binary32", "binary64", "x87_extended")
    ),
    *(
        Fault(
            name=f"double_rounding_plus_{more}",
            cause=f"rounded to {more} more bits first, then to the destination",
            clause="IEEE 754-2019 4.3, 5.1",
            breadth=1,
            applies=_twice_applies(more),
            change=_twice(more),
        )
        for more in (1, 2, 3)
    ),
    Fault(
        name="subnormal_rounded_twice",
        cause="rounded to full precision, then denormalised and rounded again",
        clause="IEEE 754-2019 4.3, 7.5",
        breadth=1,
        applies=_twice_applies(0),
        change=_twice(0),
    ),
)
