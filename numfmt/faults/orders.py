# SPDX-License-Identifier: BSD-3-Clause
"""Comparisons, minima and maxima, predicates, sign operations and neighbours that go wrong."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from numfmt import _bind, ops
from numfmt.faults import reach
from numfmt.faults.block import Array, Block, Change, destination, floats
from numfmt.faults.fault import Fault
from numfmt.faults.nans import sign_bit
from numfmt.jobs import Job
from numfmt.modes import Flags

_COMPARE = "IEEE 754-2019 5.11"
_SELECT = "IEEE 754-2019 9.6"
_QUIET, _SIGNALING = _bind.KIND_QUIET_NAN, _bind.KIND_SIGNALING_NAN
_STRICT = {"lt": "le", "le": "lt", "gt": "ge", "ge": "gt"}


def _compares(job: Job) -> bool:
    return job.op.result == "bool" and len(job.op.operands) == 2 and not job.op.name.startswith("total_order")


def _orders(job: Job) -> bool:
    """A comparison that numbers decide."""
    return _compares(job) and job.op.name not in ("ordered", "unordered")


def _selects(job: Job) -> bool:
    return job.op.name.startswith(("min", "max"))


def _kinds(block: Block, kind: int) -> list[Array]:
    return [operand["kind"] == kind for operand in block.operands if operand is not None]


def _negative(block: Block) -> list[Array]:
    return [operand["sign"] != 0 for operand in block.operands if operand is not None]


def _flipped_rows(block: Block, mask: Array) -> Change:
    rows = block.rows(mask)
    return block.with_results(rows, block.results[rows] ^ np.uint8(1))


def _nan_compares(block: Block) -> Change:
    return _flipped_rows(block, block.has_nan)


def _other_signal(block: Block) -> Change:
    rows = block.rows(block.operands_are(_QUIET) & ~block.operands_are(_SIGNALING))
    return block.with_flags(rows, block.flags[rows] ^ np.uint8(Flags.INVALID))


def _opposite_zeros(block: Block) -> Array:
    """Both operands are zeros, of different signs."""
    a, b = _kinds(block, _bind.KIND_ZERO)
    minus = _negative(block)
    found: Array = a & b & (minus[0] != minus[1])
    return found


def _zeros_differ(block: Block) -> Change:
    """As if -0 were a number below +0."""
    rows = block.rows(_opposite_zeros(block))
    codes = []
    for fmt, array, minus in zip(floats(block.job), block.codes, _negative(block), strict=True):
        made = array[rows].copy()
        if fmt.is_signed:
            made[minus[rows]] = _element(fmt.lowest_code, made)
        codes.append(made)
    return block.changed(rows, block.again(rows, codes=codes))


def _element(code: int, like: Array) -> object:
    return (code & (2**64 - 1), code >> 64) if like.dtype.names else code


def _magnitudes(block: Block) -> Change:
    """Signs are not looked at."""
    rows = block.rows(~block.has_nan)
    codes = []
    for fmt, array, minus in zip(floats(block.job), block.codes, _negative(block), strict=True):
        codes.append(sign_bit(fmt, array[rows], minus[rows]) if fmt.has_neg_zero else array[rows])
    return block.changed(rows, block.again(rows, codes=codes))


def _as_integers(block: Block) -> Change:
    """Codes of negative numbers rise with the magnitude: as integers they are the other way round."""
    minus = _negative(block)
    rows = block.rows(~block.has_nan & minus[0] & minus[1])
    return block.changed(rows, block.again(rows, codes=[array[rows] for array in block.codes[::-1]]))


def _strictness(name: str) -> str | None:
    """The comparison with equality the other way round."""
    prefix = "not_" if name.startswith("not_") else ""
    stem, _, tail = name.removeprefix("not_").partition("_")
    return f"{prefix}{_STRICT[stem]}{'_' if tail else ''}{tail}" if stem in _STRICT else None


def _as(other: Callable[[str], str | None], *, flags: bool = True) -> Callable[[Block], Change]:
    """Another operation of the table."""

    def change(block: Block) -> Change:
        rows = np.arange(block.size)
        results, raised = block.again(rows, op=other(block.job.op.name))
        return Change(rows, results, raised) if flags else block.with_results(rows, results)

    return change


def _has(other: Callable[[str], str | None]) -> Callable[[Job], bool]:
    return lambda job: (name := other(job.op.name)) is not None and name != job.op.name


def _families(name: str) -> tuple[str, bool, bool] | None:
    """(min or max, by magnitude?, in 754-2008's spelling?) of a minimum or maximum."""
    if not name.startswith(("min", "max")):
        return None
    return name[:3], "mag" in name, "_num" in name and "_number" not in name


def _select(kind: str) -> Callable[[str], str | None]:
    """The operation that treats NaNs as ``kind``: nan, number or 2008."""

    def other(name: str) -> str | None:
        family = _families(name)
        if family is None:
            return None
        stem, magnitude, _ = family
        if kind == "2008":
            return f"{stem}_num{'_mag' if magnitude else ''}"
        return f"{stem}imum{'_magnitude' if magnitude else ''}{'_number' if kind == 'number' else ''}"

    return other


def _nan_matters(job: Job, kind: str) -> bool:
    """754-2008's and 754-2019's rules for numbers differ in signalling NaNs only."""
    other = "2008" if kind == "number" else "number"
    return reach.takes_signaling(job) if job.op.name == _select(other)(job.op.name) else reach.takes_nan(job)


def _opposite_select(name: str) -> str | None:
    family = _families(name)
    return None if family is None else {"min": "max", "max": "min"}[family[0]] + name[3:]


def _other_measure(name: str) -> str | None:
    """By magnitude for by value, and the other way round."""
    family = _families(name)
    if family is None:
        return None
    stem, magnitude, is_2008 = family
    if is_2008:
        return f"{stem}_num{'' if magnitude else '_mag'}"
    return f"{stem}imum{'' if magnitude else '_magnitude'}{'_number' if name.endswith('_number') else ''}"


def _of_zeros(place: int) -> Callable[[Block], Change]:
    def change(block: Block) -> Change:
        rows = block.rows(_opposite_zeros(block))
        chosen = block.codes[place][rows]
        job = block.job
        zero = ops.apply("convert", (chosen,), floats(job)[place], to=block.fmt)
        return Change(rows, zero, np.zeros(rows.size, np.uint8))

    return change


def _total(name: str) -> str | None:
    return {"total_order": "total_order_mag", "total_order_mag": "total_order"}.get(name)


def _total_zeros(block: Block) -> Change:
    """-0 and +0 are the same."""
    rows = block.rows(_opposite_zeros(block))
    return block.with_results(rows, np.ones(rows.size, np.uint8))


def _total_nans(block: Block) -> Change:
    """NaNs are no place in the order."""
    rows = block.rows(block.has_nan)
    return block.with_results(rows, np.zeros(rows.size, np.uint8))


FAULTS = (
    Fault(
        name="nan_compares",
        cause="a comparison with a NaN has the other truth value: NaNs are compared as numbers, or not recognised",
        clause=_COMPARE,
        breadth=2,
        applies=lambda job: _compares(job) and reach.takes_nan(job),
        change=_nan_compares,
    ),
    Fault(
        name="quiet_and_signaling_swapped",
        cause="a quiet NaN raises invalid in a quiet comparison, or none in a signalling one",
        clause="IEEE 754-2019 5.6.1, 5.11",
        breadth=1,
        applies=lambda job: _compares(job) and reach.takes_nan(job),
        change=_other_signal,
    ),
    Fault(
        name="zeros_differ",
        cause="-0 is below +0: codes are compared before zeros are recognised",
        clause=_COMPARE,
        breadth=1,
        applies=lambda job: _orders(job) and any(one.has_neg_zero for one in floats(job)),
        change=_zeros_differ,
    ),
    Fault(
        name="magnitudes_compared",
        cause="signs are not looked at: magnitudes are compared",
        clause=_COMPARE,
        breadth=3,
        applies=lambda job: _orders(job) and any(one.has_neg_zero for one in floats(job)),
        change=_magnitudes,
    ),
    Fault(
        name="negatives_reversed",
        cause="two negative operands are compared the wrong way round: codes compared as integers",
        clause=_COMPARE,
        breadth=2,
        applies=lambda job: (
            _orders(job)
            and "eq" not in job.op.name
            and "ne" not in job.op.name
            and len(set(job.types)) == 1
            and floats(job)[0].is_signed
        ),
        change=_as_integers,
    ),
    Fault(
        name="equality_swapped",
        cause="equal operands are on the wrong side: < for <=, or <= for <",
        clause=_COMPARE,
        breadth=1,
        applies=_has(_strictness),
        change=_as(_strictness),
    ),
    Fault(
        name="minmax_propagates_nan",
        cause="a NaN operand makes the result NaN: minimum for minimumNumber",
        clause=_SELECT,
        breadth=1,
        applies=lambda job: _has(_select("nan"))(job) and reach.takes_nan(job),
        change=_as(_select("nan")),
    ),
    Fault(
        name="minmax_drops_nan",
        cause="a NaN operand is ignored: minimumNumber for minimum, or 754-2019's rule for signalling NaNs",
        clause=_SELECT,
        breadth=1,
        applies=lambda job: _has(_select("number"))(job) and _nan_matters(job, "number"),
        change=_as(_select("number")),
    ),
    Fault(
        name="minmax_2008",
        cause="NaN operands as in IEEE 754-2008: a quiet one is ignored, a signalling one makes a NaN",
        clause=_SELECT,
        breadth=1,
        applies=lambda job: _has(_select("2008"))(job) and _nan_matters(job, "2008"),
        change=_as(_select("2008")),
    ),
    Fault(
        name="minmax_swapped",
        cause="minimum and maximum are confused",
        clause=_SELECT,
        breadth=3,
        applies=_selects,
        change=_as(_opposite_select),
    ),
    Fault(
        name="minmax_other_measure",
        cause="magnitudes are compared instead of values, or the other way round",
        clause=_SELECT,
        breadth=2,
        applies=_selects,
        change=_as(_other_measure),
    ),
    *(
        Fault(
            name=f"minmax_{word}_zero",
            cause=f"-0 and +0 are the same to it: the {word} operand is delivered",
            clause=_SELECT,
            breadth=1,
            applies=lambda job: (
                _selects(job)
                and all(one.has_neg_zero for one in floats(job))
                and (f := destination(job)) is not None
                and f.has_neg_zero
            ),
            change=_of_zeros(place),
        )
        for place, word in enumerate(("first", "second"))
    ),
    Fault(
        name="total_order_measure",
        cause="signs count where magnitudes are ordered, or do not where values are",
        clause="IEEE 754-2019 5.10",
        breadth=2,
        applies=lambda job: _total(job.op.name) is not None and floats(job)[0].is_signed,
        change=_as(_total),
    ),
    Fault(
        name="total_order_zeros_equal",
        cause="-0 and +0 are the same: <= for totalOrder",
        clause="IEEE 754-2019 5.10c",
        breadth=1,
        applies=lambda job: job.op.name == "total_order" and floats(job)[0].has_neg_zero,
        change=_total_zeros,
    ),
    Fault(
        name="total_order_nan_unordered",
        cause="NaNs are unordered: <= for totalOrder",
        clause="IEEE 754-2019 5.10d",
        breadth=1,
        applies=lambda job: job.op.name.startswith("total_order") and reach.takes_nan(job),
        change=_total_nans,
    ),
)
