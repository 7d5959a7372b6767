# SPDX-License-Identifier: BSD-3-Clause
"""Fixed-point operations as C runs them: one exact result, rounded once."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from numfmt import _bind, arguments, codec, formats, modes, ops, printing, sources
from numfmt.arguments import Array, FlagsArgument
from numfmt.formats import Format
from numfmt.modes import Env, Flags

if TYPE_CHECKING:
    from numfmt.integers.fixed import Fixed

FixedRounding = Literal[
    "ties_even",
    "ties_away",
    "ties_up",
    "toward_zero",
    "toward_positive",
    "toward_negative",
    "to_odd",
    "stochastic_a",
    "stochastic_b",
    "stochastic_c",
]
FixedOverflow = Literal["error", "saturate", "wrap"]

ROUNDINGS: tuple[FixedRounding, ...] = get_args(FixedRounding)
OVERFLOWS: tuple[FixedOverflow, ...] = get_args(FixedOverflow)

#: Where values that are no codes and no 64-bit integers are rounded to odd first: 113 bits of precision.
_WIDE = formats.format("binary128")
_TO_ODD = Env(rounding="to_odd", overflow="propagate")
#: Results beyond so many bits above the unit of their type may have lost low bits that wrapping would need.
_EXACT_BITS = 120
_OUT_OF_RANGE = Flags.OVERFLOW | Flags.INVALID | Flags.DIVIDE_BY_ZERO


@dataclass(frozen=True)
class Rule:
    """How a fixed-point result is rounded, and what one out of range is."""

    rounding: FixedRounding = "ties_even"
    overflow: FixedOverflow = "error"
    random_bits_count: int = 0

    def __post_init__(self) -> None:
        for name, allowed in (("rounding", ROUNDINGS), ("overflow", OVERFLOWS)):
            value = getattr(self, name)
            if value not in allowed:
                raise ValueError(f"{name} is {value!r}: must be one of {', '.join(allowed)}")
        _ = self.env  # checks the count

    @property
    def env(self) -> Env:
        """The environment, but for ties_up, which it has no name for."""
        rounding = "ties_even" if self.rounding == "ties_up" else self.rounding
        int_overflow: modes.IntOverflow = "wrap" if self.overflow == "wrap" else "saturate"
        return Env(rounding=rounding, int_overflow=int_overflow, random_bits_count=self.random_bits_count)

    @property
    def struct(self) -> Any:
        """As C takes it."""
        return _bind.env_struct(
            {
                "rounding": _bind.enum_value("ROUND", self.rounding),
                "int_overflow": _bind.enum_value("INT_OVERFLOW", self.env.int_overflow),
                "random_bits_count": self.random_bits_count,
            }
        )


def read(x: Any, to: Fixed, rule: Rule) -> tuple[Array, Fixed | Format]:
    """Values as codes, exactly or rounded to odd with bits to spare, and the type of those codes."""
    from numfmt.integers.fixed import Fixed

    source = sources.read(x, _WIDE)
    if source.format is not None:
        return source.array, source.format
    if source.array.dtype != _bind.PARTS:
        return source.array.view(np.uint64), Fixed(64, 0, source.array.dtype.kind == "i")
    limit = _WIDE.precision - 4 - rule.random_bits_count
    if to.width > limit:
        raise ValueError(f"{to} has {to.width} bits: Fractions, text and large integers go into at most {limit}")
    values = _nearer(x, to) if rule.overflow == "wrap" else x
    return np.asarray(codec.encode(values, _WIDE, env=_TO_ODD)), _WIDE


def _nearer(x: Any, to: Fixed) -> Any:
    """Values far out of range brought near it, on the same side, by multiples of the modulus: no bit that wrapping
    keeps is far from the leading one then.
    """
    elements: list[Any] = []
    shape = sources.flatten("x", x.tolist() if isinstance(x, np.ndarray) else x, elements)
    nearer = np.empty(len(elements), object)
    modulus = Fraction(2) ** to.int_bits
    for index, element in enumerate(elements):
        value = sources.exact(element)
        if value is None:
            raise ValueError(f"x: element {index} is too large or too small to be taken modulo 2^{to.int_bits}")
        if isinstance(value, Fraction) and abs(value) >= 2 * modulus:
            value = value % modulus + (modulus if value > 0 else -2 * modulus)
        nearer[index] = value
    return nearer.reshape(shape)


def run(
    op: str,
    operands: Sequence[Any],
    types: Sequence[Fixed | Format],
    to: Fixed | Format,
    rule: Rule | Env | None,
    flags: FlagsArgument,
    random_bits: Any,
    name: str = "codes",
) -> Any:
    """One operation on codes, as ``numfmt.apply`` does it, with fixed-point types among the operands or as result.

    ``name`` is what an error calls the operand of a conversion.
    """
    row = ops.operation(op)
    names = (name,) if op == "convert" else ops.NAMES
    inputs = [arguments.codes_of(*one) for one in zip(names, operands, types, strict=False)]
    inputs = ops.broadcast(inputs, row, operands)
    shape = inputs[0].shape
    how = rule if isinstance(rule, Rule) else modes.resolve(rule)
    out, bits = np.empty(shape, to.dtype), np.empty(shape, np.uint8)
    arguments.flag_bytes(flags, ())
    random = arguments.random(random_bits, how.env if isinstance(how, Rule) else how, shape)
    env = how.struct if isinstance(how, Rule) else modes.env_struct(how)
    head = _bind.format_list([struct(one) for one in types]), struct(to), env
    any_flags = arguments.call(op, types[0], _bind.apply, row.number, head, inputs, _bind.Sinks(out, random, bits))
    if isinstance(how, Rule) and how.overflow == "error" and not isinstance(to, Format) and any_flags & _OUT_OF_RANGE:
        _refuse(name if op == "convert" else op, to, bits, _text(types[0], inputs[0]) if op == "convert" else None)
    return arguments.returned(flags, out[()], bits if flags is True else None, any_flags)


def _refuse(name: str, to: Fixed, bits: Array, operand: Callable[[int], str] | None) -> None:
    """The error about the first result that the type does not have; ``operand`` tells the value converted."""
    index = int(np.flatnonzero(bits & int(_OUT_OF_RANGE))[0])
    flag = Flags(int(bits.ravel()[index]))
    what = "is out of range" if Flags.OVERFLOW in flag else "is NaN or infinite"
    if Flags.DIVIDE_BY_ZERO in flag:
        what = "is divided by zero"
    where = f"{name}: element {index} is {operand(index)}, which" if operand else f"{name}: element {index}"
    raise ValueError(f"{where} {what}: {to} is {printing.number(to.min)} to {printing.number(to.max)}")


def _text(type_: Fixed | Format, codes: Array) -> Callable[[int], str]:
    """The value of an element, for a message."""
    if isinstance(type_, Format):
        return lambda index: type_.to_string(codes.ravel()[index])
    return lambda index: printing.number(type_.decode(codes.ravel()[index], dtype=object))


def apply_fixed(
    op: str,
    operands: Sequence[Any],
    types: Sequence[Fixed | Format | str],
    *,
    to: Fixed | Format | str,
    rounding: FixedRounding = "ties_even",
    overflow: FixedOverflow = "error",
    flags: FlagsArgument = False,
    random_bits: Any = None,
    random_bits_count: int = 0,
    env: Env | None = None,
) -> Any:
    """One operation on codes of fixed-point types and float formats, mixed as you like, rounded once.

    op
        ``convert``, ``add``, ``sub``, ``mul``, ``div``, ``remainder``, ``fmod``, ``sqrt``, ``recip``, ``rsqrt``,
        ``fma``, ``faa``: see ``numfmt.OPS``.
    operands, types
        Codes for each operand, which broadcast, and the type of each: a Fixed of at most 64 bits, a Format, or the
        name of one.
    to
        The result's type.
    rounding, overflow, random_bits, random_bits_count
        Of a fixed-point result, see ``numfmt.Fixed``; ``wrap`` takes no float operands, but for ``convert``.  ``env``
        is that of a float result; a fixed-point zero counts as +0 there, so that -1 * 0 is -0 (IEEE 754-2019 6.3).
    flags
        As for ``numfmt.Fixed``.

    Returns codes of ``to``.  Raises ValueError for a result out of range, unless ``overflow`` says otherwise.
    """
    if op not in _TOPS:
        raise ValueError(f"op is {op!r}: must be one of {', '.join(_TOPS)}")
    kinds, result = [named(one) for one in types], named(to)
    if len(kinds) != len(ops.operation(op).operands):
        raise ValueError(f"types has {len(kinds)} elements: {op} has {len(ops.operation(op).operands)} operands")
    rule: Rule | Env | None = Rule(rounding, overflow, random_bits_count)
    if isinstance(result, Format):
        if rule != Rule():
            raise ValueError(f"to is {result}, a float format: its rounding and overflow are those of env=")
        rule = env
    elif env is not None:
        raise ValueError(f"env is given, but {result} is fixed-point: it takes rounding= and overflow=")
    _check_reach(op, kinds, result, overflow)
    return run(op, operands, kinds, result, rule, flags, random_bits)


def binary(
    op: Literal["add", "sub", "mul", "div"],
    first: Fixed,
    operands: tuple[Any, Any],
    other: Fixed | Format | str | None,
    *,
    to: Fixed | Format | str | None = None,
    **how: Any,
) -> Any:
    """``first`` op ``other``."""
    second = first if other is None else named(other)
    result = _natural(op, first, second) if to is None else to
    return apply_fixed(op, operands, (first, second), to=result, **how)


def named(type_: Fixed | Format | str) -> Fixed | Format:
    """The fixed-point type or float format that an argument means."""
    from numfmt.integers.fixed import Fixed

    if isinstance(type_, str) and type_.lower().startswith(("fixed", "ufixed")):
        return Fixed.parse(type_)
    if not isinstance(type_, Fixed | Format | str):
        raise TypeError(f"{type_!r} is no type: must be a numfmt.Fixed, a numfmt.Format or the name of one")
    return type_ if isinstance(type_, Fixed) else formats.format(type_)


def _natural(op: str, first: Fixed, second: Fixed | Format) -> Fixed:
    """The type that holds every result, or nearly so for quotients."""
    if isinstance(second, Format):
        raise ValueError(f"to is missing: {op} of {first} and {second} has no fixed-point type that holds all results")
    try:
        natural: Fixed = getattr(first, f"{op}_type")(second)
    except ValueError:
        raise ValueError(f"to is missing: {op} of {first} and {second} has results of more than 128 bits") from None
    return natural


def _check_reach(op: str, types: Sequence[Fixed | Format], to: Fixed | Format, overflow: str) -> None:
    """Refuses results with more bits above the unit of their type than C keeps above the sticky one."""
    wide = [one for one in types if not isinstance(one, Format) and one.width > 64]
    if wide and op != "convert":
        raise ValueError(f"{wide[0]} has {wide[0].width} bits: operands of {op} have at most 64")
    if isinstance(to, Format) or op == "convert" or (overflow != "wrap" and to.width <= _EXACT_BITS):
        return
    fixed = [one for one in types if not isinstance(one, Format)]
    if len(fixed) < len(types):
        why = "wraps" if overflow == "wrap" else f"has more than {_EXACT_BITS} bits"
        given = ", ".join(map(str, types))
        raise ValueError(f"{to} {why}, and {given} are not all fixed-point: low bits of large results would be missing")
    top = _TOPS[op](*fixed)
    fits = top + max(one.frac_bits for one in fixed) <= 128
    is_exact = op == "mul" or (op in ("add", "sub") and fits)
    if not is_exact and top + to.frac_bits > _EXACT_BITS:
        raise ValueError(f"{op} of {', '.join(map(str, types))} into {to} takes more than {_EXACT_BITS} bits")


#: Bits that the integer part of a result may have, by operation.
_TOPS: dict[str, Callable[..., int]] = {
    "convert": lambda a: a.int_bits,
    "add": lambda a, b: max(a.int_bits, b.int_bits) + 1,
    "sub": lambda a, b: max(a.int_bits, b.int_bits) + 1,
    "mul": lambda a, b: a.int_bits + b.int_bits,
    "div": lambda a, b: a.int_bits + b.frac_bits + 1,
    "remainder": lambda a, b: max(a.int_bits, b.int_bits),
    "fmod": lambda a, b: max(a.int_bits, b.int_bits),
    "sqrt": lambda a: max(a.int_bits, 1),
    "recip": lambda a: a.frac_bits + 1,
    "rsqrt": lambda a: max(a.frac_bits, 1),
    "fma": lambda a, b, c: max(a.int_bits + b.int_bits, c.int_bits) + 1,
    "faa": lambda a, b, c: max(a.int_bits, b.int_bits, c.int_bits) + 2,
}


@functools.lru_cache(maxsize=256)
def struct(type_: Fixed | Format) -> Any:
    """A type as C takes it."""
    if isinstance(type_, Format):
        return formats.struct(type_)
    return _bind.int_struct(type_.width, signed=type_.signed, frac_bits=type_.frac_bits)
