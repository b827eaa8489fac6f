"""Networks made for tests: a detector that answers the same always, and RTMPose untrained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.pose.detect_yolox import STRIDES
from analysis.pose.rtmpose import random_network
from analysis.pose.rtmpose_variants import variant

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.schema import Float

TINY = variant("rtmpose-t")
SIDE = 64  # of the made detector's input
ROWS = sum((SIDE // stride) ** 2 for stride in STRIDES)


def box_row(box: Float, *, stride: int, score: float) -> tuple[int, Any]:
    """Row of YOLOX's output and its first values for a box in px of the input."""
    middle, spans = (box[:2] + box[2:]) / 2, box[2:] - box[:2]
    columns = SIDE // stride
    cell = np.clip((middle // stride).astype(int), 0, columns - 1)
    before = sum((SIDE // s) ** 2 for s in STRIDES[: STRIDES.index(stride)])
    values = [*(middle / stride - cell), *np.log(spans / stride), score, 1.0]
    return before + int(cell[1]) * columns + int(cell[0]), np.array(values, dtype=np.float32)


def fixed_detector(path: Path, *, rows: list[tuple[int, Any]]) -> Path:
    """An .onnx file of YOLOX's form that finds the same boxes in every picture."""
    from onnx import TensorProto, helper, numpy_helper, save

    answer = np.zeros((1, ROWS, 85), dtype=np.float32)
    for row, values in rows:
        answer[0, row, : values.size] = values
    # The picture takes part, times nothing, so that the graph has its input.
    nodes = [
        helper.make_node("ReduceMean", ["images"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mean", "nothing"], ["zero"]),
        helper.make_node("Add", ["answer", "zero"], ["output"]),
    ]
    constants = [
        numpy_helper.from_array(answer, "answer"),
        numpy_helper.from_array(np.array(0.0, dtype=np.float32), "nothing"),
    ]
    given = helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, SIDE, SIDE])
    made = helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, ROWS, 85])
    graph = helper.make_graph(nodes, "fixed", [given], [made], initializer=constants)
    opset = helper.make_opsetid("", 17)
    save(helper.make_model(graph, opset_imports=[opset], ir_version=8), str(path))
    return path


def untrained() -> Any:
    """RTMPose-t with random weights, the same each time, with lively normalisation statistics."""
    import torch

    with torch.random.fork_rng():
        torch.manual_seed(20)
        network = random_network(TINY)
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                torch.nn.init.uniform_(module.running_var, 0.5, 1.5)
                torch.nn.init.uniform_(module.running_mean, -0.2, 0.2)
    return network


def saved(network: Any, path: Path) -> Path:
    """A checkpoint as MMEngine writes it and OpenMMLab publishes it, metadata in numpy included."""
    from mmengine.runner.checkpoint import save_checkpoint

    meta = {
        "mmengine_version": "0.7.3",
        "epoch": 700,
        "dataset_meta": {
            "dataset_name": "halpe26",
            "sigmas": np.full(26, 0.05, dtype=np.float32),
            "num_keypoints": 26,
            "best": np.float64(0.72),
            "flip_indices": [0, 2, 1],
        },
    }
    save_checkpoint({"meta": meta, "state_dict": network.state_dict()}, str(path))
    return path
