# SPDX-License-Identifier: BSD-3-Clause
"""What the wrong vectors of a run have in common: faults that explain them, and the bins in which they lie."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from numfmt.checking import Trial, same
from numfmt.containers import ContainerError
from numfmt.formats import code_int
from numfmt.jobs import Job
from numfmt.modes import Flags

if TYPE_CHECKING:
    from numfmt.cover.points import Point
    from numfmt.diagnosis import Diagnosis
    from numfmt.faults.suspicion import Ranked, Ranking

Array = np.ndarray[Any, np.dtype[Any]]

#: Vectors that are looked at, from the first trial with a wrong one on.
LIMIT = 1 << 18
_BLOCK = 1 << 16
#: Causes that are named; bins of one point, and bins.
_CAUSES, _PER_POINT, _PLACES = 3, 3, 8
#: A bin counts as if so many more vectors in it were right: one wrong vector of one says little.
_DOUBT = 2
#: The score of a cause that explains a run.
_WELL = 0.5
#: The coverage point that asks the faults themselves.
_FAULTS = "tells_apart"


@dataclass(frozen=True, kw_only=True)
class Place:
    """A coverage bin, and how many of its vectors are wrong."""

    point: str
    bin: str
    wrong: int
    vectors: int

    @property
    def share(self) -> float:
        return self.wrong / (self.vectors + _DOUBT)


class Evidence:
    """Collects what was delivered for vectors of one job, in memory that does not grow.

    Trials before the first one with a wrong vector cost nothing; from that on right vectors count too, ``LIMIT`` in
    all.
    """

    def __init__(self, job: Job, explain: int = 1) -> None:
        """``explain``: how many wrong vectors ``explained`` has."""
        self.job = job
        #: Vectors looked at, those of them that are wrong, and the number of the first.
        self.vectors = self.wrong = self.first = 0
        #: Wrong vectors left out because the library agrees with the device: other answers were expected of both.
        self.left_out = 0
        self._all_wrong = 0
        self._explain = explain
        self._kept: list[Trial] = []
        self._ranking: Ranking | None = None
        self._points: list[tuple[Point, list[str]]] = []
        self._counts: list[Array] = []  # int64[2, bins] of each point: wrong vectors, all

    @property
    def is_full(self) -> bool:
        """Will no more vectors be looked at?"""
        return self.vectors + self.left_out >= LIMIT

    def add(self, trial: Trial) -> None:
        """Adds vectors."""
        rows = np.flatnonzero(trial.wrong)
        self._all_wrong += rows.size
        if rows.size == 0 and self._ranking is None:
            return
        if more := max(self._explain - len(self._kept), 0):
            self._kept += [trial.rows(rows[k : k + 1]) for k in range(min(more, rows.size))]
        for start in range(0, trial.wrong.size, _BLOCK):
            room = min(_BLOCK, LIMIT - self.vectors - self.left_out)
            if room > 0:
                self._look(trial.rows(slice(start, start + room)))

    def _start(self, first: int) -> Ranking:
        from numfmt.cover.model import POINTS
        from numfmt.faults.suspicion import Ranking

        for point in POINTS:
            names = (
                [one.name for one in point.bins(self.job)] if point.name != _FAULTS and point.applies(self.job) else []
            )
            if names:
                self._points.append((point, names))
                self._counts.append(np.zeros((2, len(names)), np.int64))
        self.first = first
        return Ranking(self.job)

    def _look(self, trial: Trial) -> None:
        """Counts vectors; those that are not wrong are as good as what the library delivers."""
        if self.job.is_random and trial.random is None:
            trial = replace(trial, random=np.zeros(trial.wrong.size, np.uint32))
        if self._ranking is None:
            self._ranking = self._start(trial.numbers[0])
        right, right_flags = self.job.outcomes(trial.codes, trial.random)
        agrees = same(self.job.result, trial.results, right)
        if trial.flags is not None:
            agrees &= trial.flags == right_flags
        results, good = trial.results.copy(), ~trial.wrong
        results[good] = right[good]
        flags = None if trial.flags is None else np.where(good, right_flags, trial.flags)
        rows = np.flatnonzero(good | ~agrees)
        self.left_out += trial.wrong.size - rows.size
        trial = trial.rows(rows)
        self._ranking.add(trial.codes, trial.random, results[rows], None if flags is None else flags[rows])
        self._place(trial, (right[rows], right_flags[rows]))
        self.vectors += rows.size
        self.wrong += int(np.count_nonzero(trial.wrong))

    def _place(self, trial: Trial, right: tuple[Array, Array]) -> None:
        """Counts vectors in the bins in which they lie if their results are right."""
        from numfmt.cover.sample import Sample

        sample = Sample(self.job, trial.codes, trial.random, right)
        for (point, names), counts in zip(self._points, self._counts, strict=True):
            for index in point.index(sample):
                for row, hits in enumerate((index[trial.wrong], index)):
                    counts[row] += np.bincount(hits[hits >= 0], minlength=len(names))

    def causes(self, count: int | None = _CAUSES) -> list[Ranked]:
        """The faults that explain the run best, at most ``count``."""
        return [] if self._ranking is None else self._ranking.best(count)

    def places(self, count: int = _PLACES) -> list[Place]:
        """The coverage bins with the highest share of wrong vectors, if that is higher than that of all vectors."""
        base = self.wrong / self.vectors if self.vectors else 1.0
        found: list[Place] = []
        for (point, names), counts in zip(self._points, self._counts, strict=True):
            some = [
                Place(point=point.name, bin=names[number], wrong=int(counts[0, number]), vectors=int(counts[1, number]))
                for number in np.flatnonzero(counts[0]).tolist()
            ]
            found += sorted(some, key=_worst_first)[:_PER_POINT]
        return sorted((one for one in found if one.share > base), key=_worst_first)[:count]

    def explained(self) -> list[tuple[int, Diagnosis]]:
        """The first wrong vectors, with their numbers."""
        return [(trial.numbers[0], _diagnosis(trial)) for trial in self._kept]

    def lines(self, numbered: str) -> list[str]:
        """For people: causes and places.  ``numbered``: what a number is of."""
        looked = f"{self.vectors} vectors from {numbered} {self.first} on, {self.wrong} of them wrong"
        beyond = self._all_wrong - self.left_out > self.wrong
        looked += f": {self.wrong} of {self._all_wrong} wrong ones looked at" * beyond
        left = f"; {self.left_out} wrong ones, of which numfmt says the same as the device, left out" * bool(
            self.left_out
        )
        best = self.causes()
        causes = [text for one in best for text in self._cause(one)]
        if best and best[0].score < _WELL:
            causes.append(
                "  none of these explains them well: several bugs, one that comes and goes, or an unknown one"
            )
        places = self.places()
        width = max((len(f"{one.point} {one.bin}") for one in places), default=0)
        return [
            f"suspected causes ({looked}{left})",
            *(causes or ["  none: no known fault delivers this"]),
            "where they are",
            *(f"  {f'{one.point} {one.bin}':<{width}}  {one.wrong} of {one.vectors} wrong" for one in places),
            *([] if places else ["  no coverage bin has more of them than others"]),
        ]

    def _cause(self, one: Ranked) -> list[str]:
        more = f", and {one.result_only} more but for their flags" if one.result_only else ""
        return [
            f"  {one.name}: {one.cause}",
            f"    explains {one.explained} of {self.wrong} mismatches{more}, {one.contradicted} contradictions",
        ]

    def as_dict(self) -> dict[str, Any]:
        """The same, ready for JSON, with the first wrong vectors explained."""
        return {
            "looked_at": {"vectors": self.vectors, "wrong": self.wrong, "first": self.first, "left_out": self.left_out},
            "causes": [asdict(one) for one in self.causes()],
            "places": [asdict(one) for one in self.places()],
            "explained": [{"number": number} | found.as_dict() for number, found in self.explained()],
        }


def _worst_first(one: Place) -> tuple[float, int]:
    return -one.share, -one.wrong


def _diagnosis(trial: Trial) -> Diagnosis:
    """One vector explained; a word that holds no code counts as not delivered."""
    from numfmt.examination import diagnose

    job = trial.job
    random = int(trial.random[0]) if trial.random is not None else 0
    try:
        got = code_int(job.result.codes(trial.results)[0])
    except ContainerError:
        return diagnose(job, trial.codes, random if job.is_random else None, None, None)
    flags = None if trial.flags is None else Flags(int(trial.flags[0]))
    return diagnose(job, trial.codes, random if job.is_random else None, got, flags)
