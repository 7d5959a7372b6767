# SPDX-License-Identifier: BSD-3-Clause
"""``nfmt gen``: vector files made."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from numfmt import jobs, stimuli, tuples, vecio
from numfmt.command import testfloat as spelling
from numfmt.command.files import is_regular, progress, resumable_file, whole_file
from numfmt.command.parser import ENV_CHOICES, ENV_NUMBERS, UsageError, add_env_options, env
from numfmt.generate import BLOCK
from numfmt.vecio.layout import Digest, Head, named
from numfmt.vecio.textformat import TextFormat

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
        choices=("directed", "coverage", "random", "mixed", "exhaustive"),
        default="directed",
        help="directed (default): values, midpoints, range ends and their neighbours; for several operands the cross "
        "of each one's range ends, ones, specials and patterns, thinned, and operands related to each other.  "
        "coverage: a small set that hits every bin of the coverage model, solved for results.  random: bits, and "
        "operands near each other.  mixed: coverage, then random.  exhaustive: every tuple of codes, up to 2^32",
    )
    parser.add_argument(
        "-k", type=int, metavar="K", help="coverage, mixed: hits of each bin, as far as there are vectors (default 1)"
    )
    parser.add_argument(
        "-n",
        type=int,
        metavar="N",
        help=f"at most N vectors (random, mixed: 10000; directed with several operands: {tuples.DEFAULT_COUNT})",
    )
    parser.add_argument(
        "--level", type=int, choices=(1, 2), help=f"TestFloat's -level; 2 is the same as -n {_LEVEL_2} (default 1)"
    )
    parser.add_argument("--seed", type=int, default=1, help="of random operands and random bits (default 1)")
    parser.add_argument("--bare", action="store_true", help="no header: pure TestFloat")
    add_as(parser, "TestFloat's lines unless FILE's suffix says another")
    parser.add_argument(
        "--resume",
        action="store_true",
        help="exhaustive: write to FILE.part, and go on where an interrupted run with the same arguments stopped",
    )
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
    words += ["-k", str(options.k)] if options.k is not None else []
    seeded = options.style in ("coverage", "random", "mixed") or job.random_width
    return words + (["--seed", str(options.seed)] if seeded else [])


def _gen(options: argparse.Namespace) -> int:
    if options.n is None and options.level == 2:
        options.n = _LEVEL_2
    if options.n is not None and options.n < 0:
        raise UsageError(f"-n is {options.n}: must be 0 or more")
    if not 0 <= options.seed < 1 << 64:
        raise UsageError(f"--seed is {options.seed}: must be 0 to 2^64 - 1")
    if options.k is not None and (options.k < 1 or options.style not in ("coverage", "mixed")):
        raise UsageError(f"-k is {options.k}: must be 1 or more, and goes with --style coverage or mixed")
    job, _ = job_of(options.what, options)
    if options.resume:
        return _resume(options, job)
    total, blocks = stimuli.stimuli(options.style, job, options.n, options.seed, hits=options.k or 1)
    written = vecio.format_of(options.output, options.format)
    with whole_file(options.output) as stream, progress(total, options.output) as advance:
        bare = options.bare or options.output is None
        regular = is_regular(options.output, stream)
        head = _head(options, job, total, bare=bare, sealed=regular and not bare)
        written.write(stream, head, _columns(job, blocks, advance))
    return 0


def _head(options: argparse.Namespace, job: jobs.Job, total: int, *, bare: bool, sealed: bool) -> Head:
    return Head(
        arguments=tuple(_gen_arguments(options, job)),
        fields=job.fields,
        name=named(arguments(options, job)),
        expected=total,
        count=0 if sealed else None,
        bare=bare,
    )


def _resume(options: argparse.Namespace, job: jobs.Job) -> int:
    """As ``_gen``, with a file that grows."""
    written = vecio.format_of(options.output, options.format)
    if options.style != "exhaustive" or options.output in (None, "-") or options.bare:
        raise UsageError("--resume goes with --style exhaustive and -o FILE, and not with --bare")
    if not isinstance(written, TextFormat) or not written.can_resume:
        raise UsageError(f"--resume: {written.name} does not end with its vectors, so it cannot grow")
    with _interrupted(options.output), resumable_file(options.output) as stream:
        total, _ = stimuli.stimuli(options.style, job, options.n, options.seed)
        head = _head(options, job, total, bare=False, sealed=True)
        try:
            done = written.resumed(stream, head, BLOCK) if stream.seek(0, 2) else Digest(head.fields)
        except ValueError as error:
            raise UsageError(f"{options.output}.part: {error}") from None
        _, blocks = stimuli.stimuli(options.style, job, options.n, options.seed, start=done.count)
        with progress(total, options.output) as advance:
            advance(done.count)
            written.write(stream, head, _columns(job, blocks, advance), done)
    return 0


@contextlib.contextmanager
def _interrupted(path: str) -> Iterator[None]:
    """Says on an interrupt how to go on."""
    try:
        yield
    except KeyboardInterrupt:
        print(f"nfmt: interrupted: the same command goes on with {path}.part", file=sys.stderr)
        raise


def _columns(
    job: jobs.Job, blocks: Iterable[stimuli.Stimuli], advance: Callable[[int], object]
) -> Iterator[list[Array]]:
    """The columns of vectors with these operands."""
    for codes, random in blocks:
        yield job.columns(codes, random)
        advance(codes[0].size)


def add_as(parser: argparse.ArgumentParser, default: str, *more: str) -> None:
    """The argument that names a file format; ``more`` are names beside those of ``vecio.FORMATS``."""
    names = ", ".join([f"{one.name} ({' '.join(one.suffixes)})" for one in vecio.FORMATS.values()] + list(more))
    choices = [*vecio.FORMATS, *(name.split()[0] for name in more)]
    parser.add_argument("--as", dest="format", choices=choices, metavar="NAME", help=f"{names}; {default}")
