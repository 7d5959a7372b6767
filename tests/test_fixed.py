# SPDX-License-Identifier: BSD-3-Clause
"""Fixed-point types: what they say of themselves, what goes in and out, what is refused."""

from __future__ import annotations

import copy
import re
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import numfmt as nf

Q = nf.Fixed(4, 4)
WRONG: dict[str, Any] = {"rounding": "nearest"}


def test_what_a_type_says_of_itself() -> None:
    assert (Q.width, Q.min, Q.max, Q.resolution) == (8, Fraction(-8), Fraction(127, 16), Fraction(1, 16))
    assert (str(Q), str(nf.Fixed(-2, 10, signed=False))) == ("fixed4.4", "ufixed-2.10")
    assert nf.Fixed.parse("UFIXED-2.10") == nf.Fixed(-2, 10, signed=False)
    assert copy.deepcopy(Q) == Q
    assert len({Q, nf.Fixed(4, 4), nf.Fixed(4, 4, signed=False)}) == 2
    assert nf.Fixed(1, 0).codes == range(2)
    assert [nf.Fixed(1, 0).min, nf.Fixed(1, 0).max] == [-1, 0]


@pytest.mark.parametrize(
    ("x", "codes"),
    [
        (np.array([1.5, -0.03125, 0.09375], np.float32), [24, 0, 2]),
        (np.array([-8, 7], np.int8), [0x80, 0x70]),
        ([Fraction(1, 3), "0x1.8p-4", "-1e-9999"], [5, 2, 0]),
        (np.float16(7.96), 127),
        ([[2**3 - 1]], [[0x70]]),
        ([], []),
    ],
)
def test_values_of_every_kind_go_in(x: Any, codes: Any) -> None:
    got = Q.encode(x)
    assert got.dtype == np.uint8
    assert got.tolist() == codes


def test_flags_say_what_happened() -> None:
    x = [1.0, 1.01, 8.0, -1e300, float("inf"), float("nan")]
    codes, flags = Q.encode(x, overflow="saturate", flags=True)
    assert codes.tolist() == [16, 16, 127, 128, 127, 0]
    assert flags.tolist() == [0, 1, 5, 5, 16, 16]
    assert Q.encode(x, overflow="wrap")[2:].tolist() == [128, 0, 0, 0]
    assert Q.div([1, 255, 0], 0, overflow="saturate", to=Q, flags=True)[1].tolist() == [8, 8, 16]
    assert [each.tolist() for each in Q.encode(["-0.25", "9"], overflow="wrap", flags=True)] == [[252, 144], [0, 5]]
    assert Q.encode(x, overflow="saturate", flags="any")[1] == nf.Flags(21)


def test_wrapping_is_exact_at_any_size() -> None:
    assert nf.Fixed(8, 0).encode([2**200 + 5, Fraction(-(2**200) * 3 + 14, 3)], overflow="wrap").tolist() == [5, 5]
    assert nf.Fixed(8, 0).encode(2.0**60 + 512 + 256, overflow="wrap") == 0
    assert nf.Fixed(8, 0).encode([Fraction(-(10**50) * 256 * 3 - 1, 3)], rounding="toward_zero", overflow="wrap") == 0
    assert nf.Fixed(8, 4).encode(2.0**51 + 1.5, overflow="wrap") == 24


def test_decode_is_exact() -> None:
    assert Q.decode([0x80, 1]).tolist() == [-8.0, 0.0625]
    assert Q.decode(1).dtype == np.float32
    assert nf.Fixed(24, 24).decode(1).dtype == np.float64
    assert nf.Fixed(-1016, 1024).decode(1, dtype=object) == Fraction(1, 2**1024)
    assert nf.Fixed(60, 4).decode([1], dtype=object).tolist() == [Fraction(1, 16)]
    with pytest.raises(
        ValueError, match=r"^fixed60\.4 has values that float64 does not hold: decode with dtype=object$"
    ):
        nf.Fixed(60, 4).decode(1)
    assert nf.Fixed(-1016, 1024).decode(1) == 2.0**-1024
    with pytest.raises(ValueError, match=r"^dtype is float16: must be float32, float64 or object$"):
        Q.decode(1, dtype=np.float16)


def test_products_are_exact_up_to_128_bits() -> None:
    wide = nf.Fixed(32, 32)
    a = wide.encode([Fraction(-(2**63), 2**32), Fraction(2**63 - 1, 2**32)])
    product = wide.mul(a, a)
    assert wide.mul_type() == nf.Fixed(64, 64)
    assert product.dtype.names == ("lo", "hi")
    squares = [Fraction(2**63, 2**32) ** 2, Fraction(2**63 - 1, 2**32) ** 2]
    assert nf.Fixed(64, 64).decode(product, dtype=object).tolist() == squares
    assert nf.Fixed(64, 64).integers(product).tolist() == [value * 2**64 for value in squares]
    half = nf.Fixed(64, 64).requantize(product, to=nf.Fixed(64, 0), rounding="ties_up")
    assert half.tolist() == [2**62, 2**62 - 1] == [int(value + Fraction(1, 2)) for value in squares]


