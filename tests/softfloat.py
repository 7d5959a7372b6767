# SPDX-License-Identifier: BSD-3-Clause
"""SoftFloat as softfloatpy ships it (RISC-V's specialisation), called over arrays.

softfloatpy's extension module exports SoftFloat's C functions; ``Loops`` goes over arrays with them in C.  Where no
compiler is found, ``Calls`` does the same through softfloatpy's Python functions, a hundred times slower.
"""

from __future__ import annotations

import ctypes
import importlib.util
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

import numfmt as nf
from numfmt import inttypes, ops

Array = np.ndarray[Any, np.dtype[Any]]
SOURCE = Path(__file__).parent / "c" / "softfloat_calls.c"
COMPILERS = ("cc", "gcc", "clang")

FLOATS = {"f16": "binary16", "f32": "binary32", "f64": "binary64", "f128": "binary128", "bf16": "bfloat16"}
INTEGERS = {"ui32": "uint32", "ui64": "uint64", "i32": "int32", "i64": "int64"}
#: softfloatpy's name behind the format -> operation, how SoftFloat spells it (None: softfloatpy's own, in Python).
OPERATIONS: dict[str, tuple[str, str | None]] = {
    "add": ("add", "add"),
    "sub": ("sub", "sub"),
    "mul": ("mul", "mul"),
    "div": ("div", "div"),
    "rem": ("remainder", "rem"),
    "mul_add": ("fma", "mulAdd"),
    "sqrt": ("sqrt", "sqrt"),
    "round_to_int": ("round_to_integral", "roundToInt"),
    "neg": ("negate", None),
    "eq": ("eq", "eq"),
    "le": ("le", "le"),
    "lt": ("lt", "lt"),
    "eq_signaling": ("eq_signaling", "eq_signaling"),
    "le_quiet": ("le_quiet", "le_quiet"),
    "lt_quiet": ("lt_quiet", "lt_quiet"),
    "is_signaling_nan": ("is_signaling", "isSignalingNaN"),
    "is_nan": ("is_nan", None),
    "is_inf": ("is_infinite", None),
}
#: The functions that set and tell modes and flags.
STATE = {"rounding_mode", "tininess_mode", "exception_flags"}
ROUNDINGS = {"ties_even": 0, "toward_zero": 1, "toward_negative": 2, "toward_positive": 3, "ties_away": 4}
TININESSES = {"before": 0, "after": 1}


@dataclass(frozen=True)
class Function:
    """One of softfloatpy's functions, and what it is called here and in C."""

    name: str
    symbol: str | None
    op: str
    kinds: tuple[str, ...]  # of operands: f32, i64, ...
    kind: str  # of the result; bool

    @property
    def takes_exact(self) -> bool:
        return self.op.startswith(("round_to_integral", "to_int"))

    @property
    def loop(self) -> str:
        """The function of softfloat_calls.c that goes over arrays."""
        if self.op == "round_to_integral":
            return f"{self.kind}_round"
        return f"{self.kinds[0]}_to_{self.kind}" if self.op == "to_int" else "_".join((*self.kinds, self.kind))

    def ours(self, inputs: Sequence[Array], env: nf.Env, *, exact: bool) -> tuple[Array, Array]:
        """numfmt's results and flags, results as codes."""
        op = self.op if exact or not self.takes_exact else f"{self.op}_not_exact"
        types = tuple((FLOATS | INTEGERS)[kind] for kind in self.kinds)
        to = None if self.kind == "bool" else (FLOATS | INTEGERS)[self.kind]
        values = [
            inttypes.int_type(INTEGERS[kind]).decode(array) if kind in INTEGERS else array
            for kind, array in zip(self.kinds, inputs, strict=True)
        ]
        results, flags = ops.apply(op, values, types, to=to, env=env, flags=True)
        if self.kind in INTEGERS or self.kind == "bool":
            results = results.view(f"u{results.itemsize}")
        return results, flags


def functions() -> list[Function]:
    """Every function that softfloatpy has; none where it is not installed."""
    if importlib.util.find_spec("softfloatpy") is None:
        return []
    import softfloatpy

    names = [name for name in dir(softfloatpy) if name[0].islower()]
    return [_function(name) for name in names if name.split("_", 1)[1] not in STATE and name != "test_exception_flags"]


def _function(name: str) -> Function:
    first, _, rest = name.partition("_")
    if rest.startswith("to_"):
        kind = rest.removeprefix("to_")
        op = "from_int" if first in INTEGERS else "to_int" if kind in INTEGERS else "convert"
        return Function(name, name, op, (first,), kind)
    op, spelling = OPERATIONS[rest]
    row = ops.OPS[op]
    kind = "bool" if row.result == "bool" else first
    return Function(name, spelling and f"{first}_{spelling}", op, (first,) * len(row.operands), kind)


