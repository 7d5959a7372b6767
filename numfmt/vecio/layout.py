# SPDX-License-Identifier: BSD-3-Clause
"""What the vector formats share: the fields of a vector, the head of a file, blocks of vectors, lines that are none.

A file describes itself in two lines, comments where its format has such:

    numfmt-vectors 1 add binary32 --to binary32 --style directed
    count 000000020000 sha256 0f0c...e9 generator 2

The first holds the arguments that generate it; the second, of one length for all, what it held when it was made.  The
hash is of the stimuli alone, operands and random bits, so that results may be replaced by those of a device under test:
of each vector the words in order, each ceil(width / 8) bytes, the most significant first.
"""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from numfmt.vecio import digits

Array = np.ndarray[Any, np.dtype[Any]]

#: Of the stimuli that the same arguments make; another number, other stimuli.
GENERATOR = 2
MARK = "numfmt-vectors 1 "
#: Lines that are read at a time.
BLOCK = 1 << 14
_SEAL = re.compile(r"count (\d{12}) sha256 ([0-9a-f]{64}) generator (\d+)")
_LIKE_SEAL = re.compile(r"count\b|.*\b(sha256|generator)\b")
#: Names of the fields that are no stimuli.
OUTCOMES = ("result", "flags")


class LineError(ValueError):
    """A line that is no vector; the message gives its number and what was expected."""


class Field(NamedTuple):
    """A column: its name (``a``, ``b``, ``c``, ``random_bits``, ``result``, ``flags``), bits, and what it holds."""

    name: str
    width: int
    holds: str


@dataclass(frozen=True)
class Head:
    """What a file says of itself.

    arguments
        Those of ``nfmt gen`` that make the file.
    name
        An identifier made of those that say what the vectors are about.
    expected
        How many vectors there will be, as far as is known beforehand.
    count, digest
        How many there are, and the stimuli's SHA-256 in hexadecimal; None where that is not said.
    bare
        Without a description.
    damaged
        What stands where count and digest ought to, if that is not understood.
    """

    arguments: tuple[str, ...]
    fields: tuple[Field, ...] = ()
    name: str = ""
    expected: int = 0
    count: int | None = None
    digest: str | None = None
    generator: int = GENERATOR
    bare: bool = False
    damaged: str = ""

    @property
    def description(self) -> str:
        """The first line that describes the file."""
        return MARK + shlex.join(self.arguments)

    @property
    def seal(self) -> str | None:
        """The second one."""
        if self.count is None:
            return None
        return f"count {self.count:012} sha256 {self.digest or '0' * 64} generator {self.generator}"

    def comments(self, prefix: str) -> str:
        """Both as comments."""
        if self.bare:
            return ""
        return "".join(f"{prefix}{line}\n" for line in (self.description, self.seal) if line)


def described(line: str, prefix: str) -> Head | None:
    """The head whose first line this is; None if it is no such line.  Raises ValueError for unmatched quotes."""
    if not line.startswith(prefix + MARK):
        return None
    return Head(tuple(shlex.split(line.removeprefix(prefix + MARK))))


def sealed(head: Head, line: str, prefix: str) -> Head:
    """The head with what its second line says, if this is that line."""
    said = line.strip().removeprefix(prefix)
    match = _SEAL.fullmatch(said)
    if not match:
        return replace(head, damaged=said) if _LIKE_SEAL.match(said) else head
    return replace(head, count=int(match[1]), digest=match[2], generator=int(match[3]))


def head_of(lines: Sequence[str], prefix: str) -> Head | None:
    """The head that a file's first two lines describe."""
    head = described(lines[0], prefix) if lines else None
    return sealed(head, lines[1], prefix) if head and len(lines) > 1 else head


@dataclass
class Block:
    """Vectors that follow each other in a file.

    numbers
        Of their lines, or of the vectors themselves where a file has no lines, from 1.
    lines
        As they stand in the file; what stands for them where it has none.
    columns
        uint64[n], or ``lo``, ``hi`` records above 64 bits, one for each field.
    unknown
        bool[n]: is a digit of the result or flags x, z or the like?  None: none is.
    malformed
        Lines among them that are no vector: number, line, what was expected.
    """

    numbers: Sequence[int]
    lines: Sequence[str]
    columns: Sequence[Array]
    unknown: Array | None = None
    malformed: list[tuple[int, str, str]] = field(default_factory=list)

    def rows(self, rows: Sequence[int]) -> Block:
        """These of the vectors, without malformed lines."""
        unknown = None if self.unknown is None else self.unknown[rows]
        numbers, lines = [self.numbers[row] for row in rows], [self.lines[row] for row in rows]
        return Block(numbers, lines, [column[rows] for column in self.columns], unknown)


class Digest:
    """The hash and the number of stimuli."""

    def __init__(self, fields: Sequence[Field]) -> None:
        self.count = 0
        self._hash = hashlib.sha256()
        self._widths = [one.width for one in fields if one.name not in OUTCOMES]

    def add(self, columns: Sequence[Array]) -> None:
        """Adds vectors; columns beyond the stimuli are passed over."""
        parts = [digits.to_bytes(words, width) for words, width in zip(columns, self._widths, strict=False)]
        self._hash.update((np.concatenate(parts, axis=1) if len(parts) > 1 else parts[0]).tobytes())
        self.count += columns[0].size

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


def named(arguments: Iterable[str]) -> str:
    """An identifier of C, SystemVerilog and VHDL made of words."""
    return re.sub(r"[^A-Za-z0-9]+", "_", " ".join(arguments)).strip("_")


def layout(fields: Sequence[Field]) -> str:
    """Where the fields lie in one word, the first at the top: ``a[44:13] binary32  result[12:5] ...``."""
    texts, top = [], sum(one.width for one in fields)
    for one in fields:
        top -= one.width
        texts.append(f"{one.name}[{top + one.width - 1}:{top}] {one.holds}".strip())
    return "  ".join(texts)


def vectors_there(head: Head, what: str) -> None:
    """Raises ValueError if there will be no vector: ``what`` has no empty array."""
    if head.expected == 0:
        raise ValueError(f"no vectors: {what} needs at least one")


def shown(line: str) -> str:
    """A line as a message quotes it."""
    text = line.strip()
    return text if len(text) <= 80 else text[:77] + "..."


def refuse(malformed: Sequence[tuple[int, str, str]]) -> None:
    """Raises LineError for the first of malformed lines, if there are any."""
    for number, line, message in malformed:
        raise LineError(f"line {number} is {shown(line)!r}: {message}")


def strictly(blocks: Iterable[Block], message: str) -> Iterator[Block]:
    """The blocks, up to the first line that is malformed or has a digit without value.  Raises LineError there.

    message
        What a vector looks like.
    """
    for block in blocks:
        problems = [number for number, _, _ in block.malformed]
        if block.unknown is not None:
            problems += [block.numbers[row] for row in np.flatnonzero(block.unknown).tolist()]
        if not problems:
            yield block
            continue
        first = min(problems)
        rows = range(sum(number < first for number in block.numbers))
        if rows:
            yield replace(block.rows(rows), unknown=None)
        lines = {number: line for number, line, _ in block.malformed} | dict(
            zip(block.numbers, block.lines, strict=True)
        )
        refuse([(first, lines[first], message)])
