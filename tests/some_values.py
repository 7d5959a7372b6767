# SPDX-License-Identifier: BSD-3-Clause
"""Formats, environments and value objects to try things with."""

from __future__ import annotations

from typing import Any

import numpy as np

import numfmt as nf

E4M3, E5M2, F16, F32, F64 = (
    nf.float8_e4m3fn,
    nf.float8_e5m2,
    nf.float16,
    nf.float32,
    nf.float64,
)
WIDE = [nf.binary128, nf.x87_extended]
FORMATS = [E4M3, nf.float8_e4m3fnuz, nf.float4_e2m1fn, nf.float8_e8m0fnu, F16, nf.bfloat16, F32, F64, *WIDE]
ODD = nf.Env(rounding="to_odd")
STOCHASTIC = nf.Env(rounding="stochastic_a", random_bits_count=4)


def random_codes(fmt: nf.Format, shape: tuple[int, ...], seed: int = 1) -> Any:
    raw = np.random.default_rng(seed).integers(0, 256, (*shape, fmt.dtype.itemsize), dtype=np.uint8)
    if fmt.width > 64:
        raw[..., fmt.width // 8 :] = 0
        return raw.view(fmt.dtype)[..., 0]
    return raw.view(fmt.dtype)[..., 0] & fmt.dtype.type(fmt.codes[-1])


def keys(x: Any) -> list[Any]:
    """Exact numbers, NaNs and the signs of zeros in a form that compares."""
    return [("nan" if y != y else y, type(y), str(y) if y == 0 else "") for y in np.asarray(x, object).flat]  # noqa: PLR0124


def array_of(fmt: nf.Format, *shape: int, seed: int = 1, env: nf.Env | None = None) -> nf.Array:
    return nf.Array.from_codes(random_codes(fmt, shape, seed), fmt, env=env)
