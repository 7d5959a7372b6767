# SPDX-License-Identifier: BSD-3-Clause
"""Which of numpy's floats hold every value of a format."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from numfmt.formats import Format, format


def float_for(fmt: Format, dtype: Any) -> np.dtype[Any]:
    """The float dtype, in native byte order, that holds every value of ``fmt``.

    dtype
        None: float32, or float64 if float32 does not do; else this one or none.

    Raises ValueError if it is no float dtype, or cannot hold a value.
    """
    candidates: list[np.dtype[Any]] = [np.dtype(t) for t in ((np.float32, np.float64) if dtype is None else (dtype,))]
    if not {candidate.type for candidate in candidates} <= {np.float16, np.float32, np.float64}:
        raise ValueError(f"dtype is {candidates[0]}: must be float16, float32, float64 or object")
    for candidate in candidates:
        if _is_exact_in(fmt, format(candidate.name)):
            return candidate.newbyteorder("=")
    tried = " nor ".join(str(candidate) for candidate in candidates)
    raise ValueError(f"dtype: not every value of {fmt} is exact in {tried}; use dtype=object for Fractions")


@functools.lru_cache(maxsize=1024)
def _is_exact_in(fmt: Format, wide: Format) -> bool:
    """Is every value of ``fmt`` one of ``wide``, an IEEE format?"""
    all_subnormal = fmt.min_normal is None
    quantum = fmt.min_positive / (1 if fmt.exp0 == "subnormal" else 1 << (fmt.precision - 1))
    return fmt.precision - all_subnormal <= wide.precision and fmt.max <= wide.max and quantum >= wide.min_positive
