# SPDX-License-Identifier: BSD-3-Clause
"""TestFloat's lines: upper-case hex operands and result, ceil(width / 4) digits each, and two-digit flags.

    3F8CCCCD 39 01

A file that numfmt wrote begins with ``# numfmt-vectors 1`` and the arguments that generate it; without that
line it is TestFloat's own format.
"""

from __future__ import annotations

import functools
import itertools
import re
import shlex
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

_HEADER = "# numfmt-vectors 1 "
_DIGITS = np.frombuffer(b"0123456789ABCDEF", np.uint8)
#: ASCII -> what the digit is worth, or else one of these.
_SPACE, _NEWLINE, _OTHER = 16, 17, 18
_NIBBLES = np.full(128, _OTHER, np.uint8)
_NIBBLES[_DIGITS] = range(16)
_NIBBLES[np.frombuffer(b"abcdef", np.uint8)] = range(10, 16)
_NIBBLES[ord(" ")], _NIBBLES[ord("\n")] = _SPACE, _NEWLINE
#: Bits of the column of flags.
_FLAGS = 5
#: Lines that are read at a time.
_BLOCK = 1 << 14


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


class Block(NamedTuple):
    """Vectors: line numbers, lines, and an array of words for each column: operands, result, flags."""

    numbers: Sequence[int]
    lines: Sequence[str]
    columns: Sequence[Array]


def read(stream: Iterator[str], widths: Sequence[int]) -> Iterator[Block]:
    """The vectors of a file in blocks: operands and result, words of these widths, then flags.

    Words are uint64, or ``lo``, ``hi`` records above 64 bits.  Blank lines and lines that start with ``#`` are passed
    over.  Raises LineError, after the vectors before that line.
    """
    done = 0
    while chunk := list(itertools.islice(stream, _BLOCK if done else 1)):  # a header alone, the rest has one shape
        columns = _table(chunk, [*widths, _FLAGS])
        if columns is not None:
            yield Block(range(done + 1, done + 1 + len(chunk)), chunk, columns)
        else:
            yield from _lines_read(chunk, done, [*widths, _FLAGS])
        done += len(chunk)


def _table(chunk: Sequence[str], widths: Sequence[int]) -> list[Array] | None:
    """The columns of lines as ``lines`` writes them, in either case; None if one is anything else."""
    digits = [-(-width // 4) for width in widths]
    length = sum(digits) + len(digits)
    text = "".join(chunk)
    if len(text) != length * len(chunk) or not text.isascii():
        return None
    nibbles = _NIBBLES[np.frombuffer(text.encode(), np.uint8).reshape(len(chunk), length)]
    ends = np.cumsum(np.array(digits) + 1) - 1
    if (nibbles[:, ends[:-1]] != _SPACE).any() or (nibbles[:, -1] != _NEWLINE).any():
        return None
    columns = []
    for width, count, end in zip(widths, digits, ends, strict=True):
        column = nibbles[:, end - count : end]
        if column.max() > 15 or column[:, 0].max() >> (width - 4 * (count - 1)):
            return None
        columns.append(_word(column))
    return columns


def _word(nibbles: Array) -> Array:
    """Words of digits, one word a row."""
    halves = []
    for part in (nibbles[:, -16:], nibbles[:, :-16]):
        half = np.zeros(len(nibbles), np.uint64)
        for place in range(part.shape[1]):
            half = half << np.uint64(4) | part[:, place]
        halves.append(half)
    return halves[0] if nibbles.shape[1] <= 16 else _wide(*halves)


def _wide(low: Array, high: Array) -> Array:
    words = np.empty(low.shape, [("lo", np.uint64), ("hi", np.uint64)])
    words["lo"], words["hi"] = low, high
    return words


def _lines_read(chunk: Sequence[str], done: int, widths: Sequence[int]) -> Iterator[Block]:
    """The vectors among lines of any kind, of which ``done`` came before."""
    numbers: list[int] = []
    vectors: list[list[int]] = []
    problem = None
    for number, line in enumerate(chunk, done + 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        try:
            vectors.append(_vector(text, widths, number))
        except LineError as error:
            problem = error
            break
        numbers.append(number)
    if numbers:
        lines = [chunk[number - done - 1] for number in numbers]
        yield Block(numbers, lines, list(map(words, zip(*vectors, strict=True), widths)))
    if problem:
        raise problem


def words(column: Sequence[int], width: int) -> Array:
    """A column of these words, of ``width`` bits."""
    low = np.array([word & (1 << 64) - 1 for word in column], np.uint64)
    return low if width <= 64 else _wide(low, np.array([word >> 64 for word in column], np.uint64))


@functools.lru_cache(maxsize=16)
def _pattern(digits: tuple[int, ...]) -> re.Pattern[str]:
    return re.compile(r"\s+".join(f"([0-9A-Fa-f]{{{count}}})" for count in digits))


def _vector(text: str, widths: Sequence[int], number: int) -> list[int]:
    """The numbers in one line.  Raises LineError."""
    digits = tuple(-(-width // 4) for width in widths)
    limits = [(1 << width) - 1 for width in widths]
    match = _pattern(digits).fullmatch(text)
    values = [int(word, 16) for word in match.groups()] if match else []
    if not values or any(value > limit for value, limit in zip(values, limits, strict=True)):
        shown = text if len(text) <= 80 else text[:77] + "..."
        shape = " ".join("h" * count for count in digits)
        most = " ".join(f"{limit:X}" for limit in limits)
        raise LineError(f"line {number} is {shown!r}: expected hexadecimal digits as in '{shape}', up to '{most}'")
    return values
