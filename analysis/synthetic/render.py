"""A motion drawn to a video file, with the truth beside it."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from analysis.synthetic.truth import truth_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from analysis.protocols import Frame
    from analysis.schema import Float
    from analysis.synthetic.camera import Camera
    from analysis.synthetic.motions import Motion
    from analysis.synthetic.truth import Truth

CLOCK_HZ: Final = 90_000


class Lasting(Protocol):
    """What goes on for a known time: a motion, or a scene of several."""

    @property
    def duration_s(self) -> float:
        """From its first moment to its last."""
        ...


def even_times(motion: Lasting, *, fps_hz: float) -> Float:
    """Presentation times (F,) of a constant frame rate over the whole motion."""
    return np.arange(round(motion.duration_s * fps_hz), dtype=np.float64) / fps_hz


def uneven_times(motion: Lasting, *, fps_hz: float, jitter: float = 0.35, seed: int = 7) -> Float:
    """Times of a variable rate: every step stretched by up to `jitter`; the same for a seed."""
    steps = np.random.default_rng(seed).uniform(
        1.0 - jitter, 1.0 + jitter, round(motion.duration_s * fps_hz)
    )
    times: Float = np.concatenate([[0.0], np.cumsum(steps)[:-1]]) / fps_hz
    return times


def render_clip(
    motion: Motion,
    *,
    camera: Camera,
    out: Path,
    fps_hz: float | None = None,
    time_s: Float | None = None,
) -> Truth:
    """Draw `motion` to an H.264 mp4 at `out`, and its truth to the .npz of the same name.

    Either a frame rate or the presentation times (F,) are given. Times are rounded to 1/90000 s,
    the clock of the file, and the truth is that of the rounded times. The same call writes the
    same pictures.

    Raises:
        ValueError: both or neither of `fps_hz` and `time_s` were given.
    """
    if (fps_hz is None) == (time_s is None):
        raise ValueError("render_clip: expected either fps_hz or time_s")
    times = even_times(motion, fps_hz=fps_hz) if fps_hz is not None else np.asarray(time_s)
    ticks = np.round(times * CLOCK_HZ).astype(np.int64)
    truth = truth_of(motion, camera=camera, time_s=ticks / CLOCK_HZ)
    out.parent.mkdir(parents=True, exist_ok=True)
    rate = Fraction(CLOCK_HZ * max(ticks.size - 1, 1), max(int(ticks[-1] - ticks[0]), 1))
    pictures = frames_of(truth, camera=camera, racket=motion.racket)
    encode(pictures, ticks.tolist(), camera=camera, rate=rate, out=out)
    truth.save(out.with_suffix(".npz"))
    return truth


def frames_of(truth: Truth, *, camera: Camera, racket: bool = False) -> Iterator[Frame]:
    """The pictures (H, W, 3) RGB of a truth, one after another."""
    from analysis.synthetic import raster, scene

    background = raster.backdrop(camera)
    for points_m in truth.world_m:
        capsules = scene.dress(points_m, height_m=truth.height_m, racket=racket)
        yield raster.draw(capsules, camera=camera, background=background)


def encode(
    pictures: Iterator[Frame], ticks: list[int], *, camera: Camera, rate: Fraction, out: Path
) -> None:
    """Write pictures (H, W, 3) RGB at `ticks` of 1/90000 s to an H.264 mp4."""
    import av

    with av.open(str(out), "w", format="mp4", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libx264", rate=rate.limit_denominator(1001))
        stream.width, stream.height, stream.pix_fmt = camera.width_px, camera.height_px, "yuv420p"
        stream.options = {"crf": "18", "preset": "veryfast"}
        stream.codec_context.time_base = Fraction(1, CLOCK_HZ)
        stream.time_base = Fraction(1, CLOCK_HZ)
        for picture, tick in zip(pictures, ticks, strict=True):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = tick, Fraction(1, CLOCK_HZ)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
