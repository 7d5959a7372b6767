# SPDX-License-Identifier: BSD-3-Clause
"""Operators and methods of value objects: from Arrays to codes, through ``ops``, and back (SEMANTICS 9).

Operand is what ``numfmt.Array`` inherits: its storage, and a method for every operation of the table.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Self, TypeVar

import numpy as np

from numfmt import _bind, codec, exactness, formats, ops, reductions, sources
from numfmt.arguments import Array as Codes
from numfmt.formats import Format
from numfmt.inttypes import IntType
from numfmt.modes import Env, env_struct
from numfmt.ops import OPS, Op

T = TypeVar("T", bound="Operand")
#: The operation that made an Array, the codes that went in, and their types (None: all of the result's format).
#: "encode" has the values that went in.
Origin = tuple[str, tuple[Any, ...], tuple[Format | IntType, ...] | None]

_SYMBOLS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">"}
_SYMBOLS |= {"ge": ">=", "negate": "-", "absolute": "abs"}
#: Where a value that the format does not have must show.
_AS_IT_IS = Env(overflow="infinity", nan_substitute="raise")
_REDUCTIONS: dict[str, Callable[..., Any]] = {"sum": reductions.sum, "dot": reductions.dot, "matmul": reductions.matmul}


class _Calls(dict[str, "_bind.ScalarCall | None"]):
    """Name of an operation -> its call for single codes of one format in one environment, if there is one."""

    def __init__(self, fmt: Format, env: Env) -> None:
        super().__init__()
        self._format, self._env = fmt, env

    def __missing__(self, op: str) -> _bind.ScalarCall | None:
        self[op] = call = self._made(OPS[op])
        return call

    def _made(self, row: Op) -> _bind.ScalarCall | None:
        fmt = self._format
        needs_bits = row.rounds and self._env.is_stochastic
        if fmt.width > 64 or needs_bits or "i" in row.operands or row.result not in ("float", "bool"):
            return None
        struct, arity, size = formats.struct(fmt), len(row.operands), fmt.dtype.itemsize
        types = _bind.format_list([struct] * arity), struct, env_struct(self._env)
        return _bind.ScalarCall(row.number, types, [size] * arity + [size if row.result == "float" else 1])


class Kind:
    """A format and an environment: what Arrays have in common when they meet without further question."""

    __slots__ = ("calls", "env", "format")

    def __init__(self, fmt: Format, env: Env) -> None:
        self.format, self.env, self.calls = fmt, env, _Calls(fmt, env)


@functools.lru_cache(maxsize=1024)
def _kind(fmt: Format, _name: str | None, env: Env) -> Kind:
    return Kind(fmt, env)


def kind_of(fmt: Format, env: Env) -> Kind:
    """The one Kind of a format and an environment; formats that differ in name only are equal, but shown by it."""
    return _kind(fmt, fmt.name, env)


def _arithmetic(op: str) -> Callable[[T, Any], T]:
    def operator(x: T, y: Any) -> Any:
        kind = x._kind
        if y.__class__ is x.__class__ and y._kind is kind:
            a, b = x._codes, y._codes
            if a.__class__ is int and b.__class__ is int:
                call = kind.calls[op]
                done = None if call is None else call(a, b)
                if done is not None:
                    return x._made(kind, done[0], done[1], (op, (a, b), None))
        return _operate(op, x, y)

    return operator


def _comparison(op: str) -> Callable[[Any, Any], Any]:
    def operator(x: Any, y: Any) -> Any:
        kind = x._kind
        if y.__class__ is x.__class__ and y._kind is kind:
            a, b = x._codes, y._codes
            if a.__class__ is int and b.__class__ is int:
                call = kind.calls[op]
                done = None if call is None else call(a, b)
                if done is not None:
                    return np.bool_(done[0])
        return _operate(op, x, y)

    return operator


def _reflected(op: str) -> Callable[[T, Any], T]:
    def operator(y: T, x: Any) -> Any:
        return _operate(op, x, y)

    return operator


def _unary(op: str) -> Callable[[T], T]:
    def operator(x: T) -> T:
        made: T = _operate(op, x)
        return made

    return operator


class Operand:
    """Codes, and the operators on them."""

    __slots__ = ("_codes", "_flags", "_kind", "_origin")
    #: numpy's operators and functions on it are refused, not run on its elements.
    __array_ufunc__ = None

    _kind: Kind
    _codes: Any  # an int if it has no dimension and at most 64 bits, else a read-only array
    _flags: Any  # likewise
    _origin: Origin | None

    @classmethod
    def _made(cls, kind: Kind, codes: Any, flags: Any, origin: Origin | None) -> Self:
        made = object.__new__(cls)
        made._kind = kind
        made._codes = codes
        made._flags = flags
        made._origin = origin
        return made

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Callable[..., Any]:
            """The methods that are made from the table of operations."""

    __add__, __radd__ = _arithmetic("add"), _reflected("add")
    __sub__, __rsub__ = _arithmetic("sub"), _reflected("sub")
    __mul__, __rmul__ = _arithmetic("mul"), _reflected("mul")
    __truediv__, __rtruediv__ = _arithmetic("div"), _reflected("div")
    __neg__, __abs__ = _unary("negate"), _unary("absolute")
    __eq__, __ne__ = _comparison("eq"), _comparison("ne")
    __lt__, __le__ = _comparison("lt"), _comparison("le")
    __gt__, __ge__ = _comparison("gt"), _comparison("ge")
    __hash__ = None  # type: ignore[assignment]

    def __pos__(self) -> Self:
        return self

    def __matmul__(self, other: Any) -> Self:
        return self._reduced("matmul", other)

    def sum(self, **options: Any) -> Self:
        """The exact sum, rounded once; the arguments are those of ``numfmt.sum``."""
        return self._reduced("sum", **options)

    def dot(self, other: Any, **options: Any) -> Self:
        """The exact sum of products, rounded once; the arguments are those of ``numfmt.dot``."""
        return self._reduced("dot", other, **options)

    def _reduced(self, name: str, *others: Any, to: Any = None, env: Env | None = None, **options: Any) -> Self:
        arrays = self._together((self, *others))
        env = common_env(arrays) if env is None else env
        types = tuple(x._kind.format for x in arrays)
        fmt = types[0] if len(set(types)) == 1 else types
        codes, flags = _REDUCTIONS[name](*(x._array() for x in arrays), fmt, to=to, env=env, flags=True, **options)
        return self._stored(formats.format(types[0] if to is None else to), env, codes, flags, (name, (), None))

    def _together(self, operands: Sequence[Any]) -> list[Self]:
        """Operands as Arrays; scalars in the format of this one."""
        return [self._scalar(x) for x in operands]

    def _scalar(self, x: Any) -> Self:
        """An operand as it is, or an exactly representable scalar in this one's format and environment."""
        if isinstance(x, type(self)):
            return x
        kind = self._kind
        return self._stored(kind.format, kind.env, exact_code(x, kind.format), 0, None)

    @classmethod
    def _stored(cls, fmt: Format, env: Env, codes: Any, flags: Any, origin: Origin | None) -> Self:
        """An instance with these codes and flags, arrays or scalars, which nobody else writes to."""
        codes, flags = np.asarray(codes), np.asarray(flags, np.uint8)
        if codes.ndim == 0 and fmt.width <= 64:
            return cls._made(kind_of(fmt, env), int(codes), int(flags), origin)
        flags = np.broadcast_to(flags, codes.shape)
        for array in (codes, flags):
            owner: Any = array
            while isinstance(owner, np.ndarray):  # numpy lets who has a view write if its owner may be written
                owner.setflags(write=False)
                owner = owner.base
        return cls._made(kind_of(fmt, env), codes, flags, origin)

    def _array(self) -> Codes:
        """The codes as an array."""
        codes: Any = self._codes
        if codes.__class__ is int:
            codes = formats.code_array(self._kind.format, [codes]).reshape(())
            codes.setflags(write=False)
        return codes  # type: ignore[no-any-return]


