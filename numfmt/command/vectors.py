# SPDX-License-Identifier: BSD-3-Clause
"""``nfmt gen`` and ``nfmt check``: vector files made and judged."""

from __future__ import annotations

import argparse
import functools
from collections.abc import Iterator
from typing import Any

import numpy as np

from numfmt import checking, jobs, ops, tuples
from numfmt.command import testfloat as spelling
from numfmt.command.files import opened, progress, whole_file
from numfmt.command.parser import (
    ENV_CHOICES,
    ENV_FIELDS,
    ENV_NUMBERS,
    Parser,
    UsageError,
    add_env_options,
    env,
    shield_negatives,
)
from numfmt.vecio import testfloat

#: Vectors at TestFloat's -level 2.
_LEVEL_2 = 1_000_000
USAGE = """
  %(prog)s OP FORMAT[,FORMAT..] [--to FORMAT] [option ...]
  %(prog)s FUNCTION [option ...]"""


def add(commands: Any) -> None:
    """The subcommands' arguments."""
    gen = commands.add_parser(
        "gen", help="make golden vectors, one TestFloat line each: operands result flags", usage=USAGE
    )
    _add_gen_arguments(gen)
    gen.set_defaults(run=_gen, rest="what")
    check = commands.add_parser("check", help="recompute a vector file: exit 0 if all is right, 1 if not")
    check.add_argument(
        "what",
        nargs="+",
        metavar="[OP FORMAT] FILE",
        help="OP and FORMAT as for gen, for a file without header; - is standard input",
    )
    check.add_argument("--to", metavar="FORMAT", help="the result's format, with OP FORMAT")
    check.add_argument("--max-shown", type=int, default=20, metavar="N", help="mismatches to print (default 20)")
    check.set_defaults(run=_check, rest="what")
    add_env_options(check)


def _add_gen_arguments(parser: argparse.ArgumentParser) -> None:
    add_what(parser)
    parser.add_argument(
        "--style",
        choices=("directed", "random", "exhaustive"),
        default="directed",
        help="directed (default): values, midpoints, range ends and their neighbours; for several operands the cross "
        "of each one's range ends, ones, specials and patterns, thinned, and operands related to each other.  "
        "random: bits, and operands near each other.  exhaustive: every tuple of codes, up to 2^32",
    )
    parser.add_argument(
        "-n",
        type=int,
        metavar="N",
        help=f"at most N vectors (random: 10000; directed with several operands: {tuples.DEFAULT_COUNT})",
    )
    parser.add_argument(
        "--level", type=int, choices=(1, 2), help=f"TestFloat's -level; 2 is the same as -n {_LEVEL_2} (default 1)"
    )
    parser.add_argument("--seed", type=int, default=1, help="of random operands and random bits (default 1)")
    parser.add_argument("--bare", action="store_true", help="no header line: pure TestFloat")
    parser.add_argument("-o", dest="output", metavar="FILE", help="standard output, without header, if not given")
    add_env_options(parser)


def add_what(parser: argparse.ArgumentParser) -> None:
    """The arguments that say which operation on which formats."""
    parser.add_argument(
        "what",
        nargs="+",
        metavar="OP FORMAT[,FORMAT..] | FUNCTION",
        help="an operation (numfmt.OPS lists them) and the operands' format, or one for each operand: 'add binary32', "
        "'fma e4m3fn,e5m2,binary32', 'scaleb binary16,int8', 'from_int int32'; or TestFloat's name of both: f32_mulAdd",
    )
    parser.add_argument("--to", metavar="FORMAT", help="the result's format, if it is not the operands' one")
    spelling.add_options(parser)


def job_of(words: list[str], options: argparse.Namespace) -> tuple[jobs.Job, spelling.Function | None]:
    """The job of ``OP FORMAT`` or of TestFloat's ``FUNCTION`` with these options."""
    op, formats, function = spelling.resolve(words, options)
    return jobs.job(op, formats, options.to, env(options)), function


def arguments(options: argparse.Namespace, job: jobs.Job) -> list[str]:
    """The arguments that say what the job is, in one fixed order."""
    words = [job.op.name, job.formats] + (["--to", str(job.result)] if job.result.type else [])
    for option, (field, _) in ENV_CHOICES.items():
        if getattr(options, field) is not None:
            words += [option, getattr(options, field)]
    words += ["--daz"] if options.daz else []
    for name in ENV_NUMBERS:
        words += [f"--{name.replace('_', '-')}", str(getattr(options, name))] if getattr(options, name) else []
    return words


