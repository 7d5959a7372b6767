# SPDX-License-Identifier: BSD-3-Clause
"""The boundary to C for requantization; see _bind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from numfmt._bind import NumfmtError
from numfmt._numfmt import ffi, lib

if TYPE_CHECKING:
    from numfmt._bind import Array

MODES = {"gemmlowp": lib.NF_REQUANTIZE_GEMMLOWP, "single": lib.NF_REQUANTIZE_SINGLE}


def requantize(mode: str, inputs: tuple[Array, Array, Array, Array], low: int, high: int) -> Array:
    """nf_requantize over accumulators, multipliers, shifts and zero points: int32 arrays of one shape."""
    out = np.empty(inputs[0].shape, np.int32)
    pointers = [_pointer(values) for values in inputs]
    result = ffi.new("nf_result *")
    status = lib.nf_requantize(MODES[mode], out.size, *pointers, low, high, _pointer(out), result)
    if status:
        per_element = status in (lib.NF_ERR_MULTIPLIER, lib.NF_ERR_ACCUMULATOR)
        raise NumfmtError(status, result.index if per_element else None)
    return out


def _pointer(array: Array) -> Any:
    return ffi.cast("int32_t *", ffi.from_buffer(array))
