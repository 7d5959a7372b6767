# SPDX-License-Identifier: BSD-3-Clause
"""Exact numbers of any size as rows of ``PARTS``, the form that C rounds: 127 or 128 bits and a sticky bit.

Nothing is rounded here: what does not fit is cut off and remembered in the sticky bit.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from numfmt import _bind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numfmt.formats import Format

#: sig_hi, sig_lo, exp, kind, sign, sticky, has_payload.
Row = tuple[int, int, int, int, int, int, int]

#: Bits of significand handed to C, one less than it takes, and where exponents are cut off: both far outside
#: every format.
_SIG_BITS = 127
_EXP_LIMIT = 1 << 24
_LOW = (1 << 64) - 1
#: Digits looked at first, of a number with more: nearly always enough to tell all bits.
_FIRST_DIGITS = 64
#: Python converts so many digits at once whatever its limit is set to (640 at least).
_DIGITS_AT_ONCE = 600


def zero(*, negative: bool) -> Row:
    return (0, 0, 0, _bind.KIND_ZERO, negative, 0, 0)


def infinity(*, negative: bool) -> Row:
    return (0, 0, 0, _bind.KIND_INF, negative, 0, 0)


def nan(fmt: Format, payload: int | None, *, negative: bool, signaling: bool) -> Row:
    """A NaN on its way into ``fmt``; ``payload`` is what its fraction would hold below the quiet bit.

    None: 1 for a signalling NaN, which cannot have 0, else 0.  Formats without a quiet bit take no payload and drop
    it (SEMANTICS 5).  Raises ValueError for a payload that does not fit.
    """
    kind = _bind.KIND_SIGNALING_NAN if signaling else _bind.KIND_QUIET_NAN
    bits = fmt.precision - 2
    if not fmt.has_quiet_bit or bits == 0:
        return (0, 0, 0, kind, negative, 0, 1)
    payload = int(signaling) if payload is None else payload
    if payload >> bits:
        raise ValueError(f"the NaN payload has {payload.bit_length()} bits: {fmt} holds {bits}")
    if signaling and not payload:
        raise ValueError("the NaN payload is 0: a signalling NaN needs another")
    sig = payload << (128 - bits)
    return (sig >> 64, sig & _LOW, 0, kind, negative, 0, 1)


def quotient(numerator: int, denominator: int = 1, exp: int = 0) -> Row:
    """numerator / denominator * 2**exp, for a positive denominator."""
    size = abs(numerator)
    if size == 0:
        return (0, 0, 0, _bind.KIND_ZERO, 0, 0, 0)
    shift = _SIG_BITS - size.bit_length() + denominator.bit_length()
    sig, rest = divmod(size << shift, denominator) if shift >= 0 else divmod(size, denominator << -shift)
    return (sig >> 64, sig & _LOW, _cut(exp - shift), _bind.KIND_FINITE, numerator < 0, rest != 0, 0)


def decimal(fmt: Format, digits: str, exp: int, *, negative: bool) -> Row:
    """0.digits * 10**exp, on its way into ``fmt``: far outside it, no power of ten is formed."""
    digits = digits.rstrip("0")
    leading = len(digits) - len(digits.lstrip("0"))
    digits, exp = digits[leading:], exp - leading
    if not digits:
        return zero(negative=negative)
    lowest, highest = reach(fmt)
    if not lowest <= exp <= highest:
        return (1 << 63, 0, _EXP_LIMIT if exp > 0 else -_EXP_LIMIT, _bind.KIND_FINITE, negative, 0, 0)
    count = _FIRST_DIGITS
    while len(digits) > count:
        row = _between(digits[:count], exp - count, negative=negative)
        if row is not None:
            return row
        count *= 8
    return signed(_scaled(integer(digits), exp - len(digits)), negative=negative)


def _scaled(value: int, exp10: int) -> Row:
    power = power_of_5(abs(exp10))
    return quotient(value * power, 1, exp10) if exp10 >= 0 else quotient(value, power, exp10)


def _between(head: str, exp10: int, *, negative: bool) -> Row | None:
    """What lies strictly between head and head + 1, times 10**exp10; None if its bits depend on more digits."""
    low = integer(head)
    power = power_of_5(abs(exp10))
    numerator, step, denominator = (low * power, power, 1) if exp10 >= 0 else (low, 1, power)
    shift = _SIG_BITS - numerator.bit_length() + denominator.bit_length()
    up, down = max(shift, 0), max(-shift, 0)
    sig, _ = divmod(numerator << up, denominator << down)
    above, rest = divmod((numerator + step) << up, denominator << down)
    if above - (rest == 0) != sig:
        return None
    return (sig >> 64, sig & _LOW, _cut(exp10 - shift), _bind.KIND_FINITE, negative, 1, 0)


def signed(row: Row, *, negative: bool) -> Row:
    return (*row[:4], int(negative), *row[5:])


def _cut(exp: int) -> int:
    return max(-_EXP_LIMIT, min(exp, _EXP_LIMIT))


@functools.lru_cache(maxsize=1024)
def reach(fmt: Format) -> tuple[int, int]:
    """Exponents of ten outside which 0.d * 10**exp is only tiny or huge for ``fmt``, whatever the rounding.

    2**200 away from its ends, further than any rounding looks (precision and random bits make 157 at most).
    """
    lowest = fmt.emin - fmt.precision - 200
    highest = fmt.emax + 200
    return lowest * 30103 // 100_000 - 1, highest * 30103 // 100_000 + 2  # log10(2) = 0.30103 to 8 digits


@functools.lru_cache(maxsize=1200)
def _small_power(n: int) -> int:
    power: int = 5**n
    return power


@functools.lru_cache(maxsize=32)
def _large_power(n: int) -> int:
    power: int = 5**n
    return power


def power_of_5(n: int) -> int:
    return _small_power(n) if n < 1100 else _large_power(n)


def integer(digits: str) -> int:
    """int(digits) of any length: Python's limit on digits does not bite."""
    if len(digits) <= _DIGITS_AT_ONCE:
        return int(digits)
    half = len(digits) // 2
    high, low = integer(digits[:-half]), integer(digits[-half:])
    return (high * power_of_5(half) << half) + low


def array(rows: Iterable[Row], count: int) -> np.ndarray[Any, np.dtype[Any]]:
    """The rows as a PARTS array of one dimension."""
    parts = np.zeros(count, _bind.PARTS)
    for name, column in zip(_bind.PARTS.names or (), zip(*rows, strict=True), strict=False):
        parts[name] = np.array(column, _bind.PARTS[name])
    return parts
