# SPDX-License-Identifier: BSD-3-Clause
"""The command nfmt: vectors made and checked, tables, codes, errors in one line."""

from __future__ import annotations

import io
import sys
from fractions import Fraction
from pathlib import Path

import oracle
import pytest
from oracle_format import floor_log2, layout

import numfmt as nf
from numfmt.__main__ import main

Capsys = pytest.CaptureFixture[str]
COMMAND = [sys.executable, "-m", "numfmt"]
GEN = ("gen", "convert")
HEADER = "# numfmt-vectors 1 "
USER = "width=7/precision=3/bias=-5"
WIDE = "width=128/precision=113/bias=16383"


def run(capsys: Capsys, *argv: str | Path) -> tuple[int, str, str]:
    """Exit status, standard output and standard error."""
    try:
        status = main([str(word) for word in argv])
    except SystemExit as leaving:  # argparse's --help and --version
        status = int(leaving.code or 0)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def made(capsys: Capsys, *argv: str | Path) -> list[str]:
    status, out, err = run(capsys, *GEN, *argv)
    assert (status, err) == (0, "")
    return out.splitlines()


def operands(lines: list[str]) -> list[int]:
    return [int(line.split()[0], 16) for line in lines]


def refused(capsys: Capsys, *argv: str | Path) -> str:
    """The one line on standard error of a command that ends with exit status 2."""
    status, out, err = run(capsys, *argv)
    assert (status, out) == (2, ""), err
    assert err.startswith("nfmt: ") and err.endswith("\n") and err.count("\n") == 1
    assert len(err) < 600
    return err


CASES: list[tuple[str, ...]] = [
    ("binary32", "--to", "e4m3fn"),
    ("binary64", "--to", "binary32", "-n", "3000"),
    ("binary32", "--to", "e8m0", "--rounding", "toward_zero"),
    ("e5m2", "--to", "e4m3fnuz", "--style", "exhaustive", "--overflow", "infinity", "--nan", "x86_sse"),
    ("bfloat16", "--to", "e2m1", "--nan-substitute", "inverted_zero", "--daz", "--flush-except-width", "8"),
    ("binary16", "--to", USER, "--style", "random", "-n", "500", "--seed", "18446744073709551615"),
    (USER, "--to", "binary16", "--style", "exhaustive", "--tininess", "before", "--ftz", "arm"),
    ("e3m2", "--to", "binary12p3ue", "--style", "exhaustive", "--overflow", "sat_none", "--rounding", "to_odd"),
    ("binary16", "--to", "width=80/precision=70/bias=511", "-n", "50"),
    ("e8m0", "--to", "ue5m3", "--style", "exhaustive", "-n", "10"),
]


