# SPDX-License-Identifier: BSD-3-Clause
"""nfmt check: damaged headers, the window of evidence, stochastic roundings without random bits."""

from __future__ import annotations

from pathlib import Path

import pytest
from commandline import Nfmt, nfmt_fixture

from numfmt import evidence

__all__ = ["nfmt_fixture"]


@pytest.mark.parametrize("suffix", ["tf", "memh", "csv", "h", "vhd"])
def test_damaged_second_line(nfmt: Nfmt, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"v.{suffix}"
    nfmt.lines("gen mul binary16 -n 20 -o", path)
    text = path.read_text()
    comment, _, seal = text.splitlines()[1].partition("count ")
    for damaged in ("count abc", f"count {seal.replace('sha256 ', 'sha256 g')}", f"cuont {seal}", "count"):
        path.write_text(text.replace(f"count {seal}", damaged, 1))
        status, out, err = nfmt("check", path)
        assert (status, err) == (1, "")
        assert f"{path}: its header's second line is damaged: '{damaged[:20]}" in out
    path.write_text(text.replace(f"{comment}count {seal}\n", "", 1))
    assert nfmt("check", path)[0] == 0
    path.write_text(text.replace("generator 2", "generator 1", 1))
    assert nfmt("check", path)[0] == 0


def test_evidence_begins_with_the_first_vector(nfmt: Nfmt, tmp_path: Path) -> None:
    lines = nfmt.lines("gen mul binary16 -n 811")
    lines[400] = f"{lines[400][:-2]}1F"
    path = tmp_path / "v"
    path.write_text("".join(f"{line}\n" for line in lines))
    _, out, _ = nfmt("check mul binary16", path)
    assert "(811 vectors from line 1 on, 1 of them wrong)" in out


def test_evidence_says_how_many_it_saw(nfmt: Nfmt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "LIMIT", 500)
    lines = nfmt.lines("gen mul binary16 -n 811")
    for row in (400, 700):
        lines[row] = f"{lines[row][:-2]}1F"
    path = tmp_path / "v"
    path.write_text("".join(f"{line}\n" for line in lines))
    _, out, _ = nfmt("check mul binary16", path)
    assert "(500 vectors from line 1 on, 1 of them wrong: 1 of 2 wrong ones looked at)" in out


def test_stochastic_without_random_bits(nfmt: Nfmt, tmp_path: Path) -> None:
    path = tmp_path / "v.tf"
    nfmt.lines("gen mul binary16 --rounding stochastic_a -n 500 -o", path)
    status, out, err = nfmt("coverage", path)
    assert (status, err) == (0, "")
    path.write_text(path.read_text().replace("7C00 05", "7BFF 05"))
    status, out, err = nfmt("check", path)
    assert (status, err) == (1, "")
    assert "suspected causes" in out and "explained" in out
