# SPDX-License-Identifier: BSD-3-Clause
"""What a code of a binary floating-point format means: SEMANTICS 1, in exact rational arithmetic.

Magnitudes are numbered by *ordinals*: the magnitude bits of the code, without x87's stored leading bit. Ordinals are
contiguous, 0 upwards in the order of the values, so "the next value" is always the next ordinal, also beyond the
largest finite value, where `ordinal_value` goes on as if the exponent had no end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property
from typing import Protocol

NO_PAYLOAD = (0, -1)
"""Payload of a NaN that carries none: it comes from a format without a quiet bit, or an operation made it."""


class FormatLike(Protocol):
    """The descriptor fields of SEMANTICS 1; any hashable object that has them will do."""

    def __hash__(self) -> int: ...
    @property
    def width(self) -> int: ...
    @property
    def precision(self) -> int: ...
    @property
    def bias(self) -> int: ...
    @property
    def is_signed(self) -> bool: ...
    @property
    def has_inf(self) -> bool: ...
    @property
    def has_zero(self) -> bool: ...
    @property
    def has_neg_zero(self) -> bool: ...
    @property
    def exp0(self) -> str: ...
    @property
    def n_high_nans(self) -> int | str: ...
    @property
    def has_quiet_bit(self) -> bool: ...
    @property
    def explicit_leading_bit(self) -> bool: ...


@dataclass(frozen=True, kw_only=True)
class Fmt:
    """A plain descriptor, for using the oracle on its own."""

    width: int
    precision: int
    bias: int
    is_signed: bool = True
    has_inf: bool = True
    has_zero: bool = True
    has_neg_zero: bool = True
    exp0: str = "subnormal"
    n_high_nans: int | str = "all"
    has_quiet_bit: bool = False
    explicit_leading_bit: bool = False


@dataclass(frozen=True)
class Value:
    """A decoded operand or an exact result.

    kind is "zero", "finite", "inf", "qnan" or "snan"; magnitude is 0 unless finite. payload is (bits, n_bits), the bits
    below the quiet bit, or NO_PAYLOAD. subnormal tells operands that DAZ flushes (SEMANTICS 1 and 6); unsupported:
    the signalling NaNs that x87's unnormals, pseudo-NaNs and pseudo-Infs are.
    """

    kind: str
    sign: int = 0
    magnitude: Fraction = Fraction(0)
    payload: tuple[int, int] = NO_PAYLOAD
    subnormal: bool = False
    unsupported: bool = False


def pow2(exponent: int) -> Fraction:
    """Exact 2^exponent."""
    return Fraction(1 << exponent) if exponent >= 0 else Fraction(1, 1 << -exponent)


def floor_log2(x: Fraction) -> int:
    """floor(log2 x) of a positive x, by integers only."""
    guess = x.numerator.bit_length() - x.denominator.bit_length()
    small = x.numerator < x.denominator << guess if guess >= 0 else x.numerator << -guess < x.denominator
    return guess - 1 if small else guess


@dataclass(frozen=True)
class Layout:
    """A descriptor with what follows from it: where the finite values, Inf and NaNs lie among the ordinals."""

    fmt: FormatLike
    frac_bits: int
    emin: int  # exponent of the lowest full binade: grids do not get finer below it
    first_ordinal: int  # of the smallest positive value
    max_ordinal: int  # of the largest finite value
    top_ordinal: int  # all magnitude bits set

    @cached_property
    def has_nan(self) -> bool:
        """High NaNs, or the -0 code of a signed format without -0 (SEMANTICS 1, has_neg_zero)."""
        return n_high(self.fmt) > 0 or self.nan_is_neg_zero

    @property
    def nan_is_neg_zero(self) -> bool:
        """Signed without -0: the -0 code is the only NaN."""
        return self.fmt.is_signed and not self.fmt.has_neg_zero

    def ordinal_value(self, ordinal: int) -> Fraction:
        """Magnitude of an ordinal, on the grid continued beyond the largest finite value."""
        field, frac = divmod(ordinal, 1 << self.frac_bits)
        if ordinal == 0 and self.fmt.has_zero:
            return Fraction(0)
        if field == 0 and self.fmt.exp0 == "zero":
            return Fraction(0)
        if field == 0 and self.fmt.exp0 == "subnormal":
            return frac * pow2(self.emin - self.frac_bits)
        return ((1 << self.frac_bits) + frac) * pow2(field - self.fmt.bias - self.frac_bits)

    def value_ordinal(self, magnitude: Fraction) -> int:
        """Ordinal of a magnitude that lies on the format's grid; the inverse of ordinal_value."""
        if magnitude == 0:
            return 0
        exponent = floor_log2(magnitude)
        scaled = magnitude * pow2(self.frac_bits - max(exponent, self.emin))
        if scaled.denominator != 1:
            raise ValueError(f"{magnitude} is not on the grid")
        if exponent < self.emin and self.fmt.exp0 != "subnormal":
            raise ValueError(f"{magnitude} is in the gap next to zero")
        if exponent < self.emin:
            return scaled.numerator
        return scaled.numerator + ((exponent + self.fmt.bias - 1) << self.frac_bits)

    def code(self, sign: int, ordinal: int) -> int:
        """Code of a signed ordinal; x87 stores the leading bit between exponent and fraction."""
        bits = ordinal
        if self.fmt.explicit_leading_bit:
            field, frac = divmod(ordinal, 1 << self.frac_bits)
            bits = (field << self.frac_bits + 1) | ((field != 0) << self.frac_bits) | frac
        return bits | sign << self.fmt.width - 1 if self.fmt.is_signed else bits

    def zero_code(self, sign: int) -> int:
        """Zero of that sign; formats without -0 deliver +0 (SEMANTICS 2)."""
        return self.code(sign if self.fmt.has_neg_zero else 0, 0)

    def inf_code(self, sign: int) -> int:
        """Inf: the code after the largest finite."""
        return self.code(sign, self.max_ordinal + 1)

    @cached_property
    def smallest(self) -> Fraction:
        """The smallest positive value."""
        return self.ordinal_value(self.first_ordinal)

    @cached_property
    def smallest_normal(self) -> Fraction:
        """SEMANTICS 4: 2^(1-B); with exp0 = normal the smallest positive value."""
        return self.smallest if self.fmt.exp0 == "normal" else pow2(1 - self.fmt.bias)


