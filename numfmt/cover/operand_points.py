# SPDX-License-Identifier: BSD-3-Clause
"""Points about the operands: their classes, significands, exponents and order.

Classes, significands and order are those of the codes; exponents and lost bits are those of the operands as they are
read, after DAZ: an operand that DAZ makes a zero is no addend.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from numfmt import _bind, ops
from numfmt.cover.operands import FLOAT_CLASSES, PATTERNS, class_name, pattern_names, patterns, representatives
from numfmt.cover.points import Bin, Point, always, crossed, only
from numfmt.cover.sample import Sample
from numfmt.cover.span import has_span
from numfmt.formats import Format
from numfmt.inttypes import IntType
from numfmt.jobs import Job
from numfmt.ops import Type

Array = np.ndarray[Any, np.dtype[Any]]

#: Exponent differences up to this far beyond the precision.
_BEYOND = 4
_SUMS = ("add", "sub", "faa", "fma")
_RELATIONS = ("less", "equal", "greater", "unordered", "zeros_of_two_signs", "next_up", "next_down", "opposite")


#: More than the classes of any operand.
_CLASSES = 2 * len(FLOAT_CLASSES) + 2


@functools.lru_cache(maxsize=16)
def _class_table(types: tuple[Type, ...]) -> Array:
    """For every tuple of numbers of classes, read as digits, its place in ``class_tuples``; -1 if it is not there."""
    tuples = np.array(class_tuples(types))
    table = np.full(_CLASSES ** tuples.shape[1], -1, np.int64)
    table[_as_digits(list(tuples.T))] = np.arange(len(tuples))
    return table


def _as_digits(columns: Sequence[Array]) -> Array:
    return functools.reduce(lambda number, digit: number * _CLASSES + digit, columns)


@functools.lru_cache(maxsize=64)
def class_tuples(types: tuple[Type, ...]) -> list[tuple[int, ...]]:
    """The tuples of classes that operands can have (B1): of one or two operands with their signs; of three the
    magnitudes' classes and, last, the product of the signs.
    """
    kinds = [sorted(representatives(type_)) for type_ in types]
    if len(types) < 3:
        return list(itertools.product(*kinds))
    return sorted({_unsigned(each) for each in itertools.product(*kinds)})


def _unsigned(each: tuple[int, ...]) -> tuple[int, ...]:
    return (*(one // 2 for one in each), sum(each) % 2)


def _class_bins(job: Job) -> list[Bin]:
    names = []
    for each in class_tuples(job.types):
        if len(job.types) < 3:
            names.append(" ".join(class_name(type_, one) for type_, one in zip(job.types, each, strict=True)))
        else:
            names.append(f"{' '.join(FLOAT_CLASSES[one] for one in each[:-1])} {'+-'[each[-1]]}")
    return [Bin(name) for name in names]


def _classes(sample: Sample) -> Iterator[Array]:
    found = sample.classes
    if len(found) == 3:
        found = [*(one // 2 for one in found), np.asarray(sum(one % 2 for one in found)) % 2]
    yield _class_table(sample.job.types)[_as_digits(found)]


def _floats(job: Job) -> list[int]:
    """The places of the float operands."""
    return [place for place, type_ in enumerate(job.types) if isinstance(type_, Format)]


def _has_patterns(job: Job) -> bool:
    return bool(_floats(job)) and (has_span(job) or job.op.name.startswith("next"))


def _pattern_bins(job: Job) -> list[Bin]:
    """B9, B11, B15."""
    names = [[PATTERNS[one] for one in pattern_names(job.types[k].precision)] for k in _floats(job)]  # type: ignore[union-attr]
    return [Bin(" ".join(each)) for each in itertools.product(*names)]


def _patterns(sample: Sample) -> Iterator[Array]:
    columns = []
    for k in _floats(sample.job):
        type_ = sample.job.types[k]
        precision = type_.precision if isinstance(type_, Format) else 64
        known = pattern_names(precision)
        places = np.full(len(PATTERNS), -1, np.int64)
        places[known] = np.arange(len(known))
        found = places[patterns(sample.facts[k], precision)]
        columns.append((only(sample.facts[k].kind == _bind.KIND_FINITE, found), len(known)))
    yield crossed(*columns)


def _adds(job: Job) -> bool:
    return job.op.name in _SUMS


def _terms(job: Job) -> list[tuple[int, ...]]:
    """The operands whose product each addend is."""
    return [(0, 1), (2,)] if job.op.name == "fma" else [(k,) for k in range(len(job.types))]


def _bits(job: Job, term: tuple[int, ...]) -> int:
    types = [job.types[k] for k in term]
    return sum(type_.precision for type_ in types if isinstance(type_, Format))


def _exponents(job: Job, term: tuple[int, ...]) -> tuple[int, int]:
    """The smallest and the largest sum of the exponents of a term's operands."""
    low = high = 0
    for k in term:
        type_ = job.types[k]
        if isinstance(type_, IntType):
            raise TypeError("an addend is an integer")
        low += type_.emin - type_.precision + 1 if type_.exp0 == "subnormal" else type_.emin
        high += type_.emax
    return low, high


def differences(job: Job) -> list[int]:
    """The differences of exponents, of the first addend and the last, that are bins; the outermost stand for all
    beyond (B10, B14).
    """
    first, last = _terms(job)[0], _terms(job)[-1]
    (low, high), (low_other, high_other) = _exponents(job, first), _exponents(job, last)
    reach_down, reach_up = _bits(job, last) + _BEYOND, _bits(job, first) + _BEYOND
    if job.op.name != "fma":
        reach_down = reach_up = max(reach_down, reach_up)
    least = min(max(low - high_other, -reach_down - 1), reach_up + 1)
    return list(range(least, max(min(high - low_other, reach_up + 1), least) + 1))


