# SPDX-License-Identifier: BSD-3-Clause
"""numfmt.Scoreboard: what is right, wrong and unknown, in every kind of value that a test bench has."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import ml_dtypes
import mpmath
import numpy as np
import pytest
from simulator_values import BareLogicArray, BinaryValue, Logic, LogicArray

import numfmt as nf
from numfmt import jobs
from numfmt.faults import BY_NAME

FMA = ("e4m3fn", "e5m2", "binary32")


def counts(sb: nf.Scoreboard) -> tuple[int, int, int, int, int]:
    found = sb.checked, sb.right, sb.wrong, sb.wrong_flags_only, sb.unknown
    assert found[0] == found[1] + found[2] + found[4]
    assert found[3] <= found[2]
    assert sb.passed is (found[0] == found[1] > 0)
    return found


def tripels(n: int) -> list[np.ndarray[Any, np.dtype[Any]]]:
    rng = np.random.default_rng(1)
    top = (1 << 8, 1 << 8, 1 << 32)
    return [
        rng.integers(0, end, n).astype(dtype) for end, dtype in zip(top, (np.uint8, np.uint8, np.uint32), strict=True)
    ]


def test_mixed_formats_one_by_one_and_in_arrays() -> None:
    """Both ways give the same counts, coverage and causes."""
    operands = tripels(100)
    job = jobs.typed("fma", FMA, to="bfloat16", env=nf.Env())
    results, flags = BY_NAME["rounds_toward_zero"].outcomes(job, operands)
    right, right_flags = job.outcomes(operands)
    good = (results == right) & (flags == right_flags)
    one, many = (nf.Scoreboard("fma", FMA, to="bfloat16", name=name) for name in ("one", "many"))
    rows = zip(*(column.tolist() for column in (*operands, results, flags)), strict=True)
    assert [one.check(row[:3], *row[3:]) for row in rows] == good.tolist()
    assert (many.check(operands, results, flags) == good).all()
    assert counts(one) == counts(many) == (100, int(good.sum()), 100 - int(good.sum()), 0, 0)
    assert 10 < one.wrong < 90
    assert one.report().split("\n")[1:] == many.report().split("\n")[1:]
    assert one.as_dict() | {"name": ""} == many.as_dict() | {"name": ""}
    direct = nf.Coverage("fma", FMA, to="bfloat16")
    direct.add(*operands)
    assert list(one.coverage.bins()) == list(direct.bins())
    assert one.coverage.vectors == 100


@pytest.mark.parametrize(
    ("op", "fmt", "to", "env", "fault", "cause"),
    [
        ("mul", "bfloat16", None, nf.Env(), "rounds_toward_zero", "rounds_toward_zero"),
        ("convert", "binary16", "e4m3fn", nf.Env(), "tininess_swapped", "tininess_swapped"),
        ("div", "binary16", None, nf.Env(), "sticky_lost", "sticky_lost"),
        ("add", "binary128", None, nf.Env(rounding="toward_positive"), "rounds_ties_even", "rounds_ties_even"),
        ("from_int", ("int32",), "e5m2", nf.Env(), "overflow_saturate", "overflow_saturate"),
        ("to_int", ("binary16",), "int8", nf.Env(), "int_wrap", "int_wrap"),
        ("lt", "binary16", None, nf.Env(), "magnitudes_compared", "magnitudes_compared"),
        ("classify", "bfloat16", None, nf.Env(), "classify_subnormal_as_zero", "classify_subnormal_as_zero"),
    ],
)
def test_causes(op: str, fmt: Any, to: str | None, env: nf.Env, fault: str, cause: str) -> None:
    job = jobs.typed(op, fmt, to=to, env=env)
    rng = np.random.default_rng(2)
    operands = []
    for type_ in job.types:
        if type_.width <= 64:
            codes = rng.integers(0, 1 << type_.width, 1500, dtype=np.uint64)
            operands.append(codes.astype(type_.code_dtype if isinstance(type_, nf.IntType) else type_.dtype))
        else:
            values = rng.integers(-(1 << 62), 1 << 62, 1500) * 2.0 ** rng.integers(-90, 90, 1500)
            operands.append(nf.encode(values, "binary128"))
    results, flags = BY_NAME[fault].outcomes(job, operands)
    sb = nf.Scoreboard(op, fmt, to=to, env=env, coverage=False, name="dut")
    good = sb.check(operands, results, flags)
    assert counts(sb)[:3] == (1500, good.sum(), 1500 - good.sum())
    assert sb.wrong > 0
    found = sb.as_dict()["mismatches"]
    assert found["causes"][0]["name"] == cause
    assert found["causes"][0]["explained"] == found["looked_at"]["wrong"] == sb.wrong
    text = sb.report()
    assert text.startswith(f"dut: {job.title}: 1500 checked, {sb.right} right, {sb.wrong} wrong")
    assert f"  {cause}: " in text and "where they are" in text and ", explained\n" in text
    again = nf.Scoreboard(op, fmt, to=to, env=env, coverage=False)
    for row in np.flatnonzero(~good)[:5].tolist():
        assert again.check([column[row] for column in operands], results[row], flags[row]) is False
    assert counts(again)[2] == min(5, sb.wrong)


@pytest.mark.parametrize("fmt", ["binary16", "e2m3", "binary128"])
def test_every_operation(fmt: str) -> None:
    """One by one and in arrays, the library's results are right and all others wrong."""
    for op, row in nf.OPS.items():
        to = {"int": "int5", "float": fmt}.get(row.result)
        types = tuple(fmt if kind == "f" else "int7" for kind in row.operands)
        job = jobs.typed(op, types, to=to, env=nf.Env())
        values = [nf.encode([-1.5, 0.0, 3.0], fmt) if kind == "f" else np.array([-3, 0, 9]) for kind in row.operands]
        codes = [
            type_.encode("x", x) if isinstance(type_, nf.IntType) else x
            for type_, x in zip(job.types, values, strict=True)
        ]
        results, flags = job.outcomes(codes)
        sb = nf.Scoreboard(op, types, to=to, coverage=False)
        assert sb.check(values, results, flags).all(), op
        assert all(sb.check([x[k] for x in values], results[k], flags[k]) for k in range(3)), op
        assert not sb.check(values, results, flags ^ np.uint8(16)).any()
        assert not any(
            sb.check([x[k] for x in values], results[k - 1], flags[k]) for k in range(3) if results[k] != results[k - 1]
        )
        assert counts(sb)[1] == 6


