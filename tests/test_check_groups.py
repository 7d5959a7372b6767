# SPDX-License-Identifier: BSD-3-Clause
"""What nfmt check says of mismatches as a whole: likely causes, the bins where they lie, counts, JSON."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commandline import Nfmt, nfmt_fixture

from numfmt import evidence, jobs, tuples
from numfmt.checking import Trial
from numfmt.evidence import Evidence
from numfmt.faults import BY_NAME
from numfmt.jobs import Job
from numfmt.modes import Env
from numfmt.vecio import testfloat
from numfmt.vecio.layout import Head

__all__ = ["nfmt_fixture"]
Array = np.ndarray[Any, np.dtype[Any]]


def stimuli(job: Job, count: int) -> list[Array]:
    _, blocks = tuples.tuples("directed", job.op, job.types, job.result.type, count, 1)
    return [np.concatenate(column) for column in zip(*blocks, strict=True)]


def lines(job: Job, codes: list[Array], outcome: tuple[Array, Array]) -> list[str]:
    words = [one.words(array) for one, array in zip(job.operands, codes, strict=True)]
    return testfloat.FORMAT.lines(Head((), job.fields), [*words, *outcome], 1).decode().splitlines()


def device(job: Job, count: int, fault: str | Env) -> list[str]:
    """What a device delivers that has a fault of the table, or another environment."""
    codes = stimuli(job, count)
    if isinstance(fault, Env):
        return lines(job, codes, dataclasses.replace(job, env=fault).outcomes(codes))
    return lines(job, codes, BY_NAME[fault].outcomes(job, codes))


def write(path: Path, some: list[str]) -> Path:
    path.write_text("".join(f"{line}\n" for line in some), "utf-8")
    return path


def assert_adds_up(found: dict[str, Any]) -> None:
    count = found["counts"]
    assert count["vectors"] == count["right"] + count["wrong"] + count["unknown"] + count["elsewhere"]
    assert 0 <= count["wrong_flags_only"] <= count["wrong"]
    bad = sum(count[kind] for kind in ("wrong", "unknown", "elsewhere", "malformed", "extra"))
    assert len(found["lines"]) == min(bad, 20)
    assert found["status"] == int(bad > 0)


@pytest.mark.parametrize(
    ("what", "fault", "name", "point"),
    [
        ("mul bfloat16 --to bfloat16", Env(rounding="toward_zero"), "rounds_toward_zero", "rounding"),
        ("convert binary32 --to binary16", Env(tininess="before"), "tininess_swapped", "tininess"),
        ("add binary32 --to binary32", "sticky_lost", "sticky_lost", "rounding"),
        ("convert binary32 --to float8_e5m2", Env(overflow="saturate"), "overflow_saturate", "overflow"),
        ("add e4m3fn --to e4m3fn", "operands_swapped", None, None),
        ("sub e4m3fn --to e4m3fn", "operands_swapped", "operands_swapped", "result"),
        ("lt binary16", "magnitudes_compared", "magnitudes_compared", "operands"),
        ("to_int binary16 --to int8", "int_wrap", "int_wrap", "result"),
    ],
)
def test_cause_and_place(nfmt: Nfmt, tmp_path: Path, what: str, fault: str | Env, name: str, point: str) -> None:
    """The right cause comes first and explains all; where the mismatches lie, all vectors of some bin are wrong."""
    op, formats, *to = what.replace("--to ", "").split()
    job = jobs.job(op, formats, to[0] if to else None, Env())
    path = write(tmp_path / "v", device(job, 3000, fault))
    status, out, err = nfmt(f"check --json {what}", path)
    found = json.loads(out)
    assert (status, err) == (int(name is not None), "")
    assert_adds_up(found)
    if name is None:
        assert found["mismatches"] == []
        return
    (group,) = found["mismatches"]
    wrong, cause = found["counts"]["wrong"], group["causes"][0]
    assert (cause["name"], cause["explained"], cause["contradicted"], cause["score"]) == (name, wrong, 0, 1.0)
    assert len(group["causes"]) <= 3 and len(group["explained"]) == 1
    assert group["looked_at"]["wrong"] == wrong > 2
    place = next(one for one in group["places"] if one["point"] == point)
    assert place["wrong"] == place["vectors"] > 0 or point == "operands"
    assert 1 <= len(group["places"]) <= 8
    assert all(one["wrong"] <= min(one["vectors"], wrong) for one in group["places"])


def test_text(nfmt: Nfmt, tmp_path: Path) -> None:
    """The same in words, and the first mismatch in those of ``nfmt explain``."""
    job = jobs.job("convert", "binary32", "binary16", Env())
    path = write(tmp_path / "v", device(job, 3000, Env(tininess="before")))
    status, out, _ = nfmt("check convert binary32 --to binary16", path)
    shown = out.splitlines()
    wrong = [line for line in shown if "  expected " in line]
    count = len(wrong)
    assert status == 1 and count > 1
    start = shown.index("where they are")
    assert shown[count].startswith("suspected causes (") and f", {count} of them wrong)" in shown[count]
    assert shown[count + 1].startswith("  tininess_swapped: tininess is detected before rounding instead of after")
    assert shown[count + 2] == f"    explains {count} of {count} mismatches, 0 contradictions"
    assert shown[start + 1].startswith("  tininess ") and shown[start + 1].endswith(" wrong")
    number, words = wrong[0].split(":")[1], wrong[0].split()
    explained = nfmt.lines(f"explain --plain convert binary32 --to binary16 {words[1]} --got {words[2]}:{words[3]}")
    first = shown.index(f"{path}:{number}, explained")
    assert shown[first + 1 : -1] == [f"  {line}" for line in explained]
    assert shown[-1] == f"{path}: 3000 vectors of binary32 to binary16, {count} wrong ({count} only in flags)"


def test_how_many_are_explained(nfmt: Nfmt, tmp_path: Path) -> None:
    job = jobs.job("mul", "e4m3fn", None, Env())
    path = write(tmp_path / "v", device(job, 200, Env(rounding="toward_zero")))
    for option, count in (("--explain 0", 0), ("", 1), ("--explain 3", 3), ("--brief --explain 3", 0)):
        _, out, _ = nfmt(f"check mul e4m3fn {option}", path)
        assert out.count(", explained\n") == count
        assert ("suspected causes" in out) is ("--brief" not in option)
    assert "--explain is -1: must be 0 or more" in nfmt.refused("check mul e4m3fn --explain -1", path)
    found = json.loads(nfmt("check mul e4m3fn --brief --json", path)[1])
    assert found["mismatches"] == [] and found["counts"]["wrong"] > 0


def test_nothing_is_spent_on_what_is_right(nfmt: Nfmt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(Evidence, "__init__", never)
    job = jobs.job("mul", "e4m3fn", None, Env())
    path = write(tmp_path / "v", device(job, 200, Env()))
    assert nfmt.lines("check mul e4m3fn", path)[-1].endswith(", 0 wrong")
    assert nfmt.lines("check mul e4m3fn", path, "--against", path)[-1].endswith(", 0 wrong")
    found = json.loads("\n".join(nfmt.lines("check --json mul e4m3fn", path)))
    assert_adds_up(found)
    assert found["counts"] | {"right": 0} == dict.fromkeys(found["counts"], 0) | {"vectors": found["counts"]["right"]}


def test_every_kind_is_counted(nfmt: Nfmt, tmp_path: Path) -> None:
    job = jobs.job("mul", "binary16", None, Env())
    right = device(job, 60, Env())
    hurt = list(right)
    hurt[3] = f"{right[3][:10]}xxxx 00"
    hurt[5] = f"{right[5][:-2]}1F"
    hurt[7] = "Error: timeout"
    hurt[8] = f"{right[8][:10]}1234 {right[8][-2:]}"
    golden, output = write(tmp_path / "g", right), write(tmp_path / "o", hurt)
    found = json.loads(nfmt("check --json mul binary16", output)[1])
    assert_adds_up(found)
    assert found["counts"] == {"vectors": 59, "right": 56, "wrong": 2, "wrong_flags_only": 1, "unknown": 1,
                               "elsewhere": 0, "malformed": 1, "extra": 0}  # fmt: skip
    assert [(line["number"], line["kind"]) for line in found["lines"]] == [
        (4, "unknown"), (6, "wrong"), (8, "malformed"), (9, "wrong")
    ]  # fmt: skip
    hurt[11] = f"1234 {right[11][5:]}"
    write(output, [*hurt, right[0]])
    found = json.loads(nfmt("check --json mul binary16", output, "--against", golden)[1])
    assert_adds_up(found)
    assert found["counts"] == {"vectors": 59, "right": 55, "wrong": 2, "wrong_flags_only": 1, "unknown": 1,
                               "elsewhere": 1, "malformed": 1, "extra": 1}  # fmt: skip
    assert found["mismatches"][0]["looked_at"]["wrong"] == 2
    assert found["mismatches"][0]["explained"][0]["number"] == 6
    status, out, _ = nfmt("check --max-shown 0 mul binary16", output, "--against", golden)
    assert status == 1 and out.splitlines()[0] == "... and 6 more"
    assert out.endswith("1 malformed lines, 1 lines too many, 1 with other operands, 1 unknown, 2 wrong "
                        "(1 only in flags)\n")  # fmt: skip


@pytest.mark.parametrize("columns", [4, 2, 1])
def test_against(nfmt: Nfmt, tmp_path: Path, columns: int) -> None:
    """Operands come from the vectors; a device without flags cannot be blamed for them."""
    job = jobs.job("mul", "bfloat16", None, Env())
    golden = write(tmp_path / "g", device(job, 300, Env()))
    made = [line.split() for line in device(job, 300, Env(rounding="toward_zero"))]
    output = write(tmp_path / "o", [" ".join(words[-columns:]) if columns > 1 else words[2] for words in made])
    found = json.loads(nfmt("check --json mul bfloat16", output, "--against", golden)[1])
    assert_adds_up(found)
    group = found["mismatches"][0]
    assert group["causes"][0]["name"] == "rounds_toward_zero"
    assert group["causes"][0]["explained"] == found["counts"]["wrong"] > 9
    assert (group["explained"][0]["got"]["flags"] is None) is (columns == 1)


def test_against_vectors_that_are_not_numfmts(nfmt: Nfmt, tmp_path: Path) -> None:
    """A device that delivers what the library does is wrong by the vectors, but no fault explains that."""
    job = jobs.job("mul", "bfloat16", None, Env())
    golden = write(tmp_path / "g", device(job, 300, Env(rounding="toward_zero")))
    output = write(tmp_path / "o", device(job, 300, Env()))
    status, out, _ = nfmt("check mul bfloat16", output, "--against", golden)
    left = out.splitlines()[-1].split()[-2]
    assert status == 1 and int(left) > 9
    assert f"{left} wrong ones, of which numfmt says the same as the device, left out" in out
    assert "none: no known fault delivers this" in out


def test_fptest(nfmt: Nfmt, tmp_path: Path) -> None:
    """Each operation and rounding has causes of its own; a NaN as good as another is not blamed."""
    tests = [
        "b32V =0 -1.7FFFFFP127 -> Q i",
        "b32* =0 +1.000001P-126 +1.7FFFFEP-1 -> +1.000000P-126 x",
        "b32+ > +1.000000P0 +1.000000P-126 -> +1.000000P0 x",
        "b32+ > +1.000000P0 +1.000000P0 -> +1.000000P1",
    ]
    path = write(tmp_path / "v.fptest", tests)
    status, out, _ = nfmt("check", path)
    assert status == 1
    assert "mul binary32 to binary32: suspected causes (1 vectors from line 2 on, 1 of them wrong)" in out
    assert "add binary32 to binary32: suspected causes (2 vectors from line 3 on, 1 of them wrong)" in out
    assert "underflow_missing" in out and "rounds_t" in out
    found = json.loads(nfmt("check --json", path)[1])
    assert_adds_up(found)
    assert [group["of"] for group in found["mismatches"]] == ["mul binary32 to binary32", "add binary32 to binary32"]
    assert found["counts"]["wrong_flags_only"] == 1


def test_random_bits_wide_words_and_containers(nfmt: Nfmt, tmp_path: Path) -> None:
    """A word that holds no code is explained as nothing delivered."""
    for what in (
        "convert binary32 --to e3m2@fp6_b8",
        "sqrt binary128 --to binary128",
        "sub binary64,binary128 --to binary128 --rounding to_odd --style random",
        "convert binary32 --to e4m3fn --rounding stochastic_a --random-bits-count 5",
    ):
        right = nfmt.lines(f"gen {what} -n 50")
        words = [line.split() for line in right]
        hurt = [
            [*row[:-2], f"{int(row[-2], 16) ^ 1 << 4 * len(row[-2]) - 1:0{len(row[-2])}X}", row[-1]] for row in words
        ]
        path = write(tmp_path / "v", [" ".join(row) for row in hurt])
        found = json.loads(nfmt(f"check --json {what.removesuffix(' --style random')}", path)[1])
        assert_adds_up(found)
        (group,) = found["mismatches"]
        assert found["counts"]["wrong"] == group["looked_at"]["wrong"] == 50
        assert (group["explained"][0]["got"] is None) is ("fp6" in what)


def test_evidence_begins_with_the_first_wrong_trial_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "LIMIT", 150)
    job = jobs.job("mul", "e4m3fn", None, Env())
    codes = [np.arange(100, dtype=np.uint8), np.arange(50, 150, dtype=np.uint8)]
    results, flags = job.outcomes(codes)
    wrong = np.zeros(100, bool)
    good = Trial(job=job, numbers=range(1, 101), codes=codes, random=None, results=results, flags=flags, wrong=wrong)
    bad = dataclasses.replace(good, numbers=range(101, 201), results=results ^ np.uint8(1), wrong=~wrong)
    found = Evidence(job, explain=2)
    assert (found.causes(), found.places(), found.explained()) == ([], [], [])
    found.add(good)
    assert (found.vectors, found.is_full) == (0, False)
    found.add(bad)
    assert (found.vectors, found.wrong, found.first, found.is_full) == (100, 100, 101, False)
    assert found.places() == []
    found.add(good)
    assert (found.vectors, found.wrong, found.is_full) == (150, 100, True)
    found.add(bad)
    assert (found.vectors, [number for number, _ in found.explained()]) == (150, [101, 102])
    assert found.places()[0].share > 2 / 3
    assert "  none of these explains them well: " in "\n".join(found.lines("vector"))


def test_places_prefer_what_is_seen_often() -> None:
    """All of many is worse than all of one."""
    job = jobs.job("mul", "bfloat16", None, Env())
    codes = stimuli(job, 2000)
    results, flags = BY_NAME["sticky_lost"].outcomes(job, codes)
    right = job.outcomes(codes)
    found = Evidence(job)
    wrong = (results != right[0]) | (flags != right[1])
    numbers = range(2000)
    found.add(Trial(job=job, numbers=numbers, codes=codes, random=None, results=results, flags=flags, wrong=wrong))
    places = found.places()
    assert not any("explains them well" in line for line in found.lines("line"))
    assert places[0].point == "rounding" and places[0].wrong == places[0].vectors > 20
    assert [one.share for one in places] == sorted((one.share for one in places), reverse=True)
    assert all(sum(one.point == other.point for other in places) <= 3 for one in places)
    assert all(one.point != "tells_apart" for one in places)
