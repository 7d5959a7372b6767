# SPDX-License-Identifier: BSD-3-Clause
"""ml_dtypes' arithmetic on all pairs of codes: an operation of float32 and a cast, where numfmt rounds once.

The two agree on every number but where E8M0's ties go and where FP6 and FP4 have no NaN; which of two NaNs ml_dtypes
hands on is up to its compiler.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import numfmt as nf

NAMES = ("float8_e4m3fn", "float8_e5m2", "float8_e4m3", "float8_e3m4", "float8_e4m3fnuz", "float8_e5m2fnuz",
         "float8_e4m3b11fnuz", "float8_e8m0fnu", "float6_e2m3fn", "float6_e3m2fn", "float4_e2m1fn")  # fmt: skip
UFUNCS = {"add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide}
#: Pairs on which one rounding is another number than ml_dtypes', by (format, operation), and why.
DIFFER = {
    ("float8_e8m0fnu", "add"): (252, "ties: to the even code, ml_dtypes up"),
    ("float8_e8m0fnu", "sub"): (126, "ties"),
    ("float6_e2m3fn", "div"): (4, "0 / 0: the largest value by default, ml_dtypes a zero"),
    ("float6_e3m2fn", "div"): (4, "0 / 0"),
    ("float4_e2m1fn", "div"): (4, "0 / 0"),
}


def pairs(fmt: nf.Format) -> tuple[Any, Any]:
    codes = np.arange(1 << fmt.width, dtype=np.uint8)
    return np.repeat(codes, codes.size), np.tile(codes, codes.size)


def theirs(name: str, op: str, a: Any, b: Any) -> Any:
    import ml_dtypes

    with np.errstate(all="ignore"):
        return UFUNCS[op](a.view(getattr(ml_dtypes, name)), b.view(getattr(ml_dtypes, name))).view(np.uint8)


@pytest.mark.peer("ml_dtypes")
@pytest.mark.parametrize("op", UFUNCS)
@pytest.mark.parametrize("name", NAMES)
def test_by_way_of_float32(name: str, op: str) -> None:
    """The same two steps give the same codes; of a NaN the same but for its sign."""
    fmt, cast = nf.format(name), nf.Env.ml_dtypes()
    a, b = pairs(fmt)
    wide = (nf.convert(codes, fmt, "binary32", env=cast) for codes in (a, b))
    got = nf.convert(nf.apply(op, tuple(wide), "binary32", env=nf.Env.x86()), "binary32", fmt, env=cast)
    wanted = theirs(name, op, a, b)
    is_nan = nf.is_nan(wanted, fmt)
    assert np.array_equal(nf.is_nan(got, fmt), is_nan)
    assert np.array_equal(got[~is_nan], wanted[~is_nan])


@pytest.mark.peer("ml_dtypes")
@pytest.mark.parametrize("op", UFUNCS)
@pytest.mark.parametrize("name", NAMES)
def test_one_rounding(name: str, op: str) -> None:
    fmt = nf.format(name)
    a, b = pairs(fmt)
    got = nf.apply(op, (a, b), fmt, env=nf.Env(overflow="infinity"))
    wanted = theirs(name, op, a, b)
    numbers = ~(nf.is_nan(got, fmt) | nf.is_nan(wanted, fmt))
    assert int((got != wanted)[numbers].sum()) == DIFFER.get((name, op), (0, ""))[0]
