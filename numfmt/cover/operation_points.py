# SPDX-License-Identifier: BSD-3-Clause
"""Points of single operations.  Operands are looked at as they are read, after DAZ; NaNs' payloads as they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from numfmt import _bind, ops
from numfmt.cover.points import ABOVE_ZERO, AROUND, Bin, Point, around, both_signs, crossed, only, positions, to_format
from numfmt.cover.sample import INTEGRAL, NORMAL, Sample, precision
from numfmt.cover.span import Need, span
from numfmt.formats import Format
from numfmt.inttypes import IntType
from numfmt.jobs import Job
from numfmt.modes import DEFAULT, Env, Flags

Array = np.ndarray[Any, np.dtype[Any]]

_SUMS = ("add", "sub", "faa", "fma")
_PAYLOADS = ("kept_lost", "kept", "lost", "none")


def _is(*names: str) -> Any:
    return lambda job: job.op.name in names


def lost_bins(job: Job) -> list[Bin]:
    """B13, B17."""
    to = _to(job)
    made = []
    for n in range(1, to.precision):
        low = Fraction(2) ** (to.emin - n)
        reason = _why_not_lost(job, to.emin - n)
        made.append(Bin(f"emin-{n}", Need(low=low, high=2 * low, open="high"), reason))
    return made


def _why_not_lost(job: Job, exponent: int) -> str:
    """Why addends cannot leave a sum with that leading bit, below their own: where one of them is always much larger,
    so is the other, and what they leave is a multiple of their last bits.
    """
    types = [type_ for type_ in job.types if isinstance(type_, Format)]
    lows = [type_.emin - (type_.precision - 1 if type_.exp0 == "subnormal" else 0) for type_ in types]
    bits = [type_.precision for type_ in types]
    if job.op.name == "fma":
        lows, bits = [lows[0] + lows[1], lows[2]], [bits[0] + bits[1], bits[2]]
    least = max(lows) - 2
    if job.op.name == "faa" or least <= exponent or least - max(bits) <= exponent:
        return ""
    return f"addends that cancel are multiples of 2^{least - max(bits) + 1}"


def _to(job: Job) -> Format:
    type_ = to_format(job)
    if type_ is None:
        raise TypeError(f"the result of {job.op.name} is no float")
    return type_


def _binades(sample: Sample) -> Iterator[Array]:
    """Subnormal results of a sum by whose exponent leading bits were lost."""
    to = sample.to
    exponents = [fact.exponent for fact in sample.read]
    if sample.job.op.name == "fma":
        exponents = [exponents[0] + exponents[1], exponents[2]]
    top = np.maximum.reduce(exponents)
    finite = np.logical_and.reduce([fact.kind == _bind.KIND_FINITE for fact in sample.read])
    place = to.emin - sample.exponent - 1
    shown = finite & sample.finite & (top > sample.exponent) & (place >= 0) & (place < to.precision - 1)
    yield only(shown, place)


def _product_bins(job: Job) -> list[Bin]:
    bits = [type_.precision for type_ in job.types[:2] if isinstance(type_, Format)]
    alone = "a significand of one bit is 1" if min(bits) == 1 else ""
    return [Bin("below_2"), Bin("from_2_on", impossible=alone)]


def _products(sample: Sample) -> Iterator[Array]:
    """The product of two significands in 1 to 2, and whether it is 2 or more."""
    a, b = sample.read[:2]
    finite = (a.kind == _bind.KIND_FINITE) & (b.kind == _bind.KIND_FINITE)
    types = [type_ for type_ in sample.job.types if isinstance(type_, Format)]
    if len(sample.facts) == 2:
        exponent = sample.exponent
        finite &= sample.finite
    else:
        head = ops.structs(tuple(types[:2]), types[0], DEFAULT)
        product = _bind.unrounded(ops.OPS["mul"].number, head, sample.codes[:2])
        exponent = product["exp"].astype(np.int64) + 127
        finite &= product["kind"] == _bind.KIND_FINITE
    yield only(finite, exponent - a.exponent - b.exponent)


def _quotient_bins(job: Job) -> list[Bin]:
    divisor = job.types[-1]
    one = isinstance(divisor, Format) and divisor.precision == 1
    reason = "a divisor of one significand bit is a power of two" if one else ""
    return [Bin("from_1_on"), Bin("below_1", impossible=reason)]


def _quotients(sample: Sample) -> Iterator[Array]:
    a, b = sample.read
    yield only(sample.finite & (b.kind == _bind.KIND_FINITE), a.exponent - b.exponent - sample.exponent)


def _exact_bins(job: Job) -> list[Bin]:
    """B20."""
    bits = span(job).bits or 1
    return [Bin(f"{n}_bits") for n in range(1, min(bits, precision(job)) + 1)]


def _exacts(sample: Sample) -> Iterator[Array]:
    """Exact quotients and roots by their significant bits."""
    high, low = sample.significand
    length = np.where(low != 0, 128 - _trailing(low), 64 - _trailing(high))
    fits = sample.finite & ~sample.sticky & ~sample.inexact & (sample.region == NORMAL)
    count = min(span(sample.job).bits or 1, precision(sample.job))
    yield only(fits & (length <= count), length - 1)


def _trailing(word: Array) -> Array:
    """Zeros at the end of a word that is not 0."""
    return np.asarray(np.bitwise_count((word & (np.uint64(0) - word)) - np.uint64(1)).astype(np.int64))


def _parity_bins(job: Job) -> list[Bin]:  # noqa: ARG001 - the same for every job
    return [Bin("even"), Bin("odd")]


def _parities(sample: Sample) -> Iterator[Array]:
    radicand = sample.read[0]
    yield only((radicand.kind == _bind.KIND_FINITE) & (radicand.sign == 0), radicand.exponent % 2)


def fused_bins(job: Job) -> list[Bin]:
    """B18."""
    to, p = _to(job), precision(job)
    product = span(_product_job(job))
    least = to.min_normal or to.max
    overflow = product.largest is not None and product.largest > to.max
    finer = product.unit is not None and product.unit < to.emin - p + 1
    tiny = finer and product.least is not None and product.least < least
    inexact = (product.bits or 0) > p
    return [
        Bin("product_overflows", impossible="" if overflow else "no product exceeds the largest finite value"),
        Bin("product_tiny", impossible="" if tiny else "no product is tiny and inexact"),
        Bin("product_inexact", impossible="" if inexact or tiny else "every product is a value of the result's format"),
    ]


def _product_job(job: Job) -> Job:
    return Job(op=ops.OPS["mul"], operands=job.operands[:2], result=job.result, env=_plain(job))


def _plain(job: Job) -> Env:
    if job.env.is_stochastic:
        return replace(job.env, rounding="ties_even", random_bits_count=0)
    return job.env


def _fused(sample: Sample) -> Iterator[Array]:
    """The product alone would overflow, be tiny and inexact, be inexact, and the sum is (or does) not."""
    job = _product_job(sample.job)
    codes = sample.codes[:2]
    _, first = job.outcomes(codes)
    results = job.unrounded(codes)
    usable = (results["kind"] == _bind.KIND_FINITE) & sample.finite
    usable &= sample.read[2].kind == _bind.KIND_FINITE
    last = sample.flags
    pairs = ((Flags.OVERFLOW, Flags.OVERFLOW), (Flags.UNDERFLOW, Flags.UNDERFLOW), (Flags.INEXACT, Flags.INEXACT))
    for number, (before, after) in enumerate(pairs):
        hit = usable & (first & np.uint8(before) != 0) & (last & np.uint8(after) == 0)
        yield only(hit, np.full(sample.size, number))


def _has_payloads(job: Job) -> bool:
    to, source = to_format(job), job.types[0]
    both = to is not None and isinstance(source, Format) and source.has_quiet_bit and to.has_quiet_bit
    return job.op.name == "convert" and both and min(source.precision, to.precision) > 2  # type: ignore[union-attr]


def _payload_bins(job: Job) -> list[Bin]:
    """B27: payload bits that the destination has room for, and others: all 0 or not; quiet and signalling."""
    source, to = job.types[0], _to(job)
    narrows = isinstance(source, Format) and source.precision > to.precision
    room = "" if narrows else "the destination has room for every bit"
    made = []
    for kind in ("qnan", "snan"):
        for name in _PAYLOADS:
            nothing = "a signalling NaN has a payload" if (kind, name) == ("snan", "none") else ""
            made.append(Bin(f"{kind}_{name}", impossible=nothing or (room if "lost" in name else "")))
    return both_signs(made)


def _payloads(sample: Sample) -> Iterator[Array]:
    bits = sample.to.precision - 2
    fact = sample.facts[0]
    payload = fact.significand
    kept = ~payload.right(np.full(sample.size, 128 - bits)).is_zero()
    lost = ~payload.left(np.full(sample.size, bits)).is_zero()
    place = np.select([kept & lost, kept, lost], [0, 1, 2], 3)
    kinds = np.select([fact.kind == _bind.KIND_QUIET_NAN, fact.kind == _bind.KIND_SIGNALING_NAN], [0, 1], -1)
    yield crossed((fact.sign.astype(np.int64), 2), (kinds, 2), (place, len(_PAYLOADS)))


def _length_bins(job: Job) -> list[Bin]:
    """B25, B26."""
    type_ = job.types[0]
    signed = isinstance(type_, IntType) and type_.signed
    made = [Bin(f"+{n}_bits") for n in range(1, type_.width - signed + 1)]
    return made + ([Bin(f"-{n}_bits") for n in range(1, type_.width + 1)] if signed else [])


def _lengths(sample: Sample) -> Iterator[Array]:
    type_ = sample.job.types[0]
    fact = sample.facts[0]
    signed = isinstance(type_, IntType) and type_.signed
    place = np.where(fact.sign != 0, fact.exponent + type_.width - signed, fact.exponent)
    yield only(fact.kind == _bind.KIND_FINITE, place)


def _to_ints(job: Job) -> bool:
    return job.op.name in INTEGRAL


def _reach(job: Job) -> int:
    """Exponents of interest: those of the integers, or of the significand."""
    type_ = job.result.type
    return type_.width + 4 if isinstance(type_, IntType) else precision(job) + 3


def _magnitude_bins(job: Job) -> list[Bin]:
    """B22, B28."""
    made = []
    for exponent in range(-3, _reach(job)):
        low = Fraction(2) ** exponent
        made.append(Bin(f"exponent{exponent:+}", Need(low=low, high=2 * low, open="high")))
    return both_signs(made)


def _magnitudes(sample: Sample) -> Iterator[Array]:
    count = _reach(sample.job) + 3
    place = sample.exponent + 3
    usable = sample.finite & (place >= 0) & (place < count)
    yield crossed((sample.negative, 2), (only(usable, place), count))


def _end_values(job: Job) -> list[tuple[str, int]]:
    """The ends of an integer type's range, without sign."""
    type_ = job.result.type
    if not isinstance(type_, IntType):
        return []
    low, high = type_.values[0], type_.values[-1]
    return [(name, abs(value)) for name, value in (("high", high), ("low", low)) if value]


