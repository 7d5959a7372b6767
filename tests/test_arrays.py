# SPDX-License-Identifier: BSD-3-Clause
"""What encode, convert, decode and quantize_to take and give back: dtypes, shapes, strides, scalars, text, out=."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import oracle
import pytest

import numfmt as nf

E4M3 = nf.float8_e4m3fn
FLOATS = ["float16", "float32", "float64", "longdouble"]
INTEGERS = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"]
SCALED = "width=64/precision=53/bias=5000/has_quiet_bit=false"


def expected(x: Any, fmt: nf.Format, env: nf.Env | None = None) -> list[tuple[int, int]]:
    """(code, flags) of each element in C order, by the oracle."""
    return [oracle.encode(fmt, oracle_value(element), env or nf.Env()) for element in x]


def oracle_value(x: Any) -> oracle.Value:
    """A numpy or Python number; NaNs without payload."""
    if x != x:  # noqa: PLR0124
        return oracle.Value("qnan", int(np.signbit(x)))
    if x in (float("inf"), float("-inf")):
        return oracle.Value("inf", int(x < 0))
    exact = Fraction(*x.as_integer_ratio()) if hasattr(x, "as_integer_ratio") else Fraction(int(x))
    negative = bool(np.signbit(x)) if isinstance(x, float | np.floating) else x < 0
    return oracle.Value("finite" if exact else "zero", int(negative), abs(exact))


def pairs(codes: Any, flags: Any) -> list[tuple[int, int]]:
    return list(zip(np.ravel(codes).tolist(), np.ravel(flags).tolist(), strict=True))


def samples(dtype: str) -> Any:
    """24 values of a dtype: ends, specials, and some that round in e4m3fn."""
    if dtype in INTEGERS:
        ends = np.iinfo(dtype)
        return np.array([0, 1, 2, 17, 19, 24, 25, ends.max, ends.max - 1, ends.min, ends.min + 1, 100] * 2, dtype)
    info: Any = np.finfo(dtype)
    special = [0.0, -0.0, np.inf, -np.inf, np.nan, -np.nan, info.max, info.min, info.smallest_subnormal, info.tiny]
    ordinary = [1, -1.0625, 1.0624, 1.1875, 448, 464, 480, -17.5, 2**-9, 2**-10, 0.1, -0.3, 3e-3, 7.77]
    return np.array([*special, *ordinary], dtype)


@pytest.mark.parametrize("fmt", ["e4m3fn", "binary16", "ue4m3"])
@pytest.mark.parametrize("dtype", [*FLOATS, *INTEGERS])
@pytest.mark.parametrize("order", ["<", ">"])
def test_every_dtype_and_byte_order(dtype: str, order: str, fmt: str) -> None:
    native = samples(dtype)
    x = native.astype(native.dtype.newbyteorder(order))
    before = x.tobytes()
    codes, flags = nf.encode(x, fmt, flags=True)
    assert pairs(codes, flags) == expected(native, nf.format(fmt))
    assert (codes.dtype, flags.dtype, codes.shape) == (nf.format(fmt).dtype, np.uint8, x.shape)
    assert x.tobytes() == before
    assert nf.encode(x, fmt).tolist() == codes.tolist()
    assert nf.encode(x, fmt, flags="any")[1] == nf.Flags(int(np.bitwise_or.reduce(flags)))


@pytest.mark.skipif(np.dtype(np.longdouble).itemsize == 8, reason="longdouble is binary64 here")
@pytest.mark.parametrize("fmt", ["binary64", "binary32", "bfloat16", "width=64/precision=50/bias=8191"])
def test_longdouble_is_exact(fmt: str) -> None:
    """Above, at and below ties that float64 cannot tell apart; subnormals; the ends."""
    dst, one = nf.format(fmt), np.longdouble(1)
    info: Any = np.finfo(np.longdouble)
    tie = one + np.longdouble(2) ** -dst.precision
    tiny = np.ldexp(np.longdouble(2) ** -dst.precision, dst.emin)
    x = np.array([tie, np.nextafter(tie, 2), np.nextafter(tie, 0), tiny, np.nextafter(tiny, 1), np.nextafter(tiny, 0)])
    ends = [info.max, info.smallest_subnormal, info.tiny, np.nextafter(info.tiny, 0), one / 3, 0, np.inf]
    x = np.concatenate([x, -x, np.array(ends, np.longdouble), -np.array(ends, np.longdouble)])
    assert x.dtype == np.longdouble
    for env in (nf.Env(), nf.Env(rounding="toward_positive"), nf.Env(rounding="to_odd", tininess="before")):
        codes, flags = nf.encode(x[::-1], dst, env=env, flags=True)
        assert pairs(codes, flags) == expected(x[::-1], dst, env)
    assert nf.encode(list(x), dst).tolist() == nf.encode(x, dst).tolist()


def views(base: Any) -> dict[str, Any]:
    """Arrays of (2, 3, 4) elements or their like with every sort of stride."""
    cube = base.reshape(2, 3, 4)
    spread = np.empty((4, 6, 8), base.dtype)
    spread[::2, ::2, ::2] = cube
    record = np.empty((2, 3, 4), [("a", "u1"), ("x", base.dtype)])  # unaligned
    record["x"] = cube
    return {
        "c": cube,
        "fortran": np.asfortranarray(cube),
        "negative": cube[::-1, :, ::-1],
        "transposed": cube.transpose(2, 0, 1),
        "sliced": spread[::2, ::2, ::2],
        "broadcast": np.broadcast_to(cube[0, 0], (5, 3, 4)),
        "zero strides": np.broadcast_to(cube[1, 1, 1], (2, 2)),
        "unaligned": record["x"],
        "0-d": cube[1, 2, 3, ...],
        "read-only": frozen(cube),
    }


def frozen(x: Any) -> Any:
    twin = x.copy()
    twin.setflags(write=False)
    return twin


@pytest.mark.parametrize("dtype", ["float16", ">f4", "float64", "longdouble", "int8", ">u8", "object"])
@pytest.mark.parametrize("kind", list(views(np.arange(24))))
def test_every_stride(dtype: str, kind: str) -> None:
    x = views((np.arange(24) * 5 - 60).astype(np.longdouble if dtype == "longdouble" else dtype, casting="unsafe"))[
        kind
    ]
    codes, flags = nf.encode(x, E4M3, flags=True)
    assert codes.shape == flags.shape == x.shape
    assert pairs(codes, flags) == expected([x[index] for index in np.ndindex(x.shape)], E4M3)


@pytest.mark.parametrize("kind", list(views(np.arange(24))))
@pytest.mark.parametrize("dtype", ["u1", "i1", "<u2", ">u2", ">i4", "i8", ">u8"])
def test_every_stride_of_codes(kind: str, dtype: str) -> None:
    codes = views((np.arange(24) * 5 + 3).astype(dtype))[kind]
    values = nf.decode(codes, E4M3)
    wanted = [float(oracle.value_of(E4M3, int(codes[index]))) for index in np.ndindex(codes.shape)]
    assert (values.shape, values.ravel().tolist()) == (codes.shape, wanted)
    wide = nf.convert(codes, E4M3, "binary32")
    assert (wide.shape, wide.dtype) == (codes.shape, np.uint32)
    assert np.array_equal(wide, values.view(np.uint32) if values.shape else np.asarray(values).view(np.uint32))
    exact = nf.decode(codes, E4M3, dtype=object)
    assert [Fraction(value) for value in np.ravel(exact)] == [Fraction(value) for value in wanted]


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0, 2), (2, 0)])
def test_empty(shape: tuple[int, ...]) -> None:
    for dtype in ("float32", "int64", object, ">f8", "longdouble"):
        codes, flags = nf.encode(np.empty(shape, dtype), "binary16", flags=True)
        assert (codes.shape, codes.dtype, flags.shape, flags.dtype) == (shape, np.uint16, shape, np.uint8)
    assert nf.encode(np.empty(shape), E4M3, flags="any")[1] == nf.Flags(0)
    assert nf.decode(np.empty(shape, np.uint8), E4M3).shape == shape
    assert nf.decode(np.empty(shape, np.uint8), E4M3, dtype=object).shape == shape
    assert nf.quantize_to(np.empty(shape), E4M3).dtype == np.float32
    with pytest.raises(TypeError, match="encode"):
        nf.decode(np.empty(shape, np.float32), E4M3)


def test_empty_lists() -> None:
    for empty, shape in (([], (0,)), ([[], []], (2, 0)), ((), (0,))):
        assert nf.encode(empty, E4M3).shape == shape
        assert nf.encode(empty, E4M3).dtype == np.uint8
        assert nf.decode(empty, "binary16").shape == shape
        assert nf.convert(empty, E4M3, "binary16").dtype == np.uint16


@pytest.mark.parametrize(
    "x", [1.5, 3, np.float16(1.5), np.float32(1.5), np.float64(1.5), np.longdouble(1.5), np.int8(3), np.uint64(3),
          Fraction(3, 2), "1.5", np.array(1.5), np.array(3, object), np.str_("1.5")],
    ids=repr,
)  # fmt: skip
def test_scalar_in_scalar_out(x: Any) -> None:
    code, flags = nf.encode(x, "binary16", flags=True)
    assert (type(code), type(flags)) == (np.uint16, np.uint8)
    assert code in (0x3E00, 0x4200)
    assert type(nf.encode(x, "binary16", flags="any")[1]) is nf.Flags
    assert type(nf.quantize_to(x, "binary16")) is np.float32
    assert type(nf.decode(code, "binary16")) is np.float32
    assert type(nf.decode(int(code), "binary64")) is np.float64
    assert type(nf.decode(int(code), "binary16", dtype=object)) is Fraction
    assert type(nf.convert(int(code), "binary16", E4M3)) is np.uint8


MIXED: list[Any] = [2**63, -1, 0.5, Fraction(1, 3), "0x1p-3", np.float32(1.5), np.int8(-3), np.longdouble("0.1"),
                    -0.0, "-0", 10**400, Fraction(-(10**400), 7), 2**64 + 1, np.uint64(2**64 - 1)]  # fmt: skip


@pytest.mark.parametrize("fmt", ["e4m3fn", "binary32", "binary64", SCALED])
def test_lists_are_read_element_by_element(fmt: str) -> None:
    dst = nf.format(fmt)
    numbers = [Fraction(1, 8) if x == "0x1p-3" else -0.0 if x == "-0" else x for x in MIXED]
    wanted = expected(numbers, dst)
    array = np.empty(len(MIXED), object)
    array[:] = MIXED
    for x in (MIXED, tuple(MIXED), array, [[x] for x in MIXED], array.reshape(2, -1).T):
        codes, flags = nf.encode(x, dst, flags=True)
        order = (
            wanted
            if np.ndim(codes) < 2 or codes.shape[1] == 1
            else [w for i in range(7) for w in (wanted[i], wanted[i + 7])]
        )
        assert pairs(codes, flags) == order
    for x, right in zip(MIXED, wanted, strict=True):
        assert nf.encode(x, dst, flags="any") == right


@pytest.mark.parametrize(
    "x", [2**63, 2**63 - 1, -(2**63), -(2**63) - 1, 2**64 - 1, 2**64, 2**64 + 1, 2**53 + 1, 3**5000, 0]
)
def test_integers_of_any_size(x: int) -> None:
    for env in (nf.Env(), nf.Env(rounding="toward_zero"), nf.Env(rounding="to_odd")):
        for fmt in (nf.float64, nf.float32, nf.format(SCALED)):
            right = oracle.encode(fmt, x, env)
            assert nf.encode(x, fmt, env=env, flags="any") == right
            assert pairs(*nf.encode([x, 1], fmt, env=env, flags=True))[0] == right
            assert pairs(*nf.encode([-x], fmt, env=env, flags=True))[0] == oracle.encode(fmt, -x, env)


@pytest.mark.parametrize(
    "x", [[[1], [2, 3]], [1, [2]], [[1, 2], 3], [np.zeros(2), np.zeros(3)], [[], [1]], [np.zeros(2), 1]]
)
def test_ragged(x: Any) -> None:
    with pytest.raises(ValueError, match=r"^x has a ragged shape"):
        nf.encode(x, E4M3)
    with pytest.raises((ValueError, TypeError), match=r"^codes "):
        nf.decode(x, E4M3)


BAD = [True, np.True_, 1j, np.complex64(1), None, b"1", date(2020, 1, 1), object(), {1.0}, {1: 2}, Decimal, [True, 1.0],
       [1j], [None], [b"1"], [1.0, object()], np.array([True]), np.array([1j]), np.array([b"1"]),
       np.array([None]),
       np.array(["2020-01-01"], "M8[D]"), np.array([5], "m8[s]"), np.zeros(2, [("a", "f4")]), np.array([1, None]),
       (x for x in [1.0]), bytearray(b"1")]  # fmt: skip


@pytest.mark.parametrize("x", BAD, ids=repr)
def test_no_number(x: Any) -> None:
    with pytest.raises(TypeError, match=r"^x (has dtype|holds) .*: must be "):
        nf.encode(x, E4M3)


@pytest.mark.parametrize(
    "codes", [1.0, [1.0], np.array([1.0]), np.array([True]), True, [True], "38", None, 1j, [None], np.array(["38"]),
              b"8",
              np.array([1], "m8[s]"), np.array([1], object), [1, 2.0], [[1], [1.5]], [True, 1]],
    ids=repr,
)  # fmt: skip
def test_codes_are_integers(codes: Any) -> None:
    with pytest.raises(TypeError, match=r"^codes.*encode"):
        nf.decode(codes, E4M3)
    with pytest.raises(TypeError, match=r"^codes.*encode"):
        nf.convert(codes, E4M3, "binary16")


@pytest.mark.parametrize(
    ("codes", "index", "fmt"),
    [([0, -1], 1, "e4m3fn"), (np.array([[5, 255], [256, -1]]), 2, "e4m3fn"),
     (np.array([0, 64, 63], np.uint8), 1, "e2m3fn"),
     (np.array([-1], np.int8), 0, "e4m3fn"), (128, 0, "ue4m3"), (np.array([1 << 19], np.uint32), 0, "tf32"),
     (np.array([0, -1], np.int64), 1, "binary64"), (np.array([1, 16], ">u2")[::-1], 0, "e2m1fn")],
    ids=str,
)  # fmt: skip
def test_codes_above_the_width(codes: Any, index: int, fmt: str) -> None:
    message = rf"^codes: element {index}\b.* takes codes 0 to {hex((1 << nf.format(fmt).width) - 1)}$"
    with pytest.raises(ValueError, match=message):
        nf.decode(codes, fmt)
    with pytest.raises(ValueError, match=message):
        nf.convert(codes, fmt, "binary16")


def test_a_list_of_64_bit_codes_is_exact() -> None:
    """np.asarray makes float64 of [2**63, 1]."""
    assert nf.decode([2**63, 1], "binary64").tolist() == [-0.0, 5e-324]
    assert nf.convert([[2**64 - 1], [0]], "width=64/precision=53/bias=7", "binary16").shape == (2, 1)


@pytest.mark.parametrize("codes", [1.0, [1.0], [2**63, 0.5], [2**64, 1]])
def test_a_list_of_floats_is_no_codes_of_binary64(codes: Any) -> None:
    """Only an array says by its dtype that it is made of codes."""
    with pytest.raises((TypeError, ValueError), match=r"^codes"):
        nf.decode(codes, "binary64")


@pytest.mark.parametrize("order", ["<", ">"])
def test_numpy_floats_are_values(order: str) -> None:
    """Never codes, not even of the format that their dtype names (SEMANTICS 9)."""
    for dtype, fmt in (("f2", "binary16"), ("f4", "binary32"), ("f8", "binary64")):
        with pytest.raises(TypeError, match=r"^codes.*encode"):
            nf.decode(np.array([1.0], order + dtype), fmt)


def test_decode_dtype() -> None:
    for fmt, dtype in (
        ("e4m3fn", "f4"),
        ("binary32", "f4"),
        ("binary64", "f8"),
        ("pxr24", "f4"),
        ("e8m0", "f4"),
        ("dlfloat16", "f4"),
    ):
        assert nf.decode([0], fmt).dtype == dtype
    assert nf.decode([0], "width=14/precision=4/bias=1000").dtype == np.float64
    assert nf.decode([1, 0x38], E4M3, dtype=np.float64).tolist() == [2**-9, 1.0]
    half = nf.decode([0x38, 0x7E], E4M3, dtype=np.float16)
    assert (half.dtype, half.tolist()) == (np.float16, [1.0, 448.0])
    for order in "<>":
        swapped = nf.decode([0x38, 0xB9], E4M3, dtype=order + "f4")
        assert (swapped.dtype, swapped.tolist()) == (np.dtype(order + "f4"), [1.0, -1.125])


@pytest.mark.parametrize(
    "fmt", ["binary16p1ue", "binary16p1sf", "width=64/precision=53/bias=5000", "width=64/precision=54/bias=511"]
)
def test_formats_beyond_float64(fmt: str) -> None:
    with pytest.raises(
        ValueError, match=r"^dtype: not every value of .* is exact in float32 nor float64; use dtype=object"
    ):
        nf.decode([0], fmt)
    with pytest.raises(ValueError, match=r"^dtype: .*float64; use dtype=object"):
        nf.decode([0], fmt, dtype=np.float64)
    with pytest.raises(ValueError, match=r"^dtype: "):
        nf.quantize_to(1.0, fmt)
    dst = nf.format(fmt)
    codes = [0, 1, dst.max_code, dst.min_normal_code]
    assert nf.decode(codes, fmt, dtype=object).tolist() == [oracle.value_of(dst, code or 0) for code in codes]


@pytest.mark.parametrize("dtype", [int, "u1", "f4", bool, complex, "U5", np.longdouble, "M8[s]", "nonsense"], ids=str)
def test_decode_refuses_a_dtype(dtype: Any) -> None:
    with pytest.raises((ValueError, TypeError), match=r"dtype|data type"):
        nf.decode([0], "binary64", dtype=dtype)


def test_decode_object() -> None:
    got = nf.decode([0x00, 0x80, 0x38, 0xB9, 0x7C, 0xFC, 0x7F], "e5m2", dtype=object).tolist()
    assert [type(x) for x in got] == [Fraction, float, Fraction, Fraction, float, float, float]
    assert [str(x) for x in got] == ["0", "-0.0", "1/2", "-5/8", "inf", "-inf", "nan"]


@pytest.mark.parametrize("value", [1, 0, None, "all", "ANY", "", np.True_, [True], np.array([1, 2])], ids=repr)
def test_bad_flags(value: Any) -> None:
    with pytest.raises(ValueError, match=r"^flags is .*: must be False, True or 'any'$"):
        nf.encode(1.0, E4M3, flags=value)
