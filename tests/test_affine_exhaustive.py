# SPDX-License-Identifier: BSD-3-Clause
"""int8 and uint8 from all 65,536 float16 values under every convention.

For a positive scale the level (the integer before clipping) never falls as x grows. So the oracle is asked only
around the places where the level passes from one code to the next: they are searched for among the sorted values.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property
from itertools import cycle, product
from typing import Any

import numpy as np
import oracle_quantize as oracle
import pytest
from affine_cases import ARITHMETICS, FLOAT16, ROUNDINGS, Array, both, number, scale_in, steps

from numfmt.quantize import Affine, Parameters

FINITE = np.unique(FLOAT16[np.isfinite(FLOAT16)])
"""Ascending; one zero."""
NUMBERS = [Fraction(float(x)) for x in FINITE]
PLACE = np.searchsorted(FINITE, np.where(np.isfinite(FLOAT16), FLOAT16, np.float16(0)))
IS_FINITE, IS_NAN = np.isfinite(FLOAT16), np.isnan(FLOAT16)
RANDOM_BITS_COUNT = 4
Counts = tuple[int, int, int, int]

SCALES = {
    1 / 7: (-3, 1),
    5 / 49: (1, 128),
    1.0: (1, 255),
    2.0**-14: (-1, 1),
    40000.0: (127, 200),
}
"""Scales, each with a zero point for int8 and one for uint8.

