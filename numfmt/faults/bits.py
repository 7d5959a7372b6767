# SPDX-License-Identifier: BSD-3-Clause
"""Predicates, classes, sign operations and neighbours that go wrong: operations on bits."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from numfmt import _bind
from numfmt.faults import reach, significands
from numfmt.faults.block import Array, Block, Change, floats
from numfmt.faults.fault import Fault
from numfmt.faults.nans import sign_bit
from numfmt.jobs import Job

_PREDICATES = "IEEE 754-2019 5.7.2"
_SIGNS = "IEEE 754-2019 5.5.1"
_NEXT = "IEEE 754-2019 5.3.1"
_SUBNORMAL = "is_subnormal"
#: By operation: of which operands it says what.
_Answers = dict[str, tuple[Callable[[Block], Array], int]]
#: classify: zeros for subnormals, NaNs of the other kind, +0 for -0.
_FLUSHED = np.array([0, 1, 2, 3, 5, 5, 6, 6, 8, 9], np.uint8)
_QUIET_FOR_SIGNALING = np.array([1, 0, 2, 3, 4, 5, 6, 7, 8, 9], np.uint8)
_UNSIGNED_ZERO = np.array([0, 1, 2, 3, 4, 6, 6, 7, 8, 9], np.uint8)


def _is(*names: str) -> Callable[[Job], bool]:
    return lambda job: job.op.name in names


def _kind(*kinds: int) -> Callable[[Block], Array]:
    def mask(block: Block) -> Array:
        found: Array = np.isin(_operand(block)["kind"], kinds)
        return found

    return mask


def _operand(block: Block) -> Array:
    operand = block.operands[0]
    if operand is None:
        raise TypeError(f"op is {block.job.op.name}: its first operand is no float")
    return operand


def _subnormal(block: Block) -> Array:
    found: Array = block.again(np.arange(block.size), op=_SUBNORMAL)[0] != 0
    return found


def _minus_zero(block: Block) -> Array:
    found: Array = _kind(_bind.KIND_ZERO)(block) & (_operand(block)["sign"] != 0)
    return found


_NAN = _kind(_bind.KIND_QUIET_NAN, _bind.KIND_SIGNALING_NAN)
_INF = _kind(_bind.KIND_INF)
_ZERO = _kind(_bind.KIND_ZERO)


def _answers(answers: _Answers) -> Callable[[Block], Change]:
    """Where the mask holds, the predicate says 0 or 1."""

    def change(block: Block) -> Change:
        mask, answer = answers[block.job.op.name]
        rows = block.rows(mask(block))
        return block.with_results(rows, np.full(rows.size, answer, np.uint8))

    return change


def _classes(classes: Array) -> Callable[[Block], Change]:
    return lambda block: block.with_results(np.arange(block.size), classes[block.results])


_SPECIALS: _Answers = {"is_nan": (_INF, 1), "is_infinite": (_NAN, 1), "is_finite": (_INF, 1)}
_SMALL: _Answers = {
    "is_normal": (_subnormal, 1),
    "is_subnormal": (_ZERO, 1),
    "is_zero": (_subnormal, 1),
    "is_finite": (_subnormal, 0),
}
_ZERO_SIGNS: _Answers = {"is_zero": (_minus_zero, 0), "is_sign_minus": (_minus_zero, 0)}
_NAN_SIGNS: _Answers = {"is_sign_minus": (_NAN, 0)}
_CANONICAL: _Answers = {"is_canonical": (_NAN, 0)}


def _has(answers: _Answers, has: Callable[[Job], bool]) -> Callable[[Job], bool]:
    return lambda job: job.op.name in answers and has(job)


def _signaling_inverted(block: Block) -> Change:
    """The quiet bit's meaning is the other way round, as in old MIPS and PA-RISC."""
    rows = block.rows(_NAN(block))
    return block.with_results(rows, block.results[rows] ^ np.uint8(1))


def _nan_untouched(block: Block) -> Change:
    rows = block.rows(_NAN(block))
    return block.with_results(rows, block.codes[0][rows])


