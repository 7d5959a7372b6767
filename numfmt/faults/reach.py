# SPDX-License-Identifier: BSD-3-Clause
"""What the formats of a job let happen: rounding, tiny results, overflow, double rounding.

Each answer is yes where it cannot be excluded by counting bits and exponents.
"""

from __future__ import annotations

import functools

import numpy as np

from numfmt import _bind, formats
from numfmt.faults.block import destination, floats, has_exact, to_integer
from numfmt.formats import Format
from numfmt.inttypes import IntType
from numfmt.jobs import Job
from numfmt.modes import Env, Flags, env_struct

_MANY = 1 << 30


def _low(fmt: Format) -> int:
    """Exponent of the last bit that a value can have."""
    return fmt.emin - fmt.precision + 1


def _integer_bits(job: Job) -> int:
    return next((one.width for one in job.types if isinstance(one, IntType)), 0)


def lowest_bit(job: Job) -> int:
    """Exponent below which no exact result has a bit."""
    low = [_low(one) for one in floats(job)]
    match job.op.name:
        case "from_int" | "logb":
            return 0
        case "convert" | "add" | "sub" | "faa" | "remainder" | "fmod":
            return min(low)
        case "mul":
            return low[0] + low[1]
        case "fma":
            return min(low[0] + low[1], low[2])
        case "scaleb":
            return low[0] - (1 << max(_integer_bits(job) - 1, 0))
        case _:
            return -_MANY


def lowest(job: Job) -> int:
    """Exponent below which no exact result but zero is."""
    fmts = floats(job)
    match job.op.name:
        case "div":
            return _low(fmts[0]) - fmts[1].emax - 1
        case "recip":
            return -fmts[0].emax - 1
        case "sqrt":
            return _low(fmts[0]) // 2 - 1
        case "rsqrt":
            return -fmts[0].emax // 2 - 1
        case _:
            return lowest_bit(job)


def highest(job: Job) -> int:
    """Exponent above which no finite exact result is."""
    top = [one.emax for one in floats(job)]
    low = [_low(one) for one in floats(job)]
    match job.op.name:
        case "from_int":
            return _integer_bits(job) - 1
        case "remainder":
            return min(top[0], top[1] - 1)
        case "fmod":
            return min(top)
        case "logb":
            return max(top[0], -low[0]).bit_length() - 1
        case "mul":
            return top[0] + top[1] + 1
        case "div":
            return top[0] - low[1] + 1
        case "recip":
            return -low[0]
        case "sqrt":
            return top[0] // 2
        case "rsqrt":
            return -low[0] // 2
        case "fma":
            return max(top[0] + top[1] + 1, top[2]) + 1
        case "scaleb":
            return top[0] + (1 << _integer_bits(job))
        case "add" | "sub":
            return max(top) + 1
        case "faa":
            return max(top) + 2
        case _:
            return max(top, default=0)


def span(job: Job) -> int:
    """Bits of the longest exact result."""
    fmts = floats(job)
    match job.op.name:
        case "convert" | "scaleb":
            return fmts[0].precision
        case "from_int":
            return _integer_bits(job)
        case "logb":
            return max(fmts[0].emax, -_low(fmts[0]) - 1).bit_length()
        case "mul":
            return fmts[0].precision + fmts[1].precision
        case "remainder" | "fmod":
            return fmts[1].precision + max(0, _low(fmts[1]) - _low(fmts[0]))
        case "add" | "sub" | "faa" | "fma":
            return highest(job) - lowest_bit(job) + 1
        case _:
            return _MANY


def rounds(job: Job) -> bool:
    """Can a result differ from the exact one?"""
    fmt = destination(job)
    if not job.op.rounds or job.env.compat:
        return False
    if to_integer(job):
        return _low(floats(job)[0]) < 0
    if fmt is None or not has_exact(job):
        return any(one != fmt for one in floats(job))
    kept = min(fmt.precision, job.env.rounding_precision or fmt.precision)
    return span(job) > kept or lowest_bit(job) < _low(fmt) or highest(job) > fmt.emax


def drops(job: Job, bits: int) -> bool:
    """Can rounding drop more than so many bits?"""
    fmt = destination(job)
    if not rounds(job):
        return False
    if to_integer(job):
        return _low(floats(job)[0]) < -bits
    if fmt is None or not has_exact(job):
        return False
    return span(job) > fmt.precision + bits or lowest_bit(job) < _low(fmt) - bits


def is_tiny(job: Job) -> bool:
    """Can an exact result be below the smallest normal number, and not zero?"""
    fmt = destination(job)
    return fmt is not None and has_exact(job) and lowest(job) < fmt.emin


def is_tiny_and_exact(job: Job) -> bool:
    """Can a tiny result be exact?"""
    fmt = destination(job)
    return is_tiny(job) and (job.op.name != "recip" or fmt is None or -floats(job)[0].emax < fmt.emin)


def underflows(job: Job) -> bool:
    """Can a tiny result be inexact?"""
    fmt = destination(job)
    return fmt is not None and is_tiny(job) and lowest_bit(job) < _low(fmt)


def carries(job: Job) -> bool:
    """Can rounding take a magnitude to the next power of two?

    With operands of the destination's precision p no quotient lies between 1 - 2**-p and 1, and no root so near to 1
    that the nearest value is 1.
    """
    fmt, rounding = destination(job), job.env.rounding
    if fmt is None or rounding in ("toward_zero", "to_odd") or not rounds(job):
        return False
    kept = min(fmt.precision, job.env.rounding_precision or fmt.precision)
    if has_exact(job) and span(job) <= kept:
        return False
    if job.env.rounding_precision or any(one.precision > fmt.precision for one in floats(job)):
        return True
    nearest = rounding in ("ties_even", "ties_away")
    return job.op.name not in ("div", "recip") and not (nearest and job.op.name in ("sqrt", "rsqrt"))


