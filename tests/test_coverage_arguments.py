# SPDX-License-Identifier: BSD-3-Clause
"""numfmt.Coverage: what its methods take and refuse."""

from __future__ import annotations

import numpy as np
import pytest

import numfmt as nf


def test_coverage_of_what_was_delivered_is_checked() -> None:
    cov = nf.Coverage("mul", "binary16")
    assert repr(cov) == "<Coverage of mul binary16 to binary16: 0 vectors>"
    x, y = nf.array([1.5, 2.5], "binary16"), nf.array([1.5, 2.5], "bfloat16")
    cov.add(x, 0x3E00, results=x, flags=nf.Flags.INEXACT)
    assert repr(cov) == "<Coverage of mul binary16 to binary16: 2 vectors>"
    for arguments, given, error, message in (
        ((x, x), {"flags": 0}, ValueError, "^results is None: results and flags are given together"),
        ((x, x), {"results": x}, ValueError, "^flags is None: results and flags are given together"),
        ((x, x), {"results": x, "flags": 32}, ValueError, "^flags goes from 32 to 32: must be 0 to 31"),
        ((x, x), {"results": x, "flags": 0.5}, TypeError, "^flags has dtype float64: must be integers 0 to 31"),
        ((x, x), {"results": 1 << 16, "flags": 0}, ValueError, "^results: element 0 is 65536"),
        ((x, x), {"results": y, "flags": 0}, TypeError, "^results is a numfmt.Array of bfloat16: .* take its .codes"),
        ((x, y), {}, TypeError, "^b is a numfmt.Array of bfloat16: must be codes of binary16; .* take its .codes"),
        (([1, 2, 3], x), {}, ValueError, r"^shapes of a \(3,\), b \(2,\) do not broadcast"),
        ((x, x), {"results": [1, 2, 3], "flags": 0}, ValueError, r"^shapes of .* results \(3,\), flags \(\) do not"),
        ((x, x), {"random_bits": 1}, ValueError, "^random_bits is given"),
    ):
        with pytest.raises(error, match=message):
            cov.add(*arguments, **given)
    assert cov.vectors == 2
    less = nf.Coverage("lt", "binary16")
    less.add(x, 0, results=[True, False], flags=0)
    with pytest.raises(ValueError, match="results goes from 2 to 2: must be 0 to 1"):
        less.add(x, 0, results=2, flags=0)


def test_coverage_of_arrays_of_codes_is_checked() -> None:
    cov, codes = nf.Coverage("mul", "binary16"), [np.zeros(3, np.uint16)] * 2
    for arguments, error, message in (
        ((None,), TypeError, "^codes is NoneType: must be a list or a tuple of 2 arrays"),
        ((codes[:1],), ValueError, "^codes has 1 arrays: must have 2"),
        (([codes[0], [1, 2, 3]],), TypeError, r"^codes\[1\] is of list: must be an array of integers"),
        (([codes[0], np.zeros(3)],), TypeError, r"^codes\[1\] is of dtype float64: must be"),
        (([codes[0], codes[0][:2]],), ValueError, r"^codes\[1\] has shape \(2,\): must have one dimension"),
        ((codes, None, 5), TypeError, "^outcome is int: must be a list or a tuple of 2 arrays"),
    ):
        with pytest.raises(error, match=message):
            cov.add_codes(*arguments)
    with pytest.raises(TypeError, match=r"^other is int: must be a numfmt.Coverage"):
        cov.update(5)  # type: ignore[arg-type]
    bits = nf.Coverage("mul", "binary16", env=nf.Env(rounding="stochastic_a", random_bits_count=4))
    with pytest.raises(ValueError, match="random is missing: the job takes 4 random bits"):
        bits.add_codes(codes)


def test_coverage_of_a_stochastic_rounding_without_random_bits() -> None:
    env = nf.Env(rounding="stochastic_a", random_bits_count=0)
    made, other, third = (nf.Coverage("mul", "binary16", env=env) for _ in range(3))
    codes = np.arange(0x3C01, 0x3C81, dtype=np.uint16)
    made.add(codes, codes)
    other.add_codes([codes, codes])
    third.add(codes, codes, random_bits=0)
    assert list(made.bins()) == list(other.bins()) == list(third.bins())
    assert made.vectors == 128


def test_random_bits_that_nothing_depends_on() -> None:
    made = nf.Coverage("negate", "binary16", env=nf.Env(rounding="stochastic_a", random_bits_count=4))
    made.add([1, 2], random_bits=3)
    made.add([1, 2], random_bits=[3, 4])
    assert made.vectors == 4
