# SPDX-License-Identifier: BSD-3-Clause
"""explain_value and ``nfmt show --json``: every number in them against the rational oracle."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import oracle
import pytest
import specs
from hypothesis import given
from hypothesis import strategies as st
from oracle_format import layout

import numfmt as nf
from numfmt import modes
from numfmt.__main__ import main

SMALL = [row.name for row in nf.list_formats() if row.format.width <= 8]
ODD = [
    "width=8/precision=4/bias=7/exp0=zero/n_high_nans=1/has_inf=false/has_quiet_bit=false",
    "width=7/precision=3/bias=-5",
    "width=9/precision=4/bias=5/exp0=normal",
    "width=10/precision=6/bias=3/explicit_leading_bit=true",
]
WIDE = ["binary16", "bfloat16", "binary32", "binary64", "dlfloat16"]
OPERANDS = [
    "-5.75",
    "13",
    "0.1",
    "-0",
    "inf",
    "-inf",
    "nan",
    "1e-30",
    "-1e30",
    "464",
    "0x1.8p-9",
    "1e-999999999",
    "3.3",
]
ROUNDINGS = [name for name in modes.ROUNDINGS if not name.startswith("stochastic")]
KINDS = {"zero": "zero", "inf": "infinite", "qnan": "quiet NaN", "snan": "signaling NaN"}


def number(text: str | None) -> Fraction | None:
    """The exact value of a number in JSON; None for infinities and NaNs."""
    return None if text is None or "inf" in text or "nan" in text else Fraction(text)


def operand_value(text: str) -> oracle.Value:
    """Independently of numfmt: an operand's text for the oracle."""
    sign = int(text.startswith("-"))
    if "inf" in text:
        return oracle.Value("inf", sign)
    if "nan" in text:
        return oracle.Value("qnan", sign, payload=(0, 0))
    far = {"1e-999999999": Fraction(1, 2**9000)}
    value = far[text] if text in far else abs(specs.exact(text) if "0x" in text else Fraction(text))  # type: ignore[arg-type]
    return oracle.Value("finite" if value else "zero", sign, value)


@functools.cache
def in_order(fmt: nf.Format) -> list[Fraction]:
    """All finite values, ascending."""
    return sorted(
        {oracle.value_of(fmt, code) for code in fmt.codes if oracle.decode(fmt, code).kind in ("zero", "finite")}
    )


