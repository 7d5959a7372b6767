# SPDX-License-Identifier: BSD-3-Clause
"""Coverage of a set of vectors, collected as they come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from numfmt import arguments, jobs, ops
from numfmt.cover import model
from numfmt.cover.sample import Sample
from numfmt.formats import Format
from numfmt.inttypes import IntType
from numfmt.jobs import Job
from numfmt.modes import Env, resolve

Array = np.ndarray[Any, np.dtype[Any]]
Status = Literal["hit", "missed", "unreachable"]
#: Vectors that are looked at together.
_BLOCK = 1 << 16


@dataclass(frozen=True, kw_only=True, slots=True)
class BinCount:
    """One bin: how many vectors hit it; why none can, or ""."""

    point: str
    name: str
    hits: int
    reason: str

    @property
    def status(self) -> Status:
        return "hit" if self.hits else "unreachable" if self.reason else "missed"


class Coverage:
    """Which bins of the coverage model the vectors of one operation hit.

    op, fmt, to, env
        As for ``numfmt.apply``: an operation's name, the operands' formats, the result's format, the environment; or a
        job, which is all of these.

    >>> import numpy as np
    >>> cov = Coverage("mul", "e4m3fn")
    >>> cov.add(np.arange(256, dtype=np.uint8), 0x38)
    >>> cov.vectors, round(cov.percent) < 100
    (256, True)
    """

    def __init__(
        self,
        op: str | Job,
        fmt: ops.FormatArgument = (),
        *,
        to: Format | IntType | str | None = None,
        env: Env | None = None,
    ) -> None:
        self.job = op if isinstance(op, Job) else jobs.typed(op, fmt, to=to, env=resolve(env))
        self.vectors = 0
        self._counts = {name: np.zeros(len(some), np.int64) for name, some in model.bins(self.job).items()}

    def add(self, *operands: Any, random_bits: Any = None, results: Any = None, flags: Any = None) -> None:
        """Counts vectors: codes (integers for an integer operand), arrays or single ones, whose shapes broadcast.

        results, flags
            What was delivered, codes and flag bytes, for the bins that are about it; None: what is right.

        Raises TypeError and ValueError as ``numfmt.apply`` does.
        """
        columns = [
            type_.encode(name, operand) if isinstance(type_, IntType) else arguments.codes_of(name, operand, type_)
            for name, operand, type_ in zip("abc", operands, self.job.types, strict=False)
        ]
        if len(operands) != len(self.job.types):
            raise ValueError(f"operands are {len(operands)}: {self.job.op.name} takes {len(self.job.types)}")
        shape = np.broadcast_shapes(*(column.shape for column in columns))
        codes = [np.ascontiguousarray(np.broadcast_to(column, shape)).ravel() for column in columns]
        random = arguments.random(random_bits, self.job.env, shape) if self.job.is_random else None
        outcome = None
        if results is not None and flags is not None:
            outcome = self._delivered(results, flags, shape)
        self.add_codes(codes, None if random is None else random.ravel(), outcome)

    def _delivered(self, results: Any, flags: Any, shape: tuple[int, ...]) -> tuple[Array, Array]:
        to = self.job.result.type
        if isinstance(to, IntType):
            made = to.encode("results", results)
        elif to is None:
            made = np.asarray(results, np.uint8)
        else:
            made = arguments.codes_of("results", results, to)
        raised = np.broadcast_to(np.asarray(flags, np.uint8), shape).ravel()
        return np.broadcast_to(made, shape).ravel(), raised

    def add_codes(
        self, codes: Sequence[Array], random: Array | None = None, outcome: tuple[Array, Array] | None = None
    ) -> None:
        """Counts vectors: arrays of codes of one dimension, random bits, and results (words) with flags."""
        for start in range(0, codes[0].size, _BLOCK):
            part = slice(start, start + _BLOCK)
            some = [column[part] for column in codes]
            bits = None if random is None else random[part]
            delivered = self.job.outcomes(some, bits) if outcome is None else (outcome[0][part], outcome[1][part])
            for name, found in model.counts(Sample(self.job, some, bits, delivered)).items():
                self._counts[name] += found
        self.vectors += codes[0].size

    def update(self, other: Coverage) -> None:
        """Adds the counts of another set of vectors of the same job.  Raises ValueError for any other."""
        if other.job != self.job:
            raise ValueError(f"other is about {other.job.op.name} of {other.job.formats}, not the same job")
        for name, found in other._counts.items():
            self._counts[name] += found
        self.vectors += other.vectors

    def bins(self) -> Iterator[BinCount]:
        """Every bin, in the model's order."""
        why = model.reasons(self.job)
        for name, some in model.bins(self.job).items():
            found = self._counts[name].tolist()
            for one, hits, reason in zip(some, found, why[name], strict=True):
                yield BinCount(point=name, name=one.name, hits=hits, reason=reason)

    def missed(self) -> list[BinCount]:
        """The bins that no vector hits although none is known to be out of reach."""
        return [one for one in self.bins() if one.status == "missed"]

    def unreachable(self) -> list[BinCount]:
        """The bins that no vector can hit, with the reason."""
        return [one for one in self.bins() if one.status == "unreachable"]

    @property
    def percent(self) -> float:
        """Bins hit, of those that are not known to be out of reach."""
        status = [one.status for one in self.bins()]
        hit, missed = status.count("hit"), status.count("missed")
        return 100.0 if hit + missed == 0 else 100 * hit / (hit + missed)

    def as_dict(self) -> dict[str, Any]:
        """Everything, ready for JSON."""
        made: dict[str, Any] = {"op": self.job.op.name, "formats": self.job.formats, "vectors": self.vectors}
        made["to"] = str(self.job.result) if self.job.result.type else None
        made["percent"] = self.percent
        shown: dict[str, Any] = {}
        for one in self.bins():
            entry = {"hits": one.hits, "status": one.status} | ({"reason": one.reason} if one.reason else {})
            shown.setdefault(one.point, {})[one.name] = entry
        return made | {"points": shown}
