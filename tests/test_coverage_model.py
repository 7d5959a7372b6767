# SPDX-License-Identifier: BSD-3-Clause
"""The coverage model by brute force: which bins a vector hits, against definitions in rationals; what is called out of
reach is hit by none of all vectors.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import oracle_bins
import oracle_bins_ops
import oracle_bits
import pytest
from coverage_jobs import SMALL, is_allowed, job_of, model_hits, rows_of, some_vectors, types_of
from hypothesis import given
from hypothesis import strategies as st
from oracle import HALF
from oracle_exact import Number, root
from oracle_format import floor_log2, pow2

import numfmt as nf
from numfmt import faults, jobs
from numfmt.cover import model
from numfmt.cover.points import argument
from numfmt.cover.span import Need, why_not
from numfmt.jobs import Job

Env = nf.Env
STOCHASTIC: tuple[Any, ...] = ("stochastic_a", "stochastic_b", "stochastic_c")
#: One for each axis that a bin looks at.
ENVS = (
    Env(), Env(rounding="toward_positive"), Env(rounding="toward_negative"), Env(rounding="to_odd"),
    Env(rounding="ties_away", tininess="before"), *(Env(rounding=mode, random_bits_count=3) for mode in STOCHASTIC),
    Env(rounding="stochastic_b"), Env(ftz="arm"), Env(ftz="x86", daz=True), Env(daz={"b"}),
    Env(overflow="saturate"), Env(overflow="infinity"), Env(overflow="sat_none", rounding="toward_zero"),
    Env(nan="x86_sse"), Env(int_overflow="x86_indefinite", rounding="toward_positive"),
)  # fmt: skip
#: (operation, columns, result, environment): what the small formats alone do not show.
OTHERS: tuple[tuple[str, str, str | None, nf.Env], ...] = (
    ("convert", "dlfloat16", "e8m0", Env()), ("convert", "binary16", "bfloat16", Env(nan="arm")),
    ("convert", "dlfloat16", "bfloat16", Env()), ("convert", "bfloat16", "binary16", Env(tininess="before")),
    ("to_int", "binary16", "int8", Env()), ("to_int_not_exact", "binary16", "uint8", Env(rounding="toward_negative")),
    ("from_int", "int16", "e4m3fn", Env(rounding="ties_away")), ("from_int", "uint16", "dlfloat16", Env()),
    ("scaleb", "e4m3fn,int16", "e5m2", Env()), ("add", "e4m3fn,e5m2", "e2m1", Env()),
    ("mul", "e2m1,ue4m3", "binary8p3ue", Env()), ("fma", "e4m3fn,e5m2,binary16", "bfloat16", Env()),
    ("fma", "e2m1,e2m1,e8m0", "e4m3fn", Env(daz=True)), ("faa", "e2m1,e3m2,e5m2", "e4m3fn", Env()),
    ("sqrt", "e8m0", "e4m3fn", Env()), ("remainder", "e5m2,e3m2", "e3m2", Env()),
    ("minimum", "e5m2,e3m2", "e2m3", Env()), ("lt", "e5m2,e4m3fn", None, Env()), ("div", "dlfloat16", None, Env()),
    ("mul", "binary3p2se", None, Env()),
    ("add", "binary4p1ue", None, Env()), ("rsqrt", "binary16", None, Env(rounding="stochastic_c", random_bits_count=3)),
)  # fmt: skip


def shown(job: Job) -> str:
    return f"{job.op.name} {job.formats} -> {job.result} {job.env}"


def assert_hits_as_defined(job: Job, codes: list[Any], random: Any) -> None:
    types, to = types_of(job)
    found = model_hits(job, codes, random)
    for (row, bits), got in zip(rows_of(codes, random), found, strict=True):
        wanted = oracle_bins_ops.hits(job.op.name, types, to, row, job.env, bits)
        for point, name in sorted(got ^ wanted):
            says = "model: hit, oracle: not" if (point, name) in got else "model: not hit, oracle: hit"
            operands = " ".join(f"{code:#x}" for code in row)
            pytest.fail(f"{shown(job)}: operands {operands}, random bits {bits}: {point} {name}: {says}")


def small_jobs(op: str) -> Iterator[Job]:
    """Every small format under every environment that can matter."""
    for fmt in SMALL:
        for env in ENVS:
            if is_allowed(op, fmt, env) and (env == Env() or nf.OPS[op].rounds or env.daz):
                yield job_of(op, fmt, env)


@pytest.mark.parametrize("op", nf.OPS)
def test_bins_are_hit_as_they_are_defined(op: str) -> None:
    """In plain runs a few vectors of a few combinations, others for each operation."""
    every = list(small_jobs(op))
    for number, job in enumerate(every[sum(map(ord, op)) % 80 :: 100]):
        assert_hits_as_defined(job, *some_vectors(job, 9, number))


@pytest.mark.full
@pytest.mark.parametrize("op", nf.OPS)
def test_bins_are_hit_as_they_are_defined_in_every_environment(op: str, tier: str) -> None:
    for number, job in enumerate(small_jobs(op)):
        assert_hits_as_defined(job, *some_vectors(job, 100 if tier == "soak" else 30, number))


@pytest.mark.full
@pytest.mark.parametrize("fmt", SMALL)
@pytest.mark.parametrize("op", [name for name, row in nf.OPS.items() if row.operands == "ff" and row.rounds])
def test_pairs_hit_bins_as_they_are_defined(op: str, fmt: str, tier: str) -> None:
    """Every pair in the soak tier."""
    job = job_of(op, fmt, Env())
    assert_hits_as_defined(job, *some_vectors(job, 1 << 16 if tier == "soak" else 500, 0))


@pytest.mark.full
@pytest.mark.parametrize("op", ["fma", "faa"])
@pytest.mark.parametrize("env", ENVS, ids=str)
def test_triples_of_e2m1_hit_bins_as_they_are_defined(op: str, env: nf.Env, tier: str) -> None:
    """Every triple under the default environment; in the soak tier under all."""
    job = job_of(op, "e2m1", env)
    assert_hits_as_defined(job, *some_vectors(job, 1 << 12 if tier == "soak" or env == Env() else 200, 0))


@pytest.mark.parametrize(("op", "fmts", "to", "env"), OTHERS, ids=str)
def test_bins_of_other_formats_are_hit_as_they_are_defined(
    op: str, fmts: str, to: str | None, env: nf.Env, tier: str
) -> None:
    job = jobs.job(op, fmts, to, env)
    assert_hits_as_defined(job, *some_vectors(job, {"quick": 25, "full": 1_000, "soak": 20_000}[tier], 1))


# ---- what is out of reach


def assert_reasons_hold(job: Job) -> int:
    """No vector of all hits a bin that an argument says is out of reach; the number of bins that none hits although no
    argument says so.
    """
    bits = sum(one.width for one in job.types) + job.random_width
    alone = 0
    for point, counts in model.reached(job).items():
        some, why = model.bins(job)[point], model.reasons(job)[point]
        for one, hit, reason in zip(some, counts.tolist(), why, strict=True):
            said = argument(job, one)
            assert not (hit and said), f"{shown(job)}: {point} {one.name}: {said}"
            assert reason == ("" if hit else f"none of all 2^{bits} vectors does")
            alone += not hit and not said
    return alone


@pytest.mark.parametrize("op", ["add", "div", "fma", "sqrt", "rsqrt", "round_to_integral", "logb", "minimum", "eq"])
def test_arguments_hold_for_all_vectors(op: str) -> None:
    assert_reasons_hold(job_of(op, "e2m1", Env()))


@pytest.mark.full
@pytest.mark.parametrize("op", nf.OPS)
def test_arguments_hold_for_all_vectors_of_small_formats(op: str, tier: str) -> None:
    """Of every fifth job; of all in the soak tier."""
    for job in list(small_jobs(op))[:: 1 if tier == "soak" else 5]:
        if model.is_small(job):
            assert_reasons_hold(job)


@pytest.mark.full
@pytest.mark.parametrize(("op", "fmts", "to", "env"), OTHERS, ids=str)
def test_arguments_hold_for_all_vectors_of_mixed_formats(op: str, fmts: str, to: str | None, env: nf.Env) -> None:
    job = jobs.job(op, fmts, to, env)
    if model.is_small(job):
        assert_reasons_hold(job)


#: Operations by the greatest sum of their operands' widths.
SPANNED = [("convert", 8), ("add", 8), ("sub", 8), ("mul", 8), ("div", 8), ("remainder", 8), ("fmod", 8), ("sqrt", 8),
           ("recip", 8), ("rsqrt", 8), ("fma", 9), ("faa", 9), ("logb", 8), ("to_int", 8), ("scaleb", 8)]  # fmt: skip


@st.composite
def tiny_formats(draw: st.DrawFn, width: int) -> nf.Format:
    k = draw(st.integers(3, width))
    signed = draw(st.booleans())
    p = draw(st.integers(1, k - 1))
    bias = draw(st.integers(-3, 9))
    exp0: Any = draw(st.sampled_from(["subnormal", "normal", "zero"]))
    try:
        return nf.Format(width=k, precision=p, bias=bias, is_signed=signed, has_inf=draw(st.booleans()), exp0=exp0,
                         has_neg_zero=signed)  # fmt: skip
    except ValueError:
        return nf.Format.p3109(k, p, signed=signed)


@st.composite
def tiny_jobs(draw: st.DrawFn) -> Job:
    op, total = draw(st.sampled_from(SPANNED))
    count = len(nf.OPS[op].operands)
    types: list[Any] = [draw(tiny_formats(total // count)) for _ in range(count)]
    if op == "scaleb":
        types[1] = draw(st.sampled_from(["int2", "int4", "uint3"]))
    to = draw(st.sampled_from(["int4", "uint3"])) if op == "to_int" else draw(tiny_formats(6))
    return jobs.typed(op, types, to=to, env=Env())


def exact_results(job: Job) -> Iterator[tuple[Fraction, bool]]:
    """Finite exact results that are not 0, and whether they are dyadic numbers rather than near an irrational one."""
    types, to = types_of(job)
    codes, _ = some_vectors(job, 1 << 12, 0)
    seen = set()
    for row, _ in rows_of(codes, None):
        vector = oracle_bins.Vector(job.op.name, types, to, row, job.env)
        if vector.x is None:
            continue
        assert isinstance(vector.exact, Number)
        ends = vector.x.denominator & vector.x.denominator - 1 == 0
        power = {"sqrt": 1, "rsqrt": -1}.get(job.op.name)
        if power:
            ends = vector.x**2 == vector.values[0].magnitude ** power
        seen.add((-vector.x if vector.exact.value.sign else vector.x, ends))
    yield from seen


@given(tiny_jobs(), st.integers(0, 40), st.integers(0, 40), st.integers(0, 6), st.booleans())
def test_span_refuses_no_exact_result(job: Job, lower: int, higher: int, spare: int, exact: bool) -> None:
    """Whatever an exact result satisfies is not refused: its tightest needs and looser ones."""
    for signed, ends in exact_results(job):
        x = abs(signed)
        hair = 0 if ends else Fraction(1, 1 << 40)  # x is near the result
        low, high = x * (1 - Fraction(lower, 64) - hair), x * (1 + Fraction(higher, 64) + hair)
        odd = x.numerator
        last = (odd & -odd).bit_length() - x.denominator.bit_length() if ends else -200
        bits = floor_log2(x) - last + 1 if ends else 100
        openness: Any = "both" if lower and higher else "high" if higher else ""
        need = Need(low=low, high=high, unit=last + spare, bits=max(1, bits - spare), ends=ends, negative=signed < 0,
                    open=openness, exact=x if ends and exact else None)  # fmt: skip
        refused = why_not(job, need)
        assert not refused, f"{job.op.name} {job.formats} -> {job.result}: {signed} is refused: {refused}: {need}"


# ---- an argument by enumeration


def near_midpoints(codes: Any, distance: int) -> Any:
    """Those whose inverse roots, in float64, are within so many units of its last place of a midpoint of binary32."""
    roots = 1 / np.sqrt(codes.view(np.float32).astype(np.float64))
    tail = roots.view(np.uint64).astype(np.int64) & (1 << 29) - 1
    return codes[np.abs(tail - (1 << 28)) <= distance]


def distance_to_midpoint(code: int) -> Fraction:
    """Of the inverse root of a binary32 value from the nearest midpoint, in units of the last place of 53 bits."""
    found = root(1 / oracle_bits.decode(nf.float32, code).magnitude, 128)
    ulp = pow2(floor_log2(found) - 23)
    midpoint = (found // ulp + HALF) * ulp
    return abs(found - midpoint) / ulp * pow2(29)


@pytest.mark.full
@pytest.mark.parametrize("rounding", ["ties_even", "ties_away"])
def test_no_inverse_root_of_binary32_is_rounded_twice(rounding: Any) -> None:
    """Rounding to 53 bits or more moves a root by half a unit at most, so one further from every midpoint stays on its
    side.  float64's two roundings leave it within 2 units: those that seem nearer than 4 are looked at exactly.
    """
    codes = np.arange(0x3F800000, 0x40800000, dtype=np.uint32)  # 1 to 4: every significand, both parities
    nearest = near_midpoints(codes, 4).tolist()
    assert len(nearest) < 8
    assert all(distance_to_midpoint(code) > HALF for code in nearest)
    some = near_midpoints(codes, 1 << 12)
    assert some.size > 100
    block = faults.Block(jobs.job("rsqrt", "binary32", None, Env(rounding=rounding)), [some])
    for name in ("double_rounding_binary64", "double_rounding_x87_extended"):
        assert not np.logical_or(*faults.BY_NAME[name].differs(block)).any()
