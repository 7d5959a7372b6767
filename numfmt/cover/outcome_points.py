# SPDX-License-Identifier: BSD-3-Clause
"""Points about what is delivered: classes of results, flags, tininess, random bits, and other behaviours."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from numfmt import _bind, faults, formats
from numfmt.cover.operands import FLOAT_CLASSES, INT_CLASSES, class_name, classes, representatives
from numfmt.cover.points import SIGNS, Bin, Point, both_signs, crossed, only, to_format
from numfmt.cover.sample import INTEGRAL, SUBNORMAL, Sample, precision
from numfmt.cover.span import Need, has_span, why_not
from numfmt.expansion import floor_log2
from numfmt.formats import Format
from numfmt.inttypes import IntType
from numfmt.jobs import Job
from numfmt.modes import Flags, env_struct

Array = np.ndarray[Any, np.dtype[Any]]

_NANS = ("qnan", "snan", "default_nan")
_SATURATED = 2 * len(FLOAT_CLASSES)
_KINDS = _SATURATED + 2
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
_UP = {
    "ties_even": "+-",
    "ties_away": "+-",
    "toward_positive": "+",
    "toward_negative": "-",
    "stochastic_a": "+-",
    "stochastic_b": "+-",
    "stochastic_c": "+-",
}  # fmt: skip
_NO_SUCH_CLASS = "no tuple of the operands' classes, which hold the extreme magnitudes, delivers it"


def _result_kinds(type_: Format | IntType | None, results: Array, flags: Array) -> Array:
    """The class of each result; one of two more for +max or -max after an overflow."""
    if type_ is None:
        return results.astype(np.int64)
    found = classes(type_, results)
    if isinstance(type_, Format):
        is_max = found // 2 == FLOAT_CLASSES.index("max")
        saturated = is_max & (flags & np.uint8(Flags.OVERFLOW) != 0)
        return np.where(saturated, _SATURATED + found % 2, found)
    return 2 * found + (flags & np.uint8(Flags.INVALID) != 0)


@functools.lru_cache(maxsize=64)
def extremes(job: Job) -> tuple[frozenset[int], frozenset[int]]:
    """The classes of results and the flags that one tuple of each combination of the operands' classes gives.

    Among those are the largest and the smallest exact results, every zero, infinity and NaN.
    """
    firsts = [np.concatenate([members[:1] for members in representatives(type_).values()]) for type_ in job.types]
    places = np.meshgrid(*(np.arange(array.size) for array in firsts), indexing="ij")
    codes = [array[place.ravel()] for array, place in zip(firsts, places, strict=True)]
    kinds: set[int] = set()
    raised: set[int] = set()
    for random in (0, (1 << job.random_width) - 1) if job.is_random else (None,):
        bits = None if random is None else np.full(codes[0].shape, random, np.uint32)
        words, flags = job.outcomes(codes, bits)
        kinds |= set(_result_kinds(job.result.type, job.result.codes(words), flags).tolist())
        raised |= set(flags.tolist())
    return frozenset(kinds), frozenset(raised)


def _kind_numbers(job: Job) -> list[int]:
    type_ = job.result.type
    if type_ is None:
        return list(range(2 if job.op.result == "bool" else 10))
    known = sorted(representatives(type_))
    if isinstance(type_, IntType):
        return [2 * number + invalid for number in known for invalid in range(2)]
    saturated = [_SATURATED + sign for sign in range(1 + type_.is_signed)] if job.op.rounds else []
    return known + saturated


def _kind_name(job: Job, number: int) -> str:
    type_ = job.result.type
    if isinstance(type_, Format):
        return f"{SIGNS[number % 2]}saturated" if number >= _SATURATED else class_name(type_, number)
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
    if not isinstance(type_, Format) or number >= _SATURATED:
        return None, _NO_SUCH_CLASS
    name = FLOAT_CLASSES[number // 2]
    if name in ("zero", "inf", *_NANS):
        return None, _NO_SUCH_CLASS
    if not has_span(job):
        return None, ""
    need = _need_of_class(type_, name, number % 2)
    if job.op.name in INTEGRAL and need.high < 1:
        return None, "the result is an integer"
    return need, ""


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
    return Need(low=low, high=value + ulp, negative=bool(sign))


def _results(sample: Sample) -> Iterator[Array]:
    numbers = _kind_numbers(sample.job)
    table = np.full(max(numbers) + 3, -1, np.int64)
    table[numbers] = np.arange(len(numbers))
    kinds = _result_kinds(sample.job.result.type, sample.result_codes, sample.flags)
    yield table[np.clip(kinds, 0, table.size - 1)]


def _flag_bins(job: Job) -> list[Bin]:
    made = []
    for flags in _TOGETHER:
        if flags & ~job.op.flags or (flags == Flags.UNDERFLOW and job.env.ftz != "arm"):
            continue
        known = flags in (0, Flags.INEXACT) or flags in extremes(job)[1]
        reason = _why_not_inexact(job) if flags == Flags.INEXACT else "" if known else _NO_SUCH_CLASS
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
    known = [int(flags) for flags in _TOGETHER
             if not (flags & ~sample.job.op.flags or (flags == Flags.UNDERFLOW and sample.job.env.ftz != "arm"))]  # fmt: skip
    table = np.full(32, -1, np.int64)
    table[known] = np.arange(len(known))
    yield table[sample.flags & np.uint8(31)]


_SLICES = ("normal_tiny", "normal_not_tiny", "subnormal_inexact", "subnormal_exact")


def _tininess_bins(job: Job) -> list[Bin]:
    to, p = to_format(job), precision(job)
    if to is None or to.min_normal is None:
        return []
    unit = to.emin - p + 1
    ulp = Fraction(2) ** unit
    made = []
    for sign in range(2):
        up = SIGNS[sign] in _UP.get(job.env.rounding, "") and not (job.env.is_stochastic and not job.env.random_bits_count)
        never = "" if up else f"{job.env.rounding} takes no {SIGNS[sign]} value up to the smallest normal one"
        nearest = job.env.rounding in ("ties_even", "ties_away")
        always = "" if nearest or job.env.is_stochastic or not up else f"{job.env.rounding} takes it to the smallest normal value"
        low, high = to.min_normal - ulp, to.min_normal
        tiny = (high - ulp / 2, high - ulp / 4) if nearest else (low, high - ulp / 2)
        limits = {"low": high - ulp / (4 if nearest else 2), "high": high}
        both = {"negative": bool(sign), "open": "both"}
        names = [SIGNS[sign] + name for name in _SLICES]
        made += [
            Bin(names[0], Need(low=tiny[0], high=high, unit=unit - 1, bits=p, negative=bool(sign)), never),
            Bin(names[1], Need(**limits, unit=unit - 2, bits=p + 1, negative=bool(sign), open="both"), never),
            Bin(names[2], Need(low=low, high=high, unit=unit - 1, bits=p + nearest, **both), always),
            Bin(names[3], Need(low=ulp, high=low, negative=bool(sign))),
        ]
    return made


def _has_tininess(job: Job) -> bool:
    to = to_format(job)
    plain = has_span(job) and to is not None and to.exp0 == "subnormal" and precision(job) > 1
    return plain and job.op.name not in INTEGRAL and job.env.ftz == "off" and to.is_signed  # type: ignore[union-attr]


def _tininess(sample: Sample) -> Iterator[Array]:
    """Exact results between the largest subnormal value and the smallest normal one, and exact subnormal ones."""
    to = sample.to
    random = None if sample.random is None else np.ascontiguousarray(sample.random, np.uint32)
    made = np.empty(sample.size, to.dtype)
    flags = np.empty(sample.size, np.uint8)
    env = env_struct(replace(sample.job.env, tininess="after", nan_substitute="zero"))
    _bind.round_parts(formats.struct(to), env, _bind.Arrays(sample.parts, made, random, flags))
    is_tiny = flags & np.uint8(Flags.UNDERFLOW) != 0
    normal = classes(to, made) // 2 == FLOAT_CLASSES.index("min_normal")
    last = (sample.region == SUBNORMAL) & (sample.exponent == to.emin - 1) & sample.all_ones & sample.inexact
    exact = (sample.region == SUBNORMAL) & ~sample.inexact
    place = np.select([last & normal & is_tiny, last & normal, last, exact], [0, 1, 2, 3], -1)
    yield crossed((sample.negative, 2), (place, len(_SLICES)))


_RANDOM = ("lowest", "highest", "just_up", "just_not")


def _random_bins(job: Job) -> list[Bin]:
    none = "there are no random bits" if job.random_width == 0 else ""
    return [Bin(f"{name}_L{lsb}", impossible=none or _why_exact(job)) for name in _RANDOM for lsb in range(2)]


def _randoms(sample: Sample) -> Iterator[Array]:
    """Random bits of inexact results: all 0, all 1, the least that round up, the most that do not."""
    top = (1 << sample.job.random_width) - 1
    random = np.zeros(sample.size, np.uint32) if sample.random is None else sample.random.astype(np.uint32)
    here = _codes_as_pairs(sample.rounded(random))
    lower = _codes_as_pairs(sample.rounded(np.maximum(random, 1) - np.uint32(1)))
    higher = _codes_as_pairs(sample.rounded(np.minimum(random + np.uint32(1), np.uint32(top))))
    tests = (random == 0, random == top, (here != lower) & (random > 0), (here != higher) & (random < top))
    for number, test in enumerate(tests):
        yield only(test & sample.inexact, 2 * number + sample.odd.astype(np.int64))


def _codes_as_pairs(codes: Array) -> Array:
    return codes if codes.dtype.names is None else codes["lo"] ^ codes["hi"] * np.uint64(3)


@functools.lru_cache(maxsize=64)
def applicable(job: Job) -> tuple[faults.Fault, ...]:
    """The other behaviours that may show in the job's results."""
    return tuple(fault for fault in faults.FAULTS if fault.applies(job))


def _fault_bins(job: Job) -> list[Bin]:
    return [Bin(fault.name) for fault in applicable(job)]


def _faults(sample: Sample) -> Iterator[Array]:
    """A vector tells the reference from another behaviour if result or flags differ."""
    right, flags = sample.job.outcomes(sample.codes, sample.random)
    for number, fault in enumerate(applicable(sample.job)):
        other, raised = fault.outcomes(sample.job, sample.codes, sample.random)
        yield only((right != other) | (flags != raised), np.full(sample.size, number))


POINTS = (
    Point("result", "class of the delivered result", lambda job: True, _result_bins, _results),
    Point("flags", "flags raised together", lambda job: bool(job.op.flags), _flag_bins, _flag_numbers),
    Point("tininess", "just below the smallest normal value: rounds to it and is tiny, or not; stays below; exact",
          _has_tininess, _tininess_bins, _tininess),
    Point("random", "random bits at the threshold, and all 0 or 1", lambda job: job.is_random and has_span(job)
          and to_format(job) is not None and job.op.name not in INTEGRAL, _random_bins, _randoms),
    Point("tells_apart", "another behaviour would give another answer", lambda job: bool(applicable(job)), _fault_bins, _faults),
)  # fmt: skip
