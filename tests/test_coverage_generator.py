# SPDX-License-Identifier: BSD-3-Clause
"""Chosen vectors: they hit every bin within reach, and the rational oracle agrees with each of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import oracle_ops
import pytest
from coverage_jobs import job_of, rows_of, types_of

import numfmt as nf
from numfmt import jobs
from numfmt.cover import generator
from numfmt.cover.coverage import Coverage
from numfmt.formats import Format, code_int
from numfmt.inttypes import IntType
from numfmt.jobs import Job

Env = nf.Env
STOCHASTIC_B = Env(rounding="stochastic_b", random_bits_count=5)
ENVS = (Env(), Env(rounding="toward_positive"), Env(rounding="to_odd"), STOCHASTIC_B)
FORMATS = ("binary16", "bfloat16", "binary32")
#: What needs an argument or a recipe that is not there yet.
WANTED = {
    ("add", "bfloat16,e4m3fn"): "a sum whose addends are both much larger than it is a multiple of their last bits",
    ("mul", "dlfloat16"): "the products a hair below the smallest value, which is no power of two, are not looked for",
}
MIXED: tuple[tuple[str, str, str | None, nf.Env], ...] = (
    ("fma", "e4m3fn,e5m2,binary32", "bfloat16", Env()), ("mul", "binary64", None, Env()),
    ("div", "binary64", None, Env(rounding="ties_away")), ("fma", "binary64", None, Env()),
    ("convert", "binary64", "binary32", Env(tininess="before")), ("convert", "binary32", "e4m3fn", Env()),
    ("convert", "binary32", "bfloat16", Env(rounding="stochastic_a", random_bits_count=8)),
    ("convert", "binary32", "e2m1", Env(overflow="saturate")), ("add", "bfloat16,e4m3fn", "binary16", Env()),
    ("add", "binary32", None, Env(ftz="arm", daz=True)), ("faa", "binary16", None, Env()),
    ("mul", "binary32", None, Env(tininess="before")), ("to_int", "binary32", "uint32", Env(rounding="ties_away")),
    ("from_int", "int64", "binary32", Env()), ("mul", "dlfloat16", None, Env()),
)  # fmt: skip
#: Of inverse roots and fused sums with few random bits: no proof yet that what the bin asks for is out of reach.
OPEN = {
    "rounding_carry_lost": "no value below a power of two is near enough to it for so few random bits",
    "double_rounding_binary64": "no inverse root is that near to a threshold of the random bits",
    "double_rounding_x87_extended": "the same",
    "double_rounding_binary32": "the same, of formats of fewer bits",
}


def lacking(job: Job, made: generator.Chosen) -> list[tuple[str, str]]:
    """The bins that lack hits, but for those that are known to be open."""
    names = [(one.point, one.name) for one in Coverage(job).bins()]
    found = [names[place] for place in np.flatnonzero(made.lacking())]
    is_open = job.op.name in ("rsqrt", "fma") and job.is_random
    return [(point, name) for point, name in found if not (is_open and point == "tells_apart" and name in OPEN)]


def assert_every_bin_is_hit(job: Job) -> None:
    made = generator.chosen(job, 1, 1)
    missed = lacking(job, made)
    assert not missed, f"{job.op.name} {job.formats} -> {job.result} {job.env}: {missed}"
    codes = [np.concatenate(column) for column in zip(*made.columns, strict=True)]
    random = np.concatenate(made.random) if job.is_random else None
    cov = Coverage(job)
    cov.add_codes(codes, random)
    assert cov.vectors == codes[0].size
    assert cov.percent == 100 or {one.name for one in cov.missed()} <= set(OPEN)
    assert len(np.unique(as_rows(codes, random), axis=0)) == codes[0].size
    assert_oracle_agrees(job, codes, random)


def as_rows(codes: list[Any], random: Any) -> Any:
    columns = [*codes] if random is None else [*codes, random]
    return np.concatenate([column.view(np.uint8).reshape(column.size, -1) for column in columns], axis=1)


def assert_oracle_agrees(job: Job, codes: list[Any], random: Any) -> None:
    """Results and flags of every vector."""
    types, to = types_of(job)
    words, flags = job.outcomes(codes, random)
    results = job.result.codes(words) if isinstance(job.result.type, Format | IntType) else words
    for (row, bits), got, raised in zip(rows_of(codes, random), results, flags.tolist(), strict=True):
        wanted = oracle_ops.result(job.op.name, types, to, row, job.env, bits)
        shown = f"{job.op.name} {job.formats} -> {job.result} {job.env}: {[hex(code) for code in row]}, {bits}"
        assert (code_int(got), raised) == wanted, shown


@pytest.mark.parametrize(
    ("op", "fmt"), [("mul", "bfloat16"), ("sqrt", "binary32"), ("to_int", "binary32"), ("maximum", "binary16")]
)
def test_chosen_vectors_hit_every_bin(op: str, fmt: str) -> None:
    assert_every_bin_is_hit(job_of(op, fmt, Env(), source="binary32", integer="int32"))


@pytest.mark.full
@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("op", nf.OPS)
def test_chosen_vectors_of_every_operation_hit_every_bin(op: str, fmt: str, tier: str) -> None:
    """Under all environments for binary16; for the others in the soak tier."""
    source = "binary64" if fmt == "binary32" else "binary32"
    many = nf.OPS[op].rounds and (fmt == "binary16" or tier == "soak")
    for env in ENVS if many else ENVS[:1]:
        assert_every_bin_is_hit(job_of(op, fmt, env, source=source, integer="int32"))


@pytest.mark.full
@pytest.mark.parametrize(("op", "fmts", "to", "env"), MIXED, ids=str)
def test_chosen_vectors_of_other_formats_hit_every_bin(
    request: pytest.FixtureRequest, op: str, fmts: str, to: str | None, env: nf.Env
) -> None:
    if (op, fmts) in WANTED:
        request.applymarker(pytest.mark.xfail(reason=WANTED[op, fmts], strict=True))
    assert_every_bin_is_hit(jobs.job(op, fmts, to, env))
