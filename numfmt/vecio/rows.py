# SPDX-License-Identifier: BSD-3-Clause
"""Text formats with one vector a line: literal text and digits by turns, written and read a block at a time.

Lines that look exactly as they are written are read as one table; others one by one, with blanks as people put them.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from numfmt.vecio import digits
from numfmt.vecio.digits import Base
from numfmt.vecio.layout import BLOCK, OUTCOMES, Block, Field

Array = np.ndarray[Any, np.dtype[Any]]
#: Is this line none of a vector: a comment, or what stands around the vectors?  Lines come in order.
Skip = Callable[[str], bool]
#: So many lines are not worth another try as a table.
_FEW = 64
_META = str.maketrans(digits.METAVALUES, "0" * len(digits.METAVALUES))


@dataclass(frozen=True)
class Shape:
    """How the line of a vector looks.

    fields
        What it holds.
    pieces
        The text before each group of digits and after the last one.
    base
        Bits of a digit.
    packing
        A group of digits is a field (``plain``), all of them at once, the first at the top (``word``), or as ``plain``
        but two groups for a field above 64 bits, the low half first (``halves``).
    comma
        The first piece begins with a comma, which is a blank on a file's first vector.
    title
        A line of names that may stand before the vectors.
    """

    fields: tuple[Field, ...]
    pieces: tuple[str, ...]
    base: Base = 4
    packing: Literal["plain", "word", "halves"] = "plain"
    comma: bool = False
    title: str = ""

    @functools.cached_property
    def widths(self) -> list[int]:
        """Bits of each group of digits."""
        widths = [field.width for field in self.fields]
        if self.packing == "word":
            return [sum(widths)]
        if self.packing == "halves":
            return [part for width in widths for part in ((64, width - 64) if width > 64 else (width,))]
        return widths

    @functools.cached_property
    def counts(self) -> list[int]:
        """Digits of each group."""
        return [digits.count(width, self.base) for width in self.widths]

    @functools.cached_property
    def template(self) -> bytes:
        """A line with digits 0."""
        return self._filled("0").encode()

    def _filled(self, digit: str) -> str:
        groups = [digit * count for count in self.counts]
        return "".join(itertools.chain(*zip(self.pieces, groups, strict=False), self.pieces[-1:]))

    @functools.cached_property
    def table(self) -> np.dtype[Any]:
        """A line as a record: p0 d0 p1 d1 ..., text and digits."""
        names, formats = [], []
        for index, piece in enumerate(self.pieces):
            names += [f"p{index}"] if piece else []
            formats += [f"S{len(piece)}"] if piece else []
            if index < len(self.counts):
                names.append(f"d{index}")
                formats.append(f"V{self.counts[index]}")
        return np.dtype(list(zip(names, formats, strict=True)))

    @functools.cached_property
    def expectation(self) -> str:
        """What a line ought to be, for messages."""
        kind, digit = ("hexadecimal", "h") if self.base == 4 else ("binary", "b")
        most = [f"{(1 << width) - 1:{'X' if self.base == 4 else 'b'}}" for width in self.widths]
        sample = self._filled(digit).strip().removeprefix(",").strip()
        return f"expected {kind} digits as in {sample!r}, up to {' '.join(most)!r}"

    @functools.cached_property
    def pattern(self) -> re.Pattern[str]:
        """A line with blanks as one likes, stripped."""
        digit = "0-9A-Fa-f" if self.base == 4 else "01"
        groups = [f"([{digit}{re.escape(digits.METAVALUES)}]{{{count}}})" for count in self.counts]
        pieces = [_loose(piece) for piece in self.pieces]
        pieces[0] = pieces[0].removeprefix(r"\s*").removeprefix(r",\s*")
        pieces[-1] = pieces[-1].removesuffix(r"\s*")
        first = r",?\s*" if self.comma else ""
        return re.compile(first + "".join(itertools.chain(*zip(pieces, groups, strict=False), pieces[-1:])))

    def packed(self, parts: list[Array]) -> list[Array]:
        """Groups of digits, as bytes, of fields, as bytes."""
        if self.packing == "word":
            return [digits.joined(parts, [field.width for field in self.fields])]
        if self.packing == "halves":
            return [half for part in parts for half in ((part[:, -8:], part[:, :-8]) if part.shape[1] > 8 else (part,))]
        return parts

    def unpacked(self, groups: list[Array]) -> list[Array]:
        """The inverse of ``packed``."""
        widths = [field.width for field in self.fields]
        if self.packing == "word":
            return digits.split(groups[0], widths)
        if self.packing == "halves":
            rest = iter(groups)
            halves = [(next(rest), next(rest) if width > 64 else None) for width in widths]
            return [low if high is None else np.concatenate([high, low], axis=1) for low, high in halves]
        return groups


def _loose(piece: str) -> str:
    """A pattern for a piece of literal text, with any blanks around its words; a lone blank is one or more."""
    words = piece.split()
    if not words:
        return r"\s+" if piece.strip("\n") else ""
    return r"\s*".join(["", *map(re.escape, words), ""])


def lines(shape: Shape, columns: Sequence[Array], before: int) -> bytes:
    """The lines of vectors, one column for each field; ``before`` came before them in the file."""
    size = columns[0].size
    parts = [digits.to_bytes(words, field.width) for words, field in zip(columns, shape.fields, strict=True)]
    table = np.frombuffer(bytearray(shape.template * size), shape.table)
    for index, (data, width) in enumerate(zip(shape.packed(parts), shape.widths, strict=True)):
        text = np.ascontiguousarray(digits.text(data, width, shape.base))
        table[f"d{index}"] = text.view(f"V{text.shape[1]}").ravel()
    made = table.tobytes()
    return made.replace(b",", b" ", 1) if shape.comma and before == 0 else made


def read(stream: Iterable[str], shape: Shape, skip: Skip) -> Iterator[Block]:
    """The vectors of a file in blocks; what stands before the first one is read line by line."""
    rest, done = iter(stream), 0
    is_none = _titled(skip, shape)
    for line in rest:
        text = line.strip()
        if text and not is_none(text):
            rest = itertools.chain([line], rest)
            break
        done += 1
    while chunk := list(itertools.islice(rest, BLOCK)):
        yield from _blocks(chunk, done, shape, skip)
        done += len(chunk)


def _blocks(chunk: Sequence[str], done: int, shape: Shape, skip: Skip) -> Iterator[Block]:
    """The vectors among lines, of which ``done`` came before: as one table, or else by halves, or else one by one."""
    block = _table(chunk, done, shape)
    if block is None and len(chunk) > _FEW:
        half = len(chunk) // 2
        yield from _blocks(chunk[:half], done, shape, skip)
        yield from _blocks(chunk[half:], done + half, shape, skip)
        return
    block = block or _one_by_one(chunk, done, shape, skip)
    if len(block.numbers) or block.malformed:
        yield block


def _titled(skip: Skip, shape: Shape) -> Skip:
    return lambda line: skip(line) or line == shape.title != ""


def _table(chunk: Sequence[str], done: int, shape: Shape) -> Block | None:
    """Lines that all look as they are written, digits in either case; None if one is anything else."""
    text = "".join(chunk)
    if len(text) != len(shape.template) * len(chunk) or not text.isascii():
        return None
    table = np.frombuffer(text.encode(), shape.table)
    for index, piece in enumerate(shape.pieces):
        if piece and (_bytes(table[f"p{index}"]) != np.frombuffer(piece.encode(), np.uint8)).any():
            return None
    groups = [_bytes(table[f"d{index}"]) for index in range(len(shape.counts))]
    return _block(range(done + 1, done + 1 + len(chunk)), chunk, groups, shape)


def _bytes(column: Array) -> Array:
    """Strings of one length as uint8[n, length]."""
    return np.ascontiguousarray(column).view(np.uint8).reshape(len(column), -1)


def _block(numbers: Sequence[int], texts: Sequence[str], groups: Sequence[Array], shape: Shape) -> Block | None:
    """The vectors whose digits these are; None if one is no digit, or too large."""
    values, masks, any_lacks = [], [], False
    for group, width in zip(groups, shape.widths, strict=True):
        got = digits.values(group, width, shape.base)
        if got is None:
            return None
        values.append(got[0])
        masks.append(np.zeros_like(got[0]) if got[1] is None else got[1])
        any_lacks = any_lacks or got[1] is not None
    parts = zip(shape.unpacked(values), shape.fields, strict=True)
    block = Block(numbers, texts, [digits.from_bytes(part, field.width) for part, field in parts])
    return _without_unknown(block, shape, masks) if any_lacks else block


def _without_unknown(block: Block, shape: Shape, masks: list[Array]) -> Block:
    """Marks the vectors whose outcome has a digit without value; those of whose stimuli alone one has are malformed."""
    outcome, stimuli = np.zeros(len(block.numbers), np.bool_), np.zeros(len(block.numbers), np.bool_)
    for field, mask in zip(shape.fields, shape.unpacked(masks), strict=True):
        lacks = outcome if field.name in OUTCOMES else stimuli
        lacks |= mask.any(axis=1)
    bad = stimuli & ~outcome
    keep, lost = np.flatnonzero(~bad).tolist(), np.flatnonzero(bad).tolist()
    malformed = [(block.numbers[row], block.lines[row], shape.expectation) for row in lost]
    block.unknown = outcome
    return replace(block.rows(keep), malformed=malformed)


def _one_by_one(chunk: Sequence[str], done: int, shape: Shape, skip: Skip) -> Block:
    """The vectors among lines of any kind, of which ``done`` came before."""
    numbers: list[int] = []
    vectors: list[Sequence[str]] = []
    malformed: list[tuple[int, str, str]] = []
    for number, line in enumerate(chunk, done + 1):
        text = line.strip()
        if not text or skip(text):
            continue
        if words := _words(text, shape):
            numbers.append(number)
            vectors.append(words)
        else:
            malformed.append((number, line, shape.expectation))
    texts = [chunk[number - done - 1] for number in numbers]
    groups = [
        np.frombuffer("".join(words[index] for words in vectors).encode(), np.uint8).reshape(len(vectors), count)
        for index, count in enumerate(shape.counts)
    ]
    block = _block(numbers, texts, groups, shape) if numbers else None
    block = block or Block([], [], [])
    block.malformed = sorted([*block.malformed, *malformed])
    return block


def _words(text: str, shape: Shape) -> Sequence[str] | None:
    """The groups of digits in a line, stripped; None if it is no vector.  A lone word may have underscores."""
    match = shape.pattern.fullmatch(text.replace("_", "") if shape.packing == "word" else text)
    if match is None:
        return None
    words: Sequence[str] = match.groups()
    radix = 1 << shape.base
    if any(int(word.translate(_META), radix) >> width for word, width in zip(words, shape.widths, strict=True)):
        return None
    return words
