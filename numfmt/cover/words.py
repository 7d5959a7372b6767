# SPDX-License-Identifier: BSD-3-Clause
"""Arrays of 128-bit integers as pairs of uint64 arrays: shifts by an amount for each element."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
_U = np.uint64
_ALL = _U(0xFFFF_FFFF_FFFF_FFFF)


class Words(NamedTuple):
    """high * 2**64 + low."""

    high: Array
    low: Array

    def __invert__(self) -> Words:
        return Words(~self.high, ~self.low)

    def left(self, count: Array) -> Words:
        """Shifted left; 0 <= count, 128 and more gives 0."""
        high = _left(self.high, count) | _right(self.low, 64 - count) | _left(self.low, count - 64)
        return Words(high, _left(self.low, count))

    def right(self, count: Array) -> Words:
        """Shifted right; 0 <= count, 128 and more gives 0."""
        low = _right(self.low, count) | _left(self.high, 64 - count) | _right(self.high, count - 64)
        return Words(_right(self.high, count), low)

    def is_zero(self) -> Array:
        zero: Array = (self.high | self.low) == 0
        return zero

    def equals(self, other: Words) -> Array:
        same: Array = (self.high == other.high) & (self.low == other.low)
        return same

    def less(self, other: Words) -> Array:
        below: Array = (self.high < other.high) | ((self.high == other.high) & (self.low < other.low))
        return below


def bit(place: Array) -> Words:
    """2**place; 0 where it is not 0 to 127."""
    one = np.ones(place.shape, _U)
    low = np.where(place >= 0, _left(one, place), _U(0))
    return Words(_left(one, place - 64), low)


def constant(number: int, shape: tuple[int, ...] = ()) -> Words:
    """The low 128 bits of one number, everywhere."""
    high, low = number >> 64 & int(_ALL), number & int(_ALL)
    return Words(np.full(shape, high, _U), np.full(shape, low, _U))


def plus(a: Words, b: Words) -> Words:
    """a + b modulo 2**128."""
    low = a.low + b.low
    return Words(a.high + b.high + (low < a.low), low)


def minus(a: Words, b: Words) -> Words:
    """a - b modulo 2**128."""
    return Words(a.high - b.high - (a.low < b.low), a.low - b.low)


def _left(word: Array, count: Array) -> Array:
    """word << count for 0 <= count < 64, else 0."""
    fits = (count >= 0) & (count < 64)
    shifted: Array = np.where(fits, word << np.where(fits, count, 0).astype(_U), _U(0))
    return shifted


def _right(word: Array, count: Array) -> Array:
    fits = (count >= 0) & (count < 64)
    shifted: Array = np.where(fits, word >> np.where(fits, count, 0).astype(_U), _U(0))
    return shifted
