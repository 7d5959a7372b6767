# SPDX-License-Identifier: BSD-3-Clause
"""Tests of the named formats' spot values and of the value-table oracle's decoding, against rationals."""

from __future__ import annotations

from fractions import Fraction

import pytest
from oracle_table import Table
from specs import BY_NAME, SPECS, Fmt, Spec, exact, p3109, p3109_formats

#: The oracle judged, not the library: from ``full`` on.
pytestmark = pytest.mark.full

NARROW = [spec for spec in SPECS if spec.params.width <= 16]


def _power(exponent: int) -> Fraction:
    """2 to a power of either sign."""
    return Fraction(2**exponent) if exponent >= 0 else Fraction(1, 2**-exponent)


def decode_exact(fmt: Fmt, code: int) -> Fraction | str:
    """SEMANTICS 1 in rationals, one code at a time, any width, x87 included."""
    fraction_bits = fmt.precision if fmt.explicit_leading_bit else fmt.precision - 1
    negative, mag = divmod(code, 2 ** (fmt.width - 1)) if fmt.is_signed else (0, code)
    field, fraction = divmod(mag, 2**fraction_bits)
    hidden = 0 if fmt.explicit_leading_bit or (field == 0 and fmt.exp0 != "normal") else 2**fraction_bits
    if fmt.explicit_leading_bit and field > 0 and fraction < 2 ** (fraction_bits - 1):
        return "nan"
    top = 2 ** (fmt.width - int(fmt.is_signed))
    all_nans = 2 ** (fmt.precision - 1) - 1
    nans = all_nans if fmt.n_high_nans == "all" else int(fmt.n_high_nans)
    if mag >= top - nans or (fmt.is_signed and not fmt.has_neg_zero and negative and mag == 0):
        return "nan"
    if fmt.has_inf and mag == top - nans - 1:
        return "-inf" if negative else "inf"
    if (mag == 0 and fmt.has_zero) or (field == 0 and fmt.exp0 == "zero"):
        return "-0" if negative and fmt.has_neg_zero else Fraction(0)
    exponent = (field if hidden or field else 1) - fmt.bias - (fmt.precision - 1)
    magnitude = Fraction(hidden + fraction) * _power(exponent)
    return -magnitude if negative else magnitude


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_spot_values(spec: Spec) -> None:
    for code, text in spec.values:
        assert decode_exact(spec.params, code) == exact(text), hex(code)


@pytest.mark.parametrize("spec", NARROW, ids=lambda spec: spec.name)
def test_decode_every_code(spec: Spec, tier: str) -> None:
    """In plain runs one in 7 of 16 bits, and all around the ends; test_decode has every one, by numfmt."""
    values = Table(spec.params).decode_values()
    every = range(2**spec.params.width)
    assert len(values) == len(every)
    thinned = tier == "quick" and len(every) > 2**8
    codes = sorted({*every[::7], *every[:9], *every[-9:], *every[2**15 - 9 : 2**15 + 9]}) if thinned else every
    assert [values[code] for code in codes] == [decode_exact(spec.params, code) for code in codes]
    assert [(code, values[code]) for code, _ in spec.values] == [(code, exact(text)) for code, text in spec.values]


def test_names_are_unique() -> None:
    names = [name for spec in SPECS for name in (spec.name, *spec.aliases)]
    assert len(names) == len(set(names)) == len(BY_NAME)
    assert "e4m3" not in BY_NAME


def p3109_formula(fmt: Fmt, extended: bool, code: int) -> Fraction | str:
    """P3109 v4.0 decoding as facts/formats.md section 4 and its appendix state it."""
    k, p = fmt.width, fmt.precision
    negative = fmt.is_signed and code >= 2 ** (k - 1)
    if code == (2 ** (k - 1) if fmt.is_signed else 2**k - 1):
        return "nan"
    code -= 2 ** (k - 1) if negative else 0
    if extended and code == (2 ** (k - 1) - 1 if fmt.is_signed else 2**k - 2):
        return "-inf" if negative else "inf"
    bias = 2 ** (k - p - 1) if fmt.is_signed else 2 ** (k - p)
    field, fraction = divmod(code, 2 ** (p - 1))
    part = Fraction(fraction, 2 ** (p - 1))
    value = part * _power(1 - bias) if field == 0 else (1 + part) * _power(field - bias)
    return -value if negative else value


def test_p3109_decode_is_the_closed_formula() -> None:
    formats = list(p3109_formats(3, 4, 5, 6, 7, 8))
    assert len(formats) == 120
    for name, fmt in formats:
        want = [p3109_formula(fmt, fmt.has_inf, code) for code in range(2**fmt.width)]
        assert Table(fmt).decode_values() == want, name


def test_p3109_identities() -> None:
    """facts/formats.md section 1: Binary8p4sf, Binary8p3sf, Binary8p1uf."""
    assert p3109(8, 4, True, False) == BY_NAME["e4m3fnuz"].params
    assert p3109(8, 3, True, False) == BY_NAME["e5m2fnuz"].params
    uf, e8m0 = Table(p3109(8, 1, False, False)).decode_values(), Table(BY_NAME["e8m0"].params).decode_values()
    assert uf[0] == 0 and uf[1:255] == e8m0[:254] and uf[255] == e8m0[255] == "nan"
