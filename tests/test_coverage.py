# SPDX-License-Identifier: BSD-3-Clause
"""Coverage as a user meets it: ``gen --style coverage``, ``nfmt coverage``, ``Coverage``, exhaustive files resumed."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest
from commandline import Nfmt, nfmt_fixture

import numfmt as nf
from numfmt import jobs, stimuli
from numfmt.cover import generator
from numfmt.cover.coverage import Coverage
from numfmt.generate import BLOCK

__all__ = ["nfmt_fixture"]

README = Path(__file__).parent.parent / "README.md"
#: Vectors, and those among them whose result or flags depend on the rule for ties and for tininess: what TestFloat's
#: generator delivers, recorded.  None: not recorded.
TESTFLOAT = {
    ("f32_mul", 1): (46_464, 56, 24),
    ("f32_add", 1): (46_464, 811, 0),
    ("f16_mul", 1): (46_464, 174, 26),
    ("f32_to_f16", 1): (600, 1, 0),
    ("f32_to_f16", 2): (8_800, 25, 0),
    ("f32_to_bf16", 1): (600, 0, None),
    ("f32_to_bf16", 2): (8_800, 64, 72),
    ("f64_to_f32", 1): (768, 0, 7),
    ("f32_div", 1): (46_464, 40, 0),
    ("f16_div", 1): (46_464, 42, 0),
}
JOBS = {
    "f32_mul": ("mul", "binary32", None),
    "f32_add": ("add", "binary32", None),
    "f16_mul": ("mul", "binary16", None),
    "f32_to_f16": ("convert", "binary32", "binary16"),
    "f32_to_bf16": ("convert", "binary32", "bfloat16"),
    "f64_to_f32": ("convert", "binary64", "binary32"),
    "f32_div": ("div", "binary32", None),
    "f16_div": ("div", "binary16", None),
}


def counts_of(coverage: Coverage, *names: str) -> list[int]:
    """Hits of bins of ``tells_apart``; 0 for those that the job lacks."""
    found = {one.name: one.hits for one in coverage.bins() if one.point == "tells_apart"}
    return [found.get(name, 0) for name in names]


def covered(op: str, formats: str, to: str | None, env: nf.Env | None = None, hits: int = 1) -> Coverage:
    job = jobs.job(op, formats, to, env or nf.Env())
    made = Coverage(job)
    for codes, random in stimuli.stimuli("coverage", job, None, 1, hits=hits)[1]:
        made.add_codes(codes, random)
    return made


@pytest.mark.parametrize(
    "function", ["f32_to_f16", *(pytest.param(name, marks=pytest.mark.full) for name in JOBS if name != "f32_to_f16")]
)
def test_more_sensitive_vectors_than_testfloat(function: str) -> None:
    """Per vector as many decide the rule for ties, of conversions, products and quotients far more, and some the rule
    for tininess wherever any can: TestFloat has none for binary32 -> binary16.

    Quotients of one format are never midpoints in the normal range, so ties of a division are subnormal.
    """
    made = covered(*JOBS[function])
    ties, tiny = counts_of(made, "rounds_ties_away", "tininess_swapped")
    for (name, _), (vectors, their_ties, their_tiny) in TESTFLOAT.items():
        if name == function:
            factor = 0.9 if name == "f32_add" else 2
            assert ties / made.vectors > factor * their_ties / vectors
            assert tiny > 0 or not their_tiny
    shown = f"| {function} | "
    row = next((line for line in README.read_text("utf-8").splitlines() if line.startswith(shown)), None)
    assert row is None or f"| {ties} / {tiny} of {made.vectors} " in row
    assert ties >= 3
    assert (tiny >= 2) == (function not in ("f32_add", "f32_div", "f16_div"))


@pytest.mark.parametrize(
    "case",
    [
        pytest.param("fma e4m3fn,e5m2,binary32 --to bfloat16", marks=pytest.mark.full),
        "mul e4m3fn,e5m2 --to bfloat16",
        pytest.param("mul binary32 --rounding toward_positive --tininess before", marks=pytest.mark.full),
        "convert binary32 --to e4m3fn --rounding stochastic_b --random-bits-count 5",
        "to_int binary32 --to int32",
        "lt binary16",
        pytest.param("add tf32@tf32_b32 --overflow saturate", marks=pytest.mark.full),
    ],
)
def test_coverage_file(nfmt: Nfmt, tmp_path: Path, case: str) -> None:
    """Small, right, made again by its header, and it hits every bin within reach."""
    path, again = tmp_path / "v.tf", tmp_path / "w.tf"
    assert nfmt.lines(f"gen {case} --style coverage -o", path) == []
    head = path.read_text().splitlines()[0]
    assert head.endswith("--style coverage --seed 1")
    assert nfmt.lines(f"gen {head.removeprefix('# numfmt-vectors 1 ')} -o", again) == []
    assert again.read_bytes() == path.read_bytes()
    assert len(path.read_text().splitlines()) < 3500
    assert nfmt.lines("check", path)[-1].endswith(", 0 wrong")
    status, out, err = nfmt("coverage --require 100", path)
    assert (status, err) == (0, "")
    assert "missed" not in out


@pytest.mark.full
def test_hits_of_each_bin(nfmt: Nfmt, tmp_path: Path) -> None:
    """-k, as far as there are vectors: what is one tuple of zeros or infinities cannot be hit twice."""
    path = tmp_path / "v.tf"
    assert nfmt.lines("gen convert binary32 --to binary16 --style coverage -k 3 --seed 5 -o", path) == []
    (report,) = json.loads("\n".join(nfmt.lines("coverage --json", path)))["files"]
    lines = path.read_text().splitlines()[2:]
    assert len(set(lines)) == len(lines) == report["vectors"]
    for point in ("rounding", "carry"):
        for name, entry in report["points"][point].items():
            assert entry["hits"] >= 3 or entry["status"] == "unreachable", (point, name)


def test_seed_and_count(nfmt: Nfmt, tmp_path: Path) -> None:
    first, second = (nfmt.lines(f"gen convert binary32 --to e5m2 --style coverage --seed {seed}") for seed in (1, 2))
    assert first != second
    assert nfmt.lines("gen convert binary32 --to e5m2 --style coverage -n 7") == first[:7]
    mixed = nfmt.lines("gen convert binary32 --to e5m2 --style mixed -n 500")
    assert mixed[: len(first)] == first
    assert len(mixed) == 500
    assert (
        len(
            nfmt.lines(
                "gen convert binary32 --to e5m2 --style mixed --rounding stochastic_a --random-bits-count 3 -n 700"
            )
        )
        == 700
    )
    refused = nfmt.refused("gen convert binary32 --to e5m2 -k 3")
    assert "-k is 3" in refused and "--style coverage" in refused
    assert "1 or more" in nfmt.refused("gen convert binary32 --to e5m2 --style coverage -k 0")


def test_two_files_side_by_side(nfmt: Nfmt, tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours.tf", tmp_path / "theirs.tf"
    nfmt.lines("gen convert binary32 --to binary16 --style coverage -o", ours)
    nfmt.lines("gen f32_to_f16 --bare --style random -n 600 -o", theirs)
    status, out, err = nfmt("coverage convert binary32 --to binary16", ours, theirs, "--require", "100")
    assert (status, err) == (0, "")
    assert "percent" in out and "100" in out
    status, out, _ = nfmt("coverage convert binary32 --to binary16 --require 99", theirs)
    assert status == 1
    assert "missed: tells_apart: " in out and "tininess_swapped" in out
    assert "unreachable: " in "\n".join(nfmt.lines("coverage --unreachable", ours))


def test_refusals(nfmt: Nfmt, tmp_path: Path) -> None:
    plain, other, broken = tmp_path / "plain.tf", tmp_path / "other.tf", tmp_path / "broken.tf"
    nfmt.lines("gen mul binary16 -n 5 --bare -o", plain)
    nfmt.lines("gen add binary16 -n 5 -o", other)
    broken.write_text("3C00 3C00 zz\n")
    assert "does not begin with a numfmt header" in nfmt.refused("coverage", plain)
    first = tmp_path / "first.tf"
    nfmt.lines("gen mul binary16 -n 5 -o", first)
    assert "another job" in nfmt.refused("coverage", first, other)
    assert "--require is 101" in nfmt.refused("coverage --require 101", other)
    assert f"{broken}:1" in nfmt.refused("coverage mul binary16", broken)
    assert "FILE" in nfmt.refused("coverage mul binary16")


def test_coverage_object() -> None:
    made = Coverage("mul", "e4m3fn")
    codes = np.arange(256, dtype=np.uint8)
    made.add(codes, 0x38)
    assert made.vectors == 256
    other = Coverage("mul", "e4m3fn")
    other.add(codes[:, None], codes)
    assert {one.status for one in other.bins()} == {"hit", "unreachable"}
    assert other.percent == 100
    assert made.percent < 100 and made.missed()
    made.update(other)
    assert (made.vectors, made.percent) == (256 + 65_536, 100)
    assert all("none of all 2^16 vectors" in one.reason for one in other.unreachable())
    with pytest.raises(ValueError, match="not the same job"):
        made.update(Coverage("add", "e4m3fn"))
    with pytest.raises(ValueError, match="mul takes 2"):
        made.add(codes)
    with pytest.raises(ValueError, match="element 0"):
        made.add([256], [1])


def test_what_was_delivered_decides_result_and_flags() -> None:
    """A device's answers: the bins about results are those of what it said."""
    made = Coverage("add", "e4m3fn")
    made.add([0x38], [0x38], results=[0x7E], flags=[5])
    hit = {(one.point, one.name) for one in made.bins() if one.hits}
    assert ("result", "+saturated") in hit and ("flags", "inexact|overflow") in hit


