# SPDX-License-Identifier: BSD-3-Clause
"""Codes of one operand that are worth trying: the ends of every range, ones, specials, patterns of significands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from numfmt import generate
from numfmt.formats import Format, code_int
from numfmt.inttypes import IntType
from numfmt.ops import Op, Type

Array = np.ndarray[Any, np.dtype[Any]]

#: Every code of types up to this width.
_ALL_CODES = 8
#: Significands with nothing regular about them: digits of the golden ratio and of e.
_IRREGULAR = (0x9E3779B97F4A7C15F39CC0605CEDC835, 0xADF85458A2BB4A9AAFDC5620273D3CF1)
_ALTERNATING = (0xAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA, 0xCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC)


def codes(type_: Type, op: Op, to: Type | None) -> Array:
    """The landmarks of an operand, in order; more of them where there is no other operand."""
    if type_.width <= _ALL_CODES:
        return np.arange(1 << type_.width).astype(type_.code_dtype if isinstance(type_, IntType) else type_.dtype)
    if isinstance(type_, IntType):
        return _integers(type_, to)
    magnitudes = set(_magnitudes(type_))
    if len(op.operands) == 1:
        if op.name.startswith(("to_int", "round_to_integral")):
            magnitudes |= _around_integers(type_, to.width if isinstance(to, IntType) else type_.precision)
        magnitudes |= {code + step for code in magnitudes for step in (-1, 1)}
    top = (1 << (type_.width - type_.is_signed)) - 1
    return generate.with_signs(type_, sorted(code for code in magnitudes if 0 <= code <= top))


def finite(fmt: Format, count: int) -> Array:
    """About ``count`` landmarks that are finite and not zero, of both signs."""
    if fmt.width <= _ALL_CODES:
        magnitudes = list(range(fmt.min_positive_code, fmt.max_code + 1))
    else:
        magnitudes = sorted(code for code in _magnitudes(fmt) if fmt.min_positive_code <= code <= fmt.max_code)
    step = max(1, len(magnitudes) * (1 + fmt.is_signed) // count)
    return generate.with_signs(fmt, magnitudes[::step])


def _magnitudes(fmt: Format) -> set[int]:
    """Codes without sign."""
    near = {0, 1, 2, fmt.min_positive_code, fmt.max_code, fmt.max_code - 1, fmt.max_code - 2}
    if fmt.min_normal_code is not None:
        near |= {fmt.min_normal_code + step for step in (-2, -1, 0, 1, 2)}
    if fmt.has_quiet_bit and fmt.nan_code is not None:
        near |= {fmt.nan_code - 1, fmt.nan_code + 1}  # the last signalling NaN, the first quiet one with a payload
    return near | set(generate.special_codes(fmt)) | _values(fmt, _significands(fmt.precision), _exponents(fmt))


def _values(fmt: Format, significands: Iterable[int], exponents: Iterable[int]) -> set[int]:
    """The codes of significands of the format's precision, 1 to 2, times powers of two; toward zero."""
    parts = generate.parts(sorted(significands), [exp - fmt.precision + 1 for exp in sorted(exponents)])
    return {code_int(code) for code in generate.codes_below(fmt, parts)}


def _significands(bits: int) -> set[int]:
    lead = 1 << (bits - 1)
    if bits <= 4:
        return set(range(lead, 2 * lead))
    half = 1 << (bits // 2)
    patterns = {(number >> (128 - bits)) | lead for number in (*_ALTERNATING, *_IRREGULAR)}
    return patterns | {
        lead,
        lead + 1,
        lead + 2,
        lead + half,
        2 * lead - half,
        3 * lead // 2,
        2 * lead - 2,
        2 * lead - 1,
    }


def _exponents(fmt: Format) -> set[int]:
    p, low, high = fmt.precision, fmt.emin, fmt.emax
    ends = {low - p + 1, low - p // 2, low - 1, low, low + 1, low + p, high - p, high - 1, high}
    middle = {-p - 1, -p, -2, -1, 0, 1, 2, p - 1, p, p + 1, low // 2, high // 2}
    return {exp for exp in ends | middle if low - p < exp <= high}


def _around_integers(fmt: Format, bits: int) -> set[int]:
    """Codes of quarters of integers: small ones, and on both sides of every power of two up to ``2**(bits + 1)``."""
    quarters = {*range(1, 33)} | {(4 << exp) + step for exp in range(3, bits + 2) for step in range(-8, 9)}
    return {code_int(code) for code in generate.codes_below(fmt, generate.parts(sorted(quarters), [-2]))}


def _integers(type_: IntType, to: Type | None) -> Array:
    """Both ends, powers of two and their neighbours, and ties of the result's precision."""
    low, high = type_.values[0], type_.values[-1]
    numbers = {sign * ((1 << exp) + step) for exp in range(type_.width) for step in (-1, 0, 1) for sign in (1, -1)}
    if isinstance(to, Format):
        p = to.precision
        odd = [(bits << p) + sign * step for bits in (1, 2, 4) for step in (1, 2, 3) for sign in (1, -1)]
        shifted = [number << exp for number in odd for exp in range(max(0, type_.width - p))]
        numbers |= {sign * (number + step) for number in shifted for step in (-1, 0, 1) for sign in (1, -1)}
        ends = (p, to.emax, -to.emin, to.emax - to.emin, to.emax - to.emin + p)
        numbers |= {sign * end + step for end in ends for step in (-1, 0, 1) for sign in (1, -1)}
    chosen = sorted(number for number in numbers | {low, low + 1, high - 1, high} if low <= number <= high)
    return type_.encode("landmarks", chosen)
