"""Results that are kept: what was measured, from which code and data, and whether still so."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import platform
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bench.pose_truth import machine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.training.store import Store
    from bench.action_experiments import Experiment

ROOT: Final = Path(__file__).resolve().parents[1]
RESULTS: Final = ROOT / "bench" / "results"
DATA: Final = ROOT.parent / "shared" / "data"
# What decides how a clip is seen and judged; then what decides each half's scores.
SEEN: Final = (
    "analysis/features/body17.py", "analysis/features/model_input.py",
    "analysis/training/augment.py", "analysis/training/cameras.py", "analysis/training/judge.py",
    "analysis/training/kinematics.py", "analysis/training/labels.py",
    "analysis/training/metrics.py", "analysis/training/noise.json", "analysis/training/noise.py",
    "analysis/training/parts.py", "analysis/training/samples.py", "analysis/training/views.py",
)  # fmt: skip
BASELINES: Final = (
    *SEEN,
    "analysis/training/baselines.py", "analysis/training/ms_tcn.py", "analysis/training/st_gcn.py",
    "bench/action_baselines.py",
)  # fmt: skip
FIT: Final = (
    *SEEN,
    "analysis/actions/checkpoint.py", "analysis/actions/model.py", "analysis/actions/shrink.py",
    "analysis/actions/windows.py", "analysis/training/compose.py",
    "analysis/training/configs/pose.toml", "analysis/training/configs/ship.toml",
    "analysis/training/fit.py", "analysis/training/hints.yaml", "analysis/training/teacher.py",
    "analysis/training/labels.yaml",
    "analysis/training/losses.py", "analysis/training/resume.py", "analysis/training/settings.py",
    "analysis/training/ship.py", "analysis/training/states.py",
)  # fmt: skip
FUSED: Final = (
    *FIT,
    "analysis/training/baselines.py", "analysis/training/evaluate.py", "bench/action_fused.py",
)  # fmt: skip
CODE: Final = {"baselines": BASELINES, "fit": FIT, "fused": FUSED}


def code_sha256(part: str) -> str:
    """One hash over the files that decide a part of `CODE`."""
    digest = hashlib.sha256()
    for name in sorted(CODE[part]):
        digest.update(name.encode() + (ROOT / name).read_bytes())
    return digest.hexdigest()


def described(experiment: Experiment, *, part: str) -> dict[str, Any]:
    """What an experiment asks for, as JSON gives it back."""
    others = {"told", "overrides"} if part == "baselines" else _BASELINES_ONLY
    asked = {k: v for k, v in asdict(experiment).items() if k not in others}
    plain: dict[str, Any] = json.loads(json.dumps(asked))
    return plain


_BASELINES_ONLY: Final = {"told", "baselines", "slow_baselines", "baseline_views"}


def made(part: str, *, store: Store, experiment: Experiment) -> dict[str, Any]:
    """Provenance: how, where, when and from what."""
    import numpy as np
    import sklearn
    import torch

    return {
        "command": f"python bench/action_model.py --rerun {experiment.name} --only {part}",
        "date": dt.datetime.now(tz=dt.UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "python": platform.python_version(),
        "versions": {m.__name__: m.__version__ for m in (np, sklearn, torch)},
        "code_sha256": code_sha256(part),
        "experiment": described(experiment, part=part),
        "data_sha256": dict(store.head.get("sources", {})),
        "prepared_by_sha256": store.head.get("code_sha256", ""),
    }


def read(name: str, *, folder: Path = RESULTS) -> dict[str, Any] | None:
    """A kept result; None where none has been made."""
    path = folder / f"{name}.json"
    if not path.exists():
        return None
    kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return kept


def keep(name: str, *, parts: Mapping[str, Any], folder: Path = RESULTS) -> Path:
    """Write the parts that were made anew; the others stay as they are."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    whole = {"name": name, **(read(name, folder=folder) or {}), **parts}
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
    unfinished.replace(path)
    return path


def stale(
    part: str, *, kept: Mapping[str, Any], experiment: Experiment, data: Path = DATA
) -> list[str]:
    """Why a kept part is not what today's code and data would give: nothing when it is."""
    why = []
    if kept["made"]["code_sha256"] != code_sha256(part):
        why.append("other code")
    if kept["made"]["experiment"] != described(experiment, part=part):
        why.append("other folds, seeds or settings")
    for name, sha256 in kept["made"]["data_sha256"].items():
        path = data / name
        if path.is_file() and _sha256(str(path)) != sha256:
            why.append(f"other data ({name})")
    if not data.is_dir():
        why.append(f"no data in {data} to compare with")
    seeds = {run["seed"] for run in kept["runs"]}
    if not seeds >= set(experiment.seeds):
        why.append(f"{len(seeds)} of {len(experiment.seeds)} seeds")
    return why


def same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two results were made from the same code, data and folds."""
    named = ("code_sha256", "data_sha256", "prepared_by_sha256", "experiment")
    return all(one[name] == other[name] for name in named)


def _sha256(path: str) -> str:
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
