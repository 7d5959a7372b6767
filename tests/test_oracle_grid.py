# SPDX-License-Identifier: BSD-3-Clause
"""The oracle over arrays gives what the definitions give, one pair of operands after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from oracle import Env, Fmt
from oracle_compare import PREDICATES
from oracle_grid import Grid
from oracle_jam import VECTORISED
from oracle_ops import OPS, result
from oracle_pairs import Pairs
from oracle_rows import AHP, BF16, DLF16, E2M1, E2M3, E3M4, E4M3FN, E4M3FNUZ, E5M2, E8M0, F16, F32, UE4M3, p3109
from oracle_select import SELECTIONS

#: The oracle judged, not the library: from ``full`` on.
pytestmark = pytest.mark.full

TINY = Fmt(width=5, precision=3, bias=1, has_quiet_bit=True)
ENVS = [
    Env(),
    Env(rounding="toward_negative", ftz="x86"),
    Env(rounding="to_odd", overflow="propagate", tininess="before"),
    Env(rounding="ties_away", overflow="ieee", ftz="arm", nan="arm"),
    Env(nan="x87", daz=True, nan_substitute="signed_max"),
    Env(nan="sf_8086_sse", daz={"a"}, overflow="infinity", rounding="toward_positive"),
    Env(nan="sf_arm", daz={"b"}, flush_except_width=5, nan_substitute="inverted_zero"),
]
MIXED: list[tuple[tuple[Fmt, Fmt], Fmt]] = [
    ((TINY, TINY), TINY), ((TINY, p3109(4, 2, "se")), TINY), ((E2M1, TINY), replace(E8M0, width=5, bias=7)),
    ((p3109(4, 1, "ue"), E2M1), DLF16), ((replace(E2M1, has_neg_zero=False), TINY), F16),
    ((TINY, replace(E2M1, exp0="zero")), replace(UE4M3, width=6)), ((TINY, E2M1), F32),
    ((replace(TINY, exp0="normal"), replace(TINY, exp0="zero")), replace(TINY, exp0="normal")),
]  # fmt: skip


def pairs(fmts: Sequence[Fmt]) -> list[Any]:
    return [part.ravel() for part in np.meshgrid(*(np.arange(1 << fmt.width) for fmt in fmts), indexing="ij")]


def check(op: str, fmts: Sequence[Fmt], to: Fmt, codes: Sequence[Any], got: tuple[Any, Any], env: Env, rs: Any) -> None:
    for at, operands in enumerate(zip(*(part.tolist() for part in codes), strict=True)):
        want = result(op, fmts, to, operands, env, int(rs[at]))
        assert (int(got[0][at]), int(got[1][at])) == want, (op, fmts, to, env, [hex(code) for code in operands])


@pytest.mark.parametrize("op", [op for op in VECTORISED if OPS[op].operands == "ff"])
def test_binary_operations(op: str, tier: str) -> None:
    for at, (fmts, to) in enumerate(MIXED):
        codes = [part[:: 1 if tier != "quick" else 3] for part in pairs(fmts)]
        grid = Grid(op, fmts, to, codes)
        for env in ENVS if tier != "quick" else ENVS[at % 4 :: 4]:
            if to.has_zero or env.ftz == "off":
                check(op, fmts, to, codes, grid.wanted(env), env, np.zeros(codes[0].size, int))


@pytest.mark.parametrize("op", ["fma", "faa"])
def test_ternary_operations(op: str) -> None:
    fmts = (TINY, E2M1, replace(TINY, width=4, precision=2))
    codes = [part[::7] for part in pairs(fmts)]
    for to in (TINY, BF16, E4M3FN):
        grid = Grid(op, fmts, to, codes)
        for env in ENVS[::3]:
            check(op, fmts, to, codes, grid.wanted(env), env, np.zeros(codes[0].size, int))


@pytest.mark.parametrize("op", [op for op in VECTORISED if OPS[op].operands == "f"] + ["convert", "logb"])
def test_unary_operations(op: str, tier: str) -> None:
    for src, to in ((E4M3FN, E4M3FN), (E3M4, F16), (E5M2, E3M4), (E8M0, E4M3FNUZ), (E2M3, DLF16), (E8M0, F32)):
        codes = [part[:: 1 if tier != "quick" else 3] for part in pairs([src])]
        grid = Grid(op, [src], to, codes)
        for env in ENVS if tier != "quick" else ENVS[:2]:
            check(op, [src], to, codes, grid.wanted(env), env, np.zeros(codes[0].size, int))


@pytest.mark.parametrize("rounding", ["stochastic_a", "stochastic_b", "stochastic_c"])
def test_stochastic(rounding: str) -> None:
    env = Env(rounding=rounding, random_bits_count=2)
    for op, fmts, to in (
        ("div", (TINY, E2M1), TINY), ("mul", (TINY, TINY), E2M1), ("sqrt", (E4M3FN,), F16),
        ("div", (E2M1, E2M1), replace(TINY, exp0="normal")), ("div", (E2M1, E2M1), DLF16),
    ):  # fmt: skip
        codes = pairs(fmts)
        rs = (np.arange(codes[0].size) * 7 + 3) % 4
        check(op, fmts, to, codes, Grid(op, fmts, to, codes, 2).wanted(env, rs), env, rs)


@pytest.mark.parametrize("fmt", [E4M3FN, E3M4, E5M2, E8M0, E4M3FNUZ, UE4M3], ids=range(6))
def test_samples_of_8_bits(fmt: Fmt) -> None:
    every = pairs([fmt, fmt])
    chosen = np.random.default_rng(5).integers(0, every[0].size, 15)
    codes = [part[chosen] for part in every]
    for op in ("add", "sub", "mul", "div", "remainder", "fmod"):
        grid = Grid(op, [fmt, fmt], fmt, every)
        for env in ENVS[:2] if fmt.has_zero else ENVS[:1]:
            got = tuple(part[chosen] for part in grid.wanted(env))
            check(op, [fmt, fmt], fmt, codes, (got[0], got[1]), env, np.zeros(15, int))


@pytest.mark.parametrize("op", [*SELECTIONS, *PREDICATES, "total_order", "total_order_mag", "copysign"])
def test_selections_and_comparisons(op: str, tier: str) -> None:
    for some, to in MIXED[:: 3 if tier != "quick" else 6]:
        fmts = (some[0], some[0]) if op.startswith("total_order") else some
        if op == "copysign" and not fmts[0].is_signed:
            continue
        dst = fmts[0] if op == "copysign" else to
        codes = pairs(fmts)
        for env in ENVS[:1] if op in PREDICATES else ENVS[:: 2 if tier != "quick" else 4]:
            check(op, fmts, dst, codes, Pairs(op, fmts, dst, codes).wanted(env), env, np.zeros(codes[0].size, int))


def test_16_bits() -> None:
    """Numbered by the result itself, and grouped by shape."""
    codes = [np.array([0, 1, 2, 0x3FF, 0x400, 0x401, 0x3BFF, 0x3C00, 0x3C01, 0x3FFF, 0x7BFF, 0x7C00, 0x7C01, 0xFE00])]
    codes = [np.concatenate([codes[0], codes[0] ^ 0x8000, np.arange(0, 65536, 1379)])]
    for fmt in (F16, BF16, DLF16, AHP):
        for op in ("sqrt", "recip", "rsqrt", "logb", "convert"):
            grid = Grid(op, [fmt], fmt, codes)
            for env in ENVS[:2]:
                check(op, [fmt], fmt, codes, grid.wanted(env), env, np.zeros(codes[0].size, int))
