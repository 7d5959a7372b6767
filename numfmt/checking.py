# SPDX-License-Identifier: BSD-3-Clause
"""Vector files made and judged: the jobs behind ``nfmt gen`` and ``nfmt check``."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from numfmt.codec import convert
from numfmt.vecio import testfloat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numfmt.formats import Format
    from numfmt.generate import Array
    from numfmt.modes import Env

_BLOCK = 1 << 14


@dataclass(frozen=True, kw_only=True)
class Job:
    """A conversion with its environment: what a vector file is about."""

    src: Format
    dst: Format
    env: Env

    def text(self, operands: Array) -> bytes:
        """The lines of these operands, with results and flags from the library."""
        codes, flags = convert(operands, self.src, self.dst, env=self.env, flags=True)
        return testfloat.lines([(operands, self.src.width), (codes, self.dst.width)], flags)


@dataclass(frozen=True)
class Mismatch:
    """A vector whose result or flags differ from the library's."""

    number: int
    line: str
    expected: str


def check(job: Job, stream: Iterator[str], first: int = 1) -> Iterator[tuple[int, list[Mismatch]]]:
    """For each block of lines: how many vectors it held, and those that are wrong.  Raises testfloat.LineError."""
    vectors = testfloat.read(stream, [job.src.width, job.dst.width], first)
    while block := list(itertools.islice(vectors, _BLOCK)):
        operands = np.array([values[0] for _, _, values in block], np.uint64)
        for (number, _, _), operand in zip(block, operands.tolist(), strict=True):
            if operand > job.src.codes[-1]:
                raise testfloat.LineError(f"line {number}: operand {operand:X} has bits above the width of {job.src}")
        expected = job.text(operands.astype(job.src.dtype)).decode().splitlines()
        yield (
            len(block),
            [
                Mismatch(number, line, right)
                for (number, line, _), right in zip(block, expected, strict=True)
                if line.upper().split() != right.split()
            ],
        )
