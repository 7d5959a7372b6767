# SPDX-License-Identifier: BSD-3-Clause
"""What the bins look at: the exact results of a block of vectors, where they lie on the destination's grid, and what
was delivered.

An exact result of magnitude x lies on a grid with spacing 2**q: q = max(floor(log2 x), emin) - (P - 1) for a float
result (P is the destination's precision, or ``rounding_precision``), q = 0 for a rounding to an integer.  Then
x / 2**q = kept + nu; L is the parity of ``kept`` (of the code, at precision 1), G the first bit of nu, S whether
anything lies below that.  Below the smallest value of a format without subnormals, nu = x / smallest and kept = 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from numfmt import _bind, formats
from numfmt.cover import operands
from numfmt.cover.operands import Facts
from numfmt.cover.words import Words, bit, constant
from numfmt.formats import Format
from numfmt.inttypes import IntType
from numfmt.jobs import Job

Array = np.ndarray[Any, np.dtype[Any]]

#: Where an exact result lies: it is no finite number but 0; below the smallest normal value; in the normal range; in
#: a binade beyond the largest finite value; on the grid of integers.
NOWHERE, SUBNORMAL, NORMAL, BEYOND, INTEGER = range(5)
#: Operations that round to an integer.
INTEGRAL = ("round_to_integral", "round_to_integral_not_exact", "to_int", "to_int_not_exact")
#: Bits of exact results that are seen one by one; what lies below is sticky.
SEEN = 126
_TOP = np.uint64(63)
_ONE = np.uint64(1)


class Sample:
    """A block of vectors, seen from the coverage model."""

    def __init__(self, job: Job, codes: Sequence[Array], random: Array | None, outcome: tuple[Array, Array]) -> None:
        """``outcome``: results, as words, and flags, right or wrong: those that the file says."""
        self.job, self.codes, self.random = job, list(codes), random
        self.results, self.flags = outcome
        self.size = self.codes[0].size

    @cached_property
    def facts(self) -> list[Facts]:
        """What each operand is."""
        return [operands.facts(type_, array) for type_, array in zip(self.job.types, self.codes, strict=True)]

    @cached_property
    def read(self) -> list[Facts]:
        """What each operand is to the operation, after DAZ."""
        env, found = self.job.env, list(self.facts)
        for place, (name, type_) in enumerate(zip("abc", self.job.types, strict=False)):
            wanted = env.daz if isinstance(env.daz, bool) else name in env.daz
            if wanted and isinstance(type_, Format) and type_.width != env.flush_except_width:
                found[place] = operands.flushed(found[place], type_)
        return found

    @cached_property
    def classes(self) -> list[Array]:
        return [operands.classes(type_, array) for type_, array in zip(self.job.types, self.codes, strict=True)]

    @cached_property
    def result_codes(self) -> Array:
        """The delivered codes, out of their container."""
        codes: Array = self.job.result.codes(self.results)
        return codes

    @cached_property
    def parts(self) -> Array:
        """The exact results."""
        return self.job.unrounded(self.codes)

    @cached_property
    def exponent(self) -> Array:
        """floor(log2 x)."""
        return self.parts["exp"].astype(np.int64) + 127

    @cached_property
    def finite(self) -> Array:
        found: Array = self.parts["kind"] == _bind.KIND_FINITE
        return found

    @cached_property
    def negative(self) -> Array:
        return self.parts["sign"].astype(np.int64)

    @cached_property
    def significand(self) -> Words:
        """Bit 127 is the leading bit; ``sticky`` stands for all below bit 2."""
        return Words(self.parts["sig_hi"], self.parts["sig_lo"])

    @cached_property
    def sticky(self) -> Array:
        return self.parts["sticky"].astype(bool)

    @property
    def is_integral(self) -> bool:
        return self.job.op.name in INTEGRAL

    @property
    def to(self) -> Format:
        """The format of a float result."""
        if not isinstance(self.job.result.type, Format):
            raise TypeError(f"the result of {self.job.op.name} is no float")
        return self.job.result.type

    @cached_property
    def region(self) -> Array:
        """NOWHERE, SUBNORMAL, ..."""
        if self.is_integral:
            return np.where(self.finite, INTEGER, NOWHERE)
        made = np.where(self.exponent > self.to.emax, BEYOND, NORMAL)
        if self.to.min_normal_code is None:
            made[made == NORMAL] = SUBNORMAL
        else:
            made[self._is_below(self.to.min_normal_code)] = SUBNORMAL
        return np.where(self.finite, made, NOWHERE)

    def _is_below(self, code: int, halvings: int = 0) -> Array:
        """Is x less than a code's value, halved so many times?"""
        exponent, words = value_words(self.to, code)
        exponent -= halvings
        less = self.significand.less(words)
        below: Array = (self.exponent < exponent) | ((self.exponent == exponent) & less)
        return below

    @cached_property
    def in_gap(self) -> Array:
        """Is x below the smallest value of a format without subnormals?"""
        if self.is_integral or self.to.exp0 == "subnormal":
            return np.zeros(self.size, bool)
        return self.finite & self._is_below(self.to.min_positive_code)

    @cached_property
    def spacing(self) -> Array:
        """q."""
        if self.is_integral:
            return np.zeros(self.size, np.int64)
        return np.maximum(self.exponent, self.to.emin) - (precision(self.job) - 1)

    @cached_property
    def keep(self) -> Array:
        """Bits of the significand that ``kept`` has; 0 or less: kept is 0."""
        return self.exponent - self.spacing + 1

    @cached_property
    def dropped(self) -> Words:
        """The first 128 bits of nu; what lies below is in ``below``."""
        rest = self.significand.left(np.maximum(self.keep, 0))
        small = self.significand.right(np.maximum(-self.keep, 0))
        is_small = self.keep < 0
        return Words(np.where(is_small, small.high, rest.high), np.where(is_small, small.low, rest.low))

    @cached_property
    def below(self) -> Array:
        """Is there anything below the first 128 bits of nu?"""
        lost = self.significand.left(np.clip(128 + self.keep, 0, 128))  # what ``dropped`` shifted out
        return self.sticky | ((self.keep < 0) & ~lost.is_zero())

    @cached_property
    def guard(self) -> Array:
        """G."""
        first = (self.dropped.high >> _TOP).astype(bool)
        if self.in_gap.any():
            return np.where(self.in_gap, ~self._is_below(self.to.min_positive_code, 1), first)
        return first

    @cached_property
    def rest(self) -> Array:
        """S."""
        after = Words(self.dropped.high << _ONE, self.dropped.low)
        found: Array = ~after.is_zero() | self.below
        if self.in_gap.any():
            exponent, words = value_words(self.to, self.to.min_positive_code)
            is_half = (self.exponent == exponent - 1) & self.significand.equals(words)
            found = np.where(self.in_gap, ~is_half, found)
        return found

    @cached_property
    def odd(self) -> Array:
        """L."""
        place = 128 - self.keep
        last = (self.significand.right(np.clip(place, 0, 128)).low & _ONE).astype(bool) & (self.keep > 0)
        last &= place >= 0
        if not self.is_integral and precision(self.job) == 1:
            last = (self.keep > 0) & ((self.spacing + self.to.bias) % 2 != 0)
        return last & ~self.in_gap

    @cached_property
    def inexact(self) -> Array:
        """Is nu not 0?"""
        found: Array = self.finite & (self.guard | self.rest)
        return found

    @cached_property
    def all_ones(self) -> Array:
        """Are all bits of kept 1, so that rounding up carries out?  Not where kept is 0."""
        ones = (~self.significand).right(np.clip(128 - self.keep, 0, 128)).is_zero()
        found: Array = self.finite & (self.keep > 0) & (self.keep <= 128) & ones & ~self.in_gap
        return found

    def is_dropped(self, distance: Words) -> Array:
        """Is nu * 2**128 exactly this?"""
        return self.dropped.equals(distance) & ~self.below

    @cached_property
    def last_bit(self) -> Words:
        """The last bit that the exact results of these operands can have, as a part of nu; 0 if it is none of the bits
        2 to 126 (bit 1 alone makes a midpoint), or if there is no last bit.
        """
        unit = exact_unit(self)
        if unit is None:
            return constant(0, (self.size,))
        place = 128 - (self.spacing - unit)
        return bit(np.where((place >= 2) & (place < 127), place, -1))

    def rounded(self, random: Array) -> Array:
        """The codes that the exact results become with other random bits."""
        from numfmt.modes import env_struct

        made = np.empty(self.size, self.to.dtype)
        arrays = _bind.Arrays(self.parts, made, np.ascontiguousarray(random, np.uint32))
        _bind.round_parts(formats.struct(self.to), env_struct(self.job.env), arrays)
        return made


