# SPDX-License-Identifier: BSD-3-Clause
"""Fast conversions of arrays of every size, place and order, in a process whose floating-point unit is set up oddly."""

from __future__ import annotations

import itertools
import platform
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fast_paths import ISAS, assert_fast, boundaries, random_for, running
from float_states import STATES, float_state, state_library

import numfmt as nf
from numfmt import _bind, formats, threads
from numfmt.modes import env_struct

GUARD_PAGES = Path(__file__).parent / "guard_pages.py"
#: One pair for each kernel, and tables of 1, 2, 4 and 8 bytes.
PAIRS = [
    ("binary32", "float8_e4m3fn"), ("binary32", "bfloat16"), ("binary32", "binary16"), ("binary32", "ue5m3"),
    ("binary64", "float8_e5m2"), ("binary64", "binary16"), ("binary16", "float8_e4m3fn"), ("bfloat16", "binary16"),
    ("float8_e4m3fn", "float8_e5m2"), ("float8_e4m3fn", "bfloat16"), ("float8_e5m2", "binary32"),
    ("float8_e5m2", "binary64"), ("binary16", "binary32"), ("bfloat16", "binary64"),
]  # fmt: skip
STOCHASTIC = nf.Env(rounding="stochastic_c", random_bits_count=9)


def operands(name: str, count: int) -> Any:
    """Codes of binary32 or binary64 near values of e4m3fn, or every code of fewer bits, as often as it takes."""
    fmt = nf.format(name)
    wide = boundaries(nf.float8_e4m3fn, fmt) if fmt.width > 16 else np.arange(0, 1 << fmt.width, 7, dtype=fmt.dtype)
    return np.resize(wide, count)


@pytest.mark.parametrize(("src", "dst"), PAIRS)
def test_every_size(src: str, dst: str, tier: str) -> None:
    """0 to 130 elements, and as many beyond where tables begin; in plain runs one in 5 of them."""
    codes = operands(src, 1024 + 131)
    step = 5 if tier == "quick" else 1
    tables = [399, 400, *range(445, 451), 1024 + 130] if nf.format(src).width == 8 else []
    for size in [*range(0, 131, step), 63, 64, *tables]:
        assert_fast(nf.format(src), nf.format(dst), nf.Env(), codes[:size])
        if size % 2 == 0:
            assert_fast(nf.format(src), nf.format(dst), STOCHASTIC, codes[codes.size - size :])


def unaligned(array: Any, offset: int) -> Any:
    """A copy that begins ``offset`` bytes behind an address that is a multiple of 64."""
    store = np.empty(array.nbytes + 128, np.uint8)
    start = -store.ctypes.data % 64 + offset
    view = store[start : start + array.nbytes].view(array.dtype)
    view[:] = array
    return view


@pytest.mark.parametrize(("src", "dst"), PAIRS)
def test_every_misalignment(src: str, dst: str, tier: str) -> None:
    """Operands and results from each of the 64 places in a cache line, odd ones too."""
    codes = operands(src, 1024 + 37)
    offsets = range(64) if tier != "quick" else (0, 1, 2, 3, 5, 31, 62)
    for env in (nf.Env(), STOCHASTIC):
        random_bits = random_for(env, codes.shape)
        wanted = nf.convert(codes, src, dst, env=env, random_bits=random_bits, flags=True, path="generic")
        for isa in ISAS:
            for offset in offsets:
                moved = unaligned(codes, offset)
                out = unaligned(np.zeros(codes.size, wanted[0].dtype), (5 * offset + 1) % 64)
                bits = None if random_bits is None else unaligned(random_bits, (3 * offset) % 64)
                with running(isa):
                    got = nf.convert(moved, src, dst, env=env, random_bits=bits, flags=True, out=out)
                assert got[0] is out
                assert np.array_equal(out, wanted[0]) and np.array_equal(got[1], wanted[1]), (isa, offset)


#: One pair for each loop that streams, and how it is called.
STREAMED: list[tuple[str, str, dict[str, Any], Any]] = [
    ("binary32", "float8_e4m3fn", {}, False), ("binary32", "float8_e4m3fn", {}, True),
    ("binary32", "bfloat16", {}, False), ("binary32", "binary16", {}, False),
    ("binary32", "ue5m3", {"rounding": "to_odd"}, False),
    ("binary32", "float8_e5m2", {"rounding": "stochastic_a", "random_bits_count": 9}, False),
    ("float8_e4m3fn", "bfloat16", {}, False),
]  # fmt: skip