def test_floats_mix_with_fixed_point() -> None:
    """-1.5 * 3.25 in one rounding, from and into a float format."""
    a, b = Q.encode(-1.5), nf.encode(3.25, "bfloat16")
    assert Q.decode(Q.mul(a, b, "bfloat16", to=Q, rounding="toward_negative")) == -4.875
    assert nf.decode(Q.mul(a, b, "bfloat16", to="e4m3fn"), "e4m3fn") == -5.0
    up = nf.Env(rounding="toward_positive")
    assert nf.decode(Q.mul(a, b, "bfloat16", to="e4m3fn", env=up), "e4m3fn") == -4.5
    assert nf.decode(Q.to_float(a, "binary16"), "binary16") == -1.5
    assert Q.from_float(nf.encode([0.3], "e2m1"), "e2m1").tolist() == [8]


def test_stochastic_rounding_takes_the_caller_s_bits() -> None:
    how: dict[str, Any] = {"rounding": "stochastic_a", "random_bits_count": 2}
    got = nf.Fixed(8, 0).encode([1.25] * 4, random_bits=[0, 1, 2, 3], **how)
    assert got.tolist() == [1, 1, 1, 2]
    with pytest.raises(ValueError, match=r"^random_bits is missing"):
        Q.encode([1.0], **how)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nf.Fixed(65, 64), "int_bits + frac_bits is 65 + 64 = 129: must be 1 to 128"),
        (lambda: nf.Fixed(4, -4), "int_bits + frac_bits is 4 + -4 = 0: must be 1 to 128"),
        (lambda: nf.Fixed(4, 1025), "frac_bits is 1025: must be -1024 to 1024"),
        (lambda: nf.Fixed("4", 4), "int_bits is '4': must be an integer"),  # type: ignore[arg-type]
        (lambda: nf.Fixed(4, 4, signed=1), "signed is 1: must be True or False"),  # type: ignore[arg-type]
        (lambda: nf.Fixed.parse("q4.4"), "name is 'q4.4': must be like 'fixed4.12' or 'ufixed0.8'"),
        (lambda: Q.encode([0, 8.0]), "x: element 1 is 8.0, which is out of range: fixed4.4 is -8 to 7.9375"),
        (lambda: Q.encode([[float("nan")]]), "x: element 0 is nan, which is NaN or infinite: fixed4.4 is -8 to 7.9375"),
        (
            lambda: Q.requantize([0, 0x10], to="fixed1.3"),
            "codes: element 1 is 1, which is out of range: fixed1.3 is -1",
        ),
        (lambda: Q.requantize(0, to="e4m3fn"), "to is float8_e4m3fn: must be fixed-point (to_float() makes codes of"),
        (lambda: Q.from_float(0x7E, "e4m3fn"), "codes: element 0 is 450.0, which is out of range: fixed4.4 is -8"),
        (lambda: Q.div([1, 2], [1, 0]), "div: element 1 is divided by zero: fixed9.7 is -256 to 255.9921875"),
        (lambda: Q.encode(1, **WRONG), "rounding is 'nearest': must be one of ties_even, ties_away, ties_up"),
        (lambda: Q.encode(1, overflow="clip"), "overflow is 'clip': must be one of error, saturate, wrap"),  # type: ignore[arg-type]
        (lambda: Q.decode([256]), "codes: element 0 is 256: fixed4.4 takes codes 0 to 0xff"),
        (lambda: Q.add([1, 2], [1, 2, 3]), "operands have shapes (2,), (3,): they do not broadcast"),
        (lambda: nf.Fixed(61, 4).add(1, 1), "fixed61.4 has 65 bits: operands of add have at most 64"),
        (
            lambda: Q.add(1, 1, nf.Fixed(200, -150)),
            "to is missing: add of fixed4.4 and fixed200.-150 has results of more",
        ),
        (lambda: Q.mul(1, 1, "binary32"), "to is missing: mul of fixed4.4 and binary32 has no fixed-point type"),
        (
            lambda: Q.mul(1, 1, "binary32", to=Q, overflow="wrap"),
            "fixed4.4 wraps, and fixed4.4, binary32 are not all fixed-point",
        ),
        (lambda: Q.mul(1, 1, to="binary32", rounding="to_odd"), "to is binary32, a float format: its rounding and"),
        (
            lambda: Q.mul(1, 1, env=nf.Env()),
            "env is given, but fixed8.8 is fixed-point: it takes rounding= and overflow=",
        ),
        (lambda: nf.Fixed(60, 60).encode("0.1"), "fixed60.60 has 120 bits: Fractions, text and large integers go into"),
    ],
)
def test_what_is_refused(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        call()


def test_floats_are_no_codes() -> None:
    with pytest.raises(TypeError, match=r"^codes has dtype float64: must be an integer array of codes of fixed4\.4"):
        Q.decode(np.array([1.0]))


def test_no_other_library_casts_fixed_point() -> None:
    with pytest.raises(ValueError, match="the peer that compat names does not cast this source"):
        Q.to_float([1], "binary16", env=nf.Env(compat="torch"))
