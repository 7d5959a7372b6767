# SPDX-License-Identifier: BSD-3-Clause
"""Exact results that are worth having, chosen on the destination's grid: what operands are solved for."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from numfmt.cover.sample import INTEGRAL, precision
from numfmt.cover.span import span
from numfmt.formats import Format
from numfmt.inttypes import IntType
from numfmt.jobs import Job


class Value(NamedTuple):
    """number * 2**exponent."""

    number: int
    exponent: int

    @property
    def top(self) -> int:
        """floor(log2 |value|)."""
        return abs(self.number).bit_length() - 1 + self.exponent


class Chance:
    """Random integers, the same on every machine."""

    def __init__(self, seed: int) -> None:
        self._raw = np.random.Philox(key=seed)
        self._words: list[int] = []

    def bits(self, count: int) -> int:
        """An integer of at most ``count`` bits."""
        made = 0
        for _ in range(-(-count // 64)):
            if not self._words:
                self._words = self._raw.random_raw(4096).tolist()
            made = made << 64 | self._words.pop()
        return made >> (-count % 64) if count else 0

    def below(self, limit: int) -> int:
        """An integer from 0 to limit - 1, nearly evenly spread."""
        return self.bits(64) * limit >> 64

    def significand(self, count: int) -> int:
        """An integer of exactly ``count`` bits."""
        return 1 << (count - 1) | self.bits(count - 1)


def targets(job: Job, chance: Chance) -> list[Value]:
    """Positive exact results for the bins of the job, each once; some in many binades and some at random."""
    if job.op.name in INTEGRAL:
        found = list(_integral(job, chance))
    else:
        found = [*_normal(job, chance), *_subnormal(job, chance), *_ends(job), *_exponents(job, chance)]
    lowest = {_reduced(value) for value in found if value.number > 0}
    return sorted(lowest, key=lambda value: (value.top, value.number.bit_length(), value.number))


def _reduced(value: Value) -> Value:
    zeros = (value.number & -value.number).bit_length() - 1
    return Value(value.number >> zeros, value.exponent + zeros)


def _near(job: Job, chance: Chance) -> list[tuple[int, int]]:
    """What is dropped, as (bits, how many): nothing, midpoints, the nearest beside those, some others."""
    p, most = precision(job), span(job).bits
    lengths = {2, p}
    if most is not None:
        lengths |= {most - p + step for step in (-1, 0)}
    to = None if job.op.name in INTEGRAL else _destination(job)
    for type_ in job.types:
        if isinstance(type_, Format):
            lengths |= {type_.precision - p, type_.precision - p + 1}
            if to is not None:  # between the smallest spacings of both
                lengths.add(min(to.emin - p - type_.emin + type_.precision, 2 * p))
    found = {(0, 0), (1, 1), (1, 2), (3, 2)}
    for n in sorted(length for length in lengths if length >= 2):
        half = 1 << (n - 1)
        found |= {(half + 1, n), (half - 1, n), (1, n), (2 * half - 1, n), (chance.bits(n), n)}
    return sorted(found)


def _singles(job: Job) -> list[tuple[int, int]]:
    """A single bit at every place."""
    return [(1, place) for place in range(2, precision(job) + 4)]


def _kept(bits: int, chance: Chance) -> set[int]:
    """Significands of so many bits: even, odd, only ones, random."""
    lead = 1 << (bits - 1)
    return {lead, lead | 1, 2 * lead - 1, 2 * lead - 2, chance.significand(bits), chance.significand(bits) | 1} - {0}


def _destination(job: Job) -> Format:
    type_ = job.result.type
    if not isinstance(type_, Format):
        raise TypeError(f"the result of {job.op.name} is no float")
    return type_


def _normal(job: Job, chance: Chance) -> Iterator[Value]:
    to, p = _destination(job), precision(job)
    middle = min(max(0, to.emin), to.emax)
    exponents = {to.emin, to.emin + 1, middle, middle + 1, to.emax - 1, to.emax}
    bounds = span(job)
    if bounds.largest is not None and bounds.power == 2:  # roots and their inverses reach few binades
        exponents |= {middle - 1, middle - 2}
    for length in range(1, p + 1):
        yield Value(chance.significand(length) | 1, middle - length + 1)
    for exponent in sorted(exp for exp in exponents if to.emin <= exp <= to.emax):
        for kept in sorted(_kept(p, chance)):
            for bits, count in _near(job, chance):
                yield Value(kept << count | bits, exponent - p + 1 - count)
    for bits, count in _singles(job):
        for _ in range(3):
            yield Value(chance.significand(p) << count | bits, middle - p + 1 - count)


def _subnormal(job: Job, chance: Chance) -> Iterator[Value]:
    to, p = _destination(job), precision(job)
    if to.exp0 != "subnormal":
        return
    spacing = to.emin - p + 1
    for length in range(p):
        kepts = sorted(_kept(length, chance)) if length else [0]
        if length not in (0, 1, 2, p // 2, p - 2, p - 1):
            yield Value(kepts[-1] << 2 | 1 + chance.bits(1), spacing - 2)
            continue
        for kept in kepts:
            for bits, count in _near(job, chance):
                yield Value(kept << count | bits, spacing - count)
    for bits, count in _singles(job):
        for kept in {0, chance.bits(p // 2), chance.bits(p - 1)}:
            yield Value(kept << count | bits, spacing - count)


def _ends(job: Job) -> Iterator[Value]:
    """Eighths of the spacing around 0, the smallest normal value and the largest."""
    to, p = _destination(job), precision(job)
    spacing = to.emin - p + 1
    low = spacing if to.exp0 == "subnormal" else to.emin
    for eighth in range(1, 33):
        yield Value(eighth, low - 3)
    if to.min_normal is not None:
        units = int(to.min_normal / Fraction(2) ** (spacing - 3))
        for eighth in range(-26, 27):
            yield Value(units + eighth, spacing - 3)
    top = to.emax - to.precision + 1
    largest = int(to.max / Fraction(2) ** (top - 3))
    for eighth in range(-26, 27):
        yield Value(largest + eighth, top - 3)


def _exponents(job: Job, chance: Chance) -> Iterator[Value]:
    to, p = _destination(job), precision(job)
    near = {*range(to.emax - 3, to.emax + 5), *range(to.emin - p, to.emin + 6)}
    for exponent in sorted(near):
        for bits in {1, 2, p, p + 2}:
            yield Value(chance.significand(bits), exponent - bits + 1)


def _integral(job: Job, chance: Chance) -> Iterator[Value]:
    """Quarters and eighths around 0 and the ends of the range, every exponent, patterns behind the point."""
    type_ = job.result.type
    ends = {0}
    if isinstance(type_, IntType):
        ends |= {abs(type_.values[0]), type_.values[-1]}
    for end in sorted(ends):
        for eighth in range(-20, 21):
            yield Value(8 * end + eighth, -3)
    reach = type_.width + 4 if isinstance(type_, IntType) else precision(job) + 3
    operand = job.types[0]
    bits = operand.precision if isinstance(operand, Format) else 64
    for exponent in range(-bits - 4, reach):
        for count in {1, bits, max(1, bits // 2)}:
            yield Value(chance.significand(count), exponent - count + 1)
    for length in range(min(bits, reach)):
        for kept in sorted(_kept(length, chance))[-2:] if length else [0]:
            for pattern, count in [*_near(job, chance), *_singles(job)]:
                yield Value(kept << count | pattern, -count)
