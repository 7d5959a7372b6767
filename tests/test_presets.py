# SPDX-License-Identifier: BSD-3-Clause
"""Presets of libraries that are known by what they write, and what presets refuse; tests of peers have the others."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from calibrated import drawn, fit_of

from numfmt import quantize
from numfmt.quantize import preset


def tflite_parameters(rmin: float, rmax: float, qmin: int, qmax: int) -> list[float]:
    """[scale, zero point] as TensorFlow Lite's ChooseQuantizationParams has it: Python's floats are its doubles."""
    rmin, rmax = min(rmin, 0.0), max(rmax, 0.0)
    scale = (rmax - rmin) / (qmax - qmin)
    from_min, from_max = qmin - rmin / scale, qmax - rmax / scale
    nearer = abs(qmin) + abs(rmin / scale) < abs(qmax) + abs(rmax / scale)
    zero_point = min(max(from_min if nearer else from_max, qmin), qmax)
    nudged = math.floor(abs(zero_point) + 0.5) * (1 if zero_point > 0 else -1)
    return [float(np.float32(scale)), nudged]


@pytest.mark.parametrize("signed", [True, False])
def test_tflite_ranges(signed: bool) -> None:
    affine = preset("tflite", signed=signed, scheme="affine")
    for seed in range(60):
        x = drawn(seed, 5) * 2.0 ** (seed - 30)
        x = x.astype(np.float32)
        want = tflite_parameters(float(x.min()), float(x.max()), affine.qmin, affine.qmax)
        assert fit_of(affine, x) == want, x


def test_tflite_range_whose_zero_point_is_a_tie() -> None:
    """63.5 goes away from zero, to 64, where other presets make it even, of the ends' two sums the same."""
    x = np.array([-63.5, 191.5], np.float32)
    assert fit_of(preset("tflite", signed=False), x) == [1, 64]
    x = np.array([-62.5, 192.5], np.float32)
    assert fit_of(preset("tflite", signed=False), x) == [1, 63]
    assert fit_of(preset("onnx", signed=False), x) == [1, 62]


#: Near ties of 0.3, as float32 codes, and what LiteRT 2.3.0 makes of them with scale 0.3 and zero point 3: its
#: reference kernels (OpResolverType.BUILTIN_REF), and XNNPACK, its default.
NEAR_TIES = np.array(
    [
        *(0xC2190000, 0xC2010000, 0xC1FD3333, 0xC1773333, 0xC1473333, 0xC1040000, 0xC0BB3333, 0xBFD33333, 0x3FD33333),
        *(0x40100000, 0x40BB3333, 0x41CD3333, 0x41E53333, 0x420D0000, 0x3E19999A, 0xBE19999A, 0x3EE66666),
        *(0x42200000, 0xC2200000),
    ],
    np.uint32,
).view(np.float32)
MEASURED = {
    ("tflite", True): [-124, -104, -102, -48, -38, -24, -16, -2, 8, 10, 22, 88, 98, 120, 4, 2, 4, 127, -128],
    ("tflite_xnnpack", True): [-125, -105, -103, -49, -39, -25, -17, -3, 9, 11, 23, 89, 99, 121, 3, 3, 4, 127, -128],
    ("tflite", False): [0, 0, 0, 0, 0, 0, 0, 0, 8, 10, 22, 88, 98, 120, 4, 2, 4, 136, 0],
    ("tflite_xnnpack", False): [0, 0, 0, 0, 0, 0, 0, 0, 9, 11, 23, 89, 99, 121, 3, 3, 4, 136, 0],
}


@pytest.mark.parametrize(("name", "signed"), MEASURED)
def test_tflite_as_measured(name: str, signed: bool) -> None:
    affine = preset(name, signed=signed, scheme="affine")
    p = affine.parameters(scale=np.float32(0.3), zero_point=3)
    assert affine.encode(NEAR_TIES, p).codes.tolist() == MEASURED[name, signed]


def test_xnnpack_makes_nan_the_highest_code() -> None:
    for signed, highest in ((True, 127), (False, 255)):
        affine = preset("tflite_xnnpack", signed=signed, scheme="affine")
        p = affine.parameters(scale=1.0, zero_point=3)
        assert affine.encode([math.nan, math.inf, 3e9], p).codes.tolist() == [highest] * 3


def test_tflite_rounds_ties_away() -> None:
    x = np.array([0.5, 1.5, -0.5, -2.5, 126.5, -200], np.float32)
    weights = preset("tflite")
    p = weights.parameters(scale=1.0)
    assert weights.encode(x, p).codes.tolist() == [1, 2, -1, -3, 127, -127]
    activations = preset("tflite", scheme="affine")
    p = activations.parameters(scale=1.0, zero_point=1)
    assert activations.encode(x, p).codes.tolist() == [2, 3, 0, -2, 127, -128]
    wide = preset("tflite", 16)
    assert wide.encode([-32768.0], wide.parameters(scale=1.0)).codes.tolist() == [-32768]


def test_tensorrt() -> None:
    """Ties to even, the whole range, amax / 127."""
    affine = preset("tensorrt")
    x = np.array([0.5, 1.5, -2.5, -200, 200], np.float32)
    assert affine.encode(x, affine.parameters(scale=1.0)).codes.tolist() == [0, 2, -2, -128, 127]
    assert fit_of(affine, x) == [np.float32(200) / np.float32(127), 0]
    blocks = preset("tensorrt", 4, axis=1, group=2)
    assert fit_of(blocks, np.array([[7, -3, 14, 1]], np.float32)) == [[[1, 2]], [[0, 0]]]


def test_schemes() -> None:
    """Signed codes are symmetric and unsigned ones affine unless said otherwise."""
    assert [preset("onnx", signed=signed).scheme for signed in (True, False)] == ["symmetric", "affine"]
    assert preset("onnx", signed=False, scheme="symmetric").scheme == "symmetric"


def test_changes_hold() -> None:
    affine = preset("torch", rounding="floor", nan="raise")
    assert (affine.rounding, affine.nan, affine.divide) == ("floor", "raise", "recip")


def test_names_are_there() -> None:
    assert quantize.preset is preset
    assert quantize.Calibrator.__name__ == "Calibrator"


BAD: list[tuple[Callable[[], object], str]] = [
    (
        lambda: preset("keras"),
        r"name is 'keras': must be one of onnx, onnxruntime, onnxruntime_static, torch, torch_fake",
    ),
    (lambda: preset("onnx", 3), r"bits is 3: onnx has 2, 4, 8, 16"),
    (lambda: preset("torch", 4), r"bits is 4: torch has 8"),
    (lambda: preset("torch", axis=0, group=4), r"group=4, tile=None: torch quantizes per tensor or per channel"),
    (lambda: preset("torch", tile=(2, 2)), r"torch quantizes per tensor"),
    (lambda: preset("tensorrt", signed=False), r"signed=False, scheme=None: tensorrt is signed and symmetric"),
    (lambda: preset("tensorrt", scheme="affine"), r"tensorrt is signed and symmetric"),
    (lambda: preset("onnx", axis=0, tile=(1, 1)), r"tile"),
]


@pytest.mark.parametrize(("call", "message"), BAD)
def test_what_a_library_does_not_have(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
