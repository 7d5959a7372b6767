# SPDX-License-Identifier: BSD-3-Clause
"""nfmt check of what devices and simulators write: digits without value, lines lost, results alone, FPgen's tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from commandline import Nfmt, nfmt_fixture

import numfmt as nf
from numfmt import vecio
from numfmt.vecio import fptest

__all__ = ["nfmt_fixture"]
GOLDEN = "mul binary16 -n 40"


def write(path: Path, *lines: str) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return path


@pytest.mark.parametrize("digits", ["x", "X", "z", "Z", "u", "U", "w", "W"])
def test_digits_without_value(nfmt: Nfmt, tmp_path: Path, digits: str) -> None:
    """In the result or flags: unknown.  In an operand alone: no vector.  Neither stops the check."""
    d = digits
    path = write(
        tmp_path / "v",
        f"3F8CCCCD {d}9 01", f"3F8CCCCD 39 {d}{d}", "3F8CCCCD 39 01", f"3F8CCCC{d} 39 01", f"3F8CCCC{d} 39 0{d}",
        "3F8CCCCD 38 01",
    )  # fmt: skip
    status, out, err = nfmt("check --brief convert binary32 --to e4m3fn", path)
    assert (status, err) == (1, "")
    assert [line.split(":")[1] for line in out.splitlines()] == ["1", "2", "4", "5", "6", " 5 vectors of binary32 to float8_e4m3fn, 1 malformed lines, 3 unknown, 1 wrong"]  # fmt: skip  # noqa: E501
    assert "4: '3F8CCCC" in out.splitlines()[2] and "is malformed" in out.splitlines()[2]


@pytest.mark.parametrize("digit", ["x", "Z"])
def test_ver_stops_at_a_digit_without_value(nfmt: Nfmt, digit: str) -> None:
    """As testfloat_ver does at a line that it cannot read; the vectors before it are judged."""
    line = "3F8CCCCD 39 01"
    status, out, err = nfmt("ver convert binary32 --to e4m3fn", stdin=f"{line}\n3F8CCCCD 38 01\n3F8CCCCD 3{digit} 01\n")
    assert status == 1
    assert "expected +7.1 " in out
    assert f"Invalid input format: line 3 is '3F8CCCCD 3{digit} 01': expected hexadecimal digits as in" in err


def test_what_icarus_writes(nfmt: Nfmt, tmp_path: Path) -> None:
    """$writememh: a comment, lower case, X for a digit of which a bit has no value; $writememb: bit by bit."""
    words = nfmt.lines("gen add x87,binary16 --to binary16 -n 3 --as readmemh")
    assert words[2] == "08081FFFFFFFFFFFFFFFFF000F8005"
    lines = ["// 0x00000000", words[0], "000000000000000000000000XxxxX0", "08081fff_ffffffffffffff000f80Z5"]
    path = write(tmp_path / "v.hex", *lines, "@00000005", "08081fffffffffffffffff000f8004")
    status, out, _ = nfmt("check --brief add x87,binary16 --to binary16", path)
    assert status == 1
    assert [line.split(":")[1] for line in out.splitlines()[:-1]] == ["3", "4", "6"]
    assert out.splitlines()[2].endswith("expected 08081FFFFFFFFFFFFFFFFF000F8005")
    assert out.endswith(": 4 vectors of add x87_extended,binary16 to binary16, 2 unknown, 1 wrong (1 only in flags)\n")
    bits = nfmt.lines("gen lt e2m1 -n 2 --as readmemb")
    path = write(tmp_path / "v.memb", bits[0][:-6] + "x00000", bits[1][:-1] + "z", "x" + bits[1][1:], bits[1])
    status, out, _ = nfmt("check lt e2m1", path)
    assert out.endswith(": 3 vectors of lt float4_e2m1fn, 1 malformed lines, 2 unknown, 0 wrong\n")


def test_max_shown_counts_every_kind(nfmt: Nfmt, tmp_path: Path) -> None:
    path = write(tmp_path / "v", "3F8CCCCD xx 01", "oops", "3F8CCCCD 38 01", "3F8CCCCD 39 01")
    status, out, _ = nfmt("check --brief --max-shown 2 convert binary32 --to e4m3fn", path)
    assert status == 1
    first, second, more, _ = out.splitlines()
    assert "unknown" in first and "malformed" in second and more == "... and 1 more"


def test_wrong_bits_around_a_code(nfmt: Nfmt, tmp_path: Path) -> None:
    """A word that its container does not allow is no vector; the others are judged."""
    lines = nfmt.lines("gen convert e3m2@fp6_b8 --to e4m3fn -n 9")
    lines[4] = f"C{lines[4][1:]}"
    lines[6] = f"{lines[6][:-2]}1F"
    status, out, err = nfmt("check --brief convert e3m2@fp6_b8 --to e4m3fn", write(tmp_path / "v", *lines))
    assert (status, err) == (1, "")
    first, second, tally = out.splitlines()
    assert ":5: 'C" in first and "is malformed: an operand is 0xc" in first and "must be zero" in first
    assert ":7: " in second and tally.endswith(", 1 malformed lines, 1 wrong (1 only in flags)")
    status, _, err = nfmt("ver convert e3m2@fp6_b8 --to e4m3fn", stdin="\n".join(lines))
    assert status == 1 and "Invalid input format: line 5 is 'C" in err


def golden(nfmt: Nfmt, folder: Path, name: str = "g.tf") -> tuple[Path, list[str]]:
    """A vector file, and its vectors as TestFloat's lines."""
    nfmt.lines(f"gen {GOLDEN} -o", folder / name)
    return folder / name, nfmt.lines(f"gen {GOLDEN}")


