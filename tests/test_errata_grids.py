# SPDX-License-Identifier: BSD-3-Clause
"""Worked examples of popular articles on quantization: what is right, and that what they print is wrong.

One test for each example about grids, float formats and sizes; those about integer codes have a file of their own.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

import numfmt as nf
from numfmt.quantize.accuracy import report
from numfmt.quantize.affine import Affine
from numfmt.quantize.grids import UniformGrid
from numfmt.quantize.scaling import Scaled
from numfmt.quantize.sizes import Size

F = Fraction
VECTOR = np.array([-0.5, 0.3, 1.2, -2.1], np.float32)
RESNET50_PARAMETERS = 25_557_032  # torchvision's resnet50, version 1 weights


def test_grid_of_2_bits() -> None:
    """The article's points are those of k / 3: its step of 1 / 2^n is not."""
    grid = UniformGrid(2)
    assert grid.points == (F(0), F(1, 3), F(2, 3), F(1))
    assert grid.step == F(1, 3) != F(1, 2**2)


def test_grid_of_2_bits_has_two_thirds() -> None:
    """0.66 and 0.33 are cut off, not rounded: 2/3 is 0.6667 in four digits."""
    points = UniformGrid(2).points
    assert [f"{float(point):.4f}" for point in points] == ["0.0000", "0.3333", "0.6667", "1.0000"]
    assert not {F("0.66"), F("0.33")} & set(points)


def test_grid_of_3_bits() -> None:
    """Eight points from 0 to 1 are k / 7, or k / 8 without the 1; the article leaves 0.75 out and puts 1 in."""
    printed = [F(k, 8) for k in (0, 1, 2, 3, 4, 5, 7, 8)]
    by_convention = {name: list(UniformGrid(3, convention=name).points) for name in ("endpoint", "step")}
    assert by_convention["step"] == [F(k, 8) for k in range(8)]
    shown = " ".join(f"{float(point):.4f}" for point in by_convention["endpoint"])
    assert shown == "0.0000 0.1429 0.2857 0.4286 0.5714 0.7143 0.8571 1.0000"
    assert printed not in by_convention.values()


def test_grid_of_4_bits() -> None:
    """Before 0.125 comes 0.0625, not 0.625."""
    points = UniformGrid(4, convention="step").points
    before = points[points.index(F("0.125")) - 1]
    assert before == F("0.0625") != F("0.625")


def test_one_bit_more_doubles_the_points() -> None:
    """1 bit has 2 points, 2 bits have 4: they double, so that they are no multiple of the bits."""
    counts = [len(UniformGrid(bits).points) for bits in range(1, 9)]
    assert counts == [2, 4, 8, 16, 32, 64, 128, 256]
    assert counts[3] != 2 * 4


@pytest.mark.parametrize(
    ("bits", "point", "percent", "printed_ratio"),
    [(8, F(31, 256), "0.911", "0.99097"), (4, F(2, 16), "4.167", "0.96000")],
)
def test_nearest_point_of_012(bits: int, point: Fraction, percent: str, printed_ratio: str) -> None:
    """The points are right; x / q is no error: it says 1 where nothing is lost, and 3 % where 4.167 % are."""
    (row,) = UniformGrid(bits, convention="step").table(["0.12"]).rows
    assert row.point == point
    assert row.relative is not None
    assert f"{float(100 * row.relative):.3f}" == percent
    assert f"{float(F('0.12') / row.point):.5f}" == printed_ratio
    assert f"{float(row.relative):.5f}" != printed_ratio
    assert row.relative != 1 - F("0.96875")


def test_nearest_point_of_012_in_the_other_convention() -> None:
    """With 1 among the points 0.12 becomes 31 / 255 and 2 / 15, not 31 / 256 and 2 / 16."""
    found = [UniformGrid(bits).table(["0.12"]).rows[0].point for bits in (8, 4)]
    assert found == [F(31, 255), F(2, 15)]
    assert found != [F("0.12109375"), F("0.125")]


def test_minus_5_75_in_binary32() -> None:
    """The exponent field 10000001 is 2^2, the fraction 0111 0...; with 0110 0... it would be -5.5."""
    why = nf.explain_value("-5.75", "binary32")
    assert why.code == 0xC0B80000
    assert (why.bits.sign, why.bits.exponent, why.bits.fraction) == ("1", "10000001", "0111" + 19 * "0")
    assert (why.exponent, why.expansion and why.expansion.scientific) == (2, "-1.0111 * 2^2")
    printed = int("1" + "10000001" + "0110" + 19 * "0", 2)
    assert nf.decode(np.uint32(printed), "binary32") == -5.5 != -5.75
    assert why.exponent != 1
    assert F(0b1011, 8) * 2**2 != F("5.75")


