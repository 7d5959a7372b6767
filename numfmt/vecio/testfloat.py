# SPDX-License-Identifier: BSD-3-Clause
"""TestFloat's lines: upper-case hex operands and result, ceil(width / 4) digits each, and two-digit flags.

    3F8CCCCD 39 01

A file that numfmt wrote begins with ``# numfmt-vectors 1`` and the arguments that generate it; without that
line it is TestFloat's own format.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator

from numfmt.vecio.layout import Block, Field, strictly
from numfmt.vecio.rows import Shape
from numfmt.vecio.textformat import TextFormat


@functools.cache
def _shape(fields: tuple[Field, ...]) -> Shape:
    return Shape(fields, ("", *[" "] * (len(fields) - 1), "\n"))


FORMAT = TextFormat(name="testfloat", suffixes=(".tf",), comment="# ", shape=_shape)


def read_strictly(stream: Iterable[str], fields: tuple[Field, ...]) -> Iterator[Block]:
    """The vectors of a file, up to the first line that is none.  Raises LineError there."""
    return strictly(FORMAT.read(stream, fields), _shape(fields).expectation)
