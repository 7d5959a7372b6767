# SPDX-License-Identifier: BSD-3-Clause
"""The exact sums of squared errors of a quantizer, as a function of its parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from numfmt.quantize.steps import Numbers
from numfmt.quantize.sums import PrefixSums

if TYPE_CHECKING:
    from numfmt.quantize.affine import Affine


class SquaredErrors:
    """The values of some granules, ready to be quantized with many parameters.

    Codes of sorted values are sorted too; the values of one code are a slice, whose exact sums of x and x^2 give the
    sum of (x - decoded)^2 without looking at each.
    """

    def __init__(self, affine: Affine, rows: Sequence[Numbers]) -> None:
        self._affine = replace(affine, axis=0, group=None, tile=None)
        ordered = [np.sort(row) for row in rows]
        self._sums = [PrefixSums(row) for row in ordered]
        self._sizes = [len(row) for row in ordered]
        longest = max(self._sizes)
        table = np.array([np.pad(row, (0, longest - len(row)), mode="edge") for row in ordered])
        narrow = table.astype(np.float32)
        self._table = narrow if np.array_equal(narrow, table) else table  # the same values, quantized faster

    def of(self, scale: Numbers, zero_point: Numbers) -> list[Fraction]:
        """The sum of (x - decoded)^2 over the values of each granule, exactly."""
        q = self._affine.encode(self._table, self._affine.parameters(scale=scale, zero_point=zero_point))
        rows = zip(self._sums, self._sizes, q.codes, np.asarray(q.values), strict=True)
        return [_squared_error(sums, codes[:size], decoded) for sums, size, codes, decoded in rows]


def _squared_error(sums: PrefixSums, codes: Numbers, decoded: Any) -> Fraction:
    """In integers: of a slice of n values with sums X and XX that all become y, XX + y (n y - 2 X)."""
    starts = [0, *(np.flatnonzero(np.diff(codes)) + 1).tolist(), len(codes)]
    levels = [value.as_integer_ratio() for value in decoded[starts[:-1]].tolist()]
    fraction_bits = max(-sums.unit, *(below.bit_length() - 1 for _, below in levels))
    up = fraction_bits + sums.unit
    total = sums.second(len(codes)) << 2 * up
    before = 0
    for start, end, (above, below) in zip(starts, starts[1:], levels, strict=False):
        after = sums.first(end)
        y = above << fraction_bits - (below.bit_length() - 1)
        total += y * ((end - start) * y - (after - before << up + 1))
        before = after
    return Fraction(total, 1 << 2 * fraction_bits)
