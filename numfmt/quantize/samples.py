# SPDX-License-Identifier: BSD-3-Clause
"""What a calibration looks at: the values of an array, one row for each granule."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from numfmt import codec, sources
from numfmt.values import Array as FormatArray

if TYPE_CHECKING:
    from numfmt.quantize.affine import Affine

Values = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Samples:
    """One batch: ``rows`` of shape (granules, values of each), float16, float32 or float64, without infinities; the
    granules' own shape; whether NaNs are among the values.
    """

    rows: Values
    shape: tuple[int, ...]
    has_nan: bool

    def each(self) -> Iterator[Values]:
        """The values of each granule in float64, NaNs left out."""
        for row in self.rows:
            kept = row[~np.isnan(row)] if self.has_nan else row
            yield kept.astype(np.float64)


def read(affine: Affine, x: Any) -> Samples:
    """The batch ``x`` as a quantizer's granules see it.

    Raises ValueError for an infinity, for a NaN unless the quantizer has a code for it, for a shape that the
    granularity does not fit; TypeError for what binary64 does not hold.
    """
    values = floats(x)
    rows, shape = _by_granule(affine, values)
    nan = np.isnan(values)
    has_nan = bool(nan.any())
    if has_nan and affine.nan == "raise":
        raise ValueError(f"x{_at(nan)} is NaN: calibration leaves NaNs out where nan= is not 'raise'")
    infinite = np.isinf(values)
    if infinite.any():
        raise ValueError(f"x{_at(infinite)} is {values[infinite][0]}: no range holds it")
    return Samples(rows, shape, has_nan)


def floats(x: Any) -> Values:
    """The exact values of x in float16, float32 or float64."""
    if isinstance(x, FormatArray):
        return np.asarray(codec.decode(x.codes, x.format))
    if not isinstance(x, np.ndarray | np.generic):
        elements: list[Any] = []
        shape = sources.flatten("x", x, elements)
        if not all(isinstance(one, float | int | np.floating | np.integer) for one in elements):
            raise TypeError("x holds what is neither float nor int: must be an array or nested lists of numbers")
        return np.array([_float64(one) for one in elements], np.float64).reshape(shape)
    array = np.asarray(x)
    if array.dtype.kind == "f" and array.dtype.type in (np.float16, np.float32, np.float64):
        return array.astype(array.dtype.newbyteorder("="), copy=False)
    if array.dtype.kind in "iu":
        return _floats_of_integers(array)
    fmt = sources.format_of(array.dtype)
    if fmt is None:
        raise TypeError(f"x has dtype {array.dtype}: must be float, integer, or that of a numfmt format")
    return np.asarray(codec.decode(np.ascontiguousarray(array).view(fmt.dtype), fmt)).reshape(array.shape)


def _floats_of_integers(array: Values) -> Values:
    values = array.astype(np.float64)
    if array.dtype.itemsize == 8:
        wrong = np.array([int(a) != int(b) for a, b in zip(array.flat, values.flat, strict=True)], bool)
        if wrong.any():
            at = wrong.reshape(array.shape)
            raise ValueError(f"x{_at(at)} is {array[at][0]}, which binary64 does not have")
    return values


def _float64(x: Any) -> float:
    value = float(x)
    if isinstance(x, int | np.integer) and int(value) != int(x):
        raise ValueError(f"x holds {x}, which binary64 does not have")
    return value


def _at(mask: Values) -> str:
    """The index of the first element that the mask marks."""
    index = np.unravel_index(int(np.argmax(mask)), mask.shape)
    return f"[{', '.join(str(int(k)) for k in index)}]" if mask.ndim else ""


def _by_granule(affine: Affine, values: Values) -> tuple[Values, tuple[int, ...]]:
    """(rows, the granules' shape)."""
    shape = affine.granularity.scale_shape(values.shape)
    if affine.axis is not None and affine.group is None:
        rows = np.moveaxis(values, affine.axis, 0)
        return rows.reshape(len(rows), math.prod(rows.shape[1:])), shape
    if not shape:
        return values.reshape(1, -1), shape
    sizes = [n // granules if granules else 1 for n, granules in zip(values.shape, shape, strict=True)]
    split = [part for pair in zip(shape, sizes, strict=True) for part in pair]
    outer, inner = range(0, 2 * values.ndim, 2), range(1, 2 * values.ndim, 2)
    rows = values.reshape(split).transpose(*outer, *inner)
    return rows.reshape(math.prod(shape), math.prod(sizes)), shape
