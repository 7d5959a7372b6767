# SPDX-License-Identifier: BSD-3-Clause
"""Products of quantized tensors against sums of Python's integers and Fractions, and against onnxruntime."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

import numpy as np
import onnx_models
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle_quantize import round_integer, rounded

from numfmt.quantize import products
from numfmt.quantize.affine import Affine
from numfmt.quantize.quantized import Quantized

F = Fraction
RNG = np.random.default_rng(13)
UINT8 = Affine(signed=False, scheme="affine")


def quantized(codes: Any, scale: Any, zero_point: Any = 0, affine: Affine = UINT8) -> Quantized:
    """A tensor with these codes."""
    array = np.asarray(codes, affine.dtype)
    zero = zero_point if affine.scheme == "affine" else None
    return Quantized(array, affine.parameters(scale=scale, zero_point=zero), affine, 0, 0, 0, 0)


def random_codes(shape: tuple[int, ...], affine: Affine = UINT8) -> Any:
    return RNG.integers(affine.qmin, affine.qmax, shape, endpoint=True)


def sums_of(a: list[list[int]], b: list[list[int]]) -> list[list[int]]:
    """A matrix product in Python's integers."""
    return [[sum(x * y for x, y in zip(row, column, strict=True)) for column in zip(*b, strict=True)] for row in a]


def number(x: Any) -> Fraction:
    return F(float(x))


@pytest.mark.parametrize("bits", [4, 8, 16, 32])
def test_sums_are_exact(bits: int) -> None:
    """16 bits need float64's 53, 32 bits more than int64."""
    affine = Affine(bits=bits, signed=False, scheme="affine")
    a, b = random_codes((3, 50), affine), random_codes((50, 4), affine)
    a[0], b[:, 0] = affine.qmax, affine.qmax
    za, zb = 3, affine.qmax
    wanted = sums_of((a - za).tolist(), (b - zb).tolist())
    made = [quantized(a, 0.5, za, affine), quantized(b, 0.25, zb, affine)]
    if bits < 32:
        found = products.matmul(*made)
        assert found.sums.dtype == np.int64
        assert found.sums.tolist() == wanted
        assert np.asarray(found).tolist() == wanted
    else:
        beyond = [total for total in itertools.chain(*wanted) if abs(total) >= 2**63]
        assert beyond
        with pytest.raises(ValueError, match=f"is {beyond[0]}: int64 is -9223372036854775808"):
            products.matmul(*made)


@given(st.data())
def test_any_integers(data: st.DataObject) -> None:
    top = data.draw(st.sampled_from([1, 100, 2**12, 2**26, 2**31, 2**40]))
    rows, inner, columns = (data.draw(st.integers(0, 4)) for _ in range(3))
    x, y = (
        np.array(data.draw(st.lists(st.integers(-top, top), min_size=n, max_size=n)), np.int64)
        for n in (rows * inner, inner * columns)
    )
    x, y = x.reshape(rows, inner), y.reshape(inner, columns)
    wanted = [[sum(int(p) * int(q) for p, q in zip(row, column, strict=True)) for column in y.T] for row in x]
    assert products.exact_matmul(x, y).tolist() == wanted


@pytest.mark.parametrize(
    ("shape_a", "shape_b"),
    [((5,), (5,)), ((5,), (5, 3)), ((2, 5), (5,)), ((2, 5), (5, 3)), ((4, 2, 5), (5, 3)), ((4, 1, 2, 5), (3, 5, 2))],
)
def test_shapes_are_numpys(shape_a: tuple[int, ...], shape_b: tuple[int, ...]) -> None:
    a, b = quantized(random_codes(shape_a), 0.5, 7), quantized(random_codes(shape_b), 0.25, 200)
    found = products.matmul(a, b)
    wanted = np.matmul(a.codes.astype(object) - 7, b.codes.astype(object) - 200)
    assert found.sums.shape == np.shape(wanted)
    assert found.sums.tolist() == np.asarray(wanted).tolist()
    assert np.shape(found.values()) == np.shape(wanted)
    if shape_a == shape_b == (5,):
        assert int(products.dot(a, b).sums) == wanted


