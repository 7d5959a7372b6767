# SPDX-License-Identifier: BSD-3-Clause
"""The rational oracle with classic faults built in, as a device under test may have them.

Each `Mutation` is a way to compute one vector, (code, flags), by the oracle's definitions but for one mistake, and
names the fault of `numfmt.faults` that it is. Nothing here is shared with the library.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import oracle_bits
from oracle import (
    DIVIDE_BY_ZERO,
    HALF,
    INEXACT,
    INVALID,
    UNDERFLOW,
    Bracket,
    Case,
    EnvLike,
    FormatLike,
    Value,
    canonical_nan,
    decode,
    goes_up,
)
from oracle_compare import PREDICATES
from oracle_exact import Exact, Nan, Number, exact, is_nan, nan_result, scaled_by
from oracle_format import floor_log2, layout, pow2
from oracle_nan import nan_outcome
from oracle_ops import IntType, Type, integer, read, result

Outcome = tuple[int, int]
#: (op, operands' types, result's type, codes, environment, random bits)
Run = Callable[[str, Sequence[Type], Type | None, Sequence[int], EnvLike, int], Outcome]


@dataclass(frozen=True)
class Mutation:
    """A fault by its name in numfmt.faults, where it can show, and the reference that has it."""

    fault: str
    ops: tuple[str, ...]
    run: Run
    env: dict[str, object] = field(default_factory=dict)
    formats: tuple[str, ...] = ("binary16", "e4m3fn")
    name: str = ""

    def __str__(self) -> str:
        return self.name or self.fault


def unrounded(op: str, types: Sequence[Type], to: Type | None, codes: Sequence[int], env: EnvLike) -> Exact:
    """The exact result."""
    assert to is not None and not isinstance(to, IntType)
    values = read(op, types, codes, env)
    if op != "scaleb":
        return exact(op, values, to)
    kind = types[1]
    assert isinstance(kind, IntType)
    return nan_result(op, values[:1]) or scaled_by(values[0], kind.number(codes[1]), to)


def delivered(found: Exact, to: Type | None, env: EnvLike, r: int, case: type[Case] = Case) -> Outcome:
    """Rounded by a Case that may be faulty."""
    assert to is not None and not isinstance(to, IntType)
    if isinstance(found, Nan):
        return nan_outcome(found, to, env)
    sign = int(env.rounding == "toward_negative") if found.cancelled else found.value.sign
    code, flags = case(to, replace(found.value, sign=sign)).outcome(env, r)
    return code, DIVIDE_BY_ZERO if found.divide_by_zero else flags


def by_case(case: type[Case]) -> Run:
    return lambda op, types, to, codes, env, r: delivered(unrounded(op, types, to, codes, env), to, env, r, case)


def by_magnitude(change: Callable[[FormatLike, Fraction], Fraction]) -> Run:
    """With another finite exact magnitude."""

    def run(op: str, types: Sequence[Type], to: Type | None, codes: Sequence[int], env: EnvLike, r: int) -> Outcome:
        found = unrounded(op, types, to, codes, env)
        if isinstance(found, Number) and found.value.kind == "finite":
            assert to is not None and not isinstance(to, IntType)
            size = change(to, found.value.magnitude)
            value = Value("finite", found.value.sign, size) if size else Value("zero", found.value.sign)
            found = replace(found, value=value)
        return delivered(found, to, env, r)

    return run


def by_env(**fields: object) -> Run:
    """The oracle in another environment."""
    return lambda op, types, to, codes, env, r: result(op, types, to, codes, replace(env, **fields), r)  # type: ignore[type-var]


def by_outcome(change: Callable[[str, Sequence[Type], Type | None, Sequence[int], Outcome], Outcome]) -> Run:
    """The right outcome, spoilt."""
    return lambda op, types, to, codes, env, r: change(op, types, to, codes, result(op, types, to, codes, env, r))


def by_op(rename: Callable[[str], str]) -> Run:
    return lambda op, types, to, codes, env, r: result(rename(op), types, to, codes, env, r)


class OtherTininess(Case):
    """Tininess before rounding for after, and the other way round."""

    def _tiny(self, env: EnvLike, *, tiny_after: bool) -> bool:
        return self.tiny_before if env.tininess == "after" else tiny_after


class Flushing(Case):
    """Results that are tiny after rounding become zero."""

    def _finite(self, env: EnvLike, r: int) -> Outcome:
        if self.tiny_after[goes_up(self.free, env, self.value.sign, r)]:
            return self.layout.zero_code(self.value.sign), UNDERFLOW | INEXACT
        return super()._finite(env, r)


class TiesDown(Case):
    """A tie is less than half."""

    def __init__(self, dst: FormatLike, value: Value) -> None:
        super().__init__(dst, value)
        if value.kind == "finite":
            self.grid, self.free = below_half(self.grid), below_half(self.free)


def below_half(bracket: Bracket) -> Bracket:
    return replace(bracket, nu=HALF - pow2(-40)) if bracket.nu == HALF else bracket


class CarryLost(Case):
    """Rounding up to a power of two leaves the exponent as it was."""

    def _finite(self, env: EnvLike, r: int) -> Outcome:
        code, flags = super()._finite(env, r)
        lay, up = self.layout, goes_up(self.grid, env, self.value.sign, r)
        ordinal, step = self.ordinals[1], 1 << self.layout.frac_bits
        if up and self.inexact[1] and ordinal <= lay.max_ordinal and ordinal % step == 0 and ordinal > step:
            code = lay.code(self.value.sign, ordinal - step)
        return code, flags


class Wrapping(Case):
    """The exponent wraps round, and overflow is not seen."""

    def _beyond_max(self, env: EnvLike) -> Outcome:
        if self.value.kind == "inf":
            return super()._beyond_max(env)
        up = goes_up(self.grid, env, self.value.sign, 0)
        bits = self.ordinals[up] & (1 << self.layout.fmt.width - 1) - 1
        return bits | self.value.sign << self.layout.fmt.width - 1, INEXACT if self.inexact[up] else 0


def only_guard(fmt: FormatLike, size: Fraction) -> Fraction:
    """What lies below the first dropped bit is lost."""
    unit = pow2(max(floor_log2(size), layout(fmt).emin) - fmt.precision)
    return size // unit * unit


def a_little_more(fmt: FormatLike, size: Fraction) -> Fraction:
    """The sticky bit is always set."""
    return size + pow2(min(floor_log2(size), layout(fmt).emin) - fmt.precision - 80)


def subnormal_twice(fmt: FormatLike, size: Fraction) -> Fraction:
    """A subnormal result is shifted by one place too few."""
    return 2 * size if size < pow2(layout(fmt).emin) else size


def twice_rounded(more: int) -> Run:
    """To so many bits more, to nearest even, and then again; inexact of both."""

    def run(op: str, types: Sequence[Type], to: Type | None, codes: Sequence[int], env: EnvLike, r: int) -> Outcome:
        found = unrounded(op, types, to, codes, env)
        if not isinstance(found, Number) or found.value.kind != "finite":
            return delivered(found, to, env, r)
        assert to is not None and not isinstance(to, IntType)
        size = found.value.magnitude
        unit = pow2(floor_log2(size) - to.precision - more + 1)
        first = round(size / unit) * unit
        code, flags = delivered(replace(found, value=Value("finite", found.value.sign, first)), to, env, r)
        return code, flags | (INEXACT if first != size else 0)

    return run


def unfused(op: str, types: Sequence[Type], to: Type | None, codes: Sequence[int], env: EnvLike, r: int) -> Outcome:
    """mul, then add."""
    assert to is not None
    product, first = result("mul", types[:2], to, codes[:2], env, r)
    code, then = result("add", [to, types[2]], to, [product, codes[2]], env, r)
    return code, first | then


def short_alignment(
    op: str, types: Sequence[Type], to: Type | None, codes: Sequence[int], env: EnvLike, r: int
) -> Outcome:
    """Addends lose what lies more than three places below the last bit of the largest one."""
    assert to is not None and not isinstance(to, IntType)
    values = read(op, types, codes, env)
    sizes = [value.magnitude for value in values if value.kind == "finite"]
    if len(sizes) < len(values):
        return delivered(exact(op, values, to), to, env, r)
    unit = pow2(max(map(floor_log2, sizes)) - to.precision + 1 - 3)
    cut = [replace(value, magnitude=value.magnitude // unit * unit) for value in values]
    cut = [value if value.magnitude else Value("zero", value.sign) for value in cut]
    return delivered(exact(op, cut, to), to, env, r)


def other_zero(op: str, types: Sequence[Type], to: Type | None, codes: Sequence[int], env: EnvLike, r: int) -> Outcome:
    """Exact cancellation gives the other zero."""
    found = unrounded(op, types, to, codes, env)
    if isinstance(found, Number) and found.cancelled:
        sign = int(env.rounding != "toward_negative")
        found = Number(Value("zero", sign))
    return delivered(found, to, env, r)


def swapped(op: str, types: Sequence[Type], to: Type | None, codes: Sequence[int], env: EnvLike, r: int) -> Outcome:
    return result(op, types[::-1], to, codes[::-1], env, r)


def plus_zero(op: str, types: Sequence[Type], to: Type | None, codes: Sequence[int], right: Outcome) -> Outcome:
    """-0 becomes +0."""
    assert to is not None and not isinstance(to, IntType)
    return (0 if right[0] == layout(to).zero_code(1) else right[0]), right[1]


def first_signaling(op: str, types: Sequence[Type], to: Type | None, codes: Sequence[int], right: Outcome) -> Outcome:
    """A signalling operand comes out as it went in."""
    for kind, code in zip(types, codes, strict=True):
        if not isinstance(kind, IntType) and decode(kind, code).kind == "snan":
            return code, right[1]
    return right


def kinds(types: Sequence[Type], codes: Sequence[int]) -> list[str]:
    pairs = zip(types, codes, strict=True)
    return ["int" if isinstance(kind, IntType) else decode(kind, code).kind for kind, code in pairs]


def without(flags: int, when: int) -> Run:
    """Some flags are cleared where ``when`` is raised."""

    def change(op: str, types: Sequence[Type], to: Type | None, codes: Sequence[int], right: Outcome) -> Outcome:
        return right[0], right[1] & ~flags if right[1] & when else right[1]

    return by_outcome(change)


def invalid_as_divide(op: str, types: Sequence[Type], to: Type | None, codes: Sequence[int], right: Outcome) -> Outcome:
    return right[0], INVALID if right[1] == DIVIDE_BY_ZERO else right[1]


def no_invalid_of_signaling(
    op: str, types: Sequence[Type], to: Type | None, codes: Sequence[int], right: Outcome
) -> Outcome:
    return right[0], right[1] & ~INVALID if "snan" in kinds(types, codes) else right[1]


def invalid_of_signaling(
    op: str, types: Sequence[Type], to: Type | None, codes: Sequence[int], right: Outcome
) -> Outcome:
    return right[0], right[1] | INVALID if "snan" in kinds(types, codes) else right[1]


def exact_underflow(
    op: str, types: Sequence[Type], to: Type | None, codes: Sequence[int], env: EnvLike, r: int
) -> Outcome:
    """Tiny results raise underflow when exact too."""
    found = unrounded(op, types, to, codes, env)
    code, flags = delivered(found, to, env, r)
    assert to is not None and not isinstance(to, IntType)
    tiny = isinstance(found, Number) and 0 < found.value.magnitude < layout(to).smallest_normal
    return code, UNDERFLOW if tiny and not flags else flags


def nan_is_true(op: str, types: Sequence[Type], to: Type | None, codes: Sequence[int], right: Outcome) -> Outcome:
    """A comparison with a NaN has the other answer."""
    return (right[0] ^ any(kind.endswith("nan") for kind in kinds(types, codes))), right[1]


def zeros_unequal(op: str, types: Sequence[Type], to: Type | None, codes: Sequence[int], right: Outcome) -> Outcome:
    """-0 is below +0."""
    if kinds(types, codes) != ["zero", "zero"] or codes[0] == codes[1]:
        return right
    return int(("<" if codes[0] > codes[1] else ">") in PREDICATES[op][0]), right[1]


def first_of_zeros(op: str, types: Sequence[Type], to: Type | None, codes: Sequence[int], right: Outcome) -> Outcome:
    return (codes[0] if kinds(types, codes) == ["zero", "zero"] else right[0]), right[1]


def select_2008(name: str) -> str:
    return f"{name[:3]}_num{'_mag' if 'mag' in name else ''}"


def truncated_range(
    op: str, types: Sequence[Type], to: Type | None, codes: Sequence[int], env: EnvLike, r: int
) -> Outcome:
    """The integer's range is checked before rounding."""
    assert isinstance(to, IntType)
    value = read(op, types, codes, env)[0]
    code, flags = result(op, types, to, codes, env, r)
    if value.kind == "finite" and flags == INVALID:
        cut = int(value.magnitude) * (-1 if value.sign else 1)
        if to.lowest <= cut <= to.highest:
            return to.code(integer(value, env, r)), INEXACT if op == "to_int" else 0
    return code, flags


