# SPDX-License-Identifier: BSD-3-Clause
"""Classes of operands and results, and codes that represent them."""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import numpy as np

from numfmt import _bind, codes, formats, generate, landmarks, ops
from numfmt.cover.words import Words
from numfmt.formats import Format
from numfmt.inttypes import IntType
from numfmt.ops import Type

Array = np.ndarray[Any, np.dtype[Any]]

#: Classes of a float's magnitude.  A value of several classes is of the first one named.
FLOAT_CLASSES = ("zero", "inf", "default_nan", "snan", "qnan", "one", "max", "min_subnormal", "max_subnormal",
                 "min_normal", "subnormal", "normal")  # fmt: skip
INT_CLASSES = ("zero", "one", "minus_one", "min", "max", "positive", "negative")
#: Kinds of significands (IBM B9): a power of two, two ones, ones only, one zero, ones and zeros by turns, any other.
PATTERNS = ("one_bit", "two_bits", "all_ones", "one_zero", "alternating", "other")
#: Formats up to this width have all their codes looked at.
_ALL_CODES = 16
#: The exponent of the last bit of what has none: above all others.
_NO_BIT = 1 << 40


class Facts(NamedTuple):
    """What codes of a format hold, one element each."""

    kind: Array  # _bind.KIND_*
    sign: Array
    exponent: Array  # of the leading bit; 0 unless finite
    significand: Words  # bit 127 is the leading bit
    unit: Array  # exponent of the last bit that the format has there; far above all others unless finite


def facts(type_: Type, operand: Array) -> Facts:
    """The facts of codes."""
    if isinstance(type_, IntType):
        return _integer_facts(type_, operand)
    parts = _bind.unpack(formats.struct(type_), np.ascontiguousarray(operand))
    return facts_of_parts(parts, type_)


def facts_of_parts(parts: Array, fmt: Format) -> Facts:
    """The facts of exact values, normalised, as if they were values of the format."""
    finite = parts["kind"] == _bind.KIND_FINITE
    exponent = np.where(finite, parts["exp"].astype(np.int64) + 127, 0)
    unit = np.where(finite, np.maximum(exponent, fmt.emin) - (fmt.precision - 1), _NO_BIT)
    return Facts(parts["kind"], parts["sign"], exponent, Words(parts["sig_hi"], parts["sig_lo"]), unit)


def flushed(found: Facts, fmt: Format) -> Facts:
    """The facts with subnormal values made zeros, as DAZ does."""
    is_subnormal = (found.kind == _bind.KIND_FINITE) & (found.exponent < fmt.emin) & (fmt.exp0 == "subnormal")
    return found._replace(
        kind=np.where(is_subnormal, _bind.KIND_ZERO, found.kind),
        exponent=np.where(is_subnormal, 0, found.exponent),
        unit=np.where(is_subnormal, _NO_BIT, found.unit),
    )


def _integer_facts(type_: IntType, operand: Array) -> Facts:
    negative = (operand.astype(np.uint64) >> np.uint64(type_.width - 1) & np.uint64(type_.signed)).astype(bool)
    mask = np.uint64((1 << type_.width) - 1)
    size = np.where(negative, np.uint64(0) - operand.astype(np.uint64), operand.astype(np.uint64)) & mask
    length = np.zeros(size.shape, np.int64)
    rest = size.copy()
    for step in (32, 16, 8, 4, 2, 1):
        big = rest >> np.uint64(step) != 0
        length += np.where(big, step, 0)
        rest = np.where(big, rest >> np.uint64(step), rest)
    kind = np.where(size == 0, _bind.KIND_ZERO, _bind.KIND_FINITE)
    high = size << (63 - length).astype(np.uint64)
    zero = np.zeros(size.shape, np.int64)
    return Facts(kind, negative.astype(np.uint8), length, Words(high, np.zeros_like(high)), zero)


def classes(type_: Type, operand: Array) -> Array:
    """The class of each code: 2 * (its place in FLOAT_CLASSES) + sign, or its place in INT_CLASSES."""
    if isinstance(type_, IntType):
        return _integer_classes(type_, operand)
    found = facts(type_, operand)
    return 2 * _magnitude_classes(type_, operand, found) + found.sign.astype(np.int64)


def _magnitude_classes(fmt: Format, operand: Array, found: Facts) -> Array:
    made = np.full(found.kind.shape, FLOAT_CLASSES.index("normal"), np.int64)
    if fmt.exp0 == "subnormal":
        made[found.exponent < fmt.emin] = FLOAT_CLASSES.index("subnormal")
    marks = {
        "min_normal": fmt.min_normal_code,
        "max_subnormal": None if fmt.max_subnormal is None else fmt.min_positive_code + 2 ** (fmt.precision - 1) - 2,
        "min_subnormal": None if fmt.min_subnormal is None else fmt.min_positive_code,
        "max": fmt.max_code,
    }
    for name, code in marks.items():
        if code is not None:
            made[is_value(found, fmt, code)] = FLOAT_CLASSES.index(name)
    one = (found.exponent == 0) & found.significand.equals(Words(np.uint64(1 << 63), np.uint64(0)))  # type: ignore[arg-type]
    made[one] = FLOAT_CLASSES.index("one")
    kinds = {_bind.KIND_ZERO: "zero", _bind.KIND_INF: "inf", _bind.KIND_QUIET_NAN: "qnan"}
    for kind, name in (kinds | {_bind.KIND_SIGNALING_NAN: "snan"}).items():
        made[found.kind == kind] = FLOAT_CLASSES.index(name)
    if fmt.nan_code is not None:
        made[same_magnitude(fmt, operand, fmt.nan_code)] = FLOAT_CLASSES.index("default_nan")
    return made


