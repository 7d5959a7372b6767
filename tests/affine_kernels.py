# SPDX-License-Identifier: BSD-3-Clause
"""Affine quantizers by every instruction set against the specification path, and operands where they could differ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

import numfmt as nf
from numfmt import _bind, _bind_quantize
from numfmt._bind_quantize import Ends, Granules
from numfmt.quantize import Affine, application

Array = np.ndarray[Any, np.dtype[Any]]
ROUNDINGS = ("half_even", "half_away", "half_up", "ceil", "floor", "trunc")
ORDERS = (("div", "after"), ("div", "before"), ("recip", "after"), ("recip", "before"), ("recip", "fused"))
CODES = ((8, True), (8, False), (4, True), (5, False), (16, True), (16, False), (1, False))
#: Not 0: what a kernel does not write shows.
UNTOUCHED = 77
SPECIAL = np.array([
    0.0, -0.0, np.nan, -np.nan, np.inf, -np.inf, 1e-45, -1e-45, 1.17e-38, 1.18e-38, -1.18e-38, 3.4e38, -3.4e38, 1e30,
    0.5, 1.5, -0.5, 2.5, -1.5, 0.49999997, -0.49999997, 0.50000006, 8388607.5, -8388607.5, 8388608, 4194303.5,
    2147483520, 2147483648, -2147483648, 4294967296, 9.2e18, -9.3e18, 16777217, 33554434,
], np.float32)  # fmt: skip
SCALES = np.array([1, 0.1, 3.0, 2.0**-126, 3.4e38, 2.0**127, 1 / 3, 2.0**-20], np.float32)


def fast_isas(affine: Affine) -> list[str]:
    """The instruction sets with a kernel of their own for it."""
    how, kept, found = handle(affine), _bind.ISA, []
    for isa in _bind.isas():
        _bind.ISA = isa
        if _bind_quantize.is_fast(how):
            found.append(isa)
    _bind.ISA = kept
    return found


def handle(affine: Affine) -> Any:
    return application.handle(affine, nf.float32, affine.arithmetic)


def scaled(x: Array, scale: float) -> Array:
    """Products as float32."""
    with np.errstate(over="ignore", invalid="ignore"):
        products: Array = (x.astype(np.float64) * np.float64(scale)).astype(np.float32)
    return products


def near_ties(scale: float, top: int) -> Array:
    """Halves from -top to top times the scale, and their neighbours."""
    middles = scaled(np.arange(-2 * top, 2 * top + 1) * 0.5, scale)
    up, down = (np.nextafter(middles, np.float32(end)) for end in (np.inf, -np.inf))
    return np.concatenate([middles, up, down])


def zero_points(affine: Affine) -> list[int]:
    return sorted(
        {affine.qmin, affine.qmax, min(max(0, affine.qmin), affine.qmax), (affine.qmin + affine.qmax) // 2 | 1}
    )


def operands(count: int, scale: float, seed: int) -> Array:
    """Near ties, special values, any bits."""
    rng = np.random.default_rng(seed)
    kinds = rng.integers(0, 4, count)
    words = rng.integers(0, 1 << 32, count, np.uint64).astype(np.uint32).view(np.float32)
    ties = rng.choice(near_ties(scale, 300), count)
    return np.where(kinds == 0, words, np.where(kinds == 1, rng.choice(SPECIAL, count), ties)).astype(np.float32)


def each_way(affine: Affine, x: Array, granules: Granules, part: tuple[int, int]) -> Iterator[tuple[str, Any]]:
    """By the specification path and by each kernel: codes and counts, values of codes and flags."""
    how = handle(affine)
    valid: Array | None = None
    for isa in ("generic", *fast_isas(affine)):
        _bind.ISA = isa
        codes = np.full(x.shape, UNTOUCHED, affine.dtype)
        counts = _bind_quantize.encode(how, granules, Ends(x, codes), part, generic=False)
        if valid is None:
            valid = np.clip(codes, affine.qmin, affine.qmax).astype(affine.dtype)
        values = np.full(x.shape, UNTOUCHED, np.float32)
        flags = _bind_quantize.decode(how, granules, Ends(valid, values), part, generic=False)
        yield isa, (codes.tobytes(), counts, values.tobytes(), flags)


def assert_fast(affine: Affine, x: Array, granules: Granules, part: tuple[int, int] | None = None) -> None:
    """Every code, count, value and flag is the specification path's."""
    kept = _bind.ISA
    try:
        ways = list(each_way(affine, x, granules, part or (0, x.size)))
    finally:
        _bind.ISA = kept
    for isa, found in ways[1:]:
        assert found == ways[0][1], (isa, affine, x.shape, part)
