# SPDX-License-Identifier: BSD-3-Clause
"""Conversions between buffers that begin or end at a page nobody may touch:  python guard_pages.py [--overrun]

A read or write beyond any of them ends the process.  ``--overrun`` does so on purpose.  Prints the number of calls.
"""

from __future__ import annotations

import ctypes
import mmap
import sys
from typing import Any

import numpy as np

import numfmt as nf
from numfmt import _bind, formats, modes

Array = np.ndarray[Any, np.dtype[Any]]
PAGE = mmap.PAGESIZE
PAGES = 10
PROT_NONE = 0
#: Vectors are at most 64 elements wide, kernels begin at 64 elements, tables at 400.
SIZES = [*range(131), *range(192, 200), *range(255, 258), *range(399, 400 + 66), 1024, 1152]
PAIRS = [
    ("binary32", "float8_e4m3fn"), ("binary32", "binary8p1uf"), ("binary32", "bfloat16"), ("binary32", "binary16"),
    ("binary64", "float8_e4m3fn"), ("binary64", "binary8p1uf"), ("binary64", "binary16"),
    ("binary16", "float8_e4m3fn"), ("binary16", "ue5m3"), ("binary16", "width=16/precision=6/bias=80"),
    ("bfloat16", "float8_e5m2"), ("bfloat16", "ue5m3"), ("bfloat16", "binary16"),
    ("float8_e4m3fn", "float8_e5m2"), ("float8_e4m3fn", "binary16"), ("float4_e2m1fn", "binary32"),
    ("float8_e5m2", "binary64"), ("binary16", "binary32"), ("bfloat16", "binary64"), ("dlfloat16", "binary64"),
    ("float8_e5m2", "binary128"),
]  # fmt: skip
ENVS = [
    nf.Env(),
    nf.Env(rounding="toward_positive", overflow="propagate"),
    nf.Env(rounding="stochastic_b", random_bits_count=5),
]


class Guarded:
    """Pages with one before and one behind them that cannot be read or written."""

    def __init__(self) -> None:
        self._map = mmap.mmap(-1, (PAGES + 2) * PAGE)
        start = ctypes.addressof(ctypes.c_char.from_buffer(self._map))
        libc = ctypes.CDLL(None, use_errno=True)
        for page in (start, start + (PAGES + 1) * PAGE):
            if libc.mprotect(ctypes.c_void_p(page), ctypes.c_size_t(PAGE), ctypes.c_int(PROT_NONE)) != 0:
                raise OSError(ctypes.get_errno(), "mprotect")

    def array(self, count: int, dtype: Any, *, at_end: bool) -> Array:
        """That many elements that begin behind the first of those pages or end before the last."""
        size = count * np.dtype(dtype).itemsize
        offset = (PAGES + 1) * PAGE - size if at_end else PAGE
        return np.frombuffer(self._map, np.uint8, size, offset).view(dtype) if size else np.empty(0, dtype)


class Place:
    """Operands, random bits, results and flags, each between guards of its own."""

    def __init__(self) -> None:
        self._blocks = [Guarded() for _ in range(4)]

    def arrays(self, codes: Array, random: Array | None, dtype: Any, *, at_end: bool) -> _bind.Arrays:
        size = codes.size
        inside, out, flags, words = (
            block.array(size, kind, at_end=at_end)
            for block, kind in zip(self._blocks, (codes.dtype, dtype, np.uint8, np.uint32), strict=True)
        )
        inside[:] = codes
        if random is not None:
            words[:] = random
        return _bind.Arrays(inside, out, None if random is None else words, flags)


def operands(src: nf.Format, count: int) -> Array:
    """Codes of every kind."""
    codes = np.random.default_rng(src.width).integers(0, src.codes[-1], count, np.uint64, endpoint=True)
    near_one = (np.arange(count, dtype=np.uint64) << np.uint64(max(src.width - 14, 0))) % np.uint64(1 << src.width - 1)
    return np.where(np.arange(count) % 3 == 0, codes, near_one).astype(src.dtype)


def check_pair(place: Place, src: nf.Format, dst: nf.Format, env: nf.Env, sizes: list[int]) -> int:
    """Every instruction set and size; how many calls."""
    calls = 0
    codes = operands(src, max(sizes))
    random = nf.random_bits(codes.shape, env.random_bits_count, 3) if env.is_stochastic else None
    want, want_flags = nf.convert(codes, src, dst, env=env, random_bits=random, flags=True, path="generic")
    structs = formats.struct(src), formats.struct(dst), modes.env_struct(env)
    for size in sizes:
        for isa in _bind.isas():
            _bind.ISA = isa
            for at_end in (True, False):
                some = None if random is None else random[:size]
                arrays = place.arrays(codes[:size], some, dst.dtype, at_end=at_end)
                plain = arrays._replace(flags=None, wants_any=False)
                for form in (plain, plain._replace(wants_any=True), arrays):
                    arrays.out[...] = 0
                    _bind.convert(*structs, form)
                    calls += 1
                    if not np.array_equal(arrays.out, want[:size]):
                        raise AssertionError((isa, src, dst, env, size, at_end))
                if arrays.flags is None or not np.array_equal(arrays.flags, want_flags[:size]):
                    raise AssertionError((isa, src, dst, env, size, at_end, "flags"))
    return calls


def main(arguments: list[str]) -> None:
    place = Place()
    if "--overrun" in arguments:
        inside = place.arrays(np.zeros(100, np.uint8), None, np.uint8, at_end="--front" not in arguments).values
        ctypes.string_at(inside.ctypes.data + (-1 if "--front" in arguments else 100), 1)
        return
    sizes = SIZES[:: 1 if "--full" in arguments else 7]
    calls = 0
    for index, (src, dst) in enumerate(PAIRS):
        for env in ENVS if "--full" in arguments else ENVS[index % 3 :: 3]:
            calls += check_pair(place, nf.format(src), nf.format(dst), env, sizes)
    print(calls)


if __name__ == "__main__":
    main(sys.argv[1:])
