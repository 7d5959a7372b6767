# SPDX-License-Identifier: BSD-3-Clause
"""The table of cases that ``nfmt bench`` and ``tests/bench`` measure: numfmt's calls and those of its peers.

A peer does what numfmt does, with the same operands: where numfmt writes into ``out=``, the peer has an array to write
into as well.  ``copyto`` copies as many float32: what the memory allows.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal

import numpy as np

from numfmt import codec, formats, modes, ops, stochastic
from numfmt.arguments import Array
from numfmt.modes import Env

Call = Callable[[], Any]
Result = Literal["new", "out", "flags"]

#: Packages that a case may be compared with; torch last, which takes seconds to import.
PEERS = ("numpy", "ml_dtypes", "verifloat", "torch")
#: Bytes that ``copyto`` moves per element.
COPIED = 8
#: Random bits of an element in the stochastic case.
_RANDOM_BITS = 16
_NARROW = {
    "e4m3fn": "float8_e4m3fn",
    "e5m2": "float8_e5m2",
    "e2m1": "float4_e2m1fn",
    "e2m3": "float6_e2m3fn",
    "e3m2": "float6_e3m2fn",
}
#: VeriFloat's name of a format; its arrays hold the OR of all flags.
_VERIFLOAT = {
    "float8_e4m3fn": "E4M3",
    "float8_e5m2": "E5M2",
    "float4_e2m1fn": "E2M1",
    "float6_e2m3fn": "E2M3",
    "float6_e3m2fn": "E3M2",
    "bfloat16": "BF16",
    "float16": "FP16",
    "float32": "FP32",
    "float64": "FP64",
}
_RESULTS: tuple[Result, ...] = ("new", "out", "flags")
_SUFFIXES: dict[Result, str] = {"new": "", "out": ", out=", "flags": ", flags"}
#: Operation -> its name in numpy and in torch, neither of which has a fused multiply-add, and in VeriFloat.
_ARITHMETIC = {
    "add": ("add", "__add__"),
    "mul": ("multiply", "__mul__"),
    "div": ("divide", "__truediv__"),
    "sqrt": ("sqrt", "sqrt"),
    "fma": (None, "fma"),
}


class Data:
    """Operands of ``n`` elements, made when first asked for, and the modules of the peers."""

    def __init__(self, n: int, peers: Mapping[str, ModuleType | None]) -> None:
        self.n, self.peers = n, {name: module for name, module in peers.items() if module is not None}
        self._made: dict[Any, Array] = {}

    def _once(self, key: Any, make: Callable[[], Array]) -> Array:
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]

    def values(self, dtype: str, seed: int = 0) -> Array:
        """Normally distributed floats."""
        return self._once((dtype, seed), lambda: np.random.default_rng(seed).normal(size=self.n).astype(dtype))

    def codes(self, name: str) -> Array:
        """Those floats in a format of fewer bits."""
        return self._once(name, lambda: np.asarray(codec.encode(self.values("float32"), name)))

    def random_bits(self) -> Array:
        return self._once("random bits", lambda: np.asarray(stochastic.random_bits(self.n, _RANDOM_BITS, 1)))

    def copyto(self) -> Call:
        source = self.values("float32")
        target = self._once("copy", lambda: np.empty_like(source))
        return lambda: np.copyto(target, source)


@dataclass(frozen=True, kw_only=True)
class Case:
    """A row of the table."""

    name: str
    #: numfmt's calls by variant, for which path; "" where there is one call only.
    ours: Callable[[Data, codec.Path], dict[str, Call]]
    #: The same work by each peer that can do it.
    theirs: Callable[[Data], dict[str, Call]] = lambda _: {}
    #: Bytes that it reads and writes per element.
    moved: int = 0
    #: Name of the case that its time is compared with.
    base: str | None = None
    threads: int = 1
    #: One element, whatever n is.
    is_scalar: bool = False
    #: ``path="generic"`` is an argument of the call.
    has_path: bool = True


def installed(names: Iterable[str]) -> dict[str, ModuleType | None]:
    """The peers' modules; None for one that is not there."""
    found: dict[str, ModuleType | None] = {}
    for name in names:
        try:
            found[name] = importlib.import_module(name)
        except ImportError:
            found[name] = None
    return found


def _dtype(module: ModuleType, name: str) -> Any:
    return getattr(module, name, getattr(np, name, None))


def _array_cast(module: ModuleType, array: Array, types: tuple[str, str], *, into: bool) -> Call | None:
    """numpy's or ml_dtypes' cast of floats or codes."""
    source, target = (_dtype(module, name) for name in types)
    if source is None or target is None or not any(hasattr(module, name) for name in types):
        return None
    operand = array.view(source)
    if not into:
        return lambda: operand.astype(target)
    out = np.empty(operand.shape, target)
    return lambda: np.copyto(out, operand, casting="unsafe")


