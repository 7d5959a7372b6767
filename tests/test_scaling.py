# SPDX-License-Identifier: BSD-3-Clause
"""Scaling to float formats against the rational oracle, and against torch."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import oracle
import pytest
from hypothesis import given
from hypothesis import strategies as st

import numfmt as nf
from numfmt.quantize.scaling import Scaled, Scales

F = Fraction
FORMATS = ["e4m3fn", "float8_e4m3", "float8_e4m3fnuz", "e5m2", "float8_e3m4", "e2m1", "e3m2", "bfloat16", "binary16"]
SATURATE = oracle.Env(overflow="saturate")
RNG = np.random.default_rng(7)


def value_of(fmt: nf.Format, code: int) -> Fraction:
    value = oracle.decode(fmt, code)
    return -value.magnitude if value.sign else value.magnitude


def rounded(x: Fraction, name: str) -> Fraction:
    """To nearest in a float format."""
    fmt = nf.format(name)
    return value_of(fmt, oracle.encode(fmt, x, oracle.Env())[0])


def scale_of(largest: Fraction, fmt: nf.Format, rule: str) -> Fraction:
    quotient = largest / fmt.max
    if rule == "amax":
        return rounded(quotient, "binary32")
    power = F(1)
    while power < quotient:
        power *= 2
    while power / 2 >= quotient:
        power /= 2
    return power


def granules(shape: tuple[int, ...], how: dict[str, Any]) -> Iterator[tuple[tuple[int, ...], list[tuple[int, ...]]]]:
    """The index of each scale, and those of its elements."""
    found: dict[tuple[int, ...], list[tuple[int, ...]]] = {}
    for index in np.ndindex(shape):
        key: tuple[int, ...] = ()
        if "tile" in how:
            rows, columns = how["tile"]
            key = (*index[:-2], index[-2] // rows, index[-1] // columns)
        elif "group" in how:
            axis = how["axis"] % len(shape)
            key = tuple(i // how["group"] if k == axis else i for k, i in enumerate(index))
        elif "axis" in how:
            key = (index[how["axis"]],)
        found.setdefault(key, []).append(index)
    yield from found.items()


GRANULARITIES: list[dict[str, Any]] = [
    {"axis": 0},
    {"axis": -1},
    {"axis": 1, "group": 2},
    {"axis": -1, "group": 3},
    {"tile": (2, 3)},
]


@pytest.mark.parametrize("rule", ["amax", "power_of_two"])
@pytest.mark.parametrize(
    ("name", "how"), [*((name, {}) for name in FORMATS), *(("e4m3fn", how) for how in GRANULARITIES)], ids=str
)
def test_codes_and_values(name: str, rule: Any, how: dict[str, Any]) -> None:
    fmt = nf.format(name)
    x = (RNG.standard_normal((2, 4, 3)) * np.exp(RNG.uniform(-3, 3, (2, 4, 3)))).astype(np.float32)
    x *= np.float32(2**40)  # or bfloat16's scales would be subnormal
    quantizer = Scaled(name, scale=rule, **how)
    p = quantizer.calibrate(x)
    q = quantizer.encode(x, p)
    inexact = 0
    for key, members in granules(x.shape, how):
        scale = scale_of(max(abs(F(float(x[index]))) for index in members), fmt, rule)
        assert F(float(p.scale[key])) == scale
        for index in members:
            value = F(float(x[index]))
            code = oracle.encode(fmt, value / scale, SATURATE)[0]
            assert int(q.codes[index]) == code
            delivered = value_of(fmt, code) * scale
            assert F(q.values[index]) == delivered
            inexact += delivered != value
    assert (q.inexact, q.saturated, q.nan) == (inexact, 0, 0)
    assert q.values.dtype == np.float64
    assert np.array_equal(quantizer.fake(x, p), q.values)
    assert np.array_equal(np.asarray(q), q.codes)


@pytest.mark.parametrize("divide", ["div", "recip"])
@pytest.mark.parametrize("arithmetic", ["binary32", "bfloat16", "binary64"])
@pytest.mark.parametrize("name", ["e4m3fn", "e2m1", "binary16"])
def test_a_named_arithmetic_rounds_quotient_and_product(name: str, arithmetic: str, divide: Any) -> None:
    fmt = nf.format(name)
    x = RNG.standard_normal(40)
    quantizer = Scaled(name, arithmetic=arithmetic, divide=divide)
    p = quantizer.calibrate(x)
    q = quantizer.encode(x, p)
    scale = F(float(p.scale))
    for value, code, delivered in zip(x.tolist(), q.codes.tolist(), q.values.tolist(), strict=True):
        step = F(value) / scale if divide == "div" else F(value) * rounded(1 / scale, arithmetic)
        assert code == oracle.encode(fmt, rounded(step, arithmetic), SATURATE)[0]
        assert F(delivered) == rounded(value_of(fmt, code) * scale, arithmetic)


@given(st.lists(st.floats(2.0**10, 2.0**60, width=32), min_size=1, max_size=6), st.sampled_from(FORMATS))
def test_a_power_of_two_scale_saturates_nothing(sizes: list[float], name: str) -> None:
    quantizer = Scaled(name, scale="power_of_two")
    x = np.array(sizes, np.float32)
    p = quantizer.calibrate(x)
    assert F(float(p.scale)) == scale_of(F(float(x.max())), nf.format(name), "power_of_two")
    assert quantizer.encode(x, p).saturated == 0
    assert float(p.scale) * float(nf.format(name).max) >= max(sizes) > float(p.scale) / 2 * float(nf.format(name).max)


def test_exactly_at_the_ends() -> None:
    """A maximum that is a power of two times the format's largest value takes that power."""
    for exponent in (-20, 0, 33):
        x = np.array([math.ldexp(448, exponent)])
        assert Scaled("e4m3fn", scale="power_of_two").calibrate(x).scale == 2.0**exponent
        above = np.nextafter(x, np.inf)
        assert Scaled("e4m3fn", scale="power_of_two").calibrate(above).scale == 2.0 ** (exponent + 1)


