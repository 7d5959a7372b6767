# SPDX-License-Identifier: BSD-3-Clause
"""Every operation against the rational oracle on all operands of small formats: results and flags.

Pairs of 8-bit operands, all codes of formats up to 16 bits for one operand, triples of up to 4 bits (6 in ``full``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import oracle_bits
import pytest
from compare import ROUNDINGS, assert_op_same, full_cross, one_per_axis
from oracle_compare import PREDICATES
from oracle_grid import Grid
from oracle_jam import VECTORISED
from oracle_ops import OPS, IntType, Question, int_type
from oracle_pairs import Pairs
from oracle_select import SELECTIONS
from specs import p3109_formats

import numfmt as nf
from numfmt import modes

UP_TO_16 = [row.name for row in nf.list_formats() if row.format.width <= 16]
UP_TO_8 = [name for name in UP_TO_16 if nf.format(name).width <= 8]
TINY = [row.name for row in nf.list_formats() if row.format.width <= 4] + [name for name, _ in p3109_formats(3, 4)]
ARITHMETIC = ("add", "sub", "mul", "div", "remainder", "fmod")
ROOTS = ("convert", "sqrt", "recip", "rsqrt", "logb")
#: The formats that plain runs look at most.
MAIN = ("float8_e4m3fn", "float8_e5m2")
STOCHASTIC: tuple[Any, ...] = ("stochastic_a", "stochastic_b", "stochastic_c")


def pairs(*fmts: nf.Format) -> list[Any]:
    """Every combination of codes."""
    grid = np.meshgrid(*(np.arange(1 << fmt.width) for fmt in fmts), indexing="ij")
    return [part.ravel().astype(fmt.dtype) for part, fmt in zip(grid, fmts, strict=True)]


def some_pairs(fmt: nf.Format, tier: str) -> list[Any]:
    """Every pair; in plain runs one in 5 where the format is none of the main ones."""
    return [part[:: 5 if tier == "quick" and fmt.name not in MAIN and fmt.width > 6 else 1] for part in pairs(fmt, fmt)]


def codes_of(fmt: nf.Format) -> Any:
    """Every code; of a wide format a sample and the ends of each field."""
    if fmt.width <= 8:
        return np.arange(1 << fmt.width, dtype=fmt.dtype)
    top, frac = 1 << fmt.width, 1 << fmt.precision - 1
    edges = [edge + step for edge in (0, frac, top // 2 - frac, top // 2, top // 2 + frac, top - frac, top)
             for step in range(-3, 4)]  # fmt: skip
    return np.unique(np.concatenate([np.arange(0, top, 333), np.array(edges) % top])).astype(fmt.dtype)


def has_nan(fmt: nf.Format) -> bool:
    return fmt.n_high_nans != 0 or (fmt.is_signed and not fmt.has_neg_zero)


def environments(op: str, fmts: Sequence[nf.Format], to: nf.Format, tier: str) -> Iterator[nf.Env]:
    """The default, and one per value of each axis that can matter; from ``full`` on the cross of the rounding ones."""
    rounds = op not in SELECTIONS or any(fmt != to for fmt in fmts)
    payloads = to.has_quiet_bit and any(fmt.has_quiet_bit for fmt in fmts)
    for env in full_cross(to) if tier != "quick" and rounds else one_per_axis(to):
        if env.nan != "canonical" and not (payloads or (op == "fma" and has_nan(to))):
            continue
        if env.nan_substitute != "max" and has_nan(to):
            continue
        if not rounds and (env.overflow or env.rounding != "ties_even" or env.tininess != "after" or env.ftz != "off"):
            continue
        yield env
    if len(fmts) > 1:
        yield nf.Env(daz={"b"}, rounding="toward_negative")
        yield nf.Env(daz={"a", "c"}, flush_except_width=fmts[1].width)


class Singly:
    """The oracle asked about one code after the other."""

    def __init__(self, op: str, fmt: nf.Format, to: Any, codes: Any) -> None:
        self.to, self.questions = to, [Question(op, [fmt], to, [code]) for code in codes.tolist()]

    def wanted(self, env: nf.Env) -> tuple[Any, Any]:
        found = [question.under(env) for question in self.questions]
        results, flags = zip(*found, strict=True)
        if isinstance(self.to, IntType):
            results = tuple(self.to.number(code) for code in results)
        return np.array(results), np.array(flags, np.uint8)


def check(op: str, fmts: Sequence[nf.Format], to: nf.Format, codes: Sequence[Any], envs: Iterable[nf.Env]) -> None:
    unary = Singly(op, fmts[0], to, codes[0]) if len(fmts) == 1 else Pairs(op, fmts, to, codes)
    sheet = Grid(op, fmts, to, codes) if op in (*VECTORISED, *ROOTS) else unary
    for env in envs:
        target = to if OPS[op].result == "float" else None
        got = nf.apply(op, codes, tuple(fmts), to=target, env=env, flags=True)
        assert_op_same(op, fmts, target, env, codes, got, sheet.wanted(env))


def check_codes(op: str, fmt: nf.Format, envs: Sequence[nf.Env], tier: str) -> None:
    """All environments on `codes_of`; from ``full`` on every code under the first."""
    check(op, (fmt,), fmt, [codes_of(fmt)], envs)
    if fmt.width > 8 and tier != "quick":
        check(op, (fmt,), fmt, pairs(fmt), envs[:1])


@pytest.mark.parametrize("op", ARITHMETIC)
@pytest.mark.parametrize("name", UP_TO_8)
def test_every_pair(name: str, op: str, tier: str) -> None:
    """In plain runs two formats have a third of the environments, others fewer; twins have a seventh of the pairs."""
    fmt = nf.format(name)
    twin = op in ("sub", "remainder", "fmod") or name in ("ue5m3", "float8_e4m3b11fnuz", "float8_e5m2fnuz")
    envs = list(environments(op, (fmt, fmt), fmt, tier))
    every = name in MAIN
    step = (11 if twin else 3 if every else 6) if tier == "quick" else 1
    few = 7 if tier == "quick" and twin and not every else 1
    check(op, (fmt, fmt), fmt, [part[::few] for part in pairs(fmt, fmt)], envs[::step])


@pytest.mark.parametrize("name", UP_TO_8)
def test_every_pair_selected(name: str, tier: str) -> None:
    fmt = nf.format(name)
    codes = some_pairs(fmt, tier)
    for op in SELECTIONS:
        check(op, (fmt, fmt), fmt, codes, list(environments(op, (fmt, fmt), fmt, tier))[:: 6 if tier == "quick" else 1])


@pytest.mark.parametrize("name", UP_TO_8)
def test_every_pair_compared(name: str, tier: str) -> None:
    fmt = nf.format(name)
    codes = some_pairs(fmt, tier)
    for op in PREDICATES:
        check(op, (fmt, fmt), fmt, codes, [nf.Env(daz={"a"})])
    for op in ("eq", "lt", "not_ge_quiet"):
        check(op, (fmt, fmt), fmt, codes, [nf.Env()])
    for op in ("total_order", "total_order_mag", *(["copysign"] if fmt.is_signed else [])):
        check(op, (fmt, fmt), fmt, codes, [nf.Env(daz=True)])


@pytest.mark.parametrize("op", ROOTS)
@pytest.mark.parametrize("name", UP_TO_16)
def test_every_code(name: str, op: str, tier: str) -> None:
    fmt = nf.format(name)
    envs = list(environments(op, (fmt,), fmt, tier if fmt.width <= 8 else "quick"))
    check_codes(op, fmt, envs[:: (3 if fmt.width > 8 else 1 if name in MAIN else 2) if tier == "quick" else 1], tier)


@pytest.mark.parametrize("name", UP_TO_16)
def test_every_code_to_an_integer_value(name: str, tier: str) -> None:
    fmt = nf.format(name)
    envs = list(environments("round_to_integral", (fmt,), fmt, "quick"))
    few = (7 if fmt.width > 8 else 4) if tier == "quick" else 1
    check_codes("round_to_integral", fmt, envs[::few], tier)
    check_codes("round_to_integral_not_exact", fmt, envs[:: 7 if tier == "quick" else 1], tier)


@pytest.mark.parametrize("name", UP_TO_16)
def test_bits_of_every_code(name: str, tier: str) -> None:
    """Signs, neighbours and classes; DAZ never applies."""
    fmt = nf.format(name)
    signs = ["negate", "absolute"] if fmt.is_signed else []
    for op in (*signs, *oracle_bits.TESTS, "classify"):
        check_codes(op, fmt, [nf.Env(daz=True)], tier)
    for op in ("next_up", "next_down"):
        profiles = modes.NAN_PROFILES if fmt.has_quiet_bit else modes.NAN_PROFILES[:1]
        check_codes(op, fmt, [nf.Env(nan=nan, daz=True) for nan in profiles], tier)


@pytest.mark.parametrize("name", [name for name in UP_TO_8 if not nf.format(name).is_signed])
def test_unsigned_formats_have_no_sign_operations(name: str) -> None:
    fmt = nf.format(name)
    code = np.zeros(1, fmt.dtype)
    for op, operands in (("negate", [code]), ("absolute", [code]), ("copysign", [code, code])):
        with pytest.raises(ValueError, match=op):
            nf.apply(op, operands, fmt)


@pytest.mark.parametrize("target", ["int8", "uint8", "int4", "uint1", "int1", "uint32", "int64", "int23"])
@pytest.mark.parametrize("name", UP_TO_16)
def test_every_code_to_int(name: str, target: str, tier: str) -> None:
    fmt, to = nf.format(name), int_type(target)
    few = 1 if target in ("int8", "uint8") or (tier == "full" and fmt.width <= 8) else 5
    few = 3 if tier == "quick" and few == 1 and name not in MAIN else few
    codes = codes_of(fmt)[::few] if tier == "quick" or target != "int8" else pairs(fmt)[0]
    envs = [nf.Env(rounding=rounding) for rounding in ROUNDINGS]
    envs += [nf.Env(int_overflow=chosen, daz=True) for chosen in ("riscv", "arm", "x86_indefinite", "wrap")]
    if tier == "quick" and target not in ("int8", "uint8"):
        envs = envs[::3]
    sheets = {op: Singly(op, fmt, to, codes) for op in ("to_int", "to_int_not_exact")}
    for env in envs if codes.size < 5000 else envs[:1]:
        for op in ("to_int", "to_int_not_exact") if env == nf.Env() else ("to_int",):
            got = nf.apply(op, [codes], fmt, to=target, env=env, flags=True)
            assert_op_same(op, [fmt], target, env, [codes], got, sheets[op].wanted(env))


@pytest.mark.parametrize("source", ["int8", "uint8", "int4", "uint1", "int32", "uint64"])
def test_from_int(source: str, tier: str) -> None:
    kind = int_type(source)
    some = range(kind.lowest, kind.highest + 1)
    if kind.width > 8:
        edges = {1 << shift for shift in range(kind.width)} | {3 << shift for shift in range(kind.width)}
        edges |= {kind.lowest, kind.highest, *(edge + step for edge in edges for step in (-1, 1))}
        some_list = sorted(n for n in edges | {-n for n in edges} if kind.lowest <= n <= kind.highest)
    else:
        some_list = list(some)
    numbers = np.array(some_list, nf_dtype(kind))
    for name in UP_TO_16[:: 5 if tier == "quick" else 1]:
        to = nf.format(name)
        questions = [Question("from_int", [kind], to, [kind.code(n)]) for n in some_list]
        for env in (nf.Env(), nf.Env(rounding="to_odd"), nf.Env(rounding="toward_negative", overflow="ieee")):
            found = [question.under(env) for question in questions]
            got = nf.apply("from_int", [numbers], source, to=to, env=env, flags=True)
            assert_op_same("from_int", [source], to, env, [numbers], got, tuple(zip(*found, strict=True)))


def nf_dtype(kind: IntType) -> str:
    """The smallest numpy type that holds the integers."""
    return f"{'int' if kind.is_signed else 'uint'}{max(8, 1 << (kind.width - 1).bit_length())}"


@pytest.mark.parametrize("name", UP_TO_8)
def test_scaleb(name: str, tier: str) -> None:
    fmt = nf.format(name)
    steps = np.array([0, 1, -1, 2, -3, 5, -7, 100, -100, 255, -256, 2**31 - 1, -(2**31)], np.int32)[
        :: 6 if tier == "quick" else 1
    ]
    some = np.arange(0, 1 << fmt.width, 3 if tier == "quick" and fmt.width > 6 and name not in MAIN else 1)
    codes = np.repeat(some, steps.size).astype(fmt.dtype)
    n = np.tile(steps, some.size)
    kind = int_type("int32")
    questions = [
        Question("scaleb", [fmt, kind], fmt, [a, kind.code(b)]) for a, b in zip(codes.tolist(), n.tolist(), strict=True)
    ]
    for env in (nf.Env(), nf.Env(rounding="toward_positive", tininess="before"), nf.Env(daz=True, nan="arm")):
        found = [question.under(env) for question in questions]
        got = nf.apply("scaleb", [codes, n], (fmt, "int32"), to=fmt, env=env, flags=True)
        assert_op_same("scaleb", [fmt, "int32"], fmt, env, [codes, n], got, tuple(zip(*found, strict=True)))


@pytest.mark.parametrize("op", ["fma", "faa"])
@pytest.mark.parametrize("name", TINY)
def test_every_triple_of_tiny_formats(name: str, op: str, tier: str) -> None:
    fmt = nf.format(name)
    envs = list(environments(op, (fmt,) * 3, fmt, tier))
    check(op, (fmt,) * 3, fmt, pairs(fmt, fmt, fmt), envs[:: 6 if tier == "quick" and "p" in name else 1])


@pytest.mark.full
@pytest.mark.parametrize("op", ["fma", "faa"])
@pytest.mark.parametrize("name", ["float6_e2m3fn", "float6_e3m2fn"])
def test_every_triple_of_6_bits(name: str, op: str) -> None:
    fmt = nf.format(name)
    check(op, (fmt,) * 3, fmt, pairs(fmt, fmt, fmt), environments(op, (fmt,) * 3, fmt, "quick"))


MIXED = (
    ("e4m3fn", "e2m1", ("e4m3fn", "e8m0", "binary16", "bfloat16", "ue4m3", "e2m1", "binary32")),
    ("e5m2", "e2m3", ("e3m4", "e5m2fnuz", "binary16")),
    ("e3m4", "e4m3fn", ("e4m3_ieee", "e2m1", "e5m2")),
    ("e8m0", "e2m1", ("e4m3fn", "e5m2", "binary32")),
    ("e4m3_ieee", "e3m4", ("e3m4", "e4m3fnuz")),
)


@pytest.mark.parametrize(("a", "b", "targets"), [*MIXED[:-1], pytest.param(*MIXED[-1], marks=pytest.mark.full)])
def test_mixed_pairs(a: str, b: str, targets: tuple[str, ...], tier: str) -> None:
    """Two formats, rounded once to a third; in plain runs to every other one."""
    fmts = nf.format(a), nf.format(b)
    codes = pairs(*fmts)
    for name in targets[:: 2 if tier == "quick" else 1]:
        to = nf.format(name)
        for op in (*ARITHMETIC, *SELECTIONS) if tier != "quick" else ("sub", "mul", "div", "minimum", "max_num_mag"):
            step = 11 if tier == "quick" else 2
            few = codes if tier != "quick" else [part[:: 3 if to.width <= 8 else 11] for part in codes]
            check(op, fmts, to, few, list(environments(op, fmts, to, "quick"))[::step])
    for op in ("eq", "lt", "unordered"):
        check(op, fmts, fmts[0], codes, [nf.Env()])


@pytest.mark.parametrize("to", ["e4m3fn", "e3m4", "e2m1", "binary16"])
def test_mixed_triples(to: str, tier: str) -> None:
    """4-bit factors, 8-bit addend."""
    fmts = nf.format("e2m1"), nf.format("Binary4p2se"), nf.format("e3m4")
    codes = [part[:: 9 if tier == "quick" else 1] for part in pairs(*fmts)]
    for op in ("fma", "faa"):
        dst = nf.format(to)
        check(op, fmts, dst, codes, list(environments(op, fmts, dst, "quick"))[:: 3 if tier == "quick" else 1])


@pytest.mark.parametrize("rounding", STOCHASTIC)
@pytest.mark.parametrize("name", ["e4m3fn", "e2m3", "Binary4p2se"])
def test_stochastic(name: str, rounding: Any, tier: str) -> None:
    fmt = nf.format(name)
    two, one = pairs(fmt, fmt), pairs(fmt)
    count = 2 if tier == "quick" else 3
    env = nf.Env(rounding=rounding, random_bits_count=count)
    for op in ("div", "add", "mul", "sqrt", "rsqrt")[:: 3 if tier == "quick" else 1]:
        codes = two if OPS[op].operands == "ff" else one
        fmts = [fmt] * len(codes)
        random = (np.arange(codes[0].size) * 5 + np.arange(codes[0].size) // 256) % (1 << count)
        wanted = Grid(op, fmts, fmt, codes, count).wanted(env, random)
        got = nf.apply(op, codes, tuple(fmts), to=fmt, env=env, flags=True, random_bits=random)
        assert_op_same(op, fmts, fmt, env, codes, got, wanted, random)
