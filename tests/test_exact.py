# SPDX-License-Identifier: BSD-3-Clause
"""Operands and destinations of any width against the rational oracle: floats, integers, Fractions, text."""

from __future__ import annotations

import functools
import struct
from fractions import Fraction
from typing import Any

import numpy as np
import oracle
import oracle_format
import pytest
from compare import ROUNDINGS, assert_same, code_int, comparable, one_per_axis
from hypothesis import given
from hypothesis import strategies as st

import numfmt as nf
from numfmt import modes

ALL = [row.name for row in nf.list_formats()]
WIDE = ["binary16", "bfloat16", "tf32", "pxr24", "binary32", "binary64", "dlfloat16"]
USER = [
    "width=33/precision=20/bias=4000/has_quiet_bit=false/has_inf=false/n_high_nans=2",
    "width=64/precision=63/bias=1/has_inf=false/n_high_nans=0/has_quiet_bit=false",
    "width=64/precision=62/bias=-3/is_signed=false/has_neg_zero=false/has_inf=false/n_high_nans=0/has_quiet_bit=false",
    "width=33/precision=21/bias=4097/is_signed=false/has_neg_zero=false/has_quiet_bit=false/n_high_nans=1",
    "width=50/precision=40/bias=511/exp0=normal",
]

formats = st.sampled_from([*ALL, *USER]).map(nf.format)
envs = st.builds(
    nf.Env,
    rounding=st.sampled_from(ROUNDINGS),
    overflow=st.sampled_from([None, *modes.OVERFLOWS]),
    tininess=st.sampled_from(modes.TININESSES),
    nan=st.sampled_from(modes.NAN_PROFILES),
    nan_substitute=st.sampled_from(modes.NAN_SUBSTITUTES[:-1]),
    ftz=st.sampled_from(modes.FTZS),
    daz=st.booleans(),
    flush_except_width=st.sampled_from([None, 8, 16]),
)


def fits(env: nf.Env, dst: nf.Format) -> bool:
    """Flushing needs a zero to flush to."""
    return dst.has_zero or env.ftz == "off" or env.flush_except_width == dst.width


