# SPDX-License-Identifier: BSD-3-Clause
"""TestFloat's lines: upper-case hex operands and result, ceil(width / 4) digits each, and two-digit flags.

    3F8CCCCD 39 01

A file that numfmt wrote begins with ``# numfmt-vectors 1`` and the arguments that generate it; without that
line it is TestFloat's own format.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Array = np.ndarray[Any, np.dtype[Any]]

_HEADER = "# numfmt-vectors 1 "
_DIGITS = np.frombuffer(b"0123456789ABCDEF", np.uint8)


class LineError(ValueError):
    """A line that is no vector; the message gives its number and what was expected."""


def header(arguments: Sequence[str]) -> str:
    """The first line of a self-describing file."""
    return _HEADER + shlex.join(arguments) + "\n"


def is_header(line: str) -> bool:
    """Is this first line one that ``header`` made?"""
    return line.startswith(_HEADER)


def arguments_of(line: str) -> list[str]:
    """The generator arguments in a header line.  Raises ValueError if its quotation marks do not match."""
    return shlex.split(line.removeprefix(_HEADER))


def lines(columns: Sequence[tuple[Array, int]], flags: Array) -> bytes:
    """The lines of vectors: a column for each operand and the result as (codes, width), then the flags."""
    blocks = [_column(codes, width) for codes, width in (*columns, (flags, 8))]
    blocks[-1][:, -1] = ord("\n")
    return np.concatenate(blocks, axis=1).tobytes()


def _column(codes: Array, width: int) -> Array:
    """ASCII digits of the codes and a space behind them, one row each."""
    digits = -(-width // 4)
    text = np.full((codes.size, digits + 1), ord(" "), np.uint8)
    wide = codes.dtype.names is not None
    for place in range(digits):
        word = codes[("lo", "hi")[place // 16]] if wide else codes
        nibble = word >> word.dtype.type(4 * place % 64) & word.dtype.type(15)
        text[:, digits - 1 - place] = _DIGITS[nibble]
    return text


def read(stream: Iterator[str], widths: Sequence[int]) -> Iterator[tuple[int, str, list[int]]]:
    """Line number, text and the numbers of every vector: operands and result, codes of these widths, then flags.

    Blank lines and lines that start with ``#`` are passed over.  Raises LineError.
    """
    digits = [-(-width // 4) for width in widths] + [2]
    pattern = re.compile(r"\s+".join(f"([0-9A-Fa-f]{{{count}}})" for count in digits))
    limits = [(1 << width) - 1 for width in (*widths, 5)]
    for number, line in enumerate(stream, 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        match = pattern.fullmatch(text)
        values = [int(word, 16) for word in match.groups()] if match else []
        if not values or any(value > limit for value, limit in zip(values, limits, strict=True)):
            shown = text if len(text) <= 80 else text[:77] + "..."
            shape = " ".join("h" * count for count in digits)
            most = " ".join(f"{limit:X}" for limit in limits)
            raise LineError(f"line {number} is {shown!r}: expected hexadecimal digits as in '{shape}', up to '{most}'")
        yield number, text, values