def _operations(job: Job) -> tuple[str, ...]:
    """Do signs make the sum a difference?  Unsigned operands leave no choice."""
    if any(type_.is_signed for type_ in job.types if isinstance(type_, Format)):
        return ("sum", "difference")
    return ("difference",) if job.op.name == "sub" else ("sum",)


def _difference_bins(job: Job) -> list[Bin]:
    return [Bin(f"{number:+}_{name}") for number in differences(job) for name in _operations(job)]


def _term_facts(sample: Sample) -> tuple[list[Array], list[Array], Array]:
    """Exponents and signs of the addends as they are read; are all operands finite and not 0?"""
    exponents, signs = [], []
    for term in _terms(sample.job):
        exponents.append(np.sum([sample.read[k].exponent for k in term], axis=0))
        signs.append(np.sum([sample.read[k].sign.astype(np.int64) for k in term], axis=0) % 2)
    if sample.job.op.name == "sub":
        signs[1] = 1 - signs[1]
    finite = np.logical_and.reduce([fact.kind == _bind.KIND_FINITE for fact in sample.read])
    return exponents, signs, finite


def _opposed(sample: Sample) -> Array:
    """The place of the operation among those of ``_operations``."""
    _, signs, _ = _term_facts(sample)
    number = (signs[0] != signs[-1]).astype(np.int64)
    return number if len(_operations(sample.job)) == 2 else np.zeros_like(number)


def _differences(sample: Sample) -> Iterator[Array]:
    exponents, _, finite = _term_facts(sample)
    known = differences(sample.job)
    place = np.clip(exponents[0] - exponents[-1], known[0], known[-1]) - known[0]
    count = len(_operations(sample.job))
    yield crossed((only(finite, place), len(known)), (_opposed(sample), count))


def _lengths(job: Job) -> int:
    """The most leading bits that addends can lose."""
    bits = [_bits(job, term) for term in _terms(job)]
    return max(bits[0] - 1, bits[1]) if job.op.name == "fma" else max(bits)


def _cancellation_bins(job: Job) -> list[Bin]:
    """B12, B16."""
    alone = _operations(job) == ("sum",)
    none = "the addends' signs are the same" if alone else ""
    made = [Bin("carry", impossible="" if "sum" in _operations(job) else "the addends' signs differ"), Bin("0")]
    return [*made, *(Bin(f"-{n}", impossible=none) for n in range(1, _lengths(job) + 1)), Bin("zero", impossible=none)]


def _cancellation(sample: Sample) -> Iterator[Array]:
    exponents, _, finite = _term_facts(sample)
    length = np.maximum.reduce(exponents) - sample.exponent
    most = _lengths(sample.job)
    place = np.where(length < 0, 0, length + 1)
    zero = finite & (sample.parts["kind"] == _bind.KIND_ZERO)
    yield np.where(zero, most + 2, only(finite & sample.finite & (place < most + 2), place))


def _compares(job: Job) -> bool:
    two = len(job.types) == 2 and all(isinstance(type_, Format) for type_ in job.types)
    return two and not has_span(job) and job.op.name != "copysign"


def _relation_bins(job: Job) -> list[Bin]:
    """B19."""
    a, b = (type_ for type_ in job.types if isinstance(type_, Format))
    same = "" if a == b else "the operands' formats differ"
    nan = "" if any(type_.nan_code is not None for type_ in (a, b)) else "no operand can be a NaN"
    zeros = "" if a.has_zero and b.has_zero and (a.has_neg_zero or b.has_neg_zero) else "there is one zero"
    opposite = "" if a.is_signed or b.is_signed else "the formats have no signs"
    reasons = {"unordered": nan, "zeros_of_two_signs": zeros, "next_up": same, "next_down": same, "opposite": opposite}
    return [Bin(name, impossible=reasons.get(name, "")) for name in _RELATIONS]


def _relations(sample: Sample) -> Iterator[Array]:
    types = [type_ for type_ in sample.job.types if isinstance(type_, Format)]
    tests = {"less": "lt_quiet", "equal": "eq", "greater": "gt_quiet", "unordered": "unordered"}
    holds = {name: ops.apply(op, sample.codes, types) for name, op in tests.items()}
    a, b = sample.facts
    zeros = (a.kind == _bind.KIND_ZERO) & (b.kind == _bind.KIND_ZERO)
    holds["zeros_of_two_signs"] = zeros & (a.sign != b.sign)
    same_size = (a.exponent == b.exponent) & a.significand.equals(b.significand)
    finite = (a.kind == _bind.KIND_FINITE) & (b.kind == _bind.KIND_FINITE)
    holds["opposite"] = finite & same_size & (a.sign != b.sign)
    if types[0] == types[1]:
        for name in ("next_up", "next_down"):
            beside = ops.apply(name, (sample.codes[0],), types[:1])
            is_next: Array = ops.apply("eq", (beside, sample.codes[1]), types)
            holds[name] = is_next & ~holds["equal"]
    for number, name in enumerate(_RELATIONS):
        if name in holds:
            yield only(holds[name], np.full(sample.size, number))


POINTS = (
    Point("operands", "classes of the operands, crossed (B1)", always, _class_bins, _classes),
    Point(
        "significands",
        "kinds of the operands' significands, crossed (B9, B11, B15)",
        _has_patterns,
        _pattern_bins,
        _patterns,
    ),
    Point(
        "exponents",
        "exponent difference of the addends x sum or difference (B10, B14)",
        _adds,
        _difference_bins,
        _differences,
    ),
    Point("cancellation", "leading bits that the addends lose (B12, B16)", _adds, _cancellation_bins, _cancellation),
    Point("relation", "how the operands compare (B19)", _compares, _relation_bins, _relations),
)