@functools.cache
def boundaries(dst: nf.Format, count: int) -> list[Fraction]:
    """Some ``count`` of oracle.boundary_values, spread over all of them (an odd step meets every kind)."""
    lay = oracle_format.layout(dst)
    ordinals = list(oracle_format._chosen_ordinals(lay))
    step = max(1, 2 * len(ordinals) // count) | 1

    def point(index: int) -> Fraction:
        here, after = (lay.ordinal_value(ordinals[index // 2] + shift) for shift in (0, index % 2))
        return (here + after) / 2

    lowest = [*oracle.tininess_slices(dst), lay.smallest / 2]
    spread = [point(index) for index in range(0, 2 * len(ordinals), step)]
    return lowest[:: 2 if step > 1 else 1] + spread + [lay.ordinal_value(lay.max_ordinal + 1)]


def values_near(dst: nf.Format, count: int) -> list[Fraction]:
    """Boundaries, each with a neighbour far below the destination's spacing on either side, in both signs."""
    tiny = Fraction(1, 2**200)
    near = [value * factor for value in boundaries(dst, count) for factor in (1, 1 + tiny, 1 - tiny)]
    return [sign * value for value in near for sign in (1, -1)]


def check_exact(values: list[Any], dst: nf.Format, env: nf.Env) -> None:
    """encode(list) against the oracle, which gets the same values as Fractions."""
    codes, flags = nf.encode(values, dst, env=env, flags=True)
    for value, code, flag in zip(values, comparable(codes).tolist(), flags.tolist(), strict=True):
        wanted = oracle.encode(dst, Fraction(value), env)
        assert (code, flag) == wanted, (str(dst), env, value)


@pytest.mark.parametrize("name", [*[name for name in ALL if nf.format(name).width <= 8], "tf32", USER[4]])
def test_boundaries_are_the_oracle_s(name: str) -> None:
    """All of them where that many are asked for, else some of them, the last one always."""
    dst = nf.format(name)
    every, some = list(oracle.boundary_values(dst)), boundaries(dst, 24)
    assert boundaries(dst, 1 << 20) == every
    assert set(some) <= set(every) and some[-1] == every[-1] and len(some) >= 10


@pytest.mark.parametrize("name", [*ALL, *USER])
def test_fractions_around_every_boundary(name: str, tier: str) -> None:
    dst = nf.format(name)
    chosen = values_near(dst, 12 if tier == "quick" else 1200)
    cases = [oracle.Case(dst, oracle.exact_value(value)) for value in chosen]
    envs = list(one_per_axis(dst))
    for env in envs if tier != "quick" else [envs[0], *envs[1 + len(name) % 2 :: 2]]:
        codes, flags = nf.encode(chosen, dst, env=env, flags=True)
        wanted = [case.outcome(env) for case in cases]
        assert list(zip(comparable(codes).tolist(), flags.tolist(), strict=True)) == wanted, env


@pytest.mark.parametrize("source", ["binary32", "binary64"])
@pytest.mark.parametrize("name", [*ALL, *USER])
def test_codes_around_every_boundary(name: str, source: str, tier: str) -> None:
    """At and next to every boundary, and from binary64 with one rounding, never by way of binary32."""
    dst, src = nf.format(name), nf.format(source)
    toward_zero = oracle.Env(rounding="toward_zero", overflow="saturate")
    chosen = boundaries(dst, 12 if tier == "quick" else 1200)
    below = [oracle.encode(src, value, toward_zero)[0] for value in chosen]
    sign = 1 << (src.width - 1)
    codes = [code + shift for code in below for shift in (-1, 0, 1, 2) if 0 <= code + shift < sign]
    operands = np.array(codes + [code | sign for code in codes], src.dtype)
    cases = [oracle.Case(dst, oracle.decode(src, code)) for code in operands.tolist()]
    for env in one_per_axis(dst):
        if env.daz or env.nan != "canonical":
            continue  # no subnormals or NaNs among these operands to speak of: test_any_float64 has them
        wanted = [case.outcome(env) for case in cases]
        got = nf.convert(operands, src, dst, env=env, flags=True)
        assert_same(src, dst, env, operands, got, tuple(np.array(wanted, object).T))


@pytest.mark.parametrize("bias", [-(1 << 20), 0, 1 << 20])
def test_largest_exponents(bias: int) -> None:
    """The widest exponent field and the extreme biases."""
    dst = nf.Format(width=25, precision=5, bias=bias)
    ends = [oracle.value_of(dst, code) for code in (1, 15, 16, dst.max_code)]
    values = [
        value * factor for value in ends for factor in (1, Fraction(33, 32), Fraction(-31, 32), Fraction(1, 2), -4)
    ]
    for env in (nf.Env(), nf.Env(rounding="to_odd", tininess="before"), nf.Env(overflow="saturate", ftz="arm")):
        check_exact(values, dst, env)


@given(code=st.integers(0, 2**64 - 1), dst=formats, env=envs)
def test_any_float64(code: int, dst: nf.Format, env: nf.Env) -> None:
    if fits(env, dst):
        operand = np.array([code], np.uint64)
        got = nf.encode(operand.view(np.float64), dst, env=env, flags=True)
        wanted = oracle.convert(nf.float64, dst, code, env)
        assert_same(nf.float64, dst, env, operand, got, ([wanted[0]], [wanted[1]]))


@given(src=formats, dst=formats, env=envs, data=st.data())
def test_any_code_of_any_format(src: nf.Format, dst: nf.Format, env: nf.Env, data: st.DataObject) -> None:
    if fits(env, dst):
        edge = st.sampled_from([0, 1, src.max_code, src.max_code + 1, src.codes[-1], src.min_positive_code])
        code = data.draw(edge | st.integers(0, src.codes[-1])) & src.codes[-1]
        operand = [code]
        got = nf.convert(operand, src, dst, env=env, flags=True)
        wanted = oracle.convert(src, dst, code, env)
        assert_same(src, dst, env, operand, got, (np.array([wanted[0]], object), [wanted[1]]))


@given(
    numerator=st.integers() | st.integers(-(2**300), 2**300),
    denominator=st.integers(1, 10**6) | st.integers(1, 2**300),
    shift=st.integers(-1200, 1200),
    dst=formats,
    env=envs,
)
def test_any_fraction(numerator: int, denominator: int, shift: int, dst: nf.Format, env: nf.Env) -> None:
    if fits(env, dst):
        check_exact([Fraction(numerator, denominator) * Fraction(2) ** shift], dst, env)


@given(values=st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1), dst=formats, env=envs)
def test_int64(values: list[int], dst: nf.Format, env: nf.Env) -> None:
    if fits(env, dst):
        codes, flags = nf.encode(np.array(values, np.int64), dst, env=env, flags=True)
        wanted = [oracle.encode(dst, value, env) for value in values]
        assert list(zip(comparable(codes).tolist(), flags.tolist(), strict=True)) == wanted


@pytest.mark.parametrize("name", WIDE)
def test_integers_around_every_tie(name: str) -> None:
    """int64 and uint64 at, above and below each midpoint that is an integer."""
    dst = nf.format(name)
    p = dst.precision
    centres = {((1 << p) + 1) << shift for shift in range(63 - p)} | {
        (3 << (p - 1)) - 1 << shift for shift in range(1, 62 - p)
    }
    values = sorted({centre + shift for centre in centres for shift in (-1, 0, 1)} | {0, 1, 2**63 - 1})
    roundings: tuple[Any, ...] = ("ties_even", "to_odd", "toward_negative", "ties_away")
    for array in (
        np.array(values, np.int64),
        -np.array(values, np.int64),
        np.array([*values, 2**63, 2**64 - 1], np.uint64),
    ):
        cases = [oracle.Case(dst, oracle.exact_value(value)) for value in array.tolist()]
        for env in (nf.Env(rounding=rounding) for rounding in roundings):
            codes, flags = nf.encode(array, dst, env=env, flags=True)
            wanted = [case.outcome(env) for case in cases]
            assert list(zip(comparable(codes).tolist(), flags.tolist(), strict=True)) == wanted


@pytest.mark.parametrize("value", [-(2**63), 2**63 - 1])
def test_ends_of_int64(value: int) -> None:
    assert nf.encode(np.int64(value), nf.float64) == oracle.encode(nf.float64, value, oracle.Env())[0]


@given(x=st.floats(), dst=formats)
def test_a_python_float_is_its_binary64_code(x: float, dst: nf.Format) -> None:
    bits = struct.unpack("<Q", struct.pack("<d", x))[0]
    wanted = oracle.convert(nf.float64, dst, bits, oracle.Env())
    code, flags = nf.encode(x, dst, flags="any")
    assert (code_int(code), flags) == wanted
    assert code_int(nf.encode([x, 1], dst)[0]) == wanted[0]  # a mixed list goes by way of parts


@given(x=st.fractions() | st.integers(-(10**40), 10**40), dst=formats)
def test_decimal_text_is_its_value(x: Fraction | int, dst: nf.Format) -> None:
    """Every spelling of an integer scaled by a power of ten."""
    numerator = Fraction(x).numerator
    for text, value in (
        (f"{numerator}", Fraction(numerator)),
        (f"{numerator}e-7", Fraction(numerator, 10**7)),
        (f"{numerator}.50E+3", Fraction(numerator) * 1000 + (500 if numerator >= 0 else -500)),
        (f"{numerator:+x}".replace("+", "+0x").replace("-", "-0x") + ".8p-3", None),
    ):
        exact = value if value is not None else (abs(numerator) + Fraction(1, 2)) / 8 * (-1 if numerator < 0 else 1)
        code, flags = nf.encode(text, dst, flags="any")
        assert (code_int(code), flags) == oracle.encode(dst, exact, oracle.Env()), text


@pytest.mark.parametrize("name", ["x87", "binary128"])
def test_descriptor_holds_wide_formats(name: str) -> None:
    explicit = name == "x87"
    width, precision = (80, 64) if explicit else (128, 113)
    fmt = nf.Format(width=width, precision=precision, bias=16383, explicit_leading_bit=explicit)
    assert fmt == nf.format(name)
    assert fmt.exponent_bits == 15
    assert fmt.max == (2 - Fraction(1, 2 ** (precision - 1))) * 2**16383
    assert fmt.min_subnormal == Fraction(1, 2 ** (16382 + precision - 1))
    for value in (Fraction(1, 3), Fraction(-7, 2**16400), Fraction(2**16384), Fraction(10**4000)):
        record = nf.encode(value, fmt)
        code = int(record["hi"]) << 64 | int(record["lo"])
        assert code == oracle.encode(fmt, value, oracle.Env())[0]


@given(bits=st.integers(0, 2**80 - 1), dst=formats, env=envs)
def test_x87_operands(bits: int, dst: nf.Format, env: nf.Env) -> None:
    """Unnormals, pseudo-denormals and all: what np.longdouble hands over on x86."""
    x87 = nf.Format(width=80, precision=64, bias=16383, explicit_leading_bit=True)
    if fits(env, dst):
        operand = np.array([(bits & (2**64 - 1), bits >> 64)], x87.dtype)
        codes, flags = nf.convert(operand, x87, dst, env=env, flags=True)
        assert (code_int(codes[0]), flags[0]) == oracle.convert(x87, dst, bits, env)
