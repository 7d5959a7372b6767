# SPDX-License-Identifier: BSD-3-Clause
"""``nfmt gen``: vector files made."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from numfmt import jobs, tuples, vecio
from numfmt.command import testfloat as spelling
from numfmt.command.files import is_regular, progress, whole_file
from numfmt.command.parser import ENV_CHOICES, ENV_NUMBERS, UsageError, add_env_options, env
from numfmt.vecio.layout import Head, named

Array = np.ndarray[Any, np.dtype[Any]]

#: Vectors at TestFloat's -level 2.
_LEVEL_2 = 1_000_000
USAGE = """
  %(prog)s OP FORMAT[,FORMAT..] [--to FORMAT] [option ...]
  %(prog)s FUNCTION [option ...]"""


def add(commands: Any) -> None:
    """The subcommands' arguments."""
    gen = commands.add_parser("gen", help="make golden vectors: operands result flags", usage=USAGE)
    add_gen_arguments(gen)
    gen.set_defaults(run=_gen, rest="what")


def add_gen_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``gen``."""
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
    parser.add_argument("--bare", action="store_true", help="no header: pure TestFloat")
    add_as(parser, "TestFloat's lines unless FILE's suffix says another")
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
    written = vecio.format_of(options.output, options.format)
    with whole_file(options.output) as stream, progress(total, options.output) as advance:
        bare = options.bare or options.output is None
        head = Head(
            arguments=tuple(_gen_arguments(options, job)),
            fields=job.fields,
            name=named(arguments(options, job)),
            expected=total,
            count=0 if is_regular(options.output, stream) and not bare else None,
            bare=bare,
        )
        written.write(stream, head, _columns(job, blocks, options.seed, advance))
    return 0


def _columns(
    job: jobs.Job, blocks: Iterable[list[Array]], seed: int, advance: Callable[[int], object]
) -> Iterator[list[Array]]:
    """The columns of vectors with these operands."""
    raw = np.random.Philox(key=seed | 1 << 64)  # another stream than the operands'
    for block in blocks:
        size = block[0].size
        random = raw.random_raw(size) >> np.uint64(64 - job.random_width) if job.random_width else None
        yield job.columns(block, random)
        advance(size)


def add_as(parser: argparse.ArgumentParser, default: str, *more: str) -> None:
    """The argument that names a file format; ``more`` are names beside those of ``vecio.FORMATS``."""
    names = ", ".join([f"{one.name} ({' '.join(one.suffixes)})" for one in vecio.FORMATS.values()] + list(more))
    choices = [*vecio.FORMATS, *(name.split()[0] for name in more)]
    parser.add_argument("--as", dest="format", choices=choices, metavar="NAME", help=f"{names}; {default}")
