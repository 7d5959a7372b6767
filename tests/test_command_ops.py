# SPDX-License-Identifier: BSD-3-Clause
"""nfmt gen and check with every operation: operands of any width, integers, predicates, containers, random bits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from commandline import Nfmt, nfmt_fixture
from oracle_format import floor_log2

import numfmt as nf
from numfmt import codes, formats, inttypes, ops

__all__ = ["nfmt_fixture"]
HEADER = "# numfmt-vectors 1 "
FORMATS = ("binary16", "float8_e4m3fn", "x87_extended", "binary128", "binary64", "float8_e8m0fnu", "float4_e2m1fn")
ENVIRONMENTS = (
    "",
    "--rounding toward_negative --tininess before --nan sf_arm",
    "--rounding stochastic_b --random-bits-count 7",
    "--rounding to_odd --overflow saturate --int-overflow wrap --daz",
)


def arguments(op: str, fmt: str, number: int) -> str:
    """Arguments of ``gen`` for an operation; the formats of operands and result differ where they may."""
    row = ops.OPS[op]
    other = fmt if row.one_format else FORMATS[(number + 3) % len(FORMATS)]
    types = [("int8", "uint64", "int33")[number % 3] if kind == "i" else fmt for kind in row.operands]
    if number % 2 and "f" in row.operands[1:] and not row.one_format:
        types[-1] = other
    same = len(set(types)) == 1 and row.operands != "i"
    to = {"float": other, "int": ("uint7", "int64", "int1")[number % 3]}.get(row.result)
    env = ENVIRONMENTS[number % len(ENVIRONMENTS)]
    return f"{op} {types[0] if same else ','.join(types)}" + (f" --to {to}" if to else "") + (env and f" {env}")


CASES = [
    arguments(op, fmt, number)
    for number, (op, fmt) in enumerate((op, fmt) for op in ops.OPS for fmt in FORMATS[:: 1 if op == "fma" else 4])
    if not (op in ("negate", "absolute", "copysign") and fmt == "float8_e8m0fnu")
]


def values_of(line: str, operands: list[nf.Format | inttypes.IntType]) -> list[object]:
    """The operands of a line, as ``nf.apply`` takes them."""
    made: list[object] = []
    for word, one in zip(line.split(), operands, strict=False):
        code = int(word, 16)
        if isinstance(one, nf.Format):
            made.append(formats.code_array(one, [code]))
        else:
            made.append(one.decode(np.array([code], one.code_dtype)))
    return made


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, marks=() if number % 8 in (0, 3, 5, 6) else pytest.mark.full)
        for number, case in enumerate(CASES)
    ],
)
def test_round_trip(nfmt: Nfmt, tmp_path: Path, case: str) -> None:
    """In plain runs of half of the cases.

    A file is what its header makes, and check agrees; a line is what nf.apply says; every changed one is found.
    """
    path, again = tmp_path / "v.tf", tmp_path / "w.tf"
    style = ("directed", "random")[CASES.index(case) % 2]
    assert nfmt.lines(f"gen {case} -n 60 --style {style} -o", path) == []
    head, _, *lines = path.read_text("ascii").splitlines()
    assert head.startswith(f"{HEADER}{case} -n 60 --style {style}")
    assert 0 < len(lines) <= 60 and len({len(line) for line in lines}) == 1
    assert nfmt.lines(f"gen {head.removeprefix(HEADER)} -o", again) == []
    assert again.read_bytes() == path.read_bytes()
    assert nfmt.lines("check", path)[-1].endswith(", 0 wrong")
    assert_is_apply(case, lines[7])
    wrong = [f"{line[:-2]}{int(line[-2:], 16) ^ 1 << place % 5:02X}" for place, line in enumerate(lines)]
    path.write_text("\n".join([head, *wrong]) + "\n", "ascii")
    status, out, _ = nfmt("check --brief --max-shown 3", path)
    assert status == 1 and out.splitlines()[-1].endswith(f", {len(lines)} wrong ({len(lines)} only in flags)")
    assert out.splitlines()[0] == f"{path}:2: {wrong[0]}  expected {lines[0]}"


def assert_is_apply(case: str, line: str) -> None:
    """The line's result and flags are the library's for its operands."""
    words = case.split()
    row = ops.OPS[words[0]]
    names = words[1].split(",") * (len(row.operands) if "," not in words[1] else 1)
    types: list[nf.Format | inttypes.IntType] = [
        formats.format(name) if kind == "f" else inttypes.int_type(name)
        for kind, name in zip(row.operands, names, strict=True)
    ]
    options = {words[i].removeprefix("--"): words[i + 1] for i in range(2, len(words) - 1) if words[i] != "--daz"}
    to = options.get("to")
    fields = {
        name.replace("-", "_"): int(value) if value.isdigit() else value
        for name, value in options.items()
        if name != "to" and not name[0].isupper() and name.replace("-", "_") in nf.Env.__dataclass_fields__
    }
    env = nf.Env(**fields, daz="--daz" in words)  # type: ignore[arg-type]
    random = int(line.split()[-3], 16) if env.is_stochastic and row.rounds else None
    result, flags = ops.apply(row.name, values_of(line, types), types, to=to, env=env, flags=True, random_bits=random)
    code = (
        int(result[0]) & ((1 << inttypes.int_type(str(to)).width) - 1) if row.result == "int" else codes_int(result[0])
    )
    assert [int(word, 16) for word in line.split()[-2:]] == [code, int(flags[0])]


def codes_int(code: object) -> int:
    return int(code) if isinstance(code, bool | np.bool_) else codes.integer(code)


def test_every_operation_is_tried() -> None:
    assert {case.split()[0] for case in CASES} == set(nf.OPS)


def test_shape_of_a_line(nfmt: Nfmt) -> None:
    """ceil(width / 4) digits each, random bits last among the operands, one digit for a predicate and a class."""
    shapes = {
        "fma binary32": "8 8 8 8 2",
        "add x87,binary128 --to tf32": "20 32 5 2",
        "scaleb binary16": "4 8 4 2",
        "scaleb binary16,int3": "4 1 4 2",
        "to_int binary16 --to uint33": "4 9 2",
        "from_int uint64 --to e2m1": "16 1 2",
        "lt bfloat16,e4m3fn": "4 2 1 2",
        "classify binary64": "16 1 2",
        "mul e4m3fn --rounding stochastic_a --random-bits-count 9": "2 2 3 2 2",
        "mul e4m3fn --rounding stochastic_a": "2 2 2 2",
        "eq e4m3fn --rounding stochastic_a --random-bits-count 9": "2 2 1 2",
        "add tf32@tf32_b32,e2m1@e2m1_ptx --to bfloat16@riscv_boxed32": "8 2 8 2",
    }
    for case, shape in shapes.items():
        line = nfmt.lines(f"gen {case} -n 1")[0]
        assert " ".join(str(len(word)) for word in line.split()) == shape, case


def test_header_is_the_shortest_that_says_all(nfmt: Nfmt, tmp_path: Path) -> None:
    path = tmp_path / "v"
    for given, written in {
        "add e4m3fn": "add float8_e4m3fn --to float8_e4m3fn",
        "add e4m3fn,e4m3fn": "add float8_e4m3fn --to float8_e4m3fn",
        "add e4m3fn,e5m2 --to bf16": "add float8_e4m3fn,float8_e5m2 --to bfloat16",
        "scaleb binary16": "scaleb binary16 --to binary16",
        "scaleb binary16,int32": "scaleb binary16 --to binary16",
        "scaleb binary16,int8": "scaleb binary16,int8 --to binary16",
        "eq tf32@tf32_b32,tf32": "eq tf32@tf32_b32,tf32",
        "copysign e4m3fn": "copysign float8_e4m3fn --to float8_e4m3fn",
        "is_nan x87": "is_nan x87_extended",
    }.items():
        nfmt.lines(f"gen {given} -n 1 -o", path)
        assert path.read_text("ascii").splitlines()[0] == f"{HEADER}{written} -n 1 --style directed"


def test_exhaustive_is_every_tuple_in_order(nfmt: Nfmt) -> None:
    lines = nfmt.lines("gen add e2m1,e2m3 --to binary16 --style exhaustive")
    assert [line[:4] for line in lines] == [f"{a:X} {b:02X}" for a in range(16) for b in range(64)]
    assert len(nfmt.lines("gen fma e2m1 --style exhaustive")) == 4096
    assert nfmt.lines("gen eq e4m3fn --style exhaustive -n 300")[-1].startswith("01 2B ")
    assert len(nfmt.lines("gen scaleb e2m1,int5 --style exhaustive")) == 512


def test_exhaustive_in_constant_memory(nfmt: Nfmt) -> None:
    """2^32 pairs are there to be taken, block by block."""
    from numfmt import tuples

    half = nf.format("binary16")
    total, blocks = tuples.tuples("exhaustive", ops.OPS["add"], (half, half), half, None, 0)
    first, second = next(blocks), next(blocks)
    assert total == 1 << 32
    assert (int(first[0].max()), int(second[0].min()), first[1].size) == (0, 1, 65536)
    assert "2^64" in nfmt.refused("gen add binary32 --style exhaustive")
    assert "2^35" in nfmt.refused("gen scaleb e3m2,int29 --style exhaustive")


def test_directed_operands(nfmt: Nfmt) -> None:
    """20,000 tuples: every landmark of each operand, and operands related to each other."""
    fmt = nf.format("binary32")
    lines = nfmt.lines("gen add binary32")
    pairs = [tuple(int(word, 16) for word in line.split()[:2]) for line in lines]
    assert len(pairs) == 20_000
    assert len(set(pairs)) > 19_500
    top = [0, 1, 0x007FFFFF, 0x00800000, 0x3F7FFFFF, 0x3F800000, 0x7F7FFFFF, 0x7F800000, 0x7FC00000]
    for operand in range(2):
        got = {pair[operand] for pair in pairs}
        assert {code | sign for code in top for sign in (0, 1 << 31)} <= got
        assert {0x7F800001, 0x7FBFFFFF, 0x7FC00000, 0x7FFFFFFF} <= got  # NaNs of each kind
    differences = {b - a for a, b in pairs}
    assert {0, 1, -1, 1 << 31} <= differences  # equal, neighbours, opposite
    normal = [pair for pair in pairs if all(0x00800000 <= code & 0x7FFFFFFF < 0x7F800000 for code in pair)]
    apart = {(a >> 23 & 255) - (b >> 23 & 255) for a, b in normal if a & 0x7FFFFF == b & 0x7FFFFF}
    assert set(range(fmt.precision + 4)) <= apart


def test_directed_products_that_cancel(nfmt: Nfmt) -> None:
    """fma of operands whose product is the third, but for its last bit or exponent."""
    fmt = nf.format("binary64")
    ratios = []
    for line in nfmt.lines("gen fma binary64 -n 4000")[:2000]:
        a, b, c = (codes.value(fmt, int(word, 16)) for word in line.split()[:3])
        if a and b and c and isinstance(c, type(fmt.max)):
            ratios.append(floor_log2(abs(a * b)) - floor_log2(abs(c)))  # type: ignore[arg-type]
    assert ratios.count(0) > 100
    assert set(range(-fmt.precision, fmt.precision)) <= set(ratios)


def test_directed_integers(nfmt: Nfmt) -> None:
    """to_int meets both ends of the type and ties next to them; from_int ties of the result's precision."""
    results = {line.split()[1] for line in nfmt.lines("gen to_int binary32 --to int8")}
    assert {"7F", "80", "00", "01", "FF", "7E", "81"} <= results
    operands = {int(line.split()[0], 16) for line in nfmt.lines("gen from_int int64 --to binary32")}
    assert {(1 << 24) + 1, (1 << 24) + 3, (1 << 63) - 1, 1 << 63, (1 << 64) - 1, 0, 1} <= operands
    lines = nfmt.lines("gen from_int uint32 --to binary16")
    assert any(line.endswith(" 7BFF 01") for line in lines) and any(line.endswith(" 7C00 05") for line in lines)


