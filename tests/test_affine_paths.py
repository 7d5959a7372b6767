# SPDX-License-Identifier: BSD-3-Clause
"""Nearly ties of random scales, where conventions part, and every path through C on the same numbers."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
from affine_cases import ROUNDINGS, Array, both, expected, found, steps

import numfmt as nf
from numfmt import _bind_quantize, formats

DTYPES = {"binary32": np.float32, "binary64": np.float64}


def near_ties(rng: np.random.Generator, scale: Any, n: int) -> Array:
    """(k + 1/2) * scale, a step beside it, and integers times the scale; -100 < k < 100."""
    dtype = type(scale)
    x = (rng.integers(-200, 200, n) / 2).astype(dtype) * scale
    toward = rng.choice(np.array([-np.inf, np.inf], dtype), n)
    return np.asarray(np.where(rng.integers(0, 2, n) == 0, x, np.nextafter(x, toward)), dtype)


@pytest.mark.parametrize("arithmetic", DTYPES)
def test_near_ties(arithmetic: str) -> None:
    for rounding in ROUNDINGS:
        rng = np.random.default_rng(ROUNDINGS.index(rounding))
        for divide, zp_add in steps(arithmetic):
            affine, rules = both(
                rounding=rounding, divide=divide, zp_add=zp_add, arithmetic=arithmetic,
                random_bits_count=8 * (rounding == "stochastic"),
            )  # fmt: skip
            scale = DTYPES[arithmetic](rng.uniform(0.01, 1))
            p = affine.parameters(scale=scale, zero_point=int(rng.integers(-20, 20)))
            x, bits = near_ties(rng, scale, 37), rng.integers(0, 256, 37)
            q = affine.encode(x, p, random_bits=bits if rounding == "stochastic" else None)
            assert found(q) == expected(x, p, rules, random_bits=bits), (rounding, divide, zp_add)


@pytest.mark.parametrize("arithmetic", DTYPES)
def test_near_ties_tell_every_way_from_every_other(arithmetic: str) -> None:
    """The tests above would otherwise prove little."""
    rng = np.random.default_rng(1)
    codes: dict[tuple[str, str], list[bytes]] = {pair: [] for pair in steps(arithmetic)}
    for _ in range(8):
        scale = DTYPES[arithmetic](rng.uniform(0.01, 1))
        x = near_ties(rng, scale, 2000)
        for (divide, zp_add), found_here in codes.items():
            affine, _ = both(divide=divide, zp_add=zp_add, arithmetic=arithmetic)
            q = affine.encode(x, affine.parameters(scale=scale, zero_point=3))
            found_here.append(q.codes.tobytes())
    assert len(set(map(tuple, codes.values()))) == len(codes) == 5


def patterns(rng: np.random.Generator, n: int) -> Array:
    """float32 with any bits, in the range of the codes, and special."""
    bits = rng.integers(0, 1 << 32, n, np.uint32).view(np.float32)
    x = np.where(rng.integers(0, 4, n) == 0, bits, near_ties(rng, np.float32(0.1), n)).astype(np.float32)
    x[::101] = rng.choice(np.array([np.nan, np.inf, -np.inf, -0.0, 1e-45, -1e-40, 3.4e38], np.float32), x[::101].shape)
    return x


CASES = [(True, 8, None), (False, 8, 0), (False, 16, 1)]
MORE = [(True, 8, 0), (True, 8, 1), (False, 8, None), (False, 8, 1), (True, 4, None), (True, 32, None), (True, 32, 1)]


@pytest.mark.parametrize(
    ("signed", "bits", "axis"), [*CASES, *(pytest.param(*case, marks=pytest.mark.full) for case in MORE)]
)
def test_paths_agree(signed: bool, bits: int, axis: int | None) -> None:
    rng = np.random.default_rng(bits)
    x = patterns(rng, 61 * 67).reshape(61, 67)
    of = () if axis is None else (x.shape[axis],)
    scale, zero_point = rng.uniform(0.09, 0.11, of).astype(np.float32), rng.integers(0, 8, of)
    for rounding, (divide, zp_add) in product(ROUNDINGS[:-1], steps("binary32")):
        affine, _ = both(
            bits=bits, signed=signed, rounding=rounding, divide=divide, zp_add=zp_add, nan="zero", axis=axis
        )
        p = affine.parameters(scale=scale, zero_point=zero_point)
        auto, generic = (affine.encode(x, p, path=path) for path in ("auto", "generic"))
        assert auto.codes.tobytes() == generic.codes.tobytes(), (rounding, divide, zp_add)
        assert found(auto) == found(generic)
        assert affine.decode(auto).tobytes() == affine.decode(auto, path="generic").tobytes()


def test_exact_ties_of_scales_wider_than_any_float() -> None:
    """(x + z s) / s has no room for scales of 110 bits and zero points of 31; C takes them."""
    wide = formats.format("binary128")
    rng = np.random.default_rng(3)
    n = 64
    scales = [Fraction(int(rng.integers(1 << 55, 1 << 56)) << 54 | int(rng.integers(1 << 53)) | 1) for _ in range(n)]
    halves = [Fraction(2 * int(j) + 1, 2) for j in rng.integers(-3, 3, n)]
    zeros = rng.integers(-(2**31) + 9, 2**31 - 9, n)
    x, scale = (nf.encode(one, wide) for one in ([h * s for h, s in zip(halves, scales, strict=True)], scales))
    fields = {
        "low": -(2**31),
        "high": 2**31 - 1,
        "nan_code": 0,
        "code_bytes": 4,
        "order": _bind_quantize.ORDERS["before"],
    }
    codes = np.empty(n, np.int32)
    granules = _bind_quantize.Granules((1, 1, n, 1), scale, zeros)
    how = _bind_quantize.quantizer((formats.struct(wide), formats.struct(wide), None), fields)
    _bind_quantize.encode(how, granules, _bind_quantize.Ends(x, codes), (0, n), generic=True)
    assert codes.tolist() == [round(h + int(z)) for h, z in zip(halves, zeros, strict=True)]
