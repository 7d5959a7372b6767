# SPDX-License-Identifier: BSD-3-Clause
"""The command line, ``nfmt``."""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, NoReturn

import numpy as np

from numfmt import __version__, checking, containers, formats, generate, modes, tables
from numfmt.codec import decode, encode
from numfmt.vecio import testfloat

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

#: A negative number where argparse would see an option.
_NEGATIVE_VALUE = re.compile(r"-(\.?\d|inf|nan)", re.IGNORECASE)
#: Options of Env: option -> its field and the names it takes.
_ENV_CHOICES: dict[str, tuple[str, Sequence[str]]] = {
    "--rounding": ("rounding", modes.ROUNDINGS),
    "--overflow": ("overflow", modes.OVERFLOWS),
    "--tininess": ("tininess", modes.TININESSES),
    "--nan": ("nan", modes.NAN_PROFILES),
    "--nan-substitute": ("nan_substitute", modes.NAN_SUBSTITUTES),
    "--ftz": ("ftz", modes.FTZS),
    "--compat": ("compat", modes.COMPATS),
}
_ENV_FIELDS = [*(field for field, _ in _ENV_CHOICES.values()), "daz", "flush_except_width", "random_bits_count"]


class UsageError(Exception):
    """Ends the command with one line and exit status 2."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (try '{self.prog} --help')")


def _add_env_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("environment", "how to round; the defaults are IEEE 754's")
    for option, (field, names) in _ENV_CHOICES.items():
        group.add_argument(option, dest=field, choices=names, metavar="|".join(names))
    group.add_argument("--daz", action="store_true", default=None, help="read subnormal operands as zero")
    group.add_argument("--flush-except-width", type=int, metavar="BITS", help="never flush formats of this width")
    group.add_argument(
        "--random-bits-count", type=int, metavar="N", help="random bits of a stochastic rounding, 0 to 32"
    )


def _env(options: argparse.Namespace) -> modes.Env:
    return modes.Env(**{name: getattr(options, name) for name in _ENV_FIELDS if getattr(options, name) is not None})


def _job(op: str, operand: str, options: argparse.Namespace) -> checking.Job:
    if op != "convert":
        raise UsageError(f"operation {op!r} is not known: must be convert")
    if options.to is None:
        raise UsageError("convert needs --to FORMAT")
    src, src_in = _format_at(operand)
    dst, dst_in = _format_at(options.to)
    return checking.Job(src=src, dst=dst, env=_env(options), src_in=src_in, dst_in=dst_in)


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
    for option, (field, _) in _ENV_CHOICES.items():
        if getattr(options, field) is not None:
            words += [option, getattr(options, field)]
    words += ["--daz"] if options.daz else []
    for name in ("flush_except_width", "random_bits_count"):
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
            given = [name for name in ("to", *_ENV_FIELDS) if getattr(options, name) is not None]
            if given:
                raise UsageError(f"{path} has a header, which says what --{given[0].replace('_', '-')} is")
            job = _job_of_header(path, first)
        return _report(path, job, _chain(first, stream), options.max_shown)


def _job_of_header(path: str, line: str) -> checking.Job:
    parser = _Parser(prog="nfmt gen", add_help=False)
    _add_gen_arguments(parser)
    try:
        made = parser.parse_args(_shield_negatives(testfloat.arguments_of(line)))
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


def _formats(options: argparse.Namespace) -> int:
    rows = formats.list_formats()
    if options.names:
        rows = tuple(_row(name) for name in options.names)
    if options.json:
        import json

        print(json.dumps([tables.describe(row) for row in rows], indent=2))
        return 0
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD)
    for title in tables.COLUMNS:
        table.add_column(title, justify="right" if title in ("bits", "bias", "digits") else "left", overflow="fold")
    for row in rows:
        table.add_row(*(text(row) for text in tables.COLUMNS.values()))
    Console(width=None if sys.stdout.isatty() else 200).print(table)
    return 0


def _row(name: str) -> formats.FormatInfo:
    wanted = formats.format(name)
    for row in formats.list_formats():
        if row.name == wanted.name:
            return row
    return formats.FormatInfo(
        str(wanted), (), "P3109 v4.0 3.1" if wanted.name else "user", provisional=False, format=wanted
    )


def _encode(options: argparse.Namespace) -> int:
    fmt = formats.format(options.format)
    if _env(options).is_stochastic:
        raise UsageError("encode takes no stochastic rounding: its random bits are an operand, see gen")
    for text in (value.strip() for value in options.values):
        code, flags = encode(text, fmt, env=_env(options), flags="any")
        value = decode(code, fmt, dtype=object)
        shown = tables.hex_float(value) if not isinstance(value, float) else str(value)
        digits = -(-fmt.width // 4)
        print(f"{text}: {formats.code_int(code):0{digits}X} = {shown}" + (f"  [{flags}]" if flags else ""))
    return 0


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
    parser.add_argument("--seed", type=int, default=1, help="of the style random (default 1)")
    parser.add_argument("--bare", action="store_true", help="no header line: pure TestFloat")
    parser.add_argument("-o", dest="output", metavar="FILE", help="standard output, without header, if not given")
    _add_env_options(parser)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="nfmt", description="Bit-exact number formats: golden vectors, checks, facts.")
    parser.add_argument("--version", action="version", version=f"nfmt {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
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
    check.set_defaults(run=_check)
    table = commands.add_parser("formats", help="range and precision of the named formats")
    table.add_argument("names", nargs="*", metavar="FORMAT", help="these only")
    table.add_argument("--json", action="store_true", help="every parameter, as JSON")
    table.set_defaults(run=_formats)
    value = commands.add_parser("encode", help="the codes of numbers")
    value.add_argument("format", metavar="FORMAT")
    value.add_argument("values", nargs="+", metavar="VALUE", help="such as 0.1, -1e-400, -0x1p-9, -inf")
    value.set_defaults(run=_encode)
    for command in (check, value):
        _add_env_options(command)
    return parser


def _shield_negatives(words: Sequence[str]) -> list[str]:
    """A space before each negative number keeps argparse from taking it for an option."""
    return [f" {word}" if _NEGATIVE_VALUE.match(word) else word for word in words]


def _options(argv: Sequence[str]) -> argparse.Namespace:
    parser = _parser()
    options, rest = parser.parse_known_args(_shield_negatives(argv))
    files = [word for word in rest if not word.startswith("-") or word == "-"]
    if options.run is _check and files == rest:
        options.what += files  # argparse gives up on positionals that stand on both sides of an option
    elif rest:
        raise UsageError(f"unrecognized arguments: {' '.join(rest)}")
    return options


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns the exit status: 0, 1 (vectors are wrong) or 2 (one line on standard error)."""
    try:
        options = _options(sys.argv[1:] if argv is None else argv)
        status: int = options.run(options)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (UsageError, ValueError, TypeError, OSError, MemoryError, OverflowError) as error:
        print(f"nfmt: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