def _sign_operation(block: Block) -> Change:
    """The sign is inverted, cleared, or the exclusive or of both: one operation for another."""
    minus = _operand(block)["sign"] != 0
    fmt, codes = block.fmt, block.codes[0]
    name = block.job.op.name
    if name == "negate":
        flip = minus
    elif name == "absolute":
        flip = np.ones(block.size, bool)
    else:
        second = block.operands[1]
        flip = np.zeros(block.size, bool) if second is None else second["sign"] != 0
    rows = block.rows(_usable(block))
    return block.with_results(rows, sign_bit(fmt, codes[rows], flip[rows]))


def _usable(block: Block) -> Array:
    """Operands of which every sign bit makes sense."""
    return np.ones(block.size, bool) if block.fmt.has_neg_zero else ~_ZERO(block) & ~_NAN(block)


def _next_operation(name: str) -> str:
    return "next_down" if name == "next_up" else "next_up"


def _next_ignores_sign(block: Block) -> Change:
    rows = block.rows((_operand(block)["sign"] != 0) & ~_NAN(block) & ~_ZERO(block))
    return block.changed(rows, block.again(rows, op=_next_operation(block.job.op.name)))


def _next_at_binade(block: Block) -> Change:
    """Away from zero the fraction goes round and the exponent stays; not for the last number."""
    fmt, operand, values = block.fmt, _operand(block), block.values
    finite = (operand["kind"] == _bind.KIND_FINITE) & (values["kind"] == _bind.KIND_FINITE)
    rises = finite & (values["exp"] > operand["exp"]) & (operand["exp"] + 127 >= fmt.emin - 1)
    rows = block.rows(rises & (values["exp"] + 127 > fmt.emin))
    down = values.take(rows)
    down["exp"] -= 1
    return block.with_results(rows, significands.in_format(fmt, down))


def _next_of_zero(block: Block) -> Change:
    """The zero of the other sign counts as a neighbour."""
    minus = _operand(block)["sign"] != 0
    wrong = _ZERO(block) & (minus if block.job.op.name == "next_up" else ~minus)
    rows = block.rows(wrong)
    every = np.ones(rows.size, bool)
    return block.with_results(rows, sign_bit(block.fmt, block.codes[0][rows], every))


def _next_beyond_max(block: Block) -> Change:
    """The largest number is its own neighbour."""
    rows = block.rows((_operand(block)["kind"] == _bind.KIND_FINITE) & (block.values["kind"] == _bind.KIND_INF))
    return block.with_results(rows, block.codes[0][rows])


_TO_EXACT = {"to_int_not_exact": "to_int", "round_to_integral_not_exact": "round_to_integral"}


def _exact_flag(block: Block) -> Change:
    rows = np.arange(block.size)
    return block.changed(rows, block.again(rows, op=_TO_EXACT[block.job.op.name]))