def stuck_next(op: str, types: Sequence[Type], to: Type | None, codes: Sequence[int], right: Outcome) -> Outcome:
    """Away from zero the fraction wraps and the exponent stays."""
    fmt = types[0]
    assert not isinstance(fmt, IntType)
    lay, was, now = layout(fmt), decode(fmt, codes[0]), decode(fmt, right[0])
    if was.kind != "finite" or now.kind != "finite" or now.magnitude < was.magnitude:
        return right
    ordinal, step = lay.value_ordinal(now.magnitude), 1 << lay.frac_bits
    return (lay.code(now.sign, ordinal - step) if ordinal % step == 0 and ordinal > step else right[0]), right[1]


def sign_xor(op: str, types: Sequence[Type], to: Type | None, codes: Sequence[int], right: Outcome) -> Outcome:
    """negate for absolute, absolute for negate, the xor of both signs for copysign."""
    fmt = types[0]
    assert not isinstance(fmt, IntType)
    sign = oracle_bits.decode(fmt, codes[0]).sign
    wanted = {"negate": 0, "absolute": 1 - sign}.get(op)
    if wanted is None:
        wanted = sign ^ codes[-1] >> fmt.width - 1
    return oracle_bits.copysign(fmt, codes[0], wanted), right[1]


def nan_canonical(op: str, types: Sequence[Type], to: Type | None, codes: Sequence[int], right: Outcome) -> Outcome:
    """Every NaN is the canonical one of a format with a quiet bit, positive."""
    assert to is not None and not isinstance(to, IntType)
    is_a_nan = is_nan(decode(to, right[0]))
    return (canonical_nan(layout(to), _PLAIN) if is_a_nan else right[0]), right[1]


@dataclass(frozen=True)
class _Plain:
    nan: str = "canonical"


_PLAIN: EnvLike = _Plain()  # type: ignore[assignment]


def answers(**wrong: Callable[[str], bool]) -> Run:
    """op=test: the answer 1 for a kind of operand that the test names."""

    def change(op: str, types: Sequence[Type], to: Type | None, codes: Sequence[int], right: Outcome) -> Outcome:
        return int(bool(right[0]) or wrong[op](kinds(types, codes)[0])), right[1]

    return by_outcome(change)
