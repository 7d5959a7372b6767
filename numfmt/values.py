# SPDX-License-Identifier: BSD-3-Clause
"""Value objects: codes with their format and environment, so that nobody carries them by hand (SEMANTICS 9)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from numfmt import _bind, arguments, codec, exactness, formats, history, ops
from numfmt.arguments import Array as Codes
from numfmt.formats import Format
from numfmt.modes import Env, resolve
from numfmt.operators import Operand, Origin, shown_env


class Array(Operand):
    """Numbers of one format in one environment: an immutable array of codes that computes like an array of numbers.

    ``nf.array(x, fmt)``, ``fmt(x)`` and ``Array.from_codes(codes, fmt)`` make one.  Each operation rounds every element
    once, by the environment, and keeps its flags.

    ``+ - * /``, unary ``-`` and ``abs`` deliver an Array, ``== != < <= > >=`` numpy bools (``==`` and ``!=`` are quiet
    for NaNs); ``@`` is exact, rounded once.  Operands broadcast.  A Python or numpy scalar is accepted if the Array's
    format represents it exactly, else ValueError.  Different environments raise ValueError, different formats TypeError
    unless they are compared, numpy's own arrays TypeError.  Every operation of ``numfmt.OPS`` is also a method, which
    takes ``to=``, ``env=`` and ``random_bits=``: ``x.fma(y, z, to="binary32")``.

    format, env
        The Format and Env.
    shape, ndim, size
        As in numpy.
    codes, flags
        Read-only arrays of ``shape``: codes of ``format.dtype``; uint8 flags (numfmt.Flags) of the operation that made
        each element.
    values, exact, error_ulps
        See there.
    """

    __slots__ = ()

    def __init__(self, *_: Any, **__: Any) -> None:
        raise TypeError("a numfmt.Array is made by nf.array(x, fmt), fmt(x) or nf.Array.from_codes(codes, fmt)")

    @classmethod
    def from_codes(cls, codes: Any, fmt: Format | str, *, env: Env | None = None) -> Array:
        """The numbers with these codes: an integer array, or (nested lists of) ints, each below ``2**fmt.width``.

        The codes are copied.  No flags; ``exact`` are the values.  Raises TypeError for codes that are no integers,
        ValueError for a code with bits above the width.
        """
        fmt = formats.format(fmt)
        array = arguments.codes_of("codes", codes, fmt)
        if fmt.width != 8 * fmt.dtype.itemsize:
            arguments.call("codes", fmt, _bind.unpack, formats.struct(fmt), array)  # looks at every bit
        return cls._stored(fmt, resolve(env), np.array(array), 0, None)

    @property
    def format(self) -> Format:
        return self._kind.format

    @property
    def env(self) -> Env:
        return self._kind.env

    @property
    def codes(self) -> Codes:
        return self._array()[...]

    @property
    def flags(self) -> Codes:
        flags: Codes = np.asarray(self._flags, np.uint8)[...]
        flags.setflags(write=False)
        return flags

    @property
    def shape(self) -> tuple[int, ...]:
        return () if self._codes.__class__ is int else self._codes.shape

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return self._array().size

    @property
    def values(self) -> Any:
        """The numbers as ``numfmt.decode`` gives them: float32 if that is exact for the format, else float64, else
        Fractions (floats for -0.0, inf and nan) in an object array; a scalar if there is no dimension.
        """
        try:
            return codec.decode(self._array(), self.format)
        except ValueError:
            return codec.decode(self._array(), self.format, dtype=object)

    @property
    def exact(self) -> Any:
        """What the operation that made this Array would have delivered without rounding: Fractions, floats for -0.0,
        inf and nan, in an object array; a Fraction or float if there is no dimension.

        Worked out on request, from the operands as the environment read them (``daz``).  Of an Array made from values
        these are those values, of a rounding to an integer the operand; what does not round is exact as it is.  Raises
        ValueError for an irrational square root, for a number too far out to be written down, and for a sum.
        """
        found = self._unrounded()
        for index, x in enumerate(found.ravel()):
            if x is None or isinstance(x, exactness.Root):
                why = "irrational; error_ulps says how far the result is" if x else "too far out to be written down"
                raise ValueError(f"exact: element {index}: {why}")
        return found[()]

    @property
    def error_ulps(self) -> Any:
        """(result - exact) / ulp as float64, rounded once; a scalar if there is no dimension.

        An ulp is the spacing of the format's grid at the exact value, 2^(max(floor(log2 |exact|), emin) - precision
        + 1), also beyond the largest finite; at zero, that of the lowest binade.  An infinity where the exact value is
        finite, or the reverse, is an infinite error, an infinity where it is exact is none; nan where either is NaN.
        Irrational roots are enclosed as closely as it takes.
        """
        exact = self._unrounded()
        results = history.decoded(self._array(), self.format)
        errors = [exactness.error_ulps(*pair, self.format) for pair in zip(results.flat, exact.flat, strict=True)]
        return np.array(errors, np.float64).reshape(self.shape)[()]

    def _unrounded(self) -> Any:
        if self._origin is None:
            return history.decoded(self._array(), self.format)
        return history.unrounded(self._origin, self.format, self.env, self.shape)

    def same_bits(self, other: Array) -> bool:
        """Same format, shape and codes?  NaNs and zeros count by their bits; environments and flags do not count."""
        if not isinstance(other, Array):
            raise TypeError(f"other is {type(other).__name__}: must be a numfmt.Array")
        return self.format == other.format and np.array_equal(self._array(), other._array())

    def astype(self, fmt: Format | str, *, env: Env | None = None, random_bits: Any = None) -> Array:
        """The numbers in another format (``convert``), each rounded once by ``env``, which the result keeps; None is
        this Array's own.
        """
        made: Array = ops.apply("convert", (self,), None, to=fmt, env=env, random_bits=random_bits)
        return made

    def _viewed(self, view: Callable[[Any], Any]) -> Array:
        """The elements that ``view`` takes of an array, with their flags and what they were made of."""
        codes = _as_array(view(self._array()), self.format.dtype)
        flags = _as_array(view(np.broadcast_to(np.asarray(self._flags, np.uint8), self.shape)), np.dtype(np.uint8))
        origin = self._origin
        if origin is not None:
            op, _, types = origin
            whole = history.arrays(origin, self.format)
            taken = [_as_array(view(np.broadcast_to(x, self.shape)), x.dtype) for x in whole]
            origin = op, tuple(taken), types
        return self._stored(self.format, self.env, codes, flags, origin)

    def __getitem__(self, index: Any) -> Array:
        if isinstance(index, str) or (isinstance(index, list) and any(isinstance(x, str) for x in index)):
            raise IndexError(f"index is {index!r}: must be integers, slices, ..., None or integer or bool arrays")
        return self._viewed(lambda array: array[index])

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of an Array without dimension")
        return self.shape[0]

    def __iter__(self) -> Iterator[Array]:
        if not self.shape:
            raise TypeError("iteration over an Array without dimension")
        return (self[index] for index in range(len(self)))

    def __contains__(self, x: object) -> bool:
        """Does any element compare equal?"""
        return bool(np.any(self == x))

    def reshape(self, *shape: Any) -> Array:
        """The same elements in C order in another shape, as in numpy."""
        return self._viewed(lambda array: array.reshape(*shape))

    def ravel(self) -> Array:
        """The elements in C order in one dimension."""
        return self.reshape(-1)

    @property
    def T(self) -> Array:
        """With the axes reversed."""
        return self._viewed(lambda array: array.T)

    def item(self) -> Any:
        """The value of the only element, a Python float or, where no float dtype is exact, a Fraction."""
        self._only("item()")
        return np.asarray(self.values).item()

    def tolist(self) -> Any:
        """The values as nested lists of Python floats or Fractions; a scalar if there is no dimension."""
        return np.asarray(self.values).tolist()

    def _only(self, what: str) -> Fraction | float:
        if self.size != 1:
            raise ValueError(f"{what} of an Array of shape {self.shape}: it must have one element")
        found: Fraction | float = history.decoded(self._array(), self.format).item()
        return found

    def __float__(self) -> float:
        """The nearest float64."""
        return float(self._only("float()"))

    def __int__(self) -> int:
        """Rounded toward zero."""
        return int(self._only("int()"))

    def __bool__(self) -> bool:
        """Is it anything but zero?"""
        return bool(self._only("bool()"))

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise TypeError("an Array is not silently made a numpy array: use x.values or x.codes")

    def __copy__(self) -> Array:
        return self

    def __deepcopy__(self, memo: Any) -> Array:
        return self

    def __reduce__(self) -> Any:
        return _restored, (self.format, self.env, self._codes, self._flags, self._origin)

    def __repr__(self) -> str:
        return shown(self)


def _restored(fmt: Format, env: Env, codes: Any, flags: Any, origin: Origin | None) -> Array:
    """What was pickled."""
    return Array._stored(fmt, env, codes, flags, origin)


def _as_array(x: Any, dtype: np.dtype[Any]) -> Codes:
    """What indexing an array gave, an element too, as an array."""
    if isinstance(x, np.ndarray):
        return x
    made = np.empty((), dtype)
    made[()] = x
    return made


def array(x: Any, fmt: Format | str, *, env: Env | None = None, random_bits: Any = None) -> Array:
    """The values ``x`` in the format ``fmt``, each rounded once: an Array.

    x
        What ``numfmt.encode`` takes, which see also for ``random_bits``; or an Array.
    fmt
        A Format or a format's name.
    env
        How to round, now and in operations on the result.  None: ``Env()``; the environment of ``x`` if that is an
        Array.

    The flags are those of the encoding; ``exact`` are the values before rounding.
    """
    fmt = formats.format(fmt)
    if isinstance(x, Array):
        return x.astype(fmt, env=env, random_bits=random_bits)
    env = resolve(env)
    codes, flags = codec.encode(x, fmt, env=env, random_bits=random_bits, flags=True)
    return Array._stored(fmt, env, codes, flags, ("encode", (history.snapshot(x),), None))


def shown(x: Array) -> str:
    """``float8_e4m3fn([1.5, 0.1015625])``: a call of the format that makes the same codes, for numbers, infinities and
    the canonical NaN; shortened as numpy shortens arrays.
    """
    codes = x.codes.ravel()
    head = f"{_callable_name(x.format)}("
    env = "" if x.env == Env() else f", env={shown_env(x.env)}"
    if not x.size:
        return f"{head}[]{env})" + (f".reshape{x.shape}" if x.ndim > 1 else "")
    text = np.array2string(
        np.arange(codes.size).reshape(x.shape),
        separator=", ",
        prefix=head,
        formatter={"int": lambda index: _element(x.format, codes[index])},
    )
    return f"{head}{text}{f', shape={x.shape}' if '...' in text else ''}{env})"


def _element(fmt: Format, code: Any) -> str:
    """One value, with the digits that numpy shows of ``values``; quoted unless it is right as a Python literal."""
    text = fmt.to_string(code)
    if not text[-1].isdigit():
        return repr(text)
    with contextlib.suppress(ValueError):  # no float dtype is exact
        value = codec.decode(code, fmt)
        text = formats.format(value.dtype.name).to_string(value.view(f"u{value.itemsize}"))
    return text if codec.encode(float(text), fmt) == code else repr(text)


def _callable_name(fmt: Format) -> str:
    """What a format is called in ``numfmt``, if it is; else the call that finds it."""
    import numfmt

    names = next(((info.name, *info.aliases) for info in formats.list_formats() if info.name == fmt.name), ())
    found = (name for name in names if getattr(numfmt, name, None) == fmt)
    return next(found, f"format({str(fmt)!r})")
