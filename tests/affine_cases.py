# SPDX-License-Identifier: BSD-3-Clause
"""Quantizers of the library beside the oracle: arrays as numbers, conventions as both sides take them."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import oracle_quantize as oracle
from numpy.typing import ArrayLike, NDArray

from numfmt.quantize import Affine, Parameters, Quantized

Array = NDArray[Any]

ROUNDINGS = tuple(oracle.MODE_OF)
ARITHMETICS = (*oracle.FORMATS, "exact")
FLOAT16 = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
"""Every float16, in the order of the codes."""


def number(x: Any) -> oracle.Number:
    """What one element of a float array is."""
    return oracle.exact_number(float(x))


def steps(arithmetic: str) -> Iterator[tuple[str, str]]:
    """(divide, zp_add): every pair that goes with the arithmetic."""
    yield from product(("div",), ("after", "before"))
    if arithmetic != "exact":
        yield from product(("recip",), ("after", "before", "fused"))


def scale_in(scale: float, arithmetic: str) -> float:
    """The nearest scale that the arithmetic has; "exact" scales are binary64's."""
    rounded = oracle.rounded(Fraction(scale), arithmetic)
    return float(rounded)


def both(**conventions: Any) -> tuple[Affine, oracle.Rules]:
    """The library's quantizer with an explicit zero point, and the oracle's."""
    names = set(oracle.Rules.__dataclass_fields__)
    rules = oracle.Rules(**{name: value for name, value in conventions.items() if name in names}, scheme="affine")
    return Affine(scheme="affine", **conventions), rules


def expected(
    x: Array,
    parameters: Parameters,
    rules: oracle.Rules,
    granularity: oracle.Granularity = oracle.PER_TENSOR,
    random_bits: ArrayLike = 0,
) -> oracle.Encoded:
    """What the oracle makes of an array, element by element."""
    bits = np.broadcast_to(np.asarray(random_bits), x.shape)
    return oracle.encode_array(
        lambda index: number(x[index]),
        x.shape,
        lambda index: Fraction(float(parameters.scale[index])),
        lambda index: int(parameters.zero_point[index]),
        rules,
        granularity,
        lambda index: int(bits[index]),
    )


def found(q: Quantized) -> oracle.Encoded:
    """The library's result in the oracle's terms."""
    return oracle.Encoded(tuple(q.codes.ravel().tolist()), q.below, q.above, q.inexact, q.nan)
