# SPDX-License-Identifier: BSD-3-Clause
"""Points about the exact result on the grid that it is rounded to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from numfmt.cover.points import (
    ABOVE_ZERO,
    AROUND,
    Bin,
    Point,
    around,
    both_signs,
    crossed,
    only,
    positions,
    to_format,
)
from numfmt.cover.sample import (
    INTEGER,
    INTEGRAL,
    NORMAL,
    SEEN,
    SUBNORMAL,
    Sample,
    exact_unit,
    precision,
)
from numfmt.cover.span import Need, has_span
from numfmt.cover.words import Words, constant, minus, plus
from numfmt.formats import Format
from numfmt.jobs import Job

Array = np.ndarray[Any, np.dtype[Any]]

_NAMES = {SUBNORMAL: "subnormal", NORMAL: "normal", INTEGER: "integer"}
#: Near a value or a midpoint, where results do not end: at least so many bits of nu are alike, or P - 3.
_NEAR = 10
_SIDES = ("value_plus", "tie_minus", "tie_plus", "value_minus")
#: Exponents around the largest and from the smallest normal one on.
_EMAX, _EMIN = range(-3, 4), range(6)


def regions(job: Job) -> tuple[int, ...]:
    """Where results are rounded."""
    return (INTEGER,) if job.op.name in INTEGRAL else (NORMAL, SUBNORMAL)


def _rounds(job: Job) -> bool:
    return has_span(job) and (to_format(job) is not None or job.op.name in INTEGRAL)


def _rounds_to_float(job: Job) -> bool:
    return has_span(job) and to_format(job) is not None and job.op.name not in INTEGRAL


def _format(job: Job) -> Format:
    type_ = job.result.type
    if not isinstance(type_, Format):
        raise TypeError(f"the result of {job.op.name} is no float")
    return type_


def _need(job: Job, region: int, pattern: tuple[int, int, int], below: int = 0) -> tuple[Need | None, str]:
    """What L, G, S (and a bit so many places below the last one kept) ask of an exact result."""
    lsb, guard, sticky = pattern
    last = below or (2 if sticky else guard)  # places below the last bit kept that x reaches at least
    few = lsb + last if lsb else 1 if not last or below or not (guard and sticky) else 2  # where kept may be 0
    if region == INTEGER:
        return Need(low=Fraction(lsb), high=Fraction(2) ** 128, unit=-last if lsb or last else None, bits=few), ""
    to, p = _format(job), precision(job)
    spacing = to.emin - p + 1
    if region == NORMAL:
        if to.min_normal is None:
            return None, f"{to} has no normal values"
        unit = to.emax - p + 1 - last if lsb or last else None
        bits = (p if last or lsb else 1) + last
        return Need(low=to.min_normal, high=Fraction(2) ** (to.emax + 1), unit=unit, bits=bits), ""
    if to.exp0 != "subnormal":
        gap = "" if not lsb and (guard or sticky) else f"{to} has nothing between 0 and its smallest value"
        return Need(low=Fraction(0), high=to.min_positive), gap
    if p < 3 and (lsb, guard, sticky) == (0, 0, 0):
        return None, f"no subnormal value of {to} is even"
    if p == 1 and lsb:
        return None, f"{to} has no subnormal values"
    top = to.min_normal if to.min_normal is not None else Fraction(2) ** (to.emax + 1)
    low = Fraction(2) ** spacing * (lsb or not last)
    return Need(low=low, high=top, unit=spacing - last if lsb or last else None, bits=few, open="high"), ""


def lgs_bins(job: Job) -> list[Bin]:
    made = []
    for region in regions(job):
        for pattern in np.ndindex(2, 2, 2):
            lsb, guard, sticky = (int(bit) for bit in pattern)
            need, impossible = _need(job, region, (lsb, guard, sticky))
            if need and not sticky:
                need = replace(need, ends=True)
            made.append(Bin(f"{_NAMES[region]}_L{lsb}G{guard}S{sticky}", need, impossible))
    return both_signs(made)


def _place(sample: Sample) -> tuple[Array, int]:
    """The number of the region among the job's."""
    found = np.full(sample.size, -1, np.int64)
    for number, region in enumerate(regions(sample.job)):
        found[sample.region == region] = number
    return found, len(regions(sample.job))


