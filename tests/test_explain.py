# SPDX-License-Identifier: BSD-3-Clause
"""explain: exact result, bits around the last place, tininess, neighbours and reasons against the rational oracle."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import oracle_exact
import oracle_ops
import pytest
from commandline import Nfmt, nfmt_fixture  # noqa: F401
from oracle import HALF, Bracket, Case, goes_up

import numfmt as nf
from numfmt import diagnosis
from numfmt.exactness import Root
from numfmt.inttypes import IntType
from numfmt.reasons import Reason

E4M3, E5M2, B16 = nf.format("e4m3fn"), nf.format("e5m2"), nf.format("binary16")


def flag_names(flags: int) -> set[str]:
    return set(str(nf.Flags(flags)).split("|")) - {"none"}


def signed(size: Fraction, sign: int) -> Fraction:
    return -size if sign else size


def assert_placed(found: nf.Diagnosis, case: Case, env: nf.Env) -> None:
    """Bits, tininess and neighbours of a finite exact result."""
    grid, sign, place = case.grid, case.value.sign, found.position
    assert place is not None
    assert found.exact == signed(case.value.magnitude, sign)
    assert (place.guard, place.sticky) == (int(grid.nu >= HALF), int(grid.nu not in (0, HALF)))
    assert (place.is_exact, place.is_tie) == (grid.nu == 0, grid.nu == HALF)
    unit = grid.upper - grid.lower
    assert place.last == int(grid.lower / unit) % 2
    assert found.tiny_before == case.tiny_before
    assert found.tiny_after == case.tiny_after[goes_up(case.free, env, sign, 0)]
    assert_bits(place, case.value.magnitude)
    assert_neighbours(found, grid, sign)


def assert_bits(place: Any, size: Fraction) -> None:
    """The digits are the magnitude's, up to 64 that are dropped."""
    digits = place.significand.replace(".", "") + place.discarded.removesuffix("...")
    shown = int(digits, 2) * Fraction(2) ** (place.exponent - len(digits) + 1)
    rest = Fraction(2) ** (place.exponent - len(digits) + 1) if place.discarded.endswith("...") else 0
    assert shown == size if not rest else 0 < size - shown < rest


def assert_neighbours(found: nf.Diagnosis, grid: Bracket, sign: int) -> None:
    inner, outer = (found.above, found.below) if sign else (found.below, found.above)
    assert inner is None or abs(inner.value) == min(grid.lower, limit(found))
    assert inner is not None
    wanted = grid.lower if grid.nu == 0 else grid.upper
    if wanted <= limit(found):
        assert outer is not None and abs(outer.value) == wanted
        assert codes_value(found, outer) == outer.value
    else:
        assert outer is None or abs(outer.value) == float("inf")


def limit(found: nf.Diagnosis) -> Fraction:
    assert isinstance(found.to, nf.Format)
    return found.to.max


def codes_value(found: nf.Diagnosis, beside: Any) -> Any:
    assert isinstance(found.to, nf.Format)
    return nf.decode(beside.code, found.to, dtype=object)


def assert_explained(op: str, codes: tuple[int, ...], fmt: nf.Format, env: nf.Env) -> None:
    found = nf.explain(op, codes, fmt, env=env)
    assert (found.result.code, found.result.flags) == oracle_ops.result(op, [fmt] * len(codes), fmt, codes, env)
    assert {one.flag for one in found.reasons if one.raised} == flag_names(int(found.result.flags or 0))
    assert {one.flag for one in found.reasons if not one.raised}.isdisjoint(flag_names(int(found.result.flags or 0)))
    values = oracle_ops.read(op, [fmt] * len(codes), codes, env)
    exact = oracle_exact.exact(op, values, fmt)
    if isinstance(exact, oracle_exact.Number) and exact.value.kind == "finite":
        assert_placed(found, Case(fmt, exact.value), env)
    else:
        assert found.position is None
        assert not found.tiny_before


ENVS = (nf.Env(), nf.Env(rounding="toward_positive", tininess="before"), nf.Env(rounding="to_odd", overflow="ieee"))


@pytest.mark.parametrize("fmt", [E4M3, E5M2], ids=str)
@pytest.mark.parametrize("op", ["add", "mul", "div"])
def test_a_sample_of_all_pairs(op: str, fmt: nf.Format) -> None:
    for index in range(0, 1 << 16, 2311):
        assert_explained(op, divmod(index, 256), fmt, ENVS[index % 3])