def test_elements_beyond_a_given_scale_are_counted() -> None:
    quantizer = Scaled("e4m3fn")
    q = quantizer.encode(np.array([463, 464.5, -500, np.inf, -np.inf, 1]), quantizer.parameters(scale=1))
    assert nf.decode(q.codes, "e4m3fn").tolist() == [448, 448, -448, 448, -448, 1]
    assert (q.below, q.above, q.saturated, q.inexact, q.nan) == (2, 2, 4, 5, 0)


def test_environment_decides_rounding_and_overflow() -> None:
    up = Scaled("e5m2", env=nf.Env(rounding="toward_positive", overflow="ieee"))
    q = up.encode(np.array([1.01, -1.01, 60000.0]), up.parameters(scale=1))
    assert nf.decode(q.codes, "e5m2").tolist() == [1.25, -1.0, math.inf]
    assert (q.above, q.below) == (1, 0)


def test_quotients_beyond_the_arithmetic_are_counted() -> None:
    """1e6 is Inf in binary16 already, and E5M2 has Inf."""
    narrow = Scaled("e5m2", arithmetic="binary16", env=nf.Env(overflow="ieee"))
    q = narrow.encode(np.array([1e6, -1e6, 1.0, math.inf]), narrow.parameters(scale=1))
    assert nf.decode(q.codes, "e5m2").tolist() == [math.inf, -math.inf, 1.0, math.inf]
    assert (q.above, q.below, q.inexact) == (1, 1, 2)


def test_stochastic_rounding_takes_random_bits() -> None:
    env = nf.Env(rounding="stochastic_a", random_bits_count=8)
    quantizer = Scaled("e4m3fn", env=env)
    x, bits = np.full(5, 1.03, np.float32), nf.random_bits(5, 8, seed=1)
    q = quantizer.encode(x, quantizer.parameters(scale=1), random_bits=bits)
    assert q.codes.tolist() == nf.encode(x, "e4m3fn", env=env, random_bits=bits).tolist()
    with pytest.raises(ValueError, match="random_bits is missing"):
        quantizer.encode(x, quantizer.parameters(scale=1))


def test_nan_policies() -> None:
    x = np.array([[1, np.nan], [2, -3]], np.float32)
    with pytest.raises(ValueError, match="x: element 1 is NaN"):
        Scaled("e4m3fn").calibrate(x)
    kept = Scaled("e4m3fn", nan="nan")
    p = kept.calibrate(x)
    assert p.scale == np.float32(3) / np.float32(448)
    q = kept.encode(x, p)
    assert (int(q.codes[0, 1]), q.nan, q.saturated) == (0x7F, 1, 0)
    assert math.isnan(q.values[0, 1])
    zeroed = Scaled("e2m1", nan="zero")
    q = zeroed.encode(x, zeroed.calibrate(x))
    assert (int(q.codes[0, 1]), q.nan, q.inexact) == (0, 1, 0)


def test_zeros() -> None:
    x = np.array([[0, -0.0], [1, 2]], np.float16)
    quantizer = Scaled("e4m3fn", axis=0)
    with pytest.raises(ValueError, match=r"granule \(0,\) of x has no range: all its values are 0"):
        quantizer.calibrate(x)
    quantizer = Scaled("e4m3fn", axis=0, zero_range="one")
    p = quantizer.calibrate(x)
    assert p.scale.tolist() == [1, np.float32(2) / np.float32(448)]
    assert quantizer.encode(x, p).codes.tolist() == [[0x00, 0x80], [0x76, 0x7E]]


