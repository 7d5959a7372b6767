# SPDX-License-Identifier: BSD-3-Clause
"""numfmt.Scoreboard: what it refuses."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import numfmt as nf
from numfmt import scoreboard


@pytest.mark.parametrize(
    ("operands", "actual", "flags", "error", "message"),
    [
        ((1,), 0, None, ValueError, "operands is 1 operands: mul takes a tuple of 2"),
        (5, 0, None, ValueError, "operands is int: mul takes a tuple of 2"),
        ((1.5, 1), 0, None, TypeError, "a is float: must be an integer"),
        ((1, Fraction(3)), 0, None, TypeError, "b is Fraction: must be"),
        ((1, np.float64(3)), 0, None, TypeError, "b is float64: must be"),
        ((1, 2), "38", None, TypeError, "actual is str: must be"),
        ((1, 2), None, None, TypeError, "actual is NoneType: must be"),
        ((1, 2), 256, None, ValueError, "actual is 0x100: float8_e4m3fn takes codes 0x0 to 0xff"),
        ((-1, 2), 0, None, ValueError, "a is -0x1: float8_e4m3fn takes"),
        ((1, 2), 0, 32, ValueError, "flags is 0x20: a word of 5 bits takes codes 0x0 to 0x1f"),
        (([1, 300], 2), 0, None, ValueError, "a is 0x12c: "),
        ((np.array([1, 300]), 2), 0, None, ValueError, "a: element 1 is 300"),
        ((np.array([1.5]), 2), 0, None, TypeError, "a has dtype float64"),
        ((1, 2), 0, np.array([1.0]), TypeError, "flags has dtype float64: must be integers"),
        (
            ([1, 2], [1, 2, 3]),
            0,
            None,
            ValueError,
            r"shapes are a \(2,\), b \(3,\), actual \(\): they do not broadcast",
        ),
    ],
)
def test_what_is_no_vector(operands: Any, actual: Any, flags: Any, error: type[Exception], message: str) -> None:
    sb = nf.Scoreboard("mul", "e4m3fn")
    with pytest.raises(error, match=message):
        sb.check(operands, actual, flags)
    assert (sb.checked, sb.wrong, sb.unknown) == (0, 0, 0)


def test_arguments() -> None:
    with pytest.raises(ValueError, match="nan is 'quiet': must be one of exact, any"):
        nf.Scoreboard("mul", "e4m3fn", nan="quiet")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="stop_after is 0: must be 1 or more, or None"):
        nf.Scoreboard("mul", "e4m3fn", stop_after=0)
    for name, value, error, message in (
        ("stop_after", "a", TypeError, "stop_after is 'a': must be an integer 1 or more, or None"),
        ("stop_after", 2.5, TypeError, "stop_after is 2.5: must be an integer"),
        ("explain", "x", TypeError, "explain is 'x': must be an integer 0 or more"),
        ("explain", 2.5, TypeError, "explain is 2.5: must be"),
        ("explain", None, TypeError, "explain is None: must be"),
        ("explain", -1, ValueError, "explain is -1: must be 0 or more"),
    ):
        with pytest.raises(error, match=message):
            nf.Scoreboard("mul", "e4m3fn", **{name: value})  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="op is 'multiply'"):
        nf.Scoreboard("multiply", "e4m3fn")
    assert nf.Scoreboard is scoreboard.Scoreboard
    assert repr(nf.Scoreboard("mul", "binary16", name="dut")) == (
        "<Scoreboard dut: mul binary16 to binary16: 0 checked, 0 right, 0 wrong, 0 unknown>"
    )
    with pytest.raises(AttributeError, match="module 'numfmt' has no attribute 'Scoreboards'"):
        nf.Scoreboards  # type: ignore[attr-defined]  # noqa: B018