@pytest.mark.parametrize("arguments", CASES, ids=" ".join)
def test_lines_are_the_oracle_s(capsys: Capsys, arguments: tuple[str, ...]) -> None:
    src, dst = nf.format(arguments[0]), nf.format(arguments[2])
    words = [word.removeprefix("--").replace("-", "_") for word in arguments[3:]]
    fields = {f: words[i + 1] for i, f in enumerate(words) if f in oracle.Env.__dataclass_fields__ and f != "daz"}
    width = int(fields.pop("flush_except_width", 0)) or None
    env = oracle.Env(**fields, daz="daz" in words, flush_except_width=width)  # type: ignore[arg-type]
    lines = made(capsys, *arguments)
    assert len(lines) >= 10
    digits = [-(-src.width // 4), -(-dst.width // 4), 2]
    for line in lines[:: max(1, len(lines) // 300)]:
        code = int(line.split()[0], 16)
        result, flags = oracle.convert(src, dst, code, env)
        assert line == f"{code:0{digits[0]}X} {result:0{digits[1]}X} {flags:02X}"


@pytest.mark.parametrize("arguments", CASES, ids=" ".join)
def test_file_is_reproduced_by_its_header(capsys: Capsys, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    first, again, bare = tmp_path / "first", tmp_path / "again", tmp_path / "bare"
    assert made(capsys, *arguments, "-o", first) == []
    head, seal, *rest = first.read_text("ascii").splitlines()
    assert head.startswith(HEADER) and seal.startswith(f"# count {len(rest):012} sha256 ")
    assert run(capsys, "gen", *head.removeprefix(HEADER).split(), "-o", again) == (0, "", "")
    assert again.read_bytes() == first.read_bytes()
    made(capsys, *arguments, "--bare", "-o", bare)
    assert bare.read_text("ascii").splitlines() == rest == made(capsys, *arguments)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again", "bare", "first"]
    status, out, err = run(capsys, "check", first)
    assert (status, err) == (0, "")
    assert out == f"{first}: {len(rest)} vectors of {nf.format(arguments[0])} to {nf.format(arguments[2])}, 0 wrong\n"


def test_exhaustive_is_every_code_in_order(capsys: Capsys) -> None:
    assert operands(made(capsys, "binary16", "--to", "e5m2", "--style", "exhaustive")) == list(range(65536))
    assert operands(made(capsys, "binary16", "--to", "e5m2", "--style", "exhaustive", "-n", "300")) == list(range(300))
    assert operands(made(capsys, "ue4m3", "--to", "e5m2", "--style", "exhaustive", "-n", "999")) == list(range(128))


def test_random_is_reproducible(capsys: Capsys) -> None:
    base = ("binary64", "--to", "e4m3fn", "--style", "random")
    first, same = made(capsys, *base, "--seed", "7"), made(capsys, *base, "--seed", "7", "--rounding", "to_odd")
    assert len(first) == 10_000
    assert operands(first) == operands(same)
    assert operands(made(capsys, *base)) == operands(made(capsys, *base, "--seed", "1")) != operands(first)
    results = {line.split()[1] for line in first}
    assert len(results) > 250  # every code but a NaN or two
    assert made(capsys, *base, "-n", "0") == []


@pytest.mark.parametrize("n", [0, 1, 7, 100, 10**9])
def test_directed_takes_n(capsys: Capsys, n: int) -> None:
    every = operands(made(capsys, "binary32", "--to", "e4m3fn"))
    some = operands(made(capsys, "binary32", "--to", "e4m3fn", "-n", str(n)))
    assert len(some) == min(n, len(every))
    assert set(some) <= set(every)
    assert len(set(every)) == len(every)


def points_of(narrow: nf.Format, wide: nf.Format) -> list[Fraction]:
    """Values and midpoints of ``narrow`` in the range of ``wide``: all of them up to 8 bits, a few a binade above."""
    if narrow.width <= 8:
        every = list(oracle.boundary_values(narrow))[8:]  # without the slices near the smallest normal
        return [x for x in every if wide.min_positive < x < wide.max]
    exponents = range(max(narrow.emin, wide.emin) + 1, min(narrow.emax, wide.emax))
    step = narrow.epsilon / 2
    significands = (Fraction(1), 1 + step, 1 + 2 * step, 2 - 2 * step, 2 - step)
    return [Fraction(2) ** exp * sig for exp in exponents for sig in significands]


PAIRS = [("binary32", "e4m3fn"), ("binary16", "e8m0"), ("bfloat16", "e5m2fnuz"), ("binary16", "bfloat16"),
         ("binary64", "dlfloat16"), ("binary16", "e3m2")]  # fmt: skip


@pytest.mark.parametrize(("src", "dst"), PAIRS)
def test_directed_has_what_its_help_says(capsys: Capsys, src: str, dst: str) -> None:
    """Values, midpoints, range ends, each with both neighbours and of both signs; Inf and NaN."""
    narrow, wide = nf.format(dst), nf.format(src)
    got = set(operands(made(capsys, src, "--to", dst)))
    lay = layout(wide)
    for x in points_of(narrow, wide):
        quantum = Fraction(2) ** (max(floor_log2(x), lay.emin) - lay.frac_bits)
        if x % quantum == 0:
            code = lay.value_ordinal(x)
            wanted = {c for c in (code - 1, code, code + 1) if 0 <= c <= wide.max_code}
            assert wanted <= got, (float(x), hex(code), [hex(c) for c in wanted - got])
            assert {c | 1 << wide.width - 1 for c in wanted} <= got
    assert {0, wide.inf_code, wide.nan_code, wide.max_code, wide.min_positive_code, wide.min_normal_code} <= got


def write(path: Path, *lines: str) -> Path:
    path.write_text("".join(line + "\n" for line in lines), "ascii")
    return path


@pytest.mark.parametrize(
    ("line", "right"),
    [("3F8CCCCD 39 00", "39 01"), ("3F8CCCCD 38 01", "39 01"), ("3F8CCCCD B9 01", "39 01"), ("7FC00000 7E 00", "7F 00"),
     ("3F800000 39 00", "38 00"), ("3f8ccccd 39 03", "39 01")],
)  # fmt: skip
def test_wrong_vector(capsys: Capsys, tmp_path: Path, line: str, right: str) -> None:
    path = write(tmp_path / "v", HEADER + "convert binary32 --to e4m3fn", "", "# a comment", "3F800000 38 00", line)
    status, out, err = run(capsys, "check", "--brief", path)
    assert (status, err) == (1, "")
    only_flags = line.split()[1] == right.split(maxsplit=1)[0]
    operand = line.split(maxsplit=1)[0].upper()
    assert out.splitlines() == [
        f"{path}:5: {line}  expected {operand} {right}",
        f"{path}: 2 vectors of binary32 to float8_e4m3fn, 1 wrong{' (1 only in flags)' * only_flags}",
    ]


def test_every_flipped_bit_is_found(capsys: Capsys, tmp_path: Path) -> None:
    path = write(tmp_path / "v", *(f"3F8CCCCD {0x39 ^ 1 << bit:02X} 01" for bit in range(8)), *["3F8CCCCD 39 01"] * 3,
                 *(f"3F8CCCCD 39 {1 ^ 1 << bit:02X}" for bit in range(5)))  # fmt: skip
    bare = ("check", "--brief", "--to", "e4m3fn", "convert", "binary32")
    status, out, _ = run(capsys, *bare, path)
    assert status == 1
    assert [line.split(":")[1] for line in out.splitlines()[:-1]] == [str(n) for n in (*range(1, 9), *range(12, 17))]
    status, out, _ = run(capsys, "check", "--max-shown", "2", *bare[1:], path)
    assert (status, len(out.splitlines()), out.splitlines()[2]) == (1, 4, "... and 11 more")
    assert run(capsys, "check", "--max-shown", "0", *bare[1:], path)[1].splitlines()[0] == "... and 13 more"
    assert "--max-shown" in refused(capsys, "check", "--max-shown", "-3", *bare[1:], path)


@pytest.mark.parametrize("order", ["check convert binary32 --to e4m3fn FILE", "check --to e4m3fn convert binary32 FILE",
                                   "check convert binary32 FILE --to e4m3fn"])  # fmt: skip
def test_check_without_a_header(capsys: Capsys, tmp_path: Path, order: str) -> None:
    """Also the order that the message about a missing header tells."""
    path = write(tmp_path / "v", "3F8CCCCD 39 01", "3f800000 38 00")
    status, out, err = run(capsys, *[str(path) if word == "FILE" else word for word in order.split()])
    assert (status, err) == (0, "")
    assert "2 vectors" in out
    missing = refused(capsys, "check", path)
    assert str(path) in missing and "nfmt check convert binary32 --to e4m3fn FILE" in missing


def test_check_of_standard_input(capsys: Capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(HEADER + "convert binary32 --to e4m3fn\n3F8CCCCD 39 01\n"))
    assert run(capsys, "check", "-")[:2] == (0, "-: 1 vectors of binary32 to float8_e4m3fn, 0 wrong\n")


@pytest.mark.parametrize(
    "line",
    ["3F8CCCCD 39", "3F8CCCCD 39 01 00", "3F8CCCC 39 01", "3F8CCCCD 039 01", "3F8CCCCD 39 1", "3F8CCCCG 39 01",
     "3F8CCCCD 39 20", "-0000001 00 00", "+F8CCCCD 39 01", "0x8CCCCD 39 01", "3F_CCCCD 39 01", "3F8CCCCD 39 -1",
     "3F8CCCCD -9 01", "hello", "\u0663" * 8, "x" * 10_000],
    ids=lambda line: str(line)[:16],
)  # fmt: skip
def test_malformed_line(capsys: Capsys, tmp_path: Path, line: str) -> None:
    path = tmp_path / "v"
    path.write_text(f"# a comment\n3F800000 38 00\n{line}\n", "utf-8")
    status, out, err = run(capsys, "check", "--to", "e4m3fn", "convert", "binary32", path)
    assert (status, err) == (1, "")
    assert out.startswith(f"{path}:3: ")
    assert "expected hexadecimal digits as in 'hhhhhhhh hh hh'" in out
    assert out.splitlines()[1] == f"{path}: 1 vectors of binary32 to float8_e4m3fn, 1 malformed lines, 0 wrong"


def test_operand_above_the_width(capsys: Capsys, tmp_path: Path) -> None:
    path = write(tmp_path / "v", "3FC00 7F800000 00", "80000 00000000 00")
    status, out, err = run(capsys, "check", "--to", "binary32", "convert", "tf32", path)
    assert (status, err) == (1, "")
    assert f"{path}:2: '80000 " in out and "up to '7FFFF " in out


def test_empty_file_proves_nothing(capsys: Capsys, tmp_path: Path) -> None:
    for lines in ([], ["# a comment"]):
        path = write(tmp_path / "v", *lines)
        assert str(path) in refused(capsys, "check", path)
        assert str(path) in refused(capsys, "check", "--to", "e4m3fn", "convert", "binary32", path)


def test_wide_operands(capsys: Capsys, tmp_path: Path) -> None:
    path = write(tmp_path / "v", f"{'3FFF' + '0' * 28} 38 00", f"{5:032X} 00 03")
    assert run(capsys, "check", "--to", "e4m3fn", "convert", WIDE, path)[0] == 0
    lines = made(capsys, WIDE, "--to", "e4m3fn", "-n", "900")
    assert (len(lines), {len(line) for line in lines}) == (900, {32 + 1 + 2 + 1 + 2})


HEADERS = ["--help", "convert binary32", "convert binary32 --to", "frob binary32 --to e4m3fn", "'", "",
           "convert binary32 --to e4m3", "convert binary32 --to e4m3fn --style wild"]  # fmt: skip


@pytest.mark.parametrize("header", HEADERS)
def test_bad_header(capsys: Capsys, tmp_path: Path, header: str) -> None:
    path = write(tmp_path / "v", HEADER + header, "3F800000 38 00")
    assert str(path) in refused(capsys, "check", path)


@pytest.mark.parametrize("options", [("--rounding", "to_odd"), ("--to", "e5m2"), ("--daz",), ("--overflow", "ieee")])
def test_options_beside_a_header_are_not_ignored(capsys: Capsys, tmp_path: Path, options: tuple[str, ...]) -> None:
    path = write(tmp_path / "v", HEADER + "convert binary32 --to e4m3fn", "3F8CCCCD 39 01")
    assert options[0] in refused(capsys, "check", *options, path)


TO = (*GEN, "binary32", "--to")
BAD: list[tuple[tuple[str, ...], str]] = [
    ((), "COMMAND"), (("frob",), "frob"), (("gen",), "OP"), ((*GEN,), "FORMAT"), ((*GEN, "binary32"), "--to"),
    (("gen", "frob", "binary32", "--to", "e4m3fn"), "'frob'"), ((*GEN, "binary33", "--to", "e4m3fn"), "'binary33'"),
    ((*TO, "e4m3"), "float8_e4m3fn"), ((*TO, "width=8"), "bias, precision missing"),
    ((*TO, "e4m3fn", "--rounding", "up"), "toward_zero"), ((*TO, "e4m3fn", "--frob"), "--frob"),
    ((*TO, "e4m3fn", "-n", "-5"), "-n is -5"), ((*TO, "e4m3fn", "-n", "many"), "many"),
    ((*TO, "e4m3fn", "--seed", "-1"), "--seed is -1"), ((*TO, "e4m3fn", "--seed", str(2**64)), "--seed"),
    ((*TO, "e4m3fn", "--flush-except-width", "1"), "flush_except_width is 1"), ((*TO, "e8m0", "--ftz", "x86"), "ftz"),
    ((*GEN, "binary64", "--to", "e4m3fn", "--style", "exhaustive"), "2^64"),
    ((*TO, "e2m1", "--nan-substitute", "raise"), "raise"), ((*TO, "e4m3fn", "-o", "/no/folder/v"), "/no/folder/v"),
    (("check",), "FILE"), (("check", "/no/such/file"), "/no/such/file"), (("check", "/"), "'/'"),
    (("check", "convert", "x"), "OP FORMAT FILE"), (("formats", "e4m3"), "float8_e4m3fn"),
    (("formats", "nonsense"), "nonsense"), (("formats", "--frob"), "--frob"), (("encode",), "FORMAT"),
    (("encode", "e4m3fn"), "VALUE"), (("encode", "e4m3fn", "five"), "'five'"), (("encode", "e4m3fn", "-5x"), "'-5x'"),
    (("encode", "e4m3fn", "1", "--frob"), "--frob"), (("encode", "e4m3", "1"), "float8_e4m3fn"),
]  # fmt: skip


@pytest.mark.parametrize(("argv", "names"), BAD, ids=str)
def test_one_line_for_a_bad_command(capsys: Capsys, argv: tuple[str, ...], names: str) -> None:
    assert names in refused(capsys, *argv)