def exact_code(x: Any, fmt: Format) -> Any:
    """The code of a scalar that the format represents exactly.

    Raises ValueError for one that it does not, TypeError for what is no real number.
    """
    if isinstance(x, np.ndarray | Sequence):
        raise TypeError(f"operand is a {type(x).__name__}: make it a numfmt.Array with nf.array(x, '{fmt}')")
    if type(x) in (int, float) and x:
        return _literal_code(x, fmt)
    return _exact_code(x, fmt)


@functools.lru_cache(maxsize=1024)
def _literal_code(x: float, fmt: Format) -> Any:
    """Of the literals that programs are full of, but for zeros: -0.0 and 0.0 are one key."""
    return _exact_code(x, fmt)


def _exact_code(x: Any, fmt: Format) -> Any:
    try:
        value = sources.exact(x)
    except TypeError:
        raise TypeError(f"operand is a {type(x).__name__}: must be a numfmt.Array or a real number") from None
    try:
        code = codec.encode(x, fmt, env=_AS_IT_IS)
        got = codec.decode(code, fmt, dtype=object)
    except ValueError:  # a NaN, but no code for it
        got = None
    both_nan = exactness.is_nan(got) and exactness.is_nan(value)
    if both_nan or (got is not None and type(got) is type(value) and got == value):  # the types tell zeros apart
        return code
    shown = _shown(x)
    raise ValueError(f"operand {shown} is not a value of {fmt}: round it with nf.array({shown}, '{fmt}')")


