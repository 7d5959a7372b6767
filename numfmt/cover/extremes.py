# SPDX-License-Identifier: BSD-3-Clause
"""What one tuple of operands of each combination of classes delivers: the largest and the smallest exact results, every
zero, infinity and NaN are among these.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from numfmt.cover.operands import FLOAT_CLASSES, classes, facts, is_value, representatives
from numfmt.formats import Format
from numfmt.inttypes import IntType
from numfmt.jobs import Job
from numfmt.modes import Flags

Array = np.ndarray[Any, np.dtype[Any]]

#: The class of results beside those of ``operands.classes``: +max, and one more for -max, after an overflow.
SATURATED = 2 * len(FLOAT_CLASSES)
NO_SUCH_CLASS = "no tuple of the operands' classes, which hold the extreme magnitudes, delivers it"


#: NaN profiles that hand no payload on.
CANONICAL = ("canonical", "riscv", "arm_default_nan", "sf_arm_dn", "sf_riscv")


def flushes(job: Job) -> bool:
    """Are subnormal results flushed?"""
    type_ = job.result.type
    return job.env.ftz != "off" and isinstance(type_, Format) and type_.width != job.env.flush_except_width


def result_kinds(type_: Format | IntType | None, results: Array, flags: Array) -> Array:
    """The class of each result; one of two more for +max or -max after an overflow."""
    if type_ is None:
        return results.astype(np.int64)
    found = classes(type_, results)
    if isinstance(type_, Format):
        is_max = is_value(facts(type_, results), type_, type_.max_code)
        saturated = is_max & (flags & np.uint8(Flags.OVERFLOW) != 0)
        return np.asarray(np.where(saturated, SATURATED + found % 2, found))
    return np.asarray(2 * found + (flags & np.uint8(Flags.INVALID) != 0))


@functools.lru_cache(maxsize=16)
def class_codes(job: Job) -> list[Array]:
    """One tuple of codes of each combination of the operands' classes."""
    firsts = [np.concatenate([members[:1] for members in representatives(type_).values()]) for type_ in job.types]
    places = np.meshgrid(*(np.arange(array.size) for array in firsts), indexing="ij")
    return [array[place.ravel()] for array, place in zip(firsts, places, strict=True)]


@functools.lru_cache(maxsize=64)
def extremes(job: Job) -> tuple[frozenset[int], frozenset[int]]:
    """The classes of results and the flags that one tuple of each combination of the operands' classes gives.

    Among those are the largest and the smallest exact results, every zero, infinity and NaN.
    """
    codes = class_codes(job)
    kinds: set[int] = set()
    raised: set[int] = set()
    for random in (0, (1 << job.random_width) - 1) if job.is_random else (None,):
        bits = None if random is None else np.full(codes[0].shape, random, np.uint32)
        words, flags = job.outcomes(codes, bits)
        kinds |= set(result_kinds(job.result.type, job.result.codes(words), flags).tolist())
        raised |= set(flags.tolist())
    return frozenset(kinds), frozenset(raised)
