# SPDX-License-Identifier: BSD-3-Clause
"""Which elements of an array share a scale."""

from __future__ import annotations

import math
from dataclasses import dataclass

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Granularity:
    """One scale for a whole array; or by ``axis``, one for each index along a dimension, with ``group`` one for so many
    neighbours along it; or by ``tile``, one for so many rows and columns of the last two dimensions.
    """

    axis: int | None = None
    group: int | None = None
    tile: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if self.axis is not None and type(self.axis) is not int:
            raise ValueError(f"axis is {self.axis!r}: must be an integer or None")
        if self.group is not None and (type(self.group) is not int or self.group < 1):
            raise ValueError(f"group is {self.group!r}: must be a positive integer or None")
        if self.group is not None and self.axis is None:
            raise ValueError(f"group is {self.group}, but axis is None: groups lie along an axis")
        if self.tile is None:
            return
        sizes = self.tile if isinstance(self.tile, tuple) else ()
        if len(sizes) != 2 or any(type(size) is not int or size < 1 for size in sizes):
            raise ValueError(f"tile is {self.tile!r}: must be a tuple of two positive integers or None")
        if self.axis is not None:
            raise ValueError(f"tile is {self.tile} and axis is {self.axis}: one of them must be None")

    def scale_shape(self, shape: Shape) -> Shape:
        """The shape of the scales of an array of that shape; ValueError where it does not go with it."""
        if self.tile is not None:
            if len(shape) < len(self.tile):
                raise ValueError(f"tile is {self.tile}: x has shape {shape}, and must have two dimensions or more")
            ends = [_divided("tile", size, part, shape) for size, part in zip(shape[-2:], self.tile, strict=True)]
            return (*shape[:-2], *ends)
        if self.axis is None:
            return ()
        axis = self._axis(shape)
        if self.group is None:
            return (shape[axis],)
        return (*shape[:axis], _divided("group", shape[axis], self.group, shape), *shape[axis + 1 :])

    def sizes(self, shape: Shape) -> tuple[int, int, int, int]:
        """(blocks, repeats, row, run) of ``nf_affine_shape``; element sizes that are 0 stay so."""
        if self.tile is not None:
            rows, columns = self.tile
            return math.prod(shape[:-2]) * (shape[-2] // rows), rows, shape[-1], columns
        if self.axis is None:
            size = math.prod(shape)
            return 1, 1, size, size
        axis = self._axis(shape)
        outer, inner = math.prod(shape[:axis]), math.prod(shape[axis + 1 :])
        if self.group is None:
            return 1, outer, shape[axis] * inner, inner
        if inner == 1:
            return 1, 1, outer * shape[axis], self.group
        return outer * (shape[axis] // self.group), self.group, inner, 1

    def _axis(self, shape: Shape) -> int:
        if self.axis is None or not -len(shape) <= self.axis < len(shape):
            raise ValueError(f"axis is {self.axis}: x has shape {shape}, {len(shape)} dimensions")
        return self.axis % len(shape)


def _divided(name: str, size: int, part: int, shape: Shape) -> int:
    if size % part:
        raise ValueError(f"{name} is {part} long: does not divide {size}, a dimension of x, of shape {shape}")
    return size // part
