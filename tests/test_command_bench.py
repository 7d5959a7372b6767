# SPDX-License-Identifier: BSD-3-Clause
"""`nfmt bench`: which rows it prints, what they hold, what it refuses.  No test here depends on a time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from commandline import Nfmt, nfmt_fixture

from numfmt import benchmark, timing
from numfmt.benchmark import CASES, Data

__all__ = ["nfmt_fixture"]

QUICK = "bench --quick -n 50 --repeat 1 --peers numpy"


def measured(nfmt: Nfmt, *more: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads("\n".join(nfmt.lines(f"{QUICK} --json", *more)))
    return found


def test_every_case_has_a_row(nfmt: Nfmt) -> None:
    rows = measured(nfmt)["rows"]
    assert [row["case"] for row in rows] == [name for name, case in CASES.items() if case.threads == 1]
    for row in rows:
        assert 0 < row["min_ns"] <= row["median_ns"]
        assert row["n"] == (1 if CASES[row["case"]].is_scalar else 50)
        assert row["rounds"] == 1
        assert (row["base"] or {"case": None})["case"] == CASES[row["case"]].base


def test_the_bar_s_cases_are_there() -> None:
    for name in ("e4m3fn", "e5m2", "e2m1", "e2m3", "e3m2"):
        assert {f"float32 -> {name}{what}" for what in ("", ", out=", ", flags")} <= CASES.keys()
    assert {"float32 -> bfloat16", "float32 -> float16", "float64 -> e4m3fn", "encode(1.1, E4M3)"} <= CASES.keys()
    assert {"e4m3fn -> float32", "e4m3fn -> float32, out=", "float32 -> e4m3fn, two threads"} <= CASES.keys()
    assert {f"{op}, binary{n}" for op in ("add", "mul", "div", "sqrt", "fma") for n in (16, 32, 64)} <= CASES.keys()
    assert all(case.base is None or case.base in CASES for case in CASES.values())


def test_a_row_of_variants_is_its_slowest(nfmt: Nfmt) -> None:
    (row,) = measured(nfmt, "--only", "float32 -> e4m3fn, any rounding")["rows"]
    assert row["variants"].keys() == benchmark.policies().keys()
    assert row["min_ns"] == max(each["min_ns"] for each in row["variants"].values())
    assert row["min_ns"] == row["variants"][row["slowest_variant"]]["min_ns"]
    assert row["base"]["ratio"] == pytest.approx(row["min_ns"] / row["base"]["min_ns"], rel=1e-2)


def test_ratios(nfmt: Nfmt) -> None:
    (row,) = measured(nfmt, "--only", "-> FLOAT16, out")["rows"]
    peers = row["peers"]
    assert peers["numpy"]["ratio"] == pytest.approx(peers["numpy"]["min_ns"] / row["min_ns"], rel=1e-2)
    assert peers["copyto"]["ratio"] == pytest.approx(peers["copyto"]["min_ns"] / row["min_ns"] * 6 / 8, rel=1e-2)
    assert row["bytes_per_second"] == pytest.approx(50 * 6 / row["min_ns"] * 1e9, rel=1e-2)


@pytest.mark.parametrize("style", ["", "--markdown"])
def test_tables(nfmt: Nfmt, style: str) -> None:
    lines = nfmt.lines(f"{QUICK} {style} -n 60 --only add --only one --only", "float32 -> bfloat16")
    for title in ("50 elements", "60 elements", "one number"):
        assert sum(title in line for line in lines) == 1
    for name, count in (("add, binary16", 2), ("float32 -> bfloat16, out=", 2), ("x * y of one E4M3 each", 1)):
        assert sum(name in line for line in lines) == count
    assert any(f"numpy {np.__version__}" in line for line in lines)
    rows = [line.count("|") for line in lines if line.startswith("|")]
    assert bool(rows) == bool(style)


def test_an_absent_peer_is_named(nfmt: Nfmt, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ml_dtypes", None)
    lines = nfmt.lines("bench --quick --peers ml_dtypes,numpy --only", "x * y")
    assert lines[1] == f"peers: numpy {np.__version__}, ml_dtypes not installed"
    assert json.loads("\n".join(nfmt.lines("bench --quick --json --peers ml_dtypes --only", "x * y")))["machine"][
        "peers"
    ] == {"ml_dtypes": None}


@pytest.mark.peer("ml_dtypes")
def test_ml_dtypes_casts_what_it_knows() -> None:
    data = Data(10, benchmark.installed(["numpy", "ml_dtypes"]))
    found = {name for name, case in CASES.items() if "ml_dtypes" in case.theirs(data)}
    assert {"float32 -> e2m1, out=", "e4m3fn -> float32", "encode(1.1, E4M3)", "float64 -> e4m3fn"} <= found
    assert "float32 -> float16" not in found


@pytest.mark.peer("ml_dtypes")
@pytest.mark.parametrize(
    "name", ["float32 -> e4m3fn", "float32 -> e2m1, out=", "e4m3fn -> float32", "encode(1.1, E4M3)"]
)
def test_a_peer_does_the_same_work(name: str) -> None:
    data = Data(1000, benchmark.installed(["ml_dtypes"]))
    ours, theirs = CASES[name].ours(data, "auto")[""](), CASES[name].theirs(data)["ml_dtypes"]()
    if theirs is not None:  # numpy.copyto delivers nothing
        assert np.asarray(ours).tobytes() == np.asarray(theirs).tobytes()


def bits(result: Any) -> list[bytes]:
    return [np.asarray(part).tobytes() for part in (result if isinstance(result, tuple) else (result,))]


def test_every_call_is_that_of_the_generic_path() -> None:
    data = Data(300, {})
    for case in CASES.values():
        auto, generic = case.ours(data, "auto"), case.ours(data, "generic")
        for name in auto if case.has_path else ():
            assert bits(auto[name]()) == bits(generic[name]()), (case.name, name)


def test_two_threads_need_a_large_array() -> None:
    case = CASES["float32 -> e4m3fn, two threads"]
    assert not timing.applies(case, 1000)


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="no affinity on this system")
def test_the_affinity_is_restored() -> None:
    before = os.sched_getaffinity(0)
    with timing.pinned() as core:
        assert core is None or os.sched_getaffinity(0) == {core}
    assert os.sched_getaffinity(0) == before


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("-n 0", "0 is no size"),
        ("-n -5", "-5 is no size"),
        ("-n 1.5", "1.5 is no size"),
        ("-n many", "many is no size"),
        ("-n 1e10", "must be an integer from 1 to 1e+09"),
        ("--repeat 0", "0 is no count"),
        ("--only e9m9", "--only e9m9: no case"),
        ("--peers jax", "'jax' is no peer"),
        ("--json --markdown", "not allowed with"),
        ("e4m3fn", "unrecognized arguments: e4m3fn"),
    ],
)
def test_refused(nfmt: Nfmt, line: str, words: str) -> None:
    assert words in nfmt.refused(f"bench {line}")


def test_help_names_the_options(nfmt: Nfmt) -> None:
    text = "\n".join(nfmt.lines("bench --help"))
    assert all(f" {option} " in text for option in ("-n", "--repeat", "--only", "--peers", "--quick", "--json"))


def test_no_peer_is_imported_unless_it_is_measured() -> None:
    program = "import sys, numfmt.__main__; print(*{'ml_dtypes', 'torch'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-I", "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.split() == []


class OneFormat:
    """What `verifloat`'s formats and arrays are to the table, so far as it asks."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name not in ("E4M3", "FP16", "FP32", "FP64"):
            raise AttributeError(name)
        self.seen.append(name)
        return self

    def array(self, x: Any) -> Any:
        return np.asarray(x)


def test_verifloat_rounds_floats_into_the_formats_it_has() -> None:
    module: Any = OneFormat()
    data = Data(10, {"verifloat": module})
    found = {name for name, case in CASES.items() if not name.startswith(("fma", "sqrt")) and case.theirs(data)}
    casts = {name for name in found if "verifloat" in CASES[name].theirs(data)}
    assert {"float32 -> e4m3fn", "float64 -> e4m3fn", "float32 -> e4m3fn, flags", "mul, binary32"} <= casts
    assert not {"float32 -> e4m3fn, out=", "float32 -> e5m2", "e4m3fn -> float32"} & casts
    assert np.array_equal(
        CASES["mul, binary32"].theirs(data)["verifloat"](), data.values("float32") * data.values("float32", 1)
    )
