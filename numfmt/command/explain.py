# SPDX-License-Identifier: BSD-3-Clause
"""``nfmt explain``: one result taken apart, and the bugs that would deliver what a device delivered instead."""

from __future__ import annotations

import argparse
import dataclasses
import json
import re
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from numfmt import codes, formats, jobs
from numfmt.codec import encode
from numfmt.columns import Column
from numfmt.command.parser import UsageError, add_env_options, env
from numfmt.command.values import read_code, readable_number
from numfmt.diagnosis import Delivered, Diagnosis
from numfmt.exactness import Root
from numfmt.examination import diagnose
from numfmt.formats import Format
from numfmt.inttypes import IntType
from numfmt.jobs import Job
from numfmt.modes import Env, Flags
from numfmt.position import Beside

_HEX = re.compile(r"(?:0x)?[0-9a-f]+", re.IGNORECASE | re.ASCII)
#: Suspects that are printed.
_MOST = 8
_DEFAULT = Env()
_STYLES = {"kept": "bold green", "guard": "bold yellow", "dropped": "bold blue"}


def add(commands: Any) -> None:
    """The subcommand's arguments."""
    parser = commands.add_parser("explain", help="why a result is what it is, and which bug delivers another")
    parser.add_argument("op", metavar="OP", help="an operation of numfmt.OPS")
    parser.add_argument("formats", metavar="FORMATS", help="the operands' format, or one for each, with commas")
    parser.add_argument(
        "operands", nargs="+", metavar="OPERAND", help="a code in hexadecimal, or a value behind =, such as =0.1"
    )
    parser.add_argument("--to", metavar="FORMAT", help="the result's format")
    parser.add_argument("--got", metavar="CODE[:FLAGS]", help="what a device delivered, in hexadecimal")
    style = parser.add_mutually_exclusive_group()
    style.add_argument("--json", action="store_true", help="everything, exactly, as JSON")
    style.add_argument("--plain", action="store_true", help="no colour, one fact a line")
    add_env_options(parser)
    parser.set_defaults(run=_explain, rest="operands")


def _explain(options: argparse.Namespace) -> int:
    job = jobs.job(options.op, options.formats, options.to, env(options))
    words = options.operands
    wanted = len(job.operands) + bool(job.random_width)
    if len(words) != wanted:
        more = ", then its random bits" if job.random_width else ""
        raise UsageError(f"{options.op} takes {len(job.operands)} operands{more}: got {len(words)}")
    given = [_operand(*each) for each in zip("abc", map(str.strip, words), job.operands, strict=False)]
    random = int(_digits(words[-1].strip(), "random bits"), 16) if job.random_width else 0
    got, got_flags = _got(options.got, job)
    found = diagnose(job, given, random if job.is_random else None, got, got_flags)
    shown = random if job.random_width else None
    if options.json:
        print(json.dumps(found.as_dict(), indent=2))
    elif options.plain:
        print(plain(found, shown))
    else:
        _coloured(found, shown)
    return 0


def _digits(text: str, what: str) -> str:
    if not _HEX.fullmatch(text):
        raise UsageError(f"{what} {text!r}: expected hexadecimal digits")
    return text


def _operand(name: str, text: str, column: Column) -> np.ndarray[Any, np.dtype[Any]]:
    """The code of one operand, in an array."""
    type_ = column.type
    if isinstance(type_, IntType):
        if text.startswith("="):
            return type_.encode(name, [_integer(name, text)])
        return np.array([_checked(int(_digits(text, "code"), 16), type_.width, text)], type_.code_dtype)
    if not isinstance(type_, Format):
        raise UsageError(f"operand {name}, {text}: no type")
    if text.startswith("="):
        return formats.code_array(type_, [codes.integer(encode(text[1:], type_))])
    return formats.code_array(type_, [read_code(text, type_)])


def _integer(name: str, text: str) -> int:
    try:
        return int(text[1:])
    except ValueError:
        raise UsageError(f"operand {name} takes integers: got {text}") from None


def _checked(code: int, width: int, text: str, about: str = "") -> int:
    if code >> width:
        raise UsageError(f"{about}code {text}: more than {width} bits")
    return code


def _got(text: str | None, job: Job) -> tuple[int | None, Flags | None]:
    """Code and flags that a device delivered."""
    if text is None:
        return None, None
    word, _, flags = text.strip().partition(":")
    code = int(_digits(word, "--got"), 16)
    limit = {"bool": 2, "class": 10}.get(job.result.plain)
    if limit is not None and code >= limit:
        raise UsageError(f"--got {word}: the result of {job.op.name} is 0 to {limit - 1}")
    if job.result.type is not None:
        _checked(code, job.result.type.width, word, "--got: ")
    bits = int(_digits(flags, "--got: flags"), 16) if flags else None
    if bits is not None and bits > 31:
        raise UsageError(f"--got: flags {flags}: must be 00 to 1F")
    return code, None if bits is None else Flags(bits)


