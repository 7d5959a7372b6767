# SPDX-License-Identifier: BSD-3-Clause
"""Every format of vector files with several jobs: written, read back, checked, and every corrupted line named."""

from __future__ import annotations

import hashlib
import io
import itertools
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commandline import Nfmt, nfmt_fixture
from hypothesis import given
from hypothesis import strategies as st

from numfmt import vecio
from numfmt.formats import code_int
from numfmt.vecio import VectorFormat, digits
from numfmt.vecio.layout import Block, Digest, Field, Head

__all__ = ["nfmt_fixture"]
JOBS = (
    "add binary32",
    "fma e4m3fn,e5m2,binary32 --to bfloat16",
    "sub x87 --rounding toward_negative",
    "fma binary128,x87,e2m1 --to binary128",
    "mul e4m3fn --rounding stochastic_a --random-bits-count 9",
    "to_int binary32 --to int33",
    "scaleb binary16,int3",
    "lt bfloat16,e4m3fn",
    "classify binary64",
    "add tf32@tf32_b32,e2m1@e2m1_ptx --to bfloat16@riscv_boxed32",
)
FORMATS = tuple(vecio.FORMATS.values())
TEXT = tuple(one for one in FORMATS if not one.binary)


def made(nfmt: Nfmt, folder: Path, job: str, written: VectorFormat, count: int = 60) -> Path:
    path = folder / f"v{written.suffixes[0]}"
    assert nfmt.lines(f"gen {job} -n {count} -o", path) == []
    return path


def fields_of(nfmt: Nfmt, job: str) -> tuple[Field, ...]:
    """The fields of a job, as JSON Lines describes them."""
    head = json.loads(nfmt.lines(f"gen {job} -n 1 --as jsonl -o -")[0])
    return tuple(Field(one["name"], one["bits"], one["holds"]) for one in head["fields"])


def opened(written: VectorFormat, path: Path) -> Any:
    """A stream of the file that the format reads."""
    return io.BytesIO(path.read_bytes()) if written.binary else text_of(path.read_bytes())


def text_of(data: bytes) -> Iterator[str]:
    return iter(data.decode("ascii").splitlines(keepends=True))


def read(written: VectorFormat, path: Path, fields: tuple[Field, ...]) -> tuple[list[list[int]], list[Block]]:
    """The columns of a file as ints, and its blocks."""
    _, rest = written.read_head(opened(written, path))
    blocks = list(written.read(rest, fields))
    return [
        [code_int(word) for block in blocks for word in block.columns[index]] for index in range(len(fields))
    ], blocks


@pytest.mark.parametrize("job", JOBS)
def test_round_trip(nfmt: Nfmt, tmp_path: Path, job: str) -> None:
    """Every format holds the words of TestFloat's lines, says so, and is found right."""
    fields = fields_of(nfmt, job)
    lines = nfmt.lines(f"gen {job} -n 60")
    wanted = [[int(word, 16) for word in column] for column in zip(*(line.split() for line in lines), strict=True)]
    heads = set()
    for written in FORMATS:
        path = made(nfmt, tmp_path, job, written)
        columns, blocks = read(written, path, fields)
        assert columns == wanted, written.name
        assert not any(block.malformed or block.unknown is not None for block in blocks)
        tally = nfmt.lines("check", path)
        assert len(tally) == 1 and re.search(f": {len(lines)} vectors of .*, 0 wrong$", tally[0]), tally
        head, _ = written.read_head(opened(written, path))
        assert head is not None
        heads.add((head.arguments, head.count, head.digest, head.generator))
    assert len(heads) == 1
    assert heads.pop()[1:] == (len(lines), digest_of(lines, fields), 2)


