# SPDX-License-Identifier: BSD-3-Clause
"""Comparison of codes and flags, bit for bit, with a failure message that can be run again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import numfmt as nf
from numfmt import modes

if TYPE_CHECKING:
    from collections.abc import Iterator

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