@pytest.mark.parametrize("order", ["exact", "scales_first", "cast_first"])
@pytest.mark.parametrize("arithmetic", ["binary32", "bfloat16", "binary64"])
def test_values_of_scales_by_row_and_column(order: Any, arithmetic: str) -> None:
    """Every rounding of each order, with sums that float32 does not have."""
    by_row = Affine(signed=False, scheme="affine", axis=0, bits=16)
    by_column = Affine(axis=1, bits=16)
    a = quantized(random_codes((3, 40), by_row), RNG.uniform(0.01, 1, 3), [1, 2, 3], by_row)
    b = quantized(random_codes((40, 4), by_column), RNG.uniform(0.01, 1, 4), None, by_column)
    found = products.matmul(a, b)
    values = found.values(order, arithmetic)
    zeros = [1, 2, 3]
    for i, j in np.ndindex(3, 4):
        total = sum((int(a.codes[i, k]) - zeros[i]) * int(b.codes[k, j]) for k in range(40))
        sa, sb = number(a.parameters.scale[i]), number(b.parameters.scale[j])
        step = sa * sb if order == "exact" else rounded(sa * sb, arithmetic)
        term = rounded(F(total), arithmetic) if order == "cast_first" else F(total)
        assert int(found.sums[i, j]) == total
        assert number(values[i, j]) == rounded(F(step) * F(term), arithmetic)
        assert found.exact[i, j] == total * sa * sb


