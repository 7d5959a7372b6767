# SPDX-License-Identifier: BSD-3-Clause
"""Containers: where the bits of codes lie in the words of a register or a memory (SEMANTICS 9)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from numfmt import formats
from numfmt.formats import Format

Fill = Literal["zero", "ones", "ignore"]
Array = np.ndarray[Any, np.dtype[Any]]


class ContainerError(ValueError):
    """A container that cannot be, or does not fit its format; or a word with wrong padding."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Container:
    """A register image: words of ``bits`` bits, in each ``elements`` codes side by side from bit ``lsb`` up.

    bits
        Bits of a word, 1 to 64.
    lsb
        The word's bit that holds bit 0 of the first code.
    fill
        The other bits: written and expected as ``"zero"`` or ``"ones"``; ``"ignore"``: written as zero, not read.
    elements
        Codes per word, the first in the low bits.
    bad
        What a word with wrong other bits unpacks to: ``"raise"`` an error, or the format's canonical ``"nan"``.
    name
        Shown in messages; no part of equality or hash.

    Raises ContainerError naming the field that is wrong.
    """

    bits: int
    lsb: int = 0
    fill: Fill = "zero"
    elements: int = 1
    bad: Literal["raise", "nan"] = "raise"
    name: str | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        for name, low, high in (("bits", 1, 64), ("lsb", 0, 63), ("elements", 1, 64)):
            value = getattr(self, name)
            if type(value) is not int or not low <= value <= high:
                raise ContainerError(f"{name} is {value!r}: must be an integer {low} to {high}")
        for name, allowed in (("fill", ("zero", "ones", "ignore")), ("bad", ("raise", "nan"))):
            if getattr(self, name) not in allowed:
                raise ContainerError(f"{name} is {getattr(self, name)!r}: must be one of {', '.join(allowed)}")

    def __str__(self) -> str:
        """The name, or else the text that ``container()`` reads."""
        return self.name or f"bits={self.bits}/lsb={self.lsb}/fill={self.fill}/elements={self.elements}/bad={self.bad}"

    @property
    def dtype(self) -> np.dtype[Any]:
        """The numpy dtype of words."""
        return np.dtype(f"u{1 << max(0, (self.bits - 1).bit_length() - 3)}")

    def pack(self, codes: Any, fmt: Format | str) -> Any:
        """Words for codes of ``fmt``: an array of ``dtype``; the last axis shrinks by ``elements``."""
        fmt = self._fitting(fmt)
        array = _integers("codes", codes, fmt.codes[-1])
        if self.elements > 1:
            if array.ndim == 0 or array.shape[-1] % self.elements:
                raise ContainerError(f"codes has shape {array.shape}: its last axis is no multiple of {self.elements}")
            array = array.reshape(*array.shape[:-1], -1, self.elements)
        else:
            array = array[..., None]
        places = np.arange(self.elements, dtype=np.uint64) * np.uint64(fmt.width) + np.uint64(self.lsb)
        words = np.bitwise_or.reduce(array << places, axis=-1)
        return (words | np.uint64(self._others(fmt) if self.fill == "ones" else 0)).astype(self.dtype)[()]

    def unpack(self, words: Any, fmt: Format | str) -> Any:
        """Codes of ``fmt`` from words: an array of ``fmt.dtype``; the last axis grows by ``elements``."""
        fmt = self._fitting(fmt)
        array = _integers("words", words, (1 << self.bits) - 1)
        if self.elements > 1 and array.ndim == 0:
            raise ContainerError(f"words is a scalar: {self.elements} codes per word need an axis")
        places = np.arange(self.elements, dtype=np.uint64) * np.uint64(fmt.width) + np.uint64(self.lsb)
        codes = array[..., None] >> places & np.uint64(fmt.codes[-1])
        wrong = self._is_wrong(array, fmt)
        if wrong.any() and self.bad == "raise":
            index = int(np.flatnonzero(wrong.ravel())[0])
            word = int(array.ravel()[index])
            raise ContainerError(f"words: element {index} is {word:#x}: the bits around its code must be {self.fill}")
        codes = np.where(wrong[..., None], np.uint64(fmt.nan_code or 0), codes)
        shape = array.shape if self.elements == 1 else (*array.shape[:-1], -1)
        return codes.reshape(shape).astype(fmt.dtype)[()]

    def _others(self, fmt: Format) -> int:
        """The word's bits outside the codes."""
        used = ((1 << fmt.width * self.elements) - 1) << self.lsb
        return ((1 << self.bits) - 1) & ~used

    def _is_wrong(self, words: Array, fmt: Format) -> Array:
        others = np.uint64(self._others(fmt))
        if self.fill == "ignore":
            return np.zeros(words.shape, np.bool_)
        return np.asarray((words & others) != (others if self.fill == "ones" else 0))

    def _fitting(self, fmt: Format | str) -> Format:
        fmt = formats.format(fmt)
        if self.lsb + fmt.width * self.elements > self.bits:
            raise ContainerError(f"{self}: {self.elements} of {fmt} from bit {self.lsb} up do not fit {self.bits} bits")
        if self.bad == "nan" and fmt.nan_code is None:
            raise ContainerError(f"{self}: {fmt} has no NaN for a word with wrong padding")
        return fmt


