# SPDX-License-Identifier: BSD-3-Clause
"""The operations of wide formats against the rational oracle, at every kind of boundary of the result.

binary16, 32, 64, 128, bfloat16 and x87: all roundings, both tininess rules, every NaN profile, precision control.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

import boundaries
import hypothesis
import numpy as np
import oracle
import pytest
from compare import ROUNDINGS, as_codes, assert_op_same
from hypothesis import strategies as st
from oracle_compare import PREDICATES
from oracle_ops import OPS, Question, int_type, narrowed, result
from oracle_select import SELECTIONS

import numfmt as nf
from numfmt import modes

NAMES = ("binary16", "bfloat16", "binary32", "binary64", "binary128", "x87_extended")
OPS_AT_BOUNDARIES = tuple(boundaries.SOLVERS)
STOCHASTIC: tuple[Any, ...] = ("stochastic_a", "stochastic_b", "stochastic_c")


def environments() -> list[nf.Env]:
    envs = [nf.Env(rounding=rounding, tininess=tininess) for rounding in ROUNDINGS for tininess in modes.TININESSES]
    envs += [nf.Env(ftz=ftz, daz=True) for ftz in ("x86", "arm")]
    envs += [nf.Env(overflow=policy, rounding="ties_away") for policy in ("saturate", "infinity", "sat_none")]
    return envs


def check(
    op: str, fmts: Sequence[nf.Format], to: nf.Format, operands: Sequence[boundaries.Operands],
    envs: Iterable[nf.Env], random_bits: Any = None,
) -> None:  # fmt: skip
    """Results and flags of operand tuples under environments."""
    arrays = [as_codes(fmt, column) for fmt, column in zip(fmts, zip(*operands, strict=True), strict=True)]
    rs = [0] * len(operands) if random_bits is None else random_bits.tolist()
    target = to if OPS[op].result == "float" else None
    questions = [Question(op, fmts, to, codes) for codes in operands]
    for env in envs:
        got = nf.apply(op, arrays, tuple(fmts), to=target, env=env, flags=True, random_bits=random_bits)
        found = [question.under(env, r) for question, r in zip(questions, rs, strict=True)]
        codes, flags = zip(*found, strict=True)
        dtype = object if to.width > 64 else None
        wanted = np.array(codes, dtype), np.array(flags, np.uint8)
        assert_op_same(op, fmts, target, env, arrays, got, wanted, random_bits)


@pytest.mark.parametrize("op", OPS_AT_BOUNDARIES)
@pytest.mark.parametrize("name", NAMES)
def test_results_at_boundaries(name: str, op: str, tier: str) -> None:
    fmt = nf.format(name)
    count = 18 if tier == "quick" else 300
    operands = boundaries.operands_at_boundaries(op, fmt, fmt, 1, count)
    check(op, [fmt] * len(operands[0]), fmt, operands, environments())


@pytest.mark.parametrize("op", ["mul", "div", "fma"])
def test_the_operands_are_where_outcomes_change(op: str) -> None:
    """Ties, both tininess rules, overflow by a hair: each decides some of them."""
    fmt = nf.format("binary32")
    operands = boundaries.operands_at_boundaries(op, fmt, fmt, 1, 300)

    def outcomes(**env: Any) -> list[tuple[int, int]]:
        return [result(op, [fmt] * len(codes), fmt, codes, oracle.Env(**env)) for codes in operands]

    def differ(one: dict[str, Any], other: dict[str, Any]) -> int:
        return sum(a != b for a, b in zip(outcomes(**one), outcomes(**other), strict=True))

    assert differ({}, {"rounding": "ties_away"}) >= 3
    if op != "div":  # quotients of one format round to the smallest normal only from where they are tiny both ways
        assert differ({}, {"tininess": "before"}) >= 2
    assert differ({"rounding": "toward_zero"}, {"rounding": "to_odd"}) >= 50
    assert sum(flags == 5 for _, flags in outcomes()) >= 2
    assert sum(flags == 3 for _, flags in outcomes()) >= 5


def test_invalid_replaces_the_flags_of_a_conversion() -> None:
    """SEMANTICS 4: invalid never comes with inexact: a minimum with an sNaN operand, rounded into another format."""
    fmts = nf.format("binary16"), nf.format("binary16")
    check("minimum_number", fmts, nf.format("bfloat16"), [(0x7C01, 0x3C01), (0x3C01, 0xFC01)], [nf.Env()])


@pytest.mark.parametrize("rounding", STOCHASTIC)
@pytest.mark.parametrize("name", NAMES)
def test_stochastic(name: str, rounding: Any, tier: str) -> None:
    fmt = nf.format(name)
    for op, bits in (("add", 3), ("mul", 8), ("div", 23 if fmt.precision < 100 else 12), ("sqrt", 5), ("fma", 12)):
        operands = boundaries.operands_at_boundaries(op, fmt, fmt, 2, 16 if tier == "quick" else 300)
        random = (np.arange(len(operands)) * 0x9E3779B9 % (1 << bits)).astype(np.uint32)
        env = nf.Env(rounding=rounding, random_bits_count=bits)
        check(op, [fmt] * len(operands[0]), fmt, operands, [env], random)


@pytest.mark.parametrize(
    ("name", "to"),
    [("binary32", "binary16"), ("binary16", "binary32"), ("binary64", "bfloat16"), ("binary64", "binary32"),
     ("x87_extended", "binary64"), ("binary128", "binary64"), ("binary64", "binary128"), ("bfloat16", "e4m3fn")],
)  # fmt: skip
def test_results_in_another_format(name: str, to: str, tier: str) -> None:
    """One rounding, into the narrower or wider format."""
    fmt, dst = nf.format(name), nf.format(to)
    for op in ("add", "mul", "div", "sqrt", "fma"):
        operands = boundaries.operands_at_boundaries(op, fmt, dst, 3, 24 if tier == "quick" else 240)
        envs = environments() if tier != "quick" else environments()[::3]
        check(op, [fmt] * len(operands[0]), dst, operands, envs)


@pytest.mark.parametrize("name", NAMES)
def test_cancellation_of_every_length(name: str, tier: str) -> None:
    fmt = nf.format(name)
    operands = boundaries.cancellations(fmt)
    rounded = [nf.Env(rounding=rounding) for rounding in ("ties_even", "toward_negative")]
    check("add", [fmt, fmt], fmt, operands[:: 1 if tier != "quick" else 1 + fmt.precision // 9], rounded)


@pytest.mark.parametrize("name", NAMES)
def test_fma_at_every_alignment(name: str, tier: str) -> None:
    fmt = nf.format(name)
    step = 1 if tier != "quick" else 1 + fmt.precision // 9
    envs = [nf.Env(rounding=rounding, tininess="before") for rounding in ("ties_even", "to_odd", "toward_positive")]
    check("fma", [fmt] * 3, fmt, boundaries.alignments(fmt, step=step), envs)


@pytest.mark.parametrize("name", NAMES)
def test_exact_quotients_and_roots_and_their_neighbours(name: str, tier: str) -> None:
    fmt = nf.format(name)
    count = 40 if tier == "quick" else 400
    envs = [nf.Env(rounding=rounding) for rounding in ("ties_even", "toward_zero", "toward_positive")]
    check("div", [fmt, fmt], fmt, boundaries.exact_quotients(fmt, 5, count), envs)
    for op in ("sqrt", "rsqrt"):
        check(op, [fmt], fmt, boundaries.exact_roots(fmt, 6, count), envs)


@pytest.mark.parametrize("name", [*NAMES, "e3m4"])
def test_every_pair_of_nans(name: str, tier: str) -> None:
    fmt = nf.format(name)
    pairs = list(itertools.product(boundaries.kinds_of_nan(fmt), repeat=2))
    profiles = [nf.Env(nan=nan) for nan in modes.NAN_PROFILES]
    few = 1 if tier != "quick" else 4
    check("add", [fmt, fmt], fmt, pairs, profiles)
    for op in ("mul", "div", "fmod", "minimum", "maximum_number", "min_num_mag"):
        check(op, [fmt, fmt], fmt, pairs[:: 1 if tier != "quick" else 3], profiles[2::few])
    for op in PREDICATES:
        check(op, [fmt, fmt], fmt, pairs[::few], profiles[:1])
    for op in ("total_order", "total_order_mag", "copysign"):
        check(op, [fmt, fmt], fmt, pairs, profiles[:1])
    for op in ("sqrt", "convert", "next_up", "logb", "round_to_integral"):
        check(op, [fmt], fmt, [(code,) for code in boundaries.kinds_of_nan(fmt)], profiles)


@pytest.mark.parametrize("op", ["fma", "faa"])
@pytest.mark.parametrize("name", [*NAMES, "e3m4"])
def test_every_triple_of_nans(name: str, op: str, tier: str) -> None:
    fmt = nf.format(name)
    kinds = boundaries.kinds_of_nan(fmt)
    triples = list(itertools.product(kinds, repeat=3))
    few = triples[:: 1 if tier != "quick" else 29]
    check(op, [fmt] * 3, fmt, few, [nf.Env(nan=nan) for nan in modes.NAN_PROFILES])


@pytest.mark.parametrize(
    ("names", "to"),
    [
        (("binary16", "binary32", "binary64"), "binary16"),
        (("binary64", "bfloat16", "binary128"), "x87_extended"),
        (("x87_extended", "binary16", "binary32"), "binary32"),
        (("e5m2", "binary16", "bfloat16"), "bfloat16"),
        (("binary32", "e3m4", "binary32"), "e4m3fn"),
        (("binary32", "binary16", "binary32"), "e2m1"),
    ],
)
def test_nans_of_mixed_formats(names: tuple[str, str, str], to: str, tier: str) -> None:
    fmts = [nf.format(name) for name in names]
    kinds = [boundaries.kinds_of_nan(fmt) for fmt in fmts]
    triples = list(itertools.product(*kinds))[:: 1 if tier != "quick" else 37]
    dst = nf.format(to)
    envs = [nf.Env(nan=nan, nan_substitute="signed_max") for nan in modes.NAN_PROFILES]
    check("fma", fmts, dst, triples, envs)
    check("sub", fmts[:2], dst, list(itertools.product(*kinds[:2])), envs)


@pytest.mark.parametrize("precision", [2, 24, 53, 63])
def test_precision_control_of_x87(precision: int, tier: str) -> None:
    """As rounded by a format of that precision with x87's exponents."""
    fmt = nf.format("x87_extended")
    narrow = narrowed(fmt, precision)
    for op in ("add", "mul", "div", "sqrt", "fma", "rsqrt", "convert", "round_to_integral"):
        solved = op if op in boundaries.SOLVERS else "sqrt"
        operands = boundaries.operands_at_boundaries(solved, fmt, narrow, 4, 18 if tier == "quick" else 150)
        envs = [nf.Env(rounding=rounding, tininess=tininess, rounding_precision=precision)
                for rounding, tininess in zip(ROUNDINGS, itertools.cycle(modes.TININESSES), strict=False)]  # fmt: skip
        envs += [nf.Env(rounding_precision=precision, ftz="x86"), nf.Env(rounding_precision=precision, nan="x87")]
        check(op, [fmt] * len(operands[0]), fmt, operands, envs)
    nans = list(itertools.product(boundaries.kinds_of_nan(fmt), repeat=2))
    check("add", [fmt, fmt], fmt, nans, [nf.Env(rounding_precision=precision, nan="x87", overflow="saturate")])


