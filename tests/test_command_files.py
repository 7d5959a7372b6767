# SPDX-License-Identifier: BSD-3-Clause
"""The command nfmt as a process: files that appear whole or not at all, pipes, help, tables, codes."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import stat
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

import numfmt as nf
from numfmt import modes
from numfmt.__main__ import main

Capsys = pytest.CaptureFixture[str]
NFMT = [sys.executable, "-P", "-m", "numfmt"]
GEN = ("gen", "convert", "binary32", "--to", "e4m3fn")
FIELDS = [item.name for item in dataclasses.fields(nf.Format) if item.name != "name"]
LANDMARKS = ("max", "lowest", "min_normal", "min_positive")


def out_of(capsys: Capsys, *argv: str | Path) -> str:
    assert main([str(word) for word in argv]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


def nfmt(*argv: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run([*NFMT, *argv], input=stdin, capture_output=True, text=True, check=False)


def test_file_keeps_its_content_on_error(capsys: Capsys, tmp_path: Path) -> None:
    """The NaN, refused, comes after megabytes of good vectors."""
    path = tmp_path / "v"
    path.write_text("before")
    argv = ["gen", "convert", "binary16", "--to", "e2m1", "--nan-substitute", "raise", "--style", "exhaustive"]
    assert main([*argv, "-o", str(path)]) == 2
    assert main([*argv, "-o", str(tmp_path / "new")]) == 2
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("v", "before")]
    assert capsys.readouterr().err.count("\n") == 2


def test_file_replaces_another(capsys: Capsys, tmp_path: Path) -> None:
    path = tmp_path / "v"
    path.write_text("before")
    out_of(capsys, *GEN, "-n", "5", "-o", path)
    assert len(path.read_text().splitlines()) == 7
    assert [p.name for p in tmp_path.iterdir()] == ["v"]
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask


def test_interrupted_file_does_not_appear(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from numfmt import jobs

    def interrupt(*_: object) -> list[object]:
        raise KeyboardInterrupt

    monkeypatch.setattr(jobs.Job, "columns", interrupt)
    assert main([*GEN, "-o", str(tmp_path / "v")]) == 130
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("target", ["no/such/folder/v", "."])
def test_file_that_cannot_be_written(capsys: Capsys, tmp_path: Path, target: str) -> None:
    """The message names what the user named, and no temporary file."""
    path = tmp_path / target
    assert main([*GEN, "-n", "1", "-o", str(path)]) == 2
    err = capsys.readouterr().err
    assert f"'{path}'" in err and err.count("\n") == 1
    assert ".v." not in err and "->" not in err
    assert list(tmp_path.iterdir()) == []


def test_link_is_followed(capsys: Capsys, tmp_path: Path) -> None:
    link, path = tmp_path / "link", tmp_path / "v"
    path.write_text("before")
    link.symlink_to(path)
    out_of(capsys, *GEN, "-n", "1", "-o", link)
    assert link.is_symlink()
    assert path.read_text().startswith("# numfmt-vectors 1 ")


def test_device_or_pipe_is_never_replaced(tmp_path: Path) -> None:
    """`-o /dev/null`, `-o /dev/stdout` or a named pipe: written to, or refused."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", pipe], stdout=subprocess.DEVNULL) as reader:
        done = nfmt(*GEN, "-n", "1", "-o", pipe)
        kept = pipe.is_fifo()
        reader.kill()
    assert kept
    assert done.returncode in (0, 2)


