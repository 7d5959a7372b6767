# SPDX-License-Identifier: BSD-3-Clause
"""Columns of a vector file: the type of the values in one, and where their codes lie in its words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from numfmt import containers, formats, inttypes
from numfmt.containers import Container
from numfmt.formats import Format
from numfmt.inttypes import IntType

Array = np.ndarray[Any, np.dtype[Any]]
#: Results that have no type of their own: bits of a column.
_PLAIN_WIDTHS = {"bool": 1, "class": 4}


@dataclass(frozen=True)
class Column:
    """Operands or results: floats, integers, or what ``plain`` names (``bool``, ``class``)."""

    type: Format | IntType | None
    container: Container | None = None
    plain: str = ""

    def __str__(self) -> str:
        """What ``column`` reads."""
        return f"{self.type}@{self.container}" if self.container else str(self.type or self.plain)

    @property
    def bits(self) -> int:
        """Bits of a word."""
        if self.container:
            return self.container.bits
        return self.type.width if self.type else _PLAIN_WIDTHS[self.plain]

    @property
    def ignored(self) -> int:
        """The bits of a word that mean nothing."""
        if self.container is None or self.container.fill != "ignore" or not isinstance(self.type, Format):
            return 0
        return (1 << self.bits) - 1 & ~int(self.container.pack(self.type.codes[-1], self.type))

    def words(self, codes: Array) -> Array:
        """The words that hold codes."""
        packed: Array = self.container.pack(codes, self.type) if self.container else codes  # type: ignore[arg-type]
        return packed

    def codes(self, words: Array) -> Array:
        """The codes in words: uint64, or ``lo``, ``hi`` records above 64 bits."""
        if self.container:
            unpacked: Array = self.container.unpack(words, self.type)  # type: ignore[arg-type]
            return unpacked
        if isinstance(self.type, IntType):
            return words.astype(self.type.code_dtype)
        return words.astype(self.type.dtype if self.type else np.uint8)


class ColumnError(ValueError):
    """A text that names no column."""


def column(text: str, kind: str) -> Column:
    """The column of floats (``kind`` f) or integers (i) that a text names: ``tf32``, ``tf32@tf32_b32``, ``int32``.

    Raises ColumnError, or what the look-up of its parts raises.
    """
    name, _, place = text.partition("@")
    if kind == "i":
        if place:
            raise ColumnError(f"{text}: an integer has no container")
        return Column(inttypes.int_type(name))
    fmt = formats.format(name)
    if not place:
        return Column(fmt)
    made = containers.container(place)
    if made.elements > 1:
        raise ColumnError(f"{text}: a vector's word holds one code, not {made.elements}")
    made.pack(0, fmt)  # does it fit?
    return Column(fmt, made)
