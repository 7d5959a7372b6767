# SPDX-License-Identifier: BSD-3-Clause
"""Threads: results, flags and errors never depend on their number."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from fast_paths import ISAS, boundaries, random_for, running

import numfmt as nf
from numfmt import threads

COUNTS = (1, 2, 3, 7, None)
SIZE = 1 << 15
STOCHASTIC = nf.Env(rounding="stochastic_a", random_bits_count=12)
PAIRS = [
    ("binary32", "float8_e4m3fn"), ("binary32", "binary16"), ("binary64", "ue5m3"), ("binary16", "bfloat16"),
    ("float8_e5m2", "float8_e4m3fn"), ("float6_e2m3fn", "binary64"), ("binary16", "binary32"),
    ("binary32", "binary64"), ("binary128", "binary16"),
]  # fmt: skip


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand elements are worth a thread here; the machine has six cores."""
    monkeypatch.setattr(threads, "_WORTH", (1000, 1000))
    monkeypatch.setattr(threads, "cores", lambda: 6)
    monkeypatch.delenv("NUMFMT_NUM_THREADS", raising=False)


def operands(name: str, size: int = SIZE) -> Any:
    fmt = nf.format(name)
    if fmt.width > 64:
        codes = np.zeros(size, fmt.dtype)
        codes["hi"] = np.random.default_rng(1).integers(0x3FF0 << 48, 0x4010 << 48, size, np.uint64)
        return codes
    wide = boundaries(nf.float8_e4m3fn, fmt) if fmt.width > 16 else np.arange(1 << fmt.width, dtype=fmt.dtype)
    return np.resize(wide, size)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Counts the threads that are started."""
    seen: list[int] = []
    real = threading.Thread.start

    def start(self: threading.Thread) -> None:
        seen.append(1)
        real(self)

    monkeypatch.setattr(threading.Thread, "start", start)
    yield seen
    assert threading.active_count() == 1, "threads live for one call"


@pytest.mark.parametrize(("src", "dst"), PAIRS)
def test_results_are_the_same(src: str, dst: str, started: list[int]) -> None:
    codes = operands(src)
    for env in (nf.Env(), nf.Env(rounding="to_odd", tininess="before"), STOCHASTIC):
        bits = random_for(env, codes.shape)
        wanted = nf.convert(codes, src, dst, env=env, random_bits=bits, flags=True, path="generic", threads=1)
        for isa in (ISAS[-1], "generic"):
            for count in COUNTS:
                started.clear()
                with running(isa):
                    got = nf.convert(codes, src, dst, env=env, random_bits=bits, flags=True, threads=count)
                    assert len(started) == (6 if count is None else count) - 1
                    some = nf.convert(codes, src, dst, env=env, random_bits=bits, flags="any", threads=count)
                    plain = nf.convert(codes, src, dst, env=env, random_bits=bits, threads=count)
                assert all(np.array_equal(part, wanted[0]) for part in (got[0], some[0], plain)), count
                assert np.array_equal(got[1], wanted[1]) and some[1] == np.bitwise_or.reduce(wanted[1])


def test_flags_of_the_last_part_count() -> None:
    codes = np.zeros(SIZE, np.uint32)
    codes[-1] = 0x7F800001
    assert nf.convert(codes, "binary32", "e5m2", flags="any", threads=7)[1] == nf.Flags.INVALID
    codes[-1], codes[0] = 0, 1
    assert nf.convert(codes, "binary32", "e5m2", flags="any", threads=7)[1] == nf.Flags.INEXACT | nf.Flags.UNDERFLOW


@pytest.mark.parametrize("count", COUNTS)
def test_every_caller(count: int | None) -> None:
    """encode of floats, integers and text, decode, other orders, out=."""
    x = operands("binary32").view(np.float32).reshape(8, -1)
    wanted = nf.encode(x, "e4m3fn", path="generic", threads=1)
    assert np.array_equal(nf.encode(x, "e4m3fn", threads=count), wanted)
    assert np.array_equal(nf.encode(x.T, "e4m3fn", threads=count), wanted.T)
    out = np.zeros((8, 2 * x.shape[1]), np.uint8)
    assert nf.encode(x, "e4m3fn", threads=count, out=out[:, ::2]).base is out
    assert np.array_equal(out[:, ::2], wanted) and not out[:, 1::2].any()
    integers = np.arange(-SIZE // 2, SIZE // 2)
    assert np.array_equal(nf.encode(integers, "e4m3fn", threads=count), nf.encode(integers, "e4m3fn", threads=1))
    text = ["0.1", "-3"] * 1500
    assert np.array_equal(nf.encode(text, "e4m3fn", threads=count), nf.encode(text, "e4m3fn", threads=1))
    values = nf.decode(wanted, "e4m3fn", threads=count)
    assert np.array_equal(values.view(np.uint32), nf.decode(wanted, "e4m3fn", threads=1).view(np.uint32))


def failures() -> Iterator[tuple[str, str, Any, dict[str, Any]]]:
    """Calls that fail because of elements in the first, the last and a middle part; the first one is named."""
    raises = nf.Env(nan_substitute="raise")
    for places in ([0], [SIZE - 1], [SIZE // 2, SIZE - 1], [SIZE // 3]):
        nans, wide = operands("binary32") & np.uint32(0xBF7FFFFF), operands("float6_e2m3fn")
        bits = np.zeros(SIZE, np.uint32)
        for place in places:
            nans[place], wide[place], bits[place] = 0x7FC00000, 77, 1 << 12
        yield "binary32", "float4_e2m1fn", nans, {"env": raises}
        for dst in ("float8_e4m3fn", "binary32"):
            yield "float6_e2m3fn", dst, wide, {}
        yield "binary32", "float8_e4m3fn", operands("binary32"), {"env": STOCHASTIC, "random_bits": bits}
        yield "float6_e2m3fn", "float8_e4m3fn", wide, {"env": STOCHASTIC, "random_bits": bits & np.uint32(1)}
        yield "binary11p4sf", "binary32", np.where(wide == 77, np.uint16(1 << 11), np.uint16(5)), {}


@pytest.mark.parametrize("isa", ["generic", *ISAS])
def test_failures_are_the_same(isa: str) -> None:
    """The same message, and nothing written into ``out``."""
    for src, dst, codes, arguments in failures():
        with pytest.raises(ValueError) as right:
            nf.convert(codes, src, dst, **arguments, path="generic", threads=1)
        for count in COUNTS:
            out = np.full(codes.shape, 0xA5, nf.format(dst).dtype)
            with running(isa), pytest.raises(type(right.value)) as raised:
                nf.convert(codes, src, dst, **arguments, out=out, flags=True, threads=count)
            assert str(raised.value) == str(right.value), (src, dst, count)
            assert (out == 0xA5).all(), (src, dst, count)


@pytest.mark.parametrize("isa", ["generic", ISAS[-1]])
def test_decode_of_a_wide_code_fails_whole(isa: str) -> None:
    codes = operands("float6_e2m3fn")
    codes[-5] = 64
    for count in COUNTS:
        out = np.full(codes.shape, 7, np.float32)
        with running(isa), pytest.raises(ValueError, match=rf"^codes: element {SIZE - 5}\b"):
            nf.decode(codes, "float6_e2m3fn", out=out, threads=count)
        assert (out == 7).all()


@pytest.mark.parametrize("bad", [0, -1, 1.5, "2", True, np.int64(2)])
@pytest.mark.parametrize("size", [1, SIZE])
def test_bad_counts(bad: Any, size: int) -> None:
    codes = operands("binary32", size)
    with pytest.raises(ValueError, match=r"^threads is .*: must be None or a positive integer$"):
        nf.convert(codes, "binary32", "e4m3fn", threads=bad)
    with pytest.raises(ValueError, match=r"^threads is "):
        nf.decode(np.zeros(size, np.uint8), "e4m3fn", threads=bad)
    with pytest.raises(ValueError, match=r"^threads is "):
        nf.encode(np.zeros(size, np.float16), "e4m3fn", threads=bad)


@pytest.mark.parametrize(("text", "count"), [("1", 1), ("4", 4), ("", 6), ("500", 32)])
def test_variable(text: str, count: int, monkeypatch: pytest.MonkeyPatch, started: list[int]) -> None:
    """The variable is read at each call; the argument goes before it; no thread for less than what it is worth."""
    monkeypatch.setenv("NUMFMT_NUM_THREADS", text)
    codes = operands("binary32")
    nf.convert(codes, "binary32", "e4m3fn")
    assert len(started) == count - 1
    started.clear()
    nf.convert(codes, "binary32", "e4m3fn", threads=3)
    nf.convert(codes[:1999], "binary32", "e4m3fn")
    nf.convert(codes[:1999], "binary32", "e4m3fn", threads=3)
    assert len(started) == 2


@pytest.mark.parametrize("text", ["0", "-2", "two", "1.5", " ", "²"])
def test_bad_variable(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMFMT_NUM_THREADS", text)
    with pytest.raises(ValueError, match=r"^NUMFMT_NUM_THREADS is .*: must be a positive integer$"):
        nf.convert(operands("binary32"), "binary32", "e4m3fn")
    assert nf.convert(operands("binary32"), "binary32", "e4m3fn", threads=2).size == SIZE


@pytest.mark.parametrize(("dst", "worth"), [("float8_e4m3fn", 1 << 21), ("binary64", 1 << 15)])
def test_real_sizes(dst: str, worth: int, monkeypatch: pytest.MonkeyPatch, started: list[int]) -> None:
    """Without this file's small parts: two threads from twice as many elements on as are worth one, with a kernel and
    without.
    """
    monkeypatch.setattr(threads, "_WORTH", (1 << 15, 1 << 21))
    codes = operands("binary32", 2 * worth)
    wanted = nf.convert(codes, "binary32", dst, flags=True, threads=1)
    assert started == []
    nf.convert(codes[1:], "binary32", dst)
    assert started == []
    got = nf.convert(codes, "binary32", dst, flags=True)
    assert len(started) == 1
    assert np.array_equal(got[0], wanted[0]) and np.array_equal(got[1], wanted[1])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_after_fork() -> None:
    """A child has none of its parent's threads, and needs none of them."""
    codes = operands("binary32")
    wanted = nf.convert(codes, "binary32", "e4m3fn", threads=4)
    child = os.fork()
    if child == 0:
        ok = False
        try:
            ok = np.array_equal(nf.convert(codes, "binary32", "e4m3fn", threads=4), wanted)
        finally:
            os._exit(0 if ok else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_calls_from_several_threads() -> None:
    jobs = [(src, dst, count) for src, dst in PAIRS[:6] for count in (1, 3, None)]
    right = {src: nf.convert(operands(src), src, dst, flags=True, threads=1) for src, dst, _ in reversed(jobs)}
    rightly = {dst: nf.convert(operands(src), src, dst, flags=True, threads=1) for src, dst, _ in jobs}
    assert len(right) <= len(rightly)

    def work(seed: int) -> bool:
        order: list[int] = np.random.default_rng(seed).permutation(len(jobs)).tolist()
        for src, dst, count in (jobs[at] for at in order):
            wanted = nf.convert(operands(src), src, dst, flags=True, threads=1, path="generic")
            got = nf.convert(operands(src), src, dst, flags=True, threads=count)
            if not all(np.array_equal(one, other) for one, other in zip(got, wanted, strict=True)):
                return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, range(8))) == [True] * 8
