# SPDX-License-Identifier: BSD-3-Clause
"""Value objects in operators and operations: how they meet, what they refuse."""

from __future__ import annotations

import operator
import statistics
import threading
import timeit
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from some_values import E4M3, E5M2, F16, F32, F64, FORMATS, ODD, STOCHASTIC, array_of

import numfmt as nf

ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
}
COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}


ENVS = [nf.Env(), ODD, nf.Env(rounding="toward_negative", daz=True, ftz="x86", overflow="saturate"), nf.Env.x86()]


@pytest.mark.parametrize("env", ENVS, ids=["default", "odd", "flush", "x86"])
@pytest.mark.parametrize("fmt", [fmt for fmt in FORMATS if fmt != nf.float8_e8m0fnu], ids=str)
def test_operators_are_apply(fmt: nf.Format, env: nf.Env) -> None:
    """Arrays, and the same elements one by one, which go another way to C."""
    a, b = array_of(fmt, 15, seed=2, env=env), array_of(fmt, 15, seed=3, env=env)
    for name, function in (ARITHMETIC | COMPARISONS).items():
        codes, flags = nf.apply(name, (a.codes, b.codes), fmt, env=env, flags=True)
        got = function(a, b)
        singles = [function(x, y) for x, y in zip(a, b, strict=True)]
        if name in COMPARISONS:
            assert got.dtype == bool and got.tolist() == codes.tolist() == singles
            assert all(type(one) is np.bool_ for one in singles)
            continue
        assert got.format == fmt and got.env == env
        assert np.array_equal(got.codes, codes) and np.array_equal(got.flags, flags)
        assert [one.codes for one in singles] == list(codes)
        assert [one.flags for one in singles] == flags.tolist()
        assert all(one.format == fmt and one.env == env for one in singles)
    assert np.array_equal((-a).codes, nf.negate(a.codes, fmt)) and np.array_equal(
        abs(a).codes, nf.absolute(a.codes, fmt)
    )
    assert (+a) is a


@given(st.data())
def test_scalars_bit_for_bit(data: st.DataObject) -> None:
    fmt = data.draw(st.sampled_from([E4M3, E5M2, nf.bfloat16, F16, F32, F64]))
    env = data.draw(st.sampled_from(ENVS))
    name = data.draw(st.sampled_from(sorted(ARITHMETIC)))
    a, b = (data.draw(st.integers(0, fmt.codes[-1])) for _ in "ab")
    right, flags = nf.apply(name, (a, b), fmt, env=env, flags=True)
    x, y = (nf.Array.from_codes(code, fmt, env=env) for code in (a, b))
    for got in (ARITHMETIC[name](x, y), getattr(x, name)(y), getattr(nf, name)(x, y)):
        assert got.same_bits(nf.Array.from_codes(right, fmt)), (fmt, env, name, hex(a), hex(b))
        assert got.flags == flags and got.env == env


def test_every_operation_is_a_method() -> None:
    x, y, z = (array_of(F16, 30, seed=seed) for seed in (5, 6, 7))
    integers = np.arange(-15, 15)
    for name, row in nf.OPS.items():
        if row.operands[0] == "i":
            assert not hasattr(x, name)
            continue
        operands = [integers if kind == "i" else array for kind, array in zip(row.operands, (x, y, z), strict=False)]
        codes = [operand.codes if isinstance(operand, nf.Array) else operand for operand in operands]
        to: Any = {"int": "int8", "float": F16 if row.one_format else E5M2}.get(row.result)
        right, flags = nf.apply(name, codes, F16, to=to, env=ODD, flags=True)
        method = getattr(x, name)
        if row.result == "float":
            got = method(*operands[1:], to=to, env=ODD)
            assert np.array_equal(got.codes, right) and np.array_equal(got.flags, flags), name
            assert got.format == nf.format(to) and got.env == ODD
        else:
            got = method(*operands[1:], env=ODD, flags=True, **({"to": to} if to else {}))
            assert np.array_equal(got[0], right) and np.array_equal(got[1], flags) and got[0].dtype == right.dtype, name
        assert row.formula in (method.__doc__ or "") and method.__name__ == name


def test_functions_take_arrays() -> None:
    x, y, z = E4M3([1.5, 3]), E5M2([0.25, 7]), F32([1e-3, 100])
    got = nf.fma(x, y, z, to="bfloat16")
    codes, flags = nf.fma(x.codes, y.codes, z.codes, (E4M3, E5M2, F32), to="bfloat16", flags=True)
    assert got.same_bits(nf.Array.from_codes(codes, "bfloat16")) and got.flags.tolist() == flags.tolist()
    assert nf.fma(x, 2, E4M3(0), to=F32).values.tolist() == [3, 6]
    assert nf.mul(2, x).same_bits(x * 2) and nf.scaleb(x, 1).same_bits(x * 2)
    assert nf.mul(E4M3(2, env=ODD), x, env=nf.Env()).env == nf.Env()
    assert nf.to_int(x, to="int8").tolist() == x.to_int("int8").tolist() == [2, 3]
    assert x.to_int().dtype == np.int64 and nf.to_int(x, None, "uint4").dtype == np.uint8
    assert x.round_to_integral().flags.tolist() == [1, 0]
    assert (
        x.round_to_integral(exact=False).flags.tolist() == nf.round_to_integral(x, exact=False).flags.tolist() == [0, 0]
    )
    assert x.classify().tolist() == [nf.FloatClass.POSITIVE_NORMAL] * 2
    assert nf.is_nan(x).tolist() == [False, False]
    bools, flags = nf.lt(x, float("nan"), flags="any")
    assert not bools.any() and flags == nf.Flags.INVALID


