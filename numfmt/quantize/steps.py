# SPDX-License-Identifier: BSD-3-Clause
"""Arithmetic on arrays of numbers, each step rounded once into a named format, or exact."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from numfmt import codec, formats, operations

Numbers = np.ndarray[Any, np.dtype[Any]]
"""float64 values, or Fractions in an object array: those of exact steps."""

_as_fractions: Callable[[Any], Any] = np.frompyfunc(Fraction, 1, 1)
_as_integers: Callable[[Any], Any] = np.frompyfunc(round, 1, 1)  # Fractions: to nearest, ties to even


class Steps:
    """+, -, *, / and max on arrays of numbers in one arithmetic.

    arithmetic
        A format whose values binary64 has: each result is rounded once into it, ties to even, subnormals kept;
        numbers are float64 arrays, whose own exact values are the operands.  Or "exact": nothing is rounded, and
        numbers are arrays of Fractions.
    """

    def __init__(self, arithmetic: str) -> None:
        self.arithmetic = arithmetic
        self.format = None if arithmetic == "exact" else formats.format(arithmetic)

    def numbers(self, values: Any) -> Numbers:
        """Finite floats or integers that binary64 has, as operands."""
        array = np.asarray(values, np.float64)
        return array if self.format is not None else np.asarray(_as_fractions(array), object)

    def rounded(self, numbers: Numbers) -> Numbers:
        """Each number rounded once; exact steps keep it."""
        if self.format is None:
            return numbers if numbers.dtype == object else self.numbers(numbers)
        codes = codec.encode(numbers, self.format)
        return np.asarray(codec.decode(codes, self.format), np.float64)

    def add(self, a: Any, b: Any) -> Numbers:
        return self._step(operations.add, a, b) if self.format is not None else a + b

    def sub(self, a: Any, b: Any) -> Numbers:
        return self._step(operations.sub, a, b) if self.format is not None else a - b

    def mul(self, a: Any, b: Any) -> Numbers:
        return self._step(operations.mul, a, b) if self.format is not None else a * b

    def div(self, a: Any, b: Any) -> Numbers:
        return self._step(operations.div, a, b) if self.format is not None else a / b

    def scaled(self, x: Numbers, ratio: Fraction) -> Numbers:
        """x times a ratio of integers below 2^53, in one rounding."""
        if self.format is None:
            return np.asarray(x * ratio, object)
        above, below = (_bits(np.full(x.shape, float(n))) for n in ratio.as_integer_ratio())
        product = operations.mul(_bits(x), above, "binary64", to="binary128")  # exact
        codes = operations.div(product, below, ("binary128", "binary64"), to=self.format)
        return np.asarray(codec.decode(codes, self.format), np.float64)

    def rint(self, x: Numbers) -> Numbers:
        """int64 integers, ties to even, saturated."""
        if self.format is None:
            return np.asarray(_as_integers(x)).clip(-(2**63), 2**63 - 1).astype(np.int64)
        return np.asarray(operations.to_int(_bits(x), "binary64", "int64"))

    def _step(self, operation: Callable[..., Any], a: Any, b: Any) -> Numbers:
        x, y = np.broadcast_arrays(np.asarray(a, np.float64), np.asarray(b, np.float64))
        codes = operation(_bits(x), _bits(y), "binary64", to=self.format)
        return np.asarray(codec.decode(codes, self.format), np.float64)  # type: ignore[arg-type]


def _bits(x: Numbers) -> Numbers:
    return np.ascontiguousarray(x).reshape(x.shape).view(np.uint64)
