# SPDX-License-Identifier: BSD-3-Clause
"""Vector files made and judged: the jobs behind ``nfmt gen`` and ``nfmt check``."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from numfmt.codec import convert
from numfmt.generate import GenerateError
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

    def __post_init__(self) -> None:
        if self.src.width > 64:
            raise GenerateError(
                f"{self.src} has {self.src.width} bits: vectors are made for source formats of up to 64"
            )

    @property
    def random_width(self) -> int:
        """Bits of the random operand; 0 if there is none."""
        return self.env.random_bits_count if self.env.is_stochastic else 0

    @property
    def operand_widths(self) -> list[int]:
        """Bits of each operand of a line: random bits come last."""
        return [self.src.width] + ([self.random_width] if self.random_width else [])

    def text(self, operands: Array, random: Array | None = None) -> bytes:
        """The lines of these operands, with results and flags from the library."""
        if random is None and self.env.is_stochastic:
            random = np.zeros(operands.shape, np.uint32)
        codes, flags = convert(operands, self.src, self.dst, env=self.env, random_bits=random, flags=True)
        columns = [(operands, self.src.width)]
        if random is not None and self.random_width:
            columns.append((random, self.random_width))
        return testfloat.lines([*columns, (codes, self.dst.width)], flags)


@dataclass(frozen=True)
class Mismatch:
    """A vector whose result or flags differ from the library's."""

    number: int
    line: str
    expected: str


def check(job: Job, stream: Iterator[str]) -> Iterator[tuple[int, list[Mismatch]]]:
    """For each block of lines: how many vectors it held, and those that are wrong.  Raises testfloat.LineError."""
    widths = job.operand_widths
    vectors = testfloat.read(stream, [*widths, job.dst.width])
    while block := list(itertools.islice(vectors, _BLOCK)):
        operands, *random = (np.array([values[i] for _, _, values in block], np.uint64) for i in range(len(widths)))
        expected = job.text(operands.astype(job.src.dtype), *(bits.astype(np.uint32) for bits in random))
        yield (
            len(block),
            [
                Mismatch(number, line, right)
                for (number, line, _), right in zip(block, expected.decode().splitlines(), strict=True)
                if line.upper().split() != right.split()
            ],
        )
