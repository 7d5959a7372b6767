# SPDX-License-Identifier: BSD-3-Clause
"""How integers become codes: the steps end at the code, the weights make the value; nfmt show prints them."""

from __future__ import annotations

import json
from typing import Any

import oracle_integers as oracle
import pytest
from commandline import Nfmt, nfmt_fixture  # noqa: F401 - a fixture
from oracle_integers import Kind

import numfmt as nf
from numfmt import integers

SHOWN = """\
-5 in twos_complement:8
  code      FB
  bits      1 | 1111011  (sign | digits)
  value     -5
  weights   -128 + 64 + 32 + 16 + 8 + 2 + 1
  range     -128 to 127
  zero      00
  divisions 5 / 2 = 2 rest 1
            2 / 2 = 1 rest 0
            1 / 2 = 0 rest 1
            read upwards: 101
  steps          101  5 in binary
            00000101  padded to 8 bits
            11111010  every bit inverted
            11111011  plus 1

-5 in unsigned:8
  code      out of range
  value     -
  range     0 to 255
  zero      00
  divisions 5 / 2 = 2 rest 1
            2 / 2 = 1 rest 0
            1 / 2 = 0 rest 1
            read upwards: 101
  overflow  error     -
            saturate  00 = 0
            wrap      FB = 251
"""


def made(kind: Kind) -> integers.IntegerCode:
    numbers = (kind.width, kind.bias) if kind.name == "offset_binary" else (kind.width,)
    return integers.KINDS[kind.name](*numbers)


def total(weights: str) -> int:
    """What a text such as ``-128 + 2`` or ``-(4 + 1)`` comes to."""
    if weights.startswith("-("):
        return -total(weights[2:-1])
    return sum(map(int, weights.replace(" - ", " + -").split(" + ")))


