# SPDX-License-Identifier: BSD-3-Clause
"""Ranges between two percentiles, each a value of the sample or between two of them."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from numfmt.quantize.samples import Samples
from numfmt.quantize.spans import Span
from numfmt.quantize.steps import Numbers, Steps

if TYPE_CHECKING:
    from numfmt.quantize.affine import Affine

INTERPOLATIONS = ("linear", "lower", "higher", "nearest", "midpoint")


class Percentile:
    """percentile: [100 - p, p] of the values; of a symmetric quantizer, p of the magnitudes.

    percentile
        p, in 50..100, or a pair (low, high); a float means the decimal number that ``repr`` writes.
    interpolation
        As numpy's ``method``: the exact position (n - 1) p / 100 in the sorted values is between two of them, i and
        i + 1, of which "lower", "higher" and "nearest" (ties to the even index) take one, "midpoint" the mean, "linear"
        the point at the same fraction of the way; these two rounded once into the quantizer's arithmetic.

    All values are kept.
    """

    needs_values = True

    def __init__(
        self,
        affine: Affine,
        *,
        percentile: float | Fraction | tuple[float | Fraction, float | Fraction] = 99.99,
        interpolation: str = "linear",
    ) -> None:
        if interpolation not in INTERPOLATIONS:
            raise ValueError(f"interpolation is {interpolation!r}: must be one of {', '.join(INTERPOLATIONS)}")
        self._symmetric = affine.scheme == "symmetric"
        self._ends = _ends(percentile)
        if self._symmetric and isinstance(percentile, tuple):
            raise ValueError(f"percentile is {percentile}: a symmetric quantizer takes one, of the magnitudes")
        self._interpolation = interpolation
        self._steps = Steps(affine.range_arithmetic or affine.arithmetic)

    def see(self, samples: Samples) -> None:
        """Nothing: the values themselves are kept."""

    def span(self, values: Iterator[Numbers]) -> Span:
        low, high = self._ends
        if self._symmetric:
            amax = self._rounded([at_percentile(abs(row), high, self._interpolation) for row in values])
            return Span(-amax, amax)
        pairs = [tuple(at_percentile(row, p, self._interpolation) for p in (low, high)) for row in values]
        return Span(*(self._rounded(list(end)) for end in zip(*pairs, strict=True)))

    def _rounded(self, ends: list[Fraction]) -> Numbers:
        exact = np.empty(len(ends), object)
        exact[:] = ends
        if self._interpolation in ("linear", "midpoint"):
            return self._steps.rounded(exact)
        return exact if self._steps.format is None else exact.astype(np.float64)  # values of the sample


def _ends(percentile: float | Fraction | tuple[float | Fraction, float | Fraction]) -> tuple[Fraction, Fraction]:
    if isinstance(percentile, tuple) and len(percentile) == 2:
        low, high = map(_decimal, percentile)
    else:
        low, high = 100 - _decimal(percentile), _decimal(percentile)
    if not 0 <= low <= high <= 100:
        raise ValueError(f"percentile is {percentile}: must be in 50..100, or a pair (low, high) within 0..100")
    return low, high


def _decimal(p: float | Fraction) -> Fraction:
    try:
        return Fraction(repr(float(p))) if isinstance(p, float | np.floating) else Fraction(p)
    except (TypeError, ValueError):
        raise ValueError(f"percentile is {p!r}: must be a number, or a pair of them") from None


def at_percentile(values: Numbers, p: Fraction, interpolation: str = "linear") -> Fraction:
    """The exact p-th percentile of float64 values."""
    position = (len(values) - 1) * p / 100
    below = position.numerator // position.denominator
    above = min(below + (position > below), len(values) - 1)
    chosen = np.partition(values, sorted({below, above}))
    low, high = Fraction(float(chosen[below])), Fraction(float(chosen[above]))
    weights: dict[str, int | Fraction] = {
        "linear": position - below,
        "lower": 0,
        "higher": 1,
        "nearest": round(position) - below,
        "midpoint": Fraction(1, 2),
    }
    return low + (high - low) * weights[interpolation]
