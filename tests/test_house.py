# SPDX-License-Identifier: BSD-3-Clause
"""House rules that a reader would otherwise check by hand: names, sizes, who imports what."""

from __future__ import annotations

import ast
import functools
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

import numfmt as nf

PACKAGE = Path(nf.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
C_FILES = sorted((Path(__file__).parent.parent / "c").rglob("*.[ch]"))
SOURCES = MODULES + C_FILES
BINDINGS = {"ffi", "lib", "_numfmt"}
MAX_FUNCTION, MAX_FILE = 60, 400


class Seen(NamedTuple):
    """What the syntax tree of a module has: lines of asserts and of ffi or lib, and each function's lines of code."""

    asserts: list[int]
    bindings: list[int]
    functions: list[tuple[str, int]]


def is_binding(node: ast.AST) -> bool:
    """Does this import or use ffi and lib?"""
    if isinstance(node, ast.ImportFrom):
        return node.module == "numfmt._numfmt" or bool({alias.name for alias in node.names} & BINDINGS)
    if isinstance(node, ast.Import):
        return bool({alias.name for alias in node.names} & {"numfmt._numfmt", "cffi"})
    return isinstance(node, ast.Attribute) and node.attr in BINDINGS


@functools.cache
def seen(path: Path) -> Seen:
    """A docstring is no code."""
    found = Seen([], [], [])
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if is_binding(node):
            found.bindings.append(getattr(node, "lineno", 0))
        if isinstance(node, ast.Assert):
            found.asserts.append(node.lineno)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            doc = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
            skipped = (first.end_lineno or 0) - first.lineno + 1 if doc else 0
            found.functions.append((node.name, (node.end_lineno or 0) - node.lineno + 1 - skipped))
    return found


def name_of(path: Path) -> str:
    return "/".join(path.parts[-2:])


def test_there_are_sources() -> None:
    assert len(MODULES) > 8
    assert len(C_FILES) > 8


def test_no_module_is_called_like_a_public_name() -> None:
    """`numfmt.encode` must never be a module for someone and a function for others."""
    modules = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in MODULES}
    assert modules & set(nf.__all__) == set()


def test_public_names_are_there_and_sorted() -> None:
    assert all(hasattr(nf, name) for name in nf.__all__)
    assert len(set(nf.__all__)) == len(nf.__all__)
    public = {name for name, value in vars(nf).items() if not name.startswith("_") and not hasattr(value, "__path__")}
    modules = {path.stem for path in PACKAGE.iterdir()}
    assert public - modules - set(nf.__all__) == set()


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_bind_knows_ffi_and_lib(path: Path) -> None:
    assert path.name.startswith("_bind") or seen(path).bindings == []


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_assert_outside_tests(path: Path) -> None:
    assert seen(path).asserts == []


def c_functions(path: Path) -> list[tuple[str, int]]:
    """(name, lines) of each definition: from a name in column 0 to the brace in column 0 that ends it."""
    found, start, name = [], 0, ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if match := re.match(r"[A-Za-z][^;=]*?\b(\w+)\(", line):
            start, name = number, match[1]
        if line.startswith("}") and name:
            found.append((name, number - start + 1))
            name = ""
    return found


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_size(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_FILE
    functions = seen(path).functions if path.suffix == ".py" else c_functions(path)
    assert [(name, lines) for name, lines in functions if lines > MAX_FUNCTION] == []


def test_functions_are_found() -> None:
    """The guard above sees what it guards."""
    assert "encode" in dict(seen(PACKAGE / "codec.py").functions)
    by_file = {path.name: dict(c_functions(path)) for path in C_FILES}
    assert by_file["nf_map.c"]["nf_convert_by"] > 5
    assert "nfi_round_pack" in by_file["nf_round.c"]


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_first_line_is_the_licence(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first in ("# SPDX-License-Identifier: BSD-3-Clause", "/* SPDX-License-Identifier: BSD-3-Clause")


def modules_after(code: str) -> set[str]:
    program = f"{code}\nimport sys\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-I", "-c", program], check=True, capture_output=True, text=True)
    return set(done.stdout.split())


def test_import_adds_little_to_numpy() -> None:
    """By count, which no machine's load can change: numfmt's own modules and the few that they need."""
    added = modules_after("import numfmt") - modules_after("import numpy")
    foreign = {name.split(".")[0] for name in added} - {"numfmt"}
    allowed = {
        *("__future__", "_cffi_backend", "fractions", "decimal", "_decimal", "numbers", "dataclasses", "copy"),
        *("inspect", "dis", "opcode", "_opcode", "importlib", "tokenize", "token", "linecache", "ast", "_ast"),
    }
    assert foreign <= allowed
    own = {name for name in added if name.startswith("numfmt.")}
    names = ("__main__", "benchmark", "checking", "columns", "command", "generate", "jobs", "landmarks", "related")
    explains = ("examination", "faults", "position", "reasons", "cover", "evidence", "scoreboard")
    others = ("integers", "quantize", "tables", "timing", "tuples", "vecio")
    command_only = {f"numfmt.{name}" for name in (*names, *explains, *others)}
    assert "numfmt.codec" in own
    assert own & command_only == set()