def n_high(fmt: FormatLike) -> int:
    """NaN codes above Inf or the largest finite, per sign; "all" is every nonzero fraction (SEMANTICS 1)."""
    return (1 << fmt.precision - 1) - 1 if isinstance(fmt.n_high_nans, str) else fmt.n_high_nans


def layout(fmt: FormatLike) -> Layout:
    """The layout of a format, remembered by its fields."""
    return _layout(
        (fmt.width, fmt.precision, fmt.bias, fmt.n_high_nans, fmt.exp0),
        (fmt.is_signed, fmt.has_inf, fmt.has_zero, fmt.has_neg_zero, fmt.has_quiet_bit, fmt.explicit_leading_bit),
    )


@cache
def _layout(numbers: tuple[int, int, int, int | str, str], marks: tuple[bool, bool, bool, bool, bool, bool]) -> Layout:
    width, precision, bias, n_high_nans, exp0 = numbers
    is_signed, has_inf, has_zero, has_neg_zero, has_quiet_bit, explicit = marks
    if exp0 not in ("subnormal", "normal", "zero"):
        raise ValueError(f"exp0={exp0!r}")
    fmt = Fmt(width=width, precision=precision, bias=bias, is_signed=is_signed, has_inf=has_inf, has_zero=has_zero,
              has_neg_zero=has_neg_zero, exp0=exp0, n_high_nans=n_high_nans, has_quiet_bit=has_quiet_bit,
              explicit_leading_bit=explicit)  # fmt: skip
    top = (1 << width - is_signed - explicit) - 1
    first = 1 << precision - 1 if exp0 == "zero" else int(has_zero)
    emin = -bias if exp0 == "normal" else 1 - bias
    return Layout(fmt, precision - 1, emin, first, top - n_high(fmt) - has_inf, top)


def _split(lay: Layout, code: int) -> tuple[int, int, int]:
    """(sign, ordinal, stored leading bit or -1) of a code."""
    fmt = lay.fmt
    if not 0 <= code < 1 << fmt.width:
        raise ValueError(f"code {code:#x} has more than {fmt.width} bits")
    sign = code >> fmt.width - 1 if fmt.is_signed else 0
    bits = code & (1 << fmt.width - fmt.is_signed) - 1
    if not fmt.explicit_leading_bit:
        return sign, bits, -1
    field, sig = divmod(bits, 1 << fmt.precision)
    leading, frac = divmod(sig, 1 << lay.frac_bits)
    return sign, (field << lay.frac_bits) | frac, leading


def decode(fmt: FormatLike, code: int) -> Value:
    """The value of a code (SEMANTICS 1)."""
    lay = layout(fmt)
    sign, ordinal, leading = _split(lay, code)
    field, frac = divmod(ordinal, 1 << lay.frac_bits)
    if leading == 0 and field != 0:  # unnormal, pseudo-Inf, pseudo-NaN
        return Value("snan", sign, payload=_payload(fmt, frac), unsupported=True)
    if leading == 1 and field == 0:  # pseudo-denormal: has its value, not subnormal for DAZ
        return Value("finite", sign, pow2(lay.emin) + lay.ordinal_value(frac))
    if lay.nan_is_neg_zero and sign and ordinal == 0:
        return Value("qnan", sign)
    if ordinal > lay.max_ordinal:
        return _special(lay, sign, ordinal, frac)
    magnitude = lay.ordinal_value(ordinal)
    if magnitude == 0:
        return Value("zero", sign if fmt.has_neg_zero else 0)
    return Value("finite", sign, magnitude, subnormal=fmt.exp0 == "subnormal" and field == 0)