@pytest.mark.parametrize("kind", [kind for width in (1, 2, 5, 64) for kind in oracle.kinds(width)], ids=str)
def test_steps_and_weights(kind: Kind) -> None:
    type_ = made(kind)
    low, high = oracle.limits(kind)
    for x in {low, low + (high > low), -1 if low < 0 else 0, 0, high // 3, high}:
        each = type_.explain(x)
        assert each.code == oracle.encode(kind, x) and each.value == x
        assert each.bits == f"{each.code:0{kind.width}b}" == "".join(digits for _, digits in each.fields)
        assert each.steps[-1].bits.zfill(kind.width) == each.bits
        assert total(each.weights) == x
        expansion = each.expansion
        assert expansion is not None
        stored = each.code if kind.name == "offset_binary" else abs(x)
        assert expansion.binary == f"{stored:b}" == each.steps[0].bits
        digits = "".join(str(rest) for _, _, rest in reversed(expansion.integer_steps))
        assert digits == (f"{stored:b}" if stored else "")
        assert each.outcomes[2] == ("wrap", each.code, x)
    for code in (0, 1, (1 << kind.width) - 1, 1 << (kind.width - 1)):
        each = type_.explain(code=code)
        assert each.value == total(each.weights) == oracle.value(kind, code)
        assert each.operand is None and each.expansion is None and not each.steps and not each.outcomes


def test_the_steps_of_each_kind() -> None:
    def bits(type_: integers.IntegerCode, x: int) -> list[str]:
        return [step.bits for step in type_.explain(x).steps]

    assert bits(nf.SignMagnitude(8), -5) == ["101", "0000101", "10000101"]
    assert bits(nf.OnesComplement(8), -5) == ["101", "00000101", "11111010"]
    assert bits(nf.TwosComplement(8), -128) == ["10000000", "01111111", "10000000"]
    assert bits(nf.OffsetBinary(8, 127), -5) == ["1111010", "01111010"]
    assert nf.OffsetBinary(8, 127).explain(-5).steps[0].text.startswith("-5 + 127 = 122,")
    assert bits(nf.Unsigned(4), 13) == ["1101"]
    assert bits(nf.SignMagnitude(1), 0) == ["0", "0"]


def test_out_of_range() -> None:
    each = nf.TwosComplement(8).explain(200)
    assert each.code is each.value is None and each.bits == each.weights == "" and each.steps == each.fields == ()
    assert each.outcomes == (("error", None, None), ("saturate", 127, 127), ("wrap", 0xC8, -56))
    huge = nf.OnesComplement(8).explain(-(10**5000))
    assert huge.outcomes[2][1] == oracle.encode(Kind("ones_complement", 8), -(10**5000), "wrap")
    assert huge.as_dict()["operand"] == "-1" + 5000 * "0"
    with pytest.raises(ValueError, match=r"^x: element 0 is about -2\*\*16609: ones_complement:8 takes -127 to 127$"):
        nf.OnesComplement(8).encode(-(10**5000))


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({}, ValueError, "an integer x or code=, and not both"),
        ({"x": 1, "code": 1}, ValueError, "an integer x or code=, and not both"),
        ({"x": 1.0}, TypeError, "x is 1.0: must be one integer"),
        ({"x": True}, TypeError, "x is True: must be one integer"),
        ({"x": [1]}, TypeError, r"x is \[1\]: must be one integer"),
        ({"code": 256}, ValueError, "code is 0x100: unsigned:8 takes codes 0 to 0xff"),
        ({"code": -1}, ValueError, "code is -0x1: unsigned:8 takes codes 0 to 0xff"),
    ],
)
def test_refused(arguments: dict[str, Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        nf.Unsigned(8).explain(**arguments)


def test_show(nfmt: Nfmt) -> None:
    assert nfmt("show -5 twos_complement:8 unsigned:8 --plain") == (0, SHOWN, "")
    for text in ("-5", "-0x5", "-5.0", "-0.5e1"):
        assert nfmt.lines("show --plain", text, "twos_complement:8")[1] == "  code      FB"
    mixed = nfmt.lines("show -5 sign_magnitude:8 e4m3fn ones_complement:8 offset_binary:8:127 --plain")
    assert [line for line in mixed if " in " in line and line[0] != " "] == [
        "-5 in sign_magnitude:8", "-5 in float8_e4m3fn", "-5 in ones_complement:8", "-5 in offset_binary:8:127",
    ]  # fmt: skip
    assert [line[12:] for line in mixed if line.startswith("  code")] == ["85", "CA", "FA", "7A"]
    codes = nfmt.lines("show --code 0x85 sign_magnitude:8 twos_complement:8 --plain")
    assert codes[0] == "code 85 in sign_magnitude:8" and "  value     -123" in codes and "  zeros     00 80" in codes


def test_show_in_colour_and_as_json(nfmt: Nfmt) -> None:
    lines = [line.rstrip() for line in nfmt.lines("show -5 twos_complement:8 binary16")]
    assert "  bits        1 | 1111011  (sign | digits)" in lines and "-5 in binary16" in lines
    assert "              11111011  plus 1" in lines
    shown, other = json.loads("".join(nfmt.lines("show -5 ones_complement:8 e4m3fn --json")))
    assert other["format"] == "float8_e4m3fn"
    assert {key: shown[key] for key in ("format", "code", "value", "zeros", "min", "bits")} == {
        "format": "ones_complement:8", "code": "FA", "value": "-5", "zeros": ["00", "FF"], "min": "-127",
        "bits": "11111010",
    }  # fmt: skip
    assert shown["steps"][-1] == {"bits": "11111010", "text": "every bit inverted"}
    assert shown["outcomes"][0] == {"overflow": "error", "code": "FA", "value": "-5"}
    assert shown["expansion"]["integer_steps"] == [["5", "2", 1], ["2", "1", 0], ["1", "0", 1]]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("show 0.5 unsigned:8", "0.5 is no integer: unsigned:8 takes integers"),
        ("show nan unsigned:8", "nan is no integer"),
        ("show 1e99999999 unsigned:8", "1e99999999 is too large to be written down: unsigned:8 takes integers"),
        ("show 1 twos:8", "'twos:8' is no integer code: must be one of sign_magnitude:WIDTH"),
        ("show 1 unsigned", "'unsigned' is no integer code: must be one of sign_magnitude:WIDTH"),
        ("show 1 unsigned:65", "width is 65: unsigned takes 1 to 64"),
        ("show --code xyz unsigned:8", "code 'xyz': expected hexadecimal digits"),
        ("show --code 1FF unsigned:8", "code is 0x1ff: unsigned:8 takes codes 0 to 0xff"),
    ],
)
def test_show_refuses(nfmt: Nfmt, line: str, text: str) -> None:
    assert text in nfmt.refused(line)
