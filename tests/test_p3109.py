# SPDX-License-Identifier: BSD-3-Clause
"""IEEE P3109 v4.0: all 504 formats of K = 3 to 16, their properties, and projection against the rational model."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from p3109_model import Binary, round_to_precision, saturate

import numfmt as nf
from numfmt import _bind
from numfmt.formats import struct

ROUNDINGS: dict[Any, str] = {
    "ties_even": "TiesToEven",
    "ties_away": "TiesToAway",
    "toward_zero": "TowardZero",
    "toward_positive": "TowardPositive",
    "toward_negative": "TowardNegative",
    "to_odd": "ToOdd",
    "stochastic_a": "StochasticA",
    "stochastic_b": "StochasticB",
    "stochastic_c": "StochasticC",
}
SATURATIONS: dict[Any, str] = {"saturate": "SatFinite", "propagate": "SatPropagate", "sat_none": "SatNone"}
COUNT, RANDOM = 3, 5


def members(*widths: int) -> Iterator[Binary]:
    for k in widths:
        for p in range(1, k + 1):
            for signed in (True, False):
                for extended in (True, False) if p < k or not signed else ():
                    yield Binary(k, p, signed, extended)


def format_of(member: Binary) -> nf.Format:
    return nf.Format.p3109(member.k, member.p, signed=member.signed, extended=member.extended)


def name(member: Binary) -> str:
    return f"Binary{member.k}p{member.p}{'s' if member.signed else 'u'}{'e' if member.extended else 'f'}"


def test_there_are_504() -> None:
    assert len({name(member) for member in members(*range(3, 17))}) == 504
    assert len({format_of(member) for member in members(*range(3, 17))}) == 504


@pytest.mark.parametrize("width", range(3, 17))
def test_names_and_properties(width: int) -> None:
    for member in members(width):
        fmt = format_of(member)
        assert fmt == nf.format(name(member)) == nf.format(name(member).upper())
        assert (fmt.width, fmt.precision, fmt.bias) == (member.k, member.p, member.bias)
        assert (fmt.is_signed, fmt.has_inf, fmt.exponent_bits) == (
            member.signed,
            member.extended,
            member.k - member.p + (not member.signed),
        )
        top = member.decode(member.max_code)
        assert (fmt.max, fmt.lowest) == (top, -top if member.signed else 0)
        assert (fmt.nan_code, fmt.inf_code) == (member.nan, member.pos_inf if member.extended else None)
        assert fmt.min_positive == member.decode(1)
        assert nf.decode(1 << (width - 2 if member.signed else width - 1), fmt, dtype=object) == 1  # Annex B
        if member.p > 1:
            assert fmt.max_subnormal == member.decode(min((1 << (member.p - 1)) - 1, member.max_code))
        else:
            assert fmt.max_subnormal is None
        normal = 1 << (member.p - 1)
        assert fmt.min_normal == (member.decode(normal) if normal <= member.max_code else None)


@pytest.mark.parametrize("width", range(3, 17))
def test_every_code_of_every_format(width: int) -> None:
    """All codes of all 504, by the report's formula in integers: T or T + 2^(P-1), times 2^(max(E, 1) - B - P + 1)."""
    kinds = {"zero": 0, "finite": 1, "inf": 2, "nan": 3}
    for member in members(width):
        fmt, p = format_of(member), member.p
        codes = np.arange(1 << width, dtype=np.int64)
        sign = codes >> (width - 1) if member.signed else np.zeros_like(codes)
        mag = codes - (sign << (width - 1))
        e, t = mag >> (p - 1), mag & ((1 << (p - 1)) - 1)
        sig, exp = np.where(e > 0, t + (1 << (p - 1)), t), np.maximum(e, 1) - member.bias - p + 1
        kind = np.where(mag > member.max_code, kinds["inf"], np.where(sig > 0, kinds["finite"], kinds["zero"]))
        kind[codes == member.nan] = kinds["nan"]
        parts = _bind.unpack(struct(fmt), codes.astype(fmt.dtype))
        finite = kind == kinds["finite"]
        assert (parts["kind"] == kind).all(), fmt
        assert (parts["sign"] == sign)[kind != kinds["nan"]].all(), fmt
        shift = 127 - np.frexp(sig[finite].astype(np.float64))[1] + 1  # bit 127 is the leading one
        assert (parts["sig_hi"][finite] == sig[finite].astype(np.uint64) << (shift - 64).astype(np.uint64)).all(), fmt
        assert (parts["sig_lo"] == 0)[finite].all(), fmt
        assert (parts["exp"][finite] == exp[finite] - shift).all(), fmt


def operands(member: Binary, step: int, ends: int) -> list[Fraction]:
    """Values, midpoints, quarter points and points beyond the largest, in both signs; negatives for unsigned, too."""
    last = member.max_code
    chosen = sorted({*range(min(ends, last)), *range(0, last, step), *range(max(0, last - ends), last)})
    pairs = [(member.decode(code), member.decode(code + 1)) for code in chosen]
    below, top = pairs[-1]
    pairs.append((top, 2 * top - below))
    points = [low + (high - low) * Fraction(n, 8) for low, high in pairs for n in (0, 1, 2, 4, 5, 6)]
    points += [2 * top - below, 2 * top, member.decode(1) / 1000]
    return [sign * point for point in points for sign in (1, -1)]


def check_projection(member: Binary, step: int, ends: int = 4) -> None:
    """Every rounding under every saturation, as one array each."""
    fmt, exact = format_of(member), operands(member, step, ends)
    texts: list[Any] = [*exact, float("inf"), float("-inf"), float("nan")]
    for ours, theirs in ROUNDINGS.items():
        stochastic = theirs.startswith("Stochastic")
        rounded = [round_to_precision(member, x, theirs, COUNT, RANDOM) for x in exact]
        for overflow, saturation in SATURATIONS.items():
            env = nf.Env(rounding=ours, overflow=overflow, random_bits_count=COUNT if stochastic else 0)
            got = nf.encode(texts, fmt, env=env, random_bits=RANDOM if stochastic else None).tolist()
            wanted = [saturate(member, value, theirs, saturation) for value in (*rounded, "inf", "-inf", "nan")]
            assert got == wanted, (name(member), env)


@pytest.mark.parametrize("width", [3, 4])
def test_projection(width: int, tier: str) -> None:
    for member in members(width):
        check_projection(member, 1 if tier != "quick" or width < 4 else 3)


@pytest.mark.full
@pytest.mark.parametrize("width", [5, 6, 7, 8])
def test_projection_to_8_bits(width: int) -> None:
    for member in members(width):
        check_projection(member, 1 if width < 7 else 7)


@pytest.mark.full
@pytest.mark.parametrize("width", range(9, 17))
def test_projection_of_wider_formats(width: int) -> None:
    """The ends of the range and a stride between them."""
    for member in members(width):
        check_projection(member, (1 << width) // (31 if width < 13 else 3), 2)


def test_identities_with_other_names() -> None:
    """formats.md 1: the same codes for the same values."""
    assert nf.format("binary8p4sf") == nf.format("float8_e4m3fnuz")
    assert nf.format("binary8p3sf") == nf.format("float8_e5m2fnuz")
    assert nf.format("binary8p1uf") != nf.format("float8_e8m0fnu")