def test_random_operands(nfmt: Nfmt) -> None:
    first = nfmt.lines("gen mul x87 --style random --seed 7")
    assert len(first) == 10_000 and len(set(first)) > 9_990
    assert nfmt.lines("gen mul x87 --style random --seed 7 --rounding to_odd")[5][:41] == first[5][:41]
    assert nfmt.lines("gen mul x87 --style random --seed 8") != first
    assert nfmt.lines("gen mul x87 --style random --seed 7 -n 50") == first[:50]
    sums = nfmt.lines("gen add binary32 --style random")
    assert sum(line.endswith(" 01") for line in sums) > 2_000  # operands that overlap


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("gen add", "FORMAT"), ("gen frob binary32", "'frob'"), ("gen add binary33", "'binary33'"),
        ("gen add binary32,binary16", "--to FORMAT"), ("gen add binary32,binary16,int8 --to binary16", "2 operands"),
        ("gen fma binary32,binary16 --to binary16", "3 operands"), ("gen to_int binary32", "--to an integer type"),
        ("gen to_int binary32 --to binary16", "integer type"), ("gen to_int binary32 --to int65", "int65"),
        ("gen from_int binary32 --to binary16", "binary32"), ("gen from_int int8", "--to FORMAT"),
        ("gen eq binary32 --to binary32", "no format"), ("gen classify binary32 --to int8", "no format"),
        ("gen negate e8m0", "unsigned"), ("gen negate e4m3fn --to e5m2", "one format"),
        ("gen total_order e4m3fn,e5m2", "one format"), ("gen add int8", "int8"),
        ("gen from_int int8@riscv_boxed32 --to e4m3fn", "no container"), ("gen add e2m1@e2m1x2", "one code"),
        ("gen add binary64@tf32_b32", "do not fit"),
        ("gen add binary32 --compat torch", "compat"), ("gen add e4m3fn --rounding-precision 3", "rounding_precision"),
        ("gen add binary32 -n -1", "-n is -1"), ("gen add binary32 --level 3", "--level"),
        ("check add binary32", "OP FORMAT FILE"), ("check frob binary32 FILE", "FILE"),
    ],
)  # fmt: skip
def test_refused(nfmt: Nfmt, line: str, names: str) -> None:
    assert names in nfmt.refused(line)


