# SPDX-License-Identifier: BSD-3-Clause
"""The kernels of affine quantizers: every code and count is the specification path's."""

from __future__ import annotations

import itertools
import math
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import affine_kernels
import numpy as np
import pytest
from affine_kernels import CODES, ORDERS, ROUNDINGS, SCALES, SPECIAL, Array, assert_fast, near_ties, operands
from float_states import STATES, float_state, state_library

import numfmt as nf
from numfmt import _bind, _bind_quantize
from numfmt._bind_quantize import Ends, Granules
from numfmt.quantize import Affine, application

GUARD_PAGES = Path(__file__).parent / "guard_pages_affine.py"
COUNTS = ("below", "above", "inexact", "nan")
needs_kernel = pytest.mark.skipif(not affine_kernels.fast_isas(Affine()), reason="this machine has no kernel")


def by_channel(affine: Affine, scales: Array, zeros: Array, inner: int) -> Granules:
    """The first dimension has the scales, of so many elements each."""
    return Granules((1, 1, scales.size * inner, inner), scales, None if not zeros.any() else zeros.astype(np.int64))


@needs_kernel
@pytest.mark.parametrize(("divide", "zp_add"), ORDERS)
@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_every_rule(rounding: Any, divide: Any, zp_add: Any, tier: str) -> None:
    """Ties, their neighbours and special values, at scales from the smallest to the largest, at every kind of code."""
    for bits, signed in CODES if tier != "quick" else CODES[:2] + CODES[4:]:
        how: Any = {"rounding": rounding, "divide": divide, "zp_add": zp_add, "bits": bits, "signed": signed}
        affine = Affine(**how, scheme="affine", nan="zero")
        pairs = list(itertools.product(SCALES, affine_kernels.zero_points(affine)))
        scales, zeros = (np.array(column) for column in zip(*pairs, strict=True))
        rows = [
            np.concatenate(
                [SPECIAL, affine_kernels.scaled(SPECIAL, scale), near_ties(scale, 9), near_ties(scale, 135)[::7]]
            )
            for scale in scales
        ]
        x = np.array(rows, np.float32)
        assert_fast(affine, x, by_channel(affine, scales.astype(np.float32), zeros, x.shape[1]))