FAULTS = (
    Fault(
        name="specials_confused",
        cause="Inf and NaN are not told apart, or Inf counts as finite: only the exponent is looked at",
        clause=_PREDICATES,
        breadth=1,
        applies=_has(_SPECIALS, lambda job: floats(job)[0].has_inf and reach.takes_nan(job)),
        change=_answers(_SPECIALS),
    ),
    Fault(
        name="subnormals_confused",
        cause="subnormals are not told from zeros or normals",
        clause=_PREDICATES,
        breadth=1,
        applies=_has(_SMALL, lambda job: floats(job)[0].min_subnormal is not None),
        change=_answers(_SMALL),
    ),
    Fault(
        name="classify_subnormal_as_zero",
        cause="subnormals are classified as zeros",
        clause=_PREDICATES,
        breadth=1,
        applies=lambda job: job.op.name == "classify" and floats(job)[0].min_subnormal is not None,
        change=_classes(_FLUSHED),
    ),
    Fault(
        name="classify_minus_zero",
        cause="-0 is classified as +0",
        clause=_PREDICATES,
        breadth=1,
        applies=lambda job: job.op.name == "classify" and floats(job)[0].has_neg_zero,
        change=_classes(_UNSIGNED_ZERO),
    ),
    Fault(
        name="quiet_bit_inverted",
        cause="the quiet bit has the opposite meaning: quiet NaNs count as signalling (old MIPS and PA-RISC)",
        clause="IEEE 754-2019 6.2.1",
        breadth=2,
        applies=lambda job: job.op.name == "is_signaling" and reach.takes_signaling(job),
        change=_signaling_inverted,
    ),
    Fault(
        name="classify_quiet_bit_inverted",
        cause="the quiet bit has the opposite meaning: classes of NaNs are swapped",
        clause="IEEE 754-2019 6.2.1",
        breadth=2,
        applies=lambda job: job.op.name == "classify" and reach.takes_signaling(job),
        change=_classes(_QUIET_FOR_SIGNALING),
    ),
    Fault(
        name="minus_zero_unsigned",
        cause="-0 is no zero, or has no sign",
        clause=_PREDICATES,
        breadth=1,
        applies=_has(_ZERO_SIGNS, lambda job: floats(job)[0].has_neg_zero),
        change=_answers(_ZERO_SIGNS),
    ),
    Fault(
        name="nan_sign_not_seen",
        cause="the sign of a NaN is not seen",
        clause=_PREDICATES,
        breadth=1,
        applies=_has(_NAN_SIGNS, lambda job: reach.takes_nan(job) and floats(job)[0].is_signed),
        change=_answers(_NAN_SIGNS),
    ),
    Fault(
        name="nan_not_canonical",
        cause="NaNs count as non-canonical",
        clause=_PREDICATES,
        breadth=2,
        applies=_has(_CANONICAL, reach.takes_nan),
        change=_answers(_CANONICAL),
    ),
    Fault(
        name="nan_untouched",
        cause="NaNs pass a sign operation unchanged",
        clause=_SIGNS,
        breadth=1,
        applies=lambda job: (
            job.op.name in ("negate", "absolute", "copysign") and reach.takes_nan(job) and floats(job)[0].has_neg_zero
        ),
        change=_nan_untouched,
    ),
    Fault(
        name="sign_operation",
        cause="one sign operation for another: absolute for negate, negate for absolute, xor of the signs for copysign",
        clause=_SIGNS,
        breadth=3,
        applies=_is("negate", "absolute", "copysign"),
        change=_sign_operation,
    ),
    Fault(
        name="next_ignores_sign",
        cause="the code is incremented whatever its sign: negative numbers go the wrong way",
        clause=_NEXT,
        breadth=2,
        applies=lambda job: job.op.name in ("next_up", "next_down") and floats(job)[0].is_signed,
        change=_next_ignores_sign,
    ),
    Fault(
        name="next_stuck_in_binade",
        cause="the carry out of the fraction does not reach the exponent: the next binade is not entered",
        clause=_NEXT,
        breadth=1,
        applies=_is("next_up", "next_down"),
        change=_next_at_binade,
    ),
    Fault(
        name="next_of_zero",
        cause="the zero of the other sign counts as the neighbour of a zero",
        clause=_NEXT,
        breadth=1,
        applies=lambda job: job.op.name in ("next_up", "next_down") and floats(job)[0].has_neg_zero,
        change=_next_of_zero,
    ),
    Fault(
        name="next_stops_at_max",
        cause="the largest number is its own neighbour: Inf is not reached",
        clause=_NEXT,
        breadth=1,
        applies=lambda job: job.op.name in ("next_up", "next_down") and floats(job)[0].has_inf,
        change=_next_beyond_max,
    ),
    Fault(
        name="inexact_raised_anyway",
        cause="inexact is raised where the operation is the one that does not tell",
        clause="IEEE 754-2019 5.8, 5.9",
        breadth=2,
        applies=lambda job: job.op.name in _TO_EXACT and reach.rounds(job),
        change=_exact_flag,
    ),
)
