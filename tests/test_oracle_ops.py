# SPDX-License-Identifier: BSD-3-Clause
"""The oracle of the operations against documents: IEEE 754 clauses, RISC-V, Arm and x86 manuals, SoftFloat's rules.

Flags: inexact 1, underflow 2, overflow 4, divide-by-zero 8, invalid 16.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from oracle import Env, Fmt, Value, decode, value_of
from oracle_exact import Number, modulo, root, signed
from oracle_format import floor_log2
from oracle_ops import OPS, IntType, Type, int_type, result
from oracle_rows import BF16, E2M1, E3M4, E4M3FN, E4M3FNUZ, E5M2, E8M0, F16, F32, F64, F128, UE4M3, X87

PLUS, MINUS = 0x7F800000, 0xFF800000  # Inf of binary32
Q1, Q2, S1, S2 = 0x7FC00001, 0xFFC00002, 0x7F800003, 0xFF800004
DEFAULT, NEGATIVE = 0x7FC00000, 0xFFC00000
ONE = 0x3F800000
NEAR, UP, DOWN, ZERO = "ties_even", "toward_positive", "toward_negative", "toward_zero"


def f32(op: str, *codes: int, r: int = 0, **env: Any) -> tuple[int, int]:
    return result(op, [F32] * len(codes), F32, codes, Env(**env), r)


def f16(op: str, *codes: int, r: int = 0, **env: Any) -> tuple[int, int]:
    return result(op, [F16] * len(codes), F16, codes, Env(**env), r)


def same(fmt: Fmt, op: str, *codes: int, **env: Any) -> tuple[int, int]:
    return result(op, [fmt] * len(codes), fmt, codes, Env(**env))


def test_the_table_of_operations() -> None:
    assert len(OPS) == 70
    assert {row.operands for row in OPS.values()} == {"f", "ff", "fff", "fi", "i"}


@pytest.mark.parametrize(
    ("op", "codes", "want"),
    [
        ("add", (ONE, ONE), (0x40000000, 0)),
        ("add", (ONE, 0x33800000), (ONE, 1)),  # 1 + 2^-24: a tie, to even
        ("add", (0x3F800001, 0x33800000), (0x3F800002, 1)),
        ("sub", (ONE, 0x33000000), (ONE, 1)),  # 1 - 2^-25: a tie below 1, to even
        ("sub", (ONE, 0x33000001), (0x3F7FFFFF, 1)),
        ("mul", (0x7F7FFFFF, 0x40000000), (PLUS, 5)),
        ("mul", (0x00800000, 0x3F000000), (0x00400000, 0)),  # exact subnormal: no underflow (754 7.5)
        ("mul", (0x00800001, 0x3F000000), (0x00400000, 3)),
        ("mul", (0x00000001, 0x3F000000), (0, 3)),  # half the smallest: a tie, to zero
        ("div", (ONE, 0x40400000), (0x3EAAAAAB, 1)),
        ("div", (ONE, 0x80000000), (MINUS, 8)),
        ("div", (PLUS, 0x80000000), (MINUS, 0)),  # 754 7.3: of a finite dividend only
        ("div", (0, 0), (DEFAULT, 16)),
        ("div", (PLUS, MINUS), (DEFAULT, 16)),
        ("div", (ONE, MINUS), (0x80000000, 0)),
        ("sqrt", (0x40000000,), (0x3FB504F3, 1)),
        ("sqrt", (0x40800000,), (0x40000000, 0)),
        ("sqrt", (0x80000000,), (0x80000000, 0)),  # 754 5.4.1
        ("sqrt", (0xBF800000,), (DEFAULT, 16)),
        ("sqrt", (MINUS,), (DEFAULT, 16)),
        ("sqrt", (PLUS,), (PLUS, 0)),
        ("sqrt", (1,), (0x1A3504F3, 1)),  # 2^-74.5
        ("recip", (0x40400000,), (0x3EAAAAAB, 1)),
        ("recip", (0,), (PLUS, 8)),
        ("recip", (MINUS,), (0x80000000, 0)),
        ("rsqrt", (0x40800000,), (0x3F000000, 0)),
        ("rsqrt", (0x40000000,), (0x3F3504F3, 1)),
        ("rsqrt", (0x80000000,), (MINUS, 8)),  # 754 9.2.1
        ("rsqrt", (PLUS,), (0, 0)),
        ("rsqrt", (0xBF800000,), (DEFAULT, 16)),
        ("fma", (0x3F800001, 0x3F800001, 0xBF800002), (0x28800000, 0)),  # (1 + 2^-23)^2 - (1 + 2^-22) = 2^-46
        ("fma", (PLUS, ONE, MINUS), (DEFAULT, 16)),
        ("fma", (0, PLUS, ONE), (DEFAULT, 16)),
        ("fma", (0x7F7FFFFF, 0x40000000, 0xFF7FFFFF), (0x7F7FFFFF, 0)),  # no overflow inside
        ("faa", (0x7F7FFFFF, 0x7F7FFFFF, 0xFF7FFFFF), (0x7F7FFFFF, 0)),
        ("faa", (ONE, 0x0DA24260, 0xBF800000), (0x0DA24260, 0)),  # the small addend survives
        ("faa", (PLUS, ONE, MINUS), (DEFAULT, 16)),
        ("remainder", (0x40A00000, 0x40400000), (0xBF800000, 0)),  # 5 - 3 * 2
        ("remainder", (0x40C00000, 0x40800000), (0xC0000000, 0)),  # 6/4 = 1.5: to 2
        ("remainder", (0x40000000, 0x40800000), (0x40000000, 0)),  # 2/4 = 0.5: to 0
        ("fmod", (0x40A00000, 0x40400000), (0x40000000, 0)),
        ("fmod", (0xC0C00000, 0x40400000), (0x80000000, 0)),  # zero has the sign of x
        ("remainder", (0xC0C00000, 0x40400000), (0x80000000, 0)),
        ("remainder", (ONE, PLUS), (ONE, 0)),
        ("remainder", (ONE, 0), (DEFAULT, 16)),
        ("fmod", (PLUS, ONE), (DEFAULT, 16)),
        ("logb", (1,), (0xC3150000, 0)),  # 2^-149: -149
        ("logb", (ONE,), (0, 0)),
        ("logb", (0x80000000,), (MINUS, 8)),  # 754 5.3.3
        ("logb", (MINUS,), (PLUS, 0)),
    ],
)  # fmt: skip
def test_binary32(op: str, codes: tuple[int, ...], want: tuple[int, int]) -> None:
    assert f32(op, *codes) == want


@pytest.mark.parametrize("rounding", [NEAR, ZERO, UP, DOWN])
def test_sign_of_an_exact_zero_sum(rounding: str) -> None:
    """754 6.3."""
    minus = 0x80000000
    either = minus if rounding == DOWN else 0
    assert f32("add", 0, minus, rounding=rounding) == (either, 0)
    assert f32("sub", ONE, ONE, rounding=rounding) == (either, 0)
    assert f32("add", minus, minus, rounding=rounding) == (minus, 0)
    assert f32("sub", minus, 0, rounding=rounding) == (minus, 0)
    assert f32("fma", minus, ONE, 0, rounding=rounding) == (either, 0)
    assert f32("fma", minus, ONE, minus, rounding=rounding) == (minus, 0)
    assert f32("faa", 0, 0, minus, rounding=rounding) == (either, 0)
    assert f32("faa", minus, minus, minus, rounding=rounding) == (minus, 0)
    assert f32("mul", minus, ONE, rounding=rounding) == (minus, 0)


def test_product_that_underflows_has_its_sign() -> None:
    """754 6.3: a zero by rounding has the sign of the exact result."""
    assert f32("fma", 1, 0x80000001, 0) == (0x80000000, 3)
    assert f32("fma", 1, 0x80000001, 0, rounding=DOWN) == (0x80000001, 3)


def test_tininess_of_a_product() -> None:
    """754 7.5: (1 - 2^-24) 2^-126 rounds to 2^-126, by a tie, yet is tiny: with unbounded exponent it
    is exact. (1 - 2^-26) 2^-126, by a wider addend, rounds to 2^-126 there too: tiny before rounding only.
    """
    assert f32("mul", 0x3F7FFFFF, 0x00800000) == (0x00800000, 3)
    assert value_of(F64, 0xB670000000000000) == -Fraction(1, 2**152)
    narrow = result("fma", [F32, F32, F64], F32, (0x00800000, ONE, 0xB670000000000000), Env())  # - 2^-151
    assert narrow == (0x00800000, 1)
    before = result("fma", [F32, F32, F64], F32, (0x00800000, ONE, 0xB670000000000000), Env(tininess="before"))
    assert before == (0x00800000, 3)


@pytest.mark.parametrize(
    ("profile", "codes", "want"),
    [
        ("canonical", (Q2, S1), (DEFAULT, 16)),
        ("riscv", (Q2, ONE), (DEFAULT, 0)),
        ("x86_sse", (Q2, S1), (Q2, 16)),  # SDM 1 table 4-7: the first operand if it is a NaN
        ("x86_sse", (S1, Q2), (S1 | 1 << 22, 16)),
        ("x86_sse", (ONE, Q2), (Q2, 0)),
        ("x87", (S2, Q1), (Q1, 16)),  # SDM 1 table 4-7: sNaN and qNaN: the qNaN
        ("x87", (Q1, Q2), (Q2, 0)),  # the larger significand
        ("x87", (0xFFC00001, Q1), (Q1, 0)),  # equal: the positive one
        ("x87", (S1, S2), (S2 | 1 << 22, 16)),
        ("sf_8086", (S1, S2), (S2 | 1 << 22, 16)),
        ("sf_8086_sse", (Q2, S1), (Q2, 16)),
        ("arm", (Q1, S2), (S2 | 1 << 22, 16)),  # FPProcessNaNs: a signalling one first
        ("arm", (Q1, Q2), (Q1, 0)),
        ("sf_arm", (Q1, S2), (S2 | 1 << 22, 16)),
        ("arm_default_nan", (Q1, Q2), (DEFAULT, 0)),
        ("sf_arm_dn", (S1, Q2), (DEFAULT, 16)),
        ("sf_riscv", (S1, Q2), (DEFAULT, 16)),
    ],
)
def test_two_nans(profile: str, codes: tuple[int, int], want: tuple[int, int]) -> None:
    assert f32("add", *codes, nan=profile) == want


@pytest.mark.parametrize(
    ("profile", "codes", "want"),
    [
        ("canonical", (0, PLUS, Q1), (DEFAULT, 16)),
        ("riscv", (0, PLUS, Q1), (DEFAULT, 16)),  # unprivileged spec F: invalid even if the addend is a quiet NaN
        ("x86_sse", (0, PLUS, Q1), (Q1, 0)),  # SDM 2 VFMADD: 0 * inf + qNaN is the qNaN, no invalid
        ("x86_sse", (0, PLUS, S1), (S1 | 1 << 22, 16)),
        ("x86_sse", (0, PLUS, ONE), (NEGATIVE, 16)),
        ("arm", (0, PLUS, Q1), (DEFAULT, 16)),  # FPMulAdd: default NaN, InvalidOp
        ("arm", (0, PLUS, S1), (S1 | 1 << 22, 16)),
        ("arm", (Q1, ONE, Q2), (Q2, 0)),  # FPProcessNaNs3(addend, op1, op2)
        ("arm", (S1, ONE, S2), (S2 | 1 << 22, 16)),
        ("arm", (S1, ONE, Q2), (S1 | 1 << 22, 16)),
        ("arm_default_nan", (0, PLUS, Q1), (DEFAULT, 16)),
        ("x86_sse", (ONE, Q2, Q1), (Q2, 0)),
        ("x87", (0, PLUS, Q2), (Q2, 16)),
        ("x87", (0, PLUS, S2), (NEGATIVE, 16)),
        ("x87", (0, PLUS, DEFAULT), (DEFAULT, 16)),
        ("sf_8086", (Q1, S2, Q2), (Q2, 16)),
        ("sf_8086", (S1, S2, Q1), (S2 | 1 << 22, 16)),  # the inner result is quiet and larger
        ("sf_8086_sse", (0, PLUS, Q1), (NEGATIVE, 16)),
        ("sf_8086_sse", (ONE, S2, Q1), (S2 | 1 << 22, 16)),
        ("sf_8086_sse", (ONE, ONE, Q1), (Q1, 0)),
        ("sf_arm", (0, PLUS, Q1), (DEFAULT, 16)),
        ("sf_arm", (0, PLUS, S1), (S1 | 1 << 22, 16)),
        ("sf_arm", (S1, Q2, S2), (S2 | 1 << 22, 16)),  # the inner result is quiet, so c is the signalling one
        ("sf_arm", (Q1, ONE, Q2), (Q1, 0)),
        ("sf_riscv", (0, PLUS, Q1), (DEFAULT, 16)),
    ],
)
def test_fma_with_nans(profile: str, codes: tuple[int, int, int], want: tuple[int, int]) -> None:
    assert f32("fma", *codes, nan=profile) == want


def test_nans_between_formats() -> None:
    """Aligned at the quiet bit; none from or to formats without one; substituted with the first NaN's sign."""
    env = Env(nan="arm")
    assert result("add", [F16, F32], F16, (0x7E01, Q1), env) == (0x7E01, 0)
    assert result("add", [F16, F32], F64, (0xFD01, ONE), env) == (0xFFFC040000000000, 16)
    assert result("add", [F32, F16], F16, (0x7FC00001, 0), env) == (0x7E00, 0)  # the low end is cut off
    assert result("add", [E5M2, F32], F32, (0xFD, ONE), env) == (DEFAULT, 0)
    assert result("add", [F32, F32], E5M2, (Q2, ONE), env) == (0x7F, 0)
    signed_max = Env(nan="arm", nan_substitute="signed_max")
    assert result("add", [F32, F32], E2M1, (Q2, S1), signed_max) == (0xF, 16)
    assert result("fma", [F32] * 3, E2M1, (0, PLUS, Q2), signed_max) == (0xF, 16)
    assert result("fma", [F32] * 3, E2M1, (0, PLUS, ONE), signed_max) == (0x7, 16)


