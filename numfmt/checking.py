# SPDX-License-Identifier: BSD-3-Clause
"""Vector files judged: the work behind ``nfmt check`` and ``nfmt ver``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from numfmt.jobs import Array, Job
from numfmt.vecio import testfloat

_BLOCK = 1 << 14


@dataclass(frozen=True)
class Mismatch:
    """A vector whose result or flags differ from the library's."""

    number: int  # of its line
    line: str
    expected: str
    vectors: int  # so many vectors came before it


#: Is a wrong vector wrong?  Columns as they are and as they ought to be.
Judge = Callable[[Sequence[int], Sequence[int]], bool]


def check(job: Job, stream: Iterator[str], is_wrong: Judge | None = None) -> Iterator[tuple[int, list[Mismatch]]]:
    """For each block of lines: how many vectors it held, and those that are wrong.  Raises testfloat.LineError.

    is_wrong
        Says what counts as wrong of the vectors that differ from the library's; None: all do.
    """
    ignored = job.result.ignored
    total = 0
    for block in _blocks(testfloat.read(stream, job.widths)):
        expected = text_of(job, [values for _, _, values in block]).decode().splitlines()
        wrong = []
        for place, ((number, line, values), right) in enumerate(zip(block, expected, strict=True)):
            if line == right:
                continue
            wanted = [int(word, 16) for word in right.split()]
            got = [*values[:-2], values[-2] & ~ignored, values[-1]]
            if got != wanted and (is_wrong is None or is_wrong(got, wanted)):
                wrong.append(Mismatch(number, line, right, total + place))
        total += len(block)
        yield len(block), wrong


def _blocks(vectors: Iterator[tuple[int, str, list[int]]]) -> Iterator[list[tuple[int, str, list[int]]]]:
    """Lists of vectors; those before a line that is none come before its error."""
    block = []
    try:
        for vector in vectors:
            block.append(vector)
            if len(block) == _BLOCK:
                yield block
                block = []
    except testfloat.LineError:
        if block:
            yield block
        raise
    if block:
        yield block


def text_of(job: Job, vectors: Sequence[Sequence[int]]) -> bytes:
    """The right lines for the operands of these vectors."""
    columns = list(zip(*vectors, strict=True))
    codes: list[Array] = [
        operand.codes(words) for operand, words in zip(job.operands, columns[: len(job.operands)], strict=True)
    ]
    random = np.array(columns[len(job.operands)], np.uint32) if job.random_width else None
    return job.text(codes, random)
