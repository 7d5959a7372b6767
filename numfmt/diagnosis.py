# SPDX-License-Identifier: BSD-3-Clause
"""Why a result is what it is, and, where a device delivered another, which bug would deliver that."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from numfmt import codes, formats, modes, ops, printing
from numfmt.exactness import Unrounded
from numfmt.formats import Format
from numfmt.inttypes import IntType
from numfmt.modes import Env, Flags
from numfmt.ops import FormatArgument, Op, Type

if TYPE_CHECKING:
    from numfmt.faults.suspicion import Ranked, Suspect
    from numfmt.jobs import Job
    from numfmt.position import Beside, Position
    from numfmt.reasons import Reason

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivered:
    """A code, its value, and its flags; for an integer, a truth value or a class the code is in two's complement."""

    code: int
    text: str  # the code in hexadecimal
    value: Fraction | float | bool  # an int for an integer
    flags: Flags | None  # None: not known

    def as_dict(self) -> dict[str, Any]:
        flags = None if self.flags is None else _flag_names(self.flags)
        return {"code": self.text, "value": _text(self.value), "flags": flags}


@dataclass(frozen=True, kw_only=True, slots=True)
class Diagnosis:
    """One result of one operation, explained; see ``explain``."""

    op: str
    formula: str
    source: str  # the document that defines the operation
    formats: tuple[Type, ...]
    to: Type | None
    env: Env
    operands: tuple[Delivered, ...]  # as they are, without flags
    exact: Unrounded  # Fraction, float (-0.0, inf, nan), Root, None: too far out, or an operation that does not round
    exact_text: str
    result: Delivered
    position: Position | None  # None: nothing finite is rounded
    tiny_before: bool
    tiny_after: bool | None  # None: random bits decide
    below: Beside | None
    above: Beside | None
    reasons: tuple[Reason, ...]
    got: Delivered | None
    suspects: tuple[Suspect, ...]  # best first; empty if nothing was got, or what is right

    @property
    def is_wrong(self) -> bool:
        """Did the device deliver something else?"""
        got = self.got
        return got is not None and (got.code != self.result.code or got.flags not in (None, self.result.flags))

    def as_dict(self) -> dict[str, Any]:
        """Everything, ready for JSON: codes as hexadecimal text, exact numbers as decimals or fractions in text."""
        return {
            "op": self.op,
            "formula": self.formula,
            "source": self.source,
            "formats": [str(one) for one in self.formats],
            "to": None if self.to is None else str(self.to),
            "env": _changed(self.env),
            "operands": [{"code": one.text, "value": _text(one.value)} for one in self.operands],
            "exact": self.exact_text,
            "result": self.result.as_dict(),
            "position": None if self.position is None else self.position.as_dict(),
            "tiny_before": self.tiny_before,
            "tiny_after": self.tiny_after,
            "below": _beside(self.to, self.below),
            "above": _beside(self.to, self.above),
            "reasons": [dataclasses.asdict(one) for one in self.reasons],
            "got": None if self.got is None else self.got.as_dict(),
            "suspects": [dataclasses.asdict(one) for one in self.suspects],
        }


def explain(
    op: str,
    operands: Sequence[Any],
    fmt: FormatArgument,
    *,
    to: Type | str | None = None,
    env: Env | None = None,
    got: Any = None,
    got_flags: int | None = None,
    random_bits: int | None = None,
) -> Diagnosis:
    """One result of one operation: its exact value, how that was rounded, why each flag is raised or is not, and the
    bugs that would deliver what a device delivered instead.

    op, operands, fmt, to, env
        As for ``apply``, but single codes (integers for integer operands): one vector.
    got, got_flags
        What the device delivered: a code (an integer, a truth value, a class), and its flags as ``Flags`` has them;
        None: not known.  ``suspects`` are the faults of ``numfmt.faults.FAULTS`` that deliver the same, those that
        explain the flags too first, then those that happen in few vectors.
    random_bits
        R of a stochastic rounding.

    Raises TypeError and ValueError as ``apply`` does, and for arrays.
    """
    from numfmt import examination
    from numfmt.columns import Column
    from numfmt.jobs import Job

    row, env = ops.operation(op), modes.resolve(env)
    _check(row, operands, fmt, to)
    types = ops.operand_types(row, fmt)
    result = ops.result_type(row, types, to)
    plain = "" if result is not None else row.result
    job = Job(op=row, operands=tuple(map(Column, types)), result=Column(result, plain=plain), env=env)
    given = [_array(name, one, type_) for name, one, type_ in zip("abc", operands, types, strict=False)]
    code = None if got is None else _got(got, result, row)
    if code is None and got_flags is not None:
        raise ValueError("got_flags is given without got: a device that delivers flags delivers a result")
    return examination.diagnose(job, given, random_bits, code, _checked_flags(got_flags))


