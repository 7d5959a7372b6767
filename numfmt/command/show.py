# SPDX-License-Identifier: BSD-3-Clause
"""``nfmt show``: the bits of a number in formats, and how they come about."""

from __future__ import annotations

import argparse
import json
import sys
from fractions import Fraction
from typing import Any

from numfmt import formats
from numfmt.command import show_integers
from numfmt.command.parser import UsageError, add_env_options, env
from numfmt.command.values import read_code, readable, readable_number
from numfmt.integers.explanation import IntegerExplanation
from numfmt.modes import OVERFLOWS, Flags
from numfmt.views import Explanation, Neighbour, explain_value, hex_code

#: Colours of the fields.
_STYLES = {"sign": "bold red", "exponent": "bold green", "leading": "bold yellow", "fraction": "bold blue"}
#: Steps of each kind that are printed.
_MAX_LINES = 32

Shown = Explanation | IntegerExplanation


def add(commands: Any) -> None:
    """The subcommand's arguments."""
    parser = commands.add_parser("show", help="the bits of a number: fields, steps, neighbours, error, every rounding")
    parser.add_argument(
        "what",
        nargs="+",
        metavar="[VALUE] FORMAT",
        help="VALUE FORMAT..., or FORMAT... after --code; a format, "
        "or an integer code such as twos_complement:8, offset_binary:8:127",
    )
    parser.add_argument("--code", metavar="CODE", help="a code in hexadecimal instead of a value")
    style = parser.add_mutually_exclusive_group()
    style.add_argument("--json", action="store_true", help="everything, exactly, as JSON")
    style.add_argument("--plain", action="store_true", help="no colour, one fact a line")
    add_env_options(parser)
    parser.set_defaults(run=_show, rest="what")


def _show(options: argparse.Namespace) -> int:
    names = options.what if options.code is not None else options.what[1:]
    if not names:
        raise UsageError("show takes VALUE FORMAT..., or --code CODE FORMAT...")
    if env(options).is_stochastic:
        raise UsageError("show takes no stochastic rounding: its random bits are an operand, see gen")
    explained = [_explained(name, options) for name in names]
    if options.json:
        print(json.dumps([each.as_dict() for each in explained], indent=2))
    elif options.plain:
        print("\n\n".join(_plain(each) for each in explained))
    else:
        _coloured(explained)
    return 0


def _explained(name: str, options: argparse.Namespace) -> Shown:
    is_code = options.code is not None
    if show_integers.is_integer_code(name):
        return show_integers.explained(name, options.code if is_code else options.what[0], is_code=is_code)
    fmt = formats.format(name)
    if is_code:
        return explain_value(fmt=fmt, env=env(options), code=read_code(options.code, fmt))
    return explain_value(options.what[0], fmt, env(options))


def _title(each: Explanation) -> str:
    operand = each.operand if each.operand is not None else f"code {hex_code(each.format, each.code)}"
    return f"{operand if len(operand) <= 60 else operand[:57] + '...'} in {each.format}"


def _facts(each: Explanation) -> list[tuple[str, str]]:
    """Label and text of every fact but the bits, the steps and the outcomes."""
    fmt = each.format
    facts = [
        ("class", each.kind + ("" if each.is_canonical else ", a code that rounding never delivers")),
        ("value", readable(fmt, each.code)),
        ("shortest", each.shortest),
        ("hex", each.hex),
        ("exponent", "-" if each.exponent is None else _exponent(each, each.exponent)),
        ("below", _neighbour(fmt, each.below)),
        ("above", _neighbour(fmt, each.above)),
        ("ulp", readable_number(each.ulp)),
    ]
    if each.operand is not None:
        error = readable_number(each.error)
        ulps = "" if each.error_ulp in (None, 0) else f" = {readable_number(each.error_ulp)} ulp"
        facts += [("error", error + ulps), ("flags", str(each.flags))]
    return facts


def _exponent(each: Explanation, exponent: int) -> str:
    stored = int(each.bits.exponent, 2)
    return f"{exponent} (stored {stored}, bias {each.format.bias})"


def _neighbour(fmt: formats.Format, neighbour: Neighbour | None) -> str:
    return "-" if neighbour is None else f"{hex_code(fmt, neighbour.code)} = {readable(fmt, neighbour.code)}"


