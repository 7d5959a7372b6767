# SPDX-License-Identifier: BSD-3-Clause
"""``nfmt check``: vector files judged."""

from __future__ import annotations

import argparse
import functools
from dataclasses import dataclass, field
from typing import Any

from numfmt import checking, jobs, ops, vecio
from numfmt.checking import Judged
from numfmt.command import testfloat as spelling
from numfmt.command.files import opened
from numfmt.command.parser import ENV_FIELDS, Parser, UsageError, add_env_options, env, shield_negatives
from numfmt.command.vectors import add_as, add_gen_arguments, job_of
from numfmt.vecio import VectorFormat
from numfmt.vecio.layout import Digest, Head, shown


def add(commands: Any) -> None:
    """The subcommand's arguments."""
    parser = commands.add_parser("check", help="recompute a vector file: exit 0 if all is right, 1 if not")
    parser.add_argument(
        "what",
        nargs="+",
        metavar="[OP FORMAT] FILE",
        help="OP and FORMAT as for gen, for a file without header; - is standard input",
    )
    parser.add_argument("--to", metavar="FORMAT", help="the result's format, with OP FORMAT")
    add_as(parser, "by FILE's suffix if not given")
    parser.add_argument("--max-shown", type=int, default=20, metavar="N", help="mismatches to print (default 20)")
    parser.set_defaults(run=_check, rest="what")
    add_env_options(parser)


def _check(options: argparse.Namespace) -> int:
    if len(options.what) not in (1, 3):
        raise UsageError("check takes FILE, or OP FORMAT FILE for a file without a numfmt header")
    path = options.what[-1]
    if options.max_shown < 0:
        raise UsageError(f"--max-shown is {options.max_shown}: must be 0 or more")
    read = vecio.format_of(path, options.format)
    with opened(path, binary=read.binary) as raw:
        head, stream = _head(path, read, raw)
        job = job_of_file(path, head, options)
        report = Report(path, options.max_shown)
        try:
            _recompute(report, job, read, stream)
        except ValueError as error:
            raise UsageError(f"{path}: {error}") from None
    return report.summary(job, head)


def _head(path: str, read: VectorFormat, stream: Any) -> tuple[Head | None, Any]:
    try:
        return read.read_head(stream)
    except ValueError as error:
        raise UsageError(f"{path}: its header is not understood: {error}") from None


def job_of_file(path: str, head: Head | None, options: argparse.Namespace) -> jobs.Job:
    """The job of OP FORMAT, or else of the file's header.  Raises UsageError."""
    if len(options.what) == 3:
        if options.what[0] not in ops.OPS:
            raise UsageError(f"operation {options.what[0]!r} is not known: must be {spelling.OPERATION_NAMES}")
        return jobs.job(options.what[0], options.what[1], options.to, env(options))
    if head is None:
        raise UsageError(
            f"{path} does not begin with a numfmt header: say what it holds, as in 'nfmt check convert "
            "binary32 --to e4m3fn FILE'"
        )
    given = [name for name in ("to", *ENV_FIELDS) if getattr(options, name) is not None]
    if given:
        raise UsageError(f"{path} has a header, which says what --{given[0].replace('_', '-')} is")
    try:
        made = _header_parser().parse_args(shield_negatives(head.arguments))
        return job_of(made.what, made)[0]
    except (UsageError, ValueError) as error:
        raise UsageError(f"{path}: its header is not understood: {error}") from None


@functools.cache
def _header_parser() -> Parser:
    parser = Parser(prog="nfmt gen", add_help=False)
    add_gen_arguments(parser)
    return parser


@dataclass
class Report:
    """Prints what is not right, line by line, and keeps the tally: vectors = right + wrong + unknown."""

    path: str
    max_shown: int
    vectors: int = 0
    wrong: int = 0
    unknown: int = 0
    malformed: int = 0
    digest: Digest | None = None
    _printed: int = field(default=0, init=False)

    def add(self, judged: Judged) -> None:
        """Counts the lines of a block and prints those that are not right."""
        self.vectors += judged.vectors
        self.wrong += len(judged.wrong)
        self.unknown += len(judged.unknown)
        self.malformed += len(judged.malformed)
        notes = [(one.number, f"{one.line}  expected {one.expected}") for one in judged.wrong]
        notes += [(number, f"{line}  unknown: result or flags without value") for number, line in judged.unknown]
        notes += [(number, f"{shown(line)!r} is malformed: {text}") for number, line, text in judged.malformed]
        for number, note in sorted(notes)[: self.max_shown - self._printed]:
            print(f"{self.path}:{number}: {note}")
            self._printed += 1

    def summary(self, job: jobs.Job, head: Head | None) -> int:
        """Prints the tally; the exit status."""
        changed = self._changed(head)
        if self.vectors == self.malformed == 0 and not changed:
            raise UsageError(f"{self.path}: no vectors in it")
        bad = self.wrong + self.unknown + self.malformed
        if bad > self._printed:
            print(f"... and {bad - self._printed} more")
        if changed:
            print(f"{self.path}: {changed}")
        others = "".join(f", {count} {name}" for name, count in self._others() if count)
        print(f"{self.path}: {self.vectors} vectors of {title(job)}{others}, {self.wrong} wrong")
        return 1 if bad or changed else 0

    def _others(self) -> list[tuple[str, int]]:
        return [("unknown", self.unknown), ("malformed lines", self.malformed)]

    def _changed(self, head: Head | None) -> str:
        """How the vectors differ from those that the header counted; "" if they do not, or it did not."""
        if head is None or head.count is None:
            return ""
        if self.vectors + self.malformed != head.count:
            return f"its header counts {head.count} vectors: {self.vectors + self.malformed} are there"
        whole = self.digest is not None and self.malformed == self.unknown == 0
        if whole and self.digest and self.digest.hexdigest() != head.digest:
            return "its operands are not those that its header's sha256 is of: changed, or in another order"
        return ""


def _recompute(report: Report, job: jobs.Job, read: VectorFormat, stream: Any) -> None:
    report.digest = Digest(job.fields)
    lines = functools.partial(read.lines, Head((), job.fields))
    for block in read.read(stream, job.fields):
        if len(block.numbers):
            report.digest.add(block.columns)
        report.add(checking.judged(job, block, lambda columns: lines(columns, 1)))


def title(job: jobs.Job) -> str:
    """The job in a few words."""
    if job.op.name == "convert":
        return f"{job.operands[0].type} to {job.result.type}"
    return f"{job.op.name} {job.formats}" + (f" to {job.result}" if job.result.type else "")
