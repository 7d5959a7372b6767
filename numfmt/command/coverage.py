# SPDX-License-Identifier: BSD-3-Clause
"""``nfmt coverage``: which bins of the coverage model vector files hit."""

from __future__ import annotations

import argparse
import collections
import json
import math
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from numfmt import checking, vecio
from numfmt.command.parser import UsageError, add_env_options
from numfmt.command.reading import changed, job_of_file, opened_vectors, otherwise, standard_input_once
from numfmt.command.vectors import add_as
from numfmt.cover.coverage import BinCount, Coverage
from numfmt.ops import OPS
from numfmt.vecio.layout import Block, Digest

#: Names of missed bins that are printed for a point.
_SHOWN = 12


def add(commands: Any) -> None:
    """The subcommand's arguments."""
    parser = commands.add_parser(
        "coverage",
        help="bins of the coverage model that vector files hit, miss, and cannot hit",
        description="Counts, for each point of the coverage model, the bins that the vectors hit; names those that "
        "they miss, and those that no vector can hit, with the reason.",
    )
    parser.add_argument(
        "what",
        nargs="+",
        metavar="[OP FORMAT] FILE...",
        help="vector files of one job, each a column; OP and FORMAT as for gen, for files without header; - is "
        "standard input",
    )
    parser.add_argument("--to", metavar="FORMAT", help="the result's format, with OP FORMAT")
    parser.add_argument(
        "--require",
        type=float,
        metavar="PERCENT",
        help="exit status 1 unless all files together hit so many percent of the bins within reach",
    )
    parser.add_argument("--missed", action="store_true", help="every missed bin, not the first few of a point")
    parser.add_argument("--unreachable", action="store_true", help="every bin that no vector can hit, with the reason")
    parser.add_argument("--json", action="store_true", help="every bin of every file, and the exit status, as JSON")
    add_as(parser, "by FILE's suffix if not given")
    parser.set_defaults(run=_coverage, rest="what")
    add_env_options(parser)


def _coverage(options: argparse.Namespace) -> int:
    plain = options.what[0] in OPS
    files = options.what[2:] if plain else options.what
    if not files:
        raise UsageError("coverage takes FILE..., or OP FORMAT FILE... for files without a numfmt header")
    if options.require is not None and not 0 <= options.require <= 100:
        raise UsageError(f"--require is {options.require:g}: must be 0 to 100")
    standard_input_once(files)
    found = [_of_file(path, options, options.what[:2] if plain else []) for path in files]
    together = Coverage(found[0].coverage.job)
    for path, one in zip(files, found, strict=True):
        if one.coverage.job != together.job:
            raise UsageError(f"{path} is about another job than {files[0]}: compare files of one operation")
        together.update(one.coverage)
    lacking = options.require is not None and together.percent < options.require
    status = int(lacking or any(one.fault for one in found))
    if options.json:
        shown = [
            one.coverage.as_dict() | {"file": path, "remark": one.fault} for path, one in zip(files, found, strict=True)
        ]
        whole = {"files": shown, "together": together.percent, "required": options.require, "status": status}
        print(json.dumps(whole, indent=2))
    else:
        _print(files, [one.coverage for one in found], together, options)
    if lacking:
        required = str(options.require).removesuffix(".0")
        print(f"{_percent(together.percent)} percent: below --require {required}", file=sys.stderr)
    return status


class _Found(NamedTuple):
    """The coverage of a file, and how it differs from what its header says."""

    coverage: Coverage
    fault: str


def _of_file(path: str, options: argparse.Namespace, words: Sequence[str]) -> _Found:
    """What is found in one file; a line that is no vector is an error."""
    read = vecio.format_of(path, options.format)
    with opened_vectors(path, read) as (head, stream):
        job = job_of_file(path, head, words, options)
        made, digest = Coverage(job), Digest(job.fields)
        for block in read.read(stream, job.fields):
            for number, line, message in block.malformed[:1]:
                raise UsageError(f"{path}:{number}: {line.strip()!r} is malformed: {message}")
            for number, line in checking.without_value(block)[:1]:
                raise UsageError(f"{path}:{number}: {line!r} has an x or z in its result or flags")
            if len(block.numbers):
                digest.add(block.columns)
                _count(made, block)
    if made.vectors == 0:
        raise UsageError(f"{path}: no vectors in it")
    fault = changed(head, digest, made.vectors)
    for text in filter(None, (otherwise(head, job), fault)):
        print(f"{path}: {text}", file=sys.stderr)
    return _Found(made, fault)


def _percent(value: float) -> str:
    """A percentage, never rounded up."""
    return f"{math.floor(value * 1000) / 1000:g}"


def _count(made: Coverage, block: Block) -> None:
    """Adds the vectors of a block."""
    job = made.job
    *stimuli, results, flags = block.columns
    codes = [one.codes(column) for one, column in zip(job.operands, stimuli, strict=False)]
    none = np.zeros(len(block.numbers), np.uint32) if job.is_random else None
    random = stimuli[-1].astype(np.uint32) if job.random_width else none
    delivered = job.result.words(job.result.codes(results))  # of the dtype that the library delivers
    made.add_codes(codes, random, (delivered, flags.astype(np.uint8)))


def _print(files: Sequence[str], found: Sequence[Coverage], together: Coverage, options: argparse.Namespace) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table("point", "bins", "unreachable", *files, box=box.SIMPLE_HEAD)
    columns = [_by_point(one) for one in found]
    whole = _by_point(together)
    for name, bins in whole.items():
        reachable = [one for one in bins if one.status != "unreachable"]
        hit = [_hits(column[name]) for column in columns]
        table.add_row(name, str(len(bins)), str(len(bins) - len(reachable)), *(f"{n}/{len(reachable)}" for n in hit))
    table.add_section()
    table.add_row("percent", "", "", *(_percent(one.percent) for one in found))
    table.add_row("vectors", "", "", *(str(one.vectors) for one in found))
    console = Console(width=None if len(files) < 4 else 40 + 24 * len(files), soft_wrap=len(files) > 3)
    console.print(table)
    for name, bins in whole.items():
        _print_bins(name, [one for one in bins if one.status == "missed"], every=options.missed)
    if options.unreachable:
        _print_reasons(together)
    if len(files) > 1:
        print(f"together: {_percent(together.percent)} percent of the bins within reach, {together.vectors} vectors")


def _by_point(coverage: Coverage) -> dict[str, list[BinCount]]:
    made: dict[str, list[BinCount]] = {}
    for one in coverage.bins():
        made.setdefault(one.point, []).append(one)
    return made


def _hits(bins: Sequence[BinCount]) -> int:
    return sum(one.status == "hit" for one in bins)


def _print_bins(point: str, missed: Sequence[BinCount], *, every: bool) -> None:
    if missed:
        shown = missed if every else missed[:_SHOWN]
        more = len(missed) - len(shown)
        text = ", ".join(one.name for one in shown) + (f", and {more} more" if more else "")
        print(f"missed: {point}: {text}")


def _print_reasons(coverage: Coverage) -> None:
    """Bins out of reach, those of one reason together."""
    grouped: dict[tuple[str, str], list[str]] = collections.defaultdict(list)
    for one in coverage.unreachable():
        grouped[one.point, one.reason].append(one.name)
    for (point, reason), names in grouped.items():
        print(f"unreachable: {point}: {', '.join(names)}: {reason}")
