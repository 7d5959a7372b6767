# SPDX-License-Identifier: BSD-3-Clause
"""Worked examples of popular articles on integer codes of vectors: what is right, and that what they print is wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from calibrated import facts

from numfmt.quantize import Affine
from numfmt.quantize.presets import preset

VECTOR = np.array([-0.5, 0.3, 1.2, -2.1], np.float32)


def codes(affine: Affine, scale: Any = None) -> list[int]:
    p = affine.calibrate(VECTOR) if scale is None else affine.parameters(scale=scale)
    found: list[int] = affine.encode(VECTOR, p).codes.tolist()
    return found


def test_a_vector_in_int8() -> None:
    """Printed as INT8 is [-1, 1, 4, -7], which is 4 bits wide, and even so truncated."""
    printed = [-1, 1, 4, -7]
    assert codes(Affine()) == [-30, 18, 73, -127] != printed
    assert codes(Affine(divisor="qmin")) == [-30, 18, 73, -128]
    assert codes(Affine(bits=4)) == [-2, 1, 4, -7] != printed
    assert codes(Affine(bits=4, rounding="trunc")) == printed


def test_a_vector_in_uint8() -> None:
    """The reference for this vector with a zero point, the same in ONNX, onnxruntime and torch."""
    for name in ("onnx", "onnxruntime", "torch", "torch_fake", "tflite"):
        affine = preset(name, signed=False)
        p = affine.calibrate(VECTOR)
        assert [f"{p.scale:.9f}", *facts(p, "zero_point")] == ["0.012941176", 162]
        q = affine.encode(VECTOR, p)
        assert q.codes.tolist() == [123, 185, 255, 0]
        zero = affine.encode(np.zeros(1, np.float32), p)
        assert zero.values.tolist() == [0]
    assert codes(Affine(signed=False)) != [123, 185, 255, 0]


def test_the_symmetric_scale_of_a_vector() -> None:
    """amax / 127, but torch's amax / 127.5: the divisor is a convention."""
    onnx, torch = (preset(name).calibrate(VECTOR).scale for name in ("onnx", "torch"))
    assert [f"{scale:.7f}" for scale in (onnx, torch)] == ["0.0165354", "0.0164706"]


def test_moving_averages_depend_on_the_order() -> None:
    """EMA is printed as a way to calibrate after training; it is one of training, and no property of a set of values:
    the same batches in another order give another range.
    """
    batches = [np.array(one, np.float32) for one in ([0, 1], [-1, 3], [-4, 2])]
    affine = preset("torch", signed=False)
    made, other = (affine.calibrate(one, "ema") for one in (batches, batches[::-1]))
    assert [f"{value:.4f}" for value in facts(made, "lo", "hi")] == ["-0.0499", "1.0298"]
    assert [f"{made.scale:.7f}", *facts(made, "zero_point")] == ["0.0042341", 12]
    assert facts(other, "lo", "hi") != facts(made, "lo", "hi")
    by_set = [affine.calibrate(np.concatenate(one)) for one in (batches, batches[::-1])]
    assert by_set[0] == by_set[1]


def test_scale_is_the_maximum_by_the_highest_code() -> None:
    """Printed is scale = max |x|: then no code but -1, 0 and 1 is ever used."""
    assert set(codes(Affine(), scale=2.1)) <= {-1, 0, 1}
    assert codes(Affine(), scale=2.1) != codes(Affine()) == [-30, 18, 73, -127]
    assert Affine().calibrate(VECTOR).scale == np.float32(2.1) / np.float32(127)


@pytest.mark.parametrize("narrow", [True, False])
def test_the_lowest_code_is_not_reached(narrow: bool) -> None:
    """Symmetric codes are printed as clipped to -128..127: with scale = amax / 127 none of the values that the scale
    was made for becomes -128, narrow or not.
    """
    affine = Affine(narrow=narrow)
    x = np.linspace(-2.1, 2.1, 10001).astype(np.float32)
    p = affine.calibrate(x)
    q = affine.encode(x, p)
    assert (q.codes.min(), q.codes.max(), q.saturated) == (-127, 127, 0)
    beyond = affine.encode(np.array([-3], np.float32), p).codes.tolist()
    assert beyond == ([-127] if narrow else [-128])
