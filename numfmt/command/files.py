# SPDX-License-Identifier: BSD-3-Clause
"""Files as the subcommands read and write them: whole or not at all, with progress on a terminal."""

from __future__ import annotations

import contextlib
import io
import os
import re
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from numfmt.command.streams import standard_input

#: What stands for open streams: to write to, whatever it is, not to replace.
_STREAMS = re.compile(r"/dev/(stdout|stderr|fd/.*)|/proc/.*")


@contextlib.contextmanager
def opened(path: str, *, binary: bool = False) -> Iterator[IO[Any]]:
    """A file to read, of ASCII text or bytes that can be rewound; standard input for "-"."""
    if path == "-":
        text = standard_input()
        yield io.BytesIO(text.buffer.read()) if binary else text
        return
    with Path(path).open("rb") if binary else Path(path).open(encoding="ascii", errors="replace") as stream:
        yield stream


@contextlib.contextmanager
def whole_file(path: str | None) -> Iterator[IO[bytes]]:
    """A file that appears whole or not at all; a pipe or device as it is; standard output for None and "-"."""
    if path is None or path == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    target = Path(path).resolve()
    if _is_stream(path):
        with Path(path).open("ab" if Path(path).is_file() else "wb") as stream:
            yield stream
        return
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        stream = temporary.open("xb")
    except OSError as error:
        raise OSError(error.errno, error.strerror, path) from None
    try:
        with stream:
            yield stream
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _is_stream(path: str) -> bool:
    """Is this a file to write to as it is?"""
    there = Path(path)
    return bool(_STREAMS.fullmatch(str(there.absolute()))) or (there.exists() and not there.is_file())


@contextlib.contextmanager
def resumable_file(path: str) -> Iterator[IO[bytes]]:
    """A file that grows as ``path.part`` and takes its name when it is whole; what there is stays if it is not."""
    target = Path(path).resolve()
    part = target.with_name(f"{target.name}.part")
    with part.open("r+b" if part.exists() else "x+b") as stream:
        yield stream
    part.replace(target)


def is_regular(path: str | None, stream: IO[bytes]) -> bool:
    """Can a stream of ``whole_file`` be rewound?  Not a pipe, a device or standard output."""
    return path is not None and path != "-" and not _is_stream(path) and stat.S_ISREG(os.fstat(stream.fileno()).st_mode)


@contextlib.contextmanager
def progress(total: int, path: str | None) -> Iterator[Callable[[int], object]]:
    """A progress bar on a terminal; nothing elsewhere."""
    if path is None or not sys.stderr.isatty() or total < 1 << 20:
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task(Path(path).name, total=total)
        yield lambda size: bar.advance(task, size)
