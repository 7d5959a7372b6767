# SPDX-License-Identifier: BSD-3-Clause
"""Small sets of vectors that hit every bin that can be hit, a given number of times."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from numfmt.cover import candidates, model
from numfmt.cover.sample import INTEGRAL, Sample
from numfmt.cover.solve import RECIPES
from numfmt.cover.targets import Chance
from numfmt.jobs import Job

Array = np.ndarray[Any, np.dtype[Any]]

#: Turns of candidates, as long as bins lack hits and each turn brings some.
_TURNS = 6
#: Turns without any after which there is no other.
_IDLE = 2
#: A turn that brings less than one in so many more hits counts as one without, where more than one of each is wanted.
_LITTLE = 200


class Chosen:
    """The vectors taken so far, and how often they hit each bin."""

    def __init__(self, job: Job, wanted: int) -> None:
        self.job, self.wanted = job, wanted
        self.columns: list[list[Array]] = []
        self.random: list[Array] = []
        names = model.bins(job)
        sizes = np.array([len(some) for some in names.values()])
        self._first = dict(zip(names, np.concatenate([[0], np.cumsum(sizes)[:-1]]).tolist(), strict=True))
        self.counts = np.zeros(int(sizes.sum()), np.int64)
        self._seen: set[bytes] = set()

    def offer(self, codes: list[Array], random: Array | None) -> None:
        """Takes the vectors of a block that hit a bin which still lacks hits."""
        sample = Sample(self.job, codes, random, self.job.outcomes(codes, random))
        hits = np.stack([np.where(index >= 0, index + self._first[point.name], -1)
                         for point, index in model.hits(sample)])  # fmt: skip
        needed = np.zeros(sample.size, bool)
        for index in hits:
            needed |= self._is_needed(index)
        places = self._new(np.flatnonzero(needed), codes, random)
        places = places[self._thinned(hits[:, places])]
        self._seen.update(_keys(places, codes, random))
        self.columns.append([column[places] for column in codes])
        if random is not None:
            self.random.append(random[places])

    def _new(self, places: Array, codes: list[Array], random: Array | None) -> Array:
        """The first of each vector, unless it was taken before."""
        first: dict[bytes, int] = {}
        for place, key in zip(places.tolist(), _keys(places, codes, random), strict=True):
            if key not in self._seen:
                first.setdefault(key, place)
        return np.array(list(first.values()), np.int64)

    def _is_needed(self, index: Array) -> Array:
        """The first vectors of each bin, as many as it lacks."""
        lacks = np.maximum(self.wanted - self.counts, 0)
        order = np.argsort(index, kind="stable")
        ordered = index[order]
        first = np.searchsorted(ordered, ordered, side="left")
        rank = np.empty(index.size, np.int64)
        rank[order] = np.arange(index.size) - first
        needed: Array = (index >= 0) & (rank < lacks[index])
        return needed

    def _thinned(self, hits: Array) -> Array:
        """Places of the vectors that are needed when those with the rarest bins come first."""
        bins, numbers = np.unique(hits, return_counts=True)
        frequency = np.zeros(self.counts.size + 1, np.int64)
        frequency[bins] = numbers
        frequency[-1] = hits.size
        order = np.argsort(frequency[hits].min(axis=0), kind="stable")
        kept = []
        counts, wanted = self.counts.tolist(), self.wanted
        for place, row in zip(order.tolist(), hits.T[order].tolist(), strict=True):
            if any(number >= 0 and counts[number] < wanted for number in row):
                kept.append(place)
                for number in row:
                    if number >= 0:
                        counts[number] += 1
        self.counts = np.array(counts)
        return np.sort(np.array(kept, np.int64))

    def stimuli(self) -> tuple[list[Array], Array | None]:
        """What was taken: an array of codes for each operand, and random bits where there are some."""
        codes = [np.concatenate(parts) for parts in zip(*self.columns, strict=True)]
        return codes, np.concatenate(self.random) if self.job.random_width else None

    def progress(self) -> int:
        """Hits that were wanted."""
        return int(np.minimum(self.counts, self.wanted).sum())

    def lacking(self) -> Array:
        """Are there bins with too few hits that are not known to be out of reach?"""
        why = [reason for some in model.reasons(self.job).values() for reason in some]
        open_: Array = (self.counts < self.wanted) & np.array([not reason for reason in why])
        return open_


def _keys(places: Array, codes: list[Array], random: Array | None) -> list[bytes]:
    """Each vector as one string."""
    if places.size == 0:
        return []
    columns = [*codes] if random is None else [*codes, random]
    octets = [np.ascontiguousarray(column[places]).view(np.uint8).reshape(places.size, -1) for column in columns]
    return [row.tobytes() for row in np.concatenate(octets, axis=1)]


def with_random_bits(job: Job, codes: list[Array], chance: Chance) -> Iterator[tuple[list[Array], Array]]:
    """The vectors with random bits that are all 0, all 1, at the threshold and just below it."""
    size, top = codes[0].size, (1 << job.random_width) - 1
    zero = np.zeros(size, np.uint32)
    if top == 0:
        yield codes, zero
        return
    words = np.array([chance.bits(job.random_width) for _ in range(size)], np.uint32)
    yield codes, words
    if job.op.name not in RECIPES or job.op.name in INTEGRAL:
        return
    sample = Sample(job, codes, zero, (zero, zero))
    low, high = zero.copy(), np.full(size, top, np.uint32)
    start = sample.rounded(zero)
    for _ in range(job.random_width):  # the least that makes a difference lies in low + 1 .. high
        middle = low + (high - low) // np.uint32(2)
        same = sample.rounded(middle) == start
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    for random in (zero, np.full(size, top, np.uint32), high, low):
        yield codes, random


def chosen(job: Job, wanted: int, seed: int) -> Chosen:
    """Vectors that hit every bin within reach at least ``wanted`` times, where that many were found."""
    made = Chosen(job, wanted)
    chance = Chance(seed << 64 | 2)
    if model.is_small(job):
        for sample in model.every_sample(job):
            made.offer(sample.codes, sample.random)
        return made
    idle = 0
    for turn in range(max(_TURNS, wanted)):
        before = made.progress()
        for codes in candidates.blocks(job, seed, turn):
            for some, random in with_random_bits(job, codes, chance) if job.is_random else ((codes, None),):
                made.offer(some, random)
            if not made.lacking().any():
                return made
        gain = made.progress() - before
        idle = idle + 1 if gain == 0 or (wanted > 1 and gain * _LITTLE < before) else 0
        if idle == _IDLE:
            break
    return made
