# SPDX-License-Identifier: BSD-3-Clause
"""Calls: out=, calls that fail, threads, numbers in text, ml_dtypes arrays."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from typing import Any

import numpy as np
import oracle
import pytest

import numfmt as nf

X = np.array([[0.1, -1.5, 448.0], [np.nan, 1e9, -0.0]], np.float32)
RIGHT = nf.encode(X, "binary16")


def outputs() -> dict[str, Any]:
    """Arrays of X's shape and binary16's codes, of every layout."""
    spread = np.zeros((4, 6), np.uint16)
    return {
        "c": np.zeros((2, 3), np.uint16),
        "fortran": np.zeros((2, 3), np.uint16, order="F"),
        "strided": spread[::2, ::2],
        "negative": np.zeros((2, 3), np.uint16)[::-1, ::-1],
        "big-endian": np.zeros((2, 3), ">u2"),
        "little-endian": np.zeros((2, 3), "<u2"),
        "unaligned": np.zeros((2, 3), [("a", "u1"), ("x", "u2")])["x"],
    }


@pytest.mark.parametrize("layout", list(outputs()))
@pytest.mark.parametrize("call", ["encode", "convert"])
def test_out(layout: str, call: str) -> None:
    out = outputs()[layout]
    if call == "encode":
        got, flags = nf.encode(X, "binary16", out=out, flags=True)
    else:
        got, flags = nf.convert(X.view(np.uint32), "binary32", "binary16", out=out, flags=True)
    assert got is out
    assert out.tolist() == RIGHT.tolist()
    assert flags.tolist() == nf.encode(X, "binary16", flags=True)[1].tolist()


def test_out_beside_its_gaps_is_untouched() -> None:
    spread = np.full((4, 6), 0xABCD, np.uint16)
    nf.encode(X, "binary16", out=spread[::2, ::2])
    assert np.all(spread[1::2] == 0xABCD) and np.all(spread[:, 1::2] == 0xABCD)
    assert spread[::2, ::2].tolist() == RIGHT.tolist()


def test_out_of_a_scalar() -> None:
    out = np.zeros((), np.uint8)
    assert nf.encode(1.5, "e4m3fn", out=out) is out
    assert out[()] == 0x3C


@pytest.mark.parametrize(
    "out",
    [np.zeros((2, 3), np.uint8), np.zeros((2, 3), np.int16), np.zeros((2, 3), np.float16), np.zeros(6, np.uint16),
     np.zeros((3, 2), np.uint16), np.zeros((1, 2, 3), np.uint16), [[0] * 3] * 2, bytearray(12), np.uint16(0)],
    ids=repr,
)  # fmt: skip
def test_wrong_out(out: Any) -> None:
    with pytest.raises((ValueError, TypeError), match=r"^out is .*: must be a uint16 array of shape \(2, 3\)$"):
        nf.encode(X, "binary16", out=out)


def test_read_only_out() -> None:
    out = np.zeros((2, 3), np.uint16)
    out.setflags(write=False)
    with pytest.raises(ValueError, match=r"^out is read-only"):
        nf.encode(X, "binary16", out=out)
    assert not out.any()


@pytest.mark.parametrize("shift", [0, 1, 3])
@pytest.mark.parametrize("step", [1, -1])
def test_out_overlaps_the_input(shift: int, step: int) -> None:
    buffer = np.arange(0x3C00, 0x3C40, dtype=np.uint16)
    codes, out = buffer[:40][::step], buffer[shift : shift + 40]
    right = nf.convert(codes.copy(), "binary16", "bfloat16")
    assert nf.convert(codes, "binary16", "bfloat16", out=out) is out
    assert out.tolist() == right.tolist()
    floats = np.arange(64, dtype=np.float32)
    right = nf.encode(floats.copy(), "binary32")
    assert nf.encode(floats, "binary32", out=floats.view(np.uint32)).tolist() == right.tolist()


@pytest.mark.parametrize("layout", list(outputs()))
def test_a_call_that_fails_writes_nothing(layout: str) -> None:
    out = outputs()[layout]
    out[...] = 0xABCD
    refuse = nf.Env(nan_substitute="raise")
    small = np.full((2, 3), 0xAB, np.uint8)
    calls: list[Callable[[], object]] = [
        lambda: nf.encode(X, "e2m1", env=refuse, out=small),
        lambda: nf.encode([*X[0], float("nan")], "e2m1", env=refuse),
        lambda: nf.convert([[1, 2, 3], [4, 5, 64]], "e2m3fn", "binary16", out=out),
        lambda: nf.convert(np.array([[1, 2, 3], [4, 5, 1 << 19]], np.uint32), "tf32", "binary16", out=out),
        lambda: nf.encode([[1, 2, 3], [4, 5, None]], "binary16", out=out),
        lambda: nf.encode([[1, 2, 3], [4, 5, "six"]], "binary16", out=out),
        lambda: nf.encode(X, "binary16", env=nf.Env(), flags=2, out=out),  # type: ignore[arg-type]
    ]
    for call in calls:
        with pytest.raises((ValueError, TypeError)):
            call()
        assert np.all(out == 0xABCD) and np.all(small == 0xAB)


def test_which_element_is_refused() -> None:
    """Counted in C order, whatever the strides."""
    x = np.zeros((3, 4), np.float32, order="F")
    x[1, 2] = np.nan
    with pytest.raises(ValueError, match=r"^x: element 6: .*nan_substitute"):
        nf.encode(x, "e2m1", env=nf.Env(nan_substitute="raise"))
    with pytest.raises(ValueError, match=r"^codes: element 6\b"):
        nf.convert(np.where(np.isnan(x), np.uint8(16), np.uint8(1)), "e2m1", "binary16")


def test_threads_agree() -> None:
    x = np.random.default_rng(1).integers(0, 1 << 32, 20_000, dtype=np.uint32)
    jobs = [
        (dst, nf.Env(rounding=rounding))
        for dst in ("e4m3fn", "binary16p7ue", "bfloat16")
        for rounding in ("ties_even", "to_odd")
    ]
    right = [nf.convert(x, "binary32", dst, env=env, flags=True) for dst, env in jobs]

    def work(seed: int) -> bool:
        order: list[int] = np.random.default_rng(seed).permutation(len(jobs)).tolist()
        got = {job: nf.convert(x, "binary32", jobs[job][0], env=jobs[job][1], flags=True) for job in order * 2}
        return all(np.array_equal(got[job], right[job]) for job in order)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(16))) == [True] * 16


def test_gil_is_released() -> None:
    """A thread of Python code runs on during a conversion of 8 million elements."""
    codes = np.zeros(8_000_000, np.uint32)
    began, stop = threading.Event(), threading.Event()
    ticks: list[float] = []

    def tick() -> None:
        began.set()
        while not stop.is_set():
            ticks.append(time.perf_counter())
            time.sleep(0.001)

    thread = threading.Thread(target=tick)
    thread.start()
    began.wait()
    start = time.perf_counter()
    nf.convert(codes, "binary32", "bfloat16", path="generic", threads=1)
    end = time.perf_counter()
    stop.set()
    thread.join()
    # the last tick of a held GIL would be at the start; half-way is out of reach for it
    assert [t for t in ticks if start + (end - start) / 4 < t < start + (end - start) * 3 / 4]


LONG = 10**6


@pytest.mark.parametrize(
    ("text", "value", "negative"),
    [
        ("1e-999999999", "tiny", 0), ("-1e-999999999", "tiny", 1), ("1e999999999", "huge", 0),
        ("-1e" + "9" * 10_000, "huge", 1), ("0x1p-999999999", "tiny", 0), ("0x1p" + "9" * 100, "huge", 0),
        ("0e" + "9" * 100, "zero", 0), ("-0x0p99", "zero", 1), ("9" * LONG, "huge", 0),
        ("-" + "9" * LONG + "e-5", "huge", 1),
        ("0." + "0" * LONG + "1", "tiny", 0), ("0" * LONG, "zero", 0),
        ("1." + "3" * LONG, Fraction(4, 3), 0), ("-" + "3" * LONG + f"e-{LONG}", Fraction(1, 3), 1),
        ("0x" + "5" * LONG + f"p-{4 * LONG}", Fraction(1, 3), 0), ("1" + "0" * LONG + f"e-{LONG}", Fraction(1), 0),
        ("0x1" + "0" * 4_300_000 + "p-17200000", Fraction(1), 0),
        ("0x." + "0" * 4_300_000 + "1p17200004", Fraction(1), 0),
    ],
    ids=lambda part: str(part)[:12],
)  # fmt: skip
def test_long_text_takes_less_than_a_second(text: str, value: Fraction | str, negative: int) -> None:
    start = time.thread_time()  # another process's load is no failure
    got = [nf.encode(text, fmt, flags="any") for fmt in (nf.float64, nf.float8_e4m3fn)]
    elapsed = time.thread_time() - start
    near = {"tiny": Fraction(1, 2**5000), "huge": Fraction(2**5000), "zero": Fraction(0)}
    exact = near[value] if isinstance(value, str) else value
    kind = "finite" if exact else "zero"
    wanted = [
        oracle.encode(fmt, oracle.Value(kind, negative, exact), nf.Env()) for fmt in (nf.float64, nf.float8_e4m3fn)
    ]
    assert got == wanted
    assert elapsed < 2  # two numbers


def test_text_of_more_digits_than_python_reads() -> None:
    n = 3**20_000
    assert nf.encode("1" + "0" * 5000, SCALE) == nf.encode(10**5000, SCALE)
    assert nf.encode(hex(n), SCALE, flags="any") == oracle.encode(nf.format(SCALE), n, nf.Env())
    third = "0." + "3" * 5000
    assert nf.encode(third, SCALE, flags="any") == oracle.encode(
        nf.format(SCALE), Fraction(10**5000 // 3, 10**5000), nf.Env()
    )


SCALE = "width=64/precision=44/bias=500000/has_quiet_bit=false"


@pytest.mark.parametrize(
    "text", ["", " ", ".", "-", "e5", "1e", "1e+", "0x", "0x.p1",
             "1.2.3", "1_000", "--1", "+-1", "1 2", "nan(1)", "nan()",
             "infin", "1,5", "0b1", "1e5.0", "0x1p", "0x1p1.5", "0x1e+5g",
             "\u0661", "1\u0660", "five", "1\0", "None", "1f", "x" * 5000],
    ids=lambda text: repr(text)[:12],
)  # fmt: skip
def test_bad_text(text: str) -> None:
    for x in (text, [1, text], [[text]]):
        with pytest.raises(ValueError, match="is no number: expected decimal or hexadecimal digits") as raised:
            nf.encode(x, "e4m3fn")
        assert len(str(raised.value)) < 250


@pytest.mark.parametrize(
    ("text", "code"),
    [(" 1.5\n", 0x3C), ("+1.5", 0x3C), ("1.", 0x38), (".5", 0x30), ("0X1.8P0", 0x3C), ("0x.8", 0x30), ("15E-1", 0x3C),
     ("-0", 0x80), ("inf", 0x7E), ("-Infinity", 0xFE), ("NaN", 0x7F), ("-nan", 0x7F), ("-0e9", 0x80), ("+INF", 0x7E)],
)  # fmt: skip
def test_spellings(text: str, code: int) -> None:
    assert nf.encode(text, "e4m3fn") == code


@pytest.mark.peer("ml_dtypes")
def test_ml_dtypes_arrays() -> None:
    """Every code of every dtype, as values and as codes; lists of its scalars too."""
    import ml_dtypes

    for name in [name for name in dir(ml_dtypes) if name.startswith(("float", "bfloat"))]:
        fmt, dtype = getattr(nf, name), np.dtype(getattr(ml_dtypes, name))
        codes = np.arange(1 << fmt.width, dtype=fmt.dtype)
        x = codes.view(dtype).reshape(2, -1)
        spellings: list[Any] = [x, np.asfortranarray(x), x[::-1][::-1]]
        boxed = np.empty(x.shape, object)
        boxed[...] = [list(row) for row in x]
        spellings += [[list(row) for row in x], boxed] if x.size <= 256 else []
        for env in (nf.Env(), nf.Env(nan="x86_sse", rounding="to_odd"), nf.Env(nan="arm", overflow="saturate")):
            right = nf.convert(codes, fmt, "binary16", env=env, flags=True)
            for spelt in spellings:
                got = nf.encode(spelt, "binary16", env=env, flags=True)
                assert np.array_equal(np.reshape(got, (2, -1)), right), (name, env, type(spelt))
            assert np.array_equal(nf.convert(x, fmt, "binary16", env=env).ravel(), right[0])
        assert nf.encode(x[1, 1], "binary16") == nf.convert(int(codes[x.shape[1] + 1]), fmt, "binary16")
        with np.errstate(invalid="ignore"):  # their signalling NaNs
            values = codes.view(dtype).astype(np.float64)
        assert np.array_equal(nf.decode(codes, fmt), values, equal_nan=True), name


@pytest.mark.peer("ml_dtypes")
def test_ml_dtypes_integers() -> None:
    import ml_dtypes

    for name, values in (("int2", range(-2, 2)), ("uint2", range(4)), ("int4", range(-8, 8)), ("uint4", range(16))):
        x = np.array(list(values), getattr(ml_dtypes, name))
        right = nf.encode(list(values), "e4m3fn").tolist()
        assert nf.encode(x, "e4m3fn").tolist() == right
        assert nf.encode(x[::-1], "e4m3fn").tolist() == right[::-1]
        assert nf.encode(list(x), "e4m3fn").tolist() == right
        assert nf.encode(x[-1], "e4m3fn") == right[-1]


@pytest.mark.peer("ml_dtypes")
def test_codes_are_a_view_of_ml_dtypes() -> None:
    import ml_dtypes

    codes = nf.encode([1.0, -448.0, 0.1], "e4m3fn")
    view = codes.view(ml_dtypes.float8_e4m3fn)
    assert np.shares_memory(view, codes)
    assert view.astype(np.float32).tolist() == nf.decode(codes, "e4m3fn").tolist()
    with pytest.raises(TypeError, match=r"^codes has dtype float8_e5m2"):
        nf.decode(codes.view(ml_dtypes.float8_e5m2), "e4m3fn")


def test_elements_of_any_rank_are_scalars() -> None:
    for element in (np.array(3), np.array(3.0), np.array(Fraction(3), object), np.array(3, ">u2")):
        assert nf.encode([element, 0.5], "e4m3fn").tolist() == [0x44, 0x30]


@pytest.mark.peer("ml_dtypes")
def test_ml_dtypes_is_not_imported() -> None:
    """Before, and after, a dtype of it has been seen by name."""
    code = (
        "import sys, numfmt as nf; nf.encode([1, 0.5], 'bfloat16'); nf.list_formats()[0].format.max; "
        "print(*{'ml_dtypes', 'torch', 'rich'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == []
