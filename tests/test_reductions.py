# SPDX-License-Identifier: BSD-3-Clause
"""sum, dot and matmul against exact rational arithmetic: one rounding of the exact sum, and every special case."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import oracle
import pytest
from compare import ROUNDINGS, code_int, comparable
from hypothesis import given
from hypothesis import strategies as st

import numfmt as nf

FORMATS = ["e4m3fn", "e5m2", "e2m1", "e8m0", "binary8p3uf", "binary16", "bfloat16", "binary32", "binary64", "x87",
           "binary128", "width=40/precision=20/bias=-70000"]  # fmt: skip
WIDE = nf.Format(width=128, precision=109, bias=1 << 17)
formats = st.sampled_from(FORMATS).map(nf.format)


def wanted_sum(terms: list[list[oracle.Value]], to: nf.Format, env: nf.Env) -> tuple[int, int]:
    """The sum of products of these values by definition; no NaNs but those that it makes."""
    total, scale, zeros, infinities, is_nan, any_term = 0, 0, set(), set(), False, False  # the sum is total / 2^scale
    for factors in terms:
        sign = sum(x.sign for x in factors) % 2
        kinds = {x.kind for x in factors}
        if "inf" in kinds:
            is_nan |= "zero" in kinds
            infinities.add(sign)
        elif "zero" in kinds:
            zeros.add(sign)
        else:
            any_term = True
            top = math.prod(x.magnitude.numerator for x in factors)
            places = sum(x.magnitude.denominator.bit_length() - 1 for x in factors)
            wider = max(scale, places)
            total = (total << wider - scale) + ((-top if sign else top) << wider - places)
            scale = wider
    if is_nan or len(infinities) == 2:
        return oracle.Case(to, oracle.Value("qnan", payload=(0, 0))).outcome(env)[0], oracle.INVALID
    if infinities:
        return oracle.Case(to, oracle.Value("inf", infinities.pop())).outcome(env)
    if total:
        return oracle.Case(to, oracle.Value("finite", int(total < 0), Fraction(abs(total), 1 << scale))).outcome(env)
    one_sign = zeros if not any_term else {0, 1}
    sign = one_sign.pop() if len(one_sign) == 1 else int(bool(terms) and env.rounding == "toward_negative")
    return oracle.Case(to, oracle.Value("zero", sign)).outcome(env)


def drawn(data: st.DataObject, fmt: nf.Format, size: int) -> list[int]:
    """Codes without NaNs; often the negative of one before, so that sums cancel."""
    codes: list[int] = []
    for _ in range(size):
        code = data.draw(st.integers(0, fmt.codes[-1]) | st.sampled_from([0, 1, fmt.max_code, fmt.min_positive_code]))
        if codes and fmt.is_signed and data.draw(st.booleans()):
            code = data.draw(st.sampled_from(codes)) ^ 1 << (fmt.width - 1)
        codes.append(0 if oracle.decode(fmt, code).kind in ("qnan", "snan") else code)
    return codes


@given(data=st.data(), fmt=formats, to=formats, size=st.integers(0, 9), rounding=st.sampled_from(ROUNDINGS))
def test_sum(data: st.DataObject, fmt: nf.Format, to: nf.Format, size: int, rounding: Any) -> None:
    env = nf.Env(rounding=rounding)
    codes = drawn(data, fmt, size)
    values = [[oracle.decode(fmt, code)] for code in codes]
    array = np.array([(c & (1 << 64) - 1, c >> 64) for c in codes], fmt.dtype) if fmt.width > 64 else codes
    code, flags = nf.sum(np.array(array, fmt.dtype), fmt, to=to, env=env, flags="any")
    assert (code_int(code), int(flags)) == wanted_sum(values, to, env), (codes, str(fmt), str(to))


@given(data=st.data(), a=formats, b=formats, to=formats, size=st.integers(0, 6), rounding=st.sampled_from(ROUNDINGS))
def test_dot(data: st.DataObject, a: nf.Format, b: nf.Format, to: nf.Format, size: int, rounding: Any) -> None:
    env = nf.Env(rounding=rounding)
    x, y = drawn(data, a, size), drawn(data, b, size)
    terms = [[oracle.decode(a, p), oracle.decode(b, q)] for p, q in zip(x, y, strict=True)]
    code, flags = nf.dot(x, y, (a, b), to=to, env=env, flags="any")
    assert (code_int(code), int(flags)) == wanted_sum(terms, to, env), (x, y, str(a), str(b), str(to))


SHAPES = [
    ((3, 4), (4, 2)), ((4,), (4, 2)), ((3, 4), (4,)), ((2, 3, 4), (4, 5)), ((0, 4), (4, 2)), ((3, 0), (0, 2)),
    ((2, 1, 3, 4), (5, 4, 2)), ((1, 4), (4, 1)),
]  # fmt: skip


@pytest.mark.parametrize(("left", "right"), SHAPES)
def test_matmul_is_dots(left: tuple[int, ...], right: tuple[int, ...]) -> None:
    """numpy's shapes; values, flags, and random bits where they belong."""
    rng = np.random.default_rng(7)
    a, b = (rng.integers(0, 0x7F, size).astype(np.uint8) for size in (left, right))
    shape = np.matmul(np.zeros(left), np.zeros(right)).shape
    bits = rng.integers(0, 32, shape)
    how: dict[str, Any] = {"to": "bfloat16", "env": nf.Env(rounding="stochastic_a", random_bits_count=5)}
    codes, flags = nf.matmul(a, b, "e4m3fn", flags=True, random_bits=bits, **how)
    assert codes.shape == flags.shape == shape
    rows, columns = np.atleast_2d(a), b.reshape(-1, 1) if b.ndim == 1 else b
    stack = np.broadcast_shapes(rows.shape[:-2], columns.shape[:-2])
    rows, columns = (np.broadcast_to(x, (*stack, *x.shape[-2:])) for x in (rows, columns))
    full = (*stack, rows.shape[-2], columns.shape[-1])
    for at in np.ndindex(full):
        pair = rows[at[:-1]], columns[(*at[:-2], slice(None), at[-1])]
        one = nf.dot(*pair, "e4m3fn", flags="any", random_bits=bits.reshape(full)[at], **how)
        assert (codes.reshape(full)[at], flags.reshape(full)[at]) == one
    any_flags = nf.matmul(a, b, "e4m3fn", flags="any", random_bits=bits, **how)[1]
    assert int(any_flags) == int(np.bitwise_or.reduce(flags.ravel(), initial=0))


