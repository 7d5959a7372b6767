# SPDX-License-Identifier: BSD-3-Clause
"""What the quantizers of this package deliver, in one form: exact values, and how they are stored."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from numfmt import arguments, codec, formats, operations
from numfmt.formats import Format
from numfmt.quantize import inputs
from numfmt.quantize.grids import GridCodes
from numfmt.quantize.quantized import Quantized
from numfmt.quantize.scaling import ScaledCodes
from numfmt.quantize.spreading import spread

Array = np.ndarray[Any, np.dtype[Any]]

_WIDE = formats.format("binary128")


class Made(NamedTuple):
    """Quantized values as codes of a float format, and what is known about how they are stored."""

    values: Array
    format: Format
    code_bits: int
    scales: int = 0
    zero_points: int = 0
    zero_point_bits: int = 0
    saturated: tuple[int, int] | None = None


def _exact(q: Quantized) -> tuple[Array, Format]:
    """(code - zero point) * scale, 33 bits by 53, in binary128."""
    kind, shape = q.affine.granularity, q.codes.shape
    steps = q.codes.astype(np.int64) - spread(kind, q.parameters.zero_point, shape)
    scale = spread(kind, np.asarray(codec.encode(q.parameters.scale, _WIDE)), shape)
    return np.asarray(operations.mul(codec.encode(steps, _WIDE), scale, _WIDE)), _WIDE


def made(q: Any, fmt: Format | str | None = None) -> Made:
    """What an ``encode`` of this package delivered, or plain codes of ``fmt``.  Raises TypeError for anything else."""
    if fmt is not None:
        known = formats.format(fmt)
        return Made(arguments.codes_of("q", q, known), known, known.width)
    if isinstance(q, GridCodes):
        return Made(q.grid.points_as(q.codes, _WIDE), _WIDE, q.grid.bits, saturated=(q.below, q.above))
    if isinstance(q, ScaledCodes):
        found, known = inputs.codes_of(q.values)
        width = q.scaled.fmt.width
        return Made(found, known, width, scales=q.parameters.scale.size, saturated=(q.below, q.above))
    if isinstance(q, Quantized):
        found, known = _exact(q) if q.affine.arithmetic == "exact" else inputs.codes_of(q.values)
        count, bits = q.parameters.scale.size, q.affine.bits
        zero_points, zero_bits = (count, bits) if q.affine.scheme == "affine" else (0, 0)
        return Made(found, known, bits, count, zero_points, zero_bits, (q.below, q.above))
    raise TypeError(
        f"q is {type(q).__name__}: must be what an encode of numfmt.quantize delivered, or codes together with fmt"
    )
