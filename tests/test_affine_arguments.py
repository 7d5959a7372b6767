# SPDX-License-Identifier: BSD-3-Clause
"""Affine quantizers refuse what they cannot do, and say what was wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from numfmt.quantize import Affine, Parameters

MIN_NORMAL = float(np.finfo(np.float32).smallest_normal)
X = np.ones((4, 6), np.float32)


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"bits": 0}, "bits.*0.*1.*32"),
    ({"bits": 33}, "bits.*33.*1.*32"),
    ({"bits": 8.0}, "bits"),
    ({"bits": True}, "bits"),
    ({"scheme": "lopsided"}, "scheme.*lopsided.*symmetric.*affine"),
    ({"rounding": "ties_even"}, "rounding.*ties_even.*half_even"),
    ({"divisor": "qqq"}, "divisor.*qqq.*half_range"),
    ({"divisor": 0}, "divisor.*0"),
    ({"divisor": -1.0}, "divisor.*-1"),
    ({"divisor": float("nan")}, "divisor.*nan"),
    ({"divisor": float("inf")}, "divisor.*inf"),
    ({"divide": "multiply"}, "divide.*multiply.*recip"),
    ({"zp_add": "never"}, "zp_add.*never.*after"),
    ({"arithmetic": "binary31"}, "arithmetic.*binary31|binary31"),
    ({"arithmetic": "exact", "divide": "recip"}, "recip"),
    ({"nan": "ignore"}, "nan.*ignore.*raise"),
    ({"signed": True, "bits": 1, "narrow": True}, "narrow"),
    ({"signed": False, "bits": 1, "narrow": True}, "narrow"),
    ({"axis": 0, "tile": (1, 1)}, "tile"),
    ({"group": 4}, "group.*axis"),
    ({"axis": 0, "group": 0}, "group.*0"),
    ({"axis": 0, "group": -2}, "group.*-2"),
    ({"axis": 0.5}, "axis"),
    ({"tile": (0, 1)}, "tile.*0"),
    ({"tile": (2,)}, "tile"),
    ({"tile": 3}, "tile"),
    ({"rounding": "stochastic", "random_bits_count": 33}, "random_bits_count.*33"),
    ({"rounding": "stochastic", "random_bits_count": -1}, "random_bits_count.*-1"),
]


def test_conventions() -> None:
    for given, message in REFUSED:
        with pytest.raises((ValueError, TypeError), match=f"(?s){message}"):
            Affine(**given)


@pytest.mark.parametrize(
    ("scale", "message"),
    [
        (0.0, "scale"),
        (-1.0, "scale.*-1"),
        (float("inf"), "scale.*inf"),
        (float("nan"), "scale.*nan"),
        (MIN_NORMAL / 2, "scale.*normal"),
        ("one", "one"),
        (None, "scale holds a None"),
        ([1.0, 1j], "scale holds a complex"),
        (np.array([True]), "scale has dtype bool"),
    ],
)
def test_scales(scale: Any, message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        Affine().parameters(scale=scale)


def test_the_smallest_normal_scale_is_good() -> None:
    assert float(Affine().parameters(scale=MIN_NORMAL).scale) == MIN_NORMAL
    half = Affine(arithmetic="binary16")
    assert float(half.parameters(scale=2.0**-14).scale) == 2.0**-14
    with pytest.raises(ValueError, match=r"scale.*normal"):
        half.parameters(scale=2.0**-15)


@pytest.mark.parametrize("bad", [0.0, -1.0, float("nan"), float("inf"), MIN_NORMAL / 4])
def test_the_wrong_scale_of_many_is_named(bad: float) -> None:
    scale = np.ones((3, 4), np.float32)
    scale[2, 1] = bad
    with pytest.raises(ValueError, match=r"scale: element 9 "):
        Affine(tile=(2, 2)).parameters(scale=scale)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"scale": 1.0}, "zero_point"),
        ({"scale": 1.0, "zero_point": 128}, "zero_point.*128.*-128.*127"),
        ({"scale": 1.0, "zero_point": -129}, "zero_point.*-129"),
        ({"scale": 1.0, "zero_point": 0.5}, "zero_point"),
        ({"scale": 1.0, "zero_point": [0, 0]}, "zero_point"),
        ({"scale": 1.0, "zero_point": 1 << 70}, f"zero_point: element 0 is {1 << 70}"),
    ],
)
def test_zero_points(given: dict[str, Any], message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=f"(?s){message}"):
        Affine(scheme="affine").parameters(**given)


@pytest.mark.parametrize(
    ("conventions", "shape", "message"),
    [
        ({"axis": 2}, (6,), "axis.*2"),
        ({"axis": -3}, (4,), "axis.*-3"),
        ({"axis": 1}, (4,), "scale.*4.*6"),
        ({"axis": 1, "group": 4}, (4, 1), "group.*4.*6|6.*group.*4"),
        ({"axis": 1, "group": 3}, (4, 3), "scale"),
        ({"tile": (2, 4)}, (2, 1), "tile|4.*6"),
        ({"tile": (2, 2)}, (2, 2), "scale"),
    ],
)
def test_granularity(conventions: dict[str, Any], shape: tuple[int, ...], message: str) -> None:
    affine = Affine(**conventions)
    with pytest.raises(ValueError, match=f"(?s){message}"):
        affine.encode(X, affine.parameters(scale=np.ones(shape, np.float32)))


def test_a_scale_for_every_channel_needs_an_axis() -> None:
    with pytest.raises(ValueError, match="scale"):
        Affine().encode(X, Affine().parameters(scale=np.ones(6, np.float32)))


def test_tiles_need_two_dimensions() -> None:
    affine = Affine(tile=(1, 1))
    with pytest.raises(ValueError, match="tile"):
        affine.encode(X[0], affine.parameters(scale=np.ones((1, 1), np.float32)))


@pytest.mark.parametrize(
    ("random_bits", "message"),
    [(None, "random_bits"), ([16, 0], r"random_bits.*16"), ([-1, 0], "random_bits"), ([0.5, 0], "random_bits")],
)
def test_random_bits(random_bits: Any, message: str) -> None:
    affine = Affine(rounding="stochastic", random_bits_count=4)
    with pytest.raises((ValueError, TypeError), match=f"(?s){message}"):
        affine.encode([0.5, 1.5], affine.parameters(scale=1.0), random_bits=random_bits)


def test_what_is_no_number_is_refused() -> None:
    p = Affine().parameters(scale=1.0)
    for x in (["a"], [None], [1j], object()):
        with pytest.raises((TypeError, ValueError)):
            Affine().encode(x, p)


def test_parameters_of_another_kind_are_refused() -> None:
    wrong: Any = (1.0, 0)
    with pytest.raises(TypeError, match=r"^p "):
        Affine().encode([1.0], wrong)
    with pytest.raises(TypeError, match=r"^p has zero points of dtype float64"):
        Affine().encode([1.0], Parameters(np.ones((), np.float32), np.array(0.5)))


def test_codes_of_another_type_are_refused() -> None:
    p = Affine().parameters(scale=1.0)
    with pytest.raises((TypeError, ValueError)):
        Affine().decode(np.array([0.5]), p)
    with pytest.raises((TypeError, ValueError)):
        Affine(bits=4).decode(np.array([8], np.int8), Affine(bits=4).parameters(scale=1.0))


def test_the_first_wrong_code_is_named_whatever_the_threads() -> None:
    affine = Affine(bits=4, arithmetic="binary16")
    codes = np.zeros(1 << 17, np.int8)
    codes[[(1 << 15) - 1, 1 << 15, -1]] = 8, 9, 10
    for threads in (1, 4):
        with pytest.raises(ValueError, match=f"element {(1 << 15) - 1} is 8"):
            affine.decode(codes, affine.parameters(scale=1.0), threads=threads)


def test_a_decoding_that_fails_writes_nothing() -> None:
    affine = Affine(bits=4)
    codes, out = np.zeros(1 << 17, np.int8), np.full(1 << 17, 3, np.float32)
    codes[-1] = 8
    with pytest.raises(ValueError, match="8"):
        affine.decode(codes, affine.parameters(scale=1.0), out=out, path="generic", threads=4)
    assert (out == 3).all()
