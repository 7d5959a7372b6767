# SPDX-License-Identifier: BSD-3-Clause
"""Calibration in batches, by granule, of any kind of values; zeros, and bad input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import oracle_quantize
import pytest
from calibrated import drawn, facts, fit_of
from hypothesis import given
from hypothesis import strategies as st

import numfmt as nf
from numfmt.quantize import Affine, calibration
from numfmt.quantize.calibration import Calibrator

NAN, INF = float("nan"), float("inf")

STREAMED: list[tuple[str, dict[str, Any]]] = [
    *[("minmax", {}), ("max", {}), ("mean_std", {"k": 2}), ("percentile", {"percentile": 90})],
    *[("entropy", {"bins": 64, "quantized_bins": 8}), ("mse", {"steps": 5, "first": 1}), ("mse_exact", {})],
]


@pytest.mark.parametrize(("method", "options"), STREAMED)
def test_batches_equal_the_whole(method: str, options: dict[str, Any]) -> None:
    """However the values are cut, in whatever order: parameters, ranges, counts."""
    x = drawn(5, 48)
    affine = Affine(bits=4)
    whole = affine.calibrate(x, method, **options)
    for parts in (np.split(x, 4), np.split(x[::-1], [1, 1, 40]), [np.random.default_rng(1).permutation(x)]):
        calibrator = Calibrator(affine, method, **options)
        for part in parts:
            mutable = part.copy()
            calibrator.update(mutable)
            mutable[:] = 1000  # what was shown stays as it was
        made = calibrator.parameters()
        assert made == whole
        for name in ("lo", "hi", "clipped_below", "clipped_above"):
            assert np.array_equal(getattr(made, name), getattr(whole, name)), name


def test_batches_of_channels() -> None:
    x = drawn(6, 60).reshape(3, 20)
    calibrator = Calibrator(Affine(axis=0), "percentile", percentile=80)
    for part in np.split(x, 4, axis=1):
        calibrator.update(part)
    assert calibrator.parameters() == Affine(axis=0).calibrate(x, "percentile", percentile=80)


def test_what_is_not_kept_is_not_counted() -> None:
    calibrator = Calibrator(Affine(), "mean_std", k=1, keep=False)
    calibrator.update(drawn(1, 40))
    made = calibrator.parameters()
    assert facts(made, "clipped_below", "clipped_above") == [None, None]
    assert made == Affine().calibrate(drawn(1, 40), "mean_std", k=1)


@pytest.mark.parametrize("method", ["minmax", "mean_std", "percentile", pytest.param("mse", marks=pytest.mark.full)])
@pytest.mark.parametrize(
    "where", [{}, {"axis": 1}, {"axis": -1}, {"axis": 2, "group": 4}, {"axis": 0, "group": 2}, {"tile": (3, 2)}]
)
def test_granules(method: str, where: dict[str, Any]) -> None:
    """Each granule as if it were alone."""
    shape = (2, 3, 8)
    x = drawn(7, 48).reshape(shape)
    affine, granularity = Affine(bits=4, scheme="affine", **where), oracle_quantize.Granularity(**where)
    rows: dict[tuple[int, ...], list[float]] = {}
    for index in oracle_quantize.indices(shape):
        rows.setdefault(granularity.of(index), []).append(x[index])
    options = {"steps": 4, "first": 2} if method == "mse" else {}
    p = affine.calibrate(x, method, **options)
    assert p.scale.shape == granularity.shape(shape)
    for index, row in rows.items():
        alone = Affine(bits=4, scheme="affine").calibrate(np.array(row, np.float32), method, **options)
        for name in ("scale", "zero_point", "lo", "hi", "clipped_below", "clipped_above"):
            assert getattr(p, name)[index] == getattr(alone, name), (name, index)


@given(
    st.lists(st.integers(1, 4), min_size=2, max_size=4),
    st.sampled_from(["tensor", "axis", "group", "tile"]),
    st.randoms(use_true_random=False),
)
def test_ranges_of_any_shape(parts: list[int], kind: str, random: Any) -> None:
    """Dimensions of granules times their sizes; the range of each, and what lies outside another."""
    axis, sizes = random.randrange(-len(parts), len(parts)), (random.randint(1, 3), random.randint(1, 3))
    shape = list(parts)
    where: dict[str, Any] = {"tensor": {}, "axis": {"axis": axis}, "group": {"axis": axis, "group": sizes[0]}}.get(
        kind, {"tile": sizes}
    )
    if kind == "group":
        shape[axis] *= sizes[0]
    if kind == "tile":
        shape[-2:] = [n * size for n, size in zip(shape[-2:], sizes, strict=True)]
    drawn_integers = [random.choice([-1, 1]) * random.randint(1, 999) for _ in range(int(np.prod(shape)))]
    x = np.array(drawn_integers, np.float32).reshape(shape)
    p = Affine(scheme="affine", **where).calibrate(x)
    granularity = oracle_quantize.Granularity(**where)
    ends: dict[tuple[int, ...], list[float]] = {}
    for index in oracle_quantize.indices(tuple(shape)):
        ends.setdefault(granularity.of(index), [0.0]).append(x[index])
    assert p.lo is not None and p.hi is not None
    assert p.lo.shape == granularity.shape(tuple(shape))
    assert {index: [p.lo[index], p.hi[index]] for index in ends} == {k: [min(v), max(v)] for k, v in ends.items()}


def test_parameters_are_read_only() -> None:
    p = Affine(axis=0).calibrate([[1.0], [2.0]], "percentile", percentile=60)
    for name in ("scale", "zero_point", "lo", "hi", "clipped_below", "clipped_above"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(p, name)[0] = 1


def test_clip_counts() -> None:
    x = np.array([-5, -2, -1, 0, 1, 2, 3, 7, 9], np.float32)
    p = Affine(scheme="affine").calibrate(x, "percentile", percentile=(20, 80), interpolation="lower")
    assert facts(p, "lo", "hi", "clipped_below", "clipped_above") == [-2, 3, 1, 2]


def test_parameters_encode_what_they_were_made_for() -> None:
    x = drawn(8, 1000)
    for affine in (Affine(), Affine(scheme="affine", signed=False)):
        q = affine.encode(x, affine.calibrate(x))
        assert q.saturated == 0
        assert abs(q.values - x).max() <= q.parameters.scale


def test_kinds_of_values() -> None:
    """One set of values, held in many ways."""
    values = [0.5, -1.5, 2.0, 0.25]
    want = Affine().calibrate(values)
    held: list[Any] = [np.array(values, dtype) for dtype in (np.float16, np.float32, np.float64, ">f4")]
    held += [nf.array(values, "e4m3fn"), nf.array(values, "bfloat16"), [[0.5, -1.5], [2, 0.25]]]
    for one in held:
        assert Affine().calibrate(one) == want
    assert Affine().calibrate(np.array([1, -2, 2], np.int8)) == want


@given(
    st.lists(st.floats(-1e3, 1e3, width=32), min_size=1, max_size=30),
    st.sampled_from(["minmax", "max", "mean_std", "percentile"]),
    st.booleans(),
)
def test_order_does_not_matter(values: list[float], method: str, symmetric: bool) -> None:
    affine = Affine(scheme="symmetric" if symmetric else "affine", zero_range="one", min_scale=1e-30)
    a, b = (affine.calibrate(np.array(one, np.float32), method) for one in (values, values[::-1]))
    assert a == b
    names = "clipped_below", "clipped_above"
    assert facts(a, *names) == facts(b, *names)


#: Little work.
QUICK: dict[str, dict[str, Any]] = {"entropy": {"bins": 8, "quantized_bins": 4}, "mse": {"steps": 2, "first": 1}}


@pytest.mark.parametrize("method", list(calibration.METHODS))
def test_zeros(method: str) -> None:
    """A range of {0} is an error, or has scale 1 and the code nearest to 0 as zero point; or the least scale."""
    zeros = np.zeros(4, np.float32)
    x = [zeros] if method == "ema" else zeros
    options = QUICK.get(method, {})
    with pytest.raises(ValueError, match=r"x has no range: all its values are 0; zero_range='one'"):
        Affine().calibrate(x, method, **options)
    for affine in (Affine(zero_range="one"), Affine()):
        rule = {} if affine.zero_range == "one" else {"zero_range": "one"}
        assert fit_of(affine, x, method, **options, **rule) == [1, 0]
    assert fit_of(Affine(min_scale=2.0**-23), x, method, **options) == [2.0**-23, 0]


def test_zeros_of_affine_codes() -> None:
    zeros = np.zeros((2, 2), np.float32)
    for signed in (True, False):
        assert fit_of(Affine(scheme="affine", signed=signed, zero_range="one"), zeros) == [1, 0]


def test_zeros_in_one_channel() -> None:
    x = np.array([[1, -2], [0, 0]], np.float32)
    with pytest.raises(ValueError, match=r"granule \(1,\) of x has no range"):
        Affine(axis=0).calibrate(x)
    assert Affine(axis=0).calibrate(x, zero_range="one").scale.tolist()[1] == 1


BAD: list[tuple[Callable[[], object], str]] = [
    (lambda: Affine().calibrate([1.0], "median"), r"method is 'median': must be one of minmax, max, mean_std, ema, "),
    (lambda: Affine().calibrate([]), r"x has no values to calibrate with"),
    (lambda: Affine(axis=1).calibrate(np.zeros((2, 0, 3), np.float32)), r"x has no values"),
    (lambda: Affine().calibrate([[1.0, 2.0], [3.0, NAN]]), r"x\[1, 1\] is NaN"),
    (lambda: Affine().calibrate(np.float32("nan")), r"x is NaN"),
    (lambda: Affine().calibrate([1.0, -INF]), r"x\[1\] is -inf"),
    (lambda: Affine(nan="zero").calibrate([NAN, INF]), r"x\[1\] is inf"),
    (lambda: Affine(nan="zero").calibrate([NAN, NAN]), r"has no values: all are NaN"),
    (lambda: Affine(nan="zero", axis=0).calibrate([[1.0], [NAN]]), r"granule \(1,\) of x has no values: all are NaN"),
    (lambda: Affine(axis=2).calibrate([[1.0]]), r"axis is 2"),
    (lambda: Affine(axis=1, group=3).calibrate([[1.0, 2.0]]), r"group is 3"),
    (lambda: Affine(tile=(2, 2)).calibrate([[1.0, 2.0]]), r"tile"),
    (lambda: Affine().calibrate([1e-44]), r"x has a range so small that its scale is subnormal in binary32"),
    (lambda: Affine().calibrate([1e-37]), r"x has a range so small that its scale is subnormal in binary32"),
    (lambda: Affine(axis=0).calibrate([[1.0], [1e-44]]), r"granule \(1,\) of x has a range so small"),
    (lambda: Affine(scheme="affine").calibrate([-3e38, 3e38]), r"x has a range too large for a scale in binary32"),
    (lambda: Affine().calibrate([1.0], "mean_std", k=-1), r"k is -1: must not be negative"),
    (lambda: Affine().calibrate([1.0], "mean_std", k=INF), r"k is inf: must not be negative, nor infinite"),
    (lambda: Affine().calibrate([1.0], "percentile", percentile=NAN), r"percentile is nan: must be a number"),
    (
        lambda: Affine(scheme="affine").calibrate([1.0], "percentile", percentile=(1, 2, 3)),
        r"percentile is \(1, 2, 3\)",
    ),
    (lambda: Affine().calibrate([[1.0]], "ema", c=0), r"c is 0: must be above 0 and at most 1"),
    (lambda: Affine().calibrate([1.0], "percentile", percentile=40), r"percentile is 40: must be in 50..100"),
    (lambda: Affine().calibrate([1.0], "percentile", percentile="abc"), r"percentile is 'abc': must be a number"),
    (lambda: Affine().calibrate([1.0], "percentile", percentile=(1, 99)), r"a symmetric quantizer takes one"),
    (lambda: Affine().calibrate([1.0], "percentile", interpolation="cubic"), r"interpolation is 'cubic'"),
    (lambda: Affine().calibrate([1.0], "entropy", bins=100), r"bins=100, quantized_bins=128"),
    (lambda: Affine().calibrate([1.0], "entropy", threshold=0), r"threshold is 0"),
    (lambda: Affine().calibrate([1.0], "mse", first=0), r"first=0, steps=100"),
    (lambda: Affine(rounding="stochastic", random_bits_count=3).calibrate([1.0], "mse"), r"not stochastic"),
    (lambda: Affine(scheme="affine").calibrate([1.0], "mse_exact"), r"scheme is 'affine'"),
    (lambda: Affine(bits=32).calibrate([1.0], "mse_exact"), r"at most 33554432; method 'mse' takes any"),
    (lambda: Affine().calibrate([2**53 + 1]), r"x: element 0 is a number that float64 does not have"),
    (
        lambda: Affine().calibrate(np.array([1, 2**53 + 1])),
        r"x: element 1 is a number that float64 does not have: round it first",
    ),
]


@pytest.mark.parametrize(("call", "message"), BAD)
def test_bad_values(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


WRONG: list[tuple[Callable[[], object], str]] = [
    (lambda: Affine().calibrate([1.0], "minmax", k=3), r"method 'minmax': got an unexpected keyword argument 'k'"),
    (lambda: Affine().calibrate([1.0], "mean_std", c=3), r"method 'mean_std': got an unexpected keyword argument 'c'"),
    (lambda: Affine().calibrate(np.ones(3), "ema"), r"x is ndarray: method 'ema' takes a list or tuple of batches"),
    (lambda: Calibrator("onnx"), r"affine is str: must be a numfmt.quantize.Affine"),  # type: ignore[arg-type]
    (lambda: Affine().calibrate([1.5, None]), r"x holds a NoneType: must be int, float, Fraction"),
    (lambda: Affine().calibrate(np.array([1 + 2j])), r"x has dtype complex128"),
]


@pytest.mark.parametrize(("call", "message"), WRONG)
def test_wrong_types(call: Callable[[], object], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        call()


def test_batches_of_other_granules() -> None:
    calibrator = Calibrator(Affine(axis=0))
    calibrator.update(np.ones((2, 3)))
    calibrator.update(np.ones((2, 0)))
    with pytest.raises(ValueError, match=r"granules of shape \(3,\): the batches before had \(2,\)"):
        calibrator.update(np.ones((3, 3)))
