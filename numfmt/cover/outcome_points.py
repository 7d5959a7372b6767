# SPDX-License-Identifier: BSD-3-Clause
"""Points about what is delivered: classes of results, flags, tininess, random bits, and other behaviours."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from numfmt import faults
from numfmt.cover.extremes import CANONICAL, NO_SUCH_CLASS, SATURATED, extremes, flushes, result_kinds
from numfmt.cover.fault_reasons import why_alike
from numfmt.cover.operands import FLOAT_CLASSES, INT_CLASSES, class_name, representatives
from numfmt.cover.points import SIGNS, Bin, Point, always, only, to_format
from numfmt.cover.sample import INTEGRAL, Sample, precision
from numfmt.cover.span import Need, has_span, why_not
from numfmt.cover.tininess import has_tininess, tininess_bins, tininess_hits
from numfmt.expansion import floor_log2
from numfmt.formats import Format
from numfmt.inttypes import IntType
from numfmt.jobs import Job
from numfmt.modes import Flags

Array = np.ndarray[Any, np.dtype[Any]]

_NANS = ("qnan", "snan", "default_nan")
#: Flags that come together (SEMANTICS 4).
_TOGETHER = tuple(
    map(
        Flags,
        (
            0,
            Flags.INEXACT,
            Flags.INEXACT | Flags.UNDERFLOW,
            Flags.INEXACT | Flags.OVERFLOW,
            Flags.UNDERFLOW,
            Flags.DIVIDE_BY_ZERO,
            Flags.INVALID,
        ),
    )
)


def _kind_numbers(job: Job) -> list[int]:
    type_ = job.result.type
    if type_ is None:
        return list(range(2 if job.op.result == "bool" else 10))
    known = sorted(representatives(type_))
    if isinstance(type_, IntType):
        return [2 * number + invalid for number in known for invalid in range(2)]
    saturated = [SATURATED + sign for sign in range(1 + type_.is_signed)] if job.op.rounds else []
    return known + saturated


def _kind_name(job: Job, number: int) -> str:
    type_ = job.result.type
    if isinstance(type_, Format):
        return f"{SIGNS[number % 2]}saturated" if number >= SATURATED else class_name(type_, number)
    if isinstance(type_, IntType):
        return class_name(type_, number // 2) + ("_invalid" if number % 2 else "")
    return str(number)


def _result_bins(job: Job) -> list[Bin]:
    return [Bin(_kind_name(job, number), *_result_reason(job, number)) for number in _kind_numbers(job)]


def _result_reason(job: Job, number: int) -> tuple[Need | None, str]:
    type_ = job.result.type
    if number in extremes(job)[0]:
        return None, ""
    if isinstance(type_, IntType) and number % 2 == 0:
        return _need_of_integer(type_, INT_CLASSES[number // 2]), ""
    if not isinstance(type_, Format) or number >= SATURATED:
        return None, NO_SUCH_CLASS
    name = FLOAT_CLASSES[number // 2]
    if name == "qnan" and job.env.nan not in CANONICAL and _narrows_payloads(job):
        return None, ""
    if name in ("zero", "inf", *_NANS):
        return None, NO_SUCH_CLASS
    if not has_span(job):
        return None, "a magnitude is not negative" if job.op.name == "absolute" and number % 2 else ""
    if "subnormal" in name and flushes(job):
        return None, "subnormal results are flushed"
    need = _need_of_class(type_, name, number % 2)
    if job.op.name in INTEGRAL and need.high < 1:
        return None, "the result is an integer"
    return need, ""


def _narrows_payloads(job: Job) -> bool:
    """May payload bits be lost, so that one NaN of a class does not speak for the others?"""
    return any(isinstance(type_, Format) and type_.has_quiet_bit and type_ != job.result.type for type_ in job.types)


def _need_of_integer(type_: IntType, name: str) -> Need | None:
    """What rounds to an integer lies less than 1 beside it; no dyadic number there is shorter."""
    values = {"min": type_.values[0], "max": type_.values[-1], "one": 1, "minus_one": -1}
    value = values.get(name)
    if not value:
        return None
    size = abs(value)
    bits = size.bit_length() - (size & -size).bit_length() + 1
    return Need(low=Fraction(size - 1), high=Fraction(size + 1), bits=bits, negative=value < 0, open="both")


def _need_of_class(to: Format, name: str, sign: int) -> Need:
    """What rounds to a value of a class lies at most one unit beside it."""
    values = {
        "one": Fraction(1),
        "max": to.max,
        "min_normal": to.min_normal,
        "min_subnormal": to.min_subnormal,
        "max_subnormal": to.max_subnormal,
    }
    value = values.get(name)
    if value is None:
        low, high = (to.min_positive, to.max) if name == "normal" else (Fraction(0), to.min_normal or to.max)
        return Need(low=low, high=high, negative=bool(sign))
    ulp = Fraction(2) ** (max(floor_log2(value), to.emin) - to.precision + 1)
    low = Fraction(0) if value == to.min_positive else value - ulp
    return Need(low=low, high=value + ulp, negative=bool(sign), open="both")


def _results(sample: Sample) -> Iterator[Array]:
    numbers = _kind_numbers(sample.job)
    table = np.full(max(numbers) + 3, -1, np.int64)
    table[numbers] = np.arange(len(numbers))
    kinds = result_kinds(sample.job.result.type, sample.result_codes, sample.flags)
    yield table[np.clip(kinds, 0, table.size - 1)]


def _flags_together(job: Job) -> list[Flags]:
    """The flags that the operation can raise, as they come together; underflow comes alone with Arm's flushing."""
    possible = [flags for flags in _TOGETHER if not flags & ~job.op.flags]
    return [flags for flags in possible if flags != Flags.UNDERFLOW or job.env.ftz == "arm"]