@pytest.mark.parametrize("name", NAMES)
def test_to_int_of_wide_formats(name: str, tier: str) -> None:
    """Around the ends of the integers, at quarters; in plain runs half of the integers for each format."""
    fmt = nf.format(name)
    targets = ("int8", "int32", "uint32", "int64", "uint64", "uint7")
    for target in targets[NAMES.index(name) % 2 :: 2] if tier == "quick" else targets:
        kind = int_type(target)
        ends = [kind.lowest, kind.highest, 0, 1, -1, 3]
        near = {code for end in ends for k in range(-6, 7) for code in boundaries.around(fmt, Fraction(4 * end + k, 4))}
        codes = sorted(near | set(boundaries.kinds_of_nan(fmt)))
        array, questions = as_codes(fmt, codes), [Question("to_int", [fmt], kind, [code]) for code in codes]
        for env in [nf.Env(rounding=rounding) for rounding in ROUNDINGS] + [
            nf.Env(int_overflow="wrap"),
            nf.Env(int_overflow="riscv"),
        ]:
            got = nf.apply("to_int", [array], fmt, to=target, env=env, flags=True)
            found = [question.under(env) for question in questions]
            wanted = [kind.number(code) for code, _ in found], [flags for _, flags in found]
            dtype = np.int64 if kind.is_signed else np.uint64
            assert_op_same("to_int", [fmt], target, env, [array], got, (np.array(wanted[0], dtype), wanted[1]))


