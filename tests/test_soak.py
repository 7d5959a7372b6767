# SPDX-License-Identifier: BSD-3-Clause
"""All 2^32 binary32 codes into four formats under three environments, code and flags, by the specification path and by
every instruction set that the machine runs (``--tier=soak``).

The rational oracle is asked only where the outcome can change: at every value, midpoint and tininess slice of the
destination and one code above it.  Between those breakpoints the outcome is one and the same.  Blocks of 2^24
codes run in two processes; a run that was stopped goes on where it was (pytest's cache).
"""

from __future__ import annotations

import functools
import itertools
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import numpy as np
import oracle
import pytest
from compare import assert_same
from fast_paths import ISAS, running

import numfmt as nf
from numfmt import _bind

SRC = nf.float32
BLOCK_BITS = 24
BLOCKS = 1 << (32 - BLOCK_BITS)
PROCESSES = 2
SIGN = 1 << 31
ENVS = {
    "ties_even, saturate": nf.Env(overflow="saturate"),
    "toward_zero, ieee": nf.Env(rounding="toward_zero", overflow="ieee"),
    "to_odd, ieee": nf.Env(rounding="to_odd", overflow="ieee"),
}
FORMATS = ("float8_e4m3fn", "float8_e5m2", "binary16", "bfloat16")


def breakpoints(dst: nf.Format) -> list[int]:
    """Positive binary32 codes at which an interval of equal outcomes may begin."""
    toward_zero = oracle.Env(rounding="toward_zero", overflow="saturate")
    below = {oracle.encode(SRC, value, toward_zero)[0] for value in oracle.boundary_values(dst)}
    starts = {0, 1, 0x7F800000, 0x7F800001, 0x7FC00000} | below | {code + 1 for code in below}
    return sorted(code for code in starts if code < SIGN)


@functools.lru_cache(maxsize=1)
def intervals(name: str, env: nf.Env) -> tuple[Any, Any, Any]:
    """First codes of the intervals, both signs in ascending order of code, and the code and flags of each."""
    dst = nf.format(name)
    starts = breakpoints(dst)
    starts += [SIGN | start for start in starts]
    outcomes = [oracle.convert(SRC, dst, start, env) for start in starts]
    codes, flags = zip(*outcomes, strict=True)
    return np.array([*starts, 1 << 32], np.int64), np.array(codes, dst.dtype), np.array(flags, np.uint8)


def check_block(name: str, env: nf.Env, isa: str, block: int, bits: int = BLOCK_BITS) -> int:
    starts, codes, flags = intervals(name, env)
    low, high = block << bits, (block + 1) << bits
    first, last = np.searchsorted(starts, low, "right") - 1, np.searchsorted(starts, high, "left")
    lengths = np.diff(np.clip(starts[first : last + 1], low, high))
    wanted = [np.repeat(part[first:last], lengths) for part in (codes, flags)]
    operands = np.arange(low, high, dtype=np.int64).astype(np.uint32)
    with running(isa):
        got = nf.convert(operands, SRC, nf.format(name), env=env, flags=True, threads=1)
        plain = nf.convert(operands, SRC, nf.format(name), env=env, threads=1)
    assert np.array_equal(plain, got[0]), (isa, name, env, block)
    if not all(np.array_equal(one, other) for one, other in zip(got, wanted, strict=True)):
        assert_same(SRC, nf.format(name), env, operands, got, wanted)
    return block


@pytest.mark.soak
@pytest.mark.parametrize("env", ENVS)
@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("isa", _bind.isas())
def test_every_float32(isa: str, name: str, env: str, request: pytest.FixtureRequest) -> None:
    cache = request.config.cache
    assert cache is not None
    key = f"numfmt/soak/{isa}/{name}/{env}"
    done: int = cache.get(key, 0)
    intervals(name, ENVS[env])  # before the fork, so that both processes have it
    with ProcessPoolExecutor(PROCESSES) as pool:
        jobs = (itertools.repeat(name), itertools.repeat(ENVS[env]), itertools.repeat(isa), range(done, BLOCKS))
        for block in pool.map(check_block, *jobs):
            cache.set(key, block + 1)
    cache.set(key, 0)  # done: the next run starts afresh


@pytest.mark.parametrize("isa", _bind.isas())
@pytest.mark.parametrize("env", ENVS)
def test_the_same_for_one_block_in_each_sign(isa: str, env: str, tier: str) -> None:
    """The soak test's own machinery: from 0.5 to 2, in plain runs from 1 to 1.06; on both sides of zero."""
    bits = 19 if isa in ("generic", ISAS[-1]) else 18
    if tier != "quick":
        bits = BLOCK_BITS if isa == "generic" else 22
    for start in (0x3F800000, 0xBF800000):
        assert check_block("float8_e4m3fn", ENVS[env], isa, start >> bits, bits) == start >> bits
