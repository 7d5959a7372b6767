# SPDX-License-Identifier: BSD-3-Clause
"""The public headers, as cffi and the C compiler understood them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import numfmt
from numfmt._numfmt import ffi, lib

HEADERS = sorted((Path(__file__).parent.parent / "c" / "include").glob("*.h"))
TEXTS = {path.name: path.read_text(encoding="utf-8") for path in HEADERS}
CODE = re.sub(r"/\*.*?\*/", "", "".join(TEXTS.values()), flags=re.DOTALL)


def test_installed_headers_are_these() -> None:
    """If this fails the installation is stale: install again before believing any other test."""
    installed = (Path(numfmt.__file__).parent / "include").glob("*.h")
    assert {path.name: path.read_text(encoding="utf-8") for path in installed} == TEXTS


def test_cffi_sees_every_function() -> None:
    assert {name for name in dir(lib) if name.startswith("nf_")} == set(re.findall(r"\b(nf_\w+)\(", CODE))


def test_cffi_sees_every_constant() -> None:
    enumerators = re.findall(r"\b(NF_\w+) = (-?\w+)", CODE)
    macros = re.findall(r"^#define (NF_\w+) (\w+)$", CODE, flags=re.MULTILINE)
    assert {name: int(value, 0) for name, value in enumerators + macros} == {
        name: getattr(lib, name) for name in dir(lib) if name.startswith("NF_")
    }


def test_every_status_has_its_sentence() -> None:
    statuses = re.findall(r"\b(?:NF_OK|NF_ERR_\w+) = (-?\d+)", CODE)
    sentences = [ffi.string(lib.nf_status_text(int(status))).decode("ascii") for status in statuses]
    assert all(sentences)
    assert len(set(sentences)) == len(statuses)


@pytest.mark.parametrize("name", ["nf_format", "nf_code", "nf_landmarks", "nf_env", "nf_result", "nf_parts"])
def test_plain_data_has_no_padding(name: str) -> None:
    """Every byte of a descriptor is a field, so that descriptors compare by value."""
    assert sum(ffi.sizeof(field.type) for _, field in ffi.typeof(name).fields) == ffi.sizeof(name)
