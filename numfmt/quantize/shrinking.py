# SPDX-License-Identifier: BSD-3-Clause
"""The range among a grid of shrunken ones whose quantizer errs least."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from numfmt.quantize.errors import SquaredErrors
from numfmt.quantize.observers import Extremes
from numfmt.quantize.samples import Samples
from numfmt.quantize.spans import Span, fit
from numfmt.quantize.steps import Numbers, Steps

if TYPE_CHECKING:
    from numfmt.quantize.affine import Affine


class Shrinking:
    """mse: of the ranges [r min, r max], r = first / steps, ..., steps / steps, that of the least squared error.

    Each end is rounded once into the quantizer's arithmetic, each candidate is the quantizer as it will run (its
    rounding, its division), its sum of squared errors is exact; of equal ones the widest range is taken.  All values
    are kept.  Not for stochastic rounding.
    """

    needs_values = True

    def __init__(self, affine: Affine, *, steps: int = 100, first: int = 20) -> None:
        if not 1 <= first <= steps:
            raise ValueError(f"first={first}, steps={steps}: must be 1 <= first <= steps")
        if affine.rounding == "stochastic":
            raise ValueError("method 'mse' needs a rounding that is not stochastic")
        self._affine = affine
        self._ratios = [Fraction(i, steps) for i in range(steps, first - 1, -1)]
        self._extremes = Extremes(mirrored=affine.scheme == "symmetric")

    def see(self, samples: Samples) -> None:
        self._extremes.see(samples)

    def span(self, values: Iterator[Numbers]) -> Span:
        seen = self._extremes.span(iter(()))
        candidates = [self._shrunken(seen, ratio) for ratio in self._ratios]
        errors = SquaredErrors(self._affine, list(values))
        affine = replace(self._affine, zero_range="one")
        fits = [fit(affine, one, (len(one.lo),)) for one in candidates]
        by_candidate = [errors.of(one.scale, one.zero_point) for one in fits]
        best = [column.index(min(column)) for column in map(list, zip(*by_candidate, strict=True))]
        lo, hi = ([getattr(candidates[k], end)[g] for g, k in enumerate(best)] for end in ("lo", "hi"))
        return Span(np.array(lo, candidates[0].lo.dtype), np.array(hi, candidates[0].hi.dtype))

    def _shrunken(self, seen: Span, ratio: Fraction) -> Span:
        steps = Steps(self._affine.range_arithmetic or self._affine.arithmetic)
        if ratio == 1:
            return Span(steps.numbers(seen.lo), steps.numbers(seen.hi))
        ends = (steps.rounded(times(end, ratio)) for end in (seen.lo, seen.hi))
        return Span(*ends)


def times(values: Numbers, ratio: Fraction) -> Numbers:
    """The exact products, as Fractions."""
    products = np.empty(len(values), object)
    products[:] = list(map(partial(_product, ratio), values.tolist()))
    return products


def _product(ratio: Fraction, x: float) -> Fraction:
    return Fraction(x) * ratio
