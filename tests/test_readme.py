# SPDX-License-Identifier: BSD-3-Clause
"""What the README claims."""

from __future__ import annotations

import ast
import doctest
import re
from pathlib import Path

import numfmt as nf
from numfmt import modes
from numfmt.__main__ import main

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_python_examples() -> None:
    blocks = "\n".join(re.findall(r"```python\n(.*?)```", README, re.DOTALL))
    test = doctest.DocTestParser().get_doctest(blocks, {}, "README", "README.md", 0)
    assert len(test.examples) > 10
    assert doctest.DocTestRunner(verbose=False).run(test).failed == 0


def test_package_docstring() -> None:
    assert doctest.testmod(nf).failed == 0


def test_environment_table_names_every_value() -> None:
    for name, values in (
        ("rounding", modes.ROUNDINGS),
        ("overflow", modes.OVERFLOWS),
        ("tininess", modes.TININESSES),
        ("nan", modes.NAN_PROFILES),
        ("nan_substitute", modes.NAN_SUBSTITUTES),
        ("ftz", modes.FTZS),
        ("int_overflow", modes.INT_OVERFLOWS),
    ):
        assert f"| `{name}` | {' '.join(f'`{value}`' for value in values)} |" in README


def test_named_tests_exist() -> None:
    wanted = set(re.findall(r"\| `(test_\w+)` \|", README))
    assert wanted
    for path in (ROOT / "tests").glob("test_*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        wanted -= {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert not wanted


def test_files_named_exist() -> None:
    for name in re.findall(r"`((?:c|numfmt|tests)/[\w./]+\.\w+)`", README):
        assert (ROOT / name).is_file(), name


def test_first_lines_of_the_vector_file(tmp_path: Path) -> None:
    block = re.search(r"```\n(# numfmt-vectors.*?)```", README, re.DOTALL)
    assert block is not None
    main(["gen", "convert", "binary32", "--to", "e4m3fn", "-o", str(tmp_path / "e4m3fn.tf")])
    assert (tmp_path / "e4m3fn.tf").read_text(encoding="ascii").startswith(block[1])
