# SPDX-License-Identifier: BSD-3-Clause
"""nf_unrounded: what operations have before they are rounded, against exact results in rationals."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import oracle_ops
import pytest
from oracle_exact import Nan, exact
from specs import BY_NAME

import numfmt as nf
from numfmt import _bind, jobs
from numfmt.formats import code_array

KINDS = {_bind.KIND_ZERO: "zero", _bind.KIND_FINITE: "finite", _bind.KIND_INF: "inf", _bind.KIND_QUIET_NAN: "qnan"}
BITS = 128
#: Below this part of a result everything is one sticky bit.
SEEN = Fraction(1, 1 << (BITS - 3))


def assert_is(parts: Any, wanted: Any, what: str) -> None:
    """The parts are the exact result; what they say to be sticky lies between their significand and the next one."""
    kind = KINDS[int(parts["kind"])]
    if isinstance(wanted, Nan):
        assert kind == "qnan", what
        return
    value = wanted.value
    assert kind == value.kind, what
    assert kind == "qnan" or wanted.cancelled or int(parts["sign"]) == value.sign, what
    if kind != "finite":
        return
    sig = int(parts["sig_hi"]) << 64 | int(parts["sig_lo"])
    assert sig >> (BITS - 1) == 1 and not sig & 3, what
    found = sig * Fraction(2) ** int(parts["exp"])
    difference = value.magnitude - found
    if parts["sticky"]:
        assert 0 < difference < found * SEEN, what
    else:
        assert difference == 0, what


@pytest.mark.parametrize("op", ["add", "sub", "mul", "div", "remainder", "fmod", "sqrt", "recip", "logb", "fma", "faa"])
@pytest.mark.parametrize(
    "names", [("e4m3fn", "e5m2", "binary16"), ("binary16",) * 3, ("e8m0", "binary64", "binary128")]
)
def test_exact_results(op: str, names: tuple[str, ...], tier: str) -> None:
    """Random codes of three formats, the ends of their ranges among them."""
    random = np.random.default_rng(len(op))
    types = [nf.format(name) for name in names][: len(nf.OPS[op].operands)]
    columns = []
    for fmt in types:
        ends = [0, fmt.min_positive_code, fmt.max_code, *(code for code in (fmt.inf_code, fmt.nan_code) if code)]
        some = [int.from_bytes(random.bytes(16)) & fmt.codes[-1] for _ in range(60)] + ends
        columns.append([some[k] for k in random.integers(0, len(some), 400 if tier != "quick" else 150)])
    job = jobs.typed(op, types, to=types[0], env=nf.Env())
    parts = job.unrounded([code_array(fmt, column) for fmt, column in zip(types, columns, strict=True)])
    to = BY_NAME[str(types[0])].params
    params = [BY_NAME[str(fmt)].params for fmt in types]
    for row, codes in zip(parts, zip(*columns, strict=True), strict=True):
        values = oracle_ops.read(op, params, codes, nf.Env())
        wanted = exact(op, values, to)
        if op == "sqrt" and not isinstance(wanted, Nan) and wanted.value.kind == "finite":
            assert_is_root(row, values[0].magnitude, f"{op} {codes}")
        else:
            assert_is(row, wanted, f"{op} {[hex(code) for code in codes]}")


def assert_is_root(parts: Any, square: Fraction, what: str) -> None:
    """The square of the parts is the operand, or lies below it, and that of the next ones above."""
    sig = int(parts["sig_hi"]) << 64 | int(parts["sig_lo"])
    unit = Fraction(2) ** int(parts["exp"])
    low, high = (sig * unit) ** 2, ((sig + 4) * unit) ** 2
    assert low == square if not parts["sticky"] else low < square < high, what


def test_operands_are_read_as_the_environment_says() -> None:
    job = jobs.typed("mul", "e4m3fn", to=None, env=nf.Env(daz=True))
    (parts,) = job.unrounded([np.array([0x81], np.uint8), np.array([0x38], np.uint8)])
    assert (int(parts["kind"]), int(parts["sign"])) == (_bind.KIND_ZERO, 1)


def test_operations_without_exact_result() -> None:
    for op in ("minimum", "eq", "negate", "next_up"):
        job = jobs.typed(op, "e4m3fn", to=None, env=nf.Env())
        with pytest.raises(ValueError, match="operation"):
            job.unrounded([np.array([1], np.uint8)] * len(nf.OPS[op].operands))
