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
from numfmt.signals import unwrapped

Array = np.ndarray[Any, np.dtype[Any]]
Status = Literal["hit", "missed", "unreachable"]
#: Vectors that are looked at together.
_BLOCK = 1 << 16
#: What ``classify`` tells apart.
_CLASSES = 10


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

    def __repr__(self) -> str:
        return f"<Coverage of {self.job.title}: {self.vectors} vectors>"

    def add(self, *operands: Any, random_bits: Any = None, results: Any = None, flags: Any = None) -> None:
        """Counts vectors: codes (integers for an integer operand), arrays or single ones, whose shapes broadcast.

        results, flags
            What was delivered, codes and flag bytes, for the bins that are about it; None: what is right.
        random_bits
            R of a stochastic rounding; may be None if that takes none.

        Raises TypeError and ValueError as ``numfmt.apply`` does.
        """
        if len(operands) != len(self.job.types):
            raise ValueError(f"operands are {len(operands)}: {self.job.op.name} takes {len(self.job.types)}")
        if (results is None) != (flags is None):
            missing = "results" if results is None else "flags"
            raise ValueError(f"{missing} is None: results and flags are given together, or neither is")
        named = {
            name: _codes(name, operand, type_)
            for name, operand, type_ in zip("abc", operands, self.job.types, strict=False)
        }
        if results is not None:
            named |= {"results": self._words(results), "flags": _small("flags", flags, 31)}
        shape = _shape(named)
        codes = [np.ascontiguousarray(np.broadcast_to(column, shape)).ravel() for column in named.values()]
        random = None
        if self.job.random_width or random_bits is not None:
            random = arguments.random(random_bits, self.job.env, shape)
        bits = random.ravel() if random is not None and self.job.is_random else None
        outcome = None if results is None else (codes[-2], codes[-1])
        self.add_codes(codes[: len(operands)], bits, outcome)

    def _words(self, results: Any) -> Array:
        """Delivered results as words of their column."""
        to = self.job.result.type
        if to is None:
            return _small("results", results, 1 if self.job.op.result == "bool" else _CLASSES - 1)
        return self.job.result.words(_codes("results", results, to))

    def add_codes(
        self, codes: Sequence[Array], random: Array | None = None, outcome: tuple[Array, Array] | None = None
    ) -> None:
        """Counts vectors: arrays of codes of one dimension, random bits, and results (words) with flags."""
        self._check_arrays(codes, random, outcome)
        if random is None and self.job.is_random:
            random = np.zeros(codes[0].size, np.uint32)
        for start in range(0, codes[0].size, _BLOCK):
            part = slice(start, start + _BLOCK)
            some = [column[part] for column in codes]
            bits = None if random is None else random[part]
            delivered = self.job.outcomes(some, bits) if outcome is None else (outcome[0][part], outcome[1][part])
            for name, found in model.counts(Sample(self.job, some, bits, delivered)).items():
                self._counts[name] += found
        self.vectors += codes[0].size

    def _check_arrays(self, codes: Any, random: Any, outcome: Any) -> None:
        """Raises TypeError and ValueError for what ``add_codes`` does not take."""
        for name, value, count in (("codes", codes, len(self.job.types)), ("outcome", outcome, 2)):
            if not (isinstance(value, list | tuple) or (name == "outcome" and value is None)):
                raise TypeError(f"{name} is {type(value).__name__}: must be a list or a tuple of {count} arrays")
            if value is not None and len(value) != count:
                raise ValueError(f"{name} has {len(value)} arrays: must have {count}")
        if random is None and self.job.random_width:
            raise ValueError(f"random is missing: the job takes {self.job.random_width} random bits")
        named = {f"codes[{place}]": one for place, one in enumerate(codes)}
        named |= {} if random is None else {"random": random}
        named |= {} if outcome is None else {"outcome[0]": outcome[0], "outcome[1]": outcome[1]}
        for name, one in named.items():
            if not isinstance(one, np.ndarray) or one.dtype.kind not in "iubV":
                got = f"dtype {one.dtype}" if isinstance(one, np.ndarray) else type(one).__name__
                raise TypeError(f"{name} is of {got}: must be an array of integers")
            if one.shape != codes[0].shape or one.ndim != 1:
                raise ValueError(f"{name} has shape {one.shape}: must have one dimension, all the same")

    def update(self, other: Coverage) -> None:
        """Adds the counts of another set of vectors of the same job.  Raises ValueError for any other."""
        if not isinstance(other, Coverage):
            raise TypeError(f"other is {type(other).__name__}: must be a numfmt.Coverage")
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


def _codes(name: str, values: Any, type_: Format | IntType) -> Array:
    values = unwrapped(name, values, type_)
    return type_.encode(name, values) if isinstance(type_, IntType) else arguments.codes_of(name, values, type_)


def _small(name: str, values: Any, top: int) -> Array:
    """Integers from 0 to ``top``, or truth values, as bytes."""
    array = np.asarray(values)
    if array.size and array.dtype.kind not in "iub":
        raise TypeError(f"{name} has dtype {array.dtype}: must be integers 0 to {top}")
    if array.size and not 0 <= int(array.min()) <= int(array.max()) <= top:
        raise ValueError(f"{name} goes from {array.min()} to {array.max()}: must be 0 to {top}")
    return array.astype(np.uint8)


def _shape(named: dict[str, Array]) -> tuple[int, ...]:
    """The shape to which all arrays broadcast."""
    try:
        return np.broadcast_shapes(*(one.shape for one in named.values()))
    except ValueError:
        shapes = ", ".join(f"{name} {one.shape}" for name, one in named.items())
        raise ValueError(f"shapes of {shapes} do not broadcast") from None