def _integers(name: str, x: Any, top: int) -> Array:
    """An argument as uint64, never by way of floats."""
    array = np.asarray(x) if isinstance(x, np.ndarray | np.generic) else np.array(x, object)
    integral = array.dtype.kind in "iu" or (
        array.dtype.kind == "O" and all(isinstance(v, int) and not isinstance(v, bool) for v in array.flat)
    )
    if not integral:
        raise ContainerError(f"{name} has dtype {array.dtype}: must be integers 0 to {hex(top)}")
    if array.size and not 0 <= int(array.min()) <= int(array.max()) <= top:
        raise ContainerError(f"{name} goes from {array.min()} to {array.max()}: must be integers 0 to {hex(top)}")
    return array.astype(np.uint64)


def riscv_boxed(flen: int) -> Container:
    """NaN boxing in a RISC-V f register of 32 or 64 bits: a bad box reads as the canonical NaN (RISC-V F 12.2)."""
    if flen not in (32, 64):
        raise ContainerError(f"flen is {flen!r}: must be 32 or 64")
    return Container(bits=flen, fill="ones", bad="nan", name=f"riscv_boxed{flen}")


#: The containers with a name.
CONTAINERS: dict[str, Container] = {
    made.name: made
    for made in (
        Container(bits=32, lsb=13, fill="ignore", name="tf32_b32"),  # PTX .tf32: the low 13 bits are not read
        Container(bits=8, name="ue4m3_b8"),  # PTX .ue4m3: the top bit is zero
        Container(bits=8, name="fp6_b8"),  # PTX .e2m3, .e3m2: the two top bits are zero
        Container(bits=8, lsb=2, name="e2m1_ptx"),  # PTX mma kind::mxf8f6f4: bits 5 to 2
        Container(bits=8, elements=2, name="e2m1x2"),  # PTX .e2m1x2: the first in the low nibble
        riscv_boxed(32),
        riscv_boxed(64),
    )
    if made.name
}


def container(name: str | Container) -> Container:
    """The container with this name, or of this text: ``bits=32/lsb=13/fill=ignore``.  Raises ContainerError."""
    if isinstance(name, Container):
        return name
    if name in CONTAINERS:
        return CONTAINERS[name]
    try:
        pairs = [part.split("=") for part in name.split("/")]
        return Container(**{key: int(value) if value.isdigit() else value for key, value in pairs})  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        reason = f" ({error})" if isinstance(error, ContainerError) else ""
        raise ContainerError(
            f"container {name!r} is not known{reason}: must be one of {', '.join(CONTAINERS)}, or such as "
            "bits=32/lsb=13/fill=ignore"
        ) from None