def digest_of(lines: list[str], fields: tuple[Field, ...]) -> str:
    """The hash of the stimuli, word by word."""
    sizes = [-(-field.width // 8) for field in fields[:-2]]
    return hashlib.sha256(
        b"".join(
            int(word, 16).to_bytes(size) for line in lines for word, size in zip(line.split(), sizes, strict=False)
        )
    ).hexdigest()


def vector_lines(path: Path, head: Head, written: VectorFormat) -> list[int]:
    """Which lines of a file hold vectors."""
    lines = path.read_text("ascii").splitlines(keepends=True)
    return [number for block in written.read(iter(lines), head.fields) for number in block.numbers]


def damaged(line: str, how: str) -> str:
    """A line whose last digit, one of the flags, is another, has no value or is missing, or that is none."""
    place = list(re.finditer(r"[0-9A-F](?![0-9A-Za-z])", line))[-1].start()
    digit = {"wrong": str(int(line[place], 16) & 1 ^ 1), "unknown": "x", "short": ""}.get(how)
    return "Error: timeout" if digit is None else line[:place] + digit + line[place + 1 :]


@pytest.mark.parametrize("written", TEXT, ids=lambda one: str(one.name))
@pytest.mark.parametrize("job", JOBS[1::2])
def test_every_corrupted_line_is_named(nfmt: Nfmt, tmp_path: Path, written: VectorFormat, job: str) -> None:
    """Counted, shown with its number and what was expected; the tally adds up."""
    path = made(nfmt, tmp_path, job, written)
    text = path.read_text("ascii").splitlines()
    numbers = vector_lines(path, Head((), fields_of(nfmt, job)), written)
    hurt = {n: how for start, how in enumerate(("wrong", "unknown", "short", "none"), 3) for n in numbers[start::10]}
    lines = [damaged(line, hurt[n]) if n in hurt else line for n, line in enumerate(text, 1)]
    path.write_text("\n".join(lines) + "\n", "ascii")
    status, out, err = nfmt("check --brief --max-shown 1000", path)
    assert (status, err) == (1, "")
    *shown, tally = out.splitlines()
    counts = {how: list(hurt.values()).count(how) for how in ("wrong", "unknown", "short", "none")}
    malformed = counts["short"] + counts["none"]
    assert f": {len(numbers) - malformed} vectors of " in tally
    wrong = counts["wrong"]
    assert tally.endswith(
        f", {malformed} malformed lines, {counts['unknown']} unknown, {wrong} wrong ({wrong} only in flags)"
    )
    assert [int(line.split(":")[1]) for line in shown] == sorted(hurt)
    for line in shown:
        number = int(line.split(":")[1])
        said = {"wrong": f"  expected {text[number - 1].strip()}", "unknown": "unknown: x or z in its result or flags"}
        assert said.get(hurt[number], "is malformed: expected ") in line
        assert hurt[number] not in ("short", "none") or re.search(r" digits as in .*, up to ", line)


def test_words_too_large_in_npz(nfmt: Nfmt, tmp_path: Path) -> None:
    path = made(nfmt, tmp_path, "add tf32", vecio.FORMATS["npz"])
    arrays = dict(np.load(path))
    arrays["a"][7] |= 1 << 19
    arrays["flags"][9] ^= 1
    np.savez(path, **arrays)
    status, out, _ = nfmt("check --brief", path)
    assert status == 1
    first, second, tally = out.splitlines()
    assert first.startswith(f"{path}:8: 'vector 8' is malformed: expected words up to a 7FFFF ")
    assert second.startswith(f"{path}:10: a=") and "  expected a=" in second
    assert tally.endswith(": 59 vectors of add tf32 to tf32, 1 malformed lines, 1 wrong (1 only in flags)")


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"a": np.zeros(3, np.uint32)}, "has no array 'b'"),
        ({"a": np.zeros(3, np.uint32), "b": np.zeros(2, np.uint32)}, "has no array 'result'"),
        ({"a": np.zeros(3, np.float32)}, "must be unsigned integers"),
        ({"a": np.zeros((3, 1), np.uint32)}, "in one dimension"),
        (dict.fromkeys(("a", "b", "result"), np.zeros(3, np.uint32)) | {"flags": np.zeros(2, np.uint8)}, "lengths"),
    ],
)
def test_npz_that_is_none(nfmt: Nfmt, tmp_path: Path, arrays: dict[str, np.ndarray], message: str) -> None:
    path = tmp_path / "v.npz"
    np.savez(path, **arrays)  # type: ignore[arg-type]
    assert message in nfmt.refused("check add binary32", path)
    path.write_bytes(b"PK")
    assert "is no NPZ file" in nfmt.refused("check add binary32", path)


