# SPDX-License-Identifier: BSD-3-Clause
"""The coverage model: every point, the bins that a job has, and which of those no operands can reach."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import numpy as np

from numfmt import tuples
from numfmt.cover import operand_points, operation_points, outcome_points, preimage, rounding_points
from numfmt.cover.points import Bin, Point, argument
from numfmt.cover.sample import Sample
from numfmt.jobs import Job

Array = np.ndarray[Any, np.dtype[Any]]

POINTS: tuple[Point, ...] = (
    *operand_points.POINTS,
    *outcome_points.POINTS,
    *rounding_points.POINTS,
    *operation_points.POINTS,
)
#: Points that do not look at random bits.
_BY_EXACT_RESULT = ("rounding", "near", "sticky", "carry", "overflow", "underflow", "exact")
#: So many vectors are tried for one bin.
_TRIED = 1 << 16
#: Jobs with so many bits of operands have all their vectors tried.
ENUMERATED_BITS = 18


@functools.lru_cache(maxsize=64)
def bins(job: Job) -> dict[str, tuple[Bin, ...]]:
    """The bins of every point that a job has, by the point's name."""
    found = {point.name: tuple(point.bins(job)) for point in POINTS if point.applies(job)}
    return {name: some for name, some in found.items() if some}


def points(job: Job) -> list[Point]:
    """The points that a job has."""
    return [point for point in POINTS if point.name in bins(job)]


def hits(sample: Sample) -> Iterator[tuple[Point, Array]]:
    """For each point of the sample's job, arrays of the bins that its vectors hit, -1 where they hit none."""
    for point in points(sample.job):
        for index in point.index(sample):
            yield point, index


def counts(sample: Sample) -> dict[str, Array]:
    """How many vectors hit each bin of each point."""
    made = {name: np.zeros(len(some), np.int64) for name, some in bins(sample.job).items()}
    for point, index in hits(sample):
        made[point.name] += np.bincount(index[index >= 0], minlength=made[point.name].size)
    return made


def is_small(job: Job) -> bool:
    """Are all the job's vectors few enough to be tried?"""
    return sum(type_.width for type_ in job.types) + job.random_width <= ENUMERATED_BITS


@functools.lru_cache(maxsize=32)
def reached(job: Job) -> dict[str, Array]:
    """How many of all the vectors of a small job hit each bin."""
    made = {name: np.zeros(len(some), np.int64) for name, some in bins(job).items()}
    for sample in every_sample(job):
        for name, found in counts(sample).items():
            made[name] += found
    return made


def every_sample(job: Job) -> Iterator[Sample]:
    """All vectors of a job, in blocks."""
    _, blocks = tuples.tuples("exhaustive", job.op, job.types, job.result.type, None, 0)
    for codes in blocks:
        for random in range(1 << job.random_width):
            bits = np.full(codes[0].shape, random, np.uint32) if job.is_random else None
            yield Sample(job, codes, bits, job.outcomes(codes, bits))


@functools.lru_cache(maxsize=64)
def reasons(job: Job) -> dict[str, tuple[str, ...]]:
    """Why no operands can hit a bin, for each bin of each point; "" where some can, as far as is known.

    Of small jobs all vectors are tried; of others each reason is an argument that holds for all of them.
    """
    if is_small(job):
        return {name: tuple(_tried(job, hit) for hit in found.tolist()) for name, found in reached(job).items()}
    return {
        point.name: tuple(argument(job, one) or _tried_there(job, point, number) for number, one in enumerate(some))
        for point, some in ((point, bins(job)[point.name]) for point in points(job))
    }


def _tried(job: Job, hit: int) -> str:
    bits = sum(type_.width for type_ in job.types) + job.random_width
    return "" if hit else f"none of all 2^{bits} vectors does"


def _tried_there(job: Job, point: Point, number: int) -> str:
    """Why no operand hits a bin of a root or reciprocal, if the few whose results lie there are tried."""
    need = bins(job)[point.name][number].need
    codes = None if need is None else preimage.operands(job, need)
    if codes is None:
        return ""
    size, random = codes.size, None
    if job.is_random:
        top = 0 if point.name in _BY_EXACT_RESULT else (1 << job.random_width) - 1
        if size * (top + 1) > _TRIED:
            return ""
        random = np.tile(np.arange(top + 1, dtype=np.uint32), size)
        codes = codes.repeat(top + 1)
    sample = Sample(job, [codes], random, job.outcomes([codes], random))
    if any((index == number).any() for index in point.index(sample)):
        return ""
    return f"none of the {size} operands whose exact results lie there does"
