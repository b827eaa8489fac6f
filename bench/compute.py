"""Less compute: what the action model's smaller forms cost and keep, against the whole one.

`python bench/compute.py [--json] [--store STORE] [--also FILE …] [--out FOLDER]` makes, of the
shipped weights, an ONNX export, one in 8 bits, and, where a prepared store is named, a pruned
network and its export; beside them stand the files of `--also` (a distilled student). Each is put
beside the whole network in one run (`analysis.training.compare`), and its speed beside that of the
stage that sees people (`analysis.pipeline.observe_with`), with two threads each: seconds of
footage per second. The default should be the best that reads at 20 times the speed of the pose
stage or more. Without shipped weights there is nothing to measure: it says so, and the figures are
null.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # a script, run from anywhere

if TYPE_CHECKING:
    from collections.abc import Sequence

THREADS: Final = 2
FPS_HZ: Final = 30.0
FRAMES: Final = 90
ROUNDS: Final = 3
SHARE: Final = 0.3
GOAL: Final = 20.0  # times the pose stage's speed
KEYS: Final = (
    "judged_on", "rows", "pose_seconds_per_second", "times_pose", "fast_enough",
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    given = _parsed(arguments)
    from analysis.actions.checkpoint import CheckpointError
    from analysis.training.evaluate import shipped

    try:
        weights = given.weights or shipped()
    except CheckpointError as error:
        print(f"nothing to measure: {error}")
        return _end(dict.fromkeys(KEYS), given=given)
    with tempfile.TemporaryDirectory(prefix="sportsbr-compute-") as scratch:
        folder = given.out or Path(scratch)
        made = variants(weights, folder=folder, store=given.store)
        figures = measured([weights, *made, *given.also], store=given.store, scratch=Path(scratch))
    return _end(figures, given=given)


def variants(weights: Path, *, folder: Path, store: Path | None) -> list[Path]:
    """The export, the one in 8 bits, and with a store the pruned network and its export."""
    from analysis.training import __main__ as training

    stem = weights.stem
    whole, small = folder / f"{stem}.onnx", folder / f"{stem}-int8.onnx"
    cut, cut_whole = folder / f"{stem}-pruned.safetensors", folder / f"{stem}-pruned.onnx"
    wanted = [
        (whole, ["export", str(weights)]),
        (small, ["quantise", str(whole)]),
    ]
    if store is not None:
        prune = ["prune", str(weights), "--share", str(SHARE), "--store", str(store)]
        wanted += [(cut, prune), (cut_whole, ["export", str(cut)])]
    for out, words in wanted:
        if not out.exists() and training.main([*words, "--out", str(out)]) != 0:
            raise SystemExit(f"{words[0]} was refused")
    return [out for out, _ in wanted]


def measured(files: Sequence[Path], *, store: Path | None, scratch: Path) -> dict[str, Any]:
    """The table of one thread, and the speed of two against the pose stage's."""
    from analysis.training.compare import compare, told
    from analysis.training.store import open_store

    table = compare(files, store=open_store(store) if store else None, rounds=ROUNDS)
    for line in told(table):
        print(line)
    both = compare(files, store=None, rounds=ROUNDS, threads=THREADS)
    pose = pose_seconds_per_second(scratch)
    times = {row["name"]: row["seconds_per_second"] / pose for row in both["rows"]}
    print(f"the pose stage: {pose:.2f} s of footage per second, {THREADS} threads")
    for name, ratio in times.items():
        print(f"  {name}: {ratio:.0f} times that (goal {GOAL:.0f})")
    return {
        "judged_on": table["judged_on"],
        "rows": table["rows"],
        "pose_seconds_per_second": pose,
        "times_pose": times,
        "fast_enough": [name for name, ratio in times.items() if ratio >= GOAL],
    }


def pose_seconds_per_second(folder: Path) -> float:
    """Seconds of one rendered athlete's footage in which people are seen, per second."""
    from analysis.config import AnalysisConfig, PoseConfig
    from analysis.pipeline import Chunk, observe_with, prepare
    from analysis.pose.blazepose import BlazePose
    from analysis.synthetic.__main__ import motion_named
    from analysis.synthetic.camera import Camera
    from analysis.synthetic.render import render_clip

    clip = folder / "clip.mp4"
    render_clip(motion_named("squat", reps=1), camera=Camera(), out=clip, fps_hz=FPS_HZ)
    video = prepare(clip, workdir=folder, config=AnalysisConfig(), progress=_quiet).video
    estimator = BlazePose(PoseConfig(threads=THREADS))
    took_s = []
    for _ in range(ROUNDS):
        start_s = time.perf_counter()
        observe_with(estimator, video_path=video, chunk=Chunk(0, 0, FRAMES), progress=_quiet)
        took_s.append(time.perf_counter() - start_s)
    return FRAMES / FPS_HZ / statistics.median(took_s)


def _end(figures: dict[str, Any], *, given: argparse.Namespace) -> int:
    if given.json:
        print(json.dumps(figures))
    return 0


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    parser.add_argument("--weights", type=Path, help="checkpoint (else as shipped)")
    parser.add_argument("--store", type=Path, help="prepared movement: for accuracy and pruning")
    parser.add_argument("--also", type=Path, nargs="*", default=[], help="other forms, put beside")
    parser.add_argument("--out", type=Path, help="keeps what is made, and uses what is there")
    return parser.parse_args(arguments)


def _quiet(stage: str, share: float) -> None:
    """Progress is not told here."""


if __name__ == "__main__":
    raise SystemExit(main())
