# SPDX-License-Identifier: BSD-3-Clause
"""The fast ways against the specification path: every instruction set that this machine runs, every use of flags."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np
import pytest
from compare import assert_same, full_cross, one_per_axis

import numfmt as nf
from numfmt import _bind, modes

Array = np.ndarray[Any, np.dtype[Any]]

ISAS = [isa for isa in _bind.isas() if isa != "generic"]
NAMED = [row.name for row in nf.list_formats() if row.format.width <= 16]
UP_TO_8_BITS = [name for name in NAMED if nf.format(name).width <= 8]
#: The formats that have a kernel of their own as sources.
SOURCES = ("binary16", "bfloat16", "binary32", "binary64")
#: Next to what the kernels take, or at an end of it.
ODD = [
    "width=8/precision=4/bias=7/exp0=zero",
    "width=8/precision=4/bias=7/exp0=normal",
    "width=9/precision=3/bias=40/exp0=zero/has_neg_zero=false/has_inf=false/n_high_nans=0/has_quiet_bit=false",
    "width=7/precision=3/bias=-5",
    "width=6/precision=4/bias=-48/has_neg_zero=false/has_inf=false/n_high_nans=0/has_quiet_bit=false",  # above binary16
    "width=8/precision=4/bias=127",  # bfloat16's smallest numbers
    "width=8/precision=4/bias=128",
    "width=8/precision=3/bias=-120",  # and beyond its largest
    "width=8/precision=7/bias=1",
    "width=8/precision=1/bias=7/exp0=zero/has_inf=false/n_high_nans=0/has_quiet_bit=false",
    "width=8/precision=4/bias=7/exp0=normal/has_zero=false/is_signed=false/has_neg_zero=false",
    "width=6/precision=3/bias=3/is_signed=false/has_neg_zero=false/has_inf=false/n_high_nans=0/has_quiet_bit=false",
    "width=5/precision=4/bias=1/n_high_nans=3/has_quiet_bit=false",
    "width=4/precision=3/bias=0",  # every finite value is subnormal
    "width=2/precision=1/bias=0/has_inf=false/n_high_nans=0/has_quiet_bit=false",
    "width=12/precision=11/bias=1/has_inf=false/n_high_nans=5/has_quiet_bit=false",
    "width=16/precision=15/bias=0",
    "width=16/precision=4/bias=2047",
    "width=16/precision=8/bias=126",  # bfloat16 but for the bias
    "width=16/precision=11/bias=16",
    "width=17/precision=8/bias=127",
    "width=19/precision=11/bias=127",  # tf32
    "binary8p1uf", "binary8p3se", "binary8p4sf", "binary8p7uf", "binary5p2sf", "binary6p6uf", "binary16p7ue",
    "binary16p11se",
]  # fmt: skip


@contextmanager
def running(isa: str) -> Iterator[None]:
    """Conversions run this instruction set's code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_bind, "ISA", isa)
        yield


def random_for(env: nf.Env, shape: tuple[int, ...], seed: int = 1) -> Array | None:
    """Random bits where the rounding takes them, half of them near the ends of their range."""
    if not env.is_stochastic:
        return None
    bits: Array = nf.random_bits(shape, env.random_bits_count, seed)
    top = np.uint32((1 << env.random_bits_count) - 1)
    rng = np.random.default_rng(seed)
    ends = rng.integers(0, 3, shape, np.uint32) & top
    choice = rng.integers(0, 4, shape)
    return np.where(choice == 0, ends, np.where(choice == 1, top - ends, bits)).astype(np.uint32)


def assert_fast(src: nf.Format, dst: nf.Format, env: nf.Env, codes: Array, isas: list[str] | None = None) -> None:
    """Codes and flags are the generic path's, by every instruction set, whatever flags are asked for."""
    random_bits = random_for(env, codes.shape)
    with running("generic"):
        wanted = nf.convert(codes, src, dst, env=env, random_bits=random_bits, flags=True)
    any_flags = np.bitwise_or.reduce(wanted[1], initial=0)
    for isa in ISAS if isas is None else isas:
        with running(isa):
            got = nf.convert(codes, src, dst, env=env, random_bits=random_bits, flags=True)
            some = nf.convert(codes, src, dst, env=env, random_bits=random_bits, flags="any")
            plain = nf.convert(codes, src, dst, env=env, random_bits=random_bits)
        try:
            for part in (got, (some[0], wanted[1]), (plain, wanted[1])):
                if not (np.array_equal(part[0], wanted[0]) and np.array_equal(part[1], wanted[1])):
                    assert_same(src, dst, env, codes, part, wanted)
            assert some[1] == any_flags
        except BaseException as error:
            error.add_note(f"with NUMFMT_ISA={isa}, {codes.size} elements")
            raise


