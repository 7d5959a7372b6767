# SPDX-License-Identifier: BSD-3-Clause
"""The command as a whole: its arguments, its exit status, and what ends it early."""

from __future__ import annotations

import argparse
import functools
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from numfmt import __version__
from numfmt.command import bench, check, coverage, explain, listing, quantize, show, testfloat, values, vectors, ver
from numfmt.command.parser import Parser, UsageError, shield_negatives
from numfmt.command.streams import discarded, ended_by_signals, outlived


@functools.cache
def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="nfmt", description="Bit-exact number formats: golden vectors, checks, facts.")
    parser.add_argument("--version", action="version", version=f"nfmt {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")
    for module in (vectors, coverage, check, ver, listing, values, show, explain, quantize, bench):
        module.add(commands)
    return parser


def _options(argv: Sequence[str]) -> argparse.Namespace:
    parser = _parser()
    options, rest = parser.parse_known_args(shield_negatives(testfloat.translated(argv)))
    files = [word for word in rest if not word.startswith("-") or word == "-"]
    if files == rest and "rest" in options:
        getattr(options, options.rest).extend(files)  # argparse gives up on positionals on both sides of an option
    elif rest:
        raise UsageError(f"unrecognized arguments: {' '.join(rest)}")
    return options


def run(argv: Sequence[str]) -> int:
    """Runs the command; returns the exit status."""
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - else print takes standard output
    try:
        with ended_by_signals():
            return _run(_options(argv))
    except BrokenPipeError:
        discarded()
        return 0
    except (UsageError, ValueError, TypeError, OSError, MemoryError, OverflowError) as error:
        print(f"nfmt: {error}", file=sys.stderr)
        return 2


def _run(options: argparse.Namespace) -> int:
    if sys.stdout is None and getattr(options, "output", None) in (None, "-"):
        raise UsageError("standard output is closed")
    with outlived(wanted=options.command in ("check", "coverage", "ver")):
        status: int = options.run(options)
        if sys.stdout is not None:
            sys.stdout.flush()
    return status