def _gen_arguments(options: argparse.Namespace, job: jobs.Job) -> list[str]:
    """The arguments that make the same file again, in one fixed order."""
    words = arguments(options, job)
    words += ["-n", str(options.n)] if options.n is not None else []
    words += ["--style", options.style]
    return words + (["--seed", str(options.seed)] if options.style == "random" or job.random_width else [])


def _gen(options: argparse.Namespace) -> int:
    if options.n is None and options.level == 2:
        options.n = _LEVEL_2
    if options.n is not None and options.n < 0:
        raise UsageError(f"-n is {options.n}: must be 0 or more")
    if not 0 <= options.seed < 1 << 64:
        raise UsageError(f"--seed is {options.seed}: must be 0 to 2^64 - 1")
    job, _ = job_of(options.what, options)
    total, blocks = tuples.tuples(options.style, job.op, job.types, job.result.type, options.n, options.seed)
    with whole_file(options.output) as stream, progress(total, options.output) as advance:
        if not (options.bare or options.output is None):
            stream.write(testfloat.header(_gen_arguments(options, job)).encode())
        raw = np.random.Philox(key=options.seed | 1 << 64)  # another stream than the operands'
        for block in blocks:
            size = block[0].size
            random = raw.random_raw(size) >> np.uint64(64 - job.random_width) if job.random_width else None
            stream.write(job.text(block, random))
            advance(size)
    return 0


def _check(options: argparse.Namespace) -> int:
    if len(options.what) not in (1, 3):
        raise UsageError("check takes FILE, or OP FORMAT FILE for a file without a numfmt header")
    path = options.what[-1]
    if options.max_shown < 0:
        raise UsageError(f"--max-shown is {options.max_shown}: must be 0 or more")
    with opened(path) as stream:
        first = stream.readline()
        if len(options.what) == 3:
            if options.what[0] not in ops.OPS:
                raise UsageError(f"operation {options.what[0]!r} is not known: must be {spelling.OPERATION_NAMES}")
            job = jobs.job(options.what[0], options.what[1], options.to, env(options))
        elif not testfloat.is_header(first):
            raise UsageError(
                f"{path} does not begin with a numfmt header: say what it holds, as in 'nfmt check convert "
                "binary32 --to e4m3fn FILE'"
            )
        else:
            given = [name for name in ("to", *ENV_FIELDS) if getattr(options, name) is not None]
            if given:
                raise UsageError(f"{path} has a header, which says what --{given[0].replace('_', '-')} is")
            job = _job_of_header(path, first)
        return _report(path, job, _chain(first, stream), options.max_shown)


@functools.cache
def _header_parser() -> Parser:
    parser = Parser(prog="nfmt gen", add_help=False)
    _add_gen_arguments(parser)
    return parser


def _job_of_header(path: str, line: str) -> jobs.Job:
    try:
        made = _header_parser().parse_args(shield_negatives(testfloat.arguments_of(line)))
        return job_of(made.what, made)[0]
    except (UsageError, ValueError) as error:
        raise UsageError(f"{path}: its header is not understood: {error}") from None


def _chain(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _report(path: str, job: jobs.Job, stream: Iterator[str], max_shown: int) -> int:
    total = wrong = 0
    try:
        for count, mismatches in checking.check(job, stream):
            total += count
            for mismatch in mismatches:
                wrong += 1
                if wrong <= max_shown:
                    print(f"{path}:{mismatch.number}: {mismatch.line}  expected {mismatch.expected}")
    except testfloat.LineError as error:
        raise UsageError(f"{path}: {error}") from None
    if total == 0:
        raise UsageError(f"{path}: no vectors in it")
    if wrong > max_shown:
        print(f"... and {wrong - max_shown} more")
    print(f"{path}: {total} vectors of {_title(job)}, {wrong} wrong")
    return 1 if wrong else 0


def _title(job: jobs.Job) -> str:
    """The job in a few words."""
    if job.op.name == "convert":
        return f"{job.operands[0].type} to {job.result.type}"
    return f"{job.op.name} {job.formats}" + (f" to {job.result}" if job.result.type else "")