def test_sum_over_axes() -> None:
    array = np.random.default_rng(1).integers(0, 0x7C00, (2, 3, 4)).astype(np.uint16)
    values = nf.decode(array, "binary16").astype(float)
    for axis in (None, 0, 1, -1, (0, 2), (2, 0), (0, 1, 2)):
        got = nf.sum(array, "binary16", axis=axis, to="binary64")
        assert np.array_equal(nf.decode(got, "binary64"), values.sum(axis=axis))  # few bits: numpy's sum is exact
    assert nf.sum(array[:, :0], "binary16", axis=1).tolist() == np.zeros((2, 4)).tolist()


def test_range_of_the_accumulator() -> None:
    """The largest and smallest terms of a format with a million binades, cancelling all but the last bit."""
    one = [WIDE.max_code, 1, WIDE.max_code | 1 << 127]
    codes = np.array([(c & (1 << 64) - 1, c >> 64) for c in one], WIDE.dtype)
    assert code_int(nf.sum(codes, WIDE)) == 1
    product, flags = nf.dot(codes, codes[[0, 1, 0]], WIDE, env=nf.Env(rounding="toward_positive"), flags="any")
    assert (code_int(product), int(flags)) == (1, 3)  # of the square of the smallest
    many = np.full(1 << 16, 0x7E, np.uint8)
    assert nf.decode(nf.dot(many, many, "e4m3fn", to="binary64"), "binary64") == 448.0**2 * (1 << 16)


