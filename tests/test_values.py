# SPDX-License-Identifier: BSD-3-Clause
"""Value objects: what they are made of, how they are indexed, shown and kept."""

from __future__ import annotations

import copy
import pickle
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from some_values import E4M3, F16, F32, FORMATS, ODD, STOCHASTIC, WIDE, array_of, keys, random_codes

import numfmt as nf

# --- making ---------------------------------------------------------------------------------------------------------


def test_made_from_values() -> None:
    x = E4M3([1.5, 0.1])
    codes, flags = nf.encode([1.5, 0.1], E4M3, flags=True)
    assert x.codes.tolist() == codes.tolist() and x.flags.tolist() == flags.tolist()
    assert (x.format, x.env, x.shape, x.ndim, x.size) == (E4M3, nf.Env(), (2,), 1, 2)
    assert x.same_bits(nf.array([1.5, 0.1], "e4m3fn"))
    assert E4M3(0.1, env=nf.Env(rounding="toward_zero")).codes == nf.encode(0.1, E4M3) - (nf.decode(29, E4M3) > 0.1)
    assert nf.array([1.03] * 3, E4M3, env=STOCHASTIC, random_bits=[0, 9, 15]).values.tolist() == [1, 1, 1.125]


@pytest.mark.parametrize("fmt", FORMATS, ids=str)
def test_codes_and_values(fmt: nf.Format) -> None:
    codes = random_codes(fmt, (3, 4))
    x = nf.Array.from_codes(codes, fmt)
    assert x.codes.dtype == fmt.dtype and np.array_equal(x.codes, codes)
    exact = nf.decode(codes, fmt, dtype=object)
    assert keys(x.values) == keys(exact if fmt in WIDE else nf.decode(codes, fmt))
    assert keys(x.exact) == keys(exact)
    assert x.flags.dtype == np.uint8 and not x.flags.any()
    assert keys(x[1, 2].exact) == keys(exact[1, 2])
    assert x[1, 2].codes.shape == () and x[1, 2].codes == codes[1, 2]
    assert nf.Array.from_codes(codes.tolist() if fmt not in WIDE else codes[::-1][::-1], fmt).same_bits(x)


def test_from_codes_refuses() -> None:
    with pytest.raises(TypeError, match=r"^codes has dtype float64"):
        nf.Array.from_codes(np.ones(2), E4M3)
    with pytest.raises(ValueError, match=r"^codes: element 1 is 256"):
        nf.Array.from_codes([1, 256], E4M3)
    for fmt in (nf.float6_e2m3fn, nf.x87_extended):
        codes = np.zeros(3, fmt.dtype)
        codes.view(np.uint8)[-1] = 255
        with pytest.raises(ValueError, match=r"^codes: element 2: a code has bits above"):
            nf.Array.from_codes(codes, fmt)
    with pytest.raises(nf.FormatError, match="no format has this name"):
        nf.array(1, "float9")
    with pytest.raises(TypeError, match=r"^env is str"):
        nf.array(1, E4M3, env="to_odd")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"nf\.array\(x, fmt\)"):
        nf.Array([1.5])
    with pytest.raises(TypeError, match="bool"):
        E4M3(True)


def test_immutable() -> None:
    source = np.array([1.5, 0.1])
    codes = nf.encode(source, E4M3)
    x, y = E4M3(source), nf.Array.from_codes(codes, E4M3)
    n = np.array([1, 2])
    z = x.scaleb(n)
    source[:], codes[:], n[:] = 7, 0, 9
    assert x.values.tolist() == y.values.tolist() == [1.5, 0.1015625]
    assert x.exact.tolist() == [Fraction(3, 2), Fraction(0.1)]
    assert z.exact.tolist() == [3, Fraction(13, 32)]
    for one in (x, x[0], x[:1], x[[0]], x.T, x + 1, (x + 1)[0], nf.binary128([1, 2]), nf.binary128(1)):
        assert not one.codes.flags.writeable and not one.flags.flags.writeable
        for array in (one.codes, one.flags):
            with pytest.raises(ValueError):
                array[...] = 0
    with pytest.raises(ValueError):
        x.codes.setflags(write=True)
    for name in ("codes", "flags", "format", "env", "shape", "other"):
        with pytest.raises(AttributeError):
            setattr(x, name, 1)
    with pytest.raises(TypeError):
        x[0] = 1
    with pytest.raises(TypeError, match="unhashable"):
        hash(x)


# --- like numpy -----------------------------------------------------------------------------------------------------

