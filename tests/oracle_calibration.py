# SPDX-License-Identifier: BSD-3-Clause
"""Calibration by definition, on short lists of Fractions: nothing is shared with the library."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Context, Decimal
from fractions import Fraction
from itertools import pairwise

import mpmath
from oracle_quantize import Number, Rules, decode_code, encode_number, rounded

DIGITS = Context(prec=200)
EMPTY = Fraction(1, 10_000)


def as_decimal(x: Fraction) -> Decimal:
    return DIGITS.divide(Decimal(x.numerator), Decimal(x.denominator))


def mean_and_deviation(values: Sequence[Fraction], k: int) -> tuple[Decimal, Decimal]:
    """(mu, k sigma) to 200 digits."""
    mean = sum(values, Fraction(0)) / len(values)
    variance = sum(((x - mean) ** 2 for x in values), Fraction(0)) / len(values)
    return as_decimal(mean), DIGITS.sqrt(as_decimal(variance * k * k))


def mean_std(values: Sequence[Fraction], k: int, rules: Rules) -> tuple[Number, Number]:
    """The range mean_std gives, each end rounded once."""
    mean, reach = mean_and_deviation(values, k)
    arithmetic = "binary64" if rules.arithmetic == "exact" else rules.arithmetic
    if rules.scheme == "symmetric":
        amax = rounded(Fraction(DIGITS.add(abs(mean), reach)), arithmetic)
        return -amax, amax
    ends = (Fraction(DIGITS.subtract(mean, reach)), Fraction(DIGITS.add(mean, reach)))
    lo, hi = (rounded(end, arithmetic) for end in ends)
    return max(lo, min(values)), min(hi, max(values))


def moving_average(batches: Sequence[Sequence[Fraction]], c: Fraction, arithmetic: str) -> tuple[Number, Number]:
    """Moving averages of minima and maxima."""
    c = exact(rounded(c, arithmetic))
    ends = []
    for pick in (min, max):
        average: Number | None = None
        for batch in batches:
            new = exact(rounded(pick(batch), arithmetic))
            if average is None:
                average = new
                continue
            step = exact(rounded(c * exact(rounded(new - exact(average), arithmetic)), arithmetic))
            average = rounded(exact(average) + step, arithmetic)
        if average is None:
            raise ValueError("no batches")
        ends.append(average)
    return ends[0], ends[1]


def exact(x: Number) -> Fraction:
    if not isinstance(x, Fraction):
        raise TypeError(f"{x} is not finite")
    return x


def percentile(values: Sequence[Fraction], p: Fraction, interpolation: str) -> Fraction:
    """The p-th percentile between sorted values, at (n - 1) p / 100."""
    ordered = sorted(values)
    at = (len(ordered) - 1) * p / 100
    low = ordered[int(at)]
    high = ordered[-(-at.numerator // at.denominator)]
    if interpolation == "lower":
        return low
    if interpolation == "higher":
        return high
    if interpolation == "nearest":
        return ordered[round(at)]
    if interpolation == "midpoint":
        return (low + high) / 2
    return low + (at - int(at)) * (high - low)


def squared_error(values: Sequence[Fraction], scale: Fraction, zero_point: int, rules: Rules) -> Fraction:
    """The sum of (x - decoded)^2."""
    codes = [encode_number(x, scale, zero_point, rules).code for x in values]
    decoded = [exact(decode_code(code, scale, zero_point, rules)) for code in codes]
    return sum(((x - y) ** 2 for x, y in zip(values, decoded, strict=True)), Fraction(0))


def best_scale(values: Sequence[Fraction], rules: Rules) -> Fraction:
    """The largest scale of least squared error without intermediate rounding: within each interval between scales at
    which a code changes, the error is a parabola, whose least place is inside, or at an end.
    """
    exact_rules = Rules(**{**vars(rules), "arithmetic": "exact"})
    amax = max(map(abs, values))
    ends = {abs(x) / (k + Fraction(1, 2)) for x in values if x for k in range(rules.qmax + 2)}
    ends |= {amax * 3, amax / (4 * rules.qmax + 4)}
    places = set(ends)
    for low, high in pairwise(sorted(ends)):
        codes = [encode_number(x, (low + high) / 2, 0, exact_rules).code for x in values]
        squares = sum(q * q for q in codes)
        if squares:
            lowest = sum((x * q for x, q in zip(values, codes, strict=True)), Fraction(0)) / squares
            places.add(min(max(lowest, low), high))
    return min(places, key=lambda s: (squared_error(values, s, 0, exact_rules), -s))


def entropy_reach(counts: Sequence[int], quantized_bins: int) -> tuple[int, int]:
    """The edges between which the divergence is least, by get_entropy_threshold's rules, with 50-digit logarithms."""
    middle = len(counts) // 2
    best: tuple[mpmath.mpf, int, int] | None = None
    for i in range(quantized_bins // 2, middle + 1):
        start, end = middle - i, min(middle + i + 1, len(counts))
        value = divergence_between(counts, quantized_bins, (start, end))
        if best is None or value < best[0] - mpmath.mpf("1e-40"):
            best = value, start, end
    if best is None:
        raise ValueError("no candidates")
    return best[1], best[2]


def divergence_between(counts: Sequence[int], quantized_bins: int, edges: Sequence[int]) -> mpmath.mpf:
    """That of the candidate between two edges."""
    start, end = edges
    inside = list(counts[start:end])
    p = list(inside)
    p[0] += sum(counts[:start])
    p[-1] += sum(counts[end:])
    return divergence(p, expanded(inside, [x != 0 for x in p], quantized_bins))


def expanded(inside: list[int], filled: list[bool], quantized_bins: int) -> list[int]:
    """The merged bins spread over their places again."""
    width = len(inside) // quantized_bins
    q = [0] * len(inside)
    for j in range(quantized_bins):
        places = range(j * width, (j + 1) * width)
        total = sum(inside[k] for k in places)
        if j == quantized_bins - 1:
            total += sum(inside[quantized_bins * width :])
        count = sum(filled[k] for k in places)
        for k in places:
            q[k] = total // count if count else 0
    return q


def divergence(p: list[int], q: list[int]) -> mpmath.mpf:
    if not any(p) or not any(q):
        return mpmath.inf
    with mpmath.workdps(50):
        a, b = smoothed(p), smoothed(q)
        return mpmath.fsum(x * mpmath.log(x / y) for x, y in zip(a, b, strict=True))


def smoothed(counts: list[int]) -> list[mpmath.mpf]:
    """Empty places filled, normalised."""
    zeros = counts.count(0)
    taken = EMPTY * zeros / (len(counts) - zeros)
    filled = [x - taken if x else EMPTY for x in map(Fraction, counts)]
    total = sum(filled)
    return [mpmath.mpf((x / total).numerator) / (x / total).denominator for x in filled]
