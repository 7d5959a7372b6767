# SPDX-License-Identifier: BSD-3-Clause
"""Arguments of the integer codes, values of any size and codes, as arrays that C reads; large ones in parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from numfmt import sources, threads
from numfmt._bind import NumfmtError

Array = np.ndarray[Any, np.dtype[Any]]

#: Integer dtypes of ml_dtypes, one element a byte.
_SMALL = ("int1", "int2", "int4", "uint1", "uint2", "uint4")
_HINT = " (encode() takes values)"


def values_of(name: str, x: Any) -> tuple[Array, tuple[int, ...]]:
    """The argument ``name`` and its shape: an array of that shape and an integer dtype, or, where 64 bits are not
    enough, of uint64 with one dimension more, the words of two's complement, the lowest first.
    """
    if isinstance(x, np.ndarray | np.generic) and x.dtype != object:
        array = np.asarray(x)
        if array.dtype.kind not in "iu":
            if array.dtype.name not in _SMALL:
                raise TypeError(f"{name} has dtype {array.dtype}: must be integers{_hint(array.dtype.kind in 'fV')}")
            array = array.astype(np.int8)
        return np.asarray(array, array.dtype.newbyteorder("="), order="C"), array.shape
    elements: list[Any] = []
    shape = sources.flatten(name, x, elements)
    numbers = [_integer(name, index, element) for index, element in enumerate(elements)]
    low, high = min(numbers, default=0), max(numbers, default=0)
    if low >= -(2**63) and high < 2**63:
        return np.array(numbers, np.int64).reshape(shape), shape
    if low >= 0 and high < 2**64:
        return np.array(numbers, np.uint64).reshape(shape), shape
    words = max(low.bit_length(), high.bit_length()) // 64 + 1
    octets = b"".join(number.to_bytes(8 * words, "little", signed=True) for number in numbers)
    return np.frombuffer(octets, "<u8").astype(np.uint64).reshape(*shape, words), shape


def _integer(name: str, index: int, element: Any) -> int:
    if isinstance(element, bool | np.bool_) or not isinstance(element, int | np.integer):
        is_float = isinstance(element, float | np.floating)
        raise TypeError(f"{name}: element {index} is {element!r}: must be an integer{_hint(is_float)}")
    return int(element)


def _hint(is_float: bool) -> str:  # noqa: FBT001 - a flag by name only here
    return " (nf.to_int rounds floats to integers)" if is_float else ""


def number_at(values: Array, shape: tuple[int, ...], index: int) -> int:
    """Element ``index`` of what ``values_of`` gives."""
    if values.shape == shape:
        return int(values.reshape(-1)[index])
    words = values.reshape(-1, values.shape[-1])[index]
    return int.from_bytes(words.astype("<u8").tobytes(), "little", signed=True)


def shown(number: int) -> str:
    """An integer for a message, whatever its size."""
    size = number.bit_length()
    return str(number) if size <= 256 else f"about {'-' if number < 0 else ''}2**{size - 1}"


def codes_of(name: str, codes: Any, width: int, kind: str) -> Array:
    """The argument ``name`` as a C-contiguous native array of an unsigned dtype that holds ``width`` bits.

    C finds codes of that array that have bits above the width.
    """
    dtype = code_dtype(width)
    limit = f"{kind} takes codes 0 to {hex((1 << width) - 1)}"
    if not isinstance(codes, np.ndarray | np.generic) or codes.dtype == object:
        elements: list[Any] = []
        shape = sources.flatten(name, codes, elements)
        for index, code in enumerate(elements):
            if isinstance(code, bool | np.bool_) or not isinstance(code, int | np.integer):
                raise TypeError(f"{name}: element {index} is {code!r}: must be an integer; {limit}")
            if not 0 <= code < 1 << width:
                raise ValueError(f"{name}: element {index} is {shown(int(code))}: {limit}{_HINT if code < 0 else ''}")
        return np.array([int(code) for code in elements], dtype).reshape(shape)
    array = np.asarray(codes)
    if array.dtype.kind not in "iu":
        raise TypeError(f"{name} has dtype {array.dtype}: must be integers; {limit}{_HINT}")
    if array.dtype.kind == "u" and array.itemsize <= dtype.itemsize:
        return np.asarray(array, dtype, order="C")
    if array.size and (int(array.min()) < 0 or int(array.max()) >= 1 << width):
        flat = array.ravel().tolist()
        index = next(i for i, code in enumerate(flat) if not 0 <= code < 1 << width)
        raise ValueError(f"{name}: element {index} is {flat[index]}: {limit}{_HINT if flat[index] < 0 else ''}")
    return np.asarray(array, dtype, order="C")


def code_dtype(width: int) -> np.dtype[Any]:
    """The smallest unsigned dtype of so many bits."""
    return np.dtype(f"u{next(size for size in (1, 2, 4, 8) if width <= 8 * size)}")


def in_parts(call: Callable[..., None], arrays: Sequence[Array], *, alone: bool = False) -> None:
    """``call(*arrays)`` for arrays of one size, large ones over several cores.

    alone
        Leave the arrays whole: an output is the caller's, and nothing may be written to it if any element is refused.
    """
    size = arrays[0].size
    count = 1 if alone else threads.number(None, size, is_fast=True)
    if count > 1:
        flat = [array.reshape(-1) for array in arrays]
        try:
            threads.spread(lambda bounds: call(*(array[slice(*bounds)] for array in flat)), size, count)
        except NumfmtError:  # about an element of one part; the whole says which it is
            pass
        else:
            return
    call(*arrays)