@pytest.mark.parametrize("kind", [LogicArray, BareLogicArray, BinaryValue])
def test_values_of_a_simulator(kind: Any) -> None:
    sb = nf.Scoreboard("mul", "e4m3fn", coverage=False)
    good, half, x = kind("00111100"), kind("00110000"), kind("0011x100")
    assert sb.check((good, half), kind("00110100"), kind("00000")) is True
    assert sb.check((good, half), kind("00110101")) is False
    without_value = (
        ((x, half), good, None),
        ((good, half), x, None),
        ((good, half), good, kind("0000z")),
        ((half, kind("z" * 8)), x, None),
    )
    for operands, actual, flags in without_value:
        assert sb.check(operands, actual, flags) is False
    assert counts(sb) == (6, 1, 1, 0, 4)
    found = sb.check(([good, good, x], half), [kind("00110100"), x, good])
    assert found.tolist() == [True, False, False]
    assert sb.check((np.array([good, x], object), 0x30), 0x34).tolist() == [True, False]
    assert counts(sb) == (11, 3, 1, 0, 7)


def test_values_with_a_format_are_codes_of_it_or_refused() -> None:
    sb = nf.Scoreboard("mul", "binary16", coverage=False)
    x, square = nf.float16(1.5), nf.float16(2.25)
    assert sb.check((x, 0x3E00), square) is True and sb.check((x, x), x) is False
    two = nf.array([1.5, 1.0], "binary16")
    assert sb.check((two, x), [square, x]).tolist() == sb.check(([x, 0x3C00], x), two * x).tolist() == [True, True]
    assert counts(sb) == (6, 5, 1, 0, 0)
    half = ml_dtypes.bfloat16(1.5)
    small = nf.Scoreboard("mul", "bfloat16", coverage=False)
    assert small.check((half, np.array(half)), ml_dtypes.bfloat16(2.25)) and small.check(([half], half), 0x4010).all()
    wide = nf.array([1.5, 1.0], "binary128")
    assert nf.Scoreboard(to="binary128").compare(wide, wide.codes).all()
    assert nf.Scoreboard(to="binary128").compare(wide[0], wide.codes[0])
    for value in (half, [half], np.array(half), mpmath.mpf(1.5), [x, mpmath.mpf(1)], np.float16(1.5), [np.ones(2)]):
        with pytest.raises(TypeError, match=r"^b (is|has dtype) .*: must be an integer"):
            sb.check((x, value), 0)
    for other in (small, nf.Scoreboard("from_int", "int8", to="binary16"), nf.Scoreboard("lt", "binary32")):
        with pytest.raises(TypeError, match=r"^a is a numfmt.Array of binary16: must be .* take its .codes"):
            other.check((x,) * len(other._operands), 0)
    with pytest.raises(TypeError, match=r"^flags is a numfmt.Array of binary16: must be integers"):
        sb.check((two, two), two, flags=two)


