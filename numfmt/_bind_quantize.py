# SPDX-License-Identifier: BSD-3-Clause
"""The boundary to C for affine quantizers; see _bind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from numfmt import _bind
from numfmt._numfmt import ffi, lib

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numfmt._bind import Array

DIVIDES = {"div": lib.NF_AFFINE_DIV, "recip": lib.NF_AFFINE_RECIP}
ORDERS = {"after": lib.NF_AFFINE_AFTER, "before": lib.NF_AFFINE_BEFORE, "fused": lib.NF_AFFINE_FUSED}
#: Statuses about one element of what is encoded or decoded, and about one scale.
_PER_ELEMENT = (lib.NF_ERR_CODE, lib.NF_ERR_RANDOM_BITS, lib.NF_ERR_AFFINE_CODE)
_PER_SCALE = (lib.NF_ERR_SCALE, lib.NF_ERR_ZERO_POINT)


class Granules(NamedTuple):
    """An array as blocks that share scales, as ``nf_affine_shape``; scales, and int64 zero points or None for all 0."""

    sizes: tuple[int, int, int, int]
    scale: Array
    zero_point: Array | None


class Counts(NamedTuple):
    below: int
    above: int
    inexact: int
    nan: int
    first_nan: int


class Ends(NamedTuple):
    """What a call reads and writes: C-contiguous arrays of one size."""

    values: Array
    out: Array
    random: Array | None = None


def quantizer(formats: tuple[Any, Any, Any], fields: Mapping[str, int]) -> Any:
    """An ``nf_affine``: the formats of values, of scales and of the arithmetic (None: exact), the other fields."""
    x, scale, arithmetic = formats
    how = ffi.new("nf_affine *", {"x": x[0], "scale": scale[0], **fields})
    if arithmetic is not None:
        how.arithmetic = arithmetic[0]
    return how


def encode(how: Any, granules: Granules, ends: Ends, part: tuple[int, int], *, generic: bool) -> Counts:
    """nf_affine_encode of the elements from ``part[0]`` up to ``part[1]``."""
    counts = ffi.new("nf_affine_counts *")
    head = _isa(generic=generic), how, *_shape(granules, part), _pointer("void *", ends.values)
    tail = _pointer("uint32_t *", ends.random), _pointer("void *", ends.out), counts
    _check(lib.nf_affine_encode(*head, *_scales(granules), *tail), counts)
    return Counts(counts.below, counts.above, counts.inexact, counts.nan, counts.first_nan)


def decode(how: Any, granules: Granules, ends: Ends, part: tuple[int, int], *, generic: bool) -> int:
    """nf_affine_decode of the elements from ``part[0]`` up to ``part[1]``; the OR of the flags."""
    result = ffi.new("nf_result *")
    head = _isa(generic=generic), how, *_shape(granules, part), _pointer("void *", ends.values)
    _check(lib.nf_affine_decode(*head, *_scales(granules), _pointer("void *", ends.out), result), result)
    return int(result.flags)


def is_fast(how: Any) -> bool:
    """Has ``encode`` more than the generic path for it?"""
    return bool(lib.nf_affine_is_fast(_isa(generic=False), how))


def _isa(*, generic: bool) -> int:
    return int(_bind.ISAS["generic" if generic else _bind.ISA])


def _shape(granules: Granules, part: tuple[int, int]) -> tuple[Any, int, int]:
    return ffi.new("nf_affine_shape *", granules.sizes), part[0], part[1] - part[0]


def _scales(granules: Granules) -> tuple[Any, Any]:
    return _pointer("void *", granules.scale), _pointer("int64_t *", granules.zero_point)


def _pointer(type_: str, array: Array | None) -> Any:
    return ffi.NULL if array is None else ffi.cast(type_, ffi.from_buffer(array))


def _check(status: int, where: Any) -> None:
    if status in _PER_SCALE:
        raise ValueError(f"scale {where.index}: {_bind.NumfmtError(status)}")
    if status:
        raise _bind.NumfmtError(status, where.index if status in _PER_ELEMENT else None)
