# SPDX-License-Identifier: BSD-3-Clause
"""Large arrays over several cores.  Threads live for one call; results never depend on their number."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from typing import Any

from numfmt import _bind

#: Elements that are worth a thread of their own.
_WORTH = 1 << 18
_VARIABLE = "NUMFMT_NUM_THREADS"


def number(threads: int | None, size: int) -> int:
    """How many threads a call with ``size`` elements uses, if ``threads`` are asked for.

    None: what the variable NUMFMT_NUM_THREADS says, else the cores that this process may use.
    """
    if size < 2 * _WORTH and threads is None:
        return 1
    if threads is None:
        text = os.environ.get(_VARIABLE, "")
        if text and not (text.isascii() and text.isdecimal() and int(text) > 0):
            raise ValueError(f"{_VARIABLE} is {text!r}: must be a positive integer")
        threads = int(text) if text else cores()
    elif type(threads) is not int or threads < 1:
        raise ValueError(f"threads is {threads!r}: must be None or a positive integer")
    return max(1, min(threads, size // _WORTH))


def run(call: Callable[[_bind.Arrays], int], arrays: _bind.Arrays, count: int) -> int:
    """``call`` on ``count`` parts of the arrays at once; the OR of what the parts return.

    Nothing of it can fail: what could is found before, or runs in one part.
    """
    if count == 1:
        return call(arrays)
    import threading

    size = arrays.values.size
    bounds = [size * k // count for k in range(count + 1)]
    parts = [_part(arrays, start, stop) for start, stop in itertools.pairwise(bounds)]
    results: list[int] = []
    errors: list[BaseException] = []

    def work(part: _bind.Arrays) -> None:
        try:
            results.append(call(part))
        except BaseException as error:  # noqa: BLE001 - it is raised below
            errors.append(error)

    others = [threading.Thread(target=work, args=(part,)) for part in parts[1:]]
    for thread in others:
        thread.start()
    work(parts[0])
    for thread in others:
        thread.join()
    if errors:
        raise errors[0]
    any_flags = 0
    for bits in results:
        any_flags |= bits
    return any_flags


def _part(arrays: _bind.Arrays, start: int, stop: int) -> _bind.Arrays:
    values, out, random, flags, wants_any = arrays
    cut: list[Any] = [None if a is None else a.reshape(-1)[start:stop] for a in (values, out, random, flags)]
    return _bind.Arrays(cut[0], cut[1], cut[2], cut[3], wants_any)


def cores() -> int:
    """The cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1