@pytest.mark.full
@pytest.mark.parametrize("op", ["add", "mul", "div"])
def test_all_pairs(op: str) -> None:
    """By turns of the operations; each meets every environment."""
    for index in range(("add", "mul", "div").index(op), 1 << 16, 3):
        assert_explained(op, divmod(index, 256), E4M3, ENVS[index // 3 % 3])


def test_fma_of_wide_operands() -> None:
    """The exact sum is longer than 128 bits."""
    one, tiny = nf.encode(1.0, "binary64"), nf.encode(2.0**-300, "binary64")
    found = nf.explain("fma", [int(one), int(one), int(tiny)], "binary64")
    assert found.exact == 1 + Fraction(1, 2**300)
    assert found.position is not None and found.position.discarded == "0" * 64 + "..."
    assert (found.position.last, found.position.guard, found.position.sticky) == (0, 0, 1)
    assert found.below is not None and found.above is not None
    assert (found.below.value, found.above.value) == (1, 1 + Fraction(1, 2**52))


def test_roots_are_irrational() -> None:
    two = int(nf.encode(2.0, B16))
    found = nf.explain("sqrt", [two], B16)
    assert found.exact == Root(Fraction(2)) and found.exact_text == "sqrt(2)"
    assert found.position is not None and found.position.sticky == 1
    assert found.position.significand + found.position.discarded[:20] == "1.0110101000" + "00100111100110011001"
    assert nf.explain("sqrt", [int(nf.encode(2.25, B16))], B16).exact == Fraction(3, 2)


def test_tininess_before_but_not_after() -> None:
    """1.11111111111 * 2^-15: eleven bits round up to the smallest normal, ten of the subnormal grid too."""
    found = nf.explain("convert", [0x387FF000], ("binary32",), to="binary16")
    assert (found.result.code, found.tiny_before, found.tiny_after) == (0x0400, True, False)
    assert reason(found, "underflow") == Reason(
        flag="underflow",
        raised=False,
        clause="IEEE 754-2019 7.5",
        text="tiny before rounding, but not after: it rounds to the smallest normal with unbounded exponent",
    )
    before = nf.explain("convert", [0x387FF000], ("binary32",), to="binary16", env=nf.Env(tininess="before"))
    assert reason(before, "underflow").raised


def reason(found: nf.Diagnosis, flag: str) -> Reason:
    return next(one for one in found.reasons if one.flag == flag)


@pytest.mark.parametrize(
    ("op", "operands", "fmt", "flag", "clause"),
    [
        ("add", (0x7C00, 0xFC00), "binary16", "invalid", "IEEE 754-2019 7.2d"),
        ("mul", (0x7C00, 0), "binary16", "invalid", "IEEE 754-2019 7.2b"),
        ("div", (0, 0x8000), "binary16", "invalid", "IEEE 754-2019 7.2e"),
        ("remainder", (0x3C00, 0), "binary16", "invalid", "IEEE 754-2019 7.2f"),
        ("sqrt", (0xBC00,), "binary16", "invalid", "IEEE 754-2019 7.2g"),
        ("add", (0x7C01, 0), "binary16", "invalid", "IEEE 754-2019 7.2a"),
        ("lt", (0x7E00, 0), "binary16", "invalid", "IEEE 754-2019 5.6.1, 7.2j"),
        ("fma", (0x7C00, 0, 0x7E00), "binary16", "invalid", "IEEE 754-2019 7.2c"),
        ("div", (0x3C00, 0), "binary16", "divide_by_zero", "IEEE 754-2019 7.3"),
        ("logb", (0,), "binary16", "divide_by_zero", "IEEE 754-2019 7.3"),
        ("mul", (0x7BFF, 0x7BFF), "binary16", "overflow", "IEEE 754-2019 7.4"),
        ("mul", (0x7BFF, 0x7BFF), "binary16", "inexact", "IEEE 754-2019 7.4"),
        ("mul", (0x0400, 0x0401), "binary16", "underflow", "IEEE 754-2019 7.5"),
        ("add", (0x3C00, 0x0001), "binary16", "inexact", "IEEE 754-2019 7.6"),
        ("sub", (0x7F, 0x80), "e8m0", "invalid", "Env.overflow"),
    ],
)
def test_clauses(op: str, operands: tuple[int, ...], fmt: str, flag: str, clause: str) -> None:
    row = reason(nf.explain(op, operands, fmt), flag)
    assert row.raised and row.clause == clause


@pytest.mark.parametrize(
    ("op", "operands", "flag", "text"),
    [
        ("div", (0x7C00, 0), "divide_by_zero", "Inf/0 is an exact infinity"),
        ("div", (0, 0), "divide_by_zero", "0/0 is invalid instead"),
        ("add", (0x7E00, 0), "invalid", "a quiet NaN signals nothing here"),
        ("negate", (0x7C01,), "invalid", "an operation on bits signals nothing, not even for a signalling NaN"),
        ("add", (0x0001, 0x0001), "underflow", "tiny, but exact"),
        ("add", (0x3C00, 0x3C00), "inexact", "the exact result is delivered: every discarded bit is 0"),
        ("add", (0x7C00, 0x3C00), "overflow", "arithmetic on infinities is exact"),
        (
            "add",
            (0x7BFF, 0x4000),
            "overflow",
            "beyond the largest finite number before rounding, but it rounds to that",
        ),
    ],
)
def test_flags_that_are_near(op: str, operands: tuple[int, ...], flag: str, text: str) -> None:
    row = reason(nf.explain(op, operands, "binary16"), flag)
    assert (row.raised, row.text) == (False, text)


def some_operands(op: nf.Op, types: tuple[Any, ...]) -> Iterator[tuple[int, ...]]:
    """Ones, specials, subnormals, the largest; small integers."""
    few = {"f": (0x3C00, 0x3555, 0x8001, 0x7BFF, 0xFC00, 0x7E01, 0x7C01, 0x0000), "i": (3, -40)}
    return itertools.product(*(few[kind] for kind in op.operands))


@pytest.mark.parametrize("op", nf.OPS)
def test_every_operation(op: str, tier: str) -> None:
    """In plain runs of one in 3 pairs of operands and one in 11 triples.

    The library's outcome, a reason for every raised flag and for no other, JSON that loads.
    """
    row = nf.OPS[op]
    to = {"int": "int8", "float": "binary16"}.get(row.result)
    types = tuple("int16" if kind == "i" else "binary16" for kind in row.operands)
    few = (1, 3, 11) if tier == "quick" else (1, 1, 3)
    for operands in itertools.islice(some_operands(row, types), 0, None, few[len(types) - 1]):
        found = nf.explain(op, operands, types, to=to)
        result, flags = nf.apply(op, operands, types, to=to, flags=True)
        assert found.result.value == result if row.result != "float" else found.result.code == result
        assert found.result.flags == flags
        assert {one.flag for one in found.reasons if one.raised} == flag_names(int(flags))
        assert json.loads(json.dumps(found.as_dict()))["op"] == op


def test_what_was_got_right_has_no_suspects() -> None:
    found = nf.explain("add", [0x3C, 0x1D], E4M3, got=0x3D, got_flags=1)
    assert not found.is_wrong and found.suspects == ()
    assert nf.explain("add", [0x3C, 0x1D], E4M3, got=0x3D).is_wrong is False
    assert nf.explain("add", [0x3C, 0x1D], E4M3).got is None


def test_suspects_explain_what_was_got() -> None:
    found = nf.explain("add", [0x3C, 0x1D], E4M3, got=0x3C, got_flags=1)
    assert found.is_wrong
    assert [one.explains for one in found.suspects][:1] == ["result and flags"]
    assert {"rounds_toward_zero", "sticky_lost"} <= {one.name for one in found.suspects}
    partly = nf.explain("add", [0x3C, 0x1D], E4M3, got=0x3C, got_flags=31)
    assert {one.explains for one in partly.suspects} == {"result"}
    without = nf.explain("add", [0x3C, 0x1D], E4M3, got=0x3C)
    assert {one.explains for one in without.suspects} == {"result"}
    flags_only = nf.explain("mul", [0x7BFF, 0x7BFF], B16, got=0x7C00, got_flags=4)
    assert flags_only.suspects[0].name == "inexact_missing_on_overflow"
    assert nf.explain("add", [0x3C, 0x1D], E4M3, got=0x55, got_flags=3).suspects == ()


def test_integers_truth_values_and_classes() -> None:
    found = nf.explain("to_int", [0x57F8], B16, to="int8", got=-128, got_flags=1)
    assert (found.result.value, found.suspects[0].name) == (127, "int_range_before_rounding")
    assert found.position is not None and found.position.is_tie and found.below is not None
    assert (found.below.value, found.above) == (127, None)
    assert nf.explain("lt", [0x7E00, 0], B16, got=True, got_flags=16).suspects[0].name == "nan_compares"
    assert nf.explain("classify", [1], B16, got=6).suspects[0].name == "classify_subnormal_as_zero"
    assert nf.explain("scaleb", [0x3C00, -30], (B16, "int8")).exact == Fraction(1, 1 << 30)
    far = nf.explain("scaleb", [0x3C00, 1 << 40], (B16, "int64"))
    assert (far.exact, far.exact_text[:5], str(far.result.flags)) == (None, "0x1p+", "inexact|overflow")


def test_random_bits() -> None:
    env = nf.Env(rounding="stochastic_a", random_bits_count=4)
    found = nf.explain("add", [0x3C, 0x1D], E4M3, env=env, random_bits=2, got=0x3C, got_flags=1)
    assert found.result.code == 0x3C
    wrong = nf.explain("add", [0x3C, 0x1D], E4M3, env=env, random_bits=3, got=0x3C, got_flags=1)
    assert wrong.is_wrong and "random_off_by_one" in {one.name for one in wrong.suspects}
    with pytest.raises(ValueError, match="random_bits is missing"):
        nf.explain("add", [0x3C, 0x1D], E4M3, env=env)
    with pytest.raises(ValueError, match=r"random_bits is 99: must be 0 to 15, 4 bits"):
        nf.explain("add", [0x3C, 0x1D], E4M3, env=env, random_bits=99)
    with pytest.raises(TypeError, match=r"random_bits is \[1\]: must be one integer of 4 bits"):
        nf.explain("add", [0x3C, 0x1D], E4M3, env=env, random_bits=[1])  # type: ignore[arg-type]
    none = nf.Env(rounding="stochastic_a", random_bits_count=0)
    assert nf.explain("add", [0x3C, 0x1D], E4M3, env=none) == nf.explain(
        "add", [0x3C, 0x1D], E4M3, env=none, random_bits=0
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nf.explain("plus", [1, 1], E4M3), "op is 'plus': must be one of"),
        (lambda: nf.explain("add", [1], E4M3), "operands has 1 elements: add takes 2"),
        (lambda: nf.explain("add", [1, 256], E4M3), "b: code is 0x100: float8_e4m3fn takes codes 0 to 0xff"),
        (lambda: nf.explain("add", [[1], 2], E4M3), "a has shape \\(1,\\): explain takes one vector"),
        (lambda: nf.explain("add", [1, 2], E4M3, got=999), "got: code is 0x3e7"),
        (lambda: nf.explain("add", [1, 2], E4M3, got=9, got_flags=32), "got_flags is 32: must be 0 to 31"),
        (lambda: nf.explain("add", [1, 2], E4M3, got_flags=1), "got_flags is given without got"),
        (lambda: nf.explain("lt", [1, 2], E4M3, got=2), "got is 2: the result of lt is 0 to 1"),
        (lambda: nf.explain("to_int", [1], E4M3, to="int8", got=200), "got holds 200: int8 is -128 to 127"),
        (lambda: nf.explain("to_int", [1], E4M3), "to is missing"),
    ],
)
def test_errors(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    ("arguments", "given", "message"),
    [
        (("add", None, E4M3), {}, "operands is None: must be a list or a tuple of 2 codes"),
        (("add", 5, E4M3), {}, "operands is 5: must be"),
        (("add", "12", E4M3), {}, "operands is '12': must be"),
        (("add", iter([1, 2]), E4M3), {}, "operands is a list_iterator: must be"),
        (("add", [1, 2], None), {}, "fmt is None: must be a Format or a format's name, or a tuple of 2"),
        (("add", [1, 2], 5), {}, "fmt is 5: must be"),
        (("add", [1, 2], (5, E4M3)), {}, "fmt is a tuple: must be"),
        (("add", [1, 2], E4M3), {"to": 5}, "to is 5: must be a Format, an IntType or the name of one, or None"),
        (
            ("add", [1, 2], E4M3),
            {"got": 1, "got_flags": "inexact"},
            "got_flags is 'inexact': must be an integer 0 to 31",
        ),
    ],
)
def test_arguments_of_a_wrong_type(arguments: Any, given: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        nf.explain(*arguments, **given)


PLAIN = """\
mul of binary16, binary16 to binary16
  a        0401 = 0.000061094760894775390625
  b        3BFF = 0.99951171875
  formula  a * b  (IEEE 754-2019 5.4.1)
  exact    0.00006106492946855723857879638671875
  bits     1.0000000000 | 01111111111 * 2^-14  L 0 G 0 S 1
  below    0400 = 0.00006103515625
  above    0401 = 0.000061094760894775390625
  result   0400 = 0.00006103515625  [inexact]
  got      0401 = 0.000061094760894775390625  [inexact]
"""


def test_command_plain(nfmt: Nfmt) -> None:
    text = "\n".join(nfmt.lines("explain mul binary16 0401 =0.9997 --got 0401:01 --plain"))
    assert text.startswith(PLAIN), text
    flags, suspects = text.removeprefix(PLAIN).split("suspects\n")
    assert flags.splitlines()[1].startswith("  inexact raised  ")
    assert "  rounds_toward_positive  " in suspects


def test_command_json_is_what_python_says(nfmt: Nfmt) -> None:
    lines = nfmt.lines("explain add e4m3fn 3C 1D --got 3C:01 --json --tininess before")
    same = nf.explain("add", [0x3C, 0x1D], E4M3, env=nf.Env(tininess="before"), got=0x3C, got_flags=1)
    assert json.loads("\n".join(lines)) == same.as_dict()
    assert json.loads("\n".join(lines))["env"] == {"tininess": "before"}


def test_command_in_colour(nfmt: Nfmt) -> None:
    text = "\n".join(nfmt.lines("explain add e4m3fn =1.5 =0.1 --got 3C:01"))
    assert "1.100 | 1101 * 2^0" in text and "sticky_lost" in text and "inexact raised" in text
    assert "no known fault" in "\n".join(nfmt.lines("explain add e4m3fn =1.5 =0.1 --got 55:01"))
    assert "  right" in "\n".join(nfmt.lines("explain add e4m3fn =1.5 =0.1 --got 3D:01 --plain"))


def test_command_with_integers_random_bits_and_options_first(nfmt: Nfmt) -> None:
    assert "  result   7F = 127  [invalid]" in nfmt.lines("explain to_int binary16 57F8 --to int8 --plain")
    assert "  a        FFFF = -1" in nfmt.lines("explain from_int int16 =-1 --to binary16 --plain")
    random = "explain --plain --rounding stochastic_a --random-bits-count 4 add e4m3fn 3C 1D"
    assert any("3C = 1.5" in line for line in nfmt.lines(f"{random} 2") if "result" in line)
    assert any("3D = 1.625" in line for line in nfmt.lines(f"{random} 3") if "result" in line)
    assert "takes 2 operands, then its random bits: got 2" in nfmt.refused(random)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("explain add e4m3fn 3C", "add takes 2 operands: got 1"),
        ("explain add e4m3fn 3C xyz", "code 'xyz': expected hexadecimal digits"),
        ("explain add e4m3fn 3C 1FF", "code is 0x1ff"),
        ("explain add e4m3fn 3C 1D --got 3C:40", "flags 40: must be 00 to 1F"),
        ("explain add e4m3fn 3C 1D --got 1FF", "code 1FF: more than 8 bits"),
        ("explain lt e4m3fn 3C 1D --got 2", "got 2: the result of lt is 0 to 1"),
        ("explain add e4m3fn 3C 1D --got q", "got 'q': expected hexadecimal digits"),
        ("explain nothing e4m3fn 3C", "op is 'nothing'"),
    ],
)
def test_command_refuses(nfmt: Nfmt, line: str, message: str) -> None:
    assert message in nfmt.refused(line)


def test_the_package_has_it_lazily() -> None:
    assert nf.explain is diagnosis.explain
    assert IntType(8, signed=True) == nf.IntType(8, signed=True)
