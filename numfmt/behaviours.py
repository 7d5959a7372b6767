# SPDX-License-Identifier: BSD-3-Clause
"""Where two behaviours differ, found by running both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from numfmt import _bind, formats, modes
from numfmt.codec import convert, decode, encode
from numfmt.formats import Format
from numfmt.modes import Env, Flags

Array = np.ndarray[Any, np.dtype[Any]]

#: Names of behaviours that are no peers.
_PRESETS: dict[str, Callable[[], Env]] = {
    "default": Env,
    "riscv": Env.riscv,
    "arm": Env.arm,
    "x86": Env.x86,
    "p3109": Env.p3109,
    "ocp": Env.ocp,
    "cuda": Env.cuda,
}
#: Classes of operands, in the order in which an operand is tried for them.
KINDS = ("signalling NaN", "quiet NaN", "Inf", "zero", "negative", "overflow", "tie", "too small", "other")


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """One class of operands that two behaviours treat differently.

    kind
        ``"signalling NaN"``, ``"quiet NaN"``, ``"Inf"``, ``"zero"``; of the finite operands ``"negative"`` (into an
        unsigned format), ``"overflow"``, ``"tie"`` (halfway between two values), ``"too small"`` (less than the
        smallest positive value) and ``"other"``, such as just beside a tie.
    negative
        The operands' sign.
    operand, value
        An example: the code of the one nearest to zero, and what it stands for.
    first, second
        The codes that the two behaviours deliver for it.
    count
        How many of the operands tried are in this class and differ.
    """

    kind: str
    negative: bool
    operand: int
    value: Fraction | float
    first: int
    second: int
    count: int


def differences(
    first: str | Env, second: str | Env, fmt: Format | str, *, source: Format | str = "binary32"
) -> list[Difference]:
    """Where two behaviours differ in encoding values of ``source`` to ``fmt``.

    first, second
        A peer (``ml_dtypes``, ``torch``, ``torch_avx2``, ``numpy``, ``onnx``, ``onnx_nosat``), a preset of Env with
        its default arguments (``riscv``, ``arm``, ``x86``, ``p3109``, ``ocp``, ``cuda``), ``default``, or an Env.
    fmt, source
        Formats or their names; the source has up to 64 bits.

    Both convert every code of a source of up to 16 bits; of a wider one the codes at and next to all quarters of
    the destination's spacing, and its special codes.  One record per class of operand and sign; an empty list means
    that no operand tried made a difference.  Raises ValueError for an unknown name and for a cast that a peer does
    not have.
    """
    src, dst = formats.format(source), formats.format(fmt)
    if src.width > 64:
        raise ValueError(f"source is {src} with {src.width} bits: must have up to 64")
    operands = _operands(src, dst)
    results = [convert(operands, src, dst, env=_env(behaviour)) for behaviour in (first, second)]
    differ = results[0] != results[1]
    operands, left, right = operands[differ], results[0][differ], results[1][differ]
    parts = _bind.unpack(formats.struct(src), operands)
    negative = parts["sign"] == 1
    kinds = _kinds(operands, parts, src, dst)
    found = []
    for index, kind in enumerate(KINDS):
        for sign in (False, True):
            members = np.flatnonzero((kinds == index) & (negative == sign))
            if members.size:
                at = members[0]
                example = int(operands[at])
                value = decode(operands[at], src, dtype=object)
                found.append(
                    Difference(
                        kind=kind,
                        negative=sign,
                        operand=example,
                        value=value,
                        first=int(left[at]),
                        second=int(right[at]),
                        count=int(members.size),
                    )
                )
    return found


def _env(behaviour: str | Env) -> Env:
    if not isinstance(behaviour, str):
        return modes.resolve(behaviour)
    if behaviour in _PRESETS:
        return _PRESETS[behaviour]()
    for name in modes.COMPATS:
        if name == behaviour:
            return Env(compat=name)
    raise ValueError(f"behaviour {behaviour!r} is not known: must be one of {', '.join((*modes.COMPATS, *_PRESETS))}")


def _operands(src: Format, dst: Format) -> Array:
    """Codes of ``src``, per sign in the order of their magnitudes."""
    from numfmt import generate  # importing numfmt leaves out what few need

    style: generate.Style = "exhaustive" if src.width <= 16 else "directed"
    _, blocks = generate.operands(style, src, dst, None, 0)
    return np.unique(np.concatenate(list(blocks)))


def _kinds(operands: Array, parts: Array, src: Format, dst: Format) -> Array:
    """The index in KINDS of each operand."""
    kind, finite = parts["kind"], parts["kind"] == _bind.KIND_FINITE
    size = np.abs(np.where(finite, decode(operands, src, dtype=np.float64), 0))
    _, flags = encode(size, dst, env=Env(overflow="ieee"), flags=True)
    below, above = (
        decode(encode(size, dst, env=Env(rounding=rounding, overflow="saturate")), dst, dtype=np.float64)
        for rounding in ("toward_zero", "toward_positive")
    )
    classes = {
        "signalling NaN": kind == _bind.KIND_SIGNALING_NAN,
        "quiet NaN": kind == _bind.KIND_QUIET_NAN,
        "Inf": kind == _bind.KIND_INF,
        "zero": kind == _bind.KIND_ZERO,
        "negative": finite & (parts["sign"] == 1) & (not dst.is_signed),
        "overflow": finite & ((flags & Flags.OVERFLOW) != 0),
        "tie": finite & (below != above) & (size == below / 2 + above / 2),
        "too small": finite & (size < float(dst.min_positive)),
        "other": finite,
    }
    return np.select([classes[name] for name in KINDS], range(len(KINDS)))
