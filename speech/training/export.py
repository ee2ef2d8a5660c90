"""From PyTorch to what ships: an ONNX graph with eight-bit weights, beside its tokenizer and configuration."""

from pathlib import Path

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.shape_inference import quant_pre_process

from speech.training.network import Reading

OPSET = 18


def to_onnx(model: Reading, folder: Path) -> Path:
    """Writes `model.onnx` (int8) into `folder`, the full one beside it as `full.onnx`; returns the first."""
    folder.mkdir(parents=True, exist_ok=True)
    full, prepared, small = folder / "full.onnx", folder / "prepared.onnx", folder / "model.onnx"
    ids = torch.randint(5, model.config.vocab_size, (2, 16))
    parts = torch.zeros_like(ids)
    parts[:, 6:] = 1
    torch.onnx.export(
        model.eval(),
        (ids, parts),
        str(full),
        input_names=["ids", "parts"],
        output_names=["scores"],
        dynamic_axes={"ids": {0: "batch", 1: "length"}, "parts": {0: "batch", 1: "length"}, "scores": {0: "batch"}},
        opset_version=OPSET,
        dynamo=False,
    )
    quant_pre_process(str(full), str(prepared), skip_symbolic_shape=True)
    quantize_dynamic(
        str(prepared),
        str(small),
        weight_type=QuantType.QInt8,
        per_channel=True,
        op_types_to_quantize=["MatMul", "Gemm", "Gather"],
        extra_options={"MatMulConstBOnly": True},
    )
    prepared.unlink()
    onnx.checker.check_model(str(small))
    return small