def _shown(x: Any) -> str:
    """A number as messages quote it; Python refuses to write very long ones."""
    try:
        text = repr(x)
    except ValueError:
        text = ""
    return text if 0 < len(text) <= 80 else f"<{type(x).__name__} of many digits>"


def _is_number(x: Any) -> bool:
    known = (int, float, Fraction, Decimal, np.generic, np.ndarray, list, tuple)
    return isinstance(x, known) or hasattr(type(x), "_mpf_")


def _operate(op: str, *operands: Any) -> Any:
    """An operator on Arrays and exact scalars, in one environment; of one format unless it compares."""
    row, first = OPS[op], next(x for x in operands if isinstance(x, Operand))
    if not all(isinstance(x, Operand) or _is_number(x) for x in operands):
        return NotImplemented
    arrays = first._together(operands)
    given = [x._kind.format for x in arrays]
    if row.result == "float" and len(set(given)) > 1:
        raise TypeError(
            f"operator {_SYMBOLS[op]} on {' and '.join(map(str, given))}: which format is the result?  "
            f"Use nf.{op}(x, y, to=...), or x.astype(...) first"
        )
    env = common_env(arrays)
    if row.rounds and env.is_stochastic:
        raise ValueError(
            f"operator {_SYMBOLS[op]} cannot take the random bits that rounding {env.rounding!r} needs: "
            f"use x.{op}(y, random_bits=...)"
        )
    return apply(op, arrays, env=env)


def common_env(arrays: Sequence[Operand]) -> Env:
    """The environment of all of them; ValueError if they differ."""
    envs = [x._kind.env for x in arrays]
    if any(env != envs[0] for env in envs):
        other = next(env for env in envs if env != envs[0])
        raise ValueError(
            f"env differs: {shown_env(envs[0])} and {shown_env(other)}: say which, as in nf.mul(x, y, env=...), "
            "or bring the operands together with x.astype(fmt, env=...)"
        )
    return envs[0]


def shown_env(env: Env) -> str:
    """An environment's repr without what is as by default."""
    default = Env()
    values = {name: getattr(env, name) for name in env.__slots__}
    return f"Env({', '.join(f'{name}={v!r}' for name, v in values.items() if v != getattr(default, name))})"


