# SPDX-License-Identifier: BSD-3-Clause
"""The floating-point state of the host: what a process may have set, and code that must leave it as it was."""

from __future__ import annotations

import ctypes
import platform
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).parent / "c" / "float_state.c"
#: Flush to zero, denormals are zero, each rounding, exceptions that trap.
STATES = {
    "x86_64": [0x1F80, 0x9FC0, 0x3F80, 0x5F80, 0x7F80, 0xFFC0, 0xBFC0, 0x0000],
    "aarch64": [0, 1 << 24, 1 << 24 | 1 << 19, 1 << 22, 2 << 22, 3 << 22, 1 << 25, 1 << 25 | 1 << 24 | 3 << 22],
}


@cache
def state_library(folder: Path) -> ctypes.CDLL | None:
    compiler = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
    if compiler is None or platform.machine() not in STATES:
        return None
    library = folder / "float_state.so"
    command = [compiler, "-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
    subprocess.run([*command, SOURCE, "-o", library], check=True, capture_output=True)
    loaded = ctypes.CDLL(str(library))
    loaded.get_state.restype = ctypes.c_uint64
    loaded.set_state.argtypes = [ctypes.c_uint64]
    return loaded


@contextmanager
def float_state(library: ctypes.CDLL, state: int) -> Iterator[None]:
    before = library.get_state()
    library.set_state(state)
    try:
        yield
    finally:
        after = library.get_state()
        library.set_state(before)
    assert after == state, "the state is left as it was found, raised exceptions included"
