# SPDX-License-Identifier: BSD-3-Clause
"""Classic faults in the reference: vectors expose each of them, and its cause is named in the first three."""

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
from numfmt import diagnosis, faults, jobs, tuples
from numfmt.formats import code_array, code_int
from numfmt.inttypes import IntType
from numfmt.jobs import Job

#: How the vectors are chosen.
STYLE: Any = "directed"
#: Of the vectors to choose from so many are random; so many are taken anyway, and so many for each fault.
POOL, SPREAD, PER_FAULT = 30_000, 300, 8
#: Exposing vectors of which one is explained: the one with the fewest suspects.
SAMPLE = 200
#: The fault must be among so many.
NAMED = 3
CASES = [(mutation, op, fmt) for mutation in MUTATIONS for op in mutation.ops for fmt in mutation.formats]
#: One operation of each mutation.
FIRST = [(mutation, mutation.ops[0], mutation.formats[0]) for mutation in MUTATIONS]


def job_of(op: str, fmt: str, env: nf.Env) -> Job:
    row = nf.OPS[op]
    if op == "convert":
        return jobs.job(op, "binary32", fmt, env)
    if op == "from_int":
        return jobs.job(op, "int32", fmt, env)
    return jobs.job(op, fmt, "int8" if row.result == "int" else None, env)


def oracle_type(one: Any) -> Any:
    return oracle_ops.IntType(one.width, one.signed) if isinstance(one, IntType) else one


def pool(job: Job) -> list[Any]:
    """Operands to choose from, a column for each: every pair of 8-bit codes, directed and random ones else."""
    if STYLE == "coverage" or sum(one.width for one in job.types) <= 16:
        style = STYLE if STYLE == "coverage" else "exhaustive"
        return columns([list(block) for block in made(job, style, None)])
    return columns([*made(job, STYLE, None), *made(job, "random", POOL), specials(job)])


def made(job: Job, style: Any, count: int | None) -> list[Any]:
    return list(tuples.tuples(style, job.op, job.types, job.result.type, count, seed=1)[1])


def columns(blocks: list[Any]) -> list[Any]:
    return [np.concatenate(column) for column in zip(*blocks, strict=True)]


@functools.lru_cache(maxsize=8)
def vectors(job: Job) -> list[Any]:
    """Of the pool some evenly spread, and a few that each fault of the library's table would change."""
    codes = pool(job)
    block = faults.Block(job, codes)
    chosen = [np.arange(0, block.size, -(-block.size // SPREAD))]
    for fault in faults.applicable(job):
        differs = np.flatnonzero(np.logical_or(*fault.differs(block)))
        chosen.append(differs[:: max(1, -(-differs.size // PER_FAULT))])
    rows = np.unique(np.concatenate(chosen))
    return [column[rows] for column in codes]


def specials(job: Job) -> list[Any]:
    """Every combination of a few special codes: zeros, Inf, NaNs."""
    few = [
        one.encode("few", [0, 1]) if isinstance(one, IntType) else code_array(one, special_codes(one))
        for one in job.types
    ]
    grid = np.meshgrid(*(np.arange(column.size) for column in few), indexing="ij")
    return [column[index.ravel()] for column, index in zip(few, grid, strict=True)]


def special_codes(fmt: nf.Format) -> list[int]:
    magnitudes = [0, *(code for code in (fmt.inf_code, fmt.nan_code) if code is not None)]
    magnitudes += [fmt.inf_code + 1] if fmt.has_quiet_bit and fmt.inf_code is not None else []
    return [code | sign << (fmt.width - 1) for code in magnitudes for sign in range(1 + fmt.is_signed)]


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