def test_broken_pipe_is_silent() -> None:
    for argv in ([*GEN, "--style", "exhaustive", "-n", "2000000"], ["formats", "--json"]):
        producer = subprocess.Popen(
            [sys.executable, "-P", "-m", "numfmt", *argv], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert producer.stdout is not None and producer.stderr is not None
        assert producer.stdout.readline()
        producer.stdout.close()
        errors = producer.stderr.read()
        producer.stderr.close()
        assert (producer.wait(), errors) == (0, b"")


def test_process_and_module_are_the_same_command(tmp_path: Path) -> None:
    made = nfmt(*GEN, "-n", "20", "-o", tmp_path / "v")
    assert (made.returncode, made.stdout, made.stderr) == (0, "", "")
    text = (tmp_path / "v").read_text()
    wrong = nfmt("check", "-", stdin=text.replace("3841", "3840") + "3F800000 39 00\n")
    assert (wrong.returncode, wrong.stderr) == (1, "")
    assert wrong.stdout.splitlines()[-1].startswith("-: 21 vectors of binary32 to float8_e4m3fn, ")


@pytest.mark.full
def test_processes_of_every_end(tmp_path: Path) -> None:
    assert nfmt(*GEN, "-n", "20", "-o", tmp_path / "v").returncode == 0
    text = (tmp_path / "v").read_text()
    right = nfmt("check", "-", stdin=text)
    assert (right.returncode, right.stdout) == (0, "-: 20 vectors of binary32 to float8_e4m3fn, 0 wrong\n")
    bad = nfmt("check", "-", stdin=text + "3F800000\n")
    assert (bad.returncode, bad.stdout.count("\n"), bad.stderr) == (1, 3, "")
    value = nfmt("encode", "e4m3fn", "-1e-400", "-0x1p-9", "-inf")
    assert (value.returncode, len(value.stdout.splitlines())) == (0, 3)


def test_formats_as_json(capsys: Capsys) -> None:
    rows = json.loads(out_of(capsys, "formats", "--json"))
    assert [row["name"] for row in rows] == [row.name for row in nf.list_formats()]
    for row, info in zip(rows, nf.list_formats(), strict=True):
        fmt = info.format
        digits = -(-fmt.width // 4)
        assert (row["aliases"], row["source"], row["provisional"]) == (
            list(info.aliases),
            info.source,
            info.provisional,
        )
        for name in (*FIELDS, "exponent_bits", "digits", "max_exact_integer"):
            assert row[name] == getattr(fmt, name), name
        for name in LANDMARKS:
            code, value = getattr(fmt, f"{name}_code"), getattr(fmt, name)
            got = row[name]
            assert (got is None) == (code is None)
            assert got is None or (got["code"], exact(got["value"])) == (f"{code:0{digits}X}", value)
        for name in ("min_subnormal", "epsilon"):
            assert exact(row[name]) == getattr(fmt, name)
        for name in ("inf_code", "nan_code"):
            code = getattr(fmt, name)
            assert row[name] == (None if code is None else f"{code:0{digits}X}")


def exact(text: str | None) -> Fraction | None:
    """A C99 hexadecimal number, of any exponent."""
    if text is None:
        return None
    match = re.fullmatch(r"(-?)0x([01])(?:\.([0-9a-f]+))?p([+-]\d+)", text)
    assert match, text
    fraction = match[3] or ""
    value = int(match[2] + fraction, 16) * Fraction(2) ** (int(match[4]) - 4 * len(fraction))
    return -value if match[1] else value


def test_formats_that_are_named(capsys: Capsys) -> None:
    names = ("E4M3FN", "binary8p3se", "width=40/precision=20/bias=524287", "dlfloat16")
    rows = json.loads(out_of(capsys, "formats", "--json", *names))
    assert [row["name"] for row in rows] == ["float8_e4m3fn", "binary8p3se", names[2], "dlfloat16"]
    assert [row["provisional"] for row in rows] == [False, False, False, True]
    table = out_of(capsys, "formats", *names)
    assert len([line for line in table.splitlines() if line.strip()]) >= 6
    for word in ("448", "binary8p3se", "(provisional)", "no subnormals"):
        assert word in table


@pytest.mark.parametrize("name", ["binary16p1ue", "binary16p2ue", "width=128/precision=113/bias=16383"])
def test_formats_far_beyond_float64(capsys: Capsys, name: str) -> None:
    """Values of thousands of decimal digits, which Python does not print at once."""
    assert name in out_of(capsys, "formats", name)
    assert exact(json.loads(out_of(capsys, "formats", "--json", name))[0]["max"]["value"]) == nf.format(name).max


def test_table_of_formats(capsys: Capsys) -> None:
    """F15: max, min normal, min subnormal, digits, integers exact up to, specials."""
    table = out_of(capsys, "formats")
    for row in nf.list_formats():
        assert row.name in table
        assert row.provisional == (f"{row.name} (provisional)" in table)
    line = next(line for line in table.splitlines() if " float8_e5m2 " in line)
    assert " ".join(line.split()) == "float8_e5m2 8 1/5/2 15 57344 2^-14 2^-16 0 8 Inf, NaN, -0 e5m2 ocp_e5m2"


def test_encode(capsys: Capsys) -> None:
    values = ("-1e-400", "-0x1p-9", "-inf", "nan", "-nan", ".1", "-.5", "464", "1e999999999", "0", "-0")
    assert out_of(capsys, "encode", "e4m3fn", *values).splitlines() == [
        "-1e-400: 80 = -0.0  [inexact|underflow]",
        "-0x1p-9: 81 = -0x1p-9",
        "-inf: FE = -0x1.cp+8  [inexact|overflow]",
        "nan: 7F = nan",
        "-nan: 7F = nan",
        ".1: 1D = 0x1.ap-4  [inexact]",
        "-.5: B0 = -0x1p-1",
        "464: 7E = 0x1.cp+8  [inexact]",
        "1e999999999: 7E = 0x1.cp+8  [inexact|overflow]",
        "0: 00 = 0x0p+0",
        "-0: 80 = -0.0",
    ]
    assert (
        out_of(capsys, "encode", "--rounding", "toward_negative", "e2m1", "-0.1")
        == "-0.1: 9 = -0x1p-1  [inexact|underflow]\n"
    )
    assert out_of(capsys, "encode", "tf32", "1") == "1: 1FC00 = 0x1p+0\n"
    assert out_of(capsys, "encode", "e5m2", "-1e9", "--overflow", "saturate").endswith(
        "FB = -0x1.cp+15  [inexact|overflow]\n"
    )


def test_encode_to_more_than_64_bits(capsys: Capsys) -> None:
    assert (
        out_of(capsys, "encode", "width=128/precision=113/bias=16383", "-1.5") == f"-1.5: BFFF8{'0' * 27} = -0x1.8p+0\n"
    )


OPTIONS = {
    "gen": ["OP", "FORMAT", "--to", "--style", "-n", "--seed", "--bare", "-o", "directed", "random", "exhaustive"],
    "check": ["FILE", "OP", "--to", "--max-shown"],
    "formats": ["FORMAT", "--json"],
    "encode": ["FORMAT", "VALUE"],
}
ENVIRONMENT = [
    "--rounding",
    "--overflow",
    "--tininess",
    "--nan",
    "--nan-substitute",
    "--ftz",
    "--daz",
    "--flush-except-width",
]


@pytest.mark.parametrize("command", OPTIONS)
def test_help(capsys: Capsys, command: str) -> None:
    with pytest.raises(SystemExit) as left:
        main([command, "--help"])
    assert left.value.code == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    names: list[str] = [
        name
        for group in (modes.ROUNDINGS, modes.OVERFLOWS, modes.NAN_PROFILES, modes.NAN_SUBSTITUTES)
        for name in group
    ]
    for word in OPTIONS[command] + ([] if command == "formats" else ENVIRONMENT + names):
        assert word in captured.out


def test_help_and_version_of_the_command(capsys: Capsys) -> None:
    for option in ("--help", "--version"):
        with pytest.raises(SystemExit) as left:
            main([option])
        assert left.value.code == 0
        out = capsys.readouterr().out
        assert out.startswith("usage: nfmt ") if option == "--help" else out == f"nfmt {nf.__version__}\n"
        assert all(command in out for command in OPTIONS) or option == "--version"