def test_one_bit() -> None:
    sb = nf.Scoreboard("lt", "binary16")
    one, two = nf.encode([1.0, 2.0], "binary16")
    for yes in (1, True, np.bool_(True), Logic("1"), np.uint8(1), LogicArray("1"), np.array(1)):
        assert sb.check((one, two), yes) is True
        assert sb.check((two, one), yes) is False
    assert sb.check((one, two), Logic("X")) is False
    assert sb.check((np.array([one, two]), two), np.array([True, True])).tolist() == [True, False]
    assert counts(sb) == (17, 8, 8, 0, 1)


def test_integers_with_either_sign() -> None:
    """A number or its two's complement, as operand and as result, one or many."""
    sb = nf.Scoreboard("to_int", "binary16", to="int7", coverage=False)
    x = nf.encode(-3.0, "binary16")
    assert sb.check((x,), -3) and sb.check((x,), 125) and sb.check((x,), np.int8(-3)) and sb.check((x,), np.uint8(125))
    assert sb.check((x,), np.array([-3, 125])).all() and sb.check((x,), [-3, LogicArray("1111101")]).all()
    back = nf.Scoreboard("from_int", "int7", to="binary16", coverage=False)
    assert back.check((-3,), x) and back.check((125,), x) and back.check((np.array([-3, 125]),), x).all()
    for value in (128, -65):
        with pytest.raises(ValueError, match=r"a is .*: int7 takes numbers -0x40 to 0x7f"):
            back.check((value,), x)
    with pytest.raises(ValueError, match=r"actual goes from -65 to 1: int7 takes"):
        sb.check((x,), np.array([1, -65]))
    assert sb.passed and back.passed


@pytest.mark.parametrize("nan", ["exact", "any"])
def test_nans(nan: Any) -> None:
    sb = nf.Scoreboard("add", "binary16", nan=nan, coverage=False)
    inf, other = 0x7C00, 0xFE01
    assert sb.check((inf, inf | 0x8000), 0x7E00, nf.Flags.INVALID) is True
    assert sb.check((inf, inf | 0x8000), other, nf.Flags.INVALID) is (nan == "any")
    assert sb.check((inf, inf | 0x8000), other, 0) is False
    assert sb.check((inf, inf), other) is False
    operands = np.array([inf, inf], np.uint16), np.array([inf | 0x8000, inf], np.uint16)
    assert sb.check(operands, other).tolist() == [nan == "any", False]
    assert sb.check(operands, other, nf.Flags.INVALID).tolist() == [nan == "any", False]
    assert counts(sb)[:4] == ((8, 4, 4, 1) if nan == "any" else (8, 1, 7, 0))
    causes = [one["name"] for one in sb.as_dict()["mismatches"]["causes"]]
    assert nan == "exact" or not any(name.startswith("nan_") for name in causes)


def test_any_nan_is_a_quiet_one() -> None:
    sb = nf.Scoreboard("add", "binary16", nan="any", coverage=False)
    found = [sb.check((0x7C00, 0xFC00), nan) for nan in (0x7C01, 0xFDFF, 0xFE01, 0x7FFF)]
    assert found == sb.check((0x7C00, 0xFC00), [0x7C01, 0xFDFF, 0xFE01, 0x7FFF]).tolist() == [False, False, True, True]
    plain = nf.Scoreboard(to="binary16", nan="any")
    assert not plain.compare(0x7D00, 0x7E00) and not plain.compare(0x7E00, 0x7D00) and plain.compare(0x7D00, 0x7D00)
    no_quiet_bit = nf.Scoreboard("add", "e5m2", nan="any", coverage=False)
    assert not nf.format("e5m2").has_quiet_bit
    assert no_quiet_bit.check((0x7C, 0xFC), [0x7D, 0xFE, 0x7F]).all() and no_quiet_bit.check((0x7C, 0xFC), 0xFD)


