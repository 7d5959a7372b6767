# SPDX-License-Identifier: BSD-3-Clause
"""The presets "torch" and "torch_fake" equal torch 2.13.0 on x86 in every bit, but for the differences that tests here
name.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import quantize_inputs

from numfmt.quantize.affine import Affine
from numfmt.quantize.presets import preset

pytestmark = [pytest.mark.peer("torch"), pytest.mark.filterwarnings("ignore:.*quantize:UserWarning")]

Array = np.ndarray[Any, np.dtype[Any]]
NAN = np.float32(np.nan)
HUGE = np.concatenate([quantize_inputs.HUGE, -quantize_inputs.HUGE])


def quantized(x: Array, scale: float, zero_point: int, *, signed: bool) -> Any:
    import torch

    kind = torch.qint8 if signed else torch.quint8
    return torch.quantize_per_tensor(torch.from_numpy(x), float(scale), int(zero_point), kind)


def by_channel(x: Array, scale: Array, zero_point: Array, axis: int, *, signed: bool) -> Any:
    import torch

    kind = torch.qint8 if signed else torch.quint8
    scales, zeros = torch.from_numpy(scale.astype(np.float64)), torch.from_numpy(zero_point.astype(np.int64))
    return torch.quantize_per_channel(torch.from_numpy(x), scales, zeros, axis, kind)


def faked(x: Array, scale: float, zero_point: int, affine: Affine) -> Array:
    import torch

    given = torch.from_numpy(x), float(scale), int(zero_point), affine.qmin, affine.qmax
    return np.asarray(torch.fake_quantize_per_tensor_affine(*given))


def faked_by_channel(x: Array, scale: Array, zero_point: Array, affine: Affine) -> Array:
    import torch

    zeros = torch.from_numpy(zero_point.astype(np.int32))
    given = torch.from_numpy(x), torch.from_numpy(scale), zeros, affine.axis or 0, affine.qmin, affine.qmax
    return np.asarray(torch.fake_quantize_per_channel_affine(*given))


def bits_equal(a: Array, b: Array) -> bool:
    return a.dtype == b.dtype == np.float32 and np.array_equal(a.view(np.uint32), b.view(np.uint32))


def zero_points(affine: Affine) -> list[int]:
    return [affine.qmin, affine.qmin + 1, 0, 1, 3, affine.qmax]


@pytest.mark.parametrize("signed", [True, False])
def test_per_tensor(signed: bool) -> None:
    """Codes and values: ties and their neighbours, ends, tiny, huge, Inf, NaN."""
    affine = preset("torch", signed=signed, scheme="affine")
    for scale in quantize_inputs.some_scales(np.random.default_rng(1), 2):
        for zero_point in zero_points(affine):
            x = np.concatenate([quantize_inputs.directed(scale, zero_point, affine.qmin, affine.qmax), HUGE, [NAN]])
            x = x.astype(np.float32)
            q = affine.encode(x, affine.parameters(scale=scale, zero_point=zero_point))
            theirs = quantized(x, scale, zero_point, signed=signed)
            assert np.array_equal(q.codes, theirs.int_repr().numpy()), (scale, zero_point)
            assert bits_equal(q.values, theirs.dequantize().numpy())


@pytest.mark.parametrize("signed", [True, False])
def test_per_tensor_of_every_size(signed: bool) -> None:
    """Vector loops and their tails do the same."""
    rng = np.random.default_rng(2)
    affine = preset("torch", signed=signed, scheme="affine")
    x = quantize_inputs.ties(0.3, 3, affine.qmin, affine.qmax)
    p = affine.parameters(scale=0.3, zero_point=3)
    for n in [*range(1, 40), 63, 64, 65, 70]:
        some = rng.choice(x, n)
        want = quantized(some, p.scale.item(), 3, signed=signed).int_repr().numpy()
        assert np.array_equal(affine.encode(some, p).codes, want), n


@pytest.mark.parametrize("signed", [True, False])
def test_every_float16(signed: bool, tier: str) -> None:
    count = 1 if tier == "quick" else 3
    x = quantize_inputs.all_float16()
    for name in ("torch", "torch_fake"):
        affine = preset(name, signed=signed, scheme="affine")
        for scale, zero_point in ((0.1, 3), (0.25, 0), (1 / 3, 127))[:count]:
            p = affine.parameters(scale=scale, zero_point=zero_point)
            q, s = affine.encode(x, p), p.scale.item()
            if name == "torch":
                assert np.array_equal(q.codes, quantized(x, s, zero_point, signed=signed).int_repr().numpy())
            else:
                assert bits_equal(q.values, faked(x, s, zero_point, affine))


@pytest.mark.parametrize("signed", [True, False])
@pytest.mark.parametrize(
    ("shape", "axis"), [((4, 1), 0), ((4, 7), 0), ((4, 40), 0), ((40, 4), 1), ((5, 3, 6), 1), ((2, 3, 17), -1)]
)
def test_per_channel(signed: bool, shape: tuple[int, ...], axis: int) -> None:
    rng = np.random.default_rng(3)
    affine = preset("torch", signed=signed, scheme="affine", axis=axis)
    for _ in range(8):
        scale, zero_point, x = channels(rng, affine, shape)
        x.ravel()[:1] = NAN
        q = affine.encode(x, affine.parameters(scale=scale, zero_point=zero_point))
        theirs = by_channel(x, scale, zero_point, axis % len(shape), signed=signed)
        assert np.array_equal(q.codes, theirs.int_repr().numpy())
        assert bits_equal(q.values, theirs.dequantize().numpy())


def channels(rng: np.random.Generator, affine: Affine, shape: tuple[int, ...]) -> tuple[Array, Array, Array]:
    """(scale, zero point, x): ties, near ties, and some beyond the ends."""
    axis = (affine.axis or 0) % len(shape)
    scale = np.exp(rng.normal(size=shape[axis]) * 2).astype(np.float32)
    zero_point = rng.integers(max(affine.qmin, -100), min(affine.qmax, 200) + 1, shape[axis])
    along = [-1 if k == axis else 1 for k in range(len(shape))]
    k = rng.integers(affine.qmin - 3, affine.qmax + 4, shape) - zero_point.reshape(along)
    x = ((k + 0.5) * scale.reshape(along)).astype(np.float32)
    return scale, zero_point, np.nextafter(x, x * rng.choice([1, 2, 0.5], shape).astype(np.float32))


def test_per_channel_beyond_integers() -> None:
    affine = preset("torch", scheme="affine", axis=0)
    x = HUGE.reshape(1, -1)
    q = affine.encode(x, affine.parameters(scale=[0.5], zero_point=[3]))
    theirs = by_channel(x, np.array([0.5], np.float32), np.array([3]), 0, signed=True)
    assert np.array_equal(q.codes, theirs.int_repr().numpy())


@pytest.mark.parametrize(("bits", "signed"), [(8, True), (8, False), (4, True), (2, False), (16, True), (1, False)])
def test_fake_per_tensor(bits: int, signed: bool) -> None:
    """Values, whose bits tell the codes apart; sizes with vector tails."""
    affine = preset("torch_fake", bits, signed=signed, scheme="affine")
    for scale in quantize_inputs.some_scales(np.random.default_rng(4), 2):
        for zero_point in {max(affine.qmin, min(affine.qmax, z)) for z in zero_points(affine)}:
            x = np.concatenate([quantize_inputs.directed(scale, zero_point, affine.qmin, affine.qmax), HUGE, [NAN]])
            x = x.astype(np.float32)
            p = affine.parameters(scale=scale, zero_point=zero_point)
            assert bits_equal(affine.fake(x, p), faked(x, scale, zero_point, affine)), (scale, zero_point)
    p = affine.parameters(scale=scale, zero_point=zero_point)
    for n in [*range(1, 40), 63, 64, 65, 70]:
        assert bits_equal(affine.fake(x[:n], p), faked(x[:n].copy(), scale, zero_point, affine)), n


@pytest.mark.parametrize(("bits", "signed"), [(8, True), (8, False), (4, True)])
@pytest.mark.parametrize(("shape", "axis"), [((4, 1), 0), ((4, 40), 0), ((40, 4), 1), ((5, 3, 6), 1)])
def test_fake_per_channel(bits: int, signed: bool, shape: tuple[int, ...], axis: int) -> None:
    rng = np.random.default_rng(5)
    affine = preset("torch_fake", bits, signed=signed, scheme="affine", axis=axis)
    for _ in range(8):
        scale, zero_point, x = channels(rng, affine, shape)
        x.ravel()[:1] = NAN
        p = affine.parameters(scale=scale, zero_point=zero_point)
        assert bits_equal(affine.fake(x, p), faked_by_channel(x, scale, zero_point, affine))


def test_difference_fake_per_channel_beyond_int64() -> None:
    """Per channel torch converts to int64 before it clips: from 2^63 on, and for Inf, C++ defines nothing, and x86
    gives the lowest code; per tensor it clips first.
    """
    affine = preset("torch_fake", scheme="affine", axis=0)
    x = np.array([[9.2e18, 9.3e18, 1e30, np.inf, -1e30, -np.inf]], np.float32)
    p = affine.parameters(scale=[1.0], zero_point=[3])
    assert affine.fake(x, p).tolist() == [[124, 124, 124, 124, -131, -131]]
    theirs = faked_by_channel(x, np.ones(1, np.float32), np.array([3]), affine)
    assert theirs.tolist() == [[124, -131, -131, -131, -131, -131]]


def test_the_three_part_at_ties_with_an_odd_zero_point() -> None:
    """The zero point before or after the rounding: pytorch#37188."""
    x = np.array([0.5, 1.5, 2.5, -0.5, -1.5], np.float32)
    by_name = {}
    for name in ("torch", "torch_fake", "onnx"):
        affine = preset(name, signed=False)
        by_name[name] = affine.encode(x, affine.parameters(scale=1.0, zero_point=1)).codes.tolist()
    assert by_name == {"torch": [2, 2, 4, 0, 0], "torch_fake": [1, 3, 3, 1, 0], "onnx": [1, 3, 3, 1, 0]}


def test_fused_multiply_add_is_seen() -> None:
    """Per tensor one rounding, per channel two: some codes differ, ours as theirs."""
    fused, separate = (preset("torch", signed=False, axis=axis) for axis in (None, 0))
    x = quantize_inputs.ties(0.3, 101, 0, 255)
    a = fused.encode(x, fused.parameters(scale=0.3, zero_point=101)).codes
    b = separate.encode(x[np.newaxis], separate.parameters(scale=[0.3], zero_point=[101])).codes[0]
    assert (a != b).any()


def test_version() -> None:
    import torch

    assert torch.__version__.split("+")[0] == "2.13.0"
