# SPDX-License-Identifier: BSD-3-Clause
"""Integer types by name: what ``to_int`` delivers, ``from_int`` and ``scaleb`` read."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from numfmt import _bind, sources

Array = np.ndarray[Any, np.dtype[Any]]

_NAME = re.compile(r"(u?)int([1-9]\d?)", re.IGNORECASE)


@dataclass(frozen=True, order=True)
class IntType:
    """An integer of 1 to 64 bits, two's complement if signed: ``int8``, ``uint4``."""

    width: int
    signed: bool

    def __str__(self) -> str:
        return f"{'' if self.signed else 'u'}int{self.width}"

    @property
    def dtype(self) -> np.dtype[Any]:
        """The smallest numpy dtype that holds the values."""
        return np.dtype(f"{'i' if self.signed else 'u'}{self._bytes}")

    @property
    def code_dtype(self) -> np.dtype[Any]:
        """The dtype of codes."""
        return np.dtype(f"u{self._bytes}")

    @property
    def values(self) -> range:
        """Every value."""
        half = 1 << (self.width - 1)
        return range(-half, half) if self.signed else range(2 * half)

    @property
    def _bytes(self) -> int:
        return next(size for size in (1, 2, 4, 8) if self.width <= 8 * size)

    def encode(self, name: str, values: Any) -> Array:
        """Two's complement codes of the argument ``name``: integers of any dtype, or nested lists of ints."""
        elements, array = integers(name, values)
        low, high = self.values[0], self.values[-1]
        for element in elements:
            if not low <= element <= high:
                raise ValueError(f"{name} holds {element}: {self} is {low} to {high}")
        if array is None:
            array = np.array([element & (1 << 64) - 1 for element in elements], np.uint64).reshape(np.shape(values))
        mask = np.uint64((1 << self.width) - 1)
        wide = array.astype(np.uint64) if array.dtype.kind == "u" else array.astype(np.int64).view(np.uint64)
        return np.asarray(wide & mask, self.code_dtype, order="C")

    def decode(self, codes: Array) -> Array:
        """The values of codes, sign-extended."""
        unused = 8 * self._bytes - self.width
        values = codes.view(self.dtype)
        return values << unused >> unused if self.signed and unused else values


def integers(name: str, values: Any) -> tuple[list[int], Array | None]:
    """The argument ``name`` checked to hold integers: an array with its extremes, or all elements of nested lists."""
    if isinstance(values, np.ndarray | np.generic) and values.dtype != object:
        array = np.asarray(values)
        if array.dtype.kind not in "iu":
            raise TypeError(f"{name} has dtype {array.dtype}: must be integers")
        return [int(array.min()), int(array.max())] if array.size else [], array
    elements: list[Any] = []
    sources.flatten(name, values, elements)
    for element in elements:
        if isinstance(element, bool | np.bool_) or not isinstance(element, int | np.integer):
            raise TypeError(f"{name} holds {element!r}: must be integers")
    return [int(element) for element in elements], None


def int_type(name: str | IntType) -> IntType:
    """The type that a name means, such as ``int8`` or ``uint32``; ValueError for no such name."""
    if isinstance(name, IntType):
        return name
    match = _NAME.fullmatch(name) if isinstance(name, str) else None
    if match is None or int(match[2]) > 64:
        raise ValueError(f"{name!r} is no integer type: must be int1 to int64 or uint1 to uint64")
    return IntType(int(match[2]), not match[1])


def is_int_name(name: object) -> bool:
    """Is this an integer type or the name of one?"""
    return isinstance(name, IntType) or (isinstance(name, str) and _NAME.fullmatch(name) is not None)


@functools.lru_cache(maxsize=256)
def struct(type_: IntType) -> Any:
    """The type as C takes it."""
    return _bind.int_struct(type_.width, signed=type_.signed)
