# SPDX-License-Identifier: BSD-3-Clause
"""Sums of products of quantized numbers with zero points, against loops over Python's integers."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import oracle_quantize as oracle
import pytest

from numfmt.quantize import Affine, products


def quantized(rng: np.random.Generator, shape: tuple[int, int], axis: int | None, **conventions: Any) -> Any:
    """Random codes over the whole range, with a scale and zero point for all or for every index along axis."""
    affine = Affine(scheme="affine", axis=axis, **conventions)
    of = () if axis is None else (shape[axis],)
    zero_point = rng.integers(affine.qmin, affine.qmax + 1, of)
    p = affine.parameters(scale=rng.uniform(0.01, 1, of).astype(np.float32), zero_point=zero_point)
    codes = rng.integers(affine.qmin, affine.qmax + 1, shape)
    return affine.encode(affine.decode(codes, p), p)


def per(values: Any, n: int) -> list[Any]:
    return list(np.broadcast_to(values, n).tolist())


@pytest.mark.parametrize("channels", [False, True])
@pytest.mark.parametrize("bits", [4, 8, 16])
def test_matmul(channels: bool, bits: int) -> None:
    rng = np.random.default_rng(bits)
    a = quantized(rng, (3, 7), 0 if channels else None, bits=bits, signed=False)
    b = quantized(rng, (7, 5), 1 if channels else None, bits=bits, signed=True)
    product = products.matmul(a, b)
    zero_a, zero_b = per(a.parameters.zero_point, 3), per(b.parameters.zero_point, 5)
    want = oracle.matmul(a.codes.tolist(), b.codes.tolist(), zero_a, zero_b)
    assert product.sums.tolist() == want
    scales = [per(q.parameters.scale.astype(np.float64), n) for q, n in ((a, 3), (b, 5))]
    for i, j in oracle.indices((3, 5)):
        exact = want[i][j] * Fraction(scales[0][i]) * Fraction(scales[1][j])
        assert product.exact[i, j] == exact
        assert float(product.values()[i, j]) == oracle.rounded(exact, "binary32")


def test_dot_at_the_ends() -> None:
    """The largest sum of 8-bit products, and what int32 makes of 16-bit ones."""
    affine = Affine(scheme="affine", signed=False)
    q = affine.encode(np.zeros(1000), affine.parameters(scale=1.0, zero_point=255))
    assert int(products.dot(q, q).sums) == oracle.dot([255] * 1000, [255] * 1000, 255, 255) == 0
    low = affine.encode(np.full(1000, -255.0), affine.parameters(scale=1.0, zero_point=255))
    assert int(products.dot(low, low).sums) == oracle.dot([0] * 1000, [0] * 1000, 255, 255) == 65_025_000
    wide = Affine(bits=16, scheme="affine", signed=False)
    q = wide.encode(np.full(3, 65535.0), wide.parameters(scale=1.0, zero_point=0))
    total = 3 * 65535**2
    assert int(products.dot(q, q).sums) == total
    assert int(products.dot(q, q, accumulator="int32", overflow="wrap").sums) == (total + 2**31) % 2**32 - 2**31
    assert int(products.dot(q, q, accumulator="int32", overflow="saturate").sums) == 2**31 - 1
    with pytest.raises(ValueError, match="int32"):
        products.dot(q, q, accumulator="int32")
