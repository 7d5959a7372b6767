# SPDX-License-Identifier: BSD-3-Clause
"""``nfmt ver``: judges lines on standard input and reports as TestFloat's testfloat_ver does."""

from __future__ import annotations

import argparse
import functools
import shlex
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from numfmt import _bind, checking, codes
from numfmt.columns import Column
from numfmt.command import testfloat as spelling
from numfmt.command.parser import UsageError, add_env_options
from numfmt.command.streams import standard_input
from numfmt.command.vectors import USAGE, add_what, arguments, job_of
from numfmt.containers import ContainerError
from numfmt.formats import Format
from numfmt.inttypes import IntType
from numfmt.jobs import Job
from numfmt.modes import Flags
from numfmt.vecio import digits, testfloat
from numfmt.vecio.layout import Head, LineError, refuse

#: Columns of a terminal: where a report of one vector breaks.
_WIDTH = 79
_LETTERS = ((Flags.INVALID, "v"), (Flags.DIVIDE_BY_ZERO, "i"), (Flags.OVERFLOW, "o"), (Flags.UNDERFLOW, "u"),
            (Flags.INEXACT, "x"))  # fmt: skip


def add(commands: Any) -> None:
    """The subcommand's arguments."""
    parser = commands.add_parser(
        "ver",
        usage=USAGE,
        help="judge lines on standard input as testfloat_ver does: exit 1 if one is wrong",
        description="Recomputes vectors, lines of operands, result and flags, on standard input; reports those that "
        "are wrong in testfloat_ver's words.  Exit status 1 if there is one.",
    )
    add_what(parser)
    parser.add_argument(
        "--errors", type=int, default=20, metavar="N", help="-errors: stop after N; 0: never (default 20)"
    )
    parser.add_argument(
        "--check-nans",
        action="store_true",
        help="-checkNaNs: NaNs bit by bit, as --nan says; else any quiet NaN will do",
    )
    parser.add_argument(
        "--check-inv-ints",
        action="store_true",
        help="-checkInvInts: invalid integers bit by bit, as --int-overflow says; else either end of the range will "
        "do, and zero for a NaN or an unsigned integer; -checkAll: both",
    )
    add_env_options(parser)
    parser.set_defaults(run=_ver, rest="what")


def _ver(options: argparse.Namespace) -> int:
    if options.errors < 0:
        raise UsageError(f"--errors is {options.errors}: must be 0 or more")
    job, function = job_of(options.what, options)
    name = spelling.description(function, options) if function else shlex.join(arguments(options, job))
    stream = standard_input()
    print(f"Testing {name}.", file=sys.stderr, flush=True)
    lines = functools.partial(testfloat.FORMAT.lines, Head((), job.fields))
    total = errors = 0
    try:
        for block in testfloat.read_strictly(stream, job.fields):
            judged = checking.judged(job, block, lines, _judge(job, options))
            before, total = total, total + judged.vectors
            for mismatch in judged.wrong:
                if errors == 0:
                    print(f"Errors found in {name}:")
                errors += 1
                print(_report(job, mismatch))
                if errors == options.errors:
                    total = before + mismatch.row + 1
                    break
            sys.stdout.flush()
            refuse(judged.malformed)
            if errors and errors == options.errors:
                break
    except LineError as error:
        sys.stdout.flush()
        print(f"nfmt: Invalid input format: {error}", file=sys.stderr)
        return 1
    _summary(name, total, errors)
    return 1 if errors else 0


def _summary(name: str, total: int, errors: int) -> None:
    """The last lines, on standard error and, if all is well, on standard output."""
    if errors:
        print(f"{total} tests performed; {errors} error{'s' * (errors != 1)} found.", file=sys.stderr)
    else:
        print(f"{total} tests performed.", file=sys.stderr)
        print(f"In {total} tests, no errors found in {name}.")


def _judge(job: Job, options: argparse.Namespace) -> checking.Judge:
    """What counts as wrong: a NaN is as good as another and an invalid integer too, unless they are to be checked."""
    type_ = job.result.type

    def is_wrong(got: Sequence[int], wanted: Sequence[int]) -> bool:
        if got[-1] != wanted[-1]:
            return True
        if isinstance(type_, Format) and not options.check_nans:
            return not (_kind(job.result, got[-2]) == _bind.KIND_QUIET_NAN == _kind(job.result, wanted[0]))
        if isinstance(type_, IntType) and not options.check_inv_ints:
            return got[-1] != Flags.INVALID or got[-2] not in _invalid_integers(job, got)
        return True

    return is_wrong


@functools.lru_cache(maxsize=1024)
def _kind(column: Column, word: int) -> int:
    """The kind of the float in a word; that of a signalling NaN if the word is none."""
    try:
        code = codes.integer(column.codes(digits.words([word], column.bits))[0])
    except ContainerError:
        return _bind.KIND_SIGNALING_NAN
    return int(codes.parts(column.type, code)["kind"])  # type: ignore[arg-type]


def _invalid_integers(job: Job, got: Sequence[int]) -> set[int]:
    """What implementations deliver where the integer type has no right answer."""
    type_ = job.result.type
    if not isinstance(type_, IntType):
        return set()
    if not type_.signed:
        return {0, type_.values[-1]}
    is_nan = _kind(job.operands[0], got[0]) in (_bind.KIND_QUIET_NAN, _bind.KIND_SIGNALING_NAN)
    return {type_.values[-1], 1 << (type_.width - 1)} | ({0} if is_nan else set())


def _report(job: Job, mismatch: checking.Mismatch) -> str:
    """Operands => result flags  expected result flags, on more lines where one is not enough."""
    got, wanted = ([int(word, 16) for word in line.split()] for line in (mismatch.line, mismatch.expected))
    columns: list[Column | None] = [*job.operands, *([None] if job.random_width else [])]
    operands = [_shown(one, word, job.random_width) for one, word in zip(columns, got, strict=False)]
    outcomes = [f"{_shown(job.result, words[-2])} {_letters(words[-1])}" for words in (got, wanted)]
    return _broken([*operands, f"=> {outcomes[0]}  expected {outcomes[1]}"])


def _broken(pieces: Iterable[str]) -> str:
    """The pieces on one line, or on more that begin with a tab."""
    lines: list[str] = []
    for piece in pieces:
        if lines and len(lines[-1].expandtabs()) + 2 + len(piece) <= _WIDTH:
            lines[-1] += f"  {piece}"
        else:
            lines.append(f"\t{piece}" if lines else piece)
    return "\n".join(lines)


def _shown(column: Column | None, word: int, width: int = 0) -> str:
    """A float as TestFloat shows it, sign, exponent field, fraction: ``+7F.000000``; anything else in hexadecimal."""
    if column is None or column.container or not isinstance(column.type, Format):
        return f"{word:0{-(-(column.bits if column else width) // 4)}X}"
    fmt = column.type
    bits = fmt.width - fmt.exponent_bits - fmt.is_signed
    sign = "+-"[word >> (fmt.width - 1)] if fmt.is_signed else ""
    exponent = word >> bits & (1 << fmt.exponent_bits) - 1
    fraction = f".{word & (1 << bits) - 1:0{-(-bits // 4)}X}" if bits else ""
    return f"{sign}{exponent:0{-(-fmt.exponent_bits // 4)}X}{fraction}"


def _letters(flags: int) -> str:
    return "".join(letter if flags & flag else "." for flag, letter in _LETTERS)