def test_scales_along_the_result_by_group_and_tile() -> None:
    """One scale for each token is a group as long as the row."""
    token = Affine(axis=-1, group=6)
    tiled = Affine(tile=(6, 2))
    a = quantized(random_codes((2, 3, 6), token), RNG.uniform(0.1, 1, (2, 3, 1)), None, token)
    b = quantized(random_codes((6, 4), tiled), RNG.uniform(0.1, 1, (1, 2)), None, tiled)
    found = products.matmul(a, b)
    assert found.sums.shape == (2, 3, 4)
    for t, i, j in np.ndindex(2, 3, 4):
        total = sum(int(a.codes[t, i, k]) * int(b.codes[k, j]) for k in range(6))
        scale = number(a.parameters.scale[t, i, 0]) * number(b.parameters.scale[0, j // 2])
        assert found.exact[t, i, j] == total * scale


def test_scales_along_the_sum_are_refused() -> None:
    grouped = Affine(axis=1, group=2)
    a = quantized(random_codes((2, 4), grouped), [[1, 2], [3, 4]], None, grouped)
    plain = quantized(random_codes((4, 2)), 1)
    with pytest.raises(ValueError, match="a has different scales along the dimension that is summed"):
        products.matmul(a, plain)
    by_row = Affine(axis=0)
    b = quantized(random_codes((4, 2), by_row), [1, 2, 3, 4], None, by_row)
    with pytest.raises(ValueError, match="b has different scales along the dimension that is summed"):
        products.matmul(plain, quantized(random_codes((4, 2), by_row)[:2], [1, 2], None, by_row))
    with pytest.raises(ValueError, match="b has different scales"):
        products.matmul(quantized(random_codes((3, 4)), 1), b)


def test_accumulators() -> None:
    a, b = quantized([[255] * 650, [0] * 650], 1, 0), quantized([[255, 1]] * 650, 1, 0)
    total = 255 * 255 * 650
    assert products.matmul(a, b, accumulator="int32").sums.dtype == np.int32
    with pytest.raises(ValueError, match=f"sum 0 is {total}: int16 is -32768 to 32767"):
        products.matmul(a, b, accumulator="int16")
    wrapped = products.matmul(a, b, accumulator="int16", overflow="wrap").sums
    assert wrapped.tolist() == [[(total + 2**15) % 2**16 - 2**15, (255 * 650 + 2**15) % 2**16 - 2**15], [0, 0]]
    assert wrapped.dtype == np.int16
    assert products.matmul(a, b, accumulator="int16", overflow="saturate").sums.tolist() == [[32767, 32767], [0, 0]]
    down = quantized([[0] * 650], 1, 255)
    assert products.matmul(down, b, accumulator="int24", overflow="saturate").sums.tolist() == [[-(2**23), -255 * 650]]
    assert products.matmul(a, b, accumulator="uint16", overflow="wrap").sums.tolist()[0][0] == total % 2**16


def test_nothing_to_sum() -> None:
    found = products.matmul(quantized(np.empty((2, 0)), 1), quantized(np.empty((0, 3)), 1))
    assert found.sums.tolist() == [[0] * 3] * 2
    assert found.values().tolist() == [[0.0] * 3] * 2
    assert products.matmul(quantized(np.empty((0, 4)), 1), quantized(random_codes((4, 3)), 1)).sums.shape == (0, 3)


def test_arithmetic_of_the_operands() -> None:
    affine = Affine(arithmetic="bfloat16")
    a = quantized([[100, 3]], F(1, 3), None, affine)
    found = products.matmul(a, quantized([[50], [7]], F(1, 7), None, affine))
    assert number(found.values()[0, 0]) == rounded(
        5021 * number(a.parameters.scale) * rounded(F(1, 7), "bfloat16"), "bfloat16"
    )
    exact = products.matmul(*[quantized([[1]], 1, None, Affine(arithmetic="exact"))] * 2)
    with pytest.raises(ValueError, match=r"arithmetic is 'exact': \.exact has the exact products"):
        exact.values()
    assert exact.values(arithmetic="binary32").tolist() == [[1]]


def test_bad_arguments() -> None:
    a = quantized(random_codes((2, 3)), 1)
    with pytest.raises(TypeError, match=r"b is ndarray: must be a numfmt\.quantize\.Quantized"):
        products.matmul(a, a.codes)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"a and b have shapes \(2, 3\) and \(2, 3\): their inner dimensions differ"):
        products.matmul(a, a)
    with pytest.raises(ValueError, match="a is a scalar"):
        products.matmul(quantized(1, 1), a)
    with pytest.raises(ValueError, match=r"a has shape \(2, 3\): dot takes two vectors"):
        products.dot(a, a)
    vector = quantized([1, 2], 1)
    with pytest.raises(ValueError, match="overflow is 'clip': must be one of error, wrap, saturate"):
        products.dot(vector, vector, overflow="clip")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="'int65' is no integer type"):
        products.dot(vector, vector, accumulator="int65")
    with pytest.raises(ValueError, match="order is 'first': must be one of exact, scales_first, cast_first"):
        products.dot(vector, vector).values("first")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"p is float: must be a numfmt\.quantize\.Parameters"):
        products.dot(vector, vector).requantized(vector.affine, 0.5)  # type: ignore[arg-type]


@pytest.mark.parametrize("zp_add", ["after", "before"])
@pytest.mark.parametrize("arithmetic", ["binary32", "bfloat16"])
def test_requantized(arithmetic: Any, zp_add: Any) -> None:
    by_column = Affine(axis=1)
    a = quantized(random_codes((6, 50)), 0.02, 100)
    b = quantized(random_codes((50, 5), by_column), RNG.uniform(0.01, 0.1, 5), None, by_column)
    affine = Affine(signed=False, scheme="affine", arithmetic=arithmetic, zp_add=zp_add)
    p = affine.parameters(scale=0.7, zero_point=77)
    sums = products.matmul(a, b)
    found = sums.requantized(affine, p)
    assert found.parameters is p
    clipped = inexact = 0
    for (i, j), total in np.ndenumerate(sums.sums):
        step = F(rounded(number(a.parameters.scale) * number(b.parameters.scale[j]), arithmetic))
        step = F(rounded(step / number(p.scale), arithmetic))
        step = F(rounded(F(rounded(F(int(total)), arithmetic)) * step, arithmetic))
        if zp_add == "before":
            code = round_integer(F(rounded(step + 77, arithmetic)), "ties_even")
        else:
            code = round_integer(step, "ties_even") + 77
        assert found.codes[i, j] == min(max(code, 0), 255)
        clipped += not 0 <= code <= 255
        inexact += min(max(code, 0), 255) - 77 != step
    assert (found.saturated, found.inexact) == (clipped, inexact)
    assert clipped > 0


