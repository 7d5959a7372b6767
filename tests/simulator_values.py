# SPDX-License-Identifier: BSD-3-Clause
"""What simulators deliver, as cocotb has it, without cocotb."""

from __future__ import annotations

from typing import Any


class LogicArray:
    """As cocotb 2 has it: bits, of which some have no value; it can be iterated over."""

    def __init__(self, text: str) -> None:
        self.text = text

    @property
    def is_resolvable(self) -> bool:
        return set(self.text) <= {"0", "1"}

    def to_unsigned(self) -> int:
        return int(self.text, 2)

    def __iter__(self) -> Any:
        return iter(self.text)

    def __len__(self) -> int:
        return len(self.text)

    def __int__(self) -> int:
        raise AssertionError


class BareLogicArray(LogicArray):
    """One that does not say beforehand whether it has a value."""

    is_resolvable = True


class BinaryValue:
    """As cocotb 1 has it: even a look at its integer raises ValueError."""

    def __init__(self, text: str) -> None:
        self.text = text

    @property
    def integer(self) -> int:
        return int(self.text, 2)

    def __index__(self) -> int:
        return self.integer


class Logic:
    """One bit."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __int__(self) -> int:
        return int(self.text, 2)