def test_functions_refuse() -> None:
    x = E4M3([1.5, 3])
    with pytest.raises(TypeError, match=r"^fmt is missing: add needs"):
        nf.add(1, 2)
    with pytest.raises(TypeError, match=r"^a is a numfmt\.Array, which has a format: leave the format out"):
        nf.add(x, x, E4M3)
    with pytest.raises(TypeError, match=r"^flags is given with Arrays: add returns an Array"):
        nf.add(x, x, flags=True)
    with pytest.raises(TypeError, match=r"^out is given with Arrays"):
        nf.add(x, x, out=np.zeros(2, np.uint8))
    with pytest.raises(ValueError, match=r"^to is missing: the operands of mul are float8_e4m3fn, binary16"):
        nf.mul(x, F16(2))
    with pytest.raises(ValueError, match=r"^operand 2 beside Arrays of several formats"):
        nf.fma(x, 2, F16(2), to=F16)
    with pytest.raises(ValueError, match=r"^operands has 1 elements: add takes 2"):
        x.add()
    with pytest.raises(TypeError, match=r"^b has dtype float64: must be integers"):
        x.scaleb(1.0)
    with pytest.raises(ValueError, match="unsigned"):
        -nf.format("ue4m3")(1)
    with pytest.raises(TypeError):
        x % 2  # type: ignore[operator]
    with pytest.raises(AttributeError):
        x.no_such_method()


@pytest.mark.parametrize("function", ARITHMETIC.values(), ids=ARITHMETIC)
def test_mixed_formats_and_environments(function: Callable[[Any, Any], Any]) -> None:
    x = E4M3([1, 2])
    with pytest.raises(TypeError, match=r"float8_e4m3fn and binary16.*nf\.\w+\(x, y, to=\.\.\.\), or x\.astype"):
        function(x, F16(1))
    for other in (E4M3(1, env=ODD), E4M3([1, 2], env=ODD)):
        with pytest.raises(ValueError, match=r"^env differs: Env\(\) and Env\(rounding='to_odd'\): say which"):
            function(x, other)
    same = nf.Format(width=8, precision=4, bias=7, has_inf=False, n_high_nans=1, has_quiet_bit=False)
    assert function(same([1, 2]), x).same_bits(function(x, x)) and function(same(1), x[0]).format == E4M3


def test_comparison_across_formats_is_exact() -> None:
    x, y = E4M3([0.1, 1.5]), F32([0.1, 1.5])
    assert (x > y).tolist() == [True, False] and (x == y).tolist() == [False, True]
    with pytest.raises(ValueError, match="env differs"):
        _ = x == y.astype(F32, env=ODD)
    assert (x == "text") is False and (x != None) is True  # noqa: E711


def test_stochastic() -> None:
    x, y = (E4M3(value, env=STOCHASTIC, random_bits=0) for value in (1.5, 1.125))
    for a, b in ((x, y), (x, 2), (2, x), (x.reshape(1), y)):
        with pytest.raises(
            ValueError, match=r"operator \* cannot take the random bits.*x\.mul\(y, random_bits=\.\.\.\)"
        ):
            a * b
    assert [float(x.mul(y, random_bits=r)) for r in (0, 15)] == [1.625, 1.75]
    with pytest.raises(ValueError, match="random_bits is missing"):
        x.mul(y)
    assert (-x).values == -1.5 and x > y  # neither rounds
    many = E4M3([1.5] * 16, env=STOCHASTIC, random_bits=0).mul(1.125, random_bits=np.arange(16))
    assert sorted(set(many.tolist())) == [1.625, 1.75] and set(many.exact) == {Fraction(27, 16)}


EXACT_SCALARS = [
    2,
    2.0,
    Fraction(2),
    Decimal("2.0"),
    np.float32(2),
    np.int8(2),
    np.uint64(2),
    np.float16(2),
    mpmath.mpf(2),
]


@pytest.mark.parametrize("scalar", EXACT_SCALARS, ids=lambda x: type(x).__name__)
def test_exact_scalars(scalar: Any) -> None:
    x = E4M3([[1.5, -3]])
    for function in ARITHMETIC.values():
        assert function(x, scalar).same_bits(function(x, E4M3(2)))
        assert function(scalar, x).same_bits(function(E4M3(2), x))
    for function in COMPARISONS.values():
        assert function(scalar, x).tolist() == function(2, x.values).tolist()
    assert x.fma(scalar, x).same_bits(x.fma(E4M3(2), x))