def check_code(fmt: nf.Format, shown: dict[str, Any]) -> oracle.Value:
    """Everything that follows from the code alone."""
    code = int(shown["code"], 16)
    value = oracle.decode(fmt, code)
    assert len(shown["code"]) == -(-fmt.width // 4)
    assert shown["format"] == str(fmt) and shown["width"] == fmt.width
    fields = [shown["bits"][name] for name in ("sign", "exponent", "leading", "fraction")]
    assert "".join(fields) == f"{code:0{fmt.width}b}"
    explicit = int(fmt.explicit_leading_bit)
    assert list(map(len, fields)) == [fmt.is_signed, fmt.exponent_bits, explicit, fmt.precision - 1]
    subnormal = value.subnormal and "subnormal"
    assert shown["class"] == KINDS.get(value.kind, subnormal or "normal")
    exact = number(shown["exact"].partition("[")[0])
    if value.kind in ("zero", "finite"):
        assert (
            exact is not None and abs(exact) == value.magnitude and shown["exact"].startswith("-") == bool(value.sign)
        )
        assert shown["hex"] == shown["hex"].lower() and nf.format(str(fmt)).parse(shown["hex"]) == code
        assert nf.format(str(fmt)).parse(shown["shortest"]) == code
    else:
        assert exact is None
    if value.kind == "finite":
        assert Fraction(2) ** shown["exponent"] <= value.magnitude < Fraction(2) ** (shown["exponent"] + 1)
    else:
        assert shown["exponent"] is None
    return value


def check_neighbours(fmt: nf.Format, shown: dict[str, Any], value: oracle.Value, ordered: list[Fraction]) -> None:
    """The values above and below among all values, infinities at the ends."""
    here = number(shown["exact"].partition("[")[0])
    lay = layout(fmt)
    for name, step in (("below", -1), ("above", 1)):
        got = shown[name]
        if here is None:
            inward = value.kind == "inf" and (step > 0) == bool(value.sign)
            wanted = (ordered[0] if step > 0 else ordered[-1]) if inward else None
        else:
            place = ordered.index(here) + step
            wanted = ordered[place] if 0 <= place < len(ordered) else None
            if wanted is None and fmt.has_inf and (step > 0 or fmt.is_signed):
                assert got == {
                    "code": f"{lay.inf_code(step < 0):0{len(shown['code'])}X}",
                    "value": "inf"[:3] if step > 0 else "-inf",
                }
                continue
        if wanted is None:
            assert got is None, (str(fmt), shown["code"], name)
        else:
            assert Fraction(got["value"]) == wanted == oracle.value_of(fmt, int(got["code"], 16))


def check_ulp(fmt: nf.Format, shown: dict[str, Any], value: oracle.Value) -> None:
    lay = layout(fmt)
    if value.kind == "finite":
        quantum = max(shown["exponent"], lay.emin) - lay.frac_bits
        assert number(shown["ulp"]) == Fraction(2) ** quantum
    elif value.kind == "zero":
        assert number(shown["ulp"]) == lay.smallest
    else:
        assert shown["ulp"] is None


def check_error(shown: dict[str, Any], operand: Fraction | None) -> None:
    here = number(shown["exact"].partition("[")[0])
    if here is None or operand is None:
        assert shown["error"] is shown["error_ulp"] is None
        return
    assert Fraction(shown["error"]) == here - operand
    assert Fraction(shown["error_ulp"]) * Fraction(shown["ulp"]) == here - operand


def check_expansion(fmt: nf.Format, expansion: dict[str, Any] | None, operand: Fraction | None) -> None:
    """The steps are what they say and give the digits; the digits give the operand, or its beginning."""
    if operand is None:
        assert expansion is None
        return
    assert expansion is not None
    whole, rest = divmod(abs(operand), 1)
    steps = expansion["integer_steps"]
    for index, (n, half, digit) in enumerate(steps):
        assert int(n) == whole >> index and int(half) == int(n) // 2 and digit == int(n) % 2
    assert len(steps) == min(64, int(whole).bit_length())
    digits = ""
    for part, double, digit in expansion["fraction_steps"]:
        assert Fraction(part) == rest and Fraction(double) == 2 * rest and digit == int(2 * rest >= 1)
        rest = 2 * rest - digit
        digits += str(digit)
    before, _, after = expansion["binary"].partition(".")
    assert after.removesuffix("...") == digits
    assert after.endswith("...") == bool(rest)
    assert before == f"{int(whole):b}" or "..." in expansion["binary"]
    assert bool(expansion["note"]) == bool(rest or int(whole).bit_length() > 64)
    if operand:
        mantissa, _, exponent = expansion["scientific"].partition(" * 2^")
        head, _, tail = mantissa.lstrip("-").removesuffix("...").partition(".")
        found = Fraction(int(head + tail, 2), 1 << len(tail)) * Fraction(2) ** int(exponent)
        slack = Fraction(2) ** (int(exponent) - len(tail)) if mantissa.endswith("...") else 0
        assert found <= abs(operand) <= found + slack
        assert mantissa.startswith("-") == (operand < 0)
        assert not mantissa.endswith("...") or len(tail) >= fmt.precision


def check_outcomes(fmt: nf.Format, shown: dict[str, Any], value: oracle.Value, env: nf.Env) -> None:
    found = {(each["rounding"], each["overflow"]): each for each in shown["outcomes"]}
    assert len(found) == len(shown["outcomes"]) == len(ROUNDINGS) * len(modes.OVERFLOWS)
    case = oracle.Case(fmt, value)
    for (rounding, overflow), each in found.items():
        code, flags = case.outcome(oracle.Env(rounding=rounding, overflow=overflow, tininess=env.tininess))
        assert (int(each["code"], 16), flag_bits(each["flags"])) == (code, flags), (rounding, overflow)
        delivered = oracle.decode(fmt, code)
        if delivered.kind in ("zero", "finite"):
            assert abs(Fraction(each["value"])) == delivered.magnitude
            assert each["value"].startswith("-") == bool(delivered.sign)
        else:
            assert each["value"].lstrip("-") == delivered.kind.lstrip("qs")


def flag_bits(names: list[str]) -> int:
    return sum(int(nf.Flags[name.upper()]) for name in names)


def shown_by_command(capsys: pytest.CaptureFixture[str], *argv: str) -> list[dict[str, Any]]:
    assert main(["show", *argv, "--json"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    found: list[dict[str, Any]] = json.loads(captured.out)
    return found


@pytest.mark.parametrize("text", OPERANDS)
def test_show_of_a_value(capsys: pytest.CaptureFixture[str], text: str, tier: str) -> None:
    """In plain runs every third format, others for each value."""
    names = [*SMALL, *ODD, *WIDE]
    if tier == "quick":
        names = names[OPERANDS.index(text) % 3 :: 3]
    value = operand_value(text)
    envs: list[tuple[nf.Env, tuple[str, ...]]] = [(nf.Env(), ())]
    if tier != "quick" or text == "1e-30":
        odd = nf.Env(rounding="to_odd", tininess="before")
        envs.append((odd, ("--rounding", "to_odd", "--tininess", "before")))
    for env, options in envs:
        for name, shown in zip(names, shown_by_command(capsys, text, *names, *options), strict=True):
            fmt = nf.format(name)
            assert shown["operand"] == text
            assert (int(shown["code"], 16), flag_bits(shown["flags"])) == oracle.encode(fmt, value, env)
            delivered = check_code(fmt, shown)
            if fmt.width <= 10:
                check_neighbours(fmt, shown, delivered, in_order(fmt))
            check_ulp(fmt, shown, delivered)
            is_known = value.kind in ("zero", "finite") and "e-9999" not in text
            operand = (-1) ** value.sign * value.magnitude if is_known else None
            assert number(shown["operand_exact"]) == operand
            check_error(shown, operand)
            check_expansion(fmt, shown["expansion"], operand)
            check_outcomes(fmt, shown, value, env)


@pytest.mark.parametrize("name", [*SMALL, *ODD])
def test_explanation_of_every_code(name: str, tier: str) -> None:
    fmt = nf.format(name)
    ordered = in_order(fmt)
    for code in fmt.codes[:: 1 if tier != "quick" or fmt.width <= 4 else 11 if fmt.width <= 6 else 43]:
        explained = nf.explain_value(fmt=fmt, code=code)
        shown = explained.as_dict()
        json.dumps(shown)
        value = check_code(fmt, shown)
        assert (explained.code, explained.operand, shown["flags"]) == (code, None, [])
        check_neighbours(fmt, shown, value, ordered)
        check_ulp(fmt, shown, value)
        here = number(shown["exact"].partition("[")[0])
        check_error(shown, here)
        check_expansion(fmt, shown["expansion"], here)
        check_outcomes(fmt, shown, value, nf.Env())
        canonical = value.kind in ("qnan", "snan") or oracle.encode(fmt, value, oracle.Env())[0] == code
        assert explained.is_canonical == canonical


@given(x=st.floats(), name=st.sampled_from(WIDE))
def test_neighbours_of_wide_formats(x: float, name: str) -> None:
    """Next to each other in code order; midway between them nothing else lies."""
    fmt = nf.format(name)
    explained = nf.explain_value(x, fmt)
    lay = layout(fmt)
    if not isinstance(explained.value, Fraction) or explained.value == 0:
        return
    ordinal = lay.value_ordinal(abs(explained.value))
    outward, inward = (explained.above, explained.below) if explained.value > 0 else (explained.below, explained.above)
    sign = int(explained.value < 0)
    assert inward is not None and inward.code == lay.code(sign, ordinal - 1 if ordinal > lay.first_ordinal else 0)
    if ordinal < lay.max_ordinal or fmt.has_inf:
        assert outward is not None and outward.code == lay.code(sign, ordinal + 1)
    else:
        assert outward is None


def kinds_of_operand() -> Iterator[tuple[Any, str, Fraction | None]]:
    yield -5.75, "-5.75", Fraction(-23, 4)
    yield 13, "13", Fraction(13)
    yield 10**5000, "1" + "0" * 5000, Fraction(10**5000)
    yield Fraction(1, 3), "1/3", Fraction(1, 3)
    yield Fraction(-1, 40), "-0.025", Fraction(-1, 40)
    yield Decimal("1.10"), "1.10", Fraction(11, 10)
    yield np.float32(0.1), str(np.float32(0.1)), Fraction(float(np.float32(0.1)))
    yield np.int8(-3), "-3", Fraction(-3)
    yield np.array(2.5), "2.5", Fraction(5, 2)
    yield " 0x1p-3 ", "0x1p-3", Fraction(1, 8)
    yield Decimal("NaN"), "NaN", None
    yield float("-inf"), "-inf", None


@pytest.mark.parametrize(("x", "text", "exact"), list(kinds_of_operand()), ids=lambda part: type(part).__name__)
def test_kinds_of_operand(x: Any, text: str, exact: Fraction | None) -> None:
    explained = nf.explain_value(x, "binary16")
    assert explained.operand == text
    assert explained.code == nf.encode(x, "binary16")
    if exact is not None:
        assert explained.operand_exact == exact
    check_outcomes(
        nf.float16, explained.as_dict(), oracle.exact_value(exact) if exact else operand_value(text.lower()), nf.Env()
    )


def test_mpf_operand() -> None:
    import mpmath

    explained = nf.explain_value(mpmath.mpf("0.75"), "e4m3fn")
    assert explained.operand == "0.75" and explained.operand_exact == Fraction(3, 4) and explained.error == 0
    assert nf.explain_value(mpmath.inf, "e4m3fn").operand_exact == float("inf")


def test_explanation_is_frozen_plain_data() -> None:
    explained = nf.explain_value("0.1", nf.float8_e4m3fn)
    assert explained == nf.explain_value("0.1", "e4m3fn", nf.Env())
    with pytest.raises(AttributeError):
        explained.code = 1  # type: ignore[misc]


def test_stochastic_rounding_with_the_caller_s_bits() -> None:
    env = nf.Env(rounding="stochastic_a", random_bits_count=4)
    assert [nf.explain_value("1.05", "e4m3fn", env, random_bits=r).code for r in (0, 15)] == [0x38, 0x39]
    assert len(nf.explain_value("1.05", "e4m3fn", env, random_bits=0).outcomes) == 30
    with pytest.raises(ValueError, match="random_bits is missing"):
        nf.explain_value("1.05", "e4m3fn", env)


def test_behaviour_of_a_peer() -> None:
    """Its own result; the outcomes are those of numfmt's roundings and policies."""
    explained = nf.explain_value(np.float32(500), "e5m2", nf.Env(compat="torch"))
    assert (explained.code, explained.flags) == nf.encode(
        np.float32(500), "e5m2", env=nf.Env(compat="torch"), flags="any"
    )
    check_outcomes(nf.float8_e5m2, explained.as_dict(), oracle.exact_value(500), nf.Env())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"fmt": "e4m3fn"}, "a value x or code="), ({"x": 1, "code": 1, "fmt": "e4m3fn"}, "and not both"),
        ({"x": 1, "fmt": "e4m3"}, "e4m3"),
        ({"x": [1, 2], "fmt": "e4m3fn"}, "x has shape"), ({"x": "five", "fmt": "e4m3fn"}, "'five' is no number"),
        ({"x": 1}, "format ''"),
        ({"code": 256, "fmt": "e4m3fn"}, "takes codes 0 to 0xff"),
        ({"code": 1.5, "fmt": "e4m3fn"}, "must be an integer"),
        ({"x": True, "fmt": "e4m3fn"}, "bool"), ({"x": 1j, "fmt": "e4m3fn"}, "complex"), ({"x": 1, "fmt": "e4m3fn",
        "env": "up"}, "env is str"),
    ],
    ids=str,
)  # fmt: skip
def test_bad_arguments(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        nf.explain_value(**arguments)


@pytest.mark.parametrize("bias", [1 << 20, -(1 << 20)])
def test_largest_exponents_take_no_minutes(bias: int) -> None:
    """A million digits in each number: no steps then, all else as ever."""
    fmt = nf.Format(width=25, precision=5, bias=bias)
    for code, scientific in ((1, f"1 * 2^{-3 - bias}"), (fmt.max_code, f"1.1111 * 2^{(1 << 20) - 2 - bias}")):
        explained = nf.explain_value(fmt=fmt, code=code)
        assert explained.expansion is not None and explained.expansion.scientific == scientific
        steps = [*explained.expansion.integer_steps, *explained.expansion.fraction_steps]
        assert (steps == []) == (abs(explained.exponent or 0) > 40_000) == bool(explained.expansion.note)
        assert explained.below is not None and explained.below.code == code - 1
        assert explained.above is not None and explained.above.code == code + 1
        assert explained.ulp == oracle.value_of(fmt, code) - oracle.value_of(fmt, code - 1)
