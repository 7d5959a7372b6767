# SPDX-License-Identifier: BSD-3-Clause
"""Which scale and zero point an element has: tensor, channel, group along an axis, tile; against index loops."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import oracle_quantize as oracle
import pytest
from affine_cases import ROUNDINGS, Array, both, expected, found, number
from hypothesis import given
from hypothesis import strategies as st

from numfmt.quantize import Affine

SCALES = [0.1, 0.25, 1.0, 3.0, 2.0**-126]
NUMBERS = [0.0, -0.0, 0.5, -0.5, 0.15, 1.5, 2.5, -7.25, 31.0, 90.0, 130.0, -500.0, 1e-40, np.inf, -np.inf, np.nan]


def divisors(n: int) -> list[int]:
    return [d for d in range(1, n + 1) if n % d == 0] or [1, 2]


@st.composite
def granularities(draw: st.DrawFn, shape: tuple[int, ...]) -> oracle.Granularity:
    """One that fits the shape, negative axes too."""
    kinds = ["tensor"] + ["channel", "group"] * bool(shape) + ["tile"] * (len(shape) >= 2)
    kind = draw(st.sampled_from(kinds))
    if kind == "tensor":
        return oracle.PER_TENSOR
    if kind == "tile":
        rows, columns = (draw(st.sampled_from(divisors(n))) for n in shape[-2:])
        return oracle.Granularity(tile=(rows, columns))
    axis = draw(st.integers(-len(shape), len(shape) - 1))
    return oracle.Granularity(
        axis=axis, group=draw(st.sampled_from(divisors(shape[axis]))) if kind == "group" else None
    )


@st.composite
def cases(draw: st.DrawFn) -> tuple[Array, oracle.Granularity, Array, Array]:
    """An array, a granularity, scales and zero points."""
    shape = tuple(draw(st.lists(st.integers(0, 4) | st.just(6), max_size=4)))
    granularity = draw(granularities(shape))
    rng = np.random.default_rng(draw(st.integers(0, 1 << 32)))
    x = rng.choice(np.array(NUMBERS, draw(st.sampled_from([np.float16, np.float32, np.float64]))), shape)
    if draw(st.booleans()):
        x = np.asfortranarray(x)
    of = granularity.shape(shape)
    return x, granularity, rng.choice(np.array(SCALES, np.float32), of), rng.integers(0, 16, of)


@given(cases(), st.sampled_from(ROUNDINGS), st.booleans(), st.sampled_from(["div", "recip"]))
def test_against_index_loops(
    case: tuple[Array, oracle.Granularity, Array, Array], rounding: str, before: bool, divide: str
) -> None:
    x, granularity, scale, zero_point = case
    affine, rules = both(
        bits=4, signed=False, rounding=rounding, divide=divide, zp_add="before" if before else "after", nan="zero",
        axis=granularity.axis, group=granularity.group, tile=granularity.tile,
        random_bits_count=3 * (rounding == "stochastic"),
    )  # fmt: skip
    p = affine.parameters(scale=scale, zero_point=zero_point)
    assert (p.scale.shape, p.zero_point.shape) == (scale.shape, scale.shape)
    bits = np.arange(x.size).reshape(x.shape) % 8
    q = affine.encode(x, p, random_bits=bits if rounding == "stochastic" else None)
    assert q.codes.shape == x.shape
    assert found(q) == expected(x, p, rules, granularity, bits if rounding == "stochastic" else 0)
    check_decode(affine, rules, granularity, q.codes, p)


def check_decode(affine: Affine, rules: oracle.Rules, granularity: oracle.Granularity, codes: Array, p: Any) -> None:
    values = affine.decode(codes, p)
    assert values.shape == codes.shape
    for index in oracle.indices(codes.shape):
        granule = granularity.of(index)
        scale, zero_point = Fraction(float(p.scale[granule])), int(p.zero_point[granule])
        assert number(values[index]) == oracle.decode_code(int(codes[index]), scale, zero_point, rules)


@given(cases(), st.integers(1, 7))
def test_what_does_not_divide_is_refused(case: tuple[Array, oracle.Granularity, Array, Array], group: int) -> None:
    x = case[0]
    if x.ndim == 0:
        return
    granularity = oracle.Granularity(axis=-1, group=group)
    affine, _ = both(axis=-1, group=group, nan="zero")
    if x.shape[-1] % group == 0:
        shape = granularity.shape(x.shape)
        assert affine.encode(x, affine.parameters(scale=np.ones(shape), zero_point=np.zeros(shape, int))).codes.shape
        return
    shape = (*x.shape[:-1], x.shape[-1] // group)
    with pytest.raises(ValueError, match="group"):
        affine.encode(x, affine.parameters(scale=np.ones(shape), zero_point=np.zeros(shape, int)))


@given(cases())
def test_one_scale_for_all_is_the_same_at_every_granularity(
    case: tuple[Array, oracle.Granularity, Array, Array],
) -> None:
    x, granularity, scale, _ = case
    plain, _ = both(nan="qmax")
    fine, _ = both(nan="qmax", axis=granularity.axis, group=granularity.group, tile=granularity.tile)
    one = plain.encode(x, plain.parameters(scale=0.3, zero_point=-9))
    many = fine.encode(x, fine.parameters(scale=np.full(scale.shape, 0.3), zero_point=np.full(scale.shape, -9)))
    assert found(many) == found(one)


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_long_rows(axis: int) -> None:
    """Longer than any kernel's block, and no multiple of one."""
    rng = np.random.default_rng(axis + 7)
    shape = (2, 3, 67)
    x = rng.normal(0, 20, shape).astype(np.float32)
    affine, rules = both(axis=axis)
    n = shape[axis]
    p = affine.parameters(scale=rng.uniform(0.1, 1, n).astype(np.float32), zero_point=rng.integers(-128, 128, n))
    assert found(affine.encode(x, p)) == expected(x, p, rules, oracle.Granularity(axis=axis))


@pytest.mark.parametrize(("axis", "group"), [(-1, 32), (-1, 35), (1, 3), (0, 2)])
def test_groups_of_real_sizes(axis: int, group: int) -> None:
    rng = np.random.default_rng(group)
    shape = [2, 3, 5]
    shape[axis] = 2 * group
    x = rng.normal(0, 20, shape).astype(np.float32)
    affine, rules = both(axis=axis, group=group, signed=False, bits=4)
    granularity = oracle.Granularity(axis=axis, group=group)
    of = granularity.shape(tuple(shape))
    p = affine.parameters(scale=rng.uniform(0.1, 1, of).astype(np.float32), zero_point=rng.integers(0, 16, of))
    assert found(affine.encode(x, p)) == expected(x, p, rules, granularity)