@pytest.mark.parametrize("columns", [4, 2, 1])
@pytest.mark.parametrize("suffix", [".tf", ".memh", ".csv", ".jsonl", ".npz", ".h", ".sv", ".vhd"])
def test_against_right_output(nfmt: Nfmt, tmp_path: Path, columns: int, suffix: str) -> None:
    path, lines = golden(nfmt, tmp_path, f"g{suffix}")
    output = write(
        tmp_path / "out", *(" ".join(line.split()[-columns:]) if columns > 1 else line.split()[2] for line in lines)
    )
    assert nfmt.lines("check", output, "--against", path) == [
        f"{output}: 40 vectors of mul binary16 to binary16, 0 wrong"
    ]
    assert nfmt.lines("check", path, "--against", path)[-1].endswith(", 0 wrong")


@pytest.mark.parametrize(("name", "shape"), [("o.csv", "0x{},0x{}"), ("o.jsonl", '{{"result": "{}", "flags": "{}"}}')])
def test_against_output_of_other_formats(nfmt: Nfmt, tmp_path: Path, name: str, shape: str) -> None:
    path, lines = golden(nfmt, tmp_path)
    output = [shape.format(*line.split()[2:]) for line in lines]
    title = ["result,flags"] if name.endswith("csv") else []
    assert nfmt.lines("check", write(tmp_path / name, *title, *output), "--against", path)[-1].endswith(", 0 wrong")
    output[4] = shape.format("1234", "00")
    status, out, _ = nfmt("check", write(tmp_path / name, *title, *output), "--against", path)
    assert status == 1
    assert f": {output[4]}  expected {shape.format(*lines[4].split()[2:])}" in out


def test_against_finds_every_difference(nfmt: Nfmt, tmp_path: Path) -> None:
    """Position by position: a line that is none takes a place."""
    path, lines = golden(nfmt, tmp_path)
    output = list(lines)
    output[2] = f"{lines[2][:10]}xxxx 00"
    output[5] = f"{lines[5][:-2]}1F"
    output[7] = "Error: timeout"
    output[11] = f"1234 {lines[11][5:]}"
    output.append(lines[0])
    status, out, _ = nfmt("check", write(tmp_path / "o", "# from a device", *output), "--brief", "--against", path)
    assert status == 1
    *shown, tally = out.splitlines()
    assert [line.split(":")[1] for line in shown] == ["4", "7", "9", "13", "42"]
    assert shown[1].endswith(f": {output[5]}  expected {lines[5]}")
    assert shown[3].endswith(f": {output[11]}  operands differ: {lines[11]}")
    assert shown[4].endswith(f": {lines[0]}  is one too many")
    assert tally.endswith(
        ": 39 vectors of mul binary16 to binary16, 1 malformed lines, 1 lines too many, 1 with other operands, "
        "1 unknown, 1 wrong (1 only in flags)"
    )


def test_against_with_lines_missing(nfmt: Nfmt, tmp_path: Path) -> None:
    path, lines = golden(nfmt, tmp_path)
    output = write(tmp_path / "o", *(line[-7:] for line in lines[:30]))
    status, out, _ = nfmt("check", output, "--against", path)
    assert status == 1
    assert out.splitlines() == [
        f"{output}: 10 vectors are missing, from {path}:33 on",
        f"{output}: 30 vectors of mul binary16 to binary16, 0 wrong",
    ]
    status, out, _ = nfmt("check", write(tmp_path / "o"), "--against", path)
    assert status == 1 and "40 vectors are missing" in out


def test_against_looks_at_no_ignored_bit(nfmt: Nfmt, tmp_path: Path) -> None:
    nfmt.lines("gen add tf32 --to tf32@tf32_b32 -n 9 -o", tmp_path / "g.tf")
    lines = nfmt.lines("gen add tf32 --to tf32@tf32_b32 -n 9")
    output = write(tmp_path / "o", *(f"{int(line.split()[2], 16) | 0x1FFF:08X}" for line in lines))
    assert nfmt.lines("check", output, "--against", tmp_path / "g.tf")[-1].endswith(", 0 wrong")