@needs_kernel
def test_every_size_and_nan() -> None:
    """0 to 70 elements, with a NaN at each place, under every policy; one scale, one for each."""
    for nan in ("zero", "qmin", "qmax", 5):
        for bits, signed in ((8, True), (16, False)):
            affine = Affine(bits=bits, signed=signed, scheme="affine", nan=nan)
            x = np.linspace(-30, 300, 70).astype(np.float32)
            scales, zeros = np.geomspace(0.1, 9, 70).astype(np.float32), np.arange(3, 73)
            for size in range(71):
                some = x[:size].copy()
                some[size // 2 : size // 2 + 1] = np.nan
                assert_fast(affine, some, Granules((1, 1, size, size), scales[:1], zeros[:1]))
                assert_fast(affine, some, Granules((1, 1, size, 1), scales, zeros))


GRANULES: list[tuple[tuple[int, ...], dict[str, Any]]] = [
    ((1100,), {}), ((7, 130), {"axis": 0}), ((3, 300), {"axis": 0}), ((40, 9), {"axis": 1}), ((130, 33), {"axis": 1}),
    ((3, 1500), {"axis": 1}), ((5, 60, 40), {"axis": 1}), ((4, 600, 3), {"axis": 1}), ((5, 400), {"axis": 0}),
    ((6, 5, 3, 3), {"axis": 1}), ((30, 64), {"axis": 1, "group": 32}), ((9, 77), {"axis": 1, "group": 7}),
    ((6, 32, 50), {"axis": 1, "group": 8}), ((2, 6, 3), {"axis": 1, "group": 2}), ((64, 3), {"axis": 0, "group": 32}),
    ((2, 64, 96), {"tile": (32, 32)}), ((30, 42), {"tile": (3, 7)}), ((2, 2, 1100), {"tile": (2, 550)}),
    ((600, 3), {"tile": (300, 3)}), ((0, 4), {"axis": 1}), ((4, 0), {"axis": 1}), ((2, 1), {"axis": -1}),
]  # fmt: skip


def some_granules(affine: Affine, shape: tuple[int, ...], seed: int) -> Granules:
    rng = np.random.default_rng(seed)
    of = affine.granularity.scale_shape(shape)
    scales = np.where(rng.random(of) < 0.2, rng.choice(SCALES, of), np.exp2(rng.uniform(-4, 4, of))).astype(np.float32)
    p = affine.parameters(scale=scales, zero_point=rng.integers(affine.qmin, affine.qmax, of, endpoint=True))
    return application.granules_of(affine, p, shape)


@needs_kernel
@pytest.mark.parametrize(("shape", "where"), GRANULES)
def test_every_granularity(shape: tuple[int, ...], where: dict[str, Any]) -> None:
    """Whole arrays, and any part of them, as threads take it."""
    size = math.prod(shape)
    x = operands(size, 1.0, size).reshape(shape)
    rules: list[dict[str, Any]] = [
        {}, {"signed": False, "zp_add": "before"}, {"bits": 16, "divide": "recip", "nan": "qmax"},
        {"rounding": "half_up", "divide": "recip", "zp_add": "fused"},
    ]  # fmt: skip
    rng = np.random.default_rng(size)
    for seed, rule in enumerate(rules):
        affine = Affine(scheme="affine", **rule, **where)
        granules = some_granules(affine, shape, seed)
        assert_fast(affine, x, granules)
        for _ in range(3):
            first, end = sorted(rng.integers(0, size + 1, 2).tolist())
            assert_fast(affine, x, granules, (first, end))


@needs_kernel
@pytest.mark.full
@pytest.mark.parametrize(("divide", "zp_add"), ORDERS)
def test_any_bits(divide: Any, zp_add: Any) -> None:
    """Operands of random bits, and random scales."""
    for seed, rounding in enumerate(ROUNDINGS):
        affine = Affine(rounding=rounding, divide=divide, zp_add=zp_add, scheme="affine", axis=0)  # type: ignore[arg-type]
        shape = (64, 1 << 14)
        words = np.random.default_rng(seed).integers(0, 1 << 32, shape, np.uint64).astype(np.uint32)
        assert_fast(affine, words.view(np.float32), some_granules(affine, shape, seed))
        scales = np.random.default_rng(seed).integers(1 << 23, 255 << 23, 64).astype(np.uint32).view(np.float32)
        near = np.array([operands(1 << 14, scale, seed) for scale in scales])
        assert_fast(affine, near, by_channel(affine, scales, np.arange(-60, 4), 1 << 14))


@needs_kernel
@pytest.mark.skipif(sys.platform == "win32", reason="mprotect is POSIX's")
def test_guard_pages(tier: str) -> None:
    """No read and no write outside the buffers; see guard_pages_affine.py."""
    arguments = [] if tier == "quick" else ["--full"]
    command = [sys.executable, str(GUARD_PAGES), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 500


@needs_kernel
def test_float_state_of_the_host(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A process that flushes to zero or rounds otherwise gets the same results, and keeps its state."""
    library = state_library(tmp_path_factory.mktemp("float_state"))
    if library is None:
        pytest.skip("no compiler, or a processor whose control register tests/c/float_state.c does not know")
    small = np.arange(1, 200, dtype=np.uint32).view(np.float32)  # subnormals, which DAZ reads as zero
    shape = (3, 1000)
    x = np.concatenate([small, operands(3000 - small.size, 0.1, 5)]).reshape(shape)
    for rounding, (divide, zp_add) in zip(ROUNDINGS, [*ORDERS, ORDERS[0]], strict=True):
        affine = Affine(rounding=rounding, divide=divide, zp_add=zp_add, scheme="affine", axis=0)  # type: ignore[arg-type]
        scales = np.array([2.0**-126, 0.1, 3.4e38], np.float32)
        granules, how = by_channel(affine, scales, np.array([0, 3, -7]), 1000), affine_kernels.handle(affine)
        codes, values = np.empty(shape, np.int8), np.empty(shape, np.float32)
        want = _bind_quantize.encode(how, granules, Ends(x, codes), (0, x.size), generic=True)
        want_codes = codes.copy()
        want_flags = _bind_quantize.decode(how, granules, Ends(codes, values), (0, x.size), generic=True)
        want_values = values.copy()
        for isa, state in itertools.product(affine_kernels.fast_isas(affine), STATES[platform.machine()]):
            codes[:], values[:] = affine_kernels.UNTOUCHED, 0
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(_bind, "ISA", isa)
                with float_state(library, state):
                    counts = _bind_quantize.encode(how, granules, Ends(x, codes), (0, x.size), generic=False)
                    flags = _bind_quantize.decode(how, granules, Ends(want_codes, values), (0, x.size), generic=False)
            assert (counts, flags) == (want, want_flags), hex(state)
            assert np.array_equal(codes, want_codes) and values.tobytes() == want_values.tobytes(), hex(state)


def test_what_is_fast() -> None:
    """Float32 values, steps in binary32, codes of at most 16 bits, roundings without random bits."""
    fast = affine_kernels.fast_isas(Affine())
    assert set(fast) <= {"avx2", "avx512"}
    assert affine_kernels.fast_isas(Affine(bits=16, signed=False, rounding="half_up")) == fast
    for slow in (Affine(bits=17), Affine(arithmetic="binary64"), Affine(arithmetic="exact"),
                 Affine(rounding="stochastic", random_bits_count=3)):  # fmt: skip
        assert affine_kernels.fast_isas(slow) == []


@pytest.mark.parametrize("name", ["binary16", "bfloat16", "e4m3fn"])
def test_narrow_operands_go_by_float32(name: str) -> None:
    """Every code of a format that float32 holds: as by its own format, counts and all."""
    fmt = nf.format(name)
    x = nf.array([0.0], name).from_codes(np.arange(1 << fmt.width, dtype=fmt.dtype), name)
    affine = Affine(nan="qmax")
    p = affine.parameters(scale=0.037)
    fast, slow = affine.encode(x, p), affine.encode(x, p, path="generic")
    assert np.array_equal(fast.codes, slow.codes)
    assert [getattr(fast, name) for name in COUNTS] == [getattr(slow, name) for name in COUNTS]


@pytest.mark.parametrize(("bits", "signed"), [(4, True), (5, False), (12, True), (15, False)])
def test_decode_finds_a_wrong_code_anywhere(bits: int, signed: bool) -> None:
    """Just below and just above the codes, at each place of 70; nothing is written."""
    affine = Affine(bits=bits, signed=signed, narrow=True)
    p = affine.parameters(scale=0.5)
    for place in range(70):
        for wrong in (affine.qmin - 1, affine.qmax + 1):
            codes, out = np.full(70, affine.qmin, affine.dtype), np.zeros(70, np.float32)
            codes[::2] = affine.qmax
            codes[place] = wrong
            with pytest.raises(ValueError, match=rf"^codes: element {place} is {wrong}: must be {affine.qmin} to "):
                affine.decode(codes, p, out=out)
            assert not out.any()


def test_threads_do_not_matter() -> None:
    affine = Affine(axis=1, scheme="affine", nan="qmin", bits=16)
    shape = (500, 1000)
    x = operands(math.prod(shape), 0.1, 2).reshape(shape)
    p = affine.parameters(scale=np.geomspace(1e-3, 10, 1000), zero_point=np.arange(1000))
    for path in ("auto", "generic"):
        one, three = (affine.encode(x, p, threads=count, path=path) for count in (1, 3))
        assert np.array_equal(one.codes, three.codes)
        assert [getattr(one, name) for name in COUNTS] == [getattr(three, name) for name in COUNTS]
        assert np.array_equal(affine.decode(one, threads=1), affine.decode(one, threads=3))
    strict = Affine(axis=1, scheme="affine", bits=16)
    first = int(np.flatnonzero(np.isnan(x))[0])
    for count in (1, 3):
        with pytest.raises(ValueError, match=rf"^x: element {first} is NaN"):
            strict.encode(x, p, threads=count, path="generic")


def test_out_may_be_anywhere() -> None:
    """Strided, of the other byte order, over the operands."""
    affine = Affine(bits=16)
    p = affine.parameters(scale=0.5)
    x = np.arange(-50, 51, dtype=np.float32)
    want = affine.encode(x, p).codes
    wide = np.zeros(202, np.int16)
    assert affine.encode(x, p, out=wide[::2]).codes.base is wide
    assert np.array_equal(wide[::2], want) and not wide[1::2].any()
    swapped = np.zeros(101, ">i2")
    assert np.array_equal(affine.encode(x, p, out=swapped).codes, want)
    inside = x.copy()
    over = inside.view(np.int16)[:101]
    assert np.array_equal(affine.encode(inside, p, out=over).codes, want)
    values = np.zeros((101, 2), np.float32)
    assert affine.decode(want, p, out=values[:, 1]) is not None
    assert np.array_equal(values[:, 1], x) and not values[:, 0].any()
    for bad in (np.zeros(101, np.int8), np.zeros(100, np.int16), [0]):
        with pytest.raises(ValueError, match=r"^out is "):
            affine.encode(x, p, out=bad)  # type: ignore[arg-type]
