# SPDX-License-Identifier: BSD-3-Clause
"""A device's output compared with the vectors that it was given: the work behind ``nfmt check --against``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from numfmt.checking import Judged, Lines, Mismatch, Trial, same, without_value
from numfmt.containers import ContainerError
from numfmt.formats import code_int
from numfmt.jobs import Job
from numfmt.vecio.layout import OUTCOMES, Block, Field

Array = np.ndarray[Any, np.dtype[Any]]


class Wanted:
    """The vectors of a file, taken as many at a time as one likes."""

    def __init__(self, blocks: Iterable[Block]) -> None:
        self._blocks = iter(blocks)
        self._next: Block | None = None

    def take(self, count: int) -> Iterator[Block]:
        """The next vectors, ``count`` of them or all that are left.  Raises ValueError if a line is none."""
        while count > 0:
            block = self._next or next(self._blocks, None)
            if block is None:
                return
            if block.malformed or without_value(block):
                number = min([one[0] for one in (*block.malformed, *without_value(block))])
                raise ValueError(f"line {number} is no vector with an outcome")
            self._next = _part(block, count, None) if len(block.numbers) > count else None
            made = _part(block, 0, count)
            count -= len(made.numbers)
            yield made

    def rest(self) -> tuple[int, int]:
        """How many vectors are left, and the line of the first; takes them."""
        left = first = 0
        for block in self.take(1 << 64):
            first = first or block.numbers[0]
            left += len(block.numbers)
        return left, first


def _part(block: Block, start: int, stop: int | None) -> Block:
    """Some vectors of a block."""
    rows = slice(start, stop)
    unknown = None if block.unknown is None else block.unknown[rows]
    return Block(block.numbers[rows], block.lines[rows], [column[rows] for column in block.columns], unknown)


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
        made = Judged(0, malformed=block.malformed)
        start = done = 0
        for right in wanted.take(len(block.numbers) + len(lost)):
            end = int(np.searchsorted(places, start + len(right.numbers)))
            _compare(job, present, _part(block, done, end), right, places[done:end] - start, lines, made)
            start, done = start + len(right.numbers), end
        if done < len(places):
            left = _part(block, done, None)
            made.extra = [(number, line.strip()) for number, line in zip(left.numbers, left.lines, strict=True)]
        yield made


def _compare(
    job: Job, present: tuple[Field, ...], block: Block, right: Block, places: Array, lines: Lines, made: Judged
) -> None:
    """Compares vectors with those at ``places`` of ``right``, and adds to ``made`` what became of them."""
    if places.size == 0:
        return
    by_name = {field.name: column[places] for field, column in zip(job.fields, right.columns, strict=True)}
    unknown = np.zeros(places.size, np.bool_) if block.unknown is None else block.unknown
    elsewhere, values, flags = np.zeros((3, places.size), np.bool_)
    for field, column in zip(present, block.columns, strict=True):
        if field.name not in OUTCOMES:
            elsewhere |= column != by_name[field.name]
        elif field.name == "result":
            values |= ~same(job.result, column, by_name[field.name])
        else:
            flags |= column != by_name[field.name]
    made.vectors += places.size
    made.unknown += without_value(block)
    for row in np.flatnonzero(elsewhere & ~unknown).tolist():
        made.elsewhere.append((block.numbers[row], block.lines[row].strip(), right.lines[places[row]].strip()))
    wrong = (values | flags) & ~elsewhere & ~unknown
    rows = np.flatnonzero(wrong).tolist()
    texts = lines([by_name[field.name][rows] for field in present]).decode().splitlines() if rows else []
    for row, text in zip(rows, texts, strict=True):
        words = tuple(code_int(column[row]) for column in block.columns)
        outcome = code_int(by_name["result"][row]), int(by_name["flags"][row])
        line, before = block.lines[row].strip(), made.vectors - places.size + row
        made.wrong.append(Mismatch(block.numbers[row], line, text.strip(), before, words, outcome, not values[row]))
    columns = by_name | {field.name: column for field, column in zip(present, block.columns, strict=True)}
    if not any(field.name == "flags" for field in present):
        del columns["flags"]
    made.trials += _trials(job, block.numbers, columns, wrong, ~elsewhere & ~unknown)


def _trials(job: Job, numbers: Sequence[int], columns: dict[str, Array], wrong: Array, known: Array) -> list[Trial]:
    """The vectors that are right or wrong; none if the operands are no codes."""
    try:
        codes = [operand.codes(columns[name]) for name, operand in zip("abc", job.operands, strict=False)]
    except ContainerError:
        return []
    trial = Trial(
        job=job,
        numbers=numbers,
        codes=codes,
        random=columns["random_bits"].astype(np.uint32) if job.random_width else None,
        results=columns["result"],
        flags=columns["flags"].astype(np.uint8) if "flags" in columns else None,
        wrong=wrong,
    )
    return [trial if known.all() else trial.rows(np.flatnonzero(known))]