@pytest.mark.parametrize("written", FORMATS, ids=lambda one: str(one.name))
def test_count_and_hash_are_verified(nfmt: Nfmt, tmp_path: Path, written: VectorFormat) -> None:
    """Fewer vectors than the header says, and other operands with right results."""
    other = made(nfmt, tmp_path, "add binary16", written)
    data = other.read_bytes()
    again = made(nfmt, tmp_path, "add binary16", written)
    assert again.read_bytes() == data
    if written.binary:
        arrays = dict(np.load(other))
        np.savez(other, **{name: array if array.ndim == 0 else array[:50] for name, array in arrays.items()})
        swapped = dict(arrays, a=arrays["b"], b=arrays["a"])
    else:
        lines = data.decode().splitlines(keepends=True)
        head = Head((), fields_of(nfmt, "add binary16"))
        numbers = vector_lines(other, head, written)
        other.write_text("".join(lines[: numbers[50] - 1] + lines[numbers[-1] :]), "ascii")
    status, out, _ = nfmt("check", other)
    assert status == 1
    assert f"{other}: its header counts 60 vectors: 50 are there" in out.splitlines()
    if written.binary:
        np.savez(other, **swapped)
    else:
        lines[numbers[20] - 1], lines[numbers[30] - 1] = lines[numbers[30] - 1], lines[numbers[20] - 1]
        other.write_text("".join(lines), "ascii")
    status, out, _ = nfmt("check", other)
    assert status == 1
    assert "operands are not those that its header's sha256 is of" in out.splitlines()[-2]


def test_results_may_be_replaced(nfmt: Nfmt, tmp_path: Path) -> None:
    """The hash is of the stimuli: wrong results are wrong, and nothing else."""
    path = made(nfmt, tmp_path, "mul binary16", vecio.FORMATS["testfloat"])
    path.write_text(re.sub(r"(?m)^(\w{4} \w{4}) .*", r"\1 0000 00", path.read_text("ascii")), "ascii")
    status, out, _ = nfmt("check --max-shown 0", path)
    assert status == 1 and "header" not in out


def test_no_seal_where_nothing_can_be_rewound(nfmt: Nfmt) -> None:
    for name, written in vecio.FORMATS.items():
        if not written.binary:
            lines = nfmt.lines(f"gen add e4m3fn -n 9 --as {name} -o -")
            assert "numfmt-vectors" in lines[0]
            assert not any("sha256" in line for line in lines)
            assert not any("numfmt-vectors" in line for line in nfmt.lines(f"gen add e4m3fn -n 9 --as {name}"))


def test_bare_file_of_every_format(nfmt: Nfmt, tmp_path: Path) -> None:
    for written in FORMATS:
        path = made(nfmt, tmp_path, "add e4m3fn --bare", written)
        assert b"numfmt-vectors" not in path.read_bytes()
        assert "does not begin with a numfmt header" in nfmt.refused("check", path)
        assert nfmt.lines("check add e4m3fn --to e4m3fn", path)[-1].endswith(", 0 wrong")


@pytest.mark.parametrize("name", ["c", "systemverilog", "vhdl"])
def test_an_array_needs_a_vector(nfmt: Nfmt, tmp_path: Path, name: str) -> None:
    assert "needs at least one" in nfmt.refused(f"gen add e4m3fn -n 0 --as {name} -o", tmp_path / "v")
    assert list(tmp_path.iterdir()) == []
    path = made(nfmt, tmp_path, "add e4m3fn", vecio.FORMATS[name], 1)
    assert nfmt.lines("check", path)[-1].endswith(": 1 vectors of add float8_e4m3fn to float8_e4m3fn, 0 wrong")


