# SPDX-License-Identifier: BSD-3-Clause
"""Every operation on codes by its definition: `result` gives (code, flags) under one environment.

`Outcome` keeps the expensive part, the bracket of one exact result in one destination, for all environments.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

import oracle_bits
import oracle_compare
from oracle import (
    DIVIDE_BY_ZERO,
    INEXACT,
    INVALID,
    Bracket,
    Case,
    EnvLike,
    Fmt,
    FormatLike,
    Value,
    canonical_nan,
    daz_operand,
    decode,
    goes_up,
)
from oracle_compare import PREDICATES
from oracle_exact import RULES, Exact, Nan, Number, exact, is_nan, nan_result, scaled_by
from oracle_format import layout
from oracle_nan import nan_outcome
from oracle_select import SELECTIONS, selected

DAZ_NAMES = ("a", "b", "c")


@dataclass(frozen=True)
class IntType:
    """An integer operand or result: int32, uint8, any width 1 to 64; codes are two's complement."""

    width: int
    is_signed: bool

    @property
    def lowest(self) -> int:
        return -(1 << self.width - 1) if self.is_signed else 0

    @property
    def highest(self) -> int:
        return (1 << self.width - self.is_signed) - 1

    def code(self, number: int) -> int:
        return number % (1 << self.width)

    def number(self, code: int) -> int:
        return code - (1 << self.width) if self.is_signed and code >> self.width - 1 else code


def int_type(name: str) -> IntType:
    """The type that a name like int32 or uint8 means."""
    return IntType(int(name.removeprefix("u").removeprefix("int")), not name.startswith("u"))


Type = FormatLike | IntType


@dataclass(frozen=True)
class OpRow:
    """Operand kinds (f float, i integer), kind of result, and whether DAZ applies to the operands."""

    operands: str
    result: str
    reads_daz: bool = True


def _table() -> dict[str, OpRow]:
    rows = dict.fromkeys(("add", "sub", "mul", "div", "remainder", "fmod", *SELECTIONS), OpRow("ff", "float"))
    rows |= dict.fromkeys(("convert", "sqrt", "recip", "rsqrt", "logb"), OpRow("f", "float"))
    rows |= dict.fromkeys(("round_to_integral", "round_to_integral_not_exact"), OpRow("f", "float"))
    rows |= dict.fromkeys(("fma", "faa"), OpRow("fff", "float"))
    rows |= {"scaleb": OpRow("fi", "float"), "from_int": OpRow("i", "float")}
    rows |= dict.fromkeys(("negate", "absolute", "next_up", "next_down"), OpRow("f", "float", reads_daz=False))
    rows |= {"copysign": OpRow("ff", "float", reads_daz=False)}
    rows |= dict.fromkeys(("to_int", "to_int_not_exact"), OpRow("f", "int"))
    rows |= dict.fromkeys(PREDICATES, OpRow("ff", "bool"))
    rows |= dict.fromkeys(("total_order", "total_order_mag"), OpRow("ff", "bool", reads_daz=False))
    rows |= dict.fromkeys(oracle_bits.TESTS, OpRow("f", "bool", reads_daz=False))
    return rows | {"classify": OpRow("f", "class", reads_daz=False)}


OPS: dict[str, OpRow] = _table()


def narrowed(fmt: FormatLike, precision: int) -> Fmt:
    """The format with fewer significand bits and the same exponent field (rounding_precision)."""
    return Fmt(
        width=fmt.width - fmt.precision + precision, precision=precision, bias=fmt.bias, is_signed=fmt.is_signed,
        has_inf=fmt.has_inf, has_zero=fmt.has_zero, has_neg_zero=fmt.has_neg_zero, exp0=fmt.exp0, n_high_nans="all",
        has_quiet_bit=fmt.has_quiet_bit and precision >= 2, explicit_leading_bit=fmt.explicit_leading_bit,
    )  # fmt: skip


@dataclass(frozen=True)
class _NarrowEnv:
    """An environment as the narrowed format sees it, whose width is not the one that ftz looks at."""

    rounding: str
    overflow: str | None
    tininess: str
    nan: str
    nan_substitute: str
    ftz: str
    daz: bool = False
    flush_except_width: int | None = None
    random_bits_count: int = 0


