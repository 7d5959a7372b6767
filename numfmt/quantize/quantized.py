# SPDX-License-Identifier: BSD-3-Clause
"""What quantizing an array gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numfmt.quantize.affine import Affine
    from numfmt.quantize.parameters import Parameters

Array = np.ndarray[Any, np.dtype[Any]]


class Counted:
    """What the results of all quantizers have: codes, which numpy reads, and how many elements were clipped."""

    __slots__ = ()

    codes: Array
    below: int
    above: int

    @property
    def saturated(self) -> int:
        """How many elements were clipped."""
        return self.below + self.above

    @property
    def shape(self) -> tuple[int, ...]:
        """That of the codes."""
        shape: tuple[int, ...] = self.codes.shape
        return shape

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:  # noqa: FBT001 - numpy's protocol
        """The codes."""
        if dtype is None or np.dtype(dtype) == self.codes.dtype:
            return self.codes.copy() if copy else self.codes
        if copy is False:
            raise ValueError(f"codes have dtype {self.codes.dtype}: as {np.dtype(dtype)} they need a copy")
        return self.codes.astype(dtype)


@dataclass(frozen=True, eq=False, slots=True)
class Quantized(Counted):
    """The codes of an array, and what happened on the way to them.

    codes
        Integers of ``affine.dtype`` in the shape of the array.
    parameters, affine
        What they mean.
    below, above
        How many elements were clipped at the low and the high end; infinities are.
    inexact
        How many are not equal to the value of their code, rounded to ``affine.arithmetic``; a NaN never is.
    nan
        How many were NaN.
    """

    codes: Array
    parameters: Parameters
    affine: Affine
    below: int
    above: int
    inexact: int
    nan: int

    @property
    def values(self) -> Any:
        """``affine.decode(self)``: the values of the codes, each rounded once."""
        return self.affine.decode(self)

    @property
    def exact(self) -> Any:
        """(code - zero point) * scale, without rounding: float64 if it holds all of them, else Fractions."""
        return self.affine.exact(self)