def _flag_bins(job: Job) -> list[Bin]:
    made = []
    for flags in _flags_together(job):
        known = flags in (0, Flags.INEXACT) or flags in extremes(job)[1]
        reason = _why_not_inexact(job) if flags == Flags.INEXACT else "" if known else NO_SUCH_CLASS
        made.append(Bin(str(flags), impossible=reason))
    return made


def _why_not_inexact(job: Job) -> str:
    """Why nothing is inexact and neither tiny nor beyond the largest value."""
    to, p = job.result.type, precision(job)
    if (exact := _why_exact(job)) or not has_span(job) or not isinstance(to, Format) or job.op.name in INTEGRAL:
        return exact
    if to.min_normal is None or to.exp0 != "subnormal" or Flags.INEXACT in map(Flags, extremes(job)[1]):
        return ""
    unit = to.emin - p + 1
    for minus in (False, True):
        normal = Need(low=to.min_normal, high=2 * to.max, unit=to.emax - p, bits=p + 1, negative=minus)
        below = Need(low=to.min_normal / 2, high=to.min_normal, unit=unit - 2, bits=p + 1, negative=minus)
        if not (why_not(job, normal) and why_not(job, below)):
            return ""
    return "what is inexact is tiny"


def _why_exact(job: Job) -> str:
    """Why no result is inexact; "" if one may be."""
    to = job.result.type
    if job.op.name == "round_to_integral_not_exact" and isinstance(to, Format) and job.types == (to,):
        # below 2^P every integer is on the grid of subnormal and normal values, above it all values are integers
        return "an integer next to a value of the format is one, or overflows" if to.exp0 == "subnormal" else ""
    if not has_span(job):
        return "the result is an operand" if all(type_ == to for type_ in job.types) else ""
    if not isinstance(to, Format) or job.op.name in INTEGRAL:
        return ""
    spacing = to.emin - precision(job) + 1
    finer = why_not(job, Need(low=Fraction(0), high=to.max, unit=spacing - 1))
    longer = why_not(job, Need(low=Fraction(0), high=to.max, bits=precision(job) + 1))
    beyond = why_not(job, Need(low=to.max, high=2 * to.max, open="both"))
    return "every exact result is a value of the format" if finer and longer and beyond else ""


def _flag_numbers(sample: Sample) -> Iterator[Array]:
    known = _flags_together(sample.job)
    table = np.full(32, -1, np.int64)
    table[known] = np.arange(len(known))
    yield table[sample.flags & np.uint8(31)]


_RANDOM = ("lowest", "highest", "just_up", "just_not")


def _random_bins(job: Job) -> list[Bin]:
    none = "there are no random bits" if job.random_width == 0 else ""
    return [Bin(f"{name}_L{lsb}", impossible=none or _why_exact(job)) for name in _RANDOM for lsb in range(2)]


def _randoms(sample: Sample) -> Iterator[Array]:
    """Random bits of inexact results: all 0, all 1, the least that round up, the most that do not."""
    top = (1 << sample.job.random_width) - 1
    if not top:
        return
    random = np.zeros(sample.size, np.uint32) if sample.random is None else sample.random.astype(np.uint32)
    here = _codes_as_pairs(sample.rounded(random))
    lower = _codes_as_pairs(sample.rounded(np.maximum(random, 1) - np.uint32(1)))
    higher = _codes_as_pairs(sample.rounded(np.minimum(random + np.uint32(1), np.uint32(top))))
    tests = (random == 0, random == top, (here != lower) & (random > 0), (here != higher) & (random < top))
    for number, test in enumerate(tests):
        yield only(test & sample.inexact, 2 * number + sample.odd.astype(np.int64))


def _codes_as_pairs(codes: Array) -> Array:
    return codes if codes.dtype.names is None else codes["lo"] ^ codes["hi"] * np.uint64(3)


def _fault_bins(job: Job) -> list[Bin]:
    return [Bin(fault.name, impossible=why_alike(job, fault)) for fault in _applicable(job)]


@functools.lru_cache(maxsize=64)
def _applicable(job: Job) -> tuple[faults.Fault, ...]:
    """The faults that apply; what is wrong with subnormal results means nothing where those are flushed."""
    some = tuple(faults.applicable(job))
    if not flushes(job):
        return some
    return tuple(one for one in some if not one.name.startswith("subnormal_") and one.name != "underflow_when_exact")


def _faults(sample: Sample) -> Iterator[Array]:
    """A vector tells the right behaviour from another one if result or flags differ."""
    block = faults.Block(sample.job, sample.codes, sample.random)
    for number, fault in enumerate(_applicable(sample.job)):
        results, flags = fault.differs(block)
        yield only(results | flags, np.full(sample.size, number))


POINTS = (
    Point("result", "class of the delivered result", always, _result_bins, _results),
    Point("flags", "flags raised together", lambda job: bool(job.op.flags), _flag_bins, _flag_numbers),
    Point(
        "tininess",
        "just below the smallest normal value: rounds to it and is tiny, or not; stays below; exact",
        has_tininess,
        tininess_bins,
        tininess_hits,
    ),
    Point(
        "random",
        "random bits at the threshold, and all 0 or 1",
        lambda job: job.is_random and has_span(job) and to_format(job) is not None and job.op.name not in INTEGRAL,
        _random_bins,
        _randoms,
    ),
    Point(
        "tells_apart",
        "another behaviour would give another answer",
        lambda job: bool(_applicable(job)),
        _fault_bins,
        _faults,
    ),
)
