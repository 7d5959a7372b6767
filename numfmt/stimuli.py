# SPDX-License-Identifier: BSD-3-Clause
"""Operands and random bits of vectors, in every style, as blocks."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any, Literal

import numpy as np
import numpy.random  # not while a file is open: its initialisation loses a signal's SystemExit

from numfmt import tuples
from numfmt.generate import BLOCK
from numfmt.jobs import Job

Array = np.ndarray[Any, np.dtype[Any]]
#: Codes of each operand, and random bits where the job has some.
Stimuli = tuple[list[Array], Array | None]
Style = Literal["directed", "coverage", "random", "mixed", "exhaustive"]

#: Vectors of a mixed set.
_MIXED = 10_000


def stimuli(
    style: Style, job: Job, count: int | None, seed: int, *, hits: int = 1, start: int = 0
) -> tuple[int, Iterator[Stimuli]]:
    """How many vectors there will be, and blocks of their stimuli.

    count
        At most so many; None: as the style has it.
    hits
        How often ``coverage`` and ``mixed`` hit each bin, as far as there are vectors.
    start
        So many vectors of an exhaustive set are left out, a multiple of ``generate.BLOCK``.

    Raises GenerateError.
    """
    if style == "coverage" or style == "mixed":  # noqa: PLR1714 - for mypy
        return _covering(style, job, count, seed, hits)
    total, blocks = tuples.tuples(style, job.op, job.types, job.result.type, count, seed, start)
    return total, _with_random(job, blocks, seed, start)


def _with_random(job: Job, blocks: Iterable[list[Array]], seed: int, start: int = 0) -> Iterator[Stimuli]:
    raw = np.random.Philox(key=seed | 1 << 64)  # another stream than the operands'
    raw.advance(start // 4)  # four words a step
    for block in blocks:
        size = block[0].size
        yield block, raw.random_raw(size) >> np.uint64(64 - job.random_width) if job.random_width else None


def _covering(style: Style, job: Job, count: int | None, seed: int, hits: int) -> tuple[int, Iterator[Stimuli]]:
    from numfmt.cover import generator

    codes, random = generator.chosen(job, hits, seed).stimuli()
    size = codes[0].size
    total = size if count is None else min(size, count)
    chosen = _parts(codes, random, total)
    if style == "coverage":
        return total, chosen
    wanted = max(total, _MIXED if count is None else count)
    more = tuples.tuples("random", job.op, job.types, job.result.type, wanted - total, seed)[1]
    return wanted, itertools.chain(chosen, _with_random(job, more, seed))


def _parts(codes: list[Array], random: Array | None, total: int) -> Iterator[Stimuli]:
    for first in range(0, total, BLOCK):
        part = slice(first, min(first + BLOCK, total))
        yield [column[part] for column in codes], None if random is None else random[part]
