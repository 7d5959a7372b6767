# SPDX-License-Identifier: BSD-3-Clause
"""Third and fourth opinions on arithmetic: Berkeley SoftFloat, by way of softfloatpy, and this machine.

Values and flags, bit for bit, in every rounding mode and both tininess rules.  softfloatpy is built with SoftFloat's
RISC-V specialisation; NaNs of the others have no opinion here.  Known disagreements: none.
"""

from __future__ import annotations

import ctypes
import functools
import itertools
import platform
import re
from collections.abc import Sequence
from typing import Any

import bits
import numpy as np
import pytest
import softfloat
from softfloat import Array, Engine, Function

import numfmt as nf
from numfmt import inttypes

FUNCTIONS = softfloat.functions()
#: Functions of the same operands side by side: they share them.
BY_KINDS = sorted(FUNCTIONS, key=lambda function: (function.kinds, function.name))
ENVIRONMENTS = [
    nf.Env(rounding=rounding, tininess=tininess, nan="sf_riscv", int_overflow="riscv")  # type: ignore[arg-type]
    for rounding in softfloat.ROUNDINGS
    for tininess in softfloat.TININESSES
]
#: Operand tuples per environment: in all tiers, and from ``full`` on (a million per function).
FEW, MANY = 1_000, 100_000
#: Through Python, where no compiler is found; and always for softfloatpy's own functions.
PYTHON_FEW, PYTHON_MANY = 20, 1_000

in_full = pytest.mark.full


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL | None:
    return softfloat.compiled(tmp_path_factory.mktemp("softfloat"))


def types_of(function: Function) -> tuple[Any, ...]:
    return tuple(
        inttypes.int_type(softfloat.INTEGERS[kind]) if kind in softfloat.INTEGERS else nf.format(softfloat.FLOATS[kind])
        for kind in function.kinds
    )


@functools.lru_cache(maxsize=len(ENVIRONMENTS))
def operands(types: tuple[Any, ...], n: int, seed: int) -> list[Array]:
    return bits.operands(types, n, seed)


def assert_same(what: str, inputs: Sequence[Array], got: tuple[Array, Array], wanted: tuple[Array, Array]) -> None:
    differ = np.flatnonzero((got[0] != wanted[0]) | (got[1] != wanted[1]))
    if differ.size:
        at = differ[0]
        values = " ".join(f"{nf.formats.code_int(array[at]):#x}" for array in inputs)
        shown = [f"{nf.formats.code_int(codes[at]):#x} flags {flags[at]:02X}" for codes, flags in (got, wanted)]
        pytest.fail(f"{what} of {values}: got {shown[0]}, expected {shown[1]}; {differ.size} differ", pytrace=False)


def compare(function: Function, engine: Engine, n: int) -> None:
    for seed, env in enumerate(ENVIRONMENTS):
        inputs = operands(types_of(function), n, seed)
        for exact in (True, False) if function.takes_exact else (True,):
            wanted = engine(function, inputs, env, exact=exact)
            got = function.ours(inputs, env, exact=exact)
            assert_same(f"{function.name}, {env.rounding}, {env.tininess}, exact={exact}", inputs, got, wanted)


def judge(function: Function, library: ctypes.CDLL | None, *, many: bool) -> None:
    if library is None or function.symbol is None:
        compare(function, softfloat.Calls(), PYTHON_MANY if many else PYTHON_FEW)
    else:
        compare(function, softfloat.Loops(library), MANY if many else FEW)


@pytest.mark.peer("softfloatpy")
def test_every_function_is_there() -> None:
    """SoftFloat's list: operations and comparisons of each format, conversions among all types."""
    names = {function.name for function in FUNCTIONS}
    for kind, other in itertools.permutations(("f16", "f32", "f64", "f128"), 2):
        assert f"{kind}_to_{other}" in names
    for kind in ("f16", "f32", "f64", "f128"):
        assert {f"{kind}_{name}" for name in softfloat.OPERATIONS} <= names
        assert {f"{kind}_to_{i}" for i in softfloat.INTEGERS} | {f"{i}_to_{kind}" for i in softfloat.INTEGERS} <= names
    assert {"bf16_to_f32", "f32_to_bf16", "bf16_is_signaling_nan"} <= names


@pytest.mark.peer("softfloatpy")
@pytest.mark.parametrize("format", ["f16", "f32", "f64", "f128", "bf16"])
def test_softfloat(library: ctypes.CDLL | None, format: str) -> None:
    for function in FUNCTIONS:
        if format == (function.kinds[0] if function.kinds[0] in softfloat.FLOATS else function.kind):
            judge(function, library, many=False)


@pytest.mark.peer("softfloatpy")
@pytest.mark.parametrize("function", BY_KINDS, ids=[f.name for f in BY_KINDS])
@in_full
def test_softfloat_a_million_times(library: ctypes.CDLL | None, function: Function) -> None:
    judge(function, library, many=True)


@pytest.mark.peer("softfloatpy")
def test_calls_from_python_agree_with_calls_from_c(library: ctypes.CDLL | None) -> None:
    """The fallback is sound: the same answers as the loops in C."""
    for function in FUNCTIONS[::11]:
        inputs = operands(types_of(function), 50, 99)
        calls = softfloat.Calls()(function, inputs, ENVIRONMENTS[3], exact=True)
        if library is None or function.symbol is None:
            wanted = function.ours(inputs, ENVIRONMENTS[3], exact=True)
        else:
            wanted = softfloat.Loops(library)(function, inputs, ENVIRONMENTS[3], exact=True)
        assert_same(function.name, inputs, calls, wanted)


