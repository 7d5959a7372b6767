# SPDX-License-Identifier: BSD-3-Clause
"""The oracle of selections, comparisons, orders, classes, signs and neighbours against IEEE 754's clauses.

Flags: invalid is 16; the others occur only where a selected operand is converted.
"""

from __future__ import annotations

from typing import Any

import pytest
from oracle import Env, Fmt
from oracle_ops import result
from oracle_rows import AHP, E4M3FN, E4M3FNUZ, E5M2, E8M0, F16, F32, F64, UE4M3, X87

PLUS, MINUS = 0x7F800000, 0xFF800000  # Inf of binary32
Q1, Q2, S1, S2 = 0x7FC00001, 0xFFC00002, 0x7F800003, 0xFF800004
DEFAULT, NEGATIVE = 0x7FC00000, 0xFFC00000
ONE = 0x3F800000


def f32(op: str, *codes: int, **env: Any) -> tuple[int, int]:
    return result(op, [F32] * len(codes), F32, codes, Env(**env))


def same(fmt: Fmt, op: str, *codes: int, **env: Any) -> tuple[int, int]:
    return result(op, [fmt] * len(codes), fmt, codes, Env(**env))


@pytest.mark.parametrize(
    ("op", "a", "b", "want"),
    [
        ("minimum", 0, 0x80000000, (0x80000000, 0)),
        ("maximum", 0x80000000, 0, (0, 0)),
        ("minimum", Q1, ONE, (DEFAULT, 0)),
        ("minimum_number", Q1, ONE, (ONE, 0)),
        ("minimum_number", S1, ONE, (ONE, 16)),  # 754-2019 9.6
        ("maximum_number", S1, Q1, (DEFAULT, 16)),
        ("min_num", Q1, ONE, (ONE, 0)),
        ("min_num", S1, ONE, (DEFAULT, 16)),  # 754-2008 5.3.1 and 6.2
        ("max_num", ONE, Q1, (ONE, 0)),
        ("minimum_magnitude", 0xC0000000, ONE, (ONE, 0)),
        ("minimum_magnitude", 0xBF800000, ONE, (0xBF800000, 0)),
        ("maximum_magnitude", 0xBF800000, ONE, (ONE, 0)),
        ("maximum_magnitude_number", 0xC0000000, ONE, (0xC0000000, 0)),
        ("max_num_mag", MINUS, ONE, (MINUS, 0)),
        ("minimum", MINUS, PLUS, (MINUS, 0)),
    ],
)
def test_minimum_and_maximum(op: str, a: int, b: int, want: tuple[int, int]) -> None:
    assert f32(op, a, b) == want


def test_selections_neither_round_nor_flush() -> None:
    assert f32("maximum", 1, 0, ftz="x86") == (1, 0)
    assert f32("maximum", 1, 0x80000000, daz=True) == (0, 0)
    assert same(E5M2, "maximum", 0x7C, 0, overflow="saturate") == (0x7C, 0)
    assert result("maximum", [F32, F32], E4M3FN, (0x43E90000, 0), Env()) == (0x7E, 5)


@pytest.mark.parametrize(
    ("op", "less", "equal", "greater", "unordered"),
    [
        ("eq", 0, 1, 0, (0, 0)),
        ("ne", 1, 0, 1, (1, 0)),
        ("eq_signaling", 0, 1, 0, (0, 16)),
        ("ne_signaling", 1, 0, 1, (1, 16)),
        ("lt", 1, 0, 0, (0, 16)),
        ("le", 1, 1, 0, (0, 16)),
        ("gt", 0, 0, 1, (0, 16)),
        ("ge", 0, 1, 1, (0, 16)),
        ("lt_quiet", 1, 0, 0, (0, 0)),
        ("not_lt", 0, 1, 1, (1, 16)),
        ("not_le", 0, 0, 1, (1, 16)),
        ("not_gt_quiet", 1, 1, 0, (1, 0)),
        ("not_ge_quiet", 1, 0, 0, (1, 0)),
        ("unordered", 0, 0, 0, (1, 0)),
        ("ordered", 1, 1, 1, (0, 0)),
    ],
)
def test_comparisons(op: str, less: int, equal: int, greater: int, unordered: tuple[int, int]) -> None:
    """754 tables 5.1 to 5.3."""
    assert f32(op, 0xBF800000, ONE) == f32(op, MINUS, PLUS) == (less, 0)
    assert f32(op, 0, 0x80000000) == f32(op, PLUS, PLUS) == (equal, 0)
    assert f32(op, ONE, 0xBF800000) == (greater, 0)
    assert f32(op, Q1, ONE) == f32(op, ONE, Q2) == unordered
    assert f32(op, S1, ONE) == (unordered[0], 16)
    assert result(op, [F16, F64], None, (0x3555, 0x3FD5555555555555), Env())[0] == less  # 0.333.. of two lengths


