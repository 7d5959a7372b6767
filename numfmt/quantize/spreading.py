# SPDX-License-Identifier: BSD-3-Clause
"""From the elements of granules to one number each, and from such numbers back to elements."""

from __future__ import annotations

from typing import Any

import numpy as np

from numfmt.quantize.granularity import Granularity

Array = np.ndarray[Any, np.dtype[Any]]


def largest(granularity: Granularity, sizes: Array) -> Array:
    """The largest of each granule, in the shape of the scales; 0 of none.  The elements are 0 or more."""
    shape = granularity.scale_shape(sizes.shape)
    if granularity.axis is not None and granularity.group is None:
        sizes = np.moveaxis(sizes, granularity.axis, 0)
        return np.asarray(sizes.max(axis=tuple(range(1, sizes.ndim)), initial=0))
    if not shape:
        return np.asarray(sizes.max(initial=0))
    parts = _parts(shape, sizes.shape)
    split = [size for pair in zip(shape, parts, strict=True) for size in pair]
    return np.asarray(sizes.reshape(split).max(axis=tuple(range(1, 2 * sizes.ndim, 2)), initial=0))


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
