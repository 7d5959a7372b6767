# SPDX-License-Identifier: BSD-3-Clause
"""Exact sums of floats and their squares, against Fractions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from numfmt.quantize.sums import PrefixSums, by_exponent

FLOATS = st.floats(allow_nan=False, allow_infinity=False, width=64)
SINGLES = st.floats(allow_nan=False, allow_infinity=False, width=32)


@given(st.lists(FLOATS, max_size=40) | st.lists(SINGLES, max_size=40))
def test_prefix_sums(values: list[float]) -> None:
    """Subnormals, both zeros, all exponents; sorted, and with those of one exponent together."""
    array = np.array([*values, 5e-324, -0.0, 0.0], np.float64)
    for ordered in (np.sort(array), by_exponent(array)):
        sums = PrefixSums(ordered)
        exact = [Fraction(value) for value in ordered.tolist()]
        unit = Fraction(2) ** sums.unit
        for i in {0, 1, len(exact) // 2, len(exact)}:
            assert sums.first(i) * unit == sum(exact[:i])
            assert sums.second(i) * unit**2 == sum(x * x for x in exact[:i])


def test_no_values() -> None:
    sums = PrefixSums(np.zeros(0))
    assert (sums.first(0), sums.second(0)) == (0, 0)


def test_many_values_do_not_overflow() -> None:
    """2^53 - 1 very often."""
    n, x = 1 << 18, float(2**53 - 1)
    sums = PrefixSums(np.full(n, x))
    assert sums.unit == 0
    assert sums.first(n) == n * int(x)
    assert sums.second(n) == n * int(x) ** 2
