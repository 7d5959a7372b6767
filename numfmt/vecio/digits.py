# SPDX-License-Identifier: BSD-3-Clause
"""Words as bytes, bytes as digits, and back: the arithmetic behind every text format of vectors.

A column of n words is uint8/16/32/64[n], or ``lo``, ``hi`` records above 64 bits.  As bytes it is uint8[n, k], the most
significant first, k = ceil(width / 8), so that vectors of any width are joined and split alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
#: Bits of a digit: 4 hexadecimal, 1 binary.
Base = Literal[4, 1]

_HEX = np.frombuffer(b"0123456789ABCDEF", np.uint8)
#: Byte -> its digits, as they lie in memory.
_DIGITS: dict[Base, Array] = {
    4: np.stack([np.repeat(_HEX, 16), np.tile(_HEX, 16)], axis=1).copy().view(np.uint16).ravel(),
    1: (np.unpackbits(np.arange(256, dtype=np.uint8)) | np.uint8(ord("0"))).view(np.uint64),
}
#: A digit of a simulator that has no value: x, z, and VHDL's U and W.
METAVALUES = "xXzZuUwW"
#: ASCII -> what the digit is worth, or else one of these.
_UNKNOWN, _OTHER = 32, 64
_VALUES = np.full(256, _OTHER, np.uint8)
_VALUES[_HEX] = range(16)
_VALUES[np.frombuffer(b"abcdef", np.uint8)] = range(10, 16)
_VALUES[np.frombuffer(METAVALUES.encode(), np.uint8)] = _UNKNOWN


def size(width: int) -> int:
    """Bytes of a word of ``width`` bits."""
    return -(-width // 8)


def to_bytes(words: Array, width: int) -> Array:
    """The words of a column as uint8[n, size(width)]."""
    count = size(width)
    if words.dtype.names:
        halves = [to_bytes(words["hi"], width - 64), to_bytes(words["lo"], 64)]
        return np.concatenate(halves, axis=1)
    room = 1 << max(0, (count - 1).bit_length())
    made = np.ascontiguousarray(words).astype(f">u{room}").view(np.uint8).reshape(words.size, room)
    return made[:, room - count :]


def from_bytes(data: Array, width: int) -> Array:
    """The column whose words are these bytes: uint64, or ``lo``, ``hi`` records above 64 bits."""
    if width <= 64:
        return _words64(data)
    words = np.empty(len(data), [("lo", np.uint64), ("hi", np.uint64)])
    words["lo"], words["hi"] = _words64(data[:, -8:]), _words64(data[:, :-8])
    return words


def _words64(data: Array) -> Array:
    room = np.zeros((len(data), 8), np.uint8)
    room[:, 8 - data.shape[1] :] = data
    return room.view(">u8").ravel().astype(np.uint64)


def words(column: Sequence[int], width: int) -> Array:
    """A column of these words, of ``width`` bits."""
    count = size(width)
    data = np.frombuffer(b"".join(word.to_bytes(count) for word in column), np.uint8)
    return from_bytes(data.reshape(len(column), count), width)


def joined(parts: Sequence[Array], widths: Sequence[int]) -> Array:
    """One word a row of the words of several columns, as bytes, the first column at the top."""
    total = sum(widths)
    made = np.zeros((len(parts[0]), size(total)), np.uint8)
    end = total
    for part, width in zip(parts, widths, strict=True):
        end -= width
        _put(made, part, end)
    return made


def _put(made: Array, part: Array, low: int) -> None:
    """ORs the bytes of a column into a row's, from bit ``low`` of the row up."""
    shift, last = low % 8, made.shape[1] - 1 - low // 8
    for place in range(part.shape[1]):
        column = part[:, part.shape[1] - 1 - place]
        made[:, last - place] |= column << np.uint8(shift)
        if shift and last - place > 0:
            made[:, last - place - 1] |= column >> np.uint8(8 - shift)


def split(data: Array, widths: Sequence[int]) -> list[Array]:
    """The columns, as bytes, that ``joined`` joined."""
    columns, low = [], sum(widths)
    for width in widths:
        low -= width
        columns.append(_cut(data, low, width))
    return columns


def _cut(data: Array, low: int, width: int) -> Array:
    """Bits ``low`` to ``low + width - 1`` of each row, as bytes."""
    shift, last = low % 8, data.shape[1] - 1 - low // 8
    part = np.empty((len(data), size(width)), np.uint8)
    for place in range(part.shape[1]):
        byte = data[:, last - place] >> np.uint8(shift)
        if shift and last - place > 0:
            byte = byte | data[:, last - place - 1] << np.uint8(8 - shift)
        part[:, part.shape[1] - 1 - place] = byte
    part[:, 0] &= np.uint8((1 << (width - 1) % 8 + 1) - 1)
    return part


def count(width: int, base: Base) -> int:
    """Digits of a word."""
    return -(-width // base)


def text(data: Array, width: int, base: Base) -> Array:
    """The digits of words, bytes, as ASCII: uint8[n, count(width, base)]."""
    made = _DIGITS[base].take(data).view(np.uint8).reshape(len(data), data.shape[1] * 8 // base)
    return made[:, made.shape[1] - count(width, base) :]


def values(ascii_digits: Array, width: int, base: Base) -> tuple[Array, Array | None] | None:
    """Words, bytes, of ASCII digits, and a mask of their bits that have no value (None: all have one).

    Bits without value are 0 in the words.  Returns None if a digit is none, or a word has a bit beyond its width.
    """
    worth = _VALUES.take(ascii_digits)
    most = int(worth.max(initial=0))
    if most >= _OTHER:
        return None
    lacking = None
    if most >= _UNKNOWN:
        lacking = _bytes_of(np.where(worth >= _UNKNOWN, np.uint8((1 << base) - 1), np.uint8(0)), width, base)
        worth = np.where(worth >= _UNKNOWN, np.uint8(0), worth)
        most = int(worth.max(initial=0))
    if most >> base or (worth[:, 0] >> np.uint8((width - 1) % base + 1)).any():
        return None
    return _bytes_of(worth, width, base), lacking


def _bytes_of(worth: Array, width: int, base: Base) -> Array:
    """Bytes of digits' values."""
    if base == 1:
        pad = -width % 8
        return np.packbits(np.pad(worth, ((0, 0), (pad, 0))) if pad else worth, axis=1)
    if worth.shape[1] % 2:
        worth = np.pad(worth, ((0, 0), (1, 0)))
    return worth[:, 0::2] << np.uint8(4) | worth[:, 1::2]
