# SPDX-License-Identifier: BSD-3-Clause
"""What float formats and fixed-point types have in common: codes of so many bits."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np


class CodeType(Protocol):
    """A type with codes."""

    @property
    def width(self) -> int: ...

    @property
    def dtype(self) -> np.dtype[Any]: ...

    @property
    def codes(self) -> range: ...


def code_dtype(width: int) -> np.dtype[Any]:
    """The dtype of codes of so many bits: uint8, 16, 32 or 64; a ``lo``, ``hi`` record above 64."""
    if width > 64:
        return np.dtype([("lo", np.uint64), ("hi", np.uint64)])
    return np.dtype(f"u{1 << max(0, (width - 1).bit_length() - 3)}")
