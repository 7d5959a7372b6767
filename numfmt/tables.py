# SPDX-License-Identifier: BSD-3-Clause
"""Range and precision of formats as data: the job behind ``nfmt formats``."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from numfmt import printing

if TYPE_CHECKING:
    from collections.abc import Callable

    from numfmt.formats import Format, FormatInfo


def brief(value: Fraction | None) -> str:
    """A value in few characters: exact decimal if short, a power of two, else five digits behind a tilde."""
    if value is None:
        return "-"
    if value.denominator & (value.denominator - 1) == 0 and abs(value) < 10**7 and value.denominator <= 8:
        return str(value.numerator if value.denominator == 1 else float(value))
    if value > 0 and value.numerator & (value.numerator - 1) == 0:
        return f"2^{value.numerator.bit_length() - value.denominator.bit_length()}"
    return _rounded(value)


def _rounded(value: Fraction) -> str:
    """Five digits, by integer arithmetic: values may lie far outside float's range."""
    sign, over, under = "-" if value < 0 else "", abs(value.numerator), value.denominator
    exp = (over.bit_length() - under.bit_length()) * 30103 // 100_000 + 2  # or one or two less
    scaled = 0
    while scaled < 10**4:
        exp -= 1
        scaled = _nearest(over * 10 ** max(4 - exp, 0), under * 10 ** max(exp - 4, 0))
    if scaled >= 10**5:
        scaled, exp = scaled // 10, exp + 1
    digits = str(scaled)
    return f"~{sign}{digits[0]}.{digits[1:]}e{exp:+d}"


def _nearest(over: int, under: int) -> int:
    return (2 * over + under) // (2 * under)


def hex_float(value: Fraction | None) -> str | None:
    """The exact value of a code in C99's notation; None stays None."""
    if value is None or value == 0:
        return None if value is None else "0x0p+0"
    size = abs(value.numerator)
    low = (size & -size).bit_length() - 1
    text = printing.hexadecimal(size >> low, low + 1 - value.denominator.bit_length())
    return f"{'-' if value < 0 else ''}{text}"


def specials(format: Format) -> str:
    """What the format has besides positive values: Inf, NaN, -0, no zero."""
    words = [
        "Inf" if format.has_inf else "",
        "NaN" if format.nan_code is not None else "",
        "-0" if format.has_neg_zero else "",
        "" if format.has_zero else "no 0",
        "" if format.is_signed else "unsigned",
        {"subnormal": "", "normal": "no subnormals", "zero": "no subnormals"}[format.exp0],
    ]
    return ", ".join(word for word in words if word)


def describe(row: FormatInfo) -> dict[str, Any]:
    """Everything about a named format, ready for JSON: codes as hexadecimal text, values as exact hex floats."""
    fmt = row.format
    numbers = {
        "max": (fmt.max_code, fmt.max),
        "lowest": (fmt.lowest_code, fmt.lowest),
        "min_normal": (fmt.min_normal_code, fmt.min_normal),
        "min_positive": (fmt.min_positive_code, fmt.min_positive),
    }
    digits = -(-fmt.width // 4)
    return {
        "name": row.name,
        "aliases": list(row.aliases),
        "source": row.source,
        "provisional": row.provisional,
        "width": fmt.width,
        "is_signed": fmt.is_signed,
        "exponent_bits": fmt.exponent_bits,
        "precision": fmt.precision,
        "bias": fmt.bias,
        "exp0": fmt.exp0,
        "has_zero": fmt.has_zero,
        "has_neg_zero": fmt.has_neg_zero,
        "has_inf": fmt.has_inf,
        "n_high_nans": fmt.n_high_nans,
        "has_quiet_bit": fmt.has_quiet_bit,
        "explicit_leading_bit": fmt.explicit_leading_bit,
        **{
            name: None if code is None else {"code": f"{code:0{digits}X}", "value": hex_float(value)}
            for name, (code, value) in numbers.items()
        },
        "min_subnormal": hex_float(fmt.min_subnormal),
        "inf_code": None if fmt.inf_code is None else f"{fmt.inf_code:0{digits}X}",
        "nan_code": None if fmt.nan_code is None else f"{fmt.nan_code:0{digits}X}",
        "epsilon": hex_float(fmt.epsilon),
        "digits": fmt.digits,
        "max_exact_integer": fmt.max_exact_integer,
    }


#: Column title -> the text of a row.
COLUMNS: dict[str, Callable[[FormatInfo], str]] = {
    "format": lambda row: row.name + (" (provisional)" if row.provisional else ""),
    "bits": lambda row: str(row.format.width),
    "s/e/f": lambda row: f"{int(row.format.is_signed)}/{row.format.exponent_bits}/{row.format.precision - 1}",
    "bias": lambda row: str(row.format.bias),
    "max": lambda row: brief(row.format.max),
    "min normal": lambda row: brief(row.format.min_normal),
    "min subnormal": lambda row: brief(row.format.min_subnormal),
    "digits": lambda row: str(row.format.digits),
    "integers to": lambda row: brief(Fraction(row.format.max_exact_integer)),
    "specials": lambda row: specials(row.format),
    "aliases": lambda row: " ".join(row.aliases),
}