#: What IEEE 754 leaves open is decided as this machine does: its default NaN and whose payload comes out.
HOSTS = {"x86_64": nf.Env.x86(), "amd64": nf.Env.x86(), "aarch64": nf.Env.arm(), "arm64": nf.Env.arm()}
HOST_LOOP = re.compile(r"^HOST\((f32|f64)_(\w+),", re.MULTILINE)
HOST_OPS = HOST_LOOP.findall(softfloat.SOURCE.read_text(encoding="ascii"))


def test_host_has_its_operations() -> None:
    assert len(HOST_OPS) == 12


def ask_host(library: ctypes.CDLL | None, kind: str, op: str, n: int) -> None:
    """float and double arithmetic of this machine's compiler; values only, by numpy, where there is none."""
    env = HOSTS.get(platform.machine().lower(), nf.Env())
    fmt = nf.format(softfloat.FLOATS[kind])
    inputs = bits.operands((fmt,) * 3, n, 7)
    used = inputs[: len(nf.OPS[op].operands)]
    codes, flags = nf.apply(op, used, fmt, env=env, flags=True)
    nans = nf.is_nan(codes, fmt)
    several = sum(nf.is_nan(array, fmt).astype(int) for array in used) > 1
    if library is None:
        wanted, raised = _numpy(op, used, kind), flags
    else:
        out = np.empty(n, fmt.dtype)
        wanted, raised = softfloat.over_arrays(getattr(library, f"host_{kind}_{op}"), inputs, out, (None, None, 0, 0))
    if env == nf.Env() or library is None or op == "fma":  # a libm's fma has its own NaNs, and flags for them
        several, raised = nans, np.where(nans, flags, raised)
    assert (nans == nf.is_nan(wanted, fmt)).all()
    wanted = np.where(nans & several, codes, wanted)  # a compiler may swap operands
    assert_same(f"{op} of {fmt}, {env}", used, (codes, flags), (wanted, raised))


def _numpy(op: str, inputs: Sequence[Array], kind: str) -> Array:
    names = {"add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "sqrt": np.sqrt}
    if op not in names:
        pytest.fail("no C compiler, and numpy has no fma: README asks for a compiler")
    with np.errstate(all="ignore"):
        result = names[op](*(array.view(f"f{array.itemsize}") for array in inputs))
    return np.asarray(result).view(f"u{inputs[0].itemsize}")


@pytest.mark.parametrize(("kind", "op"), HOST_OPS)
def test_host(library: ctypes.CDLL | None, kind: str, op: str) -> None:
    ask_host(library, kind, op, 10_000)


@pytest.mark.parametrize(("kind", "op"), HOST_OPS)
@in_full
def test_host_a_million_times(library: ctypes.CDLL | None, kind: str, op: str) -> None:
    ask_host(library, kind, op, 1_000_000)


X87_OPS = re.findall(r"^X87\((\w+),", softfloat.SOURCE.read_text(encoding="ascii"), re.MULTILINE)
#: The control word's fields.
X87_ROUNDINGS = {"ties_even": 0, "toward_negative": 1, "toward_positive": 2, "toward_zero": 3}
X87_PRECISIONS = {24: 0, 53: 2, None: 3}


def ask_x87(library: ctypes.CDLL, op: str, n: int) -> None:
    """The processor's own 80-bit arithmetic: values, NaNs, flags, under every precision control.

    A quarter of the operands are random bits: half of those are encodings that it has not supported since the 387.
    """
    fmt = nf.format("x87_extended")
    inputs = bits.operands((fmt, fmt), n, 11)
    used = inputs[: len(nf.OPS[op].operands)]
    controlled = op not in ("round_to_integral", "remainder")
    for rounding, mode in X87_ROUNDINGS.items():
        for bits_kept, precision in X87_PRECISIONS.items() if controlled else [(None, 3)]:
            env = nf.Env(rounding=rounding, nan="x87", rounding_precision=bits_kept)  # type: ignore[arg-type]
            out = np.zeros(n, fmt.dtype)
            wanted = softfloat.over_arrays(getattr(library, f"x87_{op}"), inputs, out, (None, None, mode, precision))
            got = nf.apply(op, used, fmt, env=env, flags=True)
            assert_same(f"x87 {op}, {rounding}, precision {bits_kept}", used, got, wanted)


on_x86 = pytest.mark.skipif(HOSTS.get(platform.machine().lower()) != nf.Env.x86(), reason="this machine has no x87")


@on_x86
@pytest.mark.parametrize("op", X87_OPS)
def test_x87(library: ctypes.CDLL | None, op: str) -> None:
    assert library is not None, "README asks for a C compiler"
    ask_x87(library, op, 2_000)


@on_x86
@pytest.mark.parametrize("op", X87_OPS)
@in_full
def test_x87_many_times(library: ctypes.CDLL | None, op: str) -> None:
    assert library is not None, "README asks for a C compiler"
    ask_x87(library, op, 100_000)