def _torch_cast(torch: Any, array: Array, types: tuple[str, str], *, into: bool) -> Call | None:
    source, target = (getattr(torch, name, None) for name in types)
    if source is None or target is None:
        return None
    operand = torch.from_numpy(array).view(source)
    if not into:
        return lambda: operand.to(target)
    out = torch.empty(operand.shape, dtype=target)
    return lambda: out.copy_(operand)


def _verifloat_cast(verifloat: Any, array: Array, types: tuple[str, str], *, into: bool) -> Call | None:
    source, target = types
    fmt = getattr(verifloat, _VERIFLOAT[target], None)
    if fmt is None or into or source not in ("float32", "float64"):
        return None
    return lambda: fmt.array(array)


def _casts(data: Data, array: Array, types: tuple[str, str], *, into: bool) -> dict[str, Call]:
    found = {"copyto": data.copyto()}
    casts = {"torch": _torch_cast, "verifloat": _verifloat_cast}
    for name, module in data.peers.items():
        call = casts.get(name, _array_cast)(module, array, types, into=into)
        if call is not None:
            found[name] = call
    return found


def _encoding(source: str, short: str, result: Result, *, base: str | None = None) -> Case:
    """Floats to a format, each rounded once."""
    fmt = formats.format(short)
    target = _NARROW.get(short, short)

    def ours(data: Data, path: codec.Path) -> dict[str, Call]:
        x = data.values(source)
        out = np.empty(x.shape, fmt.dtype) if result == "out" else None
        flags = result == "flags"
        return {"": functools.partial(codec.encode, x, fmt, flags=flags, out=out, path=path, threads=1)}

    def theirs(data: Data) -> dict[str, Call]:
        return _casts(data, data.values(source), (source, target), into=result == "out")

    moved = np.dtype(source).itemsize + fmt.dtype.itemsize + (result == "flags")
    return Case(name=f"{source} -> {short}{_SUFFIXES[result]}", ours=ours, theirs=theirs, moved=moved, base=base)


def _decoding(short: str, result: Result, *, base: str | None = None) -> Case:
    fmt = formats.format(short)

    def ours(data: Data, path: codec.Path) -> dict[str, Call]:
        out = np.empty(data.n, np.float32) if result == "out" else None
        return {"": functools.partial(codec.decode, data.codes(short), fmt, out=out, path=path, threads=1)}

    def theirs(data: Data) -> dict[str, Call]:
        return _casts(data, data.codes(short), (_NARROW[short], "float32"), into=result == "out")

    moved = fmt.dtype.itemsize + 4
    return Case(name=f"{short} -> float32{_SUFFIXES[result]}", ours=ours, theirs=theirs, moved=moved, base=base)


def _stochastic() -> Case:
    """The three stochastic roundings, with bits that are there; its peers round to nearest."""
    fmt = formats.format("e4m3fn")
    plain = _encoding("float32", "e4m3fn", "new")

    def ours(data: Data, path: codec.Path) -> dict[str, Call]:
        names = [name for name in modes.ROUNDINGS if name.startswith("stochastic")]
        x, bits = data.values("float32"), data.random_bits()
        return {
            name: functools.partial(
                codec.encode, x, fmt, env=Env(rounding=name, random_bits_count=_RANDOM_BITS), random_bits=bits,
                path=path, threads=1,
            )
            for name in names
        }  # fmt: skip

    name = "float32 -> e4m3fn, stochastic"
    return Case(name=name, ours=ours, theirs=plain.theirs, moved=plain.moved + 4, base=plain.name)


def policies() -> dict[str, Env]:
    """Every rounding with every overflow, and each other rule about results by itself."""
    roundings = [name for name in modes.ROUNDINGS if not name.startswith("stochastic")]
    found = {f"{r} {o}": Env(rounding=r, overflow=o) for r in roundings for o in modes.OVERFLOWS}
    found |= {f"tininess {name}": Env(tininess=name) for name in modes.TININESSES[1:]}
    return found | {f"nan_substitute {name}": Env(nan_substitute=name) for name in modes.NAN_SUBSTITUTES[1:]}


def processors() -> dict[str, Env]:
    """Each rule that some processors have, by itself: NaNs, flushing to zero."""
    found = {f"nan {name}": Env(nan=name) for name in modes.NAN_PROFILES[1:]}
    return found | {f"ftz {name}": Env(ftz=name) for name in modes.FTZS[1:]} | {"daz": Env(daz=True)}