class Outcome:
    """One exact result on its way into one format; brackets once for all environments."""

    def __init__(self, to: FormatLike, result: Exact) -> None:
        self.to, self.exact = to, result
        self._cases: dict[tuple[int, int], Case] = {}

    def case(self, sign: int, precision: int) -> Case:
        if (sign, precision) not in self._cases:
            assert isinstance(self.exact, Number)
            value = self.exact.value
            value = replace(value, sign=sign) if value.sign != sign else value
            fmt = self.to if precision == self.to.precision else narrowed(self.to, precision)
            self._cases[sign, precision] = Case(fmt, value)
        return self._cases[sign, precision]

    def under(self, env: EnvLike, r: int = 0) -> tuple[int, int]:
        """(code, flags)."""
        if isinstance(self.exact, Nan):
            return nan_outcome(self.exact, self.to, env)
        sign = int(env.rounding == "toward_negative") if self.exact.cancelled else self.exact.value.sign
        precision = getattr(env, "rounding_precision", None) or self.to.precision
        case = self.case(sign, precision)
        if precision == self.to.precision:
            code, flags = case.outcome(env, r)
        else:
            code, flags = self._widened(case, env, r)
        return code, DIVIDE_BY_ZERO if self.exact.divide_by_zero else flags

    def _widened(self, case: Case, env: EnvLike, r: int) -> tuple[int, int]:
        """The outcome in the narrowed format, as a code of the full one."""
        ftz = "off" if env.flush_except_width == self.to.width else env.ftz
        n = int(getattr(env, "random_bits_count", 0))
        narrow_env = _NarrowEnv(
            env.rounding, env.overflow, env.tininess, env.nan, env.nan_substitute, ftz, random_bits_count=n
        )
        code, flags = case.outcome(narrow_env, r)
        value = decode(case.layout.fmt, code)
        lay = layout(self.to)
        if is_nan(value):
            return canonical_nan(lay, env), flags
        if value.kind == "inf":
            return lay.inf_code(value.sign), flags
        return lay.code(value.sign, lay.value_ordinal(value.magnitude)), flags


@lru_cache(maxsize=1 << 16)
def rounded(to: FormatLike, found: Exact) -> Outcome:
    """The outcome of an exact result, bracketed once."""
    return Outcome(to, found)


def integer(value: Value, env: EnvLike, r: int) -> int:
    """A zero or finite value rounded to an integer, parity the integer's (SEMANTICS 2)."""
    floor = value.magnitude.numerator // value.magnitude.denominator
    bracket = Bracket(Fraction(floor), Fraction(floor + 1), value.magnitude - floor, floor % 2 == 0)
    magnitude = floor + goes_up(bracket, env, value.sign, r)
    return -magnitude if value.sign else magnitude


def round_to_integral(value: Value, to: FormatLike, env: EnvLike, r: int, *, exact_flag: bool) -> tuple[int, int]:
    nan = nan_result("round_to_integral", [value])
    if nan or value.kind != "finite":
        return rounded(to, nan or Number(value)).under(env, r)
    n = integer(value, env, r)
    step = Value("finite", value.sign, Fraction(abs(n))) if n else Value("zero", value.sign)
    code, flags = rounded(to, Number(step)).under(env, r)
    return code, flags | (INEXACT if exact_flag and abs(n) != value.magnitude else 0)


def to_int(value: Value, to: IntType, env: EnvLike, r: int, *, exact_flag: bool) -> tuple[int, int]:
    """SEMANTICS 7."""
    if is_nan(value) or value.kind == "inf":
        return to.code(_invalid_integer(value, None, to, env)), INVALID
    n = integer(value, env, r)
    if not to.lowest <= n <= to.highest:
        return to.code(_invalid_integer(value, n, to, env)), INVALID
    return to.code(n), INEXACT if exact_flag and abs(n) != value.magnitude else 0


def _invalid_integer(value: Value, n: int | None, to: IntType, env: EnvLike) -> int:
    """What stands for a NaN, an Inf, or an integer n out of range."""
    chosen = getattr(env, "int_overflow", "saturate")
    nearest = to.lowest if value.sign else to.highest
    match chosen:
        case "saturate" | "arm":
            return 0 if is_nan(value) else nearest
        case "riscv":
            return to.highest if is_nan(value) else nearest
        case "x86_indefinite":
            return to.lowest if to.is_signed else to.highest
        case "wrap":
            return n or 0
        case _:
            raise ValueError(f"int_overflow={chosen!r}")


def read(op: str, types: Sequence[Type], codes: Sequence[int], env: EnvLike) -> list[Value]:
    """The operands' values, after DAZ where the operation applies it; an integer operand is its number."""
    values: list[Value] = []
    for kind, code, name in zip(types, codes, DAZ_NAMES[: len(codes)], strict=True):
        if isinstance(kind, IntType):
            n = kind.number(code)
            values.append(Value("finite", int(n < 0), Fraction(abs(n))) if n else Value("zero"))
        else:
            value = oracle_bits.decode(kind, code)
            values.append(daz_operand(kind, value, env, name) if OPS[op].reads_daz else value)
    return values


def result(
    op: str, types: Sequence[Type], to: Type | None, codes: Sequence[int], env: EnvLike, r: int = 0
) -> tuple[int, int]:
    """(code, integer in two's complement, truth value or class; flags) of one operation."""
    if OPS[op].result in ("bool", "class"):
        return _decided(op, types, codes, env)
    if op in oracle_bits.MOVES:
        return _moved(op, types, codes, env)
    values = read(op, types, codes, env)
    if isinstance(to, IntType):
        return to_int(values[0], to, env, r, exact_flag=op == "to_int")
    assert to is not None
    if op in SELECTIONS:
        return _selected(op, types, to, codes, values, env, r)
    if op.startswith("round_to_integral"):
        return round_to_integral(values[0], to, env, r, exact_flag=op == "round_to_integral")
    return rounded(to, _exact(op, types, to, codes, values)).under(env, r)


