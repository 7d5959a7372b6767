# SPDX-License-Identifier: BSD-3-Clause
"""Dynamic quantization against the oracle, onnxruntime and onnx's reference evaluator."""

from __future__ import annotations

import functools
import math
from fractions import Fraction
from typing import Any

import numpy as np
import onnx_models
import pytest
from oracle_quantize import round_integer, rounded

from numfmt.quantize.affine import Affine
from numfmt.quantize.runtime import dynamic

F = Fraction
RNG = np.random.default_rng(17)
VECTOR = np.array([-0.5, 0.3, 1.2, -2.1], np.float32)


def tensors() -> list[Any]:
    """Random ones of many scales, one-sided ones, ties of the zero point and of codes, and extremes."""
    found = [RNG.standard_normal(n) * math.exp(RNG.uniform(-20, 20)) for n in (1, 2, 7, 100, 1000)]
    found += [np.abs(RNG.standard_normal(50)), -np.abs(RNG.standard_normal(50)), RNG.uniform(5, 6, 9)]
    found += [np.array([-k - 0.5, 254.5 - k, 0, 0.5, 1.5, 2.5]) for k in (0, 1, 2, 127, 253)]
    found += [np.array([0, 255, 0.5, 1.5, 2.5, 254.5]), np.array([1.0]), np.array([-2e38, 1e38]), np.array([1e-35, 3])]
    return [one.astype(np.float32) for one in found]


def by_hand(x: list[float]) -> tuple[Fraction, int, list[int]]:
    """ONNX DynamicQuantizeLinear-11, each step rounded to float32."""
    single = functools.partial(rounded, arithmetic="binary32")
    low, high = (F(end) for end in (min(*x, 0.0), max(*x, 0.0)))
    scale = F(single(F(single(high - low)) / 255))
    middle = F(single(-F(single(low / scale))))
    zero_point = round_integer(min(max(middle, F(0)), F(255)), "ties_even")
    codes = [round_integer(F(single(F(value) / scale)), "ties_even") + zero_point for value in x]
    return scale, zero_point, [min(max(code, 0), 255) for code in codes]


@pytest.mark.parametrize("x", tensors(), ids=lambda x: str(x[:2]))
def test_against_the_definition(x: Any) -> None:
    q = dynamic(x)
    scale, zero_point, codes = by_hand(x.tolist())
    assert F(float(q.parameters.scale)) == scale
    assert int(q.parameters.zero_point) == zero_point
    assert q.codes.tolist() == codes


def test_an_articles_vector() -> None:
    q = dynamic(VECTOR)
    assert (q.codes.tolist(), int(q.parameters.zero_point)) == ([123, 185, 255, 0], 162)
    assert q.parameters.scale == np.float32(0.012941176)


def test_by_token() -> None:
    x = RNG.standard_normal((2, 3, 8)).astype(np.float32) * np.float32(5)
    q = dynamic(x, per="token")
    assert q.parameters.scale.shape == (2, 3, 1)
    for i, j in np.ndindex(2, 3):
        one = dynamic(x[i, j])
        assert np.array_equal(q.codes[i, j], one.codes)
        assert q.parameters.scale[i, j, 0] == one.parameters.scale
        assert q.parameters.zero_point[i, j, 0] == one.parameters.zero_point


def test_any_affine() -> None:
    affine = Affine(bits=4)
    x = RNG.standard_normal((3, 5)).astype(np.float32)
    q = dynamic(x, affine)
    assert np.array_equal(q.codes, affine.encode(x, affine.calibrate(x)).codes)
    by_row = dynamic(x, affine, per="token")
    assert [int(abs(row).max()) for row in by_row.codes.tolist() and by_row.codes.astype(int)] == [7, 7, 7]


@pytest.mark.parametrize(
    ("preset", "zero_range", "scale"),
    [
        ("onnxruntime", None, F(1)),
        ("onnx", None, F(rounded(F(1, 255), "binary32"))),
        ("onnxruntime", "reciprocal", F(rounded(F(1, 255), "binary32"))),
        ("onnx", "one", F(1)),
        (Affine(bits=4), "reciprocal", F(rounded(F(1, 15), "binary32"))),
        (Affine(bits=4, zero_range="one"), None, F(1)),
    ],
)
def test_zeros(preset: Any, zero_range: Any, scale: Fraction) -> None:
    for x in (np.zeros(3, np.float32), np.array([-0.0, 0.0], np.float32)):
        q = dynamic(x, preset, zero_range=zero_range)
        assert (F(float(q.parameters.scale)), int(q.parameters.zero_point)) == (scale, 0)
        assert not q.codes.any()
    mixed = dynamic(np.array([[0, 0], [1, 2]], np.float32), preset, per="token", zero_range=zero_range)
    assert F(float(mixed.parameters.scale[0, 0])) == scale != F(float(mixed.parameters.scale[1, 0]))


def test_bad_arguments() -> None:
    zeros = np.zeros(3, np.float32)
    for preset in ("onnx", "onnxruntime"):
        with pytest.raises(ValueError, match="zero_range"):
            dynamic(zeros, preset, zero_range="raise")
    with pytest.raises(ValueError, match="zero_range"):
        dynamic(zeros, Affine())
    with pytest.raises(ValueError, match="range too large for a scale"):
        dynamic(np.array([-3e38, 1e38], np.float32))
    with pytest.raises(ValueError, match="preset is 'torch': must be an Affine or one of onnxruntime, onnx"):
        dynamic(VECTOR, "torch")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="per is 'row': must be one of tensor, token"):
        dynamic(VECTOR, per="row")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="zero_range is 'two': must be one of raise, one, reciprocal"):
        dynamic(VECTOR, zero_range="two")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="per is 'token' and x a scalar"):
        dynamic(1.0, per="token")
    for value, word in ((math.nan, "NaN"), (math.inf, "inf")):
        with pytest.raises(ValueError, match=word):
            dynamic([1.0, value])


@pytest.mark.peer("onnx")
@pytest.mark.peer("onnxruntime")
@pytest.mark.parametrize("preset", ["onnxruntime", "onnx"])
def test_peers(preset: Any) -> None:
    theirs = onnx_models.dynamic_quantize_linear(preset)
    for x in [*tensors(), VECTOR, np.zeros(4, np.float32)]:
        codes, scale, zero_point = theirs(x)
        q = dynamic(x, preset)
        assert (q.parameters.scale, q.parameters.zero_point) == (scale, zero_point), x
        assert np.array_equal(q.codes, codes), x
