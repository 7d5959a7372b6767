# SPDX-License-Identifier: BSD-3-Clause
"""Fixed point against its definition: every code and pair of small types, every rounding, every overflow."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import oracle_fixed as oracle
import pytest
from fixed_cases import (
    FLOATS,
    MODES,
    ODD,
    OPS,
    RANDOM_BITS_COUNT,
    SMALL,
    UNSIGNED,
    exact_results,
    fixed,
    how,
    name_of,
    pairs,
    plain,
    plainly,
    raw,
    rounded,
    type_of,
)
from oracle import Env, Value, decode, encode
from oracle_fixed import FixedType

import numfmt as nf


def around(kind: FixedType) -> list[Fraction]:
    """Values, ties and what is beside ties, over twice the range on either side."""
    unit = kind.value(1)
    low, high = 2 * kind.lowest - 2, 2 * kind.highest + 3
    return [unit * (n + Fraction(k, 8)) for n in range(low, high) for k in (0, 3, 4, 5)]


@pytest.mark.parametrize("kind", plainly([SMALL[0], UNSIGNED[1], *ODD, *SMALL[2:4]], 4), ids=name_of)
def test_encode(kind: FixedType) -> None:
    numbers = around(kind)
    floats = [float(x) for x in numbers]
    for mode in MODES:
        arguments, bits = how(*mode, len(numbers))
        assert plain(fixed(kind).encode(floats, **arguments)) == rounded(kind, numbers, mode, bits), mode


def test_encode_of_what_is_exact() -> None:
    kind = FixedType(2, 2)
    numbers = [Fraction(5, 3), Fraction(-1, 3), Fraction(1, 10), Fraction(-9)]
    for mode in MODES:
        arguments, bits = how(*mode, len(numbers))
        assert plain(fixed(kind).encode(numbers, **arguments)) == rounded(kind, numbers, mode, bits)
    text = ["0.3", "-1.8749999999999999999999999", "1e-30", "0x1.8p0"]
    numbers = [Fraction(3, 10), -Fraction("1.8749999999999999999999999"), Fraction("1e-30"), Fraction(3, 2)]
    for mode in MODES:
        arguments, bits = how(*mode, len(numbers))
        assert plain(fixed(kind).encode(text, **arguments)) == rounded(kind, numbers, mode, bits)
    assert fixed(kind).encode([1, -2, 0]).tolist() == [4, 8, 0]


@pytest.mark.parametrize("kind", plainly(SMALL, 2), ids=name_of)
def test_overflow_is_an_error_unless_asked_for(kind: FixedType) -> None:
    for rounding in oracle.ROUNDINGS:
        for x in around(kind)[::7]:
            arguments, bits = how(rounding, "error", 1)
            try:
                code = kind.encode(x, rounding, "error", RANDOM_BITS_COUNT, bits[0]).code
            except oracle.OutOfRange:
                with pytest.raises(ValueError, match=r"\b0\b"):
                    fixed(kind).encode([float(x)], **arguments)
            else:
                assert fixed(kind).encode([float(x)], **arguments)[0].tolist() == [code % (1 << kind.width)]


@pytest.mark.parametrize("kind", [*SMALL, *ODD], ids=name_of)
def test_decode(kind: FixedType) -> None:
    f, codes = fixed(kind), raw(kind, kind.codes)
    values = [kind.value(code) for code in kind.codes]
    assert f.decode(codes, dtype=object).tolist() == values
    assert [Fraction(v) for v in f.decode(codes).tolist()] == values
    assert f.integers(codes).tolist() == list(kind.codes)
    assert (f.width, Fraction(f.min), Fraction(f.max)) == (kind.width, values[0], values[-1])


@pytest.mark.parametrize("kind", plainly(SMALL, 2), ids=name_of)
@pytest.mark.parametrize("op", OPS[:3])
def test_exact_results_by_default(kind: FixedType, op: str) -> None:
    """The result type holds every result exactly, and one bit less would not do."""
    a, b = pairs(kind, op)
    f = fixed(kind)
    to = getattr(f, f"{op}_type")(f)
    codes = getattr(f, op)(raw(kind, a), raw(kind, b))
    exact = exact_results(op, kind, a, b)
    assert to.decode(codes, dtype=object).tolist() == exact
    found = type_of(to)
    assert oracle.holds(found, iter(exact))
    assert not oracle.holds(FixedType(found.int_bits - 1, found.frac_bits, found.signed), iter(exact))
    assert not oracle.holds(FixedType(found.int_bits, found.frac_bits - 1, found.signed), iter(exact))


def test_types_of_unlike_operands_hold_the_extremes() -> None:
    for op, kind, other in product(OPS[:3], SMALL + ODD, SMALL + ODD):
        found = type_of(getattr(fixed(kind), f"{op}_type")(fixed(other)))
        assert oracle.holds(found, iter(oracle.extremes(op, kind, other)))
        assert found.frac_bits == (
            kind.frac_bits + other.frac_bits if op == "mul" else max(kind.frac_bits, other.frac_bits)
        )


@pytest.mark.parametrize("kind", SMALL, ids=name_of)
def test_quotients_by_default(kind: FixedType) -> None:
    """Their type has room for every quotient: none raises."""
    a, b = pairs(kind, "div")
    f = fixed(kind)
    done = plain(f.div(raw(kind, a), raw(kind, b), flags=True))
    assert done == rounded(
        type_of(f.div_type(f)), exact_results("div", kind, a, b), ("ties_even", "error"), [0] * len(a)
    )


def check_op(op: str, kind: FixedType, to: FixedType) -> None:
    a, b = pairs(kind, op)
    exact = exact_results(op, kind, a, b)
    for mode in MODES:
        arguments, bits = how(*mode, len(a))
        done = getattr(fixed(kind), op)(raw(kind, a), raw(kind, b), to=fixed(to), **arguments)
        assert plain(done) == rounded(to, exact, mode, bits), mode


@pytest.mark.parametrize("op", OPS)
@pytest.mark.parametrize("to", plainly([FixedType(3, -1, signed=False), FixedType(2, 2)], 1), ids=name_of)
def test_every_pair_into_another_type(op: str, to: FixedType) -> None:
    check_op(op, FixedType(2, 2), to)


@pytest.mark.full
@pytest.mark.parametrize("op", OPS)
@pytest.mark.parametrize("kind", SMALL, ids=name_of)
@pytest.mark.parametrize("to", [*SMALL, *ODD], ids=name_of)
def test_every_pair_of_every_small_type(op: str, kind: FixedType, to: FixedType) -> None:
    check_op(op, kind, to)


@pytest.mark.parametrize("name", FLOATS)
@pytest.mark.parametrize("op", OPS)
def test_into_floats(name: str, op: str) -> None:
    """One rounding, whatever the exact result. A code's zero is +0, and 0 times or by a negative number is -0."""
    kind = FixedType(3, 1)
    a, b = pairs(kind, op)
    codes = getattr(fixed(kind), op)(raw(kind, a), raw(kind, b), to=name)
    results = zip(exact_results(op, kind, a, b), a, b, strict=True)
    numbers = [Value("zero", int(x + y < 0)) if not exact and op in OPS[2:] else exact for exact, x, y in results]
    assert codes.tolist() == [encode(FLOATS[name], number, Env())[0] for number in numbers]


