"""How fast people are seen: our pipeline against a bare loop over the same two networks.

`python bench/throughput.py [--json] [--clip VIDEO] [--frames N] [--rounds N]` measures, in one run
on the same clip: the pipeline's stage that sees people (`analysis.pipeline.observe_with`: decode,
search, follow, landmarks, refinement), a bare loop, decoding alone, and Sports2D where it can run.

The bare loop decodes with the same decoder and runs the same two networks, with the same number of
threads and exactly as often as the pipeline did on these frames, on a crop that stays where it is,
and does nothing with what comes out. A stricter one runs the landmark network once a frame and
never searches. All of them alternate, and each ratio is the median over the rounds, so that a busy
machine slows all alike. On one that others keep busy a process with more threads is given more of
it, which favours the pipeline (it decodes in a thread of its own): `_cpu` is the same ratio by
processor time, and tells how much more work ours does. Loading the networks is left out.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # a script, run from anywhere

import numpy as np

from analysis.config import AnalysisConfig, PoseConfig
from analysis.media.frames import frame_times, read_frames
from analysis.pipeline import Chunk, observe_with, prepare
from analysis.pose import blazepose_geometry as geometry
from analysis.pose.blazepose import DETECTOR, LANDMARKER, BlazePose, model_folder
from analysis.synthetic.__main__ import motion_named
from analysis.synthetic.camera import Camera
from analysis.synthetic.render import render_clip
from bench.pose_truth import machine

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from analysis.protocols import Frame

FRAMES: Final = 120
ROUNDS: Final = 5
WARM_UP: Final = 5
SPORTS2D_LIMIT_S: Final = 300.0
# What Sports2D's lightweight mode fetches from a hub (rtmlib's names), and where it keeps it.
SPORTS2D_WEIGHTS: Final = (
    "yolox_tiny_8xb8-300e_humanart",
    "rtmpose-s_simcc-body7_pt-body7-halpe26",
)
RTMLIB_CACHE: Final = Path.home() / ".cache" / "rtmlib" / "hub" / "checkpoints"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, end with one line of JSON when asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    parser.add_argument("--clip", type=Path, help="a video (else one athlete is rendered)")
    parser.add_argument("--frames", type=int, default=FRAMES, help="of the clip, from its start")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--threads", type=int, default=0, help="of inference; 0: all cores")
    given = parser.parse_args(arguments)
    print(f"machine: {machine()}")
    with tempfile.TemporaryDirectory(prefix="sportsbr-bench-") as name:
        video = _copy(given.clip, folder=Path(name))
        frames = min(given.frames, frame_times(video)[0].size)
        figures = measure(video, frames=frames, rounds=given.rounds, threads=given.threads)
        sports2d = sports2d_fps(video, frames=frames, folder=Path(name))
    print(f"Sports2D, lightweight: {sports2d}")
    for key, value in figures.items():
        print(f"{key}: {value}")
    if given.json:
        print(json.dumps({**figures, "sports2d_lightweight": sports2d}))
    return 0


def measure(video: Path, *, frames: int, rounds: int, threads: int) -> dict[str, float | int]:
    """Frames per second of each contestant and the ratios between them."""
    config = PoseConfig(threads=threads or len(os.sched_getaffinity(0)))
    estimator = BlazePose(config)
    chunk = Chunk(0, 0, frames)

    def pipeline() -> None:
        observe_with(estimator, video_path=video, chunk=chunk, progress=_quiet)

    observe_with(estimator, video_path=video, chunk=Chunk(0, 0, WARM_UP), progress=_quiet)
    before = dict(estimator.runs)
    pipeline()
    runs = {name: count - before[name] for name, count in estimator.runs.items()}
    landmarks, searches = runs[Path(LANDMARKER).name], runs[Path(DETECTOR).name]
    print(f"{frames} frames: {landmarks} runs of the landmark network, {searches} of the detector")
    bare = Bare(config.threads)
    contestants: dict[str, Callable[[], None]] = {
        "pipeline": pipeline,
        "bare_loop": lambda: bare.loop(video, frames, landmarks=landmarks, searches=searches),
        "landmarks_only": lambda: bare.loop(video, frames, landmarks=frames, searches=0),
        "decode_only": lambda: _drain(video, frames),
    }
    fps, per_cpu_s = _alternate(contestants, frames=frames, rounds=rounds)
    return {
        **{f"{name}_fps": round(statistics.median(each), 1) for name, each in fps.items()},
        "pipeline_over_bare_loop": _ratio(fps["pipeline"], fps["bare_loop"]),
        "pipeline_over_bare_loop_cpu": _ratio(per_cpu_s["pipeline"], per_cpu_s["bare_loop"]),
        "pipeline_over_landmarks_only": _ratio(fps["pipeline"], fps["landmarks_only"]),
        "landmark_runs": landmarks,
        "detector_runs": searches,
        "threads": config.threads,
    }


class Bare:
    """The two networks in LiteRT and nothing else."""

    def __init__(self, threads: int) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self._networks: dict[str, tuple[Any, int, list[int]]] = {}
        for name in (LANDMARKER, DETECTOR):
            network = Interpreter(model_path=str(model_folder() / name), num_threads=threads)
            network.allocate_tensors()
            outputs = [output["index"] for output in network.get_output_details()]
            self._networks[name] = (network, network.get_input_details()[0]["index"], outputs)

    def loop(self, video: Path, frames: int, *, landmarks: int, searches: int) -> None:
        """Decode, and spread so many runs of either network evenly over the frames."""
        for index, frame in read_frames(video, start=0, stop=frames):
            for name, count, size_px in (
                (LANDMARKER, landmarks, geometry.LANDMARK_PX),
                (DETECTOR, searches, geometry.DETECTOR_PX),
            ):
                due = (index + 1) * count // frames - index * count // frames
                for _ in range(due):
                    self._run(name, frame, size_px=size_px)

    def _run(self, name: str, frame: Frame, *, size_px: int) -> None:
        import cv2

        side = min(frame.shape[:2])
        square = cv2.resize(frame[:side, :side], (size_px, size_px))
        network, entry, outputs = self._networks[name]
        network.set_tensor(entry, np.multiply(square[None], 1 / 255, dtype=np.float32))
        network.invoke()
        for output in outputs:
            network.get_tensor(output)


def _drain(video: Path, frames: int) -> None:
    for _ in read_frames(video, start=0, stop=frames):
        pass


Rates = dict[str, list[float]]  # contestant → a figure for each round


def _alternate(
    contestants: dict[str, Callable[[], None]], *, frames: int, rounds: int
) -> tuple[Rates, Rates]:
    """Frames per second of each in every round, and per second of processor time.

    Every round begins with another contestant.
    """
    names = list(contestants)
    fps: Rates = {name: [] for name in names}
    per_cpu_s: Rates = {name: [] for name in names}
    for turn in range(rounds):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            start_s, start_cpu_s = time.perf_counter(), time.process_time()
            contestants[name]()
            fps[name].append(frames / max(time.perf_counter() - start_s, 1e-9))
            per_cpu_s[name].append(frames / max(time.process_time() - start_cpu_s, 1e-9))
        print(
            f"round {turn + 1}: " + ", ".join(f"{n} {fps[n][-1]:.1f} frames/s" for n in names),
            flush=True,
        )
    return fps, per_cpu_s


def _ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    return round(statistics.median(a / b for a, b in zip(ours, theirs, strict=True)), 3)


def _copy(clip: Path | None, *, folder: Path) -> Path:
    """The normalised copy of the clip, or of one athlete who squats at 720 lines."""
    if clip is None:
        clip = folder / "clip.mp4"
        render_clip(motion_named("squat", reps=1), camera=Camera(), out=clip, fps_hz=30.0)
    return prepare(clip, workdir=folder, config=AnalysisConfig(), progress=_quiet).video


def sports2d_fps(video: Path, *, frames: int, folder: Path) -> float | str:
    """Frames per second of Sports2D's lightweight mode, or why it was not measured.

    It is asked for nothing but poses and angles, in a process of its own, and start-up counts (it
    has no way to leave it out). Nothing is fetched: without its weights it is not started.
    """
    if importlib.util.find_spec("Sports2D") is None:
        return "not measured: Sports2D is not installed"
    kept = [path.name for path in RTMLIB_CACHE.glob("*.onnx")]
    missing = [w for w in SPORTS2D_WEIGHTS if not any(name.startswith(w) for name in kept)]
    if missing:
        return f"not measured: its weights are not to be had here ({', '.join(missing)})"
    end_s = str(frame_times(video)[0][frames - 1])
    off = ("show_realtime_results", "show_graphs", "save_vid", "save_img")
    options = [word for name in off for word in (f"--{name}", "False")]
    command = [
        *(sys.executable, "-m", "Sports2D.Sports2D", "--mode", "lightweight"),
        *("--video_input", video.name, "--video_dir", str(video.parent)),
        *("--time_range", "0", end_s, "--result_dir", str(folder / "sports2d"), *options),
    ]
    start_s = time.perf_counter()
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=SPORTS2D_LIMIT_S)
    except subprocess.TimeoutExpired:
        return f"not measured: it was not done after {SPORTS2D_LIMIT_S:.0f} s"
    except subprocess.CalledProcessError as error:
        return f"not measured: it ended with status {error.returncode}"
    return round(frames / (time.perf_counter() - start_s), 1)


def _quiet(stage: str, share: float) -> None:
    """Progress is not told here."""


if __name__ == "__main__":
    raise SystemExit(main())
