# SPDX-License-Identifier: BSD-3-Clause
"""The best of all scales of a symmetric quantizer, by a sweep over the places where a code changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from numfmt.quantize.samples import Samples
from numfmt.quantize.spans import Span, divisor
from numfmt.quantize.steps import Numbers

if TYPE_CHECKING:
    from numfmt.quantize.affine import Affine

#: Of one granule.
_MOST_BREAKPOINTS = 1 << 25
#: float64 only says which states come near the best one, this near: beyond any error of its sums.
_NEAR = 1e-11
_BLOCK = 1024


class Optimum:
    """mse_exact: the scale s that minimises sum((x - s q)^2), q = clip(rint(x / s)), over all real s > 0.

    The minimum is found exactly, and rounded once, into the quantizer's arithmetic.
    The quantizer is the ideal one, without intermediate rounding, to nearest.  Of several best scales the largest is
    taken.  Work and memory grow with the number of values times the number of codes on one side: at most 2^25.
    All values are kept.
    """

    needs_values = True

    def __init__(self, affine: Affine) -> None:
        if affine.scheme != "symmetric":
            raise ValueError(f"scheme is {affine.scheme!r}: method 'mse_exact' is for symmetric quantizers")
        middle = 0 if affine.signed else 1 << affine.bits - 1
        self._levels = middle - affine.qmin, affine.qmax - middle
        self._divisor = divisor(affine)

    def see(self, samples: Samples) -> None:
        """Nothing: the values themselves are kept."""

    def span(self, values: Iterator[Numbers]) -> Span:
        scales = [best_scale(row, *self._levels) if row.any() else Fraction(0) for row in values]
        ends = np.empty(len(scales), object)
        ends[:] = [scale * self._divisor for scale in scales]
        return Span(-ends, ends)


@dataclass(frozen=True)
class _Sweep:
    """Breakpoints by falling scale: at each the code of ``item`` grows by one, from ``k`` to k + 1 in magnitude."""

    magnitudes: Numbers
    item: Numbers
    k: Numbers


def best_scale(values: Numbers, below: int, above: int) -> Fraction:
    """The exact scale of least squared error, where codes reach from -below to above.

    From s = infinity down, where all codes are 0, the code of x steps at s = |x| / (k + 1/2).  For any codes q the
    error is least at s = sum(x q) / sum(q^2), and is sum(x^2) - sum(x q)^2 / sum(q^2) there; for that s no other codes
    do better than the rounded ones.  So the best of these quotients, over all codes that the sweep meets, is the
    minimum over all s.
    """
    sweep = _sweep(values, below, above)
    products = _running(sweep.magnitudes[sweep.item])
    squares = np.cumsum(2 * sweep.k + 1)
    gain = products * products / squares
    near = np.flatnonzero(gain >= gain.max() * (1 - _NEAR))
    ratio = sweep.magnitudes[sweep.item] / (2 * sweep.k + 1)
    best, scale = Fraction(-1), Fraction(0)
    for item, k in _states(sweep, ratio, near):
        codes = np.bincount(item, minlength=len(sweep.magnitudes))
        product, square = _exact(sweep.magnitudes, codes), int((2 * k + 1).sum())
        if product * product / square > best:
            best, scale = product * product / square, product / square
    return scale


def _sweep(values: Numbers, below: int, above: int) -> _Sweep:
    used = values[values != 0]
    levels = np.where(used < 0, below, above)
    if int(levels.sum()) > _MOST_BREAKPOINTS:
        raise ValueError(
            f"x has {len(used)} values that are not 0 in one granule, with {int(levels.sum())} steps of their codes: "
            f"method 'mse_exact' takes at most {_MOST_BREAKPOINTS}; method 'mse' takes any"
        )
    item = np.repeat(np.arange(len(used)), levels)
    k = np.arange(len(item)) - np.repeat(np.cumsum(levels) - levels, levels)
    magnitudes = abs(used)
    order = np.argsort(-(magnitudes[item] / (2 * k + 1)), kind="stable")  # division rounds monotonically
    return _Sweep(magnitudes, item[order], k[order])


def _running(x: Numbers) -> Numbers:
    """Running sums in float64, by blocks, so that their error stays below a few thousand units."""
    padded = np.concatenate([x, np.zeros(-len(x) % _BLOCK)]).reshape(-1, _BLOCK)
    inner = np.cumsum(padded, axis=1)
    before = np.concatenate([[0.0], np.cumsum(inner[:-1, -1])])
    return np.asarray((inner + before[:, np.newaxis]).ravel()[: len(x)])


def _states(sweep: _Sweep, ratio: Numbers, near: Numbers) -> Iterator[tuple[Numbers, Numbers]]:
    """The breakpoints passed in each state that may be the best; those whose ratios float64 cannot tell apart, in their
    exact order.
    """
    end = -1
    for state in near.tolist():
        if state < end:
            continue
        start, end = (int(np.searchsorted(-ratio, -ratio[state], side=side)) for side in ("left", "right"))
        passed = list(range(start))
        for tied in _exactly_tied(sweep, start, end):
            passed += tied
            yield sweep.item[passed], sweep.k[passed]


def _exactly_tied(sweep: _Sweep, start: int, end: int) -> list[list[int]]:
    """The breakpoints start..end by their exact scale, falling; equal ones together."""
    pairs = list(zip(sweep.magnitudes[sweep.item[start:end]].tolist(), sweep.k[start:end].tolist(), strict=True))
    exact = {(x, k): Fraction(x) / (2 * k + 1) for x, k in set(pairs)}
    by_scale: dict[Fraction, list[int]] = {}
    for j, pair in enumerate(pairs, start):
        by_scale.setdefault(exact[pair], []).append(j)
    return [by_scale[scale] for scale in sorted(by_scale, reverse=True)]


def _exact(magnitudes: Numbers, codes: Numbers) -> Fraction:
    used = np.flatnonzero(codes)
    pairs = zip(magnitudes[used].tolist(), codes[used].tolist(), strict=True)
    return sum((Fraction(x) * q for x, q in pairs), Fraction(0))
