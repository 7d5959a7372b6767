# SPDX-License-Identifier: BSD-3-Clause
"""What a calibration looks at: the values of an array, one row for each granule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from numfmt.quantize.inputs import floats_of
from numfmt.quantize.spreading import by_granule

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
    values = floats_of("x", x)
    rows, shape = by_granule(affine.granularity, values), affine.granularity.scale_shape(values.shape)
    nan = np.isnan(values)
    has_nan = bool(nan.any())
    if has_nan and affine.nan == "raise":
        raise ValueError(f"x{_at(nan)} is NaN: calibration leaves NaNs out where nan= is not 'raise'")
    infinite = np.isinf(values)
    if infinite.any():
        raise ValueError(f"x{_at(infinite)} is {values[infinite][0]}: no range holds it")
    return Samples(rows, shape, has_nan)


def _at(mask: Values) -> str:
    """The index of the first element that the mask marks."""
    index = np.unravel_index(int(np.argmax(mask)), mask.shape)
    return f"[{', '.join(str(int(k)) for k in index)}]" if mask.ndim else ""