NAN, SNAN, INF, MINUS = 0x7E01, 0x7C05, 0x7C00, 0xFC00


@pytest.mark.parametrize(
    ("codes", "env", "code", "flags"),
    [
        ([NAN, 0x3C00, 0xFE02], nf.Env(nan="x86_sse"), NAN, 0),
        ([0x3C00, SNAN, NAN], nf.Env(nan="x86_sse"), 0x7E05, 16),
        ([NAN, SNAN], nf.Env(nan="arm"), 0x7E05, 16),
        ([NAN, SNAN], nf.Env(), 0x7E00, 16),
        ([INF, NAN, MINUS], nf.Env(), 0x7E00, 0),
        ([INF, 0x3C00, MINUS], nf.Env(), 0x7E00, 16),
        ([INF, 0x7BFF, 0x7BFF], nf.Env(), INF, 0),
        ([MINUS, MINUS], nf.Env(overflow="saturate"), 0xFBFF, 5),
        ([0x8000, 0x8000], nf.Env(), 0x8000, 0),
        ([0x8000, 0], nf.Env(), 0, 0),
        ([0x3C00, 0xBC00], nf.Env(rounding="toward_negative"), 0x8000, 0),
        ([], nf.Env(rounding="toward_negative"), 0, 0),
        ([1, 1], nf.Env(daz=True), 0, 0),
    ],
)  # fmt: skip
def test_specials(codes: list[int], env: nf.Env, code: int, flags: int) -> None:
    assert nf.sum(np.array(codes, np.uint16), "binary16", env=env, flags="any") == (code, flags)


def test_products_of_specials() -> None:
    assert nf.dot([INF, 0x3C00], [0, 0x3C00], "binary16", flags="any") == (0x7E00, 16)
    assert nf.dot([INF], [0xBC00], "binary16", flags="any") == (MINUS, 0)
    assert nf.dot([0x8000], [0x3C00], "binary16", flags="any") == (0x8000, 0)


def test_bad_arguments() -> None:
    raised = nf.Env(nan_substitute="raise")
    cases: list[tuple[str, Callable[[], Any]]] = [
        (r"^a and b have shapes \(2,\) and \(3,\): dot takes two vectors", lambda: nf.dot([1, 2], [1, 2, 3], "e4m3fn")),
        (r"^a and b have shapes \(1, 2\) and \(3, 1\): 2 columns", lambda: nf.matmul([1, 2], [1, 2, 3], "e4m3fn")),
        (r"matmul takes no scalars", lambda: nf.matmul(1, [1], "e4m3fn")),
        (r"^to is missing: the operands are", lambda: nf.dot([1], [1], ("e4m3fn", "e5m2"))),
        (r"^fmt has 3 formats", lambda: nf.dot([1], [1], ("e4m3fn",) * 3)),
        (r"^axis is 2: the array has 1 dimensions", lambda: nf.sum([1], "e4m3fn", axis=2)),
        (r"^axis is \(0, 0\): names an axis twice", lambda: nf.sum([1], "e4m3fn", axis=(0, 0))),
        (r"^codes: element 0 is 16", lambda: nf.sum([16], "e2m1")),
        (r"element 0: a NaN result", lambda: nf.sum(np.array([0x7F], np.uint8), "e4m3fn", to="e2m1", env=raised)),
        (r"^random_bits is missing", lambda: nf.sum([1], "e4m3fn", env=nf.Env(rounding="stochastic_b"))),
    ]
    for message, call in cases:
        with pytest.raises(ValueError, match=message):
            call()
    assert comparable(nf.sum([], "binary128")) == 0