def _lgs(sample: Sample) -> Iterator[Array]:
    bits = [(part.astype(np.int64), 2) for part in (sample.odd, sample.guard, sample.rest)]
    yield crossed((sample.negative, 2), _place(sample), *bits)


def _near_bins(job: Job) -> list[Bin]:
    """IBM B8: the nearest that the operation comes to a value or a midpoint."""
    made = []
    for region in regions(job):
        for side in _SIDES:
            for lsb in range(2):
                guard = int(side in ("tie_plus", "value_minus"))
                below = 2 if side != "value_minus" else 1
                need, impossible = _need(job, region, (lsb, guard, 1), 2)
                if side == "value_minus":
                    need, impossible = _need(job, region, (lsb, 1, 1), below + 1)
                impossible = impossible or _why_not_near(job, region, side, lsb)
                made.append(Bin(f"{_NAMES[region]}_{side}_L{lsb}", need, impossible))
    return made


def _why_not_near(job: Job, region: int, side: str, lsb: int) -> str:
    """Where there is a gap nothing is near; with two bits the even value below the smallest normal one is 0, and of
    operands the smallest alone is one last bit above that.
    """
    if region != SUBNORMAL:
        return ""
    to, source = _format(job), job.types[0]
    if to.exp0 != "subnormal":
        return f"{to} has nothing between 0 and its smallest value"
    above_zero = (side, lsb, precision(job), job.op.name) == ("value_plus", 0, 2, "convert")
    if not above_zero or not isinstance(source, Format):
        return ""
    place = to.emin - 1 - (source.emin - source.precision + 1)
    return "" if 2 <= place < SEEN else f"the smallest operand is bit {place} below the last one kept"


def _near(sample: Sample) -> Iterator[Array]:
    """Where nu = 1/4 is the nearest to a value and to a midpoint, it is beside both; so is 3/4."""
    sides = _sides_by_unit(sample) if exact_unit(sample) is not None else _sides_by_run(sample)
    for number, side in enumerate(sides):
        place = only(side & sample.finite & ~sample.in_gap, np.full(sample.size, number))
        yield crossed(_place(sample), (place, len(_SIDES)), (sample.odd.astype(np.int64), 2))


def _sides_by_unit(sample: Sample) -> Iterator[Array]:
    """nu is one last bit away from 0, 1/2 or 1."""
    step, shape = sample.last_bit, (sample.size,)
    half, zero = constant(1 << 127, shape), constant(0, shape)
    for distance in (step, minus(half, step), plus(half, step), minus(zero, step)):
        yield sample.is_dropped(distance) & ~step.is_zero()


def _sides_by_run(sample: Sample) -> Iterator[Array]:
    """nu is less than 2**-n away from 0, 1/2 or 1, but not there; n is P - 3, at least 2 and at most 10."""
    limit = 1 << (64 - max(2, min(_NEAR, precision(sample.job) - 3)))
    from_tie = minus(sample.dropped, constant(1 << 127, (sample.size,)))
    yield _is_above(sample, sample.dropped, limit)
    yield _is_under(sample, from_tie, limit)
    yield _is_above(sample, from_tie, limit)
    yield _is_under(sample, sample.dropped, limit)


def _is_above(sample: Sample, distance: Words, limit: int) -> Array:
    """Is 0 < distance < limit / 2**64?  ``distance`` is a part of nu, modulo 1."""
    near: Array = (distance.high < np.uint64(limit)) & (~distance.is_zero() | sample.below)
    return near