def stochastic(dst: nf.Format) -> Iterator[nf.Env]:
    """Each stochastic rounding with counts of random bits around those that kernels take."""
    for count in (count for count in (0, 1, 3, 8, 20, 23, 26, 28, 29, 30, 32) if count + dst.precision <= 125):
        for rounding in ("stochastic_a", "stochastic_b", "stochastic_c"):
            tininess: Any = ("after", "before")[count % 2]
            yield nf.Env(rounding=rounding, random_bits_count=count, tininess=tininess)


def axes(dst: nf.Format) -> list[nf.Env]:
    """One environment for each value of each axis."""
    return [*one_per_axis(dst), *stochastic(dst)]


def cross(dst: nf.Format) -> list[nf.Env]:
    """Every rounding with every policy, tininess and flushing."""
    more = [
        nf.Env(rounding=rounding, random_bits_count=7, overflow=overflow, tininess=tininess)
        for rounding in modes.ROUNDINGS
        if rounding.startswith("stochastic")
        for overflow in modes.OVERFLOWS
        for tininess in modes.TININESSES
    ]
    return [*full_cross(dst), *more, *stochastic(dst)]


@cache
def boundaries(dst: nf.Format, src: nf.Format, step: int = 1) -> Array:
    """Codes of binary32 or binary64 at, and one ulp around, every ``step``-th value and midpoint of ``dst``, the end of
    its range and the limits of tininess; in both signs.  For binary64 also around what binary32's ulp would tell apart.
    """
    values = nf.decode(np.arange(1 << dst.width, dtype=dst.dtype), dst, dtype=np.float64)
    ordered = np.unique(np.abs(values[np.isfinite(values)]))
    gap = float(ordered[-1] - ordered[-2])
    normal = float(2.0 ** (1 - dst.bias))
    tiny = normal * (1 - 2.0**-dst.precision * np.array([0.25, 0.5, 0.75, 1, 1.25, 1.5, 2]))
    top = ordered[-1] + gap * np.array([0.25, 0.5, 0.75, 1, 1.5, 2, 4])
    middles = (ordered[1:] + ordered[:-1]) / 2
    points = np.concatenate([ordered[::step], middles[::step], tiny, top, middles[-1:], ordered[:3] / 4])
    with np.errstate(over="ignore", under="ignore"):
        floats = points.astype(np.float32 if src.width == 32 else np.float64)
    codes = floats.view(f"i{floats.itemsize}").astype(np.int64)
    steps = np.array([0, 1, -1] if src.width == 32 else [0, 1, -1, 1 << 28, -1 << 28, 1 << 29, 1 - (1 << 29)])
    inf = src.codes[-1] >> 1 & ~((1 << src.precision - 1) - 1)
    around = np.clip((codes[:, None] + steps).ravel(), 0, inf)
    quiet = 1 << src.precision - 2
    ends = np.array([0, 1, 2, quiet, 2 * quiet - 1, 2 * quiet, inf - 1, inf, inf + 1, inf | quiet, inf | quiet | 5])
    positive = np.unique(np.concatenate([around, ends])).astype(src.dtype)
    return np.concatenate([positive, positive | src.dtype.type(1 << src.width - 1)])


def some_format(rng: random.Random, widest: int = 16) -> nf.Format:
    """Any descriptor that is one, most of them with a grid like IEEE's."""
    while True:
        width = rng.randint(2, widest)
        fields: dict[str, Any] = {
            "width": width,
            "precision": rng.randint(1, width),
            "bias": rng.choice([rng.randint(-20, 40), rng.randint(-130, 140), rng.randint(-1100, 1100)]),
            "is_signed": rng.random() < 0.8,
            "has_inf": rng.random() < 0.6,
            "has_zero": rng.random() < 0.95,
            "has_neg_zero": rng.random() < 0.7,
            "exp0": rng.choice(["subnormal"] * 4 + ["normal", "zero"]),
            "n_high_nans": rng.choice(["all", 0, 1, 3]),
            "has_quiet_bit": rng.random() < 0.5,
        }
        try:
            return nf.Format(**fields)
        except ValueError:
            continue