def test_flags() -> None:
    """Wrong flags are wrong, and counted apart; flags that the device has not are not looked at."""
    sb = nf.Scoreboard("mul", "e4m3fn", coverage=False)
    assert sb.check((0x3D, 0x3D), 0x43) and sb.check((0x3D, 0x3D), 0x43, 1)
    assert not sb.check((0x3D, 0x3D), 0x43, 0)
    assert not sb.check((0x3D, 0x3D), 0x44, 0)
    assert sb.check((0x3D, 0x3D), 0x43, np.array([0, 1])).tolist() == [False, True]
    assert sb.check((np.array([0x3D]), 0x3D), 0x43).tolist() == [True]
    assert counts(sb) == (7, 4, 3, 2, 0)
    found = sb.as_dict()["mismatches"]
    assert found["looked_at"]["wrong"] == 3 and "inexact_missing" in {one["name"] for one in found["causes"]}
    assert "3 wrong (2 only in flags), 0 unknown" in sb.report()


def test_stochastic() -> None:
    env = nf.Env(rounding="stochastic_a", random_bits_count=8)
    sb = nf.Scoreboard("convert", "binary32", to="e4m3fn", env=env)
    x, bits = nf.encode([1.03] * 5, "binary32"), nf.random_bits(5, 8, seed=1)
    results = nf.convert(x, "binary32", "e4m3fn", env=env, random_bits=bits)
    assert sb.check((x,), results, random_bits=bits).all()
    assert all(sb.check((x[k],), results[k], random_bits=bits[k]) for k in range(5))
    assert sb.check((x[0],), results[0], random_bits=LogicArray("x" * 8)) is False
    assert counts(sb) == (11, 10, 0, 0, 1)
    with pytest.raises(ValueError, match="random_bits is missing: the job takes 8 random bits"):
        sb.check((x[0],), 0)
    with pytest.raises(ValueError, match="random_bits is given: the job takes none"):
        nf.Scoreboard("mul", "e4m3fn").check((1, 2), 0, random_bits=3)


def test_compare() -> None:
    sb = nf.Scoreboard(to="binary16", nan="any", name="mac")
    assert sb.compare(0x3C00, 0x3C00) is True and sb.compare(0x3C00, 0x3C01) is False
    assert sb.compare(0x7E00, 0xFE01) is True
    assert sb.compare(0x3C00, 0x3C00, 1, 0) is False and sb.compare(0x3C00, 0x3C00, 1, LogicArray("00001")) is True
    assert sb.compare(0x3C00, LogicArray("x")) is False
    assert sb.compare(np.array([1, 2, 0x7E00]), [1, 3, 0xFFFF]).tolist() == [True, False, True]
    assert counts(sb) == (9, 5, 3, 1, 1)
    assert sb.as_dict()["compared"] == [
        {"number": 2, "actual": 0x3C00, "expected": 0x3C01},
        {"number": 4, "actual": 0x3C00, "expected": 0x3C00, "flags": 1, "expected_flags": 0},
        {"number": 8, "actual": 2, "expected": 3},
    ]
    assert sb.report().splitlines() == [
        "mac: comparison: 9 checked, 5 right, 3 wrong (1 only in flags), 1 unknown",
        "vector 2: 3C00, expected 3C01",
        "vector 4: 3C00, expected 3C00, flags 01, expected 00",
        "vector 8: 2, expected 3",
    ]
    with pytest.raises(ValueError, match="flags and expected_flags"):
        sb.compare(1, 1, 0)
    with pytest.raises(TypeError, match="op is missing"):
        sb.check((1, 2), 3)
    with pytest.raises(ValueError, match="coverage is not collected"):
        sb.coverage  # noqa: B018


def test_compare_words_of_any_kind() -> None:
    plain = nf.Scoreboard()
    assert (
        plain.compare(-1, (1 << 64) - 1) and plain.compare(np.array([5, -1]), np.array([5, 2**64 - 1], np.uint64)).all()
    )
    assert nf.Scoreboard(to="int8").compare(200, -56)
    wide = nf.Scoreboard(to="binary128")
    code = nf.encode([1.5], "binary128")
    assert wide.compare(code[0], 0x3FFF8 << 108) and wide.compare(code, [0x3FFF8 << 108]).all()
    assert not wide.compare(code, [1])[0]
    assert not plain.passed or counts(plain) == (3, 3, 0, 0, 0)
    with_op = nf.Scoreboard("mul", "e4m3fn")
    assert with_op.compare(3, 3) and not with_op.compare(3, 4) and with_op.check((0x38, 0x38), 0x38)
    assert counts(with_op) == (3, 2, 1, 0, 0)
    assert with_op.coverage.vectors == 1


