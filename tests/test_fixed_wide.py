# SPDX-License-Identifier: BSD-3-Clause
"""Wide fixed-point types against their definition, by hypothesis; and what has no value or no type."""

from __future__ import annotations

import functools
import math
import re
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import oracle_fixed as oracle
import pytest
from fixed_cases import DIVIDE_BY_ZERO, INVALID, OPS, exact_results, fixed, how, plain, raw, rounded, type_of
from hypothesis import given
from hypothesis import strategies as st
from oracle_fixed import FixedType

import numfmt as nf
from numfmt import formats


@st.composite
def types(draw: st.DrawFn, widest: int = 64) -> FixedType:
    width = draw(st.integers(1, widest))
    frac_bits = draw(st.integers(-20, 80))
    return FixedType(width - frac_bits, frac_bits, draw(st.booleans()))


@st.composite
def operands(draw: st.DrawFn) -> tuple[FixedType, list[int]]:
    """A type and four of its codes, the ends among them often."""
    kind = draw(types())
    ends = st.sampled_from([kind.lowest, kind.highest, 0, kind.lowest // 2, kind.highest // 2])
    return kind, draw(st.lists(st.integers(kind.lowest, kind.highest) | ends, min_size=4, max_size=4))


@given(operands(), operands(), types(), st.sampled_from(oracle.ROUNDINGS))
def test_operations(
    left: tuple[FixedType, list[int]], right: tuple[FixedType, list[int]], to: FixedType, rounding: str
) -> None:
    (kind, a), (other, b) = left, right
    for op in OPS:
        if op == "div" and 0 in b:
            continue
        exact = exact_results(op, kind, a, b, other)
        arguments, bits = how(rounding, "saturate", len(a))
        done = getattr(fixed(kind), op)(raw(kind, a), raw(other, b), fixed(other), to=fixed(to), **arguments)
        assert plain(done) == rounded(to, exact, (rounding, "saturate"), bits), op


@given(operands(), operands(), st.sampled_from(OPS[:3]))
def test_exact_results(left: tuple[FixedType, list[int]], right: tuple[FixedType, list[int]], op: str) -> None:
    (kind, a), (other, b) = left, right
    try:
        to = getattr(fixed(kind), f"{op}_type")(fixed(other))
    except ValueError:
        bits = max(kind.int_bits, other.int_bits) + max(kind.frac_bits, other.frac_bits)
        assert op != "mul" and bits + 2 > 128
        return
    codes = getattr(fixed(kind), op)(raw(kind, a), raw(other, b), fixed(other))
    assert oracle.holds(type_of(to), iter(oracle.extremes(op, kind, other)))
    assert to.decode(codes, dtype=object).tolist() == exact_results(op, kind, a, b, other)


@given(st.data(), types(), st.sampled_from(oracle.ROUNDINGS), st.sampled_from(["saturate", "wrap"]))
def test_encode(data: st.DataObject, kind: FixedType, rounding: str, overflow: str) -> None:
    """Fractions over four times the range."""
    top = 4 * (kind.highest + 1) * kind.value(1)
    numbers = data.draw(st.lists(st.fractions(-1, 1, max_denominator=1 << 70), min_size=1, max_size=4))
    numbers = [x * top for x in numbers]
    arguments, bits = how(rounding, overflow, len(numbers))
    assert plain(fixed(kind).encode(numbers, **arguments)) == rounded(kind, numbers, (rounding, overflow), bits)


@given(st.data(), types(), types(), st.sampled_from(oracle.ROUNDINGS), st.sampled_from(["saturate", "wrap"]))
def test_requantize(data: st.DataObject, kind: FixedType, to: FixedType, rounding: str, overflow: str) -> None:
    codes = data.draw(st.lists(st.integers(kind.lowest, kind.highest), min_size=1, max_size=4))
    arguments, bits = how(rounding, overflow, len(codes))
    done = fixed(kind).requantize(raw(kind, codes), to=fixed(to), **arguments)
    assert plain(done) == rounded(to, [kind.value(code) for code in codes], (rounding, overflow), bits)


def test_infinities_and_nans() -> None:
    f = nf.Fixed(2, 2)
    x = [np.inf, -np.inf, np.nan]
    assert plain(f.encode(x, overflow="saturate", flags=True)) == ([7, 8, 0], [INVALID] * 3)
    assert plain(f.encode(x, overflow="wrap", flags=True)) == ([0, 0, 0], [INVALID] * 3)
    for bad in x:
        with pytest.raises(ValueError, match=r"\b1\b"):
            f.encode([0.0, bad])


def test_division_by_zero() -> None:
    f = nf.Fixed(2, 2)
    a, b = np.array([3, 13, 0], np.uint8), np.zeros(3, np.uint8)
    flags = [DIVIDE_BY_ZERO, DIVIDE_BY_ZERO, INVALID]
    assert plain(f.div(a, b, to=f, overflow="saturate", flags=True)) == ([7, 8, 0], flags)
    assert plain(f.div(a, b, to=f, overflow="wrap", flags=True)) == ([0, 0, 0], flags)
    for k in range(3):
        with pytest.raises(ValueError):
            f.div(a[k : k + 1], b[:1], to=f)


def test_errors_name_the_element_and_the_value() -> None:
    f = nf.Fixed(2, 2)
    with pytest.raises(ValueError, match=r"element 2 .*fixed2\.2.*-2 to 1\.75"):
        f.encode([[1.0, 0.5], [2.5, 9.0]])
    with pytest.raises(ValueError, match=r"\b2\b"):
        f.add(np.array([1, 2, 7], np.uint8), np.array([1, 2, 7], np.uint8), to=f)
    with pytest.raises(ValueError):
        f.decode(np.array([16], np.uint8))


@pytest.mark.parametrize(
    ("int_bits", "frac_bits"), [(0, 0), (129, 0), (64, 65), (-5, 5), (2.0, 2), ("2", 2), (2, None)]
)
def test_bad_types(int_bits: Any, frac_bits: Any) -> None:
    with pytest.raises((ValueError, TypeError), match=r"int_bits|frac_bits|width|bits"):
        nf.Fixed(int_bits, frac_bits)


@pytest.mark.parametrize(
    ("given_as", "message"),
    [
        ({"rounding": "half_even"}, "rounding.*half_even"),
        ({"overflow": "clip"}, "overflow.*clip"),
        ({"to": 8}, "8 is no type"),
    ],
)
def test_bad_arguments(given_as: dict[str, Any], message: str) -> None:
    codes = np.array([1], np.uint8)
    with pytest.raises((ValueError, TypeError), match=message):
        nf.Fixed(2, 2).add(codes, codes, **given_as)


@pytest.mark.parametrize("signed", [(True, True), (True, False), (False, False)])
def test_the_widest_products(signed: tuple[bool, bool]) -> None:
    """64 bits times 64 bits are 128."""
    kind, other = (FixedType(40, 24, s) for s in signed)
    a, b = (list(column) for column in zip(*product(ends(kind), ends(other)), strict=True))
    to = fixed(kind).mul_type(fixed(other))
    codes = fixed(kind).mul(raw(kind, a), raw(other, b), fixed(other))
    assert (to.width, to.dtype.names) == (128, ("lo", "hi"))
    assert to.decode(codes, dtype=object).tolist() == exact_results("mul", kind, a, b, other)


@pytest.mark.parametrize(
    ("op", "codes", "types", "to"),
    [
        ("div", ([(1 << 63) - 1, 12345678901], [3, 7]), (nf.Fixed(64, 0), nf.Fixed(4, 40)), nf.Fixed(8, 0)),
        ("div", ([(1 << 64) - 1, 5], [7, 3]), (nf.Fixed(64, 0, signed=False),) * 2, nf.Fixed(-46, 54)),
        ("sqrt", ([0x472BDE8D, 0x770],), (nf.Fixed(33, 0),), nf.Fixed(-46, 72)),
        ("rsqrt", ([2, 3],), (nf.Fixed(1, 30),), nf.Fixed(-23, 54)),
    ],
)
def test_wrapping_keeps_the_low_bits_of_results_far_out(op: str, codes: Any, types: Any, to: nf.Fixed) -> None:
    """Their leading bit is more than 64 bits above the unit of the type."""
    got = nf.integers.apply_fixed(op, codes, types, to=to, overflow="wrap", rounding="toward_zero")
    for index, code in enumerate(to.integers(got).tolist()):
        x = [Fraction(column[index]) * type_.resolution for column, type_ in zip(codes, types, strict=True)]
        units = x[0] / x[-1] if op == "div" else x[0] if op == "sqrt" else 1 / x[0]
        units /= to.resolution if op == "div" else to.resolution**2
        whole = units.numerator // units.denominator
        assert (code - (whole if op == "div" else math.isqrt(whole))) % (1 << to.width) == 0


@pytest.mark.parametrize("type_", [nf.Fixed(2, 2), nf.Fixed(8, 4, signed=False), nf.Fixed(60, 10)])
def test_codes_with_bits_above_the_width_are_refused(type_: nf.Fixed) -> None:
    codes = formats.code_array(type_, [0, type_.codes[-1], type_.codes[-1] + 1])
    for read in (type_.integers, functools.partial(type_.decode, dtype=object)):
        assert len(read(codes[:2])) == 2
        with pytest.raises(ValueError, match=rf"element 2.*{re.escape(str(type_))} takes codes 0 to"):
            read(codes)


def ends(kind: FixedType) -> list[int]:
    return [kind.lowest, kind.lowest + 1, kind.highest, kind.highest - 1, 1, 0]


def test_values_worked_out_by_hand() -> None:
    """1.75 + 1.75 = 3.5; 1.75 * 1.75 = 3.0625; 1.75 / 0.75 = 2.33; -2 - 1.75 = -3.75."""
    f = nf.Fixed(2, 2)
    a, b = (np.array([code], np.uint8) for code in (7, 3))
    assert f.add_type(f).decode(f.add(a, a)).tolist() == [3.5]
    assert f.mul_type(f).decode(f.mul(a, a)).tolist() == [3.0625]
    assert f.div(a, b, to=nf.Fixed(3, 2)).tolist() == [9]
    assert f.sub_type(f).decode(f.sub(np.array([8], np.uint8), a)).tolist() == [-3.75]
    assert f.mul(a, a, to=f, overflow="wrap").tolist() == [12]
    assert f.mul(a, a, to=f, overflow="saturate").tolist() == [7]
