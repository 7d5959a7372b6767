# SPDX-License-Identifier: BSD-3-Clause
"""The command line, ``nfmt``."""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NoReturn

from numfmt import __version__, checking, formats, generate, modes, tables
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
}


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


def _env(options: argparse.Namespace) -> modes.Env:
    names = [*(field for field, _ in _ENV_CHOICES.values()), "daz", "flush_except_width"]
    return modes.Env(**{name: getattr(options, name) for name in names if getattr(options, name) is not None})


def _job(op: str, operand: str, options: argparse.Namespace) -> checking.Job:
    if op != "convert":
        raise UsageError(f"operation {op!r} is not known: must be convert")
    if options.to is None:
        raise UsageError("convert needs --to FORMAT")
    return checking.Job(src=formats.format(operand), dst=formats.format(options.to), env=_env(options))


def _gen_arguments(options: argparse.Namespace, job: checking.Job) -> list[str]:
    """The arguments that make the same file again, in one fixed order."""
    words = [options.op, str(job.src), "--to", str(job.dst)]
    for option, (field, _) in _ENV_CHOICES.items():
        if getattr(options, field) is not None:
            words += [option, getattr(options, field)]
    words += ["--daz"] if options.daz else []
    for option, value in (("--flush-except-width", options.flush_except_width), ("-n", options.n)):
        words += [option, str(value)] if value is not None else []
    words += ["--style", options.style]
    return words + (["--seed", str(options.seed)] if options.style == "random" else [])


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
        for block in blocks:
            stream.write(job.text(block))
            advance(block.size)
    return 0


def _check(options: argparse.Namespace) -> int:
    if len(options.what) not in (1, 3):
        raise UsageError("check takes FILE, or OP FORMAT FILE for a file without a numfmt header")
    path = options.what[-1]
    with _opened(path) as stream:
        first = stream.readline()
        arguments = testfloat.arguments_of(first)
        if len(options.what) == 3:
            job = _job(options.what[0], options.what[1], options)
        elif arguments is None:
            raise UsageError(
                f"{path} does not begin with a numfmt header: say what it holds, as in 'nfmt check convert "
                "binary32 --to e4m3fn FILE'"
            )
        else:
            made = _parser().parse_args(["gen", *arguments])
            job = _job(made.op, made.format, made)
        return _report(path, job, _chain(first, stream), options.max_shown)


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
    for text in options.values:
        code, flags = encode(text, fmt, env=_env(options), flags="any")
        value = decode(code, fmt, dtype=object)
        shown = tables.hex_float(value) if not isinstance(value, float) else str(value)
        print(f"{text.strip()}: {int(code):0{-(-fmt.width // 4)}X} = {shown}" + (f"  [{flags}]" if flags else ""))
    return 0


@contextlib.contextmanager
def _whole_file(path: str | None) -> Iterator[IO[bytes]]:
    """A file that appears whole or not at all; standard output for None."""
    if path is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    temporary = Path(path).with_name(f".{Path(path).name}.{os.getpid()}")
    try:
        with temporary.open("xb") as stream:
            yield stream
        temporary.replace(path)
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


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="nfmt", description="Bit-exact number formats: golden vectors, checks, facts.")
    parser.add_argument("--version", action="version", version=f"nfmt {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    gen = commands.add_parser("gen", help="make golden vectors, one TestFloat line each: operand result flags")
    gen.add_argument("op", metavar="OP", help="the operation: convert")
    gen.add_argument("format", metavar="FORMAT", help="the operand's format")
    gen.add_argument("--to", metavar="FORMAT", help="the result's format")
    gen.add_argument(
        "--style",
        choices=("directed", "random", "exhaustive"),
        default="directed",
        help="directed: values, midpoints, range ends and their neighbours (default)",
    )
    gen.add_argument("-n", type=int, metavar="N", help="at most N vectors (random: 10000)")
    gen.add_argument("--seed", type=int, default=1, help="of the style random (default 1)")
    gen.add_argument("--bare", action="store_true", help="no header line: pure TestFloat")
    gen.add_argument("-o", dest="output", metavar="FILE", help="standard output, without header, if not given")
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
    for command in (gen, check, value):
        _add_env_options(command)
    return parser


def _shield_negatives(words: Sequence[str]) -> list[str]:
    """A space before each negative number keeps argparse from taking it for an option."""
    return [f" {word}" if _NEGATIVE_VALUE.match(word) else word for word in words]


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns the exit status: 0, 1 (vectors are wrong) or 2 (one line on standard error)."""
    try:
        options: Any = _parser().parse_args(_shield_negatives(sys.argv[1:] if argv is None else argv))
        status: int = options.run(options)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (UsageError, ValueError, TypeError, OSError) as error:
        print(f"nfmt: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