class Engine(Protocol):
    def __call__(self, function: Function, inputs: Sequence[Array], env: nf.Env, *, exact: bool) -> Any: ...


class _Call(ctypes.Structure):
    _fields_ = (
        ("function", ctypes.c_void_p),
        ("n", ctypes.c_size_t),
        ("a", ctypes.c_void_p),
        ("b", ctypes.c_void_p),
        ("c", ctypes.c_void_p),
        ("z", ctypes.c_void_p),
        ("flags", ctypes.c_void_p),
        ("raised", ctypes.c_void_p),
        ("rounding", ctypes.c_uint8),
        ("exact", ctypes.c_uint8),
    )


def dtype_of(kind: str) -> np.dtype[Any]:
    """The dtype of an array's codes."""
    if kind == "bool":
        return np.dtype(np.uint8)
    return inttypes.int_type(INTEGERS[kind]).code_dtype if kind in INTEGERS else nf.format(FLOATS[kind]).dtype


def compiled(folder: Path) -> ctypes.CDLL | None:
    """softfloat_calls.c as a library in ``folder``; None without a compiler."""
    compiler = next(filter(None, map(shutil.which, COMPILERS)), None)
    if compiler is None:
        return None
    library = folder / "softfloat_calls.so"
    flags = ["-std=c11", "-O2", "-ffp-contract=off", "-frounding-math", "-fPIC", "-shared"]
    subprocess.run([compiler, *flags, SOURCE, "-o", library, "-lm"], check=True, capture_output=True)
    return ctypes.CDLL(str(library))


class Loops:
    """SoftFloat called from C."""

    def __init__(self, library: ctypes.CDLL) -> None:
        from softfloatpy import _core

        self.library = library
        self.softfloat = ctypes.CDLL(_core.__file__)
        self.raised, self.rounding, self.tininess = (
            ctypes.c_uint8.in_dll(self.softfloat, f"softfloat_{name}")
            for name in ("exceptionFlags", "roundingMode", "detectTininess")
        )

    def __call__(self, function: Function, inputs: Sequence[Array], env: nf.Env, *, exact: bool) -> Any:
        self.rounding.value = ROUNDINGS[env.rounding]
        self.tininess.value = TININESSES[env.tininess]
        out = np.empty(inputs[0].shape, dtype_of(function.kind))
        address = ctypes.cast(getattr(self.softfloat, function.symbol or ""), ctypes.c_void_p).value
        return over_arrays(
            getattr(self.library, function.loop), inputs, out, (address, self.raised, ROUNDINGS[env.rounding], exact)
        )


def over_arrays(loop: Any, inputs: Sequence[Array], out: Array, softfloat: tuple[Any, ...]) -> tuple[Array, Array]:
    """``out`` and flags of one of the loops; ``softfloat``: function, where its flags are, mode, exact."""
    flags = np.empty(out.shape, np.uint8)
    function, raised, rounding, exact = softfloat
    pointers = [array.ctypes.data for array in inputs] + [0] * (3 - len(inputs))
    where = ctypes.addressof(raised) if raised is not None else 0
    loop(ctypes.byref(_Call(function, out.size, *pointers, out.ctypes.data, flags.ctypes.data, where, rounding, exact)))
    return out, flags


class Calls:
    """SoftFloat called from Python."""

    def __call__(self, function: Function, inputs: Sequence[Array], env: nf.Env, *, exact: bool) -> Any:
        import softfloatpy

        call = getattr(softfloatpy, function.name)
        softfloatpy.set_rounding_mode(softfloatpy.RoundingMode(ROUNDINGS[env.rounding]))
        softfloatpy.set_tininess_mode(softfloatpy.TininessMode(TININESSES[env.tininess]))
        more = (softfloatpy.RoundingMode(ROUNDINGS[env.rounding]), exact) if function.takes_exact else ()
        out, flags = np.empty(inputs[0].shape, dtype_of(function.kind)), np.empty(inputs[0].shape, np.uint8)
        for i, operands in enumerate(zip(*map(_objects, function.kinds, inputs), strict=True)):
            softfloatpy.set_exception_flags(0)
            result = call(*operands, *more)
            flags[i] = softfloatpy.get_exception_flags()
            code = int(result) if isinstance(result, bool) else int.from_bytes(result.to_bytes(), "big")
            out[i] = (code & (1 << 64) - 1, code >> 64) if out.dtype.names else code
        return out, flags


def _objects(kind: str, codes: Array) -> Iterator[Any]:
    """softfloatpy's objects of these codes."""
    import softfloatpy

    name = {"f": "Float", "b": "BFloat", "u": "UInt", "i": "Int"}[kind[0]] + kind.lstrip("bfui")
    made = getattr(softfloatpy, name)
    for code in codes:
        number = int(code["lo"]) | int(code["hi"]) << 64 if codes.dtype.names else int(code)
        yield made.from_bytes(number.to_bytes(codes.itemsize, "big"))
