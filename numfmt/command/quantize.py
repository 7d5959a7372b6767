# SPDX-License-Identifier: BSD-3-Clause
"""``nfmt quantize``: an array file to integer codes, or codes of a float format, with scales and a report."""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import sys
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from numfmt import codec, floats, formats, stochastic
from numfmt.command.files import whole_file
from numfmt.command.parser import UsageError
from numfmt.command.streams import standard_input

#: Options that become arguments of a quantizer to integers, with what they take.
_AFFINE: dict[str, dict[str, Any]] = {
    "--bits": {"type": int, "metavar": "N", "help": "1 to 32 (default: 8)"},
    "--unsigned": {"dest": "signed", "action": "store_false", "default": None, "help": "codes from 0 on"},
    "--scheme": {"metavar": "symmetric|affine", "help": "zero point fixed, or found (default: symmetric)"},
    "--narrow": {"action": "store_true", "default": None, "help": "the lowest code is not used"},
    "--rounding": {"metavar": "NAME", "help": "half_even, half_away, half_up, ceil, floor, trunc or stochastic"},
    "--random-bits-count": {"type": int, "metavar": "N", "help": "of stochastic rounding; --seed makes the bits"},
    "--divisor": {"metavar": "NAME", "help": "qmax, half_range, qmin or a number: what a symmetric scale divides by"},
    "--divide": {"metavar": "div|recip", "help": "x / scale, or x * (1 / scale)"},
    "--zp-add": {"metavar": "after|before|fused", "help": "the zero point is added after rounding, or before"},
    "--arithmetic": {"metavar": "FORMAT", "help": "every step is rounded to it; exact: none is (default: binary32)"},
    "--axis": {"type": int, "metavar": "K", "help": "a scale for each index of this dimension"},
    "--group": {"type": int, "metavar": "N", "help": "a scale for every N elements along --axis"},
    "--tile": {"metavar": "R,C", "help": "a scale for every R rows and C columns"},
    "--nan": {"metavar": "NAME", "help": "raise, or what NaNs become: zero, qmin, qmax or a code"},
    "--zero-range": {"metavar": "raise|one", "help": "a range of nothing but 0 is an error, or has the scale 1"},
    "--min-scale": {"type": float, "metavar": "S", "help": "no scale that is found is less"},
    "--zero-rule": {"metavar": "NAME", "help": "sum, quotient or smaller_end: how a zero point is found"},
    "--range-arithmetic": {"metavar": "FORMAT", "help": "the --arithmetic of scales that are found"},
}
#: Those of them that a quantizer to a float format takes too.
_SCALED = ("divide", "arithmetic", "axis", "group", "tile", "nan", "zero_range")
#: Options that only one kind of quantizer takes: option -> its kind.
_ONLY = {"preset": "integers", "method": "integers", "power_of_two": "--scale-to", "convention": "--grid"}


def add(commands: Any) -> None:
    """The subcommand's arguments."""
    parser = commands.add_parser("quantize", help="an array to codes with scales, and what that costs and loses")
    parser.add_argument("file", metavar="FILE", help=".npy or .npz, or any with --raw; - is standard input")
    parser.add_argument("--name", metavar="NAME", help="the array of an .npz that holds several")
    parser.add_argument("--raw", metavar="FORMAT", help="the file is nothing but codes of this format, little-endian")
    parser.add_argument("-o", "--output", metavar="OUT.npz", help="write codes, scale and zero_point there")
    parser.add_argument("--plot", metavar="FILE.png", help="error versus value, histogram and grid; .png, .svg or .pdf")
    parser.add_argument("--json", action="store_true", help="the report as JSON")
    parser.add_argument(
        "--preset", metavar="NAME", help="onnx, onnxruntime, onnxruntime_static, torch, torch_fake, tflite or tensorrt"
    )
    group = parser.add_argument_group("quantizer to integers")
    for option, described in _AFFINE.items():
        group.add_argument(option, **described)
    group.add_argument(
        "--method",
        metavar="NAME",
        help="how ranges are found: minmax (default), max, mean_std, percentile, entropy, mse or mse_exact",
    )
    group.add_argument(
        "--option", action="append", default=[], metavar="NAME=VALUE", help="of the method, such as percentile=99.9"
    )
    group.add_argument("--scale", type=float, metavar="S", help="this scale instead of one that is found")
    group.add_argument("--zero-point", type=int, metavar="Z", help="the zero point to --scale")
    group.add_argument("--seed", type=int, default=0, metavar="N", help="of random bits")
    other = parser.add_argument_group("other quantizers")
    other.add_argument("--scale-to", metavar="FORMAT", help="x / S rounded to a float format, S = max|x| / its largest")
    other.add_argument("--power-of-two", action="store_true", help="S is the power of two above that")
    other.add_argument("--grid", metavar="LOW,HIGH", help="2^bits points at equal distances on an interval")
    other.add_argument("--convention", metavar="endpoint|step", help="is HIGH a point (default), or not?")
    parser.set_defaults(run=_quantize)


