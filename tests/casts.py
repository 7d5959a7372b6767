# SPDX-License-Identifier: BSD-3-Clause
"""What the peers cast, and operands that tell one cast from another.

The formats and their numpy dtypes are written out here, so that the table in c/src/nf_compat.c is judged by what
the peers really accept.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

import numfmt as nf

TORCH = [
    "binary16", "binary32", "binary64", "bfloat16",
    "float8_e4m3fn", "float8_e4m3fnuz", "float8_e5m2", "float8_e5m2fnuz", "float8_e8m0fnu",
]  # fmt: skip
ONNX = [*TORCH, "float6_e2m3fn", "float6_e3m2fn", "float4_e2m1fn"]
ML_DTYPES = [*ONNX, "float8_e3m4", "float8_e4m3", "float8_e4m3b11fnuz"]
NUMPY = ["binary16", "binary32", "binary64"]
INTEGERS = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"]
NUMPY_NAMES = {"binary16": "float16", "binary32": "float32", "binary64": "float64"}

#: Torch's vector code works on up to 64 elements at a time; what is left over goes through its scalar code.
WHOLE_VECTORS = 64


def dtype(name: str) -> np.dtype[Any]:
    """The dtype of ml_dtypes or numpy for a format, or of an integer."""
    import ml_dtypes

    name = NUMPY_NAMES.get(name, name)
    return np.dtype(getattr(ml_dtypes, name) if hasattr(ml_dtypes, name) else name)


def astype(x: Any, name: str) -> Any:
    """The codes that numpy, with ml_dtypes, casts an array to."""
    with np.errstate(all="ignore"):
        return x.astype(dtype(name)).view(nf.format(name).dtype)


def values(operands: Any, name: str) -> Any:
    """Codes, or integers, as the array that a cast takes."""
    return operands if name in INTEGERS else operands.view(dtype(name))


def operands(source: str, fmt: str, count: int) -> Any:
    """Codes of ``source``, or integers: all of up to 16 bits, ``count`` of more; a multiple of WHOLE_VECTORS."""
    if source in INTEGERS:
        chosen = integers(source)
    elif nf.format(source).width <= 16:
        chosen = np.arange(1 << nf.format(source).width, dtype=nf.format(source).dtype)
    else:
        raw = np.random.default_rng(sum(map(ord, source + fmt)))
        near = around_values(raw, source, fmt, count // 2)
        code = nf.format(source).dtype
        random = raw.integers(0, nf.format(source).codes[-1], count - near.size, dtype=code, endpoint=True)
        chosen = np.concatenate([random, near, specials(source)])
    return np.resize(chosen, -(-chosen.size // WHOLE_VECTORS) * WHOLE_VECTORS)


@cache
def integers(name: str) -> Any:
    """Bounds, and numbers of every size near the ties of every precision, directly and by way of float32."""
    low, high = np.iinfo(name).min, np.iinfo(name).max
    found = {0, 1, low, high, high - 1}
    for top in range(1, 64):
        for tie in range(top):
            for beyond in {max(tie - 24 + top % 3, 0), tie // 2}:
                base = (1 << top) + (1 << tie)
                for n in (base, base + (1 << beyond), base + (2 << tie), base - 1, base + 1, base + (1 << beyond) + 1):
                    found |= {n, -n}
    return np.array(sorted(n for n in found if low <= n <= high), name)


def around_values(raw: np.random.Generator, source: str, fmt: str, count: int) -> Any:
    """Codes of binary32 or binary64 at, next to, and half a float32 spacing from values and midpoints of ``fmt``."""
    target, wide = nf.format(fmt), nf.format(source)
    codes = raw.integers(0, target.max_code, count, dtype=np.uint64, endpoint=True)
    ends = [nf.decode(np.minimum(codes + np.uint64(step), target.max_code), target) for step in (0, 1)]
    lower, upper = (end.astype(np.float64) for end in ends)
    beyond = codes == target.max_code
    upper[beyond] = lower[beyond] * (1 + float(target.epsilon) / 2)
    points = np.where(raw.integers(0, 4, count) == 0, lower, lower / 2 + upper / 2)
    steps = raw.integers(-2, 3, count)
    if wide.width == 64:
        far = raw.integers(-1, 2, count) << np.where(raw.integers(0, 2, count) == 0, 28, raw.integers(0, 32, count))
        near = points.view(np.int64) + far + steps
    else:
        with np.errstate(over="ignore"):
            near = points.astype(np.float32).view(np.int32).astype(np.int64) + steps
    near = np.clip(near, 0, wide.max_code).astype(np.uint64)
    return (near | raw.integers(0, 2, count, dtype=np.uint64) << np.uint64(wide.width - 1)).astype(wide.dtype)


def specials(source: str) -> Any:
    """Zeros, infinities, quiet and signalling NaNs with payloads at both ends, the smallest and largest numbers."""
    fmt = nf.format(source)
    inf, fraction = fmt.max_code + 1, fmt.precision - 1
    nans = [inf | 1 << n for n in range(fraction)] + [inf | (1 << fraction) - (1 << n) for n in range(fraction)]
    positive = [0, 1, (1 << fraction) - 1, 1 << fraction, inf - 1, inf, *nans]
    return np.array(positive + [code | 1 << (fmt.width - 1) for code in positive], fmt.dtype)
