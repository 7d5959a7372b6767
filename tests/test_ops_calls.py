# SPDX-License-Identifier: BSD-3-Clause
"""What apply and the functions of the operations are called with: shapes, out=, and an error for all that is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import numfmt as nf
from numfmt import operations

FP8, WIDE = "e4m3fn", np.array([[1, 70]], np.uint8)
WRONG: Any = "rz"
STOCHASTIC = nf.Env(rounding="stochastic_a", random_bits_count=3)
REFUSED: list[tuple[type[Exception], str, Callable[[], Any]]] = [
    (ValueError, r"^op is 'plus': must be one of convert, from_int, add", lambda: nf.apply("plus", ([1], [1]), FP8)),
    (ValueError, r"^operands have shapes \(2,\), \(3,\): they do", lambda: nf.add([1, 2], [1, 2, 3], FP8)),
    (ValueError, r"^operands has 1 elements: add takes 2", lambda: nf.apply("add", ([1],), FP8)),
    (TypeError, r"^a has dtype float64: must be an integer array", lambda: nf.add(np.ones(2), [1, 2], FP8)),
    (TypeError, r"^b: element 0 is '1': must be an int", lambda: nf.add([1], "1", FP8)),
    (ValueError, r"^b: element 0 is 256: float8_e4m3fn takes codes 0 to 0xff", lambda: nf.add([1], [256], FP8)),
    (ValueError, r"^add of .*: b: element 1: a code has bits above", lambda: nf.add(WIDE * 0, WIDE, "e2m1")),
    (ValueError, r"^fma of .*: c: element 1: a code", lambda: nf.fma([0], [0], WIDE, (FP8, "e5m2", "e2m1"), to=FP8)),
    (ValueError, r"^a: element 0 is 1208925819614629174706176: x87", lambda: nf.add([1 << 80], [0], "x87")),
    (ValueError, r"^fmt has 2 formats: fma has 3 operands", lambda: nf.fma([1], [1], [1], (FP8, "e5m2"))),
    (ValueError, r"^to is missing: the operands of mul are", lambda: nf.mul([1], [1], (FP8, "e5m2"))),
    (ValueError, r"^to is missing: to_int needs an integer type", lambda: nf.apply("to_int", ([1],), FP8)),
    (ValueError, r"^to is .*: eq has no result format", lambda: nf.eq([1], [1], FP8, to=FP8)),
    (TypeError, r"^fmt is missing: mul needs the format", lambda: nf.mul([1], [1])),
    (nf.FormatError, r"^format 'e4m4': no format has this name", lambda: nf.mul([1], [1], "e4m4")),
    (nf.FormatError, r"^format 'int8': no format has this name", lambda: nf.add([1], [1], FP8, to="int8")),
    (ValueError, r"^'int65' is no integer type", lambda: nf.to_int([1], FP8, "int65")),
    (ValueError, r"^'binary16' is no integer type", lambda: nf.to_int([1], FP8, "binary16")),
    (ValueError, r"^negate of .*: the operation works on bits", lambda: nf.negate([1], FP8, to="e5m2")),
    (ValueError, r"^total_order of .*: the operation works on bits", lambda: nf.total_order([1], [1], (FP8, "e5m2"))),
    (ValueError, r"^negate of .*: the operation changes a sign", lambda: nf.negate([1], "e8m0")),
    (TypeError, r"^b holds 1.5: must be integers", lambda: nf.scaleb([1], [1.5], FP8)),
    (ValueError, r"^b holds 128: int8 is -128 to 127", lambda: nf.scaleb([1], [128], (FP8, "int8"))),
    (TypeError, r"^x holds 1.5: must be integers", lambda: nf.from_int([1.5], FP8)),
    (ValueError, r"^out is uint16 of shape", lambda: nf.add([1], [1], FP8, out=np.empty(1, np.uint16))),
    (ValueError, r"^out is uint8 of shape \(2,\): must be", lambda: nf.add([1], [1], FP8, out=np.empty(2, np.uint8))),
    (ValueError, r"^flags is 'rz': must be False, True or 'any'", lambda: nf.add([1], [1], FP8, flags=WRONG)),
    (TypeError, r"^env is str: must be a numfmt.Env", lambda: nf.add([1], [1], FP8, env=WRONG)),
    (ValueError, r"^random_bits is missing", lambda: nf.add([1], [1], FP8, env=STOCHASTIC)),
    (ValueError, r"^random_bits is given, but", lambda: nf.add([1], [1], FP8, random_bits=[1])),
    (ValueError, r"the peer that compat names does not", lambda: nf.add([1], [1], FP8, env=nf.Env.torch())),
    (ValueError, r"ftz needs a destination format with", lambda: nf.mul([1], [1], "e8m0", env=nf.Env(ftz="arm"))),
    (ValueError, r"rounding_precision must be", lambda: nf.add([1], [1], FP8, env=nf.Env.x87(precision=24))),
    (ValueError, r"element 0: a NaN result", lambda: nf.div([0], [0], "e2m1", env=nf.Env(nan_substitute="raise"))),
]  # fmt: skip


@pytest.mark.parametrize(("error", "message", "call"), REFUSED, ids=[message for _, message, _ in REFUSED])
def test_refused(error: type[Exception], message: str, call: Callable[[], Any]) -> None:
    with pytest.raises(error, match=message):
        call()


def test_a_failed_call_writes_nothing() -> None:
    out = np.full((1, 2), 0xA5, np.uint8)
    with pytest.raises(ValueError, match="element 1"):
        nf.add(WIDE, WIDE, "e2m1", out=out)
    with pytest.raises(ValueError, match="element 1"):
        nf.div([[1, 0]], [[1, 0]], "e2m1", env=nf.Env(nan_substitute="raise"), out=out)
    assert (out == 0xA5).all()


def test_every_operation_has_its_function() -> None:
    """But those that another function covers; and every function says where it comes from."""
    covered = {"convert", "to_int_not_exact", "round_to_integral_not_exact"}
    assert {name for name in nf.OPS if name not in covered} <= {*vars(operations), "from_int"}
    for name in nf.OPS.keys() - covered:
        assert getattr(nf, name).__name__ == name
        assert "754" in (doc := getattr(nf, name).__doc__) or "P3109" in doc or "C23" in doc
    assert [row.number for row in nf.OPS.values()] == list(range(len(nf.OPS)))
    assert all(row.name and row.formula and row.source and set(row.operands) <= set("fi") for row in nf.OPS.values())


def test_shapes_and_results() -> None:
    a, b = np.arange(6, dtype=np.uint8).reshape(2, 3), np.array([[1], [2]], np.uint8)
    assert nf.add(a, b, FP8).shape == (2, 3) and nf.add(a[:0], b[:0], FP8).shape == (0, 3)
    assert isinstance(nf.add(1, 2, FP8), np.uint8) and isinstance(nf.lt(1, 2, FP8), np.bool_)
    assert nf.to_int([0x7E, 0xFE], FP8, "int4", flags=True)[0].tolist() == [7, -8]
    assert nf.to_int([0x7E], FP8, "uint12").dtype == np.uint16
    out = np.empty((3, 2), np.uint8).T
    assert nf.add(a, b, FP8, out=out) is out
    assert np.array_equal(out, nf.add(a, b, FP8))
    assert nf.add(a, a, FP8, out=a) is a  # an operand may be the result's array
    found = np.empty(2, bool)
    assert nf.eq([1, 2], [1, 3], FP8, out=found) is found and found.tolist() == [True, False]
    swapped = np.array([0x3C00], ">u2")
    assert nf.add(swapped, swapped, "binary16") == [0x4000]