def _quantize(options: argparse.Namespace) -> int:
    from numfmt.quantize.accuracy import report

    if options.output == "-" or options.plot == "-":
        raise UsageError("- is no file to write to: standard output has the report")
    kind = _kind_of_plot(options.plot)
    x = _read(options)
    q, described = _quantized(x, options)
    found = report(x, q)
    if options.output:
        _write(options.output, q)
    if options.plot:
        _plot(x, q, options.plot, kind)
    if sys.stdout is None:
        return 0
    if options.json:
        head = {"file": options.file, "dtype": str(x.dtype), "shape": list(x.shape), "quantizer": described}
        print(json.dumps({**head, "report": json.loads(found.json())}, indent=2))
    else:
        _table(f"{options.file}: {x.dtype} {x.shape} to {described}", found.rows())
    return 0


def _read(options: argparse.Namespace) -> Any:
    """The array of a file.  Raises UsageError."""
    with _opened(options.file) as stream:
        if options.raw:
            return _raw(stream.read(), options)
        try:
            return _named(np.load(stream, allow_pickle=False), options)
        except (ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            why = "it holds Python objects, or something else" if "pickle" in str(error) else error
            raise UsageError(f"{options.file} is no .npy or .npz file that can be read: {why}") from None


def _named(loaded: Any, options: argparse.Namespace) -> Any:
    """The array that was loaded, or the one of several that --name means."""
    if isinstance(loaded, np.ndarray):
        if options.name:
            raise UsageError(f"--name: {options.file} holds one array without a name")
        return loaded
    names = list(loaded)
    if options.name is None and len(names) != 1:
        raise UsageError(f"{options.file} holds {', '.join(names) or 'no array'}: --name says which to take")
    if options.name not in (None, *names):
        raise UsageError(f"--name is {options.name}: {options.file} holds {', '.join(names) or 'no array'}")
    return loaded[options.name or names[0]]


@contextlib.contextmanager
def _opened(path: str) -> Iterator[Any]:
    if path == "-":
        yield io.BytesIO(standard_input().buffer.read())
        return
    with Path(path).open("rb") as stream:
        yield stream


def _raw(data: bytes, options: argparse.Namespace) -> Any:
    """Codes of a format, as values."""
    fmt = formats.format(options.raw)
    if len(data) % fmt.dtype.itemsize:
        raise UsageError(f"{options.file} has {len(data)} bytes: codes of {fmt} take {fmt.dtype.itemsize} each")
    try:
        floats.float_for(fmt, None)
    except ValueError:
        raise UsageError(f"--raw is {fmt}: must be a format whose values float64 holds") from None
    found = np.frombuffer(data, fmt.dtype.newbyteorder("<")).astype(fmt.dtype)
    native = {"binary16": np.float16, "binary32": np.float32, "binary64": np.float64}.get(str(fmt))
    return found.view(native) if native else codec.decode(found, fmt)


def _quantized(x: Any, options: argparse.Namespace) -> tuple[Any, str]:
    """The result, and the quantizer in words."""
    kind = "--scale-to" if options.scale_to else "--grid" if options.grid else "integers"
    if options.scale_to and options.grid:
        raise UsageError("--scale-to and --grid: one or the other")
    for name, wanted in _ONLY.items():
        if getattr(options, name) and kind != wanted:
            raise UsageError(f"--{name.replace('_', '-')} is for {wanted}, not for {kind}")
    if options.zero_point is not None and (options.scale is None or kind != "integers"):
        raise UsageError("--zero-point goes with --scale and codes that are integers")
    if options.scale is not None and (options.method or options.option or kind == "--grid"):
        raise UsageError("--scale is given: there is nothing to find for --method, --option or --grid")
    given = {name: value for name in map(_field, _AFFINE) if (value := getattr(options, name)) is not None}
    if "tile" in given:
        given["tile"] = _pair("--tile", given["tile"], int)
    makers = {"--scale-to": _scaled, "--grid": _on_grid, "integers": _affine}
    made: tuple[Any, str] = makers[kind](x, options, given)
    return made


def _field(option: str) -> str:
    return str(_AFFINE[option].get("dest", option[2:].replace("-", "_")))


def _pair(option: str, text: str, kind: Any) -> tuple[Any, Any]:
    parts = text.split(",")
    try:
        first, second = map(kind, parts)
    except ValueError:
        raise UsageError(f"{option} is {text!r}: must be two numbers with a comma between") from None
    return first, second


def _affine(x: Any, options: argparse.Namespace, given: dict[str, Any]) -> tuple[Any, str]:
    from numfmt.quantize.affine import Affine
    from numfmt.quantize.presets import preset

    given |= {name: _number(given[name]) for name in ("divisor", "nan") if name in given}
    affine = preset(options.preset, **given) if options.preset else Affine(**given)
    if options.scale is not None:
        p = affine.parameters(scale=options.scale, zero_point=options.zero_point)
    else:
        found = dict(_option(text) for text in options.option)
        p = affine.calibrate(x, method=options.method or "minmax", **found)
    bits = None
    if affine.rounding == "stochastic":
        if not affine.random_bits_count:
            raise UsageError("--rounding stochastic takes --random-bits-count: without random bits it truncates")
        bits = stochastic.random_bits(x.shape, affine.random_bits_count, seed=options.seed)
    words = [options.preset] if options.preset else []
    words += [f"{'int' if affine.signed else 'uint'}{affine.bits}", affine.scheme, affine.rounding]
    return affine.encode(x, p, random_bits=bits), " ".join(words)


def _option(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise UsageError(f"--option is {text!r}: must be NAME=VALUE, such as percentile=99.9")
    return name.replace("-", "_"), _number(value)


def _number(text: str) -> Any:
    """An int or float if it is one, else the text."""
    for kind in (int, float):
        with contextlib.suppress(ValueError):
            return kind(text)
    return text


def _refuse(given: dict[str, Any], allowed: tuple[str, ...], kind: str) -> None:
    for option in _AFFINE:
        if _field(option) in given and _field(option) not in allowed:
            raise UsageError(f"{option} is not for {kind}")


def _scaled(x: Any, options: argparse.Namespace, given: dict[str, Any]) -> tuple[Any, str]:
    from numfmt.quantize.scaling import Scaled

    _refuse(given, _SCALED, "--scale-to")
    rule: Any = "power_of_two" if options.power_of_two else "amax"
    scaled = Scaled(options.scale_to, scale=rule, **given)
    is_given = options.scale is not None
    p = scaled.parameters(scale=options.scale) if is_given else scaled.calibrate(x)
    return scaled.encode(x, p), f"{scaled.fmt} by {'the scale given' if is_given else rule}"


def _on_grid(x: Any, options: argparse.Namespace, given: dict[str, Any]) -> tuple[Any, str]:
    from numfmt.quantize.grids import UniformGrid

    _refuse(given, ("bits", "rounding"), "--grid")
    low, high = _pair("--grid", options.grid, str.strip)
    grid = UniformGrid(given.get("bits", 8), low, high, options.convention or "endpoint")
    rounding = {name: given[name] for name in ("rounding",) if name in given}
    return grid.encode(x, **rounding), f"{grid.bits}-bit grid on [{low}, {high}], {grid.convention}"


def _kind_of_plot(path: str | None) -> str:
    """The kind of picture that a suffix names, before any work is done.  Raises ValueError."""
    if not path:
        return ""
    from numfmt.quantize.plotting import kind_of

    return kind_of(path)


def _plot(x: Any, q: Any, path: str, kind: str) -> None:
    from numfmt.quantize.plotting import write

    try:
        with whole_file(path) as stream:
            write(x, q, stream, kind)
    except ImportError as error:
        raise UsageError(f"--plot: {error}") from None


def _write(path: str, q: Any) -> None:
    arrays = {"codes": q.codes}
    for name in ("scale", "zero_point"):
        value = getattr(getattr(q, "parameters", None), name, None)
        if value is not None:
            arrays[name] = value
    with whole_file(path) as stream:
        np.savez(stream, **arrays)


def _table(title: str, rows: list[tuple[str, str]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(Text(title, "bold"), soft_wrap=True)
    table = Table(box=box.SIMPLE, show_header=False)
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for label, text in rows:
        table.add_row(label, Text(text))
    console.print(table)
