# SPDX-License-Identifier: BSD-3-Clause
"""Affine quantizers: codes, counts and values against the oracle and against numbers worked out by hand."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from fractions import Fraction
from typing import Any

import ml_dtypes
import numpy as np
import oracle_quantize as oracle
import pytest
from affine_cases import ARITHMETICS, FLOAT16, ROUNDINGS, both, expected, found, number, scale_in, steps

from numfmt.quantize import Affine, Parameters

ONE = Affine().parameters(scale=1.0)
NAN, INF = float("nan"), float("inf")

HALVES = [n / 2 for n in (-5, -3, -1, 1, 3, 5)]
TIES = {
    "half_even": [-2, -2, 0, 0, 2, 2],
    "half_away": [-3, -2, -1, 1, 2, 3],
    "half_up": [-2, -1, 0, 1, 2, 3],
    "ceil": [-2, -1, 0, 1, 2, 3],
    "floor": [-3, -2, -1, 0, 1, 2],
    "trunc": [-2, -1, 0, 0, 1, 2],
}
SAMPLE = np.concatenate([FLOAT16[::2999], FLOAT16[[0x0001, 0x3800, 0x3C00, 0x3E00, 0x8000, 0xBE00, 0x7C00, 0xFC00]]])
SAMPLE = SAMPLE[~np.isnan(SAMPLE)]


@pytest.mark.parametrize("rounding", TIES)
def test_ties(rounding: Any) -> None:
    affine = Affine(rounding=rounding)
    for dtype in (np.float16, np.float32, np.float64, ml_dtypes.bfloat16):
        assert affine.encode(np.array(HALVES, dtype), ONE).codes.tolist() == TIES[rounding]


@pytest.mark.parametrize("rounding", TIES)
@pytest.mark.parametrize("zero_point", [3, 4])
def test_ties_with_a_zero_point(rounding: Any, zero_point: int) -> None:
    """Added after, it moves the codes; added before, it turns the parity and the sign that the rounding sees."""
    after = Affine(rounding=rounding, scheme="affine")
    before = Affine(rounding=rounding, scheme="affine", zp_add="before")
    p = after.parameters(scale=1.0, zero_point=zero_point)
    assert after.encode(HALVES, p).codes.tolist() == [n + zero_point for n in TIES[rounding]]
    table = [oracle.round_integer(Fraction(x) + zero_point, oracle.MODE_OF[rounding]) for x in HALVES]
    assert before.encode(HALVES, before.parameters(scale=1.0, zero_point=zero_point)).codes.tolist() == table


def test_onnx_and_torch_on_ties() -> None:
    """As measured: ONNX Runtime [1, 3, 3, 1, 0], torch.quantize_per_tensor [2, 2, 4, 0, 0]."""
    x = [0.5, 1.5, 2.5, -0.5, -1.5]
    onnx = Affine(signed=False, scheme="affine")
    torch = Affine(signed=False, scheme="affine", divide="recip", zp_add="before")
    for affine, codes, below in ((onnx, [1, 3, 3, 1, 0], 1), (torch, [2, 2, 4, 0, 0], 0)):
        q = affine.encode(x, affine.parameters(scale=1.0, zero_point=1))
        assert (q.codes.tolist(), q.below, q.above) == (codes, below, 0)


def test_division_and_reciprocal_disagree() -> None:
    x = np.float32(-53.250003814697266)
    both_ways: list[tuple[Any, int]] = [("div", -532), ("recip", -533)]
    for divide, code in both_ways:
        affine = Affine(bits=16, divide=divide)
        assert affine.encode(x, affine.parameters(scale=np.float32(0.1))).codes.tolist() == code


@pytest.mark.parametrize("arithmetic", ARITHMETICS)
def test_every_convention(arithmetic: str) -> None:
    for rounding in ROUNDINGS:
        rng = np.random.default_rng(ROUNDINGS.index(rounding))
        bits = rng.integers(0, 1 << 5, SAMPLE.shape)
        for number_of, (divide, zp_add) in enumerate(steps(arithmetic)):
            signed, scale = bool(number_of % 2), (0.1, 1 / 3, 0.75, 3.0, 0.3)[number_of]
            affine, rules = both(
                signed=signed, rounding=rounding, divide=divide, zp_add=zp_add, arithmetic=arithmetic,
                random_bits_count=5 * (rounding == "stochastic"),
            )  # fmt: skip
            p = affine.parameters(scale=scale_in(scale, arithmetic), zero_point=17)
            q = affine.encode(SAMPLE, p, random_bits=bits if rounding == "stochastic" else None)
            assert found(q) == expected(SAMPLE, p, rules, random_bits=bits), (rounding, divide, zp_add)


def test_every_width() -> None:
    for bits in range(1, 33):
        for signed in (True, False):
            affine = Affine(bits=bits, signed=signed, scheme="affine", arithmetic="exact")
            low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
            x = np.array([low - 1, low - 0.5, low, low + 1, high - 1, high, high + 0.75, high + 2, -INF, INF, 2.0**40])
            q = affine.encode(x, affine.parameters(scale=1.0, zero_point=0))
            below = 3 if low == -1 else 2  # the tie below an even low end goes to it
            assert q.codes.tolist() == [low, low, low, min(low + 1, high), high - 1, high, high, high, low, high, high]
            assert (q.below, q.above, q.inexact, q.saturated) == (below, 4, 7, below + 4)
            width = next(n for n in (8, 16, 32) if bits <= n)
            assert q.codes.dtype == np.dtype(f"{'' if signed else 'u'}int{width}")


def test_narrow() -> None:
    x = np.array([-129.0, -128.0, -127.5, -127.4, -0.5, 0.4, 127.0])
    q = Affine(narrow=True).encode(x, Affine(narrow=True).parameters(scale=1.0))
    assert (q.codes.tolist(), q.below, q.above) == ([-127, -127, -127, -127, 0, 0, 127], 3, 0)
    unsigned = Affine(bits=2, signed=False, narrow=True, scheme="affine")
    q = unsigned.encode([-5.0, 0.0, 1.0, 3.0, 4.0], unsigned.parameters(scale=1.0, zero_point=1))
    assert (q.codes.tolist(), q.below, q.above) == ([1, 1, 2, 3, 3], 1, 2)


@pytest.mark.parametrize(("policy", "code"), [("zero", 7), ("qmin", -128), ("qmax", 127), (-5, -5)])
def test_nan_policies(policy: str | int, code: int) -> None:
    affine, rules = both(nan=policy)
    for dtype in (np.float16, np.float32, np.float64, ml_dtypes.bfloat16):
        x = np.array([1.0, NAN, -INF, INF, -NAN, 2.25], dtype)
        p = affine.parameters(scale=0.5, zero_point=7)
        q = affine.encode(x, p)
        assert q.codes.tolist() == [9, code, -128, 127, code, 11]
        assert (q.below, q.above, q.nan) == (1, 1, 2)
        assert found(q) == expected(x, p, rules)


def test_nan_raises_by_default() -> None:
    x = np.ones((3, 4), np.float32)
    x[1, 2] = x[2, 0] = NAN
    with pytest.raises(ValueError, match=r"element 6 .*NaN"):
        Affine().encode(x, ONE)


def test_every_kind_of_nan() -> None:
    for nan_code in (0x7F800001, 0x7FC00000, 0xFF800001, 0xFFFFFFFF):
        x = np.full(67, nan_code, np.uint32).view(np.float32)
        q = Affine(nan="qmax").encode(x, ONE)
        assert (set(q.codes.tolist()), q.nan, q.saturated) == ({127}, 67, 0)


@pytest.mark.parametrize("arithmetic", ARITHMETICS)
def test_decode(arithmetic: str) -> None:
    """Every code, with the exact difference and one rounding."""
    affine, rules = both(arithmetic=arithmetic)
    for scale, zero_point in ((0.1, 0), (1 / 3, -128), (0.0078, 127)):
        p = affine.parameters(scale=scale_in(scale, arithmetic), zero_point=zero_point)
        codes = np.arange(-128, 128, dtype=np.int8)
        values = affine.decode(codes, p)
        table = [oracle.decode_code(q, Fraction(float(p.scale)), zero_point, rules) for q in range(-128, 128)]
        assert [Fraction(v) if arithmetic == "exact" else number(v) for v in values] == table


def test_decode_overflows() -> None:
    affine = Affine(arithmetic="binary16")
    values = affine.decode(np.array([-128, 65, 66], np.int8), affine.parameters(scale=1000.0))
    assert [float(v) for v in values] == [-INF, 64992.0, INF]


def test_values_exact_and_fake() -> None:
    affine = Affine()
    p = affine.parameters(scale=0.1)
    x = np.array([[0.26, -0.1], [99.0, 0.0]], np.float32)
    q = affine.encode(x, p)
    tenth = np.float32(0.1)
    assert q.codes.tolist() == [[3, -1], [127, 0]]
    assert (q.values.dtype, q.values.shape) == (np.dtype(np.float32), (2, 2))
    assert q.values.tolist() == [[float(np.float32(3) * tenth), float(-tenth)], [float(np.float32(127) * tenth), 0.0]]
    for values in (affine.decode(q, p), affine.decode(q.codes, p), affine.fake(x, p)):
        assert values.dtype == q.values.dtype
        assert values.tobytes() == q.values.tobytes()
    assert [Fraction(v) for v in q.exact.ravel()] == [n * Fraction(float(tenth)) for n in (3, -1, 127, 0)]
    assert np.asarray(q).tolist() == q.codes.tolist()
    assert (q.inexact, q.above) == (2, 1)


def test_exact_values_are_fractions_where_floats_do_not_do() -> None:
    affine = Affine(arithmetic="exact", bits=16)
    q = affine.encode([3.0], affine.parameters(scale=0.1))
    assert q.codes.tolist() == [30]
    assert q.exact.tolist() == [30 * Fraction(0.1)]
    assert q.values.tolist() == [30 * Fraction(0.1)]
    q = affine.encode([3.0], affine.parameters(scale=0.125))
    assert (q.exact.dtype, q.exact.tolist()) == (np.dtype(np.float64), [3.0])


def test_inputs_of_every_kind() -> None:
    rows = [[0.5, -1.25, 3.0], [100.0, -200.0, 0.1]]
    want = [[0, -1, 3], [100, -128, 0]]
    assert Affine().encode(rows, ONE).codes.tolist() == want
    for dtype in (np.float16, np.float32, np.float64, ml_dtypes.bfloat16):
        x = np.array(rows, dtype)
        assert Affine().encode(x, ONE).codes.tolist() == want
        assert Affine().encode(np.asfortranarray(x), ONE).codes.tolist() == want
        assert Affine().encode(np.repeat(x, 2, axis=1)[:, ::2], ONE).codes.tolist() == want
        assert Affine().encode(x[::-1, ::-1], ONE).codes[::-1, ::-1].tolist() == want
    swapped = np.array(rows, ">f4")
    assert Affine().encode(swapped, ONE).codes.tolist() == want
    bare = Affine().encode(np.float32(2.5), ONE)
    assert (bare.codes.shape, int(bare.codes)) == ((), 2)


def test_wide_inputs_are_not_rounded_before_the_division() -> None:
    """1 + 2^-40 over 2 is above the tie in binary64's own value: one rounding to binary64, or none."""
    x = np.array([1 + 2**-40, 3 - 2**-40])
    for arithmetic, codes in (("exact", [1, 1]), ("binary64", [1, 1]), ("binary32", [0, 2]), ("binary16", [0, 2])):
        affine = Affine(arithmetic=arithmetic)
        assert affine.encode(x, affine.parameters(scale=2.0)).codes.tolist() == codes


