# SPDX-License-Identifier: BSD-3-Clause
"""The work behind ``numfmt.explain``: one vector taken apart."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from numfmt import _bind, arguments, codes, exactness, formats, history, position, printing
from numfmt.columns import Column
from numfmt.diagnosis import Delivered, Diagnosis
from numfmt.exactness import Root, Unrounded
from numfmt.faults.block import to_integer
from numfmt.faults.suspicion import suspicions
from numfmt.formats import Format
from numfmt.inttypes import IntType
from numfmt.jobs import Job
from numfmt.modes import Flags
from numfmt.ops import Op, Type
from numfmt.position import Beside, Position
from numfmt.reasons import Facts, reasons

Array = np.ndarray[Any, np.dtype[Any]]
Tiny = tuple[bool, bool | None]
Neighbours = tuple[Beside | None, Beside | None]

_KINDS = {
    _bind.KIND_ZERO: "zero",
    _bind.KIND_FINITE: "finite",
    _bind.KIND_INF: "infinite",
    _bind.KIND_QUIET_NAN: "quiet NaN",
    _bind.KIND_SIGNALING_NAN: "signaling NaN",
}


def diagnose(
    job: Job, given: Sequence[Array], random_bits: int | None, got: int | None, got_flags: Flags | None
) -> Diagnosis:
    """``explain`` for a job: operands as arrays of one code, ``got`` as a code of the result."""
    random = _random(random_bits, job)
    words, raised = _bare(job).outcomes(given, random)
    to, flags = job.result.type, Flags(int(raised[0]))
    exact, parts = _exact(job, given)
    where, tiny, (below, above) = _placed(job, parts)
    facts = _facts(job, given, flags, parts, where, tiny)
    found = [] if got is None else suspicions(_bare(job), given, random, _codes(to, got), _flag_array(got_flags))[0]
    return Diagnosis(
        op=job.op.name,
        formula=job.op.formula,
        source=job.op.source,
        formats=job.types,
        to=to,
        env=job.env,
        operands=tuple(
            _delivered(type_, formats.code_int(array[0]), None) for type_, array in zip(job.types, given, strict=True)
        ),
        exact=exact,
        exact_text=_exact_text(exact, parts),
        result=_delivered(to, formats.code_int(words[0]), flags, job.op),
        position=where,
        tiny_before=tiny[0],
        tiny_after=tiny[1],
        below=below,
        above=above,
        reasons=reasons(facts),
        got=None if got is None else _delivered(to, got, got_flags, job.op),
        suspects=tuple(found),
    )


def _placed(job: Job, parts: Any) -> tuple[Position | None, Tiny, Neighbours]:
    """Position, tininess before and after, and neighbours of what is rounded, if anything is."""
    to = job.result.type
    if parts is None:
        return None, (False, False), (None, None)
    if to_integer(job):
        return position.integer_position(parts), (False, False), position.integer_neighbours(parts, to)
    if not isinstance(to, Format):
        return None, (False, False), (None, None)
    tiny = position.tininess(parts, to, job.env, random=job.is_random)
    return position.position(parts, to, job.env), tiny, position.neighbours(parts, to, job.env)


def _bare(job: Job) -> Job:
    """The job without containers: its words are codes."""
    return dataclasses.replace(job, result=Column(job.result.type, plain=job.result.plain))


def _random(bits: int | None, job: Job) -> Array | None:
    if bits is None and not job.random_width:
        return np.zeros(1, np.uint32) if job.is_random else None
    width = job.env.random_bits_count
    if job.env.is_stochastic and bits is not None:
        if isinstance(bits, bool) or not isinstance(bits, int | np.integer):
            raise TypeError(f"random_bits is {bits!r}: must be one integer of {width} bits (random_bits_count)")
        if not 0 <= bits < 1 << width:
            raise ValueError(
                f"random_bits is {bits}: must be 0 to {(1 << width) - 1}, {width} bits (random_bits_count)"
            )
    return arguments.random(bits, job.env, (1,))


def _codes(to: Type | None, code: int) -> Array:
    if isinstance(to, Format):
        return formats.code_array(to, [code])
    return np.array([code], to.code_dtype if isinstance(to, IntType) else np.uint8)


def _flag_array(flags: Flags | None) -> Array | None:
    return None if flags is None else np.array([flags], np.uint8)


def _delivered(type_: Type | None, code: int, flags: Flags | None, op: Op | None = None) -> Delivered:
    width = 4 if type_ is None else type_.width
    value: Fraction | float | bool
    if isinstance(type_, Format):
        value = codes.value(type_, code)
    elif isinstance(type_, IntType):
        value = int(type_.decode(np.array([code], type_.code_dtype))[0])
    else:
        value = bool(code) if op is not None and op.result == "bool" else code
    return Delivered(code=code, text=f"{code:0{-(-width // 4)}X}", value=value, flags=flags)


def _exact(job: Job, given: Sequence[Array]) -> tuple[Unrounded, Any]:
    """The exact result, and its PARTS record if it goes to a rounding."""
    if not job.op.rounds:
        return None, None
    if job.op.name.startswith(("min", "max")):
        values = _values(job, given)
        exact = exactness.unrounded(job.op.name, values)
        return exact, _selected(job, given, values, exact)
    if job.env.compat:
        return _values(job, given)[0], None
    parts = job.unrounded(given)[0]
    if abs(int(parts["exp"])) > position.FAR:
        return None, parts
    if not parts["sticky"] or not exactness.has_formula(job.op.name):
        return formats.exact(parts), parts
    return exactness.unrounded(job.op.name, _values(job, given)), parts


def _values(job: Job, given: Sequence[Array]) -> list[Any]:
    """The operands' exact values as the environment reads them."""
    return [
        history.read(job.op.name, place, array, type_, job.env)[0]
        for place, (array, type_) in enumerate(zip(given, job.types, strict=True))
    ]


