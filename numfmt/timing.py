# SPDX-License-Identifier: BSD-3-Clause
"""How long the cases of ``numfmt.benchmark`` take: calls interleaved, on one core that they share."""

from __future__ import annotations

import contextlib
import gc
import itertools
import os
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from numfmt import threads
from numfmt.benchmark import CASES, COPIED, Call, Case, Data

#: Rounds up to this size, and above it.
_MANY, _ROUNDS = 2_000_000, (25, 7)
#: After so many seconds a case needs no more than so many rounds.
_LONG, _ENOUGH = 4.0, 3
#: A round of a small array is so many elements in all, and so many calls at most.
_ELEMENTS, _MOST_CALLS = 10_000, 500


@dataclass(frozen=True)
class Time:
    """Seconds per call: the fastest round and the median."""

    minimum: float
    median: float


@dataclass(frozen=True)
class Row:
    """What one case took."""

    case: Case
    n: int
    rounds: int
    variants: dict[str, Time]
    peers: dict[str, Time]
    #: The case that this one is compared with, measured in the same rounds.
    base: Time | None

    @property
    def slowest(self) -> str:
        """The variant that the row stands for."""
        return max(self.variants, key=lambda name: self.variants[name].minimum)

    @property
    def time(self) -> Time:
        return self.variants[self.slowest]

    @property
    def bytes_per_second(self) -> float:
        return self.case.moved * self.n / self.time.minimum

    def ratio(self, peer: str) -> float:
        """How many times as fast as the peer; for ``copyto`` in bytes per second."""
        ratio = self.peers[peer].minimum / self.time.minimum
        return ratio * self.case.moved / COPIED if peer == "copyto" else ratio

    @property
    def slowdown(self) -> float | None:
        """How many times the time of the base."""
        return None if self.base is None else self.time.minimum / self.base.minimum


@contextlib.contextmanager
def pinned() -> Iterator[int | None]:
    """This thread on one core, which it delivers, as long as the context lasts; None where that cannot be had."""
    try:
        before = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {max(before)})
    except (AttributeError, OSError):  # not on every system, not in every sandbox
        yield None
        return
    try:
        yield max(before)
    finally:
        os.sched_setaffinity(0, before)


@contextlib.contextmanager
def quiet(data: Data) -> Iterator[None]:
    """Peers on one thread and without warnings about what they compute; no garbage collection."""
    torch = data.peers.get("torch")
    torch_threads = torch.get_num_threads() if torch else 0
    collects = gc.isenabled()
    if torch:
        torch.set_num_threads(1)
    gc.disable()
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        if collects:
            gc.enable()
        if torch:
            torch.set_num_threads(torch_threads)


def interleaved(calls: Mapping[str, Call], rounds: int, inner: int, *, at_least: int) -> dict[str, list[float]]:
    """Seconds per call in each round; a round runs every call ``inner`` times."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        call()
    begin = perf_counter()
    for done in range(rounds):
        if done >= at_least and perf_counter() - begin > _LONG:
            break
        for name, call in calls.items():
            start = perf_counter()
            for _ in itertools.repeat(None, inner):
                call()
            times[name].append((perf_counter() - start) / inner)
    return times


def applies(case: Case, n: int) -> bool:
    """An array too small for the case's threads, or a machine of fewer cores, says nothing."""
    return case.threads == 1 or threads.number(case.threads, n, is_fast=True) == case.threads <= threads.cores()


def measure(case: Case, data: Data, rounds: int | None = None) -> Row:
    """One case, interleaved with its peers and its base.

    rounds
        None: 25, 7 for large arrays, fewer (but 3) if they would take more than a few seconds.
    """
    inner = max(1, min(_ELEMENTS // (1 if case.is_scalar else data.n), _MOST_CALLS))
    wanted = rounds or _ROUNDS[data.n > _MANY]
    calls = {f"ours {name}": call for name, call in case.ours(data, "auto").items()}
    calls |= {f"peer {name}": call for name, call in case.theirs(data).items()}
    if case.base:
        calls["base"] = CASES[case.base].ours(data, "auto")[""]
    with contextlib.ExitStack() as stack:
        stack.enter_context(quiet(data))
        if case.threads == 1:
            stack.enter_context(pinned())
        lists = interleaved(calls, wanted, inner, at_least=rounds or _ENOUGH)
    times = {name: Time(min(each), float(np.median(each))) for name, each in lists.items()}
    return Row(
        case=case,
        n=1 if case.is_scalar else data.n,
        rounds=min(map(len, lists.values())),
        variants={name.removeprefix("ours "): t for name, t in times.items() if name.startswith("ours ")},
        peers={name.removeprefix("peer "): t for name, t in times.items() if name.startswith("peer ")},
        base=times.get("base"),
    )
