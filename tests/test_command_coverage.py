# SPDX-License-Identifier: BSD-3-Clause
"""nfmt coverage and check: what headers say, percentages, JSON, standard input once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commandline import Nfmt, nfmt_fixture

__all__ = ["nfmt_fixture"]


@pytest.fixture(name="path")
def path_fixture(nfmt: Nfmt, tmp_path: Path) -> Path:
    path = tmp_path / "v.tf"
    nfmt.lines("gen mul e4m3fn --rounding toward_zero -n 300 -o", path)
    return path


def test_header_is_verified(nfmt: Nfmt, path: Path) -> None:
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:-1]))
    status, _, err = nfmt("coverage", path)
    assert (status, err) == (1, f"{path}: its header counts 300 vectors: 299 are there\n")
    path.write_text("".join([*lines[:-2], lines[-1], lines[-2]]))
    status, out, err = nfmt("coverage --json", path)
    assert status == 1 and "sha256" in err
    assert "sha256" in json.loads(out)["files"][0]["remark"]


def test_required_percentage_is_not_rounded_up(nfmt: Nfmt, path: Path) -> None:
    status, out, _ = nfmt("coverage --json --require 0", path)
    found = json.loads(out)
    assert (status, found["status"], found["required"]) == (0, 0, 0)
    assert found["together"] == found["files"][0]["percent"] < 100
    status, _, err = nfmt("coverage --require 99.99999", path)
    assert status == 1
    said = err.split()[0]
    assert err == f"{said} percent: below --require 99.99999\n"
    assert found["together"] - 0.001 <= float(said) <= found["together"]


def test_refusals(nfmt: Nfmt, tmp_path: Path) -> None:
    assert "- stands twice" in nfmt.refused("coverage mul e4m3fn - -")
    assert "- stands twice" in nfmt.refused("check mul e4m3fn - --against -")
    (tmp_path / "v").write_text("")
    assert "no vectors in it" in nfmt.refused("coverage mul e4m3fn", tmp_path / "v")
    assert "'nfmt coverage convert" in nfmt.refused("coverage", tmp_path / "v")
    assert "'nfmt check convert" in nfmt.refused("check", tmp_path / "v")


def test_header_that_says_something_else(nfmt: Nfmt, path: Path, tmp_path: Path) -> None:
    said = f"{path}: its header says mul float8_e4m3fn --to float8_e4m3fn --rounding toward_zero\n"
    status, out, _ = nfmt("check --brief mul e4m3fn", path)
    assert status == 1 and out.startswith(said)
    assert nfmt("coverage mul e4m3fn", path)[2] == said
    assert nfmt("check mul e4m3fn --rounding toward_zero", path)[1].count("\n") == 1
    other = tmp_path / "w.tf"
    nfmt.lines("gen mul e4m3fn -n 300 -o", other)
    status, out, _ = nfmt("check --brief --against", other, path)
    assert status == 1 and out.startswith(said)
