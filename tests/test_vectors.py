# SPDX-License-Identifier: BSD-3-Clause
"""Every file under vectors/ replays exactly, and is what its generator makes."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import Any

import make_op_vectors
import make_vectors
import numpy as np
import pytest
from compare import as_codes, assert_op_same, assert_same
from oracle_ops import OPS, int_type

import numfmt as nf
from numfmt.__main__ import main

ROOT = Path(__file__).parent.parent / "vectors"
MANIFEST = tomllib.loads((ROOT / "MANIFEST.toml").read_text(encoding="ascii"))
EVERY: list[dict[str, Any]] = MANIFEST["file"]
ENTRIES = [entry for entry in EVERY if entry["op"] == "convert"]
OPERATIONS = [entry for entry in EVERY if entry["op"] != "convert"]


def columns(name: str) -> list[list[int]]:
    """Operands, results and flags of a file."""
    lines = (ROOT / name).read_text(encoding="ascii").splitlines()[1:]
    return [[int(word, 16) for word in column] for column in zip(*(line.split() for line in lines), strict=True)]


def test_manifest_lists_every_file() -> None:
    assert sorted(entry["name"] for entry in EVERY) == sorted(
        path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.tf")
    )


@pytest.mark.parametrize("destination", sorted({entry["formats"][1] for entry in ENTRIES}))
def test_replay(destination: str) -> None:
    for entry in (entry for entry in ENTRIES if entry["formats"][1] == destination):
        src, dst = (nf.format(name) for name in entry["formats"])
        env = nf.Env(**entry["env"])
        operands, codes, flags = columns(entry["name"])
        assert len(operands) == entry["count"]
        got = nf.convert(np.array(operands, src.dtype), src, dst, env=env, flags=True)
        assert_same(src, dst, env, operands, got, (codes, flags))


def kind_of(name: str) -> Any:
    """The format; an integer type stays a name."""
    return name if name.startswith(("int", "uint")) else nf.format(name)


def array_of(kind: Any, codes: list[int]) -> Any:
    if isinstance(kind, str):
        integers = int_type(kind)
        return np.array([integers.number(code) for code in codes], kind)
    return as_codes(kind, codes)


@pytest.mark.parametrize("op", sorted({entry["op"] for entry in OPERATIONS}))
def test_replay_operation(op: str) -> None:
    for entry in (entry for entry in OPERATIONS if entry["op"] == op):
        types, to = [kind_of(name) for name in entry["formats"]], kind_of(entry["to"]) if "to" in entry else None
        env = nf.Env(**entry["env"])
        *operands, results, flags = columns(entry["name"])
        assert len(results) == entry["count"]
        arrays = [array_of(kind, codes) for kind, codes in zip(types, operands, strict=True)]
        got = nf.apply(op, arrays, tuple(types), to=to, env=env, flags=True)
        wanted = array_of(to, results) if to else np.array(results)
        assert_op_same(op, types, to, env, arrays, got, (wanted, flags))


def test_every_operation_has_its_files() -> None:
    assert {entry["op"] for entry in EVERY} == set(OPS)
    for entry in OPERATIONS:
        assert 50 <= entry["count"] <= 400, entry["name"]
    assert sum((ROOT / entry["name"]).stat().st_size for entry in OPERATIONS) < 2_500_000


def test_tininess_decides_in_its_files() -> None:
    """A file of tininess before differs from the file of tininess after for the same operands, in flags alone."""
    names = [entry["name"] for entry in OPERATIONS if entry["env"].get("tininess") == "before"]
    assert {Path(name).parent.name for name in names} == set(make_op_vectors.TININESS)
    for name in names:
        *before, flags_before = columns(name)
        *after, flags_after = columns(name.replace(".before", ""))
        assert before == after, name
        assert sum(a != b for a, b in zip(flags_before, flags_after, strict=True)) >= 4, name


def test_checksums() -> None:
    for entry in EVERY:
        assert hashlib.sha256((ROOT / entry["name"]).read_bytes()).hexdigest() == entry["sha256"], entry["name"]


def test_generator_makes_the_committed_bytes(tier: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every third small destination and a sample of its files in plain runs, all of them from ``full`` on."""
    if tier == "quick":
        some = [dst for dst in make_vectors.DESTINATIONS if dst.params.width <= 8][::3]
        monkeypatch.setattr(make_vectors, "DESTINATIONS", some)
    destinations = {dst.name for dst in make_vectors.DESTINATIONS}
    files = list(make_vectors.files())
    assert [file.name for file in files] == [e["name"] for e in ENTRIES if e["formats"][1] in destinations] != []
    for file in files if tier != "quick" else files[5::23]:
        assert (ROOT / file.name).read_text(encoding="ascii") == file.text(), file.name


def test_generator_makes_the_operations_bytes(tier: str) -> None:
    operations = list(make_op_vectors.op_files())
    assert [file.name for file in operations] == [entry["name"] for entry in OPERATIONS]
    for operation in operations if tier != "quick" else operations[3::61]:
        assert (ROOT / operation.name).read_text(encoding="ascii") == operation.text(), operation.name


def test_the_command_checks_them(capsys: pytest.CaptureFixture[str]) -> None:
    for entry in ENTRIES[::50]:
        assert main(["check", str(ROOT / entry["name"])]) == 0
    assert "0 wrong" in capsys.readouterr().out
