# SPDX-License-Identifier: BSD-3-Clause
"""A coverage point: some bins that say together how a vector is one of a kind, as data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from numfmt.cover.sample import Sample
from numfmt.cover.span import Need, has_span, why_not
from numfmt.cover.words import constant
from numfmt.expansion import floor_log2
from numfmt.formats import Format
from numfmt.jobs import Job

Array = np.ndarray[Any, np.dtype[Any]]

SIGNS = "+-"


class Bin(NamedTuple):
    """One bin: its name, what an exact result must be for it, or why there can be none."""

    name: str
    need: Need | None = None
    impossible: str = ""


@dataclass(frozen=True)
class Point:
    """A coverage point.

    name, title
        What reports call it, and what its bins are about, with the source: B1 to B29 are those of IBM's "Floating-Point
        Test-Suite for IEEE".
    applies
        Has the job such bins at all?
    bins
        The bins of a job, in order.
    index
        For a block of vectors, arrays of the bins that they hit, -1 where they hit none.
    """

    name: str
    title: str
    applies: Callable[[Job], bool]
    bins: Callable[[Job], Sequence[Bin]]
    index: Callable[[Sample], Iterable[Array]]


def always(job: Job) -> bool:  # noqa: ARG001 - a Point asks every job
    """Every job has such bins."""
    return True


def to_format(job: Job) -> Format | None:
    """The format of the result if it is a float that is rounded."""
    type_ = job.result.type
    return type_ if isinstance(type_, Format) and job.op.rounds else None


def crossed(*indices: tuple[Array, int]) -> Array:
    """One number for arrays of numbers below their counts; -1 where one is."""
    made = np.zeros(indices[0][0].shape, np.int64)
    missing = np.zeros(indices[0][0].shape, bool)
    for index, count in indices:
        made = made * count + index
        missing |= index < 0
    return np.where(missing, -1, made)


def only(mask: Array, index: Array) -> Array:
    """The index where the mask holds, -1 elsewhere."""
    return np.where(mask, index, -1)


def both_signs(names: Sequence[Bin]) -> list[Bin]:
    """The bins for + and, after all those, for -."""
    made = []
    for sign in range(2):
        for one in names:
            need = None if one.need is None else replace(one.need, negative=bool(sign))
            made.append(Bin(SIGNS[sign] + one.name, need, one.impossible))
    return made


#: Positions around a value: 2 k is exactly k half units above it, 2 k + 1 lies between k and k + 1 half units.
AROUND = range(-12, 13)
ABOVE_ZERO = range(1, 17)


def around(name: str, base: Fraction, unit: int, places: range, shown: float = 1.0) -> list[Bin]:
    """The bins of positions around a value, in steps of half of 2**unit; names count 2**unit as ``shown``."""
    made = []
    half = Fraction(2) ** (unit - 1)
    for place in places:
        low = base + (place // 2) * half
        start, end = (f"{k * shown / 2:+g}" if k else "+0" for k in (place // 2, place // 2 + 1))
        if place % 2 == 0:
            need = Need(low=low, high=low, exact=low, ends=True)
            made.append(Bin(f"{name}{start}", need, "not above 0" if low <= 0 else ""))
        else:
            need = Need(low=max(low, Fraction(0)), high=low + half, unit=unit - 2, open="both")
            made.append(Bin(f"{name}{start}..{end}", need, "not above 0" if low + half <= 0 else ""))
    return made


def positions(sample: Sample, base: Fraction, unit: int, places: range) -> Array:
    """The bin of ``around`` in which each magnitude lies, -1 for none."""
    half = Fraction(2) ** (unit - 1)
    top = floor_log2(base + (places[-1] // 2 + 1) * half)
    scale = Fraction(2) ** (127 - top)
    shift = top - sample.exponent
    fixed = sample.significand.right(np.clip(shift, 0, 128))
    lost = sample.sticky | ~sample.significand.left(np.clip(128 - shift, 0, 128)).is_zero()
    made = np.full(sample.size, -1, np.int64)
    for place in range(places[0] - places[0] % 2, places[-1] + 1, 2):
        limit = base + (place // 2) * half
        if limit < 0:
            continue
        words = constant(int(limit * scale), (sample.size,))
        equal = fixed.equals(words) & ~lost
        above = words.less(fixed) | (fixed.equals(words) & lost)
        made = np.where(equal, place - places[0], np.where(above, place + 1 - places[0], made))
    usable = sample.finite & (shift >= 0) & (made >= 0) & (made < len(places))
    return only(usable, made)


def argument(job: Job, one: Bin) -> str:
    """The argument that no vector hits a bin; "" if there is none."""
    if one.impossible or one.need is None or not has_span(job):
        return one.impossible
    return why_not(job, one.need)
