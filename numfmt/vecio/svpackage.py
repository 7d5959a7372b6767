# SPDX-License-Identifier: BSD-3-Clause
"""A SystemVerilog package: a packed struct and a constant array of it.

localparam vector_t VECTORS [0:COUNT-1] = '{
    '{32'h3F8CCCCD, 8'h39, 5'h01}
};
"""

from __future__ import annotations

import functools

from numfmt.vecio.layout import Field, Head, vectors_there
from numfmt.vecio.rows import Shape, Skip
from numfmt.vecio.textformat import Outside, TextFormat

_COMMENT, _BEGIN, _END = "// ", "VECTORS [0:COUNT-1] = '{", "};"


@functools.cache
def _shape(fields: tuple[Field, ...]) -> Shape:
    first, *rest = (f"{field.width}'h" for field in fields)
    return Shape(fields, (f"  , '{{{first}", *(f", {one}" for one in rest), "}\n"), comma=True)


def _skip() -> Skip:
    return Outside(_BEGIN, _END, _COMMENT)


def _before(head: Head) -> str:
    vectors_there(head, "an array of SystemVerilog")
    members = "".join(
        f"    logic [{field.width - 1}:0] {field.name}; // {field.holds}".rstrip("/ ") + "\n" for field in head.fields
    )
    return (
        f"{head.comments(_COMMENT)}package {head.name}_pkg;\n"
        f"  typedef struct packed {{\n{members}  }} vector_t;\n"
        f"  localparam int unsigned COUNT = {head.count or head.expected:12};\n"
        f"  localparam vector_t {_BEGIN}\n"
    )


def _behind(_: Head) -> str:
    return f"  {_END}\nendpackage\n"


FORMAT = TextFormat(
    name="systemverilog",
    suffixes=(".sv", ".svh"),
    comment=_COMMENT,
    shape=_shape,
    skip=_skip,
    before=_before,
    behind=_behind,
)
