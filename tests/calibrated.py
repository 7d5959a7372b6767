# SPDX-License-Identifier: BSD-3-Clause
"""Samples to calibrate with, and what came out, as plain numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from numfmt.quantize import Affine, Parameters

Array = np.ndarray[Any, np.dtype[Any]]


def drawn(seed: int, n: int, dtype: Any = np.float32) -> Array:
    """Heavy tails, and a mean that is not 0."""
    rng = np.random.default_rng(seed)
    return np.asarray((rng.standard_t(3, n) + rng.normal()).astype(dtype))


def facts(p: Parameters, *names: str) -> list[Any]:
    """Attributes of parameters, as (lists of) Python numbers; None stays None."""
    values = [getattr(p, name) for name in names]
    return [None if value is None else value.tolist() for value in values]


def fit_of(affine: Affine, x: Any, method: str = "minmax", **options: Any) -> list[Any]:
    """[scale, zero point] for x."""
    return facts(affine.calibrate(x, method, **options), "scale", "zero_point")