def test_subnormals_are_ordinary() -> None:
    tiny = np.array([1, 2, 3, 0x400000, 0x7FFFFF], np.uint32).view(np.float32)
    affine, rules = both(rounding="ceil", divide="div")
    p = affine.parameters(scale=float(np.finfo(np.float32).smallest_normal), zero_point=0)
    assert affine.encode(tiny, p).codes.tolist() == [1, 1, 1, 1, 1]
    affine, rules = both()
    assert affine.encode(tiny, p).codes.tolist() == [0, 0, 0, 0, 1]
    assert found(affine.encode(tiny, p)) == expected(tiny, p, rules)


def test_empty() -> None:
    for shape in ((0,), (0, 3), (2, 0)):
        q = Affine().encode(np.empty(shape, np.float32), ONE)
        assert (q.codes.shape, q.codes.dtype) == (shape, np.dtype(np.int8))
        assert (q.below, q.above, q.inexact, q.nan) == (0, 0, 0, 0)
        assert q.values.shape == shape


def test_out() -> None:
    out = np.zeros(3, np.int8)
    q = Affine().encode([1.0, 2.0, 300.0], ONE, out=out)
    assert out.tolist() == [1, 2, 127]
    assert np.shares_memory(q.codes, out)
    for wrong in (np.zeros(2, np.int8), np.zeros(3, np.int16)):
        with pytest.raises((ValueError, TypeError), match="out"):
            Affine().encode([1.0, 2.0, 300.0], ONE, out=wrong)