def _title(found: Diagnosis) -> str:
    types = ", ".join(map(str, found.formats))
    return f"{found.op} of {types}" + ("" if found.to is None else f" to {found.to}")


def _shown(one: Delivered) -> str:
    flags = "" if one.flags is None else f"  [{one.flags}]"
    return f"{one.text} = {_value(one.value)}{flags}"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int) else readable_number(value)


def _beside(found: Diagnosis, one: Beside | None) -> str:
    if one is None or found.to is None:
        return "-"
    return f"{one.code:0{-(-found.to.width // 4)}X} = {readable_number(one.value)}"


def _exact(found: Diagnosis) -> str:
    if isinstance(found.exact, Root):
        return f"sqrt({readable_number(found.exact.square)})"
    return found.exact_text if found.exact is None else readable_number(found.exact)


def _environment(env: Env) -> str:
    """The fields that are not default."""
    texts = []
    for one in dataclasses.fields(env):
        value = getattr(env, one.name)
        if value != getattr(_DEFAULT, one.name):
            texts.append(one.name if value is True else f"{one.name} {value}")
    return ", ".join(texts)


def _facts(found: Diagnosis, random: int | None) -> list[tuple[str, str]]:
    """Label and text of every fact but flags and suspects."""
    facts = [("abc"[place], _shown(one)) for place, one in enumerate(found.operands)]
    if random is not None:
        facts.append(("random", f"{random:0{-(-found.env.random_bits_count // 4)}X}"))
    facts += [("env", text) for text in [_environment(found.env)] if text]
    facts += [("formula", f"{found.formula}  ({found.source})")]
    if found.exact_text != "-":
        facts.append(("exact", _exact(found)))
    if found.position is not None:
        where = found.position
        note = "exact" if where.is_exact else "a tie" if where.is_tie else ""
        bits = f"{where.significand} | {where.discarded or '0'} * 2^{where.exponent}"
        facts.append(("bits", f"{bits}  L {where.last} G {where.guard} S {where.sticky}{', ' * bool(note)}{note}"))
        facts += [("below", _beside(found, found.below)), ("above", _beside(found, found.above))]
    if found.tiny_before:
        after = {True: "and after", False: "not after", None: "after by the random bits"}[found.tiny_after]
        facts.append(("tiny", f"before rounding, {after}"))
    facts.append(("result", _shown(found.result)))
    if found.got is not None:
        facts.append(("got", _shown(found.got) + ("" if found.is_wrong else "  right")))
    return facts


def _reasons(found: Diagnosis) -> list[tuple[str, str]]:
    return [
        (f"{one.flag}{'' if one.raised else ' not'} raised", f"{one.text}  ({one.clause})") for one in found.reasons
    ]


def _suspects(found: Diagnosis) -> list[tuple[str, str]]:
    if not found.is_wrong:
        return []
    rows = [(one.name, f"{one.cause}  (explains {one.explains})") for one in found.suspects[:_MOST]]
    if len(found.suspects) > _MOST:
        rows.append(("...", f"and {len(found.suspects) - _MOST} more, see --json"))
    return rows or [("none", "no known fault delivers this")]


def plain(found: Diagnosis, random: int | None = None) -> str:
    """A diagnosis, and the random bits of which it is, as lines of text, without colour."""
    lines = [_title(found)]
    sections: Sequence[tuple[str, Sequence[tuple[str, str]]]] = (
        ("", _facts(found, random)),
        ("flags", _reasons(found)),
        ("suspects", _suspects(found)),
    )
    for heading, rows in sections:
        width = max((len(label) for label, _ in rows), default=0)
        lines += [heading] if heading and rows else []
        lines += [f"  {label:<{width}}  {text}" for label, text in rows]
    return "\n".join(lines)


def _coloured(found: Diagnosis, random: int | None) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(Text(_title(found), "bold"))
    table = Table(box=box.SIMPLE, show_header=False)
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for label, text in _facts(found, random):
        shown = Text(text, {"result": "bold green", "got": "bold red" if found.is_wrong else "bold"}.get(label, ""))
        if label == "bits":
            kept, _, rest = text.partition(" | ")
            guard = 1 if rest[:1] in "01" else 0
            shown = Text.assemble(
                (kept, _STYLES["kept"]), " | ", (rest[:guard], _STYLES["guard"]), (rest[guard:], _STYLES["dropped"])
            )
        table.add_row(label, shown)
    console.print(table)
    for heading, rows in (("flag", _reasons(found)), ("suspect", _suspects(found))):
        if rows:
            lines = Table(heading, "why", box=box.SIMPLE_HEAD)
            for label, text in rows:
                lines.add_row(Text(label, "bold"), Text(text))
            console.print(lines)