def _end_bins(job: Job) -> list[Bin]:
    """B23, B24, B29: 0, 1 and the ends of the range, in quarters; names count ones."""
    made = around("zero", Fraction(0), -1, ABOVE_ZERO, 0.5)
    for name, value in _end_values(job):
        made += around(name, Fraction(value), -1, AROUND, 0.5)
    return both_signs(made)


def _ends(sample: Sample) -> Iterator[Array]:
    values = _end_values(sample.job)
    count = len(ABOVE_ZERO) + len(AROUND) * len(values)
    yield crossed((sample.negative, 2), (positions(sample, Fraction(0), -1, ABOVE_ZERO), count))
    for number, (_, value) in enumerate(values):
        place = positions(sample, Fraction(value), -1, AROUND)
        first = len(ABOVE_ZERO) + number * len(AROUND)
        yield crossed((sample.negative, 2), (only(place >= 0, place + first), count))


POINTS = (
    Point(
        "lost_bits",
        "subnormal results of sums that lost leading bits, by exponent (B13, B17)",
        lambda job: job.op.name in _SUMS and _to(job).exp0 == "subnormal" and _to(job).precision > 1,
        lost_bins,
        _binades,
    ),
    Point("product", "product of the significands, below 2 or not", _is("mul", "fma"), _product_bins, _products),
    Point("quotient", "quotient of the significands, below 1 or not", _is("div"), _quotient_bins, _quotients),
    Point(
        "exact", "exact quotients and roots by their significant bits (B20)", _is("div", "sqrt"), _exact_bins, _exacts
    ),
    Point("parity", "exponent of the radicand, even or odd", _is("sqrt", "rsqrt"), _parity_bins, _parities),
    Point(
        "fused",
        "the product overflows, is tiny, is inexact, and the result is not (B18)",
        _is("fma"),
        fused_bins,
        _fused,
    ),
    Point("payload", "payload bits that are kept and lost (B27)", _has_payloads, _payload_bins, _payloads),
    Point("length", "significant bits of the integer (B25, B26)", _is("from_int"), _length_bins, _lengths),
    Point("magnitude", "exponents around the integers (B22, B28)", _to_ints, _magnitude_bins, _magnitudes),
    Point("ends", "0, 1 and the ends of the range +- 3/2, in quarters (B23, B24, B29)", _to_ints, _end_bins, _ends),
)
