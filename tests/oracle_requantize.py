# SPDX-License-Identifier: BSD-3-Clause
"""Requantization by multiplier and shift as gemmlowp and TensorFlow Lite write it, in Python's integers.

Sources: gemmlowp fixedpoint.h (SaturatingRoundingDoublingHighMul, RoundingDivideByPOT), TensorFlow Lite
quantization_util.cc (QuantizeMultiplier) and common.h (MultiplyByQuantizedMultiplier, both ways to round).
"""

from __future__ import annotations

from fractions import Fraction

from oracle_format import floor_log2, pow2
from oracle_quantize import round_integer

INT32_MIN, INT32_MAX = -(1 << 31), (1 << 31) - 1


def quantize_multiplier(real: Fraction) -> tuple[int, int]:
    """(q, shift) with real about q 2^(shift - 31) and 2^30 <= q < 2^31; real below 2^-32 is (0, 0)."""
    if real == 0:
        return 0, 0
    shift = floor_log2(real) + 1
    q = round_integer(real * pow2(31 - shift), "ties_away")
    if q == 1 << 31:
        q, shift = q // 2, shift + 1
    return (0, 0) if shift < -31 else (q, shift)


def truncated(numerator: int, denominator: int) -> int:
    """C's division."""
    quotient = abs(numerator) // abs(denominator)
    return quotient if (numerator < 0) == (denominator < 0) else -quotient


def high_mul(a: int, b: int) -> int:
    """SaturatingRoundingDoublingHighMul: the high half of 2ab, by a nudge and a division that truncates."""
    if a == b == INT32_MIN:
        return INT32_MAX
    nudge = 1 << 30 if a * b >= 0 else 1 - (1 << 30)
    return truncated(a * b + nudge, 1 << 31)


def divide_by_pot(x: int, exponent: int) -> int:
    """RoundingDivideByPOT: ties away from zero, by mask, remainder and threshold."""
    mask = (1 << exponent) - 1
    threshold = (mask >> 1) + (x < 0)
    return (x >> exponent) + ((x & mask) > threshold)


def gemmlowp(x: int, q: int, shift: int) -> int:
    """Two roundings; a shifted x that leaves int32 is undefined in C and a ValueError here."""
    shifted = x << max(shift, 0)
    if not INT32_MIN <= shifted <= INT32_MAX:
        raise ValueError(f"{x} << {shift} is no int32")
    return divide_by_pot(high_mul(shifted, q), max(-shift, 0))


def single(x: int, q: int, shift: int) -> int:
    """One rounding, ties upwards: (x q + 2^(30 - shift)) >> (31 - shift)."""
    return (x * q + (1 << 30 - shift)) >> 31 - shift


def exact(x: int, real: Fraction, mode: str) -> int:
    """x times the real multiplier, rounded once."""
    return round_integer(x * real, mode)


def finished(scaled: int, zero_point: int, lowest: int, highest: int) -> int:
    """The zero point added and the sum clamped to the output's codes."""
    return min(max(scaled + zero_point, lowest), highest)
