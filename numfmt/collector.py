# SPDX-License-Identifier: BSD-3-Clause
"""Vectors as a test bench makes them, one by one or some at a time, collected for coverage and evidence in blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from numfmt import formats
from numfmt.checking import Trial
from numfmt.cover.coverage import Coverage
from numfmt.evidence import Evidence
from numfmt.formats import Format
from numfmt.inttypes import IntType
from numfmt.jobs import Job

Array = np.ndarray[Any, np.dtype[Any]]

#: Vectors that coverage and evidence take at a time.
_BLOCK = 1 << 14


def checked_count(name: str, value: Any, least: int, more: str = "") -> int:
    """The argument ``name`` as an integer.  Raises TypeError and ValueError unless it is one, ``least`` or more."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{name} is {value!r}: must be an integer {least} or more{more}")
    if value < least:
        raise ValueError(f"{name} is {value}: must be {least} or more{more}")
    return int(value)


class Row(NamedTuple):
    """One vector: operands and result as codes; ``flags`` is -1 if the device has none."""

    number: int
    codes: tuple[int, ...]
    random: int
    result: int
    flags: int
    wrong: bool


class Collector:
    """Keeps vectors until there are enough for coverage and evidence to take them.

    Without coverage only those from the first wrong one on are kept, until evidence has enough.
    """

    def __init__(self, job: Job, explain: int, *, has_coverage: bool) -> None:
        self.job = job
        self._evidence = Evidence(job, explain)
        self._coverage = Coverage(job) if has_coverage else None
        self._rows: list[Row] = []
        self._trials: list[Trial] = []
        self._kept = 0
        self._is_wrong = False

    @property
    def evidence(self) -> Evidence:
        self._flush()
        return self._evidence

    @property
    def coverage(self) -> Coverage | None:
        self._flush()
        return self._coverage

    @property
    def is_open(self) -> bool:
        """Are right vectors of any use now?"""
        return self._coverage is not None or (self._is_wrong and not self._evidence.is_full)

    def add_row(self, row: Row) -> None:
        """Adds one vector."""
        self._is_wrong |= row.wrong
        if self.is_open:
            self._rows.append(row)
            self._added(1)

    def add(self, trial: Trial) -> None:
        """Adds vectors; the arrays may change afterwards."""
        self._is_wrong = self._is_wrong or bool(trial.wrong.any())
        if self.is_open:
            size = trial.wrong.size
            self._trials.append(_joined([trial]) if self._kept + size < _BLOCK else trial)
            self._added(size)

    def _added(self, count: int) -> None:
        self._kept += count
        if self._kept >= _BLOCK:
            self._flush()

    def _flush(self) -> None:
        rows, trials = self._rows, self._trials
        self._rows, self._trials, self._kept = [], [], 0
        for has_flags in (True, False):
            some = [row for row in rows if (row.flags >= 0) is has_flags]
            made = [_trial(self.job, some)] if some else []
            made += [trial for trial in trials if (trial.flags is not None) is has_flags]
            if made:
                trial = made[0] if len(made) == 1 else _joined(made)
                self._evidence.add(trial)
                if self._coverage is not None:
                    self._coverage.add_codes(trial.codes, trial.random)


def code_array(type_: Format | IntType | None, codes: Sequence[int]) -> Array:
    """Codes in an array; None is a truth value or a class."""
    if isinstance(type_, Format):
        return formats.code_array(type_, codes)
    return np.array(codes, type_.code_dtype if type_ else np.uint8)


def _trial(job: Job, rows: Sequence[Row]) -> Trial:
    """Vectors in arrays; all have flags or none has."""
    columns = zip(*(row.codes for row in rows), strict=True)
    return Trial(
        job=job,
        numbers=[row.number for row in rows],
        codes=[code_array(type_, codes) for type_, codes in zip(job.types, columns, strict=True)],
        random=np.array([row.random for row in rows], np.uint32) if job.is_random else None,
        results=code_array(job.result.type, [row.result for row in rows]),
        flags=np.array([row.flags for row in rows], np.uint8) if rows[0].flags >= 0 else None,
        wrong=np.array([row.wrong for row in rows], np.bool_),
    )


def _joined(trials: Sequence[Trial]) -> Trial:
    """Trials of one job, one behind the other, in new arrays."""
    first = trials[0]
    return replace(
        first,
        numbers=[number for trial in trials for number in trial.numbers],
        codes=[np.concatenate(column) for column in zip(*(trial.codes for trial in trials), strict=True)],
        random=None if first.random is None else np.concatenate([trial.random for trial in trials]),
        results=np.concatenate([trial.results for trial in trials]),
        flags=None if first.flags is None else np.concatenate([trial.flags for trial in trials]),
        wrong=np.concatenate([trial.wrong for trial in trials]),
    )
