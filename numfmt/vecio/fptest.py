# SPDX-License-Identifier: BSD-3-Clause
"""IBM FPgen's tests, read only: the floating-point test suite for IEEE 754R, files named ``.fptest``.

    b32+ =0 i -1.6E9177P49 -1.7FFFFFP127 -> -1.7FFFFFP127 x

Types and operation in one word, rounding, trapped exceptions if there are any, operands, ``->``, result, exceptions if
there are any.  The digits behind the point are the fraction field, aligned right: 1.7FFFFF of binary32 is the largest
significand.  Source: syntax.txt of the suite (research.ibm.com/haifa/projects/verification/fpgen).
"""

from __future__ import annotations

import collections
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from numfmt import formats, inttypes
from numfmt.formats import Format
from numfmt.inttypes import IntType
from numfmt.modes import Flags, Rounding, Tininess
from numfmt.vecio import digits
from numfmt.vecio.layout import BLOCK, Block

Array = np.ndarray[Any, np.dtype[Any]]
NAME, SUFFIX = "fptest", ".fptest"

_ROUNDINGS: dict[str, Rounding] = {
    "=0": "ties_even",
    "=^": "ties_away",
    "0": "toward_zero",
    ">": "toward_positive",
    "<": "toward_negative",
}
#: FPgen's operation -> numfmt's.
_OPERATIONS = {
    "+": "add",
    "-": "sub",
    "*": "mul",
    "/": "div",
    "*+": "fma",
    "*-": "fma",
    "V": "sqrt",
    "%": "remainder",
    "rfi": "round_to_integral",
    "cff": "convert",
    "cfi": "to_int",
    "cif": "from_int",
    "S": "scaleb",
    "L": "logb",
    "~": "negate",
    "A": "absolute",
    "@": "copysign",
    "Nu": "next_up",
    "Nd": "next_down",
    "?": "classify",
    "?-": "is_sign_minus",
    "?n": "is_normal",
    "?f": "is_finite",
    "?0": "is_zero",
    "?s": "is_subnormal",
    "?i": "is_infinite",
    "?N": "is_nan",
    "?sN": "is_signaling",
    "<C": "min_num",
    ">C": "max_num",
    "<A": "min_num_mag",
    ">A": "max_num_mag",
}
_ARITIES = {"fma": 3, **dict.fromkeys(("add", "sub", "mul", "div", "remainder", "scaleb", "copysign"), 2)}
_ARITIES |= dict.fromkeys(("min_num", "max_num", "min_num_mag", "max_num_mag"), 2)
_BOOLEANS = {"0x0": 0, "0x1": 1}
#: The class of a result, in the order of nf_class.
_CLASSES = ("sNaN", "qNaN", "-Inf", "-normal", "-subnormal", "-0", "+0", "+subnormal", "+normal", "+Inf")
_FLAGS = {"x": Flags.INEXACT, "o": Flags.OVERFLOW, "z": Flags.DIVIDE_BY_ZERO, "i": Flags.INVALID}
_WORD = re.compile(r"(?P<types>(?:[bdiu]\d+)+)(?P<op>\D\S*)")
_NUMBER = re.compile(r"([+-])(?:([Ii]nf|Zero)|([01])\.([0-9A-Fa-f]+)P([+-]?\d+))")
_EXPECTED = "expected types and operation, rounding, trapped exceptions, operands, '->', result, exceptions"


class Case(NamedTuple):
    """What the tests of a block are about, as the arguments of ``jobs.job``, and the rounding."""

    op: str
    formats: str
    to: str | None
    rounding: Rounding


class _NotJudgedError(Exception):
    """A test that numfmt has no answer to; the message says why in a few words."""


class _BadTestError(Exception):
    """A line that is no test; the message says what was expected."""


@dataclass
class Batch:
    """The tests among some lines: a block for each case, lines that are none, and why others are not judged."""

    blocks: list[tuple[Case, Block]] = field(default_factory=list)
    malformed: list[tuple[int, str, str]] = field(default_factory=list)
    others: collections.Counter[str] = field(default_factory=collections.Counter)


