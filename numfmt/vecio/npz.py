# SPDX-License-Identifier: BSD-3-Clause
"""NPZ: a numpy array for each field, and ``header``, JSON text as in the first line of JSON Lines.

Columns are the smallest of uint8, 16, 32 and 64 that holds a word, ``lo``, ``hi`` records of uint64 above.  They pass
through temporary files, and are read in blocks, so that memory does not grow with the vectors.
"""

from __future__ import annotations

import contextlib
import io
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy

from numfmt.vecio import jsonlines, testfloat
from numfmt.vecio.layout import BLOCK, OUTCOMES, Block, Digest, Field, Head

Array = np.ndarray[Any, np.dtype[Any]]
_WIDE = np.dtype([("lo", "<u8"), ("hi", "<u8")])


class Npz:
    """The format, as ``textformat.TextFormat``."""

    name, suffixes, binary = "npz", (".npz",), True

    def lines(self, head: Head, columns: Sequence[Array], before: int = 0) -> bytes:
        """What stands for vectors in messages: ``a=3F8CCCCD result=39 flags=01``."""
        del before
        return "".join(_texts(head.fields, columns)).encode()

    def write(self, stream: IO[bytes], head: Head, blocks: Iterable[Sequence[Array]]) -> None:
        """Writes a file."""
        digest = Digest(head.fields)
        with contextlib.ExitStack() as stack:
            parts = [stack.enter_context(tempfile.TemporaryFile()) for _ in head.fields]
            for columns in blocks:
                digest.add(columns)
                for part, words, field in zip(parts, columns, head.fields, strict=True):
                    part.write(words.astype(_dtype(field)).tobytes())
            archive = stack.enter_context(zipfile.ZipFile(stream, "w"))
            if not head.bare:
                text = np.array(jsonlines.described(replace(head, count=digest.count, digest=digest.hexdigest())))
                _add(archive, "header", text.dtype, (), io.BytesIO(text.tobytes()))
            for part, field in zip(parts, head.fields, strict=True):
                part.seek(0)
                _add(archive, field.name, _dtype(field), (digest.count,), part)

    def read_head(self, stream: IO[bytes]) -> tuple[Head | None, IO[bytes]]:
        """What a file says of itself, and the stream to read its vectors from.  Raises ValueError."""
        with _opened(stream) as archive:
            if "header.npy" not in archive.namelist():
                return None, stream
            with archive.open("header.npy") as member:
                return jsonlines.head_of(str(npy.read_array(member))), stream

    def present(self, stream: IO[bytes], fields: tuple[Field, ...]) -> tuple[tuple[Field, ...], IO[bytes]]:
        """Which fields there are: all of them, result and flags, or the result; and the stream again."""
        with _opened(stream) as archive:
            there = set(archive.namelist())
        choices = [fields, tuple(field for field in fields if field.name in OUTCOMES)]
        choices.append(choices[1][:1])
        whole = [one for one in choices if {f"{field.name}.npy" for field in one} <= there]
        return (whole or choices)[0], stream

    def read(self, stream: IO[bytes], fields: tuple[Field, ...]) -> Iterator[Block]:
        """The vectors of a file in blocks; one with a word too large is malformed.  Raises ValueError."""
        with contextlib.ExitStack() as stack:
            archive = stack.enter_context(_opened(stream))
            members = [_member(stack, archive, field) for field in fields]
            sizes = {field.name: size for field, (_, _, size) in zip(fields, members, strict=True)}
            if len(set(sizes.values())) > 1:
                raise ValueError(f"its columns are of different lengths: {sizes}")
            total = next(iter(sizes.values()))
            for start in range(0, total, BLOCK):
                size = min(BLOCK, total - start)
                columns = [np.frombuffer(member.read(size * dtype.itemsize), dtype) for member, dtype, _ in members]
                yield _block(fields, columns, start)


FORMAT = Npz()


def _texts(fields: Sequence[Field], columns: Sequence[Array]) -> list[str]:
    made = testfloat.FORMAT.lines(Head((), tuple(fields)), columns).decode().splitlines()
    names = [field.name for field in fields]
    return [" ".join(map("=".join, zip(names, line.split(), strict=True))) + "\n" for line in made]


def _dtype(field: Field) -> np.dtype[Any]:
    if field.width > 64:
        return _WIDE
    return np.dtype(f"<u{next(size for size in (1, 2, 4, 8) if field.width <= 8 * size)}")


def _add(archive: zipfile.ZipFile, name: str, dtype: np.dtype[Any], shape: tuple[int, ...], data: IO[bytes]) -> None:
    """Adds an array to the archive: the same bytes at any time."""
    with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
        said = {"descr": npy.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
        npy.write_array_header_1_0(member, said)
        while chunk := data.read(1 << 20):
            member.write(chunk)


@contextlib.contextmanager
def _opened(stream: IO[bytes]) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(stream)
    except zipfile.BadZipFile:
        raise ValueError("is no NPZ file") from None
    with archive:
        yield archive


def _member(
    stack: contextlib.ExitStack, archive: zipfile.ZipFile, field: Field
) -> tuple[IO[bytes], np.dtype[Any], int]:
    """A column of the archive, ready to be read from its first element: stream, dtype, length.  Raises ValueError."""
    if f"{field.name}.npy" not in archive.namelist():
        raise ValueError(f"has no array {field.name!r}")
    member = stack.enter_context(archive.open(f"{field.name}.npy"))
    version = npy.read_magic(member)
    head = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, _, dtype = head(member)
    if len(shape) != 1 or (dtype != _WIDE if field.width > 64 else dtype.kind != "u"):
        wanted = "(lo, hi) records of uint64" if field.width > 64 else "unsigned integers"
        raise ValueError(f"its array {field.name!r} is {dtype}{list(shape)}: must be {wanted} in one dimension")
    return member, dtype, shape[0]


def _block(fields: tuple[Field, ...], columns: Sequence[Array], start: int) -> Block:
    words: list[Array] = [
        column if field.width > 64 else column.astype(np.uint64) for field, column in zip(fields, columns, strict=True)
    ]
    bad = np.zeros(words[0].size, np.bool_)
    for field, column in zip(fields, words, strict=True):
        top = column["hi"] if field.width > 64 else column
        if field.width % 64:
            bad |= top >> np.uint64(field.width % 64) != 0
    texts = _Texts(fields, words)
    numbers = range(start + 1, start + 1 + bad.size)
    if not bad.any():
        return Block(numbers, texts, words)
    keep, lost = np.flatnonzero(~bad).tolist(), np.flatnonzero(bad).tolist()
    most = " ".join(f"{field.name} {(1 << field.width) - 1:X}" for field in fields)
    malformed = [(numbers[row], f"vector {numbers[row]}", f"expected words up to {most}") for row in lost]
    kept = [column[keep] for column in words]
    return Block([numbers[row] for row in keep], _Texts(fields, kept), kept, None, malformed)


class _Texts(Sequence[str]):
    """What stands for the lines of vectors, made when it is asked for."""

    def __init__(self, fields: tuple[Field, ...], columns: Sequence[Array]) -> None:
        self._fields, self._columns = fields, columns

    def __len__(self) -> int:
        return len(self._columns[0])

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return _Texts(self._fields, [column[index] for column in self._columns])
        return _texts(self._fields, [column[index : index + 1] for column in self._columns])[0]
