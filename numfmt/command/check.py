# SPDX-License-Identifier: BSD-3-Clause
"""``nfmt check``: vector files judged."""

from __future__ import annotations

import argparse
import collections
from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import Any

from numfmt import checking, codes, comparison, jobs, vecio
from numfmt.command.files import opened
from numfmt.command.parser import UsageError, add_env_options, env
from numfmt.command.reading import about, changed, job_of_file, opened_vectors, otherwise, standard_input_once
from numfmt.command.report import Report
from numfmt.command.vectors import add_as
from numfmt.formats import Format
from numfmt.vecio import VectorFormat, fptest
from numfmt.vecio.layout import Block, Digest, Field, Head


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
    add_as(parser, "by FILE's suffix if not given", f"{fptest.NAME} ({fptest.SUFFIX}, IBM FPgen's tests)")
    parser.add_argument(
        "--against",
        metavar="VECTORS",
        help="compare FILE, line by line, with this vector file, instead of recomputing; FILE may have all columns, "
        "result and flags, or the result alone",
    )
    parser.add_argument("--max-shown", type=int, default=20, metavar="N", help="mismatches to print (default 20)")
    parser.add_argument(
        "--explain", type=int, default=1, metavar="N", help="mismatches to explain as nfmt explain does (default 1)"
    )
    parser.add_argument(
        "--brief", action="store_true", help="only lines and counts: neither causes of mismatches nor where they are"
    )
    parser.add_argument("--json", action="store_true", help="counts, lines, causes, places and explanations as JSON")
    parser.set_defaults(run=_check, rest="what")
    add_env_options(parser)


def _check(options: argparse.Namespace) -> int:
    if len(options.what) not in (1, 3):
        raise UsageError("check takes FILE, or OP FORMAT FILE for a file without a numfmt header")
    path = options.what[-1]
    if options.max_shown < 0:
        raise UsageError(f"--max-shown is {options.max_shown}: must be 0 or more")
    if options.explain < 0:
        raise UsageError(f"--explain is {options.explain}: must be 0 or more")
    report = Report(
        path=path, max_shown=options.max_shown, explain=options.explain, brief=options.brief, as_json=options.json
    )
    if options.format == fptest.NAME or (options.format is None and PurePath(path).suffix.lower() == fptest.SUFFIX):
        return _tests(report, options)
    read = vecio.format_of(path, options.format)
    return _against(report, read, options) if options.against else _recomputed(report, read, options)


def _recomputed(report: Report, read: VectorFormat, options: argparse.Namespace) -> int:
    """Judges a file by the library."""
    with opened_vectors(report.path, read) as (head, stream):
        job = job_of_file(report.path, head, options.what[:-1], options)
        _remark(report, "", otherwise(head, job))
        digest = Digest(job.fields)
        with about(report.path):
            for block in read.read(stream, job.fields):
                if len(block.numbers):
                    digest.add(block.columns)
                report.add(checking.judged(job, block, _lines(read, job.fields)))
    there, known = report.vectors + report.malformed, report.malformed == report.unknown == 0
    return report.summary(job.title, changed(head, digest, there, all_known=known))


def _against(report: Report, read: VectorFormat, options: argparse.Namespace) -> int:
    """Judges a file by another."""
    standard_input_once((report.path, options.against))
    read_wanted = vecio.format_of(options.against)
    with (
        opened_vectors(options.against, read_wanted) as (head, stream),
        opened_vectors(report.path, read) as (own_head, output),
    ):
        job = job_of_file(options.against, head, options.what[:-1], options)
        _remark(report, f"{options.against}: ", otherwise(head, job))
        _remark(report, "", otherwise(own_head, job))
        with about(options.against):
            wanted = comparison.Wanted(read_wanted.read(stream, job.fields))
            with about(report.path):
                present, rest = read.present(output, job.fields)
                blocks = _named_errors(report.path, read.read(rest, present))
            for judged in comparison.compared(job, present, blocks, wanted, _lines(read, present)):
                report.add(judged)
            left, first = wanted.rest()
    missing = f"{left} vectors are missing, from {options.against}:{first} on" if left else ""
    return report.summary(job.title, missing)


def _remark(report: Report, of: str, text: str) -> None:
    if text:
        report.remark(of + text)


def _named_errors(path: str, blocks: Iterator[Block]) -> Iterator[Block]:
    """The blocks; a ValueError on the way names the file."""
    with about(path):
        yield from blocks


def _tests(report: Report, options: argparse.Namespace) -> int:
    """Judges FPgen's tests."""
    if len(options.what) != 1 or options.to is not None or options.rounding is not None or options.against:
        raise UsageError(f"{report.path} says of each test what it is about: only FILE and options of the environment")
    options.tininess = options.tininess or "before"
    others: collections.Counter[str] = collections.Counter()
    seen = set()
    with opened(report.path) as stream:
        for batch in fptest.read(stream, options.tininess):
            others += batch.others
            made = checking.Judged(0, malformed=batch.malformed)
            for case, block in batch.blocks:
                seen.add(case[:3])
                judged = _judged_tests(case, block, options)
                made.vectors += judged.vectors
                made.wrong += judged.wrong
                made.trials += judged.trials
            report.add(made)
    for why, count in others.most_common():
        report.remark(f"{count} tests are not judged: {why}")
    operations = f"{len(seen)} operation{'s' * (len(seen) != 1)} of FPgen"
    return report.summary(operations) if report.vectors or report.malformed or not others else 0


def _judged_tests(case: fptest.Case, block: Block, options: argparse.Namespace) -> checking.Judged:
    options.rounding = case.rounding
    job = jobs.job(case.op, case.formats, case.to, env(options))

    def lines(columns: Sequence[Any]) -> bytes:
        pairs = zip(*(map(codes.integer, column) for column in columns[-2:]), strict=True)
        return "".join(f"{fptest.outcome(case, *pair)}\n" for pair in pairs).encode()

    def is_wrong(got: Sequence[int], wanted: Sequence[int]) -> bool:
        fmt = job.result.type
        if got[-1] != wanted[-1] or not isinstance(fmt, Format):
            return True
        return not (codes.is_nan(fmt, got[-2]) and codes.is_nan(fmt, wanted[0]))

    return checking.judged(job, block, lines, is_wrong)


def _lines(read: VectorFormat, fields: tuple[Field, ...]) -> checking.Lines:
    head = Head((), fields)
    return lambda columns: read.lines(head, columns, 1)