INDICES: list[Any] = [
    0, -1, (1, 2), (1, 2, 3), slice(1), (slice(None), slice(None, None, -2)), ..., (..., 1), None, (0, None, 1), [1, 0],
    ([0, 1], [2, 2]), np.array([[0, 1], [1, 1]]), np.arange(24).reshape(2, 3, 4) % 5 == 0, (1, [True, False, True]), (),
    slice(5, 9), np.int64(1),
]  # fmt: skip


@pytest.mark.parametrize("fmt", [E4M3, nf.binary128], ids=str)
@pytest.mark.parametrize("index", INDICES, ids=repr)
def test_indexing(index: Any, fmt: nf.Format) -> None:
    """Codes, flags and what made them go together; operands that were broadcast too."""
    a, b = array_of(fmt, 2, 3, 4, seed=10), array_of(fmt, 4, seed=11)
    for x in (a, a * b, a.astype(F16), fmt(np.arange(24.0).reshape(2, 3, 4) / 3), fmt([[["0.1"] * 4] * 3] * 2)):
        part = x[index]
        assert np.array_equal(part.codes, x.codes[index]) and np.array_equal(part.flags, x.flags[index])
        assert keys(part.exact) == keys(x.exact[index])
        assert np.array_equal(part.error_ulps, x.error_ulps[index], equal_nan=True)


def test_reshaping() -> None:
    x = array_of(F16, 2, 3, seed=12) * array_of(F16, 3, seed=13)
    for part, codes, exact in (
        (x.T, x.codes.T, x.exact.T),
        (x.ravel(), x.codes.ravel(), x.exact.ravel()),
        (x.reshape(3, 2), x.codes.reshape(3, 2), x.exact.reshape(3, 2)),
        (x.reshape((-1, 1, 2)), x.codes.reshape(-1, 1, 2), x.exact.reshape(-1, 1, 2)),
        (x.T.ravel(), x.codes.T.ravel(), x.exact.T.ravel()),
    ):
        assert np.array_equal(part.codes, codes) and keys(part.exact) == keys(exact)
    assert (x.T * 1).same_bits((x * 1).T)
    assert E4M3(2).reshape(1, 1).shape == (1, 1) and E4M3([2]).reshape(()).shape == () and E4M3(2).T.shape == ()
    with pytest.raises(ValueError, match="reshape"):
        x.reshape(7)


def test_length_and_iteration() -> None:
    x = E4M3([[1, 2], [3, 4], [5, 6]])
    assert len(x) == 3 and [row.tolist() for row in x] == [[1, 2], [3, 4], [5, 6]] and 6 in x[2]
    assert x.tolist() == [[1, 2], [3, 4], [5, 6]] and E4M3(2).tolist() == 2
    for call in (len, iter):
        with pytest.raises(TypeError, match="without dimension"):
            call(x[0, 0])
    for index in (3, (0, 0, 0), "lo", ["lo"]):
        with pytest.raises(IndexError):
            x[index]
        with pytest.raises(IndexError):
            nf.binary128([[1]])[index]


def test_conversion_to_python() -> None:
    x = E4M3([[1.5]])
    assert (float(x), int(x), bool(x), x.item()) == (1.5, 1, True, 1.5)
    assert int(E4M3(-3.5)) == -3 and not E4M3(0) and not E4M3(-0.0) and E4M3("nan") and type(x.item()) is float
    assert type(nf.binary128("0.1").item()) is Fraction and float(nf.binary128("0.1")) == 0.1
    assert str(float(E4M3(-0.0))) == "-0.0" and float(F16("-inf")) == -np.inf
    for call in (float, int, bool, nf.Array.item):
        for shape in ((2,), (0,)):
            with pytest.raises(ValueError, match="must have one element"):
                call(E4M3(np.ones(shape)))
    with pytest.raises(ValueError):
        int(E4M3("nan"))


def test_same_bits() -> None:
    x = F32([1.5, -0.0, float("nan")])
    assert x.same_bits(F32([1.5, -0.0, float("nan")], env=ODD)) and not x.same_bits(F32([1.5, 0.0, float("nan")]))
    assert not x.same_bits(x.reshape(3, 1)) and not x.same_bits(
        nf.Array.from_codes(x.codes, nf.format("width=32/precision=23/bias=255"))
    )
    assert not x[0].same_bits(F32([1.5])) and nf.binary128([1, 2]).same_bits(nf.binary128([1, 2]))
    with pytest.raises(TypeError, match=r"^other is ndarray"):
        x.same_bits(x.codes)  # type: ignore[arg-type]


