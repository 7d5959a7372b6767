# SPDX-License-Identifier: BSD-3-Clause
"""int8 quantization of 1e7 float32 beside onnxruntime's QuantizeLinear: `pytest -m bench tests/bench`.

Both on one core and one thread, in one process, in turns, with and without an array to write into; onnxruntime's times
are in the benchmark's extra information.  Times are reported, not judged: the assertions are that the codes are
onnxruntime's and those of `path="generic"`.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any

import numpy as np
import pytest

from numfmt import timing
from numfmt.benchmark import Data
from numfmt.quantize import Affine

pytestmark = pytest.mark.bench

ROUNDS = 15
#: One scale for all; one for each index along the first, a middle and the last axis, and for each filter of 3 x 3.
CASES: list[tuple[str, tuple[int, ...], int | None]] = [
    ("tensor", (10_000_000,), None),
    ("first", (1000, 10_000), 0),
    ("middle", (100, 1000, 100), 1),
    ("filters", (11_111, 100, 3, 3), 0),
    ("last", (10_000, 1000), 1),
]
Call = Callable[[], Any]


class Operands:
    """An array, a quantizer and its parameters, and onnxruntime's session for the same."""

    def __init__(self, shape: tuple[int, ...], axis: int | None) -> None:
        rng = np.random.default_rng(0)
        self.x = rng.standard_normal(shape, np.float32)
        self.affine = Affine(axis=axis)
        scales = rng.uniform(0.01, 0.03, self.affine.granularity.scale_shape(shape))
        self.p = self.affine.parameters(scale=scales)
        self.out = np.empty(shape, np.int8)

    def ours(self, *, with_out: bool) -> Call:
        out = self.out if with_out else None
        return lambda: self.affine.encode(self.x, self.p, out=out, threads=1).codes

    def theirs(self, *, with_out: bool) -> Call:
        """QuantizeLinear of ONNX; with_out: by an I/O binding."""
        import onnxruntime
        from onnx import TensorProto, helper, numpy_helper

        where: dict[str, Any] = {} if self.affine.axis is None else {"axis": self.affine.axis}
        shape, names = self.x.shape, ("scale", "zero_point")
        fixed = [numpy_helper.from_array(getattr(self.p, name), name) for name in names]
        graph = helper.make_graph(
            [helper.make_node("QuantizeLinear", ["x", *names], ["y"], **where)],
            "quantize",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
            [helper.make_tensor_value_info("y", TensorProto.INT8, shape)],
            fixed,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)])
        model.ir_version = 10
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(model.SerializeToString(), options, ["CPUExecutionProvider"])
        if not with_out:
            return lambda: session.run(None, {"x": self.x})[0]
        codes, binding = np.empty(shape, np.int8), session.io_binding()
        binding.bind_cpu_input("x", self.x)
        binding.bind_output("y", "cpu", 0, np.int8, shape, codes.ctypes.data)

        def run() -> Any:
            session.run_with_iobinding(binding)
            return codes

        return run


@pytest.fixture(autouse=True)
def alone() -> Iterator[None]:
    with timing.quiet(Data(1, {})), timing.pinned():
        yield


@pytest.mark.parametrize("with_out", [False, True], ids=["new", "out"])
@pytest.mark.parametrize(("name", "shape", "axis"), CASES, ids=[case[0] for case in CASES])
def test_speed(benchmark: Any, name: str, shape: tuple[int, ...], axis: int | None, with_out: bool) -> None:
    operands = Operands(shape, axis)
    ours = operands.ours(with_out=with_out)
    has_peer = importlib.util.find_spec("onnxruntime") is not None
    theirs = operands.theirs(with_out=with_out) if has_peer else None
    times: list[float] = []

    def one_turn() -> None:
        if theirs is None:
            return
        start = perf_counter()
        theirs()
        times.append(perf_counter() - start)

    benchmark.group = f"int8, {name}"
    codes = benchmark.pedantic(ours, setup=one_turn, rounds=ROUNDS, warmup_rounds=1)
    if theirs is not None:
        benchmark.extra_info["onnxruntime"] = {"min": min(times), "median": float(np.median(times))}
        assert np.array_equal(codes, theirs())
    slow = operands.affine.encode(operands.x, operands.p, path="generic")
    assert np.array_equal(codes, slow.codes)
