# SPDX-License-Identifier: BSD-3-Clause
"""A device's output compared with the vectors that it was given: the work behind ``nfmt check --against``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from numfmt.checking import Judged, Lines, Mismatch, same, without_value
from numfmt.formats import code_int
from numfmt.jobs import Job
from numfmt.vecio.layout import OUTCOMES, Block, Field

Array = np.ndarray[Any, np.dtype[Any]]


class Wanted:
    """The vectors of a file, taken as many at a time as one likes."""

    def __init__(self, blocks: Iterable[Block]) -> None:
        self._blocks = iter(blocks)
        self._numbers: list[int] = []
        self._lines: list[str] = []
        self._columns: list[Array] = []

    def take(self, count: int) -> Block:
        """The next vectors, ``count`` of them or all that are left.  Raises ValueError if a line is none."""
        while len(self._numbers) < count and (block := next(self._blocks, None)) is not None:
            if block.malformed or without_value(block):
                number = block.malformed[0][0] if block.malformed else without_value(block)[0][0]
                raise ValueError(f"line {number} is no vector with an outcome")
            self._numbers += block.numbers
            self._lines += block.lines
            new = list(block.columns)
            self._columns = (
                [np.concatenate(pair) for pair in zip(self._columns or new, new, strict=True)]
                if (self._columns)
                else new
            )
        taken = Block(self._numbers[:count], self._lines[:count], [column[:count] for column in self._columns])
        self._numbers, self._lines = self._numbers[count:], self._lines[count:]
        self._columns = [column[count:] for column in self._columns]
        return taken

    def rest(self) -> tuple[int, int]:
        """How many vectors are left, and the line of the first; takes them."""
        left = first = 0
        while (block := self.take(1 << 14)).numbers:
            first = first or block.numbers[0]
            left += len(block.numbers)
        return left, first


def compared(
    job: Job, present: tuple[Field, ...], blocks: Iterable[Block], wanted: Wanted, lines: Lines
) -> Iterator[Judged]:
    """Compares the lines of a file, by position, with the vectors of another.

    present
        The fields of the first file: those of the job, or result and flags, or the result.
    lines
        Makes right lines, of the fields present.
    """
    for block in blocks:
        lost = np.array([number for number, _, _ in block.malformed], np.int64)
        places = np.arange(len(block.numbers)) + np.searchsorted(lost, np.asarray(block.numbers, np.int64))
        right = wanted.take(len(block.numbers) + len(lost))
        known = int(np.searchsorted(places, len(right.numbers)))
        made = _judged(job, present, block, right, places[:known], lines)
        made.malformed = block.malformed
        made.extra = [(block.numbers[row], block.lines[row].strip()) for row in range(known, len(places))]
        yield made


def _judged(job: Job, present: tuple[Field, ...], block: Block, right: Block, places: Array, lines: Lines) -> Judged:
    """Compares vectors with those at ``places`` of ``right``."""
    size = places.size
    if size == 0:
        return Judged(0)
    by_name = {field.name: column[places] for field, column in zip(job.fields, right.columns, strict=True)}
    unknown = np.zeros(size, np.bool_) if block.unknown is None else block.unknown[:size]
    elsewhere, differs = np.zeros(size, np.bool_), np.zeros(size, np.bool_)
    for field, column in zip(present, block.columns, strict=True):
        equal = column[:size] == by_name[field.name]
        if field.name not in OUTCOMES:
            elsewhere |= ~equal
        else:
            differs |= ~same(job.result, column[:size], by_name[field.name]) if field.name == "result" else ~equal
    made = Judged(size, unknown=[one for one in without_value(block) if one[0] <= block.numbers[size - 1]])
    for row in np.flatnonzero(elsewhere & ~unknown).tolist():
        made.elsewhere.append((block.numbers[row], block.lines[row].strip(), right.lines[places[row]].strip()))
    rows = np.flatnonzero(differs & ~elsewhere & ~unknown).tolist()
    texts = lines([by_name[field.name][rows] for field in present]).decode().splitlines() if rows else []
    for row, text in zip(rows, texts, strict=True):
        words = tuple(code_int(column[row]) for column in block.columns)
        outcome = code_int(by_name["result"][row]), int(by_name["flags"][row])
        made.wrong.append(Mismatch(block.numbers[row], block.lines[row].strip(), text.strip(), row, words, outcome))
    return made
