# SPDX-License-Identifier: BSD-3-Clause
"""The table of faults: none is dead, each operation has some, and `applies` says what vectors confirm."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import numfmt as nf
from numfmt import faults, jobs, tuples
from numfmt.faults import Block, Fault
from numfmt.faults.block import has_exact
from numfmt.faults.probes import probes
from numfmt.jobs import Job

#: Faults that apply where counting bits does not exclude them, although no pair of operands shows them.
NEVER_SHOWN = {("overflow_infinity", "e5m2", "convert", "toward_positive")} | {
    ("sticky_lost_below_round", "e5m2", "sqrt", rounding) for rounding in ("ties_even", "toward_positive")
}
UNUSUAL = (
    nf.Env(rounding="toward_positive", overflow="propagate", nan_substitute="zero"),
    nf.Env(rounding="ties_away", tininess="before", nan="x86_sse", overflow="sat_none", nan_substitute="signed_max"),
    nf.Env(rounding="stochastic_b", random_bits_count=4),
    nf.Env(rounding="stochastic_a", random_bits_count=4),
    nf.Env(ftz="x86", daz=True, int_overflow="x86_indefinite"),
)


def job_of(op: str, fmt: str, env: nf.Env) -> Job | None:
    """The operation on one format, scales of int16; None where the format has no such operation."""
    row = nf.OPS[op]
    operands = "binary32" if op == "convert" else ",".join("int16" if kind == "i" else fmt for kind in row.operands)
    to = fmt if op in ("convert", "from_int") else "int6" if row.result == "int" else None
    try:
        job = jobs.job(op, operands, to, env)
        return job if probes(job).results.size else None
    except ValueError:
        return None


@functools.lru_cache(maxsize=4)
def block_of(job: Job, count: int) -> Block:
    """Special operands, directed ones, random ones."""
    parts = [probes(job).codes]
    for style in ("directed", "random"):
        parts += list(tuples.tuples(style, job.op, job.types, job.result.type, count, seed=1)[1])
    codes = [np.concatenate(column) for column in zip(*parts, strict=True)]
    random = (np.arange(codes[0].size) * 7 % 16).astype(np.uint32) if job.is_random else None
    return Block(job, codes, random)


def shows(fault: Fault, block: Block) -> bool:
    return bool(np.logical_or(*fault.differs(block)).any())


def some_jobs() -> Iterator[Job]:
    yield jobs.job("fma", "e4m3fn,e5m2,binary32", "bfloat16", nf.Env())
    yield jobs.job("convert", "binary128", "binary64", nf.Env())
    for env in (nf.Env(), *UNUSUAL):
        for fmt in ("binary16", "e4m3fn", "e5m2", "e2m1"):
            for op in nf.OPS:
                if job := job_of(op, fmt, env):
                    yield job


def test_no_fault_is_dead() -> None:
    left = dict(faults.BY_NAME)
    for job in some_jobs():
        wanted = [fault for fault in left.values() if fault.applies(job)]
        for fault in wanted:
            if shows(fault, block_of(job, 1000)):
                del left[fault.name]
        if not left:
            return
    assert sorted(left) == []


def test_names_are_identifiers_and_unique() -> None:
    assert len(faults.BY_NAME) == len(faults.FAULTS)
    for fault in faults.FAULTS:
        assert fault.name.isidentifier() and fault.name.islower()
        assert fault.cause and fault.clause and "\n" not in fault.cause
        assert fault.breadth in (1, 2, 3)


@pytest.mark.parametrize("op", nf.OPS)
def test_every_operation_has_faults_that_show(op: str) -> None:
    job = job_of(op, "binary16", nf.Env())
    assert job is not None
    assert any(shows(fault, block_of(job, 500)) for fault in faults.applicable(job))


@pytest.mark.parametrize("fmt", ["binary16", "e4m3fn", "e5m2", "e2m1", "e8m0", "float8_e4m3fnuz", "x87_extended"])
def test_without_a_fault_rounding_again_gives_the_reference(fmt: str) -> None:
    for env in (nf.Env(), *UNUSUAL):
        for op in ("add", "mul", "div", "fma", "sqrt", "rsqrt", "logb", "scaleb", "convert", "from_int", "fmod"):
            if job := job_of(op, fmt, env):
                block = probes(job)
                rows = np.arange(block.size)
                results, flags = block.rerounded(rows, block.exact)
                assert has_exact(job)
                assert (results == block.results).all() and (flags == block.flags).all(), (op, env)


def test_outcomes_are_those_of_the_job_in_shape_and_type() -> None:
    job = jobs.job("add", "tf32@tf32_b32", None, nf.Env())
    codes = block_of(job, 300).codes
    words, flags = job.outcomes(codes)
    for fault in faults.applicable(job):
        results, raised = fault.outcomes(job, codes)
        assert (results.dtype, results.shape) == (words.dtype, words.shape)
        assert (raised.dtype, raised.shape) == (flags.dtype, flags.shape)


@pytest.mark.parametrize("fmt", ["bfloat16", "binary64", "binary128", "x87_extended"])
def test_wide_formats(fmt: str) -> None:
    """Every fault that applies can be computed."""
    for op in ("add", "fma", "div", "convert", "sqrt", "minimum", "lt", "next_up", "total_order"):
        job = job_of(op, fmt, nf.Env())
        assert job is not None
        block = Block(job, [column[:64] for column in block_of(job, 100).codes])
        for fault in faults.applicable(job):
            fault.on(block)


@pytest.mark.full
@pytest.mark.parametrize("rounding", ["ties_even", "toward_positive"])
@pytest.mark.parametrize("fmt", ["e4m3fn", "e5m2"])
def test_what_applies_shows(fmt: str, rounding: Any) -> None:
    """On all pairs of operands: what cannot show is no hole in anybody's coverage."""
    dead = set()
    for op, row in nf.OPS.items():
        job = job_of(op, fmt, nf.Env(rounding=rounding))
        if job is None or len(row.operands) == 3:
            continue
        if "i" in row.operands or op == "convert":
            block = block_of(job, 60_000)
        else:
            block = Block(job, next(tuples.tuples("exhaustive", job.op, job.types, job.result.type, None, 1)[1]))
        dead |= {(one.name, fmt, op, rounding) for one in faults.applicable(job) if not shows(one, block)}
    assert dead <= NEVER_SHOWN
