# SPDX-License-Identifier: BSD-3-Clause
"""``nfmt formats``: range and precision of formats, and all values of a small one on a number line."""

from __future__ import annotations

import argparse
import json
import math
import shutil
import sys
from fractions import Fraction
from typing import Any

from numfmt import codes, formats, tables
from numfmt.formats import Format
from numfmt.views import hex_code

#: Formats of more bits have too many values to list.
_MAX_WIDTH = 10
#: Beyond this ratio of largest to smallest value the axis is logarithmic.
_LINEAR_RANGE = 100


def add(commands: Any) -> None:
    """The subcommand's arguments."""
    parser = commands.add_parser("formats", help="range and precision of the named formats; values of a small one")
    parser.add_argument("names", nargs="*", metavar="FORMAT", help="these only")
    parser.add_argument("--json", action="store_true", help="every parameter, as JSON")
    parser.add_argument(
        "--values", action="store_true", help=f"every code and a number line (up to {_MAX_WIDTH} bits; needs FORMAT)"
    )
    parser.set_defaults(run=_formats, rest="names")


def _formats(options: argparse.Namespace) -> int:
    rows = tuple(_row(name) for name in options.names) if options.names else formats.list_formats()
    if options.values:
        if not options.names:
            raise ValueError("--values needs a FORMAT, such as e2m1")
        for row in rows:
            if row.format.width > _MAX_WIDTH:
                raise ValueError(f"{row.name} has 2^{row.format.width} codes: --values shows up to 2^{_MAX_WIDTH}")
    if options.json:
        described = [tables.describe(row) for row in rows]
        for row, description in zip(rows, described, strict=True):
            description.update({"values": _described(row.format)} if options.values else {})
        print(json.dumps(described, indent=2))
    elif options.values:
        width = min(shutil.get_terminal_size((100, 24)).columns, 120) if sys.stdout.isatty() else 100
        print("\n\n".join("\n".join(_values(row, width)) for row in rows))
    else:
        _table(rows)
    return 0


def _row(name: str) -> formats.FormatInfo:
    wanted = formats.format(name)
    for row in formats.list_formats():
        if row.name == wanted.name:
            return row
    return formats.FormatInfo(
        str(wanted), (), "P3109 v4.0 3.1" if wanted.name else "user", provisional=False, format=wanted
    )


def _table(rows: tuple[formats.FormatInfo, ...]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD)
    for title in tables.COLUMNS:
        table.add_column(title, justify="right" if title in ("bits", "bias", "digits") else "left", overflow="fold")
    for row in rows:
        table.add_row(*(text(row) for text in tables.COLUMNS.values()))
    Console(width=None if sys.stdout.isatty() else 200).print(table)


def _described(fmt: Format) -> list[dict[str, str]]:
    return [
        {
            "code": hex_code(fmt, code),
            "exact": fmt.to_string(code, "exact"),
            "shortest": fmt.to_string(code),
            "hex": fmt.to_string(code, "hex"),
        }
        for code in fmt.codes
    ]


def _values(row: formats.FormatInfo, width: int) -> list[str]:
    """Title, codes with their values in columns, number line."""
    fmt = row.format
    cells = [f"{hex_code(fmt, code)} {_short(fmt, code)}" for code in fmt.codes]
    size = max(map(len, cells)) + 2
    columns = max(1, width // size)
    height = -(-len(cells) // columns)
    lines = ["  " + "".join(cell.ljust(size) for cell in cells[start::height]).rstrip() for start in range(height)]
    return [f"{row.name}: {len(cells)} codes", *lines, "", *_number_line(fmt, width - 4)]


def _short(fmt: Format, code: int) -> str:
    exact = fmt.to_string(code, "exact")
    return exact if len(exact) <= 12 else f"~{fmt.to_string(code)}"


def _number_line(fmt: Format, width: int) -> list[str]:
    """The finite values as marks on an axis; a digit where several share a place, + from ten on."""
    values = {value for code in fmt.codes if isinstance(value := codes.value(fmt, code), Fraction)}
    smallest = min(value for value in values if value > 0)
    if fmt.max / smallest <= _LINEAR_RANGE:
        places, note = _linear(sorted(values), width), ""
        ends = tables.brief(min(values)), tables.brief(fmt.max)
    else:
        positive = sorted(value for value in values if value > 0)
        places, note = _logarithmic(positive, width), "positive values, logarithmic axis"
        ends = tables.brief(smallest), tables.brief(fmt.max)
    counts = [places.count(place) for place in range(width)]
    marks = "".join("-" if not count else "|" if count == 1 else str(count) if count < 10 else "+" for count in counts)
    between = note.center(width - len(ends[0]) - len(ends[1]))
    return ["  " + marks, "  " + (ends[0] + between + ends[1]).rstrip()]


def _linear(values: list[Fraction], width: int) -> list[int]:
    low, high = values[0], values[-1]
    return [round((value - low) / (high - low) * (width - 1)) for value in values]


def _logarithmic(values: list[Fraction], width: int) -> list[int]:
    logs = [math.log2(value.numerator) - math.log2(value.denominator) for value in values]
    low, high = logs[0], logs[-1]
    return [round((log - low) / (high - low) * (width - 1)) for log in logs]
