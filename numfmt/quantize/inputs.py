# SPDX-License-Identifier: BSD-3-Clause
"""Arrays that are to be quantized, exactly: as numpy floats, or as codes of a format."""

from __future__ import annotations

from typing import Any

import numpy as np

from numfmt import codec, formats, sources
from numfmt.formats import Format
from numfmt.modes import Flags
from numfmt.values import Array as FormatArray

Array = np.ndarray[Any, np.dtype[Any]]

_NATIVE = {formats.format(f"binary{bits}"): np.dtype(f"f{bits // 8}") for bits in (16, 32, 64)}
_DOUBLE = formats.format("binary64")
_WIDE = formats.format("binary128")


def floats_of(name: str, x: Any) -> Array:
    """The argument ``name`` as float16, float32 or float64, which must have all of its values."""
    is_ours = isinstance(x, FormatArray)
    source = sources.Source(x.codes, x.format) if is_ours else sources.read(x, _DOUBLE)
    if source.format is not None and source.format.width <= 64:
        return floats(source.array, source.format)
    if source.format is None:
        made, flags = codec.encode(x, _DOUBLE, flags=True)
    else:
        made, flags = codec.convert(source.array, source.format, _DOUBLE, flags=True)
    inexact = np.flatnonzero(flags & int(Flags.INEXACT))
    if inexact.size:
        raise ValueError(f"{name}: element {inexact[0]} is a number that float64 does not have: round it first")
    return floats(np.asarray(made), _DOUBLE)


def floats(codes: Array, fmt: Format) -> Array:
    """The values of codes as float16, float32 or float64, which must have all of them."""
    native = _NATIVE.get(fmt)
    return codes.view(native) if native else np.asarray(codec.decode(codes, fmt))


def codes_of(x: Any) -> tuple[Array, Format]:
    """Values as codes of a format that has them; rounded to binary128 where binary64 has not all of them."""
    if isinstance(x, FormatArray):
        return x.codes, x.format
    source = sources.read(x, _WIDE)
    if source.format is not None:
        return source.array, source.format
    found, flags = codec.encode(x, _DOUBLE, flags="any")
    return (np.asarray(codec.encode(x, _WIDE)), _WIDE) if flags else (np.asarray(found), _DOUBLE)