def test_against_many_blocks(nfmt: Nfmt, tmp_path: Path) -> None:
    """Blocks of either file end where they will."""
    nfmt.lines("gen convert binary16 --to e4m3fn --style exhaustive -o", tmp_path / "g.npz")
    lines = nfmt.lines("gen convert binary16 --to e4m3fn --style exhaustive")
    output = [line[5:] for line in lines]
    output[40_000] = "00 1F"
    path = write(tmp_path / "o", *output[:20_000], "", "# half time", *output[20_000:])
    status, out, _ = nfmt("check", path, "--against", tmp_path / "g.npz")
    assert status == 1
    assert out.splitlines()[0] == f"{path}:40003: 00 1F  expected {lines[40_000][5:]}"
    assert out.endswith(": 65536 vectors of binary16 to float8_e4m3fn, 1 wrong\n")


def test_against_what_is_no_vector_file(nfmt: Nfmt, tmp_path: Path) -> None:
    path, lines = golden(nfmt, tmp_path)
    output = write(tmp_path / "o", *lines)
    assert "does not begin with a numfmt header" in nfmt.refused("check", path, "--against", output)
    assert nfmt.lines("check mul binary16 --to binary16", path, "--against", output)[-1].endswith(", 0 wrong")
    write(output, *lines[:3], "oops", *lines[4:])
    assert f"{output}: line 4 is no vector" in nfmt.refused("check mul binary16", path, "--against", output)
    assert "/no/such" in nfmt.refused("check", path, "--against", "/no/such")


TESTS = (
    "b32+ =0 i  -1.6E9177P49 -1.7FFFFFP127 -> -1.7FFFFFP127 x",
    "b32V =0  -1.7FFFFFP127 -> Q i",
    "b32*+ =0  +0.7FFFFFP-126 -1.7FFFFFP127 -Inf -> -Inf",
    "b32*+ =0 i +1.000000P-126 -1.2801D9P-113 -Zero -> -Zero xu",
    "b32?- =0 i  -Inf -> 0x1",
    "b32?f =0 +inf -> 0x0",
    "b32V =0 +1.7FFFFFP127 -> +1.7FFFFFP63 x",
    "b32V =0 +0.7FFFFFP-126 -> +1.7FFFFFP-64 x",
    "b32b64cff =0 +1.000000P0 -> +1.0000000000000P0",
    "b32<C =0 +1.000000P0 +1.000000P1 -> +1.000000P0",
    "b32>A =0 -1.000000P0 +1.000000P0 -> +1.000000P0",
    "b32~ =0 Q -> Q",
    "b32+ =0 S +1.000000P0 -> Q i",
    "b32+ =0 i +0.000001P-126 +1.000000P-126 -> +1.000001P-126",
    "b64? =^ -0.0000000000001P-1022 -> -subnormal",
    "b64Nu =0 +Zero -> +0.0000000000001P-1022",
    "b32b16cff < +1.7FFFFFP15 -> +1.3FFP15 x",
    "b32*- =0 +1.000000P0 +1.000000P1 +1.000000P0 -> +1.000000P0",
    "b32S =0 +1.000000P0 +3 -> +1.000000P3",
    "b32i32cfi =0 -1.400000P0 -> -2 x",
    "i32b32cif 0 -16777217 -> -1.000000P24 x",
    "b128/ > +1.0000000000000000000000000000P0 -Zero -> -Inf z",
)
HEADING = ("Floating point tests", "Copyright", "")


def test_fptest(nfmt: Nfmt, tmp_path: Path) -> None:
    """Several operations and types in a file, each with its rounding; the heading is no test."""
    path = write(tmp_path / "v.fptest", *HEADING, *TESTS)
    operations = len({fptest._test(line.split(), "before")[0][:3] for line in TESTS})
    assert nfmt.lines("check", path) == [f"{path}: {len(TESTS)} vectors of {operations} operations of FPgen, 0 wrong"]
    other = write(tmp_path / "v.txt", *TESTS)
    assert nfmt.lines("check --as fptest", other)[-1].endswith(", 0 wrong")


@pytest.mark.parametrize("test", TESTS)
def test_fptest_with_another_answer(nfmt: Nfmt, tmp_path: Path, test: str) -> None:
    """Every test is judged, and what is expected is said in FPgen's words."""
    arrow = test.index("->") + 3
    result, _, flags = test[arrow:].partition(" ")
    path = write(tmp_path / "v.fptest", f"{test[:arrow]}{result} {'o' if flags != 'o' else 'i'}")
    status, out, _ = nfmt("check", path)
    assert status == 1
    shown = "-Q" if test.startswith("b32~") else result
    assert out.splitlines()[0].endswith(f"  expected {shown} {flags}".rstrip()) or shown == "-Q"