def read(stream: Iterable[str], tininess: Tininess) -> Iterator[Batch]:
    """The tests of a file.  What stands before the first of them is passed over, and blank lines.

    tininess
        Which of the suite's underflows counts: ``w`` is that before rounding, ``v`` that after; ``u`` always does.
    """
    numbered = enumerate(stream, 1)
    tests = itertools.dropwhile(lambda line: not _WORD.match(line[1]), numbered)
    while lines := list(itertools.islice(tests, BLOCK)):
        batch = Batch()
        found: dict[Case, list[tuple[int, str, list[int]]]] = {}
        for number, line in lines:
            try:
                if line.strip():
                    case, words = _test(line.split(), tininess)
                    found.setdefault(case, []).append((number, line, words))
            except _NotJudgedError as error:
                batch.others[str(error)] += 1
            except _BadTestError as error:
                batch.malformed.append((number, line, str(error)))
        batch.blocks = [(case, _block(case, rows)) for case, rows in found.items()]
        yield batch


def _block(case: Case, rows: Sequence[tuple[int, str, list[int]]]) -> Block:
    numbers, lines, words = zip(*rows, strict=True)
    widths = [_type(name).width for name in case.formats.split(",")]
    widths += [_type(case.to).width if case.to else 4, 5]
    columns = [digits.words(column, width) for column, width in zip(zip(*words, strict=True), widths, strict=True)]
    return Block(numbers, lines, columns)


def _type(name: str) -> Format | IntType:
    return inttypes.int_type(name) if "int" in name else formats.format(name)


def _test(words: Sequence[str], tininess: Tininess) -> tuple[Case, list[int]]:
    """The case of a line, and its words: operands, result, flags."""
    match = _WORD.fullmatch(words[0])
    if match is None or words.count("->") != 1:
        raise _BadTestError(_EXPECTED)
    op = _OPERATIONS.get(match["op"])
    types = re.findall(r"[bdiu]\d+", match["types"])
    if op is None or any(kind.startswith("d") for kind in types):
        raise _NotJudgedError(words[0])
    arrow = words.index("->")
    if len(words) < 3 or words[1] not in _ROUNDINGS:
        raise _BadTestError(f"expected a rounding, one of {' '.join(_ROUNDINGS)}, behind {words[0]}")
    traps = words[2] if re.fullmatch("[xuozi]+", words[2]) else ""
    operands, outcome = words[3 if traps else 2 : arrow], words[arrow + 1 :]
    arity = _ARITIES.get(op, 1)
    if len(operands) != arity or len(outcome) not in (1, 2) or not re.fullmatch("[xuvwozi]*", "".join(outcome[1:])):
        raise _BadTestError(f"expected {arity} operands, a result and exceptions among xuvwozi")
    case = _case(op, types, _ROUNDINGS[words[1]], words[0])
    raised = outcome[1] if len(outcome) == 2 else ""
    if outcome[0] == "#" or ("o" in traps and "o" in raised) or ("u" in traps and set("uvw") & set(raised)):
        raise _NotJudgedError("a trapped exception")
    _judgeable(op, operands)
    codes = [_code(text, name) for text, name in zip(operands, case.formats.split(","), strict=True)]
    if match["op"] == "*-":
        codes[2] ^= 1 << (_type(case.formats.split(",")[2]).width - 1)
    return case, [*codes, _result(outcome[0], case), _flags(raised, tininess)]


def _judgeable(op: str, operands: Sequence[str]) -> None:
    """A NaN has no sign in the suite."""
    if op in ("is_sign_minus", "copysign") and operands[-1] in ("Q", "S"):
        raise _NotJudgedError("the sign of a NaN")


