# SPDX-License-Identifier: BSD-3-Clause
"""Vector files judged: the work behind ``nfmt check`` and ``nfmt ver``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from numfmt.formats import code_int
from numfmt.jobs import Job
from numfmt.vecio import testfloat

_ALL_ONES = (1 << 64) - 1


@dataclass(frozen=True)
class Mismatch:
    """A vector whose result or flags differ from the library's."""

    number: int  # of its line
    line: str
    expected: str
    vectors: int  # so many vectors came before it


#: Is this vector wrong?  Its words, and what the last two, result and flags, ought to be.
Judge = Callable[[Sequence[int], Sequence[int]], bool]


def check(job: Job, stream: Iterator[str], is_wrong: Judge | None = None) -> Iterator[tuple[int, list[Mismatch]]]:
    """For each block of lines: how many vectors it held, and those that are wrong.  Raises testfloat.LineError.

    is_wrong
        Says what counts as wrong of the vectors that differ from the library's; None: all do.
    """
    total = 0
    for block in testfloat.read(stream, job.widths):
        size = len(block.lines)
        yield size, list(_mismatches(job, block, total, is_wrong))
        total += size


def _mismatches(job: Job, block: testfloat.Block, before: int, is_wrong: Judge | None) -> Iterator[Mismatch]:
    *words, got, flags = block.columns
    codes = [operand.codes(column) for operand, column in zip(job.operands, words, strict=False)]
    random = words[-1].astype(np.uint32) if job.random_width else None
    wanted, right_flags = job.outcomes(codes, random)
    same = got == wanted if got.dtype.names else got & np.uint64(~job.result.ignored & _ALL_ONES) == wanted
    rows = np.flatnonzero(~same | (flags != right_flags))
    if rows.size == 0:
        return
    right = job.text([column[rows] for column in codes], None if random is None else random[rows])
    for row, line in zip(rows.tolist(), right.decode().splitlines(), strict=True):
        outcome = code_int(wanted[row]), int(right_flags[row])
        if is_wrong is None or is_wrong([code_int(column[row]) for column in block.columns], outcome):
            yield Mismatch(block.numbers[row], block.lines[row].strip(), line, before + row)
