# SPDX-License-Identifier: BSD-3-Clause
"""test_fast_equals_generic: kernels and tables against the specification path, in every code and flag.

A kernel is used from 64 elements on and a table from 400: small sets of codes are repeated until they are that many.
"""

from __future__ import annotations

import itertools
import os
import random
import re
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from compare import one_per_axis
from fast_paths import (
    ISAS,
    NAMED,
    ODD,
    SOURCES,
    UP_TO_8_BITS,
    assert_fast,
    axes,
    boundaries,
    cross,
    random_for,
    running,
    some_format,
    stochastic,
)

import numfmt as nf
from numfmt import _bind, formats, modes
from numfmt.modes import env_struct

BIG = 1 << 24
PRIME = 4093


def every(src: nf.Format, step: int = 1) -> Any:
    """Every ``step``-th code, as often as it takes for a table."""
    codes = np.arange(0, 1 << src.width, step, dtype=src.dtype)
    return np.tile(codes, -(-2048 // codes.size))


def thinned(dst: nf.Format, step: int) -> list[nf.Env]:
    """One in ``step`` of the axes' environments, others for each format."""
    return axes(dst)[sum(map(ord, str(dst))) % step :: step]


def test_isas_are_there() -> None:
    assert "portable" in ISAS
    assert set(ISAS) < set(_bind.ISAS)


@pytest.mark.parametrize("dst", [*NAMED, *ODD, "binary32", "binary64"])
@pytest.mark.parametrize("src", ["binary16", "bfloat16"])
def test_fast_equals_generic(src: str, dst: str, tier: str) -> None:
    """All codes under one environment for each value of each axis, one in 17 under their cross; into formats without a
    name fewer.  In plain runs one in 61 under some environments, and all in the default one.
    """
    source, fmt = nf.format(src), nf.format(dst)
    if tier == "quick":
        assert_fast(source, fmt, nf.Env(), every(source))
        for env in thinned(fmt, 17):
            assert_fast(source, fmt, env, every(source, 61))
    else:
        for env in axes(fmt):
            assert_fast(source, fmt, env, every(source, 1 if dst in NAMED else 29))
        for env in cross(fmt) if dst in NAMED else ():
            assert_fast(source, fmt, env, every(source, 17))


@pytest.mark.parametrize("src", ["dlfloat16", "arm_ahp16", "binary16p7se", "binary16p3uf", "binary11p4sf", *ODD])
def test_fast_equals_generic_from_other_formats(src: str, tier: str) -> None:
    """Into what a kernel may take as a destination."""
    for dst in ("binary32", "binary64", "bfloat16", "float8_e4m3fn"):
        source, fmt = nf.format(src), nf.format(dst)
        for env in thinned(fmt, 31 if tier == "quick" else 2):
            assert_fast(source, fmt, env, every(source, 61 if source.width > 11 else 1))


@pytest.mark.parametrize("src", UP_TO_8_BITS)
def test_fast_equals_generic_by_tables(src: str, tier: str) -> None:
    """Into every named format, decoding into binary32, 64 and 128 included."""
    source = nf.format(src)
    names = [*NAMED, "binary32", "binary64", "binary128"]
    for dst in names if tier == "quick" else [*names, *ODD]:
        fmt = nf.format(dst)
        envs = itertools.islice(one_per_axis(fmt), len(src) % 8, None, 8) if tier == "quick" else one_per_axis(fmt)
        for env in envs:
            assert_fast(source, fmt, env, every(source))


@pytest.mark.parametrize("dtype", [None, np.float32, np.float64])
@pytest.mark.parametrize("isa", ISAS)
def test_decode_equals_generic(isa: str, dtype: Any) -> None:
    for name in [*NAMED, "binary8p3se", "binary7p1uf", "binary3p2sf"]:
        codes = every(nf.format(name))
        with running(isa):
            got = nf.decode(codes, name, dtype=dtype)
        wanted = nf.decode(codes, name, dtype=dtype, path="generic")
        bits = f"u{wanted.dtype.itemsize}"
        assert got.dtype == wanted.dtype
        assert np.array_equal(got.view(bits), wanted.view(bits)), name


@pytest.mark.parametrize("dst", NAMED)
@pytest.mark.parametrize("src", ["binary32", "binary64"])
def test_fast_equals_generic_at_every_boundary(src: str, dst: str, tier: str) -> None:
    """Every value, midpoint and end +-1 ulp; in plain runs some of them."""
    source, fmt = nf.format(src), nf.format(dst)
    codes = boundaries(fmt, source, 37 if tier == "quick" and fmt.width > 8 else 1)
    many = thinned(fmt, 4) if fmt.width > 8 else axes(fmt)
    for env in many if tier != "quick" else [nf.Env(), *thinned(fmt, 13)]:
        assert_fast(source, fmt, env, codes)


@pytest.mark.full
@pytest.mark.parametrize("dst", ["float8_e4m3fn", "float8_e5m2", "float4_e2m1fn", "ue5m3", "binary16", "bfloat16"])
def test_fast_equals_generic_prime_stride(dst: str) -> None:
    """2^24 binary32 codes a prime apart, every 2^18 of them under another environment."""
    fmt, source = nf.format(dst), nf.float32
    envs = itertools.cycle(cross(fmt))
    for start in range(0, BIG, 1 << 18):
        codes = (np.arange(start, start + (1 << 18), dtype=np.uint64) * np.uint64(PRIME)).astype(np.uint32)
        assert_fast(source, fmt, next(envs), codes)


@pytest.mark.parametrize("dst", ["float8_e4m3fn", "float8_e5m2", "binary16", "bfloat16", "ue5m3", "float4_e2m1fn"])
def test_fast_equals_generic_for_random_float64(dst: str, tier: str) -> None:
    """Fields of binary64 drawn apart: exponents around the format's, fractions of few and of many bits."""
    fmt, rng = nf.format(dst), np.random.default_rng(7)
    for env in axes(fmt) if tier != "quick" else [*stochastic(fmt), *thinned(fmt, 4)]:
        size = 600 if tier == "quick" else 20_000
        lowest = 1023 - fmt.bias - fmt.precision - 3
        field = rng.integers(max(0, lowest), 1023 + (1 << fmt.width - fmt.precision) - fmt.bias + 3, size)
        fraction = rng.integers(0, 1 << 52, size) >> rng.integers(0, 52, size) << rng.integers(0, 52, size)
        codes = (np.minimum(field, 2047) << 52 | fraction & (1 << 52) - 1).astype(np.uint64)
        codes |= rng.integers(0, 2, size, np.uint64) << np.uint64(63)
        assert_fast(nf.float64, fmt, env, codes)


def operands(src: nf.Format, dst: nf.Format, rng: np.random.Generator, count: int) -> Any:
    """Codes of ``src``: all, or values of ``dst`` and of the grid around them, and random ones."""
    if src.width <= 11:
        return every(src)
    top = 1 << src.width - 1
    codes = rng.integers(0, top, count, np.uint64) | rng.integers(0, 2, count, np.uint64) * np.uint64(top)
    low = -dst.bias - dst.precision - 2 + src.bias
    fields = rng.integers(low, low + dst.precision + (1 << min(dst.width - dst.precision, 12)) + 6, count)
    fraction_bits = src.precision - 1
    short = rng.integers(0, 1 << dst.precision + 1, count, np.uint64) << np.uint64(
        max(fraction_bits - dst.precision, 0)
    )
    sticky = rng.integers(-1, 2, count)
    limit = (1 << src.width - src.is_signed - fraction_bits) - 1
    near = (np.clip(fields, 0, limit) << fraction_bits) + (short & np.uint64((1 << fraction_bits) - 1)).astype(np.int64)
    near = np.clip(near + sticky, 0, src.codes[-1] >> src.is_signed)
    signed = near.astype(np.uint64) | codes & np.uint64(top if src.is_signed else 0)
    return np.where(rng.integers(0, 4, count) == 0, codes & np.uint64(src.codes[-1]), signed).astype(src.dtype)


def some_env(rng: random.Random, dst: nf.Format) -> nf.Env:
    rounding = rng.choice(modes.ROUNDINGS)
    count = rng.randint(0, 32) if rounding.startswith("stochastic") else 0
    return nf.Env(
        rounding=rounding,
        random_bits_count=count,
        overflow=rng.choice([None, *modes.OVERFLOWS]),
        tininess=rng.choice(modes.TININESSES),
        nan=rng.choice(modes.NAN_PROFILES),
        nan_substitute=rng.choice(modes.NAN_SUBSTITUTES[:-1]),
        ftz=rng.choice(["off", "off", "off", *modes.FTZS]) if dst.has_zero else "off",
        daz=rng.random() < 0.1,
        flush_except_width=rng.choice([None, None, 8, 16, 32]),
    )


@pytest.mark.parametrize("block", range(8))
def test_fast_equals_generic_for_any_format(block: int, tier: str) -> None:
    """Descriptors and environments at random: what the kernels take must be what they can."""
    rng, bits = random.Random(block), np.random.default_rng(block)
    sources = [*SOURCES, "binary32", "dlfloat16", "width=32/precision=24/bias=126", "width=16/precision=8/bias=126"]
    for _ in range(25 if tier == "quick" else 200):
        src = some_format(rng) if rng.random() < 0.2 else nf.format(rng.choice(sources))
        dst = some_format(rng, 18) if rng.random() < 0.8 else nf.format(rng.choice([*NAMED, *ODD]))
        codes = operands(src, dst, bits, 300)
        for env in {some_env(rng, dst) for _ in range(3)}:
            assert_fast(src, dst, env, codes)


@pytest.mark.parametrize("compat", modes.COMPATS)
def test_compat_equals_generic(compat: Any) -> None:
    """Peers' casts, or the refusal, are no business of a kernel's."""
    env = nf.Env(compat=compat)
    for src in [*SOURCES, "float8_e5m2", "float8_e4m3b11fnuz"]:
        for dst in ("bfloat16", "binary16", "float8_e4m3fn", "float8_e8m0fnu", "float4_e2m1fn", "ue5m3"):
            codes = np.resize(boundaries(nf.float8_e5m2, nf.float32).astype(nf.format(src).dtype), 2048)
            try:
                nf.convert(codes, src, dst, env=env, path="generic")
            except ValueError as error:
                for isa in ISAS:
                    with running(isa), pytest.raises(ValueError, match=f"^{re.escape(str(error))}$"):
                        nf.convert(codes, src, dst, env=env)
            else:
                assert_fast(nf.format(src), nf.format(dst), env, codes)


def test_rounding_precision_equals_generic() -> None:
    for src, dst, bits in itertools.product(SOURCES, ("bfloat16", "binary16", "float8_e5m2"), (2, 3, 8, 11)):
        fmt, source = nf.format(dst), nf.format(src)
        if bits <= fmt.precision:
            codes = every(source, 17) if source.width == 16 else boundaries(nf.float8_e5m2, source)
            for rounding in ("ties_even", "to_odd", "toward_positive"):
                assert_fast(source, fmt, nf.Env(rounding_precision=bits, rounding=rounding), codes)


def test_nf_encode_takes_the_fast_way_too() -> None:
    """encode and quantize_to end in the same call as convert."""
    x = boundaries(nf.float8_e4m3fn, nf.float32).view(np.float32)
    for isa in ISAS:
        with running(isa):
            got = nf.encode(x, "e4m3fn", flags=True)
        for one, other in zip(got, nf.encode(x, "e4m3fn", flags=True, path="generic"), strict=True):
            assert np.array_equal(one, other)


def test_path_generic_is_generic(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways to ask for it, and what build_info says."""
    seen: list[int] = []
    real = _bind._run

    def run(function: Any, head: tuple[Any, ...], arrays: _bind.Arrays) -> int:
        seen.append(head[0])
        return real(function, head, arrays)

    monkeypatch.setattr(_bind, "_run", run)
    codes = every(nf.float16)
    nf.convert(codes, "binary16", "e4m3fn", path="generic")
    with running("generic"):
        nf.convert(codes, "binary16", "e4m3fn")
        assert nf.build_info()["kernels"] == ["generic"]
    nf.decode(codes.astype(np.uint8), "e4m3fn", path="generic")
    assert len(seen) >= 3 and set(seen) == {_bind.ISAS["generic"]}
    with pytest.raises(ValueError, match=r"^path is 'fast': must be 'auto' or 'generic'"):
        nf.convert(codes, "binary16", "e4m3fn", path="fast")  # type: ignore[arg-type]


PROGRAM = """import numfmt as nf
print(*nf.build_info()["kernels"], nf._bind.ISA, nf.convert(list(range(90)), "binary16", "e4m3fn").sum())
"""


def run_with(value: str | None) -> subprocess.CompletedProcess[str]:
    environment = {name: text for name, text in os.environ.items() if name != "NUMFMT_ISA"}
    environment |= {} if value is None else {"NUMFMT_ISA": value}
    return subprocess.run(
        [sys.executable, "-P", "-c", PROGRAM], env=environment, capture_output=True, text=True, check=False
    )


def test_variable_names_the_instruction_set(tier: str) -> None:
    """NUMFMT_ISA is read once, at the import."""
    values = (None, "auto", *_bind.isas()) if tier != "quick" else (None, "portable")
    for value in values:
        isa = _bind.isas()[-1] if value in (None, "auto") else value
        kernels = "generic" if isa == "generic" else f"table {isa} generic"
        done = run_with(value)
        assert done.stderr == "" and done.stdout == f"{kernels} {isa} 0\n"
    for value in ("", "sse2", "AVX2") if tier != "quick" else ("sse2",):
        done = run_with(value)
        assert done.returncode == 1
        assert (
            f"ImportError: NUMFMT_ISA is {value!r}: on this machine it must be auto or one of generic, portable"
            in done.stderr
        )


def test_random_bits_reach_the_kernel() -> None:
    """With all of them zero stochastic_a truncates, with all of them one it goes away wherever it can."""
    env = nf.Env(rounding="stochastic_a", random_bits_count=10)
    codes = np.arange(0x3C00, 0x4C00, dtype=np.uint16)
    for isa in ISAS:
        with running(isa):
            low = nf.convert(codes, "binary16", "e4m3fn", env=env, random_bits=0)
            high = nf.convert(codes, "binary16", "e4m3fn", env=env, random_bits=1023)
        assert np.array_equal(low, nf.convert(codes, "binary16", "e4m3fn", env=nf.Env(rounding="toward_zero")))
        assert np.array_equal(high, nf.convert(codes, "binary16", "e4m3fn", env=nf.Env(rounding="toward_positive")))
    assert random_for(nf.Env(), (3,)) is None


def test_is_fast_says_where_the_generic_path_is_not_alone() -> None:
    stochastic = nf.Env(rounding="stochastic_a", random_bits_count=8)

    def is_fast(src: str, dst: str, env: nf.Env | None = None) -> bool:
        return _bind.is_fast(
            formats.struct(nf.format(src)), formats.struct(nf.format(dst)), env_struct(env or nf.Env())
        )

    for isa in ISAS:
        with running(isa):
            has_kernels = isa != "generic"
            for src, dst in (
                ("binary32", "e4m3fn"),
                ("binary64", "binary16"),
                ("e5m2", "binary128"),
                ("bfloat16", "binary64"),
                ("binary16", "bfloat16"),
                ("binary16", "float8_e8m0fnu"),
                ("binary32", "binary16p1ue"),
                ("binary64", "binary16p1se"),
            ):
                assert is_fast(src, dst) is has_kernels, (isa, src, dst)
            assert is_fast("binary32", "e4m3fn", stochastic) is has_kernels
            assert not is_fast("e5m2", "e4m3fn", stochastic)
            assert is_fast("e5m2", "e4m3fn", nf.Env(daz=True)) is has_kernels
            assert not is_fast("binary32", "binary64") and not is_fast("binary128", "e4m3fn")
            assert is_fast("binary32", "e4m3fn", nf.Env(ftz="x86", daz=True)) is has_kernels
            assert not is_fast("binary32", "e4m3fn", nf.Env(compat="ml_dtypes"))
