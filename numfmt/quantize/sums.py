# SPDX-License-Identifier: BSD-3-Clause
"""Exact sums of floats and of their squares, in integers: no order of addition matters."""

from __future__ import annotations

from typing import Any

import numpy as np

Values = np.ndarray[Any, np.dtype[Any]]
_LIMB = 27
"""Bits of a limb: sums of up to 2^36 of them fit int64."""


class PrefixSums:
    """The sums of the first i of float64 values, and of their squares, for any i.

    The values come in any order in which those of one binary exponent stand together: sorted, or ``by_exponent``.
    Each is an integer times ``2**unit``; integers of one exponent are cut into limbs, whose running sums fit int64.
    """

    def __init__(self, values: Values) -> None:
        bits = np.ascontiguousarray(values).view(np.int64)
        exponent = (bits >> 52) & 0x7FF
        magnitude = (bits & ((1 << 52) - 1)) | np.where(exponent > 0, 1 << 52, 0)
        exponent = np.maximum(exponent, 1)
        spare = 29 if not (magnitude & ((1 << 29) - 1)).any() else 0  # binary32's values have 24 bits
        magnitude >>= spare
        starts = np.flatnonzero(np.diff(exponent)) + 1
        self._starts = np.concatenate([[0], starts]) if len(values) else np.zeros(1, np.int64)
        exponents = [int(e) for e in exponent[self._starts]] if len(values) else [1]
        least = min(exponents)
        self.unit = least + spare - 1075
        steps = [e - least for e in exponents]
        signed = np.where(bits < 0, -magnitude, magnitude)
        self._first = _Running(_limbs(signed), self._starts, steps, power=1)
        self._second = _Running(_square_limbs(magnitude), self._starts, steps, power=2)

    def first(self, i: int) -> int:
        """The sum of the first i values, in units of ``2**unit``."""
        return self._first.upto(self._run(i), i)

    def second(self, i: int) -> int:
        """The sum of the squares of the first i values, in units of ``4**unit``."""
        return self._second.upto(self._run(i), i)

    def _run(self, i: int) -> int:
        """The run of equal exponents in which the i-th value begins to be missing."""
        return int(np.searchsorted(self._starts, i, side="right")) - 1


def by_exponent(values: Values) -> Values:
    """The values with those of one binary exponent together."""
    exponent = ((values.view(np.int64) >> 52) & 0x7FF).astype(np.int16)
    return values[np.argsort(exponent, kind="stable")]


class _Running:
    """Running sums of ``sum(limb << shift)``, times ``2^(power * step)`` of the run."""

    def __init__(self, limbs: list[tuple[Values, int]], starts: Values, steps: list[int], power: int) -> None:
        self._sums = [(np.concatenate([np.zeros(1, np.int64), np.cumsum(limb)]), shift) for limb, shift in limbs]
        self._starts = starts
        self._powers = [power * step for step in steps]
        self._before = [0]
        for run in range(len(starts) - 1):
            self._before.append(self._before[run] + self._part(run, int(starts[run + 1])))

    def upto(self, run: int, i: int) -> int:
        return self._before[run] + self._part(run, i)

    def _part(self, run: int, i: int) -> int:
        start = int(self._starts[run])
        return sum(int(sums[i] - sums[start]) << shift for sums, shift in self._sums) << self._powers[run]


def _limbs(x: Values) -> list[tuple[Values, int]]:
    """Integers below 2^54 in magnitude as low and high limbs, those that are all 0 left out."""
    pairs = [(x & ((1 << _LIMB) - 1), 0), (x >> _LIMB, _LIMB)]
    return [(limb, shift) for limb, shift in pairs if limb.any()]


def _square_limbs(x: Values) -> list[tuple[Values, int]]:
    """As ``_limbs``, of the squares of integers in 0..2^53."""
    low, high = x & ((1 << _LIMB) - 1), x >> _LIMB
    products = [(low * low, 0), (2 * low * high, _LIMB), (high * high, 2 * _LIMB)]
    return [(limb, shift + more) for product, shift in products for limb, more in _limbs(product)]