@pytest.mark.peer("onnxruntime")
@pytest.mark.peer("onnx")
@pytest.mark.parametrize("scale", [0.7, 0.5, 3.0])
def test_onnxruntime_requantizes(scale: float) -> None:
    """QLinearMatMul, with scales that make ties (0.5: sums of halves) and with those that make none."""
    by_column = Affine(axis=1, scheme="affine", signed=False)
    scales = [0.5, 0.25, 1, *RNG.uniform(0.001, 0.1, 14)]
    a = quantized(random_codes((60, 20)), 0.5, 128)
    b = quantized(random_codes((20, 17), by_column) // 16, scales, 8, by_column)
    p = UINT8.parameters(scale=scale, zero_point=101)
    found = products.matmul(a, b).requantized(UINT8, p)
    assert np.array_equal(found.codes, onnx_models.qlinear_matmul()(**fed(a=a, b=b, y=p))[0])


def fed(**operands: Any) -> dict[str, Any]:
    """Codes, scales and zero points by the names that the models have for them."""
    found: dict[str, Any] = {}
    for name, one in operands.items():
        p = one.parameters if isinstance(one, Quantized) else one
        found |= {name: one.codes} if isinstance(one, Quantized) else {}
        found |= {f"s{name}": p.scale, f"z{name}": p.zero_point}
    return found


def run_onnxruntime(a: Quantized, b: Quantized) -> Any:
    """MatMulInteger's sums, and their values."""
    return onnx_models.matmul_integer(str(a.codes.dtype), str(b.codes.dtype))(**fed(a=a, b=b))


@pytest.mark.peer("onnxruntime")
@pytest.mark.peer("onnx")
@pytest.mark.parametrize(("signed_a", "signed_b", "top"), [(0, 0, 255), (0, 1, 128), (1, 1, 127), (1, 0, 127)])
def test_onnxruntime(signed_a: bool, signed_b: bool, top: int) -> None:
    by_tensor = Affine(scheme="affine", signed=bool(signed_a))
    by_column = Affine(axis=1, scheme="affine", signed=bool(signed_b))
    zeros = random_codes((17,), by_column)
    a = quantized(np.minimum(random_codes((33, 700), by_tensor), top), 0.0123, 29, by_tensor)
    b = quantized(random_codes((700, 17), by_column), RNG.uniform(0.001, 0.1, 17), zeros, by_column)
    sums, values = run_onnxruntime(a, b)
    found = products.matmul(a, b, accumulator="int32")
    assert np.array_equal(found.sums, sums)
    assert np.array_equal(found.values("cast_first"), values)


@pytest.mark.peer("onnxruntime")
@pytest.mark.peer("onnx")
def test_onnxruntime_saturates_pairs_of_products() -> None:
    """uint8 by int8 on x86 without VNNI: two neighbouring products are summed in 16 bits (vpmaddubsw)."""
    signed = Affine(scheme="affine")
    a, b = quantized(random_codes((5, 64)), 1, 0), quantized(random_codes((64, 9), signed), 1, 0, signed)
    pairs = np.einsum("mpk,pkn->mpn", a.codes.reshape(5, 32, 2).astype(int), b.codes.reshape(32, 2, 9).astype(int))
    saturated = pairs.clip(-(2**15), 2**15 - 1).sum(axis=1)
    exact = products.matmul(a, b).sums
    assert (exact != saturated).any()
    sums, _ = run_onnxruntime(a, b)
    assert np.array_equal(sums, saturated) or np.array_equal(sums, exact)