@pytest.mark.parametrize(("src", "dst", "fields", "flags"), STREAMED)
def test_large_arrays_go_past_the_caches(src: str, dst: str, fields: dict[str, Any], flags: Any, tier: str) -> None:
    """From 2^25 bytes on: what blocks that are small give, wherever the results lie in a line of memory."""
    env, to = nf.Env(**fields), nf.format(dst)
    size = (1 << 25) // (nf.format(src).dtype.itemsize + to.dtype.itemsize) + 77
    codes = operands(src, size)
    random_bits = random_for(env, codes.shape)
    whole = np.zeros(size + 64, to.dtype)
    for isa in ISAS[1:]:
        for offset in (0, 3, 61) if tier != "quick" else (3,):
            out = whole[offset : offset + size]
            whole[:] = 1
            with running(isa):
                got = nf.convert(codes, src, dst, env=env, random_bits=random_bits, flags=flags, out=out, threads=1)
                for start in range(0, size, size // 7):
                    part = slice(start, start + size // 7)
                    bits = None if random_bits is None else random_bits[part]
                    wanted = nf.convert(codes[part], src, dst, env=env, random_bits=bits, flags=True)
                    assert np.array_equal(out[part], wanted[0]), (isa, offset, start)
                    assert flags is False or np.array_equal(got[1][part], wanted[1]), (isa, offset, start)
            assert (whole[:offset] == 1).all() and (whole[offset + size :] == 1).all()


def layouts(array: Any) -> dict[str, Any]:
    """The same values in other orders of elements and bytes."""
    spread = np.zeros(3 * array.size, array.dtype)
    spread[::3] = array
    square = array[: array.size // 4 * 4].reshape(4, -1)
    return {
        "strided": spread[::3],
        "reversed": array[::-1],
        "swapped": array.astype(array.dtype.newbyteorder()),
        "fortran": np.asfortranarray(square),
        "transposed": square.T,
        "columns": square[:, 1::2],
        "swapped and strided": spread.astype(array.dtype.newbyteorder())[::-3],
        "broadcast": np.broadcast_to(array[:70], (20, 70)),
        "empty": array[:0],
    }


@pytest.mark.parametrize(("src", "dst"), PAIRS)
@pytest.mark.parametrize("isa", ISAS)
def test_every_order(isa: str, src: str, dst: str) -> None:
    for name, codes in layouts(operands(src, 2400)).items():
        wanted = nf.convert(np.array(codes, codes.dtype.newbyteorder("=")), src, dst, flags=True, path="generic")
        target = nf.format(dst).dtype
        wide = np.zeros((*codes.shape, 2), target)
        with running(isa):
            got = nf.convert(codes, src, dst, flags=True)
            for out in (np.empty(codes.shape, target), wide[..., 1], np.empty(codes.shape, target.newbyteorder())):
                assert nf.convert(codes, src, dst, out=out) is out
                assert np.array_equal(out, wanted[0]), name
        assert np.array_equal(got[0], wanted[0]) and np.array_equal(got[1], wanted[1]), name
        assert not wide[..., 0].any()


@pytest.mark.parametrize("isa", ISAS)
def test_out_may_overlap(isa: str) -> None:
    """In place, shifted, reversed: as if the operands had been read before."""
    codes = np.arange(1 << 12, dtype=np.uint16) * np.uint16(16)
    wanted = nf.convert(codes, "binary16", "bfloat16", path="generic")
    narrow = nf.convert(codes, "binary16", "e4m3fn", path="generic")
    with running(isa):
        for shift in (0, 1, -1, 33):
            store = np.zeros(codes.size + 66, np.uint16)
            inside, out = store[33 : 33 + codes.size], store[33 + shift : 33 + shift + codes.size]
            inside[:] = codes
            nf.convert(inside, "binary16", "bfloat16", out=out)
            assert np.array_equal(out, wanted), shift
        store = codes.copy()
        nf.convert(store, "binary16", "bfloat16", out=store[::-1])
        assert np.array_equal(store[::-1], wanted)
        octets = codes.copy().view(np.uint8)
        nf.convert(octets.view(np.uint16), "binary16", "e4m3fn", out=octets[: codes.size])
        assert np.array_equal(octets[: codes.size], narrow)


@pytest.mark.parametrize("isa", ISAS)
def test_decode_into_out(isa: str) -> None:
    codes = np.resize(np.arange(256, dtype=np.uint8), 1500)
    wanted = nf.decode(codes, "e4m3fn", path="generic").view(np.uint32)
    store = np.zeros(3000, np.float32)
    with running(isa):
        assert np.array_equal(nf.decode(codes[::-1], "e4m3fn", out=store[::2][::-1]).view(np.uint32)[::-1], wanted)
    assert not store[1::2].any()


def run_guarded(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(GUARD_PAGES), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.skipif(sys.platform == "win32", reason="mprotect is POSIX's")
def test_guard_pages(tier: str) -> None:
    """No read and no write outside the buffers; see guard_pages.py."""
    done = run_guarded(*([] if tier == "quick" else ["--full"]))
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 1000


@pytest.mark.full
@pytest.mark.skipif(sys.platform == "win32", reason="mprotect is POSIX's")
@pytest.mark.parametrize("side", [[], ["--front"]])
def test_guard_pages_guard(side: list[str]) -> None:
    assert -run_guarded("--overrun", *side).returncode in (signal.SIGSEGV, signal.SIGBUS)


def test_float_state_of_the_host(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A process that flushes to zero or rounds otherwise gets the same bits, and keeps its state."""
    library = state_library(tmp_path_factory.mktemp("float_state"))
    if library is None:
        pytest.skip("no compiler, or a processor whose control register tests/c/float_state.c does not know")
    small = np.arange(0, 1 << 16, 5, dtype=np.uint32)  # subnormals, which DAZ reads as zero
    for src, dst in PAIRS:
        codes = operands(src, 3000)
        if src == "binary32":
            codes = np.concatenate([codes, small, small << 7, boundaries(nf.float16, nf.float32)[::9]])
        structs = formats.struct(nf.format(src)), formats.struct(nf.format(dst))
        for env in (nf.Env(), nf.Env(rounding="toward_positive"), nf.Env(overflow="saturate", tininess="before")):
            wanted = nf.convert(codes, src, dst, env=env, flags=True, path="generic")
            out, flags = np.empty_like(wanted[0]), np.empty_like(wanted[1])
            both = _bind.Arrays(codes, out, flags=flags)
            for isa, state in itertools.product(ISAS, STATES[platform.machine()]):
                for arrays in (both._replace(flags=None, wants_any=False), both):
                    out[:] = 0
                    with running(isa), float_state(library, state):
                        _bind.convert(*structs, env_struct(env), arrays)
                    assert np.array_equal(out, wanted[0]), (isa, src, dst, hex(state))
                assert np.array_equal(flags, wanted[1]), (isa, src, dst, hex(state))


@pytest.mark.parametrize("dtype", ["<f2", ">f2", "<f4", ">f4", "<f8", ">f8"])
def test_any_strides_in_blocks(dtype: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An array that is not contiguous, or of the other byte order, is what its copy is: values, flags, random bits."""
    monkeypatch.setattr(threads, "_BLOCK", 16)
    whole = np.random.default_rng(3).normal(size=(6, 10, 7)).astype(dtype)
    env = nf.Env(rounding="stochastic_b", random_bits_count=7)
    views = [whole[::2], whole[:, ::-3], whole.T, np.asfortranarray(whole), whole[:0], whole[:, :, 2], whole[1, 2, 3]]
    for view in (*views, np.broadcast_to(whole[0, 0], (9, 7)), whole[:, 1:2, ::6]):
        copy = np.array(view, view.dtype.newbyteorder("="), order="C")
        codes, flags = nf.encode(view, "e4m3fn", flags=True)
        wanted, wanted_flags = nf.encode(copy, "e4m3fn", flags=True, path="generic")
        assert np.array_equal(codes, wanted) and np.array_equal(flags, wanted_flags)
        bits = nf.random_bits(view.shape, 7, seed=5)
        right = nf.encode(copy, "bfloat16", env=env, random_bits=bits)
        assert np.array_equal(nf.encode(view, "bfloat16", env=env, random_bits=bits), right)
        out = np.full(view.shape, 0xA5, np.uint8)
        nf.encode(view, "e4m3fn", out=out)
        assert np.array_equal(out, wanted)
    out, words = np.full((7, 10, 6), 0xA5, np.uint8), np.full((7, 10, 6), 128, np.uint32)
    with pytest.raises(ValueError, match=r"^random_bits goes from 128 to 128"):
        nf.encode(whole.T, "e5m2", env=env, random_bits=words, out=out)
    assert (out == 0xA5).all()
