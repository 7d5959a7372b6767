# SPDX-License-Identifier: BSD-3-Clause
"""The threshold at which few quantized bins tell least wrong about a histogram: least Kullback-Leibler divergence.

The rules are those of onnxruntime 1.31.1, ``quantization/calibrate.py``, ``get_entropy_threshold``, after MXNet and
Migacz, "8-bit inference with TensorRT", 2017.  They are followed in exact numbers, where onnxruntime sums float32.
"""

from __future__ import annotations

import decimal
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from numfmt import formats
from numfmt.quantize import histogram
from numfmt.quantize.histogram import Histogram
from numfmt.quantize.observers import Extremes
from numfmt.quantize.samples import Samples
from numfmt.quantize.spans import Span
from numfmt.quantize.steps import Numbers

if TYPE_CHECKING:
    from numfmt.quantize.affine import Affine

#: 1 / what an empty bin is taken to hold.
_EMPTY = 10_000
#: float64 only says which candidates come near the least divergence, this near: beyond any error of its sums.
_NEAR = 1e-9
_DIGITS = decimal.Context(prec=60, Emin=-9999, Emax=9999)
_SAME = decimal.Decimal("1e-45")


class Entropy:
    """entropy: the symmetric threshold of least divergence, then clipped to [min, max] of the values.

    bins
        Of the histogram over [-t, t], t the largest magnitude; below 10000.
    quantized_bins
        How many the candidates are merged into, at most ``bins``.  With as many as bins, as onnxruntime's default
        128 and 128 has it, there is one candidate, and nothing is clipped.
    threshold
        t, where it is known beforehand: then values need not be kept, and those beyond it count in the bins at the
        ends.

    Edges are rounded into the quantizer's arithmetic ("exact": binary64).  See ``least`` for the rest.
    """

    def __init__(
        self, affine: Affine, *, bins: int = 2048, quantized_bins: int = 128, threshold: float | None = None
    ) -> None:
        if not 2 <= quantized_bins <= bins < _EMPTY:
            raise ValueError(
                f"bins={bins}, quantized_bins={quantized_bins}: must be 2 <= quantized_bins <= bins < 10000"
            )
        if threshold is not None and not 0 < threshold < np.inf:
            raise ValueError(f"threshold is {threshold}: must be above 0 and finite")
        arithmetic = affine.range_arithmetic or affine.arithmetic
        self._format = formats.format("binary64" if arithmetic == "exact" else arithmetic)
        self._bins, self._quantized, self._threshold = bins, quantized_bins, threshold
        self._histograms: list[Histogram] = []
        self._extremes = Extremes()
        self.needs_values = threshold is None

    def see(self, samples: Samples) -> None:
        self._extremes.see(samples)
        if self._threshold is None:
            return
        if not self._histograms:
            empty = histogram.symmetric(self._threshold, self._bins, self._format)
            self._histograms = [empty] * len(samples.rows)
        both = zip(self._histograms, samples.each(), strict=True)
        self._histograms = [one.with_values(row) for one, row in both]

    def span(self, values: Iterator[Numbers]) -> Span:
        ends = [self._threshold_of(one) for one in self._histograms or map(self._histogram, values)]
        lo, hi = np.array(ends, np.float64).reshape(-1, 2).T
        seen = self._extremes.span(iter(()))
        return Span(np.maximum(lo, seen.lo), np.minimum(hi, seen.hi))

    def _histogram(self, values: Numbers) -> Histogram:
        return histogram.symmetric(float(abs(values).max()), self._bins, self._format).with_values(values)

    def _threshold_of(self, one: Histogram) -> Numbers:
        return one.edges[list(least(one, self._quantized))] if one.edges.any() else np.zeros(2)


def least(histogram: Histogram, quantized_bins: int = 128) -> tuple[int, int]:
    """The indices of the two edges between which the divergence is least; of equal ones the narrowest pair.

    Candidates reach i bins to the left and i + 1 to the right of the middle one, i from quantized_bins // 2 on.
    The reference p is a candidate's counts with all outliers in its end bins.  Its bins, without outliers, are merged
    by whole numbers into ``quantized_bins``, the rest into the last; each sum is spread evenly over as many bins as are
    not empty in p, fractions dropped, and stands in all of that bin's places: q.  Empty places of p and q get 1/10000,
    taken evenly from the others.  The divergence is that of p from q, both normalised; infinite if q is empty.
    """
    pairs = [_candidate(histogram.counts, i, quantized_bins) for i in _reaches(histogram, quantized_bins)]
    rough = np.array([_rough(*pair) for pair in pairs])
    near = np.flatnonzero(rough <= rough.min() + _NEAR)
    best = near[0]
    if np.isfinite(rough[best]) and len(near) > 1:
        exact = [divergence(*pairs[k]) for k in near]
        bar = _DIGITS.add(min(exact), _SAME)
        best = near[next(k for k, value in enumerate(exact) if value <= bar)]
    return _edges(histogram, _reaches(histogram, quantized_bins)[int(best)])


def _reaches(histogram: Histogram, quantized_bins: int) -> range:
    return range(quantized_bins // 2, len(histogram.counts) // 2 + 1)


def _edges(histogram: Histogram, i: int) -> tuple[int, int]:
    middle = len(histogram.counts) // 2
    return middle - i, min(middle + i + 1, len(histogram.counts))


def _candidate(counts: Numbers, i: int, quantized_bins: int) -> tuple[Numbers, Numbers]:
    """(p, q) in whole numbers, before empty places are filled."""
    start, end = _edges(Histogram(counts, counts), i)
    inside = counts[start:end]
    p = inside.copy()
    p[0] += counts[:start].sum()
    p[-1] += counts[end:].sum()
    width = len(inside) // quantized_bins
    whole = width * quantized_bins
    merged = inside[:whole].reshape(quantized_bins, width).sum(axis=1)
    merged[-1] += inside[whole:].sum()
    filled = (p[:whole] != 0).reshape(quantized_bins, width).sum(axis=1)
    q = np.zeros_like(p)
    q[:whole] = np.repeat(np.where(filled > 0, merged // np.maximum(filled, 1), 0), width)
    return p, q


def _filled(counts: Numbers) -> Numbers:
    """The counts with empty places filled, times 10000 times the number of the others: whole numbers."""
    filled = int((counts != 0).sum())
    return np.where(counts != 0, counts * (_EMPTY * filled) - (len(counts) - filled), filled)


def _rough(p: Numbers, q: Numbers) -> float:
    """The divergence in float64."""
    if not p.any() or not q.any():
        return np.inf
    a, b = (one / one.sum() for one in (_filled(p.astype(np.float64)), _filled(q.astype(np.float64))))
    return float(np.sum(a * np.log(a / b)))


def divergence(p: Any, q: Any) -> decimal.Decimal:
    """sum(p ln(p / q)) of two lists of counts, empty places filled, normalised; to some 55 digits."""
    a, b = ([int(x) for x in _filled(np.asarray(one, object))] for one in (p, q))
    logs = {n: _DIGITS.ln(decimal.Decimal(n)) for n in {*a, *b, sum(a), sum(b)}}
    total = decimal.Decimal(0)
    for x, y in zip(a, b, strict=True):
        total = _DIGITS.add(total, _DIGITS.multiply(decimal.Decimal(x), _DIGITS.subtract(logs[x], logs[y])))
    of_sums = _DIGITS.subtract(logs[sum(b)], logs[sum(a)])
    return _DIGITS.add(_DIGITS.divide(total, decimal.Decimal(sum(a))), of_sums)