def _environments(title: str, envs: Mapping[str, Env], result: Result) -> Case:
    """The slowest of many environments."""
    fmt = formats.format("e4m3fn")
    plain = _encoding("float32", "e4m3fn", result)

    def ours(data: Data, path: codec.Path) -> dict[str, Call]:
        x, flags = data.values("float32"), result == "flags"
        return {
            name: functools.partial(codec.encode, x, fmt, env=env, flags=flags, path=path, threads=1)
            for name, env in envs.items()
        }

    return Case(name=f"{plain.name}, {title}", ours=ours, moved=plain.moved, base=plain.name)


def _two_threads() -> Case:
    plain = _encoding("float32", "e4m3fn", "new")

    def ours(data: Data, path: codec.Path) -> dict[str, Call]:
        return {"": functools.partial(codec.encode, data.values("float32"), "e4m3fn", path=path, threads=2)}

    return Case(name=f"{plain.name}, two threads", ours=ours, moved=plain.moved, base=plain.name, threads=2)


def _arithmetic(op: str, width: int) -> Case:
    """One operation on codes of an IEEE format; its peers work on floats."""
    fmt, dtype, arity = formats.format(f"binary{width}"), f"float{width}", len(ops.OPS[op].operands)
    function, method = _ARITHMETIC[op]

    def operands(data: Data) -> list[Array]:
        if op == "sqrt":
            return [np.abs(data.values(dtype))]
        return [data.values(dtype, seed) for seed in range(arity)]

    def ours(data: Data, _path: codec.Path) -> dict[str, Call]:
        codes = [x.view(f"u{x.itemsize}") for x in operands(data)]
        return {"": functools.partial(ops.apply, op, codes, fmt)}

    def theirs(data: Data) -> dict[str, Call]:
        found: dict[str, Call] = {}
        for name, module in data.peers.items():
            if name == "verifloat":
                arrays = [getattr(module, _VERIFLOAT[dtype]).array(x) for x in operands(data)]
                found[name] = functools.partial(getattr(type(arrays[0]), method), *arrays)
            elif function is not None and name in ("numpy", "torch"):
                arrays = [module.from_numpy(x) if name == "torch" else x for x in operands(data)]
                found[name] = functools.partial(getattr(module, function), *arrays)
        return found

    moved = (arity + 1) * fmt.dtype.itemsize
    return Case(name=f"{op}, binary{width}", ours=ours, theirs=theirs, moved=moved, has_path=False)


def _encode_one() -> Case:
    fmt = formats.format("e4m3fn")

    def theirs(data: Data) -> dict[str, Call]:
        module = data.peers.get("ml_dtypes")
        return {} if module is None else {"ml_dtypes": functools.partial(module.float8_e4m3fn, 1.1)}

    def ours(_data: Data, path: codec.Path) -> dict[str, Call]:
        if path == "auto":
            return {"": lambda: codec.encode(1.1, fmt)}
        return {"": lambda: codec.encode(1.1, fmt, path=path)}

    return Case(name="encode(1.1, E4M3)", ours=ours, theirs=theirs, is_scalar=True)


def _multiply_one() -> Case:
    fmt = formats.format("e4m3fn")

    def theirs(data: Data) -> dict[str, Call]:
        module = data.peers.get("ml_dtypes")
        if module is None:
            return {}
        x, y = module.float8_e4m3fn(1.1), module.float8_e4m3fn(2.5)
        return {"ml_dtypes": lambda: x * y}

    def ours(_data: Data, _path: codec.Path) -> dict[str, Call]:
        x, y = fmt(1.1), fmt(2.5)
        return {"": lambda: x * y}

    return Case(name="x * y of one E4M3 each", ours=ours, theirs=theirs, is_scalar=True, has_path=False)


def _cases() -> Iterable[Case]:
    for short in _NARROW:
        plain = _encoding("float32", short, "new")
        for result in _RESULTS:
            yield _encoding("float32", short, result, base=None if result == "new" else plain.name)
    for short in ("bfloat16", "float16"):
        yield _encoding("float32", short, "new")
        yield _encoding("float32", short, "out", base=f"float32 -> {short}")
    yield _encoding("float64", "e4m3fn", "new")
    yield _decoding("e4m3fn", "new")
    yield _decoding("e4m3fn", "out", base="e4m3fn -> float32")
    yield _stochastic()
    for result in (_RESULTS[0], _RESULTS[2]):
        yield _environments("any rounding or policy", policies(), result)
        yield _environments("any NaN rule / ftz / daz", processors(), result)
    yield _two_threads()
    for width in (16, 32, 64):
        for op in _ARITHMETIC:
            yield _arithmetic(op, width)
    yield _encode_one()
    yield _multiply_one()


#: Name -> case, in the order of the printed table.
CASES: dict[str, Case] = {case.name: case for case in _cases()}