def _steps(each: Explanation) -> list[str]:
    """The expansion as lines."""
    expansion = each.expansion
    if expansion is None:
        return []
    sign = "-" if each.operand_exact is not None and each.operand_exact < 0 else ""
    lines = [f"{sign}{expansion.binary} = {expansion.scientific}"]
    for n, half, digit in expansion.integer_steps[:_MAX_LINES]:
        lines.append(f"  {_number(n)} / 2 = {_number(half)} rest {digit}")
    if expansion.integer_steps:
        lines.append("  read upwards: the digits before the point")
    for part, double, digit in expansion.fraction_steps[:_MAX_LINES]:
        lines.append(f"  {_number(part)} * 2 = {_number(double)} -> {digit}")
    if expansion.fraction_steps:
        lines.append("  read downwards: the digits behind the point")
    shown = max(len(expansion.integer_steps), len(expansion.fraction_steps))
    left_out = [f"the first {_MAX_LINES} steps shown"] if shown > _MAX_LINES else []
    return lines + [f"  ({note})" for note in [*left_out, expansion.note] if note]


def _number(value: Fraction | int) -> str:
    return readable_number(Fraction(value))


def _outcomes(each: Explanation) -> list[tuple[str, ...]]:
    """Rounding, policies, code, value, flags; policies that agree share a row."""
    grouped: dict[tuple[str, int, Flags], list[str]] = {}
    for outcome in each.outcomes:
        grouped.setdefault((outcome.rounding, outcome.code, outcome.flags), []).append(outcome.overflow)
    fmt = each.format
    return [
        (
            rounding,
            "every policy" if len(policies) == len(OVERFLOWS) else " ".join(policies),
            hex_code(fmt, code),
            readable(fmt, code),
            str(flags),
        )
        for (rounding, code, flags), policies in grouped.items()
    ]


def _fields(each: Explanation) -> list[tuple[str, str]]:
    """Name and digits of the fields that the format has."""
    bits = each.bits
    fields = [("sign", bits.sign), ("exponent", bits.exponent), ("leading", bits.leading), ("fraction", bits.fraction)]
    return [(name, digits) for name, digits in fields if digits]


def _plain(each: Shown) -> str:
    if isinstance(each, IntegerExplanation):
        return show_integers.plain(each)
    fields = _fields(each)
    bits = f"{' | '.join(digits for _, digits in fields)}  ({' | '.join(name for name, _ in fields)})"
    facts = [("code", hex_code(each.format, each.code)), ("bits", bits), *_facts(each)]
    lines = [_title(each), *(f"  {label:<9} {text}" for label, text in facts)]
    lines += [f"  {'binary' if not index else '':<9} {step}" for index, step in enumerate(_steps(each))]
    rows = _outcomes(each)
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for index, row in enumerate(rows):
        cells = "  ".join(cell.ljust(width) for cell, width in zip(row, [*widths, 0], strict=True))
        lines.append(f"  {'rounded' if not index else '':<9} {cells}".rstrip())
    return "\n".join(lines)


def _coloured(explained: list[Shown]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(width=None if sys.stdout.isatty() else 120)
    for each in explained:
        if isinstance(each, IntegerExplanation):
            console.print(show_integers.coloured(each))
            continue
        table = Table(box=box.SIMPLE, show_header=False, title=Text(_title(each), "bold"), title_justify="left")
        table.add_column(style="dim")
        table.add_column(overflow="fold")
        fields = [(name, digits, _STYLES[name]) for name, digits in _fields(each)]
        bits = Text(" | ").join(Text(digits, style) for _, digits, style in fields)
        legend = Text(" | ").join(Text(name, style) for name, _, style in fields)
        table.add_row("code", Text(hex_code(each.format, each.code), "bold"))
        table.add_row("bits", Text.assemble(bits, "  (", legend, ")"))
        for label, text in _facts(each):
            table.add_row(label, Text(text))
        if steps := _steps(each):
            table.add_row("binary", Text("\n".join(steps)))
        console.print(table)
        outcomes = Table("rounding", "overflow", "code", "value", "flags", box=box.SIMPLE_HEAD)
        for row in _outcomes(each):
            outcomes.add_row(*map(Text, row))
        console.print(outcomes)
