# SPDX-License-Identifier: BSD-3-Clause
"""nfmt ver: what it calls an error, and the words it reports it in, which are testfloat_ver's."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from commandline import Nfmt, nfmt_fixture

import numfmt as nf

__all__ = ["nfmt_fixture"]
MUL = "f32_mul, rounding near_even, tininess after rounding"
TINY = "00000001 3F000000 00000000"
TINY_REPORT = "+00.000001  +7E.000000  => +00.000000 .....  expected +00.000000 ...ux"


def judged(nfmt: Nfmt, line: str, *vectors: str) -> tuple[int, list[str], str]:
    status, out, err = nfmt(f"ver {line}", stdin="".join(f"{vector}\n" for vector in vectors))
    return status, out.splitlines(), err


def is_right(nfmt: Nfmt, line: str, vector: str) -> bool:
    """Does ver take this vector for right?"""
    status, out, err = judged(nfmt, line, vector)
    assert status == (not out[0].startswith("In 1 tests, no errors found in ")), err
    return status == 0


def test_texts_of_no_error(nfmt: Nfmt) -> None:
    status, out, err = judged(nfmt, "f32_mul", f"{TINY} 03", "3f800000 3f8ccccd 3f8ccccd 00")
    assert (status, out) == (0, [f"In 2 tests, no errors found in {MUL}."])
    assert err == f"Testing {MUL}.\n2 tests performed.\n"


def test_texts_of_errors(nfmt: Nfmt) -> None:
    status, out, err = judged(
        nfmt, "f32_mul", f"{TINY} 00", "3F800000 3F800000 3F800000 00", "3F800000 7F800000 FF800000 00"
    )
    report = "+7F.000000  +FF.000000  => -FF.000000 .....  expected +FF.000000 ....."
    assert (status, out) == (1, [f"Errors found in {MUL}:", TINY_REPORT, report])
    assert err == f"Testing {MUL}.\n3 tests performed; 2 errors found.\n"
    assert judged(nfmt, "f32_mul", f"{TINY} 00")[2].endswith("\n1 tests performed; 1 error found.\n")


@pytest.mark.parametrize(
    ("line", "vector", "report"),
    [
        ("f16_add", "3C00 BC00 0001 08", ["+0F.000  -0F.000  => +00.001 .i...  expected +00.000 ....."]),
        ("f64_sqrt", "4010000000000000 4000000000000000 15",
         ["+401.0000000000000", "\t=> +400.0000000000000 v.o.x  expected +400.0000000000000 ....."]),
        ("extF80_to_f32", "3FFF8000000000000000 3F800001 00",
         ["+3FFF.8000000000000000  => +7F.000001 .....  expected +7F.000000 ....."]),
        ("f128_to_ui32", "3FFF0000000000000000000000000000 00000002 00",
         ["+3FFF.0000000000000000000000000000  => 00000002 .....  expected 00000001 ....."]),
        ("f32_mulAdd", "3F800000 3F800000 3F800000 40000001 02",
         ["+7F.000000  +7F.000000  +7F.000000", "\t=> +80.000001 ...u.  expected +80.000000 ....."]),
        ("f128_mulAdd", " ".join(["3FFF" + "0" * 28] * 3 + ["0" * 32]) + " 00",
         [f"+3FFF.{'0' * 28}  +3FFF.{'0' * 28}", f"\t+3FFF.{'0' * 28}",
          f"\t=> +0000.{'0' * 28} .....  expected +4000.{'0' * 28} ....."]),
        ("f32_lt", "3F800000 3F800000 1 00", ["+7F.000000  +7F.000000  => 1 .....  expected 0 ....."]),
        ("i32_to_f16", "FFFFFFFF 3C00 00", ["FFFFFFFF  => +0F.000 .....  expected -0F.000 ....."]),
        ("bf16_add", "3F80 3F80 3F80 00", ["+7F.00  +7F.00  => +7F.00 .....  expected +80.00 ....."]),
        ("e8m0_mul", "7F 7F 80 00", ["7F  7F  => 80 .....  expected 7F ....."]),
        ("e4m3fn_div", "38 00 7E 00", ["+7.0  +0.0  => +F.6 .....  expected +F.6 .i..."]),
        ("add e4m3fn --rounding stochastic_a --random-bits-count 5", "38 38 1F 41 00",
         ["+7.0  +7.0  1F  => +8.1 .....  expected +8.0 ....."]),
        ("add tf32@tf32_b32 --to e4m3fn", "3F800000 3F800000 41 00",
         ["3F800000  3F800000  => +8.1 .....  expected +8.0 ....."]),
        ("classify e5m2", "7C 8 00", ["+1F.0  => 8 .....  expected 9 ....."]),
    ],
)  # fmt: skip
def test_report_of_a_vector(nfmt: Nfmt, line: str, vector: str, report: list[str]) -> None:
    assert judged(nfmt, line, vector)[1][1:] == report


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("f32_mul -rmin -tininessbefore", "f32_mul, rounding min, tininess before rounding"),
        ("f32_add -rnear_maxMag", "f32_add, rounding near_maxMag"), ("f32_rem", "f32_rem"), ("f32_eq -rmax", "f32_eq"),
        ("f32_roundToInt -rodd", "f32_roundToInt, rounding odd, not exact"),
        ("f32_to_i32 -exact", "f32_to_i32, rounding near_even, exact"),
        ("f32_to_i32_r_minMag", "f32_to_i32_r_minMag, not exact"), ("f32_to_f64", "f32_to_f64"),
        ("f64_to_f32 -rmax", "f64_to_f32, rounding max, tininess after rounding"), ("i32_to_f64", "i32_to_f64"),
        ("i64_to_f64", "i64_to_f64, rounding near_even"), ("bf16_to_f32", "bf16_to_f32"),
        ("extF80_mul", "extF80_mul, precision 80, rounding near_even, tininess after rounding"),
        ("extF80_add", "extF80_add, precision 80, rounding near_even"),
        ("extF80_add -precision32 -rmin", "extF80_add, precision 32, rounding min, tininess after rounding"),
        ("fma e4m3fn,e5m2,binary32 --to bfloat16", "fma float8_e4m3fn,float8_e5m2,binary32 --to bfloat16"),
        ("add binary16 -rmin", "add binary16 --to binary16 --rounding toward_negative"), ("lt e5m2", "lt float8_e5m2"),
    ],
)  # fmt: skip
def test_name_tells_what_matters(nfmt: Nfmt, line: str, name: str) -> None:
    assert judged(nfmt, line)[1:] == (
        [f"In 0 tests, no errors found in {name}."],
        f"Testing {name}.\n0 tests performed.\n",
    )


def test_any_quiet_nan_will_do(nfmt: Nfmt) -> None:
    signalling = "7F800001 3F800000"
    assert is_right(nfmt, "f32_mul", f"{signalling} 7FC00000 10")
    assert is_right(nfmt, "f32_mul", f"{signalling} FFC12345 10")
    assert not is_right(nfmt, "f32_mul", f"{signalling} 7FC00000 00")  # the flag is no matter of taste
    assert not is_right(nfmt, "f32_mul", f"{signalling} 7F800001 10")  # a signalling NaN is no result
    assert not is_right(nfmt, "f32_mul", f"{signalling} 7F800000 10")
    assert not is_right(nfmt, "f32_mul", "3F800000 3F800000 7FC00000 00")
    assert is_right(nfmt, "f32_mul", "7FC00000 3F800000 FFFFFFFF 00")
    assert is_right(nfmt, "mul tf32@tf32_b32", "7FC00000 3F800000 FFFFFFFF 00")
    assert is_right(nfmt, "mul e4m3fn --to e4m3fn@bits=16", "7F 38 00FF 00")
    assert not is_right(nfmt, "mul e4m3fn --to e4m3fn@bits=16", "7F 38 017F 00")  # other bits than zero around it


def test_check_nans(nfmt: Nfmt) -> None:
    for option in ("-checkNaNs", "-checkAll", "-checknans"):
        assert is_right(nfmt, f"f32_mul {option}", "7F800001 3F800000 7FC00000 10")
        assert not is_right(nfmt, f"f32_mul {option}", "7F800001 3F800000 7FC00001 10")
        assert is_right(nfmt, f"f32_mul {option} --nan sf_8086_sse", "7F800001 3F800000 7FC00001 10")
    assert not is_right(nfmt, "f32_mul -checkInvInts -checkNaNs", "7F800001 3F800000 FFC00000 10")


@pytest.mark.parametrize(
    ("function", "operand", "taken", "wrong"),
    [
        ("f32_to_i32", "4F000000", ("7FFFFFFF", "80000000"), ("00000000", "7FFFFFFE")),
        ("f32_to_i32", "7FC00000", ("7FFFFFFF", "80000000", "00000000"), ("FFFFFFFF", "00000001")),
        ("f32_to_ui64", "BF800000", ("F" * 16, "0" * 16), ("8" + "0" * 15,)),
        ("f32_to_i64_r_minMag", "7F800000", ("7" + "F" * 15, "8" + "0" * 15), ("0" * 16,)),
        ("to_int e4m3fn --to int4", "40", (), ("3",)),
    ],
)
def test_invalid_integers(
    nfmt: Nfmt, function: str, operand: str, taken: tuple[str, ...], wrong: tuple[str, ...]
) -> None:
    for word in taken:
        assert is_right(nfmt, function, f"{operand} {word} 10")
        assert not is_right(nfmt, function, f"{operand} {word} 01")
    assert not any(is_right(nfmt, function, f"{operand} {word} 10") for word in wrong)
    strict = [word for word in taken if is_right(nfmt, f"{function} -checkInvInts", f"{operand} {word} 10")]
    assert len(strict) <= 1
    if taken:
        rules = ("saturate", "riscv", "x86_indefinite")
        each = [f"{function} -checkAll --int-overflow {rule}" for rule in rules]
        assert {word for line in each for word in taken if is_right(nfmt, line, f"{operand} {word} 10")} >= set(
            taken[:1]
        )


@pytest.mark.parametrize(
    "vector",
    ["3F8CCCCD 3F8CCCCD 3F9AE149 1", "3F8CCCCD 3F8CCCCD 3F9AE149", "3F8CCCCD 3F8CCCCD 3F9AE149 01 00",
     "3F8CCCC 3F8CCCCD 3F9AE149 01", "3F8CCCCG 3F8CCCCD 3F9AE149 01", "3F8CCCCD 3F8CCCCD 3F9AE149 20", "garbage"],
)  # fmt: skip
def test_malformed_line(nfmt: Nfmt, vector: str) -> None:
    """The errors before it are reported."""
    status, out, err = judged(nfmt, "f32_mul", f"{TINY} 00", vector, "more garbage")
    assert (status, out[1:]) == (1, [TINY_REPORT])
    assert err.splitlines()[-1].startswith(f"nfmt: Invalid input format: line 2 is '{vector}'")


def test_stops_after_so_many_errors(nfmt: Nfmt) -> None:
    vectors = ["3F800000 3F800000 3F800000 00", f"{TINY} 00"] * 5_000
    for option, errors in (("", 20), ("-errors 3", 3), ("-errors 0", 5_000), ("-errors 40000", 5_000)):
        status, out, err = judged(nfmt, f"f32_mul {option}", *vectors)
        assert (status, len(out)) == (1, errors + 1)
        total = 10_000 if errors == 5_000 else 2 * errors
        assert err.endswith(f"\n{total} tests performed; {errors} errors found.\n")


def test_right_lines_of_another_mode_are_wrong(nfmt: Nfmt) -> None:
    """The two options reach the arithmetic."""
    lines = nfmt.lines("gen f16_mul -rmin -tininessbefore")
    assert judged(nfmt, "f16_mul -rmin -tininessbefore", *lines)[0] == 0
    assert judged(nfmt, "f16_mul -rmin", *lines)[0] == 1
    assert judged(nfmt, "f16_mul -tininessbefore", *lines)[0] == 1
    mixed = nfmt.lines("gen fma e4m3fn,e5m2,binary32 --to bfloat16 -n 3000")
    assert judged(nfmt, "fma e4m3fn,e5m2,binary32 --to bfloat16", *mixed)[0] == 0


def test_pipes(nfmt: Nfmt, tmp_path: Path) -> None:
    """As a process: what gen makes goes into ver; ver with nobody listening."""
    program = [sys.executable, "-P", "-m", "numfmt"]
    made = "".join(f"{line}\n" for line in nfmt.lines("gen f16_div -rmax -n 4000"))
    judge = [*program, "ver", "-rmax", "f16_div"]
    right = subprocess.run(judge, check=False, input=made, capture_output=True, text=True)
    assert (right.returncode, right.stdout) == (0, "In 4000 tests, no errors found in f16_div, rounding max.\n")
    vectors = tmp_path / "v"
    vectors.write_text("0000 0000 0000 00\n" * 20_000, "ascii")
    command = [*program, "ver", "f16_div", "-errors", "0"]
    with vectors.open() as lines, subprocess.Popen(command, stdin=lines, stdout=-1, stderr=-1, text=True) as running:
        assert running.stdout and running.stderr
        running.stdout.close()
        said = running.stderr.read()
        assert said == "Testing f16_div, rounding near_even.\n20000 tests performed; 20000 errors found.\n"
        assert running.wait() == 1


def test_formats_by_every_name() -> None:
    from numfmt.command import testfloat

    for row in nf.list_formats():
        assert testfloat.named(f"{row.name}_add").formats == row.name
