# SPDX-License-Identifier: BSD-3-Clause
"""The point about tiny results: just below the smallest normal value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from numfmt import _bind, formats
from numfmt.cover.operands import facts, is_value
from numfmt.cover.points import SIGNS, Bin, crossed, to_format
from numfmt.cover.sample import INTEGRAL, SUBNORMAL, Sample, precision
from numfmt.cover.span import Need, has_span
from numfmt.jobs import Job
from numfmt.modes import Flags, env_struct

Array = np.ndarray[Any, np.dtype[Any]]

_UP = {
    "ties_even": "+-",
    "ties_away": "+-",
    "toward_positive": "+",
    "toward_negative": "-",
    "stochastic_a": "+-",
    "stochastic_b": "+-",
    "stochastic_c": "+-",
}  # fmt: skip
_SLICES = ("normal_tiny", "normal_not_tiny", "subnormal_inexact", "subnormal_exact")


def tininess_bins(job: Job) -> list[Bin]:
    to, p = to_format(job), precision(job)
    if to is None or to.min_normal is None:
        return []
    unit = to.emin - p + 1
    ulp = Fraction(2) ** unit
    made = []
    for sign in range(2):
        truncates = job.env.rounding == "stochastic_a" and not job.env.random_bits_count
        up = SIGNS[sign] in _UP.get(job.env.rounding, "") and not truncates
        never = "" if up else f"{job.env.rounding} takes no {SIGNS[sign]} value up to the smallest normal one"
        nearest = job.env.rounding in ("ties_even", "ties_away")
        always = (
            ""
            if nearest or job.env.is_stochastic or not up
            else f"{job.env.rounding} takes it to the smallest normal value"
        )
        low, high = to.min_normal - ulp, to.min_normal
        tiny = (high - ulp / 2, high - ulp / 4) if nearest else (low, high if job.env.is_stochastic else high - ulp / 2)
        middle = high - ulp / (4 if nearest else 2)
        minus = bool(sign)
        needs = (
            Need(low=tiny[0], high=tiny[1], unit=unit - 1, bits=p, negative=minus),
            Need(low=middle, high=high, unit=unit - 2, bits=p + 1, negative=minus, open="high" if nearest else "both"),
            Need(low=low, high=high, unit=unit - 1 - nearest, bits=p + nearest, negative=minus, open="both"),
            Need(low=ulp, high=low, negative=minus),
        )
        made += [
            Bin(SIGNS[sign] + name, need, reason)
            for name, need, reason in zip(_SLICES, needs, (never, never, always, ""), strict=True)
        ]
    return made


def has_tininess(job: Job) -> bool:
    to = to_format(job)
    plain = has_span(job) and to is not None and to.exp0 == "subnormal" and precision(job) > 1
    return plain and job.op.name not in INTEGRAL and job.env.ftz == "off" and to.is_signed  # type: ignore[union-attr]


def tininess_hits(sample: Sample) -> Iterator[Array]:
    """Exact results between the largest subnormal value and the smallest normal one, and exact subnormal ones."""
    to = sample.to
    random = None if sample.random is None else np.ascontiguousarray(sample.random, np.uint32)
    made = np.empty(sample.size, to.dtype)
    flags = np.empty(sample.size, np.uint8)
    env = env_struct(replace(sample.job.env, tininess="after", nan_substitute="zero"))
    _bind.round_parts(formats.struct(to), env, _bind.Arrays(sample.parts, made, random, flags))
    is_tiny = flags & np.uint8(Flags.UNDERFLOW) != 0
    least = to.min_normal_code
    normal = np.zeros(sample.size, bool) if least is None else is_value(facts(to, made), to, least)
    last = (sample.region == SUBNORMAL) & (sample.exponent == to.emin - 1) & sample.all_ones & sample.inexact
    exact = (sample.region == SUBNORMAL) & ~sample.inexact
    place = np.select([last & normal & is_tiny, last & normal, last, exact], [0, 1, 2, 3], -1)
    yield crossed((sample.negative, 2), (place, len(_SLICES)))
