# SPDX-License-Identifier: BSD-3-Clause
"""TestFloat's spelling of functions and options in nfmt gen and nfmt ver."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from commandline import Nfmt, nfmt_fixture

import numfmt as nf
from numfmt.command import testfloat

__all__ = ["nfmt_fixture"]
FLOATS = ("f16", "bf16", "f32", "f64", "extF80", "f128")
INTEGERS = ("ui32", "ui64", "i32", "i64")
ARITHMETIC = ("add", "sub", "mul", "mulAdd", "div", "rem", "sqrt", "roundToInt")
COMPARISONS = ("eq", "le", "lt", "eq_signaling", "le_quiet", "lt_quiet", "isSignalingNaN")
FUNCTIONS = [
    *(f"{fmt}_{op}" for fmt in FLOATS for op in ARITHMETIC + COMPARISONS),
    *(f"{a}_to_{b}" for a, b in itertools.permutations(FLOATS, 2)),
    *(f"{a}_to_{b}" for a in INTEGERS for b in FLOATS),
    *(f"{a}_to_{b}{end}" for a in FLOATS for b in INTEGERS for end in ("", "_r_minMag")),
    *("e4m3fn_mulAdd", "float8_e4m3fn_le_quiet", "tf32_to_e5m2", "e2m1_to_i32_r_minMag", "ui64_to_e8m0"),
]
DIGITS = {
    "f16": 4,
    "bf16": 4,
    "f32": 8,
    "f64": 16,
    "extF80": 20,
    "f128": 32,
    "ui32": 8,
    "ui64": 16,
    "i32": 8,
    "i64": 16,
}
HEADER = "# numfmt-vectors 1 "


@pytest.mark.parametrize("group", range(8))
def test_every_function(nfmt: Nfmt, group: int) -> None:
    """gen writes TestFloat's lines, of TestFloat's widths, without header; ver finds no error in them."""
    for function in FUNCTIONS[group::8]:
        lines = nfmt.lines(f"gen {function} -rminMag -tininessbefore -exact -n 12 --style random")
        assert len(lines) == 12
        first, _, rest = function.partition("_")
        if first in DIGITS and (rest in ARITHMETIC or rest.removeprefix("to_").removesuffix("_r_minMag") in DIGITS):
            last = DIGITS[rest.removeprefix("to_").removesuffix("_r_minMag") if rest.startswith("to_") else first]
            assert [len(word) for word in lines[0].split()[-2:]] == [last, 2]
        status, out, err = nfmt(f"ver {function} -rminMag -tininessbefore -exact", stdin="\n".join(lines) + "\n")
        assert status == 0, err
        assert out.startswith(f"In 12 tests, no errors found in {function}")


def header(nfmt: Nfmt, path: Path, line: str) -> str:
    nfmt.lines(f"gen {line} -n 1 -o", path)
    return path.read_text("ascii").splitlines()[0].removeprefix(HEADER).removesuffix(" -n 1 --style directed")


@pytest.mark.parametrize(
    ("function", "ours"),
    [
        ("f32_mulAdd -rmin -tininessbefore", "fma binary32 --to binary32 --rounding toward_negative --tininess before"),
        ("f16_rem", "remainder binary16 --to binary16"),
        ("bf16_sqrt -rnear_maxMag", "sqrt bfloat16 --to bfloat16 --rounding ties_away"),
        ("f64_eq_signaling", "eq_signaling binary64"), ("f128_lt", "lt binary128"), ("f128_isSignalingNaN",
                                                                                    "is_signaling binary128"),
        ("f32_to_bf16 -rodd", "convert binary32 --to bfloat16 --rounding to_odd"),
        ("ui64_to_extF80", "from_int uint64 --to x87_extended"),
        ("extF80_to_i32", "to_int_not_exact x87_extended --to int32"),
        ("extF80_to_i32 -exact", "to_int x87_extended --to int32"),
        ("extF80_to_i32 -exact -notexact", "to_int_not_exact x87_extended --to int32"),
        ("f32_to_ui64_r_minMag -rmax", "to_int_not_exact binary32 --to uint64 --rounding toward_zero"),
        ("f32_roundToInt", "round_to_integral_not_exact binary32 --to binary32"),
        ("f32_roundToInt -exact -rmax", "round_to_integral binary32 --to binary32 --rounding toward_positive"),
        ("extF80_add -precision32", "add x87_extended --to x87_extended --rounding-precision 24"),
        ("extF80_sqrt -precision64", "sqrt x87_extended --to x87_extended --rounding-precision 53"),
        ("extF80_div -precision80", "div x87_extended --to x87_extended"),
        ("extF80_rem -precision32", "remainder x87_extended --to x87_extended"),
        ("f32_add -precision32", "add binary32 --to binary32"),
        ("e5m2_mul --nan riscv", "mul float8_e5m2 --to float8_e5m2 --nan riscv"),
        ("-rmin f32_add -rmax", "add binary32 --to binary32 --rounding toward_positive"),
    ],
)  # fmt: skip
def test_what_a_function_is(nfmt: Nfmt, tmp_path: Path, function: str, ours: str) -> None:
    assert header(nfmt, tmp_path / "v", function) == ours
    again = nfmt.lines(f"gen {ours} -n 30")
    assert nfmt.lines(f"gen {function} -n 30") == again
    assert nfmt.lines("check", tmp_path / "v")[-1].endswith(" 0 wrong")


@pytest.mark.parametrize(
    ("option", "rounding"),
    [
        ("-rnear_even", "ties_even"), ("-rneareven", "ties_even"), ("-rnearest_even", "ties_even"),
        ("-rminMag", "toward_zero"), ("-rminmag", "toward_zero"), ("-rmin", "toward_negative"),
        ("-rmax", "toward_positive"), ("-rnear_maxMag", "ties_away"), ("-rnear_maxmag", "ties_away"),
        ("-rnearmaxmag", "ties_away"), ("-rnearest_maxmag", "ties_away"), ("-rnearest_maxMag", "ties_away"),
        ("-rodd", "to_odd"),
    ],
)  # fmt: skip
def test_rounding_options(option: str, rounding: str) -> None:
    for command in ("gen", "ver"):
        assert testfloat.translated([command, "f32_add", option]) == [command, "f32_add", "--rounding", rounding]


def test_other_options() -> None:
    for command, given, wanted in (
        ("gen", "-tininessafter -seed 3 -level 2 -level1", "--tininess after --seed 3 --level 2 --level 1"),
        ("gen", "-n 7 -o x -exact -notexact", "-n 7 -o x --exact --not-exact"),
        ("ver", "-checkNaNs -checkInvInts -errors 0", "--check-nans --check-inv-ints --errors 0"),
        ("ver", "-checkAll -precision64", "--check-nans --check-inv-ints --extf80-precision 64"),
    ):
        assert testfloat.translated([command, *given.split()]) == [command, *wanted.split()]
    assert testfloat.translated(["encode", "e4m3fn", "-rmin"]) == ["encode", "e4m3fn", "-rmin"]
    assert testfloat.translated([]) == []


def test_counts(nfmt: Nfmt) -> None:
    assert len(nfmt.lines("gen f16_mul -n 77")) == 77
    assert len(nfmt.lines("gen f16_mul -level 1")) == 20_000
    assert len(nfmt.lines("gen f16_sqrt -level2")) == len(nfmt.lines("gen f16_sqrt"))
    assert len(nfmt.lines("gen f16_mul -level 2")) > 200_000
    assert nfmt.lines("gen f16_mul --style random -n 9 -seed 5") != nfmt.lines(
        "gen f16_mul --style random -n 9 -seed 6"
    )


def test_the_default_environment(nfmt: Nfmt) -> None:
    """Canonical NaNs, ties to even, tininess after rounding, integers without inexact."""
    nan = nf.float32.nan_code
    assert any(line.split()[2] == f"{nan:08X}" for line in nfmt.lines("gen f32_mul"))
    assert not any(line.split()[2] == "FFC00000" for line in nfmt.lines("gen f32_mul"))
    assert any(line.split()[2] == "FFC00000" for line in nfmt.lines("gen f32_mul --nan sf_8086_sse"))
    assert {line[-2:] for line in nfmt.lines("gen f32_to_i32")} == {"00", "10"}
    assert {line[-2:] for line in nfmt.lines("gen f32_to_i32 -exact")} == {"00", "01", "10"}


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("gen f32_mul -forever", "-n 1000000"), ("gen -prefix text f32_mul", "-prefix"), ("gen f32_mul -rup", "-rmax"),
        ("gen f33_mul", "'f33'"), ("gen f32_frob", "'f32_frob'"), ("gen _mul", "'_mul'"), ("gen f32_to_i33", "'i33'"),
        ("gen i32_to_i64", "'i32'"), ("gen f32_mul --to f32", "leave out --to"), ("gen f32_mul binary32", "'f32_mul'"),
        ("gen add binary32 -exact", "to_int_not_exact"), ("gen add x87 -precision32", "--rounding-precision"),
        ("gen f32_mul -checkNaNs", "-checkNaNs"), ("gen f32_mul -errors 3", "-errors"), ("gen f32_mul -level 3", "3"),
        ("gen e4m3_add", "float8_e4m3fn"), ("ver f32_mul -seed 3", "-seed"), ("ver f32_mul -errors -3", "--errors"),
        ("ver f32_mul -errors x", "'x'"), ("ver frob", "'frob'"), ("ver", "FUNCTION"), ("ver add", "FORMAT"),
        ("ver f32_mul -forever", "-forever"),
    ],
)  # fmt: skip
def test_refused(nfmt: Nfmt, line: str, names: str) -> None:
    assert names in nfmt.refused(line)


def test_help(nfmt: Nfmt) -> None:
    for command in ("gen", "ver"):
        status, out, err = nfmt(f"{command} -help")
        assert (status, err) == (0, "")
        words = " ".join(out.split())
        for word in (
            "mulAdd",
            "_r_minMag",
            "-rnear_maxMag",
            "-tininessbefore",
            "-precision32",
            "--rounding",
            "FUNCTION",
        ):
            assert word in words
    for word in ("-checkNaNs", "-checkInvInts", "-errors", "standard input"):
        assert word in words
