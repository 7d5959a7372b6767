# SPDX-License-Identifier: BSD-3-Clause
"""QuantizeLinear and its kin, one node each, run by onnxruntime or by ONNX's reference evaluator.

onnx and onnxruntime are imported when a model is made: they are peers.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
Run = Callable[..., list[Array]]

#: The opset that has the types of so many bits, and blocks; both runners know it.
OPSETS = {2: 25, 4: 21, 8: 21, 16: 21}


def _type(bits: int, *, signed: bool) -> int:
    from onnx import TensorProto

    return int(getattr(TensorProto, f"{'INT' if signed else 'UINT'}{bits}"))


def _holder(bits: int, *, signed: bool) -> np.dtype[Any]:
    """numpy's dtype for codes: a byte for 4 bits and fewer."""
    return np.dtype(f"{'int' if signed else 'uint'}{max(bits, 8)}")


def _model(nodes: list[Any], inputs: dict[str, int], outputs: dict[str, int], bits: int = 8) -> bytes:
    from onnx import helper

    make = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "graph",
        [make(name, kind, None) for name, kind in inputs.items()],
        [make(name, kind, None) for name, kind in outputs.items()],
    )
    opset = [helper.make_opsetid("", OPSETS[bits])]
    return bytes(helper.make_model(graph, opset_imports=opset, ir_version=10).SerializeToString())


def _runner(model: bytes, runtime: str) -> Run:
    if runtime == "onnx":
        import onnx
        from onnx.reference import ReferenceEvaluator

        evaluator = ReferenceEvaluator(onnx.load_from_string(model))
        return lambda **feeds: list(evaluator.run(None, feeds))
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return lambda **feeds: list(session.run(None, feeds))


@cache
def quantize_linear(
    runtime: str, bits: int, *, signed: bool, axis: int = 1, block: int = 0, half: bool = False
) -> Callable[[Array, Any, Any], Array]:
    """codes(x, scale, zero_point) of QuantizeLinear; scale has x's dtype, codes are cast to whole bytes."""
    from onnx import TensorProto, helper

    kind, whole = _type(bits, signed=signed), _type(max(bits, 8), signed=signed)
    floats = TensorProto.FLOAT16 if half else TensorProto.FLOAT
    blocks: dict[str, Any] = {"block_size": block} if block else {}
    nodes = [
        helper.make_node("Cast", ["zero"], ["z"], to=kind),
        helper.make_node("QuantizeLinear", ["x", "s", "z"], ["q"], axis=axis, **blocks),
        helper.make_node("Cast", ["q"], ["y"], to=whole),
    ]
    run = _runner(_model(nodes, {"x": floats, "s": floats, "zero": whole}, {"y": whole}, bits), runtime)
    holder = _holder(bits, signed=signed)
    return lambda x, scale, zero: run(x=x, s=np.asarray(scale, x.dtype), zero=np.asarray(zero, holder))[0]


@cache
def dequantize_linear(
    runtime: str, bits: int, *, signed: bool, axis: int = 1, block: int = 0, half: bool = False
) -> Callable[[Array, Any, Any], Array]:
    """values(codes, scale, zero_point) of DequantizeLinear in float32, or float16."""
    from onnx import TensorProto, helper

    kind, whole = _type(bits, signed=signed), _type(max(bits, 8), signed=signed)
    blocks: dict[str, Any] = {"block_size": block} if block else {}
    nodes = [
        helper.make_node("Cast", ["codes"], ["q"], to=kind),
        helper.make_node("Cast", ["zero"], ["z"], to=kind),
        helper.make_node("DequantizeLinear", ["q", "s", "z"], ["y"], axis=axis, **blocks),
    ]
    floats = TensorProto.FLOAT16 if half else TensorProto.FLOAT
    inputs = {"codes": whole, "s": floats, "zero": whole}
    run = _runner(_model(nodes, inputs, {"y": floats}, bits), runtime)
    holder = _holder(bits, signed=signed)
    return lambda codes, scale, zero: run(
        codes=np.asarray(codes, holder),
        s=np.asarray(scale, np.float16 if half else np.float32),
        zero=np.asarray(zero, holder),
    )[0]


@cache
def dynamic_quantize_linear(runtime: str) -> Callable[[Array], list[Array]]:
    """[codes, scale, zero point] of DynamicQuantizeLinear."""
    from onnx import TensorProto, helper

    nodes = [helper.make_node("DynamicQuantizeLinear", ["x"], ["y", "s", "z"])]
    outputs: dict[str, int] = {"y": TensorProto.UINT8, "s": TensorProto.FLOAT, "z": TensorProto.UINT8}
    run = _runner(_model(nodes, {"x": TensorProto.FLOAT}, outputs), runtime)
    return lambda x: run(x=x)


@cache
def matmul_integer(left: str, right: str) -> Callable[..., list[Array]]:
    """[sums, values] of MatMulInteger, and of Cast and Mul with the product of the scales behind it, by onnxruntime;
    ``left`` and ``right`` are dtypes of codes, the arguments a, za, sa, b, zb, sb.
    """
    from onnx import TensorProto, helper

    nodes = [
        helper.make_node("MatMulInteger", ["a", "b", "za", "zb"], ["sums"]),
        helper.make_node("Cast", ["sums"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["sa", "sb"], ["scale"]),
        helper.make_node("Mul", ["floats", "scale"], ["values"]),
    ]
    kinds = {"a": left, "za": left, "sa": "float", "b": right, "zb": right, "sb": "float"}
    inputs = {name: int(getattr(TensorProto, kind.upper())) for name, kind in kinds.items()}
    outputs: dict[str, int] = {"sums": TensorProto.INT32, "values": TensorProto.FLOAT}
    return _runner(_model(nodes, inputs, outputs), "onnxruntime")


@cache
def qlinear_matmul() -> Callable[..., list[Array]]:
    """[codes] of onnxruntime's QLinearMatMul, all uint8; the arguments are a, sa, za, b, sb, zb, sy, zy."""
    from onnx import TensorProto, helper

    names = ["a", "sa", "za", "b", "sb", "zb", "sy", "zy"]
    nodes = [helper.make_node("QLinearMatMul", names, ["y"])]
    inputs: dict[str, int] = {name: TensorProto.FLOAT if name[0] == "s" else TensorProto.UINT8 for name in names}
    return _runner(_model(nodes, inputs, {"y": TensorProto.UINT8}), "onnxruntime")
