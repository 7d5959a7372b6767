# SPDX-License-Identifier: BSD-3-Clause
"""What an installation holds: one stable-ABI module, and a C library that exports the header and nothing else."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import sysconfig
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Any

import pytest

import numfmt
import numfmt.integers
import numfmt.quantize

DISTRIBUTION = "numfmt-exact"
PACKAGE = Path(numfmt.__file__).parent
INCLUDE = PACKAGE / "include"
STATIC = PACKAGE / "lib" / "libnumfmt.a"
SHARED = PACKAGE / "lib" / "libnumfmt.so"
STABLE_ABI = not sysconfig.get_config_var("Py_GIL_DISABLED")

C_PROGRAM = """
#include <stdio.h>
#include "numfmt.h"
int main(void) { return puts(nf_version()) < 0; }
"""


def output(*command: str | Path) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def prototypes() -> set[str]:
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(INCLUDE.glob("*.h")))
    code = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    return set(re.findall(r"\b(nf_\w+)\(", code))


def symbols(library: Path, *options: str) -> list[tuple[str, str]]:
    """`nm`'s (name, type) pairs; a type in capitals is global."""
    return re.findall(r"^(\S+) ([A-Za-z])\b", output("nm", "-P", *options, library), flags=re.MULTILINE)


def is_editable(installed: Distribution) -> bool:
    origin = json.loads(installed.read_text("direct_url.json") or "{}")
    return bool(origin.get("dir_info", {}).get("editable"))


@pytest.fixture(scope="module")
def installed() -> Distribution:
    return distribution(DISTRIBUTION)


def test_version(installed: Distribution) -> None:
    assert installed.version == numfmt.__version__


def test_what_is_tested_is_what_is_installed(installed: Distribution) -> None:
    """`pytest` in a checkout, beside an installation that is not editable, must not pick up the sources."""
    if is_editable(installed):
        assert Path(__file__).parent.parent / "numfmt" == PACKAGE
    else:
        assert Path(str(installed.locate_file("numfmt"))) == PACKAGE


@pytest.mark.skipif(not STABLE_ABI, reason="free-threaded CPython has no stable ABI")
def test_wheel_is_abi3(installed: Distribution) -> None:
    tag = re.findall(r"^Tag: (.*)$", installed.read_text("WHEEL") or "", flags=re.MULTILINE)
    assert [t for t in tag if t.startswith("cp311-abi3-") and not t.endswith("-any")] == tag != []
    assert (PACKAGE / "_numfmt.abi3.so").is_file()


def test_wheel_content(installed: Distribution) -> None:
    headers = [f"include/numfmt{part}.h" for part in ("", "_integers", "_quantize", "_status")]
    wanted = [*headers, "lib/libnumfmt.a", "lib/libnumfmt.so", "py.typed", "_numfmt.pyi"]
    assert [name for name in wanted if not (PACKAGE / name).is_file()] == []
    if not is_editable(installed):
        recorded = {str(path) for path in installed.files or ()}
        suffix = ".abi3.so" if STABLE_ABI else str(sysconfig.get_config_var("EXT_SUFFIX"))
        assert {f"numfmt/{name}" for name in [*wanted, f"_numfmt{suffix}"]} <= recorded
        assert not [name for name in recorded if name.endswith((".c", ".o")) or "build_ext" in name]


def test_shared_library_exports_the_header() -> None:
    assert {name for name, _ in symbols(SHARED, "-D", "--defined-only")} == prototypes()


def test_static_library_exports_the_header() -> None:
    names = {name for name, kind in symbols(STATIC, "--defined-only") if kind.isupper()}
    assert names >= prototypes()
    assert [name for name in names - prototypes() if not name.startswith("nfi_")] == []


def test_library_needs_only_memory_and_strings() -> None:
    """No Python, no allocation, no errno, no floating-point environment; `__*` are the compiler's own helpers."""
    defined = {name for name, _ in symbols(STATIC, "--defined-only")}
    needed = {name for name, _ in symbols(STATIC, "--undefined-only")} - defined
    allowed = re.compile(r"mem(cmp|cpy|move|set)|str(n?cmp|len|c?spn)|_GLOBAL_OFFSET_TABLE_|__(?!errno)\w+")
    assert [name for name in needed if not allowed.fullmatch(name)] == []
    assert [name for name, _ in symbols(SHARED, "-D") if re.match(r"_?Py", name)] == []


def test_library_has_no_writable_data() -> None:
    """Read-only data that holds addresses is in .data.rel.ro: the loader fills it in and then protects it."""
    sections = re.findall(r"^(\.\S+)\s+(\d+)", output("size", "-A", STATIC), flags=re.MULTILINE)
    filled = {section for section, size in sections if int(size)}
    assert ".text" in filled
    assert [s for s in filled if re.match(r"\.t?(data|bss)\b(?!\.rel\.ro)", s)] == []
    assert [name for name, kind in symbols(STATIC) if kind == "C"] == []


@pytest.mark.parametrize("library", [STATIC, SHARED], ids=lambda path: path.suffix)
def test_c_program_links(tmp_path: Path, library: Path) -> None:
    source, program = tmp_path / "program.c", tmp_path / "program"
    source.write_text(C_PROGRAM, encoding="ascii")
    strict = ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]
    output("cc", *strict, f"-I{INCLUDE}", source, library, f"-Wl,-rpath,{library.parent}", "-o", program)
    assert output(program) == f"{numfmt.__version__}\n"


@pytest.mark.parametrize("module", [numfmt, numfmt.quantize, numfmt.integers])
def test_public_names_are_listed(module: Any) -> None:
    """Those imported late too, so that help and completion show them."""
    assert set(module.__all__) <= set(dir(module))
    assert all(hasattr(module, name) for name in dir(module))


def test_import_is_lean() -> None:
    """The table printer rich belongs to the command; the peers belong to the tests."""
    code = "import sys, numfmt; print(*{'rich', 'ml_dtypes', 'gfloat', 'mpmath', 'torch'} & set(sys.modules))"
    assert output(sys.executable, "-I", "-c", code).split() == []