def test_minus_5_75_in_binary16() -> None:
    """Right in the article: 1 10001 0111000000."""
    why = nf.explain_value("-5.75", "binary16")
    assert why.code == 0xC5C0 == int("1" + "10001" + "0111000000", 2)
    assert nf.decode(np.uint16(0xC5C0), "binary16") == -5.75


def test_13_in_binary() -> None:
    """Right in the article: 13 = 8 + 4 + 0 + 1."""
    expansion = nf.explain_value(13, "binary32").expansion
    assert expansion is not None
    assert expansion.integer_steps == ((13, 6, 1), (6, 3, 0), (3, 1, 1), (1, 0, 1))
    assert expansion.binary == "1101"


def test_range_of_e4m3() -> None:
    """240 is the largest value of the IEEE-style E4M3 and of FNUZ, whose bias is 8; OCP's E4M3 goes to 448."""
    ocp, ieee, fnuz = (nf.format(name) for name in ("float8_e4m3fn", "float8_e4m3", "float8_e4m3fnuz"))
    assert (ocp.max, ocp.min_normal, ocp.min_subnormal) == (F(448), F(1, 2**6), F(1, 2**9))
    assert (ieee.max, ieee.min_normal, ieee.has_inf) == (F(240), F(1, 2**6), True)
    assert (fnuz.max, fnuz.min_normal, fnuz.bias) == (F(240), F(1, 2**7), 8)
    assert ocp.max != 240
    assert fnuz.min_normal != F(1, 2**6)


def test_range_of_e5m2() -> None:
    """2^-14 to 57344 is right for normal values; subnormals go down to 2^-16."""
    fmt = nf.format("float8_e5m2")
    assert (fmt.max, fmt.min_normal, fmt.min_subnormal) == (F(57344), F(1, 2**14), F(1, 2**16))
    assert fmt.min_positive != F(1, 2**14)


def test_ranges_of_binary16_and_binary32() -> None:
    """One table, two rules: FP32's lower end, 1.4e-45, is its least subnormal, FP16's, 6.1e-5, its least normal."""
    half, single = nf.float16, nf.float32
    ends = {(fmt.name, name): float(getattr(fmt, name)) for fmt in (half, single) for name in ("min_normal", "max")}
    assert [f"{end:.4g}" for end in ends.values()] == ["6.104e-05", "6.55e+04", "1.175e-38", "3.403e+38"]
    lowest = [float(fmt.min_subnormal or 0) for fmt in (half, single)]
    assert [f"{value:.4g}" for value in lowest] == ["5.96e-08", "1.401e-45"]
    assert float(f"{lowest[0]:.1e}") != 6.1e-5
    assert float(f"{ends['binary32', 'min_normal']:.1e}") != 1.4e-45


def test_a_vector_in_binary16() -> None:
    """The article prints the vector unchanged; only -0.5 is."""
    found = nf.quantize_to(VECTOR, "binary16")
    assert found.tolist() == [-0.5, 0.300048828125, 1.2001953125, -2.099609375]
    assert (found == VECTOR).tolist() == [True, False, False, False]


def test_a_vector_scaled_to_binary16() -> None:
    """By 2.1 / 65504, no power of two, even -0.5 is lost; by a power of two the values are those of binary16 itself."""
    scaled = Scaled("binary16")
    made = scaled.encode(VECTOR, scaled.calibrate(VECTOR))
    assert nf.decode(made.codes, "binary16").tolist() == [-15600, 9360, 37440, -65504]
    assert [f"{value:.6f}" for value in made.values] == ["-0.500122", "0.300073", "1.200293", "-2.100000"]
    assert made.inexact == 4
    by_two = Scaled("binary16", scale="power_of_two")
    same = by_two.encode(VECTOR, by_two.calibrate(VECTOR))
    assert same.values.tolist() == nf.quantize_to(VECTOR, "binary16").tolist()
    plain, worse = (report(VECTOR, q, fmt) for q, fmt in ((nf.encode(VECTOR, "binary16"), "binary16"), (made, None)))
    assert abs(made.values[0] - -0.5) > 0 == abs(same.values[0] - -0.5)
    assert plain.inexact < worse.inexact


