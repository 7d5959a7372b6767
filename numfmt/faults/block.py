# SPDX-License-Identifier: BSD-3-Clause
"""A block of vectors with what the library makes of them: computed once, shared by all faults."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from numfmt import _bind, formats
from numfmt.columns import Column
from numfmt.formats import Format
from numfmt.jobs import Job
from numfmt.modes import Env, Flags, env_struct
from numfmt.ops import OPS

Array = np.ndarray[Any, np.dtype[Any]]
#: Results, as codes, and flags.
Outcomes = tuple[Array, Array]

_NANS = (_bind.KIND_QUIET_NAN, _bind.KIND_SIGNALING_NAN)
_BINARY128 = formats.format("binary128")
_NO_SELECTION = ("min", "max", "round_to_integral")


def has_exact(job: Job) -> bool:
    """Does it end in one rounding of an exact result into a float format (``Job.unrounded``)?"""
    op = job.op
    return op.rounds and op.result == "float" and not op.name.startswith(_NO_SELECTION) and not job.env.compat


def to_integer(job: Job) -> bool:
    """Does it round its operand to an integer?"""
    return job.op.name.startswith(("to_int", "round_to_integral"))


def destination(job: Job) -> Format | None:
    """The result's format; None if the result is no float."""
    return job.result.type if isinstance(job.result.type, Format) else None


def floats(job: Job) -> list[Format]:
    """The formats of the float operands."""
    return [one for one in job.types if isinstance(one, Format)]


@dataclass(frozen=True)
class Change:
    """What a fault does to a block: the outcomes in ``rows`` (indices); all others are as they should be."""

    rows: Array
    results: Array
    flags: Array