def test_x87_rule_in_extended_sse() -> None:
    """SoftFloat's 8086-SSE has x87's rule for its extF80."""
    small, large = 0x7FFFC000000000000001, 0xFFFFC000000000000002
    assert same(X87, "add", small, large, nan="sf_8086_sse") == (large, 0)
    assert same(F128, "add", 0x7FFF8 << 108 | 1, 0xFFFF8 << 108 | 2, nan="sf_8086_sse")[0] == 0x7FFF8 << 108 | 1


def test_divide_by_zero_is_delivered_by_the_policy() -> None:
    assert same(E4M3FN, "div", 0x38, 0x00) == (0x7E, 8)
    assert same(E4M3FN, "div", 0x38, 0x80, overflow="ieee") == (0x7F, 8)
    assert same(E5M2, "div", 0x3C, 0x80) == (0xFC, 8)
    assert same(E5M2, "recip", 0x80, overflow="saturate") == (0xFB, 8)
    assert result("div", [F16, F16], UE4M3, (0xBC00, 0), Env()) == (0, 8)
    assert same(E4M3FN, "div", 0, 0) == (0x7F, 16)
    assert same(E4M3FNUZ, "div", 0, 0) == (0x80, 16)


def test_flushing() -> None:
    tiny = 0x00400000
    assert f32("add", tiny, ONE, daz={"a"}) == (ONE, 0)
    assert f32("add", tiny, 0, daz={"b"}) == (tiny, 0)
    assert f32("fma", ONE, 0x80400000, 0x80000000, daz=True) == (0x80000000, 0)
    assert f32("fma", ONE, ONE, tiny, daz={"c"}) == (ONE, 0)
    assert f32("mul", 0x00800000, 0x3F000000, ftz="x86") == (0, 3)  # flushed although exact
    assert f32("mul", 0x80800000, 0x3F000000, ftz="arm") == (0x80000000, 2)
    assert f16("mul", 0x0400, 0x3800, ftz="arm", flush_except_width=16) == (0x0200, 0)
    assert f16("add", 1, 1, daz=True, flush_except_width=16) == (2, 0)