def is_value(found: Facts, fmt: Format, code: int) -> Array:
    """Is the magnitude that of a code?"""
    parts = codes.parts(fmt, code)
    same = found.significand.equals(Words(parts["sig_hi"], parts["sig_lo"]))
    equal: Array = same & (found.exponent == int(parts["exp"]) + 127) & (found.kind == _bind.KIND_FINITE)
    return equal


def same_magnitude(fmt: Format, operand: Array, code: int) -> Array:
    """Are codes this one, but for the sign, in a format whose sign bit does not make a NaN of it?"""
    sign = 1 << (fmt.width - 1) if fmt.is_signed and fmt.has_neg_zero else 0
    if fmt.width <= 64:
        equal: Array = operand & operand.dtype.type(fmt.codes[-1] & ~sign) == operand.dtype.type(code)
        return equal
    low, high = np.uint64(code & (1 << 64) - 1), np.uint64(code >> 64)
    both: Array = (operand["lo"] == low) & (operand["hi"] & np.uint64((fmt.codes[-1] & ~sign) >> 64) == high)
    return both


def _integer_classes(type_: IntType, operand: Array) -> Array:
    values = type_.decode(operand)
    made = np.where(values < 0, INT_CLASSES.index("negative"), INT_CLASSES.index("positive"))
    marks = [("max", type_.values[-1]), ("min", type_.values[0]), ("minus_one", -1), ("one", 1), ("zero", 0)]
    for name, value in marks:
        if value in type_.values:
            made[values == value] = INT_CLASSES.index(name)
    return made.astype(np.int64)


def class_name(type_: Type, index: int) -> str:
    """The name of a class as ``classes`` numbers them."""
    if isinstance(type_, IntType):
        return INT_CLASSES[index]
    return "+-"[index % 2] + FLOAT_CLASSES[index // 2]


@functools.lru_cache(maxsize=64)
def representatives(type_: Type) -> dict[int, Array]:
    """For each class that the type has, codes of it: all that were looked at, at most 16."""
    if type_.width <= _ALL_CODES:
        dtype = type_.code_dtype if isinstance(type_, IntType) else type_.dtype
        candidates = np.arange(1 << type_.width, dtype=np.uint64).astype(dtype)
    else:
        candidates = _candidates(type_)
    numbers = classes(type_, candidates)
    found = {}
    for number in np.unique(numbers).tolist():
        members = candidates[numbers == number]
        found[number] = members[np.arange(min(16, members.size)) * members.size // min(16, members.size)]
    return found


def _candidates(type_: Type) -> Array:
    if isinstance(type_, IntType):
        return landmarks.codes(type_, ops.OPS["from_int"], None)
    plain = landmarks.codes(type_, ops.OPS["add"], None)
    if type_.nan_code is None or not type_.has_quiet_bit:
        return plain
    nans = generate.with_signs(type_, [type_.nan_code, type_.nan_code + 1, (1 << (type_.width - 1)) - 1])
    return np.concatenate([plain, nans])


def patterns(found: Facts, precision: int) -> Array:
    """The place in PATTERNS of each significand of ``precision`` bits; that of 0, Inf and NaN means nothing."""
    made = np.full(found.kind.shape, PATTERNS.index("other"), np.int64)
    high, low = found.significand
    ones = _count(high) + _count(low)
    by_turns = int("AA" * 16, 16) >> (128 - precision) << (128 - precision)
    tests = {
        "alternating": found.significand.equals(Words(np.uint64(by_turns >> 64), np.uint64(by_turns & (1 << 64) - 1))),  # type: ignore[arg-type]
        "one_zero": ones == precision - 1,
        "all_ones": ones == precision,
        "two_bits": ones == 2,
        "one_bit": ones == 1,
    }
    for name, test in tests.items():
        made[test] = PATTERNS.index(name)
    return made


def _count(words: Array) -> Array:
    return np.bitwise_count(words).astype(np.int64)


def pattern_names(precision: int) -> list[int]:
    """The patterns that significands of this many bits can have."""
    if precision == 1:
        return [0]
    every = np.arange(1 << (min(precision, 8) - 1), 1 << min(precision, 8), dtype=np.uint64) << np.uint64(
        64 - min(precision, 8)
    )
    zero = np.zeros(every.size, np.int64)
    found = Facts(zero, zero, zero, Words(every, np.zeros_like(every)), zero)
    return sorted(set(patterns(found, min(precision, 8)).tolist()))