@pytest.mark.parametrize("how", [{}, {"axis": 0}, {"axis": 1}, {"axis": 1, "group": 2}, {"tile": (1, 2)}], ids=str)
def test_empty(how: dict[str, Any]) -> None:
    x = np.empty((0, 4), np.float32)
    quantizer = Scaled("e4m3fn", **how)
    with pytest.raises(ValueError, match="x has no values to calibrate with"):
        quantizer.calibrate(x)
    p = quantizer.parameters(scale=np.ones(quantizer.granularity.scale_shape(x.shape)))
    q = quantizer.encode(x, p)
    assert q.codes.shape == q.values.shape == (0, 4)
    assert q.codes.dtype == np.uint8


def test_products_that_float64_has_not_come_as_fractions() -> None:
    quantizer = Scaled("binary64")
    x = np.array([1 / 3, 1.0])
    q = quantizer.encode(x, quantizer.parameters(scale=np.float32(0.1)))
    assert q.values.dtype == object
    codes = nf.decode(q.codes, "binary64").tolist()
    assert q.values.tolist() == [F(value) * F(float(np.float32(0.1))) for value in codes]


@pytest.mark.peer("ml_dtypes")
def test_ml_dtypes_arrays() -> None:
    import ml_dtypes

    x = RNG.standard_normal(20).astype(ml_dtypes.bfloat16)
    for quantizer in (Scaled("e4m3fn"), Scaled("e2m1", scale="power_of_two")):
        p, same = quantizer.calibrate(x), quantizer.calibrate(x.astype(np.float32))
        assert p.scale == same.scale
        assert np.array_equal(quantizer.encode(x, p).codes, quantizer.encode(x.astype(np.float32), p).codes)


