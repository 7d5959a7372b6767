# SPDX-License-Identifier: BSD-3-Clause
"""From the elements of granules to one number each, and from such numbers back to elements."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from numfmt.quantize.granularity import Granularity

Array = np.ndarray[Any, np.dtype[Any]]


def by_granule(granularity: Granularity, values: Array) -> Array:
    """One row of values for each granule, in the order of the scales: (granules, values of each)."""
    shape = granularity.scale_shape(values.shape)
    if granularity.axis is not None and granularity.group is None:
        rows = np.moveaxis(values, granularity.axis, 0)
        return rows.reshape(len(rows), math.prod(rows.shape[1:]))
    if not shape:
        return values.reshape(1, -1)
    sizes = _parts(shape, values.shape)
    split = [part for pair in zip(shape, sizes, strict=True) for part in pair]
    outer, inner = range(0, 2 * values.ndim, 2), range(1, 2 * values.ndim, 2)
    rows = values.reshape(split).transpose(*outer, *inner)
    return rows.reshape(math.prod(shape), math.prod(sizes))


def largest(granularity: Granularity, sizes: Array) -> Array:
    """The largest of each granule, in the shape of the scales; 0 of none.  The elements are 0 or more."""
    found = by_granule(granularity, sizes).max(axis=1, initial=0)
    return np.asarray(found).reshape(granularity.scale_shape(sizes.shape))


def spread(granularity: Granularity, numbers: Array, shape: tuple[int, ...]) -> Array:
    """One number for each element of an array of that shape.  Raises ValueError if there are too few or too many."""
    wanted = granularity.scale_shape(shape)
    if numbers.shape != wanted:
        raise ValueError(f"scale has shape {numbers.shape}: must be {wanted} for x of shape {shape}")
    if granularity.axis is not None and granularity.group is None:
        behind = len(shape) - 1 - granularity.axis % len(shape)
        return np.broadcast_to(numbers.reshape(-1, *(1,) * behind), shape)
    if not wanted:
        return np.broadcast_to(numbers, shape)
    for k, part in enumerate(_parts(wanted, shape)):
        numbers = numbers if part == 1 else numbers.repeat(part, axis=k)
    return numbers


def _parts(scales: tuple[int, ...], shape: tuple[int, ...]) -> list[int]:
    """How many elements of each dimension share a scale."""
    return [size // scale if scale else 1 for size, scale in zip(shape, scales, strict=True)]
