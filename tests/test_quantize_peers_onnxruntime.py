# SPDX-License-Identifier: BSD-3-Clause
"""The presets "onnxruntime" and "onnxruntime_static" equal onnxruntime 1.31.1 in every bit, but for the differences
that tests here name.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx_models
import pytest
import quantize_inputs
from calibrated import facts, fit_of

import numfmt as nf
from numfmt.quantize.presets import preset

pytestmark = pytest.mark.peer("onnxruntime", "onnx")

WIDTHS = [(bits, signed) for bits in (2, 4, 8, 16) for signed in (True, False)]
NAN = np.float32(np.nan)


def codes_of(bits: int, x: Any, scale: Any, zero_point: Any, *, signed: bool, **where: Any) -> Any:
    affine = preset("onnxruntime", bits, signed=signed, scheme="affine", **where)
    return affine.encode(x, affine.parameters(scale=scale, zero_point=zero_point)).codes


@pytest.mark.parametrize(("bits", "signed"), WIDTHS)
def test_quantize_linear(bits: int, signed: bool) -> None:
    """Ties and their neighbours, ends, tiny and large numbers, NaN: with zero points even, odd and at both ends."""
    rng = np.random.default_rng(1)
    theirs = onnx_models.quantize_linear("onnxruntime", bits, signed=signed)
    qmin, qmax = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    for scale in quantize_inputs.some_scales(rng, 3):
        for zero_point in {qmin, qmin + 1, 0, min(3, qmax), qmax}:
            x = np.append(quantize_inputs.directed(scale, zero_point, qmin, qmax), NAN if bits > 2 else scale)
            want = theirs(x, scale, zero_point)
            assert np.array_equal(codes_of(bits, x, scale, zero_point, signed=signed), want), (scale, zero_point)


@pytest.mark.parametrize(("bits", "signed"), [(8, True), (8, False), (16, True), (16, False)])
def test_quantize_linear_beyond_integers(bits: int, signed: bool) -> None:
    """x / s beyond int32, and Inf: the ends."""
    theirs = onnx_models.quantize_linear("onnxruntime", bits, signed=signed)
    x = np.concatenate([quantize_inputs.HUGE, -quantize_inputs.HUGE])
    for scale, zero_point in ((1.0, 0), (0.1, 3), (3e-5, 1)):
        assert np.array_equal(
            codes_of(bits, x, scale, zero_point, signed=signed), theirs(x, np.float32(scale), zero_point)
        )


@pytest.mark.parametrize("signed", [True, False])
def test_every_float16_as_float32(signed: bool) -> None:
    theirs = onnx_models.quantize_linear("onnxruntime", 8, signed=signed)
    x = quantize_inputs.all_float16()
    for scale, zero_point in ((0.1, 3), (0.25, 0), (1 / 3, 127), (500.0, 64), (1e-4, 1)):
        want = theirs(x, np.float32(scale), zero_point)
        assert np.array_equal(codes_of(8, x, scale, zero_point, signed=signed), want)


@pytest.mark.parametrize("signed", [True, False])
def test_every_float16_itself(signed: bool) -> None:
    """A float16 tensor with a float16 scale: divided in float32."""
    theirs = onnx_models.quantize_linear("onnxruntime", 8, signed=signed, half=True)
    x = quantize_inputs.all_float16().astype(np.float16)
    for given, zero_point in ((0.1, 3), (0.25, 0), (1 / 3, 127), (500.0, 64), (1e-4, 1)):
        scale = np.float16(given)
        want = theirs(x, scale, zero_point)
        assert np.array_equal(codes_of(8, x, scale, zero_point, signed=signed), want)


@pytest.mark.parametrize(("bits", "signed"), WIDTHS)
@pytest.mark.parametrize(
    ("shape", "axis", "group"),
    [
        *[((4, 7), 0, None), ((5, 3, 6), 1, None), ((40, 3), -1, None), ((3, 1), 0, None)],
        *[((4, 32), 1, 16), ((8, 6), 0, 4), ((2, 16, 5), 1, 8), ((4, 33), 1, 11)],
    ],
)
def test_channels_and_blocks(bits: int, signed: bool, shape: tuple[int, ...], axis: int, group: int | None) -> None:
    rng = np.random.default_rng(2)
    affine = preset("onnxruntime", bits, signed=signed, scheme="affine", axis=axis, group=group)
    where = affine.granularity.scale_shape(shape)
    scale = np.exp(rng.normal(size=where)).astype(np.float32)
    zero_point = rng.integers(affine.qmin, affine.qmax + 1, where)
    spread: list[Any] = [
        np.repeat(one, group, axis) if group else along(one, axis, shape) for one in (scale, zero_point)
    ]
    k = rng.integers(affine.qmin - 3, affine.qmax + 4, shape) - spread[1]
    x = ((k + rng.choice([0.5, 0.5, 0.3], shape)) * spread[0]).astype(np.float32)
    p = affine.parameters(scale=scale, zero_point=zero_point)
    q = affine.encode(x, p)
    options = {"signed": signed, "axis": axis, "block": group or 0}
    assert np.array_equal(q.codes, onnx_models.quantize_linear("onnxruntime", bits, **options)(x, scale, zero_point))
    values = onnx_models.dequantize_linear("onnxruntime", bits, **options)(q.codes, scale, zero_point)
    assert values.dtype == q.values.dtype == np.float32
    assert np.array_equal(values.view(np.uint32), q.values.view(np.uint32))


def along(one: Any, axis: int, shape: tuple[int, ...]) -> Any:
    """A number for each index along the axis, so that it broadcasts over the shape."""
    return one.reshape([-1 if k == axis % len(shape) else 1 for k in range(len(shape))])


@pytest.mark.parametrize(("bits", "signed"), WIDTHS)
def test_dequantize_linear(bits: int, signed: bool) -> None:
    """Every code (a sample of 16 bits), for zero points at both ends and within."""
    rng = np.random.default_rng(3)
    theirs = onnx_models.dequantize_linear("onnxruntime", bits, signed=signed)
    qmin, qmax = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    codes = np.unique(np.linspace(qmin, qmax, 300).astype(np.int64))
    affine = preset("onnxruntime", bits, signed=signed, scheme="affine")
    for scale in quantize_inputs.some_scales(rng, 5):
        for zero_point in (qmin, 0, 1, qmax):
            mine = affine.decode(codes, affine.parameters(scale=scale, zero_point=zero_point))
            want = theirs(codes, scale, zero_point)
            assert np.array_equal(mine.view(np.uint32), want.view(np.uint32)), (scale, zero_point)


def test_dequantize_linear_to_float16() -> None:
    """With a float16 scale: the difference times the scale, which float32 holds, rounded once to float16."""
    theirs = onnx_models.dequantize_linear("onnxruntime", 8, signed=False, half=True)
    affine = preset("onnxruntime", signed=False)
    codes = np.arange(256)
    for given in (0.1, 1 / 3, 1e-7, 300.0):
        scale = np.float16(given)
        values = affine.decode(codes, affine.parameters(scale=scale, zero_point=7))
        want = theirs(codes, scale, 7)
        assert want.dtype == np.float16
        assert np.array_equal(nf.encode(values, "binary16", env=nf.Env(overflow="ieee")), want.view(np.uint16))


def test_dynamic_quantize_linear() -> None:
    """Scale, zero point and codes; ranges on both sides of 0, on one, at 0; zeros."""
    rng = np.random.default_rng(4)
    theirs = onnx_models.dynamic_quantize_linear("onnxruntime")
    affine = preset("onnxruntime", signed=False)
    for turn in range(100):
        x = rng.normal(size=int(rng.integers(1, 40))) * 2.0 ** rng.integers(-30, 30) + turn % 2 * rng.normal() * 5
        x = (x * (turn % 25 > 0)).astype(np.float32)
        codes, scale, zero_point = theirs(x)
        p = affine.calibrate(x)
        assert facts(p, "scale", "zero_point") == [scale, zero_point], x
        assert np.array_equal(affine.encode(x, p).codes, codes)


@pytest.mark.parametrize(("signed", "scheme"), [(True, "affine"), (False, "affine"), (True, "symmetric")])
def test_static_scales(signed: bool, scheme: str) -> None:
    """compute_scale_zp of the quantization tool: steps in float64."""
    from onnxruntime.quantization.quant_utils import compute_scale_zp

    rng = np.random.default_rng(5)
    affine = preset("onnxruntime_static", signed=signed, scheme=scheme)
    symmetric = scheme == "symmetric"
    ends = (-127 if symmetric else -128, 127) if signed else (0, 255)
    qmin, qmax = (np.array(end, np.int8 if signed else np.uint8) for end in ends)
    differs = 0
    for turn in range(30):
        x = rng.normal(size=6) * 2.0 ** rng.integers(-30, 30) + turn % 2 * rng.normal() * 5
        x = (x * (turn % 25 > 0)).astype(np.float32)
        zero_point, scale = compute_scale_zp(x.min(), x.max(), qmin, qmax, symmetric=symmetric)
        mine = fit_of(affine, x)
        assert mine == [scale, zero_point], x
        differs += mine != fit_of(preset("onnxruntime", signed=signed, scheme=scheme), x)
    assert (differs > 0) == (not symmetric)


#: onnxruntime's scalar loops convert quotients to int32: what is beyond, Inf and NaN become -2^31 on x86, to which the
#: zero point is added modulo 2^32.  So they become the lowest code, or with a negative zero point the highest.
BEYOND = np.array([2147483648, np.inf, -3e9, -np.inf, np.nan], np.float32)


def test_difference_odd_4_bit_tail() -> None:
    """The last of an odd number of 4-bit values goes through a scalar loop."""
    for signed, low, high in ((True, -8, 7), (False, 0, 15)):
        theirs = onnx_models.quantize_linear("onnxruntime", 4, signed=signed)
        for n in range(1, 71):
            x = np.full(n, 3e9, np.float32)
            assert codes_of(4, x, 1.0, 0, signed=signed).tolist() == [high] * n
            want = [high] * (n - n % 2) + [low] * (n % 2)
            assert theirs(x, np.float32(1), 0).tolist() == want
    x = np.full(3, -np.inf, np.float32)
    assert codes_of(4, x, 1.0, -3, signed=True).tolist() == [-8] * 3
    assert onnx_models.quantize_linear("onnxruntime", 4, signed=True)(x, np.float32(1), -3).tolist() == [-8, -8, 7]


@pytest.mark.parametrize(("signed", "low", "high"), [(True, -2, 1), (False, 0, 3)])
def test_difference_2_bits_beyond_int32(signed: bool, low: int, high: int) -> None:
    """All 2-bit values go through a scalar loop."""
    theirs = onnx_models.quantize_linear("onnxruntime", 2, signed=signed)
    assert codes_of(2, BEYOND, 1.0, 0, signed=signed).tolist() == [high, high, low, low, low]
    assert theirs(BEYOND, np.float32(1), 0).tolist() == [low] * 5
    if signed:
        assert theirs(BEYOND, np.float32(1), -1).tolist() == [high] * 5


def test_difference_float16_beyond_int32() -> None:
    """Float16 tensors go through a scalar loop."""
    theirs = onnx_models.quantize_linear("onnxruntime", 8, signed=True, half=True)
    x = np.array([65504, np.inf, -65504, -np.inf, np.nan, 2], np.float16)
    scale = np.float16(2.0**-16)
    assert codes_of(8, x, scale, -3, signed=True).tolist() == [127, 127, -128, -128, -128, 127]
    assert theirs(x, scale, 3).tolist() == [-128] * 5 + [127]
    assert theirs(x, scale, -3).tolist() == [127] * 6


def test_version() -> None:
    import onnxruntime

    assert onnxruntime.__version__ == "1.31.1"
