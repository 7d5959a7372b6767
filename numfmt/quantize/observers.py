# SPDX-License-Identifier: BSD-3-Clause
"""Ranges that are kept up to date batch by batch: extremes, their moving averages, mean and standard deviation."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import inf, isqrt
from typing import TYPE_CHECKING

import numpy as np

from numfmt import codec, formats
from numfmt.formats import Format
from numfmt.quantize.samples import Samples
from numfmt.quantize.spans import Span
from numfmt.quantize.steps import Numbers, Steps
from numfmt.quantize.sums import PrefixSums, by_exponent

if TYPE_CHECKING:
    from numfmt.quantize.affine import Affine


def extremes(samples: Samples) -> Span:
    """The least and the largest value of each granule in float64; Inf and -Inf for a granule without values."""
    smallest, largest = (np.fmin, np.fmax) if samples.has_nan else (np.minimum, np.maximum)
    lo = smallest.reduce(samples.rows, axis=1, initial=np.inf)
    hi = largest.reduce(samples.rows, axis=1, initial=-np.inf)
    return Span(lo.astype(np.float64), hi.astype(np.float64))


class Extremes:
    """minmax: [min, max]; max: [-a, a], a the largest magnitude.  Method of ``calibrate``."""

    needs_values = False

    def __init__(self, *, mirrored: bool = False) -> None:
        self._mirrored = mirrored
        self._seen: Span | None = None

    def see(self, samples: Samples) -> None:
        new, old = extremes(samples), self._seen
        self._seen = new if old is None else Span(np.minimum(old.lo, new.lo), np.maximum(old.hi, new.hi))

    def span(self, values: Iterator[Numbers]) -> Span:
        del values
        seen = self._seen or Span(np.zeros(0), np.zeros(0))
        if not self._mirrored:
            return seen
        amax = np.maximum(abs(seen.lo), abs(seen.hi))
        return Span(-amax, amax)


class Averages:
    """ema: the moving averages m of the batches' minima and maxima.

    The first batch that has values gives m, each later one ``m += c * (v - m)``: three steps in the quantizer's
    arithmetic, into which c and v are rounded first.  The order of the batches decides the result.
    """

    needs_values = False

    def __init__(self, affine: Affine, *, c: float | Fraction = 0.01) -> None:
        if not 0 < c <= 1:
            raise ValueError(f"c is {c}: must be above 0 and at most 1")
        self._steps = Steps(affine.range_arithmetic or affine.arithmetic)
        self._c = self._steps.rounded(np.array([Fraction(c)], object))
        self._average: Span | None = None
        self._has: Numbers = np.zeros(0, bool)

    def see(self, samples: Samples) -> None:
        new = extremes(samples)
        has = new.lo <= new.hi
        lo, hi = (self._steps.rounded(self._steps.numbers(np.where(has, end, 0))) for end in (new.lo, new.hi))
        if self._average is None:
            self._average, self._has = Span(lo, hi), has
            return
        old = self._average
        moved = [np.where(self._has, self._moved(a, b), b) for a, b in ((old.lo, lo), (old.hi, hi))]
        self._average = Span(*(np.where(has, b, a) for a, b in zip((old.lo, old.hi), moved, strict=True)))
        self._has = self._has | has

    def _moved(self, average: Numbers, new: Numbers) -> Numbers:
        steps = self._steps
        return steps.add(average, steps.mul(self._c, steps.sub(new, average)))

    def span(self, values: Iterator[Numbers]) -> Span:
        del values
        return self._average or Span(np.zeros(0), np.zeros(0))


class Moments:
    """mean_std: mean mu and population standard deviation sigma of all values, by exact sums.

    [mu - k sigma, mu + k sigma] clipped to [min, max]; of a symmetric quantizer |mu| + k sigma on both sides.  Each
    end is the exact real number rounded once, to nearest, into the quantizer's arithmetic ("exact": binary64), so
    neither the order of the values nor that of the batches matters.
    """

    needs_values = False

    def __init__(self, affine: Affine, *, k: float | Fraction = 3) -> None:
        if not 0 <= k < inf:
            raise ValueError(f"k is {k}: must not be negative, nor infinite")
        self._k = Fraction(k)
        self._symmetric = affine.scheme == "symmetric"
        arithmetic = affine.range_arithmetic or affine.arithmetic
        self._format = formats.format("binary64" if arithmetic == "exact" else arithmetic)
        self._sums: list[tuple[int, Fraction, Fraction]] = []
        self._extremes = Extremes()

    def see(self, samples: Samples) -> None:
        self._extremes.see(samples)
        if not self._sums:
            self._sums = [(0, Fraction(0), Fraction(0))] * len(samples.rows)
        self._sums = [
            (n + more[0], first + more[1], second + more[2])
            for (n, first, second), more in zip(self._sums, map(totals, samples.each()), strict=True)
        ]

    def span(self, values: Iterator[Numbers]) -> Span:
        seen = self._extremes.span(values)
        ends = [self._ends(*sums) for sums in self._sums]
        lo, hi = (np.array(end, np.float64) for end in zip(*ends, strict=True))
        return Span(lo, hi) if self._symmetric else Span(np.maximum(lo, seen.lo), np.minimum(hi, seen.hi))

    def _ends(self, n: int, first: Fraction, second: Fraction) -> tuple[float, float]:
        mean = first / max(n, 1)
        variance = second / max(n, 1) - mean * mean
        if self._symmetric:
            amax = plus_root(abs(mean), variance * self._k**2, self._format)
            return -amax, amax
        square = variance * self._k**2
        return -plus_root(-mean, square, self._format), plus_root(mean, square, self._format)


def totals(values: Numbers) -> tuple[int, Fraction, Fraction]:
    """The number of float64 values, their exact sum and that of their squares."""
    n, first, second = 0, Fraction(0), Fraction(0)
    for start in range(0, len(values), 1 << 17):
        piece = values[start : start + (1 << 17)]
        sums = PrefixSums(by_exponent(piece))
        unit = Fraction(2) ** sums.unit
        n += len(piece)
        first += sums.first(len(piece)) * unit
        second += sums.second(len(piece)) * unit * unit
    return n, first, second


def plus_root(a: Fraction, square: Fraction, fmt: Format) -> float:
    """a + sqrt(square), rounded once to nearest with ties to even.

    The root is a rational number, then the sum is rounded as it is; or it is none, then no tie can occur, and it is
    bracketed ever closer until both ends round to one code.
    """
    radicand = square.numerator * square.denominator
    root = isqrt(radicand)
    if root * root == radicand:
        return _value(a + Fraction(root, square.denominator), fmt)
    bits = 64
    while True:
        floor = isqrt(radicand << 2 * bits)
        ends = [_value(a + Fraction(floor + up, square.denominator << bits), fmt) for up in (0, 1)]
        if ends[0] == ends[1]:
            return ends[0]
        bits *= 2


def _value(x: Fraction, fmt: Format) -> float:
    return float(codec.decode(codec.encode(x, fmt), fmt))
