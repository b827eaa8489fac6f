"""A training run's whole state on disk, so that a kill costs minutes and changes nothing.

Tensors in safetensors, the rest in JSON: nothing is pickled. Both lie in one folder that is
replaced whole, so that a kill while writing leaves the state before.
"""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any, Final

import torch

from analysis.actions.model import own_state

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from analysis.actions.model import FusedModel

FOLDER: Final = "state"


def save_state(
    run: Path, *, model: FusedModel, optimiser: torch.optim.Optimizer, progress: dict[str, Any]
) -> None:
    """Write weights, the optimiser's moments, the random generator and how far the run is."""
    from safetensors.torch import save_file

    tensors: dict[str, Tensor] = {f"model/{k}": v for k, v in own_state(model).items()}
    numbers: dict[str, Any] = {}
    for index, state in optimiser.state_dict()["state"].items():
        for name, value in state.items():
            if isinstance(value, torch.Tensor):
                tensors[f"optimiser/{index}/{name}"] = value
            else:
                numbers[f"{index}/{name}"] = value
    tensors["random"] = torch.get_rng_state()
    fresh = run / f".{FOLDER}.unfinished"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    save_file({k: v.contiguous() for k, v in tensors.items()}, fresh / "tensors.safetensors")
    (fresh / "progress.json").write_text(json.dumps({**progress, "numbers": numbers}))
    old = run / f".{FOLDER}.old"
    shutil.rmtree(old, ignore_errors=True)
    if (run / FOLDER).exists():
        (run / FOLDER).rename(old)
    fresh.rename(run / FOLDER)
    shutil.rmtree(old, ignore_errors=True)


def load_state(
    run: Path, *, model: FusedModel, optimiser: torch.optim.Optimizer
) -> dict[str, Any] | None:
    """Put everything back; None when the run has no state yet."""
    from safetensors.torch import load_file

    old = run / f".{FOLDER}.old"
    if not (run / FOLDER).exists() and old.exists():
        old.rename(run / FOLDER)  # killed between the two renames
    if not (run / FOLDER).exists():
        return None
    tensors = load_file(run / FOLDER / "tensors.safetensors")
    progress: dict[str, Any] = json.loads((run / FOLDER / "progress.json").read_text())
    weights = {k.removeprefix("model/"): v for k, v in tensors.items() if k.startswith("model/")}
    model.load_state_dict(weights, strict=False)
    described = optimiser.state_dict()
    described["state"] = _moments(tensors, numbers=progress.pop("numbers"))
    optimiser.load_state_dict(described)
    torch.set_rng_state(tensors["random"])
    return progress


def _moments(tensors: dict[str, Tensor], *, numbers: dict[str, Any]) -> dict[int, dict[str, Any]]:
    moments: dict[int, dict[str, Any]] = {}
    for key, value in tensors.items():
        if key.startswith("optimiser/"):
            _, index, name = key.split("/", 2)
            moments.setdefault(int(index), {})[name] = value
    for key, number in numbers.items():
        index, name = key.split("/", 1)
        moments.setdefault(int(index), {})[name] = number
    return moments
