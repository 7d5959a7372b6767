# SPDX-License-Identifier: BSD-3-Clause
"""A VHDL-2008 package: a record of std_ulogic_vector and a constant array of it.

    constant vectors : vectors_t(0 to count - 1) := (
        (32x"3F8CCCCD", 8x"39", 5x"01")
    );

The only element of an array has its index before it, as VHDL wants it.
"""

from __future__ import annotations

import functools

from numfmt.vecio.layout import Field, Head, vectors_there
from numfmt.vecio.rows import Shape, Skip
from numfmt.vecio.textformat import Outside, TextFormat

_COMMENT, _BEGIN, _END = "-- ", "constant vectors : vectors_t(0 to count - 1) := (", ");"


@functools.cache
def _shape(fields: tuple[Field, ...]) -> Shape:
    first, *rest = (f'{field.width}x"' for field in fields)
    return Shape(fields, (f"  , ({first}", *(f'", {one}' for one in rest), '")\n'), comma=True)


def _skip() -> Skip:
    return Outside(_BEGIN, _END, _COMMENT)


def _before(head: Head) -> str:
    vectors_there(head, "an array of VHDL")
    members = "".join(
        f"    {field.name} : std_ulogic_vector({field.width - 1} downto 0); -- {field.holds}".rstrip("- ") + "\n"
        for field in head.fields
    )
    return (
        f"{head.comments(_COMMENT)}library ieee;\nuse ieee.std_logic_1164.all;\n\npackage {head.name}_pkg is\n"
        f"  type vector_t is record\n{members}  end record;\n"
        "  type vectors_t is array (natural range <>) of vector_t;\n"
        f"  constant count : positive := {head.count or head.expected:12};\n"
        f"  {_BEGIN}{' 0 =>' if head.expected == 1 else ''}\n"
    )


def _behind(_: Head) -> str:
    return f"  {_END}\nend package;\n"


FORMAT = TextFormat(
    name="vhdl",
    suffixes=(".vhd", ".vhdl"),
    comment=_COMMENT,
    shape=_shape,
    skip=_skip,
    before=_before,
    behind=_behind,
)
