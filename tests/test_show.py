# SPDX-License-Identifier: BSD-3-Clause
"""nfmt show, decode, encode and formats --values: what they print, in colour, plain and piped; bad input."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from fractions import Fraction

import oracle
import pytest

import numfmt as nf
from numfmt.__main__ import main

Capsys = pytest.CaptureFixture[str]


def run(capsys: Capsys, *argv: str) -> str:
    assert main(argv) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


PLAIN = """\
-5.75 in float8_e4m3fn
  code      CC
  bits      1 | 1001 | 100  (sign | exponent | fraction)
  class     normal
  value     -6
  shortest  -6.0
  hex       -0x1.8p+2
  exponent  2 (stored 9, bias 7)
  below     CD = -6.5
  above     CB = -5.5
  ulp       0.5
  error     -0.25 = -0.5 ulp
  flags     inexact
  binary    -101.11 = -1.0111 * 2^2
              5 / 2 = 2 rest 1
              2 / 2 = 1 rest 0
              1 / 2 = 0 rest 1
              read upwards: the digits before the point
              0.75 * 2 = 1.5 -> 1
              0.5 * 2 = 1 -> 1
              read downwards: the digits behind the point
  rounded   ties_even        every policy  CC  -6    inexact
            ties_away        every policy  CC  -6    inexact
            toward_zero      every policy  CB  -5.5  inexact
            toward_positive  every policy  CB  -5.5  inexact
            toward_negative  every policy  CC  -6    inexact
            to_odd           every policy  CB  -5.5  inexact
"""


def test_plain(capsys: Capsys) -> None:
    assert run(capsys, "show", "-5.75", "e4m3fn", "--plain") == PLAIN
    several = run(capsys, "show", "--plain", "13", "binary16", "e2m1", "e8m0")
    assert several.count("13 in ") == 3
    for line in ("13 / 2 = 6 rest 1", "6 / 2 = 3 rest 0", "3 / 2 = 1 rest 1", "1 / 2 = 0 rest 1", "1101 = 1.101 * 2^3"):
        assert several.count(line) == 3
    assert "bits      10000011  (exponent)" in several


def test_policies_that_differ_have_rows_of_their_own(capsys: Capsys) -> None:
    out = run(capsys, "show", "1e9", "e4m3fn", "--plain")
    rows = [" ".join(line.split()) for line in out.splitlines()]
    assert "rounded ties_even ieee infinity 7F nan inexact|overflow" in rows
    assert "ties_even saturate propagate sat_none 7E 448 inexact|overflow" in rows
    assert "toward_zero infinity 7F nan inexact|overflow" in rows


@pytest.mark.parametrize("code", ["7E", "0x7e", "7e"])
def test_of_a_code(capsys: Capsys, code: str) -> None:
    out = run(capsys, "show", "--code", code, "e4m3fn", "e5m2", "--plain")
    assert out.startswith("code 7E in float8_e4m3fn\n  code      7E\n") and "\ncode 7E in float8_e5m2\n" in out
    assert "value     448\n" in out and "nan(0x2)" in out and "error" not in out.partition("e5m2")[0]


COLOURS = {"sign": "31", "exponent": "32", "fraction": "34"}


def test_colour(capsys: Capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three colours on a terminal, none elsewhere; the same bits."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("FORCE_COLOR", "1")
    coloured = run(capsys, "show", "-5.75", "e4m3fn")
    for digits, colour in zip(("1", "1001", "100"), COLOURS.values(), strict=True):
        assert f"\x1b[1;{colour}m{digits}\x1b[0m" in coloured
    monkeypatch.delenv("FORCE_COLOR")
    piped = run(capsys, "show", "-5.75", "e4m3fn")
    assert "\x1b" not in piped and "1 | 1001 | 100" in piped
    assert "\x1b" not in run(capsys, "show", "-5.75", "e4m3fn", "--plain")


def test_through_a_pipe() -> None:
    """Where the other end speaks ASCII only; the process is the command's, and shows one value after another."""
    styles: list[list[str]] = [["--plain"], ["--json"], []]
    shown = [("0.1", "binary64"), ("1e-9", "dlfloat16"), ("--code", "0", "binary16p1ue"), ("nan", "e2m1")]
    code = "import json, sys; from numfmt.__main__ import main\n"
    code += "for argv in json.loads(sys.argv[1]): print('\\f', main(argv), '\\f', sep='', end='')"
    commands = [["show", *arguments, *style] for style in styles for arguments in shown]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    words = [sys.executable, "-P", "-c", code, json.dumps(commands)]
    done = subprocess.run(words, check=True, capture_output=True, env=environment)
    parts = done.stdout.decode("ascii").split("\f")
    assert done.stderr == b"" and parts[1::2] == ["0"] * len(commands) and parts[-1] == ""
    for text, command in zip(parts[:-1:2], commands, strict=True):
        assert len(text) > 300
        assert command[-1] != "--plain" or max(map(len, text.splitlines())) < 250


