# SPDX-License-Identifier: BSD-3-Clause
"""``nfmt encode`` and ``nfmt decode``: codes of numbers, numbers of codes, one a line."""

from __future__ import annotations

import argparse
import re
from fractions import Fraction
from typing import Any

from numfmt import codes, formats, printing, tables
from numfmt.codec import encode
from numfmt.command.parser import UsageError, add_env_options, env
from numfmt.formats import Format
from numfmt.views import hex_code

_HEX = re.compile(r"(?:0x)?([0-9a-f]+)", re.IGNORECASE | re.ASCII)
#: Longer exact values are abbreviated in tables.
_LONG = 40


def add(commands: Any) -> None:
    """The subcommands' arguments."""
    forward = commands.add_parser("encode", help="the codes of numbers")
    forward.add_argument("format", metavar="FORMAT")
    forward.add_argument("values", nargs="+", metavar="VALUE", help="such as 0.1, -1e-400, -0x1p-9, -inf, snan(0x1)")
    add_env_options(forward)
    forward.set_defaults(run=_encode, rest="values")
    back = commands.add_parser("decode", help="the numbers that codes stand for")
    back.add_argument("format", metavar="FORMAT")
    back.add_argument("codes", nargs="+", metavar="CODE", help="hexadecimal, such as 7E or 0x7e")
    back.add_argument(
        "--style", choices=printing.STYLES, help="shortest or exact decimal, or hexadecimal; all that fit if not given"
    )
    back.set_defaults(run=_decode, rest="codes")


def _encode(options: argparse.Namespace) -> int:
    fmt = formats.format(options.format)
    if env(options).is_stochastic:
        raise UsageError("encode takes no stochastic rounding: its random bits are an operand, see gen")
    for text in (value.strip() for value in options.values):
        delivered, flags = encode(text, fmt, env=env(options), flags="any")
        code = codes.integer(delivered)
        value = codes.value(fmt, code)
        shown = tables.hex_float(value) if isinstance(value, Fraction) else str(value)
        print(f"{text}: {hex_code(fmt, code)} = {shown}" + (f"  [{flags}]" if flags else ""))
    return 0


def _decode(options: argparse.Namespace) -> int:
    fmt = formats.format(options.format)
    for code in [read_code(text, fmt) for text in options.codes]:
        if options.style:
            shown = fmt.to_string(code, options.style)
        else:
            shown = readable(fmt, code)
            if isinstance(value := codes.value(fmt, code), Fraction) and value:
                shown += f" = {fmt.to_string(code, 'hex')}"
        print(f"{hex_code(fmt, code)}: {shown}")
    return 0


def read_code(text: str, fmt: Format) -> int:
    """A code in hexadecimal, with or without 0x.  Raises ValueError."""
    return codes.checked(fmt, read_hex(text))


def read_hex(text: str) -> int:
    """Hexadecimal digits, with or without 0x.  Raises ValueError."""
    text = text.strip()
    match = _HEX.fullmatch(text)
    if match is None:
        shown = text if len(text) <= 40 else text[:37] + "..."
        raise ValueError(f"code {shown!r}: expected hexadecimal digits such as 7E or 0x7e")
    return int(match[1], 16)


def readable(fmt: Format, code: int) -> str:
    """A code's value for people: exact if that is short, else the shortest decimal behind a tilde."""
    exact = fmt.to_string(code, "exact")
    return exact if len(exact) <= _LONG else f"~{fmt.to_string(code)}"


def readable_number(value: Fraction | float | None) -> str:
    """As ``readable``, for any number; none is a dash."""
    if isinstance(value, float) or value is None:
        return "-" if value is None else printing.number(value)
    limit = 10**_LONG
    if abs(value.numerator) < limit and value.denominator < limit:
        text = printing.number(value)
        if len(text) <= _LONG:
            return text
    return tables.brief(value)
