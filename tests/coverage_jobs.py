# SPDX-License-Identifier: BSD-3-Clause
"""Jobs and vectors for the tests of the coverage model, and the bins that the model says they hit."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import oracle_ops

import numfmt as nf
from numfmt import jobs
from numfmt.cover import model
from numfmt.cover.sample import Sample
from numfmt.formats import code_int
from numfmt.inttypes import IntType
from numfmt.jobs import Job

#: What changes nothing about which bins are hit; it is compared with a device, not with an oracle.
NOT_SEEN = "tells_apart"
SMALL = ("e4m3fn", "e2m1", "e5m2", "e2m3", "e3m2", "e8m0", "binary8p3ue", "binary8p1se", "e5m2fnuz", "ue4m3")
SIGN_OPS = ("negate", "absolute", "copysign")


def job_of(op: str, fmt: str, env: nf.Env, *, source: str = "binary16", integer: str = "int8") -> Job:
    """The job of an operation on a format: from it, or from ``source`` and ``integer`` to it."""
    row = nf.OPS[op]
    if op == "convert":
        return jobs.job(op, source, fmt, env)
    if op == "from_int":
        return jobs.job(op, integer, fmt, env)
    if op == "scaleb":
        return jobs.job(op, f"{fmt},{integer}", fmt, env)
    return jobs.job(op, fmt, integer if row.result == "int" else None, env)


def is_allowed(op: str, fmt: str, env: nf.Env) -> bool:
    to = nf.format(fmt)
    return (to.is_signed or op not in SIGN_OPS) and (to.has_zero or env.ftz == "off")


def oracle_type(one: Any) -> Any:
    return oracle_ops.IntType(one.width, one.signed) if isinstance(one, IntType) else one


def as_columns(types: Sequence[Any], index: Any) -> list[Any]:
    """Numbers of tuples as codes, the last operand fastest."""
    columns = []
    for one in reversed(types):
        codes = index & np.uint64((1 << one.width) - 1)
        columns.append(codes.astype(one.code_dtype if isinstance(one, IntType) else one.dtype))
        index = index >> np.uint64(one.width)
    return columns[::-1]


def some_vectors(job: Job, count: int, seed: int) -> tuple[list[Any], Any]:
    """All vectors if they are so few, else some at random; random bits at random."""
    chance = np.random.default_rng(seed)
    bits = sum(one.width for one in job.types)
    few = bits < 20 and 1 << bits <= count
    index = np.arange(1 << bits, dtype=np.uint64) if few else chance.integers(0, 1 << bits, count, dtype=np.uint64)
    columns = as_columns(job.types, index)
    random = chance.integers(0, 1 << job.random_width, index.size).astype(np.uint32) if job.is_random else None
    return columns, random


def model_hits(job: Job, codes: list[Any], random: Any) -> list[set[tuple[str, str]]]:
    """For each vector the bins that it hits, as the model has them."""
    sample = Sample(job, codes, random, job.outcomes(codes, random))
    found: list[set[tuple[str, str]]] = [set() for _ in range(sample.size)]
    for point in model.points(job):
        if point.name == NOT_SEEN:
            continue
        names = [one.name for one in model.bins(job)[point.name]]
        for index in point.index(sample):
            for row in np.flatnonzero(index >= 0).tolist():
                found[row].add((point.name, names[index[row]]))
    return found


def rows_of(codes: list[Any], random: Any) -> Iterator[tuple[list[int], int]]:
    """Each vector as numbers: codes and random bits."""
    for row in range(codes[0].size):
        yield [code_int(column[row]) for column in codes], 0 if random is None else int(random[row])


@functools.lru_cache(maxsize=64)
def types_of(job: Job) -> tuple[tuple[Any, ...], Any]:
    """The types of operands and result as the oracles take them."""
    return tuple(map(oracle_type, job.types)), oracle_type(job.result.type)