class Block:
    """Vectors of one job.

    codes
        One array of codes per operand, of one dimension and length n, as ``Job.outcomes`` takes them.
    random
        uint32 of length n where the job is stochastic; None there means zeros.
    """

    def __init__(self, job: Job, codes: Sequence[Array], random: Array | None = None) -> None:
        bare = Column(job.result.type, plain=job.result.plain)
        self.job = dataclasses.replace(job, result=bare)
        self.codes = [np.ascontiguousarray(array) for array in codes]
        self.size = self.codes[0].size
        if job.is_random and random is None:
            random = np.zeros(self.size, np.uint32)
        self.random = random

    @property
    def fmt(self) -> Format:
        """The result's format; TypeError if it is no float."""
        fmt = destination(self.job)
        if fmt is None:
            raise TypeError(f"op is {self.job.op.name}: its result is no float")
        return fmt

    @cached_property
    def reference(self) -> Outcomes:
        """The right results, codes, and flags."""
        return self.job.outcomes(self.codes, self.random)

    @property
    def results(self) -> Array:
        return self.reference[0]

    @property
    def flags(self) -> Array:
        return self.reference[1]

    @cached_property
    def exact(self) -> Array:
        """What is rounded: ``_bind.PARTS``."""
        return self.job.unrounded(self.codes)

    @cached_property
    def kinds(self) -> Array:
        """Of the exact results."""
        return np.ascontiguousarray(self.exact["kind"])

    @cached_property
    def finite(self) -> Array:
        """Is the exact result finite and not zero?"""
        found: Array = self.kinds == _bind.KIND_FINITE
        return found

    @cached_property
    def negative(self) -> Array:
        """The exact result's sign."""
        found: Array = self.exact["sign"] != 0
        return found

    @cached_property
    def exponents(self) -> Array:
        """floor(log2 |exact|), int64, where that is finite."""
        return self.exact["exp"].astype(np.int64) + 127

    @cached_property
    def tiny(self) -> Array:
        """Is the exact result below the smallest normal and not zero?"""
        low = self.fmt.min_normal_code
        if low is None:
            found: Array = self.finite & (self.exponents < self.fmt.emin)
            return found
        parts = _bind.unpack(formats.struct(self.fmt), formats.code_array(self.fmt, [low]))[0]
        high, exponent = self.exact["sig_hi"], int(parts["exp"]) + 127
        less = (high < parts["sig_hi"]) | ((high == parts["sig_hi"]) & (self.exact["sig_lo"] < parts["sig_lo"]))
        below: Array = self.finite & ((self.exponents < exponent) | ((self.exponents == exponent) & less))
        return below

    @cached_property
    def inexact(self) -> Array:
        found: Array = self.flags & Flags.INEXACT != 0
        return found

    @cached_property
    def rounded_rows(self) -> Array:
        """Where rounding, range or the sign of zero had a say."""
        if not has_exact(self.job):
            return np.arange(self.size)
        return np.flatnonzero((self.flags != 0) | (self.kinds == _bind.KIND_ZERO))

    @cached_property
    def guard(self) -> Array:
        """Place in ``exact``'s 128 bits of the first bit that rounding drops; int64, 128 and more: above them all."""
        if to_integer(self.job):
            return -1 - self.exact["exp"].astype(np.int64)
        fmt = self.fmt
        kept = min(fmt.precision, self.job.env.rounding_precision or fmt.precision)
        place: Array = 127 - kept + np.maximum(fmt.emin - self.exponents, 0)
        return place

    @cached_property
    def raised(self) -> Array:
        """The flags that the operation raises before it rounds: divide-by-zero, invalid."""
        _, flags = self._round(self.exact, self.job.env, self.random)
        by_zero = self.flags & Flags.DIVIDE_BY_ZERO
        return np.where(by_zero != 0, by_zero, self.flags & ~flags)

    @cached_property
    def operands(self) -> list[Array | None]:
        """The operands' values, PARTS; None for an integer."""
        return [
            _bind.unpack(formats.struct(one), array) if isinstance(one, Format) else None
            for one, array in zip(self.job.types, self.codes, strict=True)
        ]

    @cached_property
    def values(self) -> Array:
        """The values of the right results, PARTS."""
        return _bind.unpack(formats.struct(self.fmt), self.results)

    def operands_are(self, *kinds: int) -> Array:
        """Is one of the operands of such a kind?"""
        found = np.zeros(self.size, bool)
        for operand in self.operands:
            if operand is not None:
                for kind in kinds:
                    found |= operand["kind"] == kind
        return found

    @cached_property
    def has_nan(self) -> Array:
        """Is one of the operands a NaN?"""
        return self.operands_are(*_NANS)

    @cached_property
    def nan_results(self) -> Array:
        """Is the right result a NaN?"""
        kinds = self.values["kind"]
        found: Array = (kinds == _NANS[0]) | (kinds == _NANS[1])
        return found

    @cached_property
    def nan_rows(self) -> Array:
        """Where a NaN goes in or may come out."""
        return np.flatnonzero(self.has_nan | (self.flags & Flags.INVALID != 0))

    def again(
        self,
        rows: Array,
        *,
        op: str | None = None,
        env: Env | None = None,
        codes: Sequence[Array] | None = None,
        random: Array | None = None,
    ) -> Outcomes:
        """The library's outcomes in these rows with something else about the job; ``codes`` and ``random`` are those
        of the rows.
        """
        job = self.job
        if op is not None or env is not None:
            job = dataclasses.replace(job, op=OPS[op] if op else job.op, env=env or job.env)
        if codes is None:
            codes = [array[rows] for array in self.codes]
        if random is None and self.random is not None:
            random = self.random[rows]
        return job.outcomes(codes, random if job.is_random else None)

    def rerounded(self, rows: Array, parts: Array, env: Env | None = None) -> Outcomes:
        """Outcomes in these rows with ``parts`` for their exact results (operands, where those go to an integer)."""
        random = None if self.random is None else self.random[rows]
        if to_integer(self.job):
            return self._to_integer(parts, env, random)
        results, flags = self._round(parts, env or self.job.env, random)
        raised = self.raised[rows]
        return results, np.where(raised & Flags.DIVIDE_BY_ZERO != 0, raised, flags | raised)

    def _round(self, parts: Array, env: Env, random: Array | None) -> Outcomes:
        results, flags = np.empty(parts.shape, self.fmt.dtype), np.empty(parts.shape, np.uint8)
        random = random if env.is_stochastic else None
        head = formats.struct(self.fmt), env_struct(env)
        _bind.round_parts(*head, _bind.Arrays(np.ascontiguousarray(parts), results, random, flags))
        return results, flags

    def _to_integer(self, parts: Array, env: Env | None, random: Array | None) -> Outcomes:
        """By way of binary128, whose last bit stands for all below."""
        codes = np.empty(parts.shape, _BINARY128.dtype)
        odd = env_struct(Env(rounding="to_odd"))
        _bind.round_parts(formats.struct(_BINARY128), odd, _bind.Arrays(np.ascontiguousarray(parts), codes))
        job = dataclasses.replace(self.job, operands=(Column(_BINARY128),), env=env or self.job.env)
        return job.outcomes([codes], random if job.is_random else None)

    def rows(self, mask: Array) -> Array:
        return np.flatnonzero(mask)

    def changed(self, rows: Array, outcomes: Outcomes) -> Change:
        return Change(rows, *outcomes)

    def with_flags(self, rows: Array, flags: Array) -> Change:
        """Only the flags are other ones."""
        return Change(rows, self.results[rows], flags)

    def with_results(self, rows: Array, results: Array) -> Change:
        """Only the results are other ones."""
        return Change(rows, results, self.flags[rows])