def test_stop_after() -> None:
    sb = nf.Scoreboard("mul", "e4m3fn", name="dut", stop_after=3)
    sb.check((0x38, 0x38), 0x39)
    sb.check((0x38, 0x38), LogicArray("x"))
    with pytest.raises(
        nf.ScoreboardError, match=r"^dut: mul .*: 3 checked, 0 right, 2 wrong, 1 unknown; stop_after is 3"
    ):
        sb.check((0x38, 0x38), 0x39)
    assert sb.check((0x38, 0x38), 0x38) is True
    with pytest.raises(nf.ScoreboardError):
        sb.compare([1, 2], [1, 3])
    assert counts(sb) == (6, 2, 3, 0, 1)


def test_context_manager(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with nf.Scoreboard("mul", "e4m3fn", name="dut") as sb:
        sb.check((0x38, 0x38), 0x38)
    assert capsys.readouterr().out == ""
    with pytest.raises(TypeError), nf.Scoreboard("mul", "e4m3fn", name="dut") as sb:
        assert (sb.check((0x38, 0x38), 0x39), sb.check((0x38, None), 0x39)) == (False, False)
    out = capsys.readouterr().out
    assert out == sb.report() + "\n"
    assert out.startswith("dut: mul float8_e4m3fn to float8_e4m3fn: 1 checked, 0 right, 1 wrong, 0 unknown\n")
    assert "\nvector 1, explained\n  mul of float8_e4m3fn" in out
    assert re.search(
        r"\ncoverage: \d+\.\d%, \d+ of \d+ bins that can be hit\n  operands missed \d+: .*, and \d+ more\n", out
    )
    with nf.Scoreboard("mul", "e4m3fn", prints=False) as sb:
        sb.check((0x38, 0x38), 0x39)
    with nf.Scoreboard("mul", "e4m3fn", name="dut"):
        pass
    assert (
        capsys.readouterr().out == "dut: mul float8_e4m3fn to float8_e4m3fn: 0 checked, 0 right, 0 wrong, 0 unknown\n"
    )
    path = tmp_path / "sb.json"
    sb.write(path)
    found = json.loads(path.read_text("utf-8"))
    assert found == json.loads(json.dumps(sb.as_dict()))
    assert [entry.name for entry in tmp_path.iterdir()] == ["sb.json"]
    assert found["checked"] == found["wrong"] == 1 and found["coverage"]["vectors"] == 1 and found["env"] == "Env()"


def test_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Vectors are handed on in blocks; arrays may change after the call; one wrong vector starts the evidence."""
    monkeypatch.setattr("numfmt.collector._BLOCK", 64)
    sb = nf.Scoreboard("mul", "e4m3fn")
    buffer = np.empty((2, 10), np.uint8)
    for start in range(0, 250, 10):
        buffer[:] = np.arange(start, start + 10)
        results, flags = nf.apply("mul", list(buffer), "e4m3fn", flags=True)
        assert sb.check(tuple(buffer), results, flags if start % 20 else None).all()
        assert sb._collector is not None and sb._collector._kept < 64
        assert sb.check((start, 3), nf.apply("mul", (start, 3), "e4m3fn"))
    buffer[:] = 0
    direct = nf.Coverage("mul", "e4m3fn")
    direct.add(np.arange(250), np.arange(250))
    direct.add(np.arange(0, 250, 10), 3)
    assert list(sb.coverage.bins()) == list(direct.bins())
    assert sb._collector is not None and sb._collector.evidence.vectors == 0
    sb.check((0x38, 0x38), 0x39)
    assert sb._collector.evidence.vectors == 1
    plain = nf.Scoreboard("mul", "e4m3fn", coverage=False)
    assert plain.check((0x38, 0x38), 0x38) and plain._collector is not None and plain._collector._kept == 0
    plain.check((0x38, 0x38), 0x39)
    assert plain.check((0x38, 0x38), 0x38) and plain._collector._kept == 2
    with pytest.raises(ValueError, match="coverage is not collected"):
        plain.coverage  # noqa: B018
