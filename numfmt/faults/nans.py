# SPDX-License-Identifier: BSD-3-Clause
"""Other NaNs and other zeros: profiles, quieting, substitutes, signs."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import get_args

import numpy as np

from numfmt import _bind
from numfmt.columns import Column
from numfmt.faults import probes, reach
from numfmt.faults.block import Array, Block, Change, destination, floats, has_exact
from numfmt.faults.fault import Fault
from numfmt.formats import Format
from numfmt.jobs import Job
from numfmt.modes import NanProfile, NanSubstitute

_PROFILES: dict[NanProfile, str] = {
    "canonical": "every NaN result is the canonical one: payload and sign of a NaN operand are lost",
    "x86_sse": "NaN operands propagate as in x86's SSE: the first one, quieted; the default NaN is negative",
    "x87": "NaN operands propagate as in the x87: the larger significand; the default NaN is negative",
    "arm": "NaN operands propagate as in Arm: signalling ones first; the default NaN is positive",
    "sf_8086_sse": "NaN operands propagate as in SoftFloat's 8086-SSE",
    "sf_8086": "NaN operands propagate as in SoftFloat's 8086",
    "sf_arm": "NaN operands propagate as in SoftFloat's ARM-VFPv2",
}
_SUBSTITUTES: tuple[NanSubstitute, ...] = tuple(name for name in get_args(NanSubstitute) if name != "raise")
_SUMS = ("add", "sub", "fma", "faa")


def _with_env(**fields: str) -> Callable[[Block], Change]:
    def change(block: Block) -> Change:
        rows = block.nan_rows
        return block.changed(rows, block.again(rows, env=dataclasses.replace(block.job.env, **fields)))  # type: ignore[arg-type]

    return change


def _profile_applies(profile: NanProfile) -> Callable[[Job], bool]:
    def applies(job: Job) -> bool:
        fmt = destination(job)
        if fmt is None or not fmt.has_quiet_bit or job.env.compat or profile == job.env.nan:
            return False
        return probes.rules_differ(job, dataclasses.replace(job.env, nan=profile))

    return applies


def _substitute_applies(name: NanSubstitute) -> Callable[[Job], bool]:
    def applies(job: Job) -> bool:
        fmt = destination(job)
        env = job.env
        if fmt is None or fmt.nan_code is not None or env.compat or env.nan_substitute in (name, "raise"):
            return False
        return probes.rules_differ(job, dataclasses.replace(env, nan_substitute=name))

    return applies


def sign_bit(fmt: Format, codes: Array, mask: Array) -> Array:
    """Codes with the sign inverted where ``mask`` is set."""
    made = codes.copy()
    top = 1 << ((fmt.width - 1) % 64)
    word = made["hi"] if fmt.width > 64 else made
    word[mask] ^= word.dtype.type(top)
    return made


def _wrong_nan_sign(block: Block) -> Change:
    rows = block.rows(block.nan_results)
    return block.with_results(rows, sign_bit(block.fmt, block.results[rows], np.ones(rows.size, bool)))


def _makes_nan(job: Job) -> bool:
    """Can the result be a NaN of a format that has more than one sign of it?"""
    fmt = destination(job)
    if fmt is None or fmt.nan_code is None or not fmt.has_neg_zero:
        return False
    return probes.delivers(job, _bind.KIND_QUIET_NAN)


def _not_quieted(block: Block) -> Change:
    """A signalling operand is delivered as it is, or with its top fraction bit clear in another format."""
    fmt = block.fmt
    results = block.results.copy()
    signals = np.zeros(block.size, bool)
    word = results["hi"] if fmt.width > 64 else results
    quiet = word.dtype.type(1 << ((fmt.precision - 2) % 64))
    for source, codes, operand in zip(block.job.types, block.codes, block.operands, strict=True):
        if operand is None:
            continue
        mine = block.nan_results & ~signals & (operand["kind"] == _bind.KIND_SIGNALING_NAN)
        signals |= mine
        if source == fmt:
            results[mine] = codes[mine]
        else:
            word[mine] = word[mine] & ~quiet | word.dtype.type(1)
    rows = block.rows(signals)
    return block.with_results(rows, results[rows])


def _reads_nan_as_number(block: Block) -> Change:
    job = block.job
    columns = tuple(
        Column(_without_nan(one)) if isinstance(one, Format) and _has_number_nan(one) else Column(one)
        for one in job.types
    )
    rows = block.rows(block.has_nan)
    wrong = dataclasses.replace(job, operands=columns)
    random = None if block.random is None else block.random[rows]
    return block.changed(rows, wrong.outcomes([array[rows] for array in block.codes], random))


def _has_number_nan(fmt: Format) -> bool:
    return not fmt.has_inf and fmt.n_high_nans == 1


def _without_nan(fmt: Format) -> Format:
    return dataclasses.replace(fmt, n_high_nans=0, name=None)


def _zero_sign(block: Block) -> Change:
    values = block.values
    rows = block.rows((values["kind"] == _bind.KIND_ZERO) & (values["sign"] != 0))
    return block.with_results(rows, np.zeros(rows.size, block.results.dtype))


def _cancellation_sign(block: Block) -> Change:
    rows = block.rows(block.kinds == _bind.KIND_ZERO)
    down = block.job.env.rounding == "toward_negative"
    env = dataclasses.replace(block.job.env, rounding="toward_zero" if down else "toward_negative", random_bits_count=0)
    return block.changed(rows, block.again(rows, env=env))


def _sign_lost(block: Block) -> Change:
    rows = block.rows((block.finite | (block.kinds == _bind.KIND_INF)) & block.negative)
    parts = block.exact.take(rows)
    parts["sign"] = 0
    return block.changed(rows, block.rerounded(rows, parts))


FAULTS = (
    *(
        Fault(
            name=f"nan_{profile}",
            cause=cause,
            clause="IEEE 754-2019 6.2",
            breadth=2,
            applies=_profile_applies(profile),
            change=_with_env(nan=profile),
        )
        for profile, cause in _PROFILES.items()
    ),
    *(
        Fault(
            name=f"nan_becomes_{name}",
            cause=f"a NaN into a format without NaN becomes {name.replace('_', ' ')}",
            clause="Env.nan_substitute",
            breadth=1,
            applies=_substitute_applies(name),
            change=_with_env(nan_substitute=name),
        )
        for name in _SUBSTITUTES
    ),
    Fault(
        name="nan_sign_inverted",
        cause="NaN results have the other sign",
        clause="IEEE 754-2019 6.3",
        breadth=2,
        applies=_makes_nan,
        change=_wrong_nan_sign,
    ),
    Fault(
        name="nan_not_quieted",
        cause="a signalling NaN comes out signalling: the quiet bit is not set",
        clause="IEEE 754-2019 6.2.3",
        breadth=1,
        applies=lambda job: (
            _makes_nan(job)
            and (f := destination(job)) is not None
            and f.has_quiet_bit
            and f.precision > 2
            and reach.takes_signaling(job)
        ),
        change=_not_quieted,
    ),
    Fault(
        name="nan_read_as_number",
        cause="the NaN code of a format with one NaN is read as the number it would be (E4M3's 7F as 480)",
        clause="OFP8 5.1",
        breadth=1,
        applies=lambda job: job.op.rounds and not job.env.compat and any(map(_has_number_nan, floats(job))),
        change=_reads_nan_as_number,
    ),
    Fault(
        name="zero_sign_lost",
        cause="-0 is delivered as +0",
        clause="IEEE 754-2019 6.3",
        breadth=1,
        applies=lambda job: destination(job) is not None and probes.delivers(job, _bind.KIND_ZERO, negative=True),
        change=_zero_sign,
    ),
    Fault(
        name="cancellation_sign",
        cause="an exact cancellation gives the zero of the wrong sign",
        clause="IEEE 754-2019 6.3",
        breadth=1,
        applies=lambda job: (
            (f := destination(job)) is not None and f.has_neg_zero and has_exact(job) and job.op.name in _SUMS
        ),
        change=_cancellation_sign,
    ),
    Fault(
        name="sign_lost",
        cause="the result's sign is lost",
        clause="IEEE 754-2019 6.3",
        breadth=3,
        applies=lambda job: has_exact(job) and job.op.name not in ("sqrt", "rsqrt"),
        change=_sign_lost,
    ),
)
