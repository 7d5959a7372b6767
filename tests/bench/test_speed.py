# SPDX-License-Identifier: BSD-3-Clause
"""The cases of `nfmt bench` under pytest-benchmark: `pytest -m bench tests/bench`, with the extra `bench`.

Each round of numfmt's call comes after one call of every peer and of the case's base; their times are in the
benchmark's extra information.  Times are reported, not judged: the only assertion is that a kernel's results are
those of `path="generic"`.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator, Mapping
from time import perf_counter
from typing import Any

import numpy as np
import pytest

from numfmt import benchmark as table
from numfmt import timing
from numfmt.benchmark import CASES, Call, Case, Data

pytestmark = pytest.mark.bench

SIZES = (1_000, 1_000_000, 10_000_000)
ROUNDS = {1_000: 100, 1_000_000: 15, 10_000_000: 3}
JOBS = [(case, n) for n in SIZES for case in CASES.values() if not case.is_scalar or n == SIZES[0]]


@functools.lru_cache(maxsize=1)
def data_of(n: int) -> Data:
    """The last size's only: arrays of 1e7 take hundreds of megabytes."""
    return Data(n, table.installed(table.PEERS))


@pytest.fixture(autouse=True)
def alone(case: Case, n: int) -> Iterator[None]:
    """One core and one thread for everybody, two where the case is about threads."""
    with timing.quiet(data_of(n)), timing.pinned() if case.threads == 1 else contextlib.nullcontext():
        yield


def others(case: Case, data: Data) -> dict[str, Call]:
    calls = case.theirs(data)
    return calls if case.base is None else calls | {case.base: CASES[case.base].ours(data, "auto")[""]}


def bytes_of(result: Any) -> list[bytes]:
    return [np.asarray(part).tobytes() for part in (result if isinstance(result, tuple) else (result,))]


def one_round(calls: Mapping[str, Call], times: dict[str, list[float]]) -> None:
    for name, call in calls.items():
        start = perf_counter()
        call()
        times[name].append(perf_counter() - start)


@pytest.mark.parametrize(("case", "n"), JOBS, ids=lambda each: each.name if isinstance(each, Case) else f"{each:.0e}")
def test_speed(benchmark: Any, case: Case, n: int) -> None:
    if not timing.applies(case, n):
        pytest.skip(f"{case.threads} threads need as many cores and a larger array")
    data = data_of(n)
    calls, peers = case.ours(data, "auto"), others(case, data)
    times: dict[str, list[float]] = {name: [] for name in peers}
    benchmark.group = f"{n:,} elements"
    benchmark.pedantic(
        lambda: [call() for call in calls.values()],
        setup=lambda: one_round(peers, times),
        rounds=ROUNDS[n],
        warmup_rounds=1,
    )
    benchmark.extra_info["calls"] = len(calls)
    for name, each in times.items():
        benchmark.extra_info[name] = {"min": min(each), "median": float(np.median(each))}
    if case.has_path:
        generic = case.ours(data, "generic")
        assert [name for name in calls if bytes_of(calls[name]()) != bytes_of(generic[name]())] == []