@pytest.mark.parametrize("name", FLOATS)
@pytest.mark.parametrize("kind", plainly([SMALL[0], UNSIGNED[1], FixedType(9, 6), SMALL[3]], 3), ids=name_of)
def test_to_float(name: str, kind: FixedType) -> None:
    codes = list(kind.codes)[:: 1 if kind.width < 8 else 499]
    for rounding in ("ties_even", "toward_zero", "to_odd"):
        want = [encode(FLOATS[name], kind.value(code), Env(rounding=rounding))[0] for code in codes]
        assert fixed(kind).to_float(raw(kind, codes), name, env=nf.Env(rounding=rounding)).tolist() == want


def finite_floats(name: str, step: int) -> tuple[list[int], list[Fraction]]:
    fmt = FLOATS[name]
    every = [(code, decode(fmt, code)) for code in range(0, 1 << fmt.width, step)]
    finite = [(code, -v.magnitude if v.sign else v.magnitude) for code, v in every if v.kind in ("zero", "finite")]
    return [code for code, _ in finite], [x for _, x in finite]


@pytest.mark.parametrize("kind", plainly(SMALL, 1), ids=name_of)
@pytest.mark.parametrize(("name", "step"), [("e4m3fn", 1), ("binary16", 499)])
def test_from_float(kind: FixedType, name: str, step: int) -> None:
    codes, numbers = finite_floats(name, step)
    for mode in MODES:
        arguments, bits = how(*mode, len(codes))
        done = fixed(kind).from_float(np.array(codes, np.uint16).astype(nf.format(name).dtype), name, **arguments)
        assert plain(done) == rounded(kind, numbers, mode, bits), mode


@pytest.mark.parametrize("op", OPS)
def test_a_float_as_the_other_operand(op: str) -> None:
    kind = FixedType(2, 2)
    codes, numbers = finite_floats("e4m3fn", 7)
    both = [(a, code, x) for a in kind.codes for code, x in zip(codes, numbers, strict=True) if x or op != "div"]
    a, b = raw(kind, [a for a, _, _ in both]), np.array([code for _, code, _ in both], np.uint8)
    exact = [oracle.exact_result(op, kind.value(a), x) for a, _, x in both]
    for rounding in ("ties_even", "ties_up", "stochastic_a"):
        arguments, bits = how(rounding, "saturate", len(both))
        done = getattr(fixed(kind), op)(a, b, "e4m3fn", to=fixed(FixedType(4, 3)), **arguments)
        assert plain(done) == rounded(FixedType(4, 3), exact, (rounding, "saturate"), bits)


@pytest.mark.parametrize("kind", plainly([SMALL[0], UNSIGNED[1], *ODD, *SMALL[2:4]], 3), ids=name_of)
def test_requantize(kind: FixedType) -> None:
    for to in (FixedType(2, 2), FixedType(3, 0, signed=False), FixedType(1, 3)):
        numbers = [kind.value(code) for code in kind.codes]
        for mode in MODES:
            arguments, bits = how(*mode, len(numbers))
            done = fixed(kind).requantize(raw(kind, kind.codes), to=fixed(to), **arguments)
            assert plain(done) == rounded(to, numbers, mode, bits), (to, mode)