def test_special_scalars() -> None:
    assert (F16(1) * float("inf")).values == np.inf and np.isnan((E4M3(1) * float("nan")).values)
    for _ in range(2):
        assert [(F16(1) * x).codes for x in (0, 0.0, -0.0)] == [0, 0, 0x8000]
    cases: list[tuple[nf.Format, Any]] = [
        (E4M3, 0.1), (E4M3, float("inf")), (E4M3, 449), (E4M3, 2**20_000), (E4M3, Fraction(1, 3)), (E4M3, 2.0**-10),
        (nf.float4_e2m1fn, float("nan")), (nf.float8_e4m3fnuz, -0.0), (nf.float8_e8m0fnu, 0), (F32, np.float64(0.1)),
        (nf.format("ue4m3"), -1), (E4M3, Decimal("1e-999999999")), (nf.binary128, Decimal("0.1")), (E4M3, 10**5000),
    ]  # fmt: skip
    for fmt, scalar in cases:
        x = fmt(1)
        message = r"^operand .* is not a value of .*: round it with nf\.array\("
        for function in (operator.mul, operator.eq):
            with pytest.raises(ValueError, match=message):
                function(x, scalar)
            with pytest.raises(ValueError, match=message):
                function(scalar, x)
        with pytest.raises(ValueError, match=message):
            x.mul(scalar)


@pytest.mark.parametrize(
    "other", [np.array([1.0, 2.0]), [1, 2], (1,), np.array(1.0), True, np.True_, 1j, "2", None, {}]
)
def test_other_operands(other: Any) -> None:
    x = E4M3([1, 2])
    for a, b in ((x, other), (other, x)):
        with pytest.raises(TypeError):
            a + b
    with pytest.raises(TypeError, match=r"^operand is a .*: (make it a numfmt\.Array|must be)"):
        x.add(other)


def test_numpy_gets_nothing_by_accident() -> None:
    x = E4M3([1, 2])
    calls: list[Callable[[], Any]] = [
        lambda: np.sin(x),
        lambda: np.add(x, x),
        lambda: np.asarray(x),
        lambda: np.array([1, 2]) * x,
    ]
    for call in calls:
        with pytest.raises(TypeError):
            call()


@given(hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3))
def test_broadcasting(shapes: hnp.BroadcastableShapes) -> None:
    (a, b), shape = shapes.input_shapes, shapes.result_shape
    x, y = array_of(F16, *a, seed=8), array_of(F16, *b, seed=9)
    got = x * y
    assert got.shape == shape and got.flags.shape == shape and np.shape(got.exact) == shape
    wide = (nf.Array.from_codes(np.broadcast_to(z.codes, shape), F16) for z in (x, y))
    assert got.same_bits(operator.mul(*wide))
    assert (x < y).shape == shape


def test_shapes_that_do_not_broadcast() -> None:
    with pytest.raises(ValueError, match=r"^operands have shapes \(2,\), \(3,\)"):
        E4M3([1, 2]) + E4M3([1, 2, 3])


def test_reductions() -> None:
    """Exact sums of exact products, rounded once."""
    x = E4M3([[1.5, 448.0, -448.0], [0.5, 2.0, 4.0]])
    assert x.sum().values == 8.0 and x.sum().shape == ()
    assert x.sum(axis=1).values.tolist() == [1.5, 6.5]
    assert x.sum(axis=0, to="binary32").values.tolist() == [2.0, 450.0, -444.0]
    product = x @ x.T
    assert product.values.tolist() == [[448.0, -448.0], [-448.0, 20.0]]
    assert product.flags.tolist() == [[5, 5], [5, 1]]
    assert x[0].dot(x[1], to="binary32").values == 0.75 + 896.0 - 1792.0
    with pytest.raises(ValueError, match=r"^exact: not known of a result of matmul$"):
        _ = product.exact


def test_threads_agree() -> None:
    """Single codes share kept buffers; nobody gets another's."""
    barrier = threading.Barrier(4)

    def work(seed: int) -> bool:
        a, b = array_of(F32, 300, seed=seed), array_of(F32, 300, seed=seed + 100)
        right = nf.mul(a.codes, b.codes, F32).tolist()
        barrier.wait()
        return all([int((x * y).codes) for x, y in zip(a, b, strict=True)] == right for _ in range(5))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, range(4))) == [True] * 4


@pytest.mark.full
def test_scalar_product_is_fast() -> None:
    """The bar is 3 us; ten allow for a machine that is busy or slow."""
    x, y = F32(1.1), F32(1.7)
    times = timeit.repeat(lambda: x * y, number=20_000, repeat=9)
    assert statistics.median(times) / 20_000 < 10e-6
