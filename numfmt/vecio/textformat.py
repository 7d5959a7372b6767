# SPDX-License-Identifier: BSD-3-Clause
"""A text format of vectors, of what its module says of it: how lines look, what stands around them."""

from __future__ import annotations

import itertools
import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import IO, Any

import numpy as np

from numfmt.vecio import rows
from numfmt.vecio.layout import OUTCOMES, Block, Digest, Field, Head, head_of, strictly
from numfmt.vecio.rows import Shape, Skip

Array = np.ndarray[Any, np.dtype[Any]]


#: Bytes that another head may be longer.
_MORE = 4096


def _nothing(_: Head) -> str:
    return ""


@dataclass(frozen=True, kw_only=True)
class TextFormat:
    """A format with one vector a line.

    name, suffixes
        Of ``--as``, and of files.
    comment
        What stands before a comment.
    shape
        How the line of a vector of these fields looks.
    skip
        Makes a judge of lines for a file: is this one, stripped, none of a vector?
    before, behind
        The text before and behind the vectors; before them it is of one length whatever the head's count and digest.
    described
        The head that a file's first two lines describe, if they do.
    """

    name: str
    suffixes: tuple[str, ...]
    comment: str
    shape: Callable[[tuple[Field, ...]], Shape]
    skip: Callable[[], Skip] | None = None
    before: Callable[[Head], str] | None = None
    behind: Callable[[Head], str] = _nothing
    described: Callable[[Sequence[str]], Head | None] | None = None
    binary: bool = False

    def lines(self, head: Head, columns: Sequence[Array], before: int = 0) -> bytes:
        """The lines of vectors, one column for each of the head's fields; ``before`` came before them."""
        return rows.lines(self.shape(head.fields), columns, before)

    def write(
        self, stream: IO[bytes], head: Head, blocks: Iterable[Sequence[Array]], done: Digest | None = None
    ) -> None:
        """Writes a file.

        If the head's count is not None, the stream can be rewound: the head is written again with count and hash.

        done
            What the stream holds already, head and vectors, as ``resumed`` found it.
        """
        digest = done or Digest(head.fields)
        if digest.count == 0:
            stream.write(self._before(head))
        for columns in blocks:
            stream.write(self.lines(head, columns, digest.count))
            digest.add(columns)
        stream.write(self.behind(head).encode())
        if head.count is not None:
            stream.seek(0)
            stream.write(self._before(replace(head, count=digest.count, digest=digest.hexdigest())))
            stream.seek(0, 2)

    @property
    def can_resume(self) -> bool:
        """Does a file end with its vectors?"""
        return self.behind is _nothing

    def resumed(self, stream: IO[bytes], head: Head, step: int) -> Digest:
        """The vectors that an unfinished file holds, whole multiples of ``step``; the stream is left behind them.

        A file with a part of its head alone is empty.  Raises ValueError if the file is of other arguments.
        """
        digest, start = Digest(head.fields), len(self._before(head))
        stream.seek(0)
        begun = stream.read(start + _MORE)
        if len(begun) < start and self._before(head).startswith(begun):
            stream.seek(0)
            stream.truncate()
            return digest
        _same_arguments(self.read_head(iter(begun.decode("ascii", "replace").splitlines(keepends=True)))[0], head)
        length = len(self.lines(head, [np.zeros(1, np.uint64) for _ in head.fields]))
        stop = (stream.seek(0, 2) - start) // length // step * step
        for first in range(0, stop, step):
            stream.seek(start + first * length)
            text = stream.read(step * length).decode("ascii", "replace")
            for block in strictly(self.read(iter(text.splitlines(keepends=True)), head.fields), "as they were written"):
                digest.add(block.columns)
        stream.seek(start + stop * length)
        stream.truncate()
        return digest

    def _before(self, head: Head) -> bytes:
        return (self.before(head) if self.before else head.comments(self.comment)).encode()

    def read_head(self, stream: Iterator[str]) -> tuple[Head | None, Iterator[str]]:
        """What a file says of itself, and the stream to read its vectors from.  Raises ValueError."""
        first = list(itertools.islice(stream, 1))
        if first and first[0].startswith(self.comment):
            first += itertools.islice(stream, 1)
        head = self.described(first) if self.described else head_of(first, self.comment)
        return head, itertools.chain(first, stream)

    def read(self, stream: Iterable[str], fields: tuple[Field, ...]) -> Iterator[Block]:
        """The vectors of a file in blocks."""
        return rows.read(stream, self.shape(fields), self._skip())

    def _skip(self) -> Skip:
        return self.skip() if self.skip else lambda line: line.startswith(self.comment.strip())

    def present(self, stream: Iterator[str], fields: tuple[Field, ...]) -> tuple[tuple[Field, ...], Iterator[str]]:
        """Which fields the first vector has: all of them, result and flags, or the result; and the stream again.

        What stands before it is kept in memory.
        """
        choices = [fields, tuple(field for field in fields if field.name in OUTCOMES)]
        choices.append(choices[1][:1])
        before: list[str] = []
        skip = self._skip()
        for line in stream:
            before.append(line)
            text = line.strip().replace("_", "")
            if text and not skip(text):
                shapes = map(self.shape, choices)
                fitting = [shape.fields for shape in shapes if shape.pattern.fullmatch(text)]
                titled = [one for one in choices if line.strip() == self.shape(one).title != ""]
                return (titled + fitting + choices)[0], itertools.chain(before, stream)
        return fields, iter(before)


def _same_arguments(begun: Head | None, head: Head) -> None:
    """Raises ValueError if a file was begun with other arguments."""
    if begun is None:
        raise ValueError("it was not begun with these arguments, and does not say with which: delete it")
    if begun.arguments != head.arguments:
        raise ValueError(
            f"it was not begun with these arguments but with '{shlex.join(begun.arguments)}': use those, or delete it"
        )


class Outside:
    """Which lines are none of an array that stands between two others: those outside, and comments within."""

    def __init__(self, begin: str, end: str, comment: str) -> None:
        self._begin, self._end, self._comment = begin, end, comment.strip()
        self._inside = False

    def __call__(self, line: str) -> bool:
        if self._inside:
            self._inside = line != self._end
            return not self._inside or line.startswith(self._comment)
        self._inside = self._begin in line
        return True
