# SPDX-License-Identifier: BSD-3-Clause
"""One code as a Python integer, whatever the format's width: to C and back, and what it holds."""

from __future__ import annotations

import operator
from fractions import Fraction
from typing import Any

import numpy as np

from numfmt import _bind, formats
from numfmt.codec import convert, encode
from numfmt.formats import Format
from numfmt.modes import Env, Flags

Array = np.ndarray[Any, np.dtype[Any]]


def checked(fmt: Format, code: Any) -> int:
    """``code`` as an int; an element of a codes array (lo, hi records included) will do.

    Raises TypeError for anything but an integer, ValueError for one with bits above the width.
    """
    try:
        value = integer(code)
    except TypeError:
        raise TypeError(f"code is {type(code).__name__}: must be an integer") from None
    if value not in fmt.codes:
        raise ValueError(f"code is {value:#x}: {fmt} takes codes 0 to {fmt.codes[-1]:#x}")
    return value


def integer(code: Any) -> int:
    """One element of an array of codes, or an int, as an int."""
    if isinstance(code, bool | np.bool_):
        raise TypeError("a bool is no code")
    if isinstance(code, np.void | np.ndarray) and code.dtype.names == ("lo", "hi"):
        return formats.code_int(code)
    return operator.index(code)


def array(fmt: Format, code: int) -> Array:
    """An array of no dimensions that holds the code."""
    return formats.code_array(fmt, [code]).reshape(())


def parts(fmt: Format, code: int) -> Any:
    """The PARTS record of the code's value."""
    return _bind.unpack(formats.struct(fmt), array(fmt, code))[()]


def value(fmt: Format, code: int) -> Fraction | float:
    """The exact value; a float for -0.0, inf and nan."""
    return formats.exact(parts(fmt, code))


def is_nan(fmt: Format, code: int) -> bool:
    return int(parts(fmt, code)["kind"]) in (_bind.KIND_QUIET_NAN, _bind.KIND_SIGNALING_NAN)


def canonical(fmt: Format, code: int) -> int:
    """The code that rounding delivers for the value of this one."""
    return integer(convert(array(fmt, code), fmt, fmt))


def rounded(x: Any, fmt: Format, env: Env | None = None) -> tuple[int, Flags]:
    """Code and flags of one value."""
    code, flags = encode(x, fmt, env=env, flags="any")
    return integer(code), flags
