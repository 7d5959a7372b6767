# SPDX-License-Identifier: BSD-3-Clause
"""Integer codes by name: ``twos_complement:8``, ``offset_binary:8:127``."""

from __future__ import annotations

from numfmt.integers.kinds import IntegerCode, OffsetBinary, OnesComplement, SignMagnitude, TwosComplement, Unsigned

#: The kinds by name.
KINDS: dict[str, type[IntegerCode]] = {
    kind.kind: kind for kind in (SignMagnitude, OnesComplement, TwosComplement, OffsetBinary, Unsigned)
}


def integer_code(name: str | IntegerCode) -> IntegerCode:
    """The code that a text such as ``twos_complement:8`` or ``offset_binary:8:127`` names; ValueError if none."""
    if isinstance(name, IntegerCode):
        return name
    kind, *numbers = name.split(":") if isinstance(name, str) else ("",)
    most = 2 if kind == "offset_binary" else 1
    if kind not in KINDS or not 1 <= len(numbers) <= most or not all(map(_is_number, numbers)):
        wanted = ", ".join(f"{each}:WIDTH" for each in KINDS)
        raise ValueError(f"{name!r} is no integer code: must be one of {wanted}, offset_binary:WIDTH:BIAS")
    return KINDS[kind](*map(int, numbers))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 20
