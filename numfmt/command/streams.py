# SPDX-License-Identifier: BSD-3-Clause
"""Standard streams that close early or were never open, and the signals that end a command."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
import threading
from collections.abc import Iterator
from typing import Any, NoReturn, TextIO

from numfmt.command.parser import UsageError


def standard_input() -> TextIO:
    """Standard input, if there is one.  Raises UsageError."""
    if sys.stdin is None:
        raise UsageError("standard input is closed")
    return sys.stdin


def discarded() -> None:
    """From now on what is written to a pipe that nobody reads any more is lost in silence."""
    for stream in filter(None, (sys.stdout, sys.stderr)):
        try:
            stream.flush()
        except BrokenPipeError:
            _to_nowhere(stream.fileno())


def _to_nowhere(number: int) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)


class _Lasting(io.RawIOBase):
    """A file that takes everything, also when it is a pipe that nobody reads any more."""

    def __init__(self, raw: io.FileIO) -> None:
        self._raw = raw

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._raw.fileno()

    def isatty(self) -> bool:
        return self._raw.isatty()

    def write(self, data: Any, /) -> int | None:
        try:
            return self._raw.write(data)
        except BrokenPipeError:
            _to_nowhere(self.fileno())
            return self._raw.write(data)


def _lasting(stream: TextIO) -> TextIO:
    buffer = getattr(stream, "buffer", None)
    raw = getattr(buffer, "raw", buffer)
    if not isinstance(raw, io.FileIO):
        return stream
    stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(_Lasting(raw)), stream.encoding, stream.errors,
        line_buffering=stream.isatty() or stream is sys.stderr,
    )  # fmt: skip


@contextlib.contextmanager
def outlived(*, wanted: bool) -> Iterator[None]:
    """The command goes on to its exit status when nobody reads its output any more, if that is ``wanted``."""
    before = sys.stdout, sys.stderr
    try:
        if wanted:
            sys.stdout, sys.stderr = map(_lasting, before)
        yield
    finally:
        if wanted:
            sys.stdout.flush()
            sys.stderr.flush()
        sys.stdout, sys.stderr = before


@contextlib.contextmanager
def ended_by_signals() -> Iterator[None]:
    """SIGTERM and SIGHUP, where they would end the process, leave by SystemExit, so that files are cleaned up."""
    names = ("SIGTERM", "SIGHUP") if threading.current_thread() is threading.main_thread() else ()
    numbers = [int(getattr(signal, name)) for name in names if hasattr(signal, name)]
    mine = [number for number in numbers if signal.getsignal(number) == signal.SIG_DFL]
    try:
        for number in mine:
            signal.signal(number, _leave)
        yield
    finally:
        for number in mine:
            signal.signal(number, signal.SIG_DFL)


def _leave(number: int, _: object) -> NoReturn:
    signal.signal(number, signal.SIG_IGN)
    raise SystemExit(128 + number)
