"""RTMPose in PyTorch against ONNX Runtime: crops per second, and how far their answers are apart.

Both run the same untrained weights of one variant: speed does not depend on the values. Rates are
taken in turns in one run, and on one thread, so that their ratios hold on a busy machine. `--json`
ends with one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import platform
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.pose.rtmpose import TorchNetwork, random_network
from analysis.pose.rtmpose_onnx import OnnxNetwork, export
from analysis.pose.rtmpose_variants import VARIANTS, variant
from analysis.pose.topdown_geometry import decode_simcc

if TYPE_CHECKING:
    from analysis.pose.topdown import CropNetwork

BATCHES = (1, 16)
TURNS = 3


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    parser.add_argument("--variant", choices=sorted(VARIANTS), default="rtmpose-t")
    parser.add_argument("--crops", type=int, default=32, help="crops per turn")
    parser.add_argument("--threads", type=int, default=1, help="of each runtime")
    options = parser.parse_args()
    chosen = variant(options.variant)
    width_px, height_px = chosen.size_px
    dice = np.random.default_rng(1)
    crops = dice.integers(0, 256, (options.crops, height_px, width_px, 3), dtype=np.uint8)
    with tempfile.TemporaryDirectory(prefix="sportsbr-bench-") as name:
        path = Path(name) / "network.onnx"
        network = random_network(chosen)
        export(network, variant=chosen, target=path)
        runtimes: dict[str, CropNetwork] = {
            "torch": TorchNetwork(network, threads=options.threads),
            "onnx": OnnxNetwork(path, variant=chosen, threads=options.threads),
        }
        rates = _rates(runtimes, crops)
        answer_apart, xy_apart_px = _apart(runtimes, crops, bins_per_px=2.0)
    print(f"machine: {platform.processor() or platform.machine()}, {options.threads} threads")
    for (runtime, batch), rate in rates.items():
        print(f"{options.variant} {runtime:5} batch {batch:2}: {rate:7.1f} crops/s")
    ratios = {b: rates["onnx", b] / rates["torch", b] for b in BATCHES}
    for batch, ratio in ratios.items():
        print(f"ONNX Runtime over PyTorch at batch {batch}: {ratio:.2f}")
    print(f"largest difference: {answer_apart:.1e} of a response, {xy_apart_px:.1e} px of the crop")
    if options.json:
        told = {f"rtmpose_onnx_over_torch_batch{b}": round(r, 3) for b, r in ratios.items()}
        told["rtmpose_onnx_max_response_difference"] = float(f"{answer_apart:.2g}")
        told["rtmpose_onnx_max_px_difference"] = round(xy_apart_px, 6)
        print(json.dumps(told))


def _rates(runtimes: dict[str, CropNetwork], crops: Any) -> dict[tuple[str, int], float]:
    """The best of a few turns each, taken alternately."""
    best_s = dict.fromkeys([(name, batch) for batch in BATCHES for name in runtimes], np.inf)
    for name, batch in best_s:
        runtimes[name].run(crops[:batch])  # the first call of a shape plans it
    for _ in range(TURNS):
        for name, batch in best_s:
            began_s = time.perf_counter()
            for start in range(0, len(crops), batch):
                runtimes[name].run(crops[start : start + batch])
            best_s[name, batch] = min(best_s[name, batch], time.perf_counter() - began_s)
    return {key: len(crops) / spent_s for key, spent_s in best_s.items()}


def _apart(
    runtimes: dict[str, CropNetwork], crops: Any, *, bins_per_px: float
) -> tuple[float, float]:
    """Largest difference of the responses, and of the points read from them."""
    one, other = (network.run(crops) for network in runtimes.values())
    responses = max(float(np.abs(a - b).max()) for a, b in zip(one, other, strict=True))
    points = [decode_simcc(*answer, bins_per_px=bins_per_px)[0] for answer in (one, other)]
    return responses, float(np.nanmax(np.abs(points[0] - points[1])))


if __name__ == "__main__":
    main()