def test_frozen_hashable_read_only() -> None:
    affine = Affine(bits=4)
    p = affine.parameters(scale=0.5)
    q = affine.encode([1.0], p)
    for thing, name in ((affine, "bits"), (p, "scale"), (q, "codes")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(thing, name, 1)
    assert (affine, hash(affine)) == (Affine(bits=4), hash(Affine(bits=4)))
    assert affine != Affine(bits=5)
    for array in (p.scale, p.zero_point):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 1
    assert q.affine == affine
    assert q.parameters is p
    assert not (set(dir(p)) & {"__setitem__"})


def test_parameters_keep_their_own_copy() -> None:
    scale = np.array([1.0, 2.0], np.float32)
    p = Affine(axis=0).parameters(scale=scale)
    scale[0] = 9
    assert p.scale.tolist() == [1.0, 2.0]


@pytest.mark.parametrize(("signed", "default"), [(True, 0), (False, 128)])
def test_the_symmetric_zero_point(signed: bool, default: int) -> None:
    affine = Affine(signed=signed)
    assert int(affine.parameters(scale=1.0).zero_point) == default
    assert int(affine.parameters(scale=1.0, zero_point=default).zero_point) == default
    with pytest.raises(ValueError, match="zero_point"):
        affine.parameters(scale=1.0, zero_point=default + 1)


@pytest.mark.parametrize(("arithmetic", "dtype"), [("binary32", "f4"), ("binary64", "f8"), ("exact", "f8")])
def test_the_scale_is_held_in_its_arithmetic(arithmetic: str, dtype: str) -> None:
    p = Affine(arithmetic=arithmetic).parameters(scale=0.5)
    assert p.scale.dtype == np.dtype(dtype)


def test_positional_arguments_are_refused() -> None:
    build: Any = Affine
    with pytest.raises(TypeError):
        build(8)


def test_parameters_stay_what_they_are() -> None:
    """Copies and pickles are read-only too, and so are the arrays of a calibration; nobody else's are touched."""
    p = Affine(axis=0).calibrate([[1.0, -2.0], [3.0, 4.0]])
    for same in (p, copy.copy(p), copy.deepcopy(p), pickle.loads(pickle.dumps(p))):  # noqa: S301 - our own
        assert same == p and hash(same) == hash(p)
        for name in ("scale", "zero_point", "lo", "hi", "clipped_below", "clipped_above"):
            array = getattr(same, name)
            assert not array.flags.writeable
            assert np.array_equal(array, getattr(p, name))
    scale, zero_point = np.ones(2, np.float32), np.zeros(2, np.int8)
    mine = Parameters(scale, zero_point)
    scale[0] = 5
    assert mine.scale.tolist() == [1, 1] and scale.flags.writeable