def _case(op: str, types: Sequence[str], rounding: Rounding, word: str) -> Case:
    """The arguments of the job: operands' types as one text, and the result's."""
    names = [f"{ {'b': 'binary', 'i': 'int', 'u': 'uint'}[kind[0]] }{kind[1:]}" for kind in types]
    converts = op in ("convert", "to_int", "from_int")
    try:
        made = [_type(name) for name in names]
    except ValueError:
        raise _NotJudgedError(word) from None
    if len(names) != 1 + converts or isinstance(made[0], IntType) != (op == "from_int"):
        raise _NotJudgedError(word)
    if isinstance(made[-1], IntType) != (op == "to_int"):
        raise _NotJudgedError(word)
    operands = [names[0], "int32"] if op == "scaleb" else [names[0]] * _ARITIES.get(op, 1)
    plain = op.startswith("is_") or op == "classify"
    return Case(op, ",".join(operands), None if plain else names[-1], rounding)


def _result(text: str, case: Case) -> int:
    if case.to is not None:
        return _code(text, case.to)
    if case.op == "classify" and text in _CLASSES:
        return _CLASSES.index(text)
    if case.op != "classify" and text in _BOOLEANS:
        return _BOOLEANS[text]
    raise _BadTestError(f"expected one of {' '.join(_CLASSES if case.op == 'classify' else _BOOLEANS)}, not {text}")


def _flags(letters: str, tininess: Tininess) -> int:
    tiny = set("uvw" if tininess == "before" else "uv") & set(letters)
    return sum(_FLAGS[letter] for letter in set(letters) & set(_FLAGS)) | (Flags.UNDERFLOW if tiny else 0)


def _code(text: str, name: str) -> int:
    """The code of an operand."""
    type_ = _type(name)
    if isinstance(type_, IntType):
        low = -(1 << (type_.width - 1)) if type_.signed else 0
        if not re.fullmatch(r"[+-]\d+", text) or not low <= int(text) < low + (1 << type_.width):
            raise _BadTestError(f"expected a signed decimal number of {name}, not {text}")
        return int(text) & (1 << type_.width) - 1
    if text in ("Q", "S"):
        quiet = type_.nan_code or 0
        return quiet if text == "Q" else (type_.inf_code or 0) + 1
    match = _NUMBER.fullmatch(text)
    bits = type_.precision - 1
    if match is None or (match[4] is not None and len(match[4]) != -(-bits // 4)):
        raise _BadTestError(f"expected a number such as +1.{'0' * -(-bits // 4)}P0, Inf, Zero, Q or S, not {text}")
    sign = (1 << (type_.width - 1)) * (match[1] == "-")
    if match[2]:
        return sign | ((type_.inf_code or 0) if match[2] != "Zero" else 0)
    exponent, lead, fraction = int(match[5]), int(match[3]), int(match[4], 16)
    top = type_.emax if lead else type_.emin
    if fraction >> bits or not type_.emin <= exponent <= top:
        raise _BadTestError(f"expected a value of {name}, not {text}")
    return sign | ((exponent + type_.bias) * lead) << bits | fraction


def outcome(case: Case, result: int, flags: int) -> str:
    """A result, as a word, and flags as FPgen writes them."""
    letters = "".join(letter for letter, flag in _FLAGS.items() if flags & flag)
    letters += "u" if flags & Flags.UNDERFLOW else ""
    return f"{_text(case, result)} {letters}".strip()


def _text(case: Case, word: int) -> str:
    if case.to is None:
        return _CLASSES[word] if case.op == "classify" else f"0x{word}"
    type_ = _type(case.to)
    if isinstance(type_, IntType):
        negative = type_.signed and word >> (type_.width - 1)
        return f"{word - (1 << type_.width) if negative else word:+}"
    bits = type_.precision - 1
    sign, magnitude = "+-"[word >> (type_.width - 1)], word & ((1 << (type_.width - 1)) - 1)
    if magnitude >= (type_.inf_code or 0):
        return f"{sign}Inf" if magnitude == type_.inf_code else "Q" if magnitude >> (bits - 1) & 1 else "S"
    if magnitude == 0:
        return f"{sign}Zero"
    biased = magnitude >> bits
    exponent = (biased or 1) - type_.bias
    return f"{sign}{int(biased > 0)}.{magnitude & (1 << bits) - 1:0{-(-bits // 4)}X}P{exponent}"