def test_lines_as_people_write_them(nfmt: Nfmt, tmp_path: Path) -> None:
    """Lower case, comments, blank lines, CRLF, more blanks; one such line or all."""
    lines = nfmt.lines("gen mul binary128 -n 40")
    path = tmp_path / "v"
    for text in (
        "\n".join(line.lower() for line in lines),
        "\r\n".join(lines) + "\r\n",
        "\n".join(["# a comment", "", *lines[:20], "   ", *(line.replace(" ", "   ") for line in lines[20:])]),
    ):
        path.write_text(text, "ascii", newline="")
        assert nfmt.lines("check mul binary128 --to binary128", path)[-1].endswith("40 vectors of mul binary128 to "
                                                                                  "binary128, 0 wrong")  # fmt: skip


def test_line_numbers_far_into_a_file(nfmt: Nfmt, tmp_path: Path) -> None:
    lines = ["38 38 40 00"] * 40_000
    lines[16_385] = "38 38 41 00"
    lines[30_000] = "38 38 40 00  "
    lines[39_999] = "38 38 40 0G"
    path = tmp_path / "v"
    path.write_text("\n".join(lines) + "\n", "ascii")
    status, out, err = nfmt("check --brief add e4m3fn --to e4m3fn", path)
    assert (status, err) == (1, "")
    first, second, tally = out.splitlines()
    assert first == f"{path}:16386: 38 38 41 00  expected 38 38 40 00"
    assert second.startswith(f"{path}:40000: '38 38 40 0G' is malformed: expected ")
    assert tally.endswith(": 39999 vectors of add float8_e4m3fn to float8_e4m3fn, 1 malformed lines, 1 wrong")
