# SPDX-License-Identifier: BSD-3-Clause
"""Vector files as the subcommands that judge them read them: head, job, vectors."""

from __future__ import annotations

import argparse
import contextlib
import functools
import shlex
from collections.abc import Iterator, Sequence
from typing import Any

from numfmt import jobs, ops
from numfmt.command import testfloat as spelling
from numfmt.command.files import opened
from numfmt.command.parser import ENV_FIELDS, Parser, UsageError, env, shield_negatives
from numfmt.command.vectors import add_gen_arguments, arguments, job_of
from numfmt.vecio import VectorFormat
from numfmt.vecio.layout import Digest, Head, shown


@contextlib.contextmanager
def opened_vectors(path: str, read: VectorFormat) -> Iterator[tuple[Head | None, Any]]:
    """The head of a file, and the stream to read its vectors from."""
    with opened(path, binary=read.binary) as raw:
        try:
            head, stream = read.read_head(raw)
        except ValueError as error:
            raise UsageError(f"{path}: its header is not understood: {error}") from None
        yield head, stream


@contextlib.contextmanager
def about(path: str) -> Iterator[None]:
    """A ValueError names the file that it is about."""
    try:
        yield
    except ValueError as error:
        raise UsageError(f"{path}: {error}") from None


def job_of_file(path: str, head: Head | None, words: Sequence[str], options: argparse.Namespace) -> jobs.Job:
    """The job that ``words``, OP FORMAT, say with these options, or else the file's header.  Raises UsageError."""
    if words:
        if words[0] not in ops.OPS:
            raise UsageError(f"operation {words[0]!r} is not known: must be {spelling.OPERATION_NAMES}")
        return jobs.job(words[0], words[1], options.to, env(options))
    if head is None:
        raise UsageError(
            f"{path} does not begin with a numfmt header: say what it holds, as in 'nfmt {options.command} convert "
            "binary32 --to e4m3fn FILE'"
        )
    given = [name for name in ("to", *ENV_FIELDS) if getattr(options, name) is not None]
    if given:
        raise UsageError(f"{path} has a header, which says what --{given[0].replace('_', '-')} is")
    try:
        return _described(head)[0]
    except (UsageError, ValueError) as error:
        raise UsageError(f"{path}: its header is not understood: {error}") from None


def _described(head: Head) -> tuple[jobs.Job, str]:
    """The job of a header, and the arguments that say what it is."""
    made = _header_parser().parse_args(shield_negatives(head.arguments))
    job, _ = job_of(made.what, made)
    return job, shlex.join(arguments(made, job))


def otherwise(head: Head | None, job: jobs.Job) -> str:
    """What a file's header says if that is another job than this; "" if it is not."""
    try:
        found, text = (job, "") if head is None else _described(head)
    except (UsageError, ValueError):
        return ""
    return "" if found == job else f"its header says {text}"


def changed(head: Head | None, digest: Digest, there: int, *, all_known: bool = True) -> str:
    """How a file of so many vectors differs from what its header says of it; "" if it does not, or says nothing."""
    if head is not None and head.damaged:
        return f"its header's second line is damaged: {shown(head.damaged)!r}"
    if head is None or head.count is None:
        return ""
    if there != head.count:
        return f"its header counts {head.count} vectors: {there} are there"
    if all_known and digest.hexdigest() != head.digest:
        return "its operands are not those that its header's sha256 is of: changed, or in another order"
    return ""


def standard_input_once(paths: Sequence[str]) -> None:
    """Raises UsageError if two files are standard input."""
    if list(paths).count("-") > 1:
        raise UsageError("- stands twice: standard input can be read once")


@functools.cache
def _header_parser() -> Parser:
    parser = Parser(prog="nfmt gen", add_help=False)
    add_gen_arguments(parser)
    return parser
