# SPDX-License-Identifier: BSD-3-Clause
"""Vectors judged by the library: the work behind ``nfmt check`` and ``nfmt ver``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from numfmt.columns import Column
from numfmt.containers import ContainerError
from numfmt.formats import code_int
from numfmt.jobs import Job
from numfmt.vecio.layout import Block

Array = np.ndarray[Any, np.dtype[Any]]
_ALL_ONES = (1 << 64) - 1


@dataclass(frozen=True)
class Mismatch:
    """A vector whose result or flags differ from the library's.

    number, line
        Of the line in its file.
    expected
        The right line.
    row
        So many vectors of its block came before it.
    words
        Its words: operands, random bits if there are any, result, flags.
    outcome
        The right result, as a word, and flags.
    flags_only
        Is the result right, and only the flags are not?
    """

    number: int
    line: str
    expected: str
    row: int
    words: tuple[int, ...]
    outcome: tuple[int, int]
    flags_only: bool = False


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What a device delivered for some vectors of one job.

    numbers
        Of the vectors, or of their lines.
    codes, random
        Operands and random bits, as ``Job.outcomes`` takes them: arrays of one dimension, one length n.
    results, flags
        Words of the result's column; uint8[n], None: the device has no flags.
    wrong
        bool[n]: which vectors are wrong.
    """

    job: Job
    numbers: Sequence[int]
    codes: Sequence[Array]
    random: Array | None
    results: Array
    flags: Array | None
    wrong: Array

    def rows(self, rows: slice | Array) -> Trial:
        """Some of the vectors: a slice, or an array of their indices."""
        numbers = self.numbers[rows] if isinstance(rows, slice) else [self.numbers[row] for row in rows.tolist()]
        return replace(
            self,
            numbers=numbers,
            codes=[column[rows] for column in self.codes],
            random=None if self.random is None else self.random[rows],
            results=self.results[rows],
            flags=None if self.flags is None else self.flags[rows],
            wrong=self.wrong[rows],
        )


@dataclass
class Judged:
    """What became of the lines of a block.  Vectors that are nothing of this are right.

    wrong
        Those whose result or flags differ.
    unknown
        Number and line of those whose result or flags have a digit without value.
    malformed
        Number and line of those that are no vector, and what was expected.
    elsewhere
        Number and line of those whose operands are not those that they are compared with, and the line of these.
    extra
        Number and line of those that there is nothing to compare with.
    trials
        The vectors that are right or wrong, where their operands are known.
    """

    vectors: int
    wrong: list[Mismatch] = field(default_factory=list)
    unknown: list[tuple[int, str]] = field(default_factory=list)
    malformed: list[tuple[int, str, str]] = field(default_factory=list)
    elsewhere: list[tuple[int, str, str]] = field(default_factory=list)
    extra: list[tuple[int, str]] = field(default_factory=list)
    trials: list[Trial] = field(default_factory=list)


#: Is this vector wrong?  Its words, and what the last two, result and flags, ought to be.
Judge = Callable[[Sequence[int], Sequence[int]], bool]
#: The lines of vectors, one column for each field, as text.
Lines = Callable[[Sequence[Array]], bytes]


def judged(job: Job, block: Block, lines: Lines, is_wrong: Judge | None = None) -> Judged:
    """Recomputes the vectors of a block.

    lines
        Makes the right lines of those that are wrong.
    is_wrong
        Says what counts as wrong of the vectors that differ from the library's; None: all do.
    """
    try:
        codes = _codes(job, block)
    except ContainerError:
        block = _packed_rightly(job, block)
        codes = _codes(job, block)
    unknown = without_value(block)
    if len(block.numbers) == 0:
        return Judged(0, malformed=block.malformed)
    *words, got, flags = block.columns
    random = words[-1].astype(np.uint32) if job.random_width else None
    wanted, right_flags = job.outcomes(codes, random)
    agrees = same(job.result, got, wanted)
    differs = ~agrees | (flags != right_flags)
    if block.unknown is not None:
        differs &= ~block.unknown
    rows = np.flatnonzero(differs)
    made = Judged(len(block.numbers), [], unknown, block.malformed)
    right = job.columns([column[rows] for column in codes], None if random is None else random[rows])
    texts = lines(right).decode().splitlines() if rows.size else []
    for row, text in zip(rows.tolist(), texts, strict=True):
        vector = tuple(code_int(column[row]) for column in block.columns)
        outcome = code_int(wanted[row]), int(right_flags[row])
        if is_wrong is None or is_wrong(vector, outcome):
            line, only = block.lines[row].strip(), bool(agrees[row]) or _is_good(vector, outcome, is_wrong)
            made.wrong.append(Mismatch(block.numbers[row], line, text.strip(), row, vector, outcome, only))
    wrong = np.zeros(differs.size, np.bool_)
    wrong[[one.row for one in made.wrong]] = True
    trial = Trial(
        job=job,
        numbers=block.numbers,
        codes=codes,
        random=random,
        results=got,
        flags=flags.astype(np.uint8),
        wrong=wrong,
    )
    made.trials = [trial if block.unknown is None else trial.rows(np.flatnonzero(~block.unknown))]
    return made


def _is_good(vector: Sequence[int], outcome: Sequence[int], is_wrong: Judge | None) -> bool:
    """Would a wrong vector be right if its flags were?"""
    return is_wrong is not None and not is_wrong((*vector[:-1], outcome[-1]), outcome)


def _codes(job: Job, block: Block) -> list[Array]:
    """The operands' codes.  Raises ContainerError if a word has wrong bits around its code."""
    return [operand.codes(column) for operand, column in zip(job.operands, block.columns, strict=False)]


def _packed_rightly(job: Job, block: Block) -> Block:
    """The block; vectors with wrong bits around an operand's code are malformed."""
    rows, malformed = [], list(block.malformed)
    for row, (number, line) in enumerate(zip(block.numbers, block.lines, strict=True)):
        try:
            _codes(job, block.rows([row]))
            rows.append(row)
        except ContainerError as error:
            malformed.append((number, line, str(error).replace("words: element 0", "an operand")))
    made = block.rows(rows)
    made.malformed = malformed
    return made


def without_value(block: Block) -> list[tuple[int, str]]:
    """Number and line of the vectors whose result or flags have a digit without value."""
    rows = [] if block.unknown is None else np.flatnonzero(block.unknown).tolist()
    return [(block.numbers[row], block.lines[row].strip()) for row in rows]


def same(column: Column, got: Array, wanted: Array) -> Array:
    """Which words of two columns are equal, where they mean something."""
    if got.dtype.names:
        return np.asarray(got == wanted)
    mask = np.uint64(~column.ignored & _ALL_ONES)
    return np.asarray(got.astype(np.uint64) & mask == wanted.astype(np.uint64) & mask)