def test_options_anywhere(capsys: Capsys) -> None:
    right = run(capsys, "show", "-5.75", "e4m3fn", "e5m2", "--plain")
    assert run(capsys, "show", "--plain", "-5.75", "e4m3fn", "e5m2") == right
    assert run(capsys, "show", "-5.75", "--plain", "e4m3fn", "e5m2") == right
    assert run(capsys, "show", "-5.75", "e4m3fn", "--plain", "e5m2") == right
    assert run(capsys, "decode", "e4m3fn", "--style", "exact", "1", "7E") == "01: 0.001953125\n7E: 448\n"
    assert run(capsys, "encode", "e4m3fn", "--rounding", "to_odd", "-1", "1") == "-1: B8 = -0x1p+0\n1: 38 = 0x1p+0\n"


def test_environment(capsys: Capsys) -> None:
    out = run(capsys, "show", "0.1", "e4m3fn", "--rounding", "toward_zero", "--plain")
    assert "  code      1C\n" in out
    assert "  code      7F\n" in run(capsys, "show", "1e9", "e4m3fn", "--overflow", "ieee", "--plain")


def test_decode(capsys: Capsys) -> None:
    out = run(capsys, "decode", "e4m3fn", "7E", "0x01", "80", "7f", "ff", "fe")
    assert out.splitlines() == [
        "7E: 448 = 0x1.cp+8", "01: 0.001953125 = 0x1p-9", "80: -0", "7F: nan", "FF: -nan", "FE: -448 = -0x1.cp+8",
    ]  # fmt: skip
    assert run(capsys, "decode", "binary64", "1") == "0000000000000001: ~5e-324 = 0x1p-1074\n"
    for style, text in (("shortest", "450.0"), ("exact", "448"), ("hex", "0x1.cp+8")):
        assert run(capsys, "decode", "e4m3fn", "7E", "--style", style) == f"7E: {text}\n"
    assert run(capsys, "decode", "width=128/precision=113/bias=16383", "3FFF" + "0" * 28).endswith(": 1 = 0x1p+0\n")


def test_encode(capsys: Capsys) -> None:
    out = run(capsys, "encode", "e4m3fn", "0.1", "-0x1p-9", "-inf", "-snan(0x1)", "--overflow", "ieee")
    assert out.splitlines() == ["0.1: 1D = 0x1.ap-4  [inexact]", "-0x1p-9: 81 = -0x1p-9", "-inf: 7F = nan  [invalid]",
                                "-snan(0x1): 7F = nan  [invalid]"]  # fmt: skip
    assert run(capsys, "encode", "width=128/precision=113/bias=16383", "1") == "1: 3FFF" + "0" * 28 + " = 0x1p+0\n"


