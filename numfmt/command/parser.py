# SPDX-License-Identifier: BSD-3-Clause
"""What the subcommands' parsers share: errors in one line, negative numbers, the environment as options."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from typing import NoReturn

from numfmt import modes

#: A negative number where argparse would see an option.
_NEGATIVE_VALUE = re.compile(r"-(\.?\d|inf|s?nan)", re.IGNORECASE)
#: Options of Env: option -> its field and the names it takes.
ENV_CHOICES: dict[str, tuple[str, Sequence[str]]] = {
    "--rounding": ("rounding", modes.ROUNDINGS),
    "--overflow": ("overflow", modes.OVERFLOWS),
    "--tininess": ("tininess", modes.TININESSES),
    "--nan": ("nan", modes.NAN_PROFILES),
    "--nan-substitute": ("nan_substitute", modes.NAN_SUBSTITUTES),
    "--ftz": ("ftz", modes.FTZS),
    "--int-overflow": ("int_overflow", modes.INT_OVERFLOWS),
    "--compat": ("compat", modes.COMPATS),
}
#: Options of Env that take a number: field -> (metavar, help).
ENV_NUMBERS = {
    "flush_except_width": ("BITS", "never flush formats of this width"),
    "rounding_precision": ("BITS", "significand bits of results, within their format's exponent range"),
    "random_bits_count": ("N", "random bits of a stochastic rounding, 0 to 32"),
}
ENV_FIELDS = [*(field for field, _ in ENV_CHOICES.values()), "daz", *ENV_NUMBERS]


class UsageError(Exception):
    """Ends the command with one line and exit status 2."""


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (try '{self.prog} --help')")


def add_env_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("environment", "how to round; the defaults are IEEE 754's")
    for option, (field, names) in ENV_CHOICES.items():
        group.add_argument(option, dest=field, choices=names, metavar="|".join(names))
    group.add_argument("--daz", action="store_true", default=None, help="read subnormal operands as zero")
    for name, (metavar, text) in ENV_NUMBERS.items():
        group.add_argument(f"--{name.replace('_', '-')}", type=int, metavar=metavar, help=text)


def env(options: argparse.Namespace) -> modes.Env:
    return modes.Env(**{name: getattr(options, name) for name in ENV_FIELDS if getattr(options, name) is not None})


def shield_negatives(words: Sequence[str]) -> list[str]:
    """A space before each negative number keeps argparse from taking it for an option."""
    return [f" {word}" if _NEGATIVE_VALUE.match(word) else word for word in words]