def _is_under(sample: Sample, distance: Words, limit: int) -> Array:
    """Is 0 < 1 - distance < limit / 2**64?"""
    at_limit = (distance.high == np.uint64((1 << 64) - limit)) & (distance.low == 0) & ~sample.below
    near: Array = (~distance.high < np.uint64(limit)) & ~at_limit
    return near


def _sticky_places(job: Job) -> range:
    return range(2, min(precision(job) + 4, SEEN + 1 - precision(job)))


def _sticky_bins(job: Job) -> list[Bin]:
    """IBM B7."""
    made = []
    for region in regions(job):
        for place in _sticky_places(job):
            need, impossible = _need(job, region, (0, 0, 1), place)
            if need:
                need = replace(need, ends=True)
            if region == SUBNORMAL and _format(job).exp0 != "subnormal":
                impossible = f"{_format(job)} has nothing between 0 and its smallest value"
            made.append(Bin(f"{_NAMES[region]}_bit{place}", need, impossible))
    return made


def _sticky(sample: Sample) -> Iterator[Array]:
    places = _sticky_places(sample.job)
    ones = np.bitwise_count(sample.dropped.high).astype(np.int64) + np.bitwise_count(sample.dropped.low)
    first = sample.dropped.high != 0
    lead = np.where(first, sample.dropped.high, sample.dropped.low)
    # the place of the only bit, from 1 on: exact in float64
    place = 64 - np.log2(np.where(lead == 0, 1, lead).astype(np.float64)).astype(np.int64) + np.where(first, 0, 64)
    single = sample.finite & (ones == 1) & ~sample.below & ~sample.in_gap & (place >= 2) & (place < places.stop)
    yield crossed(_place(sample), (only(single, place - 2), len(places)))


def carry_bins(job: Job) -> list[Bin]:
    """All bits kept are ones, and something was dropped: rounding up renormalises."""
    to, p = _format(job), precision(job)
    made = []
    for guard in range(2):
        last = 1 if guard else 2
        need = Need(
            low=to.min_normal or Fraction(0), high=to.max, unit=to.emax - p - last, bits=p + last if p > 1 else 1 + last
        )
        none = f"{to} has no normal values" if to.min_normal is None else ""
        none = none or (f"{to} has one binade" if to.emax == to.emin else "") or _why_no_carry(job, guard)
        made.append(Bin(f"binade_G{guard}", need, none))
        if to.exp0 != "subnormal":
            continue
        top, ulp = Fraction(2) ** to.emin, Fraction(2) ** (to.emin - p + 1)
        ends = (top - ulp / 2, top) if guard else (top - ulp, top - ulp / 2)
        below = Need(low=ends[0], high=ends[1], unit=to.emin - p + 1 - last, bits=p - 1 + last)
        below = replace(below, open="high" if guard else "both")
        made.append(Bin(f"to_normal_G{guard}", below, "" if p > 1 else f"{to} has no subnormal values"))
        lower = Need(low=Fraction(0), high=Fraction(2) ** (to.emin - 1), unit=to.emin - p + 1 - last, bits=1 + last)
        made.append(Bin(f"subnormal_G{guard}", lower, "" if p > 2 else f"{to} has not two subnormal binades"))
    return both_signs(made)


def _why_no_carry(job: Job, guard: int) -> str:
    """Why no quotient or root of normal range has ones only, and something after them."""
    p, most = precision(job), max((type_.precision for type_ in job.types if isinstance(type_, Format)), default=0)
    if most > p or p == 1:
        return ""
    if job.op.name in ("div", "recip"):
        return f"no quotient of {p}-bit significands lies between {p} ones and the next power of two"
    if job.op.name in ("sqrt", "rsqrt") and guard:
        return f"the root next to a power of two lies below the midpoint after {p} ones"
    return ""