def test_fptest_counts_what_it_does_not_judge(nfmt: Nfmt, tmp_path: Path) -> None:
    others = (
        "d64+ =0 +1E0 +1E0 -> +2E0", "b32cp =0 +1.000000P0 -> +1.000000P0", "d64+ =0 +1E0 +2E0 -> +3E0",
        "b32V =0 i -Inf -> # i", "b32* > xu -1.48FDB5P-78 +1.4381CEP-73 -> -1.197F2AP42 xu",
        "b32?- =0 Q -> 0x1", "b33+ =0 +Zero +Zero -> +Zero",
    )  # fmt: skip
    path = write(tmp_path / "v.fptest", TESTS[0], *others)
    lines = nfmt.lines("check", path)
    said = {line.removeprefix(f"{path}: ") for line in lines[:-1]}
    assert said == {
        "2 tests are not judged: d64+", "1 tests are not judged: b32cp", "2 tests are not judged: a trapped exception",
        "1 tests are not judged: the sign of a NaN", "1 tests are not judged: b33+",
    }  # fmt: skip
    assert lines[-1].endswith(": 1 vectors of 1 operation of FPgen, 0 wrong")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("b32+ =9 +Zero +Zero -> +Zero", "expected a rounding, one of =0 =^ 0 > <"),
        ("b32+ =0 +Zero -> +Zero", "expected 2 operands"),
        ("b32+ =0 +Zero +Zero +Zero", "expected types and operation"),
        ("b32+ =0 +Zero +Zero -> +Zero q", "exceptions among xuvwozi"),
        ("b32+ =0 +1.FFFFFFP0 +Zero -> +Zero", "expected a value of binary32, not +1.FFFFFFP0"),
        ("b32+ =0 +0.000001P-125 +Zero -> +Zero", "expected a value of binary32"),
        ("b32+ =0 +1.000000P128 +Zero -> +Zero", "expected a value of binary32"),
        ("b32+ =0 +1.00000P0 +Zero -> +Zero", "expected a number such as +1.000000P0"),
        ("b32?f =0 +Zero -> yes", "expected one of 0x0 0x1"),
        ("b32? =0 +Zero -> 0", "expected one of sNaN qNaN"),
        ("i8b32cif =0 +128 -> +Zero", "expected a signed decimal number of int8"),
        ("nonsense", "expected types and operation"),
    ],
)
def test_fptest_that_is_none(nfmt: Nfmt, tmp_path: Path, line: str, expected: str) -> None:
    path = write(tmp_path / "v.fptest", TESTS[0], line, TESTS[1])
    status, out, err = nfmt("check", path)
    assert (status, err) == (1, "")
    assert out.startswith(f"{path}:2: ") and expected in out
    assert out.endswith(": 2 vectors of 2 operations of FPgen, 1 malformed lines, 0 wrong\n")


def test_fptest_underflow(nfmt: Nfmt, tmp_path: Path) -> None:
    """w is underflow before rounding, v that after: which of them counts is --tininess; u counts always."""
    test = "b32* =0 +1.000001P-126 +1.7FFFFEP-1 -> +1.000000P-126 x"
    path = write(tmp_path / "v.fptest", test + "w")
    assert nfmt.lines("check", path)[-1].endswith(", 0 wrong")
    assert nfmt.lines("check --tininess after", path)[-1].endswith(", 0 wrong")
    write(path, test)
    assert nfmt.lines("check --tininess after", path)[-1].endswith(", 0 wrong")
    assert nfmt("check", path)[0] == 1


def test_fptest_says_what_it_is_about(nfmt: Nfmt, tmp_path: Path) -> None:
    path = write(tmp_path / "v.fptest", *TESTS)
    for more in ("add binary32", "--to binary32", "--rounding to_odd", f"--against {path}"):
        assert "says of each test what it is about" in nfmt.refused(f"check {more}", path)
    assert "no vectors" in nfmt.refused("check", write(path, *HEADING))


def test_every_code_of_binary16_as_fpgen_writes_it() -> None:
    """The text of a code is read as that code."""
    case = fptest.Case("absolute", "binary16", "binary16", "ties_even")
    fmt = nf.format("binary16")
    for code in range(0, 1 << 16, 7):
        text = fptest.outcome(case, code, 0)
        assert fptest._code(text, "binary16") == code or text in ("Q", "S")
    assert fptest.outcome(case, fmt.max_code, 0x1F) == "+1.3FFP15 xoziu"


def test_help_names_every_format(nfmt: Nfmt) -> None:
    for command in ("gen", "check"):
        _, out, _ = nfmt(f"{command} --help")
        assert all(name in out for name in vecio.FORMATS)