def _selected(job: Job, given: Sequence[Array], values: Sequence[Any], exact: Unrounded) -> Any:
    """The parts of the operand that a minimum or maximum delivers, where that is converted."""
    for type_, array, value in zip(job.types, given, values, strict=True):
        if isinstance(type_, Format) and type_ != job.result.type and value == exact:
            return _bind.unpack(formats.struct(type_), array)[0]
    return None


def _facts(job: Job, given: Sequence[Array], flags: Flags, parts: Any, where: Position | None, tiny: Tiny) -> Facts:
    to = job.result.type
    kinds = tuple(
        _KINDS[int(codes.parts(type_, formats.code_int(array[0]))["kind"])] if isinstance(type_, Format) else "integer"
        for type_, array in zip(job.types, given, strict=True)
    )
    kind = "none" if parts is None else _KINDS[int(parts["kind"])]
    return Facts(
        op=job.op.name,
        kinds=kinds,
        to_integer=to_integer(job),
        flags=flags,
        env=job.env,
        exact_kind="nan" if kind.endswith("NaN") else kind,
        exact_sign=0 if parts is None else int(parts["sign"]),
        position=where,
        tiny=tiny,
        unsigned=isinstance(to, Format) and not to.is_signed,
        beyond=isinstance(to, Format)
        and kind == "finite"
        and abs(Fraction(formats.exact(position.near(parts)))) > to.max,
    )


def _exact_text(exact: Unrounded, parts: Any) -> str:
    """For people and for JSON: a decimal or fraction, a root, or, too far out, nothing but the first bits."""
    if isinstance(exact, Root):
        return f"sqrt({printing.number(exact.square)})"
    if exact is not None:
        return printing.number(exact)
    if parts is None or int(parts["kind"]) != _bind.KIND_FINITE:
        return "-"
    sig, exp = int(parts["sig_hi"]) << 64 | int(parts["sig_lo"]), int(parts["exp"])
    low = (sig & -sig).bit_length() - 1
    return f"{'-' if parts['sign'] else ''}{printing.hexadecimal(sig >> low, exp + low)}"