def test_total_order() -> None:
    """754 5.10."""
    rising = [0xFFC00001, NEGATIVE, 0xFF800002, 0xFF800001, MINUS, 0xBF800000, 0x80000001, 0x80000000, 0, 1, ONE,
              PLUS, 0x7F800001, 0x7F800002, DEFAULT, Q1]  # fmt: skip
    for i, a in enumerate(rising):
        for j, b in enumerate(rising):
            assert f32("total_order", a, b) == (int(i <= j), 0)
    assert f32("total_order_mag", 0xBF800000, ONE) == f32("total_order_mag", ONE, 0xBF800000) == (1, 0)
    assert same(E4M3FNUZ, "total_order", 0x80, 0xFF) == (1, 0)
    assert same(E4M3FNUZ, "total_order", 0xFF, 0x80) == (0, 0)
    assert same(E5M2, "total_order", 0x7E, 0x7D) == (0, 0)


def test_classes() -> None:
    """754 5.7.2; RISC-V's FCLASS has the same ten."""
    codes = [S2, Q1, MINUS, 0xBF800000, 0x80000001, 0x80000000, 0, 1, ONE, PLUS]
    assert [f32("classify", code)[0] for code in codes] == list(range(10))
    tests = {
        "is_signaling": [0], "is_nan": [0, 1], "is_infinite": [2, 9], "is_finite": [3, 4, 5, 6, 7, 8],
        "is_normal": [3, 8], "is_subnormal": [4, 7], "is_zero": [5, 6], "is_sign_minus": [0, 2, 3, 4, 5],
        "is_canonical": list(range(10)),
    }  # fmt: skip
    for op, classes in tests.items():
        assert [at for at, code in enumerate(codes) if f32(op, code, daz=True) == (1, 0)] == classes, op
    assert same(E5M2, "classify", 0x7D)[0] == 1
    assert same(E8M0, "classify", 0x00)[0] == 8
    assert same(E4M3FNUZ, "is_sign_minus", 0x80)[0] == 1


def test_unusual_encodings_of_x87() -> None:
    """SDM 1 8.2.2: unnormals, pseudo-infinities and pseudo-NaNs are invalid operands; pseudo-denormals are not."""
    unnormal, pseudo_inf, pseudo_nan, pseudo_denormal = 0x3FFF << 64, 0x7FFF << 64, 0x7FFF << 64 | 1, 1 << 63
    for code in (unnormal, pseudo_inf, pseudo_nan):
        assert same(X87, "add", code, 0) == (0x7FFFC000000000000000, 16)
        assert same(X87, "is_canonical", code)[0] == 0
        assert same(X87, "classify", code)[0] == 0
    assert same(X87, "add", pseudo_denormal, 0, daz=True) == (0x00018000000000000000, 0)
    assert (same(X87, "classify", pseudo_denormal)[0], same(X87, "is_canonical", pseudo_denormal)[0]) == (8, 0)
    assert same(X87, "next_down", pseudo_denormal) == (0x7FFFFFFFFFFFFFFF, 0)
    assert same(X87, "next_up", 0x7FFFFFFFFFFFFFFF) == (0x00018000000000000000, 0)


def test_signs() -> None:
    assert f32("negate", S1) == (S1 | 1 << 31, 0)
    assert f32("absolute", 0xFF800001) == (0x7F800001, 0)
    assert f32("copysign", ONE, 0x80000000) == (0xBF800000, 0)
    assert [same(E4M3FNUZ, "negate", code)[0] for code in (0, 0x80, 1, 0x81)] == [0, 0x80, 0x81, 1]
    assert same(E4M3FNUZ, "copysign", 0x38, 0x80) == (0xB8, 0)
    assert result("copysign", [F16, E8M0], F16, (0xBC00, 0xFF), Env()) == (0x3C00, 0)
    with pytest.raises(ValueError, match="unsigned"):
        same(UE4M3, "negate", 1)


def test_neighbours() -> None:
    """754 5.3.1."""
    assert [f32("next_up", code)[0] for code in (0x80000000, 0, 0x80000001, 0x7F7FFFFF, PLUS, MINUS)] == [
        1, 1, 0x80000000, PLUS, PLUS, 0xFF7FFFFF,
    ]  # fmt: skip
    assert [f32("next_down", code)[0] for code in (0, 0x80000000, 1, MINUS, PLUS)] == [
        0x80000001, 0x80000001, 0, MINUS, 0x7F7FFFFF,
    ]  # fmt: skip
    assert f32("next_up", S1, nan="arm") == (S1 | 1 << 22, 16)
    assert f32("next_up", Q2, nan="arm") == (Q2, 0)
    assert same(E4M3FN, "next_up", 0x7E) == (0x7E, 0)
    assert same(E4M3FN, "next_down", 0xFE) == (0xFE, 0)
    assert same(E4M3FNUZ, "next_up", 0x81) == (0, 0)
    assert same(UE4M3, "next_down", 0) == (0, 0)
    assert same(E8M0, "next_down", 0) == (0, 0)
    assert same(AHP, "next_up", 0x7FFF) == (0x7FFF, 0)
