# SPDX-License-Identifier: BSD-3-Clause
"""Random bits for stochastic rounding: always the caller's, never hidden state."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def random_bits(shape: int | tuple[int, ...], count: int, seed: int) -> Any:
    """Uniform random integers below ``2**count`` for the ``random_bits=`` of a stochastic rounding.

    shape
        Shape of the result, a uint32 array.
    count
        Bits per element, 0 to 32: ``Env.random_bits_count``.
    seed
        0 to ``2**128 - 1``.  The same seed gives the same bits on every machine and with every numpy: they are
        the upper bits of numpy's Philox 4x64-10 stream, keyed with the seed, one 64-bit word per element.

    Raises ValueError for an argument out of range.
    """
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    if any(not isinstance(size, int) or size < 0 for size in shape):
        raise ValueError(f"shape is {shape}: must be integers 0 or more")
    if not isinstance(count, int) or not 0 <= count <= 32:
        raise ValueError(f"count is {count!r}: must be an integer 0 to 32")
    if not isinstance(seed, int) or not 0 <= seed < 1 << 128:
        raise ValueError(f"seed is {seed!r}: must be an integer 0 to 2^128 - 1")
    words = np.random.Philox(key=seed).random_raw(math.prod(shape)).reshape(shape)
    return (words >> np.uint64(32) >> np.uint64(32 - count)).astype(np.uint32)