@pytest.mark.parametrize("name", ["e2m1", "e4m3fn", "e8m0", "binary4p2se", "width=10/precision=4/bias=7"])
def test_values(capsys: Capsys, name: str) -> None:
    """Every code once, with its value; the marks add up to the values that the axis shows."""
    fmt = nf.format(name)
    out = run(capsys, "formats", name, "--values")
    title, *lines = out.splitlines()
    assert title.endswith(f": {1 << fmt.width} codes")
    cells = dict(re.findall(rf"\b([0-9A-F]{{{-(-fmt.width // 4)}}}) (\S+)", "\n".join(lines[:-2])))
    assert [int(code, 16) for code in sorted(cells)] == list(fmt.codes)
    for code, text in cells.items():
        value = oracle.decode(fmt, int(code, 16))
        if value.kind in ("zero", "finite") and not text.startswith("~"):
            assert abs(Fraction(text)) == value.magnitude
        elif value.kind == "finite":
            assert fmt.parse(text[1:]) == int(code, 16)
        else:
            assert text.lstrip("-").startswith(value.kind.removeprefix("q"))
    finite = [oracle.decode(fmt, code) for code in fmt.codes]
    shown = [v for v in finite if v.kind == "finite" and (not v.sign or "logarithmic" not in lines[-1])]
    total = len(shown) + (fmt.has_zero and "logarithmic" not in lines[-1])
    marks = lines[-2].strip()
    if "+" not in marks:
        assert marks.count("|") + sum(int(mark) for mark in marks if mark.isdigit()) == total
    assert marks[0] != "-" != marks[-1]


def test_values_as_json(capsys: Capsys) -> None:
    (described,) = json.loads(run(capsys, "formats", "e2m1", "--values", "--json"))
    assert described["name"] == "float4_e2m1fn"
    assert [int(each["code"], 16) for each in described["values"]] == list(range(16))
    assert described["values"][7] == {"code": "7", "exact": "6", "shortest": "6.0", "hex": "0x1.8p+2"}
    assert "values" not in json.loads(run(capsys, "formats", "e2m1", "--json"))[0]


def test_table_of_a_format_beyond_any_float(capsys: Capsys) -> None:
    out = run(capsys, "formats", "width=25/precision=5/bias=0")
    assert "~3.2652e+315652" in out


BAD = [
    (("show",), "FORMAT"), (("show", "1.5"), "VALUE FORMAT..."), (("show", "five", "e4m3fn"), "'five' is no number"),
    (("show", "1.5", "e4m3"), "float8_e4m3fn"), (("show", "--code", "7G", "e4m3fn"), "'7G'"), (("show", "--code",
    "100", "e4m3fn"), "0xff"),
    (("show", "--code", "-1", "e4m3fn"), "'-1'"), (("show", "--code", "7E"), "FORMAT"), (("show", "1", "e4m3fn",
    "--json", "--plain"), "--json"),
    (("show", "nan", "e2m1", "--nan-substitute", "raise"), "NaN"), (("show", "1.05", "e4m3fn", "--rounding",
    "stochastic_a"), "random bits are an operand"),
    (("decode",), "FORMAT"), (("decode", "e4m3fn"), "CODE"), (("decode", "e4m3fn", "1_0"), "'1_0'"), (("decode",
    "e4m3fn", "1FF"), "0x1ff"),
    (("decode", "e4m3fn", "\u0661"), "hexadecimal"), (("decode", "e4m3fn", "x" * 9999), "hexadecimal"), (("decode",
    "e4m3fn", "1", "--style", "long"), "exact"),
    (("formats", "--values"), "needs a FORMAT"), (("formats", "binary16", "--values"), "2^16"), (("encode",
    "binary16", "nan(0xfff)"), "payload"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("argv", "names"), BAD, ids=lambda part: " ".join(part)[:40] if isinstance(part, tuple) else part
)
def test_one_line_for_a_bad_command(capsys: Capsys, argv: tuple[str, ...], names: str) -> None:
    assert main(argv) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.startswith("nfmt: ") and captured.err.count("\n") == 1
    assert names in captured.err and len(captured.err) < 500
