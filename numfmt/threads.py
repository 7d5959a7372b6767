# SPDX-License-Identifier: BSD-3-Clause
"""Large arrays over several cores.  Threads live for one call; results never depend on their number."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from numfmt import _bind

T = TypeVar("T")
#: Elements that are worth a thread of their own, on the generic path and where there is a kernel.
_WORTH = (1 << 15, 1 << 21)
#: Elements of a block that is copied: it should stay in the cache.
_BLOCK = 1 << 14
_VARIABLE = "NUMFMT_NUM_THREADS"


def number(threads: int | None, size: int, *, is_fast: bool) -> int:
    """How many threads a call with ``size`` elements uses, if ``threads`` are asked for.

    is_fast
        Whether a kernel does the work.

    None: what the variable NUMFMT_NUM_THREADS says, else the cores that this process may use.
    """
    if size < 2 * _WORTH[is_fast] and threads is None:
        return 1
    if threads is None:
        text = os.environ.get(_VARIABLE, "")
        if text and not (text.isascii() and text.isdecimal() and int(text) > 0):
            raise ValueError(f"{_VARIABLE} is {text!r}: must be a positive integer")
        threads = int(text) if text else cores()
    elif type(threads) is not int or threads < 1:
        raise ValueError(f"threads is {threads!r}: must be None or a positive integer")
    return max(1, min(threads, size // _WORTH[is_fast]))


def run(call: Callable[[_bind.Arrays], int], arrays: _bind.Arrays, count: int) -> int:
    """``call`` on ``count`` parts of the arrays at once; the OR of what the parts return.

    Nothing of it can fail: what could is found before, or runs in one part.
    """
    if count == 1:
        return call(arrays)
    any_flags = 0
    for bits in spread(lambda bounds: call(_part(arrays, *bounds)), arrays.values.size, count):
        any_flags |= bits
    return any_flags


def spread(call: Callable[[tuple[int, int]], T], size: int, count: int) -> list[T]:
    """``call((start, stop))`` on ``count`` parts of ``range(size)`` at once; what it returns, in order."""
    if count == 1:
        return [call((0, size))]
    import threading

    bounds = [size * k // count for k in range(count + 1)]
    results: dict[int, T] = {}
    errors: list[BaseException] = []

    def work(start: int, stop: int) -> None:
        try:
            results[start] = call((start, stop))
        except BaseException as error:  # noqa: BLE001 - it is raised below
            errors.append(error)

    first, *rest = itertools.pairwise(bounds)
    others = [threading.Thread(target=work, args=part) for part in rest]
    for thread in others:
        thread.start()
    work(*first)
    for thread in others:
        thread.join()
    if errors:
        raise errors[0]
    return [results[start] for start in sorted(results)]


def in_blocks(call: Callable[[_bind.Arrays], int], arrays: _bind.Arrays) -> int:
    """As ``run`` in one part, for values of any strides and byte order, a block of which is copied at a time."""
    values = arrays.values
    native = values.dtype.newbyteorder("=")
    flags: Any = ("external_loop", "buffered", "zerosize_ok")
    start = any_flags = 0
    how: Any = [("readonly", "contig", "aligned")]  # numpy's annotations do not know "contig"
    with np.nditer(values, flags, how, [native], order="C", casting="equiv", buffersize=_BLOCK) as blocks:
        block: Any
        for block in blocks:
            stop = start + block.size
            part = _part(arrays._replace(values=arrays.out), start, stop)
            any_flags |= call(part._replace(values=block))
            start = stop
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