def _exact(op: str, types: Sequence[Type], to: FormatLike, codes: Sequence[int], values: Sequence[Value]) -> Exact:
    """The exact result of an operation that has one whatever the environment."""
    if op != "scaleb":
        return exact(op, values, to)
    kind = types[1]
    assert isinstance(kind, IntType)
    return nan_result(op, values[:1]) or scaled_by(values[0], kind.number(codes[1]), to)


class Question:
    """`result` of one operation on one tuple of codes under many environments; what they share is found once."""

    def __init__(self, op: str, types: Sequence[Type], to: Type | None, codes: Sequence[int]) -> None:
        self.op, self.types, self.to, self.codes = op, types, to, codes
        self._read: dict[object, tuple[list[Value], Outcome | None]] = {}

    def _known(self, env: EnvLike) -> tuple[list[Value], Outcome | None]:
        """The operands' values, and the outcome where the exact result depends on nothing else."""
        daz = env.daz if isinstance(env.daz, bool) else frozenset(env.daz)
        key = (daz, env.flush_except_width if daz else None)
        if key not in self._read:
            values = read(self.op, self.types, self.codes, env)
            outcome = None
            if (self.op in RULES or self.op == "scaleb") and not isinstance(self.to, IntType):
                assert self.to is not None
                outcome = Outcome(self.to, _exact(self.op, self.types, self.to, self.codes, values))
            self._read[key] = values, outcome
        return self._read[key]

    def under(self, env: EnvLike, r: int = 0) -> tuple[int, int]:
        """As `result`."""
        if OPS[self.op].result in ("bool", "class") or self.op in (*oracle_bits.MOVES, *SELECTIONS):
            return result(self.op, self.types, self.to, self.codes, env, r)
        values, outcome = self._known(env)
        if outcome is not None:
            return outcome.under(env, r)
        if isinstance(self.to, IntType):
            return to_int(values[0], self.to, env, r, exact_flag=self.op == "to_int")
        assert self.to is not None
        return round_to_integral(values[0], self.to, env, r, exact_flag=self.op == "round_to_integral")


def _floats(types: Sequence[Type]) -> list[FormatLike]:
    return [kind for kind in types if not isinstance(kind, IntType)]


def _decided(op: str, types: Sequence[Type], codes: Sequence[int], env: EnvLike) -> tuple[int, int]:
    """Predicates and the class of an operand."""
    fmts = _floats(types)
    if op in PREDICATES:
        a, b = read(op, types, codes, env)
        return oracle_compare.decided(op, a, b)
    if op == "classify":
        return oracle_bits.classify(fmts[0], codes[0]), 0
    if op in oracle_bits.TESTS:
        return int(oracle_bits.TESTS[op](fmts[0], codes[0])), 0
    keys = [oracle_compare.order_key(fmts[0], code, magnitude=op == "total_order_mag") for code in codes]
    return int(keys[0] <= keys[1]), 0


def _moved(op: str, types: Sequence[Type], codes: Sequence[int], env: EnvLike) -> tuple[int, int]:
    """Sign operations and neighbours."""
    fmts = _floats(types)
    if op == "copysign":
        return oracle_bits.copysign(fmts[0], codes[0], decode(fmts[1], codes[1]).sign), 0
    if op in ("negate", "absolute"):
        flip = oracle_bits.decode(fmts[0], codes[0]).sign ^ 1 if op == "negate" else 0
        return oracle_bits.copysign(fmts[0], codes[0], flip), 0
    nan = nan_result(op, [oracle_bits.decode(fmts[0], codes[0])])
    if nan:
        return nan_outcome(nan, fmts[0], env)
    return oracle_bits.neighbour(fmts[0], codes[0], up=op == "next_up"), 0


def _selected(
    op: str, types: Sequence[Type], to: FormatLike, codes: Sequence[int], values: Sequence[Value], env: EnvLike, r: int
) -> tuple[int, int]:
    """Minima and maxima: the operand's code as it is, or converted; flags of a signalling NaN either way."""
    fmts = _floats(types)
    which = selected(op, values[0], values[1])
    invalid = INVALID if "snan" in (values[0].kind, values[1].kind) else 0
    if which is None:
        nan = nan_result(op, values)
        assert nan is not None
        return nan_outcome(nan, to, env)
    code, flags = as_it_is(fmts[which], to, codes[which], values[which], env, r)
    return code, invalid or flags


def as_it_is(fmt: FormatLike, to: FormatLike, code: int, value: Value, env: EnvLike, r: int = 0) -> tuple[int, int]:
    """An operand delivered: its own code if the formats agree (the zero if DAZ made it one), else converted."""
    if layout(fmt) != layout(to):
        return rounded(to, Number(value)).under(env, r)
    flushed = value.kind == "zero" and decode(fmt, code).kind != "zero"
    return layout(fmt).zero_code(value.sign) if flushed else code, 0
