# SPDX-License-Identifier: BSD-3-Clause
"""Third opinions.  Every known disagreement has a name and a cause here; anything else is a failure."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

import numfmt as nf

ML_DTYPES = [
    "bfloat16", "float8_e3m4", "float8_e4m3", "float8_e4m3b11fnuz", "float8_e4m3fn", "float8_e4m3fnuz",
    "float8_e5m2", "float8_e5m2fnuz", "float8_e8m0fnu", "float6_e2m3fn", "float6_e3m2fn", "float4_e2m1fn",
]  # fmt: skip
GFLOAT = {
    "float8_e4m3fn": "ocp_e4m3",
    "float8_e5m2": "ocp_e5m2",
    "float8_e8m0fnu": "ocp_e8m0",
    "float6_e2m3fn": "ocp_e2m3",
    "float6_e3m2fn": "ocp_e3m2",
    "float4_e2m1fn": "ocp_e2m1",
    "binary16": "binary16",
    "bfloat16": "bfloat16",
}


@cache
def operands() -> dict[str, Any]:
    """All float16 and bfloat16 values, as float32: in it both are exact."""
    halves = np.arange(1 << 16, dtype=np.uint16)
    return {"binary16": nf.decode(halves, "binary16"), "bfloat16": nf.decode(halves, "bfloat16")}


def in_range(x: Any, fmt: nf.Format) -> Any:
    """Finite operands that do not overflow."""
    _, flags = nf.encode(x, fmt, flags=True)
    return np.isfinite(x) & ((flags & nf.Flags.OVERFLOW) == 0)


@pytest.mark.peer("ml_dtypes")
@pytest.mark.parametrize("name", ML_DTYPES)
def test_ml_dtypes_decode(name: str) -> None:
    """All codes; NaN against NaN, since ml_dtypes keeps the sign of a NaN and numfmt delivers the canonical one."""
    import ml_dtypes

    fmt = nf.format(name)
    codes = np.arange(1 << fmt.width, dtype=fmt.dtype)
    theirs = codes.view(getattr(ml_dtypes, name)).astype(np.float32)
    ours = nf.decode(codes, fmt).astype(np.float32)
    nan = np.isnan(ours)
    assert (np.isnan(theirs) == nan).all()
    assert (theirs.view(np.uint32) == ours.view(np.uint32))[~nan].all()


@pytest.mark.peer("ml_dtypes")
@pytest.mark.parametrize("name", [name for name in ML_DTYPES if name != "float8_e8m0fnu"])
def test_ml_dtypes_encode(name: str) -> None:
    import ml_dtypes

    fmt = nf.format(name)
    for x in operands().values():
        chosen = x[in_range(x, fmt)]
        theirs = chosen.astype(getattr(ml_dtypes, name)).view(fmt.dtype)
        assert (theirs == nf.encode(chosen, fmt)).all()


@pytest.mark.peer("ml_dtypes")
def test_ml_dtypes_encode_e8m0() -> None:
    """Two disagreements: ml_dtypes sends ties up where numfmt goes to the even code (P3109 4.7.4), and everything
    strictly between 2^-127 and 2^-126 to 2^-126; zeros and negatives have no code, and theirs is NaN.
    """
    import ml_dtypes

    fmt = nf.format("e8m0")
    for x in operands().values():
        chosen = x[in_range(x, fmt) & (x > 0)]
        theirs = chosen.astype(ml_dtypes.float8_e8m0fnu).view(np.uint8)
        ours = nf.encode(chosen, fmt)
        significand, _ = np.frexp(chosen)
        first_binade = (chosen > 2.0**-127) & (chosen < 2.0**-126)
        down_to_even = (significand == 0.75) & (nf.decode(ours, fmt) < chosen) & ~first_binade
        wanted = np.where(first_binade, 1, ours + down_to_even)
        assert (theirs == wanted).all()


@pytest.mark.peer("gfloat")
@pytest.mark.parametrize("name", GFLOAT)
def test_gfloat_decode(name: str) -> None:
    from gfloat import decode_ndarray, formats

    info = getattr(formats, f"format_info_{GFLOAT[name]}")
    fmt = nf.format(name)
    codes = np.arange(1 << fmt.width, dtype=fmt.dtype)
    theirs = decode_ndarray(info, codes.astype(np.int64)).astype(np.float64)
    ours = nf.decode(codes, fmt).astype(np.float64)
    nan = np.isnan(ours)
    assert (np.isnan(theirs) == nan).all()
    assert (theirs.view(np.uint64) == ours.view(np.uint64))[~nan].all()


@pytest.mark.peer("gfloat")
@pytest.mark.parametrize("name", GFLOAT)
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("ties_even", "TiesToEven"),
        ("ties_away", "TiesToAway"),
        ("toward_zero", "TowardZero"),
        ("toward_positive", "TowardPositive"),
        ("toward_negative", "TowardNegative"),
    ],
)
def test_gfloat_round(name: str, ours: Any, theirs: str) -> None:
    """E8M0 below 2^-127: gfloat delivers NaN (its issue 62); negatives and zero into E8M0 are NaN there."""
    from gfloat import RoundMode, formats, round_ndarray

    info = getattr(formats, f"format_info_{GFLOAT[name]}")
    fmt = nf.format(name)
    env = nf.Env(rounding=ours)
    for x in operands().values():
        chosen = x[in_range(x, fmt)].astype(np.float64)
        if not fmt.has_zero:
            chosen = chosen[chosen >= 2.0**-127]
        _, flags = nf.encode(chosen, fmt, env=env, flags=True)
        chosen = chosen[(flags & nf.Flags.OVERFLOW) == 0]
        rounded = round_ndarray(info, chosen, rnd=RoundMode[theirs], sat=True)
        mine = nf.decode(nf.encode(chosen, fmt, env=env), fmt).astype(np.float64)
        assert (rounded.view(np.uint64) == mine.view(np.uint64)).all()
