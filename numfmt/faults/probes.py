# SPDX-License-Identifier: BSD-3-Clause
"""What special operands make of a job: every combination of zeros, the ends of the range, Inf and NaNs."""

from __future__ import annotations

import functools

import numpy as np

from numfmt import _bind, formats
from numfmt.faults.block import Array, Block, has_exact
from numfmt.formats import Format
from numfmt.inttypes import IntType
from numfmt.jobs import Job
from numfmt.modes import Env, Flags


def _specials(fmt: Format) -> list[int]:
    """NaNs of both signs, quiet, signalling, with payloads; Inf, zero, one, the smallest and the largest."""
    found = {0, fmt.min_positive_code, fmt.max_code, *({fmt.min_normal_code} - {None})}
    if fmt.min_positive <= 1 <= fmt.max:
        found.add(fmt.parse("1"))
    if fmt.inf_code is not None:
        found.add(fmt.inf_code)
    if fmt.nan_code is not None:
        found.add(fmt.nan_code)
        if fmt.has_quiet_bit and fmt.inf_code is not None:
            found |= {(1 << (fmt.width - 1)) - 1, fmt.nan_code + (fmt.precision > 3), fmt.inf_code + 1}
    magnitudes = [code for code in found if code is not None]
    sign = 1 << (fmt.width - 1)
    return sorted({code | flip for code in magnitudes for flip in ((0, sign) if fmt.is_signed else (0,))})


def _integers(type_: IntType) -> Array:
    low, high = type_.values[0], type_.values[-1]
    return type_.encode("probes", sorted({low, high, 0, *({1} & set(type_.values[:4])), high // 2}))


@functools.lru_cache(maxsize=256)
def probes(job: Job) -> Block:
    """The block of all combinations."""
    columns = [
        _integers(one) if isinstance(one, IntType) else formats.code_array(one, _specials(one)) for one in job.types
    ]
    grid = np.meshgrid(*(np.arange(column.size) for column in columns), indexing="ij")
    return Block(job, [column[index.ravel()] for column, index in zip(columns, grid, strict=True)])


@functools.lru_cache(maxsize=4096)
def rules_differ(job: Job, env: Env) -> bool:
    """Does another environment make something else of them?"""
    block = probes(job)
    results, flags = block.again(np.arange(block.size), env=env)
    return bool((results != block.results).any() or (flags != block.flags).any())


@functools.lru_cache(maxsize=4096)
def raises(job: Job, flags: Flags, *, without_nan: bool = False) -> bool:
    """Does one of them raise one of the flags?"""
    block = probes(job)
    raised = block.flags & np.uint8(flags) != 0
    return bool((raised & ~block.has_nan if without_nan else raised).any())


@functools.lru_cache(maxsize=512)
def is_infinite(job: Job) -> bool:
    """Is one of the exact results an infinity that raises nothing?"""
    block = probes(job)
    return has_exact(job) and bool(np.isin(block.kinds[block.flags == 0], [_bind.KIND_INF]).any())


@functools.lru_cache(maxsize=512)
def delivers(job: Job, kind: int, *, negative: bool = False) -> bool:
    """Is one of the results of this kind?"""
    kinds = np.isin(probes(job).values["kind"], [kind])
    return bool((kinds & (probes(job).values["sign"] != 0) if negative else kinds).any())
