# SPDX-License-Identifier: BSD-3-Clause
"""Classic faults in the reference: coverage sets expose each of them, and its cause is named in the first three."""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

import numpy as np
import oracle_ops
import pytest
from faulty import Mutation
from mutations import MUTATIONS

import numfmt as nf
from numfmt import diagnosis, faults, jobs
from numfmt.cover import generator
from numfmt.formats import code_array, code_int
from numfmt.inttypes import IntType
from numfmt.jobs import Job

#: Hits of each bin of the coverage sets that have to expose the faults.
HITS = 1
#: Exposing vectors of which one is explained: the one with the fewest suspects.
SAMPLE = 200
#: The fault must be among so many.
NAMED = 3
CASES = [(mutation, op, fmt) for mutation in MUTATIONS for op in mutation.ops for fmt in mutation.formats]
#: One operation of each mutation; the plain tier takes every eighth.
FIRST = [(mutation, mutation.ops[0], mutation.formats[0]) for mutation in MUTATIONS[::8]]


def job_of(op: str, fmt: str, env: nf.Env) -> Job:
    row = nf.OPS[op]
    if op == "convert":
        return jobs.job(op, "binary32", fmt, env)
    if op == "from_int":
        return jobs.job(op, "int32", fmt, env)
    return jobs.job(op, fmt, "int8" if row.result == "int" else None, env)


def oracle_type(one: Any) -> Any:
    return oracle_ops.IntType(one.width, one.signed) if isinstance(one, IntType) else one


@functools.lru_cache(maxsize=32)
def vectors(job: Job) -> list[Any]:
    """The job's coverage set: what ``nfmt gen --style coverage`` makes."""
    return generator.chosen(job, HITS, seed=1).stimuli()[0]


def device(mutation: Mutation, job: Job, codes: list[Any]) -> tuple[Any, Any]:
    """What a device with the fault delivers: words and flags."""
    types, to = [oracle_type(one) for one in job.types], oracle_type(job.result.type)
    rows = zip(*(column.tolist() for column in codes), strict=True)
    outcomes = [mutation.run(job.op.name, types, to, row, job.env, 0) for row in rows]
    results, flags = zip(*outcomes, strict=True)
    if isinstance(job.result.type, nf.Format):
        words = code_array(job.result.type, results)
    else:
        words = np.array(results, np.uint64).astype(getattr(job.result.type, "code_dtype", np.uint8))
    return words, np.array(flags, np.uint8)


def assert_named(mutation: Mutation, op: str, fmt: str) -> None:
    """Exposed; named over the run; named for the vector that singles it out best."""
    job = job_of(op, fmt, nf.Env(**mutation.env))  # type: ignore[arg-type]
    codes = vectors(job)
    got, got_flags = device(mutation, job, codes)
    right, right_flags = job.outcomes(codes)
    exposing = np.flatnonzero((got != right) | (got_flags != right_flags))
    assert exposing.size, f"no vector of {job.op.name} {fmt} tells the reference from {mutation}"
    ranked = [row.name for row in diagnosis.rank(job, codes, None, got, got_flags)]
    assert mutation.fault in ranked[:NAMED], ranked
    some = exposing[:: -(-exposing.size // SAMPLE)]
    named = diagnosis.suspects(job, [column[some] for column in codes], None, got[some], got_flags[some])
    best = min(range(some.size), key=lambda row: len(named[row]) + 99 * (mutation.fault not in named[row]))
    told = [one.name for one in explained(job, codes, some[best], got, got_flags).suspects]
    assert mutation.fault in told[:NAMED], (told, int(some[best]))


def explained(job: Job, codes: list[Any], row: Any, got: Any, got_flags: Any) -> nf.Diagnosis:
    """nf.explain for one row."""
    operands = [
        one.decode(column[row : row + 1])[0] if isinstance(one, IntType) else code_int(column[row])
        for one, column in zip(job.types, codes, strict=True)
    ]
    result = job.result.type
    value = result.decode(got[row : row + 1])[0] if isinstance(result, IntType) else code_int(got[row])
    flags = int(got_flags[row])
    return nf.explain(job.op.name, operands, job.types, to=result, env=job.env, got=value, got_flags=flags)


@pytest.mark.parametrize(("mutation", "op", "fmt"), FIRST, ids=str)
def test_each_fault_is_exposed_and_named(mutation: Mutation, op: str, fmt: str) -> None:
    assert_named(mutation, op, fmt)


@pytest.mark.full
@pytest.mark.parametrize(("mutation", "op", "fmt"), CASES, ids=str)
def test_each_fault_is_exposed_and_named_everywhere(mutation: Mutation, op: str, fmt: str) -> None:
    assert_named(mutation, op, fmt)


def test_the_table_has_every_operation_and_enough_faults() -> None:
    names = {mutation.fault for mutation in MUTATIONS}
    assert len(names) >= 15
    assert names <= set(faults.BY_NAME)
    assert {op for mutation in MUTATIONS for op in mutation.ops} == set(nf.OPS)


def test_the_reference_without_a_fault_has_no_suspects() -> None:
    job = job_of("add", "e4m3fn", nf.Env())
    codes = [column[:500] for column in vectors(job)]
    right, flags = device(dataclasses.replace(MUTATIONS[0], run=oracle_ops.result), job, codes)
    assert diagnosis.rank(job, codes, None, right, flags) == []
    assert diagnosis.suspects(job, codes, None, right, flags) == [[]] * codes[0].size
