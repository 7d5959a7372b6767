# SPDX-License-Identifier: BSD-3-Clause
"""Words for $readmemh: a vector is one word of hexadecimal digits, all its fields joined, the first at the top.

    // a[44:13] binary32  result[12:5] float8_e4m3fn  flags[4:0]
    07F3F9999A7E1

Flags are at the bottom.  Addresses (``@``) are passed over: words are taken in their order.
"""

from __future__ import annotations

import functools

from numfmt.vecio.layout import Field, Head, layout
from numfmt.vecio.rows import Shape, Skip
from numfmt.vecio.textformat import TextFormat

_COMMENT = "// "


@functools.cache
def _shape(fields: tuple[Field, ...]) -> Shape:
    return Shape(fields, ("", "\n"), 4, "word")


def _skip() -> Skip:
    return lambda line: line.startswith(("//", "@"))


def _before(head: Head) -> str:
    return "" if head.bare else f"{head.comments(_COMMENT)}{_COMMENT}{layout(head.fields)}\n"


FORMAT = TextFormat(
    name="readmemh", suffixes=(".memh", ".hex"), comment=_COMMENT, shape=_shape, skip=_skip, before=_before
)
