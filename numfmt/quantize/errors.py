# SPDX-License-Identifier: BSD-3-Clause
"""Sums of squared errors of a quantizer as a function of its parameters: roughly for all granules, exactly for one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from numfmt.quantize.steps import Numbers
from numfmt.quantize.sums import PrefixSums

if TYPE_CHECKING:
    from numfmt.quantize.affine import Affine


class RoughErrors:
    """The values of some granules, ready to be quantized with many parameters, errors summed in float64."""

    def __init__(self, affine: Affine, rows: Sequence[Numbers]) -> None:
        self._affine = replace(affine, axis=0, group=None, tile=None)
        self._sizes = np.array([len(row) for row in rows])
        table = np.zeros((len(rows), int(self._sizes.max())))
        for to, row in zip(table, rows, strict=True):
            to[: len(row)] = row  # and then zeros, which have no error: their code is the zero point
        self._amax = abs(table).max(axis=1)
        narrow = table.astype(np.float32)
        self._table = narrow if np.array_equal(narrow, table) else table  # the same values, quantized faster

    def of(self, scale: Numbers, zero_point: Numbers) -> Numbers:
        """The sum of (x - decoded)^2 over the values of each granule."""
        q = self._affine.encode(self._table, self._affine.parameters(scale=scale, zero_point=zero_point))
        error = self._table - np.asarray(q.values).astype(np.float64)
        return np.asarray(np.einsum("ij,ij->i", error, error))

    def bar(self, errors: Numbers) -> Numbers:
        """What no sum is above whose exact value is at most that of one of ``errors``.

        A decoded value may have been rounded, by up to e = 2^-52 of the largest magnitude or so, which changes a sum E
        of n squares by at most 2 e sqrt(n E) + n e^2; the rest is float64's own rounding, of less than n units.
        """
        e = self._amax * 2.0**-50
        sums = errors * (1 + self._sizes * 2.0**-50) + 4 * e * np.sqrt(self._sizes * errors)
        return np.asarray(sums + 4 * self._sizes * e * e)


class SquaredError:
    """The values of one granule, ready to be quantized with many parameters, errors summed exactly.

    Codes of sorted values are sorted too; the values of one code are a slice, whose exact sums of x and x^2 give the
    sum of (x - decoded)^2 without looking at each.
    """

    def __init__(self, affine: Affine, values: Numbers) -> None:
        self._affine = replace(affine, axis=None, group=None, tile=None)
        self._sorted = np.sort(values)
        self._sums = PrefixSums(self._sorted)

    def of(self, scale: float, zero_point: int) -> Fraction:
        """In integers: of a slice of n values with sums X and XX that all become y, XX + y (n y - 2 X)."""
        p = self._affine.parameters(scale=scale, zero_point=zero_point)
        codes = self._affine.encode(self._sorted, p).codes
        starts = [0, *(np.flatnonzero(np.diff(codes)) + 1).tolist(), len(codes)]
        decoded = np.asarray(self._affine.decode(codes[starts[:-1]], p)).tolist()
        levels = [value.as_integer_ratio() for value in decoded]
        fraction_bits = max(-self._sums.unit, *(below.bit_length() - 1 for _, below in levels))
        up = fraction_bits + self._sums.unit
        total = self._sums.second(len(codes)) << 2 * up
        before = 0
        for start, end, (above, below) in zip(starts, starts[1:], levels, strict=False):
            after = self._sums.first(end)
            y = above << fraction_bits - (below.bit_length() - 1)
            total += y * ((end - start) * y - (after - before << up + 1))
            before = after
        return Fraction(total, 1 << 2 * fraction_bits)
