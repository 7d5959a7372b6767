# SPDX-License-Identifier: BSD-3-Clause
"""Values as a test bench has them, integers, arrays, a simulator's logic vectors, as codes; bits without value too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from numfmt import arguments, formats, sources
from numfmt.formats import Format
from numfmt.inttypes import IntType
from numfmt.values import Array as Numbers

Array = np.ndarray[Any, np.dtype[Any]]

_ARRAYS = list, tuple, np.ndarray, Numbers
#: How an object tells its integer; ``__int__`` of one that has ``__float__`` too would cut a number.
_WAYS = "to_unsigned", "integer", "__index__", "__int__"


def is_array(value: Any) -> bool:
    """Does an argument hold several values?  A list, a tuple, an array of at least one dimension."""
    return isinstance(value, _ARRAYS) and getattr(value, "ndim", 1) > 0


def unwrapped(name: str, value: Any, type_: Format | IntType | None) -> Any:
    """The codes of a numfmt.Array, and of a scalar whose dtype is the format's (ml_dtypes'); else the value as it is.

    Raises TypeError for an Array of another format.
    """
    if isinstance(value, Numbers):
        found = value.format
        if found != type_:
            wanted = f"codes of {type_}" if isinstance(type_, Format) else "integers"
            raise TypeError(f"{name} is a numfmt.Array of {found}: must be {wanted}; of other formats take its .codes")
        return value.codes
    if isinstance(type_, Format) and isinstance(value, np.generic) and type(value).__module__ != "numpy":
        scalar = np.asarray(value)
        if sources.format_of(scalar.dtype) == type_:
            return scalar.view(type_.dtype)
    return value


def word(name: str, value: Any) -> int | None:
    """The integer in a value; None if one of its bits is X, Z or the like.

    An integer, or what a simulator delivers: an object with ``to_unsigned()`` (cocotb 2's LogicArray), ``integer``
    (cocotb 1's BinaryValue) or ``__int__`` (Logic); one that is not ``is_resolvable``, or that answers with a
    ValueError, has no value.  Raises TypeError for anything else, floats and text among them.
    """
    if isinstance(value, np.ndarray):
        value = value[()]
    if isinstance(value, np.void) and value.dtype.names == ("lo", "hi"):
        return formats.code_int(value)
    if isinstance(value, int | np.integer | np.bool_):
        return int(value)
    if not hasattr(value, "as_integer_ratio") and not isinstance(value, str | bytes):
        if not getattr(value, "is_resolvable", True):
            return None
        for way in _WAYS[: 3 if hasattr(type(value), "__float__") else 4]:
            try:
                found = getattr(value, way)
                return int(found() if callable(found) else found)
            except ValueError:
                return None
            except (AttributeError, TypeError):
                pass
    raise TypeError(f"{name} is {type(value).__name__}: must be an integer, a code, or a simulator's value of one")


class Signal:
    """An operand, a result or flags of a device: its name, and what codes it has.

    type
        Of a float or an integer; a signed integer may be given as a number or as its two's complement.
    bits
        Of anything else.
    """

    __slots__ = ("_bits", "_low", "name", "top", "type")

    def __init__(self, name: str, type_: Format | IntType | None, bits: int = 0) -> None:
        self.name, self.type = name, type_
        self._bits = type_.width if type_ else bits
        self._low = type_.values[0] if isinstance(type_, IntType) else 0
        self.top = (1 << self._bits) - 1

    def one(self, value: Any) -> int | None:
        """The code of one value; None if a bit has no value.  Raises TypeError, and ValueError if it is too wide."""
        code = value if value.__class__ is int else self._word(value)
        if code is None or 0 <= code <= self.top:
            return code
        if not self._low <= code <= self.top:
            raise ValueError(f"{self.name} is {code:#x}: {self._range()}")
        return code & self.top

    def _word(self, value: Any) -> int | None:
        if isinstance(value, np.ndarray) and value.ndim == 0:
            value = value[()]
        return word(self.name, unwrapped(self.name, value, self.type))

    def many(self, values: Any) -> tuple[Array, Array | None]:
        """The codes of values, an array, and where a bit has no value, bool of the same shape; None: nowhere.

        A list or a tuple has one dimension.
        """
        values = unwrapped(self.name, values, self.type) if isinstance(values, Numbers) else values
        if isinstance(values, np.ndarray) and values.dtype != object:
            return self._of_array(values), None
        if not is_array(values):
            code = self.one(values)
            return self._array([code or 0]).reshape(()), np.ones((), np.bool_) if code is None else None
        codes = [self.one(value) for value in (values.ravel() if isinstance(values, np.ndarray) else values)]
        shape = values.shape if isinstance(values, np.ndarray) else (len(codes),)
        unknown = np.array([code is None for code in codes], np.bool_).reshape(shape) if None in codes else None
        return self._array([code or 0 for code in codes]).reshape(shape), unknown

    def _of_array(self, values: Array) -> Array:
        if isinstance(self.type, Format):
            return arguments.codes_of(self.name, values, self.type)
        if values.dtype.kind not in "iub":
            raise TypeError(f"{self.name} has dtype {values.dtype}: must be integers")
        if values.size and not self._low <= int(values.min()) <= int(values.max()) <= self.top:
            raise ValueError(f"{self.name} goes from {values.min()} to {values.max()}: {self._range()}")
        return (values.astype(np.uint64) & np.uint64(self.top)).astype(self._dtype)

    def _array(self, codes: list[int]) -> Array:
        return formats.code_array(self.type, codes) if isinstance(self.type, Format) else np.array(codes, self._dtype)

    @property
    def _dtype(self) -> np.dtype[Any]:
        if self.type is None:
            return np.dtype(np.uint8 if self._bits <= 8 else np.uint32)
        return self.type.code_dtype if isinstance(self.type, IntType) else self.type.dtype

    def _range(self) -> str:
        what = str(self.type) if self.type else f"a word of {self._bits} bits"
        return f"{what} takes {'numbers' if self._low else 'codes'} {self._low:#x} to {self.top:#x}"


def together(signals: Sequence[Signal], values: Sequence[Any]) -> tuple[tuple[int, ...], list[Array], Array]:
    """Values as arrays of codes: their common shape, one array of one dimension for each, and where all bits have
    values.
    """
    columns, unknown = zip(*(one.many(value) for one, value in zip(signals, values, strict=True)), strict=True)
    try:
        shape = np.broadcast_shapes(*(column.shape for column in columns))
    except ValueError:
        shapes = ", ".join(f"{one.name} {column.shape}" for one, column in zip(signals, columns, strict=True))
        raise ValueError(f"shapes are {shapes}: they do not broadcast") from None
    known = np.ones(shape, np.bool_)
    for mask in unknown:
        if mask is not None:
            known &= ~mask
    return shape, [np.ascontiguousarray(np.broadcast_to(column, shape)).ravel() for column in columns], known.ravel()