def _carry(sample: Sample) -> Iterator[Array]:
    ones = sample.all_ones & sample.inexact
    kinds = [ones & (sample.region == NORMAL) & (sample.exponent < sample.to.emax)]
    if sample.to.exp0 == "subnormal":
        low = ones & (sample.exponent < sample.to.emin)
        kinds += [low & (sample.exponent == sample.to.emin - 1), low & (sample.exponent < sample.to.emin - 1)]
    kind = np.full(sample.size, -1, np.int64)
    for number, mask in enumerate(kinds):
        kind[mask] = number
    yield crossed((sample.negative, 2), (sample.guard.astype(np.int64), 2), (kind, len(kinds)))


def _overflow_bins(job: Job) -> list[Bin]:
    """IBM B4."""
    to = _format(job)
    made = around("max", to.max, to.emax - to.precision + 1, AROUND)
    return both_signs([*made, *_exponent_bins("emax", to.emax, _EMAX)])


def _exponent_bins(name: str, base: int, offsets: range) -> Iterable[Bin]:
    for offset in offsets:
        low = Fraction(2) ** (base + offset)
        yield Bin(f"{name}{offset:+}", Need(low=low, high=2 * low, open="high"))


def _overflow(sample: Sample) -> Iterator[Array]:
    to = sample.to
    unit = to.emax - to.precision + 1
    count = len(AROUND) + len(_EMAX)
    place = positions(sample, to.max, unit, AROUND)
    yield crossed((sample.negative, 2), (place, count))
    yield crossed((sample.negative, 2), (_exponents(sample, to.emax, _EMAX, len(AROUND)), count))


def _exponents(sample: Sample, base: int, offsets: range, first: int) -> Array:
    offset = sample.exponent - base - offsets[0]
    return only(sample.finite & (offset >= 0) & (offset < len(offsets)), offset + first)


def _underflow_bins(job: Job) -> list[Bin]:
    """IBM B5, B6."""
    to = _format(job)
    made = around("min", Fraction(0), _low_unit(to), ABOVE_ZERO)
    if to.min_normal is not None:
        made += around("normal", to.min_normal, to.emin - to.precision + 1, AROUND)
    return both_signs([*made, *_exponent_bins("emin", to.emin, _EMIN)])


def _low_unit(to: Format) -> int:
    """The spacing above 0, or the smallest value's binade where there is a gap."""
    return to.emin - to.precision + 1 if to.exp0 == "subnormal" else to.emin


def _underflow(sample: Sample) -> Iterator[Array]:
    to = sample.to
    count = len(ABOVE_ZERO) + len(_EMIN) + (len(AROUND) if to.min_normal is not None else 0)
    place = positions(sample, Fraction(0), _low_unit(to), ABOVE_ZERO)
    yield crossed((sample.negative, 2), (place, count))
    if to.min_normal is not None:
        near = positions(sample, to.min_normal, to.emin - to.precision + 1, AROUND)
        yield crossed((sample.negative, 2), (only(near >= 0, near + len(ABOVE_ZERO)), count))
    yield crossed((sample.negative, 2), (_exponents(sample, to.emin, _EMIN, count - len(_EMIN)), count))


POINTS = (
    Point("rounding", "LSB, guard and sticky bit x sign x region (B3)", _rounds, lgs_bins, _lgs),
    Point("near", "one last bit beside a value or a midpoint (B8)", _rounds, _near_bins, _near),
    Point("sticky", "a single sticky bit, at every place (B7)", _rounds, _sticky_bins, _sticky),
    Point("carry", "ones only, and rounding up carries out", _rounds_to_float, carry_bins, _carry),
    Point(
        "overflow", "max +- 3 ulp in half ulps, exponents emax +- 3 (B4)", _rounds_to_float, _overflow_bins, _overflow
    ),
    Point(
        "underflow",
        "up to 4 smallest values, min_normal +- 3 ulp, exponents from emin on (B5, B6)",
        _rounds_to_float,
        _underflow_bins,
        _underflow,
    ),
)