def test_scaleb_of_wide_formats(tier: str) -> None:
    kind = int_type("int32")
    for name in NAMES:
        fmt = nf.format(name)
        codes = [codes[0] for codes in boundaries.operands_at_boundaries("recip", fmt, fmt, 7, 36)]
        for n in (0, 1, -1, fmt.precision, -fmt.precision, fmt.bias, -fmt.bias, -2 * fmt.bias, 2**31 - 1, -(2**31)):
            questions = [Question("scaleb", [fmt, kind], fmt, [code, kind.code(n)]) for code in codes]
            for env in (nf.Env(), nf.Env(rounding="to_odd", tininess="before")):
                array = as_codes(fmt, codes)
                got = nf.apply("scaleb", [array, np.int32(n)], (fmt, "int32"), to=fmt, env=env, flags=True)
                found = [question.under(env) for question in questions]
                right = np.array([code for code, _ in found], object if fmt.width > 64 else None)
                ns = np.full(len(codes), n, np.int32)
                assert_op_same("scaleb", [fmt, "int32"], fmt, env, [array, ns], got, (right, [f for _, f in found]))


def some_code(fmt: nf.Format) -> st.SearchStrategy[int]:
    """Any code; ends of the exponents and runs of ones or zeros are likely."""
    fields = st.integers(0, (1 << fmt.width - fmt.precision) - 1) | st.sampled_from(
        [0, 1, (1 << fmt.width - fmt.precision) - 1]
    )
    fractions = st.integers(0, (1 << fmt.precision - 1) - 1) | st.sampled_from([0, 1, (1 << fmt.precision - 1) - 1])

    def code(field: int, fraction: int, sign: int) -> int:
        return (field << fmt.precision - 1 | fraction | sign << fmt.width - 1) & (1 << fmt.width) - 1

    anything = st.integers(0, (1 << fmt.width) - 1)
    return anything | st.builds(code, fields, fractions, st.integers(0, 1))


