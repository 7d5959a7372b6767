# SPDX-License-Identifier: BSD-3-Clause
"""What ``encode`` accepts, as one of three exact forms that C reads: codes of a format, 64-bit integers, parts.

Nothing is rounded here.  Lists never go through ``np.asarray``, which would round ``[2**63, -1]`` to float64.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from numfmt import _bind
from numfmt.formats import Format, format, named, struct
from numfmt.text import parse_number

_FLOATS = {2: format("binary16"), 4: format("binary32"), 8: format("binary64")}
#: np.finfo(np.longdouble).nmant -> the format of its codes and their bytes.
_LONGDOUBLES = {
    63: (Format(width=80, precision=64, bias=16383, explicit_leading_bit=True, name="x87"), 10),
    112: (Format(width=128, precision=113, bias=16383, name="binary128"), 16),
}
#: Bits of significand handed to C, one less than it takes, and where exponents are cut off: both far outside
#: every format.
_SIG_BITS = 127
_EXP_LIMIT = 1 << 24


@dataclass(frozen=True, slots=True)
class Source:
    """Exact values: ``array`` holds codes of ``format``; with no format 64-bit integers or PARTS records."""

    array: np.ndarray[Any, np.dtype[Any]]
    format: Format | None = None


def read(x: Any) -> Source:
    """The exact values of ``encode``'s argument ``x``."""
    if isinstance(x, np.ndarray | np.generic) and not isinstance(x, str | bytes):
        return _read_array(np.asarray(x))
    if type(x) is float:
        return _read_array(np.asarray(x))
    elements: list[Any] = []
    shape = flatten("x", x, elements)
    return _read_elements(elements, shape)


def _read_array(x: np.ndarray[Any, np.dtype[Any]]) -> Source:
    kind = x.dtype.kind
    if kind in "iu":
        return Source(np.asarray(x, np.int64 if kind == "i" else np.uint64, order="C"))
    if x.dtype.type is np.longdouble and x.dtype.itemsize != 8:
        return _read_longdouble(x)
    if kind == "f" and x.dtype.itemsize in _FLOATS and x.dtype.type.__module__ == "numpy":
        size = x.dtype.itemsize
        native = np.asarray(x, x.dtype.newbyteorder("="), order="C")
        return Source(native.view(f"u{size}"), _FLOATS[size])
    if kind == "O":
        return _read_elements(list(x.ravel()), x.shape)
    fmt = format_of(x.dtype)
    if fmt is not None:
        return Source(np.asarray(x, order="C").view(fmt.dtype), fmt)
    if _is_small_integer(x.dtype):
        return Source(np.asarray(x.astype(np.int64), order="C"))
    raise TypeError(f"x has dtype {x.dtype}: must be a float, integer or object array")


def format_of(dtype: np.dtype[Any]) -> Format | None:
    """The format that a dtype's name tells (numpy's, ml_dtypes'), if it holds one code per element."""
    if dtype.kind in "biuOcSUmM" or dtype.type is np.longdouble:
        return None
    fmt = named(dtype.name)
    return fmt if fmt is not None and fmt.dtype.itemsize == dtype.itemsize else None


def _is_small_integer(dtype: np.dtype[Any]) -> bool:
    """ml_dtypes' int1, int2, int4 and their unsigned kin, one element per byte."""
    return dtype.name.removeprefix("u") in ("int1", "int2", "int4") and dtype.itemsize == 1


def _read_longdouble(x: np.ndarray[Any, np.dtype[Any]]) -> Source:
    nmant = int(np.finfo(np.longdouble).nmant)
    if nmant not in _LONGDOUBLES:
        raise TypeError(f"x has dtype {x.dtype} with {nmant} fraction bits: no IEEE format, use float64")
    fmt, size = _LONGDOUBLES[nmant]
    native = np.asarray(x, x.dtype.newbyteorder("="), order="C")
    octets = native.reshape(-1, 1).view(np.uint8)
    padded = np.zeros((native.size, 16), np.uint8)
    padded[:, :size] = octets[:, :size]  # what lies above x87's 80 bits is padding
    return Source(padded.view(fmt.dtype).reshape(native.shape), fmt)


def flatten(name: str, x: Any, elements: list[Any]) -> tuple[int, ...]:
    """Appends the scalars of nested sequences to ``elements``; the shape.  ``name`` is the argument's, for errors."""
    if isinstance(x, np.ndarray) and x.ndim:
        x = list(x)
    if isinstance(x, str | bytes | bytearray | memoryview) or not isinstance(x, Sequence):
        elements.append(x)
        return ()
    shapes = {flatten(name, item, elements) for item in x}
    if len(shapes) > 1:
        raise ValueError(f"{name} has a ragged shape: items of shapes {sorted(shapes)} side by side")
    return (len(x), *(shapes.pop() if shapes else ()))


def _read_elements(elements: list[Any], shape: tuple[int, ...]) -> Source:
    kinds = {type(element) for element in elements}
    if kinds == {float} or not elements:
        return _read_array(np.array(elements, np.float64).reshape(shape))
    if kinds == {int} and min(elements) >= -(2**63) and max(elements) < 2**63:
        return _read_array(np.array(elements, np.int64).reshape(shape))
    parts = np.zeros(len(elements), _bind.PARTS)
    for index, element in enumerate(elements):
        parts[index] = _parts(element)
    return Source(parts.reshape(shape))


def _parts(x: Any) -> tuple[int, ...]:
    """One scalar as a PARTS record."""
    if isinstance(x, bool | np.bool_):
        raise TypeError("x holds a bool: must be int, float, Fraction, str or a numpy number")
    if isinstance(x, int | np.integer):
        return _rational(int(x), 1)
    if isinstance(x, Fraction):
        return _rational(x.numerator, x.denominator)
    if isinstance(x, str):
        return _text(x)
    if isinstance(x, np.ndarray) and x.dtype.kind == "O":
        return _parts(x.item())
    if isinstance(x, float | np.ndarray | np.generic):
        source = _read_array(np.asarray(x))
        if source.format is None:
            return _rational(int(source.array), 1)
        parts: tuple[int, ...] = _bind.unpack(struct(source.format), source.array)[()].item()
        return parts
    raise TypeError(f"x holds a {type(x).__name__}: must be int, float, Fraction, str or a numpy number")


def _text(x: str) -> tuple[int, ...]:
    number = parse_number(x)
    if number.special:
        kind = _bind.KIND_INF if number.special == "inf" else _bind.KIND_QUIET_NAN
        return (0, 0, 0, kind, number.negative, 0, 1)
    parts = _rational(number.numerator, number.denominator, number.exp)
    return (*parts[:4], number.negative, *parts[5:])


def _rational(numerator: int, denominator: int, scale: int = 0) -> tuple[int, ...]:
    """numerator / denominator * 2^scale: a quotient of 127 or 128 bits with a sticky bit for its remainder."""
    size = abs(numerator)
    if size == 0:
        return (0, 0, 0, _bind.KIND_ZERO, 0, 0, 0)
    shift = _SIG_BITS - size.bit_length() + denominator.bit_length()
    sig, rest = divmod(size << max(shift, 0), denominator << max(-shift, 0))
    exp = max(-_EXP_LIMIT, min(scale - shift, _EXP_LIMIT))
    return (sig >> 64, sig & (2**64 - 1), exp, _bind.KIND_FINITE, numerator < 0, rest != 0, 0)
