# SPDX-License-Identifier: BSD-3-Clause
"""The preset "onnx" equals the reference evaluator of ONNX 1.23.2 in every bit where that is sound."""

from __future__ import annotations

import platform

import numpy as np
import onnx_models
import pytest
import quantize_inputs
from calibrated import facts, fit_of

from numfmt.quantize.presets import preset

pytestmark = [
    pytest.mark.peer("onnx"),
    pytest.mark.filterwarnings("ignore:invalid value encountered in cast:RuntimeWarning"),
]
WIDTHS = [(bits, signed) for bits in (2, 4, 8, 16) for signed in (True, False)]


@pytest.mark.parametrize(("bits", "signed"), WIDTHS)
def test_quantize_linear(bits: int, signed: bool) -> None:
    theirs = onnx_models.quantize_linear("onnx", bits, signed=signed)
    affine = preset("onnx", bits, signed=signed, scheme="affine")
    for scale in quantize_inputs.some_scales(np.random.default_rng(1), 4):
        for zero_point in (affine.qmin, 0, 1, affine.qmax):
            x = quantize_inputs.directed(scale, zero_point, affine.qmin, affine.qmax)
            q = affine.encode(x, affine.parameters(scale=scale, zero_point=zero_point))
            assert np.array_equal(q.codes, theirs(x, scale, zero_point)), (scale, zero_point)
            values = onnx_models.dequantize_linear("onnx", bits, signed=signed)(q.codes, scale, zero_point)
            assert np.array_equal(q.values.view(np.uint32), values.view(np.uint32))


@pytest.mark.parametrize("signed", [True, False])
def test_blocks(signed: bool) -> None:
    rng = np.random.default_rng(2)
    affine = preset("onnx", signed=signed, scheme="affine", axis=1, group=8)
    scale = np.exp(rng.normal(size=(3, 4))).astype(np.float32)
    zero_point = rng.integers(affine.qmin, affine.qmax + 1, (3, 4))
    k = rng.integers(affine.qmin - 3, affine.qmax + 4, (3, 32)) - np.repeat(zero_point, 8, 1)
    x = ((k + 0.5) * np.repeat(scale, 8, 1)).astype(np.float32)
    q = affine.encode(x, affine.parameters(scale=scale, zero_point=zero_point))
    theirs = onnx_models.quantize_linear("onnx", 8, signed=signed, axis=1, block=8)
    assert np.array_equal(q.codes, theirs(x, scale, zero_point))


@pytest.mark.parametrize("signed", [True, False])
def test_every_float16_itself(signed: bool) -> None:
    """A float16 tensor with a float16 scale: divided in float16."""
    theirs = onnx_models.quantize_linear("onnx", 8, signed=signed, half=True)
    affine = preset("onnx", signed=signed, scheme="affine", arithmetic="binary16")
    x = quantize_inputs.all_float16().astype(np.float16)
    for given, zero_point in ((0.1, 3), (1 / 3, 127)):
        scale = np.float16(given)
        quotients_fit = abs(x.astype(np.float64) / scale) < 65504
        some = x[quotients_fit]
        p = affine.parameters(scale=scale, zero_point=zero_point)
        assert np.array_equal(affine.encode(some, p).codes, theirs(some, scale, zero_point))


def test_dynamic_quantize_linear() -> None:
    rng = np.random.default_rng(3)
    theirs = onnx_models.dynamic_quantize_linear("onnx")
    affine = preset("onnx", signed=False)
    for turn in range(40):
        x = rng.normal(size=int(rng.integers(1, 40))) * 2.0 ** rng.integers(-30, 30) + turn % 2 * rng.normal() * 5
        x = x.astype(np.float32)
        codes, scale, zero_point = theirs(x)
        p = affine.calibrate(x)
        assert facts(p, "scale", "zero_point") == [scale, zero_point], x
        assert np.array_equal(affine.encode(x, p).codes, codes)


def test_difference_zeros() -> None:
    """Of a tensor of zeros the evaluator makes the scale 1 / 255, onnxruntime 1, and the specification 0: onnx#8437."""
    zeros = np.zeros(3, np.float32)
    _, scale, zero_point = onnx_models.dynamic_quantize_linear("onnx")(zeros)
    assert [scale, zero_point] == [np.float32(1 / 255), 0]
    with pytest.raises(ValueError, match="x has no range"):
        preset("onnx", signed=False).calibrate(zeros)
    assert fit_of(preset("onnxruntime", signed=False), zeros) == [1, 0]


@pytest.mark.skipif(platform.machine() != "x86_64", reason="C's conversion beyond int32 is the machine's")
def test_difference_beyond_int32() -> None:
    """The evaluator converts quotients to int32, which overflows beyond 2^31, Inf too: the lowest code on x86."""
    x = np.array([2147483520, 3e9, np.inf, -3e9, -np.inf], np.float32)
    affine = preset("onnx")
    assert affine.encode(x, affine.parameters(scale=1.0)).codes.tolist() == [127, 127, 127, -128, -128]
    theirs = onnx_models.quantize_linear("onnx", 8, signed=True)(x, np.float32(1), 0)
    assert theirs.tolist() == [127, -128, -128, -128, -128]


def test_difference_nan() -> None:
    """NaN, of which the specification says nothing (onnx#5879), raises; the evaluator's int32 makes it the lowest."""
    x = np.array([1, np.nan], np.float32)
    affine = preset("onnx")
    with pytest.raises(ValueError, match="NaN"):
        affine.encode(x, affine.parameters(scale=1.0))


def test_version() -> None:
    import onnx

    assert onnx.__version__ == "1.23.2"
