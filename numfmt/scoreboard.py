# SPDX-License-Identifier: BSD-3-Clause
"""A scoreboard for a test bench: judges what a device delivers, counts, collects coverage, names likely causes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from os import PathLike, fspath
from types import TracebackType
from typing import Any, Literal, Self

import numpy as np

from numfmt import _bind, codes, formats, jobs, ops
from numfmt.checking import Trial
from numfmt.collector import Collector, Row, checked_count, code_array
from numfmt.cover.coverage import Coverage
from numfmt.formats import Format
from numfmt.inttypes import IntType, int_type, is_int_name
from numfmt.jobs import Job
from numfmt.modes import Env, resolve
from numfmt.operators import shown_env
from numfmt.signals import Signal, is_array, together

Array = np.ndarray[Any, np.dtype[Any]]
#: Missed bins of a point that are named.
_NAMED = 4
_NANS = ("exact", "any")


class ScoreboardError(AssertionError):
    """So many vectors are not right that the scoreboard stops."""


class Scoreboard:
    """Judges vectors as they come from a device under test, one by one or in arrays.

    ``check`` recomputes one operation's results; ``compare`` takes results that the bench expects already.  Neither
    raises because of what a device delivers: a result with an X or Z bit is counted as unknown.

    op, fmt, to, env
        As for ``numfmt.apply``.  Without ``op`` there is only ``compare``, and ``to`` is the format or integer type of
        what it compares; None: any words of up to 64 bits.
    nan
        ``exact``: a NaN must have the right bits.  ``any``: a quiet NaN is as good as another.
    name
        What reports call it.
    coverage
        Collect ``numfmt.Coverage`` of the vectors that are right or wrong; it takes about 10 us for each.
    explain
        So many wrong vectors are explained.
    stop_after
        Raise ScoreboardError when so many vectors are wrong or unknown; None: never.
    prints
        As a context manager, print the report in the end unless all vectors are right.

    Attributes count vectors: ``checked`` = ``right`` + ``wrong`` + ``unknown``; ``wrong_flags_only`` of the wrong ones
    have the right result.  Not thread-safe: each thread needs its own.

    >>> import numfmt as nf
    >>> sb = Scoreboard("mul", "e4m3fn")
    >>> sb.check((0x3C, 0x3C), 0x41, flags=0), sb.check((0x3C, 0x3C), 0x42)  # 1.5 * 1.5 = 2.25
    (True, False)
    >>> sb.checked, sb.right, sb.wrong, sb.passed
    (2, 1, 1, False)
    """

    def __init__(
        self,
        op: str | None = None,
        fmt: ops.FormatArgument = (),
        *,
        to: Format | IntType | str | None = None,
        env: Env | None = None,
        nan: Literal["exact", "any"] = "exact",
        name: str = "",
        coverage: bool = True,
        explain: int = 3,
        stop_after: int | None = None,
        prints: bool = True,
    ) -> None:
        if nan not in _NANS:
            raise ValueError(f"nan is {nan!r}: must be one of {', '.join(_NANS)}")
        explain = checked_count("explain", explain, 0)
        stop_after = None if stop_after is None else checked_count("stop_after", stop_after, 1, ", or None")
        self.name, self.checked, self.wrong, self.wrong_flags_only, self.unknown = name, 0, 0, 0, 0
        self.job = None if op is None else jobs.typed(op, fmt, to=to, env=resolve(env))
        self._any_nan, self._explain, self._stop_after, self._prints = nan == "any", explain, stop_after, prints
        self._differences: list[dict[str, Any]] = []  # of ``compare``
        self._collector: Collector | None = None
        self._type: Format | IntType | None
        if self.job is None:
            self._type, bits = _plain_type(to), 0
        else:
            self._type, bits = self.job.result.type, self.job.result.bits
            self._collector = Collector(self.job, explain, has_coverage=coverage)
            self._operands = [Signal(name, type_) for name, type_ in zip("abc", self.job.types, strict=False)]
            self._random_width = self.job.random_width
            self._random = Signal("random_bits", None, self._random_width)
            self._call = _scalar_call(self.job)
        self._actual, self._expected = Signal("actual", self._type, bits), Signal("expected", self._type, bits)
        self._flags, self._expected_flags = Signal("flags", None, 5), Signal("expected_flags", None, 5)

    def __repr__(self) -> str:
        return f"<Scoreboard {self._title()}: {self._tally()}>"

    @property
    def right(self) -> int:
        return self.checked - self.wrong - self.unknown

    @property
    def passed(self) -> bool:
        """Was something checked, and was all of it right?"""
        return self.checked == self.right > 0

    @property
    def coverage(self) -> Coverage:
        """The coverage of all vectors so far that are right or wrong.  Raises ValueError if none is collected."""
        made = None if self._collector is None else self._collector.coverage
        if made is None:
            raise ValueError("coverage is not collected: the scoreboard has no op, or coverage=False")
        return made

    def check(self, operands: Sequence[Any], actual: Any, flags: Any = None, random_bits: Any = None) -> Any:
        """Judges what a device made of operands.

        operands
            A tuple or a list with a value for each of the operation's operands.
        actual, flags
            What it delivered: a code (two's complement or a number for an integer, 0 or 1 for a predicate), and flags
            as ``numfmt.Flags`` has them; None: they are not looked at.
        random_bits
            R of a stochastic rounding.

        Each value is an integer, a simulator's value of one (``to_unsigned()``, ``integer`` or ``__int__``; cocotb's
        ``dut.signal.value``), an array of codes (a ``numfmt.Array`` or ml_dtypes' of the right format too) or a list of
        values; arrays broadcast.

        Returns True if result and flags are right, else False, bool[...] for arrays.  Raises TypeError and ValueError
        for what is no code, and ScoreboardError after ``stop_after``.
        """
        collector = self._collector
        if collector is None:
            raise TypeError(
                "op is missing: Scoreboard(op, fmt) recomputes; this one has only compare(actual, expected)"
            )
        if not isinstance(operands, tuple | list) or len(operands) != len(self._operands):
            got = f"{len(operands)} operands" if isinstance(operands, tuple | list) else type(operands).__name__
            raise ValueError(f"operands is {got}: {collector.job.op.name} takes a tuple of {len(self._operands)}")
        if any(map(is_array, operands)) or is_array(actual) or is_array(flags) or is_array(random_bits):
            return self._check_many(collector, operands, actual, flags, random_bits)
        return self._check_one(collector, operands, actual, flags, random_bits)

    def _check_one(
        self, collector: Collector, operands: Sequence[Any], actual: Any, flags: Any, random_bits: Any
    ) -> bool:
        known = [signal.one(value) for signal, value in zip(self._operands, operands, strict=True)]
        got, got_flags = self._actual.one(actual), -1 if flags is None else self._flags.one(flags)
        random: int | None = 0
        if self._random_width or random_bits is not None:
            random = self._random.one(_needed(self._random_width, random_bits))
        if None in known or got is None or got_flags is None or random is None:
            self.checked += 1
            return self._count(0, 0, 1)
        given: list[int] = known  # type: ignore[assignment]
        right, right_flags = self._outcome(collector.job, given, random)
        self.checked += 1
        value = got == right or (self._any_nan and self._are_quiet(got, right))
        wrong = not value or (got_flags != right_flags and flags is not None)
        if wrong or collector.is_open:
            row = Row(self.checked, tuple(given), random, right if value else got, got_flags, wrong)
            collector.add_row(row)
        return self._count(1, int(value), 0) if wrong else True

    def _outcome(self, job: Job, given: Sequence[int], random: int) -> tuple[int, int]:
        """The right code and flags."""
        if self._call is not None:
            done = self._call(*given)
            if done is not None:
                return done[0] & self._actual.top, done[1]
        arrays = [code_array(type_, [code]) for type_, code in zip(job.types, given, strict=True)]
        results, flags = job.outcomes(arrays, np.array([random], np.uint32) if job.is_random else None)
        return formats.code_int(results[0]), int(flags[0])

    def _are_quiet(self, *given: int) -> bool:
        type_ = self._type
        return isinstance(type_, Format) and all(
            int(codes.parts(type_, code)["kind"]) == _bind.KIND_QUIET_NAN for code in given
        )

    def _check_many(
        self, collector: Collector, operands: Sequence[Any], actual: Any, flags: Any, random_bits: Any
    ) -> Array:
        job = collector.job
        signals, values = [*self._operands, self._actual], [*operands, actual]
        if flags is not None:
            signals, values = [*signals, self._flags], [*values, flags]
        if job.is_random:
            signals, values = [*signals, self._random], [*values, _needed(self._random_width, random_bits)]
        shape, columns, known = together(signals, values)
        given, got = columns[: len(operands)], columns[len(operands)]
        got_flags = None if flags is None else columns[len(operands) + 1]
        random = columns[-1].astype(np.uint32) if job.is_random else None
        right, right_flags = job.outcomes(given, random)
        agree = self._agree(got, right)
        wrong = known & ~(agree if got_flags is None else agree & (got_flags == right_flags))
        bad = int(np.count_nonzero(wrong))
        if bad or collector.is_open:
            trial = Trial(
                job=job,
                numbers=range(self.checked + 1, self.checked + 1 + wrong.size),
                codes=given,
                random=random,
                results=np.where(agree, right, got) if self._any_nan else got,
                flags=got_flags,
                wrong=wrong,
            )
            collector.add(trial if known.all() else trial.rows(np.flatnonzero(known)))
        self.checked += wrong.size
        self._count(bad, int(np.count_nonzero(wrong & agree)), wrong.size - int(np.count_nonzero(known)))
        good: Array = known & ~wrong
        return good.reshape(shape)

    def _agree(self, got: Array, right: Array) -> Array:
        """Where codes are the same, or are quiet NaNs and need not be."""
        same = np.asarray(got == right)
        rows = np.flatnonzero(~same) if self._any_nan and isinstance(self._type, Format) else ()
        if len(rows):
            struct = formats.struct(self._type)  # type: ignore[arg-type]
            kinds = [_bind.unpack(struct, np.ascontiguousarray(one[rows]))["kind"] for one in (got, right)]
            same[rows] = np.equal(kinds, _bind.KIND_QUIET_NAN).all(axis=0)
        return same

    def compare(self, actual: Any, expected: Any, flags: Any = None, expected_flags: Any = None) -> Any:
        """Judges what a device delivered by what the bench expects.

        Values are as for ``check``; flags are compared if both are given.  Returns as ``check`` does; coverage and
        causes know nothing of these vectors.
        """
        if (flags is None) != (expected_flags is None):
            raise ValueError("flags and expected_flags are compared: one is given, the other is None")
        signals = [self._actual, self._expected, self._flags, self._expected_flags]
        values = [actual, expected, 0 if flags is None else flags, 0 if flags is None else expected_flags]
        if any(map(is_array, values)):
            return self._compare_many(signals, values, has_flags=flags is not None)
        found = [signal.one(value) for signal, value in zip(signals, values, strict=True)]
        self.checked += 1
        if None in found:
            return self._count(0, 0, 1)
        known: list[int] = found  # type: ignore[assignment]
        value = known[0] == known[1] or (self._any_nan and self._are_quiet(*known[:2]))
        if value and known[2] == known[3]:
            return True
        self._keep(self.checked, known, has_flags=flags is not None)
        return self._count(1, int(value), 0)

    def _compare_many(self, signals: Sequence[Signal], values: Sequence[Any], *, has_flags: bool) -> Array:
        shape, columns, known = together(signals, values)
        agree = self._agree(columns[0], columns[1])
        wrong = known & ~(agree & (columns[2] == columns[3]))
        for row in np.flatnonzero(wrong)[: self._explain].tolist():
            self._keep(
                self.checked + 1 + row, [formats.code_int(column[row]) for column in columns], has_flags=has_flags
            )
        self.checked += wrong.size
        bad, unknown = int(np.count_nonzero(wrong)), wrong.size - int(np.count_nonzero(known))
        self._count(bad, int(np.count_nonzero(wrong & agree)), unknown)
        good: Array = known & ~wrong
        return good.reshape(shape)

    def _keep(self, number: int, known: Sequence[int], *, has_flags: bool) -> None:
        """Keeps one of the first mismatches of ``compare``."""
        if len(self._differences) < self._explain:
            names = ("actual", "expected", "flags", "expected_flags")[: 4 if has_flags else 2]
            self._differences.append({"number": number} | dict(zip(names, known, strict=False)))

    def _count(self, wrong: int, flags_only: int, unknown: int) -> bool:
        """Counts vectors that are not right.  False; raises ScoreboardError if there are enough."""
        self.wrong += wrong
        self.wrong_flags_only += flags_only
        self.unknown += unknown
        if self._stop_after is not None and wrong + unknown and self.wrong + self.unknown >= self._stop_after:
            raise ScoreboardError(f"{self._title()}: {self._tally()}; stop_after is {self._stop_after}")
        return False

    def report(self) -> str:
        """What there is to say: counts, causes, places, the first mismatches explained, coverage with missed bins."""
        lines = [f"{self._title()}: {self._tally()}"]
        for one in self._differences:
            flags = f", flags {one['flags']:02X}, expected {one['expected_flags']:02X}" if "flags" in one else ""
            lines.append(f"vector {one['number']}: {one['actual']:X}, expected {one['expected']:X}{flags}")
        if self._collector is not None:
            lines += self._evidence_lines(self._collector)
            coverage = self._collector.coverage
            lines += _coverage_lines(coverage) if coverage is not None and coverage.vectors else []
        return "\n".join(lines)

    def _evidence_lines(self, collector: Collector) -> list[str]:
        from numfmt.command.explain import plain

        evidence = collector.evidence
        if evidence.vectors == 0:
            return []
        lines = evidence.lines("vector")
        for number, found in evidence.explained():
            lines += [f"vector {number}, explained", *(f"  {line}" for line in plain(found).splitlines())]
        return lines

    def _title(self) -> str:
        what = "comparison" if self.job is None else self.job.title
        return f"{self.name}: {what}" if self.name else what

    def _tally(self) -> str:
        flags = f" ({self.wrong_flags_only} only in flags)" if self.wrong_flags_only else ""
        return f"{self.checked} checked, {self.right} right, {self.wrong} wrong{flags}, {self.unknown} unknown"

    def as_dict(self) -> dict[str, Any]:
        """The same, ready for JSON; with all bins."""
        names = ("checked", "right", "wrong", "wrong_flags_only", "unknown")
        made: dict[str, Any] = {"name": self.name, "passed": self.passed} | {
            name: getattr(self, name) for name in names
        }
        made["compared"] = self._differences
        job, collector = self.job, self._collector
        if job is not None and collector is not None:
            to = None if job.result.type is None else str(job.result.type)
            made |= {"op": job.op.name, "formats": [str(one) for one in job.types], "to": to, "env": shown_env(job.env)}
            made["mismatches"] = collector.evidence.as_dict()
            made["coverage"] = None if collector.coverage is None else collector.coverage.as_dict()
        return made

    def write(self, path: str | PathLike[str]) -> None:
        """Writes ``as_dict`` as JSON, to a file that appears whole or not at all."""
        from numfmt.command.files import whole_file

        with whole_file(fspath(path)) as stream:
            stream.write(json.dumps(self.as_dict(), indent=2).encode() + b"\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._prints and not self.passed:
            print(self.report())


def _plain_type(to: Format | IntType | str | None) -> Format | IntType:
    """The type of what is compared; a word may have either sign."""
    if to is None:
        return IntType(64, signed=True)
    return int_type(to) if is_int_name(to) else formats.format(to)  # type: ignore[arg-type]


def _scalar_call(job: Job) -> _bind.ScalarCall | None:
    """The call for single codes, if there is one."""
    to = job.result.type
    if job.is_random or any(type_.width > 64 for type_ in (*job.types, *([to] if to else []))):
        return None
    sizes = [code_array(type_, [0]).itemsize for type_ in (*job.types, to)]
    return _bind.ScalarCall(job.op.number, ops.structs(job.types, to, job.env), sizes)


def _needed(width: int, random_bits: Any) -> Any:
    """The random bits, 0 where there are none.  Raises ValueError if they are missing or of no use."""
    if (random_bits is None) != (width == 0):
        needs = f"{width} random bits" if width else "none"
        raise ValueError(f"random_bits is {'missing' if random_bits is None else 'given'}: the job takes {needs}")
    return 0 if random_bits is None else random_bits


def _coverage_lines(coverage: Coverage) -> Iterator[str]:
    """Percent, and for each point with missed bins how many, and some of them."""
    bins = list(coverage.bins())
    hit, missed = (sum(one.status == status for one in bins) for status in ("hit", "missed"))
    yield f"coverage: {coverage.percent:.1f}%, {hit} of {hit + missed} bins that can be hit"
    by_point: dict[str, list[str]] = {}
    for one in bins:
        if one.status == "missed":
            by_point.setdefault(one.point, []).append(one.name)
    for point, names in by_point.items():
        more = f", and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        yield f"  {point} missed {len(names)}: {', '.join(names[:_NAMED])}{more}"
