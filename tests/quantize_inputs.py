# SPDX-License-Identifier: BSD-3-Clause
"""Numbers on which quantizers part: ties and their neighbours, ends, huge, tiny, zeros; and every float16."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

#: Beyond int32, where conversions in C++ saturate or go wrong, and beyond int64.
HUGE = np.array([2147483520, 2147483648, 3e9, 1e10, 9.3e18, 1e19, 1e30, 3e38, np.inf], np.float32)
TINY = np.array([0.0, 1e-45, 1e-40, 1.2e-38, 1e-30], np.float32)


def neighbours(x: Array) -> Array:
    """float32 values and those next to them on both sides."""
    return np.concatenate([x, np.nextafter(x, np.float32(np.inf)), np.nextafter(x, np.float32(-np.inf))])


def ties(scale: float, zero_point: int, qmin: int, qmax: int, most: int = 600) -> Array:
    """(k + 1/2) scale as float32, with neighbours, for codes from below the lowest to above the highest."""
    low, high = qmin - zero_point - 3, qmax - zero_point + 3
    k = np.unique(np.linspace(low, high, most).astype(np.int64)) if high - low > most else np.arange(low, high)
    return neighbours(((k + 0.5) * scale).astype(np.float32))


def special(scale: float) -> Array:
    """Zeros, tiny and large numbers of both signs, as long as x / scale stays below 2^31."""
    large = np.minimum(np.array([1, 1e3, 1e6, 2e9]) * float(scale), 3e38).astype(np.float32)
    return np.concatenate([s * x for s in (np.float32(1), np.float32(-1)) for x in (TINY, large)])


def directed(scale: float, zero_point: int, qmin: int, qmax: int) -> Array:
    return np.concatenate([ties(scale, zero_point, qmin, qmax), special(scale)])


def all_float16() -> Array:
    """Every finite float16, as float32."""
    values = np.arange(1 << 16, dtype=np.uint16).view(np.float16).astype(np.float32)
    return values[np.isfinite(values)]


def some_scales(rng: np.random.Generator, count: int) -> Array:
    """Of all magnitudes, powers of two and popular ones among them."""
    drawn = np.exp(rng.normal(size=count) * 3).astype(np.float32)
    return np.concatenate([drawn, np.array([1, 0.5, 0.1, 0.3, 1 / 127, 3e-5, 1e9, 2**-100, 2**100], np.float32)])
