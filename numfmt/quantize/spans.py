# SPDX-License-Identifier: BSD-3-Clause
"""From the range of each granule to its scale and zero point."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from numfmt import codec, formats, operations
from numfmt.modes import Env
from numfmt.quantize.steps import Numbers, Steps

if TYPE_CHECKING:
    from numfmt.quantize.affine import Affine

_AWAY, _UP = Env(rounding="ties_away"), Env(rounding="toward_positive")


@dataclass(frozen=True)
class Span:
    """The range of each granule, lo <= hi: flat arrays of float64 values, or of Fractions where steps are exact or the
    scheme is symmetric.
    """

    lo: Numbers
    hi: Numbers


@dataclass(frozen=True)
class Fit:
    """Scale (float64 or Fractions, rounded), zero point (int64) and the range that they stand for, of each granule."""

    scale: Numbers
    zero_point: Numbers
    span: Span


def fit(affine: Affine, span: Span, shape: tuple[int, ...]) -> Fit:
    """Scales and zero points of ranges, by the affine's scheme, divisor and rules; ``shape`` is that of the granules,
    for errors.

    Raises ValueError where a range is {0} and the affine's ``zero_range`` is "raise", and where a scale is not a finite
    normal number.
    """
    steps = Steps(affine.range_arithmetic or affine.arithmetic)
    lo, hi = (steps.numbers(end) if end.dtype != object else end for end in (span.lo, span.hi))
    if affine.scheme == "symmetric":
        hi = np.maximum(abs(lo), abs(hi))
        lo = -hi
        raw = _quotient(steps, hi, divisor(affine))
    else:
        zero = steps.numbers(0)
        lo, hi = np.minimum(lo, zero), np.maximum(hi, zero)
        raw = steps.div(steps.sub(hi, lo), steps.numbers(affine.qmax - affine.qmin))
    is_zero = np.asarray(lo == hi, bool)
    if is_zero.any() and affine.zero_range == "raise" and not affine.min_scale:
        raise ValueError(
            f"{granule(is_zero, shape)} has no range: all its values are 0; zero_range='one' gives it scale 1"
        )
    raw = _positive(raw, affine, is_zero)
    scale = rounded_scale(raw, affine, shape)
    if affine.scheme == "symmetric":
        middle = 0 if affine.signed else 1 << affine.bits - 1
        return Fit(scale, np.full(scale.shape, middle, np.int64), Span(lo, hi))
    return Fit(scale, _zero_point(affine, steps, Span(lo, hi), raw), Span(lo, hi))


def _quotient(steps: Steps, x: Numbers, by: Fraction) -> Numbers:
    """x / by, rounded once."""
    if x.dtype != object and Fraction(float(by)) == by:
        return steps.div(x, float(by))
    exact = x if x.dtype == object else Steps("exact").numbers(x)
    return steps.rounded(exact / by)


def divisor(affine: Affine) -> Fraction:
    """What the largest magnitude is divided by: a symmetric quantizer's scale."""
    by_name = {
        "qmax": Fraction((1 << affine.bits - 1) - 1),
        "half_range": Fraction(affine.qmax - affine.qmin, 2),
        "qmin": Fraction(1 << affine.bits - 1),
    }
    if isinstance(affine.divisor, str):
        return by_name[affine.divisor]
    return Fraction(affine.divisor)


def _positive(raw: Numbers, affine: Affine, is_zero: Numbers) -> Numbers:
    """The scales with the least one enforced, or else 1 for a range of {0}."""
    number: Callable[[float], Any] = Fraction if raw.dtype == object else float
    if affine.min_scale:
        return np.asarray(np.maximum(raw, number(affine.min_scale)))
    return np.where(is_zero, number(1), raw)


def rounded_scale(raw: Numbers, affine: Affine, shape: tuple[int, ...]) -> Numbers:
    """The scales in float64, rounded into the format that the quantizer holds them in; finite and normal, or
    ValueError.
    """
    fmt = formats.format("binary64" if affine.arithmetic == "exact" else affine.arithmetic)
    scale = np.asarray(codec.decode(codec.encode(raw, fmt), fmt), np.float64)
    infinite, small = ~np.isfinite(scale), (scale <= 0) | (scale < float(fmt.min_normal or 0))
    if infinite.any():
        raise ValueError(f"{granule(infinite, shape)} has a range too large for a scale in {fmt}")
    if small.any():
        raise ValueError(f"{granule(small, shape)} has a range so small that its scale is subnormal in {fmt}, or 0")
    return scale


def granule(mask: Numbers, shape: tuple[int, ...]) -> str:
    """The first granule that the flat mask marks, as the subject of a sentence."""
    if not shape:
        return "x"
    index = np.unravel_index(int(np.argmax(mask)), shape)
    return f"granule {tuple(int(k) for k in index)} of x"


def _zero_point(affine: Affine, steps: Steps, span: Span, scale: Numbers) -> Numbers:
    qmin, qmax = affine.qmin, affine.qmax
    below = steps.div(span.lo, scale)
    if affine.zero_rule == "quotient":
        integers = qmin - steps.rint(below)
    elif affine.zero_rule == "sum":
        integers = steps.rint(steps.sub(steps.numbers(qmin), below))
    else:
        integers = _from_smaller_end(steps, qmin, qmax, below, steps.div(span.hi, scale))
    # of a range of {0}, whose scale is 1 or the least one, the zero point is the code nearest to 0
    nothing = np.asarray(span.lo == span.hi, bool) & (not affine.min_scale)
    return np.where(nothing, 0, integers).clip(qmin, qmax)


def _from_smaller_end(steps: Steps, qmin: int, qmax: int, below: Numbers, above: Numbers) -> Numbers:
    """From the end of the range whose terms are smaller, ties away from zero: TFLite's ChooseQuantizationParams."""
    lowest, highest = steps.numbers(qmin), steps.numbers(qmax)
    nearer = steps.add(abs(lowest), abs(below)) < steps.add(abs(highest), abs(above))
    zero = np.where(nearer, steps.sub(lowest, below), steps.sub(highest, above))
    return half_away(zero)


def half_away(x: Numbers) -> Numbers:
    """int64 integers, ties away from zero, saturated; of float64 values or Fractions."""
    if x.dtype != object:
        return np.asarray(operations.to_int(np.ascontiguousarray(x).view(np.uint64), "binary64", "int64", env=_AWAY))
    whole = [(1 if v > 0 else -1) * ((2 * abs(v) + 1) // 2) for v in x.ravel().tolist()]
    return np.array(whole, object).clip(-(2**63), 2**63 - 1).astype(np.int64).reshape(x.shape)


def bounds(numbers: Numbers) -> Numbers:
    """float64 bounds ``b`` with the same float64 values below them as the numbers have: each rounded up."""
    if numbers.dtype != object:
        return numbers
    return np.asarray(codec.decode(codec.encode(numbers, "binary64", env=_UP), "binary64"))
