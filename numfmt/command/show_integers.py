# SPDX-License-Identifier: BSD-3-Clause
"""``nfmt show`` for integer codes: the divisions, padding, inversion and + 1 that lead to a code."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from numfmt import sources
from numfmt.command.values import read_hex, readable_number
from numfmt.integers.explanation import IntegerExplanation
from numfmt.integers.kinds import IntegerCode
from numfmt.integers.names import KINDS, integer_code

#: Colours of the fields.
_STYLES = {"sign": "bold red", "magnitude": "bold blue", "digits": "bold blue"}


def is_integer_code(name: str) -> bool:
    """Is this meant to name one of the integer codes?"""
    return ":" in name or name in KINDS


def explained(name: str, text: str, *, is_code: bool) -> IntegerExplanation:
    """The explanation of a number, or of a code in hexadecimal.  Raises ValueError."""
    type_ = integer_code(name)
    return type_.explain(code=read_hex(text)) if is_code else type_.explain(_read(text, type_))


def _read(text: str, type_: IntegerCode) -> int:
    """An integer in any notation of the command."""
    value = sources.exact(text)
    if isinstance(value, float) and value == 0:
        return 0  # -0, which no integer is
    if not isinstance(value, Fraction) or value.denominator != 1:
        what = "too large to be written down" if value is None else "no integer"
        raise ValueError(f"{text.strip()} is {what}: {type_} takes integers")
    return value.numerator


def title(each: IntegerExplanation) -> str:
    operand = f"code {each.type.hex(each.code or 0)}" if each.operand is None else _number(each.operand)
    return f"{operand} in {each.type}"


def facts(each: IntegerExplanation) -> list[tuple[str, str]]:
    """Label and text of every fact but the bits, a line of a list as one of its own."""
    type_ = each.type
    found = [("value", "-" if each.value is None else str(each.value))]
    if each.code is not None:
        found.append(("weights", each.weights))
    found.append(("range", f"{type_.min} to {type_.max}"))
    found.append(("zeros" if len(type_.zeros) > 1 else "zero", " ".join(map(type_.hex, type_.zeros))))
    found += _labelled("divisions", _divisions(each))
    longest = max((len(step.bits) for step in each.steps), default=0)
    found += _labelled("steps", [f"{step.bits:>{longest}}  {step.text}" for step in each.steps])
    if each.code is None:
        made = [(out.overflow, out.code, out.value) for out in each.outcomes]
        rows = [f"{how:<8}  " + ("-" if code is None else f"{type_.hex(code)} = {value}") for how, code, value in made]
        found += _labelled("overflow", rows)
    return found


def _divisions(each: IntegerExplanation) -> list[str]:
    expansion = each.expansion
    if expansion is None:
        return []
    lines = [f"{_number(n)} / 2 = {_number(half)} rest {digit}" for n, half, digit in expansion.integer_steps]
    lines.append(f"read upwards: {expansion.binary}" if lines else expansion.binary)
    return lines + ([f"({expansion.note})"] if expansion.note else [])


def _labelled(label: str, lines: list[str]) -> list[tuple[str, str]]:
    return [(label if not index else "", line) for index, line in enumerate(lines)]


def _code(each: IntegerExplanation) -> str:
    return "out of range" if each.code is None else each.type.hex(each.code)


def _number(value: int) -> str:
    return readable_number(Fraction(value))


def plain(each: IntegerExplanation) -> str:
    rows = [("code", _code(each))]
    if each.fields:
        digits, names = (" | ".join(parts) for parts in zip(*((bits, name) for name, bits in each.fields), strict=True))
        rows.append(("bits", f"{digits}  ({names})"))
    return "\n".join([title(each), *(f"  {label:<9} {text}" for label, text in rows + facts(each))])


def coloured(each: IntegerExplanation) -> Any:
    """A table of rich."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE, show_header=False, title=Text(title(each), "bold"), title_justify="left")
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    table.add_row("code", Text(_code(each), "bold"))
    if each.fields:
        bits = Text(" | ").join(Text(digits, _STYLES[name]) for name, digits in each.fields)
        legend = Text(" | ").join(Text(name, _STYLES[name]) for name, _ in each.fields)
        table.add_row("bits", Text.assemble(bits, "  (", legend, ")"))
    for label, text in facts(each):
        table.add_row(label, Text(text))
    return table
