# SPDX-License-Identifier: BSD-3-Clause
"""Vector files: one module for each format, all with the same interface, ``VectorFormat``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePath
from typing import IO, Any, Protocol

import numpy as np

from numfmt.vecio import cheader, csvtable, jsonlines, npz, readmemb, readmemh, svpackage, testfloat, vhdlpackage
from numfmt.vecio.layout import Block, Field, Head

Array = np.ndarray[Any, np.dtype[Any]]


class VectorFormat(Protocol):
    """A format of vector files.  A stream to read is text, an iterator of lines, or ``binary`` and can be rewound."""

    @property
    def name(self) -> str:
        """What ``--as`` takes."""

    @property
    def suffixes(self) -> tuple[str, ...]:
        """Of file names."""

    @property
    def binary(self) -> bool:
        """Is a stream to read one of bytes?"""

    def lines(self, head: Head, columns: Sequence[Array], before: int = 0) -> bytes:
        """The lines of vectors, one column for each of the head's fields; ``before`` came before them."""

    def write(self, stream: IO[bytes], head: Head, blocks: Iterable[Sequence[Array]]) -> None:
        """Writes a file, blocks of one column for each field; rewinds the stream if the head's count is not None."""

    def read_head(self, stream: Any) -> tuple[Head | None, Any]:
        """What a file says of itself, and the stream to read its vectors from.  Raises ValueError."""

    def present(self, stream: Any, fields: tuple[Field, ...]) -> tuple[tuple[Field, ...], Any]:
        """Which fields a file has: all of them, result and flags, or the result; and the stream again."""

    def read(self, stream: Any, fields: tuple[Field, ...]) -> Iterator[Block]:
        """The vectors of a file in blocks.  Raises ValueError for what is no such file."""


FORMATS: dict[str, VectorFormat] = {
    made.name: made
    for made in (
        testfloat.FORMAT,
        readmemh.FORMAT,
        readmemb.FORMAT,
        csvtable.FORMAT,
        jsonlines.FORMAT,
        npz.FORMAT,
        cheader.FORMAT,
        svpackage.FORMAT,
        vhdlpackage.FORMAT,
    )
}


def format_of(path: str | None, name: str | None = None) -> VectorFormat:
    """The format of this name, or else of the path's suffix, or else TestFloat's."""
    if name is not None:
        return FORMATS[name]
    suffix = PurePath(path or "").suffix.lower()
    return next((one for one in FORMATS.values() if suffix in one.suffixes), testfloat.FORMAT)