@pytest.mark.parametrize(
    ("codes", "rounding", "want"),
    [
        (0x40200000, NEAR, (0x40000000, 1)),  # 2.5
        (0x40200000, "ties_away", (0x40400000, 1)),
        (0x40200000, "to_odd", (0x40400000, 1)),
        (0xBE99999A, NEAR, (0x80000000, 1)),  # -0.3 to -0
        (0xBE99999A, DOWN, (0xBF800000, 1)),
        (0x3F000000, NEAR, (0, 1)),
        (0x3F000000, UP, (ONE, 1)),
        (0x4B000001, NEAR, (0x4B000001, 0)),
        (PLUS, NEAR, (PLUS, 0)),
        (S1, NEAR, (DEFAULT, 16)),
        (0x80000000, UP, (0x80000000, 0)),
    ],
)
def test_round_to_integral(codes: int, rounding: str, want: tuple[int, int]) -> None:
    """754 5.9."""
    assert f32("round_to_integral", codes, rounding=rounding) == want
    assert f32("round_to_integral_not_exact", codes, rounding=rounding) == (want[0], want[1] & ~1)


def test_round_to_integral_rounds_the_integer_again() -> None:
    assert result("round_to_integral", [F32], E4M3FN, (0x41880000,), Env()) == (0x58, 1)  # 17: a tie, to 16
    assert result("round_to_integral", [F32], E4M3FN, (0x7F000000,), Env()) == (0x7E, 5)
    assert same(E8M0, "round_to_integral", 0x7E) == (0x00, 3)  # 0.5 to 0: E8M0's smallest
    assert same(E8M0, "round_to_integral", 0x7E, rounding="ties_away") == (0x7F, 1)