def precision(job: Job) -> int:
    """Significand bits of a float result."""
    type_ = job.result.type
    return job.env.rounding_precision or (type_.precision if isinstance(type_, Format) else 64)


def value_words(fmt: Format, code: int) -> tuple[int, Words]:
    """Exponent and significand of one code."""
    parts = _bind.unpack(formats.struct(fmt), formats.code_array(fmt, [code]))[0]
    return int(parts["exp"]) + 127, Words(parts["sig_hi"], parts["sig_lo"])


def exact_unit(sample: Sample) -> Array | None:
    """The exponent of the last bit that the exact results of operands with these exponents can have, whatever their
    fractions; zeros and infinities among them have no last bit.  None where results need not end, and of products whose
    last bits are not seen.
    """
    if sample.job.op.name in ("mul", "fma") and sum(_precisions(sample.job)[:2]) > SEEN:
        return None
    units = [fact.unit for fact in sample.read]
    match sample.job.op.name:
        case "mul":
            return np.asarray(units[0] + units[1])
        case "fma":
            return np.asarray(np.minimum(units[0] + units[1], units[2]))
        case "add" | "sub" | "remainder" | "fmod" | "faa":
            return np.asarray(np.minimum.reduce(units))
        case "scaleb":
            return units[0] + _shift(sample)
        case (
            "convert" | "from_int" | "round_to_integral" | "round_to_integral_not_exact" | "to_int" | "to_int_not_exact"
        ):
            return units[0]
        case "logb":
            return np.zeros(sample.size, np.int64)
        case _:
            return None


def _precisions(job: Job) -> list[int]:
    return [type_.precision for type_ in job.types if isinstance(type_, Format)]


def _shift(sample: Sample) -> Array:
    """scaleb's second operand, as far as it is a small number."""
    type_ = sample.job.types[1]
    values = type_.decode(sample.codes[1]) if isinstance(type_, IntType) else np.zeros(sample.size, np.int64)
    shifts: Array = np.clip(values.astype(object), -(1 << 40), 1 << 40).astype(np.int64)
    return shifts
