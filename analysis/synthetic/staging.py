"""Several athletes in one scene: who stands where, drawn with true depth, each with their truth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.synthetic.render import CLOCK_HZ, encode, even_times, uneven_times
from analysis.synthetic.scene import RED, Capsule, Kit, dress
from analysis.synthetic.truth import HERE, Place, truth_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from analysis.protocols import Frame
    from analysis.schema import Float
    from analysis.synthetic.camera import Camera
    from analysis.synthetic.motions import Motion
    from analysis.synthetic.truth import Truth

# A keypoint lies inside the body: what is nearer to the camera by less than this, for somebody
# of 1.75 m, is the skin over it (a hip is 11 cm deep, a shoulder 10 cm).
SKIN_M: Final = 0.13
AROUND_M: Final = 0.03  # half the width of the surroundings whose visible share is told
_PROBES: Final = 5  # samples across them


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """One athlete of a scene."""

    motion: Motion
    place: Place = HERE
    kit: Kit = RED


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Athletes and obstacles before one camera for a while."""

    name: str
    actors: tuple[Actor, ...]
    camera: Camera
    duration_s: float
    obstacles: tuple[Capsule, ...] = ()
    uneven: bool = False  # frame times of a variable rate

    def times(self, *, fps_hz: float) -> Float:
        """Presentation times (F,) in s."""
        times = uneven_times if self.uneven else even_times
        return times(self, fps_hz=fps_hz)


def render_scene(scene: Scene, *, out: Path, fps_hz: float) -> tuple[Truth, ...]:
    """Draw `scene` to an H.264 mp4 at `out`, and write each athlete's truth beside it.

    The first athlete's truth is `NAME.1.npz`, the second's `NAME.2.npz` and so on. The same call
    writes the same pictures.
    """
    ticks = np.round(scene.times(fps_hz=fps_hz) * CLOCK_HZ).astype(np.int64)
    truths = scene_truth(scene, time_s=ticks / CLOCK_HZ)
    shown = [np.zeros(truth.xy_px.shape[:2]) for truth in truths]
    out.parent.mkdir(parents=True, exist_ok=True)
    rate = Fraction(CLOCK_HZ * max(ticks.size - 1, 1), max(int(ticks[-1] - ticks[0]), 1))
    pictures = _drawn(scene, truths, shown)
    encode(pictures, ticks.tolist(), camera=scene.camera, rate=rate, out=out)
    told = tuple(replace(t, shown=s) for t, s in zip(truths, shown, strict=True))
    for number, truth in enumerate(told, start=1):
        truth.save(out.with_suffix(f".{number}.npz"))
    return told


def scene_truth(scene: Scene, *, time_s: Float) -> tuple[Truth, ...]:
    """What is exact about each athlete at times (F,); nothing is drawn, `shown` is None."""
    return tuple(
        truth_of(actor.motion, camera=scene.camera, time_s=time_s, place=actor.place)
        for actor in scene.actors
    )


def pictures_of(scene: Scene, *, time_s: Float) -> Iterator[Frame]:
    """The pictures (H, W, 3) RGB of a scene at times (F,)."""
    truths = scene_truth(scene, time_s=time_s)
    return _drawn(scene, truths, [np.zeros(truth.xy_px.shape[:2]) for truth in truths])


def visible_share(truth: Truth, *, frame: int, depth_m: np.ndarray, camera: Camera) -> Float:
    """Share (33,) in 0..1 of each keypoint's surroundings that nothing hides; 0 out of view.

    `depth_m` (H, W) is of the drawn picture. The athlete's own limbs hide as others' do.
    """
    away_m = camera.to_camera(truth.world_m[frame])[:, 2]
    reach_px = camera.focal_px * AROUND_M / away_m
    step = np.linspace(-1.0, 1.0, _PROBES)
    probes = np.stack(np.meshgrid(step, step), axis=-1).reshape(-1, 2)
    at_px = truth.xy_px[frame][:, None] + reach_px[:, None, None] * probes
    column, row = np.floor(at_px).astype(int).transpose(2, 0, 1)
    height, width = depth_m.shape
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    nearest_m = depth_m[row.clip(0, height - 1), column.clip(0, width - 1)]
    skin_m = SKIN_M * truth.height_m / 1.75
    share: Float = (inside & (nearest_m > away_m[:, None] - skin_m)).mean(axis=1)
    return share


def _drawn(scene: Scene, truths: Sequence[Truth], shown: Sequence[Float]) -> Iterator[Frame]:
    """The pictures one after another; fills `shown`, (F, 33) for each athlete, on the way."""
    from analysis.synthetic import raster

    camera = scene.camera
    background = raster.backdrop(camera)
    for frame in range(truths[0].time_s.size):
        capsules = list(scene.obstacles)
        for actor, truth in zip(scene.actors, truths, strict=True):
            capsules += dress(
                truth.world_m[frame],
                height_m=truth.height_m,
                racket=actor.motion.racket,
                kit=actor.kit,
            )
        picture, depth_m = raster.draw_with_depth(capsules, camera=camera, background=background)
        for truth, share in zip(truths, shown, strict=True):
            share[frame] = visible_share(truth, frame=frame, depth_m=depth_m, camera=camera)
        yield picture
