# SPDX-License-Identifier: BSD-3-Clause
"""A C11 header: a struct, a constant array of it, and how many there are.

    static const convert_binary32_to_float8_e4m3fn_vector convert_binary32_to_float8_e4m3fn_vectors[] = {
        {0x3F8CCCCD, 0x39, 0x01},
    };

Fields above 64 bits are numfmt_wide, ``{lo, hi}``.
"""

from __future__ import annotations

import functools

from numfmt.vecio.layout import Field, Head, vectors_there
from numfmt.vecio.rows import Shape, Skip
from numfmt.vecio.textformat import Outside, TextFormat

_COMMENT, _BEGIN, _END = "// ", "_vectors[] = {", "};"
_WIDE = """#ifndef NUMFMT_WIDE
#define NUMFMT_WIDE
typedef struct { uint64_t lo, hi; } numfmt_wide;
#endif

"""


@functools.cache
def _shape(fields: tuple[Field, ...]) -> Shape:
    pieces, before = [], "    {"
    for field in fields:
        pieces += [f"{before}{{0x", ", 0x"] if field.width > 64 else [f"{before}0x"]
        before = "}, " if field.width > 64 else ", "
    return Shape(fields, (*pieces, before.replace(", ", "") + "},\n"), packing="halves")


def _skip() -> Skip:
    return Outside(_BEGIN, _END, _COMMENT)


def _before(head: Head) -> str:
    vectors_there(head, "an array of C")
    guard = f"{head.name.upper()}_H"
    members = "".join(f"    {_type(field)} {field.name}; // {field.holds}".rstrip("/ ") + "\n" for field in head.fields)
    wide = _WIDE if any(field.width > 64 for field in head.fields) else ""
    return (
        f"{head.comments(_COMMENT)}#ifndef {guard}\n#define {guard}\n\n#include <stddef.h>\n#include <stdint.h>\n\n"
        f"{wide}typedef struct {{\n{members}}} {head.name}_vector;\n\n"
        f"static const {head.name}_vector {head.name}{_BEGIN}\n"
    )


def _behind(head: Head) -> str:
    array = f"{head.name}_vectors"
    return f"{_END}\nstatic const size_t {head.name}_count = sizeof {array} / sizeof {array}[0];\n\n#endif\n"


def _type(field: Field) -> str:
    room = next((bits for bits in (8, 16, 32, 64) if field.width <= bits), 0)
    return f"uint{room}_t" if room else "numfmt_wide"


FORMAT = TextFormat(
    name="c", suffixes=(".h",), comment=_COMMENT, shape=_shape, skip=_skip, before=_before, behind=_behind
)
