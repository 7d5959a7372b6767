# SPDX-License-Identifier: BSD-3-Clause
"""The command line, ``nfmt``: its subcommands are the modules of ``numfmt.command``."""

from __future__ import annotations

import argparse
import functools
import os
import sys
from collections.abc import Sequence

from numfmt import __version__
from numfmt.command import bench, check, coverage, explain, listing, show, testfloat, values, vectors, ver
from numfmt.command.parser import Parser, UsageError, shield_negatives


@functools.cache
def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="nfmt", description="Bit-exact number formats: golden vectors, checks, facts.")
    parser.add_argument("--version", action="version", version=f"nfmt {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for module in (vectors, coverage, check, ver, listing, values, show, explain, bench):
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