def test_astype() -> None:
    x = F32([0.1, 1e9, -3])
    codes, flags = nf.convert(x.codes, F32, E4M3, flags=True)
    y = x.astype(E4M3)
    assert y.codes.tolist() == codes.tolist() and y.flags.tolist() == flags.tolist() and y.env == nf.Env()
    z = x.astype("e4m3fn", env=ODD)
    assert z.env == ODD and z.codes.tolist() == nf.convert(x.codes, F32, E4M3, env=ODD).tolist()
    assert z.astype(F16).env == ODD and nf.array(z, F16).env == ODD and nf.array(z, F16, env=nf.Env()).env == nf.Env()
    assert x.astype(E4M3, env=STOCHASTIC, random_bits=[0, 0, 0]).env == STOCHASTIC
    assert y.exact.tolist() == x.exact.tolist()[:0] + [Fraction(v) for v in x.tolist()]
    assert (
        x.astype(E4M3, env=nf.Env.ml_dtypes()).codes.tolist()
        == nf.convert(x.codes, F32, E4M3, env=nf.Env.ml_dtypes()).tolist()
    )


@pytest.mark.parametrize("fmt", FORMATS, ids=str)
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (0,), (2, 0)])
def test_pickle_and_copy(fmt: nf.Format, shape: tuple[int, ...]) -> None:
    x = array_of(fmt, *shape, seed=14, env=ODD)
    for made in (x, x.sqrt(), x * x, x.astype(F16), nf.array(np.full(shape, 0.1), fmt, env=ODD), x.reshape(-1)):
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1) if made is x else (pickle.HIGHEST_PROTOCOL,):
            got = pickle.loads(pickle.dumps(made, protocol))  # noqa: S301
            assert got.same_bits(made) and got.env == made.env and got.format.name == made.format.name
            assert np.array_equal(got.flags, made.flags) and np.array_equal(
                got.error_ulps, made.error_ulps, equal_nan=True
            )
            assert (got == made).all() == (made == made).all()  # noqa: PLR0124
            assert not got.codes.flags.writeable
        assert copy.copy(made) is made and copy.deepcopy(made) is made


# --- shown ----------------------------------------------------------------------------------------------------------


def test_repr() -> None:
    assert repr(E4M3([1.5, 0.1])) == "float8_e4m3fn([1.5, 0.1015625])"
    assert repr(E4M3(448)) == "float8_e4m3fn(448.0)"
    assert repr(F32([0.1, -0.0, 1e-45, 1e30])) == "float32([0.1, -0.0, 1e-45, 1e+30])"
    assert repr(F16(["inf", "nan", "-inf"])) == "float16(['inf', 'nan', '-inf'])"
    assert repr(nf.Array.from_codes([0x7C01, 0xFE00], F16)) == "float16(['snan(0x1)', '-nan'])"
    assert repr(E4M3(np.arange(4).reshape(2, 2))) == "float8_e4m3fn([[0.0, 1.0],\n               [2.0, 3.0]])"
    assert repr(E4M3(1, env=ODD)) == "float8_e4m3fn(1.0, env=Env(rounding='to_odd'))"
    assert repr(nf.binary128(["0.1", 1])) == "binary128(['0.1', 1.0])"
    assert repr(nf.format("tf32")(1)) == "format('tf32')(1.0)"
    assert repr(nf.Format(width=8, precision=4, bias=9)(1)) == "format('width=8/precision=4/bias=9')(1.0)"
    assert repr(E4M3(np.zeros(5000))).endswith("0.0, ..., 0.0, 0.0, 0.0], shape=(5000,))")
    assert str(E4M3(1)) == repr(E4M3(1))


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (0,), (2, 0), (0, 3), (2, 1, 2)])
@pytest.mark.parametrize("fmt", [*FORMATS, nf.format("tf32"), nf.Format(width=9, precision=4, bias=15)], ids=str)
def test_repr_can_be_pasted(fmt: nf.Format, shape: tuple[int, ...]) -> None:
    x = array_of(fmt, *shape, seed=15)
    names = vars(nf)
    # noncanonical NaNs and x87's unnormals are shown, but no value leads to them
    x = x.astype(fmt) if fmt != nf.x87_extended else fmt(np.random.default_rng(1).normal(size=shape))
    assert eval(repr(x), names).same_bits(x)  # noqa: S307
    assert (again := eval(repr(x * x), names)).same_bits(x * x) and again.env == x.env  # noqa: S307


@given(st.sampled_from(FORMATS), st.integers(0, 2**128 - 1))
def test_repr_of_any_code_can_be_pasted(fmt: nf.Format, code: int) -> None:
    x = nf.Array.from_codes(code & fmt.codes[-1], fmt).astype(fmt)
    assert eval(repr(x), vars(nf)).same_bits(x)  # noqa: S307
