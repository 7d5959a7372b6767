# SPDX-License-Identifier: BSD-3-Clause
"""Scales and zero points."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from numfmt import codec, floats, formats, inttypes
from numfmt.formats import Format
from numfmt.modes import Flags

if TYPE_CHECKING:
    from numfmt.quantize.affine import Affine

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, eq=False, slots=True)
class Parameters:
    """The scales and zero points of an array, read-only and of one shape; ``Affine.parameters`` makes them.

    scale
        float32 or float64 (``Affine.scale_dtype``): finite, positive, not subnormal.
    zero_point
        Codes: integers of ``Affine.dtype``, qmin to qmax.
    lo, hi
        The range that ``calibrate`` found, in float64; None for parameters that were given.
    clipped_below, clipped_above
        How many of the values that it looked at lie below and above that range; None if it does not know.

    Parameters are equal if scales and zero points are.  Arrays that can be written to are copied.
    """

    scale: Array
    zero_point: Array
    lo: Array | None = None
    hi: Array | None = None
    clipped_below: Array | None = None
    clipped_above: Array | None = None

    def __post_init__(self) -> None:
        for name in self.__slots__:
            array = getattr(self, name)
            if isinstance(array, np.ndarray) and array.flags.writeable:
                array = array.copy()
                array.setflags(write=False)
                object.__setattr__(self, name, array)

    def __reduce__(self) -> tuple[Any, ...]:
        return Parameters, tuple(getattr(self, name) for name in self.__slots__)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Parameters):
            return NotImplemented
        return all(
            one.dtype == two.dtype and np.array_equal(one, two)
            for one, two in ((self.scale, other.scale), (self.zero_point, other.zero_point))
        )

    def __hash__(self) -> int:
        return hash((self.scale.tobytes(), self.zero_point.tobytes()))


@functools.lru_cache(maxsize=256)
def scale_format(arithmetic: str) -> tuple[Format, np.dtype[Any]]:
    """The format that scales are rounded to and the dtype that holds them."""
    fmt = formats.format("binary64" if arithmetic == "exact" else arithmetic)
    return fmt, floats.float_for(fmt, None)


def make(affine: Affine, scale: Any, zero_point: Any) -> Parameters:
    """What ``Affine.parameters`` returns."""
    scales = _scales(affine, scale)
    zeros = np.empty(scales.shape, affine.dtype)
    zeros[...] = _zeros(affine, zero_point, scales.shape)
    return Parameters(scales, zeros)


def _scales(affine: Affine, scale: Any) -> Array:
    fmt, dtype = scale_format(affine.arithmetic)
    try:
        codes, flags = codec.encode(scale, fmt, flags=True)
    except (TypeError, ValueError) as error:
        text = str(error)  # about x, encode's name for it
        raise type(error)(f"scale{text[1:]}" if text.startswith(("x ", "x:")) else f"scale: {text}") from None
    values = np.asarray(codec.decode(codes, fmt, dtype=dtype))
    normal = fmt.min_normal
    wrong = ~(values > 0) | ~np.isfinite(values) | ((np.asarray(flags) & int(Flags.OVERFLOW)) != 0)
    if normal is not None:
        wrong |= values < float(normal)
    if wrong.any():
        index = int(np.argmax(wrong))
        given = np.asarray(scale, object).ravel()[index]
        raise ValueError(f"scale: element {index} is {given}: must be positive, finite and not subnormal in {fmt}")
    return np.array(values, dtype, order="C")


def _zeros(affine: Affine, zero_point: Any, shape: tuple[int, ...]) -> Any:
    default = 0 if affine.signed else 1 << (affine.bits - 1)
    if zero_point is None:
        if affine.scheme == "affine":
            raise ValueError("zero_point is missing: scheme 'affine' needs it")
        return default
    elements, array = inttypes.integers("zero_point", zero_point)
    zeros = np.array(elements, object).reshape(np.shape(zero_point)) if array is None else array
    if zeros.shape not in ((), shape):
        raise ValueError(f"zero_point has shape {zeros.shape}: must be a scalar, or {shape} as scale")
    low, high = (default, default) if affine.scheme == "symmetric" else (affine.qmin, affine.qmax)
    wrong = (zeros < low) | (zeros > high)
    if np.any(wrong):
        index = int(np.argmax(wrong))
        allowed = f"{low} to {high}" if low < high else f"{low}, as scheme is 'symmetric'"
        raise ValueError(f"zero_point: element {index} is {zeros.ravel()[index]}: must be {allowed}")
    return zeros