@pytest.mark.parametrize(
    ("name", "code", "overflow", "want"),
    [
        ("int32", 0x4F000000, "riscv", (0x7FFFFFFF, 16)),  # 2^31
        ("int32", 0xCF000000, "riscv", (0x80000000, 0)),
        ("int32", Q2, "riscv", (0x7FFFFFFF, 16)),  # unprivileged spec, table of FCVT limits
        ("int32", MINUS, "riscv", (0x80000000, 16)),
        ("uint32", Q1, "riscv", (0xFFFFFFFF, 16)),
        ("uint32", 0xBF800000, "riscv", (0, 16)),
        ("uint32", 0xBF000000, "riscv", (0, 1)),  # -0.5 is 0
        ("int32", Q1, "arm", (0, 16)),
        ("int32", MINUS, "arm", (0x80000000, 16)),
        ("int32", Q1, "saturate", (0, 16)),
        ("int32", 0x4F000000, "x86_indefinite", (0x80000000, 16)),  # CVTSS2SI
        ("uint32", 0xBF800000, "x86_indefinite", (0xFFFFFFFF, 16)),  # VCVTSS2USI
        ("int32", 0x4F800000, "wrap", (0, 16)),
        ("int8", 0x43818000, "wrap", (0x03, 16)),  # 259
        ("int8", 0xC3018000, "wrap", (0x7E, 16)),  # -129.5 to -130
        ("int4", 0x40E00000, "saturate", (7, 0)),
        ("int4", 0xC1000000, "saturate", (8, 0)),
        ("int1", 0xBF800000, "saturate", (1, 0)),
        ("uint1", ONE, "saturate", (1, 0)),
        ("uint64", 0x5F800000, "saturate", (2**64 - 1, 16)),
        ("int32", 0x3FC00000, "saturate", (2, 1)),
    ],
)
def test_to_int(name: str, code: int, overflow: str, want: tuple[int, int]) -> None:
    env = Env(int_overflow=overflow)
    assert result("to_int", [F32], int_type(name), (code,), env) == want
    assert result("to_int_not_exact", [F32], int_type(name), (code,), env) == (want[0], want[1] & ~1)