ROUNDED = (*OPS_AT_BOUNDARIES, "convert", "logb", "round_to_integral", *SELECTIONS)


@pytest.mark.parametrize("op", ROUNDED)
def test_any_operands(op: str, tier: str) -> None:
    """Formats, environment and operands by hypothesis."""

    @hypothesis.settings(max_examples=4 if tier == "quick" else 60)
    @hypothesis.given(data=st.data())
    def run(data: st.DataObject) -> None:
        fmts = [nf.format(data.draw(st.sampled_from(NAMES))) for _ in OPS[op].operands]
        to = nf.format(data.draw(st.sampled_from(NAMES))) if data.draw(st.booleans()) else fmts[0]
        operands = data.draw(st.lists(st.tuples(*(some_code(fmt) for fmt in fmts)), min_size=1, max_size=4))
        env = nf.Env(
            rounding=data.draw(st.sampled_from(ROUNDINGS)), tininess=data.draw(st.sampled_from(modes.TININESSES)),
            nan=data.draw(st.sampled_from(modes.NAN_PROFILES)), ftz=data.draw(st.sampled_from(modes.FTZS)),
            overflow=data.draw(st.sampled_from((None, *modes.OVERFLOWS))), daz=data.draw(st.booleans()),
        )  # fmt: skip
        check(op, fmts, to, operands, [env])

    run()
