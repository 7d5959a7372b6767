# SPDX-License-Identifier: BSD-3-Clause
"""JSON Lines: an object that describes the file, then one for each vector, with hexadecimal digits as text.

{"numfmt-vectors": 1, "arguments": "convert binary32 --to float8_e4m3fn --style directed", "fields": [...], ...}
{"a": "3F8CCCCD", "result": "39", "flags": "01"}
"""

from __future__ import annotations

import functools
import json
import shlex
from collections.abc import Sequence

from numfmt.vecio.layout import Field, Head
from numfmt.vecio.rows import Shape, Skip
from numfmt.vecio.textformat import TextFormat

_MARK = '{"numfmt-vectors": 1, '


@functools.cache
def _shape(fields: tuple[Field, ...]) -> Shape:
    first, *rest = (f'"{field.name}": "' for field in fields)
    return Shape(fields, (f"{{{first}", *(f'", {one}' for one in rest), '"}\n'))


def _skip() -> Skip:
    return lambda line: line.startswith(_MARK)


def described(head: Head) -> str:
    """A head as a JSON object, of one length whatever its count and digest."""
    said = {
        "arguments": shlex.join(head.arguments),
        "fields": [{"name": one.name, "bits": one.width, "holds": one.holds} for one in head.fields],
        "generator": head.generator,
    }
    seal = f', "sha256": "{head.digest or "0" * 64}", "count": {head.count:12}' if head.count is not None else ""
    return f"{_MARK}{json.dumps(said)[1:-1]}{seal}}}"


def head_of(text: str) -> Head:
    """The inverse of ``described``.  Raises ValueError."""
    try:
        said = json.loads(text)
        arguments = tuple(shlex.split(said["arguments"]))
        return Head(arguments, count=said.get("count"), digest=said.get("sha256"), generator=said["generator"])
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"its description lacks something or is none: {error!r}") from None


def _before(head: Head) -> str:
    return "" if head.bare else described(head) + "\n"


def _first(lines: Sequence[str]) -> Head | None:
    return head_of(lines[0]) if lines and lines[0].startswith(_MARK) else None


FORMAT = TextFormat(
    name="jsonl", suffixes=(".jsonl",), comment=_MARK, shape=_shape, skip=_skip, before=_before, described=_first
)