Of the first two, nearly ties are many, on which division, reciprocal and fused sum part in binary32 and in binary64.
"""


@dataclass
class Search:
    """Where the levels of FINITE pass a code, for one scale, zero point and set of conventions.

    guess is about what is rounded to the level, and ahead of a code by as much as the last time where it is passed.
    """

    level: Callable[[int], int | float]
    guess: Array
    ahead: float = 0.5

    def first_above(self, code: int) -> int:
        """The first place whose level is above the code: a stride that doubles from the guess, then bisection."""
        end = len(NUMBERS)
        low, high = -1, end
        at, stride = min(int(np.searchsorted(self.guess, code + self.ahead)), end - 1), 1
        while low < at < high:
            if self.level(at) > code:
                high, at = at, at - stride
            else:
                low, at = at, at + stride
            stride *= 2
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self.level(middle) > code else (middle, high)
        if high < end:
            self.ahead = float(self.guess[high]) - code
        return high


class Ratios:
    """t of every place, worked out when asked for."""

    def __init__(self, scale: Fraction, rules: oracle.Rules) -> None:
        self.scale, self.rules = scale, rules
        self.at = cache(self.ratio)
        self.with_zero_point = cache(self.sum)

    @cached_property
    def guess(self) -> Array:
        return np.asarray(FINITE.astype(np.float64) / float(self.scale))

    def ratio(self, place: int) -> oracle.Number:
        return oracle.ratio(NUMBERS[place], self.scale, self.rules)

    def sum(self, place: int, zero_point: int) -> oracle.Number:
        return self.rules.step(oracle.plus(self.at(place), zero_point))

    def search(self, zero_point: int, rules: oracle.Rules, bits: int) -> Search:
        def after(place: int) -> int | float:
            return rules.integer(self.at(place), bits) + zero_point

        def before(place: int) -> int | float:
            return rules.integer(self.with_zero_point(place, zero_point), bits)

        return Search(after if rules.zp_add == "after" else before, self.guess + zero_point)


@cache
def known_places() -> dict[oracle.Number, int]:
    return {x: place for place, x in enumerate(NUMBERS)}


class Decoded:
    """Which float16 values are decoded from which codes."""

    def __init__(self, scale: Fraction, zero_point: int, rules: oracle.Rules) -> None:
        values = {q: oracle.decode_code(q, scale, zero_point, rules) for q in range(rules.qmin, rules.qmax + 1)}
        hits = [(known_places()[value], q) for q, value in values.items() if value in known_places()]
        self.places, self.codes = (np.array(column, np.int64) for column in zip(*hits, strict=True))
        self.infinite = (values[rules.qmin] == -math.inf, values[rules.qmax] == math.inf)


def outcome(search: Search, decoded: Decoded, rules: oracle.Rules, zero_point: int) -> tuple[Array, Counts]:
    """Codes of FLOAT16, and (below, above, inexact, nan)."""
    edges = [search.first_above(code) for code in range(rules.qmin - 1, rules.qmax + 1)]
    levels = np.repeat(np.arange(rules.qmin - 1, rules.qmax + 2), np.diff([0, *edges, len(NUMBERS)]))
    codes = levels.clip(rules.qmin, rules.qmax)
    exact = np.zeros(len(NUMBERS), np.bool_)
    exact[decoded.places[codes[decoded.places] == decoded.codes]] = True  # of several codes with a value, one is met
    below, above = (
        int(np.count_nonzero(mask[PLACE] & IS_FINITE)) + 1 for mask in (levels < rules.qmin, levels > rules.qmax)
    )
    n_exact = int(np.count_nonzero(exact[PLACE] & IS_FINITE)) + sum(decoded.infinite)
    here = codes[PLACE]
    here[IS_NAN] = oracle.nan_code(zero_point, rules)
    here[np.isposinf(FLOAT16)], here[np.isneginf(FLOAT16)] = rules.qmax, rules.qmin
    n_nan = int(np.count_nonzero(IS_NAN))
    return here, (below, above, FLOAT16.size - n_exact, n_nan)


def inputs(arithmetic: str) -> tuple[Array, ...]:
    """The same numbers in other formats take other ways through the library."""
    return (FLOAT16, FLOAT16.astype(np.float32)) if arithmetic == "binary32" else (FLOAT16,)


def compare(affine: Affine, p: Parameters, want: tuple[Array, Counts], random: dict[str, Any]) -> None:
    for x in inputs(affine.arithmetic):
        q = affine.encode(x, p, **random)
        wrong = np.flatnonzero(q.codes != want[0])
        assert wrong.size == 0, (affine, p, x.dtype, FLOAT16[wrong[:3]], q.codes[wrong[:3]], want[0][wrong[:3]])
        assert (q.below, q.above, q.inexact, q.nan) == want[1], (affine, p, x.dtype)


@pytest.mark.full
@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("arithmetic", ARITHMETICS)
def test_every_float16(arithmetic: str, scale: float) -> None:
    nan, random_bits = cycle(("zero", "qmin", "qmax", 100)), cycle((0, 5, 15, 8))
    rounded = Fraction(scale_in(scale, arithmetic))
    ratios = {
        (divide, zp_add == "fused"): Ratios(rounded, oracle.Rules(arithmetic=arithmetic, divide=divide, zp_add=zp_add))
        for divide, zp_add in steps(arithmetic)
    }
    for signed, zero_point in zip((True, False), SCALES[scale], strict=True):
        decoded = Decoded(rounded, zero_point, oracle.Rules(signed=signed, arithmetic=arithmetic))
        for (divide, zp_add), rounding in product(steps(arithmetic), ROUNDINGS):
            stochastic, bits = rounding == "stochastic", next(random_bits)
            affine, rules = both(
                signed=signed, rounding=rounding, divide=divide, zp_add=zp_add, arithmetic=arithmetic, nan=next(nan),
                random_bits_count=RANDOM_BITS_COUNT * stochastic,
            )  # fmt: skip
            search = ratios[divide, zp_add == "fused"].search(zero_point, rules, bits * stochastic)
            random = {"random_bits": np.full(FLOAT16.shape, bits)} if stochastic else {}
            p = affine.parameters(scale=float(rounded), zero_point=zero_point)
            compare(affine, p, outcome(search, decoded, rules, zero_point), random)


@pytest.mark.parametrize(("arithmetic", "rounding"), [("binary16", "half_even"), ("exact", "stochastic")])
def test_the_search_finds_what_asking_every_value_finds(arithmetic: str, rounding: str) -> None:
    """The oracle by intervals against the oracle by elements."""
    rules = oracle.Rules(rounding=rounding, arithmetic=arithmetic, random_bits_count=RANDOM_BITS_COUNT, nan="zero")
    scale = Fraction(scale_in(1 / 7, arithmetic))
    search = Ratios(scale, rules).search(5, rules, 11)
    codes, _ = outcome(search, Decoded(scale, 5, rules), rules, 5)
    some = slice(3, None, 211)
    for x, code in zip(FLOAT16[some], codes[some], strict=True):
        assert oracle.encode_number(number(x), scale, 5, rules, 11).code == code