def apply(op: str, operands: Sequence[Any], *, to: Any = None, env: Env | None = None, **options: Any) -> Any:
    """``ops.apply`` on Arrays, and scalars that their format has exactly; the result of a rounding is an Array.

    Raises TypeError if there is no Array, for ``flags`` and ``out`` where the result is one.
    """
    row = OPS[op]
    if len(operands) != len(row.operands):
        raise ValueError(f"operands has {len(operands)} elements: {op} takes {len(row.operands)}")
    arrays = [x for x, kind in zip(operands, row.operands, strict=True) if kind == "f" and isinstance(x, Operand)]
    if not arrays:
        raise TypeError(f"fmt is missing: {op} needs the format of its operands' codes, or numfmt.Arrays")
    env = common_env(arrays) if env is None else env
    fmt = _scalar_format(row, arrays, operands)
    codes, types = zip(*(_parts(x, kind, fmt) for x, kind in zip(operands, row.operands, strict=True)), strict=True)
    if row.result != "float":
        return ops.apply(op, codes, types, to=to, env=env, **options)
    if options.get("flags", False) is not False or options.get("out") is not None:
        name = "out" if options.get("out") is not None else "flags"
        raise TypeError(f"{name} is given with Arrays: {op} returns an Array, which has codes and flags of its own")
    random = options.get("random_bits")
    found, flags = ops.apply(op, codes, types, to=to, env=env, flags=True, random_bits=random)
    fmt = formats.format(ops.result_type(row, types, to))  # type: ignore[arg-type]
    origin = (op, codes, types) if exactness.has_formula(op) else None
    return arrays[0]._stored(fmt, env, found, flags, origin)


def _scalar_format(row: Op, arrays: Sequence[Operand], operands: Sequence[Any]) -> Format:
    """The format that a scalar among the operands is read in."""
    found = {x._kind.format for x in arrays}
    scalars = [x for x, kind in zip(operands, row.operands, strict=True) if kind == "f" and not isinstance(x, Operand)]
    if scalars and len(found) > 1:
        raise ValueError(f"operand {scalars[0]!r} beside Arrays of several formats: make it an Array of one of them")
    return arrays[0]._kind.format


def _parts(x: Any, kind: str, fmt: Format) -> tuple[Codes, Format | IntType]:
    """Codes, or integers that nobody else writes to, and their type."""
    if isinstance(x, Operand):
        return x._array(), x._kind.format
    if kind == "i":
        return np.array(x), ops.PLAIN_INT
    return np.asarray(exact_code(x, fmt)), fmt


def _method(row: Op) -> Callable[..., Any]:
    def method(x: Operand, *others: Any, to: Any = None, env: Env | None = None, **options: Any) -> Any:
        return ops.apply(row.name, (x, *others), None, to=to, env=env, **options)

    return _documented(method, row)


def _integral_method(row: Op) -> Callable[..., Any]:
    def method(x: Operand, to: Any = None, *, exact: bool = True, env: Env | None = None, **options: Any) -> Any:
        name = row.name if exact else f"{row.name}_not_exact"
        to = "int64" if to is None and row.result == "int" else to
        return ops.apply(name, (x,), None, to=to, env=env, **options)

    return _documented(method, row)


def _documented(method: Callable[..., Any], row: Op) -> Callable[..., Any]:
    delivers = {"bool": "bools", "class": "uint8, a numfmt.FloatClass", "int": "integers"}.get(row.result, "an Array")
    options = "to, env, random_bits" + ("" if row.result == "float" else ", flags, out")
    method.__name__ = row.name
    method.__qualname__ = f"Array.{row.name}"
    method.__doc__ = (
        f"{row.formula}, where a is this Array: {delivers}.  {row.source}.\n\n"
        f"Can raise {row.flags}.  {options}: as for ``numfmt.apply``; env=None is the operands' own."
    )
    return method


for _row in OPS.values():
    if _row.operands[0] == "f":
        _make = _integral_method if f"{_row.name}_not_exact" in OPS else _method
        setattr(Operand, _row.name, _make(_row))