def test_to_int_stochastic() -> None:
    """0.75 with N = 2: R = 1, 2, 3 take it to 1 in StochasticA."""
    ups = [
        result("to_int", [F32], int_type("int8"), (0x3F400000,), Env(rounding="stochastic_a", random_bits_count=2), r)
        for r in range(4)
    ]
    assert ups == [(0, 1), (1, 1), (1, 1), (1, 1)]


def test_from_int() -> None:
    assert result("from_int", [int_type("int32")], F32, (0xFFFFFFFF,), Env()) == (0xBF800000, 0)
    assert result("from_int", [int_type("uint32")], F32, (0xFFFFFFFF,), Env()) == (0x4F800000, 1)
    assert result("from_int", [int_type("int64")], F16, (1 << 62,), Env()) == (0x7C00, 5)
    assert result("from_int", [int_type("int4")], E4M3FN, (0x8,), Env()) == (0xD0, 0)
    assert result("from_int", [int_type("int32")], F32, (0,), Env(rounding=DOWN)) == (0, 0)
    assert int_type("uint7") == IntType(7, is_signed=False)


def test_scaleb() -> None:
    types: list[Type] = [F32, int_type("int32")]
    assert result("scaleb", types, F32, (ONE, 0xFFFFFFFF), Env()) == (0x3F000000, 0)
    assert result("scaleb", types, F32, (ONE, 0x80000000), Env()) == (0, 3)
    assert result("scaleb", types, F32, (0xBF800000, 0x7FFFFFFF), Env()) == (MINUS, 5)
    assert result("scaleb", types, F32, (0x00000001, 149), Env()) == (ONE, 0)
    assert result("scaleb", types, F32, (0x3FC00000, 2**32 - 149), Env()) == (2, 1 | 2)  # 1.5 2^-149: one rounding
    assert result("scaleb", types, F32, (S1, 0), Env()) == (DEFAULT, 16)
    assert result("scaleb", types, F32, (MINUS, 5), Env()) == (MINUS, 0)


