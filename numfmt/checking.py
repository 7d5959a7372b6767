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

    from numfmt.containers import Container
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
    src_in: Container | None = None
    dst_in: Container | None = None

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
    def widths(self) -> list[int]:
        """Bits of each column of a line but the flags: operand, random bits if there are any, result."""
        random = [self.random_width] if self.random_width else []
        return [self.src_in.bits if self.src_in else self.src.width, *random, self.dst_width]

    @property
    def dst_width(self) -> int:
        """Bits of a result as it is written."""
        return self.dst_in.bits if self.dst_in else self.dst.width

    def text(self, operands: Array, random: Array | None = None) -> bytes:
        """The lines of these operands, codes, with results and flags from the library."""
        if random is None and self.env.is_stochastic:
            random = np.zeros(operands.shape, np.uint32)
        codes, flags = convert(operands, self.src, self.dst, env=self.env, random_bits=random, flags=True)
        columns = [self.src_in.pack(operands, self.src) if self.src_in else operands]
        columns += [random] if random is not None and self.random_width else []
        columns += [self.dst_in.pack(codes, self.dst) if self.dst_in else codes]
        return testfloat.lines([*zip(columns, self.widths, strict=True)], flags)

    def operands(self, words: Array) -> Array:
        """The codes in a column of operands."""
        codes: Array = self.src_in.unpack(words, self.src) if self.src_in else words.astype(self.src.dtype)
        return codes

    def same(self, wanted: list[int], got: list[int]) -> bool:
        """Are these columns equal in every bit that the result's container does not ignore?"""
        if self.dst_in and self.dst_in.fill == "ignore":
            kept = self.dst_in.pack(self.dst.codes[-1], self.dst)
            got = [*got[:-2], got[-2] & int(kept), got[-1]]
        return wanted == got


@dataclass(frozen=True)
class Mismatch:
    """A vector whose result or flags differ from the library's."""

    number: int
    line: str
    expected: str


def check(job: Job, stream: Iterator[str]) -> Iterator[tuple[int, list[Mismatch]]]:
    """For each block of lines: how many vectors it held, and those that are wrong.  Raises testfloat.LineError."""
    vectors = testfloat.read(stream, job.widths)
    while block := list(itertools.islice(vectors, _BLOCK)):
        operands = job.operands(np.array([values[0] for _, _, values in block], np.uint64))
        random = np.array([values[1] for _, _, values in block], np.uint32) if job.random_width else None
        expected = job.text(operands, random).decode().splitlines()
        yield (
            len(block),
            [
                Mismatch(number, line, right)
                for (number, line, values), right in zip(block, expected, strict=True)
                if not job.same([int(word, 16) for word in right.split()], values)
            ],
        )