def _special(lay: Layout, sign: int, ordinal: int, frac: int) -> Value:
    """A code above the largest finite: Inf first, if there is one, then NaNs."""
    if lay.fmt.has_inf and ordinal == lay.max_ordinal + 1:
        return Value("inf", sign)
    if not lay.fmt.has_quiet_bit:
        return Value("qnan", sign)
    quiet = frac >> lay.fmt.precision - 2 & 1
    return Value("qnan" if quiet else "snan", sign, payload=_payload(lay.fmt, frac))


def _payload(fmt: FormatLike, frac: int) -> tuple[int, int]:
    """The fraction below the quiet bit."""
    n_bits = fmt.precision - 2
    return frac & (1 << n_bits) - 1, n_bits


def value_of(fmt: FormatLike, code: int) -> Fraction:
    """The signed exact value of a finite code (+-0 is 0)."""
    value = decode(fmt, code)
    if value.kind not in ("zero", "finite"):
        raise ValueError(f"code {code:#x} is {value.kind}")
    return -value.magnitude if value.sign else value.magnitude


def codes_in_order(fmt: FormatLike) -> range:
    """Positive finite codes that rounding can produce, ascending (zero left out). x87's are no range: ValueError."""
    if fmt.explicit_leading_bit:
        raise ValueError("codes with a stored leading bit are not contiguous")
    lay = layout(fmt)
    return range(lay.first_ordinal, lay.max_ordinal + 1)


def neighbours(fmt: FormatLike, x: Fraction) -> tuple[int, int]:
    """Codes of the largest value <= x and of the smallest value >= x (the same code twice if x is a value).

    ValueError where one of them does not exist. Zero is +0 on both sides.
    """
    lay = layout(fmt)
    sign, magnitude = int(x < 0), abs(x)
    below, above = _bracket_ordinals(lay, magnitude)
    no_zero = not fmt.has_zero and magnitude < lay.smallest
    if (sign and not fmt.is_signed) or above > lay.max_ordinal or no_zero:
        raise ValueError(f"{x} is outside the format")
    codes = [lay.code(sign, o) if o or not fmt.has_zero else 0 for o in (below, above)]
    return (codes[1], codes[0]) if sign else (codes[0], codes[1])


def _bracket_ordinals(lay: Layout, magnitude: Fraction) -> tuple[int, int]:
    """Ordinals around a magnitude, beyond the largest finite value too; the gap next to zero is one step."""
    if magnitude < lay.smallest:
        return 0, 0 if magnitude == 0 else lay.first_ordinal
    quantum = pow2(max(floor_log2(magnitude), lay.emin) - lay.frac_bits)
    below = lay.value_ordinal(magnitude // quantum * quantum)
    return below, below if lay.ordinal_value(below) == magnitude else below + 1


def boundary_values(dst: FormatLike) -> Iterator[Fraction]:
    """Positive values at which some rounding into dst changes; increasing but for the tininess slices, which lead.

    Up to 16 bits: every finite value and every midpoint, from the one next to zero to the one beyond the largest
    finite value, and the value that would come next. Wider: the same around each binade edge and each end.
    """
    lay = layout(dst)
    yield from tininess_slices(dst)
    yield lay.smallest / 2
    for ordinal in _chosen_ordinals(lay):
        here, after = lay.ordinal_value(ordinal), lay.ordinal_value(ordinal + 1)
        yield here
        yield (here + after) / 2
    yield lay.ordinal_value(lay.max_ordinal + 1)


def tininess_slices(dst: FormatLike) -> Iterator[Fraction]:
    """min_normal * (1 - k 2^-(P+2)), k = 1..8: where tiny before and tiny after rounding part (facts 2.5)."""
    lay = layout(dst)
    for k in range(1, 9):
        value = lay.smallest_normal * (1 - k * pow2(-dst.precision - 2))
        if value > 0:
            yield value


def _chosen_ordinals(lay: Layout) -> Iterator[int]:
    """All of a narrow format; of a wide one those within 2 of a binade edge or an end."""
    if lay.fmt.width <= 16:
        yield from range(lay.first_ordinal, lay.max_ordinal + 1)
        return
    last = lay.first_ordinal - 1
    edges = (field << lay.frac_bits for field in range((lay.max_ordinal >> lay.frac_bits) + 1))
    for edge in (lay.first_ordinal, *edges, lay.max_ordinal):
        for ordinal in range(max(edge - 2, last + 1), min(edge + 2, lay.max_ordinal) + 1):
            yield ordinal
            last = ordinal
