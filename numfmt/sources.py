# SPDX-License-Identifier: BSD-3-Clause
"""What ``encode`` accepts, as one of three exact forms that C reads: codes of a format, 64-bit integers, parts.

Nothing is rounded here.  Lists never go through ``np.asarray``, which would round ``[2**63, -1]`` to float64.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from numfmt import _bind, formats, parts, text
from numfmt.formats import Format, format, named, struct

_FLOATS = {2: format("binary16"), 4: format("binary32"), 8: format("binary64")}
#: np.finfo(np.longdouble).nmant -> the format of its codes and their bytes.
_LONGDOUBLES = {
    63: (Format(width=80, precision=64, bias=16383, explicit_leading_bit=True, name="x87"), 10),
    112: (Format(width=128, precision=113, bias=16383, name="binary128"), 16),
}
_WANTED = "must be int, float, Fraction, Decimal, mpmath.mpf, str or a numpy number"
#: Beyond this power of two no Fraction is made.
_FAR = 2_800_000


@dataclass(frozen=True, slots=True)
class Source:
    """Exact values: ``array`` holds codes of ``format``; with no format 64-bit integers or PARTS records.

    It is C-contiguous in native byte order, unless ``read`` was asked for no copy.
    """

    array: np.ndarray[Any, np.dtype[Any]]
    format: Format | None = None


def read(x: Any, fmt: Format, *, copy: bool = True) -> Source:
    """The exact values of ``encode``'s argument ``x``, on their way into ``fmt``; ``copy=False`` leaves float arrays
    with any strides and byte order where they are.

    ``fmt`` decides no bit here: it says where a NaN's payload goes and from where on a number is only tiny or huge.
    """
    if isinstance(x, np.ndarray | np.generic):
        array = np.asarray(x)
        if array.dtype.kind in "OUT":
            return _read_elements(array.ravel().tolist(), array.shape, fmt)
        return _read_array(array, copy=copy)
    if type(x) is float:
        return _read_array(np.asarray(x))
    elements: list[Any] = []
    shape = flatten("x", x, elements)
    return _read_elements(elements, shape, fmt)


def _read_array(x: np.ndarray[Any, np.dtype[Any]], *, copy: bool = True) -> Source:
    kind = x.dtype.kind
    if kind in "iu":
        return Source(np.asarray(x, np.int64 if kind == "i" else np.uint64, order="C"))
    if x.dtype.type is np.longdouble and x.dtype.itemsize != 8:
        return _read_longdouble(x)
    if kind == "f" and x.dtype.itemsize in _FLOATS and x.dtype.type.__module__ == "numpy":
        size = x.dtype.itemsize
        values = np.asarray(x, x.dtype.newbyteorder("="), order="C") if copy else x
        return Source(values.view(f"{values.dtype.byteorder}u{size}"), _FLOATS[size])
    fmt = format_of(x.dtype)
    if fmt is not None:
        return Source(np.asarray(x, order="C").view(fmt.dtype), fmt)
    if _is_small_integer(x.dtype):
        return Source(np.asarray(x.astype(np.int64), order="C"))
    raise TypeError(f"x has dtype {x.dtype}: must be a float, integer, string or object array")


def float_format(dtype: np.dtype[Any]) -> Format | None:
    """The format of float16, float32 or float64 in native byte order; None for any other dtype."""
    return _FLOATS[dtype.itemsize] if dtype.char in "efd" and dtype.isnative else None


def format_of(dtype: np.dtype[Any]) -> Format | None:
    """The format that a dtype's name tells (numpy's, ml_dtypes'), if it holds one code per element."""
    if dtype.kind in "biuOcSTUmM" or dtype.type is np.longdouble:
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


def _read_elements(elements: list[Any], shape: tuple[int, ...], fmt: Format) -> Source:
    kinds = {type(element) for element in elements}
    if kinds == {float} or not elements:
        return _read_array(np.array(elements, np.float64).reshape(shape))
    if kinds == {int} and min(elements) >= -(2**63) and max(elements) < 2**63:
        return _read_array(np.array(elements, np.int64).reshape(shape))
    if kinds <= {str, np.str_}:
        rows = text.rows(elements, fmt)
    elif kinds == {Decimal} and all(element.is_finite() for element in elements):
        rows = text.rows(map(str, elements), fmt)
    else:
        rows = [_row(element, fmt) for element in elements]
    return Source(parts.array(rows, len(rows)).reshape(shape))


def _row(x: Any, fmt: Format) -> parts.Row:
    """One scalar as a PARTS record."""
    if isinstance(x, np.ndarray):
        x = x[()]
    if isinstance(x, bool | np.bool_):
        raise TypeError(f"x holds a bool: {_WANTED}")
    if isinstance(x, int | np.integer):
        return parts.quotient(int(x))
    if isinstance(x, Fraction):
        return parts.quotient(x.numerator, x.denominator)
    if isinstance(x, str):
        return text.row(x, fmt)
    if isinstance(x, Decimal):
        return _decimal(x, fmt)
    if isinstance(x, float | np.generic):
        source = _read_array(np.asarray(x))
        if source.format is None:
            return parts.quotient(int(source.array))
        record: parts.Row = _bind.unpack(struct(source.format), source.array)[()].item()
        return record
    if hasattr(type(x), "_mpf_"):
        return _mpf(*x._mpf_)
    raise TypeError(f"x holds a {type(x).__name__}: {_WANTED}")


def _decimal(x: Decimal, fmt: Format) -> parts.Row:
    if not x.is_nan():
        return text.row(str(x), fmt)
    sign, digits, _ = x.as_tuple()  # a NaN's digits are its payload
    payload = parts.integer("".join(map(str, digits))) if digits else None
    return parts.nan(fmt, payload, negative=bool(sign), signaling=x.is_snan())


def _mpf(sign: int, man: Any, exp: int, kind: int) -> parts.Row:
    """mpmath's raw form: +-man * 2**exp; without man but with exp an infinity (kind -2, -3) or nan (-1)."""
    if man or not exp:
        return parts.quotient(-int(man) if sign else int(man), 1, int(exp))
    if kind == -1:
        return (0, 0, 0, _bind.KIND_QUIET_NAN, 0, 0, 1)
    return parts.infinity(negative=kind == -3)


def exact(x: Any) -> Fraction | float | None:
    """The exact value of one scalar: a float for -0.0, inf and nan; None if it is too far out to be written down."""
    if isinstance(x, Decimal):
        x = "nan" if x.is_nan() else str(x)
    if isinstance(x, str):
        return text.fraction(x)
    if isinstance(x, int | Fraction) and not isinstance(x, bool):
        return Fraction(x)
    if isinstance(x, float | np.generic):
        source = _read_array(np.asarray(x))
        if source.format is None:
            return Fraction(int(source.array))
        return formats.exact(_bind.unpack(struct(source.format), source.array)[()])
    if hasattr(type(x), "_mpf_"):
        sign, man, exp, kind = x._mpf_
        if man or not exp:
            return Fraction(-man if sign else man) * Fraction(2) ** exp if abs(exp) < _FAR else None
        return {-3: -math.inf, -2: math.inf}.get(kind, math.nan)
    raise TypeError(f"x is {type(x).__name__}: {_WANTED}")
