# SPDX-License-Identifier: BSD-3-Clause
"""Integer codes in arrays: every element size, stride, byte order and length; what is refused, and then not written."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import oracle_integers as oracle
import pytest
from oracle_integers import Kind

import numfmt as nf
from numfmt import _bind, _bind_integers, integers

Array = np.ndarray[Any, np.dtype[Any]]
ISAS = [isa for isa in _bind.isas() if isa in ("portable", "avx2")]
DTYPES = [f"{order}{kind}{size}" for kind in "iu" for size in (1, 2, 4, 8) for order in "<>"]
#: Around the blocks that C works in.
LENGTHS = [0, 1, 511, 512, 513, 1024, 1100]


def some_kinds(width: int) -> list[Kind]:
    plain = ("sign_magnitude", "ones_complement", "twos_complement", "unsigned")
    return [*(Kind(name, width) for name in plain), Kind("offset_binary", width, (1 << width) // 3)]


def made(kind: Kind) -> integers.IntegerCode:
    numbers = (kind.width, kind.bias) if kind.name == "offset_binary" else (kind.width,)
    return integers.KINDS[kind.name](*numbers)


def random_integers(dtype: str, size: int, seed: int = 1) -> Array:
    """Of every magnitude."""
    info = np.iinfo(dtype)
    words = np.random.default_rng(seed).integers(info.min, info.max, size, np.dtype(dtype).newbyteorder("="), True)
    shifts = np.arange(size) % (8 * info.dtype.itemsize)
    shifted: Array = words >> shifts.astype(words.dtype)
    return shifted.astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
def test_dtypes_strides_and_byte_orders(dtype: str) -> None:
    values = random_integers(dtype, 120).reshape(10, 12)
    for view in (values, values.T, values[::-2, 1::3], values[:0]):
        for kind in [*some_kinds(7), Kind("ones_complement", 21), *some_kinds(64)]:
            type_ = made(kind)
            for overflow in ("saturate", "wrap"):
                codes = type_.encode(view, overflow)
                right = [oracle.encode(kind, int(x), overflow) for x in view.ravel()]
                assert codes.shape == view.shape and codes.ravel().tolist() == right, (kind, overflow)
                assert codes.dtype == type_.code_dtype and codes.flags.c_contiguous
            some = np.where(view >= 0, view, 0) & 127  # codes, in any dtype
            decoded = [oracle.value(kind, int(code)) for code in some.ravel()]
            assert type_.decode(some.astype(dtype)).ravel().tolist() == decoded


@pytest.mark.parametrize("isa", ISAS)
@pytest.mark.parametrize("value_size", [1, 2, 4, 8])
def test_every_element_size(isa: str, value_size: int) -> None:
    """Codes need not lie in the smallest elements, for C."""
    cases = [(size, width) for size in (1, 2, 4, 8) for width in {2, 8 * size - 3, 8 * size}]
    for sign, (code_size, width) in itertools.product("iu", cases):
        values = random_integers(f"{sign}{value_size}", 600, seed=width)
        for kind in some_kinds(width):
            type_ = _bind_integers.struct(kind.name, width, kind.bias)
            codes = np.empty(values.shape, f"u{code_size}")
            for overflow in ("saturate", "wrap"):
                _bind_integers.encode(type_, overflow, values, codes, isa)
                assert codes[::7].tolist() == [oracle.encode(kind, x, overflow) for x in values[::7].tolist()]
            low, high = oracle.limits(kind)
            info = np.iinfo(values.dtype)
            if info.min <= low and high <= info.max:
                back = np.empty_like(values)
                _bind_integers.decode(type_, codes, back, isa)
                assert back[::7].tolist() == [oracle.value(kind, code) for code in codes[::7].tolist()]
            else:
                with pytest.raises(_bind.NumfmtError, match="enough for every code or value"):
                    _bind_integers.decode(type_, codes, np.empty_like(values), isa)


@pytest.mark.parametrize("kind", [*some_kinds(7), *some_kinds(16)], ids=str)
def test_lengths(kind: Kind) -> None:
    for length in LENGTHS:
        check_length(kind, length)


def check_length(kind: Kind, length: int) -> None:
    type_ = made(kind)
    mask = (1 << kind.width) - 1
    a, b = (codes.astype(type_.code_dtype) for codes in (np.arange(length) & mask, np.arange(length) * 71 + 3 & mask))
    seen = slice(max(length - 40, 0), None)
    assert type_.encode(type_.decode(a)).shape == a.shape
    assert type_.decode(a)[seen].tolist() == [oracle.value(kind, code) for code in a[seen].tolist()]
    assert type_.compare(a, b)[seen].tolist() == [oracle.compare(kind, *pair) for pair in pairs(a, b, seen)]
    for op in ("add", "sub", "negate"):
        done = getattr(type_, op)(*((a, b) if op != "negate" else (a,)))
        found = list(zip(*(part[seen].tolist() for part in done), strict=True))
        assert found == [oracle.calculate(kind, op, *pair) for pair in pairs(a, b, seen)]


def pairs(a: Array, b: Array, seen: slice) -> list[tuple[int, int]]:
    return list(zip(a[seen].tolist(), b[seen].tolist(), strict=True))


@pytest.mark.parametrize("at", [0, 1, 510, 512, 999])
@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int64, object])
def test_what_is_refused_is_not_written(dtype: Any, at: int) -> None:
    values = np.ones(1000, dtype)
    values[at], values[at + 1 :: 17] = -17, -18
    out = np.full(1000, 0xAA, np.uint8)
    with pytest.raises(ValueError, match=rf"^x: element {at} is -17: twos_complement:5 takes -16 to 15$"):
        nf.TwosComplement(5).encode(values, out=out)
    assert (out == 0xAA).all()
    codes = np.ones(1000, np.uint8)
    codes[at], codes[at + 1 :: 17] = 33, 34
    values = np.full(1000, 99, np.int8)
    with pytest.raises(ValueError, match=rf"^codes: element {at} is 33: twos_complement:5 takes codes 0 to 0x1f$"):
        nf.TwosComplement(5).decode(codes, out=values)
    assert (values == 99).all()
    with pytest.raises(ValueError, match=rf"^b: element {at} is 33: "):
        nf.OnesComplement(5).add(codes % 8, codes)
    with pytest.raises(ValueError, match=rf"^a: element {at} is 33: "):
        nf.OnesComplement(5).compare(codes, codes % 8)
    with pytest.raises(ValueError, match=rf"^a: element {at} is 33: "):
        nf.OnesComplement(5).negate(codes)
    with pytest.raises(ValueError, match=rf"^codes: element {at} is 33: "):
        nf.OnesComplement(5).pack(codes)


@pytest.mark.parametrize("at", [3, 500, 999])
def test_in_several_threads(monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    """The same, and the first element that is refused, whatever parts the arrays are cut into."""
    five = nf.TwosComplement(5)
    values = np.resize(np.arange(-16, 16), (10, 100)).astype(np.int16)
    bad = values.copy()
    bad.reshape(-1)[[at, 999]] = -17, 50
    codes = five.encode(values)
    sums, order = five.sub(codes, codes[::-1, ::-1]), five.compare(codes, codes[::-1, ::-1])
    monkeypatch.setattr("numfmt.threads._WORTH", (8, 8))
    monkeypatch.setenv("NUMFMT_NUM_THREADS", "3")
    assert np.array_equal(five.encode(values), codes) and np.array_equal(five.decode(codes), values)
    assert all(map(np.array_equal, five.sub(codes, codes[::-1, ::-1]), sums))
    assert np.array_equal(five.compare(codes, codes[::-1, ::-1]), order)
    out = np.full(values.shape, 0xAA, np.uint8)
    for given in (None, out):
        with pytest.raises(ValueError, match=f"^x: element {at} is {bad.reshape(-1)[at]}: "):
            five.encode(bad, out=given)
    assert (out == 0xAA).all()
    with pytest.raises(ValueError, match=f"^b: element {at} is "):
        five.add(codes, bad.view(np.uint16) % 32 + 32 * (bad < -16) + 32 * (bad > 15))


def test_scalars_and_out() -> None:
    eight = nf.TwosComplement(8)
    code = eight.encode(-5)
    assert isinstance(code, np.uint8) and code == 251 and isinstance(eight.decode(code), np.int8)
    assert isinstance(eight.add(code, 5).carry, np.bool_) and isinstance(eight.compare(code, 5), np.int8)
    assert nf.OffsetBinary(64, 7).decode(3) == -4 and type(nf.OffsetBinary(64, 7).decode(3)) is int
    out = np.zeros((2, 3), np.uint8, order="F")
    assert eight.encode([[1, 2, 3], [4, 5, -6]], out=out) is out and out.tolist() == [[1, 2, 3], [4, 5, 250]]
    same = np.array([5, 250, 7], np.uint8)  # input and output in one
    assert eight.decode(same, out=same.view(np.int8)).tolist() == [5, -6, 7] and same.tolist() == [5, 250, 7]
    wide = np.zeros(2, object)
    assert nf.OffsetBinary(64, 7).decode([0, 2**64 - 1], out=wide) is wide and wide.tolist() == [-7, 2**64 - 8]
    swapped = np.zeros(2, ">u2")
    assert nf.TwosComplement(12).encode([-1, 2], out=swapped).tolist() == [4095, 2]
    sums = eight.add([[1], [2]], [[3, 250]])
    assert sums.codes.tolist() == [[4, 251], [5, 252]] and sums.overflow.shape == (2, 2)


@pytest.mark.peer("ml_dtypes")
def test_small_integers_of_ml_dtypes() -> None:
    import ml_dtypes

    values = np.array([-8, 7, -1], ml_dtypes.int4)
    assert nf.TwosComplement(4).encode(values).tolist() == [8, 7, 15]
    assert nf.Unsigned(2).encode(np.array([[3], [1]], ml_dtypes.uint2)).tolist() == [[3], [1]]
    with pytest.raises(TypeError, match=r"x has dtype bfloat16: must be integers \(nf.to_int"):
        nf.TwosComplement(4).encode(np.zeros(2, ml_dtypes.bfloat16))


def test_equality_and_text() -> None:
    int8: Any = np.int64(8)
    assert nf.OffsetBinary(8) == nf.OffsetBinary(8, 128) != nf.OffsetBinary(8, 127)
    assert len({nf.TwosComplement(8), nf.TwosComplement(int8), nf.OnesComplement(8)}) == 2
    for kind in some_kinds(9):
        assert integers.integer_code(str(made(kind))) == made(kind)
    assert integers.integer_code("offset_binary:8") == nf.OffsetBinary(8)
    assert integers.integer_code(nf.Unsigned(3)) == nf.Unsigned(3)


@pytest.mark.parametrize("name", ["", "twos_complement", "int8", "twos_complement:", "twos_complement:8:1",
                                  "unsigned:-3", "offset_binary:8:1:2", "unsigned:²", 8, None])  # fmt: skip
def test_names_that_are_none(name: Any) -> None:
    with pytest.raises(ValueError, match="is no integer code: must be one of sign_magnitude:WIDTH, "):
        integers.integer_code(name)


BAD: Any = "bad"
REFUSED = [
    (lambda: nf.TwosComplement(0), ValueError, "width is 0: twos_complement takes 1 to 64"),
    (lambda: nf.Unsigned(65), ValueError, "width is 65"),
    (lambda: nf.Unsigned(8.0), TypeError, "width is 8.0: must be an integer, 1 to 64"),  # type: ignore[arg-type]
    (lambda: nf.Unsigned(True), TypeError, "width is True"),
    (lambda: nf.OffsetBinary(4, 16), ValueError, "bias is 16: offset_binary takes 0 to 15"),
    (lambda: nf.OffsetBinary(4, -1), ValueError, "bias is -1"),
    (lambda: integers.IntegerCode(8), TypeError, "the base of SignMagnitude"),
    (lambda: nf.Unsigned(8).encode(1.5), TypeError, r"element 0 is 1.5: must be an integer \(nf.to_int rounds"),
    (lambda: nf.Unsigned(8).encode(np.ones(3)), TypeError, r"dtype float64: must be integers \(nf.to_int rounds"),
    (lambda: nf.Unsigned(8).encode([1, [2]]), ValueError, "x has a ragged shape"),
    (lambda: nf.Unsigned(8).encode([True]), TypeError, "element 0 is True: must be an integer$"),
    (lambda: nf.Unsigned(8).encode(np.array([True])), TypeError, "dtype bool: must be integers$"),
    (lambda: nf.Unsigned(8).encode("12"), TypeError, "element 0 is '12'"),
    (lambda: nf.Unsigned(8).encode(None), TypeError, "element 0 is None"),
    (lambda: nf.Unsigned(8).encode(1, BAD), ValueError, "overflow is 'bad': must be one of error, saturate, wrap"),
    (lambda: nf.Unsigned(8).encode(1, narrow=True), ValueError, "narrow is True for unsigned:8"),
    (lambda: nf.TwosComplement(8).encode(1, "wrap", narrow=True), ValueError, "narrow is True for .* overflow='wrap'"),
    (lambda: nf.Unsigned(8).encode([1, 2], out=np.zeros(3, np.uint8)), ValueError, r"a uint8 array of shape \(2,\)"),
    (lambda: nf.Unsigned(9).encode([1, 2], out=np.zeros(2, np.uint8)), ValueError, "must be a uint16 array"),
    (lambda: nf.Unsigned(8).decode([-1]), ValueError, "element 0 is -1: unsigned:8 takes codes 0 to 0xff .encode"),
    (lambda: nf.Unsigned(8).decode(np.array([3, -1], np.int8)), ValueError, r"element 1 is -1.*0xff \(encode"),
    (lambda: nf.Unsigned(8).decode(np.array([0, 256])), ValueError, "codes: element 1 is 256.*0xff$"),
    (lambda: nf.Unsigned(8).hex(256), ValueError, "code is 0x100: unsigned:8 takes codes 0 to 0xff"),
    (lambda: nf.Unsigned(8).decode([2**70]), ValueError, "element 0 is 1180591620717411303424"),
    (lambda: nf.Unsigned(8).decode([1.0]), TypeError, "codes: element 0 is 1.0: must be an integer"),
    (lambda: nf.Unsigned(8).decode(np.ones(2)), TypeError, "codes has dtype float64"),
    (lambda: nf.Unsigned(8).add([1, 2], [1, 2, 3]), ValueError, r"do not broadcast: a \(2,\) and b \(3,\)"),
    (lambda: nf.Unsigned(8).sub(1, 256), ValueError, "b: element 0 is 256"),
    (lambda: nf.Unsigned(8).pack([1], BAD), ValueError, "order is 'bad': must be one of low_first, high_first"),
    (lambda: nf.Unsigned(4).unpack(b"12", 5), ValueError, "octets has 2 bytes: 5 codes of unsigned:4 take 3"),
    (lambda: nf.Unsigned(4).unpack([1, 2], 4), TypeError, "octets is list: must be bytes or a uint8 array"),
    (lambda: nf.Unsigned(4).unpack(np.zeros((1, 1), np.uint8), 2), TypeError, r"octets is uint8 of shape \(1, 1\)"),
    (lambda: nf.Unsigned(4).unpack(b"12", -1), ValueError, "count is -1"),
    (lambda: nf.Unsigned(4).unpack(b"12", 2.0), TypeError, "count is 2.0"),  # type: ignore[arg-type]
]  # fmt: skip


@pytest.mark.parametrize("index", range(len(REFUSED)))
def test_refused(index: int) -> None:
    call, error, text = REFUSED[index]
    with pytest.raises(error, match=text):
        call()  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("order", ["low_first", "high_first"])
def test_packing(order: Any) -> None:
    for width, count in itertools.product(range(1, 65), (0, 1, 7, 35)):
        type_ = nf.Unsigned(width)
        codes = random_integers("u8", 35, seed=width) & np.uint64((1 << width) - 1)
        octets = type_.pack(codes[:count], order)
        assert octets.dtype == np.uint8 and octets.tolist() == oracle.pack(width, codes[:count].tolist(), order)
        assert type_.unpack(octets, count, order).tolist() == codes[:count].tolist()
        assert type_.unpack(octets.tobytes(), count, order).dtype == type_.code_dtype


def test_packing_of_nibbles() -> None:
    """ONNX's INT4 and NF4, by hand; bits left over are not read."""
    four = nf.TwosComplement(4)
    codes = four.encode([[1, -2], [7, -8], [3, 0]])
    assert [f"{byte:02x}" for byte in four.pack(codes[:2])] == ["e1", "87"]
    assert [f"{byte:02x}" for byte in four.pack(codes[:2], "high_first")] == ["1e", "78"]
    assert four.pack([1, 2, 3]).tolist() == [0x21, 0x03] and four.unpack(b"\x21\xf3", 3).tolist() == [1, 2, 3]
    assert nf.Unsigned(1).pack([1, 0, 0, 0, 0, 0, 0, 0, 1]).tolist() == [1, 1]
    assert nf.Unsigned(1).pack([1, 0, 0, 0, 0, 0, 0, 0, 1], "high_first").tolist() == [128, 128]
    assert nf.Unsigned(2).pack([1, 2, 3, 0]).tolist() == [0b00111001]