def test_rounding_precision() -> None:
    """SDM 1 8.1.5.2: fewer significand bits, the exponent range of the register."""
    one, third = 0x3FFF8000000000000000, (0x3FFF8000000000000000, 0x4000C000000000000000)
    assert same(X87, "div", *third) == (0x3FFDAAAAAAAAAAAAAAAB, 1)
    assert same(X87, "div", *third, rounding_precision=53) == (0x3FFDAAAAAAAAAAAAA800, 1)
    assert same(X87, "div", *third, rounding_precision=24) == (0x3FFDAAAAAB0000000000, 1)
    assert same(X87, "add", one, 0x3FE68000000000000000, rounding_precision=24) == (one, 1)  # 2^-25
    top = 0x7FFEFFFFFFFFFFFFFFFF
    assert same(X87, "add", top, 0, rounding_precision=24) == (0x7FFF8000000000000000, 5)
    assert same(X87, "add", top, 0, rounding_precision=24, rounding=ZERO) == (0x7FFEFFFFFF0000000000, 1)
    assert same(X87, "add", 1, 0, rounding_precision=24) == (0, 3)
    assert same(X87, "add", 1, 0, rounding_precision=24, rounding=UP) == (1 << 40, 3)
    assert same(X87, "add", 0x7FFFC000000000000001, 0, rounding_precision=24, nan="x87")[0] == 0x7FFFC000000000000001
    assert same(BF16, "add", 0x3F81, 0, rounding_precision=1) == (0x3F80, 1)


def test_root_is_in_the_cell_of_the_irrational() -> None:
    for n in (2, 3, 5, Fraction(1, 3), Fraction(7, 2**300), Fraction(2**401)):
        x = Fraction(n)
        near = root(x, 24)
        ulp = Fraction(2) ** (floor_log2(near) - 24 - 40)
        assert near // ulp * ulp < near
        assert (near // ulp * ulp) ** 2 < x < ((near // ulp + 1) * ulp) ** 2
    assert root(Fraction(9, 4), 3) == Fraction(3, 2)


def test_remainder_is_exact_for_far_operands() -> None:
    huge, small = Value("finite", 0, Fraction(3) * 2**1000), Value("finite", 1, Fraction(7, 2**1000))
    left = modulo(huge, small, nearest=True)
    assert isinstance(left, Number)
    value = left.value
    assert abs(signed(value)) * 2 <= small.magnitude
    assert ((huge.magnitude - signed(value)) / small.magnitude).denominator == 1


def test_mixed_fma() -> None:
    """E4M3FN * E5M2 + binary32, rounded once to bfloat16."""
    types: list[Type] = [E4M3FN, E5M2, F32]
    assert result("fma", types, BF16, (0x39, 0x3D, 0x38000001), Env())[1] == 1
    a, b, c = (value_of(fmt, code) for fmt, code in zip((E4M3FN, E5M2, F32), (0x39, 0x3D, 0x38000001), strict=True))
    code = result("fma", types, BF16, (0x39, 0x3D, 0x38000001), Env())[0]
    assert abs(value_of(BF16, code) - (a * b + c)) <= Fraction(1, 2**8)
    assert decode(E3M4, 0x71).kind == "snan"