def suspects(
    job: Job, operands: Sequence[Array], random: Array | None, got: Array, got_flags: Array | None = None
) -> list[list[str]]:
    """For each vector the names of the faults that explain it, best first; none where it is right.

    job, operands, random
        As ``Job.outcomes`` takes them: arrays of codes, of one dimension.
    got, got_flags
        What the device delivered: words of the result's column; uint8, None: it has no flags.
    """
    from numfmt.faults import suspicion

    return suspicion.suspects(job, operands, random, got, got_flags)


def rank(
    job: Job,
    operands: Sequence[Array],
    random: Array | None,
    got: Array,
    got_flags: Array | None = None,
    count: int | None = 3,
) -> list[Ranked]:
    """The faults that explain a run best: most of the wrong vectors, and fewest right ones contradicted.

    Arguments as for ``suspects``, all vectors of the run, right ones too; for a run in blocks there is
    ``numfmt.faults.suspicion.Ranking``.
    """
    from numfmt.faults import suspicion

    return suspicion.rank(job, operands, random, got, got_flags, count)


def _check(row: Op, operands: Any, fmt: Any, to: Any) -> None:
    """Raises TypeError and ValueError for what cannot be operands, their formats or a result's."""
    count, type_ = len(row.operands), str | Format | IntType
    one = np.ndim(operands) == 0 if isinstance(operands, np.ndarray) else not isinstance(operands, Sequence)
    if one or isinstance(operands, str | bytes):
        raise TypeError(f"operands is {_shown(operands)}: must be a list or a tuple of {count} codes")
    if len(operands) != count:
        raise ValueError(f"operands has {len(operands)} elements: {row.name} takes {count}")
    if not isinstance(fmt, type_) and not (isinstance(fmt, list | tuple) and all(isinstance(x, type_) for x in fmt)):
        raise TypeError(f"fmt is {_shown(fmt)}: must be a Format or a format's name, or a tuple of {count} of these")
    if to is not None and not isinstance(to, type_):
        raise TypeError(f"to is {_shown(to)}: must be a Format, an IntType or the name of one, or None")


def _shown(value: Any) -> str:
    return repr(value) if value is None or isinstance(value, str | int | float) else f"a {type(value).__name__}"


def _array(name: str, operand: Any, type_: Type) -> Array:
    """An array of one code."""
    if np.ndim(operand) and not isinstance(operand, np.void):
        raise ValueError(f"{name} has shape {np.shape(operand)}: explain takes one vector")
    if isinstance(type_, IntType):
        return type_.encode(name, [operand])
    try:
        return formats.code_array(type_, [codes.checked(type_, operand)])
    except (TypeError, ValueError) as error:
        raise type(error)(f"{name}: {error}") from None


def _got(got: Any, to: Type | None, row: Op) -> int:
    if isinstance(to, IntType):
        return int(to.encode("got", [got])[0])
    if isinstance(to, Format):
        try:
            return codes.checked(to, got)
        except (TypeError, ValueError) as error:
            raise type(error)(f"got: {error}") from None
    top = 1 if row.result == "bool" else 9
    number = int(got) if isinstance(got, bool | np.bool_) else codes.integer(got)
    if not 0 <= number <= top:
        raise ValueError(f"got is {number}: the result of {row.name} is 0 to {top}")
    return number


def _checked_flags(flags: int | None) -> Flags | None:
    if flags is not None and not isinstance(flags, int | np.integer):
        raise TypeError(f"got_flags is {_shown(flags)}: must be an integer 0 to 31, the bits of numfmt.Flags")
    if flags is not None and not 0 <= flags <= 31:
        raise ValueError(f"got_flags is {flags}: must be 0 to 31, the bits of numfmt.Flags")
    return None if flags is None else Flags(int(flags))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return printing.number(Fraction(value) if isinstance(value, int) else value)


def _beside(to: Type | None, one: Beside | None) -> dict[str, str] | None:
    if one is None or to is None:
        return None
    return {"code": f"{one.code:0{-(-to.width // 4)}X}", "value": _text(one.value)}


def _flag_names(flags: Flags) -> list[str]:
    return [name.lower() for flag in Flags if flag in flags and (name := flag.name)]


def _changed(env: Env) -> dict[str, Any]:
    """The fields that are not at their default."""
    found = {item.name: getattr(env, item.name) for item in dataclasses.fields(env)}
    return {
        name: sorted(value) if isinstance(value, frozenset) else value
        for name, value in found.items()
        if value != getattr(modes.DEFAULT, name)
    }