@pytest.mark.parametrize("written", FORMATS, ids=lambda one: str(one.name))
def test_blocks_of_any_size(written: VectorFormat) -> None:
    """A file is the same however its vectors were put together."""
    fields = (Field("a", 70, ""), Field("result", 9, ""), Field("flags", 5, ""))
    columns = [digits.words([word << 61 for word in range(299)], 70), digits.words(list(range(299)), 9)]
    columns.append(columns[1] & np.uint64(31))
    whole, parts = io.BytesIO(), io.BytesIO()
    head = Head(("op",), fields, "name", columns[0].size, 0)
    written.write(whole, head, [columns])
    ends = (0, 1, 7, 100, columns[0].size)
    written.write(parts, head, [[one[i:j] for one in columns] for i, j in itertools.pairwise(ends)])
    assert parts.getvalue() == whole.getvalue()


def test_c_header_compiles(nfmt: Nfmt, tmp_path: Path) -> None:
    """As strict C11, twice in one program; a program prints what TestFloat's lines say."""
    for number, job in enumerate(JOBS):
        fields, lines = fields_of(nfmt, job), nfmt.lines(f"gen {job} -n 60")
        nfmt.lines(f"gen {job} -n 60 -o", tmp_path / f"v{number}.h")
        name = re.search(r"(\w+)_vectors\[\]", (tmp_path / f"v{number}.h").read_text("ascii"))
        assert name
        prints = "".join(printed(field, f"{name[1]}_vectors[i]") for field in fields)
        source = f'#include <stdio.h>\n#include <inttypes.h>\n#include "v{number}.h"\n#include "v{number}.h"\n'
        source += f"int main(void) {{\n  for (size_t i = 0; i < {name[1]}_count; i++) {{\n{prints}"
        (tmp_path / "main.c").write_text(source + '    printf("\\n");\n  }\n  return 0;\n}\n', "ascii")
        flags = ["-std=c11", "-Wall", "-Wextra", "-pedantic", "-Werror"]
        subprocess.run(["gcc", *flags, "-o", tmp_path / "main", tmp_path / "main.c"], check=True)
        done = subprocess.run([tmp_path / "main"], check=True, capture_output=True, text=True)
        assert [line.split() for line in done.stdout.splitlines()] == [line.split() for line in lines]


def printed(field: Field, vector: str) -> str:
    """A statement of C that prints a field in hexadecimal."""
    count, member = -(-field.width // 4), f"{vector}.{field.name}"
    if field.width <= 64:
        return f'    printf(" %0{count}" PRIX64, (uint64_t){member});\n'
    return f'    printf(" %0{count - 16}" PRIX64 "%016" PRIX64, {member}.hi, {member}.lo);\n'


WIDTHS = st.lists(st.sampled_from((1, 4, 5, 8, 11, 19, 32, 63, 64, 65, 80, 128)), min_size=3, max_size=5)


@st.composite
def tables(draw: st.DrawFn) -> tuple[tuple[Field, ...], list[list[int]]]:
    """Fields of any widths, and columns of words."""
    widths = draw(WIDTHS)
    names = [*"abc"[: len(widths) - 2], "result", "flags"]
    size = draw(st.integers(1, 9))
    columns = [draw(st.lists(st.integers(0, (1 << width) - 1), min_size=size, max_size=size)) for width in widths]
    return tuple(Field(name, width, "") for name, width in zip(names, widths, strict=True)), columns


@given(tables())
def test_columns_of_any_widths(table: tuple[tuple[Field, ...], list[list[int]]]) -> None:
    """Words come back as they were, whatever their width, in every format."""
    fields, columns = table
    arrays = [digits.words(column, field.width) for field, column in zip(fields, columns, strict=True)]
    head = Head(("op",), fields, "name", len(columns[0]), 0)
    for written in FORMATS:
        stream = io.BytesIO()
        written.write(stream, head, [arrays])
        data = stream.getvalue()
        said, rest = written.read_head(io.BytesIO(data) if written.binary else text_of(data))
        assert said is not None and said.count == len(columns[0])
        blocks = list(written.read(rest, fields))
        got = [[code_int(word) for block in blocks for word in block.columns[i]] for i in range(len(fields))]
        assert got == columns, written.name
        digest = Digest(fields)
        for block in blocks:
            digest.add(block.columns)
        assert digest.hexdigest() == said.digest