@pytest.mark.full
@pytest.mark.peer("torch")
@pytest.mark.parametrize("recip", [False, True])
def test_torch_divides_in_float32(recip: bool) -> None:
    """(x / s).to(float8), as its users write it, and with 1 / s."""
    import torch

    x = np.concatenate([RNG.standard_normal(20_000), np.arange(1, 900) * 0.55]).astype(np.float32)
    quantizer = Scaled("e4m3fn", arithmetic="binary32", divide="recip" if recip else "div")
    p = quantizer.calibrate(x)
    values, scale = torch.from_numpy(x), torch.tensor(p.scale)
    assert torch.equal(scale, values.abs().max() / torch.tensor(448.0))
    made = (values * (1 / scale) if recip else values / scale).clamp(-448, 448).to(torch.float8_e4m3fn)
    assert np.array_equal(quantizer.encode(x, p).codes, made.view(torch.uint8).numpy())
    assert np.array_equal(quantizer.fake(x, p), (made.float() * scale).numpy())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"fmt": "e8m0"}, "fmt is float8_e8m0fnu: must be signed"),
        ({"fmt": "binary128"}, "fmt is binary128: must be signed, have a zero and at most 89"),
        ({"scale": "max"}, "scale is 'max': must be one of amax, power_of_two"),
        ({"divide": "mul"}, "divide is 'mul': must be one of div, recip"),
        ({"divide": "recip"}, "divide is 'recip' with arithmetic 'exact'"),
        ({"zero_range": "none"}, "zero_range is 'none': must be one of raise, one"),
        ({"axis": 0, "tile": (2, 2)}, "tile is .* and axis is 0"),
        ({"group": 2}, "group is 2, but axis is None"),
        ({"nan": "drop"}, "nan is 'drop': must be one of raise, nan, zero"),
        ({"fmt": "e2m1", "nan": "nan"}, "nan is 'nan': float4_e2m1fn has none"),
        ({"arithmetic": "float33"}, "format 'float33'"),
        ({"arithmetic": "e8m0"}, "arithmetic is float8_e8m0fnu: must be 'exact' or a format with a sign and zero"),
        ({"arithmetic": "binary128"}, "arithmetic is binary128: must be 'exact' or a format whose values float64"),
    ],
)
def test_bad_quantizers(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Scaled(**{"fmt": "e4m3fn"} | arguments)


@pytest.mark.parametrize(
    ("scale", "message"),
    [
        (0.0, "scale: element 0 is 0.0: must be a normal, positive, finite float32"),
        ([1, -1], "scale: element 1 is -1: must be a normal"),
        (math.inf, "scale: element 0 is inf"),
        (math.nan, "scale: element 0 is nan"),
        (1e-40, "scale: element 0 is 1e-40: must be a normal"),
        (1e40, "scale: element 0 is 1e\\+40: must be a normal"),
        (["0.5", "1e-40"], "scale: element 1 is 1e-40: must be a normal"),
    ],
)
def test_bad_scales(scale: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Scaled("e4m3fn").parameters(scale=scale)


@pytest.mark.parametrize("scale", [0.1, "0.1", np.float16(0.1), [[0.1, 3.0]]])
def test_scales_are_rounded_to_float32(scale: Any) -> None:
    found = Scaled("e4m3fn").parameters(scale=scale).scale
    exact = [F(one if isinstance(one, str) else float(one)) for one in np.asarray(scale, object).ravel()]
    assert found.dtype == np.float32 and found.shape == np.shape(scale)
    assert [F(float(one)) for one in found.ravel()] == [rounded(one, "binary32") for one in exact]


def test_codes_bring_their_scales() -> None:
    quantizer = Scaled("e4m3fn", arithmetic="binary32", divide="recip")
    q = quantizer.encode([[0.1, -3.0], [7.0, 0.0]], quantizer.parameters(scale=0.3))
    assert q.shape == (2, 2)
    assert np.array_equal(quantizer.decode(q), quantizer.decode(q.codes, q.parameters))
    assert q.values.dtype == np.float32
    codes = [value_of(quantizer.fmt, int(code)) for code in q.codes.ravel()]
    assert [F(one) for one in q.exact.ravel()] == [code * F(float(np.float32(0.3))) for code in codes]
    with pytest.raises(ValueError, match="p is missing: must be the scales of the codes, which are no ScaledCodes"):
        quantizer.decode(q.codes)
    with pytest.raises(ValueError, match="codes: element 1 is 256: float8_e4m3fn takes codes 0 to 0xff"):
        quantizer.decode([0, 256], q.parameters)


def test_siblings_are_not_mixed_up() -> None:
    scaled, affine = Scaled("e4m3fn"), nf.Affine()
    ps, pa = scaled.parameters(scale=1), affine.parameters(scale=1)
    with pytest.raises(TypeError, match=r"p is Parameters: must be what parameters\(\) or calibrate\(\) returns"):
        scaled.encode([1.0], pa)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="codes is Quantized: must be codes of float8_e4m3fn or a ScaledCodes"):
        scaled.decode(affine.encode([1.0], pa), ps)
    with pytest.raises(TypeError, match=r"codes is ScaledCodes: must be integers or a numfmt\.quantize\.Quantized"):
        affine.decode(scaled.encode([1.0], ps), pa)


def test_bad_values() -> None:
    quantizer = Scaled("e4m3fn")
    with pytest.raises(ValueError, match="x: element 2 is infinite"):
        quantizer.calibrate([1.0, 2.0, -math.inf])
    with pytest.raises(ValueError, match=r"scale: element 0 is .*: must be a normal"):
        quantizer.calibrate(np.array([1e-40]))
    with pytest.raises(ValueError, match="scale: element 0 is"):
        Scaled("e4m3fn", scale="power_of_two").calibrate(np.array([1e60]))
    for values in ([F(1, 3)], np.ones(1, np.longdouble) / 3, np.array([2**63 + 1], np.uint64)):
        with pytest.raises(ValueError, match="x: element 0 is a number that float64 does not have"):
            quantizer.calibrate(values)
    with pytest.raises(ValueError, match="group is 3 long: does not divide 4"):
        Scaled("e4m3fn", axis=0, group=3).calibrate(np.ones(4))
    with pytest.raises(ValueError, match="axis is 1: x has shape"):
        Scaled("e4m3fn", axis=1).calibrate(np.ones(4))
    with pytest.raises(ValueError, match="scale has shape"):
        quantizer.encode([1.0, 2.0], Scales(np.ones(2, np.float32)))


def test_arguments_of_another_kind_are_named() -> None:
    quantizer = Scaled("e2m1")
    p = quantizer.parameters(scale=1.0)
    wrong: Any = nf.Affine(scheme="affine").parameters(scale=1.0, zero_point=5)
    for call in (quantizer.encode, quantizer.decode):
        with pytest.raises(TypeError, match="p is Parameters: must be what"):
            call([1], wrong)
    not_an_env: Any = 3
    with pytest.raises(TypeError, match="env is int"):
        Scaled("e2m1", env=not_an_env)
    with pytest.raises(ValueError, match="codes: element 1 is 16"):
        quantizer.decode([0, 16], p)
    with pytest.raises(TypeError, match="codes has dtype float64"):
        quantizer.decode(np.array([1.0]), p)
    assert np.shape(quantizer.decode([], p)) == (0,)
