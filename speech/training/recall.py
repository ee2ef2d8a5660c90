"""Weights back out of the shipped graph, so that a correction can be learned without beginning from nothing."""

import re
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from speech.training.network import AnbuConfig, Reading

#: A matrix has no name of its own in the graph; the place where it is multiplied has.
_PLACE = re.compile(r"^/(.+)/(?:MatMul|Gemm)")
_EIGHT_BITS = "_quantized"


def model(folder: Path, dropout: float) -> Reading:
    """The model of a folder that `ship.py` filled, ready to learn on."""
    config = AnbuConfig.from_pretrained(folder)
    config.dropout = dropout
    found = Reading(config)
    found.load_state_dict(weights(folder / "model.onnx"))
    return found


def weights(graph: Path) -> dict[str, Tensor]:
    """The state of `network.Reading` as far as eight bits tell it (rounded by less than half a percent).

    Raises ValueError where the graph is not one that `export.py` wrote.
    """
    drawn = onnx.load(str(graph)).graph
    kept = {tensor.name: numpy_helper.to_array(tensor) for tensor in drawn.initializer}
    found = {name: table for name, table in kept.items() if name.endswith((".weight", ".bias", ".edges"))}
    for name in [n.removesuffix(_EIGHT_BITS) for n in kept if n.endswith(f".weight{_EIGHT_BITS}")]:
        found[name] = _whole(kept, name)
    for node in drawn.node:
        if node.op_type == "MatMulInteger":
            place = _PLACE.match(node.name)
            if place is None:
                raise ValueError(f"{graph}: no name for the matrix at {node.name}; is it from export.py?")
            matrix = _whole(kept, node.input[1].removesuffix(_EIGHT_BITS))
            found[f"{place[1].replace('/', '.')}.weight"] = matrix.T
    return {name: torch.from_numpy(np.array(table, dtype=np.float32)) for name, table in found.items()}


def _whole(kept: dict[str, np.ndarray], name: str) -> np.ndarray:
    """One table as it was before it was cut to eight bits."""
    rounded, zero, scale = (kept[f"{name}{part}"] for part in (_EIGHT_BITS, "_zero_point", "_scale"))
    whole: np.ndarray = (rounded.astype(np.float32) - zero.astype(np.float32)) * scale
    return whole
