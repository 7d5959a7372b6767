# SPDX-License-Identifier: BSD-3-Clause
"""Every code of every format of up to 16 bits: decoded right, and encoded back to itself."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import oracle
import pytest
import tables
from compare import as_codes
from oracle_table import Table
from specs import SPECS, exact, p3109_formats
from test_convert import NAMED, ODD

import numfmt as nf

WIDE = ["binary32", "binary64", "tf32", "pxr24"]


def as_text(value: Any) -> Fraction | str:
    """A decoded object in the value table's words."""
    if isinstance(value, Fraction):
        return value
    if value == 0:
        return "-0"
    return "nan" if value != value else "inf" if value > 0 else "-inf"  # noqa: PLR0124 - NaN


def oracle_text(fmt: nf.Format, code: int) -> Fraction | str:
    """What the rational oracle decodes, in the same words."""
    value = oracle.decode(fmt, code)
    minus = "-" if value.sign else ""
    if value.kind in ("qnan", "snan"):
        return "nan"
    if value.kind == "inf":
        return f"{minus}inf"
    return "-0" if value.kind == "zero" and minus else value.magnitude * (-1 if minus else 1)


@pytest.mark.parametrize("name", [*NAMED, *ODD])
def test_every_code_decodes_right(name: str, tier: str) -> None:
    """In plain runs one in 7 of 16 bits, and the specials; the next test has every one, as floats."""
    fmt = nf.format(name)
    wanted = tables.values(fmt)
    codes = [*fmt.codes]
    if tier == "quick" and fmt.width > 12:
        codes = [code for code in codes if code % 7 == 0 or isinstance(wanted[code], str)]
    decoded = nf.decode(np.array(codes, fmt.dtype), fmt, dtype=object)
    assert [as_text(value) for value in decoded] == [wanted[code] for code in codes]


@pytest.mark.parametrize("name", [*NAMED, *ODD])
def test_every_code_decodes_to_floats_with_the_same_bits(name: str) -> None:
    """float32 or float64, compared as codes: the sign of zero, the quiet positive NaN."""
    fmt = nf.format(name)
    floats = nf.decode(tables.some_codes(fmt), fmt)
    wanted = np.array([float(value) for value in tables.values(fmt)], floats.dtype)
    bits = f"u{floats.dtype.itemsize}"
    assert (floats.view(bits) == wanted.view(bits)).all()


@pytest.mark.parametrize("name", [*NAMED, *ODD])
@pytest.mark.parametrize("rounding", ["ties_even", "to_odd", "toward_negative"])
def test_every_value_encodes_to_its_code(name: str, rounding: Any) -> None:
    """Exact, so without flags in any mode."""
    fmt = nf.format(name)
    env = nf.Env(rounding=rounding, overflow="infinity")
    values = tables.values(fmt)
    codes = np.array([code for code, value in enumerate(values) if value != "nan"], fmt.dtype)
    back, flags = nf.encode(nf.decode(codes, fmt), fmt, env=env, flags=True)
    differ = codes[back != codes]
    assert all(values[code] in (0, "-0") for code in differ)  # exp0 = zero: many codes of one zero
    assert {*back[back != codes].tolist()} <= {0, 1 << (fmt.width - 1)}
    assert not flags.any()
    if fmt.width <= 8:
        objects = list(nf.decode(codes, fmt, dtype=object))
        assert nf.encode(objects, fmt, env=env).tolist() == back.tolist()


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_spot_values(spec: Any) -> None:
    """The values that the specifications print."""
    fmt = nf.format(spec.name)
    for code, text in spec.values:
        assert as_text(nf.decode(as_codes(fmt, [code])[0], fmt, dtype=object)) == exact(text), (spec.name, hex(code))


@pytest.mark.parametrize("width", range(3, 9))
def test_every_p3109_code(width: int) -> None:
    for name, _ in p3109_formats(width):
        fmt = nf.format(name)
        values = nf.decode(tables.some_codes(fmt), fmt, dtype=object)
        assert [as_text(value) for value in values] == Table(fmt).decode_values(), name


@pytest.mark.full
@pytest.mark.parametrize("width", range(9, 17))
def test_p3109_codes_of_wider_formats(width: int) -> None:
    """Beyond float64's range too (binary16p1u reaches 2^-32767); test_p3109 has every code, as integers."""
    step = 1 if width < 12 else 61
    for name, _ in p3109_formats(width):
        fmt = nf.format(name)
        codes = [*range(0, 1 << width, step), (1 << width) - 1, 1 << (width - 1), (1 << (width - 1)) - 1]
        values = nf.decode(np.array(codes, fmt.dtype), fmt, dtype=object)
        wanted = [oracle_text(fmt, code) for code in codes]
        assert [as_text(value) for value in values] == wanted, name


@pytest.mark.parametrize("name", WIDE)
def test_wide_formats_decode_right(name: str) -> None:
    fmt = nf.format(name)
    rng = np.random.default_rng(5)
    codes = (
        rng.integers(0, 1 << fmt.width, 300, dtype=np.uint64, endpoint=False)
        if fmt.width < 64
        else rng.integers(0, 2**64 - 1, 300, dtype=np.uint64)
    )
    edges = [0, 1, fmt.max_code, fmt.inf_code, fmt.nan_code, fmt.min_normal_code, 1 << (fmt.width - 1)]
    chosen = [int(code) for code in codes] + [edge for edge in edges if edge is not None]
    values = nf.decode(np.array(chosen, fmt.dtype), fmt, dtype=object)
    assert [as_text(value) for value in values] == [oracle_text(fmt, code) for code in chosen]
