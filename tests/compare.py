# SPDX-License-Identifier: BSD-3-Clause
"""Comparison of codes and flags, bit for bit, with a failure message that can be run again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import oracle
import pytest

import numfmt as nf
from numfmt import modes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numfmt import Env, Format


#: The roundings without random bits.
ROUNDINGS = tuple(rounding for rounding in modes.ROUNDINGS if not nf.Env(rounding=rounding).is_stochastic)


def assert_same(src: Format, dst: Format, env: Env, operands: Any, got: Any, wanted: Any) -> None:
    """``got`` and ``wanted`` are (codes, flags) for these operands, codes of ``src``."""
    codes, flags = comparable(got[0]), np.asarray(got[1], np.uint64)
    right_codes, right_flags = comparable(wanted[0]), np.asarray(wanted[1], np.uint64)
    differ = np.flatnonzero((codes != right_codes) | (flags != right_flags))
    if differ.size:
        at = differ[0]
        operand = int(comparable(operands).ravel()[at])
        value = nf.decode([operand], src, dtype=object)[0]
        shown = float(value).hex() if src.width <= 64 else value
        pytest.fail(
            f"{differ.size} of {codes.size} differ, first: {src} {operand:#x} ({shown}) to {dst}, {env}\n"
            f"got {codes[at]:#x} flags {flags[at]:02X}, expected {right_codes[at]:#x} flags {right_flags[at]:02X}\n"
            f"nf.convert([{operand:#x}], nf.format('{src}'), nf.format('{dst}'), "
            f"env=nf.{env!r}, flags=True)",
            pytrace=False,
        )


def exact_text(fmt: Format, code: int) -> str:
    """The value of a code of any width, exactly: sign, odd integer in hexadecimal, power of two; or its kind."""
    value = oracle.decode(fmt, code)
    sign = "-" if value.sign else ""
    if value.kind != "finite":
        return sign + value.kind
    top, bottom = value.magnitude.numerator, value.magnitude.denominator
    zeros = (top & -top).bit_length() - 1
    return f"{sign}{top >> zeros:#x}p{zeros - bottom.bit_length() + 1:+d}"


def as_codes(fmt: Format, codes: Sequence[int]) -> Any:
    """An array of the format's dtype; over 64 bits it has fields lo and hi."""
    if fmt.width <= 64:
        return np.array(codes, fmt.dtype)
    return np.array([(code & (1 << 64) - 1, code >> 64) for code in codes], fmt.dtype)


def assert_op_same(
    op: str, types: Sequence[Format | str], to: Format | str | None, env: Env, operands: Sequence[Any], got: Any,
    wanted: Any, random_bits: Any = None,
) -> None:  # fmt: skip
    """``got`` and ``wanted`` are (results, flags) of an operation; types are formats, or names of integers."""
    results = comparable(got[0]) if np.asarray(got[0]).dtype.names else np.asarray(got[0])
    flags = np.asarray(got[1])
    right, right_flags = (np.asarray(part) for part in wanted)
    differ = np.flatnonzero((results != right) | (flags != right_flags))
    if not differ.size:
        return
    at = int(differ[0])
    codes = [code_int(np.asarray(part)[at]) for part in operands]
    shown = [f"{code:#x} ({exact_text(kind, code) if not isinstance(kind, str) else code})"
             for kind, code in zip(types, codes, strict=True)]  # fmt: skip
    arrays = [f"np.array([{_element(kind, code)}], {_dtype(kind)})" for kind, code in zip(types, codes, strict=True)]
    names = ", ".join(f"nf.format({str(kind)!r})" if not isinstance(kind, str) else repr(kind) for kind in types)
    target = "" if to is None else f"to={f'nf.format({str(to)!r})' if not isinstance(to, str) else repr(to)}, "
    random = "" if random_bits is None else f", random_bits={int(np.asarray(random_bits)[at])}"
    pytest.fail(
        f"{differ.size} of {results.size} differ, first: {op} {', '.join(map(str, types))} to {to}, {env}\n"
        f"operands {', '.join(shown)}{random}\n"
        f"got {_result_text(to, results[at])} flags {int(flags[at]):02X}, "
        f"expected {_result_text(to, right[at])} flags {int(right_flags[at]):02X}\n"
        f"nf.apply({op!r}, [{', '.join(arrays)}], ({names},), {target}env=nf.{env!r}, flags=True{random})",
        pytrace=False,
    )


def _element(kind: Format | str, code: int) -> str:
    if isinstance(kind, str) or kind.width <= 64:
        return f"{code:#x}"
    return f"({code & (1 << 64) - 1:#x}, {code >> 64:#x})"


def _dtype(kind: Format | str) -> str:
    if isinstance(kind, str):
        width = int(kind.removeprefix("u").removeprefix("int"))
        return repr(("u" if kind[0] == "u" else "") + f"int{max(8, 1 << (width - 1).bit_length())}")
    return f"nf.format({str(kind)!r}).dtype"


def _result_text(to: Format | str | None, result: Any) -> str:
    if to is None or isinstance(to, str):
        return str(int(result))
    code = int(result)
    return f"{code:#x} ({exact_text(to, code)})" if code >> to.width == 0 else f"{code:#x}"


def comparable(codes: Any) -> np.ndarray[Any, np.dtype[Any]]:
    """Codes as integers: uint64, or Python's where there are more than 64 bits."""
    array = codes if isinstance(codes, np.ndarray | np.void) else np.array(codes, object)
    if array.dtype.names:
        return np.asarray(array["lo"].astype(object) | (array["hi"].astype(object) << 64), object)
    return np.asarray(array if array.dtype == object else array.astype(np.uint64))


def code_int(code: Any) -> int:
    """One code as an int."""
    return int(comparable(code)[()])


def one_per_axis(dst: Format) -> Iterator[Env]:
    """The default environment, and one for each other value of each axis."""
    axes: dict[str, tuple[Any, ...]] = {
        "rounding": ROUNDINGS,
        "overflow": modes.OVERFLOWS,
        "tininess": modes.TININESSES,
        "nan": modes.NAN_PROFILES,
        "nan_substitute": modes.NAN_SUBSTITUTES[:-1],  # "raise" has no bits
        "ftz": modes.FTZS if dst.has_zero else (),
        "daz": (True,),
    }
    yield nf.Env()
    for axis, values in axes.items():
        for value in values:
            if (env := nf.Env(**{axis: value})) != nf.Env():
                yield env


def full_cross(dst: Format) -> Iterator[Env]:
    """Every rounding with every policy, tininess and flushing; and every value of the other axes."""
    for rounding in ROUNDINGS:
        for overflow in modes.OVERFLOWS:
            for tininess in modes.TININESSES:
                for ftz in modes.FTZS if dst.has_zero else modes.FTZS[:1]:
                    yield nf.Env(rounding=rounding, overflow=overflow, tininess=tininess, ftz=ftz)
    yield from one_per_axis(dst)
