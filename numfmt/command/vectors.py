# SPDX-License-Identifier: BSD-3-Clause
"""``nfmt gen`` and ``nfmt check``: vector files made and judged."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np

from numfmt import checking, containers, formats, generate
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


def add(commands: Any) -> None:
    """The subcommands' arguments."""
    gen = commands.add_parser("gen", help="make golden vectors, one TestFloat line each: operand result flags")
    _add_gen_arguments(gen)
    gen.set_defaults(run=_gen)
    check = commands.add_parser("check", help="recompute a vector file: exit 0 if all is right, 1 if not")
    check.add_argument(
        "what",
        nargs="+",
        metavar="[OP FORMAT] FILE",
        help="OP and FORMAT for a file without header; - is standard input",
    )
    check.add_argument("--to", metavar="FORMAT", help="the result's format, with OP FORMAT")
    check.add_argument("--max-shown", type=int, default=20, metavar="N", help="mismatches to print (default 20)")
    check.set_defaults(run=_check, rest="what")
    add_env_options(check)


def _add_gen_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("op", metavar="OP", help="the operation: convert")
    parser.add_argument("format", metavar="FORMAT", help="the operand's format")
    parser.add_argument("--to", metavar="FORMAT", help="the result's format")
    parser.add_argument(
        "--style",
        choices=("directed", "random", "exhaustive"),
        default="directed",
        help="directed: values, midpoints, range ends and their neighbours (default)",
    )
    parser.add_argument("-n", type=int, metavar="N", help="at most N vectors (random: 10000)")
    parser.add_argument("--seed", type=int, default=1, help="of random operands and random bits (default 1)")
    parser.add_argument("--bare", action="store_true", help="no header line: pure TestFloat")
    parser.add_argument("-o", dest="output", metavar="FILE", help="standard output, without header, if not given")
    add_env_options(parser)


def _job(op: str, operand: str, options: argparse.Namespace) -> checking.Job:
    if op != "convert":
        raise UsageError(f"operation {op!r} is not known: must be convert")
    if options.to is None:
        raise UsageError("convert needs --to FORMAT")
    src, src_in = _format_at(operand)
    dst, dst_in = _format_at(options.to)
    return checking.Job(src=src, dst=dst, env=env(options), src_in=src_in, dst_in=dst_in)


def _format_at(text: str) -> tuple[formats.Format, containers.Container | None]:
    """A format, or a format in a container: ``tf32@tf32_b32``."""
    name, _, place = text.partition("@")
    fmt = formats.format(name)
    if not place:
        return fmt, None
    made = containers.container(place)
    if made.elements > 1:
        raise UsageError(f"{text}: a vector's word holds one code, not {made.elements}")
    made.pack(0, fmt)  # does it fit?
    return fmt, made


def _gen_arguments(options: argparse.Namespace, job: checking.Job) -> list[str]:
    """The arguments that make the same file again, in one fixed order."""
    src, dst = (
        f"{fmt}@{place}" if place else str(fmt) for fmt, place in ((job.src, job.src_in), (job.dst, job.dst_in))
    )
    words = [options.op, src, "--to", dst]
    for option, (field, _) in ENV_CHOICES.items():
        if getattr(options, field) is not None:
            words += [option, getattr(options, field)]
    words += ["--daz"] if options.daz else []
    for name in ENV_NUMBERS:
        words += [f"--{name.replace('_', '-')}", str(getattr(options, name))] if getattr(options, name) else []
    words += ["-n", str(options.n)] if options.n is not None else []
    words += ["--style", options.style]
    return words + (["--seed", str(options.seed)] if options.style == "random" or job.random_width else [])


def _gen(options: argparse.Namespace) -> int:
    job = _job(options.op, options.format, options)
    if options.n is not None and options.n < 0:
        raise UsageError(f"-n is {options.n}: must be 0 or more")
    if not 0 <= options.seed < 1 << 64:
        raise UsageError(f"--seed is {options.seed}: must be 0 to 2^64 - 1")
    total, blocks = generate.operands(options.style, job.src, job.dst, options.n, options.seed)
    with _whole_file(options.output) as stream, _progress(total, options.output) as advance:
        if not (options.bare or options.output is None):
            stream.write(testfloat.header(_gen_arguments(options, job)).encode())
        raw = np.random.Philox(key=options.seed | 1 << 64)  # another stream than the operands'
        for block in blocks:
            random = raw.random_raw(block.size) >> np.uint64(64 - job.random_width) if job.random_width else None
            stream.write(job.text(block, random))
            advance(block.size)
    return 0


def _check(options: argparse.Namespace) -> int:
    if len(options.what) not in (1, 3):
        raise UsageError("check takes FILE, or OP FORMAT FILE for a file without a numfmt header")
    path = options.what[-1]
    if options.max_shown < 0:
        raise UsageError(f"--max-shown is {options.max_shown}: must be 0 or more")
    with _opened(path) as stream:
        first = stream.readline()
        if len(options.what) == 3:
            job = _job(options.what[0], options.what[1], options)
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


def _job_of_header(path: str, line: str) -> checking.Job:
    parser = Parser(prog="nfmt gen", add_help=False)
    _add_gen_arguments(parser)
    try:
        made = parser.parse_args(shield_negatives(testfloat.arguments_of(line)))
        return _job(made.op, made.format, made)
    except (UsageError, ValueError) as error:
        raise UsageError(f"{path}: its header is not understood: {error}") from None


@contextlib.contextmanager
def _opened(path: str) -> Iterator[IO[str]]:
    if path == "-":
        yield sys.stdin
        return
    with Path(path).open(encoding="ascii", errors="replace") as stream:
        yield stream


def _chain(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _report(path: str, job: checking.Job, stream: Iterator[str], max_shown: int) -> int:
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
    print(f"{path}: {total} vectors of {job.src} to {job.dst}, {wrong} wrong")
    return 1 if wrong else 0


@contextlib.contextmanager
def _whole_file(path: str | None) -> Iterator[IO[bytes]]:
    """A file that appears whole or not at all; a pipe or device as it is; standard output for None and "-"."""
    if path is None or path == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    target = Path(path).resolve()
    if target.exists() and not target.is_file():
        with target.open("wb") as stream:
            yield stream
        return
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        stream = temporary.open("xb")
    except OSError as error:
        raise OSError(error.errno, error.strerror, path) from None
    try:
        with stream:
            yield stream
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def _progress(total: int, path: str | None) -> Iterator[Callable[[int], object]]:
    """A progress bar on a terminal; nothing elsewhere."""
    if path is None or not sys.stderr.isatty() or total < 1 << 20:
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task(Path(path).name, total=total)
        yield lambda size: progress.advance(task, size)
