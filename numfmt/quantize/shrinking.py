# SPDX-License-Identifier: BSD-3-Clause
"""The range among a grid of shrunken ones whose quantizer errs least."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from numfmt.quantize.errors import RoughErrors, SquaredError
from numfmt.quantize.observers import Extremes
from numfmt.quantize.samples import Samples
from numfmt.quantize.spans import Fit, Span, fit
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
        rows = list(values)
        rough = RoughErrors(self._affine, rows)
        affine = replace(self._affine, zero_range="one")
        fits = [fit(affine, one, (len(one.lo),)) for one in candidates]
        errors = np.array([rough.of(one.scale, one.zero_point) for one in fits])
        near = errors <= rough.bar(rough.bar(errors.min(axis=0)))
        best = [self._best(row, fits, g, np.flatnonzero(near[:, g]).tolist()) for g, row in enumerate(rows)]
        lo, hi = ([getattr(candidates[k], end)[g] for g, k in enumerate(best)] for end in ("lo", "hi"))
        return Span(np.array(lo, candidates[0].lo.dtype), np.array(hi, candidates[0].hi.dtype))

    def _best(self, row: Numbers, fits: list[Fit], g: int, near: list[int]) -> int:
        """Which of the candidates that float64 cannot tell apart errs least on the row of granule g: the first such."""
        if len(near) == 1:
            return near[0]
        error = SquaredError(self._affine, row)
        exact = [error.of(float(fits[k].scale[g]), int(fits[k].zero_point[g])) for k in near]
        return near[exact.index(min(exact))]

    def _shrunken(self, seen: Span, ratio: Fraction) -> Span:
        steps = Steps(self._affine.range_arithmetic or self._affine.arithmetic)
        lo, hi = steps.numbers(seen.lo), steps.numbers(seen.hi)
        return Span(lo, hi) if ratio == 1 else Span(steps.scaled(lo, ratio), steps.scaled(hi, ratio))
