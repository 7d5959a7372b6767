# SPDX-License-Identifier: BSD-3-Clause
"""What this build of numfmt is."""

from __future__ import annotations

import sys
from typing import Any

from numfmt import _bind


def build_info() -> dict[str, Any]:
    """Facts about the build: version, byte order, the live kernels, where the C header and libraries lie."""
    from pathlib import Path

    package = Path(__file__).parent
    return {
        "version": _bind.version(),
        "byteorder": sys.byteorder,
        "kernels": _kernels(),
        "include": str(package / "include"),
        "lib": str(package / "lib"),
    }


def _kernels() -> list[str]:
    """What conversions run, the first that fits: tables and kernels where a whitelist allows, else the generic path."""
    return ["generic"] if _bind.ISA == "generic" else ["table", _bind.ISA, "generic"]