def test_floats_do_not_hold_all_integers() -> None:
    """Consecutive integers end at 2^precision; one more is the first that is rounded."""
    names = ("binary32", "binary16", "bfloat16", "float8_e4m3fn", "float8_e5m2")
    ends = [nf.format(name).max_exact_integer for name in names]
    assert ends == [2**24, 2048, 256, 16, 8]
    assert [int(nf.quantize_to(end + 1, name)) == end + 1 for end, name in zip(ends, names, strict=True)] == [False] * 5


def test_e3m4_exists_and_goes_to_15_5() -> None:
    """Of "3 or 4 exponent bits": E3M4 is there beside E4M3 and E5M2, and its range is not theirs."""
    fmt = nf.format("float8_e3m4")
    assert (fmt.exponent_bits, fmt.precision - 1, fmt.max) == (3, 4, F(31, 2))
    assert fmt.max not in (nf.float8_e4m3.max, nf.float8_e4m3fn.max, nf.float8_e5m2.max)


def test_precision_is_counted_in_significant_digits() -> None:
    """The "6 and 3 digits after the point" are 7.22 and 3.31 significant ones: 65504 has none after the point."""
    digits = [f"{nf.format(name).precision * math.log10(2):.2f}" for name in ("binary32", "binary16", "bfloat16")]
    assert digits == ["7.22", "3.31", "2.41"]
    assert nf.quantize_to("2000.123", "binary16") == 2000
    assert nf.quantize_to("0.0001234", "binary16") != 0


def test_four_bits_have_16_codes() -> None:
    """A text with "not more than one number" has lost a superscript: 2^4."""
    assert len(UniformGrid(4).points) == len(nf.format("e2m1").codes) == 16
    assert len(UniformGrid(4).points) > 1


def test_sizes_of_resnet50() -> None:
    """97, 48 and 24 "MB" are MiB of the parameters alone; in decimal megabytes they are 102, 51 and 26."""
    sizes = [Size(elements=RESNET50_PARAMETERS, code_bits=bits).bytes for bits in (32, 16, 8)]
    assert [f"{size / 2**20:.2f}" for size in sizes] == ["97.49", "48.75", "24.37"]
    assert [round(size / 10**6) for size in sizes] == [102, 51, 26] != [97, 48, 24]


def test_binary_weights_take_more_than_a_32nd() -> None:
    """1/32 = 3.125 % is without scales; with a 16-bit scale for 128 weights it is 1.125 bits, 3.5 %."""
    bare, scaled = Size(elements=128, code_bits=1), Size(elements=128, code_bits=1, scales=1, scale_bits=16)
    assert bare.bits_per_element / 32 == F(1, 32) == F("3.125") / 100 != F(3, 100)
    assert scaled.bits_per_element == F("1.125")
    assert f"{float(100 * scaled.bits_per_element / 32):.1f}" == "3.5"


@pytest.mark.parametrize(
    ("name", "elements", "scales", "bits_each", "printed", "right"),
    [
        ("Q8_0", 32, 1, 8, 8, "8.5"),
        ("Q4_K", 256, 2, 4, 4, "4.5"),
        ("Q3_K", 256, 1, 3, 3, "3.4375"),
        ("Q2_K", 256, 2, 2, 2, "2.625"),
    ],
)
def test_bits_of_block_types(name: str, elements: int, scales: int, bits_each: int, printed: int, right: str) -> None:
    """The number in a name counts codes alone: scales of 16 bits, and in super-blocks those of sub-blocks, come on top.

    8 sub-blocks of Q4_K have 6 bits of scale and of minimum each, 16 of Q3_K 6 bits, 16 of Q2_K 4 and 4.
    """
    sub_blocks = {"Q8_0": (0, 0), "Q4_K": (8, 12), "Q3_K": (16, 6), "Q2_K": (16, 8)}[name]
    size = Size(
        elements=elements, code_bits=bits_each, scales=scales, scale_bits=16,
        zero_points=sub_blocks[0], zero_point_bits=sub_blocks[1],
    )  # fmt: skip
    assert size.bits_per_element == F(right) != printed


def test_int8_saves_less_than_three_quarters() -> None:
    """Four bytes to one are -75 %; with a scale of 16 bits for 32 weights they are 8.5 bits each, -73.4 %."""
    affine = Affine(axis=-1, group=32)
    x = np.arange(128, dtype=np.float32).reshape(2, 64)
    found = report(x, affine.encode(x, affine.parameters(scale=np.ones((2, 2)))), scale_bits=16)
    assert found.bits_per_weight == F("8.5") != 8
    saved = 1 - found.bits_per_weight / found.source_bits
    assert f"{float(100 * saved):.1f}" == "73.4"
    assert saved != F(3, 4)
