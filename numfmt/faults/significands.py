# SPDX-License-Identifier: BSD-3-Clause
"""Arrays of exact values, ``_bind.PARTS``: their 128-bit significands cut, moved, made again."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from numfmt import _bind, formats
from numfmt.faults.block import Block
from numfmt.formats import Format
from numfmt.modes import Env, Flags, env_struct

Array = np.ndarray[Any, np.dtype[Any]]

_ONES = np.uint64(2**64 - 1)


def copied(parts: Array) -> Array:
    """A copy; numpy copies words much faster than records."""
    return parts.view(np.uint64).copy().view(_bind.PARTS)


def _from(place: Array) -> Array:
    """Words with all bits from ``place`` up; none from 64."""
    return _ONES << np.clip(place, 0, 64).astype(np.uint64)


def cut_below(parts: Array, place: Array) -> Array:
    """Without the bits below ``place`` (0: the last of 128) and what stands for more; zero if none is left."""
    made = copied(parts)
    made["sig_lo"] &= _from(place)
    made["sig_hi"] &= _from(place - 64)
    made["sticky"] = 0
    made["kind"][(made["sig_hi"] | made["sig_lo"]) == 0] = _bind.KIND_ZERO
    return made


def bit(parts: Array, place: Array) -> Array:
    """Is the bit at ``place`` set?  Bits beyond the 128 are not."""
    word = np.where(place >= 64, parts["sig_hi"], parts["sig_lo"])
    inside = (place >= 0) & (place < 128)
    found: Array = inside & (word >> (np.where(inside, place, 0) % 64).astype(np.uint64) & np.uint64(1) != 0)
    return found


def any_below(parts: Array, place: Array) -> Array:
    """Is there anything below ``place``?"""
    low = parts["sig_lo"] & ~_from(place) | parts["sig_hi"] & ~_from(place - 64)
    found: Array = (low != 0) | (parts["sticky"] != 0)
    return found


def ties(block: Block, rows: Array) -> Array:
    """Is the exact result half-way between two neighbours, in these rows?"""
    parts, place = block.exact.take(rows), block.guard[rows]
    return bit(parts, place) & ~any_below(parts, place)


def scaled(parts: Array, by: int | Array) -> Array:
    """Times powers of two."""
    made = copied(parts)
    made["exp"] += np.int32(by) if isinstance(by, int) else by.astype(np.int32)
    return made


def with_sticky(parts: Array) -> Array:
    """A little more in magnitude than a normalised value."""
    made = copied(parts)
    made["sticky"] = 1
    return made


def codes(parts: Array, fmt: Format, env: Env, random: Array | None = None) -> tuple[Array, Array]:
    """Rounded into a format: codes and flags."""
    made, flags = np.empty(parts.shape, fmt.dtype), np.empty(parts.shape, np.uint8)
    random = random if env.is_stochastic else None
    arrays = _bind.Arrays(np.ascontiguousarray(parts), made, random, flags)
    _bind.round_parts(formats.struct(fmt), env_struct(env), arrays)
    return made, flags


def step(parts: Array, fmt: Format, env: Env, random: Array | None = None) -> tuple[Array, Array]:
    """Rounded into a format and read back: PARTS, and inexact where it was."""
    made, flags = codes(parts, fmt, env, random)
    return _bind.unpack(formats.struct(fmt), made), flags & Flags.INEXACT


@functools.lru_cache(maxsize=64)
def unbounded(precision: int) -> Format:
    """A format of this precision whose exponents have no end in practice."""
    return Format(width=precision + 15, precision=precision, bias=1 << 14, has_quiet_bit=precision > 1)


def in_format(fmt: Format, parts: Array) -> Array:
    """The codes of values that the format has."""
    return codes(parts, fmt, Env(rounding="toward_zero", overflow="saturate", nan_substitute="zero"))[0]