def ties(job: Job) -> bool:
    """Can an exact result lie half-way between two values?  Not a quotient or root of numbers of that precision, unless
    it is subnormal.
    """
    fmt = destination(job)
    if fmt is None or not rounds(job) or job.op.name not in ("div", "recip", "sqrt", "rsqrt"):
        return rounds(job)
    short = all(one.precision <= fmt.precision for one in floats(job)) and not job.env.rounding_precision
    if job.op.name == "recip":
        return lowest(job) < _low(fmt)
    return not short or (job.op.name == "div" and underflows(job))


def vanishes(job: Job) -> bool:
    """Can a result round to zero?"""
    fmt = destination(job)
    return fmt is not None and fmt.has_zero and underflows(job) and lowest(job) < _low(fmt)


def two_roundings_show(job: Job) -> bool:
    """Directed roundings in a row are one rounding; but the second may be exact where the first was tiny."""
    return _to_nearest(job) or underflows(job)


def _to_nearest(job: Job) -> bool:
    return job.env.rounding in ("ties_even", "ties_away") or job.is_random


def has_sign(job: Job) -> bool:
    """Can a result be negative?"""
    return job.op.name not in ("sqrt", "rsqrt")


def overflows(job: Job) -> bool:
    """Can a finite exact result lie beyond the largest number?"""
    fmt = destination(job)
    if fmt is None or not has_exact(job) or not rounds(job):
        return False
    if job.op.name == "from_int":
        signed = any(isinstance(one, IntType) and one.signed for one in job.types)
        return fmt.max < (1 << (_integer_bits(job) - 1) if signed else (1 << _integer_bits(job)) - 1)
    return highest(job) >= fmt.emax


def is_infinite(job: Job) -> bool:
    """Can the exact result be an infinity?"""
    fmts = floats(job)
    if not has_exact(job) or job.op.name in ("remainder", "fmod"):
        return False
    return bool(job.op.flags & Flags.DIVIDE_BY_ZERO) or any(one.has_inf for one in fmts)


def takes_nan(job: Job) -> bool:
    """Has one of the operands' formats NaNs?"""
    return any(one.nan_code is not None for one in floats(job))


def takes_signaling(job: Job) -> bool:
    return any(one.has_quiet_bit for one in floats(job))


def takes_subnormals(job: Job) -> bool:
    """Can an operand be subnormal, in an operation that daz concerns?"""
    compares = job.op.result == "bool" and len(job.op.operands) == 2 and not job.op.one_format
    reads = job.op.rounds or (compares and job.op.name not in ("ordered", "unordered"))
    if job.op.name.endswith("_not_exact") and job.env.rounding not in ("toward_positive", "toward_negative", "to_odd"):
        return False
    return reads and not job.env.compat and any(one.min_subnormal is not None for one in floats(job))


def matters_at(job: Job, precision: int) -> bool:
    """Can a rounding to so many bits before the last one show?  From 2p + 2 not (Figueroa, SIGNUM 1995)."""
    fmt = destination(job)
    if fmt is None or not has_exact(job) or not rounds(job) or not two_roundings_show(job):
        return False
    p = fmt.precision
    sizes = [one.precision for one in floats(job)]
    match job.op.name:
        case "add" | "sub":
            return precision < span(job) and precision < p + max(*sizes, p) + 2
        case "div" | "recip":
            return precision < sizes[-1] + p - (not _to_nearest(job))
        case "sqrt" | "rsqrt":
            more = p if job.op.name == "rsqrt" else 0
            return precision < max(2 * p + 2, sizes[0] + 1) + more
        case _:
            return precision < span(job)


@functools.lru_cache(maxsize=512)
def _far(fmt: Format, env: Env) -> bytes:
    """Codes and flags of both infinities, of finite numbers beyond all range, and of zero."""
    parts = np.zeros(5, _bind.PARTS)
    parts["sign"] = [0, 1, 0, 1, 0]
    parts["kind"] = [_bind.KIND_INF, _bind.KIND_INF, _bind.KIND_FINITE, _bind.KIND_FINITE, _bind.KIND_ZERO]
    parts["sig_hi"][2:4], parts["exp"][2:4] = 1 << 63, 1 << 22
    codes, flags = np.empty(5, fmt.dtype), np.empty(5, np.uint8)
    random = np.zeros(5, np.uint32) if env.is_stochastic else None
    _bind.round_parts(formats.struct(fmt), env_struct(env), _bind.Arrays(parts, codes, random, flags))
    return codes.tobytes() + flags.tobytes()


def policies_differ(job: Job, env: Env) -> bool:
    """Does another overflow policy make another result of something?"""
    fmt = destination(job)
    if fmt is None or not has_exact(job):
        return False
    mine, others = _far(fmt, job.env), _far(fmt, env)
    size = fmt.dtype.itemsize
    places = [*([0, 1] if is_infinite(job) else []), *([2, 3] if overflows(job) else []), 4]
    return any(
        mine[k * size : (k + 1) * size] != others[k * size : (k + 1) * size]
        or mine[5 * size + k] != others[5 * size + k]
        for k in places
    )
