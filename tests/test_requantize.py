# SPDX-License-Identifier: BSD-3-Clause
"""Requantization by multiplier and shift against gemmlowp's and TensorFlow Lite's arithmetic as they write it."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import oracle_requantize as oracle
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle_format import pow2

from numfmt.integers import quantize_multiplier, requantize

INT32_MIN, INT32_MAX = oracle.INT32_MIN, oracle.INT32_MAX
ENDS = [INT32_MIN, INT32_MIN + 1, -(1 << 30), -3, -2, -1, 0, 1, 2, 3, (1 << 30) - 1, 1 << 30, INT32_MAX]
MODES: dict[Any, Callable[[int, int, int], int]] = {"gemmlowp": oracle.gemmlowp, "single": oracle.single}


def scaled(acc: int, real: float, mode: Any) -> int:
    multiplier, shift = quantize_multiplier(real)
    return int(requantize(acc, multiplier, shift, to="int32", mode=mode))


@pytest.mark.parametrize(
    ("acc", "real", "double", "single"),
    [(68055, 0.048644176886624986, 3311, 3310), (10, 0.0499999, 1, 0), (-6, 0.25, -2, -1)],
)
def test_two_roundings_and_one(acc: int, real: float, double: int, single: int) -> None:
    """The numbers of facts 4.2; the exact products are 3310.479, 0.499999 and -1.5."""
    assert scaled(acc, real, "gemmlowp") == double
    assert scaled(acc, real, "single") == single


def test_how_often_they_disagree() -> None:
    """By one, and as often as the oracle says: a few in a hundred."""
    rng = np.random.default_rng(20)
    acc = rng.integers(-(1 << 17), 1 << 17, 1500)
    reals = np.exp(rng.uniform(np.log(0.01), np.log(0.5), 1500))
    multiplier, shift = quantize_multiplier(reals)
    double, single = (requantize(acc, multiplier, shift, to="int32", mode=mode, axis=0) for mode in MODES)
    gap = double.astype(np.int64) - single
    assert set(gap.tolist()) == {-1, 0, 1}
    table = [
        oracle.gemmlowp(int(a), int(q), int(s)) - oracle.single(int(a), int(q), int(s))
        for a, q, s in zip(acc, multiplier, shift, strict=True)
    ]
    assert gap.tolist() == table
    assert 0.05 < np.count_nonzero(gap) / gap.size < 0.12


@pytest.mark.parametrize(
    ("real", "expected"),
    [
        (1.0, (1 << 30, 1)),
        (0.75, (3 << 29, 0)),
        (1 - 2.0**-40, (1 << 30, 1)),
        (0.5 - 2.0**-34, (1 << 30, 0)),
        (2.0**-32, (1 << 30, -31)),
        (2.0**-33, (0, 0)),
        (0.0, (0, 0)),
        (0.1, (1717986918, -3)),
        (1 / 3, (1431655765, -1)),
        (12345.678, (1618172707, 14)),
    ],
)
def test_multipliers(real: float, expected: tuple[int, int]) -> None:
    assert oracle.quantize_multiplier(Fraction(real)) == expected
    multiplier, shift = quantize_multiplier(real)
    assert (int(multiplier), int(shift)) == expected


@given(st.floats(2.0**-40, 2.0**29))
def test_multipliers_anywhere(real: float) -> None:
    multiplier, shift = quantize_multiplier(real)
    assert (int(multiplier), int(shift)) == oracle.quantize_multiplier(Fraction(real))


def cases(n: int) -> list[tuple[int, int, int]]:
    """(acc, multiplier, shift) that stay within int32 before the first multiplication."""
    rng = random.Random(n)
    found: list[tuple[int, int, int]] = []
    while len(found) < n:
        acc = rng.choice([rng.choice(ENDS), rng.randint(INT32_MIN, INT32_MAX), rng.randint(-999, 999)])
        multiplier = rng.choice([1 << 30, INT32_MAX, rng.randint(1 << 30, INT32_MAX), 3 << 29, 0])
        shift = rng.randint(-31, 8)
        if INT32_MIN <= acc << max(shift, 0) <= INT32_MAX:
            found.append((acc, multiplier, shift))
    return found


@pytest.mark.parametrize("mode", MODES)
def test_against_the_written_definition(mode: Any) -> None:
    some = cases(3000)
    acc, multiplier, shift = (np.array(column, np.int32) for column in zip(*some, strict=True))
    for to, zero_point, low, high in (
        ("int8", -5, -128, 127),
        ("uint8", 128, 0, 255),
        ("int16", 0, -(1 << 15), (1 << 15) - 1),
        ("int32", 0, INT32_MIN, INT32_MAX),
    ):
        done = requantize(acc, multiplier, shift, zero_point=zero_point, to=to, mode=mode, axis=0)
        assert done.dtype == np.dtype(to)
        assert done.tolist() == [oracle.finished(MODES[mode](*case), zero_point, low, high) for case in some]


def test_ties_at_every_shift() -> None:
    """Multiplier 2^30 makes the scale a power of two: the accumulators are odd multiples of the middle."""
    for shift in range(-31, 1):
        step = 1 << -shift
        acc = [sign * (n * 2 + 1) * step + d for n in range(3) for d in (-1, 0, 1) for sign in (-1, 1)]
        acc = [a for a in acc if INT32_MIN <= a <= INT32_MAX]
        for mode, rule in MODES.items():
            done = requantize(np.array(acc, np.int32), 1 << 30, shift, to="int32", mode=mode)
            assert done.tolist() == [rule(a, 1 << 30, shift) for a in acc]


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_per_channel(axis: int) -> None:
    rng = np.random.default_rng(axis + 5)
    acc = rng.integers(-100_000, 100_000, (3, 4, 5), np.int32)
    n = acc.shape[axis]
    multiplier, shift = quantize_multiplier(rng.uniform(1e-4, 1e-2, n))
    for mode, rule in MODES.items():
        done = requantize(acc, multiplier, shift, zero_point=3, to="int8", mode=mode, axis=axis)
        for index in np.ndindex(acc.shape):
            k = index[axis]
            want = oracle.finished(rule(int(acc[index]), int(multiplier[k]), int(shift[k])), 3, -128, 127)
            assert int(done[index]) == want


REALS = [0.5, 0.25, 0.048644176886624986, 1 / 3, 1.0, 2.0**-20, 17.75]
EXACT_ROUNDINGS = ("ties_even", "ties_away", "ties_up", "toward_zero", "toward_positive", "toward_negative", "to_odd")


@pytest.mark.parametrize("rounding", [None, *EXACT_ROUNDINGS])
def test_exact_products_with_the_real_multiplier(rounding: Any) -> None:
    acc = [*ENDS, 5, -5, 6, -6, 7, -7, 1048576, -1048576, 524288, 524289, 68055]
    for real in REALS:
        done = requantize(np.array(acc, np.int32), real, to="int32", mode="exact", rounding=rounding, zero_point=7)
        want = [oracle.exact(a, Fraction(real), rounding or "ties_away") for a in acc]
        assert done.tolist() == [oracle.finished(n, 7, INT32_MIN, INT32_MAX) for n in want]


def test_exact_products_with_a_multiplier_and_shift() -> None:
    for acc, multiplier, shift in cases(100):
        done = requantize(acc, multiplier, shift, to="int16", mode="exact")
        want = oracle.exact(acc, multiplier * pow2(shift - 31), "ties_away")
        assert int(done) == oracle.finished(want, 0, -(1 << 15), (1 << 15) - 1)


@pytest.mark.parametrize("mode", MODES)
def test_real_multipliers_are_quantized_first(mode: Any) -> None:
    acc = np.array([68055, 10, -6, 99999, -12345], np.int32)
    for real in REALS[:5]:
        given_as = quantize_multiplier(real)
        assert (
            requantize(acc, real, to="int32", mode=mode).tolist()
            == requantize(acc, *given_as, to="int32", mode=mode).tolist()
        )


def test_narrow_results_and_zero_points_by_channel() -> None:
    acc = np.array([[100, -100], [9, -9]], np.int32)
    done = requantize(acc, 1 << 30, 0, np.array([1, -2]), to="int4", axis=1)
    assert (done.dtype, done.tolist()) == (np.dtype(np.int8), [[7, -8], [6, -6]])
    done = requantize(acc, 1 << 30, 0, np.array([8, 3]), to="uint4", axis=0)
    assert (done.dtype, done.tolist()) == (np.dtype(np.uint8), [[15, 0], [8, 0]])


def test_no_left_shift_out_of_int32() -> None:
    """Undefined in C: refused, where one rounding of the whole product saturates."""
    with pytest.raises(ValueError, match="acc"):
        requantize([1 << 30], 1 << 30, 2, to="int32")
    assert requantize([1 << 30], 1 << 30, 2, to="int32", mode="single").tolist() == [INT32_MAX]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"rounding": "ties_even"}, "rounding"),
        ({"mode": "exact", "rounding": "stochastic_a"}, "rounding.*stochastic_a"),
        ({"to": "uint32"}, "to.*uint32|uint32"),
        ({"mode": "double"}, "mode.*double.*gemmlowp"),
        ({"multiplier": -1}, "multiplier"),
        ({"multiplier": 1 << 31}, "multiplier"),
        ({"multiplier": 0.5}, "multiplier"),
        ({"shift": 32}, "shift"),
        ({"shift": -32}, "shift"),
        ({"acc": [0.5]}, "acc"),
        ({"acc": [1 << 31]}, "acc"),
        ({"zero_point": 0.5}, "zero_point"),
        ({"to": "float32"}, "to.*float32|float32"),
        ({"multiplier": [1 << 30, 1 << 30]}, "axis|multiplier"),
    ],
)
def test_bad_arguments(given: dict[str, Any], message: str) -> None:
    arguments: dict[str, Any] = {"acc": [1], "multiplier": 1 << 30, "shift": 0, "to": "int8"} | given
    with pytest.raises((ValueError, TypeError), match=f"(?s){message}"):
        requantize(**arguments)


@pytest.mark.parametrize("real", [-1.0, float("nan"), float("inf"), 2.0**40])
def test_bad_multipliers(real: float) -> None:
    with pytest.raises(ValueError, match="real"):
        quantize_multiplier(real)


def test_multipliers_that_no_float_holds() -> None:
    huge = Fraction(10) ** 400
    assert requantize([-1, 0, 1], huge, mode="exact").tolist() == [-128, 0, 127]
    assert requantize([-1, 100], [-huge, 1 / huge], mode="exact", rounding="toward_positive", axis=0).tolist() == [
        127,
        1,
    ]
