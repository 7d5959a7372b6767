# SPDX-License-Identifier: BSD-3-Clause
"""CSV: comments, a row of names, then a row of hexadecimal numbers for each vector.

a,result,flags
0x3F8CCCCD,0x39,0x01
"""

from __future__ import annotations

import functools

from numfmt.vecio.layout import Field, Head
from numfmt.vecio.rows import Shape
from numfmt.vecio.textformat import TextFormat

_COMMENT = "# "


@functools.cache
def _shape(fields: tuple[Field, ...]) -> Shape:
    names = ",".join(field.name for field in fields)
    return Shape(fields, ("0x", *[",0x"] * (len(fields) - 1), "\n"), title=names)


def _before(head: Head) -> str:
    return f"{head.comments(_COMMENT)}{_shape(head.fields).title}\n"


FORMAT = TextFormat(name="csv", suffixes=(".csv",), comment=_COMMENT, shape=_shape, before=_before)
