# SPDX-License-Identifier: BSD-3-Clause
"""Which fault explains what a device delivered: for one vector, and over a run of many.

The priors are simple.  A fault that explains result and flags comes before one that explains only the result; of
those that explain as much, one that happens in few vectors comes before one that happens in many (``Fault.breadth``):
had the device the broader fault, a vector that only the narrow one singles out would be a coincidence.  Over a run
the right vectors count too: a fault is as good as the share that it explains of all vectors it should have changed
or that are wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from numfmt.faults import Block, Fault, applicable
from numfmt.faults.block import Array
from numfmt.jobs import Job

_ALL_ONES = (1 << 64) - 1
#: What a vector counts whose result a fault explains, but not its flags.
_HALF = 0.5


@dataclass(frozen=True, kw_only=True)
class Suspect:
    """A fault that explains what was delivered for one vector; ``explains`` is "result and flags" or "result", the
    latter also where no flags were delivered.
    """

    name: str
    cause: str
    clause: str
    explains: str


@dataclass(frozen=True, kw_only=True)
class Ranked:
    """A fault over a run of vectors.

    explained, result_only
        Wrong vectors of which it explains result and flags, and of which only the result.
    contradicted
        Right vectors that it would have made wrong.
    score
        (explained + result_only / 2) / (wrong vectors + contradicted), at most 1.
    """

    name: str
    cause: str
    clause: str
    explained: int
    result_only: int
    contradicted: int
    score: float


@dataclass
class _Tally:
    explained: int = 0
    result_only: int = 0
    contradicted: int = 0


@dataclass
class Ranking:
    """Counts for each fault over all blocks of a run; ``add`` them, then ask for the ``best``."""

    job: Job
    wrong: int = 0
    _tallies: dict[str, _Tally] = field(default_factory=dict)

    def add(self, codes: Sequence[Array], random: Array | None, got: Array, got_flags: Array | None) -> None:
        """One block of vectors, the right ones too: operands as codes, results as words of the result's column."""
        block = Block(self.job, codes, random)
        same, right_flags = _agree(self.job, block.results, got), _flags_agree(block.flags, got_flags)
        right = same & right_flags
        self.wrong += int(np.count_nonzero(~right))
        for fault in applicable(self.job):
            results, flags = fault.on(block)
            value = _agree(self.job, results, got)
            both = value & _flags_agree(flags, got_flags)
            tally = self._tallies.setdefault(fault.name, _Tally())
            tally.explained += int(np.count_nonzero(~right & both))
            tally.result_only += int(np.count_nonzero(~same & value & ~both))
            tally.contradicted += int(np.count_nonzero(right & ~both))

    def best(self, count: int | None = 3) -> list[Ranked]:
        """The faults that explain something, the best first; at most ``count``."""
        ranked = []
        for place, fault in enumerate(applicable(self.job)):
            tally = self._tallies.get(fault.name, _Tally())
            gain = tally.explained + _HALF * tally.result_only
            if gain:
                score = gain / (self.wrong + tally.contradicted)
                ranked.append((-score, fault.breadth, place, _ranked(fault, tally, score)))
        return [row for *_, row in sorted(ranked, key=lambda one: one[:3])][:count]


def _ranked(fault: Fault, tally: _Tally, score: float) -> Ranked:
    return Ranked(
        name=fault.name,
        cause=fault.cause,
        clause=fault.clause,
        explained=tally.explained,
        result_only=tally.result_only,
        contradicted=tally.contradicted,
        score=score,
    )


def rank(
    job: Job,
    codes: Sequence[Array],
    random: Array | None,
    got: Array,
    got_flags: Array | None = None,
    count: int | None = 3,
) -> list[Ranked]:
    """The faults that explain a run best, in order; ``got_flags=None``: the device has no flags.

    codes, random
        All vectors of the run, right ones too, as ``Job.outcomes`` takes them.
    got, got_flags
        What the device delivered: words of the result's column, uint8.
    """
    ranking = Ranking(job)
    ranking.add(codes, random, got, got_flags)
    return ranking.best(count)


def suspects(
    job: Job, codes: Sequence[Array], random: Array | None, got: Array, got_flags: Array | None = None
) -> list[list[str]]:
    """For each vector, the names of the faults that explain it, best first; none where it is right.

    Arguments as for ``rank``.
    """
    return [[one.name for one in row] for row in suspicions(job, codes, random, got, got_flags)]


def suspicions(
    job: Job, codes: Sequence[Array], random: Array | None, got: Array, got_flags: Array | None = None
) -> list[list[Suspect]]:
    """As ``suspects``, with what each fault is."""
    block = Block(job, codes, random)
    same, right_flags = _agree(job, block.results, got), _flags_agree(block.flags, got_flags)
    wrong = ~(same & right_flags)
    found: list[list[tuple[bool, int, int, Fault]]] = [[] for _ in range(block.size)]
    for place, fault in enumerate(applicable(job)):
        results, flags = fault.on(block)
        value = _agree(job, results, got)
        both = value & _flags_agree(flags, got_flags)
        for row in np.flatnonzero(wrong & (both | (value & ~same))).tolist():
            found[row].append((not both[row], fault.breadth, place, fault))
    no_flags = got_flags is None
    return [
        [_suspect(fault, partly or no_flags) for partly, _, _, fault in sorted(row, key=lambda one: one[:3])]
        for row in found
    ]


def _suspect(fault: Fault, partly: bool) -> Suspect:  # noqa: FBT001
    explains = "result" if partly else "result and flags"
    return Suspect(name=fault.name, cause=fault.cause, clause=fault.clause, explains=explains)


def _agree(job: Job, codes: Array, got: Array) -> Array:
    """Where words agree with codes in the bits that mean something."""
    words = job.result.words(codes)
    if words.dtype.names or not job.result.ignored:
        same: Array = words == got
    else:
        same = got & np.uint64(~job.result.ignored & _ALL_ONES) == words
    return same


def _flags_agree(flags: Array, got: Array | None) -> Array:
    if got is None:
        return np.ones(flags.shape, bool)
    same: Array = flags == got
    return same