def test_environment_of_another_library() -> None:
    """compat has no exact result to look at: operands, results and flags are what is counted."""
    made = Coverage("convert", "binary32", to="e4m3fn", env=nf.Env.ml_dtypes())
    made.add(np.arange(0, 1 << 32, 104_729, dtype=np.uint64).astype(np.uint32))
    assert {one.point for one in made.bins()} >= {"operands", "result", "flags"}


@pytest.mark.parametrize("suffix", [".tf", ".memh", ".csv", ".jsonl"])
def test_exhaustive_goes_on_where_it_stopped(
    nfmt: Nfmt, tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped in the middle of a line, gone on, and the same bytes as in one run."""
    whole, path = tmp_path / f"whole{suffix}", tmp_path / f"v{suffix}"
    case = "gen add e2m3,e4m3fn,e2m1 --to e5m2 --rounding stochastic_a --random-bits-count 3 --style exhaustive"
    case = case.replace("add e2m3,e4m3fn,e2m1", "faa e2m3,e4m3fn,e2m1")
    assert nfmt.lines(f"{case} -o", whole) == []
    real, calls = jobs.Job.columns, []

    def stops(self: jobs.Job, *arguments: object) -> object:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(jobs.Job, "columns", stops)
    status, _, err = nfmt(f"{case} --resume -o", path)
    assert (status, err) == (130, f"nfmt: interrupted: the same command goes on with {path}.part\n")
    monkeypatch.setattr(jobs.Job, "columns", real)
    part = path.with_name(path.name + ".part")
    assert not path.exists() and part.stat().st_size > 2 * BLOCK
    with part.open("ab") as stream:
        stream.write(b"0123")
    err = nfmt.refused(case.replace("e5m2", "e4m3fn"), "--resume", "-o", path)
    assert "not begun with these arguments but with 'faa float6_e2m3fn," in err and "delete it" in err
    assert nfmt.lines(f"{case} --resume -o", path) == []
    assert not part.exists()
    part.write_bytes(path.read_bytes()[:40])  # less than its head
    assert nfmt.lines(f"{case} --resume -o", path) == []
    assert path.read_bytes() == whole.read_bytes().replace(b"whole", b"v")


def test_resume_refusals(nfmt: Nfmt, tmp_path: Path) -> None:
    assert "--style exhaustive" in nfmt.refused("gen add e2m1 --resume -o", tmp_path / "v.tf")
    assert "cannot grow" in nfmt.refused("gen add e2m1 --style exhaustive --resume -o", tmp_path / "v.npz")


@pytest.mark.full
@pytest.mark.parametrize("op", ["add", "mul", "div", "fma", "faa", "sqrt", "remainder", "scaleb"])
def test_coverage_set_of_binary32_takes_less_than_ten_seconds(op: str) -> None:
    start = time.perf_counter()
    made = generator.chosen(jobs.job(op, "binary32", None, nf.Env()), 1, 1)
    assert not made.lacking().any()
    assert time.perf_counter() - start < 10
